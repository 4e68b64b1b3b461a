package locktest

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// World furnishes m and returns it as a World for Run: to test what wraps providers, such as a
// fleet or a cache, put the wrapped m into its Provider. Advance is there if the Memory was given
// a *Clock.
func (m *Memory) World() World {
	home := m.AddHome(lock.HomeSpec{Name: "Garden Road 1", City: "Beijing"})
	room := m.AddRoom(home, lock.RoomSpec{Name: "101"})
	front, fresh := m.AddLock("front door"), m.AddLock("cellar door")
	meter, water := m.AddMeter(lock.Electricity, "electricity"), m.AddMeter(lock.ColdWater, "water")
	m.EditLock(front, func(l *lock.Lock) { l.Home, l.Room = home, room })
	m.EditLock(fresh, func(l *lock.Lock) {
		l.Home = home
		l.Online, l.Battery, l.Signal = nil, nil, nil
		l.OnlineAt, l.BatteryAt, l.SignalAt = time.Time{}, time.Time{}, time.Time{}
	})
	for _, id := range []lock.DeviceID{meter, water} {
		m.EditMeter(id, func(v *lock.Meter) { v.Home, v.Room = home, room })
	}
	tenant := lock.Person{ID: "person-1", Name: "Han Meimei", Phone: lock.NewSecret("13800138017")}
	owned := m.EnrollKey(front, lock.Key{Name: "left thumb", Holder: tenant})
	unowned := m.EnrollKey(front, lock.Key{Name: "right thumb"})
	now := m.cfg.Clock.Now
	var revealable lock.PasswordID
	if !m.can.Supports(lock.CreatePassword) { // the rules cannot make what they work on
		revealable = m.AddPassword(front, lock.PasswordSpec{Kind: lock.PasswordAdmin, Name: "installer", Secret: lock.NewSecret("617203")})
		for _, code := range []string{"382951", "940716"} {
			m.AddPassword(front, lock.PasswordSpec{Name: "guest", Secret: lock.NewSecret(code), Window: lock.Window{Until: now().Add(72 * time.Hour)}})
		}
	}
	w := World{
		Provider: m, Home: home, Room: room, Lock: front, Fresh: fresh, Meter: meter, WaterMeter: water,
		Key: owned, Unowned: unowned, Revealable: revealable, Person: tenant,
		Operator:  lock.Person{ID: "person-2", Name: "Landlord", Phone: lock.NewSecret("13900139028")},
		Again:     func() lock.Provider { return m.Again() },
		Calls:     m.Calls,
		Settle:    m.Settle,
		Now:       now,
		EnterCode: m.EnterCode,
		Opened:    m.Opened,
		Webhook:   m.SendTo,
		Break:     m.Interrupt,
		Stall:     m.Stall,
		Secrets:   []lock.Secret{lock.NewSecret(string(m.cloud.webhookKey))},
	}
	if clock, ok := m.cfg.Clock.(*Clock); ok {
		w.Advance = func(d time.Duration) {
			clock.Advance(d)
			m.Deliver()
		}
	}
	w.Fill = func(op lock.Op) int {
		n := 2*m.cloud.pageSize + 1
		for i := range n {
			switch op {
			case lock.ListHomes:
				m.AddHome(lock.HomeSpec{Name: "more"})
			case lock.ListLocks:
				m.AddLock("more")
			case lock.ListDevices:
				m.AddDevice(lock.Device{Name: "more", Kind: lock.DeviceGateway, Home: home})
			case lock.ListKeys, lock.ListKeysOfLock, lock.ListUnownedKeys:
				m.EnrollKey(front, lock.Key{Name: "more"})
			case lock.ListPasswords:
				m.AddPassword(front, lock.PasswordSpec{Name: "more", Window: lock.Window{Until: now().Add(72 * time.Hour)}})
			case lock.ListMeters:
				m.AddMeter(lock.Electricity, "more")
			case lock.MeterHistory:
				m.AddReading(meter, now().Add(time.Duration(i-n)*time.Minute), decimal.NewFromInt(int64(900+i)))
			case lock.ListEvents:
				m.Emit(lock.Event{Kind: lock.EventLockLocked, Device: front})
			default:
				return 0
			}
		}
		return n
	}
	return w
}
