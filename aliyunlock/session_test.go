package aliyunlock_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// keeper is a store in memory.
type keeper[T aliyunlock.Session | aliyunlock.CloudToken] struct {
	mu     sync.Mutex
	held   T
	saved  []T
	refuse error
	onSave func(T)
}

func (k *keeper[T]) Load(context.Context) (T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held, nil
}

func (k *keeper[T]) Save(_ context.Context, login T) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refuse != nil {
		return k.refuse
	}
	k.held, k.saved = login, append(k.saved, login)
	if k.onSave != nil {
		k.onSave(login)
	}
	return nil
}

func (k *keeper[T]) saves() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.saved)
}

const (
	createPath  = "/account/createSessionByAuthCode"
	refreshPath = "/account/checkOrRefreshSession"
	cloudPath   = "/cloud/token"
	renewPath   = "/cloud/token/refresh"
)

// bare is a client of the simulator without a session of its own.
func bare(s *aliyunlocktest.Server, opts ...lock.Option) *aliyunlock.Client {
	return aliyunlock.New(s.AppKey, s.AppSecret, append([]lock.Option{
		lock.WithBaseURL(s.URL), lock.WithClock(s.Clock()), aliyunlock.WithCloud(s.CloudKey, s.CloudSecret, s.Project),
	}, opts...)...)
}

func codesOf(s *aliyunlocktest.Server) lock.Option {
	return aliyunlock.WithAuthCode(func(context.Context) (lock.Secret, error) { return lock.NewSecret(s.AuthCode()), nil }, aliyunlock.AccountOASession)
}

func mustCheck(t *testing.T, what string, c *aliyunlock.Client) {
	t.Helper()
	if err := c.Check(t.Context()); err != nil {
		t.Fatalf("%s: got %v, want success", what, err)
	}
}

func wantCalls(t *testing.T, s *aliyunlocktest.Server, path string, want int) {
	t.Helper()
	if got := s.Executed(path); got != want {
		t.Errorf("%s was carried out %d times, want %d", path, got, want)
	}
}

func TestReadySessionIsUsedAsItIs(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	c := bare(s, aliyunlock.WithSession(s.Session()))
	mustCheck(t, "a ready session", c)
	wantCalls(t, s, createPath, 0)
	wantCalls(t, s, refreshPath, 0)
}

func TestSessionBeginsWithACode(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	store := &keeper[aliyunlock.Session]{}
	c := bare(s, codesOf(s), aliyunlock.WithSessionStore(store))
	mustCheck(t, "the first call", c)
	mustCheck(t, "the second call", c)
	wantCalls(t, s, createPath, 1)
	if store.saves() != 1 || store.held.IdentityID != s.User || store.held.Token.IsZero() || store.held.RefreshToken.IsZero() ||
		!store.held.Expires.After(s.Clock().Now().Add(19*time.Hour)) {
		t.Errorf("got %d saves of %+v, want the session once, with its lifetimes in hours", store.saves(), store.held)
	}
}

// The refresh token is good once: the new one is kept before anything is done with it.
func TestRotatedRefreshTokenIsKeptBeforeItIsUsed(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	store := &keeper[aliyunlock.Session]{}
	first := s.Session()
	c := bare(s, aliyunlock.WithSession(first), aliyunlock.WithSessionStore(store))
	mustCheck(t, "the first call", c)
	store.onSave = func(kept aliyunlock.Session) {
		for _, r := range s.Requests() {
			if strings.Contains(string(r.Body), kept.Token.Reveal()) {
				t.Errorf("the new token was used for %s before it was kept", r.Path)
			}
		}
	}
	s.Advance(19*time.Hour + 30*time.Minute) // an hour before its end it is renewed
	mustCheck(t, "near the end", c)
	wantCalls(t, s, refreshPath, 1)
	if store.saves() != 1 || store.held.RefreshToken.Equal(first.RefreshToken) {
		t.Fatalf("got %d saves, want the rotated session once", store.saves())
	}
	second := store.held
	for range 5 { // the chain goes on for days
		s.Advance(19*time.Hour + 30*time.Minute)
		mustCheck(t, "later", c)
	}
	if store.held.RefreshToken.Equal(second.RefreshToken) || store.saves() != 6 {
		t.Errorf("got %d saves, want 6 rotations", store.saves())
	}
	// Another run of the program goes on where this one ended.
	again := bare(s, aliyunlock.WithSessionStore(store))
	mustCheck(t, "the next run", again)
	wantCalls(t, s, refreshPath, 6)
}

func TestSessionThatCannotBeKeptIsNotUsed(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	full := errors.New("the disk is full")
	store := &keeper[aliyunlock.Session]{refuse: full}
	c := bare(s, codesOf(s), aliyunlock.WithSessionStore(store))
	if err := c.Check(t.Context()); !errors.Is(err, full) {
		t.Fatalf("got %v, want the store's error", err)
	}
	if n := len(s.Requests("/uc/listBindingByAccount")); n != 0 {
		t.Errorf("the session was used %d times before it was kept", n)
	}
	store.mu.Lock()
	store.refuse = nil
	store.mu.Unlock()
	mustCheck(t, "with room on the disk", c)
	wantCalls(t, s, createPath, 1) // the session of the first time was kept and used
	wantCalls(t, s, refreshPath, 0)
	if store.saves() != 1 {
		t.Errorf("got %d saves, want 1", store.saves())
	}
}

func TestDeadTokenIsRenewedOnceForAll(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	c := s.Client()
	mustCheck(t, "the first call", c)
	s.ExpireTokens()
	var wg sync.WaitGroup
	errs := make([]error, 100)
	for i := range errs {
		wg.Go(func() { errs[i] = c.Check(t.Context()) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Errorf("got %v, want all of them to succeed", err)
	}
	wantCalls(t, s, refreshPath, 1)
}

func TestChangesAreRepeatedAfterADeadToken(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	c := s.Client()
	s.ExpireTokens()
	if err := c.Locks().Rename(t.Context(), door, "side door"); err != nil {
		t.Errorf("got %v, want the refused call repeated with the new token", err)
	}
	wantCalls(t, s, "/lock/nickname/set", 1)
}

// 401 also means somebody else's device. A client that is told so again and again renews once and
// keeps working.
func TestRefusalsThatARenewalDoesNotMend(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	c := s.Client()
	s.Fail("/thing/status/get", aliyunlocktest.Code(401, "request auth error.").Always())
	for range 200 {
		if _, err := c.GetStatus(t.Context(), "somebody-elses"); !errors.Is(err, lock.ErrUnauthenticated) {
			t.Fatalf("got %v, want ErrUnauthenticated", err)
		}
		mustCheck(t, "a call about something else", c)
		s.Advance(30 * time.Second)
	}
	if n := s.Executed(refreshPath); n < 1 || n > 11 { // in 100 minutes
		t.Errorf("got %d renewals, want one in ten minutes at most", n)
	}
}

func TestEndedSession(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	c := bare(s, aliyunlock.WithSession(s.Session()))
	mustCheck(t, "the first call", c)
	s.SignOut()
	if err := c.Check(t.Context()); !errors.Is(err, lock.ErrUnauthenticated) {
		t.Errorf("after signing out: got %v, want ErrUnauthenticated", err)
	}
	withCodes := bare(s, aliyunlock.WithSession(s.Session()), codesOf(s))
	mustCheck(t, "the first call", withCodes)
	s.SignOut()
	mustCheck(t, "with a code for a new session", withCodes)
	wantCalls(t, s, createPath, 1)
}

func TestExpiredSessionIsNotTried(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	session := s.Session()
	c := bare(s, aliyunlock.WithSession(session))
	s.Advance(21 * time.Hour)
	mustCheck(t, "an ended token is renewed first", c)
	if n := len(s.Requests("/uc/listBindingByAccount")); n != 1 {
		t.Errorf("got %d calls, want 1", n)
	}
	s.Advance(300 * time.Hour)
	if err := c.Check(t.Context()); !errors.Is(err, lock.ErrUnauthenticated) || !strings.Contains(err.Error(), "sign in again") {
		t.Errorf("an ended refresh token: got %v, want ErrUnauthenticated", err)
	}
}

// Replicas that share a store take over each other's renewals.
func TestReplicasShareASession(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	store := &keeper[aliyunlock.Session]{held: s.Session()}
	a, b := bare(s, aliyunlock.WithSessionStore(store)), bare(s, aliyunlock.WithSessionStore(store))
	mustCheck(t, "a", a)
	mustCheck(t, "b", b)
	s.Advance(19*time.Hour + 30*time.Minute)
	mustCheck(t, "a renews", a)
	mustCheck(t, "b finds the renewal", b)
	wantCalls(t, s, refreshPath, 1)
	s.ExpireTokens()
	mustCheck(t, "b renews", b)
	mustCheck(t, "a is refused and finds the renewal", a)
	wantCalls(t, s, refreshPath, 2)
}

// A replica that renews between our Load and our call leaves us with a refresh token that is used up.
func TestRenewalByAnotherReplicaInBetween(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	session := s.Session()
	store := &racing{keeper: keeper[aliyunlock.Session]{held: session}}
	c := bare(s, aliyunlock.WithSessionStore(store))
	mustCheck(t, "the first call", c)
	other := bare(s, aliyunlock.WithSessionStore(&store.keeper))
	s.Advance(21 * time.Hour)
	store.after = func() { mustCheck(t, "the other replica", other) }
	mustCheck(t, "this replica", c)
	wantCalls(t, s, refreshPath, 1)
}

// racing lets something happen after a Load.
type racing struct {
	keeper[aliyunlock.Session]
	after func()
}

func (r *racing) Load(ctx context.Context) (aliyunlock.Session, error) {
	held, err := r.keeper.Load(ctx)
	if then := r.after; then != nil {
		r.after = nil
		then()
	}
	return held, err
}

func TestStoreThatFails(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	down := errors.New("the store is down")
	c := bare(s, codesOf(s), aliyunlock.WithSessionStore(broken{down}))
	if err := c.Check(t.Context()); !errors.Is(err, down) {
		t.Errorf("got %v, want the store's error", err)
	}
	wantCalls(t, s, createPath, 0)
}

type broken struct{ err error }

func (b broken) Load(context.Context) (aliyunlock.Session, error) { return aliyunlock.Session{}, b.err }
func (b broken) Save(context.Context, aliyunlock.Session) error   { return b.err }

func TestCodeThatCannotBeGot(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	none := errors.New("nobody is at the screen")
	c := bare(s, aliyunlock.WithAuthCode(func(context.Context) (lock.Secret, error) { return lock.Secret{}, none }, aliyunlock.AccountOAToken))
	if err := c.Check(t.Context()); !errors.Is(err, none) {
		t.Errorf("got %v, want the caller's error", err)
	}
	wrong := bare(s, aliyunlock.WithAuthCode(func(context.Context) (lock.Secret, error) { return lock.NewSecret("wrong"), nil }, aliyunlock.AccountOASession))
	if err := wrong.Check(t.Context()); !errors.Is(err, lock.ErrUnauthenticated) {
		t.Errorf("a wrong code: got %v, want ErrUnauthenticated", err)
	}
}

func TestSessionsByHand(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	c := bare(s)
	a, err := c.CreateSession(t.Context(), aliyunlock.CreateSessionRequest{AuthCode: lock.NewSecret(s.AuthCode()), AccountType: aliyunlock.AccountOASession})
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.RefreshSession(t.Context(), aliyunlock.SessionRequest{IdentityID: a.Data.IdentityID, RefreshToken: a.Data.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	mustCheck(t, "with the session made by hand", bare(s, aliyunlock.WithSession(b.Data)))
	if _, err := c.RefreshSession(t.Context(), aliyunlock.SessionRequest{IdentityID: a.Data.IdentityID, RefreshToken: a.Data.RefreshToken}); !errors.Is(err, lock.ErrUnauthenticated) {
		t.Errorf("a refresh token used twice: got %v, want ErrUnauthenticated", err)
	}
	if _, err := c.SignOut(t.Context(), aliyunlock.SessionRequest{IdentityID: b.Data.IdentityID, RefreshToken: b.Data.RefreshToken}); err != nil {
		t.Fatal(err)
	}
	if err := bare(s, aliyunlock.WithSession(b.Data)).Check(t.Context()); !errors.Is(err, lock.ErrUnauthenticated) {
		t.Errorf("after signing out: got %v, want ErrUnauthenticated", err)
	}
}

// anything is a call of the project.
func anything(t *testing.T, c *aliyunlock.Client) error {
	t.Helper()
	_, err := c.CloudListAccounts(t.Context(), aliyunlock.CloudListAccountsRequest{Count: 1})
	return err
}

// The lifetime of a cloud token is told in milliseconds or in seconds; either way it is renewed at
// half of it.
func TestCloudToken(t *testing.T) {
	for name, opts := range map[string][]aliyunlocktest.Option{
		"milliseconds": nil, "seconds": {aliyunlocktest.WithSecondsInCloudTokens()},
	} {
		t.Run(name, func(t *testing.T) {
			s := aliyunlocktest.NewServer(append(opts, aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))...)
			defer s.Close()
			store := &keeper[aliyunlock.CloudToken]{}
			c := bare(s, aliyunlock.WithCloudTokenStore(store))
			for range 3 {
				if err := anything(t, c); err != nil {
					t.Fatal(err)
				}
			}
			wantCalls(t, s, cloudPath, 1)
			if got, want := store.held.Expires, s.Clock().Now().Add(2*time.Hour); !got.Equal(want) {
				t.Errorf("the token ends at %v, want %v", got, want)
			}
			s.Advance(61 * time.Minute)
			if err := anything(t, c); err != nil {
				t.Fatal(err)
			}
			wantCalls(t, s, cloudPath, 1)
			wantCalls(t, s, renewPath, 1)
			if store.saves() != 2 {
				t.Errorf("got %d saves, want each token kept", store.saves())
			}
		})
	}
}

// Every login ends the token before: programs that do not share one end each other's, and mend it;
// programs that do, log in once.
func TestCloudTokenOfSeveralPrograms(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	a, b := bare(s), bare(s)
	for _, c := range []*aliyunlock.Client{a, b, a} {
		if err := anything(t, c); err != nil {
			t.Errorf("on their own: got %v, want the token fetched anew", err)
		}
	}
	wantCalls(t, s, cloudPath, 3)
	store := &keeper[aliyunlock.CloudToken]{}
	x, y := bare(s, aliyunlock.WithCloudTokenStore(store)), bare(s, aliyunlock.WithCloudTokenStore(store))
	for _, c := range []*aliyunlock.Client{x, y, x, y} {
		if err := anything(t, c); err != nil {
			t.Errorf("with a store: got %v, want success", err)
		}
	}
	wantCalls(t, s, cloudPath, 4)
	s.ExpireTokens()
	if err := anything(t, x); err != nil {
		t.Errorf("a dead token: got %v, want it fetched anew", err)
	}
	if err := anything(t, y); err != nil {
		t.Errorf("the other program: got %v, want the new token found", err)
	}
	wantCalls(t, s, cloudPath, 5)
}

// A client for the project alone.
func TestClientWithoutAUser(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	c := aliyunlock.New("", "", lock.WithBaseURL(s.URL), lock.WithClock(s.Clock()), aliyunlock.WithCloud(s.CloudKey, s.CloudSecret, s.Project))
	mustCheck(t, "the project", c)
	for _, op := range lock.Ops() {
		if c.Supports(op) {
			t.Errorf("it supports %s, want nothing", op)
		}
	}
	if _, err := c.Locks().Get(t.Context(), "x"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
	if _, err := c.GetStatus(t.Context(), "x"); !errors.Is(err, lock.ErrInvalidArgument) {
		t.Errorf("a user's call: got %v, want ErrInvalidArgument", err)
	}
	for _, area := range []any{c.Homes(), c.Locks(), c.Keys(), c.Passwords(), c.Meters(), c.Events()} {
		if area == nil {
			t.Error("an area is nil")
		}
	}
	wrong := aliyunlock.New("", "", lock.WithBaseURL(s.URL), aliyunlock.WithCloud(s.CloudKey, "wrong", s.Project))
	if err := wrong.Check(t.Context()); !errors.Is(err, lock.ErrUnauthenticated) {
		t.Errorf("a wrong secret: got %v, want ErrUnauthenticated", err)
	}
	other := aliyunlock.New("", "", lock.WithBaseURL(s.URL), aliyunlock.WithCloud(s.CloudKey, s.CloudSecret, "another-project"))
	if err := other.Check(t.Context()); !errors.Is(err, lock.ErrPermissionDenied) {
		t.Errorf("another project: got %v, want ErrPermissionDenied", err)
	}
}

// Each path is called with its own app key and token.
func TestLevelsKeepApart(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	c := s.Client()
	mustCheck(t, "the user", c)
	if err := anything(t, c); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Requests() {
		cloud := strings.HasPrefix(r.Path, "/cloud/")
		want, token := s.AppKey, "iotToken"
		if cloud {
			want, token = s.CloudKey, "cloudToken"
		}
		if got := r.Header.Get("X-Ca-Key"); got != want {
			t.Errorf("%s was called with the key %s, want %s", r.Path, got, want)
		}
		if !slices.Contains([]string{cloudPath}, r.Path) && !strings.Contains(string(r.Body), `"`+token+`":`) {
			t.Errorf("%s was called without %s", r.Path, token)
		}
	}
}
