package dingding

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// eventKinds says what the vendor's events are in the common language. What is missing arrives as
// lock.EventVendorUnknown.
var eventKinds = map[EventName]lock.EventKind{
	EventBatteryLow:            lock.EventDeviceBatteryLow,
	EventBatteryRecovered:      lock.EventDeviceBatteryOK,
	EventBatteryReported:       lock.EventDeviceBatteryReported,
	EventTampered:              lock.EventDeviceTampered,
	EventWrongPassword:         lock.EventLockWrongAttempts,
	EventAdminPasswordSynced:   lock.EventPasswordDiscovered,
	EventLocalPasswordAdded:    lock.EventPasswordDiscovered,
	EventLocalPasswordUpdated:  lock.EventPasswordChangedExternally,
	EventLocalPasswordDeleted:  lock.EventPasswordRemovedExternally,
	EventUnlocked:              lock.EventLockUnlocked,
	EventGatewayOffline:        lock.EventDeviceOffline,
	EventGatewayOnline:         lock.EventDeviceOnline,
	EventDeviceOffline:         lock.EventDeviceOffline,
	EventDeviceOnline:          lock.EventDeviceOnline,
	EventInstallationSubmitted: lock.EventInstallSubmitted,
	EventDeviceBound:           lock.EventDeviceAdded,
	EventDeviceUnbound:         lock.EventDeviceRemoved,
	EventMeterReading:          lock.EventMeterReading,
	EventMeterCreditExhausted:  lock.EventMeterCreditExhausted,
	EventMeterOverPower:        lock.EventMeterOverload,
	EventMeterClosedLocally:    lock.EventMeterClosedLocally,
	EventMeterCommError:        lock.EventMeterCommError,
	EventMeterReadingHistory:   lock.EventMeterHistoryUploaded,
	EventWaterGatewayReplaced:  lock.EventDeviceReplaced,
	EventWaterGatewayOffline:   lock.EventDeviceOffline,
	EventWaterGatewayOnline:    lock.EventDeviceOnline,
	EventWaterReading:          lock.EventMeterReading,

	EventMeterCreditLow:       lock.EventMeterCreditLow,
	EventMeterWrongAmount:     lock.EventDeviceFault,
	EventMeterOverCurrent:     lock.EventMeterOverload,
	EventMeterTripped:         lock.EventMeterSwitchedOff,
	EventMeterClosed:          lock.EventMeterSwitchedOn,
	EventMeterCommRestored:    lock.EventMeterCommRestored,
	EventWaterCreditExhausted: lock.EventMeterCreditExhausted,
	EventFingerprintTampered:  lock.EventDeviceTampered,
	EventWrongFingerprint:     lock.EventLockWrongAttempts,
	EventUnlockHistory:        lock.EventLockUnlocked,
	EventLockReset:            lock.EventDeviceReset,
	EventClockFault:           lock.EventDeviceFault,
	EventClockHardwareFault:   lock.EventDeviceFault,
	EventLEDFault:             lock.EventDeviceFault,
	EventFingerprintFault:     lock.EventDeviceFault,
	EventTouchFault:           lock.EventDeviceFault,
	EventRenterCodesCleared:   lock.EventPasswordRemovedExternally,
	EventCommonCodesCleared:   lock.EventPasswordRemovedExternally,
}

// meterAlarmKinds says what the entries of elemeterHistory are.
var meterAlarmKinds = map[MeterAlarmID]lock.EventKind{
	MeterAlarmOverPower:       lock.EventMeterOverload,
	MeterAlarmCreditExhausted: lock.EventMeterCreditExhausted,
	MeterAlarmClosedLocally:   lock.EventMeterClosedLocally,
	MeterAlarmTripped:         lock.EventMeterSwitchedOff,
	MeterAlarmClosed:          lock.EventMeterSwitchedOn,
	MeterAlarmOverCurrent:     lock.EventMeterOverload,
	MeterAlarmOffline:         lock.EventDeviceOffline,
	MeterAlarmOnline:          lock.EventDeviceOnline,
	MeterAlarmCreditLow:       lock.EventMeterCreditLow,
}

// exceptionKinds says what the records of §17 are. They are the same happenings as the events of
// the same meaning.
var exceptionKinds = map[ExceptionType]lock.EventKind{
	ExceptionGatewayOffline:      lock.EventDeviceOffline,
	ExceptionGatewayOnline:       lock.EventDeviceOnline,
	ExceptionBatteryLow:          lock.EventDeviceBatteryLow,
	ExceptionBatteryOK:           lock.EventDeviceBatteryOK,
	ExceptionTampered:            lock.EventDeviceTampered,
	ExceptionWrongPassword:       lock.EventLockWrongAttempts,
	ExceptionUnknown:             lock.EventDeviceFault,
	ExceptionDeviceOffline:       lock.EventDeviceOffline,
	ExceptionDeviceOnline:        lock.EventDeviceOnline,
	ExceptionMeterCredit:         lock.EventMeterCreditExhausted,
	ExceptionMeterOverPower:      lock.EventMeterOverload,
	ExceptionMeterClosedLocally:  lock.EventMeterClosedLocally,
	ExceptionMeterCommError:      lock.EventMeterCommError,
	ExceptionWaterGatewayOffline: lock.EventDeviceOffline,
	ExceptionWaterGatewayOnline:  lock.EventDeviceOnline,
}

// serviceKinds says what a service's success is.
var serviceKinds = map[ServiceName]lock.EventKind{
	ServicePasswordAdd:       lock.EventPasswordApplied,
	ServicePasswordDelete:    lock.EventPasswordDeleted,
	ServicePasswordUpdate:    lock.EventPasswordUpdated,
	ServicePasswordFreeze:    lock.EventPasswordFrozen,
	ServicePasswordUnfreeze:  lock.EventPasswordUnfrozen,
	ServiceMeterRead:         lock.EventMeterReading,
	ServiceZigbeeRead:        lock.EventMeterReading,
	ServiceWaterRead:         lock.EventMeterReading,
	ServiceZigbeeCharge:      lock.EventMeterTopUpSucceeded,
	ServiceZigbeeReset:       lock.EventMeterSettingChanged,
	ServiceZigbeeCapacity:    lock.EventMeterSettingChanged,
	ServiceZigbeeCurrent:     lock.EventMeterSettingChanged,
	ServiceZigbeeOpen:        lock.EventMeterSwitchedOff,
	ServiceZigbeeClose:       lock.EventMeterSwitchedOn,
	ServiceBluetoothAdd:      lock.EventKeyAdded,
	ServiceBluetoothDelete:   lock.EventKeyRemoved,
	ServiceFingerprintDelete: lock.EventKeyRemoved,
}

// controlKinds says what the success of an Elemeter_Control_Service is, by its operation.
var controlKinds = map[MeterOperation]lock.EventKind{
	MeterTopUp:        lock.EventMeterTopUpSucceeded,
	MeterSetOverdraft: lock.EventMeterSettingChanged,
	MeterReset:        lock.EventMeterSettingChanged,
	MeterSetCapacity:  lock.EventMeterSettingChanged,
	MeterRead:         lock.EventMeterReading,
	MeterTrip:         lock.EventMeterSwitchedOff,
	MeterClose:        lock.EventMeterSwitchedOn,
	MeterSetCurrent:   lock.EventMeterSettingChanged,
}

// passwordServices are those whose failure is the failure of a password.
var passwordServices = map[ServiceName]bool{
	ServicePasswordAdd: true, ServicePasswordDelete: true, ServicePasswordUpdate: true,
	ServicePasswordFreeze: true, ServicePasswordUnfreeze: true,
}

// eventID is the identity of a happening. A webhook, its redelivery and the history agree on it
// because all of them tell the device, the time in milliseconds and, for an opened door, the id
// of the password. That the vendor's history carries the very time of the callback is not proven.
func eventID(kind lock.EventKind, device lock.DeviceID, at time.Time, more ...string) string {
	return lock.EventID(Vendor, append([]string{string(kind), string(device), strconv.FormatInt(at.UnixMilli(), 10)}, more...)...)
}

// contentID is the identity of a message that tells no time: its bytes, which a redelivery
// repeats.
func contentID(kind lock.EventKind, raw []byte, more ...string) string {
	sum := sha256.Sum256(raw)
	return lock.EventID(Vendor, append([]string{string(kind), hex.EncodeToString(sum[:])}, more...)...)
}

// callbackEvents translates a callback; it has at least one event.
func (c *Client) callbackEvents(msg any) []lock.Event {
	switch m := msg.(type) {
	case *EventNotice:
		return c.noticeEvents(m)
	case *ServiceResult:
		return []lock.Event{c.resultEvent(m)}
	}
	return nil
}

func (c *Client) noticeEvents(n *EventNotice) []lock.Event {
	kind, ok := eventKinds[n.Event]
	if !ok {
		kind = lock.EventVendorUnknown
	}
	base := lock.Event{
		Kind: kind, Vendor: Vendor, Name: string(n.Event), OccurredAt: n.Time, ReceivedAt: c.cfg.Clock.Now(),
		Source: lock.SourceWebhook, Home: lock.HomeID(n.HomeID), Room: roomOf(n.HomeID, n.RoomID),
		Device: c.noticeDevice(n), Native: lock.NewNative(n.Raw(), n),
	}
	one := func(e lock.Event, more ...string) lock.Event {
		if e.Kind == lock.EventVendorUnknown {
			more = append(more, string(n.Event))
		}
		if e.OccurredAt.IsZero() {
			e.ID = contentID(e.Kind, n.Raw(), more...)
		} else {
			e.ID = eventID(e.Kind, e.Device, e.OccurredAt, more...)
		}
		return e
	}
	var several []lock.Event
	switch d := n.Detail.(type) {
	case *BatteryDetail:
		level := d.Level
		if level == nil {
			level = d.Battery
		}
		if level != nil && *level >= 0 {
			base.Data = lock.BatteryLevel{Percent: *level}
		}
	case *PasswordsDetail:
		for _, p := range d.Passwords {
			e := base
			e.Password = passwordID(p.ID)
			several = append(several, one(e, string(e.Password)))
		}
	case *LocalPasswordDetail:
		base.Password = passwordID(d.Password.ID)
		return []lock.Event{one(base, string(base.Password))}
	case *UnlockDetail:
		describeUnlock(&base, d.Source, d.SourceID, d.SourceName)
		return []lock.Event{one(base, string(passwordID(d.SourceID)))}
	case *UnlockHistoryDetail:
		for _, u := range d.Events {
			e := base
			e.OccurredAt, e.Offline = u.Time, true
			if !u.LockTime.IsZero() {
				e.OccurredAt = u.LockTime
			}
			if u.UUID != "" {
				e.Device = lock.DeviceID(u.UUID)
			}
			describeUnlock(&e, u.Source, u.SourceID, u.SourceName)
			several = append(several, one(e, string(passwordID(u.SourceID))))
		}
	case *MeterReadingDetail:
		base.Data = lock.Reading{
			Device: base.Device, At: orTime(d.ConsumeAmountTime, n.Time), Total: d.ConsumeAmount, Left: d.LeftAmount,
			Unit: lock.KilowattHour, Native: base.Native,
		}
	case *MeterReadingsDetail:
		var readings []lock.Reading
		for _, p := range d.Powers {
			readings = append(readings, lock.Reading{
				Device: base.Device, At: p.Time, Total: p.Amount, Unit: lock.KilowattHour, Native: base.Native,
			})
		}
		base.Data = readings
	case *WaterReadingDetail:
		base.Data = lock.Reading{Device: base.Device, At: n.Time, Total: d.Amount, Unit: lock.CubicMetre, Native: base.Native}
	case *DoorSensorDetail:
		switch d.State {
		case "open":
			base.Kind = lock.EventLockDoorOpened
		case "close":
			base.Kind = lock.EventLockDoorClosed
		}
	}
	if n.Event == EventWaterGatewayReplaced && n.OldUUID != "" {
		base.Data = lock.Replacement{Old: lock.DeviceID(n.OldUUID)}
	}
	for i := range n.Histories {
		a := &n.Histories[i]
		e := base
		e.Kind = meterAlarmKinds[a.EventID]
		if e.Kind == "" {
			e.Kind = lock.EventVendorUnknown
		}
		e.OccurredAt, e.Device = a.Time, lock.DeviceID(a.UUID)
		if e.Kind == lock.EventVendorUnknown {
			several = append(several, one(e, strconv.Itoa(int(a.EventID))))
		} else {
			several = append(several, one(e))
		}
	}
	if len(several) > 0 {
		return several
	}
	return []lock.Event{one(base)}
}

// noticeDevice is the device an event is about. Water meters carry their maker in the id.
func (c *Client) noticeDevice(n *EventNotice) lock.DeviceID {
	water := n.Event == EventWaterReading || n.Event == EventWaterCreditExhausted
	if d, ok := n.Detail.(*DeviceDetail); ok && d.Type == DeviceWaterMeter {
		water = true
	}
	if water && n.UUID != "" {
		return c.waterMeter(n.UUID, n.Manufactory).ID()
	}
	return lock.DeviceID(n.UUID)
}

// describeUnlock says how a door was opened. Only passwords are documented as a source.
func describeUnlock(e *lock.Event, source UnlockSource, id int, name string) {
	e.Method = lock.MethodUnknown
	if source == SourcePassword {
		e.Method, e.Password = unlockMethod(id), passwordID(id)
	}
	e.Actor.Name = name
}

// unlockMethod tells the method by the id of the password, §3.3 and §6.14.
func unlockMethod(id int) lock.UnlockMethod {
	switch kindOfPassword(id) {
	case lock.PasswordAdmin:
		return lock.MethodAdminPIN
	case lock.PasswordDynamic:
		return lock.MethodDynamicCode
	case lock.PasswordOffline:
		return lock.MethodOfflineCode
	}
	return lock.MethodPIN
}

func (c *Client) resultEvent(r *ServiceResult) lock.Event {
	e := lock.Event{
		Vendor: Vendor, Name: string(r.Service), OccurredAt: r.Time, ReceivedAt: c.cfg.Clock.Now(), Source: lock.SourceWebhook,
		Home: lock.HomeID(r.HomeID), Room: roomOf(r.HomeID, r.RoomID), Device: lock.DeviceID(r.UUID), Operation: r.ServiceID,
		Native: lock.NewNative(r.Raw(), r),
	}
	if passwordServices[r.Service] {
		e.Password = lock.PasswordID(r.Result.ID)
		if e.Password == "" {
			e.Password = lock.PasswordID(r.Result.PasswordID)
		}
	}
	e.Kind = serviceKinds[r.Service]
	if r.Service == ServiceMeterControl {
		e.Kind = controlKinds[r.Result.OperationType]
	}
	if e.Kind == "" {
		e.Kind = lock.EventOperationSucceeded
	}
	if r.Result.ErrNo == "" && r.Result.ID == "" && r.Result.OperationType == 0 {
		e.Kind = lock.EventOperationUnknown // a result of a shape nobody has seen
	}
	unit := lock.KilowattHour
	if r.Service == ServiceWaterRead {
		e.Device, unit = c.waterMeter(r.UUID, "").ID(), lock.CubicMetre
	}
	err := r.Err()
	if err == nil {
		switch e.Kind {
		case lock.EventMeterReading:
			if r.Result.ConsumeAmount != nil {
				e.Data = lock.Reading{Device: e.Device, At: r.Time, Total: *r.Result.ConsumeAmount, Unit: unit, Native: e.Native}
			} else { // it was read; what it shows has to be asked for
				e.Kind = lock.EventOperationSucceeded
			}
		case lock.EventMeterTopUpSucceeded:
			e.Data = lock.Receipt{
				Serial: r.ServiceID, Device: e.Device, State: lock.TopUpSucceeded, Amount: r.Result.Amount,
				Total: r.Result.TotalAmount, At: r.Time, Native: e.Native,
			}
		}
	} else {
		e.Data = lock.Failure{Err: err}
		switch {
		case lock.KindOf(err) == lock.ErrPartial: // 5102: done on the device, so the kind of success stays
		case lock.KindOf(err) == lock.ErrDeviceTimeout:
			e.Kind = lock.EventOperationTimedOut
		case e.Kind == lock.EventMeterTopUpSucceeded:
			e.Kind = lock.EventMeterTopUpFailed
		case passwordServices[r.Service]:
			e.Kind = lock.EventPasswordFailed
		default:
			e.Kind = lock.EventOperationFailed
		}
	}
	if r.ServiceID == "" {
		e.ID = contentID("service", r.Raw())
	} else {
		e.ID = lock.EventID(Vendor, "service", string(r.Service), r.ServiceID)
	}
	return e
}

// roomOf is the room of a device: the vendor repeats the home's id for gateways and outer doors.
func roomOf(home, room string) lock.RoomID {
	if room == home {
		return ""
	}
	return lock.RoomID(room)
}

func orTime(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}
