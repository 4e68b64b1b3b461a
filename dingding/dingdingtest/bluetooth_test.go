package dingdingtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBluetooth(t *testing.T) {
	s, c := world(t)
	furnish(t, s, c)
	grant := params{"phone": "186", "home_id": "h1", "room_ids": []string{"r1", "r2"}}
	token := func(p params) int { return c.get("app_token", p).errNo() }

	t.Run("a right is for a phone and rooms", func(t *testing.T) {
		infos := c.ok(c.post("auth_room", grant)).list("auth_infos")
		require.Len(t, infos, 2)
		assert.Equal(t, reply{
			"auth_id": infos[1]["auth_id"], "phone": "186", "country_code": "+86", "home_id": "h1", "room_id": "r2", "auth_type": n(2),
			"permission": map[string]any{"status": n(1)},
		}, infos[1])
		assert.Equal(t, 0, token(params{"phone": "186"}))
		assert.Equal(t, 15014, token(params{"phone": "187"}))
		assert.Equal(t, 15014, token(params{"phone": "186", "country_code": "+1"}))
		c.ok(c.post("unauth_room", params{"auth_ids": []string{infos[0].str("auth_id")}}))
		assert.Equal(t, 0, token(params{"phone": "186"}), "one is left")
		c.ok(c.post("unauth_room", params{"auth_ids": []string{infos[1].str("auth_id")}}))
		assert.Equal(t, 15014, token(params{"phone": "186"}))
		assert.Equal(t, 15006, c.post("unauth_room", params{"auth_ids": []string{"x"}}).errNo())
	})
	t.Run("an app's token is no access token", func(t *testing.T) {
		c.ok(c.post("auth_room", grant))
		r := c.ok(c.get("app_token", params{"phone": "186"}))
		assert.Equal(t, 101, c.send("GET", "/openapi/v1/count_home_info", r.str("access_token"), nil).errNo())
	})
	t.Run("rights end by room, of all or of a phone", func(t *testing.T) {
		c.ok(c.post("auth_room", grant.plus(params{"phone": "187"})))
		c.ok(c.post("unauth_room", params{"home_id": "h1", "room_ids": []string{"r1", "r2"}, "phone": "187"}))
		assert.Equal(t, []int{0, 15014}, []int{token(params{"phone": "186"}), token(params{"phone": "187"})})
		assert.Equal(t, 15006, c.post("unauth_room", params{"home_id": "h1", "room_ids": []string{"r1"}, "phone": "187"}).errNo())
		c.ok(c.post("unauth_room", params{"home_id": "h1", "room_ids": []string{"r1", "r2"}}))
		assert.Equal(t, 15014, token(params{"phone": "186"}))
	})
	t.Run("rights have a window", func(t *testing.T) {
		end := s.Clock().Now().Add(time.Hour)
		info := c.ok(c.post("auth_room", grant.plus(params{"permission": params{"status": 2, "begin": epoch.Unix(), "end": end.Unix()}}))).list("auth_infos")[0]
		assert.Equal(t, reply{"status": n(2), "begin": n(int(epoch.Unix())), "end": n(int(end.Unix()))}, info.obj("permission"))
		assert.Equal(t, 0, token(params{"phone": "186"}))
		s.Advance(time.Hour)
		assert.Equal(t, 15014, token(params{"phone": "186"}))
		c.ok(c.post("auth_room", grant.plus(params{"auth_type": 1, "permission": params{"status": 2}})))
	})
	for name, tt := range map[string]struct {
		call   string
		params params
		want   int
	}{
		"a type there is not":       {"auth_room", grant.plus(params{"auth_type": 3}), 14001},
		"a status there is not":     {"auth_room", grant.plus(params{"permission": params{"status": 3}}), 14001},
		"a window without begin":    {"auth_room", grant.plus(params{"permission": params{"status": 2, "end": 1873500000}}), 14001},
		"a window that is none":     {"auth_room", grant.plus(params{"permission": params{"status": 2, "begin": 5, "end": 5}}), 14001},
		"a window in milliseconds":  {"auth_room", grant.plus(params{"permission": params{"status": 2, "begin": 0, "end": 1873500000000}}), 14001},
		"a home there is not":       {"auth_room", grant.plus(params{"home_id": "x"}), 15006},
		"a room there is not":       {"auth_room", grant.plus(params{"room_ids": []string{"x"}}), 15012},
		"no rooms":                  {"auth_room", grant.plus(params{"room_ids": []string{}}), 14001},
		"nothing to take back":      {"unauth_room", params{}, 14001},
		"a home without rooms":      {"unauth_room", params{"home_id": "h1"}, 14001},
		"in a home there is not":    {"unauth_room", params{"home_id": "x", "room_ids": []string{"r1"}}, 15006},
		"in a room there is not":    {"unauth_room", params{"home_id": "h1", "room_ids": []string{"x"}}, 15012},
		"where nobody has any left": {"unauth_room", params{"home_id": "h1", "room_ids": []string{"r1"}, "phone": "1"}, 15006},
	} {
		assert.Equal(t, tt.want, c.post(tt.call, tt.params).errNo(), name)
	}
}
