package ewelinktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// record is one operation of a device.
type record struct {
	at      time.Time
	agent   string // app or device
	account string // of who did it in the app
	params  object
	request string
}

// alarm is one alarm of a device.
type alarm struct {
	at      time.Time
	kind    string
	request string
}

// operations are the params whose change is an operation; the others are settings or measurements.
var operations = []string{"switch", "switches", "lock", "batteryRecharge", "zeroPower", "resetPower"}

func split(names string) []string {
	if names == "" {
		return nil
	}
	return strings.Split(names, "|")
}

// remember writes an operation into the history, unless the owner has switched that off, and notifies
// the owner of it, if that is switched on.
func (s *Server) remember(d *device, by origin, params object) {
	s.rememberAt(d, by, params, s.now())
}

func (s *Server) rememberAt(d *device, by origin, params object, at time.Time) {
	if !slices.ContainsFunc(slices.Collect(maps.Keys(params)), func(name string) bool { return slices.Contains(operations, name) }) {
		return
	}
	r := record{at: at, agent: "device", params: params}
	if by.user != nil {
		r.agent, r.account = "app", by.user.account()
	}
	what := any(params)
	if s.opts.wholeRequests {
		what = object{"action": "update", "deviceid": d.id, "apikey": d.owner.apikey, "userAgent": r.agent, "params": params}
	}
	request, _ := json.Marshal(what) // came as JSON
	if s.opts.quoted {
		request, _ = json.Marshal(string(request)) // a string always marshals
	}
	r.request = string(request)
	if number(d.settings["opsHistory"]) == 1 {
		d.history = append(d.history, r)
	}
	if number(d.settings["opsNotify"]) == 1 {
		s.message(d.owner, d.at.home, "opsNotify_v2", object{"deviceid": d.id, "name": d.name, "userAgent": r.agent, "opsAccount": r.account, "params": params})
	}
}

// channels names what an operation was about: "switch", or the outlets.
func (r record) channels() []string {
	list := sim.ZeroOr[[]any](r.params["switches"])
	if len(list) == 0 {
		return []string{"switch"}
	}
	var names []string
	for _, item := range list {
		names = append(names, strconv.Itoa(outletOf(item)))
	}
	return names
}

func (s *Server) historyItem(d *device, r record) object {
	o := object{"deviceid": d.id, "userAgent": r.agent, "request": r.request, "opsTime": r.at.UnixMilli(), "opsSwitchs": strings.Join(r.channels(), ",")}
	if s.opts.otherShapes {
		o["opsSwitchs"] = r.channels()
	}
	if r.account != "" {
		o["opsAccount"] = r.account
	}
	return o
}

// listHistory is GET /v2/device/history.
func (s *Server) listHistory(who call, f fields) (any, error) {
	d, err := s.visible(who.user, f.text("deviceid"))
	if err != nil {
		return nil, err
	}
	since := s.now().Add(-s.noise.lateRecords)
	readable := sim.Keep(d.history, func(r record) bool { return !r.at.After(since) })
	found, err := latest(s, readable, f, func(r record) time.Time { return r.at })
	if err != nil {
		return nil, err
	}
	return object{"histories": sim.Each(found, func(r record) object { return s.historyItem(d, r) })}, nil
}

// DelayRecords has operations appear in histories only when they are older than d; 0 = at once again.
func (s *Server) DelayRecords(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noise.lateRecords = d
}

// clearHistory is DELETE /v2/device/history.
func (s *Server) clearHistory(who call, f fields) (any, error) {
	d, err := s.own(who.user, f.text("deviceid"))
	if err != nil {
		return nil, err
	}
	d.history = nil
	return nil, nil
}

// RecordAt puts an operation into a device's history as if a person had made it at the device at a
// time in the past.
func (s *Server) RecordAt(id lock.DeviceID, at time.Time, params map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rememberAt(must(s.device(string(id))), origin{}, maps.Clone(params), at)
}

// Alarm has a device raise an alarm: it stands in the alarm history under its type, and the owner
// has a message unless settings.alarmNotify is 0.
func (s *Server) Alarm(id lock.DeviceID, kind string, params map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.device(string(id)))
	request, err := json.Marshal(params)
	d.alarms = append(d.alarms, alarm{s.now(), kind, string(must(request, err))})
	if number(d.settings["alarmNotify"]) == 1 {
		s.message(d.owner, d.at.home, "alarmNotify_v2", object{"deviceid": d.id, "name": d.name, "type": kind, "params": maps.Clone(params)})
	}
}

// listAlarms is GET /v2/device/alarm-history.
func (s *Server) listAlarms(who call, f fields) (any, error) {
	d, err := s.visible(who.user, f.text("deviceid"))
	if err != nil {
		return nil, err
	}
	ofKind := sim.Keep(d.alarms, func(a alarm) bool { return a.kind == f.text("type") })
	found, err := latest(s, ofKind, f, func(a alarm) time.Time { return a.at })
	if err != nil {
		return nil, err
	}
	return object{"alarmHistories": sim.Each(found, func(a alarm) object {
		return object{"request": a.request, "opsTime": a.at.UnixMilli(), "userAgent": "device", "triggerType": 1}
	})}, nil
}

// message is an entry of an account's message centre, in one of its homes.
type message struct {
	id, kind string
	home     *home
	body     object
	at       time.Time
}

func (s *Server) message(u *user, h *home, kind string, body object) {
	s.messages++
	u.messages = append(u.messages, message{fmt.Sprintf("%024x", s.messages), kind, h, body, s.now()})
}

// Message puts a message of any type, "pushNotify_v2", into the message centre of the server's
// account, in its current home.
func (s *Server) Message(kind string, body map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := must(s.userOf(s.Account))
	s.message(u, u.current, kind, maps.Clone(body))
}

// readMessages is GET /v2/message/read.
func (s *Server) readMessages(who call, f fields) (any, error) {
	h, err := who.user.home(f.text("familyid"))
	if err != nil {
		return nil, err
	}
	here := sim.Keep(who.user.messages, func(m message) bool { return m.home == h })
	found, err := latest(s, here, f, func(m message) time.Time { return m.at })
	if err != nil {
		return nil, err
	}
	return object{"messageList": sim.Each(found, func(m message) object {
		return object{"msgid": m.id, "msgType": m.kind, "message": m.body, "date": m.at.UnixMilli()}
	})}, nil
}
