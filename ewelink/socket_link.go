package ewelink

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/internal/ws"
	"github.com/smartlock-sdk/smartlock/lock"
)

// protocolVersion is the socket's.
const protocolVersion = 8

// hello is the handshake.
type hello struct {
	Action    Action      `json:"action"`
	Version   int         `json:"version"`
	TS        wire.Sec    `json:"ts"`
	At        lock.Secret `json:"at"`
	UserAgent string      `json:"userAgent"`
	APIKey    string      `json:"apikey"`
	AppID     string      `json:"appid"`
	Nonce     string      `json:"nonce"`
	Sequence  string      `json:"sequence"`
}

// order is what is sent to a device.
type order struct {
	Action     Action `json:"action"`
	DeviceID   string `json:"deviceid"`
	APIKey     string `json:"apikey"`     // the owner's
	SelfAPIKey string `json:"selfApikey"` // ours; required for devices that are shared with us, and always welcome
	UserAgent  string `json:"userAgent"`
	Sequence   string `json:"sequence"`
	Params     any    `json:"params"`
}

const userAgentApp = "app"

// frame is anything the server sends, but for the pong. Answers have no action.
type frame struct {
	Action    Action    `json:"action"`
	DeviceID  string    `json:"deviceid"`
	APIKey    string    `json:"apikey"`
	UserAgent string    `json:"userAgent"`
	Cmd       string    `json:"cmd"`      // of a notify
	Sequence  string    `json:"sequence"` // a number with some servers
	DSeq      string    `json:"d_seq"`
	Error     wire.Code `json:"error"`
	Reason    string    `json:"reason"`
	Params    wire.Raw  `json:"params"`
	Config    wire.Raw  `json:"config"`
	raw       []byte
}

// keeping is f with the bytes it came in.
func (f frame) keeping(raw []byte) frame {
	f.raw = raw
	return f
}

// heartbeat is what the answer to the handshake says about it.
type heartbeat struct {
	HB         *int     `json:"hb"`
	HBInterval *float64 `json:"hbInterval"` // seconds
}

const (
	defaultInterval = 90 * time.Second // where the server names none
	shortest        = 5 * time.Second  // whatever the server names
)

// beat is how the heart of a connection beats: at 0.8 to 1 times the interval, as the vendor's own
// app does, with text. A server that wants none is asked by pings of the protocol whether it lives.
func (h *hub) beat(l *link, config wire.Raw) ws.Beat {
	var says heartbeat
	if wire.Unmarshal(config, &says) != nil {
		says = heartbeat{} // text in some documents
	}
	b := ws.Beat{Clock: h.c.cfg.Clock, Every: defaultInterval, Early: 0.2}
	if says.HBInterval != nil && *says.HBInterval > 0 {
		b.Every = max(shortest, time.Duration(min(*says.HBInterval, 3600)*float64(time.Second)))
	}
	ping := l.ping
	if says.HB != nil && *says.HB == 0 {
		ping = l.conn.Ping
	}
	b.Ping = func(ctx context.Context) error {
		sent := h.c.cfg.Clock.Now()
		err := ping(ctx)
		if err == nil {
			h.heardSince(sent)
		}
		return err
	}
	return b
}

// link is one connection that is logged in.
type link struct {
	conn   ws.Conn
	apiKey string
	pongs  chan struct{} // gets a token for a pong

	mu      sync.Mutex
	over    bool
	waiting map[string]chan frame // by sequence
}

func newLink(conn ws.Conn, apiKey string) *link {
	return &link{conn: conn, apiKey: apiKey, pongs: make(chan struct{}, 1), waiting: map[string]chan frame{}}
}

// ping sends a heartbeat and waits for its answer.
func (l *link) ping(ctx context.Context) error {
	select {
	case <-l.pongs: // to nobody's ping
	default:
	}
	if err := l.conn.Write(ctx, []byte("ping")); err != nil {
		return err
	}
	select {
	case <-l.pongs:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pong takes the answer to a heartbeat.
func (l *link) pong() {
	select {
	case l.pongs <- struct{}{}:
	default:
	}
}

// errBroken says that the connection ended before the answer came.
var errBroken = errors.New("the connection broke before the answer came")

// await registers a command. The channel gets its answer, and is closed if the connection ends.
func (l *link) await(sequence string) (<-chan frame, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return nil, errBroken
	}
	answer := make(chan frame, 1)
	l.waiting[sequence] = answer
	return answer, nil
}

// forget takes a command back, for one who waits no longer.
func (l *link) forget(sequence string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, sequence)
}

// answer hands an answer to whoever waits for it, and reports whether anybody did.
func (l *link) answer(f frame) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, ok := l.waiting[f.Sequence]
	if ok {
		delete(l.waiting, f.Sequence)
		waiting <- f
	}
	return ok
}

// close ends the waiting of all.
func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	for sequence, waiting := range l.waiting {
		close(waiting)
		delete(l.waiting, sequence)
	}
}

// refusedError says that the server does not want the session.
type refusedError struct{ cause error }

func (e *refusedError) Error() string { return "the socket refuses the session: " + e.cause.Error() }
func (e *refusedError) Unwrap() error { return e.cause }

// greet sends the handshake and returns the config of its answer.
func (c *Client) greet(ctx context.Context, conn ws.Conn, s Session, sequence int64) (wire.Raw, error) {
	text := strconv.FormatInt(sequence, 10)
	message, err := wire.Marshal(hello{
		Action: ActionUserOnline, Version: protocolVersion, TS: wire.Sec{Time: c.cfg.Clock.Now()}, At: s.At,
		UserAgent: userAgentApp, APIKey: s.APIKey, AppID: c.appID, Nonce: nonce(), Sequence: text,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	if err := conn.Write(ctx, message); err != nil {
		return nil, err
	}
	for {
		reply, err := conn.Read(ctx)
		if ws.Refused(err) {
			return nil, &refusedError{err}
		}
		if err != nil {
			return nil, err
		}
		var f frame
		if wire.Unmarshal(reply, &f) != nil || f.Action != "" && f.Action != ActionUserOnline {
			continue // not ours to answer yet
		}
		code, known := f.Error.Value()
		switch {
		case !known && f.Config == nil:
			continue
		case known && (code == codeDenied || code == codeToken || code == codeExpired):
			f.Reason = strings.ReplaceAll(f.Reason, s.At.Reveal(), "******")
			return nil, &refusedError{c.answerError(ctx, f, lock.ErrUnauthenticated)}
		case known && code != codeOK:
			return nil, c.answerError(ctx, f, kindOf(code, f.Reason))
		}
		return f.Config, nil
	}
}

// loginTime bounds the handshake, from its first byte to its answer.
const loginTime = 10 * time.Second

// answerError is the server's no, in our coat.
func (c *Client) answerError(ctx context.Context, f frame, kind lock.Kind) *lock.Error {
	if kind == "" {
		kind = lock.ErrProtocol
	}
	e := c.error(ctx, socketEndpoint, kind, nil)
	e.Target, e.Code, e.Message, e.RequestID, e.Attempts = f.DeviceID, f.Error.String(), tidy(f.Reason), f.Sequence, 1
	return e
}

// tidy makes the server's words fit to be shown.
func tidy(words string) string {
	const most = 200
	words = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) {
			return ' '
		}
		return r
	}, words)
	if r := []rune(words); len(r) > most {
		words = string(r[:most]) + "…"
	}
	return words
}
