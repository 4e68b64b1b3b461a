package dingdingtest

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// AddMeter adds an electricity meter in a room of the same name, together with the home, gateway
// and collector it needs. It is prepaid, with no credit and an overdraft of 10 kWh, and on. It
// returns the meter's uuid.
func (s *Server) AddMeter(name string, kind MeterKind) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.mainHome()
	r := s.newRoom(h, name)
	via := s.gatewayIn(h)
	if kind == CollectorMeter {
		via = s.collectorIn(h, via)
	}
	return s.install(s.newMeter(name, kind, nil), h, r, via)
}

// InstallMeter is an installer putting an electricity meter into a room, or, with no room, at the
// home itself, as AddMeter does. It talks through the home's gateway and is offline if there is
// none. A room can have several A4, but only one other meter. The error is the vendor's.
func (s *Server) InstallMeter(in lock.HomeID, at lock.RoomID, kind MeterKind) (lock.DeviceID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, r, err := s.spot(in, at)
	if err != nil {
		return "", err
	}
	var shared *credit
	for _, d := range s.devices {
		if d.home != h || d.room != r || d.meter == nil {
			continue
		}
		if kind != A4Meter || d.meter.kind != A4Meter {
			return "", refuse(deviceExists, "there is a meter already")
		}
		shared = d.meter.credit
	}
	name := h.name + " public meter"
	if r != nil {
		name = r.name + " meter"
	}
	via := s.firstIn(h, gatewayKind)
	if kind == CollectorMeter {
		via = s.collectorIn(h, via)
	}
	return s.install(s.newMeter(name, kind, shared), h, r, via), nil
}

func (s *Server) newMeter(nick string, kind MeterKind, shared *credit) *device {
	d := s.newDevice(meterKind, nick)
	if shared == nil {
		shared = &credit{
			chargedAt: d.made, overdraft: decimal.NewFromInt(defaultOverdraft), overdraftAt: d.made, payment: prepaid,
		}
	}
	d.sn = "1704" + s.sim.Random.Digits(8)
	d.name, d.brand, d.model, d.modelName = "北川电表", "北川", "DDSU1225", "A1"
	d.versions = map[string]string{"elemeter_potocol_type": "01", "elemeter_potocol_version": "07"}
	if kind != CollectorMeter {
		d.name, d.brand, d.model, d.modelName = "云丁电表", "云丁", "DSZM-B01", "A1Z 内置天线"
		d.versions = map[string]string{"app_version": "1.3.0.0", "hardware_version": "1.1.0.0", "protocol_version": "0.0.0.8"}
	}
	if kind == A4Meter {
		d.model, d.modelName = "DSZM-B02", "A4 五孔"
	}
	d.meter = &meter{
		kind: kind, credit: shared, knownAt: d.made, capacity: decimal.NewFromInt(4), capacityAt: d.made,
		on: true, onAt: d.made, talks: 1, talksAt: d.made, operation: meterRead, stages: map[string]stage{},
	}
	return d
}

// Consume lets kWh of electricity through a meter, as far as its breaker is closed and, if it is
// prepaid, credit and overdraft go; then it trips (elemeterOvercomeAmount). The meter reports at
// once. Consume returns what was really used. It panics if the amount is no decimal number.
func (s *Server) Consume(device lock.DeviceID, amount string) decimal.Decimal {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustMeter(device)
	use, c := decimal.RequireFromString(amount), d.meter.credit
	if !d.meter.on {
		return decimal.Zero
	}
	if c.payment == prepaid {
		use = decimal.Min(use, decimal.Max(s.left(c).Add(c.overdraft), decimal.Zero))
	}
	d.meter.used = d.meter.used.Add(use)
	s.upload(d)
	s.tripIfSpent(c)
	return use
}

// Overload draws more than the meter's rated power: it trips (elemeterOvercomeCapacity).
func (s *Server) Overload(device lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustMeter(device)
	s.turn(d, false)
	drawn := d.meter.capacity.Mul(decimal.RequireFromString("1.25"))
	s.tell(d, func() {
		s.except(d, overPower)
		s.event(d, "elemeterOvercomeCapacity", pairs{{"capacity", num(drawn)}})
	})
}

// CloseLocally closes a meter's breaker by hand (elemeterLocalClose).
func (s *Server) CloseLocally(device lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustMeter(device)
	s.turn(d, true)
	s.tell(d, func() {
		s.except(d, closedLocally)
		s.event(d, "elemeterLocalClose", pairs{})
	})
}

// BreakLine makes a meter's line fail (elemeterTransError); the next command that succeeds mends it.
func (s *Server) BreakLine(device lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustMeter(device)
	d.meter.talks, d.meter.talksAt = 2, s.now()
	s.except(d, commError)
	s.event(d, "elemeterTransError", pairs{})
}

// MeterState is what a meter and the cloud know.
type MeterState struct {
	Used      decimal.Decimal // the counter, kWh
	Known     decimal.Decimal // the counter as the cloud knows it
	Charged   decimal.Decimal // in all; of all A4 of the room together
	Left      decimal.Decimal // below zero inside the overdraft
	Overdraft decimal.Decimal
	Capacity  decimal.Decimal // kW
	On        bool            // the breaker is closed
	Prepaid   bool
	ForcedOff bool // it trips whenever it reports
}

// Meter returns the state of an electricity meter.
func (s *Server) Meter(device lock.DeviceID) MeterState {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustMeter(device)
	c := d.meter.credit
	return MeterState{
		Used: d.meter.used, Known: d.meter.known, Charged: c.charged, Left: s.left(c), Overdraft: c.overdraft,
		Capacity: d.meter.capacity, On: d.meter.on, Prepaid: c.payment == prepaid, ForcedOff: d.place().forcedOff,
	}
}

func (s *Server) mustMeter(id lock.DeviceID) *device {
	d := s.mustDevice(id)
	if d.meter == nil {
		panic(fmt.Sprintf("dingdingtest: %s is no electricity meter", id))
	}
	return d
}
