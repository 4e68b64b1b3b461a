package tuya

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// ListHomeUsers lists the people of the home with their ways to open. It is for Wi-Fi locks that stay
// connected and those with video intercom; others answer lock.ErrUnsupported.
//
// GET /v1.0/smart-lock/devices/{device_id}/users, §1.
func (c *Client) ListHomeUsers(ctx context.Context, device lock.DeviceID, req ListHomeUsersRequest) (*Page[HomeUser], error) {
	return list[HomeUser](ctx, c, at("/v1.0/smart-lock/devices/{device_id}/users", device), req)
}

// ListHomeUsersRequest says which ways to open are counted.
type ListHomeUsersRequest struct {
	Codes Codes `url:"codes"` // required
	Paging
}

func (r ListHomeUsersRequest) validate() error {
	return cmp.Or(required("Codes", r.Codes), r.Paging.validate())
}

// User is a person as a lock knows them.
type User struct {
	wire.Kept          `json:"-"`
	UserID             UserID        `json:"user_id"`
	UID                UID           `json:"uid"`
	NickName           string        `json:"nick_name"`
	AvatarURL          string        `json:"avatar_url"`
	UserContact        lock.Secret   `json:"user_contact"` // phone as 86-13800000000, or mail
	UserType           UserType      `json:"user_type"`
	LockUserID         int           `json:"lock_user_id"`          // the person's number on the lock
	BackHomeNotifyAttr bool          `json:"back_home_notify_attr"` // the family is told when they come home
	EffectiveFlag      *bool         `json:"effective_flag"`        // inside the validity; nil = not said
	TimeScheduleInfo   *TimeSchedule `json:"time_schedule_info"`    // nil = not said
}

// HomeUser is a User with the ways in which they open.
type HomeUser struct {
	User
	UnlockDetail wire.List[UnlockDetail] `json:"unlock_detail"`
}

// UnlockDetail is what a person has enrolled of one kind.
type UnlockDetail struct {
	DPCode     UnlockCode            `json:"dp_code"`
	Count      int                   `json:"count"`
	UnlockList wire.List[UnlockItem] `json:"unlock_list"`
}

// UnlockItem is one thing that somebody has enrolled.
type UnlockItem struct {
	UnlockID    string     `json:"unlock_id"`
	UnlockSN    int        `json:"unlock_sn"` // its number on the lock
	UnlockName  string     `json:"unlock_name"`
	UnlockAttr  UnlockAttr `json:"unlock_attr"`
	OpModeID    int64      `json:"op_mode_id"`
	PhotoUnlock bool       `json:"photo_unlock"`
	Admin       bool       `json:"admin"`
}

// SetUserSchedule changes when a person may open.
//
// PUT /v1.0/smart-lock/devices/{device_id}/users/{user_id}/schedule, §2.
func (c *Client) SetUserSchedule(ctx context.Context, device lock.DeviceID, user UserID, req SetUserScheduleRequest) (*Reply, error) {
	return do(ctx, c, http.MethodPut, at("/v1.0/smart-lock/devices/{device_id}/users/{user_id}/schedule", device, user), req)
}

// SetUserScheduleRequest is a validity. The document's tables and examples spell it in three ways;
// what is sent are the names of the tables, side by side, and numbers.
type SetUserScheduleRequest struct {
	Permanent       bool
	EffectiveTime   time.Time        // not used when Permanent
	ExpiredTime     time.Time        // not used when Permanent
	ScheduleDetails []ScheduleDetail // none = at any hour
}

func (r SetUserScheduleRequest) validate() error {
	if r.Permanent {
		return nil
	}
	return validity(r.EffectiveTime, r.ExpiredTime)
}

func (r SetUserScheduleRequest) onWire() any {
	return struct {
		Permanent       bool             `json:"permanent"`
		EffectiveTime   wire.Sec         `json:"effective_time,omitzero"`
		ExpiredTime     wire.Sec         `json:"expired_time,omitzero"`
		ScheduleDetails []ScheduleDetail `json:"schedule_details"`
	}{r.Permanent, wire.Sec{Time: r.EffectiveTime}, wire.Sec{Time: r.ExpiredTime}, append([]ScheduleDetail{}, r.ScheduleDetails...)}
}

// ListAbsentUsers lists the people who were removed and are still on the lock.
//
// GET /v1.0/devices/{device_id}/door-lock/absent-users, §4.
func (c *Client) ListAbsentUsers(ctx context.Context, device lock.DeviceID) (*Page[AbsentUser], error) {
	return list[AbsentUser](ctx, c, at("/v1.0/devices/{device_id}/door-lock/absent-users", device), nil)
}

// AbsentUser is a person who is known to the lock only.
type AbsentUser struct {
	wire.Kept  `json:"-"`
	UserID     UserID   `json:"user_id"`
	UserType   UserType `json:"user_type"`
	LockUserID int      `json:"lock_user_id"`
}

// DeleteLockUsers erases people on the lock, with all they have enrolled. The lock does it later.
//
// POST /v1.0/smart-lock/devices/{device_id}/users/{user_ids}/actions/delete-users-issue, §5.
func (c *Client) DeleteLockUsers(ctx context.Context, device lock.DeviceID, users ...UserID) (*Reply, error) {
	ids := ""
	if !slices.Contains(users, "") {
		ids = joined(users)
	}
	return do(ctx, c, http.MethodPost, at("/v1.0/smart-lock/devices/{device_id}/users/{user_ids}/actions/delete-users-issue", device, ids), nil)
}

// SetUserRole changes what a person may do.
//
// PUT /v1.0/smart-lock/devices/{device_id}/users/{user_id}/actions/role, §8.
func (c *Client) SetUserRole(ctx context.Context, device lock.DeviceID, user UserID, role Role) (*Reply, error) {
	return do(ctx, c, http.MethodPut, at("/v1.0/smart-lock/devices/{device_id}/users/{user_id}/actions/role", device, user), roleRequest{role})
}

type roleRequest struct {
	Role Role `json:"role"`
}

func (r roleRequest) validate() error { return require("role", string(r.Role)) }

// GetUser returns a person as a lock knows them; the user "0" is the caller.
//
// GET /v1.1/devices/{device_id}/users/{user_id}, §11.
func (c *Client) GetUser(ctx context.Context, device lock.DeviceID, user UserID) (*Answer[User], error) {
	return get[User](ctx, c, at("/v1.1/devices/{device_id}/users/{user_id}", device, user), nil)
}

// ListUsers finds the people of a lock by name, account or role.
//
// GET /v1.1/devices/{device_id}/users, §13.
func (c *Client) ListUsers(ctx context.Context, device lock.DeviceID, req ListUsersRequest) (*Page[User], error) {
	return list[User](ctx, c, at("/v1.1/devices/{device_id}/users", device), req)
}

// ListUsersRequest narrows the list; an empty Keyword or Role does not.
type ListUsersRequest struct {
	Keyword string `url:"keyword"` // a part of the name or of the account
	Role    Role   `url:"role"`
	Paging
}
