package tuya_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

// place is a world with a kind of lock and a kind of key, and what can not be done there.
type place struct {
	name   string
	add    func(*tuyatest.Server, string) lock.DeviceID
	vendor []tuyatest.Option
	person bool // the world's key is a person without anything enrolled; else it is a card
	lacks  []lock.Op
	except map[string]string
}

func TestConformance(t *testing.T) {
	frozen := []lock.Op{lock.FreezePassword, lock.UnfreezePassword} // only Zigbee locks can
	// A card has the validity of its person.
	for _, p := range []place{
		{name: "a Zigbee lock and a card", add: (*tuyatest.Server).AddLock, lacks: []lock.Op{lock.UpdateKey}},
		{
			name: "a Zigbee lock and a person", add: (*tuyatest.Server).AddLock, person: true,
			except: map[string]string{"keys.revoke/what is enrolled in the lock stays there": "this person has enrolled nothing"},
		},
		{name: "a Wi-Fi lock", add: (*tuyatest.Server).AddWiFiLock, lacks: append(frozen, lock.UpdateKey)},
		{name: "a Bluetooth lock", add: (*tuyatest.Server).AddBluetoothLock, lacks: append(frozen, lock.UpdateKey)},
		{
			name: "answers in their other shape", add: (*tuyatest.Server).AddLock, lacks: []lock.Op{lock.UpdateKey},
			vendor: []tuyatest.Option{tuyatest.WithOtherShapes()},
		},
	} {
		t.Run(p.name, func(t *testing.T) {
			locktest.Run(t, func(t *testing.T) locktest.World { return newWorld(t, p) })
		})
	}
}

func newWorld(t *testing.T, at place) locktest.World {
	t.Helper()
	s := tuyatest.NewServer(at.vendor...)
	t.Cleanup(s.Close)
	var out locktest.Log
	door, fresh := at.add(s, "front door"), s.AddFreshLock("cellar door")
	home := s.MainHome()
	room := s.AddRoom(home, "attic")
	tenant := s.AddMember(door, "Han Meimei")
	card := s.Enrol(door, tuyatest.Card)
	s.Assign(door, card, tenant)
	finger := s.Enrol(door, tuyatest.Fingerprint)

	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	gate := locktest.NewGate(transport)
	client := func() *tuya.Client {
		return s.Client(
			lock.WithHTTPClient(&http.Client{Transport: gate}), tuya.WithCodes(codesOf(s)),
			lock.WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))),
			lock.WithPolling(5*time.Millisecond, 20*time.Millisecond), lock.WithWatchInterval(20*time.Millisecond),
		)
	}
	n := 0
	next := func(what string) string {
		n++
		return what + " " + strconv.Itoa(n)
	}
	p := client()
	w := locktest.World{
		Provider: p, Home: home, Room: room, Lock: door, Fresh: fresh, Key: keyID(card), Unowned: keyID(finger),
		Missing:  locktest.IDs{Home: "1", Room: "1", Lock: "6cnosuchdevice", Key: "user/1", Password: "1"},
		Person:   lock.Person{ID: tenant, Name: "Han Meimei"},
		Operator: lock.Person{ID: "landlord", Name: "Landlord"},
		HomeSpec: func() lock.HomeSpec { return lock.HomeSpec{Name: next("Garden Road"), Address: next("Hangzhou")} },
		RoomSpec: func() lock.RoomSpec { return lock.RoomSpec{Name: next("room")} },
		Grant: func() lock.Grant {
			return lock.Grant{Holder: lock.Person{Name: next("guest"), Phone: lock.NewSecret("86-13800000000")}, Permanent: true}
		},
		Again:     func() lock.Provider { return client() },
		Calls:     func() int { return len(s.Requests()) },
		Settle:    s.Settle,
		Advance:   s.Advance,
		Now:       s.Clock().Now,
		EnterCode: func(id lock.DeviceID, code lock.Secret) bool { return s.EnterCode(id, code.Reveal()) },
		OpenDoor:  func(id lock.DeviceID) { s.UseKey(id, card) },
		Opened:    s.Opened,
		Fill:      func(op lock.Op) int { return fill(s, op, home, door) },
		Stall:     gate.Stall,
		Output:    out.String,
		Secrets:   []lock.Secret{lock.NewSecret(s.ClientSecret)},
		Except:    at.except,
		Supports:  func(op lock.Op) bool { return !slices.Contains(at.lacks, op) && p.Supports(op) },
	}
	if at.person {
		w.Person = lock.Person{ID: s.AddMember(door, "Wei Hua"), Name: "Wei Hua"}
		w.Key = tuya.UserKeyID(tuya.UserID(w.Person.ID))
	}
	return w
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

func keyID(k tuyatest.Key) lock.KeyID {
	return tuya.MethodKeyID(tuya.MethodRef{DPCode: tuya.UnlockCode(k.Code), UnlockSN: k.Number})
}

// fill adds enough of something for more than one page.
func fill(s *tuyatest.Server, op lock.Op, home lock.HomeID, door lock.DeviceID) int {
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
