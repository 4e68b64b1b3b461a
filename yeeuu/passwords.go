package yeeuu

import (
	"context"
	"errors"

	"github.com/smartlock-sdk/smartlock/lock"
)

// SetPassword gives a person a door code (设置密码), chosen by the caller. It is known by the
// phone number; what a second one for the same number does is not documented, nor what the vendor
// asks of a code.
//
// POST /apartments/{code}/generate_password, call 5.
func (c *Client) SetPassword(ctx context.Context, req SetPasswordRequest) (*Reply, error) {
	return post[Reply](ctx, c, req.at("generate_password"), req)
}

// SetPasswordRequest says who gets which code for which door, and when it opens.
type SetPasswordRequest struct {
	Door
	Period         Period      `url:"startTime"` // and endTime
	Author         string      `url:"author"`    // who gives the code
	AuthoredName   string      `url:"authoredName"`
	AuthoredMobile lock.Secret `url:"authoredMobile"`
	Password       lock.Secret `url:"password"`
}

func (r SetPasswordRequest) validate() error {
	err := first(r.Door.validate(), r.Period.validate(), missing("Author", r.Author, "AuthoredName", r.AuthoredName),
		missingMobile("AuthoredMobile", r.AuthoredMobile))
	if err == nil && r.Password.IsZero() {
		return errors.New("set Password, which the vendor requires")
	}
	return err
}

// RemovePassword takes a person's door code back (删除密码).
//
// POST /apartments/{code}/remove_password, call 6.
func (c *Client) RemovePassword(ctx context.Context, req RemovePasswordRequest) (*Reply, error) {
	return post[Reply](ctx, c, req.at("remove_password"), req)
}

// RemovePasswordRequest says whose code at which door to take back.
type RemovePasswordRequest struct {
	Door
	AuthoredMobile lock.Secret `url:"authoredMobile"`
}

func (r RemovePasswordRequest) validate() error {
	return first(r.Door.validate(), missingMobile("AuthoredMobile", r.AuthoredMobile))
}
