package ewelinktest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func ExampleNewServer() {
	s := ewelinktest.NewServer()
	defer s.Close()
	door := s.AddRelay("front door")
	c := s.Client(ewelink.WithDoors(ewelink.Door{Device: string(door)}), lock.WithLimits(lock.LimitOff))

	if _, err := c.Locks().Open(context.Background(), door, lock.Person{Name: "Li"}); err != nil {
		log.Fatal(err)
	}
	s.Settle() // the relay has fallen back
	fmt.Println(s.Opened(door), s.Param(door, "switch"))
	// Output: 1 off
}
