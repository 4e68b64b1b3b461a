package ewelink

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/ws"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

// message is a JSON object on the socket.
type message = map[string]any

// cloud is a vendor small enough to run in a bubble, where days pass in no time: its network are
// pipes. It dispatches, renews sessions and talks over sockets as it is told to.
type cloud struct {
	t       *testing.T
	dialled chan net.Conn
	server  *http.Server
	served  sync.WaitGroup
	log     locktest.Log // of its clients

	mu      sync.Mutex
	record  record
	sockets []ws.Conn

	// Set before a client comes.
	down   func() bool                      // no dispatch
	greet  func(hello message) message      // the answer to a handshake; nil = yes
	answer func(c ws.Conn, command message) // nil = a yes to everything
	pong   func(c ws.Conn) (text string)    // nil = "pong"; "" = silence
	config message                          // of the answer to the handshake
}

// record is what a cloud has seen.
type record struct {
	hellos     []message // handshakes
	dispatched int
	renewed    int
	received   []message // commands
	pings      []time.Time
	open       int // connections that were greeted
}

// saw returns what the cloud has seen so far.
func (c *cloud) saw() record {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.record
	r.hellos, r.received, r.pings = slices.Clone(r.hellos), slices.Clone(r.received), slices.Clone(r.pings)
	return r
}

func newCloud(t *testing.T) *cloud {
	c := &cloud{t: t, dialled: make(chan net.Conn), config: message{"hb": 1, "hbInterval": 145}}
	c.server = &http.Server{Handler: http.HandlerFunc(c.serve)}
	c.served.Go(func() { _ = c.server.Serve(pipes{c.dialled, make(chan struct{}), &sync.Once{}}) })
	t.Cleanup(func() {
		_ = c.server.Close()
		c.drop()
		c.served.Wait()
	})
	return c
}

// pipes is a listener of what was dialled.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    *sync.Once
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// client returns a client with a session, whose network ends with the test.
func (c *cloud) client(opts ...lock.Option) *Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		select {
		case c.dialled <- theirs:
			return ours, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	c.t.Cleanup(transport.CloseIdleConnections)
	return New("app-1", "secret-1", append([]lock.Option{
		lock.WithBaseURL("http://127.0.0.1"), lock.WithHTTPClient(&http.Client{Transport: transport}),
		lock.WithLogger(slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		WithSession(Session{At: lock.NewSecret("at-0"), Rt: lock.NewSecret("rt-0"), APIKey: "me"}),
	}, opts...)...)
}

func (c *cloud) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/dispatch/app":
		c.mu.Lock()
		c.record.dispatched++
		c.mu.Unlock()
		if c.down != nil && c.down() {
			http.Error(w, "out of order", http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, `{"port":80,"IP":"127.0.0.1","reason":"ok","domain":"127.0.0.1","error":0}`)
	case "/v2/user/refresh":
		c.mu.Lock()
		c.record.renewed++
		_, _ = fmt.Fprintf(w, `{"error":0,"msg":"","data":{"at":"at-%d","rt":"rt-%d"}}`, c.record.renewed, c.record.renewed)
		c.mu.Unlock()
	case "/api/ws":
		conn, err := ws.Accept(w, r)
		if err != nil {
			c.t.Errorf("the handshake of the protocol: %v", err)
			return
		}
		c.served.Go(func() { c.talk(conn) })
	default:
		c.t.Errorf("unexpected call: %s %s", r.Method, r.URL.Path)
		http.NotFound(w, r)
	}
}

func (c *cloud) talk(conn ws.Conn) {
	ctx, greeted := context.Background(), false
	defer func() {
		_ = conn.Drop()
		c.mu.Lock()
		defer c.mu.Unlock()
		if greeted {
			c.record.open--
		}
	}()
	for {
		text, err := conn.Read(ctx)
		if err != nil {
			return
		}
		if string(text) == "ping" {
			c.mu.Lock()
			c.record.pings = append(c.record.pings, time.Now())
			c.mu.Unlock()
			pong := "pong"
			if c.pong != nil {
				pong = c.pong(conn)
			}
			if pong != "" {
				_ = conn.Write(ctx, []byte(pong))
			}
			continue
		}
		var m message
		if err := json.Unmarshal(text, &m); err != nil {
			c.t.Errorf("not JSON: %q", text)
			return
		}
		c.mu.Lock()
		if greeted {
			c.record.received = append(c.record.received, m)
		} else {
			c.record.hellos = append(c.record.hellos, m)
			c.sockets = append(c.sockets, conn)
			c.record.open++
		}
		c.mu.Unlock()
		switch {
		case !greeted:
			greeted = true
			reply := message{"error": 0, "apikey": "me", "config": c.config, "sequence": m["sequence"]}
			if c.greet != nil {
				if other := c.greet(m); other != nil {
					reply = other
				}
			}
			say(conn, reply)
			if reply["error"] == 406 {
				return
			}
		case c.answer != nil:
			c.answer(conn, m)
		default:
			say(conn, message{"error": 0, "deviceid": m["deviceid"], "apikey": m["apikey"], "sequence": m["sequence"]})
		}
	}
}

func say(conn ws.Conn, m message) {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	_ = conn.Write(context.Background(), text) // a client may have gone
}

// socket is the connection of the latest handshake.
func (c *cloud) socket() ws.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sockets[len(c.sockets)-1]
}

// drop breaks every connection.
func (c *cloud) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		_ = s.Drop()
	}
}

// connect returns a socket of a client, closed with the test.
func (c *cloud) connect(client *Client, o SocketOptions) *Socket {
	c.t.Helper()
	s, err := client.Socket(c.t.Context(), o)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(s.Close)
	return s
}

// next returns the next notice of a socket.
func next(t *testing.T, s *Socket) Notice {
	t.Helper()
	for n, err := range s.Notices(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Fatal("the notices have ended")
	return nil
}

// wantKind checks the kind of an error, and that it shows no token.
func wantKind(t *testing.T, err error, want lock.Kind) {
	t.Helper()
	if got := lock.KindOf(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	if err != nil && strings.Contains(err.Error(), "at-") {
		t.Errorf("the error shows a token: %v", err)
	}
}
