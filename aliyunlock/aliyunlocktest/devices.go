package aliyunlocktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// device is anything that a user can be bound to.
type device struct {
	iotID, product, name      string // name is the deviceName
	category, categoryName    string
	productName, model        string
	nick                      string            // for all its users
	nicks                     map[string]string // by identityId, for one user
	node                      string
	owner                     *user   // the administrator; nil = nobody is bound
	shared                    []*user // whom the administrator shares it with
	home                      *home   // of the administrator
	room                      *room
	status                    int // 0 inactive, 1 online, 3 offline, 8 disabled
	statusAt, made, boundAt   time.Time
	secret, firmware, mac, sn string
	properties                map[string]property
	points                    []point // values that properties had

	keys     []*key
	bindings []*binding
	timeline []report
	history  []report
	untold   []func() // reports of an offline device
	opened   int
	wrong    int      // wrong codes in a row
	verdicts []string // what the next services and deletions come to
}

type property struct {
	value any
	at    time.Time
}

type point struct {
	identifier string
	property
}

// The product of the locks that AddLock adds.
const (
	LockProduct   = "a1SimLock01"
	OtherProduct  = "a1SimOther1"
	lockCategory  = "SmartLock"
	statusOnline  = 1
	statusOffline = 3
)

func (s *Server) newDevice(name string) *device {
	s.numbers++
	d := &device{
		iotID: "Sim" + s.sim.Random.Text("ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789", 17) + "0010803d10",
		name:  fmt.Sprintf("sim-%04d", s.numbers), nick: name, nicks: map[string]string{}, node: "DEVICE",
		product: OtherProduct, category: "Gadget", categoryName: "小家电", productName: "模拟设备", model: "G1",
		status: statusOnline, statusAt: s.now(), made: s.now(), boundAt: s.now(),
		secret: s.sim.Random.Hex(32), firmware: "1.2.3", mac: "00:00:5E:00:53:01", sn: "SN" + s.sim.Random.Digits(10),
		properties: map[string]property{},
	}
	s.devices = append(s.devices, d)
	return d
}

func (s *Server) newLock(name string) *device {
	d := s.newDevice(name)
	d.product, d.category, d.categoryName, d.productName, d.model = LockProduct, lockCategory, "智能门锁", "模拟门锁", "L1"
	return d
}

// AddLock adds a lock that is online and the user's own, in a room of the same name in the user's
// first home. It returns its iotId.
func (s *Server) AddLock(name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.newLock(name)
	s.place(d, name)
	d.set(s.now(), "BatteryPercentage", 86)
	d.set(s.now(), "LockState", 0)
	return lock.DeviceID(d.iotID)
}

// AddFreshLock adds a lock that was never online: nothing is known of its battery.
func (s *Server) AddFreshLock(name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.newLock(name)
	s.place(d, name)
	d.status, d.statusAt, d.firmware = 0, time.Time{}, ""
	return lock.DeviceID(d.iotID)
}

// AddSharedLock adds a lock that another user shares with ours: it may be seen and opened, and not
// administered.
func (s *Server) AddSharedLock(name string, owner string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.newLock(name)
	d.owner = must(s.user(owner))
	d.shared = []*user{must(s.user(s.User))}
	return lock.DeviceID(d.iotID)
}

// AddForeignLock adds a lock of another user.
func (s *Server) AddForeignLock(name string, owner string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.newLock(name)
	d.owner = must(s.user(owner))
	return lock.DeviceID(d.iotID)
}

// AddDevice adds something of the user's that is no lock, in a home. It returns its iotId.
func (s *Server) AddDevice(in lock.HomeID, name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.newDevice(name)
	d.home = must(s.home(s.mainUser(), string(in)))
	d.owner = d.home.owner
	return lock.DeviceID(d.iotID)
}

// AddGateway adds a gateway of the user's, in a home. It returns its iotId.
func (s *Server) AddGateway(in lock.HomeID, name string) lock.DeviceID {
	id := s.AddDevice(in, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	must(s.deviceOf(string(id))).node = "GATEWAY"
	return id
}

func (s *Server) mainUser() *user { return must(s.user(s.User)) }

// place gives a device to the user, in a room of a name.
func (s *Server) place(d *device, name string) {
	d.owner = s.mainUser()
	d.home = s.homesOf(d.owner)[0]
	d.room = s.newRoom(d.home, name)
}

// MoveLock puts a lock into a room of a home of the user's.
func (s *Server) MoveLock(id lock.DeviceID, in lock.HomeID, to lock.RoomID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	d.home = must(s.home(s.mainUser(), string(in)))
	d.room = must(d.home.room(string(to)))
}

// SetOnline takes a device offline, or brings it back: then it reports what happened meanwhile.
func (s *Server) SetOnline(id lock.DeviceID, online bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	d.status, d.statusAt = statusOffline, s.now()
	if !online {
		return
	}
	d.status = statusOnline
	for _, tell := range d.untold {
		tell()
	}
	d.untold = nil
}

// SetProperty has a device report a property.
func (s *Server) SetProperty(id lock.DeviceID, identifier string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	must(s.deviceOf(string(id))).set(s.now(), identifier, value)
}

func (d *device) set(at time.Time, identifier string, value any) {
	p := property{value, at}
	d.properties[identifier] = p
	d.points = append(d.points, point{identifier, p})
}

func (s *Server) deviceOf(iotID string) (*device, error) {
	for _, d := range s.devices {
		if d.iotID == iotID {
			return d, nil
		}
	}
	return nil, refuse(2063, "iotId not exist")
}

// bound reports whether a user may use a device.
func (d *device) bound(u *user) bool { return d.owner == u || slices.Contains(d.shared, u) }

// mine finds a device that the caller may use, in a path outside the lock service.
func (s *Server) mine(who caller, f fields) (*device, error) {
	if who.user == nil { // the project, which may use all of them
		return s.cloudDevice(f)
	}
	d, err := s.deviceOf(f.text("iotId"))
	if err != nil {
		return nil, err
	}
	if !d.bound(who.user) {
		return nil, refuse(2065, "identityId and iotId not bound")
	}
	return d, nil
}

func (s *Server) cloudDevice(f fields) (*device, error) {
	if f.text("iotId") != "" {
		return s.deviceOf(f.text("iotId"))
	}
	if d := s.named(f); d != nil {
		return d, nil
	}
	return nil, refuse(6100, "device not found")
}

func (s *Server) named(f fields) *device {
	for _, d := range s.devices {
		if d.product == f.text("productKey") && d.name == f.text("deviceName") {
			return d
		}
	}
	return nil
}

// bindingInfo is a device as a user has it.
func (d *device) bindingInfo(u *user) object {
	owned := 0
	if d.owner == u {
		owned = 1
	}
	nick := d.nick
	if own, ok := d.nicks[u.identity]; ok {
		nick = own
	}
	return object{
		"identityId": u.identity, "identityAlias": u.name, "iotId": d.iotID, "productKey": d.product, "deviceName": d.name,
		"productName": d.productName, "productModel": d.model, "productImage": "http://example.com/p.png",
		"categoryKey": d.category, "categoryName": d.categoryName, "categoryImage": "http://example.com/c.png",
		"nickName": nick, "netType": "NET_WIFI", "thingType": "DEVICE", "nodeType": d.node, "status": d.status, "owned": owned,
		"isEdgeGateway": false, "bindTime": milli(d.boundAt), "gmtModified": milli(d.statusAt),
	}
}

// bindings is /uc/listBindingByAccount.
func (s *Server) bindings(who caller, f fields) (any, error) {
	found := sim.Keep(s.devices, func(d *device) bool {
		owned := 0
		if d.owner == who.user {
			owned = 1
		}
		return d.bound(who.user) && f.is("owned", owned) &&
			(!f.has("nodeType") || f.text("nodeType") == d.node) && (!f.has("thingType") || f.text("thingType") == "DEVICE")
	})
	return page(sim.Each(found, func(d *device) object { return d.bindingInfo(who.user) }), f, 100, "data")
}

// deviceBindings is /uc/listBindingByDev, whose sample is a bare list.
func (s *Server) deviceBindings(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	p, err := page(d.users(func(owned int) bool { return f.is("owned", owned) }), f, 100, "data")
	if err != nil || s.opts.otherShapes {
		return p, err
	}
	return p["data"], nil
}

// users are those a device is bound to.
func (d *device) users(wanted func(owned int) bool) []object {
	var found []object
	if d.owner != nil && wanted(1) {
		found = append(found, d.bindingInfo(d.owner))
	}
	for _, u := range d.shared {
		if wanted(0) {
			found = append(found, d.bindingInfo(u))
		}
	}
	return found
}

// binding is /uc/getByAccountAndDev: an empty object when the user has no such device.
func (s *Server) binding(who caller, f fields) (any, error) {
	d, err := s.deviceOf(f.text("iotId"))
	if err != nil || !d.bound(who.user) {
		return object{}, nil
	}
	return d.bindingInfo(who.user), nil
}

// unbindDevice is /uc/unbindAccountAndDev. When the administrator goes, the others lose it too.
func (s *Server) unbindDevice(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	d.unbind(who.user)
	return nil, nil
}

func (d *device) unbind(u *user) {
	if d.owner == u {
		d.owner, d.shared, d.home, d.room, d.bindings = nil, nil, nil, nil, nil
		return
	}
	d.shared = slices.DeleteFunc(d.shared, func(other *user) bool { return other == u })
}

// nameDevice is /uc/setDeviceNickName: for this user only.
func (s *Server) nameDevice(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	d.nicks[who.user.identity] = f.text("nickName")
	return nil, nil
}

// bindDevice is /awss/time/window/user/bind and /awss/token/user/bind.
func (s *Server) bindDevice(who caller, f fields) (any, error) {
	d := s.named(f)
	switch {
	case d == nil:
		return nil, refuse(6100, "device not found")
	case d.owner != nil:
		return nil, refuse(6618, "device is not in its bind window")
	}
	h := s.homesOf(who.user)[0]
	if f.has("homeId") {
		var err error
		if h, err = s.home(who.user, f.text("homeId")); err != nil {
			return nil, err
		}
	}
	d.owner, d.home, d.boundAt = who.user, h, s.now()
	return object{"iotId": d.iotID}, nil
}

// thingInfo is /thing/info/get and /cloud/thing/info/get. It tells the device's secret, as the real one may.
func (s *Server) thingInfo(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	return d.thing(), nil
}

func (d *device) thing() object {
	return object{
		"productKey": d.product, "name": d.name, "nickname": d.nick, "iotId": d.iotID, "mac": d.mac, "sn": d.sn, "thingType": "DEVICE",
		"firmwareVersion": d.firmware, "sdkVersion": "3.1.0", "netAddress": "192.0.2.17", "status": d.status, "statusLast": milli(d.statusAt),
		"activeTime": milli(d.made), "gmtCreate": milli(d.made), "gmtModified": milli(d.statusAt), "rbacTenantId": "RT1", "tenantId": "T1",
		"region": "cn-shanghai", "deviceKey": d.name, "deviceSecret": d.secret,
	}
}

// thingStatus is /thing/status/get and /cloud/thing/status/get.
func (s *Server) thingStatus(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	return object{"status": d.status, "time": milli(d.statusAt)}, nil
}

// getProperties is /thing/properties/get.
func (s *Server) getProperties(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	all := object{}
	for identifier, p := range d.properties {
		all[identifier] = object{"value": p.value, "time": milli(p.at)}
	}
	return all, nil
}

// setProperties is /thing/properties/set and /cloud/thing/properties/set. The device reports the
// new values when it has them.
func (s *Server) setProperties(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	if d.status != statusOnline {
		return nil, refuse(6205, "device is offline")
	}
	s.later(s.sim.Latency, sim.Work, func() {
		for identifier, raw := range f.open("items") {
			var value any
			_ = json.Unmarshal(raw, &value) // it was decoded before
			d.set(s.now(), identifier, value)
		}
	})
	return nil, nil
}

// thingModel is /thing/tsl/get and /cloud/thing/tsl/get.
func (s *Server) thingModel(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	services, properties := []object{}, []object{}
	if d.category == lockCategory {
		for _, name := range slices.Sorted(maps.Keys(serviceTable)) {
			services = append(services, object{"identifier": name, "callType": serviceTable[name].call})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.properties)) {
		properties = append(properties, object{"identifier": name})
	}
	return object{"schema": "https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json", "profile": object{"productKey": d.product},
		"services": services, "properties": properties, "events": []object{}}, nil
}

// propertyTimeline is /living/device/property/timeline/get and /cloud/thing/property/timeline/get.
func (s *Server) propertyTimeline(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	found := sim.Keep(d.points, func(p point) bool { return p.identifier == f.text("identifier") && f.within(p.at) })
	return object{"items": sim.Each(found, func(p point) object { return object{"value": p.value, "timestamp": milli(p.at)} })}, nil
}
