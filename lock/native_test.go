package lock_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
)

// vendorLock is a vendor's own form of a lock.
type vendorLock struct{ UUID string }

func TestNativeKeepsWhatTheVendorSent(t *testing.T) {
	raw, own := []byte(`{"uuid":"u1","later":"field"}`), &vendorLock{"u1"}
	l := lock.Lock{ID: "u1", Native: lock.NewNative(raw, own)}
	if !bytes.Equal(l.Raw(), raw) {
		t.Errorf("Raw: got %s, want %s", l.Raw(), raw)
	}
	if got, ok := lock.As[*vendorLock](l); !ok || got != own {
		t.Errorf("As[*vendorLock]: got %v and %t, want the vendor's struct", got, ok)
	}
	if got, ok := lock.As[*vendorLock](&l); !ok || got != own {
		t.Errorf("As of a pointer: got %v and %t, want the vendor's struct", got, ok)
	}
	if got, ok := lock.As[*lock.Home](l); ok || got != nil {
		t.Errorf("As of another vendor's type: got %v and %t, want nil and false", got, ok)
	}
	if _, ok := lock.As[vendorLock](l); ok {
		t.Errorf("As[vendorLock]: got true, want false, for it is a pointer")
	}
}

func TestNativeOfNobody(t *testing.T) {
	var l lock.Lock
	if got := l.Raw(); got != nil {
		t.Errorf("Raw: got %s, want nil", got)
	}
	if got, ok := lock.As[*vendorLock](l); ok || got != nil {
		t.Errorf("As: got %v and %t, want nil and false", got, ok)
	}
}

func TestEveryValueHasItsNative(t *testing.T) {
	n := lock.NewNative([]byte("{}"), &vendorLock{"u1"})
	for name, raw := range map[string][]byte{
		"Home": lock.Home{Native: n}.Raw(), "Room": lock.Room{Native: n}.Raw(), "Device": lock.Device{Native: n}.Raw(),
		"Lock": lock.Lock{Native: n}.Raw(), "Key": lock.Key{Native: n}.Raw(), "Password": lock.Password{Native: n}.Raw(),
		"Meter": lock.Meter{Native: n}.Raw(), "Reading": lock.Reading{Native: n}.Raw(),
		"Consumption": lock.Consumption{Native: n}.Raw(), "Receipt": lock.Receipt{Native: n}.Raw(), "Event": lock.Event{Native: n}.Raw(),
	} {
		if string(raw) != "{}" {
			t.Errorf("%s: Raw: got %q, want %q", name, raw, "{}")
		}
	}
}

func TestNativeIsNotMarshalled(t *testing.T) {
	text, err := json.Marshal(lock.Lock{ID: "u1", Native: lock.NewNative([]byte(`{"uuid":"u1"}`), &vendorLock{"u1"})})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "uuid") || strings.Contains(string(text), "UUID") {
		t.Errorf("got %s, want nothing of what the vendor sent", text)
	}
}
