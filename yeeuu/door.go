package yeeuu

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Door says which door a call is about. The vendor gives doors no id, so these four are it.
type Door struct {
	Code     string   `url:"code"`                 // of the flat (房源编号), chosen by the caller
	Building string   `url:"buildingId,omitempty"` // of the housing estate (小区编号); "" = not sent. Calls 7 and 8 do not list it.
	Type     DoorType `url:"doorType"`
	Name     string   `url:"door,omitempty"` // which inner door: 甲; may be left out for Main
}

// ID is the door as package lock names it, such as "x0001:1" for a main door and "x0001:2:甲" for
// an inner one. Characters that are neither letter nor digit are escaped, so that any code and
// name has an id of its own; ParseDoor reads it.
func (d Door) ID() lock.DeviceID {
	parts := []string{escape(d.Code), escape(string(d.Type)), escape(d.Name), escape(d.Building)}
	for len(parts) > 2 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return lock.DeviceID(strings.Join(parts, ":"))
}

var errDoorID = errors.New(`this is no id of a door of Yeeuu; make one with yeeuu.Door{Code: "x0001", Type: yeeuu.Main}.ID()`)

// ParseDoor reads what Door.ID wrote. A door has one id only; other spellings are refused.
func ParseDoor(id lock.DeviceID) (Door, error) {
	parts := strings.Split(string(id), ":")
	if len(parts) < 2 || len(parts) > 4 {
		return Door{}, errDoorID
	}
	for i, part := range parts {
		text, err := url.PathUnescape(part)
		if err != nil {
			return Door{}, errDoorID
		}
		parts[i] = text
	}
	d := Door{Code: parts[0], Type: DoorType(parts[1])}
	if len(parts) > 2 {
		d.Name = parts[2]
	}
	if len(parts) > 3 {
		d.Building = parts[3]
	}
	if d.ID() != id {
		return Door{}, errDoorID
	}
	return d, nil
}

// escape writes text so that url.PathUnescape reads it, keeping what people can read.
func escape(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		broken := r == utf8.RuneError && size == 1
		if !broken && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' || r == '.') {
			b.WriteString(text[:size])
		} else {
			for i := range size {
				fmt.Fprintf(&b, "%%%02X", text[i])
			}
		}
		text = text[size:]
	}
	return b.String()
}

func (d Door) validate() error {
	switch {
	case d.Code == "":
		return errors.New("set Code, the flat's code")
	case d.Type != Main && d.Type != Inner:
		return errors.New("set Type to yeeuu.Main or yeeuu.Inner")
	case d.Type == Inner && d.Name == "":
		return errors.New("set Name: an inner door is known by it")
	}
	return nil
}

// at is the endpoint of an action at this door.
func (d Door) at(action string) endpoint {
	return endpoint{"/apartments/{code}/" + action, rest.Path("/apartments/%s/"+action, d.Code)}
}

// home and room are where the door is.
func (d Door) home() lock.HomeID { return lock.HomeID(d.Code) }

func (d Door) room() lock.RoomID {
	if d.Type == Inner {
		return lock.RoomID(d.Name)
	}
	return ""
}

// door reads the id of a door that a call can be made about.
func door(id lock.DeviceID) (Door, error) {
	d, err := ParseDoor(id)
	if err == nil {
		err = d.validate()
	}
	if err != nil {
		return Door{}, fmt.Errorf("door %q: %w", id, err)
	}
	return d, nil
}
