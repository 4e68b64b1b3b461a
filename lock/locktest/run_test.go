package locktest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestExceptSkipsVisibly(t *testing.T) {
	_, w := memory()()
	w.Except = map[string]string{"locks.get/it works": "the vendor has thrown the locks away"}
	s := &suite{notes: newNotes(), patience: time.Second}
	for _, r := range allRules() {
		if r.String() != "locks.get/it works" {
			continue
		}
		q := attempt(t.Context(), func(t tb) { s.run(t, r, w) })
		if !q.skipped || !strings.Contains(q.said, "thrown the locks away") {
			t.Errorf("got skipped %t, saying %q, want it skipped with the reason", q.skipped, q.said)
		}
	}
	if q := attempt(t.Context(), func(t tb) { checkExcept(t, w, allRules()) }); q.failed {
		t.Errorf("a rule that exists: got %q, want nothing", q.said)
	}
	w.Except["locks.get/it flies"] = "it does not"
	if q := attempt(t.Context(), func(t tb) { checkExcept(t, w, allRules()) }); !q.failed || !strings.Contains(q.said, "it flies") {
		t.Errorf("a rule that does not exist: got %q, want a failure that names it", q.said)
	}
}

func TestRulesHaveNamesOfTheirOwn(t *testing.T) {
	type key struct {
		name string
		not  bool
	}
	seen := make(map[key]bool)
	known := make(map[string]bool)
	for _, g := range groups() {
		known[g] = true
	}
	for _, r := range allRules() {
		if k := (key{r.String(), r.not}); seen[k] {
			t.Errorf("two rules are called %q", r)
		} else {
			seen[k] = true
		}
		if !known[r.of] {
			t.Errorf("%s: got group %q, want one that is run", r, r.of)
		}
	}
	for _, op := range lock.Ops() {
		if !seen[key{string(op) + "/it is refused as unsupported, without a call", true}] {
			t.Errorf("%s: no rule says what happens when it is not supported", op)
		}
		if op != lock.WatchEvents && !seen[key{string(op) + "/it works", false}] {
			t.Errorf("%s: no rule says that it works", op)
		}
	}
}

// Devices of one account may differ in what they can: doors at one vendor, meters at another.
func TestWorldsOfSeveralPlaces(t *testing.T) {
	Run(t, func(*testing.T) World {
		doors, w := memory(Without(lock.GetMeter, lock.ListMeters, lock.TopUpMeter), WithDelay(time.Second))()
		meters := NewMemory(lock.WithClock(doors.cfg.Clock), WithDelay(time.Second))
		other := meters.World()
		join := func(a, b lock.Provider) lock.Provider {
			p := breakable(a)
			p.meters.Meters = b.Meters()
			p.supports = func(op lock.Op) bool {
				if strings.HasPrefix(string(op), "meters.") {
					return b.Supports(op)
				}
				return a.Supports(op)
			}
			p.resume = func(id string) (any, error) {
				if strings.HasPrefix(id, "meters.") {
					return b.Resume(id)
				}
				return a.Resume(id)
			}
			return p
		}
		w.Provider = join(doors, meters)
		w.Again = func() lock.Provider { return join(doors.Again(), meters.Again()) }
		w.Calls = func() int { return doors.Calls() + meters.Calls() }
		settle, fill := w.Settle, w.Fill
		w.Settle = func() { settle(); other.Settle() }
		w.Fill = func(op lock.Op) int {
			if strings.HasPrefix(string(op), "meters.") {
				return other.Fill(op)
			}
			return fill(op)
		}
		w.Stall = func() (<-chan struct{}, func()) {
			arrived := make(chan struct{}, 2)
			a, resumeA := doors.Stall()
			b, resumeB := meters.Stall()
			over := make(chan struct{})
			forward := func(from <-chan struct{}) {
				select {
				case <-from:
					arrived <- struct{}{}
				case <-over:
				}
			}
			go forward(a)
			go forward(b)
			return arrived, func() {
				resumeA()
				resumeB()
				select {
				case <-over:
				default:
					close(over)
				}
			}
		}
		w.Meter, w.WaterMeter = "", ""
		here := w
		w.For = func(op lock.Op) World {
			if !strings.HasPrefix(string(op), "meters.") {
				here.Supports = func(op lock.Op) bool { return !strings.HasPrefix(string(op), "meters.") }
				return here
			}
			there := other
			there.Supports = func(op lock.Op) bool { return strings.HasPrefix(string(op), "meters.") }
			return there
		}
		return w
	})
}

func TestARuleThatPanicsFails(t *testing.T) {
	_, w := memory()()
	s := &suite{notes: newNotes(), patience: time.Second}
	q := attempt(t.Context(), func(t tb) {
		s.run(t, rule{of: "provider", name: "panics", run: func(tb, *world) { panic(errors.New("out of cheese")) }}, w)
	})
	if !q.failed || !strings.Contains(q.said, "out of cheese") {
		t.Errorf("got failed %t, saying %q, want a failure that says what was the matter", q.failed, q.said)
	}
}

func TestFinishTellsTheOutcomeFromAHangingOperation(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome error
		ended   bool
		failed  bool
	}{
		{"one that succeeds", nil, true, false},
		{"one that is refused", lock.ErrDeviceRejected, true, false},
		{"one that hangs", nil, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, given := memory()()
			s := &suite{notes: newNotes(), patience: 20 * time.Millisecond}
			w := s.world(t, rule{}, given)
			op := lock.Pending(m.cfg, question[lock.Password]{"op", func(context.Context) (lock.Password, bool, error) {
				return lock.Password{ID: "p1"}, c.ended, c.outcome
			}}, lock.Password{})
			ended, err := op.Poll(t.Context())
			if ended != c.ended || err != nil {
				t.Fatalf("Poll: got %t and %v, want %t", ended, err, c.ended)
			}
			q := attempt(t.Context(), func(t tb) { _, err = finish(t, w, op, nil) })
			if q.failed != c.failed || !c.failed && !errors.Is(err, c.outcome) {
				t.Errorf("got failed %t, error %v, saying %q, want failed %t and %v", q.failed, err, q.said, c.failed, c.outcome)
			}
		})
	}
}
