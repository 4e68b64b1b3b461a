package main

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEveryDoorGetsItsCode(t *testing.T) {
	const locks, stop = 400, 160 // a thousand take the race detector two minutes
	var out strings.Builder
	got, err := run(t.Context(), &out, false, locks, stop)
	if err != nil {
		t.Fatalf("got %v\n%s", err, out.String())
	}
	t.Logf("%s", out.String())
	if got.offline == 0 || got.open != locks-got.offline || got.made != locks-got.offline {
		t.Errorf("got %d doors that open and %d passwords, want %d of each: none missing, none twice", got.open, got.made, locks-got.offline)
	}
	if p := got.first; p.Untouched == 0 || p.Done < stop/2 || p.Unknown != 0 || p.Ended() != locks {
		t.Errorf("the first run: got %+v, want it stopped cleanly", p)
	}
	want := lock.Progress{Total: locks, Skipped: got.first.Done, Done: locks - got.offline - got.first.Done, Failed: got.offline}
	if got.second != want {
		t.Errorf("the second run: got %+v, want %+v", got.second, want)
	}
	for _, line := range []string{"first run", " 40%", "second run", "100%", "dingding", "yeeuu", "aliyunlock", "offline"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("the output does not say %q:\n%s", line, out.String())
		}
	}
}

func TestInATerminalItDrawsABar(t *testing.T) {
	var out strings.Builder
	got, err := run(t.Context(), &out, true, 60, 0)
	if err != nil || got.second.Done != 60-got.offline {
		t.Fatalf("got %+v and %v, want all doors done that are online", got.second, err)
	}
	if !strings.Contains(out.String(), "\r") || !strings.Contains(out.String(), "60/60") {
		t.Errorf("got %q, want a bar that was drawn anew until its end", out.String())
	}
}
