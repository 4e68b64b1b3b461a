package yeeuu

import (
	"context"
	"errors"
	"strings"

	"github.com/smartlock-sdk/smartlock/lock"
)

// What a synchronise overwrites: a flat's doors are known by the flat's code, the type and the
// name of the door; of a door that the vendor knows, every field that is sent takes the place of
// the old one. Nothing can be read back, so nothing is added to what the caller says, and what the
// caller leaves empty is left out of the request. The document does not say whether the vendor
// keeps such fields or empties them. To be safe give the whole description at every Update, and
// use Client.SyncApartments where rooms must carry their flat's description.

type homes struct {
	lock.Homes // what Yeeuu lacks: List, Get, Delete, UpdateRoom, DeleteRoom, Devices
	c          *Client
}

// Create uploads a flat's outer door under the caller's own code (spec.ID). Name and Block, the
// housing estate, are required as well; Block is the estate's name and also its code, the
// Building of the flat's Doors. Province, City and Zone are the vendor's region numbers.
//
// The vendor does not refuse a code that is taken: the flat there is then described anew.
func (h homes) Create(ctx context.Context, spec lock.HomeSpec) (lock.Home, error) {
	if err := missing("ID", string(spec.ID), "Name", spec.Name, "Block", spec.Block); err != nil {
		return lock.Home{}, refused(lock.CreateHome, lock.ErrInvalidArgument, err)
	}
	reply, err := h.describe(ctx, lock.CreateHome, spec.ID, spec)
	if err != nil {
		return lock.Home{}, lock.About(string(spec.ID), err)
	}
	return lock.Home{
		ID: spec.ID, Name: spec.Name, Province: spec.Province, City: spec.City, Zone: spec.Zone, Block: spec.Block,
		Native: lock.NewNative(reply.Raw(), reply),
	}, nil
}

// Update uploads the fields of spec that are not empty. What the vendor then makes of the others is
// not documented: give all of them. It does not refuse a code it does not know, but adds the flat.
func (h homes) Update(ctx context.Context, id lock.HomeID, spec lock.HomeSpec) error {
	spec.ID = ""
	if spec == (lock.HomeSpec{}) {
		return invalid(lock.UpdateHome, "there is nothing to change: set Name, Block, Province, City or Zone")
	}
	_, err := h.describe(ctx, lock.UpdateHome, id, spec)
	return lock.About(string(id), err)
}

func (h homes) describe(ctx context.Context, op lock.Op, id lock.HomeID, spec lock.HomeSpec) (*Reply, error) {
	if spec.Kind != "" || spec.Country+spec.Address+spec.Note != "" {
		return nil, invalid(op, "Yeeuu takes Name, Block, Province, City and Zone of a home; leave Kind, Country, Address and Note empty (block number and unit: Client.SyncApartments)")
	}
	if strings.Trim(spec.Province+spec.City+spec.Zone, "0123456789") != "" {
		return nil, invalid(op, "Province, City and Zone are the vendor's region numbers, from the file it hands out")
	}
	return h.c.SyncApartments(lock.WithOp(ctx, op), SyncApartmentsRequest{ApartmentList{{
		BuildingID: spec.Block, BuildingName: spec.Block, ProvinceID: spec.Province, CityID: spec.City, DistrictID: spec.Zone,
		Code: string(id), DoorType: Main, Name: spec.Name,
	}}})
}

// AddRooms uploads inner doors, one by one, so that the outcome of each is known. A room's id is
// the door's name; Name may repeat it or stand for it. The vendor does not refuse a room that is
// there or a flat it does not know.
func (h homes) AddRooms(ctx context.Context, id lock.HomeID, rooms ...lock.RoomSpec) ([]lock.Room, error) {
	ctx = lock.WithOp(ctx, lock.AddRooms)
	var (
		added []lock.Room
		errs  []error
	)
	for _, spec := range rooms {
		room, err := h.addRoom(ctx, id, spec)
		if err != nil {
			errs = append(errs, &lock.RoomError{Room: spec.ID, Err: lock.About(string(spec.ID), err)})
			continue
		}
		added = append(added, room)
	}
	return added, errors.Join(errs...)
}

func (h homes) addRoom(ctx context.Context, id lock.HomeID, spec lock.RoomSpec) (lock.Room, error) {
	name := string(spec.ID)
	switch {
	case name == "":
		name = spec.Name
	case spec.Name != "" && spec.Name != name:
		return lock.Room{}, invalid(lock.AddRooms, "a room of Yeeuu has one text, the name of its door: give ID or Name, or the same twice")
	}
	if spec.Note != "" {
		return lock.Room{}, invalid(lock.AddRooms, "Yeeuu keeps no notes; leave Note empty")
	}
	reply, err := h.c.SyncApartments(ctx, SyncApartmentsRequest{ApartmentList{{Code: string(id), DoorType: Inner, Door: name}}})
	if err != nil {
		return lock.Room{}, err
	}
	return lock.Room{ID: lock.RoomID(name), Name: name, Native: lock.NewNative(reply.Raw(), reply)}, nil
}
