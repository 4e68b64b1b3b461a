package lock

import (
	"context"
	"errors"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"
)

// merged yields what the lists of several members yield, as it arrives: a member that hangs does
// not hold the others up. What failed comes last, as one error.
func merged[T any](ctx context.Context, members []*member, list func(context.Context, *member) iter.Seq2[T, error], show func(*member, T) T) iter.Seq2[T, error] {
	if len(members) == 1 {
		return listed(members[0], list(ctx, members[0]), show)
	}
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		items, errs := make(chan T), make([]error, len(members))
		go func() {
			defer close(items)
			var g errgroup.Group
			g.SetLimit(fleetConcurrency)
			for i, m := range members {
				g.Go(func() error {
					errs[i] = pour(ctx, items, listed(m, list(ctx, m), show))
					return nil
				})
			}
			_ = g.Wait() // the functions report through errs
		}()
		defer func() { // also when the loop is left: nobody is left behind
			cancel()
			for range items { // until the last one has noticed
			}
		}()
		for v := range items {
			if !yield(v, nil) {
				return
			}
		}
		if err := errors.Join(errs...); err != nil {
			var zero T
			yield(zero, err)
		}
	}
}

// listed is a list of one member as the fleet shows it.
func listed[T any](m *member, list iter.Seq2[T, error], show func(*member, T) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range list {
			if err != nil {
				var zero T
				yield(zero, m.failed(err))
				return
			}
			if !yield(show(m, v), nil) {
				return
			}
		}
	}
}

// pour sends what a list yields and returns how it ended.
func pour[T any](ctx context.Context, into chan<- T, list iter.Seq2[T, error]) error {
	for v, err := range list {
		if err != nil {
			return err
		}
		select {
		case into <- v:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// inOrder is merged for lists that are in order already, and stays in order. For that it has to
// hear from every member before it yields anything.
func inOrder[T any](ctx context.Context, members []*member, list func(context.Context, *member) iter.Seq2[T, error], show func(*member, T) T, compare func(a, b T) int) iter.Seq2[T, error] {
	if len(members) == 1 {
		return listed(members[0], list(ctx, members[0]), show)
	}
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var g errgroup.Group
		errs, queues := make([]error, len(members)), make([]chan T, len(members))
		for i, m := range members {
			queues[i] = make(chan T, 1)
			g.Go(func() error {
				defer close(queues[i])
				errs[i] = pour(ctx, queues[i], listed(m, list(ctx, m), show))
				return nil
			})
		}
		defer func() {
			cancel()
			_ = g.Wait()
		}()
		type head struct {
			v    T
			from int
		}
		var heads []head // the next of every member that has one, in order; of equals the earlier member first
		advance := func(from int) {
			if v, ok := <-queues[from]; ok {
				at, _ := slices.BinarySearchFunc(heads, head{v, from}, func(a, b head) int {
					if c := compare(a.v, b.v); c != 0 {
						return c
					}
					return a.from - b.from
				})
				heads = slices.Insert(heads, at, head{v, from})
			}
		}
		for i := range members {
			advance(i)
		}
		for len(heads) > 0 {
			first := heads[0]
			heads = slices.Delete(heads, 0, 1)
			if !yield(first.v, nil) {
				return
			}
			advance(first.from)
		}
		_ = g.Wait() // the functions report through errs
		if err := errors.Join(errs...); err != nil {
			var zero T
			yield(zero, err)
		}
	}
}
