package rest

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// The retry quota of a client. In a long outage it runs dry, and calls fail after one attempt
// instead of tripling the load; every success gives a little back.
const (
	quotaSize    = 500
	quotaRetry   = 5
	quotaTimeout = 10 // a call that timed out has held the vendor up for longer
	quotaSuccess = 1
)

type quota struct{ left atomic.Int64 }

// take pays for a repetition and reports whether there was enough.
func (q *quota) take(cost int64) bool {
	for {
		left := q.left.Load()
		if left < cost {
			return false
		}
		if q.left.CompareAndSwap(left, left-cost) {
			return true
		}
	}
}

// give is called after a success.
func (q *quota) give() {
	for {
		left := q.left.Load()
		if left >= quotaSize || q.left.CompareAndSwap(left, left+quotaSuccess) {
			return
		}
	}
}

// pause chooses how long to wait before repetition n (0 is the first): full jitter up to a bound
// that doubles, on top of what the vendor asks for, never more than p.Max. It reports false when the
// vendor asks for more than that.
func pause(p lock.RetryPolicy, n int, asked time.Duration) (time.Duration, bool) {
	if asked > p.Max {
		return 0, false
	}
	bound := p.Base
	for range n {
		if bound >= p.Max/2 {
			bound = p.Max
			break
		}
		bound *= 2
	}
	bound = min(bound, p.Max-asked)
	if bound > 0 {
		asked += rand.N(bound)
	}
	return asked, true
}

// retryAfter reads the header of that name: seconds, or a date by the vendor's own clock. Zero
// means that it says nothing.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now))
}
