package ewelink

import (
	"context"
	"errors"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// ListGroups returns the groups of the current home.
//
// GET /v2/device/group, §4.12.
func (c *Client) ListGroups(ctx context.Context, req ListGroupsRequest) (*ListGroupsReply, error) {
	if req.Lang == "" {
		req.Lang = c.set.lang
	}
	return get[*ListGroupsReply](ctx, c, "/v2/device/group", req)
}

// ListGroupsRequest says in which language.
type ListGroupsRequest struct {
	Lang string `url:"lang"` // "" = that of WithLanguage
}

// ListGroupsReply lists the groups.
type ListGroupsReply struct {
	Reply
	GroupList wire.List[Thing] `json:"groupList"`
}

// AddGroup makes a group of devices of one kind. A device of another kind is left out without a word.
// A group whose main device was shared with the account goes when the share ends.
//
// POST /v2/device/group, §4.13.
func (c *Client) AddGroup(ctx context.Context, req AddGroupRequest) (*GroupReply, error) {
	return post[*GroupReply](ctx, c, "/v2/device/group", req)
}

// AddGroupRequest describes the group.
type AddGroupRequest struct {
	Name         string    `json:"name"` // at most 50 characters
	MainDeviceID string    `json:"mainDeviceId"`
	FamilyID     string    `json:"familyid,omitzero"` // "" = the current home
	RoomID       string    `json:"roomid,omitzero"`
	Sort         SortOrder `json:"sort,omitzero"`          // 0 = SortFirst
	DeviceIDs    []string  `json:"deviceidList,omitempty"` // without the main device
}

func (r AddGroupRequest) validate() error {
	return missing("Name", r.Name, "MainDeviceID", r.MainDeviceID)
}

// GroupReply is the new group, and the devices as they are now where the vendor tells.
type GroupReply struct {
	ThingReply
	UpdatedThingList Things `json:"updatedThingList"`
}

// RenameGroup changes the name of a group.
//
// PUT /v2/device/group, §4.14.
func (c *Client) RenameGroup(ctx context.Context, req RenameGroupRequest) (*Reply, error) {
	return put[*Reply](ctx, c, "/v2/device/group", req)
}

// RenameGroupRequest holds the new name.
type RenameGroupRequest struct {
	ID   string `json:"id"`
	Name string `json:"name"` // at most 50 characters
}

func (r RenameGroupRequest) validate() error { return missing("ID", r.ID, "Name", r.Name) }

// DeleteGroup deletes a group. Its devices stay.
//
// DELETE /v2/device/group, §4.15.
func (c *Client) DeleteGroup(ctx context.Context, id string) (*Reply, error) {
	return del[*Reply](ctx, c, "/v2/device/group", idQuery{id})
}

// StoreGroupStatus stores the params of a group and sends nothing to its devices; SetStatus with
// TargetGroup sends.
//
// POST /v2/device/group/status, §4.16.
func (c *Client) StoreGroupStatus(ctx context.Context, req StoreGroupStatusRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/v2/device/group/status", req)
}

// StoreGroupStatusRequest says what to store.
type StoreGroupStatusRequest struct {
	ID     string `json:"id"`
	Params any    `json:"params"` // a struct with json tags or a map
}

func (r StoreGroupStatusRequest) validate() error {
	if r.Params == nil {
		return errors.New("set Params, which the vendor requires")
	}
	return missing("ID", r.ID)
}

// SetGroupDevices sets which devices are in a group.
//
// POST /v2/device/group/update, §4.17.
func (c *Client) SetGroupDevices(ctx context.Context, req SetGroupDevicesRequest) (*ChangedThings, error) {
	return post[*ChangedThings](ctx, c, "/v2/device/group/update", req)
}

// SetGroupDevicesRequest says which devices the group has from now on.
type SetGroupDevicesRequest struct {
	ID        string   `json:"id"`
	DeviceIDs []string `json:"deviceidList"` // all of them, the main device too
}

func (r SetGroupDevicesRequest) validate() error {
	if len(r.DeviceIDs) == 0 {
		return errors.New("set DeviceIDs to all devices of the group, the main device too")
	}
	return missing("ID", r.ID)
}
