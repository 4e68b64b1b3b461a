package dingding

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/limit"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Password is a password of a lock as the vendor lists it. The code itself is never in it.
type Password struct {
	wire.Kept       `json:"-"`
	ID              int               `json:"id"`   // unique on the lock; see PasswordOriginOf
	Time            time.Time         `json:"time"` // when it was made
	IsDefault       PasswordRole      `json:"is_default"`
	State           PasswordState     `json:"pwd_state"`
	Operation       PasswordOperation `json:"operation"` // the last one
	OperationStage  Stage             `json:"operation_stage"`
	PermissionState PermissionState   `json:"permission_state"`
	Description     string            `json:"description"` // why the last operation failed, as a code (§3.2) in text: "5101"
	Name            string            `json:"name"`
	SendTo          lock.Secret       `json:"send_to"` // the phone number it was sent to
	Permission      Permission        `json:"permission"`
}

// UnmarshalKey takes the id from the name under which the vendor files a password that does not
// repeat it.
func (p *Password) UnmarshalKey(name string) {
	if id, err := strconv.Atoi(name); err == nil && p.ID == 0 {
		p.ID = id
	}
}

// Permission is when a password opens. Passwords set at the lock are all permanent.
type Permission struct {
	Status PermissionStatus `json:"status"`
	Begin  time.Time        `json:"begin"`
	End    time.Time        `json:"end"`
}

// ListPasswords lists the passwords of a lock, those set at the lock itself and the administrator
// code (AdminPasswordID) among them.
//
// GET /openapi/v1/fetch_passwords, §6.4.
func (c *Client) ListPasswords(ctx context.Context, req Locator) (*ListPasswordsResponse, error) {
	return get[*ListPasswordsResponse](ctx, c, "/fetch_passwords", req)
}

// ListPasswordsResponse holds the passwords. The vendor was seen to send an array as well as an
// object keyed by id.
type ListPasswordsResponse struct {
	Reply
	Passwords wire.List[Password] `json:"passwords"`
}

// GetAdminPassword reveals the administrator code (管理员密码) in clear. The vendor logs who
// looked. ErrNotFound can also mean that the lock was set up anew and has never told the vendor
// its code.
//
// GET /openapi/v1/get_default_password_plaintext, §6.5.
func (c *Client) GetAdminPassword(ctx context.Context, req Locator) (*GetAdminPasswordResponse, error) {
	return get[*GetAdminPasswordResponse](ctx, c, "/get_default_password_plaintext", req)
}

// GetAdminPasswordResponse holds the code.
type GetAdminPasswordResponse struct {
	Reply
	Password lock.Secret `json:"password"`
}

// GetDynamicPassword reveals the code that opens in the present hour (动态密码).
//
// GET /openapi/v1/get_dynamic_password_plaintext, §6.6.
func (c *Client) GetDynamicPassword(ctx context.Context, req Locator) (*GetDynamicPasswordResponse, error) {
	return get[*GetDynamicPasswordResponse](ctx, c, "/get_dynamic_password_plaintext", req)
}

// GetDynamicPasswordResponse holds the code.
type GetDynamicPasswordResponse struct {
	Reply
	Password    lock.Secret `json:"password"`
	InvalidTime time.Time   `json:"invalid_time"` // until when it opens; its unit is not documented, so its size decides
}

// AddPassword adds a password, or sets the administrator code. The vendor sends it to the lock
// later: the outcome comes in a callback (Password_Add_Service) or is read from ListPasswords. A
// new lock without an administrator code has to be given that first. At most 5 in 2 minutes and
// 100 in 24 hours on one lock: see lock.WithLimits.
//
// POST /openapi/v1/add_password, §6.7.
func (c *Client) AddPassword(ctx context.Context, req AddPasswordRequest) (*AddPasswordResponse, error) {
	return limited[*AddPasswordResponse](ctx, c, OpAdd, req.Locator, "/add_password", req)
}

// AddPasswordRequest describes the password to add.
type AddPasswordRequest struct {
	Locator
	Password lock.Secret // six digits; encrypted on the way unless WithPlainPasswords
	Admin    bool        // sets the lock's administrator code, which has no window
	// Begin and End are when it opens, in whole seconds; a part of a second makes the window
	// smaller. BOTH zero: it opens until it is deleted. One of them alone is refused, since the
	// vendor would take it for a password without an end.
	Begin        time.Time
	End          time.Time
	Name         string      // for people: the tenant's
	Phone        lock.Secret // whom the vendor sends the code by text message; zero = nobody
	SendLocation bool        // the message names the home; needs Phone
}

func (r AddPasswordRequest) validate() error {
	if err := first(r.Locator.validate(), validCode(r.Password)); err != nil {
		return err
	}
	timed := !r.Begin.IsZero() || !r.End.IsZero()
	switch {
	case r.Admin && timed:
		return errors.New("leave Begin and End zero: the administrator code has no window")
	case timed:
		return validWindow(r.Begin, r.End)
	}
	return nil
}

func (r AddPasswordRequest) onWire(token string, form codeForm) (any, error) {
	password, encrypted, err := codeOnWire(r.Password, token, form)
	role := PasswordNormal
	if r.Admin {
		role = PasswordAdmin
	}
	return addPasswordWire{
		Locator: r.Locator, IsDefault: role, Password: password, EncryptedPassword: encrypted,
		PermissionBegin: wholeSecond(r.Begin), PermissionEnd: wire.Sec{Time: r.End},
		Name: r.Name, PhoneNumber: r.Phone, IsSendLocation: r.SendLocation,
	}, err
}

// addPasswordWire is an AddPasswordRequest as it is sent. The table requires password and allows
// encrypted_password beside it; a code in clear beside its cipher would make no sense, and the
// vendor's later use takes either.
type addPasswordWire struct {
	Locator
	IsDefault         PasswordRole `json:"is_default"`
	Password          lock.Secret  `json:"password,omitzero"`
	EncryptedPassword lock.Secret  `json:"encrypted_password,omitzero"`
	PermissionBegin   wire.Sec     `json:"permission_begin,omitzero"` // required by the table, left out for a permanent password by its text
	PermissionEnd     wire.Sec     `json:"permission_end,omitzero"`
	Name              string       `json:"name,omitzero"`
	PhoneNumber       lock.Secret  `json:"phonenumber,omitzero"` // printed phonenummer here, phonenumber in §6.8
	IsSendLocation    bool         `json:"is_send_location,omitzero"`
}

// AddPasswordResponse names the password. It does not open yet.
type AddPasswordResponse struct {
	Accepted
	ID int `json:"id"` // chosen by the vendor, unique on the lock
}

// UpdatePassword changes a password's code, window or name. The vendor sends the change to the
// lock later, see AddPassword (Password_Update_Service). ErrNotFound means that the lock has no
// such password. At most 5 in 2 minutes and 100 in 24 hours on one lock: see lock.WithLimits.
//
// POST /openapi/v1/update_password, §6.8.
func (c *Client) UpdatePassword(ctx context.Context, req UpdatePasswordRequest) (*Accepted, error) {
	return limited[*Accepted](ctx, c, OpUpdate, req.Locator, "/update_password", req)
}

// UpdatePasswordRequest says what the password shall be. Its window has to be said every time,
// unless it is the administrator's, which has none: pass the present one (ListPasswords has it)
// where it shall stay.
type UpdatePasswordRequest struct {
	Locator
	PasswordID   int         // AdminPasswordID changes the administrator code; 0 is a real id, the first code set at the lock
	Password     lock.Secret // six digits; zero leaves the code as it is: the table requires one, the vendor's later use does not
	Begin        time.Time   // see AddPasswordRequest
	End          time.Time
	Permanent    bool        // instead of Begin and End: it opens until it is deleted
	Name         string      // "" is not sent
	Phone        lock.Secret // whom the vendor sends the code by text message; zero = nobody
	SendLocation bool        // the message names the home; needs Phone
}

func (r UpdatePasswordRequest) validate() error {
	if err := first(r.Locator.validate(), validID(r.PasswordID)); err != nil {
		return err
	}
	if !r.Password.IsZero() {
		if err := validCode(r.Password); err != nil {
			return err
		}
	}
	timed := !r.Begin.IsZero() || !r.End.IsZero()
	switch {
	case r.Permanent && timed:
		return errors.New("set Permanent, or Begin and End, not both")
	case r.PasswordID == AdminPasswordID && timed:
		return errors.New("leave Begin and End zero: the administrator code has no window")
	case timed:
		return validWindow(r.Begin, r.End)
	case !r.Permanent && r.PasswordID != AdminPasswordID:
		return errors.New("pass the present window in Begin and End to keep it (the vendor requires it), or set Permanent")
	}
	return nil
}

func (r UpdatePasswordRequest) onWire(token string, form codeForm) (any, error) {
	password, encrypted, err := codeOnWire(r.Password, token, form)
	return updatePasswordWire{
		Locator: r.Locator, PasswordID: r.PasswordID, Password: password, EncryptedPassword: encrypted,
		PermissionBegin: wholeSecond(r.Begin), PermissionEnd: wire.Sec{Time: r.End},
		Name: r.Name, PhoneNumber: r.Phone, IsSendLocation: r.SendLocation,
	}, err
}

// updatePasswordWire is an UpdatePasswordRequest as it is sent. The table requires the window and
// says nothing of permanent passwords. Unproven: for one we leave both times out, which §6.7 calls
// permanent. The vendor may refuse that or keep the old window, so read the password back; zeros
// instead could as well mean 1970.
type updatePasswordWire struct {
	Locator
	PasswordID        int         `json:"password_id"`
	Password          lock.Secret `json:"password,omitzero"`
	EncryptedPassword lock.Secret `json:"encrypted_password,omitzero"`
	PermissionBegin   wire.Sec    `json:"permission_begin,omitzero"`
	PermissionEnd     wire.Sec    `json:"permission_end,omitzero"`
	Name              string      `json:"name,omitzero"`
	PhoneNumber       lock.Secret `json:"phonenumber,omitzero"`
	IsSendLocation    bool        `json:"is_send_location,omitzero"`
}

// PasswordRequest names a password of a lock.
type PasswordRequest struct {
	Locator
	PasswordID int `json:"password_id"` // 0 is a real id, the first code set at the lock
}

func (r PasswordRequest) validate() error { return first(r.Locator.validate(), validID(r.PasswordID)) }

// DeletePassword deletes a password. It opens until the lock has heard of it, see AddPassword
// (Password_Delete_Service). The administrator code is ErrProtected. At most 5 in 2 minutes and
// 100 in 24 hours on one lock: see lock.WithLimits.
//
// POST /openapi/v1/delete_password, §6.9.
func (c *Client) DeletePassword(ctx context.Context, req PasswordRequest) (*Accepted, error) {
	return limited[*Accepted](ctx, c, OpDelete, req.Locator, "/delete_password", req)
}

// FreezePassword suspends a password (冻结密码). It opens until the lock has heard of it, see
// AddPassword (Password_Frozen_Service). The administrator code is ErrProtected. At most 5 in 2
// minutes and 100 in 24 hours on one lock: see lock.WithLimits.
//
// POST /openapi/v1/frozen_password, §6.10.
func (c *Client) FreezePassword(ctx context.Context, req PasswordRequest) (*Accepted, error) {
	return limited[*Accepted](ctx, c, OpFreeze, req.Locator, "/frozen_password", req)
}

// UnfreezePassword lets a frozen password open again (解冻密码), once the lock has heard of it:
// see AddPassword (Password_Unfrozen_Service). At most 5 in 2 minutes and 100 in 24 hours on one
// lock: see lock.WithLimits.
//
// POST /openapi/v1/unfrozen_password, §6.11.
func (c *Client) UnfreezePassword(ctx context.Context, req PasswordRequest) (*Accepted, error) {
	return limited[*Accepted](ctx, c, OpUnfreeze, req.Locator, "/unfrozen_password", req)
}

// AddActivationCode makes a code that is typed at the door once and then is a password there
// (激活码). It is for locks without a gateway, or whose gateway is down; the vendor makes both
// codes and answers at once. On a lock without a gateway the password can afterwards neither be
// frozen nor, before its end, deleted. There are 24 ids for tenants, 24 for staff and one for the
// administrator; when they are used up, a new code takes an earlier one's.
//
// POST /openapi/v1/add_password_without_center, §6.14.
func (c *Client) AddActivationCode(ctx context.Context, req AddActivationCodeRequest) (*ActivationCodeResponse, error) {
	return post[*ActivationCodeResponse](ctx, c, "/add_password_without_center", req)
}

// AddActivationCodeRequest describes the password to be activated. It begins now.
type AddActivationCodeRequest struct {
	Locator
	Kind         ActivationKind
	Phone        lock.Secret // required; the vendor writes to it if SendMessage
	Name         string      // required
	End          time.Time   // not before EarliestActivationEnd; zero for ActivationAdmin, which has none
	SendMessage  bool        // send the code by text message
	SendLocation bool        // the message names the home; needs SendMessage
}

func (r AddActivationCodeRequest) validate() error {
	if r.Kind == 0 {
		return errors.New("set Kind, such as ActivationTenant")
	}
	return first(r.Locator.validate(), validActivation(r.Kind == ActivationAdmin, r.Phone, r.Name, r.End))
}

func validActivation(admin bool, phone lock.Secret, name string, end time.Time) error {
	switch {
	case phone.IsZero():
		return errors.New("set Phone, which the vendor requires")
	case admin && !end.IsZero():
		return errors.New("leave End zero: the administrator's activation code has none")
	case !admin && end.Unix() <= 0:
		return errors.New("set End, which the vendor requires")
	}
	return missing("Name", name)
}

func (r AddActivationCodeRequest) onWire(string, codeForm) (any, error) {
	return addActivationCodeWire{
		Locator: r.Locator, PhoneNumber: r.Phone, CMD: r.Kind, Name: r.Name, IsSendMsg: r.SendMessage,
		IsSendLocation: r.SendLocation, PermissionEnd: wire.Sec{Time: r.End},
	}, nil
}

type addActivationCodeWire struct {
	Locator
	PhoneNumber    lock.Secret    `json:"phonenumber"` // printed phonenummer
	CMD            ActivationKind `json:"CMD"`
	Name           string         `json:"name"`
	IsSendMsg      bool           `json:"is_send_msg,omitzero"`
	IsSendLocation bool           `json:"is_send_location,omitzero"`
	PermissionEnd  wire.Sec       `json:"permission_end,omitzero"`
}

// ActivationCodeResponse holds both codes.
type ActivationCodeResponse struct {
	Reply
	ID       int         `json:"id"`
	Password lock.Secret `json:"password"` // opens the door once activated; six digits
	Code     lock.Secret `json:"code"`     // activates the password, typed at the lock's keypad
}

// UpdateActivationCode makes a new code in place of an earlier one; it answers at once. This is
// how a password is changed on a lock without a gateway.
//
// POST /openapi/v1/update_password_without_center, §6.15.
func (c *Client) UpdateActivationCode(ctx context.Context, req UpdateActivationCodeRequest) (*ActivationCodeResponse, error) {
	return post[*ActivationCodeResponse](ctx, c, "/update_password_without_center", req)
}

// UpdateActivationCodeRequest describes the password to be activated instead. It begins now.
type UpdateActivationCodeRequest struct {
	Locator
	PasswordID   int         // of the earlier activation code
	Phone        lock.Secret // required; the vendor writes to it if SendMessage
	Name         string      // required
	End          time.Time   // not before EarliestActivationEnd; zero for AdminActivationID, which has none
	SendMessage  bool        // send the code by text message
	SendLocation bool        // the message names the home; needs SendMessage
}

func (r UpdateActivationCodeRequest) validate() error {
	return first(r.Locator.validate(), validID(r.PasswordID),
		validActivation(r.PasswordID == AdminActivationID, r.Phone, r.Name, r.End))
}

func (r UpdateActivationCodeRequest) onWire(string, codeForm) (any, error) {
	return updateActivationCodeWire{
		Locator: r.Locator, PhoneNumber: r.Phone, PasswordID: r.PasswordID, Name: r.Name, IsSendMsg: r.SendMessage,
		IsSendLocation: r.SendLocation, PermissionEnd: wire.Sec{Time: r.End},
	}, nil
}

type updateActivationCodeWire struct {
	Locator
	PhoneNumber    lock.Secret `json:"phonenumber"` // printed phonenummer
	PasswordID     int         `json:"password_id"`
	Name           string      `json:"name"`
	IsSendMsg      bool        `json:"is_send_msg,omitzero"`
	IsSendLocation bool        `json:"is_send_location,omitzero"`
	PermissionEnd  wire.Sec    `json:"permission_end,omitzero"`
}

// EarliestActivationEnd is the first instant at which an activation code made now may end: the
// full hour after the next one, 17:00 for one made at 15:28. (§6.14 says the next hour in one
// place, but its example and §6.15 say this.)
func EarliestActivationEnd(now time.Time) time.Time {
	return now.Truncate(time.Hour).Add(2 * time.Hour)
}

// limited is post under the vendor's rate rule for password commands: for one lock and one kind
// of operation 5 in 2 minutes and 100 in 24 hours (§3.5).
func limited[P interface{ *T }, T any](
	ctx context.Context, c *Client, op PasswordOperation, at Locator, path string, in interface{ validate() error },
) (P, error) {
	if c.cfg.Limits == lock.LimitOff || in.validate() != nil { // a wrong request takes no slot; post reports it
		return post[P](ctx, c, path, in)
	}
	slot, err := c.limits.Acquire(ctx, limitKey(op, at), c.cfg.Limits == lock.LimitWait)
	if err != nil {
		return nil, c.limitError(ctx, http.MethodPost+" "+c.set.v1+path, err)
	}
	resp, err := post[P](ctx, c, path, in)
	if e, ok := errors.AsType[*lock.Error](err); ok && e.Attempts == 0 {
		slot.Cancel() // nothing was sent
	} else {
		slot.Done()
	}
	return resp, err
}

// limitKey is one lock and one kind of operation. A caller that addresses one lock now by UUID and
// now by room has two keys for it, and twice the calls before this client waits; the vendor, who
// knows better, then refuses those that are too many. The home is left out beside a room: it may
// be given or not for the same lock, and a key that two locks share only makes one of them wait.
func limitKey(op PasswordOperation, at Locator) string {
	key := strconv.Itoa(int(op))
	switch {
	case at.UUID != "":
		return key + " uuid " + at.UUID
	case at.RoomID != "":
		return key + " room " + at.RoomID
	}
	return key + " home " + at.HomeID
}

func (c *Client) limitError(ctx context.Context, endpoint string, err error) error {
	var full *limit.Error
	if !errors.As(err, &full) {
		return c.rest.Error(ctx, endpoint, cmp.Or(lock.KindOf(err), lock.ErrInterrupted), err)
	}
	e := c.rest.Error(ctx, endpoint, lock.ErrRateLimited, err)
	e.RetryAfter = full.RetryAfter
	return e
}

// validWindow reports a window that is not whole, or that the vendor could take for "no window":
// it calls a password permanent if either time is empty, and 0 may count as empty.
func validWindow(begin, end time.Time) error {
	switch {
	case begin.IsZero() || end.IsZero():
		return errors.New("set both Begin and End: the vendor takes one alone for a password without an end")
	case begin.Unix() <= 0 || end.Unix() <= 0:
		return errors.New("the window must lie after 1970")
	case wholeSecond(begin).Unix() >= end.Unix():
		return errors.New("the window must have one whole second at least: End after Begin")
	}
	return nil
}

// wholeSecond rounds the beginning of a window up, so that the window does not grow.
func wholeSecond(t time.Time) wire.Sec {
	if t.IsZero() || t.Nanosecond() == 0 {
		return wire.Sec{Time: t}
	}
	return wire.Sec{Time: t.Truncate(time.Second).Add(time.Second)}
}

func validID(id int) error {
	if id < 0 {
		return errors.New("a PasswordID is never negative")
	}
	return nil
}
