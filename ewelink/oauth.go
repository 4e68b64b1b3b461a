package ewelink

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// oauthPage is where people sign in and allow the app to use their account.
const oauthPage = "https://c2ccdn.coolkit.cc/oauth/index.html"

// AuthorizeURL builds the address of the page on which somebody signs in and lets the app use their
// account: the only way to a session for free app ids. The page sends the browser on to RedirectURL
// with the parameters code, region and state; give them to ExchangeCode within 30 seconds, after
// comparing state.
func (c *Client) AuthorizeURL(req AuthorizeRequest) (string, error) {
	if c.bad != nil {
		return "", c.error(context.Background(), "", lock.ErrInvalidArgument, c.bad)
	}
	if err := missing("RedirectURL", req.RedirectURL, "State", req.State); err != nil {
		return "", c.error(context.Background(), "", lock.ErrInvalidArgument, err)
	}
	seq := strconv.FormatInt(c.cfg.Clock.Now().UnixMilli(), 10)
	q := url.Values{
		"clientId": {c.appID}, "seq": {seq}, "nonce": {nonce()}, "state": {req.State}, "grantType": {"authorization_code"},
		"redirectUrl": {req.RedirectURL}, "authorization": {c.signSeq(seq)},
	}
	if req.ShowQRCode != nil {
		q.Set("showQRCode", strconv.FormatBool(*req.ShowQRCode))
	}
	return oauthPage + "?" + q.Encode(), nil
}

// signSeq is the signature of the page's address.
func (c *Client) signSeq(seq string) string {
	return string(appendSign(nil, c.key, []byte(c.appID+"_"+seq)))
}

// AuthorizeRequest describes the visit to the page.
type AuthorizeRequest struct {
	RedirectURL string // as registered with the app id
	State       string // comes back unchanged; let it be unguessable and tied to the browser's session
	ShowQRCode  *bool  // whether the page offers a QR code for the app; nil = the page decides
}

// ExchangeCode trades the code that came to the redirect address for a session. The code is good for
// 30 seconds and once. region is the region that came with it. The session's APIKey is not known; the
// client finds it when it needs it.
//
// POST /v2/user/oauth/token, outside the document.
func (c *Client) ExchangeCode(ctx context.Context, req ExchangeCodeRequest) (*SessionReply, error) {
	const path = "/v2/user/oauth/token"
	region := req.Region
	if region == "" {
		region = c.Region()
	}
	r, err := send[*oauthTokens](ctx, c, how{method: "POST", path: path, body: oauthRequest{req.Code, req.RedirectURL, "authorization_code"}, signed: true, mutates: true, region: region})
	if err != nil {
		return nil, err
	}
	if r.AccessToken.IsZero() {
		return nil, c.error(ctx, "POST "+path, lock.ErrProtocol, errors.New("the answer has no access token"))
	}
	return &SessionReply{Reply: r.Reply, Session: Session{
		At: r.AccessToken, Expires: r.AtExpiredTime.Time, Rt: r.RefreshToken, RtExpires: r.RtExpiredTime.Time, Region: region,
	}}, nil
}

// ExchangeCodeRequest is what came to the redirect address.
type ExchangeCodeRequest struct {
	Code        lock.Secret
	RedirectURL string // the same as in AuthorizeRequest
	Region      Region // "" = the client's
}

type oauthRequest struct {
	Code        lock.Secret `json:"code"`
	RedirectURL string      `json:"redirectUrl"`
	GrantType   string      `json:"grantType"`
}

func (r oauthRequest) validate() error {
	return missing("Code", r.Code.Reveal(), "RedirectURL", r.RedirectURL)
}

// oauthTokens are a session on the wire.
type oauthTokens struct {
	Reply
	AccessToken   lock.Secret `json:"accessToken"`
	AtExpiredTime wire.Milli  `json:"atExpiredTime"`
	RefreshToken  lock.Secret `json:"refreshToken"`
	RtExpiredTime wire.Milli  `json:"rtExpiredTime"`
}

// Unbind takes the app's right to use the account back.
//
// DELETE /v2/user/oauth/token, outside the document.
func (c *Client) Unbind(ctx context.Context) (*Reply, error) {
	return del[*Reply](ctx, c, "/v2/user/oauth/token", nil)
}
