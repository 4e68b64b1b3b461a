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
type pace struct {
	clock lock.Clock
	mode  lock.LimitMode
	gap   time.Duration  // 0 = none
	total *limit.Limiter // nil = as many as you like

	mu    sync.Mutex
	lanes map[string]*lane // by endpoint
}

// lane is the queue before one endpoint. The first in it waits for its time, the others for the first.
type lane struct {
	head    chan struct{} // holds one token while somebody is the first
	waiting int           // how many there are; guarded by pace.mu
	free    time.Time     // when the next call may begin; written by the first, guarded by pace.mu
}

func newPace(cfg *lock.Config, s settings) *pace {
	p := &pace{clock: cfg.Clock, mode: cfg.Limits, gap: s.gap, lanes: map[string]*lane{}}
	if s.calls > 0 && s.window > 0 {
		p.total = limit.New(cfg.Clock, limit.Rule{Count: s.calls, Window: s.window})
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
	p := t.p
	if p.mode == lock.LimitOff {
		return nil
	}
	if p.total != nil {
		slot, err := p.total.Acquire(ctx, "", p.mode == lock.LimitWait)
		if err != nil {
			return err
		}
		t.slots = append(t.slots, slot)
	}
	if p.gap <= 0 {
		return nil
	}
	l, err := p.join(ctx, t.endpoint)
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
	if err := p.clock.Sleep(ctx, p.left(l)); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l.free = p.clock.Now().Add(p.gap)
	return nil
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
