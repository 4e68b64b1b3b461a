// Package limit keeps calls within a vendor's rate limits, exactly: with "5 in 120 s" no sixth
// call reaches the vendor within any 120 s of the vendor's own time.
//
//	l := limit.New(clock, limit.Rule{Count: 5, Window: 2 * time.Minute}, limit.Rule{Count: 100, Window: 24 * time.Hour})
//
//	slot, err := l.Acquire(ctx, lockID, true) // waits for its turn
//	if err != nil {
//		return err // *limit.Error says how long to wait; otherwise ctx has ended
//	}
//	defer slot.Done()
//
// It is a sliding log. A token bucket or GCRA with the same numbers lets 9 calls into one window,
// a fixed window 10.
//
// A slot counts from Acquire until its window has passed since Done. Done is called when the
// answer has arrived: the vendor has counted the call by then, whatever the network's delay was,
// so the vendor's window is over when ours is. Guard is added for clocks that run unequally.
//
// The log is in memory: a new process knows nothing of the calls of the one before it. With Shared
// it is in a store, for all replicas.
package limit

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Guard is added to every window.
const Guard = 2 * time.Second

// Rule allows Count calls in any Window.
type Rule struct {
	Count  int
	Window time.Duration
}

// Error is what Acquire reports when a call has to wait longer than it may.
type Error struct {
	RetryAfter time.Duration // when there will be a slot if nobody gives one back unused
}

// Error says how long to wait.
func (e *Error) Error() string {
	return fmt.Sprintf("rate limit reached, next call in %v", e.RetryAfter)
}

// Limiter keeps one log per key, all under the same rules. It is safe for concurrent use and
// starts no goroutine. A key that falls idle is forgotten one to two of the longest windows later.
type Limiter struct {
	clock lock.Clock
	epoch time.Time // times in here count from it
	rules []rule
	keep  time.Duration // the longest window, with Guard: older calls do not matter

	shared *shared // nil = the logs are in here

	mu sync.Mutex
	// A key's log is in busy while calls are in flight or waiting. At rest it is in recent, or only
	// in older if it was last used before the latest turn, when recent became older and what was
	// in older was dropped as a whole.
	busy, recent, older map[string]*log
	turn                uint32 // the number of it, from 1
	turned              time.Duration
}

type rule struct {
	count  int
	window time.Duration // with Guard
}

// New returns a limiter under whose rules every call has to fit; without rules every call does.
// A rule that allows nothing is a mistake in the program, and panics.
func New(clock lock.Clock, rules ...Rule) *Limiter {
	l := &Limiter{
		clock: clock, epoch: clock.Now(),
		busy: map[string]*log{}, recent: map[string]*log{}, older: map[string]*log{}, turn: 1,
	}
	for _, r := range rules {
		if r.Count <= 0 || r.Window <= 0 {
			panic(fmt.Sprintf("limit: the rule %d in %v allows nothing", r.Count, r.Window))
		}
		l.rules = append(l.rules, rule{r.Count, r.Window + Guard})
		l.keep = max(l.keep, r.Window+Guard)
	}
	return l
}

// Acquire takes a slot for one call under key. If none is free it waits for its turn, first come,
// first served, when block is true; otherwise it reports *Error. It also reports *Error, at once,
// when the wait would exceed ctx's deadline, and ctx's own error as soon as ctx ends. A shared
// limiter may report lock.ErrStoreUnavailable as well.
//
// The slot has to be given back with Done or Cancel.
func (l *Limiter) Acquire(ctx context.Context, key string, block bool) (*Slot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(l.rules) == 0 {
		return &Slot{}, nil
	}
	if l.shared != nil {
		return l.shared.acquire(ctx, key, block)
	}
	l.mu.Lock()
	now := l.now()
	g := l.open(key, now)
	wait := g.readyAt(l.rules, now, g.waiting()) - now
	if wait <= 0 { // also for those waiting before us, who are just about to run
		defer l.mu.Unlock()
		return l.take(key, g), nil
	}
	if !block || exceeds(ctx, wait) {
		l.mu.Unlock()
		return nil, &Error{RetryAfter: wait}
	}
	w := l.enqueue(key, g)
	l.mu.Unlock()

	select {
	case <-w.first:
	case <-ctx.Done():
	}
	return l.waitFirst(ctx, key, g, w)
}

// waitFirst waits, as the first in the queue, until a slot is free or ctx ends.
func (l *Limiter) waitFirst(ctx context.Context, key string, g *log, w *waiter) (*Slot, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.leave(key, g, w)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		now := l.now()
		wait := g.readyAt(l.rules, now, 0) - now
		if wait <= 0 {
			return l.take(key, g), nil
		}
		if exceeds(ctx, wait) {
			return nil, &Error{RetryAfter: wait}
		}
		if err := l.sleep(ctx, g, wait); err != nil {
			return nil, err
		}
	}
}

// sleep releases the lock until d has passed, ctx has ended, or a slot was given back unused. Its
// error is that of a clock that cannot wait.
func (l *Limiter) sleep(ctx context.Context, g *log, d time.Duration) error {
	ctx, wake := context.WithCancel(ctx)
	defer wake()
	g.line.wake = wake
	l.mu.Unlock()
	err := l.clock.Sleep(ctx, d)
	l.mu.Lock()
	g.line.wake = nil
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// exceeds reports whether ctx will have ended before the wait is over.
func exceeds(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && wait > time.Until(deadline)
}

func (l *Limiter) now() time.Duration { return l.clock.Now().Sub(l.epoch) }

// open finds the key's log or makes one, and lets idle keys go.
func (l *Limiter) open(key string, now time.Duration) *log {
	if now-l.turned >= l.keep { // what is in older was last used before l.turned
		l.older, l.recent = l.recent, map[string]*log{}
		l.turn++
		l.turned = now
	}
	g, ok := l.recent[key]
	if !ok {
		g, ok = l.busy[key]
	}
	if !ok {
		g, ok = l.older[key]
	}
	if !ok {
		g = newLog()
	}
	return g
}

// take opens a slot.
func (l *Limiter) take(key string, g *log) *Slot {
	g.inFlight++
	l.busy[key] = g
	return &Slot{limiter: l, key: key, log: g}
}

// enqueue adds a waiter.
func (l *Limiter) enqueue(key string, g *log) *waiter {
	w := &waiter{first: make(chan struct{})}
	if g.line == nil {
		g.line = &line{}
		close(w.first)
		l.busy[key] = g
	}
	g.line.queue = append(g.line.queue, w)
	return w
}

// leave removes a waiter and lets the next one be first.
func (l *Limiter) leave(key string, g *log, w *waiter) {
	i := slices.Index(g.line.queue, w)
	g.line.queue = slices.Delete(g.line.queue, i, i+1)
	switch {
	case len(g.line.queue) == 0:
		g.line = nil
		l.settle(key, g)
	case i == 0:
		close(g.line.queue[0].first)
	}
}

// settle moves a log that has come to rest out of busy. With very many keys every look into a map
// waits for memory, so one that is in recent already is not put there again.
func (l *Limiter) settle(key string, g *log) {
	if g.inFlight > 0 || g.line != nil {
		return
	}
	delete(l.busy, key)
	if g.recent != l.turn {
		g.recent = l.turn
		l.recent[key] = g
	}
}

// Slot is the right to make one call.
type Slot struct {
	limiter *Limiter // nil when there are no rules, or with a store
	key     string
	log     *log
	closed  bool

	shared *sharedSlot // nil without a store
}

// Done says that the call is over: its answer has arrived, or is given up. The slot's windows
// begin now. Only the first Done or Cancel of a slot counts.
func (s *Slot) Done() { s.close(true) }

// Cancel gives the slot back as if it had not been taken. It is for a call of which no byte has
// left.
func (s *Slot) Cancel() { s.close(false) }

func (s *Slot) close(made bool) {
	if s.shared != nil {
		s.shared.close(made)
		return
	}
	l := s.limiter
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.log.inFlight--
	if made {
		now := l.now()
		s.log.record(now, now-l.keep)
	} else if s.log.line != nil && s.log.line.wake != nil {
		s.log.line.wake()
	}
	l.settle(s.key, s.log)
}
