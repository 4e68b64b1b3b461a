package ewelinktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Meter is a kind of device that measures electricity. Energy is counted in 0.01 kWh by all of them.
type Meter int

// The kinds of a meter, with the uiid of each.
const (
	POW       Meter = iota // 5: values as text, a hundred days of six characters
	POWR2                  // 32: as POW
	S40                    // 182: as POW, and 186 days
	DualR3                 // 126: two channels, whole numbers of 0.01, days of four characters
	SPM                    // 130: as DualR3 with four channels
	POWR3                  // 190: whole numbers of 0.01, hours of four characters
	POWR3Old               // 190 with denyFeatures: hours of three characters
	PrepaidCB              // 226: a breaker that is paid in advance
)

const uiidBreaker = 226

// metering is how a product measures.
type metering struct {
	channels int
	days     int                      // of a history; 0 = it is asked for by the hour
	code     func(cents int) string   // one day or hour, in 0.01 kWh
	values   func(m *meter) object    // live
	counters func(t meterTime) object // reported when they change
	asks     []string                 // orders for a history and their like
	answers  map[string]string        // the order that asks for a history of days, and where it comes
	deny     []string
}

// orders are params that are no state.
func (p *metering) orders() []string {
	return append([]string{"uiActive", "oneKwh", "startTime", "endTime", "batteryRecharge", "ASYNC", "zeroPower", "resetPower"}, p.asks...)
}

// meter is what a device has measured.
type meter struct {
	kind  *metering
	used  []used
	watts []float64 // drawn now, by channel
	// Of the one measurement that a person can start and stop.
	begun, ended map[int]time.Time
	paid, zero   int // 0.01 kWh topped up, and used when the rest or the total were set to 0
	reset        int
}

// used is energy that has gone through a channel.
type used struct {
	at      time.Time
	channel int
	cents   int // 0.01 kWh
}

func newMeter(kind *metering) *meter {
	return &meter{kind: kind, watts: make([]float64, kind.channels), begun: map[int]time.Time{}, ended: map[int]time.Time{}}
}

// sum adds up what a channel has used from one time until another; channel -1 is all of them.
func (m *meter) sum(channel int, from, until time.Time) int {
	cents := 0
	for _, u := range m.used {
		if (channel < 0 || u.channel == channel) && !u.at.Before(from) && u.at.Before(until) {
			cents += u.cents
		}
	}
	return cents
}

func (m *meter) total() int {
	cents := 0
	for _, u := range m.used {
		cents += u.cents
	}
	return cents
}

// meterTime is a meter at a moment, in its own time zone.
type meterTime struct {
	*meter
	now time.Time
}

func (t meterTime) midnight() time.Time {
	y, m, d := t.now.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.now.Location())
}

func (t meterTime) since(from time.Time) int { return t.sum(-1, from, t.now.Add(time.Second)) }

// zone is where a device stands: its days begin at its own midnight.
func (d *device) zone() *time.Location {
	return time.FixedZone("device", number(d.params["timeZone"])*int(time.Hour/time.Second))
}

// The codings of energy in histories. c is in 0.01 kWh.
func hex2dec4(c int) string { return fmt.Sprintf("%02x%02d%02d", c/100, c/10%10, c%10) }
func hex2dec2(c int) string { return fmt.Sprintf("%02x%02d", c/100, c%100) }
func hex1dec2(c int) string { return fmt.Sprintf("%01x%02d", c/100, c%100) }
func hex4hex2(c int) string { return fmt.Sprintf("%04x%02x", c/100, c%100) }

const volts = 230.0

// decimals is a number with two places, as text.
func decimals(v float64) string { return fmt.Sprintf("%.2f", v) }

func hundredths(v float64) int { return int(math.Round(v * 100)) }

func kWh(cents int) json.Number { return json.Number(fmt.Sprintf("%d.%02d", cents/100, cents%100)) }

func textValues(m *meter) object {
	return object{"power": decimals(m.watts[0]), "voltage": decimals(volts), "current": decimals(m.watts[0] / volts)}
}

func wholeValues(m *meter) object {
	return object{"power": hundredths(m.watts[0]), "voltage": hundredths(volts), "current": hundredths(m.watts[0] / volts)}
}

func channelValues(m *meter) object {
	o := object{}
	for i, w := range m.watts {
		for name, v := range map[string]float64{"actPow": w, "voltage": volts, "current": w / volts, "reactPow": 0, "apparentPow": w} {
			o[fmt.Sprintf("%s_0%d", name, i)] = hundredths(v)
		}
	}
	return o
}

func breakerValues(m *meter) object {
	o := object{"temperature": 31}
	for name, v := range map[string]float64{"p": m.watts[0], "v": volts, "c": m.watts[0] / volts} {
		o["phase_0_"+name] = json.Number(decimals(v))
	}
	return o
}

func dayAndMonth(t meterTime) object {
	month := t.midnight().AddDate(0, 0, 1-t.now.Day())
	return object{"dayKwh": t.since(t.midnight()), "monthKwh": t.since(month)}
}

func dayOnly(t meterTime) object { return object{"dayKwh": t.since(t.midnight())} }

func breakerCounters(t meterTime) object {
	return object{"totalPower": kWh(t.total() - t.reset), "availablePower": kWh(t.left())}
}

// left is what is paid and not used, in 0.01 kWh.
func (m *meter) left() int { return max(m.paid-(m.total()-m.zero), 0) }

func noCounters(meterTime) object { return object{} }

func channelAsks(n int) ([]string, map[string]string) {
	var asks []string
	answers := map[string]string{}
	for i := range n {
		for _, name := range []string{"getKwh", "startTime", "endTime"} {
			asks = append(asks, fmt.Sprintf("%s_0%d", name, i))
		}
		answers[fmt.Sprintf("getKwh_0%d", i)] = fmt.Sprintf("kwhHistories_0%d", i)
	}
	return asks, answers
}

// meterProduct is the product of a kind.
func meterProduct(kind Meter) product {
	hundred := map[string]string{"hundredDaysKwh": "hundredDaysKwhData"}
	p := product{channels: 1, params: wifi}
	m := &metering{channels: 1, days: 100, code: hex2dec4, values: textValues, counters: noCounters, asks: []string{"hundredDaysKwh"}, answers: hundred}
	p.metering = m
	alarms := []string{"alarmType", "alarmVValue", "alarmCValue", "alarmPValue"}
	switch kind {
	case POW:
		p.name, p.model, p.ui, p.uiid = "POW", "PSA-B01-GL", "单通道功率检测插座", 5
	case POWR2:
		p.name, p.model, p.ui, p.uiid = "POWR2", "PSF-B67-GL", "强化版单通道功率检测插座", 32
	case S40:
		p.name, p.model, p.ui, p.uiid = "S40TPB", "CK-BL602-4SW-HS-03", "功率检测插座", 182
		m.asks = append(m.asks, "h186DaysKwh")
		m.answers = map[string]string{"hundredDaysKwh": "hundredDaysKwhData", "h186DaysKwh": "h186DaysKwhData"}
		m.counters = dayOnly
	case DualR3, SPM:
		p.name, p.model, p.ui, p.uiid, p.channels = "DUALR3", "PSF-BFB-GL", "双通道计量开关", 126, 2
		if kind == SPM {
			p.name, p.model, p.ui, p.uiid, p.channels = "SPM-4RELAY", "SPM", "子设备计量", 130, 4
		}
		m.channels, m.days, m.code, m.values = p.channels, 180, hex2dec2, channelValues
		m.asks, m.answers = channelAsks(p.channels)
	case POWR3, POWR3Old:
		p.name, p.model, p.ui, p.uiid = "POWR3", "CK-BL602-4SW-HS-02", "计量开关", 190
		m.days, m.code, m.values, m.counters = 0, hex2dec2, wholeValues, dayAndMonth
		m.asks, m.answers = []string{"getHoursKwh"}, nil
		if kind == POWR3Old {
			m.code, m.deny = hex1dec2, []string{"formateKwhDataByFourChars"}
		}
	case PrepaidCB:
		p.name, p.model, p.ui, p.uiid = "CKB-2P", "CK-CB", "断路器", uiidBreaker
		m.code, m.values, m.counters = hex4hex2, breakerValues, breakerCounters
		p.params = func(now time.Time) object {
			o := wifi(now)
			maps.Copy(o, object{"switch": true, "prepaidEnale": true, "prepaidLowBalanceAlert": 10, "prepaidLowest": 0, "childLock": false, "maintenanceLock": false,
				"totalPower": kWh(0), "availablePower": kWh(0), "alarmReport": []any{}})
			return o
		}
		p.writable = []string{"prepaidEnale", "prepaidLowBalanceAlert", "prepaidLowest", "childLock", "maintenanceLock"}
	default:
		panic(fmt.Sprintf("ewelinktest: there is no meter of kind %d", kind))
	}
	if kind != PrepaidCB {
		p.writable = append(alarms, manyChannel...)
	}
	p.writable = slices.Concat(p.writable, oneChannel, m.orders())
	return p
}

// AddMeter adds a meter to the current home of the server's account, online and switched off; a breaker
// is switched on, and has nothing paid.
func (s *Server) AddMeter(name string, kind Meter) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.add(name, meterProduct(kind))
	d.deny = d.product.metering.deny
	maps.Copy(d.params, d.meter.kind.values(d.meter))
	maps.Copy(d.params, d.meter.kind.counters(d.meterTime(s.now())))
	return lock.DeviceID(d.id)
}

func (d *device) meterTime(now time.Time) meterTime { return meterTime{d.meter, now.In(d.zone())} }

func (s *Server) meter(id lock.DeviceID) *device {
	d := must(s.device(string(id)))
	if d.meter == nil {
		panic("ewelinktest: the device is no meter")
	}
	return d
}

// Consume has somebody use energy behind a meter, through its first channel. The meter counts 0.01 kWh.
// Counters are reported; live values only while somebody watches them, see Draw.
func (s *Server) Consume(id lock.DeviceID, kWh float64) { s.ConsumeOn(id, 0, kWh) }

// ConsumeOn is Consume through any channel.
func (s *Server) ConsumeOn(id lock.DeviceID, channel int, kWh float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.meter(id)
	d.meter.used = append(d.meter.used, used{s.now(), channel, hundredths(kWh)})
	s.reportCounters(d)
}

// ConsumeAt puts energy into the history of a meter as if it had been used at a time in the past.
func (s *Server) ConsumeAt(id lock.DeviceID, channel int, at time.Time, kWh float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.meter(id)
	d.meter.used = append(d.meter.used, used{at, channel, hundredths(kWh)})
	maps.Copy(d.params, d.meter.kind.counters(d.meterTime(s.now())))
}

// Draw sets the power that is drawn through the first channel of a meter, in watts. The cloud learns
// of it while a client keeps uiActive alive, and not otherwise.
func (s *Server) Draw(id lock.DeviceID, watts float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.meter(id)
	d.meter.watts[0] = watts
	s.reportLive(d)
}

func (s *Server) reportLive(d *device) {
	if s.now().Before(d.uiUntil) {
		s.report(d, d.meter.kind.values(d.meter))
	}
}

// reportCounters reports counters, and what a breaker does when what was paid is used up.
func (s *Server) reportCounters(d *device) {
	changes := d.meter.kind.counters(d.meterTime(s.now()))
	if d.uiid == uiidBreaker && d.params["prepaidEnale"] == true {
		left := d.meter.left()
		reasons := []any{}
		switch {
		case left == 0:
			reasons = []any{9}
			if d.params["switch"] == true {
				changes["switch"] = false
			}
		case left <= 100*number(d.params["prepaidLowBalanceAlert"]):
			reasons = []any{8}
		}
		changes["alarmReport"] = reasons
	}
	if len(changes) > 0 {
		s.report(d, changes)
	}
}

// meterCommand carries out what is an order to measure, and returns what the answer carries. It
// reports false for an order the device does not understand.
func (s *Server) meterCommand(d *device, by origin, params object) (config object, ok bool) {
	m := d.meter
	config = object{}
	if v, given := params["uiActive"]; given && !s.watch(d, v) {
		return nil, false
	}
	for _, order := range slices.Sorted(maps.Keys(m.kind.answers)) {
		channel := 0
		switch v := params[order]; {
		case v == nil:
		case v == "get" || number(v) == 2:
			_, _ = fmt.Sscanf(order, "getKwh_0%d", &channel) // or the only one
			days := m.kind.days
			if order == "h186DaysKwh" {
				days = 186
			}
			config[m.kind.answers[order]] = m.days(d.zone(), s.now(), channel, days)
		case number(v) == 1:
			_, _ = fmt.Sscanf(order, "getKwh_0%d", &channel)
			config[fmt.Sprintf("oneKwhData_0%d", channel)] = m.sum(channel, m.begun[channel], m.endOf(channel, s.now()))
		default:
			return nil, false
		}
	}
	if v, given := params["getHoursKwh"]; given {
		from, until := number(sim.ZeroOr[object](v)["start"]), number(sim.ZeroOr[object](v)["end"])
		if from < 0 || until < from || until > 4535 {
			return nil, false
		}
		config["hoursKwhData"] = m.hours(s.now(), from, until)
	}
	if !s.measureOnce(d, params, config) || !s.prepaid(d, by, params) {
		return nil, false
	}
	if by.http && len(config) > 0 {
		s.report(d, config)
	}
	if len(config) == 0 {
		config = nil
	}
	return config, true
}

// watch is uiActive: a number of seconds, or for several channels an object with time. The device
// reports its live values at once, and then whenever they change.
func (s *Server) watch(d *device, v any) bool {
	seconds := number(v)
	if o, isObject := v.(object); isObject {
		if _, one := o["outlet"]; !one && number(o["all"]) != 1 || d.product.channels < 2 {
			return false
		}
		seconds = number(o["time"])
	}
	if seconds < 0 || seconds > 180 {
		return false
	}
	d.uiUntil = s.now().Add(time.Duration(seconds) * time.Second)
	s.reportLive(d)
	return true
}

// days is a history by day, today first.
func (m *meter) days(zone *time.Location, now time.Time, channel, n int) string {
	var b strings.Builder
	y, month, day := now.In(zone).Date()
	for i := range n {
		from := time.Date(y, month, day-i, 0, 0, 0, 0, zone)
		b.WriteString(m.kind.code(m.sum(channel, from, from.AddDate(0, 0, 1))))
	}
	return b.String()
}

// hours is a history by hour; 0 is the hour under way.
func (m *meter) hours(now time.Time, first, last int) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		from := now.Truncate(time.Hour).Add(-time.Duration(i) * time.Hour)
		b.WriteString(m.kind.code(m.sum(0, from, from.Add(time.Hour))))
	}
	return b.String()
}

func (m *meter) endOf(channel int, now time.Time) time.Time {
	if end := m.ended[channel]; !end.IsZero() {
		return end
	}
	return now.Add(time.Second)
}

// measureOnce is the one measurement that a person can start and stop.
func (s *Server) measureOnce(d *device, params, config object) bool {
	m := d.meter
	for i := range m.kind.channels {
		if _, given := params[fmt.Sprintf("startTime_0%d", i)]; given {
			m.begun[i], m.ended[i] = s.now(), time.Time{}
		}
		if v := params[fmt.Sprintf("endTime_0%d", i)]; v != nil && v != "" {
			m.ended[i] = s.now()
		}
	}
	switch params["oneKwh"] {
	case nil:
	case "start":
		m.begun[0], m.ended[0] = s.now(), time.Time{}
	case "stop":
		m.ended[0] = s.now()
	case "get":
		config["oneKwhData"] = string(kWh(m.sum(0, m.begun[0], m.endOf(0, s.now()))))
	default:
		return false
	}
	return true
}

// prepaid are the orders to a breaker that is paid in advance.
func (s *Server) prepaid(d *device, by origin, params object) bool {
	if d.uiid != uiidBreaker {
		return params["batteryRecharge"] == nil && params["zeroPower"] == nil && params["resetPower"] == nil
	}
	m := d.meter
	if v, given := params["batteryRecharge"]; given {
		amount := number(v)
		if amount < 1 || amount > 60000 || number(params["ASYNC"]) != 102 {
			return false
		}
		m.paid, m.zero = m.left()+amount*100, m.total()
	}
	if params["zeroPower"] == true {
		m.paid, m.zero = 0, m.total()
	}
	if params["resetPower"] == true {
		m.reset = m.total()
	}
	if params["batteryRecharge"] != nil || params["zeroPower"] != nil || params["resetPower"] != nil {
		s.remember(d, by, params)
		s.reportCounters(d)
	}
	return true
}

// TopUpBreaker has somebody pay for a breaker in the vendor's own app; whole kWh.
func (s *Server) TopUpBreaker(id lock.DeviceID, kWh int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.meter(id)
	d.meter.paid, d.meter.zero = d.meter.left()+kWh*100, d.meter.total()
	s.reportCounters(d)
}

// Remaining is what is paid at a breaker and not used, in kWh with two decimals.
func (s *Server) Remaining(id lock.DeviceID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(kWh(s.meter(id).meter.left()))
}
