package worlds

import (
	"fmt"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// Dingding is a door with an admin password, and a meter of each kind.
func Dingding(t *testing.T) locktest.World {
	t.Helper()
	s := dingdingtest.NewServer()
	t.Cleanup(s.Close)
	relay := newRelay(t)
	s.SetCallbackURL(relay.url, relay.url)
	w := around(t, s.Server, func(ours ...lock.Option) lock.Provider { return s.Client(ours...) })

	w.Lock = s.AddLock("front door")
	place, err := w.Provider.Locks().Get(t.Context(), w.Lock)
	if err != nil {
		t.Fatal(err)
	}
	w.Home, w.Room = place.Home, place.Room
	pin := lock.NewSecret("555555")
	admin, err := w.Provider.Passwords().Create(t.Context(), w.Lock, lock.PasswordSpec{Kind: lock.PasswordAdmin, Secret: pin})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Revealable = "999" // the admin password
	if w.Meter, err = s.InstallMeter(w.Home, w.Room, dingdingtest.ZigbeeMeter); err != nil {
		t.Fatal(err)
	}
	w.WaterMeter = s.AddWaterMeter("bathroom")
	s.Consume(w.Meter, "3.5")
	s.ConsumeWater(w.WaterMeter, "1.25")
	s.Settle()
	s.Advance(time.Second) // so that what comes is later than what was

	next := counter()
	w.Missing = locktest.IDs{Password: "1049", Key: "auth:no-such-key"}
	w.Person = lock.Person{Name: "Li Na", Phone: lock.NewSecret("13912345678")}
	w.HomeSpec = func() lock.HomeSpec {
		return lock.HomeSpec{
			ID: lock.HomeID(next("home-%d")), Name: next("Sunshine Gardens-%d"), Country: "中国", City: "北京市", Zone: "朝阳区",
			Block: "阳光花园", Address: "3 号楼 502 室",
		}
	}
	w.RoomSpec = func() lock.RoomSpec {
		return lock.RoomSpec{ID: lock.RoomID(next("room-%d")), Name: next("A-%d"), Note: "south"}
	}
	w.Grant = func() lock.Grant {
		return lock.Grant{
			Holder: lock.Person{Name: "Li Na", Phone: lock.NewSecret(next("139%08d"))},
			Window: lock.Window{Until: s.Clock().Now().Add(24 * time.Hour)},
		}
	}
	w.EnterCode = keypad(s.EnterCode)
	door, meter := w.Lock, w.Meter
	w.Fill = func(op lock.Op) int { return fillDingding(s, op, door, meter) }
	w.Webhook = relay.forward
	w.Secrets = []lock.Secret{lock.NewSecret(s.ClientSecret), pin}
	w.Except = map[string]string{
		"meters.configure.pay_mode/it changes that setting and leaves the rest": "the vendor sets overdraft and credit to 0 when a meter becomes postpaid (§11.23)",
	}
	return w
}

// fillDingding adds more than a page of what op lists.
func fillDingding(s *dingdingtest.Server, op lock.Op, door, meter lock.DeviceID) int {
	const many = 120
	switch op {
	case lock.ListHomes:
		for i := range many {
			s.AddHome(fmt.Sprintf("home %d", i))
		}
		return many
	case lock.ListLocks:
		for i := range many {
			s.AddLock(fmt.Sprintf("door %d", i))
		}
		return many
	case lock.ListPasswords:
		for i := range 40 {
			s.AddLocalPassword(door, fmt.Sprintf("%06d", 15973*(i+7)%1000000))
		}
		return 40
	case lock.MeterHistory:
		for range many {
			s.Consume(meter, "0.01")
			s.Advance(time.Minute)
		}
		return many
	case lock.ListEvents:
		for range many {
			s.Tamper(door)
			s.Advance(time.Second)
		}
		return many
	}
	return 0
}
