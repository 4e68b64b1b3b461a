package ewelink

import (
	"context"
	"errors"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// Home is a home (家庭) with its rooms.
type Home struct {
	wire.Kept  `json:"-"`
	ID         string          `json:"id"`     // given by the vendor
	APIKey     string          `json:"apikey"` // of the account whose home it is
	Name       string          `json:"name"`
	Index      int             `json:"index"` // its place in the list; may be negative
	RoomList   wire.List[Room] `json:"roomList"`
	FamilyType HomeType        `json:"familyType"` // this and the rest is not in the document, but was seen; 0 = the vendor does not say
	Members    Params          `json:"members"`
	SharedBy   Params          `json:"sharedBy"`
}

// Room is a room of a home.
type Room struct {
	wire.Kept `json:"-"`
	ID        string `json:"id"` // given by the vendor
	Name      string `json:"name"`
	Index     int    `json:"index"`
}

// ListHomes returns the homes with their rooms.
//
// GET /v2/family, §5.1.
func (c *Client) ListHomes(ctx context.Context, req ListHomesRequest) (*ListHomesReply, error) {
	if req.Lang == "" {
		req.Lang = c.set.lang
	}
	return get[*ListHomesReply](ctx, c, "/v2/family", req)
}

// ListHomesRequest says in which language names that the vendor gave shall come.
type ListHomesRequest struct {
	Lang string `url:"lang"` // "" = that of WithLanguage
}

// ListHomesReply lists the homes.
type ListHomesReply struct {
	Reply
	FamilyList      wire.List[Home] `json:"familyList"`
	CurrentFamilyID string          `json:"currentFamilyId"` // the home that calls mean which name none
}

// AddHome adds a home.
//
// POST /v2/family, §5.2.
func (c *Client) AddHome(ctx context.Context, req AddHomeRequest) (*AddHomeReply, error) {
	if req.Sort == 0 {
		req.Sort = SortLast
	}
	return post[*AddHomeReply](ctx, c, "/v2/family", req)
}

// AddHomeRequest describes the home to add.
type AddHomeRequest struct {
	Name  string    `json:"name"`
	Sort  SortOrder `json:"sort"` // 0 = SortLast
	Rooms []string  `json:"roomNameList,omitempty"`
}

func (r AddHomeRequest) validate() error { return missing("Name", r.Name) }

// AddHomeReply is the new home.
type AddHomeReply struct {
	Reply
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Index    int             `json:"index"`
	RoomList wire.List[Room] `json:"roomList"`
}

// AddRoom adds a room to a home.
//
// POST /v2/family/room, §5.3.
func (c *Client) AddRoom(ctx context.Context, req AddRoomRequest) (*AddRoomReply, error) {
	if req.Sort == 0 {
		req.Sort = SortLast
	}
	return post[*AddRoomReply](ctx, c, "/v2/family/room", req)
}

// AddRoomRequest describes the room to add.
type AddRoomRequest struct {
	FamilyID string    `json:"familyid"`
	Name     string    `json:"name"`
	Sort     SortOrder `json:"sort"` // 0 = SortLast
}

func (r AddRoomRequest) validate() error { return missing("FamilyID", r.FamilyID, "Name", r.Name) }

// AddRoomReply is the new room.
type AddRoomReply struct {
	Reply
	ID    string `json:"id"`
	Name  string `json:"name"`
	Index int    `json:"index"`
}

// RenameHome changes the name of a home.
//
// PUT /v2/family, §5.4.
func (c *Client) RenameHome(ctx context.Context, req RenameHomeRequest) (*Reply, error) {
	return put[*Reply](ctx, c, "/v2/family", req)
}

// RenameHomeRequest holds the new name.
type RenameHomeRequest struct {
	ID   string `json:"id,omitzero"` // "" = the current home
	Name string `json:"name"`
}

func (r RenameHomeRequest) validate() error { return missing("Name", r.Name) }

// RenameRoom changes the name of a room.
//
// PUT /v2/family/room, §5.5.
func (c *Client) RenameRoom(ctx context.Context, req RenameRoomRequest) (*Reply, error) {
	return put[*Reply](ctx, c, "/v2/family/room", req)
}

// RenameRoomRequest holds the new name.
type RenameRoomRequest struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (r RenameRoomRequest) validate() error { return missing("ID", r.ID, "Name", r.Name) }

// SortRooms sets the order of a home's rooms.
//
// POST /v2/family/room/index, §5.6.
func (c *Client) SortRooms(ctx context.Context, req SortRoomsRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/v2/family/room/index", req)
}

// SortRoomsRequest holds the order.
type SortRoomsRequest struct {
	FamilyID string   `json:"familyid,omitzero"` // "" = the current home
	IDs      []string `json:"idList"`            // all rooms
}

func (r SortRoomsRequest) validate() error {
	if len(r.IDs) == 0 {
		return errors.New("set IDs to all rooms of the home")
	}
	return nil
}

// DeleteHome deletes a home. Its devices move to another one.
//
// DELETE /v2/family, §5.7.
func (c *Client) DeleteHome(ctx context.Context, req DeleteHomeRequest) (*Reply, error) {
	return del[*Reply](ctx, c, "/v2/family", req)
}

// DeleteHomeRequest names the home to delete and its heirs.
type DeleteHomeRequest struct {
	ID           string `url:"id"`
	DeviceFamily string `url:"deviceFamily"` // the home its devices move to
	SwitchFamily string `url:"switchFamily"` // the current home afterwards
}

func (r DeleteHomeRequest) validate() error {
	return missing("ID", r.ID, "DeviceFamily", r.DeviceFamily, "SwitchFamily", r.SwitchFamily)
}

// DeleteRoom deletes a room. Its things stay in the home.
//
// DELETE /v2/family/room, §5.8.
func (c *Client) DeleteRoom(ctx context.Context, id string) (*Reply, error) {
	return del[*Reply](ctx, c, "/v2/family/room", idQuery{id})
}

type idQuery struct {
	ID string `url:"id"`
}

func (r idQuery) validate() error { return missing("id", r.ID) }

// SortThings sets the order of the things of a home.
//
// POST /v2/family/thing/sort, §5.9.
func (c *Client) SortThings(ctx context.Context, req SortThingsRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/v2/family/thing/sort", req)
}

// SortThingsRequest holds the order.
type SortThingsRequest struct {
	FamilyID  string    `json:"familyid,omitzero"` // "" = the current home
	ThingList []ThingID `json:"thingList"`         // everything in the home
}

func (r SortThingsRequest) validate() error {
	if len(r.ThingList) == 0 {
		return errors.New("set ThingList to everything in the home")
	}
	return nil
}

// SetRoomThings moves things into a room and out of it.
//
// POST /v2/family/room/thing, §5.10.
func (c *Client) SetRoomThings(ctx context.Context, req SetRoomThingsRequest) (*Reply, error) {
	if req.Old == nil {
		req.Old = []ThingID{}
	}
	if req.New == nil {
		req.New = []ThingID{}
	}
	return post[*Reply](ctx, c, "/v2/family/room/thing", req)
}

// SetRoomThingsRequest says what was in the room and what shall be.
type SetRoomThingsRequest struct {
	RoomID string    `json:"roomid"`
	Old    []ThingID `json:"oldThingList"` // one that is not there is an error
	New    []ThingID `json:"newThingList"`
}

func (r SetRoomThingsRequest) validate() error { return missing("RoomID", r.RoomID) }

// SwitchHome makes a home the current one: calls that name no home mean it from then on, those of
// other programs and of the app too.
//
// POST /v2/family/current, §5.11.
func (c *Client) SwitchHome(ctx context.Context, id string) (*Reply, error) {
	return post[*Reply](ctx, c, "/v2/family/current", homeID{id})
}

type homeID struct {
	ID string `json:"id"`
}

func (r homeID) validate() error { return missing("id", r.ID) }
