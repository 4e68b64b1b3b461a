package rest

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// plans are how structs of plain fields become Params. go-querystring says what a struct means, but
// reads its tags anew for every call, which takes an eighth of a small one; a test holds what is
// written here to what it says. Structs with anything else in them go through go-querystring.
type plans struct {
	known sync.Map // from reflect.Type to plan
}

// plan is the plain fields of a struct, sorted by name; nil if it has others.
type plan []planned

type planned struct {
	name      string
	index     int
	omitEmpty bool
}

// params returns a struct's parameters, if there is a plan for it.
func (p *plans) params(v any) (Params, bool) {
	from := reflect.ValueOf(v)
	if from.Kind() == reflect.Pointer {
		from = from.Elem()
	}
	if from.Kind() != reflect.Struct {
		return nil, false
	}
	known, ok := p.known.Load(from.Type())
	if !ok {
		known, _ = p.known.LoadOrStore(from.Type(), planOf(from.Type()))
	}
	fields := known.(plan)
	if fields == nil {
		return nil, false
	}
	params := make(Params, 0, len(fields)+4) // with room for what Sign adds
	for _, f := range fields {
		if value := from.Field(f.index); !f.omitEmpty || !value.IsZero() {
			params = append(params, Param{f.name, plainText(value)})
		}
	}
	return params, true
}

func planOf(t reflect.Type) plan {
	fields := make(plan, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("url"), ",")
		if name == "-" {
			continue
		}
		if f.Anonymous || !plain(f.Type) || options != "" && options != "omitempty" {
			return nil
		}
		if name == "" {
			name = f.Name
		}
		fields = append(fields, planned{name, i, options != ""})
	}
	slices.SortStableFunc(fields, func(a, b planned) int { return strings.Compare(a.name, b.name) })
	return fields
}

// plain reports whether a type is text, a number or a boolean, and has no methods that would say how
// it is written.
func plain(t reflect.Type) bool {
	k := t.Kind()
	basic := k == reflect.String || k == reflect.Bool || reflect.Int <= k && k <= reflect.Uint64
	return basic && reflect.PointerTo(t).NumMethod() == 0
}

func plainText(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	}
	return strconv.FormatUint(v.Uint(), 10)
}
