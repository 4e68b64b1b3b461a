package tuyatest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// tolerance is how far the t of a request may be off the cloud's clock.
const tolerance = 5 * time.Minute

// guard checks what every request must have: the headers, the time, the signature and the token. open
// is for the token endpoints, whose signature leaves the token out.
func (s *Server) guard(r *http.Request, body []byte, open bool) error {
	for _, name := range []string{"client_id", "sign", "t", "sign_method"} {
		if r.Header.Get(name) == "" {
			return refuse(headerMissing, "header %s is missing", name)
		}
	}
	if r.Header.Get("client_id") != s.ClientID {
		return refuse(clientInvalid, "clientId is invalid")
	}
	accessToken := r.Header.Get("access_token")
	if open {
		accessToken = ""
	} else if accessToken == "" {
		return refuse(tokenMissing, "access_token is missing")
	}
	ms, err := strconv.ParseInt(r.Header.Get("t"), 10, 64)
	if err != nil || s.now().Sub(time.UnixMilli(ms)).Abs() > tolerance {
		return refuse(timeInvalid, "request time is invalid")
	}
	text := s.ClientID + accessToken + r.Header.Get("t") + r.Header.Get("nonce") + stringToSign(r, body)
	if r.Header.Get("sign_method") != "HMAC-SHA256" || !signedBy(s.ClientSecret, text, r.Header.Get("sign")) {
		return refuse(signInvalid, "sign invalid")
	}
	if !open && !s.alive(accessToken) {
		return refuse(tokenInvalid, "token invalid")
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); len(body) > 0 && media != "application/json" && takesBody(r.Method) {
		return refuse(contentTypeInvalid, "content type is not supported")
	}
	return nil
}

func takesBody(method string) bool { return method == http.MethodPost || method == http.MethodPut }

// stringToSign makes the string of what came: the body as it was sent, also with GET and DELETE, for
// one of the vendor's clients sends {} with both; the path and the query decoded, the query sorted;
// of a repeated key the first value.
func stringToSign(r *http.Request, body []byte) string {
	digest := sha256.Sum256(body)
	var b strings.Builder
	b.WriteString(r.Method + "\n" + hex.EncodeToString(digest[:]) + "\n")
	if names := r.Header.Get("Signature-Headers"); names != "" {
		for name := range strings.SplitSeq(names, ":") {
			b.WriteString(name + ":" + r.Header.Get(name) + "\n")
		}
	}
	b.WriteString("\n" + r.URL.Path)
	query := r.URL.Query()
	for i, key := range slices.Sorted(maps.Keys(query)) {
		mark := "&"
		if i == 0 {
			mark = "?"
		}
		b.WriteString(mark + key + "=" + query.Get(key))
	}
	return b.String()
}

func signedBy(secret, text, sign string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	want := strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
	return hmac.Equal([]byte(want), []byte(sign))
}

// denial is a code that an endpoint is refused with.
type denial struct {
	endpoint string
	code     int
}

// Deny refuses all requests to an endpoint, named as for Fail, with a code of the cloud, as when an API
// is not subscribed (28841101), a plan has ended (28841002) or the address of the caller is not on the
// list (1114). Token calls are denied only by name. Admit takes it back.
func (s *Server) Deny(endpoint string, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denials = append(s.denials, denial{endpoint, code})
}

// Admit takes back what Deny has set.
func (s *Server) Admit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denials = nil
}

// allowed checks what the project may call: what was denied, and the quota.
func (s *Server) allowed(r *http.Request, e *endpoint) error {
	req := sim.Request{Method: r.Method, Path: r.URL.Path}
	for _, d := range s.denials {
		if req.Is(d.endpoint) && (d.endpoint != "*" || !e.open) {
			return refuse(d.code, "the project may not call this api")
		}
	}
	if e.open || s.opts.quota == 0 {
		return nil
	}
	month := s.now().UTC().Format("2006-01")
	if s.used[month] >= s.opts.quota {
		return refuse(quotaUsedUp, "your quota of trial edition is used up")
	}
	s.used[month]++
	return nil
}
