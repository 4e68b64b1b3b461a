package boltstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Options adjust a Store.
type Options struct {
	Clock   lock.Clock    // nil = lock.SystemClock
	Timeout time.Duration // how long Open waits for a process that has the file; 0 = 1 s
}

// Store is a lock.Store. It is safe for concurrent use.
type Store struct {
	*lock.MemoryStore // tokens, limits, leases
	db                *bbolt.DB
	clock             lock.Clock

	mu     sync.Mutex
	fences map[string]uint64 // by the lease's name: of the newest leader
}

var _ lock.Store = (*Store)(nil)

// Open opens the file at path, and makes it if it is not there. It fails if another process has it.
func Open(path string, o Options) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: cmp.Or(o.Timeout, time.Second)})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("boltstore: another process has %s open; one process at a time can, several share a redisstore", path)
	}
	if err != nil {
		return nil, fmt.Errorf("boltstore: %w", err)
	}
	db.MaxBatchDelay = batchDelay
	if o.Clock == nil {
		o.Clock = lock.SystemClock
	}
	return &Store{MemoryStore: lock.NewMemoryStore(o.Clock), db: db, clock: o.Clock, fences: map[string]uint64{}}, nil
}

// batchDelay is how long an append waits for others to share its write to the disk.
const batchDelay = time.Millisecond

// Close waits for what is under way and lets the file go. Afterwards the events cannot be reached.
func (s *Store) Close() error { return s.db.Close() }

// Campaign implements lock.LeaseStore.
func (s *Store) Campaign(ctx context.Context, name, me string, ttl time.Duration) (lock.Term, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.MemoryStore.Campaign(ctx, name, me, ttl)
	if err == nil && t.Mine {
		s.fences[name] = t.Fence
	}
	return t, err
}

// deposed reports whether somebody has led since the leader with this fence; 0 is nobody's.
func (s *Store) deposed(name string, fence uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fence != 0 && s.fences[name] != fence
}

// write runs f in a transaction of its own.
func (s *Store) write(f func(*bbolt.Tx) error) func() error {
	return func() error { return s.db.Update(f) }
}

// batch runs f, perhaps more than once, in a transaction that it shares with others.
func (s *Store) batch(f func(*bbolt.Tx) error) func() error {
	return func() error { return s.db.Batch(f) }
}

// read runs f in a transaction that changes nothing.
func (s *Store) read(f func(*bbolt.Tx) error) func() error {
	return func() error { return s.db.View(f) }
}

// within returns when the transaction has ended, or ctx: then it goes on alone, and what it reads or
// writes must not be used.
func within(ctx context.Context, transaction func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- transaction() }()
	select {
	case err := <-done:
		return unavailable(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// unavailable is the error of a disk that is full or broken.
func unavailable(err error) error {
	if err == nil || errors.Is(err, lock.ErrSuperseded) {
		return err
	}
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		err = fmt.Errorf("%w: %w", fs.ErrClosed, err)
	}
	return &lock.Error{Kind: lock.ErrStoreUnavailable, Message: "the file of the event log", Err: err}
}
