package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

func tuyaFlags(f *flag.FlagSet) start {
	id := f.String("tuya-client-id", tuyatest.DefaultClientID, "Tuya's client_id (Access ID)")
	secret := f.String("tuya-client-secret", tuyatest.DefaultClientSecret, "Tuya's secret (Access Secret), 32 characters")
	return func(l net.Listener, seed int64) (*running, error) {
		if len(*secret) != 32 {
			return nil, fmt.Errorf("-tuya-client-secret has %d characters, want 32: it is the key of the tickets", len(*secret))
		}
		s := tuyatest.NewServer(tuyatest.WithListener(l), tuyatest.WithSeed(seed), tuyatest.WithCredentials(*id, *secret))
		r := &running{
			sim: s, requests: logged(s.Requests), expire: s.ExpireTokens, enter: s.EnterCode, refuse: tuyatest.Code,
			events: tuyaEvents(s),
			report: func(id lock.DeviceID, event string, _ reported) error {
				s.RaiseAlarm(id, event)
				return nil
			},
			lacks: map[string]string{"callback": "Tuya pushes to a message queue (Pulsar), and not to URLs that a client could register"},
		}
		r.about.Credentials = map[string]string{"client_id": s.ClientID, "client_secret": s.ClientSecret, "uid": s.UID}
		if err := furnishTuya(s, &r.about); err != nil {
			s.Close()
			return nil, err
		}
		return r, nil
	}
}

func tuyaEvents(s *tuyatest.Server) map[string]report {
	return map[string]report{
		"offline":  plain(func(id lock.DeviceID) { s.SetOnline(id, false) }),
		"online":   plain(func(id lock.DeviceID) { s.SetOnline(id, true) }),
		"tamper":   plain(func(id lock.DeviceID) { s.RaiseAlarm(id, "pry") }),
		"doorbell": plain(s.RingBell),
		"wake":     plain(s.Wake),
		"battery":  percent(s.SetBattery),
		"open": func(id lock.DeviceID, r reported) error {
			code, number, _ := strings.Cut(r.Key, ":")
			n, err := strconv.Atoi(number)
			if err != nil {
				return badCall("key is a method's code and number, unlock_fingerprint:1; see keys in GET " + prefix)
			}
			if !s.UseKey(id, tuyatest.Key{Code: code, Number: n}) {
				return badCall("the lock does not know that key; see keys in GET " + prefix)
			}
			return nil
		},
	}
}

// furnishTuya puts in the simulator's own furniture.
func furnishTuya(s *tuyatest.Server, a *about) error {
	f := s.Furnish()
	s.Settle()
	a.People = []person{
		{ID: s.UID, Name: "李雷", Note: "the user (uid) whose homes these are"},
		{ID: f.LiLei, Name: "小明", Device: string(f.Front), Note: "a member of the front door, with a finger and a card"},
		{ID: f.HanMei, Name: "韩梅梅", Device: string(f.Front), Note: "a member of the front door, with nothing"},
		{ID: f.Absent[0], Name: "前房客", Device: string(f.Front), Note: "was removed and is still on the lock"},
		{ID: f.Absent[1], Name: "前保洁", Device: string(f.Front), Note: "was removed and is still on the lock"},
		{ID: string(f.Guest), Name: "客人", Device: string(f.Front), Code: "135790", Note: "a temporary password"},
		{Name: "whoever is at home", Device: string(f.Front), Code: "907214", Note: "a password enrolled at the lock, which is nobody's"},
		{ID: f.Other, Name: "陈静", Note: "another user (uid), with a home and a lamp"},
	}
	enrolled := func(k tuyatest.Key, holder, note string) {
		a.Keys = append(a.Keys, key{ID: fmt.Sprintf("%s:%d", k.Code, k.Number), Device: string(f.Front), Holder: holder, Note: note})
	}
	enrolled(f.Finger, f.LiLei, "his from the beginning")
	enrolled(f.Card, f.LiLei, "was assigned to him")
	for i, note := range []string{"nobody's, under duress", "nobody's", "nobody's"} {
		enrolled(f.Unassigned[i], "", note)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return look(ctx, s.Client(insider()...), a, map[lock.DeviceID]string{
		f.Front: "Zigbee; with members, methods and sixty records", f.Garage: "Wi-Fi", f.Shed: "Wi-Fi on batteries: it sleeps", f.Side: "Bluetooth",
		f.Cellar: "Zigbee, offline", f.Lamp: "no lock",
	})
}
