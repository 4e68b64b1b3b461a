package ewelinktest

import (
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// AddRelay adds an inching one-channel relay, as it opens a door with an electric strike: it falls
// back after half a second. It is online, in the current home of the server's account.
func (s *Server) AddRelay(name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.add(name, relay)
	d.params["pulse"] = "on"
	return lock.DeviceID(d.id)
}

// AddFreshRelay adds an inching relay that has not reported anything yet: its signal and its firmware
// are unknown.
func (s *Server) AddFreshRelay(name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := relay
	p.params = nil
	d := s.add(name, p)
	delete(d.params, "fwVersion")
	d.params["pulse"] = "on"
	return lock.DeviceID(d.id)
}

// AddSwitch adds a switch that stays as it is put, of one, two or four channels.
func (s *Server) AddSwitch(name string, channels int) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := map[int]product{1: relay, 2: relay2, 4: relay4}[channels]
	if !ok {
		panic("ewelinktest: a switch has one, two or four channels")
	}
	return lock.DeviceID(s.add(name, p).id)
}

// Contact is a kind of sensor that knows whether a door is open.
type Contact int

// The kinds of a contact sensor, with the uiid of each.
const (
	WiFiContact    Contact = iota // 102: volts as text, and switch
	NewWiFiContact                // 154: percent, and switch
	ZigbeeContact                 // 3026: percent, and lock
	ZigbeeContactP                // 7003: as 3026
)

// AddContact adds a contact sensor on a door that is closed.
func (s *Server) AddContact(name string, kind Contact) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.add(name, [...]product{wifiContact, newContact, zigbeeContact, zigbeeContactP}[kind])
	if d.uiid == 102 {
		d.config["lowVolAlarm"] = 2.3
	}
	return lock.DeviceID(d.id)
}

// AddDevice adds a device of any kind, which keeps whatever params it is told.
func (s *Server) AddDevice(name string, uiid int, params map[string]any) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := anything
	p.uiid = uiid
	d := s.add(name, p)
	mergeParams(d.params, params)
	return lock.DeviceID(d.id)
}

// Press is a person at the button of a switch, or at its first channel: it changes over. An inching
// relay goes on, and falls back.
func (s *Server) Press(id lock.DeviceID) { s.PressChannel(id, 0) }

// PressChannel is a person at the button of one channel.
func (s *Server) PressChannel(id lock.DeviceID, channel int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.device(string(id)))
	before := switchesOf(d.params)
	if _, ok := before[channel]; !ok {
		panic("ewelinktest: the device has no such channel")
	}
	params := channelParams(d, channel, !before[channel] || d.pulseWidth(channel) > 0)
	s.report(d, params)
	s.switched(d, before, params)
}

// OpenDoor is a door with a contact sensor being opened.
func (s *Server) OpenDoor(id lock.DeviceID) { s.door(id, true) }

// CloseDoor is a door with a contact sensor being closed.
func (s *Server) CloseDoor(id lock.DeviceID) { s.door(id, false) }

func (s *Server) door(id lock.DeviceID, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.device(string(id)))
	stamp := s.now().UTC().Format(stampFormat)
	state, kind := "off", 3
	if open {
		state, kind = "on", 2
		d.opened++
	}
	switch d.uiid {
	case 102:
		s.report(d, object{"switch": state, "type": kind, "battery": d.params["battery"], "lastUpdateTime": stamp, "actionTime": stamp})
	case 154:
		s.report(d, object{"switch": state, "type": kind, "battery": d.params["battery"], "actionTime": stamp})
	case 3026, 7003:
		s.report(d, object{"lock": kind % 3 / 2, "trigTime": trigTime(s.now())})
	default:
		panic("ewelinktest: the device is no contact sensor")
	}
}

// SetBattery has a sensor report its battery: volts as text for a WiFiContact, percent for the others.
func (s *Server) SetBattery(id lock.DeviceID, battery any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report(must(s.device(string(id))), object{"battery": battery})
}

// Report has a device report any params.
func (s *Server) Report(id lock.DeviceID, params map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report(must(s.device(string(id))), params)
}

// Opened is how often a relay was switched on, or a door with a contact sensor was opened, by whomever.
func (s *Server) Opened(id lock.DeviceID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return must(s.device(string(id))).opened
}

// Param is what the cloud knows of a device under the name of a param; nil = nothing.
func (s *Server) Param(id lock.DeviceID, name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return must(s.device(string(id))).params[name]
}

// Offline takes a device off the network: commands fail with 4002, 30022 or 503.
func (s *Server) Offline(id lock.DeviceID) { s.lockedOnline(id, false) }

// Online brings a device back. What happened meanwhile it reports now.
func (s *Server) Online(id lock.DeviceID) { s.lockedOnline(id, true) }

func (s *Server) lockedOnline(id lock.DeviceID, online bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setOnline(must(s.device(string(id))), online)
}

func (s *Server) setOnline(d *device, online bool) {
	if d.online == online || d.owner == nil {
		return
	}
	d.online = online
	s.pushOnline(d)
	if untold := d.untold; online && untold != nil {
		d.untold = nil
		mergeParams(d.params, untold)
		s.pushUpdate(d, origin{}, untold)
	}
}

// Deafen keeps a device online that does not answer commands any more: they fail with 4002 or 504.
func (s *Server) Deafen(id lock.DeviceID, deaf bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	must(s.device(string(id))).deaf = deaf
}

// SlowDown has a device take d longer for what it is told through a socket, on the simulator's clock;
// answers of other devices overtake it.
func (s *Server) SlowDown(id lock.DeviceID, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	must(s.device(string(id))).slow = d
}
