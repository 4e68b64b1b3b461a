package dingdingtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

func watered(t *testing.T) (*Server, *foreigner, lock.DeviceID, params, *hook) {
	t.Helper()
	s, c := world(t)
	meter := s.AddWaterMeter("201")
	return s, c, meter, at(meter).plus(params{"manufactory": "cy"}), listen(t, s)
}

func TestWaterInfo(t *testing.T) {
	_, c, meter, by, _ := watered(t)
	assert.Regexp(t, `^17[0-9]{7}@cy$`, string(meter))
	m := c.ok(c.get("get_watermeter_info", by)).obj("info")
	at1 := "2026-03-14T15:28:00.000Z"
	room := m.str("room_id")
	assert.Equal(t, reply{
		"manufactory": "cy", "uuid": by["uuid"], "user_id": "1100000", "parent": m["parent"], "type": "watermeter", "check_time": n(6),
		"removed": n(2), "mtime": at1, "ctime": at1, "bind_time": at1, "onoff": n(1), "home_id": m["home_id"], "room_id": room, "meter_type": n(1),
	}, m)
	g := c.ok(c.get("get_water_gateway_info", params{"uuid": m["parent"]})).obj("info")
	assert.Equal(t, reply{
		"uuid": m["parent"], "user_id": "1100000", "parent": m["parent"], "manufactory": "cy", "type": "gateway", "removed": n(2),
		"mtime": at1, "ctime": at1, "bind_time": at1, "onoff": n(1), "home_id": m["home_id"], "room_id": m["home_id"],
	}, g)
	for _, call := range []string{"get_watermeter_info", "read_watermeter", "read_watermeter_status", "get_meter_record"} {
		assert.Equal(t, 15006, c.get(call, by.plus(params{"uuid": "x"})).errNo(), call)
		assert.Equal(t, 15006, c.get(call, by.plus(params{"manufactory": "ym"})).errNo(), call)
		c.ok(c.get(call, by.plus(params{"manufactory": "CY"})))
	}
	assert.Equal(t, 15006, c.get("get_water_gateway_info", params{"uuid": "x"}).errNo())
	assert.Equal(t, 15006, c.get("get_water_gateway_info", at(meter)).errNo())
}

func TestReadWater(t *testing.T) {
	s, c, meter, by, h := watered(t)
	reading := func() string { return c.ok(c.get("read_watermeter_status", by)).num("reading") }
	assert.Equal(t, "2", reading())
	s.ConsumeWater(meter, "1.25")
	r := c.ok(c.get("read_watermeter", by))
	assert.NotContains(t, r, "serviceid")
	assert.Equal(t, "1", reading())
	got := h.only(s)
	assert.Equal(t, []any{"watermeterAmountAsync", by["uuid"], "cy", n(1), "1.25"}, []any{got["event"], got["uuid"], got["manufactory"], got["meter_type"], got.obj("detail").num("amount")})
	assert.Equal(t, "2", reading())
	assert.Equal(t, 1, s.Executed("read_watermeter"))
	assert.Equal(t, "1", c.ok(c.post("count_meter_record", by)).num("count"))

	t.Run("a gateway that is offline", func(t *testing.T) {
		gateway := lock.DeviceID(c.ok(c.get("get_watermeter_info", by)).obj("info").str("parent"))
		s.GoOffline(gateway)
		h.take(s)
		assert.Equal(t, n(2), c.ok(c.get("get_watermeter_info", by)).obj("info")["onoff"])
		c.ok(c.get("read_watermeter", by))
		assert.Empty(t, h.take(s))
		assert.Equal(t, "3", reading(), "after half a minute")
		s.ConsumeWater(meter, "1")
		s.Advance(2 * time.Hour)
		s.GoOnline(gateway)
		assert.Equal(t, []string{"waterGatewayOnlineAlarm", "watermeterAmountAsync"}, names(h.take(s)), "what it missed")
	})
	t.Run("a meter without a gateway", func(t *testing.T) {
		home := s.AddHome("x")
		meter, err := s.InstallWaterMeter(home, "", true)
		require.NoError(t, err)
		assert.Equal(t, n(2), c.ok(c.get("get_watermeter_info", at(meter).plus(params{"manufactory": "cy"}))).obj("info")["meter_type"])
		c.ok(c.get("read_watermeter", at(meter).plus(params{"manufactory": "cy"})))
		s.Settle()
		assert.Equal(t, "3", c.ok(c.get("read_watermeter_status", at(meter).plus(params{"manufactory": "cy"}))).num("reading"))
	})
}

func TestWaterIsReadByItself(t *testing.T) {
	s, c, meter, by, h := watered(t)
	s.ConsumeWater(meter, "1")
	s.ConsumeWater(meter, "0.5")
	assert.Empty(t, h.take(s))
	s.Advance(38*time.Minute - time.Second)
	assert.Empty(t, h.take(s))
	s.Advance(time.Second)
	assert.Equal(t, "1.5", h.only(s).obj("detail").num("amount"), "at the sixth minute of the hour")
	s.Advance(10 * time.Hour)
	assert.Empty(t, h.take(s), "when nothing is used nothing is told")
	s.ConsumeWater(meter, "1")
	s.Advance(time.Hour)
	h.take(s)
	records := c.ok(c.get("get_meter_record", by)).list("records")
	require.Len(t, records, 2)
	assert.Equal(t, []any{n(1), by["uuid"], "cy", "2026-03-15T03:06:00.000Z"}, []any{records[0]["type"], records[0]["uuid"], records[0]["manufactory"], records[0]["ctime"]}, "the newest first")
	assert.Equal(t, []string{"2.5", "2.5", "1.5"}, []string{records[0].num("device_amount"), records[0].num("room_amount"), records[1].num("device_amount")})
}

func TestWaterRecords(t *testing.T) {
	s, c := world(t)
	home := s.AddHome("x")
	room := s.AddRoom(home, "201")
	_, err := s.InstallWaterGateway(home)
	require.NoError(t, err)
	install := func(hot bool) lock.DeviceID {
		id, err := s.InstallWaterMeter(home, room, hot)
		require.NoError(t, err)
		return id
	}
	kitchen, bath, hot := install(false), install(false), install(true)
	read := func(id lock.DeviceID) {
		s.ConsumeWater(id, "1")
		c.ok(c.get("read_watermeter", at(id).plus(params{"manufactory": "cy"})))
		s.Settle()
	}
	read(hot)
	for range 6 {
		read(kitchen)
		read(bath)
	}
	count := func(p params) string { return c.ok(c.post("count_meter_record", p)).num("count") }
	list := func(p params) []reply { return c.ok(c.get("get_meter_record", p)).list("records") }
	cold := params{"room_id": room, "type": 1}
	assert.Equal(t, []string{"12", "1", "6"}, []string{count(cold), count(params{"room_id": room, "type": 2}), count(at(bath).plus(params{"manufactory": "cy"}))})
	assert.Len(t, list(cold), 10)
	assert.Len(t, list(cold.plus(params{"offset": 9, "count": 10})), 3)
	last := list(at(bath).plus(params{"manufactory": "cy"}))[0]
	assert.Equal(t, []string{"6", "12"}, []string{last.num("device_amount"), last.num("room_amount")})
	assert.Equal(t, []string{"1", "1"}, []string{list(params{"room_id": room, "type": 2})[0].num("device_amount"), list(params{"room_id": room, "type": 2})[0].num("room_amount")})
	begin := s.Clock().Now().Add(-30 * time.Millisecond).UnixMilli()
	assert.Equal(t, "2", count(cold.plus(params{"begin": begin})))
	assert.Equal(t, "10", count(cold.plus(params{"end": begin})))

	for name, tt := range map[string]struct {
		params params
		want   int
	}{
		"neither meter nor room": {params{}, 14001},
		"a meter without maker":  {at(bath), 14001},
		"a room without type":    {params{"room_id": room}, 14001},
		"a type there is not":    {params{"room_id": room, "type": 3}, 14001},
		"a room there is not":    {params{"room_id": "x", "type": 1}, 15012},
		"a count below zero":     {cold.plus(params{"count": -1}), 14001},
	} {
		assert.Equal(t, tt.want, c.get("get_meter_record", tt.params).errNo(), name)
	}
	assert.Equal(t, 14001, c.post("count_meter_record", params{}).errNo())
}

func TestReplaceWaterGateway(t *testing.T) {
	s, c, _, by, h := watered(t)
	old := lock.DeviceID(c.ok(c.get("get_watermeter_info", by)).obj("info").str("parent"))
	fresh := s.ReplaceWaterGateway(old)
	got := h.only(s)
	assert.Equal(t, []any{"deviceReplace", string(fresh), string(old), "cy", map[string]any{"type": n(7)}},
		[]any{got["event"], got["uuid"], got["old_uuid"], got["manufactory"], got["detail"]})
	assert.Equal(t, string(fresh), c.ok(c.get("get_watermeter_info", by)).obj("info").str("parent"))
	assert.Equal(t, 15006, c.get("get_water_gateway_info", at(old)).errNo())
}
