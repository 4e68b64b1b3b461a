package ewelink

import (
	"strconv"
	"time"
)

// The kinds of contact sensor (门磁), by uiid.
const (
	uiidContactWiFi    = 102 // switch; its battery is in volts
	uiidContactWiFiNew = 154 // switch
	uiidContactZigbee  = 3026
	uiidContactZigbeeP = 7003
)

// contact is what a contact sensor says.
type contact struct {
	open    *bool // nil = unknown
	battery *int  // percent; nil = unknown, or told in volts
	at      time.Time
}

// isContact reports whether devices of a kind tell whether a door stands open.
func isContact(uiid int) bool {
	switch uiid {
	case uiidContactWiFi, uiidContactWiFiNew, uiidContactZigbee, uiidContactZigbeeP:
		return true
	}
	return false
}

// readContact reads the params of a contact sensor. "lock" in them is the contact, not a lock.
func readContact(t *Thing) contact {
	p := t.ItemData.Params
	var c contact
	switch t.ItemData.Extra.UIID {
	case uiidContactWiFi, uiidContactWiFiNew:
		if on, known := onOff(p.member("switch")); known {
			c.open = &on
		}
	case uiidContactZigbee, uiidContactZigbeeP:
		if open, known := onOff(p.member("lock")); known {
			c.open = &open
		}
	default:
		return c
	}
	if t.ItemData.Extra.UIID != uiidContactWiFi {
		var percent int
		if p.Get("battery", &percent) && percent >= 0 && percent <= 100 {
			c.battery = &percent
		}
	}
	c.at = reportedAt(p)
	return c
}

// reportedAt is when a sensor last said something: milliseconds in a text, or a date.
func reportedAt(p Params) time.Time {
	var latest time.Time
	for _, name := range []string{"trigTime", "actionTime", "lastUpdateTime"} {
		var text string
		if !p.Get(name, &text) {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if ms, numeric := strconv.ParseInt(text, 10, 64); numeric == nil && ms > 0 {
			at, err = time.UnixMilli(ms).UTC(), nil
		}
		if err == nil && at.After(latest) {
			latest = at
		}
	}
	return latest
}
