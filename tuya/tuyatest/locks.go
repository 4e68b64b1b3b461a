package tuyatest

import (
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// family is how a lock is connected. It decides how passwords live.
type family int

const (
	wifi      family = iota
	zigbee           // behind a gateway
	bluetooth        // behind a gateway, or reached by a phone alone
)

// doorLock is what makes a device a lock. The lock and the cloud each have their own idea of the
// passwords; what the lock is told and what it reports bring them together.
type doorLock struct {
	family  family
	phone   bool // Bluetooth without a gateway: reached by a phone alone
	sleeps  bool // Wi-Fi on batteries: reached only while it is awake
	awake   time.Time
	waiting []func() // what the lock is to be told when it can be reached
	untold  []func() // what it has to report then

	members   []*member
	methods   []*method
	enrolling *enrolment
	passwords []*password         // in the cloud, deleted ones too
	codes     map[int64]*tempCode // in the lock, by password
	offline   []*offlineCode
	dynamic   []dynamicCode
	ticket    *ticket
	remote    map[string]bool // kinds of remote unlocking that are switched on
	opens     []record
	alarms    []record

	verdicts []int // what the next things the lock is told come to
	opened   int
	wrong    map[string]int // wrong attempts in a row, by what was tried
	last     time.Time      // of the latest record
	lockIDs  int64          // given so far to members
}

// AddLock adds a Zigbee lock of the user UID, online and behind a gateway, in a room of the same name
// in the user's first home. It is the kind that can do most: it freezes passwords. It returns its id.
func (s *Server) AddLock(name string) lock.DeviceID { return s.addLock(name, zigbee, "ms", nil) }

// AddWiFiLock adds a Wi-Fi lock that keeps its connection alive.
func (s *Server) AddWiFiLock(name string) lock.DeviceID { return s.addLock(name, wifi, "jtmsbh", nil) }

// AddSleepingLock adds a Wi-Fi lock on batteries: it hears what it is told only while it is awake, for
// a minute after somebody uses it or Wake.
func (s *Server) AddSleepingLock(name string) lock.DeviceID {
	return s.addLock(name, wifi, "ms", func(d *device) { d.door.sleeps = true })
}

// AddBluetoothLock adds a Bluetooth lock behind a gateway.
func (s *Server) AddBluetoothLock(name string) lock.DeviceID {
	return s.addLock(name, bluetooth, "jtmspro", nil)
}

// AddPhoneLock adds a Bluetooth lock without a gateway: it hears what it is told, and reports, only
// when a phone is near it; see PhoneSync.
func (s *Server) AddPhoneLock(name string) lock.DeviceID {
	return s.addLock(name, bluetooth, "jtmspro", func(d *device) { d.door.phone, d.via, d.sub, d.node = true, nil, false, "" })
}

// AddFreshLock adds a lock that has reported nothing yet: its battery is unknown.
func (s *Server) AddFreshLock(name string) lock.DeviceID {
	return s.addLock(name, zigbee, "ms", func(d *device) { d.status, d.active = nil, time.Time{} })
}

// AddForeignLock adds a lock that another project has: asking for it is refused with 1106.
func (s *Server) AddForeignLock(name string) lock.DeviceID {
	return s.addLock(name, zigbee, "ms", func(d *device) { d.foreign = true })
}

func (s *Server) addLock(name string, how family, category string, change func(*device)) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.mainHome()
	var via *device
	if how != wifi {
		via = s.gateway(in)
	}
	d := s.newDevice(in, name, category)
	d.productName, d.via = "模拟门锁", via
	d.door = &doorLock{
		family: how, codes: map[int64]*tempCode{}, wrong: map[string]int{},
		remote: map[string]bool{withoutPassword: true, withPassword: false},
	}
	if via != nil {
		d.sub, d.node, d.ip = true, s.sim.Random.Hex(16), ""
	}
	d.model = [...]string{wifi: "SIM-WIFI", zigbee: "SIM-ZB", bluetooth: "SIM-BLE"}[how]
	d.room = s.newRoom(in, name)
	d.put("residual_electricity", 86)
	d.put("automatic_lock", true)
	d.put("reverse_lock", false)
	d.put("lock_motor_state", false)
	if how == wifi {
		d.put("unlock_request", 0)
	}
	s.newMember(d, in.owner, in.owner.name, typeOwner)
	if change != nil {
		change(d)
	}
	return lock.DeviceID(d.id)
}

// lockAt finds the lock of a path.
func (s *Server) lockAt(f fields) (*device, error) {
	d, err := s.device(f.text("device_id"))
	if err != nil {
		return nil, err
	}
	if d.door == nil {
		return nil, refuse(lockUnsupported, "this device is not supported")
	}
	return d, nil
}

func (s *Server) lockNamed(id lock.DeviceID) *device {
	d := must(s.device(string(id)))
	if d.door == nil {
		panic("tuyatest: " + string(id) + " is no lock")
	}
	return d
}

// reachable reports whether a lock would hear what it is told now.
func (s *Server) reachable(d *device) bool {
	return d.connected() && !d.door.phone && (!d.door.sleeps || s.now().Before(d.door.awake))
}

// tell has a lock carry something out: soon, or when it can be reached.
func (s *Server) tell(d *device, do func()) {
	if !s.reachable(d) {
		d.door.waiting = append(d.door.waiting, do)
		return
	}
	s.later(s.sim.Latency, sim.Work, func() {
		if d.connected() {
			do()
		} else {
			d.door.waiting = append(d.door.waiting, do)
		}
	})
}

// report is a lock telling the cloud something: now, or when it can.
func (s *Server) report(d *device, tell func()) {
	if d.connected() && !d.door.phone {
		tell()
		return
	}
	d.door.untold = append(d.door.untold, tell)
}

// meet is a lock and the cloud hearing from each other again, if they can.
func (s *Server) meet(d *device) {
	if d.door == nil || !d.connected() {
		return
	}
	untold, waiting := d.door.untold, d.door.waiting
	d.door.untold, d.door.waiting = nil, nil
	for _, tell := range untold {
		tell()
	}
	if d.door.phone {
		for _, do := range waiting { // by the phone that is there
			s.later(s.sim.Latency, sim.Work, do)
		}
		return
	}
	for _, do := range waiting {
		s.tell(d, do)
	}
}

// stayAwake is how long a sleeping lock listens once it was woken.
const stayAwake = time.Minute

// Wake wakes a sleeping lock, as it does by itself from time to time.
func (s *Server) Wake(id lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wake(s.lockNamed(id))
}

func (s *Server) wake(d *device) {
	if d.door.sleeps {
		d.door.awake = s.now().Add(stayAwake)
		s.meet(d)
	}
}

// PhoneSync is somebody near a Bluetooth lock with the app: the lock hears what it was to be told, and
// reports.
func (s *Server) PhoneSync(id lock.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meet(s.lockNamed(id))
}

// RefuseNext has a lock refuse the next thing it is told. Of a password a Zigbee lock gives the reason
// as its delivery_status: 3 failed, 4 duplicate, 5 full, 6 overlapping; a Bluetooth lock tells only that
// it failed, and a Wi-Fi lock nothing.
func (s *Server) RefuseNext(id lock.DeviceID, reason int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	door := s.lockNamed(id).door
	door.verdicts = append(door.verdicts, reason)
}

// verdict is what the next thing the lock is told comes to, if a test has said so; else 0.
func (door *doorLock) verdict() int {
	if len(door.verdicts) == 0 {
		return 0
	}
	v := door.verdicts[0]
	door.verdicts = slices.Delete(door.verdicts, 0, 1)
	return v
}
