package dingdingtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

// kinds are the types of a device's exceptions, oldest first.
func kinds(c *foreigner, id lock.DeviceID) []string {
	var all []string
	for _, e := range c.ok(c.get("device_fetch_exceptions", at(id).plus(params{"count": 1000}))).list("device_exceptions") {
		all = append([]string{e.num("type")}, all...)
	}
	return all
}

func TestEnterCode(t *testing.T) {
	t.Run("an opening is told", func(t *testing.T) {
		s, c, door, h := doorway(t)
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790", "name": "Tom & <Jerry>"})))
		h.take(s)
		require.True(t, s.EnterCode(door, "135790"))
		got := h.only(s)
		assert.Equal(t, []any{"lockerOpenAlarm", string(door), "201"}, []any{got["event"], got["uuid"], got["nickname"]})
		assert.Equal(t, reply{
			"source": n(2), "sourceid": n(1001), "source_name": "Tom & <Jerry>", "eventid": n(1), "notify": n(1), "audio_played": n(0),
		}, got.obj("detail"))
	})
	t.Run("wrong codes", func(t *testing.T) {
		s, c, door, h := doorway(t)
		told := func() []string { return names(h.take(s)) }
		for i, want := range [][]string{{}, {}, {"wrongPwdAlarm"}, {}, {}, {"wrongPwdAlarm"}} {
			assert.False(t, s.EnterCode(door, "000000"))
			assert.Equal(t, want, told(), "the %d. time", i+1)
		}
		assert.Equal(t, []string{"9104"}, kinds(c, door), "the fifth is an exception")
		s.EnterCode(door, adminCode)
		s.EnterCode(door, "000000")
		s.EnterCode(door, "000000")
		assert.Equal(t, []string{"lockerOpenAlarm"}, told(), "a right one begins the count anew")
	})
	t.Run("a lock that is offline tells later", func(t *testing.T) {
		s, c, door, h := doorway(t)
		s.GoOffline(door)
		h.take(s)
		require.True(t, s.EnterCode(door, adminCode))
		for range 5 {
			s.EnterCode(door, "000000")
		}
		opened := s.Clock().Now()
		s.Advance(time.Hour)
		assert.Empty(t, h.take(s))
		assert.Equal(t, "0", c.ok(c.get("count_lock_events", at(door))).num("count"))
		s.GoOnline(door)
		got := h.take(s)
		require.Equal(t, []string{"clearLockOfflineAlarm", "lockerOpenAlarm", "wrongPwdAlarm"}, names(got))
		assert.Equal(t, n(int(opened.UnixMilli())), got[1]["time"], "with the time it happened")
		assert.Equal(t, "1", c.ok(c.get("count_lock_events", at(door))).num("count"))
		assert.Equal(t, []string{"9106", "9107", "9104"}, kinds(c, door))
	})
	t.Run("a lock that was reset opens for nothing", func(t *testing.T) {
		s, c, door, _ := doorway(t)
		dynamic := c.ok(c.get("get_dynamic_password_plaintext", at(door))).str("password")
		activation := c.ok(c.post("add_password_without_center", at(door).plus(params{"CMD": 3, "phonenumber": "1", "name": "x"})))
		s.ResetLock(door)
		for _, code := range []string{adminCode, dynamic, activation.str("code"), activation.str("password")} {
			assert.False(t, s.EnterCode(door, code))
		}
	})
}

func TestLocalPasswords(t *testing.T) {
	s, c, door, h := doorway(t)
	id := s.AddLocalPassword(door, "111222")
	assert.Equal(t, 0, id)
	got := h.only(s)
	assert.Equal(t, []any{"pwdAddLocal", map[string]any{"password": map[string]any{"id": n(0), "password": "111222"}}}, []any{got["event"], got["detail"]})
	assert.Equal(t, reply{"status": n(1), "begin": n(0), "end": n(0)}, listed(c, door, 0).obj("permission"), "for good, as all local ones")
	assert.True(t, s.EnterCode(door, "111222"))
	assert.Equal(t, 1, s.AddLocalPassword(door, "333444"))
	h.take(s)

	s.ChangeLocally(door, 0, "555666")
	got = h.only(s)
	assert.Equal(t, []any{"pwdUpdateLocal", map[string]any{"password": map[string]any{"id": n(0), "password": "555666"}}}, []any{got["event"], got["detail"]})
	assert.True(t, s.EnterCode(door, "555666"))
	assert.False(t, s.EnterCode(door, "111222"))
	h.take(s)

	s.DeleteLocally(door, 0)
	got = h.only(s)
	assert.Equal(t, []any{"pwdDelLocal", map[string]any{"password": map[string]any{"id": n(0)}}}, []any{got["event"], got["detail"]})
	assert.Nil(t, listed(c, door, 0))
	assert.False(t, s.EnterCode(door, "555666"))

	t.Run("the admin password can be changed locally", func(t *testing.T) {
		s.ChangeLocally(door, 999, "777888")
		assert.Equal(t, "777888", c.ok(c.get("get_default_password_plaintext", at(door))).str("password"))
	})
	t.Run("while offline the cloud does not know", func(t *testing.T) {
		s.GoOffline(door)
		id := s.AddLocalPassword(door, "999000")
		s.ChangeLocally(door, 999, "121212")
		assert.Nil(t, listed(c, door, id))
		assert.True(t, s.EnterCode(door, "999000"))
		h.take(s)
		s.GoOnline(door)
		assert.NotNil(t, listed(c, door, id))
		assert.Equal(t, []string{"clearLockOfflineAlarm", "pwdAddLocal", "pwdUpdateLocal", "lockerOpenAlarm"}, names(h.take(s)))
	})
	t.Run("there are a hundred of them", func(t *testing.T) {
		s, _, door, _ := doorway(t)
		for want := range 100 {
			require.Equal(t, want, s.AddLocalPassword(door, "111222"))
		}
		assert.Panics(t, func() { s.AddLocalPassword(door, "111222") })
	})
}

func TestOnlineAndOffline(t *testing.T) {
	s, c := world(t)
	f := furnish(t, s, c)
	h := listen(t, s)
	line := func(call string, id lock.DeviceID) string { return c.ok(c.get(call, at(id))).num("onoff_line") }

	tests := []struct {
		name       string
		device     lock.DeviceID
		off, on    string
		kinds      []string
		subdevices int // -1: not told
	}{
		{"a lock", f.door, "lockOfflineAlarm", "clearLockOfflineAlarm", []string{"9106", "9107"}, -1},
		{"a gateway", f.gateway, "centerOfflineAlarm", "clearCenterOfflineAlarm", []string{"9001", "9002"}, 3},
		{"a collector", f.collector, "lockOfflineAlarm", "clearLockOfflineAlarm", []string{"9106", "9107"}, 1},
		{"a meter", f.meter, "lockOfflineAlarm", "clearLockOfflineAlarm", []string{"9106", "9107"}, -1},
		{"a water gateway", f.waterGateway, "waterGatewayOfflineAlarm", "waterGatewayOnlineAlarm", []string{"9501", "9502"}, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(kinds(c, tt.device))
			for _, step := range []struct {
				do   func(lock.DeviceID)
				want string
			}{{s.GoOffline, tt.off}, {s.GoOnline, tt.on}} {
				step.do(tt.device)
				step.do(tt.device)
				got := h.only(s)
				assert.Equal(t, []any{step.want, string(tt.device)}, []any{got["event"], got["uuid"]})
				if devices, told := got.obj("detail")["subdevices"].([]any); told {
					assert.Len(t, devices, tt.subdevices)
				} else {
					assert.Equal(t, -1, tt.subdevices)
				}
			}
			assert.Equal(t, tt.kinds, kinds(c, tt.device)[before:])
		})
	}
	t.Run("what talks through a gateway goes with it", func(t *testing.T) {
		s.GoOffline(f.gateway)
		assert.Equal(t, []string{"2", "2", "2", "2"}, []string{
			line("get_center_info", f.gateway), line("get_lock_info", f.door), line("get_elecollector_info", f.collector), line("get_elemeter_info", f.meter),
		})
		require.True(t, s.EnterCode(f.door, adminCode))
		h.take(s)
		s.GoOffline(f.door)
		s.GoOnline(f.gateway)
		assert.Equal(t, []string{"1", "2", "1", "1"}, []string{
			line("get_center_info", f.gateway), line("get_lock_info", f.door), line("get_elecollector_info", f.collector), line("get_elemeter_info", f.meter),
		})
		assert.Equal(t, []string{"lockOfflineAlarm", "clearCenterOfflineAlarm"}, names(h.take(s)))
		s.GoOnline(f.door)
		assert.Equal(t, []string{"clearLockOfflineAlarm", "lockerOpenAlarm"}, names(h.take(s)))
	})
}

func TestBattery(t *testing.T) {
	s, c, door, h := doorway(t)
	steps := []struct {
		percent int
		want    string // besides batteryAsync
		kinds   int    // exceptions so far
	}{
		{90, "", 0}, {14, "", 1}, {11, "", 1}, {10, "batteryAlarm", 1}, {9, "", 1}, {8, "", 1}, {7, "batteryAlarm", 1}, {6, "", 1},
		{5, "", 1}, {4, "batteryAlarm", 1}, {10, "", 1}, {11, "clearBatteryAlarm", 1}, {100, "", 2}, {3, "batteryAlarm", 3}, {80, "clearBatteryAlarm", 4},
	}
	for _, step := range steps {
		s.SetBattery(door, step.percent)
		got := h.take(s)
		require.NotEmpty(t, got)
		assert.Equal(t, reply{"battery": n(step.percent)}, got[0].obj("detail"))
		want := []string{"batteryAsync"}
		if step.want != "" {
			want = append(want, step.want)
			assert.Equal(t, reply{"battery_level": n(step.percent)}, got[len(got)-1].obj("detail"))
		}
		assert.Equal(t, want, names(got), "at %d %%", step.percent)
		assert.Len(t, kinds(c, door), step.kinds, "at %d %%", step.percent)
	}
	assert.Equal(t, []string{"9101", "9102", "9101", "9102"}, kinds(c, door))
	l := c.ok(c.get("get_lock_info", at(door)))
	assert.Equal(t, []string{"80", n(int(s.Clock().Now().Unix())).String()}, []string{l.num("power"), l.num("power_refreshtime")})

	t.Run("below five percent it is told every day", func(t *testing.T) {
		s.SetBattery(door, 4)
		h.take(s)
		s.SetBattery(door, 3)
		assert.Equal(t, []string{"batteryAsync"}, names(h.take(s)))
		s.Advance(3*24*time.Hour + time.Minute)
		assert.Equal(t, []string{"batteryAlarm", "batteryAlarm", "batteryAlarm"}, names(h.take(s)))
		s.SetBattery(door, 50)
		h.take(s)
		s.Advance(3 * 24 * time.Hour)
		assert.Empty(t, h.take(s))
	})
}

func TestTamper(t *testing.T) {
	s, c, door, h := doorway(t)
	s.Tamper(door)
	got := h.only(s)
	assert.Equal(t, []any{"brokenAlarm", map[string]any{}}, []any{got["event"], got["detail"]})
	assert.Equal(t, []string{"9103"}, kinds(c, door))
}

func TestExceptions(t *testing.T) {
	s, c := world(t)
	door := s.AddLock("201")
	for range 15 {
		s.GoOffline(door)
		s.Advance(time.Minute)
		s.GoOnline(door)
		s.Advance(time.Minute)
	}
	ask := func(p params) []reply {
		return c.ok(c.get("device_fetch_exceptions", at(door).plus(p))).list("device_exceptions")
	}
	assert.Len(t, ask(nil), 20)
	all := ask(params{"count": 100})
	require.Len(t, all, 30)
	last := s.Clock().Now().Add(-time.Minute)
	home := c.ok(c.get("get_home_info", at(door))).obj("result").str("home_id")
	assert.Equal(t, reply{"type": n(9107), "home_id": home, "uuid": string(door), "time": n(int(last.UnixMilli()))}, all[0], "the newest first")
	assert.Equal(t, all[3:5], ask(params{"offset": 3, "count": 2}))
	window := params{"start_time": last.Add(-2 * time.Minute).UnixMilli(), "end_time": last.Add(-time.Minute).UnixMilli()}
	assert.Len(t, ask(window), 2)
	assert.Equal(t, "2", c.ok(c.get("device_count_exceptions", at(door).plus(window))).num("count"))
	assert.Equal(t, 15006, c.get("device_fetch_exceptions", params{"uuid": "x"}).errNo())
	assert.Equal(t, 15006, c.get("device_count_exceptions", params{"uuid": "x"}).errNo())
}
