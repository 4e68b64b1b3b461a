package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDemonstration(t *testing.T) {
	const want = `watching five vendors
TIME  lock.unlocked           dingding:ID  by webhook, opened with pin
TIME  lock.unlocked           yeeuu:ID  by poll, opened with pin
TIME  lock.unlocked           aliyunlock:ID  by poll, opened with fingerprint
TIME  lock.doorbell           tuya:ID  by poll
TIME  lock.door_opened        ewelink:ID  by stream
TIME  device.tampered         dingding:ID  by webhook

nobody watches, and somebody comes home

watching again, from where we were
TIME  lock.unlocked           dingding:ID  by history, opened with pin
`
	var out bytes.Buffer
	if err := run(t.Context(), nil, &out, io.Discard, func(string) string { return "" }); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`).ReplaceAllString(out.String(), "TIME")
	got = regexp.MustCompile(`(\w+):\S+ *  by`).ReplaceAllString(got, "$1:ID  by")
	// Which of its ways an event takes first is a race that the vendor's callback mostly wins.
	got = strings.Replace(got, "device.tampered         dingding:ID  by history", "device.tampered         dingding:ID  by webhook", 1)
	got = strings.Replace(got, "dingding:ID  by history, opened with pin\nTIME  lock.unlocked           yeeuu", "dingding:ID  by webhook, opened with pin\nTIME  lock.unlocked           yeeuu", 1)
	got = regexp.MustCompile(`(yeeuu|tuya|aliyunlock):ID  by history`).ReplaceAllString(got, "$1:ID  by poll")
	got = strings.Replace(got, "ewelink:ID  by history", "ewelink:ID  by stream", 1)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestACursorSurvives(t *testing.T) {
	c := cursorFile(filepath.Join(t.TempDir(), "cursor"))
	none, err := c.load()
	if err != nil || !none.IsZero() {
		t.Errorf("without a file: %v, %v", none, err)
	}
	at := lock.CursorAt(time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC))
	if err := c.save(at); err != nil {
		t.Fatal(err)
	}
	if got, err := c.load(); err != nil || got.String() != at.String() {
		t.Errorf("got %v, %v, want %v", got, err, at)
	}
	if err := os.WriteFile(string(c), []byte("yesterday"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.load(); err == nil {
		t.Error("a file of something else was taken for a cursor")
	}
}

// What cannot be saved ends the loop: else it would be lost at the next start.
func TestWhatCannotBeSavedEndsTheLoop(t *testing.T) {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	full := errors.New("the disk is full")
	w := &watcher{
		follower: lock.NewFollower(s.Client(lock.WithWatchInterval(10*time.Millisecond)), lock.FollowOptions{Since: lock.CursorAt(time.Now().Add(-time.Minute))}),
		save:     func(lock.Cursor) error { return full },
		out:      io.Discard,
	}
	s.Tamper(door)
	if err := w.watch(t.Context(), func(lock.Event) bool { return true }); !errors.Is(err, full) {
		t.Errorf("got %v, want that", err)
	}
}

func TestEventsInWords(t *testing.T) {
	at := time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		e    lock.Event
		says []string
	}{
		{"a door", lock.Event{Kind: lock.EventLockUnlocked, Device: "a:1", OccurredAt: at, Method: lock.MethodPIN}, []string{"2026-11-01 12:00:00Z", "a:1", "pin"}},
		{"a battery", lock.Event{Kind: lock.EventDeviceBatteryLow, Data: lock.BatteryLevel{Percent: 7}}, []string{"unknown time", "7 %"}},
		{"a hole", lock.Event{Kind: lock.EventUnfilled, Data: lock.Unfilled{Window: lock.Window{From: at, Until: at.Add(time.Hour)}, Err: lock.ErrPlanRequired}}, []string{"nobody can say", "paid plan"}},
		{"an end", lock.Event{Kind: lock.EventAccountDisconnected, Data: lock.Failure{Err: lock.ErrUnauthenticated}}, []string{"unauthenticated"}},
	} {
		got := describe(tt.e)
		for _, word := range tt.says {
			if !strings.Contains(got, word) {
				t.Errorf("%s: %q lacks %q", tt.name, got, word)
			}
		}
	}
}

// With credentials it follows the real vendors: here, ones that cannot be reached.
func TestRealVendors(t *testing.T) {
	env := map[string]string{
		"DINGDING_CLIENT_ID": "id", "DINGDING_CLIENT_SECRET": "secret", "DINGDING_CALLBACK_URL": "https://hooks.example.com/dingding",
		"YEEUU_PARTNER_ID": "id", "YEEUU_SECRET": "secret", "YEEUU_LOCK": "x0001:1",
		"ALIYUNLOCK_APP_KEY": "key", "ALIYUNLOCK_APP_SECRET": "secret", "TUYA_CLIENT_ID": "id", "TUYA_CLIENT_SECRET": "secret",
		"EWELINK_APP_ID": "id", "EWELINK_APP_SECRET": "secret", "EWELINK_LOCK": "1000000001",
	}
	get := func(name string) string { return env[name] }
	if got := len(real(get)); got != 5 {
		t.Errorf("%d members, want five", got)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	args := []string{"-listen", "127.0.0.1:0", "-cursor", filepath.Join(t.TempDir(), "cursor")}
	if err := run(ctx, args, io.Discard, io.Discard, get); err != nil {
		t.Errorf("interrupted: %v", err)
	}
}
