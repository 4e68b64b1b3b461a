package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// A vendor delivers each of a hundred events eight times at once, to four replicas. All deliveries are
// answered with success, and each event is in the log once and handled once.
func TestManyDeliveriesToManyReplicasAreOneEvent(t *testing.T) {
	redistest.Stores(t, func(t *testing.T, replica func() lock.Store) {
		const events, deliveries, replicas = 100, 8, 4
		var mu sync.Mutex
		handled := map[string]int{}
		all := make(chan struct{})
		ctx, stop := context.WithCancel(t.Context())
		var running, delivering sync.WaitGroup
		var inboxes []*lock.Inbox
		for range replicas {
			in := lock.NewInbox(replica(), "webhooks", lock.InboxOptions{Look: 20 * time.Millisecond})
			inboxes = append(inboxes, in)
			running.Go(func() {
				if err := in.Handle(ctx, func(_ context.Context, e lock.Event) error {
					mu.Lock()
					defer mu.Unlock()
					if handled[e.ID]++; len(handled) == events && handled[e.ID] == 1 {
						close(all)
					}
					return nil
				}); !errors.Is(err, context.Canceled) {
					t.Errorf("Handle: got %v, want the context's error", err)
				}
			})
		}
		for i := range events {
			for n := range deliveries {
				delivering.Go(func() {
					e := lock.Event{ID: fmt.Sprint("e", i), Kind: lock.EventLockUnlocked}
					if err := inboxes[n%replicas].Append(t.Context(), e); err != nil {
						t.Errorf("delivery %d of event %d: %v", n, i, err)
					}
				})
			}
		}
		delivering.Wait()
		<-all
		stop()
		running.Wait()
		for id, n := range handled {
			if n != 1 {
				t.Errorf("event %s was handled %d times, want once", id, n)
			}
		}
		if got, err := inboxes[0].Count(t.Context()); err != nil || got != (lock.LogCount{Entries: events}) {
			t.Errorf("got %+v and %v, want each event once, and handled", got, err)
		}
	})
}
