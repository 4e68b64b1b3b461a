package tuya

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// saying is a vendor that gives tokens, and one answer to everything else, or several in turn.
type saying struct {
	status int
	reply  string
	then   []string // after the first
	calls  []*http.Request
}

func (s *saying) RoundTrip(req *http.Request) (*http.Response, error) {
	reply, status := s.reply, max(s.status, http.StatusOK)
	if req.URL.Path == "/v1.0/token" {
		reply, status = `{"success":true,"t":1,"result":{"access_token":"token-1","expire_time":7200}}`, http.StatusOK
	} else {
		if n := len(s.calls); n > 0 && len(s.then) > 0 {
			reply = s.then[min(n, len(s.then))-1]
		}
		s.calls = append(s.calls, req)
	}
	return &http.Response{
		StatusCode: status, Request: req, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(reply)),
	}, nil
}

func (s *saying) client(opts ...lock.Option) *Client {
	return New("id", "synthetic-secret-for-tests-00001", append([]lock.Option{
		lock.WithHTTPClient(&http.Client{Transport: s}), lock.WithRetry(lock.RetryPolicy{Attempts: 1}),
	}, opts...)...)
}

// Garbage is never success: not for who asks, and not for who changes something.
func TestGarbageIsNoSuccess(t *testing.T) {
	for _, tt := range []struct {
		name, reply string
		status      int
		kind        lock.Kind // of who asks
	}{
		{"nothing", "", 0, lock.ErrProtocol},
		{"an empty object", "{}", 0, lock.ErrProtocol},
		{"null", "null", 0, lock.ErrProtocol},
		{"an array", "[]", 0, lock.ErrProtocol},
		{"a web page", "<html>", 0, lock.ErrProtocol},
		{"half an answer", `{"success":true,"result":{"id":"d"`, 0, lock.ErrProtocol},
		{"an answer and more", `{"success":true,"result":{"id":"d"}} x`, 0, lock.ErrProtocol},
		{"a byte order mark", "\ufeff" + `{"success":true,"result":{"id":"d"}}`, 0, lock.ErrProtocol},
		{"no success", `{"result":{"id":"d"},"t":1}`, 0, lock.ErrProtocol},
		{"success null", `{"success":null,"result":{"id":"d"}}`, 0, lock.ErrProtocol},
		{"success misspelt", `{"sucess":true,"result":{"id":"d"}}`, 0, lock.ErrProtocol},
		{"success in another case", `{"Success":true,"result":{"id":"d"}}`, 0, lock.ErrProtocol},
		{"success twice", `{"success":false,"success":true,"result":{"id":"d"}}`, 0, lock.ErrProtocol},
		{"success that is a word", `{"success":"yes","result":{"id":"d"}}`, 0, lock.ErrProtocol},
		{"success and a code", `{"success":true,"code":1106,"result":{"id":"d"}}`, 0, lock.ErrProtocol},
		{"no success and no code", `{"success":false,"msg":"what?"}`, 0, lock.ErrProtocol},
		{"success under another status", `{"success":true,"result":{"id":"d"}}`, http.StatusForbidden, lock.ErrProtocol},
		{"a gateway that is down", "<html>", http.StatusBadGateway, lock.ErrVendorUnavailable},
		{"a code nobody knows", `{"success":false,"code":4711,"msg":"?"}`, 0, lock.ErrProtocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := &saying{status: tt.status, reply: tt.reply}
			c := v.client()
			if _, err := c.GetDevice(t.Context(), "d"); lock.KindOf(err) != tt.kind {
				t.Errorf("asking: got %v, want %s", err, tt.kind)
			}
			_, err := c.RenameDevice(t.Context(), "d", "door")
			switch known := strings.Contains(tt.reply, "4711"); {
			case known && lock.KindOf(err) != lock.ErrProtocol:
				t.Errorf("changing: got %v, want %s", err, lock.ErrProtocol)
			case !known && !errors.Is(err, lock.ErrOutcomeUnknown):
				t.Errorf("changing: got %v, want the outcome unknown", err)
			}
			if len(v.calls) != 2 {
				t.Errorf("got %d calls, want one each", len(v.calls))
			}
		})
	}
}

// An answer whose success is sure and whose result cannot be read is no answer, and an id that is
// missing leaves the fate of what was created open.
func TestResultsThatCannotBeRead(t *testing.T) {
	for _, reply := range []string{
		`{"success":true}`, `{"success":true,"result":null}`, `{"success":true,"result":true}`, `{"success":true,"result":[]}`, `{"success":true,"result":{}}`,
		`{"success":true,"result":""}`, `{"success":true,"result":{"name":"x"}}`,
	} {
		t.Run(reply, func(t *testing.T) {
			c := (&saying{reply: reply}).client()
			if a, err := c.AddMember(t.Context(), "d", AddMemberRequest{NickName: "n", Sex: SexMale}); !errors.Is(err, lock.ErrOutcomeUnknown) {
				t.Errorf("adding somebody: got %v and %v, want the outcome unknown", a, err)
			}
			if a, err := c.GetPasswordTicket(t.Context(), "d"); lock.KindOf(err) != lock.ErrProtocol {
				t.Errorf("a ticket: got %v and %v, want %s", a, err, lock.ErrProtocol)
			}
		})
	}
}

// What answers nothing but its success may say so in any way.
func TestResultsOfChanges(t *testing.T) {
	for _, result := range []string{"", `,"result":true`, `,"result":"true"`, `,"result":{}`, `,"result":null`, `,"result":false`, `,"code":null,"msg":null`, `,"code":0`} {
		t.Run(result, func(t *testing.T) {
			c := (&saying{reply: `{"success":true,"t":1628241725953,"tid":"abc"` + result + `}`}).client()
			r, err := c.RenameDevice(t.Context(), "d", "door")
			if err != nil || r.RequestID != "abc" || !bytes.Contains(r.Raw(), []byte("1628241725953")) {
				t.Errorf("got %+v and %v, want success", r, err)
			}
		})
	}
}

// The shapes of lists: see the spellings of wire.List as well.
func TestShapesOfLists(t *testing.T) {
	for _, tt := range []struct {
		name, json string
		ids        string
		total      int
		more       string
	}{
		{"a page", `{"total":3,"total_pages":2,"has_more":true,"records":[{"user_id":1},{"user_id":"2"}]}`, "1 2", 3, "true"},
		{"a bare list", `[{"user_id":"1"}]`, "1", 0, ""},
		{"a list called list", `{"total":"1","has_more":"false","list":[{"user_id":"1"}]}`, "1", 1, "false"},
		{"a list called devices", `{"devices":[{"user_id":"1"}]}`, "1", 0, ""},
		{"one thing", `{"user_id":"7","nick_name":"n"}`, "7", 0, ""},
		{"no list in a page", `{"total":0,"has_more":false}`, "", 0, "false"},
		{"a list that is null", `{"total":0,"records":null}`, "", 0, ""},
		{"null", `null`, "", 0, ""},
		{"an empty object", `{}`, "", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := (&saying{reply: `{"success":true,"result":` + tt.json + `}`}).client()
			p, err := c.ListMembers(t.Context(), "d")
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, m := range p.Records {
				ids = append(ids, string(m.UserID))
				if !bytes.Contains(m.Raw(), []byte(m.UserID)) {
					t.Errorf("Raw: got %q, want the bytes of %s", m.Raw(), m.UserID)
				}
			}
			more := ""
			if p.HasMore != nil {
				more = strconv.FormatBool(*p.HasMore)
			}
			if strings.Join(ids, " ") != tt.ids || p.Total != tt.total || more != tt.more {
				t.Errorf("got %v, total %d, more %q, want %q, %d, %q", ids, p.Total, more, tt.ids, tt.total, tt.more)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	for _, tt := range []struct{ json, want string }{
		{`"36731001"`, "36731001"}, {`36731001`, "36731001"}, {`9007199254740993`, "9007199254740993"}, {`{"user_id":"1"}`, "1"},
		{`{"id":676119614}`, "676119614"}, {`{"name":"x","home_id":2}`, "2"},
		{`true`, ""}, {`"true"`, ""}, {`null`, ""}, {`[]`, ""}, {`{}`, ""}, {`{"id":""}`, ""}, {`{"id":{}}`, ""}, {`{`, ""},
	} {
		var id identity
		if err := id.UnmarshalJSON([]byte(tt.json)); string(id) != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: got %q and %v, want %q", tt.json, id, err, tt.want)
		}
	}
}

func TestValues(t *testing.T) {
	for _, tt := range []struct {
		json, text string
		n          int
		isInt      bool
		b, isBool  bool
	}{
		{`97`, "97", 97, true, false, false}, {`"97"`, "97", 97, true, false, false}, {`97.0`, "97.0", 97, true, false, false},
		{`true`, "true", 0, false, true, true}, {`"false"`, "false", 0, false, false, true}, {`1`, "1", 1, true, true, true},
		{`"pry"`, "pry", 0, false, false, false},
	} {
		var v Value
		if err := v.UnmarshalJSON([]byte(tt.json)); err != nil {
			t.Fatal(err)
		}
		text, ok := v.Text()
		n, isInt := v.Int()
		b, isBool := v.Bool()
		if !ok || text != tt.text || n != tt.n || isInt != tt.isInt || b != tt.b || isBool != tt.isBool || string(v.Raw()) != tt.json {
			t.Errorf("%s: got %q, %d (%t), %t (%t)", tt.json, text, n, isInt, b, isBool)
		}
	}
	var none Value
	_, isText := none.Text()
	_, isInt := none.Int()
	_, isBool := none.Bool()
	if isText || isInt || isBool || none.Raw() != nil {
		t.Errorf("no value: got text %t, int %t, bool %t, want none", isText, isInt, isBool)
	}
}

func TestCall(t *testing.T) {
	v := &saying{reply: `{"success":true,"tid":"abc","result":{"dynamic_password":"123456"}}`}
	c := v.client()
	var out struct {
		Code lock.Secret `json:"dynamic_password"`
	}
	r, err := c.Call(t.Context(), http.MethodPost, "/v1.0/devices/d/door-lock/issue-password", map[string]int{"a": 1}, &out)
	if err != nil || r.RequestID != "abc" || out.Code.Reveal() != "123456" {
		t.Errorf("got %+v, %q and %v", r, out.Code.Reveal(), err)
	}
	if req := v.calls[0]; req.Method != http.MethodPost || req.Header.Get("access_token") != "token-1" {
		t.Errorf("got %s with the token %q", req.Method, req.Header.Get("access_token"))
	}
	var number int
	if _, err := c.Call(t.Context(), http.MethodGet, "/v1.0/x", nil, &number); lock.KindOf(err) != lock.ErrProtocol {
		t.Errorf("into something else: got %v, want %s", err, lock.ErrProtocol)
	}
	if _, err := c.Call(t.Context(), http.MethodGet, "/v1.0/x", nil, nil); err != nil {
		t.Errorf("into nothing: got %v, want none", err)
	}
	if _, err := c.Call(t.Context(), http.MethodGet, "no/slash", nil, nil); lock.KindOf(err) != lock.ErrInvalidArgument {
		t.Errorf("no path: got %v, want %s", err, lock.ErrInvalidArgument)
	}
}

func TestFaultyOptionsAreReportedByEveryCall(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    *Client
		want string
	}{
		{"no credentials", New("", ""), "Access ID"},
		{"no secret", New("id", ""), "Access Secret"},
		{"a region nobody knows", New("id", "secret", WithRegion("moon")), `"moon"`},
		{"plain http", New("id", "secret", lock.WithBaseURL("http://openapi.example.com")), "http"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.c.Check(t.Context())
			if lock.KindOf(err) != lock.ErrInvalidArgument || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s about %q", err, lock.ErrInvalidArgument, tt.want)
			}
		})
	}
}

func TestRegions(t *testing.T) {
	hosts := map[Region]string{
		RegionCN: "openapi.tuyacn.com", RegionUSWest: "openapi.tuyaus.com", RegionUSEast: "openapi-ueaz.tuyaus.com",
		RegionEUCentral: "openapi.tuyaeu.com", RegionEUWest: "openapi-weaz.tuyaeu.com", RegionIN: "openapi.tuyain.com", RegionSG: "openapi-sg.iotbing.com",
	}
	for r, host := range hosts {
		v := &saying{reply: `{"success":true,"result":{"id":"d"}}`}
		if _, err := v.client(WithRegion(r)).GetDevice(t.Context(), "d"); err != nil {
			t.Fatal(err)
		}
		if got := v.calls[0].URL; got.Host != host || got.Scheme != "https" {
			t.Errorf("%s: got %s://%s, want https://%s", r, got.Scheme, got.Host, host)
		}
	}
	v := &saying{reply: `{"success":true,"result":{"id":"d"}}`}
	if _, err := v.client().GetDevice(t.Context(), "d"); err != nil || v.calls[0].URL.Host != hosts[RegionCN] {
		t.Errorf("by default: got %s and %v, want China", v.calls[0].URL.Host, err)
	}
	v = &saying{reply: `{"success":true,"result":{"id":"d"}}`}
	if _, err := v.client(WithRegion(RegionUSEast), lock.WithBaseURL("https://tuya.example.com")).GetDevice(t.Context(), "d"); err != nil || v.calls[0].URL.Host != "tuya.example.com" {
		t.Errorf("with a base URL: got %s and %v, want it", v.calls[0].URL.Host, err)
	}
	if len(hosts) != len(regionURLs) {
		t.Errorf("got %d regions, want %d", len(regionURLs), len(hosts))
	}
}

// FuzzDecode reads results in all the shapes that are tolerated. What is accepted can be read again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"total":1,"records":[{"id":1,"name":"x","phase":"2","effective_time":"1628179200","schedule_list":[{"working_day":127}]}]}`,
		`[{"id":"1","status":[{"code":"alarm_lock","value":"pry"}],"update_time":1543213545123}]`,
		`{"id":"1","status":{"code":"a","value":true},"notify_info":"{\"app_send\":1}"}`,
		`{"time_schedule_info":[{"permanent":true}],"allocate_flag":"true"}`,
		`"36731001"`, `36731001`, `{"user_id":"1"}`, `null`, `[]`, `""`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		reads(t, data, &listing[TempPassword]{})
		reads(t, data, &listing[LogEntry]{})
		reads(t, data, &listing[Method]{})
		reads(t, data, &User{})
		reads(t, data, &Device{})
		var id identity
		if id.UnmarshalJSON(data) == nil && id == "" {
			t.Errorf("%q: got no id and no error", data)
		}
		var maybe maybeIdentity
		if err := maybe.UnmarshalJSON(data); err != nil {
			t.Errorf("%q: got %v, want none", data, err)
		}
	})
}

// reads decodes twice: what is read must not depend on what was there before.
func reads[T any](t *testing.T, data []byte, v *T) {
	t.Helper()
	if err := wire.Unmarshal(data, v); err != nil {
		return
	}
	if err := wire.Unmarshal(data, v); err != nil {
		t.Errorf("%q: read once and not twice: %v", data, err)
	}
}
