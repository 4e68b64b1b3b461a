package dingdingtest

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// powerReading is an entry of the power history.
type powerReading struct {
	device *device
	at     time.Time
	total  decimal.Decimal
}

// creditEntry is an entry of the charge history.
type creditEntry struct {
	device        *device
	at            time.Time
	amount, total decimal.Decimal
}

// countCharges is GET elemeter_count_charge_history, §11.8.
func (s *Server) countCharges(f fields) (object, error) {
	found, err := s.chargeHistory(f)
	return object{"count": len(found)}, err
}

// fetchCharges is GET elemeter_fetch_charge_history, §11.9.
func (s *Server) fetchCharges(f fields) (object, error) {
	found, err := s.chargeHistory(f)
	if err != nil {
		return nil, err
	}
	found, err = page(newest(found), f, 20)
	if err != nil {
		return nil, err
	}
	return object{"history": sim.Each(found, func(e creditEntry) object {
		return object{"home_id": e.device.home.id, "room_id": e.device.placeID(), "uuid": e.device.uuid,
			"amount": num(e.amount), "total_amount": num(e.total), "time": milli(e.at)}
	})}, nil
}

func (s *Server) chargeHistory(f fields) ([]creditEntry, error) {
	meters, err := s.metersAt(f)
	if err != nil {
		return nil, err
	}
	var all []creditEntry
	for _, d := range s.widened(meters) {
		all = append(all, d.meter.charges...)
	}
	slices.SortStableFunc(all, func(a, b creditEntry) int { return a.at.Compare(b.at) })
	return during(all, f.seconds("start_time"), f.seconds("end_time"), func(e creditEntry) time.Time { return e.at }), nil
}

// countPower is GET elemeter_count_power_history, §11.10.
func (s *Server) countPower(f fields) (object, error) {
	found, err := s.powerHistory(f)
	return object{"count": len(during(found, f.seconds("start_time"), f.seconds("end_time"), readAt))}, err
}

// fetchPower is GET elemeter_fetch_power_history, §11.11.
func (s *Server) fetchPower(f fields) (object, error) {
	found, err := s.powerHistory(f)
	if err != nil {
		return nil, err
	}
	found, err = page(newest(during(found, f.seconds("start_time"), f.seconds("end_time"), readAt)), f, 20)
	if err != nil {
		return nil, err
	}
	return object{"history": sim.Each(found, func(r powerReading) object {
		return object{"home_id": r.device.home.id, "room_id": r.device.placeID(), "uuid": r.device.uuid,
			"consume_amount": num(r.total), "time": milli(r.at)}
	})}, nil
}

func readAt(r powerReading) time.Time { return r.at }

// powerHistory is the readings of a meter, oldest first. For a room with several A4 each entry is
// what all of them together had used by then.
func (s *Server) powerHistory(f fields) ([]powerReading, error) {
	meters, err := s.metersAt(f)
	if err != nil {
		return nil, err
	}
	var all []powerReading
	for _, d := range meters {
		all = append(all, d.meter.readings...)
	}
	slices.SortStableFunc(all, func(a, b powerReading) int { return a.at.Compare(b.at) })
	latest := map[*device]decimal.Decimal{}
	for i, r := range all {
		latest[r.device] = r.total
		all[i].total = decimal.Zero
		for _, total := range latest {
			all[i].total = all[i].total.Add(total)
		}
	}
	return all, nil
}

// getConsumption is GET elemeter_fetch_power_consumption, §11.14. It counts from the last reading
// before the period, or the first inside it, to the last reading inside it, and says which these
// were. A reset in between does not count as negative use.
func (s *Server) getConsumption(f fields) (object, error) {
	all, err := s.powerHistory(f)
	if err != nil {
		return nil, err
	}
	from, until := f.seconds("start_time"), f.seconds("end_time")
	used := during(all, time.Time{}, until, readAt)
	for len(used) > 1 && !used[1].at.After(from) {
		used = used[1:]
	}
	if len(used) == 0 || used[len(used)-1].at.Before(from) {
		return object{"consumption": 0}, nil
	}
	total := decimal.Zero
	for i := 1; i < len(used); i++ {
		if more := used[i].total.Sub(used[i-1].total); more.IsPositive() {
			total = total.Add(more)
		}
	}
	return object{"consumption": num(total), "start_time": sec(used[0].at), "end_time": sec(used[len(used)-1].at)}, nil
}

// record brings a meter's counter into the cloud; in a place that is forced off the meter trips.
func (s *Server) record(d *device) { s.recordAs(d, d.meter.used, s.now()) }

func (s *Server) recordAs(d *device, total decimal.Decimal, at time.Time) {
	d.meter.known, d.meter.knownAt = total, at
	d.meter.readings = append(d.meter.readings, powerReading{d, at, total})
	if d.place().forcedOff && d.meter.on {
		s.turn(d, false)
	}
}

// upload is a meter reporting by itself. What it could not report while it was offline comes as
// elemeterPowerHisAsync later.
func (s *Server) upload(d *device) {
	total, at, left := d.meter.used, s.now(), s.left(d.meter.credit)
	live := d.reachable()
	s.tell(d, func() {
		s.recordAs(d, total, at)
		if live {
			s.event(d, "elemeterPowerAsync", pairs{
				{"consume_amount", num(total)}, {"consume_amount_time", milli(at)}, {"left_amount", num(left)},
			})
			return
		}
		s.event(d, "elemeterPowerHisAsync", pairs{{"powers", []pairs{{
			{"sn", d.sn}, {"time", milli(at)}, {"amount", num(total)},
		}}}})
	})
}
