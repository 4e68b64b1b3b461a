package tuyatest

import (
	"errors"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
)

func TestClient(t *testing.T) {
	s := NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	c := s.Client()
	if err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	var found []lock.DeviceID
	for l, err := range c.Locks().List(t.Context(), lock.LockQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, l.ID)
	}
	if len(found) != 1 || found[0] != door {
		t.Errorf("locks: got %v, want %s", found, door)
	}
	s.ExpireTokens()
	if _, err := c.Locks().Get(t.Context(), door); err != nil {
		t.Errorf("with an expired token: got %v, want it renewed", err)
	}
	s.SetSkew(time.Hour)
	if _, err := c.Locks().Get(t.Context(), door); err != nil {
		t.Errorf("an hour off the cloud's clock: got %v, want it corrected", err)
	}
	s.Deny("*", 28841002)
	var e *lock.Error
	if _, err := c.Locks().Get(t.Context(), door); !errors.As(err, &e) || e.Code != "28841002" {
		t.Errorf("with a plan that has ended: got %v, want code 28841002", err)
	}
	s.Admit()
	stranger := tuya.New(s.ClientID, "another-client-secret-of-32-char", lock.WithBaseURL(s.URL), lock.WithClock(s.Clock()))
	if _, err := stranger.Locks().Get(t.Context(), door); !errors.As(err, &e) || e.Code != "1004" {
		t.Errorf("with another secret: got %v, want code 1004", err)
	}
}
