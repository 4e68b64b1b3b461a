package lock

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// FollowOptions say where a Follower begins and how hard it tries. The zero value follows from now
// on.
type FollowOptions struct {
	// Since is where to take up: a Cursor saved by an earlier run, or CursorAt. Zero = from now on.
	Since Cursor
	// Poll is how often History is asked for what did not come by itself. Zero = every 30 s where
	// nothing comes by itself, every 10 min where events are pushed or watched.
	Poll time.Duration
	// Overlap is how far behind the time of the last answer every question to History looks back,
	// for what reaches the vendor late. Zero = 10 min.
	Overlap time.Duration
	// Redelivery is how long after an event its webhook may still be repeated; a Cursor remembers
	// the event that long. Zero = 48 h. Where no webhooks are served it does not matter.
	Redelivery time.Duration
	// Remember is how many of the newest event IDs are kept in memory to know events again, about
	// 100 bytes each. An event that comes once more after as many others is taken for a new one.
	// Zero = 100,000.
	Remember int
	// Clock tells the time; nil = SystemClock.
	Clock Clock
}

// Follow yields every event of a provider once, by whichever way it comes first. It is
// NewFollower(p, o).Events(ctx), for backends that save no cursor and take no webhooks.
func Follow(ctx context.Context, p Provider, o FollowOptions) iter.Seq2[Event, error] {
	return NewFollower(p, o).Events(ctx)
}

// Follower yields every event of a provider once, also over breaks and restarts:
//
//	f := lock.NewFollower(p, lock.FollowOptions{Since: saved})
//	hook, err := f.Handler() // where the vendor sends webhooks
//	if err != nil {
//		return err
//	}
//	http.Handle("/callbacks/9f3c/", hook)
//	for e, err := range f.Events(ctx) {
//		if err != nil {
//			return err
//		}
//		if err := save(e, f.Cursor()); err != nil { // in one transaction
//			return err
//		}
//	}
//
// Events come by webhook if Handler was called and the vendor has webhooks, else from Watch where
// there is Watch; and in any case from History: at the beginning back to the cursor, after a gap,
// and every Poll. They are told apart by their ID and come in the order in which they become known;
// OccurredAt says when they happened. A webhook is answered with success once the round of the loop
// that got its event is over, so keep rounds short; one that arrives while nobody loops is refused,
// and the vendor delivers it again.
//
// What may have been missed and cannot be asked for is an EventUnfilled in its place. Members of a
// Fleet are followed each by itself: one that is away, or has an outage, holds up nobody else, and
// its cursor waits for it. It is safe for concurrent use.
type Follower struct {
	o       FollowOptions
	p       Provider
	sources []*source // one, or one for each member

	mu      sync.Mutex // also over the sources
	known   *knownIDs
	loop    *followLoop // the one that is running; nil = none
	webhook bool        // Handler was called
}

// Unfilled is the Data of EventUnfilled.
type Unfilled struct {
	Window Window // in which something may have happened that will not come any more
	Err    error  // why History does not say
}

const (
	pollAlone         = 30 * time.Second // where nothing comes by itself
	pollBeside        = 10 * time.Minute // beside webhooks or Watch
	defaultLap        = 10 * time.Minute
	defaultRedelivery = 48 * time.Hour // Dingding repeats for a day
	defaultKnown      = 100_000
)

// NewFollower prepares to follow p; a Fleet is followed member by member. It makes no call and
// starts nothing: Events does.
func NewFollower(p Provider, o FollowOptions) *Follower {
	o.Overlap, o.Redelivery = cmp.Or(o.Overlap, defaultLap), cmp.Or(o.Redelivery, defaultRedelivery)
	o.Remember = max(1, cmp.Or(o.Remember, defaultKnown))
	if o.Clock == nil {
		o.Clock = SystemClock
	}
	f := &Follower{o: o, p: p, known: newKnownIDs(o.Remember)}
	if fleet, ok := p.(*Fleet); ok {
		for _, m := range fleet.members {
			f.sources = append(f.sources, newSource(m.Name, m.Provider, m.event, m.out, m.failed))
		}
	} else {
		same := func(id string) string { return id }
		f.sources = append(f.sources, newSource("", p, func(e Event) Event { return e }, same, func(err error) error { return err }))
	}
	now := o.Clock.Now()
	for _, s := range f.sources {
		s.begin(o.Since, now)
		for _, r := range s.recent {
			f.know(r.id)
		}
	}
	return f
}

// Handler returns the handler for the vendor's webhooks, and for a Fleet one for those of all
// members that have them, by the path that Receive of its Events explains. Call it before Events:
// a vendor that sends webhooks is then not watched as well.
func (f *Follower) Handler() (http.Handler, error) {
	h, err := f.p.Events().Receive(f.received)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.webhook = true
	return h, nil
}

// Cursor returns how far everything has come. In the loop over Events it counts the event of this
// round as done. Save it together with what you do about the event, and each event is done once,
// whenever the process ends.
func (f *Follower) Cursor() Cursor {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := Cursor{places: make(map[string]place, len(f.sources))}
	for _, s := range f.sources {
		c.places[s.name] = s.place()
	}
	return c
}

// Events yields the events, each once, until ctx ends or nothing more can come: the provider has
// neither Watch nor History nor webhooks, or they end with an error that trying again cannot mend.
// When only some of a Fleet's members end so, an EventAccountDisconnected says it for each. An
// event in whose round the loop is left does not count as done. One loop can run at a time; a
// later one goes on where the one before was left.
func (f *Follower) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		l, err := f.enter(ctx)
		if err != nil {
			yield(Event{}, err)
			return
		}
		var wg sync.WaitGroup
		defer func() {
			cancel()
			wg.Wait()
			f.leave()
		}()
		going := 0
		for _, s := range f.sources {
			if s.comes(l.webhook) || s.past {
				going++
				wg.Go(func() { l.ends <- sourceEnd{s, f.follow(ctx, l, s)} })
			}
		}
		if going == 0 {
			yield(Event{}, UnsupportedError(f.p.Vendor(), WatchEvents, "its events can be neither watched nor asked for, and no webhook is served"))
			return
		}
		var batch []passed
		for {
			select {
			case <-ctx.Done():
				yield(Event{}, ctx.Err())
				return
			case <-l.news.wake:
				batch = l.news.take(batch)
				for i := range batch {
					if ctx.Err() != nil {
						break // what is left is asked for again
					}
					if !f.takePassed(&batch[i], yield) {
						return
					}
				}
			case d := <-l.in:
				if !f.take(d, yield) {
					return
				}
			case end := <-l.ends:
				if ctx.Err() != nil {
					continue // it has ended for that
				}
				if going--; going == 0 {
					yield(Event{}, end.err)
					return
				}
				if !yield(end.s.says(EventAccountDisconnected, Failure{Err: end.err}, f.o.Clock.Now()), nil) {
					return
				}
			}
		}
	}
}

// followLoop is a running loop over Events.
type followLoop struct {
	ctx     context.Context
	news    *relay[passed] // what is watched, and what History has
	in      chan waited    // what is waited for
	ends    chan sourceEnd
	webhook bool
	current atomic.Uint64 // the idHash of the event in the body, 0 without one
}

// arrival is an event on its way to the loop.
type arrival struct {
	s     *source
	event Event
	id    idHash
	came  time.Time // zero where it does not matter
}

// waited is an arrival that somebody waits for.
type waited struct {
	arrival
	ours  bool       // not the vendor's, and never known already
	taken chan error // gets nil when the event is done
}

// passed is an arrival that nobody waits for.
type passed struct {
	arrival
	mark chan<- struct{} // not nil: this is no event; it is closed when all that was passed before is done
}

// sourceEnd is how following a source ended.
type sourceEnd struct {
	s   *source
	err error
}

var (
	errNotFollowing = errors.New("lock: nobody follows the events now; deliver it again")
	errNotDone      = errors.New("lock: the event was not dealt with; deliver it again")
)

func (f *Follower) enter(ctx context.Context) (*followLoop, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loop != nil {
		return nil, InvalidArgument(f.p.Vendor(), WatchEvents, "this Follower is followed already: one loop at a time")
	}
	f.loop = &followLoop{
		ctx: ctx, news: newRelay[passed](), in: make(chan waited), ends: make(chan sourceEnd, len(f.sources)), webhook: f.webhook,
	}
	return f.loop, nil
}

func (f *Follower) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loop = nil
	for _, s := range f.sources {
		s.hole = true // until the next loop
	}
}

// take gives an event to the loop's body, tells who waits for it what became of it, and reports
// whether the loop goes on.
func (f *Follower) take(d waited, yield func(Event, error) bool) (goes bool) {
	defer func() { // also when the body panics
		if goes {
			d.taken <- nil
		} else {
			d.taken <- errNotDone
		}
	}()
	if d.ours {
		return yield(d.event, nil)
	}
	return f.deal(&d.arrival, yield)
}

// takePassed gives an event to the loop's body, and reports whether the loop goes on.
func (f *Follower) takePassed(p *passed, yield func(Event, error) bool) (goes bool) {
	if p.mark != nil {
		close(p.mark)
		return true
	}
	return f.deal(&p.arrival, yield)
}

// deal gives an event to the loop's body, unless the body has had it, and reports whether the loop
// goes on.
func (f *Follower) deal(a *arrival, yield func(Event, error) bool) (goes bool) {
	if !f.begin(a) {
		return true
	}
	defer func() { f.end(a, goes) }() // also when the body panics
	return yield(a.event, nil)
}

// begin notes that an event goes to the body, and reports whether it is the first time.
func (f *Follower) begin(a *arrival) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.know(a.id) {
		return false
	}
	a.s.saw(a.id, a.event.OccurredAt, a.came)
	f.loop.current.Store(uint64(a.id))
	return true
}

// know remembers an ID, for which the oldest may have to go, and reports whether it is new.
func (f *Follower) know(id idHash) bool {
	added, gone := f.known.add(id)
	if gone != 0 {
		for _, s := range f.sources {
			s.forget(gone)
		}
	}
	return added
}

// end notes that the body is through with an event, or has left it undone.
func (f *Follower) end(a *arrival, done bool) {
	if done {
		f.loop.current.Store(0)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loop.current.Store(0)
	f.known.undo()
	a.s.undo(a.id)
}

// arrived is an event that has come just now.
func (f *Follower) arrived(s *source, e Event) arrival {
	a := arrival{s: s, event: e, id: hashID(e.ID)}
	if !s.past || e.OccurredAt.IsZero() { // else the clock is not asked: that takes its time, too
		a.came = f.o.Clock.Now()
	}
	return a
}

// settled waits until all that was passed so far is done.
func (l *followLoop) settled(ctx context.Context) error {
	done := make(chan struct{})
	if err := l.news.put(ctx, &passed{mark: done}); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hand gives an event to the loop and waits until it is done.
func (f *Follower) hand(ctx context.Context, l *followLoop, d waited) error {
	d.taken = make(chan error, 1)
	select {
	case l.in <- d:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ctx.Done():
		return errNotFollowing
	}
	select {
	case err := <-d.taken:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// received is the sink of the webhooks.
func (f *Follower) received(ctx context.Context, e Event) error {
	s := f.sources[0]
	if _, ok := f.p.(*Fleet); ok {
		name, _, _ := SplitMemberID(e.ID)
		s = f.sources[slices.IndexFunc(f.sources, func(s *source) bool { return s.name == name })]
	}
	a := f.arrived(s, e)
	f.mu.Lock()
	l := f.loop
	done := f.known.has(a.id) && (l == nil || l.current.Load() != uint64(a.id))
	f.mu.Unlock()
	switch {
	case done:
		return nil
	case l == nil:
		return errNotFollowing
	}
	return f.hand(ctx, l, waited{arrival: a})
}
