package tuyatest

import (
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// password is a temporary password as the cloud knows it.
type password struct {
	id        int64
	terms     terms
	phase     int
	delivered int // Zigbee: what became of the last change
	gone      bool
	turn      int // counts changes: only the last one's outcome is shown
}

// terms are what a request says of a password.
type terms struct {
	name, phone, zone string
	single            bool
	from, until       time.Time
	hours             []weekly
	digits            string
}

// tempCode is a temporary password as the lock knows it.
type tempCode struct {
	terms
	frozen bool
}

func (c *tempCode) opens(at time.Time) bool {
	return !c.frozen && !at.Before(c.from) && at.Before(c.until) && anyHolds(c.hours, at)
}

// Phases. They mean different things to different families.
const (
	phaseNew        = 1 // to create, to send
	phaseUsable     = 2
	zigbeeFrozen    = 3
	zigbeeDeleted   = 4
	zigbeeFailed    = 5
	otherDeleted    = 0
	otherLeaving    = 3
	bluetoothFailed = 7
)

// What became of a change, as a Zigbee lock tells it.
const (
	deliveryRunning   = 1
	deliveryDone      = 2
	deliveryFailed    = 3
	deliveryDuplicate = 4
	deliveryFull      = 5
)

// mostPasswords is how many temporary passwords a lock has room for.
const mostPasswords = 99

// passwordInfo is a password as the cloud shows it, without its digits.
func (s *Server) passwordInfo(d *device, p *password) object {
	kind := 0
	if p.terms.single {
		kind = 1
	}
	o := object{
		"id": s.idOf(p.id), "name": p.terms.name, "phase": p.phase, "phone": p.terms.phone, "time_zone": p.terms.zone, "type": kind,
		"effective_time": sec(p.terms.from), "invalid_time": sec(p.terms.until),
		"schedule_list": sim.Each(p.terms.hours, func(w weekly) object {
			return object{"effective_time": w.start, "invalid_time": w.end, "working_day": w.days}
		}),
	}
	if d.door.family == zigbee {
		o["delivery_status"] = p.delivered
	}
	return o
}

// termsOf reads what a request says of a password.
func (s *Server) termsOf(d *device, f fields) (terms, error) {
	digits, err := s.open(d, f)
	if err != nil {
		return terms{}, err
	}
	t := terms{
		name: f.text("name"), phone: f.text("phone"), zone: f.text("time_zone"), single: f.whole("type") == 1,
		from: f.seconds("effective_time"), until: f.seconds("invalid_time"), digits: digits,
	}
	switch {
	case f.whole("type") < 0 || f.whole("type") > 1:
		return t, refuse(outOfRange, "type is 0 or 1")
	case !t.from.Before(t.until) || t.until.Unix() >= 1e11:
		return t, refuse(outOfRange, "invalid_time is later than effective_time, both in seconds")
	case !s.now().Before(t.until):
		return t, refuse(inThePast, "invalid_time is in the past")
	}
	hours := f.inners("schedule_list")
	if len(hours) > 0 && t.zone == "" {
		return t, refuse(parameterEmpty, "time_zone is empty")
	}
	at, err := zone(t.zone)
	if err != nil {
		return t, err
	}
	for _, h := range hours {
		w := weekly{start: h.whole("effective_time"), end: h.whole("invalid_time"), days: h.whole("working_day"), zone: at}
		if !w.valid() {
			return t, refuse(outOfRange, "a schedule has minutes of a day and days of a week")
		}
		t.hours = append(t.hours, w)
	}
	return t, nil
}

// passwordsLeft are the passwords that are not deleted.
func (door *doorLock) passwordsLeft() []*password {
	return sim.Keep(door.passwords, func(p *password) bool { return !p.gone })
}

// addPassword is POST …/door-lock/temp-password: the lock has it later.
func (s *Server) addPassword(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	t, err := s.termsOf(d, f)
	if err != nil {
		return nil, err
	}
	if err := s.takes(d, t, nil); err != nil {
		return nil, err
	}
	valid := sim.Keep(d.door.passwords, func(p *password) bool { return s.valid(d, p) })
	if len(valid) >= mostPasswords {
		return nil, refuse(tooManyPasswords, "the lock has as many passwords as it can take")
	}
	p := &password{id: s.number(), terms: t, phase: phaseNew}
	d.door.passwords = append(d.door.passwords, p)
	s.change(d, p, func() int { return d.door.put(p, t, s.now()) }, func(outcome int) { p.arrive(d, outcome) })
	return object{"id": s.idOf(p.id)}, nil
}

// takes reports whether the cloud would pass a password on to a lock.
func (s *Server) takes(d *device, t terms, except *password) error {
	if d.door.family == zigbee && !d.connected() {
		return refuse(deviceOffline, "device is offline")
	}
	if d.door.family == wifi { // the others find it out themselves
		for _, p := range d.door.passwordsLeft() {
			if p != except && p.terms.digits == t.digits {
				return refuse(duplicatePassword, "the password is duplicated")
			}
		}
	}
	return nil
}

// put stores a password in a lock, or replaces it. Those that are over make room.
func (door *doorLock) put(p *password, t terms, now time.Time) int {
	maps.DeleteFunc(door.codes, func(_ int64, c *tempCode) bool { return !now.Before(c.until) })
	for id, c := range door.codes {
		if id != p.id && c.digits == t.digits {
			return deliveryDuplicate
		}
	}
	old := door.codes[p.id]
	if old == nil && len(door.codes) >= mostPasswords {
		return deliveryFull
	}
	door.codes[p.id] = &tempCode{terms: t, frozen: old != nil && old.frozen}
	return deliveryDone
}

// arrive is a lock having been told of a new password.
func (p *password) arrive(d *device, outcome int) {
	switch {
	case p.phase != phaseNew || p.gone: // deleted meanwhile
	case outcome == deliveryDone:
		p.phase = phaseUsable
	case d.door.family == zigbee:
		p.phase = zigbeeFailed
	case d.door.family == bluetooth:
		p.phase = bluetoothFailed
	}
}

// change tells a lock of a change to a password. act is what the lock does; settle is what the cloud
// writes down of the outcome.
func (s *Server) change(d *device, p *password, act func() int, settle func(outcome int)) {
	p.turn++
	turn := p.turn
	p.delivered = deliveryRunning
	s.tell(d, func() {
		if p.gone {
			return
		}
		outcome := d.door.verdict()
		if outcome == 0 {
			outcome = act()
		}
		if turn == p.turn {
			p.delivered = outcome
		}
		settle(outcome)
	})
}

// passwordAt finds a password that is not deleted.
func (s *Server) passwordAt(f fields) (*device, *password, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range d.door.passwordsLeft() {
		if p.id == f.id("password_id") {
			return d, p, nil
		}
	}
	return nil, nil, refuse(d.door.missing(), "password does not exist")
}

// changeable finds a password that can be changed now.
func (s *Server) changeable(f fields) (*device, *password, error) {
	d, p, err := s.passwordAt(f)
	switch {
	case err != nil:
	case d.door.family == zigbee && p.phase == phaseNew:
		err = refuse(notConfirmed, "the password is not confirmed yet")
	case !s.now().Before(p.terms.until):
		err = refuse(passwordExpired, "the password has expired")
	case d.door.family == zigbee && p.phase != phaseUsable && p.phase != zigbeeFrozen,
		d.door.family != zigbee && p.phase != phaseNew && p.phase != phaseUsable:
		err = refuse(wrongState, "the state of the password does not allow it")
	}
	return d, p, err
}

// getPassword is GET …/door-lock/temp-password/{password_id}.
func (s *Server) getPassword(f fields) (any, error) {
	d, p, err := s.passwordAt(f)
	if err != nil {
		return nil, err
	}
	return s.passwordInfo(d, p), nil
}

// valid reports whether a password counts as valid: not over, not failed, not deleted.
func (s *Server) valid(d *device, p *password) bool {
	failed := d.door.family == zigbee && p.phase == zigbeeFailed || d.door.family == bluetooth && p.phase == bluetoothFailed
	return !p.gone && !failed && s.now().Before(p.terms.until)
}

// listPasswords is GET …/door-lock/temp-passwords: with valid the valid ones or the others, deleted
// ones among them; without it all but the deleted.
func (s *Server) listPasswords(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	found := sim.Keep(d.door.passwords, func(p *password) bool {
		if f.has("valid") {
			return s.valid(d, p) == f.truth("valid")
		}
		return !p.gone
	})
	return sim.Each(found, func(p *password) object { return s.passwordInfo(d, p) }), nil
}

// pagePasswords is GET …/stand-by-lock-temp-passwords: the same by cursor, under other names.
func (s *Server) pagePasswords(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	found := sim.Keep(d.door.passwords, func(p *password) bool { return s.valid(d, p) == f.truth("valid") })
	return cursor(found, f, f.whole("page_size"), "records", func(p *password) string { return strconv.FormatInt(p.id, 10) }, func(p *password) object {
		o := s.passwordInfo(d, p)
		o["password_id"], o["pwd_type_code"], o["expired_time"] = o["id"], "temporary", o["invalid_time"]
		delete(o, "id")
		return o
	})
}

// changePassword is PUT …/modify-password. If the lock refuses, the password stays as it was.
func (s *Server) changePassword(f fields) (any, error) {
	d, p, err := s.changeable(f)
	if err != nil {
		return nil, err
	}
	t, err := s.termsOf(d, f)
	if err != nil {
		return nil, err
	}
	if err := s.takes(d, t, p); err != nil {
		return nil, err
	}
	before := p.terms
	p.terms = t
	if d.door.family != zigbee {
		p.phase = phaseNew
	}
	s.change(d, p, func() int { return d.door.put(p, t, s.now()) }, func(outcome int) {
		if outcome != deliveryDone {
			p.terms = before
		}
		p.arrive(d, outcome)
	})
	return true, nil
}

// freezePassword is PUT …/freeze-password, for Zigbee locks.
func (s *Server) freezePassword(f fields) (any, error) {
	return s.setFrozen(f, true, phaseUsable, zigbeeFrozen)
}

// unfreezePassword is PUT …/unfreeze-password.
func (s *Server) unfreezePassword(f fields) (any, error) {
	return s.setFrozen(f, false, zigbeeFrozen, phaseUsable)
}

// setFrozen changes the phase at once; delivery_status tells when the lock has done it. If the lock
// refuses, the phase goes back.
func (s *Server) setFrozen(f fields, frozen bool, from, to int) (any, error) {
	d, p, err := s.changeable(f)
	switch {
	case d != nil && d.door.family != zigbee:
		return nil, refuse(lockUnsupported, "this lock type is not supported")
	case err != nil:
		return nil, err
	case p.phase != from:
		return nil, refuse(wrongState, "the state of the password does not allow it")
	case !d.connected():
		return nil, refuse(deviceOffline, "device is offline")
	}
	p.phase = to
	s.change(d, p, func() int {
		c := d.door.codes[p.id]
		if c == nil {
			return deliveryFailed
		}
		c.frozen = frozen
		return deliveryDone
	}, func(outcome int) {
		if outcome != deliveryDone && p.phase == to {
			p.phase = from
		}
	})
	return true, nil
}

// deletePassword is DELETE …/temp-passwords/{password_id}.
func (s *Server) deletePassword(f fields) (any, error) {
	d, p, err := s.passwordAt(f)
	if err != nil {
		return nil, err
	}
	if d.door.family == zigbee && !d.connected() {
		return nil, refuse(deviceOffline, "device is offline")
	}
	s.erase(d, p)
	return true, nil
}

// clearPasswords is POST …/temp-passwords/rest-password, which deletes all.
func (s *Server) clearPasswords(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	if d.door.family == zigbee && !d.connected() {
		return nil, refuse(deviceOffline, "device is offline")
	}
	for _, p := range d.door.passwordsLeft() {
		s.erase(d, p)
	}
	return true, nil
}

// erase has a lock erase a password. One that the lock never had is gone at once.
func (s *Server) erase(d *device, p *password) {
	if d.door.codes[p.id] == nil {
		d.door.drop(p)
		return
	}
	before := p.phase
	p.phase = otherLeaving
	if d.door.family == zigbee {
		p.phase = zigbeeDeleted
	}
	s.change(d, p, func() int {
		delete(d.door.codes, p.id)
		return deliveryDone
	}, func(outcome int) {
		if outcome == deliveryDone {
			d.door.drop(p)
		} else if d.door.family == zigbee {
			p.phase = before
		}
	})
}

// drop marks a password as deleted.
func (door *doorLock) drop(p *password) {
	p.gone, p.phase = true, otherDeleted
	if door.family == zigbee {
		p.phase = zigbeeDeleted
	}
}

// PasswordState is what a lock and the cloud know of a temporary password.
type PasswordState struct {
	ID        lock.PasswordID
	Name      string
	Code      lock.Secret // in the lock; else as the cloud has it
	From      time.Time
	Until     time.Time
	Phase     int // as the family has it
	Delivered int // delivery_status, of a Zigbee lock
	OnLock    bool
	Opens     bool // the lock would open now
	Gone      bool // deleted in lock and cloud
}

// Passwords returns the temporary passwords of a lock in the order they were made, the deleted ones
// among them.
func (s *Server) Passwords(id lock.DeviceID) []PasswordState {
	s.mu.Lock()
	defer s.mu.Unlock()
	door := s.lockNamed(id).door
	var list []PasswordState
	for _, p := range door.passwords {
		st := PasswordState{
			ID: lock.PasswordID(strconv.FormatInt(p.id, 10)), Name: p.terms.name, Code: lock.NewSecret(p.terms.digits),
			From: p.terms.from, Until: p.terms.until, Phase: p.phase, Gone: p.gone,
		}
		if door.family == zigbee {
			st.Delivered = p.delivered
		}
		if c := door.codes[p.id]; c != nil {
			st.OnLock, st.Opens, st.Code, st.From, st.Until = true, c.opens(s.now()), lock.NewSecret(c.digits), c.from, c.until
		}
		list = append(list, st)
	}
	return list
}

// AddPassword gives a lock a temporary password, as if it had been made long ago: it is there at once.
func (s *Server) AddPassword(id lock.DeviceID, name, digits string, from, until time.Time) lock.PasswordID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.lockNamed(id)
	t := terms{name: name, from: from, until: until, digits: digits, zone: "+08:00"}
	p := &password{id: s.number(), terms: t, phase: phaseUsable, delivered: deliveryDone}
	if outcome := d.door.put(p, t, s.now()); outcome != deliveryDone {
		panic(fmt.Sprintf("tuyatest: the lock refuses the password with %d", outcome))
	}
	d.door.passwords = append(d.door.passwords, p)
	return lock.PasswordID(strconv.FormatInt(p.id, 10))
}
