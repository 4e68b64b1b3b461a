package yeeuu_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/yeeuu"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

// morning is when a clock that stands does so, half past noon in China.
var morning = time.Date(2026, 3, 2, 4, 30, 0, 250_000_000, time.UTC)

var (
	host  = lock.Person{Name: "Landlord", Phone: lock.NewSecret("13900139028")}
	guest = lock.Person{Name: "Li Lei", Phone: lock.NewSecret("13800138017")}
)

const guestPhone = "13800138017"

// world is a simulator with a flat, and a client of it.
type world struct {
	*yeeuutest.Server
	c     *yeeuu.Client
	front lock.DeviceID // the flat's main door
	inner lock.DeviceID
}

// newWorld has a clock that stands.
func newWorld(t *testing.T, opts ...lock.Option) *world {
	t.Helper()
	return newWorldAt(t, morning, opts...)
}

// newWorldAt has a clock that stands at start, or one that flows if start is zero.
func newWorldAt(t *testing.T, start time.Time, opts ...lock.Option) *world {
	t.Helper()
	s := yeeuutest.NewServer(yeeuutest.WithFrozenClock(start))
	t.Cleanup(s.Close)
	w := &world{Server: s}
	w.front = s.AddLock("2501")
	w.inner = s.AddInnerLock(s.Home(w.front), "甲")
	quick := lock.WithRetry(lock.RetryPolicy{Attempts: 3}) // nothing moves a frozen clock
	w.c = s.Client(append([]lock.Option{quick}, opts...)...)
	return w
}

func (w *world) now() time.Time { return w.Clock().Now() }

func door(t *testing.T, id lock.DeviceID) yeeuu.Door {
	t.Helper()
	d, err := yeeuu.ParseDoor(id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// done is the outcome of an operation, which has to be there at once.
func done[T any](t *testing.T) func(*lock.Operation[T], error) T {
	t.Helper()
	return func(op *lock.Operation[T], err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if !op.Ended() || op.ID() != "" {
			t.Errorf("got an operation with the ID %q, ended: %t; want it done, without an ID", op.ID(), op.Ended())
		}
		v, err := op.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func discard[T any](_ T, err error) error { return err }

func wantKind(t *testing.T, what string, err error, want lock.Kind) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want kind %q", what, err, want)
	}
}

// changes are all calls that change something, by endpoint.
func changes(t *testing.T, w *world) map[string]func(context.Context) error {
	d, sn := door(t, w.front), w.Serial(w.front)
	period := yeeuu.Period{Start: w.now(), End: w.now().Add(time.Hour)}
	pin := lock.NewSecret("135790")
	return map[string]func(context.Context) error{
		"synchronize_apartments": func(ctx context.Context) error {
			return discard(w.c.SyncApartments(ctx, yeeuu.SyncApartmentsRequest{Apartments: yeeuu.ApartmentList{{Code: "x1", DoorType: yeeuu.Main}}}))
		},
		"auth": func(ctx context.Context) error {
			return discard(w.c.Authorize(ctx, yeeuu.AuthorizeRequest{Door: d, Period: period, Author: "a", AuthoredName: "b", AuthoredMobile: guest.Phone}))
		},
		"delete_auth": func(ctx context.Context) error {
			return discard(w.c.RevokeAuthorization(ctx, yeeuu.RevokeAuthorizationRequest{Door: d, AuthoredMobile: guest.Phone}))
		},
		"remote_action": func(ctx context.Context) error {
			return discard(w.c.OpenDoor(ctx, yeeuu.OpenDoorRequest{Door: d, Operator: guest.Phone}))
		},
		"generate_password": func(ctx context.Context) error {
			return discard(w.c.SetPassword(ctx, yeeuu.SetPasswordRequest{Door: d, Period: period, Author: "a", AuthoredName: "b", AuthoredMobile: guest.Phone, Password: pin}))
		},
		"remove_password": func(ctx context.Context) error {
			return discard(w.c.RemovePassword(ctx, yeeuu.RemovePasswordRequest{Door: d, AuthoredMobile: guest.Phone}))
		},
		"v1/locks": func(ctx context.Context) error { return discard(w.c.OpenDevice(ctx, sn)) },
		"ext_password": func(ctx context.Context) error {
			return discard(w.c.SetDevicePassword(ctx, yeeuu.SetDevicePasswordRequest{SN: sn, Index: 3, Password: pin, Type: 2}))
		},
		"operation_password":       func(ctx context.Context) error { return discard(w.c.DeleteDevicePassword(ctx, sn, 3)) },
		"modify_password_property": func(ctx context.Context) error { return discard(w.c.ModifyDevicePassword(ctx, sn, 3, "1")) },
		"clear_all_password":       func(ctx context.Context) error { return discard(w.c.ClearDevicePasswords(ctx, sn)) },
		"Call": func(ctx context.Context) error {
			in := url.Values{"code": {d.Code}, "doorType": {"1"}, "operator": {guestPhone}}
			return discard(w.c.Call(ctx, http.MethodPost, "/apartments/"+d.Code+"/remote_action", in, nil))
		},
	}
}

// Half of the second interface's changes are GETs, which net/http likes to repeat.
func TestAChangeIsNeverSentTwice(t *testing.T) {
	faults := map[string]yeeuutest.Fault{
		"dropped before": yeeuutest.DropBefore(), "dropped after": yeeuutest.DropAfter(), "truncated": yeeuutest.Truncated(),
		"garbage": yeeuutest.Garbage(), "empty": yeeuutest.Empty(), "an error": yeeuutest.Status(500).Executed(),
		"a bad gateway": yeeuutest.BadGateway().Executed(), "unavailable": yeeuutest.Unavailable(time.Second).Executed(),
		"a redirect": yeeuutest.Redirect(307, "/elsewhere").Executed(), "no word of success": yeeuutest.Reply(200, "application/json", "{}").Executed(),
	}
	for fault, f := range faults {
		t.Run(fault, func(t *testing.T) {
			w := newWorld(t)
			// What is taken away has to be there.
			done[lock.Key](t)(w.c.Keys().Grant(t.Context(), w.front, grant(w)))
			w.Advance(time.Second)
			for name, call := range changes(t, w) {
				if err := w.c.Check(t.Context()); err != nil { // a kept connection, to be lost
					t.Fatal(err)
				}
				before := len(w.Requests())
				w.Fail("*", f)
				wantKind(t, name, call(t.Context()), lock.ErrOutcomeUnknown)
				if n := len(w.Requests()) - before; n != 1 {
					t.Errorf("%s: got %d requests, want 1", name, n)
				}
				w.Heal()
			}
		})
	}
}

func grant(w *world) lock.Grant {
	return lock.Grant{Holder: guest, GrantedBy: host, Window: lock.Window{Until: w.now().Add(time.Hour)}}
}

func TestAQuestionIsAskedAgainAndSignedAnew(t *testing.T) {
	for fault, f := range map[string]yeeuutest.Fault{
		"dropped before": yeeuutest.DropBefore(), "dropped after": yeeuutest.DropAfter(), "truncated": yeeuutest.Truncated(),
		"a bad gateway": yeeuutest.BadGateway(), "too many requests": yeeuutest.TooManyRequests(0),
		"an outage in the vendor's words": yeeuutest.Reply(500, "application/json", `{"success":false,"desc":"系统错误"}`),
	} {
		t.Run(fault, func(t *testing.T) {
			w := newWorld(t)
			w.Fail("/get_device_logs", f.Times(2))
			if _, err := w.c.ListOpenLogs(t.Context(), yeeuu.ListOpenLogsRequest{Door: door(t, w.front), Page: 1, PageSize: 50}); err != nil {
				t.Fatal(err)
			}
			nonces, tokens := map[string]bool{}, map[string]bool{}
			for _, r := range w.Requests("/get_device_logs") {
				nonces[r.Query.Get("nonstr")] = true
				tokens[r.Query.Get("token")] = true
			}
			if len(nonces) != 3 || len(tokens) != 3 {
				t.Errorf("got %d nonces and %d tokens in three attempts, want three of each", len(nonces), len(tokens))
			}
		})
	}
}

func TestRefusedCredentialsAreNotTriedAgain(t *testing.T) {
	w := newWorld(t)
	ahead := func(d time.Duration) lock.Clock { return offClock{w.Clock(), d} }
	for _, tt := range []struct {
		name string
		c    *yeeuu.Client
		want lock.Kind
	}{
		{"the right ones", w.c, ""},
		{"another secret", yeeuu.New(w.PartnerID, "other", lock.WithBaseURL(w.URL), lock.WithClock(w.Clock())), lock.ErrUnauthenticated},
		{"another partner", yeeuu.New("other", w.Secret, lock.WithBaseURL(w.URL), lock.WithClock(w.Clock())), lock.ErrUnauthenticated},
		{"a clock that is nine minutes fast", w.Client(lock.WithClock(ahead(9 * time.Minute))), ""},
		{"a clock that is nine minutes slow", w.Client(lock.WithClock(ahead(-9 * time.Minute))), ""},
		{"a clock that is eleven minutes fast", w.Client(lock.WithClock(ahead(11 * time.Minute))), lock.ErrUnauthenticated},
		{"a clock that is eleven minutes slow", w.Client(lock.WithClock(ahead(-11 * time.Minute))), lock.ErrUnauthenticated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(w.Requests())
			read := discard(tt.c.ListOpenLogs(t.Context(), yeeuu.ListOpenLogsRequest{Door: door(t, w.front), Page: 1, PageSize: 50}))
			write := discard(tt.c.OpenDoor(t.Context(), yeeuu.OpenDoorRequest{Door: door(t, w.front), Operator: guest.Phone}))
			for what, err := range map[string]error{"asked": read, "changed": write, "Check": tt.c.Check(t.Context())} {
				if got := lock.KindOf(err); got != tt.want {
					t.Errorf("%s: got %v, want kind %q", what, err, tt.want)
				}
			}
			if n := len(w.Requests()) - before; n != 3 {
				t.Errorf("got %d requests, want 3", n)
			}
		})
	}
}

// offClock is a clock that is wrong.
type offClock struct {
	lock.Clock
	by time.Duration
}

func (c offClock) Now() time.Time { return c.Clock.Now().Add(c.by) }

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name  string
		watch bool // a door is named
		fault *yeeuutest.Fault
		want  lock.Kind
	}{
		{"a door that is there", true, nil, ""},
		{"no door: the refusal of one that is not there will do", false, nil, ""},
		{"a door that is refused", true, new(yeeuutest.Refuse("房源不存在")), lock.ErrDeviceRejected},
		{"no door, and success all the same", false, new(yeeuutest.Reply(200, "", `{"success":true,"count":"0"}`)), ""},
		{"no door, and a bad token", false, new(yeeuutest.Refuse("token错误")), lock.ErrUnauthenticated},
		{"no door, and an unknown partner", false, new(yeeuutest.Refuse("partnerId不存在")), lock.ErrUnauthenticated},
		{"no door, and an outage", false, new(yeeuutest.BadGateway().Always()), lock.ErrVendorUnavailable},
		{"no door, and garbage", false, new(yeeuutest.Garbage()), lock.ErrProtocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			if tt.watch {
				w.c = w.Client(yeeuu.WithWatch(w.front))
			}
			if tt.fault != nil {
				w.Fail("*", *tt.fault)
			}
			if err := w.c.Check(t.Context()); lock.KindOf(err) != tt.want {
				t.Errorf("got %v, want kind %q", err, tt.want)
			}
			for _, r := range w.Requests() {
				if !r.Is("GET /apartments/*/get_device_logs_page_count") {
					t.Errorf("got %s, want nothing but a question", r)
				}
			}
		})
	}
}

func TestHomes(t *testing.T) {
	spec := lock.HomeSpec{ID: "f1", Name: "2601", Block: "西环里小区", Province: "11", City: "1101", Zone: "110114"}
	main := yeeuu.Door{Code: "f1", Type: yeeuu.Main}.ID()
	t.Run("a flat is uploaded as its main door", func(t *testing.T) {
		w := newWorld(t)
		home, err := w.c.Homes().Create(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		if home.ID != "f1" || home.Name != "2601" || home.Block != spec.Block || home.City != "1101" {
			t.Errorf("got %+v, want it as described", home)
		}
		want := yeeuutest.Element{
			"code": "f1", "doorType": "1", "name": "2601", "buildingId": "西环里小区", "buildingName": "西环里小区",
			"provinceId": "11", "cityId": "1101", "disId": "110114",
		}
		if got := w.Element(main); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the vendor has %v, want %v", got, want)
		}
		inBuilding := yeeuu.Door{Code: "f1", Building: spec.Block, Type: yeeuu.Main}.ID()
		done[lock.Lock](t)(w.c.Locks().Open(t.Context(), inBuilding, host)) // Block is the Building of its doors
	})
	t.Run("an update sends what is set and nothing else", func(t *testing.T) {
		for name, tt := range map[string]struct {
			opts []yeeuutest.Option
			kept string
		}{
			"a vendor that keeps the rest":   {nil, "西环里小区"},
			"a vendor that empties the rest": {[]yeeuutest.Option{yeeuutest.WithBlanking()}, ""},
		} {
			s := yeeuutest.NewServer(tt.opts...)
			c := s.Client()
			if _, err := c.Homes().Create(t.Context(), spec); err != nil {
				t.Fatal(err)
			}
			if err := c.Homes().Update(t.Context(), "f1", lock.HomeSpec{ID: "ignored", Name: "2602"}); err != nil {
				t.Fatal(err)
			}
			if got := s.Element(main); got["name"] != "2602" || got["buildingName"] != tt.kept {
				t.Errorf("%s: got %v, want the new name and building %q", name, got, tt.kept)
			}
			s.Close()
		}
	})
	t.Run("rooms are inner doors, one upload each", func(t *testing.T) {
		w := newWorld(t)
		w.Fail("/synchronize_apartments", yeeuutest.Refuse("乙不可用"))
		added, err := w.c.Homes().AddRooms(t.Context(), "f1",
			lock.RoomSpec{ID: "乙"}, lock.RoomSpec{ID: "丙", Name: "丙"}, lock.RoomSpec{Name: "丁"}, lock.RoomSpec{ID: "1", Name: "戊"},
			lock.RoomSpec{ID: "己", Note: "south"}, lock.RoomSpec{})
		var ids []lock.RoomID
		for _, r := range added {
			ids = append(ids, r.ID)
			if w.Element(yeeuu.Door{Code: "f1", Type: yeeuu.Inner, Name: r.Name}.ID()) == nil {
				t.Errorf("room %s is not there", r.ID)
			}
		}
		if !slices.Equal(ids, []lock.RoomID{"丙", "丁"}) {
			t.Errorf("got the rooms %v, want 丙 and 丁", ids)
		}
		refused := map[lock.RoomID]lock.Kind{}
		for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
			var room *lock.RoomError
			if !errors.As(err, &room) {
				t.Fatalf("got %v, want a *lock.RoomError", err)
			}
			refused[room.Room] = lock.KindOf(room.Err)
		}
		want := map[lock.RoomID]lock.Kind{
			"乙": lock.ErrDeviceRejected, "1": lock.ErrInvalidArgument, "己": lock.ErrInvalidArgument, "": lock.ErrInvalidArgument,
		}
		if fmt.Sprint(refused) != fmt.Sprint(want) {
			t.Errorf("got %v refused, want %v", refused, want)
		}
	})
	t.Run("what Yeeuu does not take is refused before any call", func(t *testing.T) {
		w := newWorld(t)
		with := func(change func(*lock.HomeSpec)) lock.HomeSpec { s := spec; change(&s); return s }
		for name, s := range map[string]lock.HomeSpec{
			"no id": with(func(s *lock.HomeSpec) { s.ID = "" }), "no name": with(func(s *lock.HomeSpec) { s.Name = "" }),
			"no block": with(func(s *lock.HomeSpec) { s.Block = "" }), "a kind": with(func(s *lock.HomeSpec) { s.Kind = lock.HomeScattered }),
			"a country": with(func(s *lock.HomeSpec) { s.Country = "中国" }), "an address": with(func(s *lock.HomeSpec) { s.Address = "1" }),
			"a note": with(func(s *lock.HomeSpec) { s.Note = "1" }), "a city by name": with(func(s *lock.HomeSpec) { s.City = "北京" }),
		} {
			wantKind(t, "creating with "+name, discard(w.c.Homes().Create(t.Context(), s)), lock.ErrInvalidArgument)
		}
		wantKind(t, "updating nothing", w.c.Homes().Update(t.Context(), "f1", lock.HomeSpec{ID: "f2"}), lock.ErrInvalidArgument)
		wantKind(t, "updating a note", w.c.Homes().Update(t.Context(), "f1", lock.HomeSpec{Note: "x"}), lock.ErrInvalidArgument)
		wantKind(t, "updating no home", w.c.Homes().Update(t.Context(), "", lock.HomeSpec{Name: "x"}), lock.ErrInvalidArgument)
		if n := len(w.Requests()); n != 0 {
			t.Errorf("got %d requests, want none", n)
		}
	})
}

func TestOpening(t *testing.T) {
	w := newWorld(t)
	l := done[lock.Lock](t)(w.c.Locks().Open(t.Context(), w.inner, lock.Person{Phone: lock.NewSecret("+86 138 0013 8017")}))
	if l.ID != w.inner || l.Home != w.Home(w.front) || l.Room != "甲" {
		t.Errorf("got %+v, want the inner door 甲 of its flat", l)
	}
	log := w.Openings(w.inner)
	if len(log) != 1 || log[0].By != yeeuutest.ByAPI || log[0].Opener != guestPhone || len(w.Openings(w.front)) != 0 {
		t.Errorf("got the log %v, want one opening by %s", log, guestPhone)
	}
	w.GoOffline(w.inner)
	err := discard(w.c.Locks().Open(t.Context(), w.inner, guest))
	var e *lock.Error
	if !errors.As(err, &e) || e.Kind != lock.ErrDeviceRejected || e.Message != "门锁离线" || e.Target != string(w.inner) || e.Op != lock.OpenLock {
		t.Errorf("got %+v, want the vendor's words, the door and the operation", e)
	}
	wantKind(t, "for nobody", discard(w.c.Locks().Open(t.Context(), w.inner, lock.Person{Name: "x"})), lock.ErrInvalidArgument)
	wantKind(t, "no door", discard(w.c.Locks().Open(t.Context(), "front door", guest)), lock.ErrNotFound)
	wantKind(t, "an inner door without name", discard(w.c.Locks().Open(t.Context(), "x0001:2", guest)), lock.ErrNotFound)
}

func TestKeys(t *testing.T) {
	t.Run("a key opens in its window until it is revoked", func(t *testing.T) {
		w := newWorld(t)
		from := w.now().Add(time.Hour + time.Millisecond)
		g := lock.Grant{Holder: guest, GrantedBy: host, Window: lock.Window{From: from, Until: from.Add(time.Hour)}}
		key := done[lock.Key](t)(w.c.Keys().Grant(t.Context(), w.front, g))
		if key.ID != yeeuu.KeyID(guest.Phone) || key.State != lock.StateScheduled || key.Kind != lock.KeyApp || key.Name != "Li Lei" {
			t.Errorf("got %+v, want a scheduled app key of the guest's phone", key)
		}
		if key.Window.From.Before(g.Window.From) || key.Window.Until.After(g.Window.Until) ||
			key.Window.From.Nanosecond() != 0 || key.Window.Until.Nanosecond() != 0 || key.Window.Until.Sub(key.Window.From) < time.Hour-2*time.Second {
			t.Errorf("got the window %s, want the whole seconds inside %s", key.Window, g.Window)
		}
		opens := func(want bool, when string) {
			t.Helper()
			if got := w.OpenByPhone(w.front, yeeuutest.ByApp, guestPhone); got != want {
				t.Errorf("%s: the door opens: got %t, want %t", when, got, want)
			}
		}
		opens(false, "before its window")
		w.Advance(time.Hour + 2*time.Second)
		opens(true, "in its window")
		revoked := done[lock.Key](t)(w.c.Keys().Revoke(t.Context(), w.front, key.ID))
		if revoked.ID != key.ID || revoked.State != lock.StateRemoved {
			t.Errorf("got %+v, want it removed", revoked)
		}
		opens(false, "when it is revoked")
	})
	t.Run("a key without From begins now", func(t *testing.T) {
		w := newWorld(t)
		key := done[lock.Key](t)(w.c.Keys().Grant(t.Context(), w.front, grant(w)))
		if key.State != lock.StateActive || !key.Window.From.Equal(w.now().Truncate(time.Second)) || !w.OpenByPhone(w.front, yeeuutest.ByWeChat, guestPhone) {
			t.Errorf("got %+v, want it active from this second on, and to open", key)
		}
	})
	t.Run("what Yeeuu does not give is refused before any call", func(t *testing.T) {
		w := newWorld(t)
		with := func(change func(*lock.Grant)) lock.Grant { g := grant(w); change(&g); return g }
		for name, tt := range map[string]struct {
			g    lock.Grant
			want lock.Kind
		}{
			"without end":         {with(func(g *lock.Grant) { g.Window, g.Permanent = lock.Window{}, true }), lock.ErrUnsupported},
			"by the week":         {with(func(g *lock.Grant) { g.Schedule = new(weekdays()) }), lock.ErrUnsupported},
			"of an enrolled key":  {with(func(g *lock.Grant) { g.Key = "k" }), lock.ErrUnsupported},
			"of a card":           {with(func(g *lock.Grant) { g.Kind = lock.KeyCard }), lock.ErrInvalidArgument},
			"to an administrator": {with(func(g *lock.Grant) { g.Role = lock.RoleAdmin }), lock.ErrInvalidArgument},
			"to nobody's phone":   {with(func(g *lock.Grant) { g.Holder.Phone = lock.Secret{} }), lock.ErrInvalidArgument},
			"to nobody's name":    {with(func(g *lock.Grant) { g.Holder.Name = "" }), lock.ErrInvalidArgument},
			"by nobody":           {with(func(g *lock.Grant) { g.GrantedBy = lock.Person{} }), lock.ErrInvalidArgument},
			"for yesterday":       {with(func(g *lock.Grant) { g.Window.Until = w.now().Add(-time.Hour) }), lock.ErrInvalidArgument},
			"for a split second":  {with(func(g *lock.Grant) { g.Window.Until = w.now().Add(time.Millisecond) }), lock.ErrInvalidArgument},
		} {
			wantKind(t, name, discard(w.c.Keys().Grant(t.Context(), w.front, tt.g)), tt.want)
		}
		wantKind(t, "no door", discard(w.c.Keys().Grant(t.Context(), "x", grant(w))), lock.ErrNotFound)
		wantKind(t, "revoking at no door", discard(w.c.Keys().Revoke(t.Context(), "x", yeeuu.KeyID(guest.Phone))), lock.ErrNotFound)
		wantKind(t, "revoking no key", discard(w.c.Keys().Revoke(t.Context(), w.front, guestPhone)), lock.ErrNotFound)
		if n := len(w.Requests()); n != 0 {
			t.Errorf("got %d requests, want none", n)
		}
	})
	t.Run("the key's name stands for the holder's, the giver's id for the name", func(t *testing.T) {
		w := newWorld(t)
		g := grant(w)
		g.Holder.Name, g.Name, g.GrantedBy = "", "cleaning", lock.Person{ID: "staff-7"}
		done[lock.Key](t)(w.c.Keys().Grant(t.Context(), w.front, g))
		form, err := url.ParseQuery(string(w.Requests("/auth")[0].Body))
		if err != nil || form.Get("authoredName") != "cleaning" || form.Get("author") != "staff-7" {
			t.Errorf("got authoredName %q and author %q, want cleaning and staff-7", form.Get("authoredName"), form.Get("author"))
		}
	})
}

func weekdays() lock.Schedule {
	return lock.Schedule{Days: lock.EveryDay, From: lock.At(8, 0), Until: lock.At(9, 0), Location: time.UTC}
}

func TestPasswords(t *testing.T) {
	spec := func(w *world) lock.PasswordSpec {
		return lock.PasswordSpec{Secret: lock.NewSecret("135790"), Holder: guest, By: host, Window: lock.Window{Until: w.now().Add(time.Hour)}}
	}
	t.Run("a code opens until it is deleted", func(t *testing.T) {
		w := newWorld(t)
		pw := done[lock.Password](t)(w.c.Passwords().Create(t.Context(), w.inner, spec(w)))
		if pw.ID != yeeuu.PasswordID(guest.Phone) || pw.State != lock.StateActive || pw.Certainty != lock.Reported || pw.Pending != nil || !pw.Secret.IsZero() {
			t.Errorf("got %+v, want an active one, reported, of the guest's phone, without the code we know", pw)
		}
		if !w.EnterCode(w.inner, "135790") || w.EnterCode(w.front, "135790") {
			t.Error("the code must open its door and no other")
		}
		gone := done[lock.Password](t)(w.c.Passwords().Delete(t.Context(), w.inner, pw.ID))
		if gone.State != lock.StateRemoved || gone.Certainty != lock.Reported || gone.ID != pw.ID {
			t.Errorf("got %+v, want it removed, reported", gone)
		}
		if w.EnterCode(w.inner, "135790") || w.HasPassword(w.inner, guestPhone) {
			t.Error("the deleted code still opens, or is still there")
		}
		wantKind(t, "deleting it again", discard(w.c.Passwords().Delete(t.Context(), w.inner, pw.ID)), lock.ErrDeviceRejected)
	})
	t.Run("a code that is not given is drawn", func(t *testing.T) {
		w := newWorld(t)
		s := spec(w)
		s.Secret = lock.Secret{}
		pw := done[lock.Password](t)(w.c.Passwords().Create(t.Context(), w.front, s))
		if !w.EnterCode(w.front, pw.Secret.Reveal()) {
			t.Error("the code that came back does not open")
		}
	})
	t.Run("its window never grows", func(t *testing.T) {
		w := newWorld(t)
		s := spec(w)
		s.Window = lock.Window{From: w.now().Add(time.Minute), Until: w.now().Add(time.Hour)} // on quarters of a second
		pw := done[lock.Password](t)(w.c.Passwords().Create(t.Context(), w.front, s))
		want := lock.Window{From: s.Window.From.Truncate(time.Second).Add(time.Second), Until: s.Window.Until.Truncate(time.Second)}
		if !pw.Window.From.Equal(want.From) || !pw.Window.Until.Equal(want.Until) || pw.State != lock.StateScheduled {
			t.Errorf("got the window %s in state %q, want %s, scheduled", pw.Window, pw.State, want)
		}
	})
	t.Run("6 to 10 digits, and no other kind", func(t *testing.T) {
		w := newWorld(t)
		policy, err := w.c.Passwords().Policy(t.Context(), w.front, "")
		if err != nil || !slices.Equal(policy.PIN.Lengths, []int{6, 7, 8, 9, 10}) || !policy.NeedHolder || !policy.ChooseCode {
			t.Errorf("got %+v and %v", policy, err)
		}
		for _, kind := range []lock.PasswordKind{lock.PasswordPermanent, lock.PasswordRecurring, lock.PasswordOffline, lock.PasswordAdmin, "engraved"} {
			wantKind(t, string(kind), discard(w.c.Passwords().Policy(t.Context(), w.front, kind)), lock.ErrUnsupported)
		}
	})
	t.Run("what Yeeuu does not take is refused before any call", func(t *testing.T) {
		w := newWorld(t)
		with := func(change func(*lock.PasswordSpec)) lock.PasswordSpec { s := spec(w); change(&s); return s }
		for name, tt := range map[string]struct {
			s    lock.PasswordSpec
			want lock.Kind
		}{
			"five digits":       {with(func(s *lock.PasswordSpec) { s.Secret = lock.NewSecret("98765") }), lock.ErrPasswordRejected},
			"eleven digits":     {with(func(s *lock.PasswordSpec) { s.Secret = lock.NewSecret("98765432109") }), lock.ErrPasswordRejected},
			"nobody's phone":    {with(func(s *lock.PasswordSpec) { s.Holder.Phone = lock.Secret{} }), lock.ErrPasswordRejected},
			"nobody's name":     {with(func(s *lock.PasswordSpec) { s.Holder.Name = "" }), lock.ErrInvalidArgument},
			"given by nobody":   {with(func(s *lock.PasswordSpec) { s.By = lock.Person{} }), lock.ErrInvalidArgument},
			"a text message":    {with(func(s *lock.PasswordSpec) { s.Notify = true }), lock.ErrInvalidArgument},
			"no end":            {with(func(s *lock.PasswordSpec) { s.Window.Until = time.Time{} }), lock.ErrPasswordRejected},
			"a split second":    {with(func(s *lock.PasswordSpec) { s.Window.Until = w.now().Add(time.Millisecond) }), lock.ErrInvalidArgument},
			"a permanent one":   {lock.PasswordSpec{Kind: lock.PasswordPermanent, Holder: guest, By: host}, lock.ErrUnsupported},
			"the weekly rhythm": {with(func(s *lock.PasswordSpec) { s.Kind, s.Schedule = lock.PasswordRecurring, new(weekdays()) }), lock.ErrUnsupported},
		} {
			wantKind(t, name, discard(w.c.Passwords().Create(t.Context(), w.front, tt.s)), tt.want)
		}
		wantKind(t, "no door", discard(w.c.Passwords().Create(t.Context(), "x", spec(w))), lock.ErrNotFound)
		wantKind(t, "deleting at no door", discard(w.c.Passwords().Delete(t.Context(), "x", yeeuu.PasswordID(guest.Phone))), lock.ErrNotFound)
		wantKind(t, "deleting no password", discard(w.c.Passwords().Delete(t.Context(), w.front, guestPhone)), lock.ErrNotFound)
		if n := len(w.Requests()); n != 0 {
			t.Errorf("got %d requests, want none", n)
		}
	})
}

// The second interface, from the first to the last of its calls.
func TestDevices(t *testing.T) {
	var log locktest.Log
	w := newWorld(t, lock.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	ctx, sn := t.Context(), w.Serial(w.front)
	state, err := w.c.GetDeviceState(ctx, sn)
	if err != nil || state.Electric != "86" || state.State != "1" || state.Voltage != "5.9" || len(state.Raw()) == 0 {
		t.Errorf("got %+v and %v, want the simulator's state", state, err)
	}
	set := yeeuu.SetDevicePasswordRequest{
		SN: sn, Index: 3, Password: lock.NewSecret("13579024"), Type: 1, Start: w.now(), End: w.now().Add(time.Hour), Action: "0", Times: 9,
	}
	if _, err := w.c.SetDevicePassword(ctx, set); err != nil {
		t.Fatal(err)
	}
	opens := func(want bool, when string) {
		t.Helper()
		if got := w.EnterCode(w.front, "13579024"); got != want {
			t.Errorf("%s: the code opens: got %t, want %t", when, got, want)
		}
	}
	w.Advance(time.Second)
	opens(true, "when it is set")
	for action, want := range map[string]bool{"1": false, "0": true} {
		if _, err := w.c.ModifyDevicePassword(ctx, sn, 3, action); err != nil {
			t.Fatal(err)
		}
		opens(want, "after action "+action)
	}
	if _, err := w.c.DeleteDevicePassword(ctx, sn, 3); err != nil {
		t.Fatal(err)
	}
	opens(false, "when it is deleted")
	wantKind(t, "deleting it again", discard(w.c.DeleteDevicePassword(ctx, sn, 3)), lock.ErrDeviceRejected)
	if _, err := w.c.SetDevicePassword(ctx, yeeuu.SetDevicePasswordRequest{SN: sn, Password: lock.NewSecret("13579024"), Type: 2}); err != nil {
		t.Fatal(err)
	}
	opens(true, "when it is set for good")
	if _, err := w.c.ClearDevicePasswords(ctx, sn); err != nil {
		t.Fatal(err)
	}
	opens(false, "when all are cleared")
	if reply, err := w.c.GetDeviceCyclePassword(ctx, sn); err != nil || !strings.Contains(string(reply.Raw()), "password") {
		t.Errorf("got %v and %v, want a code in Raw", reply, err)
	}
	if _, err := w.c.OpenDevice(ctx, sn); err != nil {
		t.Fatal(err)
	}
	if reply, err := w.c.ListDeviceLogs(ctx, sn, w.now(), w.now()); err != nil || strings.Count(string(reply.Raw()), "opentime") != 4 {
		t.Errorf("got %s and %v, want today's four openings", reply.Raw(), err)
	}
	if reply, err := w.c.ListDeviceLogs(ctx, sn, w.now().AddDate(0, 0, -1), w.now().AddDate(0, 0, -1)); err != nil || strings.Contains(string(reply.Raw()), "opentime") {
		t.Errorf("got %s and %v, want nothing of yesterday", reply.Raw(), err)
	}
	wantKind(t, "an unknown lock", discard(w.c.OpenDevice(ctx, "0")), lock.ErrDeviceRejected)
	w.GoOffline(w.front)
	wantKind(t, "a lock that is offline", discard(w.c.GetDeviceState(ctx, sn)), lock.ErrDeviceRejected)
	wantKind(t, "an empty serial number", discard(w.c.GetDeviceState(ctx, "")), lock.ErrInvalidArgument)
	other := yeeuu.New(w.PartnerID, w.Secret, lock.WithBaseURL(w.URL), yeeuu.WithDeviceKey(lock.NewSecret("wrong-key")))
	wantKind(t, "another key", discard(other.GetDeviceState(ctx, sn)), lock.ErrDeviceRejected)
	for _, secret := range []string{w.DeviceKey, "13579024"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log shows a secret:\n%s", log.String())
		}
	}
	if !strings.Contains(log.String(), "/v1/locks/{sn}/ext_password") {
		t.Error("the log does not speak of the calls")
	}
}

func TestCallReachesWhatHasNoMethod(t *testing.T) {
	w := newWorld(t)
	w.AddOpenings(w.front, yeeuutest.Opening{At: w.now(), By: yeeuutest.ByApp, Opener: guestPhone})
	var out struct {
		Data []struct {
			Opener string `json:"opener"`
		} `json:"data"`
	}
	in := struct {
		yeeuu.Door
		Page int `url:"page"`
		Size int `url:"pageSize"`
	}{door(t, w.front), 1, 10}
	reply, err := w.c.Call(t.Context(), http.MethodGet, "/apartments/"+in.Code+"/get_device_logs", in, &out)
	if err != nil || len(out.Data) != 1 || out.Data[0].Opener != guestPhone || len(reply.Raw()) == 0 {
		t.Errorf("got %+v and %v, want the entry", out, err)
	}
	var wrong struct {
		Data string `json:"data"`
	}
	_, err = w.c.Call(t.Context(), http.MethodGet, "/apartments/"+in.Code+"/get_device_logs", in, &wrong)
	wantKind(t, "into another shape", err, lock.ErrProtocol)
	_, err = w.c.Call(t.Context(), http.MethodGet, "/apartments/x/y", nil, nil)
	wantKind(t, "of no endpoint", err, lock.ErrProtocol)
}

func TestResume(t *testing.T) {
	w := newWorld(t)
	if v, err := w.c.Resume("anything"); v != nil || !errors.Is(err, lock.ErrInvalidArgument) {
		t.Errorf("got %v and %v, want an ErrInvalidArgument alone", v, err)
	}
}
