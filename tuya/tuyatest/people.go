package tuyatest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// opening is how a door was opened.
type opening struct {
	code, value string
	by          *member
	name        string
	duress      bool
	used        func() // what it does to a code
}

// EnterCode is a person at the keypad of a lock: whether the door opened. Temporary, dynamic and offline
// passwords open it, and those that people have set at the lock. A clear code clears, and opens
// nothing. The fifth wrong code in a row is an alarm, wrong_password. A lock that is offline works all
// the same, and reports when it is online again.
func (s *Server) EnterCode(id lock.DeviceID, digits string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.lockNamed(id)
	s.wake(d)
	if s.clear(d, digits) {
		return false
	}
	o := s.opener(d, digits)
	if o == nil {
		s.wrong(d, "wrong_password")
		return false
	}
	s.unlock(d, *o)
	return true
}

// opener finds what a code opens a lock as, nil if it opens nothing.
func (s *Server) opener(d *device, digits string) *opening {
	now, door := s.now(), d.door
	for _, p := range door.passwords {
		if c := door.codes[p.id]; c != nil && c.digits == digits && c.opens(now) {
			o := &opening{code: "unlock_temporary", value: strconv.FormatInt(p.id, 10), name: c.name}
			if c.single {
				o.used = func() { s.use(d, p) }
			}
			return o
		}
	}
	for _, c := range door.offline {
		if c.digits == digits && (c.kind == offlineMany || c.kind == offlineOnce) && c.opens(now) {
			return &opening{code: "unlock_offline_pd", value: strconv.FormatInt(c.id, 10), name: c.name, used: func() { c.used = true }}
		}
	}
	for _, c := range door.dynamic {
		if c.digits == digits && now.Before(c.until) {
			return &opening{code: "unlock_dynamic", value: strconv.FormatInt(c.id, 10), name: "动态密码"}
		}
	}
	for _, k := range door.methods {
		if k.digits != "" && k.digits == digits && k.valid(now) {
			return k.opening()
		}
	}
	return nil
}

// use is the end of a password that opens once.
func (s *Server) use(d *device, p *password) {
	delete(d.door.codes, p.id)
	s.report(d, func() { d.door.drop(p) })
}

func (k *method) valid(at time.Time) bool { return k.owner == nil || k.owner.applied.holds(at) }

func (k *method) opening() *opening {
	return &opening{code: k.code, value: strconv.Itoa(k.number), by: k.owner, name: k.name, duress: k.duress}
}

// clear is a clear code being typed: whether it was one.
func (s *Server) clear(d *device, digits string) bool {
	for _, c := range d.door.offline {
		if c.digits != digits || c.kind != offlineClearOne && c.kind != offlineClearAll || !c.opens(s.now()) {
			continue
		}
		c.used = true
		code := "unlock_offline_clear_single"
		if c.kind == offlineClearAll {
			code = "unlock_offline_clear"
			for _, other := range d.door.offline {
				other.over = true
			}
		} else {
			c.clears.over = true
		}
		r := record{at: s.instant(d), code: code, value: strconv.FormatInt(c.id, 10), name: c.name}
		s.report(d, func() { d.door.opens = byTime(d.door.opens, r) })
		return true
	}
	return false
}

// UseKey is a person at a lock with a finger, a card, a face: whether the door opened. A number that the
// lock does not have is a stranger; the fifth in a row is an alarm. With a method under duress the
// door opens, and the lock reports a hijack.
func (s *Server) UseKey(id lock.DeviceID, k Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.lockNamed(id)
	s.wake(d)
	used := d.door.method(k.Code, k.Number)
	if used == nil || !used.valid(s.now()) {
		s.wrong(d, map[string]string{Card: "wrong_card", Face: "wrong_face", Password: "wrong_password"}[k.Code])
		return false
	}
	s.unlock(d, *used.opening())
	return true
}

// wrong counts wrong attempts of a kind, "" being a finger.
func (s *Server) wrong(d *device, what string) {
	if what == "" {
		what = "wrong_finger"
	}
	if d.door.wrong[what]++; d.door.wrong[what]%5 == 0 {
		s.alarm(d, "alarm_lock", what, nil)
	}
}

// unlock is the bolt moving.
func (s *Server) unlock(d *device, o opening) {
	d.door.opened++
	clear(d.door.wrong)
	if o.used != nil {
		o.used()
	}
	r := record{at: s.instant(d), code: o.code, value: o.value, by: o.by, name: o.name}
	s.report(d, func() {
		d.door.opens = byTime(d.door.opens, r)
		if n, err := strconv.Atoi(o.value); err == nil {
			d.put(o.code, n)
		}
		d.put("lock_motor_state", true)
	})
	if o.duress {
		s.alarm(d, "hijack", fmt.Sprintf("%s-%02s", o.code, o.value), o.by)
	}
}

func (s *Server) alarm(d *device, code, value string, by *member) {
	r := record{at: s.instant(d), code: code, value: value, by: by}
	s.report(d, func() {
		d.door.alarms = byTime(d.door.alarms, r)
		d.put(code, value)
	})
}

// RaiseAlarm has a lock report an alarm: pry, unclosed_time, key_in, low_battery …
func (s *Server) RaiseAlarm(id lock.DeviceID, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alarm(s.lockNamed(id), "alarm_lock", value, nil)
}

// RingBell is somebody ringing at a lock. A sleeping lock is awake then and can be opened from afar.
func (s *Server) RingBell(id lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.lockNamed(id)
	s.wake(d)
	s.alarm(d, "doorbell", "true", nil)
	if d.door.family == wifi {
		d.put("unlock_request", int(stayAwake.Seconds()))
		s.later(stayAwake, sim.Later, func() { d.put("unlock_request", 0) })
	}
}

// TurnKey is somebody opening a lock with its metal key.
func (s *Server) TurnKey(id lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.lockNamed(id)
	s.wake(d)
	s.unlock(d, opening{code: "unlock_key", value: "1", name: "机械钥匙"})
}

// EraseAtLock is somebody erasing a method at the lock itself.
func (s *Server) EraseAtLock(id lock.DeviceID, k Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	door := s.lockNamed(id).door
	door.erase(door.keyNamed(k))
}

// Opened returns how often a door was opened, by whatever means.
func (s *Server) Opened(id lock.DeviceID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lockNamed(id).door.opened
}
