// Command webhook receives a vendor's webhooks and loses none: each event is on the disk before the
// vendor gets its success reply, is there once, however often it is delivered, and is acted on
// afterwards, again and again if that fails. It ends in an orderly way: who is being served is served
// to the end, and what is not done is done by the next run.
//
//	go run ./examples/webhook
//
// It shows that against the embedded simulator, which delivers everything three times, and ends by
// itself. With DINGDING_CLIENT_ID, DINGDING_CLIENT_SECRET and DINGDING_CALLBACK_URL (as registered
// with the vendor) in the environment it serves until it is interrupted:
//
//	go run ./examples/webhook -listen :8080 -log events.db
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/boltstore"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "webhook:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) error {
	flags := flag.NewFlagSet("webhook", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", ":8080", "the `address` that the registered URL leads to")
	file := flags.String("log", "events.db", "the `file` of the events")
	if err := flags.Parse(args); err != nil {
		return err
	}
	id, secret, url := env("DINGDING_CLIENT_ID"), env("DINGDING_CLIENT_SECRET"), env("DINGDING_CALLBACK_URL")
	switch {
	case id == "":
		return demonstrate(ctx, stdout)
	case url == "":
		return errors.New("DINGDING_CALLBACK_URL is the webhook URL registered with the vendor: the signature cannot be checked without it")
	}
	store, err := boltstore.Open(*file, boltstore.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "the events are kept in %s; listening on %s\n", *file, l.Addr())
	return receive(ctx, dingding.New(id, secret, dingding.WithCallbackURL(url)), l, newInbox(store), tell(stdout))
}

func newInbox(store lock.InboxStore) *lock.Inbox {
	return lock.NewInbox(store, "dingding", lock.InboxOptions{Workers: 1}) // one at a time, as the screen is
}

// receive serves the webhook of p on l until ctx ends; what comes goes into the inbox, and act is
// called for it.
func receive(ctx context.Context, p lock.Provider, l net.Listener, inbox *lock.Inbox, act func(context.Context, lock.Event) error) error {
	hook, err := p.Events().Receive(inbox.Append)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	handled := make(chan error, 1)
	go func() { handled <- inbox.Handle(ctx, act) }()
	err = serve(ctx, l, hook)
	stop()
	<-handled // its error is that ctx ended
	return err
}

// tell is where a backend would do something: a row in its database, a message to the caretaker. It
// may take its time and may fail.
func tell(out io.Writer) func(context.Context, lock.Event) error {
	return func(_ context.Context, e lock.Event) error {
		what := e.Name
		if e.Kind == lock.EventLockUnlocked {
			what = fmt.Sprintf("%s, by %s", e.Actor.Name, e.Method)
		}
		_, err := fmt.Fprintf(out, "  %-19s  %s\n", e.Kind, what)
		return err
	}
}
