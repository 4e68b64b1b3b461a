package tuya

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/history"
	"github.com/smartlock-sdk/smartlock/lock"
)

// watchOverlap is how far each poll of Watch looks back behind the one before.
const watchOverlap = 2 * time.Hour

type events struct {
	lock.Events // what the cloud lacks: Receive
	c           *Client
}

// History asks for the openings and the alarms of locks, two calls and more for each. Without a
// Device every lock of the Home, or of the users of WithUser, is asked, eight at a time, and the
// whole answer is held in memory to put it in order. A lock that keeps no logs is then left out.
//
// The vendor numbers nothing: two entries that are alike in everything are one event, and the times
// of alarms are whole seconds.
func (e events) History(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.ListEvents)
	if q.Device == "" && q.Home == "" && len(e.c.set.users) == 0 {
		return lock.FailedSeq[lock.Event](without(lock.ListEvents))
	}
	return func(yield func(lock.Event, error) bool) {
		found, err := e.collect(ctx, q, lock.SourceHistory)
		if err != nil {
			yield(lock.Event{}, err)
			return
		}
		history.All(ctx, found)(yield)
	}
}

// Watch polls the logs of all locks of the users of WithUser, every interval of
// lock.WithWatchInterval, because the cloud pushes to message queues only. Every poll makes two calls
// for each lock, which count against the project's plan. It looks back two hours, for locks that
// report late; one that was cut off for longer is found in History only. The vendor's message queue
// (Pulsar) is faster and costs no calls.
func (e events) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.WatchEvents)
	if len(e.c.set.users) == 0 {
		return lock.FailedSeq[lock.Event](without(lock.WatchEvents))
	}
	return history.Poll(ctx, e.c.cfg, time.Second, watchOverlap, func(ctx context.Context, from time.Time) ([]lock.Event, error) {
		return e.collect(ctx, lock.EventQuery{Window: lock.Window{From: from}}, lock.SourcePoll)
	})
}

// collect asks for the events of q and puts them in order.
func (e events) collect(ctx context.Context, q lock.EventQuery, source lock.EventSource) ([]lock.Event, error) {
	if err := q.Window.Validate(); err != nil {
		return nil, wrapped(lock.OpFrom(ctx), lock.ErrInvalidArgument, err)
	}
	base := lock.Event{Vendor: Vendor, ReceivedAt: e.c.cfg.Clock.Now(), Source: source}
	return history.Gather(ctx, e.asked(ctx, q, base), func(ctx context.Context, of lock.Event) ([]lock.Event, error) {
		found, err := e.ofLock(ctx, of, q)
		if q.Device == "" && errors.Is(err, lock.ErrUnsupported) {
			return nil, nil
		}
		return found, lock.About(string(of.Device), err)
	})
}

// asked yields what the events of each lock of q have in common.
func (e events) asked(ctx context.Context, q lock.EventQuery, base lock.Event) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		if q.Device != "" {
			base.Device, base.Home = q.Device, q.Home
			yield(base, nil)
			return
		}
		for l, err := range (locks{e.c}).list(ctx, lock.LockQuery{Home: q.Home}) {
			of := base
			of.Device, of.Home = l.ID, l.Home
			if !yield(of, err) {
				return
			}
		}
	}
}

// ofLock asks for the events of one lock.
func (e events) ofLock(ctx context.Context, base lock.Event, q lock.EventQuery) ([]lock.Event, error) {
	entries, err := e.c.logs(ctx, base.Device, q)
	if err != nil {
		return nil, err
	}
	var found []lock.Event
	for _, entry := range entries {
		for _, s := range entry.Status {
			if ev := portableEvent(base, entry, s); q.Wants(ev.Kind) {
				found = append(found, ev)
			}
		}
	}
	return found, nil
}
