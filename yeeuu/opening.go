package yeeuu

import (
	"context"

	"github.com/smartlock-sdk/smartlock/lock"
)

// OpenDoor opens the door now (远程开门). It is never repeated: after lock.ErrOutcomeUnknown the
// door may stand open.
//
// POST /apartments/{code}/remote_action, call 4.
func (c *Client) OpenDoor(ctx context.Context, req OpenDoorRequest) (*Reply, error) {
	return post[Reply](ctx, c, req.at("remote_action"), req)
}

// OpenDoorRequest says which door to open, and who opens it.
type OpenDoorRequest struct {
	Door
	Operator lock.Secret `url:"operator"` // the phone number of who opens (开门人)
}

func (r OpenDoorRequest) validate() error {
	return first(r.Door.validate(), missingMobile("Operator", r.Operator))
}
