package worlds_test

import (
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/worlds"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

// account is a member of a fleet.
type account struct {
	name  string
	world func(t *testing.T) locktest.World
}

// The accounts of the fleets.
var (
	dingding = account{"dingding", worlds.Dingding}
	yeeuu    = account{"yeeuu", func(t *testing.T) locktest.World { return worlds.Yeeuu(t) }}
	tuya     = account{"tuya", func(t *testing.T) locktest.World { return worlds.Tuya(t, worlds.TuyaPlace{}) }}
	people   = account{"tuya-people", func(t *testing.T) locktest.World { return worlds.Tuya(t, worlds.TuyaPlace{Person: true}) }}
	wifi     = account{"tuya-wifi", func(t *testing.T) locktest.World {
		return worlds.Tuya(t, worlds.TuyaPlace{
			Lock: (*tuyatest.Server).AddWiFiLock, Lacks: []lock.Op{lock.FreezePassword, lock.UnfreezePassword},
		})
	}}
	aliyun   = account{"aliyun", func(t *testing.T) locktest.World { return worlds.Aliyunlock(t) }}
	services = account{"aliyun.services", func(t *testing.T) locktest.World { return worlds.AliyunlockServices(t) }}
	ewelink  = account{"ewelink", func(t *testing.T) locktest.World { return worlds.Ewelink(t) }}
	socket   = account{"ewelink_socket", func(t *testing.T) locktest.World { return worlds.EwelinkSocket(t) }}
)

// fleets are all five vendors in several orders: what an operation promises is checked at the first
// account that can do it.
var fleets = []struct {
	name     string
	accounts []account
}{
	{"Dingding and Yeeuu first", []account{dingding, yeeuu, tuya, services, ewelink}},
	{"eWeLink and Aliyun first", []account{socket, services, yeeuu, dingding, tuya}},
	{"two accounts of Tuya first", []account{wifi, people, ewelink, dingding, aliyun, yeeuu}},
}

func fleetOf(t *testing.T, accounts []account) locktest.World {
	t.Helper()
	places := make([]locktest.Place, len(accounts))
	for i, a := range accounts {
		places[i] = locktest.Place{Name: a.name, World: a.world(t)}
	}
	return locktest.Fleet(t, places...)
}

func TestFleetOfAllVendorsKeepsThePromises(t *testing.T) {
	for _, f := range fleets {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel() // each waits for its own simulators most of the time
			locktest.Run(t, func(t *testing.T) locktest.World { return fleetOf(t, f.accounts) })
		})
	}
}

// A vendor that is never the first one, and an operation that no account can do where it is looked
// for, would be left out without a word.
func TestNoVendorAndNoOperationIsLeftOut(t *testing.T) {
	vendors, ops := make(map[lock.Vendor]int), make(map[lock.Op]int) // how often each is checked
	for _, f := range fleets {
		w := fleetOf(t, f.accounts)
		fleet := w.Provider.(*lock.Fleet)
		for _, m := range fleet.Members() {
			vendors[m.Provider.Vendor()] += 0
		}
		for _, op := range lock.Ops() {
			if !fleet.Supports(op) {
				continue
			}
			ops[op] += 0
			if at := w.For(op); at.Supports(op) {
				name, _, _ := lock.SplitMemberID(at.Lock)
				first, ok := fleet.Member(name)
				if !ok {
					t.Fatalf("%s: %s is to be checked at lock %q, which is no member's", f.name, op, at.Lock)
				}
				vendors[first.Vendor()]++
				ops[op]++
			}
		}
	}
	if len(vendors) != 5 {
		t.Errorf("the fleets are of %d vendors, want all five", len(vendors))
	}
	for vendor, n := range vendors {
		if n == 0 {
			t.Errorf("%s is in no fleet the first that can do something", vendor)
		}
	}
	for op, n := range ops {
		if n == 0 {
			t.Errorf("%s is supported, and checked in no fleet", op)
		}
	}
}
