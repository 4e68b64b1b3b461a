package aliyunlocktest

import (
	"maps"
	"slices"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// cloudGetProperties is /cloud/thing/properties/get: a list, and its times as text.
func (s *Server) cloudGetProperties(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	list := []object{}
	for _, identifier := range slices.Sorted(maps.Keys(d.properties)) {
		p := d.properties[identifier]
		list = append(list, object{"attribute": identifier, "value": p.value, "batchId": "b0", "gmtModified": milli(p.at), "iotId": d.iotID})
	}
	return list, nil
}

// cloudThings is /cloud/things/get.
func (s *Server) cloudThings(_ caller, f fields) (any, error) {
	found := sim.Keep(s.devices, func(d *device) bool { return d.product == f.text("productKey") && f.is("status", d.status) })
	no, size := f.whole("currentPage"), f.whole("pageSize")
	if no < 1 || size < 1 {
		return nil, badParameter("currentPage and pageSize begin with 1")
	}
	from := min((no-1)*size, len(found))
	return object{"totalNum": len(found), "items": sim.Each(found[from:min(from+size, len(found))], (*device).thing)}, nil
}

// cloudUser finds the user that identityId, or openId with the app's key, names.
func (s *Server) cloudUser(f fields) (*user, error) {
	if f.text("identityId") != "" {
		return s.user(f.text("identityId"))
	}
	if f.has("openIdAppKey") && f.text("openIdAppKey") != s.AppKey {
		return nil, refuse(403, "request forbidden.")
	}
	for _, u := range s.users {
		if u.openID == f.text("openId") {
			return u, nil
		}
	}
	return nil, refuse(2077, "can't get identityId by email and mobile")
}

// part cuts a list by offset and count.
func part[T any](list []T, offset, count int) ([]T, error) {
	if offset < 0 || count < 1 {
		return nil, refuse(460, "invalid count or offset")
	}
	from := min(offset, len(list))
	return list[from:min(from+count, len(list))], nil
}

// cloudBindings is /cloud/device/queryByUser, which calls the user identifyId.
func (s *Server) cloudBindings(_ caller, f fields) (any, error) {
	u, err := s.cloudUser(f)
	if err != nil {
		return nil, err
	}
	all := sim.Keep(s.devices, func(d *device) bool { return d.bound(u) })
	found, err := part(all, f.whole("offset"), f.whole("limit"))
	if err != nil {
		return nil, err
	}
	return object{"total": len(all), "data": sim.Each(found, func(d *device) object {
		o := d.bindingInfo(u)
		o["identifyId"] = o["identityId"]
		delete(o, "identityId")
		return o
	})}, nil
}

// cloudDeviceBindings is /living/user/device/binding/query.
func (s *Server) cloudDeviceBindings(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	users := d.users(func(int) bool { return true })
	return object{"total": len(users), "accountDevList": users}, nil
}

// cloudUnbind is /cloud/user/device/unbind.
func (s *Server) cloudUnbind(who caller, f fields) (any, error) {
	u, err := s.cloudUser(f)
	if err != nil {
		return nil, err
	}
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	if !d.bound(u) {
		return nil, refuse(2065, "identityId and iotId not bound")
	}
	d.unbind(u)
	return "", nil
}

// cloudUnbindAll is /living/cloud/user/binding/device/unbind.
func (s *Server) cloudUnbindAll(who caller, f fields) (any, error) {
	d, err := s.mine(who, f)
	if err != nil {
		return nil, err
	}
	if d.owner != nil {
		d.unbind(d.owner)
	}
	return nil, nil
}

// cloudBind is /living/cloud/user/binding/device/batch/bind.
func (s *Server) cloudBind(_ caller, f fields) (any, error) {
	u, err := s.cloudUser(f)
	if err != nil {
		return nil, err
	}
	if f.text("projectId") != s.Project {
		return nil, refuse(403, "request forbidden.")
	}
	list := []object{}
	for _, item := range f.inners("deviceList") {
		o := object{"productKey": item.text("productKey"), "deviceName": item.text("deviceName"), "iotId": "", "bindCode": 6100}
		if d := s.named(item); d != nil {
			o["iotId"], o["bindCode"] = d.iotID, 200
			if d.owner != nil && d.owner != u {
				o["bindCode"] = 2064
			} else {
				d.owner, d.home, d.boundAt = u, s.firstHome(u), s.now()
			}
		}
		list = append(list, o)
	}
	return list, nil
}

// firstHome is a user's first home; a user who has none gets one.
func (s *Server) firstHome(u *user) *home {
	if homes := s.homesOf(u); len(homes) > 0 {
		return homes[0]
	}
	return s.newHome(u, "我的家")
}

func (u *user) account() object {
	return object{"identityId": u.identity, "openId": u.openID, "nickName": u.name, "loginName": u.phone, "phone": u.phone, "email": "",
		"status": 1, "gmtCreate": milli(u.made)}
}

// cloudAccount is /cloud/account/getByOpenId and /cloud/account/getByIdentityId.
func (s *Server) cloudAccount(_ caller, f fields) (any, error) {
	u, err := s.cloudUser(f)
	if err != nil {
		return nil, err
	}
	return u.account(), nil
}

// cloudAccounts is /cloud/account/queryIdentityByPage.
func (s *Server) cloudAccounts(_ caller, f fields) (any, error) {
	found, err := part(s.users, f.whole("offset"), f.whole("count"))
	if err != nil {
		return nil, err
	}
	return object{"total": len(s.users), "data": sim.Each(found, (*user).account)}, nil
}

// cloudRegion is /living/cloud/user/region/get and /living/cloud/device/region/get.
func (s *Server) cloudRegion(caller, fields) (any, error) { return "cn-shanghai", nil }
