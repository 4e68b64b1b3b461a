package yeeuutest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/smartlock-sdk/smartlock/lock"
)

// flat is what the vendor knows of a flat by its code.
type flat struct {
	code     string
	elements map[place]Element
}

// Element is a door as the vendor keeps it, by the names of the document: buildingId, name …
type Element map[string]string

// place is what a door is known by.
type place struct{ code, kind, name string }

const (
	mainDoor  = "1" // doorType 大门
	innerDoor = "2" // doorType 内房门
)

// newPlace is the place of a door; a flat has one main door, whatever it is called.
func newPlace(code, kind, name string) place {
	if kind == mainDoor {
		name = ""
	}
	return place{code, kind, name}
}

// fields are the members of an element of apartmentList; the last three were seen in a client.
var fields = []string{
	"buildingId", "buildingName", "buildingNo", "unit", "name", "door", "doorType", "code", "provinceId", "cityId", "disId",
	"houseId", "doorId", "floor",
}

// synchronize is POST synchronize_apartments, call 1. Either all elements are taken or none.
func (s *Server) synchronize(got params) (object, error) {
	var list []map[string]any
	if json.Unmarshal([]byte(got["apartmentList"]), &list) != nil || len(list) == 0 {
		return nil, refuse("参数错误: apartmentList must be an array of objects")
	}
	elements := make([]Element, len(list))
	for i, members := range list {
		elements[i] = Element{}
		for name, value := range members {
			text, ok := value.(string)
			if !ok || !s.opts.unknownParameters && !slices.Contains(fields, name) {
				return nil, refuse("参数错误: apartmentList[%d].%s is not a parameter, or no string", i, name)
			}
			elements[i][name] = text
		}
		if err := checkPlace(elements[i]["code"], elements[i]["doorType"], elements[i]["door"]); err != nil {
			return nil, err
		}
	}
	for _, e := range elements {
		s.put(e)
	}
	return nil, nil
}

func checkPlace(code, kind, name string) error {
	switch {
	case code == "":
		return refuse("参数错误: code is required")
	case kind != mainDoor && kind != innerDoor:
		return refuse("参数错误: doorType must be 1 or 2")
	case kind == innerDoor && name == "":
		return refuse("参数错误: door is required for an inner door")
	}
	return nil
}

// put adds a door or describes it anew.
func (s *Server) put(e Element) *door {
	at := newPlace(e["code"], e["doorType"], e["door"])
	f := s.flats[at.code]
	if f == nil {
		f = &flat{code: at.code, elements: map[place]Element{}}
		s.flats[at.code] = f
	}
	if f.elements[at] == nil || s.opts.blanking {
		f.elements[at] = Element{}
	}
	maps.Copy(f.elements[at], e)
	d := s.doors[at]
	if d == nil {
		d = &door{
			place: at, serial: s.sim.Random.Digits(12),
			auths: map[string]*right{}, passwords: map[string]*right{}, slots: map[int]*slot{},
		}
		s.doors[at] = d
	}
	return d
}

// door finds the door a call is about.
func (s *Server) door(got params) (*door, error) {
	if err := checkPlace(got["code"], got["doorType"], got["door"]); err != nil {
		return nil, err
	}
	f := s.flats[got["code"]]
	if f == nil {
		return nil, refuse("房源不存在")
	}
	at := newPlace(got["code"], got["doorType"], got["door"])
	d := s.doors[at]
	if d == nil {
		return nil, refuse("房门不存在")
	}
	if b := got["buildingId"]; b != "" && b != f.elements[at]["buildingId"] {
		return nil, refuse("小区不存在")
	}
	return d, nil
}

// mustDoor finds the door a test names. Its building does not matter.
func (s *Server) mustDoor(id lock.DeviceID) *door {
	d := s.doors[must(placeOf(id))]
	if d == nil {
		panic(fmt.Sprintf("yeeuutest: there is no door %q", id))
	}
	return d
}

// AddLock adds a flat of this name with a main door and returns the door's id. The flat's code is
// made up.
func (s *Server) AddLock(name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	return s.put(Element{
		"code": fmt.Sprintf("x%04d", s.made), "doorType": mainDoor, "name": name, "buildingId": "b1", "buildingName": "西环里小区",
		"buildingNo": "27", "unit": "3", "provinceId": "1", "cityId": "1", "disId": "1",
	}).id()
}

// AddInnerLock adds an inner door to a flat, which is made if there is none, and returns the door's
// id.
func (s *Server) AddInnerLock(in lock.HomeID, name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(Element{"code": string(in), "doorType": innerDoor, "door": name}).id()
}

// Home is the code of the flat that a door belongs to.
func (s *Server) Home(device lock.DeviceID) lock.HomeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.HomeID(s.mustDoor(device).code)
}

// Serial is the serial number by which the second interface knows a door's lock.
func (s *Server) Serial(device lock.DeviceID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mustDoor(device).serial
}

// Element is a door as it was synchronised; nil if there is no such door.
func (s *Server) Element(device lock.DeviceID) Element {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := must(placeOf(device))
	if f := s.flats[at.code]; f != nil {
		return maps.Clone(f.elements[at])
	}
	return nil
}
