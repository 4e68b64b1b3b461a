package dingdingtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLockInfo(t *testing.T) {
	s, c := world(t)
	door := s.AddLock("201")
	l := c.ok(c.get("get_lock_info", at(door)))
	assert.Equal(t, string(door), l.str("uuid"))
	assert.Equal(t, "1", l.num("onoff_line"))
	assert.Equal(t, epoch.Unix(), int64(atoi(t, l.num("onoff_time"))), "seconds")
	assert.Equal(t, epoch.Unix(), int64(atoi(t, l.num("bind_time"))))
	assert.Equal(t, epoch.Unix(), int64(atoi(t, l.num("power_refreshtime"))))
	assert.Equal(t, "100", l.num("power"))
	assert.Equal(t, "simulated home gateway", l.str("center_description"))

	g := c.ok(c.get("get_center_info", params{"uuid": l.str("center_uuid")}))
	assert.Equal(t, l.str("center_sn"), g.str("sn"))
	assert.Equal(t, "0.1.4.12", g.obj("versions").str("app_version"))

	t.Run("a lock is found by its number", func(t *testing.T) {
		r := c.ok(c.post("get_device_uuid", params{"sn": l.str("sn")})).obj("result")
		assert.Equal(t, reply{"uuid": string(door), "sn": l.str("sn"), "center_uuid": l.str("center_uuid"), "type": "lock"}, r)
		assert.Equal(t, 15006, c.post("get_device_uuid", params{"sn": "x"}).errNo())
	})
	t.Run("details have milliseconds", func(t *testing.T) {
		r := c.ok(c.post("get_device_info", at(door))).obj("result")
		assert.Equal(t, l.str("sn"), r.obj("hardware_info").str("sn"))
		assert.Equal(t, epoch.UnixMilli(), int64(atoi(t, r.num("bind_time"))))
		assert.Equal(t, "100", r.num("power"))
		assert.Equal(t, 15006, c.post("get_device_info", params{"uuid": "x"}).errNo())
	})
	t.Run("signal strength is refreshed", func(t *testing.T) {
		s.Advance(time.Minute)
		c.ok(c.post("refresh_devices_lqi", params{"uuids": []string{string(door)}}))
		assert.Equal(t, "120", c.ok(c.get("get_lock_info", at(door))).num("lqi"))
		s.Settle()
		fresh := c.ok(c.get("get_lock_info", at(door)))
		assert.Equal(t, "117", fresh.num("lqi"))
		assert.Equal(t, epoch.Add(time.Minute).Unix(), int64(atoi(t, fresh.num("lqi_refreshtime"))))
	})
}

func TestRefreshSignal(t *testing.T) {
	s, c := world(t)
	f := furnish(t, s, c)
	s.GoOffline(f.outer)
	lqi := func() []string {
		return []string{
			c.ok(c.get("get_lock_info", at(f.door))).num("lqi"),
			c.ok(c.get("get_lock_info", at(f.outer))).num("lqi"),
			c.ok(c.post("get_device_info", at(f.meter))).obj("result").num("lqi"),
		}
	}
	for _, kind := range []struct {
		kind string
		want []string
	}{
		{"6", []string{"120", "120", "-1"}}, {"5", []string{"120", "120", "117"}}, {"4", []string{"117", "120", "117"}}, {"-1", []string{"117", "120", "117"}},
	} {
		c.ok(c.post("refresh_devices_lqi", params{"home_id": "h1", "type": kind.kind}))
		s.Settle()
		assert.Equal(t, kind.want, lqi(), "type %s; what is offline has no signal", kind.kind)
	}
	c.ok(c.post("refresh_devices_lqi", params{"home_id": "h1"}))
	for want, p := range map[int]params{14001: {"home_id": "h1", "type": "1"}, 15006: {"home_id": "h9"}} {
		assert.Equal(t, want, c.post("refresh_devices_lqi", p).errNo())
	}
	assert.Equal(t, 14001, c.post("refresh_devices_lqi", params{}).errNo())
	assert.Equal(t, 15006, c.post("refresh_devices_lqi", params{"uuids": []string{"x"}}).errNo())
}

func TestGateways(t *testing.T) {
	s, c := world(t)
	home := s.AddHome("x")
	assert.Equal(t, []reply(nil), c.ok(c.get("get_center_info_arr", params{"home_id": home})).list("centers"))
	assert.Equal(t, 15006, c.get("get_center_info", params{"home_id": home}).errNo())
	first, second := s.AddGateway(home), s.AddGateway(home)
	list := c.ok(c.get("get_center_info_arr", params{"home_id": home})).list("centers")
	require.Len(t, list, 2)
	assert.Equal(t, []string{string(first), string(second)}, []string{list[0].str("uuid"), list[1].str("uuid")})
	assert.Equal(t, list[0], reply(without(c.ok(c.get("get_center_info", params{"home_id": home})), "ErrNo", "ErrMsg", "ReqID")))
	assert.Equal(t, 15006, c.get("get_center_info_arr", params{"home_id": "x"}).errNo())
	assert.Equal(t, 14001, c.get("get_center_info", params{}).errNo())
}

func without(r reply, names ...string) reply {
	for _, name := range names {
		delete(r, name)
	}
	return r
}

func TestInstalling(t *testing.T) {
	s, c := world(t)
	h := listen(t, s)
	c.ok(c.post("add_home", newHome))
	c.ok(c.post("add_room", params{"home_id": "h1", "room_id": "r1", "room_name": "201"}))

	gateway, err := s.InstallGateway("h1")
	require.NoError(t, err)
	got := h.only(s)
	assert.Equal(t, reply{
		"event": "deviceInstall", "uuid": string(gateway), "time": got["time"], "detail": map[string]any{"type": "1"},
		"center_uuid": nil, "elecollector_uuid": nil, "home_id": "h1", "room_id": "", "nickname": "FYBJ1607050013 gateway",
		"manufactory": nil, "sign": got["sign"],
	}, got)
	assert.Equal(t, "1773502080000", got.num("time"), "milliseconds")

	door, err := s.InstallLock("h1", "r1")
	require.NoError(t, err)
	got = h.only(s)
	assert.Equal(t, []any{"deviceInstall", string(door), "h1", "r1", "201", string(gateway), map[string]any{"type": "4"}},
		[]any{got["event"], got["uuid"], got["home_id"], got["room_id"], got["nickname"], got["center_uuid"], got["detail"]})

	waterGateway, err := s.InstallWaterGateway("h1")
	require.NoError(t, err)
	got = h.only(s)
	assert.Equal(t, []any{string(waterGateway), "h1", "cy", map[string]any{"type": n(7)}}, []any{got["uuid"], got["room_id"], got["manufactory"], got["detail"]})

	water, err := s.InstallWaterMeter("h1", "r1", true)
	require.NoError(t, err)
	got = h.only(s)
	assert.Equal(t, []any{at(water)["uuid"], string(waterGateway), "cy", map[string]any{"type": n(8), "amount": n(0)}},
		[]any{got["uuid"], got["gateway_uuid"], got["manufactory"], got["detail"]})

	meter, err := s.InstallMeter("h1", "", CollectorMeter)
	require.NoError(t, err)
	both := h.take(s)
	require.Len(t, both, 2, "with its collector")
	assert.Equal(t, []any{map[string]any{"type": "6"}, map[string]any{"type": "5"}}, []any{both[0]["detail"], both[1]["detail"]})
	assert.Equal(t, []any{string(meter), both[0]["uuid"], string(gateway)}, []any{both[1]["uuid"], both[1]["elecollector_uuid"], both[1]["center_uuid"]})

	t.Run("refusals are the vendor's", func(t *testing.T) {
		for name, tt := range map[string]struct {
			install func() error
			want    string
		}{
			"no home for a gateway":       {func() error { _, err := s.InstallGateway("h9"); return err }, "15006"},
			"no home for a lock":          {func() error { _, err := s.InstallLock("h9", ""); return err }, "15006"},
			"no room for a lock":          {func() error { _, err := s.InstallLock("h1", "r9"); return err }, "15012"},
			"a room has a lock":           {func() error { _, err := s.InstallLock("h1", "r1"); return err }, "15008"},
			"a home has a public meter":   {func() error { _, err := s.InstallMeter("h1", "", ZigbeeMeter); return err }, "15010"},
			"no room for a meter":         {func() error { _, err := s.InstallMeter("h1", "r9", A4Meter); return err }, "15012"},
			"no home for a water gateway": {func() error { _, err := s.InstallWaterGateway("h9"); return err }, "15006"},
			"no home for a water meter":   {func() error { _, err := s.InstallWaterMeter("h9", "", false); return err }, "15006"},
		} {
			assert.ErrorContains(t, tt.install(), tt.want, name)
		}
		assert.Empty(t, h.take(s))
	})
	t.Run("uninstalling", func(t *testing.T) {
		s.Uninstall(door)
		got := h.only(s)
		assert.Equal(t, []any{"deviceUninstall", string(door), "h1", "r1", map[string]any{"type": "4"}},
			[]any{got["event"], got["uuid"], got["home_id"], got["room_id"], got["detail"]})
		s.Uninstall(water)
		assert.Equal(t, map[string]any{"type": n(8)}, h.only(s)["detail"])
		assert.Equal(t, 15006, c.get("get_lock_info", at(door)).errNo())
		_, err := s.InstallLock("h1", "r1")
		assert.NoError(t, err, "the door is free again")
	})
	t.Run("a lock without a gateway", func(t *testing.T) {
		s.SetCallbackURL("", "")
		home := s.AddHome("x")
		door, err := s.InstallLock(home, "")
		require.NoError(t, err)
		assert.Equal(t, []any{"2", "", ""}, func() []any {
			l := c.ok(c.get("get_lock_info", at(door)))
			return []any{l.num("onoff_line"), l.str("center_uuid"), l.str("center_sn")}
		}())
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
		s.Settle()
		assert.Equal(t, 5101, s.Passwords(door)[1].Failure)
	})
}

func TestLockEvents(t *testing.T) {
	s, c := world(t)
	door := s.AddLock("201")
	c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790", "name": "Li"})))
	s.Settle()
	for range 60 {
		s.Advance(time.Minute)
		require.True(t, s.EnterCode(door, "135790"))
	}
	require.True(t, s.EnterCode(door, adminCode))
	now := s.Clock().Now()
	events := func(p params) []reply {
		return c.ok(c.get("get_lock_events", at(door).plus(p))).list("lock_events")
	}
	assert.Len(t, events(nil), 50)
	all := events(params{"count": 100})
	require.Len(t, all, 61)
	assert.Equal(t, reply{"time": n(int(now.UnixMilli())), "eventid": n(1), "source": n(2), "sourceid": n(999), "source_name": "密码 999"}, all[0], "the newest first")
	assert.Equal(t, []any{n(1001), "Li"}, []any{all[1]["sourceid"], all[1]["source_name"]})
	assert.Equal(t, all[1:3], events(params{"offset": 1, "count": 2}))
	window := params{"start_time": now.Add(-2 * time.Minute).Unix(), "end_time": now.Add(-time.Minute).Add(time.Second).Unix()}
	assert.Len(t, events(window), 2)
	assert.Equal(t, "2", c.ok(c.get("count_lock_events", at(door).plus(window))).num("count"))
	assert.Equal(t, "61", c.ok(c.get("count_lock_events", at(door))).num("count"))
}
