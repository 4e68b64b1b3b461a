package ewelink

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/token"
	"github.com/smartlock-sdk/smartlock/lock"
)

// What the live connection (socket_hub.go, provider_watch.go) uses of the calls over HTTP:
//
//	c.session(ctx, rejected)      a Session with At, APIKey and Region; rejected is the At the socket's
//	                              handshake was refused with (406), "" = any good one
//	c.Dispatch(ctx)               where to connect; c.socketURL(d) makes the address of it
//	c.things(ctx, home)           every thing of a home, c.allThings(ctx) of all homes, each once
//	c.subjects(ctx, q)            what events are about; recordEvents and happenings make them
//	c.cfg, c.appID, c.set         what New was given
//	c.error(ctx, where, kind, err)  an error in the vendor's coat
//	c.hook(), c.dial              what Open and other commands use while a socket is up; see control.go

// Session is an account's login. There is one for each account and app id: the next login ends it,
// whoever makes it. To keep one, store what Reveal returns, encrypted: marshalled as it is, a session
// holds masks.
type Session struct {
	At        lock.Secret // access token, good for 30 days
	Expires   time.Time   // of At; zero = it is good until it is refused
	Rt        lock.Secret // refresh token: good once, for 60 days; a renewal brings another one
	RtExpires time.Time   // zero = it is good until it is refused
	APIKey    string      // the account's user id, "" = not known yet: the OAuth reply has none
	Region    Region      // where the account lives
}

// IsZero reports whether there is no session.
func (s Session) IsZero() bool { return s.At.IsZero() && s.Rt.IsZero() }

// usable reports whether the access token can still be used at now.
func (s Session) usable(now time.Time) bool {
	return !s.At.IsZero() && (s.Expires.IsZero() || now.Add(time.Minute).Before(s.Expires))
}

// newer reports whether the session is a later one of the same account. One that does not tell its end
// is none. Sessions that replicas share end at whole milliseconds.
func (s Session) newer(than Session) bool {
	return !s.At.Equal(than.At) && s.Expires.Truncate(time.Millisecond).After(than.Expires)
}

// renewable reports whether the session can be renewed at now.
func (s Session) renewable(now time.Time) bool {
	return !s.Rt.IsZero() && (s.RtExpires.IsZero() || now.Before(s.RtExpires))
}

// Keeper keeps a session between runs of a program, and for its replicas. Its methods may be called
// concurrently. Together with lock.WithStore it holds a copy: see WithSessionStore.
type Keeper[T Session] interface {
	// Load returns what was saved last, by whomever; zero if nothing was. It is asked before every
	// login, and when a login is refused.
	Load(ctx context.Context) (T, error)
	// Save keeps a new login. It is called before the login is used: after an error the call that
	// needed it fails, and the next one saves it again.
	Save(ctx context.Context, login T) error
}

const (
	atLife = 30 * 24 * time.Hour // "one month"; no reply but the OAuth one says it
	rtLife = 60 * 24 * time.Hour

	// A session is renewed when a sixth of its life is left.
	renewEarly = 5 * 24 * time.Hour

	// Somebody else's login ends our session. One is taken back; when that one is ended as well
	// within truce, the account has two users, and we are the one to give in.
	truce = 24 * time.Hour
)

// logins gives out the access tokens of an account.
type logins struct {
	c      *Client
	source *token.Source

	// Of the renewal under way; one runs at a time.
	begun   bool                 // held was set once
	unsaved bool                 // held is new, and keeping it has failed
	taken   map[string]time.Time // by credentials: when a session that somebody had ended was taken back
	yield   time.Duration        // how long the latest renewal has left the account to somebody else; 0 = it has not

	outlived atomic.Bool // the vendor says of the token refused last that its time was over

	mu   sync.Mutex // guards held for those who read it outside a renewal
	held Session
}

func newLogins(c *Client) *logins {
	l := &logins{c: c, taken: map[string]time.Time{}}
	l.source = token.New(c.cfg.Clock, l.fetch, token.Early(renewEarly), l.shared(), token.With(l))
	return l
}

// Token implements rest.TokenSource.
func (l *logins) Token(ctx context.Context, rejected string) (string, error) {
	if rejected != "" && !l.current().At.Equal(lock.NewSecret(rejected)) {
		l.outlived.Store(false) // it was said of a token that has been replaced
	}
	return l.source.Token(ctx, rejected)
}

// session returns a session whose access token is not rejected, with the account's api key.
func (c *Client) session(ctx context.Context, rejected string) (Session, error) {
	at, err := c.logins.Token(ctx, rejected)
	if err != nil {
		return Session{}, c.wrapped(ctx, "", err)
	}
	s := c.logins.current()
	s.At = lock.NewSecret(at) // a renewal may have come between
	if s.APIKey == "" {
		key, err := c.findAPIKey(ctx)
		if err != nil {
			return Session{}, err
		}
		c.logins.learn(key)
		s.APIKey = key
	}
	s.Region = c.Region()
	return s, nil
}

// findAPIKey asks for the account's api key in a way that every app id is allowed: it stands in the
// account's own homes.
func (c *Client) findAPIKey(ctx context.Context) (string, error) {
	r, err := c.ListHomes(ctx, ListHomesRequest{})
	if err != nil {
		return "", err
	}
	for _, h := range r.FamilyList {
		if h.FamilyType != HomeShared && h.APIKey != "" {
			return h.APIKey, nil
		}
	}
	return "", c.error(ctx, "GET /v2/family", lock.ErrProtocol, errors.New("no home of the account tells its api key"))
}

func (l *logins) current() Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// learn adds the api key to the session in use. It is the same for every session of the account, so
// the next one has it too.
func (l *logins) learn(apiKey string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held.APIKey = apiKey
}

func (l *logins) hold(s Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun, l.held = true, s
	l.c.settle(s.Region)
}

// fetch finds a session that can be used: one that somebody else has kept meanwhile, ours renewed, or
// a new login. One fetch runs at a time.
func (l *logins) fetch(ctx context.Context) (string, time.Time, error) {
	if err := l.unnamed(); err != nil {
		return l.give(err)
	}
	l.yield = 0
	if l.unsaved {
		return l.give(l.save(ctx))
	}
	now := l.c.cfg.Clock.Now()
	kept, err := l.kept(ctx)
	if err != nil {
		if !l.begun || l.c.account == "" {
			return l.give(err)
		}
		l.c.cfg.Logger.Warn("going on with the session that the replicas share", "vendor", string(Vendor), "account", l.c.cfg.Account, "err", err)
	}
	held := l.current()
	if s := l.given(kept, held, now); !s.IsZero() {
		if s.APIKey == "" {
			s.APIKey = held.APIKey
		}
		l.hold(s)
		if held = s; held.usable(now) {
			return l.give(nil)
		}
	}
	// The vendor has refused a session that had time left: somebody else has logged in.
	ended := l.begun && held.alive(now) && !l.outlived.Swap(false)
	me := l.credentials()
	if taken, ok := l.taken[me]; ended && ok && now.Sub(taken) < truce {
		l.yield = taken.Add(truce).Sub(now)
		return l.give(l.conflict(l.yield))
	}
	s, err := l.anew(ctx, held)
	if err != nil {
		return l.give(err)
	}
	if ended {
		maps.DeleteFunc(l.taken, func(_ string, at time.Time) bool { return now.Sub(at) >= truce })
		l.taken[me] = now
	}
	if s == nil { // somebody else's renewal, which is kept already
		return l.give(nil)
	}
	return l.give(l.take(ctx, *s))
}

// given returns the session from outside that goes before the one that is held: what the keeper has,
// or else what New was given. Zero if there is none. Of a session that the replicas share only a newer
// one takes the place: a keeper that is this process's own may be behind.
func (l *logins) given(kept, held Session, now time.Time) Session {
	switch {
	case !l.begun && !kept.usable(now) && !kept.renewable(now):
		return l.c.set.session
	case l.begun && l.c.account != "":
		for _, s := range []Session{kept, l.c.set.session} {
			if s.newer(held) {
				return s
			}
		}
		return Session{}
	case held.IsZero() || !kept.At.Equal(held.At):
		return kept
	}
	return Session{}
}

// anew makes a session: held renewed, or a new login. It returns nil if another replica has made one
// meanwhile.
func (l *logins) anew(ctx context.Context, held Session) (*Session, error) {
	if held.renewable(l.c.cfg.Clock.Now()) {
		s, err := l.renew(ctx, held)
		if !errors.Is(err, errEnded) {
			return s, err
		}
	}
	if l.c.set.login.account == "" {
		return nil, l.ended()
	}
	s, err := l.c.logIn(ctx)
	return &s, err
}

// errEnded says that a session cannot be renewed and that there is another way to get one.
var errEnded = errors.New("the session has ended")

// alive reports whether the access token should have been good at now, for longer than it is before
// a session is renewed by itself.
func (s Session) alive(now time.Time) bool {
	return !s.At.IsZero() && !s.Expires.IsZero() && s.Expires.Sub(now) > renewEarly
}

// renew renews a session.
func (l *logins) renew(ctx context.Context, held Session) (*Session, error) {
	r, err := l.c.RefreshSession(ctx, held.Rt)
	if err == nil {
		s := r.Session
		s.APIKey, s.Region = held.APIKey, l.c.Region()
		return &s, nil
	}
	if !errors.Is(err, lock.ErrUnauthenticated) && !errors.Is(err, lock.ErrSessionConflict) {
		return nil, err
	}
	// Another replica may have renewed it between our Load and the call.
	kept, loadErr := l.kept(ctx)
	if loadErr == nil && !kept.At.Equal(held.At) && kept.usable(l.c.cfg.Clock.Now()) {
		l.hold(kept)
		return nil, nil
	}
	if l.c.set.login.account == "" {
		return nil, err
	}
	return nil, errEnded
}

// kept returns what the keeper holds, zero without a keeper.
func (l *logins) kept(ctx context.Context) (Session, error) {
	if l.c.set.sessions == nil {
		return Session{}, nil
	}
	s, err := l.c.set.sessions.Load(ctx)
	if err != nil {
		return Session{}, fmt.Errorf("loading the session: %w", err)
	}
	return s, nil
}

// take begins to use a new session, after it was kept.
func (l *logins) take(ctx context.Context, s Session) error {
	l.hold(s)
	l.unsaved = l.c.set.sessions != nil
	return l.save(ctx)
}

// save keeps what is held, if that is still to be done.
func (l *logins) save(ctx context.Context) error {
	if !l.unsaved {
		return nil
	}
	err := l.c.set.sessions.Save(ctx, l.current())
	switch {
	case err == nil:
	case l.c.account != "": // the replicas keep it; what only one of them knew would be lost
		l.c.cfg.Logger.Warn("the new session is kept in the store of the replicas only", "vendor", string(Vendor), "account", l.c.cfg.Account, "err", err)
	default:
		return fmt.Errorf("keeping the new session before it is used: %w", err)
	}
	l.unsaved = false
	return nil
}

// give is what fetch returns.
func (l *logins) give(err error) (string, time.Time, error) {
	if err != nil {
		return "", time.Time{}, err
	}
	s := l.current()
	return s.At.Reveal(), s.Expires, nil
}

// conflict says that somebody else uses the account.
func (l *logins) conflict(left time.Duration) error {
	return &lock.Error{
		Vendor: Vendor, Kind: lock.ErrSessionConflict, RetryAfter: left,
		Message: "another login with this account and app id has ended the session, and has done so before: not logging in against it",
	}
}

// ended says why there is no session.
func (l *logins) ended() error {
	if !l.begun {
		return &lock.Error{Vendor: Vendor, Kind: lock.ErrInvalidArgument, Message: "there is no session: give one with WithSession or WithSessionStore, or a login with WithLogin"}
	}
	return &lock.Error{Vendor: Vendor, Kind: lock.ErrUnauthenticated, Message: "the session has ended; the user has to sign in again"}
}
