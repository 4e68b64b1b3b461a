package lock_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// handled is what the handlers of a test were given.
type handled struct {
	mu    sync.Mutex
	times map[string][]time.Time
}

func newHandled() *handled { return &handled{times: map[string][]time.Time{}} }

func (h *handled) note(id string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.times[id] = append(h.times[id], time.Now())
	return len(h.times[id])
}

func (h *handled) count(id string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.times[id])
}

func (h *handled) pauses(id string) []time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []time.Duration
	for i := 1; i < len(h.times[id]); i++ {
		out = append(out, h.times[id][i].Sub(h.times[id][i-1]))
	}
	return out
}

// handle runs Handle until the returned function is called.
func handle(t *testing.T, in *lock.Inbox, f func(context.Context, lock.Event) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := in.Handle(ctx, f); !errors.Is(err, context.Canceled) {
			t.Errorf("Handle: got %v, want the context's error", err)
		}
	})
	return func() {
		cancel()
		ended.Wait()
	}
}

func event(id string) lock.Event {
	return lock.Event{ID: id, Kind: lock.EventLockUnlocked, Device: "d1"}
}

func mustAppend(t *testing.T, in *lock.Inbox, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := in.Append(t.Context(), event(id)); err != nil {
			t.Fatalf("Append %s: %v", id, err)
		}
	}
}

func wantCount(t *testing.T, in *lock.Inbox, want lock.LogCount) {
	t.Helper()
	if got, err := in.Count(t.Context()); err != nil || got != want {
		t.Errorf("Count: got %+v and %v, want %+v", got, err, want)
	}
}

// deadOf lists the dead events.
func deadOf(t *testing.T, in *lock.Inbox) []lock.DeadEvent {
	t.Helper()
	var out []lock.DeadEvent
	for d, err := range in.Dead(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

func TestManyDeliveriesAreOneEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, got := lock.NewMemoryStore(nil), newHandled()
		var replicas []*lock.Inbox
		for range 4 {
			in := lock.NewInbox(store, "webhooks", lock.InboxOptions{})
			replicas = append(replicas, in)
			defer handle(t, in, func(_ context.Context, e lock.Event) error { got.note(e.ID); return nil })()
		}
		var delivering sync.WaitGroup
		for i := range 8 { // 1 delivery and 7 repetitions, at once
			delivering.Go(func() { mustAppend(t, replicas[i%4], "e1") })
		}
		delivering.Wait()
		time.Sleep(time.Hour)
		if n := got.count("e1"); n != 1 {
			t.Errorf("handled %d times, want once", n)
		}
		wantCount(t, replicas[0], lock.LogCount{Entries: 1})
	})
}

func TestAppendWaitsForNoHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, got := lock.NewInbox(lock.NewMemoryStore(nil), "webhooks", lock.InboxOptions{Workers: 2}), newHandled()
		defer handle(t, in, func(ctx context.Context, e lock.Event) error {
			got.note(e.ID)
			return lock.SystemClock.Sleep(ctx, 10*time.Minute)
		})()
		begun := time.Now()
		for i := range 100 {
			mustAppend(t, in, fmt.Sprint(i))
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("100 events took %v to append, want no wait", took)
		}
		time.Sleep(500*time.Minute + time.Second)
		for i := range 100 {
			if n := got.count(fmt.Sprint(i)); n != 1 {
				t.Errorf("event %d was handled %d times, want once, however long that takes", i, n)
			}
		}
	})
}

func TestEventThatCannotBeHandledIsPutAside(t *testing.T) {
	for name, failing := range map[string]func() error{
		"an error": func() error { return errors.New("no such flat") },
		"a panic":  func() error { panic("no such flat") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in, got := lock.NewInbox(lock.NewMemoryStore(nil), "webhooks", lock.InboxOptions{Workers: 1}), newHandled()
				var works bool
				defer handle(t, in, func(_ context.Context, e lock.Event) error {
					got.note(e.ID)
					if e.ID == "bad" && !works {
						return failing()
					}
					return nil
				})()
				mustAppend(t, in, "bad", "good")
				time.Sleep(time.Second)
				if got.count("good") != 1 {
					t.Errorf("the event behind was not handled, want it to pass")
				}
				time.Sleep(3 * time.Hour)
				if n := got.count("bad"); n != 10 {
					t.Errorf("handled %d times, want 10", n)
				}
				full := 5 * time.Second
				for i, pause := range got.pauses("bad") {
					if pause < full/2 || pause > full+time.Second {
						t.Errorf("pause %d: got %v, want half to full of %v", i+1, pause, full)
					}
					full = min(2*full, 15*time.Minute)
				}
				wantCount(t, in, lock.LogCount{Entries: 2, Dead: 1})
				dead := deadOf(t, in)
				if len(dead) != 1 || dead[0].Event.ID != "bad" || dead[0].Tries != 10 || !strings.Contains(dead[0].Why, "no such flat") {
					t.Fatalf("got the dead %+v, want the bad event after 10 tries with its reason", dead)
				}

				works = true
				if n, err := in.Replay(t.Context()); n != 1 || err != nil {
					t.Errorf("Replay: got %d and %v, want 1", n, err)
				}
				synctest.Wait()
				if n := got.count("bad"); n != 11 {
					t.Errorf("handled %d times, want once more at once", n)
				}
				wantCount(t, in, lock.LogCount{Entries: 2})
			})
		})
	}
}

func TestDiscardTakesOnlyTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := lock.NewInbox(lock.NewMemoryStore(nil), "webhooks", lock.InboxOptions{Tries: 1})
		stop := handle(t, in, func(context.Context, lock.Event) error { return errors.New("no") })
		mustAppend(t, in, "bad", "worse")
		synctest.Wait()
		stop()
		mustAppend(t, in, "waits")
		dead := deadOf(t, in)
		if len(dead) != 2 {
			t.Fatalf("got %d dead events, want 2", len(dead))
		}
		if err := in.Discard(t.Context(), dead[0].Seq); err != nil {
			t.Errorf("Discard: %v", err)
		}
		for name, seq := range map[string]uint64{"again": dead[0].Seq, "of one that waits": dead[1].Seq + 1, "of none": 0, "of one to come": 99} {
			if err := in.Discard(t.Context(), seq); !errors.Is(err, lock.ErrNotFound) {
				t.Errorf("Discard %s: got %v, want ErrNotFound", name, err)
			}
		}
		wantCount(t, in, lock.LogCount{Entries: 3, Waiting: 1, Dead: 1})
	})
}

func TestLongHandlerKeepsItsEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, got := lock.NewMemoryStore(nil), newHandled()
		for range 2 {
			in := lock.NewInbox(store, "webhooks", lock.InboxOptions{})
			defer handle(t, in, func(ctx context.Context, e lock.Event) error {
				got.note(e.ID)
				return lock.SystemClock.Sleep(ctx, time.Hour)
			})()
		}
		mustAppend(t, lock.NewInbox(store, "webhooks", lock.InboxOptions{}), "e1")
		time.Sleep(3 * time.Hour)
		if n := got.count("e1"); n != 1 {
			t.Errorf("handled %d times, want once", n)
		}
	})
}

// cutOff is a store whose replica cannot reach it any more.
type cutOff struct {
	*lock.MemoryStore
	mu  sync.Mutex
	off bool
}

func (c *cutOff) set(off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = off
}

func (c *cutOff) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return &lock.Error{Kind: lock.ErrStoreUnavailable}
	}
	return nil
}

func (c *cutOff) TakeEvents(ctx context.Context, log string, n int, hold time.Duration) ([]lock.Delivery, error) {
	if err := c.failure(); err != nil {
		return nil, err
	}
	return c.MemoryStore.TakeEvents(ctx, log, n, hold)
}

func (c *cutOff) SettleEvent(ctx context.Context, log string, d lock.Delivery, s lock.Settlement) error {
	if err := c.failure(); err != nil {
		return err
	}
	return c.MemoryStore.SettleEvent(ctx, log, d, s)
}

func TestAnotherReplicaTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := lock.NewMemoryStore(nil)
		mine := &cutOff{MemoryStore: memory}
		first := lock.NewInbox(mine, "webhooks", lock.InboxOptions{})
		interrupted := make(chan error, 1)
		defer handle(t, first, func(ctx context.Context, _ lock.Event) error {
			mine.set(true)
			<-ctx.Done()
			interrupted <- context.Cause(ctx)
			return ctx.Err()
		})()
		mustAppend(t, first, "e1")
		synctest.Wait() // the first has it, and is cut off
		begun, got := time.Now(), newHandled()
		second := lock.NewInbox(memory, "webhooks", lock.InboxOptions{})
		release := make(chan struct{})
		defer handle(t, second, func(_ context.Context, e lock.Event) error {
			got.note(e.ID)
			<-release
			return nil
		})()
		time.Sleep(5 * time.Minute)
		if n := got.count("e1"); n != 1 {
			t.Fatalf("the second handled it %d times, want once", n)
		}
		if after := got.times["e1"][0].Sub(begun); after < time.Minute || after > time.Minute+2*time.Second {
			t.Errorf("taken over after %v, want a minute", after)
		}
		mine.set(false) // and it learns that somebody else has the event
		if err := <-interrupted; !errors.Is(err, lock.ErrSuperseded) {
			t.Errorf("the first was interrupted by %v, want ErrSuperseded", err)
		}
		close(release)
		synctest.Wait()
		wantCount(t, second, lock.LogCount{Entries: 1})
	})
}

func TestStoppingIsNoFailureOfTheEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, got := lock.NewInbox(lock.NewMemoryStore(nil), "webhooks", lock.InboxOptions{Tries: 1}), newHandled()
		stop := handle(t, in, func(ctx context.Context, e lock.Event) error {
			got.note(e.ID)
			<-ctx.Done()
			return ctx.Err()
		})
		mustAppend(t, in, "e1")
		synctest.Wait()
		stop()
		wantCount(t, in, lock.LogCount{Entries: 1, Waiting: 1})
		defer handle(t, in, func(_ context.Context, e lock.Event) error { got.note(e.ID); return nil })()
		synctest.Wait()
		if n := got.count("e1"); n != 2 {
			t.Errorf("handled %d times, want it handled again at once", n)
		}
		wantCount(t, in, lock.LogCount{Entries: 1})
	})
}

func TestStopWaitsForHandlersThatFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := lock.NewInbox(lock.NewMemoryStore(nil), "webhooks", lock.InboxOptions{})
		stop := handle(t, in, func(context.Context, lock.Event) error {
			time.Sleep(time.Minute)
			return nil
		})
		mustAppend(t, in, "e1")
		synctest.Wait()
		stop()
		wantCount(t, in, lock.LogCount{Entries: 1})
	})
}

func TestInboxOutlivesItsStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &cutOff{MemoryStore: lock.NewMemoryStore(nil)}
		in, got := lock.NewInbox(store, "webhooks", lock.InboxOptions{}), newHandled()
		store.set(true)
		defer handle(t, in, func(_ context.Context, e lock.Event) error { got.note(e.ID); return nil })()
		if err := in.Append(t.Context(), event("e1")); !errors.Is(err, lock.ErrStoreUnavailable) {
			t.Errorf("Append: got %v, want ErrStoreUnavailable, so that the vendor delivers it again", err)
		}
		time.Sleep(time.Hour)
		store.set(false)
		mustAppend(t, in, "e1")
		time.Sleep(15 * time.Minute)
		if n := got.count("e1"); n != 1 {
			t.Errorf("handled %d times once the store was back, want once", n)
		}
	})
}

func TestWhatIsNoEventIsPutAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := lock.NewMemoryStore(nil)
		if _, err := store.AppendEvent(t.Context(), "webhooks", lock.LogEntry{ID: "e1", Data: []byte("{")}, lock.AppendOptions{Keep: time.Hour}); err != nil {
			t.Fatal(err)
		}
		in, got := lock.NewInbox(store, "webhooks", lock.InboxOptions{}), newHandled()
		defer handle(t, in, func(_ context.Context, e lock.Event) error { got.note(e.ID); return nil })()
		synctest.Wait()
		if dead := deadOf(t, in); len(dead) != 1 || dead[0].Event.ID != "e1" || got.count("e1") != 0 {
			t.Errorf("got the dead %+v, want e1 and no handler asked", dead)
		}
	})
}

func TestInboxForgetsWhatIsOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := lock.NewInbox(lock.NewMemoryStore(nil), "webhooks", lock.InboxOptions{Keep: 2 * time.Hour})
		defer handle(t, in, func(context.Context, lock.Event) error { return nil })()
		mustAppend(t, in, "e1")
		time.Sleep(3 * time.Hour)
		mustAppend(t, in, "e2", "e1") // e1 is remembered for longer than it is kept
		time.Sleep(2 * time.Hour)
		wantCount(t, in, lock.LogCount{Entries: 1})
	})
}

func TestEventsWithoutAnIDAreNotMistakenForOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := lock.NewInbox(lock.NewMemoryStore(nil), "webhooks", lock.InboxOptions{})
		at := time.Now()
		for _, e := range []lock.Event{{Kind: lock.EventGap, ReceivedAt: at}, {Kind: lock.EventGap, ReceivedAt: at}, {Kind: lock.EventGap, ReceivedAt: at.Add(1)}} {
			if err := in.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		wantCount(t, in, lock.LogCount{Entries: 2, Waiting: 2})
	})
}

// process is a replica that dies by some events: from then on nothing that it does reaches the store.
type process struct {
	t      *testing.T
	memory *lock.MemoryStore
	o      lock.InboxOptions
	got    *handled
}

// live runs a replica, which dies in the middle of an event called deadly, until it is dead or has
// nothing to do for a while.
func (p *process) live(ctx context.Context) (died bool) {
	p.t.Helper()
	store := &cutOff{MemoryStore: p.memory}
	in := lock.NewInbox(store, "webhooks", p.o)
	dead := make(chan struct{})
	stop := handle(p.t, in, func(ctx context.Context, e lock.Event) error {
		if p.got.note(e.ID); e.ID != "deadly" {
			return lock.SystemClock.Sleep(ctx, time.Second) // and is killed as well if the other is beside it
		}
		store.set(true)
		close(dead)
		<-ctx.Done()
		return ctx.Err()
	})
	defer stop()
	select {
	case <-dead:
		return true
	case <-ctx.Done():
		return false
	}
}

// Whoever was handled beside the deadly event is not put aside with it.
func TestEventThatKillsItsProcessIsPutAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &process{t: t, memory: lock.NewMemoryStore(nil), o: lock.InboxOptions{Tries: 3}, got: newHandled()}
		in := lock.NewInbox(p.memory, "webhooks", p.o)
		mustAppend(t, in, "a", "b", "deadly", "c", "d")
		deaths := 0
		for range 6 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			if p.live(ctx) {
				deaths++
			}
			cancel()
		}
		if n := p.got.count("deadly"); n != 3 || deaths != 3 {
			t.Errorf("handled %d times, and %d processes died, want 3", n, deaths)
		}
		dead := deadOf(t, in)
		if len(dead) != 1 || dead[0].Event.ID != "deadly" || dead[0].Tries != 3 || !strings.Contains(dead[0].Why, "never ended") {
			t.Fatalf("got the dead %+v, want the deadly event alone after 3 tries that never ended", dead)
		}
		wantCount(t, in, lock.LogCount{Entries: 5, Dead: 1})
	})
}

func TestTheReasonOfATryThatEndedIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &process{t: t, memory: lock.NewMemoryStore(nil), o: lock.InboxOptions{Tries: 2}, got: newHandled()}
		in := lock.NewInbox(p.memory, "webhooks", p.o)
		stop := handle(t, in, func(context.Context, lock.Event) error { return errors.New("no such flat") })
		mustAppend(t, in, "deadly")
		synctest.Wait()
		stop()
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			p.live(ctx)
			cancel()
		}
		dead := deadOf(t, in)
		if len(dead) != 1 || !strings.Contains(dead[0].Why, "never ended") || !strings.Contains(dead[0].Why, "no such flat") {
			t.Errorf("got the dead %+v, want both reasons", dead)
		}
	})
}

func TestStoppingCostsNoTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, got := lock.NewMemoryStore(nil), newHandled()
		in := lock.NewInbox(store, "webhooks", lock.InboxOptions{Tries: 2})
		mustAppend(t, in, "e1")
		for range 20 {
			stop := handle(t, in, func(ctx context.Context, e lock.Event) error {
				got.note(e.ID)
				<-ctx.Done()
				return ctx.Err()
			})
			synctest.Wait()
			stop()
		}
		if n := got.count("e1"); n != 20 {
			t.Errorf("handled %d times, want it handled again after each stop", n)
		}
		stop := handle(t, in, func(context.Context, lock.Event) error { return errors.New("no such flat") })
		time.Sleep(time.Hour)
		stop()
		if dead := deadOf(t, in); len(dead) != 1 || dead[0].Tries != 2 || dead[0].Why != "no such flat" {
			t.Errorf("got the dead %+v, want it after the 2 tries that were its own", dead)
		}
	})
}

// slowStore is a store that answers TakeEvents late.
type slowStore struct {
	*lock.MemoryStore
	asked chan struct{}
	after time.Duration
}

func (s *slowStore) TakeEvents(ctx context.Context, log string, n int, hold time.Duration) ([]lock.Delivery, error) {
	close(s.asked)
	taken, err := s.MemoryStore.TakeEvents(ctx, log, n, hold)
	if late := lock.SystemClock.Sleep(ctx, s.after); late != nil {
		return nil, late // the answer is lost
	}
	return taken, err
}

func TestWhatIsTakenWhileStoppingIsGivenBack(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		tries int // the next one
	}{
		"an answer that comes is given back":     {time.Second, 1},
		"a store that does not answer costs one": {time.Hour, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &slowStore{lock.NewMemoryStore(nil), make(chan struct{}), c.after}
				in, got := lock.NewInbox(store, "webhooks", lock.InboxOptions{}), newHandled()
				mustAppend(t, in, "e1")
				stop := handle(t, in, func(_ context.Context, e lock.Event) error { got.note(e.ID); return nil })
				<-store.asked
				begun := time.Now()
				stop()
				if took := time.Since(begun); took > 5*time.Second {
					t.Errorf("stopping took %v, want 5 s at most", took)
				}
				if n := got.count("e1"); n != 0 {
					t.Errorf("handled %d times after the stop, want it given back", n)
				}
				time.Sleep(2 * time.Minute)
				taken, err := store.MemoryStore.TakeEvents(t.Context(), "webhooks", 1, time.Minute)
				if err != nil || len(taken) != 1 || taken[0].Tries != c.tries {
					t.Errorf("got %+v and %v, want it in its try %d", taken, err, c.tries)
				}
			})
		})
	}
}
