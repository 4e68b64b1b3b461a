package tuya

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/paging"
	"github.com/smartlock-sdk/smartlock/lock"
)

// can is what the cloud can do. Energy meters are left out: they are devices whose data points each
// product defines. The cloud pushes to message queues only, so Watch polls.
var can = lock.Can(
	lock.ListHomes, lock.GetHome, lock.CreateHome, lock.UpdateHome, lock.DeleteHome, lock.AddRooms, lock.UpdateRoom, lock.DeleteRoom,
	lock.ListDevices,

	lock.ListLocks, lock.GetLock, lock.RenameLock, lock.OpenLock,

	lock.ListKeysOfLock, lock.ListKeysOfPerson, lock.ListUnownedKeys, lock.GrantKey, lock.UpdateKey, lock.RevokeKey, lock.DeleteKey,

	lock.ListPasswords, lock.CreateTimedPassword, lock.CreateRecurringPassword, lock.CreateOfflinePassword, lock.UpdatePassword,
	lock.FreezePassword, lock.UnfreezePassword, lock.DeletePassword, lock.DynamicPassword,

	lock.ListEvents, lock.WatchEvents,
)

// needUser are the operations that begin with an app user.
var needUser = []lock.Op{lock.ListHomes, lock.CreateHome, lock.ListLocks, lock.WatchEvents}

// portable is what a client with these settings can do.
func portable(s settings) lock.Capabilities {
	ops := can.List()
	if len(s.users) == 0 {
		ops = slices.DeleteFunc(ops, func(op lock.Op) bool { return slices.Contains(needUser, op) })
	}
	return lock.Can(ops...)
}

var lacks = lock.Unsupported(Vendor)

var _ lock.Provider = (*Client)(nil)

// Vendor implements lock.Provider.
func (c *Client) Vendor() lock.Vendor { return Vendor }

// Supports implements lock.Provider. Listing homes and locks, creating homes and watching need
// WithUser. What a lock lacks that the cloud has is said by its answer.
func (c *Client) Supports(op lock.Op) bool { return c.can.Supports(op) }

// Check lists one of the user's devices, which also proves that the project has the smart-lock API.
// Without WithUser it asks for a token only.
func (c *Client) Check(ctx context.Context) error {
	ctx = lock.WithOp(ctx, lock.CheckProvider)
	if len(c.set.users) == 0 {
		_, _, err := c.fetchToken(ctx)
		return err
	}
	_, err := c.ListUserDevices(ctx, UID(c.set.users[0]), Paging{PageNo: 1, PageSize: 1})
	return err
}

// Homes implements lock.Provider.
func (c *Client) Homes() lock.Homes { return homes{c} }

// Locks implements lock.Provider.
func (c *Client) Locks() lock.Locks { return locks{c} }

// Keys implements lock.Provider. A key is a person at a lock (KeyUser, by the id UserKeyID), or
// something enrolled there (by MethodKeyID). Person.ID is the person's UserID at the lock.
func (c *Client) Keys() lock.Keys { return keys{c} }

// Passwords implements lock.Provider. They are the vendor's temporary passwords and offline codes;
// what is enrolled at the keypad is a key.
func (c *Client) Passwords() lock.Passwords { return passwords{lacks.Passwords(), c} }

// Meters implements lock.Provider: there are none.
func (c *Client) Meters() lock.Meters { return lacks.Meters() }

// Events implements lock.Provider.
func (c *Client) Events() lock.Events { return events{lacks.Events(), c} }

// without says that an operation needs WithUser.
func without(op lock.Op) error {
	return lock.UnsupportedError(Vendor, op, "the cloud lists by app user only: name yours with tuya.WithUser")
}

// work is the name of an operation under way, from which it can be built again. It becomes the ID
// of a lock.Operation.
type work struct {
	op     lock.Op
	device lock.DeviceID
	id     string    // of the password or the key
	since  time.Time // by our clock, to the second
}

func (c *Client) begin(op lock.Op, device lock.DeviceID, id string) work {
	return work{op, device, id, c.cfg.Clock.Now().Truncate(time.Second)}
}

// String writes the work as text.
func (w work) String() string {
	v := url.Values{"device": {string(w.device)}, "id": {w.id}, "since": {strconv.FormatInt(w.since.Unix(), 10)}}
	return string(w.op) + "?" + v.Encode()
}

var errOperationID = errors.New("this is no ID of an operation of this client")

// parseWork reads what String wrote.
func parseWork(id string) (work, error) {
	op, query, ok := strings.Cut(id, "?")
	v, err := url.ParseQuery(query)
	since, timeErr := strconv.ParseInt(v.Get("since"), 10, 64)
	w := work{lock.Op(op), lock.DeviceID(v.Get("device")), v.Get("id"), time.Unix(since, 0)}
	if !ok || err != nil || timeErr != nil || w.device == "" || w.id == "" {
		return work{}, errOperationID
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
	case lock.CreatePassword, lock.UpdatePassword, lock.FreezePassword, lock.UnfreezePassword, lock.DeletePassword:
		return c.changingPassword(w, lock.Password{ID: lock.PasswordID(w.id), Device: w.device, State: lock.StateUnknown}), nil
	case lock.GrantKey, lock.UpdateKey:
		return c.deliveringKey(w, lock.Key{ID: lock.KeyID(w.id), Device: w.device, State: lock.StateUnknown}), nil
	case lock.DeleteKey:
		return c.erasingKey(w, lock.Key{ID: lock.KeyID(w.id), Device: w.device, State: lock.StateUnknown}), nil
	}
	return nil, lock.InvalidArgument(Vendor, "", "%v", errOperationID)
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
func (u *unfinished[T]) ID() string { return u.work.String() }

// Poll implements lock.Work.
func (u *unfinished[T]) Poll(ctx context.Context, latest T) (T, bool, error) {
	v, done, err := u.ask(lock.WithOp(ctx, u.work.op), u.work, latest)
	return v, done, lock.About(string(u.work.device), err)
}

// pageSize is how many items a page of our lists has. The vendor states no limit.
const pageSize = 50

// pages lists all pages of a list, each item once: items may move from page to page while they are
// read.
func pages[T any, K comparable](ctx context.Context, fetch func(context.Context, Paging) (*Page[T], error), id func(*T) K) iter.Seq2[*T, error] {
	all := paging.Page(ctx, pageSize, func(ctx context.Context, page, size int) (paging.Batch[*T], error) {
		p, err := fetch(ctx, Paging{PageNo: page, PageSize: size})
		if err != nil {
			return paging.Batch[*T]{}, err
		}
		return paging.Batch[*T]{Items: pointers(p.Records), Total: p.Total, More: p.HasMore}, nil
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

func pointers[T any](items []T) []*T {
	to := make([]*T, len(items))
	for i := range items {
		to[i] = &items[i]
	}
	return to
}

// listError makes an error of paging itself one of ours; the end of ctx stays as it is.
func listError(ctx context.Context, err error) error {
	var e *lock.Error
	if errors.As(err, &e) || ctx.Err() != nil {
		return err
	}
	return wrapped(lock.OpFrom(ctx), lock.KindOf(err), err)
}

// converted yields what convert makes of the items of an answer, and ctx's error if it ends before
// they do.
func converted[T, U any](ctx context.Context, items []T, convert func(*T) (U, bool)) iter.Seq2[U, error] {
	return func(yield func(U, error) bool) {
		var none U
		for i := range items {
			if err := ctx.Err(); err != nil {
				yield(none, err)
				return
			}
			if v, ok := convert(&items[i]); ok && !yield(v, nil) {
				return
			}
		}
	}
}

// invalid is an error about an argument of op.
func invalid(op lock.Op, format string, args ...any) error {
	return lock.InvalidArgument(Vendor, op, format, args...)
}

// wrapped is an error of ours with a cause.
func wrapped(op lock.Op, kind lock.Kind, err error) error {
	return &lock.Error{Vendor: Vendor, Op: op, Kind: kind, Err: err}
}

// partial is ErrPartial with what was done and what was not.
func partial(op lock.Op, device lock.DeviceID, what string, err error) error {
	p := &lock.Error{Vendor: Vendor, Op: op, Target: string(device), Kind: lock.ErrPartial, Message: what, Err: err}
	if e, ok := errors.AsType[*lock.Error](err); ok {
		p.Account, p.Endpoint, p.Status, p.Code, p.RequestID = e.Account, e.Endpoint, e.Status, e.Code, e.RequestID
	}
	return p
}

// wholeSeconds makes a window smaller, so that it begins and ends with a second, as the vendor
// counts. One that begins at once begins with the present second.
func wholeSeconds(w lock.Window, now time.Time) lock.Window {
	from := ceiling(w.From, time.Second)
	if w.From.IsZero() {
		from = now.Truncate(time.Second)
	}
	return lock.Window{From: from, Until: w.Until.Truncate(time.Second)}
}

// zoneName is how a zone is written for the vendor: by its name, or by its offset if it has none
// that others know.
func zoneName(loc *time.Location, now time.Time) string {
	name := loc.String()
	if _, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" || name == chinaZone {
		return name
	}
	return now.In(loc).Format("-07:00")
}

const chinaZone = "Asia/Shanghai"

// zone reads what zoneName wrote, and what the vendor writes; nil if it cannot be read.
func zone(name string) *time.Location {
	if at, err := time.Parse("-07:00", name); err == nil {
		_, offset := at.Zone()
		return time.FixedZone(name, offset)
	}
	if name == "" || name == "Local" {
		return nil
	}
	if loc, err := time.LoadLocation(name); err == nil {
		return loc
	}
	if name == chinaZone { // on a machine without time zones
		return time.FixedZone(name, 8*60*60)
	}
	return nil
}

// location is the zone of a lock whose schedule names none or an unknown one.
func (c *Client) location(name string) *time.Location {
	if loc := zone(name); loc != nil {
		return loc
	}
	if c.cfg.Location != nil {
		return c.cfg.Location
	}
	return zone(chinaZone)
}
