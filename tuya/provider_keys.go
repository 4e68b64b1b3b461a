package tuya

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type keys struct{ c *Client }

// UserKeyID is the portable id of a person at a lock: "user/30665363".
func UserKeyID(id UserID) lock.KeyID { return lock.KeyID(userPrefix + string(id)) }

const userPrefix = "user/"

// MethodKeyID is the portable id of something enrolled at a lock: "unlock_card/3".
func MethodKeyID(m MethodRef) lock.KeyID {
	if m.DPCode == unlockFinger {
		m.DPCode = UnlockFingerprint
	}
	return lock.KeyID(string(m.DPCode) + "/" + strconv.Itoa(m.UnlockSN))
}

// ParseKeyID reads what UserKeyID and MethodKeyID wrote: user is "" for something enrolled.
func ParseKeyID(id lock.KeyID) (user UserID, method MethodRef, err error) {
	kind, number, ok := strings.Cut(string(id), "/")
	if !ok || kind == "" || number == "" {
		return "", MethodRef{}, errKeyID
	}
	if kind+"/" == userPrefix {
		return UserID(number), MethodRef{}, nil
	}
	sn, err := strconv.Atoi(number)
	if err != nil || sn < 0 {
		return "", MethodRef{}, errKeyID
	}
	return "", MethodRef{UnlockCode(kind), sn}, nil
}

var errKeyID = errors.New("key ids of this vendor are user/30665363 or unlock_card/3")

// ref reads a key's id for op; an id that is none of ours names no key.
func ref(op lock.Op, device lock.DeviceID, id lock.KeyID) (UserID, MethodRef, error) {
	if device == "" || id == "" {
		return "", MethodRef{}, invalid(op, "the id of the lock or of the key is empty")
	}
	user, method, err := ParseKeyID(id)
	if err != nil {
		return "", MethodRef{}, lock.About(string(device), wrapped(op, lock.ErrNotFound, err))
	}
	return user, method, nil
}

// List yields the keys of a lock: its people (KeyUser) and what they have enrolled, then what is
// nobody's. A person's validity is that of all they have enrolled. Holder narrows to one person,
// by Person.ID; Unowned to what is nobody's, which are the keys the cloud calls unassigned and the
// people who were removed and are still on the lock. The cloud answers about one lock: Device is
// required.
func (k keys) List(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
	ctx = lock.WithOp(ctx, lock.ListKeys)
	switch {
	case q.Unowned && q.Holder != "":
		return lock.FailedSeq[lock.Key](invalid(lock.ListKeys, "keys that nobody owns have no Holder: set Unowned or Holder"))
	case q.Device == "":
		return lock.FailedSeq[lock.Key](invalid(lock.ListKeys, "say at which lock: set Device"))
	}
	return func(yield func(lock.Key, error) bool) {
		lists := []iter.Seq2[lock.Key, error]{k.c.ownedKeys(ctx, q), k.c.unownedKeys(ctx, q.Device)}
		switch {
		case q.Unowned:
			lists = lists[1:]
		case q.Holder != "":
			lists = lists[:1]
		}
		for _, list := range lists {
			for key, err := range list {
				if !yield(key, lock.About(string(q.Device), err)) || err != nil {
					return
				}
			}
		}
	}
}

// ownedKeys yields the people of a lock, or one of them, each followed by what they have enrolled.
func (c *Client) ownedKeys(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
	return func(yield func(lock.Key, error) bool) {
		for u, err := range c.people(ctx, q) {
			if err != nil {
				yield(lock.Key{}, err)
				return
			}
			person := c.userKey(q.Device, u)
			if !yield(person, nil) {
				return
			}
			for m, err := range c.methods(ctx, q.Device, u.UserID) {
				if err != nil {
					yield(lock.Key{}, err)
					return
				}
				if key := methodKey(person, m); key.State != lock.StateRemoved && !yield(key, nil) {
					return
				}
			}
		}
	}
}

// people yields the people of a lock, or the one a query names; nobody if they are not there.
func (c *Client) people(ctx context.Context, q lock.KeyQuery) iter.Seq2[*User, error] {
	if q.Holder == "" {
		return pages(ctx, func(ctx context.Context, p Paging) (*Page[User], error) {
			return c.ListUsers(ctx, q.Device, ListUsersRequest{Paging: p})
		}, func(u *User) UserID { return u.UserID })
	}
	return func(yield func(*User, error) bool) {
		u, err := c.user(ctx, q.Device, UserID(q.Holder))
		if err != nil {
			yield(nil, err)
			return
		}
		yield(u, nil)
	}
}

// user returns a person of a lock.
func (c *Client) user(ctx context.Context, device lock.DeviceID, id UserID) (*User, error) {
	if id == "0" { // the vendor's word for the caller, and nobody's id
		return nil, &lock.Error{Vendor: Vendor, Op: lock.OpFrom(ctx), Kind: lock.ErrNotFound, Message: "the lock knows nobody of the id 0"}
	}
	a, err := c.GetUser(ctx, device, id)
	if err != nil {
		return nil, err
	}
	a.Result.UserID = cmp.Or(a.Result.UserID, id)
	return &a.Result, nil
}

// methods yields what a person has enrolled.
func (c *Client) methods(ctx context.Context, device lock.DeviceID, user UserID) iter.Seq2[*Method, error] {
	return pages(ctx, func(ctx context.Context, p Paging) (*Page[Method], error) {
		return c.ListMethods(ctx, device, user, ListMethodsRequest{Paging: p})
	}, func(m *Method) MethodRef { return m.ref() })
}

func (m *Method) ref() MethodRef { return MethodRef{m.DPCode, m.UnlockSN} }

// enrollable are the types of key that a lock may have of nobody's.
var enrollable = []KeyType{
	KeyTypeFingerprint, KeyTypePassword, KeyTypeCard, KeyTypeFace, KeyTypeRemoteControl, KeyTypePalm, KeyTypeFingerVein, KeyTypeIris,
}

// unownedKeys yields what is enrolled at a lock and nobody's, then the people who were removed and
// are still on it. A type that this lock or this cloud does not know is left out, unless it knows
// none.
func (c *Client) unownedKeys(ctx context.Context, device lock.DeviceID) iter.Seq2[lock.Key, error] {
	return func(yield func(lock.Key, error) bool) {
		var refused error
		known := false
		for _, t := range enrollable {
			p, err := c.ListUnassignedKeys(ctx, device, t)
			switch {
			case errors.Is(err, lock.ErrUnsupported), errors.Is(err, lock.ErrInvalidArgument):
				refused = cmp.Or(refused, err)
				continue
			case err != nil:
				yield(lock.Key{}, err)
				return
			}
			known = true
			for key, err := range converted(ctx, p.Records, func(u *UnassignedKey) (lock.Key, bool) { return unassignedKey(device, t, u), true }) {
				if !yield(key, err) || err != nil {
					return
				}
			}
		}
		if !known {
			yield(lock.Key{}, refused)
			return
		}
		p, err := c.ListAbsentUsers(ctx, device)
		if err != nil {
			yield(lock.Key{}, err)
			return
		}
		converted(ctx, p.Records, func(u *AbsentUser) (lock.Key, bool) {
			return lock.Key{
				ID: UserKeyID(u.UserID), Device: device, Kind: lock.KeyUser, Role: u.UserType.role(), State: lock.StateActive,
				Native: lock.NewNative(u.Raw(), u),
			}, true
		})(yield)
	}
}

// keyKinds is what the ways to open are in the common language.
var keyKinds = map[UnlockCode]lock.KeyKind{
	UnlockFingerprint: lock.KeyFingerprint, unlockFinger: lock.KeyFingerprint, UnlockFingerprintKit: lock.KeyFingerprint,
	UnlockPassword: lock.KeyPIN, UnlockPasswordKit: lock.KeyPIN,
	UnlockCard: lock.KeyCard, UnlockCardKit: lock.KeyCard,
	UnlockFace:          lock.KeyFace,
	UnlockPalm:          lock.KeyPalm,
	UnlockRemoteControl: lock.KeyRemote,
	UnlockMechanicalKey: lock.KeyMechanical,
}

func (v UnlockCode) keyKind() lock.KeyKind {
	if kind, ok := keyKinds[v]; ok {
		return kind
	}
	return lock.KeyOther
}

func (v UserType) role() lock.Role {
	switch v {
	case UserTypeAdmin:
		return lock.RoleAdmin
	case UserTypeOwner:
		return lock.RoleOwner
	case UserTypeUnknown:
		return ""
	}
	return lock.RoleNormal
}

func unassignedKey(device lock.DeviceID, t KeyType, u *UnassignedKey) lock.Key {
	m := MethodRef{cmp.Or(u.UnlockType, t).Code(), u.UnlockNo}
	return lock.Key{
		ID: MethodKeyID(m), Device: device, Kind: m.DPCode.keyKind(), Duress: u.Hijack, State: lock.StateActive, Native: lock.NewNative(u.Raw(), u),
	}
}

// userKey is a person at a lock.
func (c *Client) userKey(device lock.DeviceID, u *User) lock.Key {
	k := lock.Key{
		ID: UserKeyID(u.UserID), Device: device, Kind: lock.KeyUser, Name: u.NickName, Role: u.UserType.role(), State: lock.StateActive,
		Holder: lock.Person{ID: string(u.UserID), Name: u.NickName}, Native: lock.NewNative(u.Raw(), u),
	}
	if !strings.Contains(u.UserContact.Reveal(), "@") { // else it is a mail address
		k.Holder.Phone = u.UserContact
	}
	s := u.TimeScheduleInfo
	if s == nil {
		return k
	}
	if !s.Permanent && !s.ExpiredTime.IsZero() {
		k.Window = lock.Window{From: s.EffectiveTime, Until: s.ExpiredTime}
		if s.ExpiredTime.Equal(farFuture) {
			k.Window.Until = time.Time{}
		}
	}
	k.Schedule = c.schedule(s.ScheduleDetails)
	k.State = timedState(k.Window, c.cfg.Clock.Now())
	return k
}

// timedState is what a window says of something that opens.
func timedState(w lock.Window, now time.Time) lock.PasswordState {
	switch {
	case now.Before(w.From):
		return lock.StateScheduled
	case !w.Contains(now):
		return lock.StateExpired
	}
	return lock.StateActive
}

// schedule is a weekly schedule in the common language, which has one slot a day: slots of the same
// hours are joined, and of several hours the first is told.
func (c *Client) schedule(details []ScheduleDetail) *lock.Schedule {
	var s *lock.Schedule
	for _, d := range details {
		slot := lock.Schedule{
			Days: lock.Weekdays(d.WorkingDay & EveryDay), From: lock.TimeOfDay(d.StartMinute), Until: lock.TimeOfDay(d.EndMinute),
			Location: c.location(d.TimeZoneID),
		}
		if d.AllDay {
			slot.From, slot.Until = lock.At(0, 0), lock.At(24, 0)
		}
		switch {
		case s == nil:
			s = &slot
		case s.From == slot.From && s.Until == slot.Until:
			s.Days |= slot.Days
		}
	}
	return s
}

// methodKey is something that a person has enrolled.
func methodKey(person lock.Key, m *Method) lock.Key {
	return lock.Key{
		ID: MethodKeyID(m.ref()), Device: person.Device, Kind: m.DPCode.keyKind(), Name: m.UnlockName, Holder: person.Holder, Role: person.Role,
		Duress: m.UnlockAttr == AttrDuress, Window: person.Window, Schedule: person.Schedule, State: m.state(person.State),
		Native: lock.NewNative(m.Raw(), m),
	}
}

// state says what is known of an enrolled key of somebody in a state. The vendor's example has the
// phase "frozen" on keys that the lock has taken: what it means is not sure.
func (m *Method) state(of lock.PasswordState) lock.PasswordState {
	switch m.Phase {
	case MethodConfirmed, MethodToFreeze, MethodToUnfreeze, MethodToReset, MethodToDelete:
		return of
	case MethodToConfirm, MethodToCreate:
		return lock.StatePending
	case MethodFailed:
		return lock.StateFailed
	case MethodDeleted:
		return lock.StateRemoved
	}
	return lock.StateUnknown
}

// Grant makes a person known to the lock (Key empty), or hands something enrolled and unowned (Key)
// to a person.
//
// A new person needs Holder.Name; Holder.Phone is kept as their contact. The vendor makes the id:
// leave Holder.ID empty, and find it in the key that is returned. It also wants to know everybody's
// sex, which a lock.Person has not: male is sent, see UpdateMember. The person gets the window, the
// schedule and RoleAdmin in calls of their own; if one of these is refused the person is taken back.
// The operation ends when the lock has taken the validity.
//
// An enrolled key goes to the person Holder.ID. Its validity is its person's, so Permanent is
// required, and no Window, Schedule or Role.
func (k keys) Grant(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.GrantKey)
	if err := g.Validate(); err != nil {
		return nil, lock.About(string(id), wrapped(lock.GrantKey, lock.ErrInvalidArgument, err))
	}
	grant := k.grantPerson
	if g.Key != "" {
		grant = k.handOver
	}
	op, err := grant(ctx, id, g)
	return op, lock.About(string(id), err)
}

// handOver gives something that is enrolled to a person.
func (k keys) handOver(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	user, method, err := ref(lock.GrantKey, id, g.Key)
	if err != nil {
		return nil, err
	}
	switch {
	case user != "":
		return nil, invalid(lock.GrantKey, "a person cannot be handed over; leave Key empty to add one")
	case g.Kind != "" && g.Kind != method.DPCode.keyKind():
		return nil, invalid(lock.GrantKey, "Kind is %q, and the key %s is a %q", g.Kind, g.Key, method.DPCode.keyKind())
	case g.Holder.ID == "":
		return nil, invalid(lock.GrantKey, "set Holder.ID to a person of the lock; grant a key without Key to add one")
	case !g.Permanent || !g.Window.From.IsZero() || g.Schedule != nil:
		return nil, lock.UnsupportedError(Vendor, lock.GrantKey, "an enrolled key holds when its person does; set Permanent, and update the person's key")
	case g.Role != "" && g.Role != lock.RoleNormal:
		return nil, lock.UnsupportedError(Vendor, lock.GrantKey, "the role is the person's; update the person's key")
	case g.Name != "":
		return nil, lock.UnsupportedError(Vendor, lock.GrantKey, "an enrolled key keeps its name; leave Name empty")
	}
	reply, err := k.c.AllocateMethods(ctx, id, AllocateMethodsRequest{UserID: UserID(g.Holder.ID), UnlockList: []MethodRef{method}})
	if err != nil {
		return nil, err
	}
	return lock.Done(lock.Key{
		ID: MethodKeyID(method), Device: id, Kind: method.DPCode.keyKind(), Holder: g.Holder, State: lock.StateActive,
		Native: lock.NewNative(reply.Raw(), reply),
	}), nil
}

// grantPerson makes a person known to a lock.
func (k keys) grantPerson(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	role, err := vendorRole(lock.GrantKey, g.Role)
	name := cmp.Or(g.Holder.Name, g.Name)
	switch {
	case err != nil:
		return nil, err
	case g.Kind != "" && g.Kind != lock.KeyUser:
		return nil, lock.UnsupportedError(Vendor, lock.GrantKey, "a "+string(g.Kind)+" is enrolled at the lock; name an enrolled one in Key")
	case g.Holder.ID != "":
		return nil, invalid(lock.GrantKey, "the vendor makes the ids of people: leave Holder.ID empty to add one, or update the key %s", UserKeyID(UserID(g.Holder.ID)))
	case name == "":
		return nil, invalid(lock.GrantKey, "a new person needs Holder.Name")
	}
	a, err := k.c.AddMember(ctx, id, AddMemberRequest{NickName: name, Sex: SexMale, Contact: g.Holder.Phone})
	if err != nil {
		return nil, err
	}
	g.Holder.ID, g.Holder.Name = string(a.Result), name
	granted := lock.Key{
		ID: UserKeyID(a.Result), Device: id, Kind: lock.KeyUser, Name: name, Holder: g.Holder, Role: cmp.Or(g.Role, lock.RoleNormal),
		State: lock.StateActive, Native: lock.NewNative(a.Raw(), a),
	}
	if role == RoleAdmin {
		if _, err := k.c.SetUserRole(ctx, id, a.Result, role); err != nil {
			return nil, k.takeBack(ctx, id, a.Result, err)
		}
	}
	if g.Permanent && g.Window.From.IsZero() && g.Schedule == nil {
		return lock.Done(granted), nil
	}
	req := k.validity(g)
	if _, err := k.c.SetUserSchedule(ctx, id, a.Result, req); err != nil {
		return nil, k.takeBack(ctx, id, a.Result, err)
	}
	granted.Window, granted.Schedule, granted.State = lock.Window{From: req.EffectiveTime, Until: req.ExpiredTime}, g.Schedule, lock.StatePending
	return k.c.deliveringKey(k.c.begin(lock.GrantKey, id, string(granted.ID)), granted), nil
}

// vendorRole is a role in the vendor's words, "" for none.
func vendorRole(op lock.Op, r lock.Role) (Role, error) {
	switch r {
	case "":
		return "", nil
	case lock.RoleNormal:
		return RoleNormal, nil
	case lock.RoleAdmin:
		return RoleAdmin, nil
	}
	return "", invalid(op, "Role is %q; a person is made lock.RoleNormal or lock.RoleAdmin", r)
}

// farFuture ends the validity of somebody who has a beginning and no end: the vendor wants both.
var farFuture = time.Date(2099, time.December, 31, 0, 0, 0, 0, time.UTC)

// validity is the window and the schedule of a grant for the vendor.
func (k keys) validity(g lock.Grant) SetUserScheduleRequest {
	now := k.c.cfg.Clock.Now()
	req := SetUserScheduleRequest{Permanent: g.Permanent && g.Window.From.IsZero()}
	if !req.Permanent {
		w := wholeSeconds(g.Window, now)
		req.EffectiveTime, req.ExpiredTime = w.From, w.Until
		if g.Permanent {
			req.ExpiredTime = farFuture
		}
	}
	if s := g.Schedule; s != nil {
		req.ScheduleDetails = []ScheduleDetail{{
			StartMinute: int(s.From), EndMinute: int(s.Until), WorkingDay: WorkingDays(s.Days), TimeZoneID: zoneName(s.Location, now),
		}}
	}
	return req
}

// takeBack removes a person who was added for a grant of which a later call has failed with err. If
// that fails as well, or nobody knows what became of the call, the person stays, and the error says
// so.
func (k keys) takeBack(ctx context.Context, id lock.DeviceID, user UserID, err error) error {
	if !errors.Is(err, lock.ErrOutcomeUnknown) {
		if _, gone := k.c.DeleteMember(ctx, id, user); gone == nil {
			return err
		}
	}
	return partial(lock.GrantKey, id, "the person was added as "+string(UserKeyID(user))+", and not all of the grant is known to hold", err)
}

// deliveringKey is the operation that ends when the lock has taken a person's validity.
func (c *Client) deliveringKey(w work, now lock.Key) *lock.Operation[lock.Key] {
	return pendingOp(c, w, now, func(ctx context.Context, w work, latest lock.Key) (lock.Key, bool, error) {
		id, _, err := ref(w.op, w.device, lock.KeyID(w.id))
		if err != nil {
			return latest, true, err
		}
		u, err := c.user(ctx, w.device, id)
		if errors.Is(err, lock.ErrNotFound) {
			return latest, true, err
		}
		if err != nil {
			return latest, false, err
		}
		key := c.userKey(w.device, u)
		if s := u.TimeScheduleInfo; s != nil {
			switch s.DeliveryStatus {
			case DeliveryOngoing:
				key.State = lock.StatePending
				return key, false, nil
			case DeliveryFailed:
				return key, true, &lock.Error{
					Vendor: Vendor, Op: w.op, Target: string(w.device), Kind: lock.ErrDeviceRejected, Message: "the lock has not taken the validity",
				}
			}
		}
		return key, true, nil
	})
}

// Update changes a person (KeyUser): the validity becomes that of g; the role and the name too, where
// g has them. They are calls of their own: ErrPartial says which were made. The name of an
// administrator cannot be changed, because the vendor does not tell their sex, which it wants with
// every name. What is enrolled cannot be updated: its validity is its person's.
func (k keys) Update(ctx context.Context, id lock.DeviceID, key lock.KeyID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.UpdateKey)
	user, _, err := ref(lock.UpdateKey, id, key)
	if err != nil {
		return nil, err
	}
	role, roleErr := vendorRole(lock.UpdateKey, g.Role)
	invalidGrant := g.Validate()
	switch {
	case user == "":
		err = lock.UnsupportedError(Vendor, lock.UpdateKey, "what is enrolled has the validity of its person; update that key, user/…")
	case invalidGrant != nil:
		err = wrapped(lock.UpdateKey, lock.ErrInvalidArgument, invalidGrant)
	case roleErr != nil:
		err = roleErr
	case g.Key != "":
		err = invalid(lock.UpdateKey, "leave Key empty: a person cannot become another key")
	}
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	if _, err := k.c.SetUserSchedule(ctx, id, user, k.validity(g)); err != nil {
		return nil, lock.About(string(id), err)
	}
	if role != "" {
		if _, err := k.c.SetUserRole(ctx, id, user, role); err != nil {
			return nil, partial(lock.UpdateKey, id, "the validity was changed, and the role was not", err)
		}
	}
	if g.Name != "" {
		if err := k.rename(ctx, id, user, g.Name); err != nil {
			return nil, partial(lock.UpdateKey, id, "the validity was changed and the role if there is one, and the name was not", err)
		}
	}
	return k.c.deliveringKey(k.c.begin(lock.UpdateKey, id, string(key)), lock.Key{
		ID: key, Device: id, Kind: lock.KeyUser, Window: g.Window, Schedule: g.Schedule, State: lock.StatePending,
	}), nil
}

// rename changes a person's name, and leaves what else is known of them.
func (k keys) rename(ctx context.Context, id lock.DeviceID, user UserID, name string) error {
	a, err := k.c.GetMember(ctx, id, user)
	if err != nil {
		return err
	}
	m := a.Result
	_, err = k.c.UpdateMember(ctx, id, user, UpdateMemberRequest{NickName: name, Sex: m.Sex, Birthday: m.Birthday, Height: m.Height, Weight: m.Weight})
	return err
}

// Revoke takes a key from its person. Something enrolled stays on the lock and is nobody's; it can
// only be taken from somebody it was handed to, not from who has enrolled it. A person is removed,
// and what they have enrolled stays on the lock until Delete.
func (k keys) Revoke(ctx context.Context, id lock.DeviceID, key lock.KeyID) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.RevokeKey)
	user, method, err := ref(lock.RevokeKey, id, key)
	if err != nil {
		return nil, err
	}
	revoked := lock.Key{ID: key, Device: id, Kind: lock.KeyUser, State: lock.StateActive}
	var reply *Reply
	if user != "" {
		reply, err = k.c.DeleteMember(ctx, id, user)
	} else {
		revoked.Kind = method.DPCode.keyKind()
		var owner *User
		if owner, err = k.c.owner(ctx, id, method); err == nil {
			reply, err = k.c.UnallocateMethods(ctx, id, UnallocateMethodsRequest{UserID: owner.UserID, UnlockList: []MethodRef{method}})
		}
	}
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	revoked.Native = lock.NewNative(reply.Raw(), reply)
	return lock.Done(revoked), nil
}

// owner finds the person who has enrolled something, or to whom it was handed.
func (c *Client) owner(ctx context.Context, device lock.DeviceID, method MethodRef) (*User, error) {
	for u, err := range c.people(ctx, lock.KeyQuery{Device: device}) {
		if err != nil {
			return nil, err
		}
		has, err := c.has(ctx, device, u.UserID, method)
		if err != nil {
			return nil, err
		}
		if has {
			return u, nil
		}
	}
	return nil, &lock.Error{
		Vendor: Vendor, Op: lock.OpFrom(ctx), Target: string(device), Kind: lock.ErrNotFound,
		Message: "nobody at the lock has the key " + string(MethodKeyID(method)),
	}
}

// has reports whether a person has something enrolled.
func (c *Client) has(ctx context.Context, device lock.DeviceID, user UserID, method MethodRef) (bool, error) {
	for m, err := range c.methods(ctx, device, user) {
		if err != nil {
			return false, err
		}
		if MethodKeyID(m.ref()) == MethodKeyID(method) && m.Phase != MethodDeleted {
			return true, nil
		}
	}
	return false, nil
}

// Delete erases a key in the lock. A person loses all they have enrolled: they are removed first,
// unless that was done before, and if the lock is then not told the error is ErrPartial and what
// they have enrolled still opens: delete again. Something that is enrolled and nobody's cannot be
// deleted from afar; hand it to somebody first. The operation ends when the lock has done it.
func (k keys) Delete(ctx context.Context, id lock.DeviceID, key lock.KeyID) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.DeleteKey)
	user, method, err := ref(lock.DeleteKey, id, key)
	if err != nil {
		return nil, err
	}
	gone := lock.Key{ID: key, Device: id, Kind: lock.KeyUser, State: lock.StateActive}
	if user != "" {
		err = k.c.erasePerson(ctx, id, user)
	} else {
		gone.Kind = method.DPCode.keyKind()
		var owner *User
		if owner, err = k.c.owner(ctx, id, method); err == nil {
			_, err = k.c.DeleteKey(ctx, id, DeleteKeyRequest{
				UserType: owner.memberType(), UserID: owner.UserID, UnlockType: method.DPCode.KeyType(), UnlockNo: method.UnlockSN,
			})
		}
	}
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return k.c.erasingKey(k.c.begin(lock.DeleteKey, id, string(key)), gone), nil
}

// memberType says whether a person belongs to the home: those have an account.
func (u *User) memberType() MemberType {
	if u.UID == "" || u.UserType == UserTypeAnonymous {
		return MemberNonHome
	}
	return MemberHome
}

// erasePerson removes a person and has the lock erase what they have enrolled.
func (c *Client) erasePerson(ctx context.Context, device lock.DeviceID, user UserID) error {
	_, removed := c.DeleteMember(ctx, device, user)
	if removed != nil && !errors.Is(removed, lock.ErrNotFound) {
		return removed
	}
	_, err := c.DeleteLockUsers(ctx, device, user)
	switch {
	case err == nil, removed == nil && errors.Is(err, lock.ErrNotFound): // they have enrolled nothing
		return nil
	case removed == nil:
		return partial(lock.DeleteKey, device, "the person was removed, and the lock still has what they have enrolled", err)
	}
	return err
}

// erasingKey is the operation that ends when the lock has a key no longer.
func (c *Client) erasingKey(w work, now lock.Key) *lock.Operation[lock.Key] {
	return pendingOp(c, w, now, func(ctx context.Context, w work, latest lock.Key) (lock.Key, bool, error) {
		user, method, err := ref(w.op, w.device, lock.KeyID(w.id))
		if err != nil {
			return latest, true, err
		}
		there, err := c.onLock(ctx, w.device, user, method)
		if err != nil || there {
			return latest, false, err
		}
		latest.State = lock.StateRemoved
		return latest, true, nil
	})
}

// onLock reports whether a lock still has a removed person, or something that somebody has enrolled.
func (c *Client) onLock(ctx context.Context, device lock.DeviceID, user UserID, method MethodRef) (bool, error) {
	if user != "" {
		absent, err := c.ListAbsentUsers(ctx, device)
		if err != nil {
			return false, err
		}
		return slices.ContainsFunc(absent.Records, func(u AbsentUser) bool { return u.UserID == user }), nil
	}
	_, err := c.owner(ctx, device, method)
	if errors.Is(err, lock.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
