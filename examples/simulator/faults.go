package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
)

// faultCall is the body of POST /_sim/fault.
type faultCall struct {
	Endpoint string `json:"endpoint"` // the end of a path, "/add_password"; * is any one element, or all requests
	Fault    string `json:"fault"`    // one of faults, refuse, or none
	Times    int    `json:"times"`    // how many requests; 0 = one, negative = all
	Executed bool   `json:"executed"` // carry the request out and spoil only its reply

	// What some faults need.
	Seconds     float64 `json:"seconds"`
	Status      int     `json:"status"`
	URL         string  `json:"url"`
	Bytes       int64   `json:"bytes"`
	ContentType string  `json:"content_type"`
	Body        string  `json:"body"`
	Code        int     `json:"code"`
	Message     string  `json:"message"`
}

// faults are those that every simulator has. They are one type for all vendors, so any simulator's
// package can make them.
var faults = map[string]func(faultCall) dingdingtest.Fault{
	"status":             func(c faultCall) dingdingtest.Fault { return dingdingtest.Status(statusOr(c.Status, 500)) },
	"reply":              reply,
	"redirect":           func(c faultCall) dingdingtest.Fault { return dingdingtest.Redirect(statusOr(c.Status, 302), c.URL) },
	"bad_gateway":        func(faultCall) dingdingtest.Fault { return dingdingtest.BadGateway() },
	"unavailable":        func(c faultCall) dingdingtest.Fault { return dingdingtest.Unavailable(seconds(c.Seconds)) },
	"too_many_requests":  func(c faultCall) dingdingtest.Fault { return dingdingtest.TooManyRequests(seconds(c.Seconds)) },
	"garbage":            func(faultCall) dingdingtest.Fault { return dingdingtest.Garbage() },
	"empty":              func(faultCall) dingdingtest.Fault { return dingdingtest.Empty() },
	"wrong_content_type": func(faultCall) dingdingtest.Fault { return dingdingtest.WrongContentType() },
	"truncated":          func(faultCall) dingdingtest.Fault { return dingdingtest.Truncated() },
	"drop_before":        func(faultCall) dingdingtest.Fault { return dingdingtest.DropBefore() },
	"drop_after":         func(faultCall) dingdingtest.Fault { return dingdingtest.DropAfter() },
	"silence":            func(faultCall) dingdingtest.Fault { return dingdingtest.Silence() },
	"slow":               func(faultCall) dingdingtest.Fault { return dingdingtest.Slow() },
	"latency":            func(c faultCall) dingdingtest.Fault { return dingdingtest.Latency(seconds(c.Seconds)) },
	"gzip_bomb":          func(c faultCall) dingdingtest.Fault { return dingdingtest.GzipBomb(max(c.Bytes, 1<<20)) },
}

func reply(c faultCall) dingdingtest.Fault {
	return dingdingtest.Reply(statusOr(c.Status, http.StatusOK), c.ContentType, c.Body)
}

func statusOr(status, otherwise int) int {
	if status < 100 || status > 999 { // net/http takes no other
		return otherwise
	}
	return status
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (c *control) fault(in faultCall) (any, error) {
	if in.Fault == "none" {
		c.sim.Heal()
		return done, nil
	}
	if in.Endpoint == "" {
		return nil, badCall("name the endpoint: the end of a path, or * for all requests")
	}
	var f dingdingtest.Fault
	switch build := faults[in.Fault]; {
	case build != nil:
		f = build(in)
	case in.Fault == "refuse" && c.refuse != nil:
		f = c.refuse(in.Code, in.Message)
	default:
		return nil, badCall(fmt.Sprintf("no fault is called %q; there are none, refuse, %s", in.Fault,
			strings.Join(slices.Sorted(maps.Keys(faults)), ", ")))
	}
	if in.Executed {
		f = f.Executed()
	}
	switch {
	case in.Times > 0:
		f = f.Times(in.Times)
	case in.Times < 0:
		f = f.Always()
	}
	c.sim.Fail(in.Endpoint, f)
	return done, nil
}
