package locktest

import (
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestShows(t *testing.T) {
	for _, c := range []struct {
		name, text, secret string
		want               bool
	}{
		{"a code alone", "482913", "482913", true},
		{"a code in a sentence", "the code is 482913.", "482913", true},
		{"a code after an equals sign", "code=482913&name=x", "482913", true},
		{"a code after a word", "pw482913", "482913", true},
		{"a code at the second place", "1482913 482913", "482913", true},
		{"a code in JSON", `{"code":"482913"}`, "482913", true},
		{"a time stamp that holds the digits", "1748291300", "482913", false},
		{"a duration that ends in the digits", "took=1.482913ms", "482913", false},
		{"a number that begins with the digits", "482913.5", "482913", false},
		{"a code between points", "to.482913.x", "482913", true},
		{"an address that holds the digits", "0xc000482913", "482913", false},
		{"an id that holds the digits", "9fe482913ab07c", "482913", false},
		{"another code", "the code is 482914.", "482913", false},
		{"a code whose digits stand apart", "482-913 and a482b913", "482913", false},
		{"a code that begins as another number", "48 482913 4829130", "482913", true},
		{"a phone number with a country code", "+8613912345678", "13912345678", true},
		{"a token inside a word", "xtok-5f2ey", "tok-5f2e", true},
		{"nothing", "", "482913", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{known: newCanaries()}
			w.watchSecret(lock.NewSecret(c.secret))
			if got := w.shown(c.text); got != c.want {
				t.Errorf("shown(%q): got %t, want %t", c.text, got, c.want)
			}
		})
	}
}
