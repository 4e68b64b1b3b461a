package dingding_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

func TestConformance(t *testing.T) { locktest.Run(t, conformanceWorld) }

func conformanceWorld(t *testing.T) locktest.World {
	t.Helper()
	s := dingdingtest.NewServer()
	t.Cleanup(s.Close)
	relay := newRelay(t)
	s.SetCallbackURL(relay.url, relay.url)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	gate := locktest.NewGate(transport)
	var out locktest.Log
	client := func() *dingding.Client {
		return s.Client(
			lock.WithHTTPClient(&http.Client{Transport: gate}),
			lock.WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))),
			lock.WithPolling(5*time.Millisecond, 20*time.Millisecond), lock.WithWatchInterval(20*time.Millisecond),
		)
	}
	p := client()

	door := s.AddLock("front door")
	place, err := p.Locks().Get(t.Context(), door)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := p.Passwords().Create(t.Context(), door, lock.PasswordSpec{Kind: lock.PasswordAdmin, Secret: lock.NewSecret("555555")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	meter, err := s.InstallMeter(place.Home, place.Room, dingdingtest.ZigbeeMeter)
	if err != nil {
		t.Fatal(err)
	}
	water := s.AddWaterMeter("bathroom")
	s.Consume(meter, "3.5")
	s.ConsumeWater(water, "1.25")
	s.Settle()
	s.Advance(time.Second) // so that what comes is later than what was
	var made atomic.Int64
	next := func(what string) string { return fmt.Sprintf("%s-%d", what, made.Add(1)) }
	return locktest.World{
		Provider: p, Home: place.Home, Room: place.Room, Lock: door, Meter: meter, WaterMeter: water, Revealable: "999",
		Missing: locktest.IDs{Password: "1049", Key: "auth:no-such-key"},
		Person:  lock.Person{Name: "Li Na", Phone: lock.NewSecret("13912345678")},
		HomeSpec: func() lock.HomeSpec {
			return lock.HomeSpec{
				ID: lock.HomeID(next("home")), Name: next("Sunshine Gardens"), Country: "中国", City: "北京市", Zone: "朝阳区",
				Block: "阳光花园", Address: "3 号楼 502 室",
			}
		},
		RoomSpec: func() lock.RoomSpec {
			return lock.RoomSpec{ID: lock.RoomID(next("room")), Name: next("A"), Note: "south"}
		},
		Grant: func() lock.Grant {
			return lock.Grant{
				Holder: lock.Person{Name: "Li Na", Phone: lock.NewSecret(fmt.Sprintf("139%08d", made.Add(1)))},
				Window: lock.Window{Until: s.Clock().Now().Add(24 * time.Hour)},
			}
		},
		Again:     func() lock.Provider { return client() },
		Calls:     func() int { return len(s.Requests()) },
		Settle:    s.Settle,
		Advance:   s.Advance,
		Now:       s.Clock().Now,
		EnterCode: func(id lock.DeviceID, code lock.Secret) bool { return s.EnterCode(id, code.Reveal()) },
		Fill:      func(op lock.Op) int { return fill(s, op, place.Home, door, meter) },
		Webhook:   relay.forward,
		Stall:     gate.Stall,
		Output:    out.String,
		Except: map[string]string{
			"meters.configure.pay_mode/it changes that setting and leaves the rest": "the vendor sets overdraft and credit to 0 when a meter becomes postpaid (§11.23)",
		},
		Secrets: []lock.Secret{lock.NewSecret(s.ClientSecret), lock.NewSecret("555555")},
	}
}

// fill adds more than a page of what op lists.
func fill(s *dingdingtest.Server, op lock.Op, home lock.HomeID, door, meter lock.DeviceID) int {
	const many = 120
	switch op {
	case lock.ListHomes:
		for i := range many {
			s.AddHome(fmt.Sprintf("home %d", i))
		}
		return many
	case lock.ListLocks:
		for i := range many {
			s.AddLock(fmt.Sprintf("door %d", i))
		}
		return many
	case lock.ListPasswords:
		for i := range 40 {
			s.AddLocalPassword(door, fmt.Sprintf("%06d", 15973*(i+7)%1000000))
		}
		return 40
	case lock.MeterHistory:
		for range many {
			s.Consume(meter, "0.01")
			s.Advance(time.Minute)
		}
		return many
	case lock.ListEvents:
		for range many {
			s.Tamper(door)
			s.Advance(time.Second)
		}
		return many
	}
	return 0
}

// relay is what the vendor knows as our webhook; it passes on to where the suite listens.
type relay struct {
	url    string
	mu     sync.Mutex
	target string
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{}
	client := &http.Client{Transport: &http.Transport{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		target := r.target
		r.mu.Unlock()
		if target == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		out, err := http.NewRequestWithContext(req.Context(), req.Method, target, req.Body)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		resp, err := client.Do(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	t.Cleanup(func() {
		server.Close()
		client.CloseIdleConnections()
	})
	r.url = server.URL
	return r
}

func (r *relay) forward(url string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = url
}
