package aliyunlocktest

import (
	"github.com/smartlock-sdk/smartlock/lock"
)

// EnterCode is a person at the keypad of a lock: whether the door opened. After five wrong codes in a
// row the lock reports LockedAlarm.
func (s *Server) EnterCode(id lock.DeviceID, code string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	now := s.now()
	for _, k := range d.keys {
		if k.code != "" && k.code == code && !now.Before(k.begin) && (k.end.IsZero() || now.Before(k.end)) {
			s.open(d, k)
			return true
		}
	}
	if d.wrong++; d.wrong%5 == 0 {
		s.report(d, "LockedAlarm", "info", nil)
	}
	return false
}

// UseKey is a person at a lock with a key that is no password: a finger on the reader, a card held to
// it, a metal key turned. It reports whether the lock has that key, and so opened.
func (s *Server) UseKey(id lock.DeviceID, k lock.KeyID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	used, err := d.keyNamed(k)
	if err != nil || used.code != "" {
		return false
	}
	s.open(d, used)
	return true
}

// open is the bolt moving. A key under duress is reported like any other, with its permission.
func (s *Server) open(d *device, k *key) {
	d.opened++
	d.wrong = 0
	s.report(d, "DoorOpenNotification", "info", object{"KeyID": k.id, "LockType": k.kind, "UserLimit": k.perm})
}

// Opened returns how often a door was opened, by whatever means.
func (s *Server) Opened(id lock.DeviceID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return must(s.deviceOf(string(id))).opened
}

// DeleteAtLock is a person deleting a key at the lock itself. The lock reports it; the platform's
// binding stays.
func (s *Server) DeleteAtLock(id lock.DeviceID, k lock.KeyID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	gone := must(d.keyNamed(k))
	d.erase(gone.kind, gone.id)
	s.report(d, "KeyDeletedNotification", "info", object{"KeyID": gone.id, "LockType": gone.kind})
}

// Reset is a person resetting the lock on site: its keys are gone.
func (s *Server) Reset(id lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	d.keys = nil
	s.report(d, "ReportReset", "info", nil)
}
