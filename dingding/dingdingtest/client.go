package dingdingtest

import (
	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Client returns a client of this simulator, on its clock and with its credentials. It knows the
// callback URLs that SetCallbackURL has registered by then.
func (s *Server) Client(opts ...lock.Option) *dingding.Client {
	s.mu.Lock()
	events, services := s.eventURL, s.serviceURL
	s.mu.Unlock()
	ours := []lock.Option{lock.WithBaseURL(s.URL), lock.WithClock(s.Clock())}
	for _, url := range []string{events, services} {
		if url != "" {
			ours = append(ours, dingding.WithCallbackURL(url))
		}
	}
	return dingding.New(s.ClientID, s.ClientSecret, append(ours, opts...)...)
}
