package ewelinktest_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestStatus(t *testing.T) {
	s, p := frozen(t)
	lamp, strip := s.AddSwitch("lamp", 1), s.AddSwitch("strip", 4)
	p.set(lamp, object{"switch": "on"}).ok()
	p.status(lamp).is("params.switch", "on")
	a := p.get("/v2/device/thing/status", object{"type": 1, "id": lamp, "params": "switch|startup"}).ok()
	if m := a.at("params").(object); len(m) != 2 {
		t.Errorf("two params: got %v", m)
	}
	p.set(strip, object{"switches": []object{{"switch": "on", "outlet": 2}}}).ok()
	p.status(strip).counts("params.switches", 4).is("params.switches.2.switch", "on").is("params.switches.1.switch", "off")
	p.set(lamp, object{"switch": "up"}).refused(4002)
	p.set(lamp, object{"swich": "on"}).refused(4002)
	p.set(strip, object{"switches": []object{{"switch": "on", "outlet": 4}}}).refused(4002)
	p.set(lamp, object{"pulseWidth": 700}).refused(4002)
	p.set(lamp, object{}).refused(400)
	p.set("x", object{"switch": "on"}).refused(405)
	p.post("/v2/device/thing/status", object{"type": 3, "id": lamp, "params": object{"switch": "on"}}).refused(400)
	p.get("/v2/device/thing/status", object{"type": 3, "id": lamp}).refused(400)
	s.Offline(lamp)
	p.set(lamp, object{"switch": "off"}).refused(4002)
	p.thing(lamp).is("thingList.0.itemData.online", false)
	s.Press(lamp) // the cloud does not know yet
	p.status(lamp).is("params.switch", "on")
	s.Online(lamp)
	p.status(lamp).is("params.switch", "off")
	s.Deafen(lamp, true)
	p.set(lamp, object{"switch": "on"}).refused(4002)

	s.Offline(strip)
	batch := func(timeout int, ids ...lock.DeviceID) answer {
		var items []object
		for _, id := range ids {
			items = append(items, object{"type": 1, "id": id, "params": object{"switches": []object{{"switch": "off", "outlet": 2}}}})
		}
		return p.post("/v2/device/thing/batch-status", object{"thingList": items, "timeout": timeout})
	}
	batch(0, strip, "x").ok().is("respList.0.error", 0).is("respList.1.error", 0)
	batch(8000, strip, "x", lamp).ok().is("respList.0.error", 30022).is("respList.1.error", 405).is("respList.2.error", 4002).is("respList.0.id", strip)
	s.Online(strip)
	batch(100, strip).ok().is("respList.0.error", 0)
	p.status(strip).is("params.switches.2.switch", "off")
	batch(100, strip, strip).refused(400)
	batch(8001, strip).refused(400)
	batch(0).refused(400)
	if n := s.Executed("device " + string(strip)); n != 2 {
		t.Errorf("commands carried out by the strip: got %d, want 2", n)
	}
}

func TestInching(t *testing.T) {
	s, p := frozen(t)
	door, strip := s.AddRelay("door"), s.AddSwitch("strip", 4)
	open := func() { p.set(door, object{"switch": "on"}).ok() }
	open()
	p.status(door).is("params.switch", "on")
	s.Advance(499 * time.Millisecond)
	p.status(door).is("params.switch", "on")
	s.Advance(time.Millisecond)
	p.status(door).is("params.switch", "off")
	fresh := s.AddFreshRelay("fresh")
	p.set(fresh, object{"switch": "on"}).ok()
	s.Settle()
	p.status(fresh).is("params.switch", "off").is("params.rssi", "").is("params.fwVersion", "")
	p.set(door, object{"pulseWidth": 2000}).ok()
	open()
	s.Advance(time.Second)
	open() // again: the pulse begins anew
	s.Advance(1500 * time.Millisecond)
	p.status(door).is("params.switch", "on")
	s.Settle()
	p.status(door).is("params.switch", "off")
	s.Press(door)
	if n := s.Opened(door); n != 4 {
		t.Errorf("opened: got %d, want 4", n)
	}
	s.Settle()
	p.get("/v2/device/history", object{"deviceid": door}).ok().counts("histories", 7).is("histories.0.userAgent", "device")

	p.set(strip, object{"pulses": []object{{"pulse": "on", "width": 1000, "outlet": 1}}}).ok()
	p.set(strip, object{"switches": []object{{"switch": "on", "outlet": 0}, {"switch": "on", "outlet": 1}}}).ok()
	s.Settle()
	p.status(strip).is("params.switches.0.switch", "on").is("params.switches.1.switch", "off")
	s.PressChannel(strip, 3)
	p.status(strip).is("params.switches.3.switch", "on")
	lamp := s.AddSwitch("lamp", 1)
	p.set(lamp, object{"switch": "on"}).ok()
	p.set(lamp, object{"switch": "on"}).ok()
	if n := s.Opened(lamp); n != 1 {
		t.Errorf("a lamp that was on: got %d, want 1", n)
	}
}

func TestLatency(t *testing.T) {
	s, p := open(t, ewelinktest.WithLatency(10*time.Millisecond))
	lamp := s.AddSwitch("lamp", 1)
	before := s.Clock().Now()
	p.set(lamp, object{"switch": "on"}).ok()
	if d := s.Clock().Now().Sub(before); d < 10*time.Millisecond {
		t.Errorf("the device needed %v", d)
	}
}

func TestHistory(t *testing.T) {
	s, p := frozen(t)
	door := s.AddSwitch("door", 1)
	for i := range 70 {
		s.RecordAt(door, noon.Add(-time.Duration(i/5)*time.Minute), map[string]any{"switch": fmt.Sprint(i)})
	}
	get := func(in object) answer {
		in["deviceid"] = door
		return p.get("/v2/device/history", in)
	}
	first := get(object{}).ok().counts("histories", 30).is("histories.0.opsTime", noon.UnixMilli()).is("histories.0.opsSwitchs", "switch").is("histories.0.userAgent", "device")
	var params map[string]string
	if err := json.Unmarshal([]byte(first.text("histories.0.request")), &params); err != nil || params["switch"] != "4" {
		t.Errorf("the request: got %v, %v", params, err)
	}
	from := first.text("histories.29.opsTime")
	get(object{"from": from, "num": 2}).ok().counts("histories", 2).is("histories.0.opsTime", from) // from is inside
	get(object{"num": 31}).refused(400)
	get(object{"num": 0}).refused(400)
	get(object{"from": 1}).refused(400)
	p.set(door, object{"startup": "on"}).ok() // a setting is no operation
	get(object{}).ok().is("histories.0.opsTime", noon.UnixMilli()).is("histories.0.opsAccount", "")
	p.post("/v2/device/settings", object{"deviceidList": []any{door}, "settings": object{"opsHistory": 0, "opsNotify": 1}}).ok()
	p.set(door, object{"switch": "on"}).ok()
	p.del("/v2/device/history", object{"deviceid": door}).ok()
	get(object{}).ok().counts("histories", 0)
	p.get("/v2/message/read", nil).ok().counts("messageList", 1).is("messageList.0.msgType", "opsNotify_v2").is("messageList.0.message.opsAccount", s.Account)

	s.Alarm(door, "tamper", map[string]any{"x": 1})
	p.get("/v2/device/alarm-history", object{"deviceid": door, "type": "tamper"}).ok().counts("alarmHistories", 1).is("alarmHistories.0.opsTime", noon.UnixMilli())
	p.get("/v2/device/alarm-history", object{"deviceid": door, "type": "fire"}).ok().counts("alarmHistories", 0)
	p.get("/v2/device/alarm-history", object{"deviceid": door}).refused(400)
	s.Advance(time.Second)
	s.Message("pushNotify_v2", map[string]any{"text": "hello"})
	p.get("/v2/message/read", object{"familyid": s.MainHome(), "num": 1}).ok().is("messageList.0.msgType", "pushNotify_v2").is("messageList.0.message.text", "hello")
	p.get("/v2/message/read", object{"from": noon.UnixMilli()}).ok().counts("messageList", 2).is("messageList.0.msgType", "alarmNotify_v2")
	p.get("/v2/message/read", object{"familyid": s.AddHome("other")}).ok().counts("messageList", 0)
}

func TestOtherHistories(t *testing.T) {
	s, p := frozen(t, ewelinktest.WithQuotedRequests(), ewelinktest.WithExclusiveFrom())
	lamp := s.AddSwitch("lamp", 1)
	p.set(lamp, object{"switch": "on"}).ok()
	var inner string
	a := p.get("/v2/device/history", object{"deviceid": lamp}).ok().counts("histories", 1)
	if err := json.Unmarshal([]byte(a.text("histories.0.request")), &inner); err != nil || inner != `{"switch":"on"}` {
		t.Errorf("JSON in a text in a text: got %s, %v", inner, err)
	}
	p.get("/v2/device/history", object{"deviceid": lamp, "from": noon.UnixMilli()}).ok().counts("histories", 0)
	p.get("/v2/device/history", object{"deviceid": lamp, "from": noon.UnixMilli() + 1}).ok().counts("histories", 1)
}

func TestWholeRequests(t *testing.T) {
	s, p := frozen(t, ewelinktest.WithWholeRequests())
	lamp := s.AddSwitch("lamp", 1)
	p.set(lamp, object{"switch": "on"}).ok()
	var whole struct {
		Action, DeviceID string
		Params           map[string]string
	}
	text := p.get("/v2/device/history", object{"deviceid": lamp}).ok().text("histories.0.request")
	if err := json.Unmarshal([]byte(text), &whole); err != nil || whole.Action != "update" || whole.DeviceID != string(lamp) || whole.Params["switch"] != "on" {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestContacts(t *testing.T) {
	s, p := frozen(t)
	ms := fmt.Sprint(noon.UnixMilli())
	for _, tt := range []struct {
		name                      string
		kind                      ewelinktest.Contact
		state, open, closed, also string
	}{
		{"102", ewelinktest.WiFiContact, "switch", "on", "off", "lastUpdateTime"},
		{"154", ewelinktest.NewWiFiContact, "switch", "on", "off", "actionTime"},
		{"3026", ewelinktest.ZigbeeContact, "lock", "1", "0", "trigTime"},
		{"7003", ewelinktest.ZigbeeContactP, "lock", "1", "0", "trigTime"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := s.AddContact(tt.name, tt.kind)
			s.OpenDoor(id)
			a := p.status(id).is("params."+tt.state, tt.open)
			if v := a.text("params." + tt.also); v == "" || tt.also == "trigTime" && v != ms {
				t.Errorf("%s: got %q", tt.also, v)
			}
			s.CloseDoor(id)
			p.status(id).is("params."+tt.state, tt.closed)
			p.set(id, object{tt.state: tt.open}).refused(4002) // a sensor is not told
			s.SetBattery(id, "2.1")
			p.status(id).is("params.battery", "2.1")
			if s.Opened(id) != 1 {
				t.Errorf("opened: got %d", s.Opened(id))
			}
			p.get("/v2/device/history", object{"deviceid": id}).ok().counts("histories", 2)
		})
	}
	generic := s.AddDevice("curtain", 11, map[string]any{"setclose": 10})
	p.set(generic, object{"setclose": 50, "anything": "goes"}).ok()
	s.Report(generic, map[string]any{"rssi": -40})
	p.status(generic).is("params.setclose", 50).is("params.rssi", -40)
	if s.Param(generic, "rssi") != -40 {
		t.Errorf("param: got %v", s.Param(generic, "rssi"))
	}
}
