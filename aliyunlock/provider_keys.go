package aliyunlock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type keys struct {
	lock.Keys // what the platform lacks: Update
	c         *Client
}

// KeyID is the portable id of a key of a lock: "2:10" is the password 10.
func KeyID(t KeyType, lockUserID string) lock.KeyID {
	return lock.KeyID(strconv.Itoa(int(t)) + ":" + lockUserID)
}

// ParseKeyID reads what KeyID wrote.
func ParseKeyID(device lock.DeviceID, id lock.KeyID) (KeyRef, error) {
	kind, user, ok := strings.Cut(string(id), ":")
	n, err := strconv.Atoi(kind)
	if !ok || err != nil || n <= 0 || user == "" {
		return KeyRef{}, errors.New("key ids of this vendor are a type and a number, such as 2:10")
	}
	return KeyRef{LockUserID: user, LockUserType: KeyType(n), IotID: string(device)}, nil
}

// ref reads a key's id for op; an id that is none of ours names no key.
func ref(op lock.Op, device lock.DeviceID, id lock.KeyID) (KeyRef, error) {
	if device == "" || id == "" {
		return KeyRef{}, invalid(op, "the id of the lock or of the key is empty")
	}
	k, err := ParseKeyID(device, id)
	if err != nil {
		return k, lock.About(string(device), wrapped(op, lock.ErrNotFound, err))
	}
	return k, nil
}

func (r KeyRef) id() lock.KeyID { return KeyID(r.LockUserType, r.LockUserID) }

// List yields the keys of a lock, those of a person, at one lock or at all of them, or those of a
// lock that nobody owns.
//
// The platform knows which keys are bound to whom, and has no list of what is enrolled in a lock:
// the keys that nobody owns are worked out from what the lock has reported
// (KeyAddedNotification and its like). That history lags by up to two hours, and a key enrolled
// before it begins is not seen; FilterUnboundKeys takes a list of your own. For all but the
// administrator of a lock there are no such keys.
func (k keys) List(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
	ctx = lock.WithOp(ctx, lock.ListKeys)
	var err error
	switch {
	case q.Unowned && q.Holder != "":
		err = invalid(lock.ListKeys, "keys that nobody owns have no Holder: set Unowned or Holder")
	case q.Device == "" && q.Holder == "":
		err = invalid(lock.ListKeys, "say whose keys: set Device, Holder, or both")
	}
	if err != nil {
		return lock.FailedSeq[lock.Key](err)
	}
	return k.list(ctx, q)
}

func (k keys) list(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
	return func(yield func(lock.Key, error) bool) {
		found, err := k.find(ctx, q)
		if err != nil {
			yield(lock.Key{}, lock.About(string(q.Device), err))
			return
		}
		for _, key := range found {
			if err := ctx.Err(); err != nil {
				yield(lock.Key{}, err)
				return
			}
			if !yield(key, nil) {
				return
			}
		}
	}
}

func (k keys) find(ctx context.Context, q lock.KeyQuery) ([]lock.Key, error) {
	if q.Holder != "" {
		return k.c.keysOf(ctx, q.Device, lock.Person{ID: q.Holder})
	}
	owned, err := k.c.ownedKeys(ctx, q.Device)
	if err != nil {
		return nil, err
	}
	unowned, err := k.c.unownedKeys(ctx, q.Device, owned)
	if err != nil || q.Unowned {
		return unowned, err
	}
	return append(owned, unowned...), nil
}

// ownedKeys are the keys of a lock that are bound to somebody.
func (c *Client) ownedKeys(ctx context.Context, id lock.DeviceID) ([]lock.Key, error) {
	users, err := c.ListDeviceUsers(ctx, string(id))
	if err != nil {
		return nil, err
	}
	var owned []lock.Key
	for i := range users.Items {
		u := &users.Items[i]
		of, err := c.keysOf(ctx, id, lock.Person{ID: u.UserID, Name: u.Attr(AttrName)})
		if err != nil {
			return nil, err
		}
		owned = append(owned, of...)
	}
	return owned, nil
}

// keysOf are the keys of a person at a lock, at all locks if id is "".
func (c *Client) keysOf(ctx context.Context, id lock.DeviceID, holder lock.Person) ([]lock.Key, error) {
	bound, err := c.ListBoundKeys(ctx, ListBoundKeysRequest{VirtualUserID: holder.ID})
	if err != nil {
		return nil, err
	}
	var found []lock.Key
	seen := map[KeyRef]bool{}
	for i := range bound.Items {
		b := &bound.Items[i]
		if id != "" && b.IotID != string(id) || seen[b.KeyRef] {
			continue
		}
		seen[b.KeyRef] = true
		key := portableKey(b.KeyRef, b.LockUserPermType)
		key.Name, key.Holder, key.Native = b.KeyNickName, holder, lock.NewNative(b.Raw(), b)
		found = append(found, key)
	}
	return found, nil
}

// unownedKeys are the keys that a lock has reported and that are bound to nobody.
func (c *Client) unownedKeys(ctx context.Context, id lock.DeviceID, owned []lock.Key) ([]lock.Key, error) {
	reported, err := c.enrolled(ctx, id)
	if err != nil {
		return nil, err
	}
	reported = slices.DeleteFunc(reported, func(k EnrolledKey) bool {
		return slices.ContainsFunc(owned, func(o lock.Key) bool { return o.ID == k.id() })
	})
	if len(reported) == 0 {
		return nil, nil
	}
	p, err := c.FilterUnboundKeys(ctx, FilterUnboundKeysRequest{reported})
	if err != nil {
		return nil, err
	}
	var found []lock.Key
	for i := range p.Items {
		u := &p.Items[i]
		perm := u.LockUserPermType
		if perm == PermissionUnspecified { // the platform does not say; the lock did
			if at := slices.IndexFunc(reported, func(k EnrolledKey) bool { return k.KeyRef == u.KeyRef }); at >= 0 {
				perm = reported[at].LockUserPermType
			}
		}
		key := portableKey(u.KeyRef, perm)
		key.Native = lock.NewNative(u.Raw(), u)
		found = append(found, key)
	}
	return found, nil
}

// allKeysOfType is the KeyID with which a lock reports that all keys of a type were deleted.
const allKeysOfType = "65535"

// enrolled are the keys that a lock has, by its own reports.
func (c *Client) enrolled(ctx context.Context, id lock.DeviceID) ([]EnrolledKey, error) {
	records, err := c.records(ctx, id, lock.Window{}, keyReports)
	if err != nil {
		return nil, err
	}
	have := map[KeyRef]EnrolledKey{}
	for _, r := range records { // oldest first
		k := KeyRef{LockUserID: r.KeyID, LockUserType: r.LockType, IotID: string(id)}
		switch r.EventCode {
		case reportKeyAdded, reportKeyInfo:
			if status := r.Output("Status"); status != nil {
				if n, ok := status.Int(); ok && n != 0 {
					continue // it was refused
				}
			}
			if k.LockUserID != "" && k.LockUserType != 0 && !c.changes.erased.since(k, r.ServiceTime) {
				have[k] = EnrolledKey{KeyRef: k, LockUserPermType: r.UserLimit}
			}
		case reportKeyDeleted:
			if r.KeyID != allKeysOfType {
				delete(have, k)
				continue
			}
			forget(have, r.LockType)
		case reportKeysCleared:
			forget(have, r.LockType)
		case reportReset:
			clear(have)
		}
	}
	keys := make([]EnrolledKey, 0, len(have))
	for _, k := range have {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b EnrolledKey) int {
		return cmp.Or(cmp.Compare(a.LockUserType, b.LockUserType), cmp.Compare(len(a.LockUserID), len(b.LockUserID)), cmp.Compare(a.LockUserID, b.LockUserID))
	})
	return keys, nil
}

// forget takes out the keys of a type; of every type if the lock did not say which.
func forget(have map[KeyRef]EnrolledKey, t KeyType) {
	for k := range have {
		if t == 0 || k.LockUserType == t {
			delete(have, k)
		}
	}
}

// keyKinds is what the types of key are in the common language.
var keyKinds = map[KeyType]lock.KeyKind{
	KeyTypeFingerprint: lock.KeyFingerprint,
	KeyTypePassword:    lock.KeyPIN,
	KeyTypeCard:        lock.KeyCard,
	KeyTypeMechanical:  lock.KeyMechanical,
	KeyTypeTemporary:   lock.KeyPIN,
}

func portableKey(r KeyRef, perm KeyPermission) lock.Key {
	kind, ok := keyKinds[r.LockUserType]
	if !ok {
		kind = lock.KeyOther
	}
	key := lock.Key{ID: r.id(), Device: lock.DeviceID(r.IotID), Kind: kind, State: lock.StateActive}
	switch perm {
	case PermissionNormal:
		key.Role = lock.RoleNormal
	case PermissionAdmin:
		key.Role = lock.RoleAdmin
	case PermissionDuress:
		key.Role, key.Duress = lock.RoleNormal, true
	}
	return key
}

// Grant binds a key that is enrolled at the lock (g.Key) to a person: only the lock itself can
// enrol one. Holder.ID is the person's virtual user; without it a virtual user of the name
// Holder.Name is created first, and taken back if the binding fails. A grant has no end and no
// schedule: Permanent is required. RoleAdmin and RoleNormal are the permissions the key is bound
// with; for a duress key use BindKey. Only the administrator of the lock may grant; a key that is
// somebody else's is ErrExists.
func (k keys) Grant(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.GrantKey)
	key, perm, err := k.request(id, g)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	holder, created := g.Holder, false
	if holder.ID == "" {
		a, err := k.c.CreateVirtualUser(ctx, CreateVirtualUserRequest{AttrList: []Attr{{AttrName, holder.Name}}})
		if err != nil {
			return nil, lock.About(string(id), err)
		}
		if a.Data.UserID == "" {
			return nil, lock.About(string(id), wrapped(lock.GrantKey, lock.ErrProtocol, errors.New("the person was created without an id")))
		}
		holder.ID, created = a.Data.UserID, true
	}
	a, err := k.c.BindKey(ctx, BindKeyRequest{KeyRef: key, VirtualUserID: holder.ID, LockUserPermType: perm})
	if err != nil {
		if created {
			k.takeBack(ctx, holder.ID, err)
		}
		return nil, lock.About(string(id), err)
	}
	granted := portableKey(key, perm)
	granted.Name, granted.Holder, granted.Native = g.Name, holder, lock.NewNative(a.Raw(), a)
	if g.Name != "" {
		if _, err := k.c.SetKeyNickname(ctx, SetKeyNicknameRequest{KeyRef: key, NickName: g.Name}); err != nil {
			return nil, partial(lock.GrantKey, id, "the key is granted and has not got its name", err)
		}
	}
	return lock.Done(granted), nil
}

// request checks a grant.
func (k keys) request(id lock.DeviceID, g lock.Grant) (KeyRef, KeyPermission, error) {
	fail := func(err error) (KeyRef, KeyPermission, error) { return KeyRef{}, 0, err }
	if err := g.Validate(); err != nil {
		return fail(wrapped(lock.GrantKey, lock.ErrInvalidArgument, err))
	}
	switch {
	case g.Key == "":
		return fail(lock.UnsupportedError(Vendor, lock.GrantKey, "a key is enrolled at the lock; name an enrolled one in Key"))
	case !g.Window.From.IsZero() || !g.Window.Forever():
		return fail(lock.UnsupportedError(Vendor, lock.GrantKey, "a key has no window; set Permanent and leave Window zero"))
	case g.Schedule != nil:
		return fail(lock.UnsupportedError(Vendor, lock.GrantKey, "a key has no weekly schedule; leave Schedule nil"))
	case g.Holder.ID == "" && g.Holder.Name == "":
		return fail(invalid(lock.GrantKey, "set Holder.ID to a virtual user, or Holder.Name to create one"))
	}
	perm := PermissionNormal
	switch g.Role {
	case "", lock.RoleNormal:
	case lock.RoleAdmin:
		perm = PermissionAdmin
	default:
		return fail(invalid(lock.GrantKey, "Role is %q; a key has lock.RoleNormal or lock.RoleAdmin", g.Role))
	}
	key, err := ref(lock.GrantKey, id, g.Key)
	if err != nil {
		return fail(err)
	}
	if kind := portableKey(key, perm).Kind; g.Kind != "" && g.Kind != kind {
		return fail(invalid(lock.GrantKey, "Kind is %q, and the key %s is a %q", g.Kind, g.Key, kind))
	}
	return key, perm, nil
}

// takeBack deletes a person who was created for a grant that the vendor has refused with err. If
// the grant may have been carried out, or the deletion fails, the person stays and err says so.
func (k keys) takeBack(ctx context.Context, user string, err error) {
	var e *lock.Error
	if !errors.As(err, &e) {
		return
	}
	if e.Kind != lock.ErrOutcomeUnknown {
		if _, gone := k.c.DeleteVirtualUser(ctx, user); gone == nil {
			return
		}
	}
	e.Message = strings.TrimSpace(fmt.Sprintf("%s (the virtual user %s was created for it and stays)", e.Message, user))
}

// partial is ErrPartial with what was done and what was not.
func partial(op lock.Op, id lock.DeviceID, what string, err error) error {
	p := &lock.Error{Vendor: Vendor, Op: op, Target: string(id), Kind: lock.ErrPartial, Message: what, Err: err}
	var e *lock.Error
	if errors.As(err, &e) {
		p.Account, p.Endpoint, p.Status, p.Code, p.RequestID = e.Account, e.Endpoint, e.Status, e.Code, e.RequestID
	}
	return p
}

// Revoke takes a key from its person. It stays in the lock and opens: see Delete. A key that is
// nobody's is ErrNotFound.
func (k keys) Revoke(ctx context.Context, id lock.DeviceID, key lock.KeyID) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.RevokeKey)
	r, err := ref(lock.RevokeKey, id, key)
	if err != nil {
		return nil, err
	}
	u, err := k.c.GetKeyUser(ctx, r)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	a, err := k.c.UnbindKey(ctx, KeyBindingRequest{KeyRef: r, VirtualUserID: u.Data.UserID})
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	revoked := portableKey(r, PermissionUnspecified)
	revoked.Native = lock.NewNative(a.Raw(), a)
	return lock.Done(revoked), nil
}

// Delete erases a key in the lock, which must be online. A bound key loses its person first; if
// the lock then fails the error is ErrPartial, with the reason as its cause: the key still opens,
// and is nobody's. The vendor's success is taken for the lock's; it does not say whether it is.
func (k keys) Delete(ctx context.Context, id lock.DeviceID, key lock.KeyID) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.DeleteKey)
	r, err := ref(lock.DeleteKey, id, key)
	if err != nil {
		return nil, err
	}
	gone, err := k.c.erase(ctx, r)
	if err != nil {
		return nil, err
	}
	return lock.Done(gone), nil
}

// erase is Delete for keys and passwords.
func (c *Client) erase(ctx context.Context, r KeyRef) (lock.Key, error) {
	op, id := lock.OpFrom(ctx), lock.DeviceID(r.IotID)
	gone := portableKey(r, PermissionUnspecified)
	gone.State = lock.StateRemoved
	owner, err := c.GetKeyUser(ctx, r)
	if err != nil && !nobodys(err) {
		return gone, lock.About(r.IotID, err)
	}
	a, err := c.DeleteKey(ctx, r)
	switch {
	case err == nil:
		c.changes.erased.note(r)
		gone.Native = lock.NewNative(a.Raw(), a)
		return gone, nil
	case owner != nil && unbindsAllTheSame(err):
		return gone, partial(op, id, "the key is no longer bound to "+owner.Data.UserID+", and the lock still has it", err)
	}
	if errors.Is(err, lock.ErrDeviceRejected) || errors.Is(err, lock.ErrInvalidArgument) {
		// The vendor has no documented code for a key that is not there.
		have, enrolledErr := c.enrolled(ctx, id)
		if enrolledErr == nil && !slices.ContainsFunc(have, func(k EnrolledKey) bool { return k.KeyRef == r }) {
			var e *lock.Error
			if errors.As(err, &e) {
				e.Kind = lock.ErrNotFound
			}
		}
	}
	return gone, lock.About(r.IotID, err)
}

// nobodys reports whether the vendor has said that a key is bound to nobody.
func nobodys(err error) bool {
	var e *lock.Error
	return errors.As(err, &e) && e.Code == strconv.Itoa(codeNotBound)
}

// unbindsAllTheSame reports whether DeleteKey has failed at the lock, and so after the unbinding.
func unbindsAllTheSame(err error) bool {
	switch lock.KindOf(err) {
	case lock.ErrDeviceOffline, lock.ErrGatewayOffline, lock.ErrDeviceBusy, lock.ErrDeviceTimeout, lock.ErrDeviceRejected:
		return true
	}
	return false
}

// historyLag is how long the vendor's history may take to show a record.
const historyLag = 2 * time.Hour

// changes is what this client has done that the vendor's history does not show yet.
type changes struct {
	erased *erasures // keys that were deleted
	making *busy     // locks that are being given a password
}

func newChanges(clock lock.Clock) *changes {
	return &changes{
		erased: &erasures{clock: clock, at: map[KeyRef]time.Time{}},
		making: &busy{clock: clock, until: map[lock.DeviceID]time.Time{}},
	}
}

// erasures are the keys deleted lately.
type erasures struct {
	clock lock.Clock
	mu    sync.Mutex
	at    map[KeyRef]time.Time
}

func (e *erasures) note(k KeyRef) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.clock.Now()
	for old, at := range e.at {
		if now.Sub(at) > historyLag+clockMargin {
			delete(e.at, old)
		}
	}
	e.at[k] = now
}

// since reports whether a key was deleted after a record of it. A record of the same minute may be
// either side of the deletion: the clocks are two.
func (e *erasures) since(k KeyRef, recorded time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, ok := e.at[k]
	return ok && !recorded.After(at)
}
