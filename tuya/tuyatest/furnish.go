package tuyatest

import (
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Furniture is what Furnish has put into a simulator.
type Furniture struct {
	Flat, House lock.HomeID   // Flat is the first home of UID
	Front       lock.DeviceID // Zigbee, in Flat
	Garage      lock.DeviceID // Wi-Fi, in House
	Shed        lock.DeviceID // Wi-Fi on batteries: it sleeps
	Side        lock.DeviceID // Bluetooth, in Flat
	Cellar      lock.DeviceID // Zigbee and offline, in House
	Lamp        lock.DeviceID // no lock

	LiLei, HanMei string          // members of Front, by user_id: he has two methods, she none
	Absent        [2]string       // were removed from the home and are still on Front, by user_id
	Finger, Card  Key             // LiLei's: Finger was his from the beginning, Card was assigned to him
	Unassigned    []Key           // of Front: a finger under duress, a password, a card
	Guest         lock.PasswordID // a temporary password of Front, 135790
	Other         string          // another user's uid, with a home and a lamp
}

// Furnish adds what is worth trying a client on: two homes with rooms, a lock of each family, one that
// is offline, members with methods and without, two who were removed and are still on the lock,
// methods that are nobody's, a temporary password, and openings and alarms of the last five days.
func (s *Server) Furnish() Furniture {
	f := Furniture{Flat: s.MainHome(), House: s.AddHome("别墅"), Other: s.AddUser("陈静")}
	s.AddDevice(s.AddHomeOf(f.Other, "她的家"), "台灯")
	s.AddRoom(f.Flat, "客厅")
	basement := s.AddRoom(f.House, "地下室")
	f.Front, f.Garage, f.Shed = s.AddLock("大门锁"), s.AddWiFiLock("车库门锁"), s.AddSleepingLock("储物间门锁")
	f.Side, f.Cellar, f.Lamp = s.AddBluetoothLock("侧门锁"), s.AddLock("地下室门锁"), s.AddDevice(f.Flat, "客厅灯")
	s.Move(f.Garage, f.House, "")
	s.Move(f.Cellar, f.House, basement)

	f.LiLei, f.HanMei = s.AddMember(f.Front, "小明"), s.AddMember(f.Front, "韩梅梅")
	f.Finger, f.Card = s.EnrolFor(f.Front, f.LiLei, Fingerprint), s.Enrol(f.Front, Card)
	s.Assign(f.Front, f.Card, f.LiLei)
	for i, name := range []string{"前房客", "前保洁"} {
		f.Absent[i] = s.AddMember(f.Front, name)
		s.EnrolFor(f.Front, f.Absent[i], Fingerprint)
		s.RemoveMember(f.Front, f.Absent[i])
	}
	f.Unassigned = []Key{s.Enrol(f.Front, Fingerprint), s.EnrolCode(f.Front, "", "907214"), s.Enrol(f.Front, Card)}
	s.SetDuress(f.Front, f.Unassigned[0], true)

	s.mu.Lock()
	now := s.now()
	s.mu.Unlock()
	f.Guest = s.AddPassword(f.Front, "客人", "135790", now.AddDate(0, 0, -6).Truncate(time.Second), now.AddDate(0, 0, 30).Truncate(time.Second))
	for i := range 60 {
		at := now.AddDate(0, 0, -5).Add(time.Duration(i/3) * 6 * time.Hour) // three in one second
		switch i % 3 {
		case 0:
			s.UsedAt(f.Front, f.Finger, at)
		case 1:
			s.AlarmAt(f.Front, "doorbell", "true", at.Add(time.Millisecond))
		default:
			s.AlarmAt(f.Front, "alarm_lock", "unclosed_time", at.Add(2*time.Millisecond))
		}
	}
	s.SetOnline(f.Cellar, false)
	return f
}

// UsedAt puts into the log that a method opened a door at an instant.
func (s *Server) UsedAt(id lock.DeviceID, k Key, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	door := s.lockNamed(id).door
	o := door.keyNamed(k).opening()
	door.opens = byTime(door.opens, record{at: at, code: o.code, value: o.value, by: o.by, name: o.name})
}

// AlarmAt puts into the log that a lock gave an alarm at an instant: alarm_lock, hijack or doorbell,
// with its value.
func (s *Server) AlarmAt(id lock.DeviceID, code, value string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	door := s.lockNamed(id).door
	door.alarms = byTime(door.alarms, record{at: at, code: code, value: value})
}
