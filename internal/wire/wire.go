package wire

import (
	stdjson "encoding/json"
	"errors"
	"reflect"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Raw is one JSON value as it came, not yet decoded. As a field it takes any value; nil means
// that the member was missing.
type Raw = jsontext.Value

// Unmarshal decodes data into what v points to, which is overwritten, not merged with, and is
// zero after an error.
//
// Where a value has the wrong type, the whole of data is decoded once more with tolerant scalars:
// a string takes a number or a boolean, as its JSON text; a number takes a number in a string,
// "" meaning 0 (or nil for a pointer); an integer takes 5.0; a boolean takes 0, 1, "0", "1",
// "true", "false". What does not fit exactly is refused.
//
// A time.Time follows the time rule (see Sec). A decimal.Decimal takes a number or a number in a
// string, a lock.Secret a string or a number; "" is zero for all three, and nil for a pointer to
// a time or a decimal. A number in an any is an encoding/json.Number, so that no digit is lost.
func Unmarshal(data []byte, v any) error {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return errors.New("wire: Unmarshal needs a pointer to decode into")
	}
	target := rv.Elem()
	target.SetZero()
	err := json.Unmarshal(data, v, strict)
	if err == nil {
		return nil
	}
	if _, mismatch := errors.AsType[*json.SemanticError](err); mismatch {
		target.SetZero()
		if err = json.Unmarshal(data, v, tolerant); err == nil {
			return nil
		}
	}
	target.SetZero()
	return decodeError(err, data, target.Type())
}

// Marshal encodes v for a vendor: compact, without HTML escapes, struct fields in their order,
// map keys sorted. A lock.Secret is written in clear: this is the one place where it is. A
// decimal.Decimal is a bare number. A time.Time is an error; requests use Sec or Milli, as the
// document asks.
func Marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v, request)
	if err != nil {
		return nil, encodeError(err, reflect.TypeOf(v))
	}
	return b, nil
}

// Dump encodes v for a golden file: as Marshal does, but indented, and with a time.Time as
// RFC 3339 text in UTC (null when zero). Secrets are in clear, so it is for sample data only.
func Dump(v any) ([]byte, error) {
	b, err := json.Marshal(v, golden)
	if err != nil {
		return nil, encodeError(err, reflect.TypeOf(v))
	}
	return append(b, '\n'), nil
}

var (
	strict   = json.WithUnmarshalers(fixed)
	tolerant = json.WithUnmarshalers(json.JoinUnmarshalers(fixed, json.UnmarshalFromFunc(decodeScalar)))

	// fixed are the types that one rule reads in both passes.
	fixed = json.JoinUnmarshalers(
		json.UnmarshalFromFunc(decodeTime),
		json.UnmarshalFromFunc(decodeTimePointer),
		json.UnmarshalFromFunc(decodeDecimal),
		json.UnmarshalFromFunc(decodeDecimalPointer),
		json.UnmarshalFromFunc(decodeSecret),
		json.UnmarshalFromFunc(decodeAnyNumber),
	)

	plain = json.JoinMarshalers(
		json.MarshalToFunc(encodeSecret),
		json.MarshalToFunc(encodeDecimal),
		json.MarshalToFunc(encodeNumber),
	)
	request = json.JoinOptions(json.Deterministic(true),
		json.WithMarshalers(json.JoinMarshalers(plain, json.MarshalToFunc(refuseTime))))
	golden = json.JoinOptions(json.Deterministic(true), jsontext.WithIndent("  "),
		json.WithMarshalers(json.JoinMarshalers(plain, json.MarshalToFunc(encodeTime))))
)

func encodeSecret(enc *jsontext.Encoder, s lock.Secret) error {
	return enc.WriteToken(jsontext.String(s.Reveal()))
}

func encodeDecimal(enc *jsontext.Encoder, d decimal.Decimal) error {
	return enc.WriteValue(Raw(d.String()))
}

func encodeNumber(enc *jsontext.Encoder, n stdjson.Number) error {
	if v := Raw(n); v.Kind() == '0' {
		return enc.WriteValue(v) // which checks the rest
	}
	return errNumber
}

func encodeTime(enc *jsontext.Encoder, t time.Time) error {
	if t.IsZero() {
		return enc.WriteToken(jsontext.Null)
	}
	return enc.WriteToken(jsontext.String(t.UTC().Format(time.RFC3339Nano)))
}

func refuseTime(*jsontext.Encoder, time.Time) error {
	return reason("a request has no place for time.Time: use wire.Sec or wire.Milli")
}

func decodeTime(dec *jsontext.Decoder, t *time.Time) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*t, err = parseTime(v)
	return err
}

func decodeTimePointer(dec *jsontext.Decoder, t **time.Time) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*t = nil
	if unset(v) {
		return nil
	}
	parsed, err := parseTime(v)
	if err != nil {
		return err
	}
	*t = &parsed
	return nil
}

func decodeDecimal(dec *jsontext.Decoder, d *decimal.Decimal) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*d, err = parseDecimal(v)
	return err
}

func decodeDecimalPointer(dec *jsontext.Decoder, d **decimal.Decimal) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*d = nil
	if unset(v) {
		return nil
	}
	parsed, err := parseDecimal(v)
	if err != nil {
		return err
	}
	*d = &parsed
	return nil
}

func decodeSecret(dec *jsontext.Decoder, s *lock.Secret) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	switch v.Kind() {
	case 'n':
		*s = lock.Secret{}
	case '"':
		*s = lock.NewSecret(string(unquote(v)))
	case '0':
		*s = lock.NewSecret(string(v))
	default:
		return errMismatch
	}
	return nil
}

// decodeAnyNumber keeps the digits of a number whose Go type is any; the decoder would make it a
// float64.
func decodeAnyNumber(dec *jsontext.Decoder, v *any) error {
	if dec.PeekKind() != '0' {
		return errSkip
	}
	val, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*v = stdjson.Number(val)
	return nil
}

// unset reports whether v says "nothing": null or "".
func unset(v Raw) bool {
	return string(v) == "null" || string(v) == `""`
}

// unquote returns the text of a JSON string that the decoder has already checked. It may share
// memory with v.
func unquote(v Raw) []byte {
	text := v[1 : len(v)-1]
	for _, c := range text {
		if c == '\\' {
			text, _ = jsontext.AppendUnquote(nil, v) // cannot fail: v is valid
			return text
		}
	}
	return text
}
