package lock

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// source is a provider, or a member of a Fleet, as a Follower follows it.
type source struct {
	name   string
	p      Provider
	event  func(Event) Event   // as the Follower yields it
	id     func(string) string // as the Follower yields it
	failed func(error) error   // says whose error it is
	past   bool                // there is a History
	wake   chan struct{}       // gets a token when History shall be asked at once

	// Guarded by the Follower.
	floor   time.Time // nothing from before is asked for
	through time.Time // everything up to here has come, except what is late
	hole    bool      // something since through may not come by itself
	recent  []seenID  // what may come again, as it became known; Cursors hold it as well, so what is in it stays as it is
}

func newSource(name string, p Provider, event func(Event) Event, id func(string) string, failed func(error) error) *source {
	return &source{
		name: name, p: p, event: event, id: id, failed: failed, past: p.Supports(ListEvents),
		wake: make(chan struct{}, 1),
	}
}

// begin takes up where c says.
func (s *source) begin(c Cursor, now time.Time) {
	at, ok := c.places[s.name]
	switch {
	case ok:
		s.floor, s.through, s.hole = at.floor, at.through, true
	case !c.from.IsZero():
		s.floor, s.through, s.hole = c.from, c.from, true
	default:
		s.floor, s.through = now, now
	}
	s.recent = slices.Clone(at.seen)
}

// place is where the next Follower shall take up.
func (s *source) place() place {
	return place{through: s.through, floor: s.floor, seen: slices.Clip(s.recent)}
}

// saw notes an event that goes to the loop. Without a History it is the events alone that tell how
// far everything has come: up to when this one came, for others may have come since that wait.
func (s *source) saw(id idHash, occurred, came time.Time) {
	if occurred.IsZero() {
		occurred = came
	}
	if len(s.recent) == cap(s.recent) { // for twice as many: the oldest leave their places at the front
		s.recent = slices.Grow(s.recent, len(s.recent)+16)
	}
	s.recent = append(s.recent, seenID{id, occurred.Unix()})
	if !s.past {
		s.through = came
	}
}

// undo takes back what saw has noted last, unless it is gone.
func (s *source) undo(id idHash) {
	if last := len(s.recent) - 1; last >= 0 && s.recent[last].id == id {
		s.recent = s.recent[:last:last]
	}
}

// forget is told the ID that has been known for the longest.
func (s *source) forget(id idHash) {
	if len(s.recent) > 0 && s.recent[0].id == id {
		s.recent = s.recent[1:]
	}
}

// reached notes that everything up to t has come, and forgets what happened so long before that it
// will not come again.
func (s *source) reached(t time.Time, again time.Duration) {
	s.through = t
	till := t.Add(-again - time.Second).Unix() // a Cursor has whole seconds
	old := func(r seenID) bool { return r.at < till }
	if slices.ContainsFunc(s.recent, old) {
		s.recent = slices.DeleteFunc(slices.Clone(s.recent), old)
	}
}

// tells reports whether the vendor sends webhooks that somebody serves.
func (s *source) tells(webhook bool) bool { return webhook && s.p.Supports(ReceiveEvents) }

// comes reports whether events come without asking History.
func (s *source) comes(webhook bool) bool { return s.tells(webhook) || s.p.Supports(WatchEvents) }

// says is an event of ours about the source.
func (s *source) says(kind EventKind, data any, now time.Time) Event {
	return ourEvent(s.id, s.p, kind, data, now)
}

// follow brings the events of a source to the loop until ctx ends or nothing more can come.
func (f *Follower) follow(ctx context.Context, l *followLoop, s *source) error {
	g, ctx := errgroup.WithContext(ctx)
	if s.comes(l.webhook) && !s.tells(l.webhook) {
		g.Go(func() error { return f.watch(ctx, l, s) })
	}
	g.Go(func() error {
		if s.past {
			return f.ask(ctx, l, s)
		}
		if err := f.unaskable(ctx, l, s); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	return g.Wait()
}

// watch brings what Watch yields, until it ends, and says why it did. A gap is for History.
func (f *Follower) watch(ctx context.Context, l *followLoop, s *source) error {
	ended := endedSilently(s.p)
	for e, err := range s.p.Events().Watch(ctx) {
		if err != nil {
			ended = err
			break
		}
		if e.Kind != EventGap {
			err = l.news.put(ctx, &passed{arrival: f.arrived(s, s.event(e))})
		} else if err = l.settled(ctx); err == nil {
			err = f.gap(ctx, l, s, e)
		}
		if err != nil {
			return err
		}
	}
	if err := l.settled(ctx); err != nil {
		return err
	}
	return s.failed(ended)
}

// gap has History asked at once for what Watch has missed. The question goes back to the last
// answer, so it does not matter when the gap began.
func (f *Follower) gap(ctx context.Context, l *followLoop, s *source, e Event) error {
	f.mu.Lock()
	if w, ok := e.Data.(Window); ok && !s.past && !w.From.IsZero() {
		s.through = w.From // until then everything came
	}
	s.hole = true
	f.mu.Unlock()
	if !s.past {
		return f.unaskable(ctx, l, s)
	}
	select {
	case s.wake <- struct{}{}:
	default: // it will be
	}
	return nil
}

// unaskable reports a hole of a source that has no History.
func (f *Follower) unaskable(ctx context.Context, l *followLoop, s *source) error {
	return f.unfilled(ctx, l, s, f.o.Clock.Now(), s.failed(UnsupportedError(s.p.Vendor(), ListEvents, "")))
}

// unfilled reports a hole up to a time, if there is one, and goes on behind it.
func (f *Follower) unfilled(ctx context.Context, l *followLoop, s *source, until time.Time, why error) error {
	f.mu.Lock()
	hole, from := s.hole, s.through
	f.mu.Unlock()
	if hole {
		report := s.says(EventUnfilled, Unfilled{Window: Window{From: from, Until: until}, Err: why}, f.o.Clock.Now())
		if err := f.hand(ctx, l, waited{arrival: arrival{s: s, event: report}, ours: true}); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s.hole = false
	s.reached(until, f.again(l, s))
	return nil
}

// again is how long after it happened an event may come once more, as far as a Cursor reckons with
// it.
func (f *Follower) again(l *followLoop, s *source) time.Duration {
	if s.tells(l.webhook) {
		return max(f.o.Overlap, f.o.Redelivery)
	}
	return f.o.Overlap
}

// retryFirst is the pause after History has failed for a reason that may pass; it doubles.
const retryFirst = time.Second

// ask asks History at the beginning, after gaps and every Poll. Where events come by other ways as
// well, a failure that will not pass is no end: what may be missing is reported.
func (f *Follower) ask(ctx context.Context, l *followLoop, s *source) error {
	comes := s.comes(l.webhook)
	poll := f.o.Poll
	if poll <= 0 {
		poll = pollAlone
		if comes {
			poll = pollBeside
		}
	}
	doubt := false // History has failed for good, and that was reported
	for retry := retryFirst; ; {
		pause := poll
		asked := f.o.Clock.Now()
		err := f.fill(ctx, l, s, asked)
		switch e, _ := errors.AsType[*Error](err); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			retry, doubt = retryFirst, false
		case errors.Is(err, errNotDone):
			return err
		case KindOf(err).Retryable():
			pause = min(retry, poll)
			if e != nil {
				pause = max(pause, e.RetryAfter)
			}
			retry = min(2*retry, poll)
		case !comes:
			return s.failed(err)
		default:
			f.mu.Lock()
			s.hole = s.hole || !doubt
			f.mu.Unlock()
			doubt = true
			if err := f.unfilled(ctx, l, s, asked, s.failed(err)); err != nil {
				return err
			}
		}
		if err := f.rest(ctx, s, pause); err != nil {
			return err
		}
	}
}

// rest waits for d or for a gap.
func (f *Follower) rest(ctx context.Context, s *source, d time.Duration) error {
	sleep, cancel := context.WithCancel(ctx)
	defer cancel()
	woken := make(chan struct{})
	go func() {
		defer close(woken)
		select {
		case <-s.wake:
			cancel()
		case <-sleep.Done():
		}
	}()
	_ = f.o.Clock.Sleep(sleep, d) // an early end is a gap, or ctx's
	cancel()
	<-woken
	return ctx.Err()
}

// fill brings what History has since everything had come, and what was late then.
func (f *Follower) fill(ctx context.Context, l *followLoop, s *source, asked time.Time) error {
	f.mu.Lock()
	from := s.through.Add(-f.o.Overlap)
	if from.Before(s.floor) {
		from = s.floor
	}
	f.mu.Unlock()
	var failed error
	for e, err := range s.p.Events().History(ctx, EventQuery{Window: Window{From: from}}) {
		if err == nil {
			err = l.news.put(ctx, &passed{arrival: f.arrived(s, s.event(e))})
		}
		if err != nil {
			failed = err
			break
		}
	}
	if err := cmp.Or(l.settled(ctx), failed); err != nil { // what came before is done, whatever comes now
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s.hole = false // a gap meanwhile asks again
	s.reached(asked, f.again(l, s))
	return nil
}
