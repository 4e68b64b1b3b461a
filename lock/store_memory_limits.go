package lock

import (
	"context"
	"time"
)

// TakeSlot implements LimitStore.
func (m *MemoryStore) TakeSlot(ctx context.Context, account, key string, rules []LimitRule, hold time.Duration) (SlotGrant, error) {
	if err := ctx.Err(); err != nil {
		return SlotGrant{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	m.sweep(now)
	var keep time.Duration
	for _, r := range rules {
		keep = max(keep, r.Window)
	}
	if keep == 0 {
		return SlotGrant{Slot: Slot{ID: randomID()}}, nil
	}
	g := m.slots[[2]string{account, key}]
	if g == nil {
		g = &slotLog{}
		m.slots[[2]string{account, key}] = g
	}
	g.trim(now)
	if ready := g.readyAt(rules, now); ready.After(now) {
		return SlotGrant{Wait: ready.Sub(now)}, nil
	}
	s := Slot{ID: randomID(), Keep: keep}
	g.insert(memorySlot{id: s.ID, from: now.Add(hold), keep: keep})
	return SlotGrant{Slot: s}, nil
}

// CloseSlot implements LimitStore.
func (m *MemoryStore) CloseSlot(ctx context.Context, account, key string, s Slot, made bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.Keep == 0 {
		return nil
	}
	now := m.clock.Now()
	g := m.slots[[2]string{account, key}]
	if g == nil { // held for so long that it was forgotten
		g = &slotLog{}
		m.slots[[2]string{account, key}] = g
	}
	old, found := g.remove(s.ID)
	switch {
	case !made && found && !old.from.After(now): // closed already
		g.insert(old)
	case made:
		g.insert(memorySlot{id: s.ID, from: now, keep: s.Keep})
	}
	return nil
}
