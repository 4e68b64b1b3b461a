// Command replicas shows two receivers of a backend that behave like one: they log in once, have one
// log of events, and handle each event once, although the vendor delivers everything three times to
// whichever is there. Then one of them dies in the middle of its work, and the other takes over.
//
//	go run ./examples/replicas
//
// It runs against the embedded simulator and ends by itself. What the two share is in memory, or in a
// Redis if REDIS_URL says where one is:
//
//	redis-server --port 6390 --appendonly yes --dir "$(mktemp -d)" &
//	REDIS_URL=redis://127.0.0.1:6390 go run ./examples/replicas
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Getenv("REDIS_URL")); err != nil {
		fmt.Fprintln(os.Stderr, "replicas:", err)
		os.Exit(1)
	}
}

// shared opens what the replicas share.
func shared(ctx context.Context, out io.Writer, redis string) (store lock.Store, end func(), err error) {
	if redis == "" {
		fmt.Fprintln(out, "the replicas share a store in memory; set REDIS_URL for a real one")
		return lock.NewMemoryStore(nil), func() {}, nil
	}
	r, err := redisstore.New(redisstore.Options{
		Address:   redis,
		Namespace: "smartlock-example-" + rand.Text()[:8], // each run has its own
		New:       true,
		Logger:    slog.New(slog.NewTextHandler(out, nil)),
	})
	if err != nil {
		return nil, nil, err
	}
	end = func() { _ = r.Close() }
	if err := r.Check(ctx); err != nil {
		end()
		return nil, nil, err
	}
	fmt.Fprintln(out, "the replicas share a Redis")
	return r, end, nil
}

func run(ctx context.Context, out io.Writer, redis string) error {
	store, end, err := shared(ctx, out, redis)
	if err != nil {
		return err
	}
	defer end()

	vendor := dingdingtest.NewServer()
	defer vendor.Close()
	front, back := vendor.AddLock("front door"), vendor.AddLock("back door")
	for _, door := range []lock.DeviceID{front, back} {
		vendor.AddLocalPassword(door, code)
	}
	b, err := newBalancer()
	if err != nil {
		return err
	}
	defer b.close()
	vendor.SetCallbackURL(b.url, b.url)
	vendor.Trouble(dingdingtest.CallbackTrouble{Duplicates: 2})

	r := &report{out: out, names: map[lock.DeviceID]string{front: "front door", back: "back door"}, busy: make(chan *replica, 1)}
	for _, name := range []string{"A", "B"} {
		replica, err := start(ctx, name, store, vendor, b, r)
		if err != nil {
			return err
		}
		defer replica.stop()
	}
	for _, replica := range b.alive() {
		if err := replica.p.Check(ctx); err != nil {
			return err
		}
	}

	fmt.Fprintln(out, "\nsix people come home")
	r.open(vendor, front, 6)
	if err := r.wait(ctx, 6); err != nil {
		return err
	}

	fmt.Fprintln(out, "\nsomebody opens the back door, and the replica that handles it is killed while it does")
	r.trap(back)
	r.open(vendor, back, 1)
	var victim *replica
	select {
	case victim = <-r.busy:
	case <-ctx.Done():
		return ctx.Err()
	}
	victim.kill()
	b.remove(victim)
	fmt.Fprintf(out, "  %s is dead\n", victim.name)
	if err := r.wait(ctx, 7); err != nil {
		return err
	}

	fmt.Fprintln(out, "\nthree more people come home")
	r.open(vendor, front, 3)
	if err := r.wait(ctx, 10); err != nil {
		return err
	}
	return summary(ctx, out, vendor, b.alive()[0], r)
}

// summary compares what the vendor did with what became of it.
func summary(ctx context.Context, out io.Writer, vendor *dingdingtest.Server, survivor *replica, r *report) error {
	logins := 0
	for _, q := range vendor.Requests() {
		if strings.HasSuffix(q.Path, "/access_token") {
			logins++
		}
	}
	count, err := survivor.inbox.Count(ctx)
	if err != nil {
		return err
	}
	handled, twice := r.handled()
	fmt.Fprintf(out, "\n%d deliveries by the vendor, %d events in the log, %d handled, %d of them twice, %d waiting, %d dead; logins: %d\n",
		len(vendor.Deliveries()), count.Entries, handled, twice, count.Waiting, count.Dead, logins)
	return nil
}

const code = "135790"

// patience is how long a replica may be silent before another takes its event; short, to be watched.
const patience = time.Second
