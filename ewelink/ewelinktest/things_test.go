package ewelinktest_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
)

func TestThingList(t *testing.T) {
	s, p := frozen(t, ewelinktest.WithListLimit())
	for i := range 34 {
		s.AddRelay(fmt.Sprint("door ", i))
	}
	s.AddForeign(2)
	box := s.AddBoxed()
	p.post("/v2/device/add", object{"name": "first", "deviceid": box.ID, "digest": box.Digest(), "chipid": box.ChipID}).ok().is("itemType", 1).is("index", -1)

	all := p.get("/v2/device/thing", nil).ok().counts("thingList", 30).is("total", 37).is("thingList.0.itemData.name", "first").is("thingList.0.index", -1)
	last := all.text("thingList.29.index")
	rest := p.get("/v2/device/thing", object{"beginIndex": last}).ok().counts("thingList", 5).is("total", 37)
	if slices.Contains(rest.pluck("thingList", "index"), last) {
		t.Error("beginIndex is inside")
	}
	p.get("/v2/device/thing", object{"beginIndex": rest.text("thingList.4.index")}).ok().counts("thingList", 0)
	p.get("/v2/device/thing", object{"beginIndex": -1, "num": 2}).ok().counts("thingList", 2).is("thingList.0.itemData.name", "door 0")
	p.get("/v2/device/thing", object{"beginIndex": -2, "num": 1}).ok().is("thingList.0.itemData.name", "first")
	p.get("/v2/device/thing", object{"num": 0}).refused(500)
	p.get("/v2/device/thing", object{"familyid": "x"}).refused(405)
	s.HideThings(1)
	p.get("/v2/device/thing", nil).ok().counts("thingList", 0).is("total", 37)
	p.get("/v2/device/thing", nil).ok().counts("thingList", 30)

	var items []object
	for i := range 11 {
		items = append(items, object{"itemType": 1, "id": strconv.Itoa(i)})
	}
	p.post("/v2/device/thing", object{"thingList": items}).refused(400)
	p.post("/v2/device/thing", object{"thingList": []object{}}).refused(400)
	p.post("/v2/device/thing", object{"thingList": []object{{"id": box.ID}, {"itemType": 2, "id": box.ID}, {"itemType": 1, "id": "x"}}}).ok().counts("thingList", 1)

	page := p.post("/v2/homepage", object{"getUser": object{}, "getFamily": object{}, "getThing": object{"num": 2}, "getScene": object{}, "clientInfo": object{"os": "iOs"}}).ok().
		is("userInfo.email", s.Account).is("familyInfo.currentFamilyId", s.MainHome()).counts("thingInfo.thingList", 2)
	if page.at("messageInfo") != nil {
		t.Error("messages that nobody asked for")
	}
	p.post("/v2/homepage", object{"getMessage": object{"num": 31}}).refused(400)
}

func TestDevices(t *testing.T) {
	s, p := frozen(t)
	box, foreign := s.AddBoxed(), s.AddForeignBoxed()
	hall := s.AddRoom(s.MainHome(), "Hall")
	add := func(change object) answer {
		in := object{"name": "new", "deviceid": box.ID, "digest": box.Digest(), "chipid": box.ChipID, "roomid": hall, "sort": 2, "settings": object{"opsNotify": 1}}
		for k, v := range change {
			in[k] = v
		}
		return p.post("/v2/device/add", in)
	}
	add(object{"deviceid": "x"}).refused(30010)
	add(object{"deviceid": "1000zzzzzz"}).refused(30018)
	add(object{"chipid": "x"}).refused(30014)
	add(object{"digest": "x"}).refused(30015)
	add(object{"deviceid": foreign.ID, "digest": foreign.Digest(), "chipid": foreign.ChipID}).refused(30017)
	add(object{"familyid": "x"}).refused(405)
	add(object{"roomid": "x"}).refused(405)
	add(nil).ok().is("itemData.deviceid", box.ID).is("itemData.devicekey", box.Key).is("itemData.family.roomid", hall).is("itemData.settings.opsNotify", 1).
		is("itemData.settings.opsHistory", 1).is("itemData.extra.uiid", 1).is("itemData.apikey", p.key).is("itemData.online", true)

	gsm := s.AddBoxed()
	p.post("/v2/device/add-gsm", object{"id": "x", "name": "sim"}).refused(30011)
	p.post("/v2/device/add-gsm", object{"id": gsm.GSM, "name": "sim"}).ok().is("itemData.name", "sim")
	s.AddAccount("other@example.com")
	other := p.another("other@example.com")
	other.post("/v2/device/add-gsm", object{"id": gsm.GSM, "name": "sim"}).refused(30007)
	other.post("/v2/device/update-info", object{"deviceid": box.ID, "name": "mine"}).refused(406)
	other.get("/v2/device/thing/status", object{"type": 1, "id": box.ID}).refused(406)
	other.post("/v2/device/add", object{"name": "taken", "deviceid": gsm.ID, "digest": gsm.Digest(), "chipid": gsm.ChipID}).ok()
	p.get("/v2/device/thing/status", object{"type": 1, "id": gsm.ID}).refused(406)

	p.post("/v2/device/update-info", object{"deviceid": box.ID, "name": "door", "roomid": ""}).ok()
	p.post("/v2/device/update-info", object{"deviceid": "x", "name": "door"}).refused(405)
	p.post("/v2/device/update-info", object{"deviceid": box.ID, "roomid": "x"}).refused(405)
	p.post("/v2/device/tags", object{"deviceid": box.ID, "tags": object{"a": 1, "b": "x"}}).ok().is("updatedThing.itemData.tags.a", 1)
	p.post("/v2/device/tags", object{"deviceid": box.ID, "type": "merge", "tags": object{"a": 2}}).ok().is("updatedThing.itemData.tags.a", 2).is("updatedThing.itemData.tags.b", "x")
	p.post("/v2/device/tags", object{"deviceid": box.ID, "type": "replace", "tags": object{"c": true}}).ok().is("updatedThing.itemData.tags.a", "").is("updatedThing.itemData.tags.c", true)
	p.post("/v2/device/tags", object{"deviceid": box.ID, "type": "swap", "tags": object{}}).refused(400)
	p.post("/v2/device/settings", object{"deviceidList": []string{box.ID}, "settings": object{"opsHistory": 0}}).ok().is("updatedThingList.0.itemData.settings.opsHistory", 0)
	p.post("/v2/device/settings", object{"deviceidList": []string{}, "settings": object{}}).refused(400)
	p.del("/v2/device", object{"deviceid": box.ID}).ok()
	p.del("/v2/device", object{"deviceid": box.ID}).refused(405)
}

func TestOtherShapes(t *testing.T) {
	s, p := frozen(t, ewelinktest.WithOtherShapes())
	box, door := s.AddBoxed(), s.AddSwitch("strip", 2)
	p.post("/v2/device/add-gsm", object{"id": box.GSM, "name": "sim"}).ok().is("thingList.0.itemData.name", "sim")
	s.AddAccount("tenant@example.com")
	id := s.Share(door, "tenant@example.com", 0)
	p.post("/v2/device/share/permit", object{"deviceid": door, "apikey": id, "permit": 3}).ok().is("updatedThing.itemData.shareTo.0.permit", 3)
	p.set(door, object{"switches": []object{{"switch": "on", "outlet": 1}}}).ok()
	p.get("/v2/device/history", object{"deviceid": door}).ok().counts("histories.0.opsSwitchs", 1).is("histories.0.opsSwitchs.0", 1)
}

func TestGroups(t *testing.T) {
	s, p := frozen(t)
	a, b, contact := s.AddSwitch("a", 1), s.AddSwitch("b", 1), s.AddContact("c", ewelinktest.ZigbeeContact)
	g := p.post("/v2/device/group", object{"name": "Lights", "mainDeviceId": a, "sort": 1, "deviceidList": []any{b, contact}}).ok().is("itemType", 3).is("itemData.mainDeviceId", a).is("index", -1)
	id := g.text("itemData.id")
	p.get("/v2/device/group", nil).ok().counts("groupList", 1).is("groupList.0.itemData.name", "Lights")
	p.get("/v2/device/thing", nil).ok().counts("thingList", 4).is("thingList.0.itemType", 3)
	p.thing(b).is("thingList.0.itemData.devGroups.0.groupId", id)
	if p.thing(contact).at("thingList.0.itemData.devGroups") != nil {
		t.Error("a device of another kind is in the group")
	}
	long := fmt.Sprintf("%051d", 0)
	p.put("/v2/device/group", object{"id": id, "name": long}).refused(400)
	p.put("/v2/device/group", object{"id": id, "name": "All"}).ok()
	p.put("/v2/device/group", object{"id": "x", "name": "All"}).refused(405)
	p.post("/v2/device/group", object{"name": long, "mainDeviceId": a}).refused(400)
	p.post("/v2/device/group", object{"name": "x", "mainDeviceId": "x"}).refused(405)

	p.post("/v2/device/group/status", object{"id": id, "params": object{"switch": "on"}}).ok()
	p.status(a).is("params.switch", "off")
	p.get("/v2/device/thing/status", object{"type": 2, "id": id}).ok().is("params.switch", "on")
	s.Offline(b)
	p.post("/v2/device/thing/status", object{"type": 2, "id": id, "params": object{"switch": "on"}}).ok()
	p.status(a).is("params.switch", "on")
	p.status(b).is("params.switch", "off")
	p.post("/v2/device/thing/batch-status", object{"thingList": []object{{"type": 2, "id": "x", "params": object{"switch": "on"}}}, "timeout": 100}).ok().is("respList.0.error", 0)

	p.post("/v2/device/group/update", object{"id": id, "deviceidList": []any{b}}).refused(400)
	p.post("/v2/device/group/update", object{"id": id, "deviceidList": []any{a}}).ok().counts("updatedThingList", 1)
	if p.thing(b).at("thingList.0.itemData.devGroups") != nil {
		t.Error("the device is still in the group")
	}
	p.del("/v2/device/group", object{"id": id}).ok()
	p.del("/v2/device/group", object{"id": id}).refused(405)
}

func TestShares(t *testing.T) {
	s, p := frozen(t)
	door := s.AddRelay("door")
	s.AddAccount("tenant@example.com")
	s.AddForeignAccount("far@example.com", "+1", "us")
	share := func(user object, permit int) answer {
		return p.post("/v2/device/share", object{"deviceidList": []any{door}, "user": user, "permit": permit, "comment": "flat 3"})
	}
	share(object{}, 15).refused(400)
	share(object{"phoneNumber": "+4477"}, 15).refused(400)
	share(object{"email": "nobody@example.com"}, 15).refused(30008)
	share(object{"email": "far@example.com"}, 15).refused(30008)
	share(object{"email": s.Account}, 15).refused(400)
	share(object{"email": "tenant@example.com"}, 16).refused(400)
	a := share(object{"email": "Tenant@example.com"}, 15).ok().is("updatedThingList.0.itemData.shareTo.0.email", "tenant@example.com").
		is("updatedThingList.0.itemData.shareTo.0.permit", 15).is("updatedThingList.0.itemData.shareTo.0.shareTime", noon.UnixMilli())
	id := a.text("updatedThingList.0.itemData.shareTo.0.apikey")
	if id == s.APIKey("tenant@example.com") || id == "" {
		t.Errorf("the id of a share is no api key: got %q", id)
	}
	share(object{"email": "tenant@example.com"}, 1).ok().counts("updatedThingList.0.itemData.shareTo", 1).is("updatedThingList.0.itemData.shareTo.0.apikey", id)

	tenant := p.another("tenant@example.com")
	list := tenant.get("/v2/device/thing", nil).ok().counts("thingList", 1).is("thingList.0.itemType", 2).is("thingList.0.itemData.sharedBy.email", s.Account).
		is("thingList.0.itemData.apikey", p.key).is("thingList.0.itemData.sharedBy.comment", "flat 3")
	if list.at("thingList.0.itemData.shareTo") != nil {
		t.Error("the tenant sees whom the door is shared with")
	}
	tenant.get("/v2/message/read", nil).ok().is("messageList.0.msgType", "shareNotify_v2")
	tenant.set(door, object{"switch": "on"}).ok()
	p.get("/v2/device/history", object{"deviceid": door}).ok().is("histories.0.opsAccount", "tenant@example.com").is("histories.0.userAgent", "app")
	tenant.post("/v2/device/share", object{"deviceidList": []any{door}, "user": object{"email": s.Account}, "permit": 1}).refused(406)
	g := tenant.post("/v2/device/group", object{"name": "g", "mainDeviceId": door}).ok()

	p.post("/v2/device/share/permit", object{"deviceid": door, "apikey": id, "permit": 3}).ok().is("updatedThing.0.itemData.shareTo.0.permit", 3)
	p.post("/v2/device/share/permit", object{"deviceid": door, "apikey": s.APIKey("tenant@example.com"), "permit": 3}).refused(405)
	p.del("/v2/device/share", object{"deviceid": door, "apikey": id}).ok()
	p.del("/v2/device/share", object{"deviceid": door, "apikey": id}).refused(405)
	tenant.set(door, object{"switch": "on"}).refused(406)
	tenant.get("/v2/message/read", nil).ok().is("messageList.0.msgType", "cancelShareNotify_v2")
	tenant.put("/v2/device/group", object{"id": g.text("itemData.id"), "name": "x"}).refused(405)

	s.Share(door, "tenant@example.com", 0)
	tenant.del("/v2/device", object{"deviceid": door}).ok() // only from the tenant
	if p.thing(door).at("thingList.0.itemData.shareTo") != nil {
		t.Error("the share is still there")
	}
	gate := s.AddShared("gate", "tenant@example.com")
	p.post("/v2/device/thing", object{"thingList": []object{{"itemType": 2, "id": gate}}}).ok().counts("thingList", 1)
	p.post("/v2/device/update-info", object{"deviceid": gate, "name": "mine"}).refused(406)
	p.del("/v2/device/history", object{"deviceid": gate}).refused(406)
}

// What a permit of a share is about are timers, and nothing else.
func TestPermits(t *testing.T) {
	timer := func(id, at string, enabled int) object {
		return object{"mId": id, "type": "once", "coolkit_timer_type": "once", "at": at, "enabled": enabled, "do": object{"switch": "on"}}
	}
	before := []object{timer("a", "2026-03-02T08:00:00.000Z", 1), timer("b", "2026-03-02T09:00:00.000Z", 0)}
	for _, tt := range []struct {
		name   string
		after  []object
		needed int
	}{
		{"nothing changes", before, 0},
		{"add", append([]object{timer("c", "2026-03-02T10:00:00.000Z", 1)}, before...), 1},
		{"edit", []object{timer("a", "2026-03-02T08:30:00.000Z", 1), before[1]}, 2},
		{"delete", before[:1], 4},
		{"enable", []object{before[0], timer("b", "2026-03-02T09:00:00.000Z", 1)}, 8},
		{"all of it", []object{timer("b", "2026-03-03T09:00:00.000Z", 1), timer("c", "2026-03-02T10:00:00.000Z", 1)}, 15},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := frozen(t)
			s.AddAccount("tenant@example.com")
			tenant := p.another("tenant@example.com")
			for permit := range 16 {
				lamp := s.AddSwitch("lamp", 1)
				s.Share(lamp, "tenant@example.com", permit)
				p.set(lamp, object{"timers": before}).ok()
				want := 0
				if tt.needed&^permit != 0 {
					want = 406
				}
				tenant.set(lamp, object{"timers": tt.after}).refused(want)
				tenant.set(lamp, object{"switch": "on"}).ok()
			}
		})
	}
	s, p := frozen(t)
	s.AddAccount("tenant@example.com")
	tenant := p.another("tenant@example.com")
	lamp := s.AddSwitch("lamp", 1)
	s.Share(lamp, "tenant@example.com", 0)
	l := tenant.online()
	l.send(object{"action": "update", "deviceid": lamp, "apikey": p.key, "selfApikey": tenant.key, "userAgent": "app", "sequence": "1", "params": object{"timers": before}})
	l.read().has("error", 403)
	tenant.post("/v2/device/thing/batch-status", object{"thingList": []object{{"type": 1, "id": lamp, "params": object{"timers": before}}}, "timeout": 100}).ok().is("respList.0.error", 406)
}
