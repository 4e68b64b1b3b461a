package ewelink

import (
	"context"
	"iter"

	"github.com/smartlock-sdk/smartlock/lock"
)

type meters struct {
	lock.Meters // what the vendor lacks: Configure
	c           *Client
}

// List yields the channels that measure. Only the breaker (uiid 226) has a counter: of the others
// Total is nil, and Counters and Power of the Thing behind the meter have what they show.
func (m meters) List(ctx context.Context, q lock.MeterQuery) iter.Seq2[lock.Meter, error] {
	ctx = lock.WithOp(ctx, lock.ListMeters)
	return func(yield func(lock.Meter, error) bool) {
		if q.Kind != "" && q.Kind != lock.Electricity {
			return // the vendor has no others
		}
		if q.Home != "" {
			if _, _, err := m.c.home(ctx, q.Home); err != nil {
				yield(lock.Meter{}, lock.About(string(q.Home), err))
				return
			}
		}
		for t, err := range m.c.devices(ctx, q.Home) {
			if err != nil {
				yield(lock.Meter{}, err)
				return
			}
			if q.Room != "" && string(q.Room) != t.ItemData.Family.RoomID {
				continue
			}
			for channel := range metersOf(t) {
				if !yield(m.c.portableMeter(t, channel), nil) {
					return
				}
			}
		}
	}
}

func (c *Client) portableMeter(t *Thing, channel int) lock.Meter {
	p, now := t.ItemData.Params, c.cfg.Clock.Now()
	meter := lock.Meter{
		ID: DeviceID(t.ItemData.DeviceID, channel), Name: nameOf(t, channel), Kind: lock.Electricity, Unit: lock.KilowattHour,
		Home: lock.HomeID(t.ItemData.Family.FamilyID), Room: lock.RoomID(t.ItemData.Family.RoomID), Gateway: gateway(p),
		Serial: t.ItemData.DeviceID, Model: t.ItemData.ProductModel, Online: t.ItemData.Online, Native: lock.NewNative(t.Raw(), t),
	}
	if on, known := relayState(p, channel); known {
		meter.On = &on
	}
	counters := t.Counters()
	if meter.Total = counters.Total; meter.Total != nil && isTrue(t.ItemData.Online) {
		meter.TotalAt = now // it reports each change
	}
	if prepaid, known := onOff(p.member("prepaidEnale")); known { // as the vendor spells it
		meter.PayMode = lock.Postpaid
		if prepaid {
			meter.PayMode, meter.Left = lock.Prepaid, counters.Left
		}
	}
	if meter.Left != nil && isTrue(t.ItemData.Online) {
		meter.LeftAt = now
	}
	return meter
}

func isTrue(b *bool) bool { return b != nil && *b }

// meter finds a meter.
func (m meters) meter(ctx context.Context, id lock.DeviceID) (*Thing, int, error) {
	deviceID, channel := split(id)
	t, _, err := m.c.find(ctx, deviceID)
	if err != nil {
		return nil, 0, lock.About(string(id), err)
	}
	if _, ok := meterAt(t, channel); !ok {
		return nil, 0, notFound(lock.OpFrom(ctx), string(id), "the account has the device, but it has no such meter")
	}
	return t, channel, nil
}

// Get returns a meter as the cloud last heard of it.
func (m meters) Get(ctx context.Context, id lock.DeviceID) (lock.Meter, error) {
	t, channel, err := m.meter(lock.WithOp(ctx, lock.GetMeter), id)
	if err != nil {
		return lock.Meter{}, err
	}
	return m.c.portableMeter(t, channel), nil
}

// Read returns the counter of a breaker, which reports each change while it is online. Other meters
// have no counter, which is lock.ErrUnsupported: ask for their Consumption.
func (m meters) Read(ctx context.Context, id lock.DeviceID) (*lock.Operation[lock.Reading], error) {
	ctx = lock.WithOp(ctx, lock.ReadMeter)
	t, channel, err := m.meter(ctx, id)
	if err != nil {
		return nil, err
	}
	meter := m.c.portableMeter(t, channel)
	switch {
	case meter.Total == nil:
		return nil, noCounter(lock.ReadMeter, id)
	case !isTrue(meter.Online):
		e := m.c.error(ctx, "", lock.ErrDeviceOffline, nil)
		e.Target = string(id)
		return nil, e
	}
	return lock.Done(lock.Reading{
		Device: id, At: meter.TotalAt, Total: *meter.Total, Left: meter.Left, Unit: lock.KilowattHour, Native: meter.Native,
	}), nil
}

func noCounter(op lock.Op, id lock.DeviceID) error {
	return lock.About(string(id), lock.UnsupportedError(Vendor, op, "the meter has no counter; it knows what was used in a day or an hour: ask for its Consumption"))
}

// History yields the counter of a breaker as it was at the beginning of each day and is now, the newest
// first: the vendor keeps what was used in each of 100 days, from which it is computed. It ends where
// the counter was reset. Other meters have no counter, as said at Read. The history is asked for over
// the socket.
func (m meters) History(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
	ctx = lock.WithOp(ctx, lock.MeterHistory)
	return func(yield func(lock.Reading, error) bool) {
		readings, err := m.history(ctx, id, w)
		if err != nil {
			yield(lock.Reading{}, err)
			return
		}
		for _, r := range readings {
			if err := ctx.Err(); err != nil {
				yield(lock.Reading{}, m.c.error(ctx, "", lock.ErrInterrupted, err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (m meters) history(ctx context.Context, id lock.DeviceID, w lock.Window) ([]lock.Reading, error) {
	if err := w.Validate(); err != nil {
		return nil, m.c.error(ctx, "", lock.ErrInvalidArgument, err)
	}
	t, channel, err := m.meter(ctx, id)
	if err != nil {
		return nil, err
	}
	total := t.Counters().Total
	if total == nil {
		return nil, noCounter(lock.MeterHistory, id)
	}
	days, answer, err := m.c.energy(ctx, t, channel, w.From)
	if err != nil {
		return nil, err
	}
	var readings []lock.Reading
	left := *total
	add := func(r lock.Reading) {
		r.Device, r.Total, r.Unit, r.Native = id, left, lock.KilowattHour, lock.NewNative(answer.Raw(), t)
		if w.Contains(r.At) {
			readings = append(readings, r)
		}
	}
	for i, day := range days {
		if i == 0 {
			add(lock.Reading{At: day.Window.Until})
		}
		if left = left.Sub(day.KWh); left.IsNegative() {
			break
		}
		add(lock.Reading{At: day.Window.From})
	}
	return readings, nil
}

// Consumption adds up the days, or hours of uiid 190, that lie wholly in the window, the one under way
// up to now among them. It is asked for over the socket.
func (m meters) Consumption(ctx context.Context, id lock.DeviceID, w lock.Window) (lock.Consumption, error) {
	ctx = lock.WithOp(ctx, lock.MeterConsumption)
	if err := w.Validate(); err != nil {
		return lock.Consumption{}, m.c.error(ctx, "", lock.ErrInvalidArgument, err)
	}
	t, channel, err := m.meter(ctx, id)
	if err != nil {
		return lock.Consumption{}, err
	}
	records, answer, err := m.c.energy(ctx, t, channel, w.From)
	if err != nil {
		return lock.Consumption{}, err
	}
	amount, covered, err := sum(records, w)
	if err != nil {
		e := m.c.error(ctx, "", lock.ErrNotFound, err)
		e.Target = string(id)
		return lock.Consumption{}, e
	}
	return lock.Consumption{
		Device: id, Asked: w, Covered: covered, Amount: amount, Unit: lock.KilowattHour, Native: lock.NewNative(answer.Raw(), t),
	}, nil
}

// Switch switches the relay behind the meter. The operation is done when the device has answered.
func (m meters) Switch(ctx context.Context, id lock.DeviceID, on bool) (*lock.Operation[lock.Meter], error) {
	ctx = lock.WithOp(ctx, lock.SwitchMeter)
	t, channel, err := m.meter(ctx, id)
	if err != nil {
		return nil, err
	}
	p := t.ItemData.Params
	if _, known := relayState(p, channel); !known {
		return nil, lock.About(string(id), lock.UnsupportedError(Vendor, lock.SwitchMeter, "the device has no relay behind this meter"))
	}
	if _, err := m.c.control(ctx, t.ItemData, switchTo(p, channel, on)); err != nil {
		return nil, lock.About(string(id), err)
	}
	meter := m.c.portableMeter(t, channel)
	meter.On = &on
	return lock.Done(meter), nil
}
