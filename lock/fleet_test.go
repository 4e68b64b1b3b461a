package lock_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// fleetOf puts memory providers side by side: m1, m2 …
func fleetOf(t *testing.T, members ...*locktest.Memory) *lock.Fleet {
	t.Helper()
	var list []lock.Member
	for i, m := range members {
		list = append(list, lock.Member{Name: fmt.Sprintf("m%d", i+1), Provider: m})
	}
	f, err := lock.NewFleet(list...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNewFleetRefuses(t *testing.T) {
	m := locktest.NewMemory()
	for name, c := range map[string]struct {
		members []lock.Member
		says    string
	}{
		"nobody":                {nil, "needs a member"},
		"no name":               {[]lock.Member{{"", m}}, `"" is no name`},
		"a colon":               {[]lock.Member{{"a:b", m}}, `"a:b" is no name`},
		"a slash":               {[]lock.Member{{"a/b", m}}, `"a/b" is no name`},
		"a space":               {[]lock.Member{{"a b", m}}, `"a b" is no name`},
		"a dot first":           {[]lock.Member{{"..", m}}, `".." is no name`},
		"letters of no URL":     {[]lock.Member{{"北京", m}}, `"北京" is no name`},
		"a name too long":       {[]lock.Member{{strings.Repeat("a", 65), m}}, "up to 64"},
		"a name twice":          {[]lock.Member{{"bj", m}, {"bj", m}}, `another member called "bj"`},
		"no provider":           {[]lock.Member{{"bj", nil}}, `"bj", has no provider`},
		"two mistakes, at once": {[]lock.Member{{"bj", nil}, {"", m}}, "member 2"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := lock.NewFleet(c.members...)
			if f != nil || !errors.Is(err, lock.ErrInvalidArgument) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got fleet %t and error %v, want ErrInvalidArgument that says %q", f != nil, err, c.says)
			}
		})
	}
}

func TestFleetSaysWhoCanDoWhat(t *testing.T) {
	all, none := locktest.NewMemory(), locktest.NewMemory(locktest.Without(lock.FreezePassword, lock.OpenLock))
	f := fleetOf(t, none, all)
	if !f.Supports(lock.FreezePassword) || f.Supports("doors.paint") {
		t.Errorf("Supports: got %t and %t, want what one member can and no more", f.Supports(lock.FreezePassword), f.Supports("doors.paint"))
	}
	for id, want := range map[string]bool{"m1:lock-1": false, "m2:lock-1": true, "m2:": true, "m3:lock-1": false, "m2": false, "": false} {
		if got := f.SupportsOn(id, lock.FreezePassword); got != want {
			t.Errorf("SupportsOn(%q): got %t, want %t", id, got, want)
		}
	}
	if fleetOf(t, none).Supports(lock.FreezePassword) {
		t.Errorf("Supports: got true, want false: nobody can")
	}
	if p, ok := f.Member("m1"); !ok || p != lock.Provider(none) {
		t.Errorf("Member(m1): got %v and %t, want the provider", p, ok)
	}
	if p, ok := f.Member("m9"); ok || p != nil {
		t.Errorf("Member(m9): got %v and %t, want nothing", p, ok)
	}
	if got := f.Members(); len(got) != 2 || got[0].Name != "m1" || got[1].Provider != lock.Provider(all) {
		t.Errorf("Members: got %v, want both in their order", got)
	}
}

func TestFleetDeliversWhatItCan(t *testing.T) {
	good, bad, worse := locktest.NewMemory(), locktest.NewMemory(), locktest.NewMemory()
	for _, m := range []*locktest.Memory{good, bad, worse} {
		m.AddLock("front door")
		m.AddLock("back door")
		m.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: "lock-1"})
	}
	bad.Fail(lock.ListLocks, lock.ErrVendorUnavailable)
	worse.Fail(lock.ListLocks, lock.ErrUnauthenticated)
	bad.Fail(lock.ListEvents, lock.ErrVendorUnavailable)
	bad.Fail(lock.CheckProvider, lock.ErrVendorUnavailable)
	worse.Fail(lock.CheckProvider, lock.ErrUnauthenticated)
	f := fleetOf(t, bad, good, worse)

	wantFailed := func(t *testing.T, err error, kinds ...lock.Kind) {
		t.Helper()
		got := lock.MemberErrors(err)
		if len(got) != len(kinds) {
			t.Fatalf("got %d members that failed (%v), want %d", len(got), err, len(kinds))
		}
		for i, m := range []string{"m1", "m3"}[:len(kinds)] {
			if got[i].Member != m || !errors.Is(got[i], kinds[i]) || !errors.Is(err, kinds[i]) || !strings.Contains(err.Error(), m+": ") {
				t.Errorf("got %v, want %s to have failed with %q", got[i], m, kinds[i])
			}
		}
		var e *lock.Error
		if !errors.As(err, &e) || e.Vendor != locktest.MemoryVendor {
			t.Errorf("got %v, want the member's own error in it", err)
		}
	}
	t.Run("a list", func(t *testing.T) {
		locks, err := collect(f.Locks().List(t.Context(), lock.LockQuery{}))
		wantFailed(t, err, lock.ErrVendorUnavailable, lock.ErrUnauthenticated)
		if len(locks) != 2 || locks[0].ID != "m2:lock-1" {
			t.Errorf("got %v, want the two of m2", locks)
		}
	})
	t.Run("the history", func(t *testing.T) {
		events, err := collect(f.Events().History(t.Context(), lock.EventQuery{}))
		wantFailed(t, err, lock.ErrVendorUnavailable)
		if len(events) != 2 {
			t.Errorf("got %d events, want one of m2 and one of m3", len(events))
		}
	})
	t.Run("check", func(t *testing.T) {
		wantFailed(t, f.Check(t.Context()), lock.ErrVendorUnavailable, lock.ErrUnauthenticated)
		if err := fleetOf(t, good, good).Check(t.Context()); err != nil {
			t.Errorf("good members: got %v, want no error", err)
		}
	})
	t.Run("what concerns one", func(t *testing.T) {
		_, err := f.Locks().Get(t.Context(), "m1:lock-9")
		if got := lock.MemberErrors(err); len(got) != 1 || got[0].Member != "m1" || !errors.Is(err, lock.ErrNotFound) {
			t.Errorf("got %v, want m1 to say that there is none", err)
		}
	})
	if got := lock.MemberErrors(errors.New("of nobody")); got != nil || lock.MemberErrors(nil) != nil {
		t.Errorf("MemberErrors of another error: got %v, want none", got)
	}
}

// collect runs a list to its end.
func collect[T any](list iter.Seq2[T, error]) (items []T, err error) {
	for v, e := range list {
		if e != nil {
			return items, e
		}
		items = append(items, v)
	}
	return items, nil
}

// A member that hangs does not keep the others' items back.
func TestFleetDoesNotWaitForWhoHangs(t *testing.T) {
	hanging, good := locktest.NewMemory(), locktest.NewMemory()
	for range 50 {
		good.AddLock("door")
	}
	f := fleetOf(t, hanging, good)
	arrived, resume := hanging.Stall()
	defer resume()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for l, err := range f.Locks().List(ctx, lock.LockQuery{}) {
		if err != nil {
			last = err
			continue
		}
		if !strings.HasPrefix(string(l.ID), "m2:") {
			t.Errorf("got %s, want m2's alone", l.ID)
		}
		if n++; n == 50 {
			<-arrived // m1 still hangs
			cancel()
		}
	}
	if n != 50 || !errors.Is(last, context.Canceled) || len(lock.MemberErrors(last)) == 0 || lock.MemberErrors(last)[0].Member != "m1" {
		t.Errorf("got %d locks and %v, want 50 and m1 to have been given up", n, last)
	}
	if _, err := f.Locks().Get(t.Context(), "m2:lock-1"); err != nil {
		t.Errorf("asking m2 while m1 hangs: got %v, want no error", err)
	}
}

// A bubble ends only when all its goroutines have, and fails if one never does.
func TestFleetListsLeaveNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := locktest.NewMemory(), locktest.NewMemory()
		for range 30 {
			a.AddLock("door")
			b.AddLock("door")
			a.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: "lock-1"})
			b.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: "lock-1"})
		}
		f := fleetOf(t, a, b)
		n := 0
		for range f.Locks().List(t.Context(), lock.LockQuery{}) {
			n++
			break
		}
		for range f.Events().History(t.Context(), lock.EventQuery{}) {
			n++
			break
		}
		if n != 2 {
			t.Errorf("got %d items, want the first of each list", n)
		}
	})
}

func TestFleetHistoryIsInOrder(t *testing.T) {
	clock := locktest.NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	members := []*locktest.Memory{
		locktest.NewMemory(lock.WithClock(clock), locktest.WithPageSize(2)), locktest.NewMemory(lock.WithClock(clock)),
		locktest.NewMemory(lock.WithClock(clock), locktest.WithPageSize(5)),
	}
	var want []string
	for i := range 60 {
		m := i * i % len(members)
		members[m].AddLock("door")
		e := members[m].Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: "lock-1"})
		want = append(want, fmt.Sprintf("m%d:%s", m+1, e.ID))
		clock.Advance(time.Second)
	}
	f := fleetOf(t, members...)
	events, err := collect(f.Events().History(t.Context(), lock.EventQuery{}))
	var got []string
	for _, e := range events {
		got = append(got, e.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v and %v\nwant %v", got, err, want)
	}
	one, err := collect(f.Events().History(t.Context(), lock.EventQuery{Device: "m2:lock-1"}))
	if err != nil || len(one) == 0 || slices.ContainsFunc(one, func(e lock.Event) bool { return e.Device != "m2:lock-1" }) {
		t.Errorf("of one door: got %v and %v, want its events alone", one, err)
	}
}

func TestFleetKnowsIDsOfItsMembersOnly(t *testing.T) {
	a, b := locktest.NewMemory(), locktest.NewMemory()
	home := a.AddHome(lock.HomeSpec{Name: "Garden Road 1"})
	door := a.AddLock("front door")
	b.AddLock("front door")
	f := fleetOf(t, a, b)
	ctx := t.Context()
	calls := a.Calls() + b.Calls()
	for what, err := range map[string]error{
		"an id without a member":  whyNot(f.Locks().Get(ctx, door)),
		"an id of no member":      whyNot(f.Locks().Get(ctx, "m3:"+door)),
		"a key of another member": whyNot(f.Keys().Revoke(ctx, "m1:"+door, "m2:key-1")),
		"a room of another":       f.Homes().DeleteRoom(ctx, "m1:"+home, "m2:room-1"),
		"a home of another":       whyNot(collect(f.Locks().List(ctx, lock.LockQuery{Home: "m1:" + home, Room: "m2:room-1"}))),
		"a device of another":     whyNot(collect(f.Events().History(ctx, lock.EventQuery{Home: "m1:" + home, Device: "m2:lock-1"}))),
	} {
		if !errors.Is(err, lock.ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", what, err)
		}
	}
	until := lock.Window{Until: time.Now().Add(time.Hour)}
	for what, err := range map[string]error{
		"no id":                       whyNot(f.Locks().Get(ctx, "")),
		"a home for nobody":           whyNot(f.Homes().Create(ctx, lock.HomeSpec{Name: "x"})),
		"a home for a stranger":       whyNot(f.Homes().Create(ctx, lock.HomeSpec{ID: "m3:x", Name: "x"})),
		"a room with another's id":    whyNot(f.Homes().AddRooms(ctx, "m1:"+home, lock.RoomSpec{ID: "m2:101"})),
		"a room with a plain id":      whyNot(f.Homes().AddRooms(ctx, "m1:"+home, lock.RoomSpec{ID: "101"})),
		"a person of another opens":   whyNot(f.Locks().Open(ctx, "m1:"+door, lock.Person{ID: "m2:person-1"})),
		"a person of another holds":   whyNot(f.Passwords().Create(ctx, "m1:"+door, lock.PasswordSpec{Window: until, Holder: lock.Person{ID: "m2:p"}})),
		"a person of another grants":  whyNot(f.Keys().Grant(ctx, "m1:"+door, lock.Grant{Window: until, Holder: lock.Person{ID: "p"}, GrantedBy: lock.Person{ID: "m2:p"}})),
		"no order number":             whyNot(f.Meters().TopUpStatus(ctx, "")),
		"an operation of nobody":      whyNot(f.Resume("m3:x")),
		"no operation of this member": whyNot(f.Resume("m1:x")),
	} {
		if !errors.Is(err, lock.ErrInvalidArgument) {
			t.Errorf("%s: got %v, want ErrInvalidArgument", what, err)
		}
	}
	if got := a.Calls() + b.Calls() - calls; got != 0 {
		t.Errorf("got %d calls, want none", got)
	}
}

// whyNot is the error of a call that was expected to fail.
func whyNot[T any](_ T, err error) error { return err }

func TestFleetMakesThingsWhereItIsTold(t *testing.T) {
	a, b := locktest.NewMemory(), locktest.NewMemory()
	f := fleetOf(t, a, b)
	ctx := t.Context()
	own, err := f.Homes().Create(ctx, lock.HomeSpec{ID: "m2:harbour:2", Name: "Harbour Road 2"})
	if err != nil || own.ID != "m2:harbour:2" {
		t.Fatalf("an id of the caller's: got %q and %v, want it", own.ID, err)
	}
	theirs, err := f.Homes().Create(ctx, lock.HomeSpec{ID: "m1:", Name: "Garden Road 1"})
	if err != nil || !strings.HasPrefix(string(theirs.ID), "m1:") || theirs.ID == "m1:" {
		t.Fatalf("an id of the vendor's: got %q and %v, want one of m1", theirs.ID, err)
	}
	rooms, err := f.Homes().AddRooms(ctx, own.ID, lock.RoomSpec{ID: "m2:101", Name: "101"}, lock.RoomSpec{Name: "102"})
	if err != nil || len(rooms) != 2 || rooms[0].ID != "m2:101" {
		t.Fatalf("rooms: got %v and %v, want two of m2", rooms, err)
	}
	local, err := b.Homes().Get(ctx, "harbour:2")
	if err != nil || len(local.Rooms) != 2 || local.Rooms[0].ID != "101" {
		t.Errorf("at the member: got %v and %v, want the home with its local ids", local, err)
	}
	_, err = f.Homes().AddRooms(ctx, own.ID, lock.RoomSpec{ID: "m2:101", Name: "again"}, lock.RoomSpec{ID: "m2:103", Name: "103"})
	var room *lock.RoomError
	if !errors.As(err, &room) || room.Room != "m2:101" || !errors.Is(err, lock.ErrExists) || len(lock.MemberErrors(err)) != 1 {
		t.Errorf("a room that is there already: got %v, want a RoomError about m2:101, of m2", err)
	}
}

func TestFleetPeople(t *testing.T) {
	a, b := locktest.NewMemory(), locktest.NewMemory()
	door := a.AddLock("front door")
	b.AddLock("front door")
	lei := lock.Person{ID: "m1:lei", Name: "Li Lei"} // as this member knows him; the id has a colon of its own
	a.EnrollKey(door, lock.Key{Name: "thumb", Holder: lei})
	b.EnrollKey(door, lock.Key{Name: "thumb", Holder: lock.Person{ID: "staff-7", Name: "Wang Wu"}})
	a.EnrollKey(door, lock.Key{Name: "thumb", Holder: lock.Person{ID: "staff-7", Name: "Wang Wu"}})
	f := fleetOf(t, a, b)
	keys, err := collect(f.Keys().List(t.Context(), lock.KeyQuery{Device: "m1:" + door}))
	if err != nil || len(keys) != 2 || keys[0].Holder.ID != "m1:m1:lei" || keys[0].Device != "m1:"+door {
		t.Fatalf("got %v and %v, want two keys, of m1:m1:lei first", keys, err)
	}
	back, err := collect(f.Keys().List(t.Context(), lock.KeyQuery{Device: "m1:" + door, Holder: keys[0].Holder.ID}))
	if err != nil || len(back) != 1 || back[0].ID != keys[0].ID {
		t.Errorf("the keys of a person whose id came from the fleet: got %v and %v, want the one", back, err)
	}
	plain, err := collect(f.Keys().List(t.Context(), lock.KeyQuery{Device: "m1:" + door, Holder: "staff-7"}))
	if err != nil || len(plain) != 1 || plain[0].Holder.ID != "m1:staff-7" {
		t.Errorf("the keys of a person by the caller's own id: got %v and %v, want the one", plain, err)
	}
	for holder, want := range map[string]int{"m2:staff-7": 1, "staff-7": 2, "m1:m1:lei": 1} {
		locks, err := collect(f.Locks().List(t.Context(), lock.LockQuery{Holder: holder}))
		if err != nil || len(locks) != want {
			t.Errorf("the doors of %s: got %v and %v, want %d", holder, locks, err, want)
		}
	}
}

func TestFleetFindsReceiptsByTheCallersNumber(t *testing.T) {
	a, b := locktest.NewMemory(), locktest.NewMemory()
	meter := b.AddMeter(lock.Electricity, "flat 101")
	lacks := locktest.NewMemory(locktest.Without(lock.TopUpMeter, lock.TopUpMeterStatus))
	f := fleetOf(t, a, lacks, b)
	op, err := f.Meters().TopUp(t.Context(), "m3:"+meter, lock.TopUp{Order: "2026:17", Amount: decimal.NewFromInt(5)})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := op.Wait(t.Context()); err != nil || r.Order != "2026:17" || r.Device != "m3:"+meter {
		t.Errorf("TopUp: got %v and %v, want the caller's own number and the fleet's device", r, err)
	}
	if r, err := f.Meters().TopUpStatus(t.Context(), "2026:17"); err != nil || r.Order != "2026:17" || r.Device != "m3:"+meter {
		t.Errorf("TopUpStatus: got %v and %v, want the receipt", r, err)
	}
	a.Fail(lock.TopUpMeterStatus, lock.ErrVendorUnavailable)
	if r, err := f.Meters().TopUpStatus(t.Context(), "2026:17"); err != nil || r.Device != "m3:"+meter {
		t.Errorf("while another member is away: got %v and %v, want the receipt", r, err)
	}
	if _, err := f.Meters().TopUpStatus(t.Context(), "2026:18"); !errors.Is(err, lock.ErrVendorUnavailable) || errors.Is(err, lock.ErrNotFound) {
		t.Errorf("an order that the member who is away may know: got %v, want that it is away", err)
	}
	a.Fail(lock.TopUpMeterStatus, nil)
	if _, err := f.Meters().TopUpStatus(t.Context(), "2026:18"); !errors.Is(err, lock.ErrNotFound) {
		t.Errorf("an order of nobody: got %v, want ErrNotFound", err)
	}
}

func TestFleetOperations(t *testing.T) {
	m := locktest.NewMemory(locktest.WithDelay(time.Minute))
	door := m.AddLock("front door")
	f := fleetOf(t, locktest.NewMemory(), m)
	op, err := f.Passwords().Create(t.Context(), "m2:"+door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: time.Now().Add(time.Hour)}})
	if err != nil || !strings.HasPrefix(op.ID(), "m2:") || op.Ended() || op.Latest().Device != "m2:"+door {
		t.Fatalf("got ID %q, ended %t, device %q and %v, want one of m2 that is under way", op.ID(), op.Ended(), op.Latest().Device, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := op.Wait(ctx); !errors.Is(err, context.Canceled) || len(lock.MemberErrors(err)) != 1 {
		t.Errorf("a wait that is cut short: got %v, want the context's error, of m2", err)
	}
	op.Nudge()
	if ended, err := op.Poll(t.Context()); ended || err != nil {
		t.Errorf("Poll: got %t and %v, want it under way", ended, err)
	}
	m.Settle()
	again, err := lock.Resume[lock.Password](f, op.ID())
	if err != nil || again.ID() != op.ID() {
		t.Fatalf("Resume: got %v, want the operation", err)
	}
	for _, o := range []*lock.Operation[lock.Password]{op, again} {
		if ended, err := o.Poll(t.Context()); !ended || err != nil {
			t.Errorf("Poll after its end: got %t and %v, want true", ended, err)
		}
		if pw, err := o.Wait(t.Context()); err != nil || pw.State != lock.StateActive || pw.Device != "m2:"+door || !strings.HasPrefix(string(pw.ID), "m2:") {
			t.Errorf("Wait: got %v and %v, want an active password of m2", pw, err)
		}
	}
	if _, err := lock.Resume[lock.Home](f, op.ID()); !errors.Is(err, lock.ErrInvalidArgument) {
		t.Errorf("as another type: got %v, want ErrInvalidArgument", err)
	}
}

func TestFleetOperationsCanBeNudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory(locktest.WithDelay(time.Minute), lock.WithPolling(time.Hour, time.Hour))
		f := fleetOf(t, m)
		op, err := f.Passwords().Create(t.Context(), "m1:"+m.AddLock("front door"), lock.PasswordSpec{Window: lock.Window{Until: time.Now().Add(time.Hour)}})
		if err != nil {
			t.Fatal(err)
		}
		began, done := time.Now(), make(chan error)
		go func() { done <- whyNot(op.Wait(t.Context())) }()
		synctest.Wait()
		m.Settle()
		op.Nudge()
		if err := <-done; err != nil || time.Since(began) != 0 {
			t.Errorf("got %v after %s, want the outcome at once", err, time.Since(began))
		}
	})
}

// unwatched is a provider whose watchers are told why it ends.
type unwatched struct {
	*locktest.Memory
	end <-chan error
}

func (p unwatched) Events() lock.Events { return unwatchedEvents{p.Memory.Events(), p.end} }

type unwatchedEvents struct {
	lock.Events
	end <-chan error
}

func (e unwatchedEvents) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		select {
		case err := <-e.end:
			if err != nil {
				yield(lock.Event{}, err)
			}
		case <-ctx.Done():
			yield(lock.Event{}, ctx.Err())
		}
	}
}

func TestFleetWatchOutlivesAMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := locktest.NewMemory(), locktest.NewMemory()
		door := a.AddLock("front door")
		end, endB := make(chan error), make(chan error)
		f, err := lock.NewFleet(lock.Member{Name: "good", Provider: a}, lock.Member{Name: "bad", Provider: unwatched{b, end}}, lock.Member{Name: "mute", Provider: unwatched{b, endB}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var got []lock.Event
		var last error
		done := make(chan struct{})
		go func() {
			defer close(done)
			for e, err := range f.Events().Watch(ctx) {
				if last = err; err == nil {
					got = append(got, e)
				}
			}
		}()
		synctest.Wait()
		end <- &lock.Error{Vendor: locktest.MemoryVendor, Op: lock.WatchEvents, Kind: lock.ErrSessionConflict}
		synctest.Wait()
		endB <- nil
		synctest.Wait()
		a.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: door})
		a.Interrupt(func() {})
		synctest.Wait()
		cancel()
		<-done
		if !errors.Is(last, context.Canceled) || errors.Is(last, lock.ErrSessionConflict) {
			t.Errorf("the end: got %v, want the context's alone", last)
		}
		if len(got) != 4 {
			t.Fatalf("got %v, want two ends, an event and a gap", got)
		}
		for i, member := range []string{"bad", "mute", "good", "good"} {
			if name, _, ok := lock.SplitMemberID(got[i].ID); !ok || name != member {
				t.Errorf("event %d: got ID %q, want one of %s", i+1, got[i].ID, member)
			}
		}
		told, ok := got[0].Data.(lock.Failure)
		if !ok || got[0].Kind != lock.EventAccountDisconnected || got[0].Source != lock.SourceLocal || !errors.Is(told.Err, lock.ErrSessionConflict) ||
			len(lock.MemberErrors(told.Err)) != 1 {
			t.Errorf("got %v, want a disconnected account with the member's error", got[0])
		}
		if told, ok := got[1].Data.(lock.Failure); !ok || told.Err == nil {
			t.Errorf("got %v, want a reason", got[1])
		}
		if got[2].Device != "good:"+door || got[3].Kind != lock.EventGap {
			t.Errorf("got %v, want what the good member had to say", got[2:])
		}
	})
}

// chatty is a provider that says events without a pause, and then that it ends.
type chatty struct {
	*locktest.Memory
	events int
	said   *atomic.Int64
}

func (p chatty) Events() lock.Events { return chattyEvents{p.Memory.Events(), p} }

type chattyEvents struct {
	lock.Events
	p chatty
}

func (e chattyEvents) Watch(context.Context) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		for i := range e.p.events {
			e.p.said.Add(1)
			if !yield(lock.Event{ID: fmt.Sprint(i), Kind: lock.EventLockDoorbell}, nil) {
				return
			}
		}
		yield(lock.Event{}, lock.ErrSessionConflict)
	}
}

func TestFleetWatchHoldsItsMembersUp(t *testing.T) {
	const events = 1000
	synctest.Test(t, func(t *testing.T) {
		a := chatty{locktest.NewMemory(), events, new(atomic.Int64)}
		b := chatty{locktest.NewMemory(), events, new(atomic.Int64)}
		f, err := lock.NewFleet(lock.Member{Name: "a", Provider: a}, lock.Member{Name: "b", Provider: b})
		if err != nil {
			t.Fatal(err)
		}
		next := map[string]int{}
		var ended []string
		var last error
		var most int64
		heard := int64(0)
		for e, err := range f.Events().Watch(t.Context()) {
			if last = err; err != nil {
				continue
			}
			name, local, _ := lock.SplitMemberID(e.ID)
			if e.Kind == lock.EventAccountDisconnected {
				if ended = append(ended, name); next[name] != events {
					t.Errorf("%s: its end comes after %d events, want all %d before", name, next[name], events)
				}
				continue
			}
			if want := fmt.Sprint(next[name]); local != want {
				t.Fatalf("%s: got event %s, want %s", name, local, want)
			}
			next[name]++
			heard++
			synctest.Wait() // for as many as there is room
			most = max(most, a.said.Load()+b.said.Load()-heard)
		}
		if next["a"] != events || next["b"] != events || len(ended) != 1 || !errors.Is(last, lock.ErrSessionConflict) {
			t.Errorf("got %v, the end of %v and %v, want all events, one end and the error", next, ended, last)
		}
		if most > 200 {
			t.Errorf("the members were up to %d events ahead of the loop, want them held up", most)
		}
	})
}

func TestFleetWatchEndsAtOnce(t *testing.T) {
	m := chatty{locktest.NewMemory(), math.MaxInt, new(atomic.Int64)} // and it does not look at its context
	f, err := lock.NewFleet(lock.Member{Name: "a", Provider: m}, lock.Member{Name: "b", Provider: m})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range f.Events().Watch(ctx) {
		if last = err; err == nil {
			n++
			cancel()
		}
	}
	if n != 1 || !errors.Is(last, context.Canceled) {
		t.Errorf("got %d events and %v, want no more after the one in which the context ended", n, last)
	}
	for range f.Events().Watch(t.Context()) {
		break // with all members on their way: goleak sees whoever is left
	}
}

func TestFleetWatchEndsWithItsLastMember(t *testing.T) {
	end := make(chan error, 2)
	end <- lock.ErrUnauthenticated
	end <- lock.ErrUnauthenticated
	m := unwatched{locktest.NewMemory(), end}
	f, err := lock.NewFleet(lock.Member{Name: "a", Provider: m}, lock.Member{Name: "b", Provider: m})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []lock.EventKind
	var last error
	for e, err := range f.Events().Watch(t.Context()) {
		if last = err; err == nil {
			kinds = append(kinds, e.Kind)
		}
	}
	if !errors.Is(last, lock.ErrUnauthenticated) || !slices.Equal(kinds, []lock.EventKind{lock.EventAccountDisconnected}) {
		t.Errorf("got %v and %v, want one end as an event and the other as the error", kinds, last)
	}
}

func TestFleetWebhooksGoToTheirMember(t *testing.T) {
	a, b, deaf := locktest.NewMemory(), locktest.NewMemory(), locktest.NewMemory(locktest.Without(lock.ReceiveEvents))
	f := fleetOf(t, a, b, deaf)
	var got []lock.Event
	h, err := f.Events().Receive(func(_ context.Context, e lock.Event) error {
		got = append(got, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/callbacks/9f3c/", h)
	server := httptest.NewServer(mux)
	defer server.Close()
	a.SendTo(server.URL + "/callbacks/9f3c/m1")
	b.SendTo(server.URL + "/callbacks/9f3c/m2")
	first := a.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: a.AddLock("front door")})
	second := b.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: b.AddLock("front door")})
	if len(got) != 2 || got[0].ID != "m1:"+first.ID || got[1].ID != "m2:"+second.ID || got[1].Device != "m2:lock-1" {
		t.Errorf("got %v, want one event of each", got)
	}
	b.SendTo(server.URL + "/callbacks/9f3c/m1") // whose signature is another one
	b.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: "lock-1"})
	if len(got) != 2 {
		t.Errorf("a callback at another member's path: got %v, want it refused", got[2:])
	}
	for name, c := range map[string]struct {
		method, path string
		size, want   int
	}{
		"to nobody":             {http.MethodPost, "/callbacks/9f3c/", 2, http.StatusNotFound},
		"to a stranger":         {http.MethodPost, "/callbacks/9f3c/m9", 2, http.StatusNotFound},
		"to who has none":       {http.MethodPost, "/callbacks/9f3c/m3", 2, http.StatusNotFound},
		"too large, to nobody":  {http.MethodPost, "/callbacks/9f3c/", 2 << 20, http.StatusRequestEntityTooLarge},
		"another method":        {http.MethodGet, "/callbacks/9f3c/", 0, http.StatusMethodNotAllowed},
		"unsigned, to a member": {http.MethodPost, "/callbacks/9f3c/m1", 2, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest(c.method, c.path, strings.NewReader(strings.Repeat("x", c.size))))
			if rec.Code != c.want {
				t.Errorf("got status %d, want %d", rec.Code, c.want)
			}
		})
	}
	if _, err := f.Events().Receive(nil); !errors.Is(err, lock.ErrInvalidArgument) {
		t.Errorf("without a sink: got %v, want ErrInvalidArgument", err)
	}
}

func ExampleNewFleet() {
	ctx := context.Background()
	beijing, shanghai := locktest.NewMemory(), locktest.NewMemory(locktest.Without(lock.FreezePassword))
	beijing.AddLock("Garden Road 1")
	shanghai.AddLock("Harbour Road 2")

	fleet, err := lock.NewFleet(
		lock.Member{Name: "bj", Provider: beijing},
		lock.Member{Name: "sh", Provider: shanghai},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	var doors []lock.Lock
	for door, err := range fleet.Locks().List(ctx, lock.LockQuery{}) {
		if err != nil { // the last pair; what the others have has come before
			for _, failed := range lock.MemberErrors(err) {
				fmt.Println("nothing from", failed.Member, "because", failed.Err)
			}
			break
		}
		doors = append(doors, door)
	}
	slices.SortFunc(doors, func(a, b lock.Lock) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, door := range doors {
		fmt.Println(door.ID, door.Name, "can freeze:", fleet.SupportsOn(string(door.ID), lock.FreezePassword))
	}
	// Output:
	// bj:lock-1 Garden Road 1 can freeze: true
	// sh:lock-1 Harbour Road 2 can freeze: false
}
