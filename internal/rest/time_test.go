package rest

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/internal/token"
	"github.com/smartlock-sdk/smartlock/lock"
)

// piped is a transport to a server made of a function, without sockets: time in a bubble stands
// still for those.
func piped(t *testing.T, serve func(t *testing.T, conn net.Conn)) *http.Transport {
	t.Helper()
	rt := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			serve(t, theirs)
		}()
		return ours, nil
	}}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}

// readCall reads one request.
func readCall(conn net.Conn) error {
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err
}

// hang waits until the other side is gone.
func hang(_ *testing.T, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// drip writes a byte a second.
func drip(t *testing.T, conn net.Conn, text string) {
	for i := range len(text) {
		if _, err := conn.Write([]byte{text[i]}); err != nil {
			return
		}
		if lock.SystemClock.Sleep(t.Context(), time.Second) != nil {
			return
		}
	}
}

const endless = `{"ErrNo":0,"ErrMsg":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`

func TestNoAttemptWithoutAnEnd(t *testing.T) {
	silent := func(t *testing.T, conn net.Conn) {
		if readCall(conn) == nil {
			hang(t, conn)
		}
	}
	silentBody := func(t *testing.T, conn net.Conn) {
		if readCall(conn) == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
			hang(t, conn)
		}
	}
	for _, tc := range []struct {
		name  string
		serve func(*testing.T, net.Conn)
		opts  []lock.Option
		wait  time.Duration
		want  time.Duration
	}{
		{"a silent server", silent, nil, 0, 10 * time.Second},
		{"a server silent in the body", silentBody, nil, 0, 30 * time.Second},
		{"a byte a second in the head", func(t *testing.T, conn net.Conn) {
			if readCall(conn) == nil {
				drip(t, conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
			}
		}, nil, 0, 10 * time.Second},
		{"a byte a second in the body", func(t *testing.T, conn net.Conn) {
			if readCall(conn) == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
				drip(t, conn, endless)
			}
		}, nil, 0, 30 * time.Second},
		{"a byte a second in the body, without a length", func(t *testing.T, conn net.Conn) {
			if readCall(conn) == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
				drip(t, conn, endless)
			}
		}, nil, 0, 30 * time.Second},
		{"a server slow with the head and silent in the body", func(t *testing.T, conn net.Conn) {
			if readCall(conn) == nil && lock.SystemClock.Sleep(t.Context(), 9*time.Second) == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
				hang(t, conn)
			}
		}, nil, 0, 30 * time.Second},
		{"a server that reads nothing", func(t *testing.T, _ net.Conn) { <-t.Context().Done() }, nil, 0, 10 * time.Second},
		{"a shorter time-out", silent, []lock.Option{lock.WithTimeout(3 * time.Second)}, 0, 3 * time.Second},
		{"a shorter time-out in the body", silentBody, []lock.Option{lock.WithTimeout(12 * time.Second)}, 0, 12 * time.Second},
		{"a longer time-out", silent, []lock.Option{lock.WithTimeout(90 * time.Second)}, 0, 30 * time.Second},
		{"an endpoint that takes its time", silent, nil, 20 * time.Second, 20 * time.Second},
		{"an endpoint that takes more than there is", silent, nil, time.Hour, 30 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, request := range []*Request{readRequest(), changeRequest(), mutatingGet()} {
					request.Wait = tc.wait
					var seen tries
					opts := append(slices.Clone(tc.opts), seen.option())
					if !request.Mutates {
						opts = append(opts, lock.WithRetry(lock.RetryPolicy{Attempts: 1}))
					}
					c := overPlain(piped(t, tc.serve), opts...)
					start := time.Now()
					_, err := Do[nothing](t.Context(), c, request)
					require.Equal(t, tc.want, time.Since(start))
					require.ErrorIs(t, err, lock.ErrVendorUnavailable)
					require.ErrorIs(t, err, context.DeadlineExceeded)
					var late net.Error
					require.ErrorAs(t, err, &late)
					require.True(t, late.Timeout())
					require.Equal(t, request.Mutates, failed(t, err).Kind == lock.ErrOutcomeUnknown)
					require.Equal(t, 1, seen.count())
				}
			})
		})
	}
}

func TestCallersClientTimeoutIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := piped(t, hang)
		for timeout, want := range map[time.Duration]time.Duration{2 * time.Second: 2 * time.Second, time.Hour: 10 * time.Second, 0: 10 * time.Second} {
			hc := &http.Client{Transport: rt, Timeout: timeout}
			c := over(nil, lock.WithHTTPClient(hc), lock.WithRetry(lock.RetryPolicy{Attempts: 1}))
			start := time.Now()
			_, err := Do[nothing](t.Context(), c, readRequest())
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, want, time.Since(start))
			require.Equal(t, timeout, hc.Timeout)
		}
	})
}

// Time-outs cost more of the quota, and three of them more time.
func TestReadTimesOutThreeTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := overPlain(piped(t, hang))
		start := time.Now()
		_, err := Do[nothing](t.Context(), c, readRequest())
		require.Equal(t, 3, failed(t, err).Attempts)
		require.Equal(t, 30*time.Second, time.Since(start))
		require.EqualValues(t, quotaSize-2*quotaTimeout, c.quota.left.Load())
	})
}

// Whatever a call is doing, it ends with its context.
func TestCancelEndsACallInEveryPhase(t *testing.T) {
	type phase struct {
		name string
		make func(t *testing.T) *Client
		sent bool
	}
	phases := []phase{
		{"dial", func(t *testing.T) *Client {
			return over(&http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				<-t.Context().Done() // net/http keeps dialling, for others
				return nil, errBroken
			}})
		}, false},
		{"TLS handshake", func(t *testing.T) *Client {
			rt := piped(t, hang)
			rt.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
			return over(rt)
		}, false},
		{"headers", func(t *testing.T) *Client { return overPlain(piped(t, hang)) }, true},
		{"body", func(t *testing.T) *Client {
			return overPlain(piped(t, func(t *testing.T, conn net.Conn) {
				if readCall(conn) == nil {
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
					hang(t, conn)
				}
			}))
		}, true},
		{"token", func(t *testing.T) *Client {
			return withTokens(over(always(200, okReply)), token.New(lock.SystemClock, func(context.Context) (string, time.Time, error) {
				<-t.Context().Done() // others may want it
				return "", time.Time{}, errBroken
			}))
		}, false},
		{"back-off", func(t *testing.T) *Client {
			return over(&http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errBroken }},
				lock.WithClock(slowClock{}), lock.WithRetry(lock.RetryPolicy{Attempts: 9, Base: time.Hour, Max: time.Hour}))
		}, false},
	}
	for _, p := range phases {
		for _, request := range []*Request{readRequest(), changeRequest()} {
			for _, byDeadline := range []bool{false, true} {
				t.Run(p.name+"/"+request.Method, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						c := p.make(t)
						ctx, cancel := context.WithCancel(t.Context())
						want := context.Canceled
						if byDeadline {
							ctx, cancel = context.WithTimeout(t.Context(), time.Second)
							want = context.DeadlineExceeded
						} else {
							time.AfterFunc(time.Second, cancel)
						}
						defer cancel()
						start := time.Now()
						_, err := Do[nothing](ctx, c, request)
						took := time.Since(start)
						require.Error(t, err)
						if p.name == "back-off" && byDeadline {
							require.Zero(t, took, "not even begun")
							return
						}
						require.Equal(t, time.Second, took)
						require.ErrorIs(t, err, want)
						require.Equal(t, p.sent && request.Mutates, failed(t, err).Kind == lock.ErrOutcomeUnknown, "%v", err)
						synctest.Wait()
					})
				})
			}
		}
	}
}

// slowClock waits longer than any test.
type slowClock struct{}

func (slowClock) Now() time.Time { return time.Now() }

func (slowClock) Sleep(ctx context.Context, _ time.Duration) error {
	<-ctx.Done()
	return ctx.Err()
}

// overPlain is over without TLS.
func overPlain(rt http.RoundTripper, opts ...lock.Option) *Client {
	c := over(rt, opts...)
	c.base = "http://vendor.test"
	return c
}
