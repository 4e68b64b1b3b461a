package ewelink

import (
	"context"

	"github.com/smartlock-sdk/smartlock/lock"
)

// commander carries commands to devices by another way than the HTTP interface: the socket, while it
// is up. An error that has code 4002, 503 or 504 is the device's; ErrOutcomeUnknown if the command was sent
// and nothing came back.
type commander interface {
	// hold keeps what is up from being closed until release; ok is false if nothing is up.
	hold() (release func(), ok bool)
	// command sends params to a device and returns the answer's config and params, whichever
	// the vendor has filled; ok is false if it cannot carry anything now, and then it has sent nothing.
	command(ctx context.Context, to Item, params any) (answer Params, ok bool, err error)
}

// hook returns what carries commands while a socket is up, nil if none is.
func (c *Client) hook() commander {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.quick
}

// connector brings the socket up, if it is not, and keeps it up until release.
type connector func(ctx context.Context) (q commander, release func(), err error)

// control sends params to a device, over the socket if there is one. It is never repeated.
func (c *Client) control(ctx context.Context, to Item, params any) (Params, error) {
	if q := c.hook(); q != nil {
		if release, up := q.hold(); up {
			defer release()
			if answer, ok, err := q.command(ctx, to, params); ok {
				return answer, c.refusal(err, to)
			}
		}
	}
	_, err := c.SetStatus(ctx, SetStatusRequest{Type: TargetDevice, ID: to.DeviceID, Params: params})
	return Params{}, c.refusal(err, to)
}

// refusal says what a device's failure means: 4002 is a wrong parameter or a device that is away or
// silent, and our parameters are right.
func (c *Client) refusal(err error, to Item) error {
	if e, ok := asError(err); ok && has(e, codeControl) {
		e.Kind = lock.ErrDeviceTimeout
		if to.Online != nil && !*to.Online {
			e.Kind = lock.ErrDeviceOffline
		}
	}
	return err
}

// ask sends params to which a device answers with something, over the socket: HTTP does not bring such
// an answer. It brings the socket up if it is down.
func (c *Client) ask(ctx context.Context, to Item, params any) (Params, error) {
	q, release, err := c.dial(ctx)
	if err != nil {
		return Params{}, err
	}
	defer release()
	answer, ok, err := q.command(ctx, to, params)
	if !ok && err == nil {
		e := c.error(ctx, "", lock.ErrVendorUnavailable, nil)
		e.Message = "the socket has broken before the question could be sent"
		return Params{}, e
	}
	return answer, c.refusal(err, to)
}

// hold implements commander: it is one more who shares the connection. Without it the last of the
// others would close it under a command, whose outcome nobody could then tell.
func (h *hub) hold() (release func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.up == nil || h.stop == nil {
		return nil, false
	}
	b := newInbox(SocketOptions{Buffer: 2})
	h.inboxes[b] = struct{}{}
	return func() { h.leave(b) }, true
}
