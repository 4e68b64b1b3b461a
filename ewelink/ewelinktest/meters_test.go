package ewelinktest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
)

// Each coding of a history, the newest first, in the answer field of its kind.
func TestEnergyHistories(t *testing.T) {
	hours := object{"getHoursKwh": object{"start": 0, "end": 25}}
	hundred := object{"hundredDaysKwh": "get"}
	for _, tt := range []struct {
		name        string
		kind        ewelinktest.Meter
		channel     int
		order       object
		field       string
		length      int
		first, then string // now, and the day (or 25 hours) before
	}{
		{"5", ewelinktest.POW, 0, hundred, "hundredDaysKwhData", 600, "190101", "190301"},
		{"32", ewelinktest.POWR2, 0, hundred, "hundredDaysKwhData", 600, "190101", "190301"},
		{"182 by 100", ewelinktest.S40, 0, hundred, "hundredDaysKwhData", 600, "190101", "190301"},
		{"182 by 186", ewelinktest.S40, 0, object{"h186DaysKwh": "get"}, "h186DaysKwhData", 1116, "190101", "190301"},
		{"126", ewelinktest.DualR3, 1, object{"getKwh_01": 2}, "kwhHistories_01", 720, "1911", "1931"},
		{"126, the other channel", ewelinktest.DualR3, 1, object{"getKwh_00": 2}, "kwhHistories_00", 720, "0000", "0000"},
		{"130", ewelinktest.SPM, 3, object{"getKwh_03": 2}, "kwhHistories_03", 720, "1911", "1931"},
		{"190", ewelinktest.POWR3, 0, hours, "hoursKwhData", 26 * 4, "1911", ""},
		{"190 with three characters", ewelinktest.POWR3Old, 0, hours, "hoursKwhData", 26 * 3, "", ""},
		{"226", ewelinktest.PrepaidCB, 0, hundred, "hundredDaysKwhData", 600, "00190b", "00191f"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := frozen(t)
			id := s.AddMeter("meter", tt.kind)
			small := 1.0
			if tt.kind == ewelinktest.POWR3Old {
				small = 0.1 // 15.99 is the most it can tell
			}
			s.ConsumeAt(id, tt.channel, noon.Add(-25*time.Hour), 25.31*small)
			s.ConsumeOn(id, tt.channel, 25.11*small)
			p.set(id, tt.order).ok()
			data := p.status(id).text("params." + tt.field)
			if len(data) != tt.length {
				t.Fatalf("length: got %d, want %d", len(data), tt.length)
			}
			if tt.first != "" && (!strings.HasPrefix(data, tt.first) || !strings.HasPrefix(data[len(tt.first):], tt.then)) {
				t.Errorf("got %s…, want %s and %s", data[:12], tt.first, tt.then)
			}
			if tt.kind == ewelinktest.POWR3 && !strings.HasSuffix(data, "1931") {
				t.Errorf("the last hour: got %s", data)
			}
			if tt.kind == ewelinktest.POWR3Old && (!strings.HasPrefix(data, "251") || !strings.HasSuffix(data, "253")) {
				t.Errorf("three characters: got %s", data)
			}
		})
	}
}

// The days of a meter begin at the midnight of its own zone, which is eight hours ahead.
func TestDaysBeginAtMidnight(t *testing.T) {
	s, p := frozen(t)
	id := s.AddMeter("meter", ewelinktest.POW)
	s.ConsumeAt(id, 0, time.Date(2026, 2, 28, 15, 59, 0, 0, time.UTC), 1) // 23:59 there
	s.ConsumeAt(id, 0, time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC), 2)  // 00:00 there
	p.set(id, object{"hundredDaysKwh": "get"}).ok()
	if data := p.status(id).text("params.hundredDaysKwhData"); !strings.HasPrefix(data, "020000010000000000") {
		t.Errorf("got %s…", data[:18])
	}
}

func TestLiveValues(t *testing.T) {
	for _, tt := range []struct {
		name   string
		kind   ewelinktest.Meter
		active any
		param  string
		want   string
	}{
		{"5 tells text", ewelinktest.POW, 60, "power", "303.54"},
		{"190 tells hundredths", ewelinktest.POWR3, 60, "power", "30354"},
		{"126 tells channels", ewelinktest.DualR3, object{"all": 1, "time": 60}, "actPow_00", "30354"},
		{"130 tells a channel", ewelinktest.SPM, object{"outlet": 0, "time": 60}, "actPow_00", "30354"},
		{"226 tells phases", ewelinktest.PrepaidCB, 180, "phase_0_p", "303.54"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := frozen(t)
			id := s.AddMeter("meter", tt.kind)
			stale := p.status(id).text("params." + tt.param)
			s.Draw(id, 303.54)
			p.status(id).is("params."+tt.param, stale)
			p.set(id, object{"uiActive": tt.active}).ok()
			p.status(id).is("params."+tt.param, tt.want)
			s.Advance(3 * time.Minute)
			s.Draw(id, 1)
			p.status(id).is("params."+tt.param, tt.want) // old again
			if p.status(id).at("params.uiActive") != nil {
				t.Error("uiActive is kept as if it were state")
			}
			p.set(id, object{"uiActive": 181}).refused(4002)
		})
	}
	s, p := frozen(t)
	p.set(s.AddMeter("meter", ewelinktest.POW), object{"uiActive": object{"all": 1, "time": 60}}).refused(4002)
}

func TestCounters(t *testing.T) {
	s, p := frozen(t)
	id := s.AddMeter("meter", ewelinktest.POWR3)
	s.ConsumeAt(id, 0, noon.AddDate(0, 0, -10), 5) // in February
	s.Consume(id, 1.25)
	s.Advance(time.Hour)
	s.Consume(id, 2)
	p.status(id).is("params.dayKwh", 325).is("params.monthKwh", 325)
	s.Advance(24 * time.Hour)
	s.Consume(id, 0.01)
	p.status(id).is("params.dayKwh", 1).is("params.monthKwh", 326)
	p.set(id, object{"getHoursKwh": object{"start": 3, "end": 2}}).refused(4002)
	p.set(id, object{"getHoursKwh": object{"start": 0, "end": 4536}}).refused(4002)
	p.set(id, object{"hundredDaysKwh": "get"}).refused(4002)
	p.set(id, object{"batteryRecharge": 5, "ASYNC": 102}).refused(4002)

	once := s.AddMeter("once", ewelinktest.POW)
	s.Consume(once, 9)
	s.Advance(time.Minute)
	p.set(once, object{"oneKwh": "start", "startTime": "2026-03-01T12:00:00.000Z", "endTime": ""}).ok()
	s.Consume(once, 1.5)
	s.Advance(time.Minute)
	p.set(once, object{"oneKwh": "stop"}).ok()
	s.Advance(time.Minute)
	s.Consume(once, 4)
	p.set(once, object{"oneKwh": "get"}).ok()
	p.status(once).is("params.oneKwhData", "1.50")
	p.set(once, object{"oneKwh": "now"}).refused(4002)
}

func TestPrepaidBreaker(t *testing.T) {
	s, p := frozen(t)
	id := s.AddMeter("flat", ewelinktest.PrepaidCB)
	p.status(id).is("params.switch", true).is("params.availablePower", "0.00").is("params.totalPower", "0.00")
	topUp := func(kWh int) answer { return p.set(id, object{"batteryRecharge": kWh, "ASYNC": 102}) }
	topUp(0).refused(4002)
	topUp(60001).refused(4002)
	p.set(id, object{"batteryRecharge": 5}).refused(4002)
	topUp(100).ok()
	p.status(id).is("params.availablePower", "100.00").is("params.batteryRecharge", "")
	s.Consume(id, 40.5)
	p.status(id).is("params.availablePower", "59.50").is("params.totalPower", "40.50")
	s.TopUpBreaker(id, 10)
	s.Consume(id, 60)
	p.status(id).is("params.availablePower", "9.50").is("params.alarmReport.0", 8).is("params.switch", true)
	s.Consume(id, 10)
	p.status(id).is("params.availablePower", "0.00").is("params.alarmReport.0", 9).is("params.switch", false)
	if left := s.Remaining(id); left != "0.00" {
		t.Errorf("remaining: got %s", left)
	}
	topUp(1).ok()
	p.set(id, object{"switch": "on"}).refused(4002) // it is a boolean here
	p.set(id, object{"switch": true, "prepaidLowBalanceAlert": 0}).ok()
	p.status(id).is("params.switch", true).is("params.prepaidLowBalanceAlert", 0)
	p.set(id, object{"zeroPower": true}).ok()
	p.status(id).is("params.availablePower", "0.00").is("params.switch", false)
	p.set(id, object{"resetPower": true}).ok()
	p.status(id).is("params.totalPower", "0.00")
	requests := strings.Join(p.get("/v2/device/history", object{"deviceid": id}).ok().pluck("histories", "request"), " ")
	for operation, times := range map[string]int{`"batteryRecharge":`: 2, `"zeroPower":`: 1, `"resetPower":`: 1, `"switch":false`: 2} {
		if n := strings.Count(requests, operation); n != times {
			t.Errorf("%s in the history: got %d, want %d in %s", operation, n, times, requests)
		}
	}
}
