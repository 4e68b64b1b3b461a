package ewelink

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/internal/ws"
	"github.com/smartlock-sdk/smartlock/lock"
)

// hub is the live connection of a client and those who share it. While somebody does, one goroutine
// keeps it up.
type hub struct {
	c      *Client
	keeper *ws.Keeper

	mu       sync.Mutex
	inboxes  map[*inbox]struct{}
	stop     context.CancelFunc // ends the goroutine; nil = none runs
	done     chan struct{}      // closed when the latest goroutine has ended; nil = there never was one
	up       *link              // nil = the connection is broken
	whole    time.Time          // whatever happened before has been told: see heardSince
	sequence int64              // the number of the latest command

	// Of the goroutine.
	rejected string // the access token that the server has refused
	refusals int    // in a row
}

// hub returns the client's hub, which carries commands whenever it is connected.
func (c *Client) hub() *hub {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.quick.(*hub)
	if !ok {
		h = newHub(c)
		c.quick = h
	}
	return h
}

func newHub(c *Client) *hub {
	h := &hub{c: c, keeper: ws.NewKeeper(c.cfg.Clock, ws.Pace{}), inboxes: map[*inbox]struct{}{}}
	h.keeper.Lost = func(err error, pause time.Duration) {
		c.cfg.Logger.Warn("the socket is broken", "vendor", string(Vendor), "account", c.cfg.Account, "err", err, "pause", pause)
	}
	return h
}

// join opens the connection for the first, and tells the others that it is up.
func (h *hub) join(b *inbox) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inboxes[b] = struct{}{}
	if h.stop == nil {
		ctx, stop := context.WithCancel(context.Background())
		before, done := h.done, make(chan struct{})
		h.stop, h.done = stop, done
		go func() {
			defer close(done)
			defer stop()
			if before != nil {
				<-before // two connections of one account would end each other
			}
			h.run(ctx, done)
		}()
	}
	if h.up != nil {
		h.welcome(b)
	}
}

// leave ends the connection with the last. When nobody is left it returns after the goroutine has
// ended.
func (h *hub) leave(b *inbox) {
	b.finish(errLeft)
	h.mu.Lock()
	delete(h.inboxes, b)
	if len(h.inboxes) > 0 || h.done == nil {
		h.mu.Unlock()
		return
	}
	done := h.done
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
	h.mu.Unlock()
	<-done
}

// welcome tells an inbox that the connection is up. Who has been told before, and is told again, has
// missed what was between.
func (h *hub) welcome(b *inbox) {
	now := h.c.cfg.Clock.Now()
	if b.begun {
		b.put(&GapNotice{From: h.whole.Add(-margin), Until: now.Add(margin)}, 0, now)
		return
	}
	b.begun = true
	b.put(&ConnectedNotice{At: now}, 0, now)
}

// run keeps the connection up until all have left, or until that is hopeless, which it tells them.
func (h *hub) run(ctx context.Context, done chan struct{}) {
	h.rejected, h.refusals = "", 0
	err := h.keeper.Keep(ctx, h.attempt)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.done != done || h.stop == nil {
		return // all have left; whoever is there has joined since, and has a goroutine of their own
	}
	h.stop = nil
	for b := range h.inboxes {
		b.finish(err)
		delete(h.inboxes, b)
	}
}

// attempt connects, logs in, and stays until the connection ends.
func (h *hub) attempt(ctx context.Context, up func()) error {
	c := h.c
	session, err := c.session(ctx, h.rejected)
	if err != nil {
		return hopeless(err)
	}
	d, err := c.Dispatch(ctx)
	if err != nil {
		return hopeless(err)
	}
	conn, err := h.dialer().Dial(ctx, c.socketURL(d))
	if ws.Refused(err) {
		return h.refused(session, err)
	}
	if err != nil {
		return err
	}
	greeted := c.cfg.Clock.Now()
	config, err := c.greet(ctx, conn, session, h.next())
	if err != nil {
		_ = conn.Close(ws.Normal, "")
		var no *refusedError
		if errors.As(err, &no) {
			return h.refused(session, err)
		}
		return hopeless(err)
	}
	up()
	h.refusals = 0
	l := newLink(conn, session.APIKey)
	h.open(l, greeted)
	defer h.broken(l)
	err = ws.Listen(ctx, conn, h.beat(l, config), func(message []byte) error {
		h.receive(l, message)
		return nil
	})
	if ws.Refused(err) { // the session was taken over while we were connected
		return h.refused(session, err)
	}
	return err
}

// refused has the next attempt use another session. When the server refuses that one too, the account
// has two users, and the one to give in is us.
func (h *hub) refused(s Session, err error) error {
	h.rejected = s.At.Reveal()
	if h.refusals++; h.refusals < 2 {
		return errors.New(err.Error()) // no longer a refusal, which would end it
	}
	e := h.c.error(context.Background(), socketEndpoint, lock.ErrSessionConflict, err)
	e.Message = "the socket has refused a session that was made a moment ago: somebody else uses this account and app id"
	return ws.Final(e)
}

// hopeless marks the errors that connecting again cannot mend.
func hopeless(err error) error {
	switch lock.KindOf(err) {
	case lock.ErrInvalidArgument, lock.ErrUnauthenticated, lock.ErrSessionConflict, lock.ErrPermissionDenied, lock.ErrPlanRequired,
		lock.ErrWrongRegion, lock.ErrUntrusted, lock.ErrUnsupported:
		return ws.Final(err)
	}
	return err
}

func (h *hub) dialer() ws.Dialer {
	d := ws.Dialer{Header: http.Header{"User-Agent": {"smartlock-go"}}}
	if hc := h.c.cfg.HTTPClient; hc != nil {
		d.Transport = hc.Transport
	}
	return d
}

// next is the number of the next command: the time in milliseconds, and never one twice.
func (h *hub) next() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sequence = max(h.sequence+1, h.c.cfg.Clock.Now().UnixMilli())
	return h.sequence
}

// open takes a connection into use that was asked for at an instant.
func (h *hub) open(l *link, asked time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for b := range h.inboxes {
		h.welcome(b)
	}
	h.up, h.whole = l, asked
}

// heardSince says that the server has answered what was sent at an instant. It answers in order, so
// what had happened by then has been told. When a message came proves less: it may have been long on
// its way, and others behind it.
func (h *hub) heardSince(sent time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.whole = sent
}

func (h *hub) broken(l *link) {
	h.mu.Lock()
	h.up = nil
	h.mu.Unlock()
	l.close()
}

// receive takes a message of the server.
func (h *hub) receive(l *link, message []byte) {
	now := h.c.cfg.Clock.Now()
	if string(message) == "pong" {
		l.pong()
		return
	}
	var f frame
	if err := wire.Unmarshal(message, &f); err != nil {
		h.c.cfg.Logger.Warn("the socket brought something unreadable", "vendor", string(Vendor), "account", h.c.cfg.Account, "err", err)
		return
	}
	if f.Action == "" {
		l.answer(f.keeping(message)) // late, if nobody waits for it
		return
	}
	n := newNotice(f, message, now)
	h.mu.Lock()
	defer h.mu.Unlock()
	for b := range h.inboxes {
		b.put(n, len(message), now)
	}
}

// command implements commander: what other calls tell devices goes over the socket while it is up. A
// question of energy brings it up first: see ask.
func (h *hub) command(ctx context.Context, to Item, params any) (Params, bool, error) {
	target := SocketTarget{DeviceID: to.DeviceID, Owner: to.APIKey}
	a, err := h.send(ctx, ActionUpdate, target, params)
	switch {
	case errors.Is(err, errUnsent):
		return Params{}, false, nil
	case err != nil:
		return Params{}, true, err
	case a.Config.IsZero():
		return a.Params, true, nil
	}
	return a.Config, true, nil
}

// joined is a connector: it joins the live connection until release. Who only wants an answer does not
// want to wait for an hour, until the client may log in again.
func (c *Client) joined(ctx context.Context) (q commander, release func(), err error) {
	soon, cancel := context.WithTimeout(ctx, joinTime)
	s, err := c.Socket(soon, SocketOptions{Buffer: 2})
	if err == nil {
		return s.hub, func() { s.Close(); cancel() }, nil
	}
	cancel()
	if ctx.Err() == nil && soon.Err() != nil {
		err = c.error(ctx, socketEndpoint, lock.ErrVendorUnavailable,
			errors.New("the socket was not up within "+joinTime.String()+"; logins are spaced, so hold a Socket while you ask many meters"))
	}
	return nil, nil, err
}

// joinTime bounds the wait for a socket that one question needs.
const joinTime = time.Minute

// send sends a command to a device and returns its answer.
func (h *hub) send(ctx context.Context, action Action, to SocketTarget, params any) (*Answer, error) {
	endpoint := socketEndpoint + " " + string(action)
	fail := func(kind lock.Kind, err error) error {
		e := h.c.error(ctx, endpoint, kind, err)
		e.Target = to.DeviceID
		return e
	}
	if err := ctx.Err(); err != nil {
		return nil, fail(lock.ErrInterrupted, err)
	}
	if err := missing("DeviceID", to.DeviceID); err != nil {
		return nil, fail(lock.ErrInvalidArgument, err)
	}
	h.mu.Lock()
	l := h.up
	h.mu.Unlock()
	if l == nil {
		return nil, fail(lock.ErrVendorUnavailable, errUnsent)
	}
	owner := to.Owner
	if owner == "" {
		owner = l.apiKey
	}
	sequence := strconv.FormatInt(h.next(), 10)
	message, err := wire.Marshal(order{
		Action: action, DeviceID: to.DeviceID, APIKey: owner, SelfAPIKey: l.apiKey, UserAgent: userAgentApp, Sequence: sequence, Params: params,
	})
	if err != nil {
		return nil, fail(lock.ErrInvalidArgument, err)
	}
	lost := lock.ErrVendorUnavailable // what it is when no answer comes
	if action != ActionQuery {
		lost = lock.ErrOutcomeUnknown
	}
	f, err := l.exchange(ctx, sequence, message)
	switch {
	case errors.Is(err, errUnsent):
		return nil, fail(lock.ErrVendorUnavailable, err)
	case ctx.Err() != nil && err != nil && lost == lock.ErrVendorUnavailable:
		return nil, fail(lock.ErrInterrupted, ctx.Err())
	case ctx.Err() != nil && err != nil:
		return nil, fail(lost, ctx.Err())
	case errors.Is(err, errNoAnswer) && lost == lock.ErrVendorUnavailable:
		return nil, fail(lock.ErrDeviceTimeout, err)
	case err != nil:
		return nil, fail(lost, err)
	}
	a, err := h.answered(ctx, endpoint, f, lost)
	if err == nil && action == ActionUpdate {
		h.echo(message)
	}
	return a, err
}

// echo tells those who want to know what this client has told a device.
func (h *hub) echo(message []byte) {
	var f frame
	if wire.Unmarshal(message, &f) != nil {
		return
	}
	now := h.c.cfg.Clock.Now()
	n := newNotice(f, message, now)
	h.mu.Lock()
	defer h.mu.Unlock()
	for b := range h.inboxes {
		if b.echo {
			b.put(n, len(message), now)
		}
	}
}

// answered makes of an answer what the caller is told.
func (h *hub) answered(ctx context.Context, endpoint string, f frame, lost lock.Kind) (*Answer, error) {
	code, known := f.Error.Value()
	if known && code != codeOK {
		kind := kindOf(code, f.Reason)
		switch {
		case code == codeDenied:
			kind = lock.ErrUnauthenticated
		case code == 403: // no path here, unlike over HTTP
			kind = lock.ErrPermissionDenied
		case kind == lock.ErrVendorUnavailable:
			kind = lost // it may have been carried out
		}
		e := h.c.answerError(ctx, f, kind)
		e.Endpoint = endpoint
		return nil, e
	}
	if !known && f.Params == nil && f.Config == nil { // some servers leave a good code out, but then there is something else
		e := h.c.answerError(ctx, f, lock.ErrProtocol)
		e.Endpoint, e.Message = endpoint, "the answer says neither yes nor no"
		if lost == lock.ErrOutcomeUnknown {
			e.Kind, e.Err = lost, lock.ErrProtocol
		}
		return nil, e
	}
	a := &Answer{DeviceID: f.DeviceID, APIKey: f.APIKey}
	_ = a.Params.UnmarshalJSON(f.Params) // takes anything
	_ = a.Config.UnmarshalJSON(f.Config)
	a.KeepRaw(f.raw)
	return a, nil
}

var (
	errUnsent   = errors.New("the socket is broken just now; nothing was sent")
	errNoAnswer = errors.New("no answer within " + answerTime.String())
)

// exchange sends a command and waits for its answer.
func (l *link) exchange(ctx context.Context, sequence string, message []byte) (frame, error) {
	answer, err := l.await(sequence)
	if err != nil {
		return frame{}, errUnsent
	}
	defer l.forget(sequence)
	if err := l.conn.Write(ctx, message); err != nil {
		return frame{}, err // how much of it has left is not known
	}
	late, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	select {
	case f, ok := <-answer:
		if !ok {
			return frame{}, errBroken
		}
		return f, nil
	case <-late.Done():
		if ctx.Err() != nil {
			return frame{}, ctx.Err()
		}
		return frame{}, errNoAnswer
	}
}
