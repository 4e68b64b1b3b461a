package lock_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestEventIDHoldsItsPartsApart(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []string
	}{
		{"where one part ends and the next begins", []string{"ab", "c"}, []string{"a", "bc"}},
		{"a part and none", []string{"a", ""}, []string{"a"}},
		{"an order", []string{"a", "b"}, []string{"b", "a"}},
		{"a part that looks like a length", []string{"1:a"}, []string{"a"}},
		{"parts that look like lengths", []string{"1", ":1"}, []string{"1:1"}},
		{"no parts and an empty one", nil, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a, b := lock.EventID("v", c.a...), lock.EventID("v", c.b...); a == b {
				t.Errorf("%q and %q: got one ID, want two", c.a, c.b)
			}
		})
	}
	if lock.EventID("dingding", "a") == lock.EventID("tuya", "a") {
		t.Errorf("two vendors: got one ID, want two")
	}
	if lock.EventID("dingding", "x") == lock.EventID("dingdingx") {
		t.Errorf("a vendor with a part and a longer vendor: got one ID, want two")
	}
}

// An ID is stored by our users: the same parts have to give the same one in every release.
func TestEventIDStaysTheSame(t *testing.T) {
	const want = "f0d4b50db19119375596f326d92ca202"
	if got := lock.EventID("dingding", "lockerOpenAlarm", "uuid-1", "1516000000000"); got != want {
		t.Errorf("got %q, want %q as ever", got, want)
	}
}

func TestEventIDOfOtherPartsIsAnother(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.StringMatching(`[ab:0-9]{0,3}`))
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		if got, want := lock.EventID("v", a...) == lock.EventID("v", b...), slices.Equal(a, b); got != want {
			t.Fatalf("%q and %q: the same ID: got %t, want %t", a, b, got, want)
		}
	})
}

func TestEventQueryWants(t *testing.T) {
	all := lock.EventQuery{}
	two := lock.EventQuery{Kinds: []lock.EventKind{lock.EventLockUnlocked, lock.EventLockJammed}}
	for _, kind := range lock.EventKinds() {
		if !all.Wants(kind) {
			t.Errorf("no kinds asked for: Wants(%s): got false, want true", kind)
		}
		if got, want := two.Wants(kind), slices.Contains(two.Kinds, kind); got != want {
			t.Errorf("two kinds asked for: Wants(%s): got %t, want %t", kind, got, want)
		}
	}
}

func TestEventKindsAreANounAndAVerb(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	for _, kind := range lock.EventKinds() {
		if !form.MatchString(string(kind)) {
			t.Errorf("%s: got another form, want lower-case words with a dot", fmt.Sprint(kind))
		}
	}
}
