package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
)

const (
	lease   = 900 * time.Millisecond // of the processes in these tests
	machine = 2 * time.Second        // that a busy machine may take to run one; package lock holds the exact times, on a clock of its own
)

const (
	candidateEnv = "LEAD_CANDIDATE" // set in a process that is a candidate: its name
	namespaceEnv = "LEAD_NAMESPACE"
)

// TestCandidateProcess is what the processes run that the other tests start: it leads, and appends
// an event every 10 ms. It does not look whether it still leads, so that only the fence stops it
// after it was deposed.
func TestCandidateProcess(t *testing.T) {
	me := os.Getenv(candidateEnv)
	if me == "" {
		t.Skip("this is for the processes that other tests start")
	}
	bounded, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // should nobody be left to kill it
	defer cancel()
	s := redistest.Open(t, redisstore.Options{Address: redistest.Address(t), Namespace: os.Getenv(namespaceEnv), Timeout: 5 * time.Second})
	for bounded.Err() == nil { // whoever was deposed stands again
		_ = lock.Lead(bounded, s, "socket", lock.LeadOptions{Lease: lease}, func(_ context.Context, l *lock.Leadership) error {
			for n := 0; ; n++ {
				e := lock.LogEntry{ID: fmt.Sprintf("%s-%d-%d", me, l.Fence, n), Data: fmt.Appendf(nil, "%s %d", me, l.Fence)}
				_, err := s.AppendEvent(context.Background(), "socket", e, lock.AppendOptions{Keep: time.Hour, Fence: l.Fence})
				if errors.Is(err, lock.ErrSuperseded) {
					_, err := s.AppendEvent(context.Background(), "refused", lock.LogEntry{ID: e.ID}, lock.AppendOptions{Keep: time.Hour})
					return err
				}
				if err := lock.SystemClock.Sleep(bounded, 10*time.Millisecond); err != nil {
					return err
				}
			}
		})
	}
}

// event is an event that a candidate has appended.
type event struct {
	lock.LogEntry
	who   string
	fence uint64
}

// events are those after a place.
func events(t *testing.T, s lock.Store, after uint64) []event {
	t.Helper()
	entries, err := s.ReadEvents(t.Context(), "socket", after, 10_000)
	require.NoError(t, err)
	out := make([]event, len(entries))
	for i, e := range entries {
		who, fence, _ := strings.Cut(string(e.Data), " ")
		n, err := strconv.ParseUint(fence, 10, 64)
		require.NoError(t, err)
		out[i] = event{e, who, n}
	}
	return out
}

// R39(i): real processes on a real server, killed and stopped. The next one takes over after the lease
// and one renewal at most, and nobody who was deposed has written.
func TestProcessesThatLead(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: it takes some seconds")
	}
	o := redistest.Real(t)
	s := redistest.Open(t, o)
	processes := map[string]*exec.Cmd{}
	start := func(name string) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCandidateProcess$")
		cmd.Env = append(os.Environ(), candidateEnv+"="+name, namespaceEnv+"="+o.Namespace)
		require.NoError(t, cmd.Start())
		processes[name] = cmd
	}
	end := func(name string) {
		_ = processes[name].Process.Kill()
		_ = processes[name].Wait()
		delete(processes, name)
	}
	t.Cleanup(func() {
		for name := range processes {
			end(name)
		}
	})
	for i := range 3 {
		start(fmt.Sprint("p", i))
	}

	// next waits until somebody else than the one before writes, and for some events more.
	var last event
	next := func(before event) event {
		t.Helper()
		require.Eventually(t, func() bool {
			if new := events(t, s, last.Seq); len(new) > 0 {
				last = new[len(new)-1]
			}
			return last.fence > before.fence && last.Seq > before.Seq+5
		}, 20*time.Second, 20*time.Millisecond)
		return last
	}
	leader := next(event{})
	var stops int
	for round := range 6 {
		if kill := round%2 == 0; kill {
			end(leader.who)
			was := leader
			leader = next(leader)
			start(was.who + "+")
			continue
		}
		// Stopped for longer than its lease, it goes on where it was: in the middle of its work.
		stopped := processes[leader.who].Process
		require.NoError(t, stopped.Signal(syscall.SIGSTOP))
		leader = next(leader)
		require.NoError(t, stopped.Signal(syscall.SIGCONT))
		stops++
		require.Eventually(t, func() bool {
			c, err := s.CountEvents(t.Context(), "refused")
			return err == nil && c.Entries >= stops
		}, 10*time.Second, 20*time.Millisecond, "the deposed leader tried to write")
		leader = next(event{fence: leader.fence - 1, LogEntry: lock.LogEntry{Seq: last.Seq}})
	}

	all := events(t, s, 0)
	terms := map[uint64]string{}
	var deposed int
	var slowest time.Duration
	for i, e := range all {
		if who := terms[e.fence]; who != "" {
			assert.Equal(t, who, e.who, "two with one fence")
		}
		terms[e.fence] = e.who
		if i == 0 {
			continue
		}
		switch before := all[i-1]; {
		case e.fence < before.fence:
			deposed++
		case e.fence > before.fence:
			slowest = max(slowest, e.At.Sub(before.At))
		}
	}
	assert.Zero(t, deposed, "events written by a deposed leader")
	assert.GreaterOrEqual(t, len(terms), 7, "leaders")
	assert.LessOrEqual(t, slowest, lease+lease/3+machine, "the longest time without a leader, and what a busy machine takes")
	t.Logf("%d events of %d leaders, %d by a deposed one; %d appends refused; the longest time without a leader was %v", len(all), len(terms), deposed, stops, slowest)
}
