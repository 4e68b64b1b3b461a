package aliyunlocktest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The types of parameters.
var (
	text   = sim.Text("a String")
	whole  = sim.Whole("an Integer", nil)
	millis = sim.Whole("a Long in milliseconds", func(n int64) bool { return n >= 1e11 })
	truth  = sim.Truth("a Boolean")
	texts  = sim.Texts("a List of String")
	inner  = sim.Object("an Object")
	inners = sim.Objects("a List of Object")
	open   = sim.JSON("an Object", readOpen) // whose members the product defines
)

func readOpen(raw json.RawMessage) (any, bool) { return sim.Decode[sim.Values](raw) }

// param is a row of a parameter table.
type param = sim.Param

// need lists parameters that are required, may those that are not.
func need(k *sim.Kind, names ...string) []param {
	return sim.Rows(param{Kind: k, Required: true}, names...)
}
func may(k *sim.Kind, names ...string) []param { return sim.Rows(param{Kind: k}, names...) }

func with(lists ...[]param) []param { return slices.Concat(lists...) }

// nested is one parameter with parameters inside.
func nested(k *sim.Kind, name string, inner []param) []param {
	return []param{{Name: name, Kind: k, Required: true, Inner: inner}}
}

// check gives values their types, or refuses them.
func check(in sim.Values, ps []param, others bool) (fields, error) {
	return sim.Rules[fields]{
		NullIsAbsent: true,
		Known:        []string{"userId", "userType", "origin"}, // of the Tmall Genie, on many paths
		Others:       others,
		Missing:      func(name string) error { return badParameter("%s is required", name) },
		Unknown:      func(name string) error { return badParameter("%s is not a parameter", name) },
		Wrong:        func(name, words string) error { return badParameter("%s must be %s", name, words) },
	}.Object(ps, in)
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
func (f fields) time(name string) time.Time  { return time.UnixMilli(sim.ZeroOr[int64](f[name])) }
func (f fields) open(name string) sim.Values { return sim.ZeroOr[sim.Values](f[name]) }
func (f fields) is(name string, n int) bool  { return !f.has(name) || f.whole(name) == n }
func (f fields) within(at time.Time) bool {
	return !at.Before(f.time("start")) && !at.After(f.time("end"))
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
