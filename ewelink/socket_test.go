package ewelink

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/ws"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestSocketSaysHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.connect(c.client(), SocketOptions{})
		hello := c.saw().hellos[0]
		want := message{
			"action": "userOnline", "version": 8.0, "ts": float64(time.Now().Unix()), "at": "at-0", "userAgent": "app",
			"apikey": "me", "appid": "app-1",
		}
		for name, value := range want {
			if hello[name] != value {
				t.Errorf("%s: got %v, want %v", name, hello[name], value)
			}
		}
		if nonce, _ := hello["nonce"].(string); !regexp.MustCompile(`^[A-Za-z0-9]{8}$`).MatchString(nonce) {
			t.Errorf("nonce: got %q, want 8 letters and digits", nonce)
		}
		if sequence, _ := hello["sequence"].(string); sequence != fmt.Sprint(time.Now().UnixMilli()) {
			t.Errorf("sequence: got %q, want the time in milliseconds", sequence)
		}
		if len(hello) != len(want)+2 {
			t.Errorf("got %d fields, want %d: %v", len(hello), len(want)+2, hello)
		}
		if strings.Contains(c.log.String(), "at-0") {
			t.Error("the access token is in the log")
		}
	})
}

func TestSocketsShareOneConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		client := c.client()
		first, second := c.connect(client, SocketOptions{}), c.connect(client, SocketOptions{})
		if n := len(c.saw().hellos); n != 1 {
			t.Errorf("got %d handshakes, want 1", n)
		}
		say(c.socket(), message{"action": "sysmsg", "deviceid": "d1", "params": message{"online": false}})
		for _, s := range []*Socket{first, second} {
			if n, ok := next(t, s).(*OnlineNotice); !ok || n.DeviceID != "d1" || n.Online {
				t.Errorf("got %+v, want d1 offline for both", n)
			}
		}
		first.Close()
		first.Close()
		if _, err := second.Query(t.Context(), SocketQuery{SocketTarget: SocketTarget{DeviceID: "d1"}}); err != nil {
			t.Errorf("after the other was closed: %v", err)
		}
		for range first.Notices(t.Context()) {
			t.Error("a closed socket brings something")
		}
		second.Close()
		synctest.Wait()
		if n := c.saw().open; n != 0 {
			t.Errorf("%d connections are open after both were closed", n)
		}
		_, err := second.Query(t.Context(), SocketQuery{SocketTarget: SocketTarget{DeviceID: "d1"}})
		wantKind(t, err, lock.ErrVendorUnavailable)

		began := time.Now()
		c.connect(client, SocketOptions{})
		if n := len(c.saw().hellos); n != 2 || time.Since(began) < 5*time.Second {
			t.Errorf("opened again: got handshake %d after %s, want the second, 5s after the first", n, time.Since(began))
		}
	})
}

func TestSocketEndsWithItsContext(t *testing.T) {
	for name, stage := range map[string]func(c *cloud){
		"connected":         func(*cloud) {},
		"at the dispatch":   func(c *cloud) { c.down = func() bool { return true } },
		"in the handshake":  func(c *cloud) { c.greet = func(message) message { return message{"action": "notify"} } },
		"between two tries": func(c *cloud) { c.greet = func(message) message { return message{"error": 500} } },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				stage(c)
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() {
					s, err := c.client().Socket(ctx, SocketOptions{})
					if err != nil {
						ended <- err
						return
					}
					for _, err := range s.Notices(context.WithoutCancel(ctx)) {
						t.Errorf("Notices: got %v, want the end of the socket", err)
					}
					ended <- nil
				}()
				time.Sleep(8 * time.Second)
				began := time.Now()
				cancel()
				err := <-ended
				if took := time.Since(began); took > time.Second {
					t.Errorf("it took %s, want a second at most", took)
				}
				if name == "connected" && err != nil || name != "connected" && !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want the end of the context", err)
				}
			})
		})
	}
}

func TestHeartbeatsFollowTheInterval(t *testing.T) {
	cases := map[string]struct {
		config message
		every  time.Duration // 0 = no text
	}{
		"as it says":              {message{"hb": 1, "hbInterval": 145}, 145 * time.Second},
		"as text":                 {message{"hb": "1", "hbInterval": "60"}, time.Minute},
		"90 seconds if it is mum": {message{"hb": 1}, 90 * time.Second},
		"90 seconds without one":  {nil, 90 * time.Second},
		"not at a mad one":        {message{"hb": 1, "hbInterval": 0.001}, 5 * time.Second},
		"by the protocol if none": {message{"hb": 0, "hbInterval": 145}, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				c.config = tc.config
				c.connect(c.client(), SocketOptions{})
				last := time.Now()
				time.Sleep(time.Hour)
				if len(c.saw().hellos) != 1 {
					t.Errorf("got %d handshakes, want the connection to last", len(c.saw().hellos))
				}
				if tc.every == 0 {
					if len(c.saw().pings) > 0 {
						t.Errorf("got %d heartbeats, want none that are text", len(c.saw().pings))
					}
					return
				}
				if len(c.saw().pings) < int(time.Hour/tc.every) {
					t.Errorf("got %d heartbeats in an hour, want one every %s at least", len(c.saw().pings), tc.every)
				}
				for i, at := range c.saw().pings {
					if pause := at.Sub(last); pause > tc.every || pause < tc.every*8/10 {
						t.Errorf("pause %d: got %s, want 0.8 to 1 times %s", i, pause, tc.every)
					}
					last = at
				}
			})
		})
	}
}

func TestASilentServerIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.pong = func(ws.Conn) string { return "" }
		s := c.connect(c.client(), SocketOptions{})
		began := time.Now()
		gap, ok := next(t, s).(*GapNotice)
		if took := time.Since(began); !ok || took > 145*time.Second+10*time.Second+20*time.Second {
			t.Errorf("got %T after %s, want a gap after the interval, ten seconds and a pause", gap, took)
		}
		if gap.Dropped != 0 || gap.From.After(began) || gap.Until.Before(time.Now()) {
			t.Errorf("got a gap of %d from %s to %s, want all since the connection began at %s", gap.Dropped, gap.From, gap.Until, began)
		}
	})
}

func TestAnswersFindTheirQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 50
		c := newCloud(t)
		var asked []message
		c.answer = func(conn ws.Conn, m message) {
			if asked = append(asked, m); len(asked) < n {
				return
			}
			for i := range asked { // the last first, with a push and an answer to nobody between
				m := asked[n-1-i]
				say(conn, message{"action": "update", "deviceid": "other", "sequence": m["sequence"], "params": message{"switch": "on"}})
				say(conn, message{"error": 0, "deviceid": "nobody", "sequence": "1"})
				say(conn, message{"error": 0, "deviceid": m["deviceid"], "sequence": m["sequence"], "params": message{"name": m["deviceid"]}})
			}
		}
		s := c.connect(c.client(), SocketOptions{})
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				device := fmt.Sprint("d", i)
				a, err := s.Query(t.Context(), SocketQuery{SocketTarget: SocketTarget{DeviceID: device}})
				if err != nil {
					t.Errorf("%s: %v", device, err)
					return
				}
				var name string
				if !a.Params.Get("name", &name) || name != device || a.DeviceID != device {
					t.Errorf("%s: got the answer to %s", device, name)
				}
			})
		}
		all.Wait()
		seen := map[any]bool{}
		for _, m := range asked {
			if seen[m["sequence"]] {
				t.Errorf("the sequence %v was used twice", m["sequence"])
			}
			seen[m["sequence"]] = true
		}
	})
}

func TestCommandsAreWrittenAsTheDocumentDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		s := c.connect(c.client(), SocketOptions{})
		ours, theirs := SocketTarget{DeviceID: "d1"}, SocketTarget{DeviceID: "d2", Owner: "you"}
		for _, do := range []func() (*Answer, error){
			func() (*Answer, error) {
				return s.Update(t.Context(), SocketUpdate{ours, map[string]string{"switch": "on"}})
			},
			func() (*Answer, error) {
				return s.Query(t.Context(), SocketQuery{theirs, []string{"switch", "timers"}})
			},
			func() (*Answer, error) { return s.Query(t.Context(), SocketQuery{SocketTarget: ours}) },
			func() (*Answer, error) {
				return s.Upgrade(t.Context(), SocketUpgrade{ours, "m", "3.5.0", []SocketBinary{{"https://x/1.bin", "ab", "user1.bin"}}})
			},
		} {
			if _, err := do(); err != nil {
				t.Error(err)
			}
		}
		want := []string{
			`map[action:update apikey:me deviceid:d1 params:map[switch:on] selfApikey:me userAgent:app]`,
			`map[action:query apikey:you deviceid:d2 params:[switch timers] selfApikey:me userAgent:app]`,
			`map[action:query apikey:me deviceid:d1 params:[] selfApikey:me userAgent:app]`,
			`map[action:upgrade apikey:me deviceid:d1 params:map[binList:[map[digest:ab downloadUrl:https://x/1.bin name:user1.bin]] model:m version:3.5.0] selfApikey:me userAgent:app]`,
		}
		for i, m := range c.saw().received {
			m = maps.Clone(m)
			delete(m, "sequence")
			if got := fmt.Sprint(m); got != want[i] {
				t.Errorf("got  %s\nwant %s", got, want[i])
			}
		}
	})
}

func TestAnswersMeanSomething(t *testing.T) {
	cases := map[string]struct {
		answer         message
		update, query_ lock.Kind
	}{
		"yes":                       {message{"error": 0}, "", ""},
		"yes, as text":              {message{"error": "0"}, "", ""},
		"yes, by what it holds":     {message{"params": message{"switch": "on"}}, "", ""},
		"an energy history":         {message{"config": message{"hundredDaysKwhData": "190101"}}, "", ""},
		"neither yes nor no":        {message{}, lock.ErrOutcomeUnknown, lock.ErrProtocol},
		"malformed":                 {message{"error": 400}, lock.ErrInvalidArgument, lock.ErrInvalidArgument},
		"not this device":           {message{"error": 403}, lock.ErrPermissionDenied, lock.ErrPermissionDenied},
		"the session was taken":     {message{"error": 406}, lock.ErrUnauthenticated, lock.ErrUnauthenticated},
		"offline":                   {message{"error": 503}, lock.ErrDeviceOffline, lock.ErrDeviceOffline},
		"no answer of the device":   {message{"error": 504, "reason": "Request Timeout"}, lock.ErrDeviceTimeout, lock.ErrDeviceTimeout},
		"out of order":              {message{"error": 500}, lock.ErrOutcomeUnknown, lock.ErrVendorUnavailable},
		"a code nobody knows":       {message{"error": 4711}, lock.ErrProtocol, lock.ErrProtocol},
		"a child that does not":     {message{"error": 411}, lock.ErrDeviceRejected, lock.ErrDeviceRejected},
		"a number for the sequence": {message{"error": 0, "number": true}, "", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				c.answer = func(conn ws.Conn, m message) {
					reply := message{"deviceid": m["deviceid"], "sequence": m["sequence"]}
					for k, v := range tc.answer {
						reply[k] = v
					}
					if reply["number"] == true {
						var n int64
						_, _ = fmt.Sscan(m["sequence"].(string), &n)
						reply["sequence"] = n
					}
					say(conn, reply)
				}
				s := c.connect(c.client(), SocketOptions{})
				target := SocketTarget{DeviceID: "d1"}
				a, err := s.Update(t.Context(), SocketUpdate{target, message{"switch": "on"}})
				wantKind(t, err, tc.update)
				if err == nil && (a.DeviceID != "d1" || len(a.Raw()) == 0) {
					t.Errorf("got %+v, want the answer of d1 and its bytes", a)
				}
				_, err = s.Query(t.Context(), SocketQuery{SocketTarget: target})
				wantKind(t, err, tc.query_)
			})
		})
	}
}

func TestCommandsWithoutAnAnswer(t *testing.T) {
	cases := map[string]struct {
		answer        func(c *cloud) func(ws.Conn, message)
		update, query lock.Kind
		within        time.Duration
	}{
		"none comes": {
			func(*cloud) func(ws.Conn, message) { return func(ws.Conn, message) {} },
			lock.ErrOutcomeUnknown, lock.ErrDeviceTimeout, 15 * time.Second,
		},
		"the connection breaks": {
			func(*cloud) func(ws.Conn, message) { return func(conn ws.Conn, _ message) { _ = conn.Drop() } },
			lock.ErrOutcomeUnknown, lock.ErrVendorUnavailable, 0,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				c.answer = tc.answer(c)
				s := c.connect(c.client(), SocketOptions{})
				target := SocketTarget{DeviceID: "d1"}
				began := time.Now()
				_, err := s.Update(t.Context(), SocketUpdate{target, message{"switch": "on"}})
				wantKind(t, err, tc.update)
				if took := time.Since(began); took != tc.within {
					t.Errorf("it took %s, want %s", took, tc.within)
				}
				if name == "the connection breaks" {
					next(t, s) // the gap: it is up again
				}
				_, err = s.Query(t.Context(), SocketQuery{SocketTarget: target})
				wantKind(t, err, tc.query)
				if n := len(c.saw().received); n != 2 {
					t.Errorf("got %d commands, want each once", n)
				}
			})
		})
	}
}

func TestCommandsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.answer = func(ws.Conn, message) {}
		s := c.connect(c.client(), SocketOptions{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		target := SocketTarget{DeviceID: "d1"}
		_, err := s.Update(ctx, SocketUpdate{target, message{"switch": "on"}})
		wantKind(t, err, lock.ErrOutcomeUnknown)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the context in it", err)
		}
		_, err = s.Update(ctx, SocketUpdate{target, message{"switch": "on"}})
		wantKind(t, err, lock.ErrInterrupted) // nothing was sent
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.Query(ctx, SocketQuery{SocketTarget: target})
		wantKind(t, err, lock.ErrInterrupted)
		_, err = s.Query(t.Context(), SocketQuery{})
		wantKind(t, err, lock.ErrInvalidArgument)
		if n := len(c.saw().received); n != 2 {
			t.Errorf("got %d commands, want 2", n)
		}
	})
}

func TestARefusedSessionIsRenewedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.greet = func(hello message) message {
			if hello["at"] == "at-0" {
				return message{"error": 406, "reason": "Authentication Failed: at-0", "actionName": "userOnline", "sequence": hello["sequence"]}
			}
			return nil
		}
		c.connect(c.client(), SocketOptions{})
		if len(c.saw().hellos) != 2 || c.saw().renewed != 1 || c.saw().hellos[1]["at"] != "at-1" {
			t.Errorf("got %d handshakes and %d renewals, want 2 and 1", len(c.saw().hellos), c.saw().renewed)
		}
		if strings.Contains(c.log.String(), "at-0") {
			t.Error("the access token is in the log")
		}
	})
}

func TestTwoUsersOfOneAccountMakeNoLoginWar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.greet = func(hello message) message {
			return message{"error": 406, "reason": "Authentication Failed", "sequence": hello["sequence"]}
		}
		_, err := c.client().Socket(t.Context(), SocketOptions{})
		wantKind(t, err, lock.ErrSessionConflict)
		if len(c.saw().hellos) != 2 || c.saw().renewed != 1 {
			t.Errorf("got %d handshakes and %d renewals, want 2 and 1", len(c.saw().hellos), c.saw().renewed)
		}
	})
}

func TestALostSessionIsFoundWhileConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		s := c.connect(c.client(), SocketOptions{})
		_ = c.socket().Close(ws.Unauthorized, "logged in elsewhere")
		if n, ok := next(t, s).(*GapNotice); !ok {
			t.Errorf("got %T, want a gap", n)
		}
		if c.saw().renewed != 1 || c.saw().hellos[1]["at"] != "at-1" {
			t.Errorf("got %d renewals and %v, want a new session", c.saw().renewed, c.saw().hellos[1]["at"])
		}
	})
}

func TestNoticesHaveTypes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		s := c.connect(c.client(), SocketOptions{})
		cases := []struct {
			sent string
			want func(n Notice) bool
		}{
			{`{"action":"update","deviceid":"d1","apikey":"you","userAgent":"device","ts":0,"d_seq":17,"params":{"switch":"on"}}`, func(n Notice) bool {
				u, ok := n.(*UpdateNotice)
				var on string
				return ok && u.DeviceID == "d1" && u.Owner == "you" && !u.ByApp && u.Sequence == "17" && u.Params.Get("switch", &on) && on == "on" && u.At.Equal(time.Now())
			}},
			{`{"action":"update","deviceid":"d1","userAgent":"app","sequence":1585297259553,"params":{"switch":"off"}}`, func(n Notice) bool {
				u, ok := n.(*UpdateNotice)
				return ok && u.ByApp && u.Sequence == "1585297259553"
			}},
			{`{"action":"sysmsg","deviceid":"d1","apikey":"me","ts":15452192511,"params":{"online":true}}`, func(n Notice) bool {
				o, ok := n.(*OnlineNotice)
				return ok && o.Online && o.DeviceID == "d1" && o.At.Equal(time.Now())
			}},
			{`{"action":"shareNotify_v2","deviceid":"d1"}`, func(n Notice) bool {
				o, ok := n.(*ShareNotice)
				return ok && o.Type == MessageShare && o.DeviceID == "d1"
			}},
			{`{"action":"notify","params":{"msgType":"cancelShareNotify_v2","deviceid":"d2"}}`, func(n Notice) bool {
				o, ok := n.(*ShareNotice)
				return ok && o.Type == MessageShareCancelled && o.DeviceID == "d2"
			}},
			{`{"action":"notify","userAgent":"server","cmd":"incrementalDataNotify","params":{"start":1,"end":2}}`, isOther(ActionNotify)},
			{`{"action":"reportSubDevice","deviceid":"d3","params":{"subDevices":[]}}`, isOther(ActionReportSubDevice)},
			{`{"action":"update","deviceid":"d4","params":[{"switch":"on"}]}`, isOther(ActionUpdate)},
			{`{"action":"sysmsg","deviceid":"d4"}`, isOther(ActionSysmsg)},
			{`{"action":"somethingNew"}`, isOther("somethingNew")},
		}
		for _, tc := range cases {
			_ = c.socket().Write(t.Context(), []byte(`garbage`)) // between the others
			_ = c.socket().Write(t.Context(), []byte(`{"a":1,"a":2}`))
			_ = c.socket().Write(t.Context(), []byte(tc.sent))
			n := next(t, s)
			if !tc.want(n) {
				t.Errorf("%s: got %T %+v", tc.sent, n, n)
			}
			if raw, ok := n.(interface{ Raw() []byte }); !ok || string(raw.Raw()) != tc.sent {
				t.Errorf("%s: the bytes are not kept", tc.sent)
			}
		}
	})
}

func isOther(action Action) func(Notice) bool {
	return func(n Notice) bool {
		o, ok := n.(*OtherNotice)
		return ok && o.Action == action
	}
}

func TestAWeekOfOutageIsNoAttack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		s := c.connect(c.client(lock.WithRetry(lock.RetryPolicy{Attempts: 1})), SocketOptions{})
		began := time.Now()
		c.down = func() bool { return time.Since(began) < 7*24*time.Hour }
		c.drop()
		gap, ok := next(t, s).(*GapNotice)
		if !ok || gap.From.After(began) || gap.Until.Sub(gap.From) < 7*24*time.Hour {
			t.Errorf("got %+v, want a gap of a week", gap)
		}
		if took := time.Since(began); took > 7*24*time.Hour+20*time.Minute {
			t.Errorf("the connection is up again after %s", took)
		}
		if n := c.saw().dispatched; n < 1000 || n > 7*24*12+2 {
			t.Errorf("got %d attempts in a week, want 1000 to %d", n, 7*24*12+2)
		}
		if n := len(c.saw().hellos); n != 2 {
			t.Errorf("got %d handshakes, want 2", n)
		}
	})
}

func TestAServerThatDropsEverybodyIsNotStormed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		s := c.connect(c.client(), SocketOptions{})
		began := time.Now()
		for time.Since(began) < 24*time.Hour {
			_ = c.socket().Drop()
			next(t, s)
		}
		if n := len(c.saw().hellos); n < 100 || n > 24*12+1 {
			t.Errorf("got %d handshakes in a day, want 100 to %d", n, 24*12+1)
		}
	})
}

func TestWhatCannotBeMendedEndsTheSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		s := c.connect(c.client(), SocketOptions{})
		c.greet = func(hello message) message { return message{"error": 407, "sequence": hello["sequence"]} }
		c.drop()
		var last error
		for _, err := range s.Notices(t.Context()) {
			last = err
		}
		wantKind(t, last, lock.ErrPlanRequired)
	})
}

func TestCommandsOfTheClientGoOverTheSocketWhileItIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		client := c.client()
		h := client.hub()
		to := Item{DeviceID: "d1", APIKey: "you"}
		if _, ok, err := h.command(t.Context(), to, message{"switch": "on"}); ok || err != nil {
			t.Errorf("without a connection: got %t and %v, want another way to be taken", ok, err)
		}
		s := c.connect(client, SocketOptions{})
		if client.hook() == nil {
			t.Error("the client does not know of the socket")
		}
		c.answer = func(conn ws.Conn, m message) {
			say(conn, message{"error": 0, "sequence": m["sequence"], "config": message{"hundredDaysKwhData": "190101"}})
		}
		answer, ok, err := h.command(t.Context(), to, message{"hundredDaysKwh": "get"})
		var days string
		if !ok || err != nil || !answer.Get("hundredDaysKwhData", &days) || days != "190101" {
			t.Errorf("got %q, %t and %v, want the energy of the device", days, ok, err)
		}
		if got := c.saw().received[0]["apikey"]; got != "you" {
			t.Errorf("apikey: got %v, want the owner's", got)
		}
		c.answer = func(conn ws.Conn, m message) { say(conn, message{"error": 503, "sequence": m["sequence"]}) }
		_, ok, err = h.command(t.Context(), to, message{"switch": "on"})
		if wantKind(t, err, lock.ErrDeviceOffline); !ok {
			t.Error("a device that is offline is asked again another way")
		}
		s.Close()
		if _, ok, _ := h.command(t.Context(), to, message{"switch": "on"}); ok {
			t.Error("a closed connection carries commands")
		}
	})
}
