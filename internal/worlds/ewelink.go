package worlds

import (
	"fmt"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// Ewelink is a door that a relay opens, and a breaker that measures, over HTTP.
func Ewelink(t *testing.T, vendor ...ewelinktest.Option) locktest.World {
	t.Helper()
	w := ewelinkWorld(t, vendor)
	// Questions of energy open the socket, and its logins are 5 s apart.
	supports := w.Provider.Supports
	w.Supports = func(op lock.Op) bool { return supports(op) && op != lock.MeterHistory && op != lock.MeterConsumption }
	return w
}

// EwelinkSocket is Ewelink with a socket that its client keeps open.
func EwelinkSocket(t *testing.T, vendor ...ewelinktest.Option) locktest.World {
	t.Helper()
	w := ewelinkWorld(t, vendor)
	socket, err := w.Provider.(*ewelink.Client).Socket(t.Context(), ewelink.SocketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(socket.Close)
	return w
}

func ewelinkWorld(t *testing.T, vendor []ewelinktest.Option) locktest.World {
	t.Helper()
	s := ewelinktest.NewServer(vendor...)
	t.Cleanup(s.Close)
	door, contact, fresh := s.AddRelay("front door"), s.AddContact("front door contact", ewelinktest.NewWiFiContact), s.AddRelay("cellar door")
	s.Tag(fresh, map[string]any{"door": "cellar"})
	s.Report(fresh, map[string]any{"rssi": nil})
	room := s.AddRoom(s.MainHome(), "hall")
	s.Place(door, s.MainHome(), room)
	breaker := s.AddMeter("flat breaker", ewelinktest.PrepaidCB)
	s.TopUpBreaker(breaker, 120)
	for day := range 5 {
		s.ConsumeAt(breaker, 0, s.Clock().Now().AddDate(0, 0, -day), 1.25)
	}
	const tenant = "tenant@example.com"
	s.AddAccount(tenant)
	key := s.Share(door, tenant, 0)
	live := s.Session()
	w := around(t, s.Server, func(ours ...lock.Option) lock.Provider {
		return s.Client(append(ours,
			ewelink.WithSession(live), ewelink.WithPace(0, 0, 0),
			ewelink.WithDoors(ewelink.Door{Device: string(door), Sensor: string(contact)}), ewelink.WithDoorTag("door"),
		)...)
	})

	next := counter()
	w.Home, w.Room, w.Lock, w.Fresh, w.Meter, w.Key = s.MainHome(), room, door, fresh, breaker, lock.KeyID(key)
	w.Person, w.Operator = lock.Person{ID: key, Name: "Han Meimei"}, lock.Person{ID: "landlord", Name: "Landlord"}
	w.HomeSpec = func() lock.HomeSpec { return lock.HomeSpec{Name: next("Garden Road %d")} }
	w.RoomSpec = func() lock.RoomSpec { return lock.RoomSpec{Name: next("room %d")} }
	w.Grant = func() lock.Grant {
		account := next("guest-%d@example.com")
		s.AddAccount(account)
		return lock.Grant{Holder: lock.Person{ID: account, Name: "Guest"}, Permanent: true}
	}
	w.OpenDoor = s.Press
	w.Opened = s.Opened
	w.Break = s.Break
	w.Fill = func(op lock.Op) int { return fillEwelink(s, op, door) }
	w.Secrets = []lock.Secret{lock.NewSecret(s.AppSecret), lock.NewSecret(s.Password), live.At, live.Rt}
	return w
}

// fillEwelink adds enough of something for more than one page.
func fillEwelink(s *ewelinktest.Server, op lock.Op, door lock.DeviceID) int {
	n := 0
	switch op {
	case lock.ListHomes:
		for n = range 40 {
			s.AddHome(fmt.Sprintf("home %d", n))
		}
	case lock.ListLocks:
		for n = range 70 {
			s.Tag(s.AddRelay(fmt.Sprintf("door %d", n)), map[string]any{"door": true})
		}
	case lock.ListDevices:
		for n = range 70 {
			s.AddSwitch(fmt.Sprintf("lamp %d", n), 1)
		}
	case lock.ListMeters:
		for n = range 70 {
			s.AddMeter(fmt.Sprintf("meter %d", n), ewelinktest.POW)
		}
	case lock.ListKeysOfLock:
		for n = range 40 {
			account := fmt.Sprintf("neighbour-%d@example.com", n)
			s.AddAccount(account)
			s.Share(door, account, 0)
		}
	case lock.ListEvents:
		for n = range 95 { // three of each instant
			at := s.Clock().Now().Add(-time.Duration(n/3) * time.Minute).Truncate(time.Millisecond)
			s.RecordAt(door, at, map[string]any{"switch": [...]string{"on", "off", "on"}[n%3]})
		}
	default:
		return 0
	}
	return n + 1
}
