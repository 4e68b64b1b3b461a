package lock

import (
	"context"
	"iter"
	"net/http"
)

// Unsupported returns areas that answer ErrUnsupported to everything. A vendor embeds them and
// writes only what exists:
//
//	type keys struct {
//		lock.Keys // what the vendor lacks
//		c *Client
//	}
//	keys{Keys: lock.Unsupported(Vendor).Keys(), c: c}
func Unsupported(v Vendor) Areas { return Areas{v} }

// Areas are the six areas of a vendor that can do nothing; see Unsupported.
type Areas struct{ vendor Vendor }

// Homes answers ErrUnsupported to everything.
func (a Areas) Homes() Homes { return noHomes{a.vendor} }

// Locks answers ErrUnsupported to everything.
func (a Areas) Locks() Locks { return noLocks{a.vendor} }

// Keys answers ErrUnsupported to everything.
func (a Areas) Keys() Keys { return noKeys{a.vendor} }

// Passwords answers ErrUnsupported to everything.
func (a Areas) Passwords() Passwords { return noPasswords{a.vendor} }

// Meters answers ErrUnsupported to everything.
func (a Areas) Meters() Meters { return noMeters{a.vendor} }

// Events answers ErrUnsupported to everything.
func (a Areas) Events() Events { return noEvents{a.vendor} }

// FailedSeq is a sequence that yields err once: how a list reports that it cannot begin.
func FailedSeq[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		yield(zero, err)
	}
}

type (
	noHomes     struct{ v Vendor }
	noLocks     struct{ v Vendor }
	noKeys      struct{ v Vendor }
	noPasswords struct{ v Vendor }
	noMeters    struct{ v Vendor }
	noEvents    struct{ v Vendor }
)

func (a noHomes) List(context.Context, HomeQuery) iter.Seq2[Home, error] {
	return FailedSeq[Home](UnsupportedError(a.v, ListHomes, ""))
}

func (a noHomes) Get(context.Context, HomeID) (Home, error) {
	return Home{}, UnsupportedError(a.v, GetHome, "")
}

func (a noHomes) Create(context.Context, HomeSpec) (Home, error) {
	return Home{}, UnsupportedError(a.v, CreateHome, "")
}

func (a noHomes) Update(context.Context, HomeID, HomeSpec) error {
	return UnsupportedError(a.v, UpdateHome, "")
}

func (a noHomes) Delete(context.Context, HomeID) (*Operation[Home], error) {
	return nil, UnsupportedError(a.v, DeleteHome, "")
}

func (a noHomes) AddRooms(context.Context, HomeID, ...RoomSpec) ([]Room, error) {
	return nil, UnsupportedError(a.v, AddRooms, "")
}

func (a noHomes) UpdateRoom(context.Context, HomeID, RoomID, RoomSpec) error {
	return UnsupportedError(a.v, UpdateRoom, "")
}

func (a noHomes) DeleteRoom(context.Context, HomeID, RoomID) error {
	return UnsupportedError(a.v, DeleteRoom, "")
}

func (a noHomes) Devices(context.Context, HomeID) iter.Seq2[Device, error] {
	return FailedSeq[Device](UnsupportedError(a.v, ListDevices, ""))
}

func (a noLocks) List(context.Context, LockQuery) iter.Seq2[Lock, error] {
	return FailedSeq[Lock](UnsupportedError(a.v, ListLocks, ""))
}

func (a noLocks) Get(context.Context, DeviceID) (Lock, error) {
	return Lock{}, UnsupportedError(a.v, GetLock, "")
}

func (a noLocks) Rename(context.Context, DeviceID, string) error {
	return UnsupportedError(a.v, RenameLock, "")
}

func (a noLocks) Open(context.Context, DeviceID, Person) (*Operation[Lock], error) {
	return nil, UnsupportedError(a.v, OpenLock, "")
}

func (a noKeys) List(context.Context, KeyQuery) iter.Seq2[Key, error] {
	return FailedSeq[Key](UnsupportedError(a.v, ListKeys, ""))
}

func (a noKeys) Grant(context.Context, DeviceID, Grant) (*Operation[Key], error) {
	return nil, UnsupportedError(a.v, GrantKey, "")
}

func (a noKeys) Update(context.Context, DeviceID, KeyID, Grant) (*Operation[Key], error) {
	return nil, UnsupportedError(a.v, UpdateKey, "")
}

func (a noKeys) Revoke(context.Context, DeviceID, KeyID) (*Operation[Key], error) {
	return nil, UnsupportedError(a.v, RevokeKey, "")
}

func (a noKeys) Delete(context.Context, DeviceID, KeyID) (*Operation[Key], error) {
	return nil, UnsupportedError(a.v, DeleteKey, "")
}

func (a noPasswords) List(context.Context, DeviceID) iter.Seq2[Password, error] {
	return FailedSeq[Password](UnsupportedError(a.v, ListPasswords, ""))
}

func (a noPasswords) Policy(context.Context, DeviceID, PasswordKind) (PasswordPolicy, error) {
	return PasswordPolicy{}, UnsupportedError(a.v, CreatePassword, "")
}

func (a noPasswords) Create(context.Context, DeviceID, PasswordSpec) (*Operation[Password], error) {
	return nil, UnsupportedError(a.v, CreatePassword, "")
}

func (a noPasswords) Update(context.Context, DeviceID, PasswordID, PasswordUpdate) (*Operation[Password], error) {
	return nil, UnsupportedError(a.v, UpdatePassword, "")
}

func (a noPasswords) Freeze(context.Context, DeviceID, PasswordID) (*Operation[Password], error) {
	return nil, UnsupportedError(a.v, FreezePassword, "")
}

func (a noPasswords) Unfreeze(context.Context, DeviceID, PasswordID) (*Operation[Password], error) {
	return nil, UnsupportedError(a.v, UnfreezePassword, "")
}

func (a noPasswords) Delete(context.Context, DeviceID, PasswordID) (*Operation[Password], error) {
	return nil, UnsupportedError(a.v, DeletePassword, "")
}

func (a noPasswords) Dynamic(context.Context, DeviceID) (Password, error) {
	return Password{}, UnsupportedError(a.v, DynamicPassword, "")
}

func (a noPasswords) Reveal(context.Context, DeviceID, PasswordID) (Secret, error) {
	return Secret{}, UnsupportedError(a.v, RevealPassword, "")
}

func (a noMeters) List(context.Context, MeterQuery) iter.Seq2[Meter, error] {
	return FailedSeq[Meter](UnsupportedError(a.v, ListMeters, ""))
}

func (a noMeters) Get(context.Context, DeviceID) (Meter, error) {
	return Meter{}, UnsupportedError(a.v, GetMeter, "")
}

func (a noMeters) Read(context.Context, DeviceID) (*Operation[Reading], error) {
	return nil, UnsupportedError(a.v, ReadMeter, "")
}

func (a noMeters) History(context.Context, DeviceID, Window) iter.Seq2[Reading, error] {
	return FailedSeq[Reading](UnsupportedError(a.v, MeterHistory, ""))
}

func (a noMeters) Consumption(context.Context, DeviceID, Window) (Consumption, error) {
	return Consumption{}, UnsupportedError(a.v, MeterConsumption, "")
}

func (a noMeters) Switch(context.Context, DeviceID, bool) (*Operation[Meter], error) {
	return nil, UnsupportedError(a.v, SwitchMeter, "")
}

func (a noMeters) TopUp(context.Context, DeviceID, TopUp) (*Operation[Receipt], error) {
	return nil, UnsupportedError(a.v, TopUpMeter, "")
}

func (a noMeters) TopUpStatus(context.Context, string) (Receipt, error) {
	return Receipt{}, UnsupportedError(a.v, TopUpMeterStatus, "")
}

func (a noMeters) Configure(context.Context, DeviceID, MeterSettings) (*Operation[Meter], error) {
	return nil, UnsupportedError(a.v, ConfigureMeter, "")
}

func (a noEvents) History(context.Context, EventQuery) iter.Seq2[Event, error] {
	return FailedSeq[Event](UnsupportedError(a.v, ListEvents, ""))
}

func (a noEvents) Watch(context.Context) iter.Seq2[Event, error] {
	return FailedSeq[Event](UnsupportedError(a.v, WatchEvents, ""))
}

func (a noEvents) Receive(func(context.Context, Event) error) (http.Handler, error) {
	return nil, UnsupportedError(a.v, ReceiveEvents, "")
}
