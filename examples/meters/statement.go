package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// bill is what the rooms have used in a month.
type bill struct {
	month lock.Window
	lines []line
	notes []note // what could not be answered

	failed int // accounts and meters that should have answered and did not
}

// line is one meter of one room.
type line struct {
	account string
	home    string
	room    string // "" = the whole home
	meter   lock.Meter
	used    lock.Consumption
	note    string // why there is no amount
}

// answered reports whether the vendor knew what was used.
func (l line) answered() bool { return l.note == "" }

// note says why an account is not in the bill.
type note struct{ account, text string }

// statement asks each account for its meters, and for what they have counted.
func statement(ctx context.Context, accounts []lock.Provider, month lock.Window) *bill {
	b := &bill{month: month}
	for _, p := range accounts {
		if why := missing(p, lock.ListMeters, lock.MeterConsumption); why != "" {
			b.notes = append(b.notes, note{string(p.Vendor()), why})
			continue
		}
		if err := b.add(ctx, p); err != nil {
			b.notes = append(b.notes, note{string(p.Vendor()), fmt.Sprintf("%s: %v", p.Vendor(), err)})
			b.failed++
		}
	}
	return b
}

// missing says what a vendor lacks, without asking it.
func missing(p lock.Provider, ops ...lock.Op) string {
	for _, op := range ops {
		if !p.Supports(op) {
			return fmt.Sprintf("%s does not support %s", p.Vendor(), op)
		}
	}
	return ""
}

func (b *bill) add(ctx context.Context, p lock.Provider) error {
	homes := map[lock.HomeID]lock.Home{}
	for m, err := range p.Meters().List(ctx, lock.MeterQuery{}) {
		if err != nil {
			return err
		}
		home, known := homes[m.Home]
		if !known {
			if home, err = p.Homes().Get(ctx, m.Home); err != nil {
				return err
			}
			homes[m.Home] = home
		}
		l := line{account: string(p.Vendor()), home: home.Name, room: roomName(home, m.Room), meter: m}
		l.used, err = p.Meters().Consumption(ctx, m.ID, b.month)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			l.note = "this meter keeps no history"
		case errors.Is(err, lock.ErrNotFound): // the meter was listed, so it is its records
			l.note = "no records of that month"
		case err != nil:
			l.note = err.Error()
			b.failed++
		case l.used.Covered == (lock.Window{}):
			l.note = "no records of that month"
		}
		b.lines = append(b.lines, l)
	}
	return nil
}

func roomName(h lock.Home, id lock.RoomID) string {
	for _, r := range h.Rooms {
		if r.ID == id {
			return r.Name
		}
	}
	return string(id)
}

// total is the sum of all amounts in a unit.
func (b *bill) total(u lock.Unit) decimal.Decimal {
	sum := decimal.Zero
	for _, l := range b.lines {
		if l.answered() && l.used.Unit == u {
			sum = sum.Add(l.used.Amount)
		}
	}
	return sum
}

// units are those that occur, in the order of the lines.
func (b *bill) units() []lock.Unit {
	var all []lock.Unit
	seen := map[lock.Unit]bool{}
	for _, l := range b.lines {
		if l.answered() && !seen[l.used.Unit] {
			seen[l.used.Unit] = true
			all = append(all, l.used.Unit)
		}
	}
	return all
}
