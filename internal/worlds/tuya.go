package worlds

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

// TuyaPlace says what there is in a world of Tuya. The zero value is a Zigbee lock and a card.
type TuyaPlace struct {
	Lock   func(s *tuyatest.Server, name string) lock.DeviceID // adds the lock; nil = a Zigbee lock
	Lacks  []lock.Op                                           // what can not be done with that lock
	Person bool                                                // the world's key is a person without anything enrolled; else it is a card
	Vendor []tuyatest.Option
}

// Tuya is a door with the keys of a tenant.
func Tuya(t *testing.T, at TuyaPlace) locktest.World {
	t.Helper()
	s := tuyatest.NewServer(at.Vendor...)
	t.Cleanup(s.Close)
	add := at.Lock
	if add == nil {
		add = (*tuyatest.Server).AddLock
	}
	door, fresh := add(s, "front door"), s.AddFreshLock("cellar door")
	home := s.MainHome()
	room := s.AddRoom(home, "attic")
	tenant := s.AddMember(door, "Han Meimei")
	card := s.Enrol(door, tuyatest.Card)
	s.Assign(door, card, tenant)
	finger := s.Enrol(door, tuyatest.Fingerprint)
	w := around(t, s.Server, func(ours ...lock.Option) lock.Provider { return s.Client(append(ours, tuya.WithCodes(codesOf(s)))...) })

	next := counter()
	w.Home, w.Room, w.Lock, w.Fresh = home, room, door, fresh
	w.Key, w.Unowned = TuyaKeyID(card), TuyaKeyID(finger)
	w.Missing = locktest.IDs{Home: "1", Room: "1", Lock: "6cnosuchdevice", Key: "user/1", Password: "1"}
	w.Person = lock.Person{ID: tenant, Name: "Han Meimei"}
	w.Operator = lock.Person{ID: "landlord", Name: "Landlord"}
	w.HomeSpec = func() lock.HomeSpec { return lock.HomeSpec{Name: next("Garden Road %d"), Address: next("Hangzhou %d")} }
	w.RoomSpec = func() lock.RoomSpec { return lock.RoomSpec{Name: next("room %d")} }
	w.Grant = func() lock.Grant {
		return lock.Grant{Holder: lock.Person{Name: next("guest %d"), Phone: lock.NewSecret("86-13800000000")}, Permanent: true}
	}
	w.EnterCode = keypad(s.EnterCode)
	w.OpenDoor = func(id lock.DeviceID) { s.UseKey(id, card) }
	w.Opened = s.Opened
	w.Fill = func(op lock.Op) int { return fillTuya(s, op, home, door) }
	w.Secrets = []lock.Secret{lock.NewSecret(s.ClientSecret)}
	lacks := at.Lacks
	if at.Person {
		w.Person = lock.Person{ID: s.AddMember(door, "Wei Hua"), Name: "Wei Hua"}
		w.Key = tuya.UserKeyID(tuya.UserID(w.Person.ID))
		w.Except = map[string]string{"keys.revoke/what is enrolled in the lock stays there": "this person has enrolled nothing"}
	} else {
		lacks = slices.Concat(lacks, []lock.Op{lock.UpdateKey}) // a card has the validity of its person
	}
	supports := w.Provider.Supports
	w.Supports = func(op lock.Op) bool { return !slices.Contains(lacks, op) && supports(op) }
	return w
}

// TuyaKeyID is the id of what is enrolled in a lock.
func TuyaKeyID(k tuyatest.Key) lock.KeyID {
	return tuya.MethodKeyID(tuya.MethodRef{DPCode: tuya.UnlockCode(k.Code), UnlockSN: k.Number})
}

// codesOf is somebody who keeps the codes of all passwords.
func codesOf(s *tuyatest.Server) func(context.Context, lock.DeviceID, lock.PasswordID) (lock.Secret, error) {
	return func(_ context.Context, door lock.DeviceID, id lock.PasswordID) (lock.Secret, error) {
		for _, p := range s.Passwords(door) {
			if p.ID == id {
				return p.Code, nil
			}
		}
		return lock.Secret{}, errors.New("no such password was made")
	}
}

// fillTuya adds enough of something for more than one page.
func fillTuya(s *tuyatest.Server, op lock.Op, home lock.HomeID, door lock.DeviceID) int {
	add := map[lock.Op]func(name string){
		lock.ListHomes:       func(name string) { s.AddHome(name) },
		lock.ListDevices:     func(name string) { s.AddDevice(home, name) },
		lock.ListLocks:       func(name string) { s.AddLock(name) },
		lock.ListKeysOfLock:  func(name string) { s.AddMember(door, name) },
		lock.ListUnownedKeys: func(string) { s.Enrol(door, tuyatest.Card) },
		lock.ListEvents:      func(string) { s.RingBell(door); s.Advance(time.Second) },
		lock.ListPasswords: func(name string) {
			now := s.Clock().Now()
			s.AddPassword(door, name, fmt.Sprintf("9%05d", len(s.Passwords(door))), now, now.Add(time.Hour))
		},
	}[op]
	if add == nil {
		return 0
	}
	const many = 60
	for i := range many {
		add("item " + strconv.Itoa(i))
	}
	return many
}
