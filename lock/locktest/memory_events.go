package locktest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	signatureHeader = "X-Memory-Signature"
	maxCallback     = 1 << 20 // bytes
)

// happen makes something that happened known: to the history, to those who watch, to the webhook.
// It fills what e lacks. The cloud's lock is held.
func (c *cloud) happen(e lock.Event) lock.Event {
	e.Vendor = MemoryVendor
	if e.OccurredAt.IsZero() {
		e.OccurredAt = c.clock.Now()
	}
	if d := c.door(e.Device); d != nil {
		e.Home, e.Room = d.lock.Home, d.lock.Room
	} else if mt := c.meter(e.Device); mt != nil {
		e.Home, e.Room = mt.meter.Home, mt.meter.Room
	}
	if e.Name == "" {
		e.Name = string(e.Kind)
	}
	n := strconv.Itoa(c.number())
	e.ID = lock.EventID(MemoryVendor, n)
	e.Native = record("event", n, map[string]any{"kind": e.Kind, "device": e.Device, "at": e.OccurredAt, "operation": e.Operation})
	c.events = append(c.events, e)
	if c.hook != nil || c.hookURL != "" {
		c.outbox = append(c.outbox, len(c.events)-1)
	}
	if !c.broken {
		c.push(e)
	}
	return e
}

func (c *cloud) push(e lock.Event) {
	c.stream = append(c.stream, e)
	close(c.changed)
	c.changed = make(chan struct{})
}

// Emit makes something happen and returns it with its ID. Kind is required; Device says where.
func (m *Memory) Emit(e lock.Event) lock.Event {
	m.cloud.mu.Lock()
	e = m.cloud.happen(e)
	m.cloud.mu.Unlock()
	m.Deliver()
	return e
}

// Interrupt breaks the streams of those who watch. What happens during the break reaches them
// through the history only; afterwards they get a lock.EventGap.
func (m *Memory) Interrupt(during func()) {
	c := m.cloud
	c.mu.Lock()
	c.broken = true
	from := c.clock.Now()
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		now := c.clock.Now()
		c.broken = false
		c.push(lock.Event{
			ID: lock.EventID(MemoryVendor, "gap", strconv.Itoa(c.number())), Kind: lock.EventGap, Vendor: MemoryVendor,
			OccurredAt: now, Source: lock.SourceLocal,
			Data: lock.Window{From: from, Until: now.Add(time.Second)}, // half-open: a second more than needed
		})
	}()
	during()
}

// SendTo has the webhook sent to a URL from now on. "" ends it.
func (m *Memory) SendTo(url string) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.cloud.hookURL, m.cloud.hook = url, nil
}

// Handle has the webhook given to a handler from now on, such as one that Events().Receive
// returned, without a network. nil ends it.
func (m *Memory) Handle(h http.Handler) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.cloud.hookURL, m.cloud.hook = "", h
}

// Deliver sends the callbacks that have not been acknowledged, each once, and returns how many
// were acknowledged now. A vendor would try again by its clock.
func (m *Memory) Deliver() int {
	c := m.cloud
	c.mu.Lock()
	c.finishDue(c.clock.Now())
	hook, url := c.hook, c.hookURL
	waiting := slices.Clone(c.outbox)
	var bodies [][]byte
	for _, i := range waiting {
		bodies = append(bodies, callbackBody(c.events[i]))
	}
	c.mu.Unlock()
	if hook == nil && url == "" {
		return 0
	}
	acknowledged := 0
	for i, body := range bodies {
		if !m.post(hook, url, body) {
			continue
		}
		acknowledged++
		c.mu.Lock()
		c.outbox = slices.DeleteFunc(c.outbox, func(n int) bool { return n == waiting[i] })
		c.mu.Unlock()
	}
	return acknowledged
}

// callback is the body of the memory vendor's webhook.
type callback struct {
	ID     string         `json:"id"`
	Kind   lock.EventKind `json:"kind"`
	Device lock.DeviceID  `json:"device"`
	At     time.Time      `json:"at"`
}

func callbackBody(e lock.Event) []byte {
	body, err := json.Marshal(callback{e.ID, e.Kind, e.Device, e.OccurredAt})
	if err != nil {
		panic(fmt.Sprintf("locktest: event %s cannot be written as JSON: %v", e.ID, err))
	}
	return body
}

func (c *cloud) sign(body []byte) string {
	mac := hmac.New(sha256.New, c.webhookKey)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// post delivers one callback and reports whether it was acknowledged.
func (m *Memory) post(hook http.Handler, url string, body []byte) bool {
	if hook != nil {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set(signatureHeader, m.cloud.sign(body))
		w := httptest.NewRecorder()
		hook.ServeHTTP(w, r)
		return w.Code/100 == 2
	}
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		panic(fmt.Sprintf("locktest: webhook: %v", err))
	}
	r.Header.Set(signatureHeader, m.cloud.sign(body))
	r.Close = true // nothing is left behind
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode/100 == 2
}

type memoryEvents struct{ m *Memory }

func (a memoryEvents) History(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		var answer []item[lock.Event] // of the first page: what happens meanwhile belongs to the next question
		list(ctx, a.m, lock.ListEvents, nil, func(c *cloud) ([]item[lock.Event], error) {
			if answer == nil {
				answer = c.past(q)
			}
			return slices.Clone(answer), nil
		})(yield)
	}
}

// past are the events that match q, oldest first.
func (c *cloud) past(q lock.EventQuery) []item[lock.Event] {
	var events []lock.Event
	for _, e := range c.events {
		if (q.Home == "" || e.Home == q.Home) && (q.Device == "" || e.Device == q.Device) &&
			q.Window.Contains(e.OccurredAt) && q.Wants(e.Kind) {
			e.Source, e.ReceivedAt = lock.SourceHistory, c.clock.Now()
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b lock.Event) int { return a.OccurredAt.Compare(b.OccurredAt) })
	items := make([]item[lock.Event], len(events))
	for i, e := range events {
		items[i] = item[lock.Event]{i, e}
	}
	return items
}

func (a memoryEvents) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	return func(yield func(lock.Event, error) bool) {
		next := 0
		err := a.m.call(ctx, lock.WatchEvents, nil, func(c *cloud) error {
			next = len(c.stream)
			return nil
		})
		if err != nil {
			yield(lock.Event{}, err)
			return
		}
		for {
			c := a.m.cloud
			c.mu.Lock()
			news, changed, now := slices.Clone(c.stream[next:]), c.changed, c.clock.Now()
			next = len(c.stream)
			c.mu.Unlock()
			for _, e := range news {
				e.Source, e.ReceivedAt = cmp.Or(e.Source, lock.SourceStream), now
				if !yield(e, nil) {
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(lock.Event{}, ctx.Err())
				return
			}
		}
	}
}

func (a memoryEvents) Receive(sink func(context.Context, lock.Event) error) (http.Handler, error) {
	if !a.m.can.Supports(lock.ReceiveEvents) {
		return nil, lock.UnsupportedError(MemoryVendor, lock.ReceiveEvents, "")
	}
	if sink == nil {
		return nil, lock.InvalidArgument(MemoryVendor, lock.ReceiveEvents, "a sink is required")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, err := a.receive(w, r, sink)
		if err != nil {
			a.m.cfg.Logger.WarnContext(r.Context(), "webhook", "vendor", MemoryVendor, "status", status, "error", err)
		}
		w.WriteHeader(status)
	}), nil
}

func (a memoryEvents) receive(w http.ResponseWriter, r *http.Request, sink func(context.Context, lock.Event) error) (int, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge, lock.ErrTooLarge
	}
	if err != nil {
		return http.StatusBadRequest, err
	}
	c := a.m.cloud
	if !hmac.Equal([]byte(c.sign(body)), []byte(r.Header.Get(signatureHeader))) {
		return http.StatusUnauthorized, lock.ErrBadSignature
	}
	var told callback
	if err := json.Unmarshal(body, &told); err != nil {
		return http.StatusBadRequest, lock.ErrProtocol
	}
	c.mu.Lock()
	i := slices.IndexFunc(c.events, func(e lock.Event) bool { return e.ID == told.ID })
	var e lock.Event
	if i >= 0 {
		e = c.events[i]
	}
	c.mu.Unlock()
	if i < 0 {
		return http.StatusNotFound, lock.ErrNotFound
	}
	e.Source, e.ReceivedAt = lock.SourceWebhook, c.clock.Now()
	a.m.ended(e.Operation)
	if err := sink(r.Context(), e); err != nil {
		return http.StatusInternalServerError, errors.New("the sink failed") // its words may hold anything
	}
	return http.StatusOK, nil
}

// ended wakes those who wait for an operation.
func (m *Memory) ended(job string) {
	m.mu.Lock()
	nudge := m.nudge[job]
	delete(m.nudge, job)
	m.mu.Unlock()
	if nudge != nil {
		nudge()
	}
}
