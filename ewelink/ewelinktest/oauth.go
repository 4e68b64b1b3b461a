package ewelinktest

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

const pagePath = "/oauth/index.html"

// grant is an OAuth code that was given out.
type grant struct {
	app      *app
	user     *user
	redirect string
	ends     time.Time
}

// OAuthCode has the server's account agree to an app on the login page and returns the code that the
// browser brings to redirectURL. It is good for 30 s and once.
func (s *Server) OAuthCode(appID, redirectURL string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.agree(must(s.app(appID)), must(s.userOf(s.Account)), redirectURL)
}

func (s *Server) agree(a *app, u *user, redirect string) string {
	code := s.uuid()
	s.grants[code] = &grant{a, u, redirect, s.now().Add(30 * time.Second)}
	return code
}

// oauthPage is the login page, where the server's account agrees at once.
func (s *Server) oauthPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	a, err := s.app(q.Get("clientId"))
	credential := strings.ReplaceAll(q.Get("authorization"), " ", "+") // the vendor's own client does not escape it
	switch back, bad := url.Parse(q.Get("redirectUrl")); {
	case err != nil || a.expired || !authentic(a, []byte(q.Get("clientId")+"_"+q.Get("seq")), credential):
		http.Error(w, "the application cannot be verified", http.StatusForbidden)
	case bad != nil || back.Host == "" || q.Get("state") == "" || q.Get("grantType") != "authorization_code" || !eightCharacters.MatchString(q.Get("nonce")):
		http.Error(w, "a parameter is missing", http.StatusBadRequest)
	default:
		u := must(s.userOf(s.Account))
		args := back.Query()
		args.Set("code", s.agree(a, u, q.Get("redirectUrl")))
		args.Set("region", u.region)
		args.Set("state", q.Get("state"))
		back.RawQuery = args.Encode()
		http.Redirect(w, r, back.String(), http.StatusFound)
	}
}

// oauthToken is POST /v2/user/oauth/token.
func (s *Server) oauthToken(who call, f fields) (any, error) {
	if f.text("grantType") != "authorization_code" {
		return nil, badParameter("grantType is authorization_code")
	}
	code := f.text("code")
	g := s.grants[code]
	if g == nil || g.app != who.app || g.redirect != f.text("redirectUrl") || g.user.region != who.region || !s.now().Before(g.ends) {
		return nil, refuse(405, "invalid code")
	}
	delete(s.grants, code)
	live := s.begin(g.user, g.app)
	return object{
		"accessToken": live.at, "atExpiredTime": live.atEnd.UnixMilli(),
		"refreshToken": live.rt, "rtExpiredTime": live.rtEnd.UnixMilli(),
	}, nil
}
