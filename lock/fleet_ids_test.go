package lock

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// idTypes are the types that hold nothing but an id, and the text fields that do.
func holdsID(owner reflect.Type, f reflect.StructField) bool {
	switch f.Type {
	case reflect.TypeFor[HomeID](), reflect.TypeFor[RoomID](), reflect.TypeFor[DeviceID](), reflect.TypeFor[KeyID](), reflect.TypeFor[PasswordID]():
		return true
	}
	return f.Type.Kind() == reflect.String && (f.Name == "ID" || owner == reflect.TypeFor[Event]() && f.Name == "Operation")
}

// walk calls visit for every text in v that holds an id.
func walk(v reflect.Value, path string, visit func(path string, id reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			switch {
			case !f.IsExported() || f.Type == reflect.TypeFor[Native]():
			case holdsID(v.Type(), f):
				visit(path+"."+f.Name, v.Field(i))
			default:
				walk(v.Field(i), path+"."+f.Name, visit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), path+"[]", visit)
		}
	case reflect.Interface:
		if !v.IsNil() {
			inner := reflect.New(v.Elem().Type()).Elem() // so that visit can set
			inner.Set(v.Elem())
			walk(inner, path, visit)
			if v.CanSet() {
				v.Set(inner)
			}
		}
	}
}

// shown gives v, with ids everywhere, to show, and checks that each came out as the fleet has it.
func shown[T any](t *testing.T, v T, show func(T) T, ids int) {
	t.Helper()
	p := reflect.ValueOf(&v).Elem()
	n := 0
	walk(p, p.Type().Name(), func(_ string, id reflect.Value) {
		n++
		id.SetString("a:b")
	})
	if n != ids {
		t.Errorf("%T: got %d ids in it, want %d: does the fleet know the new one?", v, n, ids)
	}
	got := show(v)
	walk(reflect.ValueOf(&got).Elem(), p.Type().Name(), func(path string, id reflect.Value) {
		if id.String() != "bj:a:b" {
			t.Errorf("%s: got %q, want %q", path, id, "bj:a:b")
		}
	})
	walk(p, p.Type().Name(), func(path string, id reflect.Value) {
		if id.String() != "a:b" {
			t.Errorf("%s of the member's own value: got %q, want it left alone", path, id)
		}
	})
	if _, ok := any(v).(interface{ Raw() []byte }); ok && reflect.ValueOf(got).FieldByName("Native").IsZero() {
		t.Errorf("%T: Native was lost", v)
	}
	var none T
	none = show(none)
	walk(reflect.ValueOf(&none).Elem(), p.Type().Name(), func(path string, id reflect.Value) {
		if id.String() != "" {
			t.Errorf("%s of nothing: got %q, want nothing", path, id)
		}
	})
}

func TestEveryIDOfAValueNamesItsMember(t *testing.T) {
	m := &member{Member: Member{Name: "bj"}}
	n := NewNative([]byte("{}"), new(int))
	shown(t, Home{Rooms: []Room{{Native: n}}, Native: n}, m.home, 2)
	shown(t, Device{Native: n}, m.device, 4)
	shown(t, Lock{Native: n}, m.lock, 4)
	shown(t, Key{Native: n}, m.key, 3)
	shown(t, Password{Native: n}, m.password, 3)
	shown(t, Meter{Native: n}, m.meter, 4)
	shown(t, Reading{Native: n}, m.reading, 1)
	shown(t, Consumption{Native: n}, m.consumption, 1)
	shown(t, Receipt{Native: n}, m.receipt, 1)
	shown(t, Event{Native: n}, m.event, 8)
	for _, data := range []any{Replacement{}, Reading{Native: n}, []Reading{{Native: n}}, Receipt{Native: n}} {
		shown(t, Event{Native: n, Data: data}, m.event, 9)
	}
}

func TestIDsAreLossless(t *testing.T) {
	fleet := &Fleet{byName: map[string]*member{}}
	for _, name := range []string{"a", "a.b", "a-b", "A"} {
		fleet.byName[name] = &member{Member: Member{Name: name}, fleet: fleet}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(memberName.String()).Draw(t, "name")
		local := rapid.OneOf(rapid.String(), rapid.StringMatching(`(a:|a\.b:|:|云)*`)).Draw(t, "local")
		gotName, got, ok := SplitMemberID(MemberID(name, DeviceID(local)))
		if !ok || gotName != name || got != DeviceID(local) {
			t.Fatalf("got %q of %q (%t), want %q of %q", got, gotName, ok, local, name)
		}
		m := fleet.byName[rapid.SampledFrom([]string{"a", "a.b", "a-b", "A"}).Draw(t, "member")]
		back, err := in(m, GetLock, out(m, DeviceID(local)))
		if err != nil || back != DeviceID(local) {
			t.Fatalf("device: got %q and %v, want %q", back, err, local)
		}
		who, err := m.someone(OpenLock, m.person(Person{ID: local}))
		if err != nil || who.ID != local {
			t.Fatalf("person: got %q and %v, want %q", who.ID, err, local)
		}
		other := fleet.byName[rapid.SampledFrom([]string{"a", "a.b", "a-b", "A"}).Draw(t, "other")]
		if other != m && local != "" {
			if _, err := in(other, GetLock, out(m, DeviceID(local))); KindOf(err) != ErrNotFound {
				t.Fatalf("an id of %s at %s: got %v, want ErrNotFound", m.Name, other.Name, err)
			}
			if _, err := other.someone(OpenLock, m.person(Person{ID: local})); KindOf(err) != ErrInvalidArgument {
				t.Fatalf("a person of %s at %s: got %v, want ErrInvalidArgument", m.Name, other.Name, err)
			}
		}
	})
}

func FuzzSplitMemberID(f *testing.F) {
	for _, id := range []string{"", ":", "bj:", "bj:lock-1", "bj:sh:1", "no-member", "北京:1", "bj :1", strings.Repeat("a", 65) + ":1"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		name, local, ok := SplitMemberID(id)
		if ok && MemberID(name, local) != id || !ok && (name != "" || local != "") {
			t.Errorf("%q: got %q of %q (%t), want it back, or nothing", id, local, name, ok)
		}
	})
}
