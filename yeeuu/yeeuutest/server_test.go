package yeeuutest

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

// epoch is when the clock of a test stands: noon in China.
var epoch = time.Date(2018, 1, 15, 4, 0, 0, 0, time.UTC)

// foreigner is somebody else's client: it shares nothing with ours.
type foreigner struct {
	t *testing.T
	s *Server
}

func world(t *testing.T, opts ...Option) (*Server, *foreigner) {
	t.Helper()
	s := NewServer(append([]Option{WithFrozenClock(epoch)}, opts...)...)
	t.Cleanup(s.Close)
	return s, &foreigner{t, s}
}

// signed adds the authentication parameters.
func (f *foreigner) signed(p params) url.Values {
	timestamp, nonstr := strconv.FormatInt(f.s.now().Unix(), 10), "n0nce123"
	v := url.Values{
		"partnerId": {f.s.PartnerID}, "timestamp": {timestamp}, "nonstr": {nonstr},
		"token": {fmt.Sprintf("%x", sha1.Sum([]byte(timestamp+f.s.Secret+nonstr)))},
	}
	for name, value := range p {
		v.Set(name, value)
	}
	return v
}

// reply is what came back.
type reply map[string]any

func (r reply) ok() bool     { return r["success"] == true }
func (r reply) desc() string { return fmt.Sprint(r["desc"]) }

func (f *foreigner) send(method, path string, v url.Values) reply {
	f.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(v.Encode())
	} else {
		path += "?" + v.Encode()
	}
	req, err := http.NewRequest(method, f.s.URL+path, body)
	require.NoError(f.t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return f.do(req)
}

func (f *foreigner) do(req *http.Request) reply {
	f.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	require.NoError(f.t, err)
	defer resp.Body.Close()
	r := reply{}
	require.NoError(f.t, json.NewDecoder(resp.Body).Decode(&r))
	return r
}

func (f *foreigner) post(path string, p params) reply {
	f.t.Helper()
	return f.send(http.MethodPost, path, f.signed(p))
}

func (f *foreigner) get(path string, p params) reply {
	f.t.Helper()
	return f.send(http.MethodGet, path, f.signed(p))
}

// keyed calls the second interface.
func (f *foreigner) keyed(method, path string, p params) reply {
	f.t.Helper()
	v := url.Values{"key": {f.s.DeviceKey}}
	for name, value := range p {
		v.Set(name, value)
	}
	return f.send(method, path, v)
}

// at is the address of the flat's main door, with more parameters.
func at(more params) params {
	p := params{"code": "x0001", "doorType": "1"}
	maps.Copy(p, more)
	return p
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// granted are the parameters of auth and generate_password.
func granted(from, until time.Time) params {
	return params{
		"startTime": seconds(from), "endTime": seconds(until), "author": "房东", "authoredName": "李雷", "authoredMobile": "13800000001",
	}
}

func TestCredentials(t *testing.T) {
	s, f := world(t)
	s.AddLock("2501")
	ask := func(change func(url.Values)) reply {
		v := f.signed(at(params{"pageSize": "20"}))
		change(v)
		return f.send(http.MethodGet, "/apartments/x0001/get_device_logs_page_count", v)
	}
	resign := func(v url.Values, at time.Time) {
		v.Set("timestamp", seconds(at))
		v.Set("token", fmt.Sprintf("%x", sha1.Sum([]byte(seconds(at)+s.Secret+"n0nce123"))))
	}
	for _, tt := range []struct {
		name   string
		change func(url.Values)
		ok     bool
	}{
		{"the right ones", func(url.Values) {}, true},
		{"the token in capitals", func(v url.Values) { v.Set("token", strings.ToUpper(v.Get("token"))) }, false},
		{"the token cut short", func(v url.Values) { v.Set("token", v.Get("token")[:39]) }, false},
		{"no token", func(v url.Values) { v.Del("token") }, false},
		{"another nonce", func(v url.Values) { v.Set("nonstr", "n0nce124") }, false},
		{"no nonce", func(v url.Values) {
			v.Del("nonstr")
			v.Set("token", fmt.Sprintf("%x", sha1.Sum([]byte(v.Get("timestamp")+s.Secret))))
		}, false},
		{"another partner", func(v url.Values) { v.Set("partnerId", "x") }, false},
		{"a time of another second", func(v url.Values) { v.Set("timestamp", seconds(epoch.Add(time.Second))) }, false},
		{"no time", func(v url.Values) { v.Set("timestamp", "") }, false},
		{"ten minutes ago", func(v url.Values) { resign(v, epoch.Add(-10*time.Minute)) }, true},
		{"more than ten minutes ago", func(v url.Values) { resign(v, epoch.Add(-10*time.Minute-time.Second)) }, false},
		{"ten minutes from now", func(v url.Values) { resign(v, epoch.Add(10*time.Minute)) }, true},
		{"more than ten minutes from now", func(v url.Values) { resign(v, epoch.Add(10*time.Minute+time.Second)) }, false},
		{"the time in milliseconds", func(v url.Values) {
			v.Set("timestamp", seconds(epoch)+"000")
			v.Set("token", fmt.Sprintf("%x", sha1.Sum([]byte(seconds(epoch)+"000"+s.Secret+"n0nce123"))))
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := ask(tt.change)
			assert.Equal(t, tt.ok, r.ok(), r)
			if !tt.ok {
				assert.Equal(t, "token错误", r.desc())
			}
		})
	}
	t.Run("any time, if so wished", func(t *testing.T) {
		s, f := world(t, WithMaxSkew(0), WithCredentials("me", "canary"))
		s.AddLock("2501")
		assert.Equal(t, "me", s.PartnerID)
		v := f.signed(at(params{"pageSize": "20"}))
		v.Set("timestamp", "1")
		v.Set("token", fmt.Sprintf("%x", sha1.Sum([]byte("1canaryn0nce123"))))
		assert.True(t, f.send(http.MethodGet, "/apartments/x0001/get_device_logs_page_count", v).ok())
	})
	t.Run("the second interface has its key", func(t *testing.T) {
		s, f := world(t, WithDeviceKey("k"))
		id := s.AddLock("2501")
		assert.True(t, f.keyed("GET", "/v1/locks/"+s.Serial(id)+"/getState", nil).ok())
		s.DeviceKey = "other"
		f.s = s
		assert.False(t, f.send("GET", "/v1/locks/"+s.Serial(id)+"/getState", url.Values{"key": {"k"}}).ok())
	})
}

// complete are parameters with which every endpoint works, in an order in which they do.
func complete(s *Server, id lock.DeviceID) []struct {
	method, path string
	p            params
} {
	sn := s.Serial(id)
	period := granted(epoch, epoch.Add(time.Hour))
	with := func(p params, more params) params { maps.Copy(p, more); return p }
	return []struct {
		method, path string
		p            params
	}{
		{"POST", "/apartments/synchronize_apartments", params{"apartmentList": `[{"code":"x0001","doorType":"1","name":"2502"}]`}},
		{"POST", "/apartments/x0001/auth", at(period)},
		{"POST", "/apartments/x0001/delete_auth", at(params{"authoredMobile": "13800000001"})},
		{"POST", "/apartments/x0001/remote_action", at(params{"operator": "13800000001"})},
		{"POST", "/apartments/x0001/generate_password", with(at(period), params{"password": "135790"})},
		{"POST", "/apartments/x0001/remove_password", at(params{"authoredMobile": "13800000001"})},
		{"GET", "/apartments/x0001/get_device_logs", at(params{"page": "1", "pageSize": "20"})},
		{"GET", "/apartments/x0001/get_device_logs_page_count", at(params{"pageSize": "20"})},
		{"POST", "/v1/locks", params{"sn": sn, "action": "open"}},
		{"GET", "/v1/locks/" + sn + "/getState", nil},
		{"GET", "/v1/locks/" + sn + "/ext_password", params{"index": "3", "password": "13579024", "type": "2"}},
		{"GET", "/v1/locks/" + sn + "/modify_password_property", params{"index": "3", "action": "1"}},
		{"GET", "/v1/locks/" + sn + "/operation_password", params{"index": "3"}},
		{"GET", "/v1/locks/" + sn + "/query_cycle_password", nil},
		{"GET", "/v1/locks/" + sn + "/clear_all_password", params{"mode": "0"}},
		{"GET", "/v1/locks/" + sn + "/logs/20180115/20180115", nil},
	}
}

func TestEveryEndpointWantsItsParameters(t *testing.T) {
	s, f := world(t)
	id := s.AddLock("2501")
	calls := complete(s, id)
	require.Len(t, calls, len(endpoints))
	for _, c := range calls {
		send := func(p params) reply {
			if strings.HasPrefix(c.path, "/v1") {
				return f.keyed(c.method, c.path, p)
			}
			return f.send(c.method, c.path, f.signed(p))
		}
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			for name := range c.p {
				less := maps.Clone(c.p)
				delete(less, name)
				assert.False(t, send(less).ok(), "without %s", name)
				less[name] = ""
				assert.False(t, send(less).ok(), "with an empty %s", name)
			}
			more := maps.Clone(c.p)
			if more == nil {
				more = params{}
			}
			more["authoredmobile"] = "1"
			assert.Contains(t, send(more).desc(), "authoredmobile is not a parameter")
			assert.True(t, send(c.p).ok(), "complete")
		})
	}
	t.Run("none of what was refused was carried out", func(t *testing.T) {
		for _, op := range []string{"synchronize_apartments", "auth", "delete_auth", "remote_action", "generate_password", "remove_password",
			"ext_password", "modify_password_property", "operation_password", "clear_all_password"} {
			assert.Equal(t, 1, s.Executed(op), op)
		}
		assert.Equal(t, 1, s.Executed("/locks"))
		assert.Equal(t, 0, s.Executed("get_device_logs"), "asking is no change")
	})
	t.Run("unless unknown ones are welcome", func(t *testing.T) {
		s, f := world(t, WithUnknownParameters())
		s.AddLock("2501")
		assert.True(t, f.get("/apartments/x0001/get_device_logs_page_count", at(params{"pageSize": "20", "colour": "red"})).ok())
		assert.True(t, f.post("/apartments/synchronize_apartments", params{"apartmentList": `[{"code":"x2","doorType":"1","colour":"red"}]`}).ok())
	})
}

func TestWhereParametersStand(t *testing.T) {
	s, f := world(t)
	s.AddLock("2501")
	p := at(params{"operator": "13800000001"})
	body := f.signed(p).Encode()
	send := func(method, path, contentType, body string) reply {
		req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", contentType)
		return f.do(req)
	}
	const form, path = "application/x-www-form-urlencoded", "/apartments/x0001/remote_action"
	assert.True(t, send("POST", path, form+"; charset=utf-8", body).ok())
	assert.False(t, send("POST", path, "application/json", `{"code":"x0001"}`).ok(), "JSON")
	assert.False(t, send("POST", path+"?"+body, form, "").ok(), "in the query of a POST")
	assert.False(t, send("POST", path, form, body+"&code=x0001").ok(), "twice")
	assert.False(t, send("POST", path, form, "%zz").ok(), "no form")
	assert.False(t, send("POST", "/apartments/x0002/remote_action", form, body).ok(), "another flat in the path")
	for _, wrong := range []string{"GET " + path, "POST /apartments/x0001/get_device_logs", "POST /apartments/x0001/unknown", "GET /"} {
		method, path, _ := strings.Cut(wrong, " ")
		req, err := http.NewRequest(method, s.URL+path, nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.GreaterOrEqual(t, resp.StatusCode, 400, wrong)
	}
}

func TestDoorsAreFound(t *testing.T) {
	s, f := world(t)
	main := s.AddLock("2501")
	s.AddInnerLock(s.Home(main), "甲")
	count := func(p params) reply { return f.get("/apartments/"+p["code"]+"/get_device_logs_page_count", p) }
	for name, tt := range map[string]struct {
		p    params
		want string // "" = found
	}{
		"main":                    {params{"code": "x0001", "doorType": "1"}, ""},
		"main by any name":        {params{"code": "x0001", "doorType": "1", "door": "大门"}, ""},
		"main in its building":    {params{"code": "x0001", "doorType": "1", "buildingId": "b1"}, ""},
		"main in another":         {params{"code": "x0001", "doorType": "1", "buildingId": "b2"}, "小区不存在"},
		"inner":                   {params{"code": "x0001", "doorType": "2", "door": "甲"}, ""},
		"another inner":           {params{"code": "x0001", "doorType": "2", "door": "乙"}, "房门不存在"},
		"inner without name":      {params{"code": "x0001", "doorType": "2"}, "door is required"},
		"of another type":         {params{"code": "x0001", "doorType": "3"}, "doorType must be"},
		"of another flat":         {params{"code": "x0009", "doorType": "1"}, "房源不存在"},
		"inner of another's":      {params{"code": "x0009", "doorType": "2", "door": "甲"}, "房源不存在"},
		"main, word for a number": {params{"code": "x0001", "doorType": "main"}, "doorType must be"},
	} {
		tt.p["pageSize"] = "20"
		r := count(tt.p)
		assert.Equal(t, tt.want == "", r.ok(), name)
		if tt.want != "" {
			assert.Contains(t, r.desc(), tt.want, name)
		}
	}
	f.post("/apartments/synchronize_apartments", params{"apartmentList": `[{"code":"a/b c","doorType":"1"}]`})
	assert.True(t, f.get("/apartments/a%2Fb%20c/get_device_logs_page_count", params{"code": "a/b c", "doorType": "1", "pageSize": "1"}).ok(), "a code with a slash")
}

func TestSynchronising(t *testing.T) {
	sync := func(f *foreigner, list string) reply {
		return f.post("/apartments/synchronize_apartments", params{"apartmentList": list})
	}
	t.Run("the document's sample", func(t *testing.T) {
		s, f := world(t)
		require.True(t, sync(f, `[{"buildingId":"xx","buildingName":"xxx","buildingNo":"1","cityId":"1","disId":"1","provinceId":"1",
			"code":"x0001","door":"甲","doorType":"1","name":"2501","unit":"test"}]`).ok())
		id := place{"x0001", mainDoor, ""}.id()
		assert.Equal(t, lock.HomeID("x0001"), s.Home(id))
		assert.Equal(t, Element{
			"buildingId": "xx", "buildingName": "xxx", "buildingNo": "1", "cityId": "1", "disId": "1", "provinceId": "1",
			"code": "x0001", "door": "甲", "doorType": "1", "name": "2501", "unit": "test",
		}, s.Element(id))
		assert.Nil(t, s.Element(place{"x0002", mainDoor, ""}.id()))
	})
	t.Run("what is left out is kept, or emptied", func(t *testing.T) {
		for blanking, want := range map[bool]string{false: "2501", true: ""} {
			opts := []Option{}
			if blanking {
				opts = append(opts, WithBlanking())
			}
			s, f := world(t, opts...)
			id := s.AddLock("2501")
			serial := s.Serial(id)
			require.True(t, sync(f, `[{"code":"x0001","doorType":"1","unit":"9"}]`).ok())
			assert.Equal(t, want, s.Element(id)["name"])
			assert.Equal(t, "9", s.Element(id)["unit"])
			assert.Equal(t, serial, s.Serial(id), "it is the same lock")
		}
	})
	t.Run("all or nothing", func(t *testing.T) {
		s, f := world(t)
		for _, list := range []string{
			`{}`, `[]`, `null`, `"x"`, `[1]`, `[{"code":"x9","doorType":"1"},{"doorType":"1"}]`,
			`[{"code":"x9","doorType":"1"},{"code":"x9","doorType":"2"}]`, `[{"code":"x9","doorType":"1"},{"code":"x9","doorType":"3"}]`,
			`[{"code":"x9","doorType":"1"},{"code":"x8","doorType":1}]`, `[{"code":"x9","doorType":"1","buildingid":"1"}]`,
			`[{"code":"x9","doorType":"1","name":null}]`,
		} {
			assert.False(t, sync(f, list).ok(), list)
		}
		assert.Nil(t, s.Element(place{"x9", mainDoor, ""}.id()))
	})
}

func TestAuthorisationsAndPasswords(t *testing.T) {
	s, f := world(t)
	id := s.AddLock("2501")
	later := granted(epoch.Add(time.Hour), epoch.Add(2*time.Hour))
	require.True(t, f.post("/apartments/x0001/auth", at(later)).ok())
	later["password"] = "135790"
	require.True(t, f.post("/apartments/x0001/generate_password", at(later)).ok())
	opens := func() (byPhone, byCode bool) {
		return s.OpenByPhone(id, ByWeChat, "13800000001"), s.EnterCode(id, "135790")
	}
	wants := func(want bool, when string) {
		t.Helper()
		phone, code := opens()
		assert.Equal(t, want, phone, "by phone "+when)
		assert.Equal(t, want, code, "by code "+when)
	}
	wants(false, "before")
	s.Advance(time.Hour)
	wants(true, "from the first second on")
	assert.False(t, s.OpenByPhone(id, ByApp, "13800000002"), "another phone")
	assert.False(t, s.EnterCode(id, "135791"), "another code")
	s.Advance(time.Hour - time.Second)
	wants(true, "to the last second")
	s.Advance(time.Second)
	wants(false, "after")

	var ways []By
	for _, o := range s.Openings(id) {
		assert.Equal(t, "13800000001", o.Opener)
		ways = append(ways, o.By)
	}
	assert.Equal(t, []By{ByWeChat, ByPassword, ByWeChat, ByPassword}, ways)

	gone := at(params{"authoredMobile": "13800000001"})
	assert.True(t, s.HasPassword(id, "13800000001"))
	for _, call := range []string{"delete_auth", "remove_password"} {
		assert.True(t, f.post("/apartments/x0001/"+call, gone).ok(), call)
		assert.False(t, f.post("/apartments/x0001/"+call, gone).ok(), call+" again")
	}
	assert.False(t, s.HasPassword(id, "13800000001"))

	t.Run("another password of the same phone takes its place", func(t *testing.T) {
		now := granted(s.now(), s.now().Add(time.Hour))
		for _, code := range []string{"111222", "333444"} {
			now["password"] = code
			require.True(t, f.post("/apartments/x0001/generate_password", at(now)).ok())
		}
		assert.False(t, s.EnterCode(id, "111222"))
		assert.True(t, s.EnterCode(id, "333444"))
	})
	t.Run("faulty ones", func(t *testing.T) {
		for name, change := range map[string]params{
			"backwards": granted(epoch.Add(time.Hour), epoch), "for no time": granted(epoch, epoch),
			"in milliseconds": {"startTime": seconds(epoch) + "000", "endTime": seconds(epoch.Add(time.Hour)) + "000"},
			"in words":        {"startTime": "now"}, "with letters": {"password": "abcdef"},
		} {
			p := granted(epoch, epoch.Add(time.Hour))
			p["password"] = "135790"
			maps.Copy(p, change)
			assert.False(t, f.post("/apartments/x0001/generate_password", at(p)).ok(), name)
			if delete(p, "password"); name != "with letters" {
				assert.False(t, f.post("/apartments/x0001/auth", at(p)).ok(), name)
			}
		}
	})
	t.Run("a lock that is offline", func(t *testing.T) {
		s.GoOffline(id)
		p := granted(epoch, epoch.Add(time.Hour))
		p["password"] = "135790"
		for path, p := range map[string]params{
			"remote_action": {"operator": "13800000001"}, "generate_password": p, "remove_password": {"authoredMobile": "13800000001"},
		} {
			assert.Equal(t, "门锁离线", f.post("/apartments/x0001/"+path, at(p)).desc(), path)
		}
		assert.True(t, s.EnterCode(id, "333444"), "it knows its codes")
		s.GoOnline(id)
		assert.True(t, f.post("/apartments/x0001/remote_action", at(params{"operator": "13800000002"})).ok())
		last := s.Openings(id)[len(s.Openings(id))-1]
		assert.Equal(t, Opening{s.now(), ByAPI, "13800000002"}, last)
	})
}

func TestLogs(t *testing.T) {
	for _, oldest := range []bool{false, true} {
		opts := []Option{}
		if oldest {
			opts = append(opts, WithOldestFirst())
		}
		s, f := world(t, opts...)
		id := s.AddLock("2501")
		for i := range 5 {
			s.AddOpenings(id, Opening{epoch.Add(time.Duration(i) * time.Minute), By(i), strconv.Itoa(i)})
		}
		read := func(page, size string) (openers []string) {
			r := f.get("/apartments/x0001/get_device_logs", at(params{"page": page, "pageSize": size}))
			require.True(t, r.ok(), r)
			for _, e := range r["data"].([]any) {
				openers = append(openers, e.(map[string]any)["opener"].(string))
			}
			return openers
		}
		want := []string{"4", "3", "2", "1", "0"}
		if oldest {
			slices.Reverse(want)
		}
		assert.Equal(t, want[:2], read("1", "2"))
		assert.Equal(t, want[4:], read("3", "2"))
		assert.Empty(t, read("4", "2"), "behind the end")
		assert.Equal(t, want, read("1", "1000"))
		for size, count := range map[string]string{"1": "5", "2": "3", "5": "1", "6": "1"} {
			assert.Equal(t, count, f.get("/apartments/x0001/get_device_logs_page_count", at(params{"pageSize": size, "page": "1"}))["count"])
		}
		for _, p := range []params{{"page": "0", "pageSize": "2"}, {"page": "1", "pageSize": "0"}, {"page": "x", "pageSize": "2"}, {"page": "1", "pageSize": "-1"}} {
			assert.False(t, f.get("/apartments/x0001/get_device_logs", at(p)).ok(), p)
		}
	}
	t.Run("an entry looks like the document's", func(t *testing.T) {
		s, f := world(t)
		s.AddOpenings(s.AddLock("2501"), Opening{time.Date(2016, 5, 31, 9, 1, 24, 0, time.UTC), ByWeChat, "15100000001"})
		r := f.get("/apartments/x0001/get_device_logs", at(params{"page": "1", "pageSize": "20"}))
		assert.Equal(t, []any{map[string]any{"type": 1.0, "opentime": "2016-05-31 17:01:24", "opener": "15100000001"}}, r["data"])
	})
	t.Run("a log without entries has no pages", func(t *testing.T) {
		s, f := world(t)
		s.AddLock("2501")
		assert.Equal(t, []any{}, f.get("/apartments/x0001/get_device_logs", at(params{"page": "1", "pageSize": "20"}))["data"])
		assert.Equal(t, "0", f.get("/apartments/x0001/get_device_logs_page_count", at(params{"pageSize": "20"}))["count"])
	})
}

func TestSlots(t *testing.T) {
	s, f := world(t)
	id := s.AddLock("2501")
	call := func(action string, p params) reply { return f.keyed("GET", "/v1/locks/"+s.Serial(id)+"/"+action, p) }
	set := func(change params) reply {
		p := params{"index": "3", "password": "13579024", "type": "1", "startime": "20180115130000", "endtime": "20180115140000"}
		maps.Copy(p, change)
		return call("ext_password", p)
	}
	for name, change := range map[string]params{
		"a slot too many": {"index": "51"}, "a slot too few": {"index": "-1"}, "five digits": {"password": "13579"},
		"eleven digits": {"password": "13579024680"}, "letters": {"password": "abcdef"}, "a third type": {"type": "3"},
		"no beginning": {"startime": ""}, "no end": {"endtime": ""}, "an ISO time": {"startime": "2018-01-15"}, "another serial number": {"sn": "0"},
	} {
		assert.False(t, set(change).ok(), name)
	}
	require.True(t, set(params{"action": "0", "times": "3", "sn": s.Serial(id)}).ok())
	opens := func(want bool, when string) {
		t.Helper()
		assert.Equal(t, want, s.EnterCode(id, "13579024"), when)
	}
	opens(false, "before its window")
	s.Advance(time.Hour)
	opens(true, "in its window")
	assert.Equal(t, "slot 3", s.Openings(id)[0].Opener)
	require.True(t, call("modify_password_property", params{"index": "3", "action": "1"}).ok())
	opens(false, "frozen")
	require.True(t, call("modify_password_property", params{"index": "3", "action": "0"}).ok())
	opens(true, "unfrozen")
	s.Advance(time.Hour)
	opens(false, "after its window")
	assert.False(t, call("operation_password", params{"index": "3", "mode": "1"}).ok(), "another mode")
	require.True(t, call("operation_password", params{"index": "3", "mode": "2"}).ok())
	assert.False(t, call("operation_password", params{"index": "3"}).ok(), "an empty slot")
	assert.False(t, call("modify_password_property", params{"index": "3", "action": "1"}).ok(), "an empty slot")
	assert.False(t, call("modify_password_property", params{"index": "x", "action": "1"}).ok(), "no slot")
	assert.False(t, call("clear_all_password", params{"mode": "1"}).ok(), "another mode")
	assert.False(t, f.keyed("POST", "/v1/locks", params{"sn": s.Serial(id), "action": "close"}).ok(), "another action")
	for _, days := range []string{"2018/20180115", "20180115/x"} {
		assert.False(t, f.keyed("GET", "/v1/locks/"+s.Serial(id)+"/logs/"+days, nil).ok(), days)
	}
	assert.Len(t, f.keyed("GET", "/v1/locks/"+s.Serial(id)+"/logs/20180114/20180115", nil)["data"], 2)
	assert.Len(t, f.keyed("GET", "/v1/locks/"+s.Serial(id)+"/logs/20180116/20180117", nil)["data"], 0)
	s.GoOffline(id)
	assert.Equal(t, "门锁离线", call("getState", nil).desc())
	assert.Equal(t, "门锁不存在", f.keyed("GET", "/v1/locks/0/getState", nil).desc())
}

func TestFaults(t *testing.T) {
	s, f := world(t)
	s.AddLock("2501")
	s.Fail("/remote_action", Refuse("门锁忙").Times(2))
	open := func() reply { return f.post("/apartments/x0001/remote_action", at(params{"operator": "1"})) }
	assert.Equal(t, "门锁忙", open().desc())
	assert.Equal(t, "门锁忙", open().desc())
	assert.True(t, open().ok())
	assert.Equal(t, 1, s.Executed("remote_action"))
	assert.Len(t, s.Requests("POST /apartments/*/remote_action"), 3)
}

func TestTheSameSeedGivesTheSameServer(t *testing.T) {
	serial := func() string {
		s, _ := world(t, WithSeed(7))
		return s.Serial(s.AddLock("2501"))
	}
	assert.Equal(t, serial(), serial())
}

func TestListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s, _ := world(t, WithListener(l))
	assert.Equal(t, "http://"+l.Addr().String(), s.URL)
}

func TestClientsComeWithEverything(t *testing.T) {
	s, _ := world(t)
	id := s.AddLock("2501")
	c := s.Client()
	require.NoError(t, c.Check(t.Context()))
	_, err := c.Locks().Open(t.Context(), id, lock.Person{Phone: lock.NewSecret("13800000001")})
	require.NoError(t, err)
	_, err = c.OpenDevice(t.Context(), s.Serial(id))
	require.NoError(t, err)
}

func TestADoorThatIsNotThereIsAMistakeInTheTest(t *testing.T) {
	s, _ := world(t)
	assert.Panics(t, func() { s.EnterCode("x9:1", "135790") })
	assert.Panics(t, func() { s.EnterCode("front door", "135790") })
}

// The faults that package sim tests are handed through as they are.
func TestFaultsAreThoseOfAllSimulators(t *testing.T) {
	for name, tt := range map[string]struct {
		fault Fault
		done  bool // carried out
		fails bool // the client sees no good reply
	}{
		"Reply": {Reply(200, "application/json", `{"success":true}`), false, false}, "Status": {Status(500), false, true},
		"BadGateway": {BadGateway(), false, true}, "Unavailable": {Unavailable(0), false, true}, "TooManyRequests": {TooManyRequests(0), false, true},
		"Redirect": {Redirect(302, "/"), false, true}, "Garbage": {Garbage(), true, true}, "Empty": {Empty(), true, true},
		"WrongContentType": {WrongContentType(), true, false}, "Truncated": {Truncated(), true, true}, "DropBefore": {DropBefore(), false, true},
		"DropAfter": {DropAfter(), true, true}, "Latency": {Latency(0), true, false}, "GzipBomb": {GzipBomb(8 << 20), true, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := world(t)
			id := s.AddLock("2501")
			s.Fail("/remote_action", tt.fault)
			_, err := s.Client().Locks().Open(t.Context(), id, lock.Person{Phone: lock.NewSecret("13800000001")})
			assert.Equal(t, tt.fails, err != nil, "%v", err)
			assert.Equal(t, tt.done, len(s.Openings(id)) == 1)
		})
	}
	t.Run("Silence and Slow", func(t *testing.T) {
		for _, f := range []Fault{Silence(), Slow()} {
			s := NewServer()
			id := s.AddLock("2501")
			s.Fail("/remote_action", f)
			_, err := s.Client(lock.WithTimeout(50*time.Millisecond)).Locks().Open(t.Context(), id, lock.Person{Phone: lock.NewSecret("13800000001")})
			assert.ErrorIs(t, err, lock.ErrOutcomeUnknown)
			s.Close()
		}
	})
}
