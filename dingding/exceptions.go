package dingding

import (
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// DeviceException is something that went wrong with a device, or right again (异常记录).
type DeviceException struct {
	wire.Kept `json:"-"`
	Type      ExceptionType `json:"type"`
	HomeID    string        `json:"home_id"`
	UUID      string        `json:"uuid"`
	Time      time.Time     `json:"time"`
}

// DeviceExceptionsRequest names a device, a time and a page of 20 unless Count says otherwise.
// The times travel in milliseconds here, in seconds in every other history of the v1 calls except
// that of water meters.
type DeviceExceptionsRequest struct {
	UUID string `url:"uuid"` // of any device; optional by the table, required by the vendor
	Paging
	Start time.Time `url:"start_time,omitempty,unixmilli"`
	End   time.Time `url:"end_time,omitempty,unixmilli"`
}

func (r DeviceExceptionsRequest) validate() error {
	return first(missing("UUID", r.UUID), r.Paging.validate(), ordered(r.Start, r.End))
}

// ListDeviceExceptions lists what went wrong with a device. The order is not said.
//
// GET /openapi/v1/device_fetch_exceptions, §17.2.
func (c *Client) ListDeviceExceptions(ctx context.Context, req DeviceExceptionsRequest) (*ListDeviceExceptionsResponse, error) {
	return get[*ListDeviceExceptionsResponse](ctx, c, "/device_fetch_exceptions", req)
}

// ListDeviceExceptionsResponse holds one page.
type ListDeviceExceptionsResponse struct {
	Reply
	DeviceExceptions wire.List[DeviceException] `json:"device_exceptions"`
}

// CountDeviceExceptions counts what ListDeviceExceptions would list in all its pages.
//
// GET /openapi/v1/device_count_exceptions, §17.3.
func (c *Client) CountDeviceExceptions(ctx context.Context, req DeviceExceptionsRequest) (*CountResponse, error) {
	return get[*CountResponse](ctx, c, "/device_count_exceptions", req)
}
