package yeeuutest

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// door is a door with its lock.
type door struct {
	place
	serial    string
	offline   bool
	auths     map[string]*right // by phone
	passwords map[string]*right // by phone
	slots     map[int]*slot     // of the second interface
	log       []Opening         // oldest first
}

// window is when something holds. The document does not say whether the end is part of it; here it
// is not. A zero window always holds.
type window struct{ from, until time.Time }

func (w window) holds(at time.Time) bool {
	return w == window{} || !at.Before(w.from) && at.Before(w.until)
}

// right is somebody's authorisation, or password if there is a code.
type right struct {
	window
	name, author string
	code         string
}

const lockOffline refusal = "门锁离线"

// onlineDoor finds the door a command is for.
func (s *Server) onlineDoor(got params) (*door, error) {
	d, err := s.door(got)
	if err == nil && d.offline {
		return nil, lockOffline
	}
	return d, err
}

// authorize is POST auth, call 2.
func (s *Server) authorize(got params) (object, error) {
	d, err := s.door(got)
	if err != nil {
		return nil, err
	}
	w, err := got.window()
	if err != nil {
		return nil, err
	}
	d.auths[got["authoredMobile"]] = &right{window: w, name: got["authoredName"], author: got["author"]}
	return nil, nil
}

// revoke is POST delete_auth, call 3.
func (s *Server) revoke(got params) (object, error) {
	d, err := s.door(got)
	if err != nil {
		return nil, err
	}
	if d.auths[got["authoredMobile"]] == nil {
		return nil, refuse("授权不存在")
	}
	delete(d.auths, got["authoredMobile"])
	return nil, nil
}

// openRemotely is POST remote_action, call 4.
func (s *Server) openRemotely(got params) (object, error) {
	d, err := s.onlineDoor(got)
	if err != nil {
		return nil, err
	}
	d.open(s.now(), ByAPI, got["operator"])
	return nil, nil
}

// setPassword is POST generate_password, call 5.
func (s *Server) setPassword(got params) (object, error) {
	d, err := s.onlineDoor(got)
	if err != nil {
		return nil, err
	}
	w, err := got.window()
	if err != nil {
		return nil, err
	}
	if !digits(got["password"]) {
		return nil, refuse("参数错误: password must be digits")
	}
	d.passwords[got["authoredMobile"]] = &right{window: w, name: got["authoredName"], author: got["author"], code: got["password"]}
	return nil, nil
}

// removePassword is POST remove_password, call 6.
func (s *Server) removePassword(got params) (object, error) {
	d, err := s.onlineDoor(got)
	if err != nil {
		return nil, err
	}
	if d.passwords[got["authoredMobile"]] == nil {
		return nil, refuse("密码不存在")
	}
	delete(d.passwords, got["authoredMobile"])
	return nil, nil
}

// listLogs is GET get_device_logs, call 7.
func (s *Server) listLogs(got params) (object, error) {
	d, err := s.door(got)
	if err != nil {
		return nil, err
	}
	size, err := got.whole("pageSize", 1, 1000)
	if err != nil {
		return nil, err
	}
	page, err := got.whole("page", 1, 1_000_000)
	if err != nil {
		return nil, err
	}
	log := slices.Clone(d.log)
	if !s.opts.oldestFirst {
		slices.Reverse(log)
	}
	from := min((page-1)*size, len(log))
	entries := []object{}
	for _, o := range log[from:min(from+size, len(log))] {
		entries = append(entries, o.wire())
	}
	return object{"data": entries}, nil
}

// countLogPages is GET get_device_logs_page_count, call 8. The number is a text.
func (s *Server) countLogPages(got params) (object, error) {
	d, err := s.door(got)
	if err != nil {
		return nil, err
	}
	size, err := got.whole("pageSize", 1, 1000)
	if err != nil {
		return nil, err
	}
	return object{"count": strconv.Itoa((len(d.log) + size - 1) / size)}, nil
}

func (o Opening) wire() object {
	return object{"type": int(o.By), "opentime": o.At.In(china).Format(time.DateTime), "opener": o.Opener}
}

// open notes that the door was opened.
func (d *door) open(at time.Time, by By, opener string) {
	d.log = append(d.log, Opening{At: at, By: by, Opener: opener})
}

// opener finds whose code this is; false if it opens nothing now.
func (d *door) opener(code string, now time.Time) (string, bool) {
	for _, phone := range slices.Sorted(maps.Keys(d.passwords)) {
		if p := d.passwords[phone]; p.code == code && p.holds(now) {
			return phone, true
		}
	}
	for _, index := range slices.Sorted(maps.Keys(d.slots)) {
		if k := d.slots[index]; k.code == code && !k.frozen && k.holds(now) {
			return "slot " + strconv.Itoa(index), true
		}
	}
	return "", false
}
