package worlds

import (
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

// Yeeuu is the door of a flat.
func Yeeuu(t *testing.T, vendor ...yeeuutest.Option) locktest.World {
	t.Helper()
	s := yeeuutest.NewServer(vendor...)
	t.Cleanup(s.Close)
	front := s.AddLock("2501")
	w := around(t, s.Server, func(ours ...lock.Option) lock.Provider { return s.Client(append(ours, yeeuu.WithWatch(front))...) })

	next := counter()
	w.Home, w.Lock = s.Home(front), front
	w.Missing = locktest.IDs{
		Home: "x9999", Lock: yeeuu.Door{Code: "x9999", Type: yeeuu.Main}.ID(),
		Key: yeeuu.KeyID(lock.NewSecret("13000000000")), Password: yeeuu.PasswordID(lock.NewSecret("13000000000")),
	}
	w.Operator = lock.Person{Name: "Landlord", Phone: lock.NewSecret("13900139028")}
	w.HomeSpec = func() lock.HomeSpec {
		return lock.HomeSpec{ID: lock.HomeID(next("f%d")), Name: next("26%02d"), Block: "西环里小区", City: "1"}
	}
	w.RoomSpec = func() lock.RoomSpec {
		room := next("%d号")
		return lock.RoomSpec{ID: lock.RoomID(room), Name: room}
	}
	w.EnterCode = keypad(s.EnterCode)
	w.Opened = func(id lock.DeviceID) int { return len(s.Openings(id)) }
	w.Fill = func(op lock.Op) int {
		if op != lock.ListEvents {
			return 0
		}
		const n = 120 // more than two pages, in pairs that are alike
		for i := range n {
			s.AddOpenings(front, yeeuutest.Opening{
				At: s.Clock().Now().Add(time.Duration(i/2-n) * time.Minute), By: yeeuutest.ByWeChat, Opener: "15111101441",
			})
		}
		return n
	}
	w.Secrets = []lock.Secret{lock.NewSecret(s.Secret), lock.NewSecret(s.DeviceKey), lock.NewSecret("15111101441")}
	w.Except = map[string]string{
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
	}
	return w
}
