package main

import (
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/yeeuu"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

func yeeuuSite(title string, p lock.Provider) *site {
	s := newSite(title, p)
	s.homeSpec = func() lock.HomeSpec {
		return lock.HomeSpec{ID: lock.HomeID(s.unique("home")), Name: homeName, Block: "阳光花园", City: "1"} // a number of the vendor's
	}
	s.doorOf = func(home lock.HomeID, at lock.RoomID) lock.DeviceID {
		return yeeuu.Door{Code: string(home), Type: yeeuu.Inner, Name: string(at)}.ID()
	}
	return s
}

func simulatedYeeuu() (*site, error) {
	sim := yeeuutest.NewServer()
	s := yeeuuSite("Yeeuu (simulator)", sim.Client())
	s.closers = append(s.closers, sim.Close)
	s.install = func(lock.HomeID, []lock.Room) error { return nil } // the doors are there once they are entered
	s.opens = func(d *day) bool { return sim.EnterCode(d.door, d.code.Reveal()) }
	return s, nil
}

func realYeeuu(env func(string) string) (*site, error) {
	opts := append(elsewhere(env), yeeuu.WithWatch(lock.DeviceID(env("LOCK"))))
	return yeeuuSite("Yeeuu", yeeuu.New(env("PARTNER_ID"), env("SECRET"), opts...)), nil
}
