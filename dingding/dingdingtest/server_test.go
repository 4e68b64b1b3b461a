package dingdingtest

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTokens(t *testing.T) {
	ask := func(c *foreigner, token string) int {
		return c.send("GET", "/openapi/v1/count_home_info", token, nil).errNo()
	}
	t.Run("a token is 128 hex digits and lives 48 hours", func(t *testing.T) {
		s, c := world(t)
		r := c.ok(c.login())
		assert.Regexp(t, `^[0-9a-f]{128}$`, r.str("access_token"))
		assert.Equal(t, int(epoch.Add(48*time.Hour).Unix()), atoi(t, r.num("expires_time")))
		s.Advance(48*time.Hour - time.Second)
		assert.Equal(t, 0, ask(c, c.token))
		s.Advance(time.Second)
		assert.Equal(t, 102, ask(c, c.token))
	})
	t.Run("its life can be set", func(t *testing.T) {
		s, c := world(t, WithTokenLifetime(time.Minute))
		s.Advance(time.Minute)
		assert.Equal(t, 102, ask(c, c.token))
	})
	t.Run("several live side by side", func(t *testing.T) {
		_, c := world(t)
		other := c.login().str("access_token")
		assert.NotEqual(t, c.token, other)
		assert.Equal(t, 0, ask(c, c.token))
		assert.Equal(t, 0, ask(c, other))
	})
	t.Run("or one at a time", func(t *testing.T) {
		_, c := world(t, WithSingleToken())
		other := c.login().str("access_token")
		assert.Equal(t, 101, ask(c, c.token))
		assert.Equal(t, 0, ask(c, other))
	})
	t.Run("all can be ended", func(t *testing.T) {
		s, c := world(t)
		s.ExpireTokens()
		assert.Equal(t, 102, ask(c, c.token))
		assert.Equal(t, 0, ask(c, c.login().str("access_token")))
	})
	t.Run("they are for those who know the secret", func(t *testing.T) {
		s, c := world(t, WithCredentials("me", "canary"))
		assert.Equal(t, "me", s.ClientID)
		assert.Equal(t, 1, s.Executed("access_token"))
		for _, p := range []params{{"client_id": "me", "client_secret": "x"}, {"client_id": "x", "client_secret": "canary"}} {
			r := c.send("POST", "/openapi/v1/access_token", "", p)
			assert.Equal(t, 15014, r.errNo())
			assert.NotContains(t, r.str("ErrMsg"), "canary")
		}
		assert.Equal(t, 1, s.Executed("access_token"))
	})
}

func TestRequestsThatAreRefused(t *testing.T) {
	_, c := world(t)
	body := `{"access_token":"` + c.token + `","home_id":["h1"]}`
	tests := []struct {
		name, method, path, contentType, body string
		want                                  int
	}{
		{"right", "POST", "/openapi/v1/find_home_devices", "application/json; charset=utf-8", body, 0},
		{"no content type", "POST", "/openapi/v1/find_home_devices", "", body, 14001},
		{"a form", "POST", "/openapi/v1/find_home_devices", "application/x-www-form-urlencoded", body, 14001},
		{"no body", "POST", "/openapi/v1/find_home_devices", "application/json", "", 14001},
		{"null", "POST", "/openapi/v1/find_home_devices", "application/json", "null", 14001},
		{"an array", "POST", "/openapi/v1/find_home_devices", "application/json", "[]", 14001},
		{"truncated", "POST", "/openapi/v1/find_home_devices", "application/json", body[:20], 14001},
		{"bytes behind", "POST", "/openapi/v1/find_home_devices", "application/json", body + "x", 14001},
		{"the bluetooth calls have version 2", "GET", "/openapi/v1/app_token", "", "", 15007},
		{"the others have version 1", "GET", "/openapi/v2/count_home_info", "", "", 15007},
		{"no such call", "GET", "/openapi/v1/count_homes", "", "", 15007},
		{"no such prefix", "GET", "/openspi/v1/count_home_info", "", "", 15007},
		{"twice the same", "GET", "/openapi/v1/count_home_info?city=a&city=b&access_token=" + c.token, "", "", 14001},
		{"two tokens", "GET", "/openapi/v1/count_home_info?access_token=" + c.token + "&access_token=" + c.token, "", "", 101},
		{"null in an array", "POST", "/openapi/v1/find_home_devices", "application/json", strings.Replace(body, `"h1"`, `"h1",null`, 1), 14001},
		{"a fraction for an Int", "POST", "/openapi/v1/update_home", "application/json", `{"access_token":"` + c.token + `","home_id":"h","sp_state":1.5}`, 14001},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, c.raw(tt.method, tt.path, tt.contentType, tt.body).errNo())
		})
	}
	t.Run("what is no call is not found by HTTP either", func(t *testing.T) {
		resp, err := c.http.Get(c.s.URL + "/favicon.ico")
		require.NoError(t, err)
		defer resp.Body.Close()
		assert.Equal(t, http.StatusNotFound, resp.StatusCode)
	})
}

func TestUnits(t *testing.T) {
	s, c := world(t)
	door, water := s.AddLock("201"), s.AddWaterMeter("201")
	tests := []struct {
		name, call string
		params     params
		want       int
	}{
		{"seconds", "count_lock_events", at(door).plus(params{"start_time": 1773500000}), 0},
		{"milliseconds for seconds", "count_lock_events", at(door).plus(params{"start_time": 1773500000000}), 14001},
		{"before 1970", "count_lock_events", at(door).plus(params{"start_time": -1}), 14001},
		{"milliseconds", "device_count_exceptions", at(door).plus(params{"start_time": 1773500000000}), 0},
		{"seconds for milliseconds", "device_count_exceptions", at(door).plus(params{"start_time": 1773500000}), 14001},
		{"seconds for milliseconds of water", "get_meter_record", at(water).plus(params{"manufactory": "cy", "begin": 1773500000}), 14001},
		{"zero is no bound", "device_count_exceptions", at(door).plus(params{"start_time": 0}), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, c.get(tt.call, tt.params).errNo())
		})
	}
}

func TestPagesBelowZero(t *testing.T) {
	s, c := world(t)
	f := furnish(t, s, c)
	for call, p := range map[string]params{
		"search_home_info": {}, "get_lock_events": at(f.door), "search_device_op_log": at(f.door), "elemeter_fetch_charge_history": at(f.meter),
		"elemeter_fetch_power_history": at(f.meter), "get_meter_record": f.waterAt(), "device_fetch_exceptions": at(f.door),
	} {
		assert.Equal(t, 14001, c.get(call, p.plus(params{"offset": -1})).errNo(), call)
		assert.Equal(t, 14001, c.get(call, p.plus(params{"count": -1})).errNo(), call)
		assert.Equal(t, 0, c.get(call, p.plus(params{"count": 0})).errNo(), call)
	}
}

func TestUnknownParameters(t *testing.T) {
	_, c := world(t, WithUnknownParameters())
	c.ok(c.get("count_home_info", params{"monkey": "1"}))
	c.ok(c.post("find_home_devices", params{"home_id": []string{}, "monkey": nil, "more": params{"x": 1}}))
	assert.Equal(t, 14001, c.post("find_home_devices", params{"home_id": "h1", "more": 1}).errNo(), "types still count")
}

func TestLocating(t *testing.T) {
	s, c := world(t)
	f := furnish(t, s, c)
	tests := []struct {
		name string
		by   params
		want string // uuid, or ErrNo
	}{
		{"by uuid", at(f.door), string(f.door)},
		{"by room", params{"room_id": "r1"}, string(f.door)},
		{"by room and home", params{"home_id": "h1", "room_id": "r1"}, string(f.door)},
		{"by home: the outer door", params{"home_id": "h1"}, string(f.outer)},
		{"uuid wins", params{"home_id": "h9", "room_id": "r9", "uuid": string(f.outer)}, string(f.outer)},
		{"empty texts are none", params{"home_id": "h1", "room_id": "", "uuid": ""}, string(f.outer)},
		{"by nothing", params{}, "14001"},
		{"by an unknown uuid", params{"uuid": "x"}, "15006"},
		{"by the uuid of another device", at(f.meter), "15006"},
		{"by an unknown room", params{"room_id": "x"}, "15012"},
		{"by a room of another home", params{"home_id": "h2", "room_id": "r1"}, "15012"},
		{"by a room without a lock", params{"room_id": "r2"}, "15006"},
		{"by an unknown home", params{"home_id": "x"}, "15006"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := c.get("get_lock_info", tt.by)
			got := r.str("uuid")
			if r.errNo() != 0 {
				got = r.num("ErrNo")
			}
			assert.Equal(t, tt.want, got)
		})
	}
	t.Run("a device of somebody else", func(t *testing.T) {
		for _, id := range []struct {
			call   string
			params params
		}{{"get_lock_info", at(f.door)}, {"get_watermeter_info", f.waterAt()}} {
			device := f.door
			if id.call == "get_watermeter_info" {
				device = f.water
			}
			s.SetPermitted(device, false)
			assert.Equal(t, 15014, c.get(id.call, id.params).errNo())
			s.SetPermitted(device, true)
			c.ok(c.get(id.call, id.params))
		}
	})
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault Fault
		want  int // executed
	}{
		{"a refusal", ErrNo(15000, "内部错误"), 0},
		{"a reply", Reply(200, "application/json", `{"ErrNo":0}`), 0},
		{"a status", Status(500), 0},
		{"a proxy", BadGateway(), 0},
		{"a pause", Unavailable(time.Second), 0},
		{"too many requests", TooManyRequests(time.Second), 0},
		{"a redirect", Redirect(302, "http://elsewhere.example/"), 0},
		{"garbage", Garbage(), 1},
		{"nothing", Empty(), 1},
		{"a web page", WrongContentType(), 1},
		{"half a reply", Truncated(), 1},
		{"a break before", DropBefore(), 0},
		{"a break after", DropAfter(), 1},
		{"a bomb", GzipBomb(1 << 20), 1},
		{"a status after the work", Status(500).Executed(), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := world(t)
			door := s.AddLock("201")
			s.Fail("/add_password", tt.fault)
			body := `{"access_token":"` + c.token + `","uuid":"` + string(door) + `","is_default":0,"password":"135790"}`
			resp, err := c.http.Post(s.URL+"/openapi/v1/add_password", "application/json", strings.NewReader(body))
			if err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			assert.Equal(t, tt.want, s.Executed("add_password"))
			assert.Len(t, s.Passwords(door), 1+tt.want)
			assert.Len(t, s.Requests("/add_password"), 1)
		})
	}
	t.Run("an error of the vendor", func(t *testing.T) {
		s, c := world(t)
		s.Fail("/count_home_info", ErrNo(3001, "gone").Times(2))
		resp, err := c.http.Get(s.URL + "/openapi/v1/count_home_info")
		require.NoError(t, err)
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.JSONEq(t, `{"ErrNo":3001,"ErrMsg":"gone"}`, string(data))
	})
	t.Run("those that take time end at Close", func(t *testing.T) {
		for _, f := range []Fault{Silence(), Slow(), Latency(time.Hour)} {
			s, c := world(t)
			s.Fail("*", f)
			ended := make(chan error, 1)
			go func() {
				resp, err := c.http.Get(s.URL + "/openapi/v1/count_home_info")
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				ended <- err
			}()
			require.Eventually(t, func() bool { return len(s.Requests("/count_home_info")) == 1 }, time.Second, time.Millisecond)
			s.Close()
			assert.Error(t, <-ended)
		}
	})
}

func TestWithListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := NewServer(WithListener(l))
	assert.Equal(t, "http://"+l.Addr().String(), s.URL)
	s.Close()
	_, err = l.Accept()
	assert.True(t, errors.Is(err, net.ErrClosed))
}

func TestWithSeed(t *testing.T) {
	ids := func(seed int64) string {
		s, c := world(t, WithSeed(seed))
		return string(s.AddHome("a")) + string(s.AddLock("b")) + c.token
	}
	assert.Equal(t, ids(5), ids(5))
	assert.NotEqual(t, ids(5), ids(6))
}

// The clock flows unless it is told otherwise, and so do devices.
func TestFlowingClock(t *testing.T) {
	s, c := world(t, WithFrozenClock(time.Time{}), WithLatency(time.Millisecond))
	h := listen(t, s)
	door := s.AddLock("201")
	c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
	require.Eventually(t, func() bool { return len(s.Deliveries("Password_Add_Service")) == 1 }, 5*time.Second, time.Millisecond)
	assert.True(t, s.EnterCode(door, "135790"))
	assert.Contains(t, names(h.take(s)), "lockerOpenAlarm")
	assert.WithinDuration(t, time.Now(), s.Clock().Now(), time.Minute)
}

func TestMistakesOfTheTestPanic(t *testing.T) {
	s, _ := world(t)
	door, meter := s.AddLock("201"), s.AddMeter("201", ZigbeeMeter)
	for name, f := range map[string]func(){
		"no such lock":       func() { s.EnterCode("x", "123456") },
		"not a lock":         func() { s.EnterCode(meter, "123456") },
		"not a meter":        func() { s.Consume(door, "1") },
		"not a water meter":  func() { s.ConsumeWater(door, "1") },
		"no number":          func() { s.Consume(meter, "much") },
		"no such home":       func() { s.AddRoom("x", "1") },
		"no such ticket":     func() { s.FinishTicket("x") },
		"no such password":   func() { s.DeleteLocally(door, 7) },
		"no result":          func() { s.FailDevice(door, "timeout") },
		"no JSON object":     func() { s.EmitJSON("[]") },
		"half a JSON object": func() { s.EmitJSON(`{"event":"x"`) },
		"no JSON at all":     func() { s.EmitJSON(`{"event":x}`) },
	} {
		assert.Panics(t, f, name)
	}
	assert.Len(t, s.Passwords(door), 1, "and leave the simulator as it was")
}
