package aliyunlock

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// A request that lacks what the vendor requires, or that says two things at once, never leaves.
// want is part of the error, which names the field; "" = it is fine.
func TestIncompleteRequestsAreRefused(t *testing.T) {
	type request interface{ validate() error }
	first, noon := Paging{1, 20}, time.UnixMilli(1629500044000)
	night := noon.Add(12 * time.Hour)
	history := func(spoil func(*QueryEventHistoryRequest)) QueryEventHistoryRequest {
		r := QueryEventHistoryRequest{IotID: "i", Start: noon, End: night, Paging: Paging{1, 50}}
		spoil(&r)
		return r
	}
	timeline := func(spoil func(*TimelineRequest)) TimelineRequest {
		r := TimelineRequest{IotID: "i", Identifier: "E", Start: noon, End: night}
		spoil(&r)
		return r
	}
	cloudTimeline := func(spoil func(*CloudTimelineRequest)) CloudTimelineRequest {
		r := CloudTimelineRequest{CloudDevice: CloudDevice{IotID: "i"}, Identifier: "E", Start: noon, End: night}
		spoil(&r)
		return r
	}
	for _, tt := range []struct {
		name string
		req  request
		want string
	}{
		{"a key", aKey, ""},
		{"a key of no lock", KeyRef{LockUserID: "1", LockUserType: 1}, "IotID"},
		{"a key without number", KeyRef{IotID: "i", LockUserType: 1}, "LockUserID"},
		{"a key without type", KeyRef{IotID: "i", LockUserID: "1"}, "LockUserType"},
		{"a binding", BindKeyRequest{KeyRef: aKey, VirtualUserID: "v", LockUserPermType: PermissionNormal}, ""},
		{"a binding to nobody", BindKeyRequest{KeyRef: aKey, LockUserPermType: PermissionNormal}, "VirtualUserID"},
		{"a binding without permission", BindKeyRequest{KeyRef: aKey, VirtualUserID: "v"}, "LockUserPermType"},
		{"a binding of no key", BindKeyRequest{VirtualUserID: "v", LockUserPermType: PermissionNormal}, "IotID"},
		{"an unbinding from nobody", KeyBindingRequest{KeyRef: aKey}, "VirtualUserID"},
		{"bindings of no keys", KeyBindingsRequest{VirtualUserID: "v"}, "OriginalLockUsers"},
		{"bindings of a key without type", KeyBindingsRequest{"v", []KeyRef{{IotID: "i", LockUserID: "1"}}}, "LockUserType"},
		{"a filter of no keys", FilterUnboundKeysRequest{}, "OriginalLockUsers"},
		{"a filter of a key of no lock", FilterUnboundKeysRequest{[]EnrolledKey{{}}}, "IotID"},
		{"keys of nobody", ListBoundKeysRequest{}, "VirtualUserID"},
		{"a key without nickname", SetKeyNicknameRequest{KeyRef: aKey}, "NickName"},
		{"a lock without nickname", SetLockNicknameRequest{IotID: "i"}, "NickName"},
		{"a nickname of no lock", SetLockNicknameRequest{NickName: "n"}, "IotID"},
		{"no device", device{}, "iotID"},

		{"a history", history(func(*QueryEventHistoryRequest) {}), ""},
		{"a history of no lock", history(func(r *QueryEventHistoryRequest) { r.IotID = "" }), "IotID"},
		{"a history without start", history(func(r *QueryEventHistoryRequest) { r.Start = time.Time{} }), "Start"},
		{"a history without end", history(func(r *QueryEventHistoryRequest) { r.End = time.Time{} }), "End"},
		{"a history backwards", history(func(r *QueryEventHistoryRequest) { r.Start, r.End = r.End, r.Start }), "before Start"},
		{"a history from page 0", history(func(r *QueryEventHistoryRequest) { r.PageNo = 0 }), "PageNo"},
		{"a history in pages of 51", history(func(r *QueryEventHistoryRequest) { r.PageSize = 51 }), "50"},
		{"a history in pages of none", history(func(r *QueryEventHistoryRequest) { r.PageSize = 0 }), "PageSize"},
		{"a history of half a key", history(func(r *QueryEventHistoryRequest) { r.LockUserID = "1" }), "LockUserType"},
		{"a history of the other half", history(func(r *QueryEventHistoryRequest) { r.LockUserType = 1 }), "LockUserID"},

		{"a session without code", CreateSessionRequest{AccountType: AccountOAToken}, "AuthCode"},
		{"a session without account type", CreateSessionRequest{AuthCode: lock.NewSecret("c")}, "AccountType"},
		{"a refresh of nobody", SessionRequest{RefreshToken: lock.NewSecret("r")}, "IdentityID"},
		{"a refresh without token", SessionRequest{IdentityID: "u"}, "RefreshToken"},
		{"a refresh of no cloud token", refreshCloudTokenRequest{}, "token"},
		{"a region of nothing", UserRegionRequest{}, "Type"},

		{"no person", virtualUser{}, "virtualUserID"},
		{"nobody's attributes", UpdateVirtualUserRequest{OpType: AttrAdd, AttrList: []Attr{{"name", "n"}}}, "VirtualUserID"},
		{"no attributes", UpdateVirtualUserRequest{VirtualUserID: "v", OpType: AttrAdd}, "AttrList"},
		{"attributes for nothing", UpdateVirtualUserRequest{VirtualUserID: "v", AttrList: []Attr{{"name", "n"}}}, "OpType"},
		{"persons from page 0", ListVirtualUsersRequest{}, "PageNo"},

		{"bindings in pages of 101", ListBindingsRequest{Paging: Paging{1, 101}}, "100"},
		{"users of no device", ListDeviceBindingsRequest{Paging: first}, "IotID"},
		{"a device without product", BindDeviceRequest{DeviceName: "d"}, "ProductKey"},
		{"a device without name", BindDeviceRequest{ProductKey: "p"}, "DeviceName"},
		{"a device without token", BindDeviceByTokenRequest{BindDeviceRequest: BindDeviceRequest{ProductKey: "p", DeviceName: "d"}}, "Token"},
		{"a token without device", BindDeviceByTokenRequest{Token: lock.NewSecret("t")}, "ProductKey"},

		{"no properties", SetPropertiesRequest{IotID: "i"}, "Items"},
		{"properties of no device", SetPropertiesRequest{Items: map[string]any{"a": 1}}, "IotID"},
		{"no service", InvokeServiceRequest{IotID: "i"}, "Identifier"},
		{"a service of no device", InvokeServiceRequest{Identifier: "S"}, "IotID"},
		{"a timeline", timeline(func(*TimelineRequest) {}), ""},
		{"a timeline of no device", timeline(func(r *TimelineRequest) { r.IotID = "" }), "IotID"},
		{"a timeline of nothing", timeline(func(r *TimelineRequest) { r.Identifier = "" }), "Identifier"},
		{"a timeline without start", timeline(func(r *TimelineRequest) { r.Start = time.Time{} }), "Start"},
		{"a timeline backwards", timeline(func(r *TimelineRequest) { r.Start, r.End = r.End, r.Start }), "before Start"},
		{"a timeline of 201", timeline(func(r *TimelineRequest) { r.Limit = 201 }), "200"},

		{"a home without name", namedHome{}, "name"},
		{"a home of 40 characters", namedHome{strings.Repeat("家", 40)}, ""},
		{"a home of 41 characters", namedHome{strings.Repeat("家", 41)}, "40"},
		{"a name of no home", UpdateHomeRequest{Name: "n"}, "HomeID"},
		{"a home that loses its name", UpdateHomeRequest{HomeID: "h"}, "name"},
		{"no home", home{}, "homeID"},
		{"homes in pages of 21", ListHomesRequest{Paging{1, 21}}, "20"},
		{"a room of no home", CreateRoomRequest{Name: "n"}, "HomeID"},
		{"a room without name", CreateRoomRequest{HomeID: "h"}, "Name"},
		{"rooms of no home", ListRoomsRequest{Paging: first}, "HomeID"},
		{"devices of no room", ListRoomDevicesRequest{HomeID: "h", Paging: first}, "RoomID"},
		{"devices in pages of 51", ListHomeDevicesRequest{Paging: Paging{1, 51}}, "50"},
		{"devices that are not said", SetRoomDevicesRequest{HomeID: "h", RoomID: "r"}, "IotIDList"},
		{"devices of an empty room", SetRoomDevicesRequest{"h", "r", []string{}}, ""},

		{"a device of the project", CloudDevice{ProductKey: "p", DeviceName: "d"}, ""},
		{"half a device of the project", CloudDevice{ProductKey: "p"}, "IotID"},
		{"no properties of the project", CloudSetPropertiesRequest{CloudDevice: CloudDevice{IotID: "i"}}, "Items"},
		{"a service of no device of the project", CloudInvokeServiceRequest{Identifier: "S"}, "IotID"},
		{"no service of the project", CloudInvokeServiceRequest{CloudDevice: CloudDevice{IotID: "i"}}, "Identifier"},
		{"things of no product", CloudListThingsRequest{CurrentPage: 1, PageSize: 20}, "ProductKey"},
		{"things from page 0", CloudListThingsRequest{ProductKey: "p", PageSize: 20}, "PageNo"},
		{"a timeline of the project", cloudTimeline(func(*CloudTimelineRequest) {}), ""},
		{"a timeline of no device of the project", cloudTimeline(func(r *CloudTimelineRequest) { r.IotID = "" }), "IotID"},
		{"a timeline of the project without end", cloudTimeline(func(r *CloudTimelineRequest) { r.End = time.Time{} }), "End"},
		{"a timeline of the project backwards", cloudTimeline(func(r *CloudTimelineRequest) { r.Start, r.End = r.End, r.Start }), "before Start"},
		{"a user", CloudUser{OpenID: "o", OpenIDAppKey: "k"}, ""},
		{"half a user", CloudUser{OpenID: "o"}, "OpenIDAppKey"},
		{"devices of nobody", CloudListBindingsRequest{Limit: 1}, "IdentityID"},
		{"no devices of a user", CloudListBindingsRequest{CloudUser: CloudUser{IdentityID: "u"}}, "count"},
		{"an unbinding from nobody by the project", CloudUnbindUserRequest{CloudDevice: CloudDevice{IotID: "i"}}, "IdentityID"},
		{"an unbinding of nothing by the project", CloudUnbindUserRequest{CloudUser: CloudUser{IdentityID: "u"}}, "IotID"},
		{"devices for nobody", CloudBindDevicesRequest{Devices: []NamedDevice{{"p", "d"}}}, "OpenID"},
		{"no devices for a user", CloudBindDevicesRequest{OpenID: "o", OpenIDAppKey: "k"}, "Devices"},
		{"half a device for a user", CloudBindDevicesRequest{"o", "k", []NamedDevice{{"p", ""}}}, "DeviceName"},
		{"an account by half an id", accountByOpenID{OpenID: "o"}, "openIDAppKey"},
		{"an account by no id", accountByIdentity{OpenIDAppKey: "k"}, "identityID"},
		{"accounts before the first", CloudListAccountsRequest{Offset: -1, Count: 1}, "offset"},
		{"a region of nobody", CloudUserRegionRequest{}, "OpenID"},
		{"a region of half a device", NamedDevice{ProductKey: "p"}, "DeviceName"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.req.validate()
			if tt.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error that speaks of %q", err, tt.want)
			}
		})
	}
}

func TestRefusedRequestMakesNoCall(t *testing.T) {
	vendor := &saying{reply: reply("null")}
	_, err := vendor.client().BindKey(t.Context(), BindKeyRequest{})
	if !errors.Is(err, lock.ErrInvalidArgument) || len(vendor.paths) > 0 {
		t.Errorf("got %v after calls of %v, want ErrInvalidArgument and none", err, vendor.paths)
	}
	var e *lock.Error
	if !errors.As(err, &e) || e.Endpoint != "POST /lock/key/user/bind" {
		t.Errorf("got %+v, want the endpoint named", e)
	}
}

func TestVersionsOfPaths(t *testing.T) {
	sent := func(opts ...lock.Option) string {
		vendor := &saying{reply: reply("[]")}
		if _, err := vendor.client(opts...).FilterUnboundKeys(t.Context(), FilterUnboundKeysRequest{[]EnrolledKey{{KeyRef: aKey}}}); err != nil {
			t.Fatal(err)
		}
		return vendor.bodies[0]
	}
	for _, tt := range []struct {
		name, want string
		opts       []lock.Option
	}{
		{"by default the newest page", "1.0.2", nil},
		{"the document", "1.0.0", []lock.Option{WithFirstVersions()}},
		{"one path", "1.0.1", []lock.Option{WithAPIVersion("/lock/key/user/unbind/filter", "1.0.1")}},
	} {
		if got := sent(tt.opts...); !strings.Contains(got, `"apiVer":"`+tt.want+`"`) {
			t.Errorf("%s: got %s, want apiVer %s", tt.name, got, tt.want)
		}
	}
	if len(firstPaths) != 11 {
		t.Errorf("the lock document has 11 paths, firstPaths has %d", len(firstPaths))
	}
	for _, path := range firstPaths {
		if versions[path] == "" {
			t.Errorf("%s has no version", path)
		}
	}
}

func TestCallReachesAnyPath(t *testing.T) {
	vendor := &saying{reply: `{"code":200,"data":{"answer":"42"}}`}
	c := vendor.client()
	var out struct {
		Answer int `json:"answer"`
	}
	r, err := c.Call(t.Context(), "/uc/other/path", "1.0.9", map[string]any{"question": "?"}, &out)
	if err != nil || out.Answer != 42 || string(r.Raw()) != vendor.reply {
		t.Fatalf("got %d, %v and %v, want 42 and the reply", out.Answer, r, err)
	}
	if got := vendor.bodies[0]; vendor.paths[0] != "/uc/other/path" || !strings.Contains(got, `"apiVer":"1.0.9","iotToken":"iotToken-fixture-0001"`) || !strings.Contains(got, `"params":{"question":"?"}`) {
		t.Errorf("got %s to %s", got, vendor.paths[0])
	}
	if _, err := c.Call(t.Context(), "/uc/other/path", "", nil, nil); err != nil || !strings.Contains(vendor.bodies[1], `"apiVer":"1.0.0"`) || !strings.Contains(vendor.bodies[1], `"params":{}`) {
		t.Errorf("without anything: got %v and %s, want 1.0.0 and empty params", err, vendor.bodies[1])
	}
	if _, err := c.Call(t.Context(), "/cloud/other/path", "1.0.0", nil, nil); !errors.Is(err, lock.ErrInvalidArgument) {
		t.Errorf("a path of the project without WithCloud: got %v, want ErrInvalidArgument", err)
	}
	var wrong []string
	if _, err := c.Call(t.Context(), "/uc/other/path", "1.0.9", nil, &wrong); !errors.Is(err, lock.ErrProtocol) {
		t.Errorf("an answer of another shape: got %v, want ErrProtocol", err)
	}
}

func TestWrongConfigurationFailsEveryCall(t *testing.T) {
	for name, c := range map[string]*Client{
		"nothing":              New("", ""),
		"no secret":            New("key", ""),
		"no key":               New("", "secret"),
		"a project without id": New("key", "secret", WithCloud("k", "s", "")),
		"no secret of project": New("", "", WithCloud("k", "", "p")),
		"plain http":           New("key", "secret", lock.WithBaseURL("http://example.com")),
		"a foreign option":     New("key", "secret", lock.CustomOption("other.WithThing", func(*struct{ other int }) {})),
	} {
		if err := c.Check(t.Context()); !errors.Is(err, lock.ErrInvalidArgument) {
			t.Errorf("%s: got %v, want ErrInvalidArgument", name, err)
		}
	}
	if err := New("key", "secret").Check(t.Context()); !errors.Is(err, lock.ErrInvalidArgument) || !strings.Contains(err.Error(), "WithSession") {
		t.Errorf("without a session: got %v, want an error that says how to give one", err)
	}
}

func TestEnumerationsNameTheirValues(t *testing.T) {
	for _, tt := range []struct {
		value interface{ String() string }
		want  string
	}{
		{KeyTypeCard, "card"}, {KeyTypeTemporary, "temporary password"}, {KeyType(7), "unknown(7)"},
		{PermissionDuress, "duress"}, {PermissionUnspecified, "unspecified"}, {KeyPermission(9), "unknown(9)"},
		{StatusDisabled, "disabled"}, {DeviceStatus(2), "unknown(2)"},
		{OwnershipShared, "shared"}, {Ownership(5), "unknown(5)"},
		{AttrDelete, "delete"}, {AttrOp(0), "unknown(0)"},
		{DoorOpen, "open"}, {DoorState(3), "unknown(3)"},
		{NodeGateway, "GATEWAY"}, {ThingVirtualShadow, "VIRTUAL_SHADOW"}, {NetZigbee, "NET_ZIGBEE"}, {AccountOASession, "OA_SESSION"},
		{StagePre, "PRE"}, {EventAlert, "alert"},
	} {
		if got := tt.value.String(); got != tt.want {
			t.Errorf("%T: got %q, want %q", tt.value, got, tt.want)
		}
	}
}

func TestKeyIDs(t *testing.T) {
	for _, id := range []string{"10", "a:b", "65535"} {
		k := KeyRef{IotID: "i", LockUserID: id, LockUserType: 7}
		if got, err := ParseKeyID("i", k.id()); err != nil || got != k {
			t.Errorf("%q: got %+v and %v, want %+v", k.id(), got, err, k)
		}
	}
	for _, id := range []lock.KeyID{"", "10", ":10", "2:", "x:10", "0:10", "-1:10"} {
		if _, err := ParseKeyID("i", id); err == nil {
			t.Errorf("%q is no key id: got none, want an error", id)
		}
	}
}
