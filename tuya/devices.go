package tuya

import (
	"context"
	"net/http"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// ListUserDevices lists the devices of an app user, of every category. Their Status is not part of
// it.
//
// GET /v1.0/smart-lock/users/{uid}/devices, §17.
func (c *Client) ListUserDevices(ctx context.Context, user UID, page Paging) (*Page[Device], error) {
	return list[Device](ctx, c, at("/v1.0/smart-lock/users/{uid}/devices", user), page)
}

// Device is anything the cloud knows: a lock, a gateway, a lamp.
type Device struct {
	wire.Kept   `json:"-"`
	ID          lock.DeviceID `json:"id"`
	UUID        string        `json:"uuid"`
	UID         UID           `json:"uid"`
	BizType     int           `json:"biz_type"`
	Name        string        `json:"name"`
	TimeZone    string        `json:"time_zone"` // such as +08:00
	IP          string        `json:"ip"`
	LocalKey    lock.Secret   `json:"local_key"`
	Sub         bool          `json:"sub"` // it talks through a gateway
	Model       string        `json:"model"`
	CreateTime  time.Time     `json:"create_time"`
	UpdateTime  time.Time     `json:"update_time"`
	ActiveTime  time.Time     `json:"active_time"` // when it was last added
	Status      Statuses      `json:"status"`
	OwnerID     lock.HomeID   `json:"owner_id"` // the home it stands in
	ProductID   string        `json:"product_id"`
	ProductName string        `json:"product_name"`
	Category    Category      `json:"category"`
	Icon        string        `json:"icon"`
	Online      *bool         `json:"online"`  // nil = not said
	NodeID      string        `json:"node_id"` // of a device behind a gateway
	Lat         string        `json:"lat"`
	Lon         string        `json:"lon"`
}

// GetDevice returns a device with what it last reported.
//
// GET /v1.0/devices/{device_id}, outside the document.
func (c *Client) GetDevice(ctx context.Context, device lock.DeviceID) (*Answer[Device], error) {
	return get[Device](ctx, c, at("/v1.0/devices/{device_id}", device), nil)
}

// GetStatus returns what a device last reported.
//
// GET /v1.0/devices/{device_id}/status, outside the document.
func (c *Client) GetStatus(ctx context.Context, device lock.DeviceID) (*Answer[Statuses], error) {
	return get[Statuses](ctx, c, at("/v1.0/devices/{device_id}/status", device), nil)
}

// SendCommands tells a device to set data points. What they are is defined by its product.
//
// POST /v1.0/devices/{device_id}/commands, outside the document.
func (c *Client) SendCommands(ctx context.Context, device lock.DeviceID, commands ...Command) (*Reply, error) {
	return do(ctx, c, http.MethodPost, at("/v1.0/devices/{device_id}/commands", device), commandsRequest{commands})
}

// Command sets one data point.
type Command struct {
	Code  string `json:"code"`
	Value any    `json:"value"`
}

type commandsRequest struct {
	Commands []Command `json:"commands"`
}

func (r commandsRequest) validate() error { return required("the commands", r.Commands) }

// RenameDevice changes the name people see.
//
// PUT /v1.0/devices/{device_id}, outside the document.
func (c *Client) RenameDevice(ctx context.Context, device lock.DeviceID, name string) (*Reply, error) {
	return do(ctx, c, http.MethodPut, at("/v1.0/devices/{device_id}", device), nameRequest{name})
}

type nameRequest struct {
	Name string `json:"name"`
}

func (r nameRequest) validate() error { return require("the name", r.Name) }

// Family says how a lock is connected.
type Family string

// The families. A code has 7 digits at a Wi-Fi lock and 6 at the others.
const (
	FamilyUnknown   Family = ""
	FamilyWiFi      Family = "wifi"
	FamilyZigbee    Family = "zigbee"
	FamilyBluetooth Family = "bluetooth"
)

// String returns the family's name.
func (f Family) String() string {
	if f == FamilyUnknown {
		return "unknown"
	}
	return string(f)
}
