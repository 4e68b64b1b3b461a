package yeeuutest

import (
	"time"
)

// slot is a place for a password in a lock, by the second interface.
type slot struct {
	window
	code   string
	frozen bool
}

// maxIndex is the highest slot.
const maxIndex = 50

// lockBySerial finds the lock a call of the second interface is for.
func (s *Server) lockBySerial(got params) (*door, error) {
	for _, d := range s.doors {
		if d.serial == got["sn"] {
			if d.offline {
				return nil, lockOffline
			}
			return d, nil
		}
	}
	return nil, refuse("门锁不存在")
}

// deviceAction is POST /v1/locks.
func (s *Server) deviceAction(got params) (object, error) {
	d, err := s.lockBySerial(got)
	if err != nil {
		return nil, err
	}
	if got["action"] != "open" {
		return nil, refuse("参数错误: action must be open")
	}
	d.open(s.now(), ByAPI, "")
	return nil, nil
}

// deviceState is GET getState. What the values mean is not known; the simulator's never change.
func (s *Server) deviceState(got params) (object, error) {
	if _, err := s.lockBySerial(got); err != nil {
		return nil, err
	}
	return object{"state": 1, "bolt": "0", "votage": 5.9, "lock": "1", "host": "h1", "electric": "86"}, nil
}

// setSlot is GET ext_password.
func (s *Server) setSlot(got params) (object, error) {
	d, err := s.lockBySerial(got)
	if err != nil {
		return nil, err
	}
	index, err := got.whole("index", 0, maxIndex)
	if err != nil {
		return nil, err
	}
	kind, err := got.whole("type", 1, 2)
	if err != nil {
		return nil, err
	}
	k := slot{code: got["password"]}
	if !digits(k.code) || len(k.code) < 6 || len(k.code) > 10 {
		return nil, refuse("参数错误: password must be 6 to 10 digits")
	}
	if kind == 1 || got["startime"] != "" || got["endtime"] != "" {
		if k.from, err = got.local("startime"); err != nil {
			return nil, err
		}
		if k.until, err = got.local("endtime"); err != nil {
			return nil, err
		}
	}
	d.slots[index] = &k
	return nil, nil
}

// filledSlot finds the slot a call is about.
func (s *Server) filledSlot(got params) (*door, int, error) {
	d, err := s.lockBySerial(got)
	if err != nil {
		return nil, 0, err
	}
	index, err := got.whole("index", 0, maxIndex)
	if err == nil && d.slots[index] == nil {
		err = refuse("密码不存在")
	}
	return d, index, err
}

// emptySlot is GET operation_password. One client sends the mode 2, another none.
func (s *Server) emptySlot(got params) (object, error) {
	d, index, err := s.filledSlot(got)
	if err != nil {
		return nil, err
	}
	if mode := got["mode"]; mode != "" && mode != "2" {
		return nil, refuse("参数错误: mode must be 2")
	}
	delete(d.slots, index)
	return nil, nil
}

// modifySlot is GET modify_password_property.
func (s *Server) modifySlot(got params) (object, error) {
	d, index, err := s.filledSlot(got)
	if err != nil {
		return nil, err
	}
	d.slots[index].frozen = got["action"] == "1"
	return nil, nil
}

// emptySlots is GET clear_all_password.
func (s *Server) emptySlots(got params) (object, error) {
	d, err := s.lockBySerial(got)
	if err != nil {
		return nil, err
	}
	if got["mode"] != "0" {
		return nil, refuse("参数错误: mode must be 0")
	}
	clear(d.slots)
	return nil, nil
}

// cyclePassword is GET query_cycle_password. Where the code stands is not known.
func (s *Server) cyclePassword(got params) (object, error) {
	if _, err := s.lockBySerial(got); err != nil {
		return nil, err
	}
	return object{"password": s.sim.Random.Digits(8)}, nil
}

// deviceLogs is GET logs/{from}/{to}. How its entries look is not known; they look like those of
// the document here.
func (s *Server) deviceLogs(got params) (object, error) {
	d, err := s.lockBySerial(got)
	if err != nil {
		return nil, err
	}
	from, err := day(got["from"])
	if err != nil {
		return nil, err
	}
	to, err := day(got["to"])
	if err != nil {
		return nil, err
	}
	entries := []object{}
	for _, o := range d.log {
		if !o.At.Before(from) && o.At.Before(to.AddDate(0, 0, 1)) {
			entries = append(entries, o.wire())
		}
	}
	return object{"data": entries}, nil
}

func day(text string) (time.Time, error) {
	at, err := time.ParseInLocation("20060102", text, china)
	if err != nil {
		return time.Time{}, refuse("参数错误: a day must be written yyyyMMdd")
	}
	return at, nil
}
