package dingding

import (
	"net/url"
	"strconv"
)

// word names a number, or shows it when it has no name.
func word[T ~int](v T, names map[T]string) string {
	if name, ok := names[v]; ok {
		return name
	}
	return strconv.Itoa(int(v))
}

// HomeType says how a landlord's homes lie (§5.1).
type HomeType int

// The types of home.
const (
	HomeDispersed   HomeType = 1 // single flats across town (分散式)
	HomeCentralized HomeType = 2 // a whole building (集中式)
)

var homeTypeNames = map[HomeType]string{
	HomeDispersed:   "dispersed",
	HomeCentralized: "centralized",
}

// String names the value, or shows its number.
func (v HomeType) String() string { return word(v, homeTypeNames) }

// HomeState is how far a home has come (sp_state, §5.2).
type HomeState int

// The states of a home.
const (
	HomeNotInstalled HomeState = 1 // 未安装
	HomeManageable   HomeState = 2 // 可管理: its installation was accepted
)

var homeStateNames = map[HomeState]string{
	HomeNotInstalled: "not installed",
	HomeManageable:   "manageable",
}

// String names the value, or shows its number.
func (v HomeState) String() string { return word(v, homeStateNames) }

// InstallState is how far the installation of a home has come (install_state). It is not in the
// document; the values were seen in a public client.
type InstallState int

// The states of an installation.
const (
	InstallAssigned   InstallState = 3
	InstallUnassigned InstallState = 4
	InstallDone       InstallState = 5
)

var installStateNames = map[InstallState]string{
	InstallAssigned:   "assigned",
	InstallUnassigned: "unassigned",
	InstallDone:       "done",
}

// String names the value, or shows its number.
func (v InstallState) String() string { return word(v, installStateNames) }

// DeviceKind says what a device is, in the vendor's words. There are two vocabularies: KindHomeLock
// and KindRoomLock in §5.4 and §5.5, KindLock for both in §5.10 and §5.11.
type DeviceKind string

// The kinds of device.
const (
	KindGateway        DeviceKind = "gateway"
	KindHomeLock       DeviceKind = "home_lock" // 外门锁, the outer door
	KindRoomLock       DeviceKind = "room_lock" // 内门锁
	KindLock           DeviceKind = "lock"
	KindMeter          DeviceKind = "elemeter"
	KindCollector      DeviceKind = "eleccollector" // the document's spelling
	KindCollectorShort DeviceKind = "elecollector"  // the spelling of every other name with a collector in it
	KindWaterGateway   DeviceKind = "water_gateway"
	KindWaterMeter     DeviceKind = "watermeter"
)

// String returns the vendor's word.
func (v DeviceKind) String() string { return string(v) }

// DeviceType says what a device is, in the events of its binding (detail.type, §8.2.11, §16.2).
type DeviceType int

// The types of device.
const (
	DeviceGateway      DeviceType = 1
	DeviceLock         DeviceType = 4
	DeviceMeter        DeviceType = 5
	DeviceCollector    DeviceType = 6
	DeviceWaterGateway DeviceType = 7
	DeviceWaterMeter   DeviceType = 8
)

var deviceTypeNames = map[DeviceType]string{
	DeviceGateway:      "gateway",
	DeviceLock:         "lock",
	DeviceMeter:        "electricity meter",
	DeviceCollector:    "collector",
	DeviceWaterGateway: "water gateway",
	DeviceWaterMeter:   "water meter",
}

// String names the value, or shows its number.
func (v DeviceType) String() string { return word(v, deviceTypeNames) }

// SignalTarget says which devices of a home RefreshSignal is about (§11.22).
type SignalTarget string

// The targets of RefreshSignal.
const (
	SignalAll        SignalTarget = "-1" // the default
	SignalLocks      SignalTarget = "4"
	SignalMeters     SignalTarget = "5"
	SignalCollectors SignalTarget = "6"
)

var signalTargetNames = map[SignalTarget]string{
	SignalAll:        "all",
	SignalLocks:      "locks",
	SignalMeters:     "Zigbee meters",
	SignalCollectors: "collectors",
}

// String names the value, or shows it as it is.
func (v SignalTarget) String() string {
	if name, ok := signalTargetNames[v]; ok {
		return name
	}
	return string(v)
}

// LineState says whether a device is online (onoff_line, onoff).
type LineState int

// The line states.
const (
	Online  LineState = 1
	Offline LineState = 2
)

var lineStateNames = map[LineState]string{
	Online:  "online",
	Offline: "offline",
}

// String names the value, or shows its number.
func (v LineState) String() string { return word(v, lineStateNames) }

// PasswordRole tells the administrator code from the others (is_default, §6.7).
type PasswordRole int

// The roles of a password.
const (
	PasswordNormal PasswordRole = 0
	PasswordAdmin  PasswordRole = 1 // one on every lock; it can be changed, not deleted or frozen
)

var passwordRoleNames = map[PasswordRole]string{
	PasswordNormal: "normal",
	PasswordAdmin:  "administrator",
}

// String names the value, or shows its number.
func (v PasswordRole) String() string { return word(v, passwordRoleNames) }

// PasswordState is what the vendor knows of a password at the lock (pwd_state, §6.4).
type PasswordState int

// The states of a password.
const (
	PasswordInitial PasswordState = 1 // 初始状态
	PasswordActive  PasswordState = 2 // 已生效; only this one opens
	PasswordPending PasswordState = 3 // 将生效: its window begins later
	PasswordExpired PasswordState = 4 // 已过期
	PasswordFrozen  PasswordState = 5 // 已冻结
)

var passwordStateNames = map[PasswordState]string{
	PasswordInitial: "initial",
	PasswordActive:  "active",
	PasswordPending: "pending",
	PasswordExpired: "expired",
	PasswordFrozen:  "frozen",
}

// String names the value, or shows its number.
func (v PasswordState) String() string { return word(v, passwordStateNames) }

// PasswordOperation is what is or was being done to a password (operation, §6.4).
type PasswordOperation int

// The operations on a password.
const (
	OpAdd      PasswordOperation = 1
	OpDelete   PasswordOperation = 2
	OpUpdate   PasswordOperation = 3
	OpFreeze   PasswordOperation = 4
	OpUnfreeze PasswordOperation = 5
)

var passwordOperationNames = map[PasswordOperation]string{
	OpAdd:      "add",
	OpDelete:   "delete",
	OpUpdate:   "update",
	OpFreeze:   "freeze",
	OpUnfreeze: "unfreeze",
}

// String names the value, or shows its number.
func (v PasswordOperation) String() string { return word(v, passwordOperationNames) }

// Stage is how far an operation has come (operation_stage, charge_stage and other *_stage).
type Stage int

// The stages of an operation.
const (
	StageRunning Stage = 1 // waiting for the device
	StageFailed  Stage = 2
	StageDone    Stage = 3
)

var stageNames = map[Stage]string{
	StageRunning: "running",
	StageFailed:  "failed",
	StageDone:    "done",
}

// String names the value, or shows its number.
func (v Stage) String() string { return word(v, stageNames) }

// PermissionState says whether a password is inside its window (permission_state, §6.4).
type PermissionState int

// The states of a permission.
const (
	PermissionNormal     PermissionState = 1
	PermissionOutOfRange PermissionState = 2 // 有效期外
)

var permissionStateNames = map[PermissionState]string{
	PermissionNormal:     "normal",
	PermissionOutOfRange: "outside its window",
}

// String names the value, or shows its number.
func (v PermissionState) String() string { return word(v, permissionStateNames) }

// PermissionStatus says whether a password or authorization has a window (permission.status, §6.4,
// §14.1).
type PermissionStatus int

// The kinds of permission.
const (
	PermissionPermanent PermissionStatus = 1
	PermissionTimed     PermissionStatus = 2
)

var permissionStatusNames = map[PermissionStatus]string{
	PermissionPermanent: "permanent",
	PermissionTimed:     "timed",
}

// String names the value, or shows its number.
func (v PermissionStatus) String() string { return word(v, permissionStatusNames) }

// LockEventID says what happened at a lock (eventid, §6.12).
type LockEventID int

// The events of a lock's history.
const (
	LockEventOpen LockEventID = 1
)

var lockEventIDNames = map[LockEventID]string{
	LockEventOpen: "open",
}

// String names the value, or shows its number.
func (v LockEventID) String() string { return word(v, lockEventIDNames) }

// UnlockSource says how a lock was opened (source, §6.12). Only one value is documented.
type UnlockSource int

// The ways to open a lock.
const (
	SourcePassword UnlockSource = 2
)

var unlockSourceNames = map[UnlockSource]string{
	SourcePassword: "password",
}

// String names the value, or shows its number.
func (v UnlockSource) String() string { return word(v, unlockSourceNames) }

// ActivationKind says whom an activation code is for (CMD, §6.14).
type ActivationKind int

// The kinds of activation code.
const (
	ActivationTenant ActivationKind = 1
	ActivationStaff  ActivationKind = 2
	ActivationAdmin  ActivationKind = 3 // it has no end, and replaces the administrator's code when typed
)

var activationKindNames = map[ActivationKind]string{
	ActivationTenant: "tenant",
	ActivationStaff:  "staff",
	ActivationAdmin:  "administrator",
}

// String names the value, or shows its number.
func (v ActivationKind) String() string { return word(v, activationKindNames) }

// OpID says what was done, in the operation log (op_id, §7.2).
type OpID string

// The operations in the log.
const (
	OpIDSendPassword         OpID = "20001" // 发放密码
	OpIDDeletePassword       OpID = "20003" // 删除密码
	OpIDUpdatePassword       OpID = "20004" // 修改密码
	OpIDFreezePassword       OpID = "20006" // 冻结密码
	OpIDUnfreezePassword     OpID = "20007" // 解冻密码
	OpIDViewDynamicPassword  OpID = "20008" // 查看动态密码
	OpIDResetAdminPassword   OpID = "20009" // 重置管理员密码
	OpIDViewAdminPassword    OpID = "20010" // 查看管理员密码
	OpIDAddActivationCode    OpID = "20011" // 下发激活码
	OpIDUpdateActivationCode OpID = "20012" // 修改激活码
	OpIDDeleteActivationCode OpID = "20013" // 删除激活码
	OpIDChargeMeter          OpID = "20100" // 电费充值
	OpIDSetOverdraft         OpID = "20101" // 设置透支额度
	OpIDResetMeter           OpID = "20102" // 电表清零
	OpIDSetCapacity          OpID = "20103" // 设置最大功率
	OpIDReadMeter            OpID = "20104" // 读取电表
	OpIDSwitchMeterOn        OpID = "20105" // 设置电表合闸
	OpIDSwitchMeterOff       OpID = "20106" // 设置电表跳闸
)

var opIDNames = map[OpID]string{
	OpIDSendPassword:         "send password",
	OpIDDeletePassword:       "delete password",
	OpIDUpdatePassword:       "update password",
	OpIDFreezePassword:       "freeze password",
	OpIDUnfreezePassword:     "unfreeze password",
	OpIDViewDynamicPassword:  "view dynamic password",
	OpIDResetAdminPassword:   "reset administrator password",
	OpIDViewAdminPassword:    "view administrator password",
	OpIDAddActivationCode:    "add activation code",
	OpIDUpdateActivationCode: "update activation code",
	OpIDDeleteActivationCode: "delete activation code",
	OpIDChargeMeter:          "charge meter",
	OpIDSetOverdraft:         "set overdraft",
	OpIDResetMeter:           "reset meter",
	OpIDSetCapacity:          "set maximum power",
	OpIDReadMeter:            "read meter",
	OpIDSwitchMeterOn:        "switch meter on",
	OpIDSwitchMeterOff:       "switch meter off",
}

// String names the value, or shows it as it is.
func (v OpID) String() string {
	if name, ok := opIDNames[v]; ok {
		return name
	}
	return string(v)
}

// EncodeValues puts the id into a query; String, which would be used otherwise, is for people.
func (v OpID) EncodeValues(key string, q *url.Values) error {
	q.Set(key, string(v))
	return nil
}

// TicketTarget says what a work order is about (service_target, §10.1).
type TicketTarget int

// The targets of a work order.
const (
	TargetGateway TicketTarget = 1
	TargetLock    TicketTarget = 2
	TargetMeter   TicketTarget = 3
)

var ticketTargetNames = map[TicketTarget]string{
	TargetGateway: "gateway",
	TargetLock:    "lock",
	TargetMeter:   "electricity meter",
}

// String names the value, or shows its number.
func (v TicketTarget) String() string { return word(v, ticketTargetNames) }

// TicketType says what is to be done (service_type, §10.1).
type TicketType int

// The types of work order.
const (
	TicketInstall TicketType = 1 // 预约安装
	TicketRepair  TicketType = 2 // 售后维修
)

var ticketTypeNames = map[TicketType]string{
	TicketInstall: "installation",
	TicketRepair:  "repair",
}

// String names the value, or shows its number.
func (v TicketType) String() string { return word(v, ticketTypeNames) }

// EncodeValues puts the number into a query; String, which would be used otherwise, is for people.
func (v TicketType) EncodeValues(key string, q *url.Values) error {
	q.Set(key, strconv.Itoa(int(v)))
	return nil
}

// TicketState is how far a work order has come (ticket_state, §10.4).
type TicketState int

// The states of a work order.
const (
	TicketPending    TicketState = 1 // 待处理
	TicketUnassigned TicketState = 2 // 待分配; only now can it be changed
	TicketAssigned   TicketState = 3 // 已分配
	TicketDone       TicketState = 4 // 已完成
	TicketClosed     TicketState = 5 // 已关闭
)

var ticketStateNames = map[TicketState]string{
	TicketPending:    "pending",
	TicketUnassigned: "unassigned",
	TicketAssigned:   "assigned",
	TicketDone:       "done",
	TicketClosed:     "closed",
}

// String names the value, or shows its number.
func (v TicketState) String() string { return word(v, ticketStateNames) }

// VisitTime is the part of the day of a visit (subscribe.time, §10.1). It may also be a timestamp in
// text, whose unit is not documented.
type VisitTime string

// The parts of the day.
const (
	VisitAllDay    VisitTime = "100" // 全天
	VisitMorning   VisitTime = "101" // 上午
	VisitAfternoon VisitTime = "102" // 下午
	VisitEvening   VisitTime = "103" // 晚上
)

var visitTimeNames = map[VisitTime]string{
	VisitAllDay:    "all day",
	VisitMorning:   "morning",
	VisitAfternoon: "afternoon",
	VisitEvening:   "evening",
}

// String names the value, or shows it as it is.
func (v VisitTime) String() string {
	if name, ok := visitTimeNames[v]; ok {
		return name
	}
	return string(v)
}

// BreakerState says whether power flows (enable_state, §11.1).
type BreakerState int

// The states of a breaker.
const (
	BreakerUnknown BreakerState = -1
	BreakerClosed  BreakerState = 1 // 合闸: power flows
	BreakerOpen    BreakerState = 2 // 跳闸: no power flows
)

var breakerStateNames = map[BreakerState]string{
	BreakerUnknown: "unknown",
	BreakerClosed:  "closed",
	BreakerOpen:    "open",
}

// String names the value, or shows its number.
func (v BreakerState) String() string { return word(v, breakerStateNames) }

// CommState says whether a meter can be reached (trans_status, §11.1).
type CommState int

// The states of a meter's line.
const (
	CommUnknown CommState = -1
	CommOK      CommState = 1
	CommFailed  CommState = 2
)

var commStateNames = map[CommState]string{
	CommUnknown: "unknown",
	CommOK:      "ok",
	CommFailed:  "failed",
}

// String names the value, or shows its number.
func (v CommState) String() string { return word(v, commStateNames) }

// MeterOperation is what is or was being done to a meter (operation, §11.1; operation_type, §13.2).
type MeterOperation int

// The operations on a meter.
const (
	MeterTopUp        MeterOperation = 1
	MeterSetOverdraft MeterOperation = 2
	MeterReset        MeterOperation = 3
	MeterSetCapacity  MeterOperation = 4
	MeterRead         MeterOperation = 5
	MeterTrip         MeterOperation = 6 // 跳闸; §11.1 prints 开闸
	MeterClose        MeterOperation = 7 // 合闸
	MeterTopUp8       MeterOperation = 8 // printed as a second "charge" in §11.1; what it is, is not known
	MeterSetCurrent   MeterOperation = 9 // not in the document, but seen
)

var meterOperationNames = map[MeterOperation]string{
	MeterTopUp:        "charge",
	MeterSetOverdraft: "set overdraft",
	MeterReset:        "reset",
	MeterSetCapacity:  "set maximum power",
	MeterRead:         "read",
	MeterTrip:         "switch off",
	MeterClose:        "switch on",
	MeterTopUp8:       "top up (8)",
	MeterSetCurrent:   "set maximum current",
}

// String names the value, or shows its number.
func (v MeterOperation) String() string { return word(v, meterOperationNames) }

// PriceMode chooses the price that counts (eleprice_way, §11.17). GetPowerPrice answers with other
// numbers, see PriceBasis: 1 is the home's price here and the room's there.
type PriceMode int

// The prices to choose from.
const (
	PriceOfHome     PriceMode = 1 // 房源电价
	PriceOfMerchant PriceMode = 2 // 公寓统一电价
	PriceOfRoom     PriceMode = 3 // 房间电价
)

var priceModeNames = map[PriceMode]string{
	PriceOfHome:     "price of the home",
	PriceOfMerchant: "price of the merchant",
	PriceOfRoom:     "price of the room",
}

// String names the value, or shows its number.
func (v PriceMode) String() string { return word(v, priceModeNames) }

// PriceBasis says which price counts, in GetPowerPrice and ChargeMeterFees (eleprice_way, §11.18).
// SetPowerPriceMode takes other numbers, see PriceMode; only 2 means the same in both. A type of its
// own, so that what was read is not set by mistake.
type PriceBasis int

// The prices that can count.
const (
	BasisRoom     PriceBasis = 1 // 房间电价
	BasisMerchant PriceBasis = 2 // 公寓统一电价
)

var priceBasisNames = map[PriceBasis]string{
	BasisRoom:     "price of the room",
	BasisMerchant: "price of the merchant",
}

// String names the value, or shows its number.
func (v PriceBasis) String() string { return word(v, priceBasisNames) }

// PayType says whether power is paid before or after use (pay_type, §11.23).
type PayType int

// The pay types.
const (
	Prepaid  PayType = 1
	Postpaid PayType = 2
)

var payTypeNames = map[PayType]string{
	Prepaid:  "prepaid",
	Postpaid: "post-paid",
}

// String names the value, or shows its number.
func (v PayType) String() string { return word(v, payTypeNames) }

// ForcedOff begins or ends the forced-off state (force_open, §11.24).
type ForcedOff int

// What to do with the forced-off state.
const (
	ForcedOffBegin ForcedOff = 1
	ForcedOffEnd   ForcedOff = 2
)

var forcedOffNames = map[ForcedOff]string{
	ForcedOffBegin: "begin",
	ForcedOffEnd:   "end",
}

// String names the value, or shows its number.
func (v ForcedOff) String() string { return word(v, forcedOffNames) }

// AuthType says what an authorization is for (auth_type, §14.1).
type AuthType int

// The types of authorization.
const (
	AuthManage          AuthType = 1
	AuthBluetoothUnlock AuthType = 2
)

var authTypeNames = map[AuthType]string{
	AuthManage:          "manage",
	AuthBluetoothUnlock: "unlock by Bluetooth",
}

// String names the value, or shows its number.
func (v AuthType) String() string { return word(v, authTypeNames) }

// WaterReadingState is how far the reading of a water meter has come (reading, §15.4). Its numbers are
// not those of Stage.
type WaterReadingState int

// The states of a reading.
const (
	ReadingRunning WaterReadingState = 1
	ReadingDone    WaterReadingState = 2
	ReadingFailed  WaterReadingState = 3
)

var waterReadingStateNames = map[WaterReadingState]string{
	ReadingRunning: "running",
	ReadingDone:    "done",
	ReadingFailed:  "failed",
}

// String names the value, or shows its number.
func (v WaterReadingState) String() string { return word(v, waterReadingStateNames) }

// WaterType says what a water meter measures (type, meter_type, §15).
type WaterType int

// The types of water meter.
const (
	ColdWater WaterType = 1
	HotWater  WaterType = 2
)

var waterTypeNames = map[WaterType]string{
	ColdWater: "cold water",
	HotWater:  "hot water",
}

// String names the value, or shows its number.
func (v WaterType) String() string { return word(v, waterTypeNames) }

// EncodeValues puts the number into a query; String, which would be used otherwise, is for people.
func (v WaterType) EncodeValues(key string, q *url.Values) error {
	q.Set(key, strconv.Itoa(int(v)))
	return nil
}

// ExceptionType says what went wrong with a device, or right again (§17.1).
type ExceptionType int

// The types of exception.
const (
	ExceptionGatewayOffline      ExceptionType = 9001
	ExceptionGatewayOnline       ExceptionType = 9002
	ExceptionBatteryLow          ExceptionType = 9101 // below 15 %; the event batteryAlarm comes at 10 %
	ExceptionBatteryOK           ExceptionType = 9102
	ExceptionTampered            ExceptionType = 9103
	ExceptionWrongPassword       ExceptionType = 9104 // five times; the event wrongPwdAlarm comes after three
	ExceptionUnknown             ExceptionType = 9105 // of a lock or collector
	ExceptionDeviceOffline       ExceptionType = 9106 // a lock or collector
	ExceptionDeviceOnline        ExceptionType = 9107 // a lock or collector
	ExceptionMeterCredit         ExceptionType = 9403 // 超电量
	ExceptionMeterOverPower      ExceptionType = 9404 // 超功率
	ExceptionMeterClosedLocally  ExceptionType = 9405 // 本地合闸
	ExceptionMeterCommError      ExceptionType = 9406
	ExceptionWaterGatewayOffline ExceptionType = 9501
	ExceptionWaterGatewayOnline  ExceptionType = 9502
)

var exceptionTypeNames = map[ExceptionType]string{
	ExceptionGatewayOffline:      "gateway offline",
	ExceptionGatewayOnline:       "gateway online",
	ExceptionBatteryLow:          "battery low",
	ExceptionBatteryOK:           "battery recovered",
	ExceptionTampered:            "tampered",
	ExceptionWrongPassword:       "wrong password",
	ExceptionUnknown:             "unknown",
	ExceptionDeviceOffline:       "device offline",
	ExceptionDeviceOnline:        "device online",
	ExceptionMeterCredit:         "credit exhausted",
	ExceptionMeterOverPower:      "over power",
	ExceptionMeterClosedLocally:  "breaker closed locally",
	ExceptionMeterCommError:      "transmission error",
	ExceptionWaterGatewayOffline: "water gateway offline",
	ExceptionWaterGatewayOnline:  "water gateway online",
}

// String names the value, or shows its number.
func (v ExceptionType) String() string { return word(v, exceptionTypeNames) }

// Models of electricity meters that behave in their own way (model, §11.1).
const (
	ModelA4  = "DSZM-B02" // one of several in a room; many calls act on all of them
	ModelA1Z = "DSZM-B01"
)

// Ids of passwords that a lock has one of. The range of an id says where the password came from:
// see PasswordOriginOf.
const (
	AdminPasswordID   = 999 // the administrator code
	DynamicLastHourID = 2014
	DynamicThisHourID = 2015
	DynamicNextHourID = 2016
	AdminActivationID = 3000 // the administrator's activation code
)

// PasswordOrigin says where a password came from.
type PasswordOrigin int

// The origins of a password.
const (
	OriginUnknown          PasswordOrigin = iota // the id lies in no documented range
	OriginLocal                                  // set at the lock: 0 to 99
	OriginAdmin                                  // the administrator code: 999
	OriginIssued                                 // by AddPassword: 1001 to 1050
	OriginDynamic                                // changes by the hour: 2014 to 2016
	OriginAdminActivation                        // the administrator's activation code: 3000
	OriginStaffActivation                        // an activation code for staff: 3001 to 3024
	OriginTenantActivation                       // an activation code for a tenant: 3025 to 3048
)

var passwordOriginNames = map[PasswordOrigin]string{
	OriginUnknown:          "unknown",
	OriginLocal:            "set at the lock",
	OriginAdmin:            "administrator code",
	OriginIssued:           "issued",
	OriginDynamic:          "dynamic",
	OriginAdminActivation:  "administrator's activation code",
	OriginStaffActivation:  "staff activation code",
	OriginTenantActivation: "tenant activation code",
}

// String names the origin.
func (v PasswordOrigin) String() string { return word(v, passwordOriginNames) }

// PasswordOriginOf says where a password came from, by its id (§3.3, §6.14).
func PasswordOriginOf(id int) PasswordOrigin {
	switch {
	case 0 <= id && id <= 99:
		return OriginLocal
	case id == AdminPasswordID:
		return OriginAdmin
	case 1001 <= id && id <= 1050:
		return OriginIssued
	case DynamicLastHourID <= id && id <= DynamicNextHourID:
		return OriginDynamic
	case id == AdminActivationID:
		return OriginAdminActivation
	case 3001 <= id && id <= 3024:
		return OriginStaffActivation
	case 3025 <= id && id <= 3048:
		return OriginTenantActivation
	}
	return OriginUnknown
}
