package aliyunlock

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// The calls of this file are made for the project, with the credentials of WithCloud: a server can
// read, open and configure without any user's session. Whose a key is only /lock and /uc/virtual
// know, and those want a user.

// CloudDevice names a device for the project: by IotID, or by ProductKey and DeviceName.
type CloudDevice struct {
	IotID      string `json:"iotId,omitzero"`
	ProductKey string `json:"productKey,omitzero"`
	DeviceName string `json:"deviceName,omitzero"`
}

func (d CloudDevice) validate() error {
	if d.IotID == "" && (d.ProductKey == "" || d.DeviceName == "") {
		return errors.New("say which device: set IotID, or ProductKey and DeviceName")
	}
	return nil
}

// CloudProperty is the last value of a property of a device.
type CloudProperty struct {
	wire.Kept   `json:"-"`
	IotID       string    `json:"iotId"`
	Attribute   string    `json:"attribute"` // its identifier
	Value       Value     `json:"value"`
	BatchID     string    `json:"batchId"`
	GmtModified time.Time `json:"gmtModified"`
}

// CloudGetProperties returns the last values of a device's properties.
//
// POST /cloud/thing/properties/get, outside the document.
func (c *Client) CloudGetProperties(ctx context.Context, d CloudDevice) (*Page[CloudProperty], error) {
	return list[CloudProperty](ctx, c, "/cloud/thing/properties/get", d)
}

// CloudSetProperties sets properties of a device.
//
// POST /cloud/thing/properties/set, outside the document.
func (c *Client) CloudSetProperties(ctx context.Context, req CloudSetPropertiesRequest) (*Reply, error) {
	return do(ctx, c, "/cloud/thing/properties/set", req)
}

// CloudSetPropertiesRequest says which properties of which device.
type CloudSetPropertiesRequest struct {
	CloudDevice
	Items map[string]any `json:"items"` // by identifier
}

func (r CloudSetPropertiesRequest) validate() error {
	if len(r.Items) == 0 {
		return errors.New("set Items to at least one property")
	}
	return r.CloudDevice.validate()
}

// CloudInvokeService calls a service that the product defines; see InvokeService.
//
// POST /cloud/thing/service/invoke, outside the document.
func (c *Client) CloudInvokeService(ctx context.Context, req CloudInvokeServiceRequest) (*Answer[ServiceResult], error) {
	return change[ServiceResult](ctx, c, "/cloud/thing/service/invoke", req)
}

// CloudInvokeServiceRequest says which service of which device.
type CloudInvokeServiceRequest struct {
	CloudDevice
	Identifier string `json:"identifier"`
	Args       any    `json:"args"` // a struct or a map, nil = none; put codes in as lock.Secret
}

func (r CloudInvokeServiceRequest) validate() error {
	return cmp.Or(r.CloudDevice.validate(), missing("Identifier", r.Identifier))
}

func (r CloudInvokeServiceRequest) onWire(*Client) any {
	if r.Args == nil {
		r.Args = struct{}{}
	}
	return r
}

// CloudGetStatus says whether a device is there.
//
// POST /cloud/thing/status/get, outside the document.
func (c *Client) CloudGetStatus(ctx context.Context, d CloudDevice) (*Answer[ThingStatus], error) {
	return ask[ThingStatus](ctx, c, "/cloud/thing/status/get", d)
}

// CloudGetThing returns what the platform knows of a device.
//
// POST /cloud/thing/info/get, outside the document.
func (c *Client) CloudGetThing(ctx context.Context, d CloudDevice) (*Answer[ThingInfo], error) {
	return ask[ThingInfo](ctx, c, "/cloud/thing/info/get", d)
}

// CloudGetThingModel returns the thing model of a device, as JSON.
//
// POST /cloud/thing/tsl/get, outside the document.
func (c *Client) CloudGetThingModel(ctx context.Context, d CloudDevice) (*Answer[json.RawMessage], error) {
	return ask[json.RawMessage](ctx, c, "/cloud/thing/tsl/get", d)
}

// CloudListThings lists the devices of a product, page by page.
//
// POST /cloud/things/get, outside the document.
func (c *Client) CloudListThings(ctx context.Context, req CloudListThingsRequest) (*Page[ThingInfo], error) {
	return list[ThingInfo](ctx, c, "/cloud/things/get", req)
}

// CloudListThingsRequest names the product and says which page.
type CloudListThingsRequest struct {
	ProductKey  string        `json:"productKey"`
	Status      *DeviceStatus `json:"status,omitzero"` // nil = all
	CurrentPage int           `json:"currentPage"`     // from 1
	PageSize    int           `json:"pageSize"`        // the most is not documented
}

func (r CloudListThingsRequest) validate() error {
	return cmp.Or(missing("ProductKey", r.ProductKey), Paging{r.CurrentPage, r.PageSize}.check(1000))
}

// CloudGetEventTimeline lists what a device has reported under one identifier.
//
// POST /cloud/thing/event/timeline/get, outside the document.
func (c *Client) CloudGetEventTimeline(ctx context.Context, req CloudEventTimelineRequest) (*Page[TimelineEvent], error) {
	return list[TimelineEvent](ctx, c, "/cloud/thing/event/timeline/get", req)
}

// CloudTimelineRequest says what of which device, and when.
type CloudTimelineRequest struct {
	CloudDevice
	Identifier string
	Start      time.Time
	End        time.Time
	PageSize   int  // 0 = 50
	Ordered    bool // oldest first
}

func (r CloudTimelineRequest) validate() error {
	switch {
	case r.Start.IsZero() || r.End.IsZero():
		return errors.New("set Start and End, which the vendor requires")
	case r.End.Before(r.Start):
		return errors.New("set End to an instant that does not lie before Start")
	}
	return cmp.Or(r.CloudDevice.validate(), missing("Identifier", r.Identifier))
}

func (r CloudTimelineRequest) onWire(*Client) any { return r.wire() }

func (r CloudTimelineRequest) wire() cloudTimelineWire {
	return cloudTimelineWire{
		CloudDevice: r.CloudDevice, Identifier: r.Identifier, Start: wire.Milli{Time: r.Start}, End: wire.Milli{Time: r.End},
		PageSize: cmp.Or(r.PageSize, 50), Ordered: r.Ordered,
	}
}

// cloudTimelineWire is a CloudTimelineRequest as it is sent.
type cloudTimelineWire struct {
	CloudDevice
	Identifier string     `json:"identifier"`
	EventType  EventType  `json:"eventType,omitzero"`
	Start      wire.Milli `json:"start"`
	End        wire.Milli `json:"end"`
	PageSize   int        `json:"pageSize"`
	Ordered    bool       `json:"ordered"`
}

// CloudEventTimelineRequest says which event of which device, and when.
type CloudEventTimelineRequest struct {
	CloudTimelineRequest
	EventType EventType // "" = EventInfo
}

func (r CloudEventTimelineRequest) onWire(*Client) any {
	w := r.CloudTimelineRequest.wire()
	w.EventType = cmp.Or(r.EventType, EventInfo)
	return w
}

// CloudGetPropertyTimeline lists the values a property had.
//
// POST /cloud/thing/property/timeline/get, outside the document.
func (c *Client) CloudGetPropertyTimeline(ctx context.Context, req CloudTimelineRequest) (*Page[PropertyPoint], error) {
	return list[PropertyPoint](ctx, c, "/cloud/thing/property/timeline/get", req)
}

// CloudUser names a user for the project: by IdentityID, or by OpenID, the brand's own id of them,
// with the app's AppKey.
type CloudUser struct {
	IdentityID   string `json:"identityId,omitzero"`
	OpenID       string `json:"openId,omitzero"`
	OpenIDAppKey string `json:"openIdAppKey,omitzero"` // the app's
}

func (u CloudUser) validate() error {
	if u.IdentityID == "" && (u.OpenID == "" || u.OpenIDAppKey == "") {
		return errors.New("say which user: set IdentityID, or OpenID and OpenIDAppKey")
	}
	return nil
}

// CloudListBindings lists the devices of a user, part by part.
//
// POST /cloud/device/queryByUser, outside the document.
func (c *Client) CloudListBindings(ctx context.Context, req CloudListBindingsRequest) (*Page[Binding], error) {
	return list[Binding](ctx, c, "/cloud/device/queryByUser", req)
}

// CloudListBindingsRequest names the user and says which part.
type CloudListBindingsRequest struct {
	CloudUser
	Offset int `json:"offset"` // items to skip
	Limit  int `json:"limit"`
}

func (r CloudListBindingsRequest) validate() error {
	return cmp.Or(r.CloudUser.validate(), part(r.Offset, r.Limit))
}

// part reports a part of a list that there is not.
func part(offset, count int) error {
	if offset < 0 || count < 1 {
		return errors.New("the offset must not be negative and the count at least 1")
	}
	return nil
}

// CloudListDeviceBindings lists the users of a device.
//
// POST /living/user/device/binding/query, outside the document.
func (c *Client) CloudListDeviceBindings(ctx context.Context, d CloudDevice) (*Page[Binding], error) {
	return list[Binding](ctx, c, "/living/user/device/binding/query", d)
}

// CloudUnbindUser takes a device from a user.
//
// POST /cloud/user/device/unbind, outside the document.
func (c *Client) CloudUnbindUser(ctx context.Context, req CloudUnbindUserRequest) (*Reply, error) {
	return do(ctx, c, "/cloud/user/device/unbind", req)
}

// CloudUnbindUserRequest names the user and the device.
type CloudUnbindUserRequest struct {
	CloudUser
	CloudDevice
}

func (r CloudUnbindUserRequest) validate() error {
	return cmp.Or(r.CloudUser.validate(), r.CloudDevice.validate())
}

// CloudUnbindAll takes a device from all its users.
//
// POST /living/cloud/user/binding/device/unbind, outside the document.
func (c *Client) CloudUnbindAll(ctx context.Context, d CloudDevice) (*Reply, error) {
	return do(ctx, c, "/living/cloud/user/binding/device/unbind", d)
}

// CloudBindDevices gives devices to a user.
//
// POST /living/cloud/user/binding/device/batch/bind, outside the document.
func (c *Client) CloudBindDevices(ctx context.Context, req CloudBindDevicesRequest) (*Page[BoundDevice], error) {
	e, err := send[listing[BoundDevice]](ctx, c, "/living/cloud/user/binding/device/batch/bind", req, how{mutates: true})
	if err != nil {
		return nil, err
	}
	return page(e), nil
}

// CloudBindDevicesRequest names the user and the devices.
type CloudBindDevicesRequest struct {
	OpenID       string
	OpenIDAppKey string // the app's
	Devices      []NamedDevice
}

// NamedDevice names a device by its product.
type NamedDevice struct {
	ProductKey string `json:"productKey"`
	DeviceName string `json:"deviceName"`
}

func (r CloudBindDevicesRequest) validate() error {
	errs := []error{missing("OpenID", r.OpenID, "OpenIDAppKey", r.OpenIDAppKey), required("Devices", r.Devices)}
	for _, d := range r.Devices {
		errs = append(errs, missing("ProductKey", d.ProductKey, "DeviceName", d.DeviceName))
	}
	return cmp.Or(errs...)
}

func (r CloudBindDevicesRequest) onWire(c *Client) any {
	return struct {
		OpenID       string        `json:"openId"`
		OpenIDAppKey string        `json:"openIdAppKey"`
		ProjectID    string        `json:"projectId"`
		DeviceList   []NamedDevice `json:"deviceList"`
	}{r.OpenID, r.OpenIDAppKey, c.set.project, r.Devices}
}

// BoundDevice is the outcome of giving one device to a user.
type BoundDevice struct {
	wire.Kept  `json:"-"`
	ProductKey string `json:"productKey"`
	DeviceName string `json:"deviceName"`
	IotID      string `json:"iotId"`
	BindCode   string `json:"bindCode"` // what came of it
}

// Account is a user as the project sees them.
type Account struct {
	wire.Kept  `json:"-"`
	IdentityID string      `json:"identityId"`
	OpenID     string      `json:"openId"`
	NickName   string      `json:"nickName"`
	LoginName  string      `json:"loginName"`
	Phone      lock.Secret `json:"phone"`
	Email      lock.Secret `json:"email"`
	Status     string      `json:"status"`
	GmtCreate  time.Time   `json:"gmtCreate"`
}

// CloudGetAccountByOpenID finds a user by the brand's own id.
//
// POST /cloud/account/getByOpenId, outside the document.
func (c *Client) CloudGetAccountByOpenID(ctx context.Context, openID, openIDAppKey string) (*Answer[Account], error) {
	return ask[Account](ctx, c, "/cloud/account/getByOpenId", accountByOpenID{openID, openIDAppKey})
}

type accountByOpenID struct {
	OpenID       string `json:"openId"`
	OpenIDAppKey string `json:"openIdAppKey"`
}

func (r accountByOpenID) validate() error {
	return missing("openID", r.OpenID, "openIDAppKey", r.OpenIDAppKey)
}

// CloudGetAccount finds a user by the platform's id.
//
// POST /cloud/account/getByIdentityId, outside the document.
func (c *Client) CloudGetAccount(ctx context.Context, identityID, openIDAppKey string) (*Answer[Account], error) {
	return ask[Account](ctx, c, "/cloud/account/getByIdentityId", accountByIdentity{identityID, openIDAppKey})
}

type accountByIdentity struct {
	IdentityID   string `json:"identityId"`
	OpenIDAppKey string `json:"openIdAppKey"`
}

func (r accountByIdentity) validate() error {
	return missing("identityID", r.IdentityID, "openIDAppKey", r.OpenIDAppKey)
}

// CloudListAccounts lists the users of the project, part by part.
//
// POST /cloud/account/queryIdentityByPage, outside the document.
func (c *Client) CloudListAccounts(ctx context.Context, req CloudListAccountsRequest) (*Page[Account], error) {
	return list[Account](ctx, c, "/cloud/account/queryIdentityByPage", req)
}

// CloudListAccountsRequest says which part.
type CloudListAccountsRequest struct {
	Offset int `json:"offset"` // items to skip
	Count  int `json:"count"`
}

func (r CloudListAccountsRequest) validate() error { return part(r.Offset, r.Count) }

// CloudGetUserRegion tells in which region ("cn-shanghai") a user's data lies. It is asked at the
// address of China.
//
// POST /living/cloud/user/region/get, outside the document.
func (c *Client) CloudGetUserRegion(ctx context.Context, req CloudUserRegionRequest) (*Answer[string], error) {
	return region(ctx, c, "/living/cloud/user/region/get", req)
}

// CloudUserRegionRequest names the user by one of the three.
type CloudUserRegionRequest struct {
	OpenID string      `json:"openId,omitzero"`
	Phone  lock.Secret `json:"phone,omitzero"`
	Email  lock.Secret `json:"email,omitzero"`
}

func (r CloudUserRegionRequest) validate() error {
	if r.OpenID == "" && r.Phone.IsZero() && r.Email.IsZero() {
		return errors.New("say which user: set OpenID, Phone or Email")
	}
	return nil
}

// CloudGetDeviceRegion tells in which region a device's data lies.
//
// POST /living/cloud/device/region/get, outside the document.
func (c *Client) CloudGetDeviceRegion(ctx context.Context, d NamedDevice) (*Answer[string], error) {
	return region(ctx, c, "/living/cloud/device/region/get", d)
}

func (d NamedDevice) validate() error {
	return missing("ProductKey", d.ProductKey, "DeviceName", d.DeviceName)
}

// region returns the region's id, which may come alone or as the member of an object.
func region(ctx context.Context, c *Client, path string, req any) (*Answer[string], error) {
	a, err := ask[identifier](ctx, c, path, req)
	if err != nil {
		return nil, err
	}
	return &Answer[string]{Reply: a.Reply, Data: a.Data.id}, nil
}
