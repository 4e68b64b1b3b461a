package dingding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/paging"
	"github.com/smartlock-sdk/smartlock/lock"
)

// meters are electricity meters, known by their uuid, and water meters, known by uuid and maker:
// see WaterMeterID.
type meters struct{ c *Client }

// ID is the meter's identity in the common language: "284eb850970d@cy".
func (id WaterMeterID) ID() lock.DeviceID {
	return lock.DeviceID(id.UUID + "@" + url.QueryEscape(id.Manufactory))
}

// ParseWaterMeterID undoes ID; it reports false for the id of another device.
func ParseWaterMeterID(id lock.DeviceID) (WaterMeterID, bool) {
	i := strings.LastIndexByte(string(id), '@')
	if i < 0 {
		return WaterMeterID{}, false
	}
	maker, err := url.QueryUnescape(string(id[i+1:]))
	return WaterMeterID{UUID: string(id[:i]), Manufactory: maker}, err == nil
}

// waterMeter names a water meter of a maker, or of the usual one where the vendor names none.
func (c *Client) waterMeter(uuid, maker string) WaterMeterID {
	return WaterMeterID{UUID: uuid, Manufactory: cmp.Or(maker, c.set.manufacturer)}
}

// List yields the meters of one home or of all, without their readings; Get asks for those.
// Whether a water meter is for cold or hot water is known to Get only: here it is listed as cold,
// and q.Kind HotWater finds the same meters.
func (m meters) List(ctx context.Context, q lock.MeterQuery) iter.Seq2[lock.Meter, error] {
	ctx = lock.WithOp(ctx, lock.ListMeters)
	wanted := func(d lock.Device) bool {
		kind, ok := meterKinds[d.Kind]
		water := q.Kind == lock.ColdWater || q.Kind == lock.HotWater
		return ok && (q.Room == "" || d.Room == q.Room) && (q.Kind == "" || (kind != lock.Electricity) == water)
	}
	return paging.Map(m.c.devices(ctx, q.Home, wanted), placedMeter)
}

var meterKinds = map[lock.DeviceKind]lock.MeterKind{
	lock.DeviceElectricityMeter: lock.Electricity, lock.DeviceWaterMeter: lock.ColdWater,
}

// placedMeter is what the list of a home's devices says of a meter.
func placedMeter(d lock.Device) lock.Meter {
	meter := lock.Meter{
		ID: d.ID, Name: d.Name, Kind: meterKinds[d.Kind], Home: d.Home, Room: d.Room, Gateway: d.Gateway, Serial: d.Serial,
		Online: d.Online, Unit: lock.KilowattHour, Native: d.Native,
	}
	if d.Kind == lock.DeviceWaterMeter {
		meter.Unit = lock.CubicMetre
	}
	return meter
}

// Get asks for the meter, its place and its price (electricity) or last record (water). Whether
// it is prepaid, and whether it is forced off, the vendor does not tell.
func (m meters) Get(ctx context.Context, id lock.DeviceID) (lock.Meter, error) {
	meter, err := m.get(lock.WithOp(ctx, lock.GetMeter), id)
	return meter, lock.About(string(id), err)
}

func (m meters) get(ctx context.Context, id lock.DeviceID) (lock.Meter, error) {
	if w, ok := ParseWaterMeterID(id); ok {
		return m.getWater(ctx, id, w)
	}
	resp, err := m.c.GetMeter(ctx, Locator{UUID: string(id)})
	if err != nil {
		return lock.Meter{}, err
	}
	placed, err := m.c.place(ctx, id)
	if err != nil {
		return lock.Meter{}, err
	}
	meter := portableMeter(placedMeter(placed), &resp.Meter)
	price, err := m.c.GetPowerPrice(ctx, Locator{UUID: string(id)})
	switch {
	case errors.Is(err, lock.ErrNotFound): // no price was ever set
	case err != nil:
		return lock.Meter{}, err
	case price.Basis == BasisRoom:
		meter.Price = &price.RoomPrice
	case price.Basis == BasisMerchant:
		meter.Price = &price.ClientPrice
	}
	return meter, nil
}

func (m meters) getWater(ctx context.Context, id lock.DeviceID, w WaterMeterID) (lock.Meter, error) {
	resp, err := m.c.GetWaterMeter(ctx, w)
	if err != nil {
		return lock.Meter{}, err
	}
	native := &resp.Info
	meter := lock.Meter{
		ID: id, Kind: lock.ColdWater, Home: lock.HomeID(native.HomeID), Room: roomOf(native.HomeID, native.RoomID),
		Gateway: lock.DeviceID(native.Parent), Online: online(native.Onoff), Unit: lock.CubicMetre,
		Native: lock.NewNative(native.Raw(), native),
	}
	if native.MeterType == HotWater {
		meter.Kind = lock.HotWater
	}
	last, err := m.lastWater(ctx, id, w)
	if err != nil {
		return lock.Meter{}, err
	}
	if last != nil {
		meter.Total, meter.TotalAt = &last.Total, last.At
	}
	return meter, nil
}

func portableMeter(meter lock.Meter, native *Meter) lock.Meter {
	meter.Name = cmp.Or(meter.Name, native.Name) // the vendor's is the model's
	meter.Serial = cmp.Or(native.SN, meter.Serial)
	meter.Model = native.ModelName
	meter.Gateway = lock.DeviceID(cmp.Or(native.ElecollectorUUID, native.CenterUUID, string(meter.Gateway)))
	switch native.EnableState {
	case BreakerClosed:
		meter.On = new(true)
	case BreakerOpen:
		meter.On = new(false)
	}
	meter.Total, meter.TotalAt = amount(native.ConsumeAmount, native.ConsumeAmountTime), native.ConsumeAmountTime
	meter.Overdraft = amount(native.Overdraft, native.OverdraftTime)
	meter.MaxPower = amount(native.Capacity, native.CapacityTime)
	if charged := amount(native.PowerTotal, native.PowerTotalTime); charged != nil && meter.Total != nil {
		// The vendor's own left_amount (§12.2.1) is this difference.
		left := charged.Sub(*meter.Total)
		meter.Left, meter.LeftAt = &left, later(native.PowerTotalTime, native.ConsumeAmountTime)
	}
	meter.Native = lock.NewNative(native.Raw(), native)
	return meter
}

// amount reads a number for which the vendor writes -1, or 0 without a time, as long as it has
// none.
func amount(d decimal.Decimal, at time.Time) *decimal.Decimal {
	if d.IsNegative() || d.IsZero() && at.IsZero() {
		return nil
	}
	return &d
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Read makes the meter look. The operation ends when the vendor has a newer reading than before.
func (m meters) Read(ctx context.Context, id lock.DeviceID) (*lock.Operation[lock.Reading], error) {
	ctx = lock.WithOp(ctx, lock.ReadMeter)
	op, err := m.read(ctx, id)
	return op, lock.About(string(id), err)
}

func (m meters) read(ctx context.Context, id lock.DeviceID) (*lock.Operation[lock.Reading], error) {
	w := work{op: lock.ReadMeter, device: id}
	if water, ok := ParseWaterMeterID(id); ok {
		before, err := m.lastWater(ctx, id, water)
		if err != nil {
			return nil, err
		}
		if before != nil {
			w.since = before.At
		}
		resp, err := m.c.ReadWaterMeter(ctx, water)
		if err != nil {
			return nil, err
		}
		w.service = resp.ServiceID
		return m.c.readingMeter(w), nil
	}
	before, err := m.c.GetMeter(ctx, Locator{UUID: string(id)})
	if err != nil {
		return nil, err
	}
	w.since = before.Meter.ConsumeAmountTime
	resp, err := m.c.ReadMeter(ctx, Locator{UUID: string(id)})
	if err != nil {
		return nil, err
	}
	w.service = resp.ServiceID
	return m.c.readingMeter(w), nil
}

func (c *Client) readingMeter(w work) *lock.Operation[lock.Reading] {
	if water, ok := ParseWaterMeterID(w.device); ok {
		return c.readingWater(w, water)
	}
	now := lock.Reading{Device: w.device, Unit: lock.KilowattHour}
	return pendingOp(c, w, now, func(ctx context.Context, w work, latest lock.Reading) (lock.Reading, bool, error) {
		resp, err := c.GetMeter(ctx, Locator{UUID: string(w.device)})
		if err != nil {
			return latest, false, err
		}
		native := &resp.Meter
		if native.ConsumeAmountTime.After(w.since) {
			meter := portableMeter(lock.Meter{}, native)
			if meter.Total != nil {
				return lock.Reading{
					Device: w.device, At: meter.TotalAt, Total: *meter.Total, Left: meter.Left, Unit: lock.KilowattHour, Native: meter.Native,
				}, true, nil
			}
		}
		if native.Operation == MeterRead && native.OperationStage == StageFailed {
			return latest, true, meterFailed(w)
		}
		return latest, false, nil
	})
}

func (c *Client) readingWater(w work, water WaterMeterID) *lock.Operation[lock.Reading] {
	now := lock.Reading{Device: w.device, Unit: lock.CubicMetre}
	return pendingOp(c, w, now, func(ctx context.Context, w work, latest lock.Reading) (lock.Reading, bool, error) {
		resp, err := c.GetWaterReadingState(ctx, water)
		if err != nil {
			return latest, false, err
		}
		switch resp.Reading {
		case ReadingRunning:
			return latest, false, nil
		case ReadingFailed:
			return latest, true, meterFailed(w)
		}
		last, err := meters{c}.lastWater(ctx, w.device, water)
		if err != nil || last == nil || !last.At.After(w.since) {
			return latest, false, err // the record may lag behind the state
		}
		return *last, true, nil
	})
}

// meterFailed is the outcome of a command for which the vendor reports failure and no reason.
func meterFailed(w work) error {
	return &lock.Error{Vendor: Vendor, Op: w.op, Target: string(w.device), Kind: lock.ErrDeviceRejected, Message: "the meter did not carry it out; the vendor gives no reason"}
}

// lastWater is the newest record of a water meter, nil if it has none.
func (m meters) lastWater(ctx context.Context, id lock.DeviceID, w WaterMeterID) (*lock.Reading, error) {
	var last *lock.Reading
	for r, err := range m.waterRecords(ctx, id, w, lock.Window{}) {
		if err != nil {
			return nil, err
		}
		if last != nil && !r.At.After(last.At) {
			break // the vendor lists the newest first
		}
		last = &r
	}
	return last, nil
}

// History yields a reading for each of the vendor's records in w, in the vendor's order. For a
// meter of kind A4 it is the record of this meter, not of its room.
func (m meters) History(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
	ctx = lock.WithOp(ctx, lock.MeterHistory)
	if err := w.Validate(); err != nil {
		return lock.FailedSeq[lock.Reading](refused(lock.MeterHistory, lock.ErrInvalidArgument, err))
	}
	return m.history(ctx, id, w)
}

func (m meters) history(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
	records := m.powerRecords(ctx, id, w)
	if water, ok := ParseWaterMeterID(id); ok {
		records = m.waterRecords(ctx, id, water, w)
	}
	return func(yield func(lock.Reading, error) bool) {
		for r, err := range records {
			if err != nil {
				yield(lock.Reading{}, lock.About(string(id), err))
				return
			}
			if w.Contains(r.At) && !yield(r, nil) {
				return
			}
		}
	}
}

func (m meters) powerRecords(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
	fetch := func(ctx context.Context, offset, count int) ([]*MeterReading, error) {
		resp, err := m.c.ListMeterReadings(ctx, MeterPage{
			Locator: Locator{UUID: string(id)}, Period: Period{Start: w.From.Truncate(time.Second), End: roundUp(w.Until)},
			Paging: Paging{Offset: offset, Count: count},
		})
		if err != nil {
			return nil, err
		}
		return pointers(resp.History), nil
	}
	records := paging.OffsetUnique(ctx, recordsPerPage, fetch, func(r *MeterReading) recordKey { return recordKey{r.Time.UnixMilli(), r.ConsumeAmount.String()} })
	return paging.Map(records, func(r *MeterReading) lock.Reading {
		return lock.Reading{Device: id, At: r.Time, Total: r.ConsumeAmount, Unit: lock.KilowattHour, Native: lock.NewNative(r.Raw(), r)}
	})
}

func (m meters) waterRecords(ctx context.Context, id lock.DeviceID, water WaterMeterID, w lock.Window) iter.Seq2[lock.Reading, error] {
	fetch := func(ctx context.Context, offset, count int) ([]*WaterReading, error) {
		resp, err := m.c.ListWaterReadings(ctx, WaterReadingsRequest{
			UUID: water.UUID, Manufactory: water.Manufactory, Paging: Paging{Offset: offset, Count: count}, Begin: w.From, End: w.Until,
		})
		if err != nil {
			return nil, err
		}
		return pointers(resp.Records), nil
	}
	records := paging.OffsetUnique(ctx, recordsPerPage, fetch, func(r *WaterReading) recordKey { return recordKey{r.Time.UnixMilli(), r.DeviceAmount.String()} })
	return paging.Map(records, func(r *WaterReading) lock.Reading {
		return lock.Reading{Device: id, At: r.Time, Total: r.DeviceAmount, Unit: lock.CubicMetre, Native: lock.NewNative(r.Raw(), r)}
	})
}

// recordKey tells the records of one meter apart.
type recordKey struct {
	at    int64
	total string
}

// pointers lets items be passed on without copying them.
func pointers[T any, L ~[]T](items L) []*T {
	out := make([]*T, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	return out
}

// Consumption is the vendor's own sum for electricity, with the times of the records it used. For
// water it is the difference of the last and the first record in the window, or zero, with an
// empty Covered, if there are fewer than two.
func (m meters) Consumption(ctx context.Context, id lock.DeviceID, w lock.Window) (lock.Consumption, error) {
	ctx = lock.WithOp(ctx, lock.MeterConsumption)
	if err := w.Validate(); err != nil {
		return lock.Consumption{}, refused(lock.MeterConsumption, lock.ErrInvalidArgument, err)
	}
	if water, ok := ParseWaterMeterID(id); ok {
		return m.waterConsumption(ctx, id, water, w)
	}
	resp, err := m.c.GetPowerConsumption(ctx, MeterPeriod{Locator: Locator{UUID: string(id)}, Period: Period{Start: w.From, End: w.Until}})
	if err != nil {
		return lock.Consumption{}, lock.About(string(id), err)
	}
	return lock.Consumption{
		Device: id, Asked: w, Covered: lock.Window{From: resp.StartTime, Until: resp.EndTime}, Amount: resp.Consumption,
		Unit: lock.KilowattHour, Native: lock.NewNative(resp.Raw(), resp),
	}, nil
}

func (m meters) waterConsumption(ctx context.Context, id lock.DeviceID, water WaterMeterID, w lock.Window) (lock.Consumption, error) {
	var readings []lock.Reading
	for r, err := range m.waterRecords(ctx, id, water, w) {
		if err != nil {
			return lock.Consumption{}, lock.About(string(id), err)
		}
		if w.Contains(r.At) {
			readings = append(readings, r)
		}
	}
	used := lock.Consumption{Device: id, Asked: w, Unit: lock.CubicMetre}
	if len(readings) < 2 {
		return used, nil
	}
	slices.SortFunc(readings, func(a, b lock.Reading) int { return a.At.Compare(b.At) })
	first, last := readings[0], readings[len(readings)-1]
	used.Covered = lock.Window{From: first.At, Until: last.At}
	used.Amount = last.Total.Sub(first.Total)
	used.Native = last.Native
	return used, nil
}

// electric refuses what only electricity meters can do.
func electric(op lock.Op, id lock.DeviceID) error {
	if _, water := ParseWaterMeterID(id); water {
		return lock.About(string(id), lock.UnsupportedError(Vendor, op, "Dingding does this for electricity meters only"))
	}
	return nil
}

// Switch closes or trips the breaker. Closing also ends the forced-off state of the room, even if
// the meter then does not answer: that is ErrPartial (§11.6).
func (m meters) Switch(ctx context.Context, id lock.DeviceID, on bool) (*lock.Operation[lock.Meter], error) {
	ctx = lock.WithOp(ctx, lock.SwitchMeter)
	if err := electric(lock.SwitchMeter, id); err != nil {
		return nil, err
	}
	command := m.c.SwitchMeterOff
	if on {
		command = m.c.SwitchMeterOn
	}
	resp, err := command(ctx, Locator{UUID: string(id)})
	if err != nil {
		var e *lock.Error
		if on && errors.As(err, &e) && undelivered(e.Code) {
			e.Kind = lock.ErrPartial
			e.Message += " (the forced-off state has ended, but the breaker was not closed)"
		}
		return nil, lock.About(string(id), err)
	}
	return m.c.switchingMeter(work{op: lock.SwitchMeter, device: id, on: on, service: resp.ServiceID}), nil
}

// undelivered reports the codes 3xxx and 5xxx, with which a command did not reach the meter.
func undelivered(code string) bool {
	n, ok := numeric(code)
	return ok && (n >= 3000 && n < 4000 || n >= 5000 && n < 6000)
}

func (c *Client) switchingMeter(w work) *lock.Operation[lock.Meter] {
	want := MeterTrip
	if w.on {
		want = MeterClose
	}
	return c.changingMeter(w, func(native *Meter) (bool, error) {
		switch {
		case native.Operation != want: // a later command; the breaker itself tells
			closed := native.EnableState == BreakerClosed
			if native.EnableState != BreakerClosed && native.EnableState != BreakerOpen || closed != w.on {
				return true, &lock.Error{
					Vendor: Vendor, Op: w.op, Target: string(w.device), Kind: lock.ErrOutcomeUnknown, Message: "another command to the meter came after this one",
				}
			}
			return true, nil
		case native.OperationStage == StageRunning:
			return false, nil
		case native.OperationStage == StageFailed:
			return true, meterFailed(w)
		}
		return true, nil
	})
}

// changingMeter is the operation that ends when the meter's record shows it; over looks at it.
func (c *Client) changingMeter(w work, over func(*Meter) (bool, error)) *lock.Operation[lock.Meter] {
	now := lock.Meter{ID: w.device, Kind: lock.Electricity, Unit: lock.KilowattHour}
	return pendingOp(c, w, now, func(ctx context.Context, w work, latest lock.Meter) (lock.Meter, bool, error) {
		resp, err := c.GetMeter(ctx, Locator{UUID: string(w.device)})
		if err != nil {
			return latest, false, err
		}
		meter := portableMeter(now, &resp.Meter)
		done, err := over(&resp.Meter)
		return meter, done, err
	})
}

// TopUp adds prepaid credit under the caller's order number, the vendor's trade_num. The order is
// looked up first: one the vendor knows is not charged again, its state is reported. So the same
// call can be made again after any failure, ErrOutcomeUnknown included. An order that has failed
// stays failed: charge again under a new number.
//
// elemeter_charge and elemeter_charge_fees are named in the document's change log only; that the
// vendor refuses a number it knows is said there (V2.0.11).
func (m meters) TopUp(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error) {
	ctx = lock.WithOp(ctx, lock.TopUpMeter)
	if err := electric(lock.TopUpMeter, id); err != nil {
		return nil, err
	}
	if err := t.Validate(); err != nil {
		return nil, lock.About(string(id), refused(lock.TopUpMeter, lock.ErrInvalidArgument, err))
	}
	w := work{op: lock.TopUpMeter, device: id, order: t.Order}
	switch receipt, err := m.status(ctx, t.Order); {
	case err == nil && receipt.State == lock.TopUpSucceeded:
		receipt.Device = id
		return lock.Done(receipt), nil
	case err == nil:
		return m.c.toppingUp(w), nil
	case !errors.Is(err, lock.ErrNotFound):
		return nil, lock.About(t.Order, err)
	}
	resp, err := m.charge(ctx, id, t)
	switch {
	case err == nil:
		w.service = cmp.Or(resp.ServiceID, resp.SerialNo)
		return m.c.toppingUp(w), nil
	case errors.Is(err, lock.ErrExists), errors.Is(err, lock.ErrOutcomeUnknown):
		// Somebody else charged the same order at the same time, or the answer was lost.
		if _, lookup := m.status(ctx, t.Order); lookup == nil {
			return m.c.toppingUp(w), nil
		}
	}
	return nil, lock.About(string(id), err)
}

func (m meters) charge(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*ChargeMeterResponse, error) {
	at := Locator{UUID: string(id)}
	if t.Fee.IsPositive() {
		return m.c.ChargeMeterFees(ctx, ChargeMeterFeesRequest{Locator: at, Fees: t.Fee, TradeNum: t.Order})
	}
	return m.c.ChargeMeter(ctx, ChargeMeterRequest{Locator: at, Amount: t.Amount, TradeNum: t.Order})
}

func (c *Client) toppingUp(w work) *lock.Operation[lock.Receipt] {
	now := lock.Receipt{Order: w.order, Device: w.device, State: lock.TopUpPending}
	return pendingOp(c, w, now, func(ctx context.Context, w work, latest lock.Receipt) (lock.Receipt, bool, error) {
		receipt, err := meters{c}.status(ctx, w.order)
		receipt.Device = w.device
		switch {
		case err != nil:
			return latest, false, err
		case receipt.State == lock.TopUpFailed:
			return receipt, true, &lock.Error{
				Vendor: Vendor, Op: w.op, Target: w.order, Kind: lock.ErrDeviceRejected,
				Message: "the meter was not charged; charge again under a new order number",
			}
		}
		return receipt, receipt.State == lock.TopUpSucceeded, nil
	})
}

// TopUpStatus looks an order up. The vendor tells its state only, not the meter or the amount.
func (m meters) TopUpStatus(ctx context.Context, order string) (lock.Receipt, error) {
	if order == "" {
		return lock.Receipt{}, invalid(lock.TopUpMeterStatus, "name the order")
	}
	receipt, err := m.status(lock.WithOp(ctx, lock.TopUpMeterStatus), order)
	return receipt, lock.About(order, err)
}

func (m meters) status(ctx context.Context, order string) (lock.Receipt, error) {
	resp, err := m.c.QueryMeterCharge(ctx, QueryMeterChargeRequest{TradeNum: order})
	if err != nil {
		return lock.Receipt{}, err
	}
	receipt := lock.Receipt{Order: order, Native: lock.NewNative(resp.Raw(), resp)}
	switch resp.ChargeStage {
	case StageRunning:
		receipt.State = lock.TopUpPending
	case StageFailed:
		receipt.State = lock.TopUpFailed
	case StageDone:
		receipt.State = lock.TopUpSucceeded
	default:
		return receipt, &lock.Error{
			Vendor: Vendor, Op: lock.OpFrom(ctx), Target: order, Kind: lock.ErrProtocol,
			Message: fmt.Sprintf("charge_stage is %d, which the document does not know", resp.ChargeStage),
		}
	}
	return receipt, nil
}

// setting names a setting of a meter that the vendor changes later.
type setting string

const (
	settingOverdraft setting = "overdraft"
	settingMaxPower  setting = "max_power"
)

// Configure sends one command for each setting, in this order: overdraft, maximum power, price,
// pay mode, forced-off. A failure after the first is ErrPartial and says what was done. Overdraft
// and maximum power reach the meter later: the operation ends when they have.
//
// Setting an overdraft or topping up makes a postpaid meter prepaid again (§11.23), which is why
// the pay mode comes after it. A Price is the room's, and is made the one that counts.
func (m meters) Configure(ctx context.Context, id lock.DeviceID, s lock.MeterSettings) (*lock.Operation[lock.Meter], error) {
	ctx = lock.WithOp(ctx, lock.ConfigureMeter)
	if err := electric(lock.ConfigureMeter, id); err != nil {
		return nil, err
	}
	if err := validSettings(s); err != nil {
		return nil, lock.About(string(id), err)
	}
	at, room := Locator{UUID: string(id)}, RoomLocator{UUID: string(id)}
	w := work{op: lock.ConfigureMeter, device: id}
	var done []string
	step := func(name string, wanted bool, command func() error) func() error {
		return func() error {
			if !wanted {
				return nil
			}
			err := command()
			if err == nil {
				done = append(done, name)
			}
			return err
		}
	}
	later := func(s setting, accepted *Accepted, err error) error {
		if err == nil {
			w.settings = append(w.settings, s)
			w.service = accepted.ServiceID // of the last command, which ends last
		}
		return err
	}
	steps := []func() error{
		step("overdraft", s.Overdraft != nil, func() error {
			a, err := m.c.SetMeterOverdraft(ctx, SetMeterOverdraftRequest{Locator: at, Overdraft: *s.Overdraft})
			return later(settingOverdraft, a, err)
		}),
		step("maximum power", s.MaxPower != nil, func() error {
			a, err := m.c.SetMeterCapacity(ctx, SetMeterCapacityRequest{Locator: at, Capacity: *s.MaxPower})
			return later(settingMaxPower, a, err)
		}),
		step("price", s.Price != nil, func() error { return m.setPrice(ctx, at, *s.Price) }),
		step("pay mode", s.PayMode != "", func() error {
			_, err := m.c.SetRoomPayType(ctx, SetRoomPayTypeRequest{RoomLocator: room, PayType: payTypes[s.PayMode]})
			return err
		}),
		step("forced-off", s.ForcedOff != nil, func() error {
			state := ForcedOffEnd
			if *s.ForcedOff {
				state = ForcedOffBegin
			}
			_, err := m.c.SetMeterForcedOff(ctx, SetMeterForcedOffRequest{RoomLocator: room, ForceOpen: state})
			return err
		}),
	}
	for _, run := range steps {
		if err := run(); err != nil {
			if len(done) > 0 {
				err = &lock.Error{
					Vendor: Vendor, Op: lock.ConfigureMeter, Target: string(id), Kind: lock.ErrPartial,
					Message: "done: " + strings.Join(done, ", "), Err: err,
				}
			}
			return nil, lock.About(string(id), err)
		}
	}
	if len(w.settings) == 0 { // everything has taken effect already
		if meter, err := m.get(ctx, id); err == nil {
			return lock.Done(meter), nil
		}
	}
	return m.c.configuringMeter(w), nil
}

var payTypes = map[lock.PayMode]PayType{lock.Prepaid: Prepaid, lock.Postpaid: Postpaid}

func validSettings(s lock.MeterSettings) error {
	bad := func(text string) error { return invalid(lock.ConfigureMeter, "%s", text) }
	switch {
	case s == (lock.MeterSettings{}):
		return bad("there is nothing to change: set at least one field")
	case s.Overdraft != nil && s.Overdraft.IsNegative():
		return bad("Overdraft is how far credit may fall below zero; it must not be negative itself")
	case s.MaxPower != nil && !s.MaxPower.IsPositive():
		return bad("MaxPower must be above zero kW")
	case s.Price != nil && s.Price.IsNegative():
		return bad("Price must not be negative")
	case s.PayMode != "" && payTypes[s.PayMode] == 0:
		return bad("PayMode is lock.Prepaid or lock.Postpaid")
	case s.PayMode == lock.Postpaid && s.Overdraft != nil && s.Overdraft.IsPositive():
		return bad("a postpaid meter has no overdraft; leave Overdraft nil")
	}
	return nil
}

// setPrice sets the room's price and makes it the one that counts, if it is not.
func (m meters) setPrice(ctx context.Context, at Locator, price decimal.Decimal) error {
	if _, err := m.c.SetPowerPrice(ctx, SetPowerPriceRequest{Locator: at, RoomPrice: &price}); err != nil {
		return err
	}
	now, err := m.c.GetPowerPrice(ctx, at)
	if err != nil {
		return err
	}
	if now.Basis != BasisRoom {
		_, err = m.c.SetPowerPriceMode(ctx, SetPowerPriceModeRequest{Locator: at, Mode: PriceOfRoom})
	}
	return err
}

func (c *Client) configuringMeter(w work) *lock.Operation[lock.Meter] {
	return c.changingMeter(w, func(native *Meter) (bool, error) {
		over := true
		for _, s := range w.settings {
			stage := native.OverdraftStage
			if s == settingMaxPower {
				stage = native.CapacityStage
			}
			switch stage {
			case StageFailed:
				return true, meterFailed(w)
			case StageRunning:
				over = false
			}
		}
		return over, nil
	})
}
