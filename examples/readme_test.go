package examples

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

// The code between "begin" and "end" is what the README shows.

var ctx = context.Background()

func Example_connect() {
	s := dingdingtest.NewServer()
	defer s.Close()
	clientID, clientSecret, simulator := s.ClientID, s.ClientSecret, lock.WithBaseURL(s.URL)
	connect := func() error {
		// begin connect
		p := dingding.New(clientID, clientSecret, simulator) // without the last argument: the vendor's cloud
		if err := p.Check(ctx); err != nil {
			return err // errors.Is(err, lock.ErrUnauthenticated): the credentials are wrong
		}
		// end connect
		fmt.Println("connected to", p.Vendor())
		return nil
	}
	if err := connect(); err != nil {
		log.Fatal(err)
	}
	// Output: connected to dingding
}

func Example_find() {
	s := dingdingtest.NewServer()
	defer s.Close()
	s.AddLock("front door")
	var p lock.Provider = s.Client()
	find := func() error {
		// begin find
		for l, err := range p.Locks().List(ctx, lock.LockQuery{}) {
			if err != nil {
				return err
			}
			fmt.Println(l.Name)
		}
		// end find
		return nil
	}
	if err := find(); err != nil {
		log.Fatal(err)
	}
	// Output: front door
}

func Example_code() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	var p lock.Provider = s.Client()
	sendToTenant := func(code string) { fmt.Println("door opens:", s.EnterCode(door, code)) }
	give := func() error {
		// begin code
		op, err := p.Passwords().Create(ctx, door, lock.PasswordSpec{
			Name:   "Li Na",
			Window: lock.Window{Until: time.Now().AddDate(0, 6, 0)},
		})
		if err != nil {
			return err
		}
		pw, err := op.Wait(ctx) // until the lock itself has answered
		if err != nil {
			return err
		}
		fmt.Println(pw.State, pw.Secret) // active ******
		sendToTenant(pw.Secret.Reveal())
		// end code
		return nil
	}
	if err := give(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// active ******
	// door opens: true
}

func Example_resume() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	var p lock.Provider = s.Client()
	op, err := p.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: time.Now().Add(time.Hour)}})
	if err != nil {
		log.Fatal(err)
	}
	var stored string
	store := func(id string) { stored = id }
	resume := func() error {
		// begin resume
		store(op.ID()) // in your database; it holds no secrets

		// later, in another process
		op, err := lock.Resume[lock.Password](p, stored)
		if err != nil {
			return err
		}
		pw, err := op.Wait(ctx)
		// end resume
		fmt.Println(pw.Name, pw.State)
		return err
	}
	if err := resume(); err != nil {
		log.Fatal(err)
	}
	// Output: Li Na active
}

// tenant gives a door a code and waits for it.
func tenant(p lock.Provider, door lock.DeviceID) lock.Password {
	op, err := p.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: time.Now().Add(time.Hour)}})
	if err != nil {
		log.Fatal(err)
	}
	pw, err := op.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	return pw
}

func Example_freeze() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	var p lock.Provider = s.Client()
	pw := tenant(p, door)
	freeze := func() error {
		// begin freeze
		op, err := p.Passwords().Freeze(ctx, door, pw.ID) // and Unfreeze
		if err != nil {
			return err
		}
		_, err = op.Wait(ctx)
		// end freeze
		return err
	}
	if err := freeze(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("door opens:", s.EnterCode(door, pw.Secret.Reveal()))
	// Output: door opens: false
}

func Example_moveOut() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	var p lock.Provider = s.Client()
	pw := tenant(p, door)
	moveOut := func() error {
		// begin moveout
		op, err := p.Passwords().Delete(ctx, door, pw.ID)
		if errors.Is(err, lock.ErrNotFound) {
			return nil // it was gone already
		}
		if err != nil {
			return err
		}
		_, err = op.Wait(ctx)
		// end moveout
		return err
	}
	if err := moveOut(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("door opens:", s.EnterCode(door, pw.Secret.Reveal()))
	// Output: door opens: false
}

func Example_webhook() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	registered := server.URL + "/hooks/dingding/5b1f0c9e"
	s.SetCallbackURL(registered, registered)
	clientID, clientSecret, simulator := s.ClientID, s.ClientSecret, lock.WithBaseURL(s.URL)
	save := func(_ context.Context, e lock.Event) error {
		if e.Kind == lock.EventLockUnlocked {
			fmt.Println(e.Actor.Name, "opened with", e.Method)
		}
		return nil
	}
	serve := func() error {
		// begin webhook
		p := dingding.New(clientID, clientSecret, simulator, dingding.WithCallbackURL(registered))
		handler, err := p.Events().Receive(func(ctx context.Context, e lock.Event) error {
			return save(ctx, e) // once for each e.ID: deliveries are repeated
		})
		if err != nil {
			return err
		}
		mux.Handle("/hooks/dingding/5b1f0c9e", handler)
		// end webhook
		return nil
	}
	if err := serve(); err != nil {
		log.Fatal(err)
	}
	pw := tenant(s.Client(), door)
	s.EnterCode(door, pw.Secret.Reveal())
	s.Settle()
	// Output: Li Na opened with pin
}

func Example_meter() {
	s := dingdingtest.NewServer()
	defer s.Close()
	meter := s.AddMeter("flat 502", dingdingtest.ZigbeeMeter)
	s.Consume(meter, "7.5")
	var p lock.Provider = s.Client()
	read := func() error {
		// begin meter
		reading, err := p.Meters().Read(ctx, meter)
		if err != nil {
			return err
		}
		r, err := reading.Wait(ctx)
		if err != nil {
			return err
		}
		fmt.Println(r.Total, r.Unit) // 7.5 kWh

		payment, err := p.Meters().TopUp(ctx, meter, lock.TopUp{
			Order:  "2026-11-000123", // yours
			Amount: decimal.NewFromInt(50),
		})
		if err != nil {
			return err // call again with the same Order, whatever happened
		}
		receipt, err := payment.Wait(ctx)
		// end meter
		fmt.Println(receipt.State)
		return err
	}
	if err := read(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 7.5 kWh
	// succeeded
}

func Example_errors() {
	s := dingdingtest.NewServer()
	defer s.Close()
	var p lock.Provider = s.Client()
	// begin errors
	_, err := p.Locks().Get(ctx, "no-such-lock")
	switch {
	case errors.Is(err, lock.ErrNotFound):
		fmt.Println("not there")
	case lock.KindOf(err).Retryable():
		fmt.Println("try again later")
	case err != nil:
		fmt.Println(err, "-", lock.KindOf(err).Remedy())
	}
	// end errors
	// Output: not there
}

func Example_native() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	p := s.Client()
	native := func() error {
		// begin native
		l, err := p.Locks().Get(ctx, door)
		if err != nil {
			return err
		}
		if dd, ok := lock.As[*dingding.Lock](l); ok {
			fmt.Println(dd.UUID == string(door), len(l.Raw()) > 0)
		}
		admin, err := p.GetLock(ctx, dingding.Locator{UUID: string(door)}) // §6.3 of the document
		// end native
		fmt.Println(admin.Lock.UUID == string(door))
		return err
	}
	if err := native(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// true true
	// true
}

func Example_simulator() {
	// begin simulator
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	p := s.Client() // give it to your backend

	s.Fail("/add_password", dingdingtest.DropAfter()) // the vendor acts, and its answer is lost
	_, err := p.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: time.Now().Add(time.Hour)}})
	fmt.Println(errors.Is(err, lock.ErrOutcomeUnknown), s.Executed("add_password"))
	// end simulator
	// Output: true 1
}

func Example_fleet() {
	s, y := dingdingtest.NewServer(), yeeuutest.NewServer()
	defer s.Close()
	defer y.Close()
	s.AddLock("front door")
	beijing, shanghai := s.Client(), y.Client()
	list := func() error {
		// begin fleet
		fleet, err := lock.NewFleet(
			lock.Member{Name: "bj", Provider: beijing},
			lock.Member{Name: "sh", Provider: shanghai},
		)
		if err != nil {
			return err
		}
		for l, err := range fleet.Locks().List(ctx, lock.LockQuery{}) { // of all members that can list
			if err != nil {
				return err // names the members that failed; the others' locks have come
			}
			fmt.Println(strings.HasPrefix(string(l.ID), "bj:"), l.Name)
		}
		fmt.Println(fleet.SupportsOn("sh:", lock.ListLocks)) // known without a call
		// end fleet
		return nil
	}
	if err := list(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// true front door
	// false
}

func Example_follow() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	s.AddLocalPassword(door, "246801")
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	fleet, err := lock.NewFleet(lock.Member{Name: "bj", Provider: s.Client()})
	if err != nil {
		log.Fatal(err)
	}
	saved := lock.CursorAt(s.Clock().Now().Add(-time.Second))
	s.EnterCode(door, "246801") // while nobody watches
	save := func(e lock.Event, c lock.Cursor) error {
		fmt.Println(e.Kind, !c.IsZero())
		enough()
		return nil
	}
	follow := func() error {
		// begin follow
		f := lock.NewFollower(fleet, lock.FollowOptions{Since: saved}) // f.Handler() takes webhooks
		for e, err := range f.Events(ctx) {
			if err != nil {
				return err
			}
			if err := save(e, f.Cursor()); err != nil { // in one transaction
				return err
			}
		}
		// end follow
		return nil
	}
	if err := follow(); !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
	// Output: lock.unlocked true
}

func Example_bulk() {
	s := dingdingtest.NewServer()
	defer s.Close()
	var doors []lock.DeviceID
	for i := range 20 {
		doors = append(doors, s.AddLock(fmt.Sprintf("flat %d", i)))
	}
	p := s.Client(lock.WithPolling(time.Millisecond, 10*time.Millisecond))
	spec := lock.PasswordSpec{Name: "caretaker", Window: lock.Window{Until: s.Clock().Now().AddDate(0, 6, 0)}}
	show := func(lock.Progress) {}
	bulk := func() error {
		// begin bulk
		made, err := lock.Each(ctx, doors, func(ctx context.Context, door lock.DeviceID) (lock.Password, error) {
			op, err := p.Passwords().Create(ctx, door, spec)
			if err != nil {
				return lock.Password{}, err
			}
			return op.Wait(ctx)
		}, lock.BulkOptions[lock.DeviceID, lock.Password]{Concurrency: 64, Progress: show})
		// end bulk
		fmt.Println(len(made), "doors, the first:", made[0].State)
		return err
	}
	if err := bulk(); err != nil {
		log.Fatal(err)
	}
	// Output: 20 doors, the first: done
}

func Example_replicas() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	s.AddLocalPassword(door, "246801")
	mux := &announced{ServeMux: http.NewServeMux(), ready: make(chan struct{})}
	server := httptest.NewServer(mux)
	defer server.Close()
	registered := server.URL + "/hooks/dingding/5b1f0c9e"
	s.SetCallbackURL(registered, registered)
	redis, err := miniredis.Run()
	if err != nil {
		log.Fatal(err)
	}
	defer redis.Close()
	clientID, clientSecret, simulator, redisURL := s.ClientID, s.ClientSecret, lock.WithBaseURL(s.URL), "redis://"+redis.Addr()
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	act := func(_ context.Context, e lock.Event) error {
		fmt.Println(e.Kind)
		enough()
		return nil
	}
	replica := func() error {
		// begin replicas
		store, err := redisstore.New(redisstore.Options{Address: redisURL})
		if err != nil {
			return err
		}
		defer store.Close()
		p := dingding.New(clientID, clientSecret, simulator, lock.WithStore(store), dingding.WithCallbackURL(registered))
		inbox := lock.NewInbox(store, "dingding", lock.InboxOptions{})
		handler, err := p.Events().Receive(inbox.Append) // in the log before the vendor has its answer
		if err != nil {
			return err
		}
		mux.Handle("/hooks/dingding/5b1f0c9e", handler)
		go inbox.Collect(ctx, p, lock.FollowOptions{}) // one replica asks for what no webhook brings
		return inbox.Handle(ctx, act)                  // each event by one replica; again if act fails
		// end replicas
	}
	go func() {
		<-mux.ready
		for len(s.Requests()) < 2 { // it has logged in and asks: no login is under way when all this ends
			_ = lock.SystemClock.Sleep(ctx, 10*time.Millisecond)
		}
		s.EnterCode(door, "246801")
		s.Settle()
	}()
	if err := replica(); !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
	// Output: lock.unlocked
}

// announced says when it has something to serve.
type announced struct {
	*http.ServeMux
	ready chan struct{}
}

func (a *announced) Handle(pattern string, h http.Handler) {
	a.ServeMux.Handle(pattern, h)
	close(a.ready)
}
