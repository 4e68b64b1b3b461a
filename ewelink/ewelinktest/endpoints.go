package ewelinktest

// auth is what an endpoint wants to be called with.
type auth int

const (
	bearer auth = iota
	signed
	either
)

// endpoint is one row of the document, with its parameter table.
type endpoint struct {
	method, path string
	auth         auth
	user         bool // in the User group: X-CK-Appid must be there
	free         bool // a free app id may call it
	changes      bool // counted by Executed
	commands     bool // waits for a device
	params       []param
	serve        func(*Server, call, fields) (any, error)
}

var (
	mailOrPhone = may(text, "email", "phoneNumber")
	paging      = may(whole, "num", "beginIndex")
	past        = with(may(millis, "from"), may(whole, "num"))
	thingItem   = with(need(whole, "itemType"), need(text, "id"))
	target      = with(need(whole, "type"), need(text, "id"), need(open, "params"))
	placement   = with(may(text, "familyid", "roomid"), may(whole, "sort"))
	clientInfo  = may(text, "model", "os", "imei", "romVersion", "appVersion")
)

// endpoints are in the order of the document; what it does not have is at the end.
var endpoints = []endpoint{
	{method: "GET", path: "/v2/utils/get-region", auth: signed, user: true, serve: (*Server).getRegion, params: need(text, "countryCode")},
	{method: "POST", path: "/v2/user/register", auth: signed, user: true, changes: true, serve: (*Server).register,
		params: with(need(text, "countryCode", "verificationCode", "password"), mailOrPhone)},
	{method: "POST", path: "/v2/user/login", auth: signed, user: true, changes: true, serve: (*Server).login,
		params: with(need(text, "countryCode", "password"), mailOrPhone)},
	{method: "POST", path: "/v2/user/sms-login", auth: signed, user: true, changes: true, serve: (*Server).smsLogin,
		params: need(text, "countryCode", "phoneNumber", "verificationCode")},
	{method: "POST", path: "/v2/user/verification-code", auth: signed, user: true, changes: true, serve: (*Server).sendCode,
		params: with(need(whole, "type"), mailOrPhone)},
	{method: "POST", path: "/v2/user/reset-pwd", auth: signed, user: true, changes: true, serve: (*Server).resetPassword,
		params: with(need(text, "verificationCode", "password"), mailOrPhone)},
	{method: "POST", path: "/v2/user/change-pwd", user: true, changes: true, serve: (*Server).changePassword, params: need(text, "oldPassword", "newPassword")},
	{method: "GET", path: "/v2/user/profile", user: true, serve: (*Server).profile},
	{method: "POST", path: "/v2/user/profile", user: true, changes: true, serve: (*Server).setProfile,
		params: with(may(text, "nickname", "language"), may(truth, "acceptEmailAd", "accountConsult"), may(open, "timezone", "emailSubscription"))},
	{method: "POST", path: "/v2/user/refresh", auth: either, user: true, free: true, changes: true, serve: (*Server).refresh, params: need(text, "rt")},
	{method: "DELETE", path: "/v2/user/logout", user: true, changes: true, serve: (*Server).logout},
	{method: "POST", path: "/v2/user/close-account", user: true, changes: true, serve: (*Server).closeAccount, params: need(text, "verificationCode")},

	{method: "POST", path: "/v2/homepage", serve: (*Server).homepage,
		params: with(option(inner, "clientInfo", clientInfo), option(inner, "getUser", nil), option(inner, "getFamily", nil),
			option(inner, "getThing", paging), option(inner, "getScene", nil), option(inner, "getMessage", past))},

	{method: "GET", path: "/v2/device/thing", free: true, serve: (*Server).listThings, params: with(may(text, "familyid"), paging)},
	{method: "POST", path: "/v2/device/thing", free: true, serve: (*Server).getThings,
		params: nested(inners, "thingList", with(may(whole, "itemType"), need(text, "id")))},
	{method: "GET", path: "/v2/device/thing/status", free: true, serve: (*Server).getStatus, params: with(need(whole, "type"), need(text, "id"), may(text, "params"))},
	{method: "POST", path: "/v2/device/thing/status", free: true, changes: true, commands: true, serve: (*Server).setStatus, params: target},
	{method: "POST", path: "/v2/device/thing/batch-status", free: true, changes: true, commands: true, serve: (*Server).setStatuses,
		params: with(nested(inners, "thingList", target), may(whole, "timeout"))},
	{method: "POST", path: "/v2/device/add", changes: true, serve: (*Server).addDevice,
		params: with(need(text, "name", "deviceid", "digest"), may(text, "chipid", "ifrCode"), may(open, "settings"), placement)},
	{method: "POST", path: "/v2/device/add-gsm", changes: true, serve: (*Server).addGSM, params: with(need(text, "id", "name"), placement)},
	{method: "POST", path: "/v2/device/update-info", changes: true, serve: (*Server).updateDevice,
		params: with(need(text, "deviceid"), may(text, "name", "roomid", "familyid"))},
	{method: "DELETE", path: "/v2/device", changes: true, serve: (*Server).deleteDevice, params: need(text, "deviceid")},
	{method: "POST", path: "/v2/device/tags", changes: true, serve: (*Server).setTags, params: with(need(text, "deviceid"), may(text, "type"), need(open, "tags"))},
	{method: "GET", path: "/v2/device/group", serve: (*Server).listGroups},
	{method: "POST", path: "/v2/device/group", changes: true, serve: (*Server).createGroup,
		params: with(need(text, "name", "mainDeviceId"), placement, may(texts, "deviceidList"))},
	{method: "PUT", path: "/v2/device/group", changes: true, serve: (*Server).renameGroup, params: need(text, "id", "name")},
	{method: "DELETE", path: "/v2/device/group", changes: true, serve: (*Server).deleteGroup, params: need(text, "id")},
	{method: "POST", path: "/v2/device/group/status", changes: true, serve: (*Server).storeGroupStatus, params: with(need(text, "id"), need(open, "params"))},
	{method: "POST", path: "/v2/device/group/update", changes: true, serve: (*Server).setGroupDevices, params: with(need(text, "id"), need(texts, "deviceidList"))},
	{method: "POST", path: "/v2/device/share", changes: true, serve: (*Server).shareDevices,
		params: with(need(texts, "deviceidList"), nested(inner, "user", with(may(text, "countryCode"), mailOrPhone)), need(whole, "permit"),
			may(text, "comment"), may(whole, "shareType"))},
	{method: "POST", path: "/v2/device/share/permit", changes: true, serve: (*Server).setPermit, params: with(need(text, "deviceid", "apikey"), need(whole, "permit"))},
	{method: "DELETE", path: "/v2/device/share", changes: true, serve: (*Server).cancelShare, params: need(text, "deviceid", "apikey")},
	{method: "GET", path: "/v2/device/history", serve: (*Server).listHistory, params: with(need(text, "deviceid"), past)},
	{method: "DELETE", path: "/v2/device/history", changes: true, serve: (*Server).clearHistory, params: need(text, "deviceid")},
	{method: "POST", path: "/v2/device/ota/query", serve: (*Server).queryFirmware, params: nested(inners, "deviceInfoList", need(text, "deviceid", "model", "version"))},

	{method: "GET", path: "/v2/family", free: true, serve: (*Server).listHomes},
	{method: "POST", path: "/v2/family", changes: true, serve: (*Server).createHome, params: with(need(text, "name"), need(whole, "sort"), may(texts, "roomNameList"))},
	{method: "POST", path: "/v2/family/room", changes: true, serve: (*Server).createRoom, params: with(need(text, "familyid", "name"), need(whole, "sort"))},
	{method: "PUT", path: "/v2/family", changes: true, serve: (*Server).renameHome, params: with(may(text, "id"), need(text, "name"))},
	{method: "PUT", path: "/v2/family/room", changes: true, serve: (*Server).renameRoom, params: need(text, "id", "name")},
	{method: "POST", path: "/v2/family/room/index", changes: true, serve: (*Server).sortRooms, params: with(may(text, "familyid"), need(texts, "idList"))},
	{method: "DELETE", path: "/v2/family", changes: true, serve: (*Server).deleteHome, params: need(text, "id", "deviceFamily", "switchFamily")},
	{method: "DELETE", path: "/v2/family/room", changes: true, serve: (*Server).deleteRoom, params: need(text, "id")},
	{method: "POST", path: "/v2/family/thing/sort", changes: true, serve: (*Server).sortThings, params: with(may(text, "familyid"), nested(inners, "thingList", thingItem))},
	{method: "POST", path: "/v2/family/room/thing", changes: true, serve: (*Server).setRoomThings,
		params: with(need(text, "roomid"), nested(inners, "oldThingList", thingItem), nested(inners, "newThingList", thingItem))},
	{method: "POST", path: "/v2/family/current", changes: true, serve: (*Server).setCurrentHome, params: need(text, "id")},
	{method: "GET", path: "/v2/message/read", serve: (*Server).readMessages, params: with(may(text, "familyid"), past)},

	{method: "POST", path: "/v2/user/oauth/token", auth: signed, user: true, free: true, changes: true, serve: (*Server).oauthToken,
		params: need(text, "code", "redirectUrl", "grantType")},
	{method: "DELETE", path: "/v2/user/oauth/token", user: true, free: true, changes: true, serve: (*Server).logout},
	{method: "POST", path: "/v2/device/settings", changes: true, serve: (*Server).setSettings, params: with(need(texts, "deviceidList"), need(open, "settings"))},
	{method: "GET", path: "/v2/device/alarm-history", serve: (*Server).listAlarms, params: with(need(text, "deviceid", "type"), past, may(text, "rfChls"))},
}
