package yeeuu

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/smartlock-sdk/smartlock/lock"
)

// growing is a log that grows while it is read.
type growing struct {
	oldestFirst bool
	most        int               // entries the vendor gives at once, whatever is asked for; 0 = as asked
	entries     []OpenLog         // oldest first
	arrivals    map[int][]OpenLog // before the nth call
	calls       int
}

func (g *growing) reader(size int) logReader {
	if g.most > 0 {
		g.most = min(g.most, size)
	}
	shown := size
	if g.most > 0 {
		shown = g.most
	}
	return logReader{
		size: size,
		page: func(_ context.Context, n int) ([]OpenLog, error) {
			g.call()
			list := slices.Clone(g.entries)
			if !g.oldestFirst {
				slices.Reverse(list)
			}
			from := min((n-1)*shown, len(list))
			return list[from:min(from+shown, len(list))], nil
		},
		pages: func(context.Context) (int, error) {
			g.call()
			return (len(g.entries) + shown - 1) / shown, nil
		},
	}
}

func (g *growing) call() {
	g.calls++
	g.entries = append(g.entries, g.arrivals[g.calls]...)
}

// entry is what was logged in the nth second.
func entry(n int, opener string) OpenLog {
	at := noon.Add(time.Duration(n) * time.Second)
	return OpenLog{Type: OpenedByPassword, OpenTime: at.Format(time.DateTime), At: at, Opener: lock.NewSecret(opener)}
}

// counted is how often entries stand in a log.
func counted(logs []OpenLog) map[string]int {
	count := map[string]int{}
	for _, l := range logs {
		count[l.OpenTime+" "+l.Opener.Reveal()]++
	}
	return count
}

// wantBetween checks that got holds all of before, and nothing that is not in after, in the
// number they are there.
func wantBetween(t rapid.TB, got, before, after []OpenLog) {
	have, least, most := counted(got), counted(before), counted(after)
	for l, n := range least {
		if have[l] < n {
			t.Errorf("%s: got it %d times, want %d: an entry was lost", l, have[l], n)
		}
	}
	for l, n := range have {
		if n > most[l] {
			t.Errorf("%s: got it %d times, want %d at most: an entry was doubled", l, n, most[l])
		}
	}
}

// Entries that all differ are neither lost nor doubled, however many come while the log is read.
func TestAGrowingLogIsReadOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "entries")
		g := &growing{oldestFirst: rapid.Bool().Draw(t, "oldest first"), arrivals: map[int][]OpenLog{}}
		size := rapid.IntRange(1, 9).Draw(t, "page size")
		for i := range n {
			g.entries = append(g.entries, entry(i, "15100000001"))
		}
		for range rapid.IntRange(0, 20).Draw(t, "bursts") {
			call := rapid.IntRange(1, 60).Draw(t, "before call")
			for range rapid.IntRange(1, 12).Draw(t, "many") {
				g.arrivals[call] = append(g.arrivals[call], entry(n, "15100000001"))
				n++
			}
		}
		if !rapid.Bool().Draw(t, "as many as asked for") {
			g.most = rapid.IntRange(1, 9).Draw(t, "at once")
		}
		before := slices.Clone(g.entries)
		got, err := g.reader(size).read(t.Context(), time.Time{})
		if errors.Is(err, errMoving) && len(g.arrivals) >= logTries {
			return // it may give up, but says so
		}
		if err != nil {
			t.Fatal(err)
		}
		wantBetween(t, got, before, g.entries)
		if !g.oldestFirst {
			slices.Reverse(got)
		}
		if n := len(got); !slices.EqualFunc(got, g.entries[:min(n, len(g.entries))], alike) {
			t.Errorf("got %d entries with holes between them, want all up to a time", n)
		}
	})
}

// Two openings in one second by the same person are two, also where a page ends between them and
// where others come while the log is read.
func TestEntriesThatLookAlikeAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "seconds")
		g := &growing{oldestFirst: rapid.Bool().Draw(t, "oldest first"), arrivals: map[int][]OpenLog{}}
		size := rapid.IntRange(5, 9).Draw(t, "page size")
		for i := range n {
			for range rapid.IntRange(1, 2).Draw(t, "at once") {
				g.entries = append(g.entries, entry(i, "15100000001"))
			}
		}
		for range rapid.IntRange(0, seamTries-1).Draw(t, "arrivals") {
			call := rapid.IntRange(1, 40).Draw(t, "before call")
			for range rapid.IntRange(1, 2).Draw(t, "many") {
				g.arrivals[call] = append(g.arrivals[call], entry(n+call, "15100000001"))
			}
		}
		before := slices.Clone(g.entries)
		got, err := g.reader(size).read(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		wantBetween(t, got, before, g.entries)
	})
}

func TestReadingStopsBehindTheWindow(t *testing.T) {
	long := func(order bool) *growing {
		g := &growing{oldestFirst: order}
		for i := range 1000 {
			g.entries = append(g.entries, entry(i*600, "15100000001")) // every ten minutes
		}
		return g
	}
	from := noon.Add(998 * 600 * time.Second)
	for _, tt := range []struct {
		name        string
		oldestFirst bool
		from        time.Time
		calls       int
	}{
		{"newest first, the last quarter of an hour: one page", false, from, 1},
		{"newest first, everything: all pages, counted at both ends", false, time.Time{}, 52},
		{"oldest first: all pages", true, from, 52},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := long(tt.oldestFirst)
			got, err := g.reader(20).read(t.Context(), tt.from)
			if err != nil {
				t.Fatal(err)
			}
			if g.calls != tt.calls {
				t.Errorf("got %d calls, want %d", g.calls, tt.calls)
			}
			wanted := slices.DeleteFunc(slices.Clone(g.entries), func(l OpenLog) bool { return l.At.Before(tt.from) })
			wantBetween(t, got, wanted, g.entries)
		})
	}
	t.Run("out of order: all pages", func(t *testing.T) {
		g := long(false)
		late := g.entries[999] // reported long after it happened
		g.entries = slices.Insert(g.entries[:999], 100, late)
		g.entries[990] = entry(-1, "15100000001")
		if _, err := g.reader(20).read(t.Context(), from); err != nil || g.calls != 52 {
			t.Errorf("got %d calls and %v, want 52", g.calls, err)
		}
	})
	t.Run("an empty log: one page", func(t *testing.T) {
		g := new(growing)
		if got, err := g.reader(20).read(t.Context(), time.Time{}); err != nil || len(got) != 0 || g.calls != 1 {
			t.Errorf("got %d entries, %d calls and %v, want none, 1 and no error", len(got), g.calls, err)
		}
	})
	t.Run("in the ordinary case seams cost nothing", func(t *testing.T) {
		g := long(false)
		g.entries = g.entries[:100]
		if _, err := g.reader(20).read(t.Context(), time.Time{}); err != nil || g.calls != 5+2 {
			t.Errorf("got %d calls and %v, want 5 pages and 2 counts", g.calls, err)
		}
	})
}

func TestAPageThatIsRepeatedIsAnError(t *testing.T) {
	same := []OpenLog{entry(2, "a"), entry(1, "a")}
	r := logReader{
		size:  2,
		page:  func(context.Context, int) ([]OpenLog, error) { return slices.Clone(same), nil },
		pages: func(context.Context) (int, error) { return 3, nil },
	}
	if got, err := r.read(t.Context(), time.Time{}); !errors.Is(err, errSamePage) {
		t.Errorf("got %d entries and %v, want an error", len(got), err)
	}
}

func TestALogThatIsClearedWhileItIsReadIsReadAnew(t *testing.T) {
	g := new(growing)
	for i := range 9 {
		g.entries = append(g.entries, entry(i, "a"))
	}
	r, calls := g.reader(3), 0
	whole := r.page
	r.page = func(ctx context.Context, n int) ([]OpenLog, error) {
		switch calls++; calls {
		case 3: // page 3, after one more entry
			g.entries = append(g.entries, entry(9, "a"))
		case 4:
			g.entries = g.entries[9:]
		}
		return whole(ctx, n)
	}
	got, err := r.read(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	wantBetween(t, got, g.entries, g.entries)
}

func TestFailuresEndTheReading(t *testing.T) {
	broken := errors.New("broken")
	for fail := 1; fail <= 10; fail++ {
		t.Run("call "+strconv.Itoa(fail), func(t *testing.T) {
			g := &growing{arrivals: map[int][]OpenLog{3: {entry(100, "a")}}} // so that a seam is read again
			for i := range 6 {
				g.entries = append(g.entries, entry(i, "a"))
			}
			r := g.reader(2)
			whole, calls := r, 0
			failing := func() error {
				if calls++; calls == fail {
					return broken
				}
				return nil
			}
			r.page = func(ctx context.Context, n int) ([]OpenLog, error) {
				if err := failing(); err != nil {
					return nil, err
				}
				return whole.page(ctx, n)
			}
			r.pages = func(ctx context.Context) (int, error) {
				if err := failing(); err != nil {
					return 0, err
				}
				return whole.pages(ctx)
			}
			got, err := r.read(t.Context(), time.Time{})
			if !errors.Is(err, broken) || got != nil {
				t.Errorf("got %d entries and %v after %d calls, want the failure alone", len(got), err, calls)
			}
		})
	}
}
