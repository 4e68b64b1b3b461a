package newvendortest

import (
	"github.com/smartlock-sdk/smartlock/internal/newvendor"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Client returns a client of this simulator, on its clock and with its credentials.
func (s *Server) Client(opts ...lock.Option) *newvendor.Client {
	ours := []lock.Option{lock.WithBaseURL(s.URL), lock.WithClock(s.Clock())}
	return newvendor.New(s.Key, s.Secret, append(ours, opts...)...)
}
