package ewelink

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestGarbageIsNeverSuccess(t *testing.T) {
	for _, reply := range []string{
		``, `{}`, `null`, `[]`, `"ok"`, `0`, `{"msg":"","data":{}}`, `{"error":null,"data":{}}`, `{"error":"","data":{}}`, `{"error":0.5,"data":{}}`,
		`{"error":[0],"data":{}}`, `{"error":true,"data":{}}`, `{"Error":0,"data":{}}`, `{"error":1,"error":0,"data":{}}`, `{"error":0,"data":{}} tail`,
		`{"error":0,"data":{"user":`, "\xef\xbb\xbf" + `{"error":0,"data":{}}`, `<html>200</html>`, `{"error":0,"data":[]}`, `{"error":0,"data":"x"}`,
		`{"error":10004,"data":{}}`, `{"error":-1,"data":{}}`, `{"error":99999999999999999999,"data":{}}`, `{"error":0,"msg":{},"data":{}}`,
	} {
		t.Run(reply, func(t *testing.T) {
			vendor := &answers{reply: reply}
			c := vendor.client(lock.WithRetry(lock.RetryPolicy{Attempts: 1}), WithPace(0, 0, 0))
			if _, err := c.GetProfile(t.Context()); err == nil {
				t.Error("reading: got success")
			}
			_, err := c.UpdateProfile(t.Context(), UpdateProfileRequest{Nickname: "n"})
			if err == nil {
				t.Error("changing: got success")
			}
		})
	}
	for _, reply := range []string{`{"error":0,"msg":"","data":{}}`, `{"error":"0","msg":"","data":null}`, `{"error":0}`} {
		t.Run(reply, func(t *testing.T) {
			vendor := &answers{reply: reply}
			if _, err := vendor.client().UpdateProfile(t.Context(), UpdateProfileRequest{}); err != nil {
				t.Errorf("got %v, want success", err)
			}
		})
	}
}

func TestCodes(t *testing.T) {
	for _, tt := range []struct {
		code, message string
		want          lock.Kind
		badToken      bool
	}{
		{"400", "params error", lock.ErrInvalidArgument, false},
		{"400", "sign verification failed", lock.ErrUnauthenticated, false},
		{"401", "cannot found access token info", lock.ErrSessionConflict, true},
		{"402", "token expired", lock.ErrUnauthenticated, true},
		{"406", "", lock.ErrPermissionDenied, false},
		{"407", "", lock.ErrPlanRequired, false},
		{"412", "", lock.ErrQuotaExceeded, false},
		{"500", "", lock.ErrVendorUnavailable, false},
		{"4002", "", lock.ErrDeviceRejected, false},
		{"10010", "", lock.ErrRateLimited, false},
		{"20003", "", lock.ErrProtected, false},
		{"30022", "", lock.ErrDeviceOffline, false},
		{"31337", "", "", false},
		{"none", "", "", false},
	} {
		v := judge(rest.Outcome{Code: tt.code, Message: tt.message})
		if v.Kind != tt.want || v.BadToken != tt.badToken {
			t.Errorf("%s %q: got %q, a bad token: %t, want %q, %t", tt.code, tt.message, v.Kind, v.BadToken, tt.want, tt.badToken)
		}
	}
	rows := ErrorCodes()
	if len(rows) != len(codes) || !slices.IsSortedFunc(rows, func(a, b lock.CodeInfo) int { return len(a.Code) - len(b.Code) }) {
		t.Errorf("got %d rows, want %d by number", len(rows), len(codes))
	}
	for _, row := range rows {
		if row.Kind == "" || row.Words == "" && row.Note == "" {
			if row.Code != "503" && row.Code != "504" {
				t.Errorf("%s: got a row that says nothing", row.Code)
			}
		}
	}
}

func TestRefusedCredentialsOfSignedCalls(t *testing.T) {
	vendor := &answers{reply: `{"error":406,"msg":"denied","data":{}}`}
	c := vendor.client(WithPace(0, 0, 0))
	if _, err := c.GetRegion(t.Context(), "86"); !errors.Is(err, lock.ErrUnauthenticated) {
		t.Errorf("a signed call: got %v, want %v", err, lock.ErrUnauthenticated)
	}
	if _, err := c.GetProfile(t.Context()); !errors.Is(err, lock.ErrPermissionDenied) {
		t.Errorf("another: got %v, want %v", err, lock.ErrPermissionDenied)
	}
}

func TestRequestsThatAreRefusedBeforeTheyAreSent(t *testing.T) {
	vendor := &answers{reply: emptyReply}
	c := vendor.client()
	ctx := t.Context()
	for name, err := range map[string]error{
		"no country":                  second(c.GetRegion(ctx, "+")),
		"nobody registers":            second(c.Register(ctx, RegisterRequest{CountryCode: "+86", VerificationCode: lock.NewSecret("1"), Password: lock.NewSecret("p")})),
		"no password":                 second(c.Login(ctx, LoginRequest{CountryCode: "+86", Email: lock.NewSecret("a@b.cc")})),
		"nobody logs in":              second(c.Login(ctx, LoginRequest{CountryCode: "+86", Password: lock.NewSecret("p")})),
		"no code":                     second(c.LoginBySMS(ctx, SMSLoginRequest{CountryCode: "+86", PhoneNumber: lock.NewSecret("+8618")})),
		"no address":                  second(c.SendCode(ctx, SendCodeRequest{})),
		"no new password":             second(c.ResetPassword(ctx, ResetPasswordRequest{Email: lock.NewSecret("a@b.cc"), VerificationCode: lock.NewSecret("1")})),
		"no old password":             second(c.ChangePassword(ctx, ChangePasswordRequest{NewPassword: lock.NewSecret("p")})),
		"no refresh token":            second(c.RefreshSession(ctx, lock.Secret{})),
		"no closing code":             second(c.CloseAccount(ctx, lock.Secret{})),
		"no OAuth code":               second(c.ExchangeCode(ctx, ExchangeCodeRequest{RedirectURL: "https://example.com"})),
		"nothing wanted":              second(c.GetHomepage(ctx, HomepageRequest{})),
		"31 messages":                 second(c.GetHomepage(ctx, HomepageRequest{GetMessage: &WantedMessage{Num: 31}})),
		"no things":                   second(c.GetThings(ctx)),
		"a thing without a kind":      second(c.GetThings(ctx, ThingID{ID: "1"})),
		"11 things":                   second(c.GetThings(ctx, make([]ThingID, 11)...)),
		"no target":                   second(c.GetStatus(ctx, 0, "1")),
		"no id":                       second(c.GetStatus(ctx, TargetDevice, "")),
		"no params":                   second(c.SetStatus(ctx, SetStatusRequest{Type: TargetDevice, ID: "1"})),
		"params of nobody":            second(c.SetStatus(ctx, SetStatusRequest{Type: TargetDevice, Params: 1})),
		"params of nothing":           second(c.SetStatus(ctx, SetStatusRequest{ID: "1", Params: 1})),
		"an empty batch":              second(c.BatchStatus(ctx, BatchStatusRequest{})),
		"a batch with one id twice":   second(c.BatchStatus(ctx, BatchStatusRequest{ThingList: []SetStatusRequest{{1, "1", 1}, {1, "1", 1}}})),
		"a batch of nothing":          second(c.BatchStatus(ctx, BatchStatusRequest{ThingList: []SetStatusRequest{{}}})),
		"a batch that waits for ever": second(c.BatchStatus(ctx, BatchStatusRequest{Timeout: 8001, ThingList: []SetStatusRequest{{1, "1", 1}}})),
		"an unnamed device":           second(c.AddDevice(ctx, AddDeviceRequest{DeviceID: "1"})),
		"an unnamed GSM device":       second(c.AddGSMDevice(ctx, AddGSMDeviceRequest{ID: "1"})),
		"info of nothing":             second(c.UpdateInfo(ctx, UpdateInfoRequest{Name: "n"})),
		"deleting nothing":            second(c.DeleteDevice(ctx, "")),
		"tags of nothing":             second(c.UpdateTags(ctx, UpdateTagsRequest{Tags: 1})),
		"no tags":                     second(c.UpdateTags(ctx, UpdateTagsRequest{DeviceID: "1"})),
		"settings of nothing":         second(c.UpdateSettings(ctx, UpdateSettingsRequest{})),
		"no firmware":                 second(c.QueryUpdates(ctx)),
		"half a firmware":             second(c.QueryUpdates(ctx, Firmware{DeviceID: "1"})),
		"an unnamed group":            second(c.AddGroup(ctx, AddGroupRequest{MainDeviceID: "1"})),
		"no new name":                 second(c.RenameGroup(ctx, RenameGroupRequest{ID: "1"})),
		"no group":                    second(c.DeleteGroup(ctx, "")),
		"no status":                   second(c.StoreGroupStatus(ctx, StoreGroupStatusRequest{ID: "1"})),
		"the status of no group":      second(c.StoreGroupStatus(ctx, StoreGroupStatusRequest{Params: 1})),
		"an empty group":              second(c.SetGroupDevices(ctx, SetGroupDevicesRequest{ID: "1"})),
		"devices of no group":         second(c.SetGroupDevices(ctx, SetGroupDevicesRequest{DeviceIDs: []string{"1"}})),
		"sharing nothing":             second(c.ShareDevices(ctx, ShareDevicesRequest{})),
		"sharing with nobody":         second(c.ShareDevices(ctx, ShareDevicesRequest{DeviceIDs: []string{"1"}})),
		"nobody's permit":             second(c.UpdatePermit(ctx, UpdatePermitRequest{DeviceID: "1"})),
		"nobody's share":              second(c.UnshareDevice(ctx, UnshareDeviceRequest{DeviceID: "1"})),
		"a history of nothing":        second(c.History(ctx, HistoryRequest{})),
		"31 records":                  second(c.History(ctx, HistoryRequest{DeviceID: "1", Num: 31})),
		"clearing nothing":            second(c.ClearHistory(ctx, "")),
		"alarms of no type":           second(c.AlarmHistory(ctx, AlarmHistoryRequest{DeviceID: "1"})),
		"31 alarms":                   second(c.AlarmHistory(ctx, AlarmHistoryRequest{DeviceID: "1", Type: "t", Num: 31})),
		"an unnamed home":             second(c.AddHome(ctx, AddHomeRequest{})),
		"a room of no home":           second(c.AddRoom(ctx, AddRoomRequest{Name: "n"})),
		"a home's no name":            second(c.RenameHome(ctx, RenameHomeRequest{ID: "1"})),
		"a room's no name":            second(c.RenameRoom(ctx, RenameRoomRequest{ID: "1"})),
		"no rooms to sort":            second(c.SortRooms(ctx, SortRoomsRequest{})),
		"no heir":                     second(c.DeleteHome(ctx, DeleteHomeRequest{ID: "1"})),
		"no room":                     second(c.DeleteRoom(ctx, "")),
		"nothing to sort":             second(c.SortThings(ctx, SortThingsRequest{})),
		"things of no room":           second(c.SetRoomThings(ctx, SetRoomThingsRequest{})),
		"no home":                     second(c.SwitchHome(ctx, "")),
		"31 old messages":             second(c.ListMessages(ctx, ListMessagesRequest{Num: 31})),
	} {
		if e, ok := asError(err); !ok || e.Kind != lock.ErrInvalidArgument || e.Endpoint == "" {
			t.Errorf("%s: got %v, want %v", name, err, lock.ErrInvalidArgument)
		}
	}
	if len(vendor.asked) != 0 {
		t.Errorf("got %d endpoints called, want none", len(vendor.asked))
	}
}

func second[T any](_ T, err error) error { return err }

func TestParams(t *testing.T) {
	var p Params
	if err := wire.Unmarshal([]byte(`{"power":"303.54","uiid":"7014","on":1,"text":"x","nothing":null,"inner":{"switch":{"value":true}},"sw":"off"}`), &p); err != nil {
		t.Fatal(err)
	}
	if d := number(p, "power", 0); d == nil || d.String() != "303.54" {
		t.Errorf("power: got %v, want 303.54", d)
	}
	if d := number(p, "uiid", 2); d == nil || d.String() != "70.14" {
		t.Errorf("a number two places too large: got %v, want 70.14", d)
	}
	for _, name := range []string{"text", "nothing", "missing"} {
		if d := number(p, name, 0); d != nil {
			t.Errorf("%s: got %v, want no number", name, d)
		}
	}
	for name, want := range map[string]string{"on": "true", "inner": "true", "sw": "false", "text": "unknown", "missing": "unknown", "power": "unknown"} {
		got := "unknown"
		if on, known := onOff(p.member(name)); known {
			got = fmt.Sprint(on)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if got := strings.Join(p.Names(), " "); got != "power uiid on text nothing inner sw" {
		t.Errorf("got the names %s", got)
	}
	if text := fmt.Sprintf("%v %+v %#v", p, p, p); strings.Contains(text, "303") {
		t.Errorf("params print their values: %s", text)
	}
	for _, empty := range []string{`null`, `""`, `[]`, `7`} {
		var p Params
		if err := wire.Unmarshal([]byte(empty), &p); err != nil || !p.IsZero() || p.Raw() != nil || p.Names() != nil {
			t.Errorf("%s: got %v and %s, want nothing", empty, err, p.Raw())
		}
	}
}

func TestRequestsOfRecords(t *testing.T) {
	inner := `{"switch":"on"}`
	twice, err := json.Marshal(inner)
	if err != nil {
		t.Fatal(err)
	}
	for name, request := range map[string]string{
		"the params alone":       inner,
		"twice encoded":          string(twice),
		"a whole command":        `{"action":"update","params":` + inner + `}`,
		"a whole one, in a text": `"{\"action\":\"update\",\"params\":{\"switch\":\"on\"}}"`,
	} {
		r := Record{Request: request}
		if on, known := onOff(r.Params().member("switch")); !known || !on {
			t.Errorf("%s: got %s, want it read", name, r.Params().Raw())
		}
	}
	for _, request := range []string{"", "no JSON", "[1]", `"text"`} {
		if p := (&Record{Request: request}).Params(); !p.IsZero() {
			t.Errorf("%q: got %s, want nothing", request, p.Raw())
		}
	}
	for text, want := range map[string]string{`"switch"`: "switch", `"0,1"`: "0 1", `["0","1"]`: "0 1", `""`: "", `null`: "", `"[\"0\",\"1\"]"`: "0 1"} {
		var got Channels
		if err := wire.Unmarshal([]byte(text), &got); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %v and %v, want %s", text, got, err, want)
		}
	}
}

func TestSocketAddress(t *testing.T) {
	c := New("app", "secret", WithRegion(RegionCN))
	for reply, want := range map[string]string{
		`{"port":8080,"IP":"52.80.19.131","reason":"ok","domain":"cn-pconnect2.coolkit.cc","error":0}`: "wss://cn-pconnect2.coolkit.cc:8080/api/ws",
		`{"port":"443","domain":"a.coolkit.cc","error":0}`:                                             "wss://a.coolkit.cc:443/api/ws",
		`{"port":"?","IP":"52.80.19.131","error":0}`:                                                   "wss://52.80.19.131:8080/api/ws",
		`{"domain":"a.coolkit.cc","error":0}`:                                                          "wss://a.coolkit.cc:8080/api/ws",
	} {
		var d DispatchReply
		if err := wire.Unmarshal([]byte(reply), &d); err != nil {
			t.Fatal(err)
		}
		if got := c.socketURL(&d); got != want {
			t.Errorf("%s: got %s, want %s", reply, got, want)
		}
	}
	vendor := &answers{reply: `{"error":0,"reason":"ok"}`}
	if _, err := vendor.client().Dispatch(t.Context()); !errors.Is(err, lock.ErrProtocol) {
		t.Errorf("an answer without a server: got %v, want %v", err, lock.ErrProtocol)
	}
}

func TestLoginNamesTheAccount(t *testing.T) {
	for account, want := range map[string]string{
		"User@Example.com": `"email":"user@example.com"`, "+8613800138000": `"phoneNumber":"+8613800138000"`, " 13800138000": `"phoneNumber":"+8613800138000"`,
	} {
		var body string
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/v2/user/login" {
				text, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				body = string(text)
			}
			return httpmock.NewStringResponse(http.StatusOK, `{"error":0,"data":{"at":"at-0001","rt":"rt-0001","region":"cn","user":{"apikey":"k"}}}`), nil
		})
		c := New("app", "secret", lock.WithHTTPClient(&http.Client{Transport: mock}), WithLogin("86", account, lock.NewSecret("p")), WithPace(0, 0, 0))
		if err := c.Check(t.Context()); err != nil || !strings.Contains(body, want) || !strings.Contains(body, `"countryCode":"+86"`) {
			t.Errorf("%s: got %s and %v, want %s", account, body, err, want)
		}
	}
}

func TestCall(t *testing.T) {
	vendor := &answers{reply: `{"error":0,"msg":"","data":{"total":7}}`}
	c := vendor.client(WithPace(0, 0, 0))
	var out struct {
		Total int `json:"total"`
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		out.Total = 0
		r, err := c.Call(t.Context(), method, "/v2/device/dem/group", nil, &out)
		if err != nil || out.Total != 7 || len(r.Raw()) == 0 {
			t.Errorf("%s: got %d and %v, want 7", method, out.Total, err)
		}
	}
	var wrong struct {
		Total []int `json:"total"`
	}
	if _, err := c.Call(t.Context(), http.MethodGet, "/v2/x", nil, &wrong); !errors.Is(err, lock.ErrProtocol) {
		t.Errorf("data that does not fit: got %v, want %v", err, lock.ErrProtocol)
	}
}

func TestSensorTimes(t *testing.T) {
	want := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, text := range []string{
		fmt.Sprintf(`{"trigTime":"%d"}`, want.UnixMilli()), `{"actionTime":"2026-03-01T12:00:00.000Z"}`,
		`{"actionTime":"2026-03-01T11:00:00.000Z","lastUpdateTime":"2026-03-01T12:00:00.000Z"}`,
	} {
		var p Params
		if err := wire.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if got := reportedAt(p); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{`{}`, `{"trigTime":"0"}`, `{"trigTime":"soon"}`} {
		var p Params
		if err := wire.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if got := reportedAt(p); !got.IsZero() {
			t.Errorf("%s: got %s, want no time", text, got)
		}
	}
}

func FuzzThings(f *testing.F) {
	for _, seed := range []string{
		`[]`, `{}`, `null`, `[{"itemType":1,"itemData":{"deviceid":"1","params":{"switch":"on"}}}]`, `{"itemType":3,"itemData":{"id":"g"}}`,
		`[{"itemType":1,"itemData":{"deviceid":"1","extra":{"uiid":"226"},"params":{"phase_0_p":"1.5","switch":true,"switches":[{"outlet":1}]}}}]`,
		`[{"itemData":{"extra":{"uiid":3026},"params":{"lock":1,"trigTime":"1700000000000"}}}]`,
	} {
		f.Add([]byte(seed))
	}
	c := New("app", "secret", WithDoorTag("door"), WithDoors(Door{Device: "1", Channel: 1, Sensor: "2"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var things Things
		if wire.Unmarshal(data, &things) != nil {
			return
		}
		for i := range things {
			thing := &things[i]
			thing.Power()
			thing.Counters()
			doors := c.doorsOf(thing)
			for _, d := range doors {
				found := portableLock(d, map[string]*Thing{d.Device: thing})
				if device, channel := split(found.ID); device != d.Device || channel != d.Channel {
					if !strings.Contains(d.Device, "/") {
						t.Fatalf("got %q and %d out of %q", device, channel, found.ID)
					}
				}
			}
			for range happenings(subject{t: thing, doors: doors}, thing.ItemData.Params) {
				continue
			}
			c.portableDevices(thing)
		}
	})
}

func FuzzRecord(f *testing.F) {
	for _, seed := range []string{`{"switch":"on"}`, `"{\"params\":{\"switch\":\"off\"}}"`, `{"params":{"switches":[{"outlet":1,"switch":"on"}]}}`, `x`, `{"lock":1}`} {
		f.Add(seed, 1700000000000)
	}
	c := New("app", "secret")
	thing := &Thing{ItemData: Item{DeviceID: "1000000001"}}
	f.Fuzz(func(t *testing.T, request string, at int) {
		r := &Record{Request: request, OpsTime: wire.Milli{Time: time.UnixMilli(int64(at))}}
		s := subject{t: thing, doors: []Door{{Device: "1000000001"}}}
		events := c.recordEvents(s, r, lock.SourceHistory)
		if len(events) == 0 {
			t.Fatal("a record became no event")
		}
		for _, e := range events {
			if e.ID == "" || e.Kind == "" || e.Device == "" {
				t.Fatalf("got %+v, want an ID, a kind and a device", e)
			}
		}
	})
}
