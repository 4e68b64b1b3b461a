package aliyunlock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	maxHomePage       = 20
	maxHomeDevicePage = 50
	maxHomeName       = 40 // characters
)

// Home is a home of the user. A user has ten at most, and one at least.
type Home struct {
	wire.Kept    `json:"-"`
	HomeID       string    `json:"homeId"`
	Name         string    `json:"name"`
	MyRole       string    `json:"myRole"`
	CurrentHome  bool      `json:"currentHome"` // the one the vendor's app shows
	CreateMillis time.Time `json:"createMillis"`
}

// Room is a room of a home.
type Room struct {
	wire.Kept       `json:"-"`
	RoomID          string    `json:"roomId"`
	Name            string    `json:"name"`
	BackgroundImage string    `json:"backgroundImage"` // the vendor spells it backgroudImage
	DeviceCnt       int       `json:"deviceCnt"`
	DeviceOnlineCnt int       `json:"deviceOnlineCnt"`
	CreateMillis    time.Time `json:"createMillis"`
}

// UnmarshalJSON reads a room in either spelling.
func (r *Room) UnmarshalJSON(data []byte) error {
	data, err := respelt(data, misspelt)
	if err != nil {
		return err
	}
	type plain Room // without this method
	return wire.Unmarshal(data, (*plain)(r))
}

// HomeDevice is a device where it stands.
type HomeDevice struct {
	wire.Kept `json:"-"`
	BindingInfo
	HomeID       string                    `json:"homeId"`
	HomeName     string                    `json:"homeName"`
	RoomID       string                    `json:"roomId"`
	RoomName     string                    `json:"roomName"`
	PropertyList wire.List[DeviceProperty] `json:"propertyList"` // of ListRoomDevices, as far as asked for
}

// DeviceProperty is a property in the list of a room's devices.
type DeviceProperty struct {
	Identifier         string    `json:"identifier"`
	Name               string    `json:"name"`
	DataType           string    `json:"dataType"`
	Value              Value     `json:"value"`
	LatestUpdateMillis time.Time `json:"latestUpdateMillis"`
}

// UnmarshalJSON reads a device in either spelling.
func (d *HomeDevice) UnmarshalJSON(data []byte) error {
	data, err := respelt(data, misspelt)
	if err != nil {
		return err
	}
	type plain HomeDevice // without this method
	return wire.Unmarshal(data, (*plain)(d))
}

// CreateHome adds a home and returns its id, which the vendor makes.
//
// POST /living/home/create, outside the document.
func (c *Client) CreateHome(ctx context.Context, name string) (*Answer[string], error) {
	return changeID(ctx, c, "/living/home/create", namedHome{name})
}

type namedHome struct {
	Name string `json:"name"`
}

func (r namedHome) validate() error { return validHomeName(r.Name) }

func validHomeName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > maxHomeName {
		return fmt.Errorf("a home needs a name of %d characters at most", maxHomeName)
	}
	return nil
}

// UpdateHome names a home.
//
// POST /living/home/update, outside the document.
func (c *Client) UpdateHome(ctx context.Context, req UpdateHomeRequest) (*Reply, error) {
	return do(ctx, c, "/living/home/update", req)
}

// UpdateHomeRequest names a home. The name is unique among the homes of the user.
type UpdateHomeRequest struct {
	HomeID string `json:"homeId"`
	Name   string `json:"name"`
}

func (r UpdateHomeRequest) validate() error {
	return cmp.Or(missing("HomeID", r.HomeID), validHomeName(r.Name))
}

// DeleteHome deletes a home and UNBINDS every device in it from the user. The last home stays.
//
// POST /living/home/delete, outside the document.
func (c *Client) DeleteHome(ctx context.Context, homeID string) (*Reply, error) {
	return do(ctx, c, "/living/home/delete", home{homeID})
}

type home struct {
	HomeID string `json:"homeId"`
}

func (r home) validate() error { return missing("homeID", r.HomeID) }

// ListHomes lists the homes of the user, page by page.
//
// POST /living/home/query, outside the document.
func (c *Client) ListHomes(ctx context.Context, req ListHomesRequest) (*Page[Home], error) {
	return list[Home](ctx, c, "/living/home/query", req)
}

// ListHomesRequest says which page.
type ListHomesRequest struct {
	Paging // PageSize at most 20
}

func (r ListHomesRequest) validate() error { return r.check(maxHomePage) }

// CreateRoom adds a room to a home and returns its id, which the vendor makes.
//
// POST /living/home/room/create, outside the document.
func (c *Client) CreateRoom(ctx context.Context, req CreateRoomRequest) (*Answer[string], error) {
	return changeID(ctx, c, "/living/home/room/create", req)
}

// CreateRoomRequest describes a room.
type CreateRoomRequest struct {
	HomeID string `json:"homeId"`
	Name   string `json:"name"`
}

func (r CreateRoomRequest) validate() error { return missing("HomeID", r.HomeID, "Name", r.Name) }

// ListRooms lists the rooms of a home, page by page.
//
// POST /living/home/room/query, outside the document.
func (c *Client) ListRooms(ctx context.Context, req ListRoomsRequest) (*Page[Room], error) {
	return list[Room](ctx, c, "/living/home/room/query", req)
}

// ListRoomsRequest names the home and says which page.
type ListRoomsRequest struct {
	HomeID string `json:"homeId"`
	Paging        // PageSize at most 20
}

func (r ListRoomsRequest) validate() error {
	return cmp.Or(missing("HomeID", r.HomeID), r.check(maxHomePage))
}

// ListRoomDevices lists the devices of a room with their properties, page by page.
//
// POST /living/home/room/device/query, outside the document.
func (c *Client) ListRoomDevices(ctx context.Context, req ListRoomDevicesRequest) (*Page[HomeDevice], error) {
	return list[HomeDevice](ctx, c, "/living/home/room/device/query", req)
}

// ListRoomDevicesRequest names the room and says which page and which properties.
type ListRoomDevicesRequest struct {
	HomeID              string   `json:"homeId"`
	RoomID              string   `json:"roomId"`
	Paging                       // PageSize at most 20
	PropertyIdentifiers []string `json:"propertyIdentifiers,omitzero"`
}

func (r ListRoomDevicesRequest) validate() error {
	return cmp.Or(missing("HomeID", r.HomeID, "RoomID", r.RoomID), r.check(maxHomePage))
}

// ListHomeDevices lists the devices of a home or a room, page by page.
//
// POST /living/home/device/query, outside the document.
func (c *Client) ListHomeDevices(ctx context.Context, req ListHomeDevicesRequest) (*Page[HomeDevice], error) {
	return list[HomeDevice](ctx, c, "/living/home/device/query", req)
}

// ListHomeDevicesRequest narrows the list and says which page.
type ListHomeDevicesRequest struct {
	HomeID         string   `json:"homeId,omitzero"` // what "" means is not documented
	RoomID         string   `json:"roomId,omitzero"`
	DeviceNodeType NodeType `json:"deviceNodeType,omitzero"`
	Paging                  // PageSize at most 50
}

func (r ListHomeDevicesRequest) validate() error { return r.check(maxHomeDevicePage) }

// SetRoomDevices says which devices stand in a room: these and no others.
//
// POST /living/home/room/device/full/update, outside the document.
func (c *Client) SetRoomDevices(ctx context.Context, req SetRoomDevicesRequest) (*Reply, error) {
	return do(ctx, c, "/living/home/room/device/full/update", req)
}

// SetRoomDevicesRequest lists the devices of a room.
type SetRoomDevicesRequest struct {
	HomeID    string   `json:"homeId"`
	RoomID    string   `json:"roomId"`
	IotIDList []string `json:"iotIdList"` // empty, but not nil, for none
}

func (r SetRoomDevicesRequest) validate() error {
	if r.IotIDList == nil {
		return errors.New("set IotIDList; empty it for a room without devices")
	}
	return missing("HomeID", r.HomeID, "RoomID", r.RoomID)
}

// Region is where a user's data lies, and the addresses of it.
type Region struct {
	wire.Kept            `json:"-"`
	RegionID             string `json:"regionId"` // "cn-shanghai"
	ShortRegionID        string `json:"shortRegionId"`
	RegionEnglishName    string `json:"regionEnglishName"`
	APIGatewayEndpoint   string `json:"apiGatewayEndpoint"` // the host for lock.WithBaseURL, without https://
	OAAPIGatewayEndpoint string `json:"oaApiGatewayEndpoint"`
	MQTTEndpoint         string `json:"mqttEndpoint"`
	PushChannelEndpoint  string `json:"pushChannelEndpoint"`
}

// GetUserRegion tells where somebody who signs in belongs. It needs no session, and is asked at the
// address of China.
//
// POST /living/account/region/get, outside the document.
func (c *Client) GetUserRegion(ctx context.Context, req UserRegionRequest) (*Answer[Region], error) {
	e, err := send[Region](ctx, c, "/living/account/region/get", req, how{open: true})
	return answer(e, err)
}

// UserRegionRequest says by what somebody signs in; which of the others is needed depends on Type.
type UserRegionRequest struct {
	Type              string      `json:"type"` // "THIRD_AUTHCODE", or a kind for phone, e-mail or country
	AuthCode          lock.Secret `json:"authCode,omitzero"`
	CountryCode       string      `json:"countryCode,omitzero"`
	Phone             lock.Secret `json:"phone,omitzero"`
	PhoneLocationCode string      `json:"phoneLocationCode,omitzero"`
	Email             string      `json:"email,omitzero"`
}

func (r UserRegionRequest) validate() error { return missing("Type", r.Type) }
