package ewelink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// wires is a commander that gives the answers it was told to, and keeps what it was asked.
type wires struct {
	answer string
	err    error
	down   bool
	asked  []string
	held   int // now
}

func (w *wires) dial(context.Context) (commander, func(), error) { return w, func() {}, nil }

func (w *wires) hold() (func(), bool) {
	if w.down {
		return nil, false
	}
	w.held++
	return func() { w.held-- }, true
}

func (w *wires) command(_ context.Context, to Item, params any) (Params, bool, error) {
	if w.down {
		return Params{}, false, nil
	}
	text, err := wire.Marshal(params)
	if err != nil {
		return Params{}, true, err
	}
	w.asked = append(w.asked, to.DeviceID+" "+string(text))
	var p Params
	if w.answer == "" {
		return p, true, w.err
	}
	return p, true, errors.Join(wire.Unmarshal([]byte(w.answer), &p), w.err)
}

// holding is a client of an account with one device.
func holding(t *testing.T, uiid int, params string, opts ...lock.Option) (*Client, *[]string) {
	t.Helper()
	var sent []string
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Method+" "+r.URL.Path)
		reply := emptyReply
		switch r.URL.Path {
		case "/v2/device/thing":
			reply = fmt.Sprintf(`{"error":0,"data":{"thingList":[{"itemType":1,"itemData":{"deviceid":"d1","online":true,"extra":{"uiid":%d},"params":%s}}],"total":1}}`, uiid, params)
		case "/v2/family":
			reply = `{"error":0,"data":{"familyList":[{"id":"h2","apikey":"theirs","familyType":2},{"id":"h1","apikey":"ours"}],"currentFamilyId":"h1"}}`
		}
		resp := httpmock.NewStringResponse(http.StatusOK, reply)
		resp.Request = r
		return resp, nil
	})
	return New("app", "secret", append([]lock.Option{
		lock.WithHTTPClient(&http.Client{Transport: mock}), lock.WithClock(fixedClock{}), WithPace(0, 0, 0),
		WithSession(Session{At: lock.NewSecret("at-0001"), Region: RegionCN}),
	}, opts...)...), &sent
}

func TestEnergyOfEachKind(t *testing.T) {
	now := fixedClock{}.Now() // 15:28 UTC, 23:28 in China
	midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, chinaStandardTime)
	for _, tt := range []struct {
		name           string
		uiid, channel  int
		params, answer string
		since          time.Time
		order          string
		want           string   // the amounts
		from           []string // when each began, by the device's clock
	}{
		{"POW counts days", 5, 0, `{}`, `{"hundredDaysKwhData":"190101190301000000"}`, time.Time{}, `{"hundredDaysKwh":"get"}`, "25.11 25.31 0", []string{"22 00", "21 00", "20 00"}},
		{"days before since are left out", 32, 0, `{"timeZone":8}`, `{"hundredDaysKwhData":"190101190301000000"}`, midnight.Add(-time.Hour), `{"hundredDaysKwh":"get"}`, "25.11 25.31", []string{"22 00", "21 00"}},
		{"the device's own midnight", 182, 0, `{"timeZone":-5.5}`, `{"hundredDaysKwhData":"000100000200"}`, time.Time{}, `{"hundredDaysKwh":"get"}`, "0.1 0.2", []string{"22 00", "21 00"}},
		{"DualR3 counts each channel", 126, 1, `{}`, `{"kwhHistories_01":"1270ff99"}`, time.Time{}, `{"getKwh_01":2}`, "18.7 255.99", []string{"22 00", "21 00"}},
		{"POWR3 counts hours in four characters", 190, 0, `{}`, `{"hoursKwhData":"000600071f990001"}`, now.Add(-2 * time.Hour), `{"getHoursKwh":{"end":3,"start":0}}`, "0.06 0.07 31.99", []string{"22 23", "22 22", "22 21"}},
		{"or in three", 190, 0, `{}`, `{"hoursKwhData":"015016017018"}`, now.Add(-2 * time.Hour), `{"getHoursKwh":{"end":3,"start":0}}`, "0.15 0.16 0.17", []string{"22 23", "22 22", "22 21"}},
		{"the breaker counts in hexadecimal", 226, 0, `{}`, `{"hundredDaysKwhData":"190101"}`, time.Time{}, `{"hundredDaysKwh":"get"}`, "6401.01", []string{"22 00"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := holding(t, tt.uiid, tt.params)
			socket := &wires{answer: tt.answer}
			c.dial = socket.dial
			got, err := c.Energy(t.Context(), "d1", tt.channel, tt.since)
			if err != nil {
				t.Fatal(err)
			}
			if len(socket.asked) != 1 || socket.asked[0] != "d1 "+tt.order {
				t.Errorf("asked: got %v, want %s", socket.asked, tt.order)
			}
			var amounts []string
			for i, e := range got {
				amounts = append(amounts, e.KWh.String())
				if i < len(tt.from) && e.Window.From.Format("02 15") != tt.from[i] {
					t.Errorf("record %d: got it from %s, want %s", i, e.Window.From, tt.from[i])
				}
				if i == 0 && !e.Window.Until.Equal(now) || i > 0 && !e.Window.Until.Equal(got[i-1].Window.From) {
					t.Errorf("record %d: got it until %s, want up to the one before it, or now", i, e.Window.Until)
				}
			}
			if text := strings.Join(amounts, " "); text != tt.want {
				t.Errorf("got %s, want %s", text, tt.want)
			}
		})
	}
}

func TestEnergyThatCannotBeHad(t *testing.T) {
	for _, tt := range []struct {
		name   string
		uiid   int
		socket *wires // nil = there is none
		want   lock.Kind
	}{
		{"no network", 5, nil, lock.ErrVendorUnavailable},
		{"a socket that breaks at once", 5, &wires{down: true}, lock.ErrVendorUnavailable},
		{"no history", 276, &wires{}, lock.ErrUnsupported},
		{"no meter", 1, &wires{}, lock.ErrUnsupported},
		{"an answer without it", 5, &wires{answer: `{}`}, lock.ErrProtocol},
		{"an answer of half a day", 5, &wires{answer: `{"hundredDaysKwhData":"19010"}`}, lock.ErrProtocol},
		{"a silent device", 5, &wires{err: &lock.Error{Kind: lock.ErrDeviceTimeout, Code: "504"}}, lock.ErrDeviceTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := holding(t, tt.uiid, `{}`)
			c.dial = func(context.Context) (commander, func(), error) {
				if tt.socket == nil {
					return nil, nil, &lock.Error{Kind: lock.ErrVendorUnavailable}
				}
				return tt.socket, func() {}, nil
			}
			_, err := c.Energy(t.Context(), "d1", 0, time.Time{})
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	c, _ := holding(t, 5, `{}`)
	socket, released := &wires{answer: `{"hundredDaysKwhData":"190101"}`}, 0
	c.dial = func(context.Context) (commander, func(), error) { return socket, func() { released++ }, nil }
	if got, err := c.Energy(t.Context(), "d1", 0, time.Time{}); err != nil || len(got) != 1 || released != 1 {
		t.Errorf("a socket brought up for it: got %v and %v, let go %d times, want one record and once", got, err, released)
	}
}

func TestConsumptionAndReadings(t *testing.T) {
	midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, chinaStandardTime)
	c, _ := holding(t, 226, `{"totalPower":"20.00","availablePower":5,"prepaidEnale":true,"switch":true}`)
	c.dial = (&wires{answer: `{"hundredDaysKwhData":"000132000300000a00000700000500"}`}).dial // 1.5, 3, 10, 7, 5
	used, err := c.Meters().Consumption(t.Context(), "d1", lock.Window{From: midnight.Add(-49 * time.Hour), Until: midnight.Add(time.Hour)})
	if err != nil || used.Amount.String() != "13" || !used.Covered.From.Equal(midnight.Add(-48*time.Hour)) || !used.Covered.Until.Equal(midnight) || used.Unit != lock.KilowattHour {
		t.Errorf("two days: got %s in %s and %v, want 13 kWh", used.Amount, used.Covered, err)
	}
	if used, err = c.Meters().Consumption(t.Context(), "d1", lock.Window{From: midnight}); err != nil || used.Amount.String() != "1.5" {
		t.Errorf("today: got %s and %v, want 1.5 kWh", used.Amount, err)
	}
	if _, err = c.Meters().Consumption(t.Context(), "d1", lock.Window{From: midnight.Add(time.Hour), Until: midnight.Add(2 * time.Hour)}); !errors.Is(err, lock.ErrNotFound) {
		t.Errorf("an hour: got %v, want %v", err, lock.ErrNotFound)
	}
	var totals []string
	for r, err := range c.Meters().History(t.Context(), "d1", lock.Window{}) {
		if err != nil {
			t.Fatal(err)
		}
		totals = append(totals, r.Total.String())
	}
	// 5 more before these would have been less than nothing: the counter was reset meanwhile.
	if got := strings.Join(totals, " "); got != "20 18.5 15.5 5.5" {
		t.Errorf("got the readings %s, want 20 18.5 15.5 5.5", got)
	}
}

func TestCommandsTakeTheSocketWhileItIsUp(t *testing.T) {
	c, sent := holding(t, 1, `{"switch":"off","pulse":"on"}`, WithDoors(Door{Device: "d1"}))
	socket := &wires{}
	c.quick = socket
	by := lock.Person{Name: "Li Na"}
	if _, err := c.Locks().Open(t.Context(), "d1", by); err != nil || len(socket.asked) != 1 || socket.asked[0] != `d1 {"switch":"on"}` {
		t.Errorf("got %v and %v, want it over the socket", socket.asked, err)
	}
	if socket.held != 0 {
		t.Errorf("the socket is still held %d times, want it let go", socket.held)
	}
	socket.err = &lock.Error{Kind: lock.ErrOutcomeUnknown}
	if _, err := c.Locks().Open(t.Context(), "d1", by); !errors.Is(err, lock.ErrOutcomeUnknown) {
		t.Errorf("a lost answer: got %v, want %v", err, lock.ErrOutcomeUnknown)
	}
	for _, call := range *sent {
		if call == "POST /v2/device/thing/status" {
			t.Error("a command that the socket has carried went out over HTTP too")
		}
	}
	socket.down = true
	if _, err := c.Locks().Open(t.Context(), "d1", by); err != nil || (*sent)[len(*sent)-1] != "POST /v2/device/thing/status" {
		t.Errorf("a socket that is down: got %v and %v, want it over HTTP", *sent, err)
	}
}

func TestSwitchesKeepTheirSpelling(t *testing.T) {
	for params, want := range map[string]string{
		`{"switch":"off"}`:                                          `{"switch":"on"}`,
		`{"switch":false}`:                                          `{"switch":true}`,
		`{"switches":[{"switch":"off","outlet":0}]}`:                `{"switches":[{"outlet":0,"switch":"on"}]}`,
		`{"switch":"off","switches":[{"switch":"off","outlet":0}]}`: `{"switches":[{"outlet":0,"switch":"on"}]}`,
	} {
		var p Params
		if err := wire.Unmarshal([]byte(params), &p); err != nil {
			t.Fatal(err)
		}
		if got, err := wire.Marshal(switchTo(p, 0, true)); err != nil || string(got) != want {
			t.Errorf("%s: got %s and %v, want %s", params, got, err, want)
		}
	}
}

func TestSessionForTheSocket(t *testing.T) {
	c, sent := holding(t, 1, `{}`)
	for range 2 {
		s, err := c.session(t.Context(), "")
		if err != nil || s.APIKey != "ours" || s.At.Reveal() != "at-0001" || s.Region != RegionCN {
			t.Fatalf("got the api key %q in %q and %v, want that of the account's own home", s.APIKey, s.Region, err)
		}
	}
	if len(*sent) != 1 {
		t.Errorf("got the calls %v, want the homes asked for once", *sent)
	}
	if _, err := c.session(t.Context(), "at-0001"); !errors.Is(err, lock.ErrUnauthenticated) {
		t.Errorf("a session that was refused and cannot be renewed: got %v, want %v", err, lock.ErrUnauthenticated)
	}
}

func TestWhomADoorIsSharedWith(t *testing.T) {
	later := fixedClock{}.Now().Add(time.Hour)
	for _, tt := range []struct {
		name  string
		opts  []lock.Option
		grant lock.Grant
		want  string // country code, phone and e-mail
		kind  lock.Kind
	}{
		{"a phone with its country code", nil, lock.Grant{Holder: lock.Person{Phone: lock.NewSecret("+8613800138000")}, Permanent: true}, " +8613800138000 ", ""},
		{"a phone of the account's country", []lock.Option{WithLogin("44", "a@b.cc", lock.NewSecret("p"))}, lock.Grant{Holder: lock.Person{Phone: lock.NewSecret("7700900000")}, Permanent: true}, "+44 +447700900000 ", ""},
		{"a phone in China", nil, lock.Grant{Holder: lock.Person{Phone: lock.NewSecret("13800138000")}, Permanent: true}, "+86 +8613800138000 ", ""},
		{"a phone of nowhere", []lock.Option{WithRegion(RegionEU)}, lock.Grant{Holder: lock.Person{Phone: lock.NewSecret("13800138000")}, Permanent: true}, "", lock.ErrInvalidArgument},
		{"an e-mail address", nil, lock.Grant{Holder: lock.Person{ID: " Li@Example.com "}, Permanent: true}, "  li@example.com", ""},
		{"nobody", nil, lock.Grant{Holder: lock.Person{Name: "Li Na"}, Permanent: true}, "", lock.ErrInvalidArgument},
		{"a key that ends", nil, lock.Grant{Window: lock.Window{Until: later}}, "", lock.ErrUnsupported},
		{"a key that begins later", nil, lock.Grant{Permanent: true, Window: lock.Window{From: later}}, "", lock.ErrUnsupported},
		{"a key of some hours", nil, lock.Grant{Permanent: true, Schedule: &lock.Schedule{}}, "", lock.ErrUnsupported},
		{"a key that is there", nil, lock.Grant{Permanent: true, Key: "k"}, "", lock.ErrUnsupported},
		{"a finger", nil, lock.Grant{Permanent: true, Kind: lock.KeyFingerprint}, "", lock.ErrUnsupported},
		{"an administrator", nil, lock.Grant{Permanent: true, Role: lock.RoleAdmin}, "", lock.ErrUnsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := New("app", "secret", append([]lock.Option{lock.WithClock(fixedClock{})}, tt.opts...)...)
			user, err := c.grantee(tt.grant)
			if got := user.CountryCode + " " + user.PhoneNumber.Reveal() + " " + user.Email.Reveal(); lock.KindOf(err) != tt.kind || err == nil && got != tt.want {
				t.Errorf("got %q and %v, want %q and %q", got, err, tt.want, tt.kind)
			}
		})
	}
}

func TestNamesOfValues(t *testing.T) {
	for got, want := range map[string]string{
		ThingOwnGroup.String(): "own group", ThingType(9).String(): "unknown(9)", TargetGroup.String(): "group", SortLast.String(): "last",
		CodeLogin.String(): "log in", CodeType(2).String(): "unknown(2)", LevelPro.String(): "pro", ShareSilent.String(): "silent",
		Permit(0).String(): "nothing", (PermitTimerAdd | PermitTimerDelete).String(): "add timers, delete timers", Permit(17).String(): "add timers, 16",
		TagsMerge.String(): "merge", HomeShared.String(): "shared", MessageAlarm.String(): "alarmNotify_v2", BreakerArrears.String(): "arrears",
		ReportOpened.String(): "opened", RegionTest.String(): "test",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
