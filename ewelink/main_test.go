package ewelink

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixedClock stands still; nothing sleeps on it.
type fixedClock struct{}

func (fixedClock) Now() time.Time { return time.Date(2026, 11, 22, 15, 28, 0, 0, time.UTC) }

func (fixedClock) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
