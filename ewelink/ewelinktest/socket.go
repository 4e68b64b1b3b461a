package ewelinktest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/internal/ws"
)

const (
	socketPath   = "/api/ws"
	dispatchPath = "/dispatch/app"

	// slack is how much longer than hbInterval a socket may be silent.
	slack = 15 * time.Second
	// grace is how long, in real time, the cloud waits for the ping of a client that shares its clock
	// and has just seen the time jump.
	grace = 500 * time.Millisecond
)

// socket is a connection of a client.
type socket struct {
	conn    ws.Conn
	wire    *wire
	session *session // nil before userOnline
	heard   time.Time
	life    chan struct{} // holds one token when something was heard
	out     []frame       // to be sent
	more    chan struct{} // holds one token when out has grown
	done    chan struct{} // closed at the end
	ended   bool
}

// frame is what is sent to a client.
type frame struct {
	text []byte
	cut  int  // per thousand of it, after which the connection breaks; 0 = all of it
	last bool // the connection ends here
}

// noise is how pushes, answers and histories go wrong.
type noise struct {
	doubled     int // pushes still to be sent twice
	late        time.Duration
	lateRecords time.Duration
	cut         int // percent
	refused     int // actions still to be refused
	code        int // with which they are
	swallowed   int // answers still to be lost
}

// dispatch is GET /dispatch/app: where to open a socket. It asks for no authorisation and takes POST
// as well.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.tooFast(r.Method + " " + dispatchPath):
		gatewayPage(w)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	name, port := s.host()
	n, err := strconv.Atoi(port)
	answerJSON(w, object{"IP": name, "port": must(n, err), "domain": name, "error": 0, "reason": "ok"})
}

// accept serves a socket until it ends.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.refusing {
		s.mu.Unlock()
		gatewayPage(w)
		return
	}
	s.sockets.Add(1)
	s.mu.Unlock()
	defer s.sockets.Done()
	h := &hijacker{ResponseWriter: w}
	conn, err := ws.Accept(h, r)
	if err != nil {
		return // it has been answered
	}
	k := &socket{
		conn: conn, wire: h.wire, heard: s.now(),
		life: make(chan struct{}, 1), more: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if !s.begun(k) {
		_ = conn.Drop()
		return
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.write(k)
	}()
	defer func() {
		s.mu.Lock()
		s.hangUp(k)
		s.mu.Unlock()
		<-written
	}()
	for {
		text, err := conn.Read(s.sim.Context())
		if err != nil {
			return
		}
		s.hear(k, text)
	}
}

// begun notes a new connection, and watches it.
func (s *Server) begun(k *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusing {
		return false
	}
	s.live = append(s.live, k)
	if s.opts.heartbeat > 0 {
		s.watchOver(k)
	}
	return true
}

// watchOver drops a connection that has been silent for too long.
func (s *Server) watchOver(k *socket) {
	s.sim.Schedule.At(k.heard.Add(s.opts.heartbeat+slack), sim.Later, func(ctx context.Context) {
		if s.silent(k) {
			wait := time.NewTimer(grace)
			defer wait.Stop()
			select {
			case <-k.life:
			case <-k.done:
			case <-wait.C:
			case <-ctx.Done():
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case k.ended:
		case s.silentLocked(k):
			s.hangUp(k)
		default:
			s.watchOver(k)
		}
	})
}

func (s *Server) silent(k *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-k.life: // what was heard before counts by its time only
	default:
	}
	return !k.ended && s.silentLocked(k)
}

func (s *Server) silentLocked(k *socket) bool {
	return !s.now().Before(k.heard.Add(s.opts.heartbeat + slack))
}

// hangUp breaks a connection off.
func (s *Server) hangUp(k *socket) {
	if k.ended {
		return
	}
	k.ended = true
	close(k.done)
	s.live = sim.Keep(s.live, func(other *socket) bool { return other != k })
	_ = k.conn.Drop() // it is gone either way
}

// write sends what there is to send.
func (s *Server) write(k *socket) {
	for {
		select {
		case <-k.done:
			return
		case <-k.more:
		}
		for _, f := range s.waiting(k) {
			if f.cut > 0 {
				k.wire.cut.Store(int64(f.cut))
			}
			err := k.conn.Write(s.sim.Context(), f.text)
			if err != nil || f.last || f.cut > 0 {
				s.mu.Lock()
				s.hangUp(k)
				s.mu.Unlock()
				return
			}
		}
	}
}

func (s *Server) waiting(k *socket) []frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := k.out
	k.out = nil
	return out
}

// post queues frames at a position of what is to be sent.
func (s *Server) post(k *socket, at int, frames ...frame) {
	if k.ended || s.muted {
		return
	}
	k.out = slices.Insert(k.out, at, frames...)
	select {
	case k.more <- struct{}{}:
	default:
	}
}

func (s *Server) reply(k *socket, at int, o object) {
	text, err := json.Marshal(o)
	s.post(k, at, frame{text: must(text, err)})
}

// deliver pushes something to a client, with the noise there is.
func (s *Server) deliver(k *socket, o object) {
	text, err := json.Marshal(o)
	f := frame{text: must(text, err)}
	if s.noise.cut > 0 && s.chance(100) < s.noise.cut {
		f.cut = 1 + s.chance(998)
	}
	frames := []frame{f}
	if s.noise.doubled > 0 {
		s.noise.doubled--
		frames = append(frames, f)
	}
	if s.noise.late > 0 {
		s.later(s.noise.late, sim.Work, func() { s.post(k, len(k.out), frames...) })
		return
	}
	s.post(k, len(k.out), frames...)
}

// chance is a random number below n, which is at most 10000.
func (s *Server) chance(n int) int {
	v, err := strconv.Atoi(s.sim.Random.Digits(9))
	return must(v, err) % n
}

// audience are the sockets of all who have a device.
func (s *Server) audience(d *device) []*socket {
	return sim.Keep(s.live, func(k *socket) bool {
		if k.session == nil {
			return false
		}
		_, err := s.place(d, k.session.user)
		return err == nil
	})
}

// sequence numbers a push, by the clock as the vendor does.
func (s *Server) sequence() string {
	s.sequences++
	return strconv.FormatInt(s.now().UnixMilli()+int64(s.sequences), 10)
}

// pushUpdate tells all who have a device of a change, but for the socket that made it.
func (s *Server) pushUpdate(d *device, by origin, changes object) {
	if d.foreign {
		return
	}
	o := object{"action": "update", "deviceid": d.id, "apikey": d.owner.apikey, "userAgent": "app", "from": "app", "ts": 0, "params": changes, "sequence": s.sequence()}
	if by.user == nil {
		d.reports++
		o["userAgent"], o["from"], o["d_seq"] = "device", "device", d.reports
	}
	for _, k := range s.audience(d) {
		if k != by.socket {
			s.deliver(k, o)
		}
	}
}

// pushOnline tells all who have a device whether it is online.
func (s *Server) pushOnline(d *device) {
	for _, k := range s.audience(d) {
		s.deliver(k, object{"action": "sysmsg", "deviceid": d.id, "apikey": d.owner.apikey, "ts": 0, "params": object{"online": d.online}})
	}
}

// Sockets is how many sockets have signed in and are open.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(sim.Keep(s.live, func(k *socket) bool { return k.session != nil }))
}

// DropSockets breaks all sockets off, without a word.
func (s *Server) DropSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range slices.Clone(s.live) {
		s.hangUp(k)
	}
}

// Break drops all sockets and accepts none until during has returned.
func (s *Server) Break(during func()) {
	s.refuseSockets(true)
	defer s.refuseSockets(false)
	s.DropSockets()
	during()
}

func (s *Server) refuseSockets(refusing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = refusing || s.closing
}

// MuteSockets leaves sockets open and sends nothing through them, no answers and no pongs either, as
// when a network swallows everything in silence.
func (s *Server) MuteSockets(muted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = muted
}

// DoubleUpdates sends the next n pushes twice.
func (s *Server) DoubleUpdates(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noise.doubled = n
}

// DelayUpdates has pushes come late, by d of the simulator's clock; 0 = at once again. Answers are not
// held up, and so come before.
func (s *Server) DelayUpdates(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noise.late = d
}

// CutUpdates breaks the connection in the middle of a push, at a random byte, for this many percent of
// the pushes. What else is on its way to that socket is lost.
func (s *Server) CutUpdates(percent int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noise.cut = percent
}

// RefuseActions answers the next n actions on sockets with a code, 403 or 529, and carries none of them
// out.
func (s *Server) RefuseActions(n, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noise.refused, s.noise.code = n, code
}

// SwallowAnswers loses the answers to the next n actions on sockets, which are carried out.
func (s *Server) SwallowAnswers(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noise.swallowed = n
}

// Push sends something of any kind to the sockets of the server's account: an action that clients do
// not know, a rumour of a sub-device.
func (s *Server) Push(fields map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := must(s.userOf(s.Account))
	for _, k := range slices.Clone(s.live) {
		if k.session != nil && k.session.user == u {
			s.deliver(k, fields)
		}
	}
}

// hear takes what a client has sent.
func (s *Server) hear(k *socket, text []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.heard = s.now()
	select {
	case k.life <- struct{}{}:
	default:
	}
	if bytes.Equal(text, []byte("ping")) {
		s.post(k, len(k.out), frame{text: []byte("pong")})
		return
	}
	var in request
	if json.Unmarshal(text, &in) != nil {
		s.reply(k, len(k.out), object{"error": 400, "reason": "Bad Request"})
		return
	}
	if k.session == nil {
		s.userOnline(k, &in)
		return
	}
	s.act(k, &in)
}

// hijacker gives out a connection that can be cut.
type hijacker struct {
	http.ResponseWriter
	wire *wire
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.wire = &wire{Conn: conn}
	return h.wire, rw, nil
}

// wire is a connection that can break in the middle of what is written.
type wire struct {
	net.Conn
	cut atomic.Int64 // per thousand of the next write; 0 = all of it
}

// Write writes, or breaks off.
func (w *wire) Write(p []byte) (int, error) {
	cut := int(w.cut.Load())
	if cut == 0 {
		return w.Conn.Write(p)
	}
	n, err := w.Conn.Write(p[:len(p)*cut/1000])
	_ = w.Close() // that is the point
	if err == nil {
		err = net.ErrClosed
	}
	return n, err
}
