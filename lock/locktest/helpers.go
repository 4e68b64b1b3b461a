package locktest

import (
	"bytes"
	"net/http"
	"sync"
)

// Gate is a transport that can hold calls back, for World.Stall:
//
//	gate := locktest.NewGate(http.DefaultTransport)
//	p := dingding.New(id, secret, lock.WithHTTPClient(&http.Client{Transport: gate}))
//	… World{Provider: p, Stall: gate.Stall}
type Gate struct {
	next http.RoundTripper
	mu   sync.Mutex
	shut chan struct{} // nil = open
	came chan struct{}
}

// NewGate returns an open gate in front of next.
func NewGate(next http.RoundTripper) *Gate { return &Gate{next: next} }

// RoundTrip passes a call on, once the gate is open; it ends with the call's context.
func (g *Gate) RoundTrip(req *http.Request) (*http.Response, error) {
	g.mu.Lock()
	shut, came := g.shut, g.came
	g.mu.Unlock()
	if shut != nil {
		select {
		case came <- struct{}{}:
		default:
		}
		select {
		case <-shut:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	return g.next.RoundTrip(req)
}

// Stall shuts the gate until resume is called; arrived gets something when a call waits.
func (g *Gate) Stall() (arrived <-chan struct{}, resume func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	shut := make(chan struct{})
	g.shut, g.came = shut, make(chan struct{}, 1)
	return g.came, sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.shut = nil
		close(shut)
	})
}

// Log is where a client under test logs to, for World.Output: slog.NewTextHandler(log, …). It is
// safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns everything written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
