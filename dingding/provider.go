package dingding

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// can is what Dingding can do. It has no remote opening and no renaming of locks, lists no
// Bluetooth keys, keeps no weekly schedules, and switches, tops up and configures electricity
// meters only.
var can = lock.Can(
	lock.ListHomes, lock.GetHome, lock.CreateHome, lock.UpdateHome, lock.DeleteHome,
	lock.AddRooms, lock.UpdateRoom, lock.DeleteRoom, lock.ListDevices,

	lock.ListLocks, lock.GetLock,

	lock.GrantKey, lock.RevokeKey,

	lock.ListPasswords, lock.CreateTimedPassword, lock.CreatePermanentPassword, lock.CreateOfflinePassword,
	lock.CreateAdminPassword, lock.UpdatePassword, lock.FreezePassword, lock.UnfreezePassword, lock.DeletePassword,
	lock.DynamicPassword, lock.RevealPassword,

	lock.ListMeters, lock.GetMeter, lock.ReadElectricity, lock.ReadWater, lock.MeterHistory, lock.MeterConsumption,
	lock.SwitchMeter, lock.TopUpMeter, lock.TopUpMeterStatus, lock.ConfigureMeterCredit, lock.ConfigureMeterPower,
	lock.ConfigureMeterPrice, lock.ConfigureMeterPayMode, lock.ConfigureMeterForceOff,

	lock.ListEvents, lock.WatchEvents, lock.ReceiveEvents,
)

var lacks = lock.Unsupported(Vendor)

var _ lock.Provider = (*Client)(nil)

// Vendor implements lock.Provider.
func (c *Client) Vendor() lock.Vendor { return Vendor }

// Supports implements lock.Provider.
func (c *Client) Supports(op lock.Op) bool { return can.Supports(op) }

// Check counts the account's homes, which also proves the client id and secret.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.CountHomes(lock.WithOp(ctx, lock.CheckProvider), HomeFilter{})
	return err
}

// Homes implements lock.Provider.
func (c *Client) Homes() lock.Homes { return homes{c} }

// Locks implements lock.Provider.
func (c *Client) Locks() lock.Locks { return locks{Locks: lacks.Locks(), c: c} }

// Keys implements lock.Provider. A key is a Bluetooth authorisation (§14): a person, known by the
// phone number, may open the doors of a room with the vendor's app.
func (c *Client) Keys() lock.Keys { return keys{Keys: lacks.Keys(), c: c} }

// Passwords implements lock.Provider.
func (c *Client) Passwords() lock.Passwords { return passwords{c} }

// Meters implements lock.Provider.
func (c *Client) Meters() lock.Meters { return meters{c} }

// Events implements lock.Provider.
func (c *Client) Events() lock.Events { return events{c} }

// work is the name of an operation under way, from which it can be built again. It becomes the
// ID of a lock.Operation.
type work struct {
	op      lock.Op
	device  lock.DeviceID
	service string // the vendor's serviceid, "" if it gave none
	// what the operation is about; which of them is set depends on op
	home     lock.HomeID
	password int
	order    string
	on       bool
	since    time.Time // when it was asked for, to the millisecond
	settings []setting // of a meter, that are under way
}

// id writes the work as text.
func (w *work) id() string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("device", string(w.device))
	set("service", w.service)
	set("home", string(w.home))
	set("order", w.order)
	if w.password != 0 || passwordOps[w.op] {
		v.Set("password", string(passwordID(w.password)))
	}
	if w.on {
		v.Set("on", "1")
	}
	if !w.since.IsZero() {
		v.Set("since", w.since.UTC().Format(time.RFC3339Nano))
	}
	for _, s := range w.settings {
		v.Add("setting", string(s))
	}
	return string(w.op) + "?" + v.Encode()
}

var errOperationID = errors.New("this is no ID of an operation of this client")

// parseWork reads what id wrote.
func parseWork(id string) (work, error) {
	u, err := url.Parse(id)
	if err != nil {
		return work{}, errOperationID
	}
	v, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return work{}, errOperationID
	}
	w := work{
		op: lock.Op(u.Path), device: lock.DeviceID(v.Get("device")), service: v.Get("service"),
		home: lock.HomeID(v.Get("home")), order: v.Get("order"), on: v.Get("on") == "1",
	}
	if p := v.Get("password"); p != "" {
		if w.password, err = passwordNumber(lock.PasswordID(p)); err != nil {
			return work{}, errOperationID
		}
	}
	if s := v.Get("since"); s != "" {
		if w.since, err = time.Parse(time.RFC3339Nano, s); err != nil {
			return work{}, errOperationID
		}
	}
	for _, s := range v["setting"] {
		w.settings = append(w.settings, setting(s))
	}
	return w, nil
}

// Resume implements lock.Provider.
func (c *Client) Resume(id string) (any, error) {
	w, err := parseWork(id)
	if err != nil {
		return nil, lock.InvalidArgument(Vendor, "", "%v", err)
	}
	switch {
	case w.op == lock.DeleteHome && w.home != "":
		return c.deletingHome(w), nil
	case passwordOps[w.op] && w.device != "":
		return c.changingPassword(w, lock.Password{ID: passwordID(w.password), Device: w.device, State: lock.StateUnknown}), nil
	case w.op == lock.ReadMeter && w.device != "":
		return c.readingMeter(w), nil
	case w.op == lock.SwitchMeter && w.device != "":
		return c.switchingMeter(w), nil
	case w.op == lock.ConfigureMeter && w.device != "":
		return c.configuringMeter(w), nil
	case w.op == lock.TopUpMeter && w.order != "":
		return c.toppingUp(w), nil
	}
	return nil, lock.InvalidArgument(Vendor, "", "%v", errOperationID)
}

// unfinished is a work of this client that ends with a T: what a lock.Operation is about.
type unfinished[T any] struct {
	c    *Client
	work work
	ask  question[T]
}

// question asks the vendor what has become of a work. latest is what was known before; with done,
// the error is the outcome.
type question[T any] func(ctx context.Context, w work, latest T) (value T, done bool, err error)

// pendingOp makes the operation for w, of which now is known.
func pendingOp[T any](c *Client, w work, now T, ask question[T]) *lock.Operation[T] {
	return lock.Pending(c.cfg, &unfinished[T]{c, w, ask}, now)
}

// ID implements lock.Work.
func (u *unfinished[T]) ID() string { return u.work.id() }

// Poll implements lock.Work. Only result 5102 is taken from a callback itself: the device has acted
// but the vendor's record failed, so asking would never show it.
func (u *unfinished[T]) Poll(ctx context.Context, latest T) (T, bool, error) {
	w := u.work
	if code, ok := u.c.pending.Last(w.service); ok && code == resultDatabaseFailed {
		return latest, true, resultError(w.op, w.device, strconv.Itoa(resultDatabaseFailed))
	}
	v, done, err := u.ask(lock.WithOp(ctx, w.op), w, latest)
	return v, done, lock.About(string(w.device), err)
}

// Listen implements lock.Listener.
func (u *unfinished[T]) Listen(wake func()) (stop func()) {
	if u.work.service == "" { // no callback will name it
		return func() {}
	}
	return u.c.pending.Listen(u.work.service, wake)
}

// invalid is an error about an argument of op.
func invalid(op lock.Op, format string, args ...any) error {
	return lock.InvalidArgument(Vendor, op, format, args...)
}

// refused wraps a rule that an argument of op breaks.
func refused(op lock.Op, kind lock.Kind, err error) error {
	return &lock.Error{Vendor: Vendor, Op: op, Kind: kind, Err: err}
}

// unknownDevice is the answer for a device that the vendor places in no home.
func unknownDevice(op lock.Op, id lock.DeviceID) error {
	return &lock.Error{Vendor: Vendor, Op: op, Target: string(id), Kind: lock.ErrNotFound,
		Message: fmt.Sprintf("device %s stands in no home of this account", id)}
}
