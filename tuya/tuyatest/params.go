package tuyatest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind is the type of a parameter.
type kind int

const (
	text    kind = iota // String
	whole               // Integer
	numeric             // Integer, or digits as text, where the pages show both
	truth               // Boolean
	texts               // List of String
	inner               // Object
	inners              // List of Object
	open                // anything
)

// param is a row of a parameter table.
type param struct {
	name     string
	kind     kind
	required bool
	blank    bool // required, and may be empty
	inner    []param
}

// need lists parameters that are required, may those that are not, and blank those that have to be
// there and may be empty.
func need(k kind, names ...string) []param { return rows(param{kind: k, required: true}, names) }
func may(k kind, names ...string) []param  { return rows(param{kind: k}, names) }
func blank(names ...string) []param {
	return rows(param{kind: text, required: true, blank: true}, names)
}

func rows(like param, names []string) []param {
	var ps []param
	for _, n := range names {
		like.name = n
		ps = append(ps, like)
	}
	return ps
}

func with(lists ...[]param) []param { return slices.Concat(lists...) }

// nested is one parameter with parameters inside.
func nested(k kind, required bool, name string, inner []param) []param {
	return []param{{name: name, kind: k, required: required, inner: inner}}
}

// fields are checked parameters by name, those of the path among them.
type fields map[string]any

// parameters gives the parameters of a request their types, or refuses them. A body that comes with a
// GET or DELETE is not looked at: one of the vendor's clients sends {} with both.
func (s *Server) parameters(e *endpoint, r *http.Request, body []byte, path fields) (fields, error) {
	f := maps.Clone(path)
	if err := f.readQuery(e.query, r.URL.Query(), s.opts.anyParameters); err != nil {
		return nil, err
	}
	if !takesBody(r.Method) {
		return f, nil
	}
	in := values{}
	if len(bytes.TrimSpace(body)) > 0 {
		ok := false
		if in, ok = decode[values](body); !ok {
			return nil, refuse(illegalParameter, "the body is no json object")
		}
	}
	sent, err := in.check(e.body, s.opts.anyParameters)
	if err != nil {
		return nil, err
	}
	maps.Copy(f, sent)
	return f, nil
}

// readQuery reads the query; of a repeated key the first value counts.
func (f fields) readQuery(ps []param, query url.Values, others bool) error {
	known := map[string]bool{}
	for _, p := range ps {
		known[p.name] = true
		given, value := query.Has(p.name), query.Get(p.name)
		if p.required && !given || p.required && !p.blank && value == "" {
			return refuse(parameterEmpty, "%s is empty", p.name)
		}
		if !given || value == "" && p.kind != text {
			continue
		}
		switch p.kind {
		case whole:
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return refuse(typeIncorrect, "%s must be an Integer", p.name)
			}
			f[p.name] = n
		case truth:
			if value != "true" && value != "false" {
				return refuse(typeIncorrect, "%s must be a Boolean", p.name)
			}
			f[p.name] = value == "true"
		default:
			f[p.name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !known[name] && !others {
			return refuse(illegalParameter, "%s is not a parameter", name)
		}
	}
	return nil
}

// values is what came in a body, before its types are known.
type values map[string]json.RawMessage

// check gives the values their types, or refuses them.
func (v values) check(ps []param, others bool) (fields, error) {
	f, known := fields{}, map[string]bool{}
	for _, p := range ps {
		known[p.name] = true
		raw, given := v[p.name]
		if given = given && !bytes.Equal(raw, []byte("null")); given {
			value, err := p.read(raw, others)
			if err != nil {
				return nil, err
			}
			f[p.name] = value
		}
		if p.required && (!given || f[p.name] == "" && !p.blank) {
			return nil, refuse(parameterEmpty, "%s is empty", p.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if !known[name] && !others {
			return nil, refuse(illegalParameter, "%s is not a parameter", name)
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
	case whole, numeric:
		digits := string(raw)
		if p.kind == numeric {
			digits = strings.Trim(digits, `"`)
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		value, ok = n, err == nil
	case open:
		value, ok = decode[any](raw)
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
		return nil, refuse(typeIncorrect, "%s must be %s", p.name, [...]string{
			text: "a String", whole: "an Integer", numeric: "an Integer", truth: "a Boolean", texts: "a List of String",
			inner: "an Object", inners: "a List of Object", open: "a value",
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

func (f fields) has(name string) bool {
	_, ok := f[name]
	return ok
}

// What is not given is zero.

func (f fields) text(name string) string     { return zeroOr[string](f[name]) }
func (f fields) whole(name string) int64     { return zeroOr[int64](f[name]) }
func (f fields) truth(name string) bool      { return zeroOr[bool](f[name]) }
func (f fields) texts(name string) []string  { return zeroOr[[]string](f[name]) }
func (f fields) inner(name string) fields    { return zeroOr[fields](f[name]) }
func (f fields) inners(name string) []fields { return zeroOr[[]fields](f[name]) }

// seconds is a time in seconds; 0 is the zero time.
func (f fields) seconds(name string) time.Time {
	if f.whole(name) == 0 {
		return time.Time{}
	}
	return time.Unix(f.whole(name), 0)
}

// id is a number in the path, 0 if it is none.
func (f fields) id(name string) int64 {
	n, _ := strconv.ParseInt(f.text(name), 10, 64) // what is no number is no id of anything
	return n
}

// list is text with commas in it.
func (f fields) list(name string) []string {
	return keep(strings.Split(f.text(name), ","), func(item string) bool { return item != "" })
}

func zeroOr[T any](v any) T {
	t, _ := v.(T)
	return t
}

// cut is the part of a list that page_no and page_size mean.
func cut[T any](list []T, f fields) (part []T, pages int64, err error) {
	no, size, total := f.whole("page_no"), f.whole("page_size"), int64(len(list))
	if no < 1 || size < 1 || size > 100 {
		return nil, 0, refuse(outOfRange, "page_no begins with 1 and page_size is 1 to 100")
	}
	pages = (total + size - 1) / size
	from := min((min(no, pages+1)-1)*size, total)
	return list[from:min(from+size, total)], pages, nil
}

// page answers with a page of a list.
func page[T any](list []T, f fields, wire func(T) object) (any, error) {
	part, pages, err := cut(list, f)
	if err != nil {
		return nil, err
	}
	return object{
		"records": each(part, wire), "total": len(list), "total_pages": pages, "has_more": f.whole("page_no") < pages,
	}, nil
}

// cursor answers with the part of a list after last_row_key, which is the key of the last item of
// the page before.
func cursor[T any](list []T, f fields, size int64, name string, key func(T) string, wire func(T) object) (any, error) {
	if size < 1 || size > 200 {
		return nil, refuse(outOfRange, "a page has 1 to 200 items")
	}
	from := 0
	if last := f.text("last_row_key"); last != "" {
		from = slices.IndexFunc(list, func(item T) bool { return key(item) == last }) + 1
		if from == 0 {
			return nil, refuse(illegalParameter, "last_row_key is illegal")
		}
	}
	to := min(from+int(size), len(list))
	o := object{name: each(list[from:to], wire), "has_more": to < len(list), "total": len(list), "last_row_key": ""}
	if to > from {
		o["last_row_key"] = key(list[to-1])
	}
	return o, nil
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
