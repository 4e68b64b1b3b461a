package lock

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"
)

// MemoryStore is a Store in the memory of this process, for clients that share one account, for
// tests, and for backends that run once. It ends with the process: events that were not handled
// are lost then, and its rate limits start open. It is safe for concurrent use and starts no
// goroutine.
type MemoryStore struct {
	clock Clock

	mu     sync.Mutex
	tokens map[string]*tokenShelf
	slots  map[[2]string]*slotLog // by account and key
	logs   map[string]*eventLog
	leases map[string]*lease
	fence  uint64
	swept  time.Time // when idle slots and tokens were last removed
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store that lives by clock; nil is SystemClock.
func NewMemoryStore(clock Clock) *MemoryStore {
	if clock == nil {
		clock = SystemClock
	}
	return &MemoryStore{
		clock:  clock,
		tokens: map[string]*tokenShelf{},
		slots:  map[[2]string]*slotLog{},
		logs:   map[string]*eventLog{},
		leases: map[string]*lease{},
		swept:  clock.Now(),
	}
}

// sweepEvery is how often what has expired is looked for.
const sweepEvery = time.Minute

// sweep removes what has expired, now and then.
func (m *MemoryStore) sweep(now time.Time) {
	if now.Sub(m.swept) < sweepEvery {
		return
	}
	m.swept = now
	for key, g := range m.slots {
		if g.trim(now); len(g.slots) == 0 {
			delete(m.slots, key)
		}
	}
	for account, s := range m.tokens {
		if s.idle(now) {
			delete(m.tokens, account)
		}
	}
	for _, l := range m.logs {
		l.forget(now)
	}
}

// randomID returns an ID that nobody else has.
func randomID() string { return rand.Text() }

// until returns the time that is left until end, 0 if it has passed.
func until(now, end time.Time) time.Duration { return max(0, end.Sub(now)) }

// slotLog are the slots of one key.
type slotLog struct {
	slots []memorySlot // in the order of from
}

type memorySlot struct {
	id   string
	from time.Time     // when its windows begin; of an open slot, when they begin if nobody closes it
	keep time.Duration // its longest window
}

// trim drops the slots whose windows have passed.
func (g *slotLog) trim(now time.Time) {
	g.slots = slices.DeleteFunc(g.slots, func(s memorySlot) bool { return !now.Before(s.from.Add(s.keep)) })
}

// readyAt is when all rules admit one more at the earliest: an open slot may be closed at any moment.
func (g *slotLog) readyAt(rules []LimitRule, now time.Time) time.Time {
	ready := now
	for _, r := range rules {
		if i := len(g.slots) - r.Count; i >= 0 {
			from := g.slots[i].from
			if from.After(now) {
				from = now
			}
			if at := from.Add(r.Window); at.After(ready) {
				ready = at
			}
		}
	}
	return ready
}

// insert puts a slot in its place.
func (g *slotLog) insert(s memorySlot) {
	i := len(g.slots)
	for i > 0 && g.slots[i-1].from.After(s.from) {
		i--
	}
	g.slots = slices.Insert(g.slots, i, s)
}

// remove takes a slot out, and returns it.
func (g *slotLog) remove(id string) (memorySlot, bool) {
	i := slices.IndexFunc(g.slots, func(s memorySlot) bool { return s.id == id })
	if i < 0 {
		return memorySlot{}, false
	}
	s := g.slots[i]
	g.slots = slices.Delete(g.slots, i, i+1)
	return s, true
}
