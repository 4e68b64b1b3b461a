package ewelink

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/smartlock-sdk/smartlock/lock"
)

// answers is a transport that says the same to everything, after a time, and notes when it was asked.
type answers struct {
	takes time.Duration
	reply string

	mu    sync.Mutex
	asked map[string][]time.Time
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	if a.asked == nil {
		a.asked = map[string][]time.Time{}
	}
	a.asked[r.URL.Path] = append(a.asked[r.URL.Path], time.Now())
	a.mu.Unlock()
	if err := lock.SystemClock.Sleep(r.Context(), a.takes); err != nil {
		return nil, err
	}
	resp := httpmock.NewStringResponse(http.StatusOK, a.reply)
	resp.Request = r
	return resp, nil
}

func (a *answers) times(path string) []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked[path]
}

func (a *answers) client(opts ...lock.Option) *Client {
	return New("app", "secret", append([]lock.Option{
		lock.WithHTTPClient(&http.Client{Transport: a}), WithSession(Session{At: lock.NewSecret("at-0001"), Region: RegionEU}),
	}, opts...)...)
}

const emptyReply = `{"error":0,"msg":"","data":{}}`

func TestPace(t *testing.T) {
	t.Run("calls of one endpoint keep their distance, those of others do not wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			vendor := &answers{takes: 10 * time.Second, reply: emptyReply}
			c, began := vendor.client(lock.WithTimeout(time.Minute)), time.Now()
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					if _, err := c.GetProfile(t.Context()); err != nil {
						t.Errorf("got %v, want success", err)
					}
				})
			}
			if _, err := c.ListGroups(t.Context(), ListGroupsRequest{}); err != nil || time.Since(began) != 10*time.Second {
				t.Errorf("another endpoint: got %v after %s, want no wait", err, time.Since(began))
			}
			wg.Wait()
			times := vendor.times("/v2/user/profile")
			for i := 1; i < len(times); i++ {
				if gap := times[i].Sub(times[i-1]); gap != defaultGap {
					t.Errorf("call %d came %s after the one before, want %s and no wait for its answer", i, gap, defaultGap)
				}
			}
		})
	})
	t.Run("those who gave up leave no gap behind", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			vendor := &answers{reply: emptyReply}
			c, began := vendor.client(WithPace(time.Minute, 0, 0)), time.Now()
			if _, err := c.GetProfile(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if _, err := c.GetProfile(ctx); !errors.Is(err, context.Canceled) {
						t.Errorf("got %v, want %v", err, context.Canceled)
					}
				})
			}
			synctest.Wait()
			cancel()
			wg.Wait()
			if _, err := c.GetProfile(t.Context()); err != nil || time.Since(began) != time.Minute {
				t.Errorf("got %v after %s, want success after a minute", err, time.Since(began))
			}
		})
	})
	t.Run("a queue that is too long is said at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			vendor := &answers{reply: emptyReply}
			c, began := vendor.client(WithPace(time.Minute, 0, 0)), time.Now()
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if _, err := c.GetProfile(t.Context()); err != nil {
						t.Errorf("got %v, want success", err)
					}
				})
			}
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			_, err := c.GetProfile(ctx)
			e, ok := asError(err)
			if !ok || e.Kind != lock.ErrRateLimited || e.RetryAfter != 4*time.Minute || time.Since(began) != 0 {
				t.Errorf("got %v, want %v with four minutes", err, lock.ErrRateLimited)
			}
			wg.Wait()
		})
	})
	t.Run("there are no more calls in a time than allowed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			vendor := &answers{reply: emptyReply}
			c := vendor.client(WithPace(0, 10, time.Minute))
			for range 25 {
				if _, err := c.GetProfile(t.Context()); err != nil {
					t.Fatalf("got %v, want success", err)
				}
			}
			times := vendor.times("/v2/user/profile")
			for i := 10; i < len(times); i++ {
				if got := times[i].Sub(times[i-10]); got <= time.Minute {
					t.Errorf("11 calls came in %s, want 10 in a minute", got)
				}
			}
		})
	})
	t.Run("a repeated call keeps its distance too", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			vendor := &answers{reply: `{"error":500,"msg":"oops","data":{}}`}
			_, err := vendor.client().GetProfile(t.Context())
			if !errors.Is(err, lock.ErrVendorUnavailable) {
				t.Errorf("got %v, want %v", err, lock.ErrVendorUnavailable)
			}
			times := vendor.times("/v2/user/profile")
			if len(times) != 3 {
				t.Fatalf("got %d attempts, want 3", len(times))
			}
			for i := 1; i < len(times); i++ {
				if gap := times[i].Sub(times[i-1]); gap != defaultGap {
					t.Errorf("attempt %d came after %s, want %s", i+1, gap, defaultGap)
				}
			}
		})
	})
	t.Run("who may not wait is told at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			vendor := &answers{reply: emptyReply}
			c := vendor.client(lock.WithLimits(lock.LimitFail))
			if _, err := c.GetProfile(t.Context()); err != nil {
				t.Errorf("the first: got %v, want success", err)
			}
			_, err := c.GetProfile(t.Context())
			e, ok := asError(err)
			if !ok || e.Kind != lock.ErrRateLimited || e.RetryAfter != defaultGap || e.Endpoint != "GET /v2/user/profile" {
				t.Errorf("just after it: got %v, want %v with a time", err, lock.ErrRateLimited)
			}
			if n := len(vendor.times("/v2/user/profile")); n != 1 {
				t.Errorf("got %d calls, want 1", n)
			}
		})
	})
	t.Run("a deadline that comes first is said at once, an end while waiting too", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			vendor := &answers{reply: emptyReply}
			c := vendor.client(WithPace(time.Minute, 0, 0))
			if _, err := c.GetProfile(t.Context()); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			short, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := c.GetProfile(short); !errors.Is(err, lock.ErrRateLimited) || time.Since(began) != 0 {
				t.Errorf("got %v after %s, want %v at once", err, time.Since(began), lock.ErrRateLimited)
			}
			ending, end := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, end)
			if _, err := c.GetProfile(ending); !errors.Is(err, context.Canceled) || !errors.Is(err, lock.ErrInterrupted) || time.Since(began) != 5*time.Second {
				t.Errorf("got %v after %s, want the context's end after 5 s", err, time.Since(began))
			}
			if _, err := c.GetProfile(t.Context()); err != nil || time.Since(began) != time.Minute {
				t.Errorf("the next: got %v after %s, want success after the minute", err, time.Since(began))
			}
		})
	})
	t.Run("the rule can be left to the vendor", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			vendor := &answers{reply: emptyReply}
			c, began := vendor.client(lock.WithLimits(lock.LimitOff)), time.Now()
			for range 400 {
				if _, err := c.GetProfile(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := time.Since(began); got != 0 {
				t.Errorf("400 calls took %s, want no wait", got)
			}
		})
	})
}

func TestBadClientsSayWhy(t *testing.T) {
	for name, c := range map[string]*Client{
		"without an app":                    New("", ""),
		"without a secret":                  New("app", ""),
		"with plain http":                   New("app", "secret", lock.WithBaseURL("http://example.com"), WithSession(Session{At: lock.NewSecret("at-1")})),
		"with another vendor's option":      New("app", "secret", lock.CustomOption("other.WithX", func(*int) {})),
		"of a region nobody has told about": New("app", "secret", WithRegion("mars"), WithSession(Session{At: lock.NewSecret("at-1")})),
	} {
		t.Run(name, func(t *testing.T) {
			err := c.Check(t.Context())
			if kind := lock.KindOf(err); kind != lock.ErrInvalidArgument && kind != lock.ErrWrongRegion {
				t.Errorf("got %v, want it refused", err)
			}
			if _, err := c.Dispatch(t.Context()); err == nil {
				t.Error("dispatch: got success, want it refused")
			}
		})
	}
	_, err := New("app", "secret", WithRegion("MARS\n<b>"), WithSession(Session{At: lock.NewSecret("at-1")})).ListHomes(t.Context(), ListHomesRequest{})
	if err == nil || strings.Contains(err.Error(), "<b>") {
		t.Errorf("got %v, want a region that cannot be shown left out", err)
	}
}
