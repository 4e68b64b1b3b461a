package dingdingtest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func ExampleNewServer() {
	s := dingdingtest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	c := s.Client()

	_, err := c.Passwords().Create(context.Background(), door, lock.PasswordSpec{
		Kind: lock.PasswordPermanent, Secret: lock.NewSecret("135790"), Name: "Li",
	})
	if err != nil {
		log.Fatal(err)
	}
	s.Settle()
	fmt.Println(s.EnterCode(door, "135790"), s.EnterCode(door, "000000"))
	// Output: true false
}
