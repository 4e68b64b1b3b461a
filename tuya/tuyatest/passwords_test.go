package tuyatest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// guest is the body for a password for two days.
func (c *caller) guest(device, digits string, more ...string) string {
	c.t.Helper()
	return fmt.Sprintf(`{"name":"客人 %s","effective_time":%d,"invalid_time":%d,%s%s}`,
		digits, noon.Unix(), noon.Add(48*time.Hour).Unix(), c.sealed(device, digits), strings.Join(append([]string{""}, more...), ","))
}

func (c *caller) add(device, digits string, more ...string) string {
	c.t.Helper()
	var made struct {
		ID int64 `json:"id"`
	}
	c.post("/v1.0/devices/"+device+"/door-lock/temp-password", c.guest(device, digits, more...), &made)
	return fmt.Sprint(made.ID)
}

// phase is the phase and the delivery_status of a password; no status is -1.
func (c *caller) phase(device, id string) [2]int {
	c.t.Helper()
	p := struct {
		Phase    int  `json:"phase"`
		Delivery *int `json:"delivery_status"`
	}{}
	c.get("/v1.0/devices/"+device+"/door-lock/temp-password/"+id, &p)
	if p.Delivery == nil {
		return [2]int{p.Phase, -1}
	}
	return [2]int{p.Phase, *p.Delivery}
}

func (c *caller) wantPhase(what, device, id string, phase, delivery int) {
	c.t.Helper()
	if got := c.phase(device, id); got != [2]int{phase, delivery} {
		c.t.Errorf("%s: got phase and delivery_status %v, want %d and %d", what, got, phase, delivery)
	}
}

func (c *caller) wantOpens(what string, id lock.DeviceID, digits string, want bool) {
	c.t.Helper()
	if got := c.s.EnterCode(id, digits); got != want {
		c.t.Errorf("%s: got the door open %t, want %t", what, got, want)
	}
}

func (c *caller) listedPasswords(device, query string) []string {
	c.t.Helper()
	var list []map[string]any
	c.get("/v1.0/devices/"+device+"/door-lock/temp-passwords"+query, &list)
	var ids []string
	for _, o := range list {
		ids = append(ids, idText(o["id"]))
	}
	return ids
}

func TestZigbeePasswords(t *testing.T) {
	s, c := frozen(t)
	door := s.AddLock("front door")
	d := string(door)
	path := "/v1.0/devices/" + d + "/door-lock/temp-passwords/"
	id := c.add(d, "135790", `"phone":"86-13800000000"`)
	c.wantPhase("made", d, id, 1, 1)
	c.wantOpens("before the lock has it", door, "135790", false)
	c.refused(2301, "PUT", path+id+"/freeze-password", "")
	s.Settle()
	c.wantPhase("on the lock", d, id, 2, 2)
	c.wantOpens("on the lock", door, "135790", true)
	c.wantOpens("in other digits", door, "１３５７９０", false)

	c.put(path+id+"/freeze-password", "")
	c.wantPhase("freezing", d, id, 3, 1)
	c.wantOpens("freezing", door, "135790", true)
	s.Settle()
	c.wantPhase("frozen", d, id, 3, 2)
	c.wantOpens("frozen", door, "135790", false)
	c.refused(2324, "PUT", path+id+"/freeze-password", "")
	c.put(path+id+"/unfreeze-password", "")
	s.Settle()
	c.wantPhase("unfrozen", d, id, 2, 2)
	c.wantOpens("unfrozen", door, "135790", true)
	s.RefuseNext(door, 3)
	c.put(path+id+"/freeze-password", "")
	s.Settle()
	c.wantPhase("freezing was refused", d, id, 2, 3)
	c.wantOpens("freezing was refused", door, "135790", true)

	c.put(path+id+"/modify-password", c.guest(d, "246801"))
	c.wantPhase("changing", d, id, 2, 1)
	s.Settle()
	c.wantPhase("changed", d, id, 2, 2)
	c.wantOpens("the new digits", door, "246801", true)
	c.wantOpens("the old digits", door, "135790", false)
	s.RefuseNext(door, 6)
	c.put(path+id+"/modify-password", c.guest(d, "864209"))
	s.Settle()
	c.wantPhase("a change was refused", d, id, 2, 6)
	c.wantOpens("a change was refused", door, "246801", true)

	twin := c.add(d, "246801")
	s.Settle()
	c.wantPhase("the digits of another", d, twin, 5, 4)
	c.refused(2324, "PUT", path+twin+"/modify-password", c.guest(d, "975310"))
	s.RefuseNext(door, 5)
	full := c.add(d, "975310")
	s.Settle()
	c.wantPhase("a full lock", d, full, 5, 5)
	if got := c.listedPasswords(d, ""); !slices.Equal(got, []string{id, twin, full}) {
		t.Errorf("listed: got %v", got)
	}
	if got := c.listedPasswords(d, "?valid=true"); !slices.Equal(got, []string{id}) {
		t.Errorf("valid: got %v", got)
	}
	if got := c.listedPasswords(d, "?valid=false"); !slices.Equal(got, []string{twin, full}) {
		t.Errorf("not valid: got %v", got)
	}

	s.RefuseNext(door, 3)
	c.del(path + id)
	c.wantPhase("deleting", d, id, 4, 1)
	s.Settle()
	c.wantPhase("deleting was refused", d, id, 2, 3)
	c.del(path + id)
	s.Settle()
	c.wantOpens("deleted", door, "246801", false)
	c.refused(2310, "GET", "/v1.0/devices/"+d+"/door-lock/temp-password/"+id, "")
	c.refused(2310, "DELETE", path+id, "")
	c.del(path + twin) // the lock never had it: gone at once
	if got := c.listedPasswords(d, ""); !slices.Equal(got, []string{full}) {
		t.Errorf("listed after deleting: got %v", got)
	}
	if got := c.listedPasswords(d, "?valid=false"); !slices.Equal(got, []string{id, twin, full}) {
		t.Errorf("not valid after deleting: got %v", got)
	}

	s.SetOnline(s.GatewayOf(door), false)
	other := c.s.AddPassword(door, "x", "112233", noon, noon.Add(time.Hour))
	for target, body := range map[string]string{
		"POST /v1.0/devices/" + d + "/door-lock/temp-password":                c.guest(d, "975310"),
		"POST /v1.0/devices/" + d + "/door-lock/temp-passwords/rest-password": "",
		"PUT " + path + string(other) + "/modify-password":                    c.guest(d, "975310"),
		"PUT " + path + string(other) + "/freeze-password":                    "",
		"DELETE " + path + string(other):                                      "",
	} {
		method, at, _ := strings.Cut(target, " ")
		c.refused(2001, method, at, body)
	}
	c.wantOpens("offline", door, "112233", true)
}

func TestOtherFamilies(t *testing.T) {
	s, c := frozen(t)
	sleeper, side, phone := s.AddSleepingLock("shed"), s.AddBluetoothLock("side"), s.AddPhoneLock("hut")
	d := string(sleeper)
	path := "/v1.0/devices/" + d + "/door-lock/temp-passwords/"

	// A Wi-Fi lock that sleeps hears of it when it wakes.
	id := c.add(d, "1357902")
	s.Settle()
	c.wantPhase("asleep", d, id, 1, -1)
	c.refused(2322, "POST", "/v1.0/devices/"+d+"/door-lock/temp-password", c.guest(d, "1357902"))
	s.Wake(sleeper)
	s.Settle()
	c.wantPhase("awake", d, id, 2, -1)
	c.wantOpens("awake", sleeper, "1357902", true)
	c.refused(2004, "PUT", path+id+"/freeze-password", "")
	c.refused(2004, "PUT", path+id+"/unfreeze-password", "")
	s.Advance(2 * time.Minute)
	c.put(path+id+"/modify-password", c.guest(d, "2468013"))
	s.Settle()
	c.wantPhase("a change waits", d, id, 1, -1)
	c.wantOpens("it wakes at a touch, with the old digits", sleeper, "1357902", true)
	s.Settle()
	c.wantPhase("then it has the new ones", d, id, 2, -1)
	c.wantOpens("the new digits", sleeper, "2468013", true)
	s.Advance(2 * time.Minute)
	c.del(path + id)
	s.Settle()
	c.wantPhase("deleting", d, id, 3, -1)
	c.refused(2324, "PUT", path+id+"/modify-password", c.guest(d, "9753102"))
	s.Wake(sleeper)
	s.Settle()
	c.refused(2321, "GET", "/v1.0/devices/"+d+"/door-lock/temp-password/"+id, "")
	var states []int
	for _, p := range s.Passwords(sleeper) {
		states = append(states, p.Phase)
		if !p.Gone || p.OnLock || p.Opens {
			t.Errorf("deleted: got %+v", p)
		}
	}
	if !slices.Equal(states, []int{0}) {
		t.Errorf("phases: got %v, want 0", states)
	}

	// A Bluetooth lock without a gateway waits for a phone; what was never there is gone at once.
	d = string(phone)
	id = c.add(d, "135790")
	never := c.add(d, "246801")
	c.del("/v1.0/devices/" + d + "/door-lock/temp-passwords/" + never)
	s.Settle()
	c.wantPhase("no phone", d, id, 1, -1)
	c.wantOpens("no phone", phone, "135790", false)
	s.PhoneSync(phone)
	s.Settle()
	c.wantPhase("a phone", d, id, 2, -1)
	c.wantOpens("a phone", phone, "135790", true)
	c.wantOpens("what was taken back", phone, "246801", false)
	s.PhoneSync(phone)
	var logs struct {
		Total int `json:"total"`
	}
	c.get(fmt.Sprintf("/v1.0/devices/%s/door-lock/open-logs?end_time=%d&page_no=1&page_size=1&start_time=%d", d, s.now().Unix()+1, noon.Unix()), &logs)
	if logs.Total != 1 {
		t.Errorf("after a phone: got %d openings told, want 1", logs.Total)
	}

	d = string(side)
	s.RefuseNext(side, 3)
	id = c.add(d, "135790")
	s.Settle()
	c.wantPhase("a Bluetooth lock refused", d, id, 7, -1)
	s.SetOnline(side, false)
	id = c.add(d, "246801")
	s.Settle()
	c.wantPhase("offline", d, id, 1, -1)
	s.SetOnline(side, true)
	s.Settle()
	c.wantPhase("online", d, id, 2, -1)
	c.post("/v1.0/devices/"+d+"/door-lock/temp-passwords/rest-password", "", nil)
	s.Settle()
	if got := c.listedPasswords(d, ""); len(got) != 0 {
		t.Errorf("cleared: got %v", got)
	}
}

func TestPasswordTerms(t *testing.T) {
	s, c := frozen(t)
	door, wifi := s.AddLock("front door"), s.AddWiFiLock("side door")
	d := string(door)
	path := "/v1.0/devices/" + d + "/door-lock/temp-password"

	once := c.add(d, "135790", `"type":1`)
	weekly := c.add(d, "246801", `"time_zone":"+08:00"`, `"schedule_list":[{"effective_time":780,"invalid_time":840,"working_day":2}]`)
	c.post("/v2.0/devices/"+d+"/door-lock/temp-password", strings.Replace(c.guest(d, "864209"), `"name":"客人 864209",`, "", 1), nil)
	s.Settle()
	c.wantOpens("once", door, "135790", true)
	c.wantOpens("once more", door, "135790", false)
	c.refused(2310, "GET", path+"/"+once, "")
	c.wantOpens("before its hour", door, "246801", false)
	s.Advance(70 * time.Minute)
	c.wantOpens("in its hour", door, "246801", true)
	s.Advance(time.Hour)
	c.wantOpens("after its hour", door, "246801", false)
	c = call(t, s)
	var p map[string]any
	c.get(path+"/"+weekly, &p)
	if got := fmt.Sprint(p["schedule_list"]); got != "[map[effective_time:780 invalid_time:840 working_day:2]]" || p["time_zone"] != "+08:00" || p["type"] != 0.0 {
		t.Errorf("got %v", p)
	}

	good := c.guest(d, "975310")
	for name, tt := range map[string]struct {
		body string
		code int
	}{
		"plain digits":            {strings.Replace(good, `"password":"`, `"password":"135790`, 1), 1109},
		"no hexadecimal digits":   {strings.Replace(good, `"password":"`, `"password":"zz`, 1), 1109},
		"seven digits":            {c.guest(d, "9753102"), 1109},
		"letters":                 {c.guest(d, "97531a"), 1109},
		"another type of ticket":  {strings.Replace(good, `"password_type":"ticket"`, `"password_type":"plain"`, 1), 1109},
		"an unknown ticket":       {strings.Replace(good, `"ticket_id":"`, `"ticket_id":"x`, 1), 1109},
		"no name":                 {strings.Replace(good, `"name":"客人 975310",`, ``, 1), 1100},
		"the wrong way round":     {strings.Replace(good, fmt.Sprintf(`"effective_time":%d`, noon.Unix()), `"effective_time":1999999999`, 1), 1101},
		"over already":            {strings.NewReplacer(fmt.Sprint(noon.Unix()), "1000", fmt.Sprint(noon.Add(48*time.Hour).Unix()), "2000").Replace(good), 2318},
		"milliseconds":            {strings.Replace(good, fmt.Sprint(noon.Add(48*time.Hour).Unix()), "1772596800000", 1), 1101},
		"a type nobody knows":     {c.guest(d, "975310", `"type":2`), 1101},
		"hours without a zone":    {c.guest(d, "975310", `"schedule_list":[{"effective_time":1,"invalid_time":2,"working_day":2}]`), 1100},
		"a zone nobody knows":     {c.guest(d, "975310", `"time_zone":"Mars/Olympus"`), 1109},
		"the zone of a machine":   {c.guest(d, "975310", `"time_zone":"Local"`), 1109},
		"hours that are no hours": {c.guest(d, "975310", `"time_zone":"UTC"`, `"schedule_list":[{"effective_time":2,"invalid_time":1,"working_day":2}]`), 1101},
	} {
		c.t.Run(name, func(t *testing.T) {
			c := &caller{t: t, s: s, token: c.token}
			c.refused(tt.code, "POST", path, tt.body)
		})
	}
	c.refused(1109, "POST", "/v1.0/devices/"+string(wifi)+"/door-lock/temp-password", c.guest(string(wifi), "975310"))
	c.refused(1109, "POST", "/v1.0/devices/"+string(wifi)+"/door-lock/temp-password", good) // another lock's ticket
	s.Advance(time.Hour)
	c.refused(1109, "POST", path, good) // the ticket is over
	over := s.AddPassword(door, "x", "112233", noon, s.now().Add(time.Minute))
	s.Advance(time.Minute)
	c.wantOpens("over", door, "112233", false)
	c.token = call(t, s).token
	c.refused(2304, "PUT", path+"s/"+string(over)+"/freeze-password", "")
	if got := c.listedPasswords(d, "?valid=false"); !slices.Contains(got, string(over)) {
		t.Errorf("not valid: got %v, want the one that is over", got)
	}
	for i := len(s.Passwords(door)); i < 99+2; i++ { // one was used up, one is over
		s.AddPassword(door, "x", fmt.Sprintf("5%05d", i), noon, s.now().Add(time.Hour))
	}
	c.refused(2303, "POST", path, c.guest(d, "975310"))

	var found []string
	for last, more := "", true; more; {
		var page struct {
			Records []map[string]any `json:"records"`
			More    bool             `json:"has_more"`
			Last    string           `json:"last_row_key"`
		}
		c.get("/v1.0/smart-lock/devices/"+d+"/stand-by-lock-temp-passwords?last_row_key="+last+"&page_size=30&valid=true", &page)
		for _, o := range page.Records {
			found = append(found, idText(o["password_id"]))
		}
		more, last = page.More, page.Last
	}
	if want := c.listedPasswords(d, "?valid=true"); !slices.Equal(found, want) || len(want) != 99 {
		t.Errorf("by cursor: got %d, want the %d valid ones", len(found), len(want))
	}
}

func TestTickets(t *testing.T) {
	s, c := frozen(t)
	door := string(s.AddLock("front door"))
	type ticket struct {
		ID   string `json:"ticket_id"`
		Key  string `json:"ticket_key"`
		Left int    `json:"expire_time"`
	}
	ask := func(path string) (got ticket) { t.Helper(); c.post(path, "{}", &got); return got }
	old, smart := "/v1.0/devices/"+door+"/door-lock/password-ticket", "/v1.0/smart-lock/devices/"+door+"/password-ticket"
	first := ask(old)
	if first.Left != 300 || len(first.Key) != 64 {
		t.Errorf("got %d s and a key of %d digits, want 300 and 64", first.Left, len(first.Key))
	}
	s.Advance(253 * time.Second)
	if again := ask(smart); again.ID != first.ID || again.Left != 47 {
		t.Errorf("asked again: got another %t with %d s left, want the same with 47", again.ID != first.ID, again.Left)
	}
	s.Advance(20 * time.Second)
	if third := ask(old); third.ID == first.ID || third.Left != 300 {
		t.Errorf("near its end: got the same %t with %d s, want another", third.ID == first.ID, third.Left)
	}
	if s.Executed("/password-ticket") != 0 {
		t.Error("a ticket is counted as a change")
	}
}

func TestOfflineAndDynamicPasswords(t *testing.T) {
	s, c := frozen(t)
	s.Advance(20 * time.Minute)
	door := s.AddLock("front door")
	path := "/v1.0/devices/" + string(door) + "/door-lock/"
	type offline struct {
		ID    string `json:"offline_temp_password_id"`
		Code  string `json:"offline_temp_password"`
		Name  string `json:"offline_temp_password_name"`
		From  int64  `json:"effective_time"`
		Until int64  `json:"invalid_time"`
	}
	ask := func(body string) (got offline) {
		t.Helper()
		c.post("/v1.1/devices/"+string(door)+"/door-lock/offline-temp-password", body, &got)
		return got
	}
	many := func(from, until time.Time) offline {
		t.Helper()
		return ask(fmt.Sprintf(`{"type":"multiple","name":"客人","effective_time":%d,"invalid_time":%d}`, from.Unix(), until.Unix()))
	}
	s.SetOnline(door, false) // it need not be told
	once := ask(`{"type":"once"}`)
	if once.From != noon.Unix() || once.Until != noon.Add(6*time.Hour).Unix() || once.Code == "" {
		t.Errorf("once: got %+v, want six hours from the full hour", once)
	}
	week := many(s.now(), noon.AddDate(0, 0, 7).Add(time.Minute))
	if week.From != noon.Unix() || week.Until != noon.AddDate(0, 0, 7).Unix() || week.Name != "客人" {
		t.Errorf("multiple: got %+v, want its times cut to the hour", week)
	}
	spare, unused := many(s.now(), noon.AddDate(0, 0, 7)), many(s.now(), noon.AddDate(0, 0, 7))
	later := many(noon.Add(2*time.Hour), noon.Add(5*time.Hour))
	c.wantOpens("once", door, once.Code, true)
	c.wantOpens("once more", door, once.Code, false)
	for range 2 {
		c.wantOpens("multiple", door, week.Code, true)
	}
	c.wantOpens("before its time", door, later.Code, false)
	c.put(path+"offline-temp-password/"+week.ID, `{"name":"另一个"}`)

	one := ask(`{"type":"clear_one","password_id":"` + spare.ID + `"}`)
	c.wantOpens("a clear code", door, one.Code, false)
	c.wantOpens("what it cleared", door, spare.Code, false)
	c.wantOpens("what it did not clear", door, week.Code, true)
	s.Advance(25 * time.Hour)
	c = call(t, s)
	c.wantOpens("used within a day", door, week.Code, true)
	c.wantOpens("not used within a day", door, unused.Code, false)
	all := ask(`{"type":"clear_all"}`)
	if all.Until-all.From != 24*60*60 {
		t.Errorf("clear_all: got %+v, want a day", all)
	}
	c.wantOpens("a clear code for all", door, all.Code, false)
	c.wantOpens("what it cleared", door, week.Code, false)
	for body, code := range map[string]int{
		`{"type":"never"}`:                       1109,
		`{"type":"multiple"}`:                    1100,
		`{"type":"clear_one"}`:                   2310,
		`{"type":"clear_one","password_id":"1"}`: 2310,
		`{"type":"multiple","effective_time":1772424000,"invalid_time":1772424060}`:    1101,
		`{"type":"multiple","effective_time":1772424000,"invalid_time":1772424000000}`: 1101,
		`{"type":"multiple","effective_time":3600,"invalid_time":7200}`:                2318,
	} {
		c.refused(code, "POST", path+"offline-temp-password", body)
	}
	c.refused(2310, "PUT", path+"offline-temp-password/1", `{"name":"x"}`)

	var dynamic struct {
		Code string `json:"dynamic_password"`
	}
	c.get(path+"dynamic-password", &dynamic)
	c.wantOpens("a dynamic password", door, dynamic.Code, true)
	s.Advance(4*time.Minute + 59*time.Second)
	c.wantOpens("a dynamic password in its last second", door, dynamic.Code, true)
	s.Advance(time.Second)
	c.wantOpens("a dynamic password after five minutes", door, dynamic.Code, false)

	s.SetOnline(door, true)
	var logs struct {
		Logs []struct {
			Status struct{ Code, Value string }
		}
	}
	c.token = call(t, s).token
	c.get(fmt.Sprintf("%sopen-logs?end_time=%d&page_no=1&page_size=100&start_time=%d", path, s.now().Unix(), noon.Unix()), &logs)
	var codes []string
	for _, l := range logs.Logs {
		codes = append(codes, l.Status.Code+" "+l.Status.Value)
	}
	for _, want := range []string{"unlock_offline_pd " + week.ID, "unlock_offline_clear_single " + one.ID, "unlock_offline_clear " + all.ID} {
		if !slices.Contains(codes, want) {
			t.Errorf("logs: got %v, want %s among them", codes, want)
		}
	}
}

func TestRemoteUnlocking(t *testing.T) {
	for name, opts := range map[string][]Option{"an object": nil, "a list": {WithOtherShapes()}} {
		t.Run(name, func(t *testing.T) {
			s, c := frozen(t, opts...)
			door, wifi, sleeper := s.AddLock("front door"), s.AddWiFiLock("side door"), s.AddSleepingLock("shed")
			path := "/v1.0/devices/" + string(door) + "/door-lock/"
			ticket := func(id lock.DeviceID) string {
				t.Helper()
				var got struct {
					ID string `json:"ticket_id"`
				}
				c.post("/v1.0/smart-lock/devices/"+string(id)+"/password-ticket", "", &got)
				return got.ID
			}
			operate := func(id lock.DeviceID, open bool) answer {
				t.Helper()
				return c.do("POST", "/v1.0/smart-lock/devices/"+string(id)+"/password-free/door-operate", fmt.Sprintf(`{"ticket_id":%q,"open":%t}`, ticket(id), open))
			}
			c.must(operate(door, true), nil)
			if s.Opened(door) != 0 {
				t.Error("the answer came after the bolt had moved")
			}
			s.Settle()
			c.must(operate(door, false), nil)
			s.Settle()
			c.post(path+"password-free/open-door", `{"ticket_id":"`+ticket(door)+`"}`, nil)
			s.Settle()
			if s.Opened(door) != 2 {
				t.Errorf("got it opened %d times, want twice", s.Opened(door))
			}
			s.RefuseNext(door, 3)
			c.must(operate(door, true), nil)
			s.Settle()
			if s.Opened(door) != 2 {
				t.Error("a lock that refuses: got it opened")
			}
			c.refused(1109, "POST", path+"password-free/open-door", `{"ticket_id":"x"}`)

			var kinds any
			c.get(path+"remote-unlocks", &kinds)
			if _, isList := kinds.([]any); isList != (opts != nil) {
				t.Errorf("remote-unlocks: got %v", kinds)
			}
			c.refused(2004, "GET", "/v1.0/devices/"+string(wifi)+"/door-lock/remote-unlocks", "")
			c.post(path+"remote-unlock/config", `{"remote_unlock_type":"remoteUnlockWithoutPwd","open":false}`, nil)
			c.wantCode(2306, "switched off", operate(door, true))
			c.refused(1109, "POST", path+"remote-unlock/config", `{"remote_unlock_type":"byMagic","open":true}`)

			s.AddPassword(door, "x", "135790", noon, noon.Add(time.Hour))
			c.refused(2306, "POST", path+"open-door", "{"+c.sealed(string(door), "135790")+"}")
			c.post(path+"remote-unlock/config", `{"remote_unlock_type":"remoteUnlockWithPwd","open":true}`, nil)
			c.post(path+"open-door", "{"+c.sealed(string(door), "135790")+"}", nil)
			c.refused(1109, "POST", path+"open-door", "{"+c.sealed(string(door), "246801")+"}")
			s.Settle()
			if s.Opened(door) != 3 {
				t.Errorf("with a password: got it opened %d times, want 3", s.Opened(door))
			}

			c.wantCode(2001, "asleep", operate(sleeper, true))
			s.RingBell(sleeper)
			c.must(operate(sleeper, true), nil)
			s.Settle()
			s.Advance(2 * time.Minute)
			c.wantCode(2001, "asleep again", operate(sleeper, true))
			s.SetOnline(wifi, false)
			c.wantCode(2001, "offline", operate(wifi, true))
			if s.Opened(sleeper) != 1 || s.Opened(wifi) != 0 {
				t.Errorf("got %d and %d openings, want 1 and 0", s.Opened(sleeper), s.Opened(wifi))
			}
		})
	}
}

func TestFurniture(t *testing.T) {
	s, c := frozen(t)
	f := s.Furnish()
	front := "/v1.0/devices/" + string(f.Front) + "/door-lock"
	var absent []map[string]any
	c.get(front+"/absent-users", &absent)
	wantNames(t, "absent", absent, "user_id", f.Absent[0], f.Absent[1])
	var logs, alarms struct {
		Total int `json:"total"`
	}
	c.get(fmt.Sprintf("%s/open-logs?end_time=%d&page_no=1&page_size=10&start_time=1", front, noon.Unix()), &logs)
	c.get(front+"/alarm-logs?codes=alarm_lock,doorbell&page_no=1&page_size=10", &alarms)
	if logs.Total != 20 || alarms.Total != 40 {
		t.Errorf("got %d openings and %d alarms, want 20 and 40", logs.Total, alarms.Total)
	}
	c.wantOpens("the guest", f.Front, "135790", true)
	if c.phase(string(f.Front), string(f.Guest)) != [2]int{2, 2} || !s.UseKey(f.Front, f.Finger) || !s.UseKey(f.Front, f.Card) || !s.EnterCode(f.Front, "907214") {
		t.Error("the front door is not furnished")
	}
	var l listed
	c.get("/v1.0/smart-lock/users/"+f.Other+"/devices?page_no=1&page_size=10", &l)
	wantNames(t, "another user's", l.Records, "name", "台灯")
	c.get(fmt.Sprintf("/v1.0/smart-lock/devices/%s/opmodes/%s?codes=&page_no=1&page_size=10&unlock_name=", f.Front, f.LiLei), &l)
	wantNames(t, "methods", l.Records, "allocate_flag", "0", "1")
}

func TestMistakesOfATest(t *testing.T) {
	s, _ := frozen(t)
	lamp := s.AddDevice(s.MainHome(), "lamp")
	door := s.AddLock("front door")
	for name, f := range map[string]func(){
		"a device that is not there": func() { s.SetBattery("nobody", 1) },
		"a lamp's keypad":            func() { s.EnterCode(lamp, "135790") },
		"a home that is not there":   func() { s.AddRoom("nowhere", "x") },
		"a user who is not there":    func() { s.EnrolFor(door, "nobody", Card) },
		"a method that is none":      func() { s.Enrol(door, "unlock_toe") },
		"a key that is not there":    func() { s.SetDuress(door, Key{Card, 1}, true) },
		"digits twice": func() {
			s.AddPassword(door, "", "1", noon, noon.Add(time.Hour))
			s.AddPassword(door, "", "1", noon, noon.Add(time.Hour))
		},
	} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.HasPrefix(text, "tuyatest: ") {
					t.Errorf("%s: got %q, want a panic of this package", name, text)
				}
			}()
			f()
		}()
	}
}
