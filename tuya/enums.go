package tuya

import (
	"net/url"
	"strconv"
	"strings"
)

// word names a number, or shows it when it has no name.
func word[T ~int](v T, names map[T]string) string {
	if name, ok := names[v]; ok {
		return name
	}
	return "unknown(" + strconv.Itoa(int(v)) + ")"
}

// UnlockCode says how a door was opened, or what was reported about it: the code of a data point.
// Products have more of them than the vendor lists.
type UnlockCode string

// The ways to open that can be enrolled at a lock.
const (
	UnlockFingerprint   UnlockCode = "unlock_fingerprint"
	UnlockPassword      UnlockCode = "unlock_password"
	UnlockCard          UnlockCode = "unlock_card"
	UnlockFace          UnlockCode = "unlock_face"
	UnlockPalm          UnlockCode = "unlock_hand"
	UnlockFingerVein    UnlockCode = "unlock_finger_vein"
	UnlockIris          UnlockCode = "unlock_eye"
	UnlockRemoteControl UnlockCode = "unlock_telecontrol_kit" // a handheld remote
)

// The other ways to open.
const (
	UnlockTemporary       UnlockCode = "unlock_temporary" // its value is the password
	UnlockDynamic         UnlockCode = "unlock_dynamic"
	UnlockMechanicalKey   UnlockCode = "unlock_key"
	UnlockIdentityCard    UnlockCode = "unlock_identity_card"
	UnlockEmergency       UnlockCode = "unlock_emergency"
	UnlockApp             UnlockCode = "unlock_app"
	UnlockBluetooth       UnlockCode = "unlock_ble"
	UnlockPhoneRemote     UnlockCode = "unlock_phone_remote"
	UnlockVoiceRemote     UnlockCode = "unlock_voice_remote"
	UnlockOfflinePassword UnlockCode = "unlock_offline_pd"
	OfflineClearAll       UnlockCode = "unlock_offline_clear"        // all offline codes were cleared at the keypad
	OfflineClearOne       UnlockCode = "unlock_offline_clear_single" // one was
)

// The codes of accessories and access-control devices.
const (
	UnlockFingerprintKit UnlockCode = "unlock_fingerprint_kit"
	UnlockPasswordKit    UnlockCode = "unlock_password_kit"
	UnlockCardKit        UnlockCode = "unlock_card_kit"
	UnlockTemporaryKit   UnlockCode = "unlock_temporary_kit"
	UnlockPhoneRemoteKit UnlockCode = "unlock_phone_remote_kit"
)

// The codes of alarm records.
const (
	EventDoorbell UnlockCode = "doorbell"
	EventDuress   UnlockCode = "hijack"     // its value names the method: unlock_fingerprint-02
	EventAlarm    UnlockCode = "alarm_lock" // its value is an Alarm
)

// unlockFinger is how the vendor's example of a log spells UnlockFingerprint.
const unlockFinger UnlockCode = "unlock_finger"

// String returns the vendor's word.
func (v UnlockCode) String() string { return string(v) }

// KeyType is the short form of an UnlockCode, which some calls want.
type KeyType string

// The types of key.
const (
	KeyTypeFingerprint   KeyType = "fingerprint"
	KeyTypePassword      KeyType = "password"
	KeyTypeCard          KeyType = "card"
	KeyTypeFace          KeyType = "face"
	KeyTypeRemoteControl KeyType = "remoteControl"
	KeyTypePalm          KeyType = "hand"
	KeyTypeFingerVein    KeyType = "fingerVein"
	KeyTypeIris          KeyType = "eye"
)

// String returns the vendor's word.
func (v KeyType) String() string { return string(v) }

// Code is the long form.
func (v KeyType) Code() UnlockCode {
	switch v {
	case KeyTypeRemoteControl:
		return UnlockRemoteControl
	case KeyTypeFingerVein:
		return UnlockFingerVein
	}
	return UnlockCode("unlock_" + string(v))
}

// KeyType is the short form; "" of a code that is none of a way to open.
func (v UnlockCode) KeyType() KeyType {
	switch v {
	case UnlockRemoteControl:
		return KeyTypeRemoteControl
	case UnlockFingerVein:
		return KeyTypeFingerVein
	case unlockFinger:
		return KeyTypeFingerprint
	}
	short, ok := strings.CutPrefix(string(v), "unlock_")
	if !ok {
		return ""
	}
	return KeyType(short)
}

// Alarm is the value of an EventAlarm.
type Alarm string

// The alarms.
const (
	AlarmWrongFinger   Alarm = "wrong_finger"
	AlarmWrongPassword Alarm = "wrong_password"
	AlarmWrongCard     Alarm = "wrong_card"
	AlarmWrongFace     Alarm = "wrong_face"
	AlarmBoltStuck     Alarm = "tongue_bad"
	AlarmTooHot        Alarm = "too_hot"
	AlarmLeftOpen      Alarm = "unclosed_time"
	AlarmBoltNotOut    Alarm = "tongue_not_out"
	AlarmTampered      Alarm = "pry"
	AlarmKeyInserted   Alarm = "key_in"
	AlarmBatteryLow    Alarm = "low_battery"
	AlarmPowerOff      Alarm = "power_off"
	AlarmShock         Alarm = "shock"
	AlarmDefense       Alarm = "defense"
	AlarmLoitering     Alarm = "stay_alarm"
)

// String returns the vendor's word.
func (v Alarm) String() string { return string(v) }

// UserType says what somebody is to a device.
type UserType int

// The types of user.
const (
	UserTypeUnknown   UserType = 0
	UserTypeAdmin     UserType = 10
	UserTypeMember    UserType = 20 // an ordinary member of the home
	UserTypeAnonymous UserType = 30 // known to the lock only, without an account
	UserTypeShared    UserType = 40 // the device was shared with them
	UserTypeOwner     UserType = 50 // owner of the home
)

var userTypeNames = map[UserType]string{
	UserTypeUnknown: "unknown", UserTypeAdmin: "admin", UserTypeMember: "member", UserTypeAnonymous: "anonymous",
	UserTypeShared: "shared", UserTypeOwner: "owner",
}

// String names the value, or shows its number.
func (v UserType) String() string { return word(v, userTypeNames) }

// MemberType says in the path of DeleteKey whether somebody belongs to the home. It is no UserType.
type MemberType int

// The types of member.
const (
	MemberHome    MemberType = 1 // with an account in the home
	MemberNonHome MemberType = 2
)

var memberTypeNames = map[MemberType]string{MemberHome: "of the home", MemberNonHome: "not of the home"}

// String names the value, or shows its number.
func (v MemberType) String() string { return word(v, memberTypeNames) }

// Role is what somebody may do. Access-control devices know further levels.
type Role string

// The roles.
const (
	RoleAdmin  Role = "admin"
	RoleNormal Role = "normal"
)

// String returns the vendor's word.
func (v Role) String() string { return string(v) }

// Sex is what the vendor wants to know of everybody it adds.
type Sex int

// The sexes.
const (
	SexUnknown Sex = 0 // seen in answers; not in the document
	SexMale    Sex = 1
	SexFemale  Sex = 2
)

var sexNames = map[Sex]string{SexUnknown: "unknown", SexMale: "male", SexFemale: "female"}

// String names the value, or shows its number.
func (v Sex) String() string { return word(v, sexNames) }

// WorkingDays is a set of days of the week, a bit for each from Sunday (1) to Saturday (64). The
// vendor's app SDKs count from the other end: do not take their numbers.
type WorkingDays int

// EveryDay is the whole week.
const EveryDay WorkingDays = 127

// Operate says what was done last, of a validity or of a way to open.
type Operate string

// The operations.
const (
	OperateAdd    Operate = "ADD"    // of a validity
	OperateCreate Operate = "CREATE" // of a way to open
	OperateModify Operate = "MODIFY"
	OperateDelete Operate = "DELETE"
)

// String returns the vendor's word.
func (v Operate) String() string { return string(v) }

// Delivery says whether the lock has taken a change.
type Delivery string

// The states of a delivery.
const (
	DeliveryOngoing Delivery = "ONGOING"
	DeliverySuccess Delivery = "SUCCESS"
	DeliveryFailed  Delivery = "FAILED"
)

// String returns the vendor's word.
func (v Delivery) String() string { return string(v) }

// UnlockAttr says whether a way to open raises a silent alarm.
type UnlockAttr int

// The attributes.
const (
	AttrNormal UnlockAttr = 0
	AttrDuress UnlockAttr = 1 // 劫持
)

var unlockAttrNames = map[UnlockAttr]string{AttrNormal: "normal", AttrDuress: "duress"}

// String names the value, or shows its number.
func (v UnlockAttr) String() string { return word(v, unlockAttrNames) }

// MethodPhase is how far a way to open has come. The vendor's example has 3 on ways that work: do
// not tell by it alone whether one opens.
type MethodPhase int

// The phases of a way to open.
const (
	MethodConfirmed  MethodPhase = 1
	MethodToConfirm  MethodPhase = 2
	MethodFrozen     MethodPhase = 3
	MethodToFreeze   MethodPhase = 4
	MethodToUnfreeze MethodPhase = 5
	MethodToReset    MethodPhase = 6
	MethodFailed     MethodPhase = 7
	MethodDeleted    MethodPhase = 8
	MethodToDelete   MethodPhase = 9
	MethodToCreate   MethodPhase = 10
)

var methodPhaseNames = map[MethodPhase]string{
	MethodConfirmed: "confirmed", MethodToConfirm: "to confirm", MethodFrozen: "frozen", MethodToFreeze: "to freeze",
	MethodToUnfreeze: "to unfreeze", MethodToReset: "to reset", MethodFailed: "creation failed", MethodDeleted: "deleted",
	MethodToDelete: "to delete", MethodToCreate: "to create",
}

// String names the value, or shows its number.
func (v MethodPhase) String() string { return word(v, methodPhaseNames) }

// Phase is how far a temporary password has come. What the number means depends on the Family of
// the lock; 2 is good in all of them.
type Phase int

// The phases of a temporary password of a Zigbee lock.
const (
	ZigbeeToCreate Phase = 1
	ZigbeeNormal   Phase = 2
	ZigbeeFrozen   Phase = 3
	ZigbeeDeleted  Phase = 4
	ZigbeeFailed   Phase = 5 // the creation failed
)

// The phases of a temporary password of a Wi-Fi or a Bluetooth lock.
const (
	PhaseDeleted  Phase = 0
	PhaseToSend   Phase = 1
	PhaseSent     Phase = 2
	PhaseToDelete Phase = 3
	PhaseFailed   Phase = 7 // sending failed; Bluetooth only
)

// DeliveryStatus is what became of the last change of a temporary password of a Zigbee lock.
type DeliveryStatus int

// The states of a change.
const (
	DeliveryNone       DeliveryStatus = 0 // the lock is none that says so
	DeliveryInProgress DeliveryStatus = 1
	DeliveryDone       DeliveryStatus = 2
	DeliveryRefused    DeliveryStatus = 3
	DeliveryDuplicate  DeliveryStatus = 4 // another password has the same code
	DeliveryFull       DeliveryStatus = 5 // the lock has no place left
	DeliveryOverlap    DeliveryStatus = 6 // the validity overlaps that of another password
)

var deliveryStatusNames = map[DeliveryStatus]string{
	DeliveryNone: "none", DeliveryInProgress: "in progress", DeliveryDone: "done", DeliveryRefused: "failed",
	DeliveryDuplicate: "duplicate password", DeliveryFull: "full", DeliveryOverlap: "overlapping validity",
}

// String names the value, or shows its number.
func (v DeliveryStatus) String() string { return word(v, deliveryStatusNames) }

// PasswordUse says how often a temporary password opens.
type PasswordUse int

// The uses.
const (
	UseMany PasswordUse = 0
	UseOnce PasswordUse = 1
)

var passwordUseNames = map[PasswordUse]string{UseMany: "many", UseOnce: "once"}

// String names the value, or shows its number.
func (v PasswordUse) String() string { return word(v, passwordUseNames) }

// OfflineType says what an offline code does.
type OfflineType string

// The types of offline code.
const (
	OfflineMultiple OfflineType = "multiple"  // opens in a window, if it was used within 24 hours of its beginning
	OfflineOnce     OfflineType = "once"      // opens once, within 6 hours of the present hour
	OfflineClear    OfflineType = "clear_one" // typed at the door, takes one code back
	OfflineClearAny OfflineType = "clear_all" // typed at the door within 24 hours, takes all codes back
)

// String returns the vendor's word.
func (v OfflineType) String() string { return string(v) }

// RemoteUnlockType says how a door may be opened from afar.
type RemoteUnlockType string

// The types of opening from afar.
const (
	RemoteWithoutPassword RemoteUnlockType = "remoteUnlockWithoutPwd"
	RemoteWithPassword    RemoteUnlockType = "remoteUnlockWithPwd"
)

// String returns the vendor's word.
func (v RemoteUnlockType) String() string { return string(v) }

// Category is the class of a device.
type Category string

// The categories of locks.
const (
	CategoryResidential    Category = "ms"
	CategoryResidentialPro Category = "jtmspro"
	CategoryKeepAlive      Category = "jtmsbh"
	CategoryApartment      Category = "gyms"
	CategoryHotel          Category = "hotelms"
	CategorySafe           Category = "bxx"
	CategoryAccessory      Category = "ms_category"
	CategoryAccessControl  Category = "mk"
	CategoryVideo          Category = "videolock"
	CategoryCamera         Category = "photolock"
	CategoryWiFiPro        Category = "wf_jtmspro"     // of the vendor's apps
	CategoryVideoApp       Category = "videolock_1w_1" // of the vendor's apps
)

// CategoryGateway is the category of gateways for Zigbee, Bluetooth and their like.
const CategoryGateway Category = "wg2"

// String returns the vendor's word.
func (v Category) String() string { return string(v) }

// IsLock reports whether devices of the category are locks.
func (v Category) IsLock() bool {
	switch v {
	case CategoryResidential, CategoryResidentialPro, CategoryKeepAlive, CategoryApartment, CategoryHotel, CategorySafe,
		CategoryAccessory, CategoryAccessControl, CategoryVideo, CategoryCamera, CategoryWiFiPro, CategoryVideoApp:
		return true
	}
	return false
}

// Codes are unlock codes in a query, joined by commas.
type Codes []UnlockCode

// EncodeValues implements the query encoding. An empty list is sent as an empty value.
func (v Codes) EncodeValues(key string, q *url.Values) error {
	q.Set(key, joined(v))
	return nil
}
