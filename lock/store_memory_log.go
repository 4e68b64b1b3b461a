package lock

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// eventLog is one log with its queue.
type eventLog struct {
	last    uint64               // the newest Seq
	entries []LogEntry           // by Seq
	seen    map[string]time.Time // until when an ID is remembered
	state   map[uint64]*queued   // of the entries that are not done with
	queue   dueQueue
}

// queued is how far an event has come.
type queued struct {
	due     time.Time
	taken   int
	untried int // of these, given back as such
	why     string
	dead    bool
}

// schedule makes an event due at an instant, instead of when it was before.
func (l *eventLog) schedule(seq uint64, at time.Time) {
	l.state[seq].due = at
	heap.Push(&l.queue, dueEvent{at, seq})
}

// next takes the event out of the queue that is due and was so for the longest; 0 if there is none.
func (l *eventLog) next(now time.Time) uint64 {
	for len(l.queue) > 0 && !l.queue[0].at.After(now) {
		first, _ := heap.Pop(&l.queue).(dueEvent)
		if d := l.state[first.seq]; d != nil && !d.dead && d.due.Equal(first.at) { // else it was settled or scheduled anew
			return first.seq
		}
	}
	return 0
}

// dueEvent is an event and when it is due.
type dueEvent struct {
	at  time.Time
	seq uint64
}

// dueQueue is a heap of them; events that have been settled since may linger.
type dueQueue []dueEvent

func (q dueQueue) Len() int      { return len(q) }
func (q dueQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q dueQueue) Less(i, j int) bool {
	return cmp.Or(q[i].at.Compare(q[j].at), cmp.Compare(q[i].seq, q[j].seq)) < 0
}

// Push implements heap.Interface.
func (q *dueQueue) Push(x any) {
	if e, ok := x.(dueEvent); ok {
		*q = append(*q, e)
	}
}

// Pop implements heap.Interface.
func (q *dueQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// forget drops the marks whose time has come.
func (l *eventLog) forget(now time.Time) {
	maps.DeleteFunc(l.seen, func(_ string, end time.Time) bool { return !now.Before(end) })
}

// at finds the place of a Seq, or of the next one there is.
func (l *eventLog) at(seq uint64) int {
	i, _ := slices.BinarySearchFunc(l.entries, seq, func(e LogEntry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
	return i
}

func (l *eventLog) delivery(seq uint64) Delivery {
	d := l.state[seq]
	return Delivery{LogEntry: copied(l.entries[l.at(seq)]), Tries: d.taken - d.untried, Taken: d.taken, Why: d.why}
}

func copied(e LogEntry) LogEntry {
	e.Data = bytes.Clone(e.Data)
	return e
}

// log finds a log or begins one.
func (m *MemoryStore) log(name string) *eventLog {
	l := m.logs[name]
	if l == nil {
		l = &eventLog{seen: map[string]time.Time{}, state: map[uint64]*queued{}}
		m.logs[name] = l
	}
	return l
}

// AppendEvent implements EventLog.
func (m *MemoryStore) AppendEvent(ctx context.Context, log string, e LogEntry, o AppendOptions) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := checkAppend(e, o); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if o.Fence != 0 {
		if l := m.leases[log]; l == nil || l.fence != o.Fence {
			return false, ErrSuperseded
		}
	}
	now := m.clock.Now()
	m.sweep(now)
	l := m.log(log)
	if end, seen := l.seen[e.ID]; seen && now.Before(end) {
		return false, nil
	}
	l.seen[e.ID] = now.Add(o.Keep)
	l.last++
	e = copied(e)
	e.Seq, e.At = l.last, now
	l.entries = append(l.entries, e)
	if !o.Handled {
		l.state[e.Seq] = &queued{}
		l.schedule(e.Seq, now)
	}
	return true, nil
}

// checkAppend refuses what no store can append.
func checkAppend(e LogEntry, o AppendOptions) error {
	switch {
	case e.ID == "":
		return errors.New("lock: an event without an ID cannot be appended once")
	case o.Keep <= 0:
		return errors.New("lock: AppendOptions.Keep must be positive")
	}
	return nil
}

// ReadEvents implements EventLog.
func (m *MemoryStore) ReadEvents(ctx context.Context, log string, after uint64, n int) ([]LogEntry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.log(log)
	var entries []LogEntry
	for _, e := range l.entries[l.at(after+1):] {
		if len(entries) >= n {
			break
		}
		entries = append(entries, copied(e))
	}
	return entries, nil
}

// TrimEvents implements EventLog.
func (m *MemoryStore) TrimEvents(ctx context.Context, log string, keep time.Duration) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.log(log)
	before, then := len(l.entries), m.clock.Now().Add(-keep)
	l.entries = slices.DeleteFunc(l.entries, func(e LogEntry) bool { return l.state[e.Seq] == nil && e.At.Before(then) })
	return before - len(l.entries), nil
}

// CountEvents implements EventLog.
func (m *MemoryStore) CountEvents(ctx context.Context, log string) (LogCount, error) {
	if err := ctx.Err(); err != nil {
		return LogCount{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.log(log)
	c := LogCount{Entries: len(l.entries), Waiting: len(l.state)}
	for _, d := range l.state {
		if d.dead {
			c.Waiting--
			c.Dead++
		}
	}
	return c, nil
}

// TakeEvents implements EventQueue.
func (m *MemoryStore) TakeEvents(ctx context.Context, log string, n int, hold time.Duration) ([]Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l, now := m.log(log), m.clock.Now()
	var due []uint64
	for len(due) < n {
		seq := l.next(now)
		if seq == 0 {
			break
		}
		due = append(due, seq)
	}
	out := make([]Delivery, 0, len(due))
	for _, seq := range due {
		l.state[seq].taken++
		l.schedule(seq, now.Add(hold))
		out = append(out, l.delivery(seq))
	}
	return out, nil
}

// SettleEvent implements EventQueue.
func (m *MemoryStore) SettleEvent(ctx context.Context, log string, d Delivery, s Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.log(log)
	if s.Outcome == EventHandled {
		delete(l.state, d.Seq)
		return nil
	}
	have := l.state[d.Seq]
	if have == nil || have.dead || have.taken != d.Taken {
		return ErrSuperseded
	}
	switch s.Outcome {
	case EventAgain:
		have.why = s.Why
		l.schedule(d.Seq, m.clock.Now().Add(s.After))
	case EventHeld:
		l.schedule(d.Seq, m.clock.Now().Add(s.After))
	case EventDead:
		have.dead, have.why = true, s.Why
	default:
		return errors.New("lock: a Settlement needs an Outcome")
	}
	if s.Untried && s.Outcome != EventHeld {
		have.untried++
	}
	return nil
}

// DeadEvents implements EventQueue.
func (m *MemoryStore) DeadEvents(ctx context.Context, log string, after uint64, n int) ([]Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.log(log)
	var out []Delivery
	for _, seq := range slices.Sorted(maps.Keys(l.state)) {
		if seq > after && l.state[seq].dead && len(out) < n {
			out = append(out, l.delivery(seq))
		}
	}
	return out, nil
}

// ReplayEvents implements EventQueue.
func (m *MemoryStore) ReplayEvents(ctx context.Context, log string, seqs ...uint64) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l, now, n := m.log(log), m.clock.Now(), 0
	if len(seqs) == 0 {
		seqs = slices.Collect(maps.Keys(l.state))
	}
	for _, seq := range seqs {
		if d := l.state[seq]; d != nil && d.dead {
			*d = queued{}
			l.schedule(seq, now)
			n++
		}
	}
	return n, nil
}
