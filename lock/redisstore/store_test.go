package redisstore_test

import (
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/storetest"
)

func TestOnMiniredis(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.World {
		m := redistest.NewMini(t)
		advance := m.Still(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		return storetest.World{Store: m.Store(t), Replica: m.Store(t), Advance: advance, Empty: m.FlushAll}
	})
}

func TestOnRedis(t *testing.T) {
	redistest.Address(t)
	storetest.Run(t, func(t *testing.T) storetest.World {
		o := redistest.Real(t)
		first := redistest.Open(t, o)
		return storetest.World{
			Store: first, Replica: redistest.Open(t, o), Again: func() lock.Store { return redistest.Open(t, o) },
			Empty: func() { redistest.Empty(t, o) },
		}
	})
}
