package locktest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

type meter struct {
	number   int
	meter    lock.Meter
	readings []lock.Reading // oldest first
}

type receipt struct {
	receipt lock.Receipt
	failure error
}

// AddMeter puts a meter into the cloud and returns its id. An electricity meter is prepaid with
// 100 kWh left at 0.5 a kWh, and switched on; a water meter is postpaid. EditMeter changes that.
func (m *Memory) AddMeter(kind lock.MeterKind, name string) lock.DeviceID {
	c := m.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	n, now := c.number(), c.clock.Now()
	v := lock.Meter{
		ID: lock.DeviceID(fmt.Sprintf("meter-%d", n)), Name: name, Kind: kind, Serial: fmt.Sprintf("SN%d", n),
		Model: "E1", Online: new(true), Total: new(decimal.NewFromInt(1000)), TotalAt: now,
		PayMode: lock.Postpaid, Unit: lock.CubicMetre,
	}
	if kind == lock.Electricity {
		v.On, v.ForcedOff, v.PayMode, v.Unit = new(true), new(false), lock.Prepaid, lock.KilowattHour
		v.Left, v.LeftAt, v.Overdraft = new(decimal.NewFromInt(100)), now, new(decimal.Zero)
		v.MaxPower, v.Price = new(decimal.NewFromInt(10)), new(decimal.New(5, -1))
	}
	mt := &meter{number: n, meter: v}
	c.meters = append(c.meters, mt)
	c.note(mt)
	return v.ID
}

// EditMeter changes what the vendor knows of a meter; nil is what it does not know. edit replaces
// what the meter's pointers point at and leaves the ID.
func (m *Memory) EditMeter(id lock.DeviceID, edit func(*lock.Meter)) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	edit(&m.cloud.mustMeter(id).meter)
}

// Consume is somebody using energy or water: the counter goes up, prepaid credit down, and the
// vendor has a new reading.
func (m *Memory) Consume(id lock.DeviceID, amount decimal.Decimal) {
	c := m.cloud
	c.mu.Lock()
	mt := c.mustMeter(id)
	mt.meter.Total = new(total(mt).Add(amount))
	if mt.meter.Left != nil {
		mt.meter.Left = new(mt.meter.Left.Sub(amount))
	}
	c.note(mt)
	c.mu.Unlock()
	m.Deliver()
}

func total(mt *meter) decimal.Decimal {
	if mt.meter.Total == nil {
		return decimal.Zero
	}
	return *mt.meter.Total
}

// note makes a reading of a meter.
func (c *cloud) note(mt *meter) lock.Reading {
	now := c.clock.Now()
	r := lock.Reading{Device: mt.meter.ID, At: now, Total: total(mt), Left: mt.meter.Left, Unit: mt.meter.Unit}
	r.Native = record("reading", string(r.Device), map[string]any{"at": r.At, "total": r.Total})
	mt.meter.Total, mt.meter.TotalAt = new(r.Total), now
	if mt.meter.Left != nil {
		mt.meter.LeftAt = now
	}
	if n := len(mt.readings); n > 0 && mt.readings[n-1].At.Equal(now) {
		mt.readings[n-1] = r // one reading for an instant
	} else {
		mt.readings = append(mt.readings, r)
	}
	c.happen(lock.Event{Kind: lock.EventMeterReading, Device: r.Device, Data: r})
	return r
}

func (c *cloud) meter(id lock.DeviceID) *meter {
	for _, mt := range c.meters {
		if mt.meter.ID == id {
			return mt
		}
	}
	return nil
}

func (c *cloud) mustMeter(id lock.DeviceID) *meter {
	mt := c.meter(id)
	if mt == nil {
		panic(fmt.Sprintf("locktest: no meter %q", id))
	}
	return mt
}

// awakeMeter finds a meter that can be told something now.
func (c *cloud) awakeMeter(id lock.DeviceID) (*meter, error) {
	mt := c.meter(id)
	if mt == nil {
		return nil, missing("meter", id)
	}
	if mt.meter.Online != nil && !*mt.meter.Online {
		return nil, &lock.Error{Kind: lock.ErrDeviceOffline, Target: string(id)}
	}
	return mt, nil
}

func (mt *meter) value() lock.Meter {
	v := mt.meter
	v.Native = record("meter", string(v.ID), map[string]any{"name": v.Name, "total": v.Total, "left": v.Left})
	return v
}

type memoryMeters struct{ m *Memory }

func (a memoryMeters) List(ctx context.Context, q lock.MeterQuery) iter.Seq2[lock.Meter, error] {
	return list(ctx, a.m, lock.ListMeters, nil, func(c *cloud) ([]item[lock.Meter], error) {
		var items []item[lock.Meter]
		for _, mt := range c.meters {
			v := mt.meter
			if (q.Home == "" || v.Home == q.Home) && (q.Room == "" || v.Room == q.Room) && (q.Kind == "" || v.Kind == q.Kind) {
				items = append(items, item[lock.Meter]{mt.number, mt.value()})
			}
		}
		return items, nil
	})
}

func (a memoryMeters) Get(ctx context.Context, id lock.DeviceID) (lock.Meter, error) {
	var v lock.Meter
	err := a.m.call(ctx, lock.GetMeter, nil, func(c *cloud) error {
		mt := c.meter(id)
		if mt == nil {
			return missing("meter", id)
		}
		v = mt.value()
		return nil
	})
	return v, err
}

func (a memoryMeters) Read(ctx context.Context, id lock.DeviceID) (*lock.Operation[lock.Reading], error) {
	op := lock.ReadElectricity
	switch a.m.kindOf(id) {
	case lock.Electricity:
	case "": // no such meter, which whoever may read any has to be told
		if !a.m.can.Supports(op) {
			op = lock.ReadWater
		}
	default:
		op = lock.ReadWater
	}
	return begin(ctx, a.m, op, nil, func(c *cloud) (plan[lock.Reading], error) {
		mt, err := c.awakeMeter(id)
		if err != nil {
			return plan[lock.Reading]{}, err
		}
		return plan[lock.Reading]{work: func() (lock.Reading, error) { return c.note(mt), nil }}, nil
	})
}

func (m *Memory) kindOf(id lock.DeviceID) lock.MeterKind {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	if mt := m.cloud.meter(id); mt != nil {
		return mt.meter.Kind
	}
	return ""
}

func (a memoryMeters) History(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
	return list(ctx, a.m, lock.MeterHistory, nil, func(c *cloud) ([]item[lock.Reading], error) {
		mt := c.meter(id)
		if mt == nil {
			return nil, missing("meter", id)
		}
		var items []item[lock.Reading]
		for i, r := range mt.readings {
			if w.Contains(r.At) {
				items = append(items, item[lock.Reading]{i, r})
			}
		}
		return items, nil
	})
}

func (a memoryMeters) Consumption(ctx context.Context, id lock.DeviceID, w lock.Window) (lock.Consumption, error) {
	var v lock.Consumption
	err := a.m.call(ctx, lock.MeterConsumption, func() error {
		if err := w.Validate(); err != nil {
			return invalid("%v", err)
		}
		return nil
	}, func(c *cloud) error {
		mt := c.meter(id)
		if mt == nil {
			return missing("meter", id)
		}
		var within []lock.Reading
		for _, r := range mt.readings {
			if w.Contains(r.At) {
				within = append(within, r)
			}
		}
		if len(within) == 0 {
			return &lock.Error{Kind: lock.ErrNotFound, Target: string(id), Message: "no reading in the window"}
		}
		first, last := within[0], within[len(within)-1]
		v = lock.Consumption{
			Device: id, Asked: w, Covered: lock.Window{From: first.At, Until: last.At},
			Amount: last.Total.Sub(first.Total), Unit: mt.meter.Unit,
		}
		v.Native = record("consumption", string(id), map[string]any{"covered": v.Covered, "amount": v.Amount})
		return nil
	})
	return v, err
}

// change is an operation on a meter.
func (a memoryMeters) change(ctx context.Context, op lock.Op, id lock.DeviceID, check func() error, apply func(*cloud, *meter) (lock.EventKind, error)) (*lock.Operation[lock.Meter], error) {
	return begin(ctx, a.m, op, check, func(c *cloud) (plan[lock.Meter], error) {
		mt, err := c.awakeMeter(id)
		if err != nil {
			return plan[lock.Meter]{}, err
		}
		if mt.meter.Kind != lock.Electricity {
			return plan[lock.Meter]{}, &lock.Error{Kind: lock.ErrUnsupported, Target: string(id), Message: "a water meter"}
		}
		return plan[lock.Meter]{now: mt.value(), work: func() (lock.Meter, error) {
			kind, err := apply(c, mt)
			if err == nil {
				c.happen(lock.Event{Kind: kind, Device: id})
			}
			return mt.value(), err
		}}, nil
	})
}

func (a memoryMeters) Switch(ctx context.Context, id lock.DeviceID, on bool) (*lock.Operation[lock.Meter], error) {
	return a.change(ctx, lock.SwitchMeter, id, nil, func(_ *cloud, mt *meter) (lock.EventKind, error) {
		if on && mt.meter.ForcedOff != nil && *mt.meter.ForcedOff {
			return "", &lock.Error{Kind: lock.ErrDeviceRejected, Target: string(id), Message: "the meter is forced off"}
		}
		mt.meter.On = new(on)
		if on {
			return lock.EventMeterSwitchedOn, nil
		}
		return lock.EventMeterSwitchedOff, nil
	})
}

func (a memoryMeters) TopUp(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error) {
	check := func() error {
		if err := t.Validate(); err != nil {
			return invalid("%v", err)
		}
		return nil
	}
	return begin(ctx, a.m, lock.TopUpMeter, check, func(c *cloud) (plan[lock.Receipt], error) {
		mt, err := c.awakeMeter(id)
		if err != nil {
			return plan[lock.Receipt]{}, err
		}
		if r := c.receipts[t.Order]; r != nil && r.receipt.State != lock.TopUpFailed { // the first time counts
			return plan[lock.Receipt]{now: r.receipt, work: func() (lock.Receipt, error) { return r.receipt, r.failure }}, nil
		}
		if mt.meter.PayMode != lock.Prepaid {
			return plan[lock.Receipt]{}, invalid("the meter is not prepaid")
		}
		amount := t.Amount
		if !t.Fee.IsZero() {
			if mt.meter.Price == nil || mt.meter.Price.IsZero() {
				return plan[lock.Receipt]{}, invalid("the meter has no price to turn a Fee into energy")
			}
			amount = t.Fee.DivRound(*mt.meter.Price, 4)
		}
		r := &receipt{receipt: lock.Receipt{
			Order: t.Order, Serial: fmt.Sprintf("S%d", c.number()), Device: id, State: lock.TopUpPending,
			Amount: new(amount), At: c.clock.Now(),
		}}
		r.fill()
		c.receipts[t.Order] = r
		return plan[lock.Receipt]{
			now: r.receipt,
			work: func() (lock.Receipt, error) {
				if r.receipt.State == lock.TopUpPending {
					left := decimal.Zero
					if mt.meter.Left != nil {
						left = *mt.meter.Left
					}
					mt.meter.Left, mt.meter.LeftAt = new(left.Add(amount)), c.clock.Now()
					r.receipt.State = lock.TopUpSucceeded
					r.fill()
					c.happen(lock.Event{Kind: lock.EventMeterTopUpSucceeded, Device: id, Data: r.receipt})
				}
				return r.receipt, nil
			},
			undo: func(err error) {
				r.receipt.State, r.failure = lock.TopUpFailed, err
				r.fill()
				c.happen(lock.Event{Kind: lock.EventMeterTopUpFailed, Device: id, Data: lock.Failure{Err: err}})
			},
		}, nil
	})
}

// fill renews what the vendor would have sent for a receipt.
func (r *receipt) fill() {
	r.receipt.Native = record("receipt", r.receipt.Serial, map[string]any{"order": r.receipt.Order, "state": r.receipt.State})
}

func (a memoryMeters) TopUpStatus(ctx context.Context, order string) (lock.Receipt, error) {
	var v lock.Receipt
	err := a.m.call(ctx, lock.TopUpMeterStatus, func() error {
		if order == "" {
			return invalid("an order number is required")
		}
		return nil
	}, func(c *cloud) error {
		r := c.receipts[order]
		if r == nil {
			return missing("order", order)
		}
		v = r.receipt
		return nil
	})
	return v, err
}

func (a memoryMeters) Configure(ctx context.Context, id lock.DeviceID, s lock.MeterSettings) (*lock.Operation[lock.Meter], error) {
	op := lock.ConfigureMeter
	for variant, asked := range map[lock.Op]bool{
		lock.ConfigureMeterCredit:   s.Overdraft != nil,
		lock.ConfigureMeterPower:    s.MaxPower != nil,
		lock.ConfigureMeterPrice:    s.Price != nil,
		lock.ConfigureMeterPayMode:  s.PayMode != "",
		lock.ConfigureMeterForceOff: s.ForcedOff != nil,
	} {
		if asked && !a.m.can.Supports(variant) {
			return nil, lock.UnsupportedError(MemoryVendor, variant, "")
		}
	}
	check := func() error {
		for name, d := range map[string]*decimal.Decimal{"Overdraft": s.Overdraft, "MaxPower": s.MaxPower, "Price": s.Price} {
			if d != nil && d.IsNegative() {
				return invalid("%s must not be negative", name)
			}
		}
		return nil
	}
	return a.change(ctx, op, id, check, func(_ *cloud, mt *meter) (lock.EventKind, error) {
		if s.Overdraft != nil {
			mt.meter.Overdraft = new(*s.Overdraft)
		}
		if s.MaxPower != nil {
			mt.meter.MaxPower = new(*s.MaxPower)
		}
		if s.Price != nil {
			mt.meter.Price = new(*s.Price)
		}
		set(&mt.meter.PayMode, s.PayMode)
		if s.ForcedOff != nil {
			mt.meter.ForcedOff = new(*s.ForcedOff)
			if *s.ForcedOff {
				mt.meter.On = new(false)
			}
		}
		return lock.EventMeterSettingChanged, nil
	})
}

// AddReading puts a past reading into a meter's record.
func (m *Memory) AddReading(id lock.DeviceID, at time.Time, total decimal.Decimal) {
	c := m.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	mt := c.mustMeter(id)
	r := lock.Reading{Device: id, At: at, Total: total, Unit: mt.meter.Unit}
	r.Native = record("reading", string(id), map[string]any{"at": at, "total": total})
	mt.readings = append(mt.readings, r)
	slices.SortStableFunc(mt.readings, func(a, b lock.Reading) int { return a.At.Compare(b.At) })
}
