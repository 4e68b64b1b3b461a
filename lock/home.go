package lock

import "fmt"

// Person is somebody who opens doors, holds keys or acts through this library. Which field a
// vendor needs is said by its package; most go by the phone number.
type Person struct {
	ID    string // the vendor's or the caller's id of the person, as the vendor wants it
	Name  string
	Phone Secret // as dialled in the vendor's country, or with +country code
}

// IsZero reports whether nothing is known of the person.
func (p Person) IsZero() bool { return p.ID == "" && p.Name == "" && p.Phone.IsZero() }

// Home is a flat or house.
type Home struct {
	ID       HomeID
	Name     string
	Kind     HomeKind
	Country  string
	Province string
	City     string
	Zone     string // district
	Block    string // housing estate (小区)
	Address  string
	Note     string
	Rooms    []Room
	Native
}

// HomeKind says how a landlord's homes lie; "" if the vendor does not say.
type HomeKind string

// The kinds of home.
const (
	HomeScattered  HomeKind = "scattered"  // single flats across town (分散式)
	HomeContiguous HomeKind = "contiguous" // a whole building (集中式)
)

// Room is a part of a home with a door of its own.
type Room struct {
	ID   RoomID
	Name string
	Note string
	Native
}

// HomeSpec describes a home to create or what to change in one.
type HomeSpec struct {
	ID       HomeID // the caller's own id, where the vendor takes one; unique in the account
	Name     string
	Kind     HomeKind // "" = the vendor's default
	Country  string
	Province string
	City     string
	Zone     string
	Block    string
	Address  string
	Note     string
}

// RoomSpec describes a room to create or what to change in one.
type RoomSpec struct {
	ID   RoomID // the caller's own id, where the vendor takes one; unique in the account
	Name string
	Note string
}

// HomeQuery narrows a list of homes. Empty fields do not narrow; texts match as the vendor
// matches, mostly anywhere in the field.
type HomeQuery struct {
	Name    string
	City    string
	Zone    string
	Block   string
	Address string
}

// RoomError says which room of several could not be added, and why.
type RoomError struct {
	Room RoomID
	Err  error
}

// Error names the room.
func (e *RoomError) Error() string { return fmt.Sprintf("room %s: %v", e.Room, e.Err) }

// Unwrap returns the reason.
func (e *RoomError) Unwrap() error { return e.Err }
