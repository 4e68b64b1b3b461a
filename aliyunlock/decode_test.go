package aliyunlock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// saying is a vendor that gives one answer to everything, and remembers what it was asked.
type saying struct {
	status int // 0 = 200
	header http.Header
	reply  string
	bodies []string
	paths  []string
}

func (s *saying) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.bodies, s.paths = append(s.bodies, string(body)), append(s.paths, r.URL.Path)
	h := s.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	status := s.status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(s.reply)), Request: r}, nil
}

func (s *saying) client(opts ...lock.Option) *Client {
	ready := WithSession(Session{Token: lock.NewSecret("iotToken-fixture-0001")})
	return New("203719876", "TEST0secret", append([]lock.Option{
		ready, lock.WithHTTPClient(&http.Client{Transport: s}), lock.WithRetry(lock.RetryPolicy{Attempts: 1}),
	}, opts...)...)
}

var aKey = KeyRef{IotID: "FixtureIotId00000001", LockUserID: "10", LockUserType: KeyTypePassword}

func TestDecodeVectors(t *testing.T) {
	_, decoding := vectors(t)
	for _, v := range decoding {
		t.Run(v.ID, func(t *testing.T) {
			vendor := &saying{reply: v.Response}
			c := vendor.client(WithCloud("24000042", "fixture-secret", "a123FixtureProj"), lock.WithClock(fixedClock{}))
			got, err := normalized(t, c, v.Endpoint)
			if err != nil {
				t.Fatal(err)
			}
			var want any
			if err := json.Unmarshal(v.Expect, &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

// normalized makes the call of a vector and writes what was read the way the vectors do.
func normalized(t *testing.T, c *Client, endpoint string) (any, error) {
	t.Helper()
	ctx := t.Context()
	var out any
	switch endpoint {
	case "/lock/key/user/bindlist/get":
		p, err := c.ListBoundKeys(ctx, ListBoundKeysRequest{VirtualUserID: "v"})
		if err != nil {
			return nil, err
		}
		var keys []any
		for _, k := range p.Items {
			keys = append(keys, map[string]any{
				"iot_id": k.IotID, "lock_user_id": k.LockUserID, "lock_user_type": k.LockUserType, "lock_user_perm_type": k.LockUserPermType,
				"key_nick_name": k.KeyNickName, "virtual_user_id": k.UserID, "identity_id": k.IdentityID, "tenant_id": k.TenantID,
				"isolation_id": k.IsolationID,
			})
		}
		out = map[string]any{"keys": keys}
	case "/lock/event/history/query":
		p, err := c.QueryEventHistory(ctx, QueryEventHistoryRequest{
			IotID: "i", Start: time.UnixMilli(1), End: time.UnixMilli(2), Paging: Paging{PageNo: 1, PageSize: 50},
		})
		if err != nil {
			return nil, err
		}
		var events []any
		for _, r := range p.Items {
			extra := map[string]any{}
			for name, v := range r.Extra {
				extra[name] = json.RawMessage(v.Raw())
			}
			events = append(events, map[string]any{
				"iot_id": r.IotID, "event_code": r.EventCode, "service_unix_ms": r.ServiceTime.UnixMilli(), "client_unix_ms": r.ClientTime.UnixMilli(),
				"key_id": r.KeyID, "key_type": r.LockType, "user_limit": r.UserLimit, "extra": extra,
			})
		}
		out = map[string]any{"total": p.Total, "page_no": p.PageNo, "page_size": p.PageSize, "events": events}
	case "/lock/key/user/bindinfo/get":
		a, err := c.GetKeyBinding(ctx, KeyBindingRequest{KeyRef: aKey, VirtualUserID: "v"})
		if err != nil {
			return nil, err
		}
		out = map[string]any{"key": a.Data}
	case "/lock/dev/virtual/user/get":
		p, err := c.ListDeviceUsers(ctx, "i")
		if err != nil {
			return nil, err
		}
		var users []any
		for _, u := range p.Items {
			attrs := map[string]string{}
			for _, a := range u.AttrList {
				attrs[a.Key] = a.Value
			}
			users = append(users, map[string]any{"virtual_user_id": u.UserID, "attributes": attrs})
		}
		out = map[string]any{"users": users}
	case "/lock/key/virtual/user/get":
		_, err := c.GetKeyUser(ctx, aKey)
		var e *lock.Error
		if !errors.As(err, &e) {
			return nil, fmt.Errorf("got %w, want an error of the vendor", err)
		}
		message, localized, _ := strings.Cut(strings.TrimSuffix(e.Message, ")"), " (")
		kinds := map[lock.Kind]string{lock.ErrNotFound: "not_found"}
		out = map[string]any{"error": map[string]any{
			"code": json.Number(e.Code), "message": message, "localized_message": localized, "request_id": e.RequestID, "kind": kinds[e.Kind],
		}}
	case "/cloud/token":
		a, err := c.GetCloudToken(ctx)
		if err != nil {
			return nil, err
		}
		out = map[string]any{"cloud_token": a.Data.Token.Reveal(), "ttl_seconds": a.Data.Expires.Sub(fixedClock{}.Now()).Seconds()}
	case "/uc/listBindingByAccount":
		p, err := c.ListBindings(ctx, ListBindingsRequest{Paging: Paging{PageNo: 1, PageSize: 20}})
		if err != nil {
			return nil, err
		}
		var devices []any
		for _, b := range p.Items {
			devices = append(devices, map[string]any{
				"iot_id": b.IotID, "product_key": b.ProductKey, "device_name": b.DeviceName, "nick_name": b.NickName,
				"online": b.Status == StatusOnline, "owned": b.Owned == OwnershipOwner,
			})
		}
		out = map[string]any{"total": p.Total, "devices": devices}
	default:
		t.Fatalf("the vector's endpoint %s is not known here", endpoint)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	var plain any
	return plain, json.Unmarshal(text, &plain)
}

// reply is an answer of the vendor with this data.
func reply(data string) string { return `{"code":200,"message":"success","data":` + data + `}` }

const (
	oneBound = `{"iotId":"i","lockUserId":"10","lockUserType":2,"lockUserPermType":1,"userId":"v"}`
	oneUser  = `{"userId":"v","attrList":[{"attrKey":"name","attrValue":"小明"}]}`
)

// The document's tables wrap lists in an object, its samples do not, and later pages page them.
func TestListsAreReadInEveryShape(t *testing.T) {
	lists := map[string]struct {
		item, wrapper string
		read          func(*Client) (items, total, pageNo, pageSize int, err error)
	}{
		"keys bound to a person (§3)": {oneBound, "lockUsers", func(c *Client) (int, int, int, int, error) {
			return shape(c.GetKeyBindings(t.Context(), KeyBindingsRequest{VirtualUserID: "v", OriginalLockUsers: []KeyRef{aKey}}))
		}},
		"unbound keys (§5)": {`{"iotId":1,"lockUserId":10,"lockUserType":"2","lockUserPermType":1}`, "originalLockUsers", func(c *Client) (int, int, int, int, error) {
			return shape(c.FilterUnboundKeys(t.Context(), FilterUnboundKeysRequest{[]EnrolledKey{{KeyRef: aKey}}}))
		}},
		"a person's keys (§6)": {oneBound, "lockUsers", func(c *Client) (int, int, int, int, error) {
			return shape(c.ListBoundKeys(t.Context(), ListBoundKeysRequest{VirtualUserID: "v"}))
		}},
		"a lock's persons (§7)": {oneUser, "userInfos", func(c *Client) (int, int, int, int, error) {
			return shape(c.ListDeviceUsers(t.Context(), "i"))
		}},
		"the history (§11)": {`{"iot_id":"i","event_code":"TamperAlarm","service_date":"2018-06-25 17:41:18"}`, "data", func(c *Client) (int, int, int, int, error) {
			return shape(c.QueryEventHistory(t.Context(), QueryEventHistoryRequest{IotID: "i", Start: time.UnixMilli(1), End: time.UnixMilli(2), Paging: Paging{1, 50}}))
		}},
		"homes": {`{"homeId":"h"}`, "items", func(c *Client) (int, int, int, int, error) {
			return shape(c.ListHomes(t.Context(), ListHomesRequest{Paging{1, 20}}))
		}},
		"users of a device": {`{"iotId":"i"}`, "accountDevList", func(c *Client) (int, int, int, int, error) {
			return shape(c.ListDeviceBindings(t.Context(), ListDeviceBindingsRequest{IotID: "i", Paging: Paging{1, 20}}))
		}},
	}
	for name, l := range lists {
		t.Run(name, func(t *testing.T) {
			for _, s := range []struct {
				name, data                     string
				items, total, pageNo, pageSize int
			}{
				{"a bare list", "[" + l.item + "," + l.item + "]", 2, 2, 0, 0},
				{"an empty list", "[]", 0, 0, 0, 0},
				{"null", "null", 0, 0, 0, 0},
				{"nothing", `""`, 0, 0, 0, 0},
				{"an empty object", "{}", 0, 0, 0, 0},
				{"wrapped as the table says", `{"` + l.wrapper + `":[` + l.item + `]}`, 1, 0, 0, 0},
				{"wrapped and empty", `{"` + l.wrapper + `":null}`, 0, 0, 0, 0},
				{"a page under data", `{"total":7,"pageNo":2,"pageSize":3,"data":[` + l.item + `]}`, 1, 7, 2, 3},
				{"a page under items", `{"total":"7","pageNo":"2","pageSize":3,"items":[` + l.item + `]}`, 1, 7, 2, 3},
				{"a page under list", `{"totalNum":7,"pageNo":2,"pageSize":3,"list":[` + l.item + `]}`, 1, 7, 2, 3},
			} {
				items, total, pageNo, pageSize, err := l.read((&saying{reply: reply(s.data)}).client())
				if err != nil {
					t.Errorf("%s: %v", s.name, err)
					continue
				}
				if items != s.items || total != s.total || pageNo != s.pageNo || pageSize != s.pageSize {
					t.Errorf("%s: got %d items, total %d, page %d of %d; want %d, %d, %d, %d", s.name,
						items, total, pageNo, pageSize, s.items, s.total, s.pageNo, s.pageSize)
				}
			}
			if _, _, _, _, err := l.read((&saying{reply: reply(`"text"`)}).client()); !errors.Is(err, lock.ErrProtocol) {
				t.Errorf("a text instead of a list: got %v, want ErrProtocol", err)
			}
		})
	}
}

func shape[T any](p *Page[T], err error) (items, total, pageNo, pageSize int, _ error) {
	if err != nil {
		return 0, 0, 0, 0, err
	}
	return len(p.Items), p.Total, p.PageNo, p.PageSize, nil
}

func TestNoBindingIsNil(t *testing.T) {
	for _, data := range []string{"null", "{}", `""`, "[]", "{ }"} {
		a, err := (&saying{reply: reply(data)}).client().GetKeyBinding(t.Context(), KeyBindingRequest{KeyRef: aKey, VirtualUserID: "v"})
		if err != nil || a.Data != nil {
			t.Errorf("data %s: got %v and %v, want nothing", data, a, err)
		}
	}
	a, err := (&saying{reply: reply(oneBound)}).client().GetKeyBinding(t.Context(), KeyBindingRequest{KeyRef: aKey, VirtualUserID: "v"})
	if err != nil || a.Data == nil || a.Data.UserID != "v" || string(a.Data.Raw()) != oneBound {
		t.Errorf("a binding: got %v and %v, want it with its bytes", a, err)
	}
	if _, err := (&saying{reply: `{"code":200,"message":"success"}`}).client().GetBinding(t.Context(), "i"); err != nil {
		t.Errorf("no data at all: got %v, want nothing", err)
	}
}

func TestRecordsTolerateSpellings(t *testing.T) {
	for name, tt := range map[string]struct {
		record string
		want   EventRecord
	}{
		"as the table has it":              {`{"iot_id":"i","event_code":"E","KeyID":"10","LockType":2,"UserLimit":3}`, EventRecord{IotID: "i", EventCode: "E", KeyID: "10", LockType: 2, UserLimit: 3}},
		"numbers for ids, text for types":  {`{"iot_id":7,"KeyID":10,"LockType":"2","UserLimit":"1"}`, EventRecord{IotID: "7", KeyID: "10", LockType: 2, UserLimit: 1}},
		"iotId":                            {`{"iotId":"i"}`, EventRecord{IotID: "i"}},
		"iotid":                            {`{"iotid":"i"}`, EventRecord{IotID: "i"}},
		"iot_id wins":                      {`{"iotId":"other","iot_id":"i","iotid":"another"}`, EventRecord{IotID: "i"}},
		"empty numbers":                    {`{"KeyID":"","LockType":"","UserLimit":null}`, EventRecord{}},
		"a type that nobody has described": {`{"LockType":7}`, EventRecord{LockType: 7}},
	} {
		var r EventRecord
		if err := wire.Unmarshal([]byte(tt.record), &r); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.IotID != tt.want.IotID || r.EventCode != tt.want.EventCode || r.KeyID != tt.want.KeyID || r.LockType != tt.want.LockType || r.UserLimit != tt.want.UserLimit {
			t.Errorf("%s: got %+v, want %+v", name, r, tt.want)
		}
	}
}

func TestLocalTimes(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*60*60)
	at := time.Date(2018, 6, 25, 17, 41, 18, 0, chinaStandardTime)
	for _, tt := range []struct {
		name, text string
		in         *time.Location
		want       time.Time
	}{
		{"the document's form", "2018-06-25 17:41:18", chinaStandardTime, at},
		{"in another zone", "2018-06-25 17:41:18", tokyo, time.Date(2018, 6, 25, 17, 41, 18, 0, tokyo)},
		{"with blanks around it", " 2018-06-25 17:41:18 ", chinaStandardTime, at},
		{"with parts of a second", "2018-06-25 17:41:18.250", chinaStandardTime, at.Add(250 * time.Millisecond)},
		{"with a zone of its own", "2018-06-25T09:41:18Z", tokyo, at},
		{"milliseconds", "1529919678000", tokyo, at},
		{"nothing", "", chinaStandardTime, time.Time{}},
		{"no time", "yesterday", chinaStandardTime, time.Time{}},
	} {
		if got := localTime(tt.text, tt.in); !got.Equal(tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	vendor := &saying{reply: reply(`[{"iot_id":"i","event_code":"E","service_date":"2018-06-25 17:41:18","client_date":"2018-06-25 17:41:17"}]`)}
	p, err := vendor.client(lock.WithLocation(tokyo)).QueryEventHistory(t.Context(), QueryEventHistoryRequest{
		IotID: "i", Start: time.UnixMilli(1), End: time.UnixMilli(2), Paging: Paging{1, 50},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := p.Items[0]
	if want := time.Date(2018, 6, 25, 17, 41, 18, 0, tokyo); !r.ServiceTime.Equal(want) || !r.ClientTime.Equal(want.Add(-time.Second)) ||
		r.ServiceDate != "2018-06-25 17:41:18" || r.ClientDate != "2018-06-25 17:41:17" {
		t.Errorf("got %v and %v from %q and %q, want both in the zone of WithLocation, and the texts", r.ServiceTime, r.ClientTime, r.ServiceDate, r.ClientDate)
	}
}

func TestBothNamesOfTheDeviceAreSent(t *testing.T) {
	ask := func(opts ...lock.Option) string {
		vendor := &saying{reply: reply("[]")}
		if _, err := vendor.client(opts...).QueryEventHistory(t.Context(), QueryEventHistoryRequest{
			IotID: "i1", Start: time.UnixMilli(1629500044000), End: time.UnixMilli(1629587444000), Paging: Paging{1, 50},
		}); err != nil {
			t.Fatal(err)
		}
		return vendor.bodies[0]
	}
	if got := ask(); !strings.Contains(got, `"iotid":"i1","iotId":"i1"`) {
		t.Errorf("got %s, want the device as iotid and as iotId", got)
	}
	if got := ask(WithOneIotid()); !strings.Contains(got, `"iotid":"i1"`) || strings.Contains(got, "iotId") {
		t.Errorf("WithOneIotid: got %s, want iotid alone", got)
	}
}

func TestMisspeltMembersAreRead(t *testing.T) {
	var b Binding
	if err := wire.Unmarshal([]byte(`{"iotId":"i","identifyId":"u","categroyKey":"SmartLock","nodeType":1,"gmtModified":"1754035200000"}`), &b); err != nil {
		t.Fatal(err)
	}
	if b.IdentityID != "u" || b.CategoryKey != "SmartLock" || b.NodeType != NodeGateway || b.GmtModified.UnixMilli() != 1754035200000 {
		t.Errorf("got %+v, want the user, the category, a gateway and its time", b)
	}
	if err := wire.Unmarshal([]byte(`{"identifyId":"wrong","identityId":"right"}`), &b); err != nil || b.IdentityID != "right" {
		t.Errorf("both spellings: got %q and %v, want the right one", b.IdentityID, err)
	}
	var r Room
	if err := wire.Unmarshal([]byte(`{"roomId":"r","backgroudImage":"http://x"}`), &r); err != nil || r.BackgroundImage != "http://x" {
		t.Errorf("got %q and %v, want the image", r.BackgroundImage, err)
	}
	for text, want := range map[string]NodeType{`0`: NodeDevice, `"1"`: NodeGateway, `"GATEWAY"`: NodeGateway, `"DEVICE"`: NodeDevice, `"OTHER"`: "OTHER", `""`: ""} {
		var n NodeType
		if err := wire.Unmarshal([]byte(text), &n); err != nil || n != want {
			t.Errorf("nodeType %s: got %q and %v, want %q", text, n, err, want)
		}
	}
}

func TestCodeMayBeText(t *testing.T) {
	if _, err := (&saying{reply: `{"code":"200","message":null,"localizedMsg":null,"data":[]}`}).client().ListDeviceUsers(t.Context(), "i"); err != nil {
		t.Errorf("code \"200\": got %v, want success", err)
	}
	_, err := (&saying{reply: `{"code":"28601","message":"user device not bind.","data":null}`}).client().ListDeviceUsers(t.Context(), "i")
	if !errors.Is(err, lock.ErrPermissionDenied) {
		t.Errorf("code \"28601\": got %v, want ErrPermissionDenied", err)
	}
}

// What the data of a refusal looks like does not matter.
func TestRefusalWithOddDataIsARefusal(t *testing.T) {
	for _, data := range []string{`null`, `""`, `"device is offline."`, `[]`, `{"detail":1}`, `false`} {
		_, err := (&saying{reply: `{"code":28504,"message":"device is offline.","data":` + data + `}`}).client().DeleteKey(t.Context(), aKey)
		if !errors.Is(err, lock.ErrDeviceOffline) {
			t.Errorf("data %s: got %v, want ErrDeviceOffline", data, err)
		}
		_, err = (&saying{reply: `{"code":28601,"message":"user device not bind.","data":` + data + `}`}).client().ListDeviceUsers(t.Context(), "i")
		if !errors.Is(err, lock.ErrPermissionDenied) {
			t.Errorf("data %s of a list: got %v, want ErrPermissionDenied", data, err)
		}
	}
}

// A success that cannot be read is no success: of a question it is a protocol error, of a change
// nobody knows what it says.
func TestUnreadableSuccess(t *testing.T) {
	_, err := (&saying{reply: reply(`"text"`)}).client().GetStatus(t.Context(), "i")
	if !errors.Is(err, lock.ErrProtocol) || errors.Is(err, lock.ErrOutcomeUnknown) {
		t.Errorf("a question: got %v, want ErrProtocol alone", err)
	}
	_, err = (&saying{reply: reply(`[1]`)}).client().CreateVirtualUser(t.Context(), CreateVirtualUserRequest{})
	if !errors.Is(err, lock.ErrProtocol) || !errors.Is(err, lock.ErrOutcomeUnknown) {
		t.Errorf("a change: got %v, want ErrOutcomeUnknown", err)
	}
}

func TestServiceResults(t *testing.T) {
	for _, tt := range []struct{ name, data, outputs, message string }{
		{"synchronous", `{"data":{"KeyList":[]},"messageId":"42"}`, `{"KeyList":[]}`, "42"},
		{"asynchronous", `{"messageId":42}`, "", "42"},
		{"nothing", `null`, "null", ""},
		{"what a device likes", `"ok"`, `"ok"`, ""},
		{"a list", `[1,2]`, `[1,2]`, ""},
	} {
		a, err := (&saying{reply: reply(tt.data)}).client(lock.WithLimits(lock.LimitOff)).InvokeService(t.Context(), InvokeServiceRequest{IotID: "i", Identifier: "S"})
		if err != nil || string(a.Data.Data.Raw()) != tt.outputs || a.Data.MessageID != tt.message {
			t.Errorf("%s: got %+v and %v, want outputs %s and message %s", tt.name, a, err, tt.outputs, tt.message)
		}
	}
}

func TestTimelineEntriesUnderEitherNames(t *testing.T) {
	for name, entry := range map[string]string{
		"cloud level":  `{"eventCode":"KeyAddedNotification","eventName":"n","eventType":"info","eventBody":{"KeyID":"12","LockType":5},"iotId":"i","batchId":"b","timestamp":1754035200000}`,
		"body as text": `{"eventCode":"KeyAddedNotification","eventBody":"{\"KeyID\":12,\"LockType\":\"5\"}","timestamp":"1754035200000"}`,
		"user level":   `{"identifier":"KeyAddedNotification","name":"n","type":"info","value":{"KeyID":"12","LockType":5},"time":1754035200000}`,
	} {
		var e TimelineEvent
		if err := wire.Unmarshal([]byte(entry), &e); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		id, _ := e.text("KeyID")
		kind, _ := e.number("LockType")
		if e.EventCode != "KeyAddedNotification" || id != "12" || kind != 5 || e.Time.UnixMilli() != 1754035200000 {
			t.Errorf("%s: got %s with %s, %d at %v", name, e.EventCode, id, kind, e.Time)
		}
	}
	var e TimelineEvent
	if err := wire.Unmarshal([]byte(`{"eventCode":"E","eventBody":7}`), &e); err != nil || e.Outputs != nil {
		t.Errorf("a body that is no object: got %v and %v, want no outputs", e.Outputs, err)
	}
}

func TestIDsComeAloneOrInAnObject(t *testing.T) {
	for _, data := range []string{`"h1"`, `{"homeId":"h1"}`} {
		if a, err := (&saying{reply: reply(data)}).client().CreateHome(t.Context(), "home"); err != nil || a.Data != "h1" {
			t.Errorf("data %s: got %v and %v, want h1", data, a, err)
		}
	}
	if a, err := (&saying{reply: reply(`17`)}).client().CreateHome(t.Context(), "home"); err != nil || a.Data != "17" {
		t.Errorf("a number: got %v and %v, want 17", a, err)
	}
}

// Secrets do not show, wherever they stand.
func TestSecretsDoNotShowInPrint(t *testing.T) {
	const secret = "S3cr3tDeviceSecret"
	info, err := (&saying{reply: reply(`{"iotId":"i","deviceSecret":"` + secret + `","deviceKey":"` + secret + `"}`)}).client().GetThing(t.Context(), "i")
	if err != nil || info.Data.DeviceSecret.Reveal() != secret || info.Data.DeviceKey.Reveal() != secret {
		t.Fatalf("got %v and %v, want the device's secret", info, err)
	}
	history, err := (&saying{reply: reply(`[{"iot_id":"i","KeyStr":"` + secret + `","TemporaryPassword":"` + secret + `"}]`)}).client().QueryEventHistory(
		t.Context(), QueryEventHistoryRequest{IotID: "i", Start: time.UnixMilli(1), End: time.UnixMilli(2), Paging: Paging{1, 50}})
	if err != nil || history.Items[0].KeyStr.Reveal() != secret {
		t.Fatalf("got %v and %v, want KeyStr", history, err)
	}
	properties, err := (&saying{reply: reply(`{"TemporaryPassword":{"value":"` + secret + `","time":1}}`)}).client().GetProperties(t.Context(), "i")
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := (&saying{reply: reply(`[{"eventCode":"E","eventBody":{"KeyStr":"` + secret + `"}}]`)}).client().GetEventTimeline(t.Context(),
		EventTimelineRequest{TimelineRequest: TimelineRequest{IotID: "i", Identifier: "E", Start: time.UnixMilli(1), End: time.UnixMilli(2)}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := (&saying{reply: reply(`{"data":{"Code":"` + secret + `"}}`)}).client(lock.WithLimits(lock.LimitOff)).InvokeService(t.Context(), InvokeServiceRequest{IotID: "i", Identifier: "S"})
	if err != nil {
		t.Fatal(err)
	}
	session := Session{IdentityID: "u", Token: lock.NewSecret(secret), RefreshToken: lock.NewSecret(secret)}
	for _, v := range []any{info, history, properties, outputs, service, session, CloudToken{Token: lock.NewSecret(secret)},
		InvokeServiceRequest{Args: map[string]any{"OTP": lock.NewSecret(secret)}}, history.Items[0].Extra} {
		text := fmt.Sprintf("%v %+v %#v %s", v, v, v, v)
		marshalled, err := json.Marshal(v)
		if err != nil {
			t.Errorf("%T: %v", v, err)
		}
		if strings.Contains(text, secret) || strings.Contains(string(marshalled), secret) {
			t.Errorf("a %T shows a secret in print", v)
		}
	}
}

// FuzzDecode: nothing a vendor sends makes a decoder panic, and what is read once is read again.
func FuzzDecode(f *testing.F) {
	_, decoding := vectors(f)
	for _, v := range decoding {
		f.Add([]byte(v.Response))
	}
	for _, data := range []string{`"x"`, `{"lockUsers":[{}]}`, `[{"iot_id":1,"x":[{}]}]`, `{"eventBody":"{}"}`, `{"identifyId":1}`, `[[]]`} {
		f.Add([]byte(reply(data)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		decodes[listing[BoundKey]](t, data)
		decodes[listing[EventRecord]](t, data)
		decodes[listing[TimelineEvent]](t, data)
		decodes[listing[HomeDevice]](t, data)
		decodes[optional[Binding]](t, data)
		decodes[ServiceResult](t, data)
		decodes[identifier](t, data)
		decodes[map[string]Property](t, data)
		decodes[sessionData](t, data)
		decodes[nothing](t, data)
	})
}

func decodes[T any](t *testing.T, data []byte) {
	t.Helper()
	var first, again envelope[T]
	err := wire.Unmarshal(data, &first)
	if errAgain := wire.Unmarshal(data, &again); (err == nil) != (errAgain == nil) || (first.Data.err == nil) != (again.Data.err == nil) {
		t.Errorf("decoding %q twice ends in %v and %v", data, err, errAgain)
	}
	if o := first.Outcome(); err == nil && o.OK && !o.Known {
		t.Errorf("%q is a success without a code", data)
	}
}
