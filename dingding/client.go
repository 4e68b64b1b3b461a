package dingding

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/limit"
	"github.com/smartlock-sdk/smartlock/internal/pending"
	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/share"
	"github.com/smartlock-sdk/smartlock/internal/token"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// Vendor is the name of this cloud.
	Vendor lock.Vendor = "dingding"
	// BaseURL is the production address, §4.3.
	BaseURL = "https://lockapi.dding.net"
	// TestURL is the vendor's test system, §4.3. It speaks plain http: door codes cross the
	// network readable for anybody, so it needs lock.WithInsecureHTTP.
	TestURL = "http://dev-lockapi.dding.net:8090"
	// SuccessorURL is the address of the successor platform; see WithSuccessor.
	SuccessorURL = "https://saas-openapi.dding.net"

	prefixV1 = "/openapi/v1"
	prefixV2 = "/openapi/v2"
)

// Client talks to Dingding for one client id. It is safe for concurrent use and starts no
// goroutines. It is also a lock.Provider.
type Client struct {
	id       string
	secret   lock.Secret
	rest     *rest.Client
	cfg      *lock.Config
	set      settings
	limits   *limit.Limiter
	pending  *pending.Registry[int64] // the codes that callbacks have brought about operations, by serviceid
	location *time.Location
}

// New makes a client from the client id and secret that the vendor gives at sign-up (§4.1).
// Nothing is sent; a faulty option is reported by every call.
func New(clientID, clientSecret string, opts ...lock.Option) *Client {
	cfg := lock.NewConfig(opts...)
	c := &Client{id: clientID, secret: lock.NewSecret(clientSecret), cfg: cfg, set: defaults(), location: cfg.Location}
	if c.location == nil {
		c.location = chinaStandardTime
	}
	optErr := lock.ApplyCustom(cfg, &c.set)
	base := cmp.Or(cfg.BaseURL, c.set.baseURL)
	account := share.Account(Vendor, base, clientID)
	var tokens rest.TokenSource = token.New(cfg.Clock, c.fetchToken, token.Shared(cfg.Store, account, share.Credentials(c.secret)))
	if c.set.tokens != nil {
		tokens = staticTokens{c.set.tokens}
	}
	c.rest = rest.New(cfg, Vendor, base, dialect{c}, tokens)
	c.limits = limit.Shared(cfg.Clock, cfg.Store, account, limit.Rule{Count: 5, Window: 2 * time.Minute}, limit.Rule{Count: 100, Window: 24 * time.Hour})
	c.pending = pending.New[int64](cfg.Clock)
	if optErr != nil {
		c.rest.Fail(optErr)
	}
	if c.set.tokens == nil && (clientID == "" || clientSecret == "") {
		c.rest.Fail(errors.New("dingding.New needs the client id and the client secret that the vendor gave you"))
	}
	return c
}

// chinaStandardTime is the zone of every time the vendor writes without one.
var chinaStandardTime = time.FixedZone("CST", 8*60*60)

// settings are the options only Dingding has.
type settings struct {
	baseURL      string
	v1, v2       string            // path prefixes
	methods      map[string]string // endpoints that take another HTTP method than the document says
	codes        codeForm
	manufacturer string
	callbackURLs []string
	tokens       func(context.Context) (lock.Secret, error)
	rejected     map[int64]bool
}

func defaults() settings {
	return settings{
		baseURL: BaseURL, v1: prefixV1, v2: prefixV2,
		methods:      map[string]string{},
		manufacturer: "cy",
		rejected:     map[int64]bool{codeTokenInvalid: true, codeTokenExpired: true},
	}
}

// dialect is how Dingding signs, wraps and complains.
type dialect struct{ c *Client }

// Sign puts the access token into the query of a GET and into the body of anything else, §4.3,
// beside the parameters.
func (d dialect) Sign(_ context.Context, a *rest.Attempt) error {
	if a.Request.Method == http.MethodGet {
		if a.Token != "" {
			a.Query.Set("access_token", a.Token)
		}
		return nil
	}
	in := a.Request.Body
	if s, ok := in.(onWire); ok {
		var err error
		if in, err = s.onWire(a.Token, d.c.set.codes); err != nil {
			return err
		}
	}
	body := []byte("{}")
	if in != nil {
		var err error
		if body, err = wire.Marshal(in); err != nil {
			return err
		}
	}
	if a.Token != "" {
		tok, err := wire.Marshal(a.Token)
		if err != nil {
			return err
		}
		body = withMember(body, "access_token", tok)
	}
	a.Body = body
	return nil
}

// onWire is a request whose public fields are not what travels: times become seconds, a door code
// becomes its ciphertext under the token of this attempt.
type onWire interface {
	onWire(token string, form codeForm) (any, error)
}

// withMember puts one more member in front of those of a JSON object.
func withMember(object []byte, name string, value []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(object) + len(name) + len(value) + 4)
	b.WriteString(`{"`)
	b.WriteString(name)
	b.WriteString(`":`)
	b.Write(value)
	if rest := object[1:]; len(rest) > 1 {
		b.WriteByte(',')
		b.Write(rest)
	} else {
		b.WriteByte('}')
	}
	return b.Bytes()
}

// Judge says what a code means, by the tables in errors.go.
func (d dialect) Judge(o rest.Outcome) rest.Verdict {
	code, ok := numeric(o.Code)
	return rest.Verdict{Kind: kindOf(code), BadToken: ok && d.c.set.rejected[code]}
}

// envelope is what every reply looks like: the code and the words, and the payload beside them.
type envelope[T any] struct {
	ErrNo   wire.Code `json:"ErrNo"`
	ErrMsg  string    `json:"ErrMsg"`
	ReqID   string    `json:"ReqID"`
	Payload T         `json:",embed,inline"`
}

// Outcome implements rest.Envelope. Success is 0 and nothing else.
func (e *envelope[T]) Outcome() rest.Outcome {
	code, known := e.ErrNo.Value()
	return rest.Outcome{Known: known, OK: known && code == 0, Code: e.ErrNo.String(), Message: e.ErrMsg, RequestID: e.ReqID}
}

// Keep hands the untouched bytes to the payload.
func (e *envelope[T]) Keep(raw []byte) {
	if p, ok := any(&e.Payload).(interface {
		keep(requestID string, raw []byte)
	}); ok {
		p.keep(e.ReqID, raw)
	}
}

// Reply is part of every answer.
type Reply struct {
	// RequestID is the vendor's trace id, for its support; "" on older systems.
	RequestID string     `json:"-"`
	wire.Kept `json:"-"` // Raw: the reply as it came
}

func (r *Reply) keep(requestID string, raw []byte) {
	r.RequestID = requestID
	r.KeepRaw(raw)
}

// Accepted is the answer to a command that a device carries out later. The outcome arrives in a
// callback with the same ServiceID, §9 and §13.
type Accepted struct {
	Reply
	// ServiceID is "" where the vendor gives none; the document lists it for some commands only.
	ServiceID string `json:"serviceid"`
}

// get asks; it may be repeated.
func get[P interface{ *T }, T any](ctx context.Context, c *Client, path string, in any) (P, error) {
	return send[P](ctx, c, http.MethodGet, c.set.v1, path, in, false)
}

// post changes something; it is never repeated once it may have arrived.
func post[P interface{ *T }, T any](ctx context.Context, c *Client, path string, in any) (P, error) {
	return send[P](ctx, c, http.MethodPost, c.set.v1, path, in, true)
}

// postRead asks with POST, where the document wants it so; it may be repeated.
func postRead[P interface{ *T }, T any](ctx context.Context, c *Client, path string, in any) (P, error) {
	return send[P](ctx, c, http.MethodPost, c.set.v1, path, in, false)
}

// getChange changes something with GET, where the document wants it so; it is never repeated.
func getChange[P interface{ *T }, T any](ctx context.Context, c *Client, path string, in any) (P, error) {
	return send[P](ctx, c, http.MethodGet, c.set.v1, path, in, true)
}

// postV2 and getV2 are post and get under the second prefix, §14.
func postV2[P interface{ *T }, T any](ctx context.Context, c *Client, path string, in any) (P, error) {
	return send[P](ctx, c, http.MethodPost, c.set.v2, path, in, true)
}

func getV2[P interface{ *T }, T any](ctx context.Context, c *Client, path string, in any) (P, error) {
	return send[P](ctx, c, http.MethodGet, c.set.v2, path, in, false)
}

// send makes the call. P is what the method returns, a pointer to its response.
func send[P interface{ *T }, T any](ctx context.Context, c *Client, method, prefix, path string, in any, mutates bool) (P, error) {
	if v, ok := in.(interface{ validate() error }); ok {
		if err := v.validate(); err != nil {
			return nil, c.rest.Error(ctx, method+" "+prefix+path, lock.ErrInvalidArgument, err)
		}
	}
	if m := c.set.methods[path]; m != "" {
		method = m
	}
	r := &rest.Request{Method: method, Path: prefix + path, Mutates: mutates}
	if method == http.MethodGet {
		r.Query = in
	} else {
		r.Body = in
	}
	env, err := rest.Do[envelope[T]](ctx, c.rest, r)
	if err != nil {
		return nil, err
	}
	return &env.Payload, nil
}

// Call makes a call that has no method here. path is complete, such as
// "/openapi/v1/get_ticket_by_room"; in is a struct with json tags or a map, for GET a struct with url
// tags or url.Values;
// out is a pointer to what the reply shall be decoded into, or nil. The access token is added.
// Anything but GET counts as a change and is never repeated.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) (*Reply, error) {
	reply, err := send[*Reply](ctx, c, method, "", path, in, method != http.MethodGet)
	if err != nil || out == nil {
		return reply, err
	}
	if err := wire.Unmarshal(reply.Raw(), out); err != nil {
		return reply, c.rest.Error(ctx, method+" "+path, lock.ErrProtocol, err)
	}
	return reply, nil
}

// fetchToken trades the client id and secret for an access token.
//
// POST /openapi/v1/access_token, §4.2.
func (c *Client) fetchToken(ctx context.Context) (string, time.Time, error) {
	env, err := rest.Do[envelope[tokenResponse]](ctx, c.rest, &rest.Request{
		Method: http.MethodPost, Path: c.set.v1 + "/access_token", Open: true, // asking again does no harm
		Body: tokenRequest{ClientID: c.id, ClientSecret: c.secret},
	})
	if err != nil {
		// The call carries nothing but the credentials, so whatever the vendor refuses is they.
		if e, ok := errors.AsType[*lock.Error](err); ok && e.Code != "" && !e.Retryable() {
			e.Kind = lock.ErrUnauthenticated
		}
		return "", time.Time{}, err
	}
	t := &env.Payload
	if len(t.AccessToken.Reveal()) < sealKeySize {
		return "", time.Time{}, c.rest.Error(ctx, http.MethodPost+" "+c.set.v1+"/access_token", lock.ErrProtocol,
			errors.New("the access token is shorter than 16 characters"))
	}
	return t.AccessToken.Reveal(), t.ExpiresTime, nil
}

type tokenRequest struct {
	ClientID     string      `json:"client_id"`
	ClientSecret lock.Secret `json:"client_secret"`
}

type tokenResponse struct {
	AccessToken lock.Secret `json:"access_token"`
	ExpiresTime time.Time   `json:"expires_time"` // seconds, absolute
}

// staticTokens takes tokens from the caller; see WithToken.
type staticTokens struct {
	get func(context.Context) (lock.Secret, error)
}

// Token implements rest.TokenSource. The caller's function is asked every time; if it still gives
// a token that was refused, the refusal stands.
func (s staticTokens) Token(ctx context.Context, _ string) (string, error) {
	t, err := s.get(ctx)
	return t.Reveal(), err
}
