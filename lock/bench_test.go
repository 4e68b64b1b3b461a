package lock_test

import (
	"context"
	"iter"
	"strconv"
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// talkative is a provider that says events with the IDs it is told, round and round, without a pause.
type talkative struct {
	*locktest.Memory
	ids []string
}

func (p talkative) Supports(op lock.Op) bool { return op == lock.WatchEvents }
func (p talkative) Events() lock.Events      { return talkativeEvents{p.Memory.Events(), p.ids} }

type talkativeEvents struct {
	lock.Events
	ids []string
}

func (p talkativeEvents) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		e := lock.Event{Vendor: "talkative", Kind: lock.EventLockUnlocked, Device: "door-1"}
		for len(p.ids) > 0 {
			for _, e.ID = range p.ids {
				if !yield(e, nil) {
					return
				}
			}
		}
		<-ctx.Done()
		yield(lock.Event{}, ctx.Err())
	}
}

// BenchmarkSubscribers is an event on its way from a provider to a loop over it (P9): by the
// provider's own sequence, through a fleet, and through a Follower.
func BenchmarkSubscribers(b *testing.B) {
	ids := make([]string, 1<<17) // more than a Follower remembers: each is new to it
	for i := range ids {
		ids[i] = "event-" + strconv.Itoa(i)
	}
	one := talkative{locktest.NewMemory(), ids}
	other := talkative{locktest.NewMemory(), nil}
	fleet, err := lock.NewFleet(lock.Member{Name: "a", Provider: one}, lock.Member{Name: "b", Provider: other})
	if err != nil {
		b.Fatal(err)
	}
	hear := func(events func(ctx context.Context) iter.Seq2[lock.Event, error]) func(b *testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			heard := 0
			for _, err := range events(ctx) {
				if err != nil {
					b.Fatal(err)
				}
				if heard++; heard == b.N {
					break
				}
			}
		}
	}
	b.Run("impl=floor", hear(one.Events().Watch))
	b.Run("impl=fleet", hear(fleet.Events().Watch))
	b.Run("impl=follow", hear(func(ctx context.Context) iter.Seq2[lock.Event, error] {
		return lock.Follow(ctx, one, lock.FollowOptions{})
	}))
}
