package lock

import "slices"

// How the values of a member look in the fleet: every id has the member's name in front of it.

// out is a local id as the fleet has it; nothing stays nothing.
func out[ID ~string](m *member, local ID) ID {
	if local == "" {
		return ""
	}
	return MemberID(m.Name, local)
}

func (m *member) out(local string) string { return out(m, local) }

func (m *member) person(p Person) Person {
	p.ID = m.out(p.ID)
	return p
}

func (m *member) home(h Home) Home {
	h.ID = out(m, h.ID)
	h.Rooms = m.rooms(h.Rooms)
	return h
}

func (m *member) rooms(rooms []Room) []Room {
	rooms = slices.Clone(rooms)
	for i := range rooms {
		rooms[i].ID = out(m, rooms[i].ID)
	}
	return rooms
}

func (m *member) device(d Device) Device {
	d.ID, d.Home, d.Room, d.Gateway = out(m, d.ID), out(m, d.Home), out(m, d.Room), out(m, d.Gateway)
	return d
}

func (m *member) lock(l Lock) Lock {
	l.ID, l.Home, l.Room, l.Gateway = out(m, l.ID), out(m, l.Home), out(m, l.Room), out(m, l.Gateway)
	return l
}

func (m *member) key(k Key) Key {
	k.ID, k.Device, k.Holder = out(m, k.ID), out(m, k.Device), m.person(k.Holder)
	return k
}

func (m *member) password(p Password) Password {
	p.ID, p.Device, p.Holder = out(m, p.ID), out(m, p.Device), m.person(p.Holder)
	return p
}

func (m *member) meter(v Meter) Meter {
	v.ID, v.Home, v.Room, v.Gateway = out(m, v.ID), out(m, v.Home), out(m, v.Room), out(m, v.Gateway)
	return v
}

func (m *member) reading(r Reading) Reading {
	r.Device = out(m, r.Device)
	return r
}

func (m *member) consumption(c Consumption) Consumption {
	c.Device = out(m, c.Device)
	return c
}

func (m *member) receipt(r Receipt) Receipt {
	r.Device = out(m, r.Device)
	return r
}

func (m *member) event(e Event) Event {
	e.ID, e.Home, e.Room, e.Device = m.out(e.ID), out(m, e.Home), out(m, e.Room), out(m, e.Device)
	e.Actor, e.Password, e.Key, e.Operation = m.person(e.Actor), out(m, e.Password), out(m, e.Key), m.out(e.Operation)
	switch d := e.Data.(type) {
	case Replacement:
		d.Old = out(m, d.Old)
		e.Data = d
	case Reading:
		e.Data = m.reading(d)
	case []Reading:
		d = slices.Clone(d)
		for i := range d {
			d[i] = m.reading(d[i])
		}
		e.Data = d
	case Receipt:
		e.Data = m.receipt(d)
	}
	return e
}

// someone is a person as the member knows them.
func (m *member) someone(op Op, p Person) (Person, error) {
	id, err := m.someoneID(op, p.ID)
	p.ID = id
	return p, err
}

// someoneID is the local id of a person. One that belongs to no member is the caller's own.
func (m *member) someoneID(op Op, id string) (string, error) {
	name, local, ok := SplitMemberID(id)
	switch {
	case !ok || m.fleet.byName[name] == nil:
		return id, nil
	case name != m.Name:
		return "", InvalidArgument(FleetVendor, op, "person %s is known to %s, and this is a matter of %s", id, name, m.Name)
	}
	return local, nil
}
