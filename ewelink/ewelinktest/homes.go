package ewelinktest

import (
	"slices"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// home is what the vendor calls a family.
type home struct {
	id, name string
	index    int
	owner    *user
	rooms    []*room
}

type room struct {
	id, name string
	index    int
}

// mostRooms is how many rooms a home may have; mostHomes, how many homes an account, is not published.
const (
	mostRooms = 100
	mostHomes = 100
)

// MainHome is the current home of the server's account.
func (s *Server) MainHome() lock.HomeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.HomeID(must(s.userOf(s.Account)).current.id)
}

// AddHome adds a home of the server's account.
func (s *Server) AddHome(name string) lock.HomeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.HomeID(s.newHome(must(s.userOf(s.Account)), name, 2).id)
}

// AddRoom adds a room to a home.
func (s *Server) AddRoom(id lock.HomeID, name string) lock.RoomID {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		if h, err := u.home(string(id)); err == nil {
			return lock.RoomID(s.newRoom(h, name, 2).id)
		}
	}
	return must(lock.RoomID(""), notFound("family"))
}

// Place puts a device of the server's account into a home, and into a room of it unless that is "".
func (s *Server) Place(id lock.DeviceID, in lock.HomeID, r lock.RoomID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := must(s.userOf(s.Account))
	h := must(u.home(string(in)))
	p := must(s.place(must(s.device(string(id))), u))
	if p.home != h {
		p.index = s.nextIndex(u, h, 2)
	}
	p.home, p.room = h, nil
	if r != "" {
		p.room = must(h.room(string(r)))
	}
}

func (s *Server) newHome(u *user, name string, sort int) *home {
	h := &home{id: s.sim.Random.Hex(24), name: name, owner: u}
	var taken []int
	for _, other := range u.homes {
		taken = append(taken, other.index)
	}
	h.index = next(taken, sort)
	u.homes = append(u.homes, h)
	return h
}

func (s *Server) newRoom(h *home, name string, sort int) *room {
	r := &room{id: s.sim.Random.Hex(24), name: name}
	var taken []int
	for _, other := range h.rooms {
		taken = append(taken, other.index)
	}
	r.index = next(taken, sort)
	h.rooms = append(h.rooms, r)
	return r
}

// next is a place before all that are taken, or after them.
func next(taken []int, sort int) int {
	switch {
	case len(taken) == 0:
		return 0
	case sort == 2:
		return slices.Max(taken) + 1
	}
	return slices.Min(taken) - 1
}

// home finds a home of a user; "" is the current one.
func (u *user) home(id string) (*home, error) {
	if id == "" {
		return u.current, nil
	}
	for _, h := range u.homes {
		if h.id == id {
			return h, nil
		}
	}
	return nil, notFound("family")
}

func (h *home) room(id string) (*room, error) {
	for _, r := range h.rooms {
		if r.id == id {
			return r, nil
		}
	}
	return nil, notFound("room")
}

// room finds a room in any home of a user.
func (u *user) room(id string) (*home, *room, error) {
	for _, h := range u.homes {
		if r, err := h.room(id); err == nil {
			return h, r, nil
		}
	}
	return nil, nil, notFound("room")
}

func (r *room) info() object { return object{"id": r.id, "name": r.name, "index": r.index} }

// info is a home with its rooms, in their order; a home without rooms has no list of them.
func (h *home) info() object {
	o := object{"id": h.id, "name": h.name, "index": h.index}
	if len(h.rooms) > 0 {
		rooms := slices.SortedFunc(slices.Values(h.rooms), func(a, b *room) int { return a.index - b.index })
		o["roomList"] = sim.Each(rooms, (*room).info)
	}
	return o
}

func (u *user) families() object {
	homes := slices.SortedFunc(slices.Values(u.homes), func(a, b *home) int { return a.index - b.index })
	return object{"currentFamilyId": u.current.id, "familyList": sim.Each(homes, func(h *home) object {
		o := h.info()
		o["apikey"], o["familyType"] = u.apikey, 1
		return o
	})}
}

// listHomes is GET /v2/family.
func (s *Server) listHomes(who call, _ fields) (any, error) { return who.user.families(), nil }

func sortOrder(f fields) (int, error) {
	sort := f.wholeOr("sort", 1)
	if sort != 1 && sort != 2 {
		return 0, badParameter("sort is 1 or 2")
	}
	return sort, nil
}

// createHome is POST /v2/family.
func (s *Server) createHome(who call, f fields) (any, error) {
	sort, err := sortOrder(f)
	if err != nil {
		return nil, err
	}
	if len(who.user.homes) >= mostHomes || len(f.texts("roomNameList")) > mostRooms {
		return nil, refuse(20002, "too many families or rooms")
	}
	h := s.newHome(who.user, f.text("name"), sort)
	for _, name := range f.texts("roomNameList") {
		s.newRoom(h, name, 2)
	}
	return h.info(), nil
}

// createRoom is POST /v2/family/room.
func (s *Server) createRoom(who call, f fields) (any, error) {
	sort, err := sortOrder(f)
	if err != nil {
		return nil, err
	}
	h, err := who.user.home(f.text("familyid"))
	if err != nil {
		return nil, err
	}
	if len(h.rooms) >= mostRooms {
		return nil, refuse(20002, "too many families or rooms")
	}
	return s.newRoom(h, f.text("name"), sort).info(), nil
}

// renameHome is PUT /v2/family.
func (s *Server) renameHome(who call, f fields) (any, error) {
	h, err := who.user.home(f.text("id"))
	if err != nil {
		return nil, err
	}
	h.name = f.text("name")
	return nil, nil
}

// renameRoom is PUT /v2/family/room.
func (s *Server) renameRoom(who call, f fields) (any, error) {
	_, r, err := who.user.room(f.text("id"))
	if err != nil {
		return nil, err
	}
	r.name = f.text("name")
	return nil, nil
}

// sortRooms is POST /v2/family/room/index, which wants all rooms of the home.
func (s *Server) sortRooms(who call, f fields) (any, error) {
	h, err := who.user.home(f.text("familyid"))
	if err != nil {
		return nil, err
	}
	ids := f.texts("idList")
	if !sameSet(ids, h.rooms, func(r *room) string { return r.id }) {
		return nil, badParameter("idList is not the rooms of the family")
	}
	for _, r := range h.rooms {
		r.index = slices.Index(ids, r.id)
	}
	return nil, nil
}

// sameSet reports whether ids are those of a list, each once.
func sameSet[T any](ids []string, list []T, id func(T) string) bool {
	if len(ids) != len(list) {
		return false
	}
	for _, v := range list {
		if !slices.Contains(ids, id(v)) {
			return false
		}
	}
	return true
}

// deleteHome is DELETE /v2/family. What stood in the home moves to another.
func (s *Server) deleteHome(who call, f fields) (any, error) {
	u := who.user
	gone, err := u.home(f.text("id"))
	if err != nil {
		return nil, err
	}
	if len(u.homes) == 1 {
		return nil, refuse(20003, "the only family cannot be deleted")
	}
	to, err := u.home(f.text("deviceFamily"))
	if err != nil {
		return nil, err
	}
	current, err := u.home(f.text("switchFamily"))
	if err != nil {
		return nil, err
	}
	if to == gone || current == gone {
		return nil, badParameter("deviceFamily and switchFamily stay")
	}
	for _, t := range s.thingsIn(u, gone) {
		t.place.index = s.nextIndex(u, to, 2)
		t.place.home, t.place.room = to, nil
	}
	u.homes = sim.Keep(u.homes, func(h *home) bool { return h != gone })
	u.current = current
	return nil, nil
}

// deleteRoom is DELETE /v2/family/room. What stood in it stays in the home.
func (s *Server) deleteRoom(who call, f fields) (any, error) {
	h, gone, err := who.user.room(f.text("id"))
	if err != nil {
		return nil, err
	}
	for _, t := range s.thingsIn(who.user, h) {
		if t.place.room == gone {
			t.place.room = nil
		}
	}
	h.rooms = sim.Keep(h.rooms, func(r *room) bool { return r != gone })
	return nil, nil
}

// sortThings is POST /v2/family/thing/sort, which wants everything in the home.
func (s *Server) sortThings(who call, f fields) (any, error) {
	h, err := who.user.home(f.text("familyid"))
	if err != nil {
		return nil, err
	}
	things := s.thingsIn(who.user, h)
	var ids []string
	for _, item := range f.inners("thingList") {
		ids = append(ids, item.text("id"))
	}
	if !sameSet(ids, things, func(t thing) string { return t.id() }) {
		return nil, badParameter("thingList is not what is in the family")
	}
	for _, t := range things {
		t.place.index = slices.Index(ids, t.id())
	}
	return nil, nil
}

// setRoomThings is POST /v2/family/room/thing: what was in the room and what is to be.
func (s *Server) setRoomThings(who call, f fields) (any, error) {
	h, r, err := who.user.room(f.text("roomid"))
	if err != nil {
		return nil, err
	}
	things := s.thingsIn(who.user, h)
	find := func(item fields) (thing, error) {
		for _, t := range things {
			if t.id() == item.text("id") && t.itemType() == item.whole("itemType") {
				return t, nil
			}
		}
		return thing{}, notFound("thing")
	}
	var before, after []*place
	for _, item := range f.inners("oldThingList") {
		t, err := find(item)
		if err != nil {
			return nil, err
		}
		if t.place.room != r {
			return nil, badParameter("oldThingList has what is not in the room")
		}
		before = append(before, t.place)
	}
	for _, item := range f.inners("newThingList") {
		t, err := find(item)
		if err != nil {
			return nil, err
		}
		after = append(after, t.place)
	}
	for _, p := range before {
		p.room = nil
	}
	for _, p := range after {
		p.room = r
	}
	return nil, nil
}

// setCurrentHome is POST /v2/family/current.
func (s *Server) setCurrentHome(who call, f fields) (any, error) {
	h, err := who.user.home(f.text("id"))
	if err != nil {
		return nil, err
	}
	who.user.current = h
	return nil, nil
}
