package sim

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/smartlock-sdk/smartlock/lock"
)

var _ lock.Clock = (*Clock)(nil)

var epoch = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

func TestClock(t *testing.T) {
	t.Run("a flowing clock keeps pace with real time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := NewClock(time.Time{})
			start := time.Now()
			c.jump(c.Now().Add(time.Hour))
			time.Sleep(time.Minute)
			assert.Equal(t, time.Hour+time.Minute, c.Now().Sub(start))
		})
	})
	t.Run("a frozen clock stands", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := NewClock(epoch)
			time.Sleep(time.Hour)
			assert.Equal(t, epoch, c.Now())
			c.jump(epoch.Add(time.Minute))
			assert.Equal(t, epoch.Add(time.Minute), c.Now())
		})
	})
	t.Run("no clock moves back", func(t *testing.T) {
		c := NewClock(epoch)
		c.jump(epoch.Add(-time.Hour))
		assert.Equal(t, epoch, c.Now())
	})
}

func TestClockSleep(t *testing.T) {
	tests := []struct {
		name  string
		start time.Time
		d     time.Duration
		move  []time.Duration // jumps, each made once the sleeper sleeps
		want  time.Duration   // real time slept
	}{
		{"a flowing clock wakes the sleeper by itself", time.Time{}, time.Minute, nil, time.Minute},
		{"a jump past the target wakes the sleeper", time.Time{}, time.Minute, []time.Duration{time.Hour}, 0},
		{"a jump short of the target shortens the sleep", time.Time{}, time.Minute, []time.Duration{20 * time.Second, 30 * time.Second}, 10 * time.Second},
		{"a frozen clock wakes the sleeper when it is moved there", epoch, time.Minute, []time.Duration{59 * time.Second, time.Second}, 0},
		{"no time is no sleep", epoch, 0, nil, 0},
		{"less than no time is no sleep", epoch, -time.Second, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewClock(tt.start)
				start := time.Now()
				done := make(chan error, 1)
				go func() { done <- c.Sleep(t.Context(), tt.d) }()
				for _, by := range tt.move {
					synctest.Wait()
					assert.Empty(t, done, "woke too early")
					c.jump(c.Now().Add(by))
				}
				assert.NoError(t, <-done)
				assert.Equal(t, tt.want, time.Since(start))
			})
		})
	}
	t.Run("the context ends a sleep", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			assert.ErrorIs(t, NewClock(epoch).Sleep(ctx, time.Minute), context.DeadlineExceeded)
		})
	})
	t.Run("an ended context does not sleep", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, NewClock(epoch).Sleep(ctx, 0), context.Canceled)
	})
}
