package ewelinktest_test

import (
	"fmt"
	"slices"
	"testing"
)

func TestHomes(t *testing.T) {
	s, p := frozen(t)
	p.get("/v2/family", nil).ok().is("currentFamilyId", s.MainHome()).is("familyList.0.apikey", p.key).is("familyList.0.familyType", 1)
	p.del("/v2/family", object{"id": s.MainHome(), "deviceFamily": s.MainHome(), "switchFamily": s.MainHome()}).refused(20003)
	first := p.post("/v2/family", object{"name": "First", "sort": 1, "roomNameList": []string{"Hall", "Bath"}}).ok().is("index", -1).counts("roomList", 2)
	last := p.post("/v2/family", object{"name": "Last", "sort": 2}).ok().is("index", 1)
	if last.at("roomList") != nil {
		t.Error("a home without rooms has no roomList")
	}
	if got := p.get("/v2/family", nil).pluck("familyList", "name"); !slices.Equal(got, []string{"First", "My Home", "Last"}) {
		t.Errorf("homes in their order: got %v", got)
	}
	p.post("/v2/family", object{"name": "x", "sort": 3}).refused(400)
	p.post("/v2/family", object{"sort": 1}).refused(400)
	p.put("/v2/family", object{"name": "Main"}).ok() // the current one
	p.put("/v2/family", object{"id": last.text("id"), "name": "Attic"}).ok()
	p.put("/v2/family", object{"id": "x", "name": "Attic"}).refused(405)
	if got := p.get("/v2/family", nil).pluck("familyList", "name"); !slices.Equal(got, []string{"First", "Main", "Attic"}) {
		t.Errorf("renamed: got %v", got)
	}

	home := first.text("id")
	hall, bath := first.text("roomList.0.id"), first.text("roomList.1.id")
	den := p.post("/v2/family/room", object{"familyid": home, "name": "Den", "sort": 1}).ok().is("index", -1).text("id")
	p.post("/v2/family/room/index", object{"familyid": home, "idList": []string{bath, hall}}).refused(400)
	p.post("/v2/family/room/index", object{"familyid": home, "idList": []string{bath, hall, den}}).ok()
	p.put("/v2/family/room", object{"id": bath, "name": "Bathroom"}).ok()
	p.put("/v2/family/room", object{"id": "x", "name": "Bathroom"}).refused(405)
	if got := p.get("/v2/family", nil).pluck("familyList.0.roomList", "name"); !slices.Equal(got, []string{"Bathroom", "Hall", "Den"}) {
		t.Errorf("rooms in their order: got %v", got)
	}
	p.del("/v2/family/room", object{"id": den}).ok()
	p.del("/v2/family/room", object{"id": den}).refused(405)
	for i := 2; i < 100; i++ {
		p.post("/v2/family/room", object{"familyid": home, "name": fmt.Sprint(i), "sort": 2}).ok()
	}
	p.post("/v2/family/room", object{"familyid": home, "name": "too many", "sort": 2}).refused(20002)

	door := s.AddRelay("door")
	p.post("/v2/family/current", object{"id": home}).ok()
	p.get("/v2/device/thing", nil).ok().counts("thingList", 0)
	p.post("/v2/family/current", object{"id": s.MainHome()}).ok()
	p.del("/v2/family", object{"id": home, "deviceFamily": home, "switchFamily": home}).refused(400)
	gone := home // the current one: its things move
	p.post("/v2/device/update-info", object{"deviceid": door, "familyid": gone, "roomid": hall}).ok()
	p.thing(door).is("thingList.0.itemData.family.familyid", gone).is("thingList.0.itemData.family.roomid", hall)
	p.del("/v2/family", object{"id": gone, "deviceFamily": last.text("id"), "switchFamily": last.text("id")}).ok()
	p.get("/v2/family", nil).ok().is("currentFamilyId", last.text("id")).counts("familyList", 2)
	p.thing(door).is("thingList.0.itemData.family.familyid", last.text("id")).is("thingList.0.itemData.family.roomid", "")
}

func TestPlacesOfThings(t *testing.T) {
	s, p := frozen(t)
	a, b := s.AddRelay("a"), s.AddRelay("b")
	hall, bath := s.AddRoom(s.MainHome(), "Hall"), s.AddRoom(s.MainHome(), "Bath")
	item := func(id any) object { return object{"itemType": 1, "id": id} }
	names := func() []string {
		return p.get("/v2/device/thing", nil).ok().pluck("thingList", "itemData.name")
	}
	if got := names(); !slices.Equal(got, []string{"a", "b"}) {
		t.Fatalf("in the order they came: got %v", got)
	}
	p.post("/v2/family/thing/sort", object{"thingList": []object{item(b)}}).refused(400)
	p.post("/v2/family/thing/sort", object{"thingList": []object{item(b), item(a)}}).ok()
	if got := names(); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("sorted: got %v", got)
	}
	room := func(r any, before, after []object) answer {
		return p.post("/v2/family/room/thing", object{"roomid": r, "oldThingList": before, "newThingList": after})
	}
	none := []object{}
	room(hall, none, []object{item(a), item(b)}).ok()
	room(bath, []object{item(a)}, none).refused(400)
	room(hall, []object{item(a), item(b)}, []object{item(b)}).ok()
	room(hall, none, []object{item("x")}).refused(405)
	p.thing(a).is("thingList.0.itemData.family.roomid", "")
	p.thing(b).is("thingList.0.itemData.family.roomid", hall)
	p.del("/v2/family/room", object{"id": hall}).ok()
	p.thing(b).is("thingList.0.itemData.family.roomid", "")
}
