package yeeuu

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// deviceDialect is how the second interface is signed: by a fixed key among the parameters. None
// of this interface is in the vendor's document; it is known from public clients.
type deviceDialect struct{ c *Client }

// Sign adds the key.
func (d deviceDialect) Sign(_ context.Context, a *rest.Attempt) error {
	a.Token = d.c.set.deviceKey.Reveal() // where errors find it to mask it
	a.Query.Set("key", a.Token)
	intoForm(a)
	return nil
}

// Judge says what a refusal means.
func (d deviceDialect) Judge(o rest.Outcome) rest.Verdict { return judge(o) }

// maxIndex is the highest slot for a password that public clients use.
const maxIndex = 50

// OpenDevice opens a lock by its serial number (sn).
//
// POST /v1/locks, not in the vendor's document.
func (c *Client) OpenDevice(ctx context.Context, sn string) (*Reply, error) {
	const path = "/v1/locks"
	return send[Reply](ctx, c.device, http.MethodPost, endpoint{path, path}, deviceAction{sn, "open"}, true)
}

type deviceAction struct {
	SN     string `url:"sn"`
	Action string `url:"action"`
}

func (a deviceAction) validate() error { return missing("the serial number", a.SN) }

// GetDeviceState asks a lock how it is. The vendor answers a lock that is offline with a refusal
// (lock.ErrDeviceRejected).
//
// GET /v1/locks/{sn}/getState, not in the vendor's document.
func (c *Client) GetDeviceState(ctx context.Context, sn string) (*DeviceState, error) {
	return askDevice[DeviceState](ctx, c, sn, "getState", nil)
}

// DeviceState is how a lock is. What the values mean is not documented; "" is one that was not
// sent.
type DeviceState struct {
	Reply
	State    string `json:"state"`
	Bolt     string `json:"bolt"`
	Voltage  string `json:"votage"` // spelt so by the vendor
	Lock     string `json:"lock"`
	Host     string `json:"host"`
	Electric string `json:"electric"` // the battery
}

// SetDevicePassword puts a password into a slot of a lock. It is a GET that changes something, and
// is never repeated.
//
// GET /v1/locks/{sn}/ext_password, not in the vendor's document.
func (c *Client) SetDevicePassword(ctx context.Context, req SetDevicePasswordRequest) (*Reply, error) {
	return changeDevice(ctx, c, req.SN, "ext_password", req.in(c.location))
}

// SetDevicePasswordRequest describes a password and its slot.
type SetDevicePasswordRequest struct {
	SN       string      `url:"-"`
	Index    int         `url:"index"`    // the slot, up to 50
	Password lock.Secret `url:"password"` // 6 to 10 digits
	Type     int         `url:"type"`     // 1 or 2; clients use 1 with a window
	// Start and End are required for Type 1. They travel in the client's zone (lock.WithLocation),
	// as startime and endtime.
	Start  time.Time `url:"startime,omitempty" layout:"20060102150405"`
	End    time.Time `url:"endtime,omitempty" layout:"20060102150405"`
	Action string    `url:"action,omitempty"`
	Times  int       `url:"times,omitempty"` // how often it opens; 0 = not sent
}

func (r SetDevicePasswordRequest) in(zone *time.Location) SetDevicePasswordRequest {
	if !r.Start.IsZero() {
		r.Start = Period{Start: r.Start}.whole().Start.In(zone)
	}
	if !r.End.IsZero() {
		r.End = r.End.In(zone)
	}
	return r
}

func (r SetDevicePasswordRequest) validate() error {
	if err := first(missing("SN", r.SN), validIndex(r.Index), devicePIN.Validate(r.Password)); err != nil {
		return err
	}
	switch {
	case r.Type != 1 && r.Type != 2:
		return errors.New("set Type to 1 or 2")
	case r.Type == 1 || !r.Start.IsZero() || !r.End.IsZero():
		return Period{r.Start, r.End}.validate()
	}
	return nil
}

// devicePIN is what public clients say of codes on these locks.
var devicePIN = lock.PINPolicy{Lengths: []int{6, 7, 8, 9, 10}}

func validIndex(index int) error {
	if index < 0 || index > maxIndex {
		return errors.New("an Index lies between 0 and 50")
	}
	return nil
}

// DeleteDevicePassword empties a slot of a lock. It is a GET that changes something, and is never
// repeated.
//
// GET /v1/locks/{sn}/operation_password, not in the vendor's document.
func (c *Client) DeleteDevicePassword(ctx context.Context, sn string, index int) (*Reply, error) {
	return changeDevice(ctx, c, sn, "operation_password", deviceSlot{index, "2"})
}

type deviceSlot struct {
	Index int    `url:"index"`
	Mode  string `url:"mode"`
}

func (s deviceSlot) validate() error { return validIndex(s.Index) }

// ModifyDevicePassword freezes or unfreezes a slot of a lock, as action says; which value does
// which is not known. It is a GET that changes something, and is never repeated.
//
// GET /v1/locks/{sn}/modify_password_property, not in the vendor's document.
func (c *Client) ModifyDevicePassword(ctx context.Context, sn string, index int, action string) (*Reply, error) {
	return changeDevice(ctx, c, sn, "modify_password_property", deviceProperty{index, action})
}

type deviceProperty struct {
	Index  int    `url:"index"`
	Action string `url:"action"`
}

func (p deviceProperty) validate() error {
	return first(validIndex(p.Index), missing("action", p.Action))
}

// GetDeviceCyclePassword returns the code that changes with time. Where in the reply it stands is
// not known: see Raw, and keep it out of logs.
//
// GET /v1/locks/{sn}/query_cycle_password, not in the vendor's document.
func (c *Client) GetDeviceCyclePassword(ctx context.Context, sn string) (*Reply, error) {
	return askDevice[Reply](ctx, c, sn, "query_cycle_password", nil)
}

// ClearDevicePasswords empties every slot of a lock. It is a GET that changes something, and is
// never repeated.
//
// GET /v1/locks/{sn}/clear_all_password, not in the vendor's document.
func (c *Client) ClearDevicePasswords(ctx context.Context, sn string) (*Reply, error) {
	return changeDevice(ctx, c, sn, "clear_all_password", deviceMode{"0"})
}

type deviceMode struct {
	Mode string `url:"mode"`
}

// ListDeviceLogs returns the openings from one day to another, in the client's zone. How they
// stand in the reply is not known: see Raw.
//
// GET /v1/locks/{sn}/logs/{from}/{to}, not in the vendor's document.
func (c *Client) ListDeviceLogs(ctx context.Context, sn string, from, to time.Time) (*Reply, error) {
	e := endpoint{"/v1/locks/{sn}/logs/{from}/{to}", rest.Path("/v1/locks/%s/logs/%s/%s", sn, c.day(from), c.day(to))}
	return send[Reply](ctx, c.device, http.MethodGet, e, nil, false)
}

func (c *Client) day(t time.Time) string { return t.In(c.location).Format("20060102") }

// askDevice asks a lock; it may be repeated.
func askDevice[T any](ctx context.Context, c *Client, sn, what string, in any) (*T, error) {
	return send[T](ctx, c.device, http.MethodGet, deviceEndpoint(sn, what), in, false)
}

// changeDevice changes something in a lock; it is never repeated.
func changeDevice(ctx context.Context, c *Client, sn, what string, in any) (*Reply, error) {
	return send[Reply](ctx, c.device, http.MethodGet, deviceEndpoint(sn, what), in, true)
}

func deviceEndpoint(sn, what string) endpoint {
	return endpoint{"/v1/locks/{sn}/" + what, rest.Path("/v1/locks/%s/"+what, sn)}
}
