package main

import (
	"context"
	"flag"
	"net"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func aliyunlockFlags(f *flag.FlagSet) start {
	id := f.String("aliyunlock-app-key", aliyunlocktest.DefaultAppKey, "the AppKey of the brand's app")
	secret := f.String("aliyunlock-app-secret", aliyunlocktest.DefaultAppSecret, "its AppSecret")
	cloudKey := f.String("aliyunlock-cloud-key", aliyunlocktest.DefaultCloudKey, "the AppKey of the project's cloud-level calls")
	cloudSecret := f.String("aliyunlock-cloud-secret", aliyunlocktest.DefaultCloudSecret, "its AppSecret")
	project := f.String("aliyunlock-project", aliyunlocktest.DefaultProject, "the project's id")
	return func(l net.Listener, seed int64) (*running, error) {
		s := aliyunlocktest.NewServer(aliyunlocktest.WithListener(l), aliyunlocktest.WithSeed(seed),
			aliyunlocktest.WithCredentials(*id, *secret), aliyunlocktest.WithCloudCredentials(*cloudKey, *cloudSecret, *project))
		r := &running{
			sim: s, requests: logged(s.Requests), expire: s.ExpireTokens, enter: s.EnterCode, refuse: aliyunlocktest.Code,
			events: map[string]report{
				"offline": plain(func(id lock.DeviceID) { s.SetOnline(id, false) }),
				"online":  plain(func(id lock.DeviceID) { s.SetOnline(id, true) }),
				"reset":   plain(s.Reset),
				"tamper":  plain(func(id lock.DeviceID) { s.Report(id, "TamperAlarm", nil) }),
				"open": func(id lock.DeviceID, r reported) error {
					if !s.UseKey(id, lock.KeyID(r.Key)) {
						return badCall("the lock has no such key; see keys in GET " + prefix)
					}
					return nil
				},
			},
			report: func(id lock.DeviceID, event string, r reported) error {
				s.Report(id, event, r.Fields)
				return nil
			},
			more:  map[string]func() (any, error){"login": func() (any, error) { return map[string]string{"auth_code": s.AuthCode()}, nil }},
			lacks: map[string]string{"callback": "Aliyun pushes to message queues (AMQP), and not to URLs that a client could register"},
		}
		live := s.Session()
		r.about.Credentials = map[string]string{
			"app_key": s.AppKey, "app_secret": s.AppSecret, "cloud_key": s.CloudKey, "cloud_secret": s.CloudSecret, "project": s.Project,
			"user": s.User, "iot_token": live.Token.Reveal(), "refresh_token": live.RefreshToken.Reveal(), "auth_code": s.AuthCode(),
		}
		if err := furnishAliyunlock(s, &r.about); err != nil {
			s.Close()
			return nil, err
		}
		return r, nil
	}
}

// furnishAliyunlock puts in the simulator's own furniture, and a lock without keys.
func furnishAliyunlock(s *aliyunlocktest.Server, a *about) error {
	f := s.Furnish()
	spare := s.AddLock("次卧门锁")
	s.Settle()
	a.People = []person{
		{ID: f.LiLei, Name: "小明", Note: "a virtual user, with a card of the front door"},
		{ID: f.HanMei, Name: "妈妈", Note: "a virtual user"},
		{Name: "whoever is at home", Device: string(f.Front), Code: "135790", Note: "a code enrolled at the lock"},
	}
	a.Keys = []key{{ID: string(f.Owned), Device: string(f.Front), Holder: f.LiLei, Note: "a card"}}
	for _, k := range f.Unowned {
		a.Keys = append(a.Keys, key{ID: string(k), Device: string(f.Front), Note: "nobody's"})
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return look(ctx, s.Client(insider()...), a, map[lock.DeviceID]string{
		f.Front: "five keys nobody owns, sixty events", spare: "no keys", f.Cellar: "offline", f.Shared: "another user's, shared",
	})
}
