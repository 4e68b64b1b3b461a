package ewelink_test

import (
	"context"
	"fmt"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// A relay on an electric strike opens the door, and a contact sensor tells whether it stands open.
func Example() {
	ctx := context.Background()
	cloud := ewelinktest.NewServer() // instead of the vendor's cloud
	defer cloud.Close()
	relay, contact := cloud.AddRelay("front door"), cloud.AddContact("contact", ewelinktest.NewWiFiContact)

	c := ewelink.New(cloud.AppID, cloud.AppSecret,
		lock.WithBaseURL(cloud.URL), lock.WithClock(cloud.Clock()), ewelink.WithSession(cloud.Session()),
		ewelink.WithDoors(ewelink.Door{Device: string(relay), Sensor: string(contact)}))
	op, err := c.Locks().Open(ctx, relay, lock.Person{Name: "Li Na"})
	if err != nil {
		fmt.Println(err)
		return
	}
	door, err := op.Wait(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(door.Name, "opened", cloud.Opened(relay), "time, stands open:", *door.DoorOpen)
	// Output: front door opened 1 time, stands open: false
}

// An app id that costs nothing begins with a session by OAuth. state ties the browser that comes
// back to the one that was sent away.
func ExampleClient_AuthorizeURL() {
	ctx := context.Background()
	cloud := ewelinktest.NewServer()
	defer cloud.Close()
	appID, appSecret := cloud.AddFreeApp()
	const back = "https://landlord.example.com/ewelink"

	app := ewelink.New(appID, appSecret, lock.WithBaseURL(cloud.URL))
	if _, err := app.AuthorizeURL(ewelink.AuthorizeRequest{RedirectURL: back, State: "unguessable"}); err != nil {
		fmt.Println(err)
		return
	}
	// … the person signs in there, and their browser comes back with a code and a region.
	code := cloud.OAuthCode(appID, back)

	r, err := app.ExchangeCode(ctx, ewelink.ExchangeCodeRequest{Code: lock.NewSecret(code), RedirectURL: back, Region: ewelink.RegionEU})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := ewelink.New(appID, appSecret, lock.WithBaseURL(cloud.URL), ewelink.WithSession(r.Session))
	for home, err := range c.Homes().List(ctx, lock.HomeQuery{}) {
		fmt.Println(home.Name != "", err)
	}
	// Output: true <nil>
}

// What a meter shows now, beside what all vendors have in common.
func ExampleThing_Power() {
	ctx := context.Background()
	cloud := ewelinktest.NewServer()
	defer cloud.Close()
	id := cloud.AddMeter("kitchen", ewelinktest.POWR3)

	c := ewelink.New(cloud.AppID, cloud.AppSecret, lock.WithBaseURL(cloud.URL), lock.WithClock(cloud.Clock()), ewelink.WithSession(cloud.Session()))
	meter, err := c.Meters().Get(ctx, id)
	if err != nil {
		fmt.Println(err)
		return
	}
	if thing, ok := lock.As[*ewelink.Thing](meter); ok {
		for _, p := range thing.Power() {
			fmt.Println(p.Watts, "W at", p.Volts, "V")
		}
	}
	// Output: 0 W at 230 V
}
