package aliyunlock

import (
	"cmp"
	"context"
	"errors"
)

// BindKey binds a key to a virtual user (钥匙与虚拟用户绑定). Only the administrator of the lock may.
// A key that is bound to somebody else is ErrExists. Whether the vendor looks if the lock has the
// key is not documented.
//
// POST /lock/key/user/bind, §1.
func (c *Client) BindKey(ctx context.Context, req BindKeyRequest) (*Reply, error) {
	return do(ctx, c, "/lock/key/user/bind", req)
}

// BindKeyRequest says which key becomes whose.
type BindKeyRequest struct {
	KeyRef
	VirtualUserID    string        `json:"virtualUserId"`
	LockUserPermType KeyPermission `json:"lockUserPermType"`
}

func (r BindKeyRequest) validate() error {
	if err := cmp.Or(missing("VirtualUserID", r.VirtualUserID), r.KeyRef.validate()); err != nil {
		return err
	}
	if r.LockUserPermType == PermissionUnspecified {
		return errors.New("set LockUserPermType, which the vendor requires")
	}
	return nil
}

// UnbindKey takes a key from a virtual user (钥匙与虚拟用户解绑). Only the administrator of the lock
// may. The key stays in the lock and opens.
//
// POST /lock/key/user/unbind, §2.
func (c *Client) UnbindKey(ctx context.Context, req KeyBindingRequest) (*Reply, error) {
	return do(ctx, c, "/lock/key/user/unbind", req)
}

// KeyBindingRequest names a key and a virtual user.
type KeyBindingRequest struct {
	KeyRef
	VirtualUserID string `json:"virtualUserId"`
}

func (r KeyBindingRequest) validate() error {
	return cmp.Or(missing("VirtualUserID", r.VirtualUserID), r.KeyRef.validate())
}

// GetKeyBindings returns those of some keys that are bound to a virtual user
// (查询虚拟用户和某批钥匙的绑定关系). Only the administrator of the lock gets an answer; for others
// the list is empty.
//
// POST /lock/key/users/bindinfo/get, §3.
func (c *Client) GetKeyBindings(ctx context.Context, req KeyBindingsRequest) (*Page[BoundKey], error) {
	return list[BoundKey](ctx, c, "/lock/key/users/bindinfo/get", req)
}

// KeyBindingsRequest names keys and a virtual user.
type KeyBindingsRequest struct {
	VirtualUserID     string   `json:"virtualUserId"`
	OriginalLockUsers []KeyRef `json:"originalLockUsers"`
}

func (r KeyBindingsRequest) validate() error {
	errs := []error{missing("VirtualUserID", r.VirtualUserID), required("OriginalLockUsers", r.OriginalLockUsers)}
	for _, k := range r.OriginalLockUsers {
		errs = append(errs, k.validate())
	}
	return cmp.Or(errs...)
}

// GetKeyBinding returns a key if it is bound to a virtual user, and nil if it is not
// (查询虚拟用户和某个钥匙的绑定关系). Only the administrator of the lock gets an answer.
//
// POST /lock/key/user/bindinfo/get, §4.
func (c *Client) GetKeyBinding(ctx context.Context, req KeyBindingRequest) (*Answer[*BoundKey], error) {
	return find[BoundKey](ctx, c, "/lock/key/user/bindinfo/get", req)
}

// FilterUnboundKeys returns those of some keys that are bound to nobody
// (过滤还未绑定虚拟用户的钥匙信息). The vendor has no list of a lock's keys: ask for those the lock
// has reported. Only the administrator of the lock gets an answer. LockUserPermType may come back
// as PermissionUnspecified.
//
// POST /lock/key/user/unbind/filter, §5.
func (c *Client) FilterUnboundKeys(ctx context.Context, req FilterUnboundKeysRequest) (*Page[EnrolledKey], error) {
	return list[EnrolledKey](ctx, c, "/lock/key/user/unbind/filter", req)
}

// FilterUnboundKeysRequest names the keys to look at.
type FilterUnboundKeysRequest struct {
	OriginalLockUsers []EnrolledKey `json:"originalLockUsers"`
}

func (r FilterUnboundKeysRequest) validate() error {
	errs := []error{required("OriginalLockUsers", r.OriginalLockUsers)}
	for _, k := range r.OriginalLockUsers {
		errs = append(errs, k.KeyRef.validate())
	}
	return cmp.Or(errs...)
}

// ListBoundKeys lists the keys of a virtual user, on all locks (查询虚拟用户绑定的钥匙列表).
//
// POST /lock/key/user/bindlist/get, §6.
func (c *Client) ListBoundKeys(ctx context.Context, req ListBoundKeysRequest) (*Page[BoundKey], error) {
	return list[BoundKey](ctx, c, "/lock/key/user/bindlist/get", req)
}

// ListBoundKeysRequest names the virtual user.
type ListBoundKeysRequest struct {
	VirtualUserID    string        `json:"virtualUserId"`
	LockUserType     KeyType       `json:"lockUserType,omitzero"`     // 0 = all
	LockUserPermType KeyPermission `json:"lockUserPermType,omitzero"` // 0 = all
}

func (r ListBoundKeysRequest) validate() error { return missing("VirtualUserID", r.VirtualUserID) }

// ListDeviceUsers lists the virtual users who have keys of a lock (查询设备下的虚拟用户列表).
//
// POST /lock/dev/virtual/user/get, §7.
func (c *Client) ListDeviceUsers(ctx context.Context, iotID string) (*Page[VirtualUser], error) {
	return list[VirtualUser](ctx, c, "/lock/dev/virtual/user/get", device{iotID})
}

// DeleteKey erases a key in the lock (删除设备的钥匙信息). Only the administrator of the lock may, and
// the lock must be online, else it is ErrDeviceOffline. A bound key loses its person first, and
// does not get them back if the lock then fails. Whether success means that the lock has erased the
// key, or that it was told to, is not documented; it reports KeyDeletedNotification.
//
// POST /lock/key/user/delete, §8.
func (c *Client) DeleteKey(ctx context.Context, req KeyRef) (*Reply, error) {
	return do(ctx, c, "/lock/key/user/delete", req)
}

// GetKeyUser returns the virtual user a key is bound to (查询钥匙对应的虚拟用户信息). A key that is
// nobody's is ErrNotFound, a device of somebody else ErrPermissionDenied.
//
// POST /lock/key/virtual/user/get, §9.
func (c *Client) GetKeyUser(ctx context.Context, req KeyRef) (*Answer[VirtualUser], error) {
	return ask[VirtualUser](ctx, c, "/lock/key/virtual/user/get", req)
}

// SetKeyNickname names a key. It is not in the lock document but on a later page of the vendor.
//
// POST /living/lock/key/nickname/set, outside the document.
func (c *Client) SetKeyNickname(ctx context.Context, req SetKeyNicknameRequest) (*Reply, error) {
	return do(ctx, c, "/living/lock/key/nickname/set", req)
}

// SetKeyNicknameRequest names a key.
type SetKeyNicknameRequest struct {
	KeyRef
	NickName string `json:"nickName"`
}

func (r SetKeyNicknameRequest) validate() error {
	return cmp.Or(r.KeyRef.validate(), missing("NickName", r.NickName))
}
