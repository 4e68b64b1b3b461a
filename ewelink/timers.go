package ewelink

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// TimerType says when a timer runs. The device knows the first three, the apps all four.
type TimerType string

// The types.
const (
	TimerOnce     TimerType = "once"
	TimerRepeat   TimerType = "repeat"
	TimerDuration TimerType = "duration" // in a loop
	TimerDelay    TimerType = "delay"    // once, a while from now
)

// String returns the vendor's word.
func (t TimerType) String() string { return string(t) }

// Timer is something a device does by itself at a time: an entry of its param timers. Build one with
// OnceTimer, DelayTimer, RepeatTimer, LoopTimer or AlternatingTimer. What an app has written into a
// timer besides stays in it.
type Timer struct {
	Enabled int             `json:"enabled"`            // 1 = yes
	ID      string          `json:"mId"`                // a UUID, chosen by whoever made the timer
	Type    TimerType       `json:"type"`               // for the device
	AppType TimerType       `json:"coolkit_timer_type"` // for the apps
	At      string          `json:"at"`                 // in UTC; how it is written depends on Type
	Do      json.RawMessage `json:"do,omitempty"`       // the params to set
	StartDo json.RawMessage `json:"startDo,omitempty"`  // of a loop between two states
	EndDo   json.RawMessage `json:"endDo,omitempty"`
	Period  string          `json:"period,omitempty"` // minutes, of a delay
	raw     []byte
}

// timerFields is a Timer without its methods.
type timerFields Timer

// UnmarshalJSON reads a timer and keeps all of it.
func (t *Timer) UnmarshalJSON(data []byte) error {
	data = bytes.Clone(data) // the decoder's own
	var fields timerFields
	if err := wire.Unmarshal(data, &fields); err != nil {
		return err
	}
	*t = Timer(fields)
	t.raw = data
	return nil
}

// MarshalJSON writes the fields, and what came with them when the timer was read.
func (t Timer) MarshalJSON() ([]byte, error) {
	own, err := wire.Marshal(timerFields(t))
	if err != nil || t.raw == nil {
		return own, err
	}
	fields, err := wire.Members(nil, own)
	if err != nil {
		return nil, err
	}
	came, err := wire.Members(nil, t.raw)
	if err != nil {
		return nil, err
	}
	for _, m := range came {
		if !slices.Contains(timerNames, m.Name) {
			fields = append(fields, m)
		}
	}
	out := []byte("{")
	for i, m := range fields {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := wire.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), m.Value...)
	}
	return append(out, '}'), nil
}

var timerNames = []string{"enabled", "mId", "type", "coolkit_timer_type", "at", "do", "startDo", "endDo", "period"}

// SetTimers are the params that give a device its timers, for Socket.Update and SetStatus. The list is
// always the whole one: a timer that is not in it is deleted. So read it first (Timers), change it,
// and send it.
type SetTimers struct {
	Timers []Timer `json:"timers"`
}

// Timers returns the timers among the params of a device.
func (p Params) Timers() ([]Timer, error) {
	value := p.member("timers")
	if value == nil {
		return nil, nil
	}
	var list wire.List[Timer]
	if err := wire.Unmarshal(value, &list); err != nil {
		return nil, err
	}
	return list, nil
}

// timerInstant is how a timer writes an instant.
const timerInstant = "2006-01-02T15:04:05.000Z"

// OnceTimer sets params once, at an instant: OnceTimer(at, map[string]string{"switch": "on"}).
func OnceTimer(at time.Time, do any) (Timer, error) {
	if at.IsZero() {
		return Timer{}, errors.New("a timer needs an instant")
	}
	return newTimer(TimerOnce, TimerOnce, at.UTC().Format(timerInstant), action{"do", do})
}

// DelayTimer sets params once, whole minutes after now. To the device it is a OnceTimer; the apps
// show how long it takes.
func DelayTimer(now time.Time, delay time.Duration, do any) (Timer, error) {
	minutes, err := wholeMinutes("the delay", delay)
	if err != nil {
		return Timer{}, err
	}
	t, err := newTimer(TimerOnce, TimerDelay, now.Add(delay).UTC().Format(timerInstant), action{"do", do})
	t.Period = minutes
	return t, err
}

// RepeatTimer sets params on days of the week, at the time of day that first has, to the minute. Days
// and time are those of first's zone, which must not change its clocks: the device counts in UTC, and
// would be an hour off for half of the year.
func RepeatTimer(first time.Time, days lock.Weekdays, do any) (Timer, error) {
	if days&lock.EveryDay == 0 {
		return Timer{}, errors.New("a repeating timer needs a day")
	}
	if _, end := first.ZoneBounds(); !end.IsZero() {
		return Timer{}, fmt.Errorf("the zone %s changes its clocks, which a device cannot know", first.Location())
	}
	utc := first.UTC()
	shift := int(utc.Weekday()) - int(first.Weekday()) // the day may be another one there
	var on []string
	for day := range 7 {
		if days.Has(time.Weekday((day - shift + 7) % 7)) {
			on = append(on, strconv.Itoa(day))
		}
	}
	return newTimer(TimerRepeat, TimerRepeat, fmt.Sprintf("%d %d * * %s", utc.Minute(), utc.Hour(), strings.Join(on, ",")), action{"do", do})
}

// LoopTimer sets params again and again, from an instant on, every so many whole minutes.
func LoopTimer(from time.Time, every time.Duration, do any) (Timer, error) {
	minutes, err := wholeMinutes("the cycle", every)
	if err != nil {
		return Timer{}, err
	}
	return newTimer(TimerDuration, TimerDuration, from.UTC().Format(timerInstant)+" "+minutes, action{"do", do})
}

// AlternatingTimer sets start's params in a loop, every so many whole minutes, and end's a time after
// each: {"switch": "on"} every 10 minutes, {"switch": "off"} 5 minutes later.
func AlternatingTimer(from time.Time, every, after time.Duration, start, end any) (Timer, error) {
	cycle, err := wholeMinutes("the cycle", every)
	if err != nil {
		return Timer{}, err
	}
	second, err := wholeMinutes("the time between", after)
	if err != nil {
		return Timer{}, err
	}
	if after >= every {
		return Timer{}, fmt.Errorf("the time between (%s) must be shorter than the cycle (%s)", after, every)
	}
	return newTimer(TimerDuration, TimerDuration, from.UTC().Format(timerInstant)+" "+cycle+" "+second,
		action{"startDo", start}, action{"endDo", end})
}

func wholeMinutes(what string, d time.Duration) (string, error) {
	if d < time.Minute || d%time.Minute != 0 {
		return "", fmt.Errorf("%s has to be whole minutes, 1 at least, and is %s", what, d)
	}
	return strconv.Itoa(int(d / time.Minute)), nil
}

// action is what a timer does.
type action struct {
	name   string
	params any
}

func newTimer(device, app TimerType, at string, actions ...action) (Timer, error) {
	t := Timer{Enabled: 1, ID: uuid(), Type: device, AppType: app, At: at}
	for _, a := range actions {
		encoded, err := wire.Marshal(a.params)
		if err != nil {
			return Timer{}, err
		}
		if encoded[0] != '{' {
			return Timer{}, fmt.Errorf("%s of a timer has to be an object of params", a.name)
		}
		switch a.name {
		case "startDo":
			t.StartDo = encoded
		case "endDo":
			t.EndDo = encoded
		default:
			t.Do = encoded
		}
	}
	return t, nil
}

// uuid returns a random UUID, version 4.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
