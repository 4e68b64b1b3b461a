package dingding_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
)

const tokenPath = "access_token"

// Eight replicas of a backend, at a vendor where a login ends the token before: each time the token
// dies there is one login, and none of 1000 calls fails.
func TestReplicasLogInOnce(t *testing.T) {
	redistest.Stores(t, func(t *testing.T, replica func() lock.Store) {
		s := dingdingtest.NewServer(dingdingtest.WithSingleToken())
		defer s.Close()
		var clients []lock.Provider
		for range 8 {
			clients = append(clients, s.Client(lock.WithStore(replica())))
		}
		for round := 1; round <= 2; round++ {
			var all sync.WaitGroup
			for _, c := range clients {
				for range 125 {
					all.Go(func() {
						if err := c.Check(t.Context()); err != nil {
							t.Errorf("round %d: got %v, want success", round, err)
						}
					})
				}
			}
			all.Wait()
			if got := s.Executed(tokenPath); got != round {
				t.Errorf("got %d logins in %d rounds, want one in each", got, round)
			}
			s.ExpireTokens()
		}
	})
}

// The rules of §3.5 hold for the replicas together.
func TestReplicasShareTheLimits(t *testing.T) {
	redistest.Stores(t, func(t *testing.T, replica func() lock.Store) {
		s := dingdingtest.NewServer()
		defer s.Close()
		door := s.AddLock("front door")
		pw := finish(t)(s.Client().Passwords().Create(t.Context(), door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: s.Clock().Now().Add(24 * time.Hour)}}))
		var clients []lock.Provider
		for range 2 {
			clients = append(clients, s.Client(lock.WithStore(replica()), lock.WithLimits(lock.LimitFail)))
		}
		for i := range 8 {
			op, err := clients[i%2].Passwords().Freeze(t.Context(), door, pw.ID)
			switch {
			case i < 5 && err == nil:
				_, _ = op.Wait(t.Context()) // a password that is frozen is frozen
			case i < 5:
				t.Errorf("call %d: got %v, want success", i+1, err)
			case !errors.Is(err, lock.ErrRateLimited):
				t.Errorf("call %d: got %v, want ErrRateLimited", i+1, err)
			}
		}
		if n := s.RateViolations(); n != 0 {
			t.Errorf("the vendor saw %d calls too many, want none", n)
		}
	})
}

// Without the store a client goes on with its token until that is refused, and makes no call that has
// a rate limit.
func TestReplicasWithoutTheirStore(t *testing.T) {
	m := redistest.NewMini(t)
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	var away bool
	c := s.Client(lock.WithStore(redistest.Open(t, redisstore.Options{
		Address: filepath.Join(t.TempDir(), "nobody"), New: true, Timeout: 5 * time.Second,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			if away {
				return nil, errors.New("no route to host")
			}
			return m.Dial()
		},
	})))
	if err := c.Check(t.Context()); err != nil {
		t.Fatalf("with the store: got %v, want success", err)
	}
	away = true
	m.Close()
	for range 10 {
		if err := c.Check(t.Context()); err != nil {
			t.Fatalf("with a token: got %v, want success", err)
		}
	}
	_, err := c.Passwords().Create(t.Context(), door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: s.Clock().Now().Add(24 * time.Hour)}})
	if !errors.Is(err, lock.ErrStoreUnavailable) {
		t.Errorf("a limited call: got %v, want ErrStoreUnavailable", err)
	}
	s.ExpireTokens()
	if err := c.Check(t.Context()); !errors.Is(err, lock.ErrStoreUnavailable) {
		t.Errorf("with a token that was refused: got %v, want ErrStoreUnavailable", err)
	}
	if n := s.Executed(tokenPath); n != 1 {
		t.Errorf("got %d logins, want no other one", n)
	}
}
