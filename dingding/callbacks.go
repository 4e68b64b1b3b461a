package dingding

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// EventName is the vendor's name of an event, §8, §12 and §16.
type EventName string

// The events of the document. What stands in EventNotice.Detail is said behind each; nothing if
// nothing is said.
const (
	EventBatteryLow            EventName = "batteryAlarm"            // *BatteryDetail; at 10 %, at 7 %, then daily below 5 %
	EventBatteryRecovered      EventName = "clearBatteryAlarm"       // *BatteryDetail
	EventTampered              EventName = "brokenAlarm"             //
	EventWrongPassword         EventName = "wrongPwdAlarm"           // after three wrong codes (§17.1 says five)
	EventAdminPasswordSynced   EventName = "pwdSync"                 // *PasswordsDetail, codes included
	EventLocalPasswordAdded    EventName = "pwdAddLocal"             // *LocalPasswordDetail, code included
	EventLocalPasswordUpdated  EventName = "pwdUpdateLocal"          // *LocalPasswordDetail, code included
	EventLocalPasswordDeleted  EventName = "pwdDelLocal"             // *LocalPasswordDetail
	EventUnlocked              EventName = "lockerOpenAlarm"         // *UnlockDetail
	EventGatewayOffline        EventName = "centerOfflineAlarm"      // *SubdevicesDetail
	EventGatewayOnline         EventName = "clearCenterOfflineAlarm" // *SubdevicesDetail
	EventDeviceOffline         EventName = "lockOfflineAlarm"        // *SubdevicesDetail; also collectors and zigbee meters
	EventDeviceOnline          EventName = "clearLockOfflineAlarm"   // *SubdevicesDetail; also collectors and zigbee meters
	EventBatteryReported       EventName = "batteryAsync"            // *BatteryDetail
	EventInstallationSubmitted EventName = "installerSubmit"         // *InstallationDetail; TicketID
	EventDeviceBound           EventName = "deviceInstall"           // *DeviceDetail
	EventDeviceUnbound         EventName = "deviceUninstall"         // *DeviceDetail

	EventMeterReading         EventName = "elemeterPowerAsync"       // *MeterReadingDetail
	EventMeterHistory         EventName = "elemeterHistory"          // Histories, for many meters at once
	EventMeterCreditExhausted EventName = "elemeterOvercomeAmount"   // *MeterLimitDetail
	EventMeterOverPower       EventName = "elemeterOvercomeCapacity" // *MeterLimitDetail
	EventMeterClosedLocally   EventName = "elemeterLocalClose"       //
	EventMeterCommError       EventName = "elemeterTransError"       //
	EventMeterReadingHistory  EventName = "elemeterPowerHisAsync"    // *MeterReadingsDetail

	EventWaterGatewayReplaced EventName = "deviceReplace"            // *DeviceDetail; OldUUID
	EventWaterGatewayOffline  EventName = "waterGatewayOfflineAlarm" //
	EventWaterGatewayOnline   EventName = "waterGatewayOnlineAlarm"  //
	EventWaterReading         EventName = "watermeterAmountAsync"    // *WaterReadingDetail
)

// Events that are not in the document; public client code handles them.
const (
	EventMeterCreditLow        EventName = "elemeterOvercomeAmountWarn"
	EventMeterWrongAmount      EventName = "elemeterWrongAmountWarn"
	EventMeterOverCurrent      EventName = "elemeterOvercomeCurrent" // *MeterLimitDetail
	EventMeterTripped          EventName = "elemeterRemoteOpen"
	EventMeterClosed           EventName = "elemeterRemoteClose"
	EventMeterCommRestored     EventName = "elemeterTransNormal"
	EventMeterSyncFailed       EventName = "elemeterSynFailed"
	EventMeterSyncSucceeded    EventName = "elemeterSynSucceed"
	EventWaterCreditExhausted  EventName = "watermeterOvercomeAmount"
	EventFingerprintTampered   EventName = "fpBrokenAlarm"
	EventWrongFingerprint      EventName = "wrongFpAlarm"
	EventUnlockHistory         EventName = "lockOpenHistoryAlarm" // *UnlockHistoryDetail: openings reported later
	EventLockReset             EventName = "lockerReset"          // every code on the lock is gone
	EventBluetoothReset        EventName = "bleReset"
	EventClockFault            EventName = "rtcError"
	EventClockHardwareFault    EventName = "hwRTCAlarm"
	EventLEDFault              EventName = "hwLEDAlarm"
	EventFingerprintFault      EventName = "hwFpAlarm"
	EventTouchFault            EventName = "hwTouchAlarm"
	EventRenterCodesCleared    EventName = "clearRenterAuthenCode"
	EventCommonCodesCleared    EventName = "clearAllCommonAuthenCode"
	EventDoorSensor            EventName = "doorSensorOpen" // *DoorSensorDetail
	EventVoiceDownloadFinished EventName = "voiceDownloadFinish"
)

// ServiceName is the vendor's name of an operation whose result is called back, §9 and §13.
type ServiceName string

// The services of the document.
const (
	ServicePasswordAdd      ServiceName = "Password_Add_Service"
	ServicePasswordDelete   ServiceName = "Password_Delete_Service"
	ServicePasswordUpdate   ServiceName = "Password_Update_Service"
	ServicePasswordFreeze   ServiceName = "Password_Frozen_Service"
	ServicePasswordUnfreeze ServiceName = "Password_Unfrozen_Service"
	ServiceMeterControl     ServiceName = "Elemeter_Control_Service"
	ServiceMeterRead        ServiceName = "Elemeter_Passthrough_Service"
)

// Services that are not in the document; public client code handles them. Zmeter is a zigbee
// meter.
const (
	ServiceMeterSync         ServiceName = "Elemeter_Syn_Service"
	ServiceZigbeeCharge      ServiceName = "Zmeter_Charge_Service"
	ServiceZigbeeReset       ServiceName = "Zmeter_Reset_Service"
	ServiceZigbeeCapacity    ServiceName = "Zmeter_Capacity_Service"
	ServiceZigbeeCurrent     ServiceName = "Zmeter_Current_Service"
	ServiceZigbeeOpen        ServiceName = "Zmeter_Open_Service" // trips the breaker
	ServiceZigbeeClose       ServiceName = "Zmeter_Close_Service"
	ServiceZigbeeRead        ServiceName = "Zmeter_Read_Service"
	ServiceZigbeeSync        ServiceName = "Zmeter_Syn_Service"
	ServiceWaterRead         ServiceName = "Watermeter_Read_Service"
	ServiceBluetoothAdd      ServiceName = "BLE_Add_Service"
	ServiceBluetoothDelete   ServiceName = "BLE_Delete_Service"
	ServiceFingerprintDelete ServiceName = "Fingerprint_Delete_Service"
	ServiceSubdeviceAdd      ServiceName = "AddSubdevice_Service"
	ServiceBind              ServiceName = "Bind_Service"
	ServicePasswordSeed      ServiceName = "PwdSeed_Service"
)

// EventNotice is an event the vendor calls back, §8.1, §12.1 and §16.1.
type EventNotice struct {
	Event         EventName             `json:"event"`
	Time          time.Time             `json:"time"` // ms; zero where the vendor sends 0
	UUID          string                `json:"uuid"`
	HomeID        string                `json:"home_id"`
	RoomID        string                `json:"room_id"` // "" for an outer door
	Nickname      string                `json:"nickname"`
	Manufactory   string                `json:"manufactory"` // of water devices
	MeterType     WaterType             `json:"meter_type"`
	CenterUUID    string                `json:"center_uuid"`
	CollectorUUID string                `json:"elecollector_uuid"`
	GatewayUUID   string                `json:"gateway_uuid"`
	OldUUID       string                `json:"old_uuid"`
	TicketID      string                `json:"ticket_id"`
	Histories     wire.List[MeterAlarm] `json:"histories"`
	Detail        any                   `json:"-"` // see the event's constant; nil if there is none or it has another shape
	wire.Kept     `json:"-"`
}

// BatteryDetail is a battery level in percent.
type BatteryDetail struct {
	Level   *int `json:"battery_level"` // of alarms
	Battery *int `json:"battery"`       // of batteryAsync
}

// SyncedPassword is a code that was set at the lock.
type SyncedPassword struct {
	ID       int         `json:"id"`
	Password lock.Secret `json:"password"` // may be obfuscated
}

// PasswordsDetail belongs to pwdSync.
type PasswordsDetail struct {
	Passwords wire.List[SyncedPassword] `json:"passwords"`
}

// LocalPasswordDetail belongs to pwdAddLocal, pwdUpdateLocal and pwdDelLocal.
type LocalPasswordDetail struct {
	Password SyncedPassword `json:"password"`
}

// UnlockDetail belongs to lockerOpenAlarm. SourceID is the id of the password when Source is
// SourcePassword.
type UnlockDetail struct {
	EventID     LockEventID  `json:"eventid"`
	Source      UnlockSource `json:"source"`
	SourceID    int          `json:"sourceid"`
	SourceName  string       `json:"source_name"`
	Notify      int          `json:"notify"`
	AudioPlayed int          `json:"audio_played"`
	Stream      wire.Raw     `json:"stream"` // of another form of the event, undocumented
}

// UnlockHistoryDetail belongs to lockOpenHistoryAlarm.
type UnlockHistoryDetail struct {
	Events wire.List[PastUnlock] `json:"events"`
}

// PastUnlock is an opening that the lock reported later.
type PastUnlock struct {
	UserID     string       `json:"userid"`
	UUID       string       `json:"uuid"`
	Time       time.Time    `json:"time"`
	LockTime   time.Time    `json:"lock_time"` // by the lock's own clock
	EventID    LockEventID  `json:"eventid"`
	Source     UnlockSource `json:"source"`
	SourceID   int          `json:"sourceid"`
	SourceName string       `json:"source_name"`
}

// SubdevicesDetail lists the devices behind a gateway or collector that went off or on with it.
type SubdevicesDetail struct {
	Subdevices wire.List[string] `json:"subdevices"`
}

// InstallationDetail belongs to installerSubmit.
type InstallationDetail struct {
	State       HomeState `json:"sp_state"`
	OriginState int       `json:"origin_state"`
	ToState     int       `json:"to_state"`
	PublicAuth  bool      `json:"public_auth"`
}

// DeviceDetail belongs to deviceInstall, deviceUninstall and deviceReplace.
type DeviceDetail struct {
	Type   DeviceType       `json:"type"`
	Amount *decimal.Decimal `json:"amount"` // counter of a new water meter, m³
}

// MeterReadingDetail belongs to elemeterPowerAsync.
type MeterReadingDetail struct {
	ConsumeAmount     decimal.Decimal        `json:"consume_amount"` // the counter, kWh
	ConsumeAmountTime time.Time              `json:"consume_amount_time"`
	LeftAmount        *decimal.Decimal       `json:"left_amount"` // credit left, kWh
	GroupAmounts      wire.List[GroupAmount] `json:"group_amounts"`
}

// GroupAmount is the counter of one meter of a group.
type GroupAmount struct {
	DevID  string          `json:"devid"`
	Amount decimal.Decimal `json:"amount"`
}

// MeterLimitDetail belongs to the events of a limit that was passed; one of its fields is set.
type MeterLimitDetail struct {
	Amount   *decimal.Decimal `json:"amount"`   // kWh
	Capacity *decimal.Decimal `json:"capacity"` // kW
	Current  *decimal.Decimal `json:"current"`  // A
}

// MeterAlarm is one entry of elemeterHistory.
type MeterAlarm struct {
	UUID      string           `json:"uuid"` // of the meter
	DevID     string           `json:"devid"`
	Time      time.Time        `json:"time"`
	EventID   MeterAlarmID     `json:"eventid"`
	Amount    *decimal.Decimal `json:"amount"`
	Capacity  *decimal.Decimal `json:"capacity"`
	wire.Kept `json:"-"`
}

// MeterAlarmID says what a MeterAlarm is about. 1 and 2 are in the document.
type MeterAlarmID int

// The alarms.
const (
	MeterAlarmOverPower       MeterAlarmID = 1
	MeterAlarmCreditExhausted MeterAlarmID = 2
	MeterAlarmClosedLocally   MeterAlarmID = 3
	MeterAlarmTripped         MeterAlarmID = 5
	MeterAlarmClosed          MeterAlarmID = 6
	MeterAlarmOverCurrent     MeterAlarmID = 7
	MeterAlarmOffline         MeterAlarmID = 8
	MeterAlarmOnline          MeterAlarmID = 9
	MeterAlarmCreditLow       MeterAlarmID = 10
)

// MeterReadingsDetail belongs to elemeterPowerHisAsync.
type MeterReadingsDetail struct {
	Powers wire.List[PastReading] `json:"powers"`
}

// PastReading is a counter's value in the past.
type PastReading struct {
	SN     string          `json:"sn"`
	Time   time.Time       `json:"time"`
	Amount decimal.Decimal `json:"amount"` // kWh
}

// WaterReadingDetail belongs to watermeterAmountAsync.
type WaterReadingDetail struct {
	Amount decimal.Decimal `json:"amount"` // the counter, m³
}

// DoorSensorDetail belongs to doorSensorOpen.
type DoorSensorDetail struct {
	State string `json:"state"` // "open" or "close"
}

// ServiceResult is the result of an operation the vendor calls back, §9.1 and §13.1.
type ServiceResult struct {
	Service   ServiceName `json:"service"`
	ServiceID string      `json:"serviceid"` // as the reply to the command gave it
	UUID      string      `json:"uuid"`
	HomeID    string      `json:"home_id"`
	RoomID    string      `json:"room_id"`
	Time      time.Time   `json:"time"` // ms; zero where the vendor leaves it out
	Result    Result      `json:"result"`
	wire.Kept `json:"-"`
}

// Result is what the device answered. Success is "1000" here, not "0" as in replies.
type Result struct {
	ErrNo         string           `json:"ErrNo"`
	ErrMsg        string           `json:"ErrMsg"`
	ID            string           `json:"id"`         // of the password, or the uuid of the meter
	PasswordID    string           `json:"passwordid"` // of the password, where the vendor repeats it
	OperationType MeterOperation   `json:"operation_type"`
	Amount        *decimal.Decimal `json:"amount"`         // top-up: kWh credited
	TotalAmount   *decimal.Decimal `json:"total_amount"`   // top-up: kWh credited since installation
	Overdraft     *decimal.Decimal `json:"overdraft"`      // kWh
	Capacity      *decimal.Decimal `json:"capacity"`       // kW
	ConsumeAmount *decimal.Decimal `json:"consume_amount"` // reading: the counter, kWh
}

// Err returns what the device refused or failed at, nil for success. 5102 is ErrPartial: the
// device has done it although the vendor's record failed.
func (r *ServiceResult) Err() error {
	return resultError("", lock.DeviceID(r.UUID), r.Result.ErrNo)
}

// details says which struct the detail of an event is decoded into.
func (n EventName) details() any {
	switch n {
	case EventBatteryLow, EventBatteryRecovered, EventBatteryReported:
		return new(BatteryDetail)
	case EventAdminPasswordSynced:
		return new(PasswordsDetail)
	case EventLocalPasswordAdded, EventLocalPasswordUpdated, EventLocalPasswordDeleted:
		return new(LocalPasswordDetail)
	case EventUnlocked:
		return new(UnlockDetail)
	case EventUnlockHistory:
		return new(UnlockHistoryDetail)
	case EventGatewayOffline, EventGatewayOnline, EventDeviceOffline, EventDeviceOnline:
		return new(SubdevicesDetail)
	case EventInstallationSubmitted:
		return new(InstallationDetail)
	case EventDeviceBound, EventDeviceUnbound, EventWaterGatewayReplaced:
		return new(DeviceDetail)
	case EventMeterReading:
		return new(MeterReadingDetail)
	case EventMeterCreditExhausted, EventMeterOverPower, EventMeterOverCurrent:
		return new(MeterLimitDetail)
	case EventMeterReadingHistory:
		return new(MeterReadingsDetail)
	case EventWaterReading:
		return new(WaterReadingDetail)
	case EventDoorSensor:
		return new(DoorSensorDetail)
	}
	return nil
}

// spellings are names the vendor writes in more than one way; the right side is ours.
var spellings = map[EventName]EventName{
	"clearBattryAlarm": EventBatteryRecovered, // §8.1 spells it so
	"installSubmit":    EventInstallationSubmitted,
}

// spelled is the name as we write it.
func (n EventName) spelled() EventName {
	n = EventName(strings.TrimSpace(string(n)))
	if ours, ok := spellings[n]; ok {
		return ours
	}
	return n
}

// ParseCallback decodes the body of a callback whose signature has been checked. It returns an
// *EventNotice or a *ServiceResult. Events and services that are not known here come through with
// their names and bytes; a body that is neither is ErrProtocol.
func ParseCallback(body []byte) (any, error) {
	// A guess saves the pass over the body that finds out. It is checked, so a wrong one only costs time.
	if bytes.Contains(body, []byte(`"service"`)) {
		if r, ok := decodeService(body); ok {
			return r, nil
		}
	} else if n, ok := decodeEvent(body); ok {
		return n, nil
	}
	var kind struct {
		Event   string `json:"event"`
		Service string `json:"service"`
	}
	if err := wire.Unmarshal(body, &kind); err != nil {
		return nil, callbackError(lock.ErrProtocol, err)
	}
	kind.Event, kind.Service = strings.TrimSpace(kind.Event), strings.TrimSpace(kind.Service)
	switch {
	case kind.Event != "":
		if n, ok := decodeEvent(body); ok {
			return n, nil
		}
		// Some field has a shape nobody has seen. The vendor would only send it again: keep what
		// can be read, and the bytes.
		n := &EventNotice{Event: EventName(kind.Event).spelled()}
		n.KeepRaw(body)
		return n, nil
	case kind.Service != "":
		if r, ok := decodeService(body); ok {
			return r, nil
		}
		r := &ServiceResult{Service: ServiceName(kind.Service)} // as above
		r.KeepRaw(body)
		return r, nil
	}
	return nil, callbackError(lock.ErrProtocol, errors.New("the callback names neither an event nor a service"))
}

// decodeEvent decodes body if it names an event.
func decodeEvent(body []byte) (*EventNotice, bool) {
	var in struct {
		*EventNotice `json:",embed"`
		RawDetail    wire.Raw `json:"detail"`
	}
	if wire.Unmarshal(body, &in) != nil || in.EventNotice == nil {
		return nil, false
	}
	n := in.EventNotice
	if n.Event = n.Event.spelled(); n.Event == "" {
		return nil, false
	}
	// A detail of another shape is no reason to lose the event: Raw has it.
	if d := n.Event.details(); d != nil && in.RawDetail.Kind() == '{' && wire.Unmarshal(in.RawDetail, d) == nil {
		n.Detail = d
	}
	n.KeepRaw(body)
	return n, true
}

// decodeService decodes body if it names a service, and no event.
func decodeService(body []byte) (*ServiceResult, bool) {
	var in struct {
		*ServiceResult `json:",embed"`
		Event          string `json:"event"`
	}
	if wire.Unmarshal(body, &in) != nil || in.ServiceResult == nil || strings.TrimSpace(in.Event) != "" {
		return nil, false
	}
	r := in.ServiceResult
	if r.Service = ServiceName(strings.TrimSpace(string(r.Service))); r.Service == "" {
		return nil, false
	}
	r.KeepRaw(body)
	return r, true
}
