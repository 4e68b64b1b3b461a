package tuyatest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type listed struct {
	Records []map[string]any `json:"records"`
	Total   int              `json:"total"`
	Pages   int              `json:"total_pages"`
	More    bool             `json:"has_more"`
}

func TestUsers(t *testing.T) {
	s, c := frozen(t)
	door := s.AddWiFiLock("front door")
	v0, v1, smart := "/v1.0/devices/"+string(door), "/v1.1/devices/"+string(door), "/v1.0/smart-lock/devices/"+string(door)
	owner, tenant := s.ownerOf(string(door)), s.AddMember(door, "小明")
	finger := s.EnrolFor(door, tenant, Fingerprint)
	s.SetDuress(door, finger, true)

	// A6, A12, A13: somebody who is added is listed.
	var made struct {
		ID string `json:"user_id"`
	}
	c.post(v0+"/user", `{"nick_name":"王阿姨","sex":2,"birthday":631152000,"height":160,"weight":55000,"contact":"86-13800000000"}`, &made)
	c.refused(1101, "POST", v0+"/user", `{"nick_name":"王阿姨","sex":3}`)
	var members []map[string]any
	c.get(v0+"/users", &members)
	wantNames(t, "A12", members, "user_id", owner, tenant, made.ID)
	search := func(keyword, role string) listed {
		t.Helper()
		var l listed
		c.get(fmt.Sprintf("%s/users?keyword=%s&page_no=1&page_size=10&role=%s", v1, keyword, role), &l)
		return l
	}
	all := search("", "")
	wantNames(t, "A13", all.Records, "user_id", owner, tenant, made.ID)
	wantNames(t, "A13", all.Records, "user_type", "50", "20", "30")
	wantNames(t, "by name", search("王", "").Records, "user_id", made.ID)
	wantNames(t, "by account", search("13800000000", "").Records, "user_id", made.ID)
	wantNames(t, "normal ones", search("", "normal").Records, "user_id", tenant, made.ID)
	if _, there := all.Records[2]["uid"]; there || all.Records[1]["uid"] == nil {
		t.Errorf("uid: got %v and %v, want it only of those who have an account", all.Records[1]["uid"], all.Records[2]["uid"])
	}
	c.refused(1109, "GET", v1+"/users?keyword=&page_no=1&page_size=10&role=king", "")

	// A8: a role changes and shows in the filter; the answer has no result.
	a := c.do("PUT", smart+"/users/"+made.ID+"/actions/role", `{"role":"admin"}`)
	if _, there := a.raw["result"]; !a.Success || there {
		t.Errorf("A8: got success %t and a result %t, want success alone", a.Success, there)
	}
	wantNames(t, "administrators", search("", "admin").Records, "user_id", owner, made.ID)
	c.refused(2006, "GET", v0+"/users/"+made.ID, "") // A10 knows no administrators
	c.put(smart+"/users/"+made.ID+"/actions/role", `{"role":"normal"}`)
	c.refused(1109, "PUT", smart+"/users/"+made.ID+"/actions/role", `{"role":"king"}`)
	c.refused(2306, "PUT", smart+"/users/"+owner+"/actions/role", `{"role":"normal"}`)

	// A7, A10, A11.
	c.put(v0+"/users/"+made.ID, `{"nick_name":"王姐","sex":2,"height":161}`)
	var member map[string]any
	c.get(v0+"/users/"+made.ID, &member)
	if member["nick_name"] != "王姐" || member["height"] != 161.0 || member["weight"] != 55000.0 || member["contact"] != "86-13800000000" || member["device_id"] != string(door) {
		t.Errorf("A10: got %v", member)
	}
	var current map[string]any
	c.get(v1+"/users/0", &current)
	if current["user_id"] != owner || current["uid"] != s.UID || current["effective_flag"] != 1.0 {
		t.Errorf("A11 of the current user: got %v", current)
	}
	c.refused(2006, "GET", v1+"/users/999", "")

	// A1: the methods of each, by code.
	var l listed
	c.get(smart+"/users?codes=unlock_card,unlock_fingerprint&page_no=1&page_size=2", &l)
	if l.Total != 3 || l.Pages != 2 || !l.More {
		t.Errorf("A1: got %+v, want 3 on 2 pages and more", l)
	}
	details := l.Records[1]["unlock_detail"].([]any)
	method := details[0].(map[string]any)["unlock_list"].([]any)[0].(map[string]any)
	if len(details) != 1 || method["unlock_sn"] != 1.0 || method["unlock_attr"] != 1.0 || method["unlock_id"] != "11-1" {
		t.Errorf("A1: got %v", details)
	}
	c.get(smart+"/users?codes=unlock_card&page_no=2&page_size=2", &l)
	if l.More || len(l.Records) != 1 {
		t.Errorf("A1, the last page: got %+v", l)
	}
	zigbee := s.AddLock("another")
	c.refused(2004, "GET", "/v1.0/smart-lock/devices/"+string(zigbee)+"/users?codes=unlock_card&page_no=1&page_size=2", "")

	// A9, A4, A5: who is removed stays on the lock until the lock is told.
	c.del(v0 + "/users/" + made.ID) // without methods
	c.del(v0 + "/users/" + tenant)
	c.refused(2306, "DELETE", v0+"/users/"+owner, "")
	c.refused(2006, "DELETE", v0+"/users/"+tenant, "")
	var absent []map[string]any
	c.get(v0+"/door-lock/absent-users", &absent)
	wantNames(t, "A4", absent, "user_id", tenant)
	if !s.UseKey(door, finger) {
		t.Error("a removed user's finger: got the door shut, want it open")
	}
	c.refused(2006, "POST", smart+"/users/"+tenant+",999/actions/delete-users-issue", "")
	c.post(smart+"/users/"+tenant+","+owner+"/actions/delete-users-issue", "", nil)
	if !s.HasKey(door, finger) {
		t.Error("before the lock heard of it: got the finger gone")
	}
	s.Settle()
	c.get(v0+"/door-lock/absent-users", &absent)
	if s.HasKey(door, finger) || len(absent) != 0 {
		t.Errorf("afterwards: got the finger there %t and %v absent, want neither", s.HasKey(door, finger), absent)
	}
	s.SetOnline(door, false)
	c.refused(2001, "POST", smart+"/users/"+owner+"/actions/delete-users-issue", "")
}

func TestSchedules(t *testing.T) {
	s, c := frozen(t)
	door := s.AddWiFiLock("front door")
	tenant := s.AddMember(door, "小明")
	finger := s.EnrolFor(door, tenant, Fingerprint)
	path := "/v1.0/smart-lock/devices/" + string(door) + "/users/" + tenant + "/schedule"
	info := func() map[string]any {
		t.Helper()
		var u struct {
			Info map[string]any `json:"time_schedule_info"`
			Flag int            `json:"effective_flag"`
		}
		c.get("/v1.1/devices/"+string(door)+"/users/"+tenant, &u)
		u.Info["flag"] = u.Flag
		return u.Info
	}
	if got := info(); got["permanent"] != true || len(got) != 2 {
		t.Errorf("at first: got %v, want permanent alone", got)
	}
	from, until := noon.Add(time.Hour).Unix(), noon.Add(48*time.Hour).Unix()
	c.put(path, fmt.Sprintf(`{"permanent":false,"effective_time":"%d","expired_time":%d,"schedule_details":[{"start_minute":"780","end_minute":840,"working_day":6,"time_zone_id":"Asia/Shanghai","all_day":false}]}`, from, until))
	if got := info(); got["delivery_status"] != "ONGOING" || got["operate"] != "MODIFY" || got["flag"] != 0 || got["effective_time"] != float64(from) {
		t.Errorf("at once: got %v", got)
	}
	if !s.UseKey(door, finger) {
		t.Error("before the lock heard of it: got the door shut")
	}
	s.Settle()
	if got := info(); got["delivery_status"] != "SUCCESS" {
		t.Errorf("later: got %v", got)
	}
	for _, tt := range []struct {
		name string
		on   time.Duration
		want bool
	}{
		{"before its time", 0, false},
		{"Monday after one o'clock", 70 * time.Minute, true},
		{"Monday after two", time.Hour, false},
		{"Tuesday after one", 23 * time.Hour, true},
		{"Wednesday, when it is over", 24 * time.Hour, false},
	} {
		s.Advance(tt.on)
		if got := s.UseKey(door, finger); got != tt.want {
			t.Errorf("%s: got it open %t, want %t", tt.name, got, tt.want)
		}
	}
	c = call(t, s)
	c.put(path, `{"permanent":true}`)
	s.Settle()
	if !s.UseKey(door, finger) {
		t.Error("permanent again: got the door shut")
	}
	s.SetOnline(door, false)
	c.put(path, fmt.Sprintf(`{"permanent":false,"effective_time":%d,"expired_time":%d}`, from, until))
	s.Settle()
	if got := info(); got["delivery_status"] != "ONGOING" || !s.UseKey(door, finger) {
		t.Errorf("offline: got %v, want it to wait", got)
	}
	s.SetOnline(door, true)
	s.Settle()
	if got := info(); got["delivery_status"] != "SUCCESS" || s.UseKey(door, finger) {
		t.Errorf("online again: got %v, want it done", got)
	}
	s.RefuseNext(door, 3)
	c.put(path, `{"permanent":true}`)
	s.Settle()
	if got := info(); got["delivery_status"] != "FAILED" || s.UseKey(door, finger) {
		t.Errorf("refused: got %v, want it failed", got)
	}
	for body, code := range map[string]int{
		`{"permanent":false}`: 1100,
		`{"permanent":false,"effective_time":2,"expired_time":1}`:                                                      1101,
		`{"permanent":false,"effective_time":1,"expired_time":1772424000000}`:                                          1101,
		`{"permanent":true,"schedule_details":[{"start_minute":1,"end_minute":1441,"working_day":1}]}`:                 1101,
		`{"permanent":true,"schedule_details":[{"start_minute":1,"end_minute":2,"working_day":128}]}`:                  1101,
		`{"permanent":true,"schedule_details":[{"start_minute":1,"end_minute":2,"working_day":1,"time_zone_id":"X"}]}`: 1109,
		`{"permanent":true,"schedule_details":[{"start_minute":"x","end_minute":2,"working_day":1}]}`:                  1104,
	} {
		c.refused(code, "PUT", path, body)
	}
	c.refused(2306, "PUT", "/v1.0/smart-lock/devices/"+string(door)+"/users/"+s.ownerOf(string(door))+"/schedule", `{"permanent":true}`)
}

func TestMethods(t *testing.T) {
	for name, opts := range map[string][]Option{"pages": nil, "bare lists": {WithOtherShapes()}} {
		t.Run(name, func(t *testing.T) {
			s, c := frozen(t, opts...)
			door := s.AddLock("front door")
			v0, smart := "/v1.0/devices/"+string(door), "/v1.0/smart-lock/devices/"+string(door)
			li, han := s.AddMember(door, "李"), s.AddMember(door, "韩")
			own, spare := s.EnrolFor(door, li, Fingerprint), s.Enrol(door, Fingerprint)
			card, code := s.Enrol(door, Card), s.EnrolCode(door, "", "246801")
			methods := func(user, codes string) []map[string]any {
				t.Helper()
				target := fmt.Sprintf("%s/opmodes/%s?codes=%s&page_no=1&page_size=10&unlock_name=", smart, user, codes)
				if opts != nil {
					var list []map[string]any
					c.get(target, &list)
					return list
				}
				var l listed
				c.get(target, &l)
				return l.Records
			}
			unassigned := func(short string) []string {
				t.Helper()
				var keys struct {
					Keys []map[string]any `json:"unlock_keys"`
				}
				c.get(v0+"/door-lock/unassigned-keys?unlock_type="+short, &keys)
				return names(keys.Keys, "unlock_no")
			}
			if got := methods(li, ""); len(got) != 1 || got[0]["unlock_sn"] != 1.0 || got[0]["allocate_flag"] != 0.0 || got[0]["dp_code"] != Fingerprint || got[0]["user_id"] != li {
				t.Errorf("A3: got %v", got)
			}
			if got := unassigned("fingerprint"); !slices.Equal(got, []string{"2"}) {
				t.Errorf("unassigned fingers: got %v", got)
			}

			// A15 and A14 give, A16 takes what was given.
			c.post(v0+"/door-lock/opmodes/actions/allocate", `{"user_id":"`+li+`","unlock_list":[{"dp_code":"unlock_finger","unlock_sn":2},{"dp_code":"unlock_card","unlock_sn":1}]}`, nil)
			c.post(v0+"/device-lock/users/"+han+"/allocate", `{"no":"1","type":"password"}`, nil)
			if s.HolderOf(door, spare) != li || s.HolderOf(door, card) != li || s.HolderOf(door, code) != han {
				t.Error("the methods are not theirs")
			}
			if got := methods(li, "unlock_card"); len(got) != 1 || got[0]["allocate_flag"] != 1.0 {
				t.Errorf("A3 by code: got %v", got)
			}
			c.refused(2324, "POST", v0+"/device-lock/users/"+han+"/allocate", `{"no":"1","type":"card"}`)
			c.refused(2324, "POST", v0+"/door-lock/opmodes/actions/allocate", `{"user_id":"`+han+`","unlock_list":[{"dp_code":"unlock_password","unlock_sn":1},{"dp_code":"unlock_card","unlock_sn":1}]}`)
			c.refused(1109, "POST", v0+"/device-lock/users/"+han+"/allocate", `{"no":"1","type":"face"}`)
			c.refused(1000, "POST", v0+"/device-lock/users/"+han+"/allocate", `{"no":"9","type":"card"}`)
			c.refused(2006, "POST", v0+"/device-lock/users/1/allocate", `{"no":"1","type":"card"}`)
			take := func(key string) string {
				return `{"user_id":"` + li + `","unlock_list":[{` + key + `,"unlock_sn":1}]}`
			}
			c.refused(2306, "POST", smart+"/opmodes/actions/cancel-allocate", take(`"dp_code":"unlock_fingerprint"`)) // his from the beginning
			c.refused(1109, "POST", smart+"/opmodes/actions/cancel-allocate", take(`"dp_code":"unlock_card","code":"unlock_face"`))
			c.refused(1109, "POST", smart+"/opmodes/actions/cancel-allocate", `{"user_id":"`+li+`","unlock_list":[{"unlock_sn":1}]}`)
			for _, key := range []string{`"code":"unlock_card"`, `"dp_code":"unlock_card"`, `"dp_code":"unlock_card","code":"unlock_card"`} {
				c.post(smart+"/opmodes/actions/cancel-allocate", take(key), nil)
				if s.HolderOf(door, card) != "" {
					t.Errorf("%s: the card is still his", key)
				}
				s.Assign(door, card, li)
			}

			// The lock erases a method when it hears of it; until then it is leaving.
			c.del(v0 + "/door-lock/user-types/1/users/" + li + "/unlock-types/card/keys/1")
			if got := methods(li, "unlock_card"); len(got) != 1 || got[0]["phase"] != 9.0 || got[0]["operate"] != "DELETE" {
				t.Errorf("a method that is leaving: got %v", got)
			}
			s.Settle()
			if s.HasKey(door, card) || s.UseKey(door, card) {
				t.Error("the card is still there")
			}
			c.refused(1000, "DELETE", v0+"/door-lock/user-types/1/users/"+li+"/unlock-types/card/keys/1", "")
			c.refused(1000, "DELETE", v0+"/door-lock/user-types/1/users/"+han+"/unlock-types/fingerprint/keys/1", "")
			c.refused(1101, "DELETE", v0+"/door-lock/user-types/3/users/"+li+"/unlock-types/fingerprint/keys/1", "")
			s.RefuseNext(door, 3)
			c.del(v0 + "/door-lock/user-types/1/users/" + li + "/unlock-types/fingerprint/keys/1")
			s.Settle()
			if got := methods(li, Fingerprint); !s.HasKey(door, own) || got[0]["phase"] != 1.0 {
				t.Errorf("the lock refused: got %v, want it to stay", got)
			}

			// Names, duress, attributes.
			c.put(v0+"/door-lock/opmodes/1", `{"dp_code":"unlock_fingerprint","unlock_name":"右手食指","unlock_attr":1,"notify_info":{"app_send":0}}`)
			if got := methods(li, Fingerprint)[0]; got["unlock_name"] != "右手食指" || got["unlock_attr"] != 1.0 || got["notify_info"].(map[string]any)["app_send"] != 0.0 {
				t.Errorf("a changed method: got %v", got)
			}
			c.refused(1000, "PUT", v0+"/door-lock/opmodes/9", `{"dp_code":"unlock_fingerprint"}`)
			c.refused(1101, "PUT", v0+"/door-lock/opmodes/1", `{"dp_code":"unlock_fingerprint","unlock_attr":2}`)
			c.del(smart + "/unlock-types/fingerprint/keys/1/hijack")
			c.put(v0+"/door-lock/unlock-types/fingerprint/keys/2/hijack", "")
			opmode := fmt.Sprint(methods(li, Fingerprint)[0]["opmode_id"])
			c.post(smart+"/opmodes/"+opmode+"/attribute/1/opmode-attr", "", nil)
			c.post(smart+"/opmodes/"+opmode+"/attribute/2/opmode-attr", "", nil)
			c.refused(1101, "POST", smart+"/opmodes/"+opmode+"/attribute/3/opmode-attr", "")
			c.refused(1000, "POST", smart+"/opmodes/1/attribute/1/opmode-attr", "")
			got := methods(li, Fingerprint)
			if got[0]["unlock_attr"] != 0.0 || got[1]["unlock_attr"] != 1.0 || got[0]["voice_attr"] != 1.0 {
				t.Errorf("duress and voice: got %v", got)
			}
			var keys struct {
				Keys []map[string]any `json:"unlock_keys"`
			}
			c.get(v0+"/door-lock/user-types/1/users/"+li+"/assigned-keys?unlock_type=fingerprint", &keys)
			wantNames(t, "assigned fingers", keys.Keys, "hijack", "false", "true")
			c.refused(1109, "GET", v0+"/door-lock/unassigned-keys?unlock_type=toe", "")
			c.post(smart+"/opmodes/actions/sync", `{"codes":"unlock_card,unlock_face"}`, nil)
			c.refused(1109, "POST", smart+"/opmodes/actions/sync", `{"codes":"toe"}`)

			// Enrolling from afar.
			c.put(v0+"/door-lock/actions/entry", `{"unlock_type":"face","user_type":1,"user_id":"`+han+`"}`)
			if k, enrolled := s.Present(door); !enrolled || k.Code != Face || s.HolderOf(door, k) != han || !s.UseKey(door, k) {
				t.Errorf("a face that was presented: got %v, %t", k, enrolled)
			}
			if _, enrolled := s.Present(door); enrolled {
				t.Error("nothing was asked for: got something enrolled")
			}
			c.put(v0+"/door-lock/actions/entry", `{"unlock_type":"password","user_type":1,"user_id":"`+han+`",`+c.sealed(string(door), "864209")+`}`)
			s.Settle()
			if !s.EnterCode(door, "864209") {
				t.Error("an enrolled password: got the door shut")
			}
			c.put(v0+"/door-lock/actions/entry", `{"unlock_type":"card","user_type":1,"user_id":"`+han+`"}`)
			c.refused(2306, "PUT", v0+"/door-lock/unlock-types/face/actions/cancel", "")
			c.put(v0+"/door-lock/unlock-types/card/actions/cancel", "")
			if _, enrolled := s.Present(door); enrolled {
				t.Error("a cancelled enrolment: got something enrolled")
			}
			c.refused(1109, "PUT", v0+"/door-lock/actions/entry", `{"unlock_type":"toe","user_type":1,"user_id":"`+han+`"}`)
			c.refused(1101, "PUT", v0+"/door-lock/actions/entry", `{"unlock_type":"card","user_type":0,"user_id":"`+han+`"}`)
			s.EraseAtLock(door, own)
			if s.HasKey(door, own) {
				t.Error("erased at the lock: got it there")
			}
			s.SetOnline(door, false)
			for target, body := range map[string]string{
				"PUT " + v0 + "/door-lock/actions/entry":                                                    `{"unlock_type":"card","user_type":1,"user_id":"` + han + `"}`,
				"POST " + smart + "/opmodes/actions/sync":                                                   `{"codes":"unlock_card"}`,
				"DELETE " + v0 + "/door-lock/user-types/1/users/" + li + "/unlock-types/fingerprint/keys/2": "",
			} {
				method, path, _ := strings.Cut(target, " ")
				c.refused(2001, method, path, body)
			}
		})
	}
}

func TestLogs(t *testing.T) {
	for name, opts := range map[string][]Option{"objects": nil, "lists": {WithOtherShapes()}} {
		t.Run(name, func(t *testing.T) {
			s, c := frozen(t, opts...)
			door := s.AddLock("front door")
			tenant := s.AddMember(door, "小明")
			finger, card := s.EnrolFor(door, tenant, Fingerprint), s.Enrol(door, Card)
			s.SetDuress(door, finger, true)
			path := "/v1.0/devices/" + string(door) + "/door-lock"
			type entry struct {
				code, value, nick, user string
				at                      int64
			}
			read := func(target, list string) (entries []entry, total int) {
				t.Helper()
				var got map[string]any
				c.get(target, &got)
				for _, o := range got[list].([]any) {
					o := o.(map[string]any)
					st, ok := o["status"].(map[string]any)
					if opts != nil {
						st, ok = o["status"].([]any)[0].(map[string]any)
					}
					if !ok {
						t.Fatalf("status: got %v", o["status"])
					}
					user, _ := o["user_id"].(string)
					entries = append(entries, entry{st["code"].(string), st["value"].(string), o["nick_name"].(string), user, int64(o["update_time"].(float64))})
				}
				return entries, int(got["total"].(float64))
			}
			opens := func(page, size int) ([]entry, int) {
				t.Helper()
				return read(fmt.Sprintf("%s/open-logs?end_time=%d&page_no=%d&page_size=%d&start_time=%d", path, noon.Add(time.Hour).Unix(), page, size, noon.Unix()), "logs")
			}
			alarms := func(codes string) []entry {
				t.Helper()
				entries, _ := read(path+"/alarm-logs?codes="+codes+"&page_no=1&page_size=10", "records")
				return entries
			}
			if got, total := opens(1, 10); len(got) != 0 || total != 0 {
				t.Errorf("at first: got %v", got)
			}
			s.UseKey(door, finger)
			s.UseKey(door, card)
			s.TurnKey(door)
			got, total := opens(1, 2)
			if total != 3 || len(got) != 2 || got[0].code != "unlock_key" || got[1].code != Card || got[0].at <= got[1].at || got[0].at < 1e12 {
				t.Errorf("the newest two: got %v of %d", got, total)
			}
			if got, _ = opens(2, 2); len(got) != 1 || got[0] != (entry{Fingerprint, "1", "小明", tenant, noon.UnixMilli()}) {
				t.Errorf("the oldest: got %v", got)
			}
			if got := alarms("hijack"); len(got) != 1 || got[0].value != "unlock_fingerprint-01" || got[0].nick != "小明" || got[0].at != noon.Unix() {
				t.Errorf("under duress: got %v", got)
			}
			for range 5 {
				if s.EnterCode(door, "１２３４５６") || s.UseKey(door, Key{Fingerprint, 9}) || s.UseKey(door, Key{Card, 9}) {
					t.Error("a stranger: got the door open")
				}
			}
			s.RaiseAlarm(door, "pry")
			s.RingBell(door)
			if got := alarms(""); len(got) != 4 || got[0].value != "pry" || got[1].value != "wrong_card" || got[2].value != "wrong_finger" || got[3].value != "wrong_password" {
				t.Errorf("alarms: got %v", got)
			}
			if got := alarms("doorbell,hijack"); len(got) != 2 || got[0].code != "doorbell" {
				t.Errorf("a bell and a hijack: got %v", got)
			}
			c.refused(1109, "GET", path+"/alarm-logs?codes=party&page_no=1&page_size=10", "")

			// What happens offline comes later, with its time.
			s.Advance(time.Minute)
			s.SetOnline(door, false)
			s.TurnKey(door)
			s.Advance(time.Minute)
			if _, total := opens(1, 10); total != 3 {
				t.Errorf("offline: got %d openings, want 3", total)
			}
			s.SetOnline(door, true)
			if got, total := opens(1, 10); total != 4 || got[0].at != noon.Add(time.Minute).UnixMilli() {
				t.Errorf("online again: got %v", got)
			}
			millis := fmt.Sprintf("/v1.1/devices/%s/door-lock/open-logs?end_time=%d&page_no=1&page_size=10&start_time=%d", door, noon.UnixMilli(), noon.UnixMilli())
			if got, _ := read(millis, "logs"); len(got) != 1 {
				t.Errorf("one millisecond: got %v", got)
			}
			for _, window := range [][2]int64{{noon.UnixMilli(), noon.UnixMilli()}, {2, 1}, {1, noon.UnixMilli()}} {
				c.refused(1101, "GET", fmt.Sprintf("%s/open-logs?end_time=%d&page_no=1&page_size=10&start_time=%d", path, window[1], window[0]), "")
			}
			var info struct {
				Status []map[string]any `json:"status"`
			}
			c.get("/v1.0/devices/"+string(door), &info)
			if !slices.Contains(names(info.Status, "code"), "unlock_key") || s.Opened(door) != 4 {
				t.Errorf("status: got %v and %d openings", info.Status, s.Opened(door))
			}
		})
	}
}

func TestDevices(t *testing.T) {
	s, c := frozen(t)
	home := s.MainHome()
	zigbee, wifi, phone, fresh, lamp := s.AddLock("a"), s.AddWiFiLock("b"), s.AddPhoneLock("c"), s.AddFreshLock("d"), s.AddDevice(home, "lamp")
	other := s.AddUser("陈静")
	hers := s.AddDevice(s.AddHomeOf(other, "hers"), "her lamp")
	gateway := s.GatewayOf(zigbee)
	if gateway == "" || s.GatewayOf(fresh) != gateway || s.GatewayOf(wifi) != "" || s.GatewayOf(phone) != "" {
		t.Error("gateways are not where they belong")
	}
	info := func(id lock.DeviceID) map[string]any {
		t.Helper()
		var d map[string]any
		c.get("/v1.0/devices/"+string(id), &d)
		return d
	}
	if d := info(zigbee); d["sub"] != true || d["node_id"] == nil || d["category"] != "ms" || d["online"] != true || d["owner_id"] != string(home) || d["time_zone"] != "+08:00" || d["uid"] != s.UID {
		t.Errorf("a Zigbee lock: got %v", d)
	}
	if d := info(wifi); d["sub"] != false || d["node_id"] != nil || d["category"] != "jtmsbh" {
		t.Errorf("a Wi-Fi lock: got %v", d)
	}
	status := func(id lock.DeviceID, code string) any {
		t.Helper()
		var list []map[string]any
		c.get("/v1.0/devices/"+string(id)+"/status", &list)
		for _, st := range list {
			if st["code"] == code {
				return st["value"]
			}
		}
		return nil
	}
	s.SetBattery(zigbee, 42)
	if status(zigbee, "residual_electricity") != 42.0 || status(fresh, "residual_electricity") != nil {
		t.Error("batteries are not what was reported")
	}
	s.SetOnline(gateway, false)
	if info(zigbee)["online"] != false || info(wifi)["online"] != true {
		t.Error("without its gateway: got the lock online")
	}
	s.SetOnline(gateway, true)

	c.put("/v1.0/devices/"+string(wifi), `{"name":"side door"}`)
	if info(wifi)["name"] != "side door" {
		t.Error("the name has not changed")
	}
	set := "/v1.0/devices/" + string(wifi) + "/commands"
	c.post(set, `{"commands":[{"code":"automatic_lock","value":false}]}`, nil)
	s.Settle()
	if status(wifi, "automatic_lock") != false {
		t.Error("the command was not carried out")
	}
	c.refused(2008, "POST", set, `{"commands":[{"code":"automatic_lock","value":1}]}`)
	c.refused(2008, "POST", set, `{"commands":[{"code":"residual_electricity","value":100}]}`)
	s.SetOnline(wifi, false)
	c.refused(2001, "POST", set, `{"commands":[{"code":"automatic_lock","value":true}]}`)
	var functions struct {
		Functions []map[string]any `json:"functions"`
	}
	c.get("/v1.0/devices/"+string(wifi)+"/functions", &functions)
	wantNames(t, "functions", functions.Functions, "code", "automatic_lock")

	// Lists.
	mine := []string{string(gateway), string(zigbee), string(wifi), string(phone), string(fresh), string(lamp)}
	var l listed
	c.get("/v1.0/smart-lock/users/"+s.UID+"/devices?page_no=1&page_size=4", &l)
	if l.Total != len(mine) || l.Pages != 2 || !l.More || l.Records[0]["status"] != nil {
		t.Errorf("A17: got %+v", l)
	}
	c.refused(2006, "GET", "/v1.0/smart-lock/users/nobody/devices?page_no=1&page_size=4", "")
	var list []map[string]any
	c.get("/v1.0/devices?device_ids="+string(zigbee)+","+string(lamp), &list)
	wantNames(t, "by id", list, "name", "a", "lamp")
	for target, want := range map[string][]string{
		"":                                 {"网关", "a", "side door", "c", "d", "lamp"},
		"?page_no=2&page_size=4":           {"d", "lamp"},
		"?from=sharing":                    {},
		"?from=home&page_no=1&page_size=1": {"网关"},
	} {
		list = nil
		c.get("/v1.0/users/"+s.UID+"/devices"+target, &list)
		wantNames(t, target, list, "name", want...)
	}
	c.refused(1109, "GET", "/v1.0/users/"+s.UID+"/devices?from=street", "")
	var found []string
	for last, more := "", true; more; {
		var page struct {
			Devices []map[string]any `json:"devices"`
			More    bool             `json:"has_more"`
			Last    string           `json:"last_row_key"`
			Total   int              `json:"total"`
		}
		c.get("/v1.0/iot-01/associated-users/devices?last_row_key="+last+"&size=3", &page)
		found, more, last = append(found, names(page.Devices, "id")...), page.More, page.Last
		if page.Total != 7 {
			t.Fatalf("by cursor: got %d in all, want 7", page.Total)
		}
	}
	if want := append(slices.Clone(mine), string(hers)); !slices.Equal(found, want) {
		t.Errorf("by cursor: got %v, want %v", found, want)
	}
	c.refused(1109, "GET", "/v1.0/iot-01/associated-users/devices?last_row_key=nobody", "")
	c.refused(1101, "GET", "/v1.0/iot-01/associated-users/devices?size=201", "")
	for query, want := range map[string]int{
		"source_type=homeApp": 7, "source_id=" + other + "&source_type=tuyaUser": 1, "source_type=asset": 0, "category=jtmsbh&source_type=homeApp": 1,
		"device_ids=" + string(lamp) + "," + string(hers): 2, "name=lamp&source_type=homeApp": 2, "page_size=2&source_type=homeApp": 2,
		"source_id=simprodms&source_type=product": 2,
	} {
		var page struct {
			List []map[string]any `json:"list"`
		}
		c.get("/v1.3/iot-03/devices?"+query, &page)
		if len(page.List) != want {
			t.Errorf("%s: got %d, want %d", query, len(page.List), want)
		}
	}
	c.refused(1109, "GET", "/v1.3/iot-03/devices?source_type=street", "")
	c.refused(2004, "GET", "/v1.0/devices/"+string(lamp)+"/door-lock/temp-passwords", "")
	// The same by the paths of another product.
	thing := "/v1.0/iot-03/devices/" + string(zigbee)
	var d map[string]any
	c.put(thing, `{"name":"back door"}`)
	if c.get(thing, &d); d["name"] != "back door" {
		t.Errorf("iot-03: got %v", d)
	}
	c.post(thing+"/commands", `{"commands":[{"code":"automatic_lock","value":false}]}`, nil)
	s.Settle()
	c.get(thing+"/status", &list)
	wantNames(t, "iot-03 status", list, "value", "42", "false", "false", "false")
	c.get("/v1.0/iot-03/devices/status?device_ids="+string(zigbee)+","+string(lamp), &list)
	wantNames(t, "iot-03 statuses", list, "id", string(zigbee), string(lamp))
	var wrapped struct {
		Devices []map[string]any `json:"devices"`
	}
	c.get("/v1.0/iot-03/devices?device_ids="+string(lamp), &wrapped)
	wantNames(t, "iot-03 devices", wrapped.Devices, "name", "lamp")
	c.refused(2010, "GET", "/v1.0/iot-03/devices?device_ids=nobody", "")
	c.refused(2010, "GET", "/v1.0/iot-03/devices/status?device_ids=nobody", "")
	var offline []map[string]any
	c.get("/v1.0/devices/"+string(lamp)+"/offline-pwd-locks", &offline)
	wantNames(t, "locks with offline passwords", offline, "custom_name", "back door", "side door", "c", "d")
}

func TestHomes(t *testing.T) {
	for name, opts := range map[string][]Option{"numbers": nil, "text": {WithOtherShapes()}} {
		t.Run(name, func(t *testing.T) {
			s, c := frozen(t, opts...)
			var made any
			c.post("/v1.0/home/create-home", `{"uid":"`+s.UID+`","home":{"name":"别墅","geo_name":"上海","lon":121.4,"lat":"31.2"},"rooms":["客厅","卧室"]}`, &made)
			if _, isText := made.(string); isText != (opts != nil) {
				t.Errorf("the id: got a %T", made)
			}
			id := idText(made)
			path := "/v1.0/homes/" + id
			var home map[string]any
			c.get(path, &home)
			if home["name"] != "别墅" || home["geo_name"] != "上海" || home["lon"] != 121.4 || home["lat"] != 31.2 || idText(home["home_id"]) != id {
				t.Errorf("the home: got %v", home)
			}
			rooms := func() []map[string]any {
				t.Helper()
				if opts == nil {
					var list []map[string]any
					c.get(path+"/rooms", &list)
					return list
				}
				var o struct {
					Name  string           `json:"name"`
					Rooms []map[string]any `json:"rooms"`
				}
				if c.get(path+"/rooms", &o); o.Name == "" {
					t.Error("rooms: got no home around them")
				}
				return o.Rooms
			}
			wantNames(t, "rooms", rooms(), "name", "客厅", "卧室")
			c.post(path+"/room", `{"name":"厨房"}`, &made)
			room := path + "/rooms/" + idText(made)
			c.put(room, `{"name":"书房"}`)
			wantNames(t, "rooms", rooms(), "name", "客厅", "卧室", "书房")
			door := s.AddLock("front door")
			s.Move(door, lock.HomeID(id), lock.RoomID(idText(made)))
			var list []map[string]any
			c.get(room+"/devices", &list)
			wantNames(t, "in the room", list, "id", string(door))
			c.get(path+"/devices", &list)
			wantNames(t, "in the home", list, "id", string(door))
			c.del(room)
			c.refused(2502, "GET", room+"/devices", "")
			c.get(path+"/devices", &list)
			wantNames(t, "in the home without its room", list, "id", string(door))
			c.put(path, `{"geo_name":"北京"}`)
			c.put(path, `{"name":"新家"}`)
			c.get("/v1.0/users/"+s.UID+"/homes", &list)
			wantNames(t, "homes", list, "name", "我的家", "新家")
			wantNames(t, "homes", list, "geo_name", "杭州", "北京")
			c.del(path)
			c.refused(2501, "GET", path, "")
			c.refused(2010, "GET", "/v1.0/devices/"+string(door), "")
			c.refused(2006, "POST", "/v1.0/home/create-home", `{"uid":"nobody","home":{"name":"x"}}`)
			c.refused(2006, "GET", "/v1.0/users/nobody/homes", "")
			for target, code := range map[string]int{"PUT " + path: 2501, "DELETE " + path: 2501, "PUT " + room: 2501} {
				method, at, _ := strings.Cut(target, " ")
				c.refused(code, method, at, `{"name":"x"}`)
			}
			s.Advance(time.Hour)
			c.token = call(t, s).token
			other := s.AddUser("陈静")
			var users struct {
				List  []map[string]any `json:"list"`
				Total int              `json:"total"`
				More  bool             `json:"has_more"`
			}
			c.get("/v2.0/apps/myapp/users?page_no=1&page_size=1", &users)
			wantNames(t, "users", users.List, "uid", s.UID)
			if users.Total != 2 || !users.More {
				t.Errorf("users: got %+v", users)
			}
			c.get(fmt.Sprintf("/v2.0/apps/myapp/users?end_time=%d&page_no=1&page_size=10&start_time=%d", noon.Add(2*time.Hour).Unix(), noon.Add(time.Minute).Unix()), &users)
			wantNames(t, "users of the last hour", users.List, "uid", other)
			var info map[string]any
			c.get("/v1.0/users/"+other+"/infos", &info)
			if info["nick_name"] != "陈静" {
				t.Errorf("a user: got %v", info)
			}
		})
	}
}

// idText is an id as text, whether it came as a number or not.
func idText(v any) string {
	if n, ok := v.(float64); ok {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprint(v)
}
