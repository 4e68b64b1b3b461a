package dingdingtest

import (
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// exception is an entry of a device's exception record, §17.1.
type exception struct {
	kind int
	at   time.Time
}

// Kinds of exception, §17.1.
const (
	gatewayOffline      = 9001
	gatewayOnline       = 9002
	batteryLow          = 9101
	batteryRecovered    = 9102
	tampered            = 9103
	wrongCodes          = 9104
	deviceOffline       = 9106
	deviceOnline        = 9107
	creditExhausted     = 9403
	overPower           = 9404
	closedLocally       = 9405
	commError           = 9406
	waterGatewayOffline = 9501
	waterGatewayOnline  = 9502
)

func (s *Server) except(d *device, kind int) {
	d.exceptions = append(d.exceptions, exception{kind, s.now()})
}

// fetchExceptions is GET device_fetch_exceptions, §17.2. Its times are milliseconds, unlike all
// other start_time.
func (s *Server) fetchExceptions(f fields) (object, error) {
	d, found, err := s.exceptions(f)
	if err != nil {
		return nil, err
	}
	found, err = page(newest(found), f, 20)
	if err != nil {
		return nil, err
	}
	return object{"device_exceptions": sim.Each(found, func(e exception) object {
		return object{"type": e.kind, "home_id": d.home.id, "uuid": d.uuid, "time": milli(e.at)}
	})}, nil
}

// countExceptions is GET device_count_exceptions, §17.3.
func (s *Server) countExceptions(f fields) (object, error) {
	_, found, err := s.exceptions(f)
	return object{"count": len(found)}, err
}

func (s *Server) exceptions(f fields) (*device, []exception, error) {
	d, err := s.device(f.text("uuid"))
	if err != nil {
		return nil, nil, err
	}
	return d, during(d.exceptions, f.millis("start_time"), f.millis("end_time"), func(e exception) time.Time { return e.at }), nil
}
