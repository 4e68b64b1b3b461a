package dingdingtest

import (
	"slices"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// device is anything that was installed.
type device struct {
	kind                   deviceKind
	uuid, sn, mac          string
	nick                   string // what people call it
	name, model, modelName string
	brand                  string
	versions               map[string]string
	home                   *home
	room                   *room   // nil: it serves the whole home
	via                    *device // gateway, collector or water gateway it talks through; nil if none
	made, bound            time.Time
	online                 bool
	onlineAt               time.Time // since when it is online, or is not
	power, signal          int       // percent, lqi; -1 = unknown
	powerAt, signalAt      time.Time
	denied                 bool      // the account may not use it
	verdicts               []verdict // what the next commands end with, whatever the device would say
	untold                 []func()  // what the cloud does not know yet because the device is offline
	exceptions             []exception

	door  *doorLock
	meter *meter
	water *waterMeter
}

// deviceKind is the type of a device in get_home_info.
type deviceKind string

const (
	gatewayKind      deviceKind = "gateway"
	doorLockKind     deviceKind = "lock"
	meterKind        deviceKind = "elemeter"
	collectorKind    deviceKind = "eleccollector" // spelt so in §5.5
	waterGatewayKind deviceKind = "water_gateway"
	waterMeterKind   deviceKind = "watermeter"
)

// listType is the type in find_home_device, which has two words for locks.
func (d *device) listType() string {
	switch {
	case d.kind != doorLockKind:
		return string(d.kind)
	case d.room == nil:
		return "home_lock"
	default:
		return "room_lock"
	}
}

// installType is the type in deviceInstall and deviceUninstall, §8.2.11 and §16.2.
func (k deviceKind) installType() int {
	switch k {
	case gatewayKind:
		return 1
	case doorLockKind:
		return 4
	case meterKind:
		return 5
	case collectorKind:
		return 6
	case waterGatewayKind:
		return 7
	default:
		return 8
	}
}

// placeID is the room's id; for what serves the whole home it is the home's.
func (d *device) placeID() string {
	if d.room == nil {
		return d.home.id
	}
	return d.room.id
}

func (d *device) place() *place {
	if d.room == nil {
		return &d.home.place
	}
	return &d.room.place
}

func (d *device) viaID() string {
	if d.via == nil {
		return ""
	}
	return d.via.uuid
}

// reachable reports whether the cloud can talk to the device. A lock without a gateway is never
// reachable.
func (d *device) reachable() bool {
	switch {
	case !d.online:
		return false
	case d.kind == gatewayKind || d.kind == waterGatewayKind:
		return true
	default:
		return d.via != nil && d.via.reachable()
	}
}

// onoff is onoff_line: 1 online, 2 offline.
func (d *device) onoff() int {
	if d.reachable() {
		return 1
	}
	return 2
}

func (s *Server) device(uuid string) (*device, error) {
	for _, d := range s.devices {
		if d.uuid == uuid {
			return d, nil
		}
	}
	return nil, refuse(notFound, "no device %q", uuid)
}

// mustDevice finds a device for a test.
func (s *Server) mustDevice(id lock.DeviceID) *device {
	uuid, _, _ := strings.Cut(string(id), "@")
	return must(s.device(uuid))
}

// id is the device's identity in the common language: the uuid, with the manufactory for a water
// meter, "170000001@cy".
func (d *device) id() lock.DeviceID {
	if d.water != nil {
		return lock.DeviceID(d.uuid + "@" + d.water.maker)
	}
	return lock.DeviceID(d.uuid)
}

func (s *Server) devicesIn(h *home) []*device {
	return sim.Keep(s.devices, func(d *device) bool { return d.home == h })
}

// locate finds the devices of a kind that home_id, room_id and uuid point at, at least one: uuid
// wins over room_id; home_id alone is for what serves the whole home.
func (s *Server) locate(f fields, kind deviceKind) ([]*device, error) {
	var found []*device
	switch {
	case f.text("uuid") != "":
		d, err := s.device(f.text("uuid"))
		if err != nil {
			return nil, err
		}
		if d.kind == kind {
			found = append(found, d)
		}
	case f.text("room_id") != "":
		r, err := s.roomOf(f.text("home_id"), f.text("room_id"))
		if err != nil {
			return nil, err
		}
		found = sim.Keep(s.devices, func(d *device) bool { return d.room == r && d.kind == kind })
	case f.text("home_id") != "":
		h, err := s.home(f.text("home_id"))
		if err != nil {
			return nil, err
		}
		found = sim.Keep(s.devices, func(d *device) bool { return d.home == h && d.room == nil && d.kind == kind })
	default:
		return nil, refuse(badParameter, "one of home_id, room_id and uuid is required")
	}
	if len(found) == 0 {
		return nil, refuse(notFound, "no %s there", kind)
	}
	for _, d := range found {
		if d.denied {
			return nil, refuse(notAllowed, "device %q is not this account's to use", d.uuid)
		}
	}
	return found, nil
}

// timeout is how long the cloud waits for a device that does not answer.
const timeout = 30 * time.Second

// Results of a command, §3.2.
const (
	done          = 1000
	timedOut      = 5101 // 服务器超时
	notRecorded   = 5102 // 设备操作成功，但数据库执行出错
	tooSimilar    = 5104 // 与其他密码连续 4 位及以上相同
	idTaken       = 5105 // 锁内已经存在一个该序号的密码
	badPermission = 5106 // 密码无效，permission 内容无效
	poolFull      = 5107 // 密码池满
	notOnLock     = 5108 // 门锁本地无此密码记录
	wasReset      = 5199 // 门锁本地被重置
)

// verdict replaces what a device answers.
type verdict struct {
	result   int
	executed bool // the device has done it all the same
}

// work lets the cloud do something by itself, as long as a device needs.
func (s *Server) work(f func()) { s.later(s.sim.Latency, sim.Work, f) }

// command hands a command to a device: act is what the device does, and gives the result; report
// is what the cloud makes of the result.
func (s *Server) command(d *device, act func() int, report func(result int)) {
	late := func() { s.later(timeout, sim.Work, func() { report(timedOut) }) }
	s.work(func() {
		if !d.reachable() {
			late()
			return
		}
		if len(d.verdicts) == 0 {
			report(act())
			return
		}
		v := d.verdicts[0]
		d.verdicts = d.verdicts[1:]
		if v.executed {
			act()
		}
		if v.result == timedOut {
			late()
			return
		}
		report(v.result)
	})
}

// tell lets the cloud hear from a device: now, or when the device is online again.
func (s *Server) tell(d *device, f func()) {
	if d.reachable() {
		f()
		return
	}
	d.untold = append(d.untold, f)
}

// catchUp tells the cloud what it has missed of d and of what talks through d.
func (s *Server) catchUp(d *device) {
	if d.reachable() {
		untold := d.untold
		d.untold = nil
		for _, f := range untold {
			f()
		}
	}
	for _, other := range s.devices {
		if other.via == d {
			s.catchUp(other)
		}
	}
}

// newDevice makes a device that is online, without a place.
func (s *Server) newDevice(kind deviceKind, nick string) *device {
	now := s.now()
	return &device{
		kind: kind, uuid: s.sim.Random.Hex(32), nick: nick, made: now, bound: now, online: true, onlineAt: now,
		mac:   s.sim.Random.Text("0123456789ABCDEF", 16),
		power: -1, signal: -1, brand: "云丁",
		versions: map[string]string{},
	}
}

// install puts a device into a home, and a room if it has one.
func (s *Server) install(d *device, h *home, r *room, via *device) lock.DeviceID {
	d.home, d.room, d.via = h, r, via
	d.bound = s.now()
	s.devices = append(s.devices, d)
	s.installed(d)
	return d.id()
}

func (s *Server) installed(d *device) {
	switch {
	case d.water != nil:
		s.event(d, "deviceInstall", pairs{{"type", d.kind.installType()}, {"amount", num(d.water.total)}},
			pair{"gateway_uuid", d.viaID()})
	case d.kind == waterGatewayKind:
		s.event(d, "deviceInstall", pairs{{"type", d.kind.installType()}})
	default:
		s.event(d, "deviceInstall", pairs{{"type", textOf(d.kind.installType())}})
	}
}

// uninstall takes a device away, with what is left of its commands; the devices behind it stay.
func (s *Server) uninstall(d *device) {
	if d.kind == waterGatewayKind || d.water != nil {
		s.event(d, "deviceUninstall", pairs{{"type", d.kind.installType()}})
	} else {
		s.event(d, "deviceUninstall", pairs{{"type", textOf(d.kind.installType())}})
	}
	s.devices = slices.DeleteFunc(s.devices, func(other *device) bool { return other == d })
	for _, other := range s.devices {
		if other.via == d {
			other.via = nil
		}
	}
	d.online = false
}

// gatewayOf is the first gateway of a kind in a home, nil if there is none.
func (s *Server) firstIn(h *home, kind deviceKind) *device {
	for _, d := range s.devices {
		if d.home == h && d.kind == kind {
			return d
		}
	}
	return nil
}

// spot is where an installer has to put a device: at the home itself if no room is named.
func (s *Server) spot(homeID lock.HomeID, roomID lock.RoomID) (*home, *room, error) {
	h, err := s.home(string(homeID))
	if err != nil || roomID == "" {
		return h, nil, err
	}
	r, err := s.roomOf(h.id, string(roomID))
	return h, r, err
}

// mainHome is the home of the devices that were added without one.
func (s *Server) mainHome() *home {
	const name = "simulated home"
	for _, h := range s.homes {
		if h.name == name {
			return h
		}
	}
	return s.newHome(name)
}

// getDeviceUUID is get_device_uuid, §6.16.
func (s *Server) getDeviceUUID(f fields) (object, error) {
	for _, d := range s.devices {
		if d.sn == f.text("sn") {
			return object{"result": object{"uuid": d.uuid, "sn": d.sn, "center_uuid": d.viaID(), "type": d.kind}}, nil
		}
	}
	return nil, refuse(notFound, "no device with sn %q", f.text("sn"))
}

// getDeviceInfo is get_device_info, §6.17; the shape is that of the document's example.
func (s *Server) getDeviceInfo(f fields) (object, error) {
	d, err := s.device(f.text("uuid"))
	if err != nil {
		return nil, err
	}
	o := object{
		"uuid": d.uuid, "device_type": d.model, "parent": d.viaID(),
		"hardware_info": object{"sn": d.sn, "mac": d.mac, "cid": "", "versions": d.versions},
		"onoff_line":    d.onoff(), "onoff_time": milli(d.onlineAt), "df": -1, "df_refreshtime": -1,
		"power": d.power, "power_refreshtime": milli(d.powerAt), "lqi": d.signal, "lqi_refreshtime": milli(d.signalAt),
		"time": milli(d.bound), "ctime": milli(d.made), "bind_time": milli(d.bound),
		"brand": d.brand, "model": d.model, "name": d.name, "nickname": d.nick,
	}
	if d.meter != nil {
		for name, value := range d.meter.info() {
			o[name] = value
		}
		o["current"], o["current_time"] = 1, milli(d.bound)
		o["current_stage"], o["current_stage_time"] = 3, milli(d.bound)
		o["control_switch"] = 1
		for _, stage := range []string{"charge", "overdraft", "capacity", "switch", "reset", "syn"} {
			o[stage+"_stage"], o[stage+"_stage_time"] = d.meter.stage(stage), milli(d.meter.stages[stage].at)
		}
	}
	return object{"result": o}, nil
}

// refreshSignal is POST refresh_devices_lqi, §11.22.
func (s *Server) refreshSignal(f fields) (object, error) {
	var wanted []*device
	switch {
	case f.has("uuids"):
		for _, uuid := range f.texts("uuids") {
			d, err := s.device(uuid)
			if err != nil {
				return nil, err
			}
			wanted = append(wanted, d)
		}
	case f.text("home_id") != "":
		kinds := map[string][]deviceKind{
			"4": {doorLockKind}, "5": {meterKind}, "6": {collectorKind},
			"-1": {doorLockKind, meterKind, collectorKind}, "": {doorLockKind, meterKind, collectorKind},
		}[f.text("type")]
		if kinds == nil {
			return nil, refuse(badParameter, "type must be 4, 5, 6 or -1")
		}
		h, err := s.home(f.text("home_id"))
		if err != nil {
			return nil, err
		}
		wanted = sim.Keep(s.devicesIn(h), func(d *device) bool { return slices.Contains(kinds, d.kind) })
	default:
		return nil, refuse(badParameter, "home_id or uuids is required")
	}
	s.work(func() {
		for _, d := range wanted {
			if d.reachable() {
				d.signal, d.signalAt = 117, s.now()
			}
		}
	})
	return nil, nil
}
