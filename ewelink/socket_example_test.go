package ewelink_test

import (
	"context"
	"fmt"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
)

// A socket tells what happens to devices, and carries commands to them.
func ExampleClient_Socket() {
	ctx := context.Background()
	cloud := ewelinktest.NewServer() // instead of the vendor's cloud
	defer cloud.Close()
	lamp := cloud.AddSwitch("lamp", 1)
	s, err := cloud.Client().Socket(ctx, ewelink.SocketOptions{Buffer: 100, Drop: ewelink.DropNewest})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	target := ewelink.SocketTarget{DeviceID: string(lamp)}
	if _, err := s.Update(ctx, ewelink.SocketUpdate{SocketTarget: target, Params: map[string]string{"switch": "on"}}); err != nil {
		fmt.Println(err)
		return
	}
	cloud.Press(lamp) // somebody uses the button
	for n, err := range s.Notices(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if u, ok := n.(*ewelink.UpdateNotice); ok {
			var state string
			u.Params.Get("switch", &state)
			fmt.Println("the lamp is", state)
			break
		}
	}
	// Output: the lamp is off
}
