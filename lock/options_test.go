package lock_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestDefaultsWork(t *testing.T) {
	c := lock.NewConfig()
	if c.Logger == nil || c.Clock != lock.SystemClock {
		t.Errorf("got logger %v and clock %v, want one that discards and the system's", c.Logger, c.Clock)
	}
	if c.Logger.Enabled(context.Background(), slog.LevelError) {
		t.Errorf("the default logger logs, want nothing")
	}
	if c.Timeout != 30*time.Second || c.MaxReplySize != 1<<20 || c.Retry.Attempts != 3 || c.Limits != lock.LimitWait {
		t.Errorf("got %+v, want the defaults that the options document", c)
	}
	if c.BaseURL != "" || c.AllowInsecureHTTP || c.HTTPClient != nil || c.Location != nil || len(c.Observers) != 0 {
		t.Errorf("got %+v, want the rest unset", c)
	}
}

// still is a clock that stands.
type still struct{}

func (still) Now() time.Time                                   { return noon }
func (still) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func TestOptionsAreApplied(t *testing.T) {
	hc, loc := &http.Client{}, time.FixedZone("", 3600)
	store := lock.NewMemoryStore(nil)
	var log bytes.Buffer
	var seen []string
	c := lock.NewConfig(
		lock.WithBaseURL("https://test.example"), lock.WithInsecureHTTP(), lock.WithHTTPClient(hc),
		lock.WithLogger(slog.New(slog.NewTextHandler(&log, nil))), lock.WithClock(still{}), lock.WithLocation(loc),
		lock.WithRetry(lock.RetryPolicy{Attempts: 1}), lock.WithLimits(lock.LimitFail),
		lock.WithObserver(func(a lock.Attempt) { seen = append(seen, "first "+a.Endpoint) }),
		lock.WithObserver(func(a lock.Attempt) { seen = append(seen, "second "+a.Endpoint) }),
		lock.WithTimeout(time.Second), lock.WithMaxReplySize(7), lock.WithPolling(time.Second, time.Minute),
		lock.WithWatchInterval(time.Hour), lock.WithAccount("beijing"), lock.WithStore(store), nil,
	)
	if c.BaseURL != "https://test.example" || !c.AllowInsecureHTTP || c.HTTPClient != hc || c.Clock.Now() != noon || c.Location != loc ||
		c.Retry.Attempts != 1 || c.Limits != lock.LimitFail || c.Timeout != time.Second || c.MaxReplySize != 7 ||
		c.Poll != (lock.PollPolicy{First: time.Second, Max: time.Minute}) || c.WatchInterval != time.Hour || c.Account != "beijing" || c.Store != store {
		t.Errorf("got %+v, want every option applied", c)
	}
	c.Logger.Info("here")
	if !strings.Contains(log.String(), "here") {
		t.Errorf("the logger: got %q, want what was logged", log.String())
	}
	for _, o := range c.Observers {
		o(lock.Attempt{Endpoint: "GET /"})
	}
	if got, want := strings.Join(seen, ","), "first GET /,second GET /"; got != want {
		t.Errorf("observers: got %q, want %q", got, want)
	}
}

func TestNilOptionsChangeNothing(t *testing.T) {
	c := lock.NewConfig(lock.WithLogger(nil), lock.WithClock(nil), lock.WithObserver(nil))
	if c.Logger == nil || c.Clock == nil || len(c.Observers) != 0 {
		t.Errorf("got logger %v, clock %v and %d observers, want the defaults", c.Logger, c.Clock, len(c.Observers))
	}
}

func TestCustomOptions(t *testing.T) {
	type mine struct{ colour, size string }
	type theirs struct{ colour string }
	colour := func(v string) lock.Option {
		return lock.CustomOption("mine.WithColour", func(m *mine) { m.colour = v })
	}
	size := lock.CustomOption("mine.WithSize", func(m *mine) { m.size = m.colour + "-sized" })
	t.Run("they are applied in their order", func(t *testing.T) {
		var got mine
		if err := lock.ApplyCustom(lock.NewConfig(colour("red"), lock.WithAccount("a"), size, colour("blue")), &got); err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		if want := (mine{"blue", "red-sized"}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	t.Run("one of another vendor is refused by its name", func(t *testing.T) {
		var got theirs
		err := lock.ApplyCustom(lock.NewConfig(colour("red")), &got)
		if err == nil || !strings.Contains(err.Error(), "mine.WithColour") {
			t.Errorf("got %v, want an error that names the option", err)
		}
		if got.colour != "" {
			t.Errorf("got %+v, want nothing set", got)
		}
	})
	t.Run("the one that is foreign is named", func(t *testing.T) {
		var got mine
		foreign := lock.CustomOption("theirs.WithColour", func(*theirs) {})
		if err := lock.ApplyCustom(lock.NewConfig(colour("red"), foreign), &got); err == nil || !strings.Contains(err.Error(), "theirs.WithColour") {
			t.Errorf("got %v, want an error that names theirs.WithColour", err)
		}
	})
	t.Run("none is fine", func(t *testing.T) {
		var got mine
		if err := lock.ApplyCustom(lock.NewConfig(), &got); err != nil {
			t.Errorf("got error %v, want none", err)
		}
	})
}
