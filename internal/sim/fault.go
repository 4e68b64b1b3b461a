package sim

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Fault spoils the reply to a request, once unless Times or Always says otherwise. Some faults
// come instead of carrying the request out, some come after; Executed makes any of them come
// after.
type Fault struct {
	times    int // requests still to spoil; negative = all
	executed bool
	spoil    func(*exchange)
}

// Times returns the fault for n requests.
func (f Fault) Times(n int) Fault {
	f.times = max(n, 0)
	return f
}

// Always returns the fault for all requests.
func (f Fault) Always() Fault {
	f.times = -1
	return f
}

// Executed returns the fault with the request carried out first: only its reply is spoilt.
func (f Fault) Executed() Fault {
	f.executed = true
	return f
}

// exchange is one request being spoilt.
type exchange struct {
	w       http.ResponseWriter
	r       *http.Request
	handler http.Handler
	clock   *Clock
	closing context.Context            // ends when the simulator is being closed
	honest  *httptest.ResponseRecorder // the right reply; nil if the request was not carried out
}

// Reply answers with these bytes instead of carrying the request out. An empty content type
// sends none.
func Reply(status int, contentType, body string) Fault {
	return replyWith(status, contentType, body, nil)
}

func replyWith(status int, contentType, body string, header http.Header) Fault {
	return Fault{times: 1, spoil: func(x *exchange) {
		for name, values := range header {
			x.w.Header()[name] = values
		}
		x.w.Header()["Content-Type"] = nil // otherwise net/http guesses one
		if contentType != "" {
			x.w.Header().Set("Content-Type", contentType)
		}
		x.write(status, []byte(body))
	}}
}

func (x *exchange) write(status int, body []byte) {
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // a client that is gone does not matter
}

// Status answers with a status and a short text.
func Status(status int) Fault { return Reply(status, "text/plain", http.StatusText(status)) }

// BadGateway answers 502 with a web page, as a proxy in front of a vendor does.
func BadGateway() Fault {
	return Reply(http.StatusBadGateway, "text/html",
		"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>")
}

// Unavailable answers 503 and says when to come back, in whole seconds.
func Unavailable(retryAfter time.Duration) Fault {
	return comeBack(http.StatusServiceUnavailable, retryAfter)
}

// TooManyRequests answers 429 and says when to come back, in whole seconds.
func TooManyRequests(retryAfter time.Duration) Fault {
	return comeBack(http.StatusTooManyRequests, retryAfter)
}

func comeBack(status int, after time.Duration) Fault {
	return replyWith(status, "text/plain", http.StatusText(status),
		http.Header{"Retry-After": {strconv.Itoa(int(after.Seconds()))}})
}

// Redirect answers with a redirect to a URL.
func Redirect(status int, to string) Fault {
	return replyWith(status, "", "", http.Header{"Location": {to}})
}

// Garbage carries the request out and answers 200 with bytes that are no JSON.
func Garbage() Fault { return Reply(http.StatusOK, "application/json", "\x00\xff{]}").Executed() }

// Empty carries the request out and answers 200 with nothing.
func Empty() Fault { return Reply(http.StatusOK, "application/json", "").Executed() }

// WrongContentType carries the request out and sends the right reply as text/html.
func WrongContentType() Fault {
	return Fault{times: 1, executed: true, spoil: func(x *exchange) {
		x.w.Header().Set("Content-Type", "text/html")
		x.write(x.honest.Code, x.honest.Body.Bytes())
	}}
}

// Truncated carries the request out and breaks the connection in the middle of the right reply.
func Truncated() Fault {
	return Fault{times: 1, executed: true, spoil: func(x *exchange) {
		x.copyHeader()
		body := x.honest.Body.Bytes()
		x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		x.w.WriteHeader(x.honest.Code)
		_, _ = x.w.Write(body[:len(body)/2])
		_ = http.NewResponseController(x.w).Flush()
		panic(http.ErrAbortHandler)
	}}
}

func (x *exchange) copyHeader() {
	for name, values := range x.honest.Header() {
		x.w.Header()[name] = values
	}
}

// DropBefore breaks the connection without carrying the request out.
func DropBefore() Fault { return Fault{times: 1, spoil: drop} }

// DropAfter carries the request out and breaks the connection without a reply.
func DropAfter() Fault { return Fault{times: 1, executed: true, spoil: drop} }

func drop(*exchange) { panic(http.ErrAbortHandler) }

// Silence neither carries the request out nor answers, until the client gives up or the
// simulator is closed.
func Silence() Fault {
	return Fault{times: 1, spoil: func(x *exchange) {
		select {
		case <-x.r.Context().Done():
		case <-x.closing.Done():
		}
		drop(x)
	}}
}

// Latency lets d pass on the simulator's clock and then does as it is told.
func Latency(d time.Duration) Fault {
	return Fault{times: 1, spoil: func(x *exchange) {
		x.sleep(d)
		if x.honest == nil {
			x.handler.ServeHTTP(x.w, x.r)
			return
		}
		x.copyHeader()
		x.write(x.honest.Code, x.honest.Body.Bytes())
	}}
}

// Slow carries the request out and sends the right reply byte by byte, one a second of the
// simulator's clock.
func Slow() Fault {
	return Fault{times: 1, executed: true, spoil: func(x *exchange) {
		x.copyHeader()
		body := x.honest.Body.Bytes()
		x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		x.w.WriteHeader(x.honest.Code)
		out := http.NewResponseController(x.w)
		for i := range body {
			_, _ = x.w.Write(body[i : i+1])
			_ = out.Flush()
			x.sleep(time.Second)
		}
	}}
}

// sleep waits on the simulator's clock, and breaks the connection when the client or the
// simulator goes away first.
func (x *exchange) sleep(d time.Duration) {
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	defer context.AfterFunc(x.closing, cancel)()
	if x.clock.Sleep(ctx, d) != nil {
		drop(x)
	}
}

// GzipBomb carries the request out and answers with a small compressed body that grows to size
// bytes.
func GzipBomb(size int64) Fault {
	return Fault{times: 1, executed: true, spoil: func(x *exchange) {
		x.w.Header().Set("Content-Type", "application/json")
		x.w.Header().Set("Content-Encoding", "gzip")
		z, err := gzip.NewWriterLevel(x.w, gzip.BestSpeed)
		if err != nil {
			panic(fmt.Sprintf("sim: %v", err))
		}
		if _, err := io.CopyN(z, zeros{}, size); err == nil {
			_ = z.Close()
		}
	}}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// apply spoils the reply to r.
func (f Fault) apply(s *Server, w http.ResponseWriter, r *http.Request, body []byte) {
	x := &exchange{w: w, r: r, handler: s.handler, clock: s.clock, closing: s.schedule.ctx}
	if f.executed {
		x.honest = httptest.NewRecorder()
		s.handler.ServeHTTP(x.honest, r)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	f.spoil(x)
}
