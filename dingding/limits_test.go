package dingding

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// accepting is a vendor that accepts every command, and remembers which came.
type accepting struct {
	reply    string // "" = of a command
	commands []string
	last     *http.Request
}

func (a *accepting) RoundTrip(r *http.Request) (*http.Response, error) {
	a.commands, a.last = append(a.commands, path.Base(r.URL.Path)), r
	reply := cmp.Or(a.reply, `{"ErrNo":0,"ErrMsg":"","serviceid":"1","id":1001}`)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(reply)),
	}, nil
}

func (a *accepting) client(opts ...lock.Option) *Client {
	token := func(context.Context) (lock.Secret, error) { return lock.NewSecret("25a57b34b8a5bb7c"), nil }
	return New("", "", append(opts, WithToken(token), lock.WithHTTPClient(&http.Client{Transport: a}))...)
}

// passwordCommands are the five kinds of operation that §3.5 limits, each by itself.
var passwordCommands = []struct {
	endpoint string
	send     func(context.Context, *Client, Locator) error
}{
	{"add_password", func(ctx context.Context, c *Client, at Locator) error {
		_, err := c.AddPassword(ctx, AddPasswordRequest{Locator: at, Password: pin})
		return err
	}},
	{"delete_password", func(ctx context.Context, c *Client, at Locator) error {
		_, err := c.DeletePassword(ctx, PasswordRequest{Locator: at, PasswordID: 1001})
		return err
	}},
	{"update_password", func(ctx context.Context, c *Client, at Locator) error {
		_, err := c.UpdatePassword(ctx, UpdatePasswordRequest{Locator: at, PasswordID: 1001, Permanent: true})
		return err
	}},
	{"frozen_password", func(ctx context.Context, c *Client, at Locator) error {
		_, err := c.FreezePassword(ctx, PasswordRequest{Locator: at, PasswordID: 1001})
		return err
	}},
	{"unfrozen_password", func(ctx context.Context, c *Client, at Locator) error {
		_, err := c.UnfreezePassword(ctx, PasswordRequest{Locator: at, PasswordID: 1001})
		return err
	}},
}

func TestEachKindOfCommandHasFiveInTwoMinutes(t *testing.T) {
	var vendor accepting
	c := vendor.client(lock.WithLimits(lock.LimitFail), lock.WithClock(fixedClock{}))
	for i, command := range passwordCommands {
		for range 5 {
			if err := command.send(t.Context(), c, door); err != nil {
				t.Fatalf("%s: one of the first five: %v", command.endpoint, err)
			}
		}
		err := command.send(t.Context(), c, door)
		var e *lock.Error
		if !errors.As(err, &e) || e.Kind != lock.ErrRateLimited {
			t.Fatalf("%s: the sixth: got %v, want ErrRateLimited", command.endpoint, err)
		}
		if e.RetryAfter < 2*time.Minute || e.RetryAfter > 3*time.Minute {
			t.Errorf("%s: RetryAfter: got %v, want some two minutes", command.endpoint, e.RetryAfter)
		}
		if want := "POST /openapi/v1/" + command.endpoint; e.Endpoint != want || e.Vendor != Vendor {
			t.Errorf("the error is about %s %s, want %s %s", e.Vendor, e.Endpoint, Vendor, want)
		}
		if got, want := len(vendor.commands), 5*(i+1); got != want {
			t.Errorf("%s: the vendor saw %d commands in all, want %d: the sixth must not leave", command.endpoint, got, want)
		}
		if got := vendor.commands[len(vendor.commands)-1]; got != command.endpoint {
			t.Errorf("the vendor saw %s, want %s", got, command.endpoint)
		}
	}
}

func TestRateRuleIsPerLock(t *testing.T) {
	// Two lines are two locks; the addresses in one are one lock.
	for _, same := range [][]Locator{
		{{UUID: "x"}, {HomeID: "h", UUID: "x"}, {RoomID: "r", UUID: "x"}},
		{{RoomID: "x"}, {HomeID: "h", RoomID: "x"}},
		{{HomeID: "x"}},
	} {
		for _, at := range same {
			var vendor accepting
			c := vendor.client(lock.WithLimits(lock.LimitFail), lock.WithClock(fixedClock{}))
			for range 5 {
				if err := passwordCommands[0].send(t.Context(), c, same[0]); err != nil {
					t.Fatal(err)
				}
			}
			if err := passwordCommands[0].send(t.Context(), c, at); !errors.Is(err, lock.ErrRateLimited) {
				t.Errorf("the sixth, now to %+v after %+v: got %v, want ErrRateLimited", at, same[0], err)
			}
			for _, other := range []Locator{{UUID: "y"}, {RoomID: "y"}, {HomeID: "y"}} {
				if err := passwordCommands[0].send(t.Context(), c, other); err != nil {
					t.Errorf("first to %+v after five to %+v: %v", other, same[0], err)
				}
			}
		}
	}
}

func TestWrongRequestTakesNoSlot(t *testing.T) {
	var vendor accepting
	c := vendor.client(lock.WithLimits(lock.LimitFail), lock.WithClock(fixedClock{}))
	for range 6 {
		_, err := c.AddPassword(t.Context(), AddPasswordRequest{Locator: door, Password: lock.NewSecret("1")})
		if !errors.Is(err, lock.ErrInvalidArgument) {
			t.Fatalf("a code of one digit: got %v, want ErrInvalidArgument", err)
		}
	}
	if err := passwordCommands[0].send(t.Context(), c, door); err != nil {
		t.Errorf("after six wrong requests: %v", err)
	}
}

func TestCallThatWasNotSentTakesNoSlot(t *testing.T) {
	vendor := &accepting{}
	good := false
	token := WithToken(func(context.Context) (lock.Secret, error) {
		if !good {
			return lock.Secret{}, errors.New("the token store is away")
		}
		return lock.NewSecret("25a57b34b8a5bb7c"), nil
	})
	c := New("", "", token, lock.WithHTTPClient(&http.Client{Transport: vendor}), lock.WithLimits(lock.LimitFail))
	freeze := func() error {
		_, err := c.FreezePassword(t.Context(), PasswordRequest{Locator: door, PasswordID: 1001})
		return err
	}
	for range 10 {
		if err := freeze(); err == nil || errors.Is(err, lock.ErrRateLimited) {
			t.Fatalf("got %v, want that there is no token", err)
		}
	}
	good = true
	for range 5 {
		if err := freeze(); err != nil {
			t.Fatal(err)
		}
	}
	if err := freeze(); !errors.Is(err, lock.ErrRateLimited) || len(vendor.commands) != 5 {
		t.Errorf("the sixth: got %v after %d calls", err, len(vendor.commands))
	}
}

func TestLimitOffLeavesTheRuleToTheVendor(t *testing.T) {
	var vendor accepting
	c := vendor.client(lock.WithLimits(lock.LimitOff), lock.WithClock(fixedClock{}))
	for range 6 {
		if err := passwordCommands[0].send(t.Context(), c, door); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLimitWaitWaitsForTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var vendor accepting
		c := vendor.client()
		start := time.Now()
		for range 5 {
			if err := passwordCommands[0].send(t.Context(), c, door); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the first five waited %v", waited)
		}
		if err := passwordCommands[0].send(t.Context(), c, door); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < 2*time.Minute || waited > 3*time.Minute {
			t.Errorf("the sixth waited %v, want some two minutes", waited)
		}
	})
}

func TestCommandsHaveAHundredInADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var vendor accepting
		c := vendor.client()
		start := time.Now()
		for range 100 {
			if err := passwordCommands[0].send(t.Context(), c, door); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(start); waited > time.Hour {
			t.Errorf("a hundred took %v, want no more than five in two minutes need", waited)
		}
		if err := passwordCommands[0].send(t.Context(), c, door); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < 24*time.Hour || waited > 25*time.Hour {
			t.Errorf("the next came after %v, want a day", waited)
		}
	})
}

func TestLimitWaitEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var vendor accepting
		c := vendor.client()
		for range 5 {
			if err := passwordCommands[0].send(t.Context(), c, door); err != nil {
				t.Fatal(err)
			}
		}

		short, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if err := passwordCommands[0].send(short, c, door); !errors.Is(err, lock.ErrRateLimited) {
			t.Errorf("with a minute left: got %v, want ErrRateLimited", err)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v for a slot that cannot come in time", waited)
		}

		open, giveUp := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, giveUp)
		err := passwordCommands[0].send(open, c, door)
		var e *lock.Error
		if !errors.Is(err, context.Canceled) || !errors.As(err, &e) {
			t.Errorf("after giving up: got %v, want a *lock.Error around context.Canceled", err)
		}
		if len(vendor.commands) != 5 {
			t.Errorf("the vendor saw %d commands, want 5", len(vendor.commands))
		}
	})
}
