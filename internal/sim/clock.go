package sim

import (
	"context"
	"sync"
	"time"
)

// Clock is a simulator's time; it is a lock.Clock. It either flows with real time, some way
// ahead of it, or stands still; in both cases Schedule.Advance moves it forward.
type Clock struct {
	frozen bool

	mu    sync.Mutex
	at    time.Time     // the present, when frozen
	ahead time.Duration // of real time, when flowing
	moved chan struct{} // closed at the next jump
}

// NewClock returns a clock that flows from the present on, or, if start is not zero, one that
// stands at start.
func NewClock(start time.Time) *Clock {
	return &Clock{frozen: !start.IsZero(), at: start, moved: make(chan struct{})}
}

// Now is the present instant on this clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.frozen {
		return c.at
	}
	return time.Now().Add(c.ahead)
}

// Sleep returns nil once d has passed on this clock, by itself or because the clock was moved,
// or ctx's error as soon as ctx ends. A d that is not positive returns at once.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return nil
	}
	until := c.Now().Add(d)
	for {
		left, moved := c.left(until)
		if left <= 0 {
			return nil
		}
		if err := c.pause(ctx, left, moved); err != nil {
			return err
		}
	}
}

// left says how long until is away, and what tells of the next jump.
func (c *Clock) left(until time.Time) (time.Duration, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return until.Sub(c.now()), c.moved
}

// pause waits for d of real time, or for ever on a frozen clock, unless the clock is moved.
func (c *Clock) pause(ctx context.Context, d time.Duration, moved <-chan struct{}) error {
	var over <-chan time.Time
	if !c.frozen {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-over:
	case <-moved:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// jump moves the clock forward to t and wakes the sleepers. It never moves back.
func (c *Clock) jump(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := t.Sub(c.now())
	if by <= 0 {
		return
	}
	c.at = t
	c.ahead += by
	close(c.moved)
	c.moved = make(chan struct{})
}
