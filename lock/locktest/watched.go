package locktest

import (
	"context"
	"iter"
	"net/http"

	"github.com/smartlock-sdk/smartlock/lock"
)

// watched is the provider of a world as its rules see it: everything it answers is looked at in
// passing.
type watched struct {
	lock.Provider
	w *world
}

func (p watched) Check(ctx context.Context) error {
	err := p.Provider.Check(ctx)
	p.w.sawError(lock.CheckProvider, err)
	return err
}

func (p watched) Homes() lock.Homes         { return watchedHomes{p.Provider.Homes(), p.w} }
func (p watched) Locks() lock.Locks         { return watchedLocks{p.Provider.Locks(), p.w} }
func (p watched) Keys() lock.Keys           { return watchedKeys{p.Provider.Keys(), p.w} }
func (p watched) Passwords() lock.Passwords { return watchedPasswords{p.Provider.Passwords(), p.w} }
func (p watched) Meters() lock.Meters       { return watchedMeters{p.Provider.Meters(), p.w} }
func (p watched) Events() lock.Events       { return watchedEvents{p.Provider.Events(), p.w} }

// one looks at a value that a vendor gave.
func one[T any](w *world, op lock.Op, v T, err error) (T, error) {
	w.sawError(op, err)
	if err == nil {
		w.sawValue(op, v)
	}
	return v, err
}

// made looks at a value that may be put together from what was asked for.
func made[T any](w *world, op lock.Op, v T, err error) (T, error) {
	w.sawError(op, err)
	if err == nil {
		w.sawPrinted(op, v)
	}
	return v, err
}

// begun looks at an operation that has begun.
func begun[T any](w *world, op lock.Op, o *lock.Operation[T], err error) (*lock.Operation[T], error) {
	w.sawError(op, err)
	if o != nil {
		w.sawPrinted(op, o.Latest())
		if w.shown(o.ID()) {
			w.notes.add(aboutValueSecrets, "the operation ID of %s shows a code, a phone number or a token", op)
		}
	}
	return o, err
}

// each looks at what a list yields.
func each[T any](w *world, op lock.Op, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		failed := false
		seq(func(v T, err error) bool {
			if failed {
				w.notes.add(aboutLists, "%s yields another pair after an error", op)
			}
			failed = err != nil
			w.sawError(op, err)
			if err == nil {
				w.sawValue(op, v)
			}
			return yield(v, err)
		})
	}
}

type watchedHomes struct {
	lock.Homes
	w *world
}

func (a watchedHomes) List(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
	return each(a.w, lock.ListHomes, a.Homes.List(ctx, q))
}

func (a watchedHomes) Get(ctx context.Context, id lock.HomeID) (lock.Home, error) {
	v, err := a.Homes.Get(ctx, id)
	return one(a.w, lock.GetHome, v, err)
}

func (a watchedHomes) Create(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
	v, err := a.Homes.Create(ctx, spec)
	return made(a.w, lock.CreateHome, v, err)
}

func (a watchedHomes) Update(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
	err := a.Homes.Update(ctx, id, spec)
	a.w.sawError(lock.UpdateHome, err)
	return err
}

func (a watchedHomes) Delete(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
	o, err := a.Homes.Delete(ctx, id)
	return begun(a.w, lock.DeleteHome, o, err)
}

func (a watchedHomes) AddRooms(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error) {
	v, err := a.Homes.AddRooms(ctx, id, rooms...)
	return made(a.w, lock.AddRooms, v, err)
}

func (a watchedHomes) UpdateRoom(ctx context.Context, id lock.HomeID, room lock.RoomID, spec lock.RoomSpec) error {
	err := a.Homes.UpdateRoom(ctx, id, room, spec)
	a.w.sawError(lock.UpdateRoom, err)
	return err
}

func (a watchedHomes) DeleteRoom(ctx context.Context, id lock.HomeID, room lock.RoomID) error {
	err := a.Homes.DeleteRoom(ctx, id, room)
	a.w.sawError(lock.DeleteRoom, err)
	return err
}

func (a watchedHomes) Devices(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
	return each(a.w, lock.ListDevices, a.Homes.Devices(ctx, id))
}

type watchedLocks struct {
	lock.Locks
	w *world
}

func (a watchedLocks) List(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	return each(a.w, lock.ListLocks, a.Locks.List(ctx, q))
}

func (a watchedLocks) Get(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
	v, err := a.Locks.Get(ctx, id)
	return one(a.w, lock.GetLock, v, err)
}

func (a watchedLocks) Rename(ctx context.Context, id lock.DeviceID, name string) error {
	err := a.Locks.Rename(ctx, id, name)
	a.w.sawError(lock.RenameLock, err)
	return err
}

func (a watchedLocks) Open(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
	a.w.watchSecret(by.Phone)
	o, err := a.Locks.Open(ctx, id, by)
	return begun(a.w, lock.OpenLock, o, err)
}

type watchedKeys struct {
	lock.Keys
	w *world
}

func (a watchedKeys) List(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
	return each(a.w, lock.ListKeys, a.Keys.List(ctx, q))
}

func (a watchedKeys) Grant(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	a.w.watchSecret(g.Holder.Phone, g.GrantedBy.Phone)
	o, err := a.Keys.Grant(ctx, id, g)
	return begun(a.w, lock.GrantKey, o, err)
}

func (a watchedKeys) Update(ctx context.Context, id lock.DeviceID, k lock.KeyID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	a.w.watchSecret(g.Holder.Phone, g.GrantedBy.Phone)
	o, err := a.Keys.Update(ctx, id, k, g)
	return begun(a.w, lock.UpdateKey, o, err)
}

func (a watchedKeys) Revoke(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error) {
	o, err := a.Keys.Revoke(ctx, id, k)
	return begun(a.w, lock.RevokeKey, o, err)
}

func (a watchedKeys) Delete(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error) {
	o, err := a.Keys.Delete(ctx, id, k)
	return begun(a.w, lock.DeleteKey, o, err)
}

type watchedPasswords struct {
	lock.Passwords
	w *world
}

func (a watchedPasswords) List(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
	return each(a.w, lock.ListPasswords, a.Passwords.List(ctx, id))
}

func (a watchedPasswords) Policy(ctx context.Context, id lock.DeviceID, kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	v, err := a.Passwords.Policy(ctx, id, kind)
	return made(a.w, lock.CreatePassword, v, err)
}

func (a watchedPasswords) Create(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
	a.w.watchSecret(s.Secret, s.Holder.Phone, s.By.Phone)
	o, err := a.Passwords.Create(ctx, id, s)
	return begun(a.w, lock.CreatePassword, o, err)
}

func (a watchedPasswords) Update(ctx context.Context, id lock.DeviceID, p lock.PasswordID, u lock.PasswordUpdate) (*lock.Operation[lock.Password], error) {
	a.w.watchSecret(u.Secret)
	o, err := a.Passwords.Update(ctx, id, p, u)
	return begun(a.w, lock.UpdatePassword, o, err)
}

func (a watchedPasswords) Freeze(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	o, err := a.Passwords.Freeze(ctx, id, p)
	return begun(a.w, lock.FreezePassword, o, err)
}

func (a watchedPasswords) Unfreeze(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	o, err := a.Passwords.Unfreeze(ctx, id, p)
	return begun(a.w, lock.UnfreezePassword, o, err)
}

func (a watchedPasswords) Delete(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	o, err := a.Passwords.Delete(ctx, id, p)
	return begun(a.w, lock.DeletePassword, o, err)
}

func (a watchedPasswords) Dynamic(ctx context.Context, id lock.DeviceID) (lock.Password, error) {
	v, err := a.Passwords.Dynamic(ctx, id)
	return one(a.w, lock.DynamicPassword, v, err)
}

func (a watchedPasswords) Reveal(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (lock.Secret, error) {
	v, err := a.Passwords.Reveal(ctx, id, p)
	return made(a.w, lock.RevealPassword, v, err)
}

type watchedMeters struct {
	lock.Meters
	w *world
}

func (a watchedMeters) List(ctx context.Context, q lock.MeterQuery) iter.Seq2[lock.Meter, error] {
	return each(a.w, lock.ListMeters, a.Meters.List(ctx, q))
}

func (a watchedMeters) Get(ctx context.Context, id lock.DeviceID) (lock.Meter, error) {
	v, err := a.Meters.Get(ctx, id)
	return one(a.w, lock.GetMeter, v, err)
}

func (a watchedMeters) Read(ctx context.Context, id lock.DeviceID) (*lock.Operation[lock.Reading], error) {
	o, err := a.Meters.Read(ctx, id)
	return begun(a.w, lock.ReadMeter, o, err)
}

func (a watchedMeters) History(ctx context.Context, id lock.DeviceID, win lock.Window) iter.Seq2[lock.Reading, error] {
	return each(a.w, lock.MeterHistory, a.Meters.History(ctx, id, win))
}

func (a watchedMeters) Consumption(ctx context.Context, id lock.DeviceID, win lock.Window) (lock.Consumption, error) {
	v, err := a.Meters.Consumption(ctx, id, win)
	return one(a.w, lock.MeterConsumption, v, err)
}

func (a watchedMeters) Switch(ctx context.Context, id lock.DeviceID, on bool) (*lock.Operation[lock.Meter], error) {
	o, err := a.Meters.Switch(ctx, id, on)
	return begun(a.w, lock.SwitchMeter, o, err)
}

func (a watchedMeters) TopUp(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error) {
	o, err := a.Meters.TopUp(ctx, id, t)
	return begun(a.w, lock.TopUpMeter, o, err)
}

func (a watchedMeters) TopUpStatus(ctx context.Context, order string) (lock.Receipt, error) {
	v, err := a.Meters.TopUpStatus(ctx, order)
	return one(a.w, lock.TopUpMeterStatus, v, err)
}

func (a watchedMeters) Configure(ctx context.Context, id lock.DeviceID, s lock.MeterSettings) (*lock.Operation[lock.Meter], error) {
	o, err := a.Meters.Configure(ctx, id, s)
	return begun(a.w, lock.ConfigureMeter, o, err)
}

type watchedEvents struct {
	lock.Events
	w *world
}

func (a watchedEvents) History(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
	return each(a.w, lock.ListEvents, a.Events.History(ctx, q))
}

func (a watchedEvents) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	return each(a.w, lock.WatchEvents, a.Events.Watch(ctx))
}

func (a watchedEvents) Receive(sink func(context.Context, lock.Event) error) (http.Handler, error) {
	h, err := a.Events.Receive(func(ctx context.Context, e lock.Event) error {
		a.w.sawValue(lock.ReceiveEvents, e)
		return sink(ctx, e)
	})
	a.w.sawError(lock.ReceiveEvents, err)
	return h, err
}
