package tuya

import (
	"context"
	"net/http"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// GetUnlockTicket asks for a ticket with which a door is opened from afar.
//
// POST /v1.0/smart-lock/devices/{device_id}/password-ticket, outside the document.
func (c *Client) GetUnlockTicket(ctx context.Context, device lock.DeviceID) (*Answer[Ticket], error) {
	return ticket(ctx, c, at("/v1.0/smart-lock/devices/{device_id}/password-ticket", device))
}

// OperateDoor opens or locks a door from afar, without a password. Its success says that the command
// was accepted, not that the bolt has moved.
//
// POST /v1.0/smart-lock/devices/{device_id}/password-free/door-operate, outside the document.
func (c *Client) OperateDoor(ctx context.Context, device lock.DeviceID, req OperateDoorRequest) (*Reply, error) {
	return do(ctx, c, http.MethodPost, at("/v1.0/smart-lock/devices/{device_id}/password-free/door-operate", device), req)
}

// OperateDoorRequest says which way.
type OperateDoorRequest struct {
	TicketID string `json:"ticket_id"` // of GetUnlockTicket
	Open     bool   `json:"open"`      // false locks the door
}

func (r OperateDoorRequest) validate() error { return require("TicketID", r.TicketID) }

// OpenDoor opens a door from afar, without a password. It is the older call, for locks that only
// open, or only after somebody has pressed the bell.
//
// POST /v1.0/devices/{device_id}/door-lock/password-free/open-door, outside the document.
func (c *Client) OpenDoor(ctx context.Context, device lock.DeviceID, ticketID string) (*Reply, error) {
	return do(ctx, c, http.MethodPost, at("/v1.0/devices/{device_id}/door-lock/password-free/open-door", device), openDoorRequest{ticketID})
}

type openDoorRequest struct {
	TicketID string `json:"ticket_id"`
}

func (r openDoorRequest) validate() error { return require("the ticket", r.TicketID) }

// ListRemoteUnlocks lists the ways in which a door may be opened from afar. It is for Zigbee and
// Bluetooth locks.
//
// GET /v1.0/devices/{device_id}/door-lock/remote-unlocks, outside the document.
func (c *Client) ListRemoteUnlocks(ctx context.Context, device lock.DeviceID) (*Page[RemoteUnlock], error) {
	return list[RemoteUnlock](ctx, c, at("/v1.0/devices/{device_id}/door-lock/remote-unlocks", device), nil)
}

// RemoteUnlock is a way in which a door may be opened from afar.
type RemoteUnlock struct {
	wire.Kept        `json:"-"`
	RemoteUnlockType RemoteUnlockType `json:"remote_unlock_type"`
	Open             bool             `json:"open"` // it is allowed
}

// ConfigureRemoteUnlock allows or forbids a way of opening from afar.
//
// POST /v1.0/devices/{device_id}/door-lock/remote-unlock/config, outside the document.
func (c *Client) ConfigureRemoteUnlock(ctx context.Context, device lock.DeviceID, t RemoteUnlockType, allowed bool) (*Reply, error) {
	return do(ctx, c, http.MethodPost, at("/v1.0/devices/{device_id}/door-lock/remote-unlock/config", device), remoteUnlockRequest{t, allowed})
}

type remoteUnlockRequest struct {
	RemoteUnlockType RemoteUnlockType `json:"remote_unlock_type"`
	Open             bool             `json:"open"`
}

func (r remoteUnlockRequest) validate() error {
	return require("the type of remote unlock", string(r.RemoteUnlockType))
}
