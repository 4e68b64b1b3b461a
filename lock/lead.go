package lock

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// LeadOptions adjust Lead.
type LeadOptions struct {
	// Lease is how long a leader that is heard of no more still counts as one: the next takes over
	// after that, and a third of it at most. Default: 15 s.
	Lease  time.Duration
	Clock  Clock        // nil = SystemClock
	Logger *slog.Logger // nil = nothing is logged
}

// Leadership is one time of leading.
type Leadership struct {
	// Fence goes into AppendOptions: what an older leader still appends is then refused.
	Fence uint64

	clock Clock
	start time.Time
	holds atomic.Int64 // after start, until when
}

// Holds reports whether this replica still leads, as far as it can know by itself. Ask before
// something that only a leader may do, because a process that was stopped for a while goes on
// where it was before its context is told.
func (l *Leadership) Holds() bool { return l.left() > 0 }

func (l *Leadership) left() time.Duration {
	return time.Duration(l.holds.Load()) - l.clock.Now().Sub(l.start)
}

// Lead lets one replica at a time run f. It stands for election under name until this replica
// leads, and runs f with a context that ends when the leadership does; then it stands again. f has
// to return soon after its context ended.
//
// Lead returns when ctx ends, with ctx's error, or when f returns by itself, with f's error; the
// leadership is given up then, so that another replica takes over at once. A store that cannot be
// reached is asked again; a leader stays one for as long as its lease lasts.
func Lead(ctx context.Context, store LeaseStore, name string, o LeadOptions, f func(context.Context, *Leadership) error) error {
	c := &candidate{
		store: store, name: name, me: randomID(), lease: cmp.Or(o.Lease, 15*time.Second),
		clock: o.Clock, log: o.Logger, f: f,
	}
	if c.clock == nil {
		c.clock = SystemClock
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	for {
		l, err := c.win(ctx)
		if err != nil {
			return err
		}
		lost, err := c.lead(ctx, l)
		if !lost {
			return err
		}
	}
}

// candidate is a replica that leads or wants to.
type candidate struct {
	store LeaseStore
	name  string
	me    string
	lease time.Duration
	clock Clock
	log   *slog.Logger
	f     func(context.Context, *Leadership) error
}

// renewal is how often a leader renews its lease, and how often others look whether it does.
func (c *candidate) renewal() time.Duration { return c.lease / 3 }

// campaign asks the store once. Whatever it says was true at began or later.
func (c *candidate) campaign(ctx context.Context) (t Term, began time.Time, err error) {
	began = c.clock.Now()
	ctx, cancel := context.WithTimeout(ctx, c.renewal())
	defer cancel()
	t, err = c.store.Campaign(ctx, c.name, c.me, c.lease)
	return t, began, err
}

// win waits until this replica leads.
func (c *candidate) win(ctx context.Context) (*Leadership, error) {
	for {
		t, began, err := c.campaign(ctx)
		wait := c.renewal()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			c.log.LogAttrs(ctx, slog.LevelWarn, "standing for election failed", slog.String("name", c.name), slog.Any("error", err))
		case t.Mine:
			l := &Leadership{Fence: t.Fence, clock: c.clock, start: began}
			l.holds.Store(int64(c.lease))
			return l, nil
		case t.Left > 0: // it may end before the next look
			wait = min(wait, t.Left)
		}
		if err := c.clock.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// lead runs f, and renews the lease while it runs.
func (c *candidate) lead(ctx context.Context, l *Leadership) (lost bool, err error) {
	c.log.LogAttrs(ctx, slog.LevelInfo, "leading", slog.String("name", c.name), slog.Uint64("fence", l.Fence))
	working, stop := context.WithCancel(ctx)
	defer stop()
	running, over := context.WithCancel(ctx) // ends when f has returned
	defer over()
	done := make(chan error, 1)
	go func() {
		defer over()
		done <- c.f(working, l)
	}()
	lost = c.keep(running, l)
	stop()
	err = <-done
	if lost {
		c.log.LogAttrs(ctx, slog.LevelWarn, "not leading any more", slog.String("name", c.name), slog.Uint64("fence", l.Fence))
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		return true, nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	c.resign(ctx)
	return false, err
}

// keep renews the lease until ctx ends or the lease is lost.
func (c *candidate) keep(ctx context.Context, l *Leadership) (lost bool) {
	wait := c.renewal()
	for {
		if err := c.clock.Sleep(ctx, min(wait, l.left())); err != nil {
			return ctx.Err() == nil // else a clock that cannot wait
		}
		if !l.Holds() {
			return true
		}
		t, began, err := c.campaign(ctx)
		switch {
		case ctx.Err() != nil:
			return false
		case err != nil:
			c.log.LogAttrs(ctx, slog.LevelWarn, "renewing the lease failed", slog.String("name", c.name), slog.Any("error", err))
			wait = c.renewal() / 5 // there is not much time left
		case !t.Mine || t.Fence != l.Fence:
			return true
		default:
			l.holds.Store(int64(began.Sub(l.start) + c.lease))
			wait = c.renewal()
		}
	}
}

// resign lets the next one take over at once. If it fails, the lease ends by itself.
func (c *candidate) resign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.renewal())
	defer cancel()
	if err := c.store.Resign(ctx, c.name, c.me); err != nil {
		c.log.LogAttrs(ctx, slog.LevelWarn, "giving up the lease failed", slog.String("error", fmt.Sprint(err)))
	}
}
