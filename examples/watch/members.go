package main

import (
	"context"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/yeeuu"
)

// real are the vendors whose credentials are in the environment. Their names stand in front of all
// ids and must stay what they are.
func real(env func(string) string) []lock.Member {
	var members []lock.Member
	if id := env("DINGDING_CLIENT_ID"); id != "" {
		var opts []lock.Option
		if url := env("DINGDING_CALLBACK_URL"); url != "" {
			opts = append(opts, dingding.WithCallbackURL(url))
		}
		members = append(members, lock.Member{Name: "dingding", Provider: dingding.New(id, env("DINGDING_CLIENT_SECRET"), opts...)})
	}
	if id := env("YEEUU_PARTNER_ID"); id != "" {
		p := yeeuu.New(id, env("YEEUU_SECRET"), yeeuu.WithWatch(lock.DeviceID(env("YEEUU_LOCK"))))
		members = append(members, lock.Member{Name: "yeeuu", Provider: p})
	}
	if id := env("TUYA_CLIENT_ID"); id != "" {
		p := tuya.New(id, env("TUYA_CLIENT_SECRET"), tuya.WithUser(env("TUYA_UID")))
		members = append(members, lock.Member{Name: "tuya", Provider: p})
	}
	if key := env("ALIYUNLOCK_APP_KEY"); key != "" {
		code := func(context.Context) (lock.Secret, error) { return lock.NewSecret(env("ALIYUNLOCK_AUTH_CODE")), nil }
		p := aliyunlock.New(key, env("ALIYUNLOCK_APP_SECRET"), aliyunlock.WithAuthCode(code, aliyunlock.AccountOASession))
		members = append(members, lock.Member{Name: "aliyunlock", Provider: p})
	}
	if id := env("EWELINK_APP_ID"); id != "" {
		login := ewelink.WithLogin(env("EWELINK_COUNTRY_CODE"), env("EWELINK_ACCOUNT"), lock.NewSecret(env("EWELINK_PASSWORD")))
		p := ewelink.New(id, env("EWELINK_APP_SECRET"), login, ewelink.WithDoors(ewelink.Door{Device: env("EWELINK_LOCK")}))
		members = append(members, lock.Member{Name: "ewelink", Provider: p})
	}
	return members
}
