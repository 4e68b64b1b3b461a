package dingdingtest

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The gaps between the deliveries of a callback, until one is answered with 2xx: §8 for events,
// §9 and §13 for results of services.
var (
	eventGaps   = []time.Duration{time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute}
	serviceGaps = []time.Duration{2 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 15 * time.Hour}
)

// keptDeliveries is how many deliveries a Server remembers; a simulator may run for days.
const keptDeliveries = 10_000

// CallbackTrouble is what can happen to callbacks on their way.
type CallbackTrouble struct {
	Duplicates int           // how often each is delivered again although it was answered
	Delay      time.Duration // how much later each is sent
	Reorder    bool          // every second one overtakes the one before it
	Suppress   bool          // none is sent at all, nor later
}

// Trouble makes callbacks misbehave from now on; the zero CallbackTrouble ends that.
func (s *Server) Trouble(t CallbackTrouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = t
}

// SetCallbackURL registers where events and results of services are sent; "" is nowhere. With the
// vendor this is done by e-mail.
func (s *Server) SetCallbackURL(events, services string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.eventURL, s.serviceURL = events, services
}

// Delivery is one sending of a callback. The body may hold door codes; a Delivery therefore
// prints without it.
type Delivery struct {
	Name    string // the event or service
	URL     string
	Body    []byte
	Attempt int       // counts from 1
	Time    time.Time // on the simulator's clock
	Status  int       // of the answer; 0 = there was none
}

// String names the delivery and shows nothing secret.
func (d Delivery) String() string {
	return fmt.Sprintf("%s, delivery %d, answered %d", d.Name, d.Attempt, d.Status)
}

// Format prints String under every verb.
func (d Delivery) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// LogValue logs String.
func (d Delivery) LogValue() slog.Value { return slog.StringValue(d.String()) }

// Deliveries returns the callbacks sent for any of the events and services, in the order they
// were answered; without names, all. A simulator that has run long remembers only the last
// thousands.
func (s *Server) Deliveries(names ...string) []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sim.Keep(s.deliveries, func(d Delivery) bool { return len(names) == 0 || slices.Contains(names, d.Name) })
}

// Emit sends an event with these top-level fields. The time is now unless the fields say
// otherwise; if "uuid" names a device, home_id, room_id and nickname are filled in.
func (s *Server) Emit(event string, fields map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := pairs{{"event", event}, {"time", milli(s.now())}}
	s.send(event, false, p.merge(s.around(fields)).merge(fields))
}

// EmitService sends a result of a service with these top-level fields, with a serviceid of its own
// unless the fields bring one; if "uuid" names a device, home_id and room_id are filled in.
func (s *Server) EmitService(service string, fields map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := pairs{{"service", service}, {"serviceid", s.serviceID()}}
	around := s.around(fields)
	delete(around, "nickname")
	s.send(service, true, p.merge(around).merge(fields))
}

// around is where the device of an event is.
func (s *Server) around(fields map[string]any) map[string]any {
	uuid, _ := fields["uuid"].(string)
	d, err := s.device(uuid)
	if err != nil {
		return nil
	}
	return object{"home_id": d.home.id, "room_id": d.roomID(), "nickname": d.nick}
}

// EmitJSON sends a JSON object as it stands, as an event if it has "event", else as a result of a
// service. It is signed unless it brings a "sign", right or wrong. It panics if the text is no JSON
// object.
func (s *Server) EmitJSON(body string) {
	p := must(parsePairs(body))
	name, isEvent := p.text("event")
	if !isEvent {
		name, _ = p.text("service")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send(name, !isEvent, p)
}

// roomID is room_id in callbacks: empty for locks and gateways that serve the whole home, the
// home's id for water devices, as in the examples of §16.
func (d *device) roomID() string {
	if d.room == nil && d.water == nil && d.kind != waterGatewayKind {
		return ""
	}
	return d.placeID()
}

// event sends an event of a device that happens now. The fields and their order are those of
// recorded callbacks.
func (s *Server) event(d *device, name string, detail pairs, more ...pair) {
	s.eventAt(d, name, s.now(), detail, more...)
}

func (s *Server) eventAt(d *device, name string, at time.Time, detail pairs, more ...pair) {
	p := pairs{
		{"event", name}, {"uuid", d.uuid}, {"time", milli(at)}, {"detail", detail},
		{"center_uuid", nil}, {"elecollector_uuid", nil},
		{"home_id", d.home.id}, {"room_id", d.roomID()}, {"nickname", d.nick}, {"manufactory", nil},
	}
	set := object{}
	switch {
	case d.water != nil:
		set["manufactory"] = d.water.maker
	case d.kind == waterGatewayKind:
		set["manufactory"] = maker
	}
	if d.via != nil {
		set["center_uuid"] = d.via.uuid
		if d.via.kind == collectorKind {
			set["center_uuid"], set["elecollector_uuid"] = d.via.viaID(), d.via.uuid
		}
	}
	s.send(name, false, append(p.merge(set), more...))
}

// service sends the result of a service.
func (s *Server) service(d *device, name, id string, result pairs) {
	s.send(name, true, pairs{
		{"service", name}, {"uuid", d.uuid}, {"result", result}, {"serviceid", id},
		{"home_id", d.home.id}, {"room_id", d.roomID()},
	})
}

// callback is a signed callback on its way.
type callback struct {
	name, url string
	body      []byte
	gaps      []time.Duration
}

// send signs a callback and begins to deliver it.
func (s *Server) send(name string, service bool, p pairs) {
	c := callback{name: name, url: s.eventURL, gaps: eventGaps}
	if service {
		c.url, c.gaps = s.serviceURL, serviceGaps
	}
	if c.url == "" || s.trouble.Suppress {
		return
	}
	if _, signed := p.text("sign"); !signed {
		p = append(p, pair{"sign", p.sign(c.url)})
	}
	c.body = encode(p)
	delay := s.trouble.Delay
	s.callbacks++
	if s.trouble.Reorder && s.callbacks%2 == 1 {
		delay += time.Second
	}
	for range 1 + s.trouble.Duplicates {
		s.sim.Schedule.After(delay, sim.Work, func(ctx context.Context) { s.deliver(ctx, c, 1) })
	}
}

// deliver sends a callback, and again later if it was not answered with 2xx.
func (s *Server) deliver(ctx context.Context, c callback, attempt int) {
	at := s.now()
	status := s.post(ctx, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.deliveries) >= keptDeliveries {
		s.deliveries = slices.Clone(s.deliveries[keptDeliveries/2:])
	}
	s.deliveries = append(s.deliveries, Delivery{c.name, c.url, c.body, attempt, at, status})
	if status/100 != 2 && attempt <= len(c.gaps) {
		s.sim.Schedule.At(at.Add(c.gaps[attempt-1]), sim.Later, func(ctx context.Context) { s.deliver(ctx, c, attempt+1) })
	}
}

// post returns the status of the answer, 0 if there is none.
func (s *Server) post(ctx context.Context, c callback) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", jsonType)
	resp, err := s.hooks.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return 0
	}
	return resp.StatusCode
}

// newHookClient makes the client that sends callbacks. How long the vendor waits for an answer is
// not documented.
func newHookClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // leaves nothing behind
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}
}

// pair is a field of a JSON object whose order matters, pairs is the object.
type (
	pair struct {
		name  string
		value any
	}
	pairs []pair
)

// merge sets fields; those that are new are appended in the order of their names.
func (p pairs) merge(fields map[string]any) pairs {
	p = slices.Clone(p)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if i := slices.IndexFunc(p, func(q pair) bool { return q.name == name }); i >= 0 {
			p[i].value = fields[name]
		} else {
			p = append(p, pair{name, fields[name]})
		}
	}
	return p
}

// text returns a field that is a JSON text.
func (p pairs) text(name string) (string, bool) {
	for _, q := range p {
		if q.name == name {
			return sim.Decode[string](encode(q.value))
		}
	}
	return "", false
}

// MarshalJSON writes the fields in their order.
func (p pairs) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, q := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encode(q.name))
		b.WriteByte(':')
		b.Write(encode(q.value))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode is JSON as the vendor writes it: compact, nothing escaped that need not be. It panics if v
// has no JSON form, which only Emit can bring.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("dingdingtest: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// parsePairs reads a JSON object and keeps its order.
func parsePairs(text string) (pairs, error) {
	d := json.NewDecoder(strings.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("no JSON object")
	}
	p := pairs{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		p = append(p, pair{name.(string), value})
	}
	_, err := d.Token()
	return p, err
}

// sign is the signature of §18.1: MD5 over the callback URL and name=value of all fields but sign,
// sorted by name. Texts stand for themselves, null for nothing, everything else for its JSON. The
// pair of an empty value stays, against the letter of the document, as in all recorded callbacks.
func (p pairs) sign(url string) string {
	var list []string
	for _, q := range slices.SortedFunc(slices.Values(p), func(a, b pair) int { return strings.Compare(a.name, b.name) }) {
		if q.name == "sign" {
			continue
		}
		raw := encode(q.value)
		value, isText := sim.Decode[string](raw)
		switch {
		case string(raw) == "null":
			value = ""
		case !isText:
			value = string(raw)
		}
		list = append(list, q.name+"="+value)
	}
	sum := md5.Sum([]byte(url + strings.Join(list, "&")))
	return hex.EncodeToString(sum[:])
}

func textOf(n int) string { return strconv.Itoa(n) }
