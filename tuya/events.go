package tuya

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// methods says how a code opens. What is missing is lock.MethodUnknown.
var methods = map[UnlockCode]lock.UnlockMethod{
	UnlockFingerprint: lock.MethodFingerprint, unlockFinger: lock.MethodFingerprint, UnlockFingerprintKit: lock.MethodFingerprint,
	UnlockPassword: lock.MethodPIN, UnlockPasswordKit: lock.MethodPIN,
	UnlockCard: lock.MethodCard, UnlockCardKit: lock.MethodCard,
	UnlockFace: lock.MethodFace, UnlockPalm: lock.MethodPalm,
	UnlockTemporary: lock.MethodTemporaryPIN, UnlockTemporaryKit: lock.MethodTemporaryPIN,
	UnlockDynamic:         lock.MethodDynamicCode,
	UnlockOfflinePassword: lock.MethodOfflineCode,
	UnlockMechanicalKey:   lock.MethodMechanicalKey,
	UnlockIdentityCard:    lock.MethodIDCard,
	UnlockEmergency:       lock.MethodEmergency,
	UnlockApp:             lock.MethodApp,
	UnlockBluetooth:       lock.MethodBluetooth,
	// Through the cloud: by the app as well as by Locks().Open.
	UnlockPhoneRemote: lock.MethodRemoteAPI, UnlockPhoneRemoteKit: lock.MethodRemoteAPI, UnlockVoiceRemote: lock.MethodRemoteAPI,
}

// alarmKinds says what the alarms are in the common language. What is missing arrives as
// lock.EventVendorUnknown.
var alarmKinds = map[Alarm]lock.EventKind{
	AlarmWrongFinger:   lock.EventLockWrongAttempts,
	AlarmWrongPassword: lock.EventLockWrongAttempts,
	AlarmWrongCard:     lock.EventLockWrongAttempts,
	AlarmWrongFace:     lock.EventLockWrongAttempts,
	AlarmBoltStuck:     lock.EventLockJammed,
	AlarmBoltNotOut:    lock.EventLockJammed,
	AlarmTooHot:        lock.EventDeviceFault,
	AlarmPowerOff:      lock.EventDeviceFault,
	AlarmLeftOpen:      lock.EventLockLeftOpen,
	AlarmTampered:      lock.EventDeviceTampered,
	AlarmBatteryLow:    lock.EventDeviceBatteryLow,
}

// The kinds that stand in each of the two logs.
var (
	kindsOfOpenLog  = []lock.EventKind{lock.EventLockUnlocked, lock.EventPasswordRemovedExternally, lock.EventVendorUnknown}
	kindsOfAlarmLog = []lock.EventKind{
		lock.EventLockDuress, lock.EventLockDoorbell, lock.EventLockWrongAttempts, lock.EventLockJammed, lock.EventDeviceFault,
		lock.EventLockLeftOpen, lock.EventDeviceTampered, lock.EventDeviceBatteryLow, lock.EventVendorUnknown,
	}
)

// alarmCodes are what is asked for in the log of alarms.
var alarmCodes = Codes{EventAlarm, EventDuress, EventDoorbell}

// portableEvent is what one status of a log entry says.
func portableEvent(base lock.Event, entry *LogEntry, s Status) lock.Event {
	e := base
	value, _ := s.Value.Text()
	e.Name, e.OccurredAt, e.Native = s.Code, entry.UpdateTime, lock.NewNative(entry.Raw(), entry)
	e.Actor = lock.Person{ID: string(entry.UserID), Name: entry.NickName}
	e.ID = eventID(base.Device, entry, s)
	e.Kind = lock.EventVendorUnknown
	switch code := UnlockCode(s.Code); code {
	case EventDoorbell:
		e.Kind = lock.EventLockDoorbell
	case EventAlarm:
		e.Name = s.Code + ":" + value
		if kind, ok := alarmKinds[Alarm(value)]; ok {
			e.Kind = kind
		}
	case EventDuress:
		e.Kind, e.Duress = lock.EventLockDuress, true
		if under, number, ok := strings.Cut(value, "-"); ok { // unlock_fingerprint-02
			setMethod(&e, UnlockCode(under), number)
		}
	case OfflineClearAll, OfflineClearOne:
		e.Kind = lock.EventPasswordRemovedExternally
	default:
		if code.KeyType() != "" {
			e.Kind = lock.EventLockUnlocked
			setMethod(&e, code, value)
		}
	}
	return e
}

// setMethod says how a door was opened, and with which key or password: the value of a code is its
// number.
func setMethod(e *lock.Event, code UnlockCode, value string) {
	e.Method = lock.MethodUnknown
	if m, ok := methods[code]; ok {
		e.Method = m
	}
	switch code {
	case UnlockTemporary, UnlockTemporaryKit:
		e.Password = lock.PasswordID(value)
	case UnlockOfflinePassword:
		e.Password = lock.PasswordID(offlinePrefix + value)
	default:
		if n, err := strconv.Atoi(value); err == nil && code.keyKind() != lock.KeyOther && code != UnlockMechanicalKey {
			e.Key = MethodKeyID(MethodRef{code, n})
		}
	}
}

// eventID is made of everything that does not change in an entry, because the vendor numbers
// nothing.
func eventID(device lock.DeviceID, entry *LogEntry, s Status) string {
	return lock.EventID(Vendor, string(device), strconv.FormatInt(entry.UpdateTime.UnixMilli(), 10), s.Code, string(s.Value.Raw()), string(entry.UserID))
}

// entryKey tells entries of a log apart while it is read.
func entryKey(device lock.DeviceID) func(*LogEntry) string {
	return func(entry *LogEntry) string {
		key := eventID(device, entry, Status{})
		for _, s := range entry.Status {
			key += eventID(device, entry, s)
		}
		return key
	}
}

// beginning is before there were locks in the cloud: the vendor wants a start.
var beginning = time.Date(2014, time.January, 1, 0, 0, 0, 0, time.UTC)

// clockMargin is how far our clock and the vendor's may be apart.
const clockMargin = 5 * time.Minute

// openings are the openings of a door in a window.
func (c *Client) openings(ctx context.Context, device lock.DeviceID, w lock.Window) ([]*LogEntry, error) {
	start, end := w.From, w.Until
	if start.Before(beginning) {
		start = beginning
	}
	if w.Forever() {
		end = c.cfg.Clock.Now().Add(clockMargin)
	}
	if !start.Before(end) {
		return nil, nil
	}
	var found []*LogEntry
	for entry, err := range pages(ctx, func(ctx context.Context, p Paging) (*Page[LogEntry], error) {
		return c.ListOpenLogs(ctx, device, ListOpenLogsRequest{StartTime: start, EndTime: end, Paging: p})
	}, entryKey(device)) {
		if err != nil {
			return nil, err
		}
		if w.Contains(entry.UpdateTime) {
			found = append(found, entry)
		}
	}
	return found, nil
}

// alarms are the alarms of a door in a window. The vendor takes no times here: the log is read from
// its newest entry back, as far as the window begins and a little more.
func (c *Client) alarms(ctx context.Context, device lock.DeviceID, w lock.Window) ([]*LogEntry, error) {
	var (
		found  []*LogEntry
		before time.Time // of the entry before
		sorted = true    // newest first, as far as was read
	)
	for entry, err := range pages(ctx, func(ctx context.Context, p Paging) (*Page[LogEntry], error) {
		return c.ListAlarmLogs(ctx, device, ListAlarmLogsRequest{Codes: alarmCodes, Paging: p})
	}, entryKey(device)) {
		if err != nil {
			return nil, err
		}
		if sorted = sorted && (before.IsZero() || !entry.UpdateTime.After(before)); sorted && entry.UpdateTime.Before(w.From.Add(-clockMargin)) && !before.IsZero() {
			break
		}
		before = entry.UpdateTime
		if w.Contains(entry.UpdateTime) {
			found = append(found, entry)
		}
	}
	return found, nil
}

// logs are the entries of both logs of a door that q asks for. A lock that keeps only one of them has
// only that.
func (c *Client) logs(ctx context.Context, device lock.DeviceID, q lock.EventQuery) ([]*LogEntry, error) {
	var (
		all     []*LogEntry
		lacking []error
		asked   int
	)
	for _, log := range []struct {
		kinds []lock.EventKind
		read  func(context.Context, lock.DeviceID, lock.Window) ([]*LogEntry, error)
	}{{kindsOfOpenLog, c.openings}, {kindsOfAlarmLog, c.alarms}} {
		if !q.WantsAny(log.kinds...) {
			continue
		}
		asked++
		found, err := log.read(ctx, device, q.Window)
		switch {
		case errors.Is(err, lock.ErrUnsupported):
			lacking = append(lacking, err)
		case err != nil:
			return nil, err
		}
		all = append(all, found...)
	}
	if asked > 0 && len(lacking) == asked {
		return nil, lacking[0]
	}
	return all, nil
}
