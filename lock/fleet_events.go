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
// go on; the last one's end is the end of the sequence.
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
		news, ends := make(chan Event), make(chan watchEnd, len(members))
		for _, m := range members {
			wg.Go(func() {
				ends <- watchEnd{m, pour(ctx, news, m.watched(ctx))}
			})
		}
		var errs []error
		for watched := len(members); watched > 0; {
			var e Event
			select {
			case e = <-news:
			case end := <-ends:
				watched--
				if ctx.Err() != nil || watched == 0 {
					errs = append(errs, end.err)
					continue
				}
				e = ourEvent(end.m.out, end.m.Provider, EventAccountDisconnected, Failure{Err: end.err}, SystemClock.Now())
			}
			if !yield(e, nil) {
				return
			}
		}
		yield(Event{}, errors.Join(errs...))
	}
}

// watchEnd is how the watching of a member ended.
type watchEnd struct {
	m   *member
	err error
}

// watched is the Watch of a member. It always says why it ends.
func (m *member) watched(ctx context.Context) iter.Seq2[Event, error] {
	return endsWithError(m.Provider, listed(m, m.Provider.Events().Watch(ctx), (*member).event), m.failed)
}

// endsWithError is a Watch that says so when it ends without an error, which none should.
func endsWithError(p Provider, watch iter.Seq2[Event, error], failed func(error) error) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for e, err := range watch {
			if !yield(e, err) || err != nil {
				return
			}
		}
		yield(Event{}, failed(&Error{Vendor: p.Vendor(), Op: WatchEvents, Kind: ErrProtocol, Message: "the events ended without a word"}))
	}
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
