// Package pending joins what vendors report by callback with the operations that wait for it.
//
//	waiting := pending.New[outcome](clock)
//	waiting.Await(serviceID, op.finish)         // after the call that began the work
//	waiting.Deliver(callback.ServiceID, result) // from the webhook
//
// A callback may well arrive before the answer to the call that caused it, so outcomes nobody
// waits for yet are kept for a while.
package pending

import (
	"container/list"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	waitFor  = 48 * time.Hour   // how long an operation is waited for
	keepFor  = 10 * time.Minute // how long an outcome is kept that came too early
	keepMost = 4096             // and how many of them
)

// Registry holds what is waited for and what came early. O is what a callback says. It is safe for
// concurrent use and starts no goroutines: what is out of date goes at the next use.
type Registry[O any] struct {
	clock   lock.Clock
	mu      sync.Mutex
	waiting shelf[func(O)]
	early   shelf[O]
}

// New returns an empty registry.
func New[O any](clock lock.Clock) *Registry[O] {
	return &Registry[O]{clock: clock}
}

// Await calls finish once, when the outcome of key is delivered; at once if it came before. After
// 48 hours it is forgotten. Several may wait for the same key. finish runs on the goroutine of
// Await or Deliver and may call the registry.
func (r *Registry[O]) Await(key string, finish func(O)) {
	if o, ok := r.await(key, finish); ok {
		finish(o)
	}
}

func (r *Registry[O]) await(key string, finish func(O)) (o O, came bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.tidy()
	if came := r.early.take(key); len(came) > 0 {
		return came[len(came)-1], true
	}
	r.waiting.put(key, finish, now)
	return o, false
}

// Deliver finishes whoever waits for key and reports whether anybody did. If nobody does, the
// outcome is kept for 10 minutes, the latest one per key, the latest 4096 in all.
func (r *Registry[O]) Deliver(key string, o O) (waiting bool) {
	finishers := r.deliver(key, o)
	for _, finish := range finishers {
		finish(o)
	}
	return len(finishers) > 0
}

func (r *Registry[O]) deliver(key string, o O) []func(O) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.tidy()
	finishers := r.waiting.take(key)
	if len(finishers) > 0 {
		return finishers
	}
	r.early.take(key)
	r.early.put(key, o, now)
	if r.early.order.Len() > keepMost {
		r.early.dropOldest()
	}
	return nil
}

// tidy drops what is out of date and returns the present instant.
func (r *Registry[O]) tidy() time.Time {
	now := r.clock.Now()
	r.waiting.dropBefore(now.Add(-waitFor))
	r.early.dropBefore(now.Add(-keepFor))
	return now
}

// shelf is a map whose entries know their age. All stay equally long, so the oldest is always at
// the front.
type shelf[V any] struct {
	byKey map[string][]*list.Element
	order list.List // of *entry[V]
}

type entry[V any] struct {
	key   string
	value V
	since time.Time
}

func (s *shelf[V]) put(key string, value V, now time.Time) {
	if s.byKey == nil {
		s.byKey = make(map[string][]*list.Element)
	}
	s.byKey[key] = append(s.byKey[key], s.order.PushBack(&entry[V]{key, value, now}))
}

// take removes and returns what is kept under key, oldest first.
func (s *shelf[V]) take(key string) []V {
	var values []V
	for _, el := range s.byKey[key] {
		values = append(values, s.order.Remove(el).(*entry[V]).value)
	}
	delete(s.byKey, key)
	return values
}

// dropBefore drops what was put there before t.
func (s *shelf[V]) dropBefore(t time.Time) {
	for el := s.order.Front(); el != nil && el.Value.(*entry[V]).since.Before(t); el = s.order.Front() {
		s.dropOldest()
	}
}

func (s *shelf[V]) dropOldest() {
	key := s.order.Remove(s.order.Front()).(*entry[V]).key
	if s.byKey[key] = s.byKey[key][1:]; len(s.byKey[key]) == 0 {
		delete(s.byKey, key)
	}
}
