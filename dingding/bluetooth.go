package dingding

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// AuthorizeRooms lets a phone number open the locks of rooms by Bluetooth, through the vendor's
// app, or manage them (授权).
//
// POST /openapi/v2/auth_room, §14.1.
func (c *Client) AuthorizeRooms(ctx context.Context, req AuthorizeRoomsRequest) (*AuthorizeRoomsResponse, error) {
	return postV2[*AuthorizeRoomsResponse](ctx, c, "/auth_room", req)
}

// AuthorizeRoomsRequest says who may do what, where and how long.
type AuthorizeRoomsRequest struct {
	Phone       lock.Secret
	CountryCode string // "" = "+86"
	HomeID      string
	RoomIDs     []string
	AuthType    AuthType // 0 = AuthBluetoothUnlock
	// Permission is how long an AuthBluetoothUnlock holds. The vendor takes none and then does
	// not say what holds, so this client wants it said. Managers (AuthManage) have none.
	Permission AuthPermission
}

// AuthPermission is how long an authorization holds: Status PermissionPermanent and no times, or
// PermissionTimed and both, in whole seconds.
type AuthPermission struct {
	Status PermissionStatus
	Begin  time.Time
	End    time.Time
}

func (p AuthPermission) validate() error {
	switch p.Status {
	case PermissionPermanent:
		if !p.Begin.IsZero() || !p.End.IsZero() {
			return errors.New("a permanent Permission has neither Begin nor End; for a window set Status to PermissionTimed")
		}
		return nil
	case PermissionTimed:
		return validWindow(p.Begin, p.End)
	}
	return errors.New("set Permission: Status PermissionTimed with Begin and End, or PermissionPermanent")
}

func (r AuthorizeRoomsRequest) validate() error {
	if r.Phone.IsZero() {
		return errors.New("set Phone, which the vendor requires")
	}
	if len(r.RoomIDs) == 0 {
		return errors.New("set RoomIDs to at least one room")
	}
	if r.AuthType == AuthManage {
		if p := r.Permission; p.Status != 0 || !p.Begin.IsZero() || !p.End.IsZero() {
			return errors.New("leave Permission zero: a manager's authorization has no window")
		}
		return missing("HomeID", r.HomeID)
	}
	return first(missing("HomeID", r.HomeID), r.Permission.validate())
}

func (r AuthorizeRoomsRequest) onWire(string, codeForm) (any, error) {
	w := authorizeRoomsWire{
		Phone: r.Phone, CountryCode: r.CountryCode, HomeID: r.HomeID, RoomIDs: r.RoomIDs, AuthType: r.AuthType,
	}
	if p := r.Permission; p.Status != 0 {
		w.Permission = &authPermissionWire{p.Status, wholeSecond(p.Begin), wire.Sec{Time: p.End}}
	}
	return w, nil
}

type authorizeRoomsWire struct {
	Phone       lock.Secret         `json:"phone"`
	CountryCode string              `json:"country_code,omitzero"`
	HomeID      string              `json:"home_id"`
	RoomIDs     []string            `json:"room_ids"`
	AuthType    AuthType            `json:"auth_type,omitzero"`
	Permission  *authPermissionWire `json:"permission,omitzero"`
}

type authPermissionWire struct {
	Status PermissionStatus `json:"status"`
	Begin  wire.Sec         `json:"begin,omitzero"`
	End    wire.Sec         `json:"end,omitzero"`
}

// AuthorizeRoomsResponse holds the new authorizations.
type AuthorizeRoomsResponse struct {
	Reply
	AuthInfos wire.List[AuthInfo] `json:"auth_infos"`
}

// AuthInfo is one authorization. What it holds is not documented, so there is only Raw; the id
// that RevokeRooms takes must be in it.
type AuthInfo struct {
	wire.Kept `json:"-"`
}

// UnmarshalJSON keeps whatever it is given.
func (a *AuthInfo) UnmarshalJSON(raw []byte) error {
	a.KeepRaw(slices.Clone(raw))
	return nil
}

// RevokeRooms takes authorizations back: by their ids, or those of rooms, of everybody or of one
// phone number.
//
// POST /openapi/v2/unauth_room, §14.2.
func (c *Client) RevokeRooms(ctx context.Context, req RevokeRoomsRequest) (*Reply, error) {
	return postV2[*Reply](ctx, c, "/unauth_room", req)
}

// RevokeRoomsRequest holds either AuthIDs or the rest, of which Phone and CountryCode are
// optional.
type RevokeRoomsRequest struct {
	AuthIDs     []string    `json:"auth_ids,omitempty"`
	HomeID      string      `json:"home_id,omitzero"`
	RoomIDs     []string    `json:"room_ids,omitempty"`
	Phone       lock.Secret `json:"phone,omitzero"` // zero = everybody's
	CountryCode string      `json:"country_code,omitzero"`
}

func (r RevokeRoomsRequest) validate() error {
	byRoom := r.HomeID != "" || len(r.RoomIDs) > 0 || !r.Phone.IsZero() || r.CountryCode != ""
	switch {
	case len(r.AuthIDs) > 0 && byRoom:
		return errors.New("set either AuthIDs, or HomeID and RoomIDs")
	case len(r.AuthIDs) == 0 && (r.HomeID == "" || len(r.RoomIDs) == 0):
		return errors.New("set AuthIDs, or HomeID and RoomIDs")
	case r.CountryCode != "" && r.Phone.IsZero():
		return errors.New("set Phone, or leave CountryCode empty: without Phone everybody's authorization is taken")
	}
	return nil
}

// GetAppToken gets an access token for the vendor's app kit on the phone of somebody who has been
// authorized. An unknown number is an error. The number travels in the URL.
//
// GET /openapi/v2/app_token, §14.3.
func (c *Client) GetAppToken(ctx context.Context, req GetAppTokenRequest) (*GetAppTokenResponse, error) {
	return getV2[*GetAppTokenResponse](ctx, c, "/app_token", req)
}

// GetAppTokenRequest names the person.
type GetAppTokenRequest struct {
	Phone       lock.Secret `url:"phone"`
	CountryCode string      `url:"country_code,omitempty"` // "" = "+86"
}

func (r GetAppTokenRequest) validate() error {
	if r.Phone.IsZero() {
		return errors.New("set Phone, which the vendor requires")
	}
	return nil
}

// GetAppTokenResponse holds the token. The document does not name its member: where AccessToken
// is empty, look into Raw.
type GetAppTokenResponse struct {
	Reply
	AccessToken lock.Secret `json:"access_token"`
}
