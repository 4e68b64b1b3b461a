package tuyatest

import (
	"slices"
	"strconv"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// home is a user's.
type home struct {
	number    int64
	owner     *user
	name, geo string
	lon, lat  any
	rooms     []*room
}

type room struct {
	number int64
	name   string
}

func (s *Server) newHome(u *user, name string) *home {
	h := &home{number: s.number(), owner: u, name: name, geo: "杭州", lon: 120.06, lat: 30.30}
	s.homes = append(s.homes, h)
	return h
}

func (s *Server) newRoom(in *home, name string) *room {
	r := &room{s.number(), name}
	in.rooms = append(in.rooms, r)
	return r
}

// key is the id of a home as text; the owner_id of its devices.
func (h *home) key() string { return strconv.FormatInt(h.number, 10) }

// MainHome returns the first home of the user UID.
func (s *Server) MainHome() lock.HomeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.HomeID(s.mainHome().key())
}

// mainHome is that home. A user who has none gets one.
func (s *Server) mainHome() *home {
	u := must(s.user(s.UID))
	if homes := s.homesOf(u); len(homes) > 0 {
		return homes[0]
	}
	return s.newHome(u, "我的家")
}

// AddHome adds a home of the user UID.
func (s *Server) AddHome(name string) lock.HomeID { return s.AddHomeOf(s.UID, name) }

// AddHomeOf adds a home of a user.
func (s *Server) AddHomeOf(uid, name string) lock.HomeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.HomeID(s.newHome(must(s.user(uid)), name).key())
}

// AddRoom adds a room to a home.
func (s *Server) AddRoom(in lock.HomeID, name string) lock.RoomID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.RoomID(strconv.FormatInt(s.newRoom(must(s.homeNamed(in)), name).number, 10))
}

func (s *Server) homesOf(u *user) []*home {
	return sim.Keep(s.homes, func(h *home) bool { return h.owner == u })
}

func (s *Server) homeNamed(id lock.HomeID) (*home, error) { return s.home(string(id)) }

func (s *Server) home(id string) (*home, error) {
	for _, h := range s.homes {
		if h.key() == id {
			return h, nil
		}
	}
	return nil, refuse(homeMissing, "home does not exist")
}

func (h *home) roomNamed(id string) (*room, error) {
	for _, r := range h.rooms {
		if strconv.FormatInt(r.number, 10) == id {
			return r, nil
		}
	}
	return nil, refuse(roomMissing, "room does not exist")
}

// idOf is an id on the wire: a number, or text in the other shape.
func (s *Server) idOf(n int64) any {
	if s.opts.otherShapes {
		return strconv.FormatInt(n, 10)
	}
	return n
}

func (s *Server) homeInfo(h *home) object {
	return object{"home_id": s.idOf(h.number), "name": h.name, "geo_name": h.geo, "lon": h.lon, "lat": h.lat, "role": "OWNER"}
}

func (s *Server) roomInfo(r *room) object {
	return object{"room_id": s.idOf(r.number), "name": r.name}
}

// userHomes is GET /v1.0/users/{uid}/homes.
func (s *Server) userHomes(f fields) (any, error) {
	u, err := s.user(f.text("uid"))
	if err != nil {
		return nil, err
	}
	return sim.Each(s.homesOf(u), s.homeInfo), nil
}

func (u *user) wire() object {
	return object{
		"uid": u.uid, "username": u.contact, "nick_name": u.name, "avatar": u.avatar, "country_code": "86", "mobile": u.contact,
		"email": "", "create_time": sec(u.made), "update_time": sec(u.made), "time_zone_id": "Asia/Shanghai",
	}
}

// userInfo is GET /v1.0/users/{uid}/infos.
func (s *Server) userInfo(f fields) (any, error) {
	u, err := s.user(f.text("uid"))
	if err != nil {
		return nil, err
	}
	return u.wire(), nil
}

// appUsers is GET /v2.0/apps/{schema}/users. Every schema has the same users. The pages name the list
// nowhere; it is list here.
func (s *Server) appUsers(f fields) (any, error) {
	from, until := f.seconds("start_time"), f.seconds("end_time")
	found := sim.Keep(s.users, func(u *user) bool { return !u.made.Before(from) && (until.IsZero() || !u.made.After(until)) })
	part, pages, err := cut(found, f)
	if err != nil {
		return nil, err
	}
	return object{"total": len(found), "has_more": f.whole("page_no") < pages, "list": sim.Each(part, (*user).wire)}, nil
}

// coordinate reads lon or lat, which come as numbers and as text.
func coordinate(v any) any {
	switch v := v.(type) {
	case float64:
		return v
	case string:
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			return n
		}
	}
	return nil
}

func (h *home) describe(f fields) {
	if f.has("name") {
		h.name = f.text("name")
	}
	if f.has("geo_name") {
		h.geo = f.text("geo_name")
	}
	if v := coordinate(f["lon"]); v != nil {
		h.lon = v
	}
	if v := coordinate(f["lat"]); v != nil {
		h.lat = v
	}
}

// createHome is POST /v1.0/home/create-home. It answers with the home's id.
func (s *Server) createHome(f fields) (any, error) {
	u, err := s.user(f.text("uid"))
	if err != nil {
		return nil, err
	}
	h := s.newHome(u, "")
	h.geo, h.lon, h.lat = "", 0.0, 0.0
	h.describe(f.inner("home"))
	for _, name := range f.texts("rooms") {
		s.newRoom(h, name)
	}
	return s.idOf(h.number), nil
}

// getHome is GET /v1.0/homes/{home_id}.
func (s *Server) getHome(f fields) (any, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	return s.homeInfo(h), nil
}

// changeHome is PUT /v1.0/homes/{home_id}.
func (s *Server) changeHome(f fields) (any, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	h.describe(f)
	return true, nil
}

// deleteHome is DELETE /v1.0/homes/{home_id}. Its devices are nobody's then.
func (s *Server) deleteHome(f fields) (any, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	s.homes = slices.DeleteFunc(s.homes, func(other *home) bool { return other == h })
	s.devices = slices.DeleteFunc(s.devices, func(d *device) bool { return d.home == h })
	return true, nil
}

// homeDevices is GET /v1.0/homes/{home_id}/devices.
func (s *Server) homeDevices(f fields) (any, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	return sim.Each(sim.Keep(s.ours(), func(d *device) bool { return d.home == h }), (*device).wire), nil
}

// homeRooms is GET /v1.0/homes/{home_id}/rooms: the rooms, or in the other shape the home with its
// rooms.
func (s *Server) homeRooms(f fields) (any, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	rooms := sim.Each(h.rooms, s.roomInfo)
	if !s.opts.otherShapes {
		return rooms, nil
	}
	o := s.homeInfo(h)
	o["rooms"] = rooms
	return o, nil
}

// addRoom is POST /v1.0/homes/{home_id}/room. It answers with the room's id.
func (s *Server) addRoom(f fields) (any, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	return s.idOf(s.newRoom(h, f.text("name")).number), nil
}

func (s *Server) roomAt(f fields) (*home, *room, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, nil, err
	}
	r, err := h.roomNamed(f.text("room_id"))
	return h, r, err
}

// renameRoom is PUT /v1.0/homes/{home_id}/rooms/{room_id}.
func (s *Server) renameRoom(f fields) (any, error) {
	_, r, err := s.roomAt(f)
	if err != nil {
		return nil, err
	}
	r.name = f.text("name")
	return true, nil
}

// deleteRoom is DELETE /v1.0/homes/{home_id}/rooms/{room_id}. Its devices stay in the home.
func (s *Server) deleteRoom(f fields) (any, error) {
	h, r, err := s.roomAt(f)
	if err != nil {
		return nil, err
	}
	h.rooms = slices.DeleteFunc(h.rooms, func(other *room) bool { return other == r })
	for _, d := range s.devices {
		if d.room == r {
			d.room = nil
		}
	}
	return true, nil
}

// roomDevices is GET /v1.0/homes/{home_id}/rooms/{room_id}/devices.
func (s *Server) roomDevices(f fields) (any, error) {
	_, r, err := s.roomAt(f)
	if err != nil {
		return nil, err
	}
	return sim.Each(sim.Keep(s.ours(), func(d *device) bool { return d.room == r }), (*device).wire), nil
}
