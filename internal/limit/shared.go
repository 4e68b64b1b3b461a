package limit

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/share"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Shared returns a limiter whose slots are counted in a store, together with those of the other
// replicas that have the same account; see package share. A nil store counts in memory, as New does.
//
// Acquire then also reports lock.ErrStoreUnavailable: a call that is not counted is not made. Within
// a process callers are still served in order.
func Shared(clock lock.Clock, store lock.Store, account string, rules ...Rule) *Limiter {
	l := New(clock, rules...)
	if store == nil || len(rules) == 0 {
		return l
	}
	l.shared = &shared{clock: clock, store: store, account: account, lines: map[string]*sharedLine{}}
	for _, r := range l.rules {
		l.shared.rules = append(l.shared.rules, lock.LimitRule{Count: r.count, Window: r.window})
	}
	return l
}

const (
	hold        = 2 * time.Minute        // of a slot whose process died: longer than a call takes
	closeWithin = 2 * time.Second        // to tell the store of an answer; else the slot counts for longer
	lookAgain   = 10 * time.Second       // at the latest: a slot may have been given back unused
	scatter     = 100 * time.Millisecond // not all replicas look in the same moment
)

// shared is a limiter's place in a store.
type shared struct {
	clock   lock.Clock
	store   lock.Store
	account string
	rules   []lock.LimitRule

	mu    sync.Mutex
	lines map[string]*sharedLine // of the keys for which somebody waits
}

// sharedLine is those of this process who wait for a key.
type sharedLine struct {
	queue []*waiter
	ready time.Time // before this there is no slot for the first
}

func (s *shared) acquire(ctx context.Context, key string, block bool) (*Slot, error) {
	if !block {
		slot, wait, err := s.take(ctx, key)
		if slot == nil && err == nil {
			err = &Error{RetryAfter: wait}
		}
		return slot, err
	}
	w, wait := s.enqueue(ctx, key)
	if w == nil {
		return nil, &Error{RetryAfter: wait}
	}
	defer s.leave(key, w)
	select {
	case <-w.first:
	case <-ctx.Done():
	}
	for {
		slot, wait, err := s.take(ctx, key)
		if slot != nil || err != nil {
			return slot, err
		}
		if exceeds(ctx, wait) {
			return nil, &Error{RetryAfter: wait}
		}
		s.expect(key, wait)
		if err := s.clock.Sleep(ctx, min(wait, lookAgain)+rand.N(scatter)); err != nil {
			return nil, err
		}
	}
}

// take asks the store for a slot. Without one, and without an error, it says how long to wait.
func (s *shared) take(ctx context.Context, key string) (*Slot, time.Duration, error) {
	g, err := s.store.TakeSlot(ctx, s.account, key, s.rules, hold)
	switch {
	case ctx.Err() != nil:
		return nil, 0, ctx.Err()
	case err != nil:
		return nil, 0, share.Unavailable(err)
	case g.Slot.ID == "":
		return nil, g.Wait, nil
	}
	return &Slot{shared: &sharedSlot{in: s, key: key, slot: g.Slot}}, 0, nil
}

// enqueue adds a waiter, unless it would wait for longer than it may.
func (s *shared) enqueue(ctx context.Context, key string) (*waiter, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &waiter{first: make(chan struct{})}
	line := s.lines[key]
	if line == nil {
		line = &sharedLine{}
		s.lines[key] = line
		close(w.first)
	} else if wait := s.behind(line); exceeds(ctx, wait) {
		return nil, wait
	}
	line.queue = append(line.queue, w)
	return w, 0
}

// behind is how long somebody waits at least who joins a line: until the first has its slot, and then
// for the windows of those ahead.
func (s *shared) behind(line *sharedLine) time.Duration {
	var windows time.Duration
	for _, r := range s.rules {
		windows = max(windows, time.Duration(len(line.queue)/r.Count)*r.Window)
	}
	return max(0, line.ready.Sub(s.clock.Now())) + windows
}

// expect notes when the first in line will look again.
func (s *shared) expect(key string, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines[key].ready = s.clock.Now().Add(wait)
}

// leave removes a waiter and lets the next one be first.
func (s *shared) leave(key string, w *waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.lines[key]
	i := slices.Index(line.queue, w)
	line.queue = slices.Delete(line.queue, i, i+1)
	switch {
	case len(line.queue) == 0:
		delete(s.lines, key)
	case i == 0:
		close(line.queue[0].first)
	}
}

// sharedSlot is a Slot in a store.
type sharedSlot struct {
	in     *shared
	key    string
	slot   lock.Slot
	closed atomic.Bool
}

// close tells the store that a call is over. If the store cannot be reached the slot counts until
// hold and its windows have passed.
func (s *sharedSlot) close(made bool) {
	if !s.closed.CompareAndSwap(false, true) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = s.in.store.CloseSlot(ctx, s.in.account, s.key, s.slot, made)
}
