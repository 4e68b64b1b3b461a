package yeeuu

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/history"
	"github.com/smartlock-sdk/smartlock/lock"
)

// watchOverlap is how far each poll of Watch looks back behind the one before, for entries that
// reach the vendor late.
const watchOverlap = 10 * time.Minute

type events struct {
	lock.Events // what Yeeuu lacks: Receive
	c           *Client
}

// History reads the log of opened doors: EventLockUnlocked is all there is. It needs q.Device,
// because the vendor has no list of doors; without one the doors of WithWatch are asked, eight at a
// time. The vendor cannot be asked for a time either, so a log is read from its newest entry to the
// window's beginning, or whole if it turns out not to be in order. The answer is held in memory.
//
// Entries have no id. An event's ID is made of the door, the second, how it was opened and by
// whom, and a number for entries that are alike. It holds the flat's code, the door's type and
// name, but not its Building.
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

// Watch polls the log of the doors named by WithWatch every interval (see lock.WithWatchInterval),
// because Yeeuu does not push. It begins with what happens from now on. A poll that fails for a
// reason that may pass is made up for by the next, so a break loses nothing; what reaches the
// vendor more than ten minutes late is not seen.
func (e events) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.WatchEvents)
	if len(e.c.set.watch) == 0 {
		return lock.FailedSeq[lock.Event](invalid(lock.WatchEvents, "Yeeuu has no list of doors: name those to watch with yeeuu.WithWatch"))
	}
	return history.Poll(ctx, e.c.cfg, time.Second, watchOverlap, func(ctx context.Context, from time.Time) ([]lock.Event, error) {
		return e.collect(ctx, lock.EventQuery{Window: lock.Window{From: from}}, lock.SourcePoll)
	})
}

// collect asks for the events of q and puts them in order.
func (e events) collect(ctx context.Context, q lock.EventQuery, source lock.EventSource) ([]lock.Event, error) {
	op := lock.OpFrom(ctx)
	doors, err := e.doors(op, q)
	if err != nil {
		return nil, lock.About(string(q.Device), err)
	}
	if err := q.Window.Validate(); err != nil {
		return nil, refused(op, lock.ErrInvalidArgument, err)
	}
	if !q.Wants(lock.EventLockUnlocked) {
		return nil, nil
	}
	each := func(yield func(lock.DeviceID, error) bool) {
		for _, id := range doors {
			if !yield(id, nil) {
				return
			}
		}
	}
	found, err := history.Gather(ctx, each, func(ctx context.Context, id lock.DeviceID) ([]lock.Event, error) {
		of, err := e.openings(ctx, id, q.Window.From, source)
		return of, lock.About(string(id), err)
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(ev lock.Event) bool { return !q.Window.Contains(ev.OccurredAt) }), nil
}

// doors are the ids of the doors that q is about.
func (e events) doors(op lock.Op, q lock.EventQuery) ([]lock.DeviceID, error) {
	if q.Device != "" {
		d, err := parseDoor(op, q.Device)
		if err == nil && q.Home != "" && q.Home != d.home() {
			err = invalid(op, "the door is not one of home %s; leave Home empty", q.Home)
		}
		return []lock.DeviceID{q.Device}, err
	}
	watched := slices.DeleteFunc(slices.Clone(e.c.set.watch), func(id lock.DeviceID) bool {
		d, err := door(id)
		return err == nil && q.Home != "" && q.Home != d.home() // a faulty id is for the client to report
	})
	if len(watched) == 0 {
		return nil, invalid(op, "Yeeuu has no list of doors: set Device, or name the doors with yeeuu.WithWatch")
	}
	return watched, nil
}

// openings reads the log of a door back to from and makes events of it.
func (e events) openings(ctx context.Context, id lock.DeviceID, from time.Time, source lock.EventSource) ([]lock.Event, error) {
	d, err := parseDoor(lock.OpFrom(ctx), id)
	if err != nil {
		return nil, err
	}
	reader := logReader{
		size: logsPerPage,
		page: func(ctx context.Context, n int) ([]OpenLog, error) {
			resp, err := e.c.ListOpenLogs(ctx, ListOpenLogsRequest{Door: d, Page: n, PageSize: logsPerPage})
			if err != nil {
				return nil, err
			}
			return resp.Logs, nil
		},
		pages: func(ctx context.Context) (int, error) {
			resp, err := e.c.CountOpenLogPages(ctx, CountOpenLogPagesRequest{Door: d, PageSize: logsPerPage})
			if err != nil {
				return 0, err
			}
			return resp.Count, nil
		},
	}
	logs, err := reader.read(ctx, from)
	switch {
	case errors.Is(err, errMoving):
		return nil, e.c.rest.Error(ctx, "", lock.ErrDeviceBusy, err)
	case errors.Is(err, errSamePage):
		return nil, e.c.rest.Error(ctx, "", lock.ErrProtocol, err)
	case err != nil:
		return nil, err
	}
	base := lock.Event{
		Kind: lock.EventLockUnlocked, Vendor: Vendor, ReceivedAt: e.c.cfg.Clock.Now(), Source: source,
		Home: d.home(), Room: d.room(), Device: id,
	}
	alike := make(map[string]int)
	found := make([]lock.Event, len(logs))
	for i := range logs {
		l := &logs[i]
		what := lock.EventID(Vendor, d.Code, string(d.Type), d.Name, l.OpenTime, string(l.Type), l.Opener.Reveal())
		found[i] = openingEvent(base, l)
		found[i].ID = lock.EventID(Vendor, what, strconv.Itoa(alike[what]))
		alike[what]++
	}
	return found, nil
}

// methods is what the ways of opening mean.
var methods = map[OpenedBy]lock.UnlockMethod{
	OpenedByALMS:     lock.MethodVendorSystem,
	OpenedByWeChat:   lock.MethodWeChat,
	OpenedByApp:      lock.MethodApp,
	OpenedByPassword: lock.MethodPIN,
	OpenedByAPI:      lock.MethodRemoteAPI,
}

// openingEvent describes an opened door. Whose phone opens with a password has its password, who
// comes with app or WeChat an authorisation: the vendor knows both by the phone.
func openingEvent(e lock.Event, l *OpenLog) lock.Event {
	e.Name, e.OccurredAt, e.Actor, e.Native = string(l.Type), l.At, person(l.Opener), lock.NewNative(l.Raw(), l)
	var known bool
	if e.Method, known = methods[l.Type]; !known {
		e.Method = lock.MethodUnknown
	}
	if phone := e.Actor.Phone; !phone.IsZero() {
		switch l.Type {
		case OpenedByPassword:
			e.Password = PasswordID(phone)
		case OpenedByApp, OpenedByWeChat:
			e.Key = KeyID(phone)
		}
	}
	return e
}
