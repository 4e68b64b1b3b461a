package ewelink

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/smartlock-sdk/smartlock/lock"
)

type homes struct{ c *Client }

// List finds homes by a part of their name; the vendor keeps nothing else of them, so any other field
// of the query is refused. Homes that somebody shares with the account are among them.
func (h homes) List(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
	ctx = lock.WithOp(ctx, lock.ListHomes)
	if q.City+q.Zone+q.Block+q.Address != "" {
		return lock.FailedSeq[lock.Home](lock.UnsupportedError(Vendor, lock.ListHomes, "homes have a name and nothing else; ask by Name only"))
	}
	return func(yield func(lock.Home, error) bool) {
		r, err := h.c.ListHomes(ctx, ListHomesRequest{})
		if err != nil {
			yield(lock.Home{}, err)
			return
		}
		for i := range r.FamilyList {
			if err := ctx.Err(); err != nil {
				yield(lock.Home{}, h.c.error(ctx, "", lock.ErrInterrupted, err))
				return
			}
			if native := &r.FamilyList[i]; strings.Contains(native.Name, q.Name) && !yield(portableHome(native), nil) {
				return
			}
		}
	}
}

func portableHome(h *Home) lock.Home {
	home := lock.Home{ID: lock.HomeID(h.ID), Name: h.Name, Native: lock.NewNative(h.Raw(), h)}
	for i := range h.RoomList {
		room := &h.RoomList[i]
		home.Rooms = append(home.Rooms, lock.Room{ID: lock.RoomID(room.ID), Name: room.Name, Native: lock.NewNative(room.Raw(), room)})
	}
	return home
}

// Get looks through the list, because the vendor has no call for one home.
func (h homes) Get(ctx context.Context, id lock.HomeID) (lock.Home, error) {
	native, _, err := h.c.home(lock.WithOp(ctx, lock.GetHome), id)
	if err != nil {
		return lock.Home{}, lock.About(string(id), err)
	}
	return portableHome(native), nil
}

// Create adds a home. It needs a Name. The vendor makes the id and keeps the name only: what else
// spec says is not kept, and the returned home does not have it.
func (h homes) Create(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
	r, err := h.c.AddHome(lock.WithOp(ctx, lock.CreateHome), AddHomeRequest{Name: spec.Name})
	if err != nil {
		return lock.Home{}, err
	}
	return lock.Home{ID: lock.HomeID(r.ID), Name: r.Name, Native: lock.NewNative(r.Raw(), r)}, nil
}

// Update changes the name, which is all the vendor keeps.
func (h homes) Update(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
	ctx = lock.WithOp(ctx, lock.UpdateHome)
	if spec.Country+spec.Province+spec.City+spec.Zone+spec.Block+spec.Address+spec.Note != "" || spec.Kind != "" {
		return invalid(lock.UpdateHome, "homes have a Name and nothing else; leave the other fields empty")
	}
	if id == "" {
		return invalid(lock.UpdateHome, "the id of the home is empty")
	}
	_, err := h.c.RenameHome(ctx, RenameHomeRequest{ID: string(id), Name: spec.Name})
	return lock.About(string(id), err)
}

// Delete removes a home. Its devices move to the current home, or, if that is the one that goes, to
// the first other home of the account, which becomes the current one. The only home is
// lock.ErrProtected.
func (h homes) Delete(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
	ctx = lock.WithOp(ctx, lock.DeleteHome)
	goes, all, err := h.c.home(ctx, id)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	heir := heirOf(goes, all)
	if heir == "" {
		e := h.c.error(ctx, "", lock.ErrProtected, nil)
		e.Target, e.Message = string(id), "it is the account's only home: its devices have nowhere to go"
		return nil, e
	}
	if _, err := h.c.DeleteHome(ctx, DeleteHomeRequest{ID: goes.ID, DeviceFamily: heir, SwitchFamily: heir}); err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(portableHome(goes)), nil
}

// heirOf is the home that takes the devices of one that goes: the current one, or the first other
// one of the same account; "" if there is none.
func heirOf(goes *Home, all *ListHomesReply) string {
	heir := ""
	for i := range all.FamilyList {
		other := &all.FamilyList[i]
		if other.ID == goes.ID || other.APIKey != goes.APIKey {
			continue
		}
		if other.ID == all.CurrentFamilyID {
			return other.ID
		}
		if heir == "" {
			heir = other.ID
		}
	}
	return heir
}

// AddRooms adds the rooms one by one, so that the outcome of each is known. The vendor makes their ids
// and keeps their names only.
func (h homes) AddRooms(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error) {
	ctx = lock.WithOp(ctx, lock.AddRooms)
	if id == "" {
		return nil, invalid(lock.AddRooms, "the id of the home is empty")
	}
	var (
		added []lock.Room
		errs  []error
	)
	for _, spec := range rooms {
		r, err := h.c.AddRoom(ctx, AddRoomRequest{FamilyID: string(id), Name: spec.Name})
		if err != nil {
			errs = append(errs, &lock.RoomError{Room: spec.ID, Err: lock.About(string(id), err)})
			continue
		}
		added = append(added, lock.Room{ID: lock.RoomID(r.ID), Name: r.Name, Native: lock.NewNative(r.Raw(), r)})
	}
	return added, errors.Join(errs...)
}

// UpdateRoom changes the name, which is all the vendor keeps.
func (h homes) UpdateRoom(ctx context.Context, id lock.HomeID, room lock.RoomID, spec lock.RoomSpec) error {
	ctx = lock.WithOp(ctx, lock.UpdateRoom)
	if spec.Note != "" {
		return invalid(lock.UpdateRoom, "rooms have a Name and no Note")
	}
	if err := h.has(ctx, id, room); err != nil {
		return err
	}
	_, err := h.c.RenameRoom(ctx, RenameRoomRequest{ID: string(room), Name: spec.Name})
	return lock.About(string(room), err)
}

// DeleteRoom removes a room. Its things stay in the home.
func (h homes) DeleteRoom(ctx context.Context, id lock.HomeID, room lock.RoomID) error {
	ctx = lock.WithOp(ctx, lock.DeleteRoom)
	if err := h.has(ctx, id, room); err != nil {
		return err
	}
	_, err := h.c.DeleteRoom(ctx, string(room))
	return lock.About(string(room), err)
}

// has reports whether a room is in a home: the vendor's calls about rooms do not look at it.
func (h homes) has(ctx context.Context, id lock.HomeID, room lock.RoomID) error {
	if room == "" {
		return invalid(lock.OpFrom(ctx), "the id of the room is empty")
	}
	home, _, err := h.c.home(ctx, id)
	if err != nil {
		return lock.About(string(id), err)
	}
	for i := range home.RoomList {
		if home.RoomList[i].ID == string(room) {
			return nil
		}
	}
	return notFound(lock.OpFrom(ctx), string(room), "the home has no room of this id")
}

// Devices yields what is installed in a home. A relay is one device for each of its channels that
// opens a door or measures, and one for itself if its first channel does not. Groups are no devices.
func (h homes) Devices(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
	ctx = lock.WithOp(ctx, lock.ListDevices)
	return func(yield func(lock.Device, error) bool) {
		if _, _, err := h.c.home(ctx, id); err != nil {
			yield(lock.Device{}, lock.About(string(id), err))
			return
		}
		for t, err := range h.c.devices(ctx, id) {
			if err != nil {
				yield(lock.Device{}, err)
				return
			}
			for _, d := range h.c.portableDevices(t) {
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

// portableDevices are the devices that a thing is.
func (c *Client) portableDevices(t *Thing) []lock.Device {
	kinds := map[int]lock.DeviceKind{0: kindOfDevice(t)}
	for channel := range metersOf(t) {
		kinds[channel] = lock.DeviceElectricityMeter
	}
	for _, d := range c.doorsOf(t) {
		kinds[d.Channel] = lock.DeviceLock
	}
	var devices []lock.Device
	for _, channel := range slices.Sorted(maps.Keys(kinds)) {
		devices = append(devices, lock.Device{
			ID: DeviceID(t.ItemData.DeviceID, channel), Name: nameOf(t, channel), Kind: kinds[channel],
			Home: lock.HomeID(t.ItemData.Family.FamilyID), Room: lock.RoomID(t.ItemData.Family.RoomID), Gateway: gateway(t.ItemData.Params),
			Serial: t.ItemData.DeviceID, Model: t.ItemData.ProductModel, Online: t.ItemData.Online, Native: lock.NewNative(t.Raw(), t),
		})
	}
	return devices
}

// kindOfDevice says what a thing is that is neither a door nor a meter.
func kindOfDevice(t *Thing) lock.DeviceKind {
	p := t.ItemData.Params
	switch uiid := t.ItemData.Extra.UIID; {
	case isContact(uiid), uiid == 2026, uiid == 7002: // motion
		return lock.DeviceSensor
	case uiid == 66, uiid == 168, uiid == 243, uiid == 128: // Zigbee gateways, and that of the SPM relays
		return lock.DeviceGateway
	case p.member("switch") != nil, p.member("switches") != nil:
		return lock.DeviceSwitch
	}
	return lock.DeviceOther
}
