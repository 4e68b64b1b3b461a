// Package pending joins what vendors report by callback with those who wait for it.
//
//	heard := pending.New[outcome](clock)
//	heard.Deliver(callback.ServiceID, result)  // from the webhook
//	stop := heard.Listen(serviceID, wake)      // while somebody waits
//	result, ok := heard.Last(serviceID)        // when they ask
//
// Nothing is kept for work that nobody waits for, and most work is never called back. What is kept
// is what callbacks have said, for a while: they may well arrive before anybody waits, and even
// before the answer to the call that caused them.
package pending

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	keepFor  = 48 * time.Hour // how long it is known what a callback has said; vendors repeat them for a day
	keepMost = 16_384         // and of how many keys; some 200 bytes each
	maxKey   = 256            // bytes; longer ones are made up, to fill the memory
)

// Registry holds what callbacks have said and who listens. O is what a callback says; keep it
// small. It is safe for concurrent use and starts no goroutines: what is out of date goes at the
// next callback.
type Registry[O any] struct {
	clock     lock.Clock
	mu        sync.Mutex
	listening map[string][]*func()     // those to wake, by key
	said      map[string]*list.Element // by key
	order     list.List                // of *entry[O], the oldest in front
}

type entry[O any] struct {
	key  string
	said O
	at   time.Time
}

// New returns an empty registry.
func New[O any](clock lock.Clock) *Registry[O] {
	return &Registry[O]{clock: clock, listening: make(map[string][]*func()), said: make(map[string]*list.Element)}
}

// Listen calls wake for every callback about key, and at once if one has come already, until stop
// is called. A callback that is being delivered meanwhile may still call it a moment later. Several
// may listen to the same key. wake runs on the goroutine of Listen or Deliver and may call the
// registry.
func (r *Registry[O]) Listen(key string, wake func()) (stop func()) {
	me := &wake
	r.mu.Lock()
	r.listening[key] = append(r.listening[key], me)
	_, came := r.last(key)
	r.mu.Unlock()
	if came {
		wake()
	}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.listening[key] = slices.DeleteFunc(r.listening[key], func(f *func()) bool { return f == me })
		if len(r.listening[key]) == 0 {
			delete(r.listening, key)
		}
	}
}

// Last returns what the latest callback about key has said. It is known for 48 hours, as far as it
// is among the latest 16,384.
func (r *Registry[O]) Last(key string) (said O, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last(key)
}

func (r *Registry[O]) last(key string) (said O, ok bool) {
	el := r.said[key]
	if el == nil {
		return said, false
	}
	e := el.Value.(*entry[O])
	if e.at.Before(r.clock.Now().Add(-keepFor)) {
		return said, false
	}
	return e.said, true
}

// Deliver keeps what a callback says about key, which has at most 256 bytes, and wakes those who
// listen to it.
func (r *Registry[O]) Deliver(key string, said O) {
	if len(key) > maxKey {
		return
	}
	for _, wake := range r.deliver(key, said) {
		(*wake)()
	}
}

func (r *Registry[O]) deliver(key string, said O) []*func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	if el := r.said[key]; el != nil {
		r.forget(el)
	}
	r.said[key] = r.order.PushBack(&entry[O]{key, said, now})
	for el := r.order.Front(); el.Value.(*entry[O]).at.Before(now.Add(-keepFor)) || r.order.Len() > keepMost; el = r.order.Front() {
		r.forget(el)
	}
	return slices.Clone(r.listening[key])
}

func (r *Registry[O]) forget(el *list.Element) {
	delete(r.said, r.order.Remove(el).(*entry[O]).key)
}
