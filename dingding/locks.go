package dingding

import (
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// Hardware is what every device with a serial number says of itself. Its times are seconds or
// milliseconds on the wire, by device; here they are times.
type Hardware struct {
	UUID      string            `json:"uuid"`
	MAC       string            `json:"mac"`
	SN        string            `json:"sn"`
	Name      string            `json:"name"`
	Brand     string            `json:"brand"`
	Model     string            `json:"model"`      // see ModelA4
	ModelName string            `json:"model_name"` // for people
	Versions  map[string]string `json:"versions"`   // firmware parts: kernel_version, zigbee_version, app_version, …
	OnoffLine LineState         `json:"onoff_line"` // of electricity meters: reserved
	OnoffTime time.Time         `json:"onoff_time"` // when OnoffLine was last refreshed
	BindTime  time.Time         `json:"bind_time"`
}

// Gateway connects locks and collectors of a home (网关, 中心).
type Gateway struct {
	wire.Kept `json:"-"`
	Hardware
}

// Lock is a door lock with what was last heard of it.
type Lock struct {
	wire.Kept `json:"-"`
	Hardware
	Power             int       `json:"power"` // percent; -1 = unknown
	PowerRefreshTime  time.Time `json:"power_refreshtime"`
	LQI               int       `json:"lqi"` // radio signal, on the vendor's scale; -1 = unknown
	LQIRefreshTime    time.Time `json:"lqi_refreshtime"`
	CenterUUID        string    `json:"center_uuid"`        // the gateway's
	CenterDescription string    `json:"center_description"` // the gateway's name
	CenterSN          string    `json:"center_sn"`          // named in the change log (V1.11) only
}

// GetGateway asks for one gateway (网关, 中心).
//
// GET /openapi/v1/get_center_info, §6.1.
func (c *Client) GetGateway(ctx context.Context, req HomeLocator) (*GetGatewayResponse, error) {
	return get[*GetGatewayResponse](ctx, c, "/get_center_info", req)
}

// GetGatewayResponse holds the gateway.
type GetGatewayResponse struct {
	Reply
	Gateway Gateway `json:",embed,inline"`
}

func (r *GetGatewayResponse) keep(requestID string, raw []byte) {
	r.Reply.keep(requestID, raw)
	r.Gateway.KeepRaw(raw) // its members stand beside the reply's own
}

// ListGateways lists the gateways of a home.
//
// GET /openapi/v1/get_center_info_arr, §6.2.
func (c *Client) ListGateways(ctx context.Context, req ListGatewaysRequest) (*ListGatewaysResponse, error) {
	return get[*ListGatewaysResponse](ctx, c, "/get_center_info_arr", req)
}

// ListGatewaysRequest names the home.
type ListGatewaysRequest struct {
	HomeID string `url:"home_id"` // optional by the table, without sense when left out
}

func (r ListGatewaysRequest) validate() error { return missing("HomeID", r.HomeID) }

// ListGatewaysResponse holds the gateways.
type ListGatewaysResponse struct {
	Reply
	Centers wire.List[Gateway] `json:"centers"`
}

// GetLock asks how a lock is: online, battery, signal, firmware.
//
// GET /openapi/v1/get_lock_info, §6.3.
func (c *Client) GetLock(ctx context.Context, req Locator) (*GetLockResponse, error) {
	return get[*GetLockResponse](ctx, c, "/get_lock_info", req)
}

// GetLockResponse holds the lock.
type GetLockResponse struct {
	Reply
	Lock Lock `json:",embed,inline"`
}

func (r *GetLockResponse) keep(requestID string, raw []byte) {
	r.Reply.keep(requestID, raw)
	r.Lock.KeepRaw(raw) // its members stand beside the reply's own
}

// LockEvent is one entry of a lock's history.
type LockEvent struct {
	wire.Kept  `json:"-"`
	Time       time.Time    `json:"time"`
	EventID    LockEventID  `json:"eventid"`
	Source     UnlockSource `json:"source"`
	SourceID   int          `json:"sourceid"`    // for SourcePassword: the password's id
	SourceName string       `json:"source_name"` // for SourcePassword: the password's name
}

// ListLockEvents lists when a lock was opened, and by what (开门历史记录). The order is not said.
//
// GET /openapi/v1/get_lock_events, §6.12.
func (c *Client) ListLockEvents(ctx context.Context, req ListLockEventsRequest) (*ListLockEventsResponse, error) {
	return get[*ListLockEventsResponse](ctx, c, "/get_lock_events", req)
}

// ListLockEventsRequest names a lock, a period and a page of 50 unless Count says otherwise.
type ListLockEventsRequest struct {
	Locator
	Period
	Paging
}

func (r ListLockEventsRequest) validate() error {
	return first(r.Locator.validate(), r.Period.validate(), r.Paging.validate())
}

// ListLockEventsResponse holds one page.
type ListLockEventsResponse struct {
	Reply
	LockEvents wire.List[LockEvent] `json:"lock_events"`
}

// CountLockEvents counts what ListLockEvents would list in all its pages.
//
// GET /openapi/v1/count_lock_events, §6.13.
func (c *Client) CountLockEvents(ctx context.Context, req CountLockEventsRequest) (*CountResponse, error) {
	return get[*CountResponse](ctx, c, "/count_lock_events", req)
}

// CountLockEventsRequest names a lock and a period.
type CountLockEventsRequest struct {
	Locator
	Period
}

func (r CountLockEventsRequest) validate() error {
	return first(r.Locator.validate(), r.Period.validate())
}

// GetDeviceUUID finds a device by the serial number printed on it. The vendor's later use is GET:
// see WithMethod.
//
// POST /openapi/v1/get_device_uuid, §6.16.
func (c *Client) GetDeviceUUID(ctx context.Context, req GetDeviceUUIDRequest) (*GetDeviceUUIDResponse, error) {
	return postRead[*GetDeviceUUIDResponse](ctx, c, "/get_device_uuid", req)
}

// GetDeviceUUIDRequest names the device.
type GetDeviceUUIDRequest struct {
	SN string `json:"sn" url:"sn"`
}

func (r GetDeviceUUIDRequest) validate() error { return missing("SN", r.SN) }

// GetDeviceUUIDResponse holds the device's ids.
type GetDeviceUUIDResponse struct {
	Reply
	Result DeviceIDs `json:"result"`
}

// DeviceIDs are the names of one device.
type DeviceIDs struct {
	UUID       string     `json:"uuid"`
	SN         string     `json:"sn"`
	CenterUUID string     `json:"center_uuid"` // of its gateway
	Type       DeviceKind `json:"type"`        // which vocabulary is not said
}

// GetDeviceInfo asks for all that is known of a device of any kind. The vendor's later use is
// GET: see WithMethod.
//
// POST /openapi/v1/get_device_info, §6.17.
func (c *Client) GetDeviceInfo(ctx context.Context, req GetDeviceInfoRequest) (*GetDeviceInfoResponse, error) {
	return postRead[*GetDeviceInfoResponse](ctx, c, "/get_device_info", req)
}

// GetDeviceInfoRequest names the device.
type GetDeviceInfoRequest struct {
	UUID string `json:"uuid" url:"uuid"` // printed Uuid in the document; every other call has uuid
}

func (r GetDeviceInfoRequest) validate() error { return missing("UUID", r.UUID) }

// GetDeviceInfoResponse holds the device.
type GetDeviceInfoResponse struct {
	Reply
	Result DeviceInfo `json:"result"`
}

func (r *GetDeviceInfoResponse) keep(requestID string, raw []byte) {
	r.Reply.keep(requestID, raw)
	keepMember(raw, "result", &r.Result)
}

// DeviceInfo is a device of any kind. Its members depend on the device and only those of an
// electricity meter are documented; Raw has the others.
type DeviceInfo struct {
	wire.Kept        `json:"-"`
	UUID             string       `json:"uuid"`
	DeviceType       string       `json:"device_type"` // a number of 12 digits; its parts are not explained
	Parent           string       `json:"parent"`      // uuid of what it talks through
	HardwareInfo     HardwareInfo `json:"hardware_info"`
	Brand            string       `json:"brand"`
	Model            string       `json:"model"`
	Name             string       `json:"name"`
	Nickname         string       `json:"nickname"`
	OnoffLine        LineState    `json:"onoff_line"`
	OnoffTime        time.Time    `json:"onoff_time"`
	BindTime         time.Time    `json:"bind_time"`
	Created          time.Time    `json:"ctime"`
	Time             time.Time    `json:"time"`  // of what is not said
	Power            int          `json:"power"` // percent; -1 = unknown
	PowerRefreshTime time.Time    `json:"power_refreshtime"`
	LQI              int          `json:"lqi"` // radio signal, on the vendor's scale; -1 = unknown
	LQIRefreshTime   time.Time    `json:"lqi_refreshtime"`
	DF               int          `json:"df"` // not explained; -1 = unknown
	DFRefreshTime    time.Time    `json:"df_refreshtime"`
	MeterState                    // zero unless the device is an electricity meter
}

// HardwareInfo is the hardware part of DeviceInfo.
type HardwareInfo struct {
	SN       string            `json:"sn"`
	MAC      string            `json:"mac"`
	CID      string            `json:"cid"`
	Versions map[string]string `json:"versions"`
}
