package main

import (
	"context"
	"errors"
	"flag"
	"net"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func dingdingFlags(f *flag.FlagSet) start {
	id := f.String("dingding-client-id", dingdingtest.DefaultClientID, "Dingding's client_id")
	secret := f.String("dingding-client-secret", dingdingtest.DefaultClientSecret, "Dingding's client_secret")
	return func(l net.Listener, seed int64) (*running, error) {
		s := dingdingtest.NewServer(dingdingtest.WithListener(l), dingdingtest.WithSeed(seed), dingdingtest.WithCredentials(*id, *secret))
		r := &running{
			sim: s, requests: logged(s.Requests), expire: s.ExpireTokens, callback: s.SetCallbackURL, enter: s.EnterCode,
			events: dingdingEvents(s), refuse: dingdingtest.ErrNo,
			report: func(id lock.DeviceID, event string, r reported) error {
				fields := map[string]any{"uuid": string(id)}
				for name, value := range r.Fields {
					fields[name] = value
				}
				s.Emit(event, fields)
				return nil
			},
		}
		r.about.Credentials = map[string]string{"client_id": s.ClientID, "client_secret": s.ClientSecret}
		if err := furnishDingding(s, &r.about); err != nil {
			s.Close()
			return nil, err
		}
		return r, nil
	}
}

func dingdingEvents(s *dingdingtest.Server) map[string]report {
	return map[string]report{
		"offline":  plain(s.GoOffline),
		"online":   plain(s.GoOnline),
		"tamper":   plain(s.Tamper),
		"reset":    plain(s.ResetLock),
		"overload": plain(s.Overload),
		"battery":  percent(s.SetBattery),
		"consume": func(id lock.DeviceID, r reported) error {
			if d, err := decimal.NewFromString(r.Amount); err != nil || d.IsNegative() {
				return badCall(`amount must be a decimal text, "1.25"`)
			}
			if _, water := dingding.ParseWaterMeterID(id); water {
				s.ConsumeWater(id, r.Amount)
			} else {
				s.Consume(id, r.Amount)
			}
			return nil
		},
	}
}

// furnishDingding puts in a flat with everything and a house with one room. A name is its home's or
// room's, as installers leave it.
func furnishDingding(s *dingdingtest.Server, a *about) error {
	flat, house := s.AddHome("Sunshine Gardens 3-502"), s.AddHome("Garden Road 7")
	roomA, roomB, room201 := s.AddRoom(flat, "A"), s.AddRoom(flat, "B"), s.AddRoom(house, "201")
	var errs []error
	installed := func(id lock.DeviceID, err error) lock.DeviceID {
		errs = append(errs, err)
		return id
	}
	installed(s.InstallGateway(flat))
	installed(s.InstallWaterGateway(flat))
	installed(s.InstallGateway(house))
	outer := installed(s.InstallLock(flat, ""))
	doorA := installed(s.InstallLock(flat, roomA))
	installed(s.InstallLock(flat, roomB))
	installed(s.InstallLock(house, room201))
	meterA := installed(s.InstallMeter(flat, roomA, dingdingtest.ZigbeeMeter))
	installed(s.InstallMeter(flat, roomB, dingdingtest.ZigbeeMeter))
	waterA := installed(s.InstallWaterMeter(flat, roomA, false))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.Consume(meterA, "7.5")
	s.ConsumeWater(waterA, "1.25")
	s.AddLocalPassword(outer, "246801")

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c := s.Client(insider()...)
	op, err := c.Passwords().Create(ctx, doorA, lock.PasswordSpec{
		Name: "Li Na", Secret: lock.NewSecret("135790"), Window: lock.Window{Until: inAYear(s.Clock().Now())},
	})
	if err != nil {
		return err
	}
	if _, err := op.Wait(ctx); err != nil {
		return err
	}
	s.Settle()
	a.People = []person{
		{Name: "Li Na", Device: string(doorA), Code: "135790", Note: "a timed code of the cloud"},
		{Name: "whoever is at home", Device: string(outer), Code: "246801", Note: "a code set at the lock itself"},
	}
	return look(ctx, c, a, map[lock.DeviceID]string{outer: "outer door", meterA: "has counted 7.5 kWh", waterA: "has counted 1.25 m³"})
}
