package dingdingtest

// endpoint is one call of the document, with its parameter table.
type endpoint struct {
	version string // "v1", "v2"
	name    string
	methods string // "GET", "POST" or both
	later   string // methods under /v2/, the vendor's later platform; "" = the same
	open    bool   // wants no access_token
	changes bool   // counted by Executed
	params  []param
	serve   func(*Server, fields) (object, error)
}

// located finds a device: by uuid, else by room, else the home's outer door or public meter.
var located = may(text, "home_id", "room_id", "uuid")

var (
	within = may(seconds, "start_time", "end_time")
	paged  = may(whole, "offset", "count")
)

// endpoints is the document, in its order. Types and required columns are the document's; where
// the vendor's own clients leave out what a table calls required, the line says so.
var endpoints = []endpoint{
	{version: "v1", name: "access_token", methods: "POST", open: true, changes: true, serve: (*Server).login,
		params: need(text, "client_id", "client_secret")},

	// 5 房屋管理
	{version: "v1", name: "add_home", methods: "POST", changes: true, serve: (*Server).addHome,
		params: with(need(text, "country", "city", "zone", "location", "block", "home_id", "home_name"),
			may(text, "description"), may(whole, "home_type"))},
	{version: "v1", name: "update_home", methods: "POST", changes: true, serve: (*Server).updateHome,
		params: with(need(text, "home_id"), may(whole, "sp_state"), may(text, "location", "home_name", "description"))},
	{version: "v1", name: "del_home", methods: "POST", changes: true, serve: (*Server).deleteHome,
		params: need(text, "home_id")},
	{version: "v1", name: "find_home_device", methods: "GET POST", serve: (*Server).findHomeDevice,
		params: need(text, "home_id")},
	{version: "v1", name: "find_home_devices", methods: "POST", serve: (*Server).findHomeDevices,
		params: need(texts, "home_id")},
	{version: "v1", name: "add_room", methods: "POST", changes: true, serve: (*Server).addRoom,
		params: with(need(text, "home_id", "room_id", "room_name"), may(text, "room_description"))}, // description: 是, but left out
	{version: "v1", name: "add_rooms", methods: "POST", changes: true, serve: (*Server).addRooms,
		params: with(need(text, "home_id"), []param{{Name: "rooms", Kind: inners, Required: true,
			Inner: with(need(text, "room_id", "room_name"), may(text, "room_description"), may(whole, "sp_state", "install_state"))}})},
	{version: "v1", name: "update_room", methods: "POST", changes: true, serve: (*Server).updateRoom,
		params: with(need(text, "home_id", "room_id", "room_name"), may(text, "room_description"))},
	{version: "v1", name: "del_room", methods: "POST", changes: true, serve: (*Server).deleteRoom,
		params: with(may(text, "home_id"), need(text, "room_id"))},
	{version: "v1", name: "get_home_info", methods: "GET", serve: (*Server).getHomeInfo,
		params: may(text, "home_id", "uuid", "manufactory")},
	{version: "v1", name: "search_home_info", methods: "GET", serve: (*Server).searchHomeInfo,
		params: with(searched, paged)}, // count is not in the table, but taken
	{version: "v1", name: "count_home_info", methods: "GET", serve: (*Server).countHomeInfo, params: searched},
	{version: "v1", name: "find_home_state", methods: "GET POST", serve: (*Server).findHomeState,
		params: need(text, "home_id")},
	{version: "v1", name: "find_home_states", methods: "POST", serve: (*Server).findHomeStates,
		params: need(texts, "home_id")},

	// 6 门锁、网关管理
	{version: "v1", name: "get_center_info", methods: "GET", serve: (*Server).getCenterInfo,
		params: may(text, "home_id", "uuid")},
	{version: "v1", name: "get_center_info_arr", methods: "GET", serve: (*Server).getCenterInfoArr,
		params: need(text, "home_id")}, // 否, but there is no other parameter
	{version: "v1", name: "get_lock_info", methods: "GET", serve: (*Server).getLockInfo, params: located},
	{version: "v1", name: "fetch_passwords", methods: "GET", serve: (*Server).fetchPasswords, params: located},
	{version: "v1", name: "get_default_password_plaintext", methods: "GET", serve: (*Server).getDefaultPassword, params: located},
	{version: "v1", name: "get_dynamic_password_plaintext", methods: "GET", serve: (*Server).getDynamicPassword, params: located},
	{version: "v1", name: "add_password", methods: "POST", changes: true, serve: (*Server).addPassword,
		params: with(located, need(whole, "is_default"), coded, may(seconds, "permission_begin", "permission_end"),
			named, may(truth, "is_send_location"))},
	{version: "v1", name: "update_password", methods: "POST", changes: true, serve: (*Server).updatePassword,
		params: with(located, need(whole, "password_id"), coded, may(seconds, "permission_begin", "permission_end"),
			named, may(truth, "is_send_location"))},
	{version: "v1", name: "delete_password", methods: "POST", changes: true, serve: (*Server).deletePassword,
		params: with(located, need(whole, "password_id"))},
	{version: "v1", name: "frozen_password", methods: "POST", changes: true, serve: (*Server).freezePassword,
		params: with(located, need(whole, "password_id"))},
	{version: "v1", name: "unfrozen_password", methods: "POST", changes: true, serve: (*Server).unfreezePassword,
		params: with(located, need(whole, "password_id"))},
	{version: "v1", name: "get_lock_events", methods: "GET", serve: (*Server).getLockEvents, params: with(located, paged, within)},
	{version: "v1", name: "count_lock_events", methods: "GET", serve: (*Server).countLockEvents, params: with(located, within)},
	{version: "v1", name: "add_password_without_center", methods: "POST", changes: true, serve: (*Server).addActivationCode,
		params: with(located, need(whole, "CMD"), activated)},
	{version: "v1", name: "update_password_without_center", methods: "POST", changes: true, serve: (*Server).updateActivationCode,
		params: with(located, need(whole, "password_id"), activated)},
	{version: "v1", name: "get_device_uuid", methods: "POST", later: "GET", serve: (*Server).getDeviceUUID,
		params: need(text, "sn")},
	{version: "v1", name: "get_device_info", methods: "POST", later: "GET", serve: (*Server).getDeviceInfo,
		params: need(text, "uuid")},

	// 7 设备操作记录
	{version: "v1", name: "search_device_op_log", methods: "GET", serve: (*Server).searchOperations,
		params: with(located, may(text, "operator", "op_id"), paged, within)},
	{version: "v1", name: "count_device_op_log", methods: "GET", serve: (*Server).countOperations,
		params: with(located, may(text, "operator", "op_id"), within)},

	// 10 工单
	{version: "v1", name: "add_ticket", methods: "POST", changes: true, serve: (*Server).addTicket,
		params: with(need(text, "home_id"), need(whole, "service_target", "service_type"), need(texts, "room_ids"),
			[]param{{Name: "subscribe", Kind: inner, Required: true, Inner: subscribed}}, may(text, "ticket_description"))},
	{version: "v1", name: "update_ticket", methods: "POST", changes: true, serve: (*Server).updateTicket,
		params: with(need(text, "ticket_id"), need(texts, "room_ids"),
			[]param{{Name: "subscribe", Kind: inner, Inner: subscribed}}, may(text, "ticket_description"))},
	{version: "v1", name: "delete_ticket", methods: "POST", changes: true, serve: (*Server).deleteTicket,
		params: need(text, "ticket_id")},
	{version: "v1", name: "get_ticket_by_id", methods: "GET", serve: (*Server).getTicket, params: need(text, "ticket_id")},
	{version: "v1", name: "get_ticket_by_home", methods: "GET", serve: (*Server).getHomeTickets,
		params: with(need(text, "home_id"), need(whole, "service_type"))},
	{version: "v1", name: "update_ticket_state", methods: "POST", changes: true, serve: (*Server).updateTicketState,
		params: with(need(text, "ticket_id"), need(whole, "ticket_state"))},

	// 11 电表、采集器管理
	{version: "v1", name: "get_elemeter_info", methods: "GET", serve: (*Server).getMeterInfo, params: located},
	{version: "v1", name: "elemeter_update_overdraft", methods: "POST", changes: true, serve: (*Server).updateOverdraft,
		params: with(located, need(float, "overdraft"))},
	{version: "v1", name: "elemeter_reset_by_collector", methods: "POST", changes: true, serve: (*Server).resetMeter, params: located},
	{version: "v1", name: "elemeter_update_max_capacity", methods: "POST", changes: true, serve: (*Server).updateCapacity,
		params: with(located, need(float, "capacity"))},
	{version: "v1", name: "elemeter_read", methods: "POST", changes: true, serve: (*Server).readMeter, params: located},
	{version: "v1", name: "elemeter_switch_on", methods: "POST", changes: true, serve: (*Server).switchOn, params: located},
	{version: "v1", name: "elemeter_switch_off", methods: "POST", changes: true, serve: (*Server).switchOff, params: located},
	{version: "v1", name: "elemeter_count_charge_history", methods: "GET", serve: (*Server).countCharges, params: with(located, within)},
	{version: "v1", name: "elemeter_fetch_charge_history", methods: "GET", serve: (*Server).fetchCharges, params: with(located, paged, within)},
	{version: "v1", name: "elemeter_count_power_history", methods: "GET", serve: (*Server).countPower, params: with(located, within)},
	{version: "v1", name: "elemeter_fetch_power_history", methods: "GET", serve: (*Server).fetchPower, params: with(located, paged, within)},
	{version: "v1", name: "get_elecollector_info", methods: "GET", serve: (*Server).getCollector, params: may(text, "home_id", "uuid")},
	{version: "v1", name: "get_elecollector_info_arr", methods: "GET", serve: (*Server).getCollectors, params: may(text, "home_id", "uuid")},
	{version: "v1", name: "elemeter_fetch_power_consumption", methods: "GET", serve: (*Server).getConsumption, params: with(located, within)},
	{version: "v1", name: "elemeter_set_eleprice", methods: "POST", changes: true, serve: (*Server).setPrice,
		params: with(located, may(float, "room_eleprice", "client_eleprice"))}, // Int, but prices have fractions
	{version: "v1", name: "elemeter_set_eleprice_by_home", methods: "POST", changes: true, serve: (*Server).setHomePrice,
		params: with(need(text, "home_id"), need(float, "eleprice"))}, // home_id: 否, but there is no other; price: Int
	{version: "v1", name: "elemeter_set_eleprice_way", methods: "POST", changes: true, serve: (*Server).setPriceWay,
		params: with(located, need(whole, "eleprice_way"))},
	{version: "v1", name: "elemeter_get_price_and_way", methods: "GET", serve: (*Server).getPrice, params: located},
	{version: "v1", name: "elemeter_charge_query", methods: "GET", serve: (*Server).queryCharge,
		params: may(text, "trade_num", "serial_no")},
	{version: "v1", name: "elemeter_charge_reset", methods: "POST", changes: true, serve: (*Server).resetCharge, params: located},
	{version: "v1", name: "elemeter_syn_data", methods: "POST", changes: true, serve: (*Server).syncMeter, params: located},
	{version: "v1", name: "refresh_devices_lqi", methods: "POST", changes: true, serve: (*Server).refreshSignal,
		params: with(may(texts, "uuids"), may(text, "home_id", "type"))}, // uuids: String, but an Array
	{version: "v1", name: "set_room_pay_type", methods: "POST", changes: true, serve: (*Server).setPayType,
		params: with(may(text, "room_id", "uuid"), need(whole, "pay_type"), may(whole, "overdraft"))},
	{version: "v1", name: "elemeter_force_open", methods: "POST", changes: true, serve: (*Server).forceOff,
		params: with(may(text, "room_id", "uuid"), need(whole, "force_open"))},
	{version: "v1", name: "elemeter_charge", methods: "POST", changes: true, serve: (*Server).chargeEnergy,
		params: with(located, need(float, "amount"), may(text, "trade_num"))},
	{version: "v1", name: "elemeter_charge_fees", methods: "POST", changes: true, serve: (*Server).chargeFees,
		params: with(located, need(float, "fees"), may(whole, "eleprice_way"), may(text, "trade_num"))},

	// 14 蓝牙授权
	{version: "v2", name: "auth_room", methods: "POST", changes: true, serve: (*Server).authRoom,
		params: with(need(text, "phone", "home_id"), may(text, "country_code"), need(texts, "room_ids"), may(whole, "auth_type"),
			[]param{{Name: "permission", Kind: inner, Inner: with(may(whole, "status"), may(seconds, "begin", "end"))}})},
	{version: "v2", name: "unauth_room", methods: "POST", changes: true, serve: (*Server).unauthRoom,
		params: with(may(texts, "auth_ids", "room_ids"), may(text, "home_id", "phone", "country_code"))},
	{version: "v2", name: "app_token", methods: "GET", serve: (*Server).appToken,
		params: with(need(text, "phone"), may(text, "country_code"))},

	// 15 水表及水表网关管理
	{version: "v1", name: "get_water_gateway_info", methods: "GET", serve: (*Server).getWaterGateway, params: need(text, "uuid")},
	{version: "v1", name: "get_watermeter_info", methods: "GET", serve: (*Server).getWaterMeter, params: need(text, "uuid", "manufactory")},
	{version: "v1", name: "read_watermeter", methods: "GET", changes: true, serve: (*Server).readWaterMeter, params: need(text, "uuid", "manufactory")},
	{version: "v1", name: "read_watermeter_status", methods: "GET", serve: (*Server).getWaterReadingState, params: need(text, "uuid", "manufactory")},
	{version: "v1", name: "get_meter_record", methods: "GET", serve: (*Server).getWaterRecords, params: recorded},
	{version: "v1", name: "count_meter_record", methods: "POST", serve: (*Server).countWaterRecords, params: recorded},

	// 17 设备异常记录
	{version: "v1", name: "device_fetch_exceptions", methods: "GET", serve: (*Server).fetchExceptions, params: excepted},
	{version: "v1", name: "device_count_exceptions", methods: "GET", serve: (*Server).countExceptions, params: excepted},
}

var (
	searched   = may(text, "home_name", "city", "zone", "block", "location")
	coded      = may(text, "password", "encrypted_password")
	named      = may(text, "name", "phonenumber", "phonenummer") // the tables print both
	activated  = with(need(text, "name"), may(text, "phonenumber", "phonenummer"), may(truth, "is_send_msg", "is_send_location"), may(seconds, "permission_end"))
	subscribed = with(may(day, "date"), may(text, "time", "name", "phone", "note"))
	recorded   = with(may(text, "uuid", "manufactory", "room_id"), may(whole, "type"), paged, may(millis, "begin", "end"))
	excepted   = with(need(text, "uuid"), paged, may(millis, "start_time", "end_time")) // uuid: 否, but nothing is found without
)
