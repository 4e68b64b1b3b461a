package aliyunlocktest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// kind is the type of a parameter.
type kind int

const (
	text   kind = iota // String
	whole              // Integer
	millis             // Long, a time in milliseconds
	truth              // Boolean
	texts              // List of String
	inner              // Object
	inners             // List of Object
	open               // an Object whose members the product defines
)

// param is a row of a parameter table.
type param struct {
	name     string
	kind     kind
	required bool
	inner    []param // of an Object
}

// need lists parameters that are required, may those that are not.
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

// nested is one parameter with parameters inside.
func nested(k kind, name string, inner []param) []param {
	return []param{{name: name, kind: k, required: true, inner: inner}}
}

// values is what came in, before its types are known.
type values map[string]json.RawMessage

// check gives the values their types, or refuses them.
func (v values) check(ps []param, others bool) (fields, error) {
	f := fields{}
	known := map[string]bool{"userId": true, "userType": true, "origin": true} // of the Tmall Genie, on many paths
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
		value, ok = decode[map[string]json.RawMessage](raw)
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
			text: "a String", whole: "an Integer", millis: "a Long in milliseconds", truth: "a Boolean", texts: "a List of String",
			inner: "an Object", inners: "a List of Object", open: "an Object",
		}[p.kind])
	}
	return value, nil
}

// decode decodes a value that is not null.
func decode[T any](raw json.RawMessage) (T, bool) {
	var v T
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return v, false
	}
	return v, json.Unmarshal(raw, &v) == nil
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
func (f fields) time(name string) time.Time  { return time.UnixMilli(zeroOr[int64](f[name])) }
func (f fields) open(name string) values     { return zeroOr[map[string]json.RawMessage](f[name]) }
func (f fields) is(name string, n int) bool  { return !f.has(name) || f.whole(name) == n }
func (f fields) within(at time.Time) bool {
	return !at.Before(f.time("start")) && !at.After(f.time("end"))
}

func zeroOr[T any](v any) T {
	t, _ := v.(T)
	return t
}

// page cuts a list to a page and answers with an object around it, under the name that the path
// uses for the list.
func page[T any](list []T, f fields, most int, name string) (object, error) {
	no, size := f.whole("pageNo"), f.whole("pageSize")
	if no < 1 || size < 1 || size > most {
		return nil, badParameter("pageNo begins with 1 and pageSize is 1 to %d", most)
	}
	from := min((no-1)*size, len(list))
	part := append([]T{}, list[from:min(from+size, len(list))]...)
	return object{"total": len(list), "pageNo": no, "pageSize": size, name: part}, nil
}

// bare answers with a list as the document's samples show it, or under the name that its tables
// give it.
func (s *Server) bare(list []object, name string) any {
	if list == nil {
		list = []object{}
	}
	if s.opts.otherShapes {
		return object{name: list}
	}
	return list
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
