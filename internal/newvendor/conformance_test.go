package newvendor_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/newvendor/newvendortest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// begin conformance

func TestConformance(t *testing.T) {
	locktest.Run(t, func(t *testing.T) locktest.World {
		s := newvendortest.NewServer()
		t.Cleanup(s.Close)
		door, fresh := s.AddLock("front door"), s.AddFreshLock("cellar")
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		gate, out := locktest.NewGate(transport), new(locktest.Log)
		client := func() lock.Provider {
			return s.Client(lock.WithHTTPClient(&http.Client{Transport: gate}), lock.WithWatchInterval(20*time.Millisecond),
				lock.WithLogger(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		}
		return locktest.World{
			Provider: client(), Lock: door, Fresh: fresh, Again: client,
			Calls: func() int { return len(s.Requests()) }, Settle: s.Settle, Advance: s.Advance, Now: s.Clock().Now,
			OpenDoor: func(id lock.DeviceID) { s.Open(id, "Li Na") }, Opened: s.Opened,
			Fill: func(op lock.Op) int {
				const many = 120
				for i := range many {
					switch op {
					case lock.ListLocks:
						s.AddLock(fmt.Sprintf("door %d", i))
					case lock.ListEvents:
						s.Report(door, "tampered", "")
					default:
						return 0
					}
				}
				return many
			},
			Stall: gate.Stall, Output: out.String, Secrets: []lock.Secret{lock.NewSecret(s.Secret)},
		}
	})
}

// end conformance
