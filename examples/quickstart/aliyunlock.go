package main

import (
	"context"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func aliyunSite(title string, p lock.Provider) *site {
	s := newSite(title, p)
	s.homeSpec = func() lock.HomeSpec { return lock.HomeSpec{Name: homeName} }
	s.roomSpecs = func() []lock.RoomSpec { return []lock.RoomSpec{{Name: "A"}, {Name: "B"}} }
	return s
}

// hand gives the tenant a key that is enrolled at the lock. It has no window.
func (s *site) hand(key lock.KeyID) (lock.Grant, error) {
	if key == "" {
		return lock.Grant{}, skipped("no enrolled key is named in the environment")
	}
	return lock.Grant{Holder: lock.Person{Name: s.tenant.Name}, Key: key, Permanent: true}, nil
}

func simulatedAliyun() (*site, error) {
	sim := aliyunlocktest.NewServer()
	s := aliyunSite("Aliyun (simulator)", sim.Client())
	s.closers = append(s.closers, sim.Close)
	var finger lock.KeyID
	s.now, s.settle = sim.Clock().Now, sim.Settle
	s.install = func(home lock.HomeID, rooms []lock.Room) error {
		for i, r := range rooms {
			door := sim.AddLock(r.Name)
			sim.MoveLock(door, home, r.ID)
			if i == 0 { // the tenant has put a finger on the reader
				finger = sim.EnrolKey(door, aliyunlocktest.Fingerprint, "")
			}
		}
		sim.Settle()
		return nil
	}
	s.grant = func() (lock.Grant, error) { return s.hand(finger) }
	s.opens = func(d *day) bool { return sim.UseKey(d.door, finger) }
	return s, nil
}

func realAliyun(env func(string) string) (*site, error) {
	code := func(context.Context) (lock.Secret, error) { return lock.NewSecret(env("AUTH_CODE")), nil }
	opts := append(elsewhere(env), aliyunlock.WithAuthCode(code, aliyunlock.AccountOASession))
	s := aliyunSite("Aliyun", aliyunlock.New(env("APP_KEY"), env("APP_SECRET"), opts...))
	s.grant = func() (lock.Grant, error) { return s.hand(lock.KeyID(env("KEY"))) }
	return s, nil
}
