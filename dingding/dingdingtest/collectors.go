package dingdingtest

import (
	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// getCollector is GET get_elecollector_info, §11.12.
func (s *Server) getCollector(f fields) (object, error) {
	found, err := s.locate(f, collectorKind)
	if err != nil {
		return nil, err
	}
	o := found[0].collectorInfo()
	o["onoff_time"], o["bind_time"] = sec(found[0].onlineAt), sec(found[0].bound)
	return o, nil
}

// getCollectors is GET get_elecollector_info_arr, §11.13. Its times are milliseconds, as in the
// document's example.
func (s *Server) getCollectors(f fields) (object, error) {
	var found []*device
	if f.text("uuid") == "" && f.text("home_id") != "" {
		h, err := s.home(f.text("home_id"))
		if err != nil {
			return nil, err
		}
		found = sim.Keep(s.devicesIn(h), func(d *device) bool { return d.kind == collectorKind })
	} else {
		var err error
		if found, err = s.locate(f, collectorKind); err != nil {
			return nil, err
		}
	}
	return object{"elecollectors": sim.Each(found, func(d *device) object {
		o := d.collectorInfo()
		o["onoff_time"], o["bind_time"] = milli(d.onlineAt), milli(d.bound)
		o["time"], o["status"], o["power"], o["power_refreshtime"] = milli(d.made), 1, -1, -1
		o["center_description"] = ""
		if d.via != nil {
			o["center_description"] = d.via.nick
		}
		return o
	})}, nil
}

func (d *device) collectorInfo() object {
	return object{
		"uuid": d.uuid, "center_uuid": d.viaID(), "mac": d.mac, "sn": d.sn, "versions": d.versions, "onoff_line": d.onoff(),
		"name": d.name, "model": d.model, "model_name": d.modelName, "brand": d.brand,
		"lqi": d.signal, "lqi_refreshtime": milli(d.signalAt),
	}
}

// AddCollector adds a collector to a home, with a gateway if the home has none. It panics if
// there is no such home.
func (s *Server) AddCollector(in lock.HomeID) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := must(s.home(string(in)))
	return s.newCollector(h, s.gatewayIn(h)).id()
}

func (s *Server) newCollector(h *home, via *device) *device {
	d := s.newDevice(collectorKind, h.name+" collector")
	d.sn = "emjl0001" + s.sim.Random.Digits(12)
	d.name, d.model, d.modelName = "采集器", "DSEM-B01", "采集器"
	d.signal, d.signalAt = 117, d.made
	d.versions = map[string]string{
		"zigbee_version": "3.1.3.2", "protocol_version": "0.0.0.4", "hardware_version": "1.0.0.0", "app_version": "1.2.3.0",
	}
	s.install(d, h, nil, via)
	return d
}

func (s *Server) collectorIn(h *home, gateway *device) *device {
	if c := s.firstIn(h, collectorKind); c != nil {
		return c
	}
	return s.newCollector(h, gateway)
}
