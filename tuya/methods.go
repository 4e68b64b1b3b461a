package tuya

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// ListMethods lists the ways in which a person opens (解锁方式).
//
// GET /v1.0/smart-lock/devices/{device_id}/opmodes/{user_id}, §3.
func (c *Client) ListMethods(ctx context.Context, device lock.DeviceID, user UserID, req ListMethodsRequest) (*Page[Method], error) {
	return list[Method](ctx, c, at("/v1.0/smart-lock/devices/{device_id}/opmodes/{user_id}", device, user), req)
}

// ListMethodsRequest narrows the list; empty Codes and an empty UnlockName do not.
type ListMethodsRequest struct {
	Codes      Codes  `url:"codes"`
	UnlockName string `url:"unlock_name"`
	Paging
}

// Method is a way in which a person opens: a finger, a card, a password enrolled at the lock.
type Method struct {
	wire.Kept      `json:"-"`
	UserName       string      `json:"user_name"`
	UserID         UserID      `json:"user_id"`
	UID            UID         `json:"uid"`
	UserType       UserType    `json:"user_type"`
	LockUserID     int         `json:"lock_user_id"`
	UnlockName     string      `json:"unlock_name"`
	OpModeID       string      `json:"opmode_id"`
	UnlockID       string      `json:"unlock_id"`
	DPCode         UnlockCode  `json:"dp_code"`
	UnlockSN       int         `json:"unlock_sn"` // its number on the lock, among those of its DPCode
	Phase          MethodPhase `json:"phase"`
	UnlockAttr     UnlockAttr  `json:"unlock_attr"`
	VoiceAttr      bool        `json:"voice_attr"` // it can be used by voice
	Operate        Operate     `json:"operate"`
	DeliveryStatus Delivery    `json:"delivery_status"`
	AllocateFlag   bool        `json:"allocate_flag"` // it was nobody's before, and can be taken back
	ChannelID      int         `json:"channel_id"`
	UserTimeSet    string      `json:"user_time_set"` // the validity in the lock's own coding
	NotifyInfo     *NotifyInfo `json:"notify_info"`
}

// NotifyInfo says who is told when a way to open is used.
type NotifyInfo struct {
	AppSend    bool        `json:"app_send"`
	MsgPhone   lock.Secret `json:"msg_phone"`
	VoicePhone lock.Secret `json:"voice_phone"`
	OwnerID    string      `json:"owner_id"` // seen; not in the document
}

// UnmarshalJSON reads the object, or the same as JSON text.
func (n *NotifyInfo) UnmarshalJSON(data []byte) error {
	type plain NotifyInfo
	*n = NotifyInfo{}
	return embedded(data, (*plain)(n))
}

// AllocateKey gives a person one way to open that is nobody's, by the older call. The path says
// device-lock, where all others say door-lock.
//
// POST /v1.0/devices/{device_id}/device-lock/users/{user_id}/allocate, §14.
func (c *Client) AllocateKey(ctx context.Context, device lock.DeviceID, user UserID, req AllocateKeyRequest) (*Reply, error) {
	return do(ctx, c, http.MethodPost, at("/v1.0/devices/{device_id}/device-lock/users/{user_id}/allocate", device, user), req)
}

// AllocateKeyRequest names what is given: KeyTypeFingerprint, KeyTypePassword or KeyTypeCard.
type AllocateKeyRequest struct {
	No   string  `json:"no"` // its number on the lock
	Type KeyType `json:"type"`
}

func (r AllocateKeyRequest) validate() error { return require("No", r.No, "Type", string(r.Type)) }

// AllocateMethods gives a person ways to open that are nobody's.
//
// POST /v1.0/devices/{device_id}/door-lock/opmodes/actions/allocate, §15.
func (c *Client) AllocateMethods(ctx context.Context, device lock.DeviceID, req AllocateMethodsRequest) (*Reply, error) {
	return do(ctx, c, http.MethodPost, at("/v1.0/devices/{device_id}/door-lock/opmodes/actions/allocate", device), req)
}

// AllocateMethodsRequest says who gets what.
type AllocateMethodsRequest struct {
	UserID     UserID      `json:"user_id"`
	UnlockList []MethodRef `json:"unlock_list"`
}

func (r AllocateMethodsRequest) validate() error {
	return validRefs(r.UserID, r.UnlockList)
}

// MethodRef names a way to open at a lock.
type MethodRef struct {
	DPCode   UnlockCode `json:"dp_code"`
	UnlockSN int        `json:"unlock_sn"`
}

func validRefs(user UserID, refs []MethodRef) error {
	for _, r := range refs {
		if r.DPCode == "" {
			return errors.New("set DPCode in every item of UnlockList")
		}
	}
	return cmp.Or(require("UserID", string(user)), required("UnlockList", refs))
}

// UnallocateMethods takes ways to open from a person, of those that were nobody's before
// (Method.AllocateFlag). They stay on the lock.
//
// POST /v1.0/smart-lock/devices/{device_id}/opmodes/actions/cancel-allocate, §16.
func (c *Client) UnallocateMethods(ctx context.Context, device lock.DeviceID, req UnallocateMethodsRequest) (*Reply, error) {
	return do(ctx, c, http.MethodPost, at("/v1.0/smart-lock/devices/{device_id}/opmodes/actions/cancel-allocate", device), req)
}

// UnallocateMethodsRequest says who loses what.
type UnallocateMethodsRequest struct {
	UserID     UserID
	UnlockList []MethodRef
}

func (r UnallocateMethodsRequest) validate() error { return validRefs(r.UserID, r.UnlockList) }

// onWire names each way to open twice: the document's table calls its code "code", its example
// "dp_code".
func (r UnallocateMethodsRequest) onWire() any {
	type item struct {
		Code     UnlockCode `json:"code"`
		DPCode   UnlockCode `json:"dp_code"`
		UnlockSN int        `json:"unlock_sn"`
	}
	items := make([]item, len(r.UnlockList))
	for i, m := range r.UnlockList {
		items[i] = item{m.DPCode, m.DPCode, m.UnlockSN}
	}
	return struct {
		UserID     UserID `json:"user_id"`
		UnlockList []item `json:"unlock_list"`
	}{r.UserID, items}
}

// ListUnassignedKeys lists what is enrolled at a lock and nobody's, of one type.
//
// GET /v1.0/devices/{device_id}/door-lock/unassigned-keys, outside the document.
func (c *Client) ListUnassignedKeys(ctx context.Context, device lock.DeviceID, t KeyType) (*Page[UnassignedKey], error) {
	return list[UnassignedKey](ctx, c, at("/v1.0/devices/{device_id}/door-lock/unassigned-keys", device), unassignedRequest{t})
}

type unassignedRequest struct {
	UnlockType KeyType `url:"unlock_type"`
}

func (r unassignedRequest) validate() error { return require("the type of key", string(r.UnlockType)) }

// UnassignedKey is enrolled at a lock and nobody's.
type UnassignedKey struct {
	wire.Kept  `json:"-"`
	UnlockNo   int     `json:"unlock_no"` // its number on the lock
	UnlockType KeyType `json:"unlock_type"`
	Hijack     bool    `json:"hijack"` // it raises a silent alarm
}

// DeleteKey erases what a person has enrolled at the lock. The lock does it later.
//
// DELETE /v1.0/devices/{device_id}/door-lock/user-types/{user_type}/users/{user_id}/unlock-types/{unlock_type}/keys/{unlock_no}, outside the document.
func (c *Client) DeleteKey(ctx context.Context, device lock.DeviceID, req DeleteKeyRequest) (*Reply, error) {
	to := at("/v1.0/devices/{device_id}/door-lock/user-types/{user_type}/users/{user_id}/unlock-types/{unlock_type}/keys/{unlock_no}",
		device, int(req.UserType), req.UserID, req.UnlockType, req.UnlockNo)
	return do(ctx, c, http.MethodDelete, to, nil)
}

// DeleteKeyRequest names what is erased.
type DeleteKeyRequest struct {
	UserType   MemberType
	UserID     UserID
	UnlockType KeyType
	UnlockNo   int // its number on the lock
}
