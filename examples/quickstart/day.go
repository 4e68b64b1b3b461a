package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

const homeName = "Sunshine Gardens 3-502"

// day is what the manager remembers between the steps.
type day struct {
	*site
	began   time.Time
	home    lock.HomeID
	rooms   []lock.Room
	door    lock.DeviceID
	meter   lock.DeviceID
	code    lock.Secret
	id      lock.PasswordID
	key     lock.KeyID
	movedIn lock.Reading
}

type step struct {
	name   string
	needed bool      // the day cannot go on without it
	ops    []lock.Op // what the vendor has to support
	do     func(context.Context) (string, error)
}

func (d *day) steps() []step {
	return []step{
		{"new home", true, []lock.Op{lock.CreateHome, lock.AddRooms}, d.addHome},
		{"devices", true, nil, d.findDevices},
		{"move in", true, []lock.Op{lock.CreateTimedPassword}, d.giveCode},
		{"a key", true, []lock.Op{lock.GrantKey}, d.giveKey},
		{"at the door", false, nil, d.openDoor},
		{"from afar", false, []lock.Op{lock.OpenLock}, d.openRemotely},
		{"meter", false, []lock.Op{lock.ReadElectricity}, d.readMeter},
		{"top up", false, []lock.Op{lock.TopUpMeter}, d.topUp},
		{"unpaid", true, []lock.Op{lock.FreezePassword}, d.freeze},
		{"paid", true, []lock.Op{lock.UnfreezePassword}, d.unfreeze},
		{"move out", true, nil, d.moveOut},
		{"settle up", false, []lock.Op{lock.ReadElectricity}, d.finalReading},
		{"tidy up", false, []lock.Op{lock.DeleteHome}, d.removeHome},
	}
}

// take does a step, unless the vendor cannot: that is known without asking.
func (d *day) take(ctx context.Context, s step) (string, error) {
	for _, op := range s.ops {
		if !d.provider.Supports(op) {
			return "", skipped(fmt.Sprintf("%s does not support %s", d.provider.Vendor(), op))
		}
	}
	return s.do(ctx)
}

func (d *day) addHome(ctx context.Context) (string, error) {
	if d.lock != "" && !d.provider.Supports(lock.DeleteHome) {
		return "", skipped("the vendor could not remove the home again")
	}
	home, err := d.provider.Homes().Create(ctx, d.homeSpec())
	if err != nil {
		return "", err
	}
	d.home = home.ID
	d.rooms, err = d.provider.Homes().AddRooms(ctx, d.home, d.roomSpecs()...)
	if err != nil {
		return "", err
	}
	names := make([]string, len(d.rooms))
	for i, r := range d.rooms {
		names[i] = r.Name
	}
	return fmt.Sprintf("%s entered, with rooms %s", home.Name, strings.Join(names, " and ")), nil
}

// findDevices looks for what the installer has put into the first room.
func (d *day) findDevices(ctx context.Context) (string, error) {
	if d.lock != "" { // a real door, installed somewhere else
		d.door, d.meter = d.lock, d.realMeter
		if !d.provider.Supports(lock.GetLock) {
			return "using your lock " + string(d.lock), nil
		}
		l, err := d.provider.Locks().Get(ctx, d.lock)
		return "using your lock " + l.Name, err
	}
	if err := d.install(d.home, d.rooms); err != nil {
		return "", err
	}
	if !d.provider.Supports(lock.ListDevices) {
		d.door = d.doorOf(d.home, d.rooms[0].ID)
		return "the vendor has no list; the door of room " + d.rooms[0].Name + " is known by its name", nil
	}
	count := map[lock.DeviceKind]int{}
	for dev, err := range d.provider.Homes().Devices(ctx, d.home) {
		if err != nil {
			return "", err
		}
		count[dev.Kind]++
		if dev.Kind == lock.DeviceElectricityMeter && dev.Room == d.rooms[0].ID {
			d.meter = dev.ID
		}
	}
	for l, err := range d.provider.Locks().List(ctx, lock.LockQuery{Home: d.home, Room: d.rooms[0].ID}) {
		if err != nil {
			return "", err
		}
		d.door = l.ID
	}
	if d.door == "" {
		return "", errors.New("room A lacks its lock")
	}
	var found []string
	for _, kind := range []lock.DeviceKind{lock.DeviceGateway, lock.DeviceLock, lock.DeviceElectricityMeter} {
		if n := count[kind]; n > 0 {
			found = append(found, fmt.Sprintf("%d %s%s", n, strings.ReplaceAll(string(kind), "_", " "), plural(n)))
		}
	}
	return "installed and found: " + strings.Join(found, ", "), nil
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// giveCode leaves the code to the library: it draws one that keeps the lock's policy.
func (d *day) giveCode(ctx context.Context) (string, error) {
	until := d.now().AddDate(0, 6, 0)
	op, err := d.provider.Passwords().Create(ctx, d.door, lock.PasswordSpec{
		Name: d.tenant.Name, Window: lock.Window{Until: until}, Holder: d.tenant, By: d.manager,
	})
	if err != nil {
		return "", err
	}
	pw, err := op.Wait(ctx)
	if err != nil {
		return "", err
	}
	d.code, d.id = pw.Secret, pw.ID
	if pw.State != lock.StateActive || !pw.Window.Contains(d.now()) || pw.Window.Forever() {
		return "", fmt.Errorf("the lock holds a code that is %s, valid %s", pw.State, pw.Window)
	}
	// Send d.code.Reveal() to the tenant. Printed, it is masked.
	return fmt.Sprintf("code %v for %s until %s: %s, %s", d.code, pw.Name, until.Format(time.DateOnly), pw.State, pw.Certainty), nil
}

// giveKey gives the tenant a key beside the code: the vendor's app, or a finger enrolled at the lock.
func (d *day) giveKey(ctx context.Context) (string, error) {
	g, err := d.grant()
	if err != nil {
		return "", err
	}
	op, err := d.provider.Keys().Grant(ctx, d.door, g)
	if err != nil {
		return "", err
	}
	key, err := op.Wait(ctx)
	if err != nil {
		return "", err
	}
	d.key = key.ID
	return fmt.Sprintf("%s holds a key (%s)", d.tenant.Name, key.Kind), nil
}

// openDoor has the tenant open, and waits for the vendor to tell of it: by webhook where there is
// one, else in the history.
func (d *day) openDoor(ctx context.Context) (string, error) {
	if d.opens == nil {
		return "", skipped("somebody would have to stand at the door")
	}
	if !d.opens(d) {
		return "", errors.New("the door stayed shut")
	}
	wanted := func(e lock.Event) bool { return e.Kind == lock.EventLockUnlocked && e.Device == d.door }
	if d.inbox != nil {
		e, err := d.inbox.next(ctx, wanted)
		if err != nil {
			return "", fmt.Errorf("the event did not reach our webhook: %w", err)
		}
		return fmt.Sprintf("%s opened by %s; the event came signed to our webhook", d.tenant.Name, e.Method), nil
	}
	d.settle()
	for e, err := range d.provider.Events().History(ctx, lock.EventQuery{Device: d.door, Window: lock.Window{From: d.began.Add(-time.Second)}}) {
		if err != nil {
			return "", err
		}
		if wanted(e) {
			return fmt.Sprintf("%s opened by %s; the event stands in the history", d.tenant.Name, e.Method), nil
		}
	}
	return "", errors.New("the history does not have it")
}

func (d *day) openRemotely(ctx context.Context) (string, error) {
	if d.lock != "" && !d.mayOpen {
		return "", skipped("nobody allowed it in the environment")
	}
	op, err := d.provider.Locks().Open(ctx, d.door, d.manager)
	if err != nil {
		return "", err
	}
	if _, err := op.Wait(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s opened for a parcel", d.manager.Name), nil
}

func (d *day) readMeter(ctx context.Context) (string, error) {
	if d.meter == "" {
		return "", skipped("there is no meter")
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
		return "", skipped("there is no meter")
	case !d.credit.IsPositive():
		return "", skipped("no amount is named in the environment")
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
	if d.opens == nil {
		return "code frozen for unpaid rent", nil
	}
	if d.opens(d) {
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
	if d.opens == nil {
		return "rent paid, code active again", nil
	}
	if !d.opens(d) {
		return "", errors.New("the door stayed shut")
	}
	return "rent paid, code active again: the door opens", nil
}

// moveOut takes back what the tenant was given. Where a key can be erased in the lock it is erased,
// because a finger that is only taken from its person opens on.
func (d *day) moveOut(ctx context.Context) (string, error) {
	var gone []string
	if d.id != "" {
		op, err := d.provider.Passwords().Delete(ctx, d.door, d.id)
		if err != nil {
			return "", err
		}
		if _, err := op.Wait(ctx); err != nil {
			return "", err
		}
		gone = append(gone, "code deleted")
	}
	if d.key != "" {
		take, done := d.provider.Keys().Revoke, "key taken back"
		if d.provider.Supports(lock.DeleteKey) {
			take, done = d.provider.Keys().Delete, "key erased in the lock"
		}
		op, err := take(ctx, d.door, d.key)
		if err != nil {
			return "", err
		}
		if _, err := op.Wait(ctx); err != nil {
			return "", err
		}
		gone = append(gone, done)
	}
	if len(gone) == 0 {
		return "", skipped("the tenant was given nothing")
	}
	if d.id != "" && d.provider.Supports(lock.ListPasswords) {
		for pw, err := range d.provider.Passwords().List(ctx, d.door) {
			if err != nil {
				return "", err
			}
			if pw.ID == d.id {
				return "", errors.New("the code is still on the lock")
			}
		}
		gone = append(gone, "gone from the lock's own list")
	}
	if d.opens != nil {
		if d.opens(d) {
			return "", errors.New("the door still opens")
		}
		gone = append(gone, "the door stays shut")
	}
	return strings.Join(gone, ", "), nil
}

func (d *day) finalReading(ctx context.Context) (string, error) {
	if d.movedIn.At.IsZero() {
		return "", skipped("there was no first reading")
	}
	d.live(d.meter)
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
