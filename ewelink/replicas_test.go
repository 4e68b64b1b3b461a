package ewelink_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// replicas are clients with one store.
func (w world) replicas(n int, store func() lock.Store, opts ...lock.Option) (all []*ewelink.Client) {
	for range n {
		all = append(all, w.client(append(slices.Clone(opts), lock.WithStore(store()))...))
	}
	return all
}

// checkMany makes many calls of all replicas at once and returns how many failed.
func checkMany(t *testing.T, all []*ewelink.Client, each int) int {
	t.Helper()
	var mu sync.Mutex
	var failed []error
	var calls sync.WaitGroup
	for _, c := range all {
		for range each {
			calls.Go(func() {
				if err := c.Check(t.Context()); err != nil {
					mu.Lock()
					defer mu.Unlock()
					failed = append(failed, err)
				}
			})
		}
	}
	calls.Wait()
	if len(failed) > 0 {
		t.Logf("one of %d failures: %v", len(failed), failed[0])
	}
	return len(failed)
}

// onStoppedClocks runs a test with a simulator whose clock stands, and a store that lives by it: in
// memory, and on miniredis. move moves the time of all.
func onStoppedClocks(t *testing.T, test func(t *testing.T, w world, store func() lock.Store, move func(time.Duration))) {
	from := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	t.Run("memory", func(t *testing.T) {
		w := start(t, ewelinktest.WithFrozenClock(from))
		s := lock.NewMemoryStore(w.Clock())
		test(t, w, func() lock.Store { return s }, w.Advance)
	})
	t.Run("miniredis", func(t *testing.T) {
		w := start(t, ewelinktest.WithFrozenClock(from))
		m := redistest.NewMini(t)
		advance := m.Still(from)
		test(t, w, func() lock.Store { return m.Store(t) }, func(d time.Duration) {
			w.Advance(d)
			advance(d)
		})
	})
}

// Eight replicas have one session: one login at first, then one renewal each time it has expired, and
// none of 1000 calls fails, although each login ends the session before, and a refresh token is good
// once.
func TestReplicasHaveOneSession(t *testing.T) {
	redistest.Stores(t, func(t *testing.T, store func() lock.Store) {
		w := start(t)
		all := w.replicas(8, store)
		for round := range 3 {
			if n := checkMany(t, all, 125); n != 0 {
				t.Errorf("round %d: %d of 1000 calls failed, want none", round, n)
			}
			w.wantCalls(t, loginPath, 1)
			w.wantCalls(t, refreshPath, round)
			w.ExpireTokens()
			all[round] = w.replicas(1, store)[0] // one is started anew
		}
	})
}

// Replicas without a password hand the refresh token on, also to those that were started with the
// session of the first day.
func TestReplicasHandTheRefreshTokenOn(t *testing.T) {
	redistest.Stores(t, func(t *testing.T, store func() lock.Store) {
		w := start(t)
		first := w.Session()
		begin := func() *ewelink.Client { return w.sessionClient(first, lock.WithStore(store())) }
		all := []*ewelink.Client{begin(), begin(), begin(), begin()}
		for round := range 5 {
			if n := checkMany(t, all, 25); n != 0 {
				t.Errorf("round %d: %d calls failed, want none", round, n)
			}
			w.wantCalls(t, refreshPath, round)
			w.ExpireTokens()
			all[round%4] = begin()
		}
		w.wantCalls(t, loginPath, 0)
	})
}

// Where the account lives is found out once.
func TestReplicasKnowTheRegion(t *testing.T) {
	w := start(t, ewelinktest.WithRegion("us"))
	store := lock.NewMemoryStore(nil)
	all := w.replicas(4, func() lock.Store { return store }, ewelink.WithRegion(ewelink.RegionAS))
	for _, c := range all {
		mustCheck(t, "a replica", c)
		if got := c.Region(); got != ewelink.RegionUS {
			t.Errorf("got the region %s, want us", got)
		}
	}
	w.wantCalls(t, loginPath, 2) // sent on from Asia
	w.wantCalls(t, homesPath, 4)
}

// Somebody else logs in every minute of a day: the session is taken back once, then all replicas give
// in, until the next day.
func TestReplicasWageNoLoginWar(t *testing.T) {
	onStoppedClocks(t, func(t *testing.T, w world, store func() lock.Store, move func(time.Duration)) {
		all := w.replicas(4, store)
		mustCheck(t, "at first", all[0])
		var conflicts int
		for minute := range 24 * 60 {
			w.TakeOver(w.Account)
			c := all[minute%4]
			if minute == 700 {
				all[0] = w.replicas(1, store)[0] // a replica that is started anew knows of it
			}
			err := c.Check(t.Context())
			if errors.Is(err, lock.ErrSessionConflict) {
				conflicts++
				if e, _ := errors.AsType[*lock.Error](err); e.RetryAfter <= 0 || e.RetryAfter > 24*time.Hour {
					t.Fatalf("minute %d: got a try again after %s, want the rest of the day", minute, e.RetryAfter)
				}
			} else if err != nil || minute > 0 {
				t.Fatalf("minute %d: got %v, want %v from the second on", minute, err, lock.ErrSessionConflict)
			}
			move(time.Minute)
		}
		if conflicts != 24*60-1 {
			t.Errorf("got %d conflicts, want all but the first", conflicts)
		}
		w.wantCalls(t, loginPath, 2)
		for _, c := range all {
			mustCheck(t, "the next day", c)
		}
		w.wantCalls(t, loginPath, 3)
	})
}

// A conflict ends with other credentials.
func TestReplicasWithANewPassword(t *testing.T) {
	onStoppedClocks(t, func(t *testing.T, w world, store func() lock.Store, move func(time.Duration)) {
		wrong := w.replicas(4, store, ewelink.WithLogin(w.CountryCode, w.Account, lock.NewSecret("wrong")))
		for range 24 * 6 {
			for _, c := range wrong {
				wantKind(t, "the wrong password", c.Check(t.Context()), lock.ErrUnauthenticated)
			}
			move(10 * time.Minute)
		}
		w.wantCalls(t, loginPath, 2)
		right := w.replicas(2, store)
		for _, c := range append(right, wrong...) {
			move(time.Minute)
			mustCheck(t, "with the right one in one replica", c)
		}
		w.wantCalls(t, loginPath, 3)
	})
}

// Somebody signs in anew and starts the replicas with that session, one after the other.
func TestReplicasWithANewSession(t *testing.T) {
	onStoppedClocks(t, func(t *testing.T, w world, store func() lock.Store, move func(time.Duration)) {
		old := w.sessionClient(w.Session(), lock.WithStore(store()))
		mustCheck(t, "at first", old)
		move(24 * time.Hour)
		w.TakeOver(w.Account)
		next := w.sessionClient(w.Session(), lock.WithStore(store()))
		mustCheck(t, "with the new session", next)
		mustCheck(t, "with the old one", old)
		mustCheck(t, "with the old one, started again", w.sessionClient(w.Session(), lock.WithStore(store())))
		w.wantCalls(t, loginPath, 0)
		w.wantCalls(t, refreshPath, 0)
	})
}

// Whoever signs in anew puts the session into the keeper, and the replicas need not wait for the day to
// end.
func TestReplicasTakeASessionFromTheKeeper(t *testing.T) {
	onStoppedClocks(t, func(t *testing.T, w world, store func() lock.Store, move func(time.Duration)) {
		kept := &keeper{}
		all := w.replicas(3, store, ewelink.WithSessionStore(kept))
		mustCheck(t, "at first", all[0])
		for range 2 {
			move(time.Hour)
			w.TakeOver(w.Account)
			_ = all[0].Check(t.Context())
		}
		for _, c := range all {
			wantKind(t, "after two other logins", c.Check(t.Context()), lock.ErrSessionConflict)
		}
		kept.mu.Lock()
		kept.held = w.Session()
		kept.mu.Unlock()
		move(10 * time.Second)
		for _, c := range all {
			mustCheck(t, "with the other's session", c)
		}
		move(time.Hour)
		w.TakeOver(w.Account)
		for _, c := range all {
			wantKind(t, "when that one has ended too", c.Check(t.Context()), lock.ErrSessionConflict)
		}
		w.wantCalls(t, loginPath, 2)
	})
}

func TestReplicasAndTheirKeepers(t *testing.T) {
	t.Run("a keeper that is full costs no session", func(t *testing.T) {
		w := start(t)
		store := lock.NewMemoryStore(nil)
		shared := func() lock.Store { return store }
		a := w.replicas(1, shared, ewelink.WithSessionStore(&keeper{fail: 1000}))[0]
		b := w.replicas(1, shared)[0]
		for range 3 {
			mustCheck(t, "the one that cannot keep it", a)
			mustCheck(t, "the other", b)
			w.ExpireTokens()
		}
		w.wantCalls(t, loginPath, 1)
		w.wantCalls(t, refreshPath, 2)
	})
	t.Run("a keeper that cannot be read is needed at first only", func(t *testing.T) {
		w := start(t)
		store := lock.NewMemoryStore(nil)
		shared := func() lock.Store { return store }
		a := w.replicas(1, shared, ewelink.WithSessionStore(unreadable{}))[0]
		if err := a.Check(t.Context()); err == nil {
			t.Error("nobody knows whether there is a session: got success, want an error")
		}
		w.wantCalls(t, loginPath, 0)
		mustCheck(t, "one without a keeper", w.replicas(1, shared)[0])
		w.ExpireTokens()
		mustCheck(t, "with the session of the others", a)
		w.wantCalls(t, loginPath, 1)
		w.wantCalls(t, refreshPath, 1)
	})
	t.Run("a keeper of its own that is behind brings no old session back", func(t *testing.T) {
		w := start(t)
		store := lock.NewMemoryStore(nil)
		shared := func() lock.Store { return store }
		behind := &keeper{}
		a := w.replicas(1, shared, ewelink.WithSessionStore(behind))[0]
		b := w.replicas(1, shared)[0]
		mustCheck(t, "a logs in", a)
		for range 3 {
			w.Advance(26 * 24 * time.Hour) // close to the end
			mustCheck(t, "b renews", b)
		}
		w.ExpireTokens()
		mustCheck(t, "a renews", a)
		w.wantCalls(t, loginPath, 1)
		if !behind.held.At.Equal(w.Session().At) || behind.saves != 2 {
			t.Errorf("got %d sessions saved, want the first and the newest", behind.saves)
		}
	})
	t.Run("a store that was emptied is filled from the keeper", func(t *testing.T) {
		w := start(t)
		kept := &keeper{}
		for range 3 {
			store := lock.NewMemoryStore(nil)
			for _, c := range w.replicas(2, func() lock.Store { return store }, ewelink.WithSessionStore(kept)) {
				mustCheck(t, "with an empty store", c)
			}
		}
		w.wantCalls(t, loginPath, 1)
	})
}

// unreadable is a keeper that is away.
type unreadable struct{}

func (unreadable) Load(context.Context) (ewelink.Session, error) {
	return ewelink.Session{}, errors.New("no route to the database")
}

func (unreadable) Save(context.Context, ewelink.Session) error {
	return errors.New("no route to the database")
}

func TestWhoseSessionIsShared(t *testing.T) {
	w := start(t)
	store := lock.NewMemoryStore(nil)
	session := w.Session()
	session.APIKey = ""
	wantKind(t, "a session that nobody has named", w.sessionClient(session, lock.WithStore(store)).Check(t.Context()), lock.ErrInvalidArgument)
	if n := len(w.Requests()); n != 0 {
		t.Errorf("got %d calls, want none", n)
	}
	for range 3 {
		mustCheck(t, "with a name", w.sessionClient(session, lock.WithStore(store), lock.WithAccount("reception")))
		w.ExpireTokens()
	}
	w.wantCalls(t, refreshPath, 2)

	w.AddAccount("other@example.com")
	for range 2 {
		mustCheck(t, "another account", w.client(ewelink.WithLogin(w.CountryCode, " Other@Example.com", lock.NewSecret(ewelinktest.DefaultPassword)), lock.WithStore(store)))
	}
	w.wantCalls(t, loginPath, 1)
}

// Without the store the session is used until it is refused; then nobody logs in.
func TestReplicaWithoutItsStore(t *testing.T) {
	w := start(t)
	m := redistest.NewMini(t)
	c := w.client(lock.WithStore(m.Store(t)), ewelink.WithPace(time.Nanosecond, 100_000, time.Hour))
	mustCheck(t, "with the store", c)
	m.SetError("LOADING")
	if n := checkMany(t, []*ewelink.Client{c}, 50); n != 0 {
		t.Errorf("with a session: %d of 50 calls failed, want none", n)
	}
	w.ExpireTokens()
	for range 10 {
		wantKind(t, "with a session that was refused", c.Check(t.Context()), lock.ErrStoreUnavailable)
	}
	w.wantCalls(t, loginPath, 1)
	w.wantCalls(t, refreshPath, 0)
	m.SetError("")
	mustCheck(t, "when the store is back", c)
	w.wantCalls(t, loginPath, 1)
	w.wantCalls(t, refreshPath, 1)
}

// Only who watches has a socket: of four replicas that collect, the one that leads.
func TestReplicasHaveOneSocket(t *testing.T) {
	l := newLive(t)
	store := lock.NewMemoryStore(nil)
	door := l.s.AddRelay("front door")
	var all []*ewelink.Client
	for range 4 {
		all = append(all, l.client(lock.WithStore(store), ewelink.WithDoors(ewelink.Door{Device: string(door)})))
	}
	ctx, stop := context.WithCancel(t.Context())
	var collecting sync.WaitGroup
	for _, c := range all[:3] {
		inbox := lock.NewInbox(store, "ewelink", lock.InboxOptions{})
		collecting.Go(func() { _ = inbox.Collect(ctx, c, lock.FollowOptions{}) })
	}
	t.Cleanup(func() { stop(); collecting.Wait() })
	l.until("the socket is up", func() bool { return l.s.Sockets() == 1 })
	for _, c := range all {
		mustCheck(t, "a replica", c)
		for _, err := range c.Locks().List(t.Context(), lock.LockQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		op, err := c.Locks().Open(t.Context(), door, lock.Person{Name: "Li Na"})
		if err == nil {
			_, err = op.Wait(t.Context())
		}
		if err != nil {
			t.Fatalf("opening: got %v, want success", err)
		}
		for _, err := range c.Events().History(t.Context(), lock.EventQuery{Device: door}) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if up, ever := l.s.Sockets(), l.s.Executed("userOnline"); up != 1 || ever != 1 {
		t.Errorf("got %d sockets and %d logins on them, want one of each", up, ever)
	}
	if n := len(l.s.Requests(loginPath)); n != 1 {
		t.Errorf("got %d logins, want 1", n)
	}
}
