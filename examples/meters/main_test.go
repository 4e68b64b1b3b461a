package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func nothing(string) string { return "" }

func statementOf(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, &out, io.Discard, nothing); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTable(t *testing.T) {
	const want = `Consumption in October 2026

home                    room   meter           used       counted from      to
Sunshine Gardens 3-502  A      electricity  105.400  kWh  2026-09-30 23:00  2026-10-31 23:00
Sunshine Gardens 3-502  B      electricity   32.550  kWh  2026-09-30 23:00  2026-10-31 23:00
Sunshine Gardens 3-502  A      cold_water     3.900  m³   2026-10-01 23:06  2026-10-31 23:06
Sunshine Gardens 3-502         electricity        -       no records of that month
阳光花园 7 号           客厅   electricity  189.875  kWh  2026-09-30 23:00  2026-10-31 23:00
阳光花园 7 号           客厅   cold_water     6.000  m³   2026-10-01 23:06  2026-10-31 23:06
My Home                 attic  electricity   77.500  kWh  2026-10-01 00:00  2026-11-01 00:00
My Home                        electricity   23.250  kWh  2026-10-01 00:00  2026-11-01 00:00
total                                       428.575  kWh
total                                         9.900  m³

Not in here:
  yeeuu does not support meters.list
  tuya does not support meters.list
  aliyunlock does not support meters.list
`
	if got := statementOf(t); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCSVSaysTheSame(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(statementOf(t, "-csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for n, row := range rows {
		if row[0] == "" {
			t.Errorf("row %d has no account: %v", n, row)
		}
	}
	sum := map[string]decimal.Decimal{}
	unanswered := 0
	for _, row := range rows[1:] {
		amount, unit, note := row[9], row[10], row[11]
		if amount == "" {
			unanswered++
			if note == "" {
				t.Errorf("%v has neither an amount nor a reason", row)
			}
			continue
		}
		sum[unit] = sum[unit].Add(decimal.RequireFromString(amount))
	}
	if sum["kWh"].String() != "428.575" || sum["m³"].String() != "9.9" || unanswered != 4 {
		t.Errorf("got %s kWh, %s m³ and %d lines without an amount; want 428.575, 9.9 and 4", sum["kWh"], sum["m³"], unanswered)
	}
}

func TestAMonthWithoutRecordsIsNotZero(t *testing.T) {
	got := statementOf(t, "-month", "2026-12")
	if strings.Contains(got, "0.0") || strings.Count(got, "no records of that month") != 8 {
		t.Errorf("got\n%s", got)
	}
}

func TestMonths(t *testing.T) {
	now := time.Date(2026, time.January, 15, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		text, want string
		fails      bool
	}{
		{text: "", want: "2025-12-01 2026-01-01"},
		{text: "2026-02", want: "2026-02-01 2026-03-01"},
		{text: "February", fails: true},
	} {
		w, err := monthOf(tt.text, now)
		if (err != nil) != tt.fails {
			t.Errorf("%q: %v", tt.text, err)
		}
		if got := w.From.Format(time.DateOnly) + " " + w.Until.Format(time.DateOnly); err == nil && got != tt.want {
			t.Errorf("%q is %s, want %s", tt.text, got, tt.want)
		}
	}
}

// An account that does not answer is said, and the program fails; the others' lines still come.
func TestWhatDoesNotAnswerIsSaid(t *testing.T) {
	s := dingdingtest.NewServer()
	defer s.Close()
	meter := s.AddMeter("502", dingdingtest.ZigbeeMeter)
	s.Consume(meter, "1.5")
	env := func(name string) string {
		return map[string]string{"DINGDING_CLIENT_ID": s.ClientID, "DINGDING_CLIENT_SECRET": s.ClientSecret, "DINGDING_BASE_URL": s.URL}[name]
	}
	month := s.Clock().Now().UTC().Format("2006-01")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-month", month, "-zone", "UTC"}, &out, io.Discard, env); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "502") {
		t.Errorf("with credentials in the environment:\n%s", &out)
	}
	s.Fail("*", dingdingtest.Status(http.StatusForbidden).Always())
	out.Reset()
	err := run(t.Context(), nil, &out, io.Discard, env)
	if err == nil || !strings.Contains(out.String(), "dingding: ") {
		t.Errorf("got %v and\n%s", err, &out)
	}
}

func TestWidthCountsColumnsOfATerminal(t *testing.T) {
	for text, want := range map[string]int{"": 0, "A1": 2, "阳光 7 号": 9, "（北）": 6} {
		if got := width(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

func TestTotalsAreExact(t *testing.T) {
	b := &bill{}
	for range 10 {
		b.lines = append(b.lines, line{used: lock.Consumption{Amount: decimal.RequireFromString("0.1"), Unit: lock.KilowattHour}})
	}
	if got := b.total(lock.KilowattHour).String(); got != "1" {
		t.Errorf("ten times 0.1 is %s", got)
	}
	if got := fmt.Sprint(b.units()); got != "[kWh]" {
		t.Errorf("the units are %s", got)
	}
}
