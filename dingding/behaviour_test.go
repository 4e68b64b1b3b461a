package dingding_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// world is a simulator, a client of it, and our webhook.
type world struct {
	*dingdingtest.Server
	p   *dingding.Client
	url string

	mu     sync.Mutex
	events []lock.Event
	refuse error // what the sink answers
}

func (w *world) sink(_ context.Context, e lock.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return w.refuse
	}
	w.events = append(w.events, e)
	return nil
}

// of returns the events of a kind that reached the webhook.
func (w *world) of(kind lock.EventKind) []lock.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.events), func(e lock.Event) bool { return e.Kind != kind })
}

func newWorld(t *testing.T, opts ...lock.Option) *world {
	t.Helper()
	w := &world{Server: dingdingtest.NewServer()}
	t.Cleanup(w.Close)
	mux := http.NewServeMux()
	hook := httptest.NewServer(mux)
	t.Cleanup(hook.Close)
	w.url = hook.URL + "/dingding/5b1f0c"
	w.SetCallbackURL(w.url, w.url)
	w.p = w.Client(append([]lock.Option{dingding.WithCallbackURL(w.url)}, opts...)...)
	h, err := w.p.Events().Receive(w.sink)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/dingding/5b1f0c", h)
	return w
}

func (w *world) give(t *testing.T, door lock.DeviceID, code string) lock.Password {
	t.Helper()
	return finish(t)(w.p.Passwords().Create(t.Context(), door, lock.PasswordSpec{
		Secret: lock.NewSecret(code), Name: "Li Na", Window: lock.Window{Until: w.Clock().Now().Add(24 * time.Hour)},
	}))
}

// finish waits for an operation that must succeed.
func finish(t *testing.T) func(*lock.Operation[lock.Password], error) lock.Password {
	t.Helper()
	return func(op *lock.Operation[lock.Password], err error) lock.Password {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		pw, err := op.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return pw
	}
}

func wantKind(t *testing.T, err error, want lock.Kind) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want kind %q", err, want)
	}
}

func TestTokens(t *testing.T) {
	t.Run("a hundred first calls fetch one token", func(t *testing.T) {
		w := newWorld(t)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if err := w.p.Check(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(w.Requests("/access_token")); n != 1 {
			t.Errorf("got %d token calls, want 1", n)
		}
	})
	for _, change := range []bool{false, true} {
		t.Run(fmt.Sprintf("an expired token is renewed and the call repeated once (change: %v)", change), func(t *testing.T) {
			w := newWorld(t)
			door := w.AddLock("front door")
			if err := w.p.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.ExpireTokens()
			if change {
				w.give(t, door, "482915")
				if n := w.Executed("add_password"); n != 1 {
					t.Errorf("executed %d times, want once", n)
				}
			} else if err := w.p.Check(t.Context()); err != nil {
				t.Error(err)
			}
			if n := len(w.Requests("/access_token")); n != 2 {
				t.Errorf("got %d token calls, want 2", n)
			}
		})
	}
	t.Run("a token is renewed before it ends", func(t *testing.T) {
		w := newWorld(t)
		if err := w.p.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Advance(48*time.Hour - time.Minute)
		if err := w.p.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(w.Requests("/access_token")); n != 2 {
			t.Errorf("got %d token calls, want 2", n)
		}
		if n := len(w.Requests("/count_home_info")); n != 2 {
			t.Errorf("got %d calls, want 2: none was refused", n)
		}
	})
	t.Run("wrong credentials are ErrUnauthenticated and nothing is repeated", func(t *testing.T) {
		w := newWorld(t)
		p := dingding.New(w.ClientID, "another-secret", lock.WithBaseURL(w.URL), lock.WithClock(w.Clock()))
		wantKind(t, p.Check(t.Context()), lock.ErrUnauthenticated)
		if n := len(w.Requests("/count_home_info")); n != 0 {
			t.Errorf("got %d calls without a token, want none", n)
		}
	})
	t.Run("tokens of the caller", func(t *testing.T) {
		w := newWorld(t)
		asked := 0
		p := dingding.New("", "", lock.WithBaseURL(w.URL), lock.WithClock(w.Clock()), dingding.WithToken(func(context.Context) (lock.Secret, error) {
			asked++
			return lock.NewSecret(strings.Repeat("a", 40)), nil
		}))
		wantKind(t, p.Check(t.Context()), lock.ErrUnauthenticated)
		if asked == 0 || len(w.Requests("/access_token")) != 0 {
			t.Errorf("asked %d times, fetched %d tokens", asked, len(w.Requests("/access_token")))
		}
	})
}

func TestPasswordsTravelEncrypted(t *testing.T) {
	const code = "482915"
	for _, tc := range []struct {
		name  string
		opts  []lock.Option
		clear bool
	}{
		{"by default", nil, false},
		{"in clear when told to", []lock.Option{dingding.WithPlainPasswords()}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, tc.opts...)
			door := w.AddLock("front door")
			w.give(t, door, code)
			body := string(w.Requests("/add_password")[0].Body)
			if got := strings.Contains(body, code); got != tc.clear {
				t.Errorf("the code is in the body: %v, want %v", got, tc.clear)
			}
			if !w.EnterCode(door, code) {
				t.Error("the door stays shut")
			}
		})
	}
}

func TestRateRule(t *testing.T) {
	w := newWorld(t, lock.WithLimits(lock.LimitFail))
	door := w.AddLock("front door")
	pw := w.give(t, door, "482915")
	for i := range 5 {
		if i > 0 { // an unfreeze counts on its own
			finish(t)(w.p.Passwords().Unfreeze(t.Context(), door, pw.ID))
		}
		finish(t)(w.p.Passwords().Freeze(t.Context(), door, pw.ID))
	}
	before := len(w.Requests("/frozen_password"))
	_, err := w.p.Passwords().Freeze(t.Context(), door, pw.ID)
	wantKind(t, err, lock.ErrRateLimited)
	var e *lock.Error
	if !errors.As(err, &e) || e.RetryAfter <= 0 || e.RetryAfter > 3*time.Minute || e.Op != lock.FreezePassword {
		t.Errorf("got %+v, want the operation and when to come back", e)
	}
	if n := len(w.Requests("/frozen_password")); n != before {
		t.Errorf("the sixth call was sent")
	}
	if n := w.RateViolations(); n != 0 {
		t.Errorf("the vendor counts %d violations", n)
	}
	w.Advance(e.RetryAfter)
	if _, err := w.p.Passwords().Freeze(t.Context(), door, pw.ID); err != nil {
		t.Errorf("after RetryAfter: %v", err)
	}
}

func TestDeviceResults(t *testing.T) {
	until := func(w *world) lock.Window { return lock.Window{Until: w.Clock().Now().Add(time.Hour)} }
	create := func(t *testing.T, w *world, door lock.DeviceID, code string) (lock.Password, error) {
		t.Helper()
		op, err := w.p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Secret: lock.NewSecret(code), Name: "x", Window: until(w)})
		if err != nil {
			t.Fatal(err)
		}
		w.Advance(time.Minute)
		return op.Wait(t.Context())
	}
	for _, tc := range []struct {
		name, result string
		want         lock.Kind
		opens        bool
		state        lock.PasswordState // as listed; "" = not listed
	}{
		{"5101: nobody knows", "5101", lock.ErrDeviceTimeout, false, lock.StateUnknown},
		{"5102: the code is on the lock", "5102", lock.ErrPartial, true, lock.StateActive},
		{"5103", "5103", lock.ErrDeviceRejected, false, lock.StateFailed},
		{"5104", "5104", lock.ErrPasswordRejected, false, lock.StateFailed},
		{"5105", "5105", lock.ErrExists, false, lock.StateFailed},
		{"5106", "5106", lock.ErrPermissionDenied, false, lock.StateFailed},
		{"5107", "5107", lock.ErrCapacityExceeded, false, lock.StateFailed},
		{"5108", "5108", lock.ErrNotFound, false, lock.StateFailed},
		{"5199: everything is unknown", "5199", lock.ErrDeviceReset, false, lock.StateUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			door := w.AddLock("front door")
			w.FailDevice(door, tc.result)
			pw, err := create(t, w, door, "482915")
			wantKind(t, err, tc.want)
			var e *lock.Error
			if !errors.As(err, &e) || e.Code != tc.result || e.Op != lock.CreatePassword {
				t.Errorf("got %+v, want code %s of %s", e, tc.result, lock.CreatePassword)
			}
			if got := w.EnterCode(door, "482915"); got != tc.opens {
				t.Errorf("the door opens: %v, want %v", got, tc.opens)
			}
			var state lock.PasswordState
			for p, err := range w.p.Passwords().List(t.Context(), door) {
				if err != nil {
					t.Fatal(err)
				}
				if p.ID == pw.ID {
					state = p.State
					if p.Failure == nil {
						t.Error("the listed password does not say why")
					}
				}
			}
			if state != tc.state {
				t.Errorf("listed as %q, want %q", state, tc.state)
			}
		})
	}
	t.Run("after a reset on site no code of the lock is relied on", func(t *testing.T) {
		w := newWorld(t)
		door := w.AddLock("front door")
		a, b := w.give(t, door, "482915"), w.give(t, door, "730561")
		w.ResetLock(door)
		op, err := w.p.Passwords().Freeze(t.Context(), door, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = op.Wait(t.Context())
		wantKind(t, err, lock.ErrDeviceReset)
		for pw, err := range w.p.Passwords().List(t.Context(), door) {
			if err != nil {
				t.Fatal(err)
			}
			if (pw.ID == a.ID || pw.ID == b.ID) && (pw.State != lock.StateUnknown || pw.Certainty != lock.Assumed) {
				t.Errorf("password %s is %s, %s; want unknown, assumed", pw.ID, pw.State, pw.Certainty)
			}
		}
	})
	t.Run("5101 although the lock has stored it", func(t *testing.T) {
		w := newWorld(t)
		door := w.AddLock("front door")
		w.StoreThenTimeout(door)
		pw, err := create(t, w, door, "482915")
		wantKind(t, err, lock.ErrDeviceTimeout)
		if !w.EnterCode(door, "482915") {
			t.Error("the simulated lock should have the code")
		}
		finish(t)(w.p.Passwords().Delete(t.Context(), door, pw.ID))
		if w.EnterCode(door, "482915") {
			t.Error("the code still opens after its deletion by id")
		}
	})
	t.Run("a code that is too similar is refused by the lock", func(t *testing.T) {
		w := newWorld(t)
		door := w.AddLock("front door")
		w.give(t, door, "482915")
		_, err := create(t, w, door, "048291")
		wantKind(t, err, lock.ErrPasswordRejected)
		if strings.Contains(err.Error(), "048291") {
			t.Error("the error shows the code")
		}
	})
	t.Run("an offline lock answers after half a minute that it did not", func(t *testing.T) {
		w := newWorld(t)
		door := w.AddLock("front door")
		w.GoOffline(door)
		_, err := create(t, w, door, "482915")
		wantKind(t, err, lock.ErrDeviceTimeout)
	})
}

// Every portable change, whose answer is lost after the vendor has acted, was made once and ends
// as ErrOutcomeUnknown; TopUp looks its order up instead.
func TestChangesAreNeverSentTwice(t *testing.T) {
	w := newWorld(t)
	door, meter := w.AddLock("front door"), w.AddMeter("flat", dingdingtest.ZigbeeMeter)
	pw := w.give(t, door, "482915")
	until := lock.Window{Until: w.Clock().Now().Add(time.Hour)}
	place, err := w.p.Locks().Get(t.Context(), door)
	if err != nil {
		t.Fatal(err)
	}
	only := func(_ any, err error) error { return err }
	five := decimal.NewFromInt(5)
	for _, tc := range []struct {
		endpoint string
		call     func(context.Context) error
	}{
		{"add_home", func(ctx context.Context) error {
			return only(w.p.Homes().Create(ctx, lock.HomeSpec{ID: "h9", Name: "n", Country: "c", City: "c", Zone: "z", Block: "b", Address: "a"}))
		}},
		{"update_home", func(ctx context.Context) error { return w.p.Homes().Update(ctx, place.Home, lock.HomeSpec{Name: "n"}) }},
		{"add_room", func(ctx context.Context) error {
			return only(w.p.Homes().AddRooms(ctx, place.Home, lock.RoomSpec{ID: "r9", Name: "9", Note: "n"}))
		}},
		{"update_room", func(ctx context.Context) error {
			return w.p.Homes().UpdateRoom(ctx, place.Home, "r9", lock.RoomSpec{Name: "9", Note: "m"})
		}},
		{"del_room", func(ctx context.Context) error { return w.p.Homes().DeleteRoom(ctx, place.Home, "r9") }},
		{"del_home", func(ctx context.Context) error { return only(w.p.Homes().Delete(ctx, "h9")) }},
		{"auth_room", func(ctx context.Context) error {
			return only(w.p.Keys().Grant(ctx, door, lock.Grant{Holder: lock.Person{Phone: lock.NewSecret("13900000001")}, Window: until}))
		}},
		{"add_password", func(ctx context.Context) error {
			return only(w.p.Passwords().Create(ctx, door, lock.PasswordSpec{Secret: lock.NewSecret("730561"), Window: until}))
		}},
		{"add_password_without_center", func(ctx context.Context) error {
			return only(w.p.Passwords().Create(ctx, door, lock.PasswordSpec{
				Kind: lock.PasswordOffline, Name: "n", Holder: lock.Person{Phone: lock.NewSecret("13900000001")},
				Window: lock.Window{Until: w.Clock().Now().Add(24 * time.Hour)},
			}))
		}},
		{"update_password", func(ctx context.Context) error {
			return only(w.p.Passwords().Update(ctx, door, pw.ID, lock.PasswordUpdate{Name: "n"}))
		}},
		{"frozen_password", func(ctx context.Context) error { return only(w.p.Passwords().Freeze(ctx, door, pw.ID)) }},
		{"unfrozen_password", func(ctx context.Context) error { return only(w.p.Passwords().Unfreeze(ctx, door, pw.ID)) }},
		{"delete_password", func(ctx context.Context) error { return only(w.p.Passwords().Delete(ctx, door, pw.ID)) }},
		{"elemeter_read", func(ctx context.Context) error { return only(w.p.Meters().Read(ctx, meter)) }},
		{"elemeter_switch_off", func(ctx context.Context) error { return only(w.p.Meters().Switch(ctx, meter, false)) }},
		{"elemeter_switch_on", func(ctx context.Context) error { return only(w.p.Meters().Switch(ctx, meter, true)) }},
		{"elemeter_update_overdraft", func(ctx context.Context) error {
			return only(w.p.Meters().Configure(ctx, meter, lock.MeterSettings{Overdraft: &five}))
		}},
		{"elemeter_update_max_capacity", func(ctx context.Context) error {
			return only(w.p.Meters().Configure(ctx, meter, lock.MeterSettings{MaxPower: &five}))
		}},
		{"elemeter_set_eleprice", func(ctx context.Context) error {
			return only(w.p.Meters().Configure(ctx, meter, lock.MeterSettings{Price: &five}))
		}},
		{"set_room_pay_type", func(ctx context.Context) error {
			return only(w.p.Meters().Configure(ctx, meter, lock.MeterSettings{PayMode: lock.Postpaid}))
		}},
		{"elemeter_force_open", func(ctx context.Context) error {
			return only(w.p.Meters().Configure(ctx, meter, lock.MeterSettings{ForcedOff: new(false)}))
		}},
	} {
		t.Run(tc.endpoint, func(t *testing.T) {
			for name, fault := range map[string]dingdingtest.Fault{
				"the connection drops after the vendor has acted": dingdingtest.DropAfter(),
				"the reply is cut off":                            dingdingtest.Truncated(),
				"the reply is garbage":                            dingdingtest.Garbage(),
			} {
				before := w.Executed(tc.endpoint)
				w.Fail("/"+tc.endpoint, fault)
				err := tc.call(t.Context())
				w.Heal()
				if n := w.Executed(tc.endpoint) - before; n > 1 {
					t.Errorf("%s: executed %d times, want once", name, n)
				} else if n == 1 {
					wantKind(t, err, lock.ErrOutcomeUnknown)
				}
				w.Settle()
				w.Advance(3 * time.Minute) // the rate rule is not the point here
			}
		})
	}
	t.Run("a top-up whose answer is lost is looked up", func(t *testing.T) {
		w.Fail("/elemeter_charge", dingdingtest.DropAfter())
		op, err := w.p.Meters().TopUp(t.Context(), meter, lock.TopUp{Order: "o1", Amount: five})
		w.Heal()
		if err != nil {
			t.Fatal(err)
		}
		if r, err := op.Wait(t.Context()); err != nil || r.State != lock.TopUpSucceeded {
			t.Errorf("got %+v and %v", r, err)
		}
		if n := w.Executed("elemeter_charge"); n != 1 {
			t.Errorf("charged %d times, want once", n)
		}
	})
}

func TestCallbacksWakeOperations(t *testing.T) {
	w := newWorld(t, lock.WithPolling(time.Hour, time.Hour)) // so that only a callback can end the wait
	door := w.AddLock("front door")
	pw := w.give(t, door, "482915")
	if pw.State != lock.StateActive {
		t.Errorf("got %s, want active", pw.State)
	}
	w.Settle() // the operation may end a moment before the sink has the event
	if n := len(w.of(lock.EventPasswordApplied)); n != 1 {
		t.Errorf("the webhook got %d events, want one", n)
	}
}

// The signature holds no secret. Somebody who knows the URL cannot make us believe that a code is
// gone.
func TestForgedCallbackEndsNothing(t *testing.T) {
	w := newWorld(t)
	door := w.AddLock("front door")
	pw := w.give(t, door, "482915")
	w.GoOffline(door) // the deletion will take its time
	op, err := w.p.Passwords().Delete(t.Context(), door, pw.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(op.ID(), "?")
	var service string
	for _, part := range strings.Split(query, "&") {
		if s, ok := strings.CutPrefix(part, "service="); ok {
			service = s
		}
	}
	forged, err := dingding.SignCallback(fmt.Appendf(nil,
		`{"service":"Password_Delete_Service","serviceid":%q,"uuid":%q,"result":{"id":%s,"ErrNo":1000}}`, service, door, pw.ID), w.url)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(w.url, "application/json", strings.NewReader(string(forged)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if ended, err := op.Poll(t.Context()); ended || err != nil {
		t.Errorf("the forged callback ended the operation: %v, %v", ended, err)
	}
	if !w.EnterCode(door, "482915") {
		t.Error("the code should still open")
	}
}

func TestWebhook(t *testing.T) {
	t.Run("what the sink refuses is delivered again with the same ID", func(t *testing.T) {
		w := newWorld(t)
		door := w.AddLock("front door")
		w.give(t, door, "482915")
		w.Settle()
		w.mu.Lock()
		w.refuse = errors.New("the database is away")
		w.mu.Unlock()
		w.EnterCode(door, "482915")
		w.Settle()
		if n := len(w.of(lock.EventLockUnlocked)); n != 0 {
			t.Fatalf("got %d events although the sink refuses", n)
		}
		w.mu.Lock()
		w.refuse = nil
		w.mu.Unlock()
		w.Advance(time.Minute)
		got := w.of(lock.EventLockUnlocked)
		if len(got) != 1 {
			t.Fatalf("got %d events after the second delivery, want one", len(got))
		}
		d := w.Deliveries("lockerOpenAlarm")
		if len(d) != 2 || d[0].Status < 300 || d[1].Status != 200 {
			t.Errorf("got deliveries %v", d)
		}
	})
	t.Run("a panic of the sink is a refusal", func(t *testing.T) {
		w := newWorld(t)
		h, err := w.p.Events().Receive(func(context.Context, lock.Event) error { panic("oh") })
		if err != nil {
			t.Fatal(err)
		}
		body, err := dingding.SignCallback([]byte(`{"event":"brokenAlarm","time":1497428768882,"uuid":"u"}`), w.url)
		if err != nil {
			t.Fatal(err)
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body))))
		if rec.Code != http.StatusInternalServerError {
			t.Errorf("got %d, want 500", rec.Code)
		}
	})
	w := newWorld(t)
	signed, err := dingding.SignCallback([]byte(`{"event":"brokenAlarm","time":1497428768882,"uuid":"u"}`), w.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, method, body string
		want               int
		reply              string
	}{
		{"success in the vendor's form", http.MethodPost, string(signed), http.StatusOK, `{"ErrNo":0,"ErrMsg":""}`},
		{"GET", http.MethodGet, "", http.StatusMethodNotAllowed, ""},
		{"PUT", http.MethodPut, string(signed), http.StatusMethodNotAllowed, ""},
		{"another signature", http.MethodPost, strings.Replace(string(signed), `"u"`, `"v"`, 1), http.StatusForbidden, ""},
		{"no signature", http.MethodPost, `{"event":"brokenAlarm"}`, http.StatusForbidden, ""},
		{"no JSON", http.MethodPost, `event=brokenAlarm`, http.StatusBadRequest, ""},
		{"empty", http.MethodPost, ``, http.StatusBadRequest, ""},
		{"too large", http.MethodPost, `{"a":"` + strings.Repeat("a", 1<<20) + `"}`, http.StatusRequestEntityTooLarge, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tc.method, w.url, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tc.want || tc.reply != "" && string(body) != tc.reply {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, tc.want, tc.reply)
			}
			if tc.want != http.StatusOK && strings.Contains(string(body), `"ErrNo":0`) {
				t.Errorf("a refusal says ErrNo 0: %s", body)
			}
		})
	}
	http.DefaultClient.CloseIdleConnections()
	t.Run("without a URL there is no handler", func(t *testing.T) {
		_, err := dingding.New("id", "secret").Events().Receive(w.sink)
		wantKind(t, err, lock.ErrInvalidArgument)
	})
	t.Run("without a sink there is no handler", func(t *testing.T) {
		_, err := w.p.Events().Receive(nil)
		wantKind(t, err, lock.ErrInvalidArgument)
	})
}

func TestHistoryAgreesWithTheWebhook(t *testing.T) {
	w := newWorld(t)
	door := w.AddLock("front door")
	start := w.Clock().Now().Truncate(time.Millisecond) // as finely as the vendor tells time
	w.give(t, door, "482915")
	w.EnterCode(door, "482915")
	w.Advance(time.Second)
	w.EnterCode(door, "482915")
	w.Tamper(door)
	w.SetBattery(door, 5)
	for range 5 {
		w.EnterCode(door, "000000")
	}
	w.Settle()
	byID := map[string]lock.Event{}
	for e, err := range w.p.Events().History(t.Context(), lock.EventQuery{Window: lock.Window{From: start}}) {
		if err != nil {
			t.Fatal(err)
		}
		byID[e.ID] = e
	}
	told := append(w.of(lock.EventLockUnlocked), w.of(lock.EventDeviceTampered)...)
	if len(told) != 3 {
		t.Fatalf("the webhook got %d events, want 3", len(told))
	}
	for _, e := range told {
		h, ok := byID[e.ID]
		if !ok {
			t.Errorf("the history does not have %s of %v (%s)", e.Kind, e.OccurredAt, e.ID)
			continue
		}
		if h.Kind != e.Kind || h.Device != e.Device || h.Password != e.Password || h.Method != e.Method || h.Home != e.Home || h.Room != e.Room {
			t.Errorf("the history says\n%+v, the webhook\n%+v", h, e)
		}
	}
	count := map[lock.EventKind]int{}
	for _, e := range byID {
		count[e.Kind]++
	}
	if count[lock.EventLockUnlocked] != 2 || count[lock.EventDeviceTampered] != 1 || count[lock.EventLockWrongAttempts] != 1 || count[lock.EventOperationSucceeded] == 0 {
		t.Errorf("the history has %v", count)
	}
}

func TestWatchPollsWithoutLossOrDoubles(t *testing.T) {
	w := newWorld(t, lock.WithWatchInterval(30*time.Second))
	door := w.AddLock("front door")
	w.give(t, door, "482915")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := make(chan lock.Event)
	done := make(chan error, 1)
	go func() {
		for e, err := range w.p.Events().Watch(ctx) {
			if err != nil {
				done <- err
				return
			}
			events <- e
		}
	}()
	w.waitForSleeper(t)
	for range 3 {
		w.EnterCode(door, "482915")
		w.Advance(29 * time.Second)
		w.Advance(2 * time.Second)
		e := <-events
		if e.Kind != lock.EventLockUnlocked || e.Source != lock.SourcePoll {
			t.Errorf("got %s from %s", e.Kind, e.Source)
		}
		w.waitForSleeper(t)
	}
	w.Fail("*", dingdingtest.Status(500).Always())
	w.EnterCode(door, "482915")
	w.Advance(31 * time.Second)
	w.waitForSleeper(t)
	w.Heal()
	w.Advance(31 * time.Second)
	if e := <-events; e.Kind != lock.EventLockUnlocked {
		t.Errorf("after the outage: got %s", e.Kind)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v, want the context's error", err)
	}
}

// waitForSleeper lets the watcher come to its pause before the clock is moved.
func (w *world) waitForSleeper(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for n := -1; time.Now().Before(deadline); {
		if now := len(w.Requests()); now == n {
			return
		} else {
			n = now
		}
		timer := time.NewTimer(20 * time.Millisecond)
		<-timer.C
	}
	t.Fatal("the watcher does not come to rest")
}

func TestResumeInAnotherProcess(t *testing.T) {
	w := newWorld(t)
	door, meter := w.AddLock("front door"), w.AddMeter("flat", dingdingtest.CollectorMeter)
	water := w.AddWaterMeter("bath")
	pw := w.give(t, door, "482915")
	resumed := func(id string) (any, error) { return w.Client().Resume(id) }
	check := func(name, id string, ended func() (any, error)) {
		t.Helper()
		if strings.Contains(id, "482915") || strings.Contains(id, w.ClientSecret) {
			t.Errorf("%s: the ID %s holds a secret", name, id)
		}
		if _, err := resumed(id); err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if v, err := ended(); err != nil {
			t.Errorf("%s: resumed operation ends with %v, %v", name, v, err)
		}
	}
	again := w.Client()
	frozen, err := w.p.Passwords().Freeze(t.Context(), door, pw.ID)
	if err != nil {
		t.Fatal(err)
	}
	check("freeze", frozen.ID(), func() (any, error) {
		op, err := lock.Resume[lock.Password](again, frozen.ID())
		if err != nil {
			return nil, err
		}
		got, err := op.Wait(t.Context())
		if got.State != lock.StateFrozen {
			t.Errorf("got %s, want frozen", got.State)
		}
		return got, err
	})
	for name, id := range map[string]lock.DeviceID{"electricity": meter, "water": water} {
		read, err := w.p.Meters().Read(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		w.Settle()
		check(name, read.ID(), func() (any, error) {
			op, err := lock.Resume[lock.Reading](again, read.ID())
			if err != nil {
				return nil, err
			}
			return op.Wait(t.Context())
		})
	}
	off, err := w.p.Meters().Switch(t.Context(), meter, false)
	if err != nil {
		t.Fatal(err)
	}
	check("switch", off.ID(), func() (any, error) {
		op, err := lock.Resume[lock.Meter](again, off.ID())
		if err != nil {
			return nil, err
		}
		got, err := op.Wait(t.Context())
		if got.On == nil || *got.On {
			t.Errorf("the breaker is %v, want open", got.On)
		}
		return got, err
	})
	for _, id := range []string{"", "x", "passwords.freeze", "passwords.freeze?device=", "passwords.freeze?device=u&password=x", "homes.delete?", "%", "meters.topup?device=u"} {
		if _, err := again.Resume(id); !errors.Is(err, lock.ErrInvalidArgument) {
			t.Errorf("%q: got %v, want ErrInvalidArgument", id, err)
		}
	}
	if _, err := lock.Resume[lock.Meter](again, frozen.ID()); err == nil {
		t.Error("an operation on a password was resumed as one on a meter")
	}
}

func TestActivationCode(t *testing.T) {
	w := newWorld(t)
	door := w.AddLock("front door")
	policy, err := w.p.Passwords().Policy(t.Context(), door, lock.PasswordOffline)
	if err != nil {
		t.Fatal(err)
	}
	spec := lock.PasswordSpec{Kind: lock.PasswordOffline, Name: "Li Na", Holder: lock.Person{Phone: lock.NewSecret("13900000001")}}
	spec.Window.Until = policy.EarliestUntil.Add(-time.Second)
	_, err = w.p.Passwords().Create(t.Context(), door, spec)
	wantKind(t, err, lock.ErrPasswordRejected)
	var rule *lock.PINError
	if !errors.As(err, &rule) || rule.Rule != lock.RuleEnd {
		t.Errorf("got %v, want rule %s", err, lock.RuleEnd)
	}
	if n := len(w.Requests("/add_password_without_center")); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
	spec.Window.Until = policy.EarliestUntil
	pw := finish(t)(w.p.Passwords().Create(t.Context(), door, spec))
	if pw.State != lock.StateActivationRequired || pw.Secret.IsZero() || pw.Activation.IsZero() {
		t.Fatalf("got %+v", pw)
	}
	if w.EnterCode(door, pw.Secret.Reveal()) {
		t.Error("the door opens before the code was activated")
	}
	w.EnterCode(door, pw.Activation.Reveal())
	if !w.EnterCode(door, pw.Secret.Reveal()) {
		t.Error("the door stays shut after the activation")
	}
}

func TestAdministratorsCode(t *testing.T) {
	w := newWorld(t)
	door := w.AddLock("front door")
	pw := finish(t)(w.p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Kind: lock.PasswordAdmin, Secret: lock.NewSecret("730561")}))
	if pw.ID != "999" {
		t.Errorf("got id %s, want 999", pw.ID)
	}
	code, err := w.p.Passwords().Reveal(t.Context(), door, "999")
	if err != nil || code.Reveal() != "730561" {
		t.Errorf("revealed another code, %v", err)
	}
	_, err = w.p.Passwords().Freeze(t.Context(), door, "999")
	wantKind(t, err, lock.ErrProtected)
	_, err = w.p.Passwords().Delete(t.Context(), door, "999")
	wantKind(t, err, lock.ErrProtected)
	finish(t)(w.p.Passwords().Update(t.Context(), door, "999", lock.PasswordUpdate{Secret: lock.NewSecret("915204")}))
	if !w.EnterCode(door, "915204") || w.EnterCode(door, "730561") {
		t.Error("the new code does not open, or the old one does")
	}
}

func TestForcedOff(t *testing.T) {
	w := newWorld(t)
	meter := w.AddMeter("flat", dingdingtest.ZigbeeMeter)
	if _, err := w.p.Meters().Configure(t.Context(), meter, lock.MeterSettings{ForcedOff: new(true)}); err != nil {
		t.Fatal(err)
	}
	if !w.Meter(meter).ForcedOff {
		t.Fatal("the meter is not forced off")
	}
	w.Fail("/elemeter_switch_on", dingdingtest.ErrNo(5001, "not delivered"))
	_, err := w.p.Meters().Switch(t.Context(), meter, true)
	wantKind(t, err, lock.ErrPartial)
}

func TestManyHomes(t *testing.T) {
	w := newWorld(t)
	for i := range 250 {
		w.AddHome(fmt.Sprintf("home %03d", i))
	}
	seen := map[lock.HomeID]bool{}
	for h, err := range w.p.Homes().List(t.Context(), lock.HomeQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[h.ID] {
			t.Errorf("%s came twice", h.ID)
		}
		seen[h.ID] = true
	}
	if len(seen) != 250 {
		t.Errorf("got %d homes, want 250", len(seen))
	}
	n := 0
	for h, err := range w.p.Homes().List(t.Context(), lock.HomeQuery{Name: "home 02"}) {
		if err != nil || !strings.HasPrefix(h.Name, "home 02") {
			t.Errorf("got %q, %v", h.Name, err)
		}
		n++
	}
	if n != 10 {
		t.Errorf("the search found %d homes, want 10", n)
	}
}

func TestOptionsOfAnotherVendorAreRefused(t *testing.T) {
	type other struct{}
	p := dingding.New("id", "secret", lock.CustomOption("other.WithX", func(*other) {}))
	err := p.Check(t.Context())
	wantKind(t, err, lock.ErrInvalidArgument)
	if err == nil || !strings.Contains(err.Error(), "other.WithX") {
		t.Errorf("got %v, want the option's name", err)
	}
	wantKind(t, dingding.New("", "").Check(t.Context()), lock.ErrInvalidArgument)
	wantKind(t, dingding.New("id", "secret", lock.WithBaseURL(dingding.TestURL)).Check(t.Context()), lock.ErrInvalidArgument)
}

func TestSuccessor(t *testing.T) {
	w := newWorld(t)
	door := w.AddLock("front door")
	p := w.Client(dingding.WithSuccessor(), lock.WithBaseURL(w.URL))
	info, err := p.GetDeviceInfo(t.Context(), dingding.GetDeviceInfoRequest{UUID: string(door)})
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Raw()) == 0 {
		t.Error("the reply is empty")
	}
	r := w.Requests("/get_device_info")
	if len(r) != 1 || r[0].Method != http.MethodGet || r[0].Path != "/v2/get_device_info" {
		t.Errorf("got %v, want one GET under /v2", r)
	}
}
