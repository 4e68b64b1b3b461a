package ewelinktest

import (
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The vendor's rules for one address.
const (
	callInterval = 500 * time.Millisecond // between two calls of an endpoint
	callWindow   = 5 * time.Minute
	callsAtMost  = 300 // in callWindow
	onlineWindow = time.Minute
	onlineAtMost = 10 // userOnline in onlineWindow; the number is not published
	blockTime    = 5 * time.Minute
)

// pace is how fast calls have come.
type pace struct {
	last    map[string]time.Time // by endpoint
	calls   []time.Time
	online  []time.Time
	blocked time.Time // until when
	refused int
}

func newPace() pace { return pace{last: map[string]time.Time{}} }

// TooFast is how many calls and handshakes came faster than WithPace allows.
func (s *Server) TooFast() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pace.refused
}

// tooFast reports whether a call has to be refused for its pace.
func (s *Server) tooFast(endpoint string) bool {
	if !s.opts.pace {
		return false
	}
	p, now := &s.pace, s.now()
	last, again := p.last[endpoint]
	var full bool
	p.calls, full = crowded(p.calls, now, callWindow, callsAtMost)
	if full && !now.Before(p.blocked) {
		p.blocked = now.Add(blockTime)
	}
	if now.Before(p.blocked) || again && now.Sub(last) < callInterval {
		p.refused++
		return true
	}
	p.last[endpoint] = now
	p.calls = append(p.calls, now)
	return false
}

// tooOften reports whether a userOnline has to be refused.
func (s *Server) tooOften() bool {
	if !s.opts.pace {
		return false
	}
	p, now := &s.pace, s.now()
	var full bool
	p.online, full = crowded(p.online, now, onlineWindow, onlineAtMost)
	if full {
		p.blocked = now.Add(blockTime)
	}
	if now.Before(p.blocked) {
		p.refused++
		return true
	}
	p.online = append(p.online, now)
	return false
}

// crowded forgets what is older than a window and reports whether the rest are as many as may be.
func crowded(times []time.Time, now time.Time, window time.Duration, most int) ([]time.Time, bool) {
	times = sim.Keep(times, func(at time.Time) bool { return now.Sub(at) < window })
	return times, len(times) >= most
}
