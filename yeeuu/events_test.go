package yeeuu_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/yeeuu"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

// opening is an entry of the log, some time before now.
func (w *world) opening(ago time.Duration, by yeeuutest.By, opener string) yeeuutest.Opening {
	return yeeuutest.Opening{At: w.now().Add(-ago), By: by, Opener: opener}
}

func history(t *testing.T, c *yeeuu.Client, q lock.EventQuery) []lock.Event {
	t.Helper()
	var events []lock.Event
	for e, err := range c.Events().History(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func idsOf(events []lock.Event) []string {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestEntriesOfTheLogAreOpenedDoors(t *testing.T) {
	w := newWorld(t)
	w.AddOpenings(w.inner,
		w.opening(9*time.Minute, yeeuutest.ByConsole, "王五"),
		w.opening(8*time.Minute, yeeuutest.ByWeChat, guestPhone),
		w.opening(7*time.Minute, yeeuutest.ByApp, guestPhone),
		w.opening(6*time.Minute, yeeuutest.ByPassword, guestPhone),
		w.opening(5*time.Minute, yeeuutest.ByAPI, guestPhone),
		w.opening(4*time.Minute, yeeuutest.ByPassword, "访客"),
		w.opening(3*time.Minute, 7, ""),
	)
	want := []struct {
		name     string
		method   lock.UnlockMethod
		actor    string // the name, else the phone number
		password bool
		key      bool
	}{
		{"0", lock.MethodVendorSystem, "王五", false, false},
		{"1", lock.MethodWeChat, guestPhone, false, true},
		{"2", lock.MethodApp, guestPhone, false, true},
		{"3", lock.MethodPIN, guestPhone, true, false},
		{"4", lock.MethodRemoteAPI, guestPhone, false, false},
		{"3", lock.MethodPIN, "访客", false, false},
		{"7", lock.MethodUnknown, "", false, false},
	}
	events := history(t, w.c, lock.EventQuery{Device: w.inner})
	if len(events) != len(want) {
		t.Fatalf("got %d events, want %d", len(events), len(want))
	}
	for i, e := range events {
		at := w.now().Add(-time.Duration(9-i) * time.Minute).Truncate(time.Second)
		if e.Kind != lock.EventLockUnlocked || e.Vendor != yeeuu.Vendor || e.Device != w.inner || e.Home != w.Home(w.inner) || e.Room != "甲" ||
			e.Source != lock.SourceHistory || !e.OccurredAt.Equal(at) || !e.ReceivedAt.Equal(w.now()) {
			t.Errorf("event %d: got %+v", i, e)
		}
		if e.Name != want[i].name || e.Method != want[i].method || e.Actor.Name+e.Actor.Phone.Reveal() != want[i].actor {
			t.Errorf("event %d: got type %q, method %q, actor %q; want %+v", i, e.Name, e.Method, e.Actor.Name, want[i])
		}
		if (e.Password == yeeuu.PasswordID(guest.Phone)) != want[i].password || (e.Key == yeeuu.KeyID(guest.Phone)) != want[i].key {
			t.Errorf("event %d: got password %q and key %q, want %+v", i, e.Password, e.Key, want[i])
		}
		if native, ok := lock.As[*yeeuu.OpenLog](e); !ok || native.OpenTime == "" || !strings.Contains(string(e.Raw()), native.OpenTime) {
			t.Errorf("event %d: what the vendor sent is lost: %s", i, e.Raw())
		}
	}
}

func TestHistory(t *testing.T) {
	t.Run("the same happening has the same ID, however it is asked for", func(t *testing.T) {
		w := newWorld(t)
		w.AddOpenings(w.front, w.opening(time.Minute, yeeuutest.ByApp, guestPhone), w.opening(time.Minute, yeeuutest.ByApp, guestPhone))
		ids := idsOf(history(t, w.c, lock.EventQuery{Device: w.front}))
		if len(ids) != 2 || ids[0] == ids[1] {
			t.Fatalf("got %v, want two: two openings in one second are two", ids)
		}
		d := door(t, w.front)
		d.Building = "b1"
		for name, again := range map[string][]string{
			"in a window":         idsOf(history(t, w.c, lock.EventQuery{Device: w.front, Window: lock.Window{From: w.now().Add(-time.Hour)}})),
			"with its building":   idsOf(history(t, w.c, lock.EventQuery{Device: d.ID()})),
			"in another zone":     idsOf(history(t, w.Client(lock.WithLocation(time.UTC)), lock.EventQuery{Device: w.front})),
			"by another client":   idsOf(history(t, w.Client(), lock.EventQuery{Device: w.front})),
			"among watched doors": idsOf(history(t, w.Client(yeeuu.WithWatch(w.front)), lock.EventQuery{})),
		} {
			if !slices.Equal(again, ids) {
				t.Errorf("%s: got %v, want %v", name, again, ids)
			}
		}
		w.AddOpenings(w.front, w.opening(time.Minute, yeeuutest.ByApp, guestPhone))
		if more := idsOf(history(t, w.c, lock.EventQuery{Device: w.front})); len(more) != 3 || !slices.Equal(more[:2], ids) {
			t.Errorf("after a third in that second: got %v, want those and one more", more)
		}
		if other := idsOf(history(t, w.c, lock.EventQuery{Device: w.inner})); len(other) != 0 {
			t.Errorf("the other door: got %v, want none", other)
		}
	})
	t.Run("the flat's clocks are China's unless we are told otherwise", func(t *testing.T) {
		w := newWorld(t)
		w.AddOpenings(w.front, w.opening(0, yeeuutest.ByApp, guestPhone))
		e := history(t, w.Client(lock.WithLocation(time.UTC)), lock.EventQuery{Device: w.front})[0]
		if want := w.now().Truncate(time.Second).Add(8 * time.Hour); !e.OccurredAt.Equal(want) {
			t.Errorf("read as UTC: got %s, want %s", e.OccurredAt, want)
		}
	})
	t.Run("nothing is lost or doubled when the door is opened between pages", func(t *testing.T) {
		w := newWorld(t)
		const n = 230
		for i := range n { // in pairs that are alike; the pages end between two of a pair
			w.AddOpenings(w.front, w.opening(time.Duration(n-(i+1)/2)*time.Minute, yeeuutest.ByApp, guestPhone))
		}
		calls := 0
		c := w.Client(lock.WithObserver(func(a lock.Attempt) {
			if calls++; calls == 2 || calls == 5 || calls == 9 {
				w.AddOpenings(w.front, w.opening(0, yeeuutest.ByApp, guestPhone))
			}
		}))
		events := history(t, c, lock.EventQuery{Device: w.front, Window: lock.Window{Until: w.now().Add(-time.Second)}})
		if len(events) != n || len(distinct(idsOf(events))) != n {
			t.Errorf("got %d events with %d IDs, want %d", len(events), len(distinct(idsOf(events))), n)
		}
		quiet := idsOf(history(t, w.c, lock.EventQuery{Device: w.front, Window: lock.Window{Until: w.now().Add(-time.Second)}}))
		if !slices.Equal(idsOf(events), quiet) {
			t.Error("read while nothing happens it has other IDs, or another order")
		}
	})
	t.Run("a lock that uploads a hundred entries at once between pages", func(t *testing.T) {
		w := newWorld(t)
		for i := range 120 {
			w.AddOpenings(w.front, w.opening(time.Duration(300-i)*time.Minute, yeeuutest.ByApp, guestPhone))
		}
		upload := sync.OnceFunc(func() {
			for i := range 100 {
				w.AddOpenings(w.front, w.opening(time.Duration(150-i)*time.Minute, yeeuutest.ByApp, guestPhone))
			}
		})
		c := w.Client(lock.WithObserver(func(lock.Attempt) { upload() }))
		if ids := idsOf(history(t, c, lock.EventQuery{Device: w.front})); len(distinct(ids)) != len(ids) || len(ids) < 120 {
			t.Errorf("got %d events with %d IDs, want at least the first 120, each once", len(ids), len(distinct(ids)))
		}
	})
	t.Run("several doors come in one order", func(t *testing.T) {
		w := newWorld(t)
		for i := range 10 {
			w.AddOpenings([]lock.DeviceID{w.front, w.inner}[i%2], w.opening(time.Duration(20-i)*time.Minute, yeeuutest.ByApp, fmt.Sprint(15100000000+i)))
		}
		other := w.AddLock("2602")
		w.AddOpenings(other, w.opening(time.Hour, yeeuutest.ByApp, guestPhone))
		c := w.Client(yeeuu.WithWatch(w.front, w.inner), yeeuu.WithWatch(other))
		events := history(t, c, lock.EventQuery{Home: w.Home(w.front)})
		if len(events) != 10 || !slices.IsSortedFunc(events, func(a, b lock.Event) int { return a.OccurredAt.Compare(b.OccurredAt) }) {
			t.Errorf("got %d events, want the flat's ten, the oldest first", len(events))
		}
		if all := history(t, c, lock.EventQuery{}); len(all) != 11 {
			t.Errorf("got %d events of all doors, want 11", len(all))
		}
	})
	t.Run("other kinds need no call", func(t *testing.T) {
		w := newWorld(t)
		if got := history(t, w.c, lock.EventQuery{Device: w.front, Kinds: []lock.EventKind{lock.EventLockDoorbell}}); len(got)+len(w.Requests()) != 0 {
			t.Errorf("got %d events and %d requests, want none", len(got), len(w.Requests()))
		}
	})
	t.Run("what cannot be asked is refused before any call", func(t *testing.T) {
		w := newWorld(t)
		watching := w.Client(yeeuu.WithWatch(w.front))
		for name, tt := range map[string]struct {
			c    *yeeuu.Client
			q    lock.EventQuery
			kind lock.Kind
			want string
		}{
			"no device":                       {w.c, lock.EventQuery{}, lock.ErrInvalidArgument, "no list of doors"},
			"a home, no device":               {w.c, lock.EventQuery{Home: w.Home(w.front)}, lock.ErrInvalidArgument, "no list of doors"},
			"a home nobody watches":           {watching, lock.EventQuery{Home: "f9"}, lock.ErrInvalidArgument, "no list of doors"},
			"no door":                         {w.c, lock.EventQuery{Device: "front door"}, lock.ErrNotFound, "no id of a door"},
			"a door of another home":          {w.c, lock.EventQuery{Device: w.front, Home: "f9"}, lock.ErrInvalidArgument, "not one of home f9"},
			"a window that ends before it is": {w.c, lock.EventQuery{Device: w.front, Window: lock.Window{From: w.now(), Until: w.now().Add(-1)}}, lock.ErrInvalidArgument, "window"},
		} {
			var last error
			for _, err := range tt.c.Events().History(t.Context(), tt.q) {
				last = err
			}
			if !errors.Is(last, tt.kind) || !strings.Contains(last.Error(), tt.want) {
				t.Errorf("%s: got %v, want kind %q and %q", name, last, tt.kind, tt.want)
			}
		}
		if n := len(w.Requests()); n != 0 {
			t.Errorf("got %d requests, want none", n)
		}
	})
	t.Run("a log that grows faster than it can be read is worth another try, later", func(t *testing.T) {
		w := newWorld(t)
		n := 0
		upload := func(lock.Attempt) {
			for range 120 {
				n++
				w.AddOpenings(w.front, w.opening(-time.Duration(n)*time.Second, yeeuutest.ByApp, guestPhone))
			}
		}
		upload(lock.Attempt{})
		var last error
		for _, err := range w.Client(lock.WithObserver(upload)).Events().History(t.Context(), lock.EventQuery{Device: w.front}) {
			last = err
		}
		if wantKind(t, "the history", last, lock.ErrDeviceBusy); !lock.KindOf(last).Retryable() {
			t.Errorf("got %v, want it retryable", last)
		}
		if n := len(w.Requests()); n > 100 {
			t.Errorf("got %d requests, want it to give up soon", n)
		}
	})
	t.Run("a vendor that sends the same page for ever is an error", func(t *testing.T) {
		w := newWorld(t)
		w.Fail("/get_device_logs", yeeuutest.Reply(200, "application/json",
			`{"success":true,"data":[{"type":1,"opentime":"2016-05-31 17:01:25"},{"type":1,"opentime":"2016-05-31 17:01:24"}]}`).Always())
		w.Fail("/get_device_logs_page_count", yeeuutest.Reply(200, "application/json", `{"success":true,"count":"9"}`).Always())
		var last error
		for _, err := range w.c.Events().History(t.Context(), lock.EventQuery{Device: w.front}) {
			last = err
		}
		wantKind(t, "the history", last, lock.ErrProtocol)
	})
}

func distinct(ids []string) map[string]bool {
	set := make(map[string]bool)
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// watcher is a loop over Watch, on a clock that flows.
type watcher struct {
	*world
	events chan lock.Event
	ended  chan error
	asked  chan struct{} // gets something after a call, unless it is full
}

func newWatcher(t *testing.T, doors func(*world) []lock.DeviceID) (*watcher, context.CancelFunc) {
	t.Helper()
	w := newWorldAt(t, time.Time{})
	l := &watcher{w, make(chan lock.Event, 1000), make(chan error, 1), make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	c := w.Client(
		yeeuu.WithWatch(doors(w)...), lock.WithWatchInterval(5*time.Millisecond), lock.WithRetry(lock.RetryPolicy{Attempts: 1}),
		lock.WithObserver(func(lock.Attempt) {
			select {
			case l.asked <- struct{}{}:
			default:
			}
		}))
	go func() {
		var last error
		for e, err := range c.Events().Watch(ctx) {
			if last = err; err == nil {
				l.events <- e
			}
		}
		l.ended <- last
	}()
	return l, cancel
}

func both(w *world) []lock.DeviceID { return []lock.DeviceID{w.front, w.inner, w.front} }

// polls waits until the doors were asked n times more.
func (l *watcher) polls(t *testing.T, n int) {
	t.Helper()
	for before := len(l.Requests()); len(l.Requests()) < before+n; {
		select {
		case <-l.asked:
		case err := <-l.ended:
			t.Fatalf("Watch ended with %v", err)
		}
	}
}

func (l *watcher) next(t *testing.T) lock.Event {
	t.Helper()
	select {
	case e := <-l.events:
		return e
	case err := <-l.ended:
		t.Fatalf("Watch ended with %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("no event came")
	}
	return lock.Event{}
}

func (l *watcher) wantEnded(t *testing.T, cancel context.CancelFunc) {
	t.Helper()
	cancel()
	if err := <-l.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v, want context.Canceled", err)
	}
	if len(l.events) > 0 {
		t.Errorf("got %+v as well, want each once", <-l.events)
	}
}

func TestWatch(t *testing.T) {
	t.Run("it needs to be told of doors", func(t *testing.T) {
		w := newWorld(t)
		for _, err := range w.c.Events().Watch(t.Context()) {
			if !errors.Is(err, lock.ErrInvalidArgument) || !strings.Contains(err.Error(), "yeeuu.WithWatch") {
				t.Errorf("got %v, want an ErrInvalidArgument that names WithWatch", err)
			}
		}
		if n := len(w.Requests()); n != 0 {
			t.Errorf("got %d requests, want none", n)
		}
	})
	t.Run("each opening from now on is told once, with its ID in the history", func(t *testing.T) {
		l, cancel := newWatcher(t, func(w *world) []lock.DeviceID {
			w.AddOpenings(w.front, w.opening(time.Minute, yeeuutest.ByApp, "old"), w.opening(time.Hour, yeeuutest.ByApp, "old"))
			return both(w)
		})
		l.polls(t, 4)
		alike := l.opening(0, yeeuutest.ByApp, "new")
		l.AddOpenings(l.inner, alike, alike)
		var ids []string
		for range 2 {
			e := l.next(t)
			if e.Device != l.inner || e.Source != lock.SourcePoll {
				t.Errorf("got %+v, want an opening of the inner door, polled", e)
			}
			ids = append(ids, e.ID)
		}
		if want := idsOf(history(t, l.c, lock.EventQuery{Device: l.inner})); !slices.Equal(ids, want) {
			t.Errorf("got %v, want %v as in the history", ids, want)
		}
		for range 4 { // far beyond what a poll looks back
			l.Advance(9 * time.Minute)
			l.polls(t, 4)
		}
		l.AddOpenings(l.front, l.opening(0, yeeuutest.ByApp, "newer"))
		if e := l.next(t); e.Device != l.front || e.Actor.Name != "newer" {
			t.Errorf("got %+v, want the new opening and nothing old", e)
		}
		l.wantEnded(t, cancel)
	})
	t.Run("what reaches the vendor late is told", func(t *testing.T) {
		l, cancel := newWatcher(t, both)
		l.polls(t, 4)
		l.Advance(5 * time.Minute)
		l.AddOpenings(l.front, l.opening(0, yeeuutest.ByApp, "now"))
		if e := l.next(t); e.Actor.Name != "now" {
			t.Errorf("got %+v, want the one of now", e)
		}
		l.AddOpenings(l.front, l.opening(4*time.Minute, yeeuutest.ByApp, "late"))
		if e := l.next(t); e.Actor.Name != "late" {
			t.Errorf("got %+v, want the late one", e)
		}
		l.wantEnded(t, cancel)
	})
	t.Run("a poll reads no further back than it has to, however long the watch", func(t *testing.T) {
		l, cancel := newWatcher(t, func(w *world) []lock.DeviceID { return []lock.DeviceID{w.front} })
		for i := range 60 { // more than a page
			l.Advance(5 * time.Minute)
			l.AddOpenings(l.front, l.opening(0, yeeuutest.ByApp, fmt.Sprint(i)))
			if e := l.next(t); e.Actor.Name != fmt.Sprint(i) {
				t.Fatalf("got %+v, want opening %d", e, i)
			}
		}
		for _, r := range l.Requests("/get_device_logs") {
			if page := r.Query.Get("page"); page != "1" {
				t.Fatalf("page %s was asked for, want the first alone", page)
			}
		}
		l.wantEnded(t, cancel)
	})
	t.Run("an outage loses nothing", func(t *testing.T) {
		var other lock.DeviceID
		l, cancel := newWatcher(t, func(w *world) []lock.DeviceID {
			other = w.AddLock("2602")
			return []lock.DeviceID{w.front, other}
		})
		l.polls(t, 4)
		l.Fail("/"+door(t, l.front).Code+"/get_device_logs", yeeuutest.Unavailable(0).Always())
		l.AddOpenings(l.front, l.opening(0, yeeuutest.ByApp, "during"))
		l.AddOpenings(other, l.opening(0, yeeuutest.ByApp, "elsewhere"))
		for range 4 {
			l.Advance(9 * time.Minute)
			l.polls(t, 4)
		}
		l.Heal()
		names := []string{l.next(t).Actor.Name, l.next(t).Actor.Name}
		if slices.Sort(names); !slices.Equal(names, []string{"during", "elsewhere"}) {
			t.Errorf("got %v, want what happened half an hour ago, during the outage", names)
		}
		l.wantEnded(t, cancel)
	})
	t.Run("it ends with an error that trying again cannot mend", func(t *testing.T) {
		l, _ := newWatcher(t, both)
		l.polls(t, 4)
		l.Fail("/get_device_logs", yeeuutest.Refuse("token错误").Always())
		err := <-l.ended
		var e *lock.Error
		if !errors.As(err, &e) || e.Kind != lock.ErrUnauthenticated || e.Op != lock.WatchEvents || e.Target == "" {
			t.Errorf("got %v, want an ErrUnauthenticated about a door", err)
		}
	})
}
