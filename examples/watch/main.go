// Command watch shows what happens at the doors of several vendors, as it happens: a lock.Fleet makes
// one provider of them, a lock.Follower one loop. Each event comes once, by webhook where the vendor
// sends them and by asking where it does not, also what happened while the program was not running.
//
//	go run ./examples/watch
//
// It runs against the embedded simulators, where people do things, and ends by itself. With the
// credentials of vendors in the environment it follows those until it is interrupted:
//
//	DINGDING_CLIENT_ID, DINGDING_CLIENT_SECRET
//	DINGDING_CALLBACK_URL   the webhook URL registered with the vendor, ending in /dingding; without it we poll
//	YEEUU_PARTNER_ID, YEEUU_SECRET, YEEUU_LOCK (the door to watch)
//	TUYA_CLIENT_ID, TUYA_CLIENT_SECRET, TUYA_UID (whose locks to watch)
//	ALIYUNLOCK_APP_KEY, ALIYUNLOCK_APP_SECRET, ALIYUNLOCK_AUTH_CODE
//	EWELINK_APP_ID, EWELINK_APP_SECRET, EWELINK_COUNTRY_CODE, EWELINK_ACCOUNT, EWELINK_PASSWORD, EWELINK_LOCK (a relay)
//
// -cursor names the file in which it keeps how far it has come.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "watch:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) error {
	flags := flag.NewFlagSet("watch", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", ":8080", "the `address` that the registered webhook URL leads to")
	file := flags.String("cursor", "watch.cursor", "the `file` that says how far we have come")
	if err := flags.Parse(args); err != nil {
		return err
	}
	members := real(env)
	if len(members) == 0 {
		return demonstrate(ctx, stdout)
	}
	fleet, err := lock.NewFleet(members...)
	if err != nil {
		return err
	}
	c := cursorFile(*file)
	since, err := c.load()
	if err != nil {
		return err
	}
	w := &watcher{follower: lock.NewFollower(fleet, lock.FollowOptions{Since: since}), save: c.save, out: stdout}
	if env("DINGDING_CALLBACK_URL") != "" {
		l, err := net.Listen("tcp", *listen)
		if err != nil {
			return err
		}
		if w.stop, err = serve(w.follower, l); err != nil {
			return err
		}
	}
	err = w.watch(ctx, func(lock.Event) bool { return true })
	if errors.Is(err, context.Canceled) {
		return nil // interrupted, as it should be
	}
	return err
}

// watcher prints what a Follower yields.
type watcher struct {
	follower *lock.Follower
	save     func(lock.Cursor) error
	out      io.Writer
	stop     func() // nil = no webhook is served
}

// watch prints events until ctx ends or more says that it is enough. The cursor is saved when the
// event has been dealt with: what is lost in between comes again.
func (w *watcher) watch(ctx context.Context, more func(lock.Event) bool) error {
	if w.stop != nil {
		defer w.stop()
	}
	for e, err := range w.follower.Events(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprintln(w.out, describe(e))
		if err := w.save(w.follower.Cursor()); err != nil {
			return err
		}
		if !more(e) {
			return nil
		}
	}
	return nil
}

// describe puts an event on a line.
func describe(e lock.Event) string {
	at := "unknown time        "
	if !e.OccurredAt.IsZero() {
		at = e.OccurredAt.UTC().Format("2006-01-02 15:04:05Z")
	}
	text := fmt.Sprintf("%s  %-22s  %-24.24s  by %s", at, e.Kind, cmp.Or(string(e.Device), e.Name), e.Source)
	if e.Kind == lock.EventLockUnlocked {
		text += ", opened with " + string(e.Method)
	}
	if b, ok := e.Data.(lock.BatteryLevel); ok {
		text += fmt.Sprintf(", battery %d %%", b.Percent)
	}
	if u, ok := e.Data.(lock.Unfilled); ok {
		text += fmt.Sprintf(", nobody can say what happened %s: %v", u.Window, u.Err)
	}
	if f, ok := e.Data.(lock.Failure); ok {
		text += fmt.Sprintf(", %v", f.Err)
	}
	return text
}

// serve answers the vendors' webhooks on l until the returned function is called.
func serve(f *lock.Follower, l net.Listener) (stop func(), err error) {
	handler, err := f.Handler()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l) // ends with Close
	}()
	return func() {
		_ = server.Close()
		<-served
	}, nil
}

// cursorFile keeps a cursor. A backend keeps it in its database, in the transaction in which it
// keeps the event.
type cursorFile string

func (f cursorFile) load() (lock.Cursor, error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return lock.Cursor{}, nil // from now on
	}
	if err != nil {
		return lock.Cursor{}, err
	}
	return lock.ParseCursor(string(text))
}

// save replaces the file as a whole, so that it is never half written.
func (f cursorFile) save(c lock.Cursor) error {
	next := string(f) + ".new"
	if err := os.WriteFile(next, []byte(c.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(next, string(f))
}
