package yeeuutest

import (
	"slices"
	"strings"
)

// endpoint is one call, with its parameters.
type endpoint struct {
	method, path string
	need, may    []string
	keyed        bool // of the second interface
	changes      bool // counted by Executed
	serve        func(*Server, params) (object, error)
}

// name is what Executed and Fail call it: the last element of the path.
func (e endpoint) name() string { return e.path[strings.LastIndexByte(e.path, '/')+1:] }

var (
	located = []string{"code", "doorType"}
	placed  = []string{"buildingId", "door"} // door is required for an inner door
)

func with(lists ...[]string) []string { return slices.Concat(lists...) }

// endpoints is the vendor's document, and then what public clients call besides. The document
// marks no parameter as required; these are the ones its notes do not call optional.
var endpoints = []endpoint{
	// 1 房源同步
	{method: "POST", path: "/apartments/synchronize_apartments", changes: true, serve: (*Server).synchronize,
		need: []string{"apartmentList"}},
	// 2 授权, 3 取消授权
	{method: "POST", path: "/apartments/{code}/auth", changes: true, serve: (*Server).authorize, may: placed,
		need: with(located, []string{"startTime", "endTime", "author", "authoredName", "authoredMobile"})},
	{method: "POST", path: "/apartments/{code}/delete_auth", changes: true, serve: (*Server).revoke, may: placed,
		need: with(located, []string{"authoredMobile"})},
	// 4 远程开门
	{method: "POST", path: "/apartments/{code}/remote_action", changes: true, serve: (*Server).openRemotely, may: placed,
		need: with(located, []string{"operator"})},
	// 5 设置密码, 6 删除密码
	{method: "POST", path: "/apartments/{code}/generate_password", changes: true, serve: (*Server).setPassword, may: placed,
		need: with(located, []string{"startTime", "endTime", "author", "authoredName", "authoredMobile", "password"})},
	{method: "POST", path: "/apartments/{code}/remove_password", changes: true, serve: (*Server).removePassword, may: placed,
		need: with(located, []string{"authoredMobile"})},
	// 7 查询开门日志, 8 查询开门日志总页数. buildingId is not in their tables, but taken
	{method: "GET", path: "/apartments/{code}/get_device_logs", serve: (*Server).listLogs, may: placed,
		need: with(located, []string{"page", "pageSize"})},
	{method: "GET", path: "/apartments/{code}/get_device_logs_page_count", serve: (*Server).countLogPages,
		need: with(located, []string{"pageSize"}), may: with(placed, []string{"page"})},

	// The second interface.
	{method: "POST", path: "/v1/locks", keyed: true, changes: true, serve: (*Server).deviceAction,
		need: []string{"sn", "action"}},
	{method: "GET", path: "/v1/locks/{sn}/getState", keyed: true, serve: (*Server).deviceState},
	{method: "GET", path: "/v1/locks/{sn}/ext_password", keyed: true, changes: true, serve: (*Server).setSlot,
		need: []string{"password", "type", "index"}, may: []string{"startime", "endtime", "action", "times", "sn"}},
	{method: "GET", path: "/v1/locks/{sn}/operation_password", keyed: true, changes: true, serve: (*Server).emptySlot,
		need: []string{"index"}, may: []string{"mode"}},
	{method: "GET", path: "/v1/locks/{sn}/modify_password_property", keyed: true, changes: true, serve: (*Server).modifySlot,
		need: []string{"index", "action"}},
	{method: "GET", path: "/v1/locks/{sn}/query_cycle_password", keyed: true, serve: (*Server).cyclePassword},
	{method: "GET", path: "/v1/locks/{sn}/clear_all_password", keyed: true, changes: true, serve: (*Server).emptySlots,
		need: []string{"mode"}},
	{method: "GET", path: "/v1/locks/{sn}/logs/{from}/{to}", keyed: true, serve: (*Server).deviceLogs},
}
