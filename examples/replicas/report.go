package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// report is the work of this backend: it says who came home.
type report struct {
	out   io.Writer
	names map[lock.DeviceID]string
	busy  chan *replica // who handles the event at the trap

	mu      sync.Mutex
	trapped lock.DeviceID
	times   map[string]int // how often each event was handled, by ID
}

// trap makes the next handler of an event at the door hang until it dies.
func (r *report) trap(door lock.DeviceID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trapped = door
}

func (r *report) handle(ctx context.Context, a *replica, e lock.Event) error {
	if e.Kind != lock.EventLockUnlocked {
		return nil
	}
	r.mu.Lock()
	hangs := e.Device == r.trapped
	if hangs {
		r.trapped = ""
	}
	r.mu.Unlock()
	if hangs {
		r.busy <- a
		<-ctx.Done()
		return ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.times == nil {
		r.times = map[string]int{}
	}
	r.times[e.ID]++
	fmt.Fprintf(r.out, "  %s: %s opened\n", a.name, r.names[e.Device])
	return nil
}

// open has n people open a door, each at another second.
func (r *report) open(vendor *dingdingtest.Server, door lock.DeviceID, n int) {
	for range n {
		vendor.EnterCode(door, code)
		vendor.Advance(time.Second)
	}
	vendor.Settle()
}

// wait waits until n events were handled.
func (r *report) wait(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		if got, _ := r.handled(); got >= n {
			return nil
		}
		if err := lock.SystemClock.Sleep(ctx, 10*time.Millisecond); err != nil {
			got, _ := r.handled()
			return fmt.Errorf("%d of %d events were handled: %w", got, n, err)
		}
	}
}

// handled says how many events were handled, and how many of them more than once.
func (r *report) handled() (events, twice int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.times {
		if n > 1 {
			twice++
		}
	}
	return len(r.times), twice
}
