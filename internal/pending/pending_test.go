package pending

import (
	"fmt"
	"strings"
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

// last is what callbacks have said about a key, 0 for nothing.
func last(t *testing.T, r *Registry[int], key string) int {
	t.Helper()
	said, ok := r.Last(key)
	require.Equal(t, ok, said != 0)
	return said
}

// counter counts how often it is woken.
func counter(n *int) func() { return func() { *n++ } }

func TestCallbackWakesWhoListens(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		var a, b int
		stop := r.Listen("a", counter(&a))
		defer r.Listen("b", counter(&b))()
		require.Zero(t, a)
		r.Deliver("a", 1)
		require.Equal(t, 1, a)
		require.Equal(t, 1, last(t, r, "a"))
		r.Deliver("a", 2)
		require.Equal(t, 2, a, "woken by each callback")
		require.Equal(t, 2, last(t, r, "a"))
		stop()
		r.Deliver("a", 3)
		require.Equal(t, 2, a, "it listens no more")
		require.Zero(t, b)
		require.Zero(t, last(t, r, "b"))
	})
}

func TestCallbackThatCameFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		r.Deliver("a", 1)
		var a, again int
		stop := r.Listen("a", counter(&a))
		require.Equal(t, 1, a, "woken at once")
		stop()
		defer r.Listen("a", counter(&again))()
		require.Equal(t, 1, again, "and so is the next")
		r.Deliver("a", 2)
		require.Equal(t, 2, again)
		require.Equal(t, 1, a)
	})
}

func TestLatestCallbackCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], wait func(time.Duration)) {
		r.Deliver("a", 1)
		wait(40 * time.Hour)
		r.Deliver("a", 2)
		require.Equal(t, 1, r.order.Len())
		wait(40 * time.Hour)
		require.Equal(t, 2, last(t, r, "a"))
	})
}

func TestSeveralListenToOneKey(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		var a, b, c int
		stopA := r.Listen("a", counter(&a))
		defer r.Listen("a", counter(&b))()
		stopC := r.Listen("a", counter(&c))
		r.Deliver("a", 1)
		require.Equal(t, []int{1, 1, 1}, []int{a, b, c})
		stopC()
		stopA()
		stopA() // of no consequence
		r.Deliver("a", 1)
		require.Equal(t, []int{1, 2, 1}, []int{a, b, c})
	})
}

func TestCallbackIsKnownForTwoDays(t *testing.T) {
	for _, tc := range []struct {
		after time.Duration
		known bool
	}{{48 * time.Hour, true}, {48*time.Hour + 1, false}} {
		inBubble(t, func(t *testing.T, r *Registry[int], wait func(time.Duration)) {
			r.Deliver("a", 1)
			wait(tc.after)
			woken := 0
			defer r.Listen("a", counter(&woken))()
			require.Equal(t, tc.known, woken == 1)
			require.Equal(t, tc.known, last(t, r, "a") == 1)
		})
	}
}

func TestCallbacksAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		r.Deliver("0", 1)
		for i := range keepMost + 10 {
			r.Deliver(fmt.Sprint(i), i+1)
		}
		require.Equal(t, keepMost, r.order.Len())
		require.Len(t, r.said, keepMost)
		require.Zero(t, last(t, r, "9"), "the oldest went")
		require.Equal(t, 11, last(t, r, "10"))
		require.Equal(t, keepMost+10, last(t, r, fmt.Sprint(keepMost+9)))
	})
}

func TestKeysAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		long := strings.Repeat("x", maxKey)
		r.Deliver(long, 1)
		r.Deliver(long+"x", 2)
		require.Equal(t, 1, last(t, r, long))
		require.Zero(t, last(t, r, long+"x"))
		require.Equal(t, 1, r.order.Len())
	})
}

func TestNothingIsKeptOfWhatIsOver(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], wait func(time.Duration)) {
		for i := range 1000 {
			for range 2 {
				defer r.Listen(fmt.Sprint("waited", i%10), func() {})()
			}
			r.Listen(fmt.Sprint("stopped", i), func() {})()
			r.Deliver(fmt.Sprint("early", i), i)
		}
		require.Len(t, r.listening, 10)
		require.Len(t, r.listening["waited0"], 200)
		wait(49 * time.Hour)
		r.Deliver("x", 1)
		require.Equal(t, 1, r.order.Len())
		require.Len(t, r.said, 1)
		require.Len(t, r.listening, 10, "who waits is never forgotten")
	})
}

func TestWakeMayUseTheRegistry(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Registry[int], _ func(time.Duration)) {
		woken := 0
		var stop func()
		stop = r.Listen("a", func() {
			stop()
			require.Equal(t, 1, last(t, r, "a"))
			r.Deliver("b", 2)
			r.Listen("b", counter(&woken))()
		})
		r.Deliver("a", 1)
		require.Equal(t, 1, woken)
		require.Empty(t, r.listening)
	})
}

// Whichever is first, everybody who listens is woken when the callback can be read.
func TestListenAndDeliverAtOnce(t *testing.T) {
	const keys = 2000
	r := New[int](lock.SystemClock)
	var heard [keys]atomic.Int64
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := worker / 2; i < keys; i += 4 {
				key := fmt.Sprint(i)
				if worker%2 == 1 {
					r.Deliver(key, i+1)
					continue
				}
				woken := make(chan struct{}, 2)
				stop := r.Listen(key, func() { woken <- struct{}{} })
				<-woken
				said, _ := r.Last(key)
				heard[i].Store(int64(said))
				stop()
			}
		})
	}
	all.Wait()
	for i := range heard {
		require.EqualValues(t, i+1, heard[i].Load())
	}
	require.Empty(t, r.listening)
}

func BenchmarkRegistry(b *testing.B) {
	r := New[int](lock.SystemClock)
	for i := range 100_000 {
		defer r.Listen(fmt.Sprint("others", i), func() {})()
		r.Deliver(fmt.Sprint("nobody's", i), i)
	}
	b.ReportAllocs()
	for b.Loop() {
		woken := false
		stop := r.Listen("a", func() { woken = true })
		r.Deliver("a", 1)
		stop()
		if !woken {
			b.Fatal("nobody woke")
		}
	}
}
