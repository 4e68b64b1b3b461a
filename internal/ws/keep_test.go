package ws

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

var errOutage = errors.New("the vendor is out of order")

// attempts runs a keeper for a while and returns when it tried.
func attempts(t *testing.T, lasting time.Duration, pace Pace, attempt Attempt) []time.Time {
	t.Helper()
	var tried []time.Time
	ctx, cancel := context.WithTimeout(t.Context(), lasting)
	defer cancel()
	err := NewKeeper(lock.SystemClock, pace).Keep(ctx, func(ctx context.Context, up func()) error {
		tried = append(tried, time.Now())
		return attempt(ctx, up)
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's end", err)
	}
	return tried
}

func checkPace(t *testing.T, tried []time.Time, gap time.Duration) {
	t.Helper()
	for i, at := range tried {
		if i > 0 && at.Sub(tried[i-1]) < gap {
			t.Errorf("attempt %d came %s after the one before, want %s at least", i, at.Sub(tried[i-1]), gap)
		}
		if i >= 12 && at.Sub(tried[i-12]) < time.Hour {
			t.Errorf("attempts %d to %d were made within %s, want 12 an hour at most", i-12, i, at.Sub(tried[i-12]))
		}
	}
}

func TestSevenDaysOfOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tried := attempts(t, 7*24*time.Hour, Pace{}, func(context.Context, func()) error { return errOutage })
		checkPace(t, tried, 5*time.Second)
		// 15 minutes' full jitter are 7.5 on average; far fewer attempts would find the vendor late.
		if n := len(tried); n < 1000 || n > 7*24*12 {
			t.Errorf("got %d attempts, want 1000 to %d", n, 7*24*12)
		}
	})
}

func TestAVendorThatAcceptsAndDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tried := attempts(t, 24*time.Hour, Pace{}, func(ctx context.Context, up func()) error {
			up()
			return lock.SystemClock.Sleep(ctx, 3*time.Second)
		})
		checkPace(t, tried, 5*time.Second)
		if n := len(tried); n < 100 {
			t.Errorf("got %d attempts in a day, want 100 at least", n)
		}
	})
}

func TestPausesGrowUntilAConnectionHasSettled(t *testing.T) {
	for name, c := range map[string]struct {
		life  time.Duration
		grows bool
	}{
		"five minutes of life begin anew": {5 * time.Minute, false},
		"a moment less does not":          {5*time.Minute - time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var longest time.Duration
				tried := 0
				k := NewKeeper(lock.SystemClock, Pace{Hourly: 1000})
				k.Lost = func(_ error, pause time.Duration) { longest = max(longest, pause) }
				_ = k.Keep(ctx, func(ctx context.Context, up func()) error {
					if tried++; tried == 60 {
						cancel()
					}
					up()
					return lock.SystemClock.Sleep(ctx, c.life)
				})
				if grew := longest > 5*time.Second; grew != c.grows {
					t.Errorf("the longest pause was %s, want growth: %t", longest, c.grows)
				}
			})
		})
	}
}

func TestPauseIsFullJitterOfADoublingBound(t *testing.T) {
	k := NewKeeper(lock.SystemClock, Pace{})
	for failures, bound := range []time.Duration{
		5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second,
		320 * time.Second, 640 * time.Second, 900 * time.Second, 900 * time.Second,
	} {
		var longest time.Duration
		for range 1000 {
			p := k.pause(failures, errOutage)
			if p < 0 || p >= bound {
				t.Fatalf("after %d failures: got %s, want less than %s", failures, p, bound)
			}
			longest = max(longest, p)
		}
		if longest < bound*9/10 {
			t.Errorf("after %d failures: the longest of 1000 pauses was %s, want nearly %s", failures, longest, bound)
		}
	}
}

func TestAServerThatAsksForTimeGetsIt(t *testing.T) {
	k := NewKeeper(lock.SystemClock, Pace{})
	for asked, want := range map[time.Duration]time.Duration{time.Minute: time.Minute, time.Hour: 15 * time.Minute} {
		if got := k.pause(0, &HandshakeError{Status: 503, RetryAfter: asked}); got != want {
			t.Errorf("asked for %s: got %s, want %s", asked, got, want)
		}
	}
}

func TestWhatEndsAKeeper(t *testing.T) {
	final := errors.New("the account is closed")
	refused := &CloseError{Code: Unauthorized}
	for name, c := range map[string]struct{ err, want error }{
		"something final":            {Final(final), final},
		"a refusal":                  {refused, refused},
		"something wrapped in final": {errors.Join(errOutage, Final(final)), final},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tried := 0
				err := NewKeeper(lock.SystemClock, Pace{}).Keep(t.Context(), func(context.Context, func()) error {
					if tried++; tried == 3 {
						return c.err
					}
					return errOutage
				})
				if err != c.want || tried != 3 {
					t.Errorf("got %v after %d attempts, want %v after 3", err, tried, c.want)
				}
			})
		})
	}
	if Final(nil) != nil {
		t.Error("no error was made final")
	}
}

func TestKeepEndsWithItsContext(t *testing.T) {
	for name, attempt := range map[string]Attempt{
		"in an attempt": func(ctx context.Context, up func()) error { up(); <-ctx.Done(); return ctx.Err() },
		"in a pause":    func(context.Context, func()) error { return errOutage },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- NewKeeper(lock.SystemClock, Pace{}).Keep(ctx, attempt) }()
				synctest.Wait()
				began := time.Now()
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) || time.Since(began) > 0 {
					t.Errorf("got %v after %s, want %v at once", err, time.Since(began), context.Canceled)
				}
			})
		})
	}
}

func TestBeginningAnewIsHeldBackAsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeeper(lock.SystemClock, Pace{})
		var tried []time.Time
		for range 30 {
			ctx, cancel := context.WithCancel(t.Context())
			_ = k.Keep(ctx, func(context.Context, func()) error {
				tried = append(tried, time.Now())
				cancel()
				return nil
			})
		}
		checkPace(t, tried, 5*time.Second)
	})
}

func TestOnlyWhoseTurnItIsConnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, released int
		turns := make(chan struct{}, 1)
		turns <- struct{}{}
		turn := func(ctx context.Context) (context.Context, func(), error) {
			select {
			case <-turns:
			case <-ctx.Done():
				return nil, nil, ctx.Err()
			}
			held, lose := context.WithTimeout(ctx, time.Hour) // the lease is not renewed
			return held, func() { lose(); released++; turns <- struct{}{} }, nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		ended := make(chan error)
		for range 3 {
			k := NewKeeper(lock.SystemClock, Pace{})
			k.Turn = turn
			go func() {
				ended <- k.Keep(ctx, func(ctx context.Context, up func()) error {
					now++
					most = max(most, now)
					up()
					<-ctx.Done()
					now--
					return ctx.Err()
				})
			}()
		}
		for range 3 {
			if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the context's end", err)
			}
		}
		if most != 1 || released < 23 {
			t.Errorf("%d connections at once and %d turns in a day, want 1 and 23 at least", most, released)
		}
	})
}

func TestALostLeaderStoreIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		k := NewKeeper(lock.SystemClock, Pace{})
		k.Turn = func(ctx context.Context) (context.Context, func(), error) {
			if asked++; asked < 3 {
				return nil, nil, errOutage
			}
			return ctx, func() {}, nil
		}
		err := k.Keep(t.Context(), func(context.Context, func()) error { return Final(errOutage) })
		if err != errOutage || asked != 3 {
			t.Errorf("got %v after asking %d times, want %v after 3", err, asked, errOutage)
		}
	})
}
