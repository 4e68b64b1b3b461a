package yeeuu

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestDoorIDs(t *testing.T) {
	for _, tt := range []struct {
		name string
		door Door
		id   lock.DeviceID
	}{
		{"a main door", Door{Code: "x0001", Type: Main}, "x0001:1"},
		{"a main door with a name", Door{Code: "x0001", Type: Main, Name: "甲"}, "x0001:1:甲"},
		{"an inner door", Door{Code: "x0001", Type: Inner, Name: "甲"}, "x0001:2:甲"},
		{"with a building", Door{Code: "x0001", Building: "b-1", Type: Inner, Name: "甲"}, "x0001:2:甲:b-1"},
		{"with a building and no name", Door{Code: "x0001", Building: "b_1", Type: Main}, "x0001:1::b_1"},
		{"separators and escapes", Door{Code: "a:b", Building: "%3A", Type: Inner, Name: "x/y z"}, "a%3Ab:2:x%2Fy%20z:%253A"},
		{"a type nobody knows", Door{Code: "x0001", Type: "3"}, "x0001:3"},
		{"bytes that are no text", Door{Code: "a\xff\nb", Type: Main}, "a%FF%0Ab:1"},
		{"the sign for bytes that are no text", Door{Code: "\uFFFD", Type: Main}, "%EF%BF%BD:1"},
		{"nothing", Door{}, ":"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.door.ID(); got != tt.id {
				t.Errorf("ID: got %q, want %q", got, tt.id)
			}
			if got, err := ParseDoor(tt.id); err != nil || got != tt.door {
				t.Errorf("ParseDoor: got %+v and %v, want %+v", got, err, tt.door)
			}
		})
	}
}

func TestOtherSpellingsAreNoDoorIDs(t *testing.T) {
	for _, id := range []lock.DeviceID{
		"", "x0001", "x0001:1:", "x0001:2:甲:", "x0001:1::", "a:1:b:c:d", "x%30001:1", "a%3ab:1", "a/b:1", "a b:1", "%:1", "%zz:1", "x\xff:1",
	} {
		if d, err := ParseDoor(id); !errors.Is(err, errDoorID) || d != (Door{}) {
			t.Errorf("ParseDoor(%q): got %+v and %v, want an error alone", id, d, err)
		}
	}
}

func FuzzDoorID(f *testing.F) {
	f.Add("x0001", "b1", "1", "")
	f.Add("x0001", "", "2", "甲")
	f.Add("a:b%", ":", "2", "\xff/")
	f.Add("", "", "", "")
	f.Add("é", "e\u0301", "٣", "\u202e")
	printable := regexp.MustCompile(`^[\pL\p{Nd}%:._-]*$`)
	f.Fuzz(func(t *testing.T, code, building, kind, name string) {
		d := Door{Code: code, Building: building, Type: DoorType(kind), Name: name}
		id := d.ID()
		if got, err := ParseDoor(id); err != nil || got != d {
			t.Fatalf("%+q has the id %q, which reads as %+q (%v)", d, id, got, err)
		}
		if !printable.MatchString(string(id)) {
			t.Errorf("the id %q has characters that need care", id)
		}
		if other := (Door{Code: code + "x", Building: building, Type: d.Type, Name: name}).ID(); other == id {
			t.Errorf("two doors have the id %q", id)
		}
	})
}

func FuzzParseDoor(f *testing.F) {
	for _, id := range []string{"x0001:1", "x0001:2:甲:b1", "a%3Ab:1", "a%3ab:1", ":", "a:1:b:c:d", "%"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if d, err := ParseDoor(lock.DeviceID(id)); err == nil && d.ID() != lock.DeviceID(id) {
			t.Errorf("%q is read as %+q, whose id is %q", id, d, d.ID())
		}
	})
}

func TestPersonIDs(t *testing.T) {
	const id = "phone-MTM4MDAwMDAwMDE"
	for _, spelling := range []string{"13800000001", "+8613800000001", " 138 0000 0001", "+86 138\t0000\u00a00001"} {
		if got := KeyID(lock.NewSecret(spelling)); got != id {
			t.Errorf("KeyID(%q): got %q, want %q", spelling, got, id)
		}
		if got := PasswordID(lock.NewSecret(spelling)); got != id {
			t.Errorf("PasswordID(%q): got %q, want %q", spelling, got, id)
		}
	}
	if KeyID(lock.NewSecret("+4915100000001")) == KeyID(lock.NewSecret("15100000001")) {
		t.Error("numbers of two countries have one id")
	}
	if got, err := personPhone(id); err != nil || got.Reveal() != "13800000001" {
		t.Errorf("personPhone: got %q and %v, want the number", got.Reveal(), err)
	}
	for _, other := range []string{
		"", "phone-", "13800000001", "MTM4MDAwMDAwMDE", "phone-MTM4MDAwMDAwMDE=", "phone-*", "phone-MTM4 MDAwMDAwMDE",
		"phone-Kzg2MTM4MDAwMDAwMDE", // +8613800000001, a second spelling of the number
	} {
		if got, err := personPhone(other); !errors.Is(err, errPersonID) {
			t.Errorf("personPhone(%q): got a number whose id is %q and %v, want an error", other, personID(got), err)
		}
	}
}

func TestOpenersArePhonesOrNames(t *testing.T) {
	for opener, isPhone := range map[string]bool{
		"15111101441": true, "+8615111101441": true, "10086": true, "": false, "1": false, "1234": false, "李雷": false,
		"room 101": false, "15111101441a": false, "+": false,
	} {
		p := person(lock.NewSecret(opener))
		if got := !p.Phone.IsZero(); got != isPhone {
			t.Errorf("%q: taken for a phone number: got %t, want %t", opener, got, isPhone)
		}
		if !isPhone && p.Name != opener {
			t.Errorf("%q: got the name %q, want it as it came", opener, p.Name)
		}
	}
}

func TestWordsForPeople(t *testing.T) {
	for got, want := range map[string]string{
		Main.String(): "main", Inner.String(): "inner", DoorType("9").String(): "9",
		OpenedByALMS.String(): "vendor's console", OpenedByPassword.String(): "password", OpenedBy("9").String(): "9",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A request that lacks what the document requires never leaves. want is part of the error, which
// names the field.
func TestIncompleteRequestsAreRefused(t *testing.T) {
	type request interface{ validate() error }
	period := Period{noon, night}
	auth := AuthorizeRequest{front, period, "房东", "李雷", phone}
	code := SetPasswordRequest{front, period, "房东", "李雷", phone, pin}
	slot := SetDevicePasswordRequest{SN: "sn1", Index: 50, Password: pin, Type: 2}
	for _, tt := range []struct {
		name string
		req  request
		want string // "" = it is fine
	}{
		{"no flats", SyncApartmentsRequest{}, "Apartments"},
		{"a flat without code", SyncApartmentsRequest{ApartmentList{{Code: "a", DoorType: Main}, {DoorType: Main}}}, "element 1"},
		{"a flat without type of door", SyncApartmentsRequest{ApartmentList{{Code: "a"}}}, "Type"},
		{"an inner door without name, uploaded", SyncApartmentsRequest{ApartmentList{{Code: "a", DoorType: Inner}}}, "Name"},
		{"a main door without name, uploaded", SyncApartmentsRequest{ApartmentList{{Code: "a", DoorType: Main}}}, ""},

		{"a door without code", OpenDoorRequest{Door{Type: Main}, phone}, "Code"},
		{"a door without type", OpenDoorRequest{Door{Code: "a"}, phone}, "Type"},
		{"a door of another type", OpenDoorRequest{Door{Code: "a", Type: "3"}, phone}, "Type"},
		{"an inner door without name", OpenDoorRequest{Door{Code: "a", Type: Inner}, phone}, "Name"},
		{"an inner door", OpenDoorRequest{inner, phone}, ""},
		{"opening for nobody", OpenDoorRequest{front, lock.Secret{}}, "Operator"},

		{"authorisation", auth, ""},
		{"authorisation of no door", func() request { r := auth; r.Door = Door{}; return r }(), "Code"},
		{"authorisation by nobody", func() request { r := auth; r.Author = ""; return r }(), "Author"},
		{"authorisation of somebody without name", func() request { r := auth; r.AuthoredName = ""; return r }(), "AuthoredName"},
		{"authorisation of somebody without phone", func() request { r := auth; r.AuthoredMobile = lock.Secret{}; return r }(), "AuthoredMobile"},
		{"authorisation without beginning", func() request { r := auth; r.Period.Start = noon.AddDate(-60, 0, 0); return r }(), "1970"},
		{"authorisation without end", func() request { r := auth; r.Period = Period{Start: noon}; return r }(), "both Start and End"},
		{"authorisation from nowhere", func() request { r := auth; r.Period = Period{End: noon}; return r }(), "both Start and End"},
		{"authorisation backwards", func() request { r := auth; r.Period = Period{night, noon}; return r }(), "after it begins"},
		{"authorisation for less than a whole second", func() request { r := auth; r.Period = Period{noon.Add(1), noon.Add(1e9)}; return r }(), "after it begins"},
		{"authorisation for a second", func() request { r := auth; r.Period = Period{noon, noon.Add(1e9)}; return r }(), ""},
		{"revocation of nobody's", RevokeAuthorizationRequest{Door: front}, "AuthoredMobile"},
		{"revocation at no door", RevokeAuthorizationRequest{AuthoredMobile: phone}, "Code"},

		{"password", code, ""},
		{"password without digits", func() request { r := code; r.Password = lock.Secret{}; return r }(), "Password"},
		{"password for nobody", func() request { r := code; r.AuthoredMobile = lock.Secret{}; return r }(), "AuthoredMobile"},
		{"password without end", func() request { r := code; r.Period.End = r.Period.Start; return r }(), "after it begins"},
		{"deletion of nobody's password", RemovePasswordRequest{Door: front}, "AuthoredMobile"},

		{"log without page", ListOpenLogsRequest{front, 0, 50}, "Page"},
		{"log in pages of nothing", ListOpenLogsRequest{front, 1, 0}, "PageSize"},
		{"log of no door", ListOpenLogsRequest{Door{}, 1, 50}, "Code"},
		{"count of pages of nothing", CountOpenLogPagesRequest{front, 0}, "PageSize"},
		{"count of no door's pages", CountOpenLogPagesRequest{Door{}, 1}, "Code"},

		{"slot", slot, ""},
		{"slot of no lock", func() request { r := slot; r.SN = ""; return r }(), "SN"},
		{"slot below the first", func() request { r := slot; r.Index = -1; return r }(), "Index"},
		{"slot behind the last", func() request { r := slot; r.Index = 51; return r }(), "Index"},
		{"slot with a short code", func() request { r := slot; r.Password = lock.NewSecret("98765"); return r }(), "digits"},
		{"slot of no type", func() request { r := slot; r.Type = 0; return r }(), "Type"},
		{"slot for a time, without one", func() request { r := slot; r.Type = 1; return r }(), "both Start and End"},
		{"slot with half a time", func() request { r := slot; r.Start = noon; return r }(), "both Start and End"},
		{"slot with a time", func() request { r := slot; r.Start, r.End = noon, night; return r }(), ""},
		{"property of a slot behind the last", deviceProperty{51, "1"}, "Index"},
		{"property of nothing", deviceProperty{1, ""}, "action"},
		{"deletion behind the last slot", deviceSlot{51, "2"}, "Index"},
		{"opening no lock", deviceAction{"", "open"}, "serial number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.req.validate()
			if tt.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want an error that speaks of %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "98765") || strings.Contains(err.Error(), phone.Reveal()) {
				t.Errorf("the error shows a code or a phone number: %v", err)
			}
		})
	}
}
