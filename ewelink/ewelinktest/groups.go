package ewelinktest

import (
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// group is several devices of one kind that are told the same.
type group struct {
	*place
	id, name string
	owner    *user
	main     *device
	members  []*device // main among them
	params   object
}

// mostGroups is how many an account may have; the number is not published.
const mostGroups = 100

func (g *group) info() object {
	return object{
		"id": g.id, "name": g.name, "mainDeviceId": g.main.id, "uiid": g.main.uiid,
		"family": g.place.info(), "params": maps.Clone(g.params),
	}
}

func (s *Server) group(u *user, id string) (*group, error) {
	for _, g := range s.groups {
		if g.id == id && g.owner == u {
			return g, nil
		}
	}
	return nil, notFound("group")
}

func checkName(name string) error {
	if utf8.RuneCountInString(name) > 50 {
		return badParameter("name has 50 characters at most")
	}
	return nil
}

// listGroups is GET /v2/device/group, of the current home.
func (s *Server) listGroups(who call, _ fields) (any, error) {
	found := sim.Keep(s.thingsIn(who.user, who.user.current), func(t thing) bool { return t.group != nil })
	return object{"groupList": sim.Each(found, func(t thing) object { return t.info(s) })}, nil
}

// createGroup is POST /v2/device/group. Devices of another kind than the main one are left out.
func (s *Server) createGroup(who call, f fields) (any, error) {
	if err := checkName(f.text("name")); err != nil {
		return nil, err
	}
	sort, err := sortOrder(f)
	if err != nil {
		return nil, err
	}
	main, err := s.visible(who.user, f.text("mainDeviceId"))
	if err != nil {
		return nil, err
	}
	if len(sim.Keep(s.groups, func(g *group) bool { return g.owner == who.user })) >= mostGroups {
		return nil, refuse(30009, "too many groups")
	}
	p, err := s.newPlace(who.user, f.text("familyid"), f.text("roomid"), sort)
	if err != nil {
		return nil, err
	}
	members, err := s.members(who.user, main, f.texts("deviceidList"))
	if err != nil {
		return nil, err
	}
	g := &group{place: p, id: s.sim.Random.Hex(24), name: f.text("name"), owner: who.user, main: main, members: members, params: maps.Clone(main.params)}
	s.groups = append(s.groups, g)
	return thing{g.place, who.user, nil, g}.info(s), nil
}

func (s *Server) members(u *user, main *device, ids []string) ([]*device, error) {
	members := []*device{main}
	for _, id := range ids {
		d, err := s.visible(u, id)
		if err != nil {
			return nil, err
		}
		if d.uiid == main.uiid && !slices.Contains(members, d) {
			members = append(members, d)
		}
	}
	return members, nil
}

// renameGroup is PUT /v2/device/group.
func (s *Server) renameGroup(who call, f fields) (any, error) {
	g, err := s.group(who.user, f.text("id"))
	if err != nil {
		return nil, err
	}
	if err := checkName(f.text("name")); err != nil {
		return nil, err
	}
	g.name = f.text("name")
	return nil, nil
}

// deleteGroup is DELETE /v2/device/group.
func (s *Server) deleteGroup(who call, f fields) (any, error) {
	gone, err := s.group(who.user, f.text("id"))
	if err != nil {
		return nil, err
	}
	s.groups = sim.Keep(s.groups, func(g *group) bool { return g != gone })
	return nil, nil
}

// storeGroupStatus is POST /v2/device/group/status: it stores and tells no device.
func (s *Server) storeGroupStatus(who call, f fields) (any, error) {
	g, err := s.group(who.user, f.text("id"))
	if err != nil {
		return nil, err
	}
	mergeParams(g.params, f.open("params"))
	return nil, nil
}

// setGroupDevices is POST /v2/device/group/update. The main device has to be among them.
func (s *Server) setGroupDevices(who call, f fields) (any, error) {
	g, err := s.group(who.user, f.text("id"))
	if err != nil {
		return nil, err
	}
	if !slices.Contains(f.texts("deviceidList"), g.main.id) {
		return nil, badParameter("deviceidList lacks the main device")
	}
	members, err := s.members(who.user, g.main, f.texts("deviceidList"))
	if err != nil {
		return nil, err
	}
	g.members = members
	return object{"updatedThingList": sim.Each(members, func(d *device) object { return s.asThing(d, who.user) })}, nil
}
