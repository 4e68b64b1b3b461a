package ewelink

import (
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// DeviceID is the portable id of a channel of a device: the deviceid for the first one, and with
// "/1" and so on behind it for the others.
func DeviceID(deviceID string, channel int) lock.DeviceID {
	if channel == 0 {
		return lock.DeviceID(deviceID)
	}
	return lock.DeviceID(deviceID + "/" + strconv.Itoa(channel))
}

// split is the deviceid and the channel of a portable id.
func split(id lock.DeviceID) (deviceID string, channel int) {
	deviceID, number, more := strings.Cut(string(id), "/")
	channel, err := strconv.Atoi(number)
	if more && (err != nil || channel < 1) {
		return string(id), 0 // no id of ours: the vendor will not know it
	}
	return deviceID, channel
}

// ID is the door's portable id.
func (d Door) ID() lock.DeviceID { return DeviceID(d.Device, d.Channel) }

// doorsOf returns the doors that a device opens: those the caller has named, and the one its tag names.
func (c *Client) doorsOf(t *Thing) []Door {
	var doors []Door
	for _, d := range c.set.doors {
		if d.Device == t.ItemData.DeviceID {
			doors = append(doors, d)
		}
	}
	if d, ok := c.tagged(t); ok {
		for _, named := range doors {
			if named.Channel == d.Channel {
				return doors
			}
		}
		doors = append(doors, d)
	}
	return doors
}

// tagged reads the door's tag.
func (c *Client) tagged(t *Thing) (Door, bool) {
	if c.set.doorTag == "" {
		return Door{}, false
	}
	value := t.ItemData.Tags.member(c.set.doorTag)
	if value == nil || string(value) == "false" || string(value) == `""` {
		return Door{}, false
	}
	d := Door{Device: t.ItemData.DeviceID}
	var says struct {
		Channel  int    `json:"channel"`
		Sensor   string `json:"sensor"`
		Latching bool   `json:"latching"`
	}
	if value[0] == '{' && wire.Unmarshal(value, &says) == nil && says.Channel >= 0 {
		d.Channel, d.Sensor, d.Latching = says.Channel, says.Sensor, says.Latching
	}
	return d, true
}

// onOff reads a state of which there are several spellings: "on" and "off", a boolean, 0 and 1, or an
// object with one of these in it.
func onOff(value wire.Raw) (on, known bool) {
	switch {
	case len(value) == 0:
		return false, false
	case value[0] == '{':
		var p Params
		if wire.Unmarshal(value, &p) != nil {
			return false, false
		}
		for _, name := range []string{"value", "switch"} {
			if inner := p.member(name); inner != nil {
				return onOff(inner)
			}
		}
		return false, false
	}
	switch string(value) {
	case `"on"`, "true", "1", `"1"`, `"true"`:
		return true, true
	case `"off"`, "false", "0", `"0"`, `"false"`:
		return false, true
	}
	return false, false
}

// outlet is an item of switches or pulses.
type outlet struct {
	Switch     wire.Raw `json:"switch"`
	Pulse      wire.Raw `json:"pulse"`
	Width      int      `json:"width"`
	PulseWidth int      `json:"pulseWidth"`
	Outlet     int      `json:"outlet"`
}

// outlets reads switches or pulses.
func outlets(p Params, name string) []outlet {
	var items wire.List[outlet]
	if !p.Get(name, &items) {
		return nil
	}
	return items
}

// manyChannels reports whether a relay is switched by the list switches.
func manyChannels(p Params) bool { return p.member("switches") != nil }

// relayState reads whether a channel is on.
func relayState(p Params, channel int) (on, known bool) {
	for _, o := range outlets(p, "switches") {
		if o.Outlet == channel {
			return onOff(o.Switch)
		}
	}
	if channel > 0 || manyChannels(p) {
		return false, false
	}
	return onOff(p.member("switch"))
}

// inching reports whether a channel falls back by itself after it was switched on.
func inching(p Params, channel int) bool {
	for _, o := range outlets(p, "pulses") {
		if o.Outlet == channel {
			on, _ := onOff(o.Pulse)
			return on
		}
	}
	if channel > 0 || manyChannels(p) {
		return false
	}
	on, _ := onOff(p.member("pulse"))
	return on
}

// switchTo is the params that switch a channel, in the spelling the device itself uses.
func switchTo(p Params, channel int, on bool) map[string]any {
	word := "off"
	if on {
		word = "on"
	}
	if manyChannels(p) {
		return map[string]any{"switches": []map[string]any{{"switch": word, "outlet": channel}}}
	}
	switch now := p.member("switch"); {
	case string(now) == "true" || string(now) == "false":
		return map[string]any{"switch": on}
	default:
		return map[string]any{"switch": word}
	}
}

// channelName is what the app calls a channel of a device; "" if it has no name.
func channelName(t *Thing, channel int) string {
	var names Params
	var name string
	if t.ItemData.Tags.Get("ck_channel_name", &names) && names.Get(channelKey(channel), &name) {
		return name
	}
	return ""
}

// nameOf is what people call a channel of a device.
func nameOf(t *Thing, channel int) string {
	if manyChannels(t.ItemData.Params) {
		if name := channelName(t, channel); name != "" {
			return name
		}
	}
	return t.ItemData.Name
}

// gateway is the device that a child talks through, "" if it needs none.
func gateway(p Params) lock.DeviceID {
	var parent string
	p.Get("parentid", &parent)
	return lock.DeviceID(parent)
}

// channelKey is a channel as the tags name it.
func channelKey(channel int) string { return strconv.Itoa(channel) }
