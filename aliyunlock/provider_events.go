package aliyunlock

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// historyConcurrency bounds how many locks are asked at a time.
	historyConcurrency = 8
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
		for _, ev := range found {
			if err := ctx.Err(); err != nil {
				yield(lock.Event{}, err)
				return
			}
			if !yield(ev, nil) {
				return
			}
		}
	}
}

// Watch polls the history of all locks, because the platform pushes to message queues only. The
// history is no live feed: the vendor says that 9 of 10 reports are in it within a minute, and all
// of them within two hours. Watch looks back those two hours in every poll (every interval of
// lock.WithWatchInterval), yields each event once, and nothing from before it began; so an event is
// late by the vendor's lag, and not lost by it. For alarms subscribe to the project's AMQP queue.
func (e events) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.WatchEvents)
	return func(yield func(lock.Event, error) bool) {
		clock := e.c.cfg.Clock
		start := clock.Now()
		cursor := start
		seen := map[string]time.Time{} // ID to the cursor when it was seen
		for {
			if err := clock.Sleep(ctx, e.c.cfg.WatchInterval); err != nil {
				yield(lock.Event{}, err)
				return
			}
			now := clock.Now()
			from := cursor.Add(-watchOverlap)
			if from.Before(start) {
				from = start
			}
			found, err := e.collect(ctx, lock.EventQuery{Window: lock.Window{From: from.Truncate(time.Second)}}, lock.SourcePoll)
			if err != nil {
				if ctx.Err() == nil && lock.KindOf(err).Retryable() {
					continue // the cursor stays, so nothing is lost
				}
				yield(lock.Event{}, err)
				return
			}
			for _, ev := range found {
				if _, known := seen[ev.ID]; known {
					continue
				}
				seen[ev.ID] = now
				if !yield(ev, nil) {
					return
				}
			}
			cursor = now
			for id, at := range seen {
				if at.Before(cursor.Add(-2 * watchOverlap)) {
					delete(seen, id)
				}
			}
		}
	}
}

// collect asks for the events of q and puts them in order.
func (e events) collect(ctx context.Context, q lock.EventQuery, source lock.EventSource) ([]lock.Event, error) {
	if err := q.Window.Validate(); err != nil {
		return nil, wrapped(lock.OpFrom(ctx), lock.ErrInvalidArgument, err)
	}
	var (
		mu    sync.Mutex
		found []lock.Event
	)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(historyConcurrency)
	ask := func(base lock.Event) {
		g.Go(func() error {
			of, err := e.ofLock(gctx, base, q)
			mu.Lock()
			defer mu.Unlock()
			found = append(found, of...)
			return about(string(base.Device), err)
		})
	}
	listed := e.askEach(ctx, gctx, q, lock.Event{Vendor: Vendor, ReceivedAt: e.c.cfg.Clock.Now(), Source: source}, ask)
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if listed != nil {
		return nil, listed
	}
	slices.SortStableFunc(found, func(a, b lock.Event) int {
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(a.Device, b.Device))
	})
	return found, nil
}

// askEach calls ask for each lock of q; it stops early when gctx has ended.
func (e events) askEach(ctx, gctx context.Context, q lock.EventQuery, base lock.Event, ask func(lock.Event)) error {
	if q.Device != "" {
		base.Device, base.Home = q.Device, q.Home
		ask(base)
		return nil
	}
	for l, err := range (locks{c: e.c}).list(ctx, lock.LockQuery{Home: q.Home}) {
		if err != nil {
			return err
		}
		if gctx.Err() != nil {
			return nil // one of those asked has failed; Wait says why
		}
		of := base
		of.Device, of.Home, of.Room = l.ID, l.Home, l.Room
		ask(of)
	}
	return nil
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
