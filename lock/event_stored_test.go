package lock_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/smartlock-sdk/smartlock/lock"
)

// datas are all that Event.Data may be.
func datas() map[string]any {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123000000, time.UTC)
	left := decimal.RequireFromString("0.1")
	reading := lock.Reading{Device: "m1", At: at, Total: decimal.RequireFromString("12345678901234567890.123"), Left: &left, Unit: lock.KilowattHour}
	return map[string]any{
		"nothing":     nil,
		"battery":     lock.BatteryLevel{Percent: 0},
		"replacement": lock.Replacement{Old: "d0"},
		"failure": lock.Failure{Err: &lock.Error{
			Vendor: "v", Account: "a", Op: "locks.open", Endpoint: "POST /open", Target: "d1", Status: 502, Code: "5101", Message: "no answer",
			RequestID: "r1", Attempts: 2, RetryAfter: time.Minute, Kind: lock.ErrDeviceTimeout, Err: errors.New("cause"),
		}},
		"another failure":       lock.Failure{Err: errors.New("cause")},
		"a failure of no words": lock.Failure{},
		"reading":               reading,
		"readings":              []lock.Reading{reading, {Device: "m2"}},
		"no readings":           []lock.Reading{},
		"receipt":               lock.Receipt{Order: "o1", Serial: "s1", Device: "m1", State: lock.TopUpSucceeded, Amount: &left, Total: &left, At: at},
		"window":                lock.Window{From: at, Until: at.Add(time.Hour)},
		"window for good":       lock.Window{From: at},
		"unfilled":              lock.Unfilled{Window: lock.Window{From: at}, Err: errors.New("cause")},
		"unfilled of no words":  lock.Unfilled{Window: lock.Window{From: at}},
	}
}

func TestStoredEventIsTheSame(t *testing.T) {
	for name, data := range datas() {
		t.Run(name, func(t *testing.T) {
			want := lock.Event{ID: "e1", Kind: lock.EventLockUnlocked, Data: data}
			text, err := lock.EncodeEvent(want, false)
			if err != nil {
				t.Fatal(err)
			}
			got, err := lock.DecodeEvent(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if f, ok := data.(lock.Failure); ok {
				wantFailure(t, got.Data, f)
				return
			}
			// Not DeepEqual: a decimal has more than one way to hold a number.
			if fmt.Sprintf("%T %+v", got.Data, got) != fmt.Sprintf("%T %+v", data, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func wantFailure(t *testing.T, data any, want lock.Failure) {
	t.Helper()
	got, ok := data.(lock.Failure)
	if !ok || (got.Err == nil) != (want.Err == nil) {
		t.Fatalf("got %+v, want %+v", data, want)
	}
	if want.Err == nil {
		return
	}
	if got.Err.Error() != want.Err.Error() || lock.KindOf(got.Err) != lock.KindOf(want.Err) {
		t.Errorf("got %v, want %v", got.Err, want.Err)
	}
	w, is := errors.AsType[*lock.Error](want.Err)
	g, both := errors.AsType[*lock.Error](got.Err)
	if is != both {
		t.Fatalf("got %T, want %T", got.Err, want.Err)
	}
	if is {
		w, g := *w, *g
		w.Err, g.Err = nil, nil
		if w != g {
			t.Errorf("got %+v, want %+v", g, w)
		}
	}
}

func TestStoredEventKeepsEveryMember(t *testing.T) {
	text := rapid.StringOfN(rapid.Rune().Filter(func(r rune) bool { return r != '\ufffd' }), 0, 20, -1)
	at := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
	})
	rapid.Check(t, func(t *rapid.T) {
		var want lock.Event
		fill := func(v reflect.Value) {
			for i := range v.NumField() {
				switch f := v.Field(i); f.Interface().(type) {
				case time.Time:
					f.Set(reflect.ValueOf(at.Draw(t, "at")))
				case lock.Native, lock.Person:
				default:
					switch f.Kind() {
					case reflect.String:
						f.SetString(text.Draw(t, "text"))
					case reflect.Bool:
						f.SetBool(rapid.Bool().Draw(t, "bool"))
					case reflect.Interface: // Data has a test of its own
					default:
						t.Fatalf("a member of type %s: say here how to fill it", f.Type())
					}
				}
			}
		}
		fill(reflect.ValueOf(&want).Elem())
		want.Actor = lock.Person{ID: text.Draw(t, "id"), Name: text.Draw(t, "name"), Phone: lock.NewSecret(text.Draw(t, "phone"))}
		bytes, err := lock.EncodeEvent(want, true)
		if err != nil {
			t.Fatal(err)
		}
		got, err := lock.DecodeEvent(bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Actor.Phone.Equal(want.Actor.Phone) {
			t.Fatalf("got another phone number")
		}
		got.Actor.Phone, want.Actor.Phone = lock.Secret{}, lock.Secret{}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestStoredEventHoldsRawOnlyIfAsked(t *testing.T) {
	e := lock.Event{ID: "e1", Kind: lock.EventVendorUnknown, Native: lock.NewNative([]byte("not JSON, 135790"), &struct{}{})}
	for _, raw := range []bool{false, true} {
		text, err := lock.EncodeEvent(e, raw)
		if err != nil {
			t.Fatal(err)
		}
		got, err := lock.DecodeEvent(text)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if raw {
			want = "not JSON, 135790"
		}
		if string(got.Raw()) != want {
			t.Errorf("raw %t: got %q, want %q", raw, got.Raw(), want)
		}
	}
}

func TestEventThatCannotBeStored(t *testing.T) {
	_, err := lock.EncodeEvent(lock.Event{ID: "e1", Kind: "x", Data: struct{ Code string }{"135790"}}, false)
	if err == nil || !strings.Contains(err.Error(), "struct { Code string }") || strings.Contains(err.Error(), "135790") {
		t.Errorf("got %v, want an error that names the type and not what is in it", err)
	}
	for _, text := range []string{"", "null5", `{"id":135790}`, `{"id":"135790"`, `{"occurred_at":"135790"}`, `{"reading":{"Total":"135790x"}}`, `[135790]`} {
		if _, err := lock.DecodeEvent([]byte(text)); err == nil || strings.Contains(err.Error(), "135790") {
			t.Errorf("%s: got %v, want an error that does not quote it", text, err)
		}
	}
}
