package locktest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type door struct {
	number int
	lock   lock.Lock
}

// AddLock puts a lock into the cloud and returns its id. It is online, has a full battery and
// stands in no home; EditLock changes that.
func (m *Memory) AddLock(name string) lock.DeviceID {
	c := m.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	n, now := c.number(), c.clock.Now()
	id := lock.DeviceID(fmt.Sprintf("lock-%d", n))
	c.locks = append(c.locks, &door{n, lock.Lock{
		ID: id, Name: name, Serial: fmt.Sprintf("SN%d", n), Model: "M1", Brand: "Memory",
		Online: new(true), OnlineAt: now, Battery: new(100), BatteryAt: now, Signal: new(80), SignalAt: now,
		Versions: map[string]string{"app": "1.0.0"},
	}})
	return id
}

// EditLock changes what the vendor knows of a lock: where it stands, its battery, that it is
// offline. nil is what the vendor does not know. edit replaces what the lock's pointers point at
// and leaves the ID.
func (m *Memory) EditLock(id lock.DeviceID, edit func(*lock.Lock)) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	edit(&m.cloud.mustDoor(id).lock)
}

// Opened returns how often a door was opened, by whatever means.
func (m *Memory) Opened(id lock.DeviceID) int {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	return m.cloud.opened[id]
}

// door finds a lock, nil if there is none.
func (c *cloud) door(id lock.DeviceID) *door {
	for _, d := range c.locks {
		if d.lock.ID == id {
			return d
		}
	}
	return nil
}

func (c *cloud) mustDoor(id lock.DeviceID) *door {
	d := c.door(id)
	if d == nil {
		panic(fmt.Sprintf("locktest: no lock %q", id))
	}
	return d
}

// awake finds a lock that can be told something now.
func (c *cloud) awake(id lock.DeviceID) (*door, error) {
	d := c.door(id)
	if d == nil {
		return nil, missing("lock", id)
	}
	if d.lock.Online != nil && !*d.lock.Online {
		return nil, &lock.Error{Kind: lock.ErrDeviceOffline, Target: string(id)}
	}
	return d, nil
}

func (d *door) value() lock.Lock {
	v := d.lock
	v.Versions = make(map[string]string, len(d.lock.Versions))
	for part, version := range d.lock.Versions {
		v.Versions[part] = version
	}
	v.Native = record("lock", string(v.ID), map[string]any{"name": v.Name, "home": v.Home, "room": v.Room, "battery": v.Battery})
	return v
}

// open is the bolt moving.
func (c *cloud) open(d *door, e lock.Event) {
	c.opened[d.lock.ID]++
	e.Kind, e.Device, e.Name = lock.EventLockUnlocked, d.lock.ID, "door_opened"
	c.happen(e)
}

type memoryLocks struct{ m *Memory }

func (a memoryLocks) List(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	return list(ctx, a.m, lock.ListLocks, nil, func(c *cloud) ([]item[lock.Lock], error) {
		var items []item[lock.Lock]
		for _, d := range c.locks {
			l := d.lock
			if (q.Home == "" || l.Home == q.Home) && (q.Room == "" || l.Room == q.Room) && (q.Holder == "" || c.holds(q.Holder, l.ID)) {
				items = append(items, item[lock.Lock]{d.number, d.value()})
			}
		}
		return items, nil
	})
}

// holds reports whether a person has a key or a password of a lock.
func (c *cloud) holds(person string, id lock.DeviceID) bool {
	return slices.ContainsFunc(c.keys, func(k *key) bool { return k.key.Device == id && k.key.Holder.ID == person }) ||
		slices.ContainsFunc(c.passwords, func(p *password) bool { return p.device == id && p.holder.ID == person })
}

func (a memoryLocks) Get(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
	var v lock.Lock
	err := a.m.call(ctx, lock.GetLock, nil, func(c *cloud) error {
		d := c.door(id)
		if d == nil {
			return missing("lock", id)
		}
		v = d.value()
		return nil
	})
	return v, err
}

func (a memoryLocks) Rename(ctx context.Context, id lock.DeviceID, name string) error {
	return a.m.call(ctx, lock.RenameLock, func() error {
		if name == "" {
			return invalid("a lock needs a name")
		}
		return nil
	}, func(c *cloud) error {
		d := c.door(id)
		if d == nil {
			return missing("lock", id)
		}
		d.lock.Name = name
		c.happen(lock.Event{Kind: lock.EventDeviceRenamed, Device: id})
		return nil
	})
}

func (a memoryLocks) Open(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
	return begin(ctx, a.m, lock.OpenLock, func() error {
		if by.IsZero() {
			return invalid("who opens the door is required, for the audit")
		}
		return nil
	}, func(c *cloud) (plan[lock.Lock], error) {
		d, err := c.awake(id)
		if err != nil {
			return plan[lock.Lock]{}, err
		}
		return plan[lock.Lock]{now: d.value(), work: func() (lock.Lock, error) {
			c.open(d, lock.Event{Method: lock.MethodRemoteAPI, Actor: by})
			return d.value(), nil
		}}, nil
	})
}

type key struct {
	number   int
	key      lock.Key
	enrolled bool // lives in the lock, with or without a person
}

// EnrollKey puts a finger, card or face into a lock and returns its id, which is k.ID if that is
// set. Without a Holder nobody owns it.
func (m *Memory) EnrollKey(id lock.DeviceID, k lock.Key) lock.KeyID {
	c := m.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mustDoor(id)
	n := c.number()
	if k.ID == "" {
		k.ID = lock.KeyID(fmt.Sprintf("key-%d", n))
	}
	if k.Kind == "" {
		k.Kind = lock.KeyFingerprint
	}
	k.Device = id
	c.keys = append(c.keys, &key{n, k, true})
	c.happen(lock.Event{Kind: lock.EventKeyAdded, Device: id, Key: k.ID})
	return k.ID
}

// UseKey is a person with a key at the door. It reports whether the door opened.
func (m *Memory) UseKey(id lock.DeviceID, k lock.KeyID) bool {
	c := m.cloud
	c.mu.Lock()
	now := c.clock.Now()
	c.finishDue(now)
	d, found := c.mustDoor(id), c.key(id, k)
	opens := found != nil && found.state(now) == lock.StateActive &&
		(found.key.Schedule == nil || found.key.Schedule.Contains(now))
	if opens {
		c.open(d, lock.Event{Method: methodOf(found.key.Kind), Key: k, Actor: found.key.Holder, Duress: found.key.Duress})
	}
	c.mu.Unlock()
	m.Deliver()
	return opens
}

func methodOf(kind lock.KeyKind) lock.UnlockMethod {
	switch kind {
	case lock.KeyApp, lock.KeyManage:
		return lock.MethodApp
	case lock.KeyBluetooth:
		return lock.MethodBluetooth
	case lock.KeyFingerprint:
		return lock.MethodFingerprint
	case lock.KeyCard:
		return lock.MethodCard
	case lock.KeyFace:
		return lock.MethodFace
	case lock.KeyPalm:
		return lock.MethodPalm
	case lock.KeyPIN:
		return lock.MethodPIN
	case lock.KeyMechanical:
		return lock.MethodMechanicalKey
	}
	return lock.MethodUnknown
}

// key finds a key of a lock, nil if there is none.
func (c *cloud) key(id lock.DeviceID, k lock.KeyID) *key {
	for _, found := range c.keys {
		if found.key.ID == k && found.key.Device == id {
			return found
		}
	}
	return nil
}

func (k *key) state(now time.Time) lock.PasswordState {
	switch {
	case now.Before(k.key.Window.From):
		return lock.StateScheduled
	case !k.key.Window.Contains(now):
		return lock.StateExpired
	}
	return lock.StateActive
}

func (k *key) value(now time.Time) lock.Key {
	v := k.key
	v.State = k.state(now)
	v.Native = record("key", string(v.ID), map[string]any{"device": v.Device, "kind": v.Kind, "holder": v.Holder.ID})
	return v
}

type memoryKeys struct{ m *Memory }

func (a memoryKeys) List(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
	op := lock.ListKeysOfLock
	switch {
	case q.Unowned:
		op = lock.ListUnownedKeys
	case q.Holder != "":
		op = lock.ListKeysOfPerson
	}
	return list(ctx, a.m, op, func() error {
		if q.Device == "" && q.Holder == "" {
			return invalid("whose keys: Device or Holder is required")
		}
		return nil
	}, func(c *cloud) ([]item[lock.Key], error) {
		if q.Device != "" && c.door(q.Device) == nil {
			return nil, missing("lock", q.Device)
		}
		var items []item[lock.Key]
		for _, k := range c.keys {
			if (q.Device == "" || k.key.Device == q.Device) && (q.Holder == "" || k.key.Holder.ID == q.Holder) &&
				(!q.Unowned || k.key.Holder.IsZero()) {
				items = append(items, item[lock.Key]{k.number, k.value(c.clock.Now())})
			}
		}
		return items, nil
	})
}

func checkGrant(g lock.Grant) func() error {
	return func() error {
		if err := g.Validate(); err != nil {
			return invalid("%v", err)
		}
		return nil
	}
}

// fill makes k what g says.
func (k *key) fill(g lock.Grant, now time.Time) {
	k.key.Holder, k.key.Name, k.key.Role, k.key.Schedule = g.Holder, g.Name, g.Role, g.Schedule
	set(&k.key.Kind, g.Kind)
	if k.key.Role == "" {
		k.key.Role = lock.RoleNormal
	}
	k.key.Window = g.Window
	if k.key.Window.From.IsZero() {
		k.key.Window.From = now
	}
}

func (a memoryKeys) Grant(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	return begin(ctx, a.m, lock.GrantKey, checkGrant(g), func(c *cloud) (plan[lock.Key], error) {
		if _, err := c.awake(id); err != nil {
			return plan[lock.Key]{}, err
		}
		if g.Key == "" {
			n := c.number()
			k := &key{number: n, key: lock.Key{ID: lock.KeyID(fmt.Sprintf("key-%d", n)), Device: id, Kind: lock.KeyApp}}
			k.fill(g, c.clock.Now())
			return plan[lock.Key]{now: k.value(c.clock.Now()), work: func() (lock.Key, error) {
				c.keys = append(c.keys, k)
				c.happen(lock.Event{Kind: lock.EventKeyAdded, Device: id, Key: k.key.ID, Actor: g.GrantedBy})
				return k.value(c.clock.Now()), nil
			}}, nil
		}
		k := c.key(id, g.Key)
		switch {
		case k == nil:
			return plan[lock.Key]{}, missing("key", g.Key)
		case !k.key.Holder.IsZero():
			return plan[lock.Key]{}, &lock.Error{Kind: lock.ErrExists, Target: string(g.Key), Message: "the key is somebody's"}
		}
		return plan[lock.Key]{now: k.value(c.clock.Now()), work: func() (lock.Key, error) {
			k.fill(g, c.clock.Now())
			c.happen(lock.Event{Kind: lock.EventKeyAssigned, Device: id, Key: k.key.ID, Actor: g.GrantedBy})
			return k.value(c.clock.Now()), nil
		}}, nil
	})
}

// change is an operation on a key that is there.
func (a memoryKeys) change(ctx context.Context, op lock.Op, id lock.DeviceID, k lock.KeyID, check func() error, apply func(*cloud, *key) lock.EventKind) (*lock.Operation[lock.Key], error) {
	return begin(ctx, a.m, op, check, func(c *cloud) (plan[lock.Key], error) {
		if _, err := c.awake(id); err != nil {
			return plan[lock.Key]{}, err
		}
		found := c.key(id, k)
		if found == nil {
			return plan[lock.Key]{}, missing("key", k)
		}
		return plan[lock.Key]{now: found.value(c.clock.Now()), work: func() (lock.Key, error) {
			if kind := apply(c, found); kind != "" {
				c.happen(lock.Event{Kind: kind, Device: id, Key: k})
			}
			return found.value(c.clock.Now()), nil
		}}, nil
	})
}

func (a memoryKeys) Update(ctx context.Context, id lock.DeviceID, k lock.KeyID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	return a.change(ctx, lock.UpdateKey, id, k, checkGrant(g), func(c *cloud, found *key) lock.EventKind {
		found.fill(g, c.clock.Now())
		return ""
	})
}

func (a memoryKeys) Revoke(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error) {
	return a.change(ctx, lock.RevokeKey, id, k, nil, func(c *cloud, found *key) lock.EventKind {
		if !found.enrolled {
			c.dropKey(found)
			return lock.EventKeyRemoved
		}
		found.key.Holder, found.key.Window, found.key.Schedule = lock.Person{}, lock.Window{}, nil
		return lock.EventKeyUnassigned
	})
}

func (a memoryKeys) Delete(ctx context.Context, id lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error) {
	return a.change(ctx, lock.DeleteKey, id, k, nil, func(c *cloud, found *key) lock.EventKind {
		c.dropKey(found)
		return lock.EventKeyRemoved
	})
}

func (c *cloud) dropKey(k *key) {
	c.keys = slices.DeleteFunc(c.keys, func(other *key) bool { return other == k })
}
