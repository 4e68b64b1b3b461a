package aliyunlock_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// remoteUnlock and addOTP are the services of the simulator's locks.
var remoteUnlock = aliyunlock.UnlockService{Identifier: "RemoteUnlock", Event: "RemoteUnlockNotification"}

var addOTP = aliyunlock.PasswordService{
	Identifier: "AddOTP",
	PIN:        lock.PINPolicy{Lengths: []int{6, 7, 8}},
	MaxWindow:  400 * 24 * time.Hour,
	Args: func(code lock.Secret, w lock.Window) any {
		return map[string]any{
			"OTP": code, "StartTime": w.From.In(beijing).Format(time.DateTime), "ValidTime": int(w.Until.Sub(w.From).Seconds()),
		}
	},
}

var beijing = time.FixedZone("CST", 8*60*60)

// What the platform does not keep of a password that a product's service has made. Without the
// configuration for that service none of these rules is there.
const (
	noName   = "the platform keeps no name of a temporary password"
	noWindow = "the platform keeps no window of a temporary password"
	oneATime = "a lock is given one password at a time, because its report does not say which one it is about"
)

var except = map[string]string{
	"passwords.create/one password is made and it has its name":  noName,
	"passwords.create.timed/it keeps exactly its window":         noWindow,
	"passwords.create.timed/its window never grows":              noWindow,
	"passwords.create.timed/a kind that is not said means timed": noWindow,
	"operations/each is its own":                                 oneATime,
	"operations/many can be waited for together":                 oneATime,
}

func TestConformance(t *testing.T) {
	services := []lock.Option{aliyunlock.WithUnlockService(remoteUnlock), aliyunlock.WithPasswordService(addOTP)}
	for _, tt := range []struct {
		name   string
		vendor []aliyunlocktest.Option
		opts   []lock.Option
	}{
		{"as it is", nil, nil},
		{"with services", nil, services},
		{"lists in the other shape", []aliyunlocktest.Option{aliyunlocktest.WithOtherShapes()}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			locktest.Run(t, func(t *testing.T) locktest.World { return newWorld(t, tt.vendor, tt.opts...) })
		})
	}
}

func newWorld(t *testing.T, vendor []aliyunlocktest.Option, opts ...lock.Option) locktest.World {
	t.Helper()
	s := aliyunlocktest.NewServer(vendor...)
	t.Cleanup(s.Close)
	var out locktest.Log
	door, fresh := s.AddLock("front door"), s.AddFreshLock("cellar door")
	tenant := s.AddPerson("Han Meimei")
	// Enrolled at the door: three keys for rules that grant, one that is the tenant's, one that stays
	// nobody's, and a PIN.
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
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	gate := locktest.NewGate(transport)
	client := func() *aliyunlock.Client {
		return s.Client(append([]lock.Option{
			aliyunlock.WithSession(live), lock.WithHTTPClient(&http.Client{Transport: gate}),
			lock.WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))),
			lock.WithPolling(5*time.Millisecond, 20*time.Millisecond), lock.WithWatchInterval(20 * time.Millisecond),
		}, opts...)...)
	}
	homes, grants := 0, 0
	person := lock.Person{ID: tenant, Name: "Han Meimei"}
	w := locktest.World{
		Provider: client(), Home: s.MainHome(), Lock: door, Fresh: fresh, Key: owned, Unowned: unowned, Person: person,
		Operator: lock.Person{ID: "landlord", Name: "Landlord"},
		HomeSpec: func() lock.HomeSpec {
			homes++
			return lock.HomeSpec{Name: fmt.Sprintf("Garden Road %d", homes)}
		},
		RoomSpec: func() lock.RoomSpec {
			homes++
			return lock.RoomSpec{Name: fmt.Sprintf("room %d", homes)}
		},
		Grant: func() lock.Grant {
			grants++
			return lock.Grant{Holder: person, Key: spare[(grants-1)%len(spare)], Permanent: true}
		},
		Again:     func() lock.Provider { return client() },
		Calls:     func() int { return len(s.Requests()) },
		Settle:    s.Settle,
		Advance:   s.Advance,
		Now:       s.Clock().Now,
		EnterCode: func(id lock.DeviceID, code lock.Secret) bool { return s.EnterCode(id, code.Reveal()) },
		OpenDoor:  func(id lock.DeviceID) { s.UseKey(id, owned) },
		Opened:    s.Opened,
		Fill: func(op lock.Op) int {
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
		},
		Stall:   gate.Stall,
		Output:  out.String,
		Secrets: []lock.Secret{lock.NewSecret(s.AppSecret), lock.NewSecret(s.CloudSecret), live.Token, live.RefreshToken},
	}
	if len(opts) > 0 {
		w.Except = except
	} else {
		w.Except = map[string]string{
			"passwords.delete/a deleted password is no longer listed": "the rule takes two passwords and, where none can be created, takes the same one twice",
		}
	}
	return w
}
