package dingdingtest

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Password ids, §3.3 and §6.14.
const (
	localLast    = 99 // 0–99 are set at the lock
	adminID      = 999
	poolFirst    = 1001
	poolLast     = 1050
	dynamicFirst = 2014 // the last hour's; 2015 and 2016 are this hour's and the next one's
	activeAdmin  = 3000
	staffFirst   = 3001
	staffLast    = 3024
	tenantFirst  = 3025
	tenantLast   = 3048
)

// key is a password as the lock knows it. It opens from begin to before end; a zero end is for good.
type key struct {
	code       string
	begin, end time.Time
	frozen     bool
}

func (k key) valid(now time.Time) bool {
	return !k.frozen && !now.Before(k.begin) && (k.end.IsZero() || now.Before(k.end))
}

// record is a password as the cloud knows it.
type record struct {
	key
	id          int
	made        time.Time
	name, phone string
	applied     bool // the lock has it, as far as the cloud knows
	operation   int  // opAdd …
	stage       int  // stageRunning …
	failure     int  // result of the last operation, when it failed
	turn        int  // counts operations: only the last one's result is shown
}

// Operations and stages of a record, §6.4.
const (
	opAdd      = 1
	opDelete   = 2
	opUpdate   = 3
	opFreeze   = 4
	opUnfreeze = 5

	stageRunning = 1
	stageFailed  = 2
	stageDone    = 3
)

// newRecord is a password that is on the lock already.
func newRecord(id int, made time.Time, k key) *record {
	return &record{key: k, id: id, made: made, applied: true, operation: opAdd, stage: stageDone}
}

// state is pwd_state: 1 initial, 2 active, 3 not yet valid, 4 expired, 5 frozen.
func (r *record) state(now time.Time) int {
	switch {
	case !r.applied:
		return 1
	case r.frozen:
		return 5
	case now.Before(r.begin):
		return 3
	case !r.end.IsZero() && !now.Before(r.end):
		return 4
	default:
		return 2
	}
}

func (r *record) wire(now time.Time) object {
	state, permission, isDefault := r.state(now), 1, 0
	if state == 3 || state == 4 {
		permission = 2
	}
	if r.id == adminID {
		isDefault = 1
	}
	o := object{
		"id": r.id, "time": milli(r.made), "is_default": isDefault, "pwd_state": state,
		"operation": r.operation, "operation_stage": r.stage, "permission_state": permission,
		"name": r.name, "send_to": r.phone,
		"permission": object{"status": 1, "begin": 0, "end": 0},
	}
	if !r.end.IsZero() {
		o["permission"] = object{"status": 2, "begin": max(r.begin.Unix(), 0), "end": r.end.Unix()}
	}
	if r.stage == stageFailed {
		o["description"] = strconv.Itoa(r.failure)
	}
	return o
}

// fetchPasswords is GET fetch_passwords, §6.4.
func (s *Server) fetchPasswords(f fields) (object, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	list := []object{}
	for _, id := range slices.Sorted(maps.Keys(d.door.records)) {
		list = append(list, d.door.records[id].wire(s.now()))
	}
	return object{"passwords": list}, nil
}

// getDefaultPassword is GET get_default_password_plaintext, §6.5.
func (s *Server) getDefaultPassword(f fields) (object, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	admin := d.door.records[adminID]
	if admin == nil || admin.code == "" {
		return nil, refuse(notFound, "the admin password is not known")
	}
	s.note(d, "20010", "", f)
	return object{"password": admin.code}, nil
}

// getDynamicPassword is GET get_dynamic_password_plaintext, §6.6. The document does not give the
// unit of invalid_time; it is milliseconds here, as for every other time it calls Long.
func (s *Server) getDynamicPassword(f fields) (object, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	s.note(d, "20008", "", f)
	hour := s.now().Truncate(time.Hour)
	return object{"password": s.dynamic(d, hour), "invalid_time": milli(hour.Add(time.Hour))}, nil
}

// dynamic is a lock's dynamic password of an hour.
func (s *Server) dynamic(d *device, hour time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", s.dynamicSeed, d.uuid, hour.Unix()))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum[:])%1_000_000)
}

// addPassword is POST add_password, §6.7.
func (s *Server) addPassword(f fields) (object, error) {
	if !f.is("is_default", 0, 1) {
		return nil, refuse(badParameter, "is_default must be 0 or 1")
	}
	if !f.has("password") && !f.has("encrypted_password") {
		return nil, refuse(badParameter, "password or encrypted_password is required")
	}
	k, err := s.keyFrom(f)
	if err != nil {
		return nil, err
	}
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	door, id := d.door, adminID
	if f.is("is_default", 0) {
		if door.records[adminID] == nil {
			return nil, refuse(notFound, "the admin password has to be set first")
		}
		if id = door.freeID(); id == 0 {
			return nil, refuse(poolFull, "the lock has as many passwords as it can take")
		}
	} else {
		k.begin, k.end = time.Time{}, time.Time{}
	}
	if err := s.mayCommand(d, "add"); err != nil {
		return nil, err
	}
	r := door.records[id]
	if r == nil || id != adminID {
		r = &record{id: id, made: s.now(), key: k}
		door.records[id] = r
	}
	r.name, r.phone = f.text("name"), f.phone()
	opID := "20001"
	if id == adminID {
		opID = "20009"
	}
	s.note(d, opID, r.name, f)
	service := s.passwordCommand(d, r, opAdd, func() int { return door.put(id, k, id != adminID) }, func() {
		r.key, r.applied = k, true
	})
	return object{"id": id, "serviceid": service}, nil
}

// updatePassword is POST update_password, §6.8. The table requires password, and the vendor's own
// clients leave it out to change only the window; so does the simulator. The window is required
// but for the admin password, which has none.
func (s *Server) updatePassword(f fields) (object, error) {
	id := int(f.whole("password_id"))
	if id != adminID {
		for _, name := range []string{"permission_begin", "permission_end"} {
			if !f.has(name) {
				return nil, refuse(badParameter, "%s is required", name)
			}
		}
	}
	k, err := s.keyFrom(f)
	if err != nil {
		return nil, err
	}
	d, r, err := s.passwordAt(f)
	if err != nil {
		return nil, err
	}
	if err := s.mayCommand(d, "update"); err != nil {
		return nil, err
	}
	if id == adminID {
		k.begin, k.end = time.Time{}, time.Time{}
	}
	k.code = cmp.Or(k.code, r.code)
	opID := "20004"
	if id == adminID {
		opID = "20009"
	}
	s.note(d, opID, cmp.Or(f.text("name"), r.name), f)
	service := s.passwordCommand(d, r, opUpdate, func() int { return d.door.replace(id, k) }, func() {
		k.frozen = r.frozen
		r.key = k
		r.name, r.phone = cmp.Or(f.text("name"), r.name), cmp.Or(f.phone(), r.phone)
	})
	return object{"serviceid": service}, nil
}

// deletePassword is POST delete_password, §6.9.
func (s *Server) deletePassword(f fields) (object, error) {
	d, r, err := s.passwordAt(f)
	if err != nil {
		return nil, err
	}
	if r.id == adminID {
		return nil, refuse(adminStays, "the admin password cannot be deleted")
	}
	if err := s.mayCommand(d, "delete"); err != nil {
		return nil, err
	}
	opID := "20003"
	if r.id >= activeAdmin {
		opID = "20013"
	}
	s.note(d, opID, r.name, f)
	return object{"serviceid": s.passwordCommand(d, r, opDelete, func() int {
		switch {
		case d.door.reset:
			return wasReset
		case d.door.keys[r.id] == nil:
			return notOnLock
		}
		delete(d.door.keys, r.id)
		return done
	}, func() { s.forget(d, r) })}, nil
}

// forget drops a password from the cloud, unless its id was given to another one meanwhile.
func (s *Server) forget(d *device, r *record) {
	if d.door.records[r.id] == r {
		delete(d.door.records, r.id)
		delete(d.door.activations, r.id)
	}
}

// freezePassword is POST frozen_password, §6.10.
func (s *Server) freezePassword(f fields) (object, error) {
	return s.setFrozen(f, true, opFreeze, "freeze", "20006")
}

// unfreezePassword is POST unfrozen_password, §6.11.
func (s *Server) unfreezePassword(f fields) (object, error) {
	return s.setFrozen(f, false, opUnfreeze, "unfreeze", "20007")
}

func (s *Server) setFrozen(f fields, frozen bool, operation int, use, opID string) (object, error) {
	d, r, err := s.passwordAt(f)
	if err != nil {
		return nil, err
	}
	if r.id == adminID {
		return nil, refuse(adminStays, "the admin password cannot be frozen")
	}
	if err := s.mayCommand(d, use); err != nil {
		return nil, err
	}
	s.note(d, opID, r.name, f)
	return object{"serviceid": s.passwordCommand(d, r, operation, func() int {
		k := d.door.keys[r.id]
		switch {
		case d.door.reset:
			return wasReset
		case k == nil:
			return notOnLock
		}
		k.frozen = frozen
		return done
	}, func() { r.frozen = frozen })}, nil
}

// services are the names of the results, §9.2.
var services = map[int]string{
	opAdd:      "Password_Add_Service",
	opDelete:   "Password_Delete_Service",
	opUpdate:   "Password_Update_Service",
	opFreeze:   "Password_Frozen_Service",
	opUnfreeze: "Password_Unfrozen_Service",
}

// passwordCommand sends a command for r to the lock. act is what the lock does; record is what the
// cloud writes down when it has succeeded.
func (s *Server) passwordCommand(d *device, r *record, operation int, act func() int, record func()) string {
	service := s.serviceID()
	r.turn++
	turn := r.turn
	r.operation, r.stage, r.failure = operation, stageRunning, 0
	s.command(d, act, func(result int) {
		if result == done || operation == opDelete && result == notOnLock { // both sides agree that it is gone
			record()
		}
		if turn == r.turn {
			r.stage = stageDone
			if result != done {
				r.stage, r.failure = stageFailed, result
			}
		}
		s.service(d, services[operation], service,
			pairs{{"id", r.id}, {"passwordid", strconv.Itoa(r.id)}, {"ErrNo", result}})
	})
	return service
}

func (s *Server) passwordAt(f fields) (*device, *record, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, nil, err
	}
	r := d.door.records[int(f.whole("password_id"))]
	if r == nil {
		return nil, nil, refuse(notFound, "no password %d on that lock", f.whole("password_id"))
	}
	return d, r, nil
}

// sixDigits is what a door code looks like.
var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// keyFrom reads code and window of a request. The code is empty if none is given. "permission_begin
// 或者 permission_end 为空，则为永久权限": with one of them missing the password is for good.
func (s *Server) keyFrom(f fields) (key, error) {
	if f.has("password") && f.has("encrypted_password") {
		return key{}, refuse(badParameter, "password and encrypted_password exclude each other")
	}
	code := f.text("password")
	if f.has("encrypted_password") {
		var err error
		if code, err = decrypt(f.text("access_token"), f.text("encrypted_password")); err != nil {
			return key{}, err
		}
	}
	if given := f.has("password") || f.has("encrypted_password"); given && !sixDigits.MatchString(code) {
		return key{}, refuse(badParameter, "the password must have six digits")
	}
	k := key{code: code, begin: f.seconds("permission_begin"), end: f.seconds("permission_end")}
	if !f.has("permission_begin") || k.end.IsZero() {
		k.begin, k.end = time.Time{}, time.Time{}
	}
	return k, nil
}

// decrypt opens an encrypted password, §18.2: AES-128-CBC with the first 16 characters of the
// token as key, PKCS#7, base64.
func decrypt(token, encrypted string) (string, error) {
	bad := refuse(badParameter, "encrypted_password cannot be decrypted with this access_token")
	data, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return "", bad
	}
	block, err := aes.NewCipher([]byte(token)[:16])
	if err != nil {
		return "", bad
	}
	cipher.NewCBCDecrypter(block, []byte("0123456789ABCDEF")).CryptBlocks(data, data)
	padding := int(data[len(data)-1])
	if padding < 1 || padding > aes.BlockSize {
		return "", bad
	}
	for _, b := range data[len(data)-padding:] {
		if int(b) != padding {
			return "", bad
		}
	}
	return string(data[:len(data)-padding]), nil
}

// phone is the phone number, by either of the document's spellings.
func (f fields) phone() string { return cmp.Or(f.text("phonenumber"), f.text("phonenummer")) }

// The rule of §3.5.
var rates = []struct {
	window time.Duration
	limit  int
}{{2 * time.Minute, 5}, {24 * time.Hour, 100}}

// mayCommand applies the rate rule of §3.5. The document does not say which error breaks it; the
// simulator answers 15014.
func (s *Server) mayCommand(d *device, use string) error {
	now, uses := s.now(), d.door.uses[use]
	for _, rate := range rates {
		if len(uses) >= rate.limit && now.Sub(uses[len(uses)-rate.limit]) < rate.window {
			s.violations++
			return refuse(notAllowed, "rate rule: more than %d times %s in %v", rate.limit, use, rate.window)
		}
	}
	d.door.uses[use] = append(uses, now)
	return nil
}

// freeID is the lowest free id of the pool, else the one of an add that failed; 0 if the pool is
// full.
func (l *doorLock) freeID() int {
	failed := 0
	for id := poolFirst; id <= poolLast; id++ {
		r := l.records[id]
		if r == nil {
			return id
		}
		if failed == 0 && !r.applied && r.stage == stageFailed {
			failed = id
		}
	}
	return failed
}

// put stores a key in the lock.
func (l *doorLock) put(id int, k key, mustBeNew bool) int {
	switch {
	case l.reset:
		return wasReset
	case mustBeNew && l.keys[id] != nil:
		return idTaken
	case !k.end.IsZero() && !k.end.After(k.begin):
		return badPermission
	case l.similar(id, k.code):
		return tooSimilar
	}
	l.keys[id] = &k
	return done
}

// replace changes a key in the lock.
func (l *doorLock) replace(id int, k key) int {
	old := l.keys[id]
	switch {
	case l.reset:
		return wasReset
	case old == nil:
		return notOnLock
	}
	k.frozen = old.frozen
	return l.put(id, k, false)
}

// similar reports whether four or more consecutive digits of a code stand in another key too.
func (l *doorLock) similar(id int, code string) bool {
	for other, k := range l.keys {
		if other == id {
			continue
		}
		for i := 0; i+4 <= len(code); i++ {
			for j := 0; j+4 <= len(k.code); j++ {
				if code[i:i+4] == k.code[j:j+4] {
					return true
				}
			}
		}
	}
	return false
}

// PasswordState is what a lock and the cloud know of a password.
type PasswordState struct {
	ID     int
	Name   string
	Code   lock.Secret // in the lock; else as the cloud has it
	From   time.Time   // zero = since ever
	Until  time.Time   // zero = for good
	OnLock bool        // the lock has it
	Opens  bool        // the lock would open now
	Listed bool        // fetch_passwords lists it; the fields below are zero if not

	State     int // pwd_state: 1 initial, 2 active, 3 not yet valid, 4 expired, 5 frozen
	Operation int // 1 add, 2 delete, 3 update, 4 freeze, 5 unfreeze
	Stage     int // 1 running, 2 failed, 3 done
	Failure   int // result of a failed operation, 5101 …
}

// Passwords returns what is on a lock and what the cloud lists, by id.
func (s *Server) Passwords(device lock.DeviceID) []PasswordState {
	s.mu.Lock()
	defer s.mu.Unlock()
	door := s.mustLock(device).door
	all := map[int]PasswordState{}
	for id, r := range door.records {
		all[id] = PasswordState{
			ID: id, Name: r.name, Code: lock.NewSecret(r.code), From: r.begin, Until: r.end, Listed: true,
			State: r.state(s.now()), Operation: r.operation, Stage: r.stage, Failure: r.failure,
		}
	}
	for id, k := range door.keys {
		p := all[id]
		p.ID, p.Code, p.From, p.Until = id, lock.NewSecret(k.code), k.begin, k.end
		p.OnLock, p.Opens = true, k.valid(s.now())
		all[id] = p
	}
	return slices.SortedFunc(maps.Values(all), func(a, b PasswordState) int { return cmp.Compare(a.ID, b.ID) })
}

func (s *Server) mustLock(id lock.DeviceID) *device {
	d := s.mustDevice(id)
	if d.door == nil {
		panic(fmt.Sprintf("dingdingtest: %s is no lock", id))
	}
	return d
}
