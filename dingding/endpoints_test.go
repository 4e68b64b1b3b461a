package dingding

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/wiretest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestEndpoints(t *testing.T) {
	wiretest.Run(t, newEndpointClient, endpoints(),
		wiretest.Envelope("", "ErrNo", "ErrMsg", "ReqID"),
		wiretest.Ignore("add_rooms", "room_id"),                                    // one id for several rooms says nothing
		wiretest.Ignore("auth_room", "auth_infos[].auth_id", "auth_infos[].phone"), // what authorizations hold is not documented
	)
}

func TestEveryEndpointHasARow(t *testing.T) {
	// The call for a token has tests of its own.
	wiretest.Complete(t, ".", endpoints(), wiretest.Without("POST /openapi/v1/access_token"))
}

// endpoints has a row for every endpoint, with every field of its request set; where requests come
// in several shapes, a row for each. What is sent and what is read out of the answer stand in
// testdata; see the README there.
func endpoints() []wiretest.Row[*Client] {
	at := Locator{HomeID: "h1", RoomID: "r1", UUID: "u1"}
	begin, end := time.Unix(1514736000, 0), time.Unix(1517414400, 0) // all of January 2018 in China
	period := Period{Start: begin, End: end}
	page := Paging{Offset: 40, Count: 10}
	filter := HomeFilter{Name: "FYBJ", City: "北京市", Zone: "昌平区", Block: "西环里", Location: "27号楼"}
	energy, price := decimal.RequireFromString("12.5"), decimal.RequireFromString("0.95")
	var free decimal.Decimal
	visit := Visit{
		Date: time.UnixMilli(1464998400000), Time: VisitAfternoon, Name: "李雷", Phone: phone, Note: "先打电话",
	}

	return []wiretest.Row[*Client]{
		// §5
		{Endpoint: "POST /openapi/v1/add_home", Name: "add_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddHome(ctx, AddHomeRequest{
				Type: HomeCentralized, Country: "中国", City: "北京市", Zone: "昌平区", Location: "西环里小区27号楼3单元6层602室",
				Block: "西环里小区", HomeID: "h1", Name: "FYBJ1607050013", Description: "朝南",
			})
		}},
		{Endpoint: "POST /openapi/v1/add_home", Name: "add_home_least", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddHome(ctx, AddHomeRequest{
				Country: "中国", City: "北京市", Zone: "昌平区", Location: "27号楼", Block: "西环里小区", HomeID: "h1", Name: "1",
			})
		}},
		{Endpoint: "POST /openapi/v1/update_home", Name: "update_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateHome(ctx, UpdateHomeRequest{
				HomeID: "h1", SPState: HomeManageable, Location: "28号楼", Block: "西环里小区", Name: "FYBJ1607050014", Description: "朝北",
			})
		}},
		{Endpoint: "POST /openapi/v1/update_home", Name: "update_home_state", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateHome(ctx, UpdateHomeRequest{HomeID: "h1", SPState: HomeManageable})
		}},
		{Endpoint: "POST /openapi/v1/del_home", Name: "del_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.DeleteHome(ctx, DeleteHomeRequest{HomeID: "h1"})
		}},
		{Endpoint: "GET /openapi/v1/find_home_device", Name: "find_home_device", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.FindHomeDevices(ctx, FindHomeDevicesRequest{HomeID: "h1"})
		}},
		{Endpoint: "GET /openapi/v1/find_home_device", Name: "find_home_device_none", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.FindHomeDevices(ctx, FindHomeDevicesRequest{HomeID: "h1"})
		}},
		{Endpoint: "POST /openapi/v1/find_home_devices", Name: "find_home_devices", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.FindDevicesOfHomes(ctx, FindDevicesOfHomesRequest{HomeIDs: []string{"h1", "h2"}})
		}},
		{Endpoint: "POST /openapi/v1/add_room", Name: "add_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddRoom(ctx, AddRoomRequest{HomeID: "h1", RoomID: "r1", Name: "201", Note: "主卧"})
		}},
		{Endpoint: "POST /openapi/v1/add_rooms", Name: "add_rooms", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddRooms(ctx, AddRoomsRequest{HomeID: "h1", Rooms: []NewRoom{
				{RoomID: "r1", Name: "201", Note: "主卧"}, {RoomID: "r2", Name: "202"},
			}})
		}},
		{Endpoint: "POST /openapi/v1/update_room", Name: "update_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateRoom(ctx, UpdateRoomRequest{HomeID: "h1", RoomID: "r1", Name: "201A", Note: ""})
		}},
		{Endpoint: "POST /openapi/v1/del_room", Name: "del_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.DeleteRoom(ctx, DeleteRoomRequest{HomeID: "h1", RoomID: "r1"})
		}},
		{Endpoint: "GET /openapi/v1/get_home_info", Name: "get_home_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetHomeInfo(ctx, GetHomeInfoRequest{HomeID: "h1"})
		}},
		{Endpoint: "GET /openapi/v1/get_home_info", Name: "get_home_info_by_uuid", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetHomeInfo(ctx, GetHomeInfoRequest{UUID: "170000001", Manufactory: "cy"})
		}},
		{Endpoint: "GET /openapi/v1/search_home_info", Name: "search_home_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SearchHomes(ctx, SearchHomesRequest{HomeFilter: filter, Paging: page})
		}},
		{Endpoint: "GET /openapi/v1/search_home_info", Name: "search_home_info_all", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SearchHomes(ctx, SearchHomesRequest{})
		}},
		{Endpoint: "GET /openapi/v1/count_home_info", Name: "count_home_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CountHomes(ctx, filter)
		}},

		// §6
		{Endpoint: "GET /openapi/v1/get_center_info", Name: "get_center_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetGateway(ctx, HomeLocator{HomeID: "h1", UUID: "u1"})
		}},
		{Endpoint: "GET /openapi/v1/get_center_info_arr", Name: "get_center_info_arr", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListGateways(ctx, ListGatewaysRequest{HomeID: "h1"})
		}},
		{Endpoint: "GET /openapi/v1/get_lock_info", Name: "get_lock_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetLock(ctx, at)
		}},
		{Endpoint: "GET /openapi/v1/get_lock_info", Name: "get_lock_info_outer", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetLock(ctx, Locator{HomeID: "h1"})
		}},
		{Endpoint: "GET /openapi/v1/fetch_passwords", Name: "fetch_passwords", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListPasswords(ctx, at)
		}},
		{Endpoint: "GET /openapi/v1/fetch_passwords", Name: "fetch_passwords_object", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListPasswords(ctx, Locator{UUID: "u1"})
		}},
		{Endpoint: "GET /openapi/v1/fetch_passwords", Name: "fetch_passwords_none", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListPasswords(ctx, Locator{HomeID: "h1", RoomID: "r1"})
		}},
		{Endpoint: "GET /openapi/v1/get_default_password_plaintext", Name: "get_default_password_plaintext", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetAdminPassword(ctx, at)
		}},
		{Endpoint: "GET /openapi/v1/get_dynamic_password_plaintext", Name: "get_dynamic_password_plaintext", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetDynamicPassword(ctx, at)
		}},
		{Endpoint: "POST /openapi/v1/add_password", Name: "add_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddPassword(ctx, AddPasswordRequest{
				Locator: at, Password: pin, Begin: begin, End: end, Name: "李雷", Phone: phone, SendLocation: true,
			})
		}},
		{Endpoint: "POST /openapi/v1/add_password", Name: "add_password_permanent", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddPassword(ctx, AddPasswordRequest{Locator: Locator{UUID: "u1"}, Password: pin, Name: "李雷"})
		}},
		{Endpoint: "POST /openapi/v1/add_password", Name: "add_password_admin", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddPassword(ctx, AddPasswordRequest{Locator: Locator{UUID: "u1"}, Password: pin, Admin: true})
		}},
		{Endpoint: "POST /openapi/v1/add_password", Name: "add_password_plain", Call: func(ctx context.Context, c *Client) (any, error) {
			c.set.codes = codePlain
			return c.AddPassword(ctx, AddPasswordRequest{Locator: Locator{UUID: "u1"}, Password: pin, Begin: begin, End: end})
		}},
		{Endpoint: "POST /openapi/v1/update_password", Name: "update_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdatePassword(ctx, UpdatePasswordRequest{
				Locator: at, PasswordID: 1001, Password: pin, Begin: begin, End: end, Name: "韩梅梅", Phone: phone, SendLocation: true,
			})
		}},
		{Endpoint: "POST /openapi/v1/update_password", Name: "update_password_permanent", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdatePassword(ctx, UpdatePasswordRequest{Locator: Locator{UUID: "u1"}, PasswordID: 1001, Permanent: true})
		}},
		{Endpoint: "POST /openapi/v1/update_password", Name: "update_password_admin", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdatePassword(ctx, UpdatePasswordRequest{Locator: Locator{UUID: "u1"}, PasswordID: AdminPasswordID, Password: pin})
		}},
		{Endpoint: "POST /openapi/v1/delete_password", Name: "delete_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.DeletePassword(ctx, PasswordRequest{Locator: at, PasswordID: 1001})
		}},
		{Endpoint: "POST /openapi/v1/frozen_password", Name: "frozen_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.FreezePassword(ctx, PasswordRequest{Locator: at, PasswordID: 1001})
		}},
		{Endpoint: "POST /openapi/v1/unfrozen_password", Name: "unfrozen_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UnfreezePassword(ctx, PasswordRequest{Locator: at, PasswordID: 0})
		}},
		{Endpoint: "GET /openapi/v1/get_lock_events", Name: "get_lock_events", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListLockEvents(ctx, ListLockEventsRequest{Locator: at, Period: period, Paging: page})
		}},
		{Endpoint: "GET /openapi/v1/count_lock_events", Name: "count_lock_events", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CountLockEvents(ctx, CountLockEventsRequest{Locator: at, Period: period})
		}},
		{Endpoint: "POST /openapi/v1/add_password_without_center", Name: "add_password_without_center", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddActivationCode(ctx, AddActivationCodeRequest{
				Locator: at, Kind: ActivationTenant, Phone: phone, Name: "李雷", End: end, SendMessage: true, SendLocation: true,
			})
		}},
		{Endpoint: "POST /openapi/v1/add_password_without_center", Name: "add_password_without_center_admin", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddActivationCode(ctx, AddActivationCodeRequest{
				Locator: Locator{UUID: "u1"}, Kind: ActivationAdmin, Phone: phone, Name: "管家",
			})
		}},
		{Endpoint: "POST /openapi/v1/update_password_without_center", Name: "update_password_without_center", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateActivationCode(ctx, UpdateActivationCodeRequest{
				Locator: at, PasswordID: 3025, Phone: phone, Name: "李雷", End: end, SendMessage: true, SendLocation: true,
			})
		}},
		{Endpoint: "POST /openapi/v1/update_password_without_center", Name: "update_password_without_center_admin", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateActivationCode(ctx, UpdateActivationCodeRequest{
				Locator: Locator{UUID: "u1"}, PasswordID: AdminActivationID, Phone: phone, Name: "管家",
			})
		}},
		{Endpoint: "POST /openapi/v1/get_device_uuid", Name: "get_device_uuid", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetDeviceUUID(ctx, GetDeviceUUIDRequest{SN: "lkjl0007160400036702"})
		}},
		{Endpoint: "POST /openapi/v1/get_device_info", Name: "get_device_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetDeviceInfo(ctx, GetDeviceInfoRequest{UUID: "69efe3e537fa03d5dd7b07f1c55d7a00"})
		}},

		// §7
		{Endpoint: "GET /openapi/v1/search_device_op_log", Name: "search_device_op_log", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SearchOperations(ctx, SearchOperationsRequest{
				OperationFilter: OperationFilter{Locator: at, Operator: phone, OpID: OpIDSendPassword, Period: period}, Paging: page,
			})
		}},
		{Endpoint: "GET /openapi/v1/count_device_op_log", Name: "count_device_op_log", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CountOperations(ctx, OperationFilter{Locator: at, Operator: phone, OpID: OpIDSendPassword, Period: period})
		}},

		// §10
		{Endpoint: "POST /openapi/v1/add_ticket", Name: "add_ticket", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddTicket(ctx, AddTicketRequest{
				HomeID: "h1", ServiceTarget: TargetLock, ServiceType: TicketInstall, RoomIDs: []string{"r1", "r2"}, Subscribe: visit,
				TicketDescription: "两把锁",
			})
		}},
		{Endpoint: "POST /openapi/v1/add_ticket", Name: "add_ticket_repair", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AddTicket(ctx, AddTicketRequest{
				HomeID: "h1", ServiceTarget: TargetMeter, ServiceType: TicketRepair, RoomIDs: []string{"r1"}, TicketDescription: "不上传",
				Subscribe: Visit{Time: VisitAllDay, Name: "李雷", Phone: phone},
			})
		}},
		{Endpoint: "POST /openapi/v1/update_ticket", Name: "update_ticket", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateTicket(ctx, UpdateTicketRequest{
				TicketID: "t1", RoomIDs: []string{"r1", "r2"}, TicketDescription: "三把锁", Subscribe: &visit,
			})
		}},
		{Endpoint: "POST /openapi/v1/update_ticket", Name: "update_ticket_least", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateTicket(ctx, UpdateTicketRequest{TicketID: "t1", RoomIDs: []string{"r1"}})
		}},
		{Endpoint: "POST /openapi/v1/delete_ticket", Name: "delete_ticket", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.DeleteTicket(ctx, DeleteTicketRequest{TicketID: "t1"})
		}},
		{Endpoint: "GET /openapi/v1/get_ticket_by_id", Name: "get_ticket_by_id", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetTicket(ctx, GetTicketRequest{TicketID: "20160511_81299"})
		}},
		{Endpoint: "GET /openapi/v1/get_ticket_by_home", Name: "get_ticket_by_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListHomeTickets(ctx, ListHomeTicketsRequest{HomeID: "h1", ServiceType: TicketRepair})
		}},
		{Endpoint: "POST /openapi/v1/update_ticket_state", Name: "update_ticket_state", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetTicketState(ctx, SetTicketStateRequest{TicketID: "t1", TicketState: TicketClosed})
		}},

		// §11
		{Endpoint: "GET /openapi/v1/get_elemeter_info", Name: "get_elemeter_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetMeter(ctx, at)
		}},
		{Endpoint: "GET /openapi/v1/get_elemeter_info", Name: "get_elemeter_info_zigbee", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetMeter(ctx, Locator{RoomID: "r1"})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_update_overdraft", Name: "elemeter_update_overdraft", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetMeterOverdraft(ctx, SetMeterOverdraftRequest{Locator: at, Overdraft: energy})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_reset_by_collector", Name: "elemeter_reset_by_collector", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ResetMeter(ctx, at)
		}},
		{Endpoint: "POST /openapi/v1/elemeter_update_max_capacity", Name: "elemeter_update_max_capacity", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetMeterCapacity(ctx, SetMeterCapacityRequest{Locator: at, Capacity: energy})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_read", Name: "elemeter_read", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ReadMeter(ctx, at)
		}},
		{Endpoint: "POST /openapi/v1/elemeter_switch_on", Name: "elemeter_switch_on", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SwitchMeterOn(ctx, at)
		}},
		{Endpoint: "POST /openapi/v1/elemeter_switch_off", Name: "elemeter_switch_off", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SwitchMeterOff(ctx, at)
		}},
		{Endpoint: "GET /openapi/v1/elemeter_count_charge_history", Name: "elemeter_count_charge_history", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CountMeterCharges(ctx, MeterPeriod{Locator: at, Period: period})
		}},
		{Endpoint: "GET /openapi/v1/elemeter_fetch_charge_history", Name: "elemeter_fetch_charge_history", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListMeterCharges(ctx, MeterPage{Locator: at, Period: period, Paging: page})
		}},
		{Endpoint: "GET /openapi/v1/elemeter_count_power_history", Name: "elemeter_count_power_history", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CountMeterReadings(ctx, MeterPeriod{Locator: at, Period: period})
		}},
		{Endpoint: "GET /openapi/v1/elemeter_fetch_power_history", Name: "elemeter_fetch_power_history", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListMeterReadings(ctx, MeterPage{Locator: at, Period: period, Paging: page})
		}},
		{Endpoint: "GET /openapi/v1/get_elecollector_info", Name: "get_elecollector_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetCollector(ctx, HomeLocator{HomeID: "h1", UUID: "u1"})
		}},
		{Endpoint: "GET /openapi/v1/get_elecollector_info_arr", Name: "get_elecollector_info_arr", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListCollectors(ctx, HomeLocator{HomeID: "h1", UUID: "u1"})
		}},
		{Endpoint: "GET /openapi/v1/elemeter_fetch_power_consumption", Name: "elemeter_fetch_power_consumption", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetPowerConsumption(ctx, MeterPeriod{Locator: at, Period: period})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_set_eleprice", Name: "elemeter_set_eleprice", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetPowerPrice(ctx, SetPowerPriceRequest{Locator: at, RoomPrice: &price, ClientPrice: &energy})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_set_eleprice", Name: "elemeter_set_eleprice_free", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetPowerPrice(ctx, SetPowerPriceRequest{Locator: Locator{RoomID: "r1"}, RoomPrice: &free})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_set_eleprice_by_home", Name: "elemeter_set_eleprice_by_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetHomePowerPrice(ctx, SetHomePowerPriceRequest{HomeID: "h1", Price: price})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_set_eleprice_way", Name: "elemeter_set_eleprice_way", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetPowerPriceMode(ctx, SetPowerPriceModeRequest{Locator: at, Mode: PriceOfRoom})
		}},
		{Endpoint: "GET /openapi/v1/elemeter_get_price_and_way", Name: "elemeter_get_price_and_way", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetPowerPrice(ctx, at)
		}},
		{Endpoint: "GET /openapi/v1/elemeter_charge_query", Name: "elemeter_charge_query", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.QueryMeterCharge(ctx, QueryMeterChargeRequest{TradeNum: "order-1", SerialNo: "SN20180115000001"})
		}},
		{Endpoint: "GET /openapi/v1/elemeter_charge_query", Name: "elemeter_charge_query_serial", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.QueryMeterCharge(ctx, QueryMeterChargeRequest{SerialNo: "SN20180115000001"})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_charge_reset", Name: "elemeter_charge_reset", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ResetMeterCharge(ctx, at)
		}},
		{Endpoint: "POST /openapi/v1/elemeter_syn_data", Name: "elemeter_syn_data", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SyncMeter(ctx, at)
		}},
		{Endpoint: "POST /openapi/v1/refresh_devices_lqi", Name: "refresh_devices_lqi", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RefreshSignal(ctx, RefreshSignalRequest{UUIDs: []string{"u1", "u2"}})
		}},
		{Endpoint: "POST /openapi/v1/refresh_devices_lqi", Name: "refresh_devices_lqi_home", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RefreshSignal(ctx, RefreshSignalRequest{HomeID: "h1", Type: SignalLocks})
		}},
		{Endpoint: "POST /openapi/v1/set_room_pay_type", Name: "set_room_pay_type", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetRoomPayType(ctx, SetRoomPayTypeRequest{
				RoomLocator: RoomLocator{RoomID: "r1", UUID: "u1"}, PayType: Prepaid, Overdraft: decimal.NewFromInt(20),
			})
		}},
		{Endpoint: "POST /openapi/v1/set_room_pay_type", Name: "set_room_pay_type_postpaid", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetRoomPayType(ctx, SetRoomPayTypeRequest{RoomLocator: RoomLocator{RoomID: "r1"}, PayType: Postpaid})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_force_open", Name: "elemeter_force_open", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetMeterForcedOff(ctx, SetMeterForcedOffRequest{RoomLocator: RoomLocator{RoomID: "r1", UUID: "u1"}, ForceOpen: ForcedOffEnd})
		}},

		// §14
		{Endpoint: "POST /openapi/v2/auth_room", Name: "auth_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AuthorizeRooms(ctx, AuthorizeRoomsRequest{
				Phone: phone, CountryCode: "+86", HomeID: "h1", RoomIDs: []string{"r1", "r2"}, AuthType: AuthBluetoothUnlock,
				Permission: AuthPermission{Status: PermissionTimed, Begin: begin, End: end},
			})
		}},
		{Endpoint: "POST /openapi/v2/auth_room", Name: "auth_room_permanent", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AuthorizeRooms(ctx, AuthorizeRoomsRequest{
				Phone: phone, HomeID: "h1", RoomIDs: []string{"r1"}, Permission: AuthPermission{Status: PermissionPermanent},
			})
		}},
		{Endpoint: "POST /openapi/v2/auth_room", Name: "auth_room_manage", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.AuthorizeRooms(ctx, AuthorizeRoomsRequest{Phone: phone, HomeID: "h1", RoomIDs: []string{"r1"}, AuthType: AuthManage})
		}},
		{Endpoint: "POST /openapi/v2/unauth_room", Name: "unauth_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RevokeRooms(ctx, RevokeRoomsRequest{AuthIDs: []string{"a1", "a2"}})
		}},
		{Endpoint: "POST /openapi/v2/unauth_room", Name: "unauth_room_rooms", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RevokeRooms(ctx, RevokeRoomsRequest{HomeID: "h1", RoomIDs: []string{"r1", "r2"}, Phone: phone, CountryCode: "+86"})
		}},
		{Endpoint: "GET /openapi/v2/app_token", Name: "app_token", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetAppToken(ctx, GetAppTokenRequest{Phone: phone, CountryCode: "+86"})
		}},

		// §15
		{Endpoint: "GET /openapi/v1/get_water_gateway_info", Name: "get_water_gateway_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetWaterGateway(ctx, GetWaterGatewayRequest{UUID: "284eb850970d"})
		}},
		{Endpoint: "GET /openapi/v1/get_watermeter_info", Name: "get_watermeter_info", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetWaterMeter(ctx, WaterMeterID{UUID: "170000001", Manufactory: "ym"})
		}},
		{Endpoint: "GET /openapi/v1/read_watermeter", Name: "read_watermeter", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ReadWaterMeter(ctx, WaterMeterID{UUID: "170000001"}) // of the client's maker, "cy"
		}},
		{Endpoint: "GET /openapi/v1/read_watermeter_status", Name: "read_watermeter_status", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetWaterReadingState(ctx, WaterMeterID{UUID: "170000001", Manufactory: "ym"})
		}},
		{Endpoint: "GET /openapi/v1/get_meter_record", Name: "get_meter_record", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListWaterReadings(ctx, WaterReadingsRequest{
				UUID: "170000001", Manufactory: "ym", Paging: page, Begin: begin.Add(time.Millisecond), End: end,
			})
		}},
		{Endpoint: "GET /openapi/v1/get_meter_record", Name: "get_meter_record_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListWaterReadings(ctx, WaterReadingsRequest{RoomID: "r1", Type: HotWater})
		}},
		{Endpoint: "POST /openapi/v1/count_meter_record", Name: "count_meter_record", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CountWaterReadings(ctx, WaterReadingsRequest{
				UUID: "170000001", Manufactory: "ym", Paging: page, Begin: begin.Add(time.Millisecond), End: end,
			})
		}},
		{Endpoint: "POST /openapi/v1/count_meter_record", Name: "count_meter_record_room", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CountWaterReadings(ctx, WaterReadingsRequest{RoomID: "r1", Type: HotWater})
		}},

		// §17
		{Endpoint: "GET /openapi/v1/device_fetch_exceptions", Name: "device_fetch_exceptions", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListDeviceExceptions(ctx, DeviceExceptionsRequest{UUID: "u1", Paging: page, Start: begin.Add(time.Millisecond), End: end})
		}},
		{Endpoint: "GET /openapi/v1/device_count_exceptions", Name: "device_count_exceptions", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.CountDeviceExceptions(ctx, DeviceExceptionsRequest{UUID: "u1", Paging: page, Start: begin.Add(time.Millisecond), End: end})
		}},

		// Outside the document.
		{Endpoint: "POST /openapi/v1/elemeter_charge", Name: "elemeter_charge", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ChargeMeter(ctx, ChargeMeterRequest{Locator: at, Amount: energy, TradeNum: "order-1"})
		}},
		{Endpoint: "POST /openapi/v1/elemeter_charge_fees", Name: "elemeter_charge_fees", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ChargeMeterFees(ctx, ChargeMeterFeesRequest{Locator: at, Fees: price, Basis: BasisMerchant, TradeNum: "order-2"})
		}},
		{Endpoint: "GET /openapi/v1/find_home_state", Name: "find_home_state", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.FindHomeState(ctx, FindHomeStateRequest{HomeID: "h1"})
		}},
		{Endpoint: "POST /openapi/v1/find_home_states", Name: "find_home_states", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.FindHomeStates(ctx, FindHomeStatesRequest{HomeIDs: []string{"h1", "h2"}})
		}},
	}
}

// newEndpointClient has the token of one of the vectors, so that the encrypted codes in testdata
// are known ones.
func newEndpointClient(_ *testing.T, hc *http.Client) *Client {
	token := func(context.Context) (lock.Secret, error) {
		return lock.NewSecret("e5fcf12604be880a05e66449bccbf951"), nil
	}
	return New("", "", WithToken(token), lock.WithHTTPClient(hc), lock.WithClock(fixedClock{}))
}
