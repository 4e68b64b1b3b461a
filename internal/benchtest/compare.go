package benchtest

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Impl is one way of doing something.
type Impl struct {
	Name string
	Do   func(n int) error // does it n times
}

// Floor names the way it is done by hand.
func Floor(do func(n int) error) Impl { return Impl{"floor", do} }

// Ours names the way this library does it.
func Ours(do func(n int) error) Impl { return Impl{"ours", do} }

// Times makes an Impl.Do of what is done once.
func Times(once func() error) func(n int) error {
	return func(n int) error {
		for range n {
			if err := once(); err != nil {
				return err
			}
		}
		return nil
	}
}

// Workers is Times by several goroutines at once.
func Workers(workers int, once func() error) func(n int) error {
	return func(n int) error {
		var (
			wg     sync.WaitGroup
			begun  atomic.Int64
			failed atomic.Pointer[error]
		)
		for range min(workers, n) {
			wg.Go(func() {
				for begun.Add(1) <= int64(n) {
					if err := once(); err != nil {
						failed.Store(&err)
						return
					}
				}
			})
		}
		wg.Wait()
		if err := failed.Load(); err != nil {
			return *err
		}
		return nil
	}
}

// turn is how long an implementation works before it is the other's turn: long enough that a
// collection of garbage is paid by the one who made it, short enough that both meet the same
// neighbours.
const turn = 20 * time.Millisecond

// pairs is how many pairs of turns there are at least; one with go test -short.
const pairs = 8

// Compare benchmarks two implementations as impl=<name>, with the processor's time per operation
// beside the clock's, and as impl=ratio, which reports how many times as much the second takes as
// the first: x-wall by the clock, x-cpu by the processor. Each is the median over pairs of turns,
// in which the one that begins changes.
func Compare(b *testing.B, first, second Impl) {
	for _, impl := range []Impl{first, second} {
		b.Run("impl="+impl.Name, func(b *testing.B) { Measure(b, impl.Do) })
	}
	b.Run("impl=ratio", func(b *testing.B) {
		n := [2]int{inTurn(b, first), inTurn(b, second)}
		pairs := pairs
		if testing.Short() {
			pairs = 1
		}
		var wall, cpu []float64
		for i := 0; i%pairs != 0 || b.Loop(); i++ {
			var took, used [2]time.Duration
			for k := range 2 {
				which := (i + k) % 2
				impl := [2]Impl{first, second}[which]
				start, before := time.Now(), ProcessorTime()
				must(b, impl.Do(n[which]))
				took[which], used[which] = time.Since(start), ProcessorTime()-before
			}
			each := func(d time.Duration, k int) float64 { return float64(max(d, 1)) / float64(n[k]) }
			wall = append(wall, each(took[1], 1)/each(took[0], 0))
			cpu = append(cpu, each(used[1], 1)/each(used[0], 0))
		}
		b.ReportMetric(0, "ns/op") // of a pair of turns, which says nothing
		b.ReportMetric(Median(wall), "x-wall")
		b.ReportMetric(Median(cpu), "x-cpu")
	})
}

// Measure benchmarks what do does n times, with the processor's time beside the clock's.
func Measure(b *testing.B, do func(n int) error) {
	must(b, do(1)) // what only the first one costs
	b.ReportAllocs()
	b.ResetTimer()
	before := ProcessorTime()
	must(b, do(b.N))
	b.ReportMetric(float64(ProcessorTime()-before)/float64(b.N), "cpu-ns/op")
}

// inTurn is how often an implementation does its work in a turn.
func inTurn(b *testing.B, impl Impl) int {
	b.Helper()
	must(b, impl.Do(1))
	for n := 1; ; n *= 4 {
		start := time.Now()
		must(b, impl.Do(n))
		if took := time.Since(start); took > turn/8 {
			return max(1, int(float64(n)*float64(turn)/float64(took)))
		}
	}
}

// Median is the middle one, 0 of none.
func Median[T cmp.Ordered](of []T) T {
	if len(of) == 0 {
		var none T
		return none
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
