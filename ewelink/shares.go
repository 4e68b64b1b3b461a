package ewelink

import (
	"context"
	"errors"

	"github.com/smartlock-sdk/smartlock/lock"
)

// ShareDevices lets another account of the region use devices, until UnshareDevice. The answer's
// ShareTo has the ShareID that the other calls want.
//
// POST /v2/device/share, §4.18.
func (c *Client) ShareDevices(ctx context.Context, req ShareDevicesRequest) (*ChangedThings, error) {
	req.User.Email = lowered(req.User.Email)
	return post[*ChangedThings](ctx, c, "/v2/device/share", req)
}

// ShareDevicesRequest says what is shared with whom.
type ShareDevicesRequest struct {
	DeviceIDs []string   `json:"deviceidList"`
	User      ShareUser  `json:"user"`
	Permit    Permit     `json:"permit"` // of timers; switching is always allowed
	Comment   string     `json:"comment,omitzero"`
	ShareType *ShareType `json:"shareType,omitempty"` // nil = ShareSilent
}

func (r ShareDevicesRequest) validate() error {
	if len(r.DeviceIDs) == 0 {
		return errors.New("set DeviceIDs to one at least")
	}
	return someone(r.User.PhoneNumber, r.User.Email)
}

// ShareUser names an account. Of PhoneNumber and Email one is needed.
type ShareUser struct {
	CountryCode string      `json:"countryCode,omitzero"` // "+86"
	PhoneNumber lock.Secret `json:"phoneNumber,omitzero"` // with its country code
	Email       lock.Secret `json:"email,omitzero"`
}

// UpdatePermit changes what somebody may do with the timers of a shared device.
//
// POST /v2/device/share/permit, §4.19.
func (c *Client) UpdatePermit(ctx context.Context, req UpdatePermitRequest) (*ChangedThings, error) {
	return post[*ChangedThings](ctx, c, "/v2/device/share/permit", req)
}

// UpdatePermitRequest says whose permit of which device.
type UpdatePermitRequest struct {
	DeviceID string  `json:"deviceid"`
	APIKey   ShareID `json:"apikey"` // of ShareTo
	Permit   Permit  `json:"permit"`
}

func (r UpdatePermitRequest) validate() error {
	return missing("DeviceID", r.DeviceID, "APIKey", string(r.APIKey))
}

// UnshareDevice ends a share.
//
// DELETE /v2/device/share, §4.20.
func (c *Client) UnshareDevice(ctx context.Context, req UnshareDeviceRequest) (*ChangedThings, error) {
	return del[*ChangedThings](ctx, c, "/v2/device/share", req)
}

// UnshareDeviceRequest says which device is no longer shared with whom.
type UnshareDeviceRequest struct {
	DeviceID string  `url:"deviceid"`
	APIKey   ShareID `url:"apikey"` // of ShareTo
}

func (r UnshareDeviceRequest) validate() error {
	return missing("DeviceID", r.DeviceID, "APIKey", string(r.APIKey))
}
