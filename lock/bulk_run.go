package lock

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// run is Each at work. The goroutine that called Each holds everything here; workers and pauses
// tell it when they have ended.
//
// Items with the same keys are a line. A line with items is ready, or it waits at a gate: that of a
// limit that is full, or of a pace that is to wait. So what an item costs does not grow with their
// number, and a line that waits holds up nobody.
type run[T, R any] struct {
	items    []T
	do       func(context.Context, T) (R, error)
	o        BulkOptions[T, R]
	outcomes []Outcome[T, R]
	progress Progress
	stopped  error // why nothing more is begun

	ready  lines
	ended  chan workEnd[R]
	awake  chan *gate
	pauses int           // under way
	over   chan struct{} // closed when nothing more is begun: pauses end
	record sync.Mutex    // one call of Began or End at a time
}

// line are items with the same keys, in their order.
type line struct {
	items  []int
	gates  []*gate // the pace's first, then those of the limits
	queued bool    // it is ready or waits; else it has no items, or is being looked at
}

// gate lets some lines through, and nobody while it is shut.
type gate struct {
	max     int // items at a time; 0 = any number
	active  int
	shut    bool
	until   time.Time     // shut until then
	pause   time.Duration // the last one that the vendor did not say
	waiting lines
}

func (g *gate) open() bool { return !g.shut && (g.max == 0 || g.active < g.max) }

// workEnd is what a worker has to say.
type workEnd[R any] struct {
	line     *line
	index    int
	value    R
	err      error
	called   bool  // the operation was
	skipped  bool  // it is done already
	recorded error // what Began answered
}

const (
	firstPause = time.Second // after ErrRateLimited without RetryAfter; it doubles
	maxPause   = time.Minute
)

func newRun[T, R any](items []T, do func(context.Context, T) (R, error), o BulkOptions[T, R]) *run[T, R] {
	r := &run[T, R]{
		items: items, do: do, o: o, outcomes: make([]Outcome[T, R], len(items)), progress: Progress{Total: len(items)},
		ended: make(chan workEnd[R]), awake: make(chan *gate), over: make(chan struct{}),
	}
	gates, known := make(map[string]*gate), make(map[string]*line)
	gateOf := func(name string, max int) *gate {
		if gates[name] == nil {
			gates[name] = &gate{max: max}
		}
		return gates[name]
	}
	for i, item := range items {
		r.outcomes[i] = Outcome[T, R]{Index: i, Item: item}
		names := make([]string, 1+len(o.Limits))
		names[0] = "item " + strconv.Itoa(i)
		if o.Pace != nil {
			names[0] = "pace " + o.Pace(item)
		}
		for n, limit := range o.Limits {
			names[n+1] = strconv.Itoa(n) + " " + limit.Key(item)
		}
		key := fmt.Sprintf("%q", names)
		l := known[key]
		if l == nil {
			l = &line{queued: true, gates: []*gate{gateOf(names[0], 0)}}
			for n, limit := range o.Limits {
				l.gates = append(l.gates, gateOf(names[n+1], max(1, limit.Max)))
			}
			known[key] = l
			r.ready = append(r.ready, l) // in the order of their first items, so it is a heap
		}
		l.items = append(l.items, i)
	}
	return r
}

// work begins items and hears how they end, until nothing is under way any more.
func (r *run[T, R]) work(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	working, cancel := r.working(ctx)
	defer cancel()
	for done := ctx.Done(); ; {
		if ctx.Err() != nil {
			r.stop(context.Cause(ctx))
		}
		for r.stopped == nil && r.progress.Active < r.o.Concurrency && len(r.ready) > 0 {
			r.begin(working, &wg, heap.Pop(&r.ready).(*line))
		}
		if r.progress.Active == 0 && r.pauses == 0 {
			break
		}
		select {
		case e := <-r.ended:
			r.hear(e, &wg)
		case g := <-r.awake:
			r.pauses--
			r.wake(g, &wg)
		case <-done:
			done = nil
			wg.Go(func() {
				_ = r.o.Clock.Sleep(working, r.o.Grace) // an early end is that of the run
				cancel()
			})
		}
	}
	r.leaveRest()
}

// working is the context of the operations. It outlives ctx by Grace, or not at all.
func (r *run[T, R]) working(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.o.Grace > 0 {
		ctx = context.WithoutCancel(ctx)
	}
	return context.WithCancel(ctx)
}

// stop lets nothing more begin.
func (r *run[T, R]) stop(why error) {
	if r.stopped == nil {
		r.stopped = why
		close(r.over)
	}
}

// begin begins the first item of a line, or has the line wait at a gate.
func (r *run[T, R]) begin(ctx context.Context, wg *sync.WaitGroup, l *line) {
	l.queued = false
	if i := slices.IndexFunc(l.gates, func(g *gate) bool { return !g.open() }); i >= 0 {
		l.queued = true
		heap.Push(&l.gates[i].waiting, l)
		for _, g := range l.gates {
			r.pass(g) // somebody else may take the place that l was let through for
		}
		return
	}
	i := l.items[0]
	l.items = l.items[1:]
	for _, g := range l.gates {
		g.active++
	}
	r.enqueue(l)
	r.progress.Active++
	r.report()
	first := r.outcomes[i].Calls == 0
	wg.Go(func() { r.ended <- r.carryOut(ctx, l, i, first) })
}

// enqueue makes a line ready if it has items.
func (r *run[T, R]) enqueue(l *line) {
	if !l.queued && len(l.items) > 0 {
		l.queued = true
		heap.Push(&r.ready, l)
	}
}

// pass makes as many of those who wait at a gate ready as it lets through.
func (r *run[T, R]) pass(g *gate) {
	for n := g.active; g.open() && len(g.waiting) > 0 && (g.max == 0 || n < g.max); n++ {
		heap.Push(&r.ready, heap.Pop(&g.waiting))
	}
}

// carryOut is the work of a worker.
func (r *run[T, R]) carryOut(ctx context.Context, l *line, i int, first bool) (e workEnd[R]) {
	e.line, e.index = l, i
	if first && r.o.Done != nil {
		if e.skipped, e.err = r.o.Done(ctx, r.items[i]); e.skipped || e.err != nil {
			return e
		}
	}
	if first && r.o.Began != nil {
		r.record.Lock()
		e.recorded = r.o.Began(r.items[i])
		r.record.Unlock()
		if e.recorded != nil {
			return e
		}
	}
	e.called = true
	e.value, e.err = r.do(ctx, r.items[i])
	return e
}

// hear takes note of how an item has ended.
func (r *run[T, R]) hear(e workEnd[R], wg *sync.WaitGroup) {
	r.progress.Active--
	for _, g := range e.line.gates {
		g.active--
	}
	out := &r.outcomes[e.index]
	if e.called {
		out.Calls++
	}
	if pause, ok := r.later(e); ok {
		r.hold(e.line.gates[0], pause, wg)
		at, _ := slices.BinarySearch(e.line.items, e.index)
		e.line.items = slices.Insert(e.line.items, at, e.index)
		r.enqueue(e.line)
	} else {
		if g := e.line.gates[0]; !g.shut {
			g.pause = 0
		}
		r.conclude(out, e)
	}
	for _, g := range e.line.gates {
		r.pass(g)
	}
	r.report()
}

// later reports whether an item is to be called again, and after which pause.
func (r *run[T, R]) later(e workEnd[R]) (time.Duration, bool) {
	if !e.called || r.stopped != nil || KindOf(e.err) != ErrRateLimited {
		return 0, false
	}
	limited, _ := errors.AsType[*Error](e.err)
	if limited != nil && limited.RetryAfter > 0 {
		return limited.RetryAfter, limited.RetryAfter <= r.o.MaxWait
	}
	g := e.line.gates[0]
	if !g.shut { // else it was refused together with the one that shut it
		g.pause = min(max(firstPause, 2*g.pause), maxPause)
	}
	return g.pause, true
}

// hold shuts a gate for a while.
func (r *run[T, R]) hold(g *gate, d time.Duration, wg *sync.WaitGroup) {
	if until := r.o.Clock.Now().Add(d); until.After(g.until) {
		g.until = until
	}
	if !g.shut {
		g.shut = true
		r.pause(g, wg)
	}
}

// pause waits until a gate may open.
func (r *run[T, R]) pause(g *gate, wg *sync.WaitGroup) {
	d := g.until.Sub(r.o.Clock.Now())
	r.pauses++
	wg.Go(func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		slept := make(chan struct{})
		go func() {
			defer close(slept)
			_ = r.o.Clock.Sleep(ctx, d) // an early end is that of the run
		}()
		select {
		case <-slept:
		case <-r.over:
			cancel()
			<-slept
		}
		r.awake <- g
	})
}

// wake opens a gate whose pause is over, unless it has become longer meanwhile.
func (r *run[T, R]) wake(g *gate, wg *sync.WaitGroup) {
	if r.stopped == nil && r.o.Clock.Now().Before(g.until) {
		r.pause(g, wg)
		return
	}
	g.shut = false
	r.pass(g)
}

// conclude gives an item its outcome.
func (r *run[T, R]) conclude(out *Outcome[T, R], e workEnd[R]) {
	out.Value, out.Err = e.value, e.err
	switch {
	case e.skipped:
		out.State = ItemSkipped
	case e.recorded != nil:
		out.State, out.Err = ItemUntouched, e.recorded
		r.stop(fmt.Errorf("what began could not be recorded: %w", e.recorded))
	default:
		out.State = stateOf(e.err, e.called, r.stopped != nil)
	}
	r.end(out)
}

// end counts and records an outcome.
func (r *run[T, R]) end(out *Outcome[T, R]) {
	r.count(out.State)
	if r.o.End == nil {
		return
	}
	r.record.Lock()
	defer r.record.Unlock()
	if err := r.o.End(*out); err != nil {
		r.stop(fmt.Errorf("what ended could not be recorded: %w", err))
	}
}

// leaveRest gives an outcome to what never began, or was told to come later.
func (r *run[T, R]) leaveRest() {
	for i := range r.outcomes {
		out := &r.outcomes[i]
		if out.State != "" {
			continue
		}
		out.State = ItemUntouched
		out.Err = &Error{Kind: ErrInterrupted, Message: "the run was stopped before this item", Err: r.stopped}
		if out.Calls > 0 {
			r.end(out)
		} else {
			r.count(out.State)
		}
	}
	if r.stopped != nil {
		r.report()
	}
}

func (r *run[T, R]) count(s ItemState) {
	switch s {
	case ItemDone:
		r.progress.Done++
	case ItemSkipped:
		r.progress.Skipped++
	case ItemFailed:
		r.progress.Failed++
	case ItemUnknown:
		r.progress.Unknown++
	case ItemUntouched:
		r.progress.Untouched++
	}
}

func (r *run[T, R]) report() {
	if r.o.Progress != nil {
		r.o.Progress(r.progress)
	}
}

// verdict is the error of the run.
func (r *run[T, R]) verdict() error {
	if r.progress.Done+r.progress.Skipped == r.progress.Total {
		return nil
	}
	e := &BulkError{Progress: r.progress, Stopped: r.stopped}
	for _, out := range r.outcomes {
		if out.State == ItemFailed || out.State == ItemUnknown {
			e.First = out.Err
			break
		}
	}
	return e
}

// lines are a heap of lines that have items.
type lines []*line

func (h lines) Len() int           { return len(h) }
func (h lines) Less(i, j int) bool { return h[i].items[0] < h[j].items[0] }
func (h lines) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *lines) Push(l any) { *h = append(*h, l.(*line)) }

// Pop implements heap.Interface.
func (h *lines) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return l
}
