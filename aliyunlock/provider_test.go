package aliyunlock

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
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

// Calls that were under way when the vendor said "too many" are refused too: that is one refusal.
func TestRefusalsOfOneMomentAreOnePause(t *testing.T) {
	clock := locktest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	p := pause{clock: clock}
	for range 3 {
		p.learn(&lock.Error{Kind: lock.ErrRateLimited})
	}
	if got := p.left(); got != time.Minute {
		t.Errorf("got a pause of %v, want a minute", got)
	}
	for _, want := range []time.Duration{2, 4, 8, 15, 15} {
		clock.Advance(p.left())
		err := &lock.Error{Kind: lock.ErrRateLimited}
		p.learn(err)
		if got := p.left(); got != want*time.Minute || err.RetryAfter != got {
			t.Errorf("got a pause of %v, and %v told, want %v minutes", got, err.RetryAfter, int(want))
		}
	}
}

// A vendor that brings no new refresh token leaves the one there is good.
func TestRefreshTokenThatDoesNotRotate(t *testing.T) {
	clock := locktest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	vendor := &saying{reply: `{"code":200,"id":"1","data":{"iotToken":"token-2","iotTokenExpire":72000,"total":0,"data":[]}}`}
	c := vendor.client(lock.WithClock(clock), WithSession(Session{
		IdentityID: "50f5op1", RefreshToken: lock.NewSecret("refresh-1"), RefreshExpires: clock.Now().Add(30 * 24 * time.Hour),
	}))
	for range 3 {
		if err := c.Check(t.Context()); err != nil {
			t.Fatalf("got %v, want success", err)
		}
		clock.Advance(20 * time.Hour)
	}
	var renewed int
	for i, path := range vendor.paths {
		if path == "/account/checkOrRefreshSession" {
			renewed++
			if body := vendor.bodies[i]; !strings.Contains(body, `"refreshToken":"refresh-1"`) || !strings.Contains(body, `"identityId":"50f5op1"`) {
				t.Errorf("got the renewal %s, want the refresh token there is", body)
			}
		}
	}
	if renewed != 3 {
		t.Errorf("got %d renewals, want 3", renewed)
	}
}
