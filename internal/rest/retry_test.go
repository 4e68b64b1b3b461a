package rest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestReadIsRepeatedAfter(t *testing.T) {
	slow := &net.OpError{Op: "read", Err: timeout{}}
	for _, tc := range []struct {
		name   string
		say    func(req *http.Request) (*http.Response, error)
		kind   lock.Kind
		repeat bool
	}{
		{"a network failure", func(*http.Request) (*http.Response, error) { return nil, errBroken }, lock.ErrVendorUnavailable, true},
		{"a time-out", func(*http.Request) (*http.Response, error) { return nil, slow }, lock.ErrVendorUnavailable, true},
		{"500", always(500, ""), lock.ErrVendorUnavailable, true},
		{"502 in HTML", always(502, "<html>"), lock.ErrVendorUnavailable, true},
		{"503", always(503, ""), lock.ErrVendorUnavailable, true},
		{"408", always(408, ""), lock.ErrVendorUnavailable, true},
		{"429", always(429, ""), lock.ErrRateLimited, true},
		{"a limit in the vendor's words", always(200, `{"ErrNo":108}`), lock.ErrRateLimited, true},
		{"a busy device", always(200, `{"ErrNo":104}`), lock.ErrDeviceBusy, true},
		{"an outage in the vendor's words", always(200, `{"ErrNo":109}`), lock.ErrVendorUnavailable, true},
		{"an outage in which the vendor did nothing", always(200, `{"ErrNo":110}`), lock.ErrVendorUnavailable, true},
		{"an exhausted quota", always(200, `{"ErrNo":105}`), lock.ErrQuotaExceeded, false},
		{"a device offline", always(200, `{"ErrNo":106}`), lock.ErrDeviceOffline, false},
		{"a gateway offline", always(200, `{"ErrNo":107}`), lock.ErrGatewayOffline, false},
		{"not found", always(404, `{"ErrNo":103}`), lock.ErrNotFound, false},
		{"a denial", always(403, `{"ErrNo":111}`), lock.ErrPermissionDenied, false},
		{"an unknown code", always(200, `{"ErrNo":4711}`), lock.ErrProtocol, false},
		{"garbage", always(200, "<html>"), lock.ErrProtocol, false},
		{"404 without a code", always(404, ""), lock.ErrProtocol, false},
	} {
		t.Run(fmt.Sprintf("%s: %t", tc.name, tc.repeat), func(t *testing.T) {
			want := 1
			if tc.repeat {
				want = 4
			}
			clock := newInstant()
			var seen tries
			policy := lock.RetryPolicy{Attempts: 4, Base: time.Second, Max: 10 * time.Second}
			_, err := Do[nothing](t.Context(), over(roundTrip(tc.say), seen.option(), lock.WithClock(clock), lock.WithRetry(policy)), readRequest())
			e := failed(t, err)
			require.Equal(t, tc.kind, e.Kind)
			require.Equal(t, want, e.Attempts)
			require.Equal(t, want, seen.count())
			require.Len(t, clock.slept, want-1)
			for i, a := range seen.all {
				require.Equal(t, i+1, a.Number)
				require.Equal(t, tc.kind, a.Kind)
			}
			var once tries
			policy.Attempts = 1
			_, err = Do[nothing](t.Context(), over(roundTrip(tc.say), once.option(), lock.WithRetry(policy)), readRequest())
			require.Equal(t, tc.kind, failed(t, err).Kind)
			require.Equal(t, 1, once.count(), "Attempts: 1 means never")
		})
	}
}

// timeout is a network's time-out.
type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

func TestReadSucceedsAtTheThirdAttempt(t *testing.T) {
	rt := script(func(n int, req *http.Request) (*http.Response, error) {
		if n < 3 {
			return answer(req, 503, ""), nil
		}
		return answer(req, 200, okReply), nil
	})
	c := over(rt)
	_, err := Do[nothing](t.Context(), c, readRequest())
	require.NoError(t, err)
	require.EqualValues(t, quotaSize-2*quotaRetry+quotaSuccess, c.quota.left.Load())
}

func TestPauseIsJitteredUpToABound(t *testing.T) {
	p := lock.RetryPolicy{Base: 200 * time.Millisecond, Max: time.Second}
	for n, bound := range []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, time.Second, time.Second, time.Second} {
		var all []time.Duration
		for range 1000 {
			d, ok := pause(p, n, 0)
			require.True(t, ok)
			all = append(all, d)
		}
		slices.Sort(all)
		require.GreaterOrEqual(t, all[0], time.Duration(0))
		require.LessOrEqual(t, all[999], bound)
		require.Less(t, all[100], bound/4, "the tenth part lies in the first quarter")
		require.Greater(t, all[900], bound*3/4)
		all = slices.Compact(all)
		require.Greater(t, len(all), 990, "hardly two alike")
	}
}

func TestPauseEdges(t *testing.T) {
	for _, tc := range []struct {
		name     string
		p        lock.RetryPolicy
		asked    time.Duration
		from, to time.Duration
		ok       bool
	}{
		{"what the vendor asks for is the least", lock.RetryPolicy{Base: time.Second, Max: 20 * time.Second}, 5 * time.Second, 5 * time.Second, 6 * time.Second, true},
		{"as long as allowed", lock.RetryPolicy{Base: time.Second, Max: 20 * time.Second}, 20 * time.Second, 20 * time.Second, 20 * time.Second, true},
		{"longer than allowed", lock.RetryPolicy{Base: time.Second, Max: 20 * time.Second}, 20*time.Second + 1, 0, 0, false},
		{"no pauses", lock.RetryPolicy{}, 0, 0, 0, true},
		{"no pauses, and one is asked for", lock.RetryPolicy{}, 1, 0, 0, false},
		{"base above the bound", lock.RetryPolicy{Base: time.Hour, Max: time.Second}, 0, 0, time.Second, true},
		{"as long as there are numbers", lock.RetryPolicy{Base: 1 << 62, Max: 1<<63 - 1}, 0, 0, 1<<63 - 1, true},
	} {
		for n := range 70 {
			if n > 0 && tc.asked > 0 {
				continue
			}
			d, ok := pause(tc.p, n, tc.asked)
			require.Equal(t, tc.ok, ok, tc.name)
			require.GreaterOrEqual(t, d, tc.from, tc.name)
			require.LessOrEqual(t, d, tc.to, tc.name)
		}
	}
}

func TestRetryAfterIsRead(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	in := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, tc := range []struct {
		text, date string
		want       time.Duration
	}{
		{"", "", 0}, {"0", "", 0}, {"7", "", 7 * time.Second}, {"120", "", 2 * time.Minute},
		{"-7", "", 0}, {"7.5", "", 0}, {"soon", "", 0}, {"99999999999999999999", "", 0}, {"9999999999", "", 0},
		{in(90 * time.Second), "", 90 * time.Second}, {in(-time.Hour), "", 0},
		{in(90 * time.Second), in(60 * time.Second), 30 * time.Second}, // by the vendor's own clock
		{in(90 * time.Second), "today", 90 * time.Second},
	} {
		h := http.Header{}
		h.Set("Retry-After", tc.text)
		h.Set("Date", tc.date)
		require.Equal(t, tc.want, retryAfter(h, now), "%q %q", tc.text, tc.date)
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	for _, tc := range []struct {
		name   string
		rt     roundTrip
		want   time.Duration
		repeat bool
	}{
		{"in a header", always(503, "", "Retry-After", "5"), 5 * time.Second, true},
		{"in the vendor's words", always(200, `{"ErrNo":108}`), 7 * time.Second, true},
		{"in both, the longer", always(200, `{"ErrNo":108}`, "Retry-After", "9"), 9 * time.Second, true},
		{"in both, the longer, again", always(200, `{"ErrNo":108}`, "Retry-After", "3"), 7 * time.Second, true},
		{"longer than we wait", always(429, "", "Retry-After", "21"), 21 * time.Second, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clock := newInstant()
			_, err := Do[nothing](t.Context(), over(tc.rt, lock.WithClock(clock)), readRequest())
			require.Equal(t, tc.want, failed(t, err).RetryAfter)
			require.Equal(t, tc.repeat, len(clock.slept) == 2)
			for _, d := range clock.slept {
				require.GreaterOrEqual(t, d, tc.want)
				require.LessOrEqual(t, d, 20*time.Second)
			}
		})
	}
}

func TestRetryAfterOfAMutatingCallIsPassedOn(t *testing.T) {
	_, err := Do[nothing](t.Context(), over(always(503, "", "Retry-After", "5")), changeRequest())
	e := failed(t, err)
	require.Equal(t, lock.ErrOutcomeUnknown, e.Kind)
	require.Equal(t, 5*time.Second, e.RetryAfter)
}

// A pause that would outlast the caller's deadline is not begun.
func TestNoPausePastTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		c := over(always(503, "", "Retry-After", "5"), lock.WithClock(lock.SystemClock))
		_, err := Do[nothing](ctx, c, readRequest())
		e := failed(t, err)
		require.Equal(t, lock.ErrVendorUnavailable, e.Kind)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 5*time.Second, e.RetryAfter)
		require.Equal(t, 1, e.Attempts)
		require.Zero(t, time.Since(start))
	})
}

// In an outage the retry quota runs dry and is filled again by successes.
func TestRetryQuota(t *testing.T) {
	for _, tc := range []struct {
		name    string
		fail    error
		retries int
	}{
		{"failures", errBroken, quotaSize / quotaRetry},
		{"time-outs", timeout{}, quotaSize / quotaTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			const calls = 10_000
			down := true
			rt := roundTrip(func(req *http.Request) (*http.Response, error) {
				if down {
					return nil, tc.fail
				}
				return answer(req, 200, okReply), nil
			})
			var logged bytes.Buffer
			var seen tries
			c := over(rt, seen.option(), lock.WithLogger(slog.New(slog.NewTextHandler(&logged, nil))))
			for range calls {
				_, err := Do[nothing](t.Context(), c, readRequest())
				require.ErrorIs(t, err, lock.ErrVendorUnavailable)
			}
			require.Equal(t, calls+tc.retries, seen.count())
			require.Contains(t, logged.String(), "giving up")
			require.Contains(t, logged.String(), "not repeated: too many calls have failed")
			down = false
			for range 2 * quotaSize {
				_, err := Do[nothing](t.Context(), c, readRequest())
				require.NoError(t, err)
			}
			require.EqualValues(t, quotaSize, c.quota.left.Load(), "full, and not more")
		})
	}
}

func TestUnsentMutatingCallsUseTheQuotaToo(t *testing.T) {
	rt := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errBroken }}
	var seen tries
	c := over(rt, seen.option())
	for range 200 {
		_, err := Do[nothing](t.Context(), c, changeRequest())
		require.ErrorIs(t, err, lock.ErrVendorUnavailable)
	}
	require.Equal(t, 200+quotaSize/quotaRetry, seen.count())
}
