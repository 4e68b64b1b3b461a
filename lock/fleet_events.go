package lock

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"iter"
	"net/http"
	"path"
	"sync"
	"time"
)

type fleetEvents struct{ f *Fleet }

// History puts the members' events in the order of time, so it hears from every member that is
// asked before it yields the first.
func (a fleetEvents) History(ctx context.Context, q EventQuery) iter.Seq2[Event, error] {
	members, err := a.f.asked(ListEvents, cmp.Or(string(q.Device), string(q.Home)), "")
	if err != nil {
		return FailedSeq[Event](err)
	}
	return inOrder(ctx, members, func(ctx context.Context, m *member) iter.Seq2[Event, error] {
		q := q
		var err error
		if q.Device, err = in(m, ListEvents, q.Device); err != nil {
			return FailedSeq[Event](err)
		}
		if q.Home, err = in(m, ListEvents, q.Home); err != nil {
			return FailedSeq[Event](err)
		}
		return m.Provider.Events().History(ctx, q)
	}, (*member).event, func(x, y Event) int { return x.OccurredAt.Compare(y.OccurredAt) })
}

// Watch yields the events of all members that can be watched. A member's EventGap is about that
// member, whose name its ID begins with. When watching a member ends although the context has not,
// an EventAccountDisconnected says so, with a Failure that holds the *MemberError, and the others
// go on; the last one's end is the end of the sequence. A member's events stay in order. They are
// taken some dozens ahead of the loop, and a loop that is slower than that holds the members up.
func (a fleetEvents) Watch(ctx context.Context) iter.Seq2[Event, error] {
	members := a.f.can(WatchEvents)
	if len(members) == 0 {
		return FailedSeq[Event](UnsupportedError(FleetVendor, WatchEvents, ""))
	}
	return func(yield func(Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		defer func() {
			cancel()
			wg.Wait()
		}()
		news := newRelay[watchNews]()
		for _, m := range members {
			wg.Go(func() { m.report(ctx, news) })
		}
		var errs []error
		var batch []watchNews
		for watched := len(members); watched > 0; {
			<-news.wake // the end of ctx is news of each member
			batch = news.take(batch)
			for i := range batch {
				n := &batch[i]
				if n.ended != nil {
					watched--
					if ctx.Err() != nil || watched == 0 {
						errs = append(errs, n.err)
						continue
					}
					n.event = ourEvent(n.ended.out, n.ended.Provider, EventAccountDisconnected, Failure{Err: n.err}, SystemClock.Now())
				}
				if ctx.Err() == nil && !yield(n.event, nil) {
					return
				}
			}
		}
		yield(Event{}, errors.Join(errs...))
	}
}

// watchNews is an event of a member, or how watching it ended.
type watchNews struct {
	event Event
	ended *member // nil = it goes on
	err   error
}

// report tells the news of a member until watching it ends.
func (m *member) report(ctx context.Context, news *relay[watchNews]) {
	var err error
	for e, failed := range m.Provider.Events().Watch(ctx) {
		if err = failed; err == nil {
			err = news.put(ctx, &watchNews{event: m.event(e)})
		}
		if err != nil {
			break
		}
	}
	news.last(&watchNews{ended: m, err: m.failed(cmp.Or(err, endedSilently(m.Provider)))})
}

// endedSilently is the error of a Watch that ended without one, which none should.
func endedSilently(p Provider) error {
	return &Error{Vendor: p.Vendor(), Op: WatchEvents, Kind: ErrProtocol, Message: "the events ended without a word"}
}

// ourEvent is one that this library makes about a provider.
func ourEvent(id func(string) string, p Provider, kind EventKind, data any, now time.Time) Event {
	return Event{
		ID: id(rand.Text()), Kind: kind, Vendor: p.Vendor(), Source: SourceLocal,
		OccurredAt: now, ReceivedAt: now, Data: data,
	}
}

// Receive returns one handler for the webhooks of all members that have them. The last element of
// the URL's path says whose webhook it is: serve it at "/callbacks/9f3c/", and register
// "https://…/callbacks/9f3c/bj" with the vendor of member bj.
func (a fleetEvents) Receive(sink func(context.Context, Event) error) (http.Handler, error) {
	members := a.f.can(ReceiveEvents)
	switch {
	case len(members) == 0:
		return nil, UnsupportedError(FleetVendor, ReceiveEvents, "")
	case sink == nil:
		return nil, InvalidArgument(FleetVendor, ReceiveEvents, "a sink is required")
	}
	h := make(fleetHandler, len(members))
	for _, m := range members {
		of, err := m.Provider.Events().Receive(func(ctx context.Context, e Event) error { return sink(ctx, m.event(e)) })
		if err != nil {
			return nil, m.failed(err)
		}
		h[m.Name] = of
	}
	return h, nil
}

// fleetHandler is the handlers of the members, by their names.
type fleetHandler map[string]http.Handler

func (h fleetHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if of := h[path.Base(r.URL.Path)]; of != nil {
		of.ServeHTTP(w, r)
		return
	}
	// Nobody's: refused as a member would refuse it.
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "callbacks are POST", http.StatusMethodNotAllowed)
		return
	}
	status := http.StatusNotFound
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxStrayCallback)); err != nil {
		status = http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
	}
	http.Error(w, "no member of this name receives callbacks", status)
}

// maxStrayCallback is how many bytes are read of a callback that is for no member.
const maxStrayCallback = 1 << 20
