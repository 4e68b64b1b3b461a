package aliyunlocktest

import (
	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Client returns a client of this simulator, on its clock, with its credentials and a session of
// its user.
func (s *Server) Client(opts ...lock.Option) *aliyunlock.Client {
	ours := []lock.Option{
		lock.WithBaseURL(s.URL), lock.WithClock(s.Clock()), aliyunlock.WithSession(s.Session()),
		aliyunlock.WithCloud(s.CloudKey, s.CloudSecret, s.Project),
	}
	return aliyunlock.New(s.AppKey, s.AppSecret, append(ours, opts...)...)
}

// Session signs the user in.
func (s *Server) Session() aliyunlock.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	live := s.begin(s.mainUser())
	return aliyunlock.Session{
		IdentityID: live.user.identity, Token: lock.NewSecret(live.token), Expires: live.ends,
		RefreshToken: lock.NewSecret(live.refresh), RefreshExpires: live.refreshEnds,
	}
}
