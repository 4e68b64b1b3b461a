package ewelinktest_test

import (
	"testing"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestClient(t *testing.T) {
	for _, region := range []string{"cn", "as", "us", "eu"} {
		t.Run(region, func(t *testing.T) {
			s := ewelinktest.NewServer(ewelinktest.WithRegion(region))
			t.Cleanup(s.Close)
			if err := s.Client(lock.WithLimits(lock.LimitOff)).Check(t.Context()); err != nil {
				t.Error(err)
			}
			if n := s.Executed("POST /v2/user/login"); n != 1 {
				t.Errorf("logins: got %d, want 1", n)
			}
		})
	}
}

func TestClientsShareASession(t *testing.T) {
	s := ewelinktest.NewServer()
	t.Cleanup(s.Close)
	for range 2 {
		c := s.Client(ewelink.WithSession(s.Session()), lock.WithLimits(lock.LimitOff))
		if err := c.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := s.Executed("POST /v2/user/login"); n != 0 {
		t.Errorf("logins: got %d, want none", n)
	}
}

func TestClientGoesToItsRegion(t *testing.T) {
	s := ewelinktest.NewServer()
	t.Cleanup(s.Close)
	s.AddForeignAccount("us@example.com", "+1", "us")
	c := s.Client(ewelink.WithLogin("+44", "us@example.com", lock.NewSecret(ewelinktest.DefaultPassword)), lock.WithLimits(lock.LimitOff))
	if err := c.Check(t.Context()); err != nil || c.Region() != ewelink.RegionUS {
		t.Errorf("got %s, %v", c.Region(), err)
	}
}
