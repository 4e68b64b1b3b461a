package paging

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errVendor = errors.New("vendor down")

// item is what a vendor lists: things with an id, and a secret whose text no two reads share an
// address of.
type item struct {
	ID   int
	Code lock.Secret
}

func items(from, to int) []item {
	var all []item
	for id := from; id < to; id++ {
		all = append(all, item{id, lock.NewSecret("code")})
	}
	return all
}

// shelf is a vendor's list. It notes what it was asked and fails or misbehaves as told.
type shelf struct {
	items  []item
	asked  []string
	failAt int // number of the request that fails, from 1
}

func (s *shelf) ask(what string) error {
	s.asked = append(s.asked, what)
	if len(s.asked) == s.failAt {
		return errVendor
	}
	return nil
}

func (s *shelf) cut(offset, count int) []item {
	offset = min(offset, len(s.items))
	return s.items[offset:min(offset+count, len(s.items))]
}

func (s *shelf) offset(_ context.Context, offset, count int) ([]item, error) {
	return s.cut(offset, count), s.ask(fmt.Sprintf("%d+%d", offset, count))
}

func (s *shelf) page(_ context.Context, page, size int) (Batch[item], error) {
	return Batch[item]{Items: s.cut((page-1)*size, size)}, s.ask(fmt.Sprintf("p%d/%d", page, size))
}

func (s *shelf) pageWithTotal(_ context.Context, page, size int) (Batch[item], error) {
	return Batch[item]{Items: s.cut((page-1)*size, size), Total: len(s.items)}, s.ask(fmt.Sprintf("p%d/%d", page, size))
}

func (s *shelf) pageWithMore(_ context.Context, page, size int) (Batch[item], error) {
	more := page*size < len(s.items)
	return Batch[item]{Items: s.cut((page-1)*size, size), More: &more}, s.ask(fmt.Sprintf("p%d/%d", page, size))
}

// cursor gives pages of 2; the cursor is the number of the next item.
func (s *shelf) cursor(_ context.Context, cursor string) ([]item, string, error) {
	var offset int
	if cursor != "" {
		if _, err := fmt.Sscanf(cursor, "from-%d", &offset); err != nil {
			return nil, "", err
		}
	}
	next := ""
	if offset+2 < len(s.items) {
		next = fmt.Sprintf("from-%d", offset+2)
	}
	return s.cut(offset, 2), next, s.ask("c" + cursor)
}

func id(i item) int { return i.ID }

// the lists under test, each with pages of 2.
var lists = map[string]func(context.Context, *shelf) iter.Seq2[item, error]{
	"Offset":          func(ctx context.Context, s *shelf) iter.Seq2[item, error] { return Offset(ctx, 2, s.offset) },
	"Page":            func(ctx context.Context, s *shelf) iter.Seq2[item, error] { return Page(ctx, 2, s.page) },
	"Page with total": func(ctx context.Context, s *shelf) iter.Seq2[item, error] { return Page(ctx, 2, s.pageWithTotal) },
	"Page with more":  func(ctx context.Context, s *shelf) iter.Seq2[item, error] { return Page(ctx, 2, s.pageWithMore) },
	"Cursor":          func(ctx context.Context, s *shelf) iter.Seq2[item, error] { return Cursor(ctx, s.cursor) },
	"OffsetUnique": func(ctx context.Context, s *shelf) iter.Seq2[item, error] {
		return OffsetUnique(ctx, 2, s.offset, id)
	},
}

// collect ranges to the end. It checks that an error comes once, last, with a zero item.
func collect(t *testing.T, seq iter.Seq2[item, error]) (ids []int, end error) {
	t.Helper()
	for i, err := range seq {
		assert.NoError(t, end, "something follows the error")
		if end = err; err != nil {
			assert.Zero(t, i)
			continue
		}
		ids = append(ids, i.ID)
	}
	return ids, end
}

func upTo(n int) []int {
	var ids []int
	for i := range n {
		ids = append(ids, i)
	}
	return ids
}

func TestEveryItemOnceInOrder(t *testing.T) {
	asked := map[string]map[int][]string{
		"Offset":          {0: {"0+2"}, 1: {"0+2"}, 2: {"0+2", "2+2"}, 3: {"0+2", "2+2"}, 4: {"0+2", "2+2", "4+2"}},
		"Page":            {0: {"p1/2"}, 1: {"p1/2"}, 2: {"p1/2", "p2/2"}, 3: {"p1/2", "p2/2"}, 4: {"p1/2", "p2/2", "p3/2"}},
		"Page with total": {0: {"p1/2"}, 1: {"p1/2"}, 2: {"p1/2"}, 3: {"p1/2", "p2/2"}, 4: {"p1/2", "p2/2"}},
		"Page with more":  {0: {"p1/2"}, 1: {"p1/2"}, 2: {"p1/2"}, 3: {"p1/2", "p2/2"}, 4: {"p1/2", "p2/2"}},
		"Cursor":          {0: {"c"}, 1: {"c"}, 2: {"c"}, 3: {"c", "cfrom-2"}, 4: {"c", "cfrom-2"}},
		"OffsetUnique":    {0: {"0+2"}, 1: {"0+2"}, 2: {"0+2", "1+2"}, 3: {"0+2", "1+2", "2+2"}, 4: {"0+2", "1+2", "2+2", "3+2"}},
	}
	for name, list := range lists {
		for n, want := range asked[name] {
			t.Run(fmt.Sprintf("%s of %d", name, n), func(t *testing.T) {
				s := &shelf{items: items(0, n)}
				seq := list(t.Context(), s)
				assert.Empty(t, s.asked, "asked before the loop began")
				ids, err := collect(t, seq)
				assert.NoError(t, err)
				assert.Equal(t, upTo(n), ids)
				assert.Equal(t, want, s.asked)

				ids, err = collect(t, seq)
				assert.NoError(t, err)
				assert.Equal(t, upTo(n), ids, "ranging again starts again")
			})
		}
	}
}

func TestNothingIsFetchedThatIsNotNeeded(t *testing.T) {
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			s := &shelf{items: items(0, 10)}
			n := 0
			for _, err := range list(t.Context(), s) {
				assert.NoError(t, err)
				if n++; n == 2 {
					break
				}
			}
			assert.Len(t, s.asked, 1)
			for range list(t.Context(), s) {
				if n++; n == 5 {
					break
				}
			}
			assert.LessOrEqual(t, len(s.asked), 3)
		})
	}
}

func TestAVendorsErrorEndsTheList(t *testing.T) {
	for name, list := range lists {
		for failAt := 1; failAt <= 2; failAt++ {
			t.Run(fmt.Sprintf("%s, request %d", name, failAt), func(t *testing.T) {
				s := &shelf{items: items(0, 10), failAt: failAt}
				ids, err := collect(t, list(t.Context(), s))
				assert.Equal(t, errVendor, err, "passed on as it is")
				assert.Equal(t, upTo(2*(failAt-1)), ids)
				assert.Len(t, s.asked, failAt)
			})
		}
		t.Run(name+", loop stops at the error", func(t *testing.T) {
			for _, err := range list(t.Context(), &shelf{failAt: 1}) {
				assert.Error(t, err)
				break
			}
		})
	}
}

func TestTheContextEndsTheList(t *testing.T) {
	for name, list := range lists {
		t.Run(name+", before it began", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			s := &shelf{items: items(0, 10)}
			ids, err := collect(t, list(ctx, s))
			assert.ErrorIs(t, err, context.Canceled)
			assert.Empty(t, ids)
			assert.Empty(t, s.asked)
		})
		for stopAfter := 1; stopAfter <= 2; stopAfter++ {
			t.Run(fmt.Sprintf("%s, after item %d", name, stopAfter), func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := &shelf{items: items(0, 10)}
				var ids []int
				var end error
				for i, err := range list(ctx, s) {
					if end = err; err != nil {
						continue
					}
					if ids = append(ids, i.ID); len(ids) == stopAfter {
						cancel()
					}
				}
				assert.ErrorIs(t, end, context.Canceled)
				assert.Equal(t, upTo(stopAfter), ids)
				assert.Len(t, s.asked, 1)
			})
		}
	}
	t.Run("after the last item it is complete", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for i, err := range Offset(ctx, 2, (&shelf{items: items(0, 3)}).offset) {
			assert.NoError(t, err)
			if i.ID == 2 {
				cancel()
			}
		}
	})
}

func TestAVendorThatRepeatsItselfIsAnError(t *testing.T) {
	page := func() []item { return items(0, 2) }
	more := true
	cases := []struct {
		name string
		seq  iter.Seq2[item, error]
		want []int
	}{
		{"offset ignored", Offset(t.Context(), 2, func(context.Context, int, int) ([]item, error) {
			return page(), nil
		}), upTo(2)},
		{"offset and count ignored", Offset(t.Context(), 1, func(context.Context, int, int) ([]item, error) {
			return page(), nil
		}), upTo(2)},
		{"page number ignored", Page(t.Context(), 2, func(context.Context, int, int) (Batch[item], error) {
			return Batch[item]{Items: page()}, nil
		}), upTo(2)},
		{"page number ignored, total never reached", Page(t.Context(), 2, func(context.Context, int, int) (Batch[item], error) {
			return Batch[item]{Items: page(), Total: 1000}, nil
		}), upTo(2)},
		{"page number ignored, total reached by repeating", Page(t.Context(), 2, func(context.Context, int, int) (Batch[item], error) {
			return Batch[item]{Items: page(), Total: 4}, nil
		}), upTo(2)},
		{"always more", Page(t.Context(), 2, func(context.Context, int, int) (Batch[item], error) {
			return Batch[item]{Items: page(), More: &more}, nil
		}), upTo(2)},
		{"always more of nothing", Page(t.Context(), 2, func(context.Context, int, int) (Batch[item], error) {
			return Batch[item]{More: &more}, nil
		}), nil},
		{"cursor to itself", Cursor(t.Context(), func(context.Context, string) ([]item, string, error) {
			return page(), "x", nil
		}), []int{0, 1, 0, 1}},
		{"cursors in a circle", Cursor(t.Context(), func(_ context.Context, c string) ([]item, string, error) {
			return nil, map[string]string{"": "a", "a": "b", "b": "c", "c": "a"}[c], nil
		}), nil},
		{"overlap never ends", OffsetUnique(t.Context(), 2, func(context.Context, int, int) ([]item, error) {
			return page(), nil
		}, id), upTo(2)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ids, err := collect(t, c.seq)
			assert.ErrorIs(t, err, lock.ErrProtocol)
			assert.Equal(t, c.want, ids)
		})
	}
}

func TestPagesWithSomethingMissing(t *testing.T) {
	more, done := true, false
	batches := func(all ...Batch[item]) iter.Seq2[item, error] {
		return Page(t.Context(), 2, func(_ context.Context, page, _ int) (Batch[item], error) { return all[page-1], nil })
	}
	cases := []struct {
		name string
		seq  iter.Seq2[item, error]
		want []int
	}{
		{"a short page is not the last when more is promised", batches(Batch[item]{Items: items(0, 1), More: &more}, Batch[item]{Items: items(1, 3), More: &done}), upTo(3)},
		{"an empty page is not the last when more is promised", batches(Batch[item]{More: &more}, Batch[item]{Items: items(0, 1), More: &done}), upTo(1)},
		{"a full page is the last when no more is promised", batches(Batch[item]{Items: items(0, 2), More: &done}), upTo(2)},
		{"more counts, not the total", batches(Batch[item]{Items: items(0, 1), Total: 1, More: &more}, Batch[item]{Items: items(1, 2), More: &done}), upTo(2)},
		{"a short page is not the last below the total", batches(Batch[item]{Items: items(0, 1), Total: 2}, Batch[item]{Items: items(1, 2), Total: 2}), upTo(2)},
		{"an empty page is the last below the total", batches(Batch[item]{Items: items(0, 2), Total: 5}, Batch[item]{Total: 5}), upTo(2)},
		{"two empty pages below the total", batches(Batch[item]{Total: 5}), nil},
		{"a total of 0 is none", batches(Batch[item]{Items: items(0, 2)}, Batch[item]{}), upTo(2)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ids, err := collect(t, c.seq)
			assert.NoError(t, err)
			assert.Equal(t, c.want, ids)
		})
	}
}

// What happens between the pages of a list that is read with OffsetUnique, pages of 3.
func TestAListThatMovesWhileItIsRead(t *testing.T) {
	remove := func(ids ...int) func(*shelf) {
		return func(s *shelf) {
			s.items = slices.DeleteFunc(slices.Clone(s.items), func(i item) bool { return slices.Contains(ids, i.ID) })
		}
	}
	insert := func(at int, ids ...int) func(*shelf) {
		return func(s *shelf) {
			for _, id := range ids {
				s.items = slices.Insert(slices.Clone(s.items), min(at, len(s.items)), item{ID: id})
			}
		}
	}
	cases := []struct {
		name  string
		after int // pages
		do    func(*shelf)
		want  []int
	}{
		{"nothing happens", 1, func(*shelf) {}, upTo(9)},
		{"an earlier one vanishes", 1, remove(0), upTo(9)},
		{"the last one read vanishes", 1, remove(2), upTo(9)},
		{"all that were read vanish", 1, remove(0, 1, 2), upTo(9)},
		{"all but the first of many vanish", 3, remove(1, 2, 3, 4, 5, 6), upTo(9)},
		{"many earlier ones vanish late", 3, remove(0, 1, 2, 3, 4), upTo(9)},
		{"all vanish", 2, func(s *shelf) { s.items = nil }, upTo(5)},
		{"all but the unread vanish", 2, remove(0, 1, 2, 3, 4), upTo(9)},
		{"one to come vanishes", 1, remove(5), []int{0, 1, 2, 3, 4, 6, 7, 8}},
		{"one is inserted in front", 1, insert(0, 100), upTo(9)},
		{"a page is inserted in front", 1, insert(0, 102, 101, 100), []int{0, 1, 2, 100, 101, 102, 3, 4, 5, 6, 7, 8}},
		{"several pages are inserted in front", 2, insert(0, 104, 103, 102, 101, 100), []int{0, 1, 2, 3, 4, 100, 101, 102, 103, 104, 5, 6, 7, 8}},
		{"one is inserted ahead", 1, insert(5, 100), []int{0, 1, 2, 3, 4, 100, 5, 6, 7, 8}},
		{"one is appended", 2, insert(99, 100), append(upTo(9), 100)},
		{"one vanishes, one is inserted in front", 2, func(s *shelf) { remove(1)(s); insert(0, 100)(s) }, upTo(9)},
		{"the last one read is replaced", 1, func(s *shelf) { remove(2)(s); insert(2, 100)(s) }, []int{0, 1, 2, 100, 3, 4, 5, 6, 7, 8}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &shelf{items: items(0, 9)}
			ids, err := collect(t, OffsetUnique(t.Context(), 3, func(ctx context.Context, offset, count int) ([]item, error) {
				if len(s.asked) == c.after {
					c.do(s)
				}
				return s.offset(ctx, offset, count)
			}, id))
			assert.NoError(t, err)
			assert.Equal(t, c.want, ids)
		})
	}
}

// However a list is shuffled by inserting and removing between pages: nothing twice, and nothing
// lost that was there from beginning to end.
func TestOffsetUniqueHoldsWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &shelf{items: items(0, rapid.IntRange(0, 40).Draw(t, "length"))}
		size := rapid.IntRange(2, 7).Draw(t, "page size")
		removed, next := map[int]bool{}, 1000
		before := s.items
		change := func() {
			for range rapid.IntRange(0, 4).Draw(t, "removals") {
				if n := len(s.items); n > 0 {
					at := rapid.IntRange(0, n-1).Draw(t, "at")
					removed[s.items[at].ID] = true
					s.items = slices.Delete(slices.Clone(s.items), at, at+1)
				}
			}
			for range rapid.IntRange(0, 2).Draw(t, "insertions") {
				at := rapid.IntRange(0, len(s.items)).Draw(t, "at")
				s.items = slices.Insert(slices.Clone(s.items), at, item{ID: next})
				next++
			}
		}
		seen := map[int]bool{}
		for i, err := range OffsetUnique(context.Background(), size, func(ctx context.Context, offset, count int) ([]item, error) {
			if len(s.asked) < 60 {
				change()
			}
			return s.offset(ctx, offset, count)
		}, id) {
			if err != nil {
				t.Fatal(err)
			}
			if seen[i.ID] {
				t.Fatalf("%d came twice", i.ID)
			}
			seen[i.ID] = true
		}
		for _, i := range before {
			if !seen[i.ID] && !removed[i.ID] {
				t.Fatalf("%d was lost", i.ID)
			}
		}
	})
}

func TestOffsetUniqueStopsWithTheContextWhileGoingBack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	asked := 0
	_, err := collect(t, OffsetUnique(ctx, 2, func(_ context.Context, offset, _ int) ([]item, error) {
		if asked++; asked == 4 {
			cancel()
		}
		if asked < 4 {
			return items(offset, offset+2), nil
		}
		return nil, nil
	}, id))
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 4, asked)
}

func TestMapConvertsItemsAndKeepsTheError(t *testing.T) {
	double := func(i item) int { return 2 * i.ID }
	for n, err := range Map(Offset(t.Context(), 2, (&shelf{items: items(3, 9)}).offset), double) {
		assert.NoError(t, err)
		assert.Equal(t, 6, n)
		break
	}
	var got []int
	var end error
	for n, err := range Map(Offset(t.Context(), 2, (&shelf{items: items(0, 9), failAt: 2}).offset), double) {
		assert.NoError(t, end, "something follows the error")
		if end = err; err == nil {
			got = append(got, n)
		} else {
			assert.Zero(t, n)
		}
	}
	assert.Equal(t, []int{0, 2}, got)
	assert.Equal(t, errVendor, end)
}

func TestItemsThatCannotBeEncodedAreNeverTheSame(t *testing.T) {
	pages := 0
	for range Offset(t.Context(), 1, func(context.Context, int, int) ([]func(), error) {
		if pages++; pages > 3 {
			return nil, nil
		}
		return []func(){nil}, nil
	}) {
		continue
	}
	assert.Equal(t, 4, pages)
}
