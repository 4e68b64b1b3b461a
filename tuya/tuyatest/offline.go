package tuyatest

import (
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// offlineCode is a code that lock and cloud both work out, so that the lock need not be told of it.
type offlineCode struct {
	id          int64
	kind        string
	name        string
	digits      string
	from, until time.Time
	used        bool // at least once
	over        bool // cleared at the lock
	clears      *offlineCode
}

// Kinds of offline code.
const (
	offlineMany     = "multiple"
	offlineOnce     = "once"
	offlineClearOne = "clear_one"
	offlineClearAll = "clear_all"
)

// opens reports whether a code does what it is for now. One for many uses has to be used within a day
// of its start.
func (c *offlineCode) opens(at time.Time) bool {
	switch {
	case c.over, at.Before(c.from), !at.Before(c.until):
		return false
	case c.kind == offlineMany:
		return c.used || at.Before(c.from.Add(24*time.Hour))
	default:
		return !c.used
	}
}

// offlinePassword is POST …/door-lock/offline-temp-password. Times are cut to the hour.
func (s *Server) offlinePassword(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	hour := s.now().Truncate(time.Hour)
	c := &offlineCode{kind: f.text("type"), name: f.text("name"), from: hour}
	switch c.kind {
	case offlineMany:
		if !f.has("effective_time") || !f.has("invalid_time") {
			return nil, refuse(parameterEmpty, "effective_time and invalid_time are empty")
		}
		c.from, c.until = f.seconds("effective_time").Truncate(time.Hour), f.seconds("invalid_time").Truncate(time.Hour)
		if !c.from.Before(c.until) || c.until.Unix() >= 1e11 {
			return nil, refuse(outOfRange, "invalid_time is an hour later than effective_time at least, both in seconds")
		}
		if !s.now().Before(c.until) {
			return nil, refuse(inThePast, "invalid_time is in the past")
		}
	case offlineOnce:
		c.until = hour.Add(6 * time.Hour)
	case offlineClearOne:
		if c.clears = d.door.offlineCode(f.id("password_id")); c.clears == nil {
			return nil, refuse(d.door.missing(), "password does not exist")
		}
		c.until = hour.Add(24 * time.Hour)
	case offlineClearAll:
		c.until = hour.Add(24 * time.Hour)
	default:
		return nil, refuse(illegalParameter, "type is multiple, once, clear_one or clear_all")
	}
	c.id = s.number()
	c.digits = s.freshDigits(d, 10)
	d.door.offline = append(d.door.offline, c)
	return object{
		"offline_temp_password_id": strconv.FormatInt(c.id, 10), "offline_temp_password": c.digits, "offline_temp_password_name": c.name,
		"effective_time": sec(c.from), "invalid_time": sec(c.until),
	}, nil
}

// missing is the code for a password that is not there.
func (door *doorLock) missing() int {
	if door.family == zigbee {
		return zigbeeMissing
	}
	return otherMissing
}

// freshDigits draws a code that no other of the lock's is.
func (s *Server) freshDigits(d *device, n int) string {
	for {
		digits := s.sim.Random.Digits(n)
		if !d.door.knows(digits) {
			return digits
		}
	}
}

func (door *doorLock) knows(digits string) bool {
	for _, c := range door.offline {
		if c.digits == digits {
			return true
		}
	}
	for _, c := range door.dynamic {
		if c.digits == digits {
			return true
		}
	}
	return false
}

// offlineCode finds a code that opens.
func (door *doorLock) offlineCode(id int64) *offlineCode {
	for _, c := range door.offline {
		if c.id == id && (c.kind == offlineMany || c.kind == offlineOnce) {
			return c
		}
	}
	return nil
}

// nameOfflinePassword is PUT …/door-lock/offline-temp-password/{password_id}.
func (s *Server) nameOfflinePassword(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	c := d.door.offlineCode(f.id("password_id"))
	if c == nil {
		return nil, refuse(d.door.missing(), "password does not exist")
	}
	c.name = f.text("name")
	return true, nil
}

// offlineLocks is GET /v1.0/devices/{device_id}/offline-pwd-locks: all locks of the device's home.
func (s *Server) offlineLocks(f fields) (any, error) {
	d, err := s.device(f.text("device_id"))
	if err != nil {
		return nil, err
	}
	found := sim.Keep(s.ours(), func(other *device) bool { return other.door != nil && other.home == d.home })
	return sim.Each(found, func(other *device) object {
		o := object{"custom_name": other.name}
		all := other.wire()
		for _, name := range []string{"id", "name", "online", "status", "owner_id", "product_id", "uid", "icon"} {
			o[name] = all[name]
		}
		return o
	}), nil
}

// dynamicCode is a code that opens for five minutes.
type dynamicCode struct {
	id     int64
	digits string
	until  time.Time
}

const dynamicLife = 5 * time.Minute

// dynamicPassword is GET …/door-lock/dynamic-password.
func (s *Server) dynamicPassword(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	c := dynamicCode{s.number(), s.freshDigits(d, 8), s.now().Add(dynamicLife)}
	d.door.dynamic = append(sim.Keep(d.door.dynamic, func(old dynamicCode) bool { return s.now().Before(old.until) }), c)
	return object{"dynamic_password": c.digits}, nil
}
