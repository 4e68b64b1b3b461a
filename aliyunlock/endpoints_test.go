package aliyunlock

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wiretest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Every endpoint has a row, with every field of its request set; endpoints whose requests or answers
// come in several shapes have a row for each. What was sent and what was read out of the answer
// stand in testdata; see the README there.
func TestEndpoints(t *testing.T) {
	const (
		iot  = "ChFrkX2CEx6DO88EHXNH0010803d10"
		user = "10B6336EFE05374FF99BDD428F58AA5A18"
	)
	key := KeyRef{IotID: iot, LockUserID: "10", LockUserType: KeyTypeFingerprint}
	other := KeyRef{IotID: iot, LockUserID: "12", LockUserType: KeyTypePassword}
	start, end := time.UnixMilli(1629500044000), time.UnixMilli(1629587444000) // of the document's sample
	twenty, fifty, hundred := Paging{1, 20}, Paging{1, 50}, Paging{1, 100}
	window := TimelineRequest{IotID: iot, Identifier: "KeyAddedNotification", Start: start, End: end, Limit: 10, Order: NewestFirst}
	cloud := CloudDevice{IotID: iot, ProductKey: "a1FixturePK", DeviceName: "fixture-lock-1"}
	cloudWindow := CloudTimelineRequest{CloudDevice: cloud, Identifier: "BatteryPercentage", Start: start, End: end, PageSize: 10, Ordered: true}
	named := NamedDevice{"a1FixturePK", "fixture-lock-1"}
	secret := lock.NewSecret

	rows := []wiretest.Row[*Client]{
		// The lock document.
		{Endpoint: "POST /lock/key/user/bind", Name: "bind_key", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.BindKey(ctx, BindKeyRequest{KeyRef: key, VirtualUserID: user, LockUserPermType: PermissionAdmin})
		}},
		{Endpoint: "POST /lock/key/user/bind", Name: "bind_key_first", Call: func(ctx context.Context, c *Client) (any, error) {
			for _, path := range firstPaths { // WithFirstVersions
				c.set.versions[path] = firstVersion
			}
			return c.BindKey(ctx, BindKeyRequest{KeyRef: key, VirtualUserID: user, LockUserPermType: PermissionAdmin})
		}},
		{Endpoint: "POST /lock/key/user/unbind", Name: "unbind_key", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UnbindKey(ctx, KeyBindingRequest{KeyRef: key, VirtualUserID: user})
		}},
		{Endpoint: "POST /lock/key/users/bindinfo/get", Name: "key_bindings", Call: func(ctx context.Context, c *Client) (any, error) {
			return items(c.GetKeyBindings(ctx, KeyBindingsRequest{VirtualUserID: user, OriginalLockUsers: []KeyRef{key, other}}))
		}},
		{Endpoint: "POST /lock/key/user/bindinfo/get", Name: "key_binding", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.GetKeyBinding(ctx, KeyBindingRequest{KeyRef: key, VirtualUserID: user}))
		}},
		{Endpoint: "POST /lock/key/user/bindinfo/get", Name: "key_binding_none", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.GetKeyBinding(ctx, KeyBindingRequest{KeyRef: key, VirtualUserID: user}))
		}},
		{Endpoint: "POST /lock/key/user/unbind/filter", Name: "unbound_keys", Call: func(ctx context.Context, c *Client) (any, error) {
			return items(c.FilterUnboundKeys(ctx, FilterUnboundKeysRequest{[]EnrolledKey{
				{KeyRef: key, LockUserPermType: PermissionAdmin}, {KeyRef: other, LockUserPermType: PermissionNormal},
			}}))
		}},
		{Endpoint: "POST /lock/key/user/unbind/filter", Name: "unbound_keys_wrapped", Call: func(ctx context.Context, c *Client) (any, error) {
			p, err := c.FilterUnboundKeys(ctx, FilterUnboundKeysRequest{[]EnrolledKey{{KeyRef: other}}})
			if err != nil {
				return nil, err
			}
			return map[string]any{"originalLockUsers": p.Items}, nil
		}},
		{Endpoint: "POST /lock/key/user/bindlist/get", Name: "bound_keys", Call: func(ctx context.Context, c *Client) (any, error) {
			return items(c.ListBoundKeys(ctx, ListBoundKeysRequest{VirtualUserID: user, LockUserType: KeyTypeFingerprint, LockUserPermType: PermissionAdmin}))
		}},
		{Endpoint: "POST /lock/key/user/bindlist/get", Name: "bound_keys_all", Call: func(ctx context.Context, c *Client) (any, error) {
			return items(c.ListBoundKeys(ctx, ListBoundKeysRequest{VirtualUserID: user}))
		}},
		{Endpoint: "POST /lock/dev/virtual/user/get", Name: "device_users", Call: func(ctx context.Context, c *Client) (any, error) {
			return items(c.ListDeviceUsers(ctx, iot))
		}},
		{Endpoint: "POST /lock/key/user/delete", Name: "delete_key", Call: func(ctx context.Context, c *Client) (any, error) { return c.DeleteKey(ctx, key) }},
		{Endpoint: "POST /lock/key/virtual/user/get", Name: "key_user", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetKeyUser(ctx, key)) }},
		{Endpoint: "POST /lock/nickname/set", Name: "lock_nickname", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetLockNickname(ctx, SetLockNicknameRequest{NickName: "大门锁", IotID: iot})
		}},
		{Endpoint: "POST /lock/event/history/query", Name: "event_history", Call: func(ctx context.Context, c *Client) (any, error) {
			return items(c.QueryEventHistory(ctx, QueryEventHistoryRequest{
				IotID: iot, Events: []string{"DoorOpenNotification", "HijackingAlarm", "DoorUnlockedAlarm"}, Start: start, End: end,
				VirtualUserID: user, Paging: fifty,
			}))
		}},
		{Endpoint: "POST /lock/event/history/query", Name: "event_history_page", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.QueryEventHistory(ctx, QueryEventHistoryRequest{
				IotID: iot, Start: start, End: end, LockUserID: "10", LockUserType: KeyTypePassword, Paging: Paging{2, 50},
			})
		}},
		{Endpoint: "POST /living/lock/key/nickname/set", Name: "key_nickname", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetKeyNickname(ctx, SetKeyNicknameRequest{KeyRef: key, NickName: "左手拇指"})
		}},

		// Accounts.
		{Endpoint: "POST /account/createSessionByAuthCode", Name: "create_session", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.CreateSession(ctx, CreateSessionRequest{AuthCode: secret("code-1"), AccountType: AccountOASession, RegisterPlatform: "web"}))
		}},
		{Endpoint: "POST /account/checkOrRefreshSession", Name: "refresh_session", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.RefreshSession(ctx, SessionRequest{IdentityID: "50f5op1", RefreshToken: secret("refresh-1")}))
		}},
		{Endpoint: "POST /iotx/account/invalidSession", Name: "sign_out", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SignOut(ctx, SessionRequest{IdentityID: "50f5op1", RefreshToken: secret("refresh-1")})
		}},
		{Endpoint: "POST /living/account/region/get", Name: "user_region", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.GetUserRegion(ctx, UserRegionRequest{
				Type: "THIRD_AUTHCODE", AuthCode: secret("code-1"), CountryCode: "SG", Phone: secret("80000000"), PhoneLocationCode: "65", Email: "li@example.com",
			}))
		}},
		{Endpoint: "POST /cloud/token", Name: "cloud_token", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetCloudToken(ctx)) }},
		{Endpoint: "POST /cloud/token", Name: "cloud_token_sample", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetCloudToken(ctx)) }},
		{Endpoint: "POST /cloud/token/refresh", Name: "refresh_cloud_token", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.RefreshCloudToken(ctx, secret("tok-1")))
		}},

		// Virtual users.
		{Endpoint: "POST /uc/virtual/user/create", Name: "create_virtual_user", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.CreateVirtualUser(ctx, CreateVirtualUserRequest{AttrList: []Attr{{AttrName, "妈妈"}, {AttrBirthday, "1965-02-15"}}, SceneID: "s1"}))
		}},
		{Endpoint: "POST /uc/virtual/user/create", Name: "create_virtual_user_bare", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.CreateVirtualUser(ctx, CreateVirtualUserRequest{}))
		}},
		{Endpoint: "POST /uc/virtual/user/update", Name: "update_virtual_user", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.UpdateVirtualUser(ctx, UpdateVirtualUserRequest{VirtualUserID: user, OpType: AttrUpdate, AttrList: []Attr{{AttrName, "小明"}}}))
		}},
		{Endpoint: "POST /uc/virtual/user/delete", Name: "delete_virtual_user", Call: func(ctx context.Context, c *Client) (any, error) { return c.DeleteVirtualUser(ctx, user) }},
		{Endpoint: "POST /uc/virtual/user/query", Name: "get_virtual_user", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetVirtualUser(ctx, user)) }},
		{Endpoint: "POST /uc/virtual/user/list", Name: "list_virtual_users", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListVirtualUsers(ctx, ListVirtualUsersRequest{Paging: twenty, SceneID: "s1"})
		}},

		// Bindings.
		{Endpoint: "POST /uc/listBindingByAccount", Name: "list_bindings", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListBindings(ctx, ListBindingsRequest{Paging: hundred})
		}},
		{Endpoint: "POST /uc/listBindingByAccount", Name: "list_bindings_owned", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListBindings(ctx, ListBindingsRequest{Paging: hundred, ThingType: ThingDevice, NodeType: NodeDevice, Owned: new(OwnershipShared)})
		}},
		{Endpoint: "POST /uc/listBindingByDev", Name: "list_device_bindings", Call: func(ctx context.Context, c *Client) (any, error) {
			return items(c.ListDeviceBindings(ctx, ListDeviceBindingsRequest{IotID: iot, Paging: hundred, Owned: new(OwnershipOwner)}))
		}},
		{Endpoint: "POST /uc/getByAccountAndDev", Name: "get_binding", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetBinding(ctx, iot)) }},
		{Endpoint: "POST /uc/getByAccountAndDev", Name: "get_binding_none", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetBinding(ctx, iot)) }},
		{Endpoint: "POST /uc/unbindAccountAndDev", Name: "unbind_device", Call: func(ctx context.Context, c *Client) (any, error) { return c.UnbindDevice(ctx, iot) }},
		{Endpoint: "POST /uc/setDeviceNickName", Name: "device_nickname", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetDeviceNickname(ctx, SetLockNicknameRequest{NickName: "大门锁", IotID: iot})
		}},
		{Endpoint: "POST /awss/time/window/user/bind", Name: "bind_device", Call: func(ctx context.Context, c *Client) (any, error) {
			a, err := c.BindDevice(ctx, BindDeviceRequest{ProductKey: "a1FixturePK", DeviceName: "fixture-lock-1", HomeID: "h1"})
			if err != nil {
				return nil, err
			}
			return map[string]string{"iotId": a.Data}, nil
		}},
		{Endpoint: "POST /awss/token/user/bind", Name: "bind_device_token", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.BindDeviceByToken(ctx, BindDeviceByTokenRequest{BindDeviceRequest{ProductKey: "a1FixturePK", DeviceName: "fixture-lock-1"}, secret("token-1")}))
		}},

		// Things.
		{Endpoint: "POST /thing/info/get", Name: "get_thing", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetThing(ctx, iot)) }},
		{Endpoint: "POST /thing/status/get", Name: "get_status", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetStatus(ctx, iot)) }},
		{Endpoint: "POST /thing/properties/get", Name: "get_properties", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetProperties(ctx, iot)) }},
		{Endpoint: "POST /thing/properties/set", Name: "set_properties", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetProperties(ctx, SetPropertiesRequest{IotID: iot, Items: map[string]any{"Volume": 1}})
		}},
		{Endpoint: "POST /thing/service/invoke", Name: "invoke_service", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.InvokeService(ctx, InvokeServiceRequest{IotID: iot, Identifier: "RemoteUnlock"}))
		}},
		{Endpoint: "POST /thing/service/invoke", Name: "invoke_service_sync", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.InvokeService(ctx, InvokeServiceRequest{IotID: iot, Identifier: "AddOTP", Args: map[string]any{"OTP": secret("135790"), "ValidTime": 3600}}))
		}},
		{Endpoint: "POST /thing/tsl/get", Name: "get_thing_model", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.GetThingModel(ctx, iot)) }},
		{Endpoint: "POST /living/device/event/timeline/get", Name: "event_timeline", Call: func(ctx context.Context, c *Client) (any, error) {
			return items(c.GetEventTimeline(ctx, EventTimelineRequest{window, EventAlert}))
		}},
		{Endpoint: "POST /living/device/event/timeline/get", Name: "event_timeline_least", Call: func(ctx context.Context, c *Client) (any, error) {
			p, err := c.GetEventTimeline(ctx, EventTimelineRequest{TimelineRequest: TimelineRequest{IotID: iot, Identifier: "E", Start: start, End: end}})
			return underItems(p, err)
		}},
		{Endpoint: "POST /living/device/property/timeline/get", Name: "property_timeline", Call: func(ctx context.Context, c *Client) (any, error) {
			return underItems(c.GetPropertyTimeline(ctx, window))
		}},

		// Homes.
		{Endpoint: "POST /living/home/create", Name: "create_home", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.CreateHome(ctx, "我的家")) }},
		{Endpoint: "POST /living/home/update", Name: "update_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateHome(ctx, UpdateHomeRequest{HomeID: "h1", Name: "我的家"})
		}},
		{Endpoint: "POST /living/home/delete", Name: "delete_home", Call: func(ctx context.Context, c *Client) (any, error) { return c.DeleteHome(ctx, "h1") }},
		{Endpoint: "POST /living/home/query", Name: "list_homes", Call: func(ctx context.Context, c *Client) (any, error) { return c.ListHomes(ctx, ListHomesRequest{twenty}) }},
		{Endpoint: "POST /living/home/room/create", Name: "create_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.CreateRoom(ctx, CreateRoomRequest{HomeID: "h1", Name: "主卧"}))
		}},
		{Endpoint: "POST /living/home/room/query", Name: "list_rooms", Call: func(ctx context.Context, c *Client) (any, error) {
			return underItems(c.ListRooms(ctx, ListRoomsRequest{"h1", twenty}))
		}},
		{Endpoint: "POST /living/home/room/device/query", Name: "list_room_devices", Call: func(ctx context.Context, c *Client) (any, error) {
			return underItems(c.ListRoomDevices(ctx, ListRoomDevicesRequest{"h1", "r1", twenty, []string{"BatteryPercentage"}}))
		}},
		{Endpoint: "POST /living/home/device/query", Name: "list_home_devices", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListHomeDevices(ctx, ListHomeDevicesRequest{HomeID: "h1", RoomID: "r1", DeviceNodeType: NodeDevice, Paging: fifty})
		}},
		{Endpoint: "POST /living/home/device/query", Name: "list_home_devices_all", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListHomeDevices(ctx, ListHomeDevicesRequest{Paging: fifty})
		}},
		{Endpoint: "POST /living/home/room/device/full/update", Name: "set_room_devices", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetRoomDevices(ctx, SetRoomDevicesRequest{"h1", "r1", []string{iot}})
		}},

		// The project's calls.
		{Endpoint: "POST /cloud/thing/properties/get", Name: "cloud_get_properties", Call: func(ctx context.Context, c *Client) (any, error) { return items(c.CloudGetProperties(ctx, cloud)) }},
		{Endpoint: "POST /cloud/thing/properties/set", Name: "cloud_set_properties", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CloudSetProperties(ctx, CloudSetPropertiesRequest{cloud, map[string]any{"Volume": 1}})
		}},
		{Endpoint: "POST /cloud/thing/service/invoke", Name: "cloud_invoke_service", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.CloudInvokeService(ctx, CloudInvokeServiceRequest{CloudDevice: CloudDevice{IotID: iot}, Identifier: "RemoteUnlock"}))
		}},
		{Endpoint: "POST /cloud/thing/status/get", Name: "cloud_get_status", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.CloudGetStatus(ctx, cloud)) }},
		{Endpoint: "POST /cloud/thing/info/get", Name: "cloud_get_thing", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.CloudGetThing(ctx, cloud)) }},
		{Endpoint: "POST /cloud/thing/tsl/get", Name: "cloud_get_thing_model", Call: func(ctx context.Context, c *Client) (any, error) { return data(c.CloudGetThingModel(ctx, cloud)) }},
		{Endpoint: "POST /cloud/things/get", Name: "cloud_list_things", Call: func(ctx context.Context, c *Client) (any, error) {
			p, err := c.CloudListThings(ctx, CloudListThingsRequest{ProductKey: "a1FixturePK", Status: new(StatusInactive), CurrentPage: 1, PageSize: 20})
			if err != nil {
				return nil, err
			}
			return map[string]any{"totalNum": p.Total, "items": p.Items}, nil
		}},
		{Endpoint: "POST /cloud/thing/event/timeline/get", Name: "cloud_event_timeline", Call: func(ctx context.Context, c *Client) (any, error) {
			return underItems(c.CloudGetEventTimeline(ctx, CloudEventTimelineRequest{CloudTimelineRequest: cloudWindow}))
		}},
		{Endpoint: "POST /cloud/thing/property/timeline/get", Name: "cloud_property_timeline", Call: func(ctx context.Context, c *Client) (any, error) {
			return underItems(c.CloudGetPropertyTimeline(ctx, cloudWindow))
		}},
		{Endpoint: "POST /cloud/device/queryByUser", Name: "cloud_list_bindings", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CloudListBindings(ctx, CloudListBindingsRequest{CloudUser{"50f5op1", "o1", "203719876"}, 0, 20})
		}},
		{Endpoint: "POST /living/user/device/binding/query", Name: "cloud_list_device_bindings", Call: func(ctx context.Context, c *Client) (any, error) {
			p, err := c.CloudListDeviceBindings(ctx, cloud)
			if err != nil {
				return nil, err
			}
			return map[string]any{"total": p.Total, "accountDevList": p.Items}, nil
		}},
		{Endpoint: "POST /cloud/user/device/unbind", Name: "cloud_unbind_user", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CloudUnbindUser(ctx, CloudUnbindUserRequest{CloudUser{IdentityID: "50f5op1"}, cloud})
		}},
		{Endpoint: "POST /living/cloud/user/binding/device/unbind", Name: "cloud_unbind_all", Call: func(ctx context.Context, c *Client) (any, error) { return c.CloudUnbindAll(ctx, cloud) }},
		{Endpoint: "POST /living/cloud/user/binding/device/batch/bind", Name: "cloud_bind_devices", Call: func(ctx context.Context, c *Client) (any, error) {
			return items(c.CloudBindDevices(ctx, CloudBindDevicesRequest{"o1", "203719876", []NamedDevice{named}}))
		}},
		{Endpoint: "POST /cloud/account/getByOpenId", Name: "cloud_account_openid", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.CloudGetAccountByOpenID(ctx, "o1", "203719876"))
		}},
		{Endpoint: "POST /cloud/account/getByIdentityId", Name: "cloud_account", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.CloudGetAccount(ctx, "50f5op1", "203719876"))
		}},
		{Endpoint: "POST /cloud/account/queryIdentityByPage", Name: "cloud_list_accounts", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CloudListAccounts(ctx, CloudListAccountsRequest{Offset: 0, Count: 20})
		}},
		{Endpoint: "POST /living/cloud/user/region/get", Name: "cloud_user_region", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.CloudGetUserRegion(ctx, CloudUserRegionRequest{OpenID: "o1", Phone: secret("13800000000"), Email: secret("li@example.com")}))
		}},
		{Endpoint: "POST /living/cloud/device/region/get", Name: "cloud_device_region", Call: func(ctx context.Context, c *Client) (any, error) {
			return data(c.CloudGetDeviceRegion(ctx, named))
		}},
	}
	opts := []wiretest.Option{
		wiretest.Envelope("data", "code", "message", "localizedMsg", "id"),
		wiretest.Headers("Accept", "X-Ca-Key", "X-Ca-Stage", "X-Ca-Signature-Headers", "X-Ca-Timestamp", "X-Ca-Nonce", "Content-MD5"),
		wiretest.Mask("X-Ca-Nonce", "Content-MD5", "id"),
		wiretest.Preload("POST /cloud/token", `{"code":200,"data":{"cloudToken":"cloudToken-fixture-0001","expireIn":7200000}}`),
		wiretest.Ignore("event_history_page", "data.data[].RecordID"),                        // is in Extra, whose names the product chooses
		wiretest.Ignore("unbound_keys_wrapped", "data.originalLockUsers[].lockUserPermType"), // 0 is left out of requests
		wiretest.Ignore("invoke_service", "data.messageId"),                                  // is in MessageID
		wiretest.Ignore("invoke_service_sync", "data.messageId", "data.data"),                // and in Data
		wiretest.Ignore("cloud_invoke_service", "data.messageId"),
		wiretest.Ignore("list_rooms", "data.items[].backgroudImage"),     // is in BackgroundImage
		wiretest.Ignore("cloud_list_bindings", "data.data[].identifyId"), // is in IdentityID
		wiretest.Ignore("create_session", "data.identityId", "data.iotToken", "data.iotTokenExpire", "data.refreshToken", "data.refreshTokenExpire"),
		wiretest.Ignore("refresh_session", "data.identityId", "data.iotToken", "data.iotTokenExpire", "data.refreshToken", "data.refreshTokenExpire"),
		wiretest.Ignore("cloud_token", "data.cloudToken", "data.expireIn"),
		wiretest.Ignore("cloud_token_sample", "data.iotToken", "data.expiresIn"),
		wiretest.Ignore("refresh_cloud_token", "data.cloudToken", "data.expireIn"),
	}
	wiretest.Run(t, newEndpointClient, rows, opts...)
	wiretest.Complete(t, ".", rows)
}

func newEndpointClient(_ *testing.T, hc *http.Client) *Client {
	return New("203719876", "TEST0secret0of0lockkit0aliyun0001",
		lock.WithHTTPClient(hc), lock.WithClock(fixedClock{}), WithLanguage("zh-CN"),
		WithSession(Session{Token: lock.NewSecret("iotToken-fixture-0001")}),
		WithCloud("24000042", "fixture-secret-0123456789abcdef", "a123FixtureProj"))
}

// data is the one thing a call returns, items are the several.
func data[T any](a *Answer[T], err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.Data, nil
}

func items[T any](p *Page[T], err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return p.Items, nil
}

// underItems is a page whose list the vendor calls items.
func underItems[T any](p *Page[T], err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]any{"items": p.Items, "total": p.Total, "pageNo": p.PageNo, "pageSize": p.PageSize}, nil
}
