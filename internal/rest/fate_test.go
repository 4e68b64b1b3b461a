package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

// fault is what a vendor does after it has read and executed a call. Silence has a test of its own,
// TestNoAttemptWithoutAnEnd.
type fault struct {
	name string
	act  func(conn net.Conn) bool
	kind lock.Kind // what went wrong, beside ErrOutcomeUnknown
}

func faults(t *testing.T) []fault {
	said := func(status int, body string, header ...string) func(net.Conn) bool {
		return func(conn net.Conn) bool { return respond(conn, status, body, header...) }
	}
	raw := func(text string) func(net.Conn) bool {
		return func(conn net.Conn) bool { _, _ = io.WriteString(conn, text); return false }
	}
	return []fault{
		{"connection reset", reset, lock.ErrVendorUnavailable},
		{"connection closed", func(net.Conn) bool { return false }, lock.ErrVendorUnavailable},
		{"no HTTP", raw("220 mail.vendor.test ESMTP\r\n\r\n"), lock.ErrVendorUnavailable},
		{"body cut short", raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + okReply), lock.ErrVendorUnavailable},
		{"chunks cut short", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"Err"), lock.ErrVendorUnavailable},
		{"500 without a body", said(500, ""), lock.ErrVendorUnavailable},
		{"500 although the code says success", said(500, okReply), lock.ErrProtocol},
		{"502 in HTML", said(502, "<html>Bad Gateway</html>", "Content-Type", "text/html"), lock.ErrVendorUnavailable},
		{"503 with Retry-After", said(503, "", "Retry-After", "1"), lock.ErrVendorUnavailable},
		{"408", said(408, ""), lock.ErrVendorUnavailable},
		{"429 from a gateway", said(429, "slow down"), lock.ErrRateLimited},
		{"403 from a gateway", said(403, "no"), lock.ErrProtocol},
		{"redirect", said(307, "", "Location", "https://elsewhere.test/"), lock.ErrProtocol},
		{"HTML with status 200", said(200, "<html>Log in to the Wi-Fi</html>"), lock.ErrProtocol},
		{"empty reply", said(200, ""), lock.ErrProtocol},
		{"204", raw("HTTP/1.1 204 No Content\r\n\r\n"), lock.ErrProtocol},
		{"JSON cut short", said(200, `{"ErrNo":0,"ErrM`), lock.ErrProtocol},
		{"no code", said(200, `{"ErrMsg":"ok"}`), lock.ErrProtocol},
		{"too large", said(200, `{"ErrNo":0,"ErrMsg":"`+strings.Repeat("x", 2<<20)+`"}`), lock.ErrTooLarge},
		{"broken gzip", said(200, "this is no gzip at all", "Content-Encoding", "gzip"), lock.ErrProtocol},
		{"gzip cut short", said(200, string(zipped(t, okReply)[:20]), "Content-Encoding", "gzip"), lock.ErrVendorUnavailable},
		{"out of order by its own words", said(200, `{"ErrNo":109,"ErrMsg":"internal error"}`), lock.ErrVendorUnavailable},
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func mutating() map[string]*Request {
	return map[string]*Request{
		"POST":              changeRequest(),
		"POST without body": {Method: http.MethodPost, Path: "/restart", Mutates: true},
		"DELETE":            {Method: http.MethodDelete, Path: "/password", Mutates: true},
		"GET":               mutatingGet(),
	}
}

// transports are what a caller may give us: nothing, net/http's own, or one wrapped for tracing.
func transports(t *testing.T) map[string]func() lock.Option {
	wrapped := func() http.RoundTripper {
		inner := &http.Transport{}
		t.Cleanup(inner.CloseIdleConnections)
		return roundTrip(func(req *http.Request) (*http.Response, error) { return inner.RoundTrip(req) })
	}
	return map[string]func() lock.Option{
		"our transport": func() lock.Option { return lock.WithHTTPClient(nil) },
		"their transport": func() lock.Option {
			inner := &http.Transport{}
			t.Cleanup(inner.CloseIdleConnections)
			return lock.WithHTTPClient(&http.Client{Transport: inner})
		},
		"wrapped transport": func() lock.Option { return lock.WithHTTPClient(&http.Client{Transport: wrapped()}) },
	}
}

func TestMutatingCallRunsOnce(t *testing.T) {
	for way, option := range transports(t) {
		for method, request := range mutating() {
			for _, f := range faults(t) {
				t.Run(way+"/"+method+"/"+f.name, func(t *testing.T) {
					t.Parallel()
					v := newVendor(t, f.act)
					var seen tries
					c := to(t, v.url, option(), seen.option())
					warm(t, c) // on a kept connection net/http is bolder

					_, err := Do[nothing](t.Context(), c, request)
					e := failed(t, err)
					require.Equal(t, lock.ErrOutcomeUnknown, e.Kind)
					require.ErrorIs(t, err, lock.ErrOutcomeUnknown)
					require.ErrorIs(t, err, f.kind, "got %v", err)
					require.False(t, e.Retryable())
					require.EqualValues(t, 1, v.executed.Load())
					require.Equal(t, 2, seen.count(), "one to warm up, one attempt")
					require.Equal(t, 1, e.Attempts)
				})
			}
		}
	}
}

// What the tests above guard against does happen: an ordinary GET is sent again below us, and by us.
func TestReadIsRepeated(t *testing.T) {
	for way, option := range transports(t) {
		t.Run(way, func(t *testing.T) {
			v := newVendor(t, reset)
			c := to(t, v.url, option())
			warm(t, c)
			_, err := Do[nothing](t.Context(), c, readRequest())
			e := failed(t, err)
			require.Equal(t, lock.ErrVendorUnavailable, e.Kind)
			require.Equal(t, 3, e.Attempts)
			require.EqualValues(t, 4, v.executed.Load(), "three attempts, and one by net/http")
		})
	}
}

func TestMutatingCallIsNotOpenWhen(t *testing.T) {
	for _, tc := range []struct {
		name string
		body string
		kind lock.Kind
	}{
		{"the vendor says what is wrong", `{"ErrNo":103,"ErrMsg":"no such lock"}`, lock.ErrNotFound},
		{"the vendor says it is out of order and did nothing", `{"ErrNo":110}`, lock.ErrVendorUnavailable},
		{"the vendor limits the rate", `{"ErrNo":108}`, lock.ErrRateLimited},
		{"the device is busy", `{"ErrNo":104}`, lock.ErrDeviceBusy},
		{"the code is not in the document", `{"ErrNo":999,"ErrMsg":"?"}`, lock.ErrProtocol},
	} {
		for _, status := range []int{200, 400, 500} {
			t.Run(fmt.Sprintf("%s, HTTP %d", tc.name, status), func(t *testing.T) {
				var seen tries
				c := over(always(status, tc.body), seen.option())
				_, err := Do[nothing](t.Context(), c, changeRequest())
				e := failed(t, err)
				require.Equal(t, tc.kind, e.Kind)
				require.NotErrorIs(t, err, lock.ErrOutcomeUnknown)
				require.Equal(t, status, e.Status)
				require.Equal(t, 1, seen.count(), "never repeated")
			})
		}
	}
}

func TestMutatingCallIsOpenWhenCancelledAfterSending(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	v := newVendor(t, func(conn net.Conn) bool {
		cancel()
		_, _ = conn.Read(make([]byte, 1))
		return false
	})
	_, err := Do[nothing](ctx, to(t, v.url), changeRequest())
	require.ErrorIs(t, err, lock.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualValues(t, 1, v.executed.Load())
}

// A transport that reports the end of a context in its own words does not hide it.
func TestCancelIsVisibleThroughAnyTransport(t *testing.T) {
	for _, request := range []*Request{readRequest(), changeRequest()} {
		ctx, cancel := context.WithCancel(t.Context())
		var seen tries
		rt := roundTrip(func(*http.Request) (*http.Response, error) { cancel(); return nil, errBroken })
		_, err := Do[nothing](ctx, over(rt, seen.option()), request)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, lock.ErrInterrupted)
		require.Equal(t, request.Mutates, failed(t, err).Kind == lock.ErrOutcomeUnknown)
		require.Equal(t, 1, seen.count())
	}
}

func TestNothingIsSentUnderACancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := newVendor(t, reset)
	for name, request := range mutating() {
		_, err := Do[nothing](ctx, to(t, v.url), request)
		require.ErrorIs(t, err, context.Canceled, name)
		require.NotErrorIs(t, err, lock.ErrOutcomeUnknown, name)
		require.Zero(t, failed(t, err).Attempts, name)
	}
	require.Zero(t, v.accepted.Load())
}

// Before the first byte, any call may be tried again.
func TestUnsentCallIsRepeated(t *testing.T) {
	dials := map[string]func(addr string) error{
		"refused": func(addr string) error {
			_, err := net.Dial("tcp", "127.0.0.1:1")
			return err
		},
		"unknown host": func(string) error {
			return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "vendor.test", IsNotFound: true}}
		},
		"a dialler that fails in its own words": func(string) error { return errBroken },
	}
	requests := mutating()
	requests["a read"] = readRequest()
	for fault, fail := range dials {
		for method, request := range requests {
			for _, wrap := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/wrapped=%t", fault, method, wrap), func(t *testing.T) {
					v := newVendor(t, func(conn net.Conn) bool { return respond(conn, 200, okReply) })
					var dialled atomic.Int64
					inner := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
						if dialled.Add(1) < 3 {
							return nil, fail(addr)
						}
						return new(net.Dialer).DialContext(ctx, network, addr)
					}}
					t.Cleanup(inner.CloseIdleConnections)
					var rt http.RoundTripper = inner
					if wrap {
						rt = roundTrip(func(req *http.Request) (*http.Response, error) { return inner.RoundTrip(req) })
					}
					var seen tries
					_, err := Do[nothing](t.Context(), to(t, v.url, lock.WithHTTPClient(&http.Client{Transport: rt}), seen.option()), request)
					require.NoError(t, err)
					require.Equal(t, 3, seen.count())
					require.EqualValues(t, 1, v.executed.Load())
				})
			}
		}
	}
}

func TestUnsentCallIsRepeatedAfterABrokenHandshake(t *testing.T) {
	for method, request := range mutating() {
		t.Run(method, func(t *testing.T) {
			var executed, accepted atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				executed.Add(1)
				_, _ = io.WriteString(w, okReply)
			}))
			server.Listener = &brokenHandshakes{server.Listener, &accepted}
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			t.Cleanup(server.Close)
			var seen tries
			_, err := Do[nothing](t.Context(), to(t, server.URL, lock.WithHTTPClient(server.Client()), seen.option()), request)
			require.NoError(t, err)
			require.Equal(t, 3, seen.count())
			require.EqualValues(t, 1, executed.Load())
		})
	}
}

// brokenHandshakes resets the first two connections.
type brokenHandshakes struct {
	net.Listener
	accepted *atomic.Int64
}

func (l *brokenHandshakes) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil && l.accepted.Add(1) < 3 {
		reset(conn)
		conn.Close()
	}
	return conn, err
}

func TestUnsentCallFailsPlainly(t *testing.T) {
	rt := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errBroken }}
	_, err := Do[nothing](t.Context(), over(rt), changeRequest())
	e := failed(t, err)
	require.Equal(t, lock.ErrVendorUnavailable, e.Kind)
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, 3, e.Attempts)
}

// A transport that tells us nothing about its connections is not believed to have sent nothing.
func TestSilentTransportLeavesTheFateOpen(t *testing.T) {
	var seen tries
	rt := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errBroken })
	_, err := Do[nothing](t.Context(), over(rt, seen.option()), changeRequest())
	require.ErrorIs(t, err, lock.ErrOutcomeUnknown)
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, 1, seen.count())
}

// A connection that the vendor closed while it lay idle costs nothing: net/http notices that it
// wrote nothing, or we report what we cannot know. In no case is the call executed twice.
func TestIdleConnectionClosedByVendor(t *testing.T) {
	for method, request := range mutating() {
		t.Run(method, func(t *testing.T) {
			for range 50 {
				v := newVendor(t, func(conn net.Conn) bool { return respond(conn, 200, okReply, "Connection", "close") && false })
				c := to(t, v.url)
				_, err := Do[nothing](t.Context(), c, &Request{Method: http.MethodGet, Path: "/first"})
				require.NoError(t, err)
				_, err = Do[nothing](t.Context(), c, request)
				if err != nil {
					require.ErrorIs(t, err, lock.ErrOutcomeUnknown)
				}
				require.LessOrEqual(t, v.executed.Load(), int64(2))
			}
		})
	}
}

func TestNoIdempotencyKeyIsEverSent(t *testing.T) {
	var seen []http.Header
	rt := roundTrip(func(req *http.Request) (*http.Response, error) {
		seen = append(seen, req.Header.Clone())
		return answer(req, 200, okReply), nil
	})
	c := over(rt)
	c.dialect.(*dialect).adjust = func(a *Attempt) {
		a.Header.Set("Idempotency-Key", "1")
		a.Header.Set("X-Idempotency-Key", "1")
	}
	for _, request := range mutating() {
		_, err := Do[nothing](t.Context(), c, request)
		require.NoError(t, err)
	}
	require.Len(t, seen, 4)
	for _, h := range seen {
		for name := range h {
			require.NotContains(t, strings.ToLower(name), "idempotency")
		}
	}
}

// Mutating GETs go out on connections of their own, other calls share.
func TestMutatingGetsDoNotShareConnections(t *testing.T) {
	v := newVendor(t, func(conn net.Conn) bool { return respond(conn, 200, okReply) })
	c := to(t, v.url)
	for range 3 {
		warm(t, c)
		_, err := Do[nothing](t.Context(), c, changeRequest())
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, v.accepted.Load())
	for range 3 {
		_, err := Do[nothing](t.Context(), c, mutatingGet())
		require.NoError(t, err)
	}
	require.EqualValues(t, 4, v.accepted.Load())
}

func TestMutatingGetOverHTTP2(t *testing.T) {
	for _, wrap := range []bool{false, true} {
		t.Run(fmt.Sprintf("wrapped=%t", wrap), func(t *testing.T) {
			var proto, length atomic.Value
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				proto.Store(r.Proto)
				n, err := io.Copy(io.Discard, r.Body)
				length.Store(fmt.Sprint(n, err))
				_, _ = io.WriteString(w, okReply)
			}))
			server.EnableHTTP2 = true
			server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
			server.StartTLS()
			t.Cleanup(server.Close)
			rt := server.Client().Transport
			if wrap {
				inner := rt
				rt = roundTrip(func(req *http.Request) (*http.Response, error) { return inner.RoundTrip(req) })
			}
			c := to(t, server.URL, lock.WithHTTPClient(&http.Client{Transport: rt}))
			_, err := Do[nothing](t.Context(), c, mutatingGet())
			require.NoError(t, err)
			require.Equal(t, "HTTP/2.0", proto.Load())
			require.Equal(t, "0 <nil>", length.Load())
		})
	}
}
