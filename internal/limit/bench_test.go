package limit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/benchtest"
)

// idleKeys fills a limiter with keys used a number of times, each answer a moment after the last.
func idleKeys(b *testing.B, l *Limiter, clock *settable, keys, uses int) []string {
	b.Helper()
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprintf("lock-%024d", i)
		for range uses {
			slot, err := l.Acquire(context.Background(), names[i], false)
			if err != nil {
				b.Fatal(err)
			}
			clock.now = clock.now.Add(time.Microsecond)
			slot.Done()
		}
	}
	return names
}

// BenchmarkDecision is one Acquire with its Done, and one refusal, with a million idle keys (P10).
func BenchmarkDecision(b *testing.B) {
	clock := &settable{now: time.Unix(1700000000, 0)}
	ctx := context.Background()
	b.Run("case=admitted/keys=1", func(b *testing.B) {
		l := New(clock, Rule{Count: 5, Window: time.Second}, Rule{Count: 100, Window: time.Minute})
		benchtest.Measure(b, benchtest.Times(func() error {
			slot, err := l.Acquire(ctx, "lock", false)
			if err != nil {
				return err
			}
			slot.Done()
			clock.now = clock.now.Add(time.Second)
			return nil
		}))
	})
	l := New(clock, fivePerTwoMinutes)
	names := idleKeys(b, l, clock, manyKeys(), 4)
	rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] }) // so that only the limiter looks here and there
	b.Run(fmt.Sprintf("case=admitted/keys=%d", len(names)), func(b *testing.B) {
		i := 0
		benchtest.Measure(b, benchtest.Times(func() error {
			i++
			slot, err := l.Acquire(ctx, names[i%len(names)], false)
			if err != nil {
				return err
			}
			slot.Cancel()
			return nil
		}))
	})
	for _, name := range names {
		if slot, err := l.Acquire(ctx, name, false); err == nil {
			slot.Done()
		}
	}
	b.Run(fmt.Sprintf("case=refused/keys=%d", len(names)), func(b *testing.B) {
		i := 0
		benchtest.Measure(b, benchtest.Times(func() error {
			i++
			if _, err := l.Acquire(ctx, names[i%len(names)], false); err == nil {
				return errors.New("admitted")
			}
			return nil
		}))
	})
}

// BenchmarkIdleKeys reports the memory of a key at rest, its name of 29 bytes included (P10).
func BenchmarkIdleKeys(b *testing.B) {
	for _, uses := range []int{1, 5} {
		b.Run(fmt.Sprintf("used=%d", uses), func(b *testing.B) {
			for b.Loop() {
				clock := &settable{now: time.Unix(1700000000, 0)}
				before := heap()
				l := New(clock, fivePerTwoMinutes)
				keys := manyKeys()
				idleKeys(b, l, clock, keys, uses)
				b.ReportMetric((heap()-before)/(1<<20)*1_000_000/float64(keys), "MiB/million-keys")
				clock.now = clock.now.Add(10 * time.Minute)
				for range 2 {
					idleKeys(b, l, clock, 1, 1)
					clock.now = clock.now.Add(10 * time.Minute)
				}
				b.ReportMetric((heap()-before)/(1<<20), "MiB-after-idling")
				runtime.KeepAlive(l)
			}
		})
	}
}

// manyKeys is a million, or fewer with go test -short.
func manyKeys() int {
	if testing.Short() {
		return 10_000
	}
	return 1_000_000
}

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
