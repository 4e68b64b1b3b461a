package ewelink

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/smartlock-sdk/smartlock/lock"
)

type locks struct{ c *Client }

// List yields the doors: the relays that WithDoors names or that have the tag of WithDoorTag. A Holder
// is the ID of a Key's Holder. DoorOpen and Battery are those of the door's contact sensor, where that
// is in the same home.
func (l locks) List(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	ctx = lock.WithOp(ctx, lock.ListLocks)
	return func(yield func(lock.Lock, error) bool) {
		if q.Home != "" {
			if _, _, err := l.c.home(ctx, q.Home); err != nil {
				yield(lock.Lock{}, lock.About(string(q.Home), err))
				return
			}
		}
		// A sensor may stand anywhere in the list, so it is read to its end first.
		things := map[string]*Thing{}
		var doors []Door
		for t, err := range l.c.devices(ctx, q.Home) {
			if err != nil {
				yield(lock.Lock{}, err)
				return
			}
			things[t.ItemData.DeviceID] = t
			if q.Room != "" && string(q.Room) != t.ItemData.Family.RoomID || q.Holder != "" && shareWith(t, ShareID(q.Holder)) == nil {
				continue
			}
			doors = append(doors, l.c.doorsOf(t)...)
		}
		for _, d := range doors {
			if err := ctx.Err(); err != nil {
				yield(lock.Lock{}, l.c.error(ctx, "", lock.ErrInterrupted, err))
				return
			}
			if !yield(portableLock(d, things), nil) {
				return
			}
		}
	}
}

// portableLock is a door as its relay and its sensor tell.
func portableLock(d Door, things map[string]*Thing) lock.Lock {
	t := things[d.Device]
	p := t.ItemData.Params
	found := lock.Lock{
		ID: d.ID(), Name: nameOf(t, d.Channel), Home: lock.HomeID(t.ItemData.Family.FamilyID), Room: lock.RoomID(t.ItemData.Family.RoomID),
		Gateway: gateway(p), Serial: t.ItemData.DeviceID, Model: t.ItemData.ProductModel, Brand: t.ItemData.BrandName,
		Category: t.ItemData.Extra.UI, Online: t.ItemData.Online, Native: lock.NewNative(t.Raw(), t),
	}
	var signal int
	if p.Get("rssi", &signal) && signal < 0 {
		found.Signal = &signal
	}
	var firmware string
	if p.Get("fwVersion", &firmware) && firmware != "" {
		found.Versions = map[string]string{"fwVersion": firmware}
	}
	if sensor := things[d.Sensor]; sensor != nil {
		says := readContact(sensor)
		found.DoorOpen = says.open
		if found.Battery = says.battery; found.Battery != nil {
			found.BatteryAt = says.at
		}
	}
	return found
}

// door finds a door, with its relay and its sensor.
func (c *Client) door(ctx context.Context, id lock.DeviceID) (Door, map[string]*Thing, error) {
	deviceID, channel := split(id)
	var sensor string
	named := slices.IndexFunc(c.set.doors, func(d Door) bool { return d.ID() == id })
	if named >= 0 {
		sensor = c.set.doors[named].Sensor
	}
	t, found, err := c.find(ctx, deviceID, sensor)
	if err != nil {
		return Door{}, nil, lock.About(string(id), err)
	}
	for _, d := range c.doorsOf(t) {
		if d.Channel != channel {
			continue
		}
		if d.Sensor != "" && found[d.Sensor] == nil { // named by the tag, or of another kind than the relay
			s, _, err := c.find(ctx, d.Sensor)
			if err != nil && lock.KindOf(err) != lock.ErrNotFound {
				return Door{}, nil, lock.About(string(id), err)
			}
			if err == nil {
				found = maps.Clone(found)
				found[d.Sensor] = s
			}
		}
		return d, found, nil
	}
	return Door{}, nil, notFound(lock.OpFrom(ctx), string(id), "the account has the device, but nobody has called it a door: see WithDoors and WithDoorTag")
}

// Get returns a door with what its contact sensor says.
func (l locks) Get(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
	d, things, err := l.c.door(lock.WithOp(ctx, lock.GetLock), id)
	if err != nil {
		return lock.Lock{}, err
	}
	return portableLock(d, things), nil
}

// Rename changes the name of the device, or, of a relay with several channels, that of the channel.
func (l locks) Rename(ctx context.Context, id lock.DeviceID, name string) error {
	ctx = lock.WithOp(ctx, lock.RenameLock)
	if name == "" {
		return invalid(lock.RenameLock, "the name is empty")
	}
	d, things, err := l.c.door(ctx, id)
	if err != nil {
		return err
	}
	t := things[d.Device]
	if !manyChannels(t.ItemData.Params) {
		_, err = l.c.UpdateInfo(ctx, UpdateInfoRequest{DeviceID: d.Device, Name: name})
		return lock.About(string(id), err)
	}
	names := map[string]any{}
	t.ItemData.Tags.Get("ck_channel_name", &names)
	names[channelKey(d.Channel)] = name
	_, err = l.c.UpdateTags(ctx, UpdateTagsRequest{DeviceID: d.Device, Type: TagsMerge, Tags: map[string]any{"ck_channel_name": names}})
	return lock.About(string(id), err)
}

// Open switches the door's relay on. A relay that does not fall back by itself (inching, 点动) would
// leave the door open for good: it is refused, unless the door is called Latching. The operation is
// done when the device itself has answered. The vendor records its own account as who opened: who by
// is has to be written down by the caller.
func (l locks) Open(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
	ctx = lock.WithOp(ctx, lock.OpenLock)
	if by.IsZero() {
		return nil, invalid(lock.OpenLock, "say who opens")
	}
	d, things, err := l.c.door(ctx, id)
	if err != nil {
		return nil, err
	}
	t := things[d.Device]
	p := t.ItemData.Params
	if _, known := relayState(p, d.Channel); !known {
		return nil, lock.About(string(id), lock.UnsupportedError(Vendor, lock.OpenLock, "the device has no such relay"))
	}
	if !d.Latching && !inching(p, d.Channel) {
		return nil, lock.About(string(id), lock.UnsupportedError(Vendor, lock.OpenLock,
			"the relay is not set to inching (点动) and would stay on: set it up in the app, or say Latching if the strike is meant to stay open"))
	}
	if _, err := l.c.control(ctx, t.ItemData, switchTo(p, d.Channel, true)); err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(portableLock(d, things)), nil
}
