package dingding

import (
	"cmp"
	"errors"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// Locator says which device a call is about. At least one field is set; UUID wins over RoomID,
// RoomID over HomeID. HomeID alone is the home's outer door lock, or its public meter. A device
// that was assigned in the vendor's console instead of through this interface is known by its
// UUID only (§3.4).
type Locator struct {
	HomeID string `json:"home_id,omitzero" url:"home_id,omitempty"` // may be left out where room ids are unique in the account
	RoomID string `json:"room_id,omitzero" url:"room_id,omitempty"`
	UUID   string `json:"uuid,omitzero" url:"uuid,omitempty"`
}

func (l Locator) validate() error {
	if l == (Locator{}) {
		return errors.New("say which device: set UUID or RoomID (UUID wins), or HomeID alone for the outer door or the public meter")
	}
	return nil
}

// HomeLocator says which gateway or collector a call is about: by its UUID, which wins, or by its
// home.
type HomeLocator struct {
	HomeID string `json:"home_id,omitzero" url:"home_id,omitempty"`
	UUID   string `json:"uuid,omitzero" url:"uuid,omitempty"`
}

func (l HomeLocator) validate() error {
	if l == (HomeLocator{}) {
		return errors.New("say which device: set UUID, or HomeID")
	}
	return nil
}

// RoomLocator says which room's meters a call is about: by the UUID of a meter, which wins, or by
// the room.
type RoomLocator struct {
	RoomID string `json:"room_id,omitzero" url:"room_id,omitempty"`
	UUID   string `json:"uuid,omitzero" url:"uuid,omitempty"`
}

func (l RoomLocator) validate() error {
	if l == (RoomLocator{}) {
		return errors.New("say which meter: set UUID or RoomID (UUID wins)")
	}
	return nil
}

// Period narrows a query to a time, in whole seconds. A zero bound does not narrow.
type Period struct {
	Start time.Time `url:"start_time,omitempty,unix"`
	End   time.Time `url:"end_time,omitempty,unix"`
}

func (p Period) validate() error { return ordered(p.Start, p.End) }

func ordered(start, end time.Time) error {
	if !start.IsZero() && !end.IsZero() && end.Before(start) {
		return errors.New("the end of the period lies before its start")
	}
	return nil
}

// Paging is a page of a list.
type Paging struct {
	Offset int `json:"offset,omitzero" url:"offset,omitempty"` // items to skip
	Count  int `json:"count,omitzero" url:"count,omitempty"`   // items to send at most; 0 = the vendor's default, which differs from call to call
}

func (p Paging) validate() error {
	if p.Offset < 0 || p.Count < 0 {
		return errors.New("a negative Offset or Count makes no page")
	}
	return nil
}

// CountResponse says how many there are.
type CountResponse struct {
	Reply
	Count int `json:"count"`
}

// missing reports the first required text that is not set. Its arguments are names and values in
// turn.
func missing(namesAndValues ...string) error {
	for i := 0; i < len(namesAndValues); i += 2 {
		if namesAndValues[i+1] == "" {
			return errors.New("set " + namesAndValues[i] + ", which the vendor requires")
		}
	}
	return nil
}

// first returns the first error that is one.
func first(errs ...error) error { return cmp.Or(errs...) }

// keepMember hands v the bytes of one member of a reply, so that a single object knows its bytes
// as the items of a list do.
func keepMember(reply []byte, name string, v interface{ KeepRaw(raw []byte) }) {
	members, err := wire.Members(nil, reply)
	if err != nil { // the reply has been decoded before, so it is an object
		return
	}
	for _, m := range members {
		if m.Name == name {
			v.KeepRaw(m.Value)
		}
	}
}
