package ewelinktest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/internal/ws"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestFurnish(t *testing.T) {
	s, p := frozen(t)
	f := s.Furnish()
	p.get("/v2/family", nil).ok().counts("familyList", 2)
	p.get("/v2/device/thing", nil).ok().counts("thingList", 9).is("total", 9)
	p.get("/v2/device/thing", object{"familyid": f.House}).ok().counts("thingList", 1).is("thingList.0.itemData.online", false)
	p.thing(f.Front).is("thingList.0.itemData.family.roomid", f.LivingRoom).is("thingList.0.itemData.shareTo.0.email", f.Tenant).is("thingList.0.itemData.params.pulse", "on")
	p.post("/v2/device/thing", object{"thingList": []object{{"itemType": 2, "id": f.Shared}}}).ok().is("thingList.0.itemData.sharedBy.email", f.Neighbour)
	first := p.get("/v2/device/history", object{"deviceid": f.Front}).ok().counts("histories", 30)
	last := first.text("histories.29.opsTime")
	p.get("/v2/device/history", object{"deviceid": f.Front, "from": last}).ok().counts("histories", 30)
	p.status(f.Breaker).is("params.availablePower", "85.65").is("params.switch", true)
	p.status(f.Hourly).is("params.dayKwh", 100)
	p.get("/v2/message/read", nil).ok().counts("messageList", 2)
	p.get("/v2/device/alarm-history", object{"deviceid": f.Front, "type": "tamper"}).ok().counts("alarmHistories", 1)
	if s.Remaining(f.Breaker) != "85.65" {
		t.Errorf("remaining: got %s", s.Remaining(f.Breaker))
	}
}

func TestOptions(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, p := frozen(t, ewelinktest.WithListener(l), ewelinktest.WithCredentials("myapp", "mysecret"), ewelinktest.WithUnknownParameters(),
		ewelinktest.WithTokenLifetimes(time.Minute, time.Hour))
	if s.URL != "http://"+l.Addr().String() || p.id != "myapp" {
		t.Errorf("got %s with %s", s.URL, p.id)
	}
	p.get("/v2/device/thing", object{"anything": 1}).ok()
	s.Advance(time.Minute)
	p.get("/v2/family", nil).refused(402)
	p.sign("POST", "/v2/user/refresh", object{"rt": p.rt}).ok()

	door := s.AddSwitch("door", 1)
	s.Tag(door, map[string]any{"door": true})
	p.login(s.Account, s.Password)
	p.thing(door).is("thingList.0.itemData.tags.door", true)
}

// Faults come between the network and the cloud; here is only that each does what its name says.
func TestFaults(t *testing.T) {
	s, p := open(t)
	lamp := s.AddSwitch("lamp", 1)
	for _, tt := range []struct {
		name   string
		fault  ewelinktest.Fault
		status int // 0 = the connection breaks
		done   bool
	}{
		{"a code", ewelinktest.Code(500, "internal error"), 200, false},
		{"a reply", ewelinktest.Reply(418, "text/plain", "tea"), 418, false},
		{"a status", ewelinktest.Status(403), 403, false},
		{"a bad gateway", ewelinktest.BadGateway(), 502, false},
		{"unavailable", ewelinktest.Unavailable(time.Second), 503, false},
		{"too many requests", ewelinktest.TooManyRequests(time.Second), 429, false},
		{"a redirect", ewelinktest.Redirect(307, "https://example.com"), 307, false},
		{"garbage", ewelinktest.Garbage(), 200, true},
		{"nothing", ewelinktest.Empty(), 200, true},
		{"another content type", ewelinktest.WrongContentType(), 200, true},
		{"half a reply", ewelinktest.Truncated(), 0, true},
		{"dropped before", ewelinktest.DropBefore(), 0, false},
		{"dropped after", ewelinktest.DropAfter(), 0, true},
		{"latency", ewelinktest.Latency(time.Millisecond), 200, true},
		{"a bomb", ewelinktest.GzipBomb(1 << 20), 200, true},
		{"a status after it was done", ewelinktest.Status(500).Executed(), 500, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.Executed("POST /v2/device/thing/status")
			s.Fail("POST /v2/device/thing/status", tt.fault)
			status, err := raw(t, p, lamp)
			if status != tt.status || (err != nil) != (tt.status == 0) {
				t.Errorf("got %d, %v, want %d", status, err, tt.status)
			}
			if done := s.Executed("POST /v2/device/thing/status") > before; done != tt.done {
				t.Errorf("carried out: got %v", done)
			}
		})
	}
	s.Fail("*", ewelinktest.Status(500).Always())
	s.Heal()
	p.set(lamp, object{"switch": "off"}).ok()
	s.Fail("*", ewelinktest.Silence())
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/v2/family", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := p.http.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("silence: got %v, %v", resp, err)
	}
}

// raw sets the lamp and reads the whole reply, whatever it is.
func raw(t *testing.T, p *phone, lamp lock.DeviceID) (int, error) {
	t.Helper()
	_, body := p.encode("POST", object{"type": 1, "id": lamp, "params": object{"switch": "on"}})
	r, err := http.NewRequestWithContext(t.Context(), "POST", p.base+"/v2/device/thing/status", newReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + p.at}, "Content-Type": {"application/json"}}
	resp, err := p.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}

// newReader hides what is read, so that net/http does not send it again by itself.
func newReader(body []byte) io.Reader {
	r, w := io.Pipe()
	go func() {
		_, err := w.Write(body)
		_ = w.CloseWithError(err)
	}()
	return r
}

func TestCloseEndsSockets(t *testing.T) {
	s, p := open(t)
	var lines []*line
	for range 5 {
		lines = append(lines, p.online())
	}
	s.Close()
	for _, l := range lines {
		l.gone()
	}
	s.Close() // again
	if _, err := (ws.Dialer{}).Dial(t.Context(), s.SocketURL); err == nil {
		t.Error("a closed simulator accepts sockets")
	}
}

// Many at once, over both ways: every command is carried out once, and every other socket hears of it.
func TestConcurrency(t *testing.T) {
	const workers, commands = 8, 20
	s, p := open(t)
	lamp := s.AddSwitch("lamp", 1)
	listener := p.online()
	var all sync.WaitGroup
	for i := range workers {
		l := p.online()
		all.Go(func() {
			for n := range commands {
				params := object{"startup": "on"}
				if (i+n)%2 == 0 {
					p.set(lamp, params).ok()
				} else {
					l.act("update", lamp, params)
				}
			}
		})
	}
	for range workers * commands {
		listener.read().has("action", "update").has("params.startup", "on")
	}
	listener.quiet()
	all.Wait()
	if n := s.Executed("device " + string(lamp)); n != workers*commands {
		t.Errorf("carried out: got %d, want %d", n, workers*commands)
	}
}

// What is taken away with an account: its devices, what was shared with it, its groups.
func TestClosedAccounts(t *testing.T) {
	s, p := frozen(t)
	f := s.Furnish()
	tenant := p.another(f.Tenant)
	mine := s.AddSwitch("mine", 1)
	s.Share(mine, f.Tenant, 0)
	group := tenant.post("/v2/device/group", object{"name": "g", "mainDeviceId": mine}).ok()
	if group.text("itemData.id") == "" {
		t.Error("no group")
	}
	p.sign("POST", "/v2/user/verification-code", object{"type": 3, "email": s.Account}).ok()
	p.post("/v2/user/close-account", object{"verificationCode": s.VerificationCode(s.Account, 3)}).ok()
	tenant.get("/v2/device/thing", nil).ok().counts("thingList", 0).is("total", 0)
	tenant.get("/v2/device/thing/status", object{"type": 1, "id": mine}).refused(405)
	neighbour := p.another(f.Neighbour)
	neighbour.get("/v2/device/thing", nil).ok().counts("thingList", 1).is("thingList.0.itemData.shareTo", "")
}

func TestMistakesOfTheTestPanic(t *testing.T) {
	s := ewelinktest.NewServer()
	t.Cleanup(s.Close)
	lamp := s.AddSwitch("lamp", 1)
	for name, f := range map[string]func(){
		"no such device":  func() { s.Press("x") },
		"no such channel": func() { s.PressChannel(lamp, 1) },
		"no meter":        func() { s.Consume(lamp, 1) },
		"no sensor":       func() { s.OpenDoor(lamp) },
		"no such account": func() { s.Share(lamp, "nobody@example.com", 0) },
		"no such home":    func() { s.AddRoom("x", "room") },
		"three channels":  func() { s.AddSwitch("strip", 3) },
		"no such kind":    func() { s.AddMeter("meter", 99) },
		"no such app":     func() { s.ExpireApp("x") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it did not panic")
				}
			}()
			f()
		})
	}
	s.AddSwitch("after a panic it still serves", 1)
}
