package boltstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"github.com/smartlock-sdk/smartlock/lock"
)

// A log is a bucket with five others in it. Numbers are big-endian, so that keys sort by them; times
// are Unix nanoseconds.
var (
	entries = []byte("entries") // Seq → entry
	marks   = []byte("marks")   // hash of an ID → until when it is remembered
	ending  = []byte("ending")  // the same time, hash → nothing: the marks by their end
	states  = []byte("states")  // Seq → state, of those that are not done with
	due     = []byte("due")     // when due, Seq → nothing, of those that are not dead either
)

// entry is an event in the file.
type entry struct {
	ID   string `json:"id"`
	At   int64  `json:"at"`
	Data []byte `json:"data"`
}

// state is how far an event has come.
type state struct {
	Due     int64  `json:"due"`
	Taken   int    `json:"tries,omitempty"`
	Untried int    `json:"untried,omitempty"` // of Taken
	Why     string `json:"why,omitempty"`
	Dead    bool   `json:"dead,omitempty"`
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// instant is a key for a time; times before 1970 count as 1970.
func instant(ns int64) []byte { return number(uint64(max(ns, 0))) }

func pair(ns int64, key []byte) []byte { return append(instant(ns), key...) }

// mark is the key of an ID, which may be longer than a key.
func mark(id string) []byte {
	sum := sha256.Sum256([]byte(id))
	return sum[:]
}

// log is a log within a transaction.
type log struct{ entries, marks, ending, states, due *bbolt.Bucket }

// bucket is the name of a log's bucket; bbolt has none without a name.
func bucket(name string) []byte { return []byte("log:" + name) }

// open finds a log; nil if nothing was ever appended to it.
func open(tx *bbolt.Tx, name string) *log {
	b := tx.Bucket(bucket(name))
	if b == nil {
		return nil
	}
	return &log{b.Bucket(entries), b.Bucket(marks), b.Bucket(ending), b.Bucket(states), b.Bucket(due)}
}

// create finds a log or begins one.
func create(tx *bbolt.Tx, name string) (*log, error) {
	b, err := tx.CreateBucketIfNotExists(bucket(name))
	if err != nil {
		return nil, err
	}
	for _, part := range [][]byte{entries, marks, ending, states, due} {
		if _, err := b.CreateBucketIfNotExists(part); err != nil {
			return nil, err
		}
	}
	return open(tx, name), nil
}

func (l *log) entry(seq []byte) (lock.LogEntry, error) {
	var e entry
	if err := json.Unmarshal(l.entries.Get(seq), &e); err != nil {
		return lock.LogEntry{}, errors.New("an entry of the log cannot be read")
	}
	return lock.LogEntry{Seq: binary.BigEndian.Uint64(seq), ID: e.ID, At: time.Unix(0, e.At), Data: e.Data}, nil
}

// state reads how far an event has come; nil if it is done with.
func (l *log) state(seq []byte) (*state, error) {
	text := l.states.Get(seq)
	if text == nil {
		return nil, nil
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, errors.New("a state in the log cannot be read")
	}
	return &s, nil
}

// set replaces how far an event has come; nil = it was, or is, done with.
func (l *log) set(seq []byte, old, s *state) error {
	if old != nil && !old.Dead {
		if err := l.due.Delete(pair(old.Due, seq)); err != nil {
			return err
		}
	}
	if s == nil {
		return l.states.Delete(seq)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := l.states.Put(seq, text); err != nil || s.Dead {
		return err
	}
	return l.due.Put(pair(s.Due, seq), nil)
}

// forgets is how many marks whose time has come an append removes; it adds one.
const forgets = 4

// forget removes some of the marks whose time has come.
func (l *log) forget(now int64) error {
	c := l.ending.Cursor()
	for range forgets {
		k, _ := c.First()
		if k == nil || bytes.Compare(k[:8], instant(now)) > 0 {
			return nil
		}
		if id := k[8:]; bytes.Equal(l.marks.Get(id), k[:8]) { // else it was renewed
			if err := l.marks.Delete(id); err != nil {
				return err
			}
		}
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

// AppendEvent implements lock.EventLog. When it returns, the event is on the disk.
func (s *Store) AppendEvent(ctx context.Context, name string, e lock.LogEntry, o lock.AppendOptions) (bool, error) {
	switch {
	case e.ID == "":
		return false, errors.New("boltstore: an event without an ID cannot be appended once")
	case o.Keep <= 0:
		return false, errors.New("boltstore: AppendOptions.Keep must be positive")
	}
	added := false
	err := within(ctx, s.batch(func(tx *bbolt.Tx) error {
		added = false
		if s.deposed(name, o.Fence) {
			return lock.ErrSuperseded
		}
		l, err := create(tx, name)
		if err != nil {
			return err
		}
		now := s.clock.Now().UnixNano()
		if err := l.forget(now); err != nil {
			return err
		}
		id := mark(e.ID)
		if until := l.marks.Get(id); until != nil && bytes.Compare(until, instant(now)) > 0 {
			return nil
		}
		until := now + int64(o.Keep)
		if err := errors.Join(l.marks.Put(id, instant(until)), l.ending.Put(pair(until, id), nil)); err != nil {
			return err
		}
		n, err := l.entries.NextSequence()
		if err != nil {
			return err
		}
		text, err := json.Marshal(entry{ID: e.ID, At: now, Data: e.Data})
		if err != nil {
			return err
		}
		if err := l.entries.Put(number(n), text); err != nil {
			return err
		}
		added = true
		if o.Handled {
			return nil
		}
		return l.set(number(n), nil, &state{Due: now})
	}))
	if err != nil {
		return false, err
	}
	return added, nil
}

// ReadEvents implements lock.EventLog.
func (s *Store) ReadEvents(ctx context.Context, name string, after uint64, n int) ([]lock.LogEntry, error) {
	var out []lock.LogEntry
	err := within(ctx, s.read(func(tx *bbolt.Tx) error {
		l := open(tx, name)
		if l == nil {
			return nil
		}
		c := l.entries.Cursor()
		for k, _ := c.Seek(number(after + 1)); k != nil && len(out) < n; k, _ = c.Next() {
			e, err := l.entry(k)
			if err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	}))
	if err != nil {
		return nil, err
	}
	return out, nil
}

// TrimEvents implements lock.EventLog.
func (s *Store) TrimEvents(ctx context.Context, name string, keep time.Duration) (int, error) {
	n := 0
	err := within(ctx, s.write(func(tx *bbolt.Tx) error {
		l := open(tx, name)
		if l == nil {
			return nil
		}
		then := s.clock.Now().Add(-keep)
		var old [][]byte // a cursor may skip what follows a deletion
		c := l.entries.Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			e, err := l.entry(k)
			if err != nil {
				return err
			}
			if !e.At.Before(then) {
				break
			}
			if l.states.Get(k) == nil {
				old = append(old, bytes.Clone(k))
			}
		}
		for _, k := range old {
			if err := l.entries.Delete(k); err != nil {
				return err
			}
		}
		n = len(old)
		return nil
	}))
	if err != nil {
		return 0, err
	}
	return n, nil
}

// CountEvents implements lock.EventLog.
func (s *Store) CountEvents(ctx context.Context, name string) (lock.LogCount, error) {
	var count lock.LogCount
	err := within(ctx, s.read(func(tx *bbolt.Tx) error {
		if l := open(tx, name); l != nil {
			waiting := l.due.Stats().KeyN
			count = lock.LogCount{Entries: l.entries.Stats().KeyN, Waiting: waiting, Dead: l.states.Stats().KeyN - waiting}
		}
		return nil
	}))
	if err != nil {
		return lock.LogCount{}, err
	}
	return count, nil
}
