package ewelinktest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The types of parameters.
var (
	text   = sim.Text("String")
	whole  = sim.Whole("Int", nil)
	millis = sim.Whole("Long in milliseconds", func(n int64) bool { return n >= 1e11 })
	truth  = sim.Truth("Boolean")
	texts  = sim.Texts("Array of String")
	inner  = sim.Object("Object")
	inners = sim.Objects("Array of Object")
	open   = sim.JSON("Object", func(raw json.RawMessage) (any, bool) { return decode[object](raw) }) // whose members the device or the app defines
)

// param is a row of a parameter table.
type param = sim.Param

// need lists parameters that may not be empty, may those that may.
func need(k *sim.Kind, names ...string) []param {
	return sim.Rows(param{Kind: k, Required: true}, names...)
}
func may(k *sim.Kind, names ...string) []param { return sim.Rows(param{Kind: k}, names...) }

func with(lists ...[]param) []param { return slices.Concat(lists...) }

// nested is one required parameter with parameters inside, option one that may be left out.
func nested(k *sim.Kind, name string, inner []param) []param {
	return []param{{Name: name, Kind: k, Required: true, Inner: inner}}
}

func option(k *sim.Kind, name string, inner []param) []param {
	return []param{{Name: name, Kind: k, Inner: inner}}
}

// queryValues makes values of a query, whose numbers are text.
func queryValues(q url.Values, ps []param) sim.Values {
	v := sim.Values{}
	for name := range q {
		s := q.Get(name)
		raw, _ := json.Marshal(s) // a string always marshals
		for _, p := range ps {
			if p.Name == name && (p.Kind == whole || p.Kind == millis || p.Kind == truth) && json.Valid([]byte(s)) {
				raw = []byte(s)
			}
		}
		v[name] = raw
	}
	return v
}

// check gives values their types, or refuses them. lang is taken everywhere, because the vendor's
// clients send it everywhere.
func check(in sim.Values, ps []param, others bool) (fields, error) {
	return sim.Rules[fields]{
		NullIsAbsent: true,
		Known:        []string{"lang"},
		Others:       others,
		Missing:      func(name string) error { return badParameter("%s is required", name) },
		Unknown:      func(name string) error { return badParameter("%s is not a parameter", name) },
		Wrong:        func(name, words string) error { return badParameter("%s must be %s", name, words) },
	}.Object(ps, in)
}

// decode decodes a value that is not null. Numbers in an any keep their digits.
func decode[T any](raw json.RawMessage) (T, bool) {
	var v T
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return v, false
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

// fields are checked parameters by name.
type fields map[string]any

func (f fields) has(name string) bool {
	_, ok := f[name]
	return ok
}

// What is not given is zero.

func (f fields) text(name string) string     { return sim.ZeroOr[string](f[name]) }
func (f fields) whole(name string) int       { return int(sim.ZeroOr[int64](f[name])) }
func (f fields) truth(name string) bool      { return sim.ZeroOr[bool](f[name]) }
func (f fields) texts(name string) []string  { return sim.ZeroOr[[]string](f[name]) }
func (f fields) inner(name string) fields    { return sim.ZeroOr[fields](f[name]) }
func (f fields) inners(name string) []fields { return sim.ZeroOr[[]fields](f[name]) }
func (f fields) open(name string) object     { return sim.ZeroOr[object](f[name]) }
func (f fields) lower(name string) string    { return strings.ToLower(f.text(name)) }

// wholeOr is an Int, or something else where it is not given.
func (f fields) wholeOr(name string, other int) int {
	if !f.has(name) {
		return other
	}
	return f.whole(name)
}

// until is the time of from, the present where it is not given.
func (f fields) until(now time.Time) time.Time {
	if !f.has("from") {
		return now
	}
	return time.UnixMilli(sim.ZeroOr[int64](f["from"]))
}

// latest cuts the newest num of a list in the order of time.
func latest[T any](s *Server, list []T, f fields, at func(T) time.Time) ([]T, error) {
	num := f.wholeOr("num", 30)
	if num < 1 || num > 30 {
		return nil, badParameter("num is 1 to 30")
	}
	until := f.until(s.now()).UnixMilli()
	if s.opts.exclusive && f.has("from") {
		until--
	}
	found := sim.Keep(list, func(v T) bool { return at(v).UnixMilli() <= until })
	slices.SortStableFunc(found, func(a, b T) int { return at(a).Compare(at(b)) })
	slices.Reverse(found)
	return found[:min(num, len(found))], nil
}
