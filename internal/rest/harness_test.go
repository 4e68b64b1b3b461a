package rest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

const okReply = `{"ErrNo":0,"ErrMsg":""}`

// instant is a clock on which waiting takes no time.
type instant struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newInstant() *instant { return &instant{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)} }

func (c *instant) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *instant) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept = append(c.slept, d)
	c.now = c.now.Add(d)
	return ctx.Err()
}

func (c *instant) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answer is a reply to req.
func answer(req *http.Request, status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: h, Request: req,
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
	}
}

// script answers the n-th request (1 is the first) as it says.
func script(say func(n int, req *http.Request) (*http.Response, error)) roundTrip {
	var n atomic.Int64
	return func(req *http.Request) (*http.Response, error) { return say(int(n.Add(1)), req) }
}

// always answers everything alike.
func always(status int, body string, header ...string) roundTrip {
	return func(req *http.Request) (*http.Response, error) { return answer(req, status, body, header...), nil }
}

// over makes a client on a transport, with a clock that does not wait.
func over(rt http.RoundTripper, opts ...lock.Option) *Client {
	opts = append([]lock.Option{lock.WithHTTPClient(&http.Client{Transport: rt}), lock.WithClock(newInstant())}, opts...)
	return New(lock.NewConfig(opts...), testVendor, "https://vendor.test", &dialect{secret: lock.NewSecret("s3cret-canary")}, fixedToken("token-canary"))
}

// to makes a client of a server.
func to(t *testing.T, url string, opts ...lock.Option) *Client {
	t.Helper()
	opts = append([]lock.Option{lock.WithClock(newInstant())}, opts...)
	c := New(lock.NewConfig(opts...), testVendor, url, &dialect{secret: lock.NewSecret("s3cret-canary")}, fixedToken("token-canary"))
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// tries counts attempts.
type tries struct {
	mu  sync.Mutex
	all []lock.Attempt
}

func (tr *tries) option() lock.Option {
	return lock.WithObserver(func(a lock.Attempt) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.all = append(tr.all, a)
	})
}

func (tr *tries) count() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.all)
}

// failed is the *lock.Error every error has to be.
func failed(t *testing.T, err error) *lock.Error {
	t.Helper()
	require.Error(t, err)
	e, ok := err.(*lock.Error)
	require.True(t, ok, "got %T, want a bare *lock.Error", err)
	return e
}

// vendor is a server on a raw listener, which can do what net/http's does not.
type vendor struct {
	url      string
	accepted atomic.Int64
	executed atomic.Int64 // whole requests but those to /warm
	conns    sync.WaitGroup
}

// newVendor serves each connection with what act does after a whole request has been read; act
// reports whether the connection is still good. Requests to /warm are answered properly.
func newVendor(t *testing.T, act func(conn net.Conn) bool) *vendor {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	v := &vendor{url: "http://" + l.Addr().String()}
	var open sync.Map
	v.conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			v.accepted.Add(1)
			open.Store(conn, true)
			v.conns.Go(func() {
				defer open.Delete(conn)
				defer conn.Close()
				v.serve(conn, act)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		open.Range(func(conn, _ any) bool { conn.(net.Conn).Close(); return true })
		v.conns.Wait()
	})
	return v
}

func (v *vendor) serve(conn net.Conn, act func(net.Conn) bool) {
	r := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		if req.URL.Path == "/warm" {
			respond(conn, 200, okReply)
			continue
		}
		v.executed.Add(1)
		if !act(conn) {
			return
		}
	}
}

// respond writes a reply with a length.
func respond(conn net.Conn, status int, body string, header ...string) bool {
	var h strings.Builder
	for i := 0; i < len(header); i += 2 {
		fmt.Fprintf(&h, "%s: %s\r\n", header[i], header[i+1])
	}
	_, err := fmt.Fprintf(conn, "HTTP/1.1 %d x\r\nContent-Length: %d\r\n%s\r\n%s", status, len(body), h.String(), body)
	return err == nil
}

// reset ends a connection with RST.
func reset(conn net.Conn) bool {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	return false
}

func warm(t *testing.T, c *Client) {
	t.Helper()
	_, err := Do[nothing](t.Context(), c, &Request{Method: http.MethodGet, Path: "/warm"})
	require.NoError(t, err)
}

var errBroken = errors.New("broken")
