package ewelinktest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// origin is who told a device something.
type origin struct {
	user   *user   // nil = the device itself, or a person at it
	socket *socket // the one that needs no update; nil = none
	http   bool
}

// How a command ended; the codes on HTTP and on the socket differ.
type outcome int

const (
	done outcome = iota
	offline
	unanswered
	refusedByDevice
	notPermitted // to whom the device is shared with
)

// socketCode is an outcome in an answer of the socket.
func (o outcome) socketCode() int {
	return [...]int{done: 0, offline: 503, unanswered: 504, refusedByDevice: 504, notPermitted: 403}[o]
}

// command tells a device something. It returns what the answer carries besides, for queries of energy.
func (s *Server) command(d *device, by origin, params object) (config object, o outcome) {
	switch {
	case !d.permits(by.user, params):
		return nil, notPermitted
	case !d.online:
		return nil, offline
	case d.deaf:
		return nil, unanswered
	}
	for name := range params {
		if !d.product.takes(name) {
			return nil, refusedByDevice
		}
	}
	if d.meter != nil {
		var ok bool
		if config, ok = s.meterCommand(d, by, params); !ok {
			return nil, refusedByDevice
		}
	}
	if !validParams(d, params) {
		return nil, refusedByDevice
	}
	s.sim.Count("device " + d.id)
	changes := maps.Clone(params)
	for _, transient := range d.product.transient() {
		delete(changes, transient)
	}
	if len(changes) == 0 {
		return config, done
	}
	before := switchesOf(d.params)
	mergeParams(d.params, changes)
	s.remember(d, by, params)
	s.pushUpdate(d, by, changes)
	s.switched(d, before, params)
	return config, done
}

// transient are params that are orders and no state.
func (p product) transient() []string {
	if p.metering == nil {
		return nil
	}
	return p.metering.orders()
}

// validParams refuses what no device of the kind understands.
func validParams(d *device, params object) bool {
	if v, ok := params["switch"]; ok && d.product.channels == 1 {
		if d.uiid == uiidBreaker {
			if _, isBool := v.(bool); !isBool {
				return false
			}
		} else if v != "on" && v != "off" {
			return false
		}
	}
	if v, ok := params["switches"]; ok && d.product.channels > 0 {
		list, isList := v.([]any)
		if !isList || len(list) == 0 {
			return false
		}
		for _, item := range list {
			state := sim.ZeroOr[object](item)["switch"]
			if o := outletOf(item); o < 0 || o > 3 || state != "on" && state != "off" {
				return false
			}
		}
	}
	if v, ok := params["pulseWidth"]; ok && d.product.channels > 0 {
		width := number(v)
		return width >= 500 && width <= 3_600_000 && width%500 == 0
	}
	return true
}

// switchesOf are the states of the channels, by channel.
func switchesOf(params object) map[int]bool {
	states := map[int]bool{}
	switch v := params["switch"].(type) {
	case string:
		states[0] = v == "on"
	case bool:
		states[0] = v
	}
	for _, item := range sim.ZeroOr[[]any](params["switches"]) {
		states[outletOf(item)] = sim.ZeroOr[object](item)["switch"] == "on"
	}
	return states
}

// switched counts the relays that were switched on, and lets those that are inching fall back.
func (s *Server) switched(d *device, before map[int]bool, params object) {
	told := switchesOf(params)
	for _, channel := range slices.Sorted(maps.Keys(told)) {
		if !told[channel] {
			d.pulses[channel]++ // no pulse has to end any more
			continue
		}
		d.opened++
		if width := d.pulseWidth(channel); width > 0 {
			d.pulses[channel]++
			pulse := d.pulses[channel]
			s.later(width, sim.Work, func() {
				if d.pulses[channel] == pulse && d.owner != nil {
					s.report(d, channelParams(d, channel, false))
				}
			})
		} else if before[channel] {
			d.opened-- // it was on and stays on
		}
	}
}

// pulseWidth is how long a channel stays on; 0 = for good.
func (d *device) pulseWidth(channel int) time.Duration {
	if d.params["pulse"] == "on" {
		return time.Duration(number(d.params["pulseWidth"])) * time.Millisecond
	}
	for _, item := range sim.ZeroOr[[]any](d.params["pulses"]) {
		if o := sim.ZeroOr[object](item); outletOf(item) == channel && o["pulse"] == "on" {
			return time.Duration(number(o["width"])) * time.Millisecond
		}
	}
	return 0
}

// channelParams are the params that set one channel.
func channelParams(d *device, channel int, on bool) object {
	state := "off"
	if on {
		state = "on"
	}
	switch {
	case d.uiid == uiidBreaker:
		return object{"switch": on}
	case d.product.channels > 1:
		return object{"switches": []any{object{"switch": state, "outlet": json.Number(strconv.Itoa(channel))}}}
	}
	return object{"switch": state}
}

// report has a device tell of itself. What it has to tell while it is offline it tells later, without
// its history.
func (s *Server) report(d *device, params object) {
	if !d.online {
		if d.untold == nil {
			d.untold = object{}
		}
		mergeParams(d.untold, params)
		return
	}
	mergeParams(d.params, params)
	s.remember(d, origin{}, params)
	s.pushUpdate(d, origin{}, params)
}

// getStatus is GET /v2/device/thing/status: what the cloud knows.
func (s *Server) getStatus(who call, f fields) (any, error) {
	var params object
	switch f.whole("type") {
	case 1:
		d, err := s.visible(who.user, f.text("id"))
		if err != nil {
			return nil, err
		}
		params = d.params
	case 2:
		g, err := s.group(who.user, f.text("id"))
		if err != nil {
			return nil, err
		}
		params = g.params
	default:
		return nil, badParameter("type is 1 or 2")
	}
	return object{"params": chosen(params, split(f.text("params")))}, nil
}

// chosen are some of the params; all of them without names.
func chosen(params object, names []string) object {
	some := object{}
	for name, v := range params {
		if len(names) == 0 || slices.Contains(names, name) {
			some[name] = v
		}
	}
	return some
}

// setStatus is POST /v2/device/thing/status. A group passes the command on and does not look what
// becomes of it.
func (s *Server) setStatus(who call, f fields) (any, error) {
	o, err := s.set(who, f)
	switch {
	case err != nil || o == done:
		return nil, err
	case o == notPermitted:
		return nil, refuse(406, "the share does not permit it")
	}
	return nil, refuse(4002, "device control failed, please check device online status or params")
}

func (s *Server) set(who call, f fields) (outcome, error) {
	params := f.open("params")
	if len(params) == 0 {
		return done, badParameter("params is empty")
	}
	by := origin{user: who.user, http: true}
	switch f.whole("type") {
	case 1:
		d, err := s.visible(who.user, f.text("id"))
		if err != nil {
			return done, err
		}
		_, o := s.command(d, by, params)
		return o, nil
	case 2:
		g, err := s.group(who.user, f.text("id"))
		if err != nil {
			return done, err
		}
		for _, d := range g.members {
			s.command(d, by, params)
		}
		mergeParams(g.params, params)
		return done, nil
	}
	return done, badParameter("type is 1 or 2")
}

// setStatuses is POST /v2/device/thing/batch-status. Without a timeout nobody waits for the devices,
// and no error is known.
func (s *Server) setStatuses(who call, f fields) (any, error) {
	items, timeout := f.inners("thingList"), f.whole("timeout")
	if len(items) < 1 || len(items) > 10 || timeout < 0 || timeout > 8000 {
		return nil, badParameter("thingList has 1 to 10 items and timeout is 0 to 8000")
	}
	seen := map[string]bool{}
	for _, item := range items {
		if seen[item.text("id")] {
			return nil, badParameter("the ids of thingList are not unique")
		}
		seen[item.text("id")] = true
	}
	list := []object{}
	for _, item := range items {
		o, err := s.set(who, item)
		code := 0
		if item.whole("type") == 1 && timeout > 0 {
			code = batchCode(o, err)
		}
		list = append(list, object{"type": item.whole("type"), "id": item.text("id"), "error": code})
	}
	return object{"respList": list}, nil
}

func batchCode(o outcome, err error) int {
	if ref, ok := err.(*refusal); ok {
		return ref.code
	}
	return [...]int{done: 0, offline: 30022, unanswered: 4002, refusedByDevice: 4002, notPermitted: 406}[o]
}
