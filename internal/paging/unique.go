package paging

import (
	"context"
	"fmt"
	"iter"

	"github.com/smartlock-sdk/smartlock/lock"
)

// stale is how many pages in a row may bring nothing new before the vendor is taken to repeat
// itself. A few are natural when items are inserted faster than pages are read.
const stale = 10

// OffsetUnique is Offset for lists that change while they are read. It yields no item twice, and
// every item that was in the list all the time once, whatever is inserted or removed around it, as
// long as the rest keeps its order. Items inserted meanwhile may or may not appear.
//
// Each page begins with the last item of the one before. If that place holds an item not seen
// yet, earlier ones were removed and the list has moved up: the page is fetched again from further
// ahead, until it begins with a known item. key tells items apart. The page size is at least 2.
func OffsetUnique[T any, K comparable](ctx context.Context, pageSize int, fetch func(ctx context.Context, offset, count int) ([]T, error), key func(T) K) iter.Seq2[T, error] {
	pageSize = max(pageSize, 2)
	return sequence(ctx, func() fetcher[T] {
		end, idle := 0, 0 // how far the list was read; pages without a new item
		seen := map[K]bool{}
		return func() ([]T, bool, error) {
			offset := max(end-1, 0)
			items, err := fetch(ctx, offset, pageSize)
			for err == nil && offset > 0 && (len(items) == 0 || !seen[key(items[0])]) {
				offset = max(offset-(pageSize-1), 0)
				if err = ctx.Err(); err == nil {
					items, err = fetch(ctx, offset, pageSize)
				}
			}
			if err != nil {
				return nil, false, err
			}
			end = offset + len(items)
			var fresh []T
			for _, item := range items {
				if k := key(item); !seen[k] {
					seen[k] = true
					fresh = append(fresh, item)
				}
			}
			last := len(items) < pageSize
			if idle++; len(fresh) > 0 || last {
				idle = 0
			}
			if idle == stale {
				return nil, false, fmt.Errorf("%d pages up to item %d brought nothing new: %w", stale, end, lock.ErrProtocol)
			}
			return fresh, last, nil
		}
	})
}
