package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/boltstore"
)

const code = "135790"

// demonstrate receives from a simulator that delivers everything three times, stops, misses
// something, and starts again.
func demonstrate(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "webhook")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	vendor := dingdingtest.NewServer()
	defer vendor.Close()
	door := vendor.AddLock("front door")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	url := "http://" + address + "/hooks/5b1f0c9e" // long and random in real life: the signature holds no secret
	vendor.SetCallbackURL(url, url)
	vendor.Trouble(dingdingtest.CallbackTrouble{Duplicates: 2})
	r := receiver{vendor: vendor, url: url, file: filepath.Join(dir, "events.db"), out: out}

	fmt.Fprintln(out, "first run: everything is delivered three times")
	if err := r.run(ctx, l, func(p lock.Provider) error {
		op, err := p.Passwords().Create(ctx, door, lock.PasswordSpec{
			Name: "Li Na", Secret: lock.NewSecret(code), Window: lock.Window{Until: time.Now().AddDate(0, 6, 0)},
		})
		if err != nil {
			return err
		}
		if _, err := op.Wait(ctx); err != nil {
			return err
		}
		vendor.Settle()
		return r.open(door)
	}); err != nil {
		return err
	}

	fmt.Fprintln(out, "\nstopped: the door is opened meanwhile, and the vendor finds nobody")
	vendor.Advance(time.Second)
	if err := r.open(door); err != nil {
		return err
	}

	fmt.Fprintln(out, "\nsecond run, on the same file: the vendor tries again after a minute")
	if l, err = net.Listen("tcp", address); err != nil {
		return err
	}
	if err := r.run(ctx, l, func(lock.Provider) error {
		vendor.Advance(time.Minute)
		return nil
	}); err != nil {
		return err
	}

	store, err := boltstore.Open(r.file, boltstore.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	count, err := newInbox(store).Count(ctx)
	fmt.Fprintf(out, "\n%d deliveries answered, %d events in the file, %d waiting\n", r.answered(), count.Entries, count.Waiting)
	return err
}

// receiver is our program, which is started more than once.
type receiver struct {
	vendor *dingdingtest.Server
	url    string
	file   string
	out    io.Writer
}

// run receives while during lasts, and until everything that came was acted on.
func (r receiver) run(ctx context.Context, l net.Listener, during func(lock.Provider) error) error {
	store, err := boltstore.Open(r.file, boltstore.Options{})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer store.Close()
	p, inbox := r.vendor.Client(dingding.WithCallbackURL(r.url)), newInbox(store)
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- receive(serving, p, l, inbox, tell(r.out)) }()
	failed := during(p)
	if failed == nil {
		failed = idle(ctx, inbox)
	}
	stop()
	return errors.Join(failed, <-ended)
}

// idle waits until everything in the inbox was acted on.
func idle(ctx context.Context, inbox *lock.Inbox) error {
	for {
		count, err := inbox.Count(ctx)
		if err != nil || count.Waiting == 0 {
			return err
		}
		if err := lock.SystemClock.Sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// open has the tenant type her code.
func (r receiver) open(door lock.DeviceID) error {
	if !r.vendor.EnterCode(door, code) {
		return errors.New("the door stayed shut")
	}
	r.vendor.Settle()
	return nil
}

// answered counts the deliveries that we answered with success.
func (r receiver) answered() int {
	n := 0
	for _, d := range r.vendor.Deliveries() {
		if d.Status == 200 {
			n++
		}
	}
	return n
}
