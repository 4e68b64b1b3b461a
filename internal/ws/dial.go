package ws

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Dialer connects to servers.
type Dialer struct {
	// Transport tells how to reach the network: proxy, dialling, TLS. nil = as net/http does. A
	// RoundTripper that is no *http.Transport cannot tell, and counts as nil.
	Transport http.RoundTripper
	// Header goes with the handshake. It is not changed.
	Header http.Header
}

// Dial connects to a ws:// or wss:// address within 10 s. When ctx ends before that, Dial does so
// at once. Redirects are not followed. An answer that is no WebSocket's is a *HandshakeError.
func (d Dialer) Dial(ctx context.Context, address string) (Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	var opened opened
	stop := context.AfterFunc(ctx, opened.close) // gorilla looks at a deadline only, and reports it in the network's words
	c, resp, err := d.on(&opened).DialContext(patient{ctx}, address, d.Header)
	if !stop() && err == nil {
		_ = c.NetConn().Close() // too late
		return nil, ctx.Err()
	}
	switch {
	case err == nil:
		return newConn(c), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, websocket.ErrBadHandshake) && resp != nil:
		_ = resp.Body.Close()
		seconds, _ := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 31) // a date is rare here, and counts as nothing
		return nil, &HandshakeError{Status: resp.StatusCode, RetryAfter: time.Duration(seconds) * time.Second}
	}
	return nil, err
}

// on is gorilla's dialer for d's transport. Connections it opens are noted in o.
func (d Dialer) on(o *opened) *websocket.Dialer {
	t, ok := d.Transport.(*http.Transport)
	if !ok || t == nil {
		t = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	dial := t.DialContext
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext
	}
	config := t.TLSClientConfig.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	config.NextProtos = []string{"http/1.1"} // a transport's own list may offer HTTP/2, where there is no handshake like this
	w := &websocket.Dialer{Proxy: t.Proxy, TLSClientConfig: config, NetDialContext: o.noting(dial)}
	if t.DialTLSContext != nil {
		w.NetDialTLSContext = o.noting(t.DialTLSContext)
	}
	return w
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// opened is the network connection of a handshake under way, for whoever ends it.
type opened struct {
	mu     sync.Mutex
	c      net.Conn
	closed bool
}

// noting is dial with its connections noted.
func (o *opened) noting(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.closed {
			return nil, cmp.Or(c.Close(), net.ErrClosed)
		}
		o.c = c
		return c, nil
	}
}

func (o *opened) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	if o.c != nil {
		_ = o.c.Close()
	}
}
