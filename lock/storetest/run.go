package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// World is an empty store to be tested.
type World struct {
	Store lock.Store
	// Replica is another way to the same data, as another replica has it. nil = Store itself.
	Replica lock.Store
	// Advance moves the store's clock. nil = it is real time, and passes.
	Advance func(time.Duration)
	// Unit is the time in which the cases count: well above what the store takes for a call.
	// 0 = a second with Advance, else 200 ms.
	Unit time.Duration
	// Empty makes the store lose everything it knows, as a failure may. nil = only together with
	// the process.
	Empty func()
	// Again opens the store anew, as the next process finds it. nil = it ends with the process.
	Again func() lock.Store
}

// Run holds the stores that factory makes to every promise of lock.Store. Each case has a store
// of its own.
func Run(t *testing.T, factory func(t *testing.T) World) {
	t.Helper()
	for _, group := range []struct {
		name  string
		cases []testCase
	}{{"tokens", tokenCases}, {"limits", limitCases}, {"log", logCases}, {"queue", queueCases}, {"leases", leaseCases}, {"store", storeCases}} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					w := newWorld(t, factory(t))
					if w.Advance == nil {
						t.Parallel() // they wait more than they work
					}
					for unit := w.Unit; !c.inTime(w); {
						unit *= 2
						w = newWorld(t, factory(t))
						w.Unit = unit
					}
				})
			}
		})
	}
}

type testCase struct {
	name string
	test func(w *world)
}

// inTime runs the case, unless the machine is too slow to tell: the case is then left before it
// says anything wrong.
func (c testCase) inTime(w *world) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if r != errLate {
				panic(r)
			}
			ok = false
		}
	}()
	w.last = time.Now() // a parallel case has waited for its turn
	c.test(w)
	return true
}

// errLate ends a case whose times cannot be trusted. It is a panic because a case has nothing to
// return to.
var errLate = errors.New("storetest: the machine is too slow for this unit")

// world is a World with what the cases do in it.
type world struct {
	World
	*testing.T
	ctx  context.Context
	last time.Time // when the case began or last waited, with a clock of real time
}

func newWorld(t *testing.T, from World) *world {
	t.Helper()
	if from.Store == nil {
		t.Fatal("the factory made no store")
	}
	if from.Replica == nil {
		from.Replica = from.Store
	}
	if from.Unit == 0 {
		if from.Unit = time.Second; from.Advance == nil {
			from.Unit = 200 * time.Millisecond
		}
	}
	return &world{World: from, T: t, ctx: t.Context()}
}

// units is a number of the world's units.
func (w *world) units(n float64) time.Duration { return time.Duration(n * float64(w.Unit)) }

// pass lets time pass.
func (w *world) pass(units float64) {
	w.Helper()
	if w.Advance != nil {
		w.Advance(w.units(units))
		return
	}
	w.must(lock.SystemClock.Sleep(w.ctx, w.units(units)))
	now := time.Now()
	w.inTime(units)
	w.last = now
}

// inTime ends the case if it has taken much longer than some units since it last waited. Only the
// case itself may ask.
func (w *world) inTime(units float64) {
	if w.Advance == nil && w.Unit < 10*time.Second && time.Since(w.last) > w.units(units+0.3) {
		panic(errLate)
	}
}

// Errorf fails the case, unless the machine may be to blame.
func (w *world) Errorf(format string, args ...any) {
	w.Helper()
	w.inTime(0)
	w.T.Errorf(format, args...)
}

// Fatalf fails the case and ends it, unless the machine may be to blame.
func (w *world) Fatalf(format string, args ...any) {
	w.Helper()
	w.inTime(0)
	w.T.Fatalf(format, args...)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("got %v, want no error", err)
	}
}

// superseded wants the answer to those who are too late.
func (w *world) superseded(err error) {
	w.Helper()
	if !errors.Is(err, lock.ErrSuperseded) {
		w.Fatalf("got %v, want ErrSuperseded", err)
	}
}

// about reports whether a duration is so many units, give or take half of one.
func (w *world) about(d time.Duration, units float64) bool {
	return d >= w.units(units-0.5) && d <= w.units(units+0.5)
}

// Fatal is Fatalf of what is as it is.
func (w *world) Fatal(args ...any) {
	w.Helper()
	w.Fatalf("%s", fmt.Sprint(args...))
}

// together runs f n times at once, each with the store of one of two replicas. f is not the case itself,
// so it fails w.T.
func (w *world) together(n int, f func(i int, s lock.Store)) {
	var wg sync.WaitGroup
	for i := range n {
		s := w.Store
		if i%2 == 1 {
			s = w.Replica
		}
		wg.Go(func() { f(i, s) })
	}
	wg.Wait()
}

// count adds up what happens at once.
type count struct {
	mu sync.Mutex
	n  int
}

func (c *count) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func name(i int) string { return fmt.Sprint("id-", i) }

// storeCases are about all parts.
var storeCases = []testCase{
	{"a context that has ended is answered with its error, and nothing is done", func(w *world) {
		ended, cancel := context.WithCancel(w.ctx)
		cancel()
		for what, err := range map[string]error{
			"ClaimToken":   second(w.Store.ClaimToken(ended, "a", lock.TokenClaim{Hold: w.units(9)})),
			"SaveToken":    w.Store.SaveToken(ended, "a", "c", lock.StoredToken{}),
			"DropClaim":    w.Store.DropClaim(ended, "a", "c", lock.ClaimFailure{}),
			"TakeSlot":     second(w.Store.TakeSlot(ended, "a", "k", oneIn(w, 9), w.units(1))),
			"CloseSlot":    w.Store.CloseSlot(ended, "a", "k", lock.Slot{ID: "s", Keep: w.units(9)}, true),
			"AppendEvent":  second(w.Store.AppendEvent(ended, "l", lock.LogEntry{ID: "e"}, lock.AppendOptions{Keep: w.units(9)})),
			"ReadEvents":   second(w.Store.ReadEvents(ended, "l", 0, 1)),
			"TrimEvents":   second(w.Store.TrimEvents(ended, "l", w.units(1))),
			"CountEvents":  second(w.Store.CountEvents(ended, "l")),
			"TakeEvents":   second(w.Store.TakeEvents(ended, "l", 1, w.units(1))),
			"SettleEvent":  w.Store.SettleEvent(ended, "l", lock.Delivery{}, lock.Settlement{Outcome: lock.EventHandled}),
			"DeadEvents":   second(w.Store.DeadEvents(ended, "l", 0, 1)),
			"ReplayEvents": second(w.Store.ReplayEvents(ended, "l")),
			"Campaign":     second(w.Store.Campaign(ended, "l", "me", w.units(9))),
			"Resign":       w.Store.Resign(ended, "l", "me"),
		} {
			if !errors.Is(err, context.Canceled) {
				w.Errorf("%s: got %v, want context.Canceled", what, err)
			}
		}
		if g := w.claim(w.Store, lock.TokenClaim{Hold: w.units(9)}); g.Claim == "" {
			w.Errorf("got %+v, want the claim that nobody has", g)
		}
		w.take(w.Store, "k", oneIn(w, 9))
		w.append(w.Store, "e")
		if t := w.campaign(w.Store, "another", 9); !t.Mine {
			w.Errorf("got %+v, want the lease that nobody has", t)
		}
	}},
	{"names may hold any text", func(w *world) {
		for _, name := range []string{"", "a b", "{a}", "}{", "a:b", "%7B", "锁/1", "a\x00b", "*"} {
			claim, err := w.Store.ClaimToken(w.ctx, name, lock.TokenClaim{Hold: w.units(9)})
			w.must(err)
			w.must(w.Store.SaveToken(w.ctx, name, claim.Claim, lock.StoredToken{ID: "t" + name, Value: []byte(name), Keep: w.units(9)}))
			g, err := w.Replica.ClaimToken(w.ctx, name, lock.TokenClaim{})
			w.must(err)
			if !g.Good || g.Token.ID != "t"+name || string(g.Token.Value) != name {
				w.Errorf("account %q: got %+v, want its own token", name, g)
			}
			slot, err := w.Store.TakeSlot(w.ctx, name, name, oneIn(w, 9), w.units(1))
			if w.must(err); slot.Slot.ID == "" {
				w.Errorf("key %q: got %+v, want a slot of its own", name, slot)
			}
			added, err := w.Store.AppendEvent(w.ctx, name, lock.LogEntry{ID: "e" + name, Data: []byte(name)}, lock.AppendOptions{Keep: w.units(9)})
			if w.must(err); !added {
				w.Errorf("log %q: the event was there already", name)
			}
			entries, err := w.Replica.ReadEvents(w.ctx, name, 0, 9)
			if w.must(err); len(entries) != 1 || entries[0].ID != "e"+name || string(entries[0].Data) != name {
				w.Errorf("log %q: got %v, want its own event", name, entries)
			}
			t, err := w.Store.Campaign(w.ctx, name, "me", w.units(9))
			if w.must(err); !t.Mine {
				w.Errorf("lease %q: got %+v, want it", name, t)
			}
		}
	}},
	{"what was written is there for the next process", func(w *world) {
		if w.Again == nil {
			w.Skip("this store ends with its process")
		}
		w.save(w.Store, w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(30)}), "t1", 60)
		w.take(w.Store, "k", oneIn(w, 60))
		w.append(w.Store, "e1", "e2")
		first := w.deliver(w.Store, 1, 60)[0]
		w.settle(w.Store, first, lock.Settlement{Outcome: lock.EventDead, Why: "broken"})
		term := w.campaign(w.Store, "me", 60)
		next := w.Again()
		if g := w.claim(next, lock.TokenClaim{}); !g.Good || g.Token.ID != "t1" {
			w.Errorf("got %+v, want the token", g)
		}
		w.full(next, "k", oneIn(w, 60))
		if added := w.tryAppend(next, "e1", lock.AppendOptions{Keep: w.units(60)}); added {
			w.Errorf("the event was appended again")
		}
		if d := w.deliver(next, 9, 1); len(d) != 1 || d[0].ID != "e2" {
			w.Errorf("got %v, want the event that waits", d)
		}
		if d := w.dead(next); len(d) != 1 || d[0].ID != "e1" || d[0].Why != "broken" {
			w.Errorf("got %v, want the dead event", d)
		}
		if t := w.campaign(next, "another", 1); t.Mine {
			w.Errorf("got %+v, want the lease held", t)
		}
		if t := w.campaign(next, "me", 60); !t.Mine || t.Fence != term.Fence {
			w.Errorf("got %+v, want the term %d to go on", t, term.Fence)
		}
	}},
}

func second[T any](_ T, err error) error { return err }
