package aliyunlock

import (
	"context"
	"errors"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Properties that most lock products have.
const (
	PropertyBattery   = "BatteryPercentage"
	PropertyLockState = "LockState" // see DoorState
)

type locks struct {
	lock.Locks // what the platform lacks while no product's service is configured: Open
	c          *Client
}

// List yields the user's locks, also those that others share with them. Which devices are locks is
// said by WithLockProducts. Where a lock stands is only known when a Home or Room is asked for;
// battery and firmware only to Get. A Room without its Home is looked for in every home.
func (l locks) List(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	return l.list(lock.WithOp(ctx, lock.ListLocks), q)
}

func (l locks) list(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	return func(yield func(lock.Lock, error) bool) {
		var held map[string]bool
		if q.Holder != "" {
			bound, err := l.c.ListBoundKeys(ctx, ListBoundKeysRequest{VirtualUserID: q.Holder})
			if err != nil {
				yield(lock.Lock{}, err)
				return
			}
			held = map[string]bool{}
			for _, k := range bound.Items {
				held[k.IotID] = true
			}
		}
		all := l.bound(ctx)
		if q.Home != "" || q.Room != "" {
			all = l.placed(ctx, q)
		}
		for found, err := range all {
			if err != nil {
				yield(lock.Lock{}, err)
				return
			}
			if (held == nil || held[string(found.ID)]) && !yield(found, nil) {
				return
			}
		}
	}
}

// bound yields every lock of the user.
func (l locks) bound(ctx context.Context) iter.Seq2[lock.Lock, error] {
	return func(yield func(lock.Lock, error) bool) {
		for b, err := range l.c.allBindings(ctx) {
			if err != nil {
				yield(lock.Lock{}, err)
				return
			}
			if l.c.isLock(&b.BindingInfo) && !yield(portableLock(&b.BindingInfo, b), nil) {
				return
			}
		}
	}
}

// allBindings yields the user's devices.
func (c *Client) allBindings(ctx context.Context) iter.Seq2[*Binding, error] {
	return pages(ctx, maxBindingPage, func(ctx context.Context, p Paging) (*Page[Binding], error) {
		return c.ListBindings(ctx, ListBindingsRequest{Paging: p})
	}, func(b *Binding) string { return b.IotID })
}

// placed yields the locks of a home or a room.
func (l locks) placed(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	return func(yield func(lock.Lock, error) bool) {
		for d, err := range l.c.devicesIn(ctx, q.Home) {
			if err != nil {
				yield(lock.Lock{}, err)
				return
			}
			if l.c.isLock(&d.BindingInfo) && (q.Room == "" || d.RoomID == string(q.Room)) && !yield(placedLock(d), nil) {
				return
			}
		}
	}
}

// devicesIn yields the devices of a home, or of all of them.
func (c *Client) devicesIn(ctx context.Context, home lock.HomeID) iter.Seq2[*HomeDevice, error] {
	if home != "" {
		return c.homeDevices(ctx, home, "")
	}
	return func(yield func(*HomeDevice, error) bool) {
		for h, err := range c.allHomes(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			for d, err := range c.homeDevices(ctx, lock.HomeID(h.HomeID), "") {
				if !yield(d, err) || err != nil {
					return
				}
			}
		}
	}
}

// portableLock is a device as a lock; native is where it was found.
func portableLock(b *BindingInfo, native interface{ Raw() []byte }) lock.Lock {
	return lock.Lock{
		ID: lock.DeviceID(b.IotID), Name: nameOf(b), Serial: b.DeviceName, Model: modelOf(b), Category: b.CategoryKey,
		Online: online(b.Status), Native: lock.NewNative(native.Raw(), native),
	}
}

func placedLock(d *HomeDevice) lock.Lock {
	l := portableLock(&d.BindingInfo, d)
	l.Home, l.Room = lock.HomeID(d.HomeID), lock.RoomID(d.RoomID)
	return l
}

// Get asks for the lock, and then at once for its status, its properties, its firmware and its
// place, which takes a call for every home. What a product does not report, or the user may not
// see, is unknown.
func (l locks) Get(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
	ctx = lock.WithOp(ctx, lock.GetLock)
	b, err := l.c.binding(ctx, id)
	if err != nil {
		return lock.Lock{}, err
	}
	found := portableLock(&b.BindingInfo, b)
	var (
		status     *Answer[ThingStatus]
		properties *Answer[map[string]Property]
		info       *Answer[ThingInfo]
		place      *HomeDevice
	)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { status, err = l.c.GetStatus(gctx, string(id)); return unlessHidden(err) })
	g.Go(func() (err error) { properties, err = l.c.GetProperties(gctx, string(id)); return unlessHidden(err) })
	g.Go(func() (err error) { info, err = l.c.GetThing(gctx, string(id)); return unlessHidden(err) })
	g.Go(func() (err error) { place, err = l.c.place(gctx, id); return unlessHidden(err) })
	if err := g.Wait(); err != nil {
		return lock.Lock{}, lock.About(string(id), err)
	}
	if status != nil {
		if o := online(status.Data.Status); o != nil {
			found.Online, found.OnlineAt = o, status.Data.Time
		}
	}
	if properties != nil {
		readProperties(&found, properties.Data)
	}
	if info != nil && info.Data.FirmwareVersion != "" {
		found.Versions = map[string]string{"firmware": info.Data.FirmwareVersion}
	}
	if place != nil {
		found.Home, found.Room = lock.HomeID(place.HomeID), lock.RoomID(place.RoomID)
	}
	return found, nil
}

// unlessHidden passes an error on unless the vendor has said that it does not show something to
// this user, or has not got it.
func unlessHidden(err error) error {
	var e *lock.Error
	if !errors.As(err, &e) || e.Code == "" {
		return err
	}
	switch e.Kind {
	case lock.ErrPermissionDenied, lock.ErrUnsupported, lock.ErrNotFound, lock.ErrInvalidArgument:
		return nil
	}
	return err
}

// readProperties takes what all lock products call by the same names.
func readProperties(l *lock.Lock, of map[string]Property) {
	if p, ok := of[PropertyBattery]; ok {
		if percent, ok := p.Value.Int(); ok && percent >= 0 && percent <= 100 {
			l.Battery, l.BatteryAt = &percent, p.Time
		}
	}
	if p, ok := of[PropertyLockState]; ok {
		if state, ok := p.Value.Int(); ok && (DoorState(state) == DoorClosed || DoorState(state) == DoorOpen) {
			l.DoorOpen = new(DoorState(state) == DoorOpen)
		}
	}
}

// place finds where a device stands, nil if in no home of the user.
func (c *Client) place(ctx context.Context, id lock.DeviceID) (*HomeDevice, error) {
	for d, err := range c.devicesIn(ctx, "") {
		if err != nil || d.IotID == string(id) {
			return d, err
		}
	}
	return nil, nil
}

// Rename names the lock for all its users.
func (l locks) Rename(ctx context.Context, id lock.DeviceID, name string) error {
	_, err := l.c.SetLockNickname(lock.WithOp(ctx, lock.RenameLock), SetLockNicknameRequest{NickName: name, IotID: string(id)})
	return lock.About(string(id), err)
}

// Open calls the product's service of WithUnlockService. The operation ends when the lock reports
// that it has opened; ErrDeviceTimeout means that it has reported nothing for two minutes, and the
// door may stand open. The platform does not record who opened, unless the service's arguments say
// so.
func (l locks) Open(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
	ctx = lock.WithOp(ctx, lock.OpenLock)
	switch {
	case !l.c.can.Supports(lock.OpenLock):
		return nil, lock.UnsupportedError(Vendor, lock.OpenLock, "each product has a service of its own for this: name it with aliyunlock.WithUnlockService")
	case by.IsZero():
		return nil, invalid(lock.OpenLock, "say who opens, for the audit")
	}
	s, err := pick(ctx, l.c, lock.OpenLock, id, l.c.set.unlock, func(s UnlockService) string { return s.Product })
	if err != nil {
		return nil, err
	}
	var w work
	if s.Event != "" {
		if w, err = l.c.begin(ctx, lock.OpenLock, id, s.Event); err != nil {
			return nil, lock.About(string(id), err)
		}
	}
	req := InvokeServiceRequest{IotID: string(id), Identifier: s.Identifier}
	if s.Args != nil {
		req.Args = s.Args(by)
	}
	a, err := l.c.InvokeService(ctx, req)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	if s.Event == "" {
		return lock.Done(lock.Lock{ID: id, Native: lock.NewNative(a.Raw(), a)}), nil
	}
	return l.c.opening(w), nil
}

// opening is the operation that ends when the lock reports that it has opened.
func (c *Client) opening(w work) *lock.Operation[lock.Lock] {
	now := lock.Lock{ID: w.device}
	return awaited(c, w, now, func(e *TimelineEvent) (lock.Lock, bool, error) {
		opened := now
		opened.Native = lock.NewNative(e.Raw(), e)
		return opened, true, failed(w, e)
	})
}
