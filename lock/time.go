package lock

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Window is the time in which something holds: from From, up to but not including Until.
// A zero From means from now on (or, in a query, from the beginning); a zero Until means for good
// (or up to now). Vendors keep whole seconds or minutes; a bound is never moved so that the
// window grows.
type Window struct {
	From  time.Time
	Until time.Time
}

// Forever reports whether the window has no end.
func (w Window) Forever() bool { return w.Until.IsZero() }

// Contains reports whether t lies in the window.
func (w Window) Contains(t time.Time) bool {
	return !t.Before(w.From) && (w.Forever() || t.Before(w.Until))
}

// Validate reports a window that ends before it begins.
func (w Window) Validate() error {
	if !w.Forever() && !w.From.IsZero() && !w.From.Before(w.Until) {
		return fmt.Errorf("the window ends (%s) before or when it begins (%s)",
			w.Until.Format(time.RFC3339), w.From.Format(time.RFC3339))
	}
	return nil
}

// String shows the window in the zone its times carry.
func (w Window) String() string {
	from, until := "now", "for good"
	if !w.From.IsZero() {
		from = w.From.Format(time.RFC3339)
	}
	if !w.Forever() {
		until = w.Until.Format(time.RFC3339)
	}
	return from + " to " + until
}

// Weekdays is a set of days of the week. The zero set has none.
type Weekdays uint8

// On builds a set of days.
func On(days ...time.Weekday) Weekdays {
	var w Weekdays
	for _, d := range days {
		w |= 1 << d
	}
	return w
}

// EveryDay is the whole week.
const EveryDay Weekdays = 1<<7 - 1

// Has reports whether d is in the set.
func (w Weekdays) Has(d time.Weekday) bool { return w&(1<<d) != 0 }

// String lists the days, Monday first.
func (w Weekdays) String() string {
	var names []string
	for i := range 7 {
		if d := time.Weekday((i + 1) % 7); w.Has(d) {
			names = append(names, d.String()[:3])
		}
	}
	return strings.Join(names, " ")
}

// TimeOfDay is a time on the clock as minutes since midnight, 0 to 1440 (the day's end).
type TimeOfDay int

// At builds a time of day: At(7, 30).
func At(hour, minute int) TimeOfDay { return TimeOfDay(hour*60 + minute) }

// String shows the time as 07:30.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// Schedule is a weekly rhythm inside a window: on these days, from From up to but not including
// Until, by the clock of Location. The days are those on which a slot begins.
type Schedule struct {
	Days     Weekdays
	From     TimeOfDay
	Until    TimeOfDay      // after From; a slot does not cross midnight
	Location *time.Location // where the door is; required
}

// Validate reports a schedule that would never or always hold, or that lacks its time zone.
func (s Schedule) Validate() error {
	switch {
	case s.Days == 0 || s.Days > EveryDay:
		return errors.New("a schedule needs at least one day of the week")
	case s.From < 0 || s.Until > 24*60 || s.From >= s.Until:
		return fmt.Errorf("a schedule's hours must lie within 00:00 and 24:00 and end after they begin, not %s to %s", s.From, s.Until)
	case s.Location == nil:
		return errors.New("a schedule needs the time zone of the door (Location)")
	}
	return nil
}

// Contains reports whether t lies in one of the schedule's slots.
func (s Schedule) Contains(t time.Time) bool {
	if s.Location != nil {
		t = t.In(s.Location)
	}
	minute := At(t.Hour(), t.Minute())
	return s.Days.Has(t.Weekday()) && s.From <= minute && minute < s.Until
}

// String shows the schedule: "Mon Tue 07:30-18:00 Asia/Shanghai".
func (s Schedule) String() string {
	zone := "?"
	if s.Location != nil {
		zone = s.Location.String()
	}
	return fmt.Sprintf("%s %s-%s %s", s.Days, s.From, s.Until, zone)
}
