package aliyunlock

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// What locks report. Products name their events themselves; these names are common to many.
const (
	reportOpened       = "DoorOpenNotification"
	reportOpened2      = "DoorOpenNotification2"
	reportRemote       = "RemoteUnlockNotification"
	reportDuress       = "HijackingAlarm"
	reportTampered     = "TamperAlarm"
	reportTampered2    = "TamperAlarm2"
	reportLeftOpen     = "DoorUnlockedAlarm"
	reportForced       = "ArmDoorOpenAlarm"
	reportLockedOut    = "LockedAlarm"
	reportForbidden    = "ForbiddenAlarm"
	reportBatteryLow   = "LowElectricityAlarm"
	reportDoorbell     = "DoorbellNotification"
	reportDoorbell2    = "RingDoorbellAlarm"
	reportKeyAdded     = "KeyAddedNotification"
	reportKeyDeleted   = "KeyDeletedNotification"
	reportKeyInfo      = "KeyInformationNotification"
	reportKeysCleared  = "ClearKeyNotifycation" // the vendor's spelling
	reportTemporarySet = "TemporarySetCallback"
	reportTemporary    = "TemporaryPasswordNotification"
	reportReset        = "ReportReset"
	reportFault        = "Error"
)

// keyReports are the reports that say which keys a lock has.
var keyReports = []string{reportKeyAdded, reportKeyInfo, reportKeyDeleted, reportKeysCleared, reportReset}

// eventKinds says what the reports are in the common language. What is missing arrives as
// lock.EventVendorUnknown.
var eventKinds = map[string]lock.EventKind{
	reportOpened:       lock.EventLockUnlocked,
	reportOpened2:      lock.EventLockUnlocked,
	reportRemote:       lock.EventLockUnlocked,
	reportDuress:       lock.EventLockDuress,
	reportTampered:     lock.EventDeviceTampered,
	reportTampered2:    lock.EventDeviceTampered,
	reportLeftOpen:     lock.EventLockLeftOpen,
	reportForced:       lock.EventLockForcedOpen,
	reportLockedOut:    lock.EventLockKeypadBlocked,
	reportForbidden:    lock.EventLockKeypadBlocked,
	reportBatteryLow:   lock.EventDeviceBatteryLow,
	reportDoorbell:     lock.EventLockDoorbell,
	reportDoorbell2:    lock.EventLockDoorbell,
	reportKeyAdded:     lock.EventKeyAdded,
	reportKeyDeleted:   lock.EventKeyRemoved,
	reportKeysCleared:  lock.EventKeyRemoved,
	reportTemporarySet: lock.EventPasswordApplied,
	reportTemporary:    lock.EventPasswordApplied,
	reportReset:        lock.EventDeviceReset,
	reportFault:        lock.EventDeviceFault,
}

// failedKinds says what a report is whose Status is not 0.
var failedKinds = map[string]lock.EventKind{
	reportRemote:       lock.EventOperationFailed,
	reportKeyAdded:     lock.EventOperationFailed,
	reportTemporarySet: lock.EventPasswordFailed,
	reportTemporary:    lock.EventPasswordFailed,
}

// methods says how a key of a type opens.
var methods = map[KeyType]lock.UnlockMethod{
	KeyTypeFingerprint: lock.MethodFingerprint,
	KeyTypePassword:    lock.MethodPIN,
	KeyTypeCard:        lock.MethodCard,
	KeyTypeMechanical:  lock.MethodMechanicalKey,
	KeyTypeTemporary:   lock.MethodTemporaryPIN,
}

// portableEvents is what a record says: one thing mostly, two when a door was opened with a duress
// key and the product does not report that by itself.
func portableEvents(base lock.Event, r *EventRecord) []lock.Event {
	e := base
	e.Name, e.OccurredAt, e.Native = r.EventCode, r.ServiceTime, lock.NewNative(r.Raw(), r)
	e.Kind = lock.EventVendorUnknown
	if kind, ok := eventKinds[r.EventCode]; ok {
		e.Kind = kind
	}
	if kind, ok := failedKinds[r.EventCode]; ok {
		if code, said := refusedStatus(r); said {
			e.Kind = kind
			e.Data = lock.Failure{Err: &lock.Error{Vendor: Vendor, Target: r.IotID, Kind: lock.ErrDeviceRejected, Code: code,
				Message: "the lock reported " + r.EventCode + " with this Status"}}
		}
	}
	if r.KeyID != "" && r.KeyID != allKeysOfType && r.LockType != 0 {
		e.Key = KeyID(r.LockType, r.KeyID)
		if keyKinds[r.LockType] == lock.KeyPIN {
			e.Password = lock.PasswordID(e.Key)
		}
	}
	e.ID = eventID(r, e.Kind)
	if e.Kind != lock.EventLockUnlocked {
		return []lock.Event{e}
	}
	e.Method = methodOf(r)
	if r.UserLimit != PermissionDuress {
		return []lock.Event{e}
	}
	e.Duress = true
	alarm := e
	alarm.Kind, alarm.ID = lock.EventLockDuress, eventID(r, lock.EventLockDuress)
	return []lock.Event{e, alarm}
}

func methodOf(r *EventRecord) lock.UnlockMethod {
	if r.EventCode == reportRemote {
		return lock.MethodRemoteAPI
	}
	if r.LockType == KeyTypePassword && r.UserLimit == PermissionAdmin {
		return lock.MethodAdminPIN
	}
	if m, ok := methods[r.LockType]; ok {
		return m
	}
	return lock.MethodUnknown
}

// refusedStatus reports a Status that is not 0.
func refusedStatus(r *EventRecord) (string, bool) {
	v := r.Output("Status")
	if v == nil {
		return "", false
	}
	if n, ok := v.Int(); !ok || n == 0 {
		return "", false
	}
	return v.Text()
}

// eventID is made of everything the record says, because the vendor numbers nothing and several
// things may happen in one second.
func eventID(r *EventRecord, kind lock.EventKind) string {
	parts := []string{
		string(kind), r.IotID, r.EventCode, r.ServiceDate, r.ClientDate, r.KeyID, strconv.Itoa(int(r.LockType)), strconv.Itoa(int(r.UserLimit)),
	}
	for _, name := range slices.Sorted(maps.Keys(r.Extra)) {
		parts = append(parts, name, string(r.Output(name).Raw()))
	}
	return lock.EventID(Vendor, parts...)
}

// beginning is before there were locks on the platform: the vendor wants a start.
var beginning = time.Date(2016, time.January, 1, 0, 0, 0, 0, time.UTC)

// records are what a lock has reported in a window, oldest first; only of some events, if codes
// names any. A record whose time cannot be read is among them.
func (c *Client) records(ctx context.Context, id lock.DeviceID, w lock.Window, codes []string) ([]*EventRecord, error) {
	start, end := w.From.Truncate(time.Second), w.Until
	if w.From.Before(beginning) {
		start = beginning
	}
	if w.Forever() {
		end = c.cfg.Clock.Now().Add(clockMargin)
	}
	if !start.Before(end) {
		return nil, nil
	}
	all := pages(ctx, maxEventPage, func(ctx context.Context, p Paging) (*Page[EventRecord], error) {
		return c.QueryEventHistory(ctx, QueryEventHistoryRequest{IotID: string(id), Events: codes, Start: start, End: end, Paging: p})
	}, func(r *EventRecord) string { return eventID(r, "") })
	var found []*EventRecord
	for r, err := range all {
		if err != nil {
			return nil, err
		}
		if r.ServiceTime.IsZero() || w.Contains(r.ServiceTime) {
			found = append(found, r)
		}
	}
	slices.Reverse(found) // the vendor begins with the newest, also among those of one second
	slices.SortStableFunc(found, func(a, b *EventRecord) int { return a.ServiceTime.Compare(b.ServiceTime) })
	return found, nil
}
