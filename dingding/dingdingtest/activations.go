package dingdingtest

import (
	"time"
)

// activation is an activation code that was issued; typed at the lock it makes a key.
type activation struct {
	key         // the password it brings; valid from the moment it was issued
	code string // what has to be typed first
}

// addActivationCode is POST add_password_without_center, §6.14.
func (s *Server) addActivationCode(f fields) (object, error) {
	if !f.is("CMD", 1, 2, 3) {
		return nil, refuse(badParameter, "CMD must be 1, 2 or 3")
	}
	if err := s.checkActivation(f, f.is("CMD", 3)); err != nil {
		return nil, err
	}
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	id := activeAdmin
	switch f.whole("CMD") {
	case 1:
		id = d.door.oldest(tenantFirst, tenantLast)
	case 2:
		id = d.door.oldest(staffFirst, staffLast)
	}
	s.note(d, "20011", f.text("name"), f)
	d.door.records[id] = &record{id: id, operation: opAdd}
	return s.issue(d, d.door.records[id], f), nil
}

// updateActivationCode is POST update_password_without_center, §6.15.
func (s *Server) updateActivationCode(f fields) (object, error) {
	id := int(f.whole("password_id"))
	if err := s.checkActivation(f, id == activeAdmin); err != nil {
		return nil, err
	}
	d, r, err := s.passwordAt(f)
	if err != nil {
		return nil, err
	}
	if id < activeAdmin {
		return nil, refuse(badParameter, "password %d is not of an activation code", id)
	}
	s.note(d, "20012", f.text("name"), f)
	r.operation = opUpdate
	return s.issue(d, r, f), nil
}

// checkActivation checks phone and end. The end must lie after the hour after next, as §6.15 and
// the example of §6.14 have it; the text of §6.14 says the next hour.
func (s *Server) checkActivation(f fields, admin bool) error {
	if f.phone() == "" {
		return refuse(badParameter, "phonenumber is required")
	}
	if admin {
		return nil
	}
	if !f.has("permission_end") {
		return refuse(badParameter, "permission_end is required")
	}
	if f.seconds("permission_end").Before(s.now().Truncate(time.Hour).Add(2 * time.Hour)) {
		return refuse(badParameter, "permission_end must not lie before the hour after next")
	}
	return nil
}

// issue makes a new code and password for r and waits for somebody to type the code.
func (s *Server) issue(d *device, r *record, f fields) object {
	k := key{code: s.sim.Random.Digits(6), begin: s.now(), end: f.seconds("permission_end")}
	for d.door.similar(r.id, k.code) {
		k.code = s.sim.Random.Digits(6)
	}
	if r.id == activeAdmin {
		k.begin, k.end = time.Time{}, time.Time{}
	}
	a := &activation{key: k, code: s.sim.Random.Digits(12)}
	d.door.activations[r.id] = a
	r.key, r.applied, r.made = k, false, s.now()
	r.name, r.phone, r.stage = f.text("name"), f.phone(), stageDone
	r.turn++
	return object{"id": r.id, "password": k.code, "code": a.code}
}

// oldest is the first free id of a range, else the one that was issued first.
func (l *doorLock) oldest(first, last int) int {
	oldest := first
	for id := first; id <= last; id++ {
		r := l.records[id]
		if r == nil {
			return id
		}
		if r.made.Before(l.records[oldest].made) {
			oldest = id
		}
	}
	return oldest
}
