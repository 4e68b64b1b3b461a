package yeeuu

import (
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type locks struct {
	lock.Locks // what Yeeuu lacks: List, Get, Rename
	c          *Client
}

// Open opens the door for by.Phone, which is required. What the vendor's success proves is that it
// took the order; the door's own word does not come back.
func (l locks) Open(ctx context.Context, id lock.DeviceID, by lock.Person) (*lock.Operation[lock.Lock], error) {
	if by.Phone.IsZero() {
		return nil, lock.About(string(id), invalid(lock.OpenLock, "Phone of who opens is required: Yeeuu records it"))
	}
	d, err := parseDoor(lock.OpenLock, id)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	reply, err := l.c.OpenDoor(lock.WithOp(ctx, lock.OpenLock), OpenDoorRequest{Door: d, Operator: dialled(by.Phone)})
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(lock.Lock{
		ID: id, Name: d.Name, Home: d.home(), Room: d.room(), Native: lock.NewNative(reply.Raw(), reply),
	}), nil
}

type keys struct {
	lock.Keys // what Yeeuu lacks: List, Update, Delete
	c         *Client
}

// Grant authorises Holder.Phone to open the door from the vendor's app or WeChat (KeyApp), for a
// window with an end. GrantedBy.Name and the holder's name, or the key's, are required: Yeeuu
// records them. The key's id is KeyID of the phone. What a second grant to the same person does is
// not documented; a new window most likely takes the place of the old one.
func (k keys) Grant(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	now := k.c.cfg.Clock.Now()
	req, err := authorization(g, now)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	if req.Door, err = parseDoor(lock.GrantKey, id); err != nil {
		return nil, lock.About(string(id), err)
	}
	reply, err := k.c.Authorize(lock.WithOp(ctx, lock.GrantKey), req)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	key := lock.Key{
		ID: KeyID(g.Holder.Phone), Device: id, Kind: lock.KeyApp, Name: req.AuthoredName, Holder: g.Holder, Role: lock.RoleNormal,
		Window: window(req.Period), State: lock.StateActive, Native: lock.NewNative(reply.Raw(), reply),
	}
	if now.Before(key.Window.From) {
		key.State = lock.StateScheduled
	}
	return lock.Done(key), nil
}

// authorization is what Authorize is asked for a grant, but for the door.
func authorization(g lock.Grant, now time.Time) (AuthorizeRequest, error) {
	none := AuthorizeRequest{}
	if err := g.Validate(); err != nil {
		return none, refused(lock.GrantKey, lock.ErrInvalidArgument, err)
	}
	switch {
	case g.Permanent:
		return none, lock.UnsupportedError(Vendor, lock.GrantKey, "an authorisation of Yeeuu has an end; set Window.Until")
	case g.Schedule != nil:
		return none, lock.UnsupportedError(Vendor, lock.GrantKey, "Yeeuu keeps no weekly schedule; leave Schedule nil")
	case g.Key != "":
		return none, lock.UnsupportedError(Vendor, lock.GrantKey, "Yeeuu hands over no enrolled keys; leave Key empty")
	case g.Kind != "" && g.Kind != lock.KeyApp:
		return none, invalid(lock.GrantKey, "Kind is %q; Yeeuu gives lock.KeyApp", g.Kind)
	case g.Role != "" && g.Role != lock.RoleNormal:
		return none, invalid(lock.GrantKey, "Role is %q; Yeeuu knows lock.RoleNormal", g.Role)
	case g.Holder.Phone.IsZero():
		return none, invalid(lock.GrantKey, "Holder.Phone is required: Yeeuu knows people by their phone number")
	case !now.Before(g.Window.Until):
		return none, invalid(lock.GrantKey, "the window has passed: it ended %s", g.Window.Until.Format(time.RFC3339))
	}
	req := AuthorizeRequest{
		Period: period(g.Window, now), Author: orName(g.GrantedBy), AuthoredName: called(g.Holder, g.Name),
		AuthoredMobile: dialled(g.Holder.Phone),
	}
	if err := missing("GrantedBy.Name", req.Author, "Holder.Name", req.AuthoredName); err != nil {
		return none, refused(lock.GrantKey, lock.ErrInvalidArgument, err)
	}
	return req, nil
}

// Revoke takes the authorisation back. An id that KeyID makes from a phone number is as good as one
// that Grant returned.
func (k keys) Revoke(ctx context.Context, id lock.DeviceID, key lock.KeyID) (*lock.Operation[lock.Key], error) {
	d, err := parseDoor(lock.RevokeKey, id)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	phone, err := personPhone(string(key))
	if err != nil {
		return nil, lock.About(string(id), refused(lock.RevokeKey, lock.ErrNotFound, err))
	}
	reply, err := k.c.RevokeAuthorization(lock.WithOp(ctx, lock.RevokeKey), RevokeAuthorizationRequest{Door: d, AuthoredMobile: phone})
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(lock.Key{
		ID: key, Device: id, Kind: lock.KeyApp, State: lock.StateRemoved, Native: lock.NewNative(reply.Raw(), reply),
	}), nil
}

// period is a window as the vendor takes it. It wants a beginning: now.
func period(w lock.Window, now time.Time) Period {
	if w.From.IsZero() {
		w.From = now.Truncate(time.Second)
	}
	return Period{Start: w.From, End: w.Until}
}

// window is what the vendor makes of a period.
func window(p Period) lock.Window {
	p = p.whole()
	return lock.Window{From: p.Start, Until: p.End}
}

// called is the name by which the vendor knows a holder.
func called(holder lock.Person, otherwise string) string {
	if name := orName(holder); name != "" {
		return name
	}
	return otherwise
}
