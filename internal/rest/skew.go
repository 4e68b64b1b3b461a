package rest

import (
	"sync/atomic"
	"time"
)

const (
	// skewLeast is the smallest offset worth keeping: a Date header counts whole seconds.
	skewLeast = 2 * time.Second
	// skewSlowest is the slowest reply that teaches: its time may be off by half as much.
	skewSlowest = 10 * time.Second
)

// skew is how far the vendor's clock is ahead of ours, as learned from a reply that refused our
// time stamp. Zero until then, and again once our clock is put right.
type skew struct{ offset atomic.Int64 }

func (s *skew) get() time.Duration { return time.Duration(s.offset.Load()) }

// learn takes the offset from a reply and reports whether a call that was signed with used may
// now fare better. vendor is the time the reply tells (zero = none), arrived when it came by our
// clock, took how long after the request.
func (s *skew) learn(used time.Duration, vendor, arrived time.Time, took time.Duration) bool {
	if vendor.IsZero() || took > skewSlowest {
		return false
	}
	offset := vendor.Sub(arrived.Add(-took / 2))
	if offset.Abs() < skewLeast {
		offset = 0
	}
	if (offset - used).Abs() < skewLeast {
		return false
	}
	s.offset.Store(int64(offset))
	return true
}
