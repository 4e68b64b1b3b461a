package dingdingtest

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

// doorway is a world with one lock and a hook.
func doorway(t *testing.T) (*Server, *foreigner, lock.DeviceID, *hook) {
	t.Helper()
	s, c := world(t)
	door := s.AddLock("201")
	h := listen(t, s)
	return s, c, door, h
}

// listed is a password as fetch_passwords shows it; nil if it does not.
func listed(c *foreigner, door lock.DeviceID, id int) reply {
	for _, p := range c.ok(c.get("fetch_passwords", at(door))).list("passwords") {
		if p.num("id") == fmt.Sprint(id) {
			return p
		}
	}
	return nil
}

// state is pwd_state, operation, operation_stage and description.
func state(p reply) string {
	return fmt.Sprint(p["pwd_state"], " ", p["operation"], " ", p["operation_stage"], " ", p.str("description"))
}

func TestPasswordLife(t *testing.T) {
	s, c, door, h := doorway(t)
	window := params{"permission_begin": epoch.Add(time.Hour).Unix(), "permission_end": epoch.Add(2 * time.Hour).Unix()}

	r := c.ok(c.post("add_password", at(door).plus(window).plus(params{"is_default": 0, "password": "135790", "name": "Li", "phonenumber": "139"})))
	assert.Equal(t, "1001", r.num("id"))
	service := r.str("serviceid")
	assert.Regexp(t, `^[0-9]+$`, service)
	assert.Equal(t, reply{
		"id": n(1001), "time": n(int(epoch.UnixMilli())), "is_default": n(0), "pwd_state": n(1), "operation": n(1), "operation_stage": n(1),
		"permission_state": n(1), "name": "Li", "send_to": "139",
		"permission": map[string]any{"status": n(2), "begin": n(int(window["permission_begin"].(int64))), "end": n(int(window["permission_end"].(int64)))},
	}, listed(c, door, 1001))
	assert.False(t, s.EnterCode(door, "135790"), "the lock does not have it yet")

	got := h.only(s)
	room := c.ok(c.get("get_home_info", at(door))).obj("result").list("rooms")[0].str("room_id")
	assert.Equal(t, reply{
		"service": "Password_Add_Service", "uuid": string(door), "serviceid": service,
		"result":  map[string]any{"id": n(1001), "passwordid": "1001", "ErrNo": n(1000)},
		"home_id": got["home_id"], "room_id": room, "sign": got["sign"],
	}, got)
	assert.Equal(t, "3 1 3 ", state(listed(c, door, 1001)), "not yet valid")
	assert.Equal(t, "2", listed(c, door, 1001).num("permission_state"))
	assert.False(t, s.EnterCode(door, "135790"))

	s.Advance(epoch.Add(time.Hour).Sub(s.Clock().Now()))
	assert.Equal(t, "2 1 3 ", state(listed(c, door, 1001)))
	assert.True(t, s.EnterCode(door, "135790"), "from the first instant of its window")
	assert.Equal(t, "lockerOpenAlarm", h.only(s)["event"])

	c.ok(c.post("frozen_password", at(door).plus(params{"password_id": 1001})))
	assert.Equal(t, "2 4 1 ", state(listed(c, door, 1001)))
	assert.True(t, s.EnterCode(door, "135790"), "until the lock has heard of it")
	assert.Equal(t, []string{"lockerOpenAlarm", "Password_Frozen_Service"}, names(h.take(s)))
	assert.Equal(t, "5 4 3 ", state(listed(c, door, 1001)))
	assert.False(t, s.EnterCode(door, "135790"))

	c.ok(c.post("unfrozen_password", at(door).plus(params{"password_id": 1001})))
	assert.Equal(t, []string{"Password_Unfrozen_Service"}, names(h.take(s)))
	assert.Equal(t, "2 5 3 ", state(listed(c, door, 1001)))
	assert.True(t, s.EnterCode(door, "135790"))
	h.take(s)

	c.ok(c.post("update_password", at(door).plus(window).plus(params{"password_id": 1001, "password": "246801", "name": "Wang"})))
	assert.Equal(t, "Li", listed(c, door, 1001).str("name"), "not before it is done")
	assert.Equal(t, []string{"Password_Update_Service"}, names(h.take(s)))
	assert.Equal(t, "2 3 3 ", state(listed(c, door, 1001)))
	assert.Equal(t, []string{"Wang", "139"}, []string{listed(c, door, 1001).str("name"), listed(c, door, 1001).str("send_to")})
	assert.False(t, s.EnterCode(door, "135790"))
	assert.True(t, s.EnterCode(door, "246801"))
	h.take(s)

	s.Advance(epoch.Add(2 * time.Hour).Sub(s.Clock().Now()))
	assert.Equal(t, "4 3 3 ", state(listed(c, door, 1001)), "expired")
	assert.False(t, s.EnterCode(door, "246801"), "at the first instant after its window")

	c.ok(c.post("update_password", at(door).plus(params{"password_id": 1001, "permission_begin": window["permission_begin"], "permission_end": epoch.Add(24 * time.Hour).Unix()})))
	h.take(s)
	assert.True(t, s.EnterCode(door, "246801"), "a new window, the old code")
	h.take(s)

	c.ok(c.post("delete_password", at(door).plus(params{"password_id": 1001})))
	assert.Equal(t, "2 2 1 ", state(listed(c, door, 1001)))
	assert.Equal(t, []string{"Password_Delete_Service"}, names(h.take(s)))
	assert.Nil(t, listed(c, door, 1001))
	assert.False(t, s.EnterCode(door, "246801"))
	assert.Equal(t, 15006, c.post("delete_password", at(door).plus(params{"password_id": 1001})).errNo())
}

func TestPasswordRefusals(t *testing.T) {
	s, c := world(t)
	door, bare := s.AddLock("201"), s.AddLock("202")
	s.ResetLock(bare)
	s.ReinstallLock(bare)
	c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
	s.Settle()
	add := at(door).plus(params{"is_default": 0, "password": "864209"})
	update := at(door).plus(params{"password_id": 1001, "permission_begin": 1, "permission_end": 2})
	tests := []struct {
		name, call string
		params     params
		want       int
	}{
		{"five digits", "add_password", add.plus(params{"password": "12345"}), 14001},
		{"seven digits", "add_password", add.plus(params{"password": "1234567"}), 14001},
		{"letters", "add_password", add.plus(params{"password": "12345a"}), 14001},
		{"other digits", "add_password", add.plus(params{"password": "１２３４５６"}), 14001},
		{"in clear and encrypted", "add_password", add.plus(params{"encrypted_password": encrypt(c.token, "864209")}), 14001},
		{"encrypted with another token", "add_password", add.plus(params{"password": nil, "encrypted_password": encrypt("0123456789abcdef", "864209")}), 14001},
		{"encrypted five digits", "add_password", add.plus(params{"password": nil, "encrypted_password": encrypt(c.token, "12345")}), 14001},
		{"encrypted in hexadecimal", "add_password", add.plus(params{"password": nil, "encrypted_password": "6a17a239ec7e8bb84d82e50bf7ad7c3e"}), 14001},
		{"encrypted nothing", "add_password", add.plus(params{"password": nil, "encrypted_password": ""}), 14001},
		{"an is_default there is not", "add_password", add.plus(params{"is_default": 2}), 14001},
		{"milliseconds", "add_password", add.plus(params{"permission_begin": 1773500000000, "permission_end": 1873500000000}), 14001},
		{"a lock without an admin password", "add_password", add.plus(at(bare)), 15006},
		{"update in clear and encrypted", "update_password", update.plus(params{"password": "864209", "encrypted_password": encrypt(c.token, "864209")}), 14001},
		{"update to five digits", "update_password", update.plus(params{"password": "12345"}), 14001},
		{"update without a window", "update_password", at(door).plus(params{"password_id": 1001, "password": "864209"}), 14001},
		{"update of nothing", "update_password", update.plus(params{"password_id": 1002}), 15006},
		{"delete of nothing", "delete_password", at(door).plus(params{"password_id": 1002}), 15006},
		{"freeze of nothing", "frozen_password", at(door).plus(params{"password_id": 1002}), 15006},
		{"delete of a dynamic password", "delete_password", at(door).plus(params{"password_id": 2015}), 15006},
		{"delete of the admin password", "delete_password", at(door).plus(params{"password_id": 999}), 15013},
		{"freeze of the admin password", "frozen_password", at(door).plus(params{"password_id": 999}), 15013},
		{"unfreeze of the admin password", "unfrozen_password", at(door).plus(params{"password_id": 999}), 15013},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, c.post(tt.call, tt.params).errNo())
		})
	}
	s.Settle()
	assert.Len(t, s.Passwords(door), 2)
	assert.Empty(t, s.Passwords(bare))
	assert.Equal(t, 1, s.Executed("add_password"))
}

func TestPasswordWindows(t *testing.T) {
	timed := reply{"status": n(2), "begin": n(1773500000), "end": n(1873500000)}
	forGood := reply{"status": n(1), "begin": n(0), "end": n(0)}
	tests := []struct {
		name   string
		window params
		want   reply
	}{
		{"both ends", params{"permission_begin": 1773500000, "permission_end": 1873500000}, timed},
		{"no window is for good", params{}, forGood},
		{"a begin alone is for good", params{"permission_begin": 1773500000}, forGood},
		{"an end alone is for good", params{"permission_end": 1873500000}, forGood},
		{"zeros are for good", params{"permission_begin": 0, "permission_end": 0}, forGood},
		{"begin 0 is since ever", params{"permission_begin": 0, "permission_end": 1873500000}, reply{"status": n(2), "begin": n(0), "end": n(1873500000)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c, door, _ := doorway(t)
			c.ok(c.post("add_password", at(door).plus(tt.window).plus(params{"is_default": 0, "password": "135790"})))
			s.Settle()
			assert.Equal(t, tt.want, listed(c, door, 1001).obj("permission"))
			assert.True(t, s.EnterCode(door, "135790"))
		})
	}
}

func TestEncryptedPasswords(t *testing.T) {
	t.Run("open the door", func(t *testing.T) {
		s, c, door, _ := doorway(t)
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "encrypted_password": encrypt(c.token, "135790")})))
		c.ok(c.post("update_password", at(door).plus(params{"password_id": 999, "encrypted_password": encrypt(c.token, "864209")})))
		s.Settle()
		assert.True(t, s.EnterCode(door, "135790"))
		assert.True(t, s.EnterCode(door, "864209"))
	})
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var vectors struct {
		AES struct {
			Cases []struct {
				Name       string `json:"name"`
				Token      string `json:"access_token"`
				Plain      string `json:"plaintext"`
				Ciphertext string `json:"ciphertext_base64"`
			} `json:"cases"`
		} `json:"aes_password"`
	}
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.Len(t, vectors.AES.Cases, 7)
	for _, v := range vectors.AES.Cases {
		t.Run(v.Name, func(t *testing.T) {
			assert.Equal(t, v.Ciphertext, encrypt(v.Token, v.Plain), "the test's own way")
			got, err := decrypt(v.Token, v.Ciphertext)
			assert.NoError(t, err)
			assert.Equal(t, v.Plain, got)
		})
	}
}

func TestDeviceResults(t *testing.T) {
	add := params{"is_default": 0, "password": "864209"}
	tests := []struct {
		name    string
		prepare func(*Server, lock.DeviceID)
		call    string
		params  params
		want    int    // result
		listed  string // state of 1001 or 1002 afterwards; "" = it is gone
		opens   bool   // 864209 does
	}{
		{"four digits in a row as in another code", nil, "add_password", params{"is_default": 0, "password": "413579"}, 5104, "1 1 2 5104", false},
		{"the admin's digits count too", nil, "add_password", params{"is_default": 0, "password": "194444"}, 5104, "1 1 2 5104", false},
		{"three digits in a row are fine", nil, "add_password", params{"is_default": 0, "password": "135224"}, 1000, "2 1 3 ", false},
		{"end before begin", nil, "add_password", add.plus(params{"permission_begin": 1873500000, "permission_end": 1773500000}), 5106, "1 1 2 5106", false},
		{"end is begin", nil, "add_password", add.plus(params{"permission_begin": 1773500000, "permission_end": 1773500000}), 5106, "1 1 2 5106", false},
		{"update to another's digits", nil, "update_password", params{"password_id": 1001, "password": adminCode, "permission_begin": 0, "permission_end": 0}, 5104, "2 3 2 5104", false},
		{"update to its own digits", nil, "update_password", params{"password_id": 1001, "password": "135791", "permission_begin": 0, "permission_end": 0}, 1000, "2 3 3 ", false},
		{"update of the window to nonsense", nil, "update_password", params{"password_id": 1001, "permission_begin": 2, "permission_end": 1}, 5106, "2 3 2 5106", false},
		{"the lock is offline", (*Server).GoOffline, "add_password", add, 5101, "1 1 2 5101", false},
		{"the lock was reset", (*Server).ResetLock, "add_password", add, 5199, "1 1 2 5199", false},
		{"the lock was reset before an update", (*Server).ResetLock, "update_password", params{"password_id": 1001, "permission_begin": 0, "permission_end": 0}, 5199, "2 3 2 5199", false},
		{"the lock was reset before a delete", (*Server).ResetLock, "delete_password", params{"password_id": 1001}, 5199, "2 2 2 5199", false},
		{"the lock was reset before a freeze", (*Server).ResetLock, "frozen_password", params{"password_id": 1001}, 5199, "2 4 2 5199", false},
		{"the device fails", failWith("5103"), "add_password", add, 5103, "1 1 2 5103", false},
		{"the record fails, the code is there", failWith("5102"), "add_password", add, 5102, "1 1 2 5102", true},
		{"the answer is lost", failWith("5101"), "add_password", add, 5101, "1 1 2 5101", false},
		{"the answer is lost, the code is there", (*Server).StoreThenTimeout, "add_password", add, 5101, "1 1 2 5101", true},
		{"the lock's pool is full", failWith("5107"), "add_password", add, 5107, "1 1 2 5107", false},
		{"deleting what the lock does not have", failWith("5108"), "delete_password", params{"password_id": 1001}, 5108, "", false},
		{"freezing what the lock does not have", failWith("5108"), "frozen_password", params{"password_id": 1001}, 5108, "2 4 2 5108", false},
		{"a delete that fails leaves the password", failWith("5103"), "delete_password", params{"password_id": 1001}, 5103, "2 2 2 5103", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c, door, h := doorway(t)
			c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
			h.take(s)
			if tt.prepare != nil {
				tt.prepare(s, door)
			}
			h.take(s)
			begun := s.Clock().Now()
			r := c.ok(c.post(tt.call, at(door).plus(tt.params)))
			id := 1001
			if tt.call == "add_password" {
				id = 1002
			}
			got := h.only(s)
			assert.Equal(t, []any{r["serviceid"], n(tt.want), n(id)}, []any{got["serviceid"], got.obj("result")["ErrNo"], got.obj("result")["id"]})
			if tt.want == 5101 {
				assert.Equal(t, 30*time.Second+20*time.Millisecond, s.Clock().Now().Sub(begun), "the cloud waits half a minute")
			} else {
				assert.Equal(t, 20*time.Millisecond, s.Clock().Now().Sub(begun))
			}
			if p := listed(c, door, id); tt.listed == "" {
				assert.Nil(t, p)
			} else {
				assert.Equal(t, tt.listed, state(p))
			}
			s.GoOnline(door)
			assert.Equal(t, tt.opens, s.EnterCode(door, "864209"))
		})
	}
	t.Run("they come one after the other", func(t *testing.T) {
		s, c, door, h := doorway(t)
		s.FailDevice(door, "5103")
		s.FailDevice(door, "5102")
		for _, code := range []string{"111111", "222222", "333333"} {
			c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": code})))
		}
		var results []any
		for _, r := range h.take(s) {
			results = append(results, r.obj("result")["ErrNo"])
		}
		assert.Equal(t, []any{n(5103), n(5102), n(1000)}, results)
	})
	t.Run("a lock that is taken away does not answer", func(t *testing.T) {
		s, c, door, h := doorway(t)
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
		s.Uninstall(door)
		got := h.take(s)
		require.Equal(t, []string{"deviceUninstall", "Password_Add_Service"}, names(got))
		assert.Equal(t, n(5101), got[1].obj("result")["ErrNo"])
	})
	t.Run("what is later is what the list shows", func(t *testing.T) {
		s, c, door, h := doorway(t)
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
		s.FailDevice(door, "5103")
		s.Advance(10 * time.Millisecond)
		c.ok(c.post("frozen_password", at(door).plus(params{"password_id": 1001})))
		s.Advance(10 * time.Millisecond)
		assert.Equal(t, "1 4 1 ", state(listed(c, door, 1001)), "the add has failed, the freeze is under way")
		assert.Len(t, h.take(s), 2)
		assert.Equal(t, "1 4 2 5108", state(listed(c, door, 1001)))
	})
}

func failWith(result string) func(*Server, lock.DeviceID) {
	return func(s *Server, door lock.DeviceID) { s.FailDevice(door, result) }
}

func TestIDsTakenInTheLock(t *testing.T) {
	s, c, door, h := doorway(t)
	s.StoreThenTimeout(door)
	add := func(code string) reply {
		return c.post("add_password", at(door).plus(params{"is_default": 0, "password": code}))
	}
	c.ok(add("135790"))
	h.take(s)
	// Fill the pool, so that the id of the add that failed is given out again.
	for i := range poolLast - poolFirst {
		if i%5 == 0 {
			s.Advance(2 * time.Minute)
		}
		require.Equal(t, fmt.Sprint(1002+i), c.ok(add(fmt.Sprintf("%02d77%02d", i, i))).num("id"))
	}
	s.Advance(2 * time.Minute)
	h.take(s)
	r := c.ok(add("864209"))
	assert.Equal(t, "1001", r.num("id"))
	assert.Equal(t, n(5105), h.only(s).obj("result")["ErrNo"], "the lock has had it all the time")
	assert.True(t, s.EnterCode(door, "135790"))
	h.take(s)

	c.ok(c.post("delete_password", at(door).plus(params{"password_id": 1001})))
	assert.Equal(t, n(1000), h.only(s).obj("result")["ErrNo"])
	c.ok(add("864209"))
	assert.Equal(t, n(1000), h.only(s).obj("result")["ErrNo"])
	s.Advance(2 * time.Minute)
	full := add("975318")
	assert.Equal(t, 5107, full.errNo(), "no id is left")
	assert.Len(t, s.Passwords(door), 51)
}

func TestAdminPassword(t *testing.T) {
	t.Run("can be seen and reset", func(t *testing.T) {
		s, c, door, h := doorway(t)
		assert.Equal(t, adminCode, c.ok(c.get("get_default_password_plaintext", at(door))).str("password"))
		c.ok(c.post("update_password", at(door).plus(params{"password_id": 999, "password": "864209"})))
		assert.Equal(t, adminCode, c.ok(c.get("get_default_password_plaintext", at(door))).str("password"), "until the lock has it")
		assert.Equal(t, "Password_Update_Service", h.only(s)["service"])
		assert.Equal(t, "864209", c.ok(c.get("get_default_password_plaintext", at(door))).str("password"))
		assert.True(t, s.EnterCode(door, "864209"))
		assert.False(t, s.EnterCode(door, adminCode))
		p := listed(c, door, 999)
		assert.Equal(t, []any{n(1), reply{"status": n(1), "begin": n(0), "end": n(0)}}, []any{p["is_default"], p.obj("permission")})
	})
	t.Run("has no window", func(t *testing.T) {
		s, c, door, _ := doorway(t)
		c.ok(c.post("update_password", at(door).plus(params{"password_id": 999, "password": "864209", "permission_begin": 1, "permission_end": 2})))
		s.Settle()
		assert.True(t, s.EnterCode(door, "864209"))
	})
	t.Run("has to be set first on a lock that has none", func(t *testing.T) {
		s, c, door, h := doorway(t)
		s.ResetLock(door)
		s.ReinstallLock(door)
		assert.Equal(t, []string{"lockerReset", "deviceInstall"}, names(h.take(s)))
		assert.Equal(t, 15006, c.get("get_default_password_plaintext", at(door)).errNo())
		assert.Equal(t, "999", c.ok(c.post("add_password", at(door).plus(params{"is_default": 1, "password": "864209"}))).num("id"))
		h.take(s)
		assert.True(t, s.EnterCode(door, "864209"))
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
	})
	t.Run("may be set again by add_password", func(t *testing.T) {
		s, c, door, h := doorway(t)
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 1, "password": "864209"})))
		assert.Equal(t, n(1000), h.only(s).obj("result")["ErrNo"])
		assert.Equal(t, "864209", c.ok(c.get("get_default_password_plaintext", at(door))).str("password"))
	})
	t.Run("is synced when a lock is paired anew", func(t *testing.T) {
		s, c, door, h := doorway(t)
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
		h.take(s)
		s.ReinstallLock(door)
		got := h.take(s)
		require.Equal(t, []string{"deviceInstall", "pwdSync"}, names(got))
		assert.Equal(t, map[string]any{"passwords": []any{map[string]any{"id": n(999), "password": adminCode}}}, got[1]["detail"])
		assert.Nil(t, listed(c, door, 1001), "the cloud has forgotten the others")
		assert.True(t, s.EnterCode(door, "135790"), "and the lock has not")
	})
}

func TestDynamicPassword(t *testing.T) {
	s, c, door, h := doorway(t)
	ask := func() (string, int64) {
		r := c.ok(c.get("get_dynamic_password_plaintext", at(door)))
		assert.Regexp(t, `^[0-9]{6}$`, r.str("password"))
		return r.str("password"), int64(atoi(t, r.num("invalid_time")))
	}
	code, until := ask()
	assert.Equal(t, epoch.Truncate(time.Hour).Add(time.Hour).UnixMilli(), until)
	opened := func() any {
		assert.True(t, s.EnterCode(door, code))
		return h.only(s).obj("detail")["sourceid"]
	}
	assert.Equal(t, n(2015), opened())
	s.Advance(time.Hour)
	assert.Equal(t, n(2014), opened(), "the last hour's still opens")
	next, _ := ask()
	assert.NotEqual(t, code, next)
	s.Advance(time.Hour)
	assert.False(t, s.EnterCode(door, code))
	assert.NotEqual(t, next, func() string {
		r := c.ok(c.get("get_dynamic_password_plaintext", at(s.AddLock("202"))))
		return r.str("password")
	}(), "every lock has its own")
	s.mu.Lock()
	future := s.dynamic(s.mustLock(door), s.now().Truncate(time.Hour).Add(time.Hour))
	s.mu.Unlock()
	assert.True(t, s.EnterCode(door, future), "the next hour's opens, for clocks differ")
	assert.Equal(t, n(2016), h.take(s)[1].obj("detail")["sourceid"])
}

func TestRateRule(t *testing.T) {
	s, c := world(t)
	door, other := s.AddLock("201"), s.AddLock("202")
	c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
	s.Settle()
	freeze := func(id lock.DeviceID) int {
		return c.post("frozen_password", at(id).plus(params{"password_id": 1001})).errNo()
	}
	for range 5 {
		require.Equal(t, 0, freeze(door))
		s.Advance(time.Second)
	}
	assert.Equal(t, 15014, freeze(door), "five in two minutes")
	assert.Equal(t, 1, s.RateViolations())
	assert.Equal(t, 5, s.Executed("frozen_password"))
	c.ok(c.post("unfrozen_password", at(door).plus(params{"password_id": 1001})))
	c.ok(c.post("add_password", at(other).plus(params{"is_default": 0, "password": "135790"})))
	s.Settle()
	assert.Equal(t, 0, freeze(other), "of one kind, on one lock")
	s.Advance(2*time.Minute - 6*time.Second)
	assert.Equal(t, 15014, freeze(door), "a sliding window")
	s.Advance(time.Second)
	assert.Equal(t, 0, freeze(door))
	assert.Equal(t, 15014, freeze(door))
	for i := range 94 {
		s.Advance(30 * time.Second)
		require.Equal(t, 0, freeze(door), "%d", i)
	}
	s.Advance(time.Hour)
	assert.Equal(t, 15014, freeze(door), "a hundred in 24 hours")
	s.Advance(24 * time.Hour)
	assert.Equal(t, 0, freeze(door))
	assert.Equal(t, 4, s.RateViolations())
}

func TestActivationCodes(t *testing.T) {
	end := epoch.Add(24 * time.Hour).Unix()
	ask := params{"CMD": 1, "phonenumber": "139", "name": "Li", "permission_end": end}
	t.Run("make their password valid when typed at the lock", func(t *testing.T) {
		s, c, door, h := doorway(t)
		r := c.ok(c.post("add_password_without_center", at(door).plus(ask)))
		assert.Equal(t, "3025", r.num("id"))
		assert.Regexp(t, `^[0-9]{6}$`, r.str("password"))
		assert.Equal(t, "1 1 3 ", state(listed(c, door, 3025)))
		assert.False(t, s.EnterCode(door, r.str("password")), "not before the activation")
		assert.False(t, s.EnterCode(door, r.str("code")), "which opens nothing")
		assert.Equal(t, "2 1 3 ", state(listed(c, door, 3025)))
		assert.True(t, s.EnterCode(door, r.str("password")))
		got := h.only(s)
		assert.Equal(t, []any{n(3025), "Li"}, []any{got.obj("detail")["sourceid"], got.obj("detail")["source_name"]})
		s.Advance(24 * time.Hour)
		assert.Equal(t, "4 1 3 ", state(listed(c, door, 3025)))
		assert.False(t, s.EnterCode(door, r.str("password")))
	})
	t.Run("end with their password", func(t *testing.T) {
		s, c, door, _ := doorway(t)
		r := c.ok(c.post("add_password_without_center", at(door).plus(ask)))
		s.Advance(24 * time.Hour)
		assert.False(t, s.EnterCode(door, r.str("code")))
		assert.False(t, s.Passwords(door)[1].OnLock)
	})
	t.Run("work on a lock that is offline", func(t *testing.T) {
		s, c, door, _ := doorway(t)
		s.GoOffline(door)
		r := c.ok(c.post("add_password_without_center", at(door).plus(ask)))
		s.EnterCode(door, r.str("code"))
		assert.True(t, s.EnterCode(door, r.str("password")))
		assert.Equal(t, "1 1 3 ", state(listed(c, door, 3025)), "the cloud does not know")
		s.GoOnline(door)
		assert.Equal(t, "2 1 3 ", state(listed(c, door, 3025)))
	})
	t.Run("can be replaced", func(t *testing.T) {
		s, c, door, _ := doorway(t)
		old := c.ok(c.post("add_password_without_center", at(door).plus(ask)))
		s.EnterCode(door, old.str("code"))
		r := c.ok(c.post("update_password_without_center", at(door).plus(ask).plus(params{"CMD": nil, "password_id": 3025, "name": "Wang"})))
		assert.Equal(t, "3025", r.num("id"))
		assert.NotEqual(t, old.str("code"), r.str("code"))
		assert.Equal(t, "Wang", listed(c, door, 3025).str("name"))
		assert.True(t, s.EnterCode(door, old.str("password")), "until the new one is activated")
		s.EnterCode(door, r.str("code"))
		assert.False(t, s.EnterCode(door, old.str("password")))
		assert.True(t, s.EnterCode(door, r.str("password")))
	})
	t.Run("once active they are like other passwords", func(t *testing.T) {
		s, c, door, h := doorway(t)
		r := c.ok(c.post("add_password_without_center", at(door).plus(ask)))
		c.ok(c.post("frozen_password", at(door).plus(params{"password_id": 3025})))
		assert.Equal(t, n(5108), h.only(s).obj("result")["ErrNo"], "before, the lock does not know them")
		s.EnterCode(door, r.str("code"))
		c.ok(c.post("frozen_password", at(door).plus(params{"password_id": 3025})))
		assert.Equal(t, n(1000), h.only(s).obj("result")["ErrNo"])
		assert.False(t, s.EnterCode(door, r.str("password")))
		c.ok(c.post("delete_password", at(door).plus(params{"password_id": 3025})))
		h.take(s)
		assert.Nil(t, listed(c, door, 3025))
	})
	t.Run("an unused one can be deleted", func(t *testing.T) {
		s, c, door, h := doorway(t)
		r := c.ok(c.post("add_password_without_center", at(door).plus(ask)))
		c.ok(c.post("delete_password", at(door).plus(params{"password_id": 3025})))
		assert.Equal(t, n(5108), h.only(s).obj("result")["ErrNo"])
		assert.Nil(t, listed(c, door, 3025))
		s.EnterCode(door, r.str("code"))
		assert.False(t, s.EnterCode(door, r.str("password")))
	})
	t.Run("when all are used the oldest goes", func(t *testing.T) {
		s, c, door, _ := doorway(t)
		for _, kind := range []struct{ cmd, first, last int }{{1, 3025, 3048}, {2, 3001, 3024}} {
			for id := kind.first; id <= kind.last; id++ {
				s.Advance(time.Second)
				assert.Equal(t, fmt.Sprint(id), c.ok(c.post("add_password_without_center", at(door).plus(ask).plus(params{"CMD": kind.cmd}))).num("id"))
			}
			s.Advance(time.Second)
			c.ok(c.post("update_password_without_center", at(door).plus(ask).plus(params{"CMD": nil, "password_id": kind.first})))
			s.Advance(time.Second)
			again := c.ok(c.post("add_password_without_center", at(door).plus(ask).plus(params{"CMD": kind.cmd, "name": "new"})))
			assert.Equal(t, fmt.Sprint(kind.first+1), again.num("id"), "the first was renewed")
			assert.Equal(t, "new", listed(c, door, kind.first+1).str("name"))
		}
	})
	t.Run("of the admin", func(t *testing.T) {
		s, c, door, _ := doorway(t)
		r := c.ok(c.post("add_password_without_center", at(door).plus(ask).plus(params{"CMD": 3, "permission_end": nil})))
		assert.Equal(t, "3000", r.num("id"))
		s.EnterCode(door, r.str("code"))
		s.Advance(47 * time.Hour)
		assert.True(t, s.EnterCode(door, r.str("password")), "has no end")
		r = c.ok(c.post("update_password_without_center", at(door).plus(ask).plus(params{"CMD": nil, "password_id": 3000, "permission_end": nil})))
		s.EnterCode(door, r.str("code"))
		assert.True(t, s.EnterCode(door, r.str("password")))
	})
	t.Run("refusals", func(t *testing.T) {
		_, c, door, _ := doorway(t)
		ask := at(door).plus(ask)
		hour := epoch.Truncate(time.Hour)
		for name, tt := range map[string]struct {
			params params
			want   int
		}{
			"a kind there is not":            {ask.plus(params{"CMD": 4}), 14001},
			"at the hour after next":         {ask.plus(params{"permission_end": hour.Add(2 * time.Hour).Unix()}), 0},
			"before the hour after next":     {ask.plus(params{"permission_end": hour.Add(2*time.Hour - time.Second).Unix()}), 14001},
			"no phone":                       {ask.plus(params{"phonenumber": nil}), 14001},
			"the document's other spelling":  {ask.plus(params{"phonenumber": nil, "phonenummer": "139"}), 0},
			"no end":                         {ask.plus(params{"permission_end": nil}), 14001},
			"no end of a staff code":         {ask.plus(params{"CMD": 2, "permission_end": nil}), 14001},
			"cmd is written in capitals":     {ask.plus(params{"CMD": nil, "cmd": 1}), 14001},
			"a lock there is not":            {ask.plus(params{"uuid": "x"}), 15006},
			"is_send_msg is a Boolean":       {ask.plus(params{"is_send_msg": 1}), 14001},
			"permission_begin is always now": {ask.plus(params{"permission_begin": 1773500000}), 14001},
		} {
			assert.Equal(t, tt.want, c.post("add_password_without_center", tt.params).errNo(), name)
		}
		update := ask.plus(params{"CMD": nil})
		assert.Equal(t, 15006, c.post("update_password_without_center", update.plus(params{"password_id": 3048})).errNo())
		assert.Equal(t, 14001, c.post("update_password_without_center", update.plus(params{"password_id": 999})).errNo())
	})
}

func TestPasswordsSnapshot(t *testing.T) {
	s, c, door, _ := doorway(t)
	s.StoreThenTimeout(door)
	c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790", "name": "Li"})))
	s.Settle()
	s.ChangeLocally(door, 999, "864209")
	got := s.Passwords(door)
	require.Len(t, got, 2)
	assert.Equal(t, "864209", got[0].Code.Reveal())
	assert.Equal(t, "135790", got[1].Code.Reveal())
	got[0].Code, got[1].Code = lock.Secret{}, lock.Secret{}
	assert.Equal(t, []PasswordState{
		{ID: 999, OnLock: true, Opens: true, Listed: true, State: 2, Operation: 1, Stage: 3},
		{ID: 1001, Name: "Li", OnLock: true, Opens: true, Listed: true, State: 1, Operation: 1, Stage: 2, Failure: 5101},
	}, got)
	s.ReinstallLock(door)
	assert.False(t, s.Passwords(door)[1].Listed)
}
