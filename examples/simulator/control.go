package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/smartlock-sdk/smartlock/lock"
)

// prefix is where the control calls stand, beside the vendor's paths.
const prefix = "/_sim/"

// maxCall is the largest body of a control call.
const maxCall = 1 << 20

// longest is how far one call may move the clock.
const longest = 10 * 365 * 24 * time.Hour

// control answers the control calls of one vendor.
type control struct {
	*running
	since time.Time // what came before is how the simulator was furnished
}

func newControl(r *running) *control { return &control{running: r, since: r.sim.Clock().Now()} }

// failure is an answer that is no success.
type failure struct {
	status int
	why    string
}

func (f *failure) Error() string { return f.why }

func badCall(why string) error { return &failure{http.StatusBadRequest, why} }

// ok is the answer of a call that has nothing else to say.
type ok struct {
	OK bool `json:"ok"`
}

var done = ok{OK: true}

// ServeHTTP answers in JSON whatever happens.
func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := c.answer(r)
	status := http.StatusOK
	if err != nil {
		status = http.StatusInternalServerError
		if f := (*failure)(nil); errors.As(err, &f) {
			status = f.status
		}
		answer = map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(answer) // a caller that is gone does not matter
}

func (c *control) answer(r *http.Request) (answer any, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case string: // how a simulator says that there is no such device
			answer, err = nil, &failure{http.StatusNotFound, p}
		default:
			panic(p)
		}
	}()
	name := strings.TrimPrefix(r.URL.Path, prefix)
	call, known := c.calls()[name]
	if !known {
		return nil, &failure{http.StatusNotFound, fmt.Sprintf("no control call is called %q; there are %s",
			name, strings.Join(slices.Sorted(maps.Keys(c.calls())), ", "))}
	}
	if call.method != r.Method {
		return nil, &failure{http.StatusMethodNotAllowed, fmt.Sprintf("%s%s wants %s", prefix, name, call.method)}
	}
	return call.do(r)
}

type call struct {
	method string
	do     func(*http.Request) (any, error)
}

// calls are what this vendor's port answers. "" is the list of what there is.
func (c *control) calls() map[string]call {
	calls := map[string]call{
		"":         {http.MethodGet, func(*http.Request) (any, error) { return c.about, nil }},
		"requests": {http.MethodGet, func(*http.Request) (any, error) { return c.log(), nil }},
		"advance":  post(c.advance),
		"settle":   post(func(struct{}) (any, error) { c.sim.Settle(); return done, nil }),
		"expire":   post(c.expireTokens),
		"callback": post(c.setCallback),
		"enter":    post(c.enterCode),
		"event":    post(c.event),
		"fault":    post(c.fault),
	}
	for name, do := range c.more {
		calls[name] = post(func(struct{}) (any, error) { return do() })
	}
	return calls
}

// post is a call with a JSON object for a body; no body is the empty object. A field that the call
// does not know is refused, because it is a mistake of the caller.
func post[T any](do func(T) (any, error)) call {
	return call{http.MethodPost, func(r *http.Request) (any, error) {
		body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxCall))
		if err != nil {
			return nil, badCall(err.Error())
		}
		var in T
		if len(bytes.TrimSpace(body)) > 0 {
			d := json.NewDecoder(bytes.NewReader(body))
			d.DisallowUnknownFields()
			if err := d.Decode(&in); err != nil {
				return nil, badCall("the body is not what this call takes: " + err.Error())
			}
		}
		return do(in)
	}}
}

// cannot says that the vendor has nothing like a call.
func (c *control) cannot(name string) error {
	return &failure{http.StatusNotImplemented, c.lacks[name]}
}

func (c *control) advance(in struct {
	Seconds float64 `json:"seconds"`
}) (any, error) {
	if in.Seconds < 0 || in.Seconds > longest.Seconds() {
		return nil, badCall("seconds must not be negative, nor more than ten years")
	}
	c.sim.Advance(seconds(in.Seconds))
	return struct {
		Now time.Time `json:"now"`
	}{c.sim.Clock().Now()}, nil
}

func (c *control) expireTokens(struct{}) (any, error) {
	if c.expire == nil {
		return nil, c.cannot("expire")
	}
	c.expire()
	return done, nil
}

func (c *control) setCallback(in struct {
	URL      string `json:"url"`      // of events, "" = nowhere
	Services string `json:"services"` // of results; "" = the same
}) (any, error) {
	if c.callback == nil {
		return nil, c.cannot("callback")
	}
	for _, text := range []string{in.URL, in.Services} {
		if u, err := url.Parse(text); text != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			return nil, badCall("a callback goes to an http or https URL")
		}
	}
	if in.Services == "" {
		in.Services = in.URL
	}
	c.callback(in.URL, in.Services)
	return done, nil
}

func (c *control) enterCode(in struct {
	Device lock.DeviceID `json:"device"`
	Code   string        `json:"code"`
}) (any, error) {
	if c.enter == nil {
		return nil, c.cannot("enter")
	}
	if in.Device == "" || in.Code == "" {
		return nil, badCall("name the device and the code")
	}
	return struct {
		Opened bool `json:"opened"`
	}{c.enter(in.Device, in.Code)}, nil
}

func (c *control) event(in struct {
	Device lock.DeviceID `json:"device"`
	Event  string        `json:"event"`
	reported
}) (any, error) {
	if in.Device == "" || in.Event == "" {
		return nil, badCall("name the device and the event")
	}
	if do := c.events[in.Event]; do != nil {
		return done, do(in.Device, in.reported)
	}
	if c.report == nil {
		return nil, &failure{http.StatusNotImplemented, fmt.Sprintf("%s; there are %s", c.lacks["event"],
			strings.Join(slices.Sorted(maps.Keys(c.events)), ", "))}
	}
	return done, c.report(in.Device, in.Event, in.reported)
}

// request is what a client has sent. Body and headers are as they came: they hold tokens and codes.
type request struct {
	Time   time.Time   `json:"time"` // on the vendor's clock
	Method string      `json:"method"`
	Path   string      `json:"path"`
	Query  url.Values  `json:"query"`
	Header http.Header `json:"header"`
	Body   text        `json:"body"`
}

// text is bytes that are shown as text.
type text []byte

// MarshalJSON writes a JSON string; what is no UTF-8 is replaced.
func (t text) MarshalJSON() ([]byte, error) {
	return json.Marshal(strings.ToValidUTF8(string(t), string(utf8.RuneError)))
}

func (c *control) log() []request {
	all := []request{}
	for _, r := range c.requests() {
		if !r.Time.Before(c.since) {
			all = append(all, r)
		}
	}
	return all
}

// logged turns a simulator's log into ours. Its type has no name outside of the library, so it is
// read by the names of its fields.
func logged[R any](list func(endpoints ...string) []R) func() []request {
	return func() []request {
		all := []request{}
		b, err := json.Marshal(list())
		if err == nil {
			err = json.Unmarshal(b, &all)
		}
		if err != nil {
			panic(err) // plain fields always pass
		}
		return all
	}
}
