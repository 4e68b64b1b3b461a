package ewelink

import "strconv"

// word names a number, or shows it when it has no name.
func word[T ~int](v T, names map[T]string) string {
	if name, ok := names[v]; ok {
		return name
	}
	return "unknown(" + strconv.Itoa(int(v)) + ")"
}

// ThingType says what a thing is: a device or a group of devices, and whose.
type ThingType int

// The types of thing. The document has the first four.
const (
	ThingOwnDevice        ThingType = 1
	ThingSharedDevice     ThingType = 2 // somebody has shared it with the account
	ThingOwnGroup         ThingType = 3
	ThingSharedGroup      ThingType = 4 // reserved
	ThingHomeDevice       ThingType = 5 // in a home that is shared with the account; seen in the vendor's clients, like the next two
	ThingHomeSharedDevice ThingType = 6 // reserved
	ThingHomeGroup        ThingType = 7
)

var thingTypeNames = map[ThingType]string{
	ThingOwnDevice: "own device", ThingSharedDevice: "shared device", ThingOwnGroup: "own group", ThingSharedGroup: "shared group",
	ThingHomeDevice: "device of a shared home", ThingHomeSharedDevice: "shared device of a shared home", ThingHomeGroup: "group of a shared home",
}

// String names the value, or shows its number.
func (v ThingType) String() string { return word(v, thingTypeNames) }

// Group reports whether the thing is a group of devices.
func (v ThingType) Group() bool {
	return v == ThingOwnGroup || v == ThingSharedGroup || v == ThingHomeGroup
}

// TargetType says whose status is meant.
type TargetType int

// The targets.
const (
	TargetDevice TargetType = 1
	TargetGroup  TargetType = 2
)

var targetTypeNames = map[TargetType]string{TargetDevice: "device", TargetGroup: "group"}

// String names the value, or shows its number.
func (v TargetType) String() string { return word(v, targetTypeNames) }

// SortOrder says where something new is put in a list.
type SortOrder int

// The orders.
const (
	SortFirst SortOrder = 1
	SortLast  SortOrder = 2
)

var sortOrderNames = map[SortOrder]string{SortFirst: "first", SortLast: "last"}

// String names the value, or shows its number.
func (v SortOrder) String() string { return word(v, sortOrderNames) }

// CodeType says what a verification code is for.
type CodeType int

// The purposes. The document has no 2.
const (
	CodeRegister      CodeType = 0
	CodeResetPassword CodeType = 1
	CodeCloseAccount  CodeType = 3
	CodeLogin         CodeType = 4
)

var codeTypeNames = map[CodeType]string{
	CodeRegister: "register", CodeResetPassword: "reset password", CodeCloseAccount: "close account", CodeLogin: "log in",
}

// String names the value, or shows its number.
func (v CodeType) String() string { return word(v, codeTypeNames) }

// AccountLevel is what an account has subscribed to.
type AccountLevel int

// The levels.
const (
	LevelFree     AccountLevel = 10
	LevelAdvanced AccountLevel = 20
	LevelPro      AccountLevel = 30
)

var accountLevelNames = map[AccountLevel]string{LevelFree: "free", LevelAdvanced: "advanced", LevelPro: "pro"}

// String names the value, or shows its number.
func (v AccountLevel) String() string { return word(v, accountLevelNames) }

// Permit is what somebody may do with the timers of a shared device, as a sum. Switching it is always
// allowed.
type Permit int

// The permits.
const (
	PermitTimerAdd    Permit = 1
	PermitTimerEdit   Permit = 2
	PermitTimerDelete Permit = 4
	PermitTimerEnable Permit = 8
	PermitAll         Permit = 15
)

// String names what is permitted.
func (v Permit) String() string {
	if v == 0 {
		return "nothing"
	}
	text := ""
	for i, name := range [...]string{"add timers", "edit timers", "delete timers", "enable timers"} {
		if bit := Permit(1) << i; v&bit != 0 {
			v &^= bit
			text += ", " + name
		}
	}
	if v != 0 {
		text += ", " + strconv.Itoa(int(v))
	}
	return text[len(", "):]
}

// ShareType says how a device is shared.
type ShareType int

// ShareSilent shares without asking the other side, which is the default.
const ShareSilent ShareType = 1

var shareTypeNames = map[ShareType]string{ShareSilent: "silent"}

// String names the value, or shows its number.
func (v ShareType) String() string { return word(v, shareTypeNames) }

// TagMode says what UpdateTags does with the tags there are.
type TagMode string

// The modes.
const (
	TagsReplace TagMode = "replace" // the default
	TagsMerge   TagMode = "merge"
)

// String returns the vendor's word.
func (v TagMode) String() string { return string(v) }

// HomeType says whose home it is. It is not in the document; the vendor's own client has it.
type HomeType int

// The types of home.
const (
	HomeOwn    HomeType = 1
	HomeShared HomeType = 2 // somebody shares it with the account
)

var homeTypeNames = map[HomeType]string{HomeOwn: "own", HomeShared: "shared"}

// String names the value, or shows its number.
func (v HomeType) String() string { return word(v, homeTypeNames) }

// MessageType says what a message is about. More than these exist.
type MessageType string

// The types of message.
const (
	MessageShare          MessageType = "shareNotify_v2"
	MessageShareCancelled MessageType = "cancelShareNotify_v2"
	MessageOperation      MessageType = "opsNotify_v2"
	MessagePush           MessageType = "pushNotify_v2"
	MessageAlarm          MessageType = "alarmNotify_v2"
	MessageCamera         MessageType = "IOTCameraNotify_v2"
)

// String returns the vendor's word.
func (v MessageType) String() string { return string(v) }

// BreakerAlarm is an alarm of the circuit breaker, uiid 226.
type BreakerAlarm int

// The alarms.
const (
	BreakerLowPower          BreakerAlarm = 1
	BreakerHighPower         BreakerAlarm = 2
	BreakerUnderVoltage      BreakerAlarm = 3
	BreakerOverVoltage       BreakerAlarm = 4
	BreakerOverCurrent       BreakerAlarm = 5
	BreakerLeakage           BreakerAlarm = 6
	BreakerOverTemperature   BreakerAlarm = 7
	BreakerLowBalance        BreakerAlarm = 8
	BreakerArrears           BreakerAlarm = 9
	BreakerLeakageTestFailed BreakerAlarm = 10
	BreakerPhaseImbalance    BreakerAlarm = 11
	BreakerPhaseLoss         BreakerAlarm = 12
)

var breakerAlarmNames = map[BreakerAlarm]string{
	BreakerLowPower: "low power", BreakerHighPower: "high power", BreakerUnderVoltage: "undervoltage", BreakerOverVoltage: "overvoltage",
	BreakerOverCurrent: "overcurrent", BreakerLeakage: "leakage", BreakerOverTemperature: "overtemperature", BreakerLowBalance: "low balance",
	BreakerArrears: "arrears", BreakerLeakageTestFailed: "leakage test failed", BreakerPhaseImbalance: "phase imbalance", BreakerPhaseLoss: "phase loss",
}

// String names the value, or shows its number.
func (v BreakerAlarm) String() string { return word(v, breakerAlarmNames) }

// DoorReport says why a contact sensor of uiid 102 reported.
type DoorReport int

// The reasons.
const (
	ReportWake        DoorReport = 1 // its key was pressed
	ReportOpened      DoorReport = 2
	ReportClosed      DoorReport = 3
	ReportPeriodic    DoorReport = 4
	ReportDoublePress DoorReport = 5
)

var doorReportNames = map[DoorReport]string{
	ReportWake: "woken by its key", ReportOpened: "opened", ReportClosed: "closed", ReportPeriodic: "periodic", ReportDoublePress: "pressed twice",
}

// String names the value, or shows its number.
func (v DoorReport) String() string { return word(v, doorReportNames) }
