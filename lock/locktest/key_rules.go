package locktest

import (
	"context"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func keyRules() []rule {
	keyID := func(k lock.Key) lock.KeyID { return k.ID }
	listOf := func(op lock.Op, query func(t tb, w *world) lock.KeyQuery) []rule {
		return listRules(op, func(t tb, ctx context.Context, w *world) ([]lock.Key, error) {
			return walk(ctx, w.p.Keys().List(ctx, query(t, w)))
		}, keyID)
	}
	ofLock := func(t tb, w *world) lock.KeyQuery { return lock.KeyQuery{Device: w.lock(t)} }
	unowned := func(t tb, w *world) lock.KeyQuery { return lock.KeyQuery{Device: w.lock(t), Unowned: true} }
	rules := slices.Concat(listOf(lock.ListKeysOfLock, ofLock), listOf(lock.ListUnownedKeys, unowned))

	rules = append(rules,
		about(lock.ListKeysOfLock)("the keys of the lock are listed", func(t tb, w *world) {
			want := w.key(t)
			got := all(t, "keys", w.p.Keys().List(t.Context(), ofLock(t, w)))
			if !hasKey(got, want) {
				t.Errorf("got %d keys without %s, want it listed", len(got), want)
			}
			for _, k := range got {
				if k.Device != w.lock(t) {
					t.Errorf("key %s: got device %q, want %q", k.ID, k.Device, w.lock(t))
				}
			}
		}),
		about(lock.ListKeysOfPerson)("the keys of a person are listed and nobody else's", func(t tb, w *world) {
			want := w.key(t)
			if w.Person.ID == "" {
				t.Fatalf("the world's Person has no ID to ask for")
			}
			got := all(t, "keys", w.p.Keys().List(t.Context(), lock.KeyQuery{Device: w.lock(t), Holder: w.Person.ID}))
			if !hasKey(got, want) {
				t.Errorf("got %d keys without %s, want it listed", len(got), want)
			}
			for _, k := range got {
				if k.Holder.ID != "" && k.Holder.ID != w.Person.ID || w.Unowned != "" && k.ID == w.Unowned {
					t.Errorf("key %s: got holder %q, want only keys of %q", k.ID, k.Holder.ID, w.Person.ID)
				}
			}
			none, err := drain(w.p.Keys().List(t.Context(), lock.KeyQuery{Device: w.lock(t), Holder: "holder-of-nothing"}))
			if len(none) > 0 {
				t.Errorf("asked for the keys of somebody without any: got %d and %s, want none", len(none), describe(err))
			}
		}),
		about(lock.ListUnownedKeys)("the keys that nobody owns are listed and no others", func(t tb, w *world) {
			w.need(t, w.Unowned != "", "Unowned key")
			got := all(t, "keys", w.p.Keys().List(t.Context(), unowned(t, w)))
			if !hasKey(got, w.Unowned) {
				t.Errorf("got %d keys without %s, want it listed", len(got), w.Unowned)
			}
			for _, k := range got {
				if !k.Holder.IsZero() || k.ID == w.Key {
					t.Errorf("key %s is somebody's, want only keys that nobody owns", k.ID)
				}
			}
		}),
	)

	r := about(lock.GrantKey)
	rules = append(rules,
		r("a granted key is listed once, with its person", func(t tb, w *world) {
			before := len(all(t, "keys", w.p.Keys().List(t.Context(), ofLock(t, w))))
			g := w.grant()
			k := must[lock.Key](t, w, "granting a key")(w.p.Keys().Grant(t.Context(), w.lock(t), g))
			got := all(t, "keys", w.p.Keys().List(t.Context(), ofLock(t, w)))
			want := before + 1
			if g.Key != "" {
				want = before // it was enrolled already
			}
			if len(got) != want {
				t.Errorf("got %d keys, want %d", len(got), want)
			}
			found, ok := keyOf(got, k.ID)
			if !ok {
				t.Fatalf("got %d keys without %s, want it listed", len(got), k.ID)
			}
			if found.Holder.IsZero() {
				t.Errorf("key %s: got no holder, want the person it was given to", k.ID)
			}
		}, lock.ListKeysOfLock),
		r("a key without an end has to be called permanent", func(t tb, w *world) {
			id, g := w.lock(t), w.grant()
			g.Window.Until, g.Permanent = time.Time{}, false
			w.wantRefused(t, "granting a key without an end", func() error {
				return discard(w.p.Keys().Grant(t.Context(), id, g))
			})
		}),
		r("a permanent key with an end is refused", func(t tb, w *world) {
			id, g := w.lock(t), w.grant()
			g.Window.Until, g.Permanent = w.later(48*time.Hour), true
			w.wantRefused(t, "granting a permanent key with an end", func() error {
				return discard(w.p.Keys().Grant(t.Context(), id, g))
			})
		}),
		r("a key keeps exactly its window or is refused", func(t tb, w *world) {
			g := w.grant()
			g.Permanent = false
			g.Window = lock.Window{From: w.later(2 * time.Hour), Until: w.later(50 * time.Hour)}
			op, err := w.p.Keys().Grant(t.Context(), w.lock(t), g)
			k, err := finish(t, w, op, err)
			if err != nil {
				wantKind(t, "granting a key for a time", err, lock.ErrInvalidArgument, lock.ErrUnsupported)
				return
			}
			found, ok := keyOf(all(t, "keys", w.p.Keys().List(t.Context(), ofLock(t, w))), k.ID)
			if !ok || !sameWindow(found.Window, g.Window) {
				t.Errorf("listed: %t, window: got %s, want %s", ok, found.Window, g.Window)
			}
		}, lock.ListKeysOfLock),
	)

	rules = append(rules, about(lock.UpdateKey)("it changes what the key shall be", func(t tb, w *world) {
		g := w.grant()
		k := must[lock.Key](t, w, "granting a key")(w.p.Keys().Grant(t.Context(), w.lock(t), g))
		was, ok := keyOf(all(t, "keys", w.p.Keys().List(t.Context(), ofLock(t, w))), k.ID)
		if !ok {
			t.Fatalf("the granted key %s is not listed", k.ID)
		}
		g.Key, g.Permanent = "", false
		g.Window = lock.Window{From: w.later(3 * time.Hour), Until: w.later(99 * time.Hour)}
		op, err := w.p.Keys().Update(t.Context(), w.lock(t), k.ID, g)
		if _, err = finish(t, w, op, err); err != nil {
			wantKind(t, "changing the window", err, lock.ErrInvalidArgument, lock.ErrUnsupported)
			return
		}
		found, ok := keyOf(all(t, "keys", w.p.Keys().List(t.Context(), ofLock(t, w))), k.ID)
		if !ok || !sameWindow(found.Window, g.Window) {
			t.Errorf("listed: %t, window: got %s, want %s", ok, found.Window, g.Window)
		}
		if ok && (found.Holder.ID != was.Holder.ID || found.Holder.Name != was.Holder.Name) {
			t.Errorf("holder: got %q, want %q as before", found.Holder.Name, was.Holder.Name)
		}
	}, lock.GrantKey, lock.ListKeysOfLock))

	rules = append(rules, about(lock.RevokeKey)("a revoked key is no longer its person's", func(t tb, w *world) {
		id := w.key(t)
		must[lock.Key](t, w, "revoking a key")(w.p.Keys().Revoke(t.Context(), w.lock(t), id))
		got := all(t, "keys", w.p.Keys().List(t.Context(), ofLock(t, w)))
		if k, ok := keyOf(got, id); ok && !k.Holder.IsZero() {
			t.Errorf("the revoked key %s still has a holder, want it gone or nobody's", id)
		}
	}, lock.ListKeysOfLock))
	rules = append(rules, about(lock.RevokeKey)("what is enrolled in the lock stays there", func(t tb, w *world) {
		w.need(t, w.Key != "", "Key")
		must[lock.Key](t, w, "revoking a key")(w.p.Keys().Revoke(t.Context(), w.lock(t), w.Key))
		if got := all(t, "keys", w.p.Keys().List(t.Context(), unowned(t, w))); !hasKey(got, w.Key) {
			t.Errorf("got %d unowned keys without the revoked %s, want it among them", len(got), w.Key)
		}
	}, lock.ListUnownedKeys))
	return append(rules, about(lock.DeleteKey)("a deleted key is no longer in the lock", func(t tb, w *world) {
		id := w.key(t)
		before := all(t, "keys", w.p.Keys().List(t.Context(), ofLock(t, w)))
		must[lock.Key](t, w, "deleting a key")(w.p.Keys().Delete(t.Context(), w.lock(t), id))
		got := all(t, "keys", w.p.Keys().List(t.Context(), ofLock(t, w)))
		if hasKey(got, id) {
			t.Errorf("got the deleted key %s, want it gone", id)
		}
		if want := len(before) - 1; len(got) != want {
			t.Errorf("got %d keys after one was deleted, want %d", len(got), want)
		}
	}, lock.ListKeysOfLock))
}

func keyOf(keys []lock.Key, id lock.KeyID) (lock.Key, bool) {
	i := slices.IndexFunc(keys, func(k lock.Key) bool { return k.ID == id })
	if i < 0 {
		return lock.Key{}, false
	}
	return keys[i], true
}

func hasKey(keys []lock.Key, id lock.KeyID) bool {
	_, ok := keyOf(keys, id)
	return ok
}
