package aliyunlocktest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// report is something a device has reported.
type report struct {
	identifier, kind string
	at               time.Time // when the platform got it
	happened         time.Time // when it happened, by the device
	outputs          object
	batch            string
}

// report has a device report something, now or when it is online again. The timeline shows it at
// once, the lock's history later.
func (s *Server) report(d *device, identifier, kind string, outputs object) {
	happened := s.now()
	tell := func() {
		s.commands++
		r := report{identifier: identifier, kind: kind, at: s.now(), happened: happened, outputs: outputs, batch: fmt.Sprintf("b%06d", s.commands)}
		d.timeline = append(d.timeline, r)
		s.later(s.opts.lag, sim.Work, func() { d.history = append(d.history, r) })
	}
	if d.status == statusOffline {
		d.untold = append(d.untold, tell)
		return
	}
	tell()
}

// Report has a device report an event of its product: "TamperAlarm", "DoorbellNotification".
func (s *Server) Report(id lock.DeviceID, identifier string, outputs map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report(must(s.deviceOf(string(id))), identifier, "info", maps.Clone(outputs))
}

// ReportAt puts an event into a device's timeline and history as if it had been reported at a time
// in the past.
func (s *Server) ReportAt(id lock.DeviceID, at time.Time, identifier string, outputs map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	s.commands++
	r := report{identifier: identifier, kind: "info", at: at, happened: at, outputs: maps.Clone(outputs), batch: fmt.Sprintf("b%06d", s.commands)}
	d.timeline, d.history = append(d.timeline, r), append(d.history, r)
}

// record is a report as the history shows it: the outputs beside the rest, the times local and
// without a zone.
func (r report) record(d *device) object {
	o := maps.Clone(r.outputs)
	if o == nil {
		o = object{}
	}
	o["iot_id"], o["event_code"] = d.iotID, r.identifier
	o["service_date"], o["client_date"] = localDate(r.at), localDate(r.happened)
	return o
}

func localDate(t time.Time) string { return t.In(chinaStandardTime).Format(time.DateTime) }

// history is /lock/event/history/query, §11: newest first. start and end are both inside, and count
// whole seconds, because the records do.
func (s *Server) history(who caller, f fields) (any, error) {
	iotID := cmp.Or(f.text("iotid"), f.text("iotId"))
	if iotID == "" {
		return nil, badParameter("iotid is required")
	}
	d, err := s.lockDevice(who, iotID)
	if err != nil {
		return nil, err
	}
	wanted := s.keyFilter(d, f)
	found := sim.Keep(d.history, func(r report) bool {
		return f.within(r.at.Truncate(time.Second)) && (len(f.texts("events")) == 0 || slices.Contains(f.texts("events"), r.identifier)) && wanted(r)
	})
	slices.SortStableFunc(found, func(a, b report) int { return a.at.Truncate(time.Second).Compare(b.at.Truncate(time.Second)) })
	slices.Reverse(found)
	p, err := page(sim.Each(found, func(r report) object { return r.record(d) }), f, 50, "data")
	if err != nil || !s.opts.otherShapes {
		return p, err
	}
	return p["data"], nil
}

// keyFilter narrows to a key, to the keys of a virtual user, or to the union of both. A lockUserId
// without lockUserType, or the reverse, is ignored.
func (s *Server) keyFilter(d *device, f fields) func(report) bool {
	type name struct {
		kind int
		id   string
	}
	var names []name
	key := f.text("lockUserId") != "" && f.has("lockUserType")
	if key {
		names = append(names, name{f.whole("lockUserType"), f.text("lockUserId")})
	}
	for _, b := range d.bindings {
		if b.who.id == f.text("virtualUserId") {
			names = append(names, name{b.kind, b.id})
		}
	}
	return func(r report) bool {
		if !key && f.text("virtualUserId") == "" {
			return true
		}
		id, _ := r.outputs["KeyID"].(string)
		kind, _ := r.outputs["LockType"].(int)
		return slices.Contains(names, name{kind, id})
	}
}

// during finds the reports a timeline asks for.
func (d *device) during(f fields) []report {
	return sim.Keep(d.timeline, func(r report) bool {
		return r.identifier == f.text("identifier") && (!f.has("eventType") || f.text("eventType") == r.kind) && f.within(r.at)
	})
}

// eventTimeline is /living/device/event/timeline/get.
func (s *Server) eventTimeline(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	found := d.during(f)
	switch f.text("order") {
	case "DESC":
		slices.Reverse(found)
	case "", "ASC":
	default:
		return nil, badParameter("order is ASC or DESC")
	}
	limit := 200
	if f.has("limit") {
		limit = f.whole("limit")
	}
	if limit < 1 || limit > 200 {
		return nil, badParameter("limit is 1 to 200")
	}
	return sim.Each(found[:min(limit, len(found))], func(r report) object { return r.entry(d) }), nil
}

// cloudEventTimeline is /cloud/thing/event/timeline/get.
func (s *Server) cloudEventTimeline(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	found := d.during(f)
	if !f.truth("ordered") {
		slices.Reverse(found)
	}
	size := 50
	if f.has("pageSize") {
		size = f.whole("pageSize")
	}
	return object{"items": sim.Each(found[:min(size, len(found))], func(r report) object { return r.entry(d) })}, nil
}

func (r report) entry(d *device) object {
	body := r.outputs
	if body == nil {
		body = object{}
	}
	return object{"iotId": d.iotID, "eventCode": r.identifier, "eventName": r.identifier, "eventType": r.kind, "eventBody": body,
		"batchId": r.batch, "timestamp": milli(r.at)}
}

// service is something that the locks' product can be told.
type service struct {
	call string // "sync" or "async"
	run  func(s *Server, d *device, args sim.Values) (outputs any, err error)
}

// serviceTable are the services of LockProduct.
var serviceTable = map[string]service{
	"RemoteUnlock": {"async", (*Server).remoteUnlock},
	"AddOTP":       {"async", (*Server).addOTP},
	"GetKeyList":   {"sync", (*Server).keyList},
}

// invoke is /thing/service/invoke and /cloud/thing/service/invoke.
func (s *Server) invoke(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	run, ok := serviceTable[f.text("identifier")]
	switch {
	case !ok || d.category != lockCategory:
		return nil, refuse(2000, "param is invalid: the product has no service %s", f.text("identifier"))
	case d.status != statusOnline:
		return nil, refuse(6205, "device is offline")
	}
	s.commands++
	reply := object{"messageId": fmt.Sprintf("%d", 100000+s.commands)}
	outputs, err := run.run(s, d, f.open("args"))
	if err != nil {
		return nil, err
	}
	if run.call == "sync" {
		reply["data"] = outputs
	}
	return reply, nil
}

// refuses takes the verdict that a test has ordered.
func (d *device) refuses() bool {
	if len(d.verdicts) == 0 || d.verdicts[0] != "refuse" {
		return false
	}
	d.verdicts = d.verdicts[1:]
	return true
}

func (d *device) muted() bool {
	if len(d.verdicts) == 0 || d.verdicts[0] != "mute" {
		return false
	}
	d.verdicts = d.verdicts[1:]
	return true
}

// RefuseNext makes a lock refuse the next service or deletion.
func (s *Server) RefuseNext(id lock.DeviceID) { s.order(id, "refuse") }

// MuteNext makes a lock carry the next service out without reporting it.
func (s *Server) MuteNext(id lock.DeviceID) { s.order(id, "mute") }

func (s *Server) order(id lock.DeviceID, verdict string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	d.verdicts = append(d.verdicts, verdict)
}

// remoteUnlock opens the door and reports RemoteUnlockNotification.
func (s *Server) remoteUnlock(d *device, _ sim.Values) (any, error) {
	refused, muted := d.refuses(), d.muted()
	s.later(s.sim.Latency, sim.Work, func() {
		if refused {
			s.report(d, "RemoteUnlockNotification", "info", object{"Status": 1})
			return
		}
		d.opened++
		if !muted {
			s.report(d, "RemoteUnlockNotification", "info", object{"Status": 0})
		}
	})
	return nil, nil
}

// addOTP enrols a temporary password and reports KeyAddedNotification. A code that another key has
// is refused with Status 2.
func (s *Server) addOTP(d *device, args sim.Values) (any, error) {
	code, _ := sim.Decode[string](args["OTP"])
	begin, end, err := window(args)
	if err != nil || len(code) < 6 || len(code) > 10 {
		return nil, badParameter("AddOTP takes OTP of 6 to 10 digits, StartTime and ValidTime in seconds, or StartDate and EndDate")
	}
	refused, muted := d.refuses(), d.muted()
	s.later(s.sim.Latency, sim.Work, func() {
		taken := slices.ContainsFunc(d.keys, func(k *key) bool { return k.code == code })
		switch {
		case refused:
			s.report(d, "KeyAddedNotification", "info", object{"LockType": Temporary, "Status": 1})
		case taken:
			s.report(d, "KeyAddedNotification", "info", object{"LockType": Temporary, "Status": 2})
		default:
			k := s.enrol(d, Temporary, code, "", Normal)
			k.begin, k.end = begin, end
			if !muted {
				s.report(d, "KeyAddedNotification", "info", k.outputs(s.opts.tellCodes))
			}
		}
	})
	return nil, nil
}

// window reads a password's window in either of the forms that products have.
func window(args sim.Values) (begin, end time.Time, err error) {
	date := func(name string) time.Time {
		t, _ := sim.Decode[string](args[name])
		at, failed := time.ParseInLocation(time.DateTime, t, chinaStandardTime)
		if failed != nil {
			err = failed
		}
		return at
	}
	if _, ok := args["StartDate"]; ok {
		return date("StartDate"), date("EndDate"), err
	}
	var seconds int64
	if failed := json.Unmarshal(args["ValidTime"], &seconds); failed != nil {
		return begin, end, failed
	}
	begin = date("StartTime")
	return begin, begin.Add(time.Duration(seconds) * time.Second), err
}

// keyList is a synchronous service: it answers with the keys in the lock.
func (s *Server) keyList(d *device, _ sim.Values) (any, error) {
	return object{"KeyList": sim.Each(d.keys, func(k *key) object {
		return object{"KeyID": k.id, "LockType": k.kind, "UserLimit": k.perm}
	})}, nil
}
