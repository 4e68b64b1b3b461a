package tuya

import (
	"context"
	"errors"
	"net/http"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// ListHomes lists the homes of an app user, without their rooms.
//
// GET /v1.0/users/{uid}/homes, outside the document.
func (c *Client) ListHomes(ctx context.Context, user UID) (*Page[Home], error) {
	return list[Home](ctx, c, at("/v1.0/users/{uid}/homes", user), nil)
}

// Home is a home of an app user.
type Home struct {
	wire.Kept `json:"-"`
	HomeID    lock.HomeID `json:"home_id"`
	Name      string      `json:"name"`
	GeoName   string      `json:"geo_name"` // where it is, in words
	Lat       string      `json:"lat"`
	Lon       string      `json:"lon"`
	Role      string      `json:"role"` // the user's, in the vendor's words
}

// CreateHome adds a home to an app user, with rooms, and returns its id, which the vendor makes.
//
// POST /v1.0/home/create-home, outside the document.
func (c *Client) CreateHome(ctx context.Context, req CreateHomeRequest) (*Answer[lock.HomeID], error) {
	a, err := change[identity](ctx, c, http.MethodPost, at("/v1.0/home/create-home"), req)
	if err != nil {
		return nil, err
	}
	return &Answer[lock.HomeID]{Reply: a.Reply, Result: lock.HomeID(a.Result)}, nil
}

// CreateHomeRequest describes a home.
type CreateHomeRequest struct {
	UID   UID      `json:"uid"`
	Home  HomeInfo `json:"home"`
	Rooms []string `json:"rooms,omitempty"` // names
}

func (r CreateHomeRequest) validate() error {
	return require("UID", string(r.UID), "Home.Name", r.Home.Name)
}

// HomeInfo is what can be said of a home. What is zero is left out.
type HomeInfo struct {
	Name    string  `json:"name,omitzero"`
	GeoName string  `json:"geo_name,omitzero"`
	Lon     float64 `json:"lon,omitzero"`
	Lat     float64 `json:"lat,omitzero"`
}

// GetHome returns a home, without its rooms.
//
// GET /v1.0/homes/{home_id}, outside the document.
func (c *Client) GetHome(ctx context.Context, home lock.HomeID) (*Answer[Home], error) {
	return get[Home](ctx, c, at("/v1.0/homes/{home_id}", home), nil)
}

// UpdateHome changes what can be said of a home.
//
// PUT /v1.0/homes/{home_id}, outside the document.
func (c *Client) UpdateHome(ctx context.Context, home lock.HomeID, info HomeInfo) (*Reply, error) {
	return do(ctx, c, http.MethodPut, at("/v1.0/homes/{home_id}", home), updateHomeRequest{info})
}

type updateHomeRequest struct{ HomeInfo }

func (r updateHomeRequest) validate() error {
	if r.HomeInfo == (HomeInfo{}) {
		return errors.New("there is nothing to change")
	}
	return nil
}

// DeleteHome removes a home.
//
// DELETE /v1.0/homes/{home_id}, outside the document.
func (c *Client) DeleteHome(ctx context.Context, home lock.HomeID) (*Reply, error) {
	return do(ctx, c, http.MethodDelete, at("/v1.0/homes/{home_id}", home), nil)
}

// ListHomeDevices lists the devices of a home, of every category.
//
// GET /v1.0/homes/{home_id}/devices, outside the document.
func (c *Client) ListHomeDevices(ctx context.Context, home lock.HomeID) (*Page[Device], error) {
	return list[Device](ctx, c, at("/v1.0/homes/{home_id}/devices", home), nil)
}

// ListRooms lists the rooms of a home.
//
// GET /v1.0/homes/{home_id}/rooms, outside the document.
func (c *Client) ListRooms(ctx context.Context, home lock.HomeID) (*Page[Room], error) {
	return list[Room](ctx, c, at("/v1.0/homes/{home_id}/rooms", home), nil)
}

// Room is a room of a home.
type Room struct {
	wire.Kept `json:"-"`
	RoomID    lock.RoomID `json:"room_id"`
	Name      string      `json:"name"`
}

// AddRoom adds a room to a home and returns its id, which the vendor makes; "" if it does not say.
//
// POST /v1.0/homes/{home_id}/room, outside the document.
func (c *Client) AddRoom(ctx context.Context, home lock.HomeID, name string) (*Answer[lock.RoomID], error) {
	a, err := answer(send[maybeIdentity](ctx, c, http.MethodPost, at("/v1.0/homes/{home_id}/room", home), nameRequest{name}, how{mutates: true}))
	if err != nil {
		return nil, err
	}
	return &Answer[lock.RoomID]{Reply: a.Reply, Result: lock.RoomID(a.Result)}, nil
}

// maybeIdentity is an identity where the vendor sends one, "" where it sends something else.
type maybeIdentity string

// UnmarshalJSON never fails.
func (id *maybeIdentity) UnmarshalJSON(data []byte) error {
	var sure identity
	_ = sure.UnmarshalJSON(data)
	*id = maybeIdentity(sure)
	return nil
}

// UpdateRoom changes the name of a room.
//
// PUT /v1.0/homes/{home_id}/rooms/{room_id}, outside the document.
func (c *Client) UpdateRoom(ctx context.Context, home lock.HomeID, room lock.RoomID, name string) (*Reply, error) {
	return do(ctx, c, http.MethodPut, at("/v1.0/homes/{home_id}/rooms/{room_id}", home, room), nameRequest{name})
}

// DeleteRoom removes a room.
//
// DELETE /v1.0/homes/{home_id}/rooms/{room_id}, outside the document.
func (c *Client) DeleteRoom(ctx context.Context, home lock.HomeID, room lock.RoomID) (*Reply, error) {
	return do(ctx, c, http.MethodDelete, at("/v1.0/homes/{home_id}/rooms/{room_id}", home, room), nil)
}

// ListRoomDevices lists the devices of a room, of every category.
//
// GET /v1.0/homes/{home_id}/rooms/{room_id}/devices, outside the document.
func (c *Client) ListRoomDevices(ctx context.Context, home lock.HomeID, room lock.RoomID) (*Page[Device], error) {
	return list[Device](ctx, c, at("/v1.0/homes/{home_id}/rooms/{room_id}/devices", home, room), nil)
}
