package ewelinktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/internal/ws"
	"github.com/smartlock-sdk/smartlock/lock"
)

// line is a socket of a phone.
type line struct {
	t    *testing.T
	p    *phone
	conn ws.Conn
	n    int // sequences used
}

// dial opens a socket where dispatch says.
func (p *phone) dial() *line {
	p.t.Helper()
	a := p.call("GET", "/dispatch/app", nil, nil, nil)
	var d struct {
		IP, Domain, Reason string
		Port, Error        int
	}
	if err := json.Unmarshal(a.whole, &d); err != nil || d.Reason != "ok" || d.IP == "" || d.Error != 0 {
		p.t.Fatalf("dispatch: got %+v, %v", d, err)
	}
	address := fmt.Sprintf("ws://%s:%d/api/ws", d.Domain, d.Port)
	if address != p.s.SocketURL {
		p.t.Errorf("dispatch leads to %s, not to %s", address, p.s.SocketURL)
	}
	conn, err := ws.Dialer{}.Dial(p.t.Context(), address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Drop() })
	return &line{t: p.t, p: p, conn: conn}
}

// online opens a socket and signs in.
func (p *phone) online() *line {
	p.t.Helper()
	l := p.dial()
	l.send(l.handshake(nil))
	l.read().has("error", 0).has("apikey", p.key)
	return l
}

func (l *line) handshake(change object) object {
	o := object{"action": "userOnline", "at": l.p.at, "apikey": l.p.key, "appid": l.p.id, "nonce": "abcd1234", "userAgent": "app", "sequence": "1700000000123"}
	for name, v := range change {
		if o[name] = v; v == nil {
			delete(o, name)
		}
	}
	return o
}

func (l *line) send(o object) {
	l.t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		l.t.Fatal(err)
	}
	l.write(string(text))
}

func (l *line) write(text string) {
	l.t.Helper()
	if err := l.conn.Write(l.t.Context(), []byte(text)); err != nil {
		l.t.Fatal(err)
	}
}

// act sends an action on a device and returns its sequence.
func (l *line) act(action string, id lock.DeviceID, params any) string {
	l.t.Helper()
	l.n++
	seq := fmt.Sprint(1700000001000 + l.n)
	l.send(object{"action": action, "deviceid": id, "apikey": l.p.key, "selfApikey": l.p.key, "userAgent": "app", "sequence": seq, "params": params})
	return seq
}

func (l *line) text() string {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 10*time.Second)
	defer cancel()
	text, err := l.conn.Read(ctx)
	if err != nil {
		l.t.Fatalf("reading: %v", err)
	}
	return string(text)
}

// news is a frame.
type news struct {
	t *testing.T
	o any
}

func (l *line) read() news {
	l.t.Helper()
	var o any
	d := json.NewDecoder(strings.NewReader(l.text()))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		l.t.Fatal(err)
	}
	return news{l.t, o}
}

func (n news) has(path string, want any) news {
	n.t.Helper()
	if got := fmt.Sprint(at(n.o, path)); got != fmt.Sprint(want) {
		n.t.Errorf("%s: got %v, want %v, in %v", path, got, want, n.o)
	}
	return n
}

// quiet demands that nothing has come: the answer to a ping is next.
func (l *line) quiet() {
	l.t.Helper()
	l.write("ping")
	if got := l.text(); got != "pong" {
		l.t.Errorf("got %s, want nothing but a pong", got)
	}
}

// gone demands that the connection ends, and without a close frame.
func (l *line) gone() {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 10*time.Second)
	defer cancel()
	_, err := l.conn.Read(ctx)
	var closed *ws.CloseError
	if err == nil || ctx.Err() != nil || errors.As(err, &closed) && closed.Code != ws.Abnormal {
		l.t.Errorf("got %v, want a connection that broke off", err)
	}
}

func TestHandshake(t *testing.T) {
	s, p := frozen(t)
	p.call("POST", "/dispatch/app", nil, nil, nil)
	for _, tt := range []struct {
		name   string
		change object
		want   int
	}{
		{"what the document shows", object{"version": 8, "ts": 1571141259}, 0},
		{"neither version nor ts", nil, 0},
		{"ts as text", object{"ts": "1571141259"}, 0},
		{"a number as sequence", object{"sequence": 1571141530100}, 0},
		{"the vendor's add-on", object{"userAgent": "pc_ewelink"}, 0},
		{"no token", object{"at": nil}, 400},
		{"no sequence", object{"sequence": nil}, 400},
		{"no nonce", object{"nonce": nil}, 400},
		{"another action first", object{"action": "query"}, 400},
		{"a device", object{"userAgent": "device"}, 400},
		{"an unknown token", object{"at": "x"}, 406},
		{"another app", object{"appid": "x"}, 406},
		{"another user's api key", object{"apikey": "x"}, 406},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := *p
			q.t = t
			l := q.dial()
			in := l.handshake(tt.change)
			l.send(in)
			n := l.read().has("error", tt.want)
			if in["sequence"] != nil {
				n.has("sequence", in["sequence"])
			}
			if tt.want != 0 {
				n.has("actionName", "userOnline")
				l.gone()
				return
			}
			n.has("config.hb", 1).has("config.hbInterval", 145)
			l.quiet()
		})
	}
	l := p.dial()
	l.write("no json")
	l.read().has("error", 400)
	s.ExpireTokens()
	l.send(l.handshake(nil))
	l.read().has("error", 406).has("reason", "Authentication Failed")
	l.gone()
}

func TestActions(t *testing.T) {
	s, p := frozen(t)
	lamp := s.AddSwitch("lamp", 1)
	one, two := p.online(), p.online()
	if s.Sockets() != 2 {
		t.Errorf("sockets: got %d, want 2", s.Sockets())
	}
	seq := one.act("update", lamp, object{"switch": "on"})
	ack := one.read().has("error", 0).has("sequence", seq).has("deviceid", lamp).has("apikey", p.key)
	if at(ack.o, "action") != nil || at(ack.o, "params") != nil {
		t.Errorf("an answer has no action and no state: got %v", ack.o)
	}
	two.read().has("action", "update").has("userAgent", "app").has("params.switch", "on").has("deviceid", lamp).has("apikey", p.key)
	one.quiet() // none for its own command
	seq = two.act("query", lamp, []string{"switch", "startup"})
	n := two.read().has("sequence", seq).has("params.switch", "on").has("params.startup", "off")
	if len(at(n.o, "params").(object)) != 2 {
		t.Errorf("two params: got %v", n.o)
	}
	two.act("query", lamp, []string{})
	two.read().has("params.pulseWidth", 500)
	one.act("update", lamp, []object{{"switch": "off"}, {"startup": "on"}})
	one.read().has("error", 0)
	two.read().has("params.switch", "off").has("params.startup", "on")

	s.Press(lamp)
	for _, l := range []*line{one, two} {
		l.read().has("action", "update").has("userAgent", "device").has("params.switch", "on").has("d_seq", 1)
	}
	p.set(lamp, object{"switch": "off"}).ok() // over HTTP both are told
	for _, l := range []*line{one, two} {
		l.read().has("userAgent", "app").has("params.switch", "off")
	}
	s.Offline(lamp)
	for _, l := range []*line{one, two} {
		l.read().has("action", "sysmsg").has("params.online", false).has("ts", 0)
	}
	one.act("update", lamp, object{"switch": "on"})
	one.read().has("error", 503)
	one.act("query", lamp, []string{})
	one.read().has("error", 503)
	s.Press(lamp)
	one.quiet()
	s.Online(lamp)
	one.read().has("action", "sysmsg").has("params.online", true)
	one.read().has("action", "update").has("params.switch", "on") // it says what it did meanwhile
	s.Deafen(lamp, true)
	for action, params := range map[string]any{"update": object{"switch": "on"}, "query": []string{}, "upgrade": object{}} {
		one.act(action, lamp, params)
		one.read().has("error", 504)
	}
	s.Deafen(lamp, false)
	one.act("update", lamp, object{"swich": "on"})
	one.read().has("error", 504)
	one.act("update", lamp, "on")
	one.read().has("error", 400)
	one.act("query", lamp, object{})
	one.read().has("error", 400)
	one.act("update", "x", object{"switch": "on"})
	one.read().has("error", 403)
	one.act("dance", lamp, object{"switch": "on"})
	one.quiet()
	p.get("/v2/device/history", object{"deviceid": lamp}).ok().counts("histories", 4) // on, off, pressed, off; not what it did offline
}

func TestSharedDevicesOnTheSocket(t *testing.T) {
	s, p := frozen(t, ewelinktest.WithShareNotices())
	door := s.AddRelay("door")
	s.AddAccount("tenant@example.com")
	tenant := p.another("tenant@example.com")
	owner, guest := p.online(), tenant.online()
	s.Press(door)
	owner.read().has("action", "update")
	guest.quiet() // not yet
	s.Settle()
	owner.read().has("params.switch", "off")
	s.Share(door, "tenant@example.com", 0)
	guest.read().has("action", "notify").has("cmd", "shareNotify_v2").has("deviceid", door)
	owner.quiet()

	ask := object{"action": "update", "deviceid": door, "apikey": p.key, "userAgent": "app", "sequence": "1", "params": object{"switch": "on"}}
	guest.send(ask)
	guest.read().has("error", 400) // selfApikey is missing
	ask["selfApikey"], ask["apikey"] = tenant.key, tenant.key
	guest.send(ask)
	guest.read().has("error", 403)
	ask["apikey"] = p.key
	guest.send(ask)
	guest.read().has("error", 0)
	owner.read().has("userAgent", "app").has("params.switch", "on")
	s.Settle()
	for _, l := range []*line{owner, guest} {
		l.read().has("userAgent", "device").has("params.switch", "off")
	}
	item := p.thing(door).text("thingList.0.itemData.shareTo.0.apikey")
	p.del("/v2/device/share", object{"deviceid": door, "apikey": item}).ok()
	guest.read().has("cmd", "cancelShareNotify_v2")
	s.Press(door)
	guest.quiet()
}

func TestAnswersOvertakeEachOther(t *testing.T) {
	s, p := frozen(t, ewelinktest.WithLatency(10*time.Millisecond))
	slow, fast := s.AddSwitch("slow", 1), s.AddSwitch("fast", 1)
	s.SlowDown(slow, time.Second)
	l := p.online()
	first, second := l.act("update", slow, object{"switch": "on"}), l.act("update", fast, object{"switch": "on"})
	l.quiet() // both are on their way
	s.Advance(10 * time.Millisecond)
	l.read().has("sequence", second)
	l.quiet()
	s.Settle()
	l.read().has("sequence", first)
}

func TestUpgrade(t *testing.T) {
	s, p := frozen(t)
	lamp, other := s.AddSwitch("lamp", 1), s.AddMeter("meter", ewelinktest.POW)
	ask := func(version string) answer {
		return p.post("/v2/device/ota/query", object{"deviceInfoList": []object{{"deviceid": lamp, "model": "PSF-B01-GL", "version": version}, {"deviceid": other, "model": "PSA-B01-GL", "version": "3.5.0"}}})
	}
	ask("3.5.0").ok().counts("otaInfoList", 0)
	s.OfferFirmware(lamp, "3.6.0")
	offer := ask("3.5.0").ok().counts("otaInfoList", 1).is("otaInfoList.0.deviceid", lamp).is("otaInfoList.0.version", "3.6.0").counts("otaInfoList.0.binList", 2)
	ask("3.6.0").ok().counts("otaInfoList", 0)
	p.post("/v2/device/ota/query", object{"deviceInfoList": []object{}}).refused(400)
	l := p.online()
	params := object{"model": "PSF-B01-GL", "version": "3.7.0", "binList": offer.at("otaInfoList.0.binList")}
	l.act("upgrade", lamp, params)
	l.read().has("error", 504)
	params["version"] = "3.6.0"
	seq := l.act("upgrade", lamp, params)
	l.read().has("error", 0).has("userAgent", "device").has("sequence", seq)
	s.Settle()
	l.read().has("params.online", false)
	l.read().has("params.online", true)
	l.read().has("params.fwVersion", "3.6.0")
	if at := s.Clock().Now().Sub(noon); at != 30*time.Second {
		t.Errorf("the upgrade took %v", at)
	}
}

func TestEnergyOnTheSocket(t *testing.T) {
	s, p := frozen(t)
	id := s.AddMeter("meter", ewelinktest.POW)
	s.Consume(id, 25.11)
	l := p.online()
	l.act("update", id, object{"hundredDaysKwh": "get"})
	n := l.read().has("error", 0)
	if data, _ := at(n.o, "config.hundredDaysKwhData").(string); !strings.HasPrefix(data, "190101") || len(data) != 600 {
		t.Errorf("got %.12s… of %d", data, len(data))
	}
	l.quiet() // in config, and not in a report
	s.Draw(id, 100)
	l.act("update", id, object{"uiActive": 60})
	l.read().has("error", 0) // the answer comes before the report
	l.read().has("params.power", "100.00").has("params.voltage", "230.00").has("params.current", "0.43")
	s.Draw(id, 200)
	l.read().has("params.power", "200.00")
	s.Advance(time.Minute)
	s.Draw(id, 300)
	l.quiet()
}

func TestHeartbeat(t *testing.T) {
	s, p := frozen(t, ewelinktest.WithHeartbeat(10*time.Second))
	alive, silent, stranger := p.online(), p.online(), p.dial()
	stranger.quiet() // never signs in
	for range 5 {
		s.Advance(4 * time.Second)
		alive.quiet()
	}
	s.Advance(4 * time.Second) // 24 s
	s.Advance(time.Second)
	silent.gone()
	stranger.gone()
	alive.quiet()
	if s.Sockets() != 1 {
		t.Errorf("sockets: got %d, want 1", s.Sockets())
	}

	without, q := frozen(t, ewelinktest.WithHeartbeat(0))
	l := q.online()
	without.Advance(24 * time.Hour)
	l.quiet()
}

// A client that shares the simulator's clock sends its ping when the time has jumped, and is not
// dropped for being late.
func TestHeartbeatOnTheSimulatorsClock(t *testing.T) {
	s, p := frozen(t)
	l := p.online()
	ctx, cancel := context.WithCancel(t.Context())
	pinged := make(chan struct{})
	go func() {
		defer close(pinged)
		for next := noon.Add(130 * time.Second); s.Clock().Sleep(ctx, next.Sub(s.Clock().Now())) == nil; next = next.Add(130 * time.Second) {
			if l.conn.Write(ctx, []byte("ping")) != nil {
				return
			}
		}
	}()
	s.Advance(time.Hour)
	if s.Sockets() != 1 {
		t.Error("the socket was dropped")
	}
	cancel()
	<-pinged
}

func TestSessionsOfSockets(t *testing.T) {
	s, p := frozen(t)
	first := *p
	l := p.online()
	p.login(s.Account, s.Password)
	l.gone()
	again := first.dial()
	again.send(again.handshake(nil))
	again.read().has("error", 406)
	again.gone()

	l = p.online()
	r := p.sign("POST", "/v2/user/refresh", object{"rt": p.rt}).ok()
	l.quiet() // a renewal leaves the socket open
	old := p.dial()
	old.send(old.handshake(nil))
	old.read().has("error", 406)
	p.at = r.text("at")
	p.online()
	p.del("/v2/user/logout", nil).ok()
	l.gone()
}

func TestStreamsThatGoWrong(t *testing.T) {
	s, p := frozen(t)
	lamp := s.AddSwitch("lamp", 1)
	l := p.online()
	s.DoubleUpdates(1)
	s.Press(lamp)
	for range 2 {
		l.read().has("params.switch", "on").has("d_seq", 1)
	}
	l.quiet()

	s.DelayUpdates(5 * time.Second)
	s.Press(lamp)
	l.act("query", lamp, []string{"switch"})
	l.read().has("params.switch", "off")
	l.quiet()
	s.Settle()
	l.read().has("action", "update").has("params.switch", "off")
	s.DelayUpdates(0)

	s.Push(map[string]any{"action": "reportSubDevice", "deviceid": "x", "params": map[string]any{"subDevRssi": 127}})
	l.read().has("action", "reportSubDevice")

	s.RefuseActions(1, 529)
	l.act("update", lamp, object{"startup": "stay"})
	l.read().has("error", 529)
	s.SwallowAnswers(1)
	l.act("update", lamp, object{"switch": "on"})
	l.quiet()
	p.status(lamp).is("params.startup", "off").is("params.switch", "on")

	s.MuteSockets(true)
	s.Press(lamp)
	l.write("ping")
	l.act("update", lamp, object{"startup": "on"})
	for range 1000 { // until it has been heard
		if p.status(lamp).text("params.startup") == "on" {
			break
		}
	}
	p.status(lamp).is("params.startup", "on")
	s.DropSockets()
	l.gone() // and nothing before
	s.MuteSockets(false)

	l = p.online()
	s.Break(func() {
		l.gone()
		if _, err := (ws.Dialer{}).Dial(t.Context(), s.SocketURL); handshakeStatus(err) != http.StatusServiceUnavailable {
			t.Errorf("during a break: got %v", err)
		}
	})
	l = p.online()
	s.DropSockets()
	l.gone()

	s.CutUpdates(100)
	for range 20 {
		l = p.online()
		s.Press(lamp)
		s.Press(lamp)
		l.gone()
	}
	s.CutUpdates(0)
	l = p.online()
	s.Press(lamp)
	l.read().has("action", "update")
	s.Fail("/api/ws", ewelinktest.Status(http.StatusBadGateway))
	if _, err := (ws.Dialer{}).Dial(t.Context(), s.SocketURL); handshakeStatus(err) != http.StatusBadGateway {
		t.Errorf("a fault: got %v", err)
	}
}

func handshakeStatus(err error) int {
	var refused *ws.HandshakeError
	if errors.As(err, &refused) {
		return refused.Status
	}
	return 0
}

func TestPace(t *testing.T) {
	s, p := frozen(t, ewelinktest.WithPace())
	p.get("/v2/family", nil).ok()
	if a := p.get("/v2/family", nil); a.status != http.StatusServiceUnavailable || a.code != -1 {
		t.Errorf("at once again: got %d", a.status)
	}
	p.get("/v2/device/thing", nil).ok() // another endpoint
	for range 297 {
		s.Advance(500 * time.Millisecond)
		p.get("/v2/family", nil).ok()
	}
	s.Advance(500 * time.Millisecond)
	if a := p.get("/v2/family", nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("the 301st call: got %d", a.status)
	}
	s.Advance(4 * time.Minute)
	if a := p.get("/v2/message/read", nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("while it is blocked: got %d", a.status)
	}
	s.Advance(time.Minute)
	p.get("/v2/family", nil).ok()
	if s.TooFast() != 3 {
		t.Errorf("too fast: got %d, want 3", s.TooFast())
	}
	s.Advance(time.Minute)
	for range 10 {
		l := p.dial()
		l.send(l.handshake(nil))
		l.read().has("error", 0)
		s.Advance(time.Second)
	}
	l := p.dial()
	l.send(l.handshake(nil))
	l.read().has("error", 529)
	l.gone()
}
