package tuya_test

import (
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

// replicas are clients of one project with one store.
func replicas(s *tuyatest.Server, n int, store func() lock.Store) (all []*tuya.Client) {
	for range n {
		all = append(all, s.Client(lock.WithStore(store())))
	}
	return all
}

func wantLogins(t *testing.T, when string, s *tuyatest.Server, want int) {
	t.Helper()
	if got := len(s.Requests(tokens)); got != want {
		t.Errorf("%s: got %d logins, want %d", when, got, want)
	}
}

// Eight replicas ask for a token once each time there is none, however it ended, and none of 1000 calls
// fails. One that is started later does not ask.
func TestReplicasShareTheToken(t *testing.T) {
	redistest.Stores(t, func(t *testing.T, store func() lock.Store) {
		s := still(t)
		all := replicas(s, 8, store)
		logins := 0
		for _, round := range []struct {
			how string
			end func()
		}{
			{"at first", func() {}},
			{"revoked", s.RevokeTokens},
			{"expired", s.ExpireTokens},
			{"in its last minute", func() { s.Advance(119*time.Minute + 30*time.Second) }},
		} {
			round.end()
			logins++
			var calls sync.WaitGroup
			for _, c := range all {
				for range 125 {
					calls.Go(func() {
						if err := c.Check(t.Context()); err != nil {
							t.Errorf("%s: got %v, want success", round.how, err)
						}
					})
				}
			}
			calls.Wait()
			wantLogins(t, round.how, s, logins)
		}
		mustCheck(t, "one that is started later", replicas(s, 1, store)[0])
		wantLogins(t, "one that is started later", s, logins)
	})
}

// Where the cloud hands out the token that it has just refused, the replicas have one budget of logins.
func TestReplicasShareTheBudget(t *testing.T) {
	redistest.Stores(t, func(t *testing.T, store func() lock.Store) {
		s := still(t)
		all := replicas(s, 4, store)
		door := s.AddLock("front door")
		for _, c := range all {
			mustCheck(t, "at first", c)
		}
		s.Fail("/v1.0/devices/*", tuyatest.Code(1010, "token invalid").Always())
		for range 10 {
			for _, c := range all {
				if _, err := c.GetDevice(t.Context(), door); lock.KindOf(err) != lock.ErrUnauthenticated {
					t.Fatalf("got %v, want %v", err, lock.ErrUnauthenticated)
				}
			}
		}
		wantLogins(t, "40 refusals", s, 1+6)
	})
}

// Without the store a client goes on with its token until that is refused, and does not ask for another
// one alone. The pace is its own and needs no store.
func TestReplicaWithoutItsStore(t *testing.T) {
	s := still(t)
	door := s.AddLock("front door")
	m := redistest.NewMini(t)
	c := s.Client(lock.WithStore(m.Store(t)), tuya.WithPace(1000, 1000))
	mustCheck(t, "with the store", c)
	m.SetError("LOADING")
	for range 10 {
		mustCheck(t, "with a token", c)
	}
	if err := c.Locks().Rename(t.Context(), door, "side door"); err != nil {
		t.Errorf("a change: got %v, want success", err)
	}
	s.RevokeTokens()
	for range 10 {
		if err := c.Check(t.Context()); lock.KindOf(err) != lock.ErrStoreUnavailable {
			t.Errorf("with a token that was refused: got %v, want %v", err, lock.ErrStoreUnavailable)
		}
	}
	wantLogins(t, "without the store", s, 1)
	m.SetError("")
	mustCheck(t, "when the store is back", c)
	wantLogins(t, "when the store is back", s, 2)
}

// Another project, or another data centre, has another token.
func TestReplicasOfAnotherProject(t *testing.T) {
	store := lock.NewMemoryStore(nil)
	a := still(t)
	b := still(t, tuyatest.WithCredentials("another-project", "another-secret-of-32-characters!"))
	for range 3 {
		mustCheck(t, "one project", a.Client(lock.WithStore(store)))
		mustCheck(t, "another", b.Client(lock.WithStore(store)))
	}
	wantLogins(t, "one project", a, 1)
	wantLogins(t, "another", b, 1)
}

func mustCheck(t *testing.T, when string, c *tuya.Client) {
	t.Helper()
	if err := c.Check(t.Context()); err != nil {
		t.Fatalf("%s: got %v, want success", when, err)
	}
}
