package storetest

import (
	"github.com/smartlock-sdk/smartlock/lock"
)

// campaign stands for election under the name of the log, whose fence it is.
func (w *world) campaign(s lock.Store, me string, ttl float64) lock.Term {
	w.Helper()
	t, err := s.Campaign(w.ctx, log, me, w.units(ttl))
	w.must(err)
	if t.Mine != (t.Fence != 0) {
		w.Errorf("got %+v, want a fence with a term of one's own, and only then", t)
	}
	return t
}

// led wants somebody else to lead.
func (w *world) led(t lock.Term, left float64) {
	w.Helper()
	if t.Mine || !w.about(t.Left, left) {
		w.Fatalf("got %+v, want another leader for %v", t, w.units(left))
	}
}

// mine wants to lead.
func (w *world) mine(t lock.Term, ttl float64) lock.Term {
	w.Helper()
	if !t.Mine || !w.about(t.Left, ttl) {
		w.Fatalf("got %+v, want to lead for %v", t, w.units(ttl))
	}
	return t
}

var leaseCases = []testCase{
	{"one of many leads", func(w *world) {
		var leaders count
		w.together(40, func(i int, s lock.Store) {
			if t, err := s.Campaign(w.ctx, log, name(i), w.units(30)); err == nil && t.Mine {
				leaders.add()
			}
		})
		if leaders.n != 1 {
			w.Errorf("got %d leaders, want 1", leaders.n)
		}
	}},
	{"others are told how long the lease lasts", func(w *world) {
		w.mine(w.campaign(w.Store, "a", 5), 5)
		w.pass(2)
		w.led(w.campaign(w.Replica, "b", 5), 3)
	}},
	{"a lease that is renewed goes on, with the same fence", func(w *world) {
		fence := w.mine(w.campaign(w.Store, "a", 3), 3).Fence
		for range 3 {
			w.pass(2)
			if t := w.mine(w.campaign(w.Store, "a", 3), 3); t.Fence != fence {
				w.Errorf("got the fence %d, want %d", t.Fence, fence)
			}
		}
		w.led(w.campaign(w.Replica, "b", 3), 3)
	}},
	{"a lease that is not renewed is taken over, with a greater fence", func(w *world) {
		fence := w.mine(w.campaign(w.Store, "a", 2), 2).Fence
		w.pass(2.5)
		t := w.mine(w.campaign(w.Replica, "b", 9), 9)
		if t.Fence <= fence {
			w.Errorf("got the fence %d, want more than %d", t.Fence, fence)
		}
		w.led(w.campaign(w.Store, "a", 2), 9)
	}},
	{"whoever comes back after its lease has a greater fence", func(w *world) {
		fence := w.mine(w.campaign(w.Store, "a", 1), 1).Fence
		w.pass(1.5)
		if t := w.mine(w.campaign(w.Store, "a", 1), 1); t.Fence <= fence {
			w.Errorf("got the fence %d, want more than %d", t.Fence, fence)
		}
	}},
	{"a leader may resign", func(w *world) {
		fence := w.mine(w.campaign(w.Store, "a", 30), 30).Fence
		w.must(w.Store.Resign(w.ctx, log, "a"))
		if t := w.mine(w.campaign(w.Replica, "b", 30), 30); t.Fence <= fence {
			w.Errorf("got the fence %d, want more than %d", t.Fence, fence)
		}
	}},
	{"nobody resigns for another", func(w *world) {
		w.mine(w.campaign(w.Store, "a", 30), 30)
		w.must(w.Replica.Resign(w.ctx, log, "b"))
		w.must(w.Replica.Resign(w.ctx, "never held", "b"))
		w.led(w.campaign(w.Replica, "b", 30), 30)
	}},
	{"names keep apart", func(w *world) {
		w.mine(w.campaign(w.Store, "a", 30), 30)
		t, err := w.Store.Campaign(w.ctx, "another", "b", w.units(30))
		w.must(err)
		w.mine(t, 30)
	}},
	{"fences grow even if the store was emptied", func(w *world) {
		if w.Empty == nil {
			w.Skip("this store is emptied only together with its process")
		}
		fence := w.mine(w.campaign(w.Store, "a", 30), 30).Fence
		w.Empty()
		w.pass(0.1)
		t := w.mine(w.campaign(w.Replica, "b", 30), 30)
		if t.Fence <= fence {
			w.Errorf("got the fence %d, want more than %d", t.Fence, fence)
		}
		_, err := w.Store.AppendEvent(w.ctx, log, lock.LogEntry{ID: "a"}, lock.AppendOptions{Keep: w.units(9), Fence: fence})
		w.superseded(err)
	}},
}
