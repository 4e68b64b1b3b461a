package ewelinktest

import (
	"slices"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// place is where an account has a thing: an own device, one shared with it, or a group.
type place struct {
	home  *home
	room  *room // nil = not assigned
	index int   // in the home, may be negative
}

func (p *place) info() object {
	o := object{"familyid": p.home.id, "index": p.index}
	if p.room != nil {
		o["roomid"] = p.room.id
	}
	return o
}

// The types of a thing.
const (
	ownDevice    = 1
	sharedDevice = 2
	ownGroup     = 3
)

// thing is a device or a group as an account sees it.
type thing struct {
	*place
	user   *user
	device *device // nil = a group
	group  *group
}

func (t thing) id() string {
	if t.device != nil {
		return t.device.id
	}
	return t.group.id
}

func (t thing) itemType() int {
	switch {
	case t.device == nil:
		return ownGroup
	case t.device.owner == t.user:
		return ownDevice
	}
	return sharedDevice
}

func (t thing) info(s *Server) object {
	data := object(nil)
	if t.device != nil {
		data = s.deviceInfo(t.device, t.user, t.place)
	} else {
		data = t.group.info()
	}
	return object{"itemType": t.itemType(), "itemData": data, "index": t.index}
}

// things are all that an account sees, in the order of their index. Brands that are not licensed
// are among them.
func (s *Server) things(u *user) []thing {
	var things []thing
	for _, d := range s.devices {
		if p, err := s.place(d, u); err == nil {
			things = append(things, thing{p, u, d, nil})
		}
	}
	for _, g := range s.groups {
		if g.owner == u {
			things = append(things, thing{g.place, u, nil, g})
		}
	}
	slices.SortStableFunc(things, func(a, b thing) int { return a.index - b.index })
	return things
}

func (s *Server) thingsIn(u *user, h *home) []thing {
	return sim.Keep(s.things(u), func(t thing) bool { return t.home == h })
}

// nextIndex is the index of a new thing in a home: before the others, or after.
func (s *Server) nextIndex(u *user, h *home, sort int) int {
	var taken []int
	for _, t := range s.thingsIn(u, h) {
		taken = append(taken, t.index)
	}
	return next(taken, sort)
}

// newPlace is a place for a new thing; "" are the current home and no room.
func (s *Server) newPlace(u *user, homeID, roomID string, sort int) (*place, error) {
	h, err := u.home(homeID)
	if err != nil {
		return nil, err
	}
	p := &place{home: h, index: s.nextIndex(u, h, sort)}
	if roomID != "" {
		if p.room, err = h.room(roomID); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func licensed(t thing) bool { return t.device == nil || !t.device.foreign }

// HideThings has the next n thing lists come back empty, as the vendor's sometimes do.
func (s *Server) HideThings(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = n
}

// listThings is GET /v2/device/thing: what has an index above beginIndex. total counts brands that
// are not licensed for the app too.
func (s *Server) listThings(who call, f fields) (any, error) {
	h, err := who.user.home(f.text("familyid"))
	if err != nil {
		return nil, err
	}
	num, begin := f.wholeOr("num", 30), f.wholeOr("beginIndex", -9999999)
	if num < 0 {
		return nil, badParameter("num is 0 or more")
	}
	all := s.thingsIn(who.user, h)
	found := sim.Keep(all, func(t thing) bool { return licensed(t) && t.index > begin })
	if num > 0 {
		found = found[:min(num, len(found))]
	}
	if s.opts.listLimit && len(found) > 30 {
		return nil, refuse(500, "internal error")
	}
	if s.hidden > 0 {
		s.hidden--
		found = nil
	}
	return object{"thingList": sim.Each(found, func(t thing) object { return t.info(s) }), "total": len(all)}, nil
}

// getThings is POST /v2/device/thing. What is not there is left out.
func (s *Server) getThings(who call, f fields) (any, error) {
	items := f.inners("thingList")
	if len(items) < 1 || len(items) > 10 {
		return nil, badParameter("thingList has 1 to 10 items")
	}
	all := s.things(who.user)
	list := []object{}
	for _, item := range items {
		for _, t := range all {
			if t.id() == item.text("id") && licensed(t) && (!item.has("itemType") || item.whole("itemType") == t.itemType()) {
				list = append(list, t.info(s))
			}
		}
	}
	return object{"thingList": list}, nil
}

// homepage is POST /v2/homepage: whatever is asked for, of the current home.
func (s *Server) homepage(who call, f fields) (any, error) {
	page := object{}
	if f.has("getUser") {
		page["userInfo"] = who.user.ownInfo()
	}
	if f.has("getFamily") {
		page["familyInfo"] = who.user.families()
	}
	for name, part := range map[string]struct {
		answer string
		serve  func(call, fields) (any, error)
	}{"getThing": {"thingInfo", s.listThings}, "getMessage": {"messageInfo", s.readMessages}} {
		if !f.has(name) {
			continue
		}
		data, err := part.serve(who, f.inner(name))
		if err != nil {
			return nil, err
		}
		page[part.answer] = data
	}
	return page, nil
}
