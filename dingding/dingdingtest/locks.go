package dingdingtest

import (
	"fmt"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// doorLock is what makes a device a lock. The lock and the cloud each have their own idea of the
// passwords; commands and reports bring them together.
type doorLock struct {
	records     map[int]*record     // in the cloud, by password id
	keys        map[int]*key        // in the lock
	activations map[int]*activation // issued and not yet typed at the lock
	reset       bool                // wiped at the lock and not installed anew
	wrong       int                 // wrong codes in a row
	daily       bool                // the daily battery alarm is going
	opened      []opening
	uses        map[string][]time.Time // commands by kind, for the rate rule
}

// opening is an unlock in the history.
type opening struct {
	at     time.Time
	id     int // of the password
	source string
}

// getCenterInfo is GET get_center_info, §6.1.
func (s *Server) getCenterInfo(f fields) (object, error) {
	found, err := s.locate(f, gatewayKind)
	if err != nil {
		return nil, err
	}
	return found[0].gatewayInfo(), nil
}

// getCenterInfoArr is GET get_center_info_arr, §6.2.
func (s *Server) getCenterInfoArr(f fields) (object, error) {
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	gateways := sim.Keep(s.devicesIn(h), func(d *device) bool { return d.kind == gatewayKind })
	return object{"centers": sim.Each(gateways, (*device).gatewayInfo)}, nil
}

func (d *device) gatewayInfo() object {
	return object{
		"mac": d.mac, "sn": d.sn, "uuid": d.uuid, "name": d.name, "model": d.model, "model_name": d.modelName, "brand": d.brand,
		"onoff_line": d.onoff(), "onoff_time": sec(d.onlineAt), "bind_time": sec(d.bound), "versions": d.versions,
	}
}

// getLockInfo is GET get_lock_info, §6.3.
func (s *Server) getLockInfo(f fields) (object, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	o := d.gatewayInfo()
	o["power"], o["power_refreshtime"] = d.power, sec(d.powerAt)
	o["lqi"], o["lqi_refreshtime"] = d.signal, sec(d.signalAt)
	o["center_uuid"], o["center_description"], o["center_sn"] = "", "", ""
	if d.via != nil {
		o["center_uuid"], o["center_description"], o["center_sn"] = d.via.uuid, d.via.nick, d.via.sn
	}
	return o, nil
}

func (s *Server) lockAt(f fields) (*device, error) {
	found, err := s.locate(f, doorLockKind)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// getLockEvents is GET get_lock_events, §6.12.
func (s *Server) getLockEvents(f fields) (object, error) {
	found, err := s.openings(f)
	if err != nil {
		return nil, err
	}
	found, err = page(newest(found), f, 50)
	if err != nil {
		return nil, err
	}
	return object{"lock_events": sim.Each(found, func(o opening) object {
		return object{"time": milli(o.at), "eventid": 1, "source": 2, "sourceid": o.id, "source_name": o.source}
	})}, nil
}

// countLockEvents is GET count_lock_events, §6.13.
func (s *Server) countLockEvents(f fields) (object, error) {
	found, err := s.openings(f)
	return object{"count": len(found)}, err
}

func (s *Server) openings(f fields) ([]opening, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	return during(d.door.opened, f.seconds("start_time"), f.seconds("end_time"), func(o opening) time.Time { return o.at }), nil
}

// AddGateway adds a gateway to a home and returns its id. It panics if there is no such home.
func (s *Server) AddGateway(in lock.HomeID) lock.DeviceID { return must(s.InstallGateway(in)) }

// AddLock adds a lock with an admin password, in a room of the same name, together with the home
// and gateway it needs. It returns the lock's uuid.
func (s *Server) AddLock(name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.mainHome()
	return s.install(s.newLock(name), h, s.newRoom(h, name), s.gatewayIn(h))
}

// gatewayIn is the gateway of a home; one is installed if there is none.
func (s *Server) gatewayIn(h *home) *device {
	if g := s.firstIn(h, gatewayKind); g != nil {
		return g
	}
	g := s.newGateway(h)
	s.install(g, h, nil, nil)
	return g
}

func (s *Server) newGateway(h *home) *device {
	d := s.newDevice(gatewayKind, h.name+" gateway")
	d.sn = "cnjl0003" + s.sim.Random.Digits(12)
	d.name, d.model, d.modelName = "丁盟网关", "DDWG-A01", "丁盟网关 A1"
	d.versions = map[string]string{
		"kernel_version": "0.0.3.0", "zigbee_version": "1.0.0.2", "media_version": "0.0.1.1",
		"hardware_version": "0.0.3.0", "app_version": "0.1.4.12",
	}
	return d
}

// adminCode is the admin password of a new lock. A code that was drawn well shares no four digits
// in a row with it, so a test that lets one be drawn does not fail by chance.
const adminCode = "444444"

func (s *Server) newLock(nick string) *device {
	d := s.newDevice(doorLockKind, nick)
	d.sn = "lkjl0007" + s.sim.Random.Digits(12)
	d.name, d.model, d.modelName = "丁盟门锁", "DDZWS-D2", "D2"
	d.power, d.powerAt, d.signal, d.signalAt = 100, d.made, 120, d.made
	d.versions = map[string]string{
		"zigbee_version": "1.0.0.2", "media_version": "0.0.1.1", "hardware_version": "0.0.3.0", "app_version": "0.1.4.12",
	}
	d.door = &doorLock{
		records: map[int]*record{}, keys: map[int]*key{}, activations: map[int]*activation{}, uses: map[string][]time.Time{},
	}
	d.door.keys[adminID] = &key{code: adminCode}
	d.door.records[adminID] = newRecord(adminID, d.made, key{code: adminCode})
	return d
}

// InstallGateway is an installer putting a gateway into a home. The error is the vendor's.
func (s *Server) InstallGateway(in lock.HomeID) (lock.DeviceID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.home(string(in))
	if err != nil {
		return "", err
	}
	return s.install(s.newGateway(h), h, nil, nil), nil
}

// InstallLock is an installer putting a lock with an admin password on a room's door, or, with
// no room, on the outer door of the home. It talks through the home's gateway; if there is none,
// commands time out and only activation codes work. The error is the vendor's: 15006 and 15012
// for a home and a room that is not there, 15008 for a door that has a lock.
func (s *Server) InstallLock(in lock.HomeID, at lock.RoomID) (lock.DeviceID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, r, err := s.spot(in, at)
	if err != nil {
		return "", err
	}
	for _, d := range s.devices {
		if d.home == h && d.room == r && d.kind == doorLockKind {
			return "", refuse(roomHasLock, "there is a lock already")
		}
	}
	name := fmt.Sprintf("%s outer door", h.name)
	if r != nil {
		name = r.name
	}
	return s.install(s.newLock(name), h, r, s.firstIn(h, gatewayKind)), nil
}
