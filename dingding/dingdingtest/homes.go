package dingdingtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

type home struct {
	place
	id, name, note                                  string
	country, province, city, zone, location, estate string
	kind                                            int64 // 1 dispersed, 2 centralised
	state, installed                                int64 // sp_state, install_state
	rooms                                           []*room
	price                                           decimal.Decimal // 房源电价, yuan per kWh
}

type room struct {
	place
	home             *home
	id, name, note   string
	state, installed int64
}

// place is what a room has, and a home for its public meter.
type place struct {
	roomPrice decimal.Decimal // 房间电价, yuan per kWh
	priceWay  int64
	forcedOff bool // 强制跳闸: meters trip whenever they report
}

// States of homes and rooms.
const (
	notInstalled = 1 // sp_state 未安装
	manageable   = 2 // sp_state 可管理

	unassigned = 4 // install_state: nobody sent to install yet
	installed  = 5 // install_state
)

const merchantPrice = 2 // eleprice_way 公寓统一电价: the one value 11.17 and 11.18 agree on

func (s *Server) home(id string) (*home, error) {
	for _, h := range s.homes {
		if h.id == id {
			return h, nil
		}
	}
	return nil, refuse(notFound, "no home %q", id)
}

func (s *Server) room(id string) (*room, error) {
	for _, h := range s.homes {
		for _, r := range h.rooms {
			if r.id == id {
				return r, nil
			}
		}
	}
	return nil, refuse(noRoom, "no room %q", id)
}

// roomOf finds a room and, if a home is named, wants it there.
func (s *Server) roomOf(homeID, id string) (*room, error) {
	r, err := s.room(id)
	if err != nil {
		return nil, err
	}
	if homeID != "" && r.home.id != homeID {
		return nil, refuse(noRoom, "no room %q in home %q", id, homeID)
	}
	return r, nil
}

// roomsIn finds room_ids, at least one, in a home.
func (s *Server) roomsIn(h *home, f fields) ([]*room, error) {
	var rooms []*room
	for _, id := range f.texts("room_ids") {
		r, err := s.roomOf(h.id, id)
		if err != nil {
			return nil, err
		}
		rooms = append(rooms, r)
	}
	if len(rooms) == 0 {
		return nil, refuse(badParameter, "room_ids is empty")
	}
	return rooms, nil
}

// addHome is POST add_home, §5.1.
func (s *Server) addHome(f fields) (object, error) {
	kind := int64(1)
	if f.has("home_type") {
		if !f.is("home_type", 1, 2) {
			return nil, refuse(badParameter, "home_type must be 1 or 2")
		}
		kind = f.whole("home_type")
	}
	h := &home{
		id: f.text("home_id"), name: f.text("home_name"), note: f.text("description"), kind: kind,
		country: f.text("country"), province: f.text("city"), city: f.text("city"), zone: f.text("zone"),
		location: f.text("location"), estate: f.text("block"),
		state: notInstalled, installed: unassigned, place: place{priceWay: merchantPrice},
	}
	if _, err := s.home(h.id); err == nil {
		return nil, refuse(duplicate, "home %q exists", h.id)
	}
	s.homes = append(s.homes, h)
	return object{"home_id": h.id}, nil
}

// updateHome is POST update_home, §5.2.
func (s *Server) updateHome(f fields) (object, error) {
	if f.has("sp_state") && !f.is("sp_state", notInstalled, manageable) {
		return nil, refuse(badParameter, "sp_state must be 1 or 2")
	}
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	if f.has("sp_state") {
		h.state = f.whole("sp_state")
	}
	if f.has("location") {
		h.location = f.text("location")
	}
	if f.has("home_name") {
		h.name = f.text("home_name")
	}
	if f.has("description") {
		h.note = f.text("description")
	}
	return nil, nil
}

// deleteHome is POST del_home, §5.3. The document names no callback for it; the devices' own
// deviceUninstall events come when it is done.
func (s *Server) deleteHome(f fields) (object, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	s.work(func() {
		for _, d := range slices.Clone(s.devices) {
			if d.home == h {
				s.uninstall(d)
			}
		}
		s.homes = slices.DeleteFunc(s.homes, func(other *home) bool { return other == h })
	})
	return object{"serviceid": s.serviceID()}, nil
}

// findHomeDevice is find_home_device, §5.4.
func (s *Server) findHomeDevice(f fields) (object, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	return object{"result": s.deviceList(h)}, nil
}

// findHomeDevices is find_home_devices, §5.5. Homes that are not there have no devices.
func (s *Server) findHomeDevices(f fields) (object, error) {
	result := object{}
	for _, id := range f.texts("home_id") {
		result[id] = []object{}
		if h, err := s.home(id); err == nil {
			result[id] = s.deviceList(h)
		}
	}
	return object{"result": result}, nil
}

func (s *Server) deviceList(h *home) []object {
	return sim.Each(s.devicesIn(h), func(d *device) object {
		return object{"type": d.listType(), "sn": d.sn, "uuid": d.uuid, "room_id": d.placeID()}
	})
}

// findHomeState is find_home_state, in the change log of V1.5 only.
func (s *Server) findHomeState(f fields) (object, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	return object{"result": h.states()}, nil
}

// findHomeStates is find_home_states, in the change log of V1.5 only.
func (s *Server) findHomeStates(f fields) (object, error) {
	result := object{}
	for _, id := range f.texts("home_id") {
		if h, err := s.home(id); err == nil {
			result[id] = h.states()
		}
	}
	return object{"result": result}, nil
}

func (h *home) states() object { return object{"sp_state": h.state, "install_state": h.installed} }

// addRoom is POST add_room, §5.6.
func (s *Server) addRoom(f fields) (object, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	if err := s.putRooms(h, f); err != nil {
		return nil, err
	}
	return object{"room_id": f.text("room_id")}, nil
}

// addRooms is POST add_rooms, §5.7: all of them or none. Its room_id is a single text, whatever
// that means for several rooms.
func (s *Server) addRooms(f fields) (object, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	rooms := f.inners("rooms")
	if len(rooms) == 0 {
		return nil, refuse(badParameter, "rooms is empty")
	}
	if err := s.putRooms(h, rooms...); err != nil {
		return nil, err
	}
	return object{"room_id": rooms[0].text("room_id")}, nil
}

func (s *Server) putRooms(h *home, rooms ...fields) error {
	added := map[string]bool{}
	for _, f := range rooms {
		id := f.text("room_id")
		if _, err := s.room(id); err == nil || added[id] {
			return refuse(duplicate, "room %q exists", id)
		}
		added[id] = true
	}
	for _, f := range rooms {
		h.rooms = append(h.rooms, &room{
			home: h, id: f.text("room_id"), name: f.text("room_name"), note: f.text("room_description"),
			state:     cmp.Or(f.whole("sp_state"), notInstalled),
			installed: cmp.Or(f.whole("install_state"), unassigned),
			place:     place{priceWay: merchantPrice},
		})
	}
	return nil
}

// updateRoom is POST update_room, §5.8.
func (s *Server) updateRoom(f fields) (object, error) {
	if _, err := s.home(f.text("home_id")); err != nil {
		return nil, err
	}
	r, err := s.roomOf(f.text("home_id"), f.text("room_id"))
	if err != nil {
		return nil, err
	}
	r.name = f.text("room_name")
	if f.has("room_description") {
		r.note = f.text("room_description")
	}
	return nil, nil
}

// deleteRoom is POST del_room, §5.9.
func (s *Server) deleteRoom(f fields) (object, error) {
	r, err := s.roomOf(f.text("home_id"), f.text("room_id"))
	if err != nil {
		return nil, err
	}
	for _, d := range slices.Clone(s.devices) {
		if d.room == r {
			s.uninstall(d)
		}
	}
	r.home.rooms = slices.DeleteFunc(r.home.rooms, func(other *room) bool { return other == r })
	return nil, nil
}

// getHomeInfo is GET get_home_info, §5.10.
func (s *Server) getHomeInfo(f fields) (object, error) {
	if id := f.text("home_id"); id != "" {
		h, err := s.home(id)
		if err != nil {
			return nil, err
		}
		return object{"result": s.homeInfo(h)}, nil
	}
	if f.text("uuid") == "" {
		return nil, refuse(badParameter, "home_id or uuid is required")
	}
	d, err := s.device(f.text("uuid"))
	if err != nil {
		return nil, err
	}
	if d.water != nil && !strings.EqualFold(f.text("manufactory"), d.water.maker) {
		return nil, refuse(badParameter, "manufactory is required to find a water meter")
	}
	return object{"result": s.homeInfo(d.home)}, nil
}

// searchHomeInfo is GET search_home_info, §5.11.
func (s *Server) searchHomeInfo(f fields) (object, error) {
	found, err := page(s.search(f), f, 50)
	if err != nil {
		return nil, err
	}
	return object{"home_list": sim.Each(found, s.homeInfo)}, nil
}

// countHomeInfo is GET count_home_info, §5.12.
func (s *Server) countHomeInfo(f fields) (object, error) {
	return object{"count": len(s.search(f))}, nil
}

func (s *Server) search(f fields) []*home {
	return sim.Keep(s.homes, func(h *home) bool {
		return strings.Contains(h.name, f.text("home_name")) &&
			strings.Contains(h.city, f.text("city")) &&
			strings.Contains(h.zone, f.text("zone")) &&
			strings.Contains(h.estate, f.text("block")) &&
			strings.Contains(h.location, f.text("location"))
	})
}

func (s *Server) homeInfo(h *home) object {
	rooms := sim.Each(h.rooms, func(r *room) object {
		return object{"room_id": r.id, "room_name": r.name, "description": r.note,
			"sp_state": r.state, "install_state": r.installed}
	})
	devices := sim.Each(s.devicesIn(h), func(d *device) object {
		o := object{"sn": d.sn, "uuid": d.uuid, "type": d.kind, "description": nil, "room_id": d.placeID(),
			"center_uuid": d.viaID(), "is_out": d.kind == doorLockKind && d.room == nil, "onoff": d.onoff()}
		if d.nick != "" {
			o["description"] = d.nick
		}
		if d.water != nil {
			o["manufactory"] = d.water.maker
		}
		return o
	})
	return object{
		"user_id": userID, "home_id": h.id, "home_name": h.name, "home_type": h.kind, "description": h.note,
		"country": h.country, "province": h.province, "city": h.city, "zone": h.zone,
		"location": h.location, "block": h.estate, "rooms": rooms, "devices": devices,
	}
}

// AddHome adds a home and returns its id.
func (s *Server) AddHome(name string) lock.HomeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.HomeID(s.newHome(name).id)
}

func (s *Server) newHome(name string) *home {
	h := &home{
		id: s.sim.Random.Hex(24), name: name, kind: 1,
		country: "中国", province: "北京市", city: "北京市", zone: "昌平区",
		location: fmt.Sprintf("西环里小区27号楼%d室", 101+len(s.homes)), estate: "西环里小区",
		state: manageable, installed: installed, place: place{priceWay: merchantPrice},
	}
	s.homes = append(s.homes, h)
	return h
}

// AddRoom adds a room to a home and returns its id. It panics if there is no such home.
func (s *Server) AddRoom(in lock.HomeID, name string) lock.RoomID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.RoomID(s.newRoom(must(s.home(string(in))), name).id)
}

func (s *Server) newRoom(h *home, name string) *room {
	r := &room{home: h, id: s.sim.Random.Hex(24), name: name, state: manageable, installed: installed, place: place{priceWay: merchantPrice}}
	h.rooms = append(h.rooms, r)
	return r
}

// must is for the methods a test calls: a device, home or ticket that is not there is a mistake in
// the test.
func must[T any](v T, err error) T {
	if err != nil {
		panic("dingdingtest: " + err.Error())
	}
	return v
}
