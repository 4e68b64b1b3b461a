package aliyunlock

import (
	"cmp"
	"context"
	"errors"
)

// CreateVirtualUser adds a person to the account. The vendor makes the id.
//
// POST /uc/virtual/user/create, outside the document.
func (c *Client) CreateVirtualUser(ctx context.Context, req CreateVirtualUserRequest) (*Answer[VirtualUser], error) {
	return change[VirtualUser](ctx, c, "/uc/virtual/user/create", req)
}

// CreateVirtualUserRequest describes the person.
type CreateVirtualUserRequest struct {
	AttrList []Attr `json:"attrList,omitzero"`
	SceneID  string `json:"sceneId,omitzero"`
}

// UpdateVirtualUser adds, changes or deletes attributes of a person.
//
// POST /uc/virtual/user/update, outside the document.
func (c *Client) UpdateVirtualUser(ctx context.Context, req UpdateVirtualUserRequest) (*Answer[VirtualUser], error) {
	return change[VirtualUser](ctx, c, "/uc/virtual/user/update", req)
}

// UpdateVirtualUserRequest says what to do with which attributes.
type UpdateVirtualUserRequest struct {
	VirtualUserID string `json:"virtualUserId"`
	OpType        AttrOp `json:"opType"`
	AttrList      []Attr `json:"attrList"`
}

func (r UpdateVirtualUserRequest) validate() error {
	if err := cmp.Or(missing("VirtualUserID", r.VirtualUserID), required("AttrList", r.AttrList)); err != nil {
		return err
	}
	if r.OpType == 0 {
		return errors.New("set OpType: AttrAdd, AttrUpdate or AttrDelete")
	}
	return nil
}

// DeleteVirtualUser removes a person from the account. What becomes of their keys is not
// documented: unbind those first.
//
// POST /uc/virtual/user/delete, outside the document.
func (c *Client) DeleteVirtualUser(ctx context.Context, virtualUserID string) (*Reply, error) {
	return do(ctx, c, "/uc/virtual/user/delete", virtualUser{virtualUserID})
}

// GetVirtualUser returns a person of the account.
//
// POST /uc/virtual/user/query, outside the document.
func (c *Client) GetVirtualUser(ctx context.Context, virtualUserID string) (*Answer[VirtualUser], error) {
	return ask[VirtualUser](ctx, c, "/uc/virtual/user/query", virtualUser{virtualUserID})
}

type virtualUser struct {
	VirtualUserID string `json:"virtualUserId"`
}

func (r virtualUser) validate() error { return missing("virtualUserID", r.VirtualUserID) }

// ListVirtualUsers lists the persons of the account, page by page. The largest page is not
// documented.
//
// POST /uc/virtual/user/list, outside the document.
func (c *Client) ListVirtualUsers(ctx context.Context, req ListVirtualUsersRequest) (*Page[VirtualUser], error) {
	return list[VirtualUser](ctx, c, "/uc/virtual/user/list", req)
}

// ListVirtualUsersRequest says which page.
type ListVirtualUsersRequest struct {
	Paging
	SceneID string `json:"sceneId,omitzero"`
}

func (r ListVirtualUsersRequest) validate() error { return r.check(1000) }
