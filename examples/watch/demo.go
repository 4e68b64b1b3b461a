package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
	"github.com/smartlock-sdk/smartlock/yeeuu"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

const code = "135790"

// town is five vendors in memory and the people at their doors.
type town struct {
	dingding *dingdingtest.Server
	yeeuu    *yeeuutest.Server
	tuya     *tuyatest.Server
	aliyun   *aliyunlocktest.Server
	ewelink  *ewelinktest.Server
	doors    struct{ dingding, yeeuu, tuya, aliyun, ewelink lock.DeviceID }
	finger   lock.KeyID
	contact  lock.DeviceID // a sensor on the door that eWeLink opens
}

func newTown(ctx context.Context) (*town, error) {
	t := &town{
		dingding: dingdingtest.NewServer(), yeeuu: yeeuutest.NewServer(), tuya: tuyatest.NewServer(), aliyun: aliyunlocktest.NewServer(),
		ewelink: ewelinktest.NewServer(),
	}
	t.doors.dingding, t.doors.yeeuu = t.dingding.AddLock("front door"), t.yeeuu.AddLock("2501")
	t.doors.tuya, t.doors.aliyun = t.tuya.AddLock("大门锁"), t.aliyun.AddLock("大门锁")
	t.doors.ewelink, t.contact = t.ewelink.AddRelay("yard gate"), t.ewelink.AddContact("yard gate", ewelinktest.NewWiFiContact)
	t.dingding.AddLocalPassword(t.doors.dingding, code)
	t.finger = t.aliyun.EnrolKey(t.doors.aliyun, aliyunlocktest.Fingerprint, "")
	_, err := t.yeeuu.Client().Passwords().Create(ctx, t.doors.yeeuu, lock.PasswordSpec{
		Name: "Li Na", Secret: lock.NewSecret(code), Window: lock.Window{Until: time.Now().AddDate(1, 0, 0)},
		Holder: lock.Person{Name: "Li Na", Phone: lock.NewSecret("13912345678")}, By: lock.Person{Name: "Landlord"},
	})
	t.dingding.Settle()
	t.aliyun.Settle()
	if err != nil {
		t.close()
	}
	return t, err
}

func (t *town) close() {
	t.dingding.Close()
	t.yeeuu.Close()
	t.tuya.Close()
	t.aliyun.Close()
	t.ewelink.Close()
}

// members are clients of the five. They ask often: the day is short.
func (t *town) members(callback string) []lock.Member {
	often := lock.WithWatchInterval(20 * time.Millisecond)
	return []lock.Member{
		{Name: "dingding", Provider: t.dingding.Client(dingding.WithCallbackURL(callback))},
		{Name: "yeeuu", Provider: t.yeeuu.Client(yeeuu.WithWatch(t.doors.yeeuu), often)},
		{Name: "tuya", Provider: t.tuya.Client(tuya.WithPace(0, 0), often)},
		{Name: "aliyunlock", Provider: t.aliyun.Client(often)},
		{Name: "ewelink", Provider: t.ewelink.Client(ewelink.WithPace(0, 0, 0), ewelink.WithSession(t.ewelink.Session()),
			ewelink.WithDoors(ewelink.Door{Device: string(t.doors.ewelink), Sensor: string(t.contact)}))},
	}
}

// deeds are what people do, one after the other; each makes one event.
func (t *town) deeds() []func() {
	return []func(){
		func() { t.dingding.EnterCode(t.doors.dingding, code) },
		func() { t.yeeuu.EnterCode(t.doors.yeeuu, code) },
		func() {
			t.aliyun.UseKey(t.doors.aliyun, t.finger)
			t.aliyun.Settle() // the platform's history lags
		},
		func() { t.tuya.RingBell(t.doors.tuya) },
		func() { t.ewelink.OpenDoor(t.contact) },
		func() { t.dingding.Tamper(t.doors.dingding) },
	}
}

// demonstrate watches the town, looks away, and watches again.
func demonstrate(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	dir, err := os.MkdirTemp("", "watch")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t, err := newTown(ctx)
	if err != nil {
		return err
	}
	defer t.close()
	c := cursorFile(filepath.Join(dir, "cursor"))
	if err := c.save(lock.CursorAt(time.Now())); err != nil {
		return err
	}

	fmt.Fprintln(out, "watching five vendors")
	if err := t.watch(ctx, c, out, t.deeds()); err != nil {
		return err
	}

	fmt.Fprintln(out, "\nnobody watches, and somebody comes home")
	t.dingding.EnterCode(t.doors.dingding, code)
	t.dingding.Settle() // the webhook finds nobody

	fmt.Fprintln(out, "\nwatching again, from where we were")
	return t.watch(ctx, c, out, []func(){func() {}})
}

// watch follows the town from the saved cursor while people do their deeds, each when the event of
// the one before has come.
func (t *town) watch(ctx context.Context, c cursorFile, out io.Writer, deeds []func()) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String() + "/callbacks/9f3c/dingding" // long and random in real life
	t.dingding.SetCallbackURL(url, url)
	fleet, err := lock.NewFleet(t.members(url)...)
	if err != nil {
		return err
	}
	since, err := c.load()
	if err != nil {
		return err
	}
	w := &watcher{follower: lock.NewFollower(fleet, lock.FollowOptions{Since: since, Poll: 50 * time.Millisecond}), save: c.save, out: out}
	if w.stop, err = serve(w.follower, l); err != nil {
		return err
	}
	next := make(chan func(), len(deeds))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for deed := range next {
			deed()
		}
	}()
	next <- deeds[0]
	n := 1
	err = w.watch(ctx, func(lock.Event) bool {
		if n == len(deeds) {
			return false
		}
		next <- deeds[n]
		n++
		return true
	})
	close(next)
	<-done
	return err
}
