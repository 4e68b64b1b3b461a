package ewelink

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/limit"
	"github.com/smartlock-sdk/smartlock/lock"
)

// pace keeps calls as far apart as the vendor asks (调用规范, §1.1): a gap between two calls of one
// endpoint, and so many calls in a time. A call does not wait for the answer to the one before it: a
// device that is silent must not keep other doors shut.
//
// With lock.WithStore all replicas of an account keep to it together. Each also keeps to it alone, which
// costs nothing then, and is what is left while the store cannot be reached: the vendor asks for a pace,
// and does not count to the call, so that is no reason to keep doors shut either.
type pace struct {
	clock  lock.Clock
	mode   lock.LimitMode
	gap    time.Duration  // 0 = none
	total  *limit.Limiter // nil = as many as you like
	common *common        // nil = nobody else calls

	mu    sync.Mutex
	lanes map[string]*lane // by endpoint
}

// lane is the queue before one endpoint. The first in it waits for its time, the others for the first.
type lane struct {
	head    chan struct{} // holds one token while somebody is the first
	waiting int           // how many there are; guarded by pace.mu
	free    time.Time     // when the next call may begin; written by the first, guarded by pace.mu
}

// newPace makes the pace of an account; "" shares it with nobody.
func newPace(cfg *lock.Config, s settings, account string) *pace {
	p := &pace{clock: cfg.Clock, mode: cfg.Limits, gap: s.gap, lanes: map[string]*lane{}}
	if account != "" {
		p.common = newCommon(cfg, account)
	}
	if s.calls > 0 && s.window > 0 {
		rule := limit.Rule{Count: s.calls, Window: s.window}
		p.total = limit.New(cfg.Clock, rule)
		if account != "" {
			p.common.total = limit.Shared(cfg.Clock, p.common.store, account, rule)
		}
	}
	return p
}

// turn is the right to make one call, with its repetitions.
type turn struct {
	p        *pace
	endpoint string
	slots    []*limit.Slot
	sent     int
}

// enter waits until a call of an endpoint may be made. The turn has to be given back with done.
func (p *pace) enter(ctx context.Context, endpoint string) (*turn, error) {
	t := &turn{p: p, endpoint: endpoint}
	if err := t.wait(ctx); err != nil {
		t.done()
		return nil, err
	}
	return t, nil
}

// attempt is called before each attempt of the call: the first one has waited already.
func (t *turn) attempt(ctx context.Context) error {
	if t.sent++; t.sent == 1 {
		return nil
	}
	return t.wait(ctx)
}

// done says that the call is over.
func (t *turn) done() {
	for _, slot := range t.slots {
		slot.Done()
	}
}

// wait waits until one attempt may be made.
func (t *turn) wait(ctx context.Context) error {
	if t.p.mode == lock.LimitOff {
		return nil
	}
	slots, err := t.p.counted(ctx)
	if err == nil {
		err = t.p.apart(ctx, t.endpoint)
	}
	if err != nil {
		for _, slot := range slots {
			slot.Cancel()
		}
		return err
	}
	t.slots = append(t.slots, slots...)
	return nil
}

// counted waits until one more call is allowed.
func (p *pace) counted(ctx context.Context) (slots []*limit.Slot, err error) {
	if p.total == nil {
		return nil, nil
	}
	slot, err := p.total.Acquire(ctx, "", p.mode == lock.LimitWait)
	if err != nil {
		return nil, err
	}
	slots = append(slots, slot)
	if p.common == nil {
		return slots, nil
	}
	slot, err = p.common.total.Acquire(ctx, "calls", p.mode == lock.LimitWait)
	switch {
	case err == nil:
		slots = append(slots, slot)
	case lock.KindOf(err) == lock.ErrStoreUnavailable:
		err = nil
	}
	return slots, err
}

// apart waits until the call before is long enough ago.
func (p *pace) apart(ctx context.Context, endpoint string) error {
	if p.gap <= 0 {
		return nil
	}
	l, err := p.join(ctx, endpoint)
	if err != nil {
		return err
	}
	defer p.leave(l)
	select {
	case l.head <- struct{}{}:
		defer func() { <-l.head }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for wait := p.left(l); ; {
		if err := p.clock.Sleep(ctx, wait); err != nil {
			return err
		}
		if p.common == nil {
			break
		}
		if wait, err = p.common.gap(ctx, endpoint, p.gap); err != nil {
			return err
		}
		if wait <= 0 {
			break
		}
		p.next(l, wait)
		if end, ok := ctx.Deadline(); p.mode == lock.LimitFail || ok && time.Until(end) <= wait {
			return &limit.Error{RetryAfter: wait}
		}
	}
	p.next(l, p.gap)
	return nil
}

// next notes when the next call may begin.
func (p *pace) next(l *lane, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.free = p.clock.Now().Add(wait)
}

// join takes a place in the queue before an endpoint, unless the wait there would be longer than the
// caller's.
func (p *pace) join(ctx context.Context, endpoint string) (*lane, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lanes[endpoint]
	if l == nil {
		l = &lane{head: make(chan struct{}, 1)}
		p.lanes[endpoint] = l
	}
	wait := max(0, l.free.Sub(p.clock.Now())) + time.Duration(l.waiting)*p.gap
	if end, ok := ctx.Deadline(); wait > 0 && (p.mode == lock.LimitFail || ok && time.Until(end) <= wait) {
		return nil, &limit.Error{RetryAfter: wait}
	}
	l.waiting++
	return l, nil
}

func (p *pace) leave(l *lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.waiting--
}

// left is how long it is until the next call may begin.
func (p *pace) left(l *lane) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return l.free.Sub(p.clock.Now())
}

// paceError is why a call may not be made now.
func (c *Client) paceError(ctx context.Context, endpoint string, err error) error {
	var full *limit.Error
	if !errors.As(err, &full) {
		return c.error(ctx, endpoint, lock.ErrInterrupted, err) // the context has ended
	}
	e := c.error(ctx, endpoint, lock.ErrRateLimited, err)
	e.RetryAfter = full.RetryAfter
	return e
}
