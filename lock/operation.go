package lock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Operation is work that the vendor finishes later: the lock is asleep, the gateway busy. It ends
// when the vendor says so, by a callback that this client's webhook handler received or by
// polling, whichever comes first. For vendors that answer at once it is done when it is returned.
//
// Nothing runs while nobody waits. Drop an operation you do not care about, or store its ID and
// take it up later with Resume. It is safe for concurrent use.
type Operation[T any] struct {
	work Work[T]  // nil if it was done when it was returned
	cfg  *Config  // whose clock and polling count; set if work is
	view *view[T] // set if this shows another operation; then nothing else is

	mu      sync.Mutex
	latest  T
	err     error
	done    bool
	asking  chan struct{}              // holds one token, for one poll at a time; made for the first
	wakeups map[int]context.CancelFunc // of those who sleep between polls; made for the first
	next    int
	nudges  int // calls of Nudge so far
}

// Work is for providers: what an operation under way is about. Most operations are never waited
// for, so whatever waiting needs is better made by Poll and Listen than before.
type Work[T any] interface {
	// ID returns a text from which the provider's Resume makes the work again. It holds no secrets.
	ID() string
	// Poll asks the vendor once: it returns the newest value and whether the work has ended. With
	// done, the error is the outcome; without, it says that asking failed. latest is what was known
	// before. The work is asked by one at a time, and no more once it has ended.
	Poll(ctx context.Context, latest T) (value T, done bool, err error)
}

// Listener is a Work whose vendor says when it has ended, such as by a callback.
type Listener interface {
	// Listen calls wake whenever the vendor has said so, and at once if it has said so already,
	// until stop is called. It is called when somebody begins to wait, and stop when they no longer
	// do. wake makes Wait call Poll.
	Listen(wake func()) (stop func())
}

// Done returns an operation that has succeeded already.
func Done[T any](v T) *Operation[T] { return &Operation[T]{latest: v, done: true} }

// Pending is for providers: it returns the operation for work that is under way. now is what is
// known so far.
func Pending[T any](c *Config, work Work[T], now T) *Operation[T] {
	return &Operation[T]{work: work, cfg: c, latest: now}
}

// view is an operation seen by somebody who calls things by other names: a Fleet.
type view[T any] struct {
	of     *Operation[T]
	id     func(string) string
	value  func(T) T
	reason func(error) error // keeps nil
}

// viewed is op with its ID, values and errors as these make them.
func viewed[T any](op *Operation[T], id func(string) string, value func(T) T, reason func(error) error) *Operation[T] {
	return &Operation[T]{view: &view[T]{of: op, id: id, value: value, reason: reason}}
}

// ID returns a text to store and to give to Resume, "" for an operation that was done when it was
// returned. It holds no secrets.
func (o *Operation[T]) ID() string {
	switch {
	case o.view != nil:
		return o.view.id(o.view.of.ID())
	case o.work != nil:
		return o.work.ID()
	}
	return ""
}

// Ended reports whether the outcome is known, without asking the vendor.
func (o *Operation[T]) Ended() bool {
	if o.view != nil {
		return o.view.of.Ended()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.done
}

// Latest returns what is known now, without asking the vendor: while the operation is under way
// the ID of the password being created, for example.
func (o *Operation[T]) Latest() T {
	if o.view != nil {
		return o.view.value(o.view.of.Latest())
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.latest
}

// Poll asks the vendor once and reports whether the operation has ended; Wait then returns its
// outcome at once. The error says that asking failed, not that the operation did.
func (o *Operation[T]) Poll(ctx context.Context) (bool, error) {
	if o.view != nil {
		ended, err := o.view.of.Poll(ctx)
		return ended, o.view.reason(err)
	}
	if o.Ended() {
		return true, nil
	}
	asking := o.turns()
	select {
	case asking <- struct{}{}:
		defer func() { <-asking }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if o.Ended() { // by the poll we waited for
		return true, nil
	}
	v, done, err := o.work.Poll(ctx, o.Latest())
	if done {
		o.finish(v, err)
		return true, nil
	}
	if err != nil {
		return o.Ended(), err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.done {
		o.latest = v
	}
	return o.done, nil
}

// Nudge makes those who Wait ask at once instead of at the end of their pause: a callback has said
// that the operation ended. A callback can be forged where the vendor's signature holds no secret,
// so it is the answer that counts and not the callback.
func (o *Operation[T]) Nudge() {
	if o.view != nil {
		o.view.of.Nudge()
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.nudges++
	for _, wake := range o.wakeups {
		wake()
	}
}

// Wait returns the outcome, waiting for it as long as ctx allows. Failures of asking that may
// pass are sat out, for RetryAfter at least where the vendor said one; others are returned, and
// the operation goes on. When ctx ends first, its error
// is returned and the operation goes on as well.
func (o *Operation[T]) Wait(ctx context.Context) (T, error) {
	if o.view != nil {
		v, err := o.view.of.Wait(ctx)
		return o.view.value(v), o.view.reason(err)
	}
	if v, err, ended := o.outcome(); ended {
		return v, err
	}
	if l, ok := o.work.(Listener); ok {
		defer l.Listen(o.Nudge)()
	}
	policy := o.cfg.Poll
	pause := max(policy.First, leastPause)
	heard := 0               // nudges that a poll of ours has followed
	var bidden time.Duration // the pause that the last refusal asked for
	for {
		if v, err, ended := o.outcome(); ended {
			return v, err
		}
		sleep, cancel := context.WithCancel(ctx)
		forget := o.onWake(heard, cancel)
		// half to full, so that a thousand waiters do not ask in the same instant
		_ = o.cfg.Clock.Sleep(sleep, max(bidden, pause/2+rand.N(pause/2+1))) // an early end is a Nudge, or ctx's
		forget()
		cancel()
		if v, err, ended := o.outcome(); ended {
			return v, err
		}
		if ctx.Err() != nil {
			return o.Latest(), o.interrupted(ctx)
		}
		heard, bidden = o.nudged(), 0
		if ended, err := o.Poll(ctx); err != nil && !ended {
			if ctx.Err() != nil {
				return o.Latest(), o.interrupted(ctx)
			}
			if !KindOf(err).Retryable() && KindOf(err) != ErrDeviceTimeout {
				return o.Latest(), err
			}
			if e, ok := errors.AsType[*Error](err); ok {
				bidden = e.RetryAfter
			}
		}
		pause = min(2*pause, max(policy.Max, policy.First, leastPause))
	}
}

// leastPause keeps a policy of zero from asking without a pause.
const leastPause = time.Millisecond

func (o *Operation[T]) interrupted(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != err {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return fmt.Errorf("operation %s is still under way: %w", o.ID(), err)
}

func (o *Operation[T]) outcome() (T, error, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.latest, o.err, o.done
}

// turns is the channel whose one place is the turn to ask.
func (o *Operation[T]) turns() chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asking == nil {
		o.asking = make(chan struct{}, 1)
	}
	return o.asking
}

func (o *Operation[T]) nudged() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.nudges
}

func (o *Operation[T]) finish(v T, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return
	}
	o.latest, o.err, o.done = v, err, true
	for _, wake := range o.wakeups {
		wake()
	}
	o.wakeups = nil
}

// onWake has wake called when the operation ends or is nudged for the nth time and n > heard; the
// returned function forgets it.
func (o *Operation[T]) onWake(heard int, wake context.CancelFunc) (forget func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done || o.nudges > heard {
		wake()
		return func() {}
	}
	if o.wakeups == nil {
		o.wakeups = make(map[int]context.CancelFunc)
	}
	id := o.next
	o.next++
	o.wakeups[id] = wake
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.wakeups, id)
	}
}

// OperationError says which of several operations failed.
type OperationError struct {
	Index int    // place among the arguments of WaitAll
	ID    string // the operation's ID
	Err   error
}

// Error names the operation.
func (e *OperationError) Error() string {
	return fmt.Sprintf("operation %d (%s): %v", e.Index, e.ID, e.Err)
}

// Unwrap returns the operation's outcome.
func (e *OperationError) Unwrap() error { return e.Err }

// WaitAll waits for every operation and returns their values in order. One that fails does not
// stop the others; the error joins one *OperationError for each that did.
func WaitAll[T any](ctx context.Context, ops ...*Operation[T]) ([]T, error) {
	values, errs := make([]T, len(ops)), make([]error, len(ops))
	var g errgroup.Group
	g.SetLimit(waitConcurrency)
	for i, op := range ops {
		g.Go(func() error {
			v, err := op.Wait(ctx)
			values[i] = v
			if err != nil {
				errs[i] = &OperationError{Index: i, ID: op.ID(), Err: err}
			}
			return nil
		})
	}
	_ = g.Wait() // the functions report through errs
	return values, errors.Join(errs...)
}

// waitConcurrency bounds how many operations WaitAll asks about at a time.
const waitConcurrency = 32

// Resume takes up an operation by its stored ID, after a restart or in another process. It makes
// no call; Poll or Wait does.
//
//	op, err := lock.Resume[lock.Password](p, storedID)
func Resume[T any](p Provider, id string) (*Operation[T], error) {
	v, err := p.Resume(id)
	if err != nil {
		return nil, err
	}
	op, ok := v.(*Operation[T])
	if !ok {
		return nil, InvalidArgument(p.Vendor(), "", "operation %s is a %T, not a %T", id, v, op)
	}
	return op, nil
}
