// Command meters is the monthly statement: what each room has used, as a table or, with -csv, for a
// spreadsheet. Amounts are exact decimals, each with its unit and the time that the vendor's records
// really cover; what a vendor cannot answer is said.
//
//	go run ./examples/meters
//	go run ./examples/meters -csv > october.csv
//
// It runs against the embedded simulators, which show October 2026. With the credentials of a vendor
// with meters in the environment it asks that one, for the month before this one unless -month says
// otherwise:
//
//	DINGDING_CLIENT_ID, DINGDING_CLIENT_SECRET
//	EWELINK_APP_ID, EWELINK_APP_SECRET, EWELINK_COUNTRY_CODE, EWELINK_ACCOUNT, EWELINK_PASSWORD
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
	_ "time/tzdata" // the tenants' zone, on every machine

	"github.com/smartlock-sdk/smartlock/lock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "meters:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) error {
	flags := flag.NewFlagSet("meters", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asCSV := flags.Bool("csv", false, "print comma-separated values")
	of := flags.String("month", "", "the `month`, such as 2026-10; \"\" = the one before this")
	zone := flags.String("zone", "Asia/Shanghai", "where the tenants live: a month begins at midnight there")
	if err := flags.Parse(args); err != nil {
		return err
	}
	where, err := time.LoadLocation(*zone)
	if err != nil {
		return err
	}
	accounts, now, done, err := open(ctx, env, where)
	if err != nil {
		return err
	}
	defer done()
	month, err := monthOf(*of, now.In(where))
	if err != nil {
		return err
	}
	b := statement(ctx, accounts, month)
	show := b.table
	if *asCSV {
		show = b.csv
	}
	if err := show(stdout); err != nil {
		return err
	}
	if b.failed > 0 {
		return fmt.Errorf("the statement is not complete: %d account(s) or meter(s) did not answer", b.failed)
	}
	return nil
}

// monthOf is the window of a month, or of the month before now.
func monthOf(text string, now time.Time) (lock.Window, error) {
	from := time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, now.Location())
	if text != "" {
		var err error
		if from, err = time.ParseInLocation("2006-01", text, now.Location()); err != nil {
			return lock.Window{}, fmt.Errorf("the month is %q, want one like 2026-10", text)
		}
	}
	return lock.Window{From: from, Until: from.AddDate(0, 1, 0)}, nil
}
