package rest

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParamsAreSortedByName(t *testing.T) {
	p := NewParams(url.Values{"b": {"2", "1"}, "a_b": {"3"}, "B": {"4"}, "ab": {"5"}, "none": nil})
	assert.Equal(t, Params{{"B", "4"}, {"a_b", "3"}, {"ab", "5"}, {"b", "2"}, {"b", "1"}}, p)
}

func TestSettingAParam(t *testing.T) {
	var p Params
	for _, name := range []string{"m", "z", "a"} {
		p.Set(name, "1")
	}
	assert.Equal(t, Params{{"a", "1"}, {"m", "1"}, {"z", "1"}}, p)
	p = append(p, Param{"z", "2"}, Param{"z", "3"})
	p.Set("z", "4")
	p.Set("m", "5")
	assert.Equal(t, Params{{"a", "1"}, {"m", "5"}, {"z", "4"}}, p, "one value is left")
}

// FuzzParams: a form that is read, encoded and read again is the same.
func FuzzParams(f *testing.F) {
	for _, s := range []string{"a=1&b=2", "b=2&a=1&b=1", "a=%20+&%2B=%26", "=", "a", "王=李"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		encoded := NewParams(values).Encode()
		if want := values.Encode(); encoded != want {
			t.Fatalf("%q: got %q, want %q", text, encoded, want)
		}
	})
}
