package dingdingtest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

// flat is a home made through the API, with devices an installer put in.
type flat struct {
	door, outer, gateway, collector, meter, waterGateway, water lock.DeviceID
	ticket, auth, serial                                        string
}

var newHome = params{
	"home_id": "h1", "home_name": "FYBJ1607050013", "country": "中国", "city": "北京市", "zone": "昌平区",
	"location": "西环里小区27号楼", "block": "西环里小区",
}

func furnish(t *testing.T, s *Server, c *foreigner) flat {
	t.Helper()
	c.ok(c.post("add_home", newHome))
	c.ok(c.post("add_room", params{"home_id": "h1", "room_id": "r1", "room_name": "201"}))
	c.ok(c.post("add_room", params{"home_id": "h1", "room_id": "r2", "room_name": "202"}))
	var f flat
	var err error
	install := func(id lock.DeviceID, failed error) lock.DeviceID {
		if err == nil {
			err = failed
		}
		return id
	}
	f.gateway = install(s.InstallGateway("h1"))
	f.door = install(s.InstallLock("h1", "r1"))
	f.outer = install(s.InstallLock("h1", ""))
	f.meter = install(s.InstallMeter("h1", "r1", CollectorMeter))
	f.waterGateway = install(s.InstallWaterGateway("h1"))
	f.water = install(s.InstallWaterMeter("h1", "r1", false))
	require.NoError(t, err)
	f.collector = lock.DeviceID(c.ok(c.get("get_elemeter_info", at(f.meter))).str("elecollector_uuid"))
	c.ok(c.post("add_password", at(f.door).plus(params{"is_default": 0, "password": "135790"})))
	c.ok(c.post("add_password", at(f.door).plus(params{"is_default": 0, "password": "246801"})))
	c.ok(c.post("add_password_without_center", at(f.door).plus(params{"CMD": 1, "name": "Li", "phonenumber": "1", "permission_end": epoch.Add(48 * time.Hour).Unix()})))
	f.ticket = c.ok(c.post("add_ticket", newTicket)).str("ticket_id")
	f.auth = c.ok(c.post("auth_room", params{"phone": "13900139000", "home_id": "h1", "room_ids": []string{"r1"}})).list("auth_infos")[0].str("auth_id")
	f.serial = c.ok(c.post("elemeter_charge", at(f.meter).plus(params{"amount": 5, "trade_num": "t1"}))).str("serial_no")
	c.ok(c.post("elemeter_set_eleprice", at(f.meter).plus(params{"room_eleprice": 0.5})))
	s.Settle()
	return f
}

var newTicket = params{
	"home_id": "h1", "service_target": 2, "service_type": 1, "room_ids": []string{"r1"},
	"subscribe": params{"date": 1464998400000, "time": "102", "name": "测试", "phone": "18588787458", "note": "测试测试"},
}

func (f flat) waterAt() params { return at(f.water).plus(params{"manufactory": "cy"}) }

// documented is every endpoint of the document and the four of the change log: how it is called,
// which of the parameters it requires, and what has to stand in the reply.
var documented = []struct {
	method, call string
	params       func(flat) params
	required     string // parameters without which it is refused
	reply        string // fields of the reply
}{
	{"POST", "access_token", func(flat) params {
		return params{"client_id": DefaultClientID, "client_secret": DefaultClientSecret}
	}, "client_id client_secret", "access_token expires_time"},

	{"POST", "add_home", func(flat) params {
		return newHome.plus(params{"home_id": "h2", "home_type": 2, "description": "x"})
	}, "country city zone location block home_id home_name", "home_id"},
	{"POST", "update_home", func(flat) params {
		return params{"home_id": "h1", "sp_state": 2, "location": "l", "home_name": "n", "description": "d"}
	}, "home_id", ""},
	{"POST", "del_home", func(flat) params { return params{"home_id": "h1"} }, "home_id", "serviceid"},
	{"GET", "find_home_device", func(flat) params { return params{"home_id": "h1"} }, "home_id", "result"},
	{"POST", "find_home_device", func(flat) params { return params{"home_id": "h1"} }, "home_id", "result"},
	{"POST", "find_home_devices", func(flat) params { return params{"home_id": []string{"h1", "h9"}} }, "home_id", "result"},
	{"POST", "add_room", func(flat) params {
		return params{"home_id": "h1", "room_id": "r3", "room_name": "203", "room_description": "x"}
	}, "home_id room_id room_name", "room_id"},
	{"POST", "add_rooms", func(flat) params {
		return params{"home_id": "h1", "rooms": []params{
			{"room_id": "r3", "room_name": "203", "room_description": "x"}, {"room_id": "r4", "room_name": "204", "sp_state": 2, "install_state": 4},
		}}
	}, "home_id rooms", "room_id"},
	{"POST", "update_room", func(flat) params {
		return params{"home_id": "h1", "room_id": "r1", "room_name": "n", "room_description": "d"}
	}, "home_id room_id room_name", ""},
	{"POST", "del_room", func(flat) params { return params{"home_id": "h1", "room_id": "r1"} }, "room_id", ""},
	{"GET", "get_home_info", func(flat) params { return params{"home_id": "h1"} }, "home_id", "result"},
	{"GET", "search_home_info", func(flat) params {
		return params{"home_name": "FY", "city": "北京", "zone": "昌平", "block": "西环", "location": "27", "offset": 0, "count": 100}
	}, "", "home_list"},
	{"GET", "count_home_info", func(flat) params {
		return params{"home_name": "FY", "city": "北京", "zone": "昌平", "block": "西环", "location": "27"}
	}, "", "count"},
	{"GET", "find_home_state", func(flat) params { return params{"home_id": "h1"} }, "home_id", "result"},
	{"POST", "find_home_state", func(flat) params { return params{"home_id": "h1"} }, "home_id", "result"},
	{"POST", "find_home_states", func(flat) params { return params{"home_id": []string{"h1"}} }, "home_id", "result"},

	{"GET", "get_center_info", func(f flat) params { return at(f.gateway) }, "uuid",
		"mac sn bind_time onoff_line onoff_time uuid name model model_name brand versions"},
	{"GET", "get_center_info_arr", func(flat) params { return params{"home_id": "h1"} }, "home_id", "centers"},
	{"GET", "get_lock_info", func(f flat) params { return at(f.door) }, "uuid",
		"mac sn bind_time onoff_line onoff_time uuid name power power_refreshtime model model_name brand lqi lqi_refreshtime center_description center_uuid versions"},
	{"GET", "fetch_passwords", func(f flat) params { return at(f.door) }, "uuid", "passwords"},
	{"GET", "get_default_password_plaintext", func(f flat) params { return at(f.door) }, "uuid", "password"},
	{"GET", "get_dynamic_password_plaintext", func(f flat) params { return at(f.door) }, "uuid", "password invalid_time"},
	{"POST", "add_password", func(f flat) params {
		return at(f.door).plus(params{"is_default": 0, "password": "908172", "permission_begin": 1773500000, "permission_end": 1873500000,
			"phonenumber": "13900139000", "name": "Li", "is_send_location": true})
	}, "uuid is_default password", "id serviceid"},
	{"POST", "update_password", func(f flat) params {
		return at(f.door).plus(params{"password_id": 1001, "password": "908172", "permission_begin": 1773500000, "permission_end": 1873500000,
			"phonenumber": "13900139000", "name": "Li", "is_send_location": true})
	}, "uuid password_id permission_begin permission_end", "serviceid"},
	{"POST", "delete_password", func(f flat) params { return at(f.door).plus(params{"password_id": 1001}) }, "uuid password_id", "serviceid"},
	{"POST", "frozen_password", func(f flat) params { return at(f.door).plus(params{"password_id": 1001}) }, "uuid password_id", "serviceid"},
	{"POST", "unfrozen_password", func(f flat) params { return at(f.door).plus(params{"password_id": 1001}) }, "uuid password_id", "serviceid"},
	{"GET", "get_lock_events", func(f flat) params {
		return at(f.door).plus(params{"offset": 0, "count": 50, "start_time": 1773500000, "end_time": 1873500000})
	}, "uuid", "lock_events"},
	{"GET", "count_lock_events", func(f flat) params {
		return at(f.door).plus(params{"start_time": 1773500000, "end_time": 1873500000})
	}, "uuid", "count"},
	{"POST", "add_password_without_center", func(f flat) params {
		return at(f.door).plus(params{"CMD": 2, "phonenumber": "13900139000", "name": "Li", "is_send_msg": true, "is_send_location": false,
			"permission_end": epoch.Add(24 * time.Hour).Unix()})
	}, "uuid CMD phonenumber name permission_end", "id password code"},
	{"POST", "update_password_without_center", func(f flat) params {
		return at(f.door).plus(params{"password_id": 3025, "phonenumber": "13900139000", "name": "Li", "is_send_msg": true, "is_send_location": false,
			"permission_end": epoch.Add(24 * time.Hour).Unix()})
	}, "uuid password_id phonenumber name permission_end", "id password code"},
	{"POST", "get_device_uuid", func(flat) params { return params{"sn": "…"} }, "sn", "result"},
	{"POST", "get_device_info", func(f flat) params { return at(f.meter) }, "uuid", "result"},

	{"GET", "search_device_op_log", func(f flat) params {
		return at(f.door).plus(params{"operator": "openapi", "op_id": "20001", "offset": 0, "count": 50, "start_time": 1773500000, "end_time": 1873500000})
	}, "uuid", "op_list"},
	{"GET", "count_device_op_log", func(f flat) params {
		return at(f.door).plus(params{"operator": "openapi", "op_id": "20001", "start_time": 1773500000, "end_time": 1873500000})
	}, "uuid", "count"},

	{"POST", "add_ticket", func(flat) params { return newTicket }, "home_id service_target service_type room_ids subscribe", "ticket_id"},
	{"POST", "update_ticket", func(f flat) params {
		return params{"ticket_id": f.ticket, "room_ids": []string{"r2"}, "ticket_description": "x", "subscribe": newTicket["subscribe"]}
	}, "ticket_id room_ids", ""},
	{"POST", "delete_ticket", func(f flat) params { return params{"ticket_id": f.ticket} }, "ticket_id", ""},
	{"GET", "get_ticket_by_id", func(f flat) params { return params{"ticket_id": f.ticket} }, "ticket_id", "ticket_info"},
	{"GET", "get_ticket_by_home", func(flat) params { return params{"home_id": "h1", "service_type": 1} }, "home_id service_type", "home_ticket_list"},
	{"POST", "update_ticket_state", func(f flat) params { return params{"ticket_id": f.ticket, "ticket_state": 3} }, "ticket_id ticket_state", ""},

	{"GET", "get_elemeter_info", func(f flat) params { return at(f.meter) }, "uuid",
		"uuid elecollector_uuid mac sn versions onoff_line onoff_time bind_time name model model_name brand power_total power_total_time " +
			"enable_state enable_state_time overdraft overdraft_time capacity capacity_time consume_amount consume_amount_time " +
			"operation operation_stage charge_stage overdraft_stage capacity_stage trans_status trans_status_time"},
	{"POST", "elemeter_update_overdraft", func(f flat) params { return at(f.meter).plus(params{"overdraft": 1.5}) }, "uuid overdraft", "serviceid"},
	{"POST", "elemeter_reset_by_collector", func(f flat) params { return at(f.meter) }, "uuid", "serviceid"},
	{"POST", "elemeter_update_max_capacity", func(f flat) params { return at(f.meter).plus(params{"capacity": 5.5}) }, "uuid capacity", "serviceid"},
	{"POST", "elemeter_read", func(f flat) params { return at(f.meter) }, "uuid", "serviceid"},
	{"POST", "elemeter_switch_on", func(f flat) params { return at(f.meter) }, "uuid", "serviceid"},
	{"POST", "elemeter_switch_off", func(f flat) params { return at(f.meter) }, "uuid", "serviceid"},
	{"GET", "elemeter_count_charge_history", func(f flat) params {
		return at(f.meter).plus(params{"start_time": 1773500000, "end_time": 1873500000})
	}, "uuid", "count"},
	{"GET", "elemeter_fetch_charge_history", func(f flat) params {
		return at(f.meter).plus(params{"offset": 0, "count": 20, "start_time": 1773500000, "end_time": 1873500000})
	}, "uuid", "history"},
	{"GET", "elemeter_count_power_history", func(f flat) params {
		return at(f.meter).plus(params{"start_time": 1773500000, "end_time": 1873500000})
	}, "uuid", "count"},
	{"GET", "elemeter_fetch_power_history", func(f flat) params {
		return at(f.meter).plus(params{"offset": 0, "count": 20, "start_time": 1773500000, "end_time": 1873500000})
	}, "uuid", "history"},
	{"GET", "get_elecollector_info", func(f flat) params { return at(f.collector) }, "uuid",
		"uuid center_uuid mac sn versions onoff_line onoff_time bind_time name model model_name brand lqi lqi_refreshtime"},
	{"GET", "get_elecollector_info_arr", func(flat) params { return params{"home_id": "h1"} }, "home_id", "elecollectors"},
	{"GET", "elemeter_fetch_power_consumption", func(f flat) params {
		return at(f.meter).plus(params{"start_time": 1773500000, "end_time": 1873500000})
	}, "uuid", "consumption"},
	{"POST", "elemeter_set_eleprice", func(f flat) params { return at(f.meter).plus(params{"client_eleprice": 1}) }, "uuid client_eleprice", ""},
	{"POST", "elemeter_set_eleprice_by_home", func(flat) params { return params{"home_id": "h1", "eleprice": 1} }, "home_id eleprice", ""},
	{"POST", "elemeter_set_eleprice_way", func(f flat) params { return at(f.meter).plus(params{"eleprice_way": 3}) }, "uuid eleprice_way", ""},
	{"GET", "elemeter_get_price_and_way", func(f flat) params { return at(f.meter) }, "uuid", "room_eleprice client_eleprice eleprice_way"},
	{"GET", "elemeter_charge_query", func(flat) params { return params{"trade_num": "t1"} }, "trade_num", "charge_stage"},
	{"POST", "elemeter_charge_reset", func(f flat) params { return at(f.meter) }, "uuid", ""},
	{"POST", "elemeter_syn_data", func(f flat) params { return at(f.meter) }, "uuid", ""},
	{"POST", "refresh_devices_lqi", func(f flat) params { return params{"uuids": []string{string(f.door)}} }, "uuids", ""},
	{"POST", "set_room_pay_type", func(f flat) params { return at(f.meter).plus(params{"pay_type": 1, "overdraft": 3}) }, "uuid pay_type", ""},
	{"POST", "elemeter_force_open", func(flat) params { return params{"room_id": "r1", "force_open": 1} }, "room_id force_open", ""},
	{"POST", "elemeter_charge", func(f flat) params { return at(f.meter).plus(params{"amount": 1.5, "trade_num": "t2"}) }, "uuid amount", "serial_no serviceid"},
	{"POST", "elemeter_charge_fees", func(f flat) params {
		return at(f.meter).plus(params{"fees": 1.5, "eleprice_way": 1, "trade_num": "t2"})
	}, "uuid fees", "serial_no serviceid"},

	{"POST", "auth_room", func(flat) params {
		return params{"phone": "13900139000", "country_code": "+86", "home_id": "h1", "room_ids": []string{"r1"}, "auth_type": 2,
			"permission": params{"status": 2, "begin": 1773500000, "end": 1873500000}}
	}, "phone home_id room_ids", "auth_infos"},
	{"POST", "unauth_room", func(f flat) params { return params{"auth_ids": []string{f.auth}} }, "auth_ids", ""},
	{"GET", "app_token", func(flat) params { return params{"phone": "13900139000", "country_code": "+86"} }, "phone", "access_token"},

	{"GET", "get_water_gateway_info", func(f flat) params { return at(f.waterGateway) }, "uuid", "info"},
	{"GET", "get_watermeter_info", func(f flat) params { return f.waterAt() }, "uuid manufactory", "info"},
	{"GET", "read_watermeter", func(f flat) params { return f.waterAt() }, "uuid manufactory", ""},
	{"GET", "read_watermeter_status", func(f flat) params { return f.waterAt() }, "uuid manufactory", "reading"},
	{"GET", "get_meter_record", func(f flat) params {
		return f.waterAt().plus(params{"count": 10, "offset": 0, "begin": 1773500000000, "end": 1873500000000})
	}, "uuid manufactory", "records"},
	{"POST", "count_meter_record", func(f flat) params {
		return f.waterAt().plus(params{"count": 10, "offset": 0, "begin": 1773500000000, "end": 1873500000000})
	}, "uuid manufactory", "count"},

	{"GET", "device_fetch_exceptions", func(f flat) params {
		return at(f.door).plus(params{"offset": 0, "count": 20, "start_time": 1773500000000, "end_time": 1873500000000})
	}, "uuid", "device_exceptions"},
	{"GET", "device_count_exceptions", func(f flat) params {
		return at(f.door).plus(params{"start_time": 1773500000000, "end_time": 1873500000000})
	}, "uuid", "count"},
}

func TestEveryEndpoint(t *testing.T) {
	for _, e := range documented {
		t.Run(e.method+" "+e.call, func(t *testing.T) {
			s, c := world(t)
			f := furnish(t, s, c)
			p := e.params(f)
			if e.call == "get_device_uuid" {
				p["sn"] = c.ok(c.get("get_lock_info", at(f.door))).str("sn")
			}
			token, path := c.token, c.path(e.call)
			if e.call == "access_token" {
				token = ""
			}
			refused := func(why string, r reply) {
				t.Helper()
				assert.Equal(t, 14001, r.errNo(), "%s: %s", why, r.str("ErrMsg"))
			}
			for _, name := range strings.Fields(e.required) {
				refused("without "+name, c.send(e.method, path, token, p.plus(params{name: nil})))
				if v, isText := p[name].(string); isText {
					refused(name+" is empty", c.send(e.method, path, token, p.plus(params{name: ""})))
					assert.NotEmpty(t, v)
				}
			}
			for name, value := range p {
				wrong, has := ofWrongType(e.method, value)
				if has {
					refused(name+" has the wrong type", c.send(e.method, path, token, p.plus(params{name: wrong})))
				}
				if e.method == "POST" {
					body := p.plus(params{name: (*int)(nil), "access_token": token})
					if token == "" {
						delete(body, "access_token")
					}
					refused(name+" is null", c.send(e.method, path, "", body))
				}
			}
			refused("unknown parameter", c.send(e.method, path, token, p.plus(params{"monkey": "1"})))
			if token != "" {
				assert.Equal(t, 101, c.send(e.method, path, "", p).errNo(), "without a token")
				assert.Equal(t, 101, c.send(e.method, path, "0123456789abcdef", p).errNo(), "with a foreign token")
				if e.method == "POST" {
					assert.Equal(t, 101, c.send(e.method, path+"?access_token="+token, "", p).errNo(), "token in the query of a POST")
				}
			}
			other := map[string]string{"GET": "POST", "POST": "GET"}[e.method]
			if !strings.HasPrefix(e.call, "find_home_device") && e.call != "find_home_state" {
				assert.Equal(t, 15007, c.send(other, path, token, params{}).errNo(), "by %s", other)
			}
			want := s.Executed(e.call)
			if changes[e.call] {
				want++
			}
			r := c.ok(c.send(e.method, path, token, p))
			for _, field := range strings.Fields(e.reply) {
				assert.Contains(t, r, field)
			}
			assert.Equal(t, want, s.Executed(e.call), "what was refused was not carried out")
			if e.call == "delete_ticket" {
				p = params{"ticket_id": c.ok(c.post("add_ticket", newTicket)).str("ticket_id")}
			}
			c.ok(c.send(laterMethod(e.method, e.call), "/v2/"+e.call, token, again(e.call, p)))
		})
	}
}

// changes are the calls that Executed counts.
var changes = func() map[string]bool {
	m := map[string]bool{}
	for _, call := range strings.Fields(`access_token add_home update_home del_home add_room add_rooms update_room del_room
		add_password update_password delete_password frozen_password unfrozen_password add_password_without_center
		update_password_without_center add_ticket update_ticket delete_ticket update_ticket_state elemeter_update_overdraft
		elemeter_reset_by_collector elemeter_update_max_capacity elemeter_read elemeter_switch_on elemeter_switch_off
		elemeter_set_eleprice elemeter_set_eleprice_by_home elemeter_set_eleprice_way elemeter_charge_reset elemeter_syn_data
		refresh_devices_lqi set_room_pay_type elemeter_force_open elemeter_charge elemeter_charge_fees auth_room unauth_room
		read_watermeter`) {
		m[call] = true
	}
	return m
}()

// laterMethod is the method under /v2/, the vendor's later platform.
func laterMethod(method, call string) string {
	if call == "get_device_uuid" || call == "get_device_info" {
		return "GET"
	}
	return method
}

// again are parameters with which a call succeeds a second time.
func again(call string, p params) params {
	switch call {
	case "add_home":
		return p.plus(params{"home_id": "h3"})
	case "add_room":
		return p.plus(params{"room_id": "r9"})
	case "add_rooms":
		return p.plus(params{"rooms": []params{{"room_id": "r9", "room_name": "209"}}})
	case "del_room":
		return p.plus(params{"room_id": "r2"})
	case "add_password":
		return p.plus(params{"password": "513579"})
	case "unauth_room":
		return p.plus(params{"auth_ids": []string{}})
	case "elemeter_charge", "elemeter_charge_fees":
		return p.plus(params{"trade_num": "t3"})
	default:
		return p
	}
}

// ofWrongType is a value of another type; in a query everything is text, and only numbers can be
// wrong.
func ofWrongType(method string, value any) (any, bool) {
	switch value.(type) {
	case string:
		return 7, method == "POST"
	case bool:
		return 1, true
	case int, int64, float64:
		return map[string]any{"POST": "7", "GET": "x"}[method], true
	case []string:
		return []int{7}, true
	default:
		return "x", true
	}
}

func TestEndpointsAreThoseOfTheDocument(t *testing.T) {
	calls := map[string]bool{}
	for _, e := range documented {
		calls[e.call] = true
	}
	assert.Len(t, calls, 73+4)
	for _, e := range endpoints {
		assert.True(t, calls[e.name], "%s is not in the document", e.name)
		delete(calls, e.name)
	}
	assert.Empty(t, calls, "missing")
}
