package ewelink

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/history"
	"github.com/smartlock-sdk/smartlock/lock"
)

type events struct {
	lock.Events // what the vendor lacks: Receive
	c           *Client
}

// subject is a device whose records become events.
type subject struct {
	t      *Thing
	doors  []Door
	sensor lock.DeviceID // the door whose contact sensor it is; "" = of none
}

// History asks for the operations of devices, and for the messages of their homes. Without a Device
// every device of the Home, or of the account, is asked, one after the other as the vendor wants it,
// and the whole answer is held in memory to put it in order.
//
// A door is unlocked when its relay is switched on, and locked when it falls back. What its contact
// sensor says is an event of the door. The vendor records operations while the setting opsHistory is
// on, and lets anybody with the account delete them.
func (e events) History(ctx context.Context, q lock.EventQuery) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.ListEvents)
	return func(yield func(lock.Event, error) bool) {
		found, err := e.c.collect(ctx, q, lock.SourceHistory)
		if err != nil {
			yield(lock.Event{}, err)
			return
		}
		history.All(ctx, found)(yield)
	}
}

// collect asks for the events of q and puts them in order.
func (c *Client) collect(ctx context.Context, q lock.EventQuery, source lock.EventSource) ([]lock.Event, error) {
	if err := q.Window.Validate(); err != nil {
		return nil, c.error(ctx, "", lock.ErrInvalidArgument, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, c.error(ctx, "", lock.ErrInterrupted, err)
	}
	subjects, err := c.subjects(ctx, q)
	if err != nil {
		return nil, err
	}
	asked := func(yield func(question, error) bool) {
		homes := map[string]bool{}
		for _, s := range subjects {
			if (q.Wants(lock.EventVendorUnknown) || s.known()) && !yield(question{subject: s}, nil) {
				return
			}
			homes[s.t.ItemData.Family.FamilyID] = true
		}
		for home := range homes {
			if q.WantsAny(lock.EventDeviceFault, lock.EventVendorUnknown) && !yield(question{home: home}, nil) {
				return
			}
		}
	}
	return history.Gather(ctx, asked, func(ctx context.Context, ask question) ([]lock.Event, error) {
		if ask.home != "" {
			return c.messagesOf(ctx, ask.home, q, source)
		}
		return c.recordsOf(ctx, ask.subject, q, source)
	})
}

// question is one thing to ask for: the records of a device, or the messages of a home.
type question struct {
	subject subject
	home    string
}

// known reports whether the records of a subject have names among the portable events.
func (s subject) known() bool {
	return len(s.doors) > 0 || isContact(s.t.ItemData.Extra.UIID) || len(metersOf(s.t)) > 0
}

// subjects finds the devices that q is about.
func (c *Client) subjects(ctx context.Context, q lock.EventQuery) ([]subject, error) {
	if q.Device != "" {
		return c.subjectsOf(ctx, q.Device)
	}
	if q.Home != "" {
		if _, _, err := c.home(ctx, q.Home); err != nil {
			return nil, lock.About(string(q.Home), err)
		}
	}
	var all []subject
	for t, err := range c.devices(ctx, q.Home) {
		if err != nil {
			return nil, err
		}
		all = append(all, subject{t: t, doors: c.doorsOf(t)})
	}
	for _, s := range all {
		for _, d := range s.doors {
			for i := range all {
				if d.Sensor != "" && all[i].t.ItemData.DeviceID == d.Sensor {
					all[i].sensor = d.ID()
				}
			}
		}
	}
	return all, nil
}

// subjectsOf are a device and the contact sensors of its doors.
func (c *Client) subjectsOf(ctx context.Context, id lock.DeviceID) ([]subject, error) {
	deviceID, _ := split(id)
	t, _, err := c.find(ctx, deviceID)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	all := []subject{{t: t, doors: c.doorsOf(t)}}
	for _, d := range all[0].doors {
		if d.Sensor == "" || d.ID() != id {
			continue
		}
		sensor, _, err := c.find(ctx, d.Sensor)
		switch {
		case err == nil:
			all = append(all, subject{t: sensor, sensor: d.ID()})
		case !errors.Is(err, lock.ErrNotFound):
			return nil, lock.About(string(id), err)
		}
	}
	return all, nil
}

// recordsOf asks for the records of a device.
func (c *Client) recordsOf(ctx context.Context, s subject, q lock.EventQuery, source lock.EventSource) ([]lock.Event, error) {
	var found []lock.Event
	times := map[string]int{} // how often an ID came
	for r, err := range c.Records(ctx, s.t.ItemData.DeviceID, q.Window.Until, q.Window.From) {
		if err != nil {
			return nil, lock.About(s.t.ItemData.DeviceID, err)
		}
		for _, e := range c.recordEvents(s, &r, source) {
			if times[e.ID]++; times[e.ID] > 1 { // alike in everything, within one millisecond
				e.ID = lock.EventID(Vendor, e.ID, strconv.Itoa(times[e.ID]))
			}
			if q.Wants(e.Kind) && (q.Device == "" || e.Device == q.Device) {
				found = append(found, e)
			}
		}
	}
	return found, nil
}

// recordEvents says what a record means: one event for each channel that was switched, or one that
// says nothing but what the vendor said.
func (c *Client) recordEvents(s subject, r *Record, source lock.EventSource) []lock.Event {
	base := lock.Event{
		Vendor: Vendor, Name: r.UserAgent, OccurredAt: r.OpsTime.Time, ReceivedAt: c.cfg.Clock.Now(), Source: source,
		Home: lock.HomeID(s.t.ItemData.Family.FamilyID), Room: lock.RoomID(s.t.ItemData.Family.RoomID), Actor: actor(r.OpsAccount),
		Native: lock.NewNative(r.Raw(), r),
	}
	when := strconv.FormatInt(r.OpsTime.UnixMilli(), 10)
	var found []lock.Event
	for _, h := range happenings(s, r.Params()) {
		e := base
		e.Kind, e.Device = h.kind, h.device
		if h.kind == lock.EventLockUnlocked {
			e.Method = lock.MethodUnknown // its button, or its own timer
			if r.UserAgent != "device" {
				e.Method = lock.MethodApp // over the network, by the app or by this library
			}
		}
		e.ID = lock.EventID(Vendor, "record", s.t.ItemData.DeviceID, when, string(h.kind), string(h.device), r.UserAgent)
		found = append(found, e)
	}
	if len(found) == 0 {
		base.Kind, base.Device = lock.EventVendorUnknown, lock.DeviceID(s.t.ItemData.DeviceID)
		base.ID = lock.EventID(Vendor, "record", s.t.ItemData.DeviceID, when, r.UserAgent, r.Request)
		found = append(found, base)
	}
	return found
}

// happening is what a change of params means.
type happening struct {
	kind   lock.EventKind
	device lock.DeviceID
}

// happenings says what params that have changed mean: those of a record, or of an update on the
// socket.
func happenings(s subject, p Params) []happening {
	id := s.t.ItemData.DeviceID
	if isContact(s.t.ItemData.Extra.UIID) {
		changed := &Thing{ItemData: Item{Extra: s.t.ItemData.Extra, Params: p}}
		says := readContact(changed)
		if says.open == nil {
			return nil
		}
		h := happening{kind: lock.EventLockDoorClosed, device: lock.DeviceID(id)}
		if s.sensor != "" {
			h.device = s.sensor
		}
		if *says.open {
			h.kind = lock.EventLockDoorOpened
		}
		return []happening{h}
	}
	var found []happening
	for channel, on := range switched(p) {
		h := happening{device: DeviceID(id, channel)}
		_, measures := meterAt(s.t, channel)
		switch {
		case isDoor(s.doors, channel) && on:
			h.kind = lock.EventLockUnlocked
		case isDoor(s.doors, channel):
			h.kind = lock.EventLockLocked
		case measures && on:
			h.kind = lock.EventMeterSwitchedOn
		case measures:
			h.kind = lock.EventMeterSwitchedOff
		default:
			continue
		}
		found = append(found, h)
	}
	return found
}

func isDoor(doors []Door, channel int) bool {
	for _, d := range doors {
		if d.Channel == channel {
			return true
		}
	}
	return false
}

// switched yields the channels that params switch, and how.
func switched(p Params) iter.Seq2[int, bool] {
	return func(yield func(int, bool) bool) {
		if on, known := onOff(p.member("switch")); known && !yield(0, on) {
			return
		}
		for _, o := range outlets(p, "switches") {
			if on, known := onOff(o.Switch); known && !yield(o.Outlet, on) {
				return
			}
		}
	}
}

// actor is whoever did something in the app, by the address of their account.
func actor(account lock.Secret) lock.Person {
	switch text := account.Reveal(); {
	case text == "":
		return lock.Person{}
	case strings.Contains(text, "@"):
		return lock.Person{ID: text}
	}
	return lock.Person{Phone: account}
}

// messagesOf asks for the messages of a home.
func (c *Client) messagesOf(ctx context.Context, home string, q lock.EventQuery, source lock.EventSource) ([]lock.Event, error) {
	var found []lock.Event
	for m, err := range c.Messages(ctx, home, q.Window.Until, q.Window.From) {
		if err != nil {
			return nil, lock.About(home, err)
		}
		e, ok := c.messageEvent(&m, home, source)
		if ok && q.Wants(e.Kind) && (q.Device == "" || e.Device == q.Device) {
			found = append(found, e)
		}
	}
	return found, nil
}

// messageEvent says what a message means. Notices of operations are in the history already.
func (c *Client) messageEvent(m *Message, home string, source lock.EventSource) (lock.Event, bool) {
	if m.MsgType == MessageOperation {
		return lock.Event{}, false
	}
	var deviceID string
	m.Message.Get("deviceid", &deviceID)
	e := lock.Event{
		Vendor: Vendor, Kind: lock.EventVendorUnknown, Name: string(m.MsgType), OccurredAt: m.Date.Time, ReceivedAt: c.cfg.Clock.Now(),
		Source: source, Home: lock.HomeID(home), Device: lock.DeviceID(deviceID), ID: lock.EventID(Vendor, "message", m.MsgID),
		Native: lock.NewNative(m.Raw(), m),
	}
	if m.MsgType == MessageAlarm && deviceID != "" {
		e.Kind = lock.EventDeviceFault
	}
	return e, true
}
