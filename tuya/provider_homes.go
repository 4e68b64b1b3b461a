package tuya

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/smartlock-sdk/smartlock/lock"
)

type homes struct{ c *Client }

// List finds the homes of the users of WithUser by a part of their name, and by a part of their
// Address, which is the vendor's geo_name. The vendor keeps nothing else of them, so any other field
// of the query is refused. Rooms are left to Get.
func (h homes) List(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
	ctx = lock.WithOp(ctx, lock.ListHomes)
	switch {
	case len(h.c.set.users) == 0:
		return lock.FailedSeq[lock.Home](without(lock.ListHomes))
	case q.City+q.Zone+q.Block != "":
		return lock.FailedSeq[lock.Home](lock.UnsupportedError(Vendor, lock.ListHomes, "homes have a name and an address in words; ask by Name or Address only"))
	}
	return func(yield func(lock.Home, error) bool) {
		seen := map[lock.HomeID]bool{}
		for _, user := range h.c.set.users {
			p, err := h.c.ListHomes(ctx, UID(user))
			if err != nil {
				yield(lock.Home{}, lock.About(user, err))
				return
			}
			all := converted(ctx, p.Records, func(native *Home) (lock.Home, bool) {
				wanted := strings.Contains(native.Name, q.Name) && strings.Contains(native.GeoName, q.Address) && !seen[native.HomeID]
				seen[native.HomeID] = true
				return portableHome(native), wanted
			})
			for home, err := range all {
				if !yield(home, err) || err != nil {
					return
				}
			}
		}
	}
}

func portableHome(h *Home) lock.Home {
	return lock.Home{ID: h.HomeID, Name: h.Name, Address: h.GeoName, Native: lock.NewNative(h.Raw(), h)}
}

// Get returns a home with its rooms, in two calls.
func (h homes) Get(ctx context.Context, id lock.HomeID) (lock.Home, error) {
	ctx = lock.WithOp(ctx, lock.GetHome)
	a, err := h.c.GetHome(ctx, id)
	if err != nil {
		return lock.Home{}, lock.About(string(id), err)
	}
	home := portableHome(&a.Result)
	home.ID = cmp.Or(home.ID, id)
	rooms, err := h.c.ListRooms(ctx, id)
	if err != nil {
		return lock.Home{}, lock.About(string(id), err)
	}
	for _, r := range pointers(rooms.Records) {
		home.Rooms = append(home.Rooms, lock.Room{ID: r.RoomID, Name: r.Name, Native: lock.NewNative(r.Raw(), r)})
	}
	return home, nil
}

// Create adds a home to the first user of WithUser. It needs a Name. The vendor makes the id and
// keeps Name and Address: what else spec says is not kept, and the returned home does not have it.
func (h homes) Create(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
	ctx = lock.WithOp(ctx, lock.CreateHome)
	if len(h.c.set.users) == 0 {
		return lock.Home{}, without(lock.CreateHome)
	}
	a, err := h.c.CreateHome(ctx, CreateHomeRequest{UID: UID(h.c.set.users[0]), Home: HomeInfo{Name: spec.Name, GeoName: spec.Address}})
	if err != nil {
		return lock.Home{}, err
	}
	return lock.Home{ID: a.Result, Name: spec.Name, Address: spec.Address, Native: lock.NewNative(a.Raw(), a)}, nil
}

// Update changes Name and Address. The vendor wants the name every time, so it is read first when
// spec has none.
func (h homes) Update(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
	ctx = lock.WithOp(ctx, lock.UpdateHome)
	if spec.Country+spec.Province+spec.City+spec.Zone+spec.Block+spec.Note != "" || spec.Kind != "" {
		return invalid(lock.UpdateHome, "homes have a Name and an Address and nothing else; leave the other fields empty")
	}
	info := HomeInfo{Name: spec.Name, GeoName: spec.Address}
	if info.Name == "" && info.GeoName != "" {
		before, err := h.c.GetHome(ctx, id)
		if err != nil {
			return lock.About(string(id), err)
		}
		info.Name = before.Result.Name
	}
	_, err := h.c.UpdateHome(ctx, id, info)
	return lock.About(string(id), err)
}

// Delete removes a home with its rooms. What becomes of the devices in it the vendor does not say:
// reckon with having to add them anew.
func (h homes) Delete(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
	if _, err := h.c.DeleteHome(lock.WithOp(ctx, lock.DeleteHome), id); err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(lock.Home{ID: id}), nil
}

// AddRooms adds the rooms one by one, so that the outcome of each is known. The vendor makes their
// ids and keeps their names only. Where it does not answer with the id, the room is looked for in
// the home by its name.
func (h homes) AddRooms(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error) {
	ctx = lock.WithOp(ctx, lock.AddRooms)
	var (
		added []lock.Room
		errs  []error
	)
	for _, r := range rooms {
		room, err := h.addRoom(ctx, id, r.Name)
		if err != nil {
			errs = append(errs, &lock.RoomError{Room: r.ID, Err: lock.About(string(id), err)})
			continue
		}
		added = append(added, room)
	}
	return added, errors.Join(errs...)
}

func (h homes) addRoom(ctx context.Context, id lock.HomeID, name string) (lock.Room, error) {
	a, err := h.c.AddRoom(ctx, id, name)
	if err != nil {
		return lock.Room{}, err
	}
	room := lock.Room{ID: a.Result, Name: name, Native: lock.NewNative(a.Raw(), a)}
	if room.ID != "" {
		return room, nil
	}
	all, err := h.c.ListRooms(ctx, id)
	if err == nil {
		for _, r := range all.Records {
			if r.Name == name {
				room.ID = r.RoomID // of several of one name the last
			}
		}
	}
	if room.ID == "" {
		return lock.Room{}, partial(lock.AddRooms, "", "the room was added, and its id could not be found", err)
	}
	return room, nil
}

// UpdateRoom changes the name, which is all the vendor keeps.
func (h homes) UpdateRoom(ctx context.Context, id lock.HomeID, room lock.RoomID, spec lock.RoomSpec) error {
	ctx = lock.WithOp(ctx, lock.UpdateRoom)
	if spec.Note != "" {
		return invalid(lock.UpdateRoom, "rooms have a Name and nothing else; leave Note empty")
	}
	_, err := h.c.UpdateRoom(ctx, id, room, spec.Name)
	return lock.About(string(id), err)
}

// DeleteRoom removes a room. Its devices stay in the home.
func (h homes) DeleteRoom(ctx context.Context, id lock.HomeID, room lock.RoomID) error {
	_, err := h.c.DeleteRoom(lock.WithOp(ctx, lock.DeleteRoom), id, room)
	return lock.About(string(id), err)
}

// Devices yields what is installed in a home.
func (h homes) Devices(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
	ctx = lock.WithOp(ctx, lock.ListDevices)
	return func(yield func(lock.Device, error) bool) {
		p, err := h.c.ListHomeDevices(ctx, id)
		if err != nil {
			yield(lock.Device{}, lock.About(string(id), err))
			return
		}
		converted(ctx, p.Records, func(d *Device) (lock.Device, bool) { return portableDevice(id, d), true })(yield)
	}
}

func portableDevice(home lock.HomeID, d *Device) lock.Device {
	dev := lock.Device{
		ID: d.ID, Name: d.Name, Kind: lock.DeviceOther, Home: cmp.Or(d.OwnerID, home), Serial: d.UUID, Model: cmp.Or(d.Model, d.ProductName),
		Online: d.Online, Native: lock.NewNative(d.Raw(), d),
	}
	switch {
	case d.Category.IsLock():
		dev.Kind = lock.DeviceLock
	case d.Category == CategoryGateway:
		dev.Kind = lock.DeviceGateway
	}
	return dev
}
