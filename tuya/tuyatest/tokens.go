package tuyatest

import (
	"slices"
	"time"
)

// token is an access token with the refresh token of its pair.
type token struct {
	access, refresh string
	ends            time.Time
}

const tokenAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

func (s *Server) newToken() *token {
	t := &token{s.sim.Random.Text(tokenAlphabet, 32), s.sim.Random.Text(tokenAlphabet, 32), s.now().Add(s.opts.tokenLifetime)}
	s.tokens = append(s.tokens, t)
	return t
}

func (s *Server) alive(access string) bool {
	return slices.ContainsFunc(s.tokens, func(t *token) bool { return t.access == access && s.now().Before(t.ends) })
}

func (t *token) wire(s *Server) object {
	return object{
		"access_token": t.access, "refresh_token": t.refresh, "uid": s.UID,
		"expire_time": int64(t.ends.Sub(s.now()).Truncate(time.Second).Seconds()),
	}
}

// getToken is GET /v1.0/token. While a token lives it is handed out again with what is left of its
// life; in its last minute a new one is, and the old one lives to its end.
func (s *Server) getToken(f fields) (any, error) {
	switch f.text("grant_type") {
	case "1":
	case "2", "3":
		if f.text("code") == "" {
			return nil, refuse(parameterEmpty, "code is empty")
		}
		return nil, refuse(codeInvalid, "code is invalid")
	default:
		return nil, refuse(grantInvalid, "grant type invalid")
	}
	for _, t := range slices.Backward(s.tokens) {
		if t.ends.Sub(s.now()) > time.Minute {
			return t.wire(s), nil
		}
	}
	return s.newToken().wire(s), nil
}

// refreshToken is GET /v1.0/token/{refresh_token}: both tokens of the pair are dead then.
func (s *Server) refreshToken(f fields) (any, error) {
	i := slices.IndexFunc(s.tokens, func(t *token) bool { return t.refresh == f.text("refresh_token") })
	if i < 0 {
		return nil, refuse(tokenInvalid, "token invalid")
	}
	s.tokens = slices.Delete(s.tokens, i, i+1)
	return s.newToken().wire(s), nil
}

// ExpireTokens ends all access tokens, as time does. Refresh tokens stay good.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		t.ends = s.now()
	}
}

// RevokeTokens makes all tokens unknown, the refresh tokens too, as another process does by refreshing.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = nil
}

// Tokens returns how many access tokens are alive.
func (s *Server) Tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, t := range s.tokens {
		if s.now().Before(t.ends) {
			n++
		}
	}
	return n
}
