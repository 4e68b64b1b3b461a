package locktest

import (
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// World is a provider and what the suite may do around it: usually a vendor's client, its
// simulator, and a few things that exist there. Run makes a new one for every rule.
//
// Provider is required. A field that is left out is looked for through the provider where it can
// be; a function that is nil is something this world cannot do, and the rules that need it are
// skipped.
type World struct {
	Provider lock.Provider

	// What exists. An operation that is supported needs what it works on, here or in a list.
	Home       lock.HomeID
	Room       lock.RoomID     // in Home
	Lock       lock.DeviceID   // online, with no passwords but those of its installer
	Fresh      lock.DeviceID   // a lock that has not reported yet: its battery is unknown
	Meter      lock.DeviceID   // measures electricity; prepaid where the vendor can top up
	WaterMeter lock.DeviceID   // measures water
	Key        lock.KeyID      // enrolled in Lock and somebody's
	Unowned    lock.KeyID      // enrolled in Lock and nobody's
	Revealable lock.PasswordID // a password of Lock whose code the vendor gives out

	// Missing are ids as the vendor writes them of things that do not exist. Empty fields become
	// "no-such-home" and so on, which is good enough for a vendor that takes any text.
	Missing IDs

	// Person holds keys; the suite gives it a name and a phone if it has none. Operator opens
	// doors and gives keys; zero = Person.
	Person   lock.Person
	Operator lock.Person

	// HomeSpec, RoomSpec and Grant return one that the vendor takes, another at every call, with
	// the fields it requires. nil = any will do.
	HomeSpec func() lock.HomeSpec
	RoomSpec func() lock.RoomSpec
	Grant    func() lock.Grant

	// Again returns the same account as another process would have it.
	Again func() lock.Provider
	// Calls returns how many calls have reached the vendor, to prove that some things make none.
	Calls func() int
	// Settle finishes now the work that the vendor would finish later, and sends its callbacks.
	Settle func()
	// Advance moves the vendor's clock and the client's, with all that falls due.
	Advance func(time.Duration)
	// Now is the vendor's clock; nil = time.Now.
	Now func() time.Time
	// EnterCode is a person at the keypad of a lock: whether the door opened.
	EnterCode func(lock.DeviceID, lock.Secret) bool
	// OpenDoor opens a door in some way that the vendor reports as lock.EventLockUnlocked. nil =
	// by EnterCode.
	OpenDoor func(lock.DeviceID)
	// Opened returns how often a door was opened.
	Opened func(lock.DeviceID) int
	// Fill adds to what a list operation yields, enough for more than one page, and returns how
	// many it added; 0 = it cannot for this operation. Passwords, keys and events are of Lock,
	// readings of Meter.
	Fill func(lock.Op) int
	// Webhook has the vendor send its callbacks to url from now on.
	Webhook func(url string)
	// Break breaks the streams of those who watch; what happens during the break is not streamed.
	Break func(during func())
	// Stall makes the vendor take calls and not answer them until resume is called; arrived gets
	// something when a call waits.
	Stall func() (arrived <-chan struct{}, resume func())

	// Output returns everything logged so far. No secret may be in it.
	Output func() string
	// Secrets are what else may never be printed: the client secret, tokens.
	Secrets []lock.Secret

	// For returns this world as seen from a place where op can be done, for accounts whose
	// devices differ in what they can: a lock.Fleet of several vendors (see Fleet). What it says
	// replaces what stands here, and its Supports says what can be done there. What belongs to
	// the provider as a whole does not change: Provider, Again, Calls, Settle, Advance, Webhook,
	// Stall, Output, Secrets and Except.
	For func(op lock.Op) World
	// Supports is what can be done with the things of this world, where that is less than what
	// the provider can do; nil = Provider.Supports.
	Supports func(lock.Op) bool

	// Except names rules that this vendor makes impossible to keep, with the reason:
	// "homes.create/a taken id is ErrExists". They are skipped, visibly. A name that is no rule
	// fails.
	Except map[string]string
}

// IDs are identities of one each.
type IDs struct {
	Home     lock.HomeID
	Room     lock.RoomID
	Lock     lock.DeviceID
	Meter    lock.DeviceID
	Key      lock.KeyID
	Password lock.PasswordID
}
