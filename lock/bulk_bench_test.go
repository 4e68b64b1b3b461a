package lock_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// What an item costs by itself: it should not depend on how many locks there are.
func BenchmarkEach(b *testing.B) {
	for _, locks := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("locks=%d", locks), func(b *testing.B) {
			items := make([]int, 10_000)
			keys := make([]string, locks)
			for i := range keys {
				keys[i] = fmt.Sprintf("bj:lock-%d", i)
			}
			for i := range items {
				items[i] = i
			}
			o := lock.BulkOptions[int, int]{Concurrency: 64, Limits: []lock.BulkLimit[int]{{Key: func(i int) string { return keys[i%locks] }, Max: 1}}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := lock.Each(b.Context(), items, func(context.Context, int) (int, error) { return 0, nil }, o); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(items)), "ns/item")
		})
	}
}

// How much of the ideal is reached when every call takes 50 ms.
func BenchmarkEachAgainstIdeal(b *testing.B) {
	const calls, concurrency, took = 50 * 64, 64, 50 * time.Millisecond
	items := make([]int, calls)
	for b.Loop() {
		if _, err := lock.Each(b.Context(), items, func(ctx context.Context, _ int) (int, error) {
			return 0, lock.SystemClock.Sleep(ctx, took)
		}, lock.BulkOptions[int, int]{Concurrency: concurrency}); err != nil {
			b.Fatal(err)
		}
	}
	ideal := float64(calls) / concurrency * took.Seconds()
	b.ReportMetric(100*ideal*float64(b.N)/b.Elapsed().Seconds(), "%ideal")
}
