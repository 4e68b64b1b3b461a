package dingdingtest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The types of parameters.
var (
	text    = sim.Text("a String")
	whole   = sim.Whole("an Int", nil)
	seconds = sim.Whole("an Int in seconds", func(n int64) bool { return n >= 0 && n < border })
	millis  = sim.Whole("an Int in milliseconds", inMillis)
	day     = sim.Quotable("a time in milliseconds", inMillis)
	float   = sim.JSON("a Float", readFloat)
	truth   = sim.Truth("a Boolean")
	texts   = sim.JSON("an Array of String", readTexts)
	inner   = sim.Object("an Object")
	inners  = sim.Objects("an Array of Object")
)

// border tells seconds from milliseconds, as seconds the year 5138, as milliseconds 1973: a time in
// the other unit is a client's mistake.
const border = 1e11

func inMillis(n int64) bool { return n == 0 || n >= border }

func readFloat(raw json.RawMessage) (any, bool) {
	n, ok := sim.Number(raw)
	if !ok {
		return nil, false
	}
	d, err := decimal.NewFromString(n.String())
	return d, err == nil
}

// readTexts reads a list that holds no null.
func readTexts(raw json.RawMessage) (any, bool) {
	list, ok := sim.Decode[[]*string](raw)
	flat := []string{}
	for _, t := range list {
		if t == nil {
			return nil, false
		}
		flat = append(flat, *t)
	}
	return flat, ok
}

// param is a row of the document's parameter tables.
type param = sim.Param

// need lists parameters the document requires, may those it does not.
func need(k *sim.Kind, names ...string) []param {
	return sim.Rows(param{Kind: k, Required: true}, names...)
}
func may(k *sim.Kind, names ...string) []param { return sim.Rows(param{Kind: k}, names...) }

func with(lists ...[]param) []param { return slices.Concat(lists...) }

// values is what came in, before its types are known: text from a query, JSON from a body.
type values struct {
	query url.Values
	body  sim.Values
}

// received reads the parameters: of a GET from the query, of a POST from the body.
func received(r *http.Request) (values, error) {
	if r.Method == http.MethodGet {
		return values{query: r.URL.Query()}, nil
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != jsonType {
		return values{}, refuse(badParameter, "Content-Type must be %s", jsonType)
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return values{}, refuse(badParameter, "the body cannot be read")
	}
	var body sim.Values
	if json.Unmarshal(data, &body) != nil || body == nil {
		return values{}, refuse(badParameter, "the body is no JSON object")
	}
	return values{body: body}, nil
}

func (v values) place() string {
	if v.query != nil {
		return "query"
	}
	return "body"
}

// take removes a text.
func (v values) take(name string) (string, bool) {
	if v.query != nil {
		got, ok := v.query[name]
		delete(v.query, name)
		return strings.Join(got, ""), ok
	}
	raw, ok := v.body[name]
	delete(v.body, name)
	t, isText := sim.Decode[string](raw)
	return t, ok && isText
}

// check gives the values their types, or refuses them.
func (v values) check(ps []param, others bool) (fields, error) {
	rules := sim.Rules[fields]{
		Others:  others,
		Missing: func(name string) error { return refuse(badParameter, "%s is required", name) },
		Unknown: func(name string) error { return refuse(badParameter, "%s is not a parameter", name) },
		Wrong:   func(name, words string) error { return refuse(badParameter, "%s must be %s", name, words) },
		Twice:   func(name string) error { return refuse(badParameter, "%s is given twice", name) },
	}
	if v.query != nil {
		return rules.Query(ps, v.query)
	}
	return rules.Object(ps, v.body)
}

// fields are checked parameters by name: string, int64, decimal.Decimal, bool, []string, fields
// or []fields.
type fields map[string]any

func (f fields) has(name string) bool {
	_, ok := f[name]
	return ok
}

// What is not given is zero.

func (f fields) text(name string) string           { return sim.ZeroOr[string](f[name]) }
func (f fields) whole(name string) int64           { return sim.ZeroOr[int64](f[name]) }
func (f fields) float(name string) decimal.Decimal { return sim.ZeroOr[decimal.Decimal](f[name]) }
func (f fields) texts(name string) []string        { return sim.ZeroOr[[]string](f[name]) }
func (f fields) inner(name string) fields          { return sim.ZeroOr[fields](f[name]) }
func (f fields) inners(name string) []fields       { return sim.ZeroOr[[]fields](f[name]) }
func (f fields) is(name string, allowed ...int64) bool {
	return slices.Contains(allowed, f.whole(name))
}

// seconds is a time given in seconds; zero if it was not given, or is 0.
func (f fields) seconds(name string) time.Time {
	if n := f.whole(name); n > 0 {
		return time.Unix(n, 0)
	}
	return time.Time{}
}

// millis is a time given in milliseconds; zero if it was not given, or is 0.
func (f fields) millis(name string) time.Time {
	if n := f.whole(name); n > 0 {
		return time.UnixMilli(n)
	}
	return time.Time{}
}

// page cuts a list to offset and count.
func page[T any](list []T, f fields, count int64) ([]T, error) {
	offset := f.whole("offset")
	if f.has("count") {
		count = f.whole("count")
	}
	if offset < 0 || count < 0 {
		return nil, refuse(badParameter, "offset and count must not be negative")
	}
	size := int64(len(list))
	from := min(offset, size)
	return list[from : from+min(count, size-from)], nil
}

// during keeps what happened from the first instant to the last, both included; a zero instant is
// no bound.
func during[T any](list []T, from, until time.Time, at func(T) time.Time) []T {
	return sim.Keep(list, func(v T) bool {
		t := at(v)
		return (from.IsZero() || !t.Before(from)) && (until.IsZero() || !t.After(until))
	})
}

// newest returns a list that is kept oldest first the other way round.
func newest[T any](list []T) []T {
	turned := slices.Clone(list)
	slices.Reverse(turned)
	return turned
}
