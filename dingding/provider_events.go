package dingding

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/history"
	"github.com/smartlock-sdk/smartlock/internal/paging"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// recordsPerPage is how many records of a history are asked for at a time.
	recordsPerPage = 100
	// watchOverlap is how far each poll of Watch looks back behind the one before, for records
	// that reach the vendor late.
	watchOverlap = 10 * time.Minute
)

type events struct{ c *Client }

// History merges what the vendor keeps in three places: opened doors (§6.12), exceptions of
// devices (§17.2) and the log of operations (§7.3). Without a Device every device of the Home, or
// of the account, is asked: up to three calls each, eight devices at a time. The whole answer is
// held in memory to put it in order, so keep the window short for many devices.
//
// The record of an opened door or an exception has the Event.ID of the callback about it, as far
// as the vendor gives both the same time. Entries of the operation log are happenings of their
// own: somebody asked for something.
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

// Watch polls the history, because Dingding pushes only to webhooks: every interval (see
// lock.WithWatchInterval) it asks for what is new since the cursor, which starts at now and moves
// when a poll has succeeded, so that a break loses nothing. What reaches the vendor more than ten
// minutes late is not seen. Prefer Receive where the vendor can reach you.
func (e events) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.WatchEvents)
	return history.Poll(ctx, e.c.cfg, time.Millisecond, watchOverlap, func(ctx context.Context, from time.Time) ([]lock.Event, error) {
		return e.collect(ctx, lock.EventQuery{Window: lock.Window{From: from}}, lock.SourcePoll)
	})
}

// Receive returns the handler for callbacks: events, and results of operations, which also wake
// the operations of this client that wait for them. The URLs under which the vendor knows the
// handler have to be named with WithCallbackURL, because they are part of the signature. Read at
// VerifyCallback what that signature is worth.
func (e events) Receive(sink func(context.Context, lock.Event) error) (http.Handler, error) {
	if sink == nil {
		return nil, invalid(lock.ReceiveEvents, "the sink must not be nil")
	}
	if len(e.c.set.callbackURLs) == 0 {
		return nil, invalid(lock.ReceiveEvents, "name the registered callback URLs with dingding.WithCallbackURL; the signature cannot be checked without them")
	}
	return receiver{c: e.c, sink: sink}, nil
}

// collect asks for the events of q and puts them in order.
func (e events) collect(ctx context.Context, q lock.EventQuery, source lock.EventSource) ([]lock.Event, error) {
	if err := q.Window.Validate(); err != nil {
		return nil, refused(lock.OpFrom(ctx), lock.ErrInvalidArgument, err)
	}
	return history.Gather(ctx, e.asked(ctx, q), func(ctx context.Context, d lock.Device) ([]lock.Event, error) {
		found, err := e.ofDevice(ctx, d, q, source)
		return found, lock.About(string(d.ID), err)
	})
}

// asked yields the devices q is about.
func (e events) asked(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Device, error] {
	if q.Device == "" {
		return e.c.devices(ctx, q.Home, func(lock.Device) bool { return true })
	}
	return func(yield func(lock.Device, error) bool) { yield(e.c.place(ctx, q.Device)) }
}

// ofDevice asks for the events of one device.
func (e events) ofDevice(ctx context.Context, d lock.Device, q lock.EventQuery, source lock.EventSource) ([]lock.Event, error) {
	base := lock.Event{
		Vendor: Vendor, ReceivedAt: e.c.cfg.Clock.Now(), Source: source, Home: d.Home, Room: d.Room, Device: d.ID,
	}
	uuid := string(d.ID)
	if w, ok := ParseWaterMeterID(d.ID); ok {
		uuid = w.UUID
	}
	period := Period{Start: q.Window.From.Truncate(time.Second), End: roundUp(q.Window.Until)}
	var found []lock.Event
	keep := func(ev lock.Event) {
		if q.Wants(ev.Kind) && q.Window.Contains(ev.OccurredAt) {
			found = append(found, ev)
		}
	}
	if d.Kind == lock.DeviceLock && q.Wants(lock.EventLockUnlocked) {
		fetch := func(ctx context.Context, offset, count int) ([]LockEvent, error) {
			resp, err := e.c.ListLockEvents(ctx, ListLockEventsRequest{
				Locator: Locator{UUID: uuid}, Period: period, Paging: Paging{Offset: offset, Count: count},
			})
			if err != nil {
				return nil, err
			}
			return resp.LockEvents, nil
		}
		type key struct {
			at     int64
			source int
		}
		for r, err := range paging.OffsetUnique(ctx, recordsPerPage, fetch, func(r LockEvent) key { return key{r.Time.UnixMilli(), r.SourceID} }) {
			if err != nil {
				return nil, err
			}
			keep(unlockEvent(base, &r))
		}
	}
	if q.WantsAny(exceptionEvents...) {
		fetch := func(ctx context.Context, offset, count int) ([]DeviceException, error) {
			resp, err := e.c.ListDeviceExceptions(ctx, DeviceExceptionsRequest{
				UUID: uuid, Paging: Paging{Offset: offset, Count: count}, Start: q.Window.From, End: q.Window.Until,
			})
			if err != nil {
				return nil, err
			}
			return resp.DeviceExceptions, nil
		}
		type key struct {
			at   int64
			kind ExceptionType
		}
		for r, err := range paging.OffsetUnique(ctx, recordsPerPage, fetch, func(r DeviceException) key { return key{r.Time.UnixMilli(), r.Type} }) {
			if err != nil {
				return nil, err
			}
			keep(exceptionEvent(base, &r))
		}
	}
	if q.WantsAny(lock.EventOperationSucceeded, lock.EventOperationFailed) {
		fetch := func(ctx context.Context, offset, count int) ([]Operation, error) {
			resp, err := e.c.SearchOperations(ctx, SearchOperationsRequest{
				OperationFilter: OperationFilter{Locator: Locator{UUID: uuid}, Period: period}, Paging: Paging{Offset: offset, Count: count},
			})
			if err != nil {
				return nil, err
			}
			return resp.OpList, nil
		}
		type key struct {
			at                int64
			op                OpID
			target, recipient string
		}
		unique := func(r Operation) key {
			return key{r.Timestamp.UnixMilli(), r.OpID, r.Target.ID, r.Recipient.ID.Reveal()}
		}
		for r, err := range paging.OffsetUnique(ctx, recordsPerPage, fetch, unique) {
			if err != nil {
				return nil, err
			}
			keep(operationEvent(base, &r))
		}
	}
	return found, nil
}

// exceptionEvents is what records of exceptions can become.
var exceptionEvents = []lock.EventKind{
	lock.EventDeviceOffline, lock.EventDeviceOnline, lock.EventDeviceBatteryLow, lock.EventDeviceBatteryOK,
	lock.EventDeviceTampered, lock.EventLockWrongAttempts, lock.EventDeviceFault, lock.EventMeterCreditExhausted,
	lock.EventMeterOverload, lock.EventMeterClosedLocally, lock.EventMeterCommError, lock.EventVendorUnknown,
}

// roundUp is the next whole second, so that a period in whole seconds covers t.
func roundUp(t time.Time) time.Time {
	if down := t.Truncate(time.Second); !down.Equal(t) {
		return down.Add(time.Second)
	}
	return t
}

func unlockEvent(e lock.Event, r *LockEvent) lock.Event {
	e.Kind, e.Name, e.OccurredAt, e.Native = lock.EventLockUnlocked, string(EventUnlocked), r.Time, lock.NewNative(r.Raw(), r)
	if r.EventID != LockEventOpen {
		e.Kind, e.Name = lock.EventVendorUnknown, "lock_event "+strconv.Itoa(int(r.EventID))
		e.ID = eventID(e.Kind, e.Device, r.Time, strconv.Itoa(r.SourceID), e.Name)
		return e
	}
	describeUnlock(&e, r.Source, r.SourceID, r.SourceName)
	e.ID = eventID(e.Kind, e.Device, r.Time, strconv.Itoa(r.SourceID))
	return e
}

func exceptionEvent(e lock.Event, r *DeviceException) lock.Event {
	e.Name, e.OccurredAt, e.Native = strconv.Itoa(int(r.Type)), r.Time, lock.NewNative(r.Raw(), r)
	var known bool
	if e.Kind, known = exceptionKinds[r.Type]; !known {
		e.Kind = lock.EventVendorUnknown
		e.ID = eventID(e.Kind, e.Device, r.Time, e.Name)
		return e
	}
	e.ID = eventID(e.Kind, e.Device, r.Time)
	return e
}

func operationEvent(e lock.Event, r *Operation) lock.Event {
	e.Kind, e.Name, e.OccurredAt, e.Native = lock.EventOperationSucceeded, string(r.OpID), r.Timestamp, lock.NewNative(r.Raw(), r)
	e.Actor = lock.Person{Name: r.Operator.Name, Phone: r.Operator.ID}
	if r.Result != nil && *r.Result != 0 {
		e.Kind = lock.EventOperationFailed
		e.Data = lock.Failure{Err: resultError("", e.Device, strconv.Itoa(*r.Result))}
	}
	e.ID = eventID("operation", e.Device, r.Timestamp, string(r.OpID), r.Target.ID)
	return e
}
