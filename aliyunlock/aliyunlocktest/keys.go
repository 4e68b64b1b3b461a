package aliyunlocktest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// The types of key, as the vendor numbers them.
const (
	Fingerprint = 1
	Password    = 2
	Card        = 3
	Mechanical  = 4
	Temporary   = 5
)

// The permissions of a key, as the vendor numbers them.
const (
	Normal = 1
	Admin  = 2
	Duress = 3
)

// key is something enrolled in a lock.
type key struct {
	kind       int
	id         string
	perm       int
	code       string    // of a password
	begin, end time.Time // zero end = for good
	nick       string
}

// binding is what the platform knows of a key: whose it is.
type binding struct {
	kind int
	id   string
	perm int
	who  *person
}

// person is a virtual user.
type person struct {
	id      string
	account *user
	attrs   [][2]string
}

func (d *device) key(kind int, id string) *key {
	for _, k := range d.keys {
		if k.kind == kind && k.id == id {
			return k
		}
	}
	return nil
}

func (d *device) binding(kind int, id string) *binding {
	for _, b := range d.bindings {
		if b.kind == kind && b.id == id {
			return b
		}
	}
	return nil
}

// EnrolKey enrols a key at a lock, with a normal user's permission, and returns its portable id;
// code is that of a Password and "" for the others. The lock reports it.
func (s *Server) EnrolKey(id lock.DeviceID, kind int, code string) lock.KeyID {
	return s.EnrolKeyAs(id, kind, code, "", Normal)
}

// EnrolKeyAs is EnrolKey with a permission, and with the number the lock gives the key; "" = the next
// one of its type.
func (s *Server) EnrolKeyAs(id lock.DeviceID, kind int, code, number string, perm int) lock.KeyID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	k := s.enrol(d, kind, code, number, perm)
	s.report(d, "KeyAddedNotification", "info", k.outputs(s.opts.tellCodes))
	return lock.KeyID(fmt.Sprintf("%d:%s", k.kind, k.id))
}

func (s *Server) enrol(d *device, kind int, code, number string, perm int) *key {
	if number == "" {
		n := 10
		for d.key(kind, strconv.Itoa(n)) != nil {
			n++
		}
		number = strconv.Itoa(n)
	}
	k := &key{kind: kind, id: number, perm: perm, code: code}
	d.keys = append(d.keys, k)
	return k
}

// outputs are what a lock tells when a key was added.
func (k *key) outputs(tellCode bool) object {
	o := object{"KeyID": k.id, "LockType": k.kind, "UserLimit": k.perm, "Status": 0}
	if tellCode && k.code != "" {
		o["KeyStr"] = k.code
	}
	return o
}

// AddPerson adds a virtual user of ours and returns their id.
func (s *Server) AddPerson(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newPerson(s.mainUser(), [][2]string{{"name", name}}).id
}

func (s *Server) newPerson(u *user, attrs [][2]string) *person {
	p := &person{id: "10" + strings.ToUpper(s.sim.Random.Hex(32)), account: u, attrs: attrs}
	s.people = append(s.people, p)
	return p
}

// GiveKey binds an enrolled key to a virtual user.
func (s *Server) GiveKey(id lock.DeviceID, k lock.KeyID, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	owned := must(d.keyNamed(k))
	d.bindings = append(d.bindings, &binding{owned.kind, owned.id, owned.perm, must(s.person(s.mainUser(), to))})
}

func (d *device) keyNamed(id lock.KeyID) (*key, error) {
	kind, number, _ := strings.Cut(string(id), ":")
	n, _ := strconv.Atoi(kind)
	if k := d.key(n, number); k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("no key %q", id)
}

// HasKey reports whether a lock has a key.
func (s *Server) HasKey(id lock.DeviceID, k lock.KeyID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := must(s.deviceOf(string(id))).keyNamed(k)
	return err == nil
}

// HolderOf returns the virtual user that a key is bound to, "" if it is nobody's.
func (s *Server) HolderOf(id lock.DeviceID, k lock.KeyID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.deviceOf(string(id)))
	kind, number, _ := strings.Cut(string(k), ":")
	n, _ := strconv.Atoi(kind)
	if b := d.binding(n, number); b != nil {
		return b.who.id
	}
	return ""
}

// People returns the ids of our virtual users.
func (s *Server) People() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, p := range s.people {
		ids = append(ids, p.id)
	}
	return ids
}

func (s *Server) person(u *user, id string) (*person, error) {
	for _, p := range s.people {
		if p.id == id && p.account == u {
			return p, nil
		}
	}
	return nil, refuse(2000, "param is invalid: no virtual user %q", id)
}

// lockDevice finds a device in a path of the lock service.
func (s *Server) lockDevice(who caller, iotID string) (*device, error) {
	d, err := s.deviceOf(iotID)
	if err != nil {
		return nil, refuse(28560, "device not exist")
	}
	if !d.bound(who.user) {
		return nil, refuse(28601, "user device not bind.")
	}
	return d, nil
}

// administered finds a device that only its administrator may change.
func (s *Server) administered(who caller, iotID string) (*device, error) {
	d, err := s.lockDevice(who, iotID)
	if err == nil && d.owner != who.user {
		err = refuse(2066, "identityId is not manager")
	}
	return d, err
}

// bindKey is /lock/key/user/bind, §1.
func (s *Server) bindKey(who caller, f fields) (any, error) {
	d, err := s.administered(who, f.text("iotId"))
	if err != nil {
		return nil, err
	}
	p, err := s.person(who.user, f.text("virtualUserId"))
	if err != nil {
		return nil, err
	}
	if perm := f.whole("lockUserPermType"); perm < Normal || perm > Duress {
		return nil, badParameter("lockUserPermType is 1, 2 or 3")
	}
	if b := d.binding(f.whole("lockUserType"), f.text("lockUserId")); b != nil {
		if b.who != p {
			return nil, refuse(28530, "lock user has been bound to other virtual user.")
		}
		b.perm = f.whole("lockUserPermType")
		return nil, nil
	}
	d.bindings = append(d.bindings, &binding{f.whole("lockUserType"), f.text("lockUserId"), f.whole("lockUserPermType"), p})
	return nil, nil
}

// unbindKey is /lock/key/user/unbind, §2.
func (s *Server) unbindKey(who caller, f fields) (any, error) {
	d, err := s.administered(who, f.text("iotId"))
	if err != nil {
		return nil, err
	}
	b := d.binding(f.whole("lockUserType"), f.text("lockUserId"))
	if b == nil || b.who.id != f.text("virtualUserId") {
		return nil, refuse(28527, "user not bind with lock.")
	}
	d.unbindKey(b)
	return nil, nil
}

func (d *device) unbindKey(b *binding) {
	d.bindings = slices.DeleteFunc(d.bindings, func(other *binding) bool { return other == b })
}

// lockUser is a bound key as the document's lockUsers show it.
func (d *device) lockUser(b *binding) object {
	nick := ""
	if k := d.key(b.kind, b.id); k != nil {
		nick = k.nick
	}
	return object{
		"iotId": d.iotID, "lockUserId": b.id, "lockUserType": b.kind, "lockUserPermType": b.perm, "userId": b.who.id,
		"identityId": b.who.account.identity, "tenantId": "C9A56275D954421FAAE9875CDE5F01B3", "isolationId": "a103cg3XCLYnTrF8",
		"keyNickName": nick,
	}
}

// asked finds the keys of a list that the administrator asks about; others find nothing.
func (s *Server) asked(who caller, f fields, take func(d *device, b *binding, item fields) object) []object {
	var found []object
	for _, item := range f.inners("originalLockUsers") {
		d, err := s.administered(who, item.text("iotId"))
		if err != nil {
			continue
		}
		if o := take(d, d.binding(item.whole("lockUserType"), item.text("lockUserId")), item); o != nil {
			found = append(found, o)
		}
	}
	return found
}

// keyBindings is /lock/key/users/bindinfo/get, §3.
func (s *Server) keyBindings(who caller, f fields) (any, error) {
	found := s.asked(who, f, func(d *device, b *binding, _ fields) object {
		if b == nil || b.who.id != f.text("virtualUserId") {
			return nil
		}
		return d.lockUser(b)
	})
	return s.bare(found, "lockUsers"), nil
}

// keyBinding is /lock/key/user/bindinfo/get, §4: null when the key is not bound to the person.
func (s *Server) keyBinding(who caller, f fields) (any, error) {
	d, err := s.administered(who, f.text("iotId"))
	if err != nil {
		return nil, nil // "限定锁设备绑定的管理员查询方有效": others find nothing
	}
	b := d.binding(f.whole("lockUserType"), f.text("lockUserId"))
	if b == nil || b.who.id != f.text("virtualUserId") {
		return nil, nil
	}
	return d.lockUser(b), nil
}

// filterUnbound is /lock/key/user/unbind/filter, §5: it does not look whether the lock has the keys.
func (s *Server) filterUnbound(who caller, f fields) (any, error) {
	found := s.asked(who, f, func(d *device, b *binding, item fields) object {
		if b != nil {
			return nil
		}
		return object{"iotId": d.iotID, "lockUserId": item.text("lockUserId"), "lockUserType": item.whole("lockUserType"),
			"lockUserPermType": item.whole("lockUserPermType")}
	})
	return s.bare(found, "originalLockUsers"), nil
}

// boundKeys is /lock/key/user/bindlist/get, §6.
func (s *Server) boundKeys(who caller, f fields) (any, error) {
	var found []object
	for _, d := range s.devices {
		for _, b := range d.bindings {
			if b.who.id == f.text("virtualUserId") && b.who.account == who.user && f.is("lockUserType", b.kind) && f.is("lockUserPermType", b.perm) {
				found = append(found, d.lockUser(b))
			}
		}
	}
	return s.bare(found, "lockUsers"), nil
}

// deviceUsers is /lock/dev/virtual/user/get, §7.
func (s *Server) deviceUsers(who caller, f fields) (any, error) {
	d, err := s.lockDevice(who, f.text("iotId"))
	if err != nil {
		return nil, err
	}
	var found []object
	seen := map[*person]bool{}
	for _, b := range d.bindings {
		if !seen[b.who] {
			seen[b.who] = true
			found = append(found, b.who.info())
		}
	}
	return s.bare(found, "userInfos"), nil
}

// Device errors; the firmware defines them.
const (
	deviceRefused = 100001
	deviceHasNot  = 100002
)

// deleteKey is /lock/key/user/delete, §8: the person loses the key whatever the lock then does.
func (s *Server) deleteKey(who caller, f fields) (any, error) {
	d, err := s.administered(who, f.text("iotId"))
	if err != nil {
		return nil, err
	}
	kind, id := f.whole("lockUserType"), f.text("lockUserId")
	if b := d.binding(kind, id); b != nil {
		d.unbindKey(b)
	}
	switch k := d.key(kind, id); {
	case d.status != statusOnline:
		return nil, refuse(28504, "device is offline.")
	case d.refuses():
		return nil, refuse(deviceRefused, "the lock refused")
	case k == nil:
		return nil, refuse(deviceHasNot, "the lock has no such key")
	}
	d.erase(kind, id)
	s.report(d, "KeyDeletedNotification", "info", object{"KeyID": id, "LockType": kind})
	return nil, nil
}

func (d *device) erase(kind int, id string) {
	d.keys = slices.DeleteFunc(d.keys, func(k *key) bool { return k.kind == kind && k.id == id })
}

// keyUser is /lock/key/virtual/user/get, §9.
func (s *Server) keyUser(who caller, f fields) (any, error) {
	d, err := s.lockDevice(who, f.text("iotId"))
	if err != nil {
		return nil, err
	}
	b := d.binding(f.whole("lockUserType"), f.text("lockUserId"))
	if b == nil {
		return nil, refuse(28527, "user not bind with lock.")
	}
	return b.who.info(), nil
}

// nameLock is /lock/nickname/set, §10: for all users.
func (s *Server) nameLock(who caller, f fields) (any, error) {
	d, err := s.lockDevice(who, f.text("iotId"))
	if err != nil {
		return nil, err
	}
	d.nick = f.text("nickName")
	clear(d.nicks)
	return nil, nil
}

// nameKey is /living/lock/key/nickname/set.
func (s *Server) nameKey(who caller, f fields) (any, error) {
	d, err := s.lockDevice(who, f.text("iotId"))
	if err != nil {
		return nil, refuse(403, "request forbidden.")
	}
	if k := d.key(f.whole("lockUserType"), f.text("lockUserId")); k != nil {
		k.nick = f.text("nickName")
	}
	return nil, nil
}

func (p *person) info() object {
	list := []object{}
	for _, a := range p.attrs {
		list = append(list, object{"attrKey": a[0], "attrValue": a[1]})
	}
	return object{"userId": p.id, "attrList": list}
}

// attrsOf reads attributes; the platform has a fixed set of keys.
func attrsOf(f fields) ([][2]string, error) {
	var list [][2]string
	for _, a := range f.inners("attrList") {
		if k := a.text("attrKey"); k != "name" && k != "birthday" {
			return nil, refuse(2000, "param is invalid: attrKey %s", k)
		}
		list = append(list, [2]string{a.text("attrKey"), a.text("attrValue")})
	}
	return list, nil
}

// createPerson is /uc/virtual/user/create.
func (s *Server) createPerson(who caller, f fields) (any, error) {
	list, err := attrsOf(f)
	if err != nil {
		return nil, err
	}
	return s.newPerson(who.user, list).info(), nil
}

// updatePerson is /uc/virtual/user/update: opType 1 adds, 2 changes, 3 deletes.
func (s *Server) updatePerson(who caller, f fields) (any, error) {
	p, err := s.person(who.user, f.text("virtualUserId"))
	if err != nil {
		return nil, err
	}
	list, err := attrsOf(f)
	if err != nil {
		return nil, err
	}
	op := f.whole("opType")
	if op < 1 || op > 3 {
		return nil, badParameter("opType is 1, 2 or 3")
	}
	for _, a := range list {
		p.attrs = slices.DeleteFunc(p.attrs, func(old [2]string) bool { return old[0] == a[0] })
		if op != 3 {
			p.attrs = append(p.attrs, a)
		}
	}
	return p.info(), nil
}

// deletePerson is /uc/virtual/user/delete. Their keys are nobody's then.
func (s *Server) deletePerson(who caller, f fields) (any, error) {
	p, err := s.person(who.user, f.text("virtualUserId"))
	if err != nil {
		return nil, err
	}
	s.people = slices.DeleteFunc(s.people, func(other *person) bool { return other == p })
	for _, d := range s.devices {
		d.bindings = slices.DeleteFunc(d.bindings, func(b *binding) bool { return b.who == p })
	}
	return nil, nil
}

// getPerson is /uc/virtual/user/query.
func (s *Server) getPerson(who caller, f fields) (any, error) {
	p, err := s.person(who.user, f.text("virtualUserId"))
	if err != nil {
		return nil, err
	}
	return p.info(), nil
}

// listPeople is /uc/virtual/user/list.
func (s *Server) listPeople(who caller, f fields) (any, error) {
	ours := sim.Keep(s.people, func(p *person) bool { return p.account == who.user })
	return page(sim.Each(ours, (*person).info), f, 100, "data")
}
