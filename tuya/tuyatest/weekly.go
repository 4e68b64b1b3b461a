package tuyatest

import (
	"slices"
	"time"
)

// weekly is hours of some days of the week, in a zone.
type weekly struct {
	start, end int64 // minutes of the day
	days       int64 // 1 Sunday, 2 Monday … 64 Saturday
	allDay     bool
	zone       *time.Location
}

func (w weekly) holds(at time.Time) bool {
	at = at.In(w.zone)
	minute := int64(at.Hour()*60 + at.Minute())
	return w.days&(1<<at.Weekday()) != 0 && (w.allDay || w.start <= minute && minute < w.end)
}

func (w weekly) valid() bool {
	return w.days > 0 && w.days < 128 && (w.allDay || w.start >= 0 && w.start < w.end && w.end <= 1440)
}

// anyHolds reports whether a schedule holds; an empty one always does.
func anyHolds(list []weekly, at time.Time) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(w weekly) bool { return w.holds(at) })
}

// zone reads a time zone, by name or as an offset such as +08:00; "" is that of the locks.
func zone(name string) (*time.Location, error) {
	switch name {
	case "", "Asia/Shanghai": // also on a machine without time zones
		return time.FixedZone("Asia/Shanghai", 8*60*60), nil
	case "Local": // of this machine, and not of the vendor's
		return nil, refuse(illegalParameter, "no such time zone")
	}
	if at, err := time.Parse("-07:00", name); err == nil {
		return at.Location(), nil
	}
	if found, err := time.LoadLocation(name); err == nil {
		return found, nil
	}
	return nil, refuse(illegalParameter, "no such time zone")
}
