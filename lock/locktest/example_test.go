package locktest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// checkIn stands for your own code: it is written against lock.Provider.
func checkIn(ctx context.Context, p lock.Provider, door lock.DeviceID, guest string, until time.Time) (lock.Secret, error) {
	op, err := p.Passwords().Create(ctx, door, lock.PasswordSpec{Name: guest, Window: lock.Window{Until: until}})
	if err != nil {
		return lock.Secret{}, err
	}
	pw, err := op.Wait(ctx)
	return pw.Secret, err
}

func ExampleNewMemory() {
	clock := locktest.NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	m := locktest.NewMemory(lock.WithClock(clock))
	door := m.AddLock("front door")

	code, err := checkIn(context.Background(), m, door, "Li Lei", clock.Now().Add(48*time.Hour))
	fmt.Println("checked in:", code, err)
	fmt.Println("opens on the first day:", m.EnterCode(door, code))
	clock.Advance(49 * time.Hour)
	fmt.Println("opens after two days:", m.EnterCode(door, code))
	// Output:
	// checked in: ****** <nil>
	// opens on the first day: true
	// opens after two days: false
}

// A vendor that lacks something: does the backend notice?
func ExampleWithout() {
	m := locktest.NewMemory(locktest.Without(lock.FreezePassword))
	door := m.AddLock("front door")
	guest := m.AddPassword(door, lock.PasswordSpec{Name: "Li Lei", Window: lock.Window{Until: time.Now().Add(time.Hour)}})

	_, err := m.Passwords().Freeze(context.Background(), door, guest)
	fmt.Println(m.Supports(lock.FreezePassword), errors.Is(err, errors.ErrUnsupported))
	// Output: false true
}

// A vendor whose answer gets lost: does the backend look before it tries again?
func ExampleMemory_LoseReplies() {
	m := locktest.NewMemory()
	door := m.AddLock("front door")
	m.LoseReplies(lock.CreateTimedPassword, true)

	ctx := context.Background()
	_, err := checkIn(ctx, m, door, "Li Lei", time.Now().Add(time.Hour))
	fmt.Println("answered:", errors.Is(err, lock.ErrOutcomeUnknown))
	for pw, err := range m.Passwords().List(ctx, door) {
		fmt.Println("found:", pw.Name, pw.State, err)
	}
	// Output:
	// answered: true
	// found: Li Lei active <nil>
}

// The webhook without a network.
func ExampleMemory_Handle() {
	m := locktest.NewMemory()
	door := m.AddLock("front door")
	handler, err := m.Events().Receive(func(_ context.Context, e lock.Event) error {
		fmt.Println(e.Kind, e.Reason)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m.Handle(handler)
	m.EnterCode(door, lock.NewSecret("123456"))
	// Output: lock.unlock_denied unknown_code
}

func ExampleRun() {
	conformance := func(t *testing.T) {
		locktest.Run(t, func(t *testing.T) locktest.World {
			m := locktest.NewMemory(lock.WithClock(locktest.NewClock(time.Now())))
			return m.World() // of a vendor: its client, its simulator, what exists there
		})
	}
	_ = conformance // func TestConformance(t *testing.T) { … }
}
