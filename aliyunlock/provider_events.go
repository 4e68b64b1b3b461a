package aliyunlock

import (
	"context"
	"iter"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/history"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// watchOverlap is how far each poll of Watch looks back behind the one before: as far as the
	// vendor's history lags.
	watchOverlap = historyLag + clockMargin
)

type events struct {
	lock.Events // what the platform lacks: Receive
	c           *Client
}

// History asks for what the locks have reported. Without a Device every lock of the Home, or of
// the user, is asked, eight at a time, and the whole answer is held in memory to put it in order.
//
// Event.OccurredAt is when the platform recorded the report, in whole seconds, in the zone of
// lock.WithLocation; the device's own time is in the EventRecord behind the event. The vendor
// numbers nothing: two reports that are alike in everything, within one second, are one event.
func (e events) History(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.ListEvents)
	return func(yield func(lock.Event, error) bool) {
		found, err := e.collect(ctx, q, lock.SourceHistory)
		if err != nil {
			yield(lock.Event{}, err)
			return
		}
		history.All(ctx, found)(yield)
	}
}

// Watch polls the history of all locks, because the platform pushes to message queues only. The
// history is no live feed: the vendor says that 9 of 10 reports are in it within a minute, and all
// of them within two hours. Watch looks back those two hours in every poll (every interval of
// lock.WithWatchInterval), yields each event once, and nothing from before it began; so an event is
// late by the vendor's lag, and not lost by it. For alarms subscribe to the project's AMQP queue.
func (e events) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.WatchEvents)
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
		for l, err := range (locks{c: e.c}).list(ctx, lock.LockQuery{Home: q.Home}) {
			of := base
			of.Device, of.Home, of.Room = l.ID, l.Home, l.Room
			if !yield(of, err) {
				return
			}
		}
	}
}

// ofLock asks for the events of one lock.
func (e events) ofLock(ctx context.Context, base lock.Event, q lock.EventQuery) ([]lock.Event, error) {
	records, err := e.c.records(ctx, base.Device, q.Window, nil)
	if err != nil {
		return nil, err
	}
	var found []lock.Event
	for _, r := range records {
		for _, ev := range portableEvents(base, r) {
			if q.Wants(ev.Kind) {
				found = append(found, ev)
			}
		}
	}
	return found, nil
}
