package examples

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// The code between "begin" and "end" is what docs/testing.md shows. Each begins with a backend to be
// tested; a real test would report to testing.T where these print.

// begin backend

// Backend is yours: it takes a lock.Provider, and so does not know whom it talks to.
type Backend struct{ provider lock.Provider }

// CheckIn gives a guest a code until they leave.
func (b *Backend) CheckIn(ctx context.Context, door lock.DeviceID, guest string, until time.Time) (lock.Secret, error) {
	op, err := b.provider.Passwords().Create(ctx, door, lock.PasswordSpec{Name: guest, Window: lock.Window{Until: until}})
	if err != nil {
		return lock.Secret{}, err
	}
	pw, err := op.Wait(ctx)
	return pw.Secret, err
}

// end backend

func Example_testMemory() {
	// begin memory
	clock := locktest.NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	m := locktest.NewMemory(lock.WithClock(clock))
	door := m.AddLock("front door")

	code, err := (&Backend{m}).CheckIn(ctx, door, "Li Na", clock.Now().Add(48*time.Hour))
	fmt.Println("given:", err == nil)
	fmt.Println("opens:", m.EnterCode(door, code))
	clock.Advance(49 * time.Hour)
	fmt.Println("opens after the stay:", m.EnterCode(door, code))
	// end memory
	// Output:
	// given: true
	// opens: true
	// opens after the stay: false
}

func Example_testLacking() {
	// begin lacking
	m := locktest.NewMemory(locktest.Without(lock.FreezePassword))
	_, err := m.Passwords().Freeze(ctx, m.AddLock("front door"), "1")
	fmt.Println(m.Supports(lock.FreezePassword), errors.Is(err, errors.ErrUnsupported))
	// end lacking
	// Output: false true
}

func Example_testTime() {
	// begin time
	s := dingdingtest.NewServer(dingdingtest.WithLatency(20 * time.Second)) // a lock that sleeps
	defer s.Close()
	door := s.AddLock("front door")
	p := s.Client() // on the simulator's clock: its waiting passes with Advance

	op, err := p.Passwords().Create(ctx, door, lock.PasswordSpec{
		Name: "Li Na", Secret: lock.NewSecret("135790"), Window: lock.Window{Until: s.Clock().Now().Add(time.Hour)},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("opens at once:", s.EnterCode(door, "135790"))
	s.Settle() // until the devices have done what they were told
	pw, err := op.Wait(ctx)
	fmt.Println("opens when the lock has it:", s.EnterCode(door, "135790"), pw.State, err)
	s.Advance(2 * time.Hour)
	fmt.Println("opens after its hour:", s.EnterCode(door, "135790"))
	// end time
	// Output:
	// opens at once: false
	// opens when the lock has it: true active <nil>
	// opens after its hour: false
}

func Example_testFaults() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	b := &Backend{s.Client()}
	until := time.Now().Add(time.Hour)
	// begin faults
	s.Fail("/add_password", dingdingtest.DropAfter()) // it is carried out, and its answer is lost
	_, err := b.CheckIn(ctx, door, "Li Na", until)
	fmt.Println(lock.KindOf(err), s.Executed("add_password"))

	s.Fail("/add_password", dingdingtest.ErrNo(15014, "权限受限"))
	_, err = b.CheckIn(ctx, door, "Wang Wei", until)
	fmt.Println(lock.KindOf(err), s.Executed("add_password"))

	s.GoOffline(door)
	s.FailDevice(door, "5101") // the lock does not answer
	_, err = b.CheckIn(ctx, door, "Han Mei", until)
	fmt.Println(lock.KindOf(err))
	// end faults
	// Output:
	// outcome unknown 1
	// permission denied 1
	// device did not answer
}

func Example_testWebhook() {
	var events []lock.Event
	save := func(_ context.Context, e lock.Event) error {
		events = append(events, e)
		return nil
	}
	// begin hook
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	s.AddLocalPassword(door, "246801")

	mux := http.NewServeMux() // your routes
	hook := httptest.NewServer(mux)
	defer hook.Close()
	s.SetCallbackURL(hook.URL+"/hooks", hook.URL+"/hooks")
	handler, err := s.Client(dingding.WithCallbackURL(hook.URL + "/hooks")).Events().Receive(save)
	if err != nil {
		log.Fatal(err)
	}
	mux.Handle("/hooks", handler)

	s.Trouble(dingdingtest.CallbackTrouble{Duplicates: 1}) // each twice, as it happens
	s.EnterCode(door, "246801")
	s.Settle() // until the callbacks have been sent
	fmt.Println(len(events), events[0].Kind, events[0].ID == events[1].ID)
	// end hook
	// Output: 2 lock.unlocked true
}

func Example_testRequests() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	b := &Backend{s.Client()}
	// begin requests
	if _, err := b.CheckIn(ctx, door, "Li Na", time.Now().Add(time.Hour)); err != nil {
		log.Fatal(err)
	}
	for _, r := range s.Requests("/add_password") {
		fmt.Println(r.Method, r.Path, len(r.Body) > 0) // a Request prints without its body, which holds the code
	}
	// end requests
	// Output: POST /openapi/v1/add_password true
}
