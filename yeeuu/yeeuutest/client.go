package yeeuutest

import (
	"fmt"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/yeeuu"
)

// Client returns a client of this simulator, on its clock and with its credentials, for both
// interfaces.
func (s *Server) Client(opts ...lock.Option) *yeeuu.Client {
	ours := []lock.Option{
		lock.WithBaseURL(s.URL), lock.WithClock(s.Clock()), yeeuu.WithDeviceKey(lock.NewSecret(s.DeviceKey)),
	}
	return yeeuu.New(s.PartnerID, s.Secret, append(ours, opts...)...)
}

// id is how the client names a door.
func (p place) id() lock.DeviceID {
	return yeeuu.Door{Code: p.code, Type: yeeuu.DoorType(p.kind), Name: p.name}.ID()
}

// placeOf reads a client's name of a door.
func placeOf(id lock.DeviceID) (place, error) {
	d, err := yeeuu.ParseDoor(id)
	if err != nil {
		return place{}, fmt.Errorf("%q: %w", id, err)
	}
	return newPlace(d.Code, string(d.Type), d.Name), nil
}
