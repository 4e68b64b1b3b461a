package worlds

import (
	"fmt"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// AliyunUnlock and AliyunOTP are the services of the locks in the simulator of Aliyun.
var (
	AliyunUnlock = aliyunlock.UnlockService{Identifier: "RemoteUnlock", Event: "RemoteUnlockNotification"}
	AliyunOTP    = aliyunlock.PasswordService{
		Identifier: "AddOTP",
		PIN:        lock.PINPolicy{Lengths: []int{6, 7, 8}},
		MaxWindow:  400 * 24 * time.Hour,
		Args: func(code lock.Secret, w lock.Window) any {
			from := w.From.In(time.FixedZone("CST", 8*60*60))
			return map[string]any{
				"OTP": code, "StartTime": from.Format(time.DateTime), "ValidTime": int(w.Until.Sub(w.From).Seconds()),
			}
		},
	}
)

// What the platform does not keep of a password that a product's service has made. Without the
// configuration for that service none of these rules is there.
const (
	noName   = "the platform keeps no name of a temporary password"
	noWindow = "the platform keeps no window of a temporary password"
	oneATime = "a lock is given one password at a time, because its report does not say which one it is about"
)

// Aliyunlock is a door with keys and PINs that people have enrolled there.
func Aliyunlock(t *testing.T, vendor ...aliyunlocktest.Option) locktest.World {
	t.Helper()
	w := aliyunlockWorld(t, vendor)
	w.Except = map[string]string{
		"passwords.delete/a deleted password is no longer listed": "the rule takes two passwords and, where none can be created, takes the same one twice",
	}
	return w
}

// AliyunlockServices is Aliyunlock with a client that knows the services of the lock.
func AliyunlockServices(t *testing.T, vendor ...aliyunlocktest.Option) locktest.World {
	t.Helper()
	w := aliyunlockWorld(t, vendor, aliyunlock.WithUnlockService(AliyunUnlock), aliyunlock.WithPasswordService(AliyunOTP))
	w.Except = map[string]string{
		"passwords.create/one password is made and it has its name":  noName,
		"passwords.create.timed/it keeps exactly its window":         noWindow,
		"passwords.create.timed/its window never grows":              noWindow,
		"passwords.create.timed/a kind that is not said means timed": noWindow,
		"operations/each is its own":                                 oneATime,
		"operations/many can be waited for together":                 oneATime,
	}
	return w
}

func aliyunlockWorld(t *testing.T, vendor []aliyunlocktest.Option, opts ...lock.Option) locktest.World {
	t.Helper()
	s := aliyunlocktest.NewServer(vendor...)
	t.Cleanup(s.Close)
	door, fresh := s.AddLock("front door"), s.AddFreshLock("cellar door")
	tenant := s.AddPerson("Han Meimei")
	// Enrolled at the door: six keys for rules that grant, one that is the tenant's, one that stays
	// nobody's, and two PINs.
	var spare []lock.KeyID
	for range 6 {
		spare = append(spare, s.EnrolKey(door, aliyunlocktest.Fingerprint, ""))
	}
	owned := s.EnrolKey(door, aliyunlocktest.Card, "")
	s.GiveKey(door, owned, tenant)
	unowned := s.EnrolKeyAs(door, aliyunlocktest.Mechanical, "", "10", aliyunlocktest.Normal)
	s.EnrolKey(door, aliyunlocktest.Password, "135790")
	s.EnrolKey(door, aliyunlocktest.Password, "246801")
	s.Settle()
	live := s.Session()
	w := around(t, s.Server, func(ours ...lock.Option) lock.Provider {
		return s.Client(append(append(ours, aliyunlock.WithSession(live)), opts...)...)
	})

	next, grants := counter(), 0
	person := lock.Person{ID: tenant, Name: "Han Meimei"}
	w.Home, w.Lock, w.Fresh, w.Key, w.Unowned = s.MainHome(), door, fresh, owned, unowned
	w.Person, w.Operator = person, lock.Person{ID: "landlord", Name: "Landlord"}
	w.HomeSpec = func() lock.HomeSpec { return lock.HomeSpec{Name: next("Garden Road %d")} }
	w.RoomSpec = func() lock.RoomSpec { return lock.RoomSpec{Name: next("room %d")} }
	w.Grant = func() lock.Grant {
		grants++
		return lock.Grant{Holder: person, Key: spare[(grants-1)%len(spare)], Permanent: true}
	}
	w.EnterCode = keypad(s.EnterCode)
	w.OpenDoor = func(id lock.DeviceID) { s.UseKey(id, owned) }
	w.Opened = s.Opened
	w.Fill = func(op lock.Op) int { return fillAliyunlock(s, op, door) }
	w.Secrets = []lock.Secret{lock.NewSecret(s.AppSecret), lock.NewSecret(s.CloudSecret), live.Token, live.RefreshToken}
	return w
}

// fillAliyunlock adds enough of something for more than one page.
func fillAliyunlock(s *aliyunlocktest.Server, op lock.Op, door lock.DeviceID) int {
	n := 0
	switch op {
	case lock.ListLocks:
		for n = range 120 {
			s.AddLock(fmt.Sprintf("door %d", n))
		}
	case lock.ListDevices:
		for n = range 60 {
			s.AddDevice(s.MainHome(), fmt.Sprintf("lamp %d", n))
		}
	case lock.ListEvents:
		for n = range 120 {
			s.Report(door, "DoorbellNotification", map[string]any{"RecordID": n})
		}
		s.Settle()
	case lock.ListKeysOfLock, lock.ListUnownedKeys, lock.ListPasswords:
		for n = range 60 {
			s.EnrolKey(door, aliyunlocktest.Password, fmt.Sprintf("9%05d", n))
		}
		s.Settle()
	default:
		return 0
	}
	return n + 1
}
