package tuyatest

import (
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
)

// Client returns a client of this simulator, on its clock and with its credentials, for the homes of
// the user UID. It does not pace its calls: the simulator counts none, and on a clock that stands a
// pause would have no end.
func (s *Server) Client(opts ...lock.Option) *tuya.Client {
	ours := []lock.Option{lock.WithBaseURL(s.URL), lock.WithClock(s.Clock()), tuya.WithUser(s.UID), tuya.WithPace(0, 0)}
	return tuya.New(s.ClientID, s.ClientSecret, append(ours, opts...)...)
}
