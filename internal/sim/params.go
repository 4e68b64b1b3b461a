package sim

import (
	"encoding/json"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
)

// Kind is the type of a parameter. Its words say what a value must be, as the vendor's tables do:
// "an Int in seconds".
type Kind struct {
	words string
	read  func(json.RawMessage) (any, bool) // nil: an object, or a list of them
	text  func(string) (any, bool)          // of a query; nil: only stands in JSON
	list  bool                              // of objects
}

// Text is a string.
func Text(words string) *Kind {
	return &Kind{words: words, read: read[string], text: func(t string) (any, bool) { return t, true }}
}

// Whole is an int64 that fits; nil takes all.
func Whole(words string, fits func(int64) bool) *Kind {
	text := func(t string) (any, bool) {
		n, err := strconv.ParseInt(t, 10, 64)
		return n, err == nil && (fits == nil || fits(n))
	}
	return &Kind{words: words, text: text, read: func(raw json.RawMessage) (any, bool) {
		n, ok := Number(raw)
		if !ok {
			return nil, false
		}
		return text(n.String())
	}}
}

// Quotable is a Whole that may also come as its digits in a string.
func Quotable(words string, fits func(int64) bool) *Kind {
	k := Whole(words, fits)
	bare := k.read
	k.read = func(raw json.RawMessage) (any, bool) {
		if t, ok := Decode[string](raw); ok {
			return k.text(t)
		}
		return bare(raw)
	}
	return k
}

// Truth is a bool.
func Truth(words string) *Kind {
	return &Kind{words: words, read: read[bool], text: func(t string) (any, bool) { return t == "true", t == "true" || t == "false" }}
}

// Texts is a []string.
func Texts(words string) *Kind { return JSON(words, read[[]string]) }

// JSON is whatever read makes of it.
func JSON(words string, read func(json.RawMessage) (any, bool)) *Kind {
	return &Kind{words: words, read: read}
}

// Object has parameters inside, Param.Inner. It is an F of Rules.
func Object(words string) *Kind { return &Kind{words: words} }

// Objects is a list of what Object is one of.
func Objects(words string) *Kind { return &Kind{words: words, list: true} }

func read[T any](raw json.RawMessage) (any, bool) { return Decode[T](raw) }

// Decode decodes a value that is not null.
func Decode[T any](raw json.RawMessage) (T, bool) {
	var v T
	if isNull(raw) {
		return v, false
	}
	return v, json.Unmarshal(raw, &v) == nil
}

// Number is a JSON number, with the digits it was sent with. One in a string is none.
func Number(raw json.RawMessage) (json.Number, bool) {
	n, ok := Decode[json.Number](raw)
	return n, ok && raw[0] != '"'
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// Param is a row of a parameter table.
type Param struct {
	Name     string
	Kind     *Kind
	Required bool    // and not ""
	Blank    bool    // may be "" even so
	Inner    []Param // of Object and Objects
}

// Rows are parameters that differ in nothing but their names.
func Rows(like Param, names ...string) []Param {
	var ps []Param
	for _, name := range names {
		like.Name = name
		ps = append(ps, like)
	}
	return ps
}

// Values are the members of a JSON object, before their types are known.
type Values map[string]json.RawMessage

// Rules is what a vendor asks of parameters, and its words when it refuses some. F, parameters by
// name, is what is made of those that pass: string, int64, bool, []string, F, []F, or what the
// simulator's own kinds read.
type Rules[F ~map[string]any] struct {
	NullIsAbsent bool     // null is like nothing; otherwise it is of the wrong type
	Known        []string // besides the tables, everywhere; they are not passed on
	Others       bool     // what is in no table is let through; it is not passed on

	Missing func(name string) error        // or "", where that is not enough
	Unknown func(name string) error        // in no table
	Wrong   func(name, words string) error // not of its kind
	Twice   func(name string) error        // in a query; nil: the first counts
}

// Object reads the members of a JSON object.
func (r Rules[F]) Object(ps []Param, in Values) (F, error) {
	return r.check(ps, maps.Keys(in), func(p Param) (any, bool, error) {
		raw, given := in[p.Name]
		if !given || r.NullIsAbsent && isNull(raw) {
			return nil, false, nil
		}
		value, err := r.value(p, raw)
		return value, true, err
	})
}

// Query reads a query. It panics if a parameter has a kind that only stands in JSON.
func (r Rules[F]) Query(ps []Param, in url.Values) (F, error) {
	return r.check(ps, maps.Keys(in), func(p Param) (any, bool, error) {
		texts := in[p.Name]
		switch {
		case len(texts) == 0:
			return nil, false, nil
		case len(texts) > 1 && r.Twice != nil:
			return nil, false, r.Twice(p.Name)
		case p.Kind.text == nil:
			panic("sim: " + p.Name + " cannot stand in a query")
		}
		value, ok := p.Kind.text(texts[0])
		if !ok {
			return nil, false, r.Wrong(p.Name, p.Kind.words)
		}
		return value, true, nil
	})
}

func (r Rules[F]) check(ps []Param, sent iter.Seq[string], get func(Param) (value any, given bool, err error)) (F, error) {
	f := F{}
	known := slices.Clone(r.Known)
	for _, p := range ps {
		known = append(known, p.Name)
		value, given, err := get(p)
		if err != nil {
			return nil, err
		}
		if given {
			f[p.Name] = value
		}
		if p.Required && (!given || value == "" && !p.Blank) {
			return nil, r.Missing(p.Name)
		}
	}
	if r.Others {
		return f, nil
	}
	for _, name := range slices.Sorted(sent) {
		if !slices.Contains(known, name) {
			return nil, r.Unknown(name)
		}
	}
	return f, nil
}

func (r Rules[F]) value(p Param, raw json.RawMessage) (any, error) {
	switch {
	case p.Kind.read != nil:
		if value, ok := p.Kind.read(raw); ok {
			return value, nil
		}
	case p.Kind.list:
		if bodies, ok := Decode[[]Values](raw); ok {
			return r.objects(p.Inner, bodies)
		}
	default:
		if body, ok := Decode[Values](raw); ok {
			return r.Object(p.Inner, body)
		}
	}
	return nil, r.Wrong(p.Name, p.Kind.words)
}

func (r Rules[F]) objects(ps []Param, bodies []Values) ([]F, error) {
	list := []F{}
	for _, body := range bodies {
		f, err := r.Object(ps, body)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// ZeroOr is v if it is a T, and otherwise the zero T.
func ZeroOr[T any](v any) T {
	t, _ := v.(T)
	return t
}
