package ws

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"net"
	"net/http"
	"testing"
	"time"
)

// FuzzFrames reads what a server may send behind its handshake. Nothing it sends may panic, be
// longer than allowed, or keep the reader.
func FuzzFrames(f *testing.F) {
	for _, frames := range []string{
		"\x81\x04pong",
		"\x81\x7e\x00\x05hello\x88\x02\x03\xe8",
		"\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff",
		"\x01\x02ab\x80\x02cd",
		"\x89\x00\x8a\x00\x82\x01\xff",
		"\x88\x01\x03",
		"\xf1\x00",
	} {
		f.Add([]byte(frames))
	}
	f.Fuzz(func(t *testing.T, frames []byte) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		go func() {
			in := bufio.NewReader(theirs)
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			sum := sha1.Sum([]byte(r.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
			head := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
				base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
			go func() { _, _ = in.WriteTo(discard{}) }() // answers to control frames
			_, _ = theirs.Write(append([]byte(head), frames...))
			_ = theirs.Close()
		}()
		d := Dialer{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ours, nil }}}
		c, err := d.Dial(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Drop() }()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		for {
			m, err := c.Read(ctx)
			if err != nil {
				if ctx.Err() != nil {
					t.Error("the reader was kept")
				}
				return
			}
			if len(m) > MaxMessage {
				t.Errorf("got %d bytes", len(m))
			}
		}
	})
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
