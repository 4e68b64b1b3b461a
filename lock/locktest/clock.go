package locktest

import (
	"context"
	"sync"
	"time"
)

// Clock is a lock.Clock that stands still until it is advanced. Give it to a client with
// lock.WithClock, and token lifetimes, windows and pauses pass when the test says so.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	moved chan struct{} // closed at the next advance
}

// NewClock returns a clock that shows start.
func NewClock(start time.Time) *Clock {
	return &Clock{now: start, moved: make(chan struct{})}
}

// Now is the instant the clock shows.
func (c *Clock) Now() time.Time {
	now, _ := c.look()
	return now
}

// Advance moves the clock forward and wakes those whose pause has passed. It does not move it
// back.
func (c *Clock) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	close(c.moved)
	c.moved = make(chan struct{})
}

// Sleep returns nil once the clock has advanced by d, or ctx's error as soon as ctx ends.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now, moved := c.look()
	for until := now.Add(d); now.Before(until); now, moved = c.look() {
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (c *Clock) look() (now time.Time, moved <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now, c.moved
}
