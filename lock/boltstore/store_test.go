package boltstore_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/boltstore"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/lock/storetest"
)

func open(t *testing.T, path string, o boltstore.Options) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // some tests have closed it
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.World {
		clock := locktest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		s := open(t, filepath.Join(t.TempDir(), "events.db"), boltstore.Options{Clock: clock})
		return storetest.World{Store: s, Advance: clock.Advance}
	})
}

func TestEventsOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	clock := locktest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	keep := lock.AppendOptions{Keep: time.Hour}
	s := open(t, path, boltstore.Options{Clock: clock})
	for _, id := range []string{"dead", "held", "waits"} {
		if added, err := s.AppendEvent(t.Context(), "l", lock.LogEntry{ID: id, Data: []byte(id)}, keep); err != nil || !added {
			t.Fatalf("%s: got %t and %v, want it appended", id, added, err)
		}
	}
	taken, err := s.TakeEvents(t.Context(), "l", 2, time.Minute)
	if err != nil || len(taken) != 2 {
		t.Fatalf("got %v and %v, want two events", taken, err)
	}
	if err := s.SettleEvent(t.Context(), "l", taken[0], lock.Settlement{Outcome: lock.EventDead, Why: "no such flat"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, path, boltstore.Options{Clock: clock})
	if got, err := s.CountEvents(t.Context(), "l"); err != nil || got != (lock.LogCount{Entries: 3, Waiting: 2, Dead: 1}) {
		t.Errorf("got %+v and %v, want three events, one of them dead", got, err)
	}
	if added, err := s.AppendEvent(t.Context(), "l", lock.LogEntry{ID: "dead"}, keep); err != nil || added {
		t.Errorf("got %t and %v, want the ID remembered", added, err)
	}
	dead, err := s.DeadEvents(t.Context(), "l", 0, 9)
	if err != nil || len(dead) != 1 || dead[0].Why != "no such flat" || string(dead[0].Data) != "dead" {
		t.Errorf("got the dead %+v and %v, want the one with its reason", dead, err)
	}
	clock.Advance(time.Minute)
	if taken, err = s.TakeEvents(t.Context(), "l", 9, time.Minute); err != nil || len(taken) != 2 || taken[0].ID != "waits" || taken[1].ID != "held" || taken[1].Tries != 2 {
		t.Errorf("got %+v and %v, want the one that waits and then the one that was held", taken, err)
	}
}

func TestKilledReceiverLosesNothing(t *testing.T) {
	storetest.Kills(t, filepath.Join(t.TempDir(), "events.db"), opened)
}

func TestOneProcessHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	open(t, path, boltstore.Options{})
	_, err := boltstore.Open(path, boltstore.Options{Timeout: time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "redisstore") {
		t.Errorf("got %v, want an error that says what several processes take", err)
	}
	if _, err := boltstore.Open(t.TempDir(), boltstore.Options{}); err == nil {
		t.Error("a folder was opened, want an error")
	}
}

func TestFileIsItsOwners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	open(t, path, boltstore.Options{})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("got the mode %v, want 0600", mode)
	}
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "events.db"), boltstore.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AppendEvent(t.Context(), "l", lock.LogEntry{ID: "e"}, lock.AppendOptions{Keep: time.Hour}); lock.KindOf(err) != lock.ErrStoreUnavailable || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v, want ErrStoreUnavailable and fs.ErrClosed", err)
	}
}

func TestMarksThatEndedAreRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	clock := locktest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := open(t, path, boltstore.Options{Clock: clock})
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	round := func(n int) {
		for i := range 60 {
			e := lock.LogEntry{ID: time.Duration(n*1000 + i).String()}
			if _, err := s.AppendEvent(t.Context(), "l", e, lock.AppendOptions{Keep: time.Minute, Handled: true}); err != nil {
				t.Fatal(err)
			}
		}
		clock.Advance(time.Hour)
		if _, err := s.TrimEvents(t.Context(), "l", 0); err != nil {
			t.Fatal(err)
		}
	}
	round(0)
	round(1)
	before := size()
	for n := range 6 {
		round(2 + n)
	}
	if after := size(); after > 2*before {
		t.Errorf("the file grew from %d to %d bytes while what is in it stayed the same", before, after)
	}
}
