package yeeuu_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/yeeuu"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

// wordsOnly is why an unknown id is not ErrNotFound.
const wordsOnly = "the vendor refuses in words, of which only those about the token are documented"

// upserts is why an unknown flat is no error.
const upserts = "a synchronise adds what it does not know"

func TestConformance(t *testing.T) {
	for name, opts := range map[string][]yeeuutest.Option{
		"newest first": nil,
		"oldest first": {yeeuutest.WithOldestFirst()},
		"blanking":     {yeeuutest.WithBlanking()},
	} {
		t.Run(name, func(t *testing.T) {
			locktest.Run(t, func(t *testing.T) locktest.World { return conformanceWorld(t, opts) })
		})
	}
}

func conformanceWorld(t *testing.T, opts []yeeuutest.Option) locktest.World {
	s := yeeuutest.NewServer(opts...)
	t.Cleanup(s.Close)
	front := s.AddLock("2501")
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	log, gate := new(locktest.Log), locktest.NewGate(transport)
	client := func() lock.Provider {
		return s.Client(
			yeeuu.WithWatch(front), lock.WithWatchInterval(20*time.Millisecond), lock.WithHTTPClient(&http.Client{Transport: gate}),
			lock.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		)
	}
	now := func() time.Time { return s.Clock().Now() }
	flats := 0
	return locktest.World{
		Provider: client(),
		Home:     s.Home(front),
		Lock:     front,
		Missing: locktest.IDs{
			Home: "x9999", Lock: yeeuu.Door{Code: "x9999", Type: yeeuu.Main}.ID(),
			Key: yeeuu.KeyID(lock.NewSecret("13000000000")), Password: yeeuu.PasswordID(lock.NewSecret("13000000000")),
		},
		Operator: lock.Person{Name: "Landlord", Phone: lock.NewSecret("13900139028")},
		HomeSpec: func() lock.HomeSpec {
			flats++
			return lock.HomeSpec{ID: lock.HomeID(fmt.Sprintf("f%d", flats)), Name: fmt.Sprintf("%d", 2600+flats), Block: "西环里小区", City: "1"}
		},
		RoomSpec: func() lock.RoomSpec {
			flats++
			return lock.RoomSpec{ID: lock.RoomID(fmt.Sprintf("%d号", flats)), Name: fmt.Sprintf("%d号", flats)}
		},
		Again:     client,
		Calls:     func() int { return len(s.Requests()) },
		Settle:    s.Settle,
		Advance:   s.Advance,
		Now:       now,
		EnterCode: func(id lock.DeviceID, code lock.Secret) bool { return s.EnterCode(id, code.Reveal()) },
		Opened:    func(id lock.DeviceID) int { return len(s.Openings(id)) },
		Fill: func(op lock.Op) int {
			if op != lock.ListEvents {
				return 0
			}
			const n = 120 // more than two pages, in pairs that are alike
			for i := range n {
				s.AddOpenings(front, yeeuutest.Opening{
					At: now().Add(time.Duration(i/2-n) * time.Minute), By: yeeuutest.ByWeChat, Opener: "15111101441",
				})
			}
			return n
		},
		Stall:   gate.Stall,
		Output:  log.String,
		Secrets: []lock.Secret{lock.NewSecret(s.Secret), lock.NewSecret(s.DeviceKey), lock.NewSecret("15111101441")},
		Except: map[string]string{
			"homes.update/an unknown id is ErrNotFound":           upserts,
			"homes.rooms.add/an unknown id is ErrNotFound":        upserts,
			"locks.open/an unknown id is ErrNotFound":             wordsOnly,
			"keys.grant/an unknown id is ErrNotFound":             wordsOnly,
			"keys.revoke/an unknown id is ErrNotFound":            wordsOnly,
			"passwords.delete/an unknown id is ErrNotFound":       wordsOnly,
			"passwords.delete/deleting it again is ErrNotFound":   wordsOnly,
			"passwords.create/an unknown id is ErrNotFound":       wordsOnly,
			"passwords.create.timed/an unknown id is ErrNotFound": wordsOnly,
			"events.history/an unknown id is ErrNotFound":         wordsOnly,
		},
	}
}
