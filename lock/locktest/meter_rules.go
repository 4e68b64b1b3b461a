package locktest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

func meterRules() []rule {
	rules := slices.Concat(
		listRules(lock.ListMeters, func(_ tb, ctx context.Context, w *world) ([]lock.Meter, error) {
			return walk(ctx, w.p.Meters().List(ctx, lock.MeterQuery{}))
		}, func(m lock.Meter) lock.DeviceID { return m.ID }),
		listRules(lock.MeterHistory, func(t tb, ctx context.Context, w *world) ([]lock.Reading, error) {
			return walk(ctx, w.p.Meters().History(ctx, w.anyMeter(t), w.lately()))
		}, func(r lock.Reading) readingID { return readingID(r.At.Format(time.RFC3339Nano)) }),
	)
	r := about(lock.ListMeters)
	rules = append(rules,
		r("the meter of the world is listed", func(t tb, w *world) {
			if got := all(t, "meters", w.p.Meters().List(t.Context(), lock.MeterQuery{})); !hasMeter(got, w.anyMeter(t)) {
				t.Errorf("got %d meters without %s, want it listed", len(got), w.anyMeter(t))
			}
		}),
		r("a query finds the meters of a kind and no others", func(t tb, w *world) {
			for _, m := range all(t, "meters", w.p.Meters().List(t.Context(), lock.MeterQuery{Kind: lock.Electricity})) {
				if m.Kind != lock.Electricity {
					t.Errorf("asked for electricity: got a meter of %s, want only what matches", m.Kind)
				}
			}
			none, err := drain(w.p.Meters().List(t.Context(), lock.MeterQuery{Home: w.missing().Home}))
			if len(none) > 0 {
				t.Errorf("asked for the meters of an unknown home: got %d and %s, want none", len(none), describe(err))
			}
		}),
	)
	rules = append(rules, about(lock.GetMeter)("it returns the meter that was asked for, in its unit", func(t tb, w *world) {
		for want, id := range map[lock.Unit]lock.DeviceID{lock.KilowattHour: w.Meter, lock.CubicMetre: w.WaterMeter} {
			if id == "" {
				continue
			}
			m, err := w.p.Meters().Get(t.Context(), id)
			if err != nil {
				t.Fatalf("getting meter %s: got error %v, want none", id, err)
			}
			if m.ID != id {
				t.Errorf("ID: got %q, want %q", m.ID, id)
			}
			if m.Unit != want {
				t.Errorf("Unit of a meter of %s: got %q, want %q", m.Kind, m.Unit, want)
			}
		}
	}))
	return slices.Concat(rules, readRules(), usageRules(), switchRules(), topUpRules(), configureRules())
}

// readingID tells the readings of one meter apart.
type readingID string

// lately is a window around now, in which the suite makes and looks for things.
func (w *world) lately() lock.Window {
	return lock.Window{From: w.now().Add(-48 * time.Hour), Until: w.now().Add(time.Hour)}
}

func hasMeter(meters []lock.Meter, id lock.DeviceID) bool {
	return slices.ContainsFunc(meters, func(m lock.Meter) bool { return m.ID == id })
}

func (w *world) getMeter(t tb, id lock.DeviceID) lock.Meter {
	t.Helper()
	m, err := w.p.Meters().Get(t.Context(), id)
	if err != nil {
		t.Fatalf("getting the meter: got error %v, want none", err)
	}
	return m
}

func (w *world) read(t tb, id lock.DeviceID) lock.Reading {
	t.Helper()
	return must[lock.Reading](t, w, "reading the meter")(w.p.Meters().Read(t.Context(), id))
}

func readRules() []rule {
	read := func(op lock.Op, want lock.Unit, meter func(t tb, w *world) lock.DeviceID) []rule {
		r := about(op)
		return []rule{
			r("the reading says when and what, in the meter's unit", func(t tb, w *world) {
				id := meter(t, w)
				before := w.now()
				got := w.read(t, id)
				if got.Device != id {
					t.Errorf("Device: got %q, want %q", got.Device, id)
				}
				if got.Unit != want {
					t.Errorf("Unit: got %q, want %q", got.Unit, want)
				}
				if got.Total.IsNegative() {
					t.Errorf("Total: got %s, want none below zero", got.Total)
				}
				if got.At.Before(before.Add(-time.Hour)) || got.At.After(w.now().Add(time.Hour)) {
					t.Errorf("At: got %s, want about %s, when the meter was read", got.At, before)
				}
				if len(got.Raw()) == 0 {
					t.Errorf("Raw: got nothing, want what the vendor sent")
				}
			}),
			r("the meter shows what was read", func(t tb, w *world) {
				id := meter(t, w)
				got := w.read(t, id)
				if m := w.getMeter(t, id); m.Total != nil && !m.Total.Equal(got.Total) {
					t.Errorf("Total of the meter: got %s, want %s as was read", m.Total, got.Total)
				}
			}, lock.GetMeter),
		}
	}
	return slices.Concat(
		read(lock.ReadElectricity, lock.KilowattHour, func(t tb, w *world) lock.DeviceID { return w.meter(t) }),
		read(lock.ReadWater, lock.CubicMetre, func(t tb, w *world) lock.DeviceID {
			if w.WaterMeter == "" {
				t.Fatalf("the world has no WaterMeter")
			}
			return w.WaterMeter
		}),
	)
}

// twoReadings sees to it that the meter has a history.
func (w *world) twoReadings(t tb, id lock.DeviceID) []lock.Reading {
	t.Helper()
	history := func() []lock.Reading {
		readings := all(t, "readings", w.p.Meters().History(t.Context(), id, w.lately()))
		slices.SortFunc(readings, func(a, b lock.Reading) int { return a.At.Compare(b.At) })
		return readings
	}
	var got []lock.Reading
	if w.can(lock.MeterHistory) {
		if got = history(); len(got) >= 3 {
			return got
		}
	}
	if (w.Fill == nil || w.Fill(lock.MeterHistory) == 0) && w.can(lock.ReadMeter) {
		for range 3 {
			w.read(t, id)
			if w.Advance != nil {
				w.Advance(10 * time.Minute)
			}
		}
	}
	if w.can(lock.MeterHistory) {
		got = history()
	}
	return got
}

func usageRules() []rule {
	r := about(lock.MeterHistory)
	rules := []rule{
		r("readings come in one order", func(t tb, w *world) {
			id := w.anyMeter(t)
			w.twoReadings(t, id)
			got := all(t, "readings", w.p.Meters().History(t.Context(), id, w.lately()))
			up := slices.IsSortedFunc(got, func(a, b lock.Reading) int { return a.At.Compare(b.At) })
			down := slices.IsSortedFunc(got, func(a, b lock.Reading) int { return b.At.Compare(a.At) })
			if !up && !down {
				t.Errorf("got %d readings in no order, want newest or oldest first", len(got))
			}
			for _, reading := range got {
				if reading.Device != id {
					t.Errorf("Device: got %q, want %q", reading.Device, id)
				}
			}
		}),
		r("the window holds its beginning and not its end", func(t tb, w *world) {
			id := w.anyMeter(t)
			readings := w.twoReadings(t, id)
			if len(readings) < 2 {
				t.Fatalf("the meter has %d readings, want two at least: the world needs Fill, or a meter that can be read", len(readings))
			}
			window := lock.Window{From: readings[0].At, Until: readings[len(readings)-1].At}
			got := all(t, "readings", w.p.Meters().History(t.Context(), id, window))
			want := 0
			for _, reading := range readings {
				if window.Contains(reading.At) {
					want++
				}
			}
			for _, reading := range got {
				if !window.Contains(reading.At) {
					t.Errorf("got a reading of %s, want only those in %s", reading.At, window)
				}
			}
			if len(got) != want {
				t.Errorf("got %d readings in %s, want %d", len(got), window, want)
			}
		}),
	}
	return append(rules, about(lock.MeterConsumption)("it covers what the records allow", func(t tb, w *world) {
		id := w.anyMeter(t)
		readings := w.twoReadings(t, id)
		asked := w.lately()
		got, err := w.p.Meters().Consumption(t.Context(), id, asked)
		if err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		if got.Device != id || !sameWindow(got.Asked, asked) {
			t.Errorf("got device %q asked %s, want %q and %s", got.Device, got.Asked, id, asked)
		}
		if got.Covered.From.IsZero() || got.Covered.Until.Before(got.Covered.From) {
			t.Fatalf("Covered: got %s, want a window with both ends", got.Covered)
		}
		if got.Amount.IsNegative() || got.Unit == "" {
			t.Errorf("Amount: got %s %s, want none below zero, with its unit", got.Amount, got.Unit)
		}
		if len(readings) < 2 {
			return
		}
		first, last := readings[0], readings[len(readings)-1]
		if got.Covered.From.Before(first.At.Truncate(time.Second)) || got.Covered.Until.After(last.At.Add(time.Second)) {
			t.Errorf("Covered: got %s, want it within the records, %s to %s", got.Covered, first.At, last.At)
		}
		from, until := readingAt(readings, got.Covered.From), readingAt(readings, got.Covered.Until)
		if from != nil && until != nil && !got.Amount.Equal(until.Total.Sub(from.Total)) {
			t.Errorf("Amount: got %s, want %s, the difference of the readings at both ends", got.Amount, until.Total.Sub(from.Total))
		}
	}))
}

func readingAt(readings []lock.Reading, at time.Time) *lock.Reading {
	for i := range readings {
		if readings[i].At.Equal(at) {
			return &readings[i]
		}
	}
	return nil
}

func switchRules() []rule {
	return []rule{about(lock.SwitchMeter)("the meter is as it was switched", func(t tb, w *world) {
		id := w.meter(t)
		for _, on := range []bool{false, true, true} {
			must[lock.Meter](t, w, "switching the meter")(w.p.Meters().Switch(t.Context(), id, on))
			if !w.can(lock.GetMeter) {
				continue
			}
			if m := w.getMeter(t, id); m.On == nil || *m.On != on {
				t.Errorf("after switching to %t: got On %v, want %t", on, known(m.On), on)
			}
		}
	})}
}

// known is what a pointer points at, or the word for nil.
func known[T any](p *T) any {
	if p == nil {
		return "unknown"
	}
	return *p
}

func (w *world) topUp(t tb, u lock.TopUp) lock.Receipt {
	t.Helper()
	return must[lock.Receipt](t, w, "topping up")(w.p.Meters().TopUp(t.Context(), w.meter(t), u))
}

// left is the credit of the meter, nil if it cannot be known.
func (w *world) left(t tb) *decimal.Decimal {
	t.Helper()
	if !w.can(lock.GetMeter) {
		return nil
	}
	return w.getMeter(t, w.meter(t)).Left
}

// wantGrown checks that credit has grown by so much since it was before.
func wantGrown(t tb, what string, before, after *decimal.Decimal, by decimal.Decimal) {
	t.Helper()
	if before == nil || after == nil {
		return
	}
	if got := after.Sub(*before); !got.Equal(by) {
		t.Errorf("%s: credit grew by %s, want %s", what, got, by)
	}
}

func topUpRules() []rule {
	ten := decimal.NewFromInt(10)
	r := about(lock.TopUpMeter)
	rules := []rule{
		r("credit grows by the amount, and the receipt names the order", func(t tb, w *world) {
			before, order := w.left(t), w.order()
			got := w.topUp(t, lock.TopUp{Order: order, Amount: ten})
			if got.Order != order || got.State != lock.TopUpSucceeded {
				t.Errorf("got order %q in state %q, want %q in state %q", got.Order, got.State, order, lock.TopUpSucceeded)
			}
			if got.Amount != nil && !got.Amount.Equal(ten) {
				t.Errorf("Amount: got %s, want %s", got.Amount, ten)
			}
			wantGrown(t, "after a top-up of 10", before, w.left(t), ten)
		}),
		r("the same order again is charged once", func(t tb, w *world) {
			before, order := w.left(t), w.order()
			first := w.topUp(t, lock.TopUp{Order: order, Amount: ten})
			again := w.topUp(t, lock.TopUp{Order: order, Amount: ten})
			if again.Order != order || again.Serial != first.Serial && again.Serial != "" || again.State != lock.TopUpSucceeded {
				t.Errorf("the second time: got order %q, serial %q, state %q, want the first receipt: %q, %q, %q",
					again.Order, again.Serial, again.State, order, first.Serial, lock.TopUpSucceeded)
			}
			wantGrown(t, "after the same order twice", before, w.left(t), ten)
		}),
		r("another order is charged again", func(t tb, w *world) {
			before := w.left(t)
			w.topUp(t, lock.TopUp{Order: w.order(), Amount: ten})
			w.topUp(t, lock.TopUp{Order: w.order(), Amount: ten})
			wantGrown(t, "after two orders", before, w.left(t), ten.Add(ten))
		}),
		r("money becomes energy at the meter's price", func(t tb, w *world) {
			price := w.getMeter(t, w.meter(t)).Price
			if price == nil || !price.IsPositive() {
				t.Skipf("the meter has no price")
			}
			before := w.left(t)
			op, err := w.p.Meters().TopUp(t.Context(), w.meter(t), lock.TopUp{Order: w.order(), Fee: price.Mul(ten)})
			if _, err := finish(t, w, op, err); err != nil {
				wantKind(t, "topping up by money", err, lock.ErrUnsupported, lock.ErrInvalidArgument)
				return
			}
			wantGrown(t, "after paying for 10", before, w.left(t), ten)
		}, lock.GetMeter),
		r("what cannot be charged is refused before any call", func(t tb, w *world) {
			id := w.meter(t)
			for what, u := range map[string]lock.TopUp{
				"without an order":       {Amount: ten},
				"of nothing":             {Order: w.order()},
				"of an amount and a fee": {Order: w.order(), Amount: ten, Fee: ten},
				"of less than nothing":   {Order: w.order(), Amount: ten.Neg()},
			} {
				w.quietly(t, "a top-up "+what, func() {
					wantKind(t, "a top-up "+what, discard(w.p.Meters().TopUp(t.Context(), id, u)), lock.ErrInvalidArgument)
				})
			}
		}),
	}
	r = about(lock.TopUpMeterStatus)
	return append(rules,
		r("the receipt of an order is found by its number", func(t tb, w *world) {
			order := w.order()
			w.topUp(t, lock.TopUp{Order: order, Amount: ten})
			got, err := w.p.Meters().TopUpStatus(t.Context(), order)
			if err != nil {
				t.Fatalf("got error %v, want none", err)
			}
			if got.Order != order || got.State != lock.TopUpSucceeded {
				t.Errorf("got order %q in state %q, want %q in state %q", got.Order, got.State, order, lock.TopUpSucceeded)
			}
		}, lock.TopUpMeter),
		r("an unknown order is ErrNotFound", func(t tb, w *world) {
			_, err := w.p.Meters().TopUpStatus(t.Context(), w.order())
			wantKind(t, "an order nobody made", err, lock.ErrNotFound)
		}),
		r("no order number is refused", func(t tb, w *world) {
			_, err := w.p.Meters().TopUpStatus(t.Context(), "")
			wantKind(t, "no order number", err, lock.ErrInvalidArgument, lock.ErrNotFound)
		}),
	)
}

func configureRules() []rule {
	var rules []rule
	for _, op := range variantsOf(lock.ConfigureMeter) {
		rules = append(rules, about(op)("it changes that setting and leaves the rest", func(t tb, w *world) {
			id, s := w.meter(t), w.setting(op)
			before := settingsOf(w.getMeter(t, id))
			must[lock.Meter](t, w, "changing a setting")(w.p.Meters().Configure(t.Context(), id, s))
			after, want := settingsOf(w.getMeter(t, id)), before
			for i, asked := range []bool{s.Overdraft != nil, s.MaxPower != nil, s.Price != nil, s.PayMode != "", s.ForcedOff != nil} {
				if asked {
					want[i].value = settingsOf(lock.Meter{
						Overdraft: s.Overdraft, MaxPower: s.MaxPower, Price: s.Price, PayMode: s.PayMode, ForcedOff: s.ForcedOff,
					})[i].value
				}
			}
			for i, got := range after {
				if got.value != want[i].value && got.value != "" {
					t.Errorf("%s: got %s, want %s", got.name, got.value, want[i].value)
				}
			}
		}, lock.GetMeter))
	}
	rules = append(rules, about(lock.ConfigureMeterCredit)("a negative overdraft is refused before any call", func(t tb, w *world) {
		id := w.meter(t)
		w.wantRefused(t, "an overdraft below zero", func() error {
			return discard(w.p.Meters().Configure(t.Context(), id, lock.MeterSettings{Overdraft: new(decimal.NewFromInt(-1))}))
		})
	}))
	return append(rules, about(lock.ConfigureMeter)("a setting the vendor lacks is refused before any is changed", func(t tb, w *world) {
		id := w.meter(t)
		var have, lack lock.MeterSettings
		some := false
		for _, op := range variantsOf(lock.ConfigureMeter) {
			if w.can(op) {
				have = w.setting(op)
			} else {
				lack, some = w.setting(op), true
			}
		}
		if !some {
			t.Skipf("the vendor has every setting")
		}
		both := have
		set(&both.Overdraft, lack.Overdraft)
		set(&both.MaxPower, lack.MaxPower)
		set(&both.Price, lack.Price)
		set(&both.PayMode, lack.PayMode)
		set(&both.ForcedOff, lack.ForcedOff)
		w.quietly(t, "changing a setting the vendor lacks", func() {
			if err := discard(w.p.Meters().Configure(t.Context(), id, both)); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("changing a setting the vendor lacks: got %s, want one wrapping errors.ErrUnsupported", describe(err))
			}
		})
	}))
}

// meterSetting is one setting in words, "" if it is not known.
type meterSetting struct{ name, value string }

func settingsOf(m lock.Meter) []meterSetting {
	number := func(d *decimal.Decimal) string {
		if d == nil {
			return ""
		}
		return d.String()
	}
	forced := ""
	if m.ForcedOff != nil {
		forced = map[bool]string{true: "yes", false: "no"}[*m.ForcedOff]
	}
	return []meterSetting{
		{"Overdraft", number(m.Overdraft)}, {"MaxPower", number(m.MaxPower)}, {"Price", number(m.Price)},
		{"PayMode", string(m.PayMode)}, {"ForcedOff", forced},
	}
}
