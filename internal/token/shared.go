package token

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/share"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Shared shares the token with the sources of other replicas that have the same account in the same
// store; a nil store shares nothing. See package share for account and credentials.
func Shared(store lock.Store, account, credentials string) Option {
	return func(s *Source) {
		if store == nil {
			return
		}
		s.shared = &shared{store: store, account: account, credentials: credentials}
		s.jitter = 0.5 + rand.Float64()/2 // of the time before the end: not all replicas at once
	}
}

// State is what a login needs besides the token, such as a refresh token. Its methods are called
// where fetch is: one at a time.
type State interface {
	// Dump returns the state after a login, to be shared beside the token.
	Dump() []byte
	// Restore takes over the state of another replica, before its token is used or the next login.
	Restore([]byte)
}

// With shares a state beside the token.
func With(state State) Option { return func(s *Source) { s.state = state } }

// Rest sets how long credentials that were refused twice are left alone when the token is shared.
// Default: a day, or until they change.
func Rest(d time.Duration) Option { return func(s *Source) { s.rest = d } }

const (
	loginWithin = 30 * time.Second // of one that others wait for; a replica that dies in it costs them so much
	saveWithin  = 2 * time.Second
	saveAgain   = 100 * time.Millisecond

	lookAgain = 50 * time.Millisecond // while another replica logs in, give or take a half
	askAgain  = 5 * time.Second       // the store, during a pause: the token may come from somewhere else

	defaultRest = 24 * time.Hour

	keepLonger  = 24 * time.Hour      // than the token lives
	keepUnknown = 30 * 24 * time.Hour // a token whose end is not told
	keepState   = 90 * 24 * time.Hour
)

// errBusy says that another replica renews the token early, which we need not wait for.
var errBusy = errors.New("token: another replica is renewing it")

// shared is a source's place in a store.
type shared struct {
	store       lock.Store
	account     string
	credentials string
	stateOf     time.Time // when the login was of which the state is; of the renewal under way
}

// record is what is kept in a store, as JSON. It holds secrets in clear and lives for a moment only.
type record struct {
	Token   string      `json:"token"`
	Got     time.Time   `json:"got"`
	Expires time.Time   `json:"expires,omitzero"`
	State   []byte      `json:"state,omitempty"`
	Logins  []time.Time `json:"logins,omitempty"` // after a refusal, within the budget's time
}

// need is why a token is wanted.
type need struct {
	rejected lock.Secret // the token that cannot be used, zero = there is none
	refused  bool        // the vendor said so
	early    bool        // it will end soon
}

// renew returns the token that another replica has got, or logs in as the only one.
func (s *Source) renew(ctx context.Context, n need) (login, error) {
	rejected := lock.TokenID(n.rejected)
	for {
		g, err := s.shared.store.ClaimToken(ctx, s.shared.account, lock.TokenClaim{
			Rejected: rejected, Refused: n.refused, Hold: loginWithin + saveWithin, Credentials: s.shared.credentials,
		})
		switch {
		case err != nil:
			return login{}, share.Unavailable(err) // nobody logs in without the store: at some vendors that ends the token of the others
		case g.Good:
			l, _ := s.restore(g.Token)
			if !l.token.IsZero() && l.usable(s.clock.Now()) {
				return l, nil
			}
			rejected, n.refused = g.Token.ID, false
			continue
		case g.Claim != "":
			l, err := s.logIn(ctx, g)
			if errors.Is(err, lock.ErrSuperseded) {
				continue // we took too long; another replica has the claim
			}
			return l, err
		case g.Paused != nil:
			return login{}, paused(g)
		case n.early:
			return login{}, errBusy
		}
		pause := min(g.Wait, lookAgain/2+rand.N(lookAgain))
		if err := lock.SystemClock.Sleep(ctx, pause); err != nil { // real time: it is a login that we wait for
			return login{}, err
		}
	}
}

// restore reads what is kept; zero if there is nothing, or nothing that we can read. It also returns
// the logins that the budget counts.
func (s *Source) restore(t lock.StoredToken) (login, []time.Time) {
	var r record
	if err := json.Unmarshal(t.Value, &r); err != nil {
		return login{}, nil
	}
	token := lock.NewSecret(r.Token)
	if token.IsZero() || lock.TokenID(token) != t.ID {
		return login{}, nil
	}
	if s.state != nil && r.State != nil && r.Got.After(s.shared.stateOf) { // else ours is newer, and could not be kept
		s.shared.stateOf = r.Got
		s.state.Restore(r.State)
	}
	return login{token, r.Got, r.Expires}, r.Logins
}

// logIn logs in under a claim, and keeps the token for all.
func (s *Source) logIn(ctx context.Context, g lock.TokenGrant) (login, error) {
	_, logins := s.restore(g.Token)
	now := s.clock.Now()
	logins = slices.DeleteFunc(logins, func(at time.Time) bool { return now.Sub(at) >= s.budget.span() })
	if over := len(logins) - s.budget.size; g.Refused && over >= 0 {
		s.drop(ctx, g.Claim, lock.ClaimFailure{})
		return login{}, overBudget(s.budget.span() - now.Sub(logins[over]))
	}
	bounded, cancel := context.WithTimeout(ctx, loginWithin)
	defer cancel()
	l, err := s.get(bounded)
	if err != nil {
		s.drop(ctx, g.Claim, s.failure(err, g.Strikes))
		return login{}, err
	}
	if g.Refused {
		logins = append(logins, now)
	}
	return l, s.save(ctx, g.Claim, l, logins)
}

// save keeps a new token. If the store cannot be reached the token is good all the same, for us
// alone.
func (s *Source) save(ctx context.Context, claim string, l login, logins []time.Time) error {
	r := record{Token: l.token.Reveal(), Got: l.got, Expires: l.expires, Logins: logins}
	keep := keepUnknown
	if life, known := l.life(); known {
		keep = life + keepLonger
	}
	if s.state != nil {
		s.shared.stateOf = l.got
		r.State = s.state.Dump()
		keep = max(keep, keepState)
	}
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveWithin)
	defer cancel()
	for {
		err := s.shared.store.SaveToken(ctx, s.shared.account, claim, lock.StoredToken{ID: lock.TokenID(l.token), Value: value, Keep: keep})
		if err == nil || errors.Is(err, lock.ErrSuperseded) {
			return err
		}
		if errors.Is(err, fs.ErrClosed) || lock.SystemClock.Sleep(ctx, saveAgain) != nil {
			return nil
		}
	}
}

// drop gives a claim back. If the store cannot be reached it ends by itself.
func (s *Source) drop(ctx context.Context, claim string, why lock.ClaimFailure) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveWithin)
	defer cancel()
	why.Credentials = s.shared.credentials
	_ = s.shared.store.DropClaim(ctx, s.shared.account, claim, why)
}

// failure says what a failed login means for all replicas.
func (s *Source) failure(err error, strikes int) lock.ClaimFailure {
	var e *lock.Error
	switch {
	case final(err):
		pause := firstPause
		if strikes > 0 {
			pause = s.rest
		}
		return lock.ClaimFailure{Strike: true, Pause: pause, Reason: reasonOf(err)}
	case errors.As(err, &e) && e.RetryAfter > 0:
		return lock.ClaimFailure{Pause: min(e.RetryAfter, maxPause), Reason: reasonOf(err)}
	}
	return lock.ClaimFailure{}
}

// reason is a login's error on its way to the other replicas.
type reason struct {
	Kind      lock.Kind   `json:"kind"`
	Vendor    lock.Vendor `json:"vendor,omitempty"`
	Endpoint  string      `json:"endpoint,omitempty"`
	Code      string      `json:"code,omitempty"`
	Message   string      `json:"message,omitempty"`
	RequestID string      `json:"request_id,omitempty"`
}

func reasonOf(err error) []byte {
	r := reason{Kind: lock.KindOf(err)}
	var e *lock.Error
	if errors.As(err, &e) {
		r = reason{e.Kind, e.Vendor, e.Endpoint, e.Code, e.Message, e.RequestID}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil
	}
	return text
}

// paused is the error of a login that another replica has tried.
func paused(g lock.TokenGrant) error {
	r := reason{Kind: lock.ErrUnauthenticated, Message: "logging in has failed, and is not tried again yet"}
	if len(g.Paused) > 0 {
		_ = json.Unmarshal(g.Paused, &r) // else it stays as it is
	}
	return &lock.Error{
		Kind: r.Kind, Vendor: r.Vendor, Endpoint: r.Endpoint, Code: r.Code, Message: r.Message, RequestID: r.RequestID, RetryAfter: g.Wait,
	}
}

// Newer reports whether another replica has shared a token other than this one. It is false if
// nothing is shared, or the store does not say.
func (s *Source) Newer(ctx context.Context, than string) bool {
	if s.shared == nil {
		return false
	}
	g, err := s.shared.store.ClaimToken(ctx, s.shared.account, lock.TokenClaim{
		Rejected: lock.TokenID(lock.NewSecret(than)), Credentials: s.shared.credentials,
	})
	return err == nil && g.Good
}
