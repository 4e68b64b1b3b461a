package newvendor

import (
	"context"
	"iter"

	"github.com/smartlock-sdk/smartlock/lock"
)

// begin provider

// can is what Acme can do, in the order of the areas.
var can = lock.Can(
	lock.ListLocks, lock.GetLock, lock.RenameLock,

	lock.ListEvents, lock.WatchEvents,
)

var lacks = lock.Unsupported(Vendor)

var _ lock.Provider = (*Client)(nil)

// Vendor implements lock.Provider.
func (c *Client) Vendor() lock.Vendor { return Vendor }

// Supports implements lock.Provider.
func (c *Client) Supports(op lock.Op) bool { return can.Supports(op) }

// Check lists the locks: the cheapest call there is.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.ListLocks(lock.WithOp(ctx, lock.CheckProvider))
	return err
}

// Homes implements lock.Provider. Acme has none.
func (c *Client) Homes() lock.Homes { return lacks.Homes() }

// Locks implements lock.Provider.
func (c *Client) Locks() lock.Locks { return locks{Locks: lacks.Locks(), c: c} }

// end provider

// Keys implements lock.Provider. Acme has none.
func (c *Client) Keys() lock.Keys { return lacks.Keys() }

// Passwords implements lock.Provider. Acme has none.
func (c *Client) Passwords() lock.Passwords { return lacks.Passwords() }

// Meters implements lock.Provider. Acme has none.
func (c *Client) Meters() lock.Meters { return lacks.Meters() }

// Events implements lock.Provider. The vendor does not push, so there is no Receive.
func (c *Client) Events() lock.Events { return events{Events: lacks.Events(), c: c} }

// Resume implements lock.Provider. The vendor answers at once, so no operation has an ID.
func (c *Client) Resume(string) (any, error) {
	return nil, lock.InvalidArgument(Vendor, "", "operations of Acme are done when they are returned; none has an ID")
}

// begin area

type locks struct {
	lock.Locks // what Acme lacks: Open
	c          *Client
}

// List yields the locks. Acme knows no homes, rooms or holders, so it cannot be narrowed.
func (l locks) List(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	if q != (lock.LockQuery{}) {
		return lock.FailedSeq[lock.Lock](lock.InvalidArgument(Vendor, lock.ListLocks, "Acme's list cannot be narrowed; leave the query empty"))
	}
	return func(yield func(lock.Lock, error) bool) {
		resp, err := l.c.ListLocks(lock.WithOp(ctx, lock.ListLocks))
		if err != nil {
			yield(lock.Lock{}, err)
			return
		}
		for i := range resp.Locks {
			if err := ctx.Err(); err != nil {
				yield(lock.Lock{}, err)
				return
			}
			if !yield(portableLock(&resp.Locks[i]), nil) {
				return
			}
		}
	}
}

// Get returns one lock.
func (l locks) Get(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
	native, err := l.c.GetLock(lock.WithOp(ctx, lock.GetLock), string(id))
	if err != nil {
		return lock.Lock{}, lock.About(string(id), err)
	}
	return portableLock(native), nil
}

// Rename changes the name people see.
func (l locks) Rename(ctx context.Context, id lock.DeviceID, name string) error {
	if name == "" {
		return lock.About(string(id), lock.InvalidArgument(Vendor, lock.RenameLock, "a lock needs a name"))
	}
	_, err := l.c.RenameLock(lock.WithOp(ctx, lock.RenameLock), string(id), RenameLockRequest{Name: name})
	return lock.About(string(id), err)
}

// portableLock says in the common language what the vendor says.
func portableLock(native *Lock) lock.Lock {
	return lock.Lock{
		ID: lock.DeviceID(native.ID), Name: native.Name, Online: &native.Online, Battery: native.Battery,
		Native: lock.NewNative(native.Raw(), native),
	}
}

// end area
