package locktest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// action is a call of one operation, for the rules that are the same for all.
type action struct {
	op   lock.Op
	uses uses
	call func(ctx context.Context, p lock.Provider, a args) (started, error)
}

// uses are the ids that a call takes.
type uses uint

const (
	usesHome uses = 1 << iota
	usesRoom
	usesLock
	usesKey
	usesPassword
	usesMeter
	usesOrder
)

// args are what calls take.
type args struct {
	IDs
	order    string
	holder   lock.Person
	operator lock.Person
	home     lock.HomeSpec
	room     lock.RoomSpec
	grant    lock.Grant
	password lock.PasswordSpec
	update   lock.PasswordUpdate
	settings lock.MeterSettings
	window   lock.Window
}

// started is what a call has set going; its zero value is a call that answered at once.
type started struct {
	id     string
	ended  func() bool
	finish func(t tb, w *world) (any, error)
	resume func(p lock.Provider) (started, error)
}

// operation is how a call hands out what it has set going.
func operation[T any](op *lock.Operation[T], err error) (started, error) {
	if op == nil {
		if err == nil {
			err = errors.New("got neither an operation nor an error")
		}
		return started{}, err
	}
	return started{
		id:     op.ID(),
		ended:  op.Ended,
		finish: func(t tb, w *world) (any, error) { return finish(t, w, op, nil) },
		resume: func(p lock.Provider) (started, error) { return operation(lock.Resume[T](p, op.ID())) },
	}, err
}

func plain(err error) (started, error)              { return started{}, err }
func answer[T any](_ T, err error) (started, error) { return started{}, err }

func listing[T any](seq iter.Seq2[T, error]) (started, error) {
	_, err := drain(seq)
	return started{}, err
}

// actions are the calls of every operation except CheckProvider, which takes nothing.
func actions() []action {
	type (
		c = context.Context
		p = lock.Provider
	)
	create := func(op lock.Op) action {
		return action{op, usesLock, func(ctx c, p p, a args) (started, error) {
			return operation(p.Passwords().Create(ctx, a.Lock, a.password))
		}}
	}
	keysOf := func(op lock.Op, q func(a args) lock.KeyQuery) action {
		return action{op, usesLock, func(ctx c, p p, a args) (started, error) { return listing(p.Keys().List(ctx, q(a))) }}
	}
	configure := func(op lock.Op) action {
		return action{op, usesMeter, func(ctx c, p p, a args) (started, error) {
			return operation(p.Meters().Configure(ctx, a.Meter, a.settings))
		}}
	}
	read := func(op lock.Op) action {
		return action{op, usesMeter, func(ctx c, p p, a args) (started, error) { return operation(p.Meters().Read(ctx, a.Meter)) }}
	}
	return []action{
		{lock.ListHomes, 0, func(ctx c, p p, _ args) (started, error) { return listing(p.Homes().List(ctx, lock.HomeQuery{})) }},
		{lock.GetHome, usesHome, func(ctx c, p p, a args) (started, error) { return answer(p.Homes().Get(ctx, a.Home)) }},
		{lock.CreateHome, 0, func(ctx c, p p, a args) (started, error) { return answer(p.Homes().Create(ctx, a.home)) }},
		{lock.UpdateHome, usesHome, func(ctx c, p p, a args) (started, error) {
			return plain(p.Homes().Update(ctx, a.Home, lock.HomeSpec{Name: a.home.Name}))
		}},
		{lock.DeleteHome, usesHome, func(ctx c, p p, a args) (started, error) { return operation(p.Homes().Delete(ctx, a.Home)) }},
		{lock.AddRooms, usesHome, func(ctx c, p p, a args) (started, error) {
			return answer(p.Homes().AddRooms(ctx, a.Home, a.room))
		}},
		{lock.UpdateRoom, usesHome | usesRoom, func(ctx c, p p, a args) (started, error) {
			return plain(p.Homes().UpdateRoom(ctx, a.Home, a.Room, lock.RoomSpec{Name: a.room.Name}))
		}},
		{lock.DeleteRoom, usesHome | usesRoom, func(ctx c, p p, a args) (started, error) {
			return plain(p.Homes().DeleteRoom(ctx, a.Home, a.Room))
		}},
		{lock.ListDevices, usesHome, func(ctx c, p p, a args) (started, error) { return listing(p.Homes().Devices(ctx, a.Home)) }},

		{lock.ListLocks, 0, func(ctx c, p p, _ args) (started, error) { return listing(p.Locks().List(ctx, lock.LockQuery{})) }},
		{lock.GetLock, usesLock, func(ctx c, p p, a args) (started, error) { return answer(p.Locks().Get(ctx, a.Lock)) }},
		{lock.RenameLock, usesLock, func(ctx c, p p, a args) (started, error) {
			return plain(p.Locks().Rename(ctx, a.Lock, "back door"))
		}},
		{lock.OpenLock, usesLock, func(ctx c, p p, a args) (started, error) {
			return operation(p.Locks().Open(ctx, a.Lock, a.operator))
		}},

		keysOf(lock.ListKeys, anyKeys),
		keysOf(lock.ListKeysOfLock, func(a args) lock.KeyQuery { return lock.KeyQuery{Device: a.Lock} }),
		keysOf(lock.ListKeysOfPerson, func(a args) lock.KeyQuery { return lock.KeyQuery{Device: a.Lock, Holder: a.holder.ID} }),
		keysOf(lock.ListUnownedKeys, func(a args) lock.KeyQuery { return lock.KeyQuery{Device: a.Lock, Unowned: true} }),
		{lock.GrantKey, usesLock, func(ctx c, p p, a args) (started, error) {
			return operation(p.Keys().Grant(ctx, a.Lock, a.grant))
		}},
		{lock.UpdateKey, usesLock | usesKey, func(ctx c, p p, a args) (started, error) {
			return operation(p.Keys().Update(ctx, a.Lock, a.Key, a.grant))
		}},
		{lock.RevokeKey, usesLock | usesKey, func(ctx c, p p, a args) (started, error) {
			return operation(p.Keys().Revoke(ctx, a.Lock, a.Key))
		}},
		{lock.DeleteKey, usesLock | usesKey, func(ctx c, p p, a args) (started, error) {
			return operation(p.Keys().Delete(ctx, a.Lock, a.Key))
		}},

		{lock.ListPasswords, usesLock, func(ctx c, p p, a args) (started, error) { return listing(p.Passwords().List(ctx, a.Lock)) }},
		create(lock.CreatePassword), create(lock.CreateTimedPassword), create(lock.CreatePermanentPassword),
		create(lock.CreateRecurringPassword), create(lock.CreateOfflinePassword), create(lock.CreateAdminPassword),
		{lock.UpdatePassword, usesLock | usesPassword, func(ctx c, p p, a args) (started, error) {
			return operation(p.Passwords().Update(ctx, a.Lock, a.Password, a.update))
		}},
		{lock.FreezePassword, usesLock | usesPassword, func(ctx c, p p, a args) (started, error) {
			return operation(p.Passwords().Freeze(ctx, a.Lock, a.Password))
		}},
		{lock.UnfreezePassword, usesLock | usesPassword, func(ctx c, p p, a args) (started, error) {
			return operation(p.Passwords().Unfreeze(ctx, a.Lock, a.Password))
		}},
		{lock.DeletePassword, usesLock | usesPassword, func(ctx c, p p, a args) (started, error) {
			return operation(p.Passwords().Delete(ctx, a.Lock, a.Password))
		}},
		{lock.DynamicPassword, usesLock, func(ctx c, p p, a args) (started, error) { return answer(p.Passwords().Dynamic(ctx, a.Lock)) }},
		{lock.RevealPassword, usesLock | usesPassword, func(ctx c, p p, a args) (started, error) {
			return answer(p.Passwords().Reveal(ctx, a.Lock, a.Password))
		}},

		{lock.ListMeters, 0, func(ctx c, p p, _ args) (started, error) { return listing(p.Meters().List(ctx, lock.MeterQuery{})) }},
		{lock.GetMeter, usesMeter, func(ctx c, p p, a args) (started, error) { return answer(p.Meters().Get(ctx, a.Meter)) }},
		read(lock.ReadMeter), read(lock.ReadElectricity), read(lock.ReadWater),
		{lock.MeterHistory, usesMeter, func(ctx c, p p, a args) (started, error) {
			return listing(p.Meters().History(ctx, a.Meter, a.window))
		}},
		{lock.MeterConsumption, usesMeter, func(ctx c, p p, a args) (started, error) {
			return answer(p.Meters().Consumption(ctx, a.Meter, a.window))
		}},
		{lock.SwitchMeter, usesMeter, func(ctx c, p p, a args) (started, error) {
			return operation(p.Meters().Switch(ctx, a.Meter, false))
		}},
		{lock.TopUpMeter, usesMeter, func(ctx c, p p, a args) (started, error) {
			return operation(p.Meters().TopUp(ctx, a.Meter, lock.TopUp{Order: a.order, Amount: decimal.NewFromInt(10)}))
		}},
		{lock.TopUpMeterStatus, usesOrder, func(ctx c, p p, a args) (started, error) { return answer(p.Meters().TopUpStatus(ctx, a.order)) }},
		configure(lock.ConfigureMeter), configure(lock.ConfigureMeterCredit), configure(lock.ConfigureMeterPower),
		configure(lock.ConfigureMeterPrice), configure(lock.ConfigureMeterPayMode), configure(lock.ConfigureMeterForceOff),

		{lock.ListEvents, usesLock, func(ctx c, p p, a args) (started, error) {
			return listing(p.Events().History(ctx, lock.EventQuery{Device: a.Lock, Window: a.window}))
		}},
		{lock.WatchEvents, 0, func(ctx c, p p, _ args) (started, error) {
			for _, err := range p.Events().Watch(ctx) {
				return started{}, err
			}
			return started{}, errors.New("the sequence ended without a word")
		}},
		{lock.ReceiveEvents, 0, func(_ c, p p, _ args) (started, error) {
			h, err := p.Events().Receive(func(context.Context, lock.Event) error { return nil })
			if (h == http.Handler(nil)) == (err == nil) {
				return started{}, fmt.Errorf("got handler %v and error %w, want one of them", h, err)
			}
			return started{}, err
		}},
	}
}

// anyKeys is a question for keys that most vendors can answer.
func anyKeys(a args) lock.KeyQuery { return lock.KeyQuery{Device: a.Lock} }

// mutates reports whether op changes something at the vendor.
func mutates(op lock.Op) bool {
	switch op {
	case lock.ListHomes, lock.GetHome, lock.ListDevices, lock.ListLocks, lock.GetLock,
		lock.ListKeys, lock.ListKeysOfLock, lock.ListKeysOfPerson, lock.ListUnownedKeys,
		lock.ListPasswords, lock.DynamicPassword, lock.RevealPassword,
		lock.ListMeters, lock.GetMeter, lock.MeterHistory, lock.MeterConsumption, lock.TopUpMeterStatus,
		lock.ListEvents, lock.WatchEvents, lock.ReceiveEvents:
		return false
	}
	return true
}

// kindOf is the kind of password that a way of creating makes.
func kindOf(op lock.Op) lock.PasswordKind {
	switch op {
	case lock.CreatePermanentPassword:
		return lock.PasswordPermanent
	case lock.CreateRecurringPassword:
		return lock.PasswordRecurring
	case lock.CreateOfflinePassword:
		return lock.PasswordOffline
	case lock.CreateAdminPassword:
		return lock.PasswordAdmin
	}
	return lock.PasswordTimed
}

// setting is a change of one meter setting. ConfigureMeter stands for the first that can be changed.
func (w *world) setting(op lock.Op) lock.MeterSettings {
	if op == lock.ConfigureMeter {
		for _, v := range variantsOf(op) {
			if w.can(v) {
				return w.setting(v)
			}
		}
	}
	switch op {
	case lock.ConfigureMeterPower:
		return lock.MeterSettings{MaxPower: new(decimal.NewFromInt(7))}
	case lock.ConfigureMeterPrice:
		return lock.MeterSettings{Price: new(decimal.New(125, -2))}
	case lock.ConfigureMeterPayMode:
		return lock.MeterSettings{PayMode: lock.Postpaid}
	case lock.ConfigureMeterForceOff:
		return lock.MeterSettings{ForcedOff: new(true)}
	}
	return lock.MeterSettings{Overdraft: new(decimal.NewFromInt(20))}
}

func (w *world) order() string { return fmt.Sprintf("order%d%s", w.next(), number(10)) }

// strangers are arguments for an operation that cannot be done: well formed, and of nothing.
func (w *world) strangers(op lock.Op) args {
	a := args{
		IDs:   IDs{Home: w.Home, Room: w.Room, Lock: w.Lock, Meter: w.Meter, Key: w.Key},
		order: w.order(), holder: w.Person, operator: w.Operator, home: w.homeSpec(), room: w.roomSpec(), grant: w.grant(),
		update: lock.PasswordUpdate{Name: "another"}, settings: w.setting(op),
		window: lock.Window{From: w.now().Add(-24 * time.Hour), Until: w.now()},
	}
	if a.holder.ID == "" {
		a.holder.ID = "some-person"
	}
	if op == lock.ReadWater {
		a.Meter = w.WaterMeter
	}
	a.IDs = filled(a.IDs, IDs{"some-home", "some-room", "some-lock", "some-meter", "some-key", "some-password"})
	a.password = lock.PasswordSpec{
		Kind: kindOf(op), Name: "guest", Holder: w.tenant(), By: w.Operator, Window: lock.Window{Until: w.later(72 * time.Hour)},
	}
	switch a.password.Kind {
	case lock.PasswordPermanent, lock.PasswordAdmin:
		a.password.Window = lock.Window{}
	case lock.PasswordRecurring:
		a.password.Schedule = &lock.Schedule{Days: lock.EveryDay, From: lock.At(8, 0), Until: lock.At(20, 0), Location: beijing()}
	}
	if a.password.Kind != lock.PasswordOffline {
		a.password.Secret = lock.NewSecret(number(6))
		w.watchSecret(a.password.Secret)
	}
	return a
}

// filled are ids, those that are empty taken from others.
func filled(ids, others IDs) IDs {
	fill := func(field *string, other string) {
		if *field == "" {
			*field = other
		}
	}
	fill((*string)(&ids.Home), string(others.Home))
	fill((*string)(&ids.Room), string(others.Room))
	fill((*string)(&ids.Lock), string(others.Lock))
	fill((*string)(&ids.Meter), string(others.Meter))
	fill((*string)(&ids.Key), string(others.Key))
	fill((*string)(&ids.Password), string(others.Password))
	return ids
}

// args are arguments with which op works. What op would use up is made for it where it can be.
func (w *world) args(t tb, act action) args {
	t.Helper()
	a := w.strangers(act.op)
	if act.uses&usesHome != 0 {
		a.Home = w.home(t)
	}
	if act.uses&usesRoom != 0 {
		a.Room = w.room(t)
	}
	if act.uses&usesLock != 0 {
		a.Lock = w.lock(t)
	}
	if act.uses&usesMeter != 0 {
		a.Meter = w.anyMeter(t)
	}
	if act.uses&usesKey != 0 {
		a.Key = w.key(t)
	}
	if act.uses&usesPassword != 0 && act.op != lock.RevealPassword {
		pw, _ := w.guest(t)
		a.Password = pw.ID
	}
	switch act.op {
	case lock.DeleteHome:
		if w.can(lock.CreateHome) {
			a.Home = w.newHome(t).ID
		}
	case lock.DeleteRoom:
		if w.can(lock.AddRooms) {
			a.Room = w.newRoom(t, a.Home).ID
		}
	case lock.ReadWater:
		if a.Meter = w.WaterMeter; a.Meter == "" {
			t.Fatalf("the world has no WaterMeter")
		}
	case lock.ReadElectricity, lock.SwitchMeter, lock.TopUpMeter,
		lock.ConfigureMeter, lock.ConfigureMeterCredit, lock.ConfigureMeterPower, lock.ConfigureMeterPrice,
		lock.ConfigureMeterPayMode, lock.ConfigureMeterForceOff:
		a.Meter = w.meter(t)
	case lock.MeterHistory, lock.MeterConsumption:
		w.twoReadings(t, a.Meter)
		a.window = lock.Window{From: w.now().Add(-24 * time.Hour), Until: w.now().Add(time.Hour)}
	case lock.TopUpMeterStatus:
		if w.can(lock.TopUpMeter) {
			w.topUp(t, lock.TopUp{Order: a.order, Amount: decimal.NewFromInt(10)})
		}
	case lock.RevealPassword:
		a.Password, _ = w.revealable(t)
	case lock.UnfreezePassword:
		if w.can(lock.FreezePassword) {
			must[lock.Password](t, w, "freezing a password")(w.p.Passwords().Freeze(t.Context(), a.Lock, a.Password))
		}
	case lock.CreatePassword:
		kind, ok := w.anyKind()
		if !ok {
			t.Fatalf("the provider creates passwords, but none of its variants is supported")
		}
		a.password = w.spec(t, kind)
	case lock.CreateTimedPassword, lock.CreatePermanentPassword, lock.CreateRecurringPassword,
		lock.CreateOfflinePassword, lock.CreateAdminPassword:
		a.password = w.spec(t, kindOf(act.op))
	}
	return a
}

// revealable is a password whose code the vendor gives out, with its code if it is known.
func (w *world) revealable(t tb) (lock.PasswordID, lock.Secret) {
	t.Helper()
	if w.Revealable != "" {
		return w.Revealable, lock.Secret{}
	}
	kind, ok := lock.PasswordAdmin, w.can(lock.CreateAdminPassword)
	if !ok {
		kind, ok = w.anyKind()
	}
	if !ok {
		t.Fatalf("the world has no Revealable, and no password can be created")
	}
	s := w.spec(t, kind)
	return w.create(t, s).ID, s.Secret
}
