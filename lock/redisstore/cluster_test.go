package redisstore_test

import (
	"fmt"
	"net"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
)

// cluster starts a cluster of one server, which refuses scripts whose keys are in different slots.
func cluster(t *testing.T) (address string) {
	t.Helper()
	redistest.Address(t) // where there is none, there is no program either
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("left out: the program redis-server is not here")
	}
	address = freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	cmd := exec.Command(program, "--bind", "127.0.0.1", "--port", port, "--cluster-enabled", "yes",
		"--dir", t.TempDir(), "--save", "", "--appendonly", "no")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	db := redis.NewClient(&redis.Options{Addr: address})
	defer db.Close()
	require.Eventually(t, func() bool { return db.Ping(t.Context()).Err() == nil }, 10*time.Second, 20*time.Millisecond)
	require.NoError(t, db.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err())
	require.Eventually(t, func() bool { return db.Set(t.Context(), "ready", "1", 0).Err() == nil }, 10*time.Second, 20*time.Millisecond)
	return address
}

// freeAddress finds a port on which nobody listens. That of a cluster's bus is 10000 above it.
func freeAddress(t *testing.T) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		if at, ok := l.Addr().(*net.TCPAddr); ok && at.Port <= 65535-10000 {
			return at.String()
		}
	}
}

// Each method's keys are in one slot, whatever the names.
func TestOnACluster(t *testing.T) {
	address := cluster(t)
	s := redistest.Open(t, redisstore.Options{Addresses: []string{address, address}, New: true, Timeout: 10 * time.Second})
	require.NoError(t, s.Check(t.Context()))
	for i := range 20 {
		name := fmt.Sprintf("{%d}:vendor/%d", i%3, i)
		ctx := t.Context()
		g, err := s.ClaimToken(ctx, name, lock.TokenClaim{Hold: time.Minute})
		require.NoError(t, err)
		require.NoError(t, s.DropClaim(ctx, name, g.Claim, lock.ClaimFailure{Strike: true}))
		g, err = s.ClaimToken(ctx, name, lock.TokenClaim{Hold: time.Minute})
		require.NoError(t, err)
		require.NoError(t, s.SaveToken(ctx, name, g.Claim, lock.StoredToken{ID: "t", Value: []byte("v"), Keep: time.Minute}))

		slot, err := s.TakeSlot(ctx, name, "k{x}", []lock.LimitRule{{Count: 1, Window: time.Minute}}, time.Minute)
		require.NoError(t, err)
		require.NoError(t, s.CloseSlot(ctx, name, "k{x}", slot.Slot, true))

		term, err := s.Campaign(ctx, name, "me", time.Minute)
		require.NoError(t, err)
		for _, id := range []string{"a", "{b}"} {
			added, err := s.AppendEvent(ctx, name, lock.LogEntry{ID: id}, lock.AppendOptions{Keep: time.Hour, Fence: term.Fence})
			require.NoError(t, err)
			assert.True(t, added)
		}
		d, err := s.TakeEvents(ctx, name, 9, time.Minute)
		require.NoError(t, err)
		require.Len(t, d, 2)
		require.NoError(t, s.SettleEvent(ctx, name, d[0], lock.Settlement{Outcome: lock.EventDead}))
		require.NoError(t, s.SettleEvent(ctx, name, d[1], lock.Settlement{Outcome: lock.EventHandled}))
		dead, err := s.DeadEvents(ctx, name, 0, 9)
		require.NoError(t, err)
		require.Len(t, dead, 1)
		n, err := s.ReplayEvents(ctx, name)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		entries, err := s.ReadEvents(ctx, name, 0, 9)
		require.NoError(t, err)
		require.Len(t, entries, 2)
		_, err = s.TrimEvents(ctx, name, 0)
		require.NoError(t, err)
		c, err := s.CountEvents(ctx, name)
		require.NoError(t, err)
		require.Equal(t, lock.LogCount{Entries: 1, Waiting: 1}, c)
		require.NoError(t, s.Resign(ctx, name, "me"))
	}
}
