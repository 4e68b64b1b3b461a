package locktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// failures runs rules on worlds and returns what those that failed had to say. A rule that the
// world skips has not failed.
func failures(t *testing.T, patience time.Duration, world func() World, wanted func(rule) bool) map[string]string {
	t.Helper()
	s := &suite{notes: newNotes(), patience: patience}
	failed := make(map[string]string)
	for _, r := range allRules() {
		if !wanted(r) {
			continue
		}
		w := world()
		if !r.applies(w.Provider) {
			continue
		}
		if q := attempt(t.Context(), func(t tb) { s.run(t, r, w) }); q.failed {
			failed[r.String()] = q.said
		}
	}
	return failed
}

func TestTheSuiteFindsNothingWrongWithAnIntactProvider(t *testing.T) {
	for name, delay := range map[string]time.Duration{"at once": 0, "later": 30 * time.Second} {
		t.Run(name, func(t *testing.T) {
			got := failures(t, time.Minute, func() World {
				_, w := memory(WithDelay(delay))()
				w.Provider = breakable(w.Provider)
				return w
			}, func(rule) bool { return true })
			for rule, said := range got {
				t.Errorf("%s: got failure, want none:\n%s", rule, said)
			}
		})
	}
}

// impatience is how long a broken provider is waited for.
const impatience = 100 * time.Millisecond

// breakage is a way for a provider to be wrong, and the rule that has to find it.
type breakage struct {
	name  string
	opts  []lock.Option
	smash func(b *broken, m *Memory, w *World)
	by    string // "operation/rule"
}

func breakages() []breakage {
	return slices.Concat(
		brokenBasics(), brokenHomesAndLocks(), brokenKeyring(), brokenCreation(), brokenChanges(), brokenMetering(),
		brokenHistory(), brokenPush(), brokenOperations(), brokenValues(),
	)
}

func TestTheSuiteCatchesBrokenProviders(t *testing.T) {
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			if !slices.ContainsFunc(allRules(), func(r rule) bool { return r.String() == b.by }) {
				t.Fatalf("there is no rule %q", b.by)
			}
			got := failures(t, impatience, func() World {
				m, w := memory(b.opts...)()
				smashed := breakable(m)
				b.smash(smashed, m, &w)
				w.Provider = smashed
				return w
			}, func(r rule) bool { return r.String() == b.by })
			said, caught := got[b.by]
			if !caught {
				t.Fatalf("%s: got no failure, want the rule to catch it", b.by)
			}
			t.Log(said)
		})
	}
}

// later makes a vendor that finishes later.
var later = []lock.Option{WithDelay(30 * time.Second)}

// items are the values of a list that works.
func items[T any](seq iter.Seq2[T, error]) []T {
	values, err := drain(seq)
	if err != nil {
		panic(err)
	}
	return values
}

// yields is a list of values.
func yields[T any](values []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// mapped is a list with every value changed.
func mapped[T any](seq iter.Seq2[T, error], f func(T) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if err == nil {
				v = f(v)
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

func brokenBasics() []breakage {
	return []breakage{
		{"a vendor without a name", nil, func(b *broken, _ *Memory, _ *World) { b.vendor = new(lock.Vendor("")) },
			"provider/the vendor has a name"},
		{"an area that is nil", nil, func(b *broken, _ *Memory, _ *World) { b.nilArea = true },
			"provider/no area is nil"},
		{"capabilities that are asked for", nil, func(b *broken, m *Memory, _ *World) {
			b.supports = func(op lock.Op) bool { return m.Check(context.Background()) == nil && m.Supports(op) }
		}, "provider/what is supported is known without a call"},
		{"capabilities by whim", nil, func(b *broken, _ *Memory, _ *World) {
			var n atomic.Int64
			b.supports = func(lock.Op) bool { return n.Add(1)%2 == 0 }
		}, "provider/what is supported is known without a call"},
		{"everything is supported", nil, func(b *broken, _ *Memory, _ *World) { b.supports = func(lock.Op) bool { return true } },
			"provider/what has no name in package lock is not supported"},
		{"a variant without its parent", nil, func(b *broken, m *Memory, _ *World) {
			b.supports = func(op lock.Op) bool { return op != lock.ListKeys && m.Supports(op) }
		}, "provider/who supports a variant supports its parent"},
		{"a parent without its variants", nil, func(b *broken, m *Memory, _ *World) {
			b.supports = func(op lock.Op) bool { _, variant := op.Parent(); return !variant && m.Supports(op) }
		}, "provider/who supports an operation with variants says which"},
		{"good credentials are refused", nil, func(b *broken, m *Memory, _ *World) { m.Fail(lock.CheckProvider, lock.ErrUnauthenticated) },
			"provider/check succeeds with good credentials"},
		{"check does not look at its context", nil, func(b *broken, m *Memory, _ *World) {
			b.check = func(ctx context.Context) error { return m.Check(context.WithoutCancel(ctx)) }
		}, "provider/check ends with its context"},
		{"anything can be resumed", nil, func(b *broken, _ *Memory, _ *World) {
			b.resume = func(string) (any, error) { return lock.Done(lock.Password{}), nil }
		}, "provider/what is no operation ID cannot be resumed"},
		{"nil is what is resumed", nil, func(b *broken, _ *Memory, _ *World) {
			b.resume = func(string) (any, error) { return nil, nil }
		}, "provider/what is no operation ID cannot be resumed"},
		{"one at a time", nil, func(b *broken, m *Memory, _ *World) {
			meet := make(chan struct{})
			b.locks.get = func(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
				select {
				case meet <- struct{}{}: // another call is under way
					return lock.Lock{}, &lock.Error{Vendor: MemoryVendor, Op: lock.GetLock, Kind: lock.ErrDeviceBusy}
				case <-meet:
				case <-ctx.Done():
				}
				return m.Locks().Get(ctx, id)
			}
		}, "provider/it can be used by many at once"},
	}
}

func brokenHomesAndLocks() []breakage {
	return []breakage{
		{"a home is listed twice", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.list = func(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
				homes := items(m.Homes().List(ctx, q))
				return yields(append(homes, homes[0]))
			}
		}, "homes.list/each item is yielded once"},
		{"a home is lost between pages", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.list = func(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
				homes := items(m.Homes().List(ctx, q))
				if len(homes) > 20 {
					homes = slices.Delete(homes, 20, 21)
				}
				return yields(homes)
			}
		}, "homes.list/no item is lost between pages"},
		{"a password is listed twice at the seam", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.list = func(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
				list := items(m.Passwords().List(ctx, id))
				if len(list) > 20 {
					list[20] = list[19]
				}
				return yields(list)
			}
		}, "passwords.list/no item is lost between pages"},
		{"a list goes on when its context has ended", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.list = func(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
				all := items(m.Locks().List(context.WithoutCancel(ctx), q))
				return yields(all[:min(len(all), 3)]) // and passes what it has for the whole
			}
		}, "locks.list/no item is lost between pages"},
		{"a list ends silently with its context", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.list = func(ctx context.Context, q lock.MeterQuery) iter.Seq2[lock.Meter, error] {
				return func(yield func(lock.Meter, error) bool) {
					for v, err := range m.Meters().List(ctx, q) {
						if err != nil || !yield(v, nil) {
							return
						}
					}
				}
			}
		}, "meters.list/a context that ends ends the loop"},
		{"a list goes on when its loop was left", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.devices = func(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
				return func(yield func(lock.Device, error) bool) {
					for v, err := range m.Homes().Devices(ctx, id) {
						yield(v, err)
					}
				}
			}
		}, "homes.devices/breaking the loop ends it"},
		{"a home is not listed", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.list = func(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
				return yields(items(m.Homes().List(ctx, q))[1:])
			}
		}, "homes.list/the home of the world is listed"},
		{"homes are listed whatever the query", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.list = func(ctx context.Context, _ lock.HomeQuery) iter.Seq2[lock.Home, error] {
				return m.Homes().List(ctx, lock.HomeQuery{})
			}
		}, "homes.list/a query finds what it describes and nothing else"},
		{"another home is got", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.get = func(ctx context.Context, id lock.HomeID) (lock.Home, error) {
				h, err := m.Homes().Get(ctx, id)
				h.Rooms = nil
				return h, err
			}
		}, "homes.get/it returns the home that was asked for, with its rooms"},
		{"a home loses its city", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.create = func(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
				spec.City, spec.Zone = spec.Zone, spec.City
				return m.Homes().Create(ctx, spec)
			}
		}, "homes.create/a created home is found again as it was described"},
		{"a created home is not listed", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.list = func(ctx context.Context, q lock.HomeQuery) iter.Seq2[lock.Home, error] {
				return yields(items(m.Homes().List(ctx, q))[:1])
			}
		}, "homes.create/a created home is listed"},
		{"a taken id overwrites", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.create = func(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
				h, err := m.Homes().Create(ctx, spec)
				if errors.Is(err, lock.ErrExists) {
					err = m.Homes().Update(ctx, spec.ID, spec)
					h = lock.Home{ID: spec.ID, Name: spec.Name}
				}
				return h, err
			}
		}, "homes.create/a taken id is ErrExists"},
		{"a home of nothing", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.create = func(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
				if spec.Name == "" {
					spec.Name = "unnamed"
				}
				return m.Homes().Create(ctx, spec)
			}
		}, "homes.create/a home that nothing is known of is refused"},
		{"a change of the note is dropped in silence", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.update = func(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
				spec.Note = ""
				return m.Homes().Update(ctx, id, spec)
			}
		}, "homes.update/it changes what is set and leaves the rest"},
		{"a changed home loses the rest", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.update = func(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
				if spec.Note == "" {
					spec.Note = "-"
				}
				return m.Homes().Update(ctx, id, spec)
			}
		}, "homes.update/it changes what is set and leaves the rest"},
		{"a deleted home is still there", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.delete = func(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
				h, err := m.Homes().Get(ctx, id)
				return lock.Done(h), err
			}
		}, "homes.delete/a deleted home is not found"},
		{"deleting a home takes the others along", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.delete = func(ctx context.Context, id lock.HomeID) (*lock.Operation[lock.Home], error) {
				for _, h := range items(m.Homes().List(ctx, lock.HomeQuery{})) {
					if _, err := m.Homes().Delete(ctx, h.ID); err != nil {
						return nil, err
					}
				}
				return lock.Done(lock.Home{ID: id}), nil
			}
		}, "homes.delete/other homes stay"},
		{"rooms are added to nothing", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.addRooms = func(_ context.Context, _ lock.HomeID, specs ...lock.RoomSpec) (rooms []lock.Room, _ error) {
				for _, s := range specs {
					rooms = append(rooms, lock.Room{ID: s.ID, Name: s.Name})
				}
				return rooms, nil
			}
		}, "homes.rooms.add/added rooms stand in their home"},
		{"a room that was not added is not mentioned", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.addRooms = func(ctx context.Context, id lock.HomeID, specs ...lock.RoomSpec) ([]lock.Room, error) {
				rooms, err := m.Homes().AddRooms(ctx, id, specs...)
				if len(rooms) > 0 {
					err = nil
				}
				return rooms, err
			}
		}, "homes.rooms.add/a room that is not added has a RoomError"},
		{"a renamed room loses its note", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.updateRoom = func(ctx context.Context, id lock.HomeID, room lock.RoomID, spec lock.RoomSpec) error {
				if spec.Note == "" {
					spec.Note = "-"
				}
				return m.Homes().UpdateRoom(ctx, id, room, spec)
			}
		}, "homes.rooms.update/it changes what is set and leaves the rest"},
		{"a deleted room stays", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.deleteRoom = func(context.Context, lock.HomeID, lock.RoomID) error { return nil }
		}, "homes.rooms.delete/a deleted room is gone and the others stay"},
		{"a lock stays in a room that is gone", nil, func(b *broken, m *Memory, w *World) {
			b.locks.get = func(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
				l, err := m.Locks().Get(ctx, id)
				l.Home, l.Room = w.Home, w.Room
				return l, err
			}
		}, "homes.rooms.delete/a lock in the room loses its place"},
		{"locks are no devices", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.devices = func(ctx context.Context, id lock.HomeID) iter.Seq2[lock.Device, error] {
				return yields(slices.DeleteFunc(items(m.Homes().Devices(ctx, id)), func(d lock.Device) bool { return d.Kind == lock.DeviceLock }))
			}
		}, "homes.devices/the lock of the home is among its devices"},

		{"a lock is not listed", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.list = func(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
				return yields(items(m.Locks().List(ctx, q))[1:])
			}
		}, "locks.list/the lock of the world is listed"},
		{"locks of other homes are listed as well", nil, func(b *broken, m *Memory, _ *World) {
			m.EditLock(m.AddLock("elsewhere"), func(l *lock.Lock) { l.Home = "elsewhere" })
			b.locks.list = func(ctx context.Context, _ lock.LockQuery) iter.Seq2[lock.Lock, error] {
				return m.Locks().List(ctx, lock.LockQuery{})
			}
		}, "locks.list/a query finds the locks of a home and no others"},
		{"the holder in a query is ignored", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.list = func(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
				q.Holder = ""
				return m.Locks().List(ctx, q)
			}
		}, "locks.list/a query by what it cannot narrow by is refused, never ignored"},
		{"a battery is made up in the list", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.list = func(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
				return mapped(m.Locks().List(ctx, q), emptyBattery)
			}
		}, "locks.list/a battery that has not reported is nil"},
		{"a battery is made up", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.get = func(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
				l, err := m.Locks().Get(ctx, id)
				return emptyBattery(l), err
			}
		}, "locks.get/a battery that has not reported is nil"},
		{"another lock is got", nil, func(b *broken, m *Memory, w *World) {
			b.locks.get = func(ctx context.Context, _ lock.DeviceID) (lock.Lock, error) { return m.Locks().Get(ctx, w.Fresh) }
		}, "locks.get/it returns the lock that was asked for"},
		{"the list has other names", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.list = func(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
				return mapped(m.Locks().List(ctx, q), func(l lock.Lock) lock.Lock { l.Name += "!"; return l })
			}
		}, "locks.get/it agrees with the list"},
		{"a new name is forgotten", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.rename = func(context.Context, lock.DeviceID, string) error { return nil }
		}, "locks.rename/a renamed lock has its new name"},
		{"anybody opens", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.open = func(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
				if by.IsZero() {
					by.Name = "somebody"
				}
				return m.Locks().Open(ctx, id, by)
			}
		}, "locks.open/opening without a person is refused before any call"},
		{"opening is repeated", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.open = func(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
				if op, err := m.Locks().Open(ctx, id, by); err != nil {
					return op, err
				}
				return m.Locks().Open(ctx, id, by)
			}
		}, "locks.open/the door opens once"},
	}
}

func emptyBattery(l lock.Lock) lock.Lock {
	if l.Battery == nil {
		l.Battery = new(0)
	}
	return l
}

func brokenKeyring() []breakage {
	listed := func(change func(*broken, *Memory, *World, lock.KeyQuery) lock.KeyQuery) func(*broken, *Memory, *World) {
		return func(b *broken, m *Memory, w *World) {
			b.keys.list = func(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
				return m.Keys().List(ctx, change(b, m, w, q))
			}
		}
	}
	return []breakage{
		{"the keys of another lock are listed", nil, listed(func(_ *broken, _ *Memory, w *World, q lock.KeyQuery) lock.KeyQuery {
			q.Device = w.Fresh
			return q
		}), "keys.list.lock/the keys of the lock are listed"},
		{"the keys of everybody are listed", nil, listed(func(_ *broken, _ *Memory, _ *World, q lock.KeyQuery) lock.KeyQuery {
			q.Holder = ""
			return q
		}), "keys.list.person/the keys of a person are listed and nobody else's"},
		{"owned keys are listed as unowned", nil, listed(func(_ *broken, _ *Memory, _ *World, q lock.KeyQuery) lock.KeyQuery {
			q.Unowned = false
			return q
		}), "keys.list.unowned/the keys that nobody owns are listed and no others"},
		{"a key is granted twice", nil, func(b *broken, m *Memory, _ *World) {
			b.keys.grant = func(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
				if op, err := m.Keys().Grant(ctx, id, g); err != nil {
					return op, err
				}
				return m.Keys().Grant(ctx, id, g)
			}
		}, "keys.grant/a granted key is listed once, with its person"},
		{"a key without an end is permanent", nil, func(b *broken, m *Memory, _ *World) {
			b.keys.grant = func(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
				g.Permanent = g.Window.Forever()
				return m.Keys().Grant(ctx, id, g)
			}
		}, "keys.grant/a key without an end has to be called permanent"},
		{"the end of a permanent key is dropped", nil, func(b *broken, m *Memory, _ *World) {
			b.keys.grant = func(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
				if g.Permanent {
					g.Window.Until = time.Time{}
				}
				return m.Keys().Grant(ctx, id, g)
			}
		}, "keys.grant/a permanent key with an end is refused"},
		{"a key loses its window", nil, func(b *broken, m *Memory, _ *World) {
			b.keys.grant = func(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
				g.Permanent, g.Window = true, lock.Window{}
				return m.Keys().Grant(ctx, id, g)
			}
		}, "keys.grant/a key keeps exactly its window or is refused"},
		{"an update of a key is forgotten", nil, func(b *broken, m *Memory, _ *World) {
			b.keys.update = func(_ context.Context, _ lock.DeviceID, k lock.KeyID, _ lock.Grant) (*lock.Operation[lock.Key], error) {
				return lock.Done(lock.Key{ID: k}), nil
			}
		}, "keys.update/it changes what the key shall be"},
		{"a revoked key stays its person's", nil, func(b *broken, m *Memory, _ *World) {
			b.keys.revoke = func(_ context.Context, _ lock.DeviceID, k lock.KeyID) (*lock.Operation[lock.Key], error) {
				return lock.Done(lock.Key{ID: k}), nil
			}
		}, "keys.revoke/a revoked key is no longer its person's"},
		{"revoking erases what is enrolled", nil, func(b *broken, m *Memory, _ *World) { b.keys.revoke = m.Keys().Delete },
			"keys.revoke/what is enrolled in the lock stays there"},
		{"a deleted key stays in the lock", nil, func(b *broken, m *Memory, _ *World) { b.keys.delete = m.Keys().Revoke },
			"keys.delete/a deleted key is no longer in the lock"},
	}
}

// creating has a provider create other passwords than it was asked for.
func creating(change func(lock.PasswordSpec) lock.PasswordSpec) func(*broken, *Memory, *World) {
	return func(b *broken, m *Memory, _ *World) {
		b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
			return m.Passwords().Create(ctx, id, change(s))
		}
	}
}

// forgiving has a provider put right what it should refuse.
func forgiving(wrong func(lock.PasswordSpec) bool, right func(*lock.PasswordSpec)) func(*broken, *Memory, *World) {
	return creating(func(s lock.PasswordSpec) lock.PasswordSpec {
		if wrong(s) {
			right(&s)
		}
		return s
	})
}

// listingPasswords has a provider list other passwords than there are.
func listingPasswords(change func(lock.Password) lock.Password) func(*broken, *Memory, *World) {
	return func(b *broken, m *Memory, _ *World) {
		b.passwords.list = func(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
			return mapped(m.Passwords().List(ctx, id), change)
		}
	}
}

func brokenCreation() []breakage {
	timed := func(s lock.PasswordSpec) bool { return s.Kind == "" || s.Kind == lock.PasswordTimed }
	tomorrow := lock.Window{Until: start.Add(24 * time.Hour)}
	return []breakage{
		{"a listed password has its code", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.list = func(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
				return mapped(m.Passwords().List(ctx, id), func(p lock.Password) lock.Password {
					p.Secret, _ = m.Passwords().Reveal(ctx, id, p.ID)
					return p
				})
			}
		}, "passwords.list/a created password is listed, without its code"},
		{"a policy for what cannot be created", []lock.Option{Without(lock.CreateOfflinePassword)}, func(b *broken, m *Memory, _ *World) {
			b.passwords.policy = func(context.Context, lock.DeviceID, lock.PasswordKind) (lock.PasswordPolicy, error) {
				return lock.PasswordPolicy{ChooseCode: true}, nil
			}
		}, "passwords.create/every kind that can be created has a policy, and no other"},
		{"any word is a kind", nil, forgiving(func(s lock.PasswordSpec) bool { return s.Kind == "engraved" }, func(s *lock.PasswordSpec) { s.Kind = "" }),
			"passwords.create/a kind of password that does not exist is refused"},
		{"a code that breaks the policy is replaced", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				if lock.KindOf(discard(m.Passwords().Create(ctx, id, s))) == lock.ErrPasswordRejected {
					s.Secret = lock.Secret{}
				}
				return m.Passwords().Create(ctx, id, s)
			}
		}, "passwords.create/a code the policy refuses is refused by the same rule, and no password is made"},
		{"a refused code without its rule", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				op, err := m.Passwords().Create(ctx, id, s)
				if errors.Is(err, lock.ErrPasswordRejected) {
					err = &lock.Error{Vendor: MemoryVendor, Op: lock.CreatePassword, Kind: lock.ErrPasswordRejected}
				}
				return op, err
			}
		}, "passwords.create/a code the policy refuses is refused by the same rule, and no password is made"},
		{"a drawn code is kept back", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				op, err := m.Passwords().Create(ctx, id, s)
				if err != nil {
					return nil, err
				}
				pw := op.Latest()
				pw.Secret = lock.Secret{}
				return lock.Done(pw), nil
			}
		}, "passwords.create/a code that is not given is drawn by the policy, comes back and opens"},
		{"another code comes back", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				op, err := m.Passwords().Create(ctx, id, s)
				if err != nil {
					return nil, err
				}
				pw := op.Latest()
				pw.Secret = lock.NewSecret("000000")
				return lock.Done(pw), nil
			}
		}, "passwords.create/a code that is not given is drawn by the policy, comes back and opens"},
		{"a holder that is required is not required", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.policy = func(ctx context.Context, id lock.DeviceID, k lock.PasswordKind) (lock.PasswordPolicy, error) {
				p, err := m.Passwords().Policy(ctx, id, k)
				p.NeedHolder = true
				return p, err
			}
		}, "passwords.create/a holder that the policy requires is required"},
		{"a password is made twice", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				op, err := m.Passwords().Create(ctx, id, s)
				if s.Secret = (lock.Secret{}); err == nil {
					return m.Passwords().Create(ctx, id, s)
				}
				return op, err
			}
		}, "passwords.create/one password is made and it has its name"},
		{"a password has no name", nil, creating(func(s lock.PasswordSpec) lock.PasswordSpec { s.Name = ""; return s }),
			"passwords.create/one password is made and it has its name"},
		{"every password has one id", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				op, err := m.Passwords().Create(ctx, id, s)
				if err != nil {
					return nil, err
				}
				pw := op.Latest()
				pw.ID = "the password"
				return lock.Done(pw), nil
			}
		}, "passwords.create/two passwords are two"},

		{"a timed password is permanent", nil, forgiving(timed, func(s *lock.PasswordSpec) { s.Kind, s.Window = lock.PasswordPermanent, lock.Window{} }),
			"passwords.create.timed/it keeps exactly its window"},
		{"a password begins at once", nil, forgiving(timed, func(s *lock.PasswordSpec) { s.Window.From = time.Time{} }),
			"passwords.create.timed/it keeps exactly its window"},
		{"an end is rounded up", nil, forgiving(timed, func(s *lock.PasswordSpec) {
			s.Window.Until = s.Window.Until.Add(time.Hour - 1).Truncate(time.Hour)
		}), "passwords.create.timed/its window never grows"},
		{"a beginning is rounded down", nil, forgiving(timed, func(s *lock.PasswordSpec) {
			s.Window.From = s.Window.From.Truncate(time.Minute)
		}), "passwords.create.timed/its window never grows"},
		{"a password is active before its time", nil, listingPasswords(func(p lock.Password) lock.Password { p.State = lock.StateActive; return p }),
			"passwords.create.timed/a password that begins later is listed as such and does not open yet"},
		{"a password opens before its time", nil, forgiving(timed, func(s *lock.PasswordSpec) { s.Window.From = time.Time{} }),
			"passwords.create.timed/it opens inside its window and not outside"},
		{"a password opens after its time", nil, forgiving(timed, func(s *lock.PasswordSpec) { s.Window.Until = s.Window.Until.Add(time.Hour) }),
			"passwords.create.timed/it opens inside its window and not outside"},
		{"a password is active after its time", nil, listingPasswords(func(p lock.Password) lock.Password { p.State = lock.StateActive; return p }),
			"passwords.create.timed/after its window it is not listed as active"},
		{"no kind means permanent", nil, forgiving(func(s lock.PasswordSpec) bool { return s.Kind == "" }, func(s *lock.PasswordSpec) {
			s.Kind, s.Window = lock.PasswordPermanent, lock.Window{}
		}), "passwords.create.timed/a kind that is not said means timed"},
		{"a forgotten end is an end tomorrow", nil, forgiving(func(s lock.PasswordSpec) bool { return timed(s) && s.Window.Forever() },
			func(s *lock.PasswordSpec) { s.Window = tomorrow }),
			"passwords.create.timed/without an end it is refused before any call"},
		{"a forgotten end is refused after a call", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				if err := m.Check(ctx); err != nil {
					return nil, err
				}
				return m.Passwords().Create(ctx, id, s)
			}
		}, "passwords.create.timed/without an end it is refused before any call"},
		{"a window that has passed is moved", nil, forgiving(func(s lock.PasswordSpec) bool { return timed(s) && s.Window.Until.Before(start) },
			func(s *lock.PasswordSpec) { s.Window = tomorrow }),
			"passwords.create.timed/a window that has passed is refused before any call"},
		{"a window is turned round", nil, forgiving(func(s lock.PasswordSpec) bool { return timed(s) && s.Window.Validate() != nil },
			func(s *lock.PasswordSpec) { s.Window.From, s.Window.Until = s.Window.Until, s.Window.From }),
			"passwords.create.timed/a window that ends before it begins is refused before any call"},
		{"a schedule is dropped", nil, forgiving(timed, func(s *lock.PasswordSpec) { s.Schedule = nil }),
			"passwords.create.timed/a schedule is refused before any call"},
		{"a permanent password ends", nil, forgiving(func(s lock.PasswordSpec) bool { return s.Kind == lock.PasswordPermanent },
			func(s *lock.PasswordSpec) { s.Kind, s.Window = lock.PasswordTimed, tomorrow }),
			"passwords.create.permanent/it has no end"},
		{"the end of a permanent password is dropped", nil, forgiving(func(s lock.PasswordSpec) bool { return s.Kind == lock.PasswordPermanent },
			func(s *lock.PasswordSpec) { s.Window.Until = time.Time{} }),
			"passwords.create.permanent/with an end it is refused before any call"},
		{"the days of a schedule are off by one", nil, forgiving(func(s lock.PasswordSpec) bool { return s.Schedule != nil },
			func(s *lock.PasswordSpec) {
				s.Schedule = new(*s.Schedule)
				s.Schedule.Days = s.Schedule.Days << 1 & lock.EveryDay
			}),
			"passwords.create.recurring/it keeps exactly its schedule"},
		{"a schedule is kept in another zone", nil, forgiving(func(s lock.PasswordSpec) bool { return s.Schedule != nil },
			func(s *lock.PasswordSpec) { s.Schedule = new(*s.Schedule); s.Schedule.Location = time.UTC }),
			"passwords.create.recurring/it opens in its hours and not between them"},
		{"a forgotten schedule is every hour", nil, forgiving(func(s lock.PasswordSpec) bool { return s.Kind == lock.PasswordRecurring && s.Schedule == nil },
			func(s *lock.PasswordSpec) { s.Kind = lock.PasswordTimed }),
			"passwords.create.recurring/without a schedule it is refused before any call"},
		{"an offline code is kept back", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				op, err := m.Passwords().Create(ctx, id, s)
				if err != nil {
					return nil, err
				}
				pw := op.Latest()
				pw.Secret = lock.Secret{}
				return lock.Done(pw), nil
			}
		}, "passwords.create.offline/its code comes back and opens at the keypad"},
		{"an administrator's code is as any", nil, listingPasswords(func(p lock.Password) lock.Password { p.Kind = lock.PasswordPermanent; return p }),
			"passwords.create.admin/it is listed as the administrator's"},
	}
}

// updating has a provider change other things than it was asked to.
func updating(change func(context.Context, *Memory, lock.DeviceID, lock.PasswordID, *lock.PasswordUpdate)) func(*broken, *Memory, *World) {
	return func(b *broken, m *Memory, _ *World) {
		b.passwords.update = func(ctx context.Context, id lock.DeviceID, p lock.PasswordID, u lock.PasswordUpdate) (*lock.Operation[lock.Password], error) {
			change(ctx, m, id, p, &u)
			return m.Passwords().Update(ctx, id, p, u)
		}
	}
}

// nothing answers success and does nothing.
func nothing(_ context.Context, _ lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return lock.Done(lock.Password{ID: p}), nil
}

func brokenChanges() []breakage {
	type (
		c = context.Context
		u = *lock.PasswordUpdate
	)
	return []breakage{
		{"a changed code drops the window", nil, updating(func(_ c, _ *Memory, _ lock.DeviceID, _ lock.PasswordID, u u) {
			u.Permanent = u.Window == nil
		}), "passwords.update/a changed code opens, the old one does not, and the window stays"},
		{"a changed code is forgotten", nil, updating(func(_ c, _ *Memory, _ lock.DeviceID, _ lock.PasswordID, u u) { u.Secret = lock.Secret{} }),
			"passwords.update/a changed code opens, the old one does not, and the window stays"},
		{"a changed window drops the name", nil, updating(func(_ c, _ *Memory, _ lock.DeviceID, _ lock.PasswordID, u u) {
			if u.Window != nil {
				u.Name = "-"
			}
		}), "passwords.update/a changed window keeps the name and the code"},
		{"a changed window changes the code", nil, updating(func(_ c, _ *Memory, _ lock.DeviceID, _ lock.PasswordID, u u) {
			if u.Window != nil {
				u.Secret = lock.NewSecret("918273")
			}
		}), "passwords.update/a changed window keeps the name and the code"},
		{"a changed name is forgotten", nil, updating(func(_ c, _ *Memory, _ lock.DeviceID, _ lock.PasswordID, u u) { u.Name = "" }),
			"passwords.update/a changed name keeps the window and the code"},
		{"a window without an end is permanent", nil, updating(func(_ c, _ *Memory, _ lock.DeviceID, _ lock.PasswordID, u u) {
			u.Permanent = u.Permanent || u.Window != nil && u.Window.Forever()
		}), "passwords.update/a window without an end has to be called permanent"},
		{"permanent is more than an end", nil, updating(func(_ c, _ *Memory, _ lock.DeviceID, _ lock.PasswordID, u u) {
			if u.Permanent {
				u.Window = nil
			}
		}), "passwords.update/permanent with an end is refused before any call"},
		{"permanent changes nothing", nil, updating(func(_ c, _ *Memory, _ lock.DeviceID, _ lock.PasswordID, u u) { u.Permanent = false }),
			"passwords.update/permanent ends the window"},
		{"a new code is not checked", nil, updating(func(_ c, _ *Memory, _ lock.DeviceID, _ lock.PasswordID, u u) { u.Secret = lock.Secret{} }),
			"passwords.update/a code the policy refuses is refused and the old one stays"},
		{"a frozen password is listed as active", nil, listingPasswords(func(p lock.Password) lock.Password { p.State = lock.StateActive; return p }),
			"passwords.freeze/a frozen password stays listed"},
		{"a frozen password is deleted", nil, func(b *broken, m *Memory, _ *World) { b.passwords.freeze = m.Passwords().Delete },
			"passwords.freeze/a frozen password stays listed"},
		{"a frozen password still opens", nil, func(b *broken, m *Memory, _ *World) { b.passwords.freeze = nothing },
			"passwords.freeze/a frozen password does not open"},
		{"freezing one freezes all", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.freeze = func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
				for _, other := range items(m.Passwords().List(ctx, id)) {
					if _, err := m.Passwords().Freeze(ctx, id, other.ID); err != nil {
						return nil, err
					}
				}
				return lock.Done(lock.Password{ID: p}), nil
			}
		}, "passwords.freeze/other passwords still open"},
		{"an unfrozen password stays frozen", nil, func(b *broken, m *Memory, _ *World) { b.passwords.unfreeze = nothing },
			"passwords.unfreeze/an unfrozen password opens and has its window again"},
		{"unfreezing drops the window", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.unfreeze = func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
				if _, err := m.Passwords().Update(ctx, id, p, lock.PasswordUpdate{Permanent: true}); err != nil {
					return nil, err
				}
				return m.Passwords().Unfreeze(ctx, id, p)
			}
		}, "passwords.unfreeze/an unfrozen password opens and has its window again"},
		{"a deleted password stays listed", nil, func(b *broken, m *Memory, _ *World) { b.passwords.delete = m.Passwords().Freeze },
			"passwords.delete/a deleted password is no longer listed"},
		{"a deleted password still opens", nil, func(b *broken, m *Memory, _ *World) { b.passwords.delete = nothing },
			"passwords.delete/a deleted password does not open"},
		{"deleting again succeeds", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.delete = func(ctx context.Context, id lock.DeviceID, p lock.PasswordID) (*lock.Operation[lock.Password], error) {
				op, err := m.Passwords().Delete(ctx, id, p)
				if errors.Is(err, lock.ErrNotFound) {
					return nothing(ctx, id, p)
				}
				return op, err
			}
		}, "passwords.delete/deleting it again is ErrNotFound"},
		{"an administrator's code is said to be deleted", nil, func(b *broken, m *Memory, _ *World) { b.passwords.delete = nothing },
			"passwords.delete/an administrator's code is protected or gone"},
		{"a dynamic code without an end", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.dynamic = func(ctx context.Context, id lock.DeviceID) (lock.Password, error) {
				pw, err := m.Passwords().Dynamic(ctx, id)
				pw.Window = lock.Window{}
				return pw, err
			}
		}, "passwords.dynamic/it has a code and says until when"},
		{"a dynamic code of the lock next door", nil, func(b *broken, m *Memory, w *World) {
			b.passwords.dynamic = func(ctx context.Context, _ lock.DeviceID) (lock.Password, error) {
				return m.Passwords().Dynamic(ctx, w.Fresh)
			}
		}, "passwords.dynamic/it opens until then"},
		{"another code is revealed", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.reveal = func(context.Context, lock.DeviceID, lock.PasswordID) (lock.Secret, error) {
				return lock.NewSecret("000000"), nil
			}
		}, "passwords.reveal/it gives the code of that password"},
	}
}

func brokenMetering() []breakage {
	ten := decimal.NewFromInt(10)
	reading := func(change func(lock.Reading) lock.Reading) func(*broken, *Memory, *World) {
		return func(b *broken, m *Memory, _ *World) {
			b.meters.read = func(ctx context.Context, id lock.DeviceID) (*lock.Operation[lock.Reading], error) {
				op, err := m.Meters().Read(ctx, id)
				if err != nil {
					return nil, err
				}
				return lock.Done(change(op.Latest())), nil
			}
		}
	}
	topUp := func(change func(*lock.TopUp)) func(*broken, *Memory, *World) {
		return func(b *broken, m *Memory, _ *World) {
			b.meters.topUp = func(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error) {
				change(&t)
				return m.Meters().TopUp(ctx, id, t)
			}
		}
	}
	receipt := func(change func(*lock.Receipt)) func(*broken, *Memory, *World) {
		return func(b *broken, m *Memory, _ *World) {
			b.meters.topUp = func(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error) {
				op, err := m.Meters().TopUp(ctx, id, t)
				if err != nil {
					return nil, err
				}
				r := op.Latest()
				change(&r)
				return lock.Done(r), nil
			}
		}
	}
	// resetting has every change of a setting reset another.
	resetting := func(b *broken, m *Memory, _ *World) {
		b.meters.configure = func(ctx context.Context, id lock.DeviceID, s lock.MeterSettings) (*lock.Operation[lock.Meter], error) {
			if s.Overdraft == nil {
				s.Overdraft = new(decimal.NewFromInt(5))
			} else if s.MaxPower == nil {
				s.MaxPower = new(decimal.NewFromInt(5))
			}
			return m.Meters().Configure(ctx, id, s)
		}
	}
	var breakages []breakage
	for _, op := range variantsOf(lock.ConfigureMeter) {
		breakages = append(breakages, breakage{
			fmt.Sprintf("%s changes another setting as well", op), nil, resetting, string(op) + "/it changes that setting and leaves the rest",
		})
	}
	return append(breakages, []breakage{
		{"a meter is not listed", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.list = func(ctx context.Context, q lock.MeterQuery) iter.Seq2[lock.Meter, error] {
				return yields(items(m.Meters().List(ctx, q))[1:])
			}
		}, "meters.list/the meter of the world is listed"},
		{"meters of every kind are listed", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.list = func(ctx context.Context, _ lock.MeterQuery) iter.Seq2[lock.Meter, error] {
				return m.Meters().List(ctx, lock.MeterQuery{})
			}
		}, "meters.list/a query finds the meters of a kind and no others"},
		{"water is measured in kWh", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.get = func(ctx context.Context, id lock.DeviceID) (lock.Meter, error) {
				v, err := m.Meters().Get(ctx, id)
				v.Unit = lock.KilowattHour
				return v, err
			}
		}, "meters.get/it returns the meter that was asked for, in its unit"},
		{"a reading without a unit", nil, reading(func(r lock.Reading) lock.Reading { r.Unit = ""; return r }),
			"meters.read.electricity/the reading says when and what, in the meter's unit"},
		{"a water reading in seconds taken for milliseconds", nil, reading(func(r lock.Reading) lock.Reading { r.At = time.Unix(r.At.Unix()/1000, 0); return r }),
			"meters.read.water/the reading says when and what, in the meter's unit"},
		{"a reading of yesterday", nil, reading(func(r lock.Reading) lock.Reading { r.Total = r.Total.Sub(ten); return r }),
			"meters.read.electricity/the meter shows what was read"},
		{"a water reading of yesterday", nil, reading(func(r lock.Reading) lock.Reading { r.Total = r.Total.Sub(ten); return r }),
			"meters.read.water/the meter shows what was read"},
		{"readings in no order", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.history = func(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
				readings := items(m.Meters().History(ctx, id, w))
				if len(readings) > 2 {
					readings[0], readings[1] = readings[1], readings[0]
				}
				return yields(readings)
			}
		}, "meters.history/readings come in one order"},
		{"a window of readings with its end", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.history = func(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
				w.Until = w.Until.Add(time.Second)
				return m.Meters().History(ctx, id, w)
			}
		}, "meters.history/the window holds its beginning and not its end"},
		{"a window of readings without its beginning", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.history = func(ctx context.Context, id lock.DeviceID, w lock.Window) iter.Seq2[lock.Reading, error] {
				w.From = w.From.Add(time.Second)
				return m.Meters().History(ctx, id, w)
			}
		}, "meters.history/the window holds its beginning and not its end"},
		{"consumption over the whole of what was asked", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.consumption = func(ctx context.Context, id lock.DeviceID, w lock.Window) (lock.Consumption, error) {
				v, err := m.Meters().Consumption(ctx, id, w)
				v.Covered = w
				return v, err
			}
		}, "meters.consumption/it covers what the records allow"},
		{"consumption is guessed", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.consumption = func(ctx context.Context, id lock.DeviceID, w lock.Window) (lock.Consumption, error) {
				v, err := m.Meters().Consumption(ctx, id, w)
				v.Amount = v.Amount.Add(ten)
				return v, err
			}
		}, "meters.consumption/it covers what the records allow"},
		{"on is off", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.turn = func(ctx context.Context, id lock.DeviceID, on bool) (*lock.Operation[lock.Meter], error) {
				return m.Meters().Switch(ctx, id, !on)
			}
		}, "meters.switch/the meter is as it was switched"},
		{"a tenth is credited", nil, topUp(func(t *lock.TopUp) { t.Amount = t.Amount.Div(ten) }),
			"meters.topup/credit grows by the amount, and the receipt names the order"},
		{"a receipt of another order", nil, receipt(func(r *lock.Receipt) { r.Order = "another" }),
			"meters.topup/credit grows by the amount, and the receipt names the order"},
		{"a receipt that never gets there", nil, receipt(func(r *lock.Receipt) { r.State = lock.TopUpPending }),
			"meters.topup/credit grows by the amount, and the receipt names the order"},
		{"a receipt of another amount", nil, receipt(func(r *lock.Receipt) { r.Amount = new(decimal.NewFromInt(1)) }),
			"meters.topup/credit grows by the amount, and the receipt names the order"},
		{"an order is charged every time", nil, func(b *broken, m *Memory, _ *World) {
			var n atomic.Int64
			b.meters.topUp = func(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error) {
				asked := t.Order
				t.Order = fmt.Sprint(t.Order, n.Add(1))
				op, err := m.Meters().TopUp(ctx, id, t)
				if err != nil {
					return nil, err
				}
				r := op.Latest()
				r.Order, r.Serial = asked, "S"+asked
				return lock.Done(r), nil
			}
		}, "meters.topup/the same order again is charged once"},
		{"every order is one", nil, topUp(func(t *lock.TopUp) { t.Order = "order" }),
			"meters.topup/another order is charged again"},
		{"money is taken for energy", nil, topUp(func(t *lock.TopUp) {
			if t.Amount.IsZero() {
				t.Amount, t.Fee = t.Fee, decimal.Zero
			}
		}), "meters.topup/money becomes energy at the meter's price"},
		{"an amount and a fee are both charged", nil, topUp(func(t *lock.TopUp) {
			if !t.Amount.IsZero() {
				t.Fee = decimal.Zero
			}
		}), "meters.topup/what cannot be charged is refused before any call"},
		{"an order is made up", nil, topUp(func(t *lock.TopUp) {
			if t.Order == "" {
				t.Order = "made up"
			}
		}), "meters.topup/what cannot be charged is refused before any call"},
		{"the receipt of another order", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.status = func(ctx context.Context, order string) (lock.Receipt, error) {
				r, err := m.Meters().TopUpStatus(ctx, order)
				r.Order = "another"
				return r, err
			}
		}, "meters.topup.status/the receipt of an order is found by its number"},
		{"a receipt for every order", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.status = func(_ context.Context, order string) (lock.Receipt, error) { return lock.Receipt{Order: order}, nil }
		}, "meters.topup.status/an unknown order is ErrNotFound"},
		{"a receipt for no order", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.status = func(_ context.Context, order string) (lock.Receipt, error) { return lock.Receipt{Order: order}, nil }
		}, "meters.topup.status/no order number is refused"},
		{"an overdraft below zero is none", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.configure = func(ctx context.Context, id lock.DeviceID, s lock.MeterSettings) (*lock.Operation[lock.Meter], error) {
				if s.Overdraft != nil && s.Overdraft.IsNegative() {
					s.Overdraft = new(decimal.Zero)
				}
				return m.Meters().Configure(ctx, id, s)
			}
		}, "meters.configure.overdraft/a negative overdraft is refused before any call"},
		{"a setting that is lacking is skipped", []lock.Option{Without(lock.ConfigureMeterPrice)}, func(b *broken, m *Memory, _ *World) {
			b.meters.configure = func(ctx context.Context, id lock.DeviceID, s lock.MeterSettings) (*lock.Operation[lock.Meter], error) {
				s.Price = nil
				return m.Meters().Configure(ctx, id, s)
			}
		}, "meters.configure/a setting the vendor lacks is refused before any is changed"},
	}...)
}

// past has a provider tell another history.
func past(change func(q lock.EventQuery, events []lock.Event) []lock.Event) func(*broken, *Memory, *World) {
	return func(b *broken, m *Memory, _ *World) {
		b.events.history = func(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
			return yields(change(q, items(m.Events().History(ctx, q))))
		}
	}
}

// asked has a provider ask for another history.
func asked(change func(*lock.EventQuery)) func(*broken, *Memory, *World) {
	return func(b *broken, m *Memory, _ *World) {
		b.events.history = func(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
			change(&q)
			return m.Events().History(ctx, q)
		}
	}
}

func brokenHistory() []breakage {
	return []breakage{
		{"openings are not recorded", nil, past(func(_ lock.EventQuery, events []lock.Event) []lock.Event {
			return slices.DeleteFunc(events, func(e lock.Event) bool { return e.Kind == lock.EventLockUnlocked })
		}), "events.history/an opened door is in the history"},
		{"events happened eight hours ago", nil, past(func(_ lock.EventQuery, events []lock.Event) []lock.Event {
			for i := range events {
				events[i].OccurredAt = events[i].OccurredAt.Add(-8 * time.Hour)
			}
			return events
		}), "events.history/an opened door is in the history"},
		{"the newest event is first", nil, past(func(_ lock.EventQuery, events []lock.Event) []lock.Event {
			slices.Reverse(events)
			return events
		}), "events.history/events come oldest first"},
		{"openings are merged", nil, past(func(_ lock.EventQuery, events []lock.Event) []lock.Event {
			return slices.CompactFunc(events, func(a, b lock.Event) bool { return a.Kind == b.Kind })
		}), "events.history/events come oldest first"},
		{"a window of events with its end", nil, asked(func(q *lock.EventQuery) { q.Window.Until = q.Window.Until.Add(time.Second) }),
			"events.history/the window holds its beginning and not its end"},
		{"a window of events without its beginning", nil, asked(func(q *lock.EventQuery) { q.Window.From = q.Window.From.Add(time.Second) }),
			"events.history/the window holds its beginning and not its end"},
		{"a window of whole seconds", nil, asked(func(q *lock.EventQuery) { q.Window.From = q.Window.From.Truncate(time.Second) }),
			"events.history/the window holds its beginning and not its end"},
		{"events of every kind", nil, asked(func(q *lock.EventQuery) { q.Kinds = nil }),
			"events.history/only the kinds that are asked for come"},
		{"events of every device", nil, asked(func(q *lock.EventQuery) { q.Device = "" }),
			"events.history/only events of the device that is asked for come"},
		{"event IDs by chance", nil, past(func(_ lock.EventQuery, events []lock.Event) []lock.Event {
			for i := range events {
				events[i].ID = number(20)
			}
			return events
		}), "events.history/the same event has the same ID whenever it is asked for"},
		{"an event ID twice", nil, past(func(_ lock.EventQuery, events []lock.Event) []lock.Event {
			for i := range events {
				events[i].ID = "one"
			}
			return events
		}), "events.history/each item is yielded once"},
	}
}

// streaming has a provider stream other events than happen.
func streaming(change func(yield func(lock.Event, error) bool, e lock.Event) bool) func(*broken, *Memory, *World) {
	return func(b *broken, m *Memory, _ *World) {
		b.events.watch = func(ctx context.Context) iter.Seq2[lock.Event, error] {
			return func(yield func(lock.Event, error) bool) {
				for e, err := range m.Events().Watch(ctx) {
					if err != nil && !yield(e, err) || err == nil && !change(yield, e) {
						return
					}
				}
			}
		}
	}
}

// receiving has a provider handle its webhook in another way.
func receiving(handle func(intact http.Handler, sink func(context.Context, lock.Event) error, w http.ResponseWriter, r *http.Request)) func(*broken, *Memory, *World) {
	return func(b *broken, m *Memory, _ *World) {
		b.events.receive = func(sink func(context.Context, lock.Event) error) (http.Handler, error) {
			intact, err := m.Events().Receive(sink)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(intact, sink, w, r) }), err
		}
	}
}

// sinking has a provider give other events to its sink.
func sinking(change func(sink func(context.Context, lock.Event) error) func(context.Context, lock.Event) error) func(*broken, *Memory, *World) {
	return func(b *broken, m *Memory, _ *World) {
		b.events.receive = func(sink func(context.Context, lock.Event) error) (http.Handler, error) {
			return m.Events().Receive(change(sink))
		}
	}
}

type sink = func(context.Context, lock.Event) error

func brokenPush() []breakage {
	watchID := streaming(func(yield func(lock.Event, error) bool, e lock.Event) bool {
		e.ID = "stream-" + e.ID
		return yield(e, nil)
	})
	sinkID := sinking(func(s sink) sink {
		return func(ctx context.Context, e lock.Event) error {
			e.ID = "webhook-" + e.ID
			return s(ctx, e)
		}
	})
	var mu sync.Mutex
	return []breakage{
		{"watched events have other IDs", nil, watchID, "events.watch/an opened door is seen, with the ID it has in the history"},
		{"nothing is streamed", nil, streaming(func(func(lock.Event, error) bool, lock.Event) bool { return true }),
			"events.watch/an opened door is seen, with the ID it has in the history"},
		{"watching ends silently", nil, func(b *broken, m *Memory, _ *World) {
			b.events.watch = func(ctx context.Context) iter.Seq2[lock.Event, error] {
				return func(yield func(lock.Event, error) bool) {
					for e, err := range m.Events().Watch(ctx) {
						if err != nil || !yield(e, nil) {
							return
						}
					}
				}
			}
		}, "events.watch/it ends with its context"},
		{"a left loop goes on", nil, func(b *broken, m *Memory, _ *World) {
			b.events.watch = func(ctx context.Context) iter.Seq2[lock.Event, error] {
				return func(yield func(lock.Event, error) bool) {
					for e, err := range m.Events().Watch(ctx) {
						yield(e, err)
					}
				}
			}
		}, "events.watch/breaking the loop ends it"},
		{"an event is for one watcher", nil, func(b *broken, m *Memory, _ *World) {
			var mu sync.Mutex
			taken := make(map[string]bool)
			streaming(func(yield func(lock.Event, error) bool, e lock.Event) bool {
				mu.Lock()
				gone := taken[e.ID]
				taken[e.ID] = true
				mu.Unlock()
				return gone || yield(e, nil)
			})(b, m, nil)
		}, "events.watch/two who watch both see it"},
		{"a break is not mentioned", nil, streaming(func(yield func(lock.Event, error) bool, e lock.Event) bool {
			return e.Kind == lock.EventGap || yield(e, nil)
		}), "events.watch/after a break there is a gap over what was lost"},
		{"a gap over nothing", nil, streaming(func(yield func(lock.Event, error) bool, e lock.Event) bool {
			if e.Kind == lock.EventGap {
				e.Data = lock.Window{From: start.Add(-time.Hour), Until: start}
			}
			return yield(e, nil)
		}), "events.watch/after a break there is a gap over what was lost"},

		{"delivered events have other IDs than the history", nil, sinkID, "events.receive/an opened door is delivered, with the ID it has in the history"},
		{"delivered events have other IDs than the stream", nil, sinkID, "events.receive/an opened door is delivered, with the ID that was watched"},
		{"every delivery has one ID", nil, sinking(func(s sink) sink {
			return func(ctx context.Context, e lock.Event) error {
				e.ID = "event"
				return s(ctx, e)
			}
		}), "events.receive/every opening is delivered, each with an ID of its own"},
		{"success although the sink failed", nil, receiving(func(intact http.Handler, _ sink, w http.ResponseWriter, r *http.Request) {
			intact.ServeHTTP(httptest.NewRecorder(), r)
			w.WriteHeader(http.StatusOK)
		}), "events.receive/what the sink fails on is not acknowledged and comes again, with its ID"},
		{"success before the sink", nil, receiving(func(intact http.Handler, _ sink, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			intact.ServeHTTP(httptest.NewRecorder(), r)
		}), "events.receive/success is answered after the sink has returned"},
		{"a repeated delivery has an ID of its own", nil, func(b *broken, m *Memory, _ *World) {
			var n atomic.Int64
			sinking(func(s sink) sink {
				return func(ctx context.Context, e lock.Event) error {
					e.ID = fmt.Sprint(e.ID, n.Add(1))
					return s(ctx, e)
				}
			})(b, m, nil)
		}, "events.receive/a delivery that is repeated has the same ID"},
		{"one delivery at a time", nil, sinking(func(s sink) sink {
			return func(ctx context.Context, e lock.Event) error {
				mu.Lock()
				defer mu.Unlock()
				return s(ctx, e)
			}
		}), "events.receive/deliveries are taken side by side"},
		{"any method will do", nil, receiving(func(intact http.Handler, _ sink, w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.WriteHeader(http.StatusOK)
				return
			}
			intact.ServeHTTP(w, r)
		}), "events.receive/another method is refused"},
		{"any size will do", nil, receiving(func(intact http.Handler, _ sink, w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || len(body) > 1<<20 {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			intact.ServeHTTP(w, r)
		}), "events.receive/a body that is too large is refused, and not read to its end"},
		{"any signature will do", nil, receiving(func(intact http.Handler, s sink, w http.ResponseWriter, r *http.Request) {
			out := httptest.NewRecorder()
			if intact.ServeHTTP(out, r); out.Code == http.StatusUnauthorized {
				if err := s(r.Context(), lock.Event{ID: "forged", Kind: lock.EventLockUnlocked}); err == nil {
					out.Code = http.StatusOK
				}
			}
			w.WriteHeader(out.Code)
		}), "events.receive/what the vendor did not send is refused"},
	}
}

func brokenOperations() []breakage {
	// pending has Create return an operation that a test makes of the intact one.
	pending := func(change func(m *Memory, op *lock.Operation[lock.Password]) (*lock.Operation[lock.Password], error)) func(*broken, *Memory, *World) {
		return func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				op, err := m.Passwords().Create(ctx, id, s)
				if err != nil {
					return nil, err
				}
				return change(m, op)
			}
		}
	}
	under := func(m *Memory, id string, poll func(context.Context) (lock.Password, bool, error)) *lock.Operation[lock.Password] {
		return lock.Pending(m.cfg, question[lock.Password]{id, poll}, lock.Password{})
	}
	const resumable = " can be resumed by its ID"
	breakages := []breakage{
		{"an operation without an ID", later, pending(func(m *Memory, op *lock.Operation[lock.Password]) (*lock.Operation[lock.Password], error) {
			return under(m, "", func(ctx context.Context) (lock.Password, bool, error) {
				ended, err := op.Poll(ctx)
				return op.Latest(), ended, err
			}), nil
		}), "passwords.create.timed/it works"},
		{"neither an operation nor an error", nil, pending(func(*Memory, *lock.Operation[lock.Password]) (*lock.Operation[lock.Password], error) {
			return nil, nil
		}), "passwords.create.timed/it works"},
		{"an operation that never ends", nil, pending(func(m *Memory, op *lock.Operation[lock.Password]) (*lock.Operation[lock.Password], error) {
			return under(m, "never", func(context.Context) (lock.Password, bool, error) { return op.Latest(), false, nil }), nil
		}), "passwords.create.permanent/it works"},
		{"an outcome that changes", nil, pending(func(m *Memory, op *lock.Operation[lock.Password]) (*lock.Operation[lock.Password], error) {
			return lock.Done(lock.Password{ID: "p", Failure: lock.ErrDeviceRejected}), &lock.Error{Vendor: MemoryVendor, Op: lock.CreatePassword, Kind: lock.ErrDeviceRejected}
		}), "operations/one that has ended says so and keeps its outcome"},
		{"a wait that misses the end", later, pending(func(m *Memory, op *lock.Operation[lock.Password]) (*lock.Operation[lock.Password], error) {
			return under(m, op.ID(), func(context.Context) (lock.Password, bool, error) { return lock.Password{}, false, nil }), nil
		}), "operations/who waits is told when the vendor is done"},
		{"a callback that wakes nobody", later, func(b *broken, m *Memory, _ *World) {
			b.events.receive = m.Again().Events().Receive // of a provider that began nothing
		}, "operations/a callback ends the wait at once"},
		{"a poll that goes on when the wait was cut short", later, pending(func(m *Memory, op *lock.Operation[lock.Password]) (*lock.Operation[lock.Password], error) {
			cut := new(atomic.Bool)
			ask := func(ctx context.Context) (lock.Password, bool, error) {
				if ctx.Err() != nil || cut.Load() {
					return op.Latest(), true, context.Canceled // takes the end of the wait for the end of the work
				}
				ended, err := op.Poll(ctx)
				return op.Latest(), ended, err
			}
			return lock.Pending(&lock.Config{Clock: hasty{cut}, Poll: m.cfg.Poll}, question[lock.Password]{op.ID(), ask}, op.Latest()), nil
		}), "operations/a wait that is cut short leaves the operation going"},
		{"an ID of any kind", later, func(b *broken, m *Memory, _ *World) {
			b.resume = func(string) (any, error) { return lock.Done(lock.Home{}), nil }
		}, "operations/an ID of another kind of operation is refused"},
		{"one operation is resumed as another", later, func(b *broken, m *Memory, w *World) {
			var first atomic.Value
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				op, err := m.Passwords().Create(ctx, id, s)
				if err == nil {
					first.CompareAndSwap(nil, op.ID())
				}
				return op, err
			}
			b.resume = func(string) (any, error) { return m.Resume(first.Load().(string)) }
			w.Again = nil
		}, "operations/each is its own"},
		{"passwords are mixed up when they are waited for together", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				m.FailLater(lock.CreateTimedPassword, lock.ErrDeviceRejected)
				return m.Passwords().Create(ctx, id, s)
			}
		}, "operations/many can be waited for together"},
	}
	for _, act := range actions() {
		if operates(act.op) {
			breakages = append(breakages, breakage{
				fmt.Sprintf("%s is forgotten by other processes", act.op), later, func(b *broken, m *Memory, w *World) {
					w.Again = func() lock.Provider {
						other := breakable(m)
						other.resume = func(id string) (any, error) { return nil, lock.InvalidArgument(MemoryVendor, "", "unknown %s", id) }
						return other
					}
				}, "operations/" + string(act.op) + resumable,
			})
		}
	}
	return breakages
}

// hasty is a clock on which a pause that is cut short has passed.
type hasty struct{ cut *atomic.Bool }

func (hasty) Now() time.Time { return start }

func (h hasty) Sleep(ctx context.Context, _ time.Duration) error {
	if ctx.Err() != nil {
		h.cut.Store(true)
	}
	return nil
}

func brokenValues() []breakage {
	got := func(change func(lock.Lock) lock.Lock) func(*broken, *Memory, *World) {
		return func(b *broken, m *Memory, _ *World) {
			b.locks.get = func(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
				l, err := m.Locks().Get(ctx, id)
				if err != nil {
					return l, err
				}
				return change(l), nil
			}
		}
	}
	return []breakage{
		{"what the vendor sent is lost", nil, got(func(l lock.Lock) lock.Lock { l.Native = lock.Native{}; return l }),
			"values/every value holds what the vendor sent"},
		{"what the vendor sent of rooms is lost", nil, func(b *broken, m *Memory, _ *World) {
			b.homes.get = func(ctx context.Context, id lock.HomeID) (lock.Home, error) {
				h, err := m.Homes().Get(ctx, id)
				for i := range h.Rooms {
					h.Rooms[i].Native = lock.Native{}
				}
				return h, err
			}
		}, "values/every value holds what the vendor sent"},
		{"a code stands in a name", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.list = func(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
				return mapped(m.Passwords().List(ctx, id), func(p lock.Password) lock.Password {
					code, _ := m.Passwords().Reveal(ctx, id, p.ID)
					p.Name = "code " + code.Reveal()
					return p
				})
			}
		}, "values/no value shows a secret"},
		{"a phone number stands in a key's id", nil, func(b *broken, m *Memory, _ *World) {
			b.keys.list = func(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
				return mapped(m.Keys().List(ctx, q), func(k lock.Key) lock.Key {
					k.ID = lock.KeyID(k.Holder.Phone.Reveal())
					return k
				})
			}
		}, "values/no value shows a secret"},
		{"a code stands in an operation's ID", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(_ context.Context, _ lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				ask := func(context.Context) (lock.Password, bool, error) { return lock.Password{}, true, nil }
				return lock.Pending(m.cfg, question[lock.Password]{"create-" + s.Secret.Reveal(), ask}, lock.Password{}), nil
			}
		}, "values/no value shows a secret"},
		{"a code stands in an error", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.create = func(_ context.Context, _ lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				return nil, &lock.Error{Vendor: MemoryVendor, Op: lock.CreatePassword, Kind: lock.ErrDeviceRejected, Message: "no room for " + s.Secret.Reveal()}
			}
		}, "values/no error shows a secret"},
		{"a phone number stands deep in an error", nil, func(b *broken, m *Memory, _ *World) {
			b.keys.grant = func(_ context.Context, _ lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
				return nil, &lock.Error{Vendor: MemoryVendor, Op: lock.GrantKey, Kind: lock.ErrVendorUnavailable, Err: fmt.Errorf("get /keys?phone=%s: timeout", g.Holder.Phone.Reveal())}
			}
		}, "values/no error shows a secret"},
		{"a code is logged", nil, func(b *broken, m *Memory, w *World) {
			log := new(output)
			logger := slog.New(slog.NewJSONHandler(log, nil))
			w.Output = log.String
			b.passwords.create = func(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
				logger.Info("creating a password", "code", s.Secret.Reveal())
				return m.Passwords().Create(ctx, id, s)
			}
		}, "values/nothing that is logged shows a secret"},
		{"a token is logged", nil, func(_ *broken, _ *Memory, w *World) {
			w.Secrets = []lock.Secret{lock.NewSecret("tok-5f2e")}
			w.Output = func() string { return "GET /locks?access_token=tok-5f2e" }
		}, "values/nothing that is logged shows a secret"},
		{"an unknown battery is -1", nil, got(func(l lock.Lock) lock.Lock { l.Battery = new(-1); return l }),
			"values/what is unknown is nil, and times are real"},
		{"an unknown time is 1970", nil, got(func(l lock.Lock) lock.Lock { l.OnlineAt = time.Unix(0, 0); return l }),
			"values/what is unknown is nil, and times are real"},
		{"an unknown overdraft is -1", nil, func(b *broken, m *Memory, _ *World) {
			b.meters.get = func(ctx context.Context, id lock.DeviceID) (lock.Meter, error) {
				v, err := m.Meters().Get(ctx, id)
				v.Overdraft = new(decimal.NewFromInt(-1))
				return v, err
			}
		}, "values/what is unknown is nil, and times are real"},
		{"not found in plain words", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.get = func(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
				l, err := m.Locks().Get(ctx, id)
				if err != nil {
					err = errors.New("not found")
				}
				return l, err
			}
		}, "values/every error says whose it is and what was asked"},
		{"an error of nobody", nil, func(b *broken, m *Memory, _ *World) {
			b.locks.get = func(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
				l, err := m.Locks().Get(ctx, id)
				if err != nil {
					err = &lock.Error{Kind: lock.ErrNotFound}
				}
				return l, err
			}
		}, "values/every error says whose it is and what was asked"},
		{"an error of another operation", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.freeze = func(context.Context, lock.DeviceID, lock.PasswordID) (*lock.Operation[lock.Password], error) {
				return nil, &lock.Error{Vendor: MemoryVendor, Op: lock.ListPasswords, Kind: lock.ErrNotFound}
			}
		}, "values/every error says whose it is and what was asked"},
		{"a list goes on after its error", nil, func(b *broken, m *Memory, _ *World) {
			b.passwords.list = func(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
				return func(yield func(lock.Password, error) bool) {
					for pw, err := range m.Passwords().List(ctx, id) {
						if !yield(pw, err) || err != nil && !yield(pw, err) {
							return
						}
					}
				}
			}
		}, "values/an error is the last pair of a list"},
	}
}

// Ways to be wrong in every operation, each to be found by a rule of every operation.
func TestTheSuiteCatchesWhatIsBrokenEverywhere(t *testing.T) {
	for _, c := range []struct {
		name   string
		opts   []lock.Option
		by     string
		except []lock.Op // operations that the breakage does not reach
		smash  func(m *Memory, w *World) *broken
	}{
		{
			name: "nothing works", by: "it works", except: []lock.Op{lock.WatchEvents},
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(_ context.Context, op lock.Op, _ []string, _ func(context.Context) error) error {
					return &lock.Error{Vendor: MemoryVendor, Op: op, Kind: lock.ErrVendorUnavailable}
				})
			},
		},
		{
			name: "capabilities are claimed", opts: []lock.Option{Without(lock.Ops()...)}, by: "it works", except: []lock.Op{lock.WatchEvents},
			smash: func(m *Memory, _ *World) *broken {
				b := breakable(m)
				b.supports = func(lock.Op) bool { return true }
				return b
			},
		},
		{
			name: "capabilities are denied", by: "it is refused as unsupported, without a call", except: []lock.Op{lock.WatchEvents},
			smash: func(m *Memory, _ *World) *broken {
				b := breakable(m)
				b.supports = func(lock.Op) bool { return false }
				return b
			},
		},
		{
			name: "what is unsupported is asked for", opts: []lock.Option{Without(lock.Ops()...)},
			by: "it is refused as unsupported, without a call",
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(ctx context.Context, _ lock.Op, _ []string, call func(context.Context) error) error {
					return errors.Join(m.Check(ctx), call(ctx))
				})
			},
		},
		{
			name: "what is unsupported is refused by nobody", opts: []lock.Option{Without(lock.Ops()...)},
			by: "it is refused as unsupported, without a call",
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(context.Context, lock.Op, []string, func(context.Context) error) error {
					return errors.ErrUnsupported
				})
			},
		},
		{
			name: "what is unsupported is refused as something else", opts: []lock.Option{Without(lock.Ops()...)},
			by: "it is refused as unsupported, without a call",
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(context.Context, lock.Op, []string, func(context.Context) error) error {
					return lock.UnsupportedError(MemoryVendor, "doors.paint", "")
				})
			},
		},
		{
			name: "contexts are ignored", by: "an ended context makes no call", except: []lock.Op{lock.ReceiveEvents, lock.WatchEvents},
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(ctx context.Context, _ lock.Op, _ []string, call func(context.Context) error) error {
					return call(context.WithoutCancel(ctx))
				})
			},
		},
		{
			name: "a call is made although the context has ended", by: "an ended context makes no call", except: []lock.Op{lock.ReceiveEvents},
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(ctx context.Context, _ lock.Op, _ []string, call func(context.Context) error) error {
					return errors.Join(m.Check(context.WithoutCancel(ctx)), call(ctx))
				})
			},
		},
		{
			name: "calls wait for the vendor whatever their context", by: "a call that stays unanswered ends with its context",
			except: []lock.Op{lock.ReceiveEvents, lock.WatchEvents},
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(ctx context.Context, _ lock.Op, _ []string, call func(context.Context) error) error {
					return call(context.WithoutCancel(ctx))
				})
			},
		},
		{
			name: "the end of a context is taken for a failure of the vendor", by: "a call that stays unanswered ends with its context",
			except: []lock.Op{lock.ReceiveEvents},
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(ctx context.Context, op lock.Op, _ []string, call func(context.Context) error) error {
					if err := call(ctx); errors.Is(err, context.Canceled) {
						return &lock.Error{Vendor: MemoryVendor, Op: op, Kind: lock.ErrVendorUnavailable}
					} else {
						return err
					}
				})
			},
		},
		{
			name: "empty ids cause a panic", by: "an empty id is refused", except: []lock.Op{lock.TopUpMeterStatus},
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(ctx context.Context, _ lock.Op, ids []string, call func(context.Context) error) error {
					for _, id := range ids {
						_ = id[0]
					}
					return call(ctx)
				})
			},
		},
		{
			name: "not found is said in plain words", by: "an unknown id is ErrNotFound",
			smash: func(m *Memory, _ *World) *broken {
				return intercept(m, func(ctx context.Context, _ lock.Op, ids []string, call func(context.Context) error) error {
					err := call(ctx)
					unknown := slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(id, "no-such-") })
					if unknown || errors.Is(err, lock.ErrNotFound) {
						return errors.New("not found")
					}
					return err
				})
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			world := func() World {
				m, w := memory(c.opts...)()
				w.Provider = c.smash(m, &w)
				return w
			}
			of := func(r rule) bool { return r.name == c.by && !slices.Contains(c.except, r.op) }
			got, n := failures(t, impatience, world, of), 0
			for _, r := range allRules() {
				if !of(r) || !r.applies(world().Provider) {
					continue
				}
				if n++; got[r.String()] == "" {
					t.Errorf("%s: got no failure, want the rule to catch it", r)
				}
			}
			if n < 20 {
				t.Errorf("got %d rules called %q, want one for nearly every operation", n, c.by)
			}
		})
	}
}

// Every rule is there to catch something: one that no broken provider fails would be no rule.
func TestEveryRuleHasSomethingToCatch(t *testing.T) {
	caught := make(map[string]bool)
	for _, b := range breakages() {
		caught[b.by] = true
		_, name, _ := strings.Cut(b.by, "/")
		if slices.Contains(listRuleNames(), name) {
			for _, op := range lock.Ops() { // one implementation for every list
				caught[string(op)+"/"+name] = true
			}
		}
	}
	for _, r := range allRules() {
		switch r.name {
		case "it works", "it is refused as unsupported, without a call", "an ended context makes no call",
			"a call that stays unanswered ends with its context", "an empty id is refused", "an unknown id is ErrNotFound":
			continue // TestTheSuiteCatchesWhatIsBrokenEverywhere
		}
		if !caught[r.String()] {
			t.Errorf("%s: no broken provider is caught by it", r)
		}
	}
}

func listRuleNames() []string {
	var names []string
	for _, r := range listRules(lock.ListHomes, func(tb, context.Context, *world) ([]lock.Home, error) { return nil, nil }, func(h lock.Home) lock.HomeID { return h.ID }) {
		names = append(names, r.name)
	}
	return names
}
