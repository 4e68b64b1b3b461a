package ewelink

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// Notice is something a Socket brings: a *ConnectedNotice, *GapNotice, *UpdateNotice, *OnlineNotice,
// *ShareNotice or *OtherNotice.
type Notice interface{ notice() }

// ConnectedNotice says that the connection is up: what happens from now on is noticed. After a break
// a GapNotice takes its place.
type ConnectedNotice struct {
	At time.Time // by the client's clock
}

// GapNotice says that something may have been missed: while the connection was broken, or because
// the reader was slow.
type GapNotice struct {
	// From and Until hold the time of everything that was missed, by the client's clock: from the
	// last heartbeat that was answered, up to some minutes before the break. A few seconds around
	// it are in as well, for clocks that differ.
	From, Until time.Time
	// Dropped is how many notices were dropped because the reader was slow; 0 = the connection
	// was broken, and nobody knows how many there were.
	Dropped int
}

// UpdateNotice says that a device has reported params, or that another app has changed them. Params
// are those that were reported, not all there are.
type UpdateNotice struct {
	wire.Kept
	DeviceID string
	Owner    string // apikey of the device's owner
	ByApp    bool   // another app has sent it; otherwise the device
	Params   Params
	Sequence string // the sender's number of it, "" if it gave none
	At       time.Time
}

// OnlineNotice says that a device went online or offline.
type OnlineNotice struct {
	wire.Kept
	DeviceID string
	Owner    string
	Online   bool
	At       time.Time
}

// ShareNotice says that a device was shared with the account, or is no more. No document has it on
// the socket, where it may never come: see the messages.
type ShareNotice struct {
	wire.Kept
	Type     MessageType // MessageShare or MessageShareCancelled
	DeviceID string      // "" = it does not say
	At       time.Time
}

// OtherNotice is what has no type here; see Raw.
type OtherNotice struct {
	wire.Kept
	Action   Action
	DeviceID string
	At       time.Time
}

func (*ConnectedNotice) notice() {}
func (*GapNotice) notice()       {}
func (*UpdateNotice) notice()    {}
func (*OnlineNotice) notice()    {}
func (*ShareNotice) notice()     {}
func (*OtherNotice) notice()     {}

// newNotice makes a notice of what the server sent. The times it carries are 0 or nonsense, so at,
// when it came, is the time of it.
func newNotice(f frame, raw []byte, at time.Time) Notice {
	var kept wire.Kept
	kept.KeepRaw(raw)
	var params Params
	_ = params.UnmarshalJSON(f.Params) // takes anything
	switch f.Action {
	case ActionUpdate:
		if params.IsZero() {
			break // a list: of no device that is known here
		}
		return &UpdateNotice{
			Kept: kept, DeviceID: f.DeviceID, Owner: f.APIKey, ByApp: f.UserAgent == userAgentApp, Params: params,
			Sequence: cmp.Or(f.Sequence, f.DSeq), At: at,
		}
	case ActionSysmsg:
		var online bool
		if params.Get("online", &online) {
			return &OnlineNotice{Kept: kept, DeviceID: f.DeviceID, Owner: f.APIKey, Online: online, At: at}
		}
	case Action(MessageShare), Action(MessageShareCancelled):
		return &ShareNotice{Kept: kept, Type: MessageType(f.Action), DeviceID: f.DeviceID, At: at}
	case ActionNotify:
		about := MessageType(f.Cmd)
		params.Get("msgType", &about) // which of the two tells, nobody has seen
		if about == MessageShare || about == MessageShareCancelled {
			device := f.DeviceID
			if device == "" {
				params.Get("deviceid", &device)
			}
			return &ShareNotice{Kept: kept, Type: about, DeviceID: device, At: at}
		}
	}
	return &OtherNotice{Kept: kept, Action: f.Action, DeviceID: f.DeviceID, At: at}
}

// DropPolicy says which notices go when a reader is slow.
type DropPolicy int

// The policies.
const (
	DropOldest DropPolicy = iota // keep what is new: for those who show the present
	DropNewest                   // keep what came first: for those who record
)

// String names the policy.
func (p DropPolicy) String() string {
	return word(p, map[DropPolicy]string{DropOldest: "drop the oldest", DropNewest: "drop the newest"})
}

const (
	defaultBuffer = 1024
	maxHeld       = 16 << 20 // bytes in one inbox
	maxSpare      = 256      // places that an inbox keeps although nothing is in them
	// margin is added to both ends of a gap, for clocks that differ.
	margin = 5 * time.Second
)

// errLeft is what an inbox reports whose owner has left.
var errLeft = errors.New("the socket is closed")

// inbox keeps the notices of one reader. Whoever fills it never waits.
type inbox struct {
	limit  int
	policy DropPolicy
	echo   bool          // what the client itself tells devices is put in as well: the vendor does not send it back
	wake   chan struct{} // gets a token when there is something to read

	mu      sync.Mutex
	held    []held // oldest first; a part of room
	room    []held // its places are used again when what was in them has been read
	bytes   int
	dropped int
	err     error // why nothing more comes; nil = more may come
	begun   bool  // it has been told that the connection is up
}

// held is a notice with what it takes.
type held struct {
	n    Notice
	size int
	at   time.Time
}

func newInbox(o SocketOptions) *inbox {
	limit := defaultBuffer
	if o.Buffer > 0 {
		limit = max(2, o.Buffer)
	}
	return &inbox{limit: limit, policy: o.Drop, wake: make(chan struct{}, 1)}
}

// put adds a notice, and drops one where there is no room.
func (b *inbox) put(n Notice, size int, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return
	}
	h := held{n, size, at}
	switch {
	case !b.full(size):
		b.push(h)
	case b.policy == DropNewest:
		b.dropNewest(h)
	default:
		for b.full(size) && b.dropOldest() {
		}
		b.push(h)
	}
	b.call()
}

func (b *inbox) full(size int) bool { return len(b.held) >= b.limit || b.bytes+size > maxHeld }

func (b *inbox) push(h held) {
	if n := len(b.held); n == cap(b.held) { // at the end of the room: back to its beginning
		room := b.room
		if 2*n >= len(room) {
			room = make([]held, max(8, 2*len(room)))
		}
		copy(room, b.held)
		clear(b.held)
		b.held, b.room = room[:n], room
	}
	b.held = append(b.held, h)
	b.bytes += h.size
}

// dropNewest notes in the last place that h is missing.
func (b *inbox) dropNewest(h held) {
	last := len(b.held) - 1
	if gap, ok := b.gapAt(last); ok {
		b.held[last].n = b.over(gap, h)
		return
	}
	b.push(held{n: b.over(nil, h), at: h.at})
}

// dropOldest makes room at the front for one notice more, with a gap in its place, and reports false
// when there is none to take.
func (b *inbox) dropOldest() bool {
	first := 0
	gap, ok := b.gapAt(0)
	if ok {
		first = 1
	}
	if first >= len(b.held) {
		return false
	}
	if !ok && len(b.held) > 1 { // two go, so that the gap has a place
		gap = b.over(gap, b.held[0])
		b.bytes -= b.held[0].size
		first = 1
	}
	gap = b.over(gap, b.held[first])
	b.bytes -= b.held[first].size
	b.held[first] = held{n: gap, at: b.held[first].at}
	clear(b.held[:first])
	b.held = b.held[first:]
	return true
}

// gapAt returns the gap of dropped notices at a place, if there is one.
func (b *inbox) gapAt(i int) (*GapNotice, bool) {
	if i < 0 || i >= len(b.held) {
		return nil, false
	}
	gap, ok := b.held[i].n.(*GapNotice)
	return gap, ok && gap.Dropped > 0
}

// over is a gap that has h in it as well.
func (b *inbox) over(gap *GapNotice, h held) *GapNotice {
	b.dropped++
	next := GapNotice{From: h.at.Add(-margin), Until: h.at.Add(margin), Dropped: 1}
	switch lost := h.n.(type) {
	case *GapNotice:
		next.From, next.Until = earlier(next.From, lost.From), later(next.Until, lost.Until)
	case *UpdateNotice: // may have been long on its way
		next.From = earlier(next.From, sentAt(lost).Add(-margin))
	}
	if gap != nil {
		next.From, next.Until = earlier(next.From, gap.From), later(next.Until, gap.Until)
		next.Dropped += gap.Dropped
	}
	return &next
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// finish says that nothing more comes. What is held can still be read unless its owner has left.
func (b *inbox) finish(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	if errors.Is(err, errLeft) {
		b.err, b.held, b.room, b.bytes = err, nil, nil, 0
	}
	b.call()
}

// call wakes the reader.
func (b *inbox) call() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// next takes the oldest notice, and waits where there is none.
func (b *inbox) next(ctx context.Context) (Notice, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if n, ok, err := b.take(); ok || err != nil {
			return n, err
		}
		select {
		case <-b.wake:
		case <-ctx.Done():
		}
	}
}

func (b *inbox) take() (n Notice, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.held) == 0 {
		if b.err != nil {
			b.call() // for another who waits
		}
		return nil, false, b.err
	}
	first := b.held[0]
	b.held[0] = held{}
	b.held = b.held[1:]
	b.bytes -= first.size
	switch {
	case len(b.held) > 0:
		b.call()
	case len(b.room) <= maxSpare:
		b.held = b.room[:0]
	default: // of a flood
		b.held, b.room = nil, nil
	}
	return first.n, true, nil
}

func (b *inbox) droppedSoFar() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped
}
