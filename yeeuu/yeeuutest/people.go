package yeeuutest

import (
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// By is how a door was opened, the type of a log entry.
type By int

// The ways of opening.
const (
	ByConsole  By = 0 // 云柚alms系统
	ByWeChat   By = 1
	ByApp      By = 2
	ByPassword By = 3
	ByAPI      By = 4
)

// Opening is an entry of a door's log.
type Opening struct {
	At     time.Time // sent in whole seconds of China's clocks
	By     By
	Opener string // a phone number or a name
}

// EnterCode is somebody typing digits at a lock; it reports whether the door opens. Passwords of
// both interfaces open it while they are valid, also when the lock is offline. The vendor's log has
// openings only, so a wrong code leaves no trace.
func (s *Server) EnterCode(device lock.DeviceID, code string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustDoor(device)
	opener, ok := d.opener(code, s.now())
	if ok {
		d.open(s.now(), ByPassword, opener)
	}
	return ok
}

// OpenByPhone is somebody opening the door with the vendor's app or WeChat. It reports whether the
// door opens: the phone number needs an authorisation.
func (s *Server) OpenByPhone(device lock.DeviceID, by By, phone string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustDoor(device)
	auth := d.auths[phone]
	if auth == nil || !auth.holds(s.now()) {
		return false
	}
	d.open(s.now(), by, phone)
	return true
}

// AddOpenings puts entries into a door's log, in this order, whatever their times.
func (s *Server) AddOpenings(device lock.DeviceID, openings ...Opening) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustDoor(device)
	d.log = append(d.log, openings...)
}

// Openings is a door's log, oldest first.
func (s *Server) Openings(device lock.DeviceID) []Opening {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mustDoor(device).log)
}

// HasPassword reports whether the phone number has a password at the door, valid or not.
func (s *Server) HasPassword(device lock.DeviceID, phone string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mustDoor(device).passwords[phone] != nil
}

// GoOffline cuts a lock off: commands for it are refused.
func (s *Server) GoOffline(device lock.DeviceID) { s.setOffline(device, true) }

// GoOnline connects a lock again.
func (s *Server) GoOnline(device lock.DeviceID) { s.setOffline(device, false) }

func (s *Server) setOffline(device lock.DeviceID, offline bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustDoor(device).offline = offline
}
