package dingding

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/smartlock-sdk/smartlock/internal/paging"
	"github.com/smartlock-sdk/smartlock/lock"
)

// homesPerPage is how many homes are asked for at a time. The vendor takes the parameter although
// the document does not list it; clients were seen to use 100 and 1000.
const homesPerPage = 100

type homes struct{ c *Client }

// List finds homes by parts of their texts, as the vendor matches them.
func (h homes) List(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
	return paging.Map(h.c.search(lock.WithOp(ctx, lock.ListHomes), q), portableHome)
}

// search yields the vendor's homes, each once, although homes come and go while we page.
func (c *Client) search(ctx context.Context, q lock.HomeQuery) iter.Seq2[*Home, error] {
	filter := HomeFilter{Name: q.Name, City: q.City, Zone: q.Zone, Block: q.Block, Location: q.Address}
	fetch := func(ctx context.Context, offset, count int) ([]*Home, error) {
		resp, err := c.SearchHomes(ctx, SearchHomesRequest{HomeFilter: filter, Paging: Paging{Offset: offset, Count: count}})
		if err != nil {
			return nil, err
		}
		found := make([]*Home, len(resp.HomeList))
		for i := range resp.HomeList {
			found[i] = &resp.HomeList[i]
		}
		return found, nil
	}
	return paging.OffsetUnique(ctx, homesPerPage, fetch, func(h *Home) string { return h.HomeID })
}

func (h homes) Get(ctx context.Context, id lock.HomeID) (lock.Home, error) {
	home, err := h.c.home(lock.WithOp(ctx, lock.GetHome), id)
	if err != nil {
		return lock.Home{}, lock.About(string(id), err)
	}
	return portableHome(home), nil
}

func (c *Client) home(ctx context.Context, id lock.HomeID) (*Home, error) {
	resp, err := c.GetHomeInfo(ctx, GetHomeInfoRequest{HomeID: string(id)})
	if err != nil {
		return nil, err
	}
	if resp.Result.HomeID == "" { // an empty result is how some of the vendor's calls say "none"
		return nil, &lock.Error{Vendor: Vendor, Op: lock.OpFrom(ctx), Kind: lock.ErrNotFound, Message: "the vendor answers without a home"}
	}
	return &resp.Result, nil
}

// Create adds a home under the caller's own id. Dingding requires country, city, zone, block and
// address as well as the name, and finds the province itself.
func (h homes) Create(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
	ctx = lock.WithOp(ctx, lock.CreateHome)
	if spec.Province != "" {
		return lock.Home{}, invalid(lock.CreateHome, "leave Province empty: Dingding finds it by the city")
	}
	kind, err := homeType(spec.Kind)
	if err != nil {
		return lock.Home{}, err
	}
	_, err = h.c.AddHome(ctx, AddHomeRequest{
		Type: kind, HomeID: string(spec.ID), Name: spec.Name, Country: spec.Country, City: spec.City, Zone: spec.Zone,
		Block: spec.Block, Location: spec.Address, Description: spec.Note,
	})
	if err != nil {
		return lock.Home{}, lock.About(string(spec.ID), err)
	}
	return lock.Home{
		ID: spec.ID, Name: spec.Name, Kind: spec.Kind, Country: spec.Country, City: spec.City, Zone: spec.Zone,
		Block: spec.Block, Address: spec.Address, Note: spec.Note,
	}, nil
}

// Update changes name, address and note; Dingding changes nothing else of a home.
func (h homes) Update(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
	ctx = lock.WithOp(ctx, lock.UpdateHome)
	if spec.Country+spec.Province+spec.City+spec.Zone+spec.Block != "" || spec.Kind != "" {
		return invalid(lock.UpdateHome, "Dingding changes only Name, Address and Note of a home; leave the other fields empty")
	}
	_, err := h.c.UpdateHome(ctx, UpdateHomeRequest{HomeID: string(id), Name: spec.Name, Location: spec.Address, Description: spec.Note})
	return lock.About(string(id), err)
}

// Delete removes a home. The vendor does so later: the operation ends when it no longer knows the
// home.
func (h homes) Delete(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
	resp, err := h.c.DeleteHome(lock.WithOp(ctx, lock.DeleteHome), DeleteHomeRequest{HomeID: string(id)})
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return h.c.deletingHome(work{op: lock.DeleteHome, home: id, service: resp.ServiceID}), nil
}

func (c *Client) deletingHome(w work) *lock.Operation[lock.Home] {
	return pendingOp(c, w, lock.Home{ID: w.home}, func(ctx context.Context, w work, home lock.Home) (lock.Home, bool, error) {
		_, err := c.home(ctx, w.home)
		if errors.Is(err, lock.ErrNotFound) {
			return home, true, nil
		}
		return home, false, err
	})
}

// AddRooms adds the rooms one by one, so that the outcome of each is known.
func (h homes) AddRooms(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error) {
	ctx = lock.WithOp(ctx, lock.AddRooms)
	var (
		added []lock.Room
		errs  []error
	)
	for _, r := range rooms {
		_, err := h.c.AddRoom(ctx, AddRoomRequest{HomeID: string(id), RoomID: string(r.ID), Name: r.Name, Note: r.Note})
		if err != nil {
			errs = append(errs, &lock.RoomError{Room: r.ID, Err: lock.About(string(r.ID), err)})
			continue
		}
		added = append(added, lock.Room{ID: r.ID, Name: r.Name, Note: r.Note})
	}
	return added, errors.Join(errs...)
}

// UpdateRoom reads the room first where spec leaves something out, because the vendor takes name
// and note only together.
func (h homes) UpdateRoom(ctx context.Context, id lock.HomeID, room lock.RoomID, spec lock.RoomSpec) error {
	ctx = lock.WithOp(ctx, lock.UpdateRoom)
	req := UpdateRoomRequest{HomeID: string(id), RoomID: string(room), Name: spec.Name, Note: spec.Note}
	if req.Name == "" || req.Note == "" {
		home, err := h.c.home(ctx, id)
		if err != nil {
			return lock.About(string(id), err)
		}
		i := slices.IndexFunc(home.Rooms, func(r Room) bool { return r.RoomID == string(room) })
		if i < 0 {
			return &lock.Error{Vendor: Vendor, Op: lock.UpdateRoom, Target: string(room), Kind: lock.ErrNotFound, Message: "the home has no such room"}
		}
		if req.Name == "" {
			req.Name = home.Rooms[i].Name
		}
		if req.Note == "" {
			req.Note = home.Rooms[i].Note
		}
	}
	_, err := h.c.UpdateRoom(ctx, req)
	return lock.About(string(room), err)
}

func (h homes) DeleteRoom(ctx context.Context, id lock.HomeID, room lock.RoomID) error {
	if id == "" { // the vendor would look for the room in every home
		return invalid(lock.DeleteRoom, "name the home of the room")
	}
	_, err := h.c.DeleteRoom(lock.WithOp(ctx, lock.DeleteRoom), DeleteRoomRequest{HomeID: string(id), RoomID: string(room)})
	return lock.About(string(room), err)
}

// Devices yields what is installed in a home.
func (h homes) Devices(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
	ctx = lock.WithOp(ctx, lock.ListDevices)
	return func(yield func(lock.Device, error) bool) {
		home, err := h.c.home(ctx, id)
		if err == nil {
			err = h.c.addDevices(ctx, []*Home{home})
		}
		if err != nil {
			yield(lock.Device{}, lock.About(string(id), err))
			return
		}
		for i := range home.Devices {
			if !yield(h.c.portableDevice(home, &home.Devices[i]), nil) {
				return
			}
		}
	}
}

// addDevices completes the devices of homes: find_home_devices knows meters and tells outer doors
// from rooms' doors, get_home_info and search_home_info know the gateway and the maker.
func (c *Client) addDevices(ctx context.Context, homes []*Home) error {
	if len(homes) == 0 {
		return nil
	}
	ids := make([]string, len(homes))
	for i, h := range homes {
		ids[i] = h.HomeID
	}
	resp, err := c.FindDevicesOfHomes(ctx, FindDevicesOfHomesRequest{HomeIDs: ids})
	if err != nil {
		return err
	}
	for _, h := range homes {
		for _, found := range resp.Result[h.HomeID] {
			i := slices.IndexFunc(h.Devices, func(d HomeDevice) bool { return d.UUID == found.UUID })
			if i < 0 {
				h.Devices = append(h.Devices, found)
				continue
			}
			d := &h.Devices[i]
			d.Type = found.Type
			if d.RoomID == "" {
				d.RoomID = found.RoomID
			}
		}
	}
	return nil
}

// homesWithDevices yields homes with everything installed in them.
func (c *Client) homesWithDevices(ctx context.Context, only lock.HomeID) iter.Seq2[*Home, error] {
	if only != "" {
		return func(yield func(*Home, error) bool) {
			h, err := c.home(ctx, only)
			if err == nil {
				err = c.addDevices(ctx, []*Home{h})
			}
			yield(h, lock.About(string(only), err))
		}
	}
	return func(yield func(*Home, error) bool) {
		var batch []*Home
		flush := func() bool {
			if err := c.addDevices(ctx, batch); err != nil {
				yield(nil, err)
				return false
			}
			for _, h := range batch {
				if !yield(h, nil) {
					return false
				}
			}
			batch = batch[:0]
			return true
		}
		for h, err := range c.search(ctx, lock.HomeQuery{}) {
			if err != nil {
				yield(nil, err)
				return
			}
			if batch = append(batch, h); len(batch) == homesPerPage && !flush() {
				return
			}
		}
		flush()
	}
}

// devices yields the devices that keep wants, of one home or all.
func (c *Client) devices(ctx context.Context, only lock.HomeID, keep func(lock.Device) bool) iter.Seq2[lock.Device, error] {
	return func(yield func(lock.Device, error) bool) {
		for h, err := range c.homesWithDevices(ctx, only) {
			if err != nil {
				yield(lock.Device{}, err)
				return
			}
			for i := range h.Devices {
				if d := c.portableDevice(h, &h.Devices[i]); keep(d) && !yield(d, nil) {
					return
				}
			}
		}
	}
}

// place finds the home of a device and the device in it.
func (c *Client) place(ctx context.Context, id lock.DeviceID) (lock.Device, error) {
	req := GetHomeInfoRequest{UUID: string(id)}
	if w, ok := ParseWaterMeterID(id); ok {
		req.UUID, req.Manufactory = w.UUID, w.Manufactory
	}
	resp, err := c.GetHomeInfo(ctx, req)
	if err != nil {
		return lock.Device{}, lock.About(string(id), err)
	}
	home := &resp.Result
	for i := range home.Devices {
		if home.Devices[i].UUID == req.UUID {
			return c.portableDevice(home, &home.Devices[i]), nil
		}
	}
	if home.HomeID == "" {
		return lock.Device{}, unknownDevice(lock.OpFrom(ctx), id)
	}
	// get_home_info may leave meters out; find_home_devices has them all.
	if err := c.addDevices(ctx, []*Home{home}); err != nil {
		return lock.Device{}, lock.About(string(id), err)
	}
	for i := range home.Devices {
		if home.Devices[i].UUID == req.UUID {
			return c.portableDevice(home, &home.Devices[i]), nil
		}
	}
	return lock.Device{}, unknownDevice(lock.OpFrom(ctx), id)
}

func portableHome(h *Home) lock.Home {
	home := lock.Home{
		ID: lock.HomeID(h.HomeID), Name: h.Name, Country: h.Country, Province: h.Province, City: h.City, Zone: h.Zone,
		Block: h.Block, Address: h.Location, Note: h.Description, Native: lock.NewNative(h.Raw(), h),
	}
	switch h.Type {
	case HomeDispersed:
		home.Kind = lock.HomeScattered
	case HomeCentralized:
		home.Kind = lock.HomeContiguous
	}
	for i := range h.Rooms {
		r := &h.Rooms[i]
		home.Rooms = append(home.Rooms, lock.Room{ID: lock.RoomID(r.RoomID), Name: r.Name, Note: r.Note, Native: lock.NewNative(r.Raw(), r)})
	}
	return home
}

func homeType(k lock.HomeKind) (HomeType, error) {
	switch k {
	case "":
		return 0, nil
	case lock.HomeScattered:
		return HomeDispersed, nil
	case lock.HomeContiguous:
		return HomeCentralized, nil
	}
	return 0, invalid(lock.CreateHome, "Kind is %q; use lock.HomeScattered or lock.HomeContiguous", k)
}

// deviceKinds joins the vendor's two vocabularies for the type of a device.
var deviceKinds = map[DeviceKind]lock.DeviceKind{
	KindLock: lock.DeviceLock, KindHomeLock: lock.DeviceLock, KindRoomLock: lock.DeviceLock,
	KindGateway: lock.DeviceGateway, KindMeter: lock.DeviceElectricityMeter, KindCollector: lock.DeviceCollector,
	"elecollector":   lock.DeviceCollector, // the spelling of the calls; the list has one c more
	KindWaterGateway: lock.DeviceWaterGateway, KindWaterMeter: lock.DeviceWaterMeter,
}

func (c *Client) portableDevice(h *Home, d *HomeDevice) lock.Device {
	kind, ok := deviceKinds[d.Type]
	if !ok {
		kind = lock.DeviceKind(d.Type)
	}
	dev := lock.Device{
		ID: lock.DeviceID(d.UUID), Name: d.Description, Kind: kind, Home: lock.HomeID(h.HomeID), Room: roomOf(h.HomeID, d.RoomID),
		Gateway: lock.DeviceID(d.CenterUUID), Serial: d.SN, Online: online(d.Onoff), Native: lock.NewNative(d.Raw(), d),
	}
	if kind == lock.DeviceWaterMeter {
		dev.ID = c.waterMeter(d.UUID, d.Manufactory).ID()
	}
	if d.IsOut {
		dev.Room = ""
	}
	return dev
}

// online reads onoff_line; nil where the vendor does not know.
func online(s LineState) *bool {
	switch s {
	case Online:
		return new(true)
	case Offline:
		return new(false)
	}
	return nil
}
