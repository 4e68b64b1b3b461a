package locktest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type password struct {
	number    int
	id        lock.PasswordID
	device    lock.DeviceID
	name      string
	kind      lock.PasswordKind
	code      lock.Secret
	window    lock.Window
	schedule  *lock.Schedule
	holder    lock.Person
	installed bool // the lock knows it
	frozen    bool
	activated bool // an offline code has been typed once
	pending   *lock.PendingChange
	failure   error // why the last change was refused
}

func (p *password) state(now time.Time) lock.PasswordState {
	switch {
	case !p.installed && p.failure != nil:
		return lock.StateFailed
	case !p.installed:
		return lock.StatePending
	case p.frozen:
		return lock.StateFrozen
	case !p.window.Forever() && !now.Before(p.window.Until):
		return lock.StateExpired
	case p.kind == lock.PasswordOffline && !p.activated:
		return lock.StateActivationRequired
	case now.Before(p.window.From):
		return lock.StateScheduled
	}
	return lock.StateActive
}

func (p *password) value(now time.Time) lock.Password {
	v := lock.Password{
		ID: p.id, Device: p.device, Name: p.name, Kind: p.kind, State: p.state(now), Certainty: lock.Confirmed,
		Window: p.window, Schedule: p.schedule, Holder: p.holder, Failure: p.failure,
		Native: record("password", string(p.id), map[string]any{"device": p.device, "name": p.name, "state": p.state(now)}),
	}
	if !p.installed {
		v.Certainty = lock.Reported
	}
	if p.pending != nil {
		v.Pending = new(*p.pending)
	}
	return v
}

// AddPassword puts a password onto a lock without asking anybody and returns its id. Its window
// begins now unless s says otherwise.
func (m *Memory) AddPassword(id lock.DeviceID, s lock.PasswordSpec) lock.PasswordID {
	c := m.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mustDoor(id)
	if s.Kind == "" {
		s.Kind = lock.PasswordTimed
	}
	p := c.addPassword(id, s)
	p.installed = true
	return p.id
}

func (c *cloud) addPassword(id lock.DeviceID, s lock.PasswordSpec) *password {
	n := c.number()
	p := &password{
		number: n, id: lock.PasswordID(fmt.Sprintf("password-%d", n)), device: id, name: s.Name, kind: s.Kind,
		code: s.Secret, window: s.Window, schedule: s.Schedule, holder: s.Holder,
	}
	if p.window.From.IsZero() {
		p.window.From = c.clock.Now()
	}
	c.passwords = append(c.passwords, p)
	return p
}

// EnterCode is a person at the keypad. It reports whether the door opened. Either way it is an
// event.
func (m *Memory) EnterCode(id lock.DeviceID, code lock.Secret) bool {
	c := m.cloud
	c.mu.Lock()
	c.finishDue(c.clock.Now())
	opened := c.enter(c.mustDoor(id), code)
	c.mu.Unlock()
	m.Deliver()
	return opened
}

func (c *cloud) enter(d *door, code lock.Secret) bool {
	now := c.clock.Now()
	for _, p := range slices.Concat(c.passwords, c.dynamic) {
		if p.device != d.lock.ID || !p.installed || code.IsZero() || !p.code.Equal(code) {
			continue
		}
		e := lock.Event{Password: p.id, Actor: p.holder}
		reason := lock.DenyReason("")
		switch p.state(now) {
		case lock.StateFrozen:
			reason = lock.DeniedFrozen
		case lock.StateExpired:
			reason = lock.DeniedExpired
		case lock.StateScheduled:
			reason = lock.DeniedNotYetValid
		default:
			if p.schedule != nil && !p.schedule.Contains(now) {
				reason = lock.DeniedOutsideSchedule
			}
		}
		if reason != "" {
			e.Kind, e.Device, e.Name, e.Reason = lock.EventLockUnlockDenied, d.lock.ID, "door_stayed_shut", reason
			c.happen(e)
			return false
		}
		p.activated = true
		e.Method = p.method()
		c.open(d, e)
		return true
	}
	c.happen(lock.Event{
		Kind: lock.EventLockUnlockDenied, Device: d.lock.ID, Name: "door_stayed_shut", Reason: lock.DeniedUnknownCode,
	})
	return false
}

func (p *password) method() lock.UnlockMethod {
	switch p.kind {
	case lock.PasswordTimed:
		return lock.MethodTemporaryPIN
	case lock.PasswordOffline:
		return lock.MethodOfflineCode
	case lock.PasswordDynamic:
		return lock.MethodDynamicCode
	case lock.PasswordAdmin:
		return lock.MethodAdminPIN
	}
	return lock.MethodPIN
}

// codes are those a new code of the lock is held against.
func (c *cloud) codes(id lock.DeviceID, except *password) []lock.Secret {
	var codes []lock.Secret
	for _, p := range slices.Concat(c.passwords, c.dynamic) {
		if p.device == id && p != except {
			codes = append(codes, p.code)
		}
	}
	return codes
}

// accept reports a code that the lock would refuse beside its other codes.
func (c *cloud) accept(id lock.DeviceID, p *password, code lock.Secret) error {
	others := c.codes(id, p)
	if slices.ContainsFunc(others, code.Equal) {
		return &lock.Error{Kind: lock.ErrDuplicatePassword, Target: string(id)}
	}
	return c.policy.Validate(code, others...)
}

func (c *cloud) password(id lock.DeviceID, p lock.PasswordID) *password {
	for _, found := range c.passwords {
		if found.id == p && found.device == id {
			return found
		}
	}
	return nil
}

// createOp is the way of creating that a kind is, "" if a password of that kind is not created.
func createOp(kind lock.PasswordKind) lock.Op {
	switch kind {
	case "", lock.PasswordTimed:
		return lock.CreateTimedPassword
	case lock.PasswordPermanent:
		return lock.CreatePermanentPassword
	case lock.PasswordRecurring:
		return lock.CreateRecurringPassword
	case lock.PasswordOffline:
		return lock.CreateOfflinePassword
	case lock.PasswordAdmin:
		return lock.CreateAdminPassword
	}
	return ""
}

type memoryPasswords struct{ m *Memory }

func (a memoryPasswords) List(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
	return list(ctx, a.m, lock.ListPasswords, nil, func(c *cloud) ([]item[lock.Password], error) {
		if c.door(id) == nil {
			return nil, missing("lock", id)
		}
		var items []item[lock.Password]
		for _, p := range c.passwords {
			if p.device == id {
				items = append(items, item[lock.Password]{p.number, p.value(c.clock.Now())})
			}
		}
		return items, nil
	})
}

func (a memoryPasswords) Policy(ctx context.Context, id lock.DeviceID, kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	op := createOp(kind)
	if op == "" || !a.m.can.Supports(op) {
		return lock.PasswordPolicy{}, lock.UnsupportedError(MemoryVendor, lock.CreatePassword, fmt.Sprintf("passwords of kind %q", kind))
	}
	var policy lock.PasswordPolicy
	err := a.m.call(ctx, op, nil, func(c *cloud) error {
		if c.door(id) == nil {
			return missing("lock", id)
		}
		policy = a.policy(kind)
		return nil
	})
	return policy, err
}

func (a memoryPasswords) policy(kind lock.PasswordKind) lock.PasswordPolicy {
	return lock.PasswordPolicy{PIN: a.m.cloud.policy, ChooseCode: kind != lock.PasswordOffline, MaxName: 40, FixedFrom: kind == lock.PasswordOffline}
}

func (a memoryPasswords) Create(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
	op := createOp(s.Kind)
	if op == "" {
		return nil, lock.UnsupportedError(MemoryVendor, lock.CreatePassword, fmt.Sprintf("passwords of kind %q are not created", s.Kind))
	}
	if s.Kind == "" {
		s.Kind = lock.PasswordTimed
	}
	check := func() error { return a.policy(s.Kind).Validate(s, a.m.cfg.Clock.Now()) }
	return begin(ctx, a.m, op, check, func(c *cloud) (plan[lock.Password], error) {
		fail := func(err error) (plan[lock.Password], error) { return plan[lock.Password]{}, err }
		find := c.awake
		if s.Kind == lock.PasswordOffline { // needs no lock that listens
			find = func(id lock.DeviceID) (*door, error) {
				if d := c.door(id); d != nil {
					return d, nil
				}
				return nil, missing("lock", id)
			}
		}
		if _, err := find(id); err != nil {
			return fail(err)
		}
		drawn := s.Secret.IsZero()
		if drawn {
			code, err := c.policy.Generate(c.codes(id, nil)...)
			if err != nil {
				return fail(&lock.Error{Kind: lock.ErrCapacityExceeded, Err: err})
			}
			s.Secret = code
		} else if err := c.accept(id, nil, s.Secret); err != nil {
			return fail(err)
		}
		p := c.addPassword(id, s)
		p.pending = &lock.PendingChange{Kind: lock.PendingAdd, Since: c.clock.Now()}
		value := func() lock.Password {
			v := p.value(c.clock.Now())
			if drawn {
				v.Secret = p.code
			}
			return v
		}
		return plan[lock.Password]{
			now: value(),
			work: func() (lock.Password, error) {
				p.installed, p.pending = true, nil
				c.happen(lock.Event{Kind: lock.EventPasswordApplied, Device: id, Password: p.id, Actor: s.By})
				return value(), nil
			},
			undo: func(err error) { p.failure, p.pending = err, nil },
		}, nil
	})
}

// change is an operation on a password that is there.
func (a memoryPasswords) change(ctx context.Context, op lock.Op, kind lock.PendingKind, id lock.DeviceID, p lock.PasswordID, check func() error, look func(*cloud, *password) error, apply func(*cloud, *password) lock.EventKind) (*lock.Operation[lock.Password], error) {
	return begin(ctx, a.m, op, check, func(c *cloud) (plan[lock.Password], error) {
		if _, err := c.awake(id); err != nil {
			return plan[lock.Password]{}, err
		}
		found := c.password(id, p)
		if found == nil {
			return plan[lock.Password]{}, missing("password", p)
		}
		if look != nil {
			if err := look(c, found); err != nil {
				return plan[lock.Password]{}, err
			}
		}
		change := &lock.PendingChange{Kind: kind, Since: c.clock.Now()}
		found.pending = change
		end := func(err error) {
			if found.failure = err; found.pending == change {
				found.pending = nil
			}
		}
		return plan[lock.Password]{
			now: found.value(c.clock.Now()),
			work: func() (lock.Password, error) {
				end(nil)
				if c.password(id, p) == nil { // deleted meanwhile
					return lock.Password{}, missing("password", p)
				}
				c.happen(lock.Event{Kind: apply(c, found), Device: id, Password: p})
				return found.value(c.clock.Now()), nil
			},
			undo: end,
		}, nil
	})
}

func (a memoryPasswords) Update(ctx context.Context, id lock.DeviceID, p lock.PasswordID, u lock.PasswordUpdate) (*lock.Operation[lock.Password], error) {
	check := func() error {
		if err := u.Validate(); err != nil {
			return err
		}
		if u.Permanent && !a.m.can.Supports(lock.CreatePermanentPassword) {
			return &lock.Error{Kind: lock.ErrUnsupported, Message: "permanent passwords"}
		}
		policy := a.policy(lock.PasswordTimed)
		if err := policy.ValidateName(u.Name); err != nil {
			return err
		}
		if u.Window != nil {
			if err := policy.ValidateWindow(*u.Window, a.m.cfg.Clock.Now()); err != nil {
				return err
			}
		}
		if !u.Secret.IsZero() {
			return policy.PIN.Validate(u.Secret)
		}
		return nil
	}
	look := func(c *cloud, found *password) error {
		if u.Secret.IsZero() {
			return nil
		}
		return c.accept(id, found, u.Secret)
	}
	return a.change(ctx, lock.UpdatePassword, lock.PendingUpdate, id, p, check, look, func(c *cloud, found *password) lock.EventKind {
		if !u.Secret.IsZero() {
			found.code = u.Secret
		}
		set(&found.name, u.Name)
		if u.Window != nil {
			found.window = *u.Window
			if found.window.From.IsZero() {
				found.window.From = c.clock.Now()
			}
		}
		if u.Permanent {
			found.window.Until = time.Time{}
		}
		switch {
		case u.Permanent && found.kind == lock.PasswordTimed:
			found.kind = lock.PasswordPermanent
		case u.Window != nil && !u.Permanent && found.kind == lock.PasswordPermanent:
			found.kind = lock.PasswordTimed
		}
		if u.Schedule != nil {
			found.schedule, found.kind = u.Schedule, lock.PasswordRecurring
		}
		return lock.EventPasswordUpdated
	})
}

// unprotected refuses what may not be done to an administrator's code.
func unprotected(_ *cloud, p *password) error {
	if p.kind == lock.PasswordAdmin {
		return &lock.Error{Kind: lock.ErrProtected, Target: string(p.id)}
	}
	return nil
}

func (a memoryPasswords) Freeze(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return a.change(ctx, lock.FreezePassword, lock.PendingFreeze, id, p, nil, unprotected, func(_ *cloud, found *password) lock.EventKind {
		found.frozen = true
		return lock.EventPasswordFrozen
	})
}

func (a memoryPasswords) Unfreeze(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return a.change(ctx, lock.UnfreezePassword, lock.PendingUnfreeze, id, p, nil, unprotected, func(_ *cloud, found *password) lock.EventKind {
		found.frozen = false
		return lock.EventPasswordUnfrozen
	})
}

func (a memoryPasswords) Delete(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return a.change(ctx, lock.DeletePassword, lock.PendingDelete, id, p, nil, unprotected, func(c *cloud, found *password) lock.EventKind {
		c.passwords = slices.DeleteFunc(c.passwords, func(other *password) bool { return other == found })
		return lock.EventPasswordDeleted
	})
}

func (a memoryPasswords) Dynamic(ctx context.Context, id lock.DeviceID) (lock.Password, error) {
	var v lock.Password
	err := a.m.call(ctx, lock.DynamicPassword, nil, func(c *cloud) error {
		if c.door(id) == nil {
			return missing("lock", id)
		}
		now := c.clock.Now()
		c.dynamic = slices.DeleteFunc(c.dynamic, func(p *password) bool { return !now.Before(p.window.Until) })
		i := slices.IndexFunc(c.dynamic, func(p *password) bool { return p.device == id })
		if i < 0 {
			code, err := c.policy.Generate(c.codes(id, nil)...)
			if err != nil {
				return &lock.Error{Kind: lock.ErrCapacityExceeded, Err: err}
			}
			hour := now.Truncate(time.Hour)
			i = len(c.dynamic)
			c.dynamic = append(c.dynamic, &password{
				id: "dynamic", device: id, kind: lock.PasswordDynamic, code: code, installed: true,
				window: lock.Window{From: hour, Until: hour.Add(time.Hour)},
			})
		}
		v = c.dynamic[i].value(now)
		v.Secret = c.dynamic[i].code
		return nil
	})
	return v, err
}

func (a memoryPasswords) Reveal(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (lock.Secret, error) {
	var code lock.Secret
	err := a.m.call(ctx, lock.RevealPassword, nil, func(c *cloud) error {
		if c.door(id) == nil {
			return missing("lock", id)
		}
		found := c.password(id, p)
		if found == nil {
			return missing("password", p)
		}
		code = found.code
		return nil
	})
	return code, err
}
