package lock_test

import (
	"errors"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

var (
	noon     = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	tomorrow = lock.Window{Until: noon.Add(24 * time.Hour)}
	reversed = lock.Window{From: noon.Add(time.Hour), Until: noon}
	daily    = &lock.Schedule{Days: lock.EveryDay, From: lock.At(8, 0), Until: lock.At(9, 0), Location: time.UTC}
)

// wantRule checks which rule err names, "" = none is broken.
func wantRule(t *testing.T, err error, want lock.Rule) {
	t.Helper()
	var pin *lock.PINError
	switch {
	case want == "" && err != nil:
		t.Errorf("got error %v, want none", err)
	case want != "" && !errors.As(err, &pin):
		t.Errorf("got %v, want a *PINError of rule %q", err, want)
	case want != "" && pin.Rule != want:
		t.Errorf("got rule %q, want %q", pin.Rule, want)
	}
}

func TestPasswordSpecValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		spec lock.PasswordSpec
		want lock.Rule
	}{
		{"a timed one with an end", lock.PasswordSpec{Kind: lock.PasswordTimed, Window: tomorrow}, ""},
		{"no kind is timed", lock.PasswordSpec{Window: tomorrow}, ""},
		{"a timed one without an end", lock.PasswordSpec{Kind: lock.PasswordTimed}, lock.RuleEnd},
		{"no kind and no end", lock.PasswordSpec{}, lock.RuleEnd},
		{"a timed one with a schedule", lock.PasswordSpec{Window: tomorrow, Schedule: daily}, lock.RuleSchedule},
		{"a timed one the wrong way round", lock.PasswordSpec{Window: reversed}, lock.RuleEnd},
		{"a permanent one without an end", lock.PasswordSpec{Kind: lock.PasswordPermanent}, ""},
		{"a permanent one that begins later", lock.PasswordSpec{Kind: lock.PasswordPermanent, Window: lock.Window{From: noon}}, ""},
		{"a permanent one with an end", lock.PasswordSpec{Kind: lock.PasswordPermanent, Window: tomorrow}, lock.RuleEnd},
		{"an administrator's with an end", lock.PasswordSpec{Kind: lock.PasswordAdmin, Window: tomorrow}, lock.RuleEnd},
		{"a permanent one with a schedule", lock.PasswordSpec{Kind: lock.PasswordPermanent, Schedule: daily}, lock.RuleSchedule},
		{"a recurring one with its schedule", lock.PasswordSpec{Kind: lock.PasswordRecurring, Window: tomorrow, Schedule: daily}, ""},
		{"a recurring one without a schedule", lock.PasswordSpec{Kind: lock.PasswordRecurring, Window: tomorrow}, lock.RuleSchedule},
		{"a recurring one on no day", lock.PasswordSpec{Kind: lock.PasswordRecurring, Window: tomorrow, Schedule: &lock.Schedule{Location: time.UTC}}, lock.RuleSchedule},
		{"a recurring one the wrong way round", lock.PasswordSpec{Kind: lock.PasswordRecurring, Window: reversed, Schedule: daily}, lock.RuleEnd},
		{"an offline one with an end", lock.PasswordSpec{Kind: lock.PasswordOffline, Window: tomorrow}, ""},
		{"an offline one whose end the vendor knows", lock.PasswordSpec{Kind: lock.PasswordOffline}, ""},
	} {
		t.Run(c.name, func(t *testing.T) { wantRule(t, c.spec.Validate(), c.want) })
	}
}

func TestPasswordUpdateValidate(t *testing.T) {
	for _, c := range []struct {
		name   string
		update lock.PasswordUpdate
		want   lock.Rule
	}{
		{"nothing", lock.PasswordUpdate{}, ""},
		{"a code", lock.PasswordUpdate{Secret: lock.NewSecret("482913")}, ""},
		{"a window with an end", lock.PasswordUpdate{Window: &tomorrow}, ""},
		{"a window without an end", lock.PasswordUpdate{Window: &lock.Window{}}, lock.RuleEnd},
		{"a window without an end, on purpose", lock.PasswordUpdate{Window: &lock.Window{From: noon}, Permanent: true}, ""},
		{"permanent", lock.PasswordUpdate{Permanent: true}, ""},
		{"permanent with an end", lock.PasswordUpdate{Window: &tomorrow, Permanent: true}, lock.RuleEnd},
		{"a window the wrong way round", lock.PasswordUpdate{Window: &reversed}, lock.RuleEnd},
		{"a schedule", lock.PasswordUpdate{Schedule: daily}, ""},
		{"a schedule on no day", lock.PasswordUpdate{Schedule: &lock.Schedule{Location: time.UTC}}, lock.RuleSchedule},
	} {
		t.Run(c.name, func(t *testing.T) { wantRule(t, c.update.Validate(), c.want) })
	}
}

func TestGrantValidate(t *testing.T) {
	li := lock.Person{Name: "Li"}
	for _, c := range []struct {
		name  string
		grant lock.Grant
		want  bool
	}{
		{"for a time", lock.Grant{Holder: li, Window: tomorrow}, true},
		{"for good, on purpose", lock.Grant{Holder: li, Permanent: true}, true},
		{"for good, by oversight", lock.Grant{Holder: li}, false},
		{"for good with an end", lock.Grant{Holder: li, Window: tomorrow, Permanent: true}, false},
		{"to nobody", lock.Grant{Window: tomorrow}, false},
		{"the wrong way round", lock.Grant{Holder: li, Window: reversed}, false},
		{"on a schedule", lock.Grant{Holder: li, Window: tomorrow, Schedule: daily}, true},
		{"on no day", lock.Grant{Holder: li, Window: tomorrow, Schedule: &lock.Schedule{Location: time.UTC}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.grant.Validate(); (err == nil) != c.want {
				t.Errorf("got %v, want valid %t", err, c.want)
			}
		})
	}
}

func TestTopUpValidate(t *testing.T) {
	ten, none := decimal.NewFromInt(10), decimal.Decimal{}
	for _, c := range []struct {
		name  string
		topUp lock.TopUp
		want  bool
	}{
		{"an amount", lock.TopUp{Order: "o1", Amount: ten}, true},
		{"a fee", lock.TopUp{Order: "o1", Fee: ten}, true},
		{"without an order", lock.TopUp{Amount: ten}, false},
		{"of nothing", lock.TopUp{Order: "o1"}, false},
		{"of zero", lock.TopUp{Order: "o1", Amount: none, Fee: none}, false},
		{"of both", lock.TopUp{Order: "o1", Amount: ten, Fee: ten}, false},
		{"of less than nothing", lock.TopUp{Order: "o1", Amount: ten.Neg()}, false},
		{"of a negative fee", lock.TopUp{Order: "o1", Fee: ten.Neg()}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.topUp.Validate(); (err == nil) != c.want {
				t.Errorf("got %v, want valid %t", err, c.want)
			}
		})
	}
}
