package tuya_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

// A guest gets a code for two days. The code is drawn, as long as the lock wants it.
func Example() {
	ctx := context.Background()
	cloud := tuyatest.NewServer() // instead of the vendor's cloud
	defer cloud.Close()
	door := cloud.AddWiFiLock("front door")

	c := tuya.New(cloud.ClientID, cloud.ClientSecret, lock.WithBaseURL(cloud.URL), lock.WithClock(cloud.Clock()), tuya.WithUser(cloud.UID))
	op, err := c.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: cloud.Clock().Now().Add(48 * time.Hour)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	pw, err := op.Wait(ctx) // until the lock has taken it
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pw.Name, pw.State, len(pw.Secret.Reveal()), "digits")
	fmt.Println("opens:", cloud.EnterCode(door, pw.Secret.Reveal()))
	// Output:
	// Li Na active 7 digits
	// opens: true
}

// A person is added to a lock for weekdays, and gets a card that nobody owns.
func ExampleClient_Keys() {
	ctx := context.Background()
	cloud := tuyatest.NewServer()
	defer cloud.Close()
	door := cloud.AddLock("front door")
	cloud.Enrol(door, tuyatest.Card)

	c := cloud.Client()
	op, err := c.Keys().Grant(ctx, door, lock.Grant{
		Holder: lock.Person{Name: "Han Meimei"}, Permanent: true,
		Schedule: &lock.Schedule{
			Days: lock.On(time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday), From: lock.At(7, 30), Until: lock.At(18, 0),
			Location: time.FixedZone("Asia/Shanghai", 8*60*60),
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	person, err := op.Wait(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for card, err := range c.Keys().List(ctx, lock.KeyQuery{Device: door, Unowned: true}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if _, err := c.Keys().Grant(ctx, door, lock.Grant{Holder: person.Holder, Key: card.ID, Permanent: true}); err != nil {
			fmt.Println(err)
			return
		}
	}
	for key, err := range c.Keys().List(ctx, lock.KeyQuery{Device: door, Holder: person.Holder.ID}) {
		fmt.Println(key.Kind, key.Holder.Name, key.Schedule, err)
	}
	// Output:
	// user Han Meimei Mon Tue Wed Thu Fri 07:30-18:00 Asia/Shanghai <nil>
	// card Han Meimei Mon Tue Wed Thu Fri 07:30-18:00 Asia/Shanghai <nil>
}

// The vendor wants the code with every change of a password. Give the client a way to the codes you
// keep, and a stay is extended without one.
func ExampleWithCodes() {
	ctx := context.Background()
	cloud := tuyatest.NewServer()
	defer cloud.Close()
	door := cloud.AddLock("front door")
	now := cloud.Clock().Now()
	id := cloud.AddPassword(door, "Li Na", "482913", now, now.Add(24*time.Hour))

	kept := map[lock.PasswordID]lock.Secret{id: lock.NewSecret("482913")} // your own store, encrypted
	c := cloud.Client(tuya.WithCodes(func(_ context.Context, _ lock.DeviceID, id lock.PasswordID) (lock.Secret, error) {
		code, ok := kept[id]
		if !ok {
			return lock.Secret{}, errors.New("no such password")
		}
		return code, nil
	}))
	op, err := c.Passwords().Update(ctx, door, id, lock.PasswordUpdate{Window: &lock.Window{Until: now.Add(72 * time.Hour)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	pw, err := op.Wait(ctx)
	fmt.Println(pw.Name, pw.Window.Until.Sub(now.Truncate(time.Second)).Round(time.Hour), err)
	// Output:
	// Li Na 72h0m0s <nil>
}
