package ewelink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// coding is how a history of energy is written: so many characters for each day or hour, the newest
// first. Two codings may stand in a parameter of the same name, so it is chosen by the device.
type coding int

const (
	hex2dec4 coding = iota // "190101" = 25.11: a hexadecimal number, and two decimal digits in two characters each
	hex2dec2               // "0e43" = 14.43: a hexadecimal number, and a decimal one of hundredths
	hex1dec2               // "015" = 0.15: likewise
	hex4hex2               // "190101" = 6401.01: two hexadecimal numbers
)

// widths are the characters of a record.
var widths = map[coding]int{hex2dec4: 6, hex2dec2: 4, hex1dec2: 3, hex4hex2: 6}

var errEnergy = errors.New("the energy history cannot be read")

// decodeEnergy reads a history, in kWh.
func decodeEnergy(text string, how coding) ([]decimal.Decimal, error) {
	width := widths[how]
	if len(text)%width != 0 {
		return nil, fmt.Errorf("%w: %d characters are no multiple of %d", errEnergy, len(text), width)
	}
	amounts := make([]decimal.Decimal, 0, len(text)/width)
	for ; text != ""; text = text[width:] {
		amount, ok := decodeAmount(text[:width], how)
		if !ok {
			return nil, fmt.Errorf("%w: record %d is no number", errEnergy, len(amounts))
		}
		amounts = append(amounts, amount)
	}
	return amounts, nil
}

func decodeAmount(text string, how coding) (decimal.Decimal, bool) {
	part := func(digits string, base int, most uint64) (int64, bool) {
		n, err := strconv.ParseUint(digits, base, 32)
		return int64(n), err == nil && n <= most // n fits: it came from at most 32 bits
	}
	var whole, hundredths int64
	var good, fine bool
	switch how {
	case hex2dec4:
		whole, good = part(text[:2], 16, 0xff)
		tenth, a := part(text[2:4], 10, 9)
		hundredth, b := part(text[4:], 10, 9)
		hundredths, fine = 10*tenth+hundredth, a && b
	case hex2dec2:
		whole, good = part(text[:2], 16, 0xff)
		hundredths, fine = part(text[2:], 10, 99)
	case hex1dec2:
		whole, good = part(text[:1], 16, 0xf)
		hundredths, fine = part(text[1:], 10, 99)
	case hex4hex2:
		whole, good = part(text[:4], 16, 0xffff)
		hundredths, fine = part(text[4:], 16, 99)
	}
	return decimal.New(100*whole+hundredths, -2), good && fine
}

// Energy is what went through a meter in a day or an hour.
type Energy struct {
	Window lock.Window // of the day or hour under way only up to now
	KWh    decimal.Decimal
}

// Energy asks a meter for what it has counted, the newest first, back to since: whole days by its own
// clock, or hours of uiid 190. It goes over the socket, where the answer of such a question comes. The
// device keeps 100 to 186 days.
func (c *Client) Energy(ctx context.Context, deviceID string, channel int, since time.Time) ([]Energy, error) {
	t, _, err := c.find(ctx, deviceID)
	if err != nil {
		return nil, err
	}
	records, _, err := c.energy(ctx, t, channel, since)
	return records, err
}

// energy is Energy for a device that was found. It also returns what the device answered.
func (c *Client) energy(ctx context.Context, t *Thing, channel int, since time.Time) ([]Energy, Params, error) {
	id := string(DeviceID(t.ItemData.DeviceID, channel))
	m, ok := meterAt(t, channel)
	if !ok || m.history == "" {
		return nil, Params{}, lock.About(id, lock.UnsupportedError(Vendor, lock.OpFrom(ctx), "the device keeps no history of energy"))
	}
	now := c.cfg.Clock.Now().In(c.zoneOf(t))
	order, hours := m.order(channel, now, since)
	answer, err := c.ask(ctx, t.ItemData, order)
	if err != nil {
		return nil, Params{}, lock.About(id, err)
	}
	name := m.answer
	if m.many {
		name += "_0" + strconv.Itoa(channel)
	}
	var text string
	if !answer.Get(name, &text) {
		return nil, answer, c.garbled(ctx, id, fmt.Errorf("%w: the answer has no %s", errEnergy, name))
	}
	how := m.coding
	if hours > 0 {
		how = hourly(t, len(text), hours)
	}
	amounts, err := decodeEnergy(text, how)
	if err != nil {
		return nil, answer, c.garbled(ctx, id, err)
	}
	var records []Energy
	until := now
	for i, amount := range amounts {
		from := time.Date(now.Year(), now.Month(), now.Day()-i, 0, 0, 0, 0, now.Location())
		if hours > 0 {
			from = time.Date(now.Year(), now.Month(), now.Day(), now.Hour()-i, 0, 0, 0, now.Location())
		}
		if !until.After(since) {
			break
		}
		records = append(records, Energy{Window: lock.Window{From: from, Until: until}, KWh: amount})
		until = from
	}
	return records, answer, nil
}

// hourly is how uiid 190 writes hours: in three characters or in four, by its firmware.
func hourly(t *Thing, size, hours int) coding {
	switch size {
	case widths[hex2dec2] * hours:
		return hex2dec2
	case widths[hex1dec2] * hours:
		return hex1dec2
	}
	if slices.Contains(t.ItemData.DenyFeatures, "formateKwhDataByFourChars") { // as the vendor spells it
		return hex1dec2
	}
	return hex2dec2
}

func (c *Client) garbled(ctx context.Context, id string, err error) error {
	e := c.error(ctx, "", lock.ErrProtocol, err)
	e.Target = id
	return e
}

// zoneOf is the time zone by which a device counts its days: its own, else that of lock.WithLocation,
// else China's. The document does not say where a day begins.
func (c *Client) zoneOf(t *Thing) *time.Location {
	var hours decimal.Decimal
	if t.ItemData.Params.Get("timeZone", &hours) && hours.Abs().LessThanOrEqual(decimal.NewFromInt(14)) {
		return time.FixedZone("device", int(hours.Mul(decimal.NewFromInt(3600)).IntPart()))
	}
	if c.cfg.Location != nil {
		return c.cfg.Location
	}
	return chinaStandardTime
}

// chinaStandardTime is the zone of devices that do not say theirs.
var chinaStandardTime = time.FixedZone("CST", 8*60*60)
