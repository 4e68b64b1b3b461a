package history

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errAway = &lock.Error{Kind: lock.ErrVendorUnavailable}

func numbers(n int, end error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if end != nil {
			yield(0, end)
		}
	}
}

func at(second int, id string) lock.Event {
	return lock.Event{ID: id, OccurredAt: time.Unix(int64(second), 0)}
}

func ids(events []lock.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

func TestGather(t *testing.T) {
	t.Run("events of all items come in the order of time, each once", func(t *testing.T) {
		var now, most atomic.Int64
		got, err := Gather(t.Context(), numbers(50, nil), func(_ context.Context, i int) ([]lock.Event, error) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			return []lock.Event{at(100-i, strconv.Itoa(i)), at(1, "shared")}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"shared"}
		for i := 49; i >= 0; i-- {
			want = append(want, strconv.Itoa(i))
		}
		if !slices.Equal(ids(got), want) {
			t.Errorf("got %v, want %v", ids(got), want)
		}
		if most.Load() > concurrency {
			t.Errorf("%d were asked at a time, want %d at most", most.Load(), concurrency)
		}
	})
	t.Run("events of one instant stay in their device's order", func(t *testing.T) {
		got, err := Gather(t.Context(), numbers(1, nil), func(context.Context, int) ([]lock.Event, error) {
			return []lock.Event{at(1, "c"), at(1, "a"), at(1, "b")}, nil
		})
		if err != nil || !slices.Equal(ids(got), []string{"c", "a", "b"}) {
			t.Errorf("got %v, %v", ids(got), err)
		}
	})
	t.Run("a context that has ended asks nobody", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := Gather(ctx, numbers(3, nil), func(context.Context, int) ([]lock.Event, error) {
			t.Error("somebody was asked")
			return nil, nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
	t.Run("the failure of one ends it", func(t *testing.T) {
		_, err := Gather(t.Context(), numbers(1000, nil), func(ctx context.Context, i int) ([]lock.Event, error) {
			if i == 3 {
				return nil, errAway
			}
			return nil, ctx.Err()
		})
		if !errors.Is(err, lock.ErrVendorUnavailable) {
			t.Errorf("got %v, want the failure", err)
		}
	})
	t.Run("the failure of the list ends it", func(t *testing.T) {
		_, err := Gather(t.Context(), numbers(2, errAway), func(context.Context, int) ([]lock.Event, error) { return nil, nil })
		if !errors.Is(err, lock.ErrVendorUnavailable) {
			t.Errorf("got %v, want the failure", err)
		}
	})
}

func TestAll(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []string
	var last error
	for e, err := range All(ctx, []lock.Event{at(1, "a"), at(2, "b")}) {
		if err != nil {
			last = err
			continue
		}
		got = append(got, e.ID)
		cancel()
	}
	if !slices.Equal(got, []string{"a"}) || !errors.Is(last, context.Canceled) {
		t.Errorf("got %v and %v, want one event and the context's error", got, last)
	}
}

// A vendor whose records arrive up to a minute late, and who is away now and then.
func TestPollYieldsEachEventOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var happened []lock.Event // with when it happened
		for i := range 200 {
			happened = append(happened, lock.Event{ID: strconv.Itoa(i), OccurredAt: began.Add(time.Duration(i*7) * time.Second)})
		}
		happened = append(happened, lock.Event{ID: "before", OccurredAt: began.Add(-time.Second)})
		polls := 0
		ask := func(_ context.Context, from time.Time) ([]lock.Event, error) {
			if polls++; polls%3 == 0 {
				return nil, errAway
			}
			var found []lock.Event
			for i, e := range happened {
				known := e.OccurredAt.Add(time.Duration(i%61) * time.Second) // when the vendor hears of it
				if !e.OccurredAt.Before(from) && !known.After(time.Now()) {
					found = append(found, e)
				}
			}
			return found, nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		seen := map[string]int{}
		var last error
		for e, err := range Poll(ctx, lock.NewConfig(), time.Millisecond, 2*time.Minute, ask) {
			if err != nil {
				last = err
				continue
			}
			seen[e.ID]++
		}
		if !errors.Is(last, context.DeadlineExceeded) {
			t.Errorf("ended with %v, want the context's error", last)
		}
		if len(seen) != 200 || seen["before"] != 0 {
			t.Errorf("got %d events, want 200 and none from before", len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("event %s came %d times", id, n)
			}
		}
	})
}

func TestPollEndsAtWhatDoesNotPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := &lock.Error{Kind: lock.ErrUnauthenticated}
		n := 0
		for _, err := range Poll(t.Context(), lock.NewConfig(), time.Second, time.Minute, func(context.Context, time.Time) ([]lock.Event, error) { return nil, refused }) {
			if n++; !errors.Is(err, lock.ErrUnauthenticated) {
				t.Errorf("got %v, want the refusal", err)
			}
		}
		if n != 1 {
			t.Errorf("got %d pairs, want one", n)
		}
	})
}

func TestPollEndsWithItsLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		polls := 0
		ask := func(context.Context, time.Time) ([]lock.Event, error) {
			polls++
			return []lock.Event{at(1, "a"), at(2, "b")}, nil
		}
		for range Poll(t.Context(), lock.NewConfig(), time.Second, time.Minute, ask) {
			break
		}
		if polls != 1 {
			t.Errorf("asked %d times, want once", polls)
		}
	})
}
