package lock

import (
	"context"
	"time"
)

// Clock tells the time and lets a caller wait. Every wait in this library (back-off, rate
// limits, polling) goes through the client's Clock, so a simulator's clock moves them all.
// Network deadlines are real time and do not use it.
type Clock interface {
	// Now is the present instant.
	Now() time.Time
	// Sleep returns nil once d has passed on this clock, or ctx's error as soon as ctx ends.
	// A d that is not positive returns at once.
	Sleep(ctx context.Context, d time.Duration) error
}

// SystemClock is the clock every client uses unless WithClock gives it another.
var SystemClock Clock = systemClock{}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
