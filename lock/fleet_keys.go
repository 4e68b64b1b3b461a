package lock

import (
	"context"
	"iter"
)

type fleetKeys struct{ f *Fleet }

func (a fleetKeys) List(ctx context.Context, q KeyQuery) iter.Seq2[Key, error] {
	op := ListKeysOfLock
	switch {
	case q.Unowned:
		op = ListUnownedKeys
	case q.Holder != "":
		op = ListKeysOfPerson
	}
	members, err := a.f.asked(op, string(q.Device), q.Holder)
	if err != nil {
		return FailedSeq[Key](err)
	}
	return merged(ctx, members, func(ctx context.Context, m *member) iter.Seq2[Key, error] {
		q := q
		var err error
		if q.Device, err = in(m, op, q.Device); err != nil {
			return FailedSeq[Key](err)
		}
		if q.Holder, err = m.someoneID(op, q.Holder); err != nil {
			return FailedSeq[Key](err)
		}
		return m.Provider.Keys().List(ctx, q)
	}, (*member).key)
}

func (a fleetKeys) Grant(ctx context.Context, id DeviceID, g Grant) (*Operation[Key], error) {
	m, id, err := of(a.f, GrantKey, id)
	if err == nil {
		g, err = m.grant(GrantKey, g)
	}
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Keys().Grant(ctx, id, g)
	return begin(m, op, err, m.key)
}

func (a fleetKeys) Update(ctx context.Context, id DeviceID, k KeyID, g Grant) (*Operation[Key], error) {
	m, id, k, err := ofLock(a.f, UpdateKey, id, k)
	if err == nil {
		g, err = m.grant(UpdateKey, g)
	}
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Keys().Update(ctx, id, k, g)
	return begin(m, op, err, m.key)
}

func (a fleetKeys) Revoke(ctx context.Context, id DeviceID, k KeyID) (*Operation[Key], error) {
	m, id, k, err := ofLock(a.f, RevokeKey, id, k)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Keys().Revoke(ctx, id, k)
	return begin(m, op, err, m.key)
}

func (a fleetKeys) Delete(ctx context.Context, id DeviceID, k KeyID) (*Operation[Key], error) {
	m, id, k, err := ofLock(a.f, DeleteKey, id, k)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Keys().Delete(ctx, id, k)
	return begin(m, op, err, m.key)
}

// ofLock finds the member that a lock belongs to, and the local ids of the lock and of something
// in it.
func ofLock[ID ~string](f *Fleet, op Op, lock DeviceID, thing ID) (*member, DeviceID, ID, error) {
	m, lock, err := of(f, op, lock)
	if err == nil {
		thing, err = in(m, op, thing)
	}
	return m, lock, thing, err
}

func (m *member) grant(op Op, g Grant) (Grant, error) {
	var err error
	if g.Key, err = in(m, op, g.Key); err != nil {
		return g, err
	}
	if g.Holder, err = m.someone(op, g.Holder); err != nil {
		return g, err
	}
	g.GrantedBy, err = m.someone(op, g.GrantedBy)
	return g, err
}
