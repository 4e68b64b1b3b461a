package tuya

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// What the numbers of a temporary password mean, by family.
func TestPhases(t *testing.T) {
	for _, tt := range []struct {
		family   Family
		phase    Phase
		delivery DeliveryStatus
		state    lock.PasswordState
		pending  lock.PendingKind
		refused  lock.Kind
	}{
		{FamilyZigbee, 1, 0, lock.StatePending, lock.PendingAdd, ""},
		{FamilyZigbee, 1, 1, lock.StatePending, lock.PendingAdd, ""},
		{FamilyZigbee, 1, 4, lock.StateFailed, "", lock.ErrDuplicatePassword},
		{FamilyZigbee, 2, 2, lock.StateActive, "", ""},
		{FamilyZigbee, 2, 1, lock.StateActive, lock.PendingUpdate, ""},
		{FamilyZigbee, 2, 3, lock.StateActive, "", lock.ErrDeviceRejected},
		{FamilyZigbee, 3, 2, lock.StateFrozen, "", ""},
		{FamilyZigbee, 3, 1, lock.StateFrozen, lock.PendingUpdate, ""},
		{FamilyZigbee, 4, 2, lock.StateRemoved, "", ""},
		{FamilyZigbee, 4, 1, lock.StateActive, lock.PendingDelete, ""},
		{FamilyZigbee, 5, 0, lock.StateFailed, "", lock.ErrDeviceRejected},
		{FamilyZigbee, 5, 3, lock.StateFailed, "", lock.ErrDeviceRejected},
		{FamilyZigbee, 5, 4, lock.StateFailed, "", lock.ErrDuplicatePassword},
		{FamilyZigbee, 5, 5, lock.StateFailed, "", lock.ErrCapacityExceeded},
		{FamilyZigbee, 5, 6, lock.StateFailed, "", lock.ErrPasswordRejected},
		{FamilyZigbee, 9, 0, lock.StateUnknown, "", ""},

		{FamilyWiFi, 0, 0, lock.StateRemoved, "", ""},
		{FamilyWiFi, 1, 0, lock.StatePending, lock.PendingAdd, ""},
		{FamilyWiFi, 2, 0, lock.StateActive, "", ""},
		{FamilyWiFi, 3, 0, lock.StateActive, lock.PendingDelete, ""},
		{FamilyWiFi, 4, 0, lock.StateUnknown, "", ""},

		{FamilyBluetooth, 0, 0, lock.StateRemoved, "", ""},
		{FamilyBluetooth, 1, 0, lock.StatePending, lock.PendingAdd, ""},
		{FamilyBluetooth, 2, 0, lock.StateActive, "", ""},
		{FamilyBluetooth, 3, 0, lock.StateActive, lock.PendingDelete, ""},
		{FamilyBluetooth, 7, 0, lock.StateFailed, "", lock.ErrDeviceRejected},

		{FamilyUnknown, 0, 0, lock.StateRemoved, "", ""},
		{FamilyUnknown, 1, 0, lock.StatePending, lock.PendingAdd, ""},
		{FamilyUnknown, 2, 0, lock.StateActive, "", ""},
		{FamilyUnknown, 3, 0, lock.StateUnknown, "", ""}, // frozen, or to be deleted
		{FamilyUnknown, 3, 2, lock.StateFrozen, "", ""},  // only Zigbee locks tell how a change went
		{FamilyWiFi, 3, 2, lock.StateFrozen, "", ""},
	} {
		t.Run(fmt.Sprintf("%s %d %d", tt.family, tt.phase, tt.delivery), func(t *testing.T) {
			got := tt.family.fate(&TempPassword{Phase: tt.phase, DeliveryStatus: tt.delivery})
			if got.state != tt.state || got.pending != tt.pending || got.refused != tt.refused {
				t.Errorf("got %+v, want %q, %q, %q", got, tt.state, tt.pending, tt.refused)
			}
			if (got.why == "") != (tt.refused == "") {
				t.Errorf("got the reason %q for %q", got.why, tt.refused)
			}
		})
	}
}

func TestFamilies(t *testing.T) {
	c := New("id", "secret", WithLockFamily(FamilyBluetooth, "p1", "p2"))
	for _, tt := range []struct {
		name string
		d    Device
		want Family
	}{
		{"a product that was named", Device{ProductID: "p2", Category: CategoryKeepAlive, Model: "ZB"}, FamilyBluetooth},
		{"a category that is always on Wi-Fi", Device{Category: CategoryKeepAlive, Sub: true}, FamilyWiFi},
		{"a model", Device{Category: "ms", Model: "S-LUX-ZB", IP: "198.51.100.1"}, FamilyZigbee},
		{"a product's name", Device{ProductName: "Smart Lock (Zigbee 3.0)"}, FamilyZigbee},
		{"Wi-Fi with a hyphen", Device{ProductName: "Wi-Fi 智能锁", Sub: true}, FamilyWiFi},
		{"Bluetooth in Chinese", Device{ProductName: "蓝牙门锁"}, FamilyBluetooth},
		{"Bluetooth in short", Device{Model: "lock_ble_2"}, FamilyBluetooth},
		{"a word that only looks like it", Device{Model: "BTX", IP: "198.51.100.1"}, FamilyWiFi},
		{"behind a gateway", Device{Sub: true}, FamilyZigbee},
		{"with an address", Device{IP: "198.51.100.1"}, FamilyWiFi},
		{"nothing", Device{}, FamilyUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := c.FamilyOf(&tt.d); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	for f, want := range map[Family]string{FamilyWiFi: "[7]", FamilyZigbee: "[6]", FamilyBluetooth: "[6]", FamilyUnknown: "[6 7]", "lora": "[6 7]"} {
		if got := fmt.Sprint(f.codeLengths()); got != want {
			t.Errorf("%s: got lengths %s, want %s", f, got, want)
		}
	}
}

// The vendor's example has the phase "frozen" on keys that work.
func TestStatesOfEnrolledKeys(t *testing.T) {
	for phase, want := range map[MethodPhase]lock.PasswordState{
		1: lock.StateExpired, 2: lock.StatePending, 3: lock.StateUnknown, 4: lock.StateExpired, 5: lock.StateExpired, 6: lock.StateExpired,
		7: lock.StateFailed, 8: lock.StateRemoved, 9: lock.StateExpired, 10: lock.StatePending, 11: lock.StateUnknown,
	} {
		if got := (&Method{Phase: phase}).state(lock.StateExpired); got != want {
			t.Errorf("%s of somebody whose time is over: got %q, want %q", phase, got, want)
		}
	}
}

func TestPeopleInTheCommonLanguage(t *testing.T) {
	c := New("id", "secret", lock.WithClock(fixedClock{}))
	now := fixedClock{}.Now()
	for _, tt := range []struct {
		name     string
		user     User
		window   lock.Window
		schedule string
		state    lock.PasswordState
		role     lock.Role
		phone    string
	}{
		{"nothing said", User{UserContact: lock.NewSecret("86-1"), UserType: UserTypeMember}, lock.Window{}, "", lock.StateActive, lock.RoleNormal, "86-1"},
		{"a mail address", User{UserContact: lock.NewSecret("a@b.c"), UserType: UserTypeOwner}, lock.Window{}, "", lock.StateActive, lock.RoleOwner, ""},
		{"permanent", User{UserType: UserTypeAdmin, TimeScheduleInfo: &TimeSchedule{Permanent: true, EffectiveTime: now, ExpiredTime: now}}, lock.Window{}, "", lock.StateActive, lock.RoleAdmin, ""},
		{"over", User{TimeScheduleInfo: &TimeSchedule{EffectiveTime: now.Add(-2 * time.Hour), ExpiredTime: now}}, lock.Window{From: now.Add(-2 * time.Hour), Until: now}, "", lock.StateExpired, "", ""},
		{"later, for good", User{UserType: UserTypeShared, TimeScheduleInfo: &TimeSchedule{EffectiveTime: now.Add(time.Hour), ExpiredTime: farFuture}}, lock.Window{From: now.Add(time.Hour)}, "", lock.StateScheduled, lock.RoleNormal, ""},
		{"two days of the same hours", User{TimeScheduleInfo: &TimeSchedule{Permanent: true, ScheduleDetails: wire.List[ScheduleDetail]{
			{StartMinute: 450, EndMinute: 1050, WorkingDay: 2, TimeZoneID: "Asia/Shanghai"}, {StartMinute: 450, EndMinute: 1050, WorkingDay: 64, TimeZoneID: "Asia/Shanghai"},
			{StartMinute: 0, EndMinute: 60, WorkingDay: 127, TimeZoneID: "Asia/Shanghai"},
		}}}, lock.Window{}, "Mon Sat 07:30-17:30 Asia/Shanghai", lock.StateActive, "", ""},
		{"all day, in a zone nobody knows", User{TimeScheduleInfo: &TimeSchedule{Permanent: true, ScheduleDetails: wire.List[ScheduleDetail]{{AllDay: true, WorkingDay: 1, TimeZoneID: "Moon/Base"}}}}, lock.Window{}, "Sun 00:00-24:00 Asia/Shanghai", lock.StateActive, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := c.userKey("d", &tt.user)
			schedule := ""
			if k.Schedule != nil {
				schedule = k.Schedule.String()
			}
			if k.Window != tt.window || schedule != tt.schedule || k.State != tt.state || k.Role != tt.role || k.Holder.Phone.Reveal() != tt.phone {
				t.Errorf("got window %s, schedule %q, state %q, role %q, phone %q", k.Window, schedule, k.State, k.Role, k.Holder.Phone.Reveal())
			}
		})
	}
}

func TestKeyIDs(t *testing.T) {
	for _, id := range []lock.KeyID{"user/30665363", "unlock_card/3", "unlock_finger_vein/0"} {
		user, m, err := ParseKeyID(id)
		back := MethodKeyID(m)
		if user != "" {
			back = UserKeyID(user)
		}
		if err != nil || back != id {
			t.Errorf("%s: got %s and %v", id, back, err)
		}
	}
	for _, id := range []lock.KeyID{"", "/", "user/", "/3", "unlock_card", "unlock_card/x", "unlock_card/-1"} {
		if user, m, err := ParseKeyID(id); err == nil {
			t.Errorf("%q: got %q and %v, want an error", id, user, m)
		}
	}
	if got := MethodKeyID(MethodRef{"unlock_finger", 2}); got != "unlock_fingerprint/2" {
		t.Errorf("the other spelling: got %s", got)
	}
}

func TestKeyTypes(t *testing.T) {
	for _, k := range enrollable {
		if got := k.Code().KeyType(); got != k {
			t.Errorf("%s: got %s back from %s", k, got, k.Code())
		}
	}
	for code, want := range map[UnlockCode]KeyType{
		UnlockPalm: "hand", UnlockFingerVein: "fingerVein", UnlockIris: "eye", UnlockRemoteControl: "remoteControl", "unlock_finger": "fingerprint", "hijack": "", "x_unlock_y": "",
	} {
		if got := code.KeyType(); got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
}

// Operations are stored by their ID, which comes back as it was.
func TestOperationIDs(t *testing.T) {
	w := work{lock.CreatePassword, "6c&=?/ 1", "offline/1", time.Unix(1795361280, 0)}
	got, err := parseWork(w.String())
	if err != nil || got != w {
		t.Errorf("got %+v and %v, want %+v", got, err, w)
	}
	c := New("id", "secret")
	for _, id := range []string{
		"", "passwords.create", "passwords.create?", "passwords.create?device=d&id=1", "passwords.create?device=d&id=1&since=x", "passwords.create?device=&id=1&since=1",
		"passwords.create?device=d&id=&since=1", "locks.open?device=d&id=1&since=1", "passwords.create?%zz", "?device=d&id=1&since=1",
	} {
		if v, err := c.Resume(id); err == nil {
			t.Errorf("%q: got %T, want an error", id, v)
		}
	}
}

func FuzzParseWork(f *testing.F) {
	f.Add("passwords.create?device=6c1&id=676119614&since=1795361280")
	f.Add("keys.delete?device=6c1&id=unlock_card%2F3&since=1")
	f.Fuzz(func(t *testing.T, id string) {
		w, err := parseWork(id)
		if err != nil {
			return
		}
		if strings.ContainsAny(string(w.op), "?") {
			t.Skip() // no operation is called so
		}
		if again, err := parseWork(w.String()); err != nil || again != w {
			t.Errorf("%q: got %+v, then %+v and %v", id, w, again, err)
		}
	})
}

func TestZones(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		loc  *time.Location
		want string
	}{
		{time.UTC, "UTC"}, {time.FixedZone("Asia/Shanghai", 8*60*60), "Asia/Shanghai"}, {time.FixedZone("CST", 8*60*60), "+08:00"},
		{time.FixedZone("", -(3*60*60 + 30*60)), "-03:30"}, {time.FixedZone("Local", 3600), "+01:00"},
	} {
		got := zoneName(tt.loc, now)
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.loc, got, tt.want)
		}
		back := zone(got)
		if back == nil {
			t.Fatalf("%q cannot be read back", got)
		}
		_, a := now.In(back).Zone()
		if _, b := now.In(tt.loc).Zone(); a != b {
			t.Errorf("%q: got the offset %d back, want %d", got, a, b)
		}
	}
	for _, name := range []string{"", "Local", "Moon/Base", "8"} {
		if got := zone(name); got != nil {
			t.Errorf("%q: got %s, want none", name, got)
		}
	}
	home := time.FixedZone("home", 3600)
	if got := New("id", "secret", lock.WithLocation(home)).location("Moon/Base"); got != home {
		t.Errorf("a zone nobody knows: got %s, want that of WithLocation", got)
	}
}

func TestWindowsNeverGrow(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 500e6, time.UTC)
	at := func(ms int) time.Time {
		return now.Truncate(time.Second).Add(time.Duration(ms) * time.Millisecond)
	}
	for _, tt := range []struct{ in, want lock.Window }{
		{lock.Window{From: at(1000), Until: at(9000)}, lock.Window{From: at(1000), Until: at(9000)}},
		{lock.Window{From: at(1001), Until: at(9999)}, lock.Window{From: at(2000), Until: at(9000)}},
		{lock.Window{Until: at(9500)}, lock.Window{From: at(0), Until: at(9000)}},
	} {
		if got := wholeSeconds(tt.in, now); !got.From.Equal(tt.want.From) || !got.Until.Equal(tt.want.Until) {
			t.Errorf("%v: got %v, want %v", tt.in, got, tt.want)
		}
	}
}

// Whether a record contradicts what was asked for, once nothing is under way any more.
func TestRecordsThatContradict(t *testing.T) {
	states := []lock.PasswordState{lock.StateActive, lock.StateScheduled, lock.StateFrozen, lock.StateExpired, lock.StateRemoved, lock.StateUnknown}
	for op, want := range map[lock.Op]string{
		lock.CreatePassword: "", lock.UpdatePassword: "", lock.FreezePassword: "active scheduled", lock.UnfreezePassword: "frozen",
		lock.DeletePassword: "active scheduled frozen expired unknown",
	} {
		var got []string
		for _, s := range states {
			if contradicts(op, s) {
				got = append(got, string(s))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %q", op, got, want)
		}
	}
}

// A record that shows nothing of a change is asked for again for a while; then nobody knows.
func TestChangesThatTheRecordDoesNotShow(t *testing.T) {
	clock := &movable{fixedClock{}.Now()}
	v := &saying{reply: `{"success":true,"result":{"id":1,"name":"x","phase":2,"effective_time":1,"invalid_time":4000000000}}`}
	c := v.client(lock.WithClock(clock), WithPace(0, 0))
	c.families.note("d", FamilyWiFi)
	op := c.changingPassword(c.begin(lock.DeletePassword, "d", "1"), lock.Password{})
	if over, err := op.Poll(t.Context()); over || err != nil {
		t.Errorf("at once: got %t and %v, want it under way", over, err)
	}
	clock.at = clock.at.Add(2 * recordLag)
	if over, err := op.Poll(t.Context()); !over || err != nil {
		t.Fatalf("later: got %t and %v, want the end", over, err)
	}
	if _, err := op.Wait(t.Context()); !errors.Is(err, lock.ErrOutcomeUnknown) {
		t.Errorf("got %v, want %s", err, lock.ErrOutcomeUnknown)
	}
	v.reply = `{"success":true,"result":{"id":1,"phase":1,"effective_time":1,"invalid_time":4000000000}}`
	update := c.changingPassword(c.begin(lock.UpdatePassword, "d", "1"), lock.Password{})
	over, err := update.Poll(t.Context())
	if pw := update.Latest(); over || err != nil || pw.State != lock.StateUnknown || pw.Pending.Kind != lock.PendingUpdate {
		t.Errorf("a change on its way: got %+v, %t and %v, want the old code as good as unknown", pw, over, err)
	}
}

// What somebody deletes while it is on its way is not found, where the record says so.
func TestPasswordThatWasDeletedMeanwhile(t *testing.T) {
	v := &saying{reply: `{"success":true,"result":{"id":1,"phase":4,"delivery_status":2,"effective_time":1,"invalid_time":4000000000}}`}
	c := v.client()
	c.families.note("d", FamilyZigbee)
	op := c.changingPassword(c.begin(lock.CreatePassword, "d", "1"), lock.Password{})
	if over, err := op.Poll(t.Context()); !over || err != nil {
		t.Fatalf("got %t and %v, want the end", over, err)
	}
	if pw, err := op.Wait(t.Context()); !errors.Is(err, lock.ErrNotFound) || pw.State != lock.StateRemoved {
		t.Errorf("got %+v and %v, want %s", pw, err, lock.ErrNotFound)
	}
}

// Where the vendor does not say how long an offline code is good, its document does.
func TestOfflineCodesWithoutTimes(t *testing.T) {
	now := fixedClock{}.Now()
	hour := now.Truncate(time.Hour)
	for _, tt := range []struct {
		window, want lock.Window
		reply        string
		kind         lock.Kind
	}{
		{lock.Window{}, lock.Window{From: hour, Until: hour.Add(6 * time.Hour)}, `{"offline_temp_password_id":1,"offline_temp_password":"0123456789"}`, ""},
		{lock.Window{Until: hour.Add(9 * time.Hour)}, lock.Window{From: hour, Until: hour.Add(9 * time.Hour)}, `{"offline_temp_password_id":1,"offline_temp_password":123}`, ""},
		{lock.Window{}, lock.Window{}, `{"offline_temp_password_id":1}`, lock.ErrProtocol},
	} {
		c := (&saying{reply: `{"success":true,"result":` + tt.reply + `}`}).client(lock.WithClock(fixedClock{}))
		op, err := c.Passwords().Create(t.Context(), "d", lock.PasswordSpec{Kind: lock.PasswordOffline, Window: tt.window})
		if lock.KindOf(err) != tt.kind {
			t.Errorf("%s: got %v, want %q", tt.reply, err, tt.kind)
		}
		if err != nil {
			continue
		}
		if pw := op.Latest(); pw.Window != tt.want || pw.Secret.IsZero() || pw.State != lock.StateActive || pw.ID != "offline/1" {
			t.Errorf("%s: got %+v, want %s", tt.reply, pw, tt.want)
		}
	}
}

// What is wrong with a password at any lock is refused before any call.
func TestPasswordsThatNoLockTakes(t *testing.T) {
	v := &saying{}
	c := v.client(lock.WithClock(fixedClock{}))
	now := fixedClock{}.Now()
	for name, s := range map[string]lock.PasswordSpec{
		"no name":                {Window: lock.Window{Until: now.Add(time.Hour)}},
		"less than a second":     {Name: "n", Window: lock.Window{From: now.Add(time.Millisecond), Until: now.Add(time.Second)}},
		"a message to nobody":    {Name: "n", Window: lock.Window{Until: now.Add(time.Hour)}, Notify: true},
		"a message about a code": {Kind: lock.PasswordOffline, Notify: true},
		"a code of our own":      {Kind: lock.PasswordOffline, Secret: lock.NewSecret("123456")},
	} {
		if _, err := c.Passwords().Create(t.Context(), "d", s); lock.KindOf(err) != lock.ErrInvalidArgument && lock.KindOf(err) != lock.ErrPasswordRejected {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	if _, err := c.Passwords().Update(t.Context(), "d", "1", lock.PasswordUpdate{}); lock.KindOf(err) != lock.ErrInvalidArgument {
		t.Errorf("an update of nothing: got %v, want %s", err, lock.ErrInvalidArgument)
	}
	if len(v.calls) > 0 {
		t.Errorf("got %d calls, want none", len(v.calls))
	}
}

func TestMemberTypes(t *testing.T) {
	for _, tt := range []struct {
		u    User
		want MemberType
	}{
		{User{UID: "ay1", UserType: UserTypeMember}, MemberHome}, {User{UserType: UserTypeMember}, MemberNonHome}, {User{UID: "ay1", UserType: UserTypeAnonymous}, MemberNonHome},
	} {
		if got := tt.u.memberType(); got != tt.want {
			t.Errorf("%+v: got %s, want %s", tt.u, got, tt.want)
		}
	}
}

// movable is a clock for one goroutine; nothing sleeps on it.
type movable struct{ at time.Time }

func (m *movable) Now() time.Time { return m.at }

func (m *movable) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// A lock reports what it likes under the codes that we know.
func TestStatusOfLocks(t *testing.T) {
	c := New("id", "secret")
	for _, tt := range []struct {
		json    string
		battery int // -1 = unknown
		open    string
	}{
		{`[{"code":"residual_electricity","value":86},{"code":"closed_opened","value":"open"}]`, 86, "true"},
		{`[{"code":"residual_electricity","value":"0"},{"code":"closed_opened","value":"closed"}]`, 0, "false"},
		{`[{"code":"residual_electricity","value":-1},{"code":"closed_opened","value":"unknown"}]`, -1, ""},
		{`[{"code":"residual_electricity","value":"high"},{"code":"battery_state","value":"high"}]`, -1, ""},
		{`[{"code":"residual_electricity","value":101}]`, -1, ""},
		{`[]`, -1, ""}, {`null`, -1, ""}, {`{"code":"residual_electricity","value":5}`, 5, ""},
	} {
		var s Statuses
		if err := wire.Unmarshal([]byte(tt.json), &s); err != nil {
			t.Fatal(err)
		}
		l := c.portableLock(&Device{ID: "d", Status: s})
		battery, open := -1, ""
		if l.Battery != nil {
			battery = *l.Battery
		}
		if l.DoorOpen != nil {
			open = fmt.Sprint(*l.DoorOpen)
		}
		if battery != tt.battery || open != tt.open {
			t.Errorf("%s: got battery %d and door %q, want %d and %q", tt.json, battery, open, tt.battery, tt.open)
		}
	}
}

// Where the vendor does not say which room it has made, the room is looked for.
func TestRoomsWithoutAnID(t *testing.T) {
	for rooms, want := range map[string]lock.RoomID{
		`[{"room_id":1,"name":"attic"},{"room_id":2,"name":"attic"},{"room_id":3,"name":"hall"}]`: "2",
		`[{"room_id":3,"name":"hall"}]`: "", `true`: "",
	} {
		v := &saying{reply: `{"success":true,"result":true}`, then: []string{`{"success":true,"result":` + rooms + `}`}}
		added, err := v.client().Homes().AddRooms(t.Context(), "1", lock.RoomSpec{Name: "attic"})
		switch {
		case want != "" && (err != nil || len(added) != 1 || added[0].ID != want):
			t.Errorf("%s: got %+v and %v, want room %s", rooms, added, err, want)
		case want == "" && (!errors.Is(err, lock.ErrPartial) || len(added) > 0):
			t.Errorf("%s: got %+v and %v, want %s", rooms, added, err, lock.ErrPartial)
		}
	}
}

// Types of key that a lock does not know are left out, unless it knows none.
func TestLocksWithFewTypesOfKey(t *testing.T) {
	v := &saying{reply: `{"success":false,"code":1109,"msg":"param is illegal"}`}
	for _, err := range v.client(WithPace(0, 0)).Keys().List(t.Context(), lock.KeyQuery{Device: "d", Unowned: true}) {
		if !errors.Is(err, lock.ErrInvalidArgument) {
			t.Errorf("got %v, want the first refusal", err)
		}
	}
	if len(v.calls) != len(enrollable) {
		t.Errorf("got %d calls, want one for each type", len(v.calls))
	}
}
