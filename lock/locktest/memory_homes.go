package locktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/smartlock-sdk/smartlock/lock"
)

type home struct {
	number int
	spec   lock.HomeSpec // with its ID
	rooms  []lock.RoomSpec
}

// thing is a device that is neither a lock nor a meter.
type thing struct {
	number int
	device lock.Device
}

// record is what the vendor would have sent for a value.
func record(kind, id string, fields map[string]any) lock.Native {
	r := &Record{Type: kind, ID: id, Fields: fields}
	raw, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("locktest: %s %s cannot be written as JSON: %v", kind, id, err))
	}
	return lock.NewNative(raw, r)
}

// item is an entry of a list that may grow and shrink between two pages.
type item[T any] struct {
	number int // grows along the list
	value  T
}

// list yields what all returns, a page for each call.
func list[T any](ctx context.Context, m *Memory, op lock.Op, check func() error, all func(c *cloud) ([]item[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		after := -1
		for {
			var page []item[T]
			more := false
			err := m.call(ctx, op, check, func(c *cloud) error {
				items, err := all(c)
				items = slices.DeleteFunc(items, func(i item[T]) bool { return i.number <= after })
				more = len(items) > c.pageSize
				page = items[:min(len(items), c.pageSize)]
				return err
			})
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, i := range page {
				if !yield(i.value, nil) {
					return
				}
				after = i.number
			}
			if !more {
				return
			}
		}
	}
}

// AddHome puts a home into the cloud and returns its id, which is spec.ID if that is set.
func (m *Memory) AddHome(spec lock.HomeSpec) lock.HomeID {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	return m.cloud.addHome(spec).spec.ID
}

// AddRoom puts a room into a home and returns its id, which is spec.ID if that is set.
func (m *Memory) AddRoom(id lock.HomeID, spec lock.RoomSpec) lock.RoomID {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	h := m.cloud.home(id)
	if h == nil {
		panic(fmt.Sprintf("locktest: no home %q", id))
	}
	return m.cloud.addRoom(h, spec).ID
}

// AddDevice puts a device that is neither lock nor meter into the cloud and returns its id, which
// is d.ID if that is set.
func (m *Memory) AddDevice(d lock.Device) lock.DeviceID {
	c := m.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.number()
	if d.ID == "" {
		d.ID = lock.DeviceID(fmt.Sprintf("device-%d", n))
	}
	c.others = append(c.others, &thing{n, d})
	return d.ID
}

func (c *cloud) addHome(spec lock.HomeSpec) *home {
	n := c.number()
	if spec.ID == "" {
		spec.ID = lock.HomeID(fmt.Sprintf("home-%d", n))
	}
	h := &home{number: n, spec: spec}
	c.homes = append(c.homes, h)
	return h
}

func (c *cloud) addRoom(h *home, spec lock.RoomSpec) lock.RoomSpec {
	if spec.ID == "" {
		spec.ID = lock.RoomID(fmt.Sprintf("room-%d", c.number()))
	}
	h.rooms = append(h.rooms, spec)
	return spec
}

// home finds a home, nil if there is none.
func (c *cloud) home(id lock.HomeID) *home {
	for _, h := range c.homes {
		if h.spec.ID == id {
			return h
		}
	}
	return nil
}

func (h *home) value() lock.Home {
	v := lock.Home{
		ID: h.spec.ID, Name: h.spec.Name, Kind: h.spec.Kind, Country: h.spec.Country, Province: h.spec.Province,
		City: h.spec.City, Zone: h.spec.Zone, Block: h.spec.Block, Address: h.spec.Address, Note: h.spec.Note,
		Native: record("home", string(h.spec.ID), map[string]any{"spec": h.spec}),
	}
	for _, r := range h.rooms {
		v.Rooms = append(v.Rooms, roomValue(r))
	}
	return v
}

func roomValue(r lock.RoomSpec) lock.Room {
	return lock.Room{ID: r.ID, Name: r.Name, Note: r.Note, Native: record("room", string(r.ID), map[string]any{"spec": r})}
}

func set[T comparable](field *T, value T) {
	var zero T
	if value != zero {
		*field = value
	}
}

type memoryHomes struct{ m *Memory }

func (a memoryHomes) List(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
	return list(ctx, a.m, lock.ListHomes, nil, func(c *cloud) ([]item[lock.Home], error) {
		var items []item[lock.Home]
		for _, h := range c.homes {
			s := h.spec
			if strings.Contains(s.Name, q.Name) && strings.Contains(s.City, q.City) && strings.Contains(s.Zone, q.Zone) &&
				strings.Contains(s.Block, q.Block) && strings.Contains(s.Address, q.Address) {
				items = append(items, item[lock.Home]{h.number, h.value()})
			}
		}
		return items, nil
	})
}

// in lets f work on a home.
func (a memoryHomes) in(ctx context.Context, op lock.Op, id lock.HomeID, check func() error, f func(*cloud, *home) error) error {
	return a.m.call(ctx, op, check, func(c *cloud) error {
		h := c.home(id)
		if h == nil {
			return missing("home", id)
		}
		return f(c, h)
	})
}

func (a memoryHomes) Get(ctx context.Context, id lock.HomeID) (lock.Home, error) {
	var v lock.Home
	err := a.in(ctx, lock.GetHome, id, nil, func(_ *cloud, h *home) error {
		v = h.value()
		return nil
	})
	return v, err
}

func (a memoryHomes) Create(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
	var v lock.Home
	err := a.m.call(ctx, lock.CreateHome, func() error {
		if spec.Name == "" {
			return invalid("a home needs a Name")
		}
		return nil
	}, func(c *cloud) error {
		if c.home(spec.ID) != nil {
			return &lock.Error{Kind: lock.ErrExists, Target: string(spec.ID)}
		}
		v = c.addHome(spec).value()
		return nil
	})
	return v, err
}

func (a memoryHomes) Update(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
	return a.in(ctx, lock.UpdateHome, id, nil, func(_ *cloud, h *home) error {
		set(&h.spec.Name, spec.Name)
		set(&h.spec.Kind, spec.Kind)
		set(&h.spec.Country, spec.Country)
		set(&h.spec.Province, spec.Province)
		set(&h.spec.City, spec.City)
		set(&h.spec.Zone, spec.Zone)
		set(&h.spec.Block, spec.Block)
		set(&h.spec.Address, spec.Address)
		set(&h.spec.Note, spec.Note)
		return nil
	})
}

func (a memoryHomes) Delete(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
	return begin(ctx, a.m, lock.DeleteHome, nil, func(c *cloud) (plan[lock.Home], error) {
		h := c.home(id)
		if h == nil {
			return plan[lock.Home]{}, missing("home", id)
		}
		return plan[lock.Home]{now: h.value(), work: func() (lock.Home, error) {
			c.homes = slices.DeleteFunc(c.homes, func(other *home) bool { return other == h })
			c.unplace(func(in lock.HomeID, _ lock.RoomID) bool { return in == id })
			return h.value(), nil
		}}, nil
	})
}

func (a memoryHomes) AddRooms(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error) {
	var added []lock.Room
	var refused []error
	err := a.in(ctx, lock.AddRooms, id, nil, func(c *cloud, h *home) error {
		for _, spec := range rooms {
			var err error
			switch {
			case spec.Name == "":
				err = invalid("a room needs a Name")
			case spec.ID != "" && c.hasRoom(spec.ID):
				err = &lock.Error{Kind: lock.ErrExists, Target: string(spec.ID)}
			default:
				added = append(added, roomValue(c.addRoom(h, spec)))
				continue
			}
			refused = append(refused, &lock.RoomError{Room: spec.ID, Err: a.m.named(lock.AddRooms, err)})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return added, errors.Join(refused...)
}

func (c *cloud) hasRoom(id lock.RoomID) bool {
	for _, h := range c.homes {
		if h.room(id) >= 0 {
			return true
		}
	}
	return false
}

// room is the place of a room in h.rooms, -1 if it is not there.
func (h *home) room(id lock.RoomID) int {
	return slices.IndexFunc(h.rooms, func(r lock.RoomSpec) bool { return r.ID == id })
}

func (a memoryHomes) UpdateRoom(ctx context.Context, id lock.HomeID, room lock.RoomID, spec lock.RoomSpec) error {
	return a.in(ctx, lock.UpdateRoom, id, nil, func(_ *cloud, h *home) error {
		i := h.room(room)
		if i < 0 {
			return missing("room", room)
		}
		set(&h.rooms[i].Name, spec.Name)
		set(&h.rooms[i].Note, spec.Note)
		return nil
	})
}

func (a memoryHomes) DeleteRoom(ctx context.Context, id lock.HomeID, room lock.RoomID) error {
	return a.in(ctx, lock.DeleteRoom, id, nil, func(c *cloud, h *home) error {
		i := h.room(room)
		if i < 0 {
			return missing("room", room)
		}
		h.rooms = slices.Delete(h.rooms, i, i+1)
		c.unplace(func(_ lock.HomeID, in lock.RoomID) bool { return in == room })
		return nil
	})
}

// unplace takes from their place the devices that lie where lies says.
func (c *cloud) unplace(lies func(lock.HomeID, lock.RoomID) bool) {
	clearPlace := func(h *lock.HomeID, r *lock.RoomID) {
		if lies(*h, *r) {
			*h, *r = "", ""
		}
	}
	for _, d := range c.locks {
		clearPlace(&d.lock.Home, &d.lock.Room)
	}
	for _, mt := range c.meters {
		clearPlace(&mt.meter.Home, &mt.meter.Room)
	}
	for _, t := range c.others {
		clearPlace(&t.device.Home, &t.device.Room)
	}
}

func (a memoryHomes) Devices(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
	return list(ctx, a.m, lock.ListDevices, nil, func(c *cloud) ([]item[lock.Device], error) {
		if c.home(id) == nil {
			return nil, missing("home", id)
		}
		var items []item[lock.Device]
		add := func(n int, d lock.Device) {
			if d.Home == id {
				d.Native = record("device", string(d.ID), map[string]any{"kind": d.Kind, "name": d.Name})
				items = append(items, item[lock.Device]{n, d})
			}
		}
		for _, d := range c.locks {
			l := d.lock
			add(d.number, lock.Device{
				ID: l.ID, Name: l.Name, Kind: lock.DeviceLock, Home: l.Home, Room: l.Room,
				Gateway: l.Gateway, Serial: l.Serial, Model: l.Model, Online: l.Online,
			})
		}
		for _, mt := range c.meters {
			v, kind := mt.meter, lock.DeviceElectricityMeter
			if v.Kind != lock.Electricity {
				kind = lock.DeviceWaterMeter
			}
			add(mt.number, lock.Device{
				ID: v.ID, Name: v.Name, Kind: kind, Home: v.Home, Room: v.Room,
				Gateway: v.Gateway, Serial: v.Serial, Model: v.Model, Online: v.Online,
			})
		}
		for _, t := range c.others {
			add(t.number, t.device)
		}
		slices.SortFunc(items, func(a, b item[lock.Device]) int { return a.number - b.number })
		return items, nil
	})
}
