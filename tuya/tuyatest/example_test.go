package tuyatest_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

func ExampleNewServer() {
	s := tuyatest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	c := s.Client()

	_, err := c.Passwords().Create(context.Background(), door, lock.PasswordSpec{
		Secret: lock.NewSecret("135790"), Name: "Li", Window: lock.Window{Until: s.Clock().Now().Add(24 * time.Hour)},
	})
	if err != nil {
		log.Fatal(err)
	}
	s.Settle()
	fmt.Println(s.EnterCode(door, "135790"), s.EnterCode(door, "000000"))
	// Output: true false
}
