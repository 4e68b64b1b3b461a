package sim

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// diary notes what ran, and when.
type diary struct {
	mu    sync.Mutex
	clock *Clock
	start time.Time
	lines []line
}

type line struct {
	name string
	at   time.Duration // since the start, on the clock
}

func (d *diary) task(name string) func(context.Context) {
	return func(context.Context) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.lines = append(d.lines, line{name, d.clock.Now().Sub(d.start)})
	}
}

func (d *diary) read() []line {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]line(nil), d.lines...)
}

// schedule runs test in a bubble, with a schedule on a clock that begins at start.
func schedule(t *testing.T, start time.Time, test func(*testing.T, *Schedule, *diary)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := NewClock(start)
		s := NewSchedule(c)
		defer s.Close()
		test(t, s, &diary{clock: c, start: c.Now()})
	})
}

func TestAdvance(t *testing.T) {
	t.Run("tasks run in the order of time and insertion, at their own time", func(t *testing.T) {
		schedule(t, epoch, func(t *testing.T, s *Schedule, d *diary) {
			s.After(3*time.Minute, Later, d.task("c"))
			s.After(time.Minute, Work, d.task("a"))
			s.After(3*time.Minute, Work, d.task("d"))
			s.After(2*time.Minute, Later, d.task("b"))
			s.After(time.Hour, Work, d.task("too late"))
			s.Advance(10 * time.Minute)
			assert.Equal(t, []line{{"a", time.Minute}, {"b", 2 * time.Minute}, {"c", 3 * time.Minute}, {"d", 3 * time.Minute}}, d.read())
			assert.Equal(t, epoch.Add(10*time.Minute), s.clock.Now())
		})
	})
	t.Run("a task may bring further tasks", func(t *testing.T) {
		schedule(t, epoch, func(t *testing.T, s *Schedule, d *diary) {
			var tick func(context.Context)
			tick = func(ctx context.Context) {
				d.task("tick")(ctx)
				s.After(time.Minute, Later, tick)
			}
			s.After(time.Minute, Later, tick)
			s.Advance(3 * time.Minute)
			assert.Equal(t, []line{{"tick", time.Minute}, {"tick", 2 * time.Minute}, {"tick", 3 * time.Minute}}, d.read())
		})
	})
	t.Run("it waits for a task that takes long", func(t *testing.T) {
		schedule(t, epoch, func(t *testing.T, s *Schedule, d *diary) {
			s.After(time.Minute, Work, func(ctx context.Context) {
				time.Sleep(5 * patience)
				d.task("slow")(ctx)
			})
			s.After(time.Minute, Work, d.task("not held up"))
			s.Advance(time.Minute)
			assert.Equal(t, []line{{"not held up", time.Minute}, {"slow", time.Minute}}, d.read())
		})
	})
	t.Run("a task may wait for one behind it", func(t *testing.T) {
		schedule(t, epoch, func(t *testing.T, s *Schedule, d *diary) {
			other := make(chan struct{})
			s.After(time.Minute, Work, func(ctx context.Context) {
				<-other
				d.task("receiver")(ctx)
			})
			s.After(2*time.Minute, Work, func(ctx context.Context) {
				d.task("device")(ctx)
				close(other)
			})
			s.Advance(2 * time.Minute)
			assert.Len(t, d.read(), 2)
		})
	})
}

func TestSettle(t *testing.T) {
	t.Run("it runs work and what comes before it", func(t *testing.T) {
		schedule(t, epoch, func(t *testing.T, s *Schedule, d *diary) {
			s.After(time.Second, Later, d.task("before"))
			s.After(time.Hour, Later, d.task("after"))
			s.After(time.Minute, Work, func(ctx context.Context) {
				d.task("work")(ctx)
				s.After(time.Minute, Work, d.task("more work"))
			})
			s.Settle()
			assert.Equal(t, []line{{"before", time.Second}, {"work", time.Minute}, {"more work", 2 * time.Minute}}, d.read())
			assert.Equal(t, epoch.Add(2*time.Minute), s.clock.Now())
		})
	})
	t.Run("with nothing to do the clock stands", func(t *testing.T) {
		schedule(t, epoch, func(t *testing.T, s *Schedule, d *diary) {
			s.After(time.Hour, Later, d.task("after"))
			s.Settle()
			assert.Empty(t, d.read())
			assert.Equal(t, epoch, s.clock.Now())
		})
	})
	t.Run("it waits for work the runner has begun", func(t *testing.T) {
		schedule(t, time.Time{}, func(t *testing.T, s *Schedule, d *diary) {
			s.After(0, Work, func(ctx context.Context) {
				time.Sleep(patience / 2)
				d.task("work")(ctx)
			})
			synctest.Wait()
			s.Settle()
			assert.Equal(t, []line{{"work", patience / 2}}, d.read())
		})
	})
}

func TestTasksRunByThemselves(t *testing.T) {
	t.Run("a flowing clock runs them when they are due", func(t *testing.T) {
		schedule(t, time.Time{}, func(t *testing.T, s *Schedule, d *diary) {
			s.After(2*time.Hour, Later, d.task("b"))
			s.After(time.Minute, Work, d.task("a"))
			time.Sleep(2*time.Hour + time.Nanosecond)
			synctest.Wait()
			assert.Equal(t, []line{{"a", time.Minute}, {"b", 2 * time.Hour}}, d.read())
		})
	})
	t.Run("moving the clock close to a task does not make it late", func(t *testing.T) {
		schedule(t, time.Time{}, func(t *testing.T, s *Schedule, d *diary) {
			s.After(time.Hour, Later, d.task("a"))
			synctest.Wait()
			s.Advance(time.Hour - time.Second)
			time.Sleep(time.Second + time.Nanosecond)
			synctest.Wait()
			assert.Equal(t, []line{{"a", time.Hour}}, d.read())
		})
	})
	t.Run("a frozen clock runs what is due at once", func(t *testing.T) {
		schedule(t, epoch, func(t *testing.T, s *Schedule, d *diary) {
			s.After(0, Work, d.task("now"))
			s.After(time.Nanosecond, Work, d.task("soon"))
			synctest.Wait()
			assert.Equal(t, []line{{"now", 0}}, d.read())
		})
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSchedule(NewClock(epoch))
		d := &diary{clock: s.clock, start: epoch}
		ended := make(chan error, 1)
		s.After(0, Work, func(ctx context.Context) {
			<-ctx.Done()
			ended <- ctx.Err()
		})
		s.After(time.Hour, Work, d.task("never"))
		synctest.Wait()
		s.Close()
		assert.ErrorIs(t, <-ended, context.Canceled, "what is under way is told to end")
		s.After(0, Work, d.task("never"))
		s.Settle()
		s.Advance(2 * time.Hour)
		s.Close()
		assert.Empty(t, d.read(), "nothing runs any more")
		assert.Equal(t, epoch.Add(2*time.Hour), s.clock.Now(), "but time can pass")
	})
}
