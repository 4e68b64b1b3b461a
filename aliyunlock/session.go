package aliyunlock

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/share"
	"github.com/smartlock-sdk/smartlock/internal/token"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Session is a user's login. To keep one, store what Reveal returns, encrypted: marshalled as it
// is, a session holds masks.
type Session struct {
	IdentityID     string
	Token          lock.Secret // iotToken
	Expires        time.Time   // of the token; zero = it is good until it is refused
	RefreshToken   lock.Secret // renews the session once, and comes back as another one
	RefreshExpires time.Time   // zero = it is good until it is refused
}

// IsZero reports whether there is no session.
func (s Session) IsZero() bool { return s.Token.IsZero() && s.RefreshToken.IsZero() }

// usable reports whether the token can still be used at now.
func (s Session) usable(now time.Time) bool {
	return !s.Token.IsZero() && (s.Expires.IsZero() || now.Add(time.Minute).Before(s.Expires))
}

// renewable reports whether the session can be renewed at now.
func (s Session) renewable(now time.Time) bool {
	return !s.RefreshToken.IsZero() && (s.RefreshExpires.IsZero() || now.Before(s.RefreshExpires))
}

// CloudToken is a project's login.
type CloudToken struct {
	Token   lock.Secret
	Expires time.Time // zero = it is good until it is refused
}

func (t CloudToken) usable(now time.Time) bool {
	return !t.Token.IsZero() && (t.Expires.IsZero() || now.Add(time.Minute).Before(t.Expires))
}

// Keeper keeps a login between runs of a program, and for its replicas. Its methods may be called
// concurrently.
type Keeper[T Session | CloudToken] interface {
	// Load returns what was saved last, by whomever; zero if nothing was. It is asked before every
	// login, and when a login is refused.
	Load(ctx context.Context) (T, error)
	// Save keeps a new login. It is called before the login is used: after an error the call that
	// needed it fails, and the next one saves it again.
	Save(ctx context.Context, login T) error
}

// CreateSession begins a session with an authorization code, which is good for one session. The
// client does so by itself with WithAuthCode; this is for programs that hand the session on.
//
// POST /account/createSessionByAuthCode, outside the document.
func (c *Client) CreateSession(ctx context.Context, req CreateSessionRequest) (*Answer[Session], error) {
	return sessionCall(ctx, c, "/account/createSessionByAuthCode", req)
}

// CreateSessionRequest describes who signs in.
type CreateSessionRequest struct {
	AuthCode         lock.Secret
	AccountType      AccountType
	RegisterPlatform string // "" = not said
}

func (r CreateSessionRequest) validate() error {
	return missing("AuthCode", r.AuthCode.Reveal(), "AccountType", string(r.AccountType))
}

func (r CreateSessionRequest) onWire(c *Client) any {
	return nested[any]{struct {
		AuthCode         lock.Secret `json:"authCode"`
		AccountType      AccountType `json:"accountType"`
		AppKey           string      `json:"appKey"`
		RegisterPlatform string      `json:"registerPlatform,omitzero"`
	}{r.AuthCode, r.AccountType, c.app.key[0], r.RegisterPlatform}}
}

// nested are the params of the account's calls: an object called request, inside params.
type nested[T any] struct {
	Request T `json:"request"`
}

// RefreshSession renews a session. The refresh token of the answer may be another one, and the one
// before is then used up: keep the new session before you use it. The client does all this by
// itself.
//
// POST /account/checkOrRefreshSession, outside the document.
func (c *Client) RefreshSession(ctx context.Context, req SessionRequest) (*Answer[Session], error) {
	return sessionCall(ctx, c, "/account/checkOrRefreshSession", req)
}

// SessionRequest names a session.
type SessionRequest struct {
	IdentityID   string
	RefreshToken lock.Secret
}

func (r SessionRequest) validate() error {
	return missing("IdentityID", r.IdentityID, "RefreshToken", r.RefreshToken.Reveal())
}

func (r SessionRequest) onWire(*Client) any {
	return nested[any]{struct {
		IdentityID   string      `json:"identityId"`
		RefreshToken lock.Secret `json:"refreshToken"`
	}{r.IdentityID, r.RefreshToken}}
}

// SignOut ends a session, its refresh token too.
//
// POST /iotx/account/invalidSession, outside the document.
func (c *Client) SignOut(ctx context.Context, req SessionRequest) (*Reply, error) {
	e, err := send[nothing](ctx, c, "/iotx/account/invalidSession", req, how{mutates: true, open: true})
	if err != nil {
		return nil, err
	}
	r := e.reply()
	return &r, nil
}

// sessionData is a session on the wire: its lifetimes count seconds from now.
type sessionData struct {
	wire.Kept          `json:"-"`
	IdentityID         string      `json:"identityId"`
	IotToken           lock.Secret `json:"iotToken"`
	IotTokenExpire     int64       `json:"iotTokenExpire"`
	RefreshToken       lock.Secret `json:"refreshToken"`
	RefreshTokenExpire int64       `json:"refreshTokenExpire"`
}

// sessionCall asks for a session. Asking again does no harm that a lost answer has not done yet.
func sessionCall(ctx context.Context, c *Client, path string, req any) (*Answer[Session], error) {
	e, err := send[sessionData](ctx, c, path, req, how{open: true})
	if err != nil {
		return nil, err
	}
	d, now := e.Data.value, c.cfg.Clock.Now()
	if d.IotToken.IsZero() {
		return nil, c.error(ctx, path, lock.ErrProtocol, errors.New("the answer has no iotToken"))
	}
	return &Answer[Session]{Reply: e.reply(), Data: Session{
		IdentityID: d.IdentityID,
		Token:      d.IotToken, Expires: after(now, d.IotTokenExpire),
		RefreshToken: d.RefreshToken, RefreshExpires: after(now, d.RefreshTokenExpire),
	}}, nil
}

// after is the instant some seconds later; zero if the vendor does not say.
func after(now time.Time, seconds int64) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return now.Add(time.Duration(seconds) * time.Second)
}

// GetCloudToken logs a project in. It ends the token the project had before, also one that
// another program uses. The client does this by itself.
//
// POST /cloud/token, outside the document.
func (c *Client) GetCloudToken(ctx context.Context) (*Answer[CloudToken], error) {
	return cloudTokenCall(ctx, c, "/cloud/token", struct {
		GrantType string `json:"grantType"`
		Res       string `json:"res"`
	}{"project", c.set.project})
}

// RefreshCloudToken renews the token of a project.
//
// POST /cloud/token/refresh, outside the document.
func (c *Client) RefreshCloudToken(ctx context.Context, token lock.Secret) (*Answer[CloudToken], error) {
	return cloudTokenCall(ctx, c, "/cloud/token/refresh", refreshCloudTokenRequest{token})
}

type refreshCloudTokenRequest struct {
	CloudToken lock.Secret `json:"cloudToken"`
}

func (r refreshCloudTokenRequest) validate() error { return missing("token", r.CloudToken.Reveal()) }

// cloudTokenData is a cloud token on the wire. The vendor's table and its sample have different
// names for both members.
type cloudTokenData struct {
	CloudToken lock.Secret `json:"cloudToken"`
	IotToken   lock.Secret `json:"iotToken"`
	ExpireIn   int64       `json:"expireIn"`
	ExpiresIn  int64       `json:"expiresIn"`
}

func cloudTokenCall(ctx context.Context, c *Client, path string, req any) (*Answer[CloudToken], error) {
	e, err := send[cloudTokenData](ctx, c, path, req, how{open: true})
	if err != nil {
		return nil, err
	}
	d := e.Data.value
	t := CloudToken{Token: d.CloudToken}
	if t.Token.IsZero() {
		t.Token = d.IotToken
	}
	if t.Token.IsZero() {
		return nil, c.error(ctx, path, lock.ErrProtocol, errors.New("the answer has no cloudToken"))
	}
	life := d.ExpireIn
	if life == 0 {
		life = d.ExpiresIn
	}
	if life > 0 {
		t.Expires = c.cfg.Clock.Now().Add(cloudLifetime(life))
	}
	return &Answer[CloudToken]{Reply: e.reply(), Data: t}, nil
}

// cloudLifetime reads a lifetime whose unit is said to be milliseconds in the vendor's text, and is
// seconds in some of its samples: no token lives for 100000 seconds, or dies within 100.
func cloudLifetime(n int64) time.Duration {
	if n >= 100_000 {
		return time.Duration(n) * time.Millisecond
	}
	return time.Duration(n) * time.Second
}

// login keeps what one kind of login needs in memory and with the caller's Keeper.
type login[T Session | CloudToken] struct {
	keeper  Keeper[T] // nil = in memory only
	held    T         // what is in use
	unsaved bool      // held is new, and keeping it has failed
}

// kept returns what the keeper holds, zero without a keeper.
func (l *login[T]) kept(ctx context.Context) (T, error) {
	var none T
	if l.keeper == nil {
		return none, nil
	}
	t, err := l.keeper.Load(ctx)
	if err != nil {
		return none, fmt.Errorf("loading the login: %w", err)
	}
	return t, nil
}

// take begins to use a new login, after it was kept.
func (l *login[T]) take(ctx context.Context, t T) error {
	l.held, l.unsaved = t, l.keeper != nil
	return l.save(ctx)
}

// save keeps what is held, if that is still to be done.
func (l *login[T]) save(ctx context.Context) error {
	if !l.unsaved {
		return nil
	}
	if err := l.keeper.Save(ctx, l.held); err != nil {
		return fmt.Errorf("keeping the new login before it is used: %w", err)
	}
	l.unsaved = false
	return nil
}

// session gives out the iotTokens of a user.
type session struct {
	c      *Client
	source *token.Source
	login[Session]
	begun    bool // held was set once
	restored bool // by another replica

	mu      sync.Mutex
	fresh   lock.Secret // the newest token that we made, rather than were given
	freshAt time.Time
}

func newSession(c *Client, appKey string) *session {
	s := &session{c: c, login: login[Session]{keeper: c.set.sessions}}
	s.source = token.New(c.cfg.Clock, s.fetch, token.Early(time.Hour), s.shared(appKey), token.With(s), token.Rest(time.Hour))
	return s
}

// shared shares the session through lock.WithStore where it is known whose it is: an app has many
// users.
func (s *session) shared(appKey string) token.Option {
	user, store := s.c.set.session.IdentityID, s.c.cfg.Store
	if user == "" && s.c.cfg.Account == "" {
		store = nil
	}
	return token.Shared(store, s.c.account(appKey, user, s.c.cfg.Account), share.Credentials(s.c.set.session.RefreshToken))
}

// sharedSession is a session in a lock.Store.
type sharedSession struct {
	IdentityID     string      `json:"identity"`
	Token          lock.Secret `json:"token"`
	Expires        wire.Milli  `json:"expires,omitzero"`
	RefreshToken   lock.Secret `json:"refresh,omitzero"`
	RefreshExpires wire.Milli  `json:"refresh_expires,omitzero"`
	FreshAt        wire.Milli  `json:"fresh_at,omitzero"` // see tooYoung; zero = the token was given to us
}

// Dump implements token.State.
func (s *session) Dump() []byte {
	h := s.held
	shared := sharedSession{h.IdentityID, h.Token, wire.Milli{Time: h.Expires}, h.RefreshToken, wire.Milli{Time: h.RefreshExpires}, wire.Milli{}}
	s.mu.Lock()
	if s.fresh.Equal(h.Token) {
		shared.FreshAt.Time = s.freshAt
	}
	s.mu.Unlock()
	state, err := wire.Marshal(shared)
	if err != nil {
		return nil // it is not shared then
	}
	return state
}

// Restore implements token.State.
func (s *session) Restore(state []byte) {
	var shared sharedSession
	if err := wire.Unmarshal(state, &shared); err != nil || s.unsaved {
		return // the token alone will do until it has ended; and what could not be saved yet is not lost
	}
	s.held = Session{shared.IdentityID, shared.Token, shared.Expires.Time, shared.RefreshToken, shared.RefreshExpires.Time}
	s.begun, s.restored = true, true
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh, s.freshAt = shared.Token, shared.FreshAt.Time
}

// tooYoung is the age up to which a refused token is not renewed. The vendor's 401 also stands for a
// user who is not bound to a device: renewing at each of those would end in a client that may not
// log in any more.
const tooYoung = 10 * time.Minute

// Token implements rest.TokenSource. A token that we have made a moment ago is no better made anew:
// it is given out again, which lets the refusal stand, unless another replica has kept a newer one.
func (s *session) Token(ctx context.Context, rejected string) (string, error) {
	if rejected != "" && s.young(rejected) && !s.source.Newer(ctx, rejected) {
		kept, err := s.kept(ctx)
		if err != nil || !kept.usable(s.c.cfg.Clock.Now()) || kept.Token.Equal(lock.NewSecret(rejected)) {
			return rejected, nil
		}
	}
	return s.source.Token(ctx, rejected)
}

func (s *session) young(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh.Equal(lock.NewSecret(token)) && s.c.cfg.Clock.Now().Sub(s.freshAt) < tooYoung
}

// fetch finds a session that can be used: one that somebody else has kept meanwhile, ours renewed,
// or a new one by an authorization code. One fetch runs at a time.
func (s *session) fetch(ctx context.Context) (string, time.Time, error) {
	if s.unsaved {
		return s.give(s.save(ctx))
	}
	now := s.c.cfg.Clock.Now()
	kept, err := s.kept(ctx)
	if err != nil {
		return s.give(err)
	}
	if !s.begun && !kept.usable(now) && !kept.renewable(now) {
		kept = s.c.set.session
	}
	stale := s.restored && kept.Expires.Before(s.held.Expires) // what a replica has shared is newer
	if !kept.IsZero() && !stale && (s.held.IsZero() || !kept.Token.Equal(s.held.Token)) {
		s.held, s.begun = kept, true
		if kept.usable(now) {
			return s.give(nil)
		}
	}
	if s.held.renewable(now) {
		done, err := s.renew(ctx)
		if done || err != nil {
			return s.give(err)
		}
	}
	if s.c.set.authCode == nil {
		return s.give(s.ended())
	}
	code, err := s.c.set.authCode(ctx)
	if err != nil {
		return s.give(fmt.Errorf("getting an authorization code: %w", err))
	}
	a, err := s.c.CreateSession(ctx, CreateSessionRequest{AuthCode: code, AccountType: s.c.set.accountType})
	if err != nil {
		return s.give(err)
	}
	return s.give(s.made(ctx, a.Data))
}

// renew renews the session that is held. It reports false, without an error, when the vendor says
// that the session has ended and there is another way to get one.
func (s *session) renew(ctx context.Context) (done bool, err error) {
	a, err := s.c.RefreshSession(ctx, SessionRequest{IdentityID: s.held.IdentityID, RefreshToken: s.held.RefreshToken})
	if err == nil {
		if a.Data.RefreshToken.IsZero() { // it does not rotate
			a.Data.RefreshToken, a.Data.RefreshExpires = s.held.RefreshToken, s.held.RefreshExpires
		}
		if a.Data.IdentityID == "" {
			a.Data.IdentityID = s.held.IdentityID
		}
		return true, s.made(ctx, a.Data)
	}
	if !errors.Is(err, lock.ErrUnauthenticated) {
		return false, err
	}
	// Another replica may have renewed it between our Load and the call.
	kept, loadErr := s.kept(ctx)
	if loadErr == nil && !kept.Token.Equal(s.held.Token) && kept.usable(s.c.cfg.Clock.Now()) {
		s.held = kept
		return true, nil
	}
	if s.c.set.authCode == nil {
		return false, err
	}
	return false, nil
}

// made takes a session that the vendor has just made for us.
func (s *session) made(ctx context.Context, n Session) error {
	s.begun = true
	if err := s.take(ctx, n); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh, s.freshAt = n.Token, s.c.cfg.Clock.Now()
	return nil
}

// give is what fetch returns.
func (s *session) give(err error) (string, time.Time, error) {
	if err != nil {
		return "", time.Time{}, err
	}
	return s.held.Token.Reveal(), s.held.Expires, nil
}

// ended says why there is no session.
func (s *session) ended() error {
	if !s.begun {
		return &lock.Error{Vendor: Vendor, Kind: lock.ErrInvalidArgument, Message: "there is no session: give one with WithSession, WithAuthCode or WithSessionStore"}
	}
	return &lock.Error{Vendor: Vendor, Kind: lock.ErrUnauthenticated, Message: "the session has ended; the user has to sign in again"}
}

// cloudTokens gives out the cloudTokens of a project.
type cloudTokens struct {
	c *Client
	login[CloudToken]
}

// newCloudTokens returns a source that renews at half of a token's life, because its unit is not
// sure.
func newCloudTokens(c *Client) *token.Source {
	t := &cloudTokens{c: c, login: login[CloudToken]{keeper: c.set.cloudTokens}}
	return token.New(c.cfg.Clock, t.fetch, token.Early(1<<62), token.With(t),
		token.Shared(c.cfg.Store, c.account(c.set.cloudKey, c.set.project), share.Credentials(c.set.cloudSecret)))
}

// sharedCloudToken is a cloud token in a lock.Store.
type sharedCloudToken struct {
	Token   lock.Secret `json:"token"`
	Expires wire.Milli  `json:"expires,omitzero"`
}

// Dump implements token.State.
func (t *cloudTokens) Dump() []byte {
	state, err := wire.Marshal(sharedCloudToken{t.held.Token, wire.Milli{Time: t.held.Expires}})
	if err != nil {
		return nil // it is not shared then
	}
	return state
}

// Restore implements token.State.
func (t *cloudTokens) Restore(state []byte) {
	var shared sharedCloudToken
	if err := wire.Unmarshal(state, &shared); err == nil && !t.unsaved {
		t.held = CloudToken{shared.Token, shared.Expires.Time}
	}
}

// fetch finds a cloud token that can be used: one that somebody else has kept meanwhile, ours
// renewed, or a new one.
func (t *cloudTokens) fetch(ctx context.Context) (string, time.Time, error) {
	if t.unsaved {
		return t.give(t.save(ctx))
	}
	now := t.c.cfg.Clock.Now()
	kept, err := t.kept(ctx)
	if err != nil {
		return t.give(err)
	}
	if !kept.Token.Equal(t.held.Token) && kept.usable(now) {
		t.held = kept
		return t.give(nil)
	}
	if t.held.usable(now) {
		a, err := t.c.RefreshCloudToken(ctx, t.held.Token)
		if err == nil {
			return t.give(t.take(ctx, a.Data))
		}
		if lock.KindOf(err).Retryable() { // the vendor is out of order, the token need not be
			return t.give(err)
		}
	}
	a, err := t.c.GetCloudToken(ctx)
	if err != nil {
		return t.give(err)
	}
	return t.give(t.take(ctx, a.Data))
}

func (t *cloudTokens) give(err error) (string, time.Time, error) {
	if err != nil {
		return "", time.Time{}, err
	}
	return t.held.Token.Reveal(), t.held.Expires, nil
}

// badCloudToken reports whether a code means that the project's token is no longer good.
func badCloudToken(code int64, _ string) bool { return code == codeCloudToken }
