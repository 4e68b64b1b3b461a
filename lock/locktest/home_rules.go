package locktest

import (
	"context"
	"errors"
	"slices"

	"github.com/smartlock-sdk/smartlock/lock"
)

// about makes rules of one operation.
func about(op lock.Op) func(name string, run func(t tb, w *world), needs ...lock.Op) rule {
	return func(name string, run func(t tb, w *world), needs ...lock.Op) rule {
		return rule{of: string(op), op: op, name: name, run: run, needs: needs}
	}
}

// listRules are the rules of every list: list runs it, id tells its items apart.
func listRules[T any, K ~string](op lock.Op, list func(t tb, ctx context.Context, w *world) ([]T, error), id func(T) K) []rule {
	r := about(op)
	whole := func(t tb, w *world) []T {
		t.Helper()
		items, err := list(t, t.Context(), w)
		if err != nil {
			t.Fatalf("%s: got error %v, want none", op, err)
		}
		return items
	}
	return []rule{
		r("each item is yielded once", func(t tb, w *world) {
			wantOnce(t, string(op), ids(whole(t, w), id))
		}),
		r("no item is lost between pages", func(t tb, w *world) {
			w.need(t, w.Fill != nil, "Fill")
			before := whole(t, w)
			added := w.Fill(op)
			if added == 0 {
				t.Skipf("the world cannot Fill %s", op)
			}
			after := whole(t, w)
			if got, want := len(after), len(before)+added; got != want {
				t.Errorf("after %d more were added: got %d items, want %d", added, got, want)
			}
			wantOnce(t, string(op), ids(after, id))
		}),
		r("a context that ends ends the loop", func(t tb, w *world) {
			if w.Fill != nil {
				w.Fill(op)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			items, err := list(t, context.WithValue(ctx, onFirst{}, cancel), w)
			if err != nil {
				wantCanceled(t, string(op), err)
			} else if total := len(whole(t, w)); len(items) < total {
				t.Errorf("the context ended after the first item: got %d of %d items and no error, want context.Canceled", len(items), total)
			}
		}),
		r("breaking the loop ends it", func(t tb, w *world) {
			if w.Fill != nil {
				w.Fill(op)
			}
			items, err := list(t, context.WithValue(t.Context(), onFirst{}, stopLoop{}), w)
			if err != nil || len(items) > 1 {
				t.Errorf("left after the first item: got %d items and %s, want at most one and no error", len(items), describe(err))
			}
		}),
	}
}

// onFirst is the key under which a context says what walk does at the first item.
type onFirst struct{}

// stopLoop has walk leave the loop.
type stopLoop struct{}

// walk runs a list, doing at the first item what ctx says.
func walk[T any](ctx context.Context, seq func(func(T, error) bool)) (items []T, err error) {
	seq(func(v T, e error) bool {
		if e != nil {
			err = errors.Join(err, e)
			return true
		}
		items = append(items, v)
		switch do := ctx.Value(onFirst{}).(type) {
		case context.CancelFunc:
			do()
		case stopLoop:
			return false
		}
		return true
	})
	return items, err
}

func homeRules() []rule {
	rules := listRules(lock.ListHomes, func(_ tb, ctx context.Context, w *world) ([]lock.Home, error) {
		return walk(ctx, w.p.Homes().List(ctx, lock.HomeQuery{}))
	}, func(h lock.Home) lock.HomeID { return h.ID })
	rules = append(rules, listRules(lock.ListDevices, func(t tb, ctx context.Context, w *world) ([]lock.Device, error) {
		return walk(ctx, w.p.Homes().Devices(ctx, w.home(t)))
	}, func(d lock.Device) lock.DeviceID { return d.ID })...)

	r := about(lock.ListHomes)
	rules = append(rules,
		r("the home of the world is listed", func(t tb, w *world) {
			home := w.home(t)
			if got := all(t, "homes", w.p.Homes().List(t.Context(), lock.HomeQuery{})); !slices.ContainsFunc(got, func(h lock.Home) bool { return h.ID == home }) {
				t.Errorf("got %d homes without %s, want it listed", len(got), home)
			}
		}),
		r("a query finds what it describes and nothing else", func(t tb, w *world) {
			wanted, other := w.newHome(t), w.newHome(t)
			found := all(t, "homes", w.p.Homes().List(t.Context(), lock.HomeQuery{Name: wanted.Name}))
			if !slices.ContainsFunc(found, func(h lock.Home) bool { return h.ID == wanted.ID }) {
				t.Errorf("asked for the name %q: got %d homes without the one of that name, want it", wanted.Name, len(found))
			}
			if slices.ContainsFunc(found, func(h lock.Home) bool { return h.ID == other.ID }) {
				t.Errorf("asked for the name %q: got the home named %q as well, want only what matches", wanted.Name, other.Name)
			}
			if none, err := drain(w.p.Homes().List(t.Context(), lock.HomeQuery{Name: "nobody calls it so"})); len(none) > 0 {
				t.Errorf("asked for a name nobody has: got %d homes and %s, want none", len(none), describe(err))
			}
		}, lock.CreateHome),
	)

	r = about(lock.GetHome)
	rules = append(rules,
		r("it returns the home that was asked for, with its rooms", func(t tb, w *world) {
			home, err := w.p.Homes().Get(t.Context(), w.home(t))
			if err != nil {
				t.Fatalf("got error %v, want none", err)
			}
			if home.ID != w.home(t) {
				t.Errorf("ID: got %q, want %q", home.ID, w.home(t))
			}
			if w.Room != "" && roomOf(home, w.Room) == nil {
				t.Errorf("got %d rooms without %s, want it among them", len(home.Rooms), w.Room)
			}
		}),
	)

	r = about(lock.CreateHome)
	rules = append(rules,
		r("a created home is found again as it was described", func(t tb, w *world) {
			spec := w.homeSpec()
			made, err := w.p.Homes().Create(t.Context(), spec)
			if err != nil {
				t.Fatalf("got error %v, want none", err)
			}
			if made.ID == "" {
				t.Fatalf("got a home without an ID")
			}
			if made.Name != spec.Name {
				t.Errorf("Name: got %q, want %q", made.Name, spec.Name)
			}
			if w.can(lock.GetHome) {
				found, err := w.p.Homes().Get(t.Context(), made.ID)
				if err != nil {
					t.Fatalf("getting the created home: got error %v, want none", err)
				}
				wantAsDescribed(t, found, spec)
			}
		}),
		r("a created home is listed", func(t tb, w *world) {
			var want []lock.HomeID
			for range 3 {
				want = append(want, w.newHome(t).ID)
			}
			got := ids(all(t, "homes", w.p.Homes().List(t.Context(), lock.HomeQuery{})), func(h lock.Home) lock.HomeID { return h.ID })
			wantOnce(t, "homes", got)
			for _, id := range want {
				if !slices.Contains(got, id) {
					t.Errorf("got %d homes without %s, which was just created", len(got), id)
				}
			}
		}, lock.ListHomes),
		r("a taken id is ErrExists", func(t tb, w *world) {
			spec := w.homeSpec()
			made, err := w.p.Homes().Create(t.Context(), spec)
			if err != nil {
				t.Fatalf("got error %v, want none", err)
			}
			if spec.ID == "" || made.ID != spec.ID {
				t.Skipf("the vendor makes the ids of homes")
			}
			other := w.homeSpec()
			other.ID = spec.ID
			_, err = w.p.Homes().Create(t.Context(), other)
			wantKind(t, "creating a second home with the id", err, lock.ErrExists)
			if found, err := w.p.Homes().Get(t.Context(), made.ID); err != nil || found.Name != spec.Name {
				t.Errorf("the first home: got name %q and %s, want %q as before", found.Name, describe(err), spec.Name)
			}
		}, lock.GetHome),
		r("a home that nothing is known of is refused", func(t tb, w *world) {
			_, err := w.p.Homes().Create(t.Context(), lock.HomeSpec{})
			wantKind(t, "creating a home without any field", err, lock.ErrInvalidArgument)
		}),
	)

	rules = append(rules, about(lock.UpdateHome)("it changes what is set and leaves the rest", func(t tb, w *world) {
		before, after := w.homeSpec(), w.homeSpec()
		after.Kind = lock.HomeContiguous
		made, err := w.p.Homes().Create(t.Context(), before)
		if err != nil {
			t.Fatalf("creating a home: got error %v, want none", err)
		}
		was, err := w.p.Homes().Get(t.Context(), made.ID)
		if err != nil {
			t.Fatalf("getting the home: got error %v, want none", err)
		}
		for _, f := range homeFields() {
			if *f.of(&after) == *f.of(&before) {
				continue // the vendor takes one value only
			}
			var change lock.HomeSpec
			*f.of(&change) = *f.of(&after)
			err := w.p.Homes().Update(t.Context(), made.ID, change)
			now, getErr := w.p.Homes().Get(t.Context(), made.ID)
			if getErr != nil {
				t.Fatalf("getting the home: got error %v, want none", getErr)
			}
			want := was
			if err != nil {
				wantKind(t, "changing "+f.name, err, lock.ErrInvalidArgument)
			} else {
				*f.in(&want) = *f.of(&after)
			}
			for _, g := range homeFields() {
				if got, want := *g.in(&now), *g.in(&want); got != want {
					t.Errorf("after changing %s alone (%s): %s: got %q, want %q", f.name, describe(err), g.name, got, want)
				}
			}
			was = now
		}
	}, lock.CreateHome, lock.GetHome))

	r = about(lock.DeleteHome)
	rules = append(rules,
		r("a deleted home is not found", func(t tb, w *world) {
			home := w.newHome(t)
			must[lock.Home](t, w, "deleting a home")(w.p.Homes().Delete(t.Context(), home.ID))
			_, err := w.p.Homes().Get(t.Context(), home.ID)
			wantKind(t, "getting the deleted home", err, lock.ErrNotFound)
			if w.can(lock.ListHomes) {
				for _, h := range all(t, "homes", w.p.Homes().List(t.Context(), lock.HomeQuery{})) {
					if h.ID == home.ID {
						t.Errorf("got the deleted home %s in the list, want it gone", h.ID)
					}
				}
			}
		}, lock.CreateHome, lock.GetHome),
		r("other homes stay", func(t tb, w *world) {
			stays, goes := w.newHome(t), w.newHome(t)
			must[lock.Home](t, w, "deleting a home")(w.p.Homes().Delete(t.Context(), goes.ID))
			if _, err := w.p.Homes().Get(t.Context(), stays.ID); err != nil {
				t.Errorf("getting another home: got error %v, want none", err)
			}
		}, lock.CreateHome, lock.GetHome),
	)
	return append(rules, roomRules()...)
}

func roomRules() []rule {
	r := about(lock.AddRooms)
	rules := []rule{
		r("added rooms stand in their home", func(t tb, w *world) {
			specs := []lock.RoomSpec{w.roomSpec(), w.roomSpec()}
			added, err := w.p.Homes().AddRooms(t.Context(), w.home(t), specs...)
			if err != nil {
				t.Fatalf("got error %v, want none", err)
			}
			if len(added) != len(specs) {
				t.Fatalf("got %d rooms back, want %d", len(added), len(specs))
			}
			for i, room := range added {
				if room.ID == "" || room.Name != specs[i].Name {
					t.Errorf("room %d: got ID %q and name %q, want an ID and the name %q", i, room.ID, room.Name, specs[i].Name)
				}
			}
			if !w.can(lock.GetHome) {
				return
			}
			home, err := w.p.Homes().Get(t.Context(), w.home(t))
			if err != nil {
				t.Fatalf("getting the home: got error %v, want none", err)
			}
			for i, room := range added {
				found := roomOf(home, room.ID)
				if found == nil {
					t.Errorf("got %d rooms without %s, which was just added", len(home.Rooms), room.ID)
				} else if found.Name != specs[i].Name {
					t.Errorf("room %s: got name %q, want %q", room.ID, found.Name, specs[i].Name)
				}
			}
		}),
		r("a room that is not added has a RoomError", func(t tb, w *world) {
			there := w.newRoom(t, w.home(t))
			taken, fresh := w.roomSpec(), w.roomSpec()
			if taken.ID == "" {
				t.Skipf("the vendor makes the ids of rooms")
			}
			taken.ID = there.ID
			added, err := w.p.Homes().AddRooms(t.Context(), w.home(t), taken, fresh)
			home, getErr := w.p.Homes().Get(t.Context(), w.home(t))
			if getErr != nil {
				t.Fatalf("getting the home: got error %v, want none", getErr)
			}
			if found := roomOf(home, there.ID); found == nil || found.Name != there.Name {
				t.Errorf("the room that was there: got %v, want it as before", found)
			}
			refused := refusedRooms(err)
			if !slices.Contains(refused, taken.ID) {
				t.Errorf("a room whose id is taken: got %s, want a *RoomError for %s", describe(err), taken.ID)
			}
			came := slices.ContainsFunc(added, func(r lock.Room) bool { return r.ID == fresh.ID })
			if came == slices.Contains(refused, fresh.ID) {
				t.Errorf("the other room: returned %t and refused %t, want one of them", came, !came)
			}
			if is := roomOf(home, fresh.ID) != nil; is != came {
				t.Errorf("the other room stands in the home: got %t, want %t as was answered", is, came)
			}
		}, lock.GetHome),
	}
	rules = append(rules, about(lock.UpdateRoom)("it changes what is set and leaves the rest", func(t tb, w *world) {
		spec, change := w.roomSpec(), w.roomSpec()
		rooms, err := w.p.Homes().AddRooms(t.Context(), w.home(t), spec)
		if err != nil || len(rooms) != 1 {
			t.Fatalf("adding a room: got %d rooms and %s, want 1", len(rooms), describe(err))
		}
		id := rooms[0].ID
		find := func() lock.Room {
			home, err := w.p.Homes().Get(t.Context(), w.home(t))
			if err != nil {
				t.Fatalf("getting the home: got error %v, want none", err)
			}
			room := roomOf(home, id)
			if room == nil {
				t.Fatalf("got %d rooms without %s", len(home.Rooms), id)
			}
			return *room
		}
		note := find().Note
		if err := w.p.Homes().UpdateRoom(t.Context(), w.home(t), id, lock.RoomSpec{Name: change.Name}); err != nil {
			t.Fatalf("changing the name: got error %v, want none", err)
		}
		if got := find(); got.Name != change.Name || got.Note != note {
			t.Errorf("after changing the name: got name %q and note %q, want %q and %q", got.Name, got.Note, change.Name, note)
		}
		if change.Note == "" {
			return
		}
		err = w.p.Homes().UpdateRoom(t.Context(), w.home(t), id, lock.RoomSpec{Note: change.Note})
		if err != nil {
			wantKind(t, "changing the note", err, lock.ErrInvalidArgument)
			change.Note = note
		}
		if got := find(); got.Name != change.Name || got.Note != change.Note {
			t.Errorf("after changing the note (%s): got name %q and note %q, want %q and %q", describe(err), got.Name, got.Note, change.Name, change.Note)
		}
	}, lock.AddRooms, lock.GetHome))
	rules = append(rules, about(lock.DeleteRoom)("a deleted room is gone and the others stay", func(t tb, w *world) {
		goes, stays := w.newRoom(t, w.home(t)), w.newRoom(t, w.home(t))
		if err := w.p.Homes().DeleteRoom(t.Context(), w.home(t), goes.ID); err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		home, err := w.p.Homes().Get(t.Context(), w.home(t))
		if err != nil {
			t.Fatalf("getting the home: got error %v, want none", err)
		}
		if roomOf(home, goes.ID) != nil {
			t.Errorf("got the deleted room %s, want it gone", goes.ID)
		}
		if roomOf(home, stays.ID) == nil {
			t.Errorf("got %d rooms without %s, want it to stay", len(home.Rooms), stays.ID)
		}
	}, lock.AddRooms, lock.GetHome))

	rules = append(rules, about(lock.DeleteRoom)("a lock in the room loses its place", func(t tb, w *world) {
		l, err := w.p.Locks().Get(t.Context(), w.lock(t))
		if err != nil {
			t.Fatalf("getting the lock: got error %v, want none", err)
		}
		if l.Room == "" || l.Home == "" {
			t.Skipf("the lock stands in no room")
		}
		if err := w.p.Homes().DeleteRoom(t.Context(), l.Home, l.Room); err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		now, err := w.p.Locks().Get(t.Context(), l.ID)
		if err != nil {
			wantKind(t, "getting the lock", err, lock.ErrNotFound)
		} else if now.Room == l.Room {
			t.Errorf("Room of the lock: got %q, want none, for the room is gone", now.Room)
		}
	}, lock.GetLock))

	r = about(lock.ListDevices)
	return append(rules,
		r("the lock of the home is among its devices", func(t tb, w *world) {
			l, err := w.p.Locks().Get(t.Context(), w.lock(t))
			if err != nil {
				t.Fatalf("getting the lock: got error %v, want none", err)
			}
			if l.Home == "" {
				t.Skipf("the lock stands in no home")
			}
			devices := all(t, "devices", w.p.Homes().Devices(t.Context(), l.Home))
			if !slices.ContainsFunc(devices, func(d lock.Device) bool { return d.ID == l.ID && d.Kind == lock.DeviceLock }) {
				t.Errorf("got %d devices without the lock %s, want it", len(devices), l.ID)
			}
		}, lock.GetLock),
	)
}

func roomOf(h lock.Home, id lock.RoomID) *lock.Room {
	for i := range h.Rooms {
		if h.Rooms[i].ID == id {
			return &h.Rooms[i]
		}
	}
	return nil
}

// refusedRooms lists the rooms for which err holds a *lock.RoomError.
func refusedRooms(err error) []lock.RoomID {
	switch e := err.(type) {
	case *lock.RoomError:
		return []lock.RoomID{e.Room}
	case interface{ Unwrap() []error }:
		var rooms []lock.RoomID
		for _, one := range e.Unwrap() {
			rooms = append(rooms, refusedRooms(one)...)
		}
		return rooms
	case interface{ Unwrap() error }:
		return refusedRooms(e.Unwrap())
	}
	return nil
}

// homeField is a field that a home and its description share.
type homeField struct {
	name string
	of   func(*lock.HomeSpec) *string
	in   func(*lock.Home) *string
}

func homeFields() []homeField {
	return []homeField{
		{"Name", func(s *lock.HomeSpec) *string { return &s.Name }, func(h *lock.Home) *string { return &h.Name }},
		{"Kind", func(s *lock.HomeSpec) *string { return (*string)(&s.Kind) }, func(h *lock.Home) *string { return (*string)(&h.Kind) }},
		{"Country", func(s *lock.HomeSpec) *string { return &s.Country }, func(h *lock.Home) *string { return &h.Country }},
		{"Province", func(s *lock.HomeSpec) *string { return &s.Province }, func(h *lock.Home) *string { return &h.Province }},
		{"City", func(s *lock.HomeSpec) *string { return &s.City }, func(h *lock.Home) *string { return &h.City }},
		{"Zone", func(s *lock.HomeSpec) *string { return &s.Zone }, func(h *lock.Home) *string { return &h.Zone }},
		{"Block", func(s *lock.HomeSpec) *string { return &s.Block }, func(h *lock.Home) *string { return &h.Block }},
		{"Address", func(s *lock.HomeSpec) *string { return &s.Address }, func(h *lock.Home) *string { return &h.Address }},
		{"Note", func(s *lock.HomeSpec) *string { return &s.Note }, func(h *lock.Home) *string { return &h.Note }},
	}
}

// wantAsDescribed checks a home against its description. A field that the vendor does not keep is
// empty, and never something else.
func wantAsDescribed(t tb, h lock.Home, spec lock.HomeSpec) {
	t.Helper()
	if h.Name != spec.Name {
		t.Errorf("Name: got %q, want %q", h.Name, spec.Name)
	}
	for _, f := range homeFields() {
		if got, want := *f.in(&h), *f.of(&spec); want != "" && got != "" && got != want {
			t.Errorf("%s: got %q, want %q", f.name, got, want)
		}
	}
}
