package token

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
)

const account = "vendor/account"

// cloud is a vendor at which every login ends the token before.
type cloud struct {
	vendor
	calls, failed int
}

// call makes a call of a replica: with its token, and once more with another one after a refusal.
func (c *cloud) call(t *testing.T, s *Source) {
	token, err := s.Token(t.Context(), "")
	if err == nil && !c.takesToken(token) {
		if token, err = s.Token(t.Context(), token); err == nil && !c.takesToken(token) {
			err = errors.New("the second token was refused as well")
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls++; err != nil {
		c.failed++
		t.Logf("a call failed: %v", err)
	}
}

func (c *cloud) takesToken(token string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return token == fmt.Sprint("token-", c.logins)
}

// replicas are sources of one account.
func replicas(n int, v interface {
	login(context.Context) (string, time.Time, error)
}, replica func() lock.Store, opts ...Option) []*Source {
	sources := make([]*Source, n)
	for i := range sources {
		sources[i] = New(lock.SystemClock, v.login, append([]Option{Shared(replica(), account, "credentials")}, opts...)...)
	}
	return sources
}

// expiries is R21: 8 replicas make 125 calls each at the same time, 5 times over an expired token.
// There is 1 login per expiry, and no call fails.
func expiries(t *testing.T, replica func() lock.Store, life, takes time.Duration) {
	c := &cloud{vendor: vendor{life: life, takes: takes}}
	sources := replicas(8, c, replica)
	for round := 1; round <= 5; round++ {
		var all sync.WaitGroup
		for _, s := range sources {
			for range 125 {
				all.Go(func() { c.call(t, s) })
			}
		}
		all.Wait()
		require.Equal(t, round, c.count(), "logins")
		require.Equal(t, 1000*round, c.calls)
		require.Zero(t, c.failed, "calls that failed")
		wait(t, life)
	}
}

func TestOneLoginForAllReplicas(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) { expiries(t, replica, 2*time.Hour, time.Second) })
}

func TestOneLoginForAllReplicasInRealTime(t *testing.T) {
	t.Run("redis", func(t *testing.T) {
		o := redistest.Real(t)
		expiries(t, func() lock.Store { return redistest.Open(t, o) }, time.Second, 20*time.Millisecond)
	})
}

// R22: a thousand late refusals of an old token, spread over the replicas, are one login.
func TestLateRefusalsOverReplicas(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		v := &vendor{life: 2 * time.Hour, takes: 50 * time.Millisecond}
		sources := replicas(8, v, replica)
		for _, s := range sources {
			get(t, s, "", "token-1")
		}
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				wait(t, time.Duration(i)*time.Millisecond)
				get(t, sources[i%8], "token-1", "token-2")
			})
		}
		all.Wait()
		require.Equal(t, 2, v.count())
	})
}

// R23: the caller who began the login goes away; those of its replica and of the others get the token.
func TestFirstCallersCancelHarmsNoReplica(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		v := &vendor{life: 2 * time.Hour, takes: 3 * time.Second}
		sources := replicas(4, v, replica)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := sources[0].Token(ctx, "")
			assert.ErrorIs(t, err, context.Canceled)
		})
		wait(t, time.Second)
		for i := range 99 {
			all.Go(func() { get(t, sources[i%4], "", "token-1") })
		}
		wait(t, time.Second)
		cancel()
		all.Wait()
		require.Equal(t, 1, v.count())
	})
}

// R24: somebody else logs in every minute, so that our token dies; the replicas together stay within
// the budget.
func TestReplicasDoNotPlayPingPong(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		v := &vendor{life: 2 * time.Hour}
		sources := replicas(4, v, replica)
		held := make([]string, len(sources))
		var refused int
		var latest []time.Time
		hours := 24
		if strings.HasSuffix(t.Name(), "miniredis") {
			hours = 6
		}
		for minute := range hours * 60 {
			for i, s := range sources { // the token of before is dead for everybody
				before := v.count()
				token, err := s.Token(t.Context(), held[i])
				if v.count() > before && minute > 0 {
					latest = append(latest, time.Now())
				}
				if err != nil {
					refused++
					require.ErrorIs(t, err, lock.ErrUnauthenticated)
					e, ok := errors.AsType[*lock.Error](err)
					require.True(t, ok)
					require.Positive(t, e.RetryAfter)
					require.LessOrEqual(t, e.RetryAfter, time.Hour)
					continue
				}
				held[i] = token
			}
			wait(t, time.Minute)
		}
		for i := budgetSize; i < len(latest); i++ {
			require.GreaterOrEqual(t, latest[i].Sub(latest[i-budgetSize]), time.Hour, "more than 6 logins within an hour")
		}
		require.GreaterOrEqual(t, len(latest), hours*budgetSize*9/10)
		require.Positive(t, refused)
	})
}

// R25: the replicas renew ahead, not all in the same moment, once for all, and nobody waits.
func TestReplicasRenewEarlyOnce(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		v := &vendor{life: 20 * time.Minute}
		sources := replicas(8, v, replica)
		for _, s := range sources {
			get(t, s, "", "token-1")
		}
		start := time.Now()
		var renewed time.Duration
		for renewed == 0 {
			wait(t, 10*time.Second)
			before := time.Now()
			for _, s := range sources {
				_, err := s.Token(t.Context(), "")
				require.NoError(t, err)
			}
			require.Less(t, time.Since(before), time.Second, "nobody waits")
			if v.count() > 1 {
				renewed = time.Since(start)
			}
		}
		require.GreaterOrEqual(t, renewed, 16*time.Minute, "not before 80 % of its life")
		require.LessOrEqual(t, renewed, 18*time.Minute+20*time.Second, "and not after 90 %")
		wait(t, 2*time.Minute)
		for _, s := range sources {
			get(t, s, "", "token-2")
		}
		require.Equal(t, 2, v.count())
	})
}

func TestReplicasRenewAtDifferentTimes(t *testing.T) {
	seen := map[float64]bool{}
	for range 100 {
		s := New(lock.SystemClock, nil, Shared(lock.NewMemoryStore(nil), account, ""))
		require.GreaterOrEqual(t, s.jitter, 0.5)
		require.LessOrEqual(t, s.jitter, 1.0)
		seen[s.jitter] = true
	}
	require.Greater(t, len(seen), 90)
	require.InDelta(t, 1, New(lock.SystemClock, nil, Shared(nil, account, "")).jitter, 0, "nobody else is there")
}

// A renewal that fails keeps the token that the replicas have until it really ends.
func TestSharedEarlyRenewalThatFails(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		v := &vendor{life: 2 * time.Hour}
		sources := replicas(2, v, replica)
		get(t, sources[0], "", "token-1")
		v.fail(&lock.Error{Kind: lock.ErrVendorUnavailable})
		for range 2*60 - 1 {
			for _, s := range sources {
				get(t, s, "", "token-1")
			}
			wait(t, time.Minute)
		}
		_, err := sources[1].Token(t.Context(), "")
		require.ErrorIs(t, err, lock.ErrVendorUnavailable)
		v.fail(nil)
		get(t, sources[0], "", fmt.Sprint("token-", v.count()+1))
	})
}

// R26: credentials that are refused twice are left alone for a day, by all replicas, whenever they
// were started; others are tried at once.
func TestRefusedCredentialsAreLeftAlone(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		refusal := &lock.Error{Vendor: "v", Endpoint: "POST /login", Code: "7", Message: "wrong secret", RequestID: "r", Kind: lock.ErrUnauthenticated}
		v := &vendor{err: refusal}
		sources := replicas(4, v, replica)
		start := time.Now()
		for hour := range 24 {
			for range 12 {
				for _, s := range sources {
					_, err := s.Token(t.Context(), "")
					require.ErrorIs(t, err, lock.ErrUnauthenticated)
					e, ok := errors.AsType[*lock.Error](err)
					require.True(t, ok)
					require.Equal(t, []string{"v", "POST /login", "7", "wrong secret", "r"},
						[]string{string(e.Vendor), e.Endpoint, e.Code, e.Message, e.RequestID})
				}
				if time.Since(start) < 24*time.Hour-5*time.Minute {
					wait(t, 5*time.Minute)
				}
			}
			if hour%6 == 0 { // a new process knows of it as well
				sources[hour%4] = replicas(1, v, replica)[0]
			}
		}
		require.Equal(t, 2, v.count())
		changed := &vendor{}
		s := New(lock.SystemClock, changed.login, Shared(replica(), account, "other credentials"))
		get(t, s, "", "token-1")
		wait(t, askAgain)
		get(t, sources[0], "", "token-1")
	})
}

func TestRestOption(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		v := &vendor{err: &lock.Error{Kind: lock.ErrSessionConflict}}
		sources := replicas(2, v, replica, Rest(time.Hour))
		for range 6 * 60 {
			for _, s := range sources {
				_, err := s.Token(t.Context(), "")
				require.ErrorIs(t, err, lock.ErrSessionConflict)
			}
			wait(t, time.Minute)
		}
		require.Equal(t, 7, v.count(), "at once, after a minute, and 5 times in the 6 hours")
	})
}

func TestSharedLoginThatIsLimited(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		v := &vendor{err: &lock.Error{Kind: lock.ErrRateLimited, RetryAfter: 5 * time.Minute}}
		sources := replicas(3, v, replica)
		for range 20 {
			for _, s := range sources {
				_, err := s.Token(t.Context(), "")
				require.ErrorIs(t, err, lock.ErrRateLimited)
			}
			wait(t, time.Minute)
		}
		require.Equal(t, 4, v.count())
	})
}

// A process that starts takes the token there is.
func TestNewProcessDoesNotLogIn(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		v := &vendor{life: 2 * time.Hour}
		get(t, replicas(1, v, replica)[0], "", "token-1")
		for range 10 {
			wait(t, 10*time.Minute)
			get(t, replicas(1, v, replica)[0], "", "token-1")
		}
		require.Equal(t, 1, v.count())
	})
}

// A replica that dies while it logs in holds the others up for as long as a login may take.
func TestReplicaThatDiesInTheLogin(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		_, err := replica().ClaimToken(t.Context(), account, lock.TokenClaim{Hold: loginWithin + saveWithin, Credentials: "credentials"})
		require.NoError(t, err)
		v := &vendor{}
		start := time.Now()
		get(t, replicas(1, v, replica)[0], "", "token-1")
		require.InDelta(t, (loginWithin + saveWithin).Seconds(), time.Since(start).Seconds(), 1)
	})
}

// Whoever takes longer than its claim lasts takes over the token of the one who came after.
func TestLoginThatTookTooLong(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		var s *Source
		other := replicas(1, &vendor{}, replica)[0]
		s = New(lock.SystemClock, func(context.Context) (string, time.Time, error) {
			wait(t, loginWithin+saveWithin+time.Second) // it does not heed its context
			get(t, other, "", "token-1")
			return "late", time.Time{}, nil
		}, Shared(replica(), account, "credentials"))
		get(t, s, "", "token-1")
	})
}

// kept is a login with a state of its own.
type kept struct {
	vendor
	state string
}

func (k *kept) login(ctx context.Context) (string, time.Time, error) {
	token, end, err := k.vendor.login(ctx)
	if err == nil {
		k.state += "+"
	}
	return token, end, err
}

func (k *kept) Dump() []byte         { return []byte(k.state) }
func (k *kept) Restore(state []byte) { k.state = string(state) }

func TestStateGoesFromReplicaToReplica(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		a, b := &kept{state: "a"}, &kept{state: "b"}
		source := func(k *kept) *Source {
			return New(lock.SystemClock, k.login, Shared(replica(), account, ""), With(k))
		}
		first, second := source(a), source(b)
		get(t, first, "", "token-1")
		get(t, second, "", "token-1")
		require.Equal(t, "a+", b.state, "taken over with the token")
		wait(t, time.Second)
		b.logins = 1
		get(t, second, "token-1", "token-2")
		require.Equal(t, "a++", b.state)
		wait(t, time.Second)
		get(t, first, "token-1", "token-2")
		require.Equal(t, "a++", a.state)
		a.logins = 2
		b.fail(errors.New("down"))
		_, err := second.Token(t.Context(), "token-2")
		require.Error(t, err)
		get(t, first, "token-2", "token-3")
		require.Equal(t, "a+++", a.state)
		require.True(t, second.Newer(t.Context(), "token-2"))
		require.False(t, second.Newer(t.Context(), "token-3"))
	})
}

// flaky is a store that can be down.
type flaky struct {
	lock.Store
	mu   sync.Mutex
	down error
}

func (f *flaky) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = err
}

func (f *flaky) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.down
}

func (f *flaky) ClaimToken(ctx context.Context, account string, c lock.TokenClaim) (lock.TokenGrant, error) {
	if err := f.err(); err != nil {
		return lock.TokenGrant{}, err
	}
	return f.Store.ClaimToken(ctx, account, c)
}

func (f *flaky) SaveToken(ctx context.Context, account, claim string, t lock.StoredToken) error {
	if err := f.err(); err != nil {
		return err
	}
	return f.Store.SaveToken(ctx, account, claim, t)
}

// R27: the token there is serves until the vendor refuses it; then there is no login without the
// store.
func TestStoreThatIsDown(t *testing.T) {
	for name, down := range map[string]error{
		"says so": &lock.Error{Kind: lock.ErrStoreUnavailable}, "says something else": errors.New("no route to host"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &vendor{life: 20 * time.Hour}
				store := &flaky{Store: lock.NewMemoryStore(nil)}
				s := replicas(1, v, func() lock.Store { return store })[0]
				get(t, s, "", "token-1")
				store.set(down)
				for range 19 * 60 {
					get(t, s, "", "token-1")
					wait(t, time.Minute)
				}
				_, err := s.Token(t.Context(), "token-1")
				require.ErrorIs(t, err, lock.ErrStoreUnavailable)
				require.Equal(t, 1, v.count())
				store.set(nil)
				get(t, s, "token-1", "token-2")
			})
		})
	}
}

// A token that could not be saved is used all the same, and its state is not forgotten for an older.
func TestStoreThatGoesDownInTheLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &flaky{Store: lock.NewMemoryStore(nil)}
		k := &kept{}
		down := false
		s := New(lock.SystemClock, func(ctx context.Context) (string, time.Time, error) {
			if down {
				store.set(errors.New("down"))
			}
			return k.login(ctx)
		}, Shared(store, account, ""), With(k))
		get(t, s, "", "token-1")
		wait(t, time.Second)
		down = true
		start := time.Now()
		get(t, s, "token-1", "token-2")
		require.LessOrEqual(t, time.Since(start), saveWithin+saveAgain)
		get(t, s, "", "token-2")
		store.set(nil)
		down = false
		wait(t, time.Minute) // the claim has ended
		get(t, s, "token-2", "token-3")
		require.Equal(t, "+++", k.state)
	})
}

// A login that ends when the program does, and the store is closed already, leaves nobody behind.
func TestStoreThatIsClosedInTheLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, v := &flaky{Store: lock.NewMemoryStore(nil)}, &vendor{}
		s := New(lock.SystemClock, func(ctx context.Context) (string, time.Time, error) {
			store.set(&lock.Error{Kind: lock.ErrStoreUnavailable, Err: fs.ErrClosed})
			return v.login(ctx)
		}, Shared(store, account, ""))
		start := time.Now()
		get(t, s, "", "token-1")
		require.Less(t, time.Since(start), saveAgain)
	})
}

// What another program has written under our name is not used.
func TestRecordsThatAreNotOurs(t *testing.T) {
	for name, value := range map[string]string{
		"no JSON": "garbage", "another token": `{"token":"x"}`, "nothing": "{}",
		"ended": `{"token":"theirs","got":"2020-01-01T00:00:00Z","expires":"2020-01-01T01:00:00Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			store := lock.NewMemoryStore(nil)
			g, err := store.ClaimToken(t.Context(), account, lock.TokenClaim{Hold: time.Minute})
			require.NoError(t, err)
			id := lock.TokenID(lock.NewSecret("theirs"))
			require.NoError(t, store.SaveToken(t.Context(), account, g.Claim, lock.StoredToken{ID: id, Value: []byte(value), Keep: time.Hour}))
			get(t, replicas(1, &vendor{}, func() lock.Store { return store })[0], "", "token-1")
		})
	}
}

func TestReasonThatCannotBeRead(t *testing.T) {
	err := paused(lock.TokenGrant{Paused: []byte("garbage"), Wait: time.Minute})
	require.ErrorIs(t, err, lock.ErrUnauthenticated)
	e, ok := errors.AsType[*lock.Error](err)
	require.True(t, ok)
	require.Equal(t, time.Minute, e.RetryAfter)
}

// The store is given neither the token nor the state in its names and reasons.
func TestNamesGiveNothingAway(t *testing.T) {
	store := &recording{Store: lock.NewMemoryStore(nil)}
	k := &kept{state: "canary"}
	s := New(lock.SystemClock, func(context.Context) (string, time.Time, error) { return "canary", time.Time{}, nil },
		Shared(store, account, "c"), With(k))
	get(t, s, "", "canary")
	_, err := s.Token(t.Context(), "canary")
	require.ErrorIs(t, err, lock.ErrUnauthenticated)
	require.NotContains(t, strings.Join(store.seen, " "), "canary")
	require.NotEmpty(t, store.seen)
}

// recording notes what is readable in a store.
type recording struct {
	lock.Store
	seen []string
}

func (r *recording) ClaimToken(ctx context.Context, account string, c lock.TokenClaim) (lock.TokenGrant, error) {
	r.seen = append(r.seen, account, fmt.Sprintf("%+v", c))
	return r.Store.ClaimToken(ctx, account, c)
}

func (r *recording) SaveToken(ctx context.Context, account, claim string, t lock.StoredToken) error {
	r.seen = append(r.seen, account, claim, t.ID)
	return r.Store.SaveToken(ctx, account, claim, t)
}

// Random refusals and restarts on 4 replicas: one login for each, and no call fails.
func TestRandomRefusals(t *testing.T) {
	redistest.Bubbles(t, func(t *testing.T, replica func() lock.Store) {
		c := &cloud{vendor: vendor{takes: 200 * time.Millisecond}}
		sources := replicas(4, c, replica, Budget(1000, time.Second))
		deaths := 0
		for range 100 {
			for _, s := range sources { // one that is two tokens behind fails a call, which is repeated once only
				c.call(t, s)
			}
			switch rand.IntN(5) {
			case 0:
				sources[rand.IntN(4)] = replicas(1, c, replica, Budget(1000, time.Second))[0]
			case 1, 2: // somebody else logs in
				_, _, err := c.login(t.Context())
				require.NoError(t, err)
				deaths++
			}
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() { c.call(t, sources[rand.IntN(4)]) })
			}
			all.Wait()
			wait(t, rand.N(time.Second))
		}
		require.Zero(t, c.failed)
		require.LessOrEqual(t, c.count(), 1+2*deaths)
		require.GreaterOrEqual(t, c.count(), 2*deaths)
	})
}
