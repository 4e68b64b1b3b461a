package wire

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTimeRule(t *testing.T) {
	sec := time.Unix(1700000000, 0).UTC()
	cases := []struct {
		name, text string
		want       time.Time
	}{
		{"null is not set", `null`, time.Time{}},
		{"empty text is not set", `""`, time.Time{}},
		{"0 is not set", `0`, time.Time{}},
		{"0 in text is not set", `"0"`, time.Time{}},
		{"-1 is not set", `-1`, time.Time{}},
		{"a negative fraction is not set", `-0.5`, time.Time{}},
		{"the most negative number is not set", `-9223372036854775808`, time.Time{}},
		{"the year 1 is not set", `"0001-01-01T00:00:00Z"`, time.Time{}},
		{"seconds", `1700000000`, sec},
		{"seconds in text", `"1700000000"`, sec},
		{"seconds with an exponent", `1.7e9`, sec},
		{"seconds with a fraction", `1700000000.25`, sec.Add(250 * time.Millisecond)},
		{"seconds with a fraction in text", `"1700000000.123456"`, sec.Add(123456 * time.Microsecond)},
		{"one second", `1`, time.Unix(1, 0).UTC()},
		{"milliseconds", `1700000000123`, sec.Add(123 * time.Millisecond)},
		{"milliseconds in text", `"1700000000123"`, sec.Add(123 * time.Millisecond)},
		{"milliseconds with a fraction", `1700000000123.5`, sec.Add(123500 * time.Microsecond)},
		{"just below 1e11 is seconds", `99999999999`, time.Unix(99999999999, 0).UTC()},
		{"1e11 is milliseconds", `100000000000`, time.UnixMilli(100000000000).UTC()},
		{"1e11 with an exponent is milliseconds", `1e11`, time.UnixMilli(100000000000).UTC()},
		{"the end of the year 9999", `253402300799999`, time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)},
		{"RFC 3339", `"2023-11-14T22:13:20Z"`, sec},
		{"RFC 3339 with an offset", `"2023-11-15T06:13:20+08:00"`, sec},
		{"RFC 3339 with a fraction", `"2023-11-14T22:13:20.25Z"`, sec.Add(250 * time.Millisecond)},
		{"ISO 8601 offset without a colon", `"2023-11-15T06:13:20.000+0800"`, sec},
		{"escaped text", `"\u0031700000000"`, sec},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := decoded[time.Time](c.text)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			s, err := decoded[Sec](c.text)
			require.NoError(t, err)
			assert.Equal(t, c.want, s.Time)
			m, err := decoded[Milli](c.text)
			require.NoError(t, err)
			assert.Equal(t, c.want, m.Time)
			p, err := decoded[*time.Time](c.text)
			require.NoError(t, err)
			if c.text == `null` || c.text == `""` {
				assert.Nil(t, p)
			} else {
				assert.Equal(t, &c.want, p)
			}
		})
	}
}

func TestNoTime(t *testing.T) {
	for _, text := range []string{
		`"2023-11-14 22:13:20"`, // no zone: whose clock?
		`"2023-11-14T22:13:20"`, `"2023-11-14"`, `"22:13:20"`, `"2023-13-14T22:13:20Z"`, `"Tue, 14 Nov 2023 22:13:20 GMT"`,
		`" 1700000000"`, `"+1700000000"`, `"1_7"`, `"0x65536"`, `"NaN"`, `"Inf"`, `"now"`, `" "`,
		`253402300800000`, `9223372036854775807`, `9223372036854775808`, `1e300`, `"1e999"`, `1e400`,
		`true`, `{}`, `[1700000000]`,
	} {
		t.Run(text, func(t *testing.T) {
			got, err := decoded[time.Time](text)
			require.Error(t, err, "got %v", got)
			for _, digits := range []string{"1700", "2023", "2534", "9223"} {
				assert.NotContains(t, err.Error(), digits, "the error quotes the input")
			}
			_, err = decoded[*time.Time](text)
			assert.Error(t, err)
			_, err = decoded[Sec](text)
			assert.Error(t, err)
			_, err = decoded[Milli](text)
			assert.Error(t, err)
		})
	}
}

// FuzzTime: whatever is read as a time is in UTC, within the years JSON and RFC 3339 can write,
// and is read back unchanged from milliseconds.
func FuzzTime(f *testing.F) {
	for _, s := range []string{`0`, `null`, `""`, `-1`, `1700000000`, `"1700000000123"`, `1700000000.5`, `1e11`, `99999999999`, `"2023-11-15T06:13:20.000+0800"`, `253402300799999.9`, `"T"`, `1e-5`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var at time.Time
		if err := Unmarshal(data, &at); err != nil {
			if !at.IsZero() {
				t.Fatalf("%q: error %v left %v behind", data, err, at)
			}
			return
		}
		if at.Location() != time.UTC || at.Year() > 9999 || at.Year() < 0 {
			t.Fatalf("%q: %v", data, at)
		}
		if !at.After(time.Unix(100_000_000, 0)) { // below 1e11 ms, where a number reads as seconds
			return
		}
		b, err := Marshal(Milli{at})
		if err != nil {
			t.Fatal(err)
		}
		var back Milli
		if err := Unmarshal(b, &back); err != nil || !back.Equal(at.Truncate(time.Millisecond)) {
			t.Fatalf("%q: %v became %s became %v, %v", data, at, b, back.Time, err)
		}
	})
}
