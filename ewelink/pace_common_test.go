package ewelink

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// crowd makes calls of one endpoint through all replicas at once and returns when they came.
func (a *answers) crowd(t *testing.T, each int, replicas ...*Client) []time.Time {
	t.Helper()
	var calls sync.WaitGroup
	for _, c := range replicas {
		for range each {
			calls.Go(func() {
				if _, err := c.GetProfile(t.Context()); err != nil {
					t.Errorf("got %v, want success", err)
				}
			})
		}
	}
	calls.Wait()
	times := slices.Clone(a.times("/v2/user/profile"))
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// replicas are clients of one account with one store.
func (a *answers) replicas(n int, store func() lock.Store, opts ...lock.Option) (all []*Client) {
	for range n {
		all = append(all, a.client(slices.Concat([]lock.Option{lock.WithAccount("reception"), lock.WithStore(store())}, opts)...))
	}
	return all
}

// Between two calls of an endpoint there is the gap, whichever replicas make them, and little is wasted.
func TestReplicasKeepTheGap(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, store func() lock.Store) {
		vendor := &answers{takes: time.Second, reply: emptyReply}
		began := time.Now()
		times := vendor.crowd(t, 25, vendor.replicas(4, store)...)
		for i := 1; i < len(times); i++ {
			if gap := times[i].Sub(times[i-1]); gap < defaultGap {
				t.Errorf("call %d came %s after the one before, want at least %s", i, gap, defaultGap)
			}
		}
		if took, ideal := times[len(times)-1].Sub(began), 99*defaultGap; len(times) != 100 || took > ideal*10/9 {
			t.Errorf("%d calls took %s, want 100 within %s and a ninth", len(times), took, ideal)
		}
	})
}

// In no window do the replicas make more calls than allowed, and at least nine of ten that are.
func TestReplicasShareTheAllowance(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, store func() lock.Store) {
		const count, window = 20, time.Minute
		vendor := &answers{takes: 100 * time.Millisecond, reply: emptyReply}
		began := time.Now()
		times := vendor.crowd(t, 50, vendor.replicas(4, store, WithPace(0, count, window))...)
		for i := count; i < len(times); i++ {
			if got := times[i].Sub(times[i-count]); got <= window {
				t.Errorf("%d calls came in %s, want %d in %s", count+1, got, count, window)
			}
		}
		if took := times[len(times)-1].Sub(began); len(times) != 200 || took > 9*window*10/9 {
			t.Errorf("%d calls took %s, want 200 in nine windows and a ninth", len(times), took)
		}
	})
}

func TestReplicaThatMayNotWait(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, store func() lock.Store) {
		vendor := &answers{reply: emptyReply}
		for name, opts := range map[string][]lock.Option{
			"for the gap":       {WithPace(time.Minute, 0, 0)},
			"for the allowance": {WithPace(0, 1, time.Minute)},
		} {
			opts = append(opts, lock.WithAccount(name)) // nobody else's
			all := vendor.replicas(2, store, append(opts, lock.WithLimits(lock.LimitFail))...)
			if _, err := all[0].GetProfile(t.Context()); err != nil {
				t.Errorf("%s, the first: got %v, want success", name, err)
			}
			patient := vendor.replicas(1, store, opts...)[0]
			short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			for who, call := range map[string]func() error{
				"one that fails":        func() error { _, err := all[1].GetProfile(t.Context()); return err },
				"one with a short time": func() error { _, err := patient.GetProfile(short); return err },
			} {
				before := time.Now()
				err := call()
				e, ok := asError(err)
				if !ok || e.Kind != lock.ErrRateLimited || e.RetryAfter < 50*time.Second || time.Since(before) > time.Second {
					t.Errorf("%s, %s: got %v after %s, want %v with a time at once", name, who, err, time.Since(before), lock.ErrRateLimited)
				}
			}
			cancel()
			ending, end := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, end)
			if _, err := patient.GetProfile(ending); !errors.Is(err, lock.ErrInterrupted) {
				t.Errorf("%s, one whose context ends: got %v, want %v", name, err, lock.ErrInterrupted)
			}
		}
		if n := len(vendor.times("/v2/user/profile")); n != 2 {
			t.Errorf("got %d calls, want one of each account", n)
		}
	})
}

// away is a store that cannot be reached: each question to it takes its time.
type away struct {
	lock.Store
	asked *int
	mu    *sync.Mutex
}

func (s away) TakeSlot(ctx context.Context, _, _ string, _ []lock.LimitRule, _ time.Duration) (lock.SlotGrant, error) {
	s.mu.Lock()
	*s.asked++
	s.mu.Unlock()
	if err := lock.SystemClock.Sleep(ctx, 200*time.Millisecond); err != nil {
		return lock.SlotGrant{}, err
	}
	return lock.SlotGrant{}, lock.ErrStoreUnavailable
}

// A store that is away keeps no door shut: each replica keeps the pace alone, and does not ask the store
// at every call.
func TestPaceWithoutTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &answers{reply: emptyReply}
		asked := 0
		store := away{lock.NewMemoryStore(nil), &asked, &sync.Mutex{}}
		began := time.Now()
		times := vendor.crowd(t, 20, vendor.replicas(1, func() lock.Store { return store })...)
		for i := 1; i < len(times); i++ {
			if gap := times[i].Sub(times[i-1]); gap < defaultGap {
				t.Errorf("call %d came %s after the one before, want at least %s", i, gap, defaultGap)
			}
		}
		if took := time.Since(began); took > 12*time.Second || asked > 6 {
			t.Errorf("20 calls took %s and asked the store %d times, want about 11 s and twice in 5 s", took, asked)
		}
	})
}
