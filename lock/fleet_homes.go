package lock

import (
	"context"
	"errors"
	"iter"
)

type fleetHomes struct{ f *Fleet }

func (a fleetHomes) List(ctx context.Context, q HomeQuery) iter.Seq2[Home, error] {
	members := a.f.can(ListHomes)
	if len(members) == 0 {
		return FailedSeq[Home](UnsupportedError(FleetVendor, ListHomes, ""))
	}
	return merged(ctx, members, func(ctx context.Context, m *member) iter.Seq2[Home, error] {
		return m.Provider.Homes().List(ctx, q)
	}, (*member).home)
}

func (a fleetHomes) Get(ctx context.Context, id HomeID) (Home, error) {
	m, id, err := of(a.f, GetHome, id)
	if err != nil {
		return Home{}, err
	}
	h, err := m.Provider.Homes().Get(ctx, id)
	return value(m, h, err, m.home)
}

func (a fleetHomes) Create(ctx context.Context, spec HomeSpec) (Home, error) {
	m, id, err := of(a.f, CreateHome, spec.ID)
	if err != nil {
		if errors.Is(err, ErrUnsupported) {
			return Home{}, err
		}
		return Home{}, InvalidArgument(FleetVendor, CreateHome, "HomeSpec.ID says whose home it shall be: \"member:id\", or \"member:\" where the vendor chooses the id; not %q", spec.ID)
	}
	spec.ID = id
	h, err := m.Provider.Homes().Create(ctx, spec)
	return value(m, h, err, m.home)
}

func (a fleetHomes) Update(ctx context.Context, id HomeID, spec HomeSpec) error {
	m, id, err := of(a.f, UpdateHome, id)
	if err != nil {
		return err
	}
	return m.failed(m.Provider.Homes().Update(ctx, id, spec))
}

func (a fleetHomes) Delete(ctx context.Context, id HomeID) (*Operation[Home], error) {
	m, id, err := of(a.f, DeleteHome, id)
	if err != nil {
		return nil, err
	}
	op, err := m.Provider.Homes().Delete(ctx, id)
	return begin(m, op, err, m.home)
}

func (a fleetHomes) AddRooms(ctx context.Context, id HomeID, rooms ...RoomSpec) ([]Room, error) {
	m, id, err := of(a.f, AddRooms, id)
	if err != nil {
		return nil, err
	}
	specs := make([]RoomSpec, len(rooms))
	for i, spec := range rooms {
		if spec.ID, err = newID(m, AddRooms, spec.ID); err != nil {
			return nil, err
		}
		specs[i] = spec
	}
	added, err := m.Provider.Homes().AddRooms(ctx, id, specs...)
	return m.rooms(added), m.roomsFailed(err)
}

// roomsFailed is failed for an error that may join several about rooms, which are named by their
// ids.
func (m *member) roomsFailed(err error) error {
	if _, ok := errors.AsType[*RoomError](err); !ok {
		return m.failed(err)
	}
	switch e := err.(type) {
	case *RoomError:
		return &RoomError{Room: out(m, e.Room), Err: m.failed(e.Err)}
	case interface{ Unwrap() []error }:
		var parts []error
		for _, part := range e.Unwrap() {
			parts = append(parts, m.roomsFailed(part))
		}
		return errors.Join(parts...)
	}
	return m.failed(err)
}

func (a fleetHomes) UpdateRoom(ctx context.Context, id HomeID, room RoomID, spec RoomSpec) error {
	m, id, err := of(a.f, UpdateRoom, id)
	if err == nil {
		room, err = in(m, UpdateRoom, room)
	}
	if err != nil {
		return err
	}
	return m.failed(m.Provider.Homes().UpdateRoom(ctx, id, room, spec))
}

func (a fleetHomes) DeleteRoom(ctx context.Context, id HomeID, room RoomID) error {
	m, id, err := of(a.f, DeleteRoom, id)
	if err == nil {
		room, err = in(m, DeleteRoom, room)
	}
	if err != nil {
		return err
	}
	return m.failed(m.Provider.Homes().DeleteRoom(ctx, id, room))
}

func (a fleetHomes) Devices(ctx context.Context, id HomeID) iter.Seq2[Device, error] {
	m, id, err := of(a.f, ListDevices, id)
	if err != nil {
		return FailedSeq[Device](err)
	}
	return listed(m, m.Provider.Homes().Devices(ctx, id), (*member).device)
}
