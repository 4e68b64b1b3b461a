package aliyunlock

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestItemsThatMoveAreListedOnce(t *testing.T) {
	// While the first page is read somebody adds an item, and all others move on by one.
	ids := strings.Split("abcd", "")
	var asked int
	all := pages(t.Context(), 2, func(_ context.Context, p Paging) (*Page[string], error) {
		from := min((p.PageNo-1)*p.PageSize, len(ids))
		to := min(from+p.PageSize, len(ids))
		page := &Page[string]{Total: len(ids), PageNo: p.PageNo, PageSize: p.PageSize, Items: slices.Clone(ids[from:to])}
		if asked++; asked == 1 {
			ids = append([]string{"new"}, ids...)
		}
		return page, nil
	}, func(id *string) string { return *id })
	var got []string
	for id, err := range all {
		if err != nil {
			t.Fatalf("listing: %v", err)
		}
		got = append(got, *id)
	}
	if want := "a b c d"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWindowsNeverGrow(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 500e6, time.UTC)
	at := func(ms int) time.Time { return now.Truncate(time.Second).Add(time.Duration(ms) * time.Millisecond) }
	for _, tt := range []struct{ in, want lock.Window }{
		{lock.Window{From: at(1000), Until: at(9000)}, lock.Window{From: at(1000), Until: at(9000)}},
		{lock.Window{From: at(1001), Until: at(9999)}, lock.Window{From: at(2000), Until: at(9000)}},
		{lock.Window{Until: at(9500)}, lock.Window{From: at(0), Until: at(9000)}},
	} {
		t.Run(fmt.Sprint(tt.in), func(t *testing.T) {
			got := wholeSeconds(tt.in, now)
			if !got.From.Equal(tt.want.From) || !got.Until.Equal(tt.want.Until) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
