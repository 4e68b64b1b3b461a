package wire

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Sec is a time that a request carries as whole seconds since 1970, 0 when not set. With
// omitzero in its tag the member is left out instead.
//
// Decoding follows the time rule, the same for Sec, Milli and time.Time: a number, or a number in
// a string, from 1e11 upwards is milliseconds, below that seconds; 0, less than 0, null and "" are
// the zero time; text is RFC 3339, with its zone. Times are in UTC.
type Sec struct{ time.Time }

// MarshalJSON writes whole seconds.
func (s Sec) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("0"), nil
	}
	return strconv.AppendInt(nil, s.Unix(), 10), nil
}

// MarshalJSONTo is what Marshal uses: MarshalJSON without a copy.
func (s Sec) MarshalJSONTo(enc *jsontext.Encoder) error {
	if s.IsZero() {
		return enc.WriteToken(jsontext.Int(0))
	}
	return enc.WriteToken(jsontext.Int(s.Unix()))
}

// UnmarshalJSON follows the time rule.
func (s *Sec) UnmarshalJSON(data []byte) (err error) {
	s.Time, err = parseTime(data)
	return err
}

// Milli is Sec in milliseconds.
type Milli struct{ time.Time }

// MarshalJSON writes whole milliseconds.
func (m Milli) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("0"), nil
	}
	return strconv.AppendInt(nil, m.UnixMilli(), 10), nil
}

// MarshalJSONTo is what Marshal uses: MarshalJSON without a copy.
func (m Milli) MarshalJSONTo(enc *jsontext.Encoder) error {
	if m.IsZero() {
		return enc.WriteToken(jsontext.Int(0))
	}
	return enc.WriteToken(jsontext.Int(m.UnixMilli()))
}

// UnmarshalJSON follows the time rule.
func (m *Milli) UnmarshalJSON(data []byte) (err error) {
	m.Time, err = parseTime(data)
	return err
}

const (
	milliFrom = 1e11            // numbers from here on are milliseconds: as seconds they lie beyond the year 5000
	lastMilli = 253402300799999 // the last millisecond of the year 9999
)

// parseTime reads one JSON value by the time rule.
func parseTime(v Raw) (time.Time, error) {
	switch v.Kind() {
	case 'n':
		return time.Time{}, nil
	case '0':
		return numericTime(string(v))
	case '"':
		text := string(unquote(v))
		if text == "" {
			return time.Time{}, nil
		}
		if strings.Contains(text, "T") {
			return textTime(text)
		}
		return numericTime(text)
	}
	return time.Time{}, errMismatch
}

func textTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text) // takes fractions of a second as well
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05Z0700", text)
	}
	if err != nil {
		return time.Time{}, errTime
	}
	return t.UTC(), nil
}

func numericTime(text string) (time.Time, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text[0] != '+' {
		switch {
		case n <= 0:
			return time.Time{}, nil
		case n < milliFrom:
			return time.Unix(n, 0).UTC(), nil
		case n <= lastMilli:
			return time.UnixMilli(n).UTC(), nil
		}
		return time.Time{}, errRange
	}
	if _, ok := splitNumber(text); !ok {
		return time.Time{}, errTime
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || f > lastMilli:
		return time.Time{}, errRange
	case f <= 0:
		return time.Time{}, nil
	case f >= milliFrom:
		f /= 1000
	}
	whole, frac := math.Modf(f)
	return time.Unix(int64(whole), int64(math.Round(frac*1e6))*1000).UTC(), nil // a float keeps microseconds
}
