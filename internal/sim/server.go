package sim

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Config is what every simulator can be given. The zero Config is a good one.
type Config struct {
	Latency  time.Duration // how long a device needs, on the simulator's clock; 0 = 20 ms
	Start    time.Time     // not zero: the clock stands here and moves only by Advance and Settle
	Seed     int64         // of ids, tokens and codes; 0 = others every time
	Listener net.Listener  // nil = a free port of loopback
}

// Parts is what a simulator is built on. Its users do not see it.
type Parts struct {
	Clock    *Clock
	Schedule *Schedule
	Random   *Random
	Latency  time.Duration
	server   *Server
}

// Server is what the users of every simulator see.
type Server struct {
	URL string // http://127.0.0.1:port, no slash at the end

	http     *httptest.Server
	handler  http.Handler
	clock    *Clock
	schedule *Schedule
	beside   *http.ServeMux // see Handle
	close    sync.Once

	mu       sync.Mutex
	requests []Request // the last of them, see keep
	faults   []*spoiler
	executed map[string]int
}

type spoiler struct {
	endpoint string
	fault    Fault
}

// keep is how many requests a Server remembers; a simulator may run for days.
const keep = 10_000

// maxBody is the largest request a Server reads.
const maxBody = 16 << 20

// New makes a server that does not listen yet.
func New(cfg Config) (*Server, *Parts) {
	clock := NewClock(cfg.Start)
	s := &Server{
		clock:    clock,
		schedule: NewSchedule(clock),
		beside:   http.NewServeMux(),
		executed: map[string]int{},
	}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	if cfg.Listener != nil {
		_ = s.http.Listener.Close() // the free port, not used after all
		s.http.Listener = cfg.Listener
	}
	return s, &Parts{
		Clock:    clock,
		Schedule: s.schedule,
		Random:   NewRandom(cfg.Seed),
		Latency:  cmp.Or(cfg.Latency, 20*time.Millisecond),
		server:   s,
	}
}

// Serve starts listening. h sees each request with its body read in full.
func (p *Parts) Serve(h http.Handler) {
	p.server.handler = h
	p.server.http.Start()
	p.server.URL = p.server.http.URL
}

// Count notes that a mutating operation was carried out.
func (p *Parts) Count(op string) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	p.server.executed[strings.Trim(op, "/")]++
}

// Context ends when the simulator is being closed.
func (p *Parts) Context() context.Context { return p.Schedule.ctx }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if h, pattern := s.beside.Handler(r); pattern != "" {
		h.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone, or sends without end
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	req := Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(),
		Header: r.Header.Clone(), Body: body, Time: s.clock.Now(),
	}
	if f, ok := s.note(req); ok {
		f.apply(s, w, r, body)
		return
	}
	s.handler.ServeHTTP(w, r)
}

// note logs a request and finds the fault for it, if there is one.
func (s *Server) note(r Request) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) >= keep {
		s.requests = append([]Request(nil), s.requests[keep/2:]...)
	}
	s.requests = append(s.requests, r)
	for _, sp := range s.faults {
		if sp.fault.times != 0 && r.Is(sp.endpoint) {
			if sp.fault.times > 0 {
				sp.fault.times--
			}
			return sp.fault, true
		}
	}
	return Fault{}, false
}

// Fail spoils the replies of an endpoint. The endpoint is the end of a path, "/add_password",
// in which * stands for any one element; "*" alone is every request; a method may stand before
// it, "GET /rooms/*". The fault that was set first is used up first.
func (s *Server) Fail(endpoint string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &spoiler{endpoint, f})
}

// Heal takes all faults back.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Handle serves a pattern of http.ServeMux beside what the vendor serves: "/_sim/". Such requests
// are none of the vendor's; they are not in Requests and no fault spoils them. It may be called while
// the simulator serves, and panics when the pattern is taken.
func (s *Server) Handle(pattern string, h http.Handler) { s.beside.Handle(pattern, h) }

// Requests returns what came in for any of the endpoints, oldest first; without endpoints, all of
// it. A simulator that has run long remembers only the last thousands.
func (s *Server) Requests(endpoints ...string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Request
	for _, r := range s.requests {
		wanted := len(endpoints) == 0
		for _, e := range endpoints {
			wanted = wanted || r.Is(e)
		}
		if wanted {
			found = append(found, r)
		}
	}
	return found
}

// Executed says how often a mutating operation, named like its endpoint, was really carried out,
// whatever became of the reply.
func (s *Server) Executed(op string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.executed[strings.Trim(op, "/")]
}

// Clock is the simulator's time. Give it to a client with lock.WithClock and both agree on what
// the time is.
func (s *Server) Clock() lock.Clock { return s.clock }

// Advance moves the simulator's clock forward by d. What falls due on the way is done at its own
// time, callbacks included, before Advance returns.
func (s *Server) Advance(d time.Duration) { s.schedule.Advance(d) }

// Settle moves the simulator's clock forward until devices have done what they were told and
// callbacks have been sent once. It does not wait for what only time brings, such as the end of
// a password or the next try of a callback that was refused.
func (s *Server) Settle() { s.schedule.Settle() }

// Close stops the simulator. Work under way is dropped and hanging connections are broken.
func (s *Server) Close() {
	s.close.Do(func() {
		s.schedule.Close()
		s.http.CloseClientConnections()
		s.http.Close()
	})
}
