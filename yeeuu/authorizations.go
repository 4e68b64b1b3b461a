package yeeuu

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Authorize lets a person open the door with the vendor's app or WeChat (授权). The authorisation
// is known by the phone number; what a second one for the same number does is not documented.
//
// POST /apartments/{code}/auth, call 2.
func (c *Client) Authorize(ctx context.Context, req AuthorizeRequest) (*Reply, error) {
	return post[Reply](ctx, c, req.at("auth"), req)
}

// AuthorizeRequest says who may open which door, and when.
type AuthorizeRequest struct {
	Door
	Period         Period      `url:"startTime"` // and endTime
	Author         string      `url:"author"`    // who gives the right
	AuthoredName   string      `url:"authoredName"`
	AuthoredMobile lock.Secret `url:"authoredMobile"`
}

func (r AuthorizeRequest) validate() error {
	return first(r.Door.validate(), r.Period.validate(), missing("Author", r.Author, "AuthoredName", r.AuthoredName),
		missingMobile("AuthoredMobile", r.AuthoredMobile))
}

// RevokeAuthorization takes a person's authorisation back (取消授权).
//
// POST /apartments/{code}/delete_auth, call 3.
func (c *Client) RevokeAuthorization(ctx context.Context, req RevokeAuthorizationRequest) (*Reply, error) {
	return post[Reply](ctx, c, req.at("delete_auth"), req)
}

// RevokeAuthorizationRequest says whose authorisation at which door to take back.
type RevokeAuthorizationRequest struct {
	Door
	AuthoredMobile lock.Secret `url:"authoredMobile"`
}

func (r RevokeAuthorizationRequest) validate() error {
	return first(r.Door.validate(), missingMobile("AuthoredMobile", r.AuthoredMobile))
}

// Period is when an authorisation or a password holds, in whole seconds: a fraction of one is cut
// off, so that the period never grows. Both ends are required. Whether the last second is part of
// it is not documented.
type Period struct{ Start, End time.Time }

// EncodeValues puts startTime and endTime into a form, whatever the key.
func (p Period) EncodeValues(_ string, form *url.Values) error {
	p = p.whole()
	form.Set("startTime", strconv.FormatInt(p.Start.Unix(), 10))
	form.Set("endTime", strconv.FormatInt(p.End.Unix(), 10))
	return nil
}

// whole is the period in whole seconds.
func (p Period) whole() Period {
	start := p.Start.Truncate(time.Second)
	if start.Before(p.Start) {
		start = start.Add(time.Second)
	}
	return Period{Start: start, End: p.End.Truncate(time.Second)}
}

func (p Period) validate() error {
	switch whole := p.whole(); {
	case p.Start.IsZero() || p.End.IsZero():
		return errors.New("set both Start and End of the Period, which the vendor requires")
	case p.Start.Unix() <= 0:
		return errors.New("the Period must begin after 1970")
	case !whole.Start.Before(whole.End):
		return errors.New("the Period must end at least a whole second after it begins")
	}
	return nil
}
