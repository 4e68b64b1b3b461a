package locktest

import (
	"context"
	"iter"
	"net/http"

	"github.com/smartlock-sdk/smartlock/lock"
)

// broken is a provider of which a test replaces what it wants to break; the rest is the intact one's.
type broken struct {
	lock.Provider
	supports  func(lock.Op) bool
	check     func(context.Context) error
	resume    func(string) (any, error)
	vendor    *lock.Vendor
	homes     brokenHomes
	locks     brokenLocks
	keys      brokenKeys
	passwords brokenPasswords
	meters    brokenMeters
	events    brokenEvents
	nilArea   bool
}

// breakable is p with nothing broken yet.
func breakable(p lock.Provider) *broken {
	return &broken{
		Provider: p, homes: brokenHomes{Homes: p.Homes()}, locks: brokenLocks{Locks: p.Locks()}, keys: brokenKeys{Keys: p.Keys()},
		passwords: brokenPasswords{Passwords: p.Passwords()}, meters: brokenMeters{Meters: p.Meters()}, events: brokenEvents{Events: p.Events()},
	}
}

func (b *broken) Homes() lock.Homes         { return b.homes }
func (b *broken) Locks() lock.Locks         { return b.locks }
func (b *broken) Passwords() lock.Passwords { return b.passwords }
func (b *broken) Meters() lock.Meters       { return b.meters }
func (b *broken) Events() lock.Events       { return b.events }

func (b *broken) Keys() lock.Keys {
	if b.nilArea {
		return nil
	}
	return b.keys
}

func (b *broken) Vendor() lock.Vendor {
	if b.vendor != nil {
		return *b.vendor
	}
	return b.Provider.Vendor()
}

func (b *broken) Supports(op lock.Op) bool {
	if b.supports != nil {
		return b.supports(op)
	}
	return b.Provider.Supports(op)
}

func (b *broken) Check(ctx context.Context) error {
	if b.check != nil {
		return b.check(ctx)
	}
	return b.Provider.Check(ctx)
}

func (b *broken) Resume(id string) (any, error) {
	if b.resume != nil {
		return b.resume(id)
	}
	return b.Provider.Resume(id)
}

type brokenHomes struct {
	lock.Homes
	list       func(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error]
	get        func(ctx context.Context, id lock.HomeID) (lock.Home, error)
	create     func(ctx context.Context, spec lock.HomeSpec) (lock.Home, error)
	update     func(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error
	delete     func(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error)
	addRooms   func(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error)
	updateRoom func(ctx context.Context, id lock.HomeID, room lock.RoomID, spec lock.RoomSpec) error
	deleteRoom func(ctx context.Context, id lock.HomeID, room lock.RoomID) error
	devices    func(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error]
}

func (a brokenHomes) List(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
	if a.list != nil {
		return a.list(ctx, q)
	}
	return a.Homes.List(ctx, q)
}

func (a brokenHomes) Get(ctx context.Context, id lock.HomeID) (lock.Home, error) {
	if a.get != nil {
		return a.get(ctx, id)
	}
	return a.Homes.Get(ctx, id)
}

func (a brokenHomes) Create(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
	if a.create != nil {
		return a.create(ctx, spec)
	}
	return a.Homes.Create(ctx, spec)
}

func (a brokenHomes) Update(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
	if a.update != nil {
		return a.update(ctx, id, spec)
	}
	return a.Homes.Update(ctx, id, spec)
}

func (a brokenHomes) Delete(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
	if a.delete != nil {
		return a.delete(ctx, id)
	}
	return a.Homes.Delete(ctx, id)
}

func (a brokenHomes) AddRooms(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error) {
	if a.addRooms != nil {
		return a.addRooms(ctx, id, rooms...)
	}
	return a.Homes.AddRooms(ctx, id, rooms...)
}

func (a brokenHomes) UpdateRoom(ctx context.Context, id lock.HomeID, room lock.RoomID, spec lock.RoomSpec) error {
	if a.updateRoom != nil {
		return a.updateRoom(ctx, id, room, spec)
	}
	return a.Homes.UpdateRoom(ctx, id, room, spec)
}

func (a brokenHomes) DeleteRoom(ctx context.Context, id lock.HomeID, room lock.RoomID) error {
	if a.deleteRoom != nil {
		return a.deleteRoom(ctx, id, room)
	}
	return a.Homes.DeleteRoom(ctx, id, room)
}

func (a brokenHomes) Devices(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
	if a.devices != nil {
		return a.devices(ctx, id)
	}
	return a.Homes.Devices(ctx, id)
}

type brokenLocks struct {
	lock.Locks
	list   func(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error]
	get    func(ctx context.Context, id lock.DeviceID) (lock.Lock, error)
	rename func(ctx context.Context, id lock.DeviceID, name string) error
	open   func(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error)
}

func (a brokenLocks) List(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	if a.list != nil {
		return a.list(ctx, q)
	}
	return a.Locks.List(ctx, q)
}

func (a brokenLocks) Get(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
	if a.get != nil {
		return a.get(ctx, id)
	}
	return a.Locks.Get(ctx, id)
}

func (a brokenLocks) Rename(ctx context.Context, id lock.DeviceID, name string) error {
	if a.rename != nil {
		return a.rename(ctx, id, name)
	}
	return a.Locks.Rename(ctx, id, name)
}

func (a brokenLocks) Open(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
	if a.open != nil {
		return a.open(ctx, id, by)
	}
	return a.Locks.Open(ctx, id, by)
}

type brokenKeys struct {
	lock.Keys
	list   func(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error]
	grant  func(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error)
	update func(ctx context.Context, id lock.DeviceID, k lock.KeyID, g lock.Grant) (*lock.Operation[lock.Key], error)
	revoke func(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error)
	delete func(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error)
}

func (a brokenKeys) List(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
	if a.list != nil {
		return a.list(ctx, q)
	}
	return a.Keys.List(ctx, q)
}

func (a brokenKeys) Grant(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	if a.grant != nil {
		return a.grant(ctx, id, g)
	}
	return a.Keys.Grant(ctx, id, g)
}

func (a brokenKeys) Update(ctx context.Context, id lock.DeviceID, k lock.KeyID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	if a.update != nil {
		return a.update(ctx, id, k, g)
	}
	return a.Keys.Update(ctx, id, k, g)
}

func (a brokenKeys) Revoke(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error) {
	if a.revoke != nil {
		return a.revoke(ctx, id, k)
	}
	return a.Keys.Revoke(ctx, id, k)
}

func (a brokenKeys) Delete(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error) {
	if a.delete != nil {
		return a.delete(ctx, id, k)
	}
	return a.Keys.Delete(ctx, id, k)
}

type brokenPasswords struct {
	lock.Passwords
	list     func(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error]
	policy   func(ctx context.Context, id lock.DeviceID, kind lock.PasswordKind) (lock.PasswordPolicy, error)
	create   func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error)
	update   func(ctx context.Context, id lock.DeviceID, p lock.PasswordID, u lock.PasswordUpdate) (*lock.Operation[lock.Password], error)
	freeze   func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error)
	unfreeze func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error)
	delete   func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error)
	dynamic  func(ctx context.Context, id lock.DeviceID) (lock.Password, error)
	reveal   func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (lock.Secret, error)
}

func (a brokenPasswords) List(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
	if a.list != nil {
		return a.list(ctx, id)
	}
	return a.Passwords.List(ctx, id)
}

func (a brokenPasswords) Policy(ctx context.Context, id lock.DeviceID, kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	if a.policy != nil {
		return a.policy(ctx, id, kind)
	}
	return a.Passwords.Policy(ctx, id, kind)
}

func (a brokenPasswords) Create(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
	if a.create != nil {
		return a.create(ctx, id, s)
	}
	return a.Passwords.Create(ctx, id, s)
}

func (a brokenPasswords) Update(ctx context.Context, id lock.DeviceID, p lock.PasswordID, u lock.PasswordUpdate) (*lock.Operation[lock.Password], error) {
	if a.update != nil {
		return a.update(ctx, id, p, u)
	}
	return a.Passwords.Update(ctx, id, p, u)
}

func (a brokenPasswords) Freeze(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	if a.freeze != nil {
		return a.freeze(ctx, id, p)
	}
	return a.Passwords.Freeze(ctx, id, p)
}

func (a brokenPasswords) Unfreeze(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	if a.unfreeze != nil {
		return a.unfreeze(ctx, id, p)
	}
	return a.Passwords.Unfreeze(ctx, id, p)
}

func (a brokenPasswords) Delete(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	if a.delete != nil {
		return a.delete(ctx, id, p)
	}
	return a.Passwords.Delete(ctx, id, p)
}

func (a brokenPasswords) Dynamic(ctx context.Context, id lock.DeviceID) (lock.Password, error) {
	if a.dynamic != nil {
		return a.dynamic(ctx, id)
	}
	return a.Passwords.Dynamic(ctx, id)
}

func (a brokenPasswords) Reveal(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (lock.Secret, error) {
	if a.reveal != nil {
		return a.reveal(ctx, id, p)
	}
	return a.Passwords.Reveal(ctx, id, p)
}

type brokenMeters struct {
	lock.Meters
	list        func(ctx context.Context, q lock.MeterQuery) iter.Seq2[lock.Meter, error]
	get         func(ctx context.Context, id lock.DeviceID) (lock.Meter, error)
	read        func(ctx context.Context, id lock.DeviceID) (*lock.Operation[lock.Reading], error)
	history     func(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error]
	consumption func(ctx context.Context, id lock.DeviceID, w lock.Window) (lock.Consumption, error)
	turn        func(ctx context.Context, id lock.DeviceID, on bool) (*lock.Operation[lock.Meter], error)
	topUp       func(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error)
	status      func(ctx context.Context, order string) (lock.Receipt, error)
	configure   func(ctx context.Context, id lock.DeviceID, s lock.MeterSettings) (*lock.Operation[lock.Meter], error)
}

func (a brokenMeters) List(ctx context.Context, q lock.MeterQuery) iter.Seq2[lock.Meter, error] {
	if a.list != nil {
		return a.list(ctx, q)
	}
	return a.Meters.List(ctx, q)
}

func (a brokenMeters) Get(ctx context.Context, id lock.DeviceID) (lock.Meter, error) {
	if a.get != nil {
		return a.get(ctx, id)
	}
	return a.Meters.Get(ctx, id)
}

func (a brokenMeters) Read(ctx context.Context, id lock.DeviceID) (*lock.Operation[lock.Reading], error) {
	if a.read != nil {
		return a.read(ctx, id)
	}
	return a.Meters.Read(ctx, id)
}

func (a brokenMeters) History(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
	if a.history != nil {
		return a.history(ctx, id, w)
	}
	return a.Meters.History(ctx, id, w)
}

func (a brokenMeters) Consumption(ctx context.Context, id lock.DeviceID, w lock.Window) (lock.Consumption, error) {
	if a.consumption != nil {
		return a.consumption(ctx, id, w)
	}
	return a.Meters.Consumption(ctx, id, w)
}

func (a brokenMeters) Switch(ctx context.Context, id lock.DeviceID, on bool) (*lock.Operation[lock.Meter], error) {
	if a.turn != nil {
		return a.turn(ctx, id, on)
	}
	return a.Meters.Switch(ctx, id, on)
}

func (a brokenMeters) TopUp(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error) {
	if a.topUp != nil {
		return a.topUp(ctx, id, t)
	}
	return a.Meters.TopUp(ctx, id, t)
}

func (a brokenMeters) TopUpStatus(ctx context.Context, order string) (lock.Receipt, error) {
	if a.status != nil {
		return a.status(ctx, order)
	}
	return a.Meters.TopUpStatus(ctx, order)
}

func (a brokenMeters) Configure(ctx context.Context, id lock.DeviceID, s lock.MeterSettings) (*lock.Operation[lock.Meter], error) {
	if a.configure != nil {
		return a.configure(ctx, id, s)
	}
	return a.Meters.Configure(ctx, id, s)
}

type brokenEvents struct {
	lock.Events
	history func(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error]
	watch   func(ctx context.Context) iter.Seq2[lock.Event, error]
	receive func(sink func(context.Context, lock.Event) error) (http.Handler, error)
}

func (a brokenEvents) History(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
	if a.history != nil {
		return a.history(ctx, q)
	}
	return a.Events.History(ctx, q)
}

func (a brokenEvents) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	if a.watch != nil {
		return a.watch(ctx)
	}
	return a.Events.Watch(ctx)
}

func (a brokenEvents) Receive(sink func(context.Context, lock.Event) error) (http.Handler, error) {
	if a.receive != nil {
		return a.receive(sink)
	}
	return a.Events.Receive(sink)
}
