package ewelink

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Watch listens on the client's live connection, which it opens if nobody else has; see Socket for how
// it is kept up.
//
// What the vendor also records (doors, contact sensors, switched meters) is looked up in the history
// when the connection tells of it, and comes with the ID it has there. Where the history does not
// have it, because the setting opsHistory is off, it comes as the connection told it, and is known by
// when that was. Devices that went online or offline, batteries and counters are in no history. What has
// no meaning here is lock.EventVendorUnknown.
//
// After a break, or when the loop was so slow that something had to be dropped, it yields a
// lock.EventGap and then what the history has of that time, and what has changed in the lists of
// things: added, removed and renamed devices are noticed then only.
func (e events) Watch(ctx context.Context) iter.Seq2[lock.Event, error] {
	ctx = lock.WithOp(ctx, lock.WatchEvents)
	return func(yield func(lock.Event, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(lock.Event{}, err)
			return
		}
		h := e.c.hub()
		b := newInbox(SocketOptions{})
		b.echo = true
		h.join(b)
		defer h.leave(b)
		w := newWatch(e.c)
		for {
			n, err := w.next(ctx, b)
			if err != nil && ctx.Err() == nil {
				err = e.c.wrapped(ctx, socketEndpoint, err)
			}
			var found []lock.Event
			if err == nil {
				found, err = w.take(ctx, n)
			}
			if err != nil && ctx.Err() == nil {
				found = append(found, w.settle(func(doubt) bool { return true })...)
			}
			for _, ev := range found {
				if !yield(ev, nil) {
					return
				}
			}
			if err != nil {
				if ended := ctx.Err(); ended != nil {
					err = ended // what else went wrong in the same instant does not matter
				}
				yield(lock.Event{}, err)
				return
			}
		}
	}
}

const (
	// nearby is how far the time of a record and that of the update about the same thing may differ.
	nearby = 30 * time.Second
	// patience is how long the history may take to have what has happened.
	patience = time.Second
	// remembered is how long events are known, so that none comes twice.
	remembered = 2 * time.Hour
)

// watch makes events of notices. It belongs to one loop.
type watch struct {
	c        *Client
	start    time.Time // records from before are not of interest
	listed   time.Time // when the things were last listed
	subjects map[string]subject
	states   map[aspect]lock.EventKind // what each thing was last said to be
	battery  map[string]int            // percent, by deviceid
	low      map[string]bool           // battery in volts, by deviceid
	strange  map[string]time.Time      // devices that are in no list, and when they were looked for

	seen      map[string]time.Time // events that were yielded, and when
	updates   map[string]time.Time // updates that were read, and when: some come twice
	unclaimed sightings            // records that were yielded and whose update may still come
	ghosts    sightings            // updates that were yielded and whose record may still come
	doubts    []doubt              // why the history is asked again, by when that is
}

// doubt is that the history of a device may not have had all when it was asked.
type doubt struct {
	device string
	since  time.Time // of what may be missing
	due    time.Time
	source lock.EventSource
	// Of what an update has told and no record: nil if nothing is known to be missing.
	told *happening
	n    *UpdateNotice
}

// aspect is something of a device that is one way or the other.
type aspect struct {
	device lock.DeviceID
	of     string
}

// aspectOf says what a happening is about.
func aspectOf(h happening) aspect {
	switch h.kind {
	case lock.EventLockDoorOpened, lock.EventLockDoorClosed:
		return aspect{h.device, "contact"}
	}
	return aspect{h.device, "relay"}
}

// sightings are happenings of which one of two reports has come, and when that was.
type sightings map[happening][]time.Time

func (s sightings) add(h happening, at time.Time) { s[h] = append(s[h], at) }

// claim takes the earliest report of h near at, and says whether there was one.
func (s sightings) claim(h happening, at time.Time) bool {
	for i, t := range s[h] {
		if nearTo(t, at) {
			s[h] = slices.Delete(s[h], i, i+1)
			return true
		}
	}
	return false
}

func nearTo(a, b time.Time) bool { return a.Sub(b).Abs() <= nearby }

func (s sightings) forget(before time.Time) {
	for h, times := range s {
		times = slices.DeleteFunc(times, func(t time.Time) bool { return t.Before(before) })
		if s[h] = times; len(times) == 0 {
			delete(s, h)
		}
	}
}

func newWatch(c *Client) *watch {
	return &watch{
		c: c, states: map[aspect]lock.EventKind{}, battery: map[string]int{}, low: map[string]bool{}, strange: map[string]time.Time{},
		seen: map[string]time.Time{}, updates: map[string]time.Time{}, unclaimed: sightings{}, ghosts: sightings{},
	}
}

func soonest(a, b doubt) int { return a.due.Compare(b.due) }

// next returns the next notice, or nil when it is time to ask a history again.
func (w *watch) next(ctx context.Context, b *inbox) (Notice, error) {
	if len(w.doubts) == 0 {
		return b.next(ctx)
	}
	left := w.doubts[0].due.Sub(w.c.cfg.Clock.Now())
	if left <= 0 {
		return nil, ctx.Err()
	}
	soon, cancel := context.WithCancel(ctx)
	var timer sync.WaitGroup
	defer timer.Wait()
	defer cancel()
	timer.Go(func() {
		defer cancel()
		_ = w.c.cfg.Clock.Sleep(soon, left) // over, one way or the other
	})
	n, err := b.next(soon)
	if err != nil && err == soon.Err() {
		return nil, ctx.Err()
	}
	return n, err
}

// take returns what a notice means; nil means that it is time to ask a history again.
func (w *watch) take(ctx context.Context, n Notice) ([]lock.Event, error) {
	switch n := n.(type) {
	case nil:
		return w.lookAgain(ctx)
	case *ConnectedNotice:
		w.start = n.At.Add(-margin)
		_, err := w.list(ctx)
		return nil, err
	case *GapNotice:
		return w.catchUp(ctx, n)
	case *UpdateNotice:
		return w.update(ctx, n)
	case *OnlineNotice:
		return w.presence(ctx, n)
	case *ShareNotice:
		changed, err := w.list(ctx)
		return append(changed, w.unknown(string(n.Type), n.DeviceID, n.At, lock.NewNative(n.Raw(), n), string(n.Raw()))), err
	case *OtherNotice:
		return []lock.Event{w.unknown(n.Action.String(), n.DeviceID, n.At, lock.NewNative(n.Raw(), n), string(n.Raw()))}, nil
	}
	return nil, nil
}

// base is what the events of a notice have in common.
func (w *watch) base(name, deviceID string, at time.Time, native lock.Native) lock.Event {
	e := lock.Event{Vendor: Vendor, Name: name, ReceivedAt: at, OccurredAt: at, Source: lock.SourceStream, Device: lock.DeviceID(deviceID), Native: native}
	if s, ok := w.subjects[deviceID]; ok {
		e.Home, e.Room = lock.HomeID(s.t.ItemData.Family.FamilyID), lock.RoomID(s.t.ItemData.Family.RoomID)
	}
	return e
}

// unknown is what has no meaning here. parts make it one of its own.
func (w *watch) unknown(name, deviceID string, at time.Time, native lock.Native, parts ...string) lock.Event {
	e := w.base(name, deviceID, at, native)
	e.Kind = lock.EventVendorUnknown
	e.ID = lock.EventID(Vendor, append([]string{"notice", name, deviceID, stamp(at)}, parts...)...)
	return e
}

// stamp writes an instant for an ID.
func stamp(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// list lists the things anew and returns what has changed since the last time: nothing the first time.
// What may pass is waited for: the notices wait meanwhile.
func (w *watch) list(ctx context.Context) ([]lock.Event, error) {
	for {
		subjects, err := w.c.subjects(ctx, lock.EventQuery{})
		if err == nil {
			return w.compare(subjects), nil
		}
		if ctx.Err() != nil || !lock.KindOf(err).Retryable() {
			return nil, err
		}
		if err := w.c.cfg.Clock.Sleep(ctx, w.c.cfg.WatchInterval); err != nil {
			return nil, err
		}
	}
}

// compare takes a new list over and says how it differs from the one before.
func (w *watch) compare(subjects []subject) []lock.Event {
	now := w.c.cfg.Clock.Now()
	first := w.subjects == nil
	before := w.subjects
	w.subjects, w.listed = make(map[string]subject, len(subjects)), now
	var changed []lock.Event
	note := func(kind lock.EventKind, t *Thing) {
		for _, d := range w.c.portableDevices(t) {
			e := w.base("list", t.ItemData.DeviceID, now, lock.NewNative(t.Raw(), t))
			e.Kind, e.Device, e.Home, e.Room, e.Source = kind, d.ID, d.Home, d.Room, lock.SourcePoll
			e.OccurredAt = time.Time{} // some time since the list before
			e.ID = lock.EventID(Vendor, "list", string(kind), string(d.ID), stamp(now))
			changed = append(changed, e)
		}
	}
	for _, s := range subjects {
		id := s.t.ItemData.DeviceID
		w.subjects[id] = s
		old, known := before[id]
		switch {
		case first:
		case !known:
			note(lock.EventDeviceAdded, s.t)
		default:
			if old.t.ItemData.Name != s.t.ItemData.Name {
				note(lock.EventDeviceRenamed, s.t)
			}
			if was, is := old.t.ItemData.Online, s.t.ItemData.Online; was != nil && is != nil && *was != *is {
				note(presenceKind(*is), s.t)
			}
		}
		if !known {
			w.remember(s)
		}
	}
	for _, id := range sortedKeys(before) {
		if _, still := w.subjects[id]; !still {
			note(lock.EventDeviceRemoved, before[id].t)
		}
	}
	return changed
}

// remember takes the state of a thing from the list.
func (w *watch) remember(s subject) {
	for _, h := range happenings(s, s.t.ItemData.Params) {
		w.states[aspectOf(h)] = h.kind
	}
	says := readContact(s.t)
	if says.battery != nil {
		w.battery[s.t.ItemData.DeviceID] = *says.battery
	}
	w.low[s.t.ItemData.DeviceID] = lowVoltage(s.t, s.t.ItemData.Params)
}

func sortedKeys(m map[string]subject) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func presenceKind(online bool) lock.EventKind {
	if online {
		return lock.EventDeviceOnline
	}
	return lock.EventDeviceOffline
}

// known finds the subject of a notice. A device that is in no list is looked for in a new one, but not
// again and again: some are never listed, because the app id has no licence for them.
func (w *watch) known(ctx context.Context, deviceID string) (s subject, ok bool, changed []lock.Event, err error) {
	now := w.c.cfg.Clock.Now()
	looked, strange := w.strange[deviceID]
	if s, ok = w.subjects[deviceID]; ok || now.Sub(w.listed) < w.c.cfg.WatchInterval || strange && now.Sub(looked) < remembered {
		return s, ok, nil, nil
	}
	changed, err = w.list(ctx)
	if s, ok = w.subjects[deviceID]; !ok {
		w.strange[deviceID] = now
	}
	return s, ok, changed, err
}

// presence is a device that went online or offline.
func (w *watch) presence(ctx context.Context, n *OnlineNotice) ([]lock.Event, error) {
	native := lock.NewNative(n.Raw(), n)
	s, ok, found, err := w.known(ctx, n.DeviceID)
	if err != nil {
		return found, err
	}
	if !ok {
		return append(found, w.unknown(string(ActionSysmsg), n.DeviceID, n.At, native, string(n.Raw()))), nil
	}
	if was := s.t.ItemData.Online; was != nil && *was == n.Online {
		return found, nil // said before, or in the list already
	}
	s.t.ItemData.Online = &n.Online
	for _, d := range w.c.portableDevices(s.t) {
		e := w.base(string(ActionSysmsg), n.DeviceID, n.At, native)
		e.Kind, e.Device = presenceKind(n.Online), d.ID
		e.ID = lock.EventID(Vendor, "sysmsg", string(d.ID), string(e.Kind), stamp(n.At))
		found = append(found, e)
	}
	return found, nil
}

// update is a device that has reported, or was told, something.
func (w *watch) update(ctx context.Context, n *UpdateNotice) ([]lock.Event, error) {
	w.forget()
	if key := n.DeviceID + " " + n.Sequence + " " + string(n.Params.Raw()); n.Sequence != "" {
		if _, twice := w.updates[key]; twice {
			return nil, nil
		}
		w.updates[key] = w.c.cfg.Clock.Now()
	}
	s, ok, found, err := w.known(ctx, n.DeviceID)
	if err != nil {
		return found, err
	}
	native := lock.NewNative(n.Raw(), n)
	if !ok {
		return append(found, w.unknown(string(ActionUpdate), n.DeviceID, n.At, native, n.Sequence, string(n.Params.Raw()))), nil
	}
	reports, understood := w.reports(s, n, native)
	recorded, err := w.operations(ctx, s, n)
	found = append(append(found, recorded...), reports...)
	if !understood && len(happenings(s, n.Params)) == 0 {
		found = append(found, w.unknown(string(ActionUpdate), n.DeviceID, n.At, native, n.Sequence, string(n.Params.Raw())))
	}
	return found, err
}

// reports are events about what no history has: batteries and counters. What is as it was is understood,
// and no event.
func (w *watch) reports(s subject, n *UpdateNotice, native lock.Native) (found []lock.Event, understood bool) {
	id := s.t.ItemData.DeviceID
	note := func(kind lock.EventKind, device lock.DeviceID, data any) {
		e := w.base(string(ActionUpdate), id, n.At, native)
		e.Kind, e.Device, e.Data = kind, device, data
		e.ID = lock.EventID(Vendor, "update", string(device), string(kind), n.Sequence, stamp(n.At))
		found = append(found, e)
	}
	now := &Thing{ItemType: s.t.ItemType, ItemData: s.t.ItemData}
	now.ItemData.Params = n.Params
	if isContact(s.t.ItemData.Extra.UIID) {
		device := cmp.Or(s.sensor, lock.DeviceID(id))
		if percent := readContact(now).battery; percent != nil {
			if was, known := w.battery[id]; !known || was != *percent {
				note(lock.EventDeviceBatteryReported, device, lock.BatteryLevel{Percent: *percent})
			}
			w.battery[id] = *percent
		}
		if n.Params.member("battery") != nil {
			understood = true
			low := lowVoltage(s.t, n.Params)
			if low && !w.low[id] {
				note(lock.EventDeviceBatteryLow, device, nil)
			}
			if !low && w.low[id] {
				note(lock.EventDeviceBatteryOK, device, nil)
			}
			w.low[id] = low
		}
	}
	if _, measures := meterAt(s.t, 0); measures {
		if counters := now.Counters(); counters.Total != nil {
			understood = true
			device := lock.DeviceID(id)
			r := lock.Reading{Device: device, At: n.At, Total: *counters.Total, Unit: lock.KilowattHour, Native: native}
			if prepaid, known := onOff(s.t.ItemData.Params.member("prepaidEnale")); known && prepaid { // as the vendor spells it
				r.Left = counters.Left
			}
			note(lock.EventMeterReading, device, r)
		}
	}
	return found, understood
}

// lowVoltage reports whether a sensor that tells its battery in volts has less than it needs.
func lowVoltage(t *Thing, p Params) bool {
	volts, least := number(p, "battery", 0), number(t.ItemData.DevConfig, "lowVolAlarm", 0)
	return t.ItemData.Extra.UIID == uiidContactWiFi && volts != nil && least != nil && volts.LessThan(*least)
}

// operations are the events of an update that the vendor records, as its history has them. What it does
// not have yet is looked for again a moment later. So is what an update says of which a record was yielded
// already: that record may be of another update, which a break has swallowed.
func (w *watch) operations(ctx context.Context, s subject, n *UpdateNotice) ([]lock.Event, error) {
	at := sentAt(n)
	var found []lock.Event
	ask := false
	for _, h := range happenings(s, n.Params) {
		switch {
		case !records(s.t):
			found = append(found, w.unrecorded(h, n)...)
		case w.unclaimed.claim(h, at):
			w.doubt(doubt{device: n.DeviceID, since: at.Add(-nearby), source: lock.SourceStream})
		default:
			ask = true
			w.doubt(doubt{device: n.DeviceID, since: at.Add(-nearby), source: lock.SourceStream, told: &h, n: n})
		}
	}
	if !ask {
		return found, nil
	}
	recorded, _, err := w.look(ctx, s, at.Add(-nearby), lock.SourceStream)
	return append(found, recorded...), err
}

// doubt has the history of a device asked again when patience is over.
func (w *watch) doubt(d doubt) {
	d.due = w.c.cfg.Clock.Now().Add(patience)
	w.doubts = append(w.doubts, d)
	slices.SortStableFunc(w.doubts, soonest)
}

// look returns what is new in the history of a device since an instant. It reports false where that cannot
// be asked just now.
func (w *watch) look(ctx context.Context, s subject, since time.Time, source lock.EventSource) (found []lock.Event, asked bool, err error) {
	recent, err := w.recent(ctx, s, since, source)
	switch kind := lock.KindOf(err); {
	case err == nil:
		return w.fresh(recent), true, nil
	case ctx.Err() == nil && kind == lock.ErrNotFound:
		return nil, true, nil // removed a moment ago
	case ctx.Err() == nil && kind.Retryable():
		return nil, false, nil
	}
	return nil, false, err
}

// lookAgain asks the history of the device that is due. What updates have told and it still does not have
// is yielded as they told it.
func (w *watch) lookAgain(ctx context.Context) ([]lock.Event, error) {
	now, first := w.c.cfg.Clock.Now(), w.doubts[0]
	since := first.since
	due := func(d doubt) bool { return d.device == first.device && !d.due.After(now) }
	for _, d := range w.doubts {
		if due(d) {
			since = earlier(since, d.since)
		}
	}
	found, asked := []lock.Event(nil), true
	if s, ok := w.subjects[first.device]; ok {
		var err error
		if found, asked, err = w.look(ctx, s, since, first.source); err != nil {
			return nil, err
		}
	}
	if !asked {
		for i := range w.doubts {
			if d := &w.doubts[i]; due(*d) && d.told == nil {
				d.due = w.c.cfg.Clock.Now().Add(w.c.cfg.WatchInterval)
			}
		}
		slices.SortStableFunc(w.doubts, soonest)
	}
	return append(found, w.settle(due)...), nil
}

// settle ends doubts: what updates have told is yielded as they told it.
func (w *watch) settle(over func(doubt) bool) (found []lock.Event) {
	w.doubts = slices.DeleteFunc(w.doubts, func(d doubt) bool {
		if !over(d) {
			return false
		}
		if d.told != nil {
			found = append(found, w.unrecorded(*d.told, d.n)...)
		}
		return true
	})
	return found
}

// unrecorded is what an update has told and no record: nothing if it only says so again.
func (w *watch) unrecorded(h happening, n *UpdateNotice) []lock.Event {
	if w.states[aspectOf(h)] == h.kind {
		return nil
	}
	w.states[aspectOf(h)] = h.kind
	w.ghosts.add(h, sentAt(n))
	e := w.base(string(ActionUpdate), n.DeviceID, n.At, lock.NewNative(n.Raw(), n))
	e.Kind, e.Device = h.kind, h.device
	if h.kind == lock.EventLockUnlocked {
		if e.Method = lock.MethodUnknown; n.ByApp {
			e.Method = lock.MethodApp
		}
	}
	e.ID = lock.EventID(Vendor, "update", string(h.device), string(h.kind), n.Sequence, stamp(n.At))
	return []lock.Event{e}
}

// recent asks for the events of a device since an instant: mostly one call, for one page holds them all.
func (w *watch) recent(ctx context.Context, s subject, since time.Time, source lock.EventSource) ([]lock.Event, error) {
	q := lock.EventQuery{Window: lock.Window{From: since}, Kinds: recordedKinds}
	page, err := w.c.History(ctx, HistoryRequest{DeviceID: s.t.ItemData.DeviceID, Num: maxRecords})
	if err != nil {
		return nil, err
	}
	var found []lock.Event
	for i := range page.Histories { // the newest first
		r := &page.Histories[i]
		if r.OpsTime.Before(since) {
			return found, nil
		}
		for _, e := range w.c.recordEvents(s, r, source) {
			if q.Wants(e.Kind) {
				found = append(found, e)
			}
		}
	}
	if len(page.Histories) < maxRecords {
		return found, nil
	}
	return w.c.recordsOf(ctx, s, q, source)
}

// recordedKinds are the events that records become.
var recordedKinds = []lock.EventKind{
	lock.EventLockUnlocked, lock.EventLockLocked, lock.EventLockDoorOpened, lock.EventLockDoorClosed,
	lock.EventMeterSwitchedOn, lock.EventMeterSwitchedOff,
}

// records reports whether the vendor records what is done with a device.
func records(t *Thing) bool {
	on, known := onOff(t.ItemData.Settings.member("opsHistory"))
	return on || !known
}

// sentAt is when an update was sent, by the milliseconds in its number if that can be, else when it
// came.
func sentAt(n *UpdateNotice) time.Time {
	ms, err := strconv.ParseInt(n.Sequence, 10, 64)
	if at := time.UnixMilli(ms); err == nil && at.After(n.At.Add(-24*time.Hour)) && at.Before(n.At.Add(time.Hour)) {
		return at
	}
	return n.At
}

// fresh returns those of the events that are new, in the order of time. Each settles what an update has
// told of it; where none has yet, it waits for one.
func (w *watch) fresh(asked []lock.Event) []lock.Event {
	slices.SortStableFunc(asked, func(a, b lock.Event) int { return a.OccurredAt.Compare(b.OccurredAt) })
	now := w.c.cfg.Clock.Now()
	var found []lock.Event
	for _, e := range asked {
		if _, known := w.seen[e.ID]; known || e.OccurredAt.Before(w.start) {
			continue
		}
		w.seen[e.ID] = now
		h := happening{e.Kind, e.Device}
		w.states[aspectOf(h)] = e.Kind
		if w.ghosts.claim(h, e.OccurredAt) {
			continue // it was told before the history had it
		}
		if told := slices.IndexFunc(w.doubts, func(d doubt) bool { return d.told != nil && *d.told == h && nearTo(sentAt(d.n), e.OccurredAt) }); told >= 0 {
			w.doubts = slices.Delete(w.doubts, told, told+1)
		} else {
			w.unclaimed.add(h, e.OccurredAt)
		}
		found = append(found, e)
	}
	return found
}

// catchUp makes up for a gap.
func (w *watch) catchUp(ctx context.Context, n *GapNotice) ([]lock.Event, error) {
	gap := lock.Event{
		ID: lock.EventID(Vendor, "gap", stamp(n.From), stamp(n.Until)), Kind: lock.EventGap, Vendor: Vendor, Source: lock.SourceLocal,
		OccurredAt: n.From, ReceivedAt: w.c.cfg.Clock.Now(), Data: lock.Window{From: n.From, Until: n.Until},
	}
	changed, err := w.list(ctx)
	found := append([]lock.Event{gap}, changed...)
	if err != nil {
		return found, err
	}
	for _, id := range sortedKeys(w.subjects) {
		s := w.subjects[id]
		if !s.known() {
			continue
		}
		missed, err := w.missed(ctx, s, n)
		found = append(found, missed...)
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// missed are the events of a device in a gap. Who asks right after it may ask before the history has
// its end.
func (w *watch) missed(ctx context.Context, s subject, n *GapNotice) ([]lock.Event, error) {
	if !records(s.t) {
		return w.turned(s), nil
	}
	for {
		early := w.c.cfg.Clock.Now().Before(n.Until.Add(patience - margin))
		found, asked, err := w.look(ctx, s, n.From, lock.SourcePoll)
		if asked && early {
			w.doubt(doubt{device: s.t.ItemData.DeviceID, since: n.From, source: lock.SourcePoll})
		}
		if asked || err != nil {
			return found, err
		}
		if err := w.c.cfg.Clock.Sleep(ctx, w.c.cfg.WatchInterval); err != nil {
			return nil, err
		}
	}
}

// turned are the events of a device without a history: what it is now and was not before.
func (w *watch) turned(s subject) []lock.Event {
	now := w.c.cfg.Clock.Now()
	var found []lock.Event
	for _, h := range happenings(s, s.t.ItemData.Params) {
		if w.states[aspectOf(h)] == h.kind {
			continue
		}
		w.states[aspectOf(h)] = h.kind
		w.ghosts.add(h, now)
		e := w.base("list", s.t.ItemData.DeviceID, now, lock.NewNative(s.t.Raw(), s.t))
		e.Kind, e.Device, e.Source, e.OccurredAt = h.kind, h.device, lock.SourcePoll, time.Time{}
		e.ID = lock.EventID(Vendor, "list", string(h.kind), string(h.device), stamp(now))
		found = append(found, e)
	}
	return found
}

// forget drops what is too old to come again.
func (w *watch) forget() {
	now := w.c.cfg.Clock.Now()
	for _, known := range []map[string]time.Time{w.seen, w.updates, w.strange} {
		for id, at := range known {
			if now.Sub(at) > remembered {
				delete(known, id)
			}
		}
	}
	w.unclaimed.forget(now.Add(-remembered))
	w.ghosts.forget(now.Add(-remembered))
}
