package dingdingtest

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// maker is the manufactory of the water meters and their gateways.
const maker = "cy"

// waterMeter is what makes a device a water meter.
type waterMeter struct {
	maker    string
	hot      bool
	total    decimal.Decimal // m³, on the meter
	reading  int             // 1 running, 2 done, 3 failed
	planned  bool            // the automatic reading is due
	readings []waterReading
	changed  time.Time
}

type waterReading struct {
	device *device
	at     time.Time
	total  decimal.Decimal
	room   decimal.Decimal // used in the room since its meters were installed
}

const checkMinute = 6 // check_time: the minute of the hour when meters are read by themselves

func (w *waterMeter) kind() int64 {
	if w.hot {
		return 2
	}
	return 1
}

// getWaterGateway is GET get_water_gateway_info, §15.1.
func (s *Server) getWaterGateway(f fields) (object, error) {
	d, err := s.device(f.text("uuid"))
	if err != nil {
		return nil, err
	}
	if d.kind != waterGatewayKind {
		return nil, refuse(notFound, "%s is no water gateway", d.uuid)
	}
	info := d.waterInfo()
	info["type"], info["parent"] = "gateway", d.uuid // as in the document's example
	return object{"info": info}, nil
}

func (d *device) waterInfo() object {
	return object{
		"uuid": d.uuid, "user_id": "1100000", "parent": d.viaID(), "manufactory": maker, "type": d.kind, "removed": 2,
		"mtime": iso(d.onlineAt), "ctime": iso(d.made), "bind_time": iso(d.bound), "onoff": d.onoff(),
		"home_id": d.home.id, "room_id": d.placeID(),
	}
}

// iso is a time as the water platform writes it.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// getWaterMeter is GET get_watermeter_info, §15.2.
func (s *Server) getWaterMeter(f fields) (object, error) {
	d, err := s.waterMeter(f)
	if err != nil {
		return nil, err
	}
	info := d.waterInfo()
	info["check_time"], info["meter_type"], info["mtime"] = checkMinute, d.water.kind(), iso(d.water.changed)
	return object{"info": info}, nil
}

func (s *Server) waterMeter(f fields) (*device, error) {
	d, err := s.device(f.text("uuid"))
	if err != nil {
		return nil, err
	}
	if d.water == nil || !strings.EqualFold(d.water.maker, f.text("manufactory")) {
		return nil, refuse(notFound, "no water meter %q of %q", f.text("uuid"), f.text("manufactory"))
	}
	if d.denied {
		return nil, refuse(notAllowed, "device %q is not this account's to use", d.uuid)
	}
	return d, nil
}

// readWaterMeter is GET read_watermeter, §15.3. The reading comes later, as an event.
func (s *Server) readWaterMeter(f fields) (object, error) {
	d, err := s.waterMeter(f)
	if err != nil {
		return nil, err
	}
	d.water.reading, d.water.changed = stageRunning, s.now()
	s.command(d, func() int {
		s.uploadWater(d)
		return done
	}, func(result int) {
		d.water.changed = s.now()
		d.water.reading = 2
		if result != done {
			d.water.reading = 3
		}
	})
	return nil, nil
}

// getWaterReadingState is GET read_watermeter_status, §15.4. A meter that was never read counts
// as read.
func (s *Server) getWaterReadingState(f fields) (object, error) {
	d, err := s.waterMeter(f)
	if err != nil {
		return nil, err
	}
	return object{"reading": d.water.reading}, nil
}

// getWaterRecords is GET get_meter_record, §15.5.
func (s *Server) getWaterRecords(f fields) (object, error) {
	found, err := s.waterReadings(f)
	if err != nil {
		return nil, err
	}
	found, err = page(newest(found), f, 10)
	if err != nil {
		return nil, err
	}
	return object{"records": sim.Each(found, func(r waterReading) object {
		return object{
			"type": r.device.water.kind(), "uuid": r.device.uuid, "manufactory": r.device.water.maker, "ctime": iso(r.at),
			"device_amount": num(r.total), "room_amount": num(r.room),
		}
	})}, nil
}

// countWaterRecords is POST count_meter_record, §15.6.
func (s *Server) countWaterRecords(f fields) (object, error) {
	found, err := s.waterReadings(f)
	return object{"count": len(found)}, err
}

// waterReadings finds records by uuid and manufactory, or by room and type.
func (s *Server) waterReadings(f fields) ([]waterReading, error) {
	var found []waterReading
	switch {
	case f.text("uuid") != "" && f.text("manufactory") != "":
		d, err := s.waterMeter(f)
		if err != nil {
			return nil, err
		}
		found = d.water.readings
	case f.text("room_id") != "" && f.has("type"):
		if !f.is("type", 1, 2) {
			return nil, refuse(badParameter, "type must be 1 or 2")
		}
		r, err := s.room(f.text("room_id"))
		if err != nil {
			return nil, err
		}
		for _, d := range s.devices {
			if d.room == r && d.water != nil && f.is("type", d.water.kind()) {
				found = append(found, d.water.readings...)
			}
		}
	default:
		return nil, refuse(badParameter, "uuid and manufactory, or room_id and type, are required")
	}
	return during(found, f.millis("begin"), f.millis("end"), func(r waterReading) time.Time { return r.at }), nil
}

// uploadWater brings a meter's counter to the cloud.
func (s *Server) uploadWater(d *device) {
	r := waterReading{device: d, at: s.now(), total: d.water.total, room: d.water.total}
	for _, other := range s.devices {
		if other != d && other.water != nil && other.room == d.room && other.home == d.home && other.water.hot == d.water.hot {
			r.room = r.room.Add(other.water.total)
		}
	}
	d.water.readings = append(d.water.readings, r)
	s.event(d, "watermeterAmountAsync", pairs{{"amount", num(r.total)}}, pair{"meter_type", d.water.kind()})
}

// AddWaterMeter adds a cold-water meter in a room of the same name, together with the home and
// water gateway it needs. Its id is uuid and manufactory, "170000001@cy".
func (s *Server) AddWaterMeter(name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.mainHome()
	if s.firstIn(h, waterGatewayKind) == nil {
		s.install(s.newWaterGateway(h), h, nil, nil)
	}
	return s.install(s.newWaterMeter(name, false), h, s.newRoom(h, name), s.firstIn(h, waterGatewayKind))
}

func (s *Server) newWaterGateway(h *home) *device {
	d := s.newDevice(waterGatewayKind, h.name+" water gateway")
	d.uuid = s.sim.Random.Hex(12)
	d.sn, d.name, d.model, d.brand = d.uuid, "水表网关", "CY-GW", maker
	return d
}

func (s *Server) newWaterMeter(nick string, hot bool) *device {
	d := s.newDevice(waterMeterKind, nick)
	d.uuid = "17" + s.sim.Random.Digits(7)
	d.sn, d.name, d.model, d.brand = d.uuid, "水表", "CY-WM", maker
	d.water = &waterMeter{maker: maker, hot: hot, reading: 2, changed: d.made}
	return d
}

// InstallWaterGateway is an installer putting a water gateway into a home. The error is the
// vendor's.
func (s *Server) InstallWaterGateway(in lock.HomeID) (lock.DeviceID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.home(string(in))
	if err != nil {
		return "", err
	}
	return s.install(s.newWaterGateway(h), h, nil, nil), nil
}

// InstallWaterMeter is an installer putting a meter for cold or hot water into a room, or, with no
// room, at the home itself. It talks through the home's water gateway and is offline if there is
// none. The error is the vendor's.
func (s *Server) InstallWaterMeter(in lock.HomeID, at lock.RoomID, hot bool) (lock.DeviceID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, r, err := s.spot(in, at)
	if err != nil {
		return "", err
	}
	name := h.name + " water"
	if r != nil {
		name = r.name + " water"
	}
	return s.install(s.newWaterMeter(name, hot), h, r, s.firstIn(h, waterGatewayKind)), nil
}

// ReplaceWaterGateway is an installer putting a new water gateway in the place of an old one
// (deviceReplace). It returns the new one's uuid.
func (s *Server) ReplaceWaterGateway(old lock.DeviceID) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustDevice(old)
	d.uuid = s.sim.Random.Hex(12)
	d.sn, d.bound = d.uuid, s.now()
	s.event(d, "deviceReplace", pairs{{"type", d.kind.installType()}}, pair{"old_uuid", string(old)})
	return d.id()
}

// ConsumeWater lets m³ of water through a water meter. The cloud learns of it when the meter is
// read, which it is by itself at the sixth minute of the next hour. It panics if the amount is no
// decimal number.
func (s *Server) ConsumeWater(device lock.DeviceID, amount string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustDevice(device)
	if d.water == nil {
		panic("dingdingtest: " + d.uuid + " is no water meter")
	}
	d.water.total = d.water.total.Add(decimal.RequireFromString(amount))
	if d.water.planned {
		return
	}
	d.water.planned = true
	next := s.now().Truncate(time.Hour).Add(checkMinute * time.Minute)
	if !next.After(s.now()) {
		next = next.Add(time.Hour)
	}
	s.later(next.Sub(s.now()), sim.Later, func() {
		d.water.planned = false
		s.tell(d, func() { s.uploadWater(d) })
	})
}
