package dingdingtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
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

// credit is prepaid energy, of one meter or of all A4 of a room.
type credit struct {
	charged     decimal.Decimal // in all, kWh
	chargedAt   time.Time
	overdraft   decimal.Decimal
	overdraftAt time.Time
	payment     int64 // 1 prepaid, 2 postpaid
}

const (
	prepaid  = 1
	postpaid = 2
)

// defaultOverdraft is what set_room_pay_type sets when nothing says otherwise, §11.23.
const defaultOverdraft = 10

// stage is how far an operation has come: 1 running, 2 failed, 3 done.
type stage struct {
	n  int
	at time.Time
}

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

// charge is a top-up order.
type charge struct {
	trade, serial string
	stage         int
}

func (m *meter) stage(name string) int { return cmp.Or(m.stages[name].n, stageDone) }

// metersOf are the meters that share a credit.
func (s *Server) metersOf(c *credit) []*device {
	return keep(s.devices, func(d *device) bool { return d.meter != nil && d.meter.credit == c })
}

// left is the credit that is left; below zero inside the overdraft.
func (s *Server) left(c *credit) decimal.Decimal {
	left := c.charged
	for _, d := range s.metersOf(c) {
		left = left.Sub(d.meter.used)
	}
	return left
}

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
	return object{"history": each(found, func(e creditEntry) object {
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
	return object{"history": each(found, func(r powerReading) object {
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

// getCollector is GET get_elecollector_info, §11.12.
func (s *Server) getCollector(f fields) (object, error) {
	found, err := s.locate(f, collectorKind)
	if err != nil {
		return nil, err
	}
	o := found[0].collectorInfo()
	o["onoff_time"], o["bind_time"] = sec(found[0].onlineAt), sec(found[0].bound)
	return o, nil
}

// getCollectors is GET get_elecollector_info_arr, §11.13. Its times are milliseconds, as in the
// document's example.
func (s *Server) getCollectors(f fields) (object, error) {
	var found []*device
	if f.text("uuid") == "" && f.text("home_id") != "" {
		h, err := s.home(f.text("home_id"))
		if err != nil {
			return nil, err
		}
		found = keep(s.devicesIn(h), func(d *device) bool { return d.kind == collectorKind })
	} else {
		var err error
		if found, err = s.locate(f, collectorKind); err != nil {
			return nil, err
		}
	}
	return object{"elecollectors": each(found, func(d *device) object {
		o := d.collectorInfo()
		o["onoff_time"], o["bind_time"] = milli(d.onlineAt), milli(d.bound)
		o["time"], o["status"], o["power"], o["power_refreshtime"] = milli(d.made), 1, -1, -1
		o["center_description"] = ""
		if d.via != nil {
			o["center_description"] = d.via.nick
		}
		return o
	})}, nil
}

func (d *device) collectorInfo() object {
	return object{
		"uuid": d.uuid, "center_uuid": d.viaID(), "mac": d.mac, "sn": d.sn, "versions": d.versions, "onoff_line": d.onoff(),
		"name": d.name, "model": d.model, "model_name": d.modelName, "brand": d.brand,
		"lqi": d.signal, "lqi_refreshtime": milli(d.signalAt),
	}
}

// setPrice is POST elemeter_set_eleprice, §11.15.
func (s *Server) setPrice(f fields) (object, error) {
	if !f.has("room_eleprice") && !f.has("client_eleprice") {
		return nil, refuse(badParameter, "room_eleprice or client_eleprice is required")
	}
	if f.float("room_eleprice").IsNegative() || f.float("client_eleprice").IsNegative() {
		return nil, refuse(badParameter, "a price must not be negative")
	}
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	if f.has("room_eleprice") {
		d.place().roomPrice = f.float("room_eleprice")
	}
	if f.has("client_eleprice") {
		s.clientPrice = f.float("client_eleprice")
	}
	return nil, nil
}

// setHomePrice is POST elemeter_set_eleprice_by_home, §11.16.
func (s *Server) setHomePrice(f fields) (object, error) {
	if f.float("eleprice").IsNegative() {
		return nil, refuse(badParameter, "eleprice must not be negative")
	}
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	h.price = f.float("eleprice")
	return nil, nil
}

// setPriceWay is POST elemeter_set_eleprice_way, §11.17.
func (s *Server) setPriceWay(f fields) (object, error) {
	if !f.is("eleprice_way", 1, 2, 3) {
		return nil, refuse(badParameter, "eleprice_way must be 1, 2 or 3")
	}
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	d.place().priceWay = f.whole("eleprice_way")
	return nil, nil
}

// getPrice is GET elemeter_get_price_and_way, §11.18. The way is what was set with §11.17,
// although the two sections number it differently.
func (s *Server) getPrice(f fields) (object, error) {
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	return object{
		"room_eleprice": num(d.place().roomPrice), "client_eleprice": num(s.clientPrice), "eleprice_way": d.place().priceWay,
	}, nil
}

// queryCharge is GET elemeter_charge_query, §11.19.
func (s *Server) queryCharge(f fields) (object, error) {
	trade, serial := f.text("trade_num"), f.text("serial_no")
	if trade == "" && serial == "" {
		return nil, refuse(badParameter, "trade_num or serial_no is required")
	}
	for _, c := range s.charges {
		if trade != "" && c.trade == trade || trade == "" && c.serial == serial {
			return object{"charge_stage": c.stage}, nil
		}
	}
	return nil, refuse(notFound, "no such charge")
}

// chargeEnergy is POST elemeter_charge, in the change log of V2.0.11 only.
func (s *Server) chargeEnergy(f fields) (object, error) { return s.charge(f, f.float("amount")) }

// chargeFees is POST elemeter_charge_fees, in the change log of V2.0.11 only: eleprice_way is 1 for
// the room's price and 2 for the merchant's; without it the setting of §11.17 decides.
func (s *Server) chargeFees(f fields) (object, error) {
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	price := map[int64]decimal.Decimal{1: d.home.price, merchantPrice: s.clientPrice, 3: d.place().roomPrice}[d.place().priceWay]
	if f.has("eleprice_way") {
		if !f.is("eleprice_way", 1, merchantPrice) {
			return nil, refuse(badParameter, "eleprice_way must be 1 or 2")
		}
		price = map[int64]decimal.Decimal{1: d.place().roomPrice, merchantPrice: s.clientPrice}[f.whole("eleprice_way")]
	}
	if price.IsZero() {
		return nil, refuse(badParameter, "there is no price to charge by")
	}
	return s.charge(f, f.float("fees").Div(price).RoundDown(2))
}

func (s *Server) charge(f fields, amount decimal.Decimal) (object, error) {
	if !amount.IsPositive() {
		return nil, refuse(badParameter, "the amount must be positive")
	}
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	trade := f.text("trade_num")
	if trade != "" && slices.ContainsFunc(s.charges, func(c *charge) bool { return c.trade == trade }) {
		return nil, refuse(duplicate, "trade_num was used before")
	}
	order := &charge{trade: trade, serial: fmt.Sprintf("SN%010d", s.number()), stage: stageRunning}
	s.charges = append(s.charges, order)
	s.note(d, "20100", "", f)
	c := d.meter.credit
	reply := s.meterCommand([]*device{d}, meterCharge, func(*device) {
		s.makePrepaid(c)
		c.charged, c.chargedAt = c.charged.Add(amount), s.now()
		d.meter.charges = append(d.meter.charges, creditEntry{d, s.now(), amount, c.charged})
		s.closeIfPaid(c)
	}, func(result int) pairs {
		order.stage = stageDone
		if result != done {
			order.stage = stageFailed
		}
		return pairs{{"amount", num(amount)}, {"total_amount", num(c.charged)}}
	})
	reply["serial_no"] = order.serial
	return reply, nil
}

// resetCharge is POST elemeter_charge_reset, §11.20. It makes a postpaid meter prepaid, §11.23.
func (s *Server) resetCharge(f fields) (object, error) {
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	c := d.meter.credit
	s.work(func() {
		c.payment = prepaid
		s.clearCredit(c)
		s.tripIfSpent(c)
	})
	return nil, nil
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

// setPayType is POST set_room_pay_type, §11.23.
func (s *Server) setPayType(f fields) (object, error) {
	if !f.is("pay_type", prepaid, postpaid) {
		return nil, refuse(badParameter, "pay_type must be 1 or 2")
	}
	overdraft := decimal.NewFromInt(defaultOverdraft)
	if f.has("overdraft") {
		if overdraft = decimal.NewFromInt(f.whole("overdraft")); !overdraft.IsPositive() {
			return nil, refuse(badParameter, "overdraft must be positive")
		}
	}
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	c := d.meter.credit
	s.work(func() {
		c.overdraft, c.overdraftAt = overdraft, s.now()
		s.makePrepaid(c)
		if f.is("pay_type", postpaid) {
			c.payment, c.overdraft = postpaid, decimal.Zero
			s.clearCredit(c)
		}
	})
	return nil, nil
}

// makePrepaid ends postpaid; what was used until then is not counted against the credit.
func (s *Server) makePrepaid(c *credit) {
	if c.payment == postpaid {
		c.payment = prepaid
		s.clearCredit(c)
	}
}

// clearCredit leaves no credit, and no debt.
func (s *Server) clearCredit(c *credit) {
	c.charged, c.chargedAt = c.charged.Sub(s.left(c)), s.now()
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

// tripIfSpent opens the breakers of meters that have used up credit and overdraft.
func (s *Server) tripIfSpent(c *credit) {
	if c.payment != prepaid || s.left(c).Add(c.overdraft).IsPositive() {
		return
	}
	for _, d := range s.metersOf(c) {
		if !d.meter.on {
			continue
		}
		s.turn(d, false)
		d.meter.spent = true
		used := d.meter.used
		s.tell(d, func() {
			s.except(d, creditExhausted)
			s.event(d, "elemeterOvercomeAmount", pairs{{"amount", num(used)}})
		})
	}
}

// closeIfPaid closes breakers that had opened for want of credit. The document does not say who
// does that.
func (s *Server) closeIfPaid(c *credit) {
	if !s.left(c).Add(c.overdraft).IsPositive() {
		return
	}
	for _, d := range s.metersOf(c) {
		if d.meter.spent {
			s.turn(d, true)
		}
	}
}

// AddCollector adds a collector to a home, with a gateway if the home has none. It panics if
// there is no such home.
func (s *Server) AddCollector(in lock.HomeID) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := must(s.home(string(in)))
	return s.newCollector(h, s.gatewayIn(h)).id()
}

func (s *Server) newCollector(h *home, via *device) *device {
	d := s.newDevice(collectorKind, h.name+" collector")
	d.sn = "emjl0001" + s.sim.Random.Digits(12)
	d.name, d.model, d.modelName = "采集器", "DSEM-B01", "采集器"
	d.signal, d.signalAt = 117, d.made
	d.versions = map[string]string{
		"zigbee_version": "3.1.3.2", "protocol_version": "0.0.0.4", "hardware_version": "1.0.0.0", "app_version": "1.2.3.0",
	}
	s.install(d, h, nil, via)
	return d
}

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

func (s *Server) collectorIn(h *home, gateway *device) *device {
	if c := s.firstIn(h, collectorKind); c != nil {
		return c
	}
	return s.newCollector(h, gateway)
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
