// Package paging turns a vendor's pages into the sequences our lists are.
//
//	func (c *Client) Rooms(ctx context.Context, home lock.HomeID) iter.Seq2[Room, error] {
//		return paging.Offset(ctx, 50, func(ctx context.Context, offset, count int) ([]Room, error) {
//			r, err := c.ListRooms(ctx, ListRoomsRequest{HomeID: home, Offset: offset, Count: count})
//			if err != nil {
//				return nil, err
//			}
//			return r.Rooms, nil
//		})
//	}
//
// There is a function for each way vendors page: Offset, Page and Cursor, and OffsetUnique for
// lists that change while they are read. All of them fetch a page when its first item is needed,
// fetch nothing once the loop has stopped, look at ctx before every page and every item, and
// report an error once, with a zero item, as the last pair. Ranging again starts again.
//
// A vendor that gives the same page or cursor for ever ends in lock.ErrProtocol. Pages are the
// same if their items encode alike, so items need something to tell them apart, as an id or a
// time does.
package paging

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Offset lists by offset and count. A page shorter than pageSize is the last one, so pageSize must
// not exceed what the vendor gives at once.
func Offset[T any](ctx context.Context, pageSize int, fetch func(ctx context.Context, offset, count int) ([]T, error)) iter.Seq2[T, error] {
	return sequence(ctx, func() fetcher[T] {
		offset := 0
		var before []T
		return func() ([]T, bool, error) {
			items, err := fetch(ctx, offset, pageSize)
			if err != nil {
				return nil, false, err
			}
			if offset > 0 && len(items) > 0 && same(before, items) {
				return nil, false, fmt.Errorf("the page at offset %d repeats the one before: %w", offset, lock.ErrProtocol)
			}
			before = items
			offset += len(items)
			return items, len(items) < max(pageSize, 1), nil
		}
	})
}

// Batch is one page of a vendor that counts pages.
type Batch[T any] struct {
	Items []T
	Total int   // items in the whole list, 0 if the vendor does not say
	More  *bool // whether another page follows, nil if the vendor does not say
}

// Page lists by page number, from 1. The last page is the one the vendor calls so in More; else
// the one with which Total is reached, or an empty one; else one shorter than pageSize.
func Page[T any](ctx context.Context, pageSize int, fetch func(ctx context.Context, page, size int) (Batch[T], error)) iter.Seq2[T, error] {
	return sequence(ctx, func() fetcher[T] {
		number, count := 1, 0
		var before []T
		return func() ([]T, bool, error) {
			b, err := fetch(ctx, number, pageSize)
			if err != nil {
				return nil, false, err
			}
			count += len(b.Items)
			last := len(b.Items) < max(pageSize, 1)
			switch {
			case b.More != nil:
				last = !*b.More
			case b.Total > 0:
				last = count >= b.Total || len(b.Items) == 0
			}
			if number > 1 && same(before, b.Items) && !(last && len(b.Items) == 0) {
				return nil, false, fmt.Errorf("page %d repeats the one before: %w", number, lock.ErrProtocol)
			}
			before = b.Items
			number++
			return b.Items, last, nil
		}
	})
}

// Cursor lists by a cursor that each page gives for the next; "" asks for the first page, and
// ends the list.
func Cursor[T any](ctx context.Context, fetch func(ctx context.Context, cursor string) (items []T, next string, err error)) iter.Seq2[T, error] {
	return sequence(ctx, func() fetcher[T] {
		cursor := ""
		seen := map[string]bool{}
		return func() ([]T, bool, error) {
			if seen[cursor] {
				return nil, false, fmt.Errorf("the list leads back to a cursor it has given before: %w", lock.ErrProtocol)
			}
			seen[cursor] = true
			items, next, err := fetch(ctx, cursor)
			if err != nil {
				return nil, false, err
			}
			cursor = next
			return items, next == "", nil
		}
	})
}

// fetcher returns the next page, and whether it is the last one.
type fetcher[T any] func() (items []T, last bool, err error)

// sequence yields the items of all pages; start begins a new run over the list.
func sequence[T any](ctx context.Context, start func() fetcher[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		fetch := start()
		for last := false; !last; {
			if err := ctx.Err(); err != nil {
				yield(none, err)
				return
			}
			var items []T
			var err error
			items, last, err = fetch()
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if err := ctx.Err(); err != nil {
					yield(none, err)
					return
				}
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// same reports whether two pages hold the same items. It encodes them only as far as they are.
func same[T any](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, err := wire.Dump(a[i])
		if err != nil {
			return false
		}
		if y, err := wire.Dump(b[i]); err != nil || !bytes.Equal(x, y) {
			return false
		}
	}
	return true
}
