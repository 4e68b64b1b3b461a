package ewelink

import (
	"context"
	"iter"
	"strings"

	"github.com/smartlock-sdk/smartlock/lock"
)

// A key is the share of a door's device with a person's own account. It has no window: it is good
// until it is revoked.
type keys struct {
	lock.Keys // what the vendor lacks: Update, Delete
	c         *Client
}

// List yields with whom a door is shared, or, with a Holder alone, which doors are shared with a
// person. A key's ID is that of its Holder. There are no keys that nobody owns.
func (k keys) List(ctx context.Context, q lock.KeyQuery) iter.Seq2[lock.Key, error] {
	op := lock.ListKeysOfLock
	switch {
	case q.Unowned:
		return lock.FailedSeq[lock.Key](lock.UnsupportedError(Vendor, lock.ListUnownedKeys, "every key is somebody's"))
	case q.Holder != "":
		op = lock.ListKeysOfPerson
	}
	ctx = lock.WithOp(ctx, op)
	return func(yield func(lock.Key, error) bool) {
		if q.Device == "" && q.Holder == "" {
			yield(lock.Key{}, invalid(op, "say whose keys: those of a Device, of a Holder, or of both"))
			return
		}
		if q.Device != "" {
			d, things, err := k.c.door(ctx, q.Device)
			if err != nil {
				yield(lock.Key{}, err)
				return
			}
			k.yield(ctx, d, things[d.Device], q.Holder, yield)
			return
		}
		for t, err := range k.c.devices(ctx, "") {
			if err != nil {
				yield(lock.Key{}, err)
				return
			}
			for _, d := range k.c.doorsOf(t) {
				if !k.yield(ctx, d, t, q.Holder, yield) {
					return
				}
			}
		}
	}
}

// yield yields the keys of one door and reports whether the loop goes on.
func (k keys) yield(ctx context.Context, d Door, t *Thing, holder string, yield func(lock.Key, error) bool) bool {
	for i := range t.ItemData.ShareTo {
		s := &t.ItemData.ShareTo[i]
		if holder != "" && holder != string(s.APIKey) {
			continue
		}
		if err := ctx.Err(); err != nil {
			yield(lock.Key{}, k.c.error(ctx, "", lock.ErrInterrupted, err))
			return false
		}
		if !yield(portableKey(d, t, s), nil) {
			return false
		}
	}
	return true
}

func portableKey(d Door, t *Thing, s *Share) lock.Key {
	key := lock.Key{
		ID: lock.KeyID(s.APIKey), Device: d.ID(), Kind: lock.KeyApp, Name: s.Comment, Role: lock.RoleNormal, State: lock.StateActive,
		Holder: lock.Person{ID: string(s.APIKey), Name: s.Nickname, Phone: s.PhoneNumber},
		Window: lock.Window{From: s.ShareTime.Time}, Native: lock.NewNative(t.Raw(), s),
	}
	if key.Holder.Name == "" {
		key.Holder.Name = s.Comment
	}
	return key
}

// shareWith finds the share with a person, nil if there is none.
func shareWith(t *Thing, id ShareID) *Share {
	for i := range t.ItemData.ShareTo {
		if t.ItemData.ShareTo[i].APIKey == id {
			return &t.ItemData.ShareTo[i]
		}
	}
	return nil
}

// Grant shares the door's device with the account of g.Holder: of its Phone, or of the e-mail address
// in its ID. The person needs an account in the same region, and opens with the vendor's app. A share
// begins now and has no end, so only a Permanent grant is taken: whoever gives it has to Revoke it in
// time. The whole device is shared, so a relay that opens several doors cannot be.
func (k keys) Grant(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.GrantKey)
	user, err := k.c.grantee(g)
	if err != nil {
		return nil, err
	}
	d, things, err := k.c.door(ctx, id)
	if err != nil {
		return nil, err
	}
	before := things[d.Device]
	if len(k.c.doorsOf(before)) > 1 {
		return nil, lock.About(string(id), lock.UnsupportedError(Vendor, lock.GrantKey, "the device opens several doors, and the vendor shares devices as a whole"))
	}
	name := g.Name
	if name == "" {
		name = g.Holder.Name
	}
	r, err := k.c.ShareDevices(ctx, ShareDevicesRequest{DeviceIDs: []string{d.Device}, User: user, Comment: name, ShareType: new(ShareSilent)})
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	for _, t := range r.All() {
		if t.ItemData.DeviceID != d.Device {
			continue
		}
		if s := newShare(before, &t, user); s != nil {
			t.KeepRaw(r.Raw())
			return lock.Done(portableKey(d, &t, s)), nil
		}
	}
	e := k.c.error(ctx, "POST /v2/device/share", lock.ErrOutcomeUnknown, nil)
	e.Target, e.Message = string(id), "the vendor has taken the share and does not show it: list the keys"
	return nil, e
}

// grantee checks what a share can do, and whom it is for.
func (c *Client) grantee(g lock.Grant) (ShareUser, error) {
	const op = lock.GrantKey
	switch {
	case !g.Permanent && g.Window.Until.IsZero():
		return ShareUser{}, invalid(op, "set Permanent for a key without an end")
	case g.Permanent && !g.Window.Until.IsZero():
		return ShareUser{}, invalid(op, "a Permanent key has no end; leave Window.Until out")
	case !g.Window.Until.IsZero():
		return ShareUser{}, lock.UnsupportedError(Vendor, op, "a share has no end: grant it as Permanent and revoke it in time")
	case g.Window.From.After(c.cfg.Clock.Now()):
		return ShareUser{}, lock.UnsupportedError(Vendor, op, "a share begins at once")
	case g.Schedule != nil:
		return ShareUser{}, lock.UnsupportedError(Vendor, op, "a share has no schedule")
	case g.Key != "":
		return ShareUser{}, lock.UnsupportedError(Vendor, op, "there are no keys to hand over")
	case g.Kind != "" && g.Kind != lock.KeyApp:
		return ShareUser{}, lock.UnsupportedError(Vendor, op, "the only kind is lock.KeyApp")
	case g.Role != "" && g.Role != lock.RoleNormal:
		return ShareUser{}, lock.UnsupportedError(Vendor, op, "the only role is lock.RoleNormal")
	}
	if !g.Holder.Phone.IsZero() {
		return c.byPhone(g.Holder.Phone)
	}
	if strings.Contains(g.Holder.ID, "@") {
		return ShareUser{CountryCode: c.set.login.countryCode, Email: lowered(lock.NewSecret(g.Holder.ID))}, nil
	}
	return ShareUser{}, invalid(op, "set the Holder's Phone, or their e-mail address as ID")
}

// byPhone names an account by its phone number, which the vendor wants with the country code.
func (c *Client) byPhone(phone lock.Secret) (ShareUser, error) {
	if strings.HasPrefix(phone.Reveal(), "+") {
		return ShareUser{CountryCode: c.set.login.countryCode, PhoneNumber: phone}, nil
	}
	country := c.set.login.countryCode
	if country == "" && c.Region() == RegionCN {
		country = "+86"
	}
	if country == "" {
		return ShareUser{}, invalid(lock.GrantKey, "write the Holder's Phone with its country code, as in +86")
	}
	return ShareUser{CountryCode: country, PhoneNumber: lock.NewSecret(country + phone.Reveal())}, nil
}

// newShare finds the share that a call has made: the one with the person's address, else the one
// that was not there before.
func newShare(before, after *Thing, user ShareUser) *Share {
	var added *Share
	for i := range after.ItemData.ShareTo {
		s := &after.ItemData.ShareTo[i]
		if !user.PhoneNumber.IsZero() && s.PhoneNumber.Equal(user.PhoneNumber) || !user.Email.IsZero() && strings.EqualFold(s.Email.Reveal(), user.Email.Reveal()) {
			return s
		}
		if shareWith(before, s.APIKey) == nil {
			added = s
		}
	}
	return added
}

// Revoke ends the share.
func (k keys) Revoke(ctx context.Context, id lock.DeviceID, key lock.KeyID) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.RevokeKey)
	if key == "" {
		return nil, invalid(lock.RevokeKey, "the id of the key is empty")
	}
	d, things, err := k.c.door(ctx, id)
	if err != nil {
		return nil, err
	}
	t := things[d.Device]
	s := shareWith(t, ShareID(key))
	if s == nil {
		return nil, notFound(lock.RevokeKey, string(key), "the door is not shared with this person")
	}
	if _, err := k.c.UnshareDevice(ctx, UnshareDeviceRequest{DeviceID: d.Device, APIKey: s.APIKey}); err != nil {
		return nil, lock.About(string(key), err)
	}
	return lock.Done(portableKey(d, t, s)), nil
}
