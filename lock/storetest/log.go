package storetest

import (
	"bytes"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// The log of the cases.
const log = "vendor/events"

func (w *world) tryAppend(s lock.Store, id string, o lock.AppendOptions) bool {
	w.Helper()
	added, err := s.AppendEvent(w.ctx, log, lock.LogEntry{ID: id, Data: []byte("data of " + id)}, o)
	w.must(err)
	return added
}

// append appends events that are not there.
func (w *world) append(s lock.Store, ids ...string) {
	w.Helper()
	for _, id := range ids {
		if !w.tryAppend(s, id, lock.AppendOptions{Keep: w.units(60)}) {
			w.Fatalf("the event %s was there already", id)
		}
	}
}

// read wants these events after a place, and returns the places.
func (w *world) read(s lock.Store, after uint64, n int, want ...string) []uint64 {
	w.Helper()
	entries, err := s.ReadEvents(w.ctx, log, after, n)
	w.must(err)
	var got []string
	var seqs []uint64
	for _, e := range entries {
		if string(e.Data) != "data of "+e.ID || e.At.IsZero() {
			w.Errorf("got %+v, want its data and its time", e)
		}
		got, seqs = append(got, e.ID), append(seqs, e.Seq)
	}
	if !slices.Equal(got, want) {
		w.Fatalf("got %v, want %v", got, want)
	}
	return seqs
}

func (w *world) counts(s lock.Store, want lock.LogCount) {
	w.Helper()
	got, err := s.CountEvents(w.ctx, log)
	if w.must(err); got != want {
		w.Fatalf("got %+v, want %+v", got, want)
	}
}

var logCases = []testCase{
	{"events are read in the order in which they were appended", func(w *world) {
		w.append(w.Store, "a", "b")
		w.append(w.Replica, "c")
		seqs := w.read(w.Replica, 0, 10, "a", "b", "c")
		if seqs[0] == 0 || seqs[0] >= seqs[1] || seqs[1] >= seqs[2] {
			w.Errorf("got the places %v, want growing ones", seqs)
		}
		w.read(w.Store, seqs[0], 10, "b", "c")
		w.read(w.Store, seqs[0], 1, "b")
		w.read(w.Store, seqs[2], 10)
	}},
	{"reading takes nothing away", func(w *world) {
		w.append(w.Store, "a")
		w.read(w.Store, 0, 10, "a")
		w.read(w.Replica, 0, 10, "a")
		w.counts(w.Store, lock.LogCount{Entries: 1, Waiting: 1})
	}},
	{"an event that is appended by many at once is there once", func(w *world) {
		var added count
		w.together(32, func(i int, s lock.Store) {
			ok, err := s.AppendEvent(w.ctx, log, lock.LogEntry{ID: name(i % 4), Data: []byte("data of " + name(i%4))}, lock.AppendOptions{Keep: w.units(60)})
			if err != nil {
				w.T.Errorf("got %v, want no error", err)
			}
			if ok {
				added.add()
			}
		})
		if added.n != 4 {
			w.Errorf("got %d appended, want 4", added.n)
		}
		w.counts(w.Replica, lock.LogCount{Entries: 4, Waiting: 4})
	}},
	{"an event that was handled and trimmed is still known", func(w *world) {
		w.append(w.Store, "a")
		w.settle(w.Store, w.deliver(w.Store, 1, 9)[0], lock.Settlement{Outcome: lock.EventHandled})
		w.pass(1)
		if n, err := w.Store.TrimEvents(w.ctx, log, 0); err != nil || n != 1 {
			w.Fatalf("got %d trimmed and %v, want 1", n, err)
		}
		if w.tryAppend(w.Replica, "a", lock.AppendOptions{Keep: w.units(60)}) {
			w.Errorf("the event was appended again")
		}
	}},
	{"an ID is forgotten after its time", func(w *world) {
		if !w.tryAppend(w.Store, "a", lock.AppendOptions{Keep: w.units(3)}) {
			w.Fatal("the event was there already")
		}
		w.pass(2)
		if w.tryAppend(w.Store, "a", lock.AppendOptions{Keep: w.units(3)}) {
			w.Errorf("the event was appended again within its time")
		}
		w.pass(1.5)
		if !w.tryAppend(w.Store, "a", lock.AppendOptions{Keep: w.units(3)}) {
			w.Errorf("the event was not appended after its time")
		}
	}},
	{"data is any bytes", func(w *world) {
		for i, data := range [][]byte{nil, []byte("\x00\xff\r\n{}锁"), bytes.Repeat([]byte("x"), 100_000)} {
			added, err := w.Store.AppendEvent(w.ctx, log, lock.LogEntry{ID: name(i), Data: data}, lock.AppendOptions{Keep: w.units(60)})
			if w.must(err); !added {
				w.Fatal("the event was there already")
			}
			entries, err := w.Replica.ReadEvents(w.ctx, log, uint64(i), 1)
			if w.must(err); len(entries) != 1 || !bytes.Equal(entries[0].Data, data) {
				w.Errorf("got %d events with other data than %.20q", len(entries), data)
			}
		}
	}},
	{"what the caller does with its bytes changes nothing", func(w *world) {
		data := []byte("abc")
		if _, err := w.Store.AppendEvent(w.ctx, log, lock.LogEntry{ID: "a", Data: data}, lock.AppendOptions{Keep: w.units(60)}); err != nil {
			w.Fatal(err)
		}
		data[0] = 'X'
		for range 2 {
			entries, err := w.Store.ReadEvents(w.ctx, log, 0, 1)
			if w.must(err); string(entries[0].Data) != "abc" {
				w.Errorf("got %s, want abc", entries[0].Data)
			}
			entries[0].Data[0] = 'Y'
		}
	}},
	{"an event without an ID, and one that is not remembered, are refused", func(w *world) {
		if _, err := w.Store.AppendEvent(w.ctx, log, lock.LogEntry{}, lock.AppendOptions{Keep: w.units(60)}); err == nil {
			w.Errorf("without an ID: got no error, want one")
		}
		if _, err := w.Store.AppendEvent(w.ctx, log, lock.LogEntry{ID: "a"}, lock.AppendOptions{}); err == nil {
			w.Errorf("without Keep: got no error, want one")
		}
		w.counts(w.Store, lock.LogCount{})
	}},
	{"the time of an event is the store's", func(w *world) {
		w.append(w.Store, "a")
		w.pass(3)
		w.append(w.Replica, "b")
		entries, err := w.Store.ReadEvents(w.ctx, log, 0, 2)
		if w.must(err); len(entries) != 2 || !w.about(entries[1].At.Sub(entries[0].At), 3) {
			w.Errorf("got %v, want %v between them", entries, w.units(3))
		}
	}},
	{"trimming takes what is old and done with", func(w *world) {
		w.append(w.Store, "handled", "waiting", "dead", "held")
		deliveries := w.deliver(w.Store, 4, 60)
		w.settle(w.Store, deliveries[0], lock.Settlement{Outcome: lock.EventHandled})
		w.settle(w.Store, deliveries[1], lock.Settlement{Outcome: lock.EventAgain})
		w.settle(w.Store, deliveries[2], lock.Settlement{Outcome: lock.EventDead})
		if !w.tryAppend(w.Store, "only read", lock.AppendOptions{Keep: w.units(60), Handled: true}) {
			w.Fatal("the event was there already")
		}
		w.pass(4)
		if !w.tryAppend(w.Store, "young", lock.AppendOptions{Keep: w.units(60), Handled: true}) {
			w.Fatal("the event was there already")
		}
		n, err := w.Replica.TrimEvents(w.ctx, log, w.units(2))
		if w.must(err); n != 2 {
			w.Errorf("got %d trimmed, want 2", n)
		}
		w.read(w.Store, 0, 10, "waiting", "dead", "held", "young")
		if n, err := w.Replica.TrimEvents(w.ctx, log, w.units(2)); err != nil || n != 0 {
			w.Errorf("got %d trimmed and %v, want nothing left to trim", n, err)
		}
	}},
	{"a long log is trimmed as a whole", func(w *world) {
		const many = 1203
		for i := range many {
			w.tryAppend(w.Store, name(i), lock.AppendOptions{Keep: w.units(300), Handled: i%3 != 0})
		}
		w.pass(2)
		n, err := w.Store.TrimEvents(w.ctx, log, w.units(1))
		if w.must(err); n != many-many/3 {
			w.Errorf("got %d trimmed, want %d", n, many-many/3)
		}
		w.counts(w.Store, lock.LogCount{Entries: many / 3, Waiting: many / 3})
	}},
	{"logs keep apart", func(w *world) {
		w.append(w.Store, "a")
		added, err := w.Store.AppendEvent(w.ctx, "another", lock.LogEntry{ID: "a"}, lock.AppendOptions{Keep: w.units(9)})
		if w.must(err); !added {
			w.Errorf("the event of the other log was there already")
		}
		d, err := w.Store.TakeEvents(w.ctx, "another", 9, w.units(9))
		if w.must(err); len(d) != 1 {
			w.Errorf("got %v, want the event of the other log", d)
		}
	}},
	{"an event may be appended to be read only", func(w *world) {
		if !w.tryAppend(w.Store, "a", lock.AppendOptions{Keep: w.units(60), Handled: true}) {
			w.Fatal("the event was there already")
		}
		w.read(w.Store, 0, 9, "a")
		if d := w.deliver(w.Store, 9, 1); len(d) != 0 {
			w.Errorf("got %v, want nothing to handle", d)
		}
		w.counts(w.Store, lock.LogCount{Entries: 1})
	}},
	{"the leader's events are appended, a deposed leader's are not", func(w *world) {
		first := w.campaign(w.Store, "first", 2)
		if !w.tryAppend(w.Store, "a", lock.AppendOptions{Keep: w.units(60), Fence: first.Fence}) {
			w.Errorf("the leader's event was not appended")
		}
		w.pass(2.5)
		second := w.campaign(w.Replica, "second", 9)
		if !second.Mine || second.Fence <= first.Fence {
			w.Fatalf("got %+v after %+v, want a newer term", second, first)
		}
		_, err := w.Store.AppendEvent(w.ctx, log, lock.LogEntry{ID: "b"}, lock.AppendOptions{Keep: w.units(60), Fence: first.Fence})
		w.superseded(err)
		if !w.tryAppend(w.Replica, "b", lock.AppendOptions{Keep: w.units(60), Fence: second.Fence}) {
			w.Errorf("what the deposed leader could not append was taken for appended")
		}
		w.read(w.Store, 0, 9, "a", "b")
	}},
	{"a fence that was never given is refused", func(w *world) {
		_, err := w.Store.AppendEvent(w.ctx, log, lock.LogEntry{ID: "a"}, lock.AppendOptions{Keep: w.units(60), Fence: 7})
		w.superseded(err)
		w.counts(w.Store, lock.LogCount{})
	}},
	{"a log that was never written is empty", func(w *world) {
		w.read(w.Store, 0, 9)
		w.counts(w.Store, lock.LogCount{})
		if d := w.deliver(w.Store, 9, 1); len(d) != 0 {
			w.Errorf("got %v, want nothing", d)
		}
		if d := w.dead(w.Store); len(d) != 0 {
			w.Errorf("got %v, want nothing dead", d)
		}
		if n, err := w.Store.TrimEvents(w.ctx, log, time.Nanosecond); err != nil || n != 0 {
			w.Errorf("got %d trimmed and %v, want nothing", n, err)
		}
	}},
}
