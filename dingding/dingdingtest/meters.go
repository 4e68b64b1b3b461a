package dingdingtest

import (
	"cmp"
	"time"

	"github.com/shopspring/decimal"
)

// MeterKind is a kind of electricity meter.
type MeterKind int

// The kinds of electricity meter.
const (
	CollectorMeter MeterKind = iota // read by a collector, which is installed with it
	ZigbeeMeter                     // talks to the gateway by itself (A1Z)
	A4Meter                         // a socket; all of a room share their credit (A4)
)

// meter is what makes a device an electricity meter.
type meter struct {
	kind       MeterKind
	credit     *credit
	used       decimal.Decimal // the counter on the meter, kWh
	known      decimal.Decimal // the counter as the cloud knows it
	knownAt    time.Time
	capacity   decimal.Decimal // kW
	capacityAt time.Time
	on         bool // the breaker is closed
	onAt       time.Time
	spent      bool // the breaker is open because the credit is used up
	talks      int  // trans_status: 1 ok, 2 failed
	talksAt    time.Time
	operation  int // of the last command
	stages     map[string]stage
	readings   []powerReading
	charges    []creditEntry
}

// stage is how far an operation has come: 1 running, 2 failed, 3 done.
type stage struct {
	n  int
	at time.Time
}

func (m *meter) stage(name string) int { return cmp.Or(m.stages[name].n, stageDone) }

// getMeterInfo is GET get_elemeter_info, §11.1.
func (s *Server) getMeterInfo(f fields) (object, error) {
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	o := d.meter.info()
	for name, value := range (object{
		"uuid": d.uuid, "mac": d.mac, "sn": d.sn, "versions": d.versions, "onoff_line": d.onoff(),
		"onoff_time": milli(d.onlineAt), "bind_time": milli(d.bound), "name": d.name, "model": d.model,
		"model_name": d.modelName, "brand": d.brand,
	}) {
		o[name] = value
	}
	o["center_uuid"] = d.viaID()
	if d.meter.kind == CollectorMeter {
		delete(o, "center_uuid")
		o["elecollector_uuid"] = d.viaID()
	}
	return o, nil
}

// info is the part of the meter's details that get_device_info has too.
func (m *meter) info() object {
	enabled := 2
	if m.on {
		enabled = 1
	}
	return object{
		"power_total": num(m.credit.charged), "power_total_time": milli(m.credit.chargedAt),
		"enable_state": enabled, "enable_state_time": milli(m.onAt),
		"overdraft": num(m.credit.overdraft), "overdraft_time": milli(m.credit.overdraftAt),
		"capacity": num(m.capacity), "capacity_time": milli(m.capacityAt),
		"consume_amount": num(m.known), "consume_amount_time": milli(m.knownAt),
		"trans_status": m.talks, "trans_status_time": milli(m.talksAt),
		"operation": m.operation, "operation_stage": m.stage(stageNames[m.operation]),
		"charge_stage": m.stage("charge"), "overdraft_stage": m.stage("overdraft"), "capacity_stage": m.stage("capacity"),
	}
}

func (s *Server) metersAt(f fields) ([]*device, error) { return s.locate(f, meterKind) }

func (s *Server) meterAt(f fields) (*device, error) {
	found, err := s.metersAt(f)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// widened adds the other A4 of the room: some commands to one reach them all.
func (s *Server) widened(found []*device) []*device {
	if found[0].meter.kind == A4Meter {
		return s.metersOf(found[0].meter.credit)
	}
	return found
}

// Operations of a meter, §11.1 and §13.2.1.
const (
	meterCharge    = 1
	meterOverdraft = 2
	meterReset     = 3
	meterCapacity  = 4
	meterRead      = 5
	meterOff       = 6 // 跳闸; §11.1 prints 开闸
	meterOn        = 7
)

// stageNames are the fields that tell how far an operation has come.
var stageNames = map[int]string{
	meterCharge: "charge", meterOverdraft: "overdraft", meterReset: "reset", meterCapacity: "capacity",
	meterRead: "read", meterOff: "switch", meterOn: "switch",
}

// meterCommand sends a command to meters: act is what each of them does. When all have answered,
// ended is told, and one result is sent, of the first meter; what ended returns is added if all went
// well.
func (s *Server) meterCommand(meters []*device, operation int, act func(*device), ended func(result int) pairs) object {
	id, first := s.serviceID(), meters[0]
	waiting, worst := len(meters), done
	for _, d := range meters {
		s.setStage(d, operation, stageRunning)
		s.command(d, func() int {
			act(d)
			return done
		}, func(result int) {
			s.setStage(d, operation, stageDone)
			if result != done {
				s.setStage(d, operation, stageFailed)
				worst = result
			}
			if waiting--; waiting > 0 {
				return
			}
			answer, more := pairs{{"id", first.uuid}, {"ErrNo", worst}, {"operation_type", operation}}, ended(worst)
			if worst == done {
				answer = append(answer, more...)
			}
			name := "Elemeter_Control_Service"
			if operation == meterRead {
				name = "Elemeter_Passthrough_Service"
			}
			s.service(first, name, id, answer)
		})
	}
	return object{"serviceid": id}
}

func (s *Server) setStage(d *device, operation, n int) {
	d.meter.operation = operation
	d.meter.stages[stageNames[operation]] = stage{n, s.now()}
	if n != stageRunning {
		d.meter.talks, d.meter.talksAt = 1, s.now()
		if n == stageFailed {
			d.meter.talks = 2
		}
	}
}

func nothing(int) pairs { return nil }

// updateOverdraft is POST elemeter_update_overdraft, §11.2. Anything but 0 makes a postpaid meter
// prepaid, §11.23.
func (s *Server) updateOverdraft(f fields) (object, error) {
	if f.float("overdraft").IsNegative() {
		return nil, refuse(badParameter, "overdraft must not be negative")
	}
	found, err := s.metersAt(f)
	if err != nil {
		return nil, err
	}
	c := found[0].meter.credit
	s.note(found[0], "20101", "", f)
	return s.meterCommand(s.widened(found), meterOverdraft, func(*device) {
		c.overdraft, c.overdraftAt = f.float("overdraft"), s.now()
		if !c.overdraft.IsZero() {
			s.makePrepaid(c)
		}
		s.tripIfSpent(c)
	}, func(int) pairs { return pairs{{"overdraft", num(c.overdraft)}} }), nil
}

// resetMeter is POST elemeter_reset_by_collector, §11.3.
func (s *Server) resetMeter(f fields) (object, error) {
	found, err := s.metersButA4(f)
	if err != nil {
		return nil, err
	}
	s.note(found[0], "20102", "", f)
	return s.meterCommand(found, meterReset, func(d *device) {
		m := d.meter
		m.used, m.known, m.knownAt = decimal.Zero, decimal.Zero, s.now()
		m.credit.charged, m.credit.chargedAt = decimal.Zero, s.now()
	}, nothing), nil
}

// updateCapacity is POST elemeter_update_max_capacity, §11.4.
func (s *Server) updateCapacity(f fields) (object, error) {
	if !f.float("capacity").IsPositive() {
		return nil, refuse(badParameter, "capacity must be positive")
	}
	found, err := s.metersButA4(f)
	if err != nil {
		return nil, err
	}
	s.note(found[0], "20103", "", f)
	return s.meterCommand(found, meterCapacity, func(d *device) {
		d.meter.capacity, d.meter.capacityAt = f.float("capacity"), s.now()
	}, func(int) pairs { return pairs{{"capacity", num(found[0].meter.capacity)}} }), nil
}

// metersButA4 is for what A4 meters cannot do.
func (s *Server) metersButA4(f fields) ([]*device, error) {
	found, err := s.metersAt(f)
	if err == nil && found[0].meter.kind == A4Meter {
		return nil, refuse(noMethod, "an A4 meter cannot do that")
	}
	return found, err
}

// readMeter is POST elemeter_read, §11.5.
func (s *Server) readMeter(f fields) (object, error) {
	found, err := s.metersAt(f)
	if err != nil {
		return nil, err
	}
	s.note(found[0], "20104", "", f)
	return s.meterCommand(found, meterRead, s.record,
		func(int) pairs { return pairs{{"consume_amount", num(found[0].meter.known)}} }), nil
}

// switchOn is POST elemeter_switch_on, §11.6. It ends the forced-off state first; if the meter
// cannot be reached that has happened all the same, and the answer is 5101.
func (s *Server) switchOn(f fields) (object, error) {
	found, err := s.metersAt(f)
	if err != nil {
		return nil, err
	}
	found[0].place().forcedOff = false
	for _, d := range found {
		if !d.reachable() {
			return nil, refuse(timedOut, "forced-off has ended, but the meter cannot be reached")
		}
	}
	s.note(found[0], "20105", "", f)
	return s.meterCommand(found, meterOn, func(d *device) { s.turn(d, true) }, nothing), nil
}

// switchOff is POST elemeter_switch_off, §11.7.
func (s *Server) switchOff(f fields) (object, error) {
	found, err := s.metersAt(f)
	if err != nil {
		return nil, err
	}
	s.note(found[0], "20106", "", f)
	return s.meterCommand(found, meterOff, func(d *device) { s.turn(d, false) }, nothing), nil
}

func (s *Server) turn(d *device, on bool) {
	d.meter.on, d.meter.onAt, d.meter.spent = on, s.now(), false
}

// syncMeter is POST elemeter_syn_data, §11.21.
func (s *Server) syncMeter(f fields) (object, error) {
	found, err := s.metersAt(f)
	if err != nil {
		return nil, err
	}
	for _, d := range found {
		d.meter.stages["syn"] = stage{stageRunning, s.now()}
		s.command(d, func() int {
			s.upload(d)
			return done
		}, func(result int) {
			d.meter.stages["syn"] = stage{stageDone, s.now()}
			if result != done {
				d.meter.stages["syn"] = stage{stageFailed, s.now()}
			}
		})
	}
	return nil, nil
}

// forceOff is POST elemeter_force_open, §11.24. The meters trip when they next report.
func (s *Server) forceOff(f fields) (object, error) {
	if !f.is("force_open", 1, 2) {
		return nil, refuse(badParameter, "force_open must be 1 or 2")
	}
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	d.place().forcedOff = f.is("force_open", 1)
	return nil, nil
}
