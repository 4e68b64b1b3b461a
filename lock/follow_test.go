package lock_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// followed is a loop over a Follower that a test looks into.
type followed struct {
	f      *lock.Follower
	events []lock.Event
	cursor lock.Cursor // taken in the body, after the newest event
	err    error       // the last
	cancel context.CancelFunc
	done   chan struct{}
}

// follow begins a loop, in a bubble.
func follow(t *testing.T, f *lock.Follower) *followed {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &followed{f: f, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for e, err := range f.Events(ctx) {
			if l.err = err; err == nil {
				l.events = append(l.events, e)
				l.cursor = f.Cursor()
			}
		}
	}()
	synctest.Wait()
	return l
}

// stop ends the loop and returns what came.
func (l *followed) stop(t *testing.T) []lock.Event {
	t.Helper()
	synctest.Wait()
	l.cancel()
	<-l.done
	if !errors.Is(l.err, context.Canceled) {
		t.Errorf("the loop ended with %v, want it to go on until its context ends", l.err)
	}
	return l.events
}

func ringing(device lock.DeviceID) lock.Event {
	return lock.Event{Kind: lock.EventLockDoorbell, Device: device}
}

// want checks which events came, in any order.
func wantEvents(t *testing.T, got []lock.Event, want ...lock.Event) {
	t.Helper()
	ids := func(events []lock.Event) []string {
		list := make([]string, len(events))
		for i, e := range events {
			list[i] = string(e.Kind) + " " + e.ID
		}
		slices.Sort(list)
		return list
	}
	if !slices.Equal(ids(got), ids(want)) {
		t.Errorf("got  %v\nwant %v, each once", ids(got), ids(want))
	}
}

func TestFollowYieldsWhatIsWatchedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		door := m.AddLock("front door")
		m.Emit(ringing(door)) // before anybody follows
		time.Sleep(time.Hour)
		l := follow(t, lock.NewFollower(m, lock.FollowOptions{}))
		var want []lock.Event
		for range 100 {
			want = append(want, m.Emit(ringing(door)))
			time.Sleep(time.Minute)
		}
		wantEvents(t, l.stop(t), want...)
		if l.events[0].Source != lock.SourceStream {
			t.Errorf("Source: got %q, want %q, before History could say it", l.events[0].Source, lock.SourceStream)
		}
	})
}

func TestFollowFillsGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		door := m.AddLock("front door")
		l := follow(t, lock.NewFollower(m, lock.FollowOptions{Poll: 24 * time.Hour}))
		want := []lock.Event{m.Emit(ringing(door))}
		time.Sleep(time.Hour)
		m.Interrupt(func() {
			want = append(want, m.Emit(ringing(door)))
			time.Sleep(time.Hour)
			want = append(want, m.Emit(ringing(door)))
		})
		want = append(want, m.Emit(ringing(door)))
		wantEvents(t, l.stop(t), want...)
	})
}

func TestFollowPollsWhatDoesNotPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory(locktest.Without(lock.WatchEvents, lock.ReceiveEvents))
		door := m.AddLock("front door")
		l := follow(t, lock.NewFollower(m, lock.FollowOptions{}))
		var want []lock.Event
		for range 20 {
			want = append(want, m.Emit(ringing(door)))
			time.Sleep(31 * time.Second)
			synctest.Wait()
			if len(l.events) != len(want) {
				t.Errorf("after half a minute: got %d events, want %d", len(l.events), len(want))
			}
		}
		wantEvents(t, l.stop(t), want...)
	})
}

func TestFollowTakesUpFromACursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		door := m.AddLock("front door")
		first := follow(t, lock.NewFollower(m, lock.FollowOptions{}))
		want := []lock.Event{m.Emit(ringing(door)), m.Emit(ringing(door))}
		wantEvents(t, first.stop(t), want...)
		lost := []lock.Event{m.Emit(ringing(door))} // while nobody follows
		time.Sleep(30 * time.Hour)
		lost = append(lost, m.Emit(ringing(door)))

		saved, err := lock.ParseCursor(first.cursor.String())
		if err != nil {
			t.Fatal(err)
		}
		second := follow(t, lock.NewFollower(m, lock.FollowOptions{Since: saved}))
		lost = append(lost, m.Emit(ringing(door)))
		wantEvents(t, second.stop(t), lost...)
		time.Sleep(time.Hour)
		lost = append(lost, m.Emit(ringing(door)))
		again := follow(t, second.f) // the same Follower goes on
		wantEvents(t, again.stop(t), lost[3])
	})
}

func TestFollowBeginsWhereItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		door := m.AddLock("front door")
		m.Emit(ringing(door))
		time.Sleep(time.Minute)
		from := time.Now()
		want := []lock.Event{m.Emit(ringing(door))}
		time.Sleep(time.Minute)
		l := follow(t, lock.NewFollower(m, lock.FollowOptions{Since: lock.CursorAt(from)}))
		wantEvents(t, l.stop(t), want...)
		time.Sleep(time.Minute)
		again := follow(t, lock.NewFollower(m, lock.FollowOptions{Since: l.cursor})) // still nothing from before
		wantEvents(t, again.stop(t))
	})
}

func TestFollowReceivesWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		door := m.AddLock("front door")
		f := lock.NewFollower(m, lock.FollowOptions{})
		h, err := f.Handler()
		if err != nil {
			t.Fatal(err)
		}
		m.Handle(h)
		early := m.Emit(ringing(door)) // nobody loops: it is refused
		l := follow(t, f)
		if n := len(l.events); n != 1 { // by History
			t.Errorf("got %d events at the beginning, want the one that was refused", n)
		}
		if n := m.Deliver(); n != 1 {
			t.Errorf("delivered again: got %d taken, want 1", n)
		}
		pushed := m.Emit(ringing(door))
		synctest.Wait()
		if len(l.events) != 2 || l.events[1].Source != lock.SourceWebhook {
			t.Errorf("got %v, want one more, by webhook: nothing is watched", l.events)
		}
		m.Handle(nil) // the vendor's webhooks fail
		late := m.Emit(ringing(door))
		time.Sleep(11 * time.Minute)
		wantEvents(t, l.stop(t), early, pushed, late)
	})
}

// A webhook is answered when the event is done, and again at once when it comes again.
func TestFollowAnswersWebhooksWhenTheEventIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory(locktest.Without(lock.ListEvents))
		door := m.AddLock("front door")
		f := lock.NewFollower(m, lock.FollowOptions{})
		h, err := f.Handler()
		if err != nil {
			t.Fatal(err)
		}
		m.Handle(h)
		work := make(chan bool)
		ctx, cancel := context.WithCancel(t.Context())
		rounds := 0
		loop := func() chan struct{} {
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for e, err := range f.Events(ctx) {
					if err != nil {
						return
					}
					if e.Kind == lock.EventUnfilled {
						continue // nobody listened between the loops, and there is no History
					}
					rounds++
					if !<-work {
						return
					}
				}
			}()
			synctest.Wait()
			return ended
		}
		ended := loop()
		acknowledged := make(chan int, 1)
		go func() {
			m.Emit(ringing(door))
			acknowledged <- m.Deliver() // of what the Emit could not deliver
		}()
		synctest.Wait()
		select {
		case <-acknowledged:
			t.Errorf("the body is at work: got an answer, want none")
		default:
		}
		again := make(chan int, 1)
		go func() { again <- m.Deliver() }() // and the vendor does not wait
		synctest.Wait()
		select {
		case <-again:
			t.Errorf("the body is at work on the event: got an answer to its repetition, want none")
		default:
		}
		work <- false // the body fails and leaves the loop
		<-ended
		if n := <-again; n != 0 {
			t.Errorf("the body has left the loop: got %d repetitions acknowledged, want none", n)
		}
		if n := <-acknowledged; n != 0 {
			t.Errorf("the body has left the loop: got %d acknowledged, want none", n)
		}
		ended = loop()
		go func() { acknowledged <- m.Deliver() }()
		synctest.Wait()
		work <- true
		if n := <-acknowledged; n != 1 || rounds != 2 {
			t.Errorf("delivered again: got %d acknowledged in round %d, want 1 in the second", n, rounds)
		}
		cancel()
		<-ended
		cancelled := httptest.NewRecorder()
		h.ServeHTTP(cancelled, httptest.NewRequest(http.MethodGet, "/", nil))
		if cancelled.Code != http.StatusMethodNotAllowed {
			t.Errorf("got status %d, want the vendor's own handler to answer", cancelled.Code)
		}
	})
}

// A webhook that is repeated a day later, to another process, is known.
func TestFollowRemembersWebhooksInItsCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		door := m.AddLock("front door")
		var first *http.Request
		serve := func(since lock.Cursor) (*followed, http.Handler) {
			f := lock.NewFollower(m, lock.FollowOptions{Since: since})
			h, err := f.Handler()
			if err != nil {
				t.Fatal(err)
			}
			m.Handle(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if first == nil {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					first = r.Clone(context.Background())
					first.Body, r.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
				}
				h.ServeHTTP(w, r)
			}))
			return follow(t, f), h
		}
		l, _ := serve(lock.Cursor{})
		m.Emit(ringing(door))
		for range 3 {
			time.Sleep(7 * time.Hour)
			m.Emit(ringing(door))
		}
		if n := len(l.stop(t)); n != 4 {
			t.Fatalf("got %d events, want 4", n)
		}
		saved, err := lock.ParseCursor(l.cursor.String())
		if err != nil {
			t.Fatal(err)
		}
		l, h := serve(saved)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, first)
		if rec.Code != http.StatusOK || len(l.stop(t)) != 0 {
			t.Errorf("the first webhook again: got status %d and %v, want it acknowledged and known", rec.Code, l.events)
		}
		time.Sleep(72 * time.Hour)
		l, _ = serve(saved)
		time.Sleep(time.Hour)
		m.Emit(ringing(door))
		l.stop(t)
		if got, was := len(l.cursor.String()), len(saved.String()); got >= was {
			t.Errorf("three days later: got a cursor of %d bytes after one of %d, want the old events forgotten", got, was)
		}
	})
}

// The body that leaves the loop has not done its event: it comes again.
func TestFollowRepeatsWhatWasNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		door := m.AddLock("front door")
		f := lock.NewFollower(m, lock.FollowOptions{Since: lock.CursorAt(time.Now())})
		a, b := m.Emit(ringing(door)), m.Emit(ringing(door))
		var before lock.Cursor
		for e, err := range f.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if e.ID == b.ID {
				break
			}
			before = f.Cursor()
		}
		if got, want := f.Cursor().String(), before.String(); got != want {
			t.Errorf("the cursor after the loop: got %s, want %s, as after the event before", got, want)
		}
		l := follow(t, f)
		wantEvents(t, l.stop(t), b)
		l = follow(t, lock.NewFollower(m, lock.FollowOptions{Since: before}))
		wantEvents(t, l.stop(t), b)
		if a.ID == b.ID {
			t.Error("two events have one ID")
		}
	})
}

func TestFollowSurvivesAPanicOfTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		f := lock.NewFollower(m, lock.FollowOptions{Since: lock.CursorAt(time.Now())})
		e := m.Emit(ringing(m.AddLock("front door")))
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			for range f.Events(t.Context()) {
				panic("out of cheese")
			}
		}()
		wantEvents(t, follow(t, f).stop(t), e)
	})
}

func TestFollowIsOneLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := lock.NewFollower(locktest.NewMemory(), lock.FollowOptions{})
		l := follow(t, f)
		for _, err := range f.Events(t.Context()) {
			if !errors.Is(err, lock.ErrInvalidArgument) {
				t.Errorf("a second loop: got %v, want ErrInvalidArgument", err)
			}
		}
		l.stop(t)
	})
}

// unfilled are the reports of what could not be asked for, and the events without them.
func unfilled(events []lock.Event) (reports []lock.Unfilled, rest []lock.Event) {
	for _, e := range events {
		if u, ok := e.Data.(lock.Unfilled); ok && e.Kind == lock.EventUnfilled && e.Source == lock.SourceLocal && e.ID != "" {
			reports = append(reports, u)
		} else {
			rest = append(rest, e)
		}
	}
	return reports, rest
}

func TestFollowReportsWhatNobodyKeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory(locktest.Without(lock.ListEvents))
		door := m.AddLock("front door")
		began := time.Now()
		time.Sleep(time.Hour)
		l := follow(t, lock.NewFollower(m, lock.FollowOptions{Since: lock.CursorAt(began)}))
		want := []lock.Event{m.Emit(ringing(door))}
		time.Sleep(time.Hour)
		var lost lock.Event
		m.Interrupt(func() { lost = m.Emit(ringing(door)) })
		want = append(want, m.Emit(ringing(door)))
		reports, rest := unfilled(l.stop(t))
		wantEvents(t, rest, want...)
		if len(reports) != 2 || !reports[0].Window.From.Equal(began) || reports[0].Window.Until.Sub(began) != time.Hour {
			t.Fatalf("got %v, want the hour before and the gap", reports)
		}
		if !errors.Is(reports[0].Err, errors.ErrUnsupported) || reports[1].Window.From.After(lost.OccurredAt) || reports[1].Window.Until.Before(lost.OccurredAt) {
			t.Errorf("got %v, want what was lost at %s to be in the second, and why", reports, lost.OccurredAt)
		}
		again := follow(t, lock.NewFollower(m, lock.FollowOptions{Since: l.cursor}))
		reports, rest = unfilled(again.stop(t))
		if len(reports) != 1 || len(rest) != 0 || !reports[0].Window.From.Equal(want[1].OccurredAt) {
			t.Errorf("after a restart: got %v and %v, want what may have been lost since the last event", reports, rest)
		}
	})
}

func TestFollowReportsAHistoryThatFailsForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		door := m.AddLock("front door")
		l := follow(t, lock.NewFollower(m, lock.FollowOptions{}))
		m.Fail(lock.ListEvents, lock.ErrPermissionDenied)
		want := []lock.Event{m.Emit(ringing(door))}
		time.Sleep(3 * time.Hour) // many polls, one report
		m.Interrupt(func() {})    // and one more
		synctest.Wait()
		m.Fail(lock.ListEvents, nil)
		want = append(want, m.Emit(ringing(door)))
		time.Sleep(time.Hour)
		m.Fail(lock.ListEvents, lock.ErrPermissionDenied)
		time.Sleep(time.Hour) // a third
		reports, rest := unfilled(l.stop(t))
		wantEvents(t, rest, want...)
		if len(reports) != 3 || !errors.Is(reports[0].Err, lock.ErrPermissionDenied) {
			t.Errorf("got %v, want three reports", reports)
		}
	})
}

func TestFollowWaitsForAHistoryThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory()
		door := m.AddLock("front door")
		l := follow(t, lock.NewFollower(m, lock.FollowOptions{}))
		m.Fail(lock.ListEvents, &lock.Error{Kind: lock.ErrRateLimited, RetryAfter: time.Hour})
		var lost lock.Event
		m.Interrupt(func() { lost = m.Emit(ringing(door)) })
		calls := m.Calls()
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		if n := m.Calls() - calls; n > 1 {
			t.Errorf("within RetryAfter: got %d questions, want 1", n)
		}
		m.Fail(lock.ListEvents, lock.ErrVendorUnavailable)
		time.Sleep(48 * time.Hour)
		live := m.Emit(ringing(door))
		synctest.Wait()
		saved := l.cursor // the place waits where the vendor was last heard
		m.Fail(lock.ListEvents, nil)
		time.Sleep(11 * time.Minute)
		wantEvents(t, l.stop(t), lost, live)
		again := follow(t, lock.NewFollower(m, lock.FollowOptions{Since: saved}))
		wantEvents(t, again.stop(t), lost)
	})
}

func TestFollowEnds(t *testing.T) {
	for name, c := range map[string]struct {
		without []lock.Op
		fail    lock.Op
		want    error
	}{
		"when there is nothing to follow":    {[]lock.Op{lock.ListEvents, lock.WatchEvents, lock.ReceiveEvents}, "", errors.ErrUnsupported},
		"when only an unserved webhook is":   {[]lock.Op{lock.ListEvents, lock.WatchEvents}, "", errors.ErrUnsupported},
		"when watching ends for good":        {nil, lock.WatchEvents, lock.ErrUnauthenticated},
		"when asking alone fails for good":   {[]lock.Op{lock.WatchEvents}, lock.ListEvents, lock.ErrUnauthenticated},
		"when watching fails and nothing is": {[]lock.Op{lock.ListEvents}, lock.WatchEvents, lock.ErrUnauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := locktest.NewMemory(locktest.Without(c.without...))
				m.Fail(c.fail, lock.ErrUnauthenticated)
				var last error
				n := 0
				for _, err := range lock.Follow(t.Context(), m, lock.FollowOptions{}) {
					n++
					last = err
				}
				if n != 1 || !errors.Is(last, c.want) {
					t.Errorf("got %d pairs and %v, want one with %v", n, last, c.want)
				}
			})
		})
	}
}

func TestFollowForgetsTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := repeating{locktest.NewMemory(), make(chan lock.Event)}
		l := follow(t, lock.NewFollower(m, lock.FollowOptions{Remember: 3}))
		for _, id := range []string{"a", "b", "c", "a", "c", "d", "b", "a", "e"} {
			m.events <- lock.Event{ID: id, OccurredAt: time.Now()}
		}
		var got []string
		for _, e := range l.stop(t) {
			got = append(got, e.ID)
		}
		// a is forgotten for d and so comes again, which costs b; that costs nobody who comes again.
		if want := []string{"a", "b", "c", "d", "a", "e"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// A Cursor is what it was, whatever the Follower does after it.
func TestCursorsDoNotChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := repeating{locktest.NewMemory(), make(chan lock.Event)}
		f := lock.NewFollower(m, lock.FollowOptions{Remember: 20})
		var cursors []lock.Cursor
		var texts []string
		for round := range 10 {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				for i := range 7 {
					m.events <- lock.Event{ID: fmt.Sprint(round, "/", i), OccurredAt: time.Now()}
				}
			}()
			n := 0
			for e, err := range f.Events(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				if e.Kind == lock.EventUnfilled {
					continue
				}
				cursors = append(cursors, f.Cursor())
				texts = append(texts, cursors[len(cursors)-1].String())
				if n++; n == 7 {
					break // the last one is not done
				}
			}
			cancel()
			time.Sleep(6 * time.Minute) // what is old enough is forgotten by the next loop
		}
		for i, c := range cursors {
			if c.String() != texts[i] {
				t.Errorf("cursor %d: got %s, want %s as when it was taken", i, c, texts[i])
			}
		}
		last := cursors[len(cursors)-1].String()
		if again, err := lock.ParseCursor(last); err != nil || again.String() != last {
			t.Errorf("got %s and %v, want %s", again, err, last)
		}
	})
}

// What has come while the body was at work on another event, and was left with it, came after the
// place where the next loop begins.
func TestFollowReportsWhatItHadNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := repeating{locktest.NewMemory(), make(chan lock.Event)}
		f := lock.NewFollower(m, lock.FollowOptions{})
		var came time.Time
		var left lock.Cursor
		go func() {
			for i := range 10 {
				m.events <- lock.Event{ID: fmt.Sprint(i), OccurredAt: time.Now()}
				if i == 1 {
					came = time.Now()
				}
				time.Sleep(time.Second)
			}
		}()
		for e, err := range f.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if e.ID == "1" {
				left = f.Cursor() // counts it as done
				break
			}
			time.Sleep(time.Minute) // the others have come
		}
		for name, g := range map[string]*lock.Follower{"the same": f, "another": lock.NewFollower(m, lock.FollowOptions{Since: left})} {
			l := follow(t, g)
			reports, rest := unfilled(l.stop(t))
			if len(reports) != 1 || len(rest) != 0 || reports[0].Window.From.After(came) {
				t.Errorf("%s: got %v and %v, want what came since %s to be reported", name, reports, rest, came)
			}
		}
	})
}

// What Watch said before its end, or before a gap, comes before that.
func TestFollowKeepsTheOrderOfTheStream(t *testing.T) {
	const gap = "gap"
	say := func(events chan<- lock.Event, ids ...string) {
		for _, id := range ids {
			e := lock.Event{ID: id, OccurredAt: time.Now()}
			if id == gap {
				e = lock.Event{Kind: lock.EventGap, Source: lock.SourceLocal, Data: lock.Window{From: time.Now(), Until: time.Now()}}
			}
			events <- e
		}
		close(events)
	}
	want := strings.Fields("a b c d unfilled e f g h unfilled i j k l")
	for range 20 { // goroutines take turns as they like
		synctest.Test(t, func(t *testing.T) {
			m := repeating{locktest.NewMemory(), make(chan lock.Event)}
			go say(m.events, "a", "b", "c", "d", gap, "e", "f", "g", "h", gap, "i", "j", "k", "l")
			var got []string
			var last error
			for e, err := range lock.Follow(t.Context(), m, lock.FollowOptions{}) {
				switch last = err; {
				case err != nil:
				case e.Kind == lock.EventUnfilled:
					got = append(got, "unfilled")
				default:
					got = append(got, e.ID)
					time.Sleep(time.Minute)
				}
			}
			if !slices.Equal(got, want) || !errors.Is(last, lock.ErrProtocol) {
				t.Errorf("got %v and %v, want %v and then the end", got, last, want)
			}
		})
	}
}

// Where no History is asked, nothing but Remember bounds what a Cursor holds.
func TestFollowKeepsItsCursorSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := repeating{locktest.NewMemory(), make(chan lock.Event)}
		l := follow(t, lock.NewFollower(m, lock.FollowOptions{Remember: 5}))
		for i := range 5 {
			m.events <- lock.Event{ID: fmt.Sprint(i), OccurredAt: time.Now()}
		}
		synctest.Wait()
		full := len(l.cursor.String())
		for i := range 200 {
			m.events <- lock.Event{ID: fmt.Sprint(5 + i), OccurredAt: time.Now()}
		}
		if l.stop(t); len(l.events) != 205 || len(l.cursor.String()) > full {
			t.Errorf("got a cursor of %d bytes after %d events, want the %d of the first five", len(l.cursor.String()), len(l.events), full)
		}
	})
}

// repeating is a provider whose stream says what a test says, and no more.
type repeating struct {
	*locktest.Memory
	events chan lock.Event
}

func (p repeating) Supports(op lock.Op) bool { return op == lock.WatchEvents }
func (p repeating) Events() lock.Events      { return repeatingEvents{p.Memory.Events(), p.events} }

type repeatingEvents struct {
	lock.Events
	events chan lock.Event
}

func (p repeatingEvents) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		for {
			select {
			case e, more := <-p.events:
				if !more || !yield(e, nil) {
					return
				}
			case <-ctx.Done():
				yield(lock.Event{}, ctx.Err())
				return
			}
		}
	}
}

func TestFollowAFleetMemberByMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hooks := locktest.NewMemory(locktest.Without(lock.WatchEvents))
		stream, polled := locktest.NewMemory(locktest.Without(lock.ReceiveEvents)), locktest.NewMemory(locktest.Without(lock.WatchEvents, lock.ReceiveEvents))
		silent := locktest.NewMemory(locktest.Without(lock.WatchEvents, lock.ReceiveEvents, lock.ListEvents))
		fleet := fleetOf(t, hooks, stream, polled, silent)
		f := lock.NewFollower(fleet, lock.FollowOptions{})
		h, err := f.Handler()
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle("/hooks/", h)
		hooks.Handle(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/hooks/m1" // where the vendor was told to send
			mux.ServeHTTP(w, r)
		}))
		l := follow(t, f)
		var want []lock.Event
		emit := func(name string, m *locktest.Memory) {
			e := m.Emit(ringing(m.AddLock("door")))
			e.ID = lock.MemberID(name, e.ID)
			want = append(want, e)
		}
		for range 3 {
			emit("m1", hooks)
			emit("m2", stream)
			emit("m3", polled)
			time.Sleep(time.Minute)
		}
		polled.Fail(lock.ListEvents, lock.ErrVendorUnavailable) // m3 is away for a while
		emit("m3", polled)
		emit("m2", stream)
		time.Sleep(2 * time.Hour)
		emit("m1", hooks)
		away := l.stop(t)
		wantEvents(t, away, slices.DeleteFunc(slices.Clone(want), func(e lock.Event) bool { return e.ID == want[9].ID })...)

		polled.Fail(lock.ListEvents, nil)
		saved, err := lock.ParseCursor(l.cursor.String())
		if err != nil {
			t.Fatal(err)
		}
		again := follow(t, lock.NewFollower(fleet, lock.FollowOptions{Since: saved}))
		wantEvents(t, again.stop(t), want[9])

		polled.Fail(lock.ListEvents, lock.ErrUnauthenticated) // and then for good
		dead := follow(t, lock.NewFollower(fleet, lock.FollowOptions{Since: again.cursor}))
		if len(dead.events) != 1 || dead.events[0].Kind != lock.EventAccountDisconnected || !strings.HasPrefix(dead.events[0].ID, "m3:") {
			t.Fatalf("got %v, want to hear that m3 is disconnected", dead.events)
		}
		told, _ := dead.events[0].Data.(lock.Failure)
		if failed := lock.MemberErrors(told.Err); len(failed) != 1 || failed[0].Member != "m3" || !errors.Is(told.Err, lock.ErrUnauthenticated) {
			t.Errorf("got %v, want m3's error", told.Err)
		}
		want = nil
		emit("m2", stream)
		synctest.Wait()
		wantEvents(t, dead.events[1:], want...)
		dead.stop(t)
	})
}

func TestCursorText(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 5, time.UTC)
	for name, text := range map[string]string{
		"nothing":  "",
		"a time":   lock.CursorAt(at).String(),
		"a place":  `{"v":1,"at":{"":{"through":"2026-03-02T12:00:00.000000005Z","floor":"2026-03-01T00:00:00Z","seen":"AQIDBAUGBwgJCgsM"}}}`,
		"a fleet":  `{"v":1,"at":{"bj":{"through":"2026-03-02T12:00:00Z"},"sh":{"through":"2026-03-02T13:00:00Z","seen":"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"}}}`,
		"the rest": `{"v":1,"from":"2026-03-02T12:00:00Z","at":{"bj":{"through":"2026-03-02T12:00:00Z"}}}`,
	} {
		c, err := lock.ParseCursor(text)
		if err != nil || c.String() != text || c.IsZero() != (text == "") {
			t.Errorf("%s: got %q, zero %t and %v, want it back", name, c, c.IsZero(), err)
		}
	}
	for name, text := range map[string]string{
		"no JSON":            "2026-03-02",
		"another version":    `{"v":2,"from":"2026-03-02T12:00:00Z"}`,
		"no version":         `{"from":"2026-03-02T12:00:00Z"}`,
		"nothing said":       `{"v":1}`,
		"no time":            `{"v":1,"at":{"":{"floor":"2026-03-02T12:00:00Z"}}}`,
		"half an identifier": `{"v":1,"at":{"":{"through":"2026-03-02T12:00:00Z","seen":"AQID"}}}`,
		"more than one":      `{"v":1,"from":"2026-03-02T12:00:00Z"}{}`,
	} {
		if c, err := lock.ParseCursor(text); err == nil || !c.IsZero() {
			t.Errorf("%s: got %q and %v, want an error alone", name, c, err)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	for _, text := range []string{"", "{", `{"v":1,"from":"2026-03-02T12:00:00Z"}`, `{"v":1,"at":{"":{"through":"2026-03-02T12:00:00Z","seen":"AQIDBAUGBwgJCgsM"}}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := lock.ParseCursor(text)
		if err != nil {
			return
		}
		again, err := lock.ParseCursor(c.String())
		if err != nil || again.String() != c.String() {
			t.Errorf("%q: got %q and %v, want %q", text, again, err, c)
		}
	})
}

func ExampleFollower() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	m := locktest.NewMemory()
	door := m.AddLock("front door")
	saved := lock.CursorAt(time.Now().Add(-time.Hour)) // in your database, as text
	m.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: door})

	f := lock.NewFollower(m, lock.FollowOptions{Since: saved})
	hook, err := f.Handler() // the vendor's webhooks
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/callbacks/9f3c/", hook)
	for e, err := range f.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(e.Kind, "at", e.Device)
		saved = f.Cursor() // save it together with what you do about the event
		stop()
	}
	fmt.Println("to take up from:", !saved.IsZero())
	// Output:
	// lock.doorbell at lock-1
	// context canceled
	// to take up from: true
}
