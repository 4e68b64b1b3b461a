package lock

import (
	"context"
	"iter"
	"net/http"
)

// Vendor names a smart-lock cloud: "dingding".
type Vendor string

// Identities. Each is the vendor's own text, or built by the vendor's package where an identity
// has parts; treat them as opaque. HomeID and RoomID are chosen by the caller where the vendor
// lets the caller choose.
type (
	HomeID     string
	RoomID     string
	DeviceID   string
	KeyID      string
	PasswordID string
)

// Provider is one account at one vendor. It is safe for concurrent use and starts no goroutines.
//
// Every method that takes a context ends soon after the context does, and reports the context's
// error; a context that has ended makes no call. Every error that comes from a vendor is an *Error
// that names the operation. What a vendor cannot do answers an error wrapping
// errors.ErrUnsupported, without a call. An id of nothing is ErrNotFound, an empty one
// ErrInvalidArgument or ErrNotFound; a list may be empty instead. A list ends when its loop is left,
// and after an error, which is its last pair.
type Provider interface {
	// Vendor says whose cloud this is.
	Vendor() Vendor
	// Supports reports whether op can be done at all, without a call. A device may still lack
	// what its vendor offers: an answer wrapping errors.ErrUnsupported says so.
	Supports(op Op) bool
	// Check makes one cheap call and reports whether the credentials are good and the vendor is
	// there: ErrUnauthenticated, ErrVendorUnavailable and ErrUntrusted are the usual answers.
	Check(ctx context.Context) error

	// The areas are never nil.
	Homes() Homes
	Locks() Locks
	Keys() Keys
	Passwords() Passwords
	Meters() Meters
	Events() Events

	// Resume takes up an operation by the ID stored earlier, also in another process. It makes
	// no call. What is no operation ID is an error. The result is an *Operation of the type the
	// operation had; use the function Resume, which checks it.
	Resume(operationID string) (any, error)
}

// Homes are flats or houses and their rooms.
type Homes interface {
	// List yields every home that matches q, each once.
	List(ctx context.Context, q HomeQuery) iter.Seq2[Home, error]
	// Get returns one home with its rooms. ErrNotFound if the vendor does not know it.
	Get(ctx context.Context, id HomeID) (Home, error)
	// Create adds a home. ErrExists if spec.ID is taken, ErrInvalidArgument if the vendor lacks
	// a field it requires.
	Create(ctx context.Context, spec HomeSpec) (Home, error)
	// Update changes the fields of spec that are not empty; spec.ID is ignored. A field that the
	// vendor cannot change is ErrInvalidArgument, never silently left out.
	Update(ctx context.Context, id HomeID, spec HomeSpec) error
	// Delete removes a home. When the operation has succeeded, Get reports ErrNotFound.
	Delete(ctx context.Context, id HomeID) (*Operation[Home], error)
	// AddRooms adds rooms to a home and returns those that were added. If some failed, the error
	// joins one *RoomError for each.
	AddRooms(ctx context.Context, id HomeID, rooms ...RoomSpec) ([]Room, error)
	// UpdateRoom changes the fields of spec that are not empty; spec.ID is ignored.
	UpdateRoom(ctx context.Context, id HomeID, room RoomID, spec RoomSpec) error
	// DeleteRoom removes a room. A lock that is bound to the room loses its place with it.
	DeleteRoom(ctx context.Context, id HomeID, room RoomID) error
	// Devices yields everything installed in a home: locks, gateways, meters, collectors, others.
	Devices(ctx context.Context, id HomeID) iter.Seq2[Device, error]
}

// Locks are doors.
type Locks interface {
	// List yields the locks that match q, each once. What the vendor cannot narrow by is
	// ErrInvalidArgument or ErrUnsupported, never ignored. A field the vendor does not report is
	// nil or empty here; Get asks for all of them.
	List(ctx context.Context, q LockQuery) iter.Seq2[Lock, error]
	// Get returns one lock. ErrNotFound if the vendor does not know it.
	Get(ctx context.Context, id DeviceID) (Lock, error)
	// Rename changes the name people see.
	Rename(ctx context.Context, id DeviceID, name string) error
	// Open unlocks the door now. The person who opens is required, for the audit: without one it
	// is ErrInvalidArgument before any call. It is never repeated: ErrOutcomeUnknown means the
	// door may stand open.
	Open(ctx context.Context, id DeviceID, by Person) (*Operation[Lock], error)
}

// Keys are a person's standing right to open (Bluetooth, app, a share), or a finger, card, face
// or PIN enrolled at the lock.
type Keys interface {
	// List yields the keys of a lock, of a person, or those nobody owns, as q says.
	List(ctx context.Context, q KeyQuery) iter.Seq2[Key, error]
	// Grant gives a person a key that keeps exactly the window of g, or refuses. A key without an
	// end that is not Permanent is ErrInvalidArgument before any call.
	Grant(ctx context.Context, id DeviceID, g Grant) (*Operation[Key], error)
	// Update changes a person's key: validity, schedule, role, name.
	Update(ctx context.Context, id DeviceID, k KeyID, g Grant) (*Operation[Key], error)
	// Revoke takes a key from its person. What is enrolled in the lock stays there, unowned.
	Revoke(ctx context.Context, id DeviceID, k KeyID) (*Operation[Key], error)
	// Delete erases a key in the lock.
	Delete(ctx context.Context, id DeviceID, k KeyID) (*Operation[Key], error)
}

// Passwords are digits typed at the door.
type Passwords interface {
	// List yields the passwords of a lock, with what the vendor knows of their state. Codes are
	// not part of it.
	List(ctx context.Context, id DeviceID) iter.Seq2[Password, error]
	// Policy returns what a password of this kind must look like on this lock, so that a form can
	// say so before anybody submits it. Create and Update check the same policy.
	Policy(ctx context.Context, id DeviceID, kind PasswordKind) (PasswordPolicy, error)
	// Create puts a password on a lock. It is never repeated: after ErrOutcomeUnknown, list and
	// look for the name. ErrPasswordRejected carries a *PINError when we refused the code. What
	// PasswordSpec.Validate refuses is refused before any call.
	Create(ctx context.Context, id DeviceID, s PasswordSpec) (*Operation[Password], error)
	// Update changes what u sets and leaves the rest: a changed code keeps its window. What
	// PasswordUpdate.Validate refuses is refused before any call.
	Update(ctx context.Context, id DeviceID, p PasswordID, u PasswordUpdate) (*Operation[Password], error)
	// Freeze suspends a password: it stays listed and does not open.
	Freeze(ctx context.Context, id DeviceID, p PasswordID) (*Operation[Password], error)
	// Unfreeze ends the suspension; the window is what it was.
	Unfreeze(ctx context.Context, id DeviceID, p PasswordID) (*Operation[Password], error)
	// Delete removes a password from a lock. When the operation has succeeded the password is no
	// longer listed. Deleting it again reports ErrNotFound. Administrators' codes are
	// ErrProtected where the vendor protects them.
	Delete(ctx context.Context, id DeviceID, p PasswordID) (*Operation[Password], error)
	// Dynamic returns a code that opens now, and until when.
	Dynamic(ctx context.Context, id DeviceID) (Password, error)
	// Reveal returns the code of a password where the vendor gives it out.
	Reveal(ctx context.Context, id DeviceID, p PasswordID) (Secret, error)
}

// Meters measure electricity and water.
type Meters interface {
	// List yields the meters that match q, each once.
	List(ctx context.Context, q MeterQuery) iter.Seq2[Meter, error]
	// Get returns one meter with its last known reading.
	Get(ctx context.Context, id DeviceID) (Meter, error)
	// Read asks the meter for its present reading.
	Read(ctx context.Context, id DeviceID) (*Operation[Reading], error)
	// History yields the readings of w, newest or oldest first as the vendor has them.
	History(ctx context.Context, id DeviceID, w Window) iter.Seq2[Reading, error]
	// Consumption returns what was used in w, with the window that the vendor's records really
	// cover.
	Consumption(ctx context.Context, id DeviceID, w Window) (Consumption, error)
	// Switch closes (on) or trips the meter's breaker.
	Switch(ctx context.Context, id DeviceID, on bool) (*Operation[Meter], error)
	// TopUp adds prepaid credit. The caller's order number is required and is charged at most
	// once: the same order again reports the receipt of the first time. What TopUp.Validate
	// refuses is ErrInvalidArgument before any call.
	TopUp(ctx context.Context, id DeviceID, t TopUp) (*Operation[Receipt], error)
	// TopUpStatus returns the receipt of an order. ErrNotFound if the vendor does not know it.
	TopUpStatus(ctx context.Context, order string) (Receipt, error)
	// Configure changes the settings that s sets and leaves the rest. If the vendor lacks one of
	// them, none is changed.
	Configure(ctx context.Context, id DeviceID, s MeterSettings) (*Operation[Meter], error)
}

// Events are what happened: ask, listen, be told. The same happening has the same Event.ID,
// whichever way it arrives.
type Events interface {
	// History yields past events that match q, oldest first, each once.
	History(ctx context.Context, q EventQuery) iter.Seq2[Event, error]
	// Watch yields events as they happen. It connects or polls when the loop begins, mends what
	// breaks, yields an EventGap after a break in which events may have been lost, and ends with
	// the context or an error that trying again cannot mend. Nothing of it is left when it
	// returns.
	Watch(ctx context.Context) iter.Seq2[Event, error]
	// Receive returns a handler for the vendor's webhooks. It answers success only after sink
	// has returned nil; otherwise the vendor delivers again, with the same Event.ID. sink is
	// called concurrently. What the vendor did not send is refused: 405 for another method, 413
	// for a body above 1 MiB, 4xx for what is not signed as the vendor signs.
	Receive(sink func(context.Context, Event) error) (http.Handler, error)
}
