package tuyatest

import (
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// record is an entry of the logs.
type record struct {
	at          time.Time
	code, value string
	by          *member // nil = nobody whom the lock knows
	name        string  // of the method
}

// instant is now, and later than any record of the lock: a door opens once at a time.
func (s *Server) instant(d *device) time.Time {
	at := s.now().Truncate(time.Millisecond)
	if !at.After(d.door.last) {
		at = d.door.last.Add(time.Millisecond)
	}
	d.door.last = at
	return at
}

// byTime puts a record where its time wants it: those of a lock that was offline come late.
func byTime(list []record, r record) []record {
	i := len(list)
	for i > 0 && list[i-1].at.After(r.at) {
		i--
	}
	return slices.Insert(list, i, r)
}

// openLogs is GET /v1.0/devices/{device_id}/door-lock/open-logs, with times in seconds. The answer
// has milliseconds.
func (s *Server) openLogs(f fields) (any, error) { return s.openings(f, time.Second) }

// openLogsInMillis is v1.1, with times in milliseconds.
func (s *Server) openLogsInMillis(f fields) (any, error) { return s.openings(f, time.Millisecond) }

// openings answers with the openings from start_time through end_time, the newest first.
func (s *Server) openings(f fields, unit time.Duration) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	start, end := f.whole("start_time"), f.whole("end_time")
	from, until := time.Unix(start, 0), time.Unix(end+1, 0)
	fits := start >= 0 && start <= end && end < 1e11
	if unit == time.Millisecond {
		from, until = time.UnixMilli(start), time.UnixMilli(end+1)
		fits = start >= 0 && start <= end && end >= 1e11
	}
	if !fits {
		return nil, refuse(outOfRange, "start_time and end_time are times in units of %s", unit)
	}
	found := sim.Keep(d.door.opens, func(r record) bool { return !r.at.Before(from) && r.at.Before(until) })
	slices.Reverse(found)
	part, _, err := cut(found, f)
	if err != nil {
		return nil, err
	}
	return object{"total": len(found), "logs": sim.Each(part, func(r record) object {
		o := s.logged(r)
		o["update_time"] = r.at.UnixMilli()
		o["user_id"], o["unlock_name"] = "", r.name
		if r.by != nil {
			o["user_id"] = r.by.id()
		}
		return o
	})}, nil
}

func (s *Server) logged(r record) object {
	st := object{"code": r.code, "value": r.value}
	o := object{"status": st, "nick_name": ""}
	if s.opts.otherShapes {
		o["status"] = []object{st}
	}
	if r.by != nil {
		o["nick_name"] = r.by.nick
	}
	return o
}

// alarmLogs is GET …/door-lock/alarm-logs: the newest first, of alarm_lock unless codes says otherwise.
// Its times are seconds.
func (s *Server) alarmLogs(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	codes := f.list("codes")
	if len(codes) == 0 {
		codes = []string{"alarm_lock"}
	}
	for _, code := range codes {
		if !slices.Contains([]string{"hijack", "alarm_lock", "doorbell"}, code) {
			return nil, refuse(illegalParameter, "codes are hijack, alarm_lock and doorbell")
		}
	}
	found := sim.Keep(d.door.alarms, func(r record) bool { return slices.Contains(codes, r.code) })
	slices.Reverse(found)
	part, _, err := cut(found, f)
	if err != nil {
		return nil, err
	}
	return object{"total": len(found), "records": sim.Each(part, func(r record) object {
		o := s.logged(r)
		o["update_time"] = r.at.Unix()
		return o
	})}, nil
}
