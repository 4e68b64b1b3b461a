package wire

import "strconv"

// Code is the number by which a vendor says how a call went. Its zero value is "not set", which
// is what a reply that is not the vendor's leaves behind, and is never success.
//
// It decodes an integer, or an integer in a string. Everything else – null, "", a fraction, a
// boolean, an array, an object, a number beyond 64 bits – leaves it not set, without an error.
type Code struct {
	n   int64
	set bool
}

// Value returns the code, and whether there was one.
func (c Code) Value() (n int64, ok bool) { return c.n, c.set }

// String returns the code's digits, or "none".
func (c Code) String() string {
	if !c.set {
		return "none"
	}
	return strconv.FormatInt(c.n, 10)
}

// MarshalJSON writes the number, or null.
func (c Code) MarshalJSON() ([]byte, error) {
	if !c.set {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, c.n, 10), nil
}

// UnmarshalJSON never fails: what is no code is "not set".
func (c *Code) UnmarshalJSON(data []byte) error {
	*c = Code{}
	v := Raw(data)
	text := data
	switch v.Kind() {
	case '0':
	case '"':
		text = unquote(v)
	default:
		return nil
	}
	if n, ok := jsonInteger(text); ok {
		*c = Code{n: n, set: true}
	}
	return nil
}

// jsonInteger reads an integer as JSON spells it: no plus sign, no leading zeros.
func jsonInteger(text []byte) (int64, bool) {
	digits := text
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || digits[0] < '0' || digits[0] > '9' || (digits[0] == '0' && len(digits) > 1) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil
}
