package limit

import (
	"context"
	"time"
)

// log is what is known of one key. There may be a million, so it is small, and of one piece for
// the usual handful of calls.
type log struct {
	done     []time.Duration  // when answers arrived, in that order; what has left all windows may linger
	few      [5]time.Duration // where done begins
	inFlight int32
	recent   uint32 // the turn of the limiter in which it was put into recent
	line     *line  // nil when nobody waits
}

func newLog() *log {
	g := &log{}
	g.done = g.few[:0]
	return g
}

// line is those who wait for a key.
type line struct {
	queue []*waiter          // first come, first served
	wake  context.CancelFunc // ends the sleep of the first; nil when it is awake
}

type waiter struct {
	first chan struct{} // closed when this is the first in the queue
}

// waiting is how many wait.
func (g *log) waiting() int {
	if g.line == nil {
		return 0
	}
	return len(g.line.queue)
}

// record notes an answer. Where there is no room for it, those that arrived up to then make it.
func (g *log) record(now, then time.Duration) {
	if n := len(g.done); n == cap(g.done) {
		past := 0
		for past < n && g.done[past] <= then {
			past++
		}
		if past >= n/4 { // else moving the rest costs more than room does
			g.done = append(g.done[:0], g.done[past:]...)
		}
	}
	g.done = append(g.done, now)
}

// readyAt is when all rules admit one more call after those ahead of it, at the earliest: calls in
// flight, and those ahead once they may go, are taken to be answered at once. Their answers can
// only come later, so whoever sleeps until readyAt has not slept too long.
func (g *log) readyAt(rules []rule, now time.Duration, ahead int) time.Duration {
	answered, sent := len(g.done), len(g.done)+int(g.inFlight)
	var planned []time.Duration // when those ahead may go
	for ready := now; ; planned = append(planned, ready) {
		for _, r := range rules {
			var last time.Duration // the call that must have left the window
			switch i := sent + len(planned) - r.count; {
			case i < 0:
				continue
			case i < answered:
				last = g.done[i]
			case i < sent:
				last = now
			default:
				last = planned[i-sent]
			}
			ready = max(ready, last+r.window)
		}
		if len(planned) == ahead {
			return ready
		}
	}
}
