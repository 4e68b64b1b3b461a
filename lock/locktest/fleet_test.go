package locktest

import (
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Three vendors that differ in what they can and how they answer. What none of them can is proven
// unsupported, too.
func TestFleetKeepsThePromises(t *testing.T) {
	t.Run("doors first", func(t *testing.T) { Run(t, func(t *testing.T) World { return fleetWorld(t, 0, 1, 2) }) })
	t.Run("meters first", func(t *testing.T) { Run(t, func(t *testing.T) World { return fleetWorld(t, 1, 2, 0) }) })
	t.Run("everything first", func(t *testing.T) { Run(t, func(t *testing.T) World { return fleetWorld(t, 2, 0, 1) }) })
}

func TestFleetOfOneKeepsThePromises(t *testing.T) {
	Run(t, func(t *testing.T) World { return fleetWorld(t, 2) })
}

// A fleet can be a member of another one.
func TestFleetOfFleetsKeepsThePromises(t *testing.T) {
	Run(t, func(t *testing.T) World {
		return Fleet(t, Place{"north", fleetWorld(t, 0, 1)}, Place{"south", fleetWorld(t, 1, 0)})
	})
}

func fleetWorld(t *testing.T, order ...int) World {
	t.Helper()
	meterOps := []lock.Op{
		lock.ListMeters, lock.GetMeter, lock.ReadMeter, lock.MeterHistory, lock.MeterConsumption, lock.SwitchMeter,
		lock.TopUpMeter, lock.TopUpMeterStatus, lock.ConfigureMeter,
	}
	doorOps := []lock.Op{
		lock.OpenLock, lock.ListKeys, lock.GrantKey, lock.UpdateKey, lock.RevokeKey, lock.DeleteKey, lock.ListPasswords,
		lock.CreatePassword, lock.UpdatePassword, lock.FreezePassword, lock.UnfreezePassword, lock.DeletePassword,
		lock.DynamicPassword, lock.RevealPassword, lock.WatchEvents,
	}
	begin := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	member := func(opts ...lock.Option) World {
		clock := NewClock(begin) // each its own: Advance moves them all
		return NewMemory(append(opts, lock.WithClock(clock), WithPageSize(3), lock.WithPolling(time.Second, time.Second))...).World()
	}
	places := []Place{
		{"doors", member(WithDelay(2*time.Second), Without(meterOps...), Without(lock.ReceiveEvents, lock.DynamicPassword))},
		{"meters", member(WithDelay(time.Second), Without(doorOps...), Without(lock.CreateHome, lock.RenameLock))},
		{"all-in.one", member(Without(lock.DynamicPassword, lock.RenameLock, lock.CreateRecurringPassword))},
	}
	var chosen []Place
	for _, i := range order {
		chosen = append(chosen, places[i])
	}
	return Fleet(t, chosen...)
}
