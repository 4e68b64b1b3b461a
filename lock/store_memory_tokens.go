package lock

import (
	"bytes"
	"context"
	"time"
)

// tokenShelf is what is kept of one account.
type tokenShelf struct {
	token   StoredToken
	ends    time.Time // of keeping it
	refused bool

	claim      string    // the latest, "" before the first
	ended      bool      // it was saved or dropped
	claimUntil time.Time // when it ends by itself

	credentials string // of the pause and the strikes
	pause       time.Time
	reason      []byte
	strikes     int
	struck      time.Time // when the latest strike was; strikes are forgotten strikeSpan later
}

// strikeSpan is how long strikes are remembered without another one.
const strikeSpan = 48 * time.Hour

// idle reports whether there is nothing left to know.
func (s *tokenShelf) idle(now time.Time) bool {
	return !now.Before(s.ends) && !now.Before(s.claimUntil) && !now.Before(s.pause) && !now.Before(s.struck.Add(strikeSpan))
}

// ClaimToken implements TokenStore.
func (m *MemoryStore) ClaimToken(ctx context.Context, account string, c TokenClaim) (TokenGrant, error) {
	if err := ctx.Err(); err != nil {
		return TokenGrant{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	m.sweep(now)
	s := m.tokens[account]
	if s == nil {
		s = &tokenShelf{ended: true}
		m.tokens[account] = s
	}
	if !now.Before(s.ends) {
		s.token, s.refused = StoredToken{}, false
	}
	if c.Refused && c.Rejected != "" && c.Rejected == s.token.ID {
		s.refused = true
	}
	if !now.Before(s.struck.Add(strikeSpan)) {
		s.strikes = 0
	}
	g := TokenGrant{Token: s.token, Refused: s.refused}
	g.Token.Value = bytes.Clone(s.token.Value)
	g.Token.Keep = until(now, s.ends)
	if c.Credentials == s.credentials {
		g.Strikes = s.strikes
	}
	switch {
	case s.token.ID != "" && s.token.ID != c.Rejected && !s.refused:
		g.Good = true
	case !s.ended && now.Before(s.claimUntil):
		g.Wait = s.claimUntil.Sub(now)
	case c.Credentials == s.credentials && now.Before(s.pause):
		g.Wait, g.Paused = s.pause.Sub(now), append([]byte{}, s.reason...)
	case c.Hold > 0:
		s.claim, s.ended, s.claimUntil = randomID(), false, now.Add(c.Hold)
		g.Claim = s.claim
	}
	return g, nil
}

// SaveToken implements TokenStore.
func (m *MemoryStore) SaveToken(ctx context.Context, account, claim string, t StoredToken) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.tokens[account]
	if s == nil || s.claim != claim {
		return ErrSuperseded
	}
	t.Value = bytes.Clone(t.Value)
	*s = tokenShelf{token: t, ends: m.clock.Now().Add(t.Keep), claim: claim, ended: true}
	return nil
}

// DropClaim implements TokenStore.
func (m *MemoryStore) DropClaim(ctx context.Context, account, claim string, why ClaimFailure) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.tokens[account]
	if s == nil || s.claim != claim {
		return ErrSuperseded
	}
	if s.ended {
		return nil
	}
	now := m.clock.Now()
	s.ended = true
	if why.Credentials != s.credentials {
		s.credentials, s.strikes, s.pause, s.reason = why.Credentials, 0, time.Time{}, nil
	}
	if why.Strike {
		s.strikes++
		s.struck = now
	}
	if why.Pause > 0 {
		s.pause, s.reason = now.Add(why.Pause), bytes.Clone(why.Reason)
	}
	return nil
}
