// Command quickstart is a day of a property manager, told by the library: a flat is entered, a
// tenant gets a door code, opens, pays, falls behind, catches up and moves out.
//
//	go run ./examples/quickstart
//
// It runs against the embedded simulator. With DINGDING_CLIENT_ID and DINGDING_CLIENT_SECRET in
// the environment it runs against Dingding itself; then it also wants to know
//
//	DINGDING_LOCK           uuid of a lock you may put a code on
//	DINGDING_METER          uuid of an electricity meter; without it those steps are skipped
//	DINGDING_TOP_UP         kWh to top up for real money; without it that step is skipped
//	DINGDING_CALLBACK_URL   the webhook URL registered with the vendor; without it we poll
//	DINGDING_LISTEN         where that URL leads to, such as ":8080"
//	DINGDING_BASE_URL       another address than the production one
//
// It exits with 0 only if every step did what it should.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run tells the day to out; env is where the credentials come from.
func run(ctx context.Context, out io.Writer, env func(string) string) error {
	s, err := openSite(env)
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()

	fmt.Fprintf(out, "A day at %s, on %s\n\n", homeName, s.title)
	began := time.Now()
	d := &day{site: s}
	failed := 0
	for i, step := range d.steps() {
		start := time.Now()
		said, err := step.do(ctx)
		mark := "ok"
		var skip skipped
		switch {
		case errors.As(err, &skip):
			mark, said = "--", string(skip)
		case err != nil:
			mark, said = "FAILED", err.Error()
			failed++
		}
		fmt.Fprintf(out, "%2d  %-11s %-6s %6s  %s\n", i+1, step.name, mark, time.Since(start).Round(time.Millisecond), said)
		if err != nil && skip == "" && step.needed {
			break // the rest of the day builds on this
		}
	}
	fmt.Fprintf(out, "\nThat took %s.\n", time.Since(began).Round(time.Millisecond))
	if failed > 0 {
		return fmt.Errorf("%d step(s) failed", failed)
	}
	return nil
}

// skipped is the reason why a step has no place in this run.
type skipped string

func (s skipped) Error() string { return string(s) }
