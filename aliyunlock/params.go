package aliyunlock

import (
	"errors"
	"fmt"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// KeyRef names a key. The id is the lock's own and unique only together with the type and the
// device: a lock may have the fingerprint 1 and the password 1.
type KeyRef struct {
	LockUserID   string  `json:"lockUserId"` // as the lock has reported it
	LockUserType KeyType `json:"lockUserType"`
	IotID        string  `json:"iotId"`
}

func (r KeyRef) validate() error {
	if err := missing("IotID", r.IotID, "LockUserID", r.LockUserID); err != nil {
		return err
	}
	if r.LockUserType == 0 {
		return errors.New("set LockUserType, which the vendor requires")
	}
	return nil
}

// EnrolledKey is a key of a lock, and what it may do.
type EnrolledKey struct {
	wire.Kept `json:"-"`
	KeyRef
	LockUserPermType KeyPermission `json:"lockUserPermType,omitzero"`
}

// BoundKey is a key with the person it is bound to.
type BoundKey struct {
	wire.Kept `json:"-"`
	KeyRef
	LockUserPermType KeyPermission `json:"lockUserPermType"`
	UserID           string        `json:"userId"`      // the virtual user
	IdentityID       string        `json:"identityId"`  // the account the virtual user belongs to
	TenantID         string        `json:"tenantId"`    // 租户
	IsolationID      string        `json:"isolationId"` // 资源隔离
	KeyNickName      string        `json:"keyNickName"` // "" = not set, or apiVer 1.0.0
}

// Attr is an attribute of a virtual user. The platform has a fixed set of keys, of which "name"
// and "birthday" (yyyy-MM-dd) are known.
type Attr struct {
	Key   string `json:"attrKey"`
	Value string `json:"attrValue"`
}

// AttrName and AttrBirthday are the attributes known by name.
const (
	AttrName     = "name"
	AttrBirthday = "birthday"
)

// VirtualUser is a person under an account (虚拟用户): it has no login of its own, and holds keys.
type VirtualUser struct {
	wire.Kept `json:"-"`
	UserID    string          `json:"userId"`
	AttrList  wire.List[Attr] `json:"attrList"`
}

// Attr returns an attribute, "" if the person has none of that name.
func (u *VirtualUser) Attr(key string) string {
	for _, a := range u.AttrList {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// Paging is a page of a list.
type Paging struct {
	PageNo   int `json:"pageNo"` // from 1
	PageSize int `json:"pageSize"`
}

// check reports a page that the vendor has not.
func (p Paging) check(most int) error {
	switch {
	case p.PageNo < 1:
		return errors.New("set PageNo; the first page is 1")
	case p.PageSize < 1 || p.PageSize > most:
		return fmt.Errorf("set PageSize to 1 at least and %d at most", most)
	}
	return nil
}

// device is a request that takes nothing but the device.
type device struct {
	IotID string `json:"iotId"`
}

func (d device) validate() error { return missing("iotID", d.IotID) }

// missing reports the first required text that is not set. Its arguments are names and values in
// turn.
func missing(namesAndValues ...string) error {
	for i := 0; i < len(namesAndValues); i += 2 {
		if namesAndValues[i+1] == "" {
			return errors.New("set " + namesAndValues[i] + ", which the vendor requires")
		}
	}
	return nil
}

// required reports a list without items.
func required[T any](name string, items []T) error {
	if len(items) == 0 {
		return errors.New("set " + name + " to at least one")
	}
	return nil
}
