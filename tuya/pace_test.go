package tuya

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// In no second do more calls of an endpoint begin than are allowed; and not many fewer.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &saying{reply: `{"success":true,"result":{"id":"d"}}`}
		c := v.client(WithPace(10, 4), lock.WithClock(bubble{}))
		var begun []time.Time
		start := time.Now()
		for range 35 {
			if _, err := c.GetDevice(t.Context(), "d"); err != nil {
				t.Fatal(err)
			}
			begun = append(begun, time.Now())
		}
		for i := 10; i < len(begun); i++ {
			if begun[i].Sub(begun[i-10]) < time.Second {
				t.Errorf("11 calls in %s", begun[i].Sub(begun[i-10]))
			}
		}
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("35 calls of 10 a second took %s", took)
		}
		before := time.Now()
		for range 4 {
			if _, err := c.RenameDevice(t.Context(), "d", "x"); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(before); took != 0 {
			t.Errorf("another endpoint: waited %s, want its own pace", took)
		}
		if _, err := c.RenameDevice(t.Context(), "d", "x"); err != nil || time.Since(before) < time.Second {
			t.Errorf("the fifth change in a second: waited %s and got %v, want a second", time.Since(before), err)
		}
	})
}

// Callers that wait together get their places in turn, and no two the same.
func TestPaceOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(bubble{}, 2, 2)
		start, done := time.Now(), make(chan time.Duration, 10)
		for range 10 {
			go func() {
				if _, err := p.wait(t.Context(), "GET /a", false, true); err != nil {
					t.Error(err)
				}
				done <- time.Since(start)
			}()
		}
		var waited []time.Duration
		for range 10 {
			waited = append(waited, <-done)
		}
		slices.Sort(waited)
		for i, got := range waited {
			if want := time.Duration(i/2) * paceWindow; got != want {
				t.Errorf("place %d: waited %s, want %s", i, got, want)
			}
		}
	})
}

func TestPaceThatIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &saying{reply: `{"success":true}`}
		c := v.client(WithPace(1, 1), lock.WithClock(bubble{}), lock.WithLimits(lock.LimitFail))
		if _, err := c.RenameDevice(t.Context(), "d", "x"); err != nil {
			t.Fatal(err)
		}
		var e *lock.Error
		if _, err := c.RenameDevice(t.Context(), "d", "x"); !errors.As(err, &e) || e.Kind != lock.ErrRateLimited || e.RetryAfter != paceWindow || e.Attempts != 0 {
			t.Errorf("got %v, want %s and when to come back", err, lock.ErrRateLimited)
		}
		c = v.client(WithPace(1, 1), lock.WithClock(bubble{}))
		if _, err := c.RenameDevice(t.Context(), "d", "x"); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		before := time.Now()
		if _, err := c.RenameDevice(short, "d", "x"); !errors.Is(err, lock.ErrRateLimited) || time.Since(before) > 0 {
			t.Errorf("a deadline before its turn: got %v after %s, want %s at once", err, time.Since(before), lock.ErrRateLimited)
		}
		ending, end := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Millisecond)
			end()
		}()
		if _, err := c.RenameDevice(ending, "d", "x"); !errors.Is(err, context.Canceled) || lock.KindOf(err) != lock.ErrInterrupted {
			t.Errorf("a context that ends while it waits: got %v, want %s", err, lock.ErrInterrupted)
		}
		before = time.Now()
		off := v.client(WithPace(1, 1), lock.WithClock(bubble{}), lock.WithLimits(lock.LimitOff))
		for range 20 {
			if _, err := off.RenameDevice(t.Context(), "d", "x"); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(before); took > 0 {
			t.Errorf("without limits: waited %s", took)
		}
	})
}

// Call takes any path; what was called long ago is forgotten.
func TestPaceForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(bubble{}, 5, 5)
		for i := range 3000 {
			if _, err := p.wait(t.Context(), fmt.Sprintf("GET /%d", i), false, true); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if got := len(p.starts); got > 1002 {
			t.Errorf("got %d endpoints remembered, want about a thousand", got)
		}
	})
}

// bubble is the clock of a synctest bubble.
type bubble struct{}

func (bubble) Now() time.Time { return time.Now() }

func (bubble) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
