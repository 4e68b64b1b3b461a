package lock_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// job is an item: what it is about, and how a test's operation treats it.
type job struct {
	n      int
	vendor string
	lock   string
}

func jobs(n int, of func(i int) job) []job {
	list := make([]job, n)
	for i := range list {
		list[i] = of(i)
		list[i].n = i
	}
	return list
}

// counting notes how many are under way at a time, by key.
type counting struct {
	mu        sync.Mutex
	now, most map[string]int
	begun     []int // items, in the order in which they began
}

func (c *counting) during(item job, keys ...string) (end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now == nil {
		c.now, c.most = make(map[string]int), make(map[string]int)
	}
	c.begun = append(c.begun, item.n)
	for _, k := range keys {
		c.now[k]++
		c.most[k] = max(c.most[k], c.now[k])
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, k := range keys {
			c.now[k]--
		}
	}
}

// sleep is time that an operation takes.
func sleep(ctx context.Context, d time.Duration) error { return lock.SystemClock.Sleep(ctx, d) }

func states[T, R any](outcomes []lock.Outcome[T, R]) map[lock.ItemState]int {
	n := make(map[lock.ItemState]int)
	for _, o := range outcomes {
		n[o.State]++
	}
	return n
}

func TestEachKeepsItsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		items := []int{5, 3, 9, 1}
		outcomes, err := lock.Each(t.Context(), items, func(ctx context.Context, n int) (string, error) {
			if n == 9 {
				return "", lock.ErrDeviceRejected
			}
			return fmt.Sprint(n), sleep(ctx, time.Duration(n)*time.Second)
		}, lock.BulkOptions[int, string]{})
		for i, o := range outcomes {
			if o.Index != i || o.Item != items[i] || o.Calls != 1 || o.State == lock.ItemDone && o.Value != fmt.Sprint(items[i]) {
				t.Errorf("outcome %d: got %+v, want that of item %d", i, o, items[i])
			}
		}
		var bulk *lock.BulkError
		if !errors.As(err, &bulk) || bulk.Progress.Done != 3 || bulk.Progress.Failed != 1 || bulk.Stopped != nil || !errors.Is(err, lock.ErrDeviceRejected) {
			t.Errorf("got %v, want 3 done and 1 failed with its error", err)
		}
		if want := "3 of 4 done, 1 failed; first error: device refused"; err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
		if outcomes[2].State != lock.ItemFailed || outcomes[2].Err != lock.ErrDeviceRejected {
			t.Errorf("got %+v, want it failed", outcomes[2])
		}
	})
}

func TestEachOfNothing(t *testing.T) {
	outcomes, err := lock.Each(t.Context(), nil, func(context.Context, int) (int, error) { return 0, nil }, lock.BulkOptions[int, int]{})
	if len(outcomes) != 0 || err != nil {
		t.Errorf("got %v and %v, want nothing", outcomes, err)
	}
}

func TestEachIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c counting
		items := jobs(200, func(i int) job { return job{vendor: "v" + fmt.Sprint(i%2), lock: "l" + fmt.Sprint(i%20)} })
		began := time.Now()
		_, err := lock.Each(t.Context(), items, func(ctx context.Context, j job) (int, error) {
			defer c.during(j, "all", j.vendor, j.lock)()
			return 0, sleep(ctx, time.Second)
		}, lock.BulkOptions[job, int]{
			Concurrency: 9,
			Limits: []lock.BulkLimit[job]{
				{Key: func(j job) string { return j.lock }, Max: 1},
				{Key: func(j job) string { return j.vendor }, Max: 5},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for key, most := range c.most {
			if want := map[byte]int{'a': 9, 'v': 5, 'l': 1}[key[0]]; most > want {
				t.Errorf("%s: got %d at a time, want %d at most", key, most, want)
			}
		}
		if c.most["all"] != 9 {
			t.Errorf("got %d at a time, want the 9 that may be", c.most["all"])
		}
		if took, want := time.Since(began), 23*time.Second; took > want+time.Second {
			t.Errorf("got %s, want about %s: no place left empty", took, want)
		}
	})
}

// One lock that is slow, or has to wait, holds nobody else up.
func TestEachDoesNotWaitForOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		items := jobs(100, func(i int) job {
			if i < 50 {
				return job{lock: "slow"}
			}
			return job{lock: fmt.Sprint(i)}
		})
		var mu sync.Mutex
		ended := make(map[bool]time.Duration)
		began := time.Now()
		_, err := lock.Each(t.Context(), items, func(ctx context.Context, j job) (int, error) {
			d := 10 * time.Millisecond
			if j.lock == "slow" {
				d = time.Minute
			}
			err := sleep(ctx, d)
			mu.Lock()
			defer mu.Unlock()
			ended[j.lock == "slow"] = time.Since(began)
			return 0, err
		}, lock.BulkOptions[job, int]{Concurrency: 2, Limits: []lock.BulkLimit[job]{{Key: func(j job) string { return j.lock }, Max: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		if ended[false] != 500*time.Millisecond || ended[true] != 50*time.Minute {
			t.Errorf("got the others done after %s and the slow ones after %s, want 500ms and 50m", ended[false], ended[true])
		}
	})
}

// Who is let through one limit and waits at another leaves the place to the next.
func TestEachLeavesNoPlaceEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		items := []job{{0, "a", "1"}, {1, "b", "2"}, {2, "a", "2"}, {3, "a", "3"}}
		took := []time.Duration{time.Second, 10 * time.Second, time.Second, time.Second}
		began, at := time.Now(), make([]time.Duration, len(items))
		_, err := lock.Each(t.Context(), items, func(ctx context.Context, j job) (int, error) {
			at[j.n] = time.Since(began)
			return 0, sleep(ctx, took[j.n])
		}, lock.BulkOptions[job, int]{Limits: []lock.BulkLimit[job]{
			{Key: func(j job) string { return j.vendor }, Max: 1},
			{Key: func(j job) string { return j.lock }, Max: 1},
		}})
		if want := []time.Duration{0, 0, 10 * time.Second, time.Second}; err != nil || !slices.Equal(at, want) {
			t.Errorf("got beginnings at %v and %v, want %v", at, err, want)
		}
	})
}

func TestEachBeginsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c counting
		items := jobs(50, func(i int) job { return job{lock: fmt.Sprint(i % 7)} })
		_, err := lock.Each(t.Context(), items, func(_ context.Context, j job) (int, error) {
			c.during(j)()
			return 0, nil
		}, lock.BulkOptions[job, int]{Concurrency: 1, Limits: []lock.BulkLimit[job]{{Key: func(j job) string { return j.lock }, Max: 1}}})
		if err != nil || !slices.IsSorted(c.begun) || len(c.begun) != 50 {
			t.Errorf("got %v and %v, want the items in their order", c.begun, err)
		}
	})
}

func limited(after time.Duration) error {
	return &lock.Error{Kind: lock.ErrRateLimited, RetryAfter: after}
}

func TestEachHonoursRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Each vendor takes five calls in two minutes, and says when to come again.
		var mu sync.Mutex
		taken, refused := make(map[string][]time.Time), make(map[string]int)
		vendor := func(j job) error {
			mu.Lock()
			defer mu.Unlock()
			now := time.Now()
			log := slices.DeleteFunc(taken[j.vendor], func(at time.Time) bool { return now.Sub(at) >= 2*time.Minute })
			if len(log) == 5 {
				refused[j.vendor]++
				return limited(log[0].Add(2 * time.Minute).Sub(now))
			}
			taken[j.vendor] = append(log, now)
			return nil
		}
		items := jobs(60, func(i int) job { return job{vendor: fmt.Sprint(i % 2)} })
		began := time.Now()
		outcomes, err := lock.Each(t.Context(), items, func(ctx context.Context, j job) (int, error) {
			if err := vendor(j); err != nil {
				return 0, err
			}
			return 1, sleep(ctx, time.Second)
		}, lock.BulkOptions[job, int]{Concurrency: 4, Pace: func(j job) string { return j.vendor }})
		if err != nil || states(outcomes)[lock.ItemDone] != 60 {
			t.Fatalf("got %v and %v, want all done", states(outcomes), err)
		}
		if took := time.Since(began); took < 10*time.Minute || took > 11*time.Minute {
			t.Errorf("30 calls a vendor, 5 in two minutes: got %s, want ten minutes", took)
		}
		for v, n := range refused {
			if n > 24 { // those under way at the time, six times
				t.Errorf("vendor %s: got %d calls that came too early, want 24 at most", v, n)
			}
		}
	})
}

func TestEachWaitsByItselfWhereNoPaceIsGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at [4]time.Duration
		outcomes, err := lock.Each(t.Context(), []int{0, 1, 2, 3}, func(_ context.Context, n int) (int, error) {
			if n == 0 && time.Since(began) < time.Hour {
				return 0, limited(5 * time.Minute)
			}
			at[n] = time.Since(began)
			return 0, nil
		}, lock.BulkOptions[int, int]{Concurrency: 1})
		if err != nil || outcomes[0].Calls != 13 || at[3] != 0 || at[0] != time.Hour {
			t.Errorf("got %v, %d calls, times %v, want one item to have waited an hour and nobody else", err, outcomes[0].Calls, at)
		}
	})
}

func TestEachPausesWhereTheVendorDoesNotSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		_, err := lock.Each(t.Context(), []int{0}, func(context.Context, int) (int, error) {
			if at = append(at, time.Since(began)); len(at) < 9 {
				return 0, lock.ErrRateLimited
			}
			return 0, nil
		}, lock.BulkOptions[int, int]{})
		want := []time.Duration{0, 1, 3, 7, 15, 31, 63, 123, 183}
		for i := range want {
			want[i] *= time.Second
		}
		if err != nil || !slices.Equal(at, want) {
			t.Errorf("got calls at %v and %v, want %v", at, err, want)
		}
	})
}

// Those that are refused together are one refusal, and lengthen the pause once.
func TestEachPausesOnceForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := lock.Each(t.Context(), make([]int, 50), func(ctx context.Context, _ int) (int, error) {
			if time.Since(began) < 3*time.Second {
				return 0, lock.ErrRateLimited
			}
			return 0, nil
		}, lock.BulkOptions[int, int]{Concurrency: 50, Pace: func(int) string { return "the account" }})
		if took := time.Since(began); err != nil || took != 3*time.Second {
			t.Errorf("got %v after %s, want all done after pauses of one and two seconds", err, took)
		}
	})
}

func TestEachWaitsForTheLongestOfSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var c counting
		var late []time.Duration
		_, err := lock.Each(t.Context(), jobs(5, func(int) job { return job{} }), func(ctx context.Context, j job) (int, error) {
			c.during(j)()
			if time.Since(began) == 0 { // the first two
				return 0, errors.Join(sleep(ctx, time.Duration(1+j.n)*time.Second), limited(time.Duration(1+j.n)*time.Minute))
			}
			c.mu.Lock()
			late = append(late, time.Since(began))
			c.mu.Unlock()
			return 0, sleep(ctx, time.Second)
		}, lock.BulkOptions[job, int]{Concurrency: 2, Pace: func(job) string { return "the account" }})
		if err != nil || len(late) != 5 || late[0] != 2*time.Minute+2*time.Second {
			t.Errorf("got the rest after %v and %v, want nothing before the longer of both", late, err)
		}
		if want := []int{0, 1, 0, 1, 2, 3, 4}; !slices.Equal(sortedPairs(c.begun), want) {
			t.Errorf("got items %v, want those that were refused in their places again: %v", c.begun, want)
		}
	})
}

// sortedPairs puts what two workers began at once in order.
func sortedPairs(begun []int) []int {
	for pair := range slices.Chunk(begun, 2) {
		slices.Sort(pair)
	}
	return begun
}

func TestEachPreparesAnItemOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, begun, called := 0, 0, 0
		_, err := lock.Each(t.Context(), []int{0}, func(context.Context, int) (int, error) {
			if called++; called < 3 {
				return 0, lock.ErrRateLimited
			}
			return 0, nil
		}, lock.BulkOptions[int, int]{
			Done:  func(context.Context, int) (bool, error) { asked++; return false, nil },
			Began: func(int) error { begun++; return nil },
		})
		if err != nil || called != 3 || asked != 1 || begun != 1 {
			t.Errorf("got %d calls, asked %d times, begun %d times and %v, want 3, 1 and 1", called, asked, begun, err)
		}
	})
}

// What ends without having done anything after the run was stopped is for the next run.
func TestEachLeavesUntouchedWhatHasDoneNothing(t *testing.T) {
	for name, o := range map[string]lock.BulkOptions[int, int]{
		"asking whether it is done": {Done: func(ctx context.Context, _ int) (bool, error) { return false, sleep(ctx, time.Hour) }},
		"a rate limit":              {Grace: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				outcomes, err := lock.Each(ctx, []int{0}, func(ctx context.Context, _ int) (int, error) {
					return 0, errors.Join(sleep(ctx, 2*time.Minute), limited(time.Second))
				}, o)
				if outcomes[0].State != lock.ItemUntouched || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %+v and %v, want it untouched", outcomes[0], err)
				}
			})
		})
	}
}

func TestEachRepeatsNothingElse(t *testing.T) {
	for _, kind := range lock.Kinds() {
		if kind == lock.ErrRateLimited {
			continue
		}
		outcomes, _ := lock.Each(t.Context(), []int{0}, func(context.Context, int) (int, error) {
			return 0, &lock.Error{Kind: kind, RetryAfter: time.Millisecond}
		}, lock.BulkOptions[int, int]{})
		want := lock.ItemFailed
		switch kind {
		case lock.ErrOutcomeUnknown, lock.ErrDeviceTimeout:
			want = lock.ItemUnknown
		case lock.ErrInterrupted:
			want = lock.ItemUntouched
		}
		if outcomes[0].Calls != 1 || outcomes[0].State != want {
			t.Errorf("%s: got %d calls and state %s, want 1 and %s", kind, outcomes[0].Calls, outcomes[0].State, want)
		}
	}
	outcomes, _ := lock.Each(t.Context(), []int{0}, func(context.Context, int) (int, error) { return 0, limited(time.Hour) }, lock.BulkOptions[int, int]{})
	if outcomes[0].Calls != 1 || outcomes[0].State != lock.ItemFailed {
		t.Errorf("a wait beyond MaxWait: got %+v, want it failed", outcomes[0])
	}
}

func TestEachStopsWithItsContext(t *testing.T) {
	for name, c := range map[string]struct {
		grace time.Duration
		want  map[lock.ItemState]int
		took  time.Duration
	}{
		"at once":                      {0, map[lock.ItemState]int{lock.ItemDone: 4, lock.ItemUnknown: 2, lock.ItemUntouched: 94}, 90 * time.Second},
		"letting finish what is begun": {time.Hour, map[lock.ItemState]int{lock.ItemDone: 7, lock.ItemUnknown: 1, lock.ItemUntouched: 92}, 2 * time.Minute},
		"after a while":                {10 * time.Second, map[lock.ItemState]int{lock.ItemDone: 4, lock.ItemUnknown: 2, lock.ItemUntouched: 94}, 100 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
				defer cancel()
				began := time.Now()
				outcomes, err := lock.Each(ctx, jobs(100, func(int) job { return job{} }), func(ctx context.Context, j job) (int, error) {
					err := sleep(ctx, time.Minute)
					switch {
					case j.n == 5 && err != nil: // the call had not gone out
						return 0, &lock.Error{Kind: lock.ErrInterrupted, Err: err}
					case j.n == 6 && err != nil:
						return 0, &lock.Error{Kind: lock.ErrOutcomeUnknown, Err: err}
					case j.n == 7 && err == nil: // an operation that was begun and goes on
						return 0, &lock.Error{Kind: lock.ErrOutcomeUnknown}
					}
					return 0, err
				}, lock.BulkOptions[job, int]{Concurrency: 4, Grace: c.grace})
				want := maps.Clone(c.want)
				if c.grace < time.Hour {
					want[lock.ItemUntouched], want[lock.ItemUnknown] = 93, 3
				}
				if got := states(outcomes); !maps.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("it ended after %s, want %s", took, c.took)
				}
				var bulk *lock.BulkError
				if !errors.As(err, &bulk) || !errors.Is(bulk.Stopped, context.DeadlineExceeded) || bulk.Progress.Ended() != 100 || bulk.Progress.Active != 0 {
					t.Errorf("got %v, want a BulkError that counts everything and says why it stopped", err)
				}
				for _, o := range outcomes {
					if o.State == lock.ItemUntouched && o.Calls == 0 && (!errors.Is(o.Err, lock.ErrInterrupted) || !errors.Is(o.Err, context.DeadlineExceeded)) {
						t.Errorf("item %d was not begun: got %v, want ErrInterrupted with the reason", o.Index, o.Err)
					}
				}
			})
		})
	}
}

func TestEachStopsInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		var ends []lock.ItemState
		outcomes, err := lock.Each(ctx, []int{0, 1}, func(context.Context, int) (int, error) { return 0, limited(5 * time.Minute) },
			lock.BulkOptions[int, int]{End: func(o lock.Outcome[int, int]) error {
				ends = append(ends, o.State)
				return nil
			}})
		if states(outcomes)[lock.ItemUntouched] != 2 || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("got %v and %v after %s, want both untouched after a minute", states(outcomes), err, time.Since(began))
		}
		if len(ends) != 2 { // they had begun, so their end is told
			t.Errorf("End: got %v, want both", ends)
		}
	})
}

func TestEachBeginsNothingUnderAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the landlord has changed his mind")
	cancel(cause)
	outcomes, err := lock.Each(ctx, []int{0, 1}, func(context.Context, int) (int, error) {
		t.Error("an item was begun")
		return 0, nil
	}, lock.BulkOptions[int, int]{})
	if states(outcomes)[lock.ItemUntouched] != 2 || !errors.Is(err, cause) {
		t.Errorf("got %v and %v, want nothing begun, and why", outcomes, err)
	}
}

func TestEachSkipsWhatIsDone(t *testing.T) {
	var calls []int
	outcomes, err := lock.Each(t.Context(), []int{0, 1, 2, 3}, func(_ context.Context, n int) (int, error) {
		calls = append(calls, n)
		return n, nil
	}, lock.BulkOptions[int, int]{Concurrency: 1, Done: func(_ context.Context, n int) (bool, error) {
		if n == 2 {
			return false, lock.ErrVendorUnavailable
		}
		return n < 2, nil
	}})
	if want := map[lock.ItemState]int{lock.ItemSkipped: 2, lock.ItemFailed: 1, lock.ItemDone: 1}; !maps.Equal(states(outcomes), want) || !slices.Equal(calls, []int{3}) {
		t.Errorf("got %v after calls for %v, want %v and one call", states(outcomes), calls, want)
	}
	if !errors.Is(err, lock.ErrVendorUnavailable) || outcomes[2].Calls != 0 {
		t.Errorf("got %v, want the error of asking", err)
	}
}

func TestEachStopsWhenItCannotRecord(t *testing.T) {
	full := errors.New("the disk is full")
	atTwo := func(n int) error {
		if n == 2 {
			return full
		}
		return nil
	}
	for name, c := range map[string]struct {
		o     lock.BulkOptions[int, int]
		calls []int
		two   lock.ItemState
	}{
		"the beginning": {lock.BulkOptions[int, int]{Began: atTwo}, []int{0, 1}, lock.ItemUntouched},
		"the end":       {lock.BulkOptions[int, int]{End: func(o lock.Outcome[int, int]) error { return atTwo(o.Item) }}, []int{0, 1, 2}, lock.ItemDone},
	} {
		t.Run(name, func(t *testing.T) {
			var calls []int
			c.o.Concurrency = 1
			outcomes, err := lock.Each(t.Context(), []int{0, 1, 2, 3, 4}, func(_ context.Context, n int) (int, error) {
				calls = append(calls, n)
				return 0, nil
			}, c.o)
			if !slices.Equal(calls, c.calls) || outcomes[2].State != c.two || outcomes[4].State != lock.ItemUntouched || !errors.Is(err, full) {
				t.Errorf("got calls %v, %v and %v, want %v and why it stopped", calls, states(outcomes), err, c.calls)
			}
		})
	}
}

func TestEachReportsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []lock.Progress
		_, err := lock.Each(t.Context(), jobs(30, func(int) job { return job{} }), func(ctx context.Context, j job) (int, error) {
			if j.n%10 == 0 {
				return 0, lock.ErrDeviceOffline
			}
			return 0, sleep(ctx, time.Second)
		}, lock.BulkOptions[job, int]{Concurrency: 4, Progress: func(p lock.Progress) { seen = append(seen, p) }})
		if err == nil || len(seen) == 0 {
			t.Fatalf("got %d reports and %v, want some and three failures", len(seen), err)
		}
		for i, p := range seen {
			if p.Total != 30 || p.Active > 4 || p.Ended()+p.Active > 30 || i > 0 && p.Ended() < seen[i-1].Ended() {
				t.Errorf("report %d: got %+v after %+v, want it to add up", i, p, seen[max(0, i-1)])
			}
		}
		if last := seen[len(seen)-1]; last.Done != 27 || last.Failed != 3 || last.Active != 0 {
			t.Errorf("the last: got %+v, want 27 done and 3 failed", last)
		}
	})
}

// A fleet's devices name their vendor, so limits and paces are one line each.
func TestEachOverAFleet(t *testing.T) {
	a, b := locktest.NewMemory(), locktest.NewMemory()
	fleet := fleetOf(t, a, b)
	for range 20 {
		a.AddLock("door")
		b.AddLock("door")
	}
	b.Fail(lock.CreatePassword, lock.ErrDeviceOffline)
	b.Fail(lock.CreateTimedPassword, lock.ErrDeviceOffline)
	locks, err := collect(fleet.Locks().List(t.Context(), lock.LockQuery{}))
	if err != nil {
		t.Fatal(err)
	}
	vendor := func(l lock.Lock) string {
		name, _, _ := lock.SplitMemberID(l.ID)
		return name
	}
	outcomes, err := lock.Each(t.Context(), locks, func(ctx context.Context, l lock.Lock) (lock.Password, error) {
		op, err := fleet.Passwords().Create(ctx, l.ID, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: time.Now().Add(time.Hour)}})
		if err != nil {
			return lock.Password{}, err
		}
		return op.Wait(ctx)
	}, lock.BulkOptions[lock.Lock, lock.Password]{Limits: []lock.BulkLimit[lock.Lock]{{Key: vendor, Max: 4}}, Pace: vendor})
	if want := map[lock.ItemState]int{lock.ItemDone: 20, lock.ItemFailed: 20}; !maps.Equal(states(outcomes), want) || !errors.Is(err, lock.ErrDeviceOffline) {
		t.Errorf("got %v and %v, want %v", states(outcomes), err, want)
	}
	for _, o := range outcomes {
		if o.State == lock.ItemDone && o.Value.Device != o.Item.ID || (o.State == lock.ItemDone) != strings.HasPrefix(string(o.Item.ID), "m1:") {
			t.Errorf("%s: got %s for %s, want m1's doors to have theirs", o.Item.ID, o.State, o.Value.Device)
		}
	}
}

// However the limits lie and whatever is answered, every item ends, its operation is called once
// or after rate limits alone, and no bound is broken.
func TestEachLosesNothing(t *testing.T) {
	type plan struct {
		Locks, Vendors []int
		Limited        []int // rate limits before the item's operation works
		Fails          []bool
		Took           []int // ms
		All, PerLock   int
		PerVendor      int
		Pace           bool
		StopAfter      int // ms; 0 = never
		Grace          int // ms
	}
	plans := rapid.Custom(func(t *rapid.T) plan {
		n := rapid.IntRange(0, 40).Draw(t, "n")
		ints := func(max int, label string) []int { return rapid.SliceOfN(rapid.IntRange(0, max), n, n).Draw(t, label) }
		return plan{
			Locks: ints(6, "locks"), Vendors: ints(2, "vendors"), Limited: ints(2, "limited"), Took: ints(2000, "took"),
			Fails: rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "fails"),
			All:   rapid.IntRange(1, 6).Draw(t, "all"), PerLock: rapid.IntRange(1, 3).Draw(t, "per lock"),
			PerVendor: rapid.IntRange(1, 3).Draw(t, "per vendor"), Pace: rapid.Bool().Draw(t, "pace"),
			StopAfter: rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 20_000)).Draw(t, "stop"),
			Grace:     rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 3000)).Draw(t, "grace"),
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		p := plans.Draw(rt, "plan")
		items := jobs(len(p.Locks), func(i int) job {
			return job{lock: "l" + fmt.Sprint(p.Locks[i]), vendor: "v" + fmt.Sprint(p.Vendors[i])}
		})
		var c counting
		var outcomes []lock.Outcome[job, int]
		var err error
		calls, worked := make([]int, len(items)), make([]bool, len(items))
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if p.StopAfter > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Duration(p.StopAfter)*time.Millisecond)
				defer cancel()
			}
			o := lock.BulkOptions[job, int]{
				Concurrency: p.All, Grace: time.Duration(p.Grace) * time.Millisecond,
				Limits: []lock.BulkLimit[job]{
					{Key: func(j job) string { return j.vendor }, Max: p.PerVendor},
					{Key: func(j job) string { return j.lock }, Max: p.PerLock},
				},
			}
			if p.Pace {
				o.Pace = func(j job) string { return j.vendor }
			}
			outcomes, err = lock.Each(ctx, items, func(ctx context.Context, j job) (int, error) {
				defer c.during(j, "all", j.vendor, j.lock)()
				calls[j.n]++
				if calls[j.n] <= p.Limited[j.n] {
					return 0, limited(time.Duration(p.Took[j.n]) * time.Millisecond)
				}
				if err := sleep(ctx, time.Duration(p.Took[j.n])*time.Millisecond); err != nil {
					return 0, err
				}
				worked[j.n] = true
				if p.Fails[j.n] {
					return 0, lock.ErrDeviceRejected
				}
				return j.n, nil
			}, o)
		})
		all := true
		for i, o := range outcomes {
			if o.Calls != calls[i] || calls[i] > p.Limited[i]+1 {
				rt.Errorf("item %d: got %d calls, %d counted, want %d at most", i, calls[i], o.Calls, p.Limited[i]+1)
			}
			want := lock.ItemDone
			switch {
			case worked[i] && p.Fails[i]:
				want = lock.ItemFailed
			case !worked[i] && calls[i] > p.Limited[i]:
				want = lock.ItemUnknown
			case !worked[i]:
				want = lock.ItemUntouched
			}
			if o.State != want || (o.Err == nil) != (want == lock.ItemDone) {
				rt.Errorf("item %d: got %s with %v, want %s", i, o.State, o.Err, want)
			}
			if p.StopAfter == 0 && !worked[i] {
				rt.Errorf("item %d was not carried out", i)
			}
			all = all && want == lock.ItemDone
		}
		if len(outcomes) != len(items) || (err == nil) != all {
			rt.Errorf("got %d outcomes and %v, want %d", len(outcomes), err, len(items))
		}
		for key, most := range c.most {
			if want := map[byte]int{'a': p.All, 'v': p.PerVendor, 'l': p.PerLock}[key[0]]; most > want {
				rt.Errorf("%s: got %d at a time, want %d at most", key, most, want)
			}
		}
	})
}

func ExampleEach() {
	ctx := context.Background()
	m := locktest.NewMemory()
	doors := []lock.DeviceID{m.AddLock("house door"), m.AddLock("flat door"), "lock-9"}

	outcomes, err := lock.Each(ctx, doors, func(ctx context.Context, door lock.DeviceID) (lock.Password, error) {
		op, err := m.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: time.Now().Add(48 * time.Hour)}})
		if err != nil {
			return lock.Password{}, err
		}
		return op.Wait(ctx)
	}, lock.BulkOptions[lock.DeviceID, lock.Password]{
		Limits: []lock.BulkLimit[lock.DeviceID]{{Key: func(door lock.DeviceID) string { return string(door) }, Max: 1}},
	})
	for _, o := range outcomes {
		fmt.Println(o.Item, o.State)
	}
	fmt.Println(err)
	// Output:
	// lock-1 done
	// lock-2 done
	// lock-9 failed
	// 2 of 3 done, 1 failed; first error: memory: passwords.create.timed: not found (lock-9): not_found no such lock
}

// A run that was cut off is taken up where it was.
func ExampleWithJournal() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	flats := []string{"101", "102", "103"}
	run := func(broken string) {
		journal, err := lock.OpenJournal(filepath.Join(dir, "codes.journal"))
		if err != nil {
			fmt.Println(err)
			return
		}
		o := lock.WithJournal(lock.BulkOptions[string, int]{Concurrency: 1}, journal, func(flat string) string { return flat })
		outcomes, _ := lock.Each(ctx, flats, func(_ context.Context, flat string) (int, error) {
			if flat == broken {
				return 0, lock.ErrDeviceOffline
			}
			return 0, nil
		}, o)
		for _, out := range outcomes {
			fmt.Print(out.Item, " ", out.State, "  ")
		}
		fmt.Println(journal.Close())
	}
	run("102")
	run("")
	// Output:
	// 101 done  102 failed  103 done  <nil>
	// 101 skipped  102 done  103 skipped  <nil>
}
