package aliyunlock

import (
	"cmp"
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// maxBindingPage is how many bindings a page holds at most.
const maxBindingPage = 100

// Binding is a device as one of its users has it. All but IotID may be missing.
type Binding struct {
	wire.Kept `json:"-"`
	BindingInfo
}

// BindingInfo is what a Binding says.
type BindingInfo struct {
	IdentityID    string       `json:"identityId"` // the user; one page of the vendor calls it identifyId
	IdentityAlias string       `json:"identityAlias"`
	IotID         string       `json:"iotId"`
	ProductKey    string       `json:"productKey"`
	DeviceName    string       `json:"deviceName"`
	ProductName   string       `json:"productName"`
	ProductImage  string       `json:"productImage"`
	ProductModel  string       `json:"productModel"`
	CategoryKey   string       `json:"categoryKey"`
	CategoryName  string       `json:"categoryName"`
	CategoryImage string       `json:"categoryImage"`
	NickName      string       `json:"nickName"`
	NetType       NetType      `json:"netType"`
	ThingType     ThingType    `json:"thingType"`
	NodeType      NodeType     `json:"nodeType"`
	Status        DeviceStatus `json:"status"`
	Owned         Ownership    `json:"owned"`
	IsEdgeGateway bool         `json:"isEdgeGateway"`
	BindTime      time.Time    `json:"bindTime"`
	GmtModified   time.Time    `json:"gmtModified"`
}

// misspelt are members that some of the vendor's pages misspell.
var misspelt = map[string]string{"identifyId": "identityId", "categroyKey": "categoryKey", "backgroudImage": "backgroundImage"}

// UnmarshalJSON reads a binding in either spelling.
func (b *Binding) UnmarshalJSON(data []byte) error {
	data, err := respelt(data, misspelt)
	if err != nil {
		return err
	}
	type plain Binding // without this method
	return wire.Unmarshal(data, (*plain)(b))
}

// ListBindings lists the devices of the user, page by page: locks, gateways, whatever there is, also
// those that others have shared.
//
// POST /uc/listBindingByAccount, outside the document.
func (c *Client) ListBindings(ctx context.Context, req ListBindingsRequest) (*Page[Binding], error) {
	return list[Binding](ctx, c, "/uc/listBindingByAccount", req)
}

// ListBindingsRequest narrows the list and says which page.
type ListBindingsRequest struct {
	Paging               // PageSize at most 100
	ThingType ThingType  `json:"thingType,omitzero"`
	NodeType  NodeType   `json:"nodeType,omitzero"`
	Owned     *Ownership `json:"owned,omitzero"` // nil = all
}

func (r ListBindingsRequest) validate() error { return r.check(maxBindingPage) }

// ListDeviceBindings lists the users of a device, page by page.
//
// POST /uc/listBindingByDev, outside the document.
func (c *Client) ListDeviceBindings(ctx context.Context, req ListDeviceBindingsRequest) (*Page[Binding], error) {
	return list[Binding](ctx, c, "/uc/listBindingByDev", req)
}

// ListDeviceBindingsRequest names the device and says which page.
type ListDeviceBindingsRequest struct {
	IotID  string     `json:"iotId"`
	Paging            // PageSize at most 100
	Owned  *Ownership `json:"owned,omitzero"` // nil = all
}

func (r ListDeviceBindingsRequest) validate() error {
	return cmp.Or(missing("IotID", r.IotID), r.check(maxBindingPage))
}

// GetBinding returns a device as the user has it, nil if it is none of theirs.
//
// POST /uc/getByAccountAndDev, outside the document.
func (c *Client) GetBinding(ctx context.Context, iotID string) (*Answer[*Binding], error) {
	return find[Binding](ctx, c, "/uc/getByAccountAndDev", device{iotID})
}

// UnbindDevice takes a device from the user. If the user is its administrator, the others lose it
// too.
//
// POST /uc/unbindAccountAndDev, outside the document.
func (c *Client) UnbindDevice(ctx context.Context, iotID string) (*Reply, error) {
	return do(ctx, c, "/uc/unbindAccountAndDev", device{iotID})
}

// SetDeviceNickname names a device for this user only; SetLockNickname does so for all.
//
// POST /uc/setDeviceNickName, outside the document.
func (c *Client) SetDeviceNickname(ctx context.Context, req SetLockNicknameRequest) (*Reply, error) {
	return do(ctx, c, "/uc/setDeviceNickName", req)
}

// BindDevice gives a device to the user, while the device is in its bind window.
//
// POST /awss/time/window/user/bind, outside the document.
func (c *Client) BindDevice(ctx context.Context, req BindDeviceRequest) (*Answer[string], error) {
	return changeID(ctx, c, "/awss/time/window/user/bind", req)
}

// BindDeviceByToken gives a device to the user, by the token that the device has shown.
//
// POST /awss/token/user/bind, outside the document.
func (c *Client) BindDeviceByToken(ctx context.Context, req BindDeviceByTokenRequest) (*Answer[string], error) {
	return changeID(ctx, c, "/awss/token/user/bind", req)
}

// changeID is change for calls that answer an id.
func changeID(ctx context.Context, c *Client, path string, req any) (*Answer[string], error) {
	a, err := change[identifier](ctx, c, path, req)
	if err != nil {
		return nil, err
	}
	return &Answer[string]{Reply: a.Reply, Data: a.Data.id}, nil
}

// identifier is an answer that is an id: alone, or as the one member of an object.
type identifier struct{ id string }

// UnmarshalJSON reads either form.
func (i *identifier) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '{' {
		return wire.Unmarshal(data, &i.id)
	}
	members, err := wire.Members(nil, data)
	if err != nil || len(members) == 0 {
		return err
	}
	return wire.Unmarshal(members[0].Value, &i.id)
}

// BindDeviceRequest names a device by its product.
type BindDeviceRequest struct {
	ProductKey string `json:"productKey"`
	DeviceName string `json:"deviceName"`
	HomeID     string `json:"homeId,omitzero"` // "" = the user's present home
}

func (r BindDeviceRequest) validate() error {
	return missing("ProductKey", r.ProductKey, "DeviceName", r.DeviceName)
}

// BindDeviceByTokenRequest names a device by its product and has its token.
type BindDeviceByTokenRequest struct {
	BindDeviceRequest
	Token lock.Secret `json:"token"`
}

func (r BindDeviceByTokenRequest) validate() error {
	return cmp.Or(r.BindDeviceRequest.validate(), missing("Token", r.Token.Reveal()))
}
