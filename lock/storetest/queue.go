package storetest

import (
	"slices"
	"sync"

	"github.com/smartlock-sdk/smartlock/lock"
)

func (w *world) deliver(s lock.Store, n int, hold float64) []lock.Delivery {
	w.Helper()
	d, err := s.TakeEvents(w.ctx, log, n, w.units(hold))
	w.must(err)
	return d
}

// given wants these events given out, for the n-th time.
func (w *world) given(got []lock.Delivery, tries int, want ...string) {
	w.Helper()
	var ids []string
	for _, d := range got {
		if ids = append(ids, d.ID); d.Tries != tries || string(d.Data) != "data of "+d.ID || d.Seq == 0 {
			w.Errorf("got %+v, want its data and %d tries", d, tries)
		}
	}
	if !slices.Equal(ids, want) {
		w.Fatalf("got %v, want %v", ids, want)
	}
}

func (w *world) settle(s lock.Store, d lock.Delivery, how lock.Settlement) {
	w.Helper()
	w.must(s.SettleEvent(w.ctx, log, d, how))
}

func (w *world) dead(s lock.Store) []lock.Delivery {
	w.Helper()
	d, err := s.DeadEvents(w.ctx, log, 0, 100)
	w.must(err)
	return d
}

var queueCases = []testCase{
	{"events are given out in order", func(w *world) {
		var ids []string
		for i := range 25 {
			ids = append(ids, name(i))
		}
		w.append(w.Store, ids...)
		w.given(w.deliver(w.Replica, 10, 30), 1, ids[:10]...)
		w.given(w.deliver(w.Store, 100, 30), 1, ids[10:]...)
	}},
	{"an event is given to one at a time", func(w *world) {
		for i := range 60 {
			w.append(w.Store, name(i))
		}
		var (
			mu   sync.Mutex
			seen = map[string]int{}
		)
		w.together(12, func(_ int, s lock.Store) {
			for range 5 {
				d, err := s.TakeEvents(w.ctx, log, 2, w.units(60))
				if err != nil {
					w.T.Errorf("got %v, want no error", err)
				}
				mu.Lock()
				for _, d := range d {
					seen[d.ID]++
				}
				mu.Unlock()
			}
		})
		if len(seen) != 60 {
			w.Errorf("got %d events, want 60", len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				w.Errorf("%s was given out %d times, want once", id, n)
			}
		}
	}},
	{"a handled event is not given out again", func(w *world) {
		w.append(w.Store, "a")
		w.settle(w.Replica, w.deliver(w.Store, 1, 2)[0], lock.Settlement{Outcome: lock.EventHandled})
		w.pass(3)
		w.given(w.deliver(w.Store, 9, 2), 1)
		w.counts(w.Store, lock.LogCount{Entries: 1})
	}},
	{"an event that is held too long is given out again", func(w *world) {
		w.append(w.Store, "a")
		w.given(w.deliver(w.Store, 1, 3), 1, "a")
		w.pass(2)
		w.given(w.deliver(w.Replica, 1, 3), 1)
		w.pass(1.5)
		w.given(w.deliver(w.Replica, 1, 3), 2, "a")
	}},
	{"an event that failed comes again after its pause, with the reason", func(w *world) {
		w.append(w.Store, "a", "b")
		d := w.deliver(w.Store, 1, 30)[0]
		w.settle(w.Store, d, lock.Settlement{Outcome: lock.EventAgain, After: w.units(3), Why: "no network"})
		w.given(w.deliver(w.Replica, 9, 30), 1, "b")
		w.pass(2)
		w.given(w.deliver(w.Replica, 9, 30), 1)
		w.pass(1.5)
		again := w.deliver(w.Replica, 9, 30)
		w.given(again, 2, "a")
		if again[0].Why != "no network" {
			w.Errorf("got the reason %q, want no network", again[0].Why)
		}
	}},
	{"tries are counted", func(w *world) {
		w.append(w.Store, "a")
		for n := 1; n <= 12; n++ {
			d := w.deliver(w.Store, 1, 30)
			w.given(d, n, "a")
			w.settle(w.Store, d[0], lock.Settlement{Outcome: lock.EventAgain})
		}
	}},
	{"a try counts although nobody says how it ended", func(w *world) {
		w.append(w.Store, "a")
		for n := 1; n <= 4; n++ {
			w.given(w.deliver(w.Store, 1, 1), n, "a")
			w.pass(1.5)
		}
		d := w.deliver(w.Replica, 1, 30)
		w.given(d, 5, "a")
		w.settle(w.Replica, d[0], lock.Settlement{Outcome: lock.EventDead})
		w.given(w.dead(w.Store), 5, "a")
	}},
	{"what nobody tried does not count", func(w *world) {
		w.append(w.Store, "a")
		d := w.deliver(w.Store, 1, 30)
		w.settle(w.Store, d[0], lock.Settlement{Outcome: lock.EventAgain, Why: "no network"})
		for range 3 {
			d = w.deliver(w.Replica, 1, 30)
			w.given(d, 2, "a")
			if d[0].Why != "no network" {
				w.Errorf("got the reason %q, want no network", d[0].Why)
			}
			w.settle(w.Replica, d[0], lock.Settlement{Outcome: lock.EventHeld, After: w.units(30), Untried: true}) // says nothing yet
			w.settle(w.Replica, d[0], lock.Settlement{Outcome: lock.EventAgain, Why: d[0].Why, Untried: true})
		}
		d = w.deliver(w.Store, 1, 30)
		w.given(d, 2, "a")
		w.settle(w.Store, d[0], lock.Settlement{Outcome: lock.EventDead, Untried: true})
		w.given(w.dead(w.Replica), 1, "a")
		if n, err := w.Store.ReplayEvents(w.ctx, log); err != nil || n != 1 {
			w.Fatalf("got %d replayed and %v, want 1", n, err)
		}
		d = w.deliver(w.Store, 1, 30)
		w.given(d, 1, "a")
		w.settle(w.Store, d[0], lock.Settlement{Outcome: lock.EventAgain, After: w.units(1), Untried: true})
		w.given(w.deliver(w.Store, 1, 30), 1)
		w.pass(1.5)
		w.given(w.deliver(w.Store, 1, 30), 1, "a")
	}},
	{"whoever gave an event back has no say about it", func(w *world) {
		w.append(w.Store, "a")
		back := w.deliver(w.Store, 1, 30)[0]
		w.settle(w.Store, back, lock.Settlement{Outcome: lock.EventAgain, Untried: true})
		d := w.deliver(w.Replica, 1, 30)
		w.given(d, 1, "a")
		for _, outcome := range []lock.Fate{lock.EventAgain, lock.EventDead, lock.EventHeld} {
			w.superseded(w.Store.SettleEvent(w.ctx, log, back, lock.Settlement{Outcome: outcome, After: w.units(60), Untried: true}))
		}
		w.settle(w.Replica, d[0], lock.Settlement{Outcome: lock.EventAgain})
		w.given(w.deliver(w.Store, 1, 30), 2, "a")
	}},
	{"a handler may ask for more time", func(w *world) {
		w.append(w.Store, "a")
		d := w.deliver(w.Store, 1, 2)[0]
		w.pass(1)
		w.settle(w.Store, d, lock.Settlement{Outcome: lock.EventHeld, After: w.units(4)})
		w.pass(3)
		w.given(w.deliver(w.Replica, 1, 2), 1)
		w.settle(w.Store, d, lock.Settlement{Outcome: lock.EventHandled})
		w.pass(2)
		w.given(w.deliver(w.Replica, 1, 2), 1)
	}},
	{"whoever held an event too long cannot put it off or bury it", func(w *world) {
		w.append(w.Store, "a")
		late := w.deliver(w.Store, 1, 1)[0]
		w.pass(1.5)
		d := w.deliver(w.Replica, 1, 30)
		w.given(d, 2, "a")
		for _, outcome := range []lock.Fate{lock.EventAgain, lock.EventDead, lock.EventHeld} {
			w.superseded(w.Store.SettleEvent(w.ctx, log, late, lock.Settlement{Outcome: outcome, After: w.units(60)}))
		}
		w.settle(w.Replica, d[0], lock.Settlement{Outcome: lock.EventAgain})
		w.given(w.deliver(w.Store, 1, 30), 3, "a")
	}},
	{"handled is handled, however late", func(w *world) {
		w.append(w.Store, "a")
		late := w.deliver(w.Store, 1, 1)[0]
		w.pass(1.5)
		d := w.deliver(w.Replica, 1, 1)[0]
		w.settle(w.Store, late, lock.Settlement{Outcome: lock.EventHandled})
		w.pass(1.5)
		w.given(w.deliver(w.Store, 1, 1), 1)
		w.superseded(w.Replica.SettleEvent(w.ctx, log, d, lock.Settlement{Outcome: lock.EventAgain}))
		w.settle(w.Replica, d, lock.Settlement{Outcome: lock.EventHandled})
	}},
	{"whoever asks for no events gets none", func(w *world) {
		w.append(w.Store, "a")
		w.given(w.deliver(w.Store, 0, 9), 1)
		w.read(w.Store, 0, 0)
		if d, err := w.Store.DeadEvents(w.ctx, log, 0, 0); err != nil || len(d) != 0 {
			w.Errorf("got %v and %v, want none", d, err)
		}
		w.given(w.deliver(w.Store, 9, 9), 1, "a")
	}},
	{"a settlement needs an outcome", func(w *world) {
		w.append(w.Store, "a")
		if err := w.Store.SettleEvent(w.ctx, log, w.deliver(w.Store, 1, 9)[0], lock.Settlement{}); err == nil {
			w.Errorf("got no error, want one")
		}
	}},
	{"a dead event is listed, and the others pass it", func(w *world) {
		w.append(w.Store, "a", "b", "c")
		for _, d := range w.deliver(w.Store, 2, 30) {
			w.settle(w.Store, d, lock.Settlement{Outcome: lock.EventDead, Why: "panic in " + d.ID})
		}
		w.given(w.deliver(w.Replica, 9, 1), 1, "c")
		w.pass(2)
		w.given(w.deliver(w.Replica, 9, 1), 2, "c")
		dead := w.dead(w.Replica)
		w.given(dead, 1, "a", "b")
		if dead[1].Why != "panic in b" {
			w.Errorf("got the reason %q, want panic in b", dead[1].Why)
		}
		w.counts(w.Store, lock.LogCount{Entries: 3, Waiting: 1, Dead: 2})
	}},
	{"dead events are listed page by page", func(w *world) {
		w.append(w.Store, "a", "b", "c")
		for _, d := range w.deliver(w.Store, 3, 30) {
			w.settle(w.Store, d, lock.Settlement{Outcome: lock.EventDead})
		}
		first, err := w.Store.DeadEvents(w.ctx, log, 0, 2)
		w.must(err)
		w.given(first, 1, "a", "b")
		rest, err := w.Store.DeadEvents(w.ctx, log, first[1].Seq, 2)
		w.must(err)
		w.given(rest, 1, "c")
	}},
	{"dead events that are replayed are given out as new", func(w *world) {
		w.append(w.Store, "a", "b", "c")
		for _, d := range w.deliver(w.Store, 3, 30) {
			w.settle(w.Store, d, lock.Settlement{Outcome: lock.EventDead, Why: "broken"})
		}
		dead := w.dead(w.Store)
		if n, err := w.Replica.ReplayEvents(w.ctx, log, dead[1].Seq, 999); err != nil || n != 1 {
			w.Fatalf("got %d replayed and %v, want 1", n, err)
		}
		again := w.deliver(w.Store, 9, 30)
		w.given(again, 1, "b")
		if again[0].Why != "" {
			w.Errorf("got the reason %q, want none", again[0].Why)
		}
		if n, err := w.Replica.ReplayEvents(w.ctx, log); err != nil || n != 2 {
			w.Fatalf("got %d replayed and %v, want the other 2", n, err)
		}
		w.given(w.deliver(w.Store, 9, 30), 1, "a", "c")
		w.given(w.dead(w.Store), 1)
		if n, err := w.Replica.ReplayEvents(w.ctx, log); err != nil || n != 0 {
			w.Fatalf("got %d replayed and %v, want none left", n, err)
		}
	}},
	{"an event that waits is not replayed", func(w *world) {
		w.append(w.Store, "a")
		d := w.deliver(w.Store, 1, 30)[0]
		if n, err := w.Store.ReplayEvents(w.ctx, log, d.Seq); err != nil || n != 0 {
			w.Fatalf("got %d replayed and %v, want none", n, err)
		}
		w.given(w.deliver(w.Store, 1, 30), 1)
	}},
	{"a dead event may be taken off the list", func(w *world) {
		w.append(w.Store, "a")
		w.settle(w.Store, w.deliver(w.Store, 1, 30)[0], lock.Settlement{Outcome: lock.EventDead})
		w.settle(w.Replica, w.dead(w.Store)[0], lock.Settlement{Outcome: lock.EventHandled})
		w.given(w.dead(w.Store), 1)
		if n, err := w.Store.ReplayEvents(w.ctx, log); err != nil || n != 0 {
			w.Fatalf("got %d replayed and %v, want none", n, err)
		}
		w.counts(w.Store, lock.LogCount{Entries: 1})
	}},
	{"a dead event is settled no more", func(w *world) {
		w.append(w.Store, "a")
		d := w.deliver(w.Store, 1, 30)[0]
		w.settle(w.Store, d, lock.Settlement{Outcome: lock.EventDead})
		w.superseded(w.Store.SettleEvent(w.ctx, log, d, lock.Settlement{Outcome: lock.EventAgain}))
		w.given(w.deliver(w.Store, 1, 30), 1)
	}},
}
