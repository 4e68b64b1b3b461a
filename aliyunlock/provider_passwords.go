package aliyunlock

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type passwords struct {
	lock.Passwords // what the platform lacks
	c              *Client
}

// List yields the keys of a lock that are passwords: those enrolled at the keypad (PasswordLocal,
// or PasswordAdmin where they are the administrator's) and temporary ones (PasswordTimed). What is
// said at Keys().List of keys that nobody owns holds for these too. The platform keeps neither the
// name nor the window of a temporary one: its state is unknown.
func (p passwords) List(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
	ctx = lock.WithOp(ctx, lock.ListPasswords)
	if id == "" {
		return lock.FailedSeq[lock.Password](invalid(lock.ListPasswords, "the id of the lock is empty"))
	}
	return func(yield func(lock.Password, error) bool) {
		for k, err := range (keys{c: p.c}).list(ctx, lock.KeyQuery{Device: id}) {
			if err != nil {
				yield(lock.Password{}, err)
				return
			}
			if k.Kind == lock.KeyPIN && !yield(portablePassword(k), nil) {
				return
			}
		}
	}
}

// portablePassword is a key as a password.
func portablePassword(k lock.Key) lock.Password {
	pw := lock.Password{
		ID: lock.PasswordID(k.ID), Device: k.Device, Name: k.Name, Kind: lock.PasswordLocal, State: lock.StateActive,
		Certainty: lock.Reported, Holder: k.Holder, Native: k.Native,
	}
	r, err := ParseKeyID(k.Device, k.ID)
	switch {
	case err == nil && r.LockUserType == KeyTypeTemporary:
		pw.Kind, pw.State = lock.PasswordTimed, lock.StateUnknown
	case k.Role == lock.RoleAdmin:
		pw.Kind = lock.PasswordAdmin
	}
	return pw
}

// Policy is that of the product's PasswordService.
func (p passwords) Policy(ctx context.Context, id lock.DeviceID, kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	ctx = lock.WithOp(ctx, lock.CreatePassword)
	_, policy, err := p.service(ctx, id, kind)
	return policy, lock.About(string(id), err)
}

func (p passwords) service(ctx context.Context, id lock.DeviceID, kind lock.PasswordKind) (PasswordService, lock.PasswordPolicy, error) {
	fail := func(err error) (PasswordService, lock.PasswordPolicy, error) {
		return PasswordService{}, lock.PasswordPolicy{}, err
	}
	switch {
	case !p.c.can.Supports(lock.CreateTimedPassword):
		return fail(lock.UnsupportedError(Vendor, lock.CreatePassword, "each product has a service of its own for this: name it with aliyunlock.WithPasswordService"))
	case kind != "" && kind != lock.PasswordTimed:
		return fail(lock.UnsupportedError(Vendor, lock.CreatePassword, "only timed passwords can be made from afar"))
	}
	s, err := pick(ctx, p.c, lock.CreatePassword, id, p.c.set.passwordMaker, func(s PasswordService) string { return s.Product })
	if err != nil {
		return fail(err)
	}
	if s.Event == "" {
		s.Event = reportKeyAdded
	}
	return s, lock.PasswordPolicy{PIN: s.PIN, ChooseCode: true, MaxWindow: s.MaxWindow}, nil
}

// Create calls the product's service of WithPasswordService. The operation ends when the lock
// reports the password. It does not say which one it is, so a lock is given one password at a time:
// another one meanwhile is ErrDeviceBusy. The platform keeps neither Name nor Holder nor the
// window: keep them yourself, by the ID the operation returns.
func (p passwords) Create(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
	ctx = lock.WithOp(ctx, lock.CreatePassword)
	if s.Kind == "" {
		s.Kind = lock.PasswordTimed
	}
	if !p.c.can.Supports(lock.CreateTimedPassword) || s.Kind != lock.PasswordTimed {
		_, _, err := p.service(ctx, id, s.Kind)
		return nil, lock.About(string(id), err)
	}
	now := p.c.cfg.Clock.Now()
	if err := validSpec(s, now); err != nil {
		return nil, lock.About(string(id), err)
	}
	service, policy, err := p.service(ctx, id, s.Kind)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	if err := policy.Validate(s, now); err != nil {
		return nil, lock.About(string(id), wrapped(lock.CreatePassword, lock.ErrPasswordRejected, err))
	}
	pw := lock.Password{
		Device: id, Name: s.Name, Kind: s.Kind, State: lock.StatePending, Certainty: lock.Assumed, Holder: s.Holder,
		Window: wholeSeconds(s.Window, now), Pending: &lock.PendingChange{Kind: lock.PendingAdd, Since: now},
	}
	code := s.Secret
	if code.IsZero() {
		if code, err = policy.PIN.Generate(); err != nil {
			return nil, wrapped(lock.CreatePassword, lock.ErrPasswordRejected, err)
		}
		pw.Secret = code
	}
	if !p.c.changes.making.begin(id) {
		return nil, &lock.Error{
			Vendor: Vendor, Op: lock.CreatePassword, Target: string(id), Kind: lock.ErrDeviceBusy,
			Message: "the lock is being given another password; wait for that one first",
		}
	}
	w, err := p.send(ctx, id, service, code, pw.Window)
	if err != nil {
		if !errors.Is(err, lock.ErrOutcomeUnknown) {
			p.c.changes.making.end(id)
		}
		return nil, lock.About(string(id), err)
	}
	return p.c.makingPassword(w, pw, code), nil
}

func (p passwords) send(ctx context.Context, id lock.DeviceID, s PasswordService, code lock.Secret, window lock.Window) (work, error) {
	w, err := p.c.begin(ctx, lock.CreatePassword, id, s.Event)
	if err != nil {
		return w, err
	}
	req := InvokeServiceRequest{IotID: string(id), Identifier: s.Identifier}
	if s.Args != nil {
		req.Args = s.Args(code, window)
	}
	_, err = p.c.InvokeService(ctx, req)
	return w, err
}

// validSpec checks what is the same for every product.
func validSpec(s lock.PasswordSpec, now time.Time) error {
	if s.Notify {
		return invalid(lock.CreatePassword, "the platform sends no messages; leave Notify false")
	}
	if err := (lock.PasswordPolicy{ChooseCode: true}).Validate(s, now); err != nil {
		return wrapped(lock.CreatePassword, lock.ErrPasswordRejected, err)
	}
	return nil
}

// wholeSeconds makes a window smaller, so that it begins and ends with a second. One that begins at
// once begins with the present second.
func wholeSeconds(w lock.Window, now time.Time) lock.Window {
	from := w.From
	if from.IsZero() {
		from = now.Truncate(time.Second)
	}
	if down := from.Truncate(time.Second); !down.Equal(from) {
		from = down.Add(time.Second)
	}
	return lock.Window{From: from, Until: w.Until.Truncate(time.Second)}
}

// makingPassword is the operation that ends when the lock reports the password. A report with
// another code than ours, which some products tell, is about another password.
func (c *Client) makingPassword(w work, now lock.Password, code lock.Secret) *lock.Operation[lock.Password] {
	return awaited(c, w, now, func(e *TimelineEvent) (lock.Password, bool, error) {
		kind, _ := e.number("LockType")
		if kind != 0 && KeyType(kind) != KeyTypePassword && KeyType(kind) != KeyTypeTemporary {
			return now, false, nil // somebody has enrolled a finger meanwhile
		}
		if told, ok := e.text("KeyStr"); ok && told != "" && !code.IsZero() && !code.Equal(lock.NewSecret(told)) {
			return now, false, nil
		}
		c.changes.making.end(w.device)
		pw := now
		pw.Pending, pw.Certainty, pw.Native = nil, lock.Confirmed, lock.NewNative(e.Raw(), e)
		if err := failed(w, e); err != nil {
			pw.State, pw.Failure = lock.StateFailed, err
			return pw, true, err
		}
		if id, ok := e.text("KeyID"); ok {
			if kind == 0 {
				kind = int(KeyTypeTemporary)
			}
			pw.ID = lock.PasswordID(KeyID(KeyType(kind), id))
		}
		switch {
		case pw.Window.Forever(): // resumed: nobody knows the window any more
			pw.State = lock.StateUnknown
		case c.cfg.Clock.Now().Before(pw.Window.From):
			pw.State = lock.StateScheduled
		default:
			pw.State = lock.StateActive
		}
		return pw, true, nil
	})
}

// number and text read an output of an event.
func (e *TimelineEvent) number(name string) (int, bool) {
	v := e.Output(name)
	if v == nil {
		return 0, false
	}
	return v.Int()
}

func (e *TimelineEvent) text(name string) (string, bool) {
	v := e.Output(name)
	if v == nil {
		return "", false
	}
	return v.Text()
}

// Delete erases a password in the lock; see Keys().Delete.
func (p passwords) Delete(ctx context.Context, id lock.DeviceID, pw lock.PasswordID) (*lock.Operation[lock.Password], error) {
	ctx = lock.WithOp(ctx, lock.DeletePassword)
	r, err := ref(lock.DeletePassword, id, lock.KeyID(pw))
	if err != nil {
		return nil, err
	}
	if portableKey(r, PermissionUnspecified).Kind != lock.KeyPIN {
		return nil, notFound(lock.DeletePassword, string(id), "this key is no password; delete it as a key")
	}
	gone, err := p.c.erase(ctx, r)
	if err != nil {
		return nil, err
	}
	removed := portablePassword(gone)
	removed.State = lock.StateRemoved
	return lock.Done(removed), nil
}

// busy are the locks that this client is giving a password.
type busy struct {
	clock lock.Clock
	mu    sync.Mutex
	until map[lock.DeviceID]time.Time // when the wait for the lock's report ends
}

func (b *busy) begin(id lock.DeviceID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	if now.Before(b.until[id]) {
		return false
	}
	b.until[id] = now.Add(confirmWithin)
	return true
}

func (b *busy) end(id lock.DeviceID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.until, id)
}
