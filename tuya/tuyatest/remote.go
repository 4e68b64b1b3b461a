package tuyatest

import (
	"strconv"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// Kinds of remote unlocking.
const (
	withoutPassword = "remoteUnlockWithoutPwd"
	withPassword    = "remoteUnlockWithPwd"
)

// remoteUnlocks is GET …/door-lock/remote-unlocks, which Wi-Fi locks do not have: one kind, or in the
// other shape both.
func (s *Server) remoteUnlocks(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	if d.door.family == wifi {
		return nil, refuse(lockUnsupported, "this lock type is not supported")
	}
	kinds := sim.Each([]string{withoutPassword, withPassword}, func(kind string) object {
		return object{"remote_unlock_type": kind, "open": d.door.remote[kind]}
	})
	if s.opts.otherShapes {
		return kinds, nil
	}
	return kinds[0], nil
}

// configureRemote is POST …/door-lock/remote-unlock/config.
func (s *Server) configureRemote(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	kind := f.text("remote_unlock_type")
	if _, known := d.door.remote[kind]; !known {
		return nil, refuse(illegalParameter, "remote_unlock_type is illegal")
	}
	d.door.remote[kind] = f.truth("open")
	return true, nil
}

// mayOpen checks that a lock can be opened from afar in a way, and now.
func (s *Server) mayOpen(d *device, kind string) error {
	if !d.door.remote[kind] {
		return refuse(illegalOperation, "remote unlocking is switched off")
	}
	if !s.reachable(d) {
		return refuse(deviceOffline, "device is offline")
	}
	return nil
}

// operateDoor is POST …/password-free/door-operate: true unlocks, false locks. The answer comes before
// the bolt moves.
func (s *Server) operateDoor(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	if _, err := s.admit(d, f.text("ticket_id")); err != nil {
		return nil, err
	}
	if err := s.mayOpen(d, withoutPassword); err != nil {
		return nil, err
	}
	if f.truth("open") {
		s.openFromAfar(d)
	} else {
		s.tell(d, func() { d.put("lock_motor_state", false) })
	}
	return true, nil
}

// openDoor is POST …/password-free/open-door.
func (s *Server) openDoor(f fields) (any, error) {
	f["open"] = true
	return s.operateDoor(f)
}

// openWithPassword is POST …/door-lock/open-door, with a password that the lock has.
func (s *Server) openWithPassword(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	digits, err := s.open(d, f)
	if err != nil {
		return nil, err
	}
	if err := s.mayOpen(d, withPassword); err != nil {
		return nil, err
	}
	if s.opener(d, digits) == nil {
		return nil, refuse(illegalParameter, "the password is wrong")
	}
	s.openFromAfar(d)
	return true, nil
}

func (s *Server) openFromAfar(d *device) {
	s.tell(d, func() {
		if d.door.verdict() != 0 {
			return
		}
		owner := d.door.members[0]
		s.unlock(d, opening{code: "unlock_phone_remote", value: strconv.FormatInt(owner.lockID, 10), by: owner, name: "远程开锁"})
	})
}
