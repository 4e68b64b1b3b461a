package ewelink_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

func TestConformance(t *testing.T) {
	t.Run("over HTTP", func(t *testing.T) {
		locktest.Run(t, func(t *testing.T) locktest.World {
			w, _ := newWorld(t)
			// Questions of energy open the socket, and its logins are 5 s apart.
			w.Supports = func(op lock.Op) bool {
				return w.Provider.Supports(op) && op != lock.MeterHistory && op != lock.MeterConsumption
			}
			return w
		})
	})
	t.Run("over the socket, and in the other shapes", func(t *testing.T) {
		locktest.Run(t, func(t *testing.T) locktest.World {
			w, c := newWorld(t, ewelinktest.WithOtherShapes(), ewelinktest.WithWholeRequests(), ewelinktest.WithListLimit())
			socket, err := c.Socket(t.Context(), ewelink.SocketOptions{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(socket.Close)
			return w
		})
	})
}

func newWorld(t *testing.T, vendor ...ewelinktest.Option) (locktest.World, *ewelink.Client) {
	t.Helper()
	s := ewelinktest.NewServer(vendor...)
	t.Cleanup(s.Close)
	var out locktest.Log
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
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	gate := locktest.NewGate(transport)
	client := func() *ewelink.Client {
		return s.Client(
			ewelink.WithSession(live), lock.WithHTTPClient(&http.Client{Transport: gate}), ewelink.WithPace(0, 0, 0),
			ewelink.WithDoors(ewelink.Door{Device: string(door), Sensor: string(contact)}), ewelink.WithDoorTag("door"),
			lock.WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))),
			lock.WithPolling(5*time.Millisecond, 20*time.Millisecond), lock.WithWatchInterval(20*time.Millisecond),
		)
	}
	homes, grants := 0, 0
	c := client()
	return locktest.World{
		Provider: c, Home: s.MainHome(), Room: room, Lock: door, Fresh: fresh, Meter: breaker, Key: lock.KeyID(key),
		Person: lock.Person{ID: key, Name: "Han Meimei"}, Operator: lock.Person{ID: "landlord", Name: "Landlord"},
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
			account := fmt.Sprintf("guest-%d@example.com", grants)
			s.AddAccount(account)
			return lock.Grant{Holder: lock.Person{ID: account, Name: "Guest"}, Permanent: true}
		},
		Again:    func() lock.Provider { return client() },
		Calls:    func() int { return len(s.Requests()) },
		Settle:   s.Settle,
		Advance:  s.Advance,
		Now:      s.Clock().Now,
		OpenDoor: s.Press,
		Opened:   s.Opened,
		Break:    s.Break,
		Fill: func(op lock.Op) int {
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
		},
		Stall:   gate.Stall,
		Output:  out.String,
		Secrets: []lock.Secret{lock.NewSecret(s.AppSecret), lock.NewSecret(s.Password), live.At, live.Rt},
	}, c
}
