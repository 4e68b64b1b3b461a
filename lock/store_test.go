package lock_test

import (
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/lock/storetest"
)

func TestMemoryStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.World {
		clock := locktest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		return storetest.World{Store: lock.NewMemoryStore(clock), Advance: clock.Advance}
	})
}

func TestSealedStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.World {
		clock := locktest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		plain := lock.NewMemoryStore(clock)
		return storetest.World{Store: sealed(t, plain, "a", "a", "b"), Replica: sealed(t, plain, "b", "a", "b"), Advance: clock.Advance}
	})
}
