package tuya_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

// noon is a Sunday.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// still is a simulator whose clock moves only when it is told.
func still(t *testing.T, opts ...tuyatest.Option) *tuyatest.Server {
	t.Helper()
	s := tuyatest.NewServer(append([]tuyatest.Option{tuyatest.WithFrozenClock(noon)}, opts...)...)
	t.Cleanup(s.Close)
	return s
}

// done waits for an operation that the lock can end now.
func done[T any](t *testing.T, s *tuyatest.Server, op *lock.Operation[T], err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	v, err := ended(t, s, op)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// ended lets locks do what they were told, and returns the outcome.
func ended[T any](t *testing.T, s *tuyatest.Server, op *lock.Operation[T]) (T, error) {
	t.Helper()
	s.Settle()
	if over, err := op.Poll(t.Context()); !over || err != nil && !op.Ended() {
		t.Fatalf("the operation goes on after the lock has done it: %v", err)
	}
	return op.Wait(t.Context())
}

// underWay checks that an operation has not ended.
func underWay[T any](t *testing.T, op *lock.Operation[T], err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if over, err := op.Poll(t.Context()); over || err != nil {
		t.Fatalf("Poll: got %t and %v, want the operation under way", over, err)
	}
}

func collect[T any](t *testing.T, seq func(func(T, error) bool)) []T {
	t.Helper()
	var all []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func guest(name, code string) lock.PasswordSpec {
	return lock.PasswordSpec{Name: name, Secret: lock.NewSecret(code), Window: lock.Window{Until: noon.Add(48 * time.Hour)}}
}

const (
	tokens  = "GET /v1.0/token"
	tickets = "POST /door-lock/password-ticket"
)

func TestOneTokenForAll(t *testing.T) {
	s := still(t)
	c := s.Client()
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if err := c.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(s.Requests(tokens)); got != 1 {
		t.Errorf("200 calls at once: got %d logins, want 1", got)
	}
	s.RevokeTokens()
	for range 200 {
		wg.Go(func() {
			if err := c.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(s.Requests(tokens)); got != 2 {
		t.Errorf("200 calls with a token that was ended: got %d logins, want one more", got-1)
	}
}

// A second client is given the token that lives, with what is left of its life.
func TestTokensAreShared(t *testing.T) {
	s := still(t)
	first, second := s.Client(), s.Client()
	if err := first.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Advance(119*time.Minute - time.Second) // the second's token has a minute and a second left
	if err := second.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.Tokens(); got != 1 {
		t.Errorf("got %d tokens alive, want the same one for both", got)
	}
	s.Advance(10 * time.Minute)
	for _, c := range []*tuya.Client{first, second} {
		if err := c.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range s.Requests() {
		if strings.HasPrefix(r.Path, "/v1.0/token/") {
			t.Errorf("got %s: a refresh ends the token of everybody else", r)
		}
	}
}

// Replicas with one store log in once for all.
func TestTokensInAStore(t *testing.T) {
	s := still(t)
	store := lock.NewMemoryStore(s.Clock())
	var wg sync.WaitGroup
	clients := make([]*tuya.Client, 8)
	for i := range clients {
		clients[i] = s.Client(lock.WithStore(store))
	}
	for round, end := range []func(){func() {}, s.RevokeTokens, func() { s.Advance(3 * time.Hour) }} {
		end()
		for _, c := range clients {
			for range 10 {
				wg.Go(func() {
					if err := c.Check(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if got, want := len(s.Requests(tokens)), round+1; got != want {
			t.Errorf("round %d: got %d logins, want %d", round, got, want)
		}
	}
}

// A change that was refused for its token is made again, once.
func TestDeadTokenIsRenewedForChanges(t *testing.T) {
	for name, end := range map[string]func(*tuyatest.Server){"expired": (*tuyatest.Server).ExpireTokens, "unknown": (*tuyatest.Server).RevokeTokens} {
		t.Run(name, func(t *testing.T) {
			s := still(t)
			c, door := s.Client(), s.AddLock("front door")
			if err := c.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			end(s)
			if err := c.Locks().Rename(t.Context(), door, "side door"); err != nil {
				t.Fatal(err)
			}
			renames := s.Requests("PUT /devices/*")
			if len(renames) != 2 || renames[0].Header.Get("nonce") == renames[1].Header.Get("nonce") || renames[0].Header.Get("sign") == renames[1].Header.Get("sign") {
				t.Errorf("got %d calls, want two, each signed anew", len(renames))
			}
		})
	}
}

// The vendor's time is learned from a refusal, and unlearned when the clocks agree again.
func TestClockSkew(t *testing.T) {
	for _, skew := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		t.Run(skew.String(), func(t *testing.T) {
			s := still(t, tuyatest.WithSkew(skew))
			c := s.Client()
			calls := func(want int, what string) {
				t.Helper()
				before := len(s.Requests())
				if err := c.Check(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := len(s.Requests()) - before; got > want {
					t.Errorf("%s: got %d requests, want %d at most", what, got, want)
				}
			}
			calls(3, "the first call") // the refused login, the login, the call
			calls(1, "the next call")
			s.SetSkew(0)
			calls(2, "the clock is right again")
			calls(1, "the call after that")
		})
	}
}

func TestSignedHeaders(t *testing.T) {
	s := still(t)
	c := s.Client(tuya.WithSignedHeader("area_id", "29a33e8796834b1efa6"), tuya.WithSignedHeader("call_id", "8afdb70ab2ed11eb85290242ac130003"), tuya.WithLanguage("zh"))
	if err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := s.Requests()[0]
	if r.Header.Get("Signature-Headers") != "area_id:call_id" || r.Header.Get("area_id") == "" || r.Header.Get("lang") != "zh" {
		t.Errorf("got the headers %q", r.Header.Get("Signature-Headers"))
	}
	s.Deny("*", 1106)
	if err := c.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "权限不足") {
		t.Errorf("got %v, want the vendor's words in Chinese", err)
	}
}

func TestTicketsServeUntilTheyAreNearlyUsedUp(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	make := func(name, code string) {
		t.Helper()
		op, err := c.Passwords().Create(t.Context(), door, guest(name, code))
		done(t, s, op, err)
	}
	make("one", "482913")
	make("two", "591624")
	if got := len(s.Requests(tickets)); got != 1 {
		t.Errorf("two passwords: got %d tickets, want 1", got)
	}
	s.Advance(4*time.Minute + 31*time.Second)
	make("three", "738261")
	if got := len(s.Requests(tickets)); got != 2 {
		t.Errorf("a ticket with less than 30 seconds left: got %d tickets, want another one", got)
	}
	other := s.AddLock("side door")
	op, err := c.Passwords().Create(t.Context(), other, guest("one", "482913"))
	done(t, s, op, err)
	if got := len(s.Requests(tickets)); got != 3 {
		t.Errorf("another lock: got %d tickets, want one of its own", got)
	}
	if !s.EnterCode(door, "482913") || !s.EnterCode(door, "591624") || !s.EnterCode(door, "738261") {
		t.Error("a code does not open the door")
	}
}

// A code that is refused with a ticket from before is sent once more with a new one: nothing was done.
func TestTicketThatDiedEarlyIsReplaced(t *testing.T) {
	s := still(t, tuyatest.WithTicketLifetime(2*time.Minute))
	c, door := s.Client(), s.AddLock("front door")
	op, err := c.Passwords().Create(t.Context(), door, guest("one", "482913"))
	done(t, s, op, err)
	s.SetSkew(3 * time.Minute) // the cloud's clock has gone ahead: its ticket is over
	op, err = c.Passwords().Create(t.Context(), door, guest("two", "591624"))
	done(t, s, op, err)
	if got := len(s.Passwords(door)); got != 2 {
		t.Errorf("got %d passwords made, want 2", got)
	}
	if got := len(s.Requests(tickets)); got != 2 {
		t.Errorf("got %d tickets, want 2", got)
	}
}

// A code that the vendor refuses with a new ticket is refused, and not sent for ever.
func TestRefusedCodeIsNotSentForEver(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	s.Deny("POST /door-lock/temp-password", 1109)
	_, err := c.Passwords().Create(t.Context(), door, guest("one", "482913"))
	if !errors.Is(err, lock.ErrInvalidArgument) {
		t.Errorf("got %v, want %s", err, lock.ErrInvalidArgument)
	}
	if got := len(s.Requests("POST /door-lock/temp-password")); got != 1 {
		t.Errorf("got %d calls, want 1", got)
	}
}

func TestCodeLengthsOfFamilies(t *testing.T) {
	s := still(t)
	c := s.Client()
	for _, tt := range []struct {
		name   string
		door   lock.DeviceID
		length int
		wrong  string
	}{
		{"Wi-Fi", s.AddWiFiLock("a"), 7, "482913"},
		{"sleeping Wi-Fi", s.AddSleepingLock("b"), 7, "482913"},
		{"Zigbee", s.AddLock("c"), 6, "4829137"},
		{"Bluetooth", s.AddBluetoothLock("d"), 6, "4829137"},
		{"Bluetooth without a gateway", s.AddPhoneLock("e"), 6, "4829137"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := c.Passwords().Policy(t.Context(), tt.door, lock.PasswordTimed)
			if err != nil || !slices.Equal(p.PIN.Lengths, []int{tt.length}) {
				t.Fatalf("got lengths %v and %v, want %d", p.PIN.Lengths, err, tt.length)
			}
			before := len(s.Requests())
			_, err = c.Passwords().Create(t.Context(), tt.door, guest("wrong", tt.wrong))
			var pin *lock.PINError
			if !errors.As(err, &pin) || pin.Rule != lock.RuleLength || len(s.Requests()) != before {
				t.Errorf("a code of %d digits: got %v and %d calls, want it refused before any", len(tt.wrong), err, len(s.Requests())-before)
			}
			op, err := c.Passwords().Create(t.Context(), tt.door, lock.PasswordSpec{Name: "drawn", Window: lock.Window{Until: noon.Add(time.Hour)}})
			if err != nil || len(op.Latest().Secret.Reveal()) != tt.length {
				t.Errorf("a drawn code: got %d digits and %v, want %d", len(op.Latest().Secret.Reveal()), err, tt.length)
			}
		})
	}
}

// What the lock refuses is the operation's outcome, by the reason it gives.
func TestLockRefusesAPassword(t *testing.T) {
	for _, tt := range []struct {
		name   string
		add    func(*tuyatest.Server, string) lock.DeviceID
		reason int
		code   string
		want   lock.Kind
	}{
		{"failed", (*tuyatest.Server).AddLock, 3, "482913", lock.ErrDeviceRejected},
		{"duplicate", (*tuyatest.Server).AddLock, 4, "482913", lock.ErrDuplicatePassword},
		{"full", (*tuyatest.Server).AddLock, 5, "482913", lock.ErrCapacityExceeded},
		{"overlapping", (*tuyatest.Server).AddLock, 6, "482913", lock.ErrPasswordRejected},
		{"failed at a Bluetooth lock", (*tuyatest.Server).AddBluetoothLock, 3, "482913", lock.ErrDeviceRejected},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := still(t)
			c, door := s.Client(), tt.add(s, "front door")
			s.RefuseNext(door, tt.reason)
			op, err := c.Passwords().Create(t.Context(), door, guest("one", tt.code))
			if err != nil {
				t.Fatal(err)
			}
			pw, err := ended(t, s, op)
			var e *lock.Error
			if !errors.As(err, &e) || e.Kind != tt.want || e.Op != lock.CreatePassword || e.Target != string(door) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if pw.State != lock.StateFailed {
				t.Errorf("State: got %q, want %q", pw.State, lock.StateFailed)
			}
			for _, listed := range collect(t, c.Passwords().List(t.Context(), door)) {
				if listed.State != lock.StateFailed || !errors.Is(listed.Failure, tt.want) {
					t.Errorf("listed: got state %q and failure %v, want %q and %s", listed.State, listed.Failure, lock.StateFailed, tt.want)
				}
			}
		})
	}
}

// The cloud itself refuses a code that a Wi-Fi lock has.
func TestDuplicateAtAWiFiLock(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddWiFiLock("front door")
	op, err := c.Passwords().Create(t.Context(), door, guest("one", "4829137"))
	done(t, s, op, err)
	if _, err := c.Passwords().Create(t.Context(), door, guest("two", "4829137")); !errors.Is(err, lock.ErrDuplicatePassword) {
		t.Errorf("got %v, want %s", err, lock.ErrDuplicatePassword)
	}
}

// A refused change leaves the password what it was.
func TestLockRefusesAChange(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	op, err := c.Passwords().Create(t.Context(), door, guest("one", "482913"))
	pw := done(t, s, op, err)
	for name, change := range map[string]func(context.Context) (*lock.Operation[lock.Password], error){
		"freeze": func(ctx context.Context) (*lock.Operation[lock.Password], error) {
			return c.Passwords().Freeze(ctx, door, pw.ID)
		},
		"update": func(ctx context.Context) (*lock.Operation[lock.Password], error) {
			return c.Passwords().Update(ctx, door, pw.ID, lock.PasswordUpdate{Secret: lock.NewSecret("591624")})
		},
		"delete": func(ctx context.Context) (*lock.Operation[lock.Password], error) {
			return c.Passwords().Delete(ctx, door, pw.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.RefuseNext(door, 3)
			op, err := change(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got, err := ended(t, s, op)
			if !errors.Is(err, lock.ErrDeviceRejected) || got.State != lock.StateActive {
				t.Errorf("got state %q and %v, want %q and %s", got.State, err, lock.StateActive, lock.ErrDeviceRejected)
			}
			if !s.EnterCode(door, "482913") {
				t.Error("the code no longer opens")
			}
		})
	}
}

// Sleeping locks take passwords when they wake, Bluetooth locks without a gateway when a phone is near.
func TestLocksThatHearLater(t *testing.T) {
	for _, tt := range []struct {
		name, code string
		add        func(*tuyatest.Server, string) lock.DeviceID
		reach      func(*tuyatest.Server, lock.DeviceID)
	}{
		{"a sleeping Wi-Fi lock", "4829137", (*tuyatest.Server).AddSleepingLock, (*tuyatest.Server).Wake},
		{"a Bluetooth lock without a gateway", "482913", (*tuyatest.Server).AddPhoneLock, (*tuyatest.Server).PhoneSync},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := still(t)
			c, door := s.Client(), tt.add(s, "front door")
			op, err := c.Passwords().Create(t.Context(), door, guest("one", tt.code))
			s.Settle()
			underWay(t, op, err)
			if got := op.Latest(); got.State != lock.StatePending || got.Pending == nil || got.Pending.Kind != lock.PendingAdd {
				t.Errorf("got %+v, want it pending", got)
			}
			tt.reach(s, door)
			pw := done(t, s, op, nil)
			if pw.State != lock.StateActive || pw.Certainty != lock.Confirmed || !s.EnterCode(door, tt.code) {
				t.Errorf("got state %q, %q, want it to open", pw.State, pw.Certainty)
			}
			s.Advance(5 * time.Minute) // asleep again
			op, err = c.Passwords().Delete(t.Context(), door, pw.ID)
			s.Settle()
			underWay(t, op, err)
			listed := collect(t, c.Passwords().List(t.Context(), door))
			if len(listed) != 1 || listed[0].Pending == nil || listed[0].Pending.Kind != lock.PendingDelete || listed[0].State != lock.StateActive {
				t.Errorf("until the lock has heard of it: got %+v, want it active and to be deleted", listed)
			}
			tt.reach(s, door)
			if pw := done(t, s, op, nil); pw.State != lock.StateRemoved || s.EnterCode(door, tt.code) {
				t.Errorf("got state %q, want it gone", pw.State)
			}
		})
	}
}

// An operation is resumed in another process by its ID alone.
func TestResume(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddSleepingLock("front door")
	op, err := c.Passwords().Create(t.Context(), door, guest("one", "4829137"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := lock.Resume[lock.Password](s.Client(), op.ID())
	underWay(t, again, err)
	s.Wake(door)
	if pw := done(t, s, again, nil); pw.ID != op.Latest().ID || pw.State != lock.StateActive {
		t.Errorf("got %+v, want the password, active", pw)
	}
}

// A password that somebody deletes while it is on its way is not found; one whose record is not there
// yet is waited for, for a while.
func TestPasswordsThatVanish(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddSleepingLock("front door")
	op, err := c.Passwords().Create(t.Context(), door, guest("one", "4829137"))
	underWay(t, op, err)
	if _, err := c.Passwords().Delete(t.Context(), door, op.Latest().ID); err != nil {
		t.Fatal(err)
	}
	underWay(t, op, nil)
	s.Advance(2 * time.Minute)
	if over, err := op.Poll(t.Context()); !over || err != nil {
		t.Fatalf("Poll: got %t and %v, want the end", over, err)
	}
	if _, err := op.Wait(t.Context()); !errors.Is(err, lock.ErrNotFound) {
		t.Errorf("got %v, want %s", err, lock.ErrNotFound)
	}
}

func TestRecurringPasswords(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	for i, zone := range []*time.Location{time.FixedZone("Asia/Shanghai", 8*60*60), time.FixedZone("", 5*60*60+30*60), time.FixedZone("home", -3*60*60), time.UTC} {
		spec := guest(fmt.Sprintf("cleaner %d", i), fmt.Sprintf("48291%d", i))
		spec.Kind = lock.PasswordRecurring
		spec.Schedule = &lock.Schedule{Days: lock.On(time.Sunday, time.Wednesday), From: lock.At(7, 30), Until: lock.At(18, 0), Location: zone}
		op, err := c.Passwords().Create(t.Context(), door, spec)
		pw := done(t, s, op, err)
		if pw.Kind != lock.PasswordRecurring || pw.Schedule == nil {
			t.Fatalf("%s: got kind %q and schedule %v", zone, pw.Kind, pw.Schedule)
		}
		_, want := noon.In(zone).Zone()
		if _, got := noon.In(pw.Schedule.Location).Zone(); got != want || pw.Schedule.Days != spec.Schedule.Days || pw.Schedule.From != spec.Schedule.From || pw.Schedule.Until != spec.Schedule.Until {
			t.Errorf("got %s, want %s", pw.Schedule, spec.Schedule)
		}
		if got, want := s.EnterCode(door, spec.Secret.Reveal()), spec.Schedule.Contains(noon); got != want {
			t.Errorf("%s at noon: opened %t, want %t", spec.Schedule, got, want)
		}
	}
	spec := guest("for good", "999111")
	spec.Kind, spec.Window = lock.PasswordRecurring, lock.Window{}
	spec.Schedule = &lock.Schedule{Days: lock.EveryDay, From: 0, Until: lock.At(24, 0), Location: time.UTC}
	var pin *lock.PINError
	if _, err := c.Passwords().Create(t.Context(), door, spec); !errors.As(err, &pin) || pin.Rule != lock.RuleEnd {
		t.Errorf("without an end: got %v, want %s", err, lock.RuleEnd)
	}
}

// An update keeps what it does not name: use, schedule, zone.
func TestUpdateKeepsTheRest(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	spec := guest("cleaner", "482913")
	spec.Kind = lock.PasswordRecurring
	spec.Schedule = &lock.Schedule{Days: lock.EveryDay, From: lock.At(8, 0), Until: lock.At(22, 0), Location: time.FixedZone("Asia/Shanghai", 8*60*60)}
	op, err := c.Passwords().Create(t.Context(), door, spec)
	before := done(t, s, op, err)
	op, err = c.Passwords().Update(t.Context(), door, before.ID, lock.PasswordUpdate{Secret: lock.NewSecret("591624")})
	after := done(t, s, op, err)
	if after.Name != before.Name || after.Window != before.Window || after.Schedule == nil || after.Schedule.String() != before.Schedule.String() {
		t.Errorf("got %+v, want %+v", after, before)
	}
	if s.EnterCode(door, "482913") || !s.EnterCode(door, "591624") {
		t.Error("the new code should open, and not the old one")
	}
	if _, err := c.Passwords().Update(t.Context(), door, before.ID, lock.PasswordUpdate{Name: "other"}); !errors.Is(err, lock.ErrInvalidArgument) || !strings.Contains(err.Error(), "WithCodes") {
		t.Errorf("a name without the code: got %v, want %s and what to do", err, lock.ErrInvalidArgument)
	}
	lost := s.Client(tuya.WithCodes(func(context.Context, lock.DeviceID, lock.PasswordID) (lock.Secret, error) {
		return lock.Secret{}, errors.New("nobody knows")
	}))
	if _, err := lost.Passwords().Update(t.Context(), door, before.ID, lock.PasswordUpdate{Name: "other"}); err == nil || !strings.Contains(err.Error(), "nobody knows") {
		t.Errorf("a code that is lost: got %v, want its reason", err)
	}
}

func TestOfflineCodes(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	make := func(w lock.Window) (lock.Password, error) {
		op, err := c.Passwords().Create(t.Context(), door, lock.PasswordSpec{Kind: lock.PasswordOffline, Name: "courier", Window: w})
		if err != nil {
			return lock.Password{}, err
		}
		return op.Wait(t.Context())
	}
	once, err := make(lock.Window{})
	if want := (lock.Window{From: noon, Until: noon.Add(6 * time.Hour)}); err != nil || !once.Window.Until.Equal(want.Until) || !once.Window.From.Equal(want.From) {
		t.Errorf("without a window: got %s and %v, want %s", once.Window, err, want)
	}
	if !s.EnterCode(door, once.Secret.Reveal()) || s.EnterCode(door, once.Secret.Reveal()) {
		t.Error("a code for once should open once")
	}
	many, err := make(lock.Window{From: noon.Add(time.Hour), Until: noon.Add(50 * time.Hour)})
	if err != nil || many.State != lock.StateScheduled || s.EnterCode(door, many.Secret.Reveal()) {
		t.Errorf("a code for later: got state %q and %v, want %q", many.State, err, lock.StateScheduled)
	}
	s.Advance(90 * time.Minute)
	for range 2 {
		if !s.EnterCode(door, many.Secret.Reveal()) {
			t.Error("a code for many times should open, and again")
		}
	}
	for name, w := range map[string]lock.Window{
		"no whole hours":        {From: noon.Add(2*time.Hour + time.Minute), Until: noon.Add(50 * time.Hour)},
		"a beginning alone":     {From: noon.Add(2 * time.Hour)},
		"a window that is over": {Until: noon},
	} {
		before := len(s.Requests())
		if _, err := make(w); lock.KindOf(err) != lock.ErrPasswordRejected && lock.KindOf(err) != lock.ErrInvalidArgument || len(s.Requests()) != before {
			t.Errorf("%s: got %v, want it refused before any call", name, err)
		}
	}
	for name, change := range map[string]func() error{
		"deleting": func() error { _, err := c.Passwords().Delete(t.Context(), door, many.ID); return err },
		"freezing": func() error { _, err := c.Passwords().Freeze(t.Context(), door, many.ID); return err },
		"updating": func() error {
			_, err := c.Passwords().Update(t.Context(), door, many.ID, lock.PasswordUpdate{Name: "x"})
			return err
		},
	} {
		if err := change(); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s an offline code: got %v, want it unsupported", name, err)
		}
	}
	id := strings.TrimPrefix(string(many.ID), "offline/")
	a, err := c.CreateOfflinePassword(t.Context(), door, tuya.OfflinePasswordRequest{Type: tuya.OfflineClear, PasswordID: id})
	if err != nil {
		t.Fatal(err)
	}
	s.EnterCode(door, a.Result.Password.Reveal())
	if s.EnterCode(door, many.Secret.Reveal()) {
		t.Error("the cleared code should not open")
	}
}

func TestOpening(t *testing.T) {
	landlord := lock.Person{Name: "landlord"}
	t.Run("by the older call where the lock knows only that", func(t *testing.T) {
		s := still(t)
		c, door := s.Client(), s.AddLock("front door")
		s.Deny("POST /password-free/door-operate", 2009)
		op, err := c.Locks().Open(t.Context(), door, landlord)
		done(t, s, op, err)
		if got := s.Opened(door); got != 1 {
			t.Errorf("opened %d times, want once", got)
		}
	})
	t.Run("not by the older call for any other reason", func(t *testing.T) {
		s := still(t)
		c, door := s.Client(), s.AddLock("front door")
		s.SetOnline(door, false)
		if _, err := c.Locks().Open(t.Context(), door, landlord); !errors.Is(err, lock.ErrDeviceOffline) {
			t.Errorf("got %v, want %s", err, lock.ErrDeviceOffline)
		}
		if got := len(s.Requests("POST /password-free/open-door")); got != 0 {
			t.Errorf("got %d calls of the older kind, want none", got)
		}
	})
	t.Run("never twice when the answer is lost", func(t *testing.T) {
		s := still(t)
		c, door := s.Client(), s.AddLock("front door")
		s.Fail("POST /password-free/door-operate", tuyatest.DropAfter().Always())
		if _, err := c.Locks().Open(t.Context(), door, landlord); !errors.Is(err, lock.ErrOutcomeUnknown) {
			t.Errorf("got %v, want %s", err, lock.ErrOutcomeUnknown)
		}
		s.Settle()
		if got := s.Opened(door); got != 1 {
			t.Errorf("opened %d times, want once", got)
		}
	})
	t.Run("where it is allowed", func(t *testing.T) {
		s := still(t)
		c, door := s.Client(), s.AddBluetoothLock("front door")
		if _, err := c.ConfigureRemoteUnlock(t.Context(), door, tuya.RemoteWithoutPassword, false); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Locks().Open(t.Context(), door, landlord); err == nil {
			t.Error("got no error, want it refused")
		}
		p, err := c.ListRemoteUnlocks(t.Context(), door)
		if err != nil || len(p.Records) != 1 || p.Records[0].Open {
			t.Errorf("got %+v and %v, want it switched off", p, err)
		}
	})
}

// No change is made twice, whatever becomes of the answer.
func TestChangesAreMadeOnce(t *testing.T) {
	for name, fault := range map[string]tuyatest.Fault{
		"dropped after": tuyatest.DropAfter(), "truncated": tuyatest.Truncated(), "garbage": tuyatest.Garbage(), "empty": tuyatest.Empty(),
		"bad gateway": tuyatest.BadGateway().Executed(), "unavailable": tuyatest.Unavailable(time.Second).Executed(),
	} {
		t.Run(name, func(t *testing.T) {
			s := still(t)
			c, door := s.Client(), s.AddLock("front door")
			s.Fail("POST /door-lock/temp-password", fault.Always())
			if _, err := c.Passwords().Create(t.Context(), door, guest("one", "482913")); !errors.Is(err, lock.ErrOutcomeUnknown) {
				t.Errorf("got %v, want %s", err, lock.ErrOutcomeUnknown)
			}
			if got := len(s.Passwords(door)); got != 1 {
				t.Errorf("got %d passwords, want 1", got)
			}
		})
	}
}

func TestPeople(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	tenant := lock.Person{Name: "Han Meimei", Phone: lock.NewSecret("86-13800000000")}
	grant := lock.Grant{
		Holder: tenant, Role: lock.RoleAdmin, Window: lock.Window{From: noon.Add(500 * time.Millisecond), Until: noon.Add(time.Hour + 500*time.Millisecond)},
		Schedule: &lock.Schedule{Days: lock.On(time.Sunday), From: lock.At(8, 0), Until: lock.At(22, 0), Location: time.FixedZone("Asia/Shanghai", 8*60*60)},
	}
	op, err := c.Keys().Grant(t.Context(), door, grant)
	underWay(t, op, err)
	key := done(t, s, op, nil)
	if key.Kind != lock.KeyUser || key.Role != lock.RoleAdmin || key.Name != "Han Meimei" || !key.Holder.Phone.Equal(tenant.Phone) || key.Schedule == nil {
		t.Errorf("got %+v", key)
	}
	if want := (lock.Window{From: noon.Add(time.Second), Until: noon.Add(time.Hour)}); !key.Window.From.Equal(want.From) || !key.Window.Until.Equal(want.Until) {
		t.Errorf("Window: got %s, want %s, which does not grow", key.Window, want)
	}
	if key.State != lock.StateScheduled {
		t.Errorf("State: got %q, want %q", key.State, lock.StateScheduled)
	}

	grant = lock.Grant{Holder: key.Holder, Permanent: true, Role: lock.RoleNormal, Name: "Han Meimei (2)"}
	op, err = c.Keys().Update(t.Context(), door, key.ID, grant)
	if !errors.Is(err, lock.ErrPartial) { // the name of an administrator: but the role was changed before
		key = done(t, s, op, err)
		if !key.Window.Forever() || key.Schedule != nil || key.Role != lock.RoleNormal || key.Name != "Han Meimei (2)" {
			t.Errorf("got %+v, want it permanent, at any hour, normal", key)
		}
	} else {
		t.Errorf("got %v, want the name changed", err)
	}

	// A person from a day on, without an end.
	grant = lock.Grant{Holder: key.Holder, Permanent: true, Window: lock.Window{From: noon.Add(24 * time.Hour)}}
	op, err = c.Keys().Update(t.Context(), door, key.ID, grant)
	if key = done(t, s, op, err); key.State != lock.StateScheduled {
		t.Errorf("State: got %q, want %q", key.State, lock.StateScheduled)
	}
	s.Advance(25 * time.Hour)
	for _, k := range collect(t, c.Keys().List(t.Context(), lock.KeyQuery{Device: door, Holder: key.Holder.ID})) {
		if k.State != lock.StateActive {
			t.Errorf("State a day later: got %q, want %q", k.State, lock.StateActive)
		}
	}

	s.RefuseNext(door, 3)
	op, err = c.Keys().Update(t.Context(), door, key.ID, lock.Grant{Holder: key.Holder, Permanent: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ended(t, s, op); !errors.Is(err, lock.ErrDeviceRejected) {
		t.Errorf("a validity the lock refuses: got %v, want %s", err, lock.ErrDeviceRejected)
	}
}

// A person whose grant fails half-way is taken back, or the error says that they stay.
func TestGrantsThatFailHalfWay(t *testing.T) {
	timed := lock.Grant{Holder: lock.Person{Name: "Han Meimei"}, Window: lock.Window{Until: noon.Add(time.Hour)}}
	admin := lock.Grant{Holder: lock.Person{Name: "Han Meimei"}, Permanent: true, Role: lock.RoleAdmin}
	for _, tt := range []struct {
		name  string
		grant lock.Grant
		spoil func(*tuyatest.Server)
		want  lock.Kind
		stay  int
	}{
		{"the validity is refused", timed, func(s *tuyatest.Server) { s.Deny("PUT /schedule", 2003) }, lock.ErrUnsupported, 0},
		{"the role is refused", admin, func(s *tuyatest.Server) { s.Deny("PUT /actions/role", 2003) }, lock.ErrUnsupported, 0},
		{"nobody knows about the validity", timed, func(s *tuyatest.Server) { s.Fail("PUT /schedule", tuyatest.DropAfter()) }, lock.ErrPartial, 1},
		{"they cannot be taken back", timed, func(s *tuyatest.Server) {
			s.Deny("PUT /schedule", 2003)
			s.Deny("DELETE /users/*", 500)
		}, lock.ErrPartial, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := still(t)
			c, door := s.Client(), s.AddLock("front door")
			tt.spoil(s)
			if _, err := c.Keys().Grant(t.Context(), door, tt.grant); lock.KindOf(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			s.Admit()
			s.Heal()
			if got := len(collect(t, c.Keys().List(t.Context(), lock.KeyQuery{Device: door}))) - 1; got != tt.stay { // beside the owner
				t.Errorf("got %d people, want %d", got, tt.stay)
			}
		})
	}
}

// An update is several calls: the error says which of them were made.
func TestUpdatesThatFailHalfWay(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	person := s.AddMember(door, "Han Meimei")
	id := tuya.UserKeyID(tuya.UserID(person))
	grant := lock.Grant{Holder: lock.Person{ID: person}, Permanent: true, Role: lock.RoleAdmin, Name: "Han Mei"}
	s.Deny("PUT /actions/role", 2003)
	if _, err := c.Keys().Update(t.Context(), door, id, grant); !errors.Is(err, lock.ErrPartial) || !strings.Contains(err.Error(), "role was not") {
		t.Errorf("a role that is refused: got %v, want %s", err, lock.ErrPartial)
	}
	s.Admit()
	if _, err := c.Keys().Update(t.Context(), door, id, grant); !errors.Is(err, lock.ErrPartial) || !strings.Contains(err.Error(), "name was not") {
		t.Errorf("the name of an administrator: got %v, want %s", err, lock.ErrPartial)
	}
	before := len(s.Requests())
	for name, spoil := range map[string]func(*lock.Grant){
		"a window without an end": func(g *lock.Grant) { g.Permanent = false },
		"an owner":                func(g *lock.Grant) { g.Role = lock.RoleOwner },
		"another key":             func(g *lock.Grant) { g.Key = "unlock_card/1" },
	} {
		g := grant
		spoil(&g)
		if _, err := c.Keys().Update(t.Context(), door, id, g); lock.KindOf(err) != lock.ErrInvalidArgument {
			t.Errorf("%s: got %v, want %s", name, err, lock.ErrInvalidArgument)
		}
	}
	if got := len(s.Requests()); got != before {
		t.Errorf("got %d calls, want none", got-before)
	}
	if _, err := c.Keys().Update(t.Context(), door, tuya.UserKeyID("0"), grant); !errors.Is(err, lock.ErrNotFound) {
		t.Errorf("nobody: got %v, want %s", err, lock.ErrNotFound)
	}
}

func TestErasingKeys(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	person := s.AddMember(door, "Han Meimei")
	card := s.EnrolFor(door, person, tuyatest.Card)
	id := tuya.UserKeyID(tuya.UserID(person))

	s.SetOnline(door, false)
	_, err := c.Keys().Delete(t.Context(), door, id)
	if !errors.Is(err, lock.ErrPartial) || !errors.Is(err, lock.ErrDeviceOffline) {
		t.Fatalf("a lock that is offline: got %v, want %s because of %s", err, lock.ErrPartial, lock.ErrDeviceOffline)
	}
	unowned := collect(t, c.Keys().List(t.Context(), lock.KeyQuery{Device: door, Unowned: true}))
	if len(unowned) != 1 || unowned[0].ID != id || !unowned[0].Holder.IsZero() {
		t.Errorf("a removed person who is still on the lock: got %+v, want them unowned", unowned)
	}
	s.SetOnline(door, true)
	op, err := c.Keys().Delete(t.Context(), door, id) // again
	underWay(t, op, err)
	if k := done(t, s, op, nil); k.State != lock.StateRemoved || s.HasKey(door, card) {
		t.Errorf("got %+v, want it gone with the card", k)
	}

	finger := s.Enrol(door, tuyatest.Fingerprint)
	if _, err := c.Keys().Delete(t.Context(), door, keyID(finger)); !errors.Is(err, lock.ErrNotFound) {
		t.Errorf("what is nobody's: got %v, want %s", err, lock.ErrNotFound)
	}
	owner := s.AddMember(door, "Li Lei")
	grant := lock.Grant{Holder: lock.Person{ID: owner}, Key: keyID(finger), Permanent: true}
	granted, err := c.Keys().Grant(t.Context(), door, grant)
	done(t, s, granted, err)
	if got := s.HolderOf(door, finger); got != owner {
		t.Errorf("got the holder %q, want %q", got, owner)
	}
	op, err = c.Keys().Delete(t.Context(), door, keyID(finger))
	underWay(t, op, err)
	if done(t, s, op, nil); s.HasKey(door, finger) {
		t.Error("the finger is still on the lock")
	}
}

// What somebody has enrolled by themselves cannot be taken from them, and what an enrolled key cannot
// have is refused before any call.
func TestEnrolledKeys(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	person := s.AddMember(door, "Han Meimei")
	own, spare := s.EnrolFor(door, person, tuyatest.Fingerprint), s.Enrol(door, tuyatest.RemoteControl)
	s.SetDuress(door, own, true)
	if _, err := c.Keys().Revoke(t.Context(), door, keyID(own)); err == nil {
		t.Error("got no error, want it refused")
	}
	for _, k := range collect(t, c.Keys().List(t.Context(), lock.KeyQuery{Device: door})) {
		switch k.ID {
		case keyID(own):
			if !k.Duress || k.Kind != lock.KeyFingerprint || k.Holder.ID != person || k.State != lock.StateActive {
				t.Errorf("got %+v", k)
			}
		case keyID(spare):
			if k.Duress || k.Kind != lock.KeyRemote || !k.Holder.IsZero() {
				t.Errorf("got %+v", k)
			}
		}
	}
	good := lock.Grant{Holder: lock.Person{ID: person}, Key: keyID(spare), Permanent: true}
	for name, spoil := range map[string]func(*lock.Grant){
		"a window":          func(g *lock.Grant) { g.Permanent, g.Window.Until = false, noon.Add(time.Hour) },
		"a beginning":       func(g *lock.Grant) { g.Window.From = noon },
		"a role":            func(g *lock.Grant) { g.Role = lock.RoleAdmin },
		"a name":            func(g *lock.Grant) { g.Name = "x" },
		"another kind":      func(g *lock.Grant) { g.Kind = lock.KeyCard },
		"nobody's id":       func(g *lock.Grant) { g.Holder = lock.Person{Name: "x"} },
		"a person":          func(g *lock.Grant) { g.Key = tuya.UserKeyID("1") },
		"no key of ours":    func(g *lock.Grant) { g.Key = "nonsense" },
		"a new fingerprint": func(g *lock.Grant) { g.Key, g.Kind = "", lock.KeyFingerprint },
		"an id of our own":  func(g *lock.Grant) { g.Key = "" },
		"an owner":          func(g *lock.Grant) { g.Key, g.Holder, g.Role = "", lock.Person{Name: "x"}, lock.RoleOwner },
		"no name":           func(g *lock.Grant) { g.Key, g.Holder = "", lock.Person{Phone: lock.NewSecret("1")} },
	} {
		g, before := good, len(s.Requests())
		spoil(&g)
		if _, err := c.Keys().Grant(t.Context(), door, g); err == nil || len(s.Requests()) != before {
			t.Errorf("%s: got %v and %d calls, want it refused before any", name, err, len(s.Requests())-before)
		}
	}
	if _, err := c.AllocateKey(t.Context(), door, tuya.UserID(person), tuya.AllocateKeyRequest{No: "1", Type: tuya.KeyTypeCard}); err == nil {
		t.Error("a card that is not there: got no error")
	}
}

// Both logs make one history: nothing is lost, nothing comes twice.
func TestHistoryOfBothLogs(t *testing.T) {
	s := still(t)
	f := s.Furnish()
	c := s.Client()
	events := collect(t, c.Events().History(t.Context(), lock.EventQuery{Device: f.Front, Window: lock.Window{From: noon.AddDate(0, 0, -6)}}))
	kinds := map[lock.EventKind]int{}
	for _, e := range events {
		kinds[e.Kind]++
	}
	if kinds[lock.EventLockUnlocked] != 20 || kinds[lock.EventLockDoorbell] != 20 || kinds[lock.EventLockLeftOpen] != 20 || len(events) != 60 {
		t.Errorf("got %v, want 20 of each", kinds)
	}
	half := collect(t, c.Events().History(t.Context(), lock.EventQuery{Device: f.Front, Window: lock.Window{From: noon.AddDate(0, 0, -2), Until: noon.AddDate(0, 0, -1)}}))
	if len(half) != 12 { // every six hours three
		t.Errorf("one day: got %d events, want 12", len(half))
	}
	all := collect(t, c.Events().History(t.Context(), lock.EventQuery{}))
	if len(all) != 60 {
		t.Errorf("all locks: got %d events, want 60", len(all))
	}
	before := len(s.Requests("GET /door-lock/alarm-logs"))
	opened := collect(t, c.Events().History(t.Context(), lock.EventQuery{Device: f.Front, Kinds: []lock.EventKind{lock.EventLockUnlocked}}))
	if len(opened) != 20 || opened[0].Method != lock.MethodFingerprint || opened[0].Key != keyID(f.Finger) || opened[0].Actor.ID != f.LiLei {
		t.Errorf("got %d openings, the first %+v", len(opened), opened[0])
	}
	if got := len(s.Requests("GET /door-lock/alarm-logs")); got != before {
		t.Errorf("got %d calls for alarms that nobody asked for", got-before)
	}
}

func TestEventsOfADoor(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	person := s.AddMember(door, "Han Meimei")
	finger := s.EnrolFor(door, person, tuyatest.Fingerprint)
	s.SetDuress(door, finger, true)
	op, err := c.Passwords().Create(t.Context(), door, guest("courier", "482913"))
	pw := done(t, s, op, err)
	offline, err := c.Passwords().Create(t.Context(), door, lock.PasswordSpec{Kind: lock.PasswordOffline, Name: "offline"})
	off := done(t, s, offline, err)
	dynamic, err := c.Passwords().Dynamic(t.Context(), door)
	if err != nil {
		t.Fatal(err)
	}
	at := func(what string, kind lock.EventKind, happen func()) lock.Event {
		t.Helper()
		s.Advance(time.Minute)
		from := s.Clock().Now().Truncate(time.Second) // as finely as the times of alarms
		happen()
		s.Settle()
		found := collect(t, c.Events().History(t.Context(), lock.EventQuery{Device: door, Window: lock.Window{From: from}}))
		i := slices.IndexFunc(found, func(e lock.Event) bool { return e.Kind == kind })
		if i < 0 {
			t.Fatalf("%s: got %d events, want one of kind %s", what, len(found), kind)
		}
		return found[i]
	}
	open := func(digits string) func() { return func() { s.EnterCode(door, digits) } }
	for _, tt := range []struct {
		what   string
		happen func()
		want   lock.Event
	}{
		{"a temporary password", open("482913"), lock.Event{Kind: lock.EventLockUnlocked, Method: lock.MethodTemporaryPIN, Password: pw.ID}},
		{"an offline code", open(off.Secret.Reveal()), lock.Event{Kind: lock.EventLockUnlocked, Method: lock.MethodOfflineCode, Password: off.ID}},
		{"a dynamic code", open(dynamic.Secret.Reveal()), lock.Event{Kind: lock.EventLockUnlocked, Method: lock.MethodDynamicCode}},
		{"a metal key", func() { s.TurnKey(door) }, lock.Event{Kind: lock.EventLockUnlocked, Method: lock.MethodMechanicalKey}},
		{"a duress finger", func() { s.UseKey(door, finger) }, lock.Event{Kind: lock.EventLockUnlocked, Method: lock.MethodFingerprint, Key: keyID(finger)}},
		{"a bell", func() { s.RingBell(door) }, lock.Event{Kind: lock.EventLockDoorbell}},
		{"wrong codes", func() {
			for range 5 {
				s.EnterCode(door, "000000")
			}
		}, lock.Event{Kind: lock.EventLockWrongAttempts}},
		{"a crowbar", func() { s.RaiseAlarm(door, "pry") }, lock.Event{Kind: lock.EventDeviceTampered}},
		{"heat", func() { s.RaiseAlarm(door, "too_hot") }, lock.Event{Kind: lock.EventDeviceFault}},
		{"a stuck bolt", func() { s.RaiseAlarm(door, "tongue_bad") }, lock.Event{Kind: lock.EventLockJammed}},
		{"an open door", func() { s.RaiseAlarm(door, "unclosed_time") }, lock.Event{Kind: lock.EventLockLeftOpen}},
		{"an empty battery", func() { s.RaiseAlarm(door, "low_battery") }, lock.Event{Kind: lock.EventDeviceBatteryLow}},
		{"something new", func() { s.RaiseAlarm(door, "burning") }, lock.Event{Kind: lock.EventVendorUnknown}},
		{"an opening from afar", func() {
			if _, err := c.Locks().Open(t.Context(), door, lock.Person{Name: "landlord"}); err != nil {
				t.Error(err)
			}
		}, lock.Event{Kind: lock.EventLockUnlocked, Method: lock.MethodRemoteAPI}},
	} {
		got := at(tt.what, tt.want.Kind, tt.happen)
		if got.Method != tt.want.Method || got.Password != tt.want.Password || got.Key != tt.want.Key || len(got.Raw()) == 0 {
			t.Errorf("%s: got method %q, password %q, key %q, want %q, %q, %q", tt.what, got.Method, got.Password, got.Key,
				tt.want.Method, tt.want.Password, tt.want.Key)
		}
	}
	duress := collect(t, c.Events().History(t.Context(), lock.EventQuery{Device: door, Kinds: []lock.EventKind{lock.EventLockDuress}}))
	if len(duress) != 1 || !duress[0].Duress || duress[0].Method != lock.MethodFingerprint || duress[0].Key != keyID(finger) {
		t.Errorf("got %+v, want one silent alarm by the finger", duress)
	}
}

// A lock that was cut off reports what happened meanwhile when it is back, and Watch yields it once.
func TestWatchFindsWhatCameLate(t *testing.T) {
	s := tuyatest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	polled := make(chan struct{}, 1)
	c := s.Client(lock.WithWatchInterval(5*time.Millisecond), lock.WithLimits(lock.LimitOff), lock.WithObserver(func(a lock.Attempt) {
		if strings.HasSuffix(a.Endpoint, "/alarm-logs") {
			select {
			case polled <- struct{}{}:
			default:
			}
		}
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		<-polled
		s.SetOnline(door, false)
		s.RingBell(door)
		s.Advance(time.Hour)
		<-polled
		<-polled
		s.SetOnline(door, true)
		s.RaiseAlarm(door, "pry")
	})
	var kinds []lock.EventKind
	for e, err := range c.Events().Watch(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if kinds = append(kinds, e.Kind); slices.Contains(kinds, lock.EventDeviceTampered) && slices.Contains(kinds, lock.EventLockDoorbell) {
			break
		}
	}
	wg.Wait()
	if len(kinds) != 2 {
		t.Errorf("got %v, want the bell that came late and the alarm, once each", kinds)
	}
}

// Locks that keep no logs are left out where all locks are asked, and refuse where they are asked.
func TestLocksWithoutLogs(t *testing.T) {
	s := still(t)
	c, door := s.Client(), s.AddLock("front door")
	s.Deny("GET /door-lock/open-logs", 2004)
	s.RingBell(door)
	if got := collect(t, c.Events().History(t.Context(), lock.EventQuery{Device: door})); len(got) != 1 {
		t.Errorf("a lock with one log: got %d events, want 1", len(got))
	}
	s.Deny("GET /door-lock/alarm-logs", 2004)
	for _, err := range c.Events().History(t.Context(), lock.EventQuery{Device: door}) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("a lock without logs: got %v, want it unsupported", err)
		}
	}
	if got := collect(t, c.Events().History(t.Context(), lock.EventQuery{})); len(got) != 0 {
		t.Errorf("all locks: got %d events, want none", len(got))
	}
}

// Without a user the cloud cannot list, and says so; what names its device works all the same.
func TestWithoutUsers(t *testing.T) {
	s := still(t)
	door := s.AddLock("front door")
	c := tuya.New(s.ClientID, s.ClientSecret, lock.WithBaseURL(s.URL), lock.WithClock(s.Clock()))
	if err := c.Check(t.Context()); err != nil {
		t.Errorf("Check: got %v, want none", err)
	}
	before := len(s.Requests())
	for _, op := range []lock.Op{lock.ListHomes, lock.CreateHome, lock.ListLocks, lock.WatchEvents} {
		if c.Supports(op) {
			t.Errorf("Supports(%s): got true, want false", op)
		}
	}
	wants := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "WithUser") {
			t.Errorf("%s: got %v, want it unsupported without WithUser", what, err)
		}
	}
	for _, err := range c.Homes().List(t.Context(), lock.HomeQuery{}) {
		wants("homes", err)
	}
	for _, err := range c.Locks().List(t.Context(), lock.LockQuery{}) {
		wants("locks", err)
	}
	for _, err := range c.Events().Watch(t.Context()) {
		wants("watching", err)
	}
	for _, err := range c.Events().History(t.Context(), lock.EventQuery{}) {
		wants("all events", err)
	}
	_, err := c.Homes().Create(t.Context(), lock.HomeSpec{Name: "x"})
	wants("a home", err)
	if got := len(s.Requests()); got != before {
		t.Errorf("got %d calls, want none", got-before)
	}
	if _, err := c.Locks().Get(t.Context(), door); err != nil {
		t.Errorf("a lock: got %v, want none", err)
	}
	if got := collect(t, c.Locks().List(t.Context(), lock.LockQuery{Home: s.MainHome()})); len(got) != 1 {
		t.Errorf("the locks of a home: got %d, want 1", len(got))
	}
}

// Several users' homes and locks are listed, those that two of them share once.
func TestSeveralUsers(t *testing.T) {
	s := still(t)
	other := s.AddUser("陈静")
	theirs := s.AddHomeOf(other, "her flat")
	a, b := s.AddLock("a"), s.AddLock("b")
	s.Move(b, theirs, "")
	c := s.Client(tuya.WithUser(other, s.UID))
	var ids []lock.DeviceID
	for _, l := range collect(t, c.Locks().List(t.Context(), lock.LockQuery{})) {
		ids = append(ids, l.ID)
		if l.Battery != nil {
			t.Errorf("Battery: got %d in a list that has none", *l.Battery)
		}
	}
	if slices.Sort(ids); !slices.Equal(ids, slices.Sorted(slices.Values([]lock.DeviceID{a, b}))) {
		t.Errorf("got the locks %v, want %s and %s once each", ids, a, b)
	}
	if got := collect(t, c.Homes().List(t.Context(), lock.HomeQuery{})); len(got) != 2 {
		t.Errorf("got %d homes, want 2", len(got))
	}
	if got := collect(t, c.Homes().List(t.Context(), lock.HomeQuery{Name: "her"})); len(got) != 1 || got[0].ID != theirs {
		t.Errorf("got %+v, want her flat", got)
	}
	for _, err := range c.Homes().List(t.Context(), lock.HomeQuery{City: "Hangzhou"}) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("by city: got %v, want it unsupported", err)
		}
	}
}

func TestLocksOfPlaces(t *testing.T) {
	s := still(t)
	f := s.Furnish()
	c := s.Client()
	home, err := c.Homes().Get(t.Context(), f.House)
	if err != nil || len(home.Rooms) == 0 {
		t.Fatalf("got %+v and %v, want its rooms", home, err)
	}
	got := collect(t, c.Locks().List(t.Context(), lock.LockQuery{Home: f.House, Room: home.Rooms[0].ID}))
	if len(got) != 1 || got[0].ID != f.Cellar || got[0].Room != home.Rooms[0].ID || got[0].Online == nil || *got[0].Online || got[0].Battery == nil {
		t.Errorf("got %+v, want the lock of the cellar, offline", got)
	}
	for _, q := range []lock.LockQuery{{Room: "1"}, {Holder: "x"}} {
		for _, err := range c.Locks().List(t.Context(), q) {
			if err == nil {
				t.Errorf("%+v: got no error", q)
			}
		}
	}
	if _, err := c.Locks().Get(t.Context(), f.Lamp); !errors.Is(err, lock.ErrNotFound) {
		t.Errorf("a lamp: got %v, want %s", err, lock.ErrNotFound)
	}
	kinds := map[lock.DeviceKind]int{}
	for _, d := range collect(t, c.Homes().Devices(t.Context(), f.Flat)) {
		kinds[d.Kind]++
	}
	if kinds[lock.DeviceLock] == 0 || kinds[lock.DeviceGateway] != 1 || kinds[lock.DeviceOther] != 1 {
		t.Errorf("got %v, want locks, a gateway and a lamp", kinds)
	}
}

// The document's own calls on the simulator, where the portable view does not use them.
func TestNativeCalls(t *testing.T) {
	s := still(t)
	f := s.Furnish()
	c := s.Client()
	ctx := t.Context()
	person := s.AddMember(f.Garage, "Han Meimei")
	s.EnrolFor(f.Garage, person, tuyatest.Fingerprint)
	users, err := c.ListHomeUsers(ctx, f.Garage, tuya.ListHomeUsersRequest{Codes: tuya.Codes{tuya.UnlockFingerprint}, Paging: tuya.Paging{PageNo: 1, PageSize: 10}})
	if err != nil || len(users.Records) != 2 || len(users.Records[1].UnlockDetail) != 1 || users.Records[1].UnlockDetail[0].Count != 1 {
		t.Errorf("got %+v and %v", users, err)
	}
	if _, err := c.ListHomeUsers(ctx, f.Front, tuya.ListHomeUsersRequest{Codes: tuya.Codes{tuya.UnlockFingerprint}, Paging: tuya.Paging{PageNo: 1, PageSize: 10}}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a Zigbee lock: got %v, want it unsupported", err)
	}
	if members, err := c.ListMembers(ctx, f.Front); err != nil || len(members.Records) != 3 {
		t.Errorf("got %+v and %v, want 3", members, err)
	}
	if status, err := c.GetStatus(ctx, f.Front); err != nil || len(status.Result) == 0 {
		t.Errorf("got %+v and %v", status, err)
	}
	if _, err := c.SendCommands(ctx, f.Front, tuya.Command{Code: "automatic_lock", Value: false}); err != nil {
		t.Error(err)
	}
	s.Settle()
	d, err := c.GetDevice(ctx, f.Front)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := d.Result.Status.Get("automatic_lock"); !ok || string(v.Raw()) != "false" {
		t.Errorf("got %s, want false", v.Raw())
	}
	if _, err := c.AllocateKey(ctx, f.Front, tuya.UserID(f.HanMei), tuya.AllocateKeyRequest{No: fmt.Sprint(f.Unassigned[2].Number), Type: tuya.KeyTypeCard}); err != nil {
		t.Error(err)
	}
	if got := s.HolderOf(f.Front, f.Unassigned[2]); got != f.HanMei {
		t.Errorf("got the holder %q, want %q", got, f.HanMei)
	}
	var info struct {
		UID string `json:"uid"`
	}
	if _, err := c.Call(ctx, http.MethodGet, "/v1.0/users/"+s.UID+"/infos", nil, &info); err != nil || info.UID != s.UID {
		t.Errorf("got %+v and %v", info, err)
	}
}
