package lock_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// The examples run on a provider in memory; with a vendor's client in its place they are the same.
func Example() {
	ctx := context.Background()
	m := locktest.NewMemory()
	door := m.AddLock("front door")
	var p lock.Provider = m

	op, err := p.Passwords().Create(ctx, door, lock.PasswordSpec{
		Name:   "Li Na",
		Window: lock.Window{Until: time.Now().Add(48 * time.Hour)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	pw, err := op.Wait(ctx) // until the lock itself has answered
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("state:", pw.State)
	fmt.Println("printed:", pw.Secret)
	fmt.Println("digits for Li Na:", len(pw.Secret.Reveal()))
	// Output:
	// state: active
	// printed: ******
	// digits for Li Na: 6
}

func ExampleHomes_list() {
	ctx := context.Background()
	m := locktest.NewMemory()
	m.AddHome(lock.HomeSpec{Name: "Garden Road 1", City: "Beijing"})
	m.AddHome(lock.HomeSpec{Name: "Harbour Road 2", City: "Shanghai"})
	var p lock.Provider = m

	for home, err := range p.Homes().List(ctx, lock.HomeQuery{City: "Beijing"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(home.Name)
	}
	// Output: Garden Road 1
}

func ExampleKind() {
	ctx := context.Background()
	var p lock.Provider = locktest.NewMemory()

	_, err := p.Locks().Get(ctx, "no-such-lock")
	if errors.Is(err, lock.ErrNotFound) {
		fmt.Println(err)
		fmt.Println(lock.KindOf(err).Remedy())
	}
	// Output:
	// memory: locks.get: not found (no-such-lock): not_found no such lock
	// List again: the object is gone or the id is wrong.
}

// What a vendor cannot do is known before anybody asks for it.
func ExampleProvider_supports() {
	ctx := context.Background()
	m := locktest.NewMemory(locktest.Without(lock.FreezePassword))
	door := m.AddLock("front door")
	var p lock.Provider = m

	if !p.Supports(lock.FreezePassword) {
		fmt.Println("no button for it")
	}
	_, err := p.Passwords().Freeze(ctx, door, "p1")
	fmt.Println(errors.Is(err, errors.ErrUnsupported), err)
	// Output:
	// no button for it
	// true memory: passwords.freeze: unsupported
}

// An operation outlives the process that began it: store its ID.
func ExampleResume() {
	ctx := context.Background()
	m := locktest.NewMemory(locktest.WithDelay(time.Minute))
	door := m.AddLock("front door")
	op, err := m.Passwords().Create(ctx, door, lock.PasswordSpec{
		Name: "Li Na", Window: lock.Window{Until: time.Now().Add(48 * time.Hour)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	stored := op.ID()

	restarted := m.Again()
	m.Settle() // meanwhile the lock has taken it
	op, err = lock.Resume[lock.Password](restarted, stored)
	if err != nil {
		fmt.Println(err)
		return
	}
	pw, err := op.Wait(ctx)
	fmt.Println(pw.Name, pw.State, err)
	// Output: Li Na active <nil>
}

func ExampleWaitAll() {
	ctx := context.Background()
	m := locktest.NewMemory()
	var ops []*lock.Operation[lock.Password]
	for _, door := range []lock.DeviceID{m.AddLock("house door"), m.AddLock("flat door")} {
		op, err := m.Passwords().Create(ctx, door, lock.PasswordSpec{
			Name: "Li Na", Window: lock.Window{Until: time.Now().Add(48 * time.Hour)},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		ops = append(ops, op)
	}
	passwords, err := lock.WaitAll(ctx, ops...)
	for _, pw := range passwords {
		fmt.Println(pw.Device, pw.State)
	}
	fmt.Println(err)
	// Output:
	// lock-1 active
	// lock-2 active
	// <nil>
}

// What a lock takes is known before anybody fills in a form.
func ExamplePasswordPolicy() {
	policy := lock.PasswordPolicy{
		PIN:        lock.PINPolicy{Lengths: []int{6}, MaxRepeat: 2},
		ChooseCode: true,
	}
	fmt.Println("A code of", policy.PIN)

	err := policy.Validate(lock.PasswordSpec{
		Secret: lock.NewSecret("111222"),
		Window: lock.Window{Until: time.Now().Add(time.Hour)},
	}, time.Now())
	var broken *lock.PINError
	if errors.As(err, &broken) {
		fmt.Println(broken.Rule, "–", broken.Want)
	}
	// Output:
	// A code of 6 digits, no digit more than 2 times in a row
	// no_repeated_run – no digit more than 2 times in a row
}

// The vendor's own struct is one call away.
func ExampleAs() {
	ctx := context.Background()
	m := locktest.NewMemory()
	l, err := m.Locks().Get(ctx, m.AddLock("front door"))
	if err != nil {
		fmt.Println(err)
		return
	}
	if own, ok := lock.As[*locktest.Record](l); ok {
		fmt.Println(own.Type, own.Fields["name"])
	}
	// Output: lock front door
}

// Do each Event.ID once: a vendor may deliver twice.
func ExampleEvents_receive() {
	m := locktest.NewMemory()
	done := make(map[string]bool)
	handler, err := m.Events().Receive(func(_ context.Context, e lock.Event) error {
		if done[e.ID] {
			return nil
		}
		fmt.Println(e.Kind, "at", e.Device)
		done[e.ID] = true
		return nil // now the vendor may forget it
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/callbacks/9f3c", handler) // a path that nobody guesses
	m.Handle(handler)
	m.Emit(lock.Event{Kind: lock.EventLockDoorbell, Device: m.AddLock("front door")})
	// Output: lock.doorbell at lock-1
}

func ExampleMeters_topUp() {
	ctx := context.Background()
	m := locktest.NewMemory()
	meter := m.AddMeter(lock.Electricity, "flat 101")

	for range 2 { // the second time is a retry after a crash
		op, err := m.Meters().TopUp(ctx, meter, lock.TopUp{Order: "2026-03-02/17", Amount: decimal.NewFromInt(20)})
		if err != nil {
			fmt.Println(err)
			return
		}
		receipt, err := op.Wait(ctx)
		fmt.Println(receipt.Order, receipt.State, err)
	}
	v, err := m.Meters().Get(ctx, meter)
	fmt.Println(v.Left, v.Unit, err)
	// Output:
	// 2026-03-02/17 succeeded <nil>
	// 2026-03-02/17 succeeded <nil>
	// 120 kWh <nil>
}

func ExampleSchedule() {
	s := lock.Schedule{
		Days: lock.On(time.Monday, time.Wednesday), From: lock.At(8, 0), Until: lock.At(12, 0),
		Location: time.FixedZone("Asia/Shanghai", 8*60*60),
	}
	fmt.Println(s)
	fmt.Println(s.Contains(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))) // 09:00 at the door
	// Output:
	// Mon Wed 08:00-12:00 Asia/Shanghai
	// true
}

func ExampleWindow() {
	lease := lock.Window{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	fmt.Println(lease.Contains(lease.From), lease.Contains(lease.Until), lease.Forever())
	// Output: true false false
}
