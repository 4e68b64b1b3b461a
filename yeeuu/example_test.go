package yeeuu_test

import (
	"context"
	"fmt"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/yeeuu"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

func Example() {
	s := yeeuutest.NewServer() // the vendor, in memory
	defer s.Close()
	front := s.AddLock("2501")
	ctx := context.Background()

	c := yeeuu.New(s.PartnerID, s.Secret, lock.WithBaseURL(s.URL), yeeuu.WithWatch(front))
	op, err := c.Passwords().Create(ctx, front, lock.PasswordSpec{
		Holder: lock.Person{Name: "Li Lei", Phone: lock.NewSecret("13800138017")},
		By:     lock.Person{Name: "front desk"},
		Window: lock.Window{Until: time.Now().Add(24 * time.Hour)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	pw, err := op.Wait(ctx) // done already
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("opens:", s.EnterCode(front, pw.Secret.Reveal()), pw.Certainty)
	for e, err := range c.Events().History(ctx, lock.EventQuery{Device: front}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.Kind, e.Method, e.Password == pw.ID)
	}
	// Output:
	// opens: true reported
	// lock.unlocked pin true
}

func ExampleDoor_ID() {
	fmt.Println(yeeuu.Door{Code: "x0001", Type: yeeuu.Main}.ID())
	fmt.Println(yeeuu.Door{Code: "x0001", Type: yeeuu.Inner, Name: "甲"}.ID())
	d, err := yeeuu.ParseDoor("x0001:2:甲")
	fmt.Println(d.Type, d.Name, err)
	// Output:
	// x0001:1
	// x0001:2:甲
	// inner 甲 <nil>
}

// A key can be revoked that another program, or the vendor's console, has given.
func ExampleKeyID() {
	s := yeeuutest.NewServer()
	defer s.Close()
	front := s.AddLock("2501")
	ctx := context.Background()
	c := s.Client()
	phone := lock.NewSecret("13800138017")
	_, err := c.Keys().Grant(ctx, front, lock.Grant{
		Holder: lock.Person{Name: "Li Lei", Phone: phone}, GrantedBy: lock.Person{Name: "front desk"},
		Window: lock.Window{Until: time.Now().Add(24 * time.Hour)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Keys().Revoke(ctx, front, yeeuu.KeyID(phone))
	fmt.Println("revoked:", err == nil)
	// Output: revoked: true
}
