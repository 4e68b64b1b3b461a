package tuya

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// GetPasswordTicket asks for a ticket with which codes for a lock are encrypted; see SealCode.
//
// POST /v1.0/devices/{device_id}/door-lock/password-ticket, outside the document.
func (c *Client) GetPasswordTicket(ctx context.Context, device lock.DeviceID) (*Answer[Ticket], error) {
	return ticket(ctx, c, at("/v1.0/devices/{device_id}/door-lock/password-ticket", device))
}

// Ticket lets codes be encrypted, or a door be opened, for a few minutes.
type Ticket struct {
	wire.Kept  `json:"-"`
	TicketID   string      `json:"ticket_id"`
	TicketKey  lock.Secret `json:"ticket_key"`
	ExpireTime int         `json:"expire_time"` // seconds that are left; some 300 at most
}

// ticket asks for a ticket. Asking again does no harm.
func ticket(ctx context.Context, c *Client, to endpoint) (*Answer[Ticket], error) {
	a, err := answer(send[Ticket](ctx, c, http.MethodPost, to, nil, how{answers: true}))
	if err == nil && a.Result.TicketID == "" {
		e := c.rest.Error(ctx, http.MethodPost+" "+to.name, lock.ErrProtocol, errors.New("the ticket has no id"))
		e.RequestID = a.RequestID
		return nil, e
	}
	return a, err
}

// SealedCode is a code as it travels, see SealCode.
type SealedCode struct {
	Password lock.Secret // ciphertext in hexadecimal digits
	TicketID string
}

func (s SealedCode) validate() error {
	return require("Code.Password", s.Password.Reveal(), "Code.TicketID", s.TicketID)
}

// sealedOnWire is part of every request with a code.
type sealedOnWire struct {
	Password     lock.Secret `json:"password"`
	PasswordType string      `json:"password_type"`
	TicketID     string      `json:"ticket_id"`
}

func (s SealedCode) onWire() sealedOnWire { return sealedOnWire{s.Password, "ticket", s.TicketID} }

// SealCode encrypts a code for a lock, with a ticket that is asked for first unless the last one for
// this lock is good for a while. What the digits must look like is for the lock to say: see
// Passwords().Policy.
func (c *Client) SealCode(ctx context.Context, device lock.DeviceID, code lock.Secret) (SealedCode, error) {
	s, _, err := c.tickets.seal(ctx, device, code)
	return s, err
}

// CreateTempPassword puts a password on a lock. The lock takes it later: see TempPassword.Phase.
//
// POST /v1.0/devices/{device_id}/door-lock/temp-password, outside the document.
func (c *Client) CreateTempPassword(ctx context.Context, device lock.DeviceID, req TempPasswordRequest) (*Answer[TempPasswordID], error) {
	a, err := change[identity](ctx, c, http.MethodPost, at("/v1.0/devices/{device_id}/door-lock/temp-password", device), req)
	if err != nil {
		return nil, err
	}
	return &Answer[TempPasswordID]{Reply: a.Reply, Result: TempPasswordID(a.Result)}, nil
}

// TempPasswordID is the vendor's number of a temporary password.
type TempPasswordID string

// TempPasswordRequest describes a temporary password.
type TempPasswordRequest struct {
	Name          string
	Code          SealedCode
	EffectiveTime time.Time // in whole seconds
	InvalidTime   time.Time // in whole seconds
	Use           PasswordUse
	Phone         lock.Secret // the vendor sends the code there; a text message costs
	TimeZone      string      // needed with a Schedule, such as Asia/Shanghai
	Schedule      []TempSchedule
	RelatedDevice lock.DeviceID // for Bluetooth accessories only
}

func (r TempPasswordRequest) validate() error {
	if err := cmp.Or(require("Name", r.Name), r.Code.validate(), validity(r.EffectiveTime, r.InvalidTime)); err != nil {
		return err
	}
	if len(r.Schedule) > 0 {
		return require("TimeZone", r.TimeZone)
	}
	return nil
}

func (r TempPasswordRequest) onWire() any {
	var related []lock.DeviceID
	if r.RelatedDevice != "" {
		related = []lock.DeviceID{r.RelatedDevice}
	}
	return struct {
		Name string `json:"name"`
		sealedOnWire
		EffectiveTime wire.Sec        `json:"effective_time"`
		InvalidTime   wire.Sec        `json:"invalid_time"`
		Type          PasswordUse     `json:"type"`
		Phone         lock.Secret     `json:"phone,omitzero"`
		TimeZone      string          `json:"time_zone,omitzero"`
		ScheduleList  []TempSchedule  `json:"schedule_list,omitempty"`
		RelateDevList []lock.DeviceID `json:"relate_dev_list,omitempty"`
	}{
		r.Name, r.Code.onWire(), wire.Sec{Time: r.EffectiveTime}, wire.Sec{Time: r.InvalidTime}, r.Use, r.Phone, r.TimeZone,
		r.Schedule, related,
	}
}

// TempSchedule is a part of a weekly schedule of a temporary password.
type TempSchedule struct {
	EffectiveTime int         `json:"effective_time"` // minute of the day
	InvalidTime   int         `json:"invalid_time"`   // minute of the day
	WorkingDay    WorkingDays `json:"working_day"`
}

// TempPassword is a temporary password. Its code is not part of it.
type TempPassword struct {
	wire.Kept      `json:"-"`
	ID             TempPasswordID          `json:"id"`
	SN             int                     `json:"sn"` // its number on the lock; not in the vendor's table
	Name           string                  `json:"name"`
	Phase          Phase                   `json:"phase"` // see Family
	EffectiveTime  time.Time               `json:"effective_time"`
	InvalidTime    time.Time               `json:"invalid_time"`
	Phone          lock.Secret             `json:"phone"`
	TimeZone       string                  `json:"time_zone"`
	DeliveryStatus DeliveryStatus          `json:"delivery_status"` // Zigbee locks only
	ScheduleList   wire.List[TempSchedule] `json:"schedule_list"`
	Type           PasswordUse             `json:"type"`   // not in the vendor's table
	Status         Value                   `json:"status"` // not in the vendor's table
}

// GetTempPassword returns a temporary password. The path says temp-password, where its neighbours
// say temp-passwords.
//
// GET /v1.0/devices/{device_id}/door-lock/temp-password/{password_id}, outside the document.
func (c *Client) GetTempPassword(ctx context.Context, device lock.DeviceID, id TempPasswordID) (*Answer[TempPassword], error) {
	return get[TempPassword](ctx, c, at("/v1.0/devices/{device_id}/door-lock/temp-password/{password_id}", device, id), nil)
}

// ListTempPasswords lists the temporary passwords of a lock.
//
// GET /v1.0/devices/{device_id}/door-lock/temp-passwords, outside the document.
func (c *Client) ListTempPasswords(ctx context.Context, device lock.DeviceID, req ListTempPasswordsRequest) (*Page[TempPassword], error) {
	return list[TempPassword](ctx, c, at("/v1.0/devices/{device_id}/door-lock/temp-passwords", device), req)
}

// ListTempPasswordsRequest narrows the list.
type ListTempPasswordsRequest struct {
	Valid *bool `url:"valid,omitempty"` // only those that are valid, or are not; nil = the vendor's choice
}

// UpdateTempPassword changes a temporary password. The vendor wants all of it, the code too.
//
// PUT /v1.0/devices/{device_id}/door-lock/temp-passwords/{password_id}/modify-password, outside the document.
func (c *Client) UpdateTempPassword(ctx context.Context, device lock.DeviceID, id TempPasswordID, req TempPasswordRequest) (*Reply, error) {
	return do(ctx, c, http.MethodPut, at("/v1.0/devices/{device_id}/door-lock/temp-passwords/{password_id}/modify-password", device, id), req)
}

// FreezeTempPassword suspends a temporary password (冻结).
//
// PUT /v1.0/devices/{device_id}/door-lock/temp-passwords/{password_id}/freeze-password, outside the document.
func (c *Client) FreezeTempPassword(ctx context.Context, device lock.DeviceID, id TempPasswordID) (*Reply, error) {
	return do(ctx, c, http.MethodPut, at("/v1.0/devices/{device_id}/door-lock/temp-passwords/{password_id}/freeze-password", device, id), nil)
}

// UnfreezeTempPassword ends the suspension (解冻).
//
// PUT /v1.0/devices/{device_id}/door-lock/temp-passwords/{password_id}/unfreeze-password, outside the document.
func (c *Client) UnfreezeTempPassword(ctx context.Context, device lock.DeviceID, id TempPasswordID) (*Reply, error) {
	return do(ctx, c, http.MethodPut, at("/v1.0/devices/{device_id}/door-lock/temp-passwords/{password_id}/unfreeze-password", device, id), nil)
}

// DeleteTempPassword removes a temporary password. The lock does it later.
//
// DELETE /v1.0/devices/{device_id}/door-lock/temp-passwords/{password_id}, outside the document.
func (c *Client) DeleteTempPassword(ctx context.Context, device lock.DeviceID, id TempPasswordID) (*Reply, error) {
	return do(ctx, c, http.MethodDelete, at("/v1.0/devices/{device_id}/door-lock/temp-passwords/{password_id}", device, id), nil)
}

// CreateOfflinePassword makes a code that the lock understands without a network, or one that takes
// such codes back when it is typed at the door: nobody can do that from afar.
//
// POST /v1.1/devices/{device_id}/door-lock/offline-temp-password, outside the document.
func (c *Client) CreateOfflinePassword(ctx context.Context, device lock.DeviceID, req OfflinePasswordRequest) (*Answer[OfflinePassword], error) {
	return change[OfflinePassword](ctx, c, http.MethodPost, at("/v1.1/devices/{device_id}/door-lock/offline-temp-password", device), req)
}

// OfflinePasswordRequest describes an offline code. Its times are cut to whole hours.
type OfflinePasswordRequest struct {
	Type          OfflineType
	EffectiveTime time.Time // of OfflineMultiple
	InvalidTime   time.Time // of OfflineMultiple
	Name          string
	PasswordID    string // of OfflineClear: the code to take back
}

func (r OfflinePasswordRequest) validate() error {
	switch r.Type {
	case "":
		return errors.New("set Type")
	case OfflineMultiple:
		return validity(r.EffectiveTime, r.InvalidTime)
	case OfflineClear:
		return require("PasswordID", r.PasswordID)
	}
	return nil
}

func (r OfflinePasswordRequest) onWire() any {
	return struct {
		Type          OfflineType `json:"type"`
		EffectiveTime wire.Sec    `json:"effective_time,omitzero"`
		InvalidTime   wire.Sec    `json:"invalid_time,omitzero"`
		Name          string      `json:"name,omitzero"`
		PasswordID    string      `json:"password_id,omitzero"`
	}{r.Type, wire.Sec{Time: r.EffectiveTime}, wire.Sec{Time: r.InvalidTime}, r.Name, r.PasswordID}
}

// OfflinePassword is an offline code.
type OfflinePassword struct {
	wire.Kept     `json:"-"`
	ID            string      `json:"offline_temp_password_id"`
	Password      lock.Secret `json:"offline_temp_password"`
	Name          string      `json:"offline_temp_password_name"`
	EffectiveTime time.Time   `json:"effective_time"`
	InvalidTime   time.Time   `json:"invalid_time"`
}

// GetDynamicPassword returns a code that opens for about five minutes.
//
// GET /v1.0/devices/{device_id}/door-lock/dynamic-password, outside the document.
func (c *Client) GetDynamicPassword(ctx context.Context, device lock.DeviceID) (*Answer[DynamicPassword], error) {
	return get[DynamicPassword](ctx, c, at("/v1.0/devices/{device_id}/door-lock/dynamic-password", device), nil)
}

// DynamicPassword is a code of the moment.
type DynamicPassword struct {
	wire.Kept `json:"-"`
	Password  lock.Secret `json:"dynamic_password"`
}

// codeLengths are how many digits a code has.
func (f Family) codeLengths() []int {
	switch f {
	case FamilyWiFi:
		return []int{7}
	case FamilyZigbee, FamilyBluetooth:
		return []int{6}
	}
	return []int{6, 7}
}
