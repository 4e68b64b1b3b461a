package ewelink

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Action says what a message on the socket is about. More than these exist.
type Action string

// The actions.
const (
	ActionUserOnline Action = "userOnline" // the handshake
	ActionUpdate     Action = "update"     // a device's params have changed, or shall change
	ActionQuery      Action = "query"
	ActionUpgrade    Action = "upgrade"
	ActionSysmsg     Action = "sysmsg" // a device went online or offline
	ActionNotify     Action = "notify" // something of the server's; in no document, like the next two

	ActionReportSubDevice Action = "reportSubDevice" // a gateway about its children
	ActionSubDevice       Action = "subDevice"
)

// String returns the vendor's word.
func (a Action) String() string { return string(a) }

// SocketOptions adjust what a Socket keeps for a slow reader. The zero value will do.
type SocketOptions struct {
	// Buffer is how many notices are kept until Notices takes them, 0 = 1024, 2 at least. They
	// hold 16 MiB at most, however many they are.
	Buffer int
	// Drop says which of them go when there are more. What goes is counted, and a GapNotice
	// stands in its place.
	Drop DropPolicy
}

// Socket is a share in the client's live connection (长连接). However many sockets a client gives
// out, and however many loops watch its events, they share one connection, because the vendor
// bans who logs in often. The first of them opens it, the last to be closed ends it; in between
// it is kept up, and opened again after a break.
type Socket struct {
	hub   *hub
	inbox *inbox
	end   func() bool // of the tie to the context
}

// Socket joins the live connection and returns when it is up. It is left by Close or when ctx ends.
//
// An error means that it cannot come up as things are: the session is refused also after a renewal,
// or somebody else uses the account. Everything that may pass is waited for. Logins are at least 5 s
// apart, and 12 in any hour, whatever happens; pauses grow from 5 s to 15 min. So hold a Socket while you
// ask many meters for their energy, which goes over it.
//
// WebSocket: 握手, §7.2.
func (c *Client) Socket(ctx context.Context, o SocketOptions) (*Socket, error) {
	s := &Socket{hub: c.hub(), inbox: newInbox(o)}
	s.hub.join(s.inbox)
	for {
		n, err := s.inbox.next(ctx)
		if err != nil {
			s.hub.leave(s.inbox)
			if ctx.Err() != nil {
				return nil, c.error(ctx, socketEndpoint, lock.ErrInterrupted, ctx.Err())
			}
			return nil, c.wrapped(ctx, socketEndpoint, err)
		}
		if _, ok := n.(*ConnectedNotice); ok {
			s.end = context.AfterFunc(ctx, func() { s.hub.leave(s.inbox) })
			return s, nil
		}
	}
}

// Close leaves the connection. The last to leave ends it, which takes half a second at most.
// Closing again does nothing.
func (s *Socket) Close() {
	s.end()
	s.hub.leave(s.inbox)
}

// Notices yields what the socket brings, until the socket is closed, ctx ends, or an error comes
// that connecting again cannot mend, which is the last pair. After a break, and where a slow
// reader has made us drop something, it yields a *GapNotice: what happened meanwhile has to be asked
// for over HTTP. Each notice goes to one loop only; for several, open a Socket each.
func (s *Socket) Notices(ctx context.Context) iter.Seq2[Notice, error] {
	return func(yield func(Notice, error) bool) {
		for {
			n, err := s.inbox.next(ctx)
			switch {
			case errors.Is(err, errLeft):
				return
			case err != nil && ctx.Err() == nil:
				err = s.hub.c.wrapped(ctx, socketEndpoint, err)
				fallthrough
			case err != nil:
				yield(nil, err)
				return
			}
			if !yield(n, nil) {
				return
			}
		}
	}
}

// Dropped returns how many notices have been dropped so far because the reader was slow.
func (s *Socket) Dropped() int { return s.inbox.droppedSoFar() }

// Answer is what a device, or the server in its place, answers to a command.
type Answer struct {
	wire.Kept `json:"-"`
	DeviceID  string `json:"deviceid"`
	APIKey    string `json:"apikey"` // of the device's owner
	Params    Params `json:"params"` // what was queried; none in the answer to an update
	Config    Params `json:"config"` // energy histories, and nothing else
}

// SocketTarget says whose command it is.
type SocketTarget struct {
	DeviceID string
	// Owner is the apikey of the device's owner, from its Thing; "" = the device is the account's
	// own. A device that was shared with the account needs it.
	Owner string
}

// SocketQuery asks a device for its params.
type SocketQuery struct {
	SocketTarget
	Params []string // their names; none = all
}

// SocketUpdate tells a device what to change.
type SocketUpdate struct {
	SocketTarget
	// Params are the params to change and no others: a struct with json tags, a map, or a list of
	// such for the devices that want one.
	Params any
}

// SocketUpgrade tells a device to load other firmware. What to load is QueryUpgrades' answer.
type SocketUpgrade struct {
	SocketTarget
	Model, Version string
	Binaries       []SocketBinary
}

// SocketBinary is one part of a firmware.
type SocketBinary struct {
	DownloadURL string `json:"downloadUrl"`
	Digest      string `json:"digest"` // SHA-256
	Name        string `json:"name"`
}

// Query returns what a device says of itself. While the connection is broken it reports
// lock.ErrVendorUnavailable at once. A device that is offline is ErrDeviceOffline or
// ErrDeviceTimeout.
//
// WebSocket: 查询设备状态, §7.5.
func (s *Socket) Query(ctx context.Context, q SocketQuery) (*Answer, error) {
	if q.Params == nil {
		q.Params = []string{}
	}
	return s.hub.send(ctx, ActionQuery, q.SocketTarget, q.Params)
}

// Update changes params of a device. It is never repeated: ErrOutcomeUnknown means that the device
// may have got it. The answer does not hold the new state, and the change is not sent back to the
// client as a notice: query where the state matters.
//
// WebSocket: 更新设备状态, §7.4.
func (s *Socket) Update(ctx context.Context, u SocketUpdate) (*Answer, error) {
	return s.hub.send(ctx, ActionUpdate, u.SocketTarget, u.Params)
}

// Upgrade has a device load other firmware. Some devices leave without an answer, which is
// ErrOutcomeUnknown. It has succeeded when the device, back online, reports the new fwVersion.
//
// WebSocket: upgrade, §3.3 (OTA).
func (s *Socket) Upgrade(ctx context.Context, u SocketUpgrade) (*Answer, error) {
	return s.hub.send(ctx, ActionUpgrade, u.SocketTarget, struct {
		Model   string         `json:"model"`
		Version string         `json:"version"`
		BinList []SocketBinary `json:"binList"`
	}{u.Model, u.Version, u.Binaries})
}

const (
	// socketEndpoint names the socket in errors.
	socketEndpoint = "WS /api/ws"
	// answerTime is how long a device may take: the vendor's own clients wait so long.
	answerTime = 15 * time.Second
)
