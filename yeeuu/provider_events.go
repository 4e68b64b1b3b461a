package yeeuu

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// historyConcurrency bounds how many doors are asked at a time.
	historyConcurrency = 8
	// watchOverlap is how far each poll of Watch looks back behind the one before, for entries that
	// reach the vendor late and for a vendor's clock that is behind.
	watchOverlap = 10 * time.Minute
)

type events struct {
	lock.Events // what Yeeuu lacks: Receive
	c           *Client
}

// History reads the log of opened doors: EventLockUnlocked is all there is. It needs q.Device,
// because the vendor has no list of doors; without one the doors of WithWatch are asked. The
// vendor cannot be asked for a time either, so the log is read from its newest entry to the
// window's beginning, or whole if it turns out not to be in order. The answer is held in memory.
//
// Entries have no id. An event's ID is made of the door, the second, how it was opened and by
// whom, and a number for entries that are alike. It holds the flat's code, the door's type and
// name, but not its Building.
func (e events) History(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.ListEvents)
	return func(yield func(lock.Event, error) bool) {
		found, err := e.history(ctx, q)
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

func (e events) history(ctx context.Context, q lock.EventQuery) ([]lock.Event, error) {
	doors, err := e.doors(q)
	if err != nil {
		return nil, lock.About(string(q.Device), err)
	}
	if err := q.Window.Validate(); err != nil {
		return nil, refused(lock.ListEvents, lock.ErrInvalidArgument, err)
	}
	if !q.Wants(lock.EventLockUnlocked) {
		return nil, nil
	}
	found, err := each(ctx, doors, func(ctx context.Context, id lock.DeviceID) ([]lock.Event, error) {
		return e.openings(ctx, id, q.Window.From, lock.SourceHistory)
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(ev lock.Event) bool { return !q.Window.Contains(ev.OccurredAt) }), nil
}

// doors are the ids of the doors that q is about.
func (e events) doors(q lock.EventQuery) ([]lock.DeviceID, error) {
	if q.Device != "" {
		d, err := parseDoor(lock.ListEvents, q.Device)
		if err == nil && q.Home != "" && q.Home != d.home() {
			err = invalid(lock.ListEvents, "the door is not one of home %s; leave Home empty", q.Home)
		}
		return []lock.DeviceID{q.Device}, err
	}
	watched := slices.DeleteFunc(slices.Clone(e.c.set.watch), func(id lock.DeviceID) bool {
		d, err := door(id)
		return err == nil && q.Home != "" && q.Home != d.home() // a faulty id is for the client to report
	})
	if len(watched) == 0 {
		return nil, invalid(lock.ListEvents, "Yeeuu has no list of doors: set Device, or name the doors with yeeuu.WithWatch")
	}
	return watched, nil
}

// Watch polls the log of the doors named by WithWatch, because Yeeuu does not push: at once, and
// then every interval (see lock.WithWatchInterval). It begins with what happens from now on and
// looks back ten minutes at every poll. A door that cannot be asked for a while is made up for
// later, so a break loses nothing; what reaches the vendor more than ten minutes late is not seen.
func (e events) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.WatchEvents)
	return func(yield func(lock.Event, error) bool) {
		if len(e.c.set.watch) == 0 {
			yield(lock.Event{}, invalid(lock.WatchEvents, "Yeeuu has no list of doors: name those to watch with yeeuu.WithWatch"))
			return
		}
		clock := e.c.cfg.Clock
		doors := make(map[lock.DeviceID]*watched)
		for _, id := range e.c.set.watch {
			doors[id] = newWatched(clock.Now())
		}
		ids := slices.Sorted(maps.Keys(doors))
		for {
			found, err := each(ctx, ids, func(ctx context.Context, id lock.DeviceID) ([]lock.Event, error) {
				return e.news(ctx, id, doors[id])
			})
			for _, ev := range found {
				if !yield(ev, nil) {
					return
				}
			}
			if err == nil {
				err = clock.Sleep(ctx, e.c.cfg.WatchInterval)
			}
			if err != nil {
				yield(lock.Event{}, err)
				return
			}
		}
	}
}

// watched is how far a door has been watched.
type watched struct {
	start  time.Time            // events before it are no news, unless they come late
	cursor time.Time            // of the last poll that succeeded; zero before the first
	seen   map[string]time.Time // IDs and their times, as far back as a poll looks
}

func newWatched(now time.Time) *watched {
	return &watched{start: now.Truncate(time.Second), seen: make(map[string]time.Time)} // the log counts seconds
}

// news polls a door once. A failure that may pass is no news.
func (e events) news(ctx context.Context, id lock.DeviceID, w *watched) ([]lock.Event, error) {
	now, first := e.c.cfg.Clock.Now(), w.cursor.IsZero()
	from := w.cursor.Add(-watchOverlap)
	if first {
		from = w.start.Add(-watchOverlap)
	}
	found, err := e.openings(ctx, id, from, lock.SourcePoll)
	if err != nil {
		if ctx.Err() == nil && lock.KindOf(err).Retryable() {
			return nil, nil // the cursor stays, so nothing is lost
		}
		return nil, err
	}
	w.cursor = now
	maps.DeleteFunc(w.seen, func(_ string, at time.Time) bool { return at.Before(from) })
	return slices.DeleteFunc(found, func(ev lock.Event) bool {
		if _, known := w.seen[ev.ID]; known || ev.OccurredAt.Before(from) {
			return true
		}
		w.seen[ev.ID] = ev.OccurredAt
		return first && ev.OccurredAt.Before(w.start)
	}), nil
}

// each asks about doors, some at a time, and puts the answers in order. With an error come the
// events of those doors that answered.
func each(ctx context.Context, doors []lock.DeviceID, ask func(context.Context, lock.DeviceID) ([]lock.Event, error)) ([]lock.Event, error) {
	var (
		mu    sync.Mutex
		found []lock.Event
	)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(historyConcurrency)
	for _, id := range doors {
		g.Go(func() error {
			of, err := ask(gctx, id)
			mu.Lock()
			defer mu.Unlock()
			found = append(found, of...)
			return lock.About(string(id), err)
		})
	}
	err := g.Wait()
	slices.SortStableFunc(found, func(a, b lock.Event) int {
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(a.Device, b.Device))
	})
	return found, err
}

// openings reads the log of a door back to from and makes events of it, oldest first.
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
	chronological(logs)
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
