package aliyunlock

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/paging"
	"github.com/smartlock-sdk/smartlock/lock"
)

type homes struct {
	lock.Homes // what the platform lacks: UpdateRoom, DeleteRoom
	c          *Client
}

// List finds homes by a part of their name; the platform keeps nothing else of them, so any other
// field of the query is refused. Rooms are left to Get.
func (h homes) List(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
	ctx = lock.WithOp(ctx, lock.ListHomes)
	if q.City+q.Zone+q.Block+q.Address != "" {
		return lock.FailedSeq[lock.Home](lock.UnsupportedError(Vendor, lock.ListHomes, "homes have a name and nothing else; ask by Name only"))
	}
	return func(yield func(lock.Home, error) bool) {
		for native, err := range h.c.allHomes(ctx) {
			if err != nil {
				yield(lock.Home{}, err)
				return
			}
			if strings.Contains(native.Name, q.Name) && !yield(portableHome(native), nil) {
				return
			}
		}
	}
}

// allHomes yields the homes of the user.
func (c *Client) allHomes(ctx context.Context) iter.Seq2[*Home, error] {
	return pages(ctx, maxHomePage, func(ctx context.Context, p Paging) (*Page[Home], error) {
		return c.ListHomes(ctx, ListHomesRequest{p})
	}, func(h *Home) string { return h.HomeID })
}

func portableHome(h *Home) lock.Home {
	return lock.Home{ID: lock.HomeID(h.HomeID), Name: h.Name, Native: lock.NewNative(h.Raw(), h)}
}

// Get looks through the list, because the platform has no call for one home, and asks for the
// home's rooms.
func (h homes) Get(ctx context.Context, id lock.HomeID) (lock.Home, error) {
	ctx = lock.WithOp(ctx, lock.GetHome)
	native, err := h.c.home(ctx, id)
	if err != nil {
		return lock.Home{}, lock.About(string(id), err)
	}
	found := portableHome(native)
	rooms := pages(ctx, maxHomePage, func(ctx context.Context, p Paging) (*Page[Room], error) {
		return h.c.ListRooms(ctx, ListRoomsRequest{HomeID: string(id), Paging: p})
	}, func(r *Room) string { return r.RoomID })
	for room, err := range rooms {
		if err != nil {
			return lock.Home{}, lock.About(string(id), err)
		}
		found.Rooms = append(found.Rooms, lock.Room{ID: lock.RoomID(room.RoomID), Name: room.Name, Native: lock.NewNative(room.Raw(), room)})
	}
	return found, nil
}

// home finds a home in the list.
func (c *Client) home(ctx context.Context, id lock.HomeID) (*Home, error) {
	if id == "" {
		return nil, invalid(lock.OpFrom(ctx), "the id of the home is empty")
	}
	for native, err := range c.allHomes(ctx) {
		if err != nil || native.HomeID == string(id) {
			return native, err
		}
	}
	return nil, notFound(lock.OpFrom(ctx), string(id), "the user has no home of this id")
}

// Create adds a home. It needs a Name, unique among the user's at most ten homes. The platform
// makes the id and keeps the name only: what else spec says is not kept, and the returned home
// does not have it.
func (h homes) Create(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
	a, err := h.c.CreateHome(lock.WithOp(ctx, lock.CreateHome), spec.Name)
	if err != nil {
		return lock.Home{}, err
	}
	return lock.Home{ID: lock.HomeID(a.Data), Name: spec.Name, Native: lock.NewNative(a.Raw(), a)}, nil
}

// Update changes the name, which is all the platform keeps.
func (h homes) Update(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
	ctx = lock.WithOp(ctx, lock.UpdateHome)
	if spec.Country+spec.Province+spec.City+spec.Zone+spec.Block+spec.Address+spec.Note != "" || spec.Kind != "" {
		return invalid(lock.UpdateHome, "homes have a Name and nothing else; leave the other fields empty")
	}
	_, err := h.c.UpdateHome(ctx, UpdateHomeRequest{HomeID: string(id), Name: spec.Name})
	return h.c.explained(ctx, id, err)
}

// Delete removes a home, and takes EVERY DEVICE IN IT from the user. The last home cannot be
// deleted.
func (h homes) Delete(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
	ctx = lock.WithOp(ctx, lock.DeleteHome)
	if _, err := h.c.DeleteHome(ctx, string(id)); err != nil {
		return nil, h.c.explained(ctx, id, err)
	}
	return lock.Done(lock.Home{ID: id}), nil
}

// AddRooms adds the rooms one by one, so that the outcome of each is known. The platform makes
// their ids and keeps their names only.
func (h homes) AddRooms(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error) {
	ctx = lock.WithOp(ctx, lock.AddRooms)
	var (
		added []lock.Room
		errs  []error
	)
	for _, r := range rooms {
		a, err := h.c.CreateRoom(ctx, CreateRoomRequest{HomeID: string(id), Name: r.Name})
		if err != nil {
			errs = append(errs, &lock.RoomError{Room: r.ID, Err: h.c.explained(ctx, id, err)})
			continue
		}
		added = append(added, lock.Room{ID: lock.RoomID(a.Data), Name: r.Name, Native: lock.NewNative(a.Raw(), a)})
	}
	return added, errors.Join(errs...)
}

// explained looks whether the home is there when the vendor has refused a call about it: it has no
// documented code for one that is not.
func (c *Client) explained(ctx context.Context, id lock.HomeID, err error) error {
	var e *lock.Error
	if !errors.As(err, &e) || e.Code == "" || e.Kind.Retryable() || ctx.Err() != nil {
		return lock.About(string(id), err)
	}
	if _, missing := c.home(ctx, id); errors.Is(missing, lock.ErrNotFound) {
		e.Kind = lock.ErrNotFound
	}
	return lock.About(string(id), err)
}

// Devices yields what is installed in a home.
func (h homes) Devices(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
	ctx = lock.WithOp(ctx, lock.ListDevices)
	if id == "" {
		return lock.FailedSeq[lock.Device](invalid(lock.ListDevices, "the id of the home is empty"))
	}
	return paging.Map(h.c.homeDevices(ctx, id, ""), h.c.portableDevice)
}

// homeDevices yields the devices of a home, or of one of its rooms.
func (c *Client) homeDevices(ctx context.Context, id lock.HomeID, room lock.RoomID) iter.Seq2[*HomeDevice, error] {
	return pages(ctx, maxHomeDevicePage, func(ctx context.Context, p Paging) (*Page[HomeDevice], error) {
		page, err := c.ListHomeDevices(ctx, ListHomeDevicesRequest{HomeID: string(id), RoomID: string(room), Paging: p})
		return page, c.explained(ctx, id, err)
	}, func(d *HomeDevice) string { return d.IotID })
}

func (c *Client) portableDevice(d *HomeDevice) lock.Device {
	dev := lock.Device{
		ID: lock.DeviceID(d.IotID), Name: nameOf(&d.BindingInfo), Kind: lock.DeviceOther, Home: lock.HomeID(d.HomeID), Room: lock.RoomID(d.RoomID),
		Serial: d.DeviceName, Model: modelOf(&d.BindingInfo), Online: online(d.Status), Native: lock.NewNative(d.Raw(), d),
	}
	switch {
	case c.isLock(&d.BindingInfo):
		dev.Kind = lock.DeviceLock
	case d.NodeType == NodeGateway:
		dev.Kind = lock.DeviceGateway
	}
	return dev
}

// isLock reports whether a device is a lock; see WithLockProducts.
func (c *Client) isLock(b *BindingInfo) bool {
	if len(c.set.lockProducts) > 0 {
		return c.set.lockProducts[b.ProductKey]
	}
	return strings.Contains(strings.ToLower(b.CategoryKey), "lock") || strings.Contains(b.CategoryName, "锁")
}

// nameOf is what people call a device.
func nameOf(b *BindingInfo) string {
	switch {
	case b.NickName != "":
		return b.NickName
	case b.ProductName != "":
		return b.ProductName
	}
	return b.DeviceName
}

func modelOf(b *BindingInfo) string {
	if b.ProductModel != "" {
		return b.ProductModel
	}
	return b.ProductName
}

// online reads a status; nil where the vendor does not know, which it may say with 0.
func online(s DeviceStatus) *bool {
	switch s {
	case StatusOnline:
		return new(true)
	case StatusOffline, StatusDisabled:
		return new(false)
	}
	return nil
}
