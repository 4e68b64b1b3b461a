package ws

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/smartlock-sdk/smartlock/internal/benchtest"
	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// event is what a device says when it is switched.
type event struct {
	Action   string   `json:"action"`
	Device   string   `json:"deviceid"`
	Key      string   `json:"apikey"`
	Agent    string   `json:"userAgent"`
	Sequence string   `json:"sequence"`
	Params   wire.Raw `json:"params"`
}

type eventByHand struct {
	Action   string          `json:"action"`
	Device   string          `json:"deviceid"`
	Key      string          `json:"apikey"`
	Agent    string          `json:"userAgent"`
	Sequence string          `json:"sequence"`
	Params   json.RawMessage `json:"params"`
}

// eventFrame is the n-th event as a server puts it on the wire.
func eventFrame(n int) []byte {
	text := fmt.Sprintf(`{"action":"update","deviceid":"1000%06d","apikey":"c8a9f1a2-0000-4000-8000-000000000001","userAgent":"device","d_seq":%d,"sequence":"%d","ts":0,"params":{"switch":"on","current":"12","voltage":"22039","power":"264","switches":[{"outlet":0,"switch":"on"},{"outlet":1,"switch":"off"}]}}`, n%1000, n, n)
	frame := binary.BigEndian.AppendUint16([]byte{0x81, 126}, uint16(len(text)))
	return append(frame, text...)
}

// stream is a server's end in memory: it answers the handshake and then says the same thing for ever.
type stream struct {
	net.Conn        // what nobody calls
	out      []byte // what was said of the handshake
	next     []byte // what is read next
	frames   []byte
}

func (s *stream) Write(p []byte) (int, error) {
	s.out = append(s.out, p...)
	if s.next != nil || !bytes.HasSuffix(s.out, []byte("\r\n\r\n")) {
		return len(p), nil
	}
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(s.out)))
	if err != nil {
		return 0, err
	}
	sum := sha1.Sum([]byte(req.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	s.next = []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n")
	return len(p), nil
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.next) == 0 {
		s.next = s.frames
	}
	n := copy(p, s.next)
	s.next = s.next[n:]
	return n, nil
}

func (*stream) Close() error                     { return nil }
func (*stream) SetDeadline(time.Time) error      { return nil }
func (*stream) SetReadDeadline(time.Time) error  { return nil }
func (*stream) SetWriteDeadline(time.Time) error { return nil }

var errEnough = errors.New("enough")

// BenchmarkEvent is an event from the socket to the code that handles it (P8).
func BenchmarkEvent(b *testing.B) {
	var frames []byte
	for n := range 100 {
		frames = append(frames, eventFrame(n)...)
	}
	dial := func(context.Context, string, string) (net.Conn, error) { return &stream{frames: frames}, nil }
	floor := func(n int) error {
		d := websocket.Dialer{NetDialContext: dial}
		c, resp, err := d.Dial(address, nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		defer c.Close()
		var buf bytes.Buffer
		for range n {
			_, r, err := c.NextReader()
			if err != nil {
				return err
			}
			buf.Reset()
			if _, err := buf.ReadFrom(r); err != nil {
				return err
			}
			var e eventByHand
			if err := json.Unmarshal(buf.Bytes(), &e); err != nil || e.Action != "update" {
				return fmt.Errorf("got %+v, %v", e, err)
			}
		}
		return nil
	}
	ours := func(n int) error {
		ctx := context.Background()
		c, err := Dialer{Transport: &http.Transport{DialContext: dial}}.Dial(ctx, address)
		if err != nil {
			return err
		}
		err = Listen(ctx, c, Beat{}, func(message []byte) error {
			var e event
			if err := wire.Unmarshal(message, &e); err != nil || e.Action != "update" {
				return fmt.Errorf("got %+v, %v", e, err)
			}
			if n--; n == 0 {
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	}
	benchtest.Compare(b, benchtest.Floor(floor), benchtest.Ours(ours))
}

// flood answers every handshake with as many events as its query says, as fast as they are read.
func flood(w http.ResponseWriter, r *http.Request) {
	events, err := strconv.Atoi(r.URL.Query().Get("events"))
	if err != nil {
		http.Error(w, "how many events?", http.StatusBadRequest)
		return
	}
	c, err := Accept(w, r)
	if err != nil {
		return // answered
	}
	const inOne = 50 // writes are not what is measured
	var frames []byte
	for n := range events {
		frames = append(frames, eventFrame(n)...)
		if (n+1)%inOne == 0 || n == events-1 {
			if _, err := c.(*conn).ws.NetConn().Write(frames); err != nil {
				_ = c.Drop()
				return
			}
			frames = frames[:0]
		}
	}
	_, _ = c.Read(context.Background()) // until the other side has heard everything
	_ = c.Drop()
}

func TestVendorProcess(t *testing.T) { benchtest.VendorProcess(t, http.HandlerFunc(flood)) }

// BenchmarkSockets is many sockets on one processor, from another process, with every event decoded
// and counted (P8), and what one of them holds once its first event has come.
func BenchmarkSockets(b *testing.B) {
	url := strings.Replace(benchtest.StartVendor(b, "TestVendorProcess"), "http", "ws", 1)
	for _, sockets := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("sockets=%d", sockets), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			events := 100_000 / sockets
			var lost atomic.Int64
			var used time.Duration
			var held int64
			for b.Loop() {
				without, before := memory(), benchtest.ProcessorTime()
				var listening, up sync.WaitGroup
				looked := make(chan struct{})
				up.Add(sockets)
				for range sockets {
					listening.Go(func() {
						here := sync.OnceFunc(up.Done)
						defer here()
						lost.Add(int64(events - heard(b, url, events, func() { here(); <-looked })))
					})
				}
				up.Wait()
				looking := benchtest.ProcessorTime()
				held += memory() - without
				close(looked)
				before += benchtest.ProcessorTime() - looking
				listening.Wait()
				used += benchtest.ProcessorTime() - before
			}
			all := float64(b.N) * float64(sockets*events)
			b.ReportMetric(float64(used)/all, "cpu-ns/event")
			b.ReportMetric(all/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(lost.Load()), "lost")
			b.ReportMetric(float64(held)/float64(b.N*sockets), "B/socket")
		})
	}
}

// memory is what the process holds, its goroutines' stacks included.
func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// heard listens until the last of so many events has come and returns how many came in their turn.
// At the first one it calls first.
func heard(b *testing.B, url string, events int, first func()) int {
	ctx := context.Background()
	c, err := Dialer{}.Dial(ctx, url+"?events="+strconv.Itoa(events))
	if err != nil {
		b.Error(err)
		return 0
	}
	n := 0
	err = Listen(ctx, c, Beat{}, func(message []byte) error {
		var e event
		if err := wire.Unmarshal(message, &e); err != nil {
			return err
		}
		if e.Sequence != strconv.Itoa(n) {
			return fmt.Errorf("event %s came as number %d", e.Sequence, n)
		}
		switch n++; n {
		case 1:
			first()
		case events:
			return io.EOF
		}
		return nil
	})
	if !errors.Is(err, io.EOF) {
		b.Error(err)
	}
	return n
}
