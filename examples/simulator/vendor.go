package main

import (
	"flag"
	"net"
	"net/http"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// vendors are in the order of their ports.
var vendors = []vendor{
	{"dingding", 0, dingdingFlags},
	{"yeeuu", 1, yeeuuFlags},
	{"tuya", 2, tuyaFlags},
	{"aliyunlock", 3, aliyunlockFlags},
	{"ewelink", 4, ewelinkFlags},
}

// vendor is a simulator that can be started.
type vendor struct {
	name  string
	port  int                       // after the first one
	flags func(*flag.FlagSet) start // declares its credentials
}

// start serves a simulator on a listener and puts things and people into it.
type start func(l net.Listener, seed int64) (*running, error)

// simulator is what all simulators can do. A fault is the same type for all of them.
type simulator interface {
	Close()
	Clock() lock.Clock
	Advance(time.Duration)
	Settle()
	Fail(endpoint string, f dingdingtest.Fault)
	Heal()
	Handle(pattern string, h http.Handler)
}

// running is a simulator with things and people in it, and what each vendor does in its own way. A
// function that is nil is something the vendor cannot do; lacks says why, by the name of the call.
type running struct {
	about    about
	sim      simulator
	requests func() []request
	expire   func()
	callback func(events, services string)
	enter    func(device lock.DeviceID, code string) bool
	events   map[string]report                                          // by the words of the control call
	report   func(device lock.DeviceID, event string, r reported) error // any other word: the vendor's own event
	refuse   func(code int, message string) dingdingtest.Fault
	more     map[string]func() (any, error) // calls that only this vendor has
	lacks    map[string]string
}

// report has a device report something.
type report func(device lock.DeviceID, r reported) error

// reported is what belongs to a report.
type reported struct {
	Percent *int           `json:"percent"` // of a battery
	Amount  string         `json:"amount"`  // kWh or m³
	Key     string         `json:"key"`     // what opens
	Phone   string         `json:"phone"`   // who opens
	Fields  map[string]any `json:"fields"`  // of the vendor's own event
}

// plain is a report that needs nothing but the device.
func plain(do func(lock.DeviceID)) report {
	return func(id lock.DeviceID, _ reported) error {
		do(id)
		return nil
	}
}

// percent is a report of a battery.
func percent(do func(lock.DeviceID, int)) report {
	return func(id lock.DeviceID, r reported) error {
		if r.Percent == nil || *r.Percent < 0 || *r.Percent > 100 {
			return badCall("percent must be 0 to 100")
		}
		do(id, *r.Percent)
		return nil
	}
}
