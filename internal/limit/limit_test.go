package limit

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var fivePerTwoMinutes = Rule{Count: 5, Window: 2 * time.Minute}

// R28: 16 callers for an hour, every call and every answer up to 2 s on its way. The vendor never
// sees a sixth call in 120 s, and at least 90 % of the 150 it allows.
func TestVendorNeverSeesOneTooMany(t *testing.T) {
	for name, rules := range map[string][]Rule{
		"one rule":                    {fivePerTwoMinutes},
		"the long rule is the tight":  {fivePerTwoMinutes, {Count: 60, Window: time.Hour}},
		"the short rule is the tight": {{Count: 1, Window: 20 * time.Second}, {Count: 1000, Window: time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seen := hammer(t, New(lock.SystemClock, rules...), 16, time.Hour)
				for _, r := range rules {
					assert.LessOrEqual(t, most(seen, r.Window), r.Count, "calls in %v", r.Window)
				}
				if name == "one rule" {
					assert.GreaterOrEqual(t, len(seen), 135)
				}
			})
		})
	}
}

// hammer lets callers call as fast as they may, and returns when the vendor saw the calls.
func hammer(t *testing.T, l *Limiter, callers int, d time.Duration) []time.Time {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var (
		mu   sync.Mutex
		seen []time.Time
		wg   sync.WaitGroup
	)
	for range callers {
		wg.Go(func() {
			for {
				slot, err := l.Acquire(ctx, "lock", true)
				if err != nil {
					if le, ok := errors.AsType[*Error](err); !ok && ctx.Err() == nil || ok && le.RetryAfter <= 0 {
						t.Errorf("got %v while there was time", err)
					}
					return
				}
				if rand.IntN(10) == 0 { // never left
					slot.Cancel()
					continue
				}
				travel(t, rand.N(2*time.Second))
				mu.Lock()
				seen = append(seen, time.Now())
				mu.Unlock()
				travel(t, rand.N(2*time.Second))
				slot.Done()
			}
		})
	}
	wg.Wait()
	return seen
}

// travel passes time in the bubble.
func travel(t *testing.T, d time.Duration) {
	if err := lock.SystemClock.Sleep(context.Background(), d); err != nil {
		t.Error(err)
	}
}

// most is the largest number of calls in any window.
func most(seen []time.Time, window time.Duration) int {
	slices.SortFunc(seen, time.Time.Compare)
	n, from := 0, 0
	for i, at := range seen {
		for at.Sub(seen[from]) > window {
			from++
		}
		n = max(n, i-from+1)
	}
	return n
}

// settable is a clock that a test moves.
type settable struct {
	lock.Clock
	now time.Time
}

func (c *settable) Now() time.Time { return c.now }

// Random calls, answers and pauses: the limiter admits exactly when a plain count of the log does,
// and RetryAfter is the instant at which that changes.
func TestLimiterAgreesWithAPlainCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Rule {
			return Rule{rapid.IntRange(1, 8).Draw(t, "count"), time.Duration(rapid.IntRange(3, 20).Draw(t, "seconds")) * time.Second}
		}), 1, 3).Draw(t, "rules")
		clock := &settable{now: time.Unix(1700000000, 0)}
		l := New(clock, rules...)
		keys := []string{"a", "b", "c"}
		type model struct {
			open []*Slot
			done []time.Time
		}
		models := map[string]*model{"a": {}, "b": {}, "c": {}}
		admits := func(m *model, at time.Time) bool {
			for _, r := range rules {
				n := len(m.open)
				for _, d := range m.done {
					if at.Sub(d) < r.Window+Guard {
						n++
					}
				}
				if n >= r.Count {
					return false
				}
			}
			return true
		}
		t.Repeat(map[string]func(*rapid.T){
			"acquire": func(t *rapid.T) {
				key := rapid.SampledFrom(keys).Draw(t, "key")
				m := models[key]
				slot, err := l.Acquire(context.Background(), key, false)
				if (err == nil) != admits(m, clock.now) {
					t.Fatalf("got %v, want admitted %v", err, admits(m, clock.now))
				}
				if err == nil {
					m.open = append(m.open, slot)
					return
				}
				le, ok := errors.AsType[*Error](err)
				if !ok || le.RetryAfter <= 0 {
					t.Fatalf("got %v", err)
				}
				before := clock.now.Add(le.RetryAfter - 1)
				if admits(m, before) || len(m.open) == 0 && !admits(m, before.Add(1)) {
					t.Fatalf("RetryAfter %v is not when the log admits a call", le.RetryAfter)
				}
			},
			"answer": func(t *rapid.T) {
				m := models[rapid.SampledFrom(keys).Draw(t, "key")]
				if len(m.open) == 0 {
					t.Skip("nothing in flight")
				}
				i := rapid.IntRange(0, len(m.open)-1).Draw(t, "which")
				slot := m.open[i]
				m.open = slices.Delete(m.open, i, i+1)
				if rapid.Bool().Draw(t, "left") {
					slot.Done()
					m.done = append(m.done, clock.now)
				} else {
					slot.Cancel()
				}
				slot.Done() // the second one does not count
				slot.Cancel()
			},
			"pause": func(t *rapid.T) {
				clock.now = clock.now.Add(time.Duration(rapid.IntRange(1, 6_000).Draw(t, "ms")) * time.Millisecond)
			},
		})
	})
}

func acquire(t *testing.T, l *Limiter, key string) *Slot {
	t.Helper()
	slot, err := l.Acquire(t.Context(), key, false)
	require.NoError(t, err)
	return slot
}

func retryAfter(t *testing.T, err error) time.Duration {
	t.Helper()
	le, ok := errors.AsType[*Error](err)
	require.True(t, ok, "got %v", err)
	return le.RetryAfter
}

func TestWaitersAreServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(lock.SystemClock, Rule{Count: 1, Window: 10 * time.Second})
		start := time.Now()
		acquire(t, l, "k").Done()
		var (
			order []int
			wg    sync.WaitGroup
		)
		for i := range 5 {
			wg.Go(func() {
				slot, err := l.Acquire(t.Context(), "k", true)
				assert.NoError(t, err)
				order = append(order, i)
				assert.Equal(t, time.Duration(i+1)*12*time.Second, time.Since(start))
				slot.Done()
			})
			synctest.Wait()
		}
		_, err := l.Acquire(t.Context(), "k", false)
		assert.Equal(t, 6*12*time.Second, retryAfter(t, err), "behind those who wait")
		wg.Wait()
		assert.Equal(t, []int{0, 1, 2, 3, 4}, order)
	})
}

func TestOneKeyDoesNotHoldUpAnother(t *testing.T) {
	l := New(lock.SystemClock, Rule{Count: 1, Window: time.Hour})
	acquire(t, l, "a").Done()
	acquire(t, l, "b").Done()
	_, err := l.Acquire(t.Context(), "a", false)
	assert.InDelta(t, float64(time.Hour+Guard), float64(retryAfter(t, err)), float64(time.Minute))
	assert.NotContains(t, err.Error(), `"a"`)
}

func TestAWaiterThatGivesUpPassesItsTurnOn(t *testing.T) {
	for name, quitter := range map[string]int{"the first": 0, "one in the middle": 1, "the last": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := New(lock.SystemClock, Rule{Count: 1, Window: 10 * time.Second})
				start := time.Now()
				acquire(t, l, "k").Done()
				var (
					served []time.Duration
					wg     sync.WaitGroup
				)
				quit := func() {}
				for i := range 3 {
					ctx := t.Context()
					if i == quitter {
						ctx, quit = context.WithCancel(ctx)
					}
					wg.Go(func() {
						slot, err := l.Acquire(ctx, "k", true)
						if i == quitter {
							assert.ErrorIs(t, err, context.Canceled)
							assert.Equal(t, time.Second, time.Since(start), "cancel returns at once")
							return
						}
						assert.NoError(t, err)
						served = append(served, time.Since(start))
						slot.Done()
					})
					synctest.Wait()
				}
				travel(t, time.Second)
				quit()
				wg.Wait()
				assert.Equal(t, []time.Duration{12 * time.Second, 24 * time.Second}, served)
			})
		})
	}
}

func TestASlotGivenBackIsFreeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(lock.SystemClock, Rule{Count: 1, Window: time.Hour})
		start := time.Now()
		slot := acquire(t, l, "k")
		go func() {
			travel(t, time.Second)
			slot.Cancel()
		}()
		next, err := l.Acquire(t.Context(), "k", true)
		require.NoError(t, err)
		assert.Equal(t, time.Second, time.Since(start))
		next.Cancel()
	})
}

func TestACallInFlightCountsUntilAnswered(t *testing.T) {
	clock := &settable{now: time.Unix(1700000000, 0)}
	l := New(clock, Rule{Count: 1, Window: 10 * time.Second})
	slow := acquire(t, l, "slow")
	for range 5 { // long enough for its log to be forgotten, were it at rest
		clock.now = clock.now.Add(13 * time.Second)
		acquire(t, l, "other").Done()
		_, err := l.Acquire(t.Context(), "slow", false)
		assert.Equal(t, 12*time.Second, retryAfter(t, err))
	}
	slow.Done()
	clock.now = clock.now.Add(12*time.Second - 1)
	_, err := l.Acquire(t.Context(), "slow", false)
	assert.Equal(t, time.Duration(1), retryAfter(t, err))
	clock.now = clock.now.Add(1)
	acquire(t, l, "slow").Done()
}

// R29: the error comes at once, and counts those who wait already.
func TestAWaitBeyondTheDeadlineIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(lock.SystemClock, Rule{Count: 2, Window: 10 * time.Second}, Rule{Count: 3, Window: time.Minute})
		start := time.Now()
		acquire(t, l, "k").Done()
		acquire(t, l, "k").Done()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		go func() {
			slot, err := l.Acquire(ctx, "k", true)
			assert.NoError(t, err, "12 s are within the deadline")
			slot.Done()
		}()
		synctest.Wait()
		_, err := l.Acquire(ctx, "k", true)
		assert.Equal(t, 62*time.Second, retryAfter(t, err), "the third call within the minute is taken")
		_, err = l.Acquire(t.Context(), "k", false)
		assert.Equal(t, 62*time.Second, retryAfter(t, err))
		assert.Zero(t, time.Since(start))
		travel(t, 20*time.Second)
	})
}

func TestAWaitThatGrowsBeyondTheDeadlineEndsInAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(lock.SystemClock, Rule{Count: 1, Window: 10 * time.Second})
		start := time.Now()
		slow := acquire(t, l, "k")
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		go func() {
			travel(t, 8*time.Second)
			slow.Done()
		}()
		_, err := l.Acquire(ctx, "k", true)
		assert.Equal(t, 8*time.Second, retryAfter(t, err))
		assert.Equal(t, 12*time.Second, time.Since(start))
	})
}

func TestAnEndedContextTakesNothing(t *testing.T) {
	l := New(lock.SystemClock, Rule{Count: 1, Window: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.Acquire(ctx, "k", true)
	assert.ErrorIs(t, err, context.Canceled)
	acquire(t, l, "k").Cancel()
}

func TestAClockThatCannotWaitEndsTheWait(t *testing.T) {
	broken := errors.New("clock stopped")
	l := New(brokenClock{broken}, Rule{Count: 1, Window: time.Hour})
	slot := acquire(t, l, "k")
	_, err := l.Acquire(t.Context(), "k", true)
	assert.ErrorIs(t, err, broken)
	slot.Cancel()
	acquire(t, l, "k").Cancel()
}

type brokenClock struct{ err error }

func (brokenClock) Now() time.Time                               { return time.Unix(1700000000, 0) }
func (c brokenClock) Sleep(context.Context, time.Duration) error { return c.err }

func TestAClockSetBackNeverAdmitsEarly(t *testing.T) {
	clock := &settable{now: time.Unix(1700000000, 0)}
	l := New(clock, Rule{Count: 2, Window: 10 * time.Second})
	first, second := acquire(t, l, "k"), acquire(t, l, "k")
	first.Done()
	clock.now = clock.now.Add(-5 * time.Second)
	second.Done()
	_, err := l.Acquire(t.Context(), "k", false)
	assert.Equal(t, 17*time.Second, retryAfter(t, err))
	clock.now = clock.now.Add(17 * time.Second)
	acquire(t, l, "k").Done()
}

func TestWithoutRulesEveryCallIsAdmitted(t *testing.T) {
	l := New(lock.SystemClock)
	for range 100 {
		slot, err := l.Acquire(t.Context(), "k", false)
		require.NoError(t, err)
		slot.Done()
	}
}

func TestARuleThatAllowsNothingPanics(t *testing.T) {
	assert.Panics(t, func() { New(lock.SystemClock, Rule{Count: 0, Window: time.Second}) })
	assert.Panics(t, func() { New(lock.SystemClock, Rule{Count: 1}) })
}

func TestIdleKeysAreForgotten(t *testing.T) {
	clock := &settable{now: time.Unix(1700000000, 0)}
	l := New(clock, fivePerTwoMinutes)
	held := acquire(t, l, "held")
	for i := range 1000 {
		acquire(t, l, strconv.Itoa(i)).Done()
	}
	assert.Len(t, l.recent, 1000)
	for range 3 {
		clock.now = clock.now.Add(fivePerTwoMinutes.Window + Guard)
		acquire(t, l, "used").Done()
	}
	assert.Equal(t, 1, len(l.recent), "the key in use")
	assert.LessOrEqual(t, len(l.older), 1)
	assert.Equal(t, 1, len(l.busy), "the call in flight")
	held.Done()
}

// A key that is used in every window keeps its log however often the generations turn.
func TestAKeyInUseIsNeverForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(lock.SystemClock, fivePerTwoMinutes)
		var seen []time.Time
		for end := time.Now().Add(6 * time.Hour); time.Now().Before(end); travel(t, rand.N(80*time.Second)) {
			slot, err := l.Acquire(t.Context(), "k", rand.IntN(2) == 0)
			if err != nil {
				continue
			}
			seen = append(seen, time.Now())
			slot.Done()
			for range rand.IntN(3) {
				acquire(t, l, strconv.Itoa(rand.IntN(1_000_000))).Done()
			}
		}
		assert.LessOrEqual(t, most(seen, fivePerTwoMinutes.Window), 5)
	})
}

// Whenever in the generations' course a key was used, its log outlives its window.
func TestAKeyIsRememberedForItsWindow(t *testing.T) {
	clock := &settable{now: time.Unix(1700000000, 0)}
	l := New(clock, Rule{Count: 1, Window: 10 * time.Second})
	for i := range 100 {
		key := strconv.Itoa(i)
		acquire(t, l, key).Done()
		for range 12 {
			clock.now = clock.now.Add(time.Second - time.Millisecond)
			acquire(t, l, clock.now.String()).Done()
		}
		_, err := l.Acquire(t.Context(), key, false)
		assert.Equal(t, 12*time.Millisecond, retryAfter(t, err))
		clock.now = clock.now.Add(time.Duration(i) * 100 * time.Millisecond)
	}
}

func TestManyCallersOnManyKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(lock.SystemClock, Rule{Count: 3, Window: time.Second})
		var (
			mu   sync.Mutex
			seen = map[string][]time.Time{}
			wg   sync.WaitGroup
		)
		for i := range 64 {
			wg.Go(func() {
				key := strconv.Itoa(i % 7)
				for range 20 {
					ctx, cancel := context.WithTimeout(t.Context(), rand.N(40*time.Second))
					slot, err := l.Acquire(ctx, key, rand.IntN(4) > 0)
					cancel()
					if err != nil {
						travel(t, rand.N(time.Second))
						continue
					}
					mu.Lock()
					seen[key] = append(seen[key], time.Now())
					mu.Unlock()
					slot.Done()
				}
			})
		}
		wg.Wait()
		for key, at := range seen {
			assert.LessOrEqual(t, most(at, time.Second), 3, key)
		}
		for _, g := range l.busy {
			t.Errorf("left busy: %d in flight, %d waiting", g.inFlight, g.waiting())
		}
	})
}

func TestABusyKeyDoesNotGrow(t *testing.T) {
	for _, count := range []int{1, 5, 6, 100} {
		clock := &settable{now: time.Unix(1700000000, 0)}
		l := New(clock, Rule{Count: count, Window: time.Minute})
		for range 20 * count {
			slot, err := l.Acquire(t.Context(), "k", false)
			for err != nil {
				clock.now = clock.now.Add(retryAfter(t, err))
				slot, err = l.Acquire(t.Context(), "k", false)
			}
			clock.now = clock.now.Add(time.Minute / time.Duration(count) / 2)
			slot.Done()
		}
		assert.LessOrEqual(t, cap(l.recent["k"].done), max(5, 2*count), "%d calls a minute", count)
	}
}
