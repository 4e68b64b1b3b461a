package locktest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// world is a World at work under one rule.
type world struct {
	World
	p        lock.Provider // what the rules call; looks at everything in passing
	notes    *notes
	rule     string
	patience time.Duration

	codes   []lock.Secret     // given to the lock, or drawn
	opener  lock.Secret       // opens the door; zero = none made yet
	taken   []lock.PasswordID // that guest has found in the list
	numbers *int              // given out so far; places of one world count together

	known *canaries
}

// canaries are texts that nothing may show.
type canaries struct {
	mu      sync.Mutex
	texts   map[string]struct{}
	numbers map[string]struct{} // the short ones: see isShortNumber
}

func newCanaries() *canaries {
	return &canaries{texts: make(map[string]struct{}), numbers: make(map[string]struct{})}
}

// world takes over a world that was made for r.
func (s *suite) world(t tb, r rule, given World) *world {
	t.Helper()
	op := r.op
	if op == "" && len(r.needs) > 0 {
		op = r.needs[0]
	}
	if given.For != nil && op != "" && !r.not {
		given = placed(given, given.For(op))
	}
	return enter(&world{World: given, notes: s.notes, rule: r.String(), patience: s.patience, numbers: new(int), known: newCanaries()})
}

// at is the world at a place where op can be done.
func (w *world) at(op lock.Op) *world {
	if w.For == nil {
		return w
	}
	return enter(&world{
		World: placed(w.World, w.For(op)), notes: w.notes, rule: w.rule, patience: w.patience, numbers: w.numbers, known: w.known,
	})
}

func enter(w *world) *world {
	if w.Person.Name == "" {
		w.Person.Name = "Han Meimei"
	}
	if w.Person.Phone.IsZero() {
		w.Person.Phone = phone()
	}
	if w.Operator.IsZero() {
		w.Operator = w.Person
	}
	w.watchSecret(w.Secrets...)
	w.watchSecret(w.Person.Phone, w.Operator.Phone)
	w.p = watched{w.Provider, w}
	return w
}

// placed is a world with the things of another place. What belongs to the provider as a whole
// stays.
func placed(w, at World) World {
	at.Provider, at.For, at.Except = w.Provider, w.For, w.Except
	at.Again, at.Calls, at.Settle, at.Advance = w.Again, w.Calls, w.Settle, w.Advance
	at.Webhook, at.Stall, at.Output, at.Secrets = w.Webhook, w.Stall, w.Output, w.Secrets
	return at
}

// can reports whether op can be done with the things of this world.
func (w *world) can(op lock.Op) bool {
	return w.Provider.Supports(op) && (w.Supports == nil || w.Supports(op))
}

// need skips the rule if the world lacks something.
func (w *world) need(t tb, has bool, what string) {
	t.Helper()
	if !has {
		t.Skipf("the world has no %s", what)
	}
}

func (w *world) settle() {
	if w.Settle != nil {
		w.Settle()
	}
}

// now is the vendor's time.
func (w *world) now() time.Time {
	if w.Now != nil {
		return w.Now()
	}
	return time.Now()
}

// soon runs f and reports whether it ended in good time. f must not assert.
func (w *world) soon(f func()) bool {
	done := make(chan struct{})
	var p any
	go func() {
		defer close(done)
		defer func() { p = recover() }()
		f()
	}()
	select {
	case <-done:
		if p != nil {
			panic(p)
		}
		return true
	case <-time.After(w.patience):
		return false
	}
}

// quietly checks that f makes no call.
func (w *world) quietly(t tb, what string, f func()) {
	t.Helper()
	if w.Calls == nil {
		f()
		return
	}
	before := w.Calls()
	f()
	if n := w.Calls() - before; n != 0 {
		t.Errorf("%s: got %d calls to the vendor, want none", what, n)
	}
}

// drain runs a list to its end.
func drain[T any](seq iter.Seq2[T, error]) (items []T, err error) {
	for v, e := range seq {
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		items = append(items, v)
	}
	return items, err
}

// all is a list that is expected to work.
func all[T any](t tb, what string, seq iter.Seq2[T, error]) []T {
	t.Helper()
	items, err := drain(seq)
	if err != nil {
		t.Fatalf("%s: got error %v, want none", what, err)
	}
	return items
}

// finish brings an operation to its end and returns its outcome.
func finish[T any](t tb, w *world, op *lock.Operation[T], err error) (T, error) {
	t.Helper()
	var zero T
	if err != nil {
		if op != nil {
			t.Errorf("got an operation and an error (%v), want one of them", err)
		}
		return zero, err
	}
	if op == nil {
		t.Fatalf("got neither an operation nor an error")
	}
	w.settle()
	for pause := time.Second; !op.Ended() && pause < 24*time.Hour; pause *= 2 {
		if ended, err := op.Poll(t.Context()); err != nil && !ended {
			return zero, fmt.Errorf("asking about the operation: %w", err)
		}
		if w.Advance == nil {
			break
		}
		if !op.Ended() {
			w.Advance(pause)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), w.patience)
	defer cancel()
	v, err := op.Wait(ctx)
	if err != nil && ctx.Err() != nil && !op.Ended() {
		t.Fatalf("the operation did not end within %s", w.patience)
	}
	return made(w, "", v, err)
}

// must is an operation that is expected to succeed.
func must[T any](t tb, w *world, what string) func(*lock.Operation[T], error) T {
	return func(op *lock.Operation[T], err error) T {
		t.Helper()
		v, err := finish(t, w, op, err)
		if err != nil {
			t.Fatalf("%s: got error %v, want none", what, err)
		}
		return v
	}
}

// wantKind checks that err is of one of the kinds.
func wantKind(t tb, what string, err error, kinds ...lock.Kind) {
	t.Helper()
	if !slices.ContainsFunc(kinds, func(k lock.Kind) bool { return errors.Is(err, k) }) {
		t.Errorf("%s: got %s, want %s", what, describe(err), oneOf(kinds))
	}
}

func describe(err error) string {
	if err == nil {
		return "no error"
	}
	return fmt.Sprintf("error %q", err)
}

func oneOf(kinds []lock.Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = fmt.Sprintf("%q", string(k))
	}
	return strings.Join(words, " or ")
}

// wantRefused checks that a call was refused for what was asked, without a call to the vendor.
func (w *world) wantRefused(t tb, what string, f func() error) {
	t.Helper()
	w.quietly(t, what, func() {
		err := f()
		if pin := new(lock.PINError); errors.As(err, &pin) {
			return
		}
		wantKind(t, what, err, lock.ErrInvalidArgument)
	})
}

// discard is the error of a call that was expected to fail.
func discard[T any](_ T, err error) error { return err }

func sameWindow(a, b lock.Window) bool { return a.From.Equal(b.From) && a.Until.Equal(b.Until) }

// keeps reports whether a vendor's window is what was asked for. A From that was left to the
// vendor may be the present.
func (w *world) keeps(got, asked lock.Window) bool {
	if asked.From.IsZero() && !got.From.IsZero() {
		return !got.From.After(w.now().Add(time.Minute)) && got.Until.Equal(asked.Until)
	}
	return sameWindow(got, asked)
}

func ids[T any, K comparable](items []T, id func(T) K) []K {
	list := make([]K, len(items))
	for i, item := range items {
		list[i] = id(item)
	}
	return list
}

// wantOnce checks that no id is empty or there twice.
func wantOnce[K ~string](t tb, what string, list []K) {
	t.Helper()
	count := make(map[K]int)
	for _, id := range list {
		if count[id]++; count[id] == 2 {
			t.Errorf("%s: got %q more than once, want each once", what, id)
		}
		if id == "" {
			t.Errorf("%s: got an item without an id", what)
		}
	}
}

// next numbers the things that a rule makes.
func (w *world) next() int {
	*w.numbers++
	return *w.numbers
}

// number is a random text of n digits.
func number(n int) string {
	digits := make([]byte, n)
	for i := range digits {
		digits[i] = byte('0' + rand.N(10))
	}
	return string(digits)
}

// phone is somebody's number.
func phone() lock.Secret { return lock.NewSecret("139" + number(8)) }

// tenant is somebody new.
func (w *world) tenant() lock.Person {
	p := lock.Person{Name: fmt.Sprintf("tenant %d", w.next()), Phone: phone()}
	w.watchSecret(p.Phone)
	return p
}

// missing are ids of things that do not exist.
func (w *world) missing() IDs {
	m := w.Missing
	fill := func(field *string, text string) {
		if *field == "" {
			*field = text
		}
	}
	fill((*string)(&m.Home), "no-such-home")
	fill((*string)(&m.Room), "no-such-room")
	fill((*string)(&m.Lock), "no-such-lock")
	fill((*string)(&m.Meter), "no-such-meter")
	fill((*string)(&m.Key), "no-such-key")
	fill((*string)(&m.Password), "no-such-password")
	return m
}

// home is the home of the world.
func (w *world) home(t tb) lock.HomeID {
	t.Helper()
	if w.Home == "" && w.can(lock.ListHomes) {
		if homes := all(t, "homes", w.p.Homes().List(t.Context(), lock.HomeQuery{})); len(homes) > 0 {
			w.Home = homes[0].ID
		}
	}
	if w.Home == "" && w.can(lock.CreateHome) {
		w.Home = w.newHome(t).ID
	}
	if w.Home == "" {
		t.Fatalf("the world has no Home, and none could be listed or created")
	}
	return w.Home
}

func (w *world) homeSpec() lock.HomeSpec {
	if w.HomeSpec != nil {
		return w.HomeSpec()
	}
	n := number(12) // longer than a code, which it could be taken for
	return lock.HomeSpec{
		ID: lock.HomeID("home" + n), Name: "Garden Road " + n, Country: "中国", Province: "北京市", City: "北京市",
		Zone: "海淀区", Block: "Garden " + n, Address: "Garden Road " + n, Note: "note " + n,
	}
}

func (w *world) roomSpec() lock.RoomSpec {
	if w.RoomSpec != nil {
		return w.RoomSpec()
	}
	n := number(12)
	return lock.RoomSpec{ID: lock.RoomID("room" + n), Name: n, Note: "note " + n}
}

func (w *world) newHome(t tb) lock.Home {
	t.Helper()
	home, err := w.p.Homes().Create(t.Context(), w.homeSpec())
	if err != nil {
		t.Fatalf("creating a home: got error %v, want none", err)
	}
	return home
}

// newRoom adds a room to a home.
func (w *world) newRoom(t tb, home lock.HomeID) lock.Room {
	t.Helper()
	rooms, err := w.p.Homes().AddRooms(t.Context(), home, w.roomSpec())
	if err != nil {
		t.Fatalf("adding a room: got error %v, want none", err)
	}
	if len(rooms) != 1 {
		t.Fatalf("adding a room: got %d rooms back, want 1", len(rooms))
	}
	return rooms[0]
}

// room is a room of the world's home.
func (w *world) room(t tb) lock.RoomID {
	t.Helper()
	if w.Room == "" && w.can(lock.GetHome) {
		home, err := w.p.Homes().Get(t.Context(), w.home(t))
		if err != nil {
			t.Fatalf("getting the home: got error %v, want none", err)
		}
		if len(home.Rooms) > 0 {
			w.Room = home.Rooms[0].ID
		}
	}
	if w.Room == "" && w.can(lock.AddRooms) {
		w.Room = w.newRoom(t, w.home(t)).ID
	}
	if w.Room == "" {
		t.Fatalf("the world has no Room, and none could be found or added")
	}
	return w.Room
}

// lock is the door of the world.
func (w *world) lock(t tb) lock.DeviceID {
	t.Helper()
	if w.Lock == "" && w.can(lock.ListLocks) {
		if locks := all(t, "locks", w.p.Locks().List(t.Context(), lock.LockQuery{})); len(locks) > 0 {
			w.Lock = locks[0].ID
		}
	}
	if w.Lock == "" {
		t.Fatalf("the world has no Lock, and none could be listed")
	}
	return w.Lock
}

// meter is the electricity meter of the world.
func (w *world) meter(t tb) lock.DeviceID {
	t.Helper()
	if w.Meter == "" && w.can(lock.ListMeters) {
		meters := all(t, "meters", w.p.Meters().List(t.Context(), lock.MeterQuery{Kind: lock.Electricity}))
		if len(meters) > 0 {
			w.Meter = meters[0].ID
		}
	}
	if w.Meter == "" {
		t.Fatalf("the world has no Meter, and none could be listed")
	}
	return w.Meter
}

// anyMeter is a meter of whatever kind.
func (w *world) anyMeter(t tb) lock.DeviceID {
	t.Helper()
	if w.Meter == "" && w.WaterMeter != "" {
		return w.WaterMeter
	}
	return w.meter(t)
}

// grant is a key to give to somebody.
func (w *world) grant() lock.Grant {
	if w.Grant != nil {
		return w.Grant()
	}
	return lock.Grant{
		Holder: w.Person, GrantedBy: w.Operator, Name: fmt.Sprintf("key %d", w.next()),
		Window: lock.Window{Until: w.later(30 * 24 * time.Hour)},
	}
}

// later is a full hour after d.
func (w *world) later(d time.Duration) time.Time { return w.now().Add(d).Truncate(time.Hour) }

// key is a key somebody has.
func (w *world) key(t tb) lock.KeyID {
	t.Helper()
	if w.Key == "" && w.can(lock.GrantKey) {
		w.Key = must[lock.Key](t, w, "granting a key")(w.p.Keys().Grant(t.Context(), w.lock(t), w.grant())).ID
	}
	if w.Key == "" {
		t.Fatalf("the world has no Key, and none could be granted")
	}
	return w.Key
}

// policy is what a password of a kind must look like on the lock.
func (w *world) policy(t tb, kind lock.PasswordKind) lock.PasswordPolicy {
	t.Helper()
	p, err := w.p.Passwords().Policy(t.Context(), w.lock(t), kind)
	if err != nil {
		t.Fatalf("the policy of %s passwords: got error %v, want none", kind, err)
	}
	return p
}

// draw is a code that the policy takes and the lock does not know. The world's secrets may be codes,
// such as the one that was installed with the lock.
func (w *world) draw(t tb, p lock.PasswordPolicy) lock.Secret {
	t.Helper()
	code, err := p.PIN.Generate(slices.Concat(w.codes, w.Secrets)...)
	if err != nil {
		t.Fatalf("drawing a code by the policy: got error %v, want none", err)
	}
	w.codes = append(w.codes, code)
	w.watchSecret(code)
	return code
}

// until is an end that the policy takes.
func (w *world) until(p lock.PasswordPolicy) time.Time {
	grid := max(time.Hour, p.Granularity)
	end := w.now().Add(72 * time.Hour).Truncate(grid)
	if p.MaxWindow > 0 && p.MaxWindow < 72*time.Hour {
		end = w.now().Add(p.MaxWindow).Truncate(max(time.Minute, p.Granularity))
	}
	if end.Before(p.EarliestUntil) {
		end = p.EarliestUntil
	}
	return end
}

// spec is a password of a kind that the policy takes.
func (w *world) spec(t tb, kind lock.PasswordKind) lock.PasswordSpec {
	t.Helper()
	p := w.policy(t, kind)
	s := lock.PasswordSpec{Kind: kind, Name: fmt.Sprintf("guest %d", w.next()), Holder: w.tenant(), By: w.Operator}
	if p.MaxName > 0 && len(s.Name) > p.MaxName {
		s.Name = s.Name[len(s.Name)-p.MaxName:]
	}
	if p.ChooseCode {
		s.Secret = w.draw(t, p)
	}
	switch kind {
	case lock.PasswordTimed, lock.PasswordOffline:
		s.Window.Until = w.until(p)
	case lock.PasswordRecurring:
		s.Window.Until = w.until(p)
		s.Schedule = &lock.Schedule{Days: lock.EveryDay, From: lock.At(8, 0), Until: lock.At(20, 0), Location: beijing()}
	}
	return s
}

// beijing is China Standard Time, also on a machine without time zones.
func beijing() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// paced gives the vendor time before the next change of a lock: some take few in two minutes.
func (w *world) paced() {
	if w.next()%3 == 0 && w.Advance != nil {
		w.Advance(3 * time.Minute)
	}
}

// create puts a password onto the lock.
func (w *world) create(t tb, s lock.PasswordSpec) lock.Password {
	t.Helper()
	w.paced()
	pw := must[lock.Password](t, w, "creating a password")(w.p.Passwords().Create(t.Context(), w.lock(t), s))
	if pw.ID == "" {
		t.Fatalf("creating a password: got no ID")
	}
	if !pw.Secret.IsZero() {
		w.codes = append(w.codes, pw.Secret)
	}
	return pw
}

// anyKind is a kind of password that can be created with a code of ours or the vendor's.
func (w *world) anyKind() (lock.PasswordKind, bool) {
	for _, kind := range []lock.PasswordKind{
		lock.PasswordTimed, lock.PasswordPermanent, lock.PasswordRecurring, lock.PasswordOffline, lock.PasswordAdmin,
	} {
		if w.can(createOp(kind)) {
			return kind, true
		}
	}
	return "", false
}

// guest is a password that opens the door now, another every time, with its code if the suite
// knows it.
func (w *world) guest(t tb) (lock.Password, lock.PasswordSpec) {
	t.Helper()
	kind, ok := w.anyKind()
	if !ok {
		if w.can(lock.ListPasswords) {
			for _, pw := range all(t, "passwords", w.p.Passwords().List(t.Context(), w.lock(t))) {
				if pw.State == lock.StateActive && pw.Kind != lock.PasswordAdmin && !slices.Contains(w.taken, pw.ID) {
					w.taken = append(w.taken, pw.ID)
					return pw, lock.PasswordSpec{}
				}
			}
		}
		if len(w.taken) > 0 {
			t.Skipf("the Lock has %d passwords to work on, and no more can be created", len(w.taken))
		}
		t.Fatalf("the Lock has no password to work on, and none can be created")
	}
	s := w.spec(t, kind)
	pw := w.create(t, s)
	if s.Secret.IsZero() {
		s.Secret = pw.Secret
	}
	return pw, s
}

// listed finds a password in the list of the lock.
func (w *world) listed(t tb, id lock.PasswordID) (lock.Password, bool) {
	t.Helper()
	for _, pw := range all(t, "passwords", w.p.Passwords().List(t.Context(), w.lock(t))) {
		if pw.ID == id {
			return pw, true
		}
	}
	return lock.Password{}, false
}

// wantListed is a password that has to be in the list.
func (w *world) wantListed(t tb, id lock.PasswordID) lock.Password {
	t.Helper()
	pw, ok := w.listed(t, id)
	if !ok {
		t.Fatalf("password %s is not listed, want it listed", id)
	}
	return pw
}

// wantOpens checks what a code does at the door. A rule that is about more skips it where the
// world has no keypad.
func (w *world) wantOpens(t tb, what string, code lock.Secret, want bool) {
	t.Helper()
	if w.EnterCode == nil || code.IsZero() {
		return
	}
	if got := w.EnterCode(w.lock(t), code); got != want {
		t.Errorf("%s: the door opened: got %t, want %t", what, got, want)
	}
}

// openDoor makes somebody open the door, in a way that the vendor reports.
func (w *world) openDoor(t tb) {
	t.Helper()
	w.meetOpener(t)
	if !w.open() {
		t.Fatalf("the door did not open for a password that was just made")
	}
}

// meetOpener prepares open.
func (w *world) meetOpener(t tb) {
	t.Helper()
	w.lock(t)
	if w.OpenDoor != nil || !w.opener.IsZero() {
		return
	}
	if _, ok := w.anyKind(); w.EnterCode == nil || !ok {
		t.Skipf("the world has no OpenDoor, and no code can be entered")
	}
	pw, s := w.guest(t)
	if !pw.Activation.IsZero() {
		w.EnterCode(w.Lock, pw.Activation)
	}
	w.opener = s.Secret
}

// open opens the door and reports whether it did. It asserts nothing, and may be used anywhere
// after meetOpener.
func (w *world) open() bool {
	if w.Advance != nil {
		w.Advance(2 * time.Second) // a happening of its own, also for vendors that count seconds
	}
	if w.OpenDoor != nil {
		w.OpenDoor(w.Lock)
		return true
	}
	return w.EnterCode(w.Lock, w.opener)
}
