package lock

import (
	"context"
	"iter"
)

type fleetPasswords struct{ f *Fleet }

func (a fleetPasswords) List(ctx context.Context, id DeviceID) iter.Seq2[Password, error] {
	m, id, err := of(a.f, ListPasswords, id)
	if err != nil {
		return FailedSeq[Password](err)
	}
	return listed(m, m.Provider.Passwords().List(ctx, id), (*member).password)
}

func (a fleetPasswords) Policy(ctx context.Context, id DeviceID, kind PasswordKind) (PasswordPolicy, error) {
	m, id, err := of(a.f, creating(kind), id)
	if err != nil {
		return PasswordPolicy{}, err
	}
	p, err := m.Provider.Passwords().Policy(ctx, id, kind)
	return p, m.failed(err)
}

func (a fleetPasswords) Create(ctx context.Context, id DeviceID, s PasswordSpec) (*Operation[Password], error) {
	op := creating(s.Kind)
	m, id, err := of(a.f, op, id)
	if err == nil {
		s.Holder, err = m.someone(op, s.Holder)
	}
	if err == nil {
		s.By, err = m.someone(op, s.By)
	}
	if err != nil {
		return nil, err
	}
	o, err := m.Provider.Passwords().Create(ctx, id, s)
	return begin(m, o, err, m.password)
}

// creating is the operation that makes a kind of password.
func creating(kind PasswordKind) Op {
	switch kind {
	case "", PasswordTimed:
		return CreateTimedPassword
	case PasswordPermanent:
		return CreatePermanentPassword
	case PasswordRecurring:
		return CreateRecurringPassword
	case PasswordOffline:
		return CreateOfflinePassword
	case PasswordAdmin:
		return CreateAdminPassword
	}
	return CreatePassword // the member says why not
}

func (a fleetPasswords) Update(ctx context.Context, id DeviceID, p PasswordID, u PasswordUpdate) (*Operation[Password], error) {
	m, id, p, err := ofLock(a.f, UpdatePassword, id, p)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Passwords().Update(ctx, id, p, u)
	return begin(m, op, err, m.password)
}

func (a fleetPasswords) Freeze(ctx context.Context, id DeviceID, p PasswordID) (*Operation[Password], error) {
	m, id, p, err := ofLock(a.f, FreezePassword, id, p)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Passwords().Freeze(ctx, id, p)
	return begin(m, op, err, m.password)
}

func (a fleetPasswords) Unfreeze(ctx context.Context, id DeviceID, p PasswordID) (*Operation[Password], error) {
	m, id, p, err := ofLock(a.f, UnfreezePassword, id, p)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Passwords().Unfreeze(ctx, id, p)
	return begin(m, op, err, m.password)
}

func (a fleetPasswords) Delete(ctx context.Context, id DeviceID, p PasswordID) (*Operation[Password], error) {
	m, id, p, err := ofLock(a.f, DeletePassword, id, p)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Passwords().Delete(ctx, id, p)
	return begin(m, op, err, m.password)
}

func (a fleetPasswords) Dynamic(ctx context.Context, id DeviceID) (Password, error) {
	m, id, err := of(a.f, DynamicPassword, id)
	if err != nil {
		return Password{}, err
	}
	pw, err := m.Provider.Passwords().Dynamic(ctx, id)
	return value(m, pw, err, m.password)
}

func (a fleetPasswords) Reveal(ctx context.Context, id DeviceID, p PasswordID) (Secret, error) {
	m, id, p, err := ofLock(a.f, RevealPassword, id, p)
	if err != nil {
		return Secret{}, err
	}
	code, err := m.Provider.Passwords().Reveal(ctx, id, p)
	return code, m.failed(err)
}
