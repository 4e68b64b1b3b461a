package main

import (
	"context"
	"flag"
	"net"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func ewelinkFlags(f *flag.FlagSet) start {
	id := f.String("ewelink-app-id", ewelinktest.DefaultAppID, "eWeLink's App ID")
	secret := f.String("ewelink-app-secret", ewelinktest.DefaultAppSecret, "its App Secret")
	region := f.String("ewelink-region", "eu", "the `region` that the URL belongs to and the account lives in: cn, as, us or eu")
	return func(l net.Listener, seed int64) (*running, error) {
		s := ewelinktest.NewServer(ewelinktest.WithListener(l), ewelinktest.WithSeed(seed), ewelinktest.WithCredentials(*id, *secret),
			ewelinktest.WithRegion(*region))
		r := &running{
			sim: s, requests: logged(s.Requests), expire: s.ExpireTokens, refuse: ewelinktest.Code, events: ewelinkEvents(s),
			report: func(id lock.DeviceID, event string, r reported) error {
				s.Alarm(id, event, r.Fields)
				return nil
			},
			lacks: map[string]string{
				"callback": "eWeLink pushes over its socket, and not to URLs that a client could register",
				"enter":    "what eWeLink opens has no keypad; a person presses a button: the event press",
			},
		}
		r.about.Credentials = map[string]string{
			"app_id": s.AppID, "app_secret": s.AppSecret, "account": s.Account, "password": s.Password, "country_code": s.CountryCode,
		}
		if err := furnishEWeLink(s, &r.about); err != nil {
			s.Close()
			return nil, err
		}
		base := reachable(l.Addr())
		r.about.URLs = map[string]string{"socket": "ws" + base[len("http"):] + s.SocketURL[len("ws"+s.URL[len("http"):]):]}
		for _, name := range []string{"cn", "as", "us", "eu"} {
			r.about.URLs[name] = base + s.RegionURL(name)[len(s.URL):]
		}
		return r, nil
	}
}

func ewelinkEvents(s *ewelinktest.Server) map[string]report {
	return map[string]report{
		"offline": plain(s.Offline),
		"online":  plain(s.Online),
		"press":   plain(s.Press),
		"open":    plain(s.OpenDoor),
		"close":   plain(s.CloseDoor),
		"battery": percent(func(id lock.DeviceID, p int) { s.SetBattery(id, p) }),
		"consume": func(id lock.DeviceID, r reported) error {
			kWh, err := decimal.NewFromString(r.Amount)
			if err != nil || kWh.IsNegative() {
				return badCall(`amount must be a decimal text, "1.25"`)
			}
			s.Consume(id, kWh.InexactFloat64())
			return nil
		},
		"report": func(id lock.DeviceID, r reported) error {
			if len(r.Fields) == 0 {
				return badCall("fields are the params that the device reports")
			}
			s.Report(id, r.Fields)
			return nil
		},
	}
}

// furnishEWeLink puts in the simulator's own furniture.
func furnishEWeLink(s *ewelinktest.Server, a *about) error {
	f := s.Furnish()
	s.Settle()
	a.People = []person{
		{ID: s.Account, Name: "Landlord", Note: "the account"},
		{ID: f.Tenant, Name: "tenant", Device: string(f.Front), Note: "an account that the front door is shared with"},
		{ID: f.Neighbour, Name: "neighbour", Note: "an account that shares the yard gate with ours"},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	// To eWeLink a door is a relay: which ones open doors, a client has to say.
	doors := ewelink.WithDoors(ewelink.Door{Device: string(f.Front), Sensor: string(f.Contact)}, ewelink.Door{Device: string(f.Cellar)},
		ewelink.Door{Device: string(f.Shared)})
	return look(ctx, s.Client(append(insider(), doors)...), a, map[lock.DeviceID]string{
		f.Front: "an inching relay; shared with the tenant", f.Contact: "a contact sensor on the front door, Wi-Fi", f.BackContact: "a contact sensor, Zigbee",
		f.Strips: "four channels", f.Cellar: "offline", f.Shared: "the neighbour's", f.Meter: "a POW", f.Hourly: "a POWR3", f.Dual: "a DualR3",
		f.Breaker: "a prepaid breaker, 120 kWh paid",
	})
}
