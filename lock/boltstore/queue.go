package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"github.com/smartlock-sdk/smartlock/lock"
)

// firstDue returns when the next event is due and its Seq; false if none is.
func (l *log) firstDue(now int64) (seq []byte, ok bool) {
	k, _ := l.due.Cursor().First()
	if k == nil || bytes.Compare(k[:8], instant(now)) > 0 {
		return nil, false
	}
	return bytes.Clone(k[8:]), true
}

func (s *state) delivery(e lock.LogEntry) lock.Delivery {
	return lock.Delivery{LogEntry: e, Tries: s.Taken - s.Untried, Taken: s.Taken, Why: s.Why}
}

// TakeEvents implements lock.EventQueue.
func (s *Store) TakeEvents(ctx context.Context, name string, n int, hold time.Duration) ([]lock.Delivery, error) {
	var idle bool
	err := within(ctx, s.read(func(tx *bbolt.Tx) error { // most looks find nothing, and need no writing
		l := open(tx, name)
		idle = l == nil
		if l != nil {
			_, ok := l.firstDue(s.clock.Now().UnixNano())
			idle = !ok
		}
		return nil
	}))
	if err != nil || idle {
		return nil, err
	}
	var out []lock.Delivery
	err = within(ctx, s.write(func(tx *bbolt.Tx) error {
		l, now := open(tx, name), s.clock.Now().UnixNano()
		var taken [][]byte
		for len(taken) < n {
			seq, ok := l.firstDue(now)
			if !ok {
				break
			}
			old, err := l.state(seq)
			if err != nil {
				return err
			}
			if old == nil {
				return errors.New("the queue names an event that is done with")
			}
			// Out of the queue until all are taken: hold may be nothing.
			if err := l.due.Delete(pair(old.Due, seq)); err != nil {
				return err
			}
			e, err := l.entry(seq)
			if err != nil {
				return err
			}
			held := *old
			held.Due, held.Taken = now+int64(hold), old.Taken+1
			if err := l.set(seq, old, &held); err != nil {
				return err
			}
			if err := l.due.Delete(pair(held.Due, seq)); err != nil {
				return err
			}
			taken = append(taken, pair(held.Due, seq))
			out = append(out, held.delivery(e))
		}
		for _, k := range taken {
			if err := l.due.Put(k, nil); err != nil {
				return err
			}
		}
		return nil
	}))
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SettleEvent implements lock.EventQueue.
func (s *Store) SettleEvent(ctx context.Context, name string, d lock.Delivery, settled lock.Settlement) error {
	if settled.Outcome < lock.EventHandled || settled.Outcome > lock.EventHeld {
		return errors.New("boltstore: a Settlement needs an Outcome")
	}
	return within(ctx, s.batch(func(tx *bbolt.Tx) error {
		l, seq := open(tx, name), number(d.Seq)
		var old *state
		if l != nil {
			var err error
			if old, err = l.state(seq); err != nil {
				return err
			}
		}
		if settled.Outcome == lock.EventHandled {
			if old == nil {
				return nil
			}
			return l.set(seq, old, nil)
		}
		if old == nil || old.Dead || old.Taken != d.Taken {
			return lock.ErrSuperseded
		}
		next := *old
		next.Due = s.clock.Now().Add(settled.After).UnixNano()
		if settled.Outcome != lock.EventHeld {
			next.Why = settled.Why
			if settled.Untried {
				next.Untried++
			}
		}
		next.Dead = settled.Outcome == lock.EventDead
		return l.set(seq, old, &next)
	}))
}

// DeadEvents implements lock.EventQueue.
func (s *Store) DeadEvents(ctx context.Context, name string, after uint64, n int) ([]lock.Delivery, error) {
	var out []lock.Delivery
	err := within(ctx, s.read(func(tx *bbolt.Tx) error {
		l := open(tx, name)
		if l == nil {
			return nil
		}
		c := l.states.Cursor()
		for k, _ := c.Seek(number(after + 1)); k != nil && len(out) < n; k, _ = c.Next() {
			st, err := l.state(k)
			if err != nil {
				return err
			}
			if !st.Dead {
				continue
			}
			e, err := l.entry(k)
			if err != nil {
				return err
			}
			out = append(out, st.delivery(e))
		}
		return nil
	}))
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ReplayEvents implements lock.EventQueue.
func (s *Store) ReplayEvents(ctx context.Context, name string, seqs ...uint64) (int, error) {
	n := 0
	err := within(ctx, s.write(func(tx *bbolt.Tx) error {
		l := open(tx, name)
		if l == nil {
			return nil
		}
		if len(seqs) == 0 {
			c := l.states.Cursor()
			for k, _ := c.First(); k != nil; k, _ = c.Next() {
				seqs = append(seqs, binary.BigEndian.Uint64(k))
			}
		}
		for _, seq := range seqs {
			old, err := l.state(number(seq))
			if err != nil {
				return err
			}
			if old == nil || !old.Dead {
				continue
			}
			if err := l.set(number(seq), old, &state{Due: s.clock.Now().UnixNano()}); err != nil {
				return err
			}
			n++
		}
		return nil
	}))
	if err != nil {
		return 0, err
	}
	return n, nil
}
