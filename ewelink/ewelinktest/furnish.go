package ewelinktest

import (
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Furniture is what Furnish has put into a simulator.
type Furniture struct {
	Flat, House lock.HomeID // Flat is the account's first home
	LivingRoom  lock.RoomID // in Flat
	Front       lock.DeviceID
	Contact     lock.DeviceID // on the front door, Wi-Fi
	BackContact lock.DeviceID // Zigbee
	Strips      lock.DeviceID // four channels
	Cellar      lock.DeviceID // offline, in House
	Shared      lock.DeviceID // another account's, shared with ours
	Meter       lock.DeviceID // a POW
	Hourly      lock.DeviceID // a POWR3
	Dual        lock.DeviceID // a DualR3
	Breaker     lock.DeviceID // 120 kWh paid
	Tenant      string        // an account that Front is shared with
	Neighbour   string        // the account that has Shared
}

// Furnish adds what is worth trying a client on: two homes, a relay that opens a door, contact
// sensors, meters of each coding, an offline device, a second account with shares in both
// directions, and sixty openings of the last five days, some in one millisecond.
func (s *Server) Furnish() Furniture {
	f := Furniture{Flat: s.MainHome(), House: s.AddHome("House"), Tenant: "tenant@example.com", Neighbour: "neighbour@example.com"}
	s.AddAccount(f.Tenant)
	s.AddAccount(f.Neighbour)
	f.LivingRoom = s.AddRoom(f.Flat, "Living room")
	f.Front = s.AddRelay("Front door")
	f.Contact = s.AddContact("Front door contact", WiFiContact)
	f.BackContact = s.AddContact("Back door contact", ZigbeeContactP)
	f.Strips = s.AddSwitch("Power strip", 4)
	f.Cellar = s.AddRelay("Cellar door")
	f.Meter, f.Hourly = s.AddMeter("Kitchen meter", POW), s.AddMeter("Boiler meter", POWR3)
	f.Dual, f.Breaker = s.AddMeter("Hall meter", DualR3), s.AddMeter("Flat breaker", PrepaidCB)
	f.Shared = s.AddShared("Yard gate", f.Neighbour)
	s.Place(f.Front, f.Flat, f.LivingRoom)
	s.Place(f.Cellar, f.House, "")
	s.Share(f.Front, f.Tenant, 15)
	s.TopUpBreaker(f.Breaker, 120)
	now := s.Clock().Now()
	for i := range 60 {
		at := now.AddDate(0, 0, -5).Add(time.Duration(i/3) * 6 * time.Hour).Truncate(time.Millisecond) // three at once
		s.RecordAt(f.Front, at, map[string]any{"switch": [...]string{"on", "off"}[i%2]})
	}
	for day := range 30 {
		for _, id := range []lock.DeviceID{f.Meter, f.Hourly, f.Dual, f.Breaker} {
			s.ConsumeAt(id, 0, now.AddDate(0, 0, -day).Add(-time.Hour), 1+float64(day)/100)
		}
	}
	s.Alarm(f.Front, "tamper", map[string]any{"alarm": "tamper"})
	s.Offline(f.Cellar)
	return f
}
