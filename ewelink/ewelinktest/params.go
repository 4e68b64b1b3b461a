package ewelinktest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind is the type of a parameter.
type kind int

const (
	text   kind = iota // String
	whole              // Int
	millis             // Long, a time in milliseconds
	truth              // Boolean
	texts              // Array of String
	inner              // Object
	inners             // Array of Object
	open               // Object whose members the device or the app defines
)

// param is a row of a parameter table.
type param struct {
	name     string
	kind     kind
	required bool
	inner    []param // of an Object
}

// need lists parameters that may not be empty, may those that may.
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

// nested is one required parameter with parameters inside, option one that may be left out.
func nested(k kind, name string, inner []param) []param {
	return []param{{name: name, kind: k, required: true, inner: inner}}
}

func option(k kind, name string, inner []param) []param {
	return []param{{name: name, kind: k, inner: inner}}
}

// values is what came in, before its types are known.
type values map[string]json.RawMessage

// queryValues makes values of a query, whose numbers are text.
func queryValues(q url.Values, ps []param) values {
	v := values{}
	for name := range q {
		s := q.Get(name)
		raw, _ := json.Marshal(s) // a string always marshals
		for _, p := range ps {
			if p.name == name && (p.kind == whole || p.kind == millis || p.kind == truth) && json.Valid([]byte(s)) {
				raw = []byte(s)
			}
		}
		v[name] = raw
	}
	return v
}

// check gives the values their types, or refuses them. lang is taken everywhere, because the vendor's
// clients send it everywhere.
func (v values) check(ps []param, others bool) (fields, error) {
	f := fields{}
	known := map[string]bool{"lang": true}
	for _, p := range ps {
		known[p.name] = true
		raw, given := v[p.name]
		if given && bytes.Equal(raw, []byte("null")) {
			given = false
		}
		if given {
			value, err := p.read(raw, others)
			if err != nil {
				return nil, err
			}
			f[p.name] = value
		}
		if p.required && (!given || f[p.name] == "") {
			return nil, badParameter("%s is required", p.name)
		}
	}
	if others {
		return f, nil
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if !known[name] {
			return nil, badParameter("%s is not a parameter", name)
		}
	}
	return f, nil
}

func (p param) read(raw json.RawMessage, others bool) (any, error) {
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
		value, ok = decode[[]string](raw)
	case whole, millis:
		if n, isNumber := decode[json.Number](raw); isNumber && raw[0] != '"' {
			i, err := strconv.ParseInt(n.String(), 10, 64)
			value, ok = i, err == nil && (p.kind != millis || i >= 1e11)
		}
	case open:
		value, ok = decode[object](raw)
	case inner:
		if body, isObject := decode[values](raw); isObject {
			return body.check(p.inner, others)
		}
	case inners:
		bodies, isArray := decode[[]values](raw)
		if !isArray {
			break
		}
		list := []fields{}
		for _, body := range bodies {
			f, err := body.check(p.inner, others)
			if err != nil {
				return nil, err
			}
			list = append(list, f)
		}
		return list, nil
	}
	if !ok {
		return nil, badParameter("%s must be %s", p.name, [...]string{
			text: "String", whole: "Int", millis: "Long in milliseconds", truth: "Boolean", texts: "Array of String",
			inner: "Object", inners: "Array of Object", open: "Object",
		}[p.kind])
	}
	return value, nil
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

func (f fields) text(name string) string     { return zeroOr[string](f[name]) }
func (f fields) whole(name string) int       { return int(zeroOr[int64](f[name])) }
func (f fields) truth(name string) bool      { return zeroOr[bool](f[name]) }
func (f fields) texts(name string) []string  { return zeroOr[[]string](f[name]) }
func (f fields) inner(name string) fields    { return zeroOr[fields](f[name]) }
func (f fields) inners(name string) []fields { return zeroOr[[]fields](f[name]) }
func (f fields) open(name string) object     { return zeroOr[object](f[name]) }
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
	return time.UnixMilli(zeroOr[int64](f["from"]))
}

func zeroOr[T any](v any) T {
	t, _ := v.(T)
	return t
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
	found := keep(list, func(v T) bool { return at(v).UnixMilli() <= until })
	slices.SortStableFunc(found, func(a, b T) int { return at(a).Compare(at(b)) })
	slices.Reverse(found)
	return found[:min(num, len(found))], nil
}

// keep returns what is wanted of a list.
func keep[T any](list []T, wanted func(T) bool) []T {
	kept := []T{}
	for _, v := range list {
		if wanted(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// each makes the wire form of every element; an empty list stays [].
func each[T any](list []T, wire func(T) object) []object {
	objects := []object{}
	for _, v := range list {
		objects = append(objects, wire(v))
	}
	return objects
}
