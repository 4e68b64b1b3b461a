package pending

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inBubble runs a test with a registry and a clock that stands still until it is moved.
func inBubble(t *testing.T, test func(t *testing.T, r *Registry[int], wait func(time.Duration))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, New[int](lock.SystemClock), func(d time.Duration) {
			require.NoError(t, lock.SystemClock.Sleep(t.Context(), d))
		})
	})
}

// collect is a finisher that keeps what it gets.
func collect(got *[]int) func(int) { return func(o int) { *got = append(*got, o) } }

func TestOutcomeFinishesWhoWaits(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		var a, b []int
		r.Await("a", collect(&a))
		r.Await("b", collect(&b))
		require.Empty(t, a)
		require.True(t, r.Deliver("a", 1))
		require.Equal(t, []int{1}, a)
		require.Empty(t, b)
		require.False(t, r.Deliver("a", 2), "nobody waits any more")
		require.Equal(t, []int{1}, a, "called once")
	})
}

func TestOutcomeThatCameFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		require.False(t, r.Deliver("a", 1))
		var a, again []int
		r.Await("a", collect(&a))
		require.Equal(t, []int{1}, a)
		r.Await("a", collect(&again))
		require.Empty(t, again, "it is used up")
		require.True(t, r.Deliver("a", 2))
		require.Equal(t, []int{2}, again)
		require.Equal(t, []int{1}, a)
	})
}

func TestLatestEarlyOutcomeCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], wait func(time.Duration)) {
		r.Deliver("a", 1)
		wait(9 * time.Minute)
		r.Deliver("a", 2)
		require.Equal(t, 1, r.early.order.Len())
		wait(9 * time.Minute)
		var a []int
		r.Await("a", collect(&a))
		require.Equal(t, []int{2}, a)
	})
}

func TestSeveralWaitForOneKey(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		var a []int
		r.Await("a", collect(&a))
		r.Await("a", func(o int) { a = append(a, 10*o) })
		require.True(t, r.Deliver("a", 1))
		require.Equal(t, []int{1, 10}, a)
	})
}

func TestWaitingEndsAfterTwoDays(t *testing.T) {
	for _, tc := range []struct {
		after time.Duration
		waits bool
	}{{48 * time.Hour, true}, {48*time.Hour + 1, false}} {
		inBubble(t, func(t *testing.T, r *Registry[int], wait func(time.Duration)) {
			var a []int
			r.Await("a", collect(&a))
			wait(tc.after)
			require.Equal(t, tc.waits, r.Deliver("a", 1))
			require.Equal(t, tc.waits, len(a) == 1)
		})
	}
}

func TestEarlyOutcomeIsKeptForTenMinutes(t *testing.T) {
	for _, tc := range []struct {
		after time.Duration
		kept  bool
	}{{10 * time.Minute, true}, {10*time.Minute + 1, false}} {
		inBubble(t, func(t *testing.T, r *Registry[int], wait func(time.Duration)) {
			r.Deliver("a", 1)
			wait(tc.after)
			var a []int
			r.Await("a", collect(&a))
			require.Equal(t, tc.kept, len(a) == 1)
		})
	}
}

func TestEarlyOutcomesAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		for i := range keepMost + 10 {
			r.Deliver(fmt.Sprint(i), i)
		}
		require.Equal(t, keepMost, r.early.order.Len())
		require.Len(t, r.early.byKey, keepMost)
		var got []int
		r.Await("9", collect(&got))
		require.Empty(t, got, "the oldest went")
		r.Await("10", collect(&got))
		r.Await(fmt.Sprint(keepMost+9), collect(&got))
		require.Equal(t, []int{10, keepMost + 9}, got)
	})
}

func TestNothingIsKeptOfWhatIsOver(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], wait func(time.Duration)) {
		for i := range 1000 {
			r.Await(fmt.Sprint("done", i), func(int) {})
			r.Deliver(fmt.Sprint("done", i), i)
			r.Await(fmt.Sprint("lost", i%10), func(int) {})
			r.Deliver(fmt.Sprint("early", i), i)
		}
		require.Equal(t, 1000, r.waiting.order.Len())
		wait(49 * time.Hour)
		r.Deliver("x", 1)
		require.Zero(t, r.waiting.order.Len())
		require.Empty(t, r.waiting.byKey)
		require.Equal(t, 1, r.early.order.Len())
		require.Len(t, r.early.byKey, 1)
	})
}

func TestFinisherMayUseTheRegistry(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		var a []int
		r.Await("a", func(int) {
			r.Await("b", collect(&a))
			r.Deliver("b", 2)
		})
		require.True(t, r.Deliver("a", 1))
		require.Equal(t, []int{2}, a)
	})
}

// Whichever is first, every operation is finished exactly once.
func TestAwaitAndDeliverAtOnce(t *testing.T) {
	const keys = 2000
	r := New[int](lock.SystemClock)
	var finished [keys]atomic.Int64
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := worker / 2; i < keys; i += 4 {
				if worker%2 == 0 {
					r.Await(fmt.Sprint(i), func(o int) { finished[o].Add(1) })
				} else {
					r.Deliver(fmt.Sprint(i), i)
				}
			}
		})
	}
	all.Wait()
	for i := range finished {
		require.EqualValues(t, 1, finished[i].Load())
	}
	require.Zero(t, r.early.order.Len()+r.waiting.order.Len())
}

func BenchmarkRegistry(b *testing.B) {
	r := New[int](lock.SystemClock)
	for i := range 100_000 {
		r.Await(fmt.Sprint("others", i), func(int) {})
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Await("a", func(int) {})
		if !r.Deliver("a", 1) {
			b.Fatal("nobody waited")
		}
	}
}
