package locktest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func eventRules() []rule {
	rules := listRules(lock.ListEvents, func(t tb, ctx context.Context, w *world) ([]lock.Event, error) {
		return walk(ctx, w.p.Events().History(ctx, lock.EventQuery{Device: w.lock(t), Window: w.lately()}))
	}, func(e lock.Event) string { return e.ID })
	return slices.Concat(rules, historyRules(), watchRules(), receiveRules())
}

// history asks for the events of the lock.
func (w *world) history(t tb, window lock.Window, kinds ...lock.EventKind) []lock.Event {
	t.Helper()
	w.settle()
	return all(t, "events", w.p.Events().History(t.Context(), lock.EventQuery{Device: w.lock(t), Window: window, Kinds: kinds}))
}

func eventIDs(events []lock.Event) []string {
	return ids(events, func(e lock.Event) string { return e.ID })
}

func historyRules() []rule {
	r := about(lock.ListEvents)
	return []rule{
		r("an opened door is in the history", func(t tb, w *world) {
			before := w.now()
			w.openDoor(t)
			got := w.history(t, w.lately(), lock.EventLockUnlocked)
			if len(got) == 0 {
				t.Fatalf("got no event of kind %s, want one", lock.EventLockUnlocked)
			}
			e := got[len(got)-1]
			if e.Device != w.lock(t) {
				t.Errorf("Device: got %q, want %q", e.Device, w.lock(t))
			}
			if e.Source != lock.SourceHistory {
				t.Errorf("Source: got %q, want %q", e.Source, lock.SourceHistory)
			}
			if e.Vendor == "" || w.For == nil && e.Vendor != w.p.Vendor() {
				t.Errorf("Vendor: got %q, want %q", e.Vendor, w.p.Vendor())
			}
			if !e.OccurredAt.IsZero() && (e.OccurredAt.Before(before.Add(-time.Minute)) || e.OccurredAt.After(w.now().Add(time.Minute))) {
				t.Errorf("OccurredAt: got %s, want about %s, when the door was opened", e.OccurredAt, before)
			}
		}),
		r("events come oldest first", func(t tb, w *world) {
			for range 3 {
				w.openDoor(t)
			}
			got := w.history(t, w.lately())
			if !slices.IsSortedFunc(got, func(a, b lock.Event) int { return a.OccurredAt.Compare(b.OccurredAt) }) {
				t.Errorf("got %d events out of order, want the oldest first", len(got))
			}
			if opened := w.history(t, w.lately(), lock.EventLockUnlocked); len(opened) != 3 {
				t.Errorf("the door was opened 3 times: got %d events of it, want 3", len(opened))
			}
		}),
		r("the window holds its beginning and not its end", func(t tb, w *world) {
			w.openDoor(t)
			w.openDoor(t)
			events := w.history(t, w.lately(), lock.EventLockUnlocked)
			if len(events) < 2 {
				t.Fatalf("the door was opened twice: got %d events, want 2", len(events))
			}
			first, last := events[0], events[len(events)-1]
			if !first.OccurredAt.Before(last.OccurredAt) {
				t.Skipf("the vendor gives both openings one instant")
			}
			window := lock.Window{From: first.OccurredAt, Until: last.OccurredAt}
			got := eventIDs(w.history(t, window))
			if !slices.Contains(got, first.ID) {
				t.Errorf("the event at the window's beginning: got none, want it")
			}
			if slices.Contains(got, last.ID) {
				t.Errorf("the event at the window's end: got it, want it left out")
			}
			window = lock.Window{From: first.OccurredAt.Add(time.Millisecond), Until: last.OccurredAt.Add(time.Millisecond)}
			if got := eventIDs(w.history(t, window)); slices.Contains(got, first.ID) || !slices.Contains(got, last.ID) {
				t.Errorf("a window from just after the first event to just after the last: got %d events, want the last and not the first", len(got))
			}
		}),
		r("only the kinds that are asked for come", func(t tb, w *world) {
			w.openDoor(t)
			for _, e := range w.history(t, w.lately(), lock.EventLockUnlocked) {
				if e.Kind != lock.EventLockUnlocked {
					t.Errorf("asked for %s: got an event of kind %s", lock.EventLockUnlocked, e.Kind)
				}
			}
			if got := w.history(t, w.lately(), "kind.of_nothing"); len(got) > 0 {
				t.Errorf("asked for a kind that does not exist: got %d events, want none", len(got))
			}
		}),
		r("only events of the device that is asked for come", func(t tb, w *world) {
			w.openDoor(t)
			for _, e := range w.history(t, w.lately()) {
				if e.Device != w.lock(t) {
					t.Errorf("asked for events of %s: got one of %q", w.lock(t), e.Device)
				}
			}
		}),
		r("the same event has the same ID whenever it is asked for", func(t tb, w *world) {
			w.openDoor(t)
			window := w.lately()
			first, again := eventIDs(w.history(t, window)), eventIDs(w.history(t, window))
			if !slices.Equal(first, again) {
				t.Errorf("asked twice: got other IDs the second time, want the same %d", len(first))
			}
			if w.Again != nil {
				other := all(t, "events", w.Again().Events().History(t.Context(), lock.EventQuery{Device: w.lock(t), Window: window}))
				if !slices.Equal(first, eventIDs(other)) {
					t.Errorf("asked by another process: got other IDs, want the same %d", len(first))
				}
			}
		}),
	}
}

// watcher is a loop over Watch.
type watcher struct {
	events chan lock.Event
	ended  chan error   // the last error, nil if the loop ended without one
	past   []lock.Event // that next has passed
}

func (w *world) watch(ctx context.Context) *watcher {
	l := &watcher{events: make(chan lock.Event, 10_000), ended: make(chan error, 1)}
	go func() {
		var last error
		defer func() {
			if p := recover(); p != nil {
				last = errors.New("panic in Watch")
			}
			l.ended <- last
		}()
		for e, err := range w.p.Events().Watch(ctx) {
			last = err
			if err == nil {
				l.events <- e
			}
		}
	}()
	return l
}

// firstPause is how long the first of the tries of something waits; each waits twice as long, up to a
// second. Time passes by minutes meanwhile, and vendors refuse calls that are minutes on their way.
const firstPause = 50 * time.Millisecond

// seen opens the door until somebody who watches sees it, and returns the event. The first
// openings may come before the watcher is connected.
func (l *watcher) seen(t tb, w *world) lock.Event {
	t.Helper()
	return l.seenAfter(t, w, time.Time{})
}

// seenAfter is seen of an opening after an instant, or of one of which nobody knows when it was.
func (l *watcher) seenAfter(t tb, w *world, at time.Time) lock.Event {
	t.Helper()
	w.meetOpener(t)
	e, ok := l.await(t, w, func() { w.open() }, func(e lock.Event) bool {
		return e.Kind == lock.EventLockUnlocked && (e.OccurredAt.IsZero() || e.OccurredAt.After(at))
	})
	if !ok {
		t.Fatalf("the door was opened, and who watches saw nothing of it for %s", w.patience)
	}
	return e
}

// await does something again and again, and lets time pass, until a wanted event comes.
func (l *watcher) await(t tb, w *world, do func(), wanted func(lock.Event) bool) (lock.Event, bool) {
	t.Helper()
	pause := firstPause
	for deadline := time.Now().Add(w.patience); time.Now().Before(deadline); pause = min(2*pause, time.Second) {
		do()
		if w.Advance != nil {
			w.Advance(time.Minute) // for those who poll, or come back after a pause
		}
		if e, ok := l.next(t, pause, wanted); ok {
			return e, true
		}
	}
	return lock.Event{}, false
}

// next waits for an event.
func (l *watcher) next(t tb, patience time.Duration, wanted func(lock.Event) bool) (lock.Event, bool) {
	t.Helper()
	over := time.After(patience)
	for {
		select {
		case e := <-l.events:
			l.past = append(l.past, e)
			if wanted(e) {
				return e, true
			}
		case err := <-l.ended:
			l.ended <- err
			t.Fatalf("Watch ended with %s, want it to go on", describe(err))
		case <-over:
			return lock.Event{}, false
		}
	}
}

// wantEnded checks that the loop ends now, with the end of its context.
func (l *watcher) wantEnded(t tb, w *world) {
	t.Helper()
	select {
	case err := <-l.ended:
		wantCanceled(t, "Watch", err)
	case <-time.After(w.patience):
		t.Fatalf("Watch went on for %s after its context had ended, want it to end", w.patience)
	}
}

func watchRules() []rule {
	r := about(lock.WatchEvents)
	return []rule{
		r("an opened door is seen, with the ID it has in the history", func(t tb, w *world) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			l := w.watch(ctx)
			e := l.seen(t, w)
			cancel()
			l.wantEnded(t, w)
			if e.Device != w.lock(t) || e.ID == "" {
				t.Errorf("got device %q and ID %q, want %q and an ID", e.Device, e.ID, w.lock(t))
			}
			if e.Source != lock.SourceStream && e.Source != lock.SourcePoll {
				t.Errorf("Source: got %q, want %q or %q", e.Source, lock.SourceStream, lock.SourcePoll)
			}
			if !w.can(lock.ListEvents) {
				return
			}
			if got := eventIDs(w.history(t, w.lately(), lock.EventLockUnlocked)); !slices.Contains(got, e.ID) {
				t.Errorf("the history has %d openings, none with the ID %s that was watched", len(got), e.ID)
			}
		}),
		r("it ends with its context", func(t tb, w *world) {
			ctx, cancel := context.WithCancel(t.Context())
			l := w.watch(ctx)
			l.seen(t, w)
			cancel()
			l.wantEnded(t, w)
		}),
		r("breaking the loop ends it", func(t tb, w *world) {
			w.meetOpener(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			left := make(chan error, 1)
			go func() {
				left <- caught(func() error {
					for _, err := range w.p.Events().Watch(ctx) {
						return err
					}
					return errors.New("the sequence ended without a word")
				})
			}()
			pause := firstPause
			for deadline := time.Now().Add(w.patience); time.Now().Before(deadline); pause = min(2*pause, time.Second) {
				w.open()
				if w.Advance != nil {
					w.Advance(time.Minute)
				}
				select {
				case err := <-left:
					if err != nil {
						t.Errorf("got %s, want an event", describe(err))
					}
					return
				case <-time.After(pause):
				}
			}
			t.Fatalf("the loop was not left within %s of an event", w.patience)
		}),
		r("two who watch both see it", func(t tb, w *world) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			a, b := w.watch(ctx), w.watch(ctx)
			a.seen(t, w)
			b.seen(t, w)
			both := w.now() // are connected
			e := a.seenAfter(t, w, both)
			if !slices.ContainsFunc(b.past, func(past lock.Event) bool { return past.ID == e.ID }) {
				if _, ok := b.await(t, w, func() {}, func(next lock.Event) bool { return next.ID == e.ID }); !ok {
					t.Errorf("an event that one watcher saw: the other did not see it within %s", w.patience)
				}
			}
			cancel()
			a.wantEnded(t, w)
			b.wantEnded(t, w)
		}),
		r("after a break there is a gap over what was lost", func(t tb, w *world) {
			w.need(t, w.Break != nil, "Break")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			l := w.watch(ctx)
			l.seen(t, w)
			w.Break(func() { w.open() })
			gap, ok := l.await(t, w, func() {}, func(e lock.Event) bool { return e.Kind == lock.EventGap })
			if !ok {
				t.Fatalf("got no %s within %s of the break, want one", lock.EventGap, w.patience)
			}
			window, ok := gap.Data.(lock.Window)
			if !ok {
				t.Fatalf("Data of the gap: got a %T, want a lock.Window", gap.Data)
			}
			if w.can(lock.ListEvents) {
				opened := w.history(t, w.lately(), lock.EventLockUnlocked)
				if lost := opened[len(opened)-1]; !window.Contains(lost.OccurredAt) {
					t.Errorf("the gap is %s, want it to hold %s, when something happened that was not streamed", window, lost.OccurredAt)
				}
			}
			cancel()
			l.wantEnded(t, w)
		}),
	}
}

// receiver is a server with a provider's webhook handler.
type receiver struct {
	handler http.Handler
	news    chan struct{} // gets a token after every delivery

	mu         sync.Mutex
	sink       func(context.Context, lock.Event) error // may be nil
	events     []lock.Event
	deliveries []delivery
	answers    int // written so far
}

// delivery is one request of the vendor and how it was answered.
type delivery struct {
	method string
	url    string
	header http.Header
	body   []byte
	status int
	events []lock.Event // that reached the sink
}

// receive sets up a receiver and has the vendor send to it.
func (w *world) receive(t tb) *receiver {
	t.Helper()
	w.need(t, w.Webhook != nil, "Webhook")
	r := &receiver{news: make(chan struct{}, 1)}
	h, err := w.p.Events().Receive(func(ctx context.Context, e lock.Event) error {
		r.mu.Lock()
		sink := r.sink
		r.events = append(r.events, e)
		r.mu.Unlock()
		if sink != nil {
			return sink(ctx, e)
		}
		return nil
	})
	if err != nil || h == nil {
		t.Fatalf("Receive: got handler %v and %s, want a handler", h, describe(err))
	}
	r.handler = h
	server := httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(server.Close)
	w.Webhook(server.URL + "/callback")
	return r
}

// serve hands a request to the handler and keeps what both said.
func (r *receiver) serve(rw http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(rw, "unreadable", http.StatusBadRequest)
		return
	}
	d := delivery{method: req.Method, url: req.URL.String(), header: req.Header.Clone(), body: body}
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	before := len(r.events)
	r.mu.Unlock()
	defer func() {
		select {
		case r.news <- struct{}{}:
		default:
		}
	}()
	out := &answered{ResponseWriter: rw, r: r}
	r.handler.ServeHTTP(out, req)
	r.mu.Lock()
	defer r.mu.Unlock()
	d.status, d.events = max(out.status, http.StatusOK), slices.Clone(r.events[min(before, len(r.events)):])
	r.deliveries = append(r.deliveries, d)
}

// answered notes when an answer begins.
type answered struct {
	http.ResponseWriter
	r      *receiver
	status int
}

func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
		a.r.mu.Lock()
		a.r.answers++
		a.r.mu.Unlock()
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// setSink has the handler's sink do something from now on.
func (r *receiver) setSink(sink func(context.Context, lock.Event) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sink = sink
}

// await waits until something is true of the receiver, which is locked meanwhile. It lets the
// vendor's time pass.
func (r *receiver) await(w *world, holds func() bool) bool {
	pass := time.Minute
	for deadline := time.Now().Add(w.patience); time.Now().Before(deadline); {
		r.mu.Lock()
		ok := holds()
		r.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-r.news:
		case <-time.After(20 * time.Millisecond):
			w.settle()
			if w.Advance != nil && pass < 24*time.Hour {
				w.Advance(pass)
				pass *= 2
			}
		}
	}
	return false
}

// opened are the openings that were delivered and acknowledged. The receiver is locked.
func (r *receiver) opened(device lock.DeviceID) []delivery {
	return slices.DeleteFunc(slices.Clone(r.deliveries), func(d delivery) bool {
		return d.status/100 != 2 || !slices.ContainsFunc(d.events, func(e lock.Event) bool {
			return e.Kind == lock.EventLockUnlocked && e.Device == device
		})
	})
}

// delivered opens the door n times and returns the deliveries of it.
func (r *receiver) delivered(t tb, w *world, n int) []delivery {
	t.Helper()
	for range n {
		w.openDoor(t)
	}
	var got []delivery
	if !r.await(w, func() bool {
		got = r.opened(w.Lock)
		return len(got) >= n
	}) {
		t.Fatalf("the door was opened %d times: got %d deliveries of it within %s, want %d", n, len(got), w.patience, n)
	}
	return got
}

// again gives a request to the handler once more, changed by change, and returns the answer and
// what reached the sink.
func (r *receiver) again(d delivery, change func(*delivery)) (status int, events []lock.Event) {
	d.header = d.header.Clone()
	if change != nil {
		change(&d)
	}
	req := httptest.NewRequest(d.method, d.url, bytes.NewReader(d.body))
	req.Header = d.header
	rec := httptest.NewRecorder()
	r.mu.Lock()
	before := len(r.events)
	r.mu.Unlock()
	r.handler.ServeHTTP(rec, req)
	r.mu.Lock()
	defer r.mu.Unlock()
	return rec.Code, slices.Clone(r.events[before:])
}

func receiveRules() []rule {
	r := about(lock.ReceiveEvents)
	return []rule{
		r("an opened door is delivered, with the ID it has in the history", func(t tb, w *world) {
			e := opening(w.receive(t).delivered(t, w, 1)[0])
			if e.Source != lock.SourceWebhook {
				t.Errorf("Source: got %q, want %q", e.Source, lock.SourceWebhook)
			}
			if !w.can(lock.ListEvents) {
				return
			}
			if got := eventIDs(w.history(t, w.lately(), lock.EventLockUnlocked)); !slices.Contains(got, e.ID) {
				t.Errorf("the history has %d openings, none with the ID %s that was delivered", len(got), e.ID)
			}
		}),
		r("an opened door is delivered, with the ID that was watched", func(t tb, w *world) {
			rec := w.receive(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			l := w.watch(ctx)
			e := l.seen(t, w)
			if !rec.await(w, func() bool {
				return slices.ContainsFunc(rec.events, func(got lock.Event) bool { return got.ID == e.ID })
			}) {
				t.Errorf("no delivery has the ID %s that was watched", e.ID)
			}
			cancel()
			l.wantEnded(t, w)
		}, lock.WatchEvents),
		r("every opening is delivered, each with an ID of its own", func(t tb, w *world) {
			var got []string
			for _, d := range w.receive(t).delivered(t, w, 3) {
				got = append(got, opening(d).ID)
			}
			wantOnce(t, "openings", got)
		}),
		r("what the sink fails on is not acknowledged and comes again, with its ID", func(t tb, w *world) {
			w.meetOpener(t)
			rec := w.receive(t)
			rec.setSink(func(context.Context, lock.Event) error { return errors.New("the database is down") })
			w.openDoor(t)
			var refused delivery
			if !rec.await(w, func() bool {
				i := slices.IndexFunc(rec.deliveries, func(d delivery) bool { return opening(d).ID != "" })
				if i >= 0 {
					refused = rec.deliveries[i]
				}
				return i >= 0
			}) {
				t.Fatalf("the opened door was not delivered within %s", w.patience)
			}
			if refused.status/100 == 2 {
				t.Errorf("the sink failed: got status %d, want none of 2xx", refused.status)
			}
			rec.setSink(nil)
			if !rec.await(w, func() bool {
				return slices.ContainsFunc(rec.deliveries, func(d delivery) bool {
					return d.status/100 == 2 && slices.ContainsFunc(d.events, func(e lock.Event) bool { return e.ID == opening(refused).ID })
				})
			}) {
				t.Errorf("the event that the sink had failed on was not delivered again with its ID")
			}
		}),
		r("success is answered after the sink has returned", func(t tb, w *world) {
			w.meetOpener(t)
			rec := w.receive(t)
			entered, leave := make(chan struct{}, 100), make(chan struct{})
			rec.setSink(func(context.Context, lock.Event) error {
				entered <- struct{}{}
				<-leave
				return nil
			})
			go w.open()
			ok := w.soon(func() { <-entered })
			rec.mu.Lock()
			answers := rec.answers
			rec.mu.Unlock()
			close(leave)
			if !ok {
				t.Fatalf("the opened door was not delivered within %s", w.patience)
			}
			if answers > 0 {
				t.Errorf("while the sink was at work: got an answer, want none before it returns")
			}
			if !rec.await(w, func() bool { return len(rec.opened(w.Lock)) > 0 }) {
				t.Errorf("the sink has returned: got no success, want 2xx")
			}
		}),
		r("a delivery that is repeated has the same ID", func(t tb, w *world) {
			rec := w.receive(t)
			d := rec.delivered(t, w, 1)[0]
			status, events := rec.again(d, nil)
			if status/100 != 2 {
				t.Errorf("the same delivery again: got status %d, want 2xx", status)
			}
			if !slices.Equal(eventIDs(events), eventIDs(d.events)) {
				t.Errorf("the same delivery again: got IDs %v, want %v", eventIDs(events), eventIDs(d.events))
			}
		}),
		r("deliveries are taken side by side", func(t tb, w *world) {
			rec := w.receive(t)
			both := rec.delivered(t, w, 2)[:2]
			entered, leave := make(chan struct{}, 100), make(chan struct{})
			rec.setSink(func(context.Context, lock.Event) error {
				entered <- struct{}{}
				<-leave
				return nil
			})
			var wg sync.WaitGroup
			for _, d := range both {
				wg.Go(func() { rec.again(d, nil) })
			}
			ok := w.soon(func() {
				<-entered
				select {
				case <-entered:
				case <-leave:
				}
			})
			close(leave)
			wg.Wait()
			if !ok {
				t.Errorf("two deliveries at once: the second waited for the sink of the first, want both at work")
			}
		}),
		r("another method is refused", func(t tb, w *world) {
			rec := w.receive(t)
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
				status, events := rec.again(delivery{method: method, url: "/callback", header: http.Header{}}, nil)
				if status != http.StatusMethodNotAllowed || len(events) > 0 {
					t.Errorf("%s: got status %d and %d events, want %d and none", method, status, len(events), http.StatusMethodNotAllowed)
				}
			}
		}),
		r("a body that is too large is refused, and not read to its end", func(t tb, w *world) {
			rec := w.receive(t)
			const size = 16 << 20
			body := &endless{left: size}
			req := httptest.NewRequest(http.MethodPost, "/callback", body)
			req.Header.Set("Content-Type", "application/json")
			out := httptest.NewRecorder()
			rec.handler.ServeHTTP(out, req)
			if out.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("a body of 16 MiB: got status %d, want %d", out.Code, http.StatusRequestEntityTooLarge)
			}
			if read := size - body.left; read > 4<<20 {
				t.Errorf("a body of 16 MiB: got %d bytes read, want 4 MiB at most", read)
			}
		}),
		r("what the vendor did not send is refused", func(t tb, w *world) {
			rec := w.receive(t)
			d := rec.delivered(t, w, 1)[0]
			for what, change := range map[string]func(*delivery){
				"nothing at all":  func(d *delivery) { d.body = nil },
				"no JSON":         func(d *delivery) { d.body = []byte("open sesame") },
				"an empty object": func(d *delivery) { d.body = []byte("{}") },
				"another device than was signed": func(d *delivery) {
					d.body = forged(d.body, string(w.Lock))
				},
			} {
				status, events := rec.again(d, change)
				if status < 400 || status > 499 || len(events) > 0 {
					t.Errorf("%s: got status %d and %d events, want 4xx and none", what, status, len(events))
				}
			}
		}),
	}
}

// opening is the opened door among the events of a delivery.
func opening(d delivery) lock.Event {
	for _, e := range d.events {
		if e.Kind == lock.EventLockUnlocked {
			return e
		}
	}
	return lock.Event{}
}

// forged is a body about another device of the same length, or with one byte changed.
func forged(body []byte, device string) []byte {
	text := string(body)
	if i := strings.Index(text, device); i >= 0 && device != "" {
		last := i + len(device) - 1
		return []byte(text[:last] + string(text[last]^1) + text[last+1:])
	}
	changed := bytes.Clone(body)
	if len(changed) > 0 {
		changed[len(changed)/2] ^= 1
	}
	return changed
}

var manyLetters = strings.Repeat("a", 32<<10)

// endless is a long body.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), e.left)], manyLetters)
	e.left -= n
	return n, nil
}
