package dingdingtest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTickets(t *testing.T) {
	s, c := world(t)
	furnish(t, s, c)
	h := listen(t, s)
	visit := newTicket["subscribe"].(params)
	repairTicket := newTicket.plus(params{"service_type": 2, "ticket_description": "维修", "subscribe": visit.plus(params{"date": nil})})
	get := func(id string) reply {
		return c.ok(c.get("get_ticket_by_id", params{"ticket_id": id})).obj("ticket_info")
	}
	add := func(p params) string { return c.ok(c.post("add_ticket", p)).str("ticket_id") }
	move := func(id string, state int) int {
		return c.post("update_ticket_state", params{"ticket_id": id, "ticket_state": state}).errNo()
	}

	t.Run("a ticket is found as it was made", func(t *testing.T) {
		id := add(newTicket)
		assert.Regexp(t, `^20260314_[0-9]{5}$`, id)
		got := get(id)
		assert.Equal(t, reply{
			"ticket_id": id, "ticket_state": n(2), "service_type": n(1), "service_target": n(2), "relate_home": got["relate_home"],
			"confirm": map[string]any{"name": "测试", "phone": "18588787458", "date": n(1464998400000), "time": "102", "note": "测试测试"},
		}, got)
		assert.Equal(t, []any{"h1", []any{map[string]any{"room_id": "r1", "room_name": "201"}}}, []any{got.obj("relate_home")["home_id"], got.obj("relate_home")["rooms"]})
	})
	t.Run("a date may come as a text", func(t *testing.T) {
		id := add(newTicket.plus(params{"subscribe": visit.plus(params{"date": "1464998400000"})}))
		assert.Equal(t, n(1464998400000), get(id).obj("confirm")["date"])
	})
	t.Run("it can be changed while it waits", func(t *testing.T) {
		id := add(repairTicket)
		assert.Equal(t, "维修", get(id).str("ticket_description"))
		c.ok(c.post("update_ticket", params{"ticket_id": id, "room_ids": []string{"r2"}, "ticket_description": "x", "subscribe": visit.plus(params{"name": "y"})}))
		got := get(id)
		assert.Equal(t, []any{"x", "y", "r2"}, []any{got["ticket_description"], got.obj("confirm")["name"], got.obj("relate_home").list("rooms")[0]["room_id"]})
		c.ok(c.post("update_ticket", params{"ticket_id": id, "room_ids": []string{"r1", "r2"}}))
		assert.Equal(t, []any{"x", "y"}, []any{get(id)["ticket_description"], get(id).obj("confirm")["name"]}, "what is not named stays")
		s.AssignTicket(id)
		assert.Equal(t, 15014, c.post("update_ticket", params{"ticket_id": id, "room_ids": []string{"r2"}}).errNo())
		assert.Equal(t, "installer", get(id).obj("operator_2").str("op_name"))
	})
	t.Run("its state", func(t *testing.T) {
		id := add(newTicket)
		assert.Equal(t, []int{0, 0, 0, 0}, []int{move(id, 1), move(id, 2), move(id, 3), move(id, 4)})
		assert.Equal(t, []int{15014, 15014, 0}, []int{move(id, 3), move(id, 4), move(id, 5)}, "what is done can only be closed")
		assert.Equal(t, 15014, move(id, 2), "and what is closed stays closed")
		assert.Equal(t, n(5), get(id)["ticket_state"])
		assert.Contains(t, get(id), "operator_1")
	})
	t.Run("of a home", func(t *testing.T) {
		list := func(kind int) []reply {
			return c.ok(c.get("get_ticket_by_home", params{"home_id": "h1", "service_type": kind})).list("home_ticket_list")
		}
		before := len(list(2))
		id := add(repairTicket)
		got := list(2)
		assert.Len(t, got, before+1)
		assert.Equal(t, id, got[0].str("ticket_id"), "the newest first")
		c.ok(c.post("delete_ticket", params{"ticket_id": id}))
		assert.Len(t, list(2), before)
		assert.Equal(t, 15006, c.get("get_ticket_by_id", params{"ticket_id": id}).errNo())
		assert.NotEqual(t, id, add(repairTicket), "a number is given once")
	})
	t.Run("the installer hands it in", func(t *testing.T) {
		id := add(newTicket)
		s.FinishTicket(id)
		got := h.only(s)
		assert.Equal(t, reply{
			"event": "installerSubmit", "home_id": "h1", "room_id": "", "uuid": "", "time": got["time"], "nickname": "", "ticket_id": id,
			"center_uuid": nil, "elecollector_uuid": nil, "manufactory": nil, "sign": got["sign"],
			"detail": map[string]any{"sp_state": n(1), "origin_state": n(11), "to_state": n(3), "public_auth": true},
		}, got)
		assert.Equal(t, n(4), get(id)["ticket_state"])
		assert.Equal(t, n(5), c.ok(c.get("find_home_state", params{"home_id": "h1"})).obj("result")["install_state"])
		rooms := c.ok(c.get("get_home_info", params{"home_id": "h1"})).obj("result").list("rooms")
		require.Len(t, rooms, 2)
		assert.Equal(t, []any{n(5), n(4)}, []any{rooms[0]["install_state"], rooms[1]["install_state"]})
	})
	for name, tt := range map[string]struct {
		call   string
		params params
		want   int
	}{
		"a target there is not":       {"add_ticket", newTicket.plus(params{"service_target": 4}), 14001},
		"a type there is not":         {"add_ticket", newTicket.plus(params{"service_type": 3}), 14001},
		"a repair without words":      {"add_ticket", repairTicket.plus(params{"ticket_description": nil}), 14001},
		"an installation undated":     {"add_ticket", newTicket.plus(params{"subscribe": visit.plus(params{"date": nil})}), 14001},
		"a date in seconds":           {"add_ticket", newTicket.plus(params{"subscribe": visit.plus(params{"date": 1464998400})}), 14001},
		"a date that is a word":       {"add_ticket", newTicket.plus(params{"subscribe": visit.plus(params{"date": "today"})}), 14001},
		"a visit at no time":          {"add_ticket", newTicket.plus(params{"subscribe": visit.plus(params{"time": nil})}), 14001},
		"a visit to nobody":           {"add_ticket", newTicket.plus(params{"subscribe": visit.plus(params{"name": ""})}), 14001},
		"an unknown word in it":       {"add_ticket", newTicket.plus(params{"subscribe": visit.plus(params{"monkey": 1})}), 14001},
		"no rooms":                    {"add_ticket", newTicket.plus(params{"room_ids": []string{}}), 14001},
		"a room there is not":         {"add_ticket", newTicket.plus(params{"room_ids": []string{"x"}}), 15012},
		"a home there is not":         {"add_ticket", newTicket.plus(params{"home_id": "x"}), 15006},
		"a change of no ticket":       {"update_ticket", params{"ticket_id": "x", "room_ids": []string{"r1"}}, 15006},
		"the end of no ticket":        {"delete_ticket", params{"ticket_id": "x"}, 15006},
		"a state there is not":        {"update_ticket_state", params{"ticket_id": add(newTicket), "ticket_state": 6}, 14001},
		"a state of no ticket":        {"update_ticket_state", params{"ticket_id": "x", "ticket_state": 1}, 15006},
		"a change to no visit":        {"update_ticket", params{"ticket_id": add(newTicket), "room_ids": []string{"r1"}, "subscribe": params{}}, 14001},
		"a change to an unknown room": {"update_ticket", params{"ticket_id": add(newTicket), "room_ids": []string{"x"}}, 15012},
	} {
		assert.Equal(t, tt.want, c.post(tt.call, tt.params).errNo(), name)
	}
	assert.Equal(t, 14001, c.get("get_ticket_by_home", params{"home_id": "h1", "service_type": 3}).errNo())
	assert.Equal(t, 15006, c.get("get_ticket_by_home", params{"home_id": "x", "service_type": 1}).errNo())
}
