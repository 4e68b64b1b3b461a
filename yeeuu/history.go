package yeeuu

import (
	"context"
	"errors"
	"slices"
	"time"
)

const (
	// logsPerPage is how many entries are asked for at a time. How many the vendor gives at once is
	// not documented.
	logsPerPage = 50
	// logSlack is how far behind a window the log is read, for entries that are a little out of order.
	logSlack = time.Hour
	// seamTries is how often a seam between two pages is read again before the log is taken to grow
	// faster than it can be read.
	seamTries = 4
	// logTries is how often the whole log is read from its beginning.
	logTries = 4
)

var (
	errMoving   = errors.New("the log grows faster than it can be read")
	errSamePage = errors.New("the log's next page repeats the one before")
)

// logReader reads the log of one door.
//
// The vendor pages by number. If the log begins with its newest entry, an entry that comes while we
// read pushes every other one place on, and a page begins with what ended the page before. Entries
// have no id, and two of them may be alike: two openings in one second. So where a page holds what
// looks like something read before, that may be the same entries or others.
//
// Then both pages are read again, the first of them twice: if it is the same before and after, the
// log did not move and the two fit together as they are. In the ordinary case, where no entry came
// and none is alike, that costs nothing.
type logReader struct {
	size  int                                                 // of a page
	page  func(ctx context.Context, n int) ([]OpenLog, error) // from 1
	pages func(ctx context.Context) (int, error)              // how many there are now
}

// read returns every entry that was in the log when it was called, as the log has them, newest
// first or last; entries that come meanwhile may be among them. Those older than from may be left
// out; zero = all.
func (r logReader) read(ctx context.Context, from time.Time) ([]OpenLog, error) {
	var err error
	for range logTries {
		var all []OpenLog
		if all, err = r.once(ctx, from); !errors.Is(err, errMoving) {
			return all, err
		}
	}
	return nil, err
}

// once reads the log. errMoving says that its pages did not fit together.
func (r logReader) once(ctx context.Context, from time.Time) ([]OpenLog, error) {
	all, err := r.page(ctx, 1)
	if err != nil {
		return nil, err
	}
	last, total := 0, 0 // where the last page begins in all; how many pages there are, as last asked
	most := 0           // how many pages it may grow to while it is read
	for n := 1; len(all) > last && !reaches(all, from); n++ {
		grown := false
		if n >= total {
			if total, err = r.pages(ctx); err != nil {
				return nil, err
			}
			if n >= total {
				break
			}
			if n == 1 {
				most = 2*total + 1
			}
			if total > most {
				return nil, errMoving
			}
			grown = len(all)-last < r.size // the page was not full, and yet there is another
		}
		if all, last, err = r.join(ctx, all, last, n, grown); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// join adds page n+1 to all, whose page n begins at last, and says where the new page begins. In
// doubt it reads page n again, too.
func (r logReader) join(ctx context.Context, all []OpenLog, last, n int, doubt bool) ([]OpenLog, int, error) {
	next, err := r.page(ctx, n+1)
	if err != nil {
		return nil, 0, err
	}
	if !doubt && !share(all, next) && !overtakes(next, all) {
		return append(all, next...), len(all), nil
	}
	for range seamTries {
		var three [3][]OpenLog // page n, the next, page n once more
		for i, page := range []int{n, n + 1, n} {
			if three[i], err = r.page(ctx, page); err != nil {
				return nil, 0, err
			}
		}
		before, next, after := three[0], three[1], three[2]
		if !slices.EqualFunc(before, after, alike) {
			continue
		}
		if len(next) > 0 && slices.EqualFunc(before, next, alike) && !alike(next[0], next[len(next)-1]) {
			return nil, 0, errSamePage
		}
		start := 0 // if it is the first page, what came meanwhile stands before all that was read
		if n > 1 {
			start = place(all, before, last)
		}
		if start < 0 || share(all[:start], next) {
			return nil, 0, errMoving
		}
		return append(append(all[:start], before...), next...), start + len(before), nil
	}
	// The door is opened again and again while we read. The page as it was first read goes where it
	// fits, which is right unless entries at the seam are alike.
	at := meet(all, next)
	if at < 0 {
		return nil, 0, errMoving
	}
	if at+len(next) > len(all) {
		all = append(all[:at], next...)
	}
	return all, at, nil
}

// alike reports whether two entries say the same.
func alike(a, b OpenLog) bool {
	return a.OpenTime == b.OpenTime && a.Type == b.Type && a.Opener.Equal(b.Opener)
}

// share reports whether an entry of one log looks like one of another.
func share(a, b []OpenLog) bool {
	return slices.ContainsFunc(b, func(l OpenLog) bool {
		return slices.ContainsFunc(a, func(other OpenLog) bool { return alike(l, other) })
	})
}

// overtakes reports whether a page of a log that runs from new to old begins before all that was
// read.
func overtakes(page, all []OpenLog) bool {
	return len(page) > 0 && all[len(all)-1].At.Before(all[0].At) && all[0].At.Before(page[0].At)
}

// meet finds where in all the page begins that looks like it, whether it goes beyond the end or
// not; -1 if nowhere.
func meet(all, page []OpenLog) int {
	for at := range all {
		if k := min(len(all)-at, len(page)); k > 0 && slices.EqualFunc(all[at:at+k], page[:k], alike) {
			return at
		}
	}
	return -1
}

// place finds in all the page that began at last and may have moved towards the beginning since;
// -1 if it is not to be found. It may go beyond the end.
func place(all, page []OpenLog, last int) int {
	if len(page) == 0 {
		return -1
	}
	for at := last; at >= 0; at-- {
		if k := min(len(all)-at, len(page)); slices.EqualFunc(all[at:at+k], page[:k], alike) {
			return at
		}
	}
	return -1
}

// reaches reports whether the entries run from new to old and have come past from, so that those to
// come are older. The order of the log is not documented, so it is looked at.
func reaches(all []OpenLog, from time.Time) bool {
	if from.IsZero() || len(all) == 0 {
		return false
	}
	newestFirst := slices.IsSortedFunc(all, func(a, b OpenLog) int { return b.At.Compare(a.At) })
	oldest := all[len(all)-1].At
	return newestFirst && oldest.Before(all[0].At) && oldest.Before(from.Add(-logSlack)) && !oldest.IsZero()
}
