package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// site is where the day takes place: a provider, our webhook, and what only a simulator has.
type site struct {
	title    string
	provider lock.Provider
	inbox    *inbox
	patience time.Duration
	lock     lock.DeviceID   // a real lock to use
	credit   decimal.Decimal // kWh to top up; zero = none

	realMeter lock.DeviceID
	run       int64 // makes our ids unique

	// People and things of the simulator.
	install func(lock.HomeID, []lock.Room) error  // the installer comes
	keypad  func(lock.DeviceID, lock.Secret) bool // somebody types a code; nil at a real door
	live    func(meter lock.DeviceID) error       // the tenant uses electricity
	closers []func()
}

func (s *site) unique(name string) string { return fmt.Sprintf("quickstart-%s-%d", name, s.run) }

func (s *site) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

func openSite(env func(string) string) (*site, error) {
	if env("DINGDING_CLIENT_ID") == "" {
		return simulatedSite()
	}
	return realSite(env)
}

func simulatedSite() (*site, error) {
	sim := dingdingtest.NewServer(dingdingtest.WithLatency(80 * time.Millisecond))
	s := &site{
		title: "Dingding (simulator)", patience: 30 * time.Second, credit: decimal.NewFromInt(50), run: time.Now().UnixNano(),
		closers: []func(){sim.Close},
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.close()
		return nil, err
	}
	url := "http://" + l.Addr().String() + "/hooks/dingding"
	sim.SetCallbackURL(url, url)
	s.provider = sim.Client(dingding.WithCallbackURL(url))
	if err := s.receive(l, "/hooks/dingding"); err != nil {
		s.close()
		return nil, err
	}
	s.install = func(home lock.HomeID, rooms []lock.Room) error {
		if _, err := sim.InstallGateway(home); err != nil {
			return err
		}
		for _, r := range rooms {
			if _, err := sim.InstallLock(home, r.ID); err != nil {
				return err
			}
		}
		meter, err := sim.InstallMeter(home, rooms[0].ID, dingdingtest.ZigbeeMeter)
		if err != nil {
			return err
		}
		sim.Consume(meter, "3.4") // what the painters used
		return nil
	}
	s.keypad = func(door lock.DeviceID, code lock.Secret) bool { return sim.EnterCode(door, code.Reveal()) }
	s.live = func(meter lock.DeviceID) error {
		sim.Consume(meter, "37.25")
		return nil
	}
	return s, nil
}

func realSite(env func(string) string) (*site, error) {
	if env("DINGDING_LOCK") == "" {
		return nil, errors.New("name a lock you may put a code on: DINGDING_LOCK=<uuid>")
	}
	s := &site{
		title: "Dingding", patience: 10 * time.Minute, run: time.Now().UnixNano(),
		lock: lock.DeviceID(env("DINGDING_LOCK")), realMeter: lock.DeviceID(env("DINGDING_METER")),
		install: func(lock.HomeID, []lock.Room) error { return nil },
		live:    func(lock.DeviceID) error { return nil },
	}
	if text := env("DINGDING_TOP_UP"); text != "" {
		kWh, err := decimal.NewFromString(text)
		if err != nil {
			return nil, fmt.Errorf("DINGDING_TOP_UP is %q, want kWh such as 0.5", text)
		}
		s.credit = kWh
	}
	var opts []lock.Option
	if url := env("DINGDING_BASE_URL"); url != "" {
		opts = append(opts, lock.WithBaseURL(url))
	}
	url := env("DINGDING_CALLBACK_URL")
	if url != "" {
		opts = append(opts, dingding.WithCallbackURL(url))
	}
	s.provider = dingding.New(env("DINGDING_CLIENT_ID"), env("DINGDING_CLIENT_SECRET"), opts...)
	if url == "" {
		return s, nil
	}
	l, err := net.Listen("tcp", env("DINGDING_LISTEN"))
	if err != nil {
		return nil, fmt.Errorf("DINGDING_LISTEN: %w", err)
	}
	return s, s.receive(l, "/")
}

// receive serves the provider's webhook and puts what comes into the inbox.
func (s *site) receive(l net.Listener, path string) error {
	s.inbox = &inbox{arrived: make(chan struct{}, 1)}
	handler, err := s.provider.Events().Receive(s.inbox.put)
	if err != nil {
		_ = l.Close()
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(path, handler)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l) // ends with Close
	}()
	s.closers = append(s.closers, func() {
		_ = server.Close()
		<-served
	})
	return nil
}

// inbox keeps the events that reached our webhook, each once. A backend would write them to its
// database before it returns nil.
type inbox struct {
	mu      sync.Mutex
	seen    map[string]bool
	events  []lock.Event
	arrived chan struct{}
}

func (b *inbox) put(_ context.Context, e lock.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen == nil {
		b.seen = make(map[string]bool)
	}
	if b.seen[e.ID] {
		return nil
	}
	b.seen[e.ID] = true
	b.events = append(b.events, e)
	select {
	case b.arrived <- struct{}{}:
	default:
	}
	return nil
}

// next waits for an event that wanted accepts.
func (b *inbox) next(ctx context.Context, wanted func(lock.Event) bool) (lock.Event, error) {
	for {
		b.mu.Lock()
		for _, e := range b.events {
			if wanted(e) {
				b.mu.Unlock()
				return e, nil
			}
		}
		b.mu.Unlock()
		select {
		case <-b.arrived:
		case <-ctx.Done():
			return lock.Event{}, ctx.Err()
		}
	}
}
