package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"
)

// table prints aligned columns.
func (b *bill) table(w io.Writer) error {
	where := b.month.From.Location()
	places := int32(0)
	for _, l := range b.lines {
		places = max(places, -l.used.Amount.Exponent())
	}
	amount := func(d decimal.Decimal) string { return d.StringFixed(places) } // as many as the most exact has: nothing is rounded
	rows := [][]string{{"home", "room", "meter", "used", "", "counted from", "to"}}
	for _, l := range b.lines {
		row := []string{l.home, l.room, string(l.meter.Kind), "-", "", l.note, ""}
		if l.answered() {
			row[3], row[4] = amount(l.used.Amount), string(l.used.Unit)
			row[5], row[6] = minute(l.used.Covered.From.In(where)), minute(l.used.Covered.Until.In(where))
		}
		rows = append(rows, row)
	}
	for _, u := range b.units() {
		rows = append(rows, []string{"total", "", "", amount(b.total(u)), string(u), "", ""})
	}
	var out strings.Builder
	fmt.Fprintf(&out, "Consumption in %s\n\n", b.month.From.Format("January 2006"))
	const number = 3 // the column that stands to the right
	wide := widths(rows)
	for _, row := range rows {
		var text strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", max(0, wide[i]-width(cell)))
			if i == number {
				cell, gap = gap+cell, ""
			}
			text.WriteString(cell + gap + "  ")
		}
		out.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	for i, n := range b.notes {
		if i == 0 {
			out.WriteString("\nNot in here:\n")
		}
		out.WriteString("  " + n.text + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// minute is a time as people read it; exact times are in the CSV.
func minute(t time.Time) string { return t.Format("2006-01-02 15:04") }

// widths are those of the columns. A text with nothing behind it stands free.
func widths(rows [][]string) []int {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			if strings.Join(row[i+1:], "") != "" {
				wide[i] = max(wide[i], width(cell))
			}
		}
	}
	return wide
}

// width is how many columns of a terminal a text takes: Chinese characters take two.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r >= 0xFF01 && r <= 0xFF60 || r >= 0x3000 && r <= 0x303F {
			n++
		}
	}
	return n
}

// csv prints a line for each meter and one for each account that could not be asked.
func (b *bill) csv(w io.Writer) error {
	where := b.month.From.Location()
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(where).Format(time.RFC3339)
	}
	out := csv.NewWriter(w)
	rows := [][]string{{"account", "home", "room", "meter", "kind", "from", "until", "covered_from", "covered_until", "amount", "unit", "note"}}
	for _, l := range b.lines {
		row := []string{
			l.account, l.home, l.room, string(l.meter.ID), string(l.meter.Kind), stamp(b.month.From), stamp(b.month.Until),
			stamp(l.used.Covered.From), stamp(l.used.Covered.Until), "", "", l.note,
		}
		if l.answered() {
			row[9], row[10] = l.used.Amount.String(), string(l.used.Unit)
		}
		rows = append(rows, row)
	}
	for _, n := range b.notes {
		row := make([]string, len(rows[0]))
		row[0], row[5], row[6], row[11] = n.account, stamp(b.month.From), stamp(b.month.Until), n.text
		rows = append(rows, row)
	}
	return out.WriteAll(rows)
}
