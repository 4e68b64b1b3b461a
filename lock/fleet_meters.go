package lock

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
)

type fleetMeters struct{ f *Fleet }

func (a fleetMeters) List(ctx context.Context, q MeterQuery) iter.Seq2[Meter, error] {
	members, err := a.f.asked(ListMeters, cmp.Or(string(q.Home), string(q.Room)), "")
	if err != nil {
		return FailedSeq[Meter](err)
	}
	return merged(ctx, members, func(ctx context.Context, m *member) iter.Seq2[Meter, error] {
		q := q
		var err error
		if q.Home, err = in(m, ListMeters, q.Home); err != nil {
			return FailedSeq[Meter](err)
		}
		if q.Room, err = in(m, ListMeters, q.Room); err != nil {
			return FailedSeq[Meter](err)
		}
		return m.Provider.Meters().List(ctx, q)
	}, (*member).meter)
}

func (a fleetMeters) Get(ctx context.Context, id DeviceID) (Meter, error) {
	m, id, err := of(a.f, GetMeter, id)
	if err != nil {
		return Meter{}, err
	}
	v, err := m.Provider.Meters().Get(ctx, id)
	return value(m, v, err, m.meter)
}

func (a fleetMeters) Read(ctx context.Context, id DeviceID) (*Operation[Reading], error) {
	m, id, err := of(a.f, ReadMeter, id)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Meters().Read(ctx, id)
	return begin(m, op, err, m.reading)
}

func (a fleetMeters) History(ctx context.Context, id DeviceID, w Window) iter.Seq2[Reading, error] {
	m, id, err := of(a.f, MeterHistory, id)
	if err != nil {
		return FailedSeq[Reading](err)
	}
	return listed(m, m.Provider.Meters().History(ctx, id, w), (*member).reading)
}

func (a fleetMeters) Consumption(ctx context.Context, id DeviceID, w Window) (Consumption, error) {
	m, id, err := of(a.f, MeterConsumption, id)
	if err != nil {
		return Consumption{}, err
	}
	c, err := m.Provider.Meters().Consumption(ctx, id, w)
	return value(m, c, err, m.consumption)
}

func (a fleetMeters) Switch(ctx context.Context, id DeviceID, on bool) (*Operation[Meter], error) {
	m, id, err := of(a.f, SwitchMeter, id)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Meters().Switch(ctx, id, on)
	return begin(m, op, err, m.meter)
}

func (a fleetMeters) TopUp(ctx context.Context, id DeviceID, t TopUp) (*Operation[Receipt], error) {
	m, id, err := of(a.f, TopUpMeter, id)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Meters().TopUp(ctx, id, t)
	return begin(m, op, err, m.receipt)
}

// TopUpStatus asks every member that can say, because an order number does not tell whose it is,
// and returns the first receipt that is found.
func (a fleetMeters) TopUpStatus(ctx context.Context, order string) (Receipt, error) {
	members := a.f.can(TopUpMeterStatus)
	switch {
	case len(members) == 0:
		return Receipt{}, UnsupportedError(FleetVendor, TopUpMeterStatus, "")
	case order == "":
		return Receipt{}, InvalidArgument(FleetVendor, TopUpMeterStatus, "an order number is required")
	}
	found := merged(ctx, members, func(ctx context.Context, m *member) iter.Seq2[Receipt, error] {
		return func(yield func(Receipt, error) bool) {
			if r, err := m.Provider.Meters().TopUpStatus(ctx, order); err == nil || !errors.Is(err, ErrNotFound) {
				yield(r, err)
			}
		}
	}, (*member).receipt)
	for r, err := range found {
		return r, err
	}
	return Receipt{}, notOf(TopUpMeterStatus, order, "no member knows the order")
}

func (a fleetMeters) Configure(ctx context.Context, id DeviceID, s MeterSettings) (*Operation[Meter], error) {
	for _, op := range configuring(s) {
		if !a.f.Supports(op) {
			return nil, UnsupportedError(FleetVendor, op, "")
		}
	}
	m, id, err := of(a.f, ConfigureMeter, id)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Meters().Configure(ctx, id, s)
	return begin(m, op, err, m.meter)
}

// configuring are the operations that change what s sets.
func configuring(s MeterSettings) []Op {
	ops := []Op{ConfigureMeterCredit, ConfigureMeterPower, ConfigureMeterPrice, ConfigureMeterPayMode, ConfigureMeterForceOff}
	set := []bool{s.Overdraft != nil, s.MaxPower != nil, s.Price != nil, s.PayMode != "", s.ForcedOff != nil}
	return slices.DeleteFunc(ops, func(op Op) bool { return !set[slices.Index(ops, op)] })
}
