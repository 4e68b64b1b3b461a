package wire

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// maxDigits bounds a number's digits and its exponent. It is far above what a meter or a price
// needs, and far below what makes arithmetic slow.
const maxDigits = 400

// number is a decimal number taken apart: sign, digits before and after the point, exponent.
type number struct {
	negative    bool
	whole, frac string
	exp         int
}

// splitNumber reads -?digits[.digits][e±digits]: a JSON number, or a number in a string, where
// leading zeros are common ("0012.50").
func splitNumber(s string) (number, bool) {
	var n number
	if len(s) > maxDigits {
		return n, false
	}
	s, n.negative = strings.CutPrefix(s, "-")
	n.whole, s = digits(s)
	if n.whole == "" {
		return n, false
	}
	if rest, ok := strings.CutPrefix(s, "."); ok {
		if n.frac, s = digits(rest); n.frac == "" {
			return n, false
		}
	}
	if s == "" {
		return n, true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return n, false
	}
	exp, err := strconv.Atoi(s[1:]) // takes a sign
	if err != nil || exp > maxDigits || exp < -maxDigits {
		return n, false
	}
	n.exp = exp
	return n, true
}

// digits splits s after its leading digits.
func digits(s string) (head, tail string) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// integer returns n's digits, with its sign, if n has no fraction: "5" for 5, 5.0 and 0.5e1.
func (n number) integer() (string, bool) {
	all, point := n.whole+n.frac, len(n.whole)+n.exp
	if strings.Trim(all, "0") == "" {
		return "0", true
	}
	switch {
	case point <= 0:
		return "", false
	case point > len(all):
		all += strings.Repeat("0", point-len(all))
	case strings.Trim(all[point:], "0") != "":
		return "", false
	}
	s := all[:point]
	if n.negative {
		s = "-" + s
	}
	return s, true
}

// parseInt reads text as an integer of the given size; "" is 0.
func parseInt(text string, bits int) (int64, error) {
	s, err := wholeNumber(text)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(s, 10, bits)
	if err != nil {
		return 0, errRange
	}
	return n, nil
}

// parseUint is parseInt for the unsigned types.
func parseUint(text string, bits int) (uint64, error) {
	s, err := wholeNumber(text)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(s, 10, bits)
	if err != nil {
		return 0, errRange
	}
	return n, nil
}

// wholeNumber normalises text to an optional sign and digits.
func wholeNumber(text string) (string, error) {
	if text == "" {
		return "0", nil
	}
	n, ok := splitNumber(text)
	if !ok {
		return "", errNumber
	}
	s, ok := n.integer()
	if !ok {
		return "", errFraction
	}
	return s, nil
}

// parseFloat reads text as a floating-point number; "" is 0.
func parseFloat(text string, bits int) (float64, error) {
	if text == "" {
		return 0, nil
	}
	if _, ok := splitNumber(text); !ok {
		return 0, errNumber
	}
	f, err := strconv.ParseFloat(text, bits)
	if err != nil {
		return 0, errRange
	}
	return f, nil
}

// parseDecimal reads null, a number, or a number in a string; "" is zero.
func parseDecimal(v Raw) (decimal.Decimal, error) {
	var text string
	switch v.Kind() {
	case 'n':
	case '0':
		text = string(v)
	case '"':
		text = string(unquote(v))
	default:
		return decimal.Decimal{}, errMismatch
	}
	if text == "" {
		return decimal.Decimal{}, nil
	}
	if _, ok := splitNumber(text); !ok {
		return decimal.Decimal{}, errNumber
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return decimal.Decimal{}, errRange
	}
	return d, nil
}
