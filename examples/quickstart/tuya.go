package main

import (
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

func tuyaSite(title string, p lock.Provider) *site {
	s := newSite(title, p)
	s.homeSpec = func() lock.HomeSpec { return lock.HomeSpec{Name: homeName, Address: "阳光花园 3 号楼 502 室"} }
	s.roomSpecs = func() []lock.RoomSpec { return []lock.RoomSpec{{Name: "A"}, {Name: "B"}} }
	return s
}

func simulatedTuya() (*site, error) {
	sim := tuyatest.NewServer()
	s := tuyaSite("Tuya (simulator)", sim.Client(tuya.WithPace(0, 0))) // which the simulator does not mind
	s.closers = append(s.closers, sim.Close)
	s.now, s.settle = sim.Clock().Now, sim.Settle
	s.install = func(home lock.HomeID, rooms []lock.Room) error {
		for _, r := range rooms {
			sim.Move(sim.AddLock(r.Name), home, r.ID)
		}
		return nil
	}
	s.opens = func(d *day) bool { return sim.EnterCode(d.door, d.code.Reveal()) }
	return s, nil
}

func realTuya(env func(string) string) (*site, error) {
	opts := elsewhere(env)
	if uid := env("UID"); uid != "" {
		opts = append(opts, tuya.WithUser(uid))
	}
	if region := env("REGION"); region != "" {
		opts = append(opts, tuya.WithRegion(tuya.Region(region)))
	}
	return tuyaSite("Tuya", tuya.New(env("CLIENT_ID"), env("CLIENT_SECRET"), opts...)), nil
}
