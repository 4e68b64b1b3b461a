package worlds

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// around is a world with what is the same around every simulator. connect makes a client of it with
// the options that are given.
func around(t *testing.T, s *sim.Server, connect func(ours ...lock.Option) lock.Provider) locktest.World {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	gate, out := locktest.NewGate(transport), new(locktest.Log)
	client := func() lock.Provider {
		return connect(
			lock.WithHTTPClient(&http.Client{Transport: gate}),
			lock.WithLogger(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))),
			lock.WithPolling(5*time.Millisecond, 20*time.Millisecond), lock.WithWatchInterval(20*time.Millisecond),
		)
	}
	return locktest.World{
		Provider: client(),
		Again:    client,
		Calls:    func() int { return len(s.Requests()) },
		Settle:   s.Settle,
		Advance:  s.Advance,
		Now:      s.Clock().Now,
		Stall:    gate.Stall,
		Output:   out.String,
	}
}

// keypad is a simulator's keypad as a world has it.
func keypad(enter func(lock.DeviceID, string) bool) func(lock.DeviceID, lock.Secret) bool {
	return func(id lock.DeviceID, code lock.Secret) bool { return enter(id, code.Reveal()) }
}

// counter returns what gives out another name at every call: format with the next number, from 1.
func counter() func(format string) string {
	var n atomic.Int64
	return func(format string) string { return fmt.Sprintf(format, n.Add(1)) }
}
