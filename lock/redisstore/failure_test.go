package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
)

// listen accepts connections and leaves them to serve; all are closed with the test.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var (
		mu    sync.Mutex
		conns []net.Conn
		all   sync.WaitGroup
	)
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			all.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() {
		assert.NoError(t, l.Close())
		mu.Lock()
		for _, c := range conns {
			_ = c.Close() // serve may have done so
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().String()
}

// silence takes everything and says nothing.
func silence(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// every calls each method that a client waits for.
func every(s lock.Store) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"ClaimToken": func(ctx context.Context) error {
			_, err := s.ClaimToken(ctx, "a", lock.TokenClaim{Hold: time.Minute})
			return err
		},
		"TakeSlot": func(ctx context.Context) error {
			_, err := s.TakeSlot(ctx, "a", "k", []lock.LimitRule{{Count: 1, Window: time.Minute}}, time.Minute)
			return err
		},
		"AppendEvent": func(ctx context.Context) error {
			_, err := s.AppendEvent(ctx, "l", lock.LogEntry{ID: "e"}, lock.AppendOptions{Keep: time.Hour})
			return err
		},
		"TakeEvents": func(ctx context.Context) error {
			_, err := s.TakeEvents(ctx, "l", 1, time.Minute)
			return err
		},
		"Campaign": func(ctx context.Context) error {
			_, err := s.Campaign(ctx, "l", "me", time.Minute)
			return err
		},
	}
}

// promptly is how long a call may take that cannot succeed.
const promptly = 300 * time.Millisecond

// R27: whatever is wrong with Redis, the answer is ErrStoreUnavailable, and soon.
func TestRedisThatIsNotThere(t *testing.T) {
	stopped := func(t *testing.T) string {
		address, process := ownServer(t)
		s := redistest.Open(t, redisstore.Options{Address: address})
		require.NoError(t, s.Check(t.Context()))
		require.NoError(t, process.Signal(syscall.SIGSTOP))
		t.Cleanup(func() { assert.NoError(t, process.Signal(syscall.SIGCONT)) })
		return address
	}
	killed := func(t *testing.T) string {
		address, process := ownServer(t)
		require.NoError(t, process.Kill())
		return address
	}
	for name, address := range map[string]func(t *testing.T) string{
		"it takes connections and is silent": func(t *testing.T) string { return listen(t, silence) },
		"it closes every connection":         func(t *testing.T) string { return listen(t, func(c net.Conn) { _ = c.Close() }) },
		"it speaks something else": func(t *testing.T) string {
			return listen(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); silence(c) })
		},
		"nobody listens":          func(t *testing.T) string { return filepath.Join(t.TempDir(), "nobody") },
		"its process was stopped": stopped,
		"its process was killed":  killed,
	} {
		t.Run(name, func(t *testing.T) {
			s := redistest.Open(t, redisstore.Options{Address: address(t)})
			for method, call := range every(s) {
				fastest := time.Hour // a busy machine may be late, but not always
				for range 3 {
					start := time.Now()
					err := call(t.Context())
					assert.ErrorIs(t, err, lock.ErrStoreUnavailable, method)
					fastest = min(fastest, time.Since(start))
				}
				assert.Less(t, fastest, promptly, method)
			}
			assert.ErrorIs(t, s.Check(t.Context()), lock.ErrStoreUnavailable)
		})
	}
}

// ownServer starts a real server of our own, and returns the path of its socket.
func ownServer(t *testing.T) (address string, process *os.Process) {
	t.Helper()
	redistest.Address(t) // where there is none, there is no program either
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("left out: the program redis-server is not here")
	}
	dir, err := os.MkdirTemp("", "redis") // t.TempDir's may be too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	address = filepath.Join(dir, "s")
	cmd := exec.Command(program, "--port", "0", "--unixsocket", address, "--dir", dir, "--save", "", "--appendonly", "yes")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // the test may have done so
		_ = cmd.Wait()
	})
	s := redistest.Open(t, redisstore.Options{Address: address})
	require.Eventually(t, func() bool { return s.Check(t.Context()) == nil }, 10*time.Second, 20*time.Millisecond)
	return address, cmd.Process
}

// R8: a caller who goes away is let go at once, although go-redis waits on.
func TestCancelReturnsAtOnce(t *testing.T) {
	s := redistest.Open(t, redisstore.Options{Address: listen(t, silence), Timeout: 10 * time.Second})
	for method, call := range every(s) {
		fastest := time.Hour
		for range 10 {
			ctx, cancel := context.WithCancel(t.Context())
			after := rand.N(20 * time.Millisecond)
			timer := time.AfterFunc(after, cancel)
			start := time.Now()
			err := call(ctx)
			assert.ErrorIs(t, err, context.Canceled, method)
			fastest = min(fastest, time.Since(start)-after)
			timer.Stop()
			cancel()
		}
		assert.Less(t, fastest, 50*time.Millisecond, method)
	}
}

// slow passes everything on, each piece up to 15 ms later.
func slow(t *testing.T, network, address string) func(net.Conn) {
	return func(c net.Conn) {
		to, err := net.Dial(network, address)
		if err != nil {
			t.Error(err)
			return
		}
		var both sync.WaitGroup
		both.Go(func() { pass(to, c) })
		both.Go(func() { pass(c, to) })
		both.Wait()
	}
}

func pass(to, from net.Conn) {
	defer to.Close()
	var piece [4096]byte
	for {
		n, err := from.Read(piece[:])
		if err != nil {
			return
		}
		if lock.SystemClock.Sleep(context.Background(), rand.N(15*time.Millisecond)) != nil {
			return
		}
		if _, err := to.Write(piece[:n]); err != nil {
			return
		}
	}
}

// R31: calls that time out never leave their reply to the next caller.
func TestNoReplyGoesToAnotherCaller(t *testing.T) {
	const workers, calls = 8, 250
	try := func(t *testing.T, o redisstore.Options) {
		s := redistest.Open(t, o)
		var (
			all             sync.WaitGroup
			mu              sync.Mutex
			answered, ended int
		)
		for worker := range workers {
			all.Go(func() {
				account := fmt.Sprint("account-", worker)
				for s.SaveToken(t.Context(), account, keep(t, s, account), lock.StoredToken{ID: account, Value: []byte(account), Keep: time.Hour}) != nil {
				}
				for range calls {
					ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond+rand.N(60*time.Millisecond))
					g, err := s.ClaimToken(ctx, account, lock.TokenClaim{})
					cancel()
					mu.Lock()
					switch {
					case err != nil:
						ended++
					case g.Token.ID != account || string(g.Token.Value) != account:
						t.Errorf("%s was given %+v", account, g)
					default:
						answered++
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		assert.Greater(t, answered, 50, "answers, all of them one's own")
		assert.Greater(t, ended, 50, "calls that timed out")
	}
	t.Run("miniredis", func(t *testing.T) {
		m := redistest.NewMini(t)
		require.NoError(t, m.Start())
		try(t, redisstore.Options{Address: listen(t, slow(t, "tcp", m.Addr())), New: true, Timeout: time.Second})
	})
	t.Run("redis", func(t *testing.T) {
		o := redistest.Real(t)
		network := "tcp"
		if strings.HasPrefix(o.Address, "/") {
			network = "unix"
		}
		o.Address = listen(t, slow(t, network, o.Address))
		try(t, o)
	})
}

// keep claims an account, however often it takes.
func keep(t *testing.T, s lock.Store, account string) string {
	for {
		g, err := s.ClaimToken(t.Context(), account, lock.TokenClaim{Hold: time.Minute})
		if err == nil && g.Claim != "" {
			return g.Claim
		}
	}
}

// A server that was restarted is found by the next call.
func TestRestartedServer(t *testing.T) {
	m := redistest.NewMini(t)
	require.NoError(t, m.Start())
	s := redistest.Open(t, redisstore.Options{Address: m.Addr(), New: true, Timeout: 5 * time.Second})
	for range 5 {
		g, err := s.ClaimToken(t.Context(), "a", lock.TokenClaim{})
		require.NoError(t, err)
		require.False(t, g.Good)
		m.Close()
		require.NoError(t, m.Restart())
	}
}

// A server that knows none of the scripts is told them.
func TestScriptsAreSentWhenTheyAreUnknown(t *testing.T) {
	o := redistest.Real(t)
	s := redistest.Open(t, o)
	for range 3 {
		_, err := s.ClaimToken(t.Context(), "a", lock.TokenClaim{})
		require.NoError(t, err)
		redistest.ForgetScripts(t, o)
	}
}

// R40: what a sealed store writes holds no token and no event in clear.
func TestNothingReadableWhenSealed(t *testing.T) {
	m := redistest.NewMini(t)
	s, err := lock.Sealed(m.Store(t), lock.SealKeys{Current: "k", Keys: map[string]lock.Secret{
		"k": lock.NewSecret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
	}})
	require.NoError(t, err)
	token := lock.NewSecret("canary")
	claim := keep(t, s, "account")
	require.NoError(t, s.SaveToken(t.Context(), "account", claim, lock.StoredToken{ID: lock.TokenID(token), Value: []byte("canary"), Keep: time.Hour}))
	_, err = s.AppendEvent(t.Context(), "log", lock.LogEntry{ID: "e", Data: []byte("canary")}, lock.AppendOptions{Keep: time.Hour})
	require.NoError(t, err)
	dump := m.Dump()
	assert.Contains(t, dump, "smartlock:{account}:token")
	assert.Contains(t, dump, "smartlock:{log}:events")
	assert.NotContains(t, dump, "canary")
}

// An error says what is wrong and gives no password away.
func TestErrorsOfRedis(t *testing.T) {
	m := redistest.NewMini(t)
	require.NoError(t, m.Start())
	m.RequireAuth("right")
	s := redistest.Open(t, redisstore.Options{Address: m.Addr(), Password: lock.NewSecret("canary"), Timeout: 5 * time.Second})
	_, err := s.ClaimToken(t.Context(), "a", lock.TokenClaim{})
	require.ErrorIs(t, err, lock.ErrStoreUnavailable)
	assert.NotContains(t, err.Error(), "canary")
	m.SetError("LOADING Redis is loading the dataset in memory")
	right := redistest.Open(t, redisstore.Options{Address: m.Addr(), Password: lock.NewSecret("right"), Timeout: 5 * time.Second})
	_, err = right.ClaimToken(t.Context(), "a", lock.TokenClaim{})
	require.ErrorIs(t, err, lock.ErrStoreUnavailable)
	assert.Contains(t, err.Error(), "LOADING")
	m.SetError("")
	_, err = right.ClaimToken(t.Context(), "a", lock.TokenClaim{})
	require.NoError(t, err)
	require.NoError(t, right.Close())
	_, err = right.ClaimToken(t.Context(), "a", lock.TokenClaim{})
	require.True(t, errors.Is(err, lock.ErrStoreUnavailable), "after Close")
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	s := redistest.NewMini(t).Store(t)
	require.NoError(t, s.Close())
	_, err := s.ClaimToken(t.Context(), "account", lock.TokenClaim{Hold: time.Second})
	require.ErrorIs(t, err, lock.ErrStoreUnavailable)
	require.ErrorIs(t, err, fs.ErrClosed)
}
