// Package redistest has the Redis servers that tests need: one in memory, also within a bubble of
// testing/synctest, and the real one that TEST_REDIS_ADDR names.
package redistest

import (
	"context"
	"crypto/rand"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
)

// Mini is a server in memory.
type Mini struct {
	*miniredis.Miniredis
}

// NewMini starts a server whose clock is that of the process, or of the bubble it is made in. It
// uses no sockets.
func NewMini(t testing.TB) *Mini {
	m := miniredis.NewMiniRedis()
	m.ClockTTL(true)
	t.Cleanup(m.Close)
	return &Mini{m}
}

// Still stops the server's clock at an instant; only Advance moves it from then on.
func (m *Mini) Still(at time.Time) (advance func(time.Duration)) {
	m.SetTime(at)
	return func(d time.Duration) {
		at = at.Add(d)
		m.SetTime(at)
	}
}

// Store returns a store on the server, which takes an empty one for new.
func (m *Mini) Store(t testing.TB) *redisstore.Store {
	return Open(t, redisstore.Options{
		Address: "mini", New: true, Timeout: 10 * time.Second, // under the race detector it is slow
		Dial: func(context.Context, string, string) (net.Conn, error) { return m.Dial() },
	})
}

// Open makes a store that is closed with the test.
func Open(t testing.TB, o redisstore.Options) *redisstore.Store {
	t.Helper()
	s, err := redisstore.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Address is where the real Redis server is that tests may use. Without one the test is skipped, or
// fails where CI is set.
func Address(t testing.TB) string {
	t.Helper()
	address := os.Getenv("TEST_REDIS_ADDR")
	switch {
	case address != "":
	case os.Getenv("CI") != "":
		t.Fatal("TEST_REDIS_ADDR names no Redis server, and CI is set")
	default:
		t.Skip("left out: TEST_REDIS_ADDR names no Redis server (its address, or the path of its socket)")
	}
	return address
}

// Real returns options for the real Redis server, with a namespace that nobody else uses.
func Real(t testing.TB) redisstore.Options {
	t.Helper()
	return redisstore.Options{Address: Address(t), Namespace: "test-" + rand.Text(), New: true, Timeout: 10 * time.Second}
}

// Empty removes what is kept under a namespace of the real server, as FLUSHALL would for all.
func Empty(t testing.TB, o redisstore.Options) {
	t.Helper()
	const script = `
local cursor = '0'
repeat
  local r = redis.call('SCAN', cursor, 'MATCH', ARGV[1] .. ':*', 'COUNT', 1000)
  cursor = r[1]
  for _, key in ipairs(r[2]) do redis.call('DEL', key) end
until cursor == '0'
return redis.status_reply('OK')`
	db := redis.NewClient(&redis.Options{Addr: o.Address})
	defer db.Close()
	if err := db.Eval(t.Context(), script, nil, o.Namespace).Err(); err != nil {
		t.Fatal(err)
	}
}

// ForgetScripts makes the real server forget the scripts it was told.
func ForgetScripts(t testing.TB, o redisstore.Options) {
	t.Helper()
	db := redis.NewClient(&redis.Options{Addr: o.Address})
	defer db.Close()
	if err := db.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
}

// Bubbles runs a test in bubbles of testing/synctest: on a store in memory, and on miniredis. replica
// gives each replica its own way to the same data.
func Bubbles(t *testing.T, test func(t *testing.T, replica func() lock.Store)) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := lock.NewMemoryStore(nil)
			test(t, func() lock.Store { return s })
		})
	})
	t.Run("miniredis", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := NewMini(t)
			test(t, func() lock.Store { return m.Store(t) })
		})
	})
}

// Stores runs a test on one store after the other: in memory, on miniredis, on the real server.
// replica gives each replica its own way to the same data.
func Stores(t *testing.T, test func(t *testing.T, replica func() lock.Store)) {
	t.Run("memory", func(t *testing.T) {
		s := lock.NewMemoryStore(nil)
		test(t, func() lock.Store { return s })
	})
	t.Run("miniredis", func(t *testing.T) {
		m := NewMini(t)
		test(t, func() lock.Store { return m.Store(t) })
	})
	t.Run("redis", func(t *testing.T) {
		o := Real(t)
		test(t, func() lock.Store { return Open(t, o) })
	})
}
