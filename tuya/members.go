package tuya

import (
	"context"
	"net/http"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// AddMember adds a person to a device and returns their id.
//
// POST /v1.0/devices/{device_id}/user, §6.
func (c *Client) AddMember(ctx context.Context, device lock.DeviceID, req AddMemberRequest) (*Answer[UserID], error) {
	a, err := change[identity](ctx, c, http.MethodPost, at("/v1.0/devices/{device_id}/user", device), req)
	if err != nil {
		return nil, err
	}
	return &Answer[UserID]{Reply: a.Reply, Result: UserID(a.Result)}, nil
}

// AddMemberRequest describes a person. The vendor does not say in which unit Birthday counts: it is
// passed on as it is.
type AddMemberRequest struct {
	NickName string      `json:"nick_name"`
	Sex      Sex         `json:"sex"` // required; SexUnknown may be refused
	Birthday int64       `json:"birthday,omitzero"`
	Height   int         `json:"height,omitzero"` // cm
	Weight   int         `json:"weight,omitzero"` // g
	Contact  lock.Secret `json:"contact,omitzero"`
}

func (r AddMemberRequest) validate() error { return require("NickName", r.NickName) }

// UpdateMember changes a person. Name and sex are set every time.
//
// PUT /v1.0/devices/{device_id}/users/{user_id}, §7.
func (c *Client) UpdateMember(ctx context.Context, device lock.DeviceID, user UserID, req UpdateMemberRequest) (*Reply, error) {
	return do(ctx, c, http.MethodPut, at("/v1.0/devices/{device_id}/users/{user_id}", device, user), req)
}

// UpdateMemberRequest is what a person shall be.
type UpdateMemberRequest struct {
	NickName string `json:"nick_name"`
	Sex      Sex    `json:"sex"`
	Birthday int64  `json:"birthday,omitzero"`
	Height   int    `json:"height,omitzero"` // cm
	Weight   int    `json:"weight,omitzero"` // g
}

func (r UpdateMemberRequest) validate() error { return require("NickName", r.NickName) }

// DeleteMember takes a person from a device. What they have enrolled stays on the lock until
// DeleteLockUsers: see ListAbsentUsers.
//
// DELETE /v1.0/devices/{device_id}/users/{user_id}, §9.
func (c *Client) DeleteMember(ctx context.Context, device lock.DeviceID, user UserID) (*Reply, error) {
	return do(ctx, c, http.MethodDelete, at("/v1.0/devices/{device_id}/users/{user_id}", device, user), nil)
}

// GetMember returns a person of a device. Administrators are not returned.
//
// GET /v1.0/devices/{device_id}/users/{user_id}, §10.
func (c *Client) GetMember(ctx context.Context, device lock.DeviceID, user UserID) (*Answer[Member], error) {
	return get[Member](ctx, c, at("/v1.0/devices/{device_id}/users/{user_id}", device, user), nil)
}

// Member is a person of a device.
type Member struct {
	wire.Kept `json:"-"`
	DeviceID  lock.DeviceID `json:"device_id"`
	UserID    UserID        `json:"user_id"` // not in the document
	NickName  string        `json:"nick_name"`
	Sex       Sex           `json:"sex"`
	Birthday  int64         `json:"birthday"` // in the unit it was set in
	Height    int           `json:"height"`   // cm
	Weight    int           `json:"weight"`   // g
	Contact   lock.Secret   `json:"contact"`
}

// ListMembers lists the people of a device.
//
// GET /v1.0/devices/{device_id}/users, §12.
func (c *Client) ListMembers(ctx context.Context, device lock.DeviceID) (*Page[Member], error) {
	return list[Member](ctx, c, at("/v1.0/devices/{device_id}/users", device), nil)
}
