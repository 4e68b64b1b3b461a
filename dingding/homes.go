package dingding

import (
	"context"
	"errors"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Home is a flat or house (公寓, 房源) with its rooms and devices.
type Home struct {
	wire.Kept   `json:"-"`
	UserID      lock.Secret           `json:"user_id"` // the account that owns it: a phone number
	HomeID      string                `json:"home_id"` // chosen by the caller
	Name        string                `json:"home_name"`
	Type        HomeType              `json:"home_type"`
	Description string                `json:"description"`
	Country     string                `json:"country"`
	Province    string                `json:"province"` // found by the vendor; no request has it
	City        string                `json:"city"`
	Zone        string                `json:"zone"`
	Location    string                `json:"location"`
	Block       string                `json:"block"` // housing estate (小区)
	Rooms       wire.List[Room]       `json:"rooms"`
	Devices     wire.List[HomeDevice] `json:"devices"`
	// DeviceList is what Devices is called in replies that a public client of the successor
	// platform has recorded; empty otherwise.
	DeviceList wire.List[HomeDevice] `json:"device_list"`
}

// Room is a room of a home.
type Room struct {
	wire.Kept    `json:"-"`
	RoomID       string       `json:"room_id"` // chosen by the caller
	Name         string       `json:"room_name"`
	Note         string       `json:"description"`   // this and the rest is not in the document, but was seen
	SPState      HomeState    `json:"sp_state"`      // 0 = the vendor did not say
	InstallState InstallState `json:"install_state"` // 0 = the vendor did not say
}

// HomeDevice is a device as its home lists it. Which fields are filled depends on the call:
// FindHomeDevices and FindDevicesOfHomes give Type, SN, UUID and RoomID only.
type HomeDevice struct {
	wire.Kept   `json:"-"`
	Type        DeviceKind `json:"type"` // two vocabularies: KindLock in GetHomeInfo and SearchHomes, KindHomeLock and KindRoomLock elsewhere
	SN          string     `json:"sn"`
	UUID        string     `json:"uuid"`
	RoomID      string     `json:"room_id"` // of gateways and outer door locks: the home's id, or ""
	CenterUUID  string     `json:"center_uuid"`
	Description string     `json:"description"`
	IsOut       bool       `json:"is_out"`      // an outer door lock (外门锁)
	Manufactory string     `json:"manufactory"` // of water meters; not in the document, but seen
	Onoff       LineState  `json:"onoff"`       // not in the document, but seen; 0 = the vendor did not say
}

// AddHome adds a home. It begins as HomeNotInstalled. A taken id is ErrExists.
//
// POST /openapi/v1/add_home, §5.1.
func (c *Client) AddHome(ctx context.Context, req AddHomeRequest) (*AddHomeResponse, error) {
	return post[*AddHomeResponse](ctx, c, "/add_home", req)
}

// AddHomeRequest describes the home to add.
type AddHomeRequest struct {
	Type        HomeType `json:"home_type,omitzero"` // 0 = HomeDispersed
	Country     string   `json:"country"`
	City        string   `json:"city"`
	Zone        string   `json:"zone"`     // district
	Location    string   `json:"location"` // full address, best down to the door number
	Block       string   `json:"block"`    // housing estate (小区)
	HomeID      string   `json:"home_id"`  // chosen by the caller, unique among all its homes
	Name        string   `json:"home_name"`
	Description string   `json:"description,omitzero"`
}

func (r AddHomeRequest) validate() error {
	return missing("HomeID", r.HomeID, "Name", r.Name, "Country", r.Country, "City", r.City,
		"Zone", r.Zone, "Location", r.Location, "Block", r.Block)
}

// AddHomeResponse repeats the caller's id.
type AddHomeResponse struct {
	Reply
	HomeID string `json:"home_id"`
}

// UpdateHome changes what is set in the request and leaves the rest. SPState becomes
// HomeManageable when the caller has accepted the installation (验收).
//
// POST /openapi/v1/update_home, §5.2.
func (c *Client) UpdateHome(ctx context.Context, req UpdateHomeRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/update_home", req)
}

// UpdateHomeRequest says what to change; what is zero stays. A text cannot be emptied.
type UpdateHomeRequest struct {
	HomeID      string    `json:"home_id"`
	SPState     HomeState `json:"sp_state,omitzero"`
	Location    string    `json:"location,omitzero"`
	Block       string    `json:"block,omitzero"` // named in the change log (V1.9), missing from the table: unproven
	Name        string    `json:"home_name,omitzero"`
	Description string    `json:"description,omitzero"`
}

func (r UpdateHomeRequest) validate() error { return missing("HomeID", r.HomeID) }

// DeleteHome deletes a home and takes its gateway off. It is done later: the answer's ServiceID
// names the work. A home that is gone already is ErrNotFound.
//
// POST /openapi/v1/del_home, §5.3.
func (c *Client) DeleteHome(ctx context.Context, req DeleteHomeRequest) (*Accepted, error) {
	return post[*Accepted](ctx, c, "/del_home", req)
}

// DeleteHomeRequest names the home to delete.
type DeleteHomeRequest struct {
	HomeID string `json:"home_id"`
}

func (r DeleteHomeRequest) validate() error { return missing("HomeID", r.HomeID) }

// FindHomeDevices lists the devices of one home.
//
// GET /openapi/v1/find_home_device, §5.4.
func (c *Client) FindHomeDevices(ctx context.Context, req FindHomeDevicesRequest) (*FindHomeDevicesResponse, error) {
	return get[*FindHomeDevicesResponse](ctx, c, "/find_home_device", req)
}

// FindHomeDevicesRequest names the home. The document takes POST as well.
type FindHomeDevicesRequest struct {
	HomeID string `json:"home_id" url:"home_id"` // the document calls it a room's id; it is the home's
}

func (r FindHomeDevicesRequest) validate() error { return missing("HomeID", r.HomeID) }

// FindHomeDevicesResponse holds the devices of the home.
type FindHomeDevicesResponse struct {
	Reply
	Result wire.List[HomeDevice] `json:"result"`
}

// FindDevicesOfHomes lists the devices of several homes in one call.
//
// POST /openapi/v1/find_home_devices, §5.5.
func (c *Client) FindDevicesOfHomes(ctx context.Context, req FindDevicesOfHomesRequest) (*FindDevicesOfHomesResponse, error) {
	return postRead[*FindDevicesOfHomesResponse](ctx, c, "/find_home_devices", req)
}

// FindDevicesOfHomesRequest names the homes.
type FindDevicesOfHomesRequest struct {
	HomeIDs []string `json:"home_id"` // an array although the name is singular
}

func (r FindDevicesOfHomesRequest) validate() error { return someHomes(r.HomeIDs) }

func someHomes(ids []string) error {
	if len(ids) == 0 {
		return errors.New("set HomeIDs to at least one home")
	}
	return nil
}

// FindDevicesOfHomesResponse holds the devices by home id. The room id of gateways and outer door
// locks is the home's id.
type FindDevicesOfHomesResponse struct {
	Reply
	Result map[string]wire.List[HomeDevice] `json:"result"`
}

// AddRoom adds a room to a home. The room's id is the caller's own and must be unique in the
// account; a taken one is ErrExists.
//
// POST /openapi/v1/add_room, §5.6.
func (c *Client) AddRoom(ctx context.Context, req AddRoomRequest) (*AddRoomResponse, error) {
	return post[*AddRoomResponse](ctx, c, "/add_room", req)
}

// AddRoomRequest describes the room to add.
type AddRoomRequest struct {
	HomeID string `json:"home_id"`
	RoomID string `json:"room_id"` // chosen by the caller
	Name   string `json:"room_name"`
	Note   string `json:"room_description,omitzero"` // required by the table, optional in the vendor's later use
}

func (r AddRoomRequest) validate() error {
	return missing("HomeID", r.HomeID, "RoomID", r.RoomID, "Name", r.Name)
}

// AddRoomResponse repeats the caller's id.
type AddRoomResponse struct {
	Reply
	RoomID string `json:"room_id"`
}

// AddRooms adds several rooms to a home. What is left behind when one of them is refused is not
// said: look with GetHomeInfo.
//
// POST /openapi/v1/add_rooms, §5.7.
func (c *Client) AddRooms(ctx context.Context, req AddRoomsRequest) (*Reply, error) {
	// The document promises one room_id for all the rooms; it says nothing and stays in Raw.
	return post[*Reply](ctx, c, "/add_rooms", req)
}

// AddRoomsRequest describes the rooms to add.
type AddRoomsRequest struct {
	HomeID string    `json:"home_id"`
	Rooms  []NewRoom `json:"rooms"`
}

// NewRoom describes one of several rooms to add.
type NewRoom struct {
	RoomID string `json:"room_id"` // chosen by the caller
	Name   string `json:"room_name"`
	Note   string `json:"room_description,omitzero"`
}

func (r AddRoomsRequest) validate() error {
	if len(r.Rooms) == 0 {
		return errors.New("set Rooms to at least one room")
	}
	for _, room := range r.Rooms {
		if err := missing("RoomID", room.RoomID, "Name", room.Name); err != nil {
			return err
		}
	}
	return missing("HomeID", r.HomeID)
}

// UpdateRoom replaces a room's name and description.
//
// POST /openapi/v1/update_room, §5.8.
func (c *Client) UpdateRoom(ctx context.Context, req UpdateRoomRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/update_room", req)
}

// UpdateRoomRequest is the room as it shall be: the vendor requires every field, so pass the
// present description too. (The meanings in the document's table are shifted by one row.)
type UpdateRoomRequest struct {
	HomeID string `json:"home_id"`
	RoomID string `json:"room_id"`
	Name   string `json:"room_name"`
	Note   string `json:"room_description"` // "" is sent, and empties it presumably
}

func (r UpdateRoomRequest) validate() error {
	return missing("HomeID", r.HomeID, "RoomID", r.RoomID, "Name", r.Name)
}

// DeleteRoom deletes a room, and with it the lock that is bound to it.
//
// POST /openapi/v1/del_room, §5.9.
func (c *Client) DeleteRoom(ctx context.Context, req DeleteRoomRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/del_room", req)
}

// DeleteRoomRequest names the room to delete.
type DeleteRoomRequest struct {
	HomeID string `json:"home_id,omitzero"` // may be left out where room ids are unique in the account
	RoomID string `json:"room_id"`
}

func (r DeleteRoomRequest) validate() error { return missing("RoomID", r.RoomID) }

// GetHomeInfo finds one home, by its id or by one of its devices.
//
// GET /openapi/v1/get_home_info, §5.10.
func (c *Client) GetHomeInfo(ctx context.Context, req GetHomeInfoRequest) (*GetHomeInfoResponse, error) {
	return get[*GetHomeInfoResponse](ctx, c, "/get_home_info", req)
}

// GetHomeInfoRequest names the home, by HomeID or UUID. (The document's "no parameters return
// all" is copied from SearchHomes.)
type GetHomeInfoRequest struct {
	HomeID      string `url:"home_id,omitempty"`
	UUID        string `url:"uuid,omitempty"`        // of a device in the home
	Manufactory string `url:"manufactory,omitempty"` // needed when UUID is a water meter's: "cy"
}

func (r GetHomeInfoRequest) validate() error {
	if r.HomeID == "" && r.UUID == "" {
		return errors.New("set HomeID, or UUID of a device in the home")
	}
	return nil
}

// GetHomeInfoResponse holds the home.
type GetHomeInfoResponse struct {
	Reply
	Result Home `json:"result"`
}

func (r *GetHomeInfoResponse) keep(requestID string, raw []byte) {
	r.Reply.keep(requestID, raw)
	keepMember(raw, "result", &r.Result)
}

// SearchHomes lists homes, page by page. The texts match anywhere in their field (模糊匹配);
// without any, all homes are listed.
//
// GET /openapi/v1/search_home_info, §5.11.
func (c *Client) SearchHomes(ctx context.Context, req SearchHomesRequest) (*SearchHomesResponse, error) {
	return get[*SearchHomesResponse](ctx, c, "/search_home_info", req)
}

// HomeFilter narrows a search for homes; empty fields do not narrow.
type HomeFilter struct {
	Name     string `url:"home_name,omitempty"`
	City     string `url:"city,omitempty"`
	Zone     string `url:"zone,omitempty"`
	Block    string `url:"block,omitempty"`
	Location string `url:"location,omitempty"`
}

// SearchHomesRequest is a filter and a page. Count is not in the document but accepted, up to
// 1000 in public clients; the last page is the one with fewer homes.
type SearchHomesRequest struct {
	HomeFilter
	Paging
}

// SearchHomesResponse holds one page of homes.
type SearchHomesResponse struct {
	Reply
	HomeList wire.List[Home] `json:"home_list"`
}

// CountHomes counts the homes a search would find. (The document calls the count an array; it is
// a number.)
//
// GET /openapi/v1/count_home_info, §5.12.
func (c *Client) CountHomes(ctx context.Context, req HomeFilter) (*CountResponse, error) {
	return get[*CountResponse](ctx, c, "/count_home_info", req)
}

// FindHomeState says how far the installation of a home has come. It is named in the document's
// change log (V1.5) and seen in public clients.
//
// GET /openapi/v1/find_home_state, outside the document.
func (c *Client) FindHomeState(ctx context.Context, req FindHomeStateRequest) (*FindHomeStateResponse, error) {
	return get[*FindHomeStateResponse](ctx, c, "/find_home_state", req)
}

// FindHomeStateRequest names the home. Clients were seen to use POST as well.
type FindHomeStateRequest struct {
	HomeID string `json:"home_id" url:"home_id"`
}

func (r FindHomeStateRequest) validate() error { return missing("HomeID", r.HomeID) }

// HomeStates is how far a home has come.
type HomeStates struct {
	SPState      HomeState    `json:"sp_state"`
	InstallState InstallState `json:"install_state"`
}

// FindHomeStateResponse holds the home's states.
type FindHomeStateResponse struct {
	Reply
	Result HomeStates `json:"result"`
}

// FindHomeStates is FindHomeState for several homes.
//
// POST /openapi/v1/find_home_states, outside the document.
func (c *Client) FindHomeStates(ctx context.Context, req FindHomeStatesRequest) (*FindHomeStatesResponse, error) {
	return postRead[*FindHomeStatesResponse](ctx, c, "/find_home_states", req)
}

// FindHomeStatesRequest names the homes.
type FindHomeStatesRequest struct {
	HomeIDs []string `json:"home_id"` // an array although the name is singular
}

func (r FindHomeStatesRequest) validate() error { return someHomes(r.HomeIDs) }

// FindHomeStatesResponse holds the states by home id.
type FindHomeStatesResponse struct {
	Reply
	Result map[string]HomeStates `json:"result"`
}
