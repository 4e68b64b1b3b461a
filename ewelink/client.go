package ewelink

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Vendor is the name of this cloud.
const Vendor lock.Vendor = "ewelink"

// Client talks to the cloud for one account. It is safe for concurrent use and starts no goroutine
// until somebody watches events or asks for the socket. It is also a lock.Provider.
type Client struct {
	cfg     *lock.Config
	set     settings
	appID   string
	account string // what replicas share in a lock.Store; "" = nothing
	key     *mac.Key
	bad     error // why every call fails
	logins  *logins
	pace    *pace
	dial    connector // brings the socket up, for questions that HTTP does not answer
	can     lock.Capabilities
	topUps  chan struct{} // holds one token while a meter is topped up

	mu     sync.Mutex
	region Region
	hosts  map[string]*rest.Client // by base URL
	quick  commander               // what carries commands while a socket is up; nil = HTTP
}

// New makes a client from the id and the secret of an app (APPID and APP SECRET of the developer
// console). Its calls are made for an account, whose session comes from WithLogin, WithSession or
// WithSessionStore. Nothing is sent; a faulty option is reported by every call.
func New(appID, appSecret string, opts ...lock.Option) *Client {
	cfg := lock.NewConfig(opts...)
	c := &Client{cfg: cfg, set: defaults(), appID: appID, key: mac.NewKey(lock.NewSecret(appSecret)), hosts: map[string]*rest.Client{}, topUps: make(chan struct{}, 1)}
	c.bad = lock.ApplyCustom(cfg, &c.set)
	if appID == "" || appSecret == "" {
		c.bad = errors.Join(c.bad, errors.New("ewelink.New needs the app's id and secret"))
	}
	switch {
	case c.set.region != "":
		c.region = c.set.region
	case c.set.session.Region != "":
		c.region = c.set.session.Region
	case c.set.login.countryCode != "":
		c.region = RegionOf(c.set.login.countryCode)
	default:
		c.region = RegionCN
	}
	c.account = c.sharedAs()
	c.pace = newPace(cfg, c.set, c.account)
	c.logins = newLogins(c)
	c.dial = c.joined
	c.can = portable(c.set)
	return c
}

// Region returns where the account lives, as far as the client knows by now.
func (c *Client) Region() Region {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.region
}

// settle remembers where the account lives; "" says nothing.
func (c *Client) settle(r Region) {
	if r == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.region = r
}

// address finds where a region is reached.
func (c *Client) address(r Region) (address, bool) {
	if a, ok := c.set.addresses[r]; ok {
		return a, true
	}
	if c.cfg.BaseURL != "" {
		return address{c.cfg.BaseURL, c.cfg.BaseURL}, true
	}
	a, ok := addresses[r]
	return a, ok
}

// host returns what makes the calls to a base URL.
func (c *Client) host(base string) *rest.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[base]
	if h == nil {
		h = rest.New(c.cfg, Vendor, base, dialect{c}, c.logins)
		h.Fail(c.bad)
		c.hosts[base] = h
	}
	return h
}

// dialect is how eWeLink signs and complains.
type dialect struct{ c *Client }

// call is what a rest.Request carries as its body.
type call struct {
	In     any // what is encoded; nil = the call has no body
	Signed bool
	// Turn waits before each attempt. It is a function because package rest looks for secrets to mask in
	// all that it can see here, and the queues behind a turn change while it looks.
	Turn func(context.Context) error
}

// Sign encodes the body, and adds the access token or the signature.
func (d dialect) Sign(ctx context.Context, a *rest.Attempt) error {
	in, _ := a.Request.Body.(call)
	if err := in.Turn(ctx); err != nil {
		return d.c.paceError(ctx, "", err)
	}
	if in.In != nil {
		var err error
		if a.Body, err = wire.Marshal(in.In); err != nil {
			return err
		}
	}
	a.Header["X-Ck-Appid"] = []string{d.c.appID}
	a.Header["X-Ck-Nonce"] = []string{nonce()}
	switch {
	case in.Signed:
		a.Header["Authorization"] = []string{string(d.c.signed(a))}
	case a.Token != "":
		a.Header["Authorization"] = []string{"Bearer " + a.Token}
	}
	return nil
}

// signed is the value of the header of a call that is signed.
func (c *Client) signed(a *rest.Attempt) []byte {
	header := append(make([]byte, 0, 64), "Sign "...)
	if a.Body != nil {
		return appendSign(header, c.key, a.Body)
	}
	var message [256]byte
	return appendSign(header, c.key, appendMessage(message[:0], a.Query))
}

// Judge says what a code means, by the table in errors.go.
func (d dialect) Judge(o rest.Outcome) rest.Verdict {
	if o.Code == strconv.Itoa(codeExpired) {
		d.c.logins.outlived.Store(true)
	}
	return judge(o)
}

// envelope is what every reply looks like.
type envelope[T any] struct {
	Error wire.Code `json:"error"`
	Msg   string    `json:"msg"`
	Data  data[T]   `json:"data"`
	raw   []byte
}

// data is the payload, and the region that stands beside it in some replies: those of logins, and the
// one that sends a call elsewhere.
type data[T any] struct {
	Region  Region `json:"region"`
	Payload T      `json:",embed,inline"`
}

// moved reports whether the vendor says that the account lives in another region, and in which.
func (e *envelope[T]) moved() bool {
	code, known := e.Error.Value()
	return known && code == codeRegion && e.Data.Region != ""
}

// Outcome implements rest.Envelope. A reply that sends the call to another region is no failure yet.
func (e *envelope[T]) Outcome() rest.Outcome {
	code, known := e.Error.Value()
	o := rest.Outcome{Known: known, OK: known && code == codeOK || e.moved(), Code: e.Error.String(), Message: e.Msg}
	if code == codeApp {
		o.Message += " (a free app id may call little: the homes, the things and their status, with a session by OAuth, see AuthorizeURL; logging in with a password needs a paid one)"
	}
	return o
}

// Keep takes the untouched bytes.
func (e *envelope[T]) Keep(raw []byte) { e.raw = raw }

// Reply is part of every answer.
type Reply struct {
	wire.Kept `json:"-"` // Raw: the reply as it came
}

// how says what kind of call it is.
type how struct {
	method, path string
	query, body  any
	mutates      bool
	signed       bool                 // by the app's secret, without a session
	region       Region               // "" = where the account lives
	at           func(address) string // which of the region's addresses; nil = that of the interface
	wait         time.Duration        // how long the vendor may take, where it is more than usual
}

// get asks; it may be repeated.
func get[P interface{ *T }, T any](ctx context.Context, c *Client, path string, query any) (P, error) {
	return send[P](ctx, c, how{method: http.MethodGet, path: path, query: query})
}

// postRead asks with POST, where the document wants it so; it may be repeated.
func postRead[P interface{ *T }, T any](ctx context.Context, c *Client, path string, body any) (P, error) {
	return send[P](ctx, c, how{method: http.MethodPost, path: path, body: body})
}

// post, put and del change something; they are never repeated once they may have arrived.
func post[P interface{ *T }, T any](ctx context.Context, c *Client, path string, body any) (P, error) {
	return send[P](ctx, c, how{method: http.MethodPost, path: path, body: body, mutates: true})
}

func put[P interface{ *T }, T any](ctx context.Context, c *Client, path string, body any) (P, error) {
	return send[P](ctx, c, how{method: http.MethodPut, path: path, body: body, mutates: true})
}

func del[P interface{ *T }, T any](ctx context.Context, c *Client, path string, query any) (P, error) {
	return send[P](ctx, c, how{method: http.MethodDelete, path: path, query: query, mutates: true})
}

// signIn is a call for the credentials themselves: it is signed by the app, and asking again does no
// harm that a lost answer has not done yet.
func signIn[P interface{ *T }, T any](ctx context.Context, c *Client, path string, body any) (P, error) {
	return send[P](ctx, c, how{method: http.MethodPost, path: path, body: body, signed: true})
}

// send makes the call where the account lives, and once more where the vendor says it lives. P is
// what the method returns, a pointer to its response.
func send[P interface{ *T }, T any](ctx context.Context, c *Client, h how) (P, error) {
	endpoint := h.method + " " + h.path
	for _, in := range []any{h.query, h.body} {
		if v, ok := in.(interface{ validate() error }); ok {
			if err := v.validate(); err != nil {
				return nil, c.error(ctx, endpoint, lock.ErrInvalidArgument, err)
			}
		}
	}
	if h.at == nil {
		h.at = func(a address) string { return a.api }
	}
	if err := c.signedIn(ctx, endpoint, h.signed); err != nil {
		return nil, err
	}
	region := cmp.Or(h.region, c.Region())
	for moved := false; ; moved = true {
		a, ok := c.address(region)
		if !ok {
			return nil, c.elsewhere(ctx, endpoint, region)
		}
		base := h.at(a)
		e, err := attempt[T](ctx, c, base, endpoint, h)
		if err != nil {
			return nil, err
		}
		if !e.moved() {
			if moved {
				c.settle(region)
			}
			return payload[P](e), nil
		}
		region = e.Data.Region
		if next, ok := c.address(region); moved || !ok || h.at(next) == base {
			return nil, c.elsewhere(ctx, endpoint, region)
		}
	}
}

// signedIn sees to it that there is a session before a call that needs one, because the login finds out
// where the account lives.
func (c *Client) signedIn(ctx context.Context, endpoint string, signed bool) error {
	if signed || c.bad != nil || ctx.Err() != nil {
		return nil // said by the call itself
	}
	if _, err := c.logins.Token(ctx, ""); err != nil {
		return c.wrapped(ctx, endpoint, err)
	}
	return nil
}

// attempt makes the call at one address.
func attempt[T any](ctx context.Context, c *Client, base, endpoint string, h how) (*envelope[T], error) {
	if c.bad != nil || ctx.Err() != nil { // said before anybody waits for a turn
		return rest.Do[envelope[T]](ctx, c.host(base), &rest.Request{Method: h.method, Path: h.path, Open: true})
	}
	t, err := c.pace.enter(ctx, endpoint)
	if err != nil {
		return nil, c.paceError(ctx, endpoint, err)
	}
	defer t.done()
	e, err := rest.Do[envelope[T]](ctx, c.host(base), &rest.Request{
		Method: h.method, Path: h.path, Query: h.query, Mutates: h.mutates, Open: h.signed, Wait: h.wait,
		Body: call{In: h.body, Signed: h.signed, Turn: t.attempt},
	})
	if err != nil {
		return nil, reading(err, h)
	}
	return e, nil
}

// reading puts right what an error means on some calls only.
func reading(err error, h how) error {
	e, ok := asError(err)
	switch {
	case !ok:
	case e.Status == http.StatusForbidden && e.Code == "": // not the envelope: the gateway, which has passed nothing on
		e.Kind = lock.ErrQuotaExceeded
	case h.signed && has(e, codeDenied):
		e.Kind = lock.ErrUnauthenticated
	}
	return err
}

// elsewhere says that the account lives where the client cannot call.
func (c *Client) elsewhere(ctx context.Context, endpoint string, region Region) error {
	e := c.error(ctx, endpoint, lock.ErrWrongRegion, nil)
	e.Code, e.Message = "10004", "the account lives in the region "+string(clip(region))+", which has no other address here: give one with WithRegionURL"
	return e
}

// clip makes a word of the vendor fit to be shown: a region is a short word.
func clip(r Region) Region {
	for i, letter := range r {
		if letter < 'a' || letter > 'z' || i >= 8 {
			return r[:i] + "…"
		}
	}
	return r
}

// payload takes the response out of its envelope.
func payload[P interface{ *T }, T any](e *envelope[T]) P {
	p := &e.Data.Payload
	if k, ok := any(p).(interface{ KeepRaw([]byte) }); ok {
		k.KeepRaw(e.raw)
	}
	if r, ok := any(p).(interface{ place(Region) }); ok {
		r.place(e.Data.Region)
	}
	return p
}

// error is a failure that this package finds itself, in the vendor's coat. endpoint is "" when no
// call was made.
func (c *Client) error(ctx context.Context, endpoint string, kind lock.Kind, err error) *lock.Error {
	return &lock.Error{Vendor: Vendor, Account: c.cfg.Account, Op: lock.OpFrom(ctx), Endpoint: endpoint, Kind: kind, Err: err}
}

// wrapped is an error of a renewal for one of those who waited for it.
func (c *Client) wrapped(ctx context.Context, endpoint string, err error) error {
	shared, ok := errors.AsType[*lock.Error](err)
	switch {
	case ok:
		e := *shared
		e.Vendor, e.Account, e.Op = Vendor, c.cfg.Account, lock.OpFrom(ctx)
		if e.Endpoint == "" {
			e.Endpoint = endpoint
		}
		return &e
	case ctx.Err() != nil:
		return c.error(ctx, endpoint, lock.ErrInterrupted, err)
	}
	return c.error(ctx, endpoint, lock.ErrVendorUnavailable, err)
}

// Call makes a call that has no method here. path is complete, such as "/v2/device/dem/group"; in is
// a struct with json tags or a map, for GET and DELETE a struct with url tags or url.Values, nil for
// none; out is a pointer to what the data of the reply shall be decoded into, or nil. The access token
// is added. Anything but GET counts as a change and is never repeated.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) (*Reply, error) {
	h := how{method: method, path: path, mutates: method != http.MethodGet}
	if method == http.MethodGet || method == http.MethodDelete {
		h.query = in
	} else {
		h.body = in
	}
	reply, err := send[*Reply](ctx, c, h)
	if err != nil || out == nil {
		return reply, err
	}
	var whole struct {
		Data wire.Raw `json:"data"`
	}
	err = wire.Unmarshal(reply.Raw(), &whole)
	if err == nil && whole.Data != nil {
		err = wire.Unmarshal(whole.Data, out)
	}
	if err != nil {
		return reply, c.error(ctx, method+" "+path, lock.ErrProtocol, err)
	}
	return reply, nil
}
