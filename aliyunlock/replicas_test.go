package aliyunlock_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// onStillClock is a simulator whose clock stands.
func onStillClock(t *testing.T) *aliyunlocktest.Server {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	t.Cleanup(s.Close)
	return s
}

// Replicas that were given the same session renew it once, and pass the refresh token, which is good
// for once, from one to the other.
func TestReplicasRenewASessionOnce(t *testing.T) {
	redistest.Stores(t, func(t *testing.T, replica func() lock.Store) {
		s := onStillClock(t)
		first := s.Session()
		start := func() *aliyunlock.Client { return bare(s, aliyunlock.WithSession(first), lock.WithStore(replica())) }
		var clients []*aliyunlock.Client
		for range 4 {
			clients = append(clients, start())
		}
		for round := range 5 {
			var all sync.WaitGroup
			for _, c := range clients {
				for range 25 {
					all.Go(func() {
						if err := c.Check(t.Context()); err != nil {
							t.Errorf("round %d: got %v, want success", round, err)
						}
						if err := anything(t, c); err != nil {
							t.Errorf("round %d, the project: got %v, want success", round, err)
						}
					})
				}
			}
			all.Wait()
			wantCalls(t, s, refreshPath, round)
			wantCalls(t, s, cloudPath, 1+round)
			s.Advance(11 * time.Minute) // the tokens are no longer too young to be renewed
			s.ExpireTokens()
			clients[round%4] = start() // with the session of the first day
		}
	})
}

// Nobody gets the session of another user, and a session whose user is not known is not shared.
func TestReplicasOfDifferentUsers(t *testing.T) {
	store := lock.NewMemoryStore(nil)
	s := onStillClock(t)
	mine := bare(s, aliyunlock.WithSession(s.Session()), lock.WithStore(store))
	mustCheck(t, "a user", mine)
	theirs := s.Session()
	theirs.IdentityID, theirs.Token, theirs.RefreshToken = "another", lock.NewSecret("no token"), lock.NewSecret("no refresh token")
	other := bare(s, aliyunlock.WithSession(theirs), lock.WithStore(store))
	if err := other.Check(t.Context()); !errors.Is(err, lock.ErrUnauthenticated) {
		t.Errorf("another user: got %v, want ErrUnauthenticated", err)
	}
	for range 2 {
		mustCheck(t, "by a code, without a name", bare(s, codesOf(s), lock.WithStore(store)))
	}
	wantCalls(t, s, createPath, 2)
	for range 2 {
		mustCheck(t, "by a code, with a name", bare(s, codesOf(s), lock.WithStore(store), lock.WithAccount("reception")))
	}
	wantCalls(t, s, createPath, 3)
}

// A replica does not renew a token that another one has just made, although the vendor says 401,
// which also stands for somebody else's device.
func TestReplicasKnowHowYoungATokenIs(t *testing.T) {
	store := lock.NewMemoryStore(nil)
	s := onStillClock(t)
	var clients []*aliyunlock.Client
	for range 3 {
		clients = append(clients, bare(s, aliyunlock.WithSession(s.Session()), lock.WithStore(store)))
	}
	s.Advance(21 * time.Hour)
	for _, c := range clients {
		mustCheck(t, "a renewed session", c)
	}
	wantCalls(t, s, refreshPath, 1)
	s.Fail("/thing/status/get", aliyunlocktest.Code(401, "request auth error.").Always())
	for range 10 {
		for _, c := range clients {
			if _, err := c.GetStatus(t.Context(), "somebody-elses"); !errors.Is(err, lock.ErrUnauthenticated) {
				t.Fatalf("got %v, want ErrUnauthenticated", err)
			}
		}
	}
	wantCalls(t, s, refreshPath, 1)
}

// A session that could not be kept is not lost for an older one that is shared.
func TestReplicaThatCannotKeepItsSession(t *testing.T) {
	store := lock.NewMemoryStore(nil)
	s := onStillClock(t)
	keeper := &keeper[aliyunlock.Session]{}
	c := bare(s, aliyunlock.WithSession(s.Session()), aliyunlock.WithSessionStore(keeper), lock.WithStore(store))
	mustCheck(t, "the first call", c)
	s.Advance(21 * time.Hour)
	full := errors.New("the disk is full")
	keeper.refuse = full
	if err := c.Check(t.Context()); !errors.Is(err, full) {
		t.Fatalf("got %v, want the keeper's error", err)
	}
	keeper.mu.Lock()
	keeper.refuse = nil
	keeper.mu.Unlock()
	mustCheck(t, "with room on the disk", c)
	wantCalls(t, s, refreshPath, 1)
	mustCheck(t, "the next replica", bare(s, aliyunlock.WithSession(s.Session()), aliyunlock.WithSessionStore(keeper), lock.WithStore(store)))
}

func TestAliyunWithoutItsStore(t *testing.T) {
	s := onStillClock(t)
	m := redistest.NewMini(t)
	c := bare(s, aliyunlock.WithSession(s.Session()), aliyunlock.WithRateLimit(10, time.Second), lock.WithStore(m.Store(t)))
	m.SetError("LOADING")
	if err := c.Check(t.Context()); !errors.Is(err, lock.ErrStoreUnavailable) {
		t.Errorf("got %v, want ErrStoreUnavailable", err)
	}
	m.SetError("")
	mustCheck(t, "with the store", c)
}
