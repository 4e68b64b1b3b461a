package tuyatest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Types of user.
const (
	typeAdmin  = 10
	typeMember = 20
	typeNobody = 30 // on the lock alone, without an account
	typeOwner  = 50
)

// member is somebody whom a lock knows.
type member struct {
	number   int64
	account  *user // nil = has none
	nick     string
	contact  string
	kind     int
	lockID   int64
	sex      int64
	birthday int64 // as the caller gave it; likewise height and weight
	height   int64
	weight   int64
	told     validity // in the cloud
	applied  validity // in the lock
	removed  bool     // from the home, and still on the lock
}

// validity is when a member's methods open.
type validity struct {
	permanent          bool
	from, until        time.Time
	details            []detail
	operate, delivered string
}

type detail struct {
	weekly
	zoneName string
}

func (v validity) holds(at time.Time) bool {
	hours := make([]weekly, 0, len(v.details))
	for _, d := range v.details {
		hours = append(hours, d.weekly)
	}
	return (v.permanent || !at.Before(v.from) && at.Before(v.until)) && anyHolds(hours, at)
}

func (s *Server) newMember(d *device, account *user, nick string, kind int) *member {
	d.door.lockIDs++
	m := &member{
		number: s.number(), account: account, nick: nick, kind: kind, lockID: d.door.lockIDs, sex: 1,
		told: validity{permanent: true}, applied: validity{permanent: true},
	}
	if account != nil {
		m.contact = account.contact
	}
	d.door.members = append(d.door.members, m)
	return m
}

func (m *member) id() string { return strconv.FormatInt(m.number, 10) }

// AddMember makes somebody with an account a member of a lock's home and returns their user_id.
func (s *Server) AddMember(id lock.DeviceID, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newMember(s.lockNamed(id), s.newUser(name), name, typeMember).id()
}

// RemoveMember takes somebody out of the home. The lock has their methods until it is told otherwise.
func (s *Server) RemoveMember(id lock.DeviceID, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.lockNamed(id)
	d.door.remove(must(d.door.member(user)))
}

// remove makes a member an absent one, or forgets them if the lock has nothing of theirs.
func (door *doorLock) remove(m *member) {
	if slices.ContainsFunc(door.methods, func(k *method) bool { return k.owner == m }) {
		m.removed = true
		return
	}
	door.forget(m)
}

func (door *doorLock) forget(m *member) {
	door.members = slices.DeleteFunc(door.members, func(other *member) bool { return other == m })
}

// member finds one who has not been removed.
func (door *doorLock) member(id string) (*member, error) {
	for _, m := range door.members {
		if m.id() == id && !m.removed {
			return m, nil
		}
	}
	return nil, refuse(userMissing, "user does not exist")
}

func (s *Server) memberAt(f fields) (*device, *member, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, nil, err
	}
	m, err := d.door.member(f.text("user_id"))
	return d, m, err
}

func (door *doorLock) present() []*member {
	return sim.Keep(door.members, func(m *member) bool { return !m.removed })
}

// wire is a member as v1.1 has them. What is not known is absent.
func (m *member) wire(now time.Time) object {
	o := object{
		"user_id": m.id(), "nick_name": m.nick, "user_contact": m.contact, "user_type": m.kind, "lock_user_id": m.lockID,
		"back_home_notify_attr": 0, "effective_flag": flag(m.told.holds(now)), "time_schedule_info": m.told.wire(),
	}
	if m.account != nil {
		o["uid"], o["avatar_url"] = m.account.uid, m.account.avatar
	}
	return o
}

func flag(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (v validity) wire() object {
	o := object{"permanent": v.permanent}
	if !v.permanent {
		o["effective_time"], o["expired_time"] = sec(v.from), sec(v.until)
	}
	if v.operate != "" {
		o["operate"], o["delivery_status"] = v.operate, v.delivered
	}
	if len(v.details) > 0 {
		o["schedule_details"] = sim.Each(v.details, func(d detail) object {
			return object{
				"start_minute": d.start, "end_minute": d.end, "working_day": d.days, "all_day": d.allDay,
				"time_zone_id": cmp.Or(d.zoneName, "Asia/Shanghai"),
			}
		})
	}
	return o
}

// old is a member as v1.0 has them.
func (m *member) old(d *device) object {
	o := object{"device_id": d.id, "user_id": m.id(), "nick_name": m.nick, "sex": m.sex, "contact": m.contact}
	for name, value := range map[string]int64{"birthday": m.birthday, "height": m.height, "weight": m.weight} {
		if value != 0 {
			o[name] = value
		}
	}
	return o
}

// listUsers is A1. Its page names Wi-Fi locks alone.
func (s *Server) listUsers(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	if d.door.family != wifi {
		return nil, refuse(lockUnsupported, "this lock type is not supported")
	}
	return page(d.door.present(), f, func(m *member) object {
		o, details := m.wire(s.now()), []object{}
		for _, code := range f.list("codes") {
			owned := sim.Keep(d.door.methods, func(k *method) bool { return k.owner == m && k.is(code) })
			if len(owned) > 0 {
				details = append(details, object{"dp_code": code, "count": len(owned), "unlock_list": sim.Each(owned, (*method).short)})
			}
		}
		o["unlock_detail"] = details
		return o
	})
}

// setSchedule is A2. The lock goes by it when it has heard of it.
func (s *Server) setSchedule(f fields) (any, error) {
	d, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	if m.kind == typeOwner {
		return nil, refuse(illegalOperation, "the owner is always valid")
	}
	v := validity{permanent: f.truth("permanent"), operate: "MODIFY", delivered: "ONGOING"}
	if !v.permanent {
		if !f.has("effective_time") || !f.has("expired_time") {
			return nil, refuse(parameterEmpty, "effective_time and expired_time are empty")
		}
		v.from, v.until = f.seconds("effective_time"), f.seconds("expired_time")
		if !v.from.Before(v.until) || v.until.Unix() >= 1e11 {
			return nil, refuse(outOfRange, "expired_time is later than effective_time, both in seconds")
		}
	}
	for _, item := range f.inners("schedule_details") {
		at, err := zone(item.text("time_zone_id"))
		if err != nil {
			return nil, err
		}
		w := weekly{item.whole("start_minute"), item.whole("end_minute"), item.whole("working_day"), item.truth("all_day"), at}
		if !w.valid() {
			return nil, refuse(outOfRange, "a schedule has minutes of a day and days of a week")
		}
		v.details = append(v.details, detail{w, item.text("time_zone_id")})
	}
	m.told = v
	s.tell(d, func() {
		if verdict := d.door.verdict(); verdict != 0 {
			m.told.delivered = "FAILED"
			return
		}
		m.applied = v
		m.told.delivered = "SUCCESS"
	})
	return true, nil
}

// absentUsers is A4.
func (s *Server) absentUsers(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	absent := sim.Keep(d.door.members, func(m *member) bool { return m.removed })
	return sim.Each(absent, func(m *member) object {
		return object{"user_id": m.id(), "user_type": m.kind, "lock_user_id": m.lockID}
	}), nil
}

// deleteOnLock is A5: the lock erases what it has of these users, absent ones or not.
func (s *Server) deleteOnLock(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	var users []*member
	for _, id := range f.list("user_ids") {
		i := slices.IndexFunc(d.door.members, func(m *member) bool { return m.id() == id })
		if i < 0 {
			return nil, refuse(userMissing, "user does not exist")
		}
		users = append(users, d.door.members[i])
	}
	if !d.connected() {
		return nil, refuse(deviceOffline, "device is offline")
	}
	s.tell(d, func() {
		d.door.methods = slices.DeleteFunc(d.door.methods, func(k *method) bool { return slices.Contains(users, k.owner) })
		for _, m := range users {
			if m.removed {
				d.door.forget(m)
			}
		}
	})
	return true, nil
}

// describe takes over what a request tells of a member.
func (m *member) describe(f fields) error {
	if sex := f.whole("sex"); sex != 1 && sex != 2 {
		return refuse(outOfRange, "sex is 1 or 2")
	}
	m.nick, m.sex = f.text("nick_name"), f.whole("sex")
	for name, value := range map[string]*int64{"birthday": &m.birthday, "height": &m.height, "weight": &m.weight} {
		if f.has(name) {
			*value = f.whole(name)
		}
	}
	if f.has("contact") {
		m.contact = f.text("contact")
	}
	return nil
}

// addMember is A6.
func (s *Server) addMember(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	if err := new(member).describe(f); err != nil {
		return nil, err
	}
	m := s.newMember(d, nil, "", typeNobody)
	if err := m.describe(f); err != nil {
		return nil, err
	}
	if s.opts.otherShapes {
		return m.id(), nil
	}
	return object{"user_id": m.id()}, nil
}

// changeMember is A7.
func (s *Server) changeMember(f fields) (any, error) {
	_, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	if err := m.describe(f); err != nil {
		return nil, err
	}
	return s.done(), nil
}

// done is the result of what has none to speak of.
func (s *Server) done() any {
	if s.opts.otherShapes {
		return object{}
	}
	return true
}

// setRole is A8. It answers without a result.
func (s *Server) setRole(f fields) (any, error) {
	_, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	switch role := f.text("role"); {
	case m.kind == typeOwner:
		return nil, refuse(illegalOperation, "the owner stays the owner")
	case role == "admin":
		m.kind = typeAdmin
	case role == "normal" && m.account != nil:
		m.kind = typeMember
	case role == "normal":
		m.kind = typeNobody
	default:
		return nil, refuse(illegalParameter, "role is admin or normal")
	}
	return nothing{}, nil
}

// deleteMember is A9. The lock has their methods until A5.
func (s *Server) deleteMember(f fields) (any, error) {
	d, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	if m.kind == typeOwner {
		return nil, refuse(illegalOperation, "the owner stays")
	}
	d.door.remove(m)
	return s.done(), nil
}

// administrates reports whether a member is an administrator, or the owner.
func (m *member) administrates() bool { return m.kind == typeAdmin || m.kind == typeOwner }

// getMember is A10, which does not know administrators.
func (s *Server) getMember(f fields) (any, error) {
	d, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	if m.administrates() {
		return nil, refuse(userMissing, "user does not exist")
	}
	return m.old(d), nil
}

// getUser is A11. User 0 is the current one: the token's, who owns the lock.
func (s *Server) getUser(f fields) (any, error) {
	if f.text("user_id") != "0" {
		_, m, err := s.memberAt(f)
		if err != nil {
			return nil, err
		}
		return m.wire(s.now()), nil
	}
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	for _, m := range d.door.present() {
		if m.account != nil && m.account.uid == s.UID {
			return m.wire(s.now()), nil
		}
	}
	return nil, refuse(userMissing, "user does not exist")
}

// listMembers is A12.
func (s *Server) listMembers(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	return sim.Each(d.door.present(), func(m *member) object { return m.old(d) }), nil
}

// searchUsers is A13.
func (s *Server) searchUsers(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	role, keyword := f.text("role"), f.text("keyword")
	if role != "" && role != "admin" && role != "normal" {
		return nil, refuse(illegalParameter, "role is admin or normal")
	}
	found := sim.Keep(d.door.present(), func(m *member) bool {
		return (role == "" || role == "admin" == m.administrates()) && (strings.Contains(m.nick, keyword) || strings.Contains(m.contact, keyword))
	})
	return page(found, f, func(m *member) object { return m.wire(s.now()) })
}
