package tuyatest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// device is anything that is paired.
type device struct {
	id, uuid, name, category, model string
	product, productName, icon      string
	localKey, ip, node              string
	sub, online, foreign            bool
	owner                           *user
	home                            *home
	room                            *room
	via                             *device // the gateway of a sub-device; nil = none
	made, changed, active           time.Time
	status                          []status
	door                            *doorLock // nil = no lock
}

// status is the value of a data point.
type status struct {
	code  string
	value any
	fixed bool // no command changes it
}

func (s *Server) newDevice(in *home, name, category string) *device {
	n := s.number()
	d := &device{
		id: "6c" + s.sim.Random.Hex(18) + "sim", uuid: s.sim.Random.Hex(16), name: name, category: category,
		model: "SIM-1", product: "simprod" + category, productName: "模拟设备", icon: "smart/icon/" + category + ".png",
		localKey: s.sim.Random.Hex(16), ip: fmt.Sprintf("198.51.100.%d", n%250+1), online: true, owner: in.owner, home: in,
		made: s.now(), changed: s.now(), active: s.now(),
	}
	s.devices = append(s.devices, d)
	return d
}

// AddDevice adds something that is no lock to a home, a lamp with a switch. It returns its id.
func (s *Server) AddDevice(in lock.HomeID, name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.newDevice(must(s.homeNamed(in)), name, "dj")
	d.put("switch_led", false)
	return lock.DeviceID(d.id)
}

// AddGateway adds a gateway to a home. It returns its id.
func (s *Server) AddGateway(in lock.HomeID, name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lock.DeviceID(s.newGateway(must(s.homeNamed(in)), name).id)
}

func (s *Server) newGateway(in *home, name string) *device { return s.newDevice(in, name, "wg2") }

// gateway is the first gateway of a home, which gets one if it has none.
func (s *Server) gateway(in *home) *device {
	for _, d := range s.devices {
		if d.home == in && d.category == "wg2" {
			return d
		}
	}
	return s.newGateway(in, "网关")
}

// GatewayOf returns the gateway of a Zigbee or Bluetooth lock, "" if it has none.
func (s *Server) GatewayOf(id lock.DeviceID) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := must(s.device(string(id))); d.via != nil {
		return lock.DeviceID(d.via.id)
	}
	return ""
}

// Move puts a device into a room of a home; "" is no room.
func (s *Server) Move(id lock.DeviceID, in lock.HomeID, to lock.RoomID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.device(string(id)))
	d.home, d.room = must(s.homeNamed(in)), nil
	d.owner = d.home.owner
	if to != "" {
		d.room = must(d.home.roomNamed(string(to)))
	}
}

// SetOnline takes a device offline, or brings it back: then a lock reports what happened meanwhile
// and hears what it was to be told. A lock behind a gateway is offline with its gateway.
func (s *Server) SetOnline(id lock.DeviceID, online bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.device(string(id)))
	d.online = online
	for _, other := range s.devices {
		if other == d || other.via == d {
			s.meet(other)
		}
	}
}

// SetStatus has a device report the value of a data point.
func (s *Server) SetStatus(id lock.DeviceID, code string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.device(string(id)))
	d.put(code, value)
	d.changed = s.now()
}

// SetBattery has a lock report its battery in per cent.
func (s *Server) SetBattery(id lock.DeviceID, percent int) {
	s.SetStatus(id, "residual_electricity", percent)
}

func (d *device) put(code string, value any) {
	i := slices.IndexFunc(d.status, func(st status) bool { return st.code == code })
	if i < 0 {
		d.status = append(d.status, status{code: code, value: value, fixed: !slices.Contains(writable, code)})
		return
	}
	d.status[i].value = value
}

// writable are the data points that commands change.
var writable = []string{"automatic_lock", "auto_lock_time", "doorbell_volume", "switch_led"}

func (d *device) connected() bool { return d.online && (d.via == nil || d.via.online) }

// device finds a device of the project.
func (s *Server) device(id string) (*device, error) {
	for _, d := range s.devices {
		if d.id == id && d.foreign {
			return nil, refuse(permissionDenied, "permission deny")
		}
		if d.id == id {
			return d, nil
		}
	}
	return nil, refuse(deviceMissing, "device does not exist")
}

func (d *device) wire() object {
	o := object{
		"id": d.id, "uuid": d.uuid, "uid": d.owner.uid, "name": d.name, "time_zone": "+08:00", "ip": d.ip, "local_key": d.localKey,
		"sub": d.sub, "model": d.model, "create_time": sec(d.made), "update_time": sec(d.changed), "active_time": sec(d.active),
		"status": sim.Each(d.status, status.wire), "owner_id": d.home.key(), "product_id": d.product, "product_name": d.productName,
		"category": d.category, "icon": d.icon, "online": d.connected(), "biz_type": 18, "lat": "", "lon": "",
	}
	if d.sub {
		o["node_id"] = d.node
	}
	return o
}

// short is a device as a user's list has it, without its status.
func (d *device) short() object {
	o := d.wire()
	for _, name := range []string{"status", "create_time", "update_time", "biz_type", "node_id"} {
		delete(o, name)
	}
	return o
}

func (st status) wire() object { return object{"code": st.code, "value": st.value} }

// getDevice is GET /v1.0/devices/{device_id}.
func (s *Server) getDevice(f fields) (any, error) {
	d, err := s.device(f.text("device_id"))
	if err != nil {
		return nil, err
	}
	return d.wire(), nil
}

// getDevices is GET /v1.0/devices.
func (s *Server) getDevices(f fields) (any, error) {
	list := []object{}
	for _, id := range f.list("device_ids") {
		d, err := s.device(id)
		if err != nil {
			return nil, err
		}
		list = append(list, d.wire())
	}
	return list, nil
}

// wrappedDevices is GET /v1.0/iot-03/devices: the same with an object around it.
func (s *Server) wrappedDevices(f fields) (any, error) {
	list, err := s.getDevices(f)
	if err != nil {
		return nil, err
	}
	return object{"devices": list, "has_more": false, "total": len(f.list("device_ids"))}, nil
}

// getStatuses is GET /v1.0/iot-03/devices/status.
func (s *Server) getStatuses(f fields) (any, error) {
	list := []object{}
	for _, id := range f.list("device_ids") {
		d, err := s.device(id)
		if err != nil {
			return nil, err
		}
		list = append(list, object{"id": d.id, "status": sim.Each(d.status, status.wire)})
	}
	return list, nil
}

// getStatus is GET /v1.0/devices/{device_id}/status.
func (s *Server) getStatus(f fields) (any, error) {
	d, err := s.device(f.text("device_id"))
	if err != nil {
		return nil, err
	}
	return sim.Each(d.status, status.wire), nil
}

// getFunctions is GET /v1.0/devices/{device_id}/functions: what a command can change.
func (s *Server) getFunctions(f fields) (any, error) {
	d, err := s.device(f.text("device_id"))
	if err != nil {
		return nil, err
	}
	free := sim.Keep(d.status, func(st status) bool { return !st.fixed })
	return object{"category": d.category, "functions": sim.Each(free, func(st status) object {
		kind := "Integer"
		if _, ok := st.value.(bool); ok {
			kind = "Boolean"
		}
		return object{"code": st.code, "type": kind, "values": "{}", "name": st.code, "desc": ""}
	})}, nil
}

// command is POST /v1.0/devices/{device_id}/commands. The device does all or nothing.
func (s *Server) command(f fields) (any, error) {
	d, err := s.device(f.text("device_id"))
	if err != nil {
		return nil, err
	}
	if !d.connected() {
		return nil, refuse(deviceOffline, "device is offline")
	}
	for _, c := range f.inners("commands") {
		i := slices.IndexFunc(d.status, func(st status) bool { return st.code == c.text("code") && !st.fixed })
		if i < 0 || !sameType(d.status[i].value, c["value"]) {
			return nil, refuse(commandUnsupported, "command or value not support")
		}
	}
	s.later(s.sim.Latency, sim.Work, func() {
		for _, c := range f.inners("commands") {
			d.put(c.text("code"), c["value"])
		}
		d.changed = s.now()
	})
	return true, nil
}

// sameType reports whether a value from JSON has the type of a status.
func sameType(have, sent any) bool {
	if _, ok := have.(int); ok {
		have = 0.0
	}
	return reflect.TypeOf(have) == reflect.TypeOf(sent)
}

// renameDevice is PUT /v1.0/devices/{device_id}.
func (s *Server) renameDevice(f fields) (any, error) {
	d, err := s.device(f.text("device_id"))
	if err != nil {
		return nil, err
	}
	d.name, d.changed = f.text("name"), s.now()
	return true, nil
}

func (s *Server) devicesOf(u *user) []*device {
	return sim.Keep(s.devices, func(d *device) bool { return d.owner == u && !d.foreign })
}

// userDevices is GET /v1.0/smart-lock/users/{uid}/devices, A17: all that the user has, not locks alone.
func (s *Server) userDevices(f fields) (any, error) {
	u, err := s.user(f.text("uid"))
	if err != nil {
		return nil, err
	}
	return page(s.devicesOf(u), f, (*device).short)
}

// devicesOfUser is GET /v1.0/users/{uid}/devices: a bare list, a page of it if one is asked for.
func (s *Server) devicesOfUser(f fields) (any, error) {
	u, err := s.user(f.text("uid"))
	if err != nil {
		return nil, err
	}
	found := s.devicesOf(u)
	switch f.text("from") {
	case "", "home":
	case "sharing":
		found = nil // nobody shares a device here
	default:
		return nil, refuse(illegalParameter, "from is home or sharing")
	}
	if f.has("page_no") || f.has("page_size") {
		if found, _, err = cut(found, f); err != nil {
			return nil, err
		}
	}
	return sim.Each(found, (*device).wire), nil
}

func (d *device) key() string { return d.id }

func (s *Server) ours() []*device {
	return sim.Keep(s.devices, func(d *device) bool { return !d.foreign })
}

// projectDevices is GET /v1.0/iot-01/associated-users/devices: those of all users, by cursor.
func (s *Server) projectDevices(f fields) (any, error) {
	size := f.whole("size")
	if !f.has("size") {
		size = 20
	}
	return cursor(s.ours(), f, size, "devices", (*device).key, (*device).wire)
}

// catalogue is GET /v1.3/iot-03/devices, and v1.2: by cursor, narrowed by what is asked for. Assets,
// the default source, have no devices here.
func (s *Server) catalogue(f fields) (any, error) {
	var wanted func(*device) bool
	switch id := f.text("source_id"); f.text("source_type") {
	case "", "asset":
		wanted = func(*device) bool { return f.has("device_ids") }
	case "homeApp":
		wanted = func(*device) bool { return true }
	case "tuyaUser":
		wanted = func(d *device) bool { return d.owner.uid == id }
	case "product":
		wanted = func(d *device) bool { return d.product == id }
	default:
		return nil, refuse(illegalParameter, "source_type is asset, homeApp, tuyaUser or product")
	}
	ids := f.list("device_ids")
	if len(ids) > 20 {
		return nil, refuse(outOfRange, "device_ids has 20 ids at most")
	}
	found := sim.Keep(s.ours(), func(d *device) bool {
		return wanted(d) && (len(ids) == 0 || slices.Contains(ids, d.id)) && strings.Contains(d.name, f.text("name")) &&
			(f.text("category") == "" || f.text("category") == d.category) && (f.text("product_id") == "" || f.text("product_id") == d.product)
	})
	size := f.whole("page_size")
	if !f.has("page_size") {
		size = 20
	}
	return cursor(found, f, size, "list", (*device).key, (*device).wire)
}
