package tuyatest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Codes of unlocking methods that people enrol.
const (
	Fingerprint   = "unlock_fingerprint"
	Password      = "unlock_password"
	Card          = "unlock_card"
	Face          = "unlock_face"
	Palm          = "unlock_hand"
	FingerVein    = "unlock_finger_vein"
	Iris          = "unlock_eye"
	RemoteControl = "unlock_telecontrol_kit"
)

// points are the numbers of the data points of methods: an unlock_id begins with them.
var points = map[string]int{
	Fingerprint: 11, Password: 12, Card: 15, Face: 16, Palm: 17, FingerVein: 18, Iris: 19, RemoteControl: 20,
}

// Key is something enrolled in a lock, by the code of its method and its number there.
type Key struct {
	Code   string // Fingerprint …
	Number int    // unlock_sn
}

// method is an unlocking method as cloud and lock know it.
type method struct {
	code      string
	number    int
	opmode    int64
	owner     *member // nil = nobody's
	name      string
	duress    bool
	voice     bool
	photo     bool
	admin     bool
	allocated bool // from those that were nobody's, and so can go back to them
	leaving   bool // the lock was told to erase it
	notify    int64
	digits    string // of a password
}

// shortName is a method's code as unlock_type spells it.
func shortName(code string) string {
	switch code {
	case RemoteControl:
		return "remoteControl"
	case FingerVein:
		return "fingerVein"
	}
	return strings.TrimPrefix(code, "unlock_")
}

// is reports whether a method has a code, unlock_finger being another name of unlock_fingerprint.
func (k *method) is(code string) bool {
	return k.code == code || k.code == Fingerprint && code == "unlock_finger"
}

func (s *Server) newMethod(d *device, code, digits string, owner *member) *method {
	if points[code] == 0 {
		panic(fmt.Sprintf("tuyatest: %q is no unlocking method", code))
	}
	number := 1
	for d.door.method(code, number) != nil {
		number++
	}
	k := &method{
		code: code, number: number, opmode: s.number(), owner: owner, digits: digits, name: fmt.Sprintf("%s %d", shortName(code), number), notify: 1,
	}
	d.door.methods = append(d.door.methods, k)
	return k
}

// Enrol is somebody enrolling a method at a lock, as nobody's.
func (s *Server) Enrol(id lock.DeviceID, code string) Key { return s.enrolFor(id, code, "", "") }

// EnrolFor is somebody enrolling a method for themselves, with the app. It is theirs from the
// beginning, so it cannot be unassigned.
func (s *Server) EnrolFor(id lock.DeviceID, user, code string) Key {
	return s.enrolFor(id, code, "", user)
}

// EnrolCode is somebody setting a password at a lock; user "" is nobody.
func (s *Server) EnrolCode(id lock.DeviceID, user, digits string) Key {
	return s.enrolFor(id, Password, digits, user)
}

func (s *Server) enrolFor(id lock.DeviceID, code, digits, user string) Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.lockNamed(id)
	var owner *member
	if user != "" {
		owner = must(d.door.member(user))
	}
	k := s.newMethod(d, code, digits, owner)
	return Key{k.code, k.number}
}

// Assign gives a method that is nobody's to a member.
func (s *Server) Assign(id lock.DeviceID, k Key, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.lockNamed(id)
	given := d.door.keyNamed(k)
	given.owner, given.allocated = must(d.door.member(user)), true
}

// SetDuress makes a method one that is used under duress, or no longer.
func (s *Server) SetDuress(id lock.DeviceID, k Key, duress bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lockNamed(id).door.keyNamed(k).duress = duress
}

// HasKey reports whether a lock has a method.
func (s *Server) HasKey(id lock.DeviceID, k Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lockNamed(id).door.method(k.Code, k.Number) != nil
}

// HolderOf returns the user_id of the member whose method it is, "" if it is nobody's.
func (s *Server) HolderOf(id lock.DeviceID, k Key) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.lockNamed(id).door.keyNamed(k).owner; m != nil {
		return m.id()
	}
	return ""
}

func (door *doorLock) keyNamed(k Key) *method {
	found := door.method(k.Code, k.Number)
	if found == nil {
		panic(fmt.Sprintf("tuyatest: the lock has no %s number %d", k.Code, k.Number))
	}
	return found
}

func (door *doorLock) method(code string, number int) *method {
	for _, k := range door.methods {
		if k.is(code) && k.number == number {
			return k
		}
	}
	return nil
}

// typed finds a method by its unlock_type.
func (door *doorLock) typed(short string, number int64) (*method, error) {
	for _, k := range door.methods {
		if shortName(k.code) == short && int64(k.number) == number {
			return k, nil
		}
	}
	return nil, refuse(dataMissing, "data does not exist")
}

// short is a method inside a user of A1.
func (k *method) short() object {
	return object{
		"unlock_id": k.id(), "unlock_sn": k.number, "unlock_name": k.name, "unlock_attr": flag(k.duress), "op_mode_id": k.opmode,
		"photo_unlock": k.photo, "admin": k.admin,
	}
}

func (k *method) id() string { return fmt.Sprintf("%d-%d", points[k.code], k.number) }

// The phases of a method that occur here.
const (
	methodConfirmed = 1
	methodLeaving   = 9
)

// wire is a method as A3 has it.
func (k *method) wire() object {
	o := object{
		"user_name": k.owner.nick, "user_id": k.owner.id(), "user_type": k.owner.kind, "lock_user_id": k.owner.lockID,
		"unlock_name": k.name, "opmode_id": strconv.FormatInt(k.opmode, 10), "unlock_id": k.id(), "dp_code": k.code, "unlock_sn": k.number,
		"phase": methodConfirmed, "unlock_attr": flag(k.duress), "voice_attr": flag(k.voice), "operate": "CREATE", "delivery_status": "SUCCESS",
		"allocate_flag": flag(k.allocated), "channel_id": 0, "user_time_set": "386cd30072bc9b7f000000000000000000",
		"notify_info": object{"app_send": k.notify},
	}
	if k.leaving {
		o["phase"], o["operate"], o["delivery_status"] = methodLeaving, "DELETE", "ONGOING"
	}
	if k.owner.account != nil {
		o["uid"] = k.owner.account.uid
	}
	return o
}

// listMethods is A3.
func (s *Server) listMethods(f fields) (any, error) {
	d, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	codes := f.list("codes")
	found := sim.Keep(d.door.methods, func(k *method) bool {
		return k.owner == m && strings.Contains(k.name, f.text("unlock_name")) && (len(codes) == 0 || slices.ContainsFunc(codes, k.is))
	})
	if !s.opts.otherShapes {
		return page(found, f, (*method).wire)
	}
	part, _, err := cut(found, f)
	if err != nil {
		return nil, err
	}
	return sim.Each(part, (*method).wire), nil
}

// give makes a method that is nobody's a member's.
func (k *method) give(to *member) error {
	if k.owner != nil && k.owner != to {
		return refuse(wrongState, "the method is somebody's")
	}
	if k.owner == nil {
		k.owner, k.allocated = to, true
	}
	return nil
}

// assignOne is A14.
func (s *Server) assignOne(f fields) (any, error) {
	d, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	short := f.text("type")
	if !slices.Contains([]string{"fingerprint", "password", "card"}, short) {
		return nil, refuse(illegalParameter, "type is fingerprint, password or card")
	}
	k, err := d.door.typed(short, f.id("no"))
	if err != nil {
		return nil, err
	}
	if err := k.give(m); err != nil {
		return nil, err
	}
	return true, nil
}

// listed are the methods of an unlock_list. A16 calls the code code in its table and dp_code in its
// example: either will do, and both if they agree.
func (door *doorLock) listed(f fields) ([]*method, error) {
	var found []*method
	for _, item := range f.inners("unlock_list") {
		code := cmp.Or(item.text("dp_code"), item.text("code"))
		if code == "" || item.text("code") != "" && item.text("code") != code {
			return nil, refuse(illegalParameter, "dp_code is illegal")
		}
		k := door.method(code, int(item.whole("unlock_sn")))
		if k == nil {
			return nil, refuse(dataMissing, "data does not exist")
		}
		found = append(found, k)
	}
	if len(found) == 0 {
		return nil, refuse(parameterEmpty, "unlock_list is empty")
	}
	return found, nil
}

// assign is A15: all or none.
func (s *Server) assign(f fields) (any, error) {
	d, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	found, err := d.door.listed(f)
	if err != nil {
		return nil, err
	}
	for _, k := range found {
		if k.owner != nil && k.owner != m {
			return nil, refuse(wrongState, "the method is somebody's")
		}
	}
	for _, k := range found {
		if err := k.give(m); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// unassign is A16, for methods that were assigned: all or none.
func (s *Server) unassign(f fields) (any, error) {
	d, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	found, err := d.door.listed(f)
	if err != nil {
		return nil, err
	}
	for _, k := range found {
		if k.owner != m || !k.allocated {
			return nil, refuse(illegalOperation, "illegal operation")
		}
	}
	for _, k := range found {
		k.owner, k.allocated = nil, false
	}
	return true, nil
}

// unlockKeys answers with methods of a type.
func (door *doorLock) unlockKeys(short string, wanted func(*method) bool) (any, error) {
	known := false
	for code := range points {
		known = known || shortName(code) == short
	}
	if !known {
		return nil, refuse(illegalParameter, "unlock_type is illegal")
	}
	found := sim.Keep(door.methods, func(k *method) bool { return shortName(k.code) == short && wanted(k) })
	return object{"unlock_keys": sim.Each(found, func(k *method) object {
		return object{"unlock_no": k.number, "unlock_type": short, "hijack": k.duress}
	})}, nil
}

// unassignedKeys is GET /v1.0/devices/{device_id}/door-lock/unassigned-keys.
func (s *Server) unassignedKeys(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	return d.door.unlockKeys(f.text("unlock_type"), func(k *method) bool { return k.owner == nil })
}

// holderAt finds the member of a path with user_type: 1 of the home, 2 not of it.
func (s *Server) holderAt(f fields) (*device, *member, error) {
	if t := f.id("user_type"); t != 1 && t != 2 {
		return nil, nil, refuse(outOfRange, "user_type is 1 or 2")
	}
	return s.memberAt(f)
}

// assignedKeys is GET …/user-types/{user_type}/users/{user_id}/assigned-keys.
func (s *Server) assignedKeys(f fields) (any, error) {
	d, m, err := s.holderAt(f)
	if err != nil {
		return nil, err
	}
	return d.door.unlockKeys(f.text("unlock_type"), func(k *method) bool { return k.owner == m })
}

// deleteKey is DELETE …/unlock-types/{unlock_type}/keys/{unlock_no}: the lock erases the method.
func (s *Server) deleteKey(f fields) (any, error) {
	d, m, err := s.holderAt(f)
	if err != nil {
		return nil, err
	}
	k, err := d.door.typed(f.text("unlock_type"), f.id("unlock_no"))
	if err != nil {
		return nil, err
	}
	if k.owner != m || k.leaving {
		return nil, refuse(dataMissing, "data does not exist")
	}
	if !d.connected() {
		return nil, refuse(deviceOffline, "device is offline")
	}
	k.leaving = true
	s.tell(d, func() {
		k.leaving = false
		if d.door.verdict() == 0 {
			d.door.erase(k)
		}
	})
	return true, nil
}

func (door *doorLock) erase(k *method) {
	door.methods = slices.DeleteFunc(door.methods, func(other *method) bool { return other == k })
}

// enrolment is a lock waiting for a finger, a card, a face.
type enrolment struct {
	code  string
	owner *member
}

// enrol is PUT …/actions/entry. A password comes with the request; anything else has to be presented
// at the lock, see Present.
func (s *Server) enrol(f fields) (any, error) {
	if t := f.whole("user_type"); t != 1 && t != 2 {
		return nil, refuse(outOfRange, "user_type is 1 or 2")
	}
	d, m, err := s.memberAt(f)
	if err != nil {
		return nil, err
	}
	code := ""
	for known := range points {
		if shortName(known) == f.text("unlock_type") {
			code = known
		}
	}
	switch {
	case code == "":
		return nil, refuse(illegalParameter, "unlock_type is illegal")
	case !s.reachable(d):
		return nil, refuse(deviceOffline, "device is offline")
	case code == Password && f.has("password"):
		digits, err := s.open(d, f)
		if err != nil {
			return nil, err
		}
		s.tell(d, func() { s.newMethod(d, code, digits, m) })
	default:
		d.door.enrolling = &enrolment{code, m}
	}
	return true, nil
}

// cancelEnrolment is PUT …/unlock-types/{unlock_type}/actions/cancel.
func (s *Server) cancelEnrolment(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	if e := d.door.enrolling; e == nil || shortName(e.code) != f.text("unlock_type") {
		return nil, refuse(illegalOperation, "nothing is being enrolled")
	}
	d.door.enrolling = nil
	return true, nil
}

// Present is somebody giving a lock what it waits for: a finger, a card, a face. It reports false if
// the lock waits for nothing.
func (s *Server) Present(id lock.DeviceID) (Key, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.lockNamed(id)
	e := d.door.enrolling
	if e == nil {
		return Key{}, false
	}
	d.door.enrolling = nil
	k := s.newMethod(d, e.code, "", e.owner)
	return Key{k.code, k.number}, true
}

// changeMethod is PUT …/opmodes/{unlock_sn}.
func (s *Server) changeMethod(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	k := d.door.method(f.text("dp_code"), int(f.id("unlock_sn")))
	if k == nil {
		return nil, refuse(dataMissing, "data does not exist")
	}
	if attr := f.whole("unlock_attr"); attr != 0 && attr != 1 {
		return nil, refuse(outOfRange, "unlock_attr is 0 or 1")
	}
	if f.has("unlock_name") {
		k.name = f.text("unlock_name")
	}
	if f.has("unlock_attr") {
		k.duress = f.whole("unlock_attr") == 1
	}
	if info := f.inner("notify_info"); info.has("app_send") {
		k.notify = info.whole("app_send")
	}
	return true, nil
}

// syncMethods is POST …/opmodes/actions/sync. What a lock has is known here at once, so it changes
// nothing.
func (s *Server) syncMethods(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	if !d.connected() {
		return nil, refuse(deviceOffline, "device is offline")
	}
	for _, code := range f.list("codes") {
		if points[code] == 0 {
			return nil, refuse(illegalParameter, "codes is illegal")
		}
	}
	return true, nil
}

// setAttribute is POST …/opmodes/{opmode_id}/attribute/{attribute}/opmode-attr: 1 is voice, 2 photo.
func (s *Server) setAttribute(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(d.door.methods, func(k *method) bool { return k.opmode == f.id("opmode_id") })
	if i < 0 {
		return nil, refuse(dataMissing, "data does not exist")
	}
	switch k := d.door.methods[i]; f.text("attribute") {
	case "1":
		k.voice = true
	case "2":
		k.photo = true
	default:
		return nil, refuse(outOfRange, "attribute is 1 or 2")
	}
	return true, nil
}

// setDuress is PUT …/unlock-types/{unlock_type}/keys/{unlock_no}/hijack.
func (s *Server) setDuress(f fields) (any, error) { return s.hijack(f, true) }

// clearDuress is the DELETE of it, under /v1.0/smart-lock.
func (s *Server) clearDuress(f fields) (any, error) { return s.hijack(f, false) }

func (s *Server) hijack(f fields, duress bool) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	k, err := d.door.typed(f.text("unlock_type"), f.id("unlock_no"))
	if err != nil {
		return nil, err
	}
	k.duress = duress
	return true, nil
}
