package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Opener opens a store in a process that will be killed; where is what Kills was given.
type Opener func(where string) (lock.Store, error)

const (
	receiverWhere = "SMARTLOCK_STORETEST_WHERE"
	receiverDir   = "SMARTLOCK_STORETEST_DIR"
	killsLog      = "webhooks"
)

// Receiver is for TestMain of a package that calls Kills: in a process that Kills has started it is a
// backend that receives events, and does not return; in any other it does nothing.
func Receiver(open Opener) {
	dir := os.Getenv(receiverDir)
	if dir == "" {
		return
	}
	answers := os.NewFile(3, "answers")
	if err := receive(open, os.Getenv(receiverWhere), dir, answers); err != nil {
		_, _ = fmt.Fprintln(answers, "failed:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// receive appends the events whose IDs come by standard input, says so for each, and handles them.
func receive(open Opener, where, dir string, answers io.Writer) error {
	store, err := open(where)
	if err != nil {
		return err
	}
	inbox := lock.NewInbox(store, killsLog, lock.InboxOptions{Hold: 300 * time.Millisecond, Look: 10 * time.Millisecond})
	handled, err := os.OpenFile(filepath.Join(dir, "handled"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	go func() {
		_ = inbox.Handle(context.Background(), func(_ context.Context, e lock.Event) error {
			_, err := fmt.Fprintln(handled, e.ID)
			return err
		})
	}()
	var appending sync.WaitGroup
	connections := make(chan struct{}, 8)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		id := lines.Text()
		connections <- struct{}{}
		appending.Go(func() {
			defer func() { <-connections }()
			if err := inbox.Append(context.Background(), lock.Event{ID: id, Kind: lock.EventLockUnlocked}); err == nil {
				_, _ = fmt.Fprintln(answers, id) // the vendor has its answer
			}
		})
	}
	appending.Wait()
	for {
		if c, err := inbox.Count(context.Background()); err == nil && c.Waiting == 0 {
			return nil
		}
		_ = lock.SystemClock.Sleep(context.Background(), 10*time.Millisecond)
	}
}

const (
	killedEvents = 4000
	kills        = 10
)

// Kills holds a store to its hardest promise: what was appended is there, once, whenever the
// process ends. A vendor delivers 4,000 events until it is told that they are safe, and the receiver,
// this test program started anew, is killed ten times with deliveries under way. Then no event may be
// lost, none be in the log twice, and all must have been handled.
func Kills(t *testing.T, where string, open Opener) {
	t.Helper()
	dir := t.TempDir()
	waiting := map[string]bool{} // not answered yet
	for round := range kills {
		for i := round * killedEvents / kills; i < (round+1)*killedEvents/kills; i++ {
			waiting[name(i)] = true
		}
		deliver(t, where, dir, waiting, killedEvents/kills/2, true)
	}
	deliver(t, where, dir, waiting, 0, false)
	if len(waiting) > 0 {
		t.Fatalf("%d events were not answered by a receiver that was left in peace", len(waiting))
	}

	store, err := open(where)
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := store.(io.Closer); ok {
		defer func() { _ = c.Close() }()
	}
	entries, err := store.ReadEvents(t.Context(), killsLog, 0, 2*killedEvents)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range entries {
		seen[e.ID]++
	}
	text, err := os.ReadFile(filepath.Join(dir, "handled"))
	if err != nil {
		t.Fatal(err)
	}
	handled := map[string]bool{}
	for _, id := range strings.Fields(string(text)) {
		handled[id] = true
	}
	var lost, twice, unhandled int
	for i := range killedEvents {
		id := name(i)
		switch n := seen[id]; {
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
		if !handled[id] {
			unhandled++
		}
	}
	if lost+twice+unhandled > 0 || len(entries) != killedEvents {
		t.Errorf("of %d events %d are lost, %d twice in the log, %d were not handled, after %d kills; the log has %d",
			killedEvents, lost, twice, unhandled, kills, len(entries))
	}
}

// deliver runs a receiver and sends it what waits. With kill, it is killed once quota events were
// answered, with others under way, and every twentieth answer is lost; otherwise it ends when all is
// handled.
func deliver(t *testing.T, where, dir string, waiting map[string]bool, quota int, kill bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), receiverWhere+"="+where, receiverDir+"="+dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	cmd.ExtraFiles = []*os.File{theirs}
	err = cmd.Start()
	_ = theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	var batch []string
	for id := range waiting {
		batch = append(batch, id)
	}
	var sending sync.WaitGroup
	sending.Go(func() {
		for _, id := range batch {
			if _, err := fmt.Fprintln(in, id); err != nil {
				return // it is dead
			}
		}
		_ = in.Close()
	})
	answers, killed := 0, false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "failed:") {
			t.Error("the receiver", lines.Text())
		}
		if answers++; answers%20 != 0 || !kill {
			delete(waiting, lines.Text())
		}
		if kill && !killed && answers >= quota {
			killed = true
			_ = cmd.Process.Kill()
		}
	}
	sending.Wait()
	if err := cmd.Wait(); killed != kill || err != nil && !killed {
		t.Fatalf("the receiver ended with %v after %d answers; killed %t, want %t", err, answers, killed, kill)
	}
}
