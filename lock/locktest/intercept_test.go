package locktest

import (
	"context"
	"iter"
	"net/http"

	"github.com/smartlock-sdk/smartlock/lock"
)

// hook stands before every call of a provider: it makes the call, or answers in its place. ids are
// the identities the call is about.
type hook func(ctx context.Context, op lock.Op, ids []string, call func(context.Context) error) error

// intercept is p with h before every call.
func intercept(p lock.Provider, h hook) *broken {
	b := breakable(p)
	b.check = func(ctx context.Context) error { return h(ctx, lock.CheckProvider, nil, p.Check) }

	homes := p.Homes()
	b.homes.list = func(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
		return hookSeq(ctx, h, lock.ListHomes, nil, func(ctx context.Context) iter.Seq2[lock.Home, error] { return homes.List(ctx, q) })
	}
	b.homes.get = func(ctx context.Context, id lock.HomeID) (lock.Home, error) {
		return hookOne(ctx, h, lock.GetHome, text(id), func(ctx context.Context) (lock.Home, error) { return homes.Get(ctx, id) })
	}
	b.homes.create = func(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
		return hookOne(ctx, h, lock.CreateHome, nil, func(ctx context.Context) (lock.Home, error) { return homes.Create(ctx, spec) })
	}
	b.homes.update = func(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
		return h(ctx, lock.UpdateHome, text(id), func(ctx context.Context) error { return homes.Update(ctx, id, spec) })
	}
	b.homes.delete = func(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
		return hookOne(ctx, h, lock.DeleteHome, text(id), func(ctx context.Context) (*lock.Operation[lock.Home], error) { return homes.Delete(ctx, id) })
	}
	b.homes.addRooms = func(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error) {
		return hookOne(ctx, h, lock.AddRooms, text(id), func(ctx context.Context) ([]lock.Room, error) { return homes.AddRooms(ctx, id, rooms...) })
	}
	b.homes.updateRoom = func(ctx context.Context, id lock.HomeID, room lock.RoomID, spec lock.RoomSpec) error {
		return h(ctx, lock.UpdateRoom, append(text(id), text(room)...), func(ctx context.Context) error { return homes.UpdateRoom(ctx, id, room, spec) })
	}
	b.homes.deleteRoom = func(ctx context.Context, id lock.HomeID, room lock.RoomID) error {
		return h(ctx, lock.DeleteRoom, append(text(id), text(room)...), func(ctx context.Context) error { return homes.DeleteRoom(ctx, id, room) })
	}
	b.homes.devices = func(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
		return hookSeq(ctx, h, lock.ListDevices, text(id), func(ctx context.Context) iter.Seq2[lock.Device, error] { return homes.Devices(ctx, id) })
	}

	locks := p.Locks()
	b.locks.list = func(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
		return hookSeq(ctx, h, lock.ListLocks, nil, func(ctx context.Context) iter.Seq2[lock.Lock, error] { return locks.List(ctx, q) })
	}
	b.locks.get = func(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
		return hookOne(ctx, h, lock.GetLock, text(id), func(ctx context.Context) (lock.Lock, error) { return locks.Get(ctx, id) })
	}
	b.locks.rename = func(ctx context.Context, id lock.DeviceID, name string) error {
		return h(ctx, lock.RenameLock, text(id), func(ctx context.Context) error { return locks.Rename(ctx, id, name) })
	}
	b.locks.open = func(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
		return hookOne(ctx, h, lock.OpenLock, text(id), func(ctx context.Context) (*lock.Operation[lock.Lock], error) { return locks.Open(ctx, id, by) })
	}

	keys := p.Keys()
	b.keys.list = func(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
		return hookSeq(ctx, h, lock.ListKeys, text(q.Device), func(ctx context.Context) iter.Seq2[lock.Key, error] { return keys.List(ctx, q) })
	}
	key := func(ctx context.Context, op lock.Op, id lock.DeviceID, k []string, call func(context.Context) (*lock.Operation[lock.Key], error)) (*lock.Operation[lock.Key], error) {
		return hookOne(ctx, h, op, append(text(id), k...), call)
	}
	b.keys.grant = func(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
		return key(ctx, lock.GrantKey, id, nil, func(ctx context.Context) (*lock.Operation[lock.Key], error) { return keys.Grant(ctx, id, g) })
	}
	b.keys.update = func(ctx context.Context, id lock.DeviceID, k lock.KeyID, g lock.Grant) (*lock.Operation[lock.Key], error) {
		return key(ctx, lock.UpdateKey, id, text(k), func(ctx context.Context) (*lock.Operation[lock.Key], error) { return keys.Update(ctx, id, k, g) })
	}
	b.keys.revoke = func(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error) {
		return key(ctx, lock.RevokeKey, id, text(k), func(ctx context.Context) (*lock.Operation[lock.Key], error) { return keys.Revoke(ctx, id, k) })
	}
	b.keys.delete = func(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error) {
		return key(ctx, lock.DeleteKey, id, text(k), func(ctx context.Context) (*lock.Operation[lock.Key], error) { return keys.Delete(ctx, id, k) })
	}

	passwords := p.Passwords()
	b.passwords.list = func(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
		return hookSeq(ctx, h, lock.ListPasswords, text(id), func(ctx context.Context) iter.Seq2[lock.Password, error] { return passwords.List(ctx, id) })
	}
	password := func(ctx context.Context, op lock.Op, id lock.DeviceID, p []string, call func(context.Context) (*lock.Operation[lock.Password], error)) (*lock.Operation[lock.Password], error) {
		return hookOne(ctx, h, op, append(text(id), p...), call)
	}
	b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
		return password(ctx, createOp(s.Kind), id, nil, func(ctx context.Context) (*lock.Operation[lock.Password], error) { return passwords.Create(ctx, id, s) })
	}
	b.passwords.update = func(ctx context.Context, id lock.DeviceID, p lock.PasswordID, u lock.PasswordUpdate) (*lock.Operation[lock.Password], error) {
		return password(ctx, lock.UpdatePassword, id, text(p), func(ctx context.Context) (*lock.Operation[lock.Password], error) {
			return passwords.Update(ctx, id, p, u)
		})
	}
	b.passwords.freeze = func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
		return password(ctx, lock.FreezePassword, id, text(p), func(ctx context.Context) (*lock.Operation[lock.Password], error) { return passwords.Freeze(ctx, id, p) })
	}
	b.passwords.unfreeze = func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
		return password(ctx, lock.UnfreezePassword, id, text(p), func(ctx context.Context) (*lock.Operation[lock.Password], error) {
			return passwords.Unfreeze(ctx, id, p)
		})
	}
	b.passwords.delete = func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
		return password(ctx, lock.DeletePassword, id, text(p), func(ctx context.Context) (*lock.Operation[lock.Password], error) { return passwords.Delete(ctx, id, p) })
	}
	b.passwords.dynamic = func(ctx context.Context, id lock.DeviceID) (lock.Password, error) {
		return hookOne(ctx, h, lock.DynamicPassword, text(id), func(ctx context.Context) (lock.Password, error) { return passwords.Dynamic(ctx, id) })
	}
	b.passwords.reveal = func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (lock.Secret, error) {
		return hookOne(ctx, h, lock.RevealPassword, append(text(id), text(p)...), func(ctx context.Context) (lock.Secret, error) { return passwords.Reveal(ctx, id, p) })
	}

	meters := p.Meters()
	b.meters.list = func(ctx context.Context, q lock.MeterQuery) iter.Seq2[lock.Meter, error] {
		return hookSeq(ctx, h, lock.ListMeters, nil, func(ctx context.Context) iter.Seq2[lock.Meter, error] { return meters.List(ctx, q) })
	}
	b.meters.get = func(ctx context.Context, id lock.DeviceID) (lock.Meter, error) {
		return hookOne(ctx, h, lock.GetMeter, text(id), func(ctx context.Context) (lock.Meter, error) { return meters.Get(ctx, id) })
	}
	b.meters.read = func(ctx context.Context, id lock.DeviceID) (*lock.Operation[lock.Reading], error) {
		return hookOne(ctx, h, lock.ReadMeter, text(id), func(ctx context.Context) (*lock.Operation[lock.Reading], error) { return meters.Read(ctx, id) })
	}
	b.meters.history = func(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
		return hookSeq(ctx, h, lock.MeterHistory, text(id), func(ctx context.Context) iter.Seq2[lock.Reading, error] { return meters.History(ctx, id, w) })
	}
	b.meters.consumption = func(ctx context.Context, id lock.DeviceID, w lock.Window) (lock.Consumption, error) {
		return hookOne(ctx, h, lock.MeterConsumption, text(id), func(ctx context.Context) (lock.Consumption, error) { return meters.Consumption(ctx, id, w) })
	}
	b.meters.turn = func(ctx context.Context, id lock.DeviceID, on bool) (*lock.Operation[lock.Meter], error) {
		return hookOne(ctx, h, lock.SwitchMeter, text(id), func(ctx context.Context) (*lock.Operation[lock.Meter], error) { return meters.Switch(ctx, id, on) })
	}
	b.meters.topUp = func(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error) {
		return hookOne(ctx, h, lock.TopUpMeter, text(id), func(ctx context.Context) (*lock.Operation[lock.Receipt], error) { return meters.TopUp(ctx, id, t) })
	}
	b.meters.status = func(ctx context.Context, order string) (lock.Receipt, error) {
		return hookOne(ctx, h, lock.TopUpMeterStatus, []string{order}, func(ctx context.Context) (lock.Receipt, error) { return meters.TopUpStatus(ctx, order) })
	}
	b.meters.configure = func(ctx context.Context, id lock.DeviceID, s lock.MeterSettings) (*lock.Operation[lock.Meter], error) {
		return hookOne(ctx, h, lock.ConfigureMeter, text(id), func(ctx context.Context) (*lock.Operation[lock.Meter], error) { return meters.Configure(ctx, id, s) })
	}

	events := p.Events()
	b.events.history = func(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
		return hookSeq(ctx, h, lock.ListEvents, text(q.Device), func(ctx context.Context) iter.Seq2[lock.Event, error] { return events.History(ctx, q) })
	}
	b.events.watch = func(ctx context.Context) iter.Seq2[lock.Event, error] {
		return hookSeq(ctx, h, lock.WatchEvents, nil, events.Watch)
	}
	b.events.receive = func(sink func(context.Context, lock.Event) error) (http.Handler, error) {
		return hookOne(context.Background(), h, lock.ReceiveEvents, nil, func(context.Context) (http.Handler, error) { return events.Receive(sink) })
	}
	return b
}

func text[T ~string](ids ...T) []string {
	var texts []string
	for _, id := range ids {
		texts = append(texts, string(id))
	}
	return texts
}

func hookOne[T any](ctx context.Context, h hook, op lock.Op, ids []string, call func(context.Context) (T, error)) (v T, err error) {
	err = h(ctx, op, ids, func(ctx context.Context) error {
		v, err = call(ctx)
		return err
	})
	return v, err
}

func hookSeq[T any](ctx context.Context, h hook, op lock.Op, ids []string, seq func(context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left := false
		err := h(ctx, op, ids, func(ctx context.Context) error {
			var last error
			for v, err := range seq(ctx) {
				if last = err; err == nil && !yield(v, nil) {
					left = true
					return nil
				}
			}
			return last
		})
		if err != nil && !left {
			var zero T
			yield(zero, err)
		}
	}
}
