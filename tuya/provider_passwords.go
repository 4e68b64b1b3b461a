package tuya

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type passwords struct {
	lock.Passwords // what the cloud lacks: Reveal
	c              *Client
}

// offlinePrefix begins the portable ids of offline codes.
const offlinePrefix = "offline/"

// List yields the temporary passwords of a lock. Offline codes are not listed: the cloud has no call
// for that.
func (p passwords) List(ctx context.Context, id lock.DeviceID) iter.Seq2[lock.Password, error] {
	ctx = lock.WithOp(ctx, lock.ListPasswords)
	return func(yield func(lock.Password, error) bool) {
		page, err := p.c.ListTempPasswords(ctx, id, ListTempPasswordsRequest{})
		if err != nil {
			yield(lock.Password{}, lock.About(string(id), err))
			return
		}
		if len(page.Records) == 0 {
			return
		}
		family, err := p.c.family(ctx, id)
		if err != nil {
			yield(lock.Password{}, lock.About(string(id), err))
			return
		}
		converted(ctx, page.Records, func(native *TempPassword) (lock.Password, bool) {
			pw := p.c.portablePassword(id, family, native)
			return pw, pw.State != lock.StateRemoved
		})(yield)
	}
}

// Policy depends on the family of the lock: a code has 7 digits at a Wi-Fi lock and 6 at Zigbee and
// Bluetooth locks. Where the family is not known either will do, and the cloud refuses what is
// wrong. The vendor makes offline codes, and their windows have whole hours.
func (p passwords) Policy(ctx context.Context, id lock.DeviceID, kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	ctx = lock.WithOp(ctx, lock.CreatePassword)
	policy, err := policyOf(kind)
	if err == nil && policy.ChooseCode {
		policy.PIN, err = p.pin(ctx, id)
	}
	return policy, lock.About(string(id), err)
}

// policyOf is what is the same for all locks.
func policyOf(kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	switch kind {
	case "", lock.PasswordTimed, lock.PasswordRecurring:
		return lock.PasswordPolicy{ChooseCode: true}, nil
	case lock.PasswordOffline:
		return lock.PasswordPolicy{Granularity: time.Hour}, nil
	case lock.PasswordPermanent:
		return lock.PasswordPolicy{}, lock.UnsupportedError(Vendor, lock.CreatePermanentPassword, "a temporary password has an end; permanent ones are enrolled at the keypad")
	}
	return lock.PasswordPolicy{}, lock.UnsupportedError(Vendor, lock.CreatePassword, fmt.Sprintf("this cloud makes no passwords of kind %q", kind))
}

func (p passwords) pin(ctx context.Context, id lock.DeviceID) (lock.PINPolicy, error) {
	family, err := p.c.family(ctx, id)
	return lock.PINPolicy{Lengths: family.codeLengths()}, err
}

// Create puts a temporary password on the lock, which needs a Name, or makes an offline code
// (PasswordOffline). The operation of a temporary password ends when the lock has taken it, which a
// sleeping Wi-Fi lock does when it wakes, and a Bluetooth lock without a gateway when a phone comes
// by. With Notify the vendor sends the code to Holder.Phone; that is charged.
//
// An offline code is known at once. It has to be used within 24 hours of its beginning, or is void.
// Without a window it opens once, within 6 hours of the present hour. Nobody can take it back from
// afar: see CreateOfflinePassword.
func (p passwords) Create(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
	ctx = lock.WithOp(ctx, lock.CreatePassword)
	s.Kind = cmp.Or(s.Kind, lock.PasswordTimed)
	policy, err := policyOf(s.Kind)
	now := p.c.cfg.Clock.Now()
	if err == nil {
		err = p.check(policy, s, now)
	}
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	create := p.createTemp
	if s.Kind == lock.PasswordOffline {
		create = p.createOffline
	}
	op, err := create(ctx, id, s, now)
	return op, lock.About(string(id), err)
}

// check reports what is wrong with a new password at any lock.
func (p passwords) check(policy lock.PasswordPolicy, s lock.PasswordSpec, now time.Time) error {
	if err := policy.Validate(s, now); err != nil {
		return wrapped(lock.CreatePassword, lock.ErrPasswordRejected, err)
	}
	w := wholeSeconds(s.Window, now)
	switch {
	case s.Kind == lock.PasswordOffline:
		if s.Notify {
			return invalid(lock.CreatePassword, "the vendor sends no messages about offline codes; leave Notify false")
		}
		if s.Window.Forever() && !s.Window.From.IsZero() {
			return invalid(lock.CreatePassword, "an offline code with a beginning needs Window.Until")
		}
	case s.Name == "":
		return invalid(lock.CreatePassword, "the vendor requires a Name")
	case s.Window.Forever():
		return wrapped(lock.CreatePassword, lock.ErrPasswordRejected, &lock.PINError{Rule: lock.RuleEnd, Want: "a recurring password with Window.Until"})
	case !w.From.Before(w.Until):
		return wrapped(lock.CreatePassword, lock.ErrPasswordRejected, &lock.PINError{Rule: lock.RuleEnd, Want: "a window of a whole second at least"})
	case s.Notify && s.Holder.Phone.IsZero():
		return invalid(lock.CreatePassword, "Notify needs Holder.Phone, to which the vendor sends the code")
	}
	return nil
}

func (p passwords) createTemp(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec, now time.Time) (*lock.Operation[lock.Password], error) {
	pin, err := p.pin(ctx, id)
	if err != nil {
		return nil, err
	}
	code, drawn := s.Secret, lock.Secret{}
	if code.IsZero() {
		if drawn, err = pin.Generate(); err == nil {
			code = drawn
		}
	} else {
		err = pin.Validate(code)
	}
	if err != nil {
		return nil, wrapped(lock.CreatePassword, lock.ErrPasswordRejected, err)
	}
	w := wholeSeconds(s.Window, now)
	req := TempPasswordRequest{Name: s.Name, EffectiveTime: w.From, InvalidTime: w.Until}
	if s.Notify {
		req.Phone = s.Holder.Phone
	}
	req.setSchedule(s.Schedule, now)
	var a *Answer[TempPasswordID]
	err = p.c.tickets.sealed(ctx, id, code, func(sealed SealedCode) (err error) {
		req.Code = sealed
		a, err = p.c.CreateTempPassword(ctx, id, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.c.changingPassword(p.c.begin(lock.CreatePassword, id, string(a.Result)), lock.Password{
		ID: lock.PasswordID(a.Result), Device: id, Name: s.Name, Kind: s.Kind, State: lock.StatePending, Certainty: lock.Reported,
		Pending: &lock.PendingChange{Kind: lock.PendingAdd, Since: now}, Window: w, Schedule: s.Schedule, Holder: s.Holder, Secret: drawn,
		Native: lock.NewNative(a.Raw(), a),
	}), nil
}

// setSchedule adds a weekly schedule, nil = none.
func (r *TempPasswordRequest) setSchedule(s *lock.Schedule, now time.Time) {
	if s == nil {
		return
	}
	r.TimeZone = zoneName(s.Location, now)
	r.Schedule = []TempSchedule{{EffectiveTime: int(s.From), InvalidTime: int(s.Until), WorkingDay: WorkingDays(s.Days)}}
}

func (p passwords) createOffline(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec, now time.Time) (*lock.Operation[lock.Password], error) {
	req := OfflinePasswordRequest{Type: OfflineOnce, Name: s.Name}
	if !s.Window.Forever() {
		req.Type, req.EffectiveTime, req.InvalidTime = OfflineMultiple, s.Window.From, s.Window.Until
		if req.EffectiveTime.IsZero() {
			req.EffectiveTime = now.Truncate(time.Hour)
		}
	}
	a, err := p.c.CreateOfflinePassword(ctx, id, req)
	if err != nil {
		return nil, err
	}
	o := &a.Result
	if o.Password.IsZero() {
		return nil, wrapped(lock.CreatePassword, lock.ErrProtocol, errors.New("the vendor has answered without the code"))
	}
	made := lock.Password{
		ID: lock.PasswordID(offlinePrefix + o.ID), Device: id, Name: cmp.Or(o.Name, s.Name), Kind: lock.PasswordOffline, Certainty: lock.Assumed,
		Window: lock.Window{From: o.EffectiveTime, Until: o.InvalidTime}, Holder: s.Holder, Secret: o.Password, Native: lock.NewNative(o.Raw(), o),
	}
	if made.Window.Forever() { // the vendor does not say
		made.Window = lock.Window{From: req.EffectiveTime, Until: req.InvalidTime}
		if req.Type == OfflineOnce {
			from := now.Truncate(time.Hour)
			made.Window = lock.Window{From: from, Until: from.Add(6 * time.Hour)}
		}
	}
	made.State = timedState(made.Window, now)
	return lock.Done(made), nil
}

// Update changes code, name, window and schedule. The vendor wants the code with every change and
// does not tell what it was: Secret is required, unless WithCodes tells it. What else is left out is
// read first.
func (p passwords) Update(ctx context.Context, id lock.DeviceID, pw lock.PasswordID, u lock.PasswordUpdate) (*lock.Operation[lock.Password], error) {
	ctx = lock.WithOp(ctx, lock.UpdatePassword)
	op, err := p.update(ctx, id, pw, u)
	return op, lock.About(string(id), err)
}

func (p passwords) update(ctx context.Context, id lock.DeviceID, pw lock.PasswordID, u lock.PasswordUpdate) (*lock.Operation[lock.Password], error) {
	native, err := tempID(lock.UpdatePassword, pw)
	if err != nil {
		return nil, err
	}
	now := p.c.cfg.Clock.Now()
	if err := p.checkUpdate(u, now); err != nil {
		return nil, err
	}
	pin, err := p.pin(ctx, id)
	if err != nil {
		return nil, err
	}
	if !u.Secret.IsZero() {
		if err := pin.Validate(u.Secret); err != nil {
			return nil, wrapped(lock.UpdatePassword, lock.ErrPasswordRejected, err)
		}
	}
	a, err := p.c.GetTempPassword(ctx, id, native)
	if err != nil {
		return nil, err
	}
	before := &a.Result
	code := u.Secret
	if code.IsZero() {
		if code, err = p.c.set.codes(ctx, id, pw); err != nil {
			return nil, wrapped(lock.UpdatePassword, lock.ErrInvalidArgument, fmt.Errorf("the present code cannot be had: %w", err))
		}
	}
	req := TempPasswordRequest{
		Name: cmp.Or(u.Name, before.Name), EffectiveTime: before.EffectiveTime, InvalidTime: before.InvalidTime, Use: before.Type,
		TimeZone: before.TimeZone, Schedule: before.ScheduleList,
	}
	if u.Window != nil {
		w := wholeSeconds(*u.Window, now)
		req.EffectiveTime, req.InvalidTime = w.From, w.Until
	}
	req.setSchedule(u.Schedule, now)
	if err := p.c.tickets.sealed(ctx, id, code, func(sealed SealedCode) error {
		req.Code = sealed
		_, err := p.c.UpdateTempPassword(ctx, id, native, req)
		return err
	}); err != nil {
		return nil, err
	}
	family, _ := p.c.families.get(id)
	after := p.c.portablePassword(id, family, before)
	after.Name, after.Window = req.Name, lock.Window{From: req.EffectiveTime, Until: req.InvalidTime}
	after.Pending = &lock.PendingChange{Kind: lock.PendingUpdate, Since: now}
	return p.c.changingPassword(p.c.begin(lock.UpdatePassword, id, string(pw)), after), nil
}

// checkUpdate reports what is wrong with an update of any password.
func (p passwords) checkUpdate(u lock.PasswordUpdate, now time.Time) error {
	if err := u.Validate(); err != nil {
		return wrapped(lock.UpdatePassword, lock.ErrPasswordRejected, err)
	}
	switch {
	case u.Permanent:
		return lock.UnsupportedError(Vendor, lock.UpdatePassword, "a temporary password has an end")
	case u.Secret.IsZero() && u.Name == "" && u.Window == nil && u.Schedule == nil:
		return invalid(lock.UpdatePassword, "there is nothing to change: set Secret, Name, Window or Schedule")
	case u.Secret.IsZero() && p.c.set.codes == nil:
		return invalid(lock.UpdatePassword, "the vendor wants the code with every change: set Secret, to the code it has if that shall stay, or give tuya.WithCodes")
	}
	if u.Window == nil {
		return nil
	}
	if err := (lock.PasswordPolicy{}).ValidateWindow(*u.Window, now); err != nil {
		return wrapped(lock.UpdatePassword, lock.ErrPasswordRejected, err)
	}
	return nil
}

// tempID is the vendor's id of a temporary password.
func tempID(op lock.Op, pw lock.PasswordID) (TempPasswordID, error) {
	if strings.HasPrefix(string(pw), offlinePrefix) {
		return "", lock.UnsupportedError(Vendor, op, "nobody can change an offline code from afar: make a code with Client.CreateOfflinePassword (OfflineClear) that takes it back at the keypad")
	}
	if pw == "" {
		return "", invalid(op, "the id of the password is empty")
	}
	return TempPasswordID(pw), nil
}

// Freeze suspends a temporary password. Zigbee locks can; what others answer is passed on.
func (p passwords) Freeze(ctx context.Context, id lock.DeviceID, pw lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return p.change(ctx, lock.FreezePassword, lock.PendingFreeze, p.c.FreezeTempPassword, id, pw)
}

// Unfreeze ends the suspension.
func (p passwords) Unfreeze(ctx context.Context, id lock.DeviceID, pw lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return p.change(ctx, lock.UnfreezePassword, lock.PendingUnfreeze, p.c.UnfreezeTempPassword, id, pw)
}

// Delete removes a temporary password. Until the lock has done it the password may still open.
func (p passwords) Delete(ctx context.Context, id lock.DeviceID, pw lock.PasswordID) (*lock.Operation[lock.Password], error) {
	return p.change(ctx, lock.DeletePassword, lock.PendingDelete, p.c.DeleteTempPassword, id, pw)
}

// change sends one of the three commands that take nothing but the password's id.
func (p passwords) change(
	ctx context.Context, op lock.Op, kind lock.PendingKind, command func(context.Context, lock.DeviceID, TempPasswordID) (*Reply, error),
	id lock.DeviceID, pw lock.PasswordID,
) (*lock.Operation[lock.Password], error) {
	native, err := tempID(op, pw)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	if _, err := command(lock.WithOp(ctx, op), id, native); err != nil {
		return nil, lock.About(string(id), err)
	}
	return p.c.changingPassword(p.c.begin(op, id, string(pw)), lock.Password{
		ID: pw, Device: id, State: lock.StateUnknown, Certainty: lock.Reported,
		Pending: &lock.PendingChange{Kind: kind, Since: p.c.cfg.Clock.Now()},
	}), nil
}

// recordLag is how long the record of a change may be missing.
const recordLag = time.Minute

// changingPassword is the operation that ends when the password's record shows the change.
func (c *Client) changingPassword(w work, now lock.Password) *lock.Operation[lock.Password] {
	return pendingOp(c, w, now, c.changedPassword)
}

func (c *Client) changedPassword(ctx context.Context, w work, latest lock.Password) (lock.Password, bool, error) {
	family, err := c.family(ctx, w.device)
	if err != nil {
		return latest, false, err
	}
	a, err := c.GetTempPassword(ctx, w.device, TempPasswordID(w.id))
	switch {
	case errors.Is(err, lock.ErrNotFound):
		return c.missingPassword(w, latest, err)
	case err != nil:
		return latest, false, err
	}
	native := &a.Result
	native.ID = cmp.Or(native.ID, TempPasswordID(w.id))
	pw := c.portablePassword(w.device, family, native)
	pw.Secret, pw.Holder = latest.Secret, latest.Holder
	switch {
	case pw.State == lock.StateRemoved && w.op != lock.DeletePassword:
		return pw, true, c.ended(w, lock.ErrNotFound, "the password was deleted meanwhile")
	case pw.Pending != nil:
		if w.op == lock.UpdatePassword && pw.State == lock.StatePending { // the new code is, the old one may open
			pw.State, pw.Pending.Kind = lock.StateUnknown, lock.PendingUpdate
		}
		return pw, false, nil
	case pw.Failure != nil:
		if e, ok := errors.AsType[*lock.Error](pw.Failure); ok {
			e.Op = w.op
		}
		return pw, true, pw.Failure
	}
	switch {
	case !contradicts(w.op, pw.State):
		return pw, true, nil
	case c.recent(w):
		return pw, false, nil
	}
	return pw, true, c.ended(w, lock.ErrOutcomeUnknown, "the record shows nothing of the change; another one may have come after it")
}

// contradicts reports whether a record in this state, with nothing under way, shows something else
// than what was asked for.
func contradicts(op lock.Op, s lock.PasswordState) bool {
	switch op {
	case lock.FreezePassword:
		return s == lock.StateActive || s == lock.StateScheduled
	case lock.UnfreezePassword:
		return s == lock.StateFrozen
	case lock.DeletePassword:
		return s != lock.StateRemoved
	}
	return false
}

// recent reports whether a change is so new that its record may not show it yet.
func (c *Client) recent(w work) bool { return c.cfg.Clock.Now().Before(w.since.Add(recordLag)) }

// missingPassword is the outcome when the password has no record.
func (c *Client) missingPassword(w work, latest lock.Password, err error) (lock.Password, bool, error) {
	switch {
	case w.op == lock.DeletePassword:
		latest.State, latest.Certainty, latest.Pending = lock.StateRemoved, lock.Reported, nil
		return latest, true, nil
	case w.op == lock.CreatePassword && c.recent(w):
		return latest, false, nil
	}
	return latest, true, err
}

// ended is the error with which an operation ends.
func (c *Client) ended(w work, kind lock.Kind, why string) error {
	return &lock.Error{Vendor: Vendor, Account: c.cfg.Account, Op: w.op, Target: string(w.device), Kind: kind, Message: why}
}

// Dynamic returns a code of the moment. The vendor does not say until when it opens; it is about
// five minutes.
func (p passwords) Dynamic(ctx context.Context, id lock.DeviceID) (lock.Password, error) {
	ctx = lock.WithOp(ctx, lock.DynamicPassword)
	a, err := p.c.GetDynamicPassword(ctx, id)
	if err == nil && a.Result.Password.IsZero() {
		err = wrapped(lock.DynamicPassword, lock.ErrProtocol, errors.New("the vendor has answered without a code"))
	}
	if err != nil {
		return lock.Password{}, lock.About(string(id), err)
	}
	now := p.c.cfg.Clock.Now()
	return lock.Password{
		Device: id, Kind: lock.PasswordDynamic, State: lock.StateActive, Certainty: lock.Assumed,
		Window: lock.Window{From: now, Until: now.Add(dynamicLife)}, Secret: a.Result.Password, Native: lock.NewNative(a.Result.Raw(), &a.Result),
	}, nil
}

// dynamicLife is how long a dynamic code opens, by the vendor's words.
const dynamicLife = 5 * time.Minute

func (c *Client) portablePassword(device lock.DeviceID, family Family, t *TempPassword) lock.Password {
	pw := lock.Password{
		ID: lock.PasswordID(t.ID), Device: device, Name: t.Name, Kind: lock.PasswordTimed, Certainty: lock.Confirmed,
		Window: lock.Window{From: t.EffectiveTime, Until: t.InvalidTime}, Holder: lock.Person{Phone: t.Phone}, Native: lock.NewNative(t.Raw(), t),
	}
	if len(t.ScheduleList) > 0 {
		pw.Kind = lock.PasswordRecurring
		details := make([]ScheduleDetail, len(t.ScheduleList))
		for i, s := range t.ScheduleList {
			details[i] = ScheduleDetail{StartMinute: s.EffectiveTime, EndMinute: s.InvalidTime, WorkingDay: s.WorkingDay, TimeZoneID: t.TimeZone}
		}
		pw.Schedule = c.schedule(details)
	}
	f := family.fate(t)
	pw.State = f.state
	if f.state == lock.StateActive {
		pw.State = timedState(pw.Window, c.cfg.Clock.Now())
	}
	if f.pending != "" {
		pw.Pending, pw.Certainty = &lock.PendingChange{Kind: f.pending}, lock.Reported
	}
	if f.refused != "" {
		pw.Failure = &lock.Error{Vendor: Vendor, Account: c.cfg.Account, Target: string(device), Kind: f.refused, Message: f.why}
	}
	return pw
}

// fate is what the numbers of a temporary password mean.
type fate struct {
	state   lock.PasswordState // StateActive if only the time decides
	pending lock.PendingKind
	refused lock.Kind // of the last change
	why     string
}

// deliveryKinds are the failures among the delivery states.
var deliveryKinds = map[DeliveryStatus]lock.Kind{
	DeliveryRefused: lock.ErrDeviceRejected, DeliveryDuplicate: lock.ErrDuplicatePassword, DeliveryFull: lock.ErrCapacityExceeded,
	DeliveryOverlap: lock.ErrPasswordRejected,
}

// fate reads phase and delivery state. A lock that tells a delivery state is a Zigbee lock, whatever
// was guessed of it.
func (f Family) fate(t *TempPassword) fate {
	if f == FamilyZigbee || t.DeliveryStatus != DeliveryNone {
		return zigbeeFate(t)
	}
	failed := fate{state: lock.StateFailed, refused: lock.ErrDeviceRejected, why: "the lock was not reached, or has refused the password"}
	switch t.Phase {
	case PhaseDeleted:
		return fate{state: lock.StateRemoved}
	case PhaseToSend:
		return fate{state: lock.StatePending, pending: lock.PendingAdd}
	case PhaseSent:
		return fate{state: lock.StateActive}
	case PhaseFailed:
		return failed
	}
	switch {
	case f == FamilyUnknown: // 3 to 5 differ between the families
		return fate{state: lock.StateUnknown}
	case t.Phase == PhaseToDelete:
		return fate{state: lock.StateActive, pending: lock.PendingDelete}
	}
	return fate{state: lock.StateUnknown}
}

func zigbeeFate(t *TempPassword) fate {
	refused := deliveryKinds[t.DeliveryStatus]
	under := func(kind lock.PendingKind) lock.PendingKind {
		if t.DeliveryStatus == DeliveryInProgress {
			return kind
		}
		return ""
	}
	var r fate
	switch t.Phase {
	case ZigbeeToCreate:
		r = fate{state: lock.StatePending, pending: lock.PendingAdd}
		if refused != "" {
			r = fate{state: lock.StateFailed}
		}
	case ZigbeeNormal:
		r = fate{state: lock.StateActive, pending: under(lock.PendingUpdate)}
	case ZigbeeFrozen:
		r = fate{state: lock.StateFrozen, pending: under(lock.PendingUpdate)}
	case ZigbeeDeleted:
		r = fate{state: lock.StateRemoved}
		if t.DeliveryStatus == DeliveryInProgress {
			r = fate{state: lock.StateActive, pending: lock.PendingDelete}
		}
	case ZigbeeFailed:
		r = fate{state: lock.StateFailed}
		if refused == "" {
			refused = lock.ErrDeviceRejected
		}
	default:
		r = fate{state: lock.StateUnknown}
	}
	if r.refused = refused; refused != "" {
		r.why = "the lock has not taken the last change: " + t.DeliveryStatus.String()
	}
	return r
}
