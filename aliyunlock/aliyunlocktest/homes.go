package aliyunlocktest

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

type home struct {
	id, name string
	owner    *user
	made     time.Time
	rooms    []*room
}

type room struct {
	id, name string
	made     time.Time
}

func (s *Server) homesOf(u *user) []*home {
	return sim.Keep(s.homes, func(h *home) bool { return h.owner == u })
}

func (s *Server) home(u *user, id string) (*home, error) {
	for _, h := range s.homesOf(u) {
		if h.id == id {
			return h, nil
		}
	}
	return nil, refuse(2000, "param is invalid: no home %q", id)
}

func (h *home) room(id string) (*room, error) {
	for _, r := range h.rooms {
		if r.id == id {
			return r, nil
		}
	}
	return nil, refuse(2000, "param is invalid: no room %q", id)
}

func (s *Server) newHome(u *user, name string) *home {
	h := &home{id: s.sim.Random.Hex(32), name: name, owner: u, made: s.now()}
	s.homes = append(s.homes, h)
	return h
}

func (s *Server) newRoom(h *home, name string) *room {
	r := &room{id: s.sim.Random.Hex(24), name: name, made: s.now()}
	h.rooms = append(h.rooms, r)
	return r
}

// AddHome adds a home of the user's and returns its id.
func (s *Server) AddHome(name string) lock.HomeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.HomeID(s.newHome(s.mainUser(), name).id)
}

// MainHome returns the user's first home, in which AddLock puts locks.
func (s *Server) MainHome() lock.HomeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.HomeID(s.homesOf(s.mainUser())[0].id)
}

// AddRoom adds a room to a home of the user's and returns its id.
func (s *Server) AddRoom(in lock.HomeID, name string) lock.RoomID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.RoomID(s.newRoom(must(s.home(s.mainUser(), string(in))), name).id)
}

const (
	maxHomes    = 10 // of a user
	maxHomeName = 40 // characters
)

// namedHome checks the name of a home, which is unique for its user.
func (s *Server) namedHome(who caller, name string) error {
	if utf8.RuneCountInString(name) > maxHomeName {
		return refuse(2000, "param is invalid: the name is too long")
	}
	if slices.ContainsFunc(s.homesOf(who.user), func(h *home) bool { return h.name == name }) {
		return refuse(2000, "param is invalid: the name is taken")
	}
	return nil
}

// createHome is /living/home/create.
func (s *Server) createHome(who caller, f fields) (any, error) {
	if err := s.namedHome(who, f.text("name")); err != nil {
		return nil, err
	}
	if len(s.homesOf(who.user)) >= maxHomes {
		return nil, refuse(2000, "param is invalid: a user has %d homes at most", maxHomes)
	}
	return s.newHome(who.user, f.text("name")).id, nil
}

// updateHome is /living/home/update.
func (s *Server) updateHome(who caller, f fields) (any, error) {
	h, err := s.home(who.user, f.text("homeId"))
	if err != nil {
		return nil, err
	}
	if err := s.namedHome(who, f.text("name")); err != nil {
		return nil, err
	}
	h.name = f.text("name")
	return nil, nil
}

// deleteHome is /living/home/delete. It unbinds every device in the home.
func (s *Server) deleteHome(who caller, f fields) (any, error) {
	h, err := s.home(who.user, f.text("homeId"))
	if err != nil {
		return nil, err
	}
	if len(s.homesOf(who.user)) == 1 {
		return nil, refuse(2000, "param is invalid: the last home stays")
	}
	for _, d := range s.devices {
		if d.home == h {
			d.unbind(who.user)
		}
	}
	s.homes = slices.DeleteFunc(s.homes, func(other *home) bool { return other == h })
	return nil, nil
}

// queryHomes is /living/home/query.
func (s *Server) queryHomes(who caller, f fields) (any, error) {
	ours := s.homesOf(who.user)
	return page(sim.Each(ours, func(h *home) object {
		return object{"homeId": h.id, "name": h.name, "myRole": "ADMIN", "currentHome": h == ours[0], "createMillis": milli(h.made)}
	}), f, 20, "data")
}

// createRoom is /living/home/room/create.
func (s *Server) createRoom(who caller, f fields) (any, error) {
	h, err := s.home(who.user, f.text("homeId"))
	if err != nil {
		return nil, err
	}
	return s.newRoom(h, f.text("name")).id, nil
}

// queryRooms is /living/home/room/query.
func (s *Server) queryRooms(who caller, f fields) (any, error) {
	h, err := s.home(who.user, f.text("homeId"))
	if err != nil {
		return nil, err
	}
	return page(sim.Each(h.rooms, func(r *room) object {
		in := sim.Keep(s.devices, func(d *device) bool { return d.room == r })
		online := sim.Keep(in, func(d *device) bool { return d.status == statusOnline })
		return object{"roomId": r.id, "name": r.name, "backgroudImage": "http://example.com/r.png", "deviceCnt": len(in),
			"deviceOnlineCnt": len(online), "createMillis": milli(r.made)}
	}), f, 20, "items")
}

// placed is a device as the homes list it.
func (d *device) placed(u *user) object {
	o := d.bindingInfo(u)
	o["homeId"], o["homeName"], o["roomId"], o["roomName"] = d.home.id, d.home.name, "", ""
	if d.room != nil {
		o["roomId"], o["roomName"] = d.room.id, d.room.name
	}
	return o
}

// homeDevices is /living/home/device/query. Without a home it is the user's present one, their first.
func (s *Server) homeDevices(who caller, f fields) (any, error) {
	h := s.homesOf(who.user)[0]
	if f.text("homeId") != "" {
		var err error
		if h, err = s.home(who.user, f.text("homeId")); err != nil {
			return nil, err
		}
	}
	var in *room
	if f.text("roomId") != "" {
		var err error
		if in, err = h.room(f.text("roomId")); err != nil {
			return nil, err
		}
	}
	found := sim.Keep(s.devices, func(d *device) bool {
		return d.home == h && (in == nil || d.room == in) && (!f.has("deviceNodeType") || f.text("deviceNodeType") == d.node)
	})
	return page(sim.Each(found, func(d *device) object { return d.placed(who.user) }), f, 50, "data")
}

// roomDevices is /living/home/room/device/query.
func (s *Server) roomDevices(who caller, f fields) (any, error) {
	h, err := s.home(who.user, f.text("homeId"))
	if err != nil {
		return nil, err
	}
	in, err := h.room(f.text("roomId"))
	if err != nil {
		return nil, err
	}
	found := sim.Keep(s.devices, func(d *device) bool { return d.room == in })
	return page(sim.Each(found, func(d *device) object {
		o := d.placed(who.user)
		list := []object{}
		for _, identifier := range f.texts("propertyIdentifiers") {
			if p, ok := d.properties[identifier]; ok {
				list = append(list, object{"identifier": identifier, "name": identifier, "dataType": "int", "value": p.value, "latestUpdateMillis": milli(p.at)})
			}
		}
		o["propertyList"] = list
		return o
	}), f, 20, "items")
}

// setRoomDevices is /living/home/room/device/full/update: these devices stand in the room, and no
// others.
func (s *Server) setRoomDevices(who caller, f fields) (any, error) {
	h, err := s.home(who.user, f.text("homeId"))
	if err != nil {
		return nil, err
	}
	in, err := h.room(f.text("roomId"))
	if err != nil {
		return nil, err
	}
	for _, d := range s.devices {
		switch listed := slices.Contains(f.texts("iotIdList"), d.iotID); {
		case d.home == h && listed:
			d.room = in
		case d.room == in:
			d.room = nil
		}
	}
	return nil, nil
}
