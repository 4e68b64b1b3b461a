package tuya

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// paceWindow is the second in which the vendor counts calls, and a little for the network, which does
// not deliver them as evenly as they leave.
const paceWindow = time.Second + 100*time.Millisecond

// pacer lets so many calls of each endpoint begin in any second. Package limit keeps longer windows
// exactly and is no use here: it guards every window with two seconds, which would be a third of the
// calls.
type pacer struct {
	clock         lock.Clock
	reads, writes int // a second, 0 = no limit

	mu     sync.Mutex
	starts map[string][]time.Time // of the latest calls, by endpoint; some of them are still to come
}

func newPacer(clock lock.Clock, reads, writes int) *pacer {
	return &pacer{clock: clock, reads: reads, writes: writes, starts: map[string][]time.Time{}}
}

// wait takes the next place in an endpoint's queue and waits for it. It returns how long that would
// be, without taking it, when block is false or ctx would end before; and ctx's error when it ends.
func (p *pacer) wait(ctx context.Context, endpoint string, mutates, block bool) (time.Duration, error) {
	n := p.reads
	if mutates {
		n = p.writes
	}
	if n <= 0 {
		return 0, nil
	}
	p.mu.Lock()
	now := p.clock.Now()
	latest, start := p.starts[endpoint], now
	if len(latest) >= n {
		if free := latest[len(latest)-n].Add(paceWindow); free.After(now) {
			start = free
		}
		latest = latest[len(latest)-n+1:]
	}
	wait := start.Sub(now)
	if wait > 0 {
		if end, ok := ctx.Deadline(); !block || ok && time.Until(end) <= wait {
			p.mu.Unlock()
			return wait, nil
		}
	}
	p.starts[endpoint] = append(slices.Clone(latest), start)
	p.forget(now)
	p.mu.Unlock()
	return 0, p.clock.Sleep(ctx, wait)
}

// forget drops what is long over, once there is much of it: Call takes any path.
func (p *pacer) forget(now time.Time) {
	if len(p.starts) <= 1000 {
		return
	}
	maps.DeleteFunc(p.starts, func(_ string, latest []time.Time) bool { return latest[len(latest)-1].Add(paceWindow).Before(now) })
}
