package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
)

// EventKind says what happened: a noun and a past tense. Kinds are only ever added.
type EventKind string

// The kinds of event. What stands in Event.Data is said behind each; nothing if nothing is said.
const (
	EventDeviceAdded           EventKind = "device.added"
	EventDeviceRemoved         EventKind = "device.removed"
	EventDeviceReplaced        EventKind = "device.replaced" // Replacement
	EventDeviceOnline          EventKind = "device.online"
	EventDeviceOffline         EventKind = "device.offline"
	EventDeviceRenamed         EventKind = "device.renamed"
	EventDeviceBatteryLow      EventKind = "device.battery_low"      // BatteryLevel, where known
	EventDeviceBatteryOK       EventKind = "device.battery_ok"       // BatteryLevel, where known
	EventDeviceBatteryReported EventKind = "device.battery_reported" // BatteryLevel
	EventDeviceTampered        EventKind = "device.tampered"
	EventDeviceFault           EventKind = "device.fault"
	EventDeviceFaultCleared    EventKind = "device.fault_cleared"
	EventDeviceReset           EventKind = "device.reset" // a lock: every code on it is gone

	EventLockUnlocked           EventKind = "lock.unlocked"
	EventLockLocked             EventKind = "lock.locked"
	EventLockUnlockDenied       EventKind = "lock.unlock_denied" // see Event.Reason
	EventLockWrongAttempts      EventKind = "lock.wrong_attempts"
	EventLockKeypadBlocked      EventKind = "lock.keypad_blocked"
	EventLockJammed             EventKind = "lock.jammed"
	EventLockLeftOpen           EventKind = "lock.left_open"
	EventLockDoorOpened         EventKind = "lock.door_opened"
	EventLockDoorClosed         EventKind = "lock.door_closed"
	EventLockForcedOpen         EventKind = "lock.forced_open"
	EventLockDuress             EventKind = "lock.duress"
	EventLockDoorbell           EventKind = "lock.doorbell"
	EventLockPassageModeChanged EventKind = "lock.passage_mode_changed"
	EventLockPrivacyModeChanged EventKind = "lock.privacy_mode_changed"

	EventPasswordApplied           EventKind = "password.applied"
	EventPasswordUpdated           EventKind = "password.updated"
	EventPasswordDeleted           EventKind = "password.deleted"
	EventPasswordFrozen            EventKind = "password.frozen"
	EventPasswordUnfrozen          EventKind = "password.unfrozen"
	EventPasswordExpired           EventKind = "password.expired"
	EventPasswordFailed            EventKind = "password.failed" // Failure
	EventPasswordDiscovered        EventKind = "password.discovered"
	EventPasswordChangedExternally EventKind = "password.changed_externally"
	EventPasswordRemovedExternally EventKind = "password.removed_externally"
	EventPasswordDelayed           EventKind = "password.delayed"

	EventKeyAdded      EventKind = "key.added"
	EventKeyRemoved    EventKind = "key.removed"
	EventKeyAssigned   EventKind = "key.assigned"
	EventKeyUnassigned EventKind = "key.unassigned"

	EventMeterReading         EventKind = "meter.reading"          // Reading
	EventMeterHistoryUploaded EventKind = "meter.history_uploaded" // []Reading
	EventMeterSwitchedOn      EventKind = "meter.switched_on"
	EventMeterSwitchedOff     EventKind = "meter.switched_off"
	EventMeterClosedLocally   EventKind = "meter.closed_locally"
	EventMeterOverload        EventKind = "meter.overload"
	EventMeterCreditExhausted EventKind = "meter.credit_exhausted"
	EventMeterCreditLow       EventKind = "meter.credit_low"
	EventMeterCommError       EventKind = "meter.comm_error"
	EventMeterCommRestored    EventKind = "meter.comm_restored"
	EventMeterTopUpSucceeded  EventKind = "meter.topup_succeeded" // Receipt
	EventMeterTopUpFailed     EventKind = "meter.topup_failed"    // Failure
	EventMeterSettingChanged  EventKind = "meter.setting_changed"

	EventOperationSucceeded EventKind = "operation.succeeded"
	EventOperationFailed    EventKind = "operation.failed"    // Failure
	EventOperationTimedOut  EventKind = "operation.timed_out" // Failure
	EventOperationUnknown   EventKind = "operation.unknown"

	EventAccountDisconnected   EventKind = "account.disconnected" // Failure, where a Fleet or a Follower says so
	EventAccountReauthRequired EventKind = "account.reauth_required"
	EventAccountQuotaWarning   EventKind = "account.quota_warning"

	EventInstallSubmitted EventKind = "install.submitted"
	EventTicketUpdated    EventKind = "ticket.updated"

	// EventGap says that events may have been lost in a time: Data is the Window. Ask History.
	EventGap EventKind = "stream.gap"
	// EventUnfilled says that something may have been missed for good: Data is an Unfilled. Only a
	// Follower yields it.
	EventUnfilled EventKind = "stream.unfilled"
	// EventVendorUnknown is something the vendor sent that has no name here; see Raw.
	EventVendorUnknown EventKind = "vendor.unknown"
)

// EventKinds lists every kind, in the order of their declaration.
func EventKinds() []EventKind {
	return []EventKind{
		EventDeviceAdded, EventDeviceRemoved, EventDeviceReplaced, EventDeviceOnline, EventDeviceOffline,
		EventDeviceRenamed, EventDeviceBatteryLow, EventDeviceBatteryOK, EventDeviceBatteryReported,
		EventDeviceTampered, EventDeviceFault, EventDeviceFaultCleared, EventDeviceReset,
		EventLockUnlocked, EventLockLocked, EventLockUnlockDenied, EventLockWrongAttempts, EventLockKeypadBlocked,
		EventLockJammed, EventLockLeftOpen, EventLockDoorOpened, EventLockDoorClosed, EventLockForcedOpen,
		EventLockDuress, EventLockDoorbell, EventLockPassageModeChanged, EventLockPrivacyModeChanged,
		EventPasswordApplied, EventPasswordUpdated, EventPasswordDeleted, EventPasswordFrozen,
		EventPasswordUnfrozen, EventPasswordExpired, EventPasswordFailed, EventPasswordDiscovered,
		EventPasswordChangedExternally, EventPasswordRemovedExternally, EventPasswordDelayed,
		EventKeyAdded, EventKeyRemoved, EventKeyAssigned, EventKeyUnassigned,
		EventMeterReading, EventMeterHistoryUploaded, EventMeterSwitchedOn, EventMeterSwitchedOff,
		EventMeterClosedLocally, EventMeterOverload, EventMeterCreditExhausted, EventMeterCreditLow,
		EventMeterCommError, EventMeterCommRestored, EventMeterTopUpSucceeded, EventMeterTopUpFailed,
		EventMeterSettingChanged,
		EventOperationSucceeded, EventOperationFailed, EventOperationTimedOut, EventOperationUnknown,
		EventAccountDisconnected, EventAccountReauthRequired, EventAccountQuotaWarning,
		EventInstallSubmitted, EventTicketUpdated, EventGap, EventUnfilled, EventVendorUnknown,
	}
}

// EventSource says how an event reached us.
type EventSource string

// The sources.
const (
	SourceWebhook EventSource = "webhook" // the vendor called our handler
	SourceStream  EventSource = "stream"  // over a socket
	SourceHistory EventSource = "history" // asked for
	SourcePoll    EventSource = "poll"    // found by a polling Watch
	SourceLocal   EventSource = "local"   // made by this library, such as an EventGap
)

// UnlockMethod says how a door was opened; "" for other events.
type UnlockMethod string

// The methods.
const (
	MethodPIN           UnlockMethod = "pin"
	MethodTemporaryPIN  UnlockMethod = "temporary_pin"
	MethodDynamicCode   UnlockMethod = "dynamic_code"
	MethodOfflineCode   UnlockMethod = "offline_code"
	MethodAdminPIN      UnlockMethod = "admin_pin"
	MethodCard          UnlockMethod = "card"
	MethodIDCard        UnlockMethod = "id_card"
	MethodFingerprint   UnlockMethod = "fingerprint"
	MethodFace          UnlockMethod = "face"
	MethodPalm          UnlockMethod = "palm"
	MethodMechanicalKey UnlockMethod = "mechanical_key"
	MethodBluetooth     UnlockMethod = "bluetooth"
	MethodApp           UnlockMethod = "app"
	MethodWeChat        UnlockMethod = "wechat"
	MethodRemoteAPI     UnlockMethod = "remote_api"
	MethodVendorSystem  UnlockMethod = "vendor_system"
	MethodInsideHandle  UnlockMethod = "inside_handle"
	MethodAutomatic     UnlockMethod = "automatic"
	MethodEmergency     UnlockMethod = "emergency"
	MethodUnknown       UnlockMethod = "unknown"
)

// DenyReason says why a door stayed shut; "" when the vendor does not say. It is never guessed.
type DenyReason string

// The reasons.
const (
	DeniedUnknownCode     DenyReason = "unknown_code"
	DeniedExpired         DenyReason = "expired"
	DeniedNotYetValid     DenyReason = "not_yet_valid"
	DeniedFrozen          DenyReason = "frozen"
	DeniedOutsideSchedule DenyReason = "outside_schedule"
	DeniedBlocklisted     DenyReason = "blocklisted"
	DeniedTooManyAttempts DenyReason = "too_many_attempts"
	DeniedPrivacyMode     DenyReason = "privacy_mode"
	DeniedCredentialError DenyReason = "credential_error"
	DeniedUnknown         DenyReason = "unknown"
)

// Event is something that happened.
type Event struct {
	// ID is the same for every delivery of the same happening: a redelivered webhook, the entry
	// in the history. Do each ID once.
	ID         string
	Kind       EventKind
	Vendor     Vendor
	Name       string    // the vendor's own name of the event, "" if it has none
	OccurredAt time.Time // by the vendor; zero if it does not say
	ReceivedAt time.Time // by the client's clock
	Source     EventSource
	Home       HomeID
	Room       RoomID
	Device     DeviceID
	Actor      Person // who did it, where the vendor says
	Method     UnlockMethod
	Reason     DenyReason
	Duress     bool // opened under threat: tell the right people, show nothing at the door
	Offline    bool // happened while the device was offline and was reported later
	Password   PasswordID
	Key        KeyID
	Operation  string // the vendor's id of the operation that ended, as in Native
	Data       any    // what belongs to the kind; see the constants
	Native
}

// BatteryLevel is the Data of battery events.
type BatteryLevel struct {
	Percent int
}

// Replacement is the Data of EventDeviceReplaced; Event.Device is the new device.
type Replacement struct {
	Old DeviceID
}

// Failure is the Data of events that report one.
type Failure struct {
	Err error // an *Error
}

// EventQuery narrows a history. Window.From is required by some vendors; zero asks for as far
// back as the vendor keeps.
type EventQuery struct {
	Home   HomeID
	Device DeviceID // "" = every device of Home, or of the account
	Window Window
	Kinds  []EventKind // empty = all
}

// Wants reports whether an event of kind is asked for.
func (q EventQuery) Wants(kind EventKind) bool {
	return len(q.Kinds) == 0 || slices.Contains(q.Kinds, kind)
}

// WantsAny reports whether an event of one of kinds is asked for.
func (q EventQuery) WantsAny(kinds ...EventKind) bool {
	return slices.ContainsFunc(kinds, q.Wants)
}

// EventID derives an event's ID from what makes the happening one: for providers of vendors that
// give no id. The same parts always give the same ID, other parts another.
func EventID(v Vendor, parts ...string) string {
	h := sha256.New()
	write := func(s string) { // length first, so that ("ab","c") and ("a","bc") differ
		h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
	}
	write(string(v))
	for _, p := range parts {
		write(p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
