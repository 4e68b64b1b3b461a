package lock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Inbox stands between a vendor's webhooks and the code that acts on events. The vendor gets its
// answer as soon as the event is in the log, however long acting on it takes; what fails is tried
// again, and what fails again and again is put aside where people find it:
//
//	inbox := lock.NewInbox(store, "webhooks", lock.InboxOptions{})
//	hook, err := p.Receive(inbox.Append)
//	…
//	err = inbox.Handle(ctx, func(ctx context.Context, e lock.Event) error { … })
//
// Replicas with the same store and name share one log: each event is in it once, however often and
// wherever the vendor delivers it, and one of them handles it. When that one dies another does.
// A handler that was interrupted may therefore see an event again: do each Event.ID once.
//
// How durable an event is depends on the store: with a MemoryStore it is gone with the process.
type Inbox struct {
	store InboxStore
	name  string
	o     InboxOptions

	mu     sync.Mutex
	wakeup context.CancelFunc // of the Handle that sleeps; nil = none does
	missed bool               // something was appended while none slept
}

// InboxStore is what an Inbox needs of a Store.
type InboxStore interface {
	EventLog
	EventQueue
	LeaseStore
}

// InboxOptions adjust an Inbox. The zero value of each is its default.
type InboxOptions struct {
	// Remember is how long an event's ID is known, so that it is not appended again. Default: 7
	// days. Keep it longer than the vendors go on delivering, by a day at least.
	Remember time.Duration
	// Keep is how long an event stays in the log after it was appended, for ReadEvents; one that is not
	// handled stays longer. Default: 7 days.
	Keep time.Duration
	// Workers is how many handlers run at a time in this process. Default: 8.
	Workers int
	// Hold is after how long without a sign of life of the replica that handles an event another
	// one takes it over. Default: a minute. A handler may take as long as it likes.
	Hold time.Duration
	// Tries is how often an event is handled before it is put aside as dead. A try counts from its
	// beginning, so that an event that kills its process each time is put aside as well; one that
	// was interrupted because Handle was told to stop does not count. With 1, what was handled beside
	// such an event is put aside with it. Default: 10.
	Tries int
	// FirstPause and MaxPause bound the time until an event is handled again: it begins with the first
	// and doubles up to the second. Defaults: 5 s and 15 minutes.
	FirstPause, MaxPause time.Duration
	// Look is how often to look for events that other replicas appended, or that are due again.
	// Default: a second. What this replica appends is handled at once.
	Look time.Duration
	// Raw keeps the vendor's bytes with each event. They may hold door codes: seal the store.
	Raw    bool
	Clock  Clock        // nil = SystemClock
	Logger *slog.Logger // nil = no log
}

// NewInbox returns the inbox with that name in store. Name it after what feeds it, such as the
// account; inboxes with different names share nothing.
func NewInbox(store InboxStore, name string, o InboxOptions) *Inbox {
	o.Remember = cmp.Or(o.Remember, 7*24*time.Hour)
	o.Keep = cmp.Or(o.Keep, 7*24*time.Hour)
	o.Workers = cmp.Or(o.Workers, 8)
	o.Hold = cmp.Or(o.Hold, time.Minute)
	o.Tries = cmp.Or(o.Tries, 10)
	o.FirstPause = cmp.Or(o.FirstPause, 5*time.Second)
	o.MaxPause = max(cmp.Or(o.MaxPause, 15*time.Minute), o.FirstPause)
	o.Look = cmp.Or(o.Look, time.Second)
	if o.Clock == nil {
		o.Clock = SystemClock
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Inbox{store: store, name: name, o: o}
}

// Append puts an event into the log unless it is there. Give it to Provider.Receive: when it
// returns nil the event is safe, and the vendor may be told so.
func (in *Inbox) Append(ctx context.Context, e Event) error { return in.append(ctx, e, 0) }

func (in *Inbox) append(ctx context.Context, e Event, fence uint64) error {
	data, err := EncodeEvent(e, in.o.Raw)
	if err != nil {
		return err
	}
	id := e.ID
	if id == "" { // nothing says that it is the same as another one
		id = EventID(e.Vendor, "inbox", string(data))
	}
	added, err := in.store.AppendEvent(ctx, in.name, LogEntry{ID: id, Data: data}, AppendOptions{Keep: in.o.Remember, Fence: fence})
	if added {
		in.wake()
	}
	return err
}

// Handle gives every event to f, several at a time, until ctx ends; then it waits for the handlers
// that are under way and returns ctx's error. Call it once per replica.
//
// An event is done with when f returns nil. When f fails or panics the event is handled again after
// a pause, and after o.Tries times it is put aside; see Dead. So it is when f never comes to an end,
// because its process dies of the event. What f's error says is kept with the event, so keep
// secrets out of it. f's context ends with ctx, and when another replica has taken the event over.
// There is no order among events: go by Event.OccurredAt.
func (in *Inbox) Handle(ctx context.Context, f func(context.Context, Event) error) error {
	var running sync.WaitGroup
	defer running.Wait()
	free := make(chan struct{}, in.o.Workers)
	for range in.o.Workers {
		free <- struct{}{}
	}
	var trimmed time.Time
	last := make(chan struct{}, 1) // full while an event is in its last try
	pause := growing{first: in.o.FirstPause, max: in.o.MaxPause}
	for ctx.Err() == nil {
		n := in.claim(ctx, free)
		if n == 0 {
			break
		}
		if now := in.o.Clock.Now(); now.Sub(trimmed) >= time.Hour {
			trimmed = now
			if _, err := in.store.TrimEvents(ctx, in.name, in.o.Keep); err != nil {
				in.o.Logger.WarnContext(ctx, "smartlock: inbox cannot be trimmed", "inbox", in.name, "error", err)
			}
		}
		taken, err := in.take(ctx, n)
		begun := in.oneLast(ctx, taken, last)
		for range n - len(begun) {
			free <- struct{}{}
		}
		for _, d := range begun {
			running.Go(func() {
				defer func() { free <- struct{}{} }()
				in.handle(ctx, d, f)
				if in.isLast(d) {
					<-last
				}
			})
		}
		switch {
		case err != nil && ctx.Err() == nil:
			in.o.Logger.WarnContext(ctx, "smartlock: inbox cannot be read", "inbox", in.name, "error", err)
			_ = in.o.Clock.Sleep(ctx, pause.next()) // the loop sees ctx end
			continue
		case len(taken) == 0:
			in.sleep(ctx)
		}
		pause.n = 0
	}
	return ctx.Err()
}

// claim takes as many free workers as there are, one at least; 0 when ctx ends.
func (in *Inbox) claim(ctx context.Context, free <-chan struct{}) int {
	select {
	case <-free:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case <-free:
		default:
			return n
		}
	}
}

// take takes up to n events. When ctx ends meanwhile it still waits for the store, as settle does:
// what was taken is to be given back, and does not count as tried.
func (in *Inbox) take(ctx context.Context, n int) ([]Delivery, error) {
	taking, cancel := context.WithCancel(context.WithoutCancel(ctx))
	left := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(left)
		_ = SystemClock.Sleep(taking, settleTimeout) // an early end is the answer
		cancel()
	})
	defer func() {
		cancel()
		if !stop() {
			<-left
		}
	}()
	return in.store.TakeEvents(taking, in.name, n, in.o.Hold)
}

// isLast reports whether the event is put aside if this try does not succeed. With a single try each
// is the last: then this makes no difference.
func (in *Inbox) isLast(d Delivery) bool { return d.Tries == in.o.Tries && in.o.Tries > 1 }

// oneLast gives back what is in its last try, but for one event at a time. An event that kills the
// process takes those with it that are handled beside it, and costs them a try as well; this way it
// is put aside alone.
func (in *Inbox) oneLast(ctx context.Context, taken []Delivery, last chan<- struct{}) []Delivery {
	return slices.DeleteFunc(slices.Clone(taken), func(d Delivery) bool {
		if !in.isLast(d) {
			return false
		}
		select {
		case last <- struct{}{}:
			return false
		default:
			in.settle(ctx, d, Settlement{Outcome: EventAgain, After: in.pause(1), Why: d.Why, Untried: true})
			return true
		}
	})
}

// handle runs f on one delivery and says what became of it.
func (in *Inbox) handle(ctx context.Context, d Delivery, f func(context.Context, Event) error) {
	e, err := DecodeEvent(d.Data)
	switch {
	case err != nil:
		in.settle(ctx, d, Settlement{Outcome: EventDead, Why: err.Error(), Untried: true})
		return
	case ctx.Err() != nil:
		in.settle(ctx, d, Settlement{Outcome: EventAgain, Why: d.Why, Untried: true})
		return
	case d.Tries > in.o.Tries: // of the try before, nobody has said what became of it
		why := endless(d.Tries-1, d.Why)
		in.o.Logger.ErrorContext(ctx, "smartlock: an event is put aside", "inbox", in.name, "event", d.ID, "tries", d.Tries-1, "error", why)
		in.settle(ctx, d, Settlement{Outcome: EventDead, Why: why, Untried: true})
		return
	}
	err = in.hold(ctx, d, func(ctx context.Context) error { return shielded(ctx, e, f) })
	switch {
	case err == nil:
		in.settle(ctx, d, Settlement{Outcome: EventHandled})
	case errors.Is(err, ErrSuperseded):
		in.o.Logger.WarnContext(ctx, "smartlock: an event was taken over by another replica", "inbox", in.name, "event", d.ID)
	case ctx.Err() != nil: // we were told to stop: that is not the event's fault
		in.settle(ctx, d, Settlement{Outcome: EventAgain, Why: d.Why, Untried: true})
	case d.Tries >= in.o.Tries:
		in.o.Logger.ErrorContext(ctx, "smartlock: an event is put aside", "inbox", in.name, "event", d.ID, "tries", d.Tries, "error", err)
		in.settle(ctx, d, Settlement{Outcome: EventDead, Why: err.Error()})
	default:
		in.settle(ctx, d, Settlement{Outcome: EventAgain, After: in.pause(d.Tries), Why: err.Error()})
	}
}

// endless says that the last of an event's tries never ended, and what is known of those before.
func endless(tries int, before string) string {
	why := fmt.Sprintf("the handler never ended in the last of %d tries: its process died, or was too slow to keep the event", tries)
	if before != "" {
		why += "; before that: " + before
	}
	return why
}

// hold runs f and tells the store all the while that somebody is at it. If somebody else is by now,
// f's context ends and the error is ErrSuperseded.
func (in *Inbox) hold(ctx context.Context, d Delivery, f func(context.Context) error) error {
	working, stop := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		for in.o.Clock.Sleep(working, in.o.Hold/3) == nil {
			err := in.store.SettleEvent(working, in.name, d, Settlement{Outcome: EventHeld, After: in.o.Hold})
			if errors.Is(err, ErrSuperseded) {
				stop(ErrSuperseded)
			}
		}
	})
	err := f(working)
	superseded := errors.Is(context.Cause(working), ErrSuperseded)
	stop(nil)
	renewing.Wait()
	if superseded && err != nil {
		return ErrSuperseded
	}
	return err
}

// shielded turns a panic of the handler into an error.
func shielded(ctx context.Context, e Event, f func(context.Context, Event) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler panicked: %v", p)
		}
	}()
	return f(ctx, e)
}

// settle reports to the store even when ctx has ended. If the store does not answer the event is held
// until its time is over, and is then handled again.
func (in *Inbox) settle(ctx context.Context, d Delivery, s Settlement) {
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := in.store.SettleEvent(settling, in.name, d, s); err != nil {
		in.o.Logger.WarnContext(ctx, "smartlock: what became of an event could not be kept", "inbox", in.name, "event", d.ID, "error", err)
	}
	if s.Outcome == EventAgain && s.After == 0 {
		in.wake()
	}
}

// settleTimeout bounds how long a stopping replica waits for the store.
const settleTimeout = 5 * time.Second

// pause is how long an event waits after it failed for the nth time.
func (in *Inbox) pause(n int) time.Duration {
	p := growing{first: in.o.FirstPause, max: in.o.MaxPause, n: n - 1}
	return p.next()
}

// growing are pauses that double: half to full of first, of twice that, up to max.
type growing struct {
	first, max time.Duration
	n          int // pauses so far
}

func (g *growing) next() time.Duration {
	d := g.first
	for i := 0; i < g.n && d < g.max; i++ {
		d *= 2
	}
	g.n++
	d = min(d, g.max)
	return d/2 + rand.N(d/2+1)
}

// sleep waits until it is time to look again, or something was appended here.
func (in *Inbox) sleep(ctx context.Context) {
	asleep, cancel := context.WithCancel(ctx)
	defer cancel()
	in.mu.Lock()
	if in.missed {
		in.missed = false
		in.mu.Unlock()
		return
	}
	in.wakeup = cancel
	in.mu.Unlock()
	_ = in.o.Clock.Sleep(asleep, in.o.Look) // an early end is wake, or ctx's
	in.mu.Lock()
	in.wakeup, in.missed = nil, false
	in.mu.Unlock()
}

func (in *Inbox) wake() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.missed = true
	if in.wakeup != nil {
		in.wakeup()
	}
}

// DeadEvent is an event that could not be handled.
type DeadEvent struct {
	Event Event     // zero but for its ID if it cannot be read
	Seq   uint64    // its place in the log; for Replay and Discard
	At    time.Time // when it was appended
	Tries int       // how often it was handled, or begun to be
	Why   string    // what the last try said, or that it never ended
}

// Dead lists the events that were put aside, oldest first.
func (in *Inbox) Dead(ctx context.Context) iter.Seq2[DeadEvent, error] {
	return func(yield func(DeadEvent, error) bool) {
		var after uint64
		for {
			page, err := in.store.DeadEvents(ctx, in.name, after, deadPage)
			if err != nil {
				yield(DeadEvent{}, err)
				return
			}
			for _, d := range page {
				e, err := DecodeEvent(d.Data)
				if err != nil {
					e = Event{ID: d.ID}
				}
				if !yield(DeadEvent{Event: e, Seq: d.Seq, At: d.At, Tries: d.Tries, Why: d.Why}, nil) {
					return
				}
				after = d.Seq
			}
			if len(page) < deadPage {
				return
			}
		}
	}
}

// deadPage is how many dead events are read at a time.
const deadPage = 100

// Replay has dead events handled again, their tries counted anew: those with the given Seqs, or all.
// It returns how many; a Seq that is not dead is left out.
func (in *Inbox) Replay(ctx context.Context, seqs ...uint64) (int, error) {
	n, err := in.store.ReplayEvents(ctx, in.name, seqs...)
	if n > 0 {
		in.wake()
	}
	return n, err
}

// Discard takes a dead event off the list for good. One that is not dead stays, and is an ErrNotFound.
func (in *Inbox) Discard(ctx context.Context, seq uint64) error {
	page, err := in.store.DeadEvents(ctx, in.name, max(seq, 1)-1, 1)
	if err != nil {
		return err
	}
	if len(page) == 0 || page[0].Seq != seq {
		return &Error{Kind: ErrNotFound, Message: fmt.Sprintf("inbox %s has no dead event with Seq %d", in.name, seq)}
	}
	return in.store.SettleEvent(ctx, in.name, Delivery{LogEntry: LogEntry{Seq: seq}}, Settlement{Outcome: EventHandled})
}

// Count says how many events are in the log, wait to be handled, and are dead.
func (in *Inbox) Count(ctx context.Context) (LogCount, error) {
	return in.store.CountEvents(ctx, in.name)
}
