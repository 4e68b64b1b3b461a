package ws

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// network is a listener whose connections are pipes, so that it works in a bubble: there, real
// sockets would keep the time from passing.
type network struct {
	dialled chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func newNetwork() *network {
	return &network{dialled: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.dialled:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return &net.TCPAddr{} }

// Dialer reaches the network.
func (n *network) Dialer() Dialer {
	return Dialer{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		select {
		case n.dialled <- theirs:
			return ours, nil
		case <-n.closed:
			return nil, net.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}}
}

// serve runs a server on a network until the test ends.
func serve(t testing.TB, h http.HandlerFunc) Dialer {
	t.Helper()
	n := newNetwork()
	s := &http.Server{Handler: h}
	var done sync.WaitGroup
	done.Go(func() { _ = s.Serve(n) })
	t.Cleanup(func() {
		_ = s.Close()
		done.Wait()
	})
	return n.Dialer()
}

const address = "ws://vendor.test/api/ws"

// pair returns both ends of a connection.
func pair(t testing.TB) (client, server Conn) {
	t.Helper()
	accepted := make(chan Conn, 1)
	d := serve(t, func(w http.ResponseWriter, r *http.Request) {
		c, err := Accept(w, r)
		if err != nil {
			t.Errorf("Accept: %v", err)
		}
		accepted <- c
	})
	client, err := d.Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() {
		_ = client.Drop()
		_ = server.Drop()
	})
	return client, server
}

// echo answers every message with itself until the connection ends.
func echo(ctx context.Context, c Conn) {
	for {
		m, err := c.Read(ctx)
		if err != nil {
			return
		}
		if c.Write(ctx, m) != nil {
			return
		}
	}
}
