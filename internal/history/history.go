// Package history makes sequences of events out of what a vendor can be asked for: one history out
// of the records of many devices, and a live sequence out of asking again and again.
package history

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/smartlock-sdk/smartlock/lock"
)

// concurrency bounds how many devices are asked at a time.
const concurrency = 8

// Gather asks about every item, a few at a time, and returns what was found in the order of time.
// An event that was found twice is returned once. The first failure ends it.
func Gather[T any](ctx context.Context, items iter.Seq2[T, error], ask func(context.Context, T) ([]lock.Event, error)) ([]lock.Event, error) {
	var (
		mu    sync.Mutex
		found []lock.Event
	)
	g, asking := errgroup.WithContext(ctx)
	g.SetLimit(concurrency)
	var listing error
	for item, err := range items {
		if err != nil {
			listing = err
			break
		}
		if asking.Err() != nil { // one of those asked has failed; Wait says why
			break
		}
		g.Go(func() error {
			of, err := ask(asking, item)
			mu.Lock()
			defer mu.Unlock()
			found = append(found, of...)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := cmp.Or(listing, ctx.Err()); err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(found))
	found = slices.DeleteFunc(found, func(e lock.Event) bool {
		known := seen[e.ID]
		seen[e.ID] = true
		return known
	})
	slices.SortStableFunc(found, func(a, b lock.Event) int { // one device's events stay in its order
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(a.Device, b.Device))
	})
	return found, nil
}

// All yields events that are at hand, and the context's error if it ends before they do.
func All(ctx context.Context, events []lock.Event) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		for _, e := range events {
			if err := ctx.Err(); err != nil {
				yield(lock.Event{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Poll asks every interval of c for what has happened since the poll before, and yields each event
// once. It begins with what happens from now on, as finely as the vendor tells time. Every poll
// looks back over overlap, for records that reach the vendor late.
//
// A poll that fails for a reason that may pass is made up for by the next one, which asks from the
// same instant on, so nothing is lost; another failure ends the sequence.
func Poll(ctx context.Context, c *lock.Config, precision, overlap time.Duration, ask func(ctx context.Context, from time.Time) ([]lock.Event, error)) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		start := c.Clock.Now().Truncate(precision)
		cursor := start
		seen := make(map[string]time.Time) // ID to the poll that found it
		for {
			if err := c.Clock.Sleep(ctx, c.WatchInterval); err != nil {
				yield(lock.Event{}, err)
				return
			}
			now := c.Clock.Now()
			from := cursor.Add(-overlap).Truncate(precision)
			if from.Before(start) {
				from = start
			}
			found, err := ask(ctx, from)
			if err != nil {
				ended := ctx.Err()
				if ended == nil && lock.KindOf(err).Retryable() {
					continue
				}
				if ended != nil && !errors.Is(err, ended) {
					err = ended // what else went wrong in the same instant does not matter
				}
				yield(lock.Event{}, err)
				return
			}
			for _, e := range found {
				if _, known := seen[e.ID]; known {
					continue
				}
				seen[e.ID] = now
				if !yield(e, nil) {
					return
				}
			}
			cursor = now
			for id, at := range seen {
				if at.Before(cursor.Add(-2*overlap - 2*c.WatchInterval)) {
					delete(seen, id) // no later poll looks back so far
				}
			}
		}
	}
}
