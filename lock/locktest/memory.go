package locktest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// MemoryVendor is the vendor of a Memory, in its errors and events.
const MemoryVendor lock.Vendor = "memory"

// Memory is a complete vendor in memory and a provider for it: every lock.Op, no network. A
// backend that takes a lock.Provider can be tested with it; see the package comment. It is safe
// for concurrent use and starts no goroutines.
//
// It answers at once, unless WithDelay makes it a vendor that finishes later. It tells the time by
// lock.WithClock. Callbacks (SendTo, Handle) leave it in the calls a test makes, EnterCode,
// Settle, Deliver and their like, and never from within a provider's method.
type Memory struct {
	cfg   *lock.Config
	can   lock.Capabilities
	cloud *cloud

	mu    sync.Mutex
	nudge map[string]func() // operations that this provider began, by job
}

var _ lock.Provider = (*Memory)(nil)

type memorySettings struct {
	delay    time.Duration
	pageSize int
	policy   lock.PINPolicy
	without  []lock.Op
}

// WithDelay makes a Memory finish later what concerns a device: d after it was asked, by its
// clock, or at the next Settle. Default: at once.
func WithDelay(d time.Duration) lock.Option {
	return lock.CustomOption("locktest.WithDelay", func(s *memorySettings) { s.delay = d })
}

// WithPageSize sets how many items a Memory gives in one call of a list. Default: 20.
func WithPageSize(n int) lock.Option {
	return lock.CustomOption("locktest.WithPageSize", func(s *memorySettings) { s.pageSize = max(1, n) })
}

// WithPINPolicy sets what codes the locks of a Memory take. Default: six digits that share no four
// in a row with another code of the lock.
func WithPINPolicy(p lock.PINPolicy) lock.Option {
	return lock.CustomOption("locktest.WithPINPolicy", func(s *memorySettings) { s.policy = p })
}

// Without takes operations away from a Memory, to stand in for a vendor that lacks them. The
// variants of an operation go with it, and an operation goes with the last of its variants.
func Without(ops ...lock.Op) lock.Option {
	return lock.CustomOption("locktest.Without", func(s *memorySettings) { s.without = append(s.without, ops...) })
}

// NewMemory returns a vendor with nothing in it. It takes the options of every vendor, of which it
// heeds WithClock, WithLogger, WithPolling and WithAccount, and those of this package. It panics
// on an option made for another vendor, which is a mistake in the test.
func NewMemory(opts ...lock.Option) *Memory {
	m := &Memory{cfg: lock.NewConfig(opts...), nudge: make(map[string]func())}
	s := memorySettings{pageSize: 20, policy: lock.PINPolicy{Lengths: []int{6}, MaxShared: 3}}
	if err := lock.ApplyCustom(m.cfg, &s); err != nil {
		panic("locktest: " + err.Error())
	}
	m.can = lock.Can(remaining(s.without)...)
	m.cloud = &cloud{
		clock: m.cfg.Clock, memorySettings: s,
		webhookKey: []byte(rand.Text()), changed: make(chan struct{}),
		faults: make(map[lock.Op]error), rejected: make(map[lock.Op]error), lost: make(map[lock.Op]bool),
		opened: make(map[lock.DeviceID]int), receipts: make(map[string]*receipt),
	}
	return m
}

// Again returns another provider for the same cloud, as another process of the same backend would
// have it: it sees the same things and knows of no operation that m began.
func (m *Memory) Again() *Memory {
	return &Memory{cfg: m.cfg, can: m.can, cloud: m.cloud, nudge: make(map[string]func())}
}

func remaining(without []lock.Op) []lock.Op {
	gone := func(op lock.Op) bool {
		parent, _ := op.Parent()
		return slices.Contains(without, op) || slices.Contains(without, parent)
	}
	var left []lock.Op
	for _, op := range lock.Ops() {
		variants := variantsOf(op)
		if gone(op) || len(variants) > 0 && !slices.ContainsFunc(variants, func(v lock.Op) bool { return !gone(v) }) {
			continue
		}
		left = append(left, op)
	}
	return left
}

// variantsOf lists the ways of doing op, nil if it has no variants.
func variantsOf(op lock.Op) []lock.Op { return slices.Clone(allVariants()[op]) }

var allVariants = sync.OnceValue(func() map[lock.Op][]lock.Op {
	variants := make(map[lock.Op][]lock.Op)
	for _, v := range lock.Ops() {
		if parent, ok := v.Parent(); ok {
			variants[parent] = append(variants[parent], v)
		}
	}
	return variants
})

// Vendor is MemoryVendor.
func (m *Memory) Vendor() lock.Vendor { return MemoryVendor }

// Supports reports whether op was left by Without.
func (m *Memory) Supports(op lock.Op) bool { return m.can.Supports(op) }

// Check makes one call and succeeds, unless Fail says otherwise.
func (m *Memory) Check(ctx context.Context) error {
	return m.call(ctx, lock.CheckProvider, nil, func(*cloud) error { return nil })
}

// Homes are the homes in memory.
func (m *Memory) Homes() lock.Homes { return memoryHomes{m} }

// Locks are the doors in memory.
func (m *Memory) Locks() lock.Locks { return memoryLocks{m} }

// Keys are the keys in memory.
func (m *Memory) Keys() lock.Keys { return memoryKeys{m} }

// Passwords are the passwords in memory.
func (m *Memory) Passwords() lock.Passwords { return memoryPasswords{m} }

// Meters are the meters in memory.
func (m *Memory) Meters() lock.Meters { return memoryMeters{m} }

// Events are what happened in memory.
func (m *Memory) Events() lock.Events { return memoryEvents{m} }

// Record is the memory vendor's own form of a value, what Raw holds as JSON.
//
//	r, ok := lock.As[*locktest.Record](pw)
type Record struct {
	Type   string         `json:"type"`
	ID     string         `json:"id"`
	Fields map[string]any `json:"fields,omitempty"`
}

// call is the one way to the cloud. It refuses what is not supported or wrong before anything is
// sent, counts the call, spoils it if it shall be spoilt, and lets f work on the cloud.
func (m *Memory) call(ctx context.Context, op lock.Op, check func() error, f func(*cloud) error) error {
	if op != lock.CheckProvider && !m.can.Supports(op) {
		return lock.UnsupportedError(MemoryVendor, op, "")
	}
	if err := ctx.Err(); err != nil {
		return m.named(op, err)
	}
	if check != nil {
		if err := check(); err != nil {
			return m.named(op, err)
		}
	}
	m.cfg.Logger.DebugContext(ctx, "call", "vendor", MemoryVendor, "op", op)
	if err := m.cloud.reach(ctx, op); err != nil {
		return m.named(op, err)
	}
	c := m.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finishDue(c.clock.Now())
	err := f(c)
	if err == nil && c.lost[op] {
		err = &lock.Error{Kind: lock.ErrOutcomeUnknown, Message: "the reply was lost"}
	}
	return m.named(op, err)
}

// named says whose error it is. Errors are made afresh for every call.
func (m *Memory) named(op lock.Op, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := vendorError(op, err)
	e.Account = m.cfg.Account
	return e
}

// vendorError is err as the vendor would have put it.
func vendorError(op lock.Op, err error) *lock.Error {
	named := lock.Error{Err: err}
	var e *lock.Error
	var k lock.Kind
	var pin *lock.PINError
	switch {
	case errors.As(err, &e):
		named = *e
	case errors.As(err, &k):
		named = lock.Error{Kind: k}
	case errors.As(err, &pin):
		named = lock.Error{Kind: lock.ErrPasswordRejected, Err: pin}
	}
	named.Vendor, named.Op = MemoryVendor, op
	if named.Code == "" {
		named.Code = strings.ReplaceAll(string(named.Kind), " ", "_")
	}
	return &named
}

// invalid is an argument that is wrong before anything is sent.
func invalid(format string, args ...any) error {
	return lock.InvalidArgument(MemoryVendor, "", format, args...)
}

func missing(what string, id any) error {
	return &lock.Error{Kind: lock.ErrNotFound, Target: fmt.Sprint(id), Message: "no such " + what}
}

// cloud is what the vendor knows. Everything below mu is guarded by it.
type cloud struct {
	memorySettings
	clock      lock.Clock
	webhookKey []byte

	mu        sync.Mutex
	calls     int
	stall     chan struct{} // closed when calls are answered again; nil = they are
	arrived   chan struct{} // gets a token from every call that stalls
	faults    map[lock.Op]error
	rejected  map[lock.Op]error
	lost      map[lock.Op]bool
	numbers   int
	homes     []*home
	locks     []*door
	others    []*thing
	keys      []*key
	passwords []*password
	meters    []*meter
	receipts  map[string]*receipt
	dynamic   []*password
	jobs      []*job
	opened    map[lock.DeviceID]int

	events  []lock.Event
	stream  []lock.Event  // what those who watch get
	broken  bool          // the stream is interrupted
	changed chan struct{} // closed when the stream has grown
	hook    http.Handler
	hookURL string
	outbox  []int // events that no callback has delivered, as places in events
}

// number is unique in the cloud and grows.
func (c *cloud) number() int {
	c.numbers++
	return c.numbers
}

// reach is the way a call takes before the vendor works on it.
func (c *cloud) reach(ctx context.Context, op lock.Op) error {
	c.mu.Lock()
	c.calls++
	stall, arrived, fault := c.stall, c.arrived, c.faults[op]
	c.mu.Unlock()
	if stall != nil {
		select {
		case arrived <- struct{}{}:
		default:
		}
		select {
		case <-stall:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fault
}

// Calls returns how many calls have reached the vendor.
func (m *Memory) Calls() int {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	return m.cloud.calls
}

// Fail makes every further call of op answer err and do nothing, until Fail(op, nil). A lock.Kind
// or a *lock.Error comes back as an error of that kind; another error is wrapped.
func (m *Memory) Fail(op lock.Op, err error) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.cloud.faults[op] = err
}

// FailLater lets op begin but its operations end with err, without effect, as when a lock refuses
// what its vendor had accepted; until FailLater(op, nil). Without a delay the call itself answers
// err.
func (m *Memory) FailLater(op lock.Op, err error) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.cloud.rejected[op] = err
}

// LoseReplies makes op be carried out while the caller gets lock.ErrOutcomeUnknown, as when the
// connection breaks at the wrong moment; until LoseReplies(op, false).
func (m *Memory) LoseReplies(op lock.Op, lose bool) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.cloud.lost[op] = lose
}

// Stall makes the vendor take calls and leave them unanswered until resume is called. arrived gets
// a token when a call waits.
func (m *Memory) Stall() (arrived <-chan struct{}, resume func()) {
	c := m.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	stall, tokens := make(chan struct{}), make(chan struct{}, 1)
	c.stall, c.arrived = stall, tokens
	var once sync.Once
	return tokens, func() {
		once.Do(func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			close(stall)
			if c.stall == stall {
				c.stall = nil
			}
		})
	}
}

// Settle finishes now all work that the vendor would finish later, and sends the callbacks.
func (m *Memory) Settle() {
	c := m.cloud
	c.mu.Lock()
	c.finishAll()
	c.mu.Unlock()
	m.Deliver()
}
