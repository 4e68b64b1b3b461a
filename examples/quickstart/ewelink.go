package main

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func ewelinkSite(title string, p lock.Provider) *site {
	s := newSite(title, p)
	s.homeSpec = func() lock.HomeSpec { return lock.HomeSpec{Name: homeName} }
	s.roomSpecs = func() []lock.RoomSpec { return []lock.RoomSpec{{Name: "A"}, {Name: "B"}} }
	return s
}

// share gives the tenant's own account the door in the vendor's app. A share has no end.
func (s *site) share(account string) (lock.Grant, error) {
	if account == "" {
		return lock.Grant{}, skipped("no account of the tenant is named in the environment")
	}
	return lock.Grant{Holder: lock.Person{ID: account, Name: s.tenant.Name}, Permanent: true}, nil
}

// simulatedEWeLink has no lock but a relay on an electric strike, with a sensor that tells whether the
// door stands open.
func simulatedEWeLink() (*site, error) {
	sim := ewelinktest.NewServer()
	relay := sim.AddRelay("A")
	contact := sim.AddContact("A contact", ewelinktest.NewWiFiContact)
	meter := sim.AddMeter("A meter", ewelinktest.PrepaidCB)
	sim.TopUpBreaker(meter, 120)
	sim.Consume(meter, 3.4)
	const account = "lina@example.com"
	sim.AddAccount(account)
	opts := []lock.Option{
		ewelink.WithDoors(ewelink.Door{Device: string(relay), Sensor: string(contact)}), ewelink.WithPace(0, 0, 0), // which the simulator does not mind
	}
	s := ewelinkSite("eWeLink (simulator)", sim.Client(opts...))
	s.closers = append(s.closers, sim.Close)
	s.now, s.settle, s.credit = sim.Clock().Now, sim.Settle, decimal.NewFromInt(50)
	s.install = func(home lock.HomeID, rooms []lock.Room) error {
		for _, id := range []lock.DeviceID{relay, contact, meter} {
			sim.Place(id, home, rooms[0].ID)
		}
		return nil
	}
	s.grant = func() (lock.Grant, error) { return s.share(account) }
	app := sim.Client(append(opts, ewelink.WithLogin(sim.CountryCode, account, lock.NewSecret(ewelinktest.DefaultPassword)))...)
	s.opens = func(d *day) bool { // with the tenant's app
		_, err := app.Locks().Open(context.Background(), d.door, d.tenant)
		return err == nil
	}
	s.live = func(id lock.DeviceID) { sim.Consume(id, 37.25) }
	return s, nil
}

func realEWeLink(env func(string) string) (*site, error) {
	opts := append(elsewhere(env),
		ewelink.WithLogin(env("COUNTRY_CODE"), env("ACCOUNT"), lock.NewSecret(env("PASSWORD"))),
		ewelink.WithDoors(ewelink.Door{Device: env("LOCK")}))
	s := ewelinkSite("eWeLink", ewelink.New(env("APP_ID"), env("APP_SECRET"), opts...))
	s.grant = func() (lock.Grant, error) { return s.share(env("TENANT")) }
	return s, nil
}
