package locktest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Place is one of the worlds that Fleet puts together.
type Place struct {
	Name  string // of the member
	World World
}

// Fleet puts worlds together to one of a lock.Fleet: whether a provider keeps its promises is then
// proven for it as a member too.
//
//	locktest.Run(t, func(t *testing.T) locktest.World {
//		return locktest.Fleet(t, locktest.Place{Name: "bj", World: dingdingWorld(t)}, locktest.Place{Name: "sh", World: tuyaWorld(t)})
//	})
//
// A rule about an operation is checked in the first of the places where it can be done; another
// order of the places checks other members. Exceptions count where their rule is checked.
//
// The worlds must not share a clock that their Advance moves.
func Fleet(t *testing.T, places ...Place) World {
	t.Helper()
	join := func(of func(World) lock.Provider) lock.Provider {
		members := make([]lock.Member, len(places))
		for i, p := range places {
			members[i] = lock.Member{Name: p.Name, Provider: of(p.World)}
		}
		fleet, err := lock.NewFleet(members...)
		if err != nil {
			t.Fatal(err)
		}
		return fleet
	}
	provider := join(func(w World) lock.Provider { return w.Provider })
	at := make([]World, len(places))
	for i, p := range places {
		at[i] = p.world()
	}
	pick := func(op lock.Op) int {
		for i, p := range places {
			if p.World.Provider.Supports(op) && (p.World.Supports == nil || p.World.Supports(op)) {
				return i
			}
		}
		return 0
	}
	w := at[0]
	w.Provider = provider
	w.For = func(op lock.Op) World { return at[pick(op)] }
	w.Again = func() lock.Provider {
		return join(func(w World) lock.Provider {
			if w.Again != nil {
				return w.Again()
			}
			return w.Provider
		})
	}
	w.Calls = calls(places)
	w.Settle = func() {
		for _, p := range places {
			if p.World.Settle != nil {
				p.World.Settle()
			}
		}
	}
	w.Advance = advance(places)
	w.Webhook = func(url string) {
		for _, p := range places {
			if p.World.Webhook != nil {
				p.World.Webhook(url + "/" + p.Name)
			}
		}
	}
	w.Stall = stall(places)
	w.Output = func() string {
		var all strings.Builder
		for _, p := range places {
			if p.World.Output != nil {
				all.WriteString(p.World.Output())
			}
		}
		return all.String()
	}
	w.Secrets, w.Except = nil, make(map[string]string)
	for _, p := range places {
		w.Secrets = append(w.Secrets, p.World.Secrets...)
	}
	for _, r := range allRules() {
		op := r.op
		if op == "" && len(r.needs) > 0 {
			op = r.needs[0]
		}
		p := places[pick(op)]
		if why, ok := p.World.Except[r.String()]; ok {
			w.Except[r.String()] = fmt.Sprintf("%s: %s", p.Name, why)
		}
	}
	return w
}

// world is the world of a place as the fleet sees it: every id has the member's name in front.
func (p Place) world() World {
	w, given := p.World, p.World
	supports := given.Supports
	if supports == nil {
		supports = given.Provider.Supports
	}
	w.Supports = func(op lock.Op) bool { return given.Provider.Supports(op) && supports(op) }
	w.Home, w.Room = fleetID(p, w.Home), fleetID(p, w.Room)
	w.Lock, w.Fresh, w.Meter, w.WaterMeter = fleetID(p, w.Lock), fleetID(p, w.Fresh), fleetID(p, w.Meter), fleetID(p, w.WaterMeter)
	w.Key, w.Unowned, w.Revealable = fleetID(p, w.Key), fleetID(p, w.Unowned), fleetID(p, w.Revealable)
	w.Person, w.Operator = p.person(w.Person), p.person(w.Operator)
	missing := (&world{World: given}).missing()
	w.Missing = IDs{
		Home: fleetID(p, missing.Home), Room: fleetID(p, missing.Room), Lock: fleetID(p, missing.Lock),
		Meter: fleetID(p, missing.Meter), Key: fleetID(p, missing.Key), Password: fleetID(p, missing.Password),
	}
	w.HomeSpec = func() lock.HomeSpec {
		spec := (&world{World: given, numbers: new(int)}).homeSpec()
		spec.ID = lock.MemberID(p.Name, spec.ID) // also of none: it says whose home it shall be
		return spec
	}
	w.RoomSpec = func() lock.RoomSpec {
		spec := (&world{World: given}).roomSpec()
		spec.ID = fleetID(p, spec.ID)
		return spec
	}
	if given.Grant != nil {
		w.Grant = func() lock.Grant {
			g := given.Grant()
			g.Holder, g.GrantedBy, g.Key = p.person(g.Holder), p.person(g.GrantedBy), fleetID(p, g.Key)
			return g
		}
	}
	if given.EnterCode != nil {
		w.EnterCode = func(id lock.DeviceID, code lock.Secret) bool { return given.EnterCode(localID(id), code) }
	}
	if given.OpenDoor != nil {
		w.OpenDoor = func(id lock.DeviceID) { given.OpenDoor(localID(id)) }
	}
	if given.Opened != nil {
		w.Opened = func(id lock.DeviceID) int { return given.Opened(localID(id)) }
	}
	return w
}

func (p Place) person(who lock.Person) lock.Person {
	who.ID = fleetID(p, who.ID)
	return who
}

// fleetID is an id as the fleet has it; nothing stays nothing.
func fleetID[ID ~string](p Place, id ID) ID {
	if id == "" {
		return ""
	}
	return lock.MemberID(p.Name, id)
}

func localID(id lock.DeviceID) lock.DeviceID {
	_, local, _ := lock.SplitMemberID(id)
	return local
}

// calls adds up the calls, if they can be counted everywhere.
func calls(places []Place) func() int {
	for _, p := range places {
		if p.World.Calls == nil {
			return nil
		}
	}
	return func() int {
		n := 0
		for _, p := range places {
			n += p.World.Calls()
		}
		return n
	}
}

// advance lets time pass everywhere, if it can anywhere.
func advance(places []Place) func(time.Duration) {
	var all []func(time.Duration)
	for _, p := range places {
		if p.World.Advance != nil {
			all = append(all, p.World.Advance)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return func(d time.Duration) {
		for _, pass := range all {
			pass(d)
		}
	}
}

// stall stalls everywhere, if it can everywhere.
func stall(places []Place) func() (<-chan struct{}, func()) {
	for _, p := range places {
		if p.World.Stall == nil {
			return nil
		}
	}
	return func() (<-chan struct{}, func()) {
		arrived, over := make(chan struct{}, 1), make(chan struct{})
		var resumes []func()
		var wg sync.WaitGroup
		for _, p := range places {
			came, resume := p.World.Stall()
			resumes = append(resumes, resume)
			wg.Go(func() {
				select {
				case <-came:
				case <-over:
					return
				}
				select {
				case arrived <- struct{}{}:
				default:
				}
			})
		}
		return arrived, sync.OnceFunc(func() {
			for _, resume := range resumes {
				resume()
			}
			close(over)
			wg.Wait()
		})
	}
}
