package dingding

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type passwords struct{ c *Client }

// kindOfPassword tells by the id what a password is; "" for one the cloud has issued.
func kindOfPassword(id int) lock.PasswordKind {
	switch PasswordOriginOf(id) {
	case OriginLocal:
		return lock.PasswordLocal
	case OriginAdmin:
		return lock.PasswordAdmin
	case OriginDynamic:
		return lock.PasswordDynamic
	case OriginAdminActivation, OriginStaffActivation, OriginTenantActivation:
		return lock.PasswordOffline
	}
	return ""
}

func passwordID(id int) lock.PasswordID { return lock.PasswordID(strconv.Itoa(id)) }

func passwordNumber(id lock.PasswordID) (int, error) {
	n, err := strconv.Atoi(string(id))
	if err != nil || n < 0 {
		return 0, errors.New("password ids of Dingding are numbers, such as 1002")
	}
	return int(n), nil
}

// List yields the passwords the vendor's cloud knows, with their state as the lock last
// confirmed it. If one of them has met a lock that was reset (5199), none of the others can be
// relied on any more: they are StateUnknown until that one is deleted.
func (p passwords) List(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
	ctx = lock.WithOp(ctx, lock.ListPasswords)
	return func(yield func(lock.Password, error) bool) {
		resp, err := p.c.ListPasswords(ctx, Locator{UUID: string(id)})
		if err != nil {
			yield(lock.Password{}, lock.About(string(id), err))
			return
		}
		reset := slices.ContainsFunc(resp.Passwords, func(p Password) bool { return p.failedWith(resultReset) })
		for i := range resp.Passwords {
			pw := portablePassword(id, &resp.Passwords[i])
			if reset && pw.Pending == nil && pw.State != lock.StateFailed && pw.State != lock.StateExpired {
				pw.State, pw.Certainty = lock.StateUnknown, lock.Assumed
			}
			if !yield(pw, nil) {
				return
			}
		}
	}
}

// Policy needs no call: every lock of Dingding has the same rules (§3.2, §6.7, §6.14).
func (p passwords) Policy(_ context.Context, id lock.DeviceID, kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	policy, err := p.policy(kind)
	policy.PIN.Lengths = slices.Clone(policy.PIN.Lengths) // they are the caller's now
	return policy, lock.About(string(id), err)
}

func (p passwords) policy(kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	policy := lock.PasswordPolicy{
		PIN:        lock.PINPolicy{Lengths: sixDigits.Lengths, MaxShared: 3},
		ChooseCode: true,
	}
	switch kind {
	case "", lock.PasswordTimed, lock.PasswordPermanent, lock.PasswordAdmin:
	case lock.PasswordOffline:
		policy.ChooseCode, policy.NeedHolder, policy.FixedFrom = false, true, true
		policy.EarliestUntil = EarliestActivationEnd(p.c.cfg.Clock.Now().In(p.c.location))
	case lock.PasswordRecurring:
		return policy, lock.UnsupportedError(Vendor, lock.CreateRecurringPassword, "Dingding keeps no weekly schedule")
	default:
		return policy, lock.UnsupportedError(Vendor, lock.CreatePassword, fmt.Sprintf("Dingding makes no passwords of kind %q", kind))
	}
	return policy, nil
}

// Create puts a password on the lock, or makes an activation code (PasswordOffline): that one is
// known at once, and opens after Password.Activation has been typed at the door.
//
// The lock refuses a code that shares four consecutive digits with another one of its codes
// (ErrPasswordRejected from the operation). Where Secret was left empty, simply create again: the
// next one drawn will be another.
func (p passwords) Create(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
	ctx = lock.WithOp(ctx, lock.CreatePassword)
	if s.Kind == "" {
		s.Kind = lock.PasswordTimed
	}
	policy, err := p.policy(s.Kind)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	now := p.c.cfg.Clock.Now()
	if err := validSpec(policy, s, now); err != nil {
		return nil, lock.About(string(id), err)
	}
	if s.Kind == lock.PasswordOffline {
		return p.createOffline(ctx, id, s, now)
	}
	drawn := lock.Secret{}
	if s.Secret.IsZero() {
		draw := policy.PIN
		draw.MaxRepeat = 3 // 4444 is a poor code, and the likeliest to be in another one
		if drawn, err = draw.Generate(); err != nil {
			return nil, refused(lock.CreatePassword, lock.ErrPasswordRejected, err)
		}
		s.Secret = drawn
	}
	req := AddPasswordRequest{
		Locator: Locator{UUID: string(id)}, Password: s.Secret, Name: s.Name,
		Admin: s.Kind == lock.PasswordAdmin,
	}
	if s.Notify {
		req.Phone = s.Holder.Phone
	}
	if s.Kind == lock.PasswordTimed {
		req.Begin, req.End = begin(s.Window, now), s.Window.Until
	}
	resp, err := p.c.AddPassword(ctx, req)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return p.c.changingPassword(
		work{op: lock.CreatePassword, device: id, password: resp.ID, service: resp.ServiceID},
		lock.Password{
			ID: passwordID(resp.ID), Device: id, Name: s.Name, Kind: s.Kind, State: lock.StatePending, Certainty: lock.Reported,
			Pending: &lock.PendingChange{Kind: lock.PendingAdd, Since: now},
			Window:  lock.Window{From: req.Begin, Until: req.End}, Holder: s.Holder, Secret: drawn,
			Native: lock.NewNative(resp.Raw(), resp),
		}), nil
}

// begin is when a window begins; one without a beginning has begun already, so that it opens at
// once although the vendor counts in whole seconds.
func begin(w lock.Window, now time.Time) time.Time {
	return orTime(w.From, now.Truncate(time.Second))
}

// validSpec checks what the policy cannot know.
func validSpec(policy lock.PasswordPolicy, s lock.PasswordSpec, now time.Time) error {
	if err := policy.Validate(s, now); err != nil {
		return refused(lock.CreatePassword, lock.ErrPasswordRejected, err)
	}
	bad := func(format string, args ...any) error { return invalid(lock.CreatePassword, format, args...) }
	switch {
	case s.Kind == lock.PasswordOffline && s.Window.Forever():
		return bad("an activation code needs Window.Until")
	case s.Kind == lock.PasswordOffline && s.Name == "":
		return bad("an activation code needs a Name")
	case s.Window.Forever() && !s.Window.From.IsZero():
		return bad("a %s password begins when it is made; leave Window.From zero", s.Kind)
	case s.Notify && s.Holder.Phone.IsZero():
		return bad("Notify needs Holder.Phone, to which the vendor sends the code")
	}
	return nil
}

func (p passwords) createOffline(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec, now time.Time) (*lock.Operation[lock.Password], error) {
	resp, err := p.c.AddActivationCode(ctx, AddActivationCodeRequest{
		Locator: Locator{UUID: string(id)}, Phone: s.Holder.Phone, Kind: ActivationTenant, Name: s.Name, SendMessage: s.Notify,
		End: s.Window.Until,
	})
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(lock.Password{
		ID: passwordID(resp.ID), Device: id, Name: s.Name, Kind: lock.PasswordOffline, State: lock.StateActivationRequired,
		Certainty: lock.Reported, Window: lock.Window{From: now, Until: s.Window.Until}, Holder: s.Holder,
		Secret: resp.Password, Activation: resp.Code, Native: lock.NewNative(resp.Raw(), resp),
	}), nil
}

// Update changes code, name or window. The vendor wants the window in every update, so what u
// leaves out is read from the list first. Activation codes are changed by UpdateActivationCode of
// the client: it makes a new code, which has to be typed at the door again.
func (p passwords) Update(ctx context.Context, id lock.DeviceID, pw lock.PasswordID, u lock.PasswordUpdate) (*lock.Operation[lock.Password], error) {
	ctx = lock.WithOp(ctx, lock.UpdatePassword)
	n, err := passwordNumber(pw)
	if err != nil {
		return nil, refused(lock.UpdatePassword, lock.ErrNotFound, err)
	}
	if kindOfPassword(n) == lock.PasswordOffline {
		return nil, lock.UnsupportedError(Vendor, lock.UpdatePassword, "an activation code is replaced with Client.UpdateActivationCode, which makes a new code")
	}
	now := p.c.cfg.Clock.Now()
	if err := p.validUpdate(u, now); err != nil {
		return nil, lock.About(string(id), err)
	}
	native, err := p.c.password(ctx, id, n)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	before := portablePassword(id, native)
	req := UpdatePasswordRequest{
		Locator: Locator{UUID: string(id)}, PasswordID: n, Password: u.Secret, Name: u.Name,
		Begin: before.Window.From, End: before.Window.Until,
	}
	switch {
	case u.Permanent:
		req.Begin, req.End = time.Time{}, time.Time{}
	case u.Window != nil: // which has an end, or the update would be permanent
		req.Begin, req.End = begin(*u.Window, now), u.Window.Until
	}
	req.Permanent = req.End.IsZero() && n != AdminPasswordID
	if req.Name == "" {
		req.Name = before.Name
	}
	resp, err := p.c.UpdatePassword(ctx, req)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	before.Window = lock.Window{From: req.Begin, Until: req.End}
	before.Name = req.Name
	before.Pending = &lock.PendingChange{Kind: lock.PendingUpdate, Since: now}
	return p.c.changingPassword(work{op: lock.UpdatePassword, device: id, password: n, service: resp.ServiceID}, before), nil
}

func (p passwords) validUpdate(u lock.PasswordUpdate, now time.Time) error {
	switch {
	case u.Secret.IsZero() && u.Name == "" && u.Window == nil && !u.Permanent && u.Schedule == nil:
		return invalid(lock.UpdatePassword, "there is nothing to change: set Secret, Name, Window or Permanent")
	case u.Schedule != nil:
		return lock.UnsupportedError(Vendor, lock.UpdatePassword, "Dingding keeps no weekly schedule; leave Schedule nil")
	}
	if err := u.Validate(); err != nil {
		return refused(lock.UpdatePassword, lock.ErrPasswordRejected, err)
	}
	policy, err := p.policy(lock.PasswordTimed)
	if err != nil {
		return err
	}
	if !u.Secret.IsZero() {
		if err := policy.PIN.Validate(u.Secret); err != nil {
			return refused(lock.UpdatePassword, lock.ErrPasswordRejected, err)
		}
	}
	if u.Window != nil {
		if err := policy.ValidateWindow(*u.Window, now); err != nil {
			return refused(lock.UpdatePassword, lock.ErrPasswordRejected, err)
		}
	}
	return nil
}

func (p passwords) Freeze(ctx context.Context, id lock.DeviceID, pw lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return p.change(ctx, lock.FreezePassword, lock.PendingFreeze, p.c.FreezePassword, id, pw)
}

func (p passwords) Unfreeze(ctx context.Context, id lock.DeviceID, pw lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return p.change(ctx, lock.UnfreezePassword, lock.PendingUnfreeze, p.c.UnfreezePassword, id, pw)
}

// Delete sends the deletion even if the list does not show the password: the lock may hold a code
// that the vendor's record has lost (result 5102), and that one must go as well.
func (p passwords) Delete(ctx context.Context, id lock.DeviceID, pw lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return p.change(ctx, lock.DeletePassword, lock.PendingDelete, p.c.DeletePassword, id, pw)
}

// change sends one of the three commands that take nothing but the password's id.
func (p passwords) change(
	ctx context.Context, op lock.Op, kind lock.PendingKind, command func(context.Context, PasswordRequest) (*Accepted, error),
	id lock.DeviceID, pw lock.PasswordID,
) (*lock.Operation[lock.Password], error) {
	n, err := passwordNumber(pw)
	if err != nil {
		return nil, refused(op, lock.ErrNotFound, err)
	}
	resp, err := command(lock.WithOp(ctx, op), PasswordRequest{Locator: Locator{UUID: string(id)}, PasswordID: n})
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return p.c.changingPassword(work{op: op, device: id, password: n, service: resp.ServiceID}, lock.Password{
		ID: pw, Device: id, State: lock.StateUnknown, Certainty: lock.Reported,
		Pending: &lock.PendingChange{Kind: kind, Since: p.c.cfg.Clock.Now()},
	}), nil
}

// passwordOps are the operations on a password that end later.
var passwordOps = map[lock.Op]bool{
	lock.CreatePassword: true, lock.UpdatePassword: true, lock.FreezePassword: true, lock.UnfreezePassword: true,
	lock.DeletePassword: true,
}

// underWay says which change of a password an operation asked for.
var underWay = map[lock.Op]PasswordOperation{
	lock.CreatePassword: OpAdd, lock.UpdatePassword: OpUpdate, lock.FreezePassword: OpFreeze,
	lock.UnfreezePassword: OpUnfreeze, lock.DeletePassword: OpDelete,
}

// changingPassword is the operation that ends when the vendor's list shows the change.
func (c *Client) changingPassword(w work, now lock.Password) *lock.Operation[lock.Password] {
	return pendingOp(c, w, now, c.changedPassword)
}

func (c *Client) changedPassword(ctx context.Context, w work, latest lock.Password) (lock.Password, bool, error) {
	resp, err := c.ListPasswords(ctx, Locator{UUID: string(w.device)})
	if err != nil {
		return latest, false, err
	}
	i := slices.IndexFunc(resp.Passwords, func(p Password) bool { return p.ID == w.password })
	if i < 0 {
		return missingPassword(w, latest)
	}
	native := &resp.Passwords[i]
	pw := portablePassword(w.device, native)
	pw.Secret, pw.Holder = latest.Secret, latest.Holder
	switch {
	case native.Operation != underWay[w.op]:
		return superseded(w, pw)
	case native.OperationStage == StageRunning:
		return pw, false, nil
	case native.OperationStage == StageFailed:
		err := resultError(w.op, w.device, native.Description)
		if err == nil { // the vendor gave no reason
			err = &lock.Error{Vendor: Vendor, Op: w.op, Target: string(w.device), Kind: lock.ErrDeviceRejected, Message: "the lock refused, without a reason"}
		}
		if w.op == lock.DeletePassword && lock.KindOf(err) == lock.ErrNotFound {
			pw.State, pw.Pending = lock.StateRemoved, nil // 5108: the lock does not have it
			return pw, true, nil
		}
		return pw, true, err
	}
	if w.op == lock.DeletePassword {
		pw.State, pw.Pending = lock.StateRemoved, nil
	}
	return pw, true, nil
}

// missingPassword is the outcome when the list no longer, or not yet, has the password.
func missingPassword(w work, latest lock.Password) (lock.Password, bool, error) {
	switch w.op {
	case lock.DeletePassword:
		latest.State, latest.Certainty, latest.Pending = lock.StateRemoved, lock.Confirmed, nil
		return latest, true, nil
	case lock.CreatePassword: // the record may lag behind the reply
		return latest, false, nil
	}
	return latest, true, &lock.Error{
		Vendor: Vendor, Op: w.op, Target: string(w.device), Kind: lock.ErrNotFound, Message: "the password is gone from the lock's list",
	}
}

// superseded is the outcome when the list shows a later change than ours: what it shows decides,
// and where it cannot, nobody knows.
func superseded(w work, pw lock.Password) (lock.Password, bool, error) {
	frozen := pw.State == lock.StateFrozen
	switch {
	case w.op == lock.CreatePassword, // it is there, and was changed since
		w.op == lock.FreezePassword && frozen,
		w.op == lock.UnfreezePassword && !frozen:
		return pw, true, nil
	}
	return pw, true, &lock.Error{
		Vendor: Vendor, Op: w.op, Target: string(w.device), Kind: lock.ErrOutcomeUnknown,
		Message: "another change of the password came after this one",
	}
}

// Dynamic returns the code of this hour.
func (p passwords) Dynamic(ctx context.Context, id lock.DeviceID) (lock.Password, error) {
	resp, err := p.c.GetDynamicPassword(lock.WithOp(ctx, lock.DynamicPassword), Locator{UUID: string(id)})
	if err != nil {
		return lock.Password{}, lock.About(string(id), err)
	}
	return lock.Password{
		ID: passwordID(DynamicThisHourID), Device: id, Kind: lock.PasswordDynamic, State: lock.StateActive, Certainty: lock.Reported,
		Window: lock.Window{Until: resp.InvalidTime}, Secret: resp.Password, Native: lock.NewNative(resp.Raw(), resp),
	}, nil
}

// Reveal returns the administrator's code, the only one the vendor gives out. ErrNotFound can also
// mean that the lock never reported it.
func (p passwords) Reveal(ctx context.Context, id lock.DeviceID, pw lock.PasswordID) (lock.Secret, error) {
	ctx = lock.WithOp(ctx, lock.RevealPassword)
	n, err := passwordNumber(pw)
	if err != nil {
		return lock.Secret{}, refused(lock.RevealPassword, lock.ErrNotFound, err)
	}
	if n != AdminPasswordID {
		if _, err := p.c.password(ctx, id, n); err != nil {
			return lock.Secret{}, lock.About(string(id), err)
		}
		return lock.Secret{}, lock.UnsupportedError(Vendor, lock.RevealPassword, "Dingding gives out the administrator's code only, password 999")
	}
	resp, err := p.c.GetAdminPassword(ctx, Locator{UUID: string(id)})
	if err != nil {
		return lock.Secret{}, lock.About(string(id), err)
	}
	return resp.Password, nil
}

// password reads one password from the lock's list.
func (c *Client) password(ctx context.Context, id lock.DeviceID, n int) (*Password, error) {
	resp, err := c.ListPasswords(ctx, Locator{UUID: string(id)})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(resp.Passwords, func(p Password) bool { return p.ID == n })
	if i < 0 {
		return nil, &lock.Error{Vendor: Vendor, Op: lock.OpFrom(ctx), Target: string(id), Kind: lock.ErrNotFound, Message: "the lock has no password " + string(passwordID(n))}
	}
	return &resp.Passwords[i], nil
}

// passwordStates is what pwd_state means; only StateActive opens (§6.4).
var passwordStates = map[PasswordState]lock.PasswordState{
	PasswordInitial: lock.StatePending,
	PasswordActive:  lock.StateActive,
	PasswordPending: lock.StateScheduled,
	PasswordExpired: lock.StateExpired,
	PasswordFrozen:  lock.StateFrozen,
}

var pendingKinds = map[PasswordOperation]lock.PendingKind{
	OpAdd: lock.PendingAdd, OpDelete: lock.PendingDelete, OpUpdate: lock.PendingUpdate, OpFreeze: lock.PendingFreeze,
	OpUnfreeze: lock.PendingUnfreeze,
}

// failedWith reports whether the lock answered the last operation with this result.
func (p *Password) failedWith(result int64) bool {
	code, ok := numeric(p.Description)
	return ok && code == result && p.OperationStage == StageFailed
}

func portablePassword(device lock.DeviceID, p *Password) lock.Password {
	pw := lock.Password{
		ID: passwordID(p.ID), Device: device, Name: p.Name, Kind: kindOfPassword(p.ID), Certainty: lock.Confirmed,
		Holder: lock.Person{Phone: p.SendTo}, Native: lock.NewNative(p.Raw(), p),
	}
	if p.Permission.Status != PermissionPermanent {
		pw.Window = lock.Window{From: p.Permission.Begin, Until: p.Permission.End}
	}
	if pw.Kind == "" {
		if pw.Kind = lock.PasswordTimed; pw.Window.Forever() {
			pw.Kind = lock.PasswordPermanent
		}
	}
	state, ok := passwordStates[p.State]
	if !ok {
		state = lock.StateUnknown
	}
	pw.State = state
	switch p.OperationStage {
	case StageRunning:
		pw.Certainty = lock.Reported
		pw.Pending = &lock.PendingChange{Kind: pendingKinds[p.Operation]}
		if p.Operation == OpAdd {
			pw.State = lock.StatePending
		}
	case StageFailed:
		pw.Failure = resultError("", device, p.Description)
		switch {
		case p.failedWith(resultReset): // the lock forgot everything: nothing known about it holds
			pw.State, pw.Certainty = lock.StateUnknown, lock.Assumed
		case p.failedWith(resultDatabaseFailed): // the lock has done it; the record is what failed
			if pw.Certainty = lock.Reported; p.Operation == OpAdd {
				pw.State = lock.StateActive
			}
		case p.failedWith(resultTimeout) && p.Operation == OpAdd: // it may be there all the same
			pw.State, pw.Certainty = lock.StateUnknown, lock.Assumed
		case p.Operation == OpAdd:
			pw.State = lock.StateFailed
		}
	}
	return pw
}
