package wire

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// reason says what is wrong with a value without quoting it. Only a reason, never the text of
// another package's error, reaches the caller.
type reason string

func (r reason) Error() string { return string(r) }

const (
	errMismatch = reason("the JSON type does not fit")
	errNumber   = reason("not a number")
	errFraction = reason("not a whole number")
	errRange    = reason("out of range")
	errTime     = reason("not a time")
)

// decodeError rewrites the decoder's error, which may quote the input, into one that does not.
func decodeError(err error, data []byte, target reflect.Type) error {
	if se, ok := errors.AsType[*json.SemanticError](err); ok {
		path, at := describe(se.JSONPointer, target)
		return located(mismatch(se, data, at), path, se.ByteOffset)
	}
	if se, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		path, _ := describe(se.JSONPointer, target)
		return located(syntax(se, data), path, se.ByteOffset)
	}
	return errors.New("wire: not readable JSON")
}

// encodeError does the same for Marshal.
func encodeError(err error, source reflect.Type) error {
	syntax, badText := errors.AsType[*jsontext.SyntacticError](err)
	se, ok := errors.AsType[*json.SemanticError](err)
	if !ok && !badText {
		return errors.New("wire: cannot be encoded")
	}
	pointer, what := jsontext.Pointer(""), "cannot be encoded"
	if badText {
		pointer, what = syntax.JSONPointer, "text that JSON cannot hold, such as invalid UTF-8,"
	}
	if ok {
		pointer = se.JSONPointer
		if text, ok := explain(se.Err); ok {
			what = text
		}
	}
	path, _ := describe(pointer, source)
	return located(what, path, 0)
}

func located(what, path string, offset int64) error {
	switch {
	case path != "" && offset > 0:
		return fmt.Errorf("wire: %s at %s, byte %d", what, path, offset)
	case path != "":
		return fmt.Errorf("wire: %s at %s", what, path)
	case offset > 0:
		return fmt.Errorf("wire: %s at byte %d", what, offset)
	}
	return fmt.Errorf("wire: %s", what)
}

// mismatch describes a value that is JSON but not what the Go type takes.
func mismatch(se *json.SemanticError, data []byte, at reflect.Type) string {
	kind := se.JSONKind
	if kind == 0 && se.ByteOffset < int64(len(data)) { // our own rules leave it open
		kind = Raw(data[se.ByteOffset:]).Kind()
	}
	var b strings.Builder
	b.WriteString(kindName(kind))
	if at == nil {
		at = se.GoType
	}
	if at != nil {
		b.WriteString(" for Go " + typeName(at))
	}
	if text, ok := explain(se.Err); ok {
		b.WriteString(": " + text)
	}
	return b.String()
}

// explain returns what is safe to say of a cause.
func explain(err error) (string, bool) {
	if err == nil {
		return "", false
	}
	if r, ok := errors.AsType[reason](err); ok {
		return string(r), r != errMismatch
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		return string(errRange), true
	case errors.Is(err, strconv.ErrSyntax):
		return string(errNumber), true
	}
	// A mistake in one of our structs, found at its first use: the text is made of Go names.
	for _, start := range []string{"Go struct ", "embedded Go ", "inlined Go ", "unexported Go ", "no default representation"} {
		if strings.HasPrefix(err.Error(), start) {
			return err.Error(), true
		}
	}
	return "", false
}

// syntax describes bytes that are not JSON as we take it.
func syntax(se *jsontext.SyntacticError, data []byte) string {
	switch {
	case errors.Is(se, jsontext.ErrDuplicateName):
		return "a name that stands twice"
	case errors.Is(se, jsontext.ErrNonStringName):
		return "a name that is not a string"
	case len(data) == 0:
		return "an empty body"
	case errors.Is(se, io.ErrUnexpectedEOF):
		return "an unexpected end"
	case !utf8.Valid(data):
		return "not JSON, or not in UTF-8,"
	}
	return "not JSON"
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{', '}':
		return "an object"
	case '[', ']':
		return "an array"
	}
	return "a value"
}

// typeName is the type's name, or its kind where the name would be a whole struct.
func typeName(t reflect.Type) string {
	if s := t.String(); len(s) <= 60 {
		return s
	}
	return t.Kind().String()
}

// deepest is how many steps of a path an error shows: the input decides how many there are.
const deepest = 12

// describe spells a JSON pointer with the names our types declare; a name that only the input
// knows, which may be a phone number, becomes "*". It also returns the Go type at its end, nil if
// there is none.
func describe(p jsontext.Pointer, t reflect.Type) (string, reflect.Type) {
	var b strings.Builder
	var steps int
	for token := range p.Tokens() {
		var shown string
		shown, t = step(t, token)
		if steps++; steps <= deepest {
			b.WriteString("/" + shown)
		}
	}
	if steps > deepest {
		b.WriteString("/…")
	}
	return b.String(), t
}

// step goes from a type to the one its token names.
func step(t reflect.Type, token string) (string, reflect.Type) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return "*", nil
	}
	if l, ok := reflect.Zero(reflect.PointerTo(t)).Interface().(interface{ item() reflect.Type }); ok {
		return "*", l.item() // an index, or an id of the vendor's
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return token, t.Elem()
	case reflect.Map:
		return "*", t.Elem()
	case reflect.Struct:
		if f, ok := member(t, token); ok {
			return token, f
		}
	}
	return "*", nil
}

// member finds the type of the struct's field with the JSON name.
func member(t reflect.Type, name string) (reflect.Type, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		tagged, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tagged == "-" {
			continue
		}
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		if ft.Kind() == reflect.Struct && (f.Anonymous && tagged == "" || isEmbedded(options)) {
			if inner, ok := member(ft, name); ok {
				return inner, true
			}
			continue
		}
		if f.IsExported() && (tagged == name || tagged == "" && f.Name == name) {
			return f.Type, true
		}
	}
	return nil, false
}

// isEmbedded reports whether a tag's options hoist the field's members; see the package comment.
func isEmbedded(options string) bool {
	return strings.HasPrefix(options, "embed") || strings.HasPrefix(options, "inline")
}
