package dingdingtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// EnterCode is somebody typing digits at a lock; it reports whether the door opens. Passwords of
// the cloud, of the lock itself, activated ones and the dynamic passwords of the last, this and
// the next hour open it while they are valid (lockerOpenAlarm). An activation code makes its
// password valid and opens nothing. Anything else is wrong: the third time in a row is told
// (wrongPwdAlarm), the fifth is a device exception. A lock that is offline works all the same, and
// reports when it is online again.
func (s *Server) EnterCode(device lock.DeviceID, code string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustLock(device)
	if s.activate(d, code) {
		return false
	}
	id := s.opener(d, code)
	if id < 0 {
		s.wrongCode(d)
		return false
	}
	d.door.wrong = 0
	at := s.now()
	s.tell(d, func() {
		source := fmt.Sprintf("密码 %d", id)
		if r := d.door.records[id]; r != nil {
			source = cmp.Or(r.name, source)
		}
		d.door.opened = append(d.door.opened, opening{at, id, source})
		s.eventAt(d, "lockerOpenAlarm", at, pairs{
			{"source_name", source}, {"eventid", 1}, {"source", 2}, {"sourceid", id}, {"notify", 1}, {"audio_played", 0},
		})
	})
	return true
}

// opener is the id of a valid password with this code; -1 if there is none.
func (s *Server) opener(d *device, code string) int {
	now := s.now()
	for _, id := range slices.Sorted(maps.Keys(d.door.keys)) {
		if k := d.door.keys[id]; k.code == code && k.valid(now) {
			return id
		}
	}
	for i := range 3 {
		hour := now.Truncate(time.Hour).Add(time.Duration(i-1) * time.Hour)
		if !d.door.reset && s.dynamic(d, hour) == code {
			return dynamicFirst + i
		}
	}
	return -1
}

// activate makes the password of an activation code valid.
func (s *Server) activate(d *device, code string) bool {
	for id, a := range d.door.activations {
		if d.door.reset || a.code != code || !a.end.IsZero() && !s.now().Before(a.end) {
			continue
		}
		delete(d.door.activations, id)
		k := a.key
		d.door.keys[id] = &k
		s.tell(d, func() {
			if r := d.door.records[id]; r != nil && r.code == k.code {
				r.applied = true
			}
		})
		return true
	}
	return false
}

func (s *Server) wrongCode(d *device) {
	d.door.wrong++
	third, fifth := d.door.wrong%3 == 0, d.door.wrong%5 == 0
	at := s.now()
	s.tell(d, func() {
		if third {
			s.eventAt(d, "wrongPwdAlarm", at, pairs{})
		}
		if fifth {
			s.except(d, wrongCodes)
		}
	})
}

// AddLocalPassword is somebody setting a password at the lock itself (pwdAddLocal). It returns the
// password's id, the lowest free one of 0 to 99. It panics if there is none.
func (s *Server) AddLocalPassword(device lock.DeviceID, code string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustLock(device)
	id := 0
	for d.door.keys[id] != nil {
		id++
	}
	if id > localLast {
		panic("dingdingtest: the lock has no room for another local password")
	}
	k := key{code: code}
	d.door.keys[id] = &k
	s.tell(d, func() {
		d.door.records[id] = newRecord(id, s.now(), k)
		s.event(d, "pwdAddLocal", localPassword(id, code))
	})
	return id
}

// ChangeLocally is somebody changing a password at the lock itself (pwdUpdateLocal). It panics if
// the lock does not have the password.
func (s *Server) ChangeLocally(device lock.DeviceID, id int, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustLock(device)
	mustKey(d, id).code = code
	s.tell(d, func() {
		if r := d.door.records[id]; r != nil {
			r.code = code
		}
		s.event(d, "pwdUpdateLocal", localPassword(id, code))
	})
}

// DeleteLocally is somebody deleting a password at the lock itself (pwdDelLocal). It panics if the
// lock does not have the password.
func (s *Server) DeleteLocally(device lock.DeviceID, id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustLock(device)
	mustKey(d, id)
	delete(d.door.keys, id)
	s.tell(d, func() {
		delete(d.door.records, id)
		s.event(d, "pwdDelLocal", pairs{{"password", pairs{{"id", id}}}})
	})
}

func localPassword(id int, code string) pairs {
	return pairs{{"password", pairs{{"id", id}, {"password", code}}}}
}

func mustKey(d *device, id int) *key {
	k := d.door.keys[id]
	if k == nil {
		panic(fmt.Sprintf("dingdingtest: lock %s has no password %d", d.uuid, id))
	}
	return k
}

// ResetLock is somebody resetting a lock on site (lockerReset, which the document does not have).
// The lock has lost all passwords; the cloud lists them on, and its commands fail with 5199 until
// ReinstallLock.
func (s *Server) ResetLock(device lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustLock(device)
	clear(d.door.keys)
	clear(d.door.activations)
	d.door.reset = true
	s.tell(d, func() { s.event(d, "lockerReset", pairs{{"parent", d.viaID()}}) })
}

// ReinstallLock is an installer pairing a lock anew (deviceInstall). The cloud forgets its
// passwords, without the lock forgetting them; an admin password that the lock still has is
// synced (pwdSync). After a reset there is none, and it has to be set first.
func (s *Server) ReinstallLock(device lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustLock(device)
	d.door.reset, d.bound = false, s.now()
	clear(d.door.records)
	s.installed(d)
	if admin := d.door.keys[adminID]; admin != nil {
		d.door.records[adminID] = newRecord(adminID, s.now(), *admin)
		s.event(d, "pwdSync", pairs{{"passwords", []pairs{{{"id", adminID}, {"password", admin.code}}}}})
	}
}

// Uninstall is somebody taking a device away (deviceUninstall).
func (s *Server) Uninstall(device lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uninstall(s.mustDevice(device))
}

// GoOffline makes a device lose its connection: a lock, meter or collector (lockOfflineAlarm), a
// gateway (centerOfflineAlarm) with all that talks through it, or a water gateway
// (waterGatewayOfflineAlarm).
func (s *Server) GoOffline(device lock.DeviceID) { s.setOnline(device, false) }

// GoOnline gives a device its connection back, and the cloud what it missed meanwhile.
func (s *Server) GoOnline(device lock.DeviceID) { s.setOnline(device, true) }

func (s *Server) setOnline(device lock.DeviceID, online bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustDevice(device)
	if d.online == online {
		return
	}
	d.online, d.onlineAt = online, s.now()
	names := map[bool]string{false: "lockOfflineAlarm", true: "clearLockOfflineAlarm"}
	kinds := map[bool]int{false: deviceOffline, true: deviceOnline}
	detail := pairs{}
	switch d.kind {
	case gatewayKind:
		names = map[bool]string{false: "centerOfflineAlarm", true: "clearCenterOfflineAlarm"}
		kinds = map[bool]int{false: gatewayOffline, true: gatewayOnline}
		detail = pairs{{"subdevices", s.behind(d)}}
	case collectorKind:
		detail = pairs{{"subdevices", s.behind(d)}}
	case waterGatewayKind:
		names = map[bool]string{false: "waterGatewayOfflineAlarm", true: "waterGatewayOnlineAlarm"}
		kinds = map[bool]int{false: waterGatewayOffline, true: waterGatewayOnline}
	}
	s.except(d, kinds[online])
	s.event(d, names[online], detail)
	s.catchUp(d)
}

// behind is what talks through a device.
func (s *Server) behind(d *device) []string {
	uuids := []string{}
	for _, other := range s.devices {
		if other.via == d {
			uuids = append(uuids, other.uuid)
		}
	}
	return uuids
}

// SetBattery is a lock reporting its battery, in percent (batteryAsync). At 10 % and at 7 % it raises
// batteryAlarm, below 5 % every day; above 10 % it raises clearBatteryAlarm. The exception record has
// a border of its own, 15 %.
func (s *Server) SetBattery(device lock.DeviceID, percent int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustLock(device)
	before := d.power
	d.power, d.powerAt = percent, s.now()
	s.event(d, "batteryAsync", pairs{{"battery", percent}})
	falls := func(below int) bool { return percent < below && before >= below }
	switch {
	case falls(15):
		s.except(d, batteryLow)
	case percent >= 15 && before < 15:
		s.except(d, batteryRecovered)
	}
	switch {
	case falls(11) || falls(8) || falls(5):
		s.event(d, "batteryAlarm", pairs{{"battery_level", percent}})
	case percent > 10 && before <= 10:
		s.event(d, "clearBatteryAlarm", pairs{{"battery_level", percent}})
	}
	if percent < 5 && !d.door.daily {
		d.door.daily = true
		s.remindDaily(d)
	}
}

func (s *Server) remindDaily(d *device) {
	s.later(24*time.Hour, sim.Later, func() {
		if d.power >= 5 || !d.online {
			d.door.daily = false
			return
		}
		s.event(d, "batteryAlarm", pairs{{"battery_level", d.power}})
		s.remindDaily(d)
	})
}

// Tamper is somebody breaking a lock open (brokenAlarm).
func (s *Server) Tamper(device lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustLock(device)
	s.tell(d, func() {
		s.except(d, tampered)
		s.event(d, "brokenAlarm", pairs{})
	})
}

// FailDevice makes the next command to a device end with a result of §3.2, "5103", without being
// carried out; "5102" is carried out, for it says so; "5101" takes the half minute a device is given
// to answer. It panics if the result is no number.
func (s *Server) FailDevice(device lock.DeviceID, result string) {
	n := must(strconv.Atoi(result))
	s.verdict(device, verdict{result: n, executed: n == notRecorded})
}

// StoreThenTimeout makes a device carry the next command out without answering: it ends with 5101.
func (s *Server) StoreThenTimeout(device lock.DeviceID) {
	s.verdict(device, verdict{result: timedOut, executed: true})
}

func (s *Server) verdict(device lock.DeviceID, v verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustDevice(device)
	d.verdicts = append(d.verdicts, v)
}

// SetPermitted says whether the account may use a device; if not, calls for it are refused with
// 15014.
func (s *Server) SetPermitted(device lock.DeviceID, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustDevice(device).denied = !ok
}
