package wire

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// List is an array that some vendors spell otherwise: null, "" or {} when it is empty, or an
// object that holds the items by their id. Such items are ordered by id: numbers first, as
// numbers, then text; one with a method UnmarshalKey(string) is given its id. It encodes as an
// array, [] when nil.
type List[T any] []T

// UnmarshalJSONFrom decodes any of the spellings.
func (l *List[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*l = nil
	switch dec.PeekKind() {
	case '[':
		if keeps[T]() {
			return l.decodeKept(dec)
		}
		return json.UnmarshalDecode(dec, (*[]T)(l))
	case '{':
		return l.decodeObject(dec)
	}
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if !unset(v) {
		return errMismatch
	}
	return nil
}

func (l *List[T]) decodeObject(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	type entry struct {
		key  string
		item T
	}
	var entries []entry
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		e := entry{key: name.String()}
		if err := decodeItem(dec, &e.item); err != nil {
			return err
		}
		if k, ok := any(&e.item).(interface{ UnmarshalKey(string) }); ok {
			k.UnmarshalKey(e.key)
		}
		entries = append(entries, e)
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b entry) int { return compareKeys(a.key, b.key) })
	for _, e := range entries {
		*l = append(*l, e.item)
	}
	return nil
}

// decodeKept decodes an array whose items keep their bytes.
func (l *List[T]) decodeKept(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		var item T
		if err := decodeItem(dec, &item); err != nil {
			return err
		}
		*l = append(*l, item)
	}
	_, err := dec.ReadToken()
	return err
}

func keeps[T any]() bool {
	_, ok := any((*T)(nil)).(keeper)
	return ok
}

// decodeItem decodes the next value. An item that keeps its bytes gets them as a slice of the
// input, not as a copy: the decoder works on the whole of it.
func decodeItem[T any](dec *jsontext.Decoder, item *T) error {
	rest, start := dec.UnreadBuffer(), dec.InputOffset()
	if err := json.UnmarshalDecode(dec, item); err != nil {
		return err
	}
	if k, ok := any(item).(keeper); ok {
		k.KeepRaw(bytes.TrimLeft(rest[:dec.InputOffset()-start], ",: \t\r\n"))
	}
	return nil
}

// item tells the error path what a list holds.
func (l *List[T]) item() reflect.Type { return reflect.TypeFor[T]() }

// compareKeys orders numbers before text, numbers by value.
func compareKeys(a, b string) int {
	an, aIsNumber := numericKey(a)
	bn, bIsNumber := numericKey(b)
	switch {
	case aIsNumber && bIsNumber:
		return cmp.Or(cmp.Compare(len(an), len(bn)), strings.Compare(an, bn), strings.Compare(a, b))
	case aIsNumber:
		return -1
	case bIsNumber:
		return 1
	}
	return strings.Compare(a, b)
}

// numericKey returns key without leading zeros if it is all digits.
func numericKey(key string) (string, bool) {
	if _, rest := digits(key); key == "" || rest != "" {
		return "", false
	}
	return strings.TrimLeft(key, "0"), true
}
