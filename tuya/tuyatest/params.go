package tuyatest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The types of parameters.
var (
	text    = sim.Text("a String")
	whole   = sim.Whole("an Integer", nil)
	numeric = sim.Quotable("an Integer", nil) // where the pages show both
	truth   = sim.Truth("a Boolean")
	texts   = sim.Texts("a List of String")
	inner   = sim.Object("an Object")
	inners  = sim.Objects("a List of Object")
	open    = sim.JSON("a value", func(raw json.RawMessage) (any, bool) { return sim.Decode[any](raw) })
)

// param is a row of a parameter table.
type param = sim.Param

// need lists parameters that are required, may those that are not, and blank those that have to be
// there and may be empty.
func need(k *sim.Kind, names ...string) []param {
	return sim.Rows(param{Kind: k, Required: true}, names...)
}
func may(k *sim.Kind, names ...string) []param { return sim.Rows(param{Kind: k}, names...) }
func blank(names ...string) []param {
	return sim.Rows(param{Kind: text, Required: true, Blank: true}, names...)
}

func with(lists ...[]param) []param { return slices.Concat(lists...) }

// nested is one parameter with parameters inside.
func nested(k *sim.Kind, required bool, name string, inner []param) []param {
	return []param{{Name: name, Kind: k, Required: required, Inner: inner}}
}

// fields are checked parameters by name, those of the path among them.
type fields map[string]any

// parameters gives the parameters of a request their types, or refuses them. A body that comes with a
// GET or DELETE is not looked at: one of the vendor's clients sends {} with both.
func (s *Server) parameters(e *endpoint, r *http.Request, body []byte, path fields) (fields, error) {
	rules := sim.Rules[fields]{
		NullIsAbsent: true,
		Others:       s.opts.anyParameters,
		Missing:      func(name string) error { return refuse(parameterEmpty, "%s is empty", name) },
		Unknown:      func(name string) error { return refuse(illegalParameter, "%s is not a parameter", name) },
		Wrong:        func(name, words string) error { return refuse(typeIncorrect, "%s must be %s", name, words) },
	}
	query := r.URL.Query()
	for _, p := range e.query {
		if p.Kind != text && query.Get(p.Name) == "" {
			query.Del(p.Name) // as if it had not been sent
		}
	}
	f := maps.Clone(path)
	asked, err := rules.Query(e.query, query)
	if err != nil {
		return nil, err
	}
	maps.Copy(f, asked)
	if !takesBody(r.Method) {
		return f, nil
	}
	in := sim.Values{}
	if len(bytes.TrimSpace(body)) > 0 {
		ok := false
		if in, ok = sim.Decode[sim.Values](body); !ok {
			return nil, refuse(illegalParameter, "the body is no json object")
		}
	}
	sent, err := rules.Object(e.body, in)
	if err != nil {
		return nil, err
	}
	maps.Copy(f, sent)
	return f, nil
}

func (f fields) has(name string) bool {
	_, ok := f[name]
	return ok
}

// What is not given is zero.

func (f fields) text(name string) string     { return sim.ZeroOr[string](f[name]) }
func (f fields) whole(name string) int64     { return sim.ZeroOr[int64](f[name]) }
func (f fields) truth(name string) bool      { return sim.ZeroOr[bool](f[name]) }
func (f fields) texts(name string) []string  { return sim.ZeroOr[[]string](f[name]) }
func (f fields) inner(name string) fields    { return sim.ZeroOr[fields](f[name]) }
func (f fields) inners(name string) []fields { return sim.ZeroOr[[]fields](f[name]) }

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
	return sim.Keep(strings.Split(f.text(name), ","), func(item string) bool { return item != "" })
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
		"records": sim.Each(part, wire), "total": len(list), "total_pages": pages, "has_more": f.whole("page_no") < pages,
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
	o := object{name: sim.Each(list[from:to], wire), "has_more": to < len(list), "total": len(list), "last_row_key": ""}
	if to > from {
		o["last_row_key"] = key(list[to-1])
	}
	return o, nil
}
