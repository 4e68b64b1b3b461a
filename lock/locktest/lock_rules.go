package locktest

import (
	"context"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func lockRules() []rule {
	rules := listRules(lock.ListLocks, func(_ tb, ctx context.Context, w *world) ([]lock.Lock, error) {
		return walk(ctx, w.p.Locks().List(ctx, lock.LockQuery{}))
	}, func(l lock.Lock) lock.DeviceID { return l.ID })

	r := about(lock.ListLocks)
	rules = append(rules,
		r("the lock of the world is listed", func(t tb, w *world) {
			if got := all(t, "locks", w.p.Locks().List(t.Context(), lock.LockQuery{})); !hasLock(got, w.lock(t)) {
				t.Errorf("got %d locks without %s, want it listed", len(got), w.lock(t))
			}
		}),
		r("a query finds the locks of a home and no others", func(t tb, w *world) {
			home := w.Home
			if l, ok := lockOf(all(t, "locks", w.p.Locks().List(t.Context(), lock.LockQuery{})), w.lock(t)); ok && l.Home != "" {
				home = l.Home
			}
			if home == "" {
				t.Skipf("the lock stands in no home")
			}
			got, err := drain(w.p.Locks().List(t.Context(), lock.LockQuery{Home: home}))
			if err != nil {
				wantKind(t, "asking for the locks of a home", err, lock.ErrInvalidArgument, lock.ErrUnsupported)
				return
			}
			if !hasLock(got, w.lock(t)) {
				t.Errorf("asked for the home of the lock: got %d locks without it, want it", len(got))
			}
			for _, l := range got {
				if l.Home != "" && l.Home != home {
					t.Errorf("asked for home %s: got a lock of home %s, want only what matches", home, l.Home)
				}
			}
		}),
		r("a query by what it cannot narrow by is refused, never ignored", func(t tb, w *world) {
			for what, q := range map[string]lock.LockQuery{
				"an unknown home":     {Home: w.missing().Home},
				"an unknown room":     {Home: w.Home, Room: w.missing().Room},
				"a holder of nothing": {Holder: "holder-of-nothing"},
			} {
				got, err := drain(w.p.Locks().List(t.Context(), q))
				if len(got) > 0 {
					t.Errorf("asked for the locks of %s: got %d, want none", what, len(got))
				}
				if err != nil {
					wantKind(t, "the locks of "+what, err, lock.ErrNotFound, lock.ErrInvalidArgument, lock.ErrUnsupported)
				}
			}
		}),
		r("a battery that has not reported is nil", func(t tb, w *world) {
			w.need(t, w.Fresh != "", "Fresh lock")
			l, ok := lockOf(all(t, "locks", w.p.Locks().List(t.Context(), lock.LockQuery{})), w.Fresh)
			if !ok {
				t.Fatalf("the fresh lock is not listed")
			}
			wantNothingKnown(t, l)
		}),
	)

	r = about(lock.GetLock)
	rules = append(rules,
		r("it returns the lock that was asked for", func(t tb, w *world) {
			l, err := w.p.Locks().Get(t.Context(), w.lock(t))
			if err != nil {
				t.Fatalf("got error %v, want none", err)
			}
			if l.ID != w.lock(t) {
				t.Errorf("ID: got %q, want %q", l.ID, w.lock(t))
			}
		}),
		r("a battery that has not reported is nil", func(t tb, w *world) {
			w.need(t, w.Fresh != "", "Fresh lock")
			l, err := w.p.Locks().Get(t.Context(), w.Fresh)
			if err != nil {
				t.Fatalf("getting the fresh lock: got error %v, want none", err)
			}
			wantNothingKnown(t, l)
		}),
		r("it agrees with the list", func(t tb, w *world) {
			l, err := w.p.Locks().Get(t.Context(), w.lock(t))
			if err != nil {
				t.Fatalf("got error %v, want none", err)
			}
			in, ok := lockOf(all(t, "locks", w.p.Locks().List(t.Context(), lock.LockQuery{})), l.ID)
			if !ok {
				t.Fatalf("the lock is not listed")
			}
			if in.Name != "" && in.Name != l.Name {
				t.Errorf("Name: got %q from the list, want %q as from Get", in.Name, l.Name)
			}
			if in.Battery != nil && (l.Battery == nil || *in.Battery != *l.Battery) {
				t.Errorf("Battery: got %d from the list, want it from Get as well", *in.Battery)
			}
		}, lock.ListLocks),
	)

	rules = append(rules, about(lock.RenameLock)("a renamed lock has its new name", func(t tb, w *world) {
		const name = "side door"
		if err := w.p.Locks().Rename(t.Context(), w.lock(t), name); err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		if w.can(lock.GetLock) {
			if l, err := w.p.Locks().Get(t.Context(), w.lock(t)); err != nil || l.Name != name {
				t.Errorf("getting the lock: got name %q and %s, want %q", l.Name, describe(err), name)
			}
		}
		if w.can(lock.ListLocks) {
			l, ok := lockOf(all(t, "locks", w.p.Locks().List(t.Context(), lock.LockQuery{})), w.lock(t))
			if !ok || l.Name != name && l.Name != "" {
				t.Errorf("listing the lock: got name %q (listed: %t), want %q", l.Name, ok, name)
			}
		}
	}))

	r = about(lock.OpenLock)
	return append(rules,
		r("opening without a person is refused before any call", func(t tb, w *world) {
			id := w.lock(t)
			w.wantRefused(t, "opening for nobody", func() error {
				return discard(w.p.Locks().Open(t.Context(), id, lock.Person{}))
			})
		}),
		r("the door opens once", func(t tb, w *world) {
			w.need(t, w.Opened != nil, "Opened")
			id := w.lock(t)
			before := w.Opened(id)
			must[lock.Lock](t, w, "opening the lock")(w.p.Locks().Open(t.Context(), id, w.Operator))
			if got := w.Opened(id) - before; got != 1 {
				t.Errorf("the door opened %d times, want once", got)
			}
		}),
	)
}

func lockOf(locks []lock.Lock, id lock.DeviceID) (lock.Lock, bool) {
	i := slices.IndexFunc(locks, func(l lock.Lock) bool { return l.ID == id })
	if i < 0 {
		return lock.Lock{}, false
	}
	return locks[i], true
}

func hasLock(locks []lock.Lock, id lock.DeviceID) bool {
	_, ok := lockOf(locks, id)
	return ok
}

// wantNothingKnown checks a lock that has not reported its battery and signal.
func wantNothingKnown(t tb, l lock.Lock) {
	t.Helper()
	if l.Battery != nil {
		t.Errorf("Battery: got %d, want nil for unknown", *l.Battery)
	}
	if l.Signal != nil {
		t.Errorf("Signal: got %d, want nil for unknown", *l.Signal)
	}
	for field, at := range map[string]time.Time{"BatteryAt": l.BatteryAt, "SignalAt": l.SignalAt} {
		if !at.IsZero() {
			t.Errorf("%s: got %s, want the zero time for unknown", field, at)
		}
	}
}
