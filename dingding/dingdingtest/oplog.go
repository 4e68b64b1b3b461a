package dingdingtest

import (
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// operation is an entry of the device operation log, §7.1.
type operation struct {
	id        string // op_id
	device    *device
	recipient string
	phone     string
	at        time.Time
}

// note logs an operation on a device.
func (s *Server) note(d *device, id, recipient string, f fields) {
	s.log = append(s.log, operation{id, d, recipient, f.phone(), s.now()})
}

// searchOperations is GET search_device_op_log, §7.3.
func (s *Server) searchOperations(f fields) (object, error) {
	found, err := s.operations(f)
	if err != nil {
		return nil, err
	}
	found, err = page(newest(found), f, 50)
	if err != nil {
		return nil, err
	}
	return object{"op_list": sim.Each(found, operation.wire)}, nil
}

// countOperations is GET count_device_op_log, §7.4.
func (s *Server) countOperations(f fields) (object, error) {
	found, err := s.operations(f)
	return object{"count": len(found)}, err
}

func (s *Server) operations(f fields) ([]operation, error) {
	var wanted func(*device) bool
	switch {
	case f.text("uuid") != "":
		found, err := s.device(f.text("uuid"))
		if err != nil {
			return nil, err
		}
		wanted = func(d *device) bool { return d == found }
	case f.text("room_id") != "":
		r, err := s.roomOf(f.text("home_id"), f.text("room_id"))
		if err != nil {
			return nil, err
		}
		wanted = func(d *device) bool { return d.room == r }
	case f.text("home_id") != "":
		h, err := s.home(f.text("home_id"))
		if err != nil {
			return nil, err
		}
		wanted = func(d *device) bool { return d.home == h && d.room == nil }
	default:
		return nil, refuse(badParameter, "one of home_id, room_id and uuid is required")
	}
	found := sim.Keep(s.log, func(o operation) bool {
		return wanted(o.device) &&
			(f.text("op_id") == "" || f.text("op_id") == o.id) &&
			(f.text("operator") == "" || f.text("operator") == userID || f.text("operator") == operatorName)
	})
	return during(found, f.seconds("start_time"), f.seconds("end_time"), func(o operation) time.Time { return o.at }), nil
}

// operatorName is who does everything that comes through the API.
const operatorName = "openapi"

func (o operation) wire() object {
	w := object{
		"client_id": userID, "op_id": o.id, "timestamp": milli(o.at), "result": 0,
		"operator": object{"id": userID, "name": operatorName},
		"target":   object{"id": o.device.uuid, "name": o.device.nick, "type": o.device.kind},
		"holder":   object{"id": o.device.home.id, "name": o.device.home.name, "type": "home"},
	}
	if o.device.room != nil {
		w["holder"] = object{"id": o.device.room.id, "name": o.device.room.name, "type": "room"}
	}
	if o.recipient != "" || o.phone != "" {
		w["recipient"] = object{"id": o.phone, "name": o.recipient}
	}
	return w
}
