// Command bulk gives a thousand doors at three vendors a code each, in one run of lock.Each over a
// lock.Fleet:
//
//	go run ./examples/bulk
//
// It runs on embedded simulators, whose devices differ: some are offline, and one vendor is asked
// too often and says so. In the middle of the work the program is stopped, as by a power cut, and
// then started again: its journal tells the second run what is done. At the end somebody tries
// every code at its door.
//
//	-locks N    how many doors, 1000 if not given
//	-stop N     stop the first run after N doors, 0 = never; 400 if not given
//
// In a terminal it draws a bar, and in a pipe it writes lines. It exits with 0 only if every door
// is as it should be.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/smartlock-sdk/smartlock/lock"
)

func main() {
	locks := flag.Int("locks", 1000, "how many doors")
	stop := flag.Int("stop", 400, "stop the first run after this many doors; 0 = never")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if _, err := run(ctx, os.Stdout, term.IsTerminal(int(os.Stdout.Fd())), *locks, *stop); err != nil {
		fmt.Fprintln(os.Stderr, "bulk:", err)
		os.Exit(1)
	}
}

// result is what came of it.
type result struct {
	first, second lock.Progress // of the runs
	open          int           // doors that open with their code
	made          int           // passwords that were made, in all
	offline       int           // doors that could not be reached
}

// run does the whole thing.
func run(ctx context.Context, out io.Writer, terminal bool, locks, stop int) (res result, err error) {
	s, err := openSite(locks)
	if err != nil {
		return res, err
	}
	defer s.close()
	dir, err := os.MkdirTemp("", "bulk")
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &batch{site: s, journal: filepath.Join(dir, "codes.journal"), again: make(map[string]int), codes: make(map[lock.DeviceID]lock.Secret)}

	fmt.Fprintf(out, "A code for each of %d doors, at %s.\n\n", len(s.doors), s.members())
	began := time.Now()
	if stop > 0 {
		var outcomes []lock.Outcome[lock.DeviceID, lock.Password]
		outcomes, res.first, err = b.work(ctx, out, terminal, "first run", stop)
		if err != nil {
			return res, err
		}
		fmt.Fprintf(out, "\nStopped. What was under way was finished, and %d doors were not touched.\n\n", count(outcomes, lock.ItemUntouched))
	}
	outcomes, progress, err := b.work(ctx, out, terminal, "second run", 0)
	if err != nil {
		return res, err
	}
	res.second = progress
	fmt.Fprintln(out)
	b.table(out, outcomes)
	res.open, res.made, res.offline = b.tryAll(), s.made(), len(s.offline)
	fmt.Fprintf(out, "\n%d doors open with their code; the vendors made %d passwords. That took %s.\n",
		res.open, res.made, time.Since(began).Round(10*time.Millisecond))
	if want := len(s.doors) - len(s.offline); res.open != want || res.made != want {
		return res, fmt.Errorf("want %d doors to open, and as many passwords", want)
	}
	return res, ctx.Err()
}

// batch is the work: one code for every door.
type batch struct {
	*site
	journal string
	again   map[string]int // how often a member was called again, because it had been called too often

	mu    sync.Mutex
	codes map[lock.DeviceID]lock.Secret // a backend would keep them encrypted, or only show them once
}

// work is one run, as one start of a program would be. It ends itself after so many doors.
func (b *batch) work(ctx context.Context, out io.Writer, terminal bool, name string, stop int) ([]lock.Outcome[lock.DeviceID, lock.Password], lock.Progress, error) {
	journal, err := lock.OpenJournal(b.journal)
	if err != nil {
		return nil, lock.Progress{}, err
	}
	defer journal.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	show := newDisplay(out, terminal, name, len(b.doors))
	member := func(door lock.DeviceID) string {
		name, _, _ := lock.SplitMemberID(door)
		return name
	}
	var last lock.Progress
	outcomes, err := lock.Each(ctx, b.doors, b.give, lock.WithJournal(lock.BulkOptions[lock.DeviceID, lock.Password]{
		Concurrency: 96,
		Limits:      []lock.BulkLimit[lock.DeviceID]{{Key: member, Max: 48}}, // so that a slow vendor slows nobody
		Pace:        member,
		Grace:       10 * time.Second,
		Progress: func(p lock.Progress) {
			last = p
			show.progress(p)
			if stop > 0 && p.Ended() >= stop {
				cancel() // Ctrl-C would do the same
			}
		},
	}, journal, func(door lock.DeviceID) string { return string(door) }))
	show.end()
	for _, o := range outcomes {
		b.again[member(o.Item)] += max(0, o.Calls-1)
	}
	if bulk, ok := errors.AsType[*lock.BulkError](err); ok && (stop > 0 || bulk.Stopped == nil) {
		err = nil // the table says what failed
	}
	return outcomes, last, err
}

// give puts a code onto a door, and ends when the door has it.
func (b *batch) give(ctx context.Context, door lock.DeviceID) (lock.Password, error) {
	op, err := b.fleet.Passwords().Create(ctx, door, lock.PasswordSpec{
		Name: "cleaning", Window: lock.Window{Until: b.now().Add(72 * time.Hour)},
		Holder: lock.Person{Name: "Wang Wu", Phone: lock.NewSecret("13800138000")}, By: lock.Person{Name: "Landlord"},
	})
	if err != nil {
		return lock.Password{}, err
	}
	pw, err := op.Wait(ctx)
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.codes[door] = pw.Secret
	}
	return pw, err
}

// tryAll counts the doors that open with their code.
func (b *batch) tryAll() int {
	n := 0
	for _, door := range b.doors {
		if code, ok := b.codes[door]; ok && b.opens(door, code) {
			n++
		}
	}
	return n
}

// table prints what has become of the doors of each vendor, and why some have no code.
func (b *batch) table(out io.Writer, outcomes []lock.Outcome[lock.DeviceID, lock.Password]) {
	fmt.Fprintf(out, "%-12s %7s %9s %7s %8s %13s   %s\n", "", "done", "skipped", "failed", "unknown", "called again", "because")
	for _, m := range b.fleet.Members() {
		var of []lock.Outcome[lock.DeviceID, lock.Password]
		kinds := make(map[lock.Kind]int)
		for _, o := range outcomes {
			if name, _, _ := lock.SplitMemberID(o.Item); name == m.Name {
				of = append(of, o)
				if o.Err != nil {
					kinds[cmp.Or(lock.KindOf(o.Err), "?")]++
				}
			}
		}
		why := ""
		for _, k := range slices.Sorted(maps.Keys(kinds)) {
			why += fmt.Sprintf("%d %s  ", kinds[k], k)
		}
		fmt.Fprintf(out, "%-12s %7d %9d %7d %8d %13d   %s\n", m.Name,
			count(of, lock.ItemDone), count(of, lock.ItemSkipped), count(of, lock.ItemFailed), count(of, lock.ItemUnknown), b.again[m.Name], why)
	}
}

func count(outcomes []lock.Outcome[lock.DeviceID, lock.Password], state lock.ItemState) int {
	n := 0
	for _, o := range outcomes {
		if o.State == state {
			n++
		}
	}
	return n
}
