// Package token keeps a vendor's access token fresh, with one renewal at a time.
//
//	tokens := token.New(cfg.Clock, func(ctx context.Context) (string, time.Time, error) {
//		e, err := rest.Do[tokenReply](ctx, c.rest, loginRequest)
//		…
//		return e.Token, e.Expires, nil
//	})
//
// A call that was refused names the token it was refused with, so a late refusal of an old token
// renews nothing. A renewal belongs to nobody: when the caller who began it goes away, the others
// still get its token.
//
// # When it logs in
//
// Without a usable token: at once, and everybody waits for that one login. When the token's end is
// near: one caller logs in, the others go on with the old token; if that fails the old token
// serves until its end. When a login is refused: not again for a minute, then two, up to an hour;
// until then everybody gets the same error. And when new tokens are refused one after the other,
// as happens when two programs share an account that may be logged in once: six times at most,
// then once in ten minutes. A vendor may block an account that logs in without end.
//
// # Several replicas
//
// With Shared, all this holds for the replicas together: one of them logs in while the others wait
// for its token, the six logins are six in an hour of all of them, and credentials that were refused
// twice are left alone for a day, or until they change. A source goes on with the token it has
// while the store cannot be reached; without one it reports lock.ErrStoreUnavailable.
package token

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Fetch logs in. expires is zero if the vendor does not say. Its context is not the one of any
// caller; it ends after the time set by Within.
type Fetch func(ctx context.Context) (token string, expires time.Time, err error)

// Option adjusts a Source.
type Option func(*Source)

// Early sets how long before its end a token is renewed. More than half of its life counts as half.
// Default: 5 minutes, or a fifth of its life if that is less.
func Early(d time.Duration) Option { return func(s *Source) { s.early = d } }

// Within bounds one renewal, all its attempts included. Default: a minute.
func Within(d time.Duration) Option { return func(s *Source) { s.within = d } }

// Budget bounds the logins that follow the refusal of a token, for vendors that are touchy about
// them: size at once, and one more each time refill has passed. Default: 6 and 10 minutes.
func Budget(size int, refill time.Duration) Option {
	return func(s *Source) { s.budget = budget{size: size, left: size, refill: refill} }
}

const (
	defaultEarly  = 5 * time.Minute
	defaultWithin = time.Minute
	earlyWithin   = 10 * time.Second // of a renewal that can wait
	earlyPause    = 10 * time.Second // between such renewals that fail

	firstPause = time.Minute // after a refused login; doubles
	maxPause   = time.Hour

	budgetSize   = 6
	budgetRefill = 10 * time.Minute
)

// Source gives out tokens. It is safe for concurrent use and runs a goroutine only while it logs
// in.
type Source struct {
	clock  lock.Clock
	fetch  Fetch
	early  time.Duration // 0 = the default
	within time.Duration
	shared *shared // nil = with nobody
	state  State   // nil = there is none
	jitter float64 // of early, 0 to 1
	rest   time.Duration

	mu sync.Mutex
	login
	refused bool    // the vendor said so of this token
	flight  *flight // the renewal under way

	notEarly  time.Time // no early renewal before
	notBefore time.Time // no login before
	because   error     // why
	strikes   int       // logins refused in a row
	budget    budget
}

// login is what a login brings.
type login struct {
	token   lock.Secret
	got     time.Time // when the token came
	expires time.Time // zero = it is good until it is refused
}

// flight is one renewal. Its fields may be read once done is closed.
type flight struct {
	done  chan struct{}
	early bool
	token lock.Secret
	err   error
}

// New returns a source that gets its tokens from fetch.
func New(clock lock.Clock, fetch Fetch, opts ...Option) *Source {
	s := &Source{
		clock:  clock,
		fetch:  fetch,
		within: defaultWithin,
		jitter: 1,
		rest:   defaultRest,
		budget: budget{size: budgetSize, left: budgetSize, refill: budgetRefill},
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

// Token returns a token that is not rejected; "" takes any good one. It waits for a renewal where
// there is no such token, until ctx ends.
func (s *Source) Token(ctx context.Context, rejected string) (string, error) {
	for {
		token, f, err := s.next(ctx, rejected)
		if f == nil {
			return token, err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		switch {
		case token != "" && f.err != nil:
			return token, nil // only an early renewal: the old one is still good
		case f.err == nil && f.token.Reveal() == rejected:
			return "", &lock.Error{
				Kind:    lock.ErrUnauthenticated,
				Message: "the login gave out the token that had just been refused",
			}
		case f.err == nil || !f.early:
			return f.token.Reveal(), f.err
		}
		// An early renewal failed, which had less time than this caller has.
	}
}

// next returns the token to use, or the renewal to wait for, or both: the token is good, but this
// caller is the one to renew it early.
func (s *Source) next(ctx context.Context, rejected string) (string, *flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if rejected != "" && !s.refused && s.token.Equal(lock.NewSecret(rejected)) {
		s.refused = true
	}
	good := s.good(now)
	switch {
	case good && (s.flight != nil || !s.due(now)):
		return s.token.Reveal(), nil, nil
	case good:
		s.start(ctx, true)
		return s.token.Reveal(), s.flight, nil
	case s.flight != nil:
		return "", s.flight, nil
	}
	if wait := s.notBefore.Sub(now); wait > 0 {
		if s.shared != nil {
			return "", nil, s.because // which may last for longer than we believe it
		}
		return "", nil, later(s.because, wait)
	}
	if s.refused && s.shared == nil {
		if wait := s.budget.wait(now); wait > 0 {
			return "", nil, overBudget(wait)
		}
	}
	s.start(ctx, false)
	return "", s.flight, nil
}

// good reports whether the token can be used.
func (s *Source) good(now time.Time) bool {
	if s.token.IsZero() || s.refused {
		return false
	}
	return s.usable(now)
}

// usable reports whether a token has not ended, nor is about to.
func (l login) usable(now time.Time) bool {
	life, known := l.life()
	return !known || now.Before(l.expires.Add(-min(time.Minute, life/10)))
}

// due reports whether a good token should be renewed already.
func (s *Source) due(now time.Time) bool {
	life, known := s.life()
	if !known || now.Before(s.notEarly) || now.Before(s.notBefore) {
		return false
	}
	early := min(defaultEarly, life/5)
	if s.early > 0 {
		early = min(s.early, life/2)
	}
	return s.expires.Sub(now) < time.Duration(s.jitter*float64(early))
}

// life is how long the token was good for when it came. A token that had ended before it came says
// that one of the clocks is wrong, not that it is useless: it is used until the vendor refuses it.
func (l login) life() (life time.Duration, known bool) {
	life = l.expires.Sub(l.got)
	return life, !l.expires.IsZero() && life > 0
}

// start begins a renewal. The first caller's values stay with it, the first caller's end does not.
func (s *Source) start(ctx context.Context, early bool) {
	f := &flight{done: make(chan struct{}), early: early}
	s.flight = f
	limit := s.within
	if early {
		limit = min(limit, earlyWithin)
	}
	n := need{rejected: s.token, refused: s.refused, early: early}
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
		defer cancel()
		var l login
		var err error
		if s.shared != nil {
			l, err = s.renew(ctx, n)
		} else {
			l, err = s.get(ctx)
		}
		s.land(f, l, err)
	}()
}

// get logs in.
func (s *Source) get(ctx context.Context) (login, error) {
	token, expires, err := s.fetch(ctx)
	if err == nil && token == "" {
		err = errors.New("token: the login gave no token")
	}
	return login{lock.NewSecret(token), s.clock.Now(), expires}, err
}

// land takes in what a renewal has brought.
func (s *Source) land(f *flight, l login, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(f.done)
	now := s.clock.Now()
	s.flight = nil
	f.err = err
	if err == nil {
		if s.refused && s.shared == nil {
			s.budget.spend(now)
		}
		f.token = l.token
		s.login = l
		s.refused, s.strikes = false, 0
		return
	}
	s.notEarly = now.Add(earlyPause)
	var e *lock.Error
	told := errors.As(err, &e) && e.RetryAfter > 0
	switch {
	case s.shared != nil: // the store remembers, for all
		if told {
			s.notBefore, s.because = now.Add(min(e.RetryAfter, askAgain)), err
		}
	case final(err):
		wait := min(firstPause<<min(s.strikes, 10), maxPause)
		s.strikes++
		s.notBefore, s.because = now.Add(wait), err
	case told:
		s.notBefore, s.because = now.Add(min(e.RetryAfter, maxPause)), err
	}
}

// final reports whether the vendor has refused a login for a reason that does not pass by itself.
func final(err error) bool {
	switch lock.KindOf(err) {
	case lock.ErrUnauthenticated, lock.ErrPermissionDenied, lock.ErrPlanRequired, lock.ErrSessionConflict:
		return true
	}
	return false
}

// later is a remembered error with the time that is left.
func later(err error, wait time.Duration) error {
	var e *lock.Error
	if !errors.As(err, &e) {
		return err
	}
	again := *e
	again.RetryAfter = wait
	return &again
}

// overBudget is the error while there is no login left.
func overBudget(wait time.Duration) error {
	return &lock.Error{
		Kind:       lock.ErrUnauthenticated,
		Message:    "new tokens are refused again and again; is somebody else using this account?",
		RetryAfter: wait,
	}
}

// budget is a bucket of logins.
type budget struct {
	size, left int
	refill     time.Duration // until there is one more
	from       time.Time     // when the refill under way began; matters while left < size
}

// wait returns how long it is until there is a login left, 0 if there is one.
func (b *budget) wait(now time.Time) time.Duration {
	if b.left < b.size {
		n := max(0, int(now.Sub(b.from)/b.refill)) // 0 if the clock was set back
		b.left = min(b.left+n, b.size)
		b.from = b.from.Add(time.Duration(n) * b.refill)
	}
	if b.left > 0 {
		return 0
	}
	return b.from.Add(b.refill).Sub(now)
}

// span is the time in which a full bucket comes back: of several replicas together there are no more
// logins than its size in it.
func (b *budget) span() time.Duration { return time.Duration(b.size) * b.refill }

// spend uses one login, after wait has returned 0.
func (b *budget) spend(now time.Time) {
	if b.left == b.size {
		b.from = now
	}
	b.left = max(b.left-1, 0)
}
