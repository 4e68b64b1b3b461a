package ewelink

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Dispatch asks which server the socket shall connect to. It is asked before every connection.
//
// GET /dispatch/app, §7.1.
func (c *Client) Dispatch(ctx context.Context) (*DispatchReply, error) {
	const endpoint = "GET /dispatch/app"
	if err := c.signedIn(ctx, endpoint, false); err != nil {
		return nil, err
	}
	region := c.Region()
	a, ok := c.address(region)
	if !ok {
		return nil, c.elsewhere(ctx, endpoint, region)
	}
	r := &rest.Request{Method: http.MethodGet, Path: "/dispatch/app"}
	if c.bad == nil && ctx.Err() == nil {
		t, err := c.pace.enter(ctx, endpoint)
		if err != nil {
			return nil, c.paceError(ctx, endpoint, err)
		}
		defer t.done()
		r.Body = call{Turn: t.attempt}
	}
	d, err := rest.Do[DispatchReply](ctx, c.host(a.dispatch), r)
	if err != nil {
		return nil, err
	}
	if d.Domain == "" && d.IP == "" {
		return nil, c.error(ctx, endpoint, lock.ErrProtocol, errors.New("the answer names no server"))
	}
	return d, nil
}

// DispatchReply names a server. It comes without the envelope of the other replies.
type DispatchReply struct {
	Reply
	IP     string    `json:"IP"`
	Port   wire.Raw  `json:"port"` // mostly a number
	Domain string    `json:"domain"`
	Error  wire.Code `json:"error"`
	Reason string    `json:"reason"` // "ok"
}

// Outcome implements rest.Envelope.
func (d *DispatchReply) Outcome() rest.Outcome {
	code, known := d.Error.Value()
	return rest.Outcome{Known: known, OK: known && code == codeOK, Code: d.Error.String(), Message: d.Reason}
}

// Keep takes the untouched bytes.
func (d *DispatchReply) Keep(raw []byte) { d.KeepRaw(raw) }

// socketPort is what the vendor's client takes when the answer has no port it can read.
const socketPort = 8080

// socketURL is where the socket connects to. The name is used and not the number beside it, for which
// the certificate is not made out.
func (c *Client) socketURL(d *DispatchReply) string {
	scheme := "wss"
	if a, _ := c.address(c.Region()); strings.HasPrefix(a.dispatch, "http://") { // a simulator; rest has seen to it that it is allowed
		scheme = "ws"
	}
	var port int
	if wire.Unmarshal(d.Port, &port) != nil || port <= 0 || port > 65535 {
		port = socketPort
	}
	u := url.URL{Scheme: scheme, Host: cmp.Or(d.Domain, d.IP) + ":" + strconv.Itoa(port), Path: "/api/ws"}
	return u.String()
}
