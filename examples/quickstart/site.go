package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// vendors are in the order of their days.
var vendors = []vendor{
	{"DINGDING", "CLIENT_ID", simulatedDingding, realDingding},
	{"YEEUU", "PARTNER_ID", simulatedYeeuu, realYeeuu},
	{"TUYA", "CLIENT_ID", simulatedTuya, realTuya},
	{"ALIYUNLOCK", "APP_KEY", simulatedAliyun, realAliyun},
	{"EWELINK", "APP_ID", simulatedEWeLink, realEWeLink},
}

// vendor can be visited in memory, or, with its credentials, where it is.
type vendor struct {
	name       string // in front of its variables
	credential string // the variable without which there is no real one
	simulated  func() (*site, error)
	real       func(env func(string) string) (*site, error)
}

// openers are the sites to visit: those whose credentials are in the environment, or else all
// simulators.
func openers(env func(string) string) []func() (*site, error) {
	var real, simulated []func() (*site, error)
	for _, v := range vendors {
		its := func(name string) string { return env(v.name + "_" + name) }
		if its(v.credential) != "" {
			real = append(real, func() (*site, error) { return v.openReal(its) })
		}
		simulated = append(simulated, v.simulated)
	}
	if len(real) > 0 {
		return real
	}
	return simulated
}

// openReal visits the vendor itself, with what is the same for all of them.
func (v vendor) openReal(env func(string) string) (*site, error) {
	if env("LOCK") == "" {
		return nil, fmt.Errorf("name a lock you may put a code on: %s_LOCK", v.name)
	}
	s, err := v.real(env)
	if err != nil {
		return nil, err
	}
	s.patience = 10 * time.Minute
	s.lock, s.realMeter = lock.DeviceID(env("LOCK")), lock.DeviceID(env("METER"))
	s.mayOpen = env("OPEN") == "yes"
	s.tenant.Phone = lock.NewSecret(env("PHONE"))
	s.manager.Phone = s.tenant.Phone
	s.live = func(lock.DeviceID) {}
	if text := env("TOP_UP"); text != "" {
		if s.credit, err = decimal.NewFromString(text); err != nil {
			s.close()
			return nil, fmt.Errorf("%s_TOP_UP is %q, want kWh such as 0.5", v.name, text)
		}
	}
	return s, nil
}

// elsewhere are the options for another address than the vendor's.
func elsewhere(env func(string) string) []lock.Option {
	if url := env("BASE_URL"); url != "" {
		return []lock.Option{lock.WithBaseURL(url)}
	}
	return nil
}

// site is where a day takes place: a provider, our webhook, and what only a simulator has.
type site struct {
	title    string
	provider lock.Provider
	inbox    *inbox // nil = no webhook
	patience time.Duration
	now      func() time.Time
	run      int64 // makes our ids unique
	tenant   lock.Person
	manager  lock.Person

	// What the vendor wants to know of a home, and how it gives keys.
	homeSpec  func() lock.HomeSpec
	roomSpecs func() []lock.RoomSpec
	grant     func() (lock.Grant, error)

	// A real door.
	lock      lock.DeviceID
	realMeter lock.DeviceID
	mayOpen   bool
	credit    decimal.Decimal // kWh to top up; zero = none

	// People and things of a simulator.
	install func(lock.HomeID, []lock.Room) error         // the installer comes
	doorOf  func(lock.HomeID, lock.RoomID) lock.DeviceID // for vendors that list no devices
	opens   func(*day) bool                              // the tenant at the door; nil at a real one
	settle  func()                                       // until the vendor's history has it
	live    func(meter lock.DeviceID)                    // the tenant uses electricity
	closers []func()
}

// newSite is a site with what is the same everywhere.
func newSite(title string, p lock.Provider) *site {
	s := &site{
		title: title, provider: p, patience: 30 * time.Second, now: time.Now, run: time.Now().UnixNano(),
		tenant:  lock.Person{Name: "Li Na", Phone: lock.NewSecret("13912345678")},
		manager: lock.Person{Name: "Zhang Wei", Phone: lock.NewSecret("13900139028")},
		settle:  func() {},
		live:    func(lock.DeviceID) {},
	}
	s.roomSpecs = func() []lock.RoomSpec { return []lock.RoomSpec{{ID: "A", Name: "A"}, {ID: "B", Name: "B"}} }
	s.grant = func() (lock.Grant, error) {
		if s.tenant.Phone.IsZero() {
			return lock.Grant{}, skipped("no phone number is named in the environment")
		}
		return lock.Grant{Holder: s.tenant, GrantedBy: s.manager, Window: lock.Window{Until: s.now().AddDate(0, 6, 0)}}, nil
	}
	return s
}

func (s *site) unique(name string) string { return fmt.Sprintf("quickstart-%s-%d", name, s.run) }

func (s *site) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// receive serves the provider's webhook on l and puts what comes into the inbox.
func (s *site) receive(l net.Listener, path string) error {
	s.inbox = &inbox{arrived: make(chan struct{}, 1)}
	handler, err := s.provider.Events().Receive(s.inbox.put)
	if err != nil {
		_ = l.Close()
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(cmp.Or(path, "/"), handler)
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
// database before it returns nil: see examples/webhook.
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
