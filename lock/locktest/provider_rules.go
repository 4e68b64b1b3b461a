package locktest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func providerRules() []rule {
	always := func(name string, run func(t tb, w *world)) rule {
		return rule{of: "provider", name: name, run: run}
	}
	return []rule{
		always("the vendor has a name", func(t tb, w *world) {
			if got := w.p.Vendor(); got == "" {
				t.Errorf("Vendor: got %q, want a name", got)
			}
		}),
		always("no area is nil", func(t tb, w *world) {
			p := w.Provider
			for area, is := range map[string]bool{
				"Homes": p.Homes() == nil, "Locks": p.Locks() == nil, "Keys": p.Keys() == nil,
				"Passwords": p.Passwords() == nil, "Meters": p.Meters() == nil, "Events": p.Events() == nil,
			} {
				if is {
					t.Errorf("%s: got nil, want an area that answers ErrUnsupported to what it lacks", area)
				}
			}
		}),
		always("what is supported is known without a call", func(t tb, w *world) {
			w.quietly(t, "Supports", func() {
				for _, op := range lock.Ops() {
					if first, second := w.p.Supports(op), w.p.Supports(op); first != second {
						t.Errorf("Supports(%s): got %t, then %t, want the same answer", op, first, second)
					}
				}
			})
		}),
		always("what has no name in package lock is not supported", func(t tb, w *world) {
			for _, op := range []lock.Op{"", "doors.paint"} {
				if w.p.Supports(op) {
					t.Errorf("Supports(%q): got true, want false", op)
				}
			}
		}),
		always("who supports a variant supports its parent", func(t tb, w *world) {
			for _, op := range lock.Ops() {
				if parent, ok := op.Parent(); ok && w.p.Supports(op) && !w.p.Supports(parent) {
					t.Errorf("Supports(%s): got false, want true as for its variant %s", parent, op)
				}
			}
		}),
		always("who supports an operation with variants says which", func(t tb, w *world) {
			for _, op := range lock.Ops() {
				variants, some := variantsOf(op), false
				for _, v := range variants {
					some = some || w.p.Supports(v)
				}
				if len(variants) > 0 && w.p.Supports(op) && !some {
					t.Errorf("Supports(%s): got true, but no variant is supported, want one of %v", op, variants)
				}
			}
		}),
		always("check succeeds with good credentials", func(t tb, w *world) {
			if err := w.p.Check(t.Context()); err != nil {
				t.Errorf("Check: got error %v, want none", err)
			}
		}),
		always("check ends with its context", func(t tb, w *world) {
			w.quietly(t, "Check", func() {
				wantCanceled(t, "Check", w.p.Check(canceled(t.Context())))
			})
		}),
		always("what is no operation ID cannot be resumed", func(t tb, w *world) {
			w.quietly(t, "Resume", func() {
				for _, id := range []string{"", "nonsense", "passwords.create", "/", "*"} {
					if v, err := w.Provider.Resume(id); err == nil || v != nil {
						t.Errorf("Resume(%q): got %T and %s, want an error alone", id, v, describe(err))
					}
				}
			})
		}),
		always("it can be used by many at once", func(t tb, w *world) {
			calls := map[string]func() error{"Check": func() error { return w.p.Check(t.Context()) }}
			for _, act := range actions() {
				if !w.can(act.op) || mutates(act.op) || act.op == lock.WatchEvents {
					continue
				}
				a := w.args(t, act)
				calls[string(act.op)] = func() error { return discard(act.call(t.Context(), w.p, a)) }
			}
			var wg sync.WaitGroup
			var mu sync.Mutex
			failed := make(map[string]error)
			for i := range 16 {
				wg.Go(func() {
					for name, call := range calls {
						if err := caught(call); err != nil {
							mu.Lock()
							failed[fmt.Sprintf("%s in goroutine %d", name, i)] = err
							mu.Unlock()
						}
					}
				})
			}
			wg.Wait()
			for name, err := range failed {
				t.Errorf("%s: got error %v, want none", name, err)
			}
		}),
	}
}

// caught turns a panic of f into an error, for goroutines.
func caught(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// canceled is a context that has ended.
func canceled(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

func wantCanceled(t tb, what string, err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%s: got %s, want context.Canceled", what, describe(err))
	}
}

// everyOpRules are the rules that are the same for all operations.
func everyOpRules() []rule {
	var rules []rule
	for _, act := range actions() {
		add := func(name string, run func(t tb, w *world)) {
			rules = append(rules, rule{of: string(act.op), op: act.op, name: name, run: run})
		}
		rules = append(rules, rule{
			of: string(act.op), op: act.op, not: true, name: "it is refused as unsupported, without a call",
			run: func(t tb, w *world) { wantUnsupported(t, w, act) },
		})
		if act.op == lock.ReceiveEvents {
			add("it works", func(t tb, w *world) {
				if _, err := act.call(t.Context(), w.p, args{}); err != nil {
					t.Errorf("got %v, want a handler", err)
				}
			})
			continue
		}
		if act.op != lock.WatchEvents { // has a rule of its own
			add("it works", func(t tb, w *world) { wantWorks(t, w, act) })
		}
		add("an ended context makes no call", func(t tb, w *world) {
			a := w.args(t, act)
			w.quietly(t, string(act.op), func() {
				var err error
				ctx := canceled(t.Context())
				if !w.soon(func() { _, err = act.call(ctx, w.p, a) }) {
					t.Fatalf("the call did not end within %s, want it to end with its context", w.patience)
				}
				wantCanceled(t, string(act.op), err)
			})
		})
		add("a call that stays unanswered ends with its context", func(t tb, w *world) { wantEndsStalled(t, w, act) })
		if act.uses&^usesOrder != 0 {
			add("an empty id is refused", func(t tb, w *world) {
				for what, blank := range blanked(act.uses, IDs{}) {
					a := w.args(t, act)
					_, err := act.call(t.Context(), w.p, blank(a))
					if mutates(act.op) || err != nil {
						wantKind(t, "an empty "+what, err, lock.ErrInvalidArgument, lock.ErrNotFound)
					}
				}
			})
			add("an unknown id is ErrNotFound", func(t tb, w *world) {
				for what, blank := range blanked(act.uses, w.missing()) {
					a := blank(w.args(t, act))
					wantNotFound(t, w, act, "an unknown "+what, a)
				}
			})
		}
	}
	return rules
}

// blanked are ways to spoil one id of the arguments each, by what the id is of.
func blanked(u uses, with IDs) map[string]func(args) args {
	ways := make(map[string]func(args) args)
	way := func(flag uses, what string, spoil func(*IDs)) {
		if u&flag != 0 {
			ways[what] = func(a args) args {
				spoil(&a.IDs)
				return a
			}
		}
	}
	way(usesHome, "home", func(i *IDs) { i.Home = with.Home })
	way(usesRoom, "room", func(i *IDs) { i.Room = with.Room })
	way(usesLock, "lock", func(i *IDs) { i.Lock = with.Lock })
	way(usesKey, "key", func(i *IDs) { i.Key = with.Key })
	way(usesPassword, "password", func(i *IDs) { i.Password = with.Password })
	way(usesMeter, "meter", func(i *IDs) { i.Meter = with.Meter })
	return ways
}

// wantNotFound checks a call about something that does not exist. A list may also be empty.
func wantNotFound(t tb, w *world, act action, what string, a args) {
	t.Helper()
	s, err := act.call(t.Context(), w.p, a)
	if err == nil && s.finish != nil {
		_, err = s.finish(t, w)
	}
	if err != nil || !isList(act.op) {
		wantKind(t, what, err, lock.ErrNotFound)
	}
}

func isList(op lock.Op) bool {
	switch op {
	case lock.ListDevices, lock.ListKeys, lock.ListKeysOfLock, lock.ListKeysOfPerson, lock.ListUnownedKeys,
		lock.ListPasswords, lock.MeterHistory, lock.ListEvents:
		return true
	}
	return false
}

func wantWorks(t tb, w *world, act action) {
	t.Helper()
	s, err := act.call(t.Context(), w.p, w.args(t, act))
	if err != nil {
		t.Fatalf("%s is supported: got error %v, want it to work", act.op, err)
	}
	if s.finish == nil {
		return
	}
	if !s.ended() && s.id == "" {
		t.Errorf("an operation under way: got no ID, want one to store")
	}
	if _, err := s.finish(t, w); err != nil {
		t.Errorf("%s is supported: got error %v, want its operation to succeed", act.op, err)
	}
}

func wantUnsupported(t tb, w *world, act action) {
	t.Helper()
	a := w.strangers(act.op)
	if act.op == lock.ReadWater && w.WaterMeter == "" || act.op == lock.ReadElectricity && w.Meter == "" {
		if parent, _ := act.op.Parent(); w.can(parent) {
			t.Skipf("the world has no meter that could be taken for one that can be read")
		}
	}
	var err error
	w.quietly(t, string(act.op), func() { _, err = act.call(t.Context(), w.p, a) })
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("%s is not supported: got %s, want one for which errors.Is(err, errors.ErrUnsupported) holds", act.op, describe(err))
	}
	var e *lock.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s is not supported: got a %T, want a *lock.Error", act.op, err)
	}
	if e.Vendor == "" || w.For == nil && e.Vendor != w.p.Vendor() {
		t.Errorf("%s is not supported: got an error of vendor %q, want it to name %q", act.op, e.Vendor, w.p.Vendor())
	}
	if !sameOp(e.Op, act.op) {
		t.Errorf("%s is not supported: got an error of operation %q, want it to name the operation", act.op, e.Op)
	}
}

func wantEndsStalled(t tb, w *world, act action) {
	t.Helper()
	w.need(t, w.Stall != nil, "Stall")
	a := w.args(t, act)
	arrived, resume := w.Stall()
	t.Cleanup(resume)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- caught(func() error { return discard(act.call(ctx, w.p, a)) }) }()
	select {
	case <-arrived:
	case err := <-ended:
		if err != nil {
			t.Errorf("before its context ended: got %s, want it to wait for the vendor", describe(err))
		}
		return // it needs no answer
	case <-time.After(w.patience):
		t.Fatalf("no call reached the vendor within %s", w.patience)
	}
	cancel()
	select {
	case err := <-ended:
		wantCanceled(t, string(act.op), err)
	case <-time.After(w.patience):
		resume()
		t.Fatalf("the call went on for %s after its context had ended, want it to end at once", w.patience)
	}
}
