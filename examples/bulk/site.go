package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

// site is three vendors and their doors.
type site struct {
	fleet   *lock.Fleet
	doors   []lock.DeviceID // as a backend has them in its database: not every vendor can list them
	offline map[lock.DeviceID]bool
	now     func() time.Time
	keypads map[string]func(lock.DeviceID, string) bool // by member: somebody types a code
	counts  []func() int                                // passwords that were made, by member
	closers []func()
}

// addOTP is how locks of the simulated product take a password; every product of the platform
// defines its own.
var addOTP = aliyunlock.PasswordService{
	Identifier: "AddOTP", PIN: lock.PINPolicy{Lengths: []int{6}}, MaxWindow: 400 * 24 * time.Hour,
	Args: func(code lock.Secret, w lock.Window) any {
		return map[string]any{
			"OTP": code, "StartTime": w.From.In(time.FixedZone("CST", 8*60*60)).Format(time.DateTime),
			"ValidTime": int(w.Until.Sub(w.From).Seconds()),
		}
	},
}

func openSite(locks int) (*site, error) {
	dd, yu, al := dingdingtest.NewServer(), yeeuutest.NewServer(), aliyunlocktest.NewServer()
	s := &site{
		offline: make(map[lock.DeviceID]bool), now: time.Now, closers: []func(){dd.Close, yu.Close, al.Close},
		keypads: map[string]func(lock.DeviceID, string) bool{"dingding": dd.EnterCode, "yeeuu": yu.EnterCode, "aliyunlock": al.EnterCode},
		counts: []func() int{
			func() int { return dd.Executed("/add_password") },
			func() int { return yu.Executed("/generate_password") },
			func() int { return al.Executed("/thing/service/invoke") },
		},
	}
	clients := []lock.Option{
		lock.WithPolling(20*time.Millisecond, 60*time.Millisecond),
		lock.WithLimits(lock.LimitFail), // the run waits, and does other doors meanwhile
	}
	fleet, err := lock.NewFleet(
		lock.Member{Name: "dingding", Provider: dd.Client(clients...)},
		lock.Member{Name: "yeeuu", Provider: yu.Client(clients...)},
		lock.Member{Name: "aliyunlock", Provider: al.Client(append(clients, aliyunlock.WithPasswordService(addOTP))...)},
	)
	if err != nil {
		s.close()
		return nil, err
	}
	s.fleet = fleet
	vendors := []struct {
		name      string
		add       func(name string) lock.DeviceID
		goOffline func(lock.DeviceID)
	}{{"dingding", dd.AddLock, dd.GoOffline}, {"yeeuu", yu.AddLock, yu.GoOffline}, {"aliyunlock", al.AddLock, func(d lock.DeviceID) { al.SetOnline(d, false) }}}
	for i := range locks {
		v := vendors[i%len(vendors)]
		local := v.add(fmt.Sprintf("door %d", i+1))
		door := lock.MemberID(v.name, local)
		s.doors = append(s.doors, door)
		if i%97 == 42 && v.name != "dingding" {
			v.goOffline(local)
			s.offline[door] = true
		}
	}
	yu.Fail("/generate_password", yeeuutest.Reply(http.StatusTooManyRequests, "application/json", `{"success":false,"desc":"请求过于频繁"}`).Times(5))
	return s, nil
}

func (s *site) close() {
	for _, c := range s.closers {
		c()
	}
}

func (s *site) members() string {
	var names []string
	for _, m := range s.fleet.Members() {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

// opens is a person at the keypad of a door.
func (s *site) opens(door lock.DeviceID, code lock.Secret) bool {
	name, local, _ := lock.SplitMemberID(door)
	return s.keypads[name](local, code.Reveal())
}

// made counts the passwords that the vendors made.
func (s *site) made() int {
	n := 0
	for _, of := range s.counts {
		n += of()
	}
	return n
}
