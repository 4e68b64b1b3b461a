package locktest

import (
	"bytes"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// start is when the clocks of the tests begin, half past noon in Beijing.
var start = time.Date(2026, 3, 2, 4, 30, 0, 0, time.UTC)

// output collects a log. It is safe for concurrent use.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// memory makes worlds of a Memory whose clock stands still and whose log is kept.
func memory(opts ...lock.Option) func() (*Memory, World) {
	return func() (*Memory, World) {
		log := new(output)
		m := NewMemory(append([]lock.Option{
			lock.WithClock(NewClock(start)),
			lock.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		}, opts...)...)
		w := m.World()
		w.Output = log.String
		return m, w
	}
}

func TestMemoryKeepsEveryRule(t *testing.T) {
	worlds := map[string][]lock.Option{
		"at once":           nil,
		"later":             {WithDelay(30 * time.Second)},
		"in small pages":    {WithPageSize(2)},
		"with longer codes": {WithPINPolicy(lock.PINPolicy{Lengths: []int{8}, MaxRepeat: 2, MaxSequence: 2, MinDistinct: 4})},
	}
	for name, opts := range worlds {
		t.Run(name, func(t *testing.T) {
			Run(t, func(*testing.T) World {
				_, w := memory(opts...)()
				return w
			})
		})
	}
}

// poorer are vendors that lack something.
func poorer() map[string][]lock.Op {
	area := func(names ...string) (ops []lock.Op) {
		for _, op := range lock.Ops() {
			for _, name := range names {
				if len(op) > len(name) && string(op[:len(name)+1]) == name+"." {
					ops = append(ops, op)
				}
			}
		}
		return ops
	}
	all := lock.Ops()
	without := func(left ...lock.Op) []lock.Op {
		return slices.DeleteFunc(slices.Clone(all), func(op lock.Op) bool { return slices.Contains(left, op) })
	}
	return map[string][]lock.Op{
		"no homes":     area("homes"),
		"no locks":     area("locks"),
		"no keys":      area("keys"),
		"no passwords": area("passwords"),
		"no meters":    area("meters"),
		"no events":    area("events"),
		"nothing":      all,
		"no lists":     {lock.ListHomes, lock.ListLocks, lock.ListPasswords, lock.ListMeters, lock.ListKeys, lock.ListEvents, lock.MeterHistory},
		"no gets":      {lock.GetHome, lock.GetLock, lock.GetMeter},
		"no creating":  {lock.CreatePassword, lock.GrantKey, lock.CreateHome, lock.AddRooms},
		"only offline": {lock.CreateTimedPassword, lock.CreatePermanentPassword, lock.CreateRecurringPassword, lock.CreateAdminPassword},
		"some variants": {
			lock.CreateRecurringPassword, lock.ListKeysOfPerson, lock.ReadWater, lock.ConfigureMeterPrice, lock.ConfigureMeterForceOff,
		},
		"writes and no reads": without(
			lock.CreateHome, lock.AddRooms, lock.OpenLock, lock.GrantKey, lock.RevokeKey, lock.CreatePassword, lock.CreateTimedPassword,
			lock.DeletePassword, lock.ListEvents),
		"a meter and a stream": without(lock.ListHomes, lock.GetHome, lock.CreateHome, lock.SwitchMeter, lock.GetMeter, lock.WatchEvents),
	}
}

func TestAPoorerMemoryKeepsEveryRule(t *testing.T) {
	for name, ops := range poorer() {
		t.Run(name, func(t *testing.T) {
			Run(t, func(*testing.T) World {
				_, w := memory(Without(ops...), WithDelay(time.Second))()
				return w
			})
		})
	}
}

// Worlds may offer next to nothing: the rules then find what they need by the provider, or skip.
func TestABareWorldIsEnough(t *testing.T) {
	Run(t, func(*testing.T) World {
		w := NewMemory().World() // on the system's clock
		return World{Provider: w.Provider, WaterMeter: w.WaterMeter, Person: w.Person}
	})
}
