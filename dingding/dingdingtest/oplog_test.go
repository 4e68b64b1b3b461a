package dingdingtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOperationLog(t *testing.T) {
	s, c := world(t)
	f := furnish(t, s, c)
	c.ok(c.post("add_home", newHome.plus(params{"home_id": "h2"})))
	s.Advance(time.Hour)
	steps := []struct {
		call   string
		params params
		want   string // op_id
	}{
		{"add_password", params{"is_default": 0, "password": "908172", "name": "Li", "phonenumber": "186"}, "20001"},
		{"add_password", params{"is_default": 1, "password": "551144"}, "20009"},
		{"update_password", params{"password_id": 1001, "permission_begin": 0, "permission_end": 0}, "20004"},
		{"update_password", params{"password_id": 999, "password": "553344"}, "20009"},
		{"frozen_password", params{"password_id": 1001}, "20006"},
		{"unfrozen_password", params{"password_id": 1001}, "20007"},
		{"delete_password", params{"password_id": 1001}, "20003"},
		{"get_dynamic_password_plaintext", nil, "20008"},
		{"get_default_password_plaintext", nil, "20010"},
		{"add_password_without_center", params{"CMD": 3, "phonenumber": "186", "name": "Li"}, "20011"},
		{"update_password_without_center", params{"password_id": 3000, "phonenumber": "186", "name": "Li"}, "20012"},
		{"delete_password", params{"password_id": 3000}, "20013"},
		{"elemeter_charge", params{"amount": 1}, "20100"},
		{"elemeter_update_overdraft", params{"overdraft": 1}, "20101"},
		{"elemeter_reset_by_collector", nil, "20102"},
		{"elemeter_update_max_capacity", params{"capacity": 1}, "20103"},
		{"elemeter_read", nil, "20104"},
		{"elemeter_switch_on", nil, "20105"},
		{"elemeter_switch_off", nil, "20106"},
	}
	ask := func(p params) []reply { return c.ok(c.get("search_device_op_log", p)).list("op_list") }
	for _, step := range steps {
		device := f.door
		if step.want >= "20100" {
			device = f.meter
		}
		before := len(ask(at(device).plus(params{"count": 100})))
		switch step.call {
		case "get_dynamic_password_plaintext", "get_default_password_plaintext":
			c.ok(c.get(step.call, at(device)))
		default:
			c.ok(c.post(step.call, at(device).plus(step.params)))
		}
		s.Settle()
		got := ask(at(device).plus(params{"count": 100}))
		require.Len(t, got, before+1, step.call)
		assert.Equal(t, step.want, got[0]["op_id"], "%s: a String, the newest first", step.call)
		assert.Equal(t, string(device), got[0].obj("target").str("id"))
	}
	assert.Equal(t, 0, len(ask(at(f.door).plus(params{"op_id": "20100"}))))

	t.Run("an entry", func(t *testing.T) {
		got := ask(at(f.door).plus(params{"op_id": "20001", "count": 1}))[0]
		assert.Equal(t, reply{
			"client_id": userID, "op_id": "20001", "operator": map[string]any{"id": userID, "name": "openapi"}, "result": n(0),
			"target":    map[string]any{"id": string(f.door), "name": "201", "type": "lock"},
			"holder":    map[string]any{"id": "r1", "name": "201", "type": "room"},
			"recipient": map[string]any{"id": "186", "name": "Li"}, "timestamp": got["timestamp"],
		}, got)
		assert.GreaterOrEqual(t, atoi(t, got.num("timestamp")), int(epoch.Add(time.Hour).UnixMilli()))
		assert.NotContains(t, ask(at(f.meter).plus(params{"op_id": "20104"}))[0], "recipient")
	})
	t.Run("questions", func(t *testing.T) {
		count := func(p params) string { return c.ok(c.get("count_device_op_log", p)).num("count") }
		recent := params{"start_time": epoch.Add(time.Hour).Unix()}
		old := params{"end_time": epoch.Add(time.Hour).Add(-time.Second).Unix()}
		assert.Equal(t, []string{"15", "12", "3"}, []string{count(at(f.door)), count(at(f.door).plus(recent)), count(at(f.door).plus(old))})
		assert.Equal(t, []string{"23", "23"}, []string{count(params{"room_id": "r1"}), count(params{"room_id": "r1", "home_id": "h1"})}, "lock and meter")
		assert.Equal(t, []string{"0", "0"}, []string{count(params{"home_id": "h1"}), count(params{"room_id": "r2"})}, "a home alone is its outer door")
		assert.Equal(t, []string{"15", "15", "0"}, []string{
			count(at(f.door).plus(params{"operator": "openapi"})), count(at(f.door).plus(params{"operator": userID})), count(at(f.door).plus(params{"operator": "x"})),
		})
		assert.Len(t, ask(at(f.door).plus(params{"offset": 10, "count": 50})), 5)
		for want, p := range map[int]params{14001: {}, 15006: {"uuid": "x"}, 15012: {"room_id": "r1", "home_id": "h2"}} {
			assert.Equal(t, want, c.get("search_device_op_log", p).errNo())
			assert.Equal(t, want, c.get("count_device_op_log", p).errNo())
		}
		assert.Equal(t, 15006, c.get("search_device_op_log", params{"home_id": "x"}).errNo())
	})
	t.Run("the outer door", func(t *testing.T) {
		c.ok(c.get("get_default_password_plaintext", params{"home_id": "h1"}))
		got := ask(params{"home_id": "h1"})
		require.Len(t, got, 1)
		assert.Equal(t, map[string]any{"id": "h1", "name": "FYBJ1607050013", "type": "home"}, got[0]["holder"])
	})
}
