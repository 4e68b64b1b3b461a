package ewelinktest

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// product is a kind of device: which params it has, and which of them a command may carry.
type product struct {
	name, model, ui string
	uiid            int
	channels        int      // of a switch; 0 = no switch
	writable        []string // nil = whatever comes is kept
	metering        *metering
	params          func(now time.Time) object
}

// common are params that every device takes.
var common = []string{"timers", "sledOnline", "timeZone", "sledBright"}

func (p product) takes(name string) bool {
	return p.writable == nil || slices.Contains(p.writable, name) || slices.Contains(common, name)
}

func (p product) initial(now time.Time) object {
	o := object{}
	if p.params != nil {
		o = p.params(now)
	}
	switch {
	case p.channels == 1 && p.uiid != uiidBreaker:
		o["switch"], o["startup"], o["pulse"], o["pulseWidth"] = "off", "off", "off", 500
	case p.channels > 1:
		switches, configure, pulses := []any{}, []any{}, []any{}
		for i := range 4 { // fewer channels are listed as four
			outlet := json.Number(strconv.Itoa(i))
			switches = append(switches, object{"switch": "off", "outlet": outlet})
			configure = append(configure, object{"startup": "off", "outlet": outlet})
			pulses = append(pulses, object{"pulse": "off", "width": json.Number("500"), "outlet": outlet})
		}
		o["switches"], o["configure"], o["pulses"], o["lock"] = switches, configure, pulses, 0
	}
	return o
}

func wifi(time.Time) object {
	return object{"rssi": -51, "ssid": "site", "bssid": "d0:27:00:00:00:01", "sledOnline": "on", "timeZone": 8, "version": 8}
}

var (
	oneChannel  = []string{"switch", "startup", "pulse", "pulseWidth", "switches", "configure", "pulses"}
	manyChannel = []string{"switches", "configure", "pulses", "lock"}

	relay  = product{name: "BASICR2", model: "PSF-B01-GL", ui: "单通道开关", uiid: 1, channels: 1, writable: oneChannel, params: wifi}
	relay2 = product{name: "DUALR2", model: "PSF-B04-GL", ui: "双通道开关", uiid: 2, channels: 2, writable: manyChannel, params: wifi}
	relay4 = product{name: "4CHPROR3", model: "PSF-B04-GL", ui: "四通道开关", uiid: 4, channels: 4, writable: manyChannel, params: wifi}

	wifiContact = product{name: "DW2-Wi-Fi", model: "PSF-BTA-GL", ui: "WiFi门磁", uiid: 102, writable: []string{}, params: func(now time.Time) object {
		stamp := now.UTC().Format(stampFormat)
		return object{"switch": "off", "battery": "2.9", "type": 4, "lastUpdateTime": stamp, "actionTime": stamp, "rssi": -60, "chipid": "0"}
	}}
	newContact = product{name: "DW2-Wi-Fi-L", model: "PSF-BTA-GL", ui: "WiFi门磁", uiid: 154, writable: []string{"defense"}, params: func(now time.Time) object {
		return object{"switch": "off", "battery": 92, "type": 4, "actionTime": now.UTC().Format(stampFormat), "defense": 0, "rssi": -60}
	}}
	zigbeeContact = product{name: "SNZB-04", model: "ZCL_HA_DEVICEID_IAS_ZONE", ui: "zigbee门磁", uiid: 3026, writable: []string{}, params: func(now time.Time) object {
		return object{"lock": 0, "battery": 87, "trigTime": trigTime(now), "subDevRssi": -70}
	}}
	zigbeeContactP = product{name: "SNZB-04P", model: "SNZB-04P", ui: "zigbee门磁", uiid: 7003, writable: []string{}, params: zigbeeContact.params}

	// anything is a device of a kind the simulator knows nothing about: it keeps what it is told.
	anything = product{name: "GENERIC", model: "GENERIC", ui: "通用"}
)

const stampFormat = "2006-01-02T15:04:05.000Z"

// trigTime is a time as Zigbee sensors tell it: milliseconds, as text.
func trigTime(now time.Time) string { return strconv.FormatInt(now.UnixMilli(), 10) }

// mergeParams takes changes over. The lists of a device with several channels are merged by outlet.
func mergeParams(params, changes object) {
	for name, change := range changes {
		items, isList := change.([]any)
		before, wasList := params[name].([]any)
		if !isList || !wasList || !slices.Contains([]string{"switches", "configure", "pulses"}, name) {
			params[name] = change
			continue
		}
		merged := slices.Clone(before)
		for _, item := range items {
			i := slices.IndexFunc(merged, func(old any) bool { return outletOf(old) == outletOf(item) })
			if i < 0 {
				merged = append(merged, item)
				continue
			}
			both := object{}
			for _, o := range []any{merged[i], item} {
				for k, v := range sim.ZeroOr[object](o) {
					both[k] = v
				}
			}
			merged[i] = both
		}
		params[name] = merged
	}
}

// outletOf is the channel an item of switches, configure or pulses is about; -1 if it says none.
func outletOf(item any) int {
	n, err := strconv.Atoi(string(sim.ZeroOr[json.Number](sim.ZeroOr[object](item)["outlet"])))
	if err != nil {
		return -1
	}
	return n
}

// number reads a param that is a number, or one in a string; 0 if it is neither.
func number(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case json.Number:
		n, err := v.Int64()
		if err == nil {
			return int(n)
		}
	case string:
		n, err := strconv.Atoi(v)
		if err == nil {
			return n
		}
	}
	return 0
}
