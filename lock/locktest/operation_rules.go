package locktest

import (
	"fmt"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// operationRules are about work that the vendor finishes later. They take a password where one can
// be created, and every other operation in turn for what concerns IDs.
func operationRules() []rule {
	of := func(name string, run func(t tb, w *world), needs ...lock.Op) rule {
		return rule{of: "operations", name: name, run: run, needs: needs}
	}
	begin := func(t tb, w *world) (*lock.Operation[lock.Password], lock.PasswordSpec) {
		t.Helper()
		kind, _ := w.anyKind()
		s := w.spec(t, kind)
		op, err := w.p.Passwords().Create(t.Context(), w.lock(t), s)
		if err != nil || op == nil {
			t.Fatalf("creating a password: got operation %t and %s, want an operation", op != nil, describe(err))
		}
		return op, s
	}
	pending := func(t tb, w *world) *lock.Operation[lock.Password] {
		t.Helper()
		op, _ := begin(t, w)
		if op.Ended() {
			t.Skipf("this vendor answers at once")
		}
		return op
	}
	var rules []rule
	for _, act := range actions() {
		if !operates(act.op) {
			continue
		}
		rules = append(rules, rule{
			of: "operations", op: act.op, name: fmt.Sprintf("%s can be resumed by its ID", act.op),
			run: func(t tb, w *world) { wantResumable(t, w, act) },
		})
	}
	return append(rules,
		of("one that has ended says so and keeps its outcome", func(t tb, w *world) {
			op, _ := begin(t, w)
			first, err := finish(t, w, op, nil)
			if err != nil {
				t.Fatalf("creating a password: got error %v, want none", err)
			}
			if !op.Ended() {
				t.Errorf("Ended: got false, want true")
			}
			if ended, err := op.Poll(t.Context()); !ended || err != nil {
				t.Errorf("Poll: got %t and %s, want true and no error", ended, describe(err))
			}
			again, err := op.Wait(canceled(t.Context()))
			if err != nil || again.ID != first.ID || op.Latest().ID != first.ID {
				t.Errorf("Wait again: got password %q and %s, want %q", again.ID, describe(err), first.ID)
			}
		}, lock.CreatePassword),
		of("who waits is told when the vendor is done", func(t tb, w *world) {
			op := pending(t, w)
			done := make(chan error, 1)
			go func() { done <- discard(op.Wait(t.Context())) }()
			w.settle()
			for deadline := time.Now().Add(w.patience); time.Now().Before(deadline); {
				select {
				case err := <-done:
					if err != nil {
						t.Errorf("Wait: got error %v, want none", err)
					}
					return
				case <-time.After(20 * time.Millisecond):
					if w.Advance != nil {
						w.Advance(10 * time.Second)
					}
				}
			}
			t.Errorf("Wait did not return within %s of the vendor being done", w.patience)
		}, lock.CreatePassword),
		of("a callback ends the wait at once", func(t tb, w *world) {
			w.need(t, w.Settle != nil, "Settle")
			rec := w.receive(t)
			op := pending(t, w)
			done := make(chan error, 1)
			go func() { done <- discard(op.Wait(t.Context())) }()
			w.Settle()
			if !w.soon(func() {
				if err := <-done; err != nil {
					done <- err
				}
			}) {
				rec.mu.Lock()
				n := len(rec.deliveries)
				rec.mu.Unlock()
				t.Fatalf("the vendor is done and has sent %d callbacks, and Wait did not return within %s", n, w.patience)
			}
			if len(done) > 0 {
				t.Errorf("Wait: got error %v, want none", <-done)
			}
		}, lock.CreatePassword, lock.ReceiveEvents),
		of("a wait that is cut short leaves the operation going", func(t tb, w *world) {
			op := pending(t, w)
			var err error
			if !w.soon(func() { _, err = op.Wait(canceled(t.Context())) }) {
				t.Fatalf("Wait went on for %s after its context had ended", w.patience)
			}
			wantCanceled(t, "Wait", err)
			if op.Ended() {
				t.Errorf("Ended after the wait was cut short: got true, want false")
			}
			if _, err := finish(t, w, op, nil); err != nil {
				t.Errorf("waiting again: got error %v, want none", err)
			}
		}, lock.CreatePassword),
		of("many can be waited for together", func(t tb, w *world) {
			a, _ := begin(t, w)
			b, _ := begin(t, w)
			for _, op := range []*lock.Operation[lock.Password]{a, b} {
				if _, err := finish(t, w, op, nil); err != nil {
					t.Fatalf("creating a password: got error %v, want none", err)
				}
			}
			got, err := lock.WaitAll(t.Context(), a, b)
			if err != nil || len(got) != 2 || got[0].ID != a.Latest().ID || got[1].ID != b.Latest().ID {
				t.Errorf("got %d passwords and %s, want both in their order", len(got), describe(err))
			}
		}, lock.CreateTimedPassword),
		of("an ID of another kind of operation is refused", func(t tb, w *world) {
			op := pending(t, w)
			_, err := lock.Resume[lock.Home](w.Provider, op.ID())
			wantKind(t, "resuming the making of a password as that of a home", err, lock.ErrInvalidArgument)
		}, lock.CreatePassword),
		of("each is its own", func(t tb, w *world) {
			a := pending(t, w)
			b := pending(t, w)
			if a.ID() == b.ID() {
				t.Fatalf("two operations: got the ID %q twice", a.ID())
			}
			first, err := finish(t, w, a, nil)
			if err != nil {
				t.Fatalf("the first: got error %v, want none", err)
			}
			resumed, err := lock.Resume[lock.Password](w.another(), b.ID())
			second, err := finish(t, w, resumed, err)
			if err != nil {
				t.Fatalf("the second, resumed: got error %v, want none", err)
			}
			if first.ID == second.ID {
				t.Errorf("two operations: got password %q from both, want two", first.ID)
			}
		}, lock.CreatePassword),
	)
}

// another is the provider of another process, or this one where the world offers none.
func (w *world) another() lock.Provider {
	if w.Again != nil {
		return w.Again()
	}
	return w.Provider
}

// operates reports whether op returns an Operation.
func operates(op lock.Op) bool {
	switch op {
	case lock.CreateHome, lock.UpdateHome, lock.AddRooms, lock.UpdateRoom, lock.DeleteRoom, lock.RenameLock,
		lock.CreatePassword, lock.ReadMeter, lock.ConfigureMeter:
		return false // the last three by their variants
	}
	return mutates(op)
}

func wantResumable(t tb, w *world, act action) {
	t.Helper()
	s, err := act.call(t.Context(), w.p, w.args(t, act))
	if err != nil {
		t.Fatalf("%s: got error %v, want none", act.op, err)
	}
	if s.id == "" {
		if !s.ended() {
			t.Fatalf("an operation under way: got no ID, want one to store")
		}
		t.Skipf("this vendor answers at once")
	}
	var resumed started
	w.quietly(t, "Resume", func() { resumed, err = s.resume(w.another()) })
	if err != nil {
		t.Fatalf("Resume: got error %v, want the operation", err)
	}
	if resumed.id != s.id {
		t.Errorf("ID of the resumed operation: got %q, want %q", resumed.id, s.id)
	}
	want, err := s.finish(t, w)
	if err != nil {
		t.Fatalf("%s: got error %v, want none", act.op, err)
	}
	got, err := resumed.finish(t, w)
	if err != nil {
		t.Fatalf("the resumed operation: got error %v, want none", err)
	}
	if !sameIdentity(got, want) {
		t.Errorf("the resumed operation: got another outcome than the first, want the same")
	}
	late, err := s.resume(w.another())
	if err != nil {
		t.Fatalf("Resume after the end: got error %v, want the operation", err)
	}
	if _, err := late.finish(t, w); err != nil {
		t.Errorf("the operation resumed after its end: got error %v, want none", err)
	}
}

// sameIdentity reports whether two outcomes are about the same thing.
func sameIdentity(a, b any) bool {
	switch a := a.(type) {
	case lock.Home:
		b, ok := b.(lock.Home)
		return ok && a.ID == b.ID
	case lock.Lock:
		b, ok := b.(lock.Lock)
		return ok && a.ID == b.ID
	case lock.Key:
		b, ok := b.(lock.Key)
		return ok && a.ID == b.ID
	case lock.Password:
		b, ok := b.(lock.Password)
		return ok && a.ID == b.ID
	case lock.Meter:
		b, ok := b.(lock.Meter)
		return ok && a.ID == b.ID
	case lock.Reading:
		b, ok := b.(lock.Reading)
		return ok && a.Device == b.Device
	case lock.Receipt:
		b, ok := b.(lock.Receipt)
		return ok && a.Order == b.Order
	}
	return false
}
