package lock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// ItemState is what has become of an item of Each.
type ItemState string

// The states.
const (
	ItemDone      ItemState = "done"
	ItemSkipped   ItemState = "skipped"   // BulkOptions.Done said that it is done already
	ItemFailed    ItemState = "failed"    // see Outcome.Err
	ItemUnknown   ItemState = "unknown"   // it may have been carried out: look before repeating
	ItemUntouched ItemState = "untouched" // nothing was done; the next run may do it
)

// Outcome is what has become of one item.
type Outcome[T, R any] struct {
	Index int // place among the items
	Item  T
	State ItemState
	Value R     // what the operation returned
	Err   error // why State is neither done nor skipped
	Calls int   // how often the operation was called: more than once after ErrRateLimited
}

// Progress is how far a run of Each has come.
type Progress struct {
	Total     int
	Done      int
	Skipped   int
	Failed    int
	Unknown   int
	Untouched int // only when the run is being stopped
	Active    int // under way now
}

// Ended is how many items have an Outcome.
func (p Progress) Ended() int { return p.Done + p.Skipped + p.Failed + p.Unknown + p.Untouched }

// BulkLimit bounds how many items with the same key are under way at a time: those of a vendor, of
// a gateway, of a lock.
type BulkLimit[T any] struct {
	Key func(T) string
	Max int // at least 1
}

// BulkOptions say how Each goes about its work. The zero value works.
type BulkOptions[T, R any] struct {
	// Concurrency is how many items are under way at a time, in all. Zero = 16.
	Concurrency int
	// Limits are bounds beside it. An item waits until all of them have room for it, and holds
	// nobody up meanwhile.
	Limits []BulkLimit[T]
	// Pace says which items wait together when one of them is answered ErrRateLimited: those with
	// the same key, such as the account or the lock. nil = each waits by itself.
	Pace func(T) string
	// MaxWait is the longest RetryAfter to wait for; an item that shall wait longer fails. Zero =
	// 10 min.
	MaxWait time.Duration
	// Done reports whether an item is done already, by an earlier run: it is then skipped. An
	// error is the item's. It is called before the operation, in its place, and may ask the
	// vendor.
	Done func(context.Context, T) (bool, error)
	// Began is called before the operation of an item is first called, and End when an item has an
	// Outcome, unless it never was begun; one call at a time. Write both to a file or a database,
	// and the next run knows what is done, and what was under way when this one was killed: a
	// Journal does that. If either fails, no more items are begun.
	Began func(T) error
	End   func(Outcome[T, R]) error
	// Progress is called whenever something changes, one call at a time. It must be quick.
	Progress func(Progress)
	// Grace is how long what is under way may go on after the context has ended. Zero = it is
	// interrupted at once.
	Grace time.Duration
	// Clock tells the time and waits; nil = SystemClock.
	Clock Clock
}

// BulkError says that a run of Each did not do everything. errors.Is and errors.As find why the
// run was stopped, if it was, and the error of the first item that has one.
type BulkError struct {
	Progress Progress
	Stopped  error // why no more items were begun; nil = all were
	First    error // of the first item that has one
}

// Error counts.
func (e *BulkError) Error() string {
	p := e.Progress
	text := fmt.Sprintf("%d of %d done", p.Done+p.Skipped, p.Total)
	for _, part := range []struct {
		n    int
		what ItemState
	}{{p.Failed, ItemFailed}, {p.Unknown, ItemUnknown}, {p.Untouched, ItemUntouched}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	if e.Stopped != nil {
		text += fmt.Sprintf("; stopped: %v", e.Stopped)
	}
	if e.First != nil {
		text += fmt.Sprintf("; first error: %v", e.First)
	}
	return text
}

// Unwrap returns why the run was stopped and the first item's error.
func (e *BulkError) Unwrap() []error {
	var errs []error
	if e.Stopped != nil {
		errs = append(errs, e.Stopped)
	}
	if e.First != nil {
		errs = append(errs, e.First)
	}
	return errs
}

// Each carries out one operation for every item, several at a time, and returns what has become of
// each, in their order. The error is nil if all are done or skipped, and a *BulkError else.
//
//	outcomes, err := lock.Each(ctx, doors, func(ctx context.Context, door lock.DeviceID) (lock.Password, error) {
//		op, err := p.Passwords().Create(ctx, door, spec)
//		if err != nil {
//			return lock.Password{}, err
//		}
//		return op.Wait(ctx)
//	}, lock.BulkOptions[lock.DeviceID, lock.Password]{Concurrency: 64})
//
// Items begin in their order, as far as the limits let them. One that fails stops nobody. do is
// called again for an item only after ErrRateLimited, which says that nothing was done, when its
// RetryAfter has passed; so let do return that error only if it is true of the whole of do. Let
// clients that are worked hard fail at their rate limit instead of waiting at it (WithLimits and
// LimitFail), so that an item that has to wait takes no place.
//
// When ctx ends, or Began or End fails, no more items are begun and the rest is ItemUntouched.
// What is under way ends with its context, after Grace. An item that was cut off is ItemUntouched
// if its error is ErrInterrupted, for then nothing was done, and ItemUnknown if it may have been.
func Each[T, R any](ctx context.Context, items []T, do func(context.Context, T) (R, error), o BulkOptions[T, R]) ([]Outcome[T, R], error) {
	if o.Clock == nil {
		o.Clock = SystemClock
	}
	o.Concurrency, o.MaxWait = max(1, cmp.Or(o.Concurrency, 16)), cmp.Or(o.MaxWait, 10*time.Minute)
	r := newRun(items, do, o)
	r.work(ctx)
	return r.outcomes, r.verdict()
}

// stateOf is what an error says about an item. called says that its operation was called, stopped
// that nothing more is begun.
func stateOf(err error, called, stopped bool) ItemState {
	ended := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	switch kind := KindOf(err); {
	case err == nil:
		return ItemDone
	case kind == ErrOutcomeUnknown, kind == ErrDeviceTimeout:
		return ItemUnknown
	case kind == ErrInterrupted, ended && !called, stopped && kind == ErrRateLimited:
		return ItemUntouched
	case ended:
		return ItemUnknown // such as a wait for an operation that goes on
	}
	return ItemFailed
}
