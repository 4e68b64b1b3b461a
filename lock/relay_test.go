package lock

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

func TestRelayLosesNothingAndKeepsTheOrder(t *testing.T) {
	const putters, each = 4, 5000
	r := newRelay[[2]int]() // who, and their number
	var putting sync.WaitGroup
	for who := range putters {
		putting.Go(func() {
			for n := range each {
				if err := r.put(t.Context(), &[2]int{who, n}); err != nil {
					t.Errorf("put: %v", err)
				}
			}
			r.last(&[2]int{who, each})
		})
	}
	var next [putters]int
	var batch [][2]int
	for left := putters * (each + 1); left > 0; {
		<-r.wake
		if batch = r.take(batch); len(batch) > relayRoom+putters {
			t.Fatalf("%d at once, want %d at most and a last one of each", len(batch), relayRoom)
		}
		for _, v := range batch {
			if v[1] != next[v[0]] {
				t.Fatalf("got number %d of putter %d, want %d", v[1], v[0], next[v[0]])
			}
			next[v[0]]++
			left--
		}
	}
	putting.Wait()
	if rest := r.take(nil); len(rest) != 0 {
		t.Errorf("got %v behind the last ones, want nothing", rest)
	}
}

func TestRelayIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRelay[int]()
		ctx, cancel := context.WithCancel(t.Context())
		put := make(chan error)
		go func() {
			for i := range relayRoom + 1 {
				if err := r.put(ctx, &i); err != nil || i == relayRoom {
					put <- err
					return
				}
			}
		}()
		synctest.Wait()
		select {
		case err := <-put:
			t.Fatalf("a full relay took one more: %v", err)
		default:
		}
		if batch := r.take(nil); len(batch) != relayRoom {
			t.Errorf("got %d, want the %d for which there is room", len(batch), relayRoom)
		}
		if err := <-put; err != nil {
			t.Errorf("with room again: %v", err)
		}
		for i := range relayRoom - 1 {
			if err := r.put(ctx, &i); err != nil {
				t.Fatal(err)
			}
		}
		go func() { put <- r.put(ctx, new(int)) }()
		synctest.Wait()
		cancel()
		if err := <-put; !errors.Is(err, context.Canceled) {
			t.Errorf("put when its context ends: got %v, want its error", err)
		}
		r.last(new(int)) // waits for nobody
		if batch := r.take(nil); len(batch) != relayRoom+1 {
			t.Errorf("got %d, want the last one as well", len(batch))
		}
		if err := r.put(ctx, new(int)); !errors.Is(err, context.Canceled) || len(r.take(nil)) != 0 {
			t.Errorf("put after its context has ended: got %v, want its error, and nothing put", err)
		}
	})
}

func TestRelayHoldsNothingThatWasTaken(t *testing.T) {
	r := newRelay[*int]()
	v := new(int)
	r.last(&v)
	first := r.take(nil)
	places := first[:1]
	if second := r.take(first); len(second) != 0 || places[0] != nil {
		t.Errorf("got %v, want what was taken to be let go", places[0])
	}
}
