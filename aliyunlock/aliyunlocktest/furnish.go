package aliyunlocktest

import (
	"fmt"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Furniture is what Furnish has put into a simulator.
type Furniture struct {
	Flat, House   lock.HomeID   // Flat is the user's first home
	Front         lock.DeviceID // online and the user's own, in Flat
	Cellar        lock.DeviceID // offline, in House
	Shared        lock.DeviceID // another user's, shared with ours
	Unowned       []lock.KeyID  // five keys of Front that nobody owns; two have the same number
	Owned         lock.KeyID    // a card of Front, LiLei's
	LiLei, HanMei string        // virtual users
}

// Furnish adds what is worth trying a client on: two homes with rooms, a lock with enrolled keys, one
// that is offline, one that somebody shares, persons, and sixty events of the last five days, some
// of them in one second.
func (s *Server) Furnish() Furniture {
	f := Furniture{Flat: s.MainHome(), House: s.AddHome("别墅"), LiLei: s.AddPerson("小明"), HanMei: s.AddPerson("妈妈")}
	s.AddRoom(f.Flat, "客厅")
	cellar := s.AddRoom(f.House, "地下室")
	f.Front = s.AddLock("大门锁")
	f.Cellar = s.AddLock("地下室门锁")
	s.MoveLock(f.Cellar, f.House, cellar)
	f.Shared = s.AddSharedLock("办公室门锁", s.AddUser("韩梅梅"))
	for _, k := range []struct {
		kind         int
		code, number string
		perm         int
	}{
		{Fingerprint, "", "10", Normal}, {Password, "135790", "10", Normal}, {Fingerprint, "", "11", Duress}, {Card, "", "12", Normal}, {Password, "907214", "1", Admin},
	} {
		f.Unowned = append(f.Unowned, s.EnrolKeyAs(f.Front, k.kind, k.code, k.number, k.perm))
	}
	f.Owned = s.EnrolKeyAs(f.Front, Card, "", "20", Normal)
	s.GiveKey(f.Front, f.Owned, f.LiLei)
	now := s.Clock().Now()
	for i := range 60 {
		at := now.AddDate(0, 0, -5).Add(time.Duration(i/3) * 6 * time.Hour) // three in one second
		switch i % 3 {
		case 0:
			s.ReportAt(f.Front, at, "DoorOpenNotification", object{"KeyID": "20", "LockType": Card, "UserLimit": Normal})
		case 1:
			s.ReportAt(f.Front, at, "DoorbellNotification", nil)
		default:
			s.ReportAt(f.Front, at, "DoorUnlockedAlarm", object{"RecordID": fmt.Sprint(i)})
		}
	}
	s.Settle() // what the lock reported when it was furnished is in its history
	s.SetOnline(f.Cellar, false)
	return f
}
