package lock

import "time"

// PasswordKind says how a password lives.
type PasswordKind string

// The kinds of password. The zero kind of a PasswordSpec is PasswordTimed, so that a forgotten
// end is an error and never a code that opens for good.
const (
	PasswordTimed     PasswordKind = "timed"     // opens inside its window
	PasswordPermanent PasswordKind = "permanent" // opens until it is deleted
	PasswordRecurring PasswordKind = "recurring" // opens on a weekly schedule inside its window
	PasswordOffline   PasswordKind = "offline"   // made by the vendor; becomes valid at the keypad, without a network
	PasswordAdmin     PasswordKind = "admin"     // the lock's administrator code
	PasswordDynamic   PasswordKind = "dynamic"   // changes by the hour
	PasswordLocal     PasswordKind = "local"     // set at the lock itself
)

// PasswordState is what is known of a password at the lock. What is under way stands in
// Password.Pending.
type PasswordState string

// The states.
const (
	// StatePending: accepted by the vendor, not on the lock yet. It does not open.
	StatePending PasswordState = "pending"
	// StateActivationRequired: the code has to be typed at the door once before it counts.
	StateActivationRequired PasswordState = "activation_required"
	// StateScheduled: its window begins later.
	StateScheduled PasswordState = "scheduled"
	// StateActive: it opens now.
	StateActive PasswordState = "active"
	// StateFrozen: suspended; it does not open.
	StateFrozen PasswordState = "frozen"
	// StateExpired: its window has passed.
	StateExpired PasswordState = "expired"
	// StateRemoved: gone from the lock.
	StateRemoved PasswordState = "removed"
	// StateFailed: the lock refused it; see Failure. It does not open.
	StateFailed PasswordState = "failed"
	// StateUnknown: the vendor cannot tell. Treat it as if it opens.
	StateUnknown PasswordState = "unknown"
)

// Certainty says how a state is known.
type Certainty string

// The certainties.
const (
	Confirmed Certainty = "confirmed" // the lock itself has answered
	Reported  Certainty = "reported"  // the vendor's cloud says so
	Assumed   Certainty = "assumed"   // derived from what we sent and the time
)

// PendingKind says which change is under way.
type PendingKind string

// The changes.
const (
	PendingAdd      PendingKind = "add"
	PendingUpdate   PendingKind = "update"
	PendingDelete   PendingKind = "delete"
	PendingFreeze   PendingKind = "freeze"
	PendingUnfreeze PendingKind = "unfreeze"
)

// PendingChange is a change on its way to the lock.
type PendingChange struct {
	Kind  PendingKind
	Since time.Time // zero = unknown
}

// Password is digits typed at the door.
type Password struct {
	ID        PasswordID
	Device    DeviceID
	Name      string
	Kind      PasswordKind
	State     PasswordState
	Certainty Certainty
	Pending   *PendingChange // nil = nothing is under way
	Window    Window         // zero Until = for good
	Schedule  *Schedule      // nil = at any hour of the window
	Holder    Person
	Secret    Secret // the code, only where it was just made: Create without a code, offline and dynamic codes
	// Activation is what has to be typed at the door once before Secret opens it, for
	// PasswordOffline of vendors that want that.
	Activation Secret
	Failure    error // why State is StateFailed, or why the last change was refused; an *Error
	Native
}

// PasswordSpec describes a password to create.
type PasswordSpec struct {
	Kind     PasswordKind // "" = PasswordTimed
	Secret   Secret       // the code; zero = one is drawn by the policy and comes back in Password.Secret
	Name     string       // who or what it is for; how it is found again after ErrOutcomeUnknown
	Window   Window       // timed: Until is required; permanent: must have no end
	Schedule *Schedule    // recurring: required
	Holder   Person       // where the vendor tells or identifies the person by it
	By       Person       // who gives it, where the vendor records that
	Notify   bool         // let the vendor tell the holder by text message, where it can
}

// PasswordUpdate says what to change; what is zero stays as it is.
type PasswordUpdate struct {
	Secret    Secret
	Name      string
	Window    *Window   // the new window; without an end only together with Permanent
	Permanent bool      // the password has no end from now on; contradicts an end in Window
	Schedule  *Schedule // the new weekly schedule
}
