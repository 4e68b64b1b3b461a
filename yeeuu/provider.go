package yeeuu

import (
	"context"
	"errors"

	"github.com/smartlock-sdk/smartlock/lock"
)

// can is what Yeeuu can do. It lists and reads nothing but the log of opened doors, deletes no
// flats, and gives no key and no password without an end.
var can = lock.Can(
	lock.CreateHome, lock.UpdateHome, lock.AddRooms,

	lock.OpenLock,

	lock.GrantKey, lock.RevokeKey,

	lock.CreateTimedPassword, lock.DeletePassword,

	lock.ListEvents, lock.WatchEvents,
)

var lacks = lock.Unsupported(Vendor)

var _ lock.Provider = (*Client)(nil)

// Vendor implements lock.Provider.
func (c *Client) Vendor() lock.Vendor { return Vendor }

// Supports implements lock.Provider.
func (c *Client) Supports(op lock.Op) bool { return can.Supports(op) }

// checkCode is the flat Check asks about when it is told of none. Nobody has it.
const checkCode = "smartlock-check"

// Check counts the pages of a door's log, the one call that needs no person and changes nothing.
//
// With a door named by WithWatch only a success is one, and it proves partner id, secret and
// clock. Without, the question is about a flat that does not exist. "token错误", or another text
// about an authentication parameter, is still lock.ErrUnauthenticated; any other refusal is taken
// for one of the flat, and so for proof that the credentials were let past. That the vendor looks
// at the credentials first is likely and not documented: name a door to be sure.
func (c *Client) Check(ctx context.Context) error {
	asked, named := Door{Code: checkCode, Type: Main}, false
	for _, id := range c.set.watch {
		if d, err := door(id); err == nil && !named { // a faulty id makes every call fail
			asked, named = d, true
		}
	}
	_, err := c.CountOpenLogPages(lock.WithOp(ctx, lock.CheckProvider), CountOpenLogPagesRequest{Door: asked, PageSize: 1})
	if !named && errors.Is(err, lock.ErrDeviceRejected) {
		return nil
	}
	return err
}

// Homes implements lock.Provider. A home is a flat (房源), its id the flat's code, a room one of
// its inner doors.
func (c *Client) Homes() lock.Homes { return homes{Homes: lacks.Homes(), c: c} }

// Locks implements lock.Provider. The id of a lock is a Door's.
func (c *Client) Locks() lock.Locks { return locks{Locks: lacks.Locks(), c: c} }

// Keys implements lock.Provider. A key is an authorisation (授权): a person, known by the phone
// number, may open a door with the vendor's app or WeChat.
func (c *Client) Keys() lock.Keys { return keys{Keys: lacks.Keys(), c: c} }

// Passwords implements lock.Provider. A person, known by the phone number, has one at a door.
func (c *Client) Passwords() lock.Passwords { return passwords{Passwords: lacks.Passwords(), c: c} }

// Meters implements lock.Provider. Yeeuu has none.
func (c *Client) Meters() lock.Meters { return lacks.Meters() }

// Events implements lock.Provider. The vendor does not push, so there is no Receive.
func (c *Client) Events() lock.Events { return events{Events: lacks.Events(), c: c} }

// Resume implements lock.Provider. The vendor answers at once, so no operation has an ID.
func (c *Client) Resume(string) (any, error) {
	return nil, invalid("", "operations of Yeeuu are done when they are returned; none has an ID")
}

// parseDoor reads the id of the door that op is about.
func parseDoor(op lock.Op, id lock.DeviceID) (Door, error) {
	d, err := door(id)
	if err != nil {
		return Door{}, refused(op, lock.ErrNotFound, err)
	}
	return d, nil
}

// invalid is an error about an argument of op.
func invalid(op lock.Op, format string, args ...any) error {
	return lock.InvalidArgument(Vendor, op, format, args...)
}

// refused wraps a rule that an argument of op breaks.
func refused(op lock.Op, kind lock.Kind, err error) error {
	return &lock.Error{Vendor: Vendor, Op: op, Kind: kind, Err: err}
}
