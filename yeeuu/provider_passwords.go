package yeeuu

import (
	"context"
	"fmt"

	"github.com/smartlock-sdk/smartlock/lock"
)

type passwords struct {
	lock.Passwords // what Yeeuu lacks: List, Update, Freeze, Unfreeze, Dynamic, Reveal
	c              *Client
}

// Policy needs no call: every door has the same rules. The document says nothing about a code's
// length; 6 to 10 digits is what public clients of the same locks' other interface keep to, and
// what is asked for here. Client.SetPassword sends whatever it is given.
func (p passwords) Policy(_ context.Context, id lock.DeviceID, kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	policy, err := policyOf(kind)
	return policy, lock.About(string(id), err)
}

func policyOf(kind lock.PasswordKind) (lock.PasswordPolicy, error) {
	switch kind {
	case "", lock.PasswordTimed:
		return lock.PasswordPolicy{PIN: devicePIN, ChooseCode: true, NeedHolder: true}, nil
	case lock.PasswordPermanent:
		return lock.PasswordPolicy{}, lock.UnsupportedError(Vendor, lock.CreatePermanentPassword, "a password of Yeeuu has an end")
	case lock.PasswordRecurring:
		return lock.PasswordPolicy{}, lock.UnsupportedError(Vendor, lock.CreateRecurringPassword, "Yeeuu keeps no weekly schedule")
	}
	return lock.PasswordPolicy{}, lock.UnsupportedError(Vendor, lock.CreatePassword, fmt.Sprintf("Yeeuu makes no passwords of kind %q", kind))
}

// Create gives Holder.Phone a code for the door. By.Name and the holder's name, or the
// password's, are required: Yeeuu records them. The password's id is PasswordID of the phone, for
// a person has one at a door; what a second one does is not documented, and most likely takes the
// place of the first.
//
// The answer is the vendor's, not the lock's: Certainty is Reported, and nothing confirms it later.
func (p passwords) Create(ctx context.Context, id lock.DeviceID, s lock.PasswordSpec) (*lock.Operation[lock.Password], error) {
	now := p.c.cfg.Clock.Now()
	policy, err := policyOf(s.Kind)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	if err := policy.Validate(s, now); err != nil {
		return nil, lock.About(string(id), refused(lock.CreatePassword, lock.ErrPasswordRejected, err))
	}
	req := SetPasswordRequest{
		Period: period(s.Window, now), Author: orName(s.By), AuthoredName: called(s.Holder, s.Name),
		AuthoredMobile: dialled(s.Holder.Phone), Password: s.Secret,
	}
	if err := missing("By.Name", req.Author, "Holder.Name", req.AuthoredName); err != nil {
		return nil, lock.About(string(id), refused(lock.CreatePassword, lock.ErrInvalidArgument, err))
	}
	if s.Notify {
		return nil, lock.About(string(id), invalid(lock.CreatePassword, "Yeeuu cannot be asked to send text messages; leave Notify false"))
	}
	if req.Door, err = parseDoor(lock.CreatePassword, id); err != nil {
		return nil, lock.About(string(id), err)
	}
	var drawn lock.Secret
	if s.Secret.IsZero() {
		if drawn, err = policy.PIN.Generate(); err != nil {
			return nil, lock.About(string(id), refused(lock.CreatePassword, lock.ErrPasswordRejected, err))
		}
		req.Password = drawn
	}
	reply, err := p.c.SetPassword(lock.WithOp(ctx, lock.CreatePassword), req)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	pw := lock.Password{
		ID: PasswordID(s.Holder.Phone), Device: id, Name: s.Name, Kind: lock.PasswordTimed, State: lock.StateActive, Certainty: lock.Reported,
		Window: window(req.Period), Holder: s.Holder, Secret: drawn, Native: lock.NewNative(reply.Raw(), reply),
	}
	if now.Before(pw.Window.From) {
		pw.State = lock.StateScheduled
	}
	return lock.Done(pw), nil
}

// Delete takes the person's code back. An id that PasswordID makes from a phone number is as good as
// one that Create returned. Whether the vendor refuses to delete what is not there, and in which
// words, is not documented: such a refusal is lock.ErrDeviceRejected, not ErrNotFound.
func (p passwords) Delete(ctx context.Context, id lock.DeviceID, pw lock.PasswordID) (*lock.Operation[lock.Password], error) {
	d, err := parseDoor(lock.DeletePassword, id)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	phone, err := personPhone(string(pw))
	if err != nil {
		return nil, lock.About(string(id), refused(lock.DeletePassword, lock.ErrNotFound, err))
	}
	reply, err := p.c.RemovePassword(lock.WithOp(ctx, lock.DeletePassword), RemovePasswordRequest{Door: d, AuthoredMobile: phone})
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(lock.Password{
		ID: pw, Device: id, Kind: lock.PasswordTimed, State: lock.StateRemoved, Certainty: lock.Reported,
		Native: lock.NewNative(reply.Raw(), reply),
	}), nil
}
