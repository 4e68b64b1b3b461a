package sim

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Class says whether Settle waits for a task.
type Class int

const (
	// Work is under way now: a device carrying out a command, a callback's first delivery.
	Work Class = iota
	// Later is what only time brings: an expiry, a daily alarm, the next try of a delivery.
	Later
)

// patience is how long, in real time, a running task holds up those behind it. Device work ends
// at once; only a delivery whose receiver is slow, or waits for other work, takes longer.
const patience = time.Second

// Schedule runs tasks when its clock reaches their time, in the order of time and then of
// insertion, one after the other. A goroutine of its own runs what falls due by itself; Advance
// and Settle run tasks in the caller's time. Close ends it.
//
// Tasks run with no lock of the schedule held, so they may schedule further tasks and may wait
// for a receiver that calls the simulator. They must not call Advance, Settle or Close.
type Schedule struct {
	clock  *Clock
	turn   chan struct{} // holds one token while run, Advance or Settle start a task and await it; taken before mu
	kick   chan struct{} // tells run that the next task may be another one
	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup // run and every task under way

	mu      sync.Mutex
	change  sync.Cond // the queue grew or a task ended
	queue   queue
	count   uint64 // tasks ever queued
	work    int    // queued tasks of class Work
	running int    // tasks begun and not ended
	closed  bool
}

type task struct {
	due   time.Time
	count uint64
	class Class
	run   func(context.Context)
}

// NewSchedule starts an empty schedule on clock.
func NewSchedule(clock *Clock) *Schedule {
	s := &Schedule{clock: clock, turn: make(chan struct{}, 1), kick: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.change.L = &s.mu
	s.all.Go(s.run)
	return s
}

// After runs f when d has passed; at once if d is not positive. The context ends at Close.
func (s *Schedule) After(d time.Duration, class Class, f func(context.Context)) {
	s.At(s.clock.Now().Add(d), class, f)
}

// At runs f when the clock reaches due. The context ends at Close.
func (s *Schedule) At(due time.Time, class Class, f func(context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.count++
	heap.Push(&s.queue, task{due, s.count, class, f})
	if class == Work {
		s.work++
	}
	s.change.Broadcast()
	s.wake()
}

// Advance moves the clock forward by d. Tasks that fall due on the way run at their own time;
// Advance returns when all of them have ended, callbacks included.
func (s *Schedule) Advance(d time.Duration) {
	until := s.clock.Now().Add(d)
	for s.step(func(t task) bool { return !t.due.After(until) }) {
	}
	s.clock.jump(until)
	s.wake()
}

// Settle moves the clock forward until no Work is queued or under way. Later tasks run only if
// their time comes before that.
func (s *Schedule) Settle() {
	for s.step(func(task) bool { return s.work > 0 }) {
	}
	s.wake()
}

// Close drops what is queued, ends what is under way and waits for it.
func (s *Schedule) Close() {
	s.mu.Lock()
	s.closed = true
	s.queue, s.work = nil, 0
	s.change.Broadcast()
	s.mu.Unlock()
	s.cancel()
	s.all.Wait()
}

// step runs the first task if it is wanted, having moved the clock to it; if not, it waits for
// the tasks under way, which may bring new ones. It reports false when nothing is left to do.
func (s *Schedule) step(wanted func(task) bool) bool {
	for {
		s.turn <- struct{}{}
		s.mu.Lock()
		if s.has(wanted) {
			t := s.take()
			s.mu.Unlock()
			s.clock.jump(t.due)
			s.do(t)
			<-s.turn
			return true
		}
		<-s.turn // while waiting, what falls due by itself may run
		if s.running == 0 {
			s.mu.Unlock()
			return false
		}
		s.change.Wait()
		s.mu.Unlock()
	}
}

func (s *Schedule) has(wanted func(task) bool) bool { return len(s.queue) > 0 && wanted(s.queue[0]) }

func (s *Schedule) take() task {
	t := heap.Pop(&s.queue).(task)
	if t.class == Work {
		s.work--
	}
	s.running++
	s.all.Add(1)
	return t
}

// do runs a task that was taken and returns when it has ended or patience has.
func (s *Schedule) do(t task) {
	ended := make(chan struct{})
	go func() {
		defer s.all.Done()
		defer close(ended)
		t.run(s.ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running--
		s.change.Broadcast()
	}()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-ended:
	case <-limit.C:
	}
}

// run runs tasks that fall due by themselves.
func (s *Schedule) run() {
	for s.ctx.Err() == nil {
		_ = s.clock.pause(s.ctx, s.next(), s.kick) // ctx is asked above
		s.turn <- struct{}{}
		for {
			now := s.clock.Now()
			s.mu.Lock()
			if !s.has(func(t task) bool { return !t.due.After(now) }) {
				s.mu.Unlock()
				break
			}
			t := s.take()
			s.mu.Unlock()
			s.do(t)
		}
		<-s.turn
	}
}

// next is how long the first task is away.
func (s *Schedule) next() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return time.Hour
	}
	return s.queue[0].due.Sub(s.clock.Now())
}

func (s *Schedule) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// queue is a heap of tasks by time, then insertion.
type queue []task

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(t any)   { *q = append(*q, t.(task)) }

func (q queue) Less(i, j int) bool {
	if !q[i].due.Equal(q[j].due) {
		return q[i].due.Before(q[j].due)
	}
	return q[i].count < q[j].count
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	t := (*q)[last]
	(*q)[last] = task{}
	*q = (*q)[:last]
	return t
}
