package aliyunlock_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// noon is when the frozen clocks begin.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// frozen is a simulator whose time stands still, with a lock of the user's.
func frozen(t *testing.T, opts ...aliyunlocktest.Option) (*aliyunlocktest.Server, lock.DeviceID) {
	t.Helper()
	s := aliyunlocktest.NewServer(append([]aliyunlocktest.Option{aliyunlocktest.WithFrozenClock(noon)}, opts...)...)
	t.Cleanup(s.Close)
	return s, s.AddLock("front door")
}

func all[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var items []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, v)
	}
	return items
}

// done is an operation that must have succeeded.
func done[T any](t *testing.T) func(*lock.Operation[T], error) T {
	t.Helper()
	return func(op *lock.Operation[T], err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		v, err := op.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// outcome is that of an operation that must have ended by now; a Wait would stand still like the
// clock.
func outcome[T any](t *testing.T, op *lock.Operation[T]) (T, error) {
	t.Helper()
	if !polled(t, op) {
		t.Fatal("the operation goes on")
	}
	return op.Wait(t.Context())
}

// polled asks about an operation once.
func polled[T any](t *testing.T, op *lock.Operation[T]) bool {
	t.Helper()
	ended, err := op.Poll(t.Context())
	if err != nil && !ended {
		t.Fatal(err)
	}
	return ended
}

func wantKind(t *testing.T, what string, err error, kind lock.Kind) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: got %v, want %s", what, err, kind)
	}
}

func keyNamed(keys []lock.Key, id lock.KeyID) *lock.Key {
	if i := slices.IndexFunc(keys, func(k lock.Key) bool { return k.ID == id }); i >= 0 {
		return &keys[i]
	}
	return nil
}

func keyIDs(keys []lock.Key) []lock.KeyID {
	var ids []lock.KeyID
	for _, k := range keys {
		ids = append(ids, k.ID)
	}
	return ids
}

func TestKeysOfALock(t *testing.T) {
	s, door := frozen(t)
	other := s.AddLock("back door")
	p := s.Client()
	li := s.AddPerson("李雷")
	finger := s.EnrolKeyAs(door, aliyunlocktest.Fingerprint, "", "10", aliyunlocktest.Admin)
	pin := s.EnrolKeyAs(door, aliyunlocktest.Password, "135790", "10", aliyunlocktest.Normal) // the same number, another type
	duress := s.EnrolKeyAs(door, aliyunlocktest.Fingerprint, "", "11", aliyunlocktest.Duress)
	card := s.EnrolKey(other, aliyunlocktest.Card, "")
	s.GiveKey(door, finger, li)
	s.GiveKey(other, card, li)
	s.Settle()

	keys := all(t, p.Keys().List(t.Context(), lock.KeyQuery{Device: door}))
	if got, want := keyIDs(keys), []lock.KeyID{finger, duress, pin}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if k := keys[0]; k.Holder.ID != li || k.Holder.Name != "李雷" || k.Kind != lock.KeyFingerprint || k.Role != lock.RoleAdmin || k.Duress || k.Device != door {
		t.Errorf("the administrator's finger: got %+v", k)
	}
	if k := keys[1]; !k.Duress || k.Role != lock.RoleNormal || !k.Holder.IsZero() {
		t.Errorf("the duress finger: got %+v", k)
	}
	if k := keys[2]; k.Kind != lock.KeyPIN || k.Role != lock.RoleNormal || k.State != lock.StateActive {
		t.Errorf("the PIN: got %+v", k)
	}
	if native, ok := lock.As[*aliyunlock.BoundKey](keys[0]); !ok || native.LockUserPermType != aliyunlock.PermissionAdmin {
		t.Errorf("the vendor's struct of a bound key: got %v", native)
	}
	if native, ok := lock.As[*aliyunlock.EnrolledKey](keys[1]); !ok || native.LockUserID != "11" {
		t.Errorf("the vendor's struct of an unbound key: got %v", native)
	}
	unowned := all(t, p.Keys().List(t.Context(), lock.KeyQuery{Device: door, Unowned: true}))
	if got, want := keyIDs(unowned), []lock.KeyID{duress, pin}; !slices.Equal(got, want) {
		t.Errorf("nobody's: got %v, want %v", got, want)
	}
	everywhere := all(t, p.Keys().List(t.Context(), lock.KeyQuery{Holder: li}))
	if got := len(everywhere); got != 2 {
		t.Errorf("a person's keys at all locks: got %d, want 2", got)
	}
	for _, q := range []lock.KeyQuery{{}, {Unowned: true}, {Device: door, Holder: li, Unowned: true}} {
		for _, err := range p.Keys().List(t.Context(), q) {
			wantKind(t, fmt.Sprintf("%+v", q), err, lock.ErrInvalidArgument)
		}
	}
}

// The list of a lock's keys is what the lock has reported, as far as the history has it.
func TestKeysAreWhatTheLockReported(t *testing.T) {
	s, door := frozen(t)
	p := s.Client()
	list := func() []lock.KeyID {
		t.Helper()
		return keyIDs(all(t, p.Keys().List(t.Context(), lock.KeyQuery{Device: door})))
	}
	a := s.EnrolKey(door, aliyunlocktest.Fingerprint, "")
	if got := list(); len(got) != 0 {
		t.Errorf("before the history has it: got %v, want none", got)
	}
	s.Advance(time.Minute)
	b := s.EnrolKey(door, aliyunlocktest.Fingerprint, "")
	c := s.EnrolKey(door, aliyunlocktest.Card, "")
	s.Report(door, "KeyInformationNotification", map[string]any{"KeyID": "7", "LockType": 3, "UserLimit": 1})
	s.Report(door, "KeyAddedNotification", map[string]any{"KeyID": "8", "LockType": 3, "UserLimit": 1, "Status": 1}) // refused
	s.Report(door, "KeyAddedNotification", map[string]any{"Status": 0})                                              // says nothing
	s.Advance(time.Minute)
	if got, want := list(), []lock.KeyID{a, b, "3:7", c}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.DeleteAtLock(door, a)
	s.Advance(time.Minute)
	if got, want := list(), []lock.KeyID{b, "3:7", c}; !slices.Equal(got, want) {
		t.Errorf("after a deletion at the lock: got %v, want %v", got, want)
	}
	s.Report(door, "KeyDeletedNotification", map[string]any{"KeyID": "65535", "LockType": 3})
	s.Advance(time.Minute)
	if got, want := list(), []lock.KeyID{b}; !slices.Equal(got, want) {
		t.Errorf("after all cards were deleted: got %v, want %v", got, want)
	}
	s.EnrolKey(door, aliyunlocktest.Password, "135790")
	s.Report(door, "ClearKeyNotifycation", map[string]any{"LockType": 1})
	s.Advance(time.Minute)
	if got := list(); len(got) != 1 {
		t.Errorf("after the fingers were cleared: got %v, want the PIN alone", got)
	}
	s.Reset(door)
	s.Advance(time.Minute)
	if got := list(); len(got) != 0 {
		t.Errorf("after a reset: got %v, want none", got)
	}
}

// The platform may answer 0 for a permission; then the lock's own word counts.
func TestPermissionTheVendorDoesNotSay(t *testing.T) {
	s, door := frozen(t)
	p := s.Client()
	key := s.EnrolKeyAs(door, aliyunlocktest.Fingerprint, "", "11", aliyunlocktest.Duress)
	s.Settle()
	reply := fmt.Sprintf(`{"code":200,"data":[{"iotId":%q,"lockUserId":11,"lockUserType":"1","lockUserPermType":0}]}`, door)
	s.Fail("/lock/key/user/unbind/filter", aliyunlocktest.Reply(200, "application/json", reply))
	keys := all(t, p.Keys().List(t.Context(), lock.KeyQuery{Device: door}))
	if len(keys) != 1 || keys[0].ID != key || !keys[0].Duress {
		t.Errorf("got %+v, want the duress finger", keys)
	}
	if native, ok := lock.As[*aliyunlock.EnrolledKey](keys[0]); !ok || native.LockUserPermType != aliyunlock.PermissionUnspecified {
		t.Errorf("the vendor's value: got %+v, want it as it came", native)
	}
	s.Fail("/lock/key/user/unbind/filter", aliyunlocktest.Code(500, "service error.").Always())
	for _, err := range s.Client(lock.WithRetry(lock.RetryPolicy{Attempts: 1})).Keys().List(t.Context(), lock.KeyQuery{Device: door}) {
		wantKind(t, "a filter that fails", err, lock.ErrVendorUnavailable)
	}
}

func TestKeysOfSomebodyElsesLock(t *testing.T) {
	s, _ := frozen(t)
	owner := s.AddUser("韩梅梅")
	shared, foreign := s.AddSharedLock("shared door", owner), s.AddForeignLock("her door", owner)
	key := s.EnrolKey(shared, aliyunlocktest.Card, "")
	s.Settle()
	p := s.Client()
	if got := all(t, p.Keys().List(t.Context(), lock.KeyQuery{Device: shared})); len(got) != 0 {
		t.Errorf("of a lock that is shared with us: got %v, want none, as only its administrator sees them", got)
	}
	_, err := p.Keys().Grant(t.Context(), shared, lock.Grant{Holder: lock.Person{Name: "Li"}, Key: key, Permanent: true})
	wantKind(t, "granting a key of a lock that is shared with us", err, lock.ErrPermissionDenied)
	if got := s.People(); len(got) != 0 {
		t.Errorf("the person made for the refused grant stays: %v", got)
	}
	for _, err := range p.Keys().List(t.Context(), lock.KeyQuery{Device: foreign}) {
		wantKind(t, "keys of a stranger's lock", err, lock.ErrPermissionDenied)
	}
	_, err = p.Locks().Get(t.Context(), foreign)
	wantKind(t, "a stranger's lock", err, lock.ErrNotFound)
}

func TestGrant(t *testing.T) {
	s, door := frozen(t)
	p := s.Client()
	finger, card := s.EnrolKey(door, aliyunlocktest.Fingerprint, ""), s.EnrolKey(door, aliyunlocktest.Card, "")
	s.Settle()

	k := done[lock.Key](t)(p.Keys().Grant(t.Context(), door, lock.Grant{
		Holder: lock.Person{Name: "韩梅梅"}, Key: finger, Permanent: true, Role: lock.RoleAdmin, Name: "left thumb", Kind: lock.KeyFingerprint,
	}))
	if k.ID != finger || k.Holder.ID == "" || k.Role != lock.RoleAdmin {
		t.Errorf("got %+v, want the key and its new person", k)
	}
	listed := keyNamed(all(t, p.Keys().List(t.Context(), lock.KeyQuery{Device: door})), finger)
	if listed == nil || listed.Holder.ID != k.Holder.ID || listed.Holder.Name != "韩梅梅" || listed.Name != "left thumb" || listed.Role != lock.RoleAdmin {
		t.Errorf("listed as %+v", listed)
	}
	again := done[lock.Key](t)(p.Keys().Grant(t.Context(), door, lock.Grant{Holder: lock.Person{ID: k.Holder.ID}, Key: card, Permanent: true}))
	if again.Holder.ID != k.Holder.ID || len(s.People()) != 1 {
		t.Errorf("a second key of the same person: got %+v and the persons %v", again, s.People())
	}
	_, err := p.Keys().Grant(t.Context(), door, lock.Grant{Holder: lock.Person{Name: "somebody else"}, Key: finger, Permanent: true})
	wantKind(t, "a key that is somebody's", err, lock.ErrExists)
	if got := len(s.People()); got != 1 {
		t.Errorf("got %d persons, want the one made for the refused grant taken back", got)
	}

	good := lock.Grant{Holder: lock.Person{Name: "Li"}, Key: finger, Permanent: true}
	before := len(s.Requests())
	for _, tt := range []struct {
		name  string
		spoil func(*lock.Grant)
		kind  lock.Kind
	}{
		{"no key", func(g *lock.Grant) { g.Key = "" }, lock.ErrUnsupported},
		{"a window", func(g *lock.Grant) { g.Permanent, g.Window.Until = false, noon.Add(time.Hour) }, lock.ErrUnsupported},
		{"a beginning", func(g *lock.Grant) { g.Window.From = noon }, lock.ErrUnsupported},
		{"a schedule", func(g *lock.Grant) {
			g.Schedule = &lock.Schedule{Days: lock.EveryDay, From: 0, Until: lock.At(8, 0), Location: beijing}
		}, lock.ErrUnsupported},
		{"no end", func(g *lock.Grant) { g.Permanent = false }, lock.ErrInvalidArgument},
		{"nobody", func(g *lock.Grant) { g.Holder = lock.Person{} }, lock.ErrInvalidArgument},
		{"a phone number alone", func(g *lock.Grant) { g.Holder = lock.Person{Phone: lock.NewSecret("13800000000")} }, lock.ErrInvalidArgument},
		{"an owner", func(g *lock.Grant) { g.Role = lock.RoleOwner }, lock.ErrInvalidArgument},
		{"a finger called a card", func(g *lock.Grant) { g.Kind = lock.KeyCard }, lock.ErrInvalidArgument},
		{"what is no key", func(g *lock.Grant) { g.Key = "thumb" }, lock.ErrNotFound},
	} {
		g := good
		tt.spoil(&g)
		_, err := p.Keys().Grant(t.Context(), door, g)
		wantKind(t, tt.name, err, tt.kind)
	}
	if n := len(s.Requests()) - before; n != 0 {
		t.Errorf("refused grants made %d calls, want none", n)
	}
}

func TestGrantThatIsPartlyDone(t *testing.T) {
	s, door := frozen(t)
	p := s.Client()
	finger := s.EnrolKey(door, aliyunlocktest.Fingerprint, "")
	s.Fail("/living/lock/key/nickname/set", aliyunlocktest.Code(403, "request forbidden."))
	_, err := p.Keys().Grant(t.Context(), door, lock.Grant{Holder: lock.Person{Name: "Li"}, Key: finger, Permanent: true, Name: "thumb"})
	wantKind(t, "without its name", err, lock.ErrPartial)
	wantKind(t, "with the cause", err, lock.ErrPermissionDenied)
	if s.HolderOf(door, finger) == "" {
		t.Error("the key is nobody's, want it granted")
	}

	card := s.EnrolKey(door, aliyunlocktest.Card, "")
	people := len(s.People())
	s.Fail("/lock/key/user/bind", aliyunlocktest.DropAfter())
	_, err = p.Keys().Grant(t.Context(), door, lock.Grant{Holder: lock.Person{Name: "Wei"}, Key: card, Permanent: true})
	wantKind(t, "a lost answer", err, lock.ErrOutcomeUnknown)
	if got := s.People(); len(got) != people+1 || !strings.Contains(err.Error(), got[people]) {
		t.Errorf("got %v and the persons %v, want the new one kept, and named in the error", err, got)
	}

	s.Fail("/lock/key/user/bind", aliyunlocktest.Code(2066, "identityId is not manager"))
	s.Fail("/uc/virtual/user/delete", aliyunlocktest.Code(500, "service error."))
	_, err = p.Keys().Grant(t.Context(), door, lock.Grant{Holder: lock.Person{Name: "Zhang"}, Key: card, Permanent: true})
	wantKind(t, "a refused grant", err, lock.ErrPermissionDenied)
	if got := s.People(); len(got) != people+2 || !strings.Contains(err.Error(), got[people+1]) {
		t.Errorf("got %v and the persons %v, want the error to name the one who stays", err, got)
	}
}

func TestRevoke(t *testing.T) {
	s, door := frozen(t)
	p := s.Client()
	li := s.AddPerson("李雷")
	finger := s.EnrolKey(door, aliyunlocktest.Fingerprint, "")
	s.GiveKey(door, finger, li)
	s.Settle()
	k := done[lock.Key](t)(p.Keys().Revoke(t.Context(), door, finger))
	if k.ID != finger || !k.Holder.IsZero() || s.HolderOf(door, finger) != "" || !s.HasKey(door, finger) {
		t.Errorf("got %+v, want the key nobody's and still in the lock", k)
	}
	_, err := p.Keys().Revoke(t.Context(), door, finger)
	wantKind(t, "a key that is nobody's", err, lock.ErrNotFound)
	_, err = p.Keys().Revoke(t.Context(), "", finger)
	wantKind(t, "a key of no lock", err, lock.ErrInvalidArgument)
}

func TestDeleteKey(t *testing.T) {
	s, door := frozen(t)
	p := s.Client()
	li := s.AddPerson("李雷")
	enrol := func(owned bool) lock.KeyID {
		id := s.EnrolKey(door, aliyunlocktest.Card, "")
		if owned {
			s.GiveKey(door, id, li)
		}
		s.Settle()
		return id
	}

	gone := enrol(true)
	if k := done[lock.Key](t)(p.Keys().Delete(t.Context(), door, gone)); k.State != lock.StateRemoved || s.HasKey(door, gone) {
		t.Errorf("got %+v, want it erased", k)
	}
	// The history does not have the deletion yet.
	if listed := all(t, p.Keys().List(t.Context(), lock.KeyQuery{Device: door})); keyNamed(listed, gone) != nil {
		t.Errorf("the deleted key is still listed: %v", keyIDs(listed))
	}
	_, err := p.Keys().Delete(t.Context(), door, gone)
	wantKind(t, "deleting it again", err, lock.ErrNotFound)
	s.Advance(3 * time.Hour)
	back := s.EnrolKeyAs(door, aliyunlocktest.Card, "", strings.TrimPrefix(string(gone), "3:"), aliyunlocktest.Normal)
	s.Settle()
	if listed := all(t, p.Keys().List(t.Context(), lock.KeyQuery{Device: door})); keyNamed(listed, back) == nil {
		t.Errorf("a new card with the old number: got %v, want it listed", keyIDs(listed))
	}

	s.SetOnline(door, false)
	lost := enrol(true)
	_, err = p.Keys().Delete(t.Context(), door, lost)
	wantKind(t, "a bound key of an offline lock", err, lock.ErrPartial)
	wantKind(t, "its cause", err, lock.ErrDeviceOffline)
	var e *lock.Error
	if !errors.As(err, &e) || e.Code != "28504" || e.Op != lock.DeleteKey || e.Target != string(door) || !strings.Contains(e.Message, li) {
		t.Errorf("got %+v, want the code, the operation, the lock and whose the key was", e)
	}
	if s.HolderOf(door, lost) != "" || !s.HasKey(door, lost) {
		t.Error("want the key nobody's and still in the lock")
	}
	_, err = p.Keys().Delete(t.Context(), door, lost)
	if wantKind(t, "a key that is nobody's", err, lock.ErrDeviceOffline); errors.Is(err, lock.ErrPartial) {
		t.Errorf("nothing was done: got %v, want ErrDeviceOffline alone", err)
	}
	s.SetOnline(door, true)

	refused := enrol(true)
	s.RefuseNext(door)
	_, err = p.Keys().Delete(t.Context(), door, refused)
	wantKind(t, "a lock that refuses", err, lock.ErrPartial)
	wantKind(t, "its cause", err, lock.ErrDeviceRejected)
	_, err = p.Keys().Delete(t.Context(), door, "3:999")
	wantKind(t, "a key the lock does not have", err, lock.ErrNotFound)
}

func TestPasswordsAreKeys(t *testing.T) {
	s, door := frozen(t)
	p := s.Client()
	pin := s.EnrolKey(door, aliyunlocktest.Password, "135790")
	admin := s.EnrolKeyAs(door, aliyunlocktest.Password, "999999", "1", aliyunlocktest.Admin)
	temporary := s.EnrolKey(door, aliyunlocktest.Temporary, "246801")
	card := s.EnrolKey(door, aliyunlocktest.Card, "")
	li := s.AddPerson("李雷")
	s.GiveKey(door, pin, li)
	s.Settle()
	got := map[lock.PasswordID]lock.Password{}
	for _, pw := range all(t, p.Passwords().List(t.Context(), door)) {
		got[pw.ID] = pw
	}
	if len(got) != 3 {
		t.Fatalf("got %d passwords, want 3 and no card", len(got))
	}
	if pw := got[lock.PasswordID(pin)]; pw.Kind != lock.PasswordLocal || pw.State != lock.StateActive || pw.Certainty != lock.Reported || pw.Holder.ID != li || !pw.Secret.IsZero() {
		t.Errorf("a PIN: got %+v", pw)
	}
	if pw := got[lock.PasswordID(admin)]; pw.Kind != lock.PasswordAdmin {
		t.Errorf("the administrator's: got %+v", pw)
	}
	if pw := got[lock.PasswordID(temporary)]; pw.Kind != lock.PasswordTimed || pw.State != lock.StateUnknown {
		t.Errorf("a temporary one: got %+v, want its state unknown, because its window is", pw)
	}
	done[lock.Password](t)(p.Passwords().Delete(t.Context(), door, lock.PasswordID(pin)))
	if s.HasKey(door, pin) || s.EnterCode(door, "135790") {
		t.Error("the deleted PIN still opens")
	}
	_, err := p.Passwords().Delete(t.Context(), door, lock.PasswordID(card))
	wantKind(t, "a card is no password", err, lock.ErrNotFound)
	if !s.HasKey(door, card) {
		t.Error("the card was deleted as a password")
	}
	_, err = p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Window: lock.Window{Until: noon.Add(time.Hour)}})
	wantKind(t, "making one without a service", err, lock.ErrUnsupported)
}

func TestCreatePasswordByService(t *testing.T) {
	s, door := frozen(t)
	p := s.Client(aliyunlock.WithPasswordService(addOTP))
	until := noon.Add(48*time.Hour + 300*time.Millisecond)
	spec := lock.PasswordSpec{Secret: lock.NewSecret("135790"), Name: "Li", Window: lock.Window{From: noon.Add(time.Hour), Until: until}}
	op, err := p.Passwords().Create(t.Context(), door, spec)
	if err != nil {
		t.Fatal(err)
	}
	if now := op.Latest(); op.Ended() || now.State != lock.StatePending || now.Pending == nil || now.Name != "Li" {
		t.Errorf("under way: got %+v", now)
	}
	if strings.Contains(op.ID(), "135790") {
		t.Errorf("the operation's ID shows the code: %s", op.ID())
	}
	if polled(t, op) {
		t.Error("it ended before the lock has reported")
	}
	_, err = p.Passwords().Create(t.Context(), door, spec)
	wantKind(t, "another one meanwhile", err, lock.ErrDeviceBusy)
	s.Settle()
	if !polled(t, op) {
		t.Fatal("it goes on although the lock has reported")
	}
	pw, err := op.Wait(t.Context())
	if err != nil || pw.ID == "" || pw.State != lock.StateScheduled || pw.Certainty != lock.Confirmed || pw.Pending != nil ||
		!pw.Window.From.Equal(noon.Add(time.Hour)) || !pw.Window.Until.Equal(noon.Add(48*time.Hour)) {
		t.Errorf("got %+v and %v, want it scheduled, with a window of whole seconds inside the one asked for", pw, err)
	}
	if s.EnterCode(door, "135790") {
		t.Error("it opens before its window")
	}
	s.Advance(2 * time.Hour)
	if !s.EnterCode(door, "135790") {
		t.Error("it does not open in its window")
	}

	s.RefuseNext(door)
	op, err = p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Secret: lock.NewSecret("864209"), Window: lock.Window{Until: noon.Add(72 * time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	s.Settle()
	failed, err := outcome(t, op)
	wantKind(t, "a lock that refuses", err, lock.ErrDeviceRejected)
	if failed.State != lock.StateFailed || failed.Failure == nil {
		t.Errorf("got %+v, want it failed and why", failed)
	}

	s.MuteNext(door)
	s.Advance(5 * time.Second)
	op, err = p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Secret: lock.NewSecret("864209"), Window: lock.Window{Until: noon.Add(72 * time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Minute)
	if polled(t, op) {
		t.Error("a silent lock: it ended before its time")
	}
	s.Advance(time.Minute)
	_, err = outcome(t, op)
	wantKind(t, "a silent lock", err, lock.ErrDeviceTimeout)
	s.Advance(5 * time.Second)
	if _, err := p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Secret: lock.NewSecret("753186"), Window: lock.Window{Until: noon.Add(72 * time.Hour)}}); err != nil {
		t.Errorf("afterwards: got %v, want the lock free again", err)
	}
}

// Of several reports the one with our code is ours, where the product tells codes; a finger that
// somebody enrols meanwhile never is.
func TestReportOfAnotherPassword(t *testing.T) {
	s, door := frozen(t, aliyunlocktest.WithCodesInReports())
	p := s.Client(aliyunlock.WithPasswordService(addOTP))
	s.EnrolKey(door, aliyunlocktest.Password, "111222") // before
	op, err := p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Secret: lock.NewSecret("135790"), Window: lock.Window{Until: noon.Add(time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Millisecond)
	s.EnrolKey(door, aliyunlocktest.Fingerprint, "")
	s.EnrolKey(door, aliyunlocktest.Password, "222333")
	if polled(t, op) {
		t.Error("it ended with somebody else's report")
	}
	s.Settle()
	pw, err := outcome(t, op)
	if err != nil || !strings.HasPrefix(string(pw.ID), "5:") {
		t.Errorf("got %q and %v, want the temporary password", pw.ID, err)
	}
}

func TestPasswordsAreCheckedBeforeTheyAreSent(t *testing.T) {
	s, door := frozen(t)
	p := s.Client(aliyunlock.WithPasswordService(addOTP))
	before := len(s.Requests())
	for _, tt := range []struct {
		name string
		spec lock.PasswordSpec
		kind lock.Kind
	}{
		{"permanent", lock.PasswordSpec{Kind: lock.PasswordPermanent}, lock.ErrUnsupported},
		{"no end", lock.PasswordSpec{}, lock.ErrPasswordRejected},
		{"a message", lock.PasswordSpec{Notify: true, Window: lock.Window{Until: noon.Add(time.Hour)}}, lock.ErrInvalidArgument},
		{"a short code", lock.PasswordSpec{Secret: lock.NewSecret("123"), Window: lock.Window{Until: noon.Add(time.Hour)}}, lock.ErrPasswordRejected},
		{"a long window", lock.PasswordSpec{Window: lock.Window{Until: noon.AddDate(5, 0, 0)}}, lock.ErrPasswordRejected},
	} {
		_, err := p.Passwords().Create(t.Context(), door, tt.spec)
		wantKind(t, tt.name, err, tt.kind)
	}
	if n := len(s.Requests()) - before; n != 0 {
		t.Errorf("refused passwords made %d calls, want none", n)
	}
	if policy, err := p.Passwords().Policy(t.Context(), door, lock.PasswordTimed); err != nil || !policy.ChooseCode || !slices.Equal(policy.PIN.Lengths, []int{6, 7, 8}) {
		t.Errorf("the policy: got %+v and %v, want the service's", policy, err)
	}
	_, err := p.Passwords().Policy(t.Context(), door, lock.PasswordOffline)
	wantKind(t, "the policy of another kind", err, lock.ErrUnsupported)
	s.SetOnline(door, false)
	_, err = p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Window: lock.Window{Until: noon.Add(time.Hour)}})
	wantKind(t, "an offline lock", err, lock.ErrDeviceOffline)
	s.SetOnline(door, true)
	s.Advance(5 * time.Second)
	if _, err = p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Window: lock.Window{Until: noon.Add(time.Hour)}}); err != nil {
		t.Errorf("after a refusal: got %v, want the lock free", err)
	}
}

func TestOpen(t *testing.T) {
	s, door := frozen(t)
	by := lock.Person{Name: "landlord"}
	var asked lock.Person
	service := remoteUnlock
	service.Args = func(by lock.Person) any { asked = by; return nil }
	p := s.Client(aliyunlock.WithUnlockService(service))
	s.Report(door, "RemoteUnlockNotification", map[string]any{"Status": 0}) // somebody else, before
	s.Advance(time.Second)

	op, err := p.Locks().Open(t.Context(), door, by)
	if err != nil {
		t.Fatal(err)
	}
	if polled(t, op) || asked.Name != "landlord" {
		t.Errorf("it ended with an earlier report, or the service was not told who opens (%q)", asked.Name)
	}
	s.Settle()
	if l, err := outcome(t, op); err != nil || l.ID != door || s.Opened(door) != 1 {
		t.Errorf("got %+v, %v and %d openings, want the door open once", l, err, s.Opened(door))
	}

	s.Advance(5 * time.Second)
	s.RefuseNext(door)
	op, err = p.Locks().Open(t.Context(), door, by)
	if err != nil {
		t.Fatal(err)
	}
	s.Settle()
	_, err = outcome(t, op)
	wantKind(t, "a lock that refuses", err, lock.ErrDeviceRejected)

	s.Advance(5 * time.Second)
	s.MuteNext(door)
	op, err = p.Locks().Open(t.Context(), door, by)
	if err != nil {
		t.Fatal(err)
	}
	resumed, err := lock.Resume[lock.Lock](s.Client(aliyunlock.WithUnlockService(service)), op.ID())
	if err != nil {
		t.Fatal(err)
	}
	s.Advance(3 * time.Minute)
	for name, o := range map[string]*lock.Operation[lock.Lock]{"this one": op, "resumed": resumed} {
		_, err := outcome(t, o)
		wantKind(t, "a silent lock, "+name, err, lock.ErrDeviceTimeout)
	}

	s.SetOnline(door, false)
	_, err = p.Locks().Open(t.Context(), door, by)
	wantKind(t, "an offline lock", err, lock.ErrDeviceOffline)
	_, err = p.Locks().Open(t.Context(), door, lock.Person{})
	wantKind(t, "nobody", err, lock.ErrInvalidArgument)
	_, err = s.Client().Locks().Open(t.Context(), door, by)
	wantKind(t, "without a service", err, lock.ErrUnsupported)
}

// A product without a report ends when the platform has taken the command; a service can be one
// product's own.
func TestServicesByProduct(t *testing.T) {
	s, door := frozen(t)
	by := lock.Person{Name: "landlord"}
	quiet := aliyunlock.UnlockService{Product: aliyunlocktest.LockProduct, Identifier: "RemoteUnlock"}
	p := s.Client(aliyunlock.WithUnlockService(aliyunlock.UnlockService{Identifier: "OpenSesame"}), aliyunlock.WithUnlockService(quiet))
	op, err := p.Locks().Open(t.Context(), door, by)
	if err != nil || !op.Ended() || op.ID() != "" {
		t.Errorf("got %v and %v, want it done at once by the product's service", op, err)
	}
	only := s.Client(aliyunlock.WithUnlockService(aliyunlock.UnlockService{Product: "another", Identifier: "OpenSesame"}))
	if !only.Supports(lock.OpenLock) {
		t.Error("it does not support opening, want it to, for the other product")
	}
	_, err = only.Locks().Open(t.Context(), door, by)
	wantKind(t, "a product without a service", err, lock.ErrUnsupported)
	_, err = only.Locks().Open(t.Context(), "no-such-lock", by)
	wantKind(t, "no such lock", err, lock.ErrNotFound)
	lamp := s.AddDevice(s.MainHome(), "lamp")
	_, err = s.Client(aliyunlock.WithUnlockService(aliyunlock.UnlockService{Identifier: "RemoteUnlock"})).Locks().Open(t.Context(), lamp, by)
	wantKind(t, "a lamp", err, lock.ErrInvalidArgument)
}

func TestResume(t *testing.T) {
	s, _ := frozen(t)
	p := s.Client()
	for _, id := range []string{
		"", "x", "locks.open", "locks.open?device=d", "locks.open?device=d&event=E&since=x", "keys.grant?device=d&event=E&since=1",
		"locks.open?device=d&event=E&since=1&after=x", "locks.open?%zz", "%zz",
	} {
		if v, err := p.Resume(id); v != nil || !errors.Is(err, lock.ErrInvalidArgument) {
			t.Errorf("%q: got %v and %v, want ErrInvalidArgument", id, v, err)
		}
	}
	op, err := lock.Resume[lock.Lock](p, "locks.open?after=5&device=d%26x&event=E&since=1")
	if err != nil || op.ID() != "locks.open?after=5&device=d%26x&event=E&since=1" {
		t.Errorf("got %v and %v, want the operation with its ID", op, err)
	}
}

func TestLocks(t *testing.T) {
	s, door := frozen(t)
	s.AddFreshLock("cellar door")
	shared := s.AddSharedLock("shared door", s.AddUser("韩梅梅"))
	s.AddDevice(s.MainHome(), "lamp")
	s.AddGateway(s.MainHome(), "gateway")
	home := s.AddHome("flat")
	bed, bath := s.AddRoom(home, "bed"), s.AddRoom(home, "bath")
	bedDoor, bathDoor := s.AddLock("bed door"), s.AddLock("bath door")
	s.MoveLock(bedDoor, home, bed)
	s.MoveLock(bathDoor, home, bath)
	li := s.AddPerson("李雷")
	key := s.EnrolKey(bathDoor, aliyunlocktest.Card, "")
	s.GiveKey(bathDoor, key, li)
	s.SetProperty(door, "BatteryPercentage", 97.0)
	s.SetProperty(door, "LockState", "1")
	p := s.Client()

	names := func(q lock.LockQuery) []string {
		t.Helper()
		var found []string
		for _, l := range all(t, p.Locks().List(t.Context(), q)) {
			found = append(found, l.Name)
		}
		slices.Sort(found)
		return found
	}
	for _, tt := range []struct {
		name string
		q    lock.LockQuery
		want []string
	}{
		{"all", lock.LockQuery{}, []string{"bath door", "bed door", "cellar door", "front door", "shared door"}},
		{"of a home", lock.LockQuery{Home: home}, []string{"bath door", "bed door"}},
		{"of a room", lock.LockQuery{Home: home, Room: bed}, []string{"bed door"}},
		{"of a room whose home is not said", lock.LockQuery{Room: bath}, []string{"bath door"}},
		{"of a holder", lock.LockQuery{Holder: li}, []string{"bath door"}},
		{"of a holder in a home", lock.LockQuery{Holder: li, Home: s.MainHome()}, nil},
	} {
		if got := names(tt.q); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	for _, err := range p.Locks().List(t.Context(), lock.LockQuery{Home: "no-such-home"}) {
		wantKind(t, "a home that is not there", err, lock.ErrNotFound)
	}

	l, err := p.Locks().Get(t.Context(), door)
	if err != nil {
		t.Fatal(err)
	}
	if l.Battery == nil || *l.Battery != 97 || !l.BatteryAt.Equal(noon) || l.DoorOpen == nil || !*l.DoorOpen || l.Online == nil || !*l.Online ||
		!l.OnlineAt.Equal(noon) || l.Home != s.MainHome() || l.Room == "" || l.Versions["firmware"] != "1.2.3" || l.Category != "SmartLock" || l.Model != "L1" || l.Serial == "" {
		t.Errorf("got %+v", l)
	}
	if l, err := p.Locks().Get(t.Context(), shared); err != nil || l.Home != "" {
		t.Errorf("a shared lock: got %+v and %v, want it without a place", l, err)
	}
	s.SetOnline(door, false)
	if l, err := p.Locks().Get(t.Context(), door); err != nil || l.Online == nil || *l.Online {
		t.Errorf("an offline lock: got %+v and %v", l, err)
	}
	// What the platform does not show this user is unknown; what is broken is an error.
	s.Fail("/thing/info/get", aliyunlocktest.Code(403, "request forbidden."))
	s.Fail("/thing/properties/get", aliyunlocktest.Code(2000, "param is invalid"))
	if l, err := p.Locks().Get(t.Context(), door); err != nil || l.Battery != nil || l.Versions != nil {
		t.Errorf("got %+v and %v, want battery and firmware unknown", l, err)
	}
	s.Fail("/thing/status/get", aliyunlocktest.Code(100001, "x"))
	if _, err := p.Locks().Get(t.Context(), door); !errors.Is(err, lock.ErrDeviceRejected) {
		t.Errorf("got %v, want the error", err)
	}
	odd := s.Client(aliyunlock.WithLockProducts(aliyunlocktest.OtherProduct))
	if got := len(all(t, odd.Locks().List(t.Context(), lock.LockQuery{}))); got != 2 {
		t.Errorf("WithLockProducts: got %d locks, want the lamp and the gateway", got)
	}
}

func TestBatteryOutOfRangeIsUnknown(t *testing.T) {
	s, door := frozen(t)
	for _, v := range []any{-1, 101, "full", nil, 0.5} {
		s.SetProperty(door, "BatteryPercentage", v)
		s.SetProperty(door, "LockState", 3)
		if l, err := s.Client().Locks().Get(t.Context(), door); err != nil || l.Battery != nil || l.DoorOpen != nil {
			t.Errorf("%v: got %+v and %v, want both unknown", v, l, err)
		}
	}
}

func TestHomes(t *testing.T) {
	s, door := frozen(t)
	p := s.Client()
	home, err := p.Homes().Create(t.Context(), lock.HomeSpec{ID: "mine", Name: "flat", City: "北京市"})
	if err != nil || home.ID == "" || home.ID == "mine" || home.City != "" {
		t.Fatalf("got %+v and %v, want the vendor's id, and only what it keeps", home, err)
	}
	rooms, err := p.Homes().AddRooms(t.Context(), home.ID, lock.RoomSpec{Name: "bed"}, lock.RoomSpec{}, lock.RoomSpec{Name: "bath"})
	var failed *lock.RoomError
	if len(rooms) != 2 || !errors.As(err, &failed) || !errors.Is(err, lock.ErrInvalidArgument) {
		t.Errorf("got %v and %v, want two rooms and the error of the one without a name", rooms, err)
	}
	for range 25 { // more than a page
		if _, err := p.Homes().AddRooms(t.Context(), home.ID, lock.RoomSpec{Name: "room"}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := p.Homes().Get(t.Context(), home.ID); err != nil || len(got.Rooms) != 27 {
		t.Errorf("got %d rooms and %v, want 27", len(got.Rooms), err)
	}
	_, err = p.Homes().Create(t.Context(), lock.HomeSpec{Name: "flat"})
	wantKind(t, "a name that is taken", err, lock.ErrInvalidArgument)
	wantKind(t, "the city of a home", p.Homes().Update(t.Context(), home.ID, lock.HomeSpec{Name: "n", City: "c"}), lock.ErrInvalidArgument)
	wantKind(t, "the name of no home", p.Homes().Update(t.Context(), "x", lock.HomeSpec{Name: "n"}), lock.ErrNotFound)
	for _, err := range p.Homes().List(t.Context(), lock.HomeQuery{City: "北京市"}) {
		wantKind(t, "homes of a city", err, lock.ErrUnsupported)
	}
	// Deleting a home takes its devices from the user, and the last home stays.
	s.MoveLock(door, home.ID, rooms[0].ID)
	done[lock.Home](t)(p.Homes().Delete(t.Context(), home.ID))
	_, err = p.Locks().Get(t.Context(), door)
	wantKind(t, "a lock of the deleted home", err, lock.ErrNotFound)
	_, err = p.Homes().Delete(t.Context(), s.MainHome())
	wantKind(t, "the last home", err, lock.ErrInvalidArgument)
	_, err = p.Homes().Delete(t.Context(), home.ID)
	wantKind(t, "a home that is gone", err, lock.ErrNotFound)
}

func TestDevicesOfAHome(t *testing.T) {
	s, door := frozen(t)
	lamp, gateway := s.AddDevice(s.MainHome(), "lamp"), s.AddGateway(s.MainHome(), "gateway")
	kinds := map[lock.DeviceID]lock.DeviceKind{}
	for _, d := range all(t, s.Client().Homes().Devices(t.Context(), s.MainHome())) {
		kinds[d.ID] = d.Kind
		if d.Home != s.MainHome() || d.Online == nil || !*d.Online || d.Name == "" {
			t.Errorf("got %+v", d)
		}
	}
	for id, want := range map[lock.DeviceID]lock.DeviceKind{door: lock.DeviceLock, lamp: lock.DeviceOther, gateway: lock.DeviceGateway} {
		if kinds[id] != want {
			t.Errorf("%s: got %q, want %q", id, kinds[id], want)
		}
	}
}

// A list whose items move while it is read has each of them once.
func TestListThatMoves(t *testing.T) {
	s, _ := frozen(t)
	for i := range 150 {
		s.AddLock(fmt.Sprintf("door %d", i))
	}
	seen := map[lock.DeviceID]int{}
	for l, err := range s.Client().Locks().List(t.Context(), lock.LockQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[l.ID]++; len(seen) == 50 {
			s.AddLock("meanwhile")
		}
	}
	if len(seen) < 151 {
		t.Errorf("got %d locks, want the 151 that were there all the time", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

func TestPagesThatRepeatAreAnError(t *testing.T) {
	s, _ := frozen(t)
	page := `{"code":200,"data":{"total":500,"pageNo":1,"pageSize":100,"data":[{"iotId":"a"}]}}`
	s.Fail("/uc/listBindingByAccount", aliyunlocktest.Reply(200, "application/json", page).Always())
	var last error
	for _, err := range s.Client().Locks().List(t.Context(), lock.LockQuery{}) {
		last = err
	}
	var e *lock.Error
	if !errors.As(last, &e) || e.Kind != lock.ErrProtocol || e.Op != lock.ListLocks || e.Vendor != aliyunlock.Vendor {
		t.Errorf("got %v, want ErrProtocol of the operation", last)
	}
}

func TestEvents(t *testing.T) {
	s, door := frozen(t)
	p := s.Client()
	type row struct {
		code    string
		outputs map[string]any
		want    []lock.Event
	}
	unlocked := func(method lock.UnlockMethod, key lock.KeyID, pw lock.PasswordID) lock.Event {
		return lock.Event{Kind: lock.EventLockUnlocked, Method: method, Key: key, Password: pw}
	}
	kind := func(k lock.EventKind) []lock.Event { return []lock.Event{{Kind: k}} }
	key := func(n string, t, limit int) map[string]any {
		return map[string]any{"KeyID": n, "LockType": t, "UserLimit": limit}
	}
	duress := unlocked(lock.MethodFingerprint, "1:12", "")
	duress.Duress = true
	alarm := duress
	alarm.Kind = lock.EventLockDuress
	rows := []row{
		{"DoorOpenNotification", key("10", 1, 1), []lock.Event{unlocked(lock.MethodFingerprint, "1:10", "")}},
		{"DoorOpenNotification", key("10", 2, 1), []lock.Event{unlocked(lock.MethodPIN, "2:10", "2:10")}},
		{"DoorOpenNotification", key("1", 2, 2), []lock.Event{unlocked(lock.MethodAdminPIN, "2:1", "2:1")}},
		{"DoorOpenNotification2", key("3", 3, 1), []lock.Event{unlocked(lock.MethodCard, "3:3", "")}},
		{"DoorOpenNotification", key("3", 4, 1), []lock.Event{unlocked(lock.MethodMechanicalKey, "4:3", "")}},
		{"DoorOpenNotification", key("3", 5, 1), []lock.Event{unlocked(lock.MethodTemporaryPIN, "5:3", "5:3")}},
		{"DoorOpenNotification", key("3", 7, 1), []lock.Event{unlocked(lock.MethodUnknown, "7:3", "")}},
		{"DoorOpenNotification", key("12", 1, 3), []lock.Event{duress, alarm}},
		{"DoorOpenNotification", nil, []lock.Event{unlocked(lock.MethodUnknown, "", "")}},
		{"RemoteUnlockNotification", map[string]any{"Status": 0}, []lock.Event{unlocked(lock.MethodRemoteAPI, "", "")}},
		{"RemoteUnlockNotification", map[string]any{"Status": 2}, kind(lock.EventOperationFailed)},
		{"HijackingAlarm", key("10", 1, 1), []lock.Event{{Kind: lock.EventLockDuress, Key: "1:10"}}},
		{"TamperAlarm", nil, kind(lock.EventDeviceTampered)},
		{"TamperAlarm2", nil, kind(lock.EventDeviceTampered)},
		{"DoorUnlockedAlarm", nil, kind(lock.EventLockLeftOpen)},
		{"ArmDoorOpenAlarm", nil, kind(lock.EventLockForcedOpen)},
		{"LockedAlarm", nil, kind(lock.EventLockKeypadBlocked)},
		{"ForbiddenAlarm", nil, kind(lock.EventLockKeypadBlocked)},
		{"LowElectricityAlarm", nil, kind(lock.EventDeviceBatteryLow)},
		{"DoorbellNotification", nil, kind(lock.EventLockDoorbell)},
		{"RingDoorbellAlarm", nil, kind(lock.EventLockDoorbell)},
		{"KeyAddedNotification", key("10", 3, 1), []lock.Event{{Kind: lock.EventKeyAdded, Key: "3:10"}}},
		{"KeyAddedNotification", map[string]any{"Status": 1}, kind(lock.EventOperationFailed)},
		{"KeyDeletedNotification", key("10", 3, 1), []lock.Event{{Kind: lock.EventKeyRemoved, Key: "3:10"}}},
		{"KeyDeletedNotification", key("65535", 3, 1), kind(lock.EventKeyRemoved)},
		{"ClearKeyNotifycation", map[string]any{"LockType": 3}, kind(lock.EventKeyRemoved)},
		{"TemporarySetCallback", map[string]any{"Status": 0}, kind(lock.EventPasswordApplied)},
		{"TemporaryPasswordNotification", map[string]any{"Status": 1}, kind(lock.EventPasswordFailed)},
		{"ReportReset", nil, kind(lock.EventDeviceReset)},
		{"Error", map[string]any{"ErrorCode": 1}, kind(lock.EventDeviceFault)},
		{"KeyInformationNotification", key("10", 3, 1), []lock.Event{{Kind: lock.EventVendorUnknown, Key: "3:10"}}},
		{"ActiveDefenseAlarm", nil, kind(lock.EventVendorUnknown)},
		{"DoorOpenInfo", map[string]any{"x": []int{1}}, kind(lock.EventVendorUnknown)},
	}
	var want []lock.Event
	for _, r := range rows {
		s.Advance(time.Second)
		s.Report(door, r.code, r.outputs)
		for _, e := range r.want {
			e.Name, e.OccurredAt = r.code, s.Clock().Now()
			want = append(want, e)
		}
	}
	s.Advance(time.Minute)
	got := all(t, p.Events().History(t.Context(), lock.EventQuery{Device: door}))
	if len(got) != len(want) {
		t.Fatalf("got %d events, want %d", len(got), len(want))
	}
	ids := map[string]bool{}
	for i, e := range got {
		w := want[i]
		if e.Kind != w.Kind || e.Name != w.Name || e.Method != w.Method || e.Key != w.Key || e.Password != w.Password || e.Duress != w.Duress ||
			!e.OccurredAt.Equal(w.OccurredAt) || e.Device != door || e.Source != lock.SourceHistory || e.Vendor != aliyunlock.Vendor {
			t.Errorf("%d: got %+v\nwant %+v", i, e, w)
		}
		if f, ok := e.Data.(lock.Failure); (w.Kind == lock.EventOperationFailed || w.Kind == lock.EventPasswordFailed) != (ok && errors.Is(f.Err, lock.ErrDeviceRejected)) {
			t.Errorf("%d: got the data %v of %s", i, e.Data, e.Kind)
		}
		if ids[e.ID] {
			t.Errorf("%d: the ID %s came before", i, e.ID)
		}
		ids[e.ID] = true
		if r, ok := lock.As[*aliyunlock.EventRecord](e); !ok || r.EventCode != e.Name || r.ClientTime.IsZero() {
			t.Errorf("%d: the vendor's record: got %v", i, r)
		}
	}
	only := all(t, p.Events().History(t.Context(), lock.EventQuery{Device: door, Kinds: []lock.EventKind{lock.EventLockDuress}}))
	if len(only) != 2 {
		t.Errorf("duress alone: got %d events, want the alarm and the door opened under threat", len(only))
	}
}

// Several pages with many events in one second: each event once, the oldest first, inside its window.
func TestHistoryOverPagesAndSeconds(t *testing.T) {
	for name, opts := range map[string][]aliyunlocktest.Option{"paged": nil, "bare": {aliyunlocktest.WithOtherShapes()}} {
		t.Run(name, func(t *testing.T) {
			s, door := frozen(t, opts...)
			at := func(i int) time.Time { return noon.AddDate(0, 0, -4).Add(time.Duration(i/7) * time.Hour) } // seven in one second
			for i := range 175 {
				s.ReportAt(door, at(i).Add(time.Duration(i%7)*time.Millisecond), "DoorbellNotification", map[string]any{"RecordID": i})
			}
			p := s.Client()
			got := all(t, p.Events().History(t.Context(), lock.EventQuery{Device: door}))
			if len(got) != 175 {
				t.Fatalf("got %d events, want 175", len(got))
			}
			for i, e := range got {
				r, _ := lock.As[*aliyunlock.EventRecord](e)
				if n, _ := r.Output("RecordID").Int(); n != i {
					t.Fatalf("at %d: got record %d, want the order in which they happened", i, n)
				}
			}
			window := lock.Window{From: at(7), Until: at(21)}
			part := all(t, p.Events().History(t.Context(), lock.EventQuery{Device: door, Window: window}))
			if len(part) != 14 || part[0].ID != got[7].ID || part[13].ID != got[20].ID {
				t.Errorf("two seconds of them: got %d events, want those 14 with the IDs they have in the whole", len(part))
			}
			part = all(t, p.Events().History(t.Context(), lock.EventQuery{Device: door, Window: lock.Window{From: at(7).Add(time.Millisecond), Until: at(21).Add(time.Millisecond)}}))
			if len(part) != 14 || part[0].ID != got[14].ID {
				t.Errorf("a window that begins within a second: got %d events, want the next 14", len(part))
			}
			if none := all(t, p.Events().History(t.Context(), lock.EventQuery{Device: door, Window: lock.Window{From: noon.Add(time.Hour)}})); len(none) != 0 {
				t.Errorf("the future: got %d events, want none", len(none))
			}
		})
	}
}

func TestHistoryOfSeveralLocks(t *testing.T) {
	s, door := frozen(t)
	home := s.AddHome("flat")
	room := s.AddRoom(home, "bed")
	other := s.AddLock("bed door")
	s.MoveLock(other, home, room)
	for i := range 6 {
		s.ReportAt([]lock.DeviceID{door, other}[i%2], noon.Add(time.Duration(i-10)*time.Minute), "TamperAlarm", nil)
	}
	p := s.Client()
	got := all(t, p.Events().History(t.Context(), lock.EventQuery{}))
	if len(got) != 6 || !slices.IsSortedFunc(got, func(a, b lock.Event) int { return a.OccurredAt.Compare(b.OccurredAt) }) {
		t.Errorf("got %d events, want the 6 of both locks in order", len(got))
	}
	for _, e := range all(t, p.Events().History(t.Context(), lock.EventQuery{Home: home})) {
		if e.Device != other || e.Home != home || e.Room != room {
			t.Errorf("got %+v, want events of the home, with their place", e)
		}
	}
	for _, err := range p.Events().History(t.Context(), lock.EventQuery{Window: lock.Window{From: noon, Until: noon.Add(-time.Hour)}}) {
		wantKind(t, "a window the wrong way round", err, lock.ErrInvalidArgument)
	}
	s.Fail("/lock/event/history/query", aliyunlocktest.Code(28601, "user device not bind."))
	for _, err := range p.Events().History(t.Context(), lock.EventQuery{}) {
		wantKind(t, "a lock whose history is refused", err, lock.ErrPermissionDenied)
	}
}

// stepping is a clock on which a pause moves the simulator's time; step is called after each.
type stepping struct {
	s     *aliyunlocktest.Server
	pause int
	step  func(n int)
}

func (c *stepping) Now() time.Time { return c.s.Clock().Now() }

func (c *stepping) Sleep(ctx context.Context, d time.Duration) error {
	c.s.Advance(d)
	c.pause++
	c.step(c.pause)
	return ctx.Err()
}

// What the history shows late is watched late, and not lost; nothing is watched twice, and nothing
// from before.
func TestWatchWaitsForTheHistory(t *testing.T) {
	s, door := frozen(t, aliyunlocktest.WithHistoryLag(90*time.Minute))
	s.ReportAt(door, noon.Add(-time.Hour), "TamperAlarm", nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	clock := &stepping{s: s, step: func(n int) {
		switch n {
		case 2:
			s.Report(door, "DoorbellNotification", nil)
		case 50:
			s.Fail("/lock/event/history/query", aliyunlocktest.Code(503, "service not available.").Times(12)) // a break
		case 300:
			cancel()
		}
	}}
	p := s.Client(lock.WithClock(clock), lock.WithWatchInterval(time.Minute), lock.WithRetry(lock.RetryPolicy{Attempts: 1}))
	var got []lock.Event
	for e, err := range p.Events().Watch(ctx) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("it ended with %v, want its context's end", err)
			}
			break
		}
		got = append(got, e)
		if late := s.Clock().Now().Sub(e.OccurredAt); late < 90*time.Minute {
			t.Errorf("it came %v late, before the history had it", late)
		}
	}
	if len(got) != 1 || got[0].Kind != lock.EventLockDoorbell || got[0].Source != lock.SourcePoll || got[0].Device != door {
		t.Errorf("got %+v, want the doorbell, once", got)
	}
	history := all(t, s.Client().Events().History(t.Context(), lock.EventQuery{Device: door, Kinds: []lock.EventKind{lock.EventLockDoorbell}}))
	if len(history) != 1 || len(got) == 1 && history[0].ID != got[0].ID {
		t.Errorf("the history has %d doorbells, want one, with the ID that was watched", len(history))
	}
}

func TestWatchEndsWithWhatCannotBeMended(t *testing.T) {
	s, _ := frozen(t)
	clock := &stepping{s: s, step: func(int) {}}
	s.Fail("/lock/event/history/query", aliyunlocktest.Code(28601, "user device not bind.").Always())
	var last error
	for _, err := range s.Client(lock.WithClock(clock)).Events().Watch(t.Context()) {
		last = err
	}
	wantKind(t, "a lock whose history is refused", last, lock.ErrPermissionDenied)
	var e *lock.Error
	if !errors.As(last, &e) || e.Op != lock.WatchEvents {
		t.Errorf("got %+v, want an error of the operation", e)
	}
}
