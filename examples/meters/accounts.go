package main

import (
	"context"
	"errors"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

// open returns the accounts to ask, what the time is there, and what ends it all.
func open(ctx context.Context, env func(string) string, where *time.Location) ([]lock.Provider, time.Time, func(), error) {
	if real := accounts(env); len(real) > 0 {
		return real, time.Now(), func() {}, nil
	}
	return simulated(ctx, where)
}

// accounts are those whose credentials are in the environment.
func accounts(env func(string) string) []lock.Provider {
	var all []lock.Provider
	if id := env("DINGDING_CLIENT_ID"); id != "" {
		all = append(all, dingding.New(id, env("DINGDING_CLIENT_SECRET"), elsewhere(env("DINGDING_BASE_URL"))...))
	}
	if id := env("EWELINK_APP_ID"); id != "" {
		login := ewelink.WithLogin(env("EWELINK_COUNTRY_CODE"), env("EWELINK_ACCOUNT"), lock.NewSecret(env("EWELINK_PASSWORD")))
		all = append(all, ewelink.New(id, env("EWELINK_APP_SECRET"), append(elsewhere(env("EWELINK_BASE_URL")), login)...))
	}
	return all
}

// elsewhere are the options for another address than the vendor's.
func elsewhere(url string) []lock.Option {
	if url == "" {
		return nil
	}
	return []lock.Option{lock.WithBaseURL(url)}
}

// simulated are accounts in memory, at the end of an October in which people have lived.
func simulated(ctx context.Context, where *time.Location) (all []lock.Provider, now time.Time, done func(), err error) {
	start := time.Date(2026, time.September, 30, 23, 0, 0, 0, where)
	end := start.AddDate(0, 0, 32)
	dd := dingdingtest.NewServer(dingdingtest.WithFrozenClock(start), dingdingtest.WithSeed(1))
	yu := yeeuutest.NewServer(yeeuutest.WithFrozenClock(start))
	ty := tuyatest.NewServer(tuyatest.WithFrozenClock(start))
	al := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(start))
	ew := ewelinktest.NewServer(ewelinktest.WithFrozenClock(end), ewelinktest.WithSeed(1))
	stop := flow(ew)
	done = func() {
		stop()
		for _, s := range []interface{ Close() }{dd, yu, ty, al, ew} {
			s.Close()
		}
	}
	all = []lock.Provider{dd.Client(), yu.Client(), ty.Client(), al.Client(), ew.Client(ewelink.WithPace(0, 0, 0))}
	if err := october(ctx, dd, all[0]); err != nil {
		done()
		return nil, time.Time{}, nil, err
	}
	octoberNextDoor(ew, start)
	return all, end, done, nil
}

// flow lets time flow at a simulator whose clock stands, because its client opens a socket and
// pauses before that.
func flow(s *ewelinktest.Server) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for lock.SystemClock.Sleep(ctx, 5*time.Millisecond) == nil {
			s.Advance(100 * time.Millisecond)
		}
	}()
	return func() {
		cancel()
		<-stopped
	}
}

// octoberNextDoor is a flat whose breaker counts each day.
func octoberNextDoor(s *ewelinktest.Server, start time.Time) {
	attic := s.AddRoom(s.MainHome(), "attic")
	breaker, lamp := s.AddMeter("breaker", ewelinktest.PrepaidCB), s.AddMeter("boiler", ewelinktest.POW)
	s.Place(breaker, s.MainHome(), attic)
	s.TopUpBreaker(breaker, 500)
	for day := range 31 {
		s.ConsumeAt(breaker, 0, start.AddDate(0, 0, day).Add(12*time.Hour), 2.5)
		s.ConsumeAt(lamp, 0, start.AddDate(0, 0, day).Add(12*time.Hour), 0.75)
	}
}

// october lets people live in two homes for a month.
func october(ctx context.Context, s *dingdingtest.Server, p lock.Provider) error {
	var errs []error
	installed := func(id lock.DeviceID, err error) lock.DeviceID {
		errs = append(errs, err)
		return id
	}
	flat, house := s.AddHome("Sunshine Gardens 3-502"), s.AddHome("阳光花园 7 号")
	roomA, roomB, hall := s.AddRoom(flat, "A"), s.AddRoom(flat, "B"), s.AddRoom(house, "客厅")
	for _, home := range []lock.HomeID{flat, house} {
		installed(s.InstallGateway(home))
		installed(s.InstallWaterGateway(home))
	}
	meters := []struct {
		id  lock.DeviceID
		day string // used each day
	}{
		{installed(s.InstallMeter(flat, roomA, dingdingtest.ZigbeeMeter)), "3.4"},
		{installed(s.InstallMeter(flat, roomB, dingdingtest.ZigbeeMeter)), "1.05"},
		{installed(s.InstallMeter(house, hall, dingdingtest.ZigbeeMeter)), "6.125"},
	}
	water := []struct {
		id  lock.DeviceID
		day string
	}{
		{installed(s.InstallWaterMeter(flat, roomA, false)), "0.13"},
		{installed(s.InstallWaterMeter(house, hall, false)), "0.2"},
	}
	installed(s.InstallMeter(flat, "", dingdingtest.ZigbeeMeter)) // the corridor's, where nobody has lived
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, m := range meters { // credit for the month
		op, err := p.Meters().TopUp(ctx, m.id, lock.TopUp{Order: "september-" + string(m.id), Amount: decimal.NewFromInt(500)})
		if err != nil {
			return err
		}
		s.Settle()
		if _, err := op.Poll(ctx); err != nil {
			return err
		}
	}
	for range 32 {
		for _, m := range meters {
			s.Consume(m.id, m.day)
		}
		for _, m := range water {
			s.ConsumeWater(m.id, m.day)
		}
		s.Advance(24 * time.Hour)
	}
	return nil
}
