package storetest

import (
	"slices"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func oneIn(w *world, units float64) []lock.LimitRule {
	return []lock.LimitRule{{Count: 1, Window: w.units(units)}}
}

func (w *world) tryTake(s lock.Store, key string, rules []lock.LimitRule) lock.SlotGrant {
	w.Helper()
	g, err := s.TakeSlot(w.ctx, account, key, rules, w.units(20))
	w.must(err)
	if (g.Slot.ID == "") == (g.Wait <= 0) {
		w.Fatalf("got %+v, want either a slot or a wait", g)
	}
	return g
}

// take takes a slot that is free.
func (w *world) take(s lock.Store, key string, rules []lock.LimitRule) lock.Slot {
	w.Helper()
	g := w.tryTake(s, key, rules)
	if g.Slot.ID == "" {
		w.Fatalf("got a wait of %v, want a slot", g.Wait)
	}
	return g.Slot
}

// full wants no slot.
func (w *world) full(s lock.Store, key string, rules []lock.LimitRule) time.Duration {
	w.Helper()
	g := w.tryTake(s, key, rules)
	if g.Slot.ID != "" {
		w.Fatalf("got a slot, want none")
	}
	return g.Wait
}

func (w *world) done(s lock.Store, key string, slot lock.Slot) {
	w.Helper()
	w.must(s.CloseSlot(w.ctx, account, key, slot, true))
}

var limitCases = []testCase{
	{"there are no more slots than the rule says", func(w *world) {
		rules := []lock.LimitRule{{Count: 5, Window: w.units(30)}}
		var taken count
		w.together(40, func(_ int, s lock.Store) {
			if g, err := s.TakeSlot(w.ctx, account, "k", rules, w.units(20)); err == nil && g.Slot.ID != "" {
				taken.add()
			}
		})
		if taken.n != 5 {
			w.Errorf("got %d slots, want 5", taken.n)
		}
	}},
	{"a slot is free when its window has passed since it was closed", func(w *world) {
		slot := w.take(w.Store, "k", oneIn(w, 4))
		w.pass(3)
		w.done(w.Store, "k", slot)
		w.pass(3)
		if wait := w.full(w.Replica, "k", oneIn(w, 4)); !w.about(wait, 1) {
			w.Errorf("got a wait of %v, want %v", wait, w.units(1))
		}
		w.pass(1.2)
		w.take(w.Replica, "k", oneIn(w, 4))
	}},
	{"an open slot counts until it is closed", func(w *world) {
		slot := w.take(w.Store, "k", oneIn(w, 2))
		w.pass(4)
		if wait := w.full(w.Replica, "k", oneIn(w, 2)); !w.about(wait, 2) {
			w.Errorf("got a wait of %v, want %v, as if it were closed now", wait, w.units(2))
		}
		w.done(w.Replica, "k", slot)
		w.pass(2.2)
		w.take(w.Store, "k", oneIn(w, 2))
	}},
	{"a slot that nobody closes is closed after its hold", func(w *world) {
		g, err := w.Store.TakeSlot(w.ctx, account, "k", oneIn(w, 2), w.units(3))
		if w.must(err); g.Slot.ID == "" {
			w.Fatal("got no slot, want one")
		}
		w.pass(4.5)
		w.full(w.Replica, "k", oneIn(w, 2))
		w.pass(1)
		w.take(w.Replica, "k", oneIn(w, 2))
	}},
	{"a slot that is not used is free at once", func(w *world) {
		slot := w.take(w.Store, "k", oneIn(w, 30))
		w.must(w.Store.CloseSlot(w.ctx, account, "k", slot, false))
		w.take(w.Replica, "k", oneIn(w, 30))
	}},
	{"a closed slot is not given back", func(w *world) {
		slot := w.take(w.Store, "k", oneIn(w, 30))
		w.done(w.Store, "k", slot)
		w.pass(0.1)
		w.must(w.Store.CloseSlot(w.ctx, account, "k", slot, false))
		w.full(w.Replica, "k", oneIn(w, 30))
	}},
	{"closing twice is closing once", func(w *world) {
		slot := w.take(w.Store, "k", oneIn(w, 3))
		w.done(w.Store, "k", slot)
		w.done(w.Store, "k", slot)
		w.pass(3.2)
		w.take(w.Store, "k", oneIn(w, 3))
	}},
	{"a slot that is closed after its hold counts from then", func(w *world) {
		g, err := w.Store.TakeSlot(w.ctx, account, "k", oneIn(w, 3), w.units(1))
		w.must(err)
		w.pass(5)
		w.done(w.Store, "k", g.Slot)
		w.pass(1)
		w.full(w.Replica, "k", oneIn(w, 3))
		w.pass(2.2)
		w.take(w.Replica, "k", oneIn(w, 3))
	}},
	{"all rules hold", func(w *world) {
		rules := []lock.LimitRule{{Count: 1, Window: w.units(1)}, {Count: 2, Window: w.units(6)}}
		w.done(w.Store, "k", w.take(w.Store, "k", rules))
		w.full(w.Store, "k", rules)
		w.pass(1.2)
		w.done(w.Store, "k", w.take(w.Store, "k", rules))
		if wait := w.full(w.Store, "k", rules); !w.about(wait, 4.8) {
			w.Errorf("got a wait of %v, want %v by the longer rule", wait, w.units(4.8))
		}
		w.pass(5)
		w.take(w.Store, "k", rules)
	}},
	{"without rules every slot is free", func(w *world) {
		for range 20 {
			slot := w.take(w.Store, "k", nil)
			w.done(w.Store, "k", slot)
		}
	}},
	{"keys keep apart", func(w *world) {
		w.take(w.Store, "k", oneIn(w, 30))
		w.take(w.Store, "l", oneIn(w, 30))
		g, err := w.Store.TakeSlot(w.ctx, "another", "k", oneIn(w, 30), w.units(1))
		if w.must(err); g.Slot.ID == "" {
			w.Errorf("got %+v, want the slot of the other account", g)
		}
	}},
	{"in no window are there more than the rule says, and nearly all of them", func(w *world) {
		const rounds = 8
		rules := []lock.LimitRule{{Count: 5, Window: w.units(1)}}
		var (
			mu   sync.Mutex
			used [][2]time.Time // taken and closed
		)
		start := time.Now()
		var passed time.Duration
		for step := 0; passed < w.units(rounds); step++ {
			w.together(4, func(_ int, s lock.Store) {
				before := time.Now()
				g, err := s.TakeSlot(w.ctx, account, "k", rules, w.units(20))
				if err != nil || g.Slot.ID == "" {
					return
				}
				taken := time.Now()
				if err := s.CloseSlot(w.ctx, account, "k", g.Slot, true); err != nil {
					w.T.Errorf("got %v, want no error", err)
				}
				if w.Advance != nil {
					before, taken = time.Time{}.Add(passed), time.Time{}.Add(passed)
				}
				mu.Lock()
				defer mu.Unlock()
				used = append(used, [2]time.Time{before, taken})
			})
			w.pass(0.05)
			if passed = w.units(float64(step+1) * 0.05); w.Advance == nil {
				passed = time.Since(start)
			}
		}
		slices.SortFunc(used, func(a, b [2]time.Time) int { return a[1].Compare(b[1]) })
		for i := 5; i < len(used); i++ { // the sixth was asked for before the window of the first had passed
			if used[i][1].Sub(used[i-5][0]) < w.units(1) {
				w.Fatalf("got 6 slots within %v, want %v at least", used[i][1].Sub(used[i-5][0]), w.units(1))
			}
		}
		if len(used) < 5*rounds*3/4 {
			w.Errorf("got %d slots in %d windows, want %d at least", len(used), rounds, 5*rounds*3/4)
		}
	}},
	{"a store that was emptied gives no slot for one window", func(w *world) {
		if w.Empty == nil {
			w.Skip("this store is emptied only together with its process")
		}
		for range 3 {
			w.done(w.Store, "k", w.take(w.Store, "k", []lock.LimitRule{{Count: 3, Window: w.units(4)}}))
		}
		w.Empty()
		w.full(w.Store, "k", []lock.LimitRule{{Count: 3, Window: w.units(4)}})
		w.full(w.Replica, "unused", []lock.LimitRule{{Count: 3, Window: w.units(4)}})
		w.pass(3)
		w.full(w.Replica, "k", []lock.LimitRule{{Count: 3, Window: w.units(4)}})
		w.pass(1.2)
		w.take(w.Replica, "k", []lock.LimitRule{{Count: 3, Window: w.units(4)}})
	}},
}
