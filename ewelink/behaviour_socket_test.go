package ewelink_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// patience is how long, in real time, a test waits for what should come.
const patience = 30 * time.Second

// live is a simulator, a client of it, and what somebody who watches sees.
type live struct {
	t      *testing.T
	s      *ewelinktest.Server
	c      *ewelink.Client
	events chan lock.Event
	ended  chan error
	stop   context.CancelFunc
}

// newLive makes a simulator and a client that keeps no pace, so that tests are quick.
func newLive(t *testing.T, opts ...ewelinktest.Option) *live {
	s := ewelinktest.NewServer(opts...)
	t.Cleanup(s.Close)
	return &live{t: t, s: s}
}

// client is made when the devices are there.
func (l *live) client(opts ...lock.Option) *ewelink.Client {
	transport := &http.Transport{}
	l.t.Cleanup(transport.CloseIdleConnections)
	return l.s.Client(append([]lock.Option{
		lock.WithHTTPClient(&http.Client{Transport: transport}), ewelink.WithPace(0, 0, 0), lock.WithWatchInterval(time.Millisecond),
	}, opts...)...)
}

// watch begins to watch and returns when the connection is up.
func (l *live) watch(opts ...lock.Option) {
	l.t.Helper()
	l.c = l.client(opts...)
	l.events, l.ended = make(chan lock.Event, 100_000), make(chan error, 1)
	ctx, stop := context.WithCancel(l.t.Context())
	l.stop = stop
	var loop sync.WaitGroup
	loop.Go(func() {
		var last error
		for e, err := range l.c.Events().Watch(ctx) {
			if last = err; err == nil {
				l.events <- e
			}
		}
		l.ended <- last
	})
	l.t.Cleanup(func() { stop(); loop.Wait() })
	l.until("the socket is up", func() bool { return l.s.Sockets() == 1 })
	probe := l.s.AddSwitch("probe", 1) // in no list yet, so it makes the loop list everything
	l.s.Report(probe, map[string]any{"probe": 1})
	l.next(func(e lock.Event) bool { return e.Device == probe && e.Kind == lock.EventVendorUnknown })
}

// until waits for something, and lets time pass meanwhile.
func (l *live) until(what string, done func() bool) {
	l.t.Helper()
	over := time.After(patience)
	for !done() {
		l.s.Advance(time.Minute)
		select {
		case <-over:
			l.t.Fatalf("waited %s, and not: %s", patience, what)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// next returns the next event that is wanted; others are passed over.
func (l *live) next(wanted func(lock.Event) bool) lock.Event {
	l.t.Helper()
	over := time.After(patience)
	for {
		select {
		case e := <-l.events:
			if wanted(e) {
				return e
			}
		case err := <-l.ended:
			l.t.Fatalf("Watch ended with %v", err)
		case <-over:
			l.t.Fatalf("the event did not come within %s", patience)
		}
	}
}

// only checks what comes until a marker does, "kind of device" each.
func (l *live) only(want ...string) []lock.Event {
	l.t.Helper()
	marker := l.s.AddSwitch("marker", 1)
	l.s.Settle()
	l.s.Report(marker, map[string]any{"marker": 1})
	var got []string
	var events []lock.Event
	l.next(func(e lock.Event) bool {
		if e.Device == marker || e.Kind == lock.EventDeviceAdded { // markers of earlier are listed in the end
			return e.Device == marker && e.Kind == lock.EventVendorUnknown
		}
		got = append(got, fmt.Sprintf("%s of %s", e.Kind, e.Device))
		events = append(events, e)
		return false
	})
	if !slices.Equal(got, want) {
		l.t.Errorf("got  %q\nwant %q", got, want)
	}
	return events
}

// history returns the events of a device so far, by ID.
func (l *live) history(id lock.DeviceID, kinds ...lock.EventKind) []string {
	l.t.Helper()
	var ids []string
	for e, err := range l.c.Events().History(l.t.Context(), lock.EventQuery{Device: id, Kinds: kinds}) {
		if err != nil {
			l.t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	return ids
}

// Nearly a third of what the socket brings is cut off at a random byte, and the socket with it. What
// a person did at the doors comes all the same, each thing once, with the ID it has in the history.
func TestACutStreamLosesAndDoublesNothing(t *testing.T) {
	for name, late := range map[string]time.Duration{"recorded at once": 0, "recorded late": 800 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			const bursts, burst = 25, 4
			l := newLive(t, ewelinktest.WithSeed(7))
			doors := []lock.DeviceID{l.s.AddRelay("front door"), l.s.AddRelay("back door")}
			l.watch(ewelink.WithDoors(ewelink.Door{Device: string(doors[0])}, ewelink.Door{Device: string(doors[1])}))
			l.s.DelayRecords(late)
			seen := map[string]int{}
			gaps := 0
			take := func(e lock.Event) {
				switch e.Kind {
				case lock.EventLockUnlocked, lock.EventLockLocked:
					seen[e.ID]++
				case lock.EventGap:
					gaps++
				}
			}
			l.s.CutUpdates(30)
			for i := range bursts {
				for j := range burst {
					l.s.Press(doors[j%2])
					l.s.Settle() // it falls back
				}
				l.until("the burst has come", func() bool {
					for len(l.events) > 0 {
						take(<-l.events)
					}
					return len(seen) == (i+1)*burst*2
				})
			}
			l.s.CutUpdates(0)
			l.until("the socket is up", func() bool { return l.s.Sockets() == 1 })
			for _, e := range l.rest() {
				take(e)
			}
			if gaps < 10 {
				t.Errorf("got %d gaps, want many", gaps)
			}
			l.s.Advance(late)
			l.onceEach(seen, doors...)
		})
	}
}

// Whatever goes wrong on the way, and in whatever order, everything comes once.
func TestWatchInAllWeathers(t *testing.T) {
	for seed := range int64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 0))
			l := newLive(t, ewelinktest.WithSeed(seed))
			doors := []lock.DeviceID{l.s.AddRelay("front door"), l.s.AddRelay("back door")}
			l.watch(ewelink.WithDoors(ewelink.Door{Device: string(doors[0])}, ewelink.Door{Device: string(doors[1])}))
			upTo := func(most time.Duration) time.Duration { return time.Duration(r.Int64N(int64(most))) }
			if r.IntN(2) == 0 {
				l.s.DelayRecords(upTo(900 * time.Millisecond))
			}
			l.s.CutUpdates(r.IntN(3) * 20)
			presses := 0
			press := func() {
				l.s.Press(doors[r.IntN(len(doors))])
				l.s.Settle() // it falls back
				presses++
			}
			for range 15 {
				switch r.IntN(8) {
				case 0:
					l.s.DropSockets()
				case 1:
					l.s.Break(press)
				case 2:
					l.s.DelayUpdates(upTo(20 * time.Second))
				case 3:
					l.s.DelayUpdates(0)
				case 4:
					l.s.DoubleUpdates(4)
				}
				for range r.IntN(4) {
					press()
				}
				if r.IntN(2) == 0 {
					l.s.Advance(upTo(40 * time.Second))
				}
				if r.IntN(2) == 0 {
					<-time.After(upTo(30 * time.Millisecond))
				}
			}
			l.s.CutUpdates(0)
			l.s.DelayUpdates(0)
			l.s.DoubleUpdates(0)
			seen := map[string]int{}
			take := func(e lock.Event) {
				if e.Kind == lock.EventLockUnlocked || e.Kind == lock.EventLockLocked {
					seen[e.ID]++
				}
			}
			l.until("everything has come", func() bool {
				for len(l.events) > 0 {
					take(<-l.events)
				}
				return len(seen) >= 2*presses
			})
			for _, e := range l.rest() {
				take(e)
			}
			l.s.Advance(time.Second)
			l.onceEach(seen, doors...)
		})
	}
}

// What was done in a break and what is done right after it look the same, and only the history tells that it
// was done twice.
func TestWhatFollowsABreakIsNotTakenForWhatWasInIt(t *testing.T) {
	for name, late := range map[string]time.Duration{"recorded at once": 0, "recorded late": 800 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			l := newLive(t)
			door := l.s.AddRelay("front door")
			l.watch(ewelink.WithDoors(ewelink.Door{Device: string(door)}))
			l.s.DelayRecords(late)
			seen := map[string]int{}
			comes := func(what string, n int) {
				over := time.After(patience)
				for len(seen) < n {
					select {
					case e := <-l.events:
						if e.Device == door {
							seen[e.ID]++
						}
					case <-time.After(2 * time.Millisecond):
						l.s.Advance(100 * time.Millisecond)
					case <-over:
						t.Fatalf("%s did not come within %s", what, patience)
					}
				}
			}
			l.s.MuteSockets(true)
			l.s.Press(door)
			l.s.Settle()
			l.s.DropSockets()
			l.s.MuteSockets(false)
			comes("what was done in the break", 2)
			l.s.Press(door)
			l.s.Settle()
			comes("what was done after it", 4)
			l.s.Advance(2 * time.Second)
			for _, e := range l.rest() {
				if e.Device == door {
					seen[e.ID]++
				}
			}
			l.onceEach(seen, door)
		})
	}
}

// onceEach checks that what came is what the histories have, each thing once.
func (l *live) onceEach(seen map[string]int, doors ...lock.DeviceID) {
	l.t.Helper()
	want := 0
	for _, door := range doors {
		for _, id := range l.history(door) {
			if want++; seen[id] != 1 {
				l.t.Errorf("%s: came %d times, want once", id, seen[id])
			}
		}
	}
	if len(seen) != want {
		l.t.Errorf("%d events came, want the %d of the history", len(seen), want)
	}
}

// rest returns what comes until a marker does, which is sent again should the connection break under it.
func (l *live) rest() (events []lock.Event) {
	l.t.Helper()
	marker := l.s.AddSwitch("marker", 1)
	over := time.After(patience)
	for sent := 0; ; sent++ {
		l.s.Report(marker, map[string]any{"marker": sent})
		for again := time.After(200 * time.Millisecond); again != nil; {
			select {
			case e := <-l.events:
				if events = append(events, e); e.Device == marker && e.Kind == lock.EventVendorUnknown {
					return events
				}
			case <-time.After(2 * time.Millisecond):
				l.s.Advance(time.Second)
			case <-again:
				again = nil
			case <-over:
				l.t.Fatalf("no marker came within %s", patience)
			}
		}
	}
}

func TestWatchTellsWhatHappensToDevices(t *testing.T) {
	l := newLive(t)
	s := l.s
	door, strip := s.AddRelay("front door"), s.AddSwitch("strip", 2)
	contact, loose, volts := s.AddContact("contact", ewelinktest.NewWiFiContact), s.AddContact("loose", ewelinktest.ZigbeeContact), s.AddContact("volts", ewelinktest.WiFiContact)
	breaker, lamp := s.AddMeter("breaker", ewelinktest.PrepaidCB), s.AddSwitch("lamp", 1)
	l.watch(ewelink.WithDoors(
		ewelink.Door{Device: string(door), Sensor: string(contact)}, ewelink.Door{Device: string(strip), Channel: 1, Latching: true}))
	second := ewelink.DeviceID(string(strip), 1)
	of := func(kind lock.EventKind, id lock.DeviceID) string { return fmt.Sprintf("%s of %s", kind, id) }

	cases := []struct {
		name string
		do   func()
		want []string
	}{
		{"a relay that opens a door", func() { s.Press(door) }, []string{of(lock.EventLockUnlocked, door), of(lock.EventLockLocked, door)}},
		{"a channel that opens one", func() { s.PressChannel(strip, 1) }, []string{of(lock.EventLockUnlocked, second)}},
		{"and closes it", func() { s.PressChannel(strip, 1) }, []string{of(lock.EventLockLocked, second)}},
		{"a contact belongs to its door", func() { s.OpenDoor(contact) }, []string{of(lock.EventLockDoorOpened, door)}},
		{"and says when it is closed", func() { s.CloseDoor(contact) }, []string{of(lock.EventLockDoorClosed, door)}},
		{"a contact of no door", func() { s.OpenDoor(loose) }, []string{of(lock.EventLockDoorOpened, loose)}},
		{"its battery", func() { s.SetBattery(loose, 42) }, []string{of(lock.EventDeviceBatteryReported, loose)}},
		{"the same battery", func() { s.SetBattery(loose, 42) }, []string{}},
		{"a battery in volts that is low", func() { s.SetBattery(volts, "2.1") }, []string{of(lock.EventDeviceBatteryLow, volts)}},
		{"and is not any more", func() { s.SetBattery(volts, "3.0") }, []string{of(lock.EventDeviceBatteryOK, volts)}},
		{"a device goes", func() { s.Offline(lamp) }, []string{of(lock.EventDeviceOffline, lamp)}},
		{"and comes", func() { s.Online(lamp) }, []string{of(lock.EventDeviceOnline, lamp)}},
		{"a meter is switched", func() { s.Press(breaker) }, []string{of(lock.EventMeterSwitchedOff, breaker)}},
		{"nobody has called this a door", func() { s.Press(lamp) }, []string{of(lock.EventVendorUnknown, lamp)}},
		{"a rumour", func() { s.Push(map[string]any{"action": "reportSubDevice", "deviceid": "x"}) }, []string{of(lock.EventVendorUnknown, "x")}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l.t = t
			c.do()
			for _, e := range l.only(c.want...) {
				if e.Vendor != ewelink.Vendor || e.ID == "" || e.ReceivedAt.IsZero() || e.Source != lock.SourceStream || len(e.Raw()) == 0 {
					t.Errorf("got %+v, want an event of the stream with an ID and its bytes", e)
				}
			}
		})
	}
}

func TestWatchReadsCounters(t *testing.T) {
	l := newLive(t)
	breaker := l.s.AddMeter("breaker", ewelinktest.PrepaidCB)
	l.s.TopUpBreaker(breaker, 120)
	l.watch()
	l.s.Consume(breaker, 1.25)
	e := l.next(func(e lock.Event) bool { return e.Kind == lock.EventMeterReading })
	r, ok := e.Data.(lock.Reading)
	if !ok || r.Device != breaker || r.Total.String() != "1.25" || r.Left == nil || r.Left.String() != "118.75" || r.Unit != lock.KilowattHour {
		t.Errorf("got %+v, want 1.25 kWh and 118.75 left", e.Data)
	}
}

func TestNoisyPushesComeOnce(t *testing.T) {
	for name, noise := range map[string]func(s *ewelinktest.Server){
		"doubled":          func(s *ewelinktest.Server) { s.DoubleUpdates(100) },
		"late":             func(s *ewelinktest.Server) { s.DelayUpdates(20 * time.Second) },
		"late and doubled": func(s *ewelinktest.Server) { s.DelayUpdates(20 * time.Second); s.DoubleUpdates(100) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLive(t)
			door := l.s.AddRelay("front door")
			l.watch(ewelink.WithDoors(ewelink.Door{Device: string(door)}))
			noise(l.s)
			for range 5 {
				l.s.Press(door)
				l.s.Settle()
			}
			l.s.DelayUpdates(0)
			l.s.DoubleUpdates(0)
			seen := map[string]int{}
			for _, e := range l.rest() {
				if e.Device == door {
					seen[e.ID]++
				}
			}
			l.onceEach(seen, door)
			if len(seen) != 10 {
				t.Errorf("got %d events, want 5 openings and 5 closings", len(seen))
			}
		})
	}
}

func TestWatchWithoutAHistory(t *testing.T) {
	l := newLive(t)
	door := l.s.AddRelay("front door")
	c := l.client()
	if _, err := c.UpdateSettings(t.Context(), ewelink.UpdateSettingsRequest{DeviceIDs: []string{string(door)}, Settings: ewelink.Settings{OpsHistory: new(int)}}); err != nil {
		t.Fatal(err)
	}
	l.watch(ewelink.WithDoors(ewelink.Door{Device: string(door)}), ewelink.WithSession(l.s.Session()))
	l.s.DoubleUpdates(100)
	for range 3 {
		l.s.Press(door)
		events := l.only(fmt.Sprintf("%s of %s", lock.EventLockUnlocked, door), fmt.Sprintf("%s of %s", lock.EventLockLocked, door))
		if len(events) > 0 && (events[0].Method != lock.MethodUnknown || events[0].OccurredAt.IsZero()) {
			t.Errorf("got method %q at %s, want an unknown one and a time", events[0].Method, events[0].OccurredAt)
		}
	}
}

// What the history has only later comes as the socket told it, and not again as a record.
func TestARecordThatIsTooLateComesOnce(t *testing.T) {
	l := newLive(t)
	door := l.s.AddRelay("front door")
	l.watch(ewelink.WithDoors(ewelink.Door{Device: string(door)}))
	l.s.DelayRecords(10 * time.Second)
	got := map[string]int{}
	for n := range 3 {
		l.s.Press(door)
		l.s.Settle()
		for range 2 {
			e := l.next(func(e lock.Event) bool { return e.Device == door })
			got[fmt.Sprintf("%s, %s, recorded %v", e.Kind, e.Source, slices.Contains(l.history(door), e.ID))]++
		}
		l.s.Advance(15 * time.Second) // now it has
		if len(l.history(door)) != 2*(n+1) {
			t.Fatalf("the history has %d records, want %d", len(l.history(door)), 2*(n+1))
		}
	}
	for _, e := range l.rest() {
		if e.Device == door {
			t.Errorf("got %s once more", e.Kind)
		}
	}
	want := map[string]int{"lock.unlocked, stream, recorded false": 3, "lock.locked, stream, recorded false": 3}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// When the history refuses for good, Watch ends, and tells before that what the socket has told it.
func TestNothingThatWasToldIsLostInTheEnd(t *testing.T) {
	l := newLive(t)
	door := l.s.AddRelay("front door")
	l.watch(ewelink.WithDoors(ewelink.Door{Device: string(door)}))
	l.s.Fail("/v2/device/history", ewelinktest.Code(400, "no").Always())
	l.s.Press(door)
	select {
	case err := <-l.ended:
		if !errors.Is(err, lock.ErrInvalidArgument) {
			t.Errorf("Watch ended with %v, want %v", err, lock.ErrInvalidArgument)
		}
	case <-time.After(patience):
		t.Fatal("Watch goes on")
	}
	for len(l.events) > 0 {
		if e := <-l.events; e.Device == door && e.Kind == lock.EventLockUnlocked {
			return
		}
	}
	t.Error("nobody was told that the door was opened")
}

func TestWhatTheClientDoesItselfIsWatched(t *testing.T) {
	l := newLive(t)
	door := l.s.AddRelay("front door")
	l.watch(ewelink.WithDoors(ewelink.Door{Device: string(door)}))
	commands := len(l.s.Requests("POST /v2/device/thing/status"))
	if _, err := l.c.Locks().Open(t.Context(), door, lock.Person{ID: "landlord"}); err != nil {
		t.Fatal(err)
	}
	e := l.next(func(e lock.Event) bool { return e.Kind == lock.EventLockUnlocked })
	if e.Method != lock.MethodApp || !slices.Contains(l.history(door), e.ID) {
		t.Errorf("got method %q and ID %s, want %q and one of the history", e.Method, e.ID, lock.MethodApp)
	}
	if n := len(l.s.Requests("POST /v2/device/thing/status")) - commands; n != 0 {
		t.Errorf("the door was opened by %d calls, want it over the socket", n)
	}
}

func TestWhatChangedDuringABreakIsFound(t *testing.T) {
	l := newLive(t)
	gone, lamp, quiet := l.s.AddSwitch("gone", 1), l.s.AddSwitch("lamp", 1), l.s.AddRelay("quiet door")
	c := l.client()
	settings := ewelink.UpdateSettingsRequest{DeviceIDs: []string{string(quiet)}, Settings: ewelink.Settings{OpsHistory: new(int)}}
	if _, err := c.UpdateSettings(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	latch := l.s.AddSwitch("latch", 1)
	settings.DeviceIDs = []string{string(latch)}
	if _, err := c.UpdateSettings(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	l.watch(ewelink.WithSession(l.s.Session()), ewelink.WithDoors(ewelink.Door{Device: string(quiet)}, ewelink.Door{Device: string(latch), Latching: true}))
	before := l.s.Clock().Now()
	var fresh lock.DeviceID
	l.s.Break(func() {
		fresh = l.s.AddSwitch("fresh", 1)
		l.s.Offline(lamp)
		l.s.Press(latch)
		if _, err := c.DeleteDevice(t.Context(), string(gone)); err != nil {
			t.Error(err)
		}
	})
	l.until("the socket is up", func() bool { return l.s.Sockets() == 1 })
	gap := l.next(func(e lock.Event) bool { return e.Kind == lock.EventGap })
	if w, ok := gap.Data.(lock.Window); !ok || !w.Contains(before) || gap.Source != lock.SourceLocal {
		t.Errorf("got a gap of %v, want %s in it", gap.Data, before)
	}
	want := map[string]bool{}
	for kind, id := range map[lock.EventKind]lock.DeviceID{
		lock.EventDeviceAdded: fresh, lock.EventDeviceRemoved: gone, lock.EventDeviceOffline: lamp, lock.EventLockUnlocked: latch,
	} {
		want[fmt.Sprintf("%s of %s", kind, id)] = true
	}
	for _, e := range l.rest() {
		if key := fmt.Sprintf("%s of %s", e.Kind, e.Device); want[key] {
			delete(want, key)
			if e.Source != lock.SourcePoll {
				t.Errorf("%s: got source %q, want %q", key, e.Source, lock.SourcePoll)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("these did not come: %v", want)
	}
}

func TestSharesAreSeenWhereTheyAreTold(t *testing.T) {
	l := newLive(t, ewelinktest.WithShareNotices())
	l.s.AddAccount("neighbour@example.com")
	l.watch()
	shared := l.s.AddShared("the neighbour's lamp", "neighbour@example.com")
	e := l.next(func(e lock.Event) bool { return e.Device == shared })
	if e.Kind != lock.EventDeviceAdded {
		t.Errorf("got %s, want %s", e.Kind, lock.EventDeviceAdded)
	}
}

func TestSomebodyElseSignsIn(t *testing.T) {
	l := newLive(t)
	l.watch()
	logins := func() int { return l.s.Executed("POST /v2/user/login") + l.s.Executed("POST /v2/user/refresh") }
	before := logins()
	l.s.TakeOver(l.s.Account)
	l.until("we are back", func() bool { return l.s.Sockets() == 1 })
	l.next(func(e lock.Event) bool { return e.Kind == lock.EventGap })
	l.s.TakeOver(l.s.Account) // and again: the account has two users
	over := time.After(patience)
	for {
		l.s.Advance(time.Minute)
		select {
		case err := <-l.ended:
			if !errors.Is(err, lock.ErrSessionConflict) {
				t.Errorf("got %v, want %v", err, lock.ErrSessionConflict)
			}
			if n := logins() - before; n > 3 {
				t.Errorf("got %d logins, want 3 at most", n)
			}
			return
		case <-over:
			t.Fatal("Watch goes on")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func TestSocketCommandsOnTheSimulator(t *testing.T) {
	l := newLive(t)
	lamp, away, deaf := l.s.AddSwitch("lamp", 1), l.s.AddSwitch("away", 1), l.s.AddSwitch("deaf", 1)
	l.s.Offline(away)
	l.s.Deafen(deaf, true)
	c := l.client()
	s, err := c.Socket(t.Context(), ewelink.SocketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	on := map[string]string{"switch": "on"}
	for id, want := range map[lock.DeviceID]lock.Kind{lamp: "", away: lock.ErrDeviceOffline, deaf: lock.ErrDeviceTimeout} {
		_, err := s.Update(t.Context(), ewelink.SocketUpdate{SocketTarget: ewelink.SocketTarget{DeviceID: string(id)}, Params: on})
		if got := lock.KindOf(err); got != want {
			t.Errorf("%s: got %v, want %q", id, err, want)
		}
	}
	a, err := s.Query(t.Context(), ewelink.SocketQuery{SocketTarget: ewelink.SocketTarget{DeviceID: string(lamp)}, Params: []string{"switch"}})
	var state string
	if err != nil || !a.Params.Get("switch", &state) || state != "on" {
		t.Errorf("got %q and %v, want the lamp on", state, err)
	}
	timer, err := ewelink.OnceTimer(l.s.Clock().Now().Add(time.Hour), on)
	if err != nil {
		t.Fatal(err)
	}
	target := ewelink.SocketTarget{DeviceID: string(lamp)}
	if _, err := s.Update(t.Context(), ewelink.SocketUpdate{SocketTarget: target, Params: ewelink.SetTimers{Timers: []ewelink.Timer{timer}}}); err != nil {
		t.Fatal(err)
	}
	a, err = s.Query(t.Context(), ewelink.SocketQuery{SocketTarget: target})
	if err != nil {
		t.Fatal(err)
	}
	if timers, err := a.Params.Timers(); err != nil || len(timers) != 1 || timers[0].ID != timer.ID {
		t.Errorf("got %+v and %v, want the timer that was set", timers, err)
	}
}

func TestAnswersOvertakeEachOther(t *testing.T) {
	l := newLive(t)
	var devices []lock.DeviceID
	for i := range 12 {
		id := l.s.AddSwitch(fmt.Sprint("lamp ", i), 1)
		l.s.SlowDown(id, time.Duration(12-i)*20*time.Millisecond)
		devices = append(devices, id)
	}
	s, err := l.client().Socket(t.Context(), ewelink.SocketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all sync.WaitGroup
	for _, id := range devices {
		all.Go(func() {
			a, err := s.Update(t.Context(), ewelink.SocketUpdate{SocketTarget: ewelink.SocketTarget{DeviceID: string(id)}, Params: map[string]string{"switch": "on"}})
			if err != nil || a.DeviceID != string(id) {
				t.Errorf("%s: got the answer of %+v and %v", id, a, err)
			}
		})
	}
	all.Wait()
}

func TestTheSocketSurvivesADayOfHeartbeats(t *testing.T) {
	l := newLive(t)
	l.watch()
	for range 24 * 6 {
		l.s.Advance(10 * time.Minute)
	}
	l.until("the socket is up", func() bool { return l.s.Sockets() == 1 })
	l.s.Report(l.s.AddSwitch("last", 1), map[string]any{"last": 1})
	l.next(func(e lock.Event) bool { return e.Kind == lock.EventVendorUnknown })
}

func TestEnergyComesOverTheSocket(t *testing.T) {
	l := newLive(t)
	meter := l.s.AddMeter("meter", ewelinktest.POW)
	l.s.ConsumeAt(meter, 0, l.s.Clock().Now(), 2.5)
	c := l.client()
	for round := range 2 { // without a socket, and with one that was there before
		records, err := c.Energy(t.Context(), string(meter), 0, l.s.Clock().Now().Add(-time.Hour))
		if err != nil || len(records) == 0 || records[0].KWh.String() != "2.5" {
			t.Errorf("round %d: got %v and %v, want 2.5 kWh", round, records, err)
		}
		l.until("no socket is left open", func() bool { return l.s.Sockets() == 0 })
	}
}
