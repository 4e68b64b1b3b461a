package dingdingtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// kind is the type of a parameter.
type kind int

const (
	text    kind = iota // String
	whole               // Int
	seconds             // Int, a time in seconds
	millis              // Int, a time in milliseconds
	day                 // a time in milliseconds, Int or String
	float               // Float
	truth               // Boolean
	texts               // Array of String
	inner               // Object
	inners              // Array of Object
)

// param is a row of the document's parameter tables.
type param struct {
	name     string
	kind     kind
	required bool
	inner    []param // of an Object
}

// need lists parameters the document requires, may those it does not.
func need(k kind, names ...string) []param { return rows(k, true, names) }
func may(k kind, names ...string) []param  { return rows(k, false, names) }

func rows(k kind, required bool, names []string) []param {
	var ps []param
	for _, n := range names {
		ps = append(ps, param{name: n, kind: k, required: required})
	}
	return ps
}

func with(lists ...[]param) []param { return slices.Concat(lists...) }

// values is what came in, before its types are known: text from a query, JSON from a body.
type values struct {
	query map[string][]string
	body  map[string]json.RawMessage
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
	var body map[string]json.RawMessage
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
	t, isText := decode[string](raw)
	return t, ok && isText
}

// check gives the values their types, or refuses them.
func (v values) check(ps []param, others bool) (fields, error) {
	f := fields{}
	known := map[string]bool{}
	for _, p := range ps {
		known[p.name] = true
		value, given, err := v.get(p, others)
		switch {
		case err != nil:
			return nil, err
		case given:
			f[p.name] = value
		}
		if p.required && (!given || value == "") {
			return nil, refuse(badParameter, "%s is required", p.name)
		}
	}
	if others {
		return f, nil
	}
	names := slices.Collect(maps.Keys(v.body))
	names = slices.AppendSeq(names, maps.Keys(v.query))
	for _, name := range slices.Sorted(slices.Values(names)) {
		if !known[name] {
			return nil, refuse(badParameter, "%s is not a parameter", name)
		}
	}
	return f, nil
}

func (v values) get(p param, others bool) (value any, given bool, err error) {
	if v.query != nil {
		got, ok := v.query[p.name]
		if !ok {
			return nil, false, nil
		}
		if len(got) > 1 {
			return nil, false, refuse(badParameter, "%s is given twice", p.name)
		}
		value, ok = p.fromText(got[0])
		if !ok {
			return nil, false, p.refuse()
		}
		return value, true, nil
	}
	raw, ok := v.body[p.name]
	if !ok {
		return nil, false, nil
	}
	value, err = p.fromJSON(raw, others)
	return value, err == nil, err
}

func (p param) refuse() error {
	return refuse(badParameter, "%s must be %s", p.name, [...]string{
		text: "a String", whole: "an Int", seconds: "an Int in seconds", millis: "an Int in milliseconds",
		day: "a time in milliseconds", float: "a Float", truth: "a Boolean", texts: "an Array of String",
		inner: "an Object", inners: "an Array of Object",
	}[p.kind])
}

func (p param) fromText(t string) (any, bool) {
	switch p.kind {
	case text:
		return t, true
	case whole, seconds, millis:
		n, err := strconv.ParseInt(t, 10, 64)
		return n, err == nil && p.kind.inUnit(n)
	case day:
		n, err := strconv.ParseInt(t, 10, 64)
		return n, err == nil && millis.inUnit(n)
	default:
		panic(fmt.Sprintf("dingdingtest: no %v in a query", p)) // the document has none
	}
}

// inUnit tells seconds from milliseconds: a time in the other unit is a client's mistake.
func (k kind) inUnit(n int64) bool {
	const border = 1e11 // as seconds the year 5138, as milliseconds 1973
	switch k {
	case seconds:
		return n >= 0 && n < border
	case millis:
		return n == 0 || n >= border
	default:
		return true
	}
}

func (p param) fromJSON(raw json.RawMessage, others bool) (any, error) {
	var (
		value any
		ok    bool
	)
	switch p.kind {
	case text:
		value, ok = decode[string](raw)
	case truth:
		value, ok = decode[bool](raw)
	case texts:
		var list []*string
		list, ok = decode[[]*string](raw)
		value, ok = present(list, ok)
	case whole, seconds, millis:
		if number, isNumber := decode[json.Number](raw); isNumber && raw[0] != '"' {
			value, ok = p.fromText(number.String())
		}
	case day:
		if t, isText := decode[string](raw); isText {
			value, ok = p.fromText(t)
		} else if n, isNumber := decode[json.Number](raw); isNumber {
			value, ok = p.fromText(n.String())
		}
	case float:
		if number, isNumber := decode[json.Number](raw); isNumber && raw[0] != '"' {
			d, err := decimal.NewFromString(number.String())
			value, ok = d, err == nil
		}
	case inner:
		if body, isObject := decode[map[string]json.RawMessage](raw); isObject {
			return values{body: body}.check(p.inner, others)
		}
	case inners:
		bodies, isArray := decode[[]map[string]json.RawMessage](raw)
		if !isArray {
			break
		}
		list := []fields{}
		for _, body := range bodies {
			f, err := values{body: body}.check(p.inner, others)
			if err != nil {
				return nil, err
			}
			list = append(list, f)
		}
		return list, nil
	}
	if !ok {
		return nil, p.refuse()
	}
	return value, nil
}

// decode decodes a value that is not null.
func decode[T any](raw json.RawMessage) (T, bool) {
	var v T
	if bytes.Equal(raw, []byte("null")) {
		return v, false
	}
	return v, json.Unmarshal(raw, &v) == nil
}

// present takes the pointers off a list that must hold no null.
func present(list []*string, ok bool) ([]string, bool) {
	flat := []string{}
	for _, t := range list {
		if t == nil {
			return nil, false
		}
		flat = append(flat, *t)
	}
	return flat, ok
}

// fields are checked parameters by name: string, int64, decimal.Decimal, bool, []string, fields
// or []fields.
type fields map[string]any

func (f fields) has(name string) bool {
	_, ok := f[name]
	return ok
}

// What is not given is zero.

func (f fields) text(name string) string           { return zeroOr[string](f[name]) }
func (f fields) whole(name string) int64           { return zeroOr[int64](f[name]) }
func (f fields) float(name string) decimal.Decimal { return zeroOr[decimal.Decimal](f[name]) }
func (f fields) texts(name string) []string        { return zeroOr[[]string](f[name]) }
func (f fields) inner(name string) fields          { return zeroOr[fields](f[name]) }
func (f fields) inners(name string) []fields       { return zeroOr[[]fields](f[name]) }
func (f fields) is(name string, allowed ...int64) bool {
	return slices.Contains(allowed, f.whole(name))
}

func zeroOr[T any](v any) T {
	t, _ := v.(T)
	return t
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
	return keep(list, func(v T) bool {
		t := at(v)
		return (from.IsZero() || !t.Before(from)) && (until.IsZero() || !t.After(until))
	})
}

// keep returns what is wanted of a list. It is never nil: an empty list is [] on the wire.
func keep[T any](list []T, wanted func(T) bool) []T {
	kept := []T{}
	for _, v := range list {
		if wanted(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// newest returns a list that is kept oldest first the other way round.
func newest[T any](list []T) []T {
	turned := slices.Clone(list)
	slices.Reverse(turned)
	return turned
}

// each makes the wire form of every element; an empty list stays [].
func each[T any](list []T, wire func(T) object) []object {
	objects := []object{}
	for _, v := range list {
		objects = append(objects, wire(v))
	}
	return objects
}
