package main

import (
	"fmt"
	"net"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func dingdingSite(title string, p lock.Provider) *site {
	s := newSite(title, p)
	s.homeSpec = func() lock.HomeSpec {
		return lock.HomeSpec{
			ID: lock.HomeID(s.unique("home")), Name: homeName, Country: "中国", City: "北京市", Zone: "朝阳区", Block: "阳光花园",
			Address: "阳光花园 3 号楼 502 室",
		}
	}
	s.roomSpecs = func() []lock.RoomSpec {
		return []lock.RoomSpec{
			{ID: lock.RoomID(s.unique("room-a")), Name: "A", Note: "south"}, {ID: lock.RoomID(s.unique("room-b")), Name: "B", Note: "north"},
		}
	}
	return s
}

func simulatedDingding() (*site, error) {
	sim := dingdingtest.NewServer(dingdingtest.WithLatency(80 * time.Millisecond))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		sim.Close()
		return nil, err
	}
	url := "http://" + l.Addr().String() + "/hooks/dingding"
	sim.SetCallbackURL(url, url)
	s := dingdingSite("Dingding (simulator)", sim.Client(dingding.WithCallbackURL(url)))
	s.closers = append(s.closers, sim.Close)
	if err := s.receive(l, "/hooks/dingding"); err != nil {
		s.close()
		return nil, err
	}
	s.credit = decimal.NewFromInt(50)
	s.install = func(home lock.HomeID, rooms []lock.Room) error {
		if _, err := sim.InstallGateway(home); err != nil {
			return err
		}
		for _, r := range rooms {
			if _, err := sim.InstallLock(home, r.ID); err != nil {
				return err
			}
		}
		meter, err := sim.InstallMeter(home, rooms[0].ID, dingdingtest.ZigbeeMeter)
		if err != nil {
			return err
		}
		sim.Consume(meter, "3.4") // what the painters used
		return nil
	}
	s.opens = func(d *day) bool { return sim.EnterCode(d.door, d.code.Reveal()) }
	s.live = func(meter lock.DeviceID) { sim.Consume(meter, "37.25") }
	return s, nil
}

func realDingding(env func(string) string) (*site, error) {
	opts := elsewhere(env)
	url := env("CALLBACK_URL")
	if url != "" {
		opts = append(opts, dingding.WithCallbackURL(url))
	}
	s := dingdingSite("Dingding", dingding.New(env("CLIENT_ID"), env("CLIENT_SECRET"), opts...))
	if url == "" {
		return s, nil
	}
	l, err := net.Listen("tcp", env("LISTEN"))
	if err != nil {
		return nil, fmt.Errorf("DINGDING_LISTEN: %w", err)
	}
	return s, s.receive(l, "/")
}
