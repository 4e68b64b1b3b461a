package tuyatest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// endpoint is one method and path, with its parameter tables.
type endpoint struct {
	method, path string // in the path {name} is any one element
	open         bool   // wants no token
	query, body  []param
	serve        func(*Server, fields) (any, error)
}

// changes reports whether Executed counts it. Tickets change nothing.
func (e *endpoint) changes() bool {
	return e.method != http.MethodGet && !strings.HasSuffix(e.path, "/password-ticket")
}

// router finds endpoints by path.
type router struct{ endpoints []route }

type route struct {
	*endpoint
	elements []string
}

func newRouter() *router {
	r := &router{}
	for i := range endpoints {
		e := &endpoints[i]
		r.endpoints = append(r.endpoints, route{e, strings.Split(e.path, "/")})
	}
	return r
}

// find returns the endpoint of a request with what its path names, or nil.
func (r *router) find(req *http.Request) (*endpoint, fields) {
	elements := strings.Split(req.URL.EscapedPath(), "/")
	for _, e := range r.endpoints {
		if e.method == req.Method {
			if f, ok := e.match(elements); ok {
				return e.endpoint, f
			}
		}
	}
	return nil, nil
}

func (r route) match(elements []string) (fields, bool) {
	if len(elements) != len(r.elements) {
		return nil, false
	}
	f := fields{}
	for i, want := range r.elements {
		got, err := url.PathUnescape(elements[i])
		if err != nil || got == "" && i > 0 {
			return nil, false
		}
		if strings.HasPrefix(want, "{") {
			f[strings.Trim(want, "{}")] = got
		} else if got != want {
			return nil, false
		}
	}
	return f, true
}

const (
	get  = http.MethodGet
	post = http.MethodPost
	put  = http.MethodPut
	del  = http.MethodDelete

	ofDevice  = "/v1.0/devices/{device_id}"
	ofThing   = "/v1.0/iot-03/devices/{device_id}" // the same device by the way of another product
	ofDoor    = "/v1.0/devices/{device_id}/door-lock"
	ofSmart   = "/v1.0/smart-lock/devices/{device_id}"
	ofTemp    = "/v1.0/devices/{device_id}/door-lock/temp-passwords/{password_id}"
	ofHome    = "/v1.0/homes/{home_id}"
	ofRoom    = "/v1.0/homes/{home_id}/rooms/{room_id}"
	ofHolder  = "/v1.0/devices/{device_id}/door-lock/user-types/{user_type}/users/{user_id}"
	ofKey     = "/v1.0/devices/{device_id}/door-lock/unlock-types/{unlock_type}/keys/{unlock_no}"
	ofMethods = "/v1.0/smart-lock/devices/{device_id}/opmodes"
	ofDoor11  = "/v1.1/devices/{device_id}/door-lock"
)

var (
	paged    = need(whole, "page_no", "page_size")
	schedule = nested(inners, false, "schedule_details",
		with(need(numeric, "start_minute", "end_minute", "working_day"), may(text, "time_zone_id"), may(truth, "all_day")))
	person       = with(need(text, "nick_name"), need(whole, "sex"), may(whole, "birthday", "height", "weight"))
	ticketed     = need(text, "password", "password_type", "ticket_id")
	tempPassword = with(ticketed, need(whole, "effective_time", "invalid_time"), may(whole, "type"), may(text, "phone", "time_zone"),
		nested(inners, false, "schedule_list", need(whole, "effective_time", "invalid_time", "working_day")), may(texts, "relate_dev_list"))
	offline     = with(need(text, "type"), may(whole, "effective_time", "invalid_time"), may(text, "name", "password_id"))
	whereabouts = with(may(text, "geo_name"), may(open, "lon", "lat"))
	records     = with(paged, need(whole, "start_time", "end_time"))
	alarms      = with(paged, may(text, "codes"))
)

// endpoints are the paths, in the order of the pages: the token, users of a lock, passwords, remote
// unlocking, unlocking methods, records, devices, homes.
var endpoints = slices.Concat([]endpoint{
	{method: get, path: "/v1.0/token", open: true, query: may(text, "grant_type", "code", "target_uid", "terminal_id"), serve: (*Server).getToken},
	{method: get, path: "/v1.0/token/{refresh_token}", open: true, serve: (*Server).refreshToken},

	{method: get, path: ofSmart + "/users", query: with(need(text, "codes"), paged), serve: (*Server).listUsers},
	{method: put, path: ofSmart + "/users/{user_id}/schedule", serve: (*Server).setSchedule,
		body: with(need(truth, "permanent"), may(numeric, "effective_time", "expired_time"), schedule)},
	{method: get, path: ofSmart + "/opmodes/{user_id}", query: with(blank("codes", "unlock_name"), paged), serve: (*Server).listMethods},
	{method: get, path: ofDoor + "/absent-users", serve: (*Server).absentUsers},
	{method: post, path: ofSmart + "/users/{user_ids}/actions/delete-users-issue", serve: (*Server).deleteOnLock},
	{method: post, path: ofDevice + "/user", body: with(person, may(text, "contact")), serve: (*Server).addMember},
	{method: put, path: ofDevice + "/users/{user_id}", body: person, serve: (*Server).changeMember},
	{method: put, path: ofSmart + "/users/{user_id}/actions/role", body: need(text, "role"), serve: (*Server).setRole},
	{method: del, path: ofDevice + "/users/{user_id}", serve: (*Server).deleteMember},
	{method: get, path: ofDevice + "/users/{user_id}", serve: (*Server).getMember},
	{method: get, path: "/v1.1/devices/{device_id}/users/{user_id}", serve: (*Server).getUser},
	{method: get, path: ofDevice + "/users", serve: (*Server).listMembers},
	{method: get, path: "/v1.1/devices/{device_id}/users", query: with(blank("keyword", "role"), paged), serve: (*Server).searchUsers},
	{method: post, path: ofDevice + "/device-lock/users/{user_id}/allocate", body: need(text, "no", "type"), serve: (*Server).assignOne},
	{method: post, path: ofDoor + "/opmodes/actions/allocate", serve: (*Server).assign,
		body: with(need(text, "user_id"), nested(inners, true, "unlock_list", with(need(text, "dp_code"), need(whole, "unlock_sn"))))},
	{method: post, path: ofSmart + "/opmodes/actions/cancel-allocate", serve: (*Server).unassign,
		body: with(need(text, "user_id"), nested(inners, true, "unlock_list", with(may(text, "code", "dp_code"), need(whole, "unlock_sn"))))},
	{method: get, path: "/v1.0/smart-lock/users/{uid}/devices", query: paged, serve: (*Server).userDevices},
}, passwordEndpoints, methodEndpoints, deviceEndpoints, homeEndpoints)

var passwordEndpoints = []endpoint{
	{method: post, path: ofDoor + "/password-ticket", serve: (*Server).getTicket},
	{method: post, path: ofSmart + "/password-ticket", serve: (*Server).getTicket},
	{method: post, path: ofDoor + "/temp-password", body: with(need(text, "name"), tempPassword), serve: (*Server).addPassword},
	{method: post, path: "/v2.0/devices/{device_id}/door-lock/temp-password", body: with(may(text, "name"), tempPassword), serve: (*Server).addPassword},
	{method: get, path: ofDoor + "/temp-password/{password_id}", serve: (*Server).getPassword},
	{method: get, path: ofDoor + "/temp-passwords", query: may(truth, "valid"), serve: (*Server).listPasswords},
	{method: get, path: ofSmart + "/stand-by-lock-temp-passwords", serve: (*Server).pagePasswords,
		query: with(need(truth, "valid"), need(whole, "page_size"), may(text, "last_row_key"))},
	{method: put, path: ofTemp + "/modify-password", body: with(need(text, "name"), tempPassword), serve: (*Server).changePassword},
	{method: put, path: ofTemp + "/freeze-password", serve: (*Server).freezePassword},
	{method: put, path: ofTemp + "/unfreeze-password", serve: (*Server).unfreezePassword},
	{method: del, path: ofTemp, serve: (*Server).deletePassword},
	{method: post, path: ofDoor + "/temp-passwords/rest-password", serve: (*Server).clearPasswords},
	{method: post, path: ofDoor11 + "/offline-temp-password", body: offline, serve: (*Server).offlinePassword},
	{method: post, path: ofDoor + "/offline-temp-password", body: offline, serve: (*Server).offlinePassword},
	{method: put, path: ofDoor + "/offline-temp-password/{password_id}", body: need(text, "name"), serve: (*Server).nameOfflinePassword},
	{method: get, path: ofDevice + "/offline-pwd-locks", serve: (*Server).offlineLocks},
	{method: get, path: ofDoor + "/dynamic-password", serve: (*Server).dynamicPassword},

	{method: get, path: ofDoor + "/remote-unlocks", serve: (*Server).remoteUnlocks},
	{method: post, path: ofDoor + "/remote-unlock/config", body: with(need(text, "remote_unlock_type"), need(truth, "open")), serve: (*Server).configureRemote},
	{method: post, path: ofSmart + "/password-free/door-operate", body: with(need(text, "ticket_id"), need(truth, "open")), serve: (*Server).operateDoor},
	{method: post, path: ofDoor + "/password-free/open-door", body: need(text, "ticket_id"), serve: (*Server).openDoor},
	{method: post, path: ofDoor + "/open-door", body: ticketed, serve: (*Server).openWithPassword},
}

var methodEndpoints = []endpoint{
	{method: get, path: ofDoor + "/unassigned-keys", query: need(text, "unlock_type"), serve: (*Server).unassignedKeys},
	{method: get, path: ofHolder + "/assigned-keys", query: need(text, "unlock_type"), serve: (*Server).assignedKeys},
	{method: put, path: ofDoor + "/actions/entry", serve: (*Server).enrol,
		body: with(need(text, "unlock_type", "user_id"), need(whole, "user_type"), may(text, "password", "password_type", "ticket_id"))},
	{method: put, path: ofDoor + "/unlock-types/{unlock_type}/actions/cancel", serve: (*Server).cancelEnrolment},
	{method: del, path: ofHolder + "/unlock-types/{unlock_type}/keys/{unlock_no}", serve: (*Server).deleteKey},
	{method: put, path: ofDoor + "/opmodes/{unlock_sn}", serve: (*Server).changeMethod,
		body: with(need(text, "dp_code"), may(text, "unlock_name"), may(whole, "unlock_attr"), nested(inner, false, "notify_info", may(whole, "app_send")))},
	{method: post, path: ofMethods + "/actions/sync", body: need(text, "codes"), serve: (*Server).syncMethods},
	{method: post, path: ofMethods + "/{opmode_id}/attribute/{attribute}/opmode-attr", serve: (*Server).setAttribute},
	{method: put, path: ofKey + "/hijack", serve: (*Server).setDuress},
	{method: del, path: ofSmart + "/unlock-types/{unlock_type}/keys/{unlock_no}/hijack", serve: (*Server).clearDuress},

	{method: get, path: ofDoor + "/open-logs", query: records, serve: (*Server).openLogs},
	{method: get, path: ofDoor11 + "/open-logs", query: with(records, may(truth, "show_media_info")), serve: (*Server).openLogsInMillis},
	{method: get, path: ofDoor + "/alarm-logs", query: alarms, serve: (*Server).alarmLogs},
	{method: get, path: ofDoor11 + "/alarm-logs", query: with(alarms, may(truth, "show_media_info")), serve: (*Server).alarmLogs},
}

var deviceEndpoints = []endpoint{
	{method: get, path: ofDevice, serve: (*Server).getDevice},
	{method: get, path: "/v1.0/devices", query: need(text, "device_ids"), serve: (*Server).getDevices},
	{method: get, path: ofDevice + "/status", serve: (*Server).getStatus},
	{method: get, path: ofDevice + "/functions", serve: (*Server).getFunctions},
	{method: post, path: ofDevice + "/commands", body: commands, serve: (*Server).command},
	{method: put, path: ofDevice, body: need(text, "name"), serve: (*Server).renameDevice},
	{method: get, path: "/v1.0/users/{uid}/devices", query: with(may(text, "from"), may(whole, "page_no", "page_size")), serve: (*Server).devicesOfUser},
	{method: get, path: "/v1.0/iot-01/associated-users/devices", query: with(may(whole, "size"), may(text, "last_row_key")), serve: (*Server).projectDevices},
	{method: get, path: "/v1.0/iot-03/devices", query: need(text, "device_ids"), serve: (*Server).wrappedDevices},
	{method: get, path: "/v1.0/iot-03/devices/status", query: need(text, "device_ids"), serve: (*Server).getStatuses},
	{method: get, path: ofThing, serve: (*Server).getDevice},
	{method: put, path: ofThing, body: need(text, "name"), serve: (*Server).renameDevice},
	{method: get, path: ofThing + "/status", serve: (*Server).getStatus},
	{method: get, path: ofThing + "/functions", serve: (*Server).getFunctions},
	{method: post, path: ofThing + "/commands", body: commands, serve: (*Server).command},
	{method: get, path: "/v1.2/iot-03/devices", query: catalogue, serve: (*Server).catalogue},
	{method: get, path: "/v1.3/iot-03/devices", query: catalogue, serve: (*Server).catalogue},
}

var commands = nested(inners, true, "commands", with(need(text, "code"), need(open, "value")))

var catalogue = with(may(text, "source_type", "source_id", "device_ids", "name", "category", "product_id", "last_row_key"), may(whole, "page_size"))

var homeEndpoints = []endpoint{
	{method: get, path: "/v1.0/users/{uid}/infos", serve: (*Server).userInfo},
	{method: get, path: "/v1.0/users/{uid}/homes", serve: (*Server).userHomes},
	{method: get, path: "/v2.0/apps/{schema}/users", query: with(paged, may(whole, "start_time", "end_time")), serve: (*Server).appUsers},
	{method: post, path: "/v1.0/home/create-home", body: with(need(text, "uid"), nested(inner, true, "home", with(need(text, "name"), whereabouts)), may(texts, "rooms")), serve: (*Server).createHome},
	{method: get, path: ofHome, serve: (*Server).getHome},
	{method: put, path: ofHome, body: with(may(text, "name"), whereabouts), serve: (*Server).changeHome},
	{method: del, path: ofHome, serve: (*Server).deleteHome},
	{method: get, path: ofHome + "/devices", serve: (*Server).homeDevices},
	{method: get, path: ofHome + "/rooms", serve: (*Server).homeRooms},
	{method: post, path: ofHome + "/room", body: need(text, "name"), serve: (*Server).addRoom},
	{method: put, path: ofRoom, body: need(text, "name"), serve: (*Server).renameRoom},
	{method: del, path: ofRoom, serve: (*Server).deleteRoom},
	{method: get, path: ofRoom + "/devices", serve: (*Server).roomDevices},
}
