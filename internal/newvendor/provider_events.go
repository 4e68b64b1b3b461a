package newvendor

import (
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/history"
	"github.com/smartlock-sdk/smartlock/lock"
)

// begin events

// eventKinds says what the vendor's entries are in the common language. What is missing arrives as
// lock.EventVendorUnknown.
var eventKinds = map[string]lock.EventKind{
	"opened":      lock.EventLockUnlocked,
	"tampered":    lock.EventDeviceTampered,
	"low_battery": lock.EventDeviceBatteryLow,
}

// portableEvent describes an entry. Its ID is made of what makes the happening one: lock and number.
func portableEvent(base lock.Event, id lock.DeviceID, native *LogEntry) lock.Event {
	e := base
	e.ID = lock.EventID(Vendor, string(id), strconv.Itoa(native.Number))
	e.Kind, e.Name, e.OccurredAt = lock.EventVendorUnknown, native.What, native.At
	if kind, known := eventKinds[native.What]; known {
		e.Kind = kind
	}
	if e.Kind == lock.EventLockUnlocked {
		e.Method = lock.MethodUnknown
	}
	e.Device, e.Actor, e.Native = id, lock.Person{Name: native.Who}, lock.NewNative(native.Raw(), native)
	return e
}

// end events

// watchOverlap is how far each poll of Watch looks back behind the one before.
const watchOverlap = 10 * time.Minute

type events struct {
	lock.Events // what Acme lacks: Receive
	c           *Client
}

// History reads the log of one lock, or of all.
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

// Watch polls the logs, because Acme does not push.
func (e events) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.WatchEvents)
	return history.Poll(ctx, e.c.cfg, time.Second, watchOverlap, func(ctx context.Context, from time.Time) ([]lock.Event, error) {
		return e.collect(ctx, lock.EventQuery{Window: lock.Window{From: from}}, lock.SourcePoll)
	})
}

// collect asks for the events of q and puts them in order.
func (e events) collect(ctx context.Context, q lock.EventQuery, source lock.EventSource) ([]lock.Event, error) {
	op := lock.OpFrom(ctx)
	if q.Home != "" {
		return nil, lock.InvalidArgument(Vendor, op, "Acme knows no homes; leave Home empty")
	}
	if err := q.Window.Validate(); err != nil {
		return nil, lock.InvalidArgument(Vendor, op, "%v", err)
	}
	base := lock.Event{Vendor: Vendor, ReceivedAt: e.c.cfg.Clock.Now(), Source: source}
	return history.Gather(ctx, e.asked(ctx, q), func(ctx context.Context, id lock.DeviceID) ([]lock.Event, error) {
		var since int64
		if !q.Window.From.IsZero() {
			since = q.Window.From.Unix()
		}
		resp, err := e.c.ListLog(ctx, string(id), ListLogRequest{Since: since})
		if err != nil {
			return nil, lock.About(string(id), err)
		}
		var found []lock.Event
		for i := range resp.Log {
			if ev := portableEvent(base, id, &resp.Log[i]); q.Wants(ev.Kind) && q.Window.Contains(ev.OccurredAt) {
				found = append(found, ev)
			}
		}
		return found, nil
	})
}

// asked yields the locks that q is about.
func (e events) asked(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.DeviceID, error] {
	return func(yield func(lock.DeviceID, error) bool) {
		if q.Device != "" {
			yield(q.Device, nil)
			return
		}
		for l, err := range e.c.Locks().List(ctx, lock.LockQuery{}) {
			if !yield(l.ID, err) {
				return
			}
		}
	}
}
