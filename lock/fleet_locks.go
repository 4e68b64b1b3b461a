package lock

import (
	"cmp"
	"context"
	"iter"
)

type fleetLocks struct{ f *Fleet }

func (a fleetLocks) List(ctx context.Context, q LockQuery) iter.Seq2[Lock, error] {
	members, err := a.f.asked(ListLocks, cmp.Or(string(q.Home), string(q.Room)), q.Holder)
	if err != nil {
		return FailedSeq[Lock](err)
	}
	return merged(ctx, members, func(ctx context.Context, m *member) iter.Seq2[Lock, error] {
		q := q
		var err error
		if q.Home, err = in(m, ListLocks, q.Home); err != nil {
			return FailedSeq[Lock](err)
		}
		if q.Room, err = in(m, ListLocks, q.Room); err != nil {
			return FailedSeq[Lock](err)
		}
		if q.Holder, err = m.someoneID(ListLocks, q.Holder); err != nil {
			return FailedSeq[Lock](err)
		}
		return m.Provider.Locks().List(ctx, q)
	}, (*member).lock)
}

// asked are the members that a question is for: the one that has the id in it, if there is an id,
// or the one that knows the person in it, or all that can do op.
func (f *Fleet) asked(op Op, id, person string) ([]*member, error) {
	if id != "" {
		m, _, err := of(f, op, id)
		return []*member{m}, err
	}
	members := f.can(op)
	if len(members) == 0 {
		return nil, UnsupportedError(FleetVendor, op, "")
	}
	if name, _, ok := SplitMemberID(person); ok && f.byName[name] != nil {
		return []*member{f.byName[name]}, nil
	}
	return members, nil
}

func (a fleetLocks) Get(ctx context.Context, id DeviceID) (Lock, error) {
	m, id, err := of(a.f, GetLock, id)
	if err != nil {
		return Lock{}, err
	}
	l, err := m.Provider.Locks().Get(ctx, id)
	return value(m, l, err, m.lock)
}

func (a fleetLocks) Rename(ctx context.Context, id DeviceID, name string) error {
	m, id, err := of(a.f, RenameLock, id)
	if err != nil {
		return err
	}
	return m.failed(m.Provider.Locks().Rename(ctx, id, name))
}

func (a fleetLocks) Open(ctx context.Context, id DeviceID, by Person) (*Operation[Lock], error) {
	m, id, err := of(a.f, OpenLock, id)
	if err == nil {
		by, err = m.someone(OpenLock, by)
	}
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Locks().Open(ctx, id, by)
	return begin(m, op, err, m.lock)
}
