package aliyunlock_test

import (
	"context"
	"fmt"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Somebody has put a finger into the lock. This gives the finger to a person, and finds out what
// the person may open.
func Example() {
	ctx := context.Background()
	cloud := aliyunlocktest.NewServer() // instead of the vendor's cloud
	defer cloud.Close()
	door := cloud.AddLock("front door")
	cloud.EnrolKey(door, aliyunlocktest.Fingerprint, "")
	cloud.Settle() // the lock's report is in the history

	c := aliyunlock.New(cloud.AppKey, cloud.AppSecret,
		lock.WithBaseURL(cloud.URL), lock.WithClock(cloud.Clock()), aliyunlock.WithSession(cloud.Session()))
	for key, err := range c.Keys().List(ctx, lock.KeyQuery{Device: door, Unowned: true}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		op, err := c.Keys().Grant(ctx, door, lock.Grant{Key: key.ID, Holder: lock.Person{Name: "Li Na"}, Permanent: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		granted, err := op.Wait(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(granted.Kind, "of", granted.Holder.Name)
		for l, err := range c.Locks().List(ctx, lock.LockQuery{Holder: granted.Holder.ID}) {
			fmt.Println("opens", l.Name, err)
		}
	}
	// Output:
	// fingerprint of Li Na
	// opens front door <nil>
}

// Timed passwords are a service that each product defines for itself. The names here are those of
// some products; look into the thing model of yours, with GetThingModel.
func ExampleWithPasswordService() {
	ctx := context.Background()
	cloud := aliyunlocktest.NewServer()
	defer cloud.Close()
	door := cloud.AddLock("front door")

	china := time.FixedZone("CST", 8*60*60)
	addOTP := aliyunlock.PasswordService{
		Identifier: "AddOTP",
		PIN:        lock.PINPolicy{Lengths: []int{6}},
		MaxWindow:  30 * 24 * time.Hour,
		Args: func(code lock.Secret, w lock.Window) any {
			return map[string]any{
				"OTP": code, "StartTime": w.From.In(china).Format(time.DateTime), "ValidTime": int(w.Until.Sub(w.From).Seconds()),
			}
		},
	}
	c := aliyunlock.New(cloud.AppKey, cloud.AppSecret, lock.WithBaseURL(cloud.URL), lock.WithClock(cloud.Clock()),
		aliyunlock.WithSession(cloud.Session()), aliyunlock.WithPasswordService(addOTP))
	op, err := c.Passwords().Create(ctx, door, lock.PasswordSpec{Window: lock.Window{Until: cloud.Clock().Now().Add(48 * time.Hour)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	pw, err := op.Wait(ctx) // until the lock has reported it
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pw.State, len(pw.Secret.Reveal()), "digits")
	// Output: active 6 digits
}
