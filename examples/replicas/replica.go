package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// replica is one running copy of a backend.
type replica struct {
	name   string
	p      lock.Provider
	inbox  *lock.Inbox
	server *http.Server
	addr   string
	life   *life
	cancel context.CancelFunc
	ended  chan struct{}
}

// start runs a replica: all that a backend has to do to be one of several.
func start(ctx context.Context, name string, store lock.Store, vendor *dingdingtest.Server, b *balancer, r *report) (*replica, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	life := &life{Store: store}
	a := &replica{
		name: name, addr: l.Addr().String(), life: life,
		p:     vendor.Client(lock.WithStore(store), dingding.WithCallbackURL(b.url)),
		inbox: lock.NewInbox(life, "dingding", lock.InboxOptions{Hold: patience, Look: 100 * time.Millisecond}),
		ended: make(chan struct{}),
	}
	hook, err := a.p.Events().Receive(a.inbox.Append) // in the log before the vendor has its answer
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	a.server = &http.Server{Handler: hook, ReadHeaderTimeout: 5 * time.Second}
	ctx, a.cancel = context.WithCancel(ctx)
	go func() { _ = a.server.Serve(l) }() // ends with the server
	go func() {
		defer close(a.ended)
		_ = a.inbox.Handle(ctx, func(ctx context.Context, e lock.Event) error { return r.handle(ctx, a, e) })
	}()
	b.add(a)
	return a, nil
}

// stop ends a replica in an orderly way.
func (a *replica) stop() {
	_ = a.server.Close()
	a.cancel()
	<-a.ended
}

// kill ends it as kill -9 does: from now on it answers nobody and writes nothing.
func (a *replica) kill() {
	a.life.over.Store(true)
	a.stop()
}

// life is a store that a dead replica cannot reach any more.
type life struct {
	lock.Store
	over atomic.Bool
}

var errDead = errors.New("this replica is dead")

// AppendEvent implements lock.EventLog.
func (l *life) AppendEvent(ctx context.Context, log string, e lock.LogEntry, o lock.AppendOptions) (bool, error) {
	if l.over.Load() {
		return false, errDead
	}
	return l.Store.AppendEvent(ctx, log, e, o)
}

// TakeEvents implements lock.EventQueue.
func (l *life) TakeEvents(ctx context.Context, log string, n int, hold time.Duration) ([]lock.Delivery, error) {
	if l.over.Load() {
		return nil, errDead
	}
	return l.Store.TakeEvents(ctx, log, n, hold)
}

// SettleEvent implements lock.EventQueue.
func (l *life) SettleEvent(ctx context.Context, log string, d lock.Delivery, s lock.Settlement) error {
	if l.over.Load() {
		return errDead
	}
	return l.Store.SettleEvent(ctx, log, d, s)
}
