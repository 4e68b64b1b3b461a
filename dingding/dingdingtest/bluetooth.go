package dingdingtest

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// auth is the right of a phone's owner to a room's lock by Bluetooth.
type auth struct {
	id             string
	phone, country string
	room           *room
	kind           int64     // 1 manage, 2 open
	begin, end     time.Time // zero end = for good
}

const opens = 2 // auth_type 蓝牙开门

// authRoom is POST /openapi/v2/auth_room, §14.1. What stands in auth_infos is not documented.
func (s *Server) authRoom(f fields) (object, error) {
	a := auth{phone: f.text("phone"), country: f.country(), kind: opens}
	if f.has("auth_type") {
		if !f.is("auth_type", 1, opens) {
			return nil, refuse(badParameter, "auth_type must be 1 or 2")
		}
		a.kind = f.whole("auth_type")
	}
	if p := f.inner("permission"); a.kind == opens && f.has("permission") {
		if !p.is("status", 1, 2) {
			return nil, refuse(badParameter, "permission.status must be 1 or 2")
		}
		if p.is("status", 2) {
			a.begin, a.end = p.seconds("begin"), p.seconds("end")
			if !p.has("begin") || !a.end.After(a.begin) {
				return nil, refuse(badParameter, "permission needs begin and a later end")
			}
		}
	}
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	rooms, err := s.roomsIn(h, f)
	if err != nil {
		return nil, err
	}
	infos := []object{}
	for _, r := range rooms {
		granted := a
		granted.id, granted.room = strconv.Itoa(s.number()), r
		s.auths = append(s.auths, &granted)
		infos = append(infos, granted.wire())
	}
	return object{"auth_infos": infos}, nil
}

func (f fields) country() string { return cmp.Or(f.text("country_code"), "+86") }

func (a *auth) wire() object {
	permission := object{"status": 1}
	if !a.end.IsZero() {
		permission = object{"status": 2, "begin": sec(a.begin), "end": sec(a.end)}
	}
	return object{
		"auth_id": a.id, "phone": a.phone, "country_code": a.country, "home_id": a.room.home.id, "room_id": a.room.id,
		"auth_type": a.kind, "permission": permission,
	}
}

// unauthRoom is POST /openapi/v2/unauth_room, §14.2: by ids, or by rooms and perhaps a phone.
func (s *Server) unauthRoom(f fields) (object, error) {
	if f.has("auth_ids") {
		ids := f.texts("auth_ids")
		for _, id := range ids {
			if !slices.ContainsFunc(s.auths, func(a *auth) bool { return a.id == id }) {
				return nil, refuse(notFound, "no authorisation %q", id)
			}
		}
		s.auths = slices.DeleteFunc(s.auths, func(a *auth) bool { return slices.Contains(ids, a.id) })
		return nil, nil
	}
	if f.text("home_id") == "" || !f.has("room_ids") {
		return nil, refuse(badParameter, "auth_ids, or home_id and room_ids, are required")
	}
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	rooms, err := s.roomsIn(h, f)
	if err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(slices.Clone(s.auths), func(a *auth) bool {
		return slices.Contains(rooms, a.room) && (f.text("phone") == "" || f.text("phone") == a.phone && f.country() == a.country)
	})
	if len(left) == len(s.auths) {
		return nil, refuse(notFound, "nobody is authorised there")
	}
	s.auths = left
	return nil, nil
}

// appToken is GET /openapi/v2/app_token, §14.3. The name of the token's field is not documented,
// nor is the error for somebody without authorisation: it is 15014 here.
func (s *Server) appToken(f fields) (object, error) {
	for _, a := range s.auths {
		valid := a.end.IsZero() || s.now().Before(a.end)
		if a.phone == f.text("phone") && a.country == f.country() && valid {
			return object{"access_token": s.sim.Random.Hex(128), "expires_time": s.now().Add(s.opts.tokenLifetime).Unix()}, nil
		}
	}
	return nil, refuse(notAllowed, "nobody with this phone is authorised")
}
