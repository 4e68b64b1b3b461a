package redisstore_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
)

// A proxy or another server that answers what no script of ours does is not taken at its word.
func TestRepliesThatAreNotOurs(t *testing.T) {
	for name, reply := range map[string]func(*server.Peer){
		"a text":                      func(c *server.Peer) { c.WriteBulk("OK") },
		"a list that is too short":    func(c *server.Peer) { c.WriteLen(1); c.WriteInt(1) },
		"entries that are none":       func(c *server.Peer) { c.WriteLen(9); words(c, 9) },
		"entries without fields":      func(c *server.Peer) { c.WriteLen(1); c.WriteLen(2); words(c, 2) },
		"an entry of another stream":  entry("1700000000000-7", "1"),
		"an entry without a number":   entry("x-0", "1"),
		"an entry without a time":     entry("1-0", "noon"),
		"a delivery without an entry": func(c *server.Peer) { c.WriteLen(1); c.WriteLen(3); words(c, 3) },
	} {
		t.Run(name, func(t *testing.T) {
			fake, err := server.NewServer("127.0.0.1:0")
			require.NoError(t, err)
			t.Cleanup(fake.Close)
			require.NoError(t, fake.Register("EVALSHA", func(c *server.Peer, _ string, _ []string) { reply(c) }))
			s := redistest.Open(t, redisstore.Options{Address: fake.Addr().String(), Timeout: 5 * time.Second})
			ctx := t.Context()
			_, err = s.ReadEvents(ctx, "l", 0, 9)
			assert.ErrorIs(t, err, lock.ErrStoreUnavailable, "ReadEvents")
			_, err = s.TakeEvents(ctx, "l", 9, time.Minute)
			assert.ErrorIs(t, err, lock.ErrStoreUnavailable, "TakeEvents")
			if name != "a text" && name != "a list that is too short" {
				return
			}
			_, err = s.ClaimToken(ctx, "a", lock.TokenClaim{Hold: time.Minute})
			assert.ErrorIs(t, err, lock.ErrStoreUnavailable, "ClaimToken")
			assert.ErrorIs(t, s.SaveToken(ctx, "a", "c", lock.StoredToken{ID: "t"}), lock.ErrStoreUnavailable, "SaveToken")
			added, err := s.AppendEvent(ctx, "l", lock.LogEntry{ID: "e"}, lock.AppendOptions{Keep: time.Hour})
			assert.ErrorIs(t, err, lock.ErrStoreUnavailable, "AppendEvent")
			assert.False(t, added)
			_, err = s.ReplayEvents(ctx, "l")
			assert.ErrorIs(t, err, lock.ErrStoreUnavailable, "ReplayEvents")
			_, err = s.TakeSlot(ctx, "a", "k", []lock.LimitRule{{Count: 1, Window: time.Minute}}, time.Minute)
			assert.ErrorIs(t, err, lock.ErrStoreUnavailable, "TakeSlot")
			_, err = s.Campaign(ctx, "n", "me", time.Minute)
			assert.ErrorIs(t, err, lock.ErrStoreUnavailable, "Campaign")
			_, err = s.CountEvents(ctx, "l")
			assert.ErrorIs(t, err, lock.ErrStoreUnavailable, "CountEvents")
			_, err = s.TrimEvents(ctx, "l", time.Minute)
			assert.ErrorIs(t, err, lock.ErrStoreUnavailable, "TrimEvents")
		})
	}
}

func words(c *server.Peer, n int) {
	for range n {
		c.WriteBulk("word")
	}
}

// entry is a list of one entry.
func entry(id, at string) func(*server.Peer) {
	return func(c *server.Peer) {
		c.WriteLen(1)
		c.WriteLen(2)
		c.WriteBulk(id)
		c.WriteStrings([]string{"id", "e", "at", at, "data", "d"})
	}
}
