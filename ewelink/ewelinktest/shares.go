package ewelinktest

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// share is a device given to another account.
type share struct {
	to      *user
	id, by  string // how the two accounts are called to each other: no api keys
	permit  int
	comment string
	since   time.Time
	at      *place // where the other account has the device
}

// item is a share as one account is told about the other.
func (sh *share) item(other *user) object {
	id := sh.id
	if other != sh.to {
		id = sh.by
	}
	o := object{"apikey": id, "permit": sh.permit, "shareTime": sh.since.UnixMilli()}
	for name, value := range map[string]string{"phoneNumber": other.phone, "email": other.email, "nickname": other.nickname, "comment": sh.comment} {
		if value != "" {
			o[name] = value
		}
	}
	return o
}

// Share gives a device to another account of the same region, as its owner does in the app, and
// returns the id that the owner knows the share by.
func (s *Server) Share(id lock.DeviceID, account string, permit int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, u := must(s.device(string(id))), must(s.userOf(account))
	return must(s.share(d, u, permit, "")).id
}

// AddShared adds a switch that another account has and shares with the server's account.
func (s *Server) AddShared(name, account string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.newDevice(name, relay)
	owner := must(s.userOf(account))
	d.owner, d.at = owner, must(s.newPlace(owner, "", "", 2))
	must(s.share(d, must(s.userOf(s.Account)), 15, ""))
	return lock.DeviceID(d.id)
}

// share gives a device away. Sharing again with the same account changes the permit.
func (s *Server) share(d *device, to *user, permit int, comment string) (*share, error) {
	for _, sh := range d.shares {
		if sh.to == to {
			sh.permit, sh.comment = permit, comment
			return sh, nil
		}
	}
	p, err := s.newPlace(to, "", "", 2)
	if err != nil {
		return nil, err
	}
	sh := &share{to: to, id: s.sim.Random.Hex(64), by: s.sim.Random.Hex(64), permit: permit, comment: comment, since: s.now(), at: p}
	d.shares = append(d.shares, sh)
	s.tellShare(d, sh, "shareNotify_v2")
	return sh, nil
}

// unshare takes a device back. Groups of the other account that have it as their main device are gone.
func (s *Server) unshare(d *device, sh *share) {
	s.tellShare(d, sh, "cancelShareNotify_v2")
	s.drop(d, sh.to)
}

func (s *Server) tellShare(d *device, sh *share, kind string) {
	body := object{"deviceid": d.id, "name": d.name, "comment": sh.comment, "sharedBy": sh.item(d.owner)}
	s.message(sh.to, sh.to.current, kind, body)
	if s.opts.shareNotices {
		for _, k := range slices.Clone(s.live) {
			if k.session != nil && k.session.user == sh.to {
				s.deliver(k, object{"action": "notify", "userAgent": "server", "cmd": kind, "apikey": d.owner.apikey, "deviceid": d.id, "params": body})
			}
		}
	}
}

// shareDevices is POST /v2/device/share. All devices are shared, or none.
func (s *Server) shareDevices(who call, f fields) (any, error) {
	to := f.inner("user")
	if to.text("phoneNumber") != "" && to.text("countryCode") == "" {
		return nil, badParameter("countryCode is required with phoneNumber")
	}
	account, err := addressee(to)
	if err != nil {
		return nil, err
	}
	if f.whole("permit") < 0 || f.whole("permit") > 15 || f.wholeOr("shareType", 1) != 1 {
		return nil, badParameter("permit is 0 to 15 and shareType 1")
	}
	var found []*device
	for _, id := range f.texts("deviceidList") {
		d, err := s.own(who.user, id)
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	if len(found) == 0 {
		return nil, badParameter("deviceidList is empty")
	}
	u, err := s.userOf(account)
	if err != nil || u.region != who.user.region {
		return nil, refuse(30008, "the account to share with does not exist")
	}
	if u == who.user {
		return nil, badParameter("a device is not shared with its owner")
	}
	for _, d := range found {
		if _, err := s.share(d, u, f.whole("permit"), f.text("comment")); err != nil {
			return nil, err
		}
	}
	return object{"updatedThingList": sim.Each(found, func(d *device) object { return s.asThing(d, who.user) })}, nil
}

// sharing finds the share that a request is about.
func (s *Server) sharing(who call, f fields) (*device, *share, error) {
	d, err := s.own(who.user, f.text("deviceid"))
	if err != nil {
		return nil, nil, err
	}
	for _, sh := range d.shares {
		if sh.id == f.text("apikey") {
			return d, sh, nil
		}
	}
	return nil, nil, notFound("share")
}

// updated answers with a changed thing: the pages show a list under a name for one.
func (s *Server) updated(d *device, u *user) object {
	if s.opts.otherShapes {
		return object{"updatedThing": s.asThing(d, u)}
	}
	return object{"updatedThing": []object{s.asThing(d, u)}}
}

// The permissions of a share: all that is permitted or not are timers.
const (
	permitAddTimer = 1 << iota
	permitEditTimer
	permitDeleteTimer
	permitEnableTimer
)

// permits reports whether an account may send these params to a device.
func (d *device) permits(u *user, params object) bool {
	given, changes := params["timers"]
	i := slices.IndexFunc(d.shares, func(sh *share) bool { return sh.to == u })
	if !changes || u == nil || i < 0 {
		return true
	}
	needed := 0
	before, after := timersOf(d.params["timers"]), timersOf(given)
	for id, timer := range after {
		old, was := before[id]
		if !was {
			needed |= permitAddTimer
			continue
		}
		old, timer = maps.Clone(old), maps.Clone(timer)
		if number(old["enabled"]) != number(timer["enabled"]) {
			needed |= permitEnableTimer
		}
		delete(old, "enabled")
		delete(timer, "enabled")
		if !reflect.DeepEqual(old, timer) {
			needed |= permitEditTimer
		}
	}
	for id := range before {
		if _, stays := after[id]; !stays {
			needed |= permitDeleteTimer
		}
	}
	return needed&^d.shares[i].permit == 0
}

// timersOf are timers by their mId.
func timersOf(list any) map[string]object {
	timers := map[string]object{}
	for _, item := range sim.ZeroOr[[]any](list) {
		timer := sim.ZeroOr[object](item)
		timers[sim.ZeroOr[string](timer["mId"])] = timer
	}
	return timers
}

// setPermit is POST /v2/device/share/permit.
func (s *Server) setPermit(who call, f fields) (any, error) {
	d, sh, err := s.sharing(who, f)
	if err != nil {
		return nil, err
	}
	if f.whole("permit") < 0 || f.whole("permit") > 15 {
		return nil, badParameter("permit is 0 to 15")
	}
	sh.permit = f.whole("permit")
	return s.updated(d, who.user), nil
}

// cancelShare is DELETE /v2/device/share.
func (s *Server) cancelShare(who call, f fields) (any, error) {
	d, sh, err := s.sharing(who, f)
	if err != nil {
		return nil, err
	}
	s.unshare(d, sh)
	return s.updated(d, who.user), nil
}
