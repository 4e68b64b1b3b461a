package lock_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// moody is a store that can be out of reach of one replica.
type moody struct {
	lock.Store
	mu   sync.Mutex
	away bool
}

func (m *moody) leave(away bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away = away
}

func (m *moody) reach() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return &lock.Error{Kind: lock.ErrStoreUnavailable}
	}
	return nil
}

func (m *moody) Campaign(ctx context.Context, name, me string, ttl time.Duration) (lock.Term, error) {
	if err := m.reach(); err != nil {
		return lock.Term{}, err
	}
	return m.Store.Campaign(ctx, name, me, ttl)
}

func (m *moody) Resign(ctx context.Context, name, me string) error {
	if err := m.reach(); err != nil {
		return err
	}
	return m.Store.Resign(ctx, name, me)
}

// leaders notes who leads.
type leaders struct {
	mu    sync.Mutex
	terms []term
}

type term struct {
	who         string
	fence       uint64
	began, over time.Time
}

// lead leads until its context ends.
func (l *leaders) lead(who string) func(context.Context, *lock.Leadership) error {
	return func(ctx context.Context, leading *lock.Leadership) error {
		l.mu.Lock()
		i := len(l.terms)
		l.terms = append(l.terms, term{who: who, fence: leading.Fence, began: time.Now()})
		l.mu.Unlock()
		<-ctx.Done()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.terms[i].over = time.Now()
		return ctx.Err()
	}
}

func nap(t *testing.T, d time.Duration) {
	t.Helper()
	if err := lock.SystemClock.Sleep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func TestTheNextReplicaTakesOver(t *testing.T) {
	const lease = 15 * time.Second
	synctest.Test(t, func(t *testing.T) {
		shared := lock.NewMemoryStore(nil)
		var l leaders
		stores := map[string]*moody{}
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for _, who := range []string{"a", "b", "c"} {
			store := &moody{Store: shared}
			stores[who] = store
			all.Go(func() {
				if err := lock.Lead(ctx, store, "socket", lock.LeadOptions{Lease: lease}, l.lead(who)); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: got %v, want context.Canceled", who, err)
				}
			})
		}
		for range 10 {
			nap(t, time.Minute)
			l.mu.Lock()
			leader := l.terms[len(l.terms)-1].who
			l.mu.Unlock()
			stores[leader].leave(true) // the leader can reach the store no more
			nap(t, time.Minute)
			stores[leader].leave(false)
		}
		cancel()
		all.Wait()
		if len(l.terms) != 11 {
			t.Fatalf("got %d terms, want 11: %+v", len(l.terms), l.terms)
		}
		for i, next := range l.terms[1:] {
			before := l.terms[i]
			if next.who == before.who || next.fence <= before.fence {
				t.Errorf("got %+v after %+v, want another leader with a greater fence", next, before)
			}
			if next.began.Before(before.over) {
				t.Errorf("two led at a time: %+v and %+v", before, next)
			}
			// The lease was renewed for the last time before the minute was over.
			if gone := before.began.Add(time.Minute); next.began.Sub(gone) > lease+lease/3+time.Minute {
				t.Errorf("the leader was gone at %v and the next one led at %v", gone, next.began)
			}
		}
	})
}

// Counted from the last renewal, the next leader is there after the lease and one renewal.
func TestTakeoverIsPrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := lock.NewMemoryStore(nil)
		var l leaders
		first, second := &moody{Store: shared}, &moody{Store: shared}
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { _ = lock.Lead(ctx, first, "n", lock.LeadOptions{Lease: 9 * time.Second}, l.lead("first")) })
		synctest.Wait()
		all.Go(func() { _ = lock.Lead(ctx, second, "n", lock.LeadOptions{Lease: 9 * time.Second}, l.lead("second")) })
		nap(t, 100*time.Second)
		first.leave(true)
		gone := time.Now()
		nap(t, 100*time.Second)
		cancel()
		all.Wait()
		if len(l.terms) != 2 || l.terms[1].who != "second" {
			t.Fatalf("got %+v, want the second to take over", l.terms)
		}
		if took := l.terms[1].began.Sub(gone); took > 12*time.Second {
			t.Errorf("it took %v, want the lease and one renewal at most", took)
		}
		if stopped := l.terms[0].over.Sub(gone); stopped > 9*time.Second {
			t.Errorf("the first stopped after %v, want the lease at most", stopped)
		}
	})
}

func TestAShortOutageOfTheStoreChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &moody{Store: lock.NewMemoryStore(nil)}
		var log bytes.Buffer
		var l leaders
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		o := lock.LeadOptions{Lease: 15 * time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil))}
		store.leave(true)
		all.Go(func() { _ = lock.Lead(ctx, store, "socket", o, l.lead("a")) })
		nap(t, time.Minute)
		if len(l.terms) != 0 {
			t.Errorf("got %+v without the store, want nobody to lead", l.terms)
		}
		store.leave(false)
		for range 10 {
			nap(t, time.Minute)
			store.leave(true)
			nap(t, 8*time.Second)
			store.leave(false)
		}
		cancel()
		all.Wait()
		if len(l.terms) != 1 {
			t.Errorf("got %+v, want one term", l.terms)
		}
		for _, want := range []string{"standing for election failed", "leading", "renewing the lease failed", "socket"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log says nothing of %q", want)
			}
		}
	})
}

func TestTheEndOfTheWorkEndsTheLeadership(t *testing.T) {
	broken := errors.New("broken")
	for _, want := range []error{nil, broken} {
		synctest.Test(t, func(t *testing.T) {
			store := lock.NewMemoryStore(nil)
			err := lock.Lead(t.Context(), store, "socket", lock.LeadOptions{}, func(_ context.Context, l *lock.Leadership) error {
				nap(t, time.Hour)
				if !l.Holds() {
					t.Errorf("it does not lead any more, want the lease renewed")
				}
				return want
			})
			if !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
			next, err := store.Campaign(t.Context(), "socket", "another", time.Minute)
			if err != nil || !next.Mine {
				t.Errorf("got %+v and %v, want the lease given up", next, err)
			}
		})
	}
}

func TestTheEndOfTheContextEndsTheLeadership(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := lock.NewMemoryStore(nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		err := lock.Lead(ctx, store, "socket", lock.LeadOptions{}, func(ctx context.Context, _ *lock.Leadership) error {
			<-ctx.Done()
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		if next, err := store.Campaign(t.Context(), "socket", "another", time.Minute); err != nil || !next.Mine {
			t.Errorf("got %+v and %v, want the lease given up", next, err)
		}
	})
}

// A process that was stopped knows that it leads no more before anybody tells it.
func TestALeaderThatWasStoppedKnowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &moody{Store: lock.NewMemoryStore(nil)}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_ = lock.Lead(ctx, store, "socket", lock.LeadOptions{Lease: 9 * time.Second}, func(_ context.Context, l *lock.Leadership) error {
			nap(t, time.Minute)
			if !l.Holds() {
				t.Errorf("it does not lead, want the lease renewed")
			}
			store.leave(true)
			nap(t, 5*time.Second)
			if !l.Holds() {
				t.Errorf("it does not lead, want the lease to last")
			}
			nap(t, 5*time.Second)
			if l.Holds() {
				t.Errorf("it leads, want the lease to have ended")
			}
			cancel()
			return nil
		})
	})
}

func TestAClockThatCannotWaitEndsTheElection(t *testing.T) {
	store := lock.NewMemoryStore(nil)
	if _, err := store.Campaign(t.Context(), "socket", "another", time.Hour); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("clock stopped")
	err := lock.Lead(t.Context(), store, "socket", lock.LeadOptions{Clock: stopped{broken}}, nil)
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the clock's error", err)
	}
}

type stopped struct{ err error }

func (stopped) Now() time.Time                               { return time.Now() }
func (s stopped) Sleep(context.Context, time.Duration) error { return s.err }
