// Command quickstart is a day of a property manager, told by the library, on every vendor in turn: a
// flat is entered, a tenant gets a door code and a key, opens, pays, falls behind, catches up and
// moves out. What a vendor cannot do is left out, and why is said.
//
//	go run ./examples/quickstart
//
// It runs against the embedded simulators. With the credentials of a vendor in the environment it
// runs against that vendor itself, and leaves the others out:
//
//	DINGDING_CLIENT_ID, DINGDING_CLIENT_SECRET
//	YEEUU_PARTNER_ID, YEEUU_SECRET
//	TUYA_CLIENT_ID, TUYA_CLIENT_SECRET, TUYA_UID, TUYA_REGION
//	ALIYUNLOCK_APP_KEY, ALIYUNLOCK_APP_SECRET, ALIYUNLOCK_AUTH_CODE (good for one run)
//	EWELINK_APP_ID, EWELINK_APP_SECRET, EWELINK_COUNTRY_CODE, EWELINK_ACCOUNT, EWELINK_PASSWORD
//
// Then it also wants to know, each with the vendor's name in front:
//
//	DINGDING_LOCK           id of a lock you may put a code on
//	DINGDING_PHONE          phone number of the tenant; without it nobody gets a key
//	DINGDING_METER          id of an electricity meter; without it those steps are skipped
//	DINGDING_TOP_UP         kWh to top up for real money; without it that step is skipped
//	DINGDING_CALLBACK_URL   the webhook URL registered with the vendor; without it we poll
//	DINGDING_LISTEN         where that URL leads to, such as ":8080"
//	DINGDING_BASE_URL       another address than the production one
//	…_LOCK, …_PHONE, …_METER, …_BASE_URL of the others mean the same
//	YEEUU_OPEN              "yes" opens that door; without it that step is skipped; so TUYA_OPEN, EWELINK_OPEN
//	ALIYUNLOCK_KEY          an enrolled key nobody owns, such as "1:10"; the tenant gets it and it is erased
//	EWELINK_TENANT          e-mail address of an account that the door is shared with
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
	"strings"
	"time"
	"unicode/utf8"

	"github.com/smartlock-sdk/smartlock/lock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run tells the days to out; env is where the credentials come from.
func run(ctx context.Context, out io.Writer, env func(string) string) error {
	began := time.Now()
	var providers []lock.Provider
	var failed []error
	for _, open := range openers(env) {
		s, err := open()
		if err != nil {
			return err
		}
		defer s.close()
		failed = append(failed, tell(ctx, out, s))
		providers = append(providers, s.provider)
	}
	fmt.Fprintf(out, "That took %s. What each vendor can do:\n\n%s", time.Since(began).Round(time.Millisecond), table(providers))
	return errors.Join(failed...)
}

// tell tells one day.
func tell(ctx context.Context, out io.Writer, s *site) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	fmt.Fprintf(out, "A day at %s, on %s\n\n", homeName, s.title)
	d := &day{site: s, began: s.now()}
	var failed []error
	for i, step := range d.steps() {
		start := time.Now()
		said, err := d.take(ctx, step)
		mark := "ok"
		var skip skipped
		switch {
		case errors.As(err, &skip):
			mark, said = "--", string(skip)
		case err != nil:
			mark, said = "FAILED", err.Error()
			failed = append(failed, fmt.Errorf("%s: %s: %w", s.provider.Vendor(), step.name, err))
		}
		fmt.Fprintf(out, "%2d  %-11s %-6s %6s  %s\n", i+1, step.name, mark, time.Since(start).Round(time.Millisecond), said)
		if err != nil && skip == "" && step.needed {
			break // the rest of the day builds on this
		}
	}
	fmt.Fprintln(out)
	return errors.Join(failed...)
}

// skipped is the reason why a step has no place in this run.
type skipped string

func (s skipped) Error() string { return string(s) }

// table is what each provider supports, in Markdown that is also good to read as it stands.
func table(providers []lock.Provider) string {
	wide := 0
	for _, op := range lock.Ops() {
		wide = max(wide, len(op)+2)
	}
	var b strings.Builder
	row := func(first string, cell func(lock.Provider) string) {
		fmt.Fprintf(&b, "| %-*s |", wide, first)
		for _, p := range providers {
			text := cell(p)
			fmt.Fprintf(&b, " %s%s |", text, strings.Repeat(" ", len(p.Vendor())-utf8.RuneCountInString(text)))
		}
		b.WriteByte('\n')
	}
	row("operation", func(p lock.Provider) string { return string(p.Vendor()) })
	row(strings.Repeat("-", wide), func(p lock.Provider) string { return strings.Repeat("-", len(p.Vendor())) })
	for _, op := range lock.Ops() {
		row("`"+string(op)+"`", func(p lock.Provider) string {
			if p.Supports(op) {
				return "●"
			}
			return ""
		})
	}
	return b.String()
}
