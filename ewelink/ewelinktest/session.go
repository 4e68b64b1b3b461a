package ewelinktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// app is an app id and what it may do.
type app struct {
	id, secret string
	free       bool // may use what the OAuth page lists
	expired    bool
}

// session is a login of an account through an app; there is one at a time.
type session struct {
	app          *app
	user         *user
	at, rt       string
	atEnd, rtEnd time.Time
}

// AddApp adds another paid app and returns its id and secret.
func (s *Server) AddApp() (id, secret string) { return s.addApp(false) }

// AddFreeApp adds an app as everybody gets one for nothing: it may use OAuth, and with its tokens
// family, thing and status calls, dispatch and the socket. Everything else answers 407.
func (s *Server) AddFreeApp() (id, secret string) { return s.addApp(true) }

func (s *Server) addApp(free bool) (id, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &app{id: s.sim.Random.Hex(32), secret: s.sim.Random.Hex(32), free: free}
	s.apps = append(s.apps, a)
	return a.id, a.secret
}

// ExpireApp ends an app id, as the vendor does after a year: everything answers 407.
func (s *Server) ExpireApp(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	must(s.app(id)).expired = true
}

func (s *Server) app(id string) (*app, error) {
	for _, a := range s.apps {
		if a.id == id {
			return a, nil
		}
	}
	return nil, forbiddenApp(id)
}

func forbiddenApp(id string) error {
	return refuse(407, "the path of request is not allowed with appid:%s", id)
}

// ExpireTokens ends all access tokens. Refresh tokens stay good.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, live := range s.sessions {
		live.atEnd = s.now()
	}
}

// SignOut ends all sessions, their refresh tokens too, and drops their sockets.
func (s *Server) SignOut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, live := range slices.Clone(s.sessions) {
		s.end(live)
	}
}

// TakeOver has somebody else sign in to an account through the simulator's app, which ends the
// session before: HTTP answers 401 and the handshake of a socket 406.
func (s *Server) TakeOver(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin(must(s.userOf(account)), s.apps[0])
}

// begin makes a session, which ends the one before.
func (s *Server) begin(u *user, a *app) *session {
	for _, before := range slices.Clone(s.sessions) {
		if before.user == u && before.app == a {
			s.end(before)
		}
	}
	live := &session{app: a, user: u}
	s.renew(live)
	s.sessions = append(s.sessions, live)
	return live
}

// sessionOf is the session of an account with an app, a new one if there is none.
func (s *Server) sessionOf(u *user, a *app) *session {
	for _, live := range s.sessions {
		if live.user == u && live.app == a {
			return live
		}
	}
	return s.begin(u, a)
}

func (s *Server) renew(live *session) {
	live.at, live.atEnd = s.sim.Random.Hex(40), s.now().Add(s.opts.tokenLife)
	live.rt, live.rtEnd = s.sim.Random.Hex(40), s.now().Add(s.opts.refreshLife)
}

// end ends a session; its sockets are dropped.
func (s *Server) end(live *session) {
	s.sessions = sim.Keep(s.sessions, func(other *session) bool { return other != live })
	for _, k := range slices.Clone(s.live) {
		if k.session == live {
			s.hangUp(k)
		}
	}
}

// bearer finds the session of an access token.
func (s *Server) bearer(token string) (*session, error) {
	for _, live := range s.sessions {
		if live.at == token {
			if !s.now().Before(live.atEnd) {
				return live, refuse(402, "access token expired")
			}
			return live, nil
		}
	}
	return nil, refuse(401, "cannot found access token info")
}

var eightCharacters = regexp.MustCompile(`^[A-Za-z0-9]{8}$`)

// admit checks the headers of a call: who makes it, and whether they may.
func (s *Server) admit(r *http.Request, e *endpoint, region string, body []byte) (call, error) {
	who := call{region: region}
	if nonce := r.Header.Get("X-CK-Nonce"); nonce != "" && !eightCharacters.MatchString(nonce) {
		return who, badParameter("X-CK-Nonce is 8 letters and digits")
	}
	scheme, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	appID := r.Header.Get("X-CK-Appid")
	switch {
	case scheme == "Sign" && e.auth != bearer:
		a, err := s.app(appID)
		if err != nil {
			return who, err
		}
		if !signedBy(a, r, body, credential) {
			return who, refuse(400, "sign verification failed")
		}
		who.app = a
	case scheme == "Bearer" && e.auth != signed:
		live, err := s.bearer(credential)
		if err != nil && (live == nil || e.auth == bearer) {
			return who, err
		}
		if appID != "" && appID != live.app.id || appID == "" && e.user {
			return who, badParameter("X-CK-Appid is not that of the token")
		}
		if e.auth == bearer && live.user.region != region {
			return who, elsewhere(live.user.region)
		}
		who.app, who.session, who.user = live.app, live, live.user
	case e.auth == signed:
		return who, refuse(400, "sign verification failed")
	default:
		return who, refuse(401, "access token authentication failed")
	}
	if who.app.expired || who.app.free && !e.free {
		return who, forbiddenApp(who.app.id)
	}
	return who, nil
}

// signedBy checks a signature: over the body as it came, or over the query, sorted and not escaped.
func signedBy(a *app, r *http.Request, body []byte, credential string) bool {
	message := body
	if r.Method == http.MethodGet {
		message = []byte(queryMessage(r.URL.Query()))
	}
	return authentic(a, message, credential)
}

func queryMessage(q url.Values) string {
	pairs := slices.Sorted(maps.Keys(q))
	for i, name := range pairs {
		pairs[i] = name + "=" + q.Get(name)
	}
	return strings.Join(pairs, "&")
}

func authentic(a *app, message []byte, credential string) bool {
	mac := hmac.New(sha256.New, []byte(a.secret))
	mac.Write(message)
	got, err := base64.StdEncoding.DecodeString(credential)
	return err == nil && hmac.Equal(got, mac.Sum(nil))
}

// refresh is POST /v2/user/refresh: both tokens are new, the ones before are used up.
func (s *Server) refresh(who call, f fields) (any, error) {
	for _, live := range s.sessions {
		if live.rt == f.text("rt") && s.now().Before(live.rtEnd) && live.app == who.app {
			if live.user.region != who.region {
				return nil, elsewhere(live.user.region)
			}
			s.renew(live)
			return object{"at": live.at, "rt": live.rt}, nil
		}
	}
	return nil, refuse(405, "can't find the account with this rt!")
}

// logout is DELETE /v2/user/logout, and DELETE /v2/user/oauth/token.
func (s *Server) logout(who call, _ fields) (any, error) {
	s.end(who.session)
	return nil, nil
}
