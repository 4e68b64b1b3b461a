package locktest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// job is work that the vendor finishes at a time of its own.
type job struct {
	id   string
	op   lock.Op
	due  time.Time
	work func() (any, error) // runs once, under the cloud's lock
	undo func(error)         // runs instead when the device refuses; nil = nothing to undo
	done bool
	v    any
	err  error
}

func (c *cloud) finishDue(now time.Time) {
	for _, j := range c.jobs {
		if !j.due.After(now) {
			c.finish(j)
		}
	}
}

func (c *cloud) finishAll() {
	for _, j := range c.jobs {
		c.finish(j)
	}
}

func (c *cloud) finish(j *job) {
	if j.done {
		return
	}
	j.done = true
	if j.err = c.rejected[j.op]; j.err == nil {
		j.v, j.err = j.work()
	} else if j.undo != nil {
		j.undo(vendorError(j.op, j.err))
	}
	if j.err != nil {
		c.happen(lock.Event{
			Kind: lock.EventOperationFailed, Name: string(j.op), Operation: j.id,
			Data: lock.Failure{Err: vendorError(j.op, j.err)},
		})
		return
	}
	c.happen(lock.Event{Kind: lock.EventOperationSucceeded, Name: string(j.op), Operation: j.id})
}

// plan is work that a device has been given.
type plan[T any] struct {
	now  T // what is known already
	work func() (T, error)
	undo func(error) // when the device refuses; nil = nothing to undo
}

// begin is a call of op after which the device has work to do. prepare looks whether it can be
// done at all.
func begin[T any](ctx context.Context, m *Memory, op lock.Op, check func() error, prepare func(c *cloud) (plan[T], error)) (*lock.Operation[T], error) {
	var operation *lock.Operation[T]
	err := m.call(ctx, op, check, func(c *cloud) error {
		if err := c.rejected[op]; err != nil && c.delay <= 0 {
			return err
		}
		p, err := prepare(c)
		if err != nil {
			return err
		}
		if c.delay <= 0 {
			v, err := p.work()
			operation = lock.Done(v)
			return err
		}
		j := &job{
			id: fmt.Sprintf("%s/%d", op, c.number()), op: op, due: c.clock.Now().Add(c.delay),
			work: func() (any, error) { return p.work() }, undo: p.undo,
		}
		c.jobs = append(c.jobs, j)
		operation = resumed(m, j.id, op, p.now)
		m.mu.Lock()
		m.nudge[j.id] = operation.Nudge
		m.mu.Unlock()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return operation, nil
}

// question is a lock.Work made of an id and what asks about it.
type question[T any] struct {
	id  string
	ask func(context.Context) (value T, done bool, err error)
}

// ID implements lock.Work.
func (q question[T]) ID() string { return q.id }

// Poll implements lock.Work. What was known before does not matter.
func (q question[T]) Poll(ctx context.Context, _ T) (T, bool, error) { return q.ask(ctx) }

// resumed is the operation for a job that is under way.
func resumed[T any](m *Memory, id string, op lock.Op, now T) *lock.Operation[T] {
	return lock.Pending(m.cfg, question[T]{id, func(ctx context.Context) (T, bool, error) {
		v, ended := now, false
		var outcome error
		err := m.cloud.ask(ctx, m, op, func(c *cloud) error {
			for _, j := range c.jobs {
				if j.id != id {
					continue
				}
				if ended = j.done; ended {
					outcome = m.named(op, j.err)
					if j.err == nil {
						v = j.v.(T)
					}
				}
				return nil
			}
			return missing("operation", id)
		})
		if ended {
			m.forget(id)
		}
		if err != nil {
			return v, false, err
		}
		return v, ended, outcome
	}}, now)
}

// ask is a call about an operation: it works whatever Fail says about op.
func (c *cloud) ask(ctx context.Context, m *Memory, op lock.Op, f func(*cloud) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.reach(ctx, "operations.poll"); err != nil {
		return m.named(op, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finishDue(c.clock.Now())
	return m.named(op, f(c))
}

func (m *Memory) forget(job string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.nudge, job)
}

// Resume takes up an operation by its ID.
func (m *Memory) Resume(operationID string) (any, error) {
	name, _, ok := strings.Cut(operationID, "/")
	op := lock.Op(name)
	if parent, is := op.Parent(); is {
		name = string(parent)
	}
	switch area, _, _ := strings.Cut(name, "."); {
	case !ok:
	case op == lock.DeleteHome:
		return resumed(m, operationID, op, lock.Home{}), nil
	case op == lock.OpenLock:
		return resumed(m, operationID, op, lock.Lock{}), nil
	case area == "keys":
		return resumed(m, operationID, op, lock.Key{}), nil
	case area == "passwords":
		return resumed(m, operationID, op, lock.Password{}), nil
	case name == string(lock.ReadMeter):
		return resumed(m, operationID, op, lock.Reading{}), nil
	case op == lock.TopUpMeter:
		return resumed(m, operationID, op, lock.Receipt{}), nil
	case area == "meters":
		return resumed(m, operationID, op, lock.Meter{}), nil
	}
	return nil, lock.InvalidArgument(MemoryVendor, "", "%q is no operation of this vendor", operationID)
}
