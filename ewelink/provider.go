package ewelink

import (
	"context"

	"github.com/smartlock-sdk/smartlock/lock"
)

// can is what every account can do. Doors are what the caller names as such: portable adds the locks
// and their keys when there may be some. The vendor has no webhooks, and no door that takes digits.
var can = lock.Can(
	lock.ListHomes, lock.GetHome, lock.CreateHome, lock.UpdateHome, lock.DeleteHome,
	lock.AddRooms, lock.UpdateRoom, lock.DeleteRoom, lock.ListDevices,

	lock.ListMeters, lock.GetMeter, lock.ReadElectricity, lock.MeterHistory, lock.MeterConsumption, lock.SwitchMeter,
	lock.TopUpMeter, lock.TopUpMeterStatus,

	lock.ListEvents, lock.WatchEvents,
)

// portable is what a client with these settings can do.
func portable(s settings) lock.Capabilities {
	ops := can.List()
	if len(s.doors) > 0 || s.doorTag != "" {
		ops = append(ops,
			lock.ListLocks, lock.GetLock, lock.RenameLock, lock.OpenLock,
			lock.ListKeysOfLock, lock.ListKeysOfPerson, lock.GrantKey, lock.RevokeKey)
	}
	return lock.Can(ops...)
}

var lacks = lock.Unsupported(Vendor)

// Check asks for the homes, which proves the app id and the session; every app id may.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.ListHomes(lock.WithOp(ctx, lock.CheckProvider), ListHomesRequest{})
	return err
}

var _ lock.Provider = (*Client)(nil)

// Vendor implements lock.Provider.
func (c *Client) Vendor() lock.Vendor { return Vendor }

// Supports implements lock.Provider. Locks and keys need WithDoors or WithDoorTag.
func (c *Client) Supports(op lock.Op) bool { return c.can.Supports(op) }

// Homes implements lock.Provider.
func (c *Client) Homes() lock.Homes { return homes{c} }

// Locks implements lock.Provider.
func (c *Client) Locks() lock.Locks {
	if !c.can.Supports(lock.ListLocks) {
		return lacks.Locks()
	}
	return locks{c}
}

// Keys implements lock.Provider.
func (c *Client) Keys() lock.Keys {
	if !c.can.Supports(lock.GrantKey) {
		return lacks.Keys()
	}
	return keys{Keys: lacks.Keys(), c: c}
}

// Passwords implements lock.Provider: there are none. No door of this vendor takes digits.
func (c *Client) Passwords() lock.Passwords { return lacks.Passwords() }

// Meters implements lock.Provider.
func (c *Client) Meters() lock.Meters { return meters{Meters: lacks.Meters(), c: c} }

// Events implements lock.Provider.
func (c *Client) Events() lock.Events { return events{Events: lacks.Events(), c: c} }

// Resume implements lock.Provider. Every operation of this vendor is done when it is returned, so none
// has an ID.
func (c *Client) Resume(string) (any, error) {
	return nil, invalid("", "operations of this vendor are done when they are returned and have no ID")
}
