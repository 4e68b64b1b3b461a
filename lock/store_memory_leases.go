package lock

import (
	"context"
	"time"
)

// lease is who leads under one name.
type lease struct {
	holder string // "" after it resigned
	ends   time.Time
	fence  uint64
}

// Campaign implements LeaseStore.
func (m *MemoryStore) Campaign(ctx context.Context, name, me string, ttl time.Duration) (Term, error) {
	if err := ctx.Err(); err != nil {
		return Term{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	l := m.leases[name]
	if l == nil {
		l = &lease{}
		m.leases[name] = l
	}
	led := l.holder != "" && now.Before(l.ends)
	switch {
	case led && l.holder != me:
		return Term{Left: l.ends.Sub(now)}, nil
	case !led:
		m.fence++
		l.holder, l.fence = me, m.fence
	}
	l.ends = now.Add(ttl)
	return Term{Mine: true, Fence: l.fence, Left: ttl}, nil
}

// Resign implements LeaseStore.
func (m *MemoryStore) Resign(ctx context.Context, name, me string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.leases[name]; l != nil && l.holder == me {
		l.holder = ""
	}
	return nil
}
