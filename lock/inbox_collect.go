package lock

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Collect follows p for all replicas that collect into this inbox: one of them at a time opens the
// vendor's socket or asks its history, and appends what happened; when it dies the next one takes up
// where it was. For vendors that send webhooks it fetches what their webhooks missed; give
// those to Append, in every replica.
//
// Events are in the inbox once each, whoever brought them: a replica that still believes to lead is
// refused. o.Since counts when nobody has collected into this inbox before. See Follow for o, and
// Handle for the events. A takeover needs 15 s and a third of it, at most; at once where the
// replica before ended properly.
//
// Collect returns ctx's error when ctx ends, or the error of Follow when nothing more can come.
func (in *Inbox) Collect(ctx context.Context, p Provider, o FollowOptions) error {
	if o.Clock == nil {
		o.Clock = in.o.Clock
	}
	lead := LeadOptions{Clock: in.o.Clock, Logger: in.o.Logger}
	return Lead(ctx, in.store, in.name, lead, func(ctx context.Context, l *Leadership) error {
		c := &collector{in: in, l: l, p: p, o: o}
		return in.persist(ctx, "events cannot be collected", c.collect)
	})
}

// collector is one leader's time of collecting.
type collector struct {
	in *Inbox
	l  *Leadership
	p  Provider
	o  FollowOptions

	f     *Follower // nil until the cursor has been read
	saves int
	saved time.Time
}

// collect appends what happens until something goes wrong.
func (c *collector) collect(ctx context.Context) error {
	if c.f == nil {
		if err := c.begin(ctx); err != nil {
			return err
		}
	}
	for e, err := range c.f.Events(ctx) {
		if err != nil {
			return finalError{err}
		}
		if err := c.in.append(ctx, e, c.l.Fence); err != nil {
			return err // the event does not count as done
		}
		if c.o.Clock.Now().Sub(c.saved) >= cursorPause {
			if err := c.save(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin takes up where the leader before was.
func (c *collector) begin(ctx context.Context) error {
	text, err := c.in.cursor(ctx)
	if err != nil {
		return err
	}
	since := c.o.Since
	if text != "" {
		if since, err = ParseCursor(text); err != nil {
			return finalError{err}
		}
	}
	o := c.o
	o.Since = since
	c.f = NewFollower(c.p, o)
	// What happens from now on is not lost even if this leader dies before the first event.
	return c.save(ctx)
}

// cursorPause is how long a cursor goes unsaved; the next leader asks for so much more.
const cursorPause = 10 * time.Second

// cursors is the name of the log in which the cursors are; the newest one counts.
func (in *Inbox) cursors() string { return in.name + "/cursor" }

// save keeps the cursor for the next leader. A deposed leader's cursor may come after its successor's: it
// is older, so it costs a longer question, and loses nothing.
func (c *collector) save(ctx context.Context) error {
	c.saves++
	entry := LogEntry{ID: fmt.Sprintf("%d/%d", c.l.Fence, c.saves), Data: []byte(c.f.Cursor().String())}
	if _, err := c.in.store.AppendEvent(ctx, c.in.cursors(), entry, AppendOptions{Keep: time.Hour, Handled: true}); err != nil {
		return err
	}
	c.saved = c.o.Clock.Now()
	_, err := c.in.store.TrimEvents(ctx, c.in.cursors(), 5*time.Minute)
	return err
}

// cursor reads the newest cursor, "" if there is none.
func (in *Inbox) cursor(ctx context.Context) (string, error) {
	const page = 100
	var newest LogEntry
	for {
		entries, err := in.store.ReadEvents(ctx, in.cursors(), newest.Seq, page)
		if err != nil {
			return "", err
		}
		if len(entries) > 0 {
			newest = entries[len(entries)-1]
		}
		if len(entries) < page {
			return string(newest.Data), nil
		}
	}
}

// finalError is one that trying again cannot mend.
type finalError struct{ error }

// persist runs f until ctx ends or f ends for good, with pauses that grow.
func (in *Inbox) persist(ctx context.Context, trouble string, f func(context.Context) error) error {
	pause := growing{first: in.o.FirstPause, max: in.o.MaxPause}
	for {
		begun := in.o.Clock.Now()
		err := f(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if final, ok := errors.AsType[finalError](err); ok {
			return final.error
		}
		in.o.Logger.WarnContext(ctx, "smartlock: "+trouble, "inbox", in.name, "error", err)
		if in.o.Clock.Now().Sub(begun) > in.o.MaxPause {
			pause.n = 0
		}
		if err := in.o.Clock.Sleep(ctx, pause.next()); err != nil {
			return err
		}
	}
}
