package redisstore_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// BenchmarkStore is one step each on the real server, one after the other.
func BenchmarkStore(b *testing.B) {
	s := redistest.Open(b, redistest.Real(b))
	ctx := context.Background()
	rules := []lock.LimitRule{{Count: 5, Window: time.Microsecond}}
	for name, step := range map[string]func() error{
		"a look at the token": func() error {
			_, err := s.ClaimToken(ctx, "a", lock.TokenClaim{})
			return err
		},
		"a slot taken and closed": func() error {
			g, err := s.TakeSlot(ctx, "a", "k", rules, time.Minute)
			if err != nil {
				return err
			}
			return s.CloseSlot(ctx, "a", "k", g.Slot, false)
		},
		"an event appended, taken and settled": func() error {
			if _, err := s.AppendEvent(ctx, "l", lock.LogEntry{ID: rand.Text(), Data: make([]byte, 500)}, lock.AppendOptions{Keep: time.Minute}); err != nil {
				return err
			}
			d, err := s.TakeEvents(ctx, "l", 1, time.Minute)
			if err != nil || len(d) == 0 {
				return err
			}
			return s.SettleEvent(ctx, "l", d[0], lock.Settlement{Outcome: lock.EventHandled})
		},
		"an event appended": func() error {
			_, err := s.AppendEvent(ctx, "m", lock.LogEntry{ID: rand.Text(), Data: make([]byte, 500)}, lock.AppendOptions{Keep: time.Minute})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := step(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
