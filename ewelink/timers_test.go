package ewelink

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

var isUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestTimersAreWrittenAsTheDocumentDoes(t *testing.T) {
	on, off := map[string]string{"switch": "on"}, map[string]string{"switch": "off"}
	instant := time.Date(2017, 7, 24, 8, 28, 0, 0, time.UTC)
	shanghai := time.FixedZone("CST", 8*60*60)
	cases := map[string]struct {
		build func() (Timer, error)
		want  string // with the id taken out
	}{
		"once": {
			func() (Timer, error) { return OnceTimer(instant, on) },
			`{"enabled":1,"type":"once","coolkit_timer_type":"once","at":"2017-07-24T08:28:00.000Z","do":{"switch":"on"}}`,
		},
		"once, in a zone": {
			func() (Timer, error) { return OnceTimer(instant.In(shanghai), on) },
			`{"enabled":1,"type":"once","coolkit_timer_type":"once","at":"2017-07-24T08:28:00.000Z","do":{"switch":"on"}}`,
		},
		"after a delay": {
			func() (Timer, error) { return DelayTimer(instant, 30*time.Minute, on) },
			`{"enabled":1,"type":"once","coolkit_timer_type":"delay","at":"2017-07-24T08:58:00.000Z","do":{"switch":"on"},"period":"30"}`,
		},
		"on days": {
			func() (Timer, error) {
				return RepeatTimer(time.Date(2026, 1, 1, 8, 36, 0, 0, time.UTC), lock.On(time.Monday, time.Wednesday), on)
			},
			`{"enabled":1,"type":"repeat","coolkit_timer_type":"repeat","at":"36 8 * * 1,3","do":{"switch":"on"}}`,
		},
		"on days that begin earlier in the east": {
			func() (Timer, error) {
				return RepeatTimer(time.Date(2026, 1, 1, 7, 30, 0, 0, shanghai), lock.On(time.Monday, time.Sunday), on)
			},
			`{"enabled":1,"type":"repeat","coolkit_timer_type":"repeat","at":"30 23 * * 0,6","do":{"switch":"on"}}`,
		},
		"on days that end later in the west": {
			func() (Timer, error) {
				return RepeatTimer(time.Date(2026, 1, 3, 20, 0, 0, 0, time.FixedZone("", -5*60*60)), lock.On(time.Saturday), off)
			},
			`{"enabled":1,"type":"repeat","coolkit_timer_type":"repeat","at":"0 1 * * 0","do":{"switch":"off"}}`,
		},
		"every day": {
			func() (Timer, error) { return RepeatTimer(instant, lock.EveryDay, on) },
			`{"enabled":1,"type":"repeat","coolkit_timer_type":"repeat","at":"28 8 * * 0,1,2,3,4,5,6","do":{"switch":"on"}}`,
		},
		"in a loop": {
			func() (Timer, error) { return LoopTimer(instant, time.Hour, on) },
			`{"enabled":1,"type":"duration","coolkit_timer_type":"duration","at":"2017-07-24T08:28:00.000Z 60","do":{"switch":"on"}}`,
		},
		"between two states": {
			func() (Timer, error) {
				return AlternatingTimer(time.Date(2018, 11, 21, 10, 24, 0, 980e6, time.UTC), 10*time.Minute, 5*time.Minute, on, off)
			},
			`{"enabled":1,"type":"duration","coolkit_timer_type":"duration","at":"2018-11-21T10:24:00.980Z 10 5","startDo":{"switch":"on"},"endDo":{"switch":"off"}}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			timer, err := c.build()
			if err != nil {
				t.Fatal(err)
			}
			if !isUUID.MatchString(timer.ID) {
				t.Errorf("ID: got %q, want a UUID", timer.ID)
			}
			text, err := wire.Marshal(timer)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Replace(string(text), `"mId":"`+timer.ID+`",`, "", 1); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestTimersThatNoDeviceCanKeep(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("this machine knows no zones")
	}
	now, on := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC), map[string]string{"switch": "on"}
	cases := map[string]func() (Timer, error){
		"at no time":              func() (Timer, error) { return OnceTimer(time.Time{}, on) },
		"after no time":           func() (Timer, error) { return DelayTimer(now, 0, on) },
		"after seconds":           func() (Timer, error) { return DelayTimer(now, 90*time.Second, on) },
		"on no day":               func() (Timer, error) { return RepeatTimer(now, 0, on) },
		"where summer time is":    func() (Timer, error) { return RepeatTimer(now.In(newYork), lock.EveryDay, on) },
		"in a loop of seconds":    func() (Timer, error) { return LoopTimer(now, time.Second, on) },
		"longer than the loop":    func() (Timer, error) { return AlternatingTimer(now, time.Hour, time.Hour, on, on) },
		"between, but no time":    func() (Timer, error) { return AlternatingTimer(now, time.Hour, 0, on, on) },
		"in a loop of no time":    func() (Timer, error) { return AlternatingTimer(now, 0, time.Minute, on, on) },
		"that does nothing":       func() (Timer, error) { return OnceTimer(now, nil) },
		"that does a text":        func() (Timer, error) { return OnceTimer(now, "on") },
		"that cannot be encoded":  func() (Timer, error) { return OnceTimer(now, make(chan int)) },
		"that ends with nothing":  func() (Timer, error) { return AlternatingTimer(now, time.Hour, time.Minute, on, nil) },
		"that starts with a list": func() (Timer, error) { return AlternatingTimer(now, time.Hour, time.Minute, []int{1}, on) },
	}
	for name, build := range cases {
		t.Run(name, func(t *testing.T) {
			if timer, err := build(); err == nil {
				t.Errorf("got %+v, want an error", timer)
			}
		})
	}
}

func TestTimersOfOtherAppsKeepWhatIsInThem(t *testing.T) {
	const written = `{"timers":[{"enabled":1,"mId":"c102f00f-db6f-fef0-f296-9dd10fdc2193","type":"once","coolkit_timer_type":"once",` +
		`"at":"2017-07-24T08:28:00.000Z","do":{"switch":"on","brightness":70},"deviceTimer":{"sunrise":true},"big":9007199254740993}]}`
	var p Params
	if err := json.Unmarshal([]byte(written), &p); err != nil {
		t.Fatal(err)
	}
	timers, err := p.Timers()
	if err != nil || len(timers) != 1 {
		t.Fatalf("got %d timers and %v, want 1", len(timers), err)
	}
	again, err := wire.Marshal(SetTimers{timers})
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != written {
		t.Errorf("got  %s\nwant %s", again, written)
	}
	timers[0].Enabled, timers[0].Do = 0, nil
	again, err = wire.Marshal(SetTimers{timers})
	want := strings.NewReplacer(`"enabled":1`, `"enabled":0`, `"do":{"switch":"on","brightness":70},`, "").Replace(written)
	if err != nil || string(again) != want {
		t.Errorf("after a change:\ngot  %s\nwant %s (%v)", again, want, err)
	}
}

func TestTimersAmongParams(t *testing.T) {
	for params, want := range map[string]int{`{"switch":"on"}`: 0, `{"timers":null}`: 0, `{"timers":[]}`: 0, `{"timers":[{},{}]}`: 2, `{"timers":7}`: -1} {
		var p Params
		if err := json.Unmarshal([]byte(params), &p); err != nil {
			t.Fatal(err)
		}
		got, err := p.Timers()
		if (err != nil) != (want < 0) || err == nil && len(got) != want {
			t.Errorf("%s: got %d timers and %v, want %d", params, len(got), err, want)
		}
	}
}
