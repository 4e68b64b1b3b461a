package ewelinktest

import (
	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Client returns a client of this simulator, on its clock, that logs in with the server's account.
// Every client logs in for itself, and so ends the session of the one before: give several the same
// Session.
func (s *Server) Client(opts ...lock.Option) *ewelink.Client {
	ours := []lock.Option{
		lock.WithBaseURL(s.URL), lock.WithClock(s.Clock()),
		ewelink.WithLogin(s.CountryCode, s.Account, lock.NewSecret(s.Password)),
	}
	for _, r := range []ewelink.Region{ewelink.RegionCN, ewelink.RegionAS, ewelink.RegionUS, ewelink.RegionEU} {
		if string(r) != s.opts.region {
			ours = append(ours, ewelink.WithRegionURL(r, s.RegionURL(string(r)), ""))
		}
	}
	return ewelink.New(s.AppID, s.AppSecret, append(ours, opts...)...)
}

// Session is the session of the server's account with the server's app. If there is none, it logs in.
func (s *Server) Session() ewelink.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := must(s.userOf(s.Account))
	live := s.sessionOf(u, s.apps[0])
	return ewelink.Session{
		At: lock.NewSecret(live.at), Expires: live.atEnd, Rt: lock.NewSecret(live.rt), RtExpires: live.rtEnd,
		APIKey: u.apikey, Region: ewelink.Region(u.region),
	}
}
