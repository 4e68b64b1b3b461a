package dingdingtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHomes(t *testing.T) {
	t.Run("a home is found as it was made", func(t *testing.T) {
		_, c := world(t)
		assert.Equal(t, "h1", c.ok(c.post("add_home", newHome.plus(params{"description": "d"}))).str("home_id"))
		h := c.ok(c.get("get_home_info", params{"home_id": "h1"})).obj("result")
		for name, want := range newHome.plus(params{"description": "d"}) {
			assert.Equal(t, want, h[name], name)
		}
		assert.Equal(t, "1", h.num("home_type"))
		assert.Equal(t, []any{}, h["rooms"])
		assert.Equal(t, []any{}, h["devices"])
		assert.Equal(t, map[string]any{"sp_state": n(1), "install_state": n(4)}, c.ok(c.get("find_home_state", params{"home_id": "h1"}))["result"])
	})
	t.Run("what is not named stays as it is", func(t *testing.T) {
		_, c := world(t)
		c.ok(c.post("add_home", newHome.plus(params{"description": "d"})))
		c.ok(c.post("update_home", params{"home_id": "h1", "sp_state": 2, "home_name": "new"}))
		h := c.ok(c.get("get_home_info", params{"home_id": "h1"})).obj("result")
		assert.Equal(t, []any{"new", newHome["location"], "d"}, []any{h["home_name"], h["location"], h["description"]})
		states := c.ok(c.post("find_home_states", params{"home_id": []string{"h1", "h9"}}))["result"]
		assert.Equal(t, map[string]any{"h1": map[string]any{"sp_state": n(2), "install_state": n(4)}}, states)
	})
	t.Run("refusals", func(t *testing.T) {
		_, c := world(t)
		c.ok(c.post("add_home", newHome))
		c.ok(c.post("add_room", params{"home_id": "h1", "room_id": "r1", "room_name": "201"}))
		c.ok(c.post("add_home", newHome.plus(params{"home_id": "h2"})))
		tests := []struct {
			name, call string
			params     params
			want       int
		}{
			{"a home twice", "add_home", newHome, 11000},
			{"a kind of home there is not", "add_home", newHome.plus(params{"home_id": "h3", "home_type": 3}), 14001},
			{"a state there is not", "update_home", params{"home_id": "h1", "sp_state": 3}, 14001},
			{"update of no home", "update_home", params{"home_id": "h9"}, 15006},
			{"delete of no home", "del_home", params{"home_id": "h9"}, 15006},
			{"devices of no home", "find_home_device", params{"home_id": "h9"}, 15006},
			{"state of no home", "find_home_state", params{"home_id": "h9"}, 15006},
			{"a room in no home", "add_room", params{"home_id": "h9", "room_id": "r2", "room_name": "x"}, 15006},
			{"rooms in no home", "add_rooms", params{"home_id": "h9", "rooms": []params{{"room_id": "r2", "room_name": "x"}}}, 15006},
			{"a room twice", "add_room", params{"home_id": "h1", "room_id": "r1", "room_name": "x"}, 11000},
			{"a room twice, in another home", "add_room", params{"home_id": "h2", "room_id": "r1", "room_name": "x"}, 11000},
			{"no rooms", "add_rooms", params{"home_id": "h1", "rooms": []params{}}, 14001},
			{"a room without a name", "add_rooms", params{"home_id": "h1", "rooms": []params{{"room_id": "r2"}}}, 14001},
			{"a room that is null", "add_rooms", params{"home_id": "h1", "rooms": []any{nil}}, 14001},
			{"rooms one of which exists", "add_rooms", params{"home_id": "h1", "rooms": []params{{"room_id": "r2", "room_name": "x"}, {"room_id": "r1", "room_name": "x"}}}, 11000},
			{"rooms that are the same", "add_rooms", params{"home_id": "h1", "rooms": []params{{"room_id": "r2", "room_name": "x"}, {"room_id": "r2", "room_name": "x"}}}, 11000},
			{"update of a room in no home", "update_room", params{"home_id": "h9", "room_id": "r1", "room_name": "x"}, 15006},
			{"update of no room", "update_room", params{"home_id": "h1", "room_id": "r9", "room_name": "x"}, 15012},
			{"update of a room of another home", "update_room", params{"home_id": "h2", "room_id": "r1", "room_name": "x"}, 15012},
			{"delete of no room", "del_room", params{"room_id": "r9"}, 15012},
			{"delete of a room of another home", "del_room", params{"home_id": "h2", "room_id": "r1"}, 15012},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				assert.Equal(t, tt.want, c.post(tt.call, tt.params).errNo())
			})
		}
		assert.Equal(t, 14001, c.get("get_home_info", nil).errNo(), "home or device, one of them")
		assert.Equal(t, 15006, c.get("get_home_info", params{"home_id": "h9"}).errNo())
		assert.Equal(t, 15006, c.get("get_home_info", params{"uuid": "x"}).errNo())
		h := c.ok(c.get("get_home_info", params{"home_id": "h1"})).obj("result")
		assert.Len(t, h.list("rooms"), 1, "rooms come all or none")
	})
	t.Run("rooms", func(t *testing.T) {
		_, c := world(t)
		c.ok(c.post("add_home", newHome))
		assert.Equal(t, "r1", c.ok(c.post("add_room", params{"home_id": "h1", "room_id": "r1", "room_name": "201", "room_description": "d"})).str("room_id"))
		c.ok(c.post("add_rooms", params{"home_id": "h1", "rooms": []params{
			{"room_id": "r2", "room_name": "202"}, {"room_id": "r3", "room_name": "203", "sp_state": 2, "install_state": 5}}}))
		c.ok(c.post("update_room", params{"home_id": "h1", "room_id": "r1", "room_name": "new"}))
		c.ok(c.post("update_room", params{"home_id": "h1", "room_id": "r2", "room_name": "202", "room_description": "e"}))
		c.ok(c.post("del_room", params{"room_id": "r3"}))
		rooms := c.ok(c.get("get_home_info", params{"home_id": "h1"})).obj("result").list("rooms")
		assert.Len(t, rooms, 2)
		assert.Equal(t, []any{"r1", "new", "d"}, []any{rooms[0]["room_id"], rooms[0]["room_name"], rooms[0]["description"]})
		assert.Equal(t, []any{"r2", "202", "e"}, []any{rooms[1]["room_id"], rooms[1]["room_name"], rooms[1]["description"]})
	})
}

func TestHomeDevices(t *testing.T) {
	s, c := world(t)
	f := furnish(t, s, c)
	want := map[string][2]any{
		string(f.gateway): {"gateway", "h1"}, string(f.door): {"room_lock", "r1"}, string(f.outer): {"home_lock", "h1"},
		string(f.meter): {"elemeter", "r1"}, string(f.collector): {"eleccollector", "h1"},
		string(f.waterGateway): {"water_gateway", "h1"}, at(f.water)["uuid"].(string): {"watermeter", "r1"},
	}
	got := map[string][2]any{}
	for _, d := range c.ok(c.get("find_home_device", params{"home_id": "h1"})).list("result") {
		got[d.str("uuid")] = [2]any{d["type"], d["room_id"]}
		assert.NotEmpty(t, d.str("sn"))
	}
	assert.Equal(t, want, got)
	several := c.ok(c.post("find_home_devices", params{"home_id": []string{"h1", "h9"}})).obj("result")
	assert.Len(t, several["h1"], len(want))
	assert.Equal(t, []any{}, several["h9"])

	devices := map[string]reply{}
	for _, d := range c.ok(c.get("get_home_info", params{"home_id": "h1"})).obj("result").list("devices") {
		devices[d.str("uuid")] = d
	}
	assert.Len(t, devices, len(want))
	assert.Equal(t, "lock", devices[string(f.door)]["type"])
	assert.Equal(t, false, devices[string(f.door)]["is_out"])
	assert.Equal(t, true, devices[string(f.outer)]["is_out"])
	assert.Equal(t, string(f.gateway), devices[string(f.door)]["center_uuid"])
	assert.Equal(t, "cy", devices[at(f.water)["uuid"].(string)]["manufactory"])

	t.Run("a home is found by its devices", func(t *testing.T) {
		for _, p := range []params{at(f.door), at(f.gateway), at(f.water).plus(params{"manufactory": "CY"})} {
			assert.Equal(t, "h1", c.ok(c.get("get_home_info", p)).obj("result").str("home_id"))
		}
		assert.Equal(t, 14001, c.get("get_home_info", at(f.water)).errNo(), "a water meter needs its manufactory")
	})
	t.Run("deleting a room takes its devices along", func(t *testing.T) {
		h := listen(t, s)
		c.ok(c.post("del_room", params{"room_id": "r1"}))
		assert.Equal(t, []string{"deviceUninstall", "deviceUninstall", "deviceUninstall"}, names(h.take(s)))
		assert.Equal(t, 15006, c.get("get_lock_info", at(f.door)).errNo())
		assert.Equal(t, 15012, c.get("get_lock_info", params{"room_id": "r1"}).errNo())
	})
	t.Run("deleting a home takes time, and all its devices along", func(t *testing.T) {
		h := listen(t, s)
		assert.NotEmpty(t, c.ok(c.post("del_home", params{"home_id": "h1"})).str("serviceid"))
		c.ok(c.get("get_home_info", params{"home_id": "h1"}))
		assert.Len(t, h.take(s), 4, "gateway, outer door, collector, water gateway")
		assert.Equal(t, 15006, c.get("get_home_info", params{"home_id": "h1"}).errNo())
		assert.Equal(t, 15006, c.get("get_center_info", at(f.gateway)).errNo())
	})
}

func TestSearchHomes(t *testing.T) {
	_, c := world(t)
	for i := range 60 {
		city := "北京市"
		if i >= 55 {
			city = "珠海市"
		}
		c.ok(c.post("add_home", newHome.plus(params{"home_id": fmt.Sprintf("h%02d", i), "home_name": fmt.Sprintf("N%02d", i), "city": city})))
	}
	found := func(p params) []any {
		ids := []any{}
		for _, h := range c.ok(c.get("search_home_info", p)).list("home_list") {
			ids = append(ids, h["home_id"])
		}
		return ids
	}
	assert.Equal(t, []any{"h55", "h56", "h57", "h58", "h59"}, found(params{"city": "珠海"}), "texts match anywhere")
	assert.Equal(t, []any{"h57"}, found(params{"city": "珠海", "home_name": "7"}), "and all of them")
	assert.Equal(t, []any{"h57", "h58"}, found(params{"city": "珠海", "offset": 2, "count": 2}))
	assert.Equal(t, []any{}, found(params{"offset": 60, "count": 2}))
	assert.Equal(t, []any{}, found(params{"city": "珠海", "offset": 99}))
	assert.Len(t, found(nil), 50)
	assert.Len(t, found(params{"count": 1000}), 60)
	assert.Equal(t, "5", c.ok(c.get("count_home_info", params{"city": "珠海"})).num("count"))
	assert.Equal(t, "60", c.ok(c.get("count_home_info", nil)).num("count"))
	assert.Equal(t, 14001, c.get("search_home_info", params{"offset": -1}).errNo())
	assert.Equal(t, 14001, c.get("search_home_info", params{"count": -1}).errNo())
}

func TestHomesOfTheSetup(t *testing.T) {
	s, c := world(t)
	home := s.AddHome("Li's")
	room := s.AddRoom(home, "201")
	h := c.ok(c.get("get_home_info", params{"home_id": home})).obj("result")
	assert.Equal(t, "Li's", h.str("home_name"))
	assert.Equal(t, string(room), h.list("rooms")[0].str("room_id"))
	c.ok(c.post("update_room", params{"home_id": home, "room_id": room, "room_name": "202"}))
	assert.Equal(t, 11000, c.post("add_home", newHome.plus(params{"home_id": home})).errNo())

	a, b := s.AddLock("a"), s.AddLock("b")
	gateway := c.ok(c.get("get_lock_info", at(a))).str("center_uuid")
	assert.NotEmpty(t, gateway)
	assert.Equal(t, gateway, c.ok(c.get("get_lock_info", at(b))).str("center_uuid"), "one home and gateway serve all")
	assert.Equal(t, "2", c.ok(c.get("count_home_info", nil)).num("count"))
}
