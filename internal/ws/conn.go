package ws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// MaxMessage is the longest message that is read, in bytes. A longer one ends the connection.
	MaxMessage = 1 << 20

	handshakeTime = 10 * time.Second
	writeTime     = 10 * time.Second       // for one message, whatever its context allows
	closeTime     = 500 * time.Millisecond // for the last frame
)

// Conn is one connection. One goroutine reads; everything else may be called by any, also at the
// same time. Whoever has a Conn calls Close or Drop in the end.
type Conn interface {
	// Read returns the next message, text or binary. When ctx ends so does the connection. After
	// an error every Read reports the same one.
	Read(ctx context.Context) ([]byte, error)
	// Write sends a text message. When ctx ends before it is sent, or after 10 s, the connection
	// ends as well, since half a message may be on its way.
	Write(ctx context.Context, text []byte) error
	// Ping sends a ping and returns when the pong has come, or with ctx. It needs somebody who
	// reads.
	Ping(ctx context.Context) error
	// Close says goodbye, waits for no answer, and frees the connection. It takes half a
	// second at most. Closing again does nothing.
	Close(code Code, reason string) error
	// Drop breaks the connection off without a word, as a failing network does.
	Drop() error
}

// conn is a Conn on gorilla's.
type conn struct {
	ws     *websocket.Conn
	writer chan struct{} // holds one token: the right to write
	gone   chan struct{} // closed when the connection is given up

	mu     sync.Mutex
	ended  bool
	cause  error // of the end, if we know better than the read that fails
	failed error // what every Read reports from now on
	pongs  chan struct{}
}

func newConn(c *websocket.Conn) *conn {
	n := &conn{ws: c, writer: make(chan struct{}, 1), gone: make(chan struct{}), pongs: make(chan struct{})}
	n.writer <- struct{}{}
	c.SetReadLimit(MaxMessage)
	c.SetPongHandler(func(string) error {
		n.mu.Lock()
		defer n.mu.Unlock()
		close(n.pongs)
		n.pongs = make(chan struct{})
		return nil
	})
	return n
}

func (c *conn) Read(ctx context.Context) ([]byte, error) {
	if err := c.failure(); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.giveUp(context.Cause(ctx)) })
	defer stop()
	_, message, err := c.ws.ReadMessage()
	if err == nil {
		return message, nil
	}
	return nil, c.fail(err)
}

// fail remembers why reading has ended: gorilla panics when somebody goes on.
func (c *conn) fail(err error) error {
	c.giveUp(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = cmp.Or(c.cause, translate(err))
	return c.failed
}

func (c *conn) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// translate puts gorilla's errors into our words.
func translate(err error) error {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed):
		return &CloseError{Code: Code(closed.Code), Reason: closed.Text}
	case errors.Is(err, websocket.ErrReadLimit):
		return fmt.Errorf("a message was longer than %d bytes: %w", MaxMessage, ErrTooLong)
	}
	return err
}

func (c *conn) Write(ctx context.Context, text []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	select {
	case <-c.writer:
	case <-c.gone:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err() // nothing was sent, so nothing is broken
	}
	defer func() { c.writer <- struct{}{} }()
	stop := context.AfterFunc(ctx, func() { c.giveUp(context.Cause(ctx)) })
	err := c.ws.WriteMessage(websocket.TextMessage, text)
	if !stop() && err != nil {
		return cmp.Or(ctx.Err(), err)
	}
	if err != nil {
		c.giveUp(err)
	}
	return err
}

func (c *conn) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	pong := c.pongs
	c.mu.Unlock()
	by, ok := ctx.Deadline()
	if !ok {
		by = time.Now().Add(writeTime)
	}
	if err := c.ws.WriteControl(websocket.PingMessage, nil, by); err != nil {
		return err
	}
	select {
	case <-pong:
		return nil
	case <-c.gone:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *conn) Close(code Code, reason string) error {
	c.mu.Lock()
	ended := c.ended
	c.mu.Unlock()
	if ended {
		return nil
	}
	frame := websocket.FormatCloseMessage(int(code), short(reason))
	// That the peer does not hear it changes nothing: the connection ends all the same.
	_ = c.ws.WriteControl(websocket.CloseMessage, frame, time.Now().Add(closeTime))
	return c.Drop()
}

// short cuts a reason to what a control frame holds.
func short(reason string) string {
	const room = 123
	if len(reason) <= room {
		return reason
	}
	end := 0
	for i := range reason { // between characters
		if i > room {
			break
		}
		end = i
	}
	return reason[:end]
}

func (c *conn) Drop() error { return c.giveUp(ErrClosed) }

// giveUp closes the network connection, once. Who reads is told the cause, if there is one.
func (c *conn) giveUp(cause error) error {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return nil
	}
	c.ended, c.cause = true, cause
	close(c.gone)
	c.mu.Unlock()
	return c.ws.NetConn().Close()
}
