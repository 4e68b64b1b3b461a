package ewelink_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	loginPath   = "POST /v2/user/login"
	refreshPath = "POST /v2/user/refresh"
	homesPath   = "GET /v2/family"
	statusPath  = "POST /v2/device/thing/status"
)

// world is a simulator and a client of it that does not keep the vendor's pace.
type world struct {
	*ewelinktest.Server
	opts []lock.Option
}

func start(t *testing.T, opts ...ewelinktest.Option) world {
	t.Helper()
	s := ewelinktest.NewServer(opts...)
	t.Cleanup(s.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return world{s, []lock.Option{lock.WithHTTPClient(&http.Client{Transport: transport}), ewelink.WithPace(0, 0, 0)}}
}

func (w world) client(opts ...lock.Option) *ewelink.Client {
	return w.Client(append(slices.Clone(w.opts), opts...)...)
}

// sessionClient is a client that has a session and no password.
func (w world) sessionClient(session ewelink.Session, opts ...lock.Option) *ewelink.Client {
	return ewelink.New(w.AppID, w.AppSecret, slices.Concat([]lock.Option{
		lock.WithBaseURL(w.URL), lock.WithClock(w.Clock()), ewelink.WithSession(session),
	}, w.opts, opts)...)
}

func (w world) wantCalls(t *testing.T, endpoint string, want int) {
	t.Helper()
	if got := len(w.Requests(endpoint)); got != want {
		t.Errorf("%s: got %d calls, want %d", endpoint, got, want)
	}
}

func mustCheck(t *testing.T, when string, c *ewelink.Client) {
	t.Helper()
	if err := c.Check(t.Context()); err != nil {
		t.Fatalf("%s: got %v, want success", when, err)
	}
}

func wantKind(t *testing.T, when string, err error, want lock.Kind) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", when, err, want)
	}
}

// keeper keeps a session, and fails as often as it is told to.
type keeper struct {
	mu    sync.Mutex
	held  ewelink.Session
	saves int
	fail  int
}

func (k *keeper) Load(context.Context) (ewelink.Session, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held, nil
}

func (k *keeper) Save(_ context.Context, s ewelink.Session) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail > 0 {
		k.fail--
		return errors.New("the disk is full")
	}
	k.held, k.saves = s, k.saves+1
	return nil
}

func TestSessions(t *testing.T) {
	t.Run("many callers log in once", func(t *testing.T) {
		w := start(t)
		c := w.client()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if err := c.Check(t.Context()); err != nil {
					t.Errorf("got %v, want success", err)
				}
			})
		}
		wg.Wait()
		w.wantCalls(t, loginPath, 1)
	})
	t.Run("a session that was given is used, and renewed with its own token", func(t *testing.T) {
		w := start(t)
		c := w.sessionClient(w.Session())
		mustCheck(t, "with a session", c)
		w.wantCalls(t, refreshPath, 0)
		w.ExpireTokens()
		mustCheck(t, "after it has expired", c)
		mustCheck(t, "after that", c)
		w.wantCalls(t, refreshPath, 1)
		w.wantCalls(t, loginPath, 0)
	})
	t.Run("it is renewed before it ends", func(t *testing.T) {
		w := start(t)
		c := w.client()
		mustCheck(t, "at first", c)
		w.Advance(24 * 24 * time.Hour)
		mustCheck(t, "after 24 days", c)
		w.wantCalls(t, refreshPath, 0)
		w.Advance(2 * 24 * time.Hour)
		mustCheck(t, "after 26 days", c)
		w.wantCalls(t, refreshPath, 1)
		w.Advance(61 * 24 * time.Hour)
		mustCheck(t, "when the refresh token has ended too", c)
		w.wantCalls(t, loginPath, 2)
	})
	t.Run("a refresh token that has ended ends a session without a password", func(t *testing.T) {
		w := start(t)
		c := w.sessionClient(w.Session())
		mustCheck(t, "with a session", c)
		w.Advance(61 * 24 * time.Hour)
		wantKind(t, "after 61 days", c.Check(t.Context()), lock.ErrUnauthenticated)
		w.wantCalls(t, refreshPath, 0)
	})
	t.Run("no session is said to be missing, without a call", func(t *testing.T) {
		w := start(t)
		c := ewelink.New(w.AppID, w.AppSecret, lock.WithBaseURL(w.URL))
		wantKind(t, "a client without a session", c.Check(t.Context()), lock.ErrInvalidArgument)
		if n := len(w.Requests()); n != 0 {
			t.Errorf("got %d calls, want none", n)
		}
	})
	t.Run("the wrong password is not tried again at once", func(t *testing.T) {
		w := start(t)
		c := w.client(ewelink.WithLogin(w.CountryCode, w.Account, lock.NewSecret("wrong")))
		for range 5 {
			wantKind(t, "with the wrong password", c.Check(t.Context()), lock.ErrUnauthenticated)
		}
		w.wantCalls(t, loginPath, 1)
	})
	t.Run("an unknown account is unauthenticated", func(t *testing.T) {
		w := start(t)
		c := w.client(ewelink.WithLogin(w.CountryCode, "nobody@example.com", lock.NewSecret("wrong")))
		wantKind(t, "logging in", c.Check(t.Context()), lock.ErrUnauthenticated)
	})
	t.Run("the wrong secret is unauthenticated", func(t *testing.T) {
		w := start(t)
		c := ewelink.New(w.AppID, "not-the-secret", append(w.opts, lock.WithBaseURL(w.URL), ewelink.WithLogin(w.CountryCode, w.Account, lock.NewSecret(w.Password)))...)
		wantKind(t, "logging in", c.Check(t.Context()), lock.ErrUnauthenticated)
	})
}

func TestSessionIsKeptBeforeItIsUsed(t *testing.T) {
	w := start(t)
	store := &keeper{fail: 1}
	c := w.client(ewelink.WithSessionStore(store))
	if err := c.Check(t.Context()); err == nil {
		t.Fatal("a session that cannot be kept: got success, want an error")
	}
	w.wantCalls(t, homesPath, 0)
	mustCheck(t, "with room on the disk", c)
	w.wantCalls(t, loginPath, 1) // the session of the first time was kept and used
	if store.saves != 1 || store.held.APIKey == "" || store.held.Region != "eu" || store.held.Expires.IsZero() {
		t.Errorf("got %d saves of a session of %q in %q that ends at %s, want one with all of it", store.saves, store.held.APIKey, store.held.Region, store.held.Expires)
	}
	w.ExpireTokens()
	mustCheck(t, "after it has expired", c)
	again := w.client(ewelink.WithSessionStore(store))
	mustCheck(t, "another process", again)
	w.wantCalls(t, loginPath, 1)
	w.wantCalls(t, refreshPath, 1)
	if !store.held.At.Equal(w.Session().At) || !store.held.Rt.Equal(w.Session().Rt) || store.held.APIKey == "" {
		t.Error("got another pair of tokens in the store than the vendor's newest")
	}
}

func TestReplicasTakeOverEachOthersRenewals(t *testing.T) {
	w := start(t)
	store := &keeper{}
	a, b := w.client(ewelink.WithSessionStore(store)), w.client(ewelink.WithSessionStore(store))
	mustCheck(t, "a", a)
	mustCheck(t, "b", b)
	w.ExpireTokens()
	mustCheck(t, "a after the end", a)
	mustCheck(t, "b after the end", b)
	mustCheck(t, "a again", a)
	w.wantCalls(t, loginPath, 1)
	w.wantCalls(t, refreshPath, 1)
}

func TestNoLoginWar(t *testing.T) {
	w := start(t)
	c := w.client()
	mustCheck(t, "at first", c)
	w.TakeOver(w.Account)
	mustCheck(t, "after another login", c) // taken back, once
	w.wantCalls(t, loginPath, 2)
	w.TakeOver(w.Account)
	for range 24 * 60 / 10 {
		wantKind(t, "after the second other login", c.Check(t.Context()), lock.ErrSessionConflict)
		w.Advance(9 * time.Minute)
	}
	w.wantCalls(t, loginPath, 2)
	w.Advance(3 * time.Hour)
	mustCheck(t, "the next day", c)
	w.wantCalls(t, loginPath, 3)
}

func TestTakingBackThatFailsIsTriedAgain(t *testing.T) {
	w := start(t)
	c := w.client(lock.WithRetry(lock.RetryPolicy{Attempts: 1}))
	mustCheck(t, "at first", c)
	w.TakeOver(w.Account)
	w.Fail("/v2/user/refresh", ewelinktest.BadGateway())
	if err := c.Check(t.Context()); err == nil {
		t.Fatal("while the vendor is away: got success")
	}
	mustCheck(t, "when it is back", c)
	w.wantCalls(t, loginPath, 2)
}

func TestTokensThatEndEarlyAreNoConflict(t *testing.T) {
	w := start(t)
	c := w.client()
	for range 4 {
		mustCheck(t, "again", c)
		w.ExpireTokens()
		w.Advance(time.Hour)
	}
	w.wantCalls(t, loginPath, 1)
	w.wantCalls(t, refreshPath, 3)
}

func TestConflictEndsWithANewSessionInTheStore(t *testing.T) {
	w := start(t)
	store := &keeper{}
	c := w.client(ewelink.WithSessionStore(store))
	mustCheck(t, "at first", c)
	for range 2 {
		w.TakeOver(w.Account)
		_ = c.Check(t.Context())
	}
	wantKind(t, "after two other logins", c.Check(t.Context()), lock.ErrSessionConflict)
	store.mu.Lock()
	store.held = w.Session()
	store.mu.Unlock()
	w.Advance(2 * time.Minute)
	mustCheck(t, "with the other's session", c)
	w.wantCalls(t, loginPath, 2)
}

func TestRegions(t *testing.T) {
	t.Run("the account is found where it lives, and stays found", func(t *testing.T) {
		w := start(t, ewelinktest.WithRegion("us"))
		c := w.client(ewelink.WithRegion(ewelink.RegionAS))
		mustCheck(t, "from another region", c)
		if got := c.Region(); got != ewelink.RegionUS {
			t.Errorf("got the region %s, want us", got)
		}
		mustCheck(t, "again", c)
		w.wantCalls(t, loginPath, 2)
		w.wantCalls(t, homesPath, 2)
	})
	t.Run("a region without an address is said so", func(t *testing.T) {
		w := start(t)
		w.Fail("/v2/user/login", ewelinktest.Reply(200, "application/json", `{"error":10004,"msg":"redirection","data":{"region":"mars"}}`).Always())
		err := w.client().Check(t.Context())
		wantKind(t, "a login sent to mars", err, lock.ErrWrongRegion)
		if e, _ := errors.AsType[*lock.Error](err); e == nil || e.Code != "10004" || !strings.Contains(e.Message, "mars") {
			t.Errorf("got %v, want code 10004 and the region's name", err)
		}
		w.wantCalls(t, loginPath, 1)
	})
	t.Run("two regions that name each other end it", func(t *testing.T) {
		w := start(t)
		w.Fail("/v2/user/login", ewelinktest.Reply(200, "application/json", `{"error":10004,"msg":"redirection","data":{"region":"us"}}`))
		w.Fail("/v2/user/login", ewelinktest.Reply(200, "application/json", `{"error":10004,"msg":"redirection","data":{"region":"eu"}}`))
		wantKind(t, "a login sent to and fro", w.client().Check(t.Context()), lock.ErrWrongRegion)
		w.wantCalls(t, loginPath, 2)
	})
	t.Run("a redirection without a region is an error", func(t *testing.T) {
		w := start(t)
		w.Fail("/v2/user/login", ewelinktest.Code(10004, "redirection"))
		wantKind(t, "a login sent nowhere", w.client().Check(t.Context()), lock.ErrWrongRegion)
	})
	t.Run("the vendor is asked for a country's region", func(t *testing.T) {
		w := start(t)
		r, err := w.client().GetRegion(t.Context(), "+86")
		if err != nil || r.Region != ewelink.RegionCN {
			t.Errorf("got %v and %v, want cn", r, err)
		}
	})
	for code, want := range map[string]ewelink.Region{"+86": "cn", "86": "cn", "+1": "us", "+44": "eu", "+852": "as", "98": "ir", "+1876": "us", "": "eu"} {
		if got := ewelink.RegionOf(code); got != want {
			t.Errorf("RegionOf(%q): got %s, want %s", code, got, want)
		}
	}
}

func TestOAuth(t *testing.T) {
	w := start(t)
	appID, secret := w.AddFreeApp()
	opts := append(slices.Clone(w.opts), lock.WithBaseURL(w.URL), lock.WithClock(w.Clock()))
	app := ewelink.New(appID, secret, opts...)
	page, err := app.AuthorizeURL(ewelink.AuthorizeRequest{RedirectURL: "https://example.com/back", State: "s1"})
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(page, "?")
	hc := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := hc.Get(w.URL + "/oauth/index.html?" + query)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil || back.Query().Get("state") != "s1" {
		t.Fatalf("got the status %d and %v, want to be sent back with the state", resp.StatusCode, err)
	}
	r, err := app.ExchangeCode(t.Context(), ewelink.ExchangeCodeRequest{
		Code: lock.NewSecret(back.Query().Get("code")), RedirectURL: "https://example.com/back", Region: ewelink.Region(back.Query().Get("region")),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := ewelink.New(appID, secret, append(opts, ewelink.WithSession(r.Session))...)
	mustCheck(t, "with a session by OAuth", c)

	_, err = c.GetProfile(t.Context())
	wantKind(t, "a path that a free app id may not call", err, lock.ErrPlanRequired)
	if err == nil || !strings.Contains(err.Error(), "AuthorizeURL") {
		t.Errorf("got %v, want it to say what to do", err)
	}
	wantKind(t, "a password with a free app id", ewelink.New(appID, secret, append(opts, ewelink.WithLogin("+44", w.Account, lock.NewSecret(w.Password)))...).Check(t.Context()), lock.ErrPlanRequired)
	_, err = app.ExchangeCode(t.Context(), ewelink.ExchangeCodeRequest{Code: lock.NewSecret("used"), RedirectURL: "https://example.com/back"})
	wantKind(t, "a code that nobody has given out", err, lock.ErrNotFound)
}

func TestThings(t *testing.T) {
	list := func(t *testing.T, w world, home string) (ids []string, err error) {
		t.Helper()
		for thing, e := range w.client().Things(t.Context(), home) {
			if e != nil {
				return ids, e
			}
			ids = append(ids, thing.ID())
		}
		return ids, nil
	}
	t.Run("every thing is listed once", func(t *testing.T) {
		w := start(t, ewelinktest.WithListLimit())
		for n := range 95 {
			w.AddSwitch("lamp "+strconv.Itoa(n), 1)
		}
		ids, err := list(t, w, "")
		if err != nil || len(ids) != 95 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 95 {
			t.Errorf("got %d things and %v, want 95", len(ids), err)
		}
	})
	t.Run("an empty first page is asked for again", func(t *testing.T) {
		w := start(t)
		w.AddSwitch("lamp", 1)
		w.HideThings(1)
		if ids, err := list(t, w, ""); err != nil || len(ids) != 1 {
			t.Errorf("got %d things and %v, want 1", len(ids), err)
		}
	})
	t.Run("things that are counted and not shown are told", func(t *testing.T) {
		w := start(t)
		w.AddSwitch("lamp", 1)
		w.AddForeign(3)
		ids, err := list(t, w, "")
		var part *ewelink.PartialList
		if len(ids) != 1 || !errors.As(err, &part) || part.Listed != 1 || part.Total != 4 || !errors.Is(err, lock.ErrPartial) {
			t.Errorf("got %d things and %v, want 1 and what is missing", len(ids), err)
		}
		devices := 0
		for _, err := range w.client().Homes().Devices(t.Context(), w.MainHome()) {
			if err != nil {
				t.Fatalf("the portable list: got %v, want no error", err)
			}
			devices++
		}
		if devices != 1 {
			t.Errorf("got %d devices, want 1", devices)
		}
	})
	t.Run("a shared device is found", func(t *testing.T) {
		w := start(t)
		w.AddAccount("neighbour@example.com")
		gate := w.AddShared("gate", "neighbour@example.com")
		c := w.client(ewelink.WithDoors(ewelink.Door{Device: string(gate), Latching: true}))
		if l, err := c.Locks().Get(t.Context(), gate); err != nil || l.Name != "gate" {
			t.Errorf("got %v and %v, want the gate", l.Name, err)
		}
	})
}

// flat answers thing lists with things that all have one index.
func flat(n int) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		begin, _ := strconv.Atoi(q.Get("beginIndex"))
		num, _ := strconv.Atoi(q.Get("num"))
		var items []string
		for i := range n {
			index := -40 + i/4
			if index > begin && len(items) < num {
				items = append(items, fmt.Sprintf(`{"itemType":1,"itemData":{"deviceid":"d%d"},"index":%d}`, i, index))
			}
		}
		fmt.Fprintf(rw, `{"error":0,"msg":"","data":{"thingList":[%s],"total":%d}}`, strings.Join(items, ","), n)
	})
}

func TestThingsOfOneIndexAreNotLost(t *testing.T) {
	server := httptest.NewServer(flat(101))
	defer server.Close()
	c := ewelink.New("app", "secret", lock.WithBaseURL(server.URL), ewelink.WithPace(0, 0, 0), ewelink.WithSession(ewelink.Session{At: lock.NewSecret("at-1")}),
		lock.WithHTTPClient(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}))
	seen := map[string]int{}
	for thing, err := range c.Things(t.Context(), "h") {
		if err != nil {
			t.Fatal(err)
		}
		seen[thing.ID()]++
	}
	if len(seen) != 101 {
		t.Errorf("got %d things, want 101", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s: got it %d times, want once", id, n)
		}
	}
}

func TestRecordsOfOneInstantAreNotLost(t *testing.T) {
	w := start(t)
	door := w.AddRelay("front door")
	at := w.Clock().Now().Add(-time.Hour).Truncate(time.Millisecond)
	for n := range 100 { // seven of each instant, some of them alike
		w.RecordAt(door, at.Add(-time.Duration(n/7)*time.Second), map[string]any{"switch": [...]string{"on", "off"}[n%2]})
	}
	c := w.client()
	count := func(before, since time.Time) (n int) {
		var last time.Time
		for r, err := range c.Records(t.Context(), string(door), before, since) {
			if err != nil {
				t.Fatal(err)
			}
			if !last.IsZero() && r.OpsTime.After(last) {
				t.Errorf("got a record of %s after one of %s, want the newest first", r.OpsTime.Time, last)
			}
			last = r.OpsTime.Time
			n++
		}
		return n
	}
	if got := count(time.Time{}, time.Time{}); got != 100 {
		t.Errorf("got %d records, want 100", got)
	}
	if got := count(at, at.Add(-2*time.Second)); got != 14 {
		t.Errorf("from two seconds before up to the last instant: got %d records, want 14", got)
	}
	for range 31 {
		w.RecordAt(door, at.Add(time.Minute), map[string]any{"switch": "on"})
	}
	n, last := 0, error(nil)
	for _, err := range c.Records(t.Context(), string(door), time.Time{}, time.Time{}) {
		if last = err; err == nil {
			n++
		}
	}
	if n != 130 || !errors.Is(last, lock.ErrPartial) {
		t.Errorf("with an instant too full: got %d records and %v, want 130 and %v", n, last, lock.ErrPartial)
	}
}

// Whether an instant belongs to what is "from" it is not documented: a page may bring again what is a
// millisecond younger than the last one's end.
func TestRecordsAMillisecondApartComeOnce(t *testing.T) {
	for name, vendor := range map[string][]ewelinktest.Option{"from is inside": nil, "from is outside": {ewelinktest.WithExclusiveFrom()}} {
		t.Run(name, func(t *testing.T) {
			w := start(t, vendor...)
			door := w.AddRelay("front door")
			at := w.Clock().Now().Add(-time.Hour).Truncate(time.Millisecond)
			const many = 95
			for n := range many {
				w.RecordAt(door, at.Add(-time.Duration(n)*time.Millisecond), map[string]any{"switch": "on"})
			}
			n := 0
			for _, err := range w.client().Records(t.Context(), string(door), time.Time{}, time.Time{}) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n > many {
					break
				}
			}
			if n != many {
				t.Errorf("got %d records or more, want %d", n, many)
			}
		})
	}
}

func TestOpening(t *testing.T) {
	by := lock.Person{Name: "Li Na"}
	t.Run("a relay that would stay on is not switched", func(t *testing.T) {
		w := start(t)
		boiler := w.AddSwitch("boiler", 1)
		c := w.client(ewelink.WithDoors(ewelink.Door{Device: string(boiler)}))
		_, err := c.Locks().Open(t.Context(), boiler, by)
		wantKind(t, "opening by a relay without inching", err, lock.ErrUnsupported)
		w.wantCalls(t, statusPath, 0)
		latching := w.client(ewelink.WithDoors(ewelink.Door{Device: string(boiler), Latching: true}))
		if _, err := latching.Locks().Open(t.Context(), boiler, by); err != nil || w.Param(boiler, "switch") != "on" {
			t.Errorf("a strike that shall stay open: got %v, want it on", err)
		}
	})
	t.Run("a device that nobody calls a door is none", func(t *testing.T) {
		w := start(t)
		boiler, door := w.AddSwitch("boiler", 1), w.AddRelay("front door")
		c := w.client(ewelink.WithDoors(ewelink.Door{Device: string(door)}))
		_, err := c.Locks().Open(t.Context(), boiler, by)
		wantKind(t, "opening the boiler", err, lock.ErrNotFound)
		if none := w.client(); none.Supports(lock.OpenLock) || none.Supports(lock.GrantKey) {
			t.Error("a client without doors says that it can open some")
		}
		_, err = w.client().Locks().Open(t.Context(), door, by)
		wantKind(t, "a client without doors", err, lock.ErrUnsupported)
	})
	t.Run("a door that is offline or silent is said so", func(t *testing.T) {
		w := start(t)
		door := w.AddRelay("front door")
		c := w.client(ewelink.WithDoors(ewelink.Door{Device: string(door)}))
		w.Deafen(door, true)
		_, err := c.Locks().Open(t.Context(), door, by)
		wantKind(t, "a silent door", err, lock.ErrDeviceTimeout)
		w.Deafen(door, false)
		w.Offline(door)
		_, err = c.Locks().Open(t.Context(), door, by)
		wantKind(t, "a door that is offline", err, lock.ErrDeviceOffline)
	})
	t.Run("a lost answer is not repeated", func(t *testing.T) {
		w := start(t)
		door := w.AddRelay("front door")
		c := w.client(ewelink.WithDoors(ewelink.Door{Device: string(door)}))
		w.Fail("/v2/device/thing/status", ewelinktest.DropAfter())
		_, err := c.Locks().Open(t.Context(), door, by)
		wantKind(t, "with a lost answer", err, lock.ErrOutcomeUnknown)
		if w.Opened(door) != 1 {
			t.Errorf("the door opened %d times, want once", w.Opened(door))
		}
	})
	t.Run("channels open doors of their own", func(t *testing.T) {
		w := start(t)
		box := w.AddSwitch("box", 4)
		w.Report(box, map[string]any{"pulses": []any{map[string]any{"pulse": "on", "width": 500, "outlet": json.Number("2")}}})
		w.Tag(box, map[string]any{"ck_channel_name": map[string]any{"0": "yard", "2": "shed"}, "door": map[string]any{"channel": 2}})
		c := w.client(ewelink.WithDoors(ewelink.Door{Device: string(box)}), ewelink.WithDoorTag("door"))
		shed := ewelink.DeviceID(string(box), 2)
		if _, err := c.Locks().Open(t.Context(), shed, by); err != nil {
			t.Errorf("the shed: got %v, want it open", err)
		}
		_, err := c.Locks().Open(t.Context(), box, by)
		wantKind(t, "the yard, whose channel is not set to inching", err, lock.ErrUnsupported)
		if err := c.Locks().Rename(t.Context(), shed, "bicycles"); err != nil {
			t.Errorf("renaming the shed: got %v, want success", err)
		}
		names := map[lock.DeviceID]string{}
		for l, err := range c.Locks().List(t.Context(), lock.LockQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			names[l.ID] = l.Name
		}
		if len(names) != 2 || names[shed] != "bicycles" || names[box] != "yard" {
			t.Errorf("got the doors %v, want the yard and the bicycles", names)
		}
		_, err = c.Keys().Grant(t.Context(), shed, lock.Grant{Holder: lock.Person{ID: "li@example.com"}, Permanent: true})
		wantKind(t, "sharing one of two doors", err, lock.ErrUnsupported)
	})
	t.Run("the contact sensor tells of the door", func(t *testing.T) {
		for _, kind := range []ewelinktest.Contact{ewelinktest.WiFiContact, ewelinktest.NewWiFiContact, ewelinktest.ZigbeeContact, ewelinktest.ZigbeeContactP} {
			w := start(t)
			door, contact := w.AddRelay("front door"), w.AddContact("contact", kind)
			c := w.client(ewelink.WithDoors(ewelink.Door{Device: string(door), Sensor: string(contact)}))
			for _, open := range []bool{false, true} {
				if open {
					w.OpenDoor(contact)
				}
				l, err := c.Locks().Get(t.Context(), door)
				if err != nil || l.DoorOpen == nil || *l.DoorOpen != open {
					t.Errorf("sensor %d: got %v and %v, want open: %t", kind, l.DoorOpen, err, open)
				}
				if volts := kind == ewelinktest.WiFiContact; volts != (l.Battery == nil) || volts != l.BatteryAt.IsZero() {
					t.Errorf("sensor %d: got the battery %v of %s, want a percentage unless it counts volts", kind, l.Battery, l.BatteryAt)
				}
			}
		}
	})
}

func TestMeterValues(t *testing.T) {
	w := start(t)
	for _, tt := range []struct {
		kind     ewelinktest.Meter
		channels int
	}{
		{ewelinktest.POW, 1}, {ewelinktest.POWR2, 1}, {ewelinktest.S40, 1}, {ewelinktest.DualR3, 2}, {ewelinktest.SPM, 4},
		{ewelinktest.POWR3, 1}, {ewelinktest.POWR3Old, 1}, {ewelinktest.PrepaidCB, 1},
	} {
		c := w.client()
		id := w.AddMeter(fmt.Sprintf("meter %d", tt.kind), tt.kind)
		if err := c.WatchMeter(t.Context(), string(id), 0, time.Minute); err != nil {
			t.Errorf("kind %d: watching: got %v, want success", tt.kind, err)
		}
		w.Draw(id, 460.25)
		m, err := c.Meters().Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		thing, ok := lock.As[*ewelink.Thing](m)
		if !ok {
			t.Fatalf("kind %d: the meter is no thing", tt.kind)
		}
		power := thing.Power()
		if len(power) != tt.channels || power[0].Watts == nil || !power[0].Watts.Equal(decimal.RequireFromString("460.25")) || !power[0].Volts.Equal(decimal.NewFromInt(230)) {
			t.Errorf("kind %d: got %v, want 460.25 W at 230 V in the first of %d", tt.kind, power, tt.channels)
		}
		last := ewelink.DeviceID(string(id), tt.channels-1)
		op, err := c.Meters().Switch(t.Context(), last, true)
		if err != nil {
			t.Fatalf("kind %d: switching: got %v, want success", tt.kind, err)
		}
		if m, err := op.Wait(t.Context()); err != nil || m.On == nil || !*m.On {
			t.Errorf("kind %d: got %v and %v, want it on", tt.kind, m.On, err)
		}
		if m, err = c.Meters().Get(t.Context(), last); err != nil || m.On == nil || !*m.On {
			t.Errorf("kind %d: the meter afterwards: got %v and %v, want it on", tt.kind, m.On, err)
		}
		_, err = c.Meters().Get(t.Context(), ewelink.DeviceID(string(id), tt.channels))
		wantKind(t, "a channel too many", err, lock.ErrNotFound)
	}
}

func TestBreaker(t *testing.T) {
	w := start(t)
	c := w.client()
	breaker, pow := w.AddMeter("breaker", ewelinktest.PrepaidCB), w.AddMeter("pow", ewelinktest.POW)
	if err := c.Recharge(t.Context(), string(breaker), 100); err != nil {
		t.Fatal(err)
	}
	w.Consume(breaker, 12.34)
	m, err := c.Meters().Get(t.Context(), breaker)
	if err != nil || m.PayMode != lock.Prepaid || m.Left == nil || m.Left.String() != "87.66" || m.Total == nil || m.Total.String() != "12.34" {
		t.Errorf("got %v left of %v, %v and %v, want 87.66 of 12.34 kWh", m.Left, m.Total, m.PayMode, err)
	}
	op, err := c.Meters().Read(t.Context(), breaker)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := op.Wait(t.Context()); err != nil || r.Total.String() != "12.34" || r.Left.String() != "87.66" {
		t.Errorf("got %v and %v, want 12.34 and 87.66 left", r, err)
	}
	if err := c.ClearTotal(t.Context(), string(breaker)); err != nil {
		t.Errorf("clearing the counter: got %v, want success", err)
	}
	if err := c.ClearCredit(t.Context(), string(breaker)); err != nil {
		t.Errorf("clearing the credit: got %v, want success", err)
	}
	if got := w.Remaining(breaker); got != "0.00" {
		t.Errorf("got %s kWh left, want none", got)
	}
	_, err = c.Meters().Read(t.Context(), pow)
	wantKind(t, "reading a meter without a counter", err, lock.ErrUnsupported)
	wantKind(t, "paying for one without credit", c.Recharge(t.Context(), string(pow), 10), lock.ErrUnsupported)
	wantKind(t, "paying nothing", c.Recharge(t.Context(), string(breaker), 0), lock.ErrInvalidArgument)
	w.Offline(breaker)
	_, err = c.Meters().Read(t.Context(), breaker)
	wantKind(t, "reading one that is offline", err, lock.ErrDeviceOffline)
}

func TestEnergyHistories(t *testing.T) {
	w := start(t)
	c := w.client()
	socket, err := c.Socket(t.Context(), ewelink.SocketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for _, tt := range []struct {
		kind    ewelinktest.Meter
		channel int
	}{
		{ewelinktest.POW, 0}, {ewelinktest.POWR2, 0}, {ewelinktest.S40, 0}, {ewelinktest.DualR3, 1}, {ewelinktest.SPM, 3},
		{ewelinktest.POWR3, 0}, {ewelinktest.POWR3Old, 0}, {ewelinktest.PrepaidCB, 0},
	} {
		id := w.AddMeter(fmt.Sprintf("meter %d", tt.kind), tt.kind)
		now := w.Clock().Now()
		for hours, kWh := range map[int]float64{0: 1.25, 24: 2.5, 48: 3.07} {
			w.ConsumeAt(id, tt.channel, now.Add(-time.Duration(hours)*time.Hour), kWh)
		}
		records, err := c.Energy(t.Context(), string(id), tt.channel, now.Add(-49*time.Hour))
		if err != nil {
			t.Errorf("kind %d: got %v, want its history", tt.kind, err)
			continue
		}
		found := map[string]time.Duration{}
		for _, r := range records {
			if !r.KWh.IsZero() {
				found[r.KWh.String()] = now.Sub(r.Window.From)
			}
		}
		for kWh, age := range map[string]time.Duration{"1.25": 0, "2.5": 24 * time.Hour, "3.07": 48 * time.Hour} {
			if got, ok := found[kWh]; !ok || got < age-time.Minute || got > age+24*time.Hour {
				t.Errorf("kind %d: got %v, want %s kWh %s ago", tt.kind, found, kWh, age)
			}
		}
		used, err := c.Meters().Consumption(t.Context(), ewelink.DeviceID(string(id), tt.channel), lock.Window{From: now.Add(-72 * time.Hour)})
		if err != nil || used.Amount.String() != "6.82" {
			t.Errorf("kind %d: got %s and %v, want 6.82 kWh in three days", tt.kind, used.Amount, err)
		}
	}
}

func TestEnergyBringsTheSocketUp(t *testing.T) {
	w := start(t)
	c := w.client()
	id := w.AddMeter("kitchen", ewelinktest.POW)
	w.ConsumeAt(id, 0, w.Clock().Now(), 1.25)
	used, err := c.Meters().Consumption(t.Context(), id, lock.Window{From: w.Clock().Now().Add(-48 * time.Hour)})
	if err != nil || used.Amount.String() != "1.25" {
		t.Errorf("got %s and %v, want 1.25 kWh", used.Amount, err)
	}
}

func TestTopUps(t *testing.T) {
	w := start(t)
	c := w.client()
	breaker := w.AddMeter("breaker", ewelinktest.PrepaidCB)
	ten := decimal.NewFromInt(10)
	topUp := func(order string) error {
		_, err := c.Meters().TopUp(t.Context(), breaker, lock.TopUp{Order: order, Amount: ten})
		return err
	}
	wantLeft := func(when, want string) {
		t.Helper()
		if got := w.Remaining(breaker); got != want {
			t.Errorf("%s: got %s kWh left, want %s", when, got, want)
		}
	}
	wantState := func(order string, want lock.ReceiptState) {
		t.Helper()
		if r, err := c.Meters().TopUpStatus(t.Context(), order); err != nil || r.State != want || r.Device != breaker || !r.Amount.Equal(ten) {
			t.Errorf("%s: got %v and %v, want it %s", order, r.State, err, want)
		}
	}
	w.Fail("/v2/device/thing/status", ewelinktest.DropAfter())
	wantKind(t, "a lost answer", topUp("lost"), lock.ErrOutcomeUnknown)
	wantLeft("after a lost answer", "10.00")
	wantState("lost", lock.TopUpPending)
	wantKind(t, "the same order again", topUp("lost"), lock.ErrOutcomeUnknown)
	wantLeft("after the same order again", "10.00")

	w.Offline(breaker)
	wantKind(t, "a breaker that is offline", topUp("offline"), lock.ErrDeviceOffline)
	wantState("offline", lock.TopUpFailed)
	w.Online(breaker)
	if err := topUp("offline"); err != nil {
		t.Errorf("when it is back: got %v, want success", err)
	}
	wantState("offline", lock.TopUpSucceeded)
	wantLeft("when it is back", "20.00")

	w.Fail("/v2/device/tags", ewelinktest.Status(503))
	if topUp("unwritten") == nil {
		t.Error("an order that cannot be written down: got success")
	}
	wantLeft("after an order that was not written down", "20.00")

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := topUp("once"); err != nil {
				t.Errorf("got %v, want success", err)
			}
		})
	}
	wg.Wait()
	wantLeft("after eight at once", "30.00")

	for when, u := range map[string]lock.TopUp{"half a kWh": {Order: "o", Amount: decimal.RequireFromString("0.5")}, "too much": {Order: "o", Amount: decimal.NewFromInt(60001)}} {
		_, err := c.Meters().TopUp(t.Context(), breaker, u)
		wantKind(t, when, err, lock.ErrInvalidArgument)
	}
	_, err := c.Meters().TopUp(t.Context(), breaker, lock.TopUp{Order: "o", Fee: ten})
	wantKind(t, "money", err, lock.ErrUnsupported)
	_, err = c.Meters().TopUp(t.Context(), w.AddMeter("pow", ewelinktest.POW), lock.TopUp{Order: "o", Amount: ten})
	wantKind(t, "a meter without credit", err, lock.ErrUnsupported)
}

func TestEventsOfADoor(t *testing.T) {
	w := start(t)
	door, contact, lamp := w.AddRelay("front door"), w.AddContact("contact", ewelinktest.ZigbeeContact), w.AddSwitch("lamp", 1)
	c := w.client(ewelink.WithDoors(ewelink.Door{Device: string(door), Sensor: string(contact)}))
	w.Press(door)
	w.OpenDoor(contact)
	w.Settle()
	if _, err := c.Locks().Open(t.Context(), door, lock.Person{Name: "Li Na"}); err != nil {
		t.Fatal(err)
	}
	w.Press(lamp)
	w.Settle()
	w.Alarm(door, "tamper", map[string]any{"alarm": "tamper"})
	w.Message("pushNotify_v2", map[string]any{"text": "hello"})
	kinds := func(q lock.EventQuery) map[lock.EventKind]int {
		t.Helper()
		found := map[lock.EventKind]int{}
		for e, err := range c.Events().History(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			found[e.Kind]++
			if e.Kind == lock.EventLockUnlocked && e.Method == lock.MethodApp && e.Actor.ID != w.Account {
				t.Errorf("got the actor %q, want the account", e.Actor.ID)
			}
			if e.Kind == lock.EventLockDoorOpened && e.Device != door {
				t.Errorf("the contact: got the device %s, want the door", e.Device)
			}
		}
		return found
	}
	of := kinds(lock.EventQuery{Device: door})
	if of[lock.EventLockUnlocked] != 2 || of[lock.EventLockLocked] != 2 || of[lock.EventLockDoorOpened] != 1 || of[lock.EventDeviceFault] != 1 || of[lock.EventVendorUnknown] != 0 {
		t.Errorf("the door: got %v, want it opened twice and locked twice, the leaf opened and an alarm", of)
	}
	all := kinds(lock.EventQuery{})
	if all[lock.EventVendorUnknown] != 2 || all[lock.EventLockUnlocked] != 2 { // the lamp, and the message
		t.Errorf("everything: got %v, want two that have no name here", all)
	}
	if none := kinds(lock.EventQuery{Kinds: []lock.EventKind{lock.EventLockDuress}}); len(none) != 0 {
		t.Errorf("a kind that did not happen: got %v, want none", none)
	}
}

func TestTheVendorsPaceIsKept(t *testing.T) {
	w := start(t, ewelinktest.WithPace())
	c := w.Client(w.opts[0]) // with the pace it has by itself
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := c.Check(t.Context()); err != nil {
				t.Errorf("got %v, want success", err)
			}
		})
	}
	wg.Wait()
	if n := w.TooFast(); n != 0 {
		t.Errorf("got %d calls that came too fast, want none", n)
	}
}

func TestQuotaAndGateway(t *testing.T) {
	w := start(t)
	c := w.client()
	mustCheck(t, "at first", c)
	w.Fail("/v2/family", ewelinktest.Reply(403, "text/html", "<html>quota</html>"))
	wantKind(t, "HTTP 403", c.Check(t.Context()), lock.ErrQuotaExceeded)
	w.Fail("/v2/family", ewelinktest.Reply(404, "text/html", "<html>gone</html>"))
	wantKind(t, "a web page", c.Check(t.Context()), lock.ErrProtocol)
	w.Fail("/v2/family", ewelinktest.Code(412, "limit"))
	wantKind(t, "code 412", c.Check(t.Context()), lock.ErrQuotaExceeded)
	w.Fail("/v2/family", ewelinktest.Code(500, "oops"))
	mustCheck(t, "after one failure", c) // repeated
}
