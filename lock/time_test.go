package lock_test

import (
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestWindow(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	one := noon.Add(time.Hour)
	for _, c := range []struct {
		name    string
		window  lock.Window
		forever bool
		valid   bool
		holds   map[time.Time]bool
		text    string
	}{
		{
			name: "it holds its beginning and not its end", window: lock.Window{From: noon, Until: one}, valid: true,
			holds: map[time.Time]bool{noon.Add(-1): false, noon: true, one.Add(-1): true, one: false, one.Add(1): false},
			text:  "2026-03-02T12:00:00Z to 2026-03-02T13:00:00Z",
		},
		{
			name: "without a beginning it holds all before its end", window: lock.Window{Until: one}, valid: true,
			holds: map[time.Time]bool{{}: true, noon: true, one: false}, text: "now to 2026-03-02T13:00:00Z",
		},
		{
			name: "without an end it holds for good", window: lock.Window{From: noon}, forever: true, valid: true,
			holds: map[time.Time]bool{noon.Add(-1): false, noon: true, noon.AddDate(1000, 0, 0): true}, text: "2026-03-02T12:00:00Z to for good",
		},
		{
			name: "the zero window holds always", forever: true, valid: true,
			holds: map[time.Time]bool{{}: true, noon: true}, text: "now to for good",
		},
		{
			name: "it compares instants, not zones", window: lock.Window{From: noon, Until: one}, valid: true,
			holds: map[time.Time]bool{noon.In(time.FixedZone("", 8*3600)): true, one.In(time.FixedZone("", -5*3600)): false},
			text:  "2026-03-02T12:00:00Z to 2026-03-02T13:00:00Z",
		},
		{name: "one that ends when it begins is not valid", window: lock.Window{From: noon, Until: noon}, holds: map[time.Time]bool{noon: false}, text: "2026-03-02T12:00:00Z to 2026-03-02T12:00:00Z"},
		{name: "one that ends before it begins is not valid", window: lock.Window{From: one, Until: noon}, holds: map[time.Time]bool{noon: false, one: false}, text: "2026-03-02T13:00:00Z to 2026-03-02T12:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.window.Forever(); got != c.forever {
				t.Errorf("Forever: got %t, want %t", got, c.forever)
			}
			if err := c.window.Validate(); (err == nil) != c.valid {
				t.Errorf("Validate: got %v, want valid %t", err, c.valid)
			}
			for at, want := range c.holds {
				if got := c.window.Contains(at); got != want {
					t.Errorf("Contains(%s): got %t, want %t", at, got, want)
				}
			}
			if got := c.window.String(); got != c.text {
				t.Errorf("String: got %q, want %q", got, c.text)
			}
		})
	}
}

func TestWeekdays(t *testing.T) {
	week := []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}
	for _, c := range []struct {
		name string
		days lock.Weekdays
		has  []time.Weekday
		text string
	}{
		{"none", 0, nil, ""},
		{"one", lock.On(time.Wednesday), []time.Weekday{time.Wednesday}, "Wed"},
		{"the week begins on Monday", lock.On(time.Sunday, time.Monday), []time.Weekday{time.Sunday, time.Monday}, "Mon Sun"},
		{"a day twice is one", lock.On(time.Friday, time.Friday), []time.Weekday{time.Friday}, "Fri"},
		{"all", lock.EveryDay, week, "Mon Tue Wed Thu Fri Sat Sun"},
		{"all, one by one", lock.On(week...), week, "Mon Tue Wed Thu Fri Sat Sun"},
	} {
		t.Run(c.name, func(t *testing.T) {
			has := make(map[time.Weekday]bool)
			for _, d := range c.has {
				has[d] = true
			}
			for _, d := range week {
				if got := c.days.Has(d); got != has[d] {
					t.Errorf("Has(%s): got %t, want %t", d, got, has[d])
				}
			}
			if got := c.days.String(); got != c.text {
				t.Errorf("String: got %q, want %q", got, c.text)
			}
		})
	}
}

func TestTimeOfDay(t *testing.T) {
	for at, want := range map[lock.TimeOfDay]string{
		lock.At(0, 0): "00:00", lock.At(7, 30): "07:30", lock.At(23, 59): "23:59", lock.At(24, 0): "24:00",
	} {
		if got := at.String(); got != want {
			t.Errorf("%d minutes: got %q, want %q", at, got, want)
		}
	}
	if lock.At(24, 0) != 1440 {
		t.Errorf("At(24, 0): got %d, want 1440", lock.At(24, 0))
	}
}

func TestSchedule(t *testing.T) {
	beijing := time.FixedZone("Asia/Shanghai", 8*60*60)
	s := lock.Schedule{Days: lock.On(time.Monday, time.Saturday), From: lock.At(7, 30), Until: lock.At(18, 0), Location: beijing}
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, beijing)
	for _, c := range []struct {
		name string
		at   time.Time
		want bool
	}{
		{"a minute before its hours", monday.Add(7*time.Hour + 29*time.Minute + 59*time.Second), false},
		{"when its hours begin", monday.Add(7*time.Hour + 30*time.Minute), true},
		{"in the last second of its hours", monday.Add(18*time.Hour - time.Second), true},
		{"when its hours end", monday.Add(18 * time.Hour), false},
		{"the same hour of another day", monday.Add(24*time.Hour + 12*time.Hour), false},
		{"an instant told in another zone", monday.Add(8 * time.Hour).UTC(), true},
		{"noon in London is evening in Beijing", time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), false},
		{"Sunday evening in New York is Monday morning in Beijing", time.Date(2026, 3, 1, 19, 0, 0, 0, time.FixedZone("EST", -5*60*60)), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := s.Contains(c.at); got != c.want {
				t.Errorf("Contains(%s): got %t, want %t", c.at, got, c.want)
			}
		})
	}
	if got, want := s.String(), "Mon Sat 07:30-18:00 Asia/Shanghai"; got != want {
		t.Errorf("String: got %q, want %q", got, want)
	}
	whole := lock.Schedule{Days: lock.On(time.Monday), Until: lock.At(24, 0), Location: beijing}
	if !whole.Contains(monday) || !whole.Contains(monday.Add(24*time.Hour-1)) || whole.Contains(monday.Add(24*time.Hour)) {
		t.Errorf("a whole day: got its bounds wrong, want 00:00 to 24:00")
	}
}

func TestScheduleValidate(t *testing.T) {
	good := lock.Schedule{Days: lock.EveryDay, From: lock.At(8, 0), Until: lock.At(9, 0), Location: time.UTC}
	for _, c := range []struct {
		name  string
		spoil func(*lock.Schedule)
		want  bool
	}{
		{"a slot a day", func(*lock.Schedule) {}, true},
		{"the whole day", func(s *lock.Schedule) { s.From, s.Until = 0, lock.At(24, 0) }, true},
		{"no day", func(s *lock.Schedule) { s.Days = 0 }, false},
		{"an eighth day", func(s *lock.Schedule) { s.Days = 1 << 7 }, false},
		{"before midnight", func(s *lock.Schedule) { s.From = -1 }, false},
		{"after midnight", func(s *lock.Schedule) { s.Until = 24*60 + 1 }, false},
		{"across midnight", func(s *lock.Schedule) { s.From, s.Until = lock.At(22, 0), lock.At(6, 0) }, false},
		{"no time at all", func(s *lock.Schedule) { s.Until = s.From }, false},
		{"nowhere", func(s *lock.Schedule) { s.Location = nil }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := good
			c.spoil(&s)
			if err := s.Validate(); (err == nil) != c.want {
				t.Errorf("got %v, want valid %t", err, c.want)
			}
		})
	}
	lost := good
	lost.Location = nil
	if got, want := lost.String(), "Mon Tue Wed Thu Fri Sat Sun 08:00-09:00 ?"; got != want {
		t.Errorf("String without a zone: got %q, want %q", got, want)
	}
}
