package ewelink

import (
	"cmp"
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/share"
	"github.com/smartlock-sdk/smartlock/internal/token"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// sharedAs names what replicas share in a lock.Store: the session of an account with this app id, and
// its pace. "" if there is no store, or if nobody says whose session it is.
func (c *Client) sharedAs() string {
	who := cmp.Or(c.set.login.name(), c.set.session.APIKey, c.cfg.Account)
	if c.cfg.Store == nil || who == "" {
		return ""
	}
	return share.Account(Vendor, c.cfg.BaseURL, c.appID, who)
}

// unnamed reports a session that would have to be shared, of whom nobody knows. Replicas that each
// renewed it would end it for one another.
func (l *logins) unnamed() error {
	set := l.c.set
	if l.c.cfg.Store == nil || l.c.account != "" || set.session.IsZero() && set.sessions == nil {
		return nil
	}
	return &lock.Error{Vendor: Vendor, Kind: lock.ErrInvalidArgument, Message: "to share a session through lock.WithStore, say whose it is: with Session.APIKey, or with a name of your own by lock.WithAccount"}
}

// shared shares the session through lock.WithStore.
func (l *logins) shared() token.Option {
	if l.c.account == "" {
		return token.Shared(nil, "", "")
	}
	return token.Shared(claims{l.c.cfg.Store, l}, l.c.account, l.credentials())
}

// credentials stand for what this client was given to get a session with.
func (l *logins) credentials() string {
	return share.Credentials(l.c.set.login.password, l.c.set.session.Rt)
}

// claims is the store as logins use it.
type claims struct {
	lock.Store
	l *logins
}

// ClaimToken implements lock.TokenStore. A pause after refused logins does not hold for a session that
// somebody has put into the keeper since: to use that one no login is needed.
func (s claims) ClaimToken(ctx context.Context, account string, c lock.TokenClaim) (lock.TokenGrant, error) {
	g, err := s.Store.ClaimToken(ctx, account, c)
	if err != nil || g.Paused == nil {
		return g, err
	}
	kept, err := s.l.kept(ctx)
	if err != nil || !kept.usable(s.l.c.cfg.Clock.Now()) || lock.TokenID(kept.At) == g.Token.ID || !kept.newer(s.l.current()) {
		return g, nil
	}
	c.Credentials = share.Credentials(kept.Rt, kept.At)
	return s.Store.ClaimToken(ctx, account, c)
}

// DropClaim implements lock.TokenStore. While somebody else uses the account nobody needs to look again.
func (s claims) DropClaim(ctx context.Context, account, claim string, why lock.ClaimFailure) error {
	if why.Strike && s.l.yield > 0 {
		why.Pause = s.l.yield
	}
	return s.Store.DropClaim(ctx, account, claim, why)
}

// sharedSession is a session in a lock.Store.
type sharedSession struct {
	At        lock.Secret           `json:"at"`
	Expires   wire.Milli            `json:"expires,omitzero"`
	Rt        lock.Secret           `json:"rt,omitzero"`
	RtExpires wire.Milli            `json:"rt_expires,omitzero"`
	APIKey    string                `json:"apikey,omitempty"`
	Region    Region                `json:"region,omitempty"`
	Taken     map[string]wire.Milli `json:"taken,omitempty"` // see logins.taken
}

// Dump implements token.State.
func (l *logins) Dump() []byte {
	h := l.current()
	shared := sharedSession{
		At: h.At, Expires: wire.Milli{Time: h.Expires}, Rt: h.Rt, RtExpires: wire.Milli{Time: h.RtExpires},
		APIKey: h.APIKey, Region: cmp.Or(h.Region, l.c.Region()), Taken: map[string]wire.Milli{},
	}
	for by, at := range l.taken {
		shared.Taken[by] = wire.Milli{Time: at}
	}
	state, err := wire.Marshal(shared)
	if err != nil {
		return nil // the token alone is shared then
	}
	return state
}

// Restore implements token.State. What could not be kept here has been replaced by now.
func (l *logins) Restore(state []byte) {
	var shared sharedSession
	if err := wire.Unmarshal(state, &shared); err != nil {
		return // the token alone will do until it has ended
	}
	l.hold(Session{
		At: shared.At, Expires: shared.Expires.Time, Rt: shared.Rt, RtExpires: shared.RtExpires.Time,
		APIKey: cmp.Or(shared.APIKey, l.current().APIKey), Region: shared.Region,
	})
	l.taken = map[string]time.Time{}
	for by, at := range shared.Taken {
		l.taken[by] = at.Time
	}
	l.unsaved = false
	l.outlived.Store(false) // what was said of an older token
}
