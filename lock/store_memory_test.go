package lock

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// hands is a clock that a test sets.
type hands struct {
	systemClock
	now time.Time
}

func (h *hands) Now() time.Time { return h.now }

func TestWhatHasExpiredIsForgotten(t *testing.T) {
	clock := &hands{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	m := NewMemoryStore(clock)
	ctx := context.Background()
	rules := []LimitRule{{Count: 1, Window: time.Minute}}
	use := func(name string) {
		t.Helper()
		g, err := m.ClaimToken(ctx, name, TokenClaim{Hold: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.DropClaim(ctx, name, g.Claim, ClaimFailure{Pause: time.Minute}); err != nil {
			t.Fatal(err)
		}
		if _, err := m.TakeSlot(ctx, "account", name, rules, time.Second); err != nil {
			t.Fatal(err)
		}
		if _, err := m.AppendEvent(ctx, "log", LogEntry{ID: name}, AppendOptions{Keep: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		use(fmt.Sprint(i))
	}
	clock.now = clock.now.Add(2 * time.Hour)
	use("another")
	if len(m.tokens) != 1 || len(m.slots) != 1 || len(m.logs["log"].seen) != 1 {
		t.Errorf("got %d accounts, %d keys and %d IDs, want the last one of each", len(m.tokens), len(m.slots), len(m.logs["log"].seen))
	}
}

func TestSlotThatIsClosedAfterItWasForgotten(t *testing.T) {
	clock := &hands{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	m := NewMemoryStore(clock)
	ctx := context.Background()
	rules := []LimitRule{{Count: 1, Window: time.Minute}}
	g, err := m.TakeSlot(ctx, "account", "k", rules, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	clock.now = clock.now.Add(time.Hour)
	if _, err := m.ClaimToken(ctx, "a", TokenClaim{}); err != nil || len(m.slots) != 0 {
		t.Fatalf("got %v and %d keys, want the key forgotten", err, len(m.slots))
	}
	if err := m.CloseSlot(ctx, "account", "k", g.Slot, true); err != nil {
		t.Fatal(err)
	}
	if g, err := m.TakeSlot(ctx, "account", "k", rules, time.Second); err != nil || g.Wait != time.Minute {
		t.Errorf("got %+v and %v, want it to count from now on", g, err)
	}
}

func TestTokenIDs(t *testing.T) {
	a, b := TokenID(NewSecret("token-a")), TokenID(NewSecret("token-b"))
	if a == b || a != TokenID(NewSecret("token-a")) || len(a) != 32 {
		t.Errorf("got %s and %s, want an ID of each", a, b)
	}
	if got := TokenID(Secret{}); got != "" {
		t.Errorf("got %q for no token, want none", got)
	}
}
