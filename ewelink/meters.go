package ewelink

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// uiidBreaker is the circuit breaker that can be paid in advance.
const uiidBreaker = 226

// meterModel is how devices of a uiid measure.
type meterModel struct {
	channels int
	many     bool   // names of values end in "_00", "_01" …
	places   int32  // a value is so many places too large: 2 = in hundredths
	power    string // name of the power; "" = of the breaker's three phases
	history  string // what asks for the history of energy; "" = there is none
	answer   string // where it comes
	coding   coding
	hourly   bool // by the hour, not by the day
}

// The models, by uiid. What the vendor's own pages do not describe (262, 276, 277, 7032) was seen.
var meterModels = map[int]meterModel{
	5:           {channels: 1, power: "power", history: "hundredDaysKwh", answer: "hundredDaysKwhData", coding: hex2dec4},
	32:          {channels: 1, power: "power", history: "hundredDaysKwh", answer: "hundredDaysKwhData", coding: hex2dec4},
	182:         {channels: 1, power: "power", history: "hundredDaysKwh", answer: "hundredDaysKwhData", coding: hex2dec4},
	190:         {channels: 1, places: 2, power: "power", history: "getHoursKwh", answer: "hoursKwhData", coding: hex2dec2, hourly: true},
	126:         {channels: 2, many: true, places: 2, power: "actPow", history: "getKwh", answer: "kwhHistories", coding: hex2dec2},
	130:         {channels: 4, many: true, places: 2, power: "actPow", history: "getKwh", answer: "kwhHistories", coding: hex2dec2},
	uiidBreaker: {channels: 1, history: "hundredDaysKwh", answer: "hundredDaysKwhData", coding: hex4hex2},
	262:         {channels: 1, places: 2, power: "power"},
	276:         {channels: 1, places: 2, power: "power"},
	277:         {channels: 1, places: 2, power: "power"},
	7032:        {channels: 1, places: 2, power: "power"},
}

// metersOf returns how the channels of a thing measure, none if it measures nothing.
func metersOf(t *Thing) []meterModel {
	m, ok := meterModels[t.ItemData.Extra.UIID]
	if !ok {
		return nil
	}
	all := make([]meterModel, m.channels)
	for i := range all {
		all[i] = m
	}
	return all
}

// meterAt returns how a channel of a thing measures.
func meterAt(t *Thing, channel int) (meterModel, bool) {
	m, ok := meterModels[t.ItemData.Extra.UIID]
	return m, ok && channel >= 0 && channel < m.channels
}

// mostHours is how far back a device keeps hours.
const mostHours = 4535

// order is what asks for the history back to since. hours is how many are asked for, 0 = days come,
// all of them.
func (m meterModel) order(channel int, now, since time.Time) (params map[string]any, hours int) {
	switch {
	case m.hourly:
		back := min(max(int(now.Sub(since)/time.Hour)+1, 0), mostHours)
		return map[string]any{m.history: map[string]int{"start": 0, "end": back}}, back + 1
	case m.many:
		return map[string]any{m.history + "_0" + strconv.Itoa(channel): 2}, 0
	}
	return map[string]any{m.history: "get"}, 0
}

// Power is what goes through a channel or a phase. A nil value was not reported. Devices report while
// somebody watches, see WatchMeter: without that the values are as old as the last time.
type Power struct {
	Channel int // outlet; of a breaker the phase
	Watts   *decimal.Decimal
	Volts   *decimal.Decimal
	Amps    *decimal.Decimal
}

// Power returns what the meters of a thing show, one for each channel that has a value; nil if the
// thing is no meter.
func (t *Thing) Power() []Power {
	m, ok := meterModels[t.ItemData.Extra.UIID]
	if !ok {
		return nil
	}
	p := t.ItemData.Params
	read := func(channel int, watts, volts, amps string) Power {
		return Power{Channel: channel, Watts: number(p, watts, m.places), Volts: number(p, volts, m.places), Amps: number(p, amps, m.places)}
	}
	var all []Power
	add := func(one Power) {
		if one.Watts != nil || one.Volts != nil || one.Amps != nil {
			all = append(all, one)
		}
	}
	switch {
	case m.power == "":
		for phase := range 3 {
			name := "phase_" + strconv.Itoa(phase)
			add(read(phase, name+"_p", name+"_v", name+"_c"))
		}
	case m.many:
		for channel := range m.channels {
			suffix := "_0" + strconv.Itoa(channel)
			add(read(channel, m.power+suffix, "voltage"+suffix, "current"+suffix))
		}
	default:
		add(read(0, m.power, "voltage", "current"))
	}
	return all
}

// Counters are what a meter has counted, in kWh; nil = it has no such counter.
type Counters struct {
	Total *decimal.Decimal // since it was installed, or reset
	Left  *decimal.Decimal // paid in advance and not used
	Day   *decimal.Decimal // today, and so on
	Week  *decimal.Decimal
	Month *decimal.Decimal
	Year  *decimal.Decimal
}

// Counters returns what the meters of a thing have counted.
func (t *Thing) Counters() Counters {
	p := t.ItemData.Params
	if t.ItemData.Extra.UIID == uiidBreaker {
		return Counters{Total: number(p, "totalPower", 0), Left: number(p, "availablePower", 0)}
	}
	if _, ok := meterModels[t.ItemData.Extra.UIID]; !ok {
		return Counters{}
	}
	return Counters{Day: number(p, "dayKwh", 2), Week: number(p, "weekKwh", 2), Month: number(p, "monthKwh", 2), Year: number(p, "yearKwh", 2)}
}

// number reads a number that is so many places too large, which may be text; nil if there is none.
func number(p Params, name string, places int32) *decimal.Decimal {
	var d *decimal.Decimal
	if !p.Get(name, &d) || d == nil {
		return nil
	}
	shifted := d.Shift(-places)
	return &shifted
}

// WatchMeter asks a meter to report what it shows whenever that changes, for up to three minutes; call
// it again before they are over. Keep it rare: the vendor has blocked clients that watched all the
// time.
func (c *Client) WatchMeter(ctx context.Context, deviceID string, channel int, d time.Duration) error {
	if d < time.Second || d > 3*time.Minute {
		return invalid(lock.OpFrom(ctx), "watch a meter for a second at least and three minutes at most")
	}
	t, _, err := c.find(ctx, deviceID)
	if err != nil {
		return err
	}
	m, ok := meterAt(t, channel)
	if !ok {
		return lock.UnsupportedError(Vendor, lock.OpFrom(ctx), "the device has no such meter")
	}
	var active any = int(d / time.Second)
	if m.many {
		active = map[string]int{"outlet": channel, "time": int(d / time.Second)}
	}
	_, err = c.control(ctx, t.ItemData, map[string]any{"uiActive": active})
	return err
}

// Recharge adds energy to the credit of a breaker that is paid in advance (uiid 226), whole kWh. The
// device counts what it is told: what was charged twice was bought twice. After ErrOutcomeUnknown
// look at Counters before you repeat it. Meters().TopUp charges an order once.
func (c *Client) Recharge(ctx context.Context, deviceID string, kWh int) error {
	if kWh < 1 || kWh > mostRecharge {
		return invalid(lock.OpFrom(ctx), "a breaker takes 1 to %d kWh at once", mostRecharge)
	}
	return c.commandBreaker(ctx, deviceID, recharge(kWh))
}

// mostRecharge is how many kWh are paid at once at most.
const mostRecharge = 60_000

// recharge is the params that add to a breaker's credit.
func recharge(kWh int) map[string]any { return map[string]any{"batteryRecharge": kWh, "ASYNC": 102} }

// ClearCredit sets the credit of a breaker to zero, which switches it off.
func (c *Client) ClearCredit(ctx context.Context, deviceID string) error {
	return c.commandBreaker(ctx, deviceID, map[string]any{"zeroPower": true})
}

// ClearTotal sets the counter of a breaker to zero.
func (c *Client) ClearTotal(ctx context.Context, deviceID string) error {
	return c.commandBreaker(ctx, deviceID, map[string]any{"resetPower": true})
}

func (c *Client) commandBreaker(ctx context.Context, deviceID string, params map[string]any) error {
	t, _, err := c.find(ctx, deviceID)
	if err != nil {
		return err
	}
	if t.ItemData.Extra.UIID != uiidBreaker {
		return lock.About(deviceID, lock.UnsupportedError(Vendor, lock.OpFrom(ctx), "the device cannot be paid in advance"))
	}
	_, err = c.control(ctx, t.ItemData, params)
	return err
}

// sum adds up the records that lie wholly in a window, and says which time they cover. There is no
// coverage without such a record.
func sum(records []Energy, asked lock.Window) (amount decimal.Decimal, covered lock.Window, err error) {
	for _, r := range records { // the newest first
		if r.Window.From.Before(asked.From) || !asked.Until.IsZero() && r.Window.Until.After(asked.Until) {
			continue
		}
		amount = amount.Add(r.KWh)
		covered.From = r.Window.From
		if covered.Until.IsZero() {
			covered.Until = r.Window.Until
		}
	}
	if covered.Until.IsZero() {
		return amount, covered, errors.New("no record of the meter lies wholly in the window: it counts whole days, or hours")
	}
	return amount, covered, nil
}
