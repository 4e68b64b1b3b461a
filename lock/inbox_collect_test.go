package lock_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// Campaign, AppendEvent: see cutOff.
func (c *cutOff) Campaign(ctx context.Context, name, me string, ttl time.Duration) (lock.Term, error) {
	if err := c.failure(); err != nil {
		return lock.Term{}, err
	}
	return c.MemoryStore.Campaign(ctx, name, me, ttl)
}

func (c *cutOff) AppendEvent(ctx context.Context, log string, e lock.LogEntry, o lock.AppendOptions) (bool, error) {
	if err := c.failure(); err != nil {
		return false, err
	}
	return c.MemoryStore.AppendEvent(ctx, log, e, o)
}

// collecting runs Collect until the returned function is called.
func collecting(t *testing.T, in *lock.Inbox, p lock.Provider, o lock.FollowOptions) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := in.Collect(ctx, p, o); !errors.Is(err, context.Canceled) {
			t.Errorf("Collect: got %v, want the context's error", err)
		}
	})
	return func() {
		cancel()
		ended.Wait()
	}
}

// logged counts how often each event is in the log.
func logged(t *testing.T, store lock.EventLog, name string) map[string]int {
	t.Helper()
	entries, err := store.ReadEvents(t.Context(), name, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, e := range entries {
		n[e.ID]++
	}
	return n
}

// emit has n things happen at a door, a second apart, and returns their IDs.
func emit(m *locktest.Memory, door lock.DeviceID, n int) []string {
	var ids []string
	for range n {
		ids = append(ids, m.Emit(lock.Event{Kind: lock.EventLockUnlocked, Device: door, OccurredAt: time.Now()}).ID)
		time.Sleep(time.Second)
	}
	return ids
}

func wantLogged(t *testing.T, got map[string]int, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if got[id] != 1 {
			t.Errorf("event %s is in the log %d times, want once", id, got[id])
		}
		delete(got, id)
	}
	if len(got) > 0 {
		t.Errorf("the log also has %v, want nothing else", got)
	}
}

func TestOneReplicaCollectsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, store := locktest.NewMemory(), lock.NewMemoryStore(nil)
		door := m.AddLock("front door")
		var stops []func()
		for range 3 {
			stops = append(stops, collecting(t, lock.NewInbox(store, "socket", lock.InboxOptions{}), m, lock.FollowOptions{Poll: time.Minute}))
			synctest.Wait()
		}
		var want []string
		for _, stop := range stops { // the leader ends properly, the next one goes on at once
			want = append(want, emit(m, door, 5)...)
			stop()
			want = append(want, emit(m, door, 5)...)
		}
		// Nobody was there for the last five: the next one asks for them.
		defer collecting(t, lock.NewInbox(store, "socket", lock.InboxOptions{}), m, lock.FollowOptions{Poll: time.Minute})()
		time.Sleep(5 * time.Minute)
		wantLogged(t, logged(t, store, "socket"), want...)
	})
}

func TestLeaderThatIsCutOffWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := locktest.NewMemory(), lock.NewMemoryStore(nil)
		door := m.AddLock("front door")
		mine := &cutOff{MemoryStore: memory}
		o := lock.FollowOptions{Poll: time.Minute}
		defer collecting(t, lock.NewInbox(mine, "socket", lock.InboxOptions{}), m, o)()
		synctest.Wait()
		defer collecting(t, lock.NewInbox(memory, "socket", lock.InboxOptions{}), m, o)()
		want := emit(m, door, 5)
		wantLogged(t, logged(t, memory, "socket"), want...)
		mine.set(true)
		want = append(want, emit(m, door, 60)...) // a lease is 15 s
		time.Sleep(time.Minute)
		wantLogged(t, logged(t, memory, "socket"), want...)
		mine.set(false)
		want = append(want, emit(m, door, 60)...)
		time.Sleep(time.Minute)
		wantLogged(t, logged(t, memory, "socket"), want...)
	})
}

// frozen is the store of a process that is stopped by the operating system, and goes on later where it was.
type frozen struct {
	*lock.MemoryStore
	mu     sync.Mutex
	thawed chan struct{} // nil = not stopped
	late   []error       // what came of writing afterwards
}

func (f *frozen) wait() (stopped bool) {
	f.mu.Lock()
	thawed := f.thawed
	f.mu.Unlock()
	if thawed != nil {
		<-thawed
	}
	return thawed != nil
}

func (f *frozen) Campaign(ctx context.Context, name, me string, ttl time.Duration) (lock.Term, error) {
	f.wait()
	return f.MemoryStore.Campaign(ctx, name, me, ttl)
}

func (f *frozen) AppendEvent(_ context.Context, log string, e lock.LogEntry, o lock.AppendOptions) (bool, error) {
	stopped := f.wait()
	// Whatever the process has learned meanwhile, this call was on its way.
	added, err := f.MemoryStore.AppendEvent(context.Background(), log, e, o)
	if stopped && !o.Handled {
		f.mu.Lock()
		f.late = append(f.late, err)
		f.mu.Unlock()
	}
	return added, err
}

func TestLeaderThatWasStoppedWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := locktest.NewMemory(), lock.NewMemoryStore(nil)
		door := m.AddLock("front door")
		mine := &frozen{MemoryStore: memory}
		o := lock.FollowOptions{Poll: time.Minute}
		defer collecting(t, lock.NewInbox(mine, "socket", lock.InboxOptions{}), m, o)()
		synctest.Wait()
		mine.mu.Lock()
		mine.thawed = make(chan struct{})
		mine.mu.Unlock()
		want := emit(m, door, 1) // on its way into the log when the process is stopped
		time.Sleep(time.Hour)
		other := &lateFence{MemoryStore: memory}
		defer collecting(t, lock.NewInbox(other, "socket", lock.InboxOptions{}), m, o)()
		time.Sleep(time.Minute)
		close(mine.thawed)
		want = append(want, emit(m, door, 5)...)
		time.Sleep(5 * time.Minute)
		wantLogged(t, logged(t, memory, "socket"), want...)
		if len(mine.late) == 0 || slices.ContainsFunc(mine.late, func(err error) bool { return !errors.Is(err, lock.ErrSuperseded) }) {
			t.Errorf("the first wrote with %v when it went on, want ErrSuperseded", mine.late)
		}
		if other.appended() == 0 {
			t.Error("the second replica wrote nothing, want it to lead")
		}
	})
}

// lateFence counts what the second leader appends.
type lateFence struct {
	*lock.MemoryStore
	mu sync.Mutex
	n  int
}

func (l *lateFence) AppendEvent(ctx context.Context, log string, e lock.LogEntry, o lock.AppendOptions) (bool, error) {
	added, err := l.MemoryStore.AppendEvent(ctx, log, e, o)
	if added && o.Fence != 0 {
		l.mu.Lock()
		l.n++
		l.mu.Unlock()
	}
	return added, err
}

func (l *lateFence) appended() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

func TestCollectSaysWhatCannotBeCollected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := locktest.NewMemory(locktest.Without(lock.WatchEvents, lock.ListEvents))
		err := lock.NewInbox(lock.NewMemoryStore(nil), "socket", lock.InboxOptions{}).Collect(t.Context(), m, lock.FollowOptions{})
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v, want ErrUnsupported", err)
		}
	})
}
