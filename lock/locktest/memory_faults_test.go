package locktest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

func tomorrow(m *Memory) lock.Window {
	return lock.Window{Until: m.cfg.Clock.Now().Add(24 * time.Hour)}
}

func TestMemoryFails(t *testing.T) {
	ctx := t.Context()
	t.Run("a call that fails changes nothing and names itself", func(t *testing.T) {
		m := NewMemory(lock.WithAccount("beijing"))
		door := m.AddLock("front door")
		m.Fail(lock.CreateTimedPassword, lock.ErrDeviceOffline)
		_, err := m.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li", Window: tomorrow(m)})
		var e *lock.Error
		if !errors.As(err, &e) || e.Kind != lock.ErrDeviceOffline || e.Op != lock.CreateTimedPassword || e.Account != "beijing" {
			t.Errorf("got %v, want device offline of %s at beijing", err, lock.CreateTimedPassword)
		}
		if list, err := drain(m.Passwords().List(ctx, door)); len(list) != 0 || err != nil {
			t.Errorf("got %d passwords and error %v, want none", len(list), err)
		}
		m.Fail(lock.CreateTimedPassword, nil)
		if _, err := m.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li", Window: tomorrow(m)}); err != nil {
			t.Errorf("after the fault: got error %v, want none", err)
		}
	})
	t.Run("an error of the test's own is wrapped", func(t *testing.T) {
		m := NewMemory()
		cause := errors.New("the cable is cut")
		m.Fail(lock.CheckProvider, cause)
		if err := m.Check(ctx); !errors.Is(err, cause) {
			t.Errorf("got %v, want it to wrap the cause", err)
		}
	})
	t.Run("a lock refuses later what its vendor accepted", func(t *testing.T) {
		clock := NewClock(start)
		m := NewMemory(lock.WithClock(clock), WithDelay(time.Minute))
		door := m.AddLock("front door")
		m.FailLater(lock.CreateTimedPassword, lock.ErrCapacityExceeded)
		op, err := m.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li", Secret: lock.NewSecret("482913"), Window: tomorrow(m)})
		if err != nil || op.Ended() {
			t.Fatalf("got ended %t and error %v, want an operation under way", op != nil && op.Ended(), err)
		}
		clock.Advance(time.Minute)
		if ended, err := op.Poll(ctx); !ended || err != nil {
			t.Fatalf("Poll: got %t and %v, want the end", ended, err)
		}
		if _, err := op.Wait(ctx); !errors.Is(err, lock.ErrCapacityExceeded) {
			t.Errorf("outcome: got %v, want capacity exceeded", err)
		}
		list, err := drain(m.Passwords().List(ctx, door))
		if err != nil || len(list) != 1 || list[0].State != lock.StateFailed || !errors.Is(list[0].Failure, lock.ErrCapacityExceeded) {
			t.Errorf("got %+v and error %v, want one failed password that says why", list, err)
		}
		if m.EnterCode(door, lock.NewSecret("482913")) {
			t.Errorf("the refused code opened the door")
		}
	})
	t.Run("a refused change leaves what was there", func(t *testing.T) {
		m := NewMemory(WithDelay(time.Minute), lock.WithClock(NewClock(start)))
		door := m.AddLock("front door")
		pw := m.AddPassword(door, lock.PasswordSpec{Name: "Li", Secret: lock.NewSecret("482913"), Window: tomorrow(m)})
		m.FailLater(lock.FreezePassword, lock.ErrDeviceTimeout)
		op, err := m.Passwords().Freeze(ctx, door, pw)
		if err != nil {
			t.Fatal(err)
		}
		m.Settle()
		if ended, err := op.Poll(ctx); !ended || err != nil {
			t.Fatalf("Poll: got %t and %v, want the end", ended, err)
		}
		if _, err := op.Wait(ctx); !errors.Is(err, lock.ErrDeviceTimeout) {
			t.Errorf("outcome: got %v, want device timeout", err)
		}
		if !m.EnterCode(door, lock.NewSecret("482913")) {
			t.Errorf("the password that could not be frozen does not open")
		}
	})
	t.Run("a top-up that failed can be made again with its order", func(t *testing.T) {
		m := NewMemory(WithDelay(time.Minute), lock.WithClock(NewClock(start)))
		meter := m.AddMeter(lock.Electricity, "meter")
		m.FailLater(lock.TopUpMeter, lock.ErrDeviceOffline)
		topUp := lock.TopUp{Order: "o1", Amount: decimal.NewFromInt(5)}
		if _, err := m.Meters().TopUp(ctx, meter, topUp); err != nil {
			t.Fatal(err)
		}
		m.Settle()
		if r, err := m.Meters().TopUpStatus(ctx, "o1"); err != nil || r.State != lock.TopUpFailed {
			t.Errorf("got state %q and error %v, want failed", r.State, err)
		}
		m.FailLater(lock.TopUpMeter, nil)
		if _, err := m.Meters().TopUp(ctx, meter, topUp); err != nil {
			t.Fatal(err)
		}
		m.Settle()
		v, err := m.Meters().Get(ctx, meter)
		if err != nil || !v.Left.Equal(decimal.NewFromInt(105)) {
			t.Errorf("credit: got %s and error %v, want 105", v.Left, err)
		}
	})
	t.Run("what is offline cannot be told anything", func(t *testing.T) {
		m := NewMemory()
		door := m.AddLock("front door")
		meter := m.AddMeter(lock.Electricity, "meter")
		m.EditLock(door, func(l *lock.Lock) { l.Online = new(false) })
		m.EditMeter(meter, func(v *lock.Meter) { v.Online = new(false) })
		if _, err := m.Locks().Open(ctx, door, lock.Person{Name: "Li"}); !errors.Is(err, lock.ErrDeviceOffline) {
			t.Errorf("opening: got %v, want device offline", err)
		}
		if _, err := m.Meters().Switch(ctx, meter, false); !errors.Is(err, lock.ErrDeviceOffline) {
			t.Errorf("switching: got %v, want device offline", err)
		}
		if _, err := m.Passwords().Create(ctx, door, lock.PasswordSpec{Kind: lock.PasswordOffline, Window: tomorrow(m)}); err != nil {
			t.Errorf("an offline password: got error %v, want none", err)
		}
	})
	t.Run("a code is put onto a lock once", func(t *testing.T) {
		m := NewMemory()
		door := m.AddLock("front door")
		spec := lock.PasswordSpec{Secret: lock.NewSecret("482913"), Window: tomorrow(m)}
		if _, err := m.Passwords().Create(ctx, door, spec); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Passwords().Create(ctx, door, spec); !errors.Is(err, lock.ErrDuplicatePassword) {
			t.Errorf("the same code: got %v, want duplicate password", err)
		}
		spec.Secret = lock.NewSecret("829137")
		var pin *lock.PINError
		if _, err := m.Passwords().Create(ctx, door, spec); !errors.As(err, &pin) || pin.Rule != lock.RuleSimilar {
			t.Errorf("a similar code: got %v, want rule %s", err, lock.RuleSimilar)
		}
	})
}

func TestMemoryKeepsThePlaceOfOtherThings(t *testing.T) {
	m := NewMemory()
	home := m.AddHome(lock.HomeSpec{Name: "Garden Road 1"})
	goes, stays := m.AddRoom(home, lock.RoomSpec{Name: "101"}), m.AddRoom(home, lock.RoomSpec{Name: "102"})
	door, other, meter := m.AddLock("101"), m.AddLock("102"), m.AddMeter(lock.Electricity, "101")
	m.EditLock(door, func(l *lock.Lock) { l.Home, l.Room = home, goes })
	m.EditLock(other, func(l *lock.Lock) { l.Home, l.Room = home, stays })
	m.EditMeter(meter, func(v *lock.Meter) { v.Home, v.Room = home, goes })
	if err := m.Homes().DeleteRoom(t.Context(), home, goes); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[lock.DeviceID]lock.RoomID{door: "", other: stays} {
		if l, err := m.Locks().Get(t.Context(), id); err != nil || l.Room != want {
			t.Errorf("%s: got room %q and error %v, want %q", id, l.Room, err, want)
		}
	}
	if v, err := m.Meters().Get(t.Context(), meter); err != nil || v.Room != "" || v.Home != "" {
		t.Errorf("the meter: got room %q of home %q and error %v, want none", v.Room, v.Home, err)
	}
}

func TestMemoryPasswordsChangeTheirKind(t *testing.T) {
	m := NewMemory()
	door, until := m.AddLock("front door"), tomorrow(m)
	for _, c := range []struct {
		name   string
		spec   lock.PasswordSpec
		update lock.PasswordUpdate
		want   lock.PasswordKind
	}{
		{"a timed one that is made permanent", lock.PasswordSpec{Window: until}, lock.PasswordUpdate{Permanent: true}, lock.PasswordPermanent},
		{"a permanent one that is given an end", lock.PasswordSpec{Kind: lock.PasswordPermanent}, lock.PasswordUpdate{Window: &until}, lock.PasswordTimed},
		{"a permanent one that is given a name", lock.PasswordSpec{Kind: lock.PasswordPermanent}, lock.PasswordUpdate{Name: "Li"}, lock.PasswordPermanent},
		{
			"a recurring one that is given an end",
			lock.PasswordSpec{Kind: lock.PasswordRecurring, Schedule: &lock.Schedule{Days: lock.EveryDay, Until: lock.At(9, 0), Location: time.UTC}},
			lock.PasswordUpdate{Window: &until}, lock.PasswordRecurring,
		},
	} {
		op, err := m.Passwords().Update(t.Context(), door, m.AddPassword(door, c.spec), c.update)
		if err != nil {
			t.Fatalf("%s: got error %v, want none", c.name, err)
		}
		if got := op.Latest().Kind; got != c.want {
			t.Errorf("%s: got kind %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMemoryPeople(t *testing.T) {
	m := NewMemory(lock.WithClock(NewClock(start)))
	door := m.AddLock("front door")
	thumb := m.EnrollKey(door, lock.Key{Name: "thumb", Holder: lock.Person{ID: "li"}, Duress: true})
	late := m.EnrollKey(door, lock.Key{Kind: lock.KeyCard, Window: lock.Window{Until: start.Add(-time.Hour)}})
	if !m.UseKey(door, thumb) || m.UseKey(door, late) || m.UseKey(door, "no-such-key") {
		t.Errorf("got a key that opens or does not against its window")
	}
	if got := m.Opened(door); got != 1 {
		t.Errorf("Opened: got %d, want 1", got)
	}
	events, err := drain(m.Events().History(t.Context(), lock.EventQuery{Device: door, Kinds: []lock.EventKind{lock.EventLockUnlocked}}))
	if err != nil || len(events) != 1 {
		t.Fatalf("got %d events and error %v, want 1", len(events), err)
	}
	if e := events[0]; e.Method != lock.MethodFingerprint || !e.Duress || e.Key != thumb || e.Actor.ID != "li" {
		t.Errorf("got %+v, want an opening by the finger of li under duress", e)
	}
	if e := m.Emit(lock.Event{Kind: lock.EventDeviceBatteryLow, Device: door, Data: lock.BatteryLevel{Percent: 9}}); e.ID == "" || e.OccurredAt != start {
		t.Errorf("Emit: got ID %q at %s, want an ID at %s", e.ID, e.OccurredAt, start)
	}
}

func TestMemoryDeniesWithItsReason(t *testing.T) {
	m := NewMemory(lock.WithClock(NewClock(start)))
	door := m.AddLock("front door")
	day := lock.On(start.Weekday())
	add := func(code string, w lock.Window, s *lock.Schedule) lock.PasswordID {
		return m.AddPassword(door, lock.PasswordSpec{Secret: lock.NewSecret(code), Window: w, Schedule: s})
	}
	add("111111", lock.Window{Until: start}, nil)
	add("222222", lock.Window{From: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}, nil)
	frozen := add("333333", tomorrow(m), nil)
	if _, err := m.Passwords().Freeze(t.Context(), door, frozen); err != nil {
		t.Fatal(err)
	}
	add("444444", tomorrow(m), &lock.Schedule{Days: day, From: lock.At(0, 0), Until: lock.At(1, 0), Location: time.UTC})
	want := map[string]lock.DenyReason{
		"111111": lock.DeniedExpired, "222222": lock.DeniedNotYetValid, "333333": lock.DeniedFrozen,
		"444444": lock.DeniedOutsideSchedule, "555555": lock.DeniedUnknownCode,
	}
	for code, reason := range want {
		if m.EnterCode(door, lock.NewSecret(code)) {
			t.Errorf("%s: got the door open, want it shut", code)
		}
		events, err := drain(m.Events().History(t.Context(), lock.EventQuery{Device: door, Kinds: []lock.EventKind{lock.EventLockUnlockDenied}}))
		if err != nil || len(events) == 0 {
			t.Fatalf("got %d events and error %v, want the refusal", len(events), err)
		}
		if got := events[len(events)-1].Reason; got != reason {
			t.Errorf("%s: got reason %q, want %q", code, got, reason)
		}
	}
}

func TestMemoryRefusesOptionsOfOtherVendors(t *testing.T) {
	defer func() {
		if p := recover(); p == nil || !strings.Contains(p.(string), "other.WithColour") {
			t.Errorf("got panic %v, want one that names the option", p)
		}
	}()
	type colour struct{}
	NewMemory(lock.CustomOption("other.WithColour", func(*colour) {}))
}

func TestMemoryTakesVariantsWithTheirParent(t *testing.T) {
	m := NewMemory(Without(lock.CreatePassword, lock.ReadElectricity, lock.ReadWater))
	for _, op := range append(variantsOf(lock.CreatePassword), lock.CreatePassword, lock.ReadMeter) {
		if m.Supports(op) {
			t.Errorf("Supports(%s): got true, want false", op)
		}
	}
	if !m.Supports(lock.UpdatePassword) {
		t.Errorf("Supports(%s): got false, want true", lock.UpdatePassword)
	}
}

func TestMemoryDeliversUntilAcknowledged(t *testing.T) {
	m := NewMemory()
	door := m.AddLock("front door")
	down, got := true, []string(nil)
	handler, err := m.Events().Receive(func(_ context.Context, e lock.Event) error {
		if down {
			return errors.New("down")
		}
		got = append(got, e.ID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m.Handle(handler)
	e := m.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: door})
	if n := m.Deliver(); n != 0 {
		t.Errorf("while the sink fails: got %d acknowledged, want 0", n)
	}
	down = false
	if n := m.Deliver(); n != 1 || len(got) != 1 || got[0] != e.ID {
		t.Errorf("after that: got %d acknowledged, IDs %v, want 1 and %s", n, got, e.ID)
	}
	if n := m.Deliver(); n != 0 {
		t.Errorf("a third time: got %d acknowledged, want none left", n)
	}
	m.Handle(nil)
	m.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: door})
	if len(got) != 1 {
		t.Errorf("without a handler: got %d events, want 1 as before", len(got))
	}
}

func TestMemoryWithoutAHandlerThatAnswers(t *testing.T) {
	m := NewMemory()
	m.SendTo("http://127.0.0.1:1/callback") // nobody is there
	m.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: m.AddLock("front door")})
	m.Handle(http.NotFoundHandler())
	if n := m.Deliver(); n != 0 {
		t.Errorf("got %d acknowledged, want none", n)
	}
}

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClock(start)
		done := make(chan error, 1)
		go func() { done <- c.Sleep(t.Context(), time.Minute) }()
		synctest.Wait()
		c.Advance(59 * time.Second)
		c.Advance(-time.Hour)
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("a pause of a minute was over after 59 seconds")
		default:
		}
		c.Advance(time.Second)
		if err := <-done; err != nil {
			t.Errorf("got error %v, want none", err)
		}
		if got, want := c.Now(), start.Add(time.Minute); !got.Equal(want) {
			t.Errorf("Now: got %s, want %s", got, want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- c.Sleep(ctx, time.Minute) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		if err := c.Sleep(t.Context(), 0); err != nil {
			t.Errorf("no pause: got error %v, want none", err)
		}
		if err := c.Sleep(ctx, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("no pause, ended context: got %v, want context.Canceled", err)
		}
	})
}
