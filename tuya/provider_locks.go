package tuya

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"unicode"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Codes under which many locks report their state.
const (
	StatusBattery = "residual_electricity" // percent
	StatusDoor    = "closed_opened"
)

type locks struct{ c *Client }

// List yields the locks of the users of WithUser, of a home, or of a room of a home. Battery is only
// known where a Home or Room is asked for, and to Get; Room where one is asked for. Which locks
// somebody has a key to the cloud cannot say: Holder is unsupported.
func (l locks) List(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	ctx = lock.WithOp(ctx, lock.ListLocks)
	switch {
	case q.Holder != "":
		return lock.FailedSeq[lock.Lock](lock.UnsupportedError(Vendor, lock.ListLocks, "the cloud cannot find locks by their people; leave Holder empty"))
	case q.Room != "" && q.Home == "":
		return lock.FailedSeq[lock.Lock](invalid(lock.ListLocks, "a Room is asked for together with its Home"))
	case q.Home == "" && len(l.c.set.users) == 0:
		return lock.FailedSeq[lock.Lock](without(lock.ListLocks))
	}
	return l.list(ctx, q)
}

func (l locks) list(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	return func(yield func(lock.Lock, error) bool) {
		for d, err := range l.c.devices(ctx, q) {
			if err != nil {
				yield(lock.Lock{}, err)
				return
			}
			if !d.Category.IsLock() {
				continue
			}
			found := l.c.portableLock(d)
			found.Room = q.Room
			if !yield(found, nil) {
				return
			}
		}
	}
}

// devices yields the devices of the users, or of a home or room, each once.
func (c *Client) devices(ctx context.Context, q lock.LockQuery) iter.Seq2[*Device, error] {
	if q.Home != "" {
		return func(yield func(*Device, error) bool) {
			p, err := c.devicesIn(ctx, q)
			if err != nil {
				yield(nil, lock.About(string(q.Home), err))
				return
			}
			converted(ctx, p.Records, func(d *Device) (*Device, bool) {
				d.OwnerID = cmp.Or(d.OwnerID, q.Home)
				return d, true
			})(yield)
		}
	}
	return func(yield func(*Device, error) bool) {
		seen := map[lock.DeviceID]bool{}
		for _, user := range c.set.users {
			of := pages(ctx, func(ctx context.Context, p Paging) (*Page[Device], error) {
				return c.ListUserDevices(ctx, UID(user), p)
			}, func(d *Device) lock.DeviceID { return d.ID })
			for d, err := range of {
				switch {
				case err != nil:
					yield(nil, lock.About(user, err))
					return
				case seen[d.ID]: // a shared one
					continue
				}
				seen[d.ID] = true
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

func (c *Client) devicesIn(ctx context.Context, q lock.LockQuery) (*Page[Device], error) {
	if q.Room != "" {
		return c.ListRoomDevices(ctx, q.Home, q.Room)
	}
	return c.ListHomeDevices(ctx, q.Home)
}

// Get returns one lock with what it last reported.
func (l locks) Get(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
	d, err := l.c.device(lock.WithOp(ctx, lock.GetLock), id)
	if err != nil {
		return lock.Lock{}, lock.About(string(id), err)
	}
	if !d.Category.IsLock() {
		return lock.Lock{}, &lock.Error{
			Vendor: Vendor, Op: lock.GetLock, Target: string(id), Kind: lock.ErrNotFound,
			Message: "the device is no lock: its category is " + d.Category.String(),
		}
	}
	return l.c.portableLock(d), nil
}

// device asks for a device and remembers its family.
func (c *Client) device(ctx context.Context, id lock.DeviceID) (*Device, error) {
	a, err := c.GetDevice(ctx, id)
	if err != nil {
		return nil, err
	}
	d := &a.Result
	d.ID = cmp.Or(d.ID, id)
	c.families.note(d.ID, c.FamilyOf(d))
	return d, nil
}

func (c *Client) portableLock(d *Device) lock.Lock {
	c.families.note(d.ID, c.FamilyOf(d))
	l := lock.Lock{
		ID: d.ID, Name: d.Name, Home: d.OwnerID, Serial: d.UUID, Model: cmp.Or(d.Model, d.ProductName), Category: d.Category.String(),
		Online: d.Online, Native: lock.NewNative(d.Raw(), d),
	}
	if v, ok := d.Status.Get(StatusBattery); ok {
		if n, ok := v.Int(); ok && n >= 0 && n <= 100 {
			l.Battery = &n
		}
	}
	if v, ok := d.Status.Get(StatusDoor); ok {
		switch text, _ := v.Text(); text {
		case "open", "opened":
			l.DoorOpen = new(true)
		case "close", "closed":
			l.DoorOpen = new(false)
		}
	}
	return l
}

// Rename changes the name of the device for everybody.
func (l locks) Rename(ctx context.Context, id lock.DeviceID, name string) error {
	_, err := l.c.RenameDevice(lock.WithOp(ctx, lock.RenameLock), id, name)
	return lock.About(string(id), err)
}

// Open opens the door with a ticket, by OperateDoor, or OpenDoor for locks that know only that. The
// operation ends when the cloud has taken the command: whether the bolt has moved stands in the
// events. Some battery locks open from afar only for a while after somebody has pressed the bell.
// The cloud records the project as who opened; keep by yourself.
func (l locks) Open(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
	ctx = lock.WithOp(ctx, lock.OpenLock)
	if by.IsZero() {
		return nil, invalid(lock.OpenLock, "say who opens, for the audit")
	}
	reply, err := l.c.open(ctx, id)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(lock.Lock{ID: id, Native: lock.NewNative(reply.Raw(), reply)}), nil
}

func (c *Client) open(ctx context.Context, id lock.DeviceID) (*Reply, error) {
	t, err := c.GetUnlockTicket(ctx, id)
	if err != nil {
		return nil, err
	}
	reply, err := c.OperateDoor(ctx, id, OperateDoorRequest{TicketID: t.Result.TicketID, Open: true})
	if !errors.Is(err, lock.ErrUnsupported) {
		return reply, err
	}
	// The lock does not know the call, so nothing was done. The ticket may be used up.
	if t, err = c.GetUnlockTicket(ctx, id); err != nil {
		return nil, err
	}
	return c.OpenDoor(ctx, id, t.Result.TicketID)
}

// FamilyOf says how a lock is connected: as WithLockFamily has it, else by its category and the
// words in its model and the name of its product, else by whether it talks through a gateway (the
// codes of Zigbee and Bluetooth locks are alike) or has an address of its own. FamilyUnknown if
// nothing of this tells.
func (c *Client) FamilyOf(d *Device) Family {
	if f, ok := c.set.families[d.ProductID]; ok && d.ProductID != "" {
		return f
	}
	switch d.Category {
	case CategoryKeepAlive, CategoryVideo, CategoryVideoApp, CategoryCamera, CategoryWiFiPro:
		return FamilyWiFi
	}
	text := strings.ReplaceAll(strings.ToLower(d.Model+" "+d.ProductName), "wi-fi", "wifi")
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if f, ok := familyWords[word]; ok {
			return f
		}
	}
	switch {
	case strings.Contains(text, "蓝牙"):
		return FamilyBluetooth
	case d.Sub:
		return FamilyZigbee
	case d.IP != "":
		return FamilyWiFi
	}
	return FamilyUnknown
}

// familyWords are what products call their connection.
var familyWords = map[string]Family{
	"zb": FamilyZigbee, "zigbee": FamilyZigbee,
	"ble": FamilyBluetooth, "bt": FamilyBluetooth, "bluetooth": FamilyBluetooth,
	"wf": FamilyWiFi, "wifi": FamilyWiFi,
}

// families remembers how locks are connected, which does not change.
type families struct {
	mu   sync.Mutex
	held map[lock.DeviceID]Family
}

func newFamilies() *families { return &families{held: map[lock.DeviceID]Family{}} }

func (f *families) note(id lock.DeviceID, family Family) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[id] = family
}

func (f *families) get(id lock.DeviceID) (Family, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	family, ok := f.held[id]
	return family, ok
}

// family says how a lock is connected, asking for the device if it was not seen before.
func (c *Client) family(ctx context.Context, id lock.DeviceID) (Family, error) {
	if f, ok := c.families.get(id); ok {
		return f, nil
	}
	d, err := c.device(ctx, id)
	if err != nil {
		return FamilyUnknown, err
	}
	return c.FamilyOf(d), nil
}
