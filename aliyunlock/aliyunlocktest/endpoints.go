package aliyunlocktest

import "slices"

// endpoint is one path, with its parameter table.
type endpoint struct {
	path     string
	versions []string // apiVer that are taken
	cloud    bool     // called with the project's app key
	open     bool     // wants no token
	changes  bool     // counted by Executed
	params   []param
	serve    func(*Server, caller, fields) (any, error)
}

func (e *endpoint) takes(apiVer string) bool { return slices.Contains(e.versions, apiVer) }

// v lists versions: those of the lock document come as v("1.0.0", …).
func v(versions ...string) []string { return versions }

var (
	ofDevice = need(text, "iotId")
	ofKey    = with(need(text, "lockUserId", "iotId"), need(whole, "lockUserType"))
	ofUser   = need(text, "virtualUserId")
	paged    = need(whole, "pageNo", "pageSize")
	attrs    = need(text, "attrKey", "attrValue")
	keyItem  = with(need(text, "iotId", "lockUserId"), need(whole, "lockUserType"), may(whole, "lockUserPermType"))
	timeline = with(need(text, "iotId", "identifier"), need(millis, "start", "end"), may(whole, "limit"), may(text, "order", "eventType"))

	cloudDevice   = may(text, "iotId", "productKey", "deviceName")
	cloudUser     = may(text, "identityId", "openId", "openIdAppKey")
	cloudTimeline = with(cloudDevice, need(text, "identifier"), need(millis, "start", "end"), may(whole, "pageSize"), may(truth, "ordered"), may(text, "eventType"))
)

// endpoints are the paths: the lock document's in its order, then the others.
var endpoints = []endpoint{
	{path: "/lock/key/user/bind", versions: v("1.0.0", "1.0.1"), changes: true, serve: (*Server).bindKey,
		params: with(ofUser, ofKey, need(whole, "lockUserPermType"))},
	{path: "/lock/key/user/unbind", versions: v("1.0.0", "1.0.1"), changes: true, serve: (*Server).unbindKey, params: with(ofUser, ofKey)},
	{path: "/lock/key/users/bindinfo/get", versions: v("1.0.0", "1.0.1"), serve: (*Server).keyBindings,
		params: with(ofUser, nested(inners, "originalLockUsers", keyItem))},
	{path: "/lock/key/user/bindinfo/get", versions: v("1.0.0", "1.0.1"), serve: (*Server).keyBinding, params: with(ofUser, ofKey)},
	{path: "/lock/key/user/unbind/filter", versions: v("1.0.0", "1.0.1", "1.0.2"), serve: (*Server).filterUnbound,
		params: nested(inners, "originalLockUsers", keyItem)},
	{path: "/lock/key/user/bindlist/get", versions: v("1.0.0", "1.0.1"), serve: (*Server).boundKeys,
		params: with(ofUser, may(whole, "lockUserType", "lockUserPermType"))},
	{path: "/lock/dev/virtual/user/get", versions: v("1.0.0", "1.0.1"), serve: (*Server).deviceUsers, params: ofDevice},
	{path: "/lock/key/user/delete", versions: v("1.0.0", "1.0.1"), changes: true, serve: (*Server).deleteKey, params: ofKey},
	{path: "/lock/key/virtual/user/get", versions: v("1.0.0", "1.0.1"), serve: (*Server).keyUser, params: ofKey},
	{path: "/lock/nickname/set", versions: v("1.0.0"), changes: true, serve: (*Server).nameLock, params: need(text, "nickName", "iotId")},
	{path: "/lock/event/history/query", versions: v("1.0.0", "1.0.1"), serve: (*Server).history,
		params: with(may(text, "iotid", "iotId", "lockUserId", "virtualUserId"), may(texts, "events"), need(millis, "start", "end"),
			may(whole, "lockUserType"), paged)}, // one of iotid and iotId
	{path: "/living/lock/key/nickname/set", versions: v("1.0.0"), changes: true, serve: (*Server).nameKey, params: with(ofKey, need(text, "nickName"))},

	{path: "/account/createSessionByAuthCode", versions: v("1.0.4"), open: true, changes: true, serve: (*Server).createSession,
		params: nested(inner, "request", with(need(text, "authCode", "accountType", "appKey"), may(text, "registerPlatform")))},
	{path: "/account/checkOrRefreshSession", versions: v("1.0.4"), open: true, changes: true, serve: (*Server).refreshSession,
		params: nested(inner, "request", need(text, "identityId", "refreshToken"))},
	{path: "/iotx/account/invalidSession", versions: v("1.0.4"), open: true, changes: true, serve: (*Server).endSession,
		params: nested(inner, "request", need(text, "identityId", "refreshToken"))},
	{path: "/living/account/region/get", versions: v("1.0.2"), open: true, serve: (*Server).userRegion,
		params: with(need(text, "type"), may(text, "authCode", "countryCode", "phone", "phoneLocationCode", "email"))},
	{path: "/cloud/token", versions: v("1.0.0", "1.0.1"), cloud: true, open: true, changes: true, serve: (*Server).getCloudToken,
		params: need(text, "grantType", "res")},
	{path: "/cloud/token/refresh", versions: v("1.0.0", "1.0.1"), cloud: true, open: true, changes: true, serve: (*Server).refreshCloudToken,
		params: need(text, "cloudToken")},

	{path: "/uc/virtual/user/create", versions: v("1.0.6"), changes: true, serve: (*Server).createPerson,
		params: with([]param{{Name: "attrList", Kind: inners, Inner: attrs}}, may(text, "sceneId"))},
	{path: "/uc/virtual/user/update", versions: v("1.0.6"), changes: true, serve: (*Server).updatePerson,
		params: with(ofUser, need(whole, "opType"), nested(inners, "attrList", attrs))},
	{path: "/uc/virtual/user/delete", versions: v("1.0.6"), changes: true, serve: (*Server).deletePerson, params: ofUser},
	{path: "/uc/virtual/user/query", versions: v("1.0.6"), serve: (*Server).getPerson, params: ofUser},
	{path: "/uc/virtual/user/list", versions: v("1.0.6"), serve: (*Server).listPeople, params: with(paged, may(text, "sceneId"))},

	{path: "/uc/listBindingByAccount", versions: v("1.0.2", "1.0.8"), serve: (*Server).bindings,
		params: with(paged, may(text, "thingType", "nodeType"), may(whole, "owned"))},
	{path: "/uc/listBindingByDev", versions: v("1.0.6", "1.0.8"), serve: (*Server).deviceBindings, params: with(ofDevice, paged, may(whole, "owned"))},
	{path: "/uc/getByAccountAndDev", versions: v("1.0.6"), serve: (*Server).binding, params: ofDevice},
	{path: "/uc/unbindAccountAndDev", versions: v("1.0.2"), changes: true, serve: (*Server).unbindDevice, params: ofDevice},
	{path: "/uc/setDeviceNickName", versions: v("1.0.2"), changes: true, serve: (*Server).nameDevice, params: need(text, "iotId", "nickName")},
	{path: "/awss/time/window/user/bind", versions: v("1.0.8"), changes: true, serve: (*Server).bindDevice,
		params: with(need(text, "productKey", "deviceName"), may(text, "homeId"))},
	{path: "/awss/token/user/bind", versions: v("1.0.8"), changes: true, serve: (*Server).bindDevice,
		params: with(need(text, "productKey", "deviceName", "token"), may(text, "homeId"))},

	{path: "/thing/info/get", versions: v("1.0.2"), serve: (*Server).thingInfo, params: ofDevice},
	{path: "/thing/status/get", versions: v("1.0.5"), serve: (*Server).thingStatus, params: ofDevice},
	{path: "/thing/properties/get", versions: v("1.0.0", "1.0.4"), serve: (*Server).getProperties, params: ofDevice},
	{path: "/thing/properties/set", versions: v("1.0.2"), changes: true, serve: (*Server).setProperties, params: with(ofDevice, need(open, "items"))},
	{path: "/thing/service/invoke", versions: v("1.0.2", "1.0.5"), changes: true, serve: (*Server).invoke,
		params: with(need(text, "iotId", "identifier"), need(open, "args"))},
	{path: "/thing/tsl/get", versions: v("1.0.2"), serve: (*Server).thingModel, params: ofDevice},
	{path: "/living/device/event/timeline/get", versions: v("1.0.0"), serve: (*Server).eventTimeline, params: timeline},
	{path: "/living/device/property/timeline/get", versions: v("1.0.0"), serve: (*Server).propertyTimeline, params: timeline},

	{path: "/living/home/create", versions: v("1.0.1"), changes: true, serve: (*Server).createHome, params: need(text, "name")},
	{path: "/living/home/update", versions: v("1.0.0"), changes: true, serve: (*Server).updateHome, params: need(text, "homeId", "name")},
	{path: "/living/home/delete", versions: v("1.0.0"), changes: true, serve: (*Server).deleteHome, params: need(text, "homeId")},
	{path: "/living/home/query", versions: v("1.0.0"), serve: (*Server).queryHomes, params: paged},
	{path: "/living/home/room/create", versions: v("1.0.0"), changes: true, serve: (*Server).createRoom, params: need(text, "homeId", "name")},
	{path: "/living/home/room/query", versions: v("1.0.1"), serve: (*Server).queryRooms, params: with(need(text, "homeId"), paged)},
	{path: "/living/home/room/device/query", versions: v("1.0.2"), serve: (*Server).roomDevices,
		params: with(need(text, "homeId", "roomId"), paged, may(texts, "propertyIdentifiers"))},
	{path: "/living/home/device/query", versions: v("1.0.0"), serve: (*Server).homeDevices,
		params: with(may(text, "homeId", "roomId", "deviceNodeType"), paged)},
	{path: "/living/home/room/device/full/update", versions: v("1.0.0"), changes: true, serve: (*Server).setRoomDevices,
		params: with(need(text, "homeId", "roomId"), need(texts, "iotIdList"))},

	{path: "/cloud/thing/properties/get", versions: v("1.0.2"), cloud: true, serve: (*Server).cloudGetProperties, params: cloudDevice},
	{path: "/cloud/thing/properties/set", versions: v("1.0.2"), cloud: true, changes: true, serve: (*Server).setProperties,
		params: with(cloudDevice, need(open, "items"))},
	{path: "/cloud/thing/service/invoke", versions: v("1.0.2", "1.0.3"), cloud: true, changes: true, serve: (*Server).invoke,
		params: with(cloudDevice, need(text, "identifier"), need(open, "args"))},
	{path: "/cloud/thing/status/get", versions: v("1.0.2"), cloud: true, serve: (*Server).thingStatus, params: cloudDevice},
	{path: "/cloud/thing/info/get", versions: v("1.0.2"), cloud: true, serve: (*Server).thingInfo, params: cloudDevice},
	{path: "/cloud/thing/tsl/get", versions: v("1.0.2"), cloud: true, serve: (*Server).thingModel, params: cloudDevice},
	{path: "/cloud/things/get", versions: v("1.0.2"), cloud: true, serve: (*Server).cloudThings,
		params: with(need(text, "productKey"), may(whole, "status"), need(whole, "currentPage", "pageSize"))},
	{path: "/cloud/thing/event/timeline/get", versions: v("1.0.2"), cloud: true, serve: (*Server).cloudEventTimeline, params: cloudTimeline},
	{path: "/cloud/thing/property/timeline/get", versions: v("1.0.2"), cloud: true, serve: (*Server).propertyTimeline, params: cloudTimeline},
	{path: "/cloud/device/queryByUser", versions: v("1.0.6"), cloud: true, serve: (*Server).cloudBindings,
		params: with(cloudUser, need(whole, "offset", "limit"))},
	{path: "/living/user/device/binding/query", versions: v("1.0.0"), cloud: true, serve: (*Server).cloudDeviceBindings, params: cloudDevice},
	{path: "/cloud/user/device/unbind", versions: v("1.0.5"), cloud: true, changes: true, serve: (*Server).cloudUnbind, params: with(cloudUser, cloudDevice)},
	{path: "/living/cloud/user/binding/device/unbind", versions: v("1.0.0"), cloud: true, changes: true, serve: (*Server).cloudUnbindAll, params: cloudDevice},
	{path: "/living/cloud/user/binding/device/batch/bind", versions: v("1.0.1"), cloud: true, changes: true, serve: (*Server).cloudBind,
		params: with(need(text, "openId", "openIdAppKey", "projectId"), nested(inners, "deviceList", need(text, "productKey", "deviceName")))},
	{path: "/cloud/account/getByOpenId", versions: v("1.0.5"), cloud: true, serve: (*Server).cloudAccount, params: need(text, "openId", "openIdAppKey")},
	{path: "/cloud/account/getByIdentityId", versions: v("1.0.4"), cloud: true, serve: (*Server).cloudAccount, params: need(text, "identityId", "openIdAppKey")},
	{path: "/cloud/account/queryIdentityByPage", versions: v("1.0.4"), cloud: true, serve: (*Server).cloudAccounts, params: need(whole, "offset", "count")},
	{path: "/living/cloud/user/region/get", versions: v("1.0.1"), cloud: true, serve: (*Server).cloudRegion, params: may(text, "openId", "phone", "email")},
	{path: "/living/cloud/device/region/get", versions: v("1.0.1"), cloud: true, serve: (*Server).cloudRegion, params: need(text, "productKey", "deviceName")},
}
