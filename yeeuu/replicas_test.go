package yeeuu_test

import (
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/yeeuu"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

// There is nothing to share: a store is taken and never asked.
func TestStoreIsTakenAndNotAsked(t *testing.T) {
	s := yeeuutest.NewServer()
	t.Cleanup(s.Close)
	door := s.AddLock("front door")
	c := s.Client(yeeuu.WithWatch(door), lock.WithStore(unasked{}))
	if err := c.Check(t.Context()); err != nil {
		t.Errorf("got %v, want success", err)
	}
	if _, err := c.Locks().Open(t.Context(), door, lock.Person{Name: "Li Na", Phone: lock.NewSecret("13800138000")}); err != nil {
		t.Errorf("opening: got %v, want success", err)
	}
	if n := len(s.Requests()); n != 2 {
		t.Errorf("got %d calls, want 2", n)
	}
}

// unasked is a store that panics when it is asked anything.
type unasked struct{ lock.Store }
