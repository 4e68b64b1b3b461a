package aliyunlock

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/paging"
	"github.com/smartlock-sdk/smartlock/lock"
)

// can is what every lock of the platform can do. Opening a door and making a password are services
// that each product defines for itself: portable adds them when one is configured. Rooms can be
// added and not changed, and the platform pushes to message queues only, so Watch polls.
var can = lock.Can(
	lock.ListHomes, lock.GetHome, lock.CreateHome, lock.UpdateHome, lock.DeleteHome, lock.AddRooms, lock.ListDevices,

	lock.ListLocks, lock.GetLock, lock.RenameLock,

	lock.ListKeysOfLock, lock.ListKeysOfPerson, lock.ListUnownedKeys, lock.GrantKey, lock.RevokeKey, lock.DeleteKey,

	lock.ListPasswords, lock.DeletePassword,

	lock.ListEvents, lock.WatchEvents,
)

// portable is what a client with these settings can do for a user.
func portable(s settings) lock.Capabilities {
	ops := can.List()
	if len(s.unlock) > 0 {
		ops = append(ops, lock.OpenLock)
	}
	if len(s.passwordMaker) > 0 {
		ops = append(ops, lock.CreateTimedPassword)
	}
	return lock.Can(ops...)
}

var lacks = lock.Unsupported(Vendor)

var _ lock.Provider = (*Client)(nil)

// Vendor implements lock.Provider.
func (c *Client) Vendor() lock.Vendor { return Vendor }

// Supports implements lock.Provider. Opening needs WithUnlockService, making passwords
// WithPasswordService; a client without the app's credentials supports nothing.
func (c *Client) Supports(op lock.Op) bool { return c.can.Supports(op) }

// Check lists one of the user's devices, which also proves the app key and the session. A client
// for cloud-level calls only asks for the project's token.
func (c *Client) Check(ctx context.Context) error {
	ctx = lock.WithOp(ctx, lock.CheckProvider)
	if c.app == nil && c.cloud != nil {
		_, err := c.CloudListAccounts(ctx, CloudListAccountsRequest{Count: 1})
		return err
	}
	_, err := c.ListBindings(ctx, ListBindingsRequest{Paging: Paging{PageNo: 1, PageSize: 1}})
	return err
}

// Homes implements lock.Provider.
func (c *Client) Homes() lock.Homes {
	if c.app == nil {
		return lacks.Homes()
	}
	return homes{Homes: lacks.Homes(), c: c}
}

// Locks implements lock.Provider.
func (c *Client) Locks() lock.Locks {
	if c.app == nil {
		return lacks.Locks()
	}
	return locks{Locks: lacks.Locks(), c: c}
}

// Keys implements lock.Provider. A key is a fingerprint, card, PIN or metal key enrolled at the
// lock, and its holder a virtual user of the account, named by Person.ID.
func (c *Client) Keys() lock.Keys {
	if c.app == nil {
		return lacks.Keys()
	}
	return keys{Keys: lacks.Keys(), c: c}
}

// Passwords implements lock.Provider. Passwords are keys too: the same id names both.
func (c *Client) Passwords() lock.Passwords {
	if c.app == nil {
		return lacks.Passwords()
	}
	return passwords{Passwords: lacks.Passwords(), c: c}
}

// Meters implements lock.Provider: there are none.
func (c *Client) Meters() lock.Meters { return lacks.Meters() }

// Events implements lock.Provider.
func (c *Client) Events() lock.Events {
	if c.app == nil {
		return lacks.Events()
	}
	return events{Events: lacks.Events(), c: c}
}

// work is the name of an operation under way, from which it can be built again. It becomes the ID
// of a lock.Operation.
type work struct {
	op     lock.Op
	device lock.DeviceID
	event  string    // that the lock reports at the end
	since  time.Time // when it was asked for, by our clock, to the millisecond
	after  time.Time // the lock's last report of this event before, by the vendor's clock; zero = there was none lately
}

// id writes the work as text.
func (w work) id() string {
	v := url.Values{"device": {string(w.device)}, "event": {w.event}, "since": {millis(w.since)}}
	if !w.after.IsZero() {
		v.Set("after", millis(w.after))
	}
	return string(w.op) + "?" + v.Encode()
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

var errOperationID = errors.New("this is no ID of an operation of this client")

// parseWork reads what id wrote.
func parseWork(id string) (work, error) {
	u, err := url.Parse(id)
	if err != nil {
		return work{}, errOperationID
	}
	v, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return work{}, errOperationID
	}
	w := work{op: lock.Op(u.Path), device: lock.DeviceID(v.Get("device")), event: v.Get("event")}
	since, err := strconv.ParseInt(v.Get("since"), 10, 64)
	if err != nil || w.device == "" || w.event == "" {
		return work{}, errOperationID
	}
	w.since = time.UnixMilli(since)
	if v.Has("after") {
		after, err := strconv.ParseInt(v.Get("after"), 10, 64)
		if err != nil {
			return work{}, errOperationID
		}
		w.after = time.UnixMilli(after)
	}
	return w, nil
}

// Resume implements lock.Provider.
func (c *Client) Resume(id string) (any, error) {
	w, err := parseWork(id)
	if err != nil {
		return nil, lock.InvalidArgument(Vendor, "", "%v", err)
	}
	switch w.op {
	case lock.OpenLock:
		return c.opening(w), nil
	case lock.CreatePassword:
		return c.makingPassword(w, lock.Password{Device: w.device, Kind: lock.PasswordTimed, State: lock.StateUnknown}, lock.Secret{}), nil
	}
	return nil, lock.InvalidArgument(Vendor, "", "%v", errOperationID)
}

const (
	// confirmWithin is how long a lock may take to report what a service has done.
	confirmWithin = 2 * time.Minute
	// clockMargin is how far our clock and the vendor's may be apart.
	clockMargin = 5 * time.Minute
)

// begin notes the last report of an event before a service is called, so that the next one is
// known to be its outcome, whatever the clocks say.
func (c *Client) begin(ctx context.Context, op lock.Op, id lock.DeviceID, event string) (work, error) {
	w := work{op: op, device: id, event: event, since: c.cfg.Clock.Now().Truncate(time.Millisecond)}
	before, err := c.GetEventTimeline(ctx, EventTimelineRequest{TimelineRequest: TimelineRequest{
		IotID: string(id), Identifier: event, Start: w.since.Add(-clockMargin), End: w.since.Add(clockMargin), Limit: 1, Order: NewestFirst,
	}})
	if err != nil {
		return w, err
	}
	for _, e := range before.Items {
		w.after = e.Time
	}
	return w, nil
}

// reports returns what a lock has reported of an event since a work was begun, oldest first.
func (c *Client) reports(ctx context.Context, w work) ([]TimelineEvent, error) {
	from := w.since.Add(-clockMargin)
	if !w.after.IsZero() {
		from = w.after.Add(time.Millisecond)
	}
	p, err := c.GetEventTimeline(ctx, EventTimelineRequest{TimelineRequest: TimelineRequest{
		IotID: string(w.device), Identifier: w.event, Start: from, End: c.latest(from), Order: OldestFirst,
	}})
	if err != nil {
		return nil, lock.About(string(w.device), err)
	}
	return p.Items, nil
}

// latest is an end for questions about what has happened up to now.
func (c *Client) latest(from time.Time) time.Time {
	end := c.cfg.Clock.Now().Add(clockMargin)
	if end.Before(from) {
		return from
	}
	return end
}

// unfinished is a work of this client that ends with a T: what a lock.Operation is about.
type unfinished[T any] struct {
	c    *Client
	work work
	ask  question[T]
}

// question asks the vendor what has become of a work. latest is what was known before; with done,
// the error is the outcome.
type question[T any] func(ctx context.Context, w work, latest T) (value T, done bool, err error)

// pendingOp makes the operation for w, of which now is known.
func pendingOp[T any](c *Client, w work, now T, ask question[T]) *lock.Operation[T] {
	return lock.Pending(c.cfg, &unfinished[T]{c, w, ask}, now)
}

// ID implements lock.Work.
func (u *unfinished[T]) ID() string { return u.work.id() }

// Poll implements lock.Work.
func (u *unfinished[T]) Poll(ctx context.Context, latest T) (T, bool, error) {
	v, done, err := u.ask(lock.WithOp(ctx, u.work.op), u.work, latest)
	return v, done, lock.About(string(u.work.device), err)
}

// awaited makes the operation for w, which ends with the first report that taken makes something
// of, or without one after a while.
func awaited[T any](c *Client, w work, now T, taken func(*TimelineEvent) (value T, mine bool, err error)) *lock.Operation[T] {
	return pendingOp(c, w, now, func(ctx context.Context, w work, latest T) (T, bool, error) {
		reports, err := c.reports(ctx, w)
		if err != nil {
			return latest, false, err
		}
		for i := range reports {
			if v, mine, err := taken(&reports[i]); mine {
				return v, true, err
			}
		}
		if c.cfg.Clock.Now().Before(w.since.Add(confirmWithin)) {
			return latest, false, nil
		}
		return latest, true, &lock.Error{
			Vendor: Vendor, Op: w.op, Target: string(w.device), Kind: lock.ErrDeviceTimeout,
			Message: "the platform took the command, and the lock has not reported " + w.event,
		}
	})
}

// failed reads the Status of a report; nil means success.
func failed(w work, e *TimelineEvent) error {
	v := e.Output("Status")
	if v == nil {
		return nil
	}
	if n, ok := v.Int(); !ok || n == 0 {
		return nil
	}
	code, _ := v.Text()
	return &lock.Error{
		Vendor: Vendor, Op: w.op, Target: string(w.device), Kind: lock.ErrDeviceRejected, Code: code,
		Message: "the lock reported " + w.event + " with this Status",
	}
}

// pick finds the service for a device: that of its product, else the one for all.
func pick[S any](ctx context.Context, c *Client, op lock.Op, id lock.DeviceID, services []S, product func(S) string) (S, error) {
	var general, none S
	var have, special bool
	for _, s := range services {
		if product(s) == "" {
			general, have = s, true
		} else {
			special = true
		}
	}
	if !special && have {
		return general, nil
	}
	b, err := c.binding(ctx, id)
	if err != nil {
		return none, err
	}
	for _, s := range services {
		if product(s) == b.ProductKey && b.ProductKey != "" {
			return s, nil
		}
	}
	if have {
		return general, nil
	}
	return none, lock.About(string(id), lock.UnsupportedError(Vendor, op, "no service is configured for the product "+b.ProductKey))
}

// binding returns a device of the user.
func (c *Client) binding(ctx context.Context, id lock.DeviceID) (*Binding, error) {
	a, err := c.GetBinding(ctx, string(id))
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	if a.Data == nil {
		return nil, &lock.Error{
			Vendor: Vendor, Op: lock.OpFrom(ctx), Target: string(id), Kind: lock.ErrNotFound, RequestID: a.RequestID,
			Message: "the user has no device of this id",
		}
	}
	return a.Data, nil
}

// pages lists all pages of a list, each item once: items may move from page to page while they
// are read.
func pages[T any, K comparable](ctx context.Context, size int, fetch func(context.Context, Paging) (*Page[T], error), id func(*T) K) iter.Seq2[*T, error] {
	all := paging.Page(ctx, size, func(ctx context.Context, page, size int) (paging.Batch[*T], error) {
		p, err := fetch(ctx, Paging{PageNo: page, PageSize: size})
		if err != nil {
			return paging.Batch[*T]{}, err
		}
		b := paging.Batch[*T]{Items: make([]*T, len(p.Items))}
		for i := range p.Items {
			b.Items[i] = &p.Items[i]
		}
		if !p.bare() {
			b.Total = p.Total
		}
		return b, nil
	})
	return func(yield func(*T, error) bool) {
		seen := map[K]bool{}
		for item, err := range all {
			switch {
			case err != nil:
				yield(nil, listError(ctx, err))
				return
			case seen[id(item)]:
				continue
			}
			seen[id(item)] = true
			if !yield(item, nil) {
				return
			}
		}
	}
}

// listError makes an error of paging itself one of ours; the end of ctx stays as it is.
func listError(ctx context.Context, err error) error {
	var e *lock.Error
	if errors.As(err, &e) || ctx.Err() != nil {
		return err
	}
	return wrapped(lock.OpFrom(ctx), lock.KindOf(err), err)
}

// invalid is an error about an argument of op.
func invalid(op lock.Op, format string, args ...any) error {
	return lock.InvalidArgument(Vendor, op, format, args...)
}

// wrapped is an error of ours with a cause.
func wrapped(op lock.Op, kind lock.Kind, err error) error {
	return &lock.Error{Vendor: Vendor, Op: op, Kind: kind, Err: err}
}

// notFound says that there is no such thing.
func notFound(op lock.Op, target, format string) error {
	return &lock.Error{Vendor: Vendor, Op: op, Target: target, Kind: lock.ErrNotFound, Message: format}
}
