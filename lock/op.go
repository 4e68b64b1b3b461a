package lock

import "slices"

// Op names one thing an area can do. The same name is the capability (Provider.Supports), the Op
// in an Error, and the conformance test. A variant is an Op too and carries its parent's name as
// a prefix: "passwords.create.offline" is one way to do "passwords.create". A provider that
// supports a variant supports its parent, and one that supports a parent says which variants.
type Op string

// The operations, by area.
const (
	ListHomes   Op = "homes.list"
	GetHome     Op = "homes.get"
	CreateHome  Op = "homes.create"
	UpdateHome  Op = "homes.update"
	DeleteHome  Op = "homes.delete"
	AddRooms    Op = "homes.rooms.add"
	UpdateRoom  Op = "homes.rooms.update"
	DeleteRoom  Op = "homes.rooms.delete"
	ListDevices Op = "homes.devices"

	ListLocks  Op = "locks.list"
	GetLock    Op = "locks.get"
	RenameLock Op = "locks.rename"
	OpenLock   Op = "locks.open"

	ListKeys         Op = "keys.list"
	ListKeysOfLock   Op = "keys.list.lock"
	ListKeysOfPerson Op = "keys.list.person"
	ListUnownedKeys  Op = "keys.list.unowned"
	GrantKey         Op = "keys.grant"
	UpdateKey        Op = "keys.update"
	RevokeKey        Op = "keys.revoke"
	DeleteKey        Op = "keys.delete"

	ListPasswords           Op = "passwords.list"
	CreatePassword          Op = "passwords.create"
	CreateTimedPassword     Op = "passwords.create.timed"
	CreatePermanentPassword Op = "passwords.create.permanent"
	CreateRecurringPassword Op = "passwords.create.recurring"
	CreateOfflinePassword   Op = "passwords.create.offline"
	CreateAdminPassword     Op = "passwords.create.admin"
	UpdatePassword          Op = "passwords.update"
	FreezePassword          Op = "passwords.freeze"
	UnfreezePassword        Op = "passwords.unfreeze"
	DeletePassword          Op = "passwords.delete"
	DynamicPassword         Op = "passwords.dynamic"
	RevealPassword          Op = "passwords.reveal"

	ListMeters             Op = "meters.list"
	GetMeter               Op = "meters.get"
	ReadMeter              Op = "meters.read"
	ReadElectricity        Op = "meters.read.electricity"
	ReadWater              Op = "meters.read.water"
	MeterHistory           Op = "meters.history"
	MeterConsumption       Op = "meters.consumption"
	SwitchMeter            Op = "meters.switch"
	TopUpMeter             Op = "meters.topup"
	TopUpMeterStatus       Op = "meters.topup.status"
	ConfigureMeter         Op = "meters.configure"
	ConfigureMeterCredit   Op = "meters.configure.overdraft"
	ConfigureMeterPower    Op = "meters.configure.max_power"
	ConfigureMeterPrice    Op = "meters.configure.price"
	ConfigureMeterPayMode  Op = "meters.configure.pay_mode"
	ConfigureMeterForceOff Op = "meters.configure.forced_off"

	ListEvents    Op = "events.history"
	WatchEvents   Op = "events.watch"
	ReceiveEvents Op = "events.receive"

	// CheckProvider is Provider.Check; every provider supports it.
	CheckProvider Op = "check"
)

// Ops lists every operation and variant, in the order of the areas. CheckProvider is not among
// them: it is no capability.
func Ops() []Op {
	return []Op{
		ListHomes, GetHome, CreateHome, UpdateHome, DeleteHome, AddRooms, UpdateRoom, DeleteRoom, ListDevices,
		ListLocks, GetLock, RenameLock, OpenLock,
		ListKeys, ListKeysOfLock, ListKeysOfPerson, ListUnownedKeys, GrantKey, UpdateKey, RevokeKey, DeleteKey,
		ListPasswords, CreatePassword, CreateTimedPassword, CreatePermanentPassword, CreateRecurringPassword,
		CreateOfflinePassword, CreateAdminPassword, UpdatePassword, FreezePassword, UnfreezePassword,
		DeletePassword, DynamicPassword, RevealPassword,
		ListMeters, GetMeter, ReadMeter, ReadElectricity, ReadWater, MeterHistory, MeterConsumption, SwitchMeter,
		TopUpMeter, TopUpMeterStatus, ConfigureMeter, ConfigureMeterCredit, ConfigureMeterPower,
		ConfigureMeterPrice, ConfigureMeterPayMode, ConfigureMeterForceOff,
		ListEvents, WatchEvents, ReceiveEvents,
	}
}

// parents says which operation a variant is a way of doing. meters.topup.status is no variant of
// meters.topup although its name begins so: it asks, it does not charge.
var parents = map[Op]Op{
	ListKeysOfLock: ListKeys, ListKeysOfPerson: ListKeys, ListUnownedKeys: ListKeys,
	CreateTimedPassword: CreatePassword, CreatePermanentPassword: CreatePassword,
	CreateRecurringPassword: CreatePassword, CreateOfflinePassword: CreatePassword,
	CreateAdminPassword: CreatePassword,
	ReadElectricity:     ReadMeter, ReadWater: ReadMeter,
	ConfigureMeterCredit: ConfigureMeter, ConfigureMeterPower: ConfigureMeter,
	ConfigureMeterPrice: ConfigureMeter, ConfigureMeterPayMode: ConfigureMeter,
	ConfigureMeterForceOff: ConfigureMeter,
}

// Parent returns the operation that op is a variant of, and whether it is one.
func (op Op) Parent() (Op, bool) {
	p, ok := parents[op]
	return p, ok
}

// Capabilities is a set of operations.
type Capabilities struct {
	ops map[Op]bool
}

// Can builds a set of operations. The parent of every variant is in it as well.
func Can(ops ...Op) Capabilities {
	set := make(map[Op]bool, len(ops))
	for _, op := range ops {
		set[op] = true
		if p, ok := op.Parent(); ok {
			set[p] = true
		}
	}
	return Capabilities{set}
}

// Supports reports whether op is in the set.
func (c Capabilities) Supports(op Op) bool { return c.ops[op] }

// List returns the set in the order of Ops.
func (c Capabilities) List() []Op {
	return slices.DeleteFunc(Ops(), func(op Op) bool { return !c.ops[op] })
}
