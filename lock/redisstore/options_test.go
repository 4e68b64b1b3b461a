package redisstore_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
)

func TestOptionsThatAreWrong(t *testing.T) {
	for name, o := range map[string]redisstore.Options{
		"no address":             {},
		"two kinds of addresses": {Address: "a:1", Addresses: []string{"b:1"}},
		"a negative time-out":    {Address: "a:1", Timeout: -time.Second},
		"an URL that is none":    {Address: "redis://user:canary@host:port/db"},
		"another scheme":         {Address: "http://user:canary@host"},
	} {
		_, err := redisstore.New(o)
		if assert.Error(t, err, name) {
			assert.NotContains(t, err.Error(), "canary", name)
		}
	}
}

func TestAddresses(t *testing.T) {
	m := redistest.NewMini(t)
	require.NoError(t, m.Start())
	m.RequireUserAuth("user", "word")
	secret := lock.NewSecret("word")
	for name, o := range map[string]redisstore.Options{
		"host and port": {Address: m.Addr(), Username: "user", Password: secret},
		"an URL":        {Address: "redis://user:word@" + m.Addr() + "/0"},
		"both":          {Address: "redis://" + m.Addr(), Username: "user", Password: secret},
		"one of a list": {Addresses: []string{m.Addr()}, Username: "user", Password: secret},
		"RESP3":         {Address: m.Addr(), Username: "user", Password: secret, RESP3: true},
	} {
		t.Run(name, func(t *testing.T) {
			o.Timeout = 5 * time.Second
			s := redistest.Open(t, o)
			require.NoError(t, s.Check(t.Context()))
			term, err := s.Campaign(t.Context(), name, "me", time.Minute)
			require.NoError(t, err)
			assert.True(t, term.Mine)
		})
	}
}

func TestNamespacesKeepApart(t *testing.T) {
	m := redistest.NewMini(t)
	require.NoError(t, m.Start())
	for _, namespace := range []string{"", "a", "b"} {
		s := redistest.Open(t, redisstore.Options{Address: m.Addr(), Namespace: namespace, Timeout: 5 * time.Second})
		term, err := s.Campaign(t.Context(), "n", "me "+namespace, time.Minute)
		require.NoError(t, err)
		assert.True(t, term.Mine, namespace)
	}
	assert.ElementsMatch(t, []string{"smartlock:{n}:lead", "smartlock:{n}:fence", "a:{n}:lead", "a:{n}:fence", "b:{n}:lead", "b:{n}:fence"}, m.Keys())
}

// Without Options.New an account of which the store knows nothing waits for one window.
func TestAnUnknownAccountStartsClosed(t *testing.T) {
	m := redistest.NewMini(t)
	require.NoError(t, m.Start())
	advance := m.Still(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := redistest.Open(t, redisstore.Options{Address: m.Addr(), Timeout: 5 * time.Second})
	take := func(window time.Duration) lock.SlotGrant {
		g, err := s.TakeSlot(t.Context(), "a", fmt.Sprint("k", window), []lock.LimitRule{{Count: 5, Window: window}}, time.Minute)
		require.NoError(t, err)
		return g
	}
	assert.Equal(t, 2*time.Minute, take(2*time.Minute).Wait)
	assert.Equal(t, 10*time.Minute, take(24*time.Hour).Wait, "ten minutes at most")
	advance(2 * time.Minute)
	assert.NotEmpty(t, take(2*time.Minute).Slot.ID)
	assert.Equal(t, 8*time.Minute, take(24*time.Hour).Wait)
	advance(8 * time.Minute)
	assert.NotEmpty(t, take(24*time.Hour).Slot.ID)
}

// fake is a server that says of itself what a test wants.
func fake(t *testing.T, version string, config map[string]string) string {
	t.Helper()
	s, err := server.NewServer("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(s.Close)
	answer := func(command string, f func(*server.Peer, []string)) {
		require.NoError(t, s.Register(command, func(c *server.Peer, _ string, args []string) { f(c, args) }))
	}
	answer("PING", func(c *server.Peer, _ []string) { c.WriteInline("PONG") })
	answer("INFO", func(c *server.Peer, _ []string) {
		if version == "" {
			c.WriteError("NOPERM this user has no permissions to run the 'info' command")
			return
		}
		c.WriteBulk("# Server\r\nredis_version:" + version + "\r\nos:Linux\r\n")
	})
	answer("CONFIG", func(c *server.Peer, args []string) {
		value, told := config[args[1]]
		if !told {
			c.WriteError("ERR unknown command 'config'")
			return
		}
		c.WriteStrings([]string{args[1], value})
	})
	return s.Addr().String()
}

func TestCheck(t *testing.T) {
	safe := map[string]string{"appendonly": "yes", "maxmemory-policy": "noeviction"}
	for _, tc := range []struct {
		name, version string
		config        map[string]string
		bad           bool
		warnings      []string
	}{
		{name: "as it should be", version: "7.0.15", config: safe},
		{name: "the oldest version", version: "5.0.0", config: safe},
		{name: "a version before", version: "4.0.14", config: safe, bad: true},
		{name: "a version that is none of Redis'", version: "unstable", config: safe},
		{name: "no append-only file", version: "7.0.15", config: map[string]string{"appendonly": "no", "maxmemory-policy": "noeviction"}, warnings: []string{"appendonly"}},
		{name: "keys are evicted", version: "7.0.15", config: map[string]string{"appendonly": "yes", "maxmemory-policy": "allkeys-lru"}, warnings: []string{"maxmemory-policy"}},
		{name: "both", version: "7.0.15", config: map[string]string{"appendonly": "no", "maxmemory-policy": "volatile-ttl"}, warnings: []string{"appendonly", "maxmemory-policy"}},
		{name: "INFO and CONFIG are forbidden"},
		{name: "CONFIG is forbidden", version: "6.2.0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log bytes.Buffer
			s := redistest.Open(t, redisstore.Options{
				Address: fake(t, tc.version, tc.config), Timeout: 5 * time.Second,
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
			})
			err := s.Check(t.Context())
			if tc.bad {
				assert.ErrorIs(t, err, lock.ErrStoreUnavailable)
				assert.ErrorContains(t, err, "too old")
			} else {
				assert.NoError(t, err)
			}
			assert.Equal(t, len(tc.warnings), bytes.Count(log.Bytes(), []byte("\n")), log.String())
			for _, w := range tc.warnings {
				assert.Contains(t, log.String(), "setting="+w)
			}
		})
	}
}

func TestCheckOnRedis(t *testing.T) {
	s := redistest.Open(t, redistest.Real(t))
	require.NoError(t, s.Check(t.Context()))
}
