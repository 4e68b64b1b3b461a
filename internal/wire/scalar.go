package wire

import (
	"encoding"
	"reflect"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decodeScalar is the tolerance of the second pass. It sees every value before the decoder does
// and takes those whose JSON type is not the Go type's own; errSkip hands back the rest.
func decodeScalar(dec *jsontext.Decoder, v any) error {
	if ownRules(v) {
		return errSkip
	}
	target := reflect.ValueOf(v).Elem()
	if target.Kind() == reflect.Pointer {
		return decodeNumberPointer(dec, target)
	}
	if !takes(target.Kind(), dec.PeekKind()) || atName(dec) {
		return errSkip
	}
	val, err := dec.ReadValue()
	if err != nil {
		return err
	}
	return setScalar(target, val)
}

// ownRules reports whether v points to a type that decodes itself. A Duration does not, but has no
// unit we could guess either.
func ownRules(v any) bool {
	switch v.(type) {
	case json.Unmarshaler, json.UnmarshalerFrom, encoding.TextUnmarshaler, *time.Duration:
		return true
	}
	return false
}

// takes reports whether a value of the JSON kind needs our help to become a value of the Go kind.
func takes(goKind reflect.Kind, jsonKind jsontext.Kind) bool {
	switch goKind {
	case reflect.String:
		return jsonKind == '0' || jsonKind == 't' || jsonKind == 'f'
	case reflect.Bool:
		return jsonKind == '0' || jsonKind == '"'
	case reflect.Float32, reflect.Float64:
		return jsonKind == '"'
	}
	return isInteger(goKind) && (jsonKind == '0' || jsonKind == '"')
}

func isInteger(k reflect.Kind) bool { return reflect.Int <= k && k <= reflect.Uintptr }

// decodeNumberPointer gives nil for "": a number the vendor left empty is unknown, not 0.
func decodeNumberPointer(dec *jsontext.Decoder, target reflect.Value) error {
	elem := target.Type().Elem()
	number := isInteger(elem.Kind()) || elem.Kind() == reflect.Float32 || elem.Kind() == reflect.Float64
	if !number || dec.PeekKind() != '"' {
		return errSkip
	}
	fresh := reflect.New(elem)
	if ownRules(fresh.Interface()) {
		return errSkip
	}
	val, err := dec.ReadValue()
	if err != nil {
		return err
	}
	target.SetZero()
	if unset(val) {
		return nil
	}
	if err := setScalar(fresh.Elem(), val); err != nil {
		return err
	}
	target.Set(fresh)
	return nil
}

// atName reports whether the decoder is about to read a member's name, which maps hand to us too.
func atName(dec *jsontext.Decoder) bool {
	kind, n := dec.StackIndex(dec.StackDepth())
	return kind == '{' && n%2 == 0
}

// setScalar sets a string, boolean or number from a JSON string, number or boolean.
func setScalar(target reflect.Value, val Raw) error {
	text := string(val)
	if val.Kind() == '"' {
		text = string(unquote(val))
	}
	switch k := target.Kind(); {
	case k == reflect.String:
		target.SetString(text)
	case k == reflect.Bool:
		switch text {
		case "true", "1":
			target.SetBool(true)
		case "false", "0":
			target.SetBool(false)
		default:
			return errMismatch
		}
	case k == reflect.Float32 || k == reflect.Float64:
		f, err := parseFloat(text, target.Type().Bits())
		if err != nil {
			return err
		}
		target.SetFloat(f)
	case target.CanInt():
		n, err := parseInt(text, target.Type().Bits())
		if err != nil {
			return err
		}
		target.SetInt(n)
	default:
		n, err := parseUint(text, target.Type().Bits())
		if err != nil {
			return err
		}
		target.SetUint(n)
	}
	return nil
}
