package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

const homeName = "Sunshine Gardens 3-502"

// day is what the manager remembers between the steps.
type day struct {
	*site
	home    lock.HomeID
	rooms   []lock.Room
	door    lock.DeviceID
	meter   lock.DeviceID
	code    lock.Secret
	id      lock.PasswordID
	movedIn lock.Reading
}

type step struct {
	name   string
	needed bool // the day cannot go on without it
	do     func(context.Context) (string, error)
}

func (d *day) steps() []step {
	return []step{
		{"new home", true, d.addHome},
		{"devices", true, d.findDevices},
		{"move in", true, d.giveCode},
		{"at the door", false, d.openDoor},
		{"meter", false, d.readMeter},
		{"top up", false, d.topUp},
		{"unpaid", true, d.freeze},
		{"paid", true, d.unfreeze},
		{"move out", true, d.deleteCode},
		{"settle up", false, d.finalReading},
		{"tidy up", false, d.removeHome},
	}
}

func (d *day) addHome(ctx context.Context) (string, error) {
	home, err := d.provider.Homes().Create(ctx, lock.HomeSpec{
		ID: lock.HomeID(d.unique("home")), Name: homeName, Country: "中国", City: "北京市", Zone: "朝阳区", Block: "阳光花园",
		Address: "阳光花园 3 号楼 502 室",
	})
	if err != nil {
		return "", err
	}
	d.home = home.ID
	d.rooms, err = d.provider.Homes().AddRooms(ctx, d.home,
		lock.RoomSpec{ID: lock.RoomID(d.unique("room-a")), Name: "A", Note: "south"},
		lock.RoomSpec{ID: lock.RoomID(d.unique("room-b")), Name: "B", Note: "north"})
	if err != nil {
		return "", err
	}
	names := make([]string, len(d.rooms))
	for i, r := range d.rooms {
		names[i] = r.Name
	}
	return fmt.Sprintf("%s entered, with rooms %s", home.Name, strings.Join(names, " and ")), nil
}

func (d *day) findDevices(ctx context.Context) (string, error) {
	if err := d.install(d.home, d.rooms); err != nil {
		return "", err
	}
	if d.lock != "" { // a real door, installed somewhere else
		l, err := d.provider.Locks().Get(ctx, d.lock)
		if err != nil {
			return "", err
		}
		d.door, d.meter = l.ID, d.realMeter
		return "the new home has no devices yet; using your lock " + l.Name, nil
	}
	count := map[lock.DeviceKind]int{}
	for dev, err := range d.provider.Homes().Devices(ctx, d.home) {
		if err != nil {
			return "", err
		}
		count[dev.Kind]++
		if dev.Room == d.rooms[0].ID {
			switch dev.Kind {
			case lock.DeviceLock:
				d.door = dev.ID
			case lock.DeviceElectricityMeter:
				d.meter = dev.ID
			}
		}
	}
	if d.door == "" || d.meter == "" {
		return "", errors.New("room A lacks its lock or its meter")
	}
	return fmt.Sprintf("installed and found: %d gateway, %d locks, %d electricity meter",
		count[lock.DeviceGateway], count[lock.DeviceLock], count[lock.DeviceElectricityMeter]), nil
}

// giveCode leaves the code to the library: it draws one that keeps the lock's policy.
func (d *day) giveCode(ctx context.Context) (string, error) {
	until := time.Now().AddDate(0, 6, 0)
	op, err := d.provider.Passwords().Create(ctx, d.door, lock.PasswordSpec{
		Name: "Li Na", Window: lock.Window{Until: until},
	})
	if err != nil {
		return "", err
	}
	pw, err := op.Wait(ctx)
	if err != nil {
		return "", err
	}
	d.code, d.id = pw.Secret, pw.ID
	if pw.State != lock.StateActive || !pw.Window.Contains(time.Now()) || pw.Window.Forever() {
		return "", fmt.Errorf("the lock holds a code that is %s, valid %s", pw.State, pw.Window)
	}
	// Send d.code.Reveal() to the tenant. Printed, it is masked.
	return fmt.Sprintf("code %v for %s until %s: %s, %s by the lock", d.code, pw.Name, until.Format(time.DateOnly), pw.State, pw.Certainty), nil
}

// openDoor has the tenant type the code and waits for what the vendor tells our webhook.
func (d *day) openDoor(ctx context.Context) (string, error) {
	if d.keypad == nil {
		return "", skipped("somebody would have to stand at the door")
	}
	if !d.keypad(d.door, d.code) {
		return "", errors.New("the door stayed shut")
	}
	e, err := d.inbox.next(ctx, func(e lock.Event) bool {
		return e.Kind == lock.EventLockUnlocked && e.Device == d.door && e.Password == d.id
	})
	if err != nil {
		return "", fmt.Errorf("the event did not reach our webhook: %w", err)
	}
	return fmt.Sprintf("%s opened with a %s; the event came signed to our webhook", e.Actor.Name, e.Method), nil
}

func (d *day) readMeter(ctx context.Context) (string, error) {
	if d.meter == "" {
		return "", skipped("no meter named (DINGDING_METER)")
	}
	r, err := d.reading(ctx)
	if err != nil {
		return "", err
	}
	d.movedIn = r
	return fmt.Sprintf("shows %s %s when she moves in", r.Total.StringFixed(2), r.Unit), nil
}

func (d *day) reading(ctx context.Context) (lock.Reading, error) {
	op, err := d.provider.Meters().Read(ctx, d.meter)
	if err != nil {
		return lock.Reading{}, err
	}
	return op.Wait(ctx)
}

// topUp pays twice under one order number, as a web form submitted twice would.
func (d *day) topUp(ctx context.Context) (string, error) {
	switch {
	case d.meter == "":
		return "", skipped("no meter named (DINGDING_METER)")
	case !d.credit.IsPositive():
		return "", skipped("no amount named (DINGDING_TOP_UP)")
	}
	before, err := d.provider.Meters().Get(ctx, d.meter)
	if err != nil {
		return "", err
	}
	order := lock.TopUp{Order: d.unique("rent"), Amount: d.credit}
	for range 2 {
		op, err := d.provider.Meters().TopUp(ctx, d.meter, order)
		if err != nil {
			return "", err
		}
		if _, err := op.Wait(ctx); err != nil {
			return "", err
		}
	}
	after, err := d.provider.Meters().Get(ctx, d.meter)
	if err != nil {
		return "", err
	}
	if before.Left == nil || after.Left == nil {
		return fmt.Sprintf("%s kWh paid, order %s", d.credit, order.Order), nil
	}
	if gained := after.Left.Sub(*before.Left); !gained.Equal(d.credit) {
		return "", fmt.Errorf("paid twice under one order: %s kWh credited, want %s", gained, d.credit)
	}
	return fmt.Sprintf("%s kWh paid, the same order sent twice: credited once, %s kWh left", d.credit, after.Left.StringFixed(2)), nil
}

func (d *day) freeze(ctx context.Context) (string, error) {
	op, err := d.provider.Passwords().Freeze(ctx, d.door, d.id)
	if err != nil {
		return "", err
	}
	pw, err := op.Wait(ctx)
	if err != nil {
		return "", err
	}
	if pw.State != lock.StateFrozen {
		return "", fmt.Errorf("the code is %s, want frozen", pw.State)
	}
	if d.keypad == nil {
		return "code frozen for unpaid rent", nil
	}
	if d.keypad(d.door, d.code) {
		return "", errors.New("the door opened to a frozen code")
	}
	return "code frozen for unpaid rent: the door refuses it", nil
}

func (d *day) unfreeze(ctx context.Context) (string, error) {
	op, err := d.provider.Passwords().Unfreeze(ctx, d.door, d.id)
	if err != nil {
		return "", err
	}
	pw, err := op.Wait(ctx)
	if err != nil {
		return "", err
	}
	if pw.State != lock.StateActive || pw.Window.Forever() {
		return "", fmt.Errorf("the code is %s, valid %s", pw.State, pw.Window)
	}
	if d.keypad == nil {
		return "rent paid, code active again", nil
	}
	if !d.keypad(d.door, d.code) {
		return "", errors.New("the door stayed shut")
	}
	return "rent paid, code active again: the door opens", nil
}

func (d *day) deleteCode(ctx context.Context) (string, error) {
	op, err := d.provider.Passwords().Delete(ctx, d.door, d.id)
	if err != nil {
		return "", err
	}
	if _, err := op.Wait(ctx); err != nil {
		return "", err
	}
	var left []lock.PasswordID
	for pw, err := range d.provider.Passwords().List(ctx, d.door) {
		if err != nil {
			return "", err
		}
		left = append(left, pw.ID)
	}
	if slices.Contains(left, d.id) {
		return "", errors.New("the code is still on the lock")
	}
	if d.keypad != nil && d.keypad(d.door, d.code) {
		return "", errors.New("the door opened to a deleted code")
	}
	return "code deleted, gone from the lock's own list", nil
}

func (d *day) finalReading(ctx context.Context) (string, error) {
	if d.movedIn.At.IsZero() {
		return "", skipped("there was no first reading")
	}
	if err := d.live(d.meter); err != nil {
		return "", err
	}
	r, err := d.reading(ctx)
	if err != nil {
		return "", err
	}
	used := r.Total.Sub(d.movedIn.Total)
	if used.LessThan(decimal.Zero) {
		return "", fmt.Errorf("the meter ran backwards by %s %s", used.Neg(), r.Unit)
	}
	return fmt.Sprintf("final reading %s %s: she used %s", r.Total.StringFixed(2), r.Unit, used.StringFixed(2)), nil
}

func (d *day) removeHome(ctx context.Context) (string, error) {
	op, err := d.provider.Homes().Delete(ctx, d.home)
	if err != nil {
		return "", err
	}
	if _, err := op.Wait(ctx); err != nil {
		return "", err
	}
	if _, err := d.provider.Homes().Get(ctx, d.home); !errors.Is(err, lock.ErrNotFound) {
		return "", fmt.Errorf("the home is still there: %v", err)
	}
	return "home removed", nil
}
