package lock_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

const storyOverlap = 20 * time.Minute

// story is what happens to a vendor and to who follows it. All times count from its beginning.
type story struct {
	hook, watch bool // the ways in which events come by themselves
	poll        time.Duration
	happenings  []happening
	cuts        []span // the stream is broken
	outages     []span // History answers that the vendor is away, in the middle of the answer
	crashes     []crash
}

// happening is an event and how it becomes known.
type happening struct {
	at       time.Duration
	lag      time.Duration   // until History has it
	streamed []time.Duration // when it comes over the stream, after at; more than once is a repetition
	hooked   []time.Duration // when the webhook is called, after at
}

// span is a time.
type span struct{ from, until time.Duration }

func (s span) holds(t time.Duration) bool { return s.from <= t && t < s.until }

// crash ends a follower in the round of its nth event, and begins the next one later.
type crash struct {
	round int
	saved bool // the event was dealt with and the cursor saved before
	down  time.Duration
}

func minutes(max int) *rapid.Generator[time.Duration] {
	return rapid.Map(rapid.IntRange(0, max*60), func(s int) time.Duration { return time.Duration(s) * time.Second })
}

func stories() *rapid.Generator[story] {
	late := int(storyOverlap/time.Minute) - 1
	spans := func(t *rapid.T, label string) []span {
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) span {
			from := minutes(300).Draw(t, "from")
			return span{from, from + time.Second + minutes(90).Draw(t, "long")}
		}), 0, 4).Draw(t, label)
		slices.SortFunc(list, func(a, b span) int { return int(a.from - b.from) })
		apart := list[:0]
		for _, s := range list {
			if len(apart) == 0 || s.from > apart[len(apart)-1].until {
				apart = append(apart, s)
			}
		}
		return apart
	}
	return rapid.Custom(func(t *rapid.T) story {
		s := story{
			hook: rapid.Bool().Draw(t, "hook"), watch: rapid.Bool().Draw(t, "watch"),
			poll: time.Minute + minutes(30).Draw(t, "poll"),
			cuts: spans(t, "cuts"), outages: spans(t, "outages"),
		}
		s.happenings = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) happening {
			return happening{
				at: time.Second + minutes(300).Draw(t, "at"), lag: minutes(late).Draw(t, "lag"),
				streamed: rapid.SliceOfN(minutes(late), 0, 3).Draw(t, "streamed"),
				hooked:   rapid.SliceOfN(minutes(late), 0, 3).Draw(t, "hooked"),
			}
		}), 1, 30).Draw(t, "happenings")
		s.crashes = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) crash {
			return crash{rapid.IntRange(1, 8).Draw(t, "round"), rapid.Bool().Draw(t, "saved"), minutes(120).Draw(t, "down")}
		}), 0, 4).Draw(t, "crashes")
		return s
	})
}

// stage plays a story: it is the vendor and its network.
type stage struct {
	*locktest.Memory // what it does not play
	story
	began time.Time
	mu    sync.Mutex
	sink  func(context.Context, lock.Event) error // where the webhook leads
}

func (s *stage) Supports(op lock.Op) bool {
	switch op {
	case lock.ListEvents:
		return true
	case lock.WatchEvents:
		return s.watch
	case lock.ReceiveEvents:
		return s.hook
	}
	return false
}

func (s *stage) Events() lock.Events { return stageEvents{s.Memory.Events(), s} }

func (s *stage) now() time.Duration { return time.Since(s.began) }

func (s *stage) event(i int, source lock.EventSource) lock.Event {
	return lock.Event{ID: fmt.Sprint(i), Kind: lock.EventLockUnlocked, OccurredAt: s.began.Add(s.happenings[i].at), Source: source}
}

type stageEvents struct {
	lock.Events
	s *stage
}

func (e stageEvents) History(_ context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		now := e.s.now()
		away := slices.ContainsFunc(e.s.outages, func(o span) bool { return o.holds(now) })
		var found []lock.Event
		for i, h := range e.s.happenings {
			if h.at+h.lag <= now && q.Window.Contains(e.s.began.Add(h.at)) {
				found = append(found, e.s.event(i, lock.SourceHistory))
			}
		}
		slices.SortFunc(found, func(a, b lock.Event) int { return a.OccurredAt.Compare(b.OccurredAt) })
		if away {
			found = found[:len(found)/2]
		}
		for _, ev := range found {
			if !yield(ev, nil) {
				return
			}
		}
		if away {
			yield(lock.Event{}, &lock.Error{Kind: lock.ErrVendorUnavailable})
		}
	}
}

// Watch streams what comes while it is connected. What comes during a cut is lost, and a gap over
// the cut comes after it.
func (e stageEvents) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	type act struct {
		at  time.Duration
		gap *span
		i   int
	}
	var acts []act
	for i, h := range e.s.happenings {
		for _, after := range h.streamed {
			acts = append(acts, act{at: h.at + after, i: i})
		}
	}
	for _, c := range e.s.cuts {
		acts = append(acts, act{at: c.until, gap: &c})
	}
	slices.SortStableFunc(acts, func(a, b act) int { return int(a.at - b.at) })
	return func(yield func(lock.Event, error) bool) {
		for _, a := range acts {
			wait := a.at - e.s.now()
			cut := slices.ContainsFunc(e.s.cuts, func(c span) bool { return c.holds(a.at) })
			if wait < 0 || cut && a.gap == nil {
				continue
			}
			if lock.SystemClock.Sleep(ctx, wait) != nil {
				break
			}
			ev := e.s.event(a.i, lock.SourceStream)
			if a.gap != nil {
				ev = lock.Event{Kind: lock.EventGap, Source: lock.SourceLocal, Data: lock.Window{
					From: e.s.began.Add(a.gap.from), Until: e.s.began.Add(a.gap.until),
				}}
			}
			if !yield(ev, nil) {
				return
			}
		}
		<-ctx.Done()
		yield(lock.Event{}, ctx.Err())
	}
}

func (e stageEvents) Receive(sink func(context.Context, lock.Event) error) (http.Handler, error) {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	e.s.sink = sink
	return http.NotFoundHandler(), nil // the stage calls the sink itself
}

// call delivers what the webhook has to deliver, again and again until it is taken.
func (s *stage) call(ctx context.Context, i int, after time.Duration) {
	wait := s.happenings[i].at + after
	for lock.SystemClock.Sleep(ctx, wait-s.now()) == nil {
		s.mu.Lock()
		sink := s.sink
		s.mu.Unlock()
		if sink != nil && sink(ctx, s.event(i, lock.SourceWebhook)) == nil {
			return
		}
		wait = s.now() + 7*time.Minute
	}
}

// play lets a backend follow the story to its end, through its crashes, and returns how often it
// dealt with each event.
func (s *stage) play(t *testing.T) map[string]int {
	s.began = time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Hour) // far more than everything needs
	defer cancel()
	var calls sync.WaitGroup
	for i, h := range s.happenings {
		for _, after := range h.hooked {
			if s.hook {
				calls.Go(func() { s.call(ctx, i, after) })
			}
		}
	}
	dealt := make(map[string]int)
	saved := lock.CursorAt(s.began).String()
	crashes := s.crashes
	for ctx.Err() == nil {
		since, err := lock.ParseCursor(saved)
		if err != nil {
			t.Fatal(err)
		}
		f := lock.NewFollower(s, lock.FollowOptions{Since: since, Poll: s.poll, Overlap: storyOverlap})
		if s.hook {
			if _, err := f.Handler(); err != nil {
				t.Fatal(err)
			}
		}
		round := 0
		for e, err := range f.Events(ctx) {
			if err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Fatal(err)
				}
				break
			}
			round++
			crashed := len(crashes) > 0 && crashes[0].round == round
			if !crashed || crashes[0].saved {
				dealt[e.ID]++
				saved = f.Cursor().String()
			}
			if crashed {
				break
			}
		}
		if ctx.Err() == nil {
			_ = lock.SystemClock.Sleep(ctx, crashes[0].down) // the end of ctx is the loop's, too
			crashes = crashes[1:]
		}
	}
	calls.Wait()
	return dealt
}

// Whatever comes twice, late, out of order or not at all, however often the stream, History and
// the backend break: each event is dealt with once.
func TestFollowDealsWithEachEventOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		told := stories().Draw(rt, "story")
		var dealt map[string]int
		synctest.Test(t, func(t *testing.T) {
			dealt = (&stage{Memory: locktest.NewMemory(), story: told}).play(t)
		})
		for i, h := range told.happenings {
			if n := dealt[fmt.Sprint(i)]; n != 1 {
				rt.Errorf("event %d, of %s: dealt with %d times, want once", i, h.at, n)
			}
		}
		if len(dealt) != len(told.happenings) {
			rt.Errorf("got %d events, want %d", len(dealt), len(told.happenings))
		}
	})
}
