package dingdingtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

func metered(t *testing.T, kind MeterKind) (*Server, *foreigner, lock.DeviceID, *hook) {
	t.Helper()
	s, c := world(t)
	meter := s.AddMeter("201", kind)
	return s, c, meter, listen(t, s)
}

// has wants amounts of a meter: "Left" is "12.5".
func has(t *testing.T, s *Server, meter lock.DeviceID, want map[string]string) {
	t.Helper()
	m := s.Meter(meter)
	got := map[string]string{}
	for name, d := range map[string]decimal.Decimal{
		"Used": m.Used, "Known": m.Known, "Charged": m.Charged, "Left": m.Left, "Overdraft": m.Overdraft, "Capacity": m.Capacity,
	} {
		if _, asked := want[name]; asked {
			got[name] = d.String()
		}
	}
	assert.Equal(t, want, got)
}

func TestMeterInfo(t *testing.T) {
	for _, tt := range []struct {
		kind         MeterKind
		model, upper string
	}{
		{CollectorMeter, "DDSU1225", "elecollector_uuid"}, {ZigbeeMeter, "DSZM-B01", "center_uuid"}, {A4Meter, "DSZM-B02", "center_uuid"},
	} {
		t.Run(tt.model, func(t *testing.T) {
			s, c, meter, _ := metered(t, tt.kind)
			m := c.ok(c.get("get_elemeter_info", at(meter)))
			assert.Equal(t, []any{string(meter), tt.model}, []any{m["uuid"], m["model"]})
			assert.NotEmpty(t, m.str(tt.upper))
			assert.Len(t, keepKeys(m, "elecollector_uuid", "center_uuid"), 1)
			assert.Equal(t, []string{"0", "1", "10", "4", "0", "1", "3"}, []string{
				m.num("power_total"), m.num("enable_state"), m.num("overdraft"), m.num("capacity"), m.num("consume_amount"), m.num("trans_status"), m.num("operation_stage"),
			})
			for _, name := range []string{"bind_time", "onoff_time", "power_total_time", "enable_state_time", "overdraft_time", "capacity_time", "consume_amount_time", "trans_status_time"} {
				assert.Equal(t, n(int(epoch.UnixMilli())), m[name], "%s is in milliseconds", name)
			}
			has(t, s, meter, map[string]string{"Used": "0", "Known": "0", "Charged": "0", "Left": "0", "Overdraft": "10", "Capacity": "4"})
			state := s.Meter(meter)
			assert.Equal(t, []bool{true, true, false}, []bool{state.On, state.Prepaid, state.ForcedOff})
			info := c.ok(c.post("get_device_info", at(meter))).obj("result")
			for name := range m {
				if _, both := info[name]; both && name != "versions" {
					assert.Equal(t, m[name], info[name], name)
				}
			}
			assert.Equal(t, []any{n(3), n(-1)}, []any{info["switch_stage"], info["switch_stage_time"]})
		})
	}
}

func keepKeys(r reply, names ...string) reply {
	kept := reply{}
	for _, name := range names {
		if v, ok := r[name]; ok {
			kept[name] = v
		}
	}
	return kept
}

func TestMeterCommands(t *testing.T) {
	tests := []struct {
		call   string
		params params
		stage  string // field that tells how far it is
		op     int
		result reply // of the callback, besides id, ErrNo and operation_type
		check  func(*testing.T, *Server, lock.DeviceID)
	}{
		{"elemeter_update_overdraft", params{"overdraft": 2.5}, "overdraft_stage", 2, reply{"overdraft": "2.5"}, func(t *testing.T, s *Server, m lock.DeviceID) {
			has(t, s, m, map[string]string{"Overdraft": "2.5"})
		}},
		{"elemeter_reset_by_collector", nil, "reset_stage", 3, reply{}, func(t *testing.T, s *Server, m lock.DeviceID) {
			has(t, s, m, map[string]string{"Used": "0", "Known": "0", "Charged": "0", "Left": "0"})
		}},
		{"elemeter_update_max_capacity", params{"capacity": 5.5}, "capacity_stage", 4, reply{"capacity": "5.5"}, func(t *testing.T, s *Server, m lock.DeviceID) {
			has(t, s, m, map[string]string{"Capacity": "5.5"})
		}},
		{"elemeter_read", nil, "operation_stage", 5, reply{"consume_amount": "1.5"}, nil},
		{"elemeter_switch_off", nil, "switch_stage", 6, reply{}, func(t *testing.T, s *Server, m lock.DeviceID) {
			assert.False(t, s.Meter(m).On)
		}},
		{"elemeter_switch_on", nil, "switch_stage", 7, reply{}, func(t *testing.T, s *Server, m lock.DeviceID) {
			assert.True(t, s.Meter(m).On)
		}},
		{"elemeter_charge", params{"amount": 20.25}, "charge_stage", 1, reply{"amount": "20.25", "total_amount": "20.25"}, func(t *testing.T, s *Server, m lock.DeviceID) {
			has(t, s, m, map[string]string{"Charged": "20.25", "Left": "18.75"})
		}},
	}
	for _, tt := range tests {
		start := func(t *testing.T) (*Server, *foreigner, lock.DeviceID, *hook) {
			s, c, meter, h := metered(t, CollectorMeter)
			s.Consume(meter, "1.5")
			h.take(s)
			return s, c, meter, h
		}
		stages := func(c *foreigner, meter lock.DeviceID) []string {
			m := c.ok(c.get("get_elemeter_info", at(meter)))
			info := c.ok(c.post("get_device_info", at(meter))).obj("result")
			stage := info[tt.stage]
			if m[tt.stage] != nil {
				stage = m[tt.stage]
			}
			return []string{m.num("operation"), m.num("operation_stage"), fmt.Sprint(stage)}
		}
		t.Run(tt.call, func(t *testing.T) {
			s, c, meter, h := start(t)
			r := c.ok(c.post(tt.call, at(meter).plus(tt.params)))
			assert.Equal(t, []string{fmt.Sprint(tt.op), "1", "1"}, stages(c, meter))
			got := h.only(s)
			service := "Elemeter_Control_Service"
			if tt.op == 5 {
				service = "Elemeter_Passthrough_Service"
			}
			assert.Equal(t, []any{service, string(meter), r["serviceid"]}, []any{got["service"], got["uuid"], got["serviceid"]})
			assert.IsType(t, "", r["serviceid"])
			result := got.obj("result")
			assert.Equal(t, []any{string(meter), n(1000), n(tt.op)}, []any{result["id"], result["ErrNo"], result["operation_type"]})
			assert.Len(t, result, 3+len(tt.result))
			for name, want := range tt.result {
				assert.Equal(t, want, result.num(name), name)
			}
			assert.Equal(t, []string{fmt.Sprint(tt.op), "3", "3"}, stages(c, meter))
			if tt.check != nil {
				tt.check(t, s, meter)
			}
		})
		t.Run(tt.call+" fails", func(t *testing.T) {
			s, c, meter, h := start(t)
			s.FailDevice(meter, "5103")
			before := s.Meter(meter)
			c.ok(c.post(tt.call, at(meter).plus(tt.params)))
			result := h.only(s).obj("result")
			assert.Equal(t, reply{"id": string(meter), "ErrNo": n(5103), "operation_type": n(tt.op)}, result)
			assert.Equal(t, []string{fmt.Sprint(tt.op), "2", "2"}, stages(c, meter))
			assert.Equal(t, before, s.Meter(meter))
			assert.Equal(t, "2", c.ok(c.get("get_elemeter_info", at(meter))).num("trans_status"))
		})
		if tt.op != 7 {
			t.Run(tt.call+" does not reach the meter", func(t *testing.T) {
				s, c, meter, h := start(t)
				s.GoOffline(meter)
				h.take(s)
				begun := s.Clock().Now()
				c.ok(c.post(tt.call, at(meter).plus(tt.params)))
				assert.Equal(t, n(5101), h.only(s).obj("result")["ErrNo"])
				assert.Greater(t, s.Clock().Now().Sub(begun), 30*time.Second)
			})
		}
	}
}

func TestMeterRefusals(t *testing.T) {
	s, c := world(t)
	meter, a4, door := s.AddMeter("201", ZigbeeMeter), s.AddMeter("202", A4Meter), s.AddLock("203")
	home := c.ok(c.get("get_home_info", at(meter))).obj("result").str("home_id")
	tests := []struct {
		name, call string
		params     params
		want       int
	}{
		{"an overdraft below zero", "elemeter_update_overdraft", at(meter).plus(params{"overdraft": -1}), 14001},
		{"no power at all", "elemeter_update_max_capacity", at(meter).plus(params{"capacity": 0}), 14001},
		{"an A4's power", "elemeter_update_max_capacity", at(a4).plus(params{"capacity": 1}), 15007},
		{"an A4's counter", "elemeter_reset_by_collector", at(a4), 15007},
		{"a lock for a meter", "elemeter_read", at(door), 15006},
		{"a home without a public meter", "elemeter_read", params{"home_id": home}, 15006},
		{"no meter named", "elemeter_read", params{}, 14001},
		{"overdraft of no meter", "elemeter_update_overdraft", params{"uuid": "x", "overdraft": 1}, 15006},
		{"power of no meter", "elemeter_update_max_capacity", params{"uuid": "x", "capacity": 1}, 15006},
		{"reset of no meter", "elemeter_reset_by_collector", params{"uuid": "x"}, 15006},
		{"switching no meter on", "elemeter_switch_on", params{"uuid": "x"}, 15006},
		{"switching no meter off", "elemeter_switch_off", params{"uuid": "x"}, 15006},
		{"syncing no meter", "elemeter_syn_data", params{"uuid": "x"}, 15006},
		{"a charge of nothing", "elemeter_charge", at(meter).plus(params{"amount": 0}), 14001},
		{"a charge below nothing", "elemeter_charge", at(meter).plus(params{"amount": -1}), 14001},
		{"a charge of no meter", "elemeter_charge", params{"uuid": "x", "amount": 1}, 15006},
		{"fees without a price", "elemeter_charge_fees", at(meter).plus(params{"fees": 1}), 14001},
		{"fees in an unknown way", "elemeter_charge_fees", at(meter).plus(params{"fees": 1, "eleprice_way": 3}), 14001},
		{"fees of no meter", "elemeter_charge_fees", params{"uuid": "x", "fees": 1}, 15006},
		{"clearing no meter's credit", "elemeter_charge_reset", params{"uuid": "x"}, 15006},
		{"no price", "elemeter_set_eleprice", at(meter), 14001},
		{"a price below zero", "elemeter_set_eleprice", at(meter).plus(params{"room_eleprice": -1}), 14001},
		{"a price of no meter", "elemeter_set_eleprice", params{"uuid": "x", "room_eleprice": 1}, 15006},
		{"a home's price below zero", "elemeter_set_eleprice_by_home", params{"home_id": home, "eleprice": -1}, 14001},
		{"a price of no home", "elemeter_set_eleprice_by_home", params{"home_id": "x", "eleprice": 1}, 15006},
		{"a way there is not", "elemeter_set_eleprice_way", at(meter).plus(params{"eleprice_way": 4}), 14001},
		{"a way of no meter", "elemeter_set_eleprice_way", params{"uuid": "x", "eleprice_way": 1}, 15006},
		{"a payment there is not", "set_room_pay_type", at(meter).plus(params{"pay_type": 3}), 14001},
		{"prepaid with no overdraft", "set_room_pay_type", at(meter).plus(params{"pay_type": 1, "overdraft": 0}), 14001},
		{"payment of no meter", "set_room_pay_type", params{"uuid": "x", "pay_type": 1}, 15006},
		{"a force there is not", "elemeter_force_open", at(meter).plus(params{"force_open": 0}), 14001},
		{"force on no meter", "elemeter_force_open", params{"uuid": "x", "force_open": 1}, 15006},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, c.post(tt.call, tt.params).errNo())
		})
	}
	for _, call := range []string{
		"get_elemeter_info", "elemeter_count_charge_history", "elemeter_fetch_charge_history", "elemeter_count_power_history",
		"elemeter_fetch_power_history", "elemeter_fetch_power_consumption", "elemeter_get_price_and_way", "get_elecollector_info",
		"get_elecollector_info_arr",
	} {
		assert.Equal(t, 15006, c.get(call, params{"uuid": "x"}).errNo(), call)
	}
	assert.Equal(t, 14001, c.get("elemeter_charge_query", nil).errNo())
	assert.Equal(t, 15006, c.get("elemeter_charge_query", params{"serial_no": "x"}).errNo())
}

func TestCharging(t *testing.T) {
	s, c, meter, h := metered(t, ZigbeeMeter)
	charge := at(meter).plus(params{"amount": 5, "trade_num": "t1"})
	stage := func(p params) string { return c.ok(c.get("elemeter_charge_query", p)).num("charge_stage") }

	serial := c.ok(c.post("elemeter_charge", charge)).str("serial_no")
	assert.NotEmpty(t, serial)
	assert.Equal(t, "1", stage(params{"trade_num": "t1"}))
	assert.Equal(t, 11000, c.post("elemeter_charge", charge).errNo(), "a number is used once")
	h.take(s)
	assert.Equal(t, "3", stage(params{"trade_num": "t1"}))
	assert.Equal(t, "3", stage(params{"serial_no": serial}))
	assert.Equal(t, "3", stage(params{"trade_num": "t1", "serial_no": "x"}), "trade_num wins")
	assert.Equal(t, 15006, c.get("elemeter_charge_query", params{"trade_num": "x", "serial_no": serial}).errNo())
	has(t, s, meter, map[string]string{"Charged": "5", "Left": "5"})
	assert.Equal(t, 1, s.Executed("elemeter_charge"))

	s.FailDevice(meter, "5103")
	c.ok(c.post("elemeter_charge", charge.plus(params{"trade_num": "t2"})))
	h.take(s)
	assert.Equal(t, "2", stage(params{"trade_num": "t2"}))
	assert.Equal(t, 11000, c.post("elemeter_charge", charge.plus(params{"trade_num": "t2"})).errNo(), "even when it failed")
	has(t, s, meter, map[string]string{"Charged": "5"})
	c.ok(c.post("elemeter_charge", charge.plus(params{"trade_num": nil})))
	c.ok(c.post("elemeter_charge", charge.plus(params{"trade_num": nil})))
	h.take(s)
	has(t, s, meter, map[string]string{"Charged": "15"})

	t.Run("history", func(t *testing.T) {
		s.Advance(time.Hour)
		c.ok(c.post("elemeter_charge", charge.plus(params{"trade_num": "t3", "amount": 0.75})))
		h.take(s)
		list := c.ok(c.get("elemeter_fetch_charge_history", at(meter))).list("history")
		require.Len(t, list, 4)
		home := c.ok(c.get("get_home_info", at(meter))).obj("result")
		assert.Equal(t, reply{
			"home_id": home["home_id"], "room_id": home.list("rooms")[0]["room_id"], "uuid": string(meter), "amount": reply(nil), "total_amount": reply(nil), "time": n(int(s.Clock().Now().UnixMilli())),
		}.plus("amount", list[0]["amount"]).plus("total_amount", list[0]["total_amount"]), list[0])
		assert.Equal(t, []string{"0.75", "15.75"}, []string{list[0].num("amount"), list[0].num("total_amount")}, "the newest first")
		recent := params{"start_time": s.Clock().Now().Add(-time.Minute).Unix()}
		assert.Equal(t, "1", c.ok(c.get("elemeter_count_charge_history", at(meter).plus(recent))).num("count"))
		assert.Len(t, c.ok(c.get("elemeter_fetch_charge_history", at(meter).plus(params{"offset": 1, "count": 2}))).list("history"), 2)
		assert.Equal(t, "4", c.ok(c.get("elemeter_count_charge_history", at(meter))).num("count"))
	})
	t.Run("clearing the credit", func(t *testing.T) {
		s.Consume(meter, "2")
		assert.NotContains(t, c.ok(c.post("elemeter_charge_reset", at(meter))), "serviceid")
		s.Settle()
		has(t, s, meter, map[string]string{"Left": "0", "Used": "2", "Charged": "2"})
		assert.True(t, s.Meter(meter).On, "there is the overdraft")
	})
}

// plus sets a field.
func (r reply) plus(name string, value any) reply {
	r[name] = value
	return r
}

func TestChargingByFees(t *testing.T) {
	s, c, meter, h := metered(t, ZigbeeMeter)
	home := c.ok(c.get("get_home_info", at(meter))).obj("result").str("home_id")
	c.ok(c.post("elemeter_set_eleprice", at(meter).plus(params{"room_eleprice": 0.5, "client_eleprice": 0.8})))
	c.ok(c.post("elemeter_set_eleprice_by_home", params{"home_id": home, "eleprice": 1.25}))
	p := c.ok(c.get("elemeter_get_price_and_way", at(meter)))
	assert.Equal(t, []string{"0.5", "0.8", "2"}, []string{p.num("room_eleprice"), p.num("client_eleprice"), p.num("eleprice_way")})
	fees := func(more params) string {
		before := s.Meter(meter).Charged
		c.ok(c.post("elemeter_charge_fees", at(meter).plus(params{"fees": 10}).plus(more)))
		h.take(s)
		return s.Meter(meter).Charged.Sub(before).String()
	}
	assert.Equal(t, "12.5", fees(nil), "the merchant's price, unless set otherwise")
	assert.Equal(t, "20", fees(params{"eleprice_way": 1}), "here 1 is the room's price")
	assert.Equal(t, "12.5", fees(params{"eleprice_way": 2}))
	for way, want := range map[int]string{1: "8", 2: "12.5", 3: "20"} {
		c.ok(c.post("elemeter_set_eleprice_way", at(meter).plus(params{"eleprice_way": way})))
		assert.Equal(t, want, fees(nil), "way %d: here 1 is the home's price", way)
	}
	c.ok(c.post("elemeter_set_eleprice", at(meter).plus(params{"client_eleprice": 3})))
	assert.Equal(t, "3.33", fees(params{"eleprice_way": 2}), "rounded down")
	assert.Equal(t, 11000, func() int {
		c.ok(c.post("elemeter_charge", at(meter).plus(params{"amount": 1, "trade_num": "t1"})))
		return c.post("elemeter_charge_fees", at(meter).plus(params{"fees": 1, "trade_num": "t1"})).errNo()
	}(), "both kinds of charge share their numbers")
}

func TestConsume(t *testing.T) {
	t.Run("moves the counter and is reported", func(t *testing.T) {
		s, c, meter, h := metered(t, CollectorMeter)
		assert.Equal(t, "1.35", s.Consume(meter, "1.35").String())
		got := h.only(s)
		assert.Equal(t, "elemeterPowerAsync", got["event"])
		assert.NotNil(t, got["elecollector_uuid"])
		detail := got.obj("detail")
		assert.Equal(t, []string{"1.35", n(int(epoch.UnixMilli())).String(), "-1.35"}, []string{detail.num("consume_amount"), detail.num("consume_amount_time"), detail.num("left_amount")})
		assert.Equal(t, "1.35", c.ok(c.get("get_elemeter_info", at(meter))).num("consume_amount"))
	})
	t.Run("ends with the credit and the overdraft", func(t *testing.T) {
		s, c, meter, h := metered(t, ZigbeeMeter)
		c.ok(c.post("elemeter_charge", at(meter).plus(params{"amount": 5})))
		h.take(s)
		assert.Equal(t, "14", s.Consume(meter, "14").String())
		h.take(s)
		assert.Equal(t, "1", s.Consume(meter, "3").String(), "no more than there is")
		got := h.take(s)
		require.Equal(t, []string{"elemeterPowerAsync", "elemeterOvercomeAmount"}, names(got))
		assert.Equal(t, "15", got[1].obj("detail").num("amount"))
		assert.Equal(t, []string{"9403"}, kinds(c, meter))
		assert.Equal(t, "2", c.ok(c.get("get_elemeter_info", at(meter))).num("enable_state"))
		assert.Equal(t, "0", s.Consume(meter, "3").String(), "no current, no consumption")
		assert.Empty(t, h.take(s))

		c.ok(c.post("elemeter_switch_on", at(meter)))
		h.take(s)
		assert.True(t, s.Meter(meter).On)
		assert.Equal(t, "0", s.Consume(meter, "3").String())
		assert.False(t, s.Meter(meter).On, "it trips again")
		h.take(s)

		c.ok(c.post("elemeter_charge", at(meter).plus(params{"amount": 5})))
		h.take(s)
		assert.True(t, s.Meter(meter).On, "who pays has power again")
		has(t, s, meter, map[string]string{"Left": "-5"})
	})
	t.Run("not for one that was switched off", func(t *testing.T) {
		s, c, meter, h := metered(t, ZigbeeMeter)
		c.ok(c.post("elemeter_switch_off", at(meter)))
		h.take(s)
		c.ok(c.post("elemeter_charge", at(meter).plus(params{"amount": 5})))
		h.take(s)
		assert.False(t, s.Meter(meter).On, "nor does paying switch it on")
	})
	t.Run("a charge that is too small leaves it dark", func(t *testing.T) {
		s, c, meter, h := metered(t, ZigbeeMeter)
		s.Consume(meter, "10")
		c.ok(c.post("elemeter_update_overdraft", at(meter).plus(params{"overdraft": 0})))
		c.ok(c.post("elemeter_charge", at(meter).plus(params{"amount": 5})))
		h.take(s)
		assert.False(t, s.Meter(meter).On)
	})
	t.Run("a smaller overdraft can end it", func(t *testing.T) {
		s, c, meter, h := metered(t, ZigbeeMeter)
		s.Consume(meter, "3")
		c.ok(c.post("elemeter_update_overdraft", at(meter).plus(params{"overdraft": 2})))
		assert.Equal(t, []string{"elemeterPowerAsync", "elemeterOvercomeAmount", "Elemeter_Control_Service"}, names(h.take(s)))
		assert.False(t, s.Meter(meter).On)
	})
	t.Run("offline it is told later", func(t *testing.T) {
		s, c, meter, h := metered(t, ZigbeeMeter)
		s.GoOffline(meter)
		s.Consume(meter, "1.5")
		at1 := s.Clock().Now()
		s.Advance(time.Hour)
		s.Consume(meter, "20")
		assert.Equal(t, []string{"lockOfflineAlarm"}, names(h.take(s)))
		has(t, s, meter, map[string]string{"Used": "10", "Known": "0"})
		assert.Equal(t, "0", c.ok(c.get("elemeter_count_power_history", at(meter))).num("count"))
		s.GoOnline(meter)
		got := h.take(s)
		require.Equal(t, []string{"clearLockOfflineAlarm", "elemeterPowerHisAsync", "elemeterPowerHisAsync", "elemeterOvercomeAmount"}, names(got))
		sn := c.ok(c.get("get_elemeter_info", at(meter))).str("sn")
		assert.Equal(t, reply{"powers": []any{map[string]any{"sn": sn, "time": n(int(at1.UnixMilli())), "amount": got[1].obj("detail").list("powers")[0]["amount"]}}}, got[1].obj("detail"))
		assert.Equal(t, "1.5", got[1].obj("detail").list("powers")[0].num("amount"))
		assert.Equal(t, n(int(at1.UnixMilli())), c.ok(c.get("elemeter_fetch_power_history", at(meter))).list("history")[1]["time"])
		has(t, s, meter, map[string]string{"Known": "10"})
	})
}

func TestPostpaid(t *testing.T) {
	s, c, meter, h := metered(t, ZigbeeMeter)
	postpay := func() {
		c.ok(c.post("set_room_pay_type", at(meter).plus(params{"pay_type": 2})))
		h.take(s)
	}
	c.ok(c.post("elemeter_charge", at(meter).plus(params{"amount": 5})))
	h.take(s)
	postpay()
	assert.False(t, s.Meter(meter).Prepaid)
	has(t, s, meter, map[string]string{"Left": "0", "Overdraft": "0"})
	assert.Equal(t, "100", s.Consume(meter, "100").String(), "without end")
	assert.True(t, s.Meter(meter).On)

	c.ok(c.post("elemeter_update_overdraft", at(meter).plus(params{"overdraft": 0})))
	h.take(s)
	assert.False(t, s.Meter(meter).Prepaid, "an overdraft of 0 changes nothing")
	for name, call := range map[string]params{
		"elemeter_update_overdraft": {"overdraft": 3}, "elemeter_charge": {"amount": 4}, "elemeter_charge_reset": {}, "set_room_pay_type": {"pay_type": 1, "overdraft": 7},
	} {
		postpay()
		s.Consume(meter, "1")
		c.ok(c.post(name, at(meter).plus(call)))
		h.take(s)
		assert.True(t, s.Meter(meter).Prepaid, "%s makes it prepaid", name)
		assert.Equal(t, name != "elemeter_charge_reset", s.Meter(meter).On, "%s: there is nothing to spend without overdraft", name)
		c.ok(c.post("elemeter_switch_on", at(meter)))
		h.take(s)
	}
	postpay()
	c.ok(c.post("set_room_pay_type", at(meter).plus(params{"pay_type": 1})))
	h.take(s)
	has(t, s, meter, map[string]string{"Left": "0", "Overdraft": "10"})
}

func TestForcedOff(t *testing.T) {
	s, c, meter, h := metered(t, ZigbeeMeter)
	force := func(on int) { c.ok(c.post("elemeter_force_open", at(meter).plus(params{"force_open": on}))) }
	force(1)
	assert.True(t, s.Meter(meter).ForcedOff)
	assert.True(t, s.Meter(meter).On, "not at once")
	s.Consume(meter, "1")
	assert.False(t, s.Meter(meter).On, "but when it reports")
	s.CloseLocally(meter)
	assert.True(t, s.Meter(meter).On)
	c.ok(c.post("elemeter_syn_data", at(meter)))
	s.Settle()
	assert.False(t, s.Meter(meter).On, "or is synced")
	force(2)
	assert.False(t, s.Meter(meter).ForcedOff)
	c.ok(c.post("elemeter_switch_on", at(meter)))
	s.Settle()
	s.Consume(meter, "1")
	assert.True(t, s.Meter(meter).On)

	t.Run("switching on ends it", func(t *testing.T) {
		force(1)
		c.ok(c.post("elemeter_switch_on", at(meter)))
		assert.False(t, s.Meter(meter).ForcedOff)
		s.Settle()
		s.Consume(meter, "1")
		assert.True(t, s.Meter(meter).On)
	})
	t.Run("even if the meter cannot be reached", func(t *testing.T) {
		force(1)
		s.Consume(meter, "1")
		s.GoOffline(meter)
		h.take(s)
		before := s.Executed("elemeter_switch_on")
		assert.Equal(t, 5101, c.post("elemeter_switch_on", at(meter)).errNo())
		assert.Equal(t, before, s.Executed("elemeter_switch_on"))
		assert.Equal(t, []bool{false, false}, []bool{s.Meter(meter).ForcedOff, s.Meter(meter).On})
		assert.Empty(t, h.take(s))
	})
}

func TestPowerHistory(t *testing.T) {
	s, c, meter, h := metered(t, CollectorMeter)
	for range 25 {
		s.Consume(meter, "0.25")
		s.Advance(time.Hour)
	}
	history := func(p params) []reply {
		return c.ok(c.get("elemeter_fetch_power_history", at(meter).plus(p))).list("history")
	}
	assert.Len(t, history(nil), 20)
	all := history(params{"count": 100})
	require.Len(t, all, 25)
	assert.Equal(t, []string{"6.25", string(meter)}, []string{all[0].num("consume_amount"), all[0].str("uuid")}, "the newest first")
	assert.Equal(t, n(int(epoch.UnixMilli())), all[24]["time"])
	assert.Equal(t, all[5:7], history(params{"offset": 5, "count": 2}))
	window := func(from, until time.Duration) params {
		return params{"start_time": epoch.Add(from).Unix(), "end_time": epoch.Add(until).Unix()}
	}
	assert.Len(t, history(window(time.Hour, 3*time.Hour)), 3)
	assert.Equal(t, "3", c.ok(c.get("elemeter_count_power_history", at(meter).plus(window(time.Hour, 3*time.Hour)))).num("count"))

	used := func(p params) []string {
		r := c.ok(c.get("elemeter_fetch_power_consumption", at(meter).plus(p)))
		hours := func(name string) string {
			if r[name] == nil {
				return "-"
			}
			return (time.Unix(int64(atoi(t, r.num(name))), 0).Sub(epoch)).String()
		}
		return []string{r.num("consumption"), hours("start_time"), hours("end_time")}
	}
	assert.Equal(t, []string{"6", "0s", "24h0m0s"}, used(nil))
	assert.Equal(t, []string{"0.5", "1h0m0s", "3h0m0s"}, used(window(time.Hour, 3*time.Hour)))
	assert.Equal(t, []string{"0.5", "1h0m0s", "3h0m0s"}, used(window(90*time.Minute, 210*time.Minute)), "from the reading before to the last inside")
	assert.Equal(t, []string{"0", "-", "-"}, used(window(90*time.Minute, 100*time.Minute)), "nothing was read")
	assert.Equal(t, []string{"0", "-", "-"}, used(window(100*time.Hour, 101*time.Hour)))

	c.ok(c.post("elemeter_reset_by_collector", at(meter)))
	s.Settle()
	s.Consume(meter, "1")
	s.Advance(time.Hour)
	s.Consume(meter, "2")
	h.take(s)
	assert.Equal(t, "8", used(nil)[0], "a reset is no consumption")
	c.ok(c.post("elemeter_read", at(meter)))
	assert.Equal(t, "3", h.only(s).obj("result").num("consume_amount"))
	assert.Equal(t, "28", c.ok(c.get("elemeter_count_power_history", at(meter))).num("count"), "a reading on command is one more")
}

func TestA4(t *testing.T) {
	s, c := world(t)
	home := s.AddHome("x")
	room := s.AddRoom(home, "201")
	s.AddGateway(home)
	var meters []lock.DeviceID
	for range 3 {
		m, err := s.InstallMeter(home, room, A4Meter)
		require.NoError(t, err)
		meters = append(meters, m)
	}
	_, err := s.InstallMeter(home, room, ZigbeeMeter)
	assert.ErrorContains(t, err, "15010", "one kind or the other")
	h := listen(t, s)
	byRoom := params{"room_id": room}
	on := func() []bool { return []bool{s.Meter(meters[0]).On, s.Meter(meters[1]).On, s.Meter(meters[2]).On} }

	t.Run("credit is the room's", func(t *testing.T) {
		c.ok(c.post("elemeter_charge", at(meters[1]).plus(params{"amount": 6})))
		h.take(s)
		s.Consume(meters[0], "1")
		s.Consume(meters[1], "2")
		h.take(s)
		for _, m := range meters {
			has(t, s, m, map[string]string{"Charged": "6", "Left": "3"})
		}
		assert.Equal(t, "1", c.ok(c.get("elemeter_count_charge_history", at(meters[0]))).num("count"))
	})
	t.Run("so is the overdraft, by whichever", func(t *testing.T) {
		c.ok(c.post("elemeter_update_overdraft", at(meters[2]).plus(params{"overdraft": 2})))
		assert.Len(t, h.take(s), 1, "one result for all")
		has(t, s, meters[0], map[string]string{"Overdraft": "2"})
		assert.Equal(t, "3", c.ok(c.get("get_elemeter_info", at(meters[0]))).num("overdraft_stage"))
	})
	t.Run("reading and switching: one by uuid, all by room", func(t *testing.T) {
		count := func(p params) string { return c.ok(c.get("elemeter_count_power_history", p)).num("count") }
		c.ok(c.post("elemeter_read", at(meters[2])))
		h.take(s)
		assert.Equal(t, []string{"1", "1", "1"}, []string{count(at(meters[0])), count(at(meters[1])), count(at(meters[2]))})
		c.ok(c.post("elemeter_read", byRoom))
		assert.Equal(t, string(meters[0]), h.only(s)["uuid"])
		assert.Equal(t, []string{"2", "2", "2", "6"}, []string{count(at(meters[0])), count(at(meters[1])), count(at(meters[2])), count(byRoom)})
		c.ok(c.post("elemeter_switch_off", at(meters[0])))
		h.take(s)
		assert.Equal(t, []bool{false, true, true}, on())
		c.ok(c.post("elemeter_switch_off", byRoom))
		h.take(s)
		assert.Equal(t, []bool{false, false, false}, on())
		c.ok(c.post("elemeter_switch_on", byRoom))
		h.take(s)
		assert.Equal(t, []bool{true, true, true}, on())
	})
	t.Run("one that fails makes the whole fail", func(t *testing.T) {
		s.FailDevice(meters[1], "5103")
		c.ok(c.post("elemeter_switch_off", byRoom))
		assert.Equal(t, n(5103), h.only(s).obj("result")["ErrNo"])
		assert.Equal(t, []bool{false, true, false}, on())
		c.ok(c.post("elemeter_switch_on", byRoom))
		h.take(s)
	})
	t.Run("history by room is of all together", func(t *testing.T) {
		s.Advance(time.Hour)
		s.Consume(meters[2], "0.5")
		h.take(s)
		assert.Equal(t, "3.5", c.ok(c.get("elemeter_fetch_power_history", byRoom)).list("history")[0].num("consume_amount"))
		assert.Equal(t, "0.5", c.ok(c.get("elemeter_fetch_power_history", at(meters[2]))).list("history")[0].num("consume_amount"))
		hour := params{"start_time": s.Clock().Now().Add(-time.Minute).Unix()}
		assert.Equal(t, "0.5", c.ok(c.get("elemeter_fetch_power_consumption", byRoom.plus(hour))).num("consumption"))
	})
	t.Run("when the credit ends all are dark", func(t *testing.T) {
		assert.Equal(t, "4.5", s.Consume(meters[0], "100").String())
		assert.Equal(t, []bool{false, false, false}, on())
		assert.Equal(t, []string{"elemeterPowerAsync", "elemeterOvercomeAmount", "elemeterOvercomeAmount", "elemeterOvercomeAmount"}, names(h.take(s)))
	})
	t.Run("forced off is the room's too", func(t *testing.T) {
		c.ok(c.post("elemeter_force_open", at(meters[0]).plus(params{"force_open": 1})))
		assert.True(t, s.Meter(meters[2]).ForcedOff)
	})
	t.Run("syncing by room", func(t *testing.T) {
		c.ok(c.post("elemeter_syn_data", byRoom))
		assert.Equal(t, []string{"elemeterPowerAsync", "elemeterPowerAsync", "elemeterPowerAsync"}, names(h.take(s)))
		s.FailDevice(meters[0], "5103")
		c.ok(c.post("elemeter_syn_data", at(meters[0])))
		assert.Equal(t, n(1), c.ok(c.post("get_device_info", at(meters[0]))).obj("result")["syn_stage"])
		s.Settle()
		assert.Equal(t, n(2), c.ok(c.post("get_device_info", at(meters[0]))).obj("result")["syn_stage"])
	})
}

func TestPublicMeter(t *testing.T) {
	s, c := world(t)
	home := s.AddHome("x")
	s.AddGateway(home)
	meter, err := s.InstallMeter(home, "", ZigbeeMeter)
	require.NoError(t, err)
	m := c.ok(c.get("get_elemeter_info", params{"home_id": home}))
	assert.Equal(t, string(meter), m.str("uuid"))
	c.ok(c.post("elemeter_set_eleprice", params{"home_id": home, "room_eleprice": 2}))
	assert.Equal(t, "2", c.ok(c.get("elemeter_get_price_and_way", params{"home_id": home})).num("room_eleprice"))
	s.Consume(meter, "1")
	assert.Equal(t, string(home), c.ok(c.get("elemeter_fetch_power_history", params{"home_id": home})).list("history")[0].str("room_id"))
}

func TestCollectors(t *testing.T) {
	s, c := world(t)
	home := s.AddHome("x")
	assert.Empty(t, c.ok(c.get("get_elecollector_info_arr", params{"home_id": home})).list("elecollectors"))
	assert.Equal(t, 15006, c.get("get_elecollector_info_arr", params{"home_id": "x"}).errNo())
	assert.Equal(t, 14001, c.get("get_elecollector_info_arr", nil).errNo())
	id := s.AddCollector(home)
	one := c.ok(c.get("get_elecollector_info", params{"home_id": home}))
	assert.Equal(t, []any{string(id), n(int(epoch.Unix())), n(int(epoch.Unix()))}, []any{one["uuid"], one["bind_time"], one["onoff_time"]}, "seconds here")
	many := c.ok(c.get("get_elecollector_info_arr", params{"home_id": home})).list("elecollectors")
	require.Len(t, many, 1)
	assert.Equal(t, []any{string(id), n(int(epoch.UnixMilli())), "x gateway"}, []any{many[0]["uuid"], many[0]["bind_time"], many[0]["center_description"]}, "milliseconds there")
	assert.Len(t, c.ok(c.get("get_elecollector_info_arr", at(id))).list("elecollectors"), 1)
	meter, err := s.InstallMeter(home, "", CollectorMeter)
	require.NoError(t, err)
	assert.Equal(t, string(id), c.ok(c.get("get_elemeter_info", at(meter))).str("elecollector_uuid"), "the one that is there")
}

func TestMeterAlarms(t *testing.T) {
	s, c, meter, h := metered(t, ZigbeeMeter)
	s.Overload(meter)
	got := h.only(s)
	assert.Equal(t, []any{"elemeterOvercomeCapacity", "5"}, []any{got["event"], got.obj("detail").num("capacity")})
	assert.False(t, s.Meter(meter).On)
	s.CloseLocally(meter)
	got = h.only(s)
	assert.Equal(t, []any{"elemeterLocalClose", map[string]any{}}, []any{got["event"], got["detail"]})
	assert.True(t, s.Meter(meter).On)
	s.BreakLine(meter)
	assert.Equal(t, "elemeterTransError", h.only(s)["event"])
	assert.Equal(t, "2", c.ok(c.get("get_elemeter_info", at(meter))).num("trans_status"))
	c.ok(c.post("elemeter_read", at(meter)))
	h.take(s)
	assert.Equal(t, "1", c.ok(c.get("get_elemeter_info", at(meter))).num("trans_status"))
	assert.Equal(t, []string{"9404", "9405", "9406"}, kinds(c, meter))
}
