package ewelink

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// GetRegion asks in which region an account of a country is registered. countryCode is its dialling
// code, with or without "+". The call is the same everywhere, and free app ids may not make it; see
// RegionOf.
//
// GET /v2/utils/get-region, §2.1.
func (c *Client) GetRegion(ctx context.Context, countryCode string) (*RegionReply, error) {
	global := func(a address) string {
		if c.cfg.BaseURL != "" {
			return c.cfg.BaseURL
		}
		return everywhere
	}
	return send[*RegionReply](ctx, c, how{
		method: "GET", path: "/v2/utils/get-region", signed: true, at: global,
		query: regionRequest{strings.TrimPrefix(strings.TrimSpace(countryCode), "+")},
	})
}

type regionRequest struct {
	CountryCode string `url:"countryCode"`
}

func (r regionRequest) validate() error { return missing("countryCode", r.CountryCode) }

// RegionReply names a region.
type RegionReply struct {
	Reply
	Region Region `json:"region"`
}

func (r *RegionReply) place(in Region) { r.Region = in }

// User is an account.
type User struct {
	CountryCode    string       `json:"countryCode"` // "+86"
	PhoneNumber    lock.Secret  `json:"phoneNumber"`
	Email          lock.Secret  `json:"email"`
	APIKey         string       `json:"apikey"` // the account's id
	Nickname       string       `json:"nickname"`
	WxServiceID    string       `json:"wxServiceId"`
	WxAppID        string       `json:"wxAppId"`
	WxID           string       `json:"wxId"`
	WxOpenID       string       `json:"wxOpenId"`
	YanKanYunInfo  Params       `json:"yanKanYunInfo"`
	AccountLevel   AccountLevel `json:"accountLevel"`
	LevelExpiredAt wire.Milli   `json:"levelExpiredAt"` // zero = never
	DenyRecharge   bool         `json:"denyRecharge"`
	AccountConsult bool         `json:"accountConsult"`
	IPCountry      string       `json:"ipCountry"` // ISO 3166, by the address of the call; GetProfile and GetHomepage only
}

// LoginReply is a new session and whose it is.
type LoginReply struct {
	Reply
	User   User        `json:"user"`
	At     lock.Secret `json:"at"`
	Rt     lock.Secret `json:"rt"`
	Region Region      `json:"region"`
	came   time.Time
}

func (r *LoginReply) place(in Region) { r.Region = in }

// Session returns the session, to keep it or to begin a client with it.
func (r *LoginReply) Session() Session {
	return Session{
		At: r.At, Expires: r.came.Add(atLife), Rt: r.Rt, RtExpires: r.came.Add(rtLife), APIKey: r.User.APIKey, Region: r.Region,
	}
}

// Register makes an account and logs it in. What a region wants differs: mainland China a phone
// number, Asia either, America and Europe an e-mail address.
//
// POST /v2/user/register, §2.2.
func (c *Client) Register(ctx context.Context, req RegisterRequest) (*LoginReply, error) {
	req.Email = lowered(req.Email)
	return c.loggedIn(send[*LoginReply](ctx, c, how{method: "POST", path: "/v2/user/register", body: req, signed: true, mutates: true}))
}

// RegisterRequest describes an account to make. Of PhoneNumber and Email one is needed; the phone
// number is looked at first.
type RegisterRequest struct {
	CountryCode      string      `json:"countryCode"` // "+86"
	Email            lock.Secret `json:"email,omitzero"`
	PhoneNumber      lock.Secret `json:"phoneNumber,omitzero"` // with its country code: "+8618…"
	VerificationCode lock.Secret `json:"verificationCode"`     // of SendCode, CodeRegister
	Password         lock.Secret `json:"password"`             // 8 characters at least, two of digits, letters, signs
}

func (r RegisterRequest) validate() error {
	if err := missing("CountryCode", r.CountryCode, "VerificationCode", r.VerificationCode.Reveal(), "Password", r.Password.Reveal()); err != nil {
		return err
	}
	return someone(r.PhoneNumber, r.Email)
}

// someone reports an account that is not named.
func someone(phone, email lock.Secret) error {
	if phone.IsZero() && email.IsZero() {
		return errors.New("set PhoneNumber or Email; the vendor requires one of them")
	}
	return nil
}

// Login logs an account in, which ends the session it had with this app id. The client does this by
// itself with WithLogin. It is made in the region the client is in; if the account lives elsewhere
// the client goes there.
//
// POST /v2/user/login, §2.3.
func (c *Client) Login(ctx context.Context, req LoginRequest) (*LoginReply, error) {
	req.Email = lowered(req.Email)
	if req.Lang == "" {
		req.Lang = c.set.lang
	}
	return c.loggedIn(signIn[*LoginReply](ctx, c, "/v2/user/login", req))
}

// LoginRequest describes who logs in. Of PhoneNumber and Email one is needed.
type LoginRequest struct {
	Lang        string      `json:"lang"`        // of pushed texts: "en" or "cn"; "" = that of WithLanguage
	CountryCode string      `json:"countryCode"` // "+86"
	Email       lock.Secret `json:"email,omitzero"`
	PhoneNumber lock.Secret `json:"phoneNumber,omitzero"` // with its country code
	Password    lock.Secret `json:"password"`
}

func (r LoginRequest) validate() error {
	if err := missing("CountryCode", r.CountryCode, "Password", r.Password.Reveal()); err != nil {
		return err
	}
	return someone(r.PhoneNumber, r.Email)
}

// logIn is Login with what WithLogin was given.
func (c *Client) logIn(ctx context.Context) (Session, error) {
	l := c.set.login
	req := LoginRequest{CountryCode: l.countryCode, Password: l.password}
	if name := l.name(); strings.Contains(name, "@") {
		req.Email = lock.NewSecret(name)
	} else {
		req.PhoneNumber = lock.NewSecret(name)
	}
	r, err := c.Login(ctx, req)
	if err != nil {
		// The call carries nothing but the credentials, so whatever the vendor refuses is they.
		if e, ok := errors.AsType[*lock.Error](err); ok && e.Code != "" && (e.Kind == lock.ErrNotFound || e.Kind == lock.ErrInvalidArgument) {
			e.Kind = lock.ErrUnauthenticated
		}
		return Session{}, err
	}
	return r.Session(), nil
}

// loggedIn completes the answer to a login.
func (c *Client) loggedIn(r *LoginReply, err error) (*LoginReply, error) {
	if err != nil {
		return nil, err
	}
	if r.At.IsZero() {
		return nil, c.error(context.Background(), "", lock.ErrProtocol, errors.New("the answer to the login has no access token"))
	}
	r.came = c.cfg.Clock.Now()
	if r.Region == "" {
		r.Region = c.Region()
	}
	return r, nil
}

// LoginBySMS logs an account in with a code that SendCode sent to its phone. Mainland China only.
//
// POST /v2/user/sms-login, §2.4.
func (c *Client) LoginBySMS(ctx context.Context, req SMSLoginRequest) (*LoginReply, error) {
	if req.Lang == "" {
		req.Lang = c.set.lang
	}
	// The code is good once: asking again does harm.
	return c.loggedIn(send[*LoginReply](ctx, c, how{method: "POST", path: "/v2/user/sms-login", body: req, signed: true, mutates: true}))
}

// SMSLoginRequest describes who logs in.
type SMSLoginRequest struct {
	CountryCode      string      `json:"countryCode"` // "+86"
	Lang             string      `json:"lang"`        // as in LoginRequest
	PhoneNumber      lock.Secret `json:"phoneNumber"`
	VerificationCode lock.Secret `json:"verificationCode"` // of SendCode, CodeLogin
}

func (r SMSLoginRequest) validate() error {
	return missing("CountryCode", r.CountryCode, "PhoneNumber", r.PhoneNumber.Reveal(), "VerificationCode", r.VerificationCode.Reveal())
}

// SendCode sends a verification code to a phone or an e-mail address.
//
// POST /v2/user/verification-code, §2.5.
func (c *Client) SendCode(ctx context.Context, req SendCodeRequest) (*Reply, error) {
	return send[*Reply](ctx, c, how{method: "POST", path: "/v2/user/verification-code", body: req, signed: true, mutates: true})
}

// SendCodeRequest says where a code is sent and what for. Of PhoneNumber and Email one is needed.
type SendCodeRequest struct {
	Type        CodeType    `json:"type"`
	Email       lock.Secret `json:"email,omitzero"` // upper and lower case differ here, in no other call
	PhoneNumber lock.Secret `json:"phoneNumber,omitzero"`
}

func (r SendCodeRequest) validate() error { return someone(r.PhoneNumber, r.Email) }

// ResetPassword sets a new password for somebody who has forgotten it, and logs them in.
//
// POST /v2/user/reset-pwd, §2.6.
func (c *Client) ResetPassword(ctx context.Context, req ResetPasswordRequest) (*LoginReply, error) {
	req.Email = lowered(req.Email)
	return c.loggedIn(send[*LoginReply](ctx, c, how{method: "POST", path: "/v2/user/reset-pwd", body: req, signed: true, mutates: true}))
}

// ResetPasswordRequest names an account and its new password. Of PhoneNumber and Email one is needed.
type ResetPasswordRequest struct {
	Email            lock.Secret `json:"email,omitzero"`
	PhoneNumber      lock.Secret `json:"phoneNumber,omitzero"`
	VerificationCode lock.Secret `json:"verificationCode"` // of SendCode, CodeResetPassword
	Password         lock.Secret `json:"password"`
}

func (r ResetPasswordRequest) validate() error {
	if err := missing("VerificationCode", r.VerificationCode.Reveal(), "Password", r.Password.Reveal()); err != nil {
		return err
	}
	return someone(r.PhoneNumber, r.Email)
}

// ChangePassword changes the password of the account.
//
// POST /v2/user/change-pwd, §2.7.
func (c *Client) ChangePassword(ctx context.Context, req ChangePasswordRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/v2/user/change-pwd", req)
}

// ChangePasswordRequest holds both passwords.
type ChangePasswordRequest struct {
	OldPassword lock.Secret `json:"oldPassword"`
	NewPassword lock.Secret `json:"newPassword"`
}

func (r ChangePasswordRequest) validate() error {
	return missing("OldPassword", r.OldPassword.Reveal(), "NewPassword", r.NewPassword.Reveal())
}

// GetProfile returns the account.
//
// GET /v2/user/profile, §2.8.
func (c *Client) GetProfile(ctx context.Context) (*ProfileReply, error) {
	return get[*ProfileReply](ctx, c, "/v2/user/profile", nil)
}

// ProfileReply is the account and where it lives.
type ProfileReply struct {
	Reply
	User   User   `json:"user"`
	Region Region `json:"region"`
}

func (r *ProfileReply) place(in Region) { r.Region = in }

// UpdateProfile changes what is set in the request and leaves the rest.
//
// POST /v2/user/profile, §2.9.
func (c *Client) UpdateProfile(ctx context.Context, req UpdateProfileRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/v2/user/profile", req)
}

// UpdateProfileRequest says what to change.
type UpdateProfileRequest struct {
	Nickname       string `json:"nickname,omitzero"`
	AcceptEmailAd  *bool  `json:"acceptEmailAd,omitempty"`
	AccountConsult bool   `json:"accountConsult,omitzero"` // can be set, not unset
}

// RefreshSession renews a session. Both tokens of the answer are new and the ones before are used up:
// keep the new session before you use it. The client does all this by itself.
//
// POST /v2/user/refresh, §2.10.
func (c *Client) RefreshSession(ctx context.Context, rt lock.Secret) (*SessionReply, error) {
	r, err := signIn[*tokens](ctx, c, "/v2/user/refresh", refreshRequest{rt})
	if err != nil {
		if has(err, codeNoRecord) { // "can't find the account with this rt!"
			e, _ := errors.AsType[*lock.Error](err)
			e.Kind = lock.ErrUnauthenticated
		}
		return nil, err
	}
	if r.At.IsZero() || r.Rt.IsZero() {
		return nil, c.error(ctx, "POST /v2/user/refresh", lock.ErrProtocol, errors.New("the answer lacks a token"))
	}
	now := c.cfg.Clock.Now()
	return &SessionReply{Reply: r.Reply, Session: Session{
		At: r.At, Expires: now.Add(atLife), Rt: r.Rt, RtExpires: now.Add(rtLife), Region: c.Region(),
	}}, nil
}

type refreshRequest struct {
	Rt lock.Secret `json:"rt"`
}

func (r refreshRequest) validate() error { return missing("rt", r.Rt.Reveal()) }

// tokens are a renewed session on the wire.
type tokens struct {
	Reply
	At lock.Secret `json:"at"`
	Rt lock.Secret `json:"rt"`
}

// SessionReply is a new session. Its APIKey is not known.
type SessionReply struct {
	Reply
	Session Session `json:"session"`
}

// Logout ends the account's session with this app id.
//
// DELETE /v2/user/logout, §2.11.
func (c *Client) Logout(ctx context.Context) (*Reply, error) {
	return del[*Reply](ctx, c, "/v2/user/logout", nil)
}

// CloseAccount deletes the account for good. code is of SendCode, CodeCloseAccount.
//
// POST /v2/user/close-account, §2.12.
func (c *Client) CloseAccount(ctx context.Context, code lock.Secret) (*Reply, error) {
	return post[*Reply](ctx, c, "/v2/user/close-account", closeRequest{code})
}

type closeRequest struct {
	VerificationCode lock.Secret `json:"verificationCode"`
}

func (r closeRequest) validate() error { return missing("code", r.VerificationCode.Reveal()) }
