package ewelink

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wiretest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Every endpoint has a row, with every field of its request set; endpoints whose answers come in
// several shapes have a row for each. What was sent and what was read out of the answer stand in
// testdata; see the README there.
func TestEndpoints(t *testing.T) {
	const (
		relay  = "1000000001"
		family = "5f72fdf09a49cd00089f2c18"
		room   = "5f72fdf09a49cd00089f2c19"
	)
	at := time.UnixMilli(1571141530100)
	secret := lock.NewSecret
	phone, email := secret("+8618600000000"), secret("li@example.com")
	permit := ShareSilent
	num, begin, on, off := 10, -5, 1, 0
	yes := true
	code, password := secret("0042"), secret("abc12345")

	rows := []wiretest.Row[*Client]{
		{Endpoint: "GET /v2/utils/get-region", Name: "region", Call: func(ctx context.Context, c *Client) (any, error) { return c.GetRegion(ctx, "+86") }},
		{Endpoint: "POST /v2/user/register", Name: "register", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.Register(ctx, RegisterRequest{CountryCode: "+86", Email: email, PhoneNumber: phone, VerificationCode: code, Password: password})
		}},
		{Endpoint: "POST /v2/user/login", Name: "login", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.Login(ctx, LoginRequest{Lang: "cn", CountryCode: "+86", Email: email, PhoneNumber: phone, Password: password})
		}},
		{Endpoint: "POST /v2/user/sms-login", Name: "sms_login", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.LoginBySMS(ctx, SMSLoginRequest{CountryCode: "+86", Lang: "cn", PhoneNumber: phone, VerificationCode: code})
		}},
		{Endpoint: "POST /v2/user/verification-code", Name: "send_code", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SendCode(ctx, SendCodeRequest{Type: CodeLogin, Email: email, PhoneNumber: phone})
		}},
		{Endpoint: "POST /v2/user/reset-pwd", Name: "reset_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ResetPassword(ctx, ResetPasswordRequest{Email: email, PhoneNumber: phone, VerificationCode: code, Password: password})
		}},
		{Endpoint: "POST /v2/user/change-pwd", Name: "change_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ChangePassword(ctx, ChangePasswordRequest{OldPassword: password, NewPassword: secret("abc123456")})
		}},
		{Endpoint: "GET /v2/user/profile", Name: "profile", Call: func(ctx context.Context, c *Client) (any, error) { return c.GetProfile(ctx) }},
		{Endpoint: "POST /v2/user/profile", Name: "update_profile", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateProfile(ctx, UpdateProfileRequest{Nickname: "房东", AcceptEmailAd: &yes, AccountConsult: true})
		}},
		{Endpoint: "POST /v2/user/refresh", Name: "refresh", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RefreshSession(ctx, secret("24670a9d2e800481e22e850a527297584f1ca030"))
		}},
		{Endpoint: "DELETE /v2/user/logout", Name: "logout", Call: func(ctx context.Context, c *Client) (any, error) { return c.Logout(ctx) }},
		{Endpoint: "POST /v2/user/close-account", Name: "close_account", Call: func(ctx context.Context, c *Client) (any, error) { return c.CloseAccount(ctx, code) }},
		{Endpoint: "POST /v2/user/oauth/token", Name: "oauth_token", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ExchangeCode(ctx, ExchangeCodeRequest{Code: secret("59900caa-0000-4000-8000-000000000001"), RedirectURL: "https://example.com/back", Region: RegionEU})
		}},
		{Endpoint: "DELETE /v2/user/oauth/token", Name: "unbind", Call: func(ctx context.Context, c *Client) (any, error) { return c.Unbind(ctx) }},

		{Endpoint: "POST /v2/homepage", Name: "homepage", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetHomepage(ctx, HomepageRequest{
				Lang: "cn", ClientInfo: &ClientInfo{Model: "M6 Note", OS: "Android", IMEI: "355000000000001", ROMVersion: "9", AppVersion: "4.0"},
				GetUser: &Wanted{}, GetFamily: &Wanted{}, GetThing: &WantedThings{Num: &num, BeginIndex: &begin}, GetScene: &Wanted{},
				GetMessage: &WantedMessage{From: 1571141530100, Num: 5},
			})
		}},

		{Endpoint: "GET /v2/device/thing", Name: "list_things", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListThings(ctx, ListThingsRequest{Lang: "cn", FamilyID: family, Num: &num, BeginIndex: &begin})
		}},
		{Endpoint: "POST /v2/device/thing", Name: "get_things", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetThings(ctx, ThingID{ThingOwnDevice, relay}, ThingID{ThingOwnGroup, "g1"})
		}},
		{Endpoint: "GET /v2/device/thing/status", Name: "status", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetStatus(ctx, TargetDevice, relay, "switch", "light")
		}},
		{Endpoint: "POST /v2/device/thing/status", Name: "set_status", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetStatus(ctx, SetStatusRequest{Type: TargetDevice, ID: relay, Params: map[string]any{"switch": "on"}})
		}},
		{Endpoint: "POST /v2/device/thing/batch-status", Name: "batch_status", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.BatchStatus(ctx, BatchStatusRequest{Timeout: 8000, ThingList: []SetStatusRequest{
				{TargetDevice, relay, map[string]any{"switch": "on"}}, {TargetDevice, "1000000002", map[string]any{"switch": "off"}}, {TargetGroup, "g1", map[string]any{"switch": "on"}},
			}})
		}},
		{Endpoint: "POST /v2/device/add", Name: "add_device", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddDevice(ctx, AddDeviceRequest{
				Name: "前门", DeviceID: relay, Settings: &Settings{OpsNotify: &off, OpsHistory: &on, AlarmNotify: &on}, IfrCode: "7",
				Digest: DeviceDigest(relay, secret("4b21ebbe-0000-0000-0000-000000000001")), ChipID: "00F1", FamilyID: family, RoomID: room, Sort: SortLast,
			})
		}},
		{Endpoint: "POST /v2/device/add-gsm", Name: "add_gsm", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddGSMDevice(ctx, AddGSMDeviceRequest{ID: "gsm-1", Name: "前门", FamilyID: family, RoomID: room, Sort: SortFirst})
		}},
		{Endpoint: "POST /v2/device/add-gsm", Name: "add_gsm_list", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddGSMDevice(ctx, AddGSMDeviceRequest{ID: "gsm-1", Name: "前门"})
		}},
		{Endpoint: "POST /v2/device/update-info", Name: "update_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateInfo(ctx, UpdateInfoRequest{DeviceID: relay, Name: "后门", RoomID: room})
		}},
		{Endpoint: "DELETE /v2/device", Name: "delete_device", Call: func(ctx context.Context, c *Client) (any, error) { return c.DeleteDevice(ctx, relay) }},
		{Endpoint: "POST /v2/device/tags", Name: "tags", Call: func(ctx context.Context, c *Client) (any, error) {
			return single(c.UpdateTags(ctx, UpdateTagsRequest{DeviceID: relay, Type: TagsMerge, Tags: map[string]string{"key3": "value3"}}))
		}},
		{Endpoint: "POST /v2/device/settings", Name: "settings", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateSettings(ctx, UpdateSettingsRequest{DeviceIDs: []string{relay, "1000000002"}, Settings: Settings{
				OpsNotify: &off, OpsHistory: &on, AlarmNotify: &on, DoorOnNotify: &on, DoorOffNotify: &on, RemoveNotify: &on, LowBatteryNotify: &on, OfflineNotify: &on,
				PowerConsumptionNotify: &on, PowerBillNotify: &on, DailyKwh: new(250), MonthlyKwh: new(-99999), MinTemperature: new(-99999), MaxTemperature: new(99999),
			}})
		}},
		{Endpoint: "GET /v2/device/group", Name: "list_groups", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListGroups(ctx, ListGroupsRequest{Lang: "cn"})
		}},
		{Endpoint: "POST /v2/device/group", Name: "add_group", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddGroup(ctx, AddGroupRequest{Name: "走廊", MainDeviceID: relay, FamilyID: family, RoomID: room, Sort: SortLast, DeviceIDs: []string{"1000000003"}})
		}},
		{Endpoint: "POST /v2/device/group", Name: "add_group_updated", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddGroup(ctx, AddGroupRequest{Name: "走廊", MainDeviceID: relay})
		}},
		{Endpoint: "PUT /v2/device/group", Name: "rename_group", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RenameGroup(ctx, RenameGroupRequest{ID: "g1", Name: "楼道"})
		}},
		{Endpoint: "DELETE /v2/device/group", Name: "delete_group", Call: func(ctx context.Context, c *Client) (any, error) { return c.DeleteGroup(ctx, "g1") }},
		{Endpoint: "POST /v2/device/group/status", Name: "store_group_status", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.StoreGroupStatus(ctx, StoreGroupStatusRequest{ID: "g1", Params: map[string]any{"switch": "on"}})
		}},
		{Endpoint: "POST /v2/device/group/update", Name: "set_group_devices", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetGroupDevices(ctx, SetGroupDevicesRequest{ID: "g1", DeviceIDs: []string{relay, "1000000003"}})
		}},
		{Endpoint: "POST /v2/device/share", Name: "share", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ShareDevices(ctx, ShareDevicesRequest{
				DeviceIDs: []string{relay}, User: ShareUser{CountryCode: "+86", PhoneNumber: phone, Email: email}, Permit: PermitAll, Comment: "201", ShareType: &permit,
			})
		}},
		{Endpoint: "POST /v2/device/share/permit", Name: "permit", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdatePermit(ctx, UpdatePermitRequest{DeviceID: relay, APIKey: "enc-7f3a", Permit: 0})
		}},
		{Endpoint: "DELETE /v2/device/share", Name: "unshare", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UnshareDevice(ctx, UnshareDeviceRequest{DeviceID: relay, APIKey: "enc-7f3a"})
		}},
		{Endpoint: "DELETE /v2/device/share", Name: "unshare_single", Call: func(ctx context.Context, c *Client) (any, error) {
			return single(c.UnshareDevice(ctx, UnshareDeviceRequest{DeviceID: relay, APIKey: "enc-7f3a"}))
		}},
		{Endpoint: "GET /v2/device/history", Name: "history", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.History(ctx, HistoryRequest{DeviceID: relay, From: at, Num: 30})
		}},
		{Endpoint: "DELETE /v2/device/history", Name: "clear_history", Call: func(ctx context.Context, c *Client) (any, error) { return c.ClearHistory(ctx, relay) }},
		{Endpoint: "GET /v2/device/alarm-history", Name: "alarms", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AlarmHistory(ctx, AlarmHistoryRequest{DeviceID: relay, Type: "alarm", From: at, Num: 10, RFChannels: "0,1"})
		}},
		{Endpoint: "POST /v2/device/ota/query", Name: "ota", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.QueryUpdates(ctx, Firmware{relay, "PSF-B01-GL", "3.5.0"}, Firmware{"1000000002", "PSF-B04-GL", "3.5.1"})
		}},

		{Endpoint: "GET /v2/family", Name: "list_homes", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListHomes(ctx, ListHomesRequest{Lang: "cn"})
		}},
		{Endpoint: "POST /v2/family", Name: "add_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddHome(ctx, AddHomeRequest{Name: "幸福里 2 号", Sort: SortFirst, Rooms: []string{"卧室"}})
		}},
		{Endpoint: "POST /v2/family/room", Name: "add_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddRoom(ctx, AddRoomRequest{FamilyID: family, Name: "厨房"})
		}},
		{Endpoint: "PUT /v2/family", Name: "rename_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RenameHome(ctx, RenameHomeRequest{ID: family, Name: "幸福里"})
		}},
		{Endpoint: "PUT /v2/family/room", Name: "rename_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RenameRoom(ctx, RenameRoomRequest{ID: room, Name: "书房"})
		}},
		{Endpoint: "POST /v2/family/room/index", Name: "sort_rooms", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SortRooms(ctx, SortRoomsRequest{FamilyID: family, IDs: []string{"5f72fdf09a49cd00089f2c20", room}})
		}},
		{Endpoint: "DELETE /v2/family", Name: "delete_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.DeleteHome(ctx, DeleteHomeRequest{ID: family, DeviceFamily: "5f72fdf09a49cd00089f2c22", SwitchFamily: "5f72fdf09a49cd00089f2c24"})
		}},
		{Endpoint: "DELETE /v2/family/room", Name: "delete_room", Call: func(ctx context.Context, c *Client) (any, error) { return c.DeleteRoom(ctx, room) }},
		{Endpoint: "POST /v2/family/thing/sort", Name: "sort_things", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SortThings(ctx, SortThingsRequest{FamilyID: family, ThingList: []ThingID{{ThingOwnGroup, "g1"}, {ThingOwnDevice, relay}}})
		}},
		{Endpoint: "POST /v2/family/room/thing", Name: "set_room_things", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetRoomThings(ctx, SetRoomThingsRequest{RoomID: room, New: []ThingID{{ThingOwnDevice, relay}}})
		}},
		{Endpoint: "POST /v2/family/current", Name: "switch_home", Call: func(ctx context.Context, c *Client) (any, error) { return c.SwitchHome(ctx, family) }},

		{Endpoint: "GET /v2/message/read", Name: "messages", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListMessages(ctx, ListMessagesRequest{FamilyID: family, From: at, Num: 30})
		}},
		{Endpoint: "GET /dispatch/app", Name: "dispatch", Call: func(ctx context.Context, c *Client) (any, error) { return c.Dispatch(ctx) }},
	}
	tokens := []string{"data.at", "data.rt"}
	opts := []wiretest.Option{
		wiretest.Envelope("data", "error", "msg"),
		wiretest.Headers("Authorization", "X-CK-Appid", "X-CK-Nonce"),
		wiretest.Mask("X-CK-Nonce"),
		wiretest.Ignore("refresh", tokens...), // are in Session
		wiretest.Ignore("oauth_token", "data.accessToken", "data.atExpiredTime", "data.refreshToken", "data.rtExpiredTime"),
	}
	wiretest.Run(t, newEndpointClient, rows, opts...)
	wiretest.Complete(t, ".", rows)
}

func newEndpointClient(_ *testing.T, hc *http.Client) *Client {
	return New("McFJj4Noke1mGDZCR1QarGW7P9Ycp0Vr", "vector-secret-00000000000000001",
		lock.WithHTTPClient(hc), lock.WithClock(fixedClock{}), WithSession(Session{At: lock.NewSecret("a527297584f1ca030579a90d2e800481e22e850a"), Region: RegionCN}))
}

// single is an answer with one thing in it that came as such, and not as a list.
func single(r *ChangedThings, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]any{"updatedThing": r.UpdatedThing[0]}, nil
}
