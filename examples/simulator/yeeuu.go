package main

import (
	"context"
	"flag"
	"net"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/yeeuu"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

func yeeuuFlags(f *flag.FlagSet) start {
	id := f.String("yeeuu-partner-id", yeeuutest.DefaultPartnerID, "Yeeuu's partnerId")
	secret := f.String("yeeuu-secret", yeeuutest.DefaultSecret, "Yeeuu's secret")
	deviceKey := f.String("yeeuu-device-key", yeeuutest.DefaultDeviceKey, "the key of Yeeuu's second interface")
	return func(l net.Listener, seed int64) (*running, error) {
		s := yeeuutest.NewServer(yeeuutest.WithListener(l), yeeuutest.WithSeed(seed), yeeuutest.WithCredentials(*id, *secret),
			yeeuutest.WithDeviceKey(*deviceKey))
		r := &running{
			sim: s, requests: logged(s.Requests), enter: s.EnterCode,
			events: map[string]report{
				"offline": plain(s.GoOffline),
				"online":  plain(s.GoOnline),
				"open": func(id lock.DeviceID, r reported) error {
					if !s.OpenByPhone(id, yeeuutest.ByApp, r.Phone) {
						return badCall("that phone has no authorisation for the door")
					}
					return nil
				},
			},
			refuse: func(_ int, message string) yeeuutest.Fault { return yeeuutest.Refuse(message) },
			lacks: map[string]string{
				"expire":   "Yeeuu has no tokens that live: every call carries one made of its own time",
				"callback": "Yeeuu does not push: its log has to be read",
				"event":    "Yeeuu's log knows openings only",
			},
		}
		r.about.Credentials = map[string]string{"partner_id": s.PartnerID, "secret": s.Secret, "device_key": s.DeviceKey}
		if err := furnishYeeuu(s, &r.about); err != nil {
			s.Close()
			return nil, err
		}
		return r, nil
	}
}

// furnishYeeuu puts in two flats, each with a main door and a room. Li Na has a code and the app at
// one of them; the log has some of her openings.
func furnishYeeuu(s *yeeuutest.Server, a *about) error {
	var doors []lock.DeviceID
	for _, flat := range []struct{ name, room string }{{"2501", "甲"}, {"2502", "乙"}} {
		front := s.AddLock(flat.name)
		in := s.Home(front)
		inner := s.AddInnerLock(in, flat.room)
		a.Homes = append(a.Homes, home{ID: string(in), Name: flat.name, Rooms: []room{{flat.room, flat.room}}})
		a.Locks = append(a.Locks, yeeuuDoor(s, front, flat.name, in, ""), yeeuuDoor(s, inner, flat.room, in, flat.room))
		doors = append(doors, front, inner)
	}
	landlord := lock.Person{Name: "Landlord", Phone: lock.NewSecret("13900139028")}
	tenant := lock.Person{Name: "Li Na", Phone: lock.NewSecret("13912345678")}
	window := lock.Window{Until: inAYear(s.Clock().Now())}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c := s.Client(insider()...)
	if _, err := c.Passwords().Create(ctx, doors[0], lock.PasswordSpec{
		Name: "Li Na", Secret: lock.NewSecret("135790"), Window: window, Holder: tenant, By: landlord,
	}); err != nil {
		return err
	}
	if _, err := c.Keys().Grant(ctx, doors[0], lock.Grant{Holder: tenant, GrantedBy: landlord, Window: window}); err != nil {
		return err
	}
	for i := range 12 {
		s.AddOpenings(doors[0], yeeuutest.Opening{
			At: s.Clock().Now().Add(time.Duration(i-12) * 8 * time.Hour), By: yeeuutest.ByPassword, Opener: tenant.Phone.Reveal(),
		})
	}
	a.People = []person{
		{Name: landlord.Name, Phone: landlord.Phone.Reveal()},
		{Name: tenant.Name, Phone: tenant.Phone.Reveal(), Device: string(doors[0]), Code: "135790", Note: "also opens with the app"},
	}
	return nil
}

// yeeuuDoor tells a door as Yeeuu names it: by the flat's code, the type of door and an inner
// door's name; in the second interface by the lock's serial number.
func yeeuuDoor(s *yeeuutest.Server, id lock.DeviceID, name string, in lock.HomeID, at string) device {
	parts := map[string]string{"code": string(in), "type": string(yeeuu.Main), "sn": s.Serial(id)}
	if at != "" {
		parts["type"], parts["door"] = string(yeeuu.Inner), at
	}
	return device{ID: string(id), Name: name, Kind: "lock", Home: string(in), Room: at, Parts: parts}
}
