package lock

import (
	"context"
	"sync"
)

// relay passes values from several goroutines to one, in the order in which they are put. Waking a
// goroutine takes longer than all the rest, so they are handed over as many at a time as there are.
type relay[T any] struct {
	wake chan struct{} // gets a token when there is something to take

	mu   sync.Mutex
	held []T
	room chan struct{} // closed when there is room again; nil = nobody waits for it
}

// relayRoom is how many values wait in a relay. More have to wait outside: a slow taker holds up
// those who put.
const relayRoom = 64

func newRelay[T any]() *relay[T] { return &relay[T]{wake: make(chan struct{}, 1)} }

// put adds the value at v, and waits for room. It adds nothing once ctx has ended.
func (r *relay[T]) put(ctx context.Context, v *T) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		room := r.add(v)
		if room == nil {
			return nil
		}
		select {
		case <-room:
		case <-ctx.Done():
		}
	}
}

// add adds a value if there is room, and otherwise returns what is closed when there is.
func (r *relay[T]) add(v *T) (room <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.held) >= relayRoom {
		if r.room == nil {
			r.room = make(chan struct{})
		}
		return r.room
	}
	r.append(v)
	return nil
}

// last adds a value whether there is room or not.
func (r *relay[T]) last(v *T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.append(v)
}

func (r *relay[T]) append(v *T) {
	r.held = append(r.held, *v)
	if len(r.held) > 1 {
		return // whoever takes has been told
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// take returns all there is. What was taken before is done with: its places are used again.
func (r *relay[T]) take(done []T) []T {
	clear(done)
	r.mu.Lock()
	defer r.mu.Unlock()
	held := r.held
	r.held = done[:0]
	if r.room != nil {
		close(r.room)
		r.room = nil
	}
	return held
}
