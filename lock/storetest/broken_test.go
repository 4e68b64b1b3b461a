package storetest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/lock/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// altered is a good store with some methods replaced.
type altered struct {
	lock.Store
	claim    func(context.Context, lock.TokenClaim) (lock.TokenClaim, func(*lock.TokenGrant))
	save     func(error) error
	drop     func(*lock.ClaimFailure)
	take     func([]lock.LimitRule, time.Duration) ([]lock.LimitRule, time.Duration)
	close    func(made bool) (again, wasMade bool)
	add      func(*lock.LogEntry, *lock.AppendOptions)
	read     func([]lock.LogEntry)
	trim     func(time.Duration) time.Duration
	deliver  func(n int, hold time.Duration) (int, time.Duration)
	given    func([]lock.Delivery) []lock.Delivery
	settle   func(*lock.Delivery, *lock.Settlement)
	settled  func(error) error
	dead     func([]lock.Delivery) []lock.Delivery
	replay   func([]uint64) []uint64
	campaign func(*lock.Term)
	resign   func() bool
}

func (a altered) ClaimToken(ctx context.Context, account string, c lock.TokenClaim) (lock.TokenGrant, error) {
	if a.claim == nil {
		return a.Store.ClaimToken(ctx, account, c)
	}
	c, change := a.claim(ctx, c)
	g, err := a.Store.ClaimToken(ctx, account, c)
	change(&g)
	return g, err
}

func (a altered) SaveToken(ctx context.Context, account, claim string, t lock.StoredToken) error {
	err := a.Store.SaveToken(ctx, account, claim, t)
	if a.save != nil {
		err = a.save(err)
	}
	return err
}

func (a altered) DropClaim(ctx context.Context, account, claim string, why lock.ClaimFailure) error {
	if a.drop != nil {
		a.drop(&why)
	}
	return a.Store.DropClaim(ctx, account, claim, why)
}

func (a altered) TakeSlot(ctx context.Context, account, key string, rules []lock.LimitRule, hold time.Duration) (lock.SlotGrant, error) {
	if a.take != nil {
		rules, hold = a.take(rules, hold)
	}
	return a.Store.TakeSlot(ctx, account, key, rules, hold)
}

func (a altered) CloseSlot(ctx context.Context, account, key string, s lock.Slot, made bool) error {
	if a.close != nil {
		var call bool
		if call, made = a.close(made); !call {
			return ctx.Err()
		}
	}
	return a.Store.CloseSlot(ctx, account, key, s, made)
}

func (a altered) AppendEvent(ctx context.Context, log string, e lock.LogEntry, o lock.AppendOptions) (bool, error) {
	if a.add != nil {
		a.add(&e, &o)
	}
	return a.Store.AppendEvent(ctx, log, e, o)
}

func (a altered) ReadEvents(ctx context.Context, log string, after uint64, n int) ([]lock.LogEntry, error) {
	entries, err := a.Store.ReadEvents(ctx, log, after, n)
	if a.read != nil {
		a.read(entries)
	}
	return entries, err
}

func (a altered) TrimEvents(ctx context.Context, log string, keep time.Duration) (int, error) {
	if a.trim != nil {
		keep = a.trim(keep)
	}
	return a.Store.TrimEvents(ctx, log, keep)
}

func (a altered) TakeEvents(ctx context.Context, log string, n int, hold time.Duration) ([]lock.Delivery, error) {
	if a.deliver != nil {
		n, hold = a.deliver(n, hold)
	}
	d, err := a.Store.TakeEvents(ctx, log, n, hold)
	if a.given != nil {
		d = a.given(d)
	}
	return d, err
}

func (a altered) SettleEvent(ctx context.Context, log string, d lock.Delivery, s lock.Settlement) error {
	if a.settle != nil {
		a.settle(&d, &s)
	}
	err := a.Store.SettleEvent(ctx, log, d, s)
	if a.settled != nil {
		err = a.settled(err)
	}
	return err
}

func (a altered) DeadEvents(ctx context.Context, log string, after uint64, n int) ([]lock.Delivery, error) {
	d, err := a.Store.DeadEvents(ctx, log, after, n)
	if a.dead != nil {
		d = a.dead(d)
	}
	return d, err
}

func (a altered) ReplayEvents(ctx context.Context, log string, seqs ...uint64) (int, error) {
	if a.replay != nil {
		seqs = a.replay(seqs)
	}
	return a.Store.ReplayEvents(ctx, log, seqs...)
}

func (a altered) Campaign(ctx context.Context, name, me string, ttl time.Duration) (lock.Term, error) {
	t, err := a.Store.Campaign(ctx, name, me, ttl)
	if a.campaign != nil {
		a.campaign(&t)
	}
	return t, err
}

func (a altered) Resign(ctx context.Context, name, me string) error {
	if a.resign != nil && !a.resign() {
		return ctx.Err()
	}
	return a.Store.Resign(ctx, name, me)
}

// asking changes what ClaimToken is asked, answering what it says.
func asking(f func(*lock.TokenClaim)) func(context.Context, lock.TokenClaim) (lock.TokenClaim, func(*lock.TokenGrant)) {
	return func(_ context.Context, c lock.TokenClaim) (lock.TokenClaim, func(*lock.TokenGrant)) {
		f(&c)
		return c, func(*lock.TokenGrant) {}
	}
}

func answering(f func(*lock.TokenGrant)) func(context.Context, lock.TokenClaim) (lock.TokenClaim, func(*lock.TokenGrant)) {
	return func(_ context.Context, c lock.TokenClaim) (lock.TokenClaim, func(*lock.TokenGrant)) { return c, f }
}

// broken are stores that break a promise, and the case that has to notice.
var broken = []struct{ name, noticed string }{
	{"gives the claim to everybody", "an account without a token is claimed by one"},
	{"does not look at the rejected token", "a rejected token is claimed anew by one"},
	{"gives out a token that was refused", "a refused token is given to nobody any more"},
	{"takes every rejection for a refusal", "a token that is renewed early is still given to those who do not reject it"},
	{"says nothing of the token before", "whoever gets the claim is shown the token before"},
	{"claims where it should look", "looking claims nothing"},
	{"takes a save that is late", "a late save is refused if somebody has claimed since"},
	{"says nothing of a pause", "a pause holds for its time, and says why"},
	{"pauses everybody", "a pause holds for the credentials that caused it"},
	{"counts no strikes", "strikes add up until a token is saved"},
	{"has no rules", "there are no more slots than the rule says"},
	{"has one rule at most", "all rules hold"},
	{"forgets open slots", "an open slot counts until it is closed"},
	{"never closes open slots by itself", "a slot that nobody closes is closed after its hold"},
	{"takes no slot back", "a slot that is not used is free at once"},
	{"takes used slots back", "a slot is free when its window has passed since it was closed"},
	{"does not look at the fence", "the leader's events are appended, a deposed leader's are not"},
	{"forgets IDs", "an event that is appended by many at once is there once"},
	{"remembers IDs for good", "an ID is forgotten after its time"},
	{"hands out what is to be read only", "an event may be appended to be read only"},
	{"tells its own time", "the time of an event is the store's"},
	{"trims what is young", "trimming takes what is old and done with"},
	{"holds nothing", "an event is given to one at a time"},
	{"holds for good", "an event that is held too long is given out again"},
	{"gives out backwards", "events are given out in order"},
	{"counts no tries", "tries are counted"},
	{"counts a try when it has ended", "a try counts although nobody says how it ended"},
	{"counts what nobody tried", "what nobody tried does not count"},
	{"tells deliveries apart by their tries", "whoever gave an event back has no say about it"},
	{"forgets the reason", "an event that failed comes again after its pause, with the reason"},
	{"knows no pause", "an event that failed comes again after its pause, with the reason"},
	{"lets the late settle", "whoever held an event too long cannot put it off or bury it"},
	{"has no dead", "a dead event is listed, and the others pass it"},
	{"replays all", "dead events that are replayed are given out as new"},
	{"lets everybody lead", "one of many leads"},
	{"has one fence", "a lease that is not renewed is taken over, with a greater fence"},
	{"lets nobody resign", "a leader may resign"},
}

// breakIt makes the store of that name.
func breakIt(name string, s lock.Store) lock.Store {
	a := altered{Store: s}
	switch name {
	case "gives the claim to everybody":
		a.claim = answering(func(g *lock.TokenGrant) {
			if !g.Good {
				g.Claim = "yours"
			}
		})
	case "does not look at the rejected token":
		a.claim = asking(func(c *lock.TokenClaim) { c.Rejected = "" })
	case "gives out a token that was refused":
		a.claim = asking(func(c *lock.TokenClaim) { c.Refused = false })
	case "takes every rejection for a refusal":
		a.claim = asking(func(c *lock.TokenClaim) { c.Refused = true })
	case "says nothing of the token before":
		a.claim = answering(func(g *lock.TokenGrant) {
			if !g.Good {
				g.Token = lock.StoredToken{}
			}
		})
	case "claims where it should look":
		a.claim = asking(func(c *lock.TokenClaim) { c.Hold = max(c.Hold, time.Minute) })
	case "takes a save that is late":
		a.save = func(error) error { return nil }
	case "says nothing of a pause":
		a.claim = answering(func(g *lock.TokenGrant) { g.Paused = nil })
	case "pauses everybody":
		a.claim = asking(func(c *lock.TokenClaim) { c.Credentials = "" })
		a.drop = func(f *lock.ClaimFailure) { f.Credentials = "" }
	case "counts no strikes":
		a.drop = func(f *lock.ClaimFailure) { f.Strike = false }
	case "has no rules":
		a.take = func(_ []lock.LimitRule, hold time.Duration) ([]lock.LimitRule, time.Duration) { return nil, hold }
	case "has one rule at most":
		a.take = func(r []lock.LimitRule, hold time.Duration) ([]lock.LimitRule, time.Duration) {
			return r[:min(len(r), 1)], hold
		}
	case "forgets open slots":
		a.take = func(r []lock.LimitRule, _ time.Duration) ([]lock.LimitRule, time.Duration) { return r, 0 }
	case "never closes open slots by itself":
		a.take = func(r []lock.LimitRule, hold time.Duration) ([]lock.LimitRule, time.Duration) { return r, 1000 * hold }
	case "takes no slot back":
		a.close = func(bool) (bool, bool) { return true, true }
	case "takes used slots back":
		a.close = func(bool) (bool, bool) { return true, false }
	case "does not look at the fence":
		a.add = func(_ *lock.LogEntry, o *lock.AppendOptions) { o.Fence = 0 }
	case "forgets IDs":
		n := make(chan uint64, 1)
		n <- 0
		a.add = func(e *lock.LogEntry, o *lock.AppendOptions) {
			i := <-n + 1
			n <- i
			e.ID += strings.Repeat("'", int(i))
		}
	case "remembers IDs for good":
		a.add = func(_ *lock.LogEntry, o *lock.AppendOptions) { o.Keep *= 1000 }
	case "hands out what is to be read only":
		a.add = func(_ *lock.LogEntry, o *lock.AppendOptions) { o.Handled = false }
	case "tells its own time":
		a.read = func(entries []lock.LogEntry) {
			for i := range entries {
				entries[i].At = time.Now()
			}
		}
	case "trims what is young":
		a.trim = func(time.Duration) time.Duration { return -time.Hour }
	case "holds nothing":
		a.deliver = func(n int, _ time.Duration) (int, time.Duration) { return n, 0 }
	case "holds for good":
		a.deliver = func(n int, hold time.Duration) (int, time.Duration) { return n, 1000 * hold }
	case "gives out backwards":
		a.given = func(d []lock.Delivery) []lock.Delivery {
			for i := range len(d) / 2 {
				d[i], d[len(d)-1-i] = d[len(d)-1-i], d[i]
			}
			return d
		}
	case "counts no tries":
		a.given = func(d []lock.Delivery) []lock.Delivery {
			for i := range d {
				d[i].Tries = 1
			}
			return d
		}
	case "counts a try when it has ended":
		var ended atomic.Int64
		a.settle = func(*lock.Delivery, *lock.Settlement) { ended.Add(1) }
		a.given = func(d []lock.Delivery) []lock.Delivery {
			for i := range d {
				d[i].Tries = int(ended.Load()) + 1
			}
			return d
		}
	case "counts what nobody tried":
		a.settle = func(_ *lock.Delivery, s *lock.Settlement) { s.Untried = false }
	case "tells deliveries apart by their tries":
		type try struct {
			seq uint64
			n   int
		}
		var newest sync.Map // of a try, how often the event had been taken
		a.given = func(d []lock.Delivery) []lock.Delivery {
			for _, d := range d {
				newest.Store(try{d.Seq, d.Tries}, d.Taken)
			}
			return d
		}
		a.settle = func(d *lock.Delivery, _ *lock.Settlement) {
			if taken, ok := newest.Load(try{d.Seq, d.Tries}); ok {
				d.Taken, _ = taken.(int)
			}
		}
	case "forgets the reason":
		a.settle = func(_ *lock.Delivery, s *lock.Settlement) { s.Why = "" }
	case "knows no pause":
		a.settle = func(_ *lock.Delivery, s *lock.Settlement) { s.After = 0 }
	case "lets the late settle":
		a.settled = func(error) error { return nil }
	case "has no dead":
		a.dead = func([]lock.Delivery) []lock.Delivery { return nil }
	case "replays all":
		a.replay = func([]uint64) []uint64 { return nil }
	case "lets everybody lead":
		a.campaign = func(t *lock.Term) { t.Mine, t.Fence = true, max(t.Fence, 1) }
	case "has one fence":
		a.campaign = func(t *lock.Term) { t.Fence = min(t.Fence, 1) }
	case "lets nobody resign":
		a.resign = func() bool { return false }
	default:
		panic("nobody knows the store that " + name)
	}
	return a
}

const brokenEnv = "STORETEST_BROKEN"

// TestSuiteOnABrokenStore is what the processes run that the next test starts: it has to fail.
func TestSuiteOnABrokenStore(t *testing.T) {
	name := os.Getenv(brokenEnv)
	if name == "" {
		t.Skip("this is for the processes that another test starts")
	}
	storetest.Run(t, func(*testing.T) storetest.World {
		clock := locktest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		return storetest.World{Store: breakIt(name, lock.NewMemoryStore(clock)), Advance: clock.Advance}
	})
}

func TestBrokenStoresAreNoticed(t *testing.T) {
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestSuiteOnABrokenStore$")
			cmd.Env = append(os.Environ(), brokenEnv+"="+b.name)
			out, err := cmd.CombinedOutput()
			failed := "/" + strings.ReplaceAll(b.noticed, " ", "_") + " "
			var noticed bool
			for line := range strings.Lines(string(out)) {
				noticed = noticed || strings.Contains(line, "--- FAIL") && strings.Contains(line, failed)
			}
			if err == nil || !noticed {
				t.Errorf("got %v, want the case %q to fail:\n%s", err, b.noticed, out)
			}
		})
	}
}
