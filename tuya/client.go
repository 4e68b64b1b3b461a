package tuya

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/share"
	"github.com/smartlock-sdk/smartlock/internal/token"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// Vendor is the name of this cloud.
	Vendor lock.Vendor = "tuya"

	signMethod = "HMAC-SHA256"
)

// Client talks to one data centre of the cloud for one project. It is safe for concurrent use and
// starts no goroutines. It is also a lock.Provider.
type Client struct {
	id       []string // client_id
	key      *mac.Key
	secret   lock.Secret
	cfg      *lock.Config
	set      settings
	rest     *rest.Client
	pace     *pacer
	tickets  *tickets
	families *families
	can      lock.Capabilities
}

// New makes a client from the Access ID and the Access Secret of a cloud project. It calls the data
// centre in China unless WithRegion or lock.WithBaseURL says otherwise. Nothing is sent; a faulty
// option is reported by every call.
func New(clientID, clientSecret string, opts ...lock.Option) *Client {
	cfg := lock.NewConfig(opts...)
	c := &Client{id: []string{clientID}, secret: lock.NewSecret(clientSecret), cfg: cfg, set: defaults()}
	optErr := lock.ApplyCustom(cfg, &c.set)
	base, regionErr := c.set.region.url()
	c.key = mac.NewKey(c.secret)
	c.pace = newPacer(cfg.Clock, c.set.reads, c.set.writes)
	c.tickets = newTickets(c)
	c.families = newFamilies()
	c.can = portable(c.set)
	base = cmp.Or(cfg.BaseURL, base)
	shared := token.Shared(cfg.Store, share.Account(Vendor, base, clientID), share.Credentials(c.secret))
	c.rest = rest.New(cfg, Vendor, base, dialect{c}, tokens{token.New(cfg.Clock, c.fetchToken, token.Early(time.Minute), shared)})
	c.rest.Fail(errors.Join(optErr, regionErr))
	if clientID == "" || clientSecret == "" {
		c.rest.Fail(errors.New("tuya.New needs the Access ID and the Access Secret of the cloud project"))
	}
	return c
}

// dialect is how the cloud signs, wraps and complains.
type dialect struct{ c *Client }

// Sign encodes the body and signs as the cloud wants it: over the token, the time, a nonce, the
// method, the digest of the body, and the path with its sorted parameters as they read decoded.
func (d dialect) Sign(_ context.Context, a *rest.Attempt) error {
	if a.Request.Body != nil {
		in := a.Request.Body
		if w, ok := in.(onWire); ok {
			in = w.onWire()
		}
		var err error
		if a.Body, err = wire.Marshal(in); err != nil {
			return err
		}
	}
	text, err := newText(a, d.c.set.signedHeaders)
	if err != nil {
		return err
	}
	at, nonce := strconv.FormatInt(a.Now.UnixMilli(), 10), uuid()
	h := a.Header
	h["Client_id"], h["Sign_method"], h["T"], h["Nonce"] = d.c.id, signMethodHeader, []string{at}, []string{nonce}
	if a.Token != "" {
		h["Access_token"] = []string{a.Token}
	}
	if d.c.set.language != "" {
		h["Lang"] = []string{d.c.set.language}
	}
	if len(d.c.set.signedHeaders) > 0 {
		names := make([]string, len(d.c.set.signedHeaders))
		for i, s := range d.c.set.signedHeaders {
			names[i] = s.name
			h.Set(s.name, s.value)
		}
		h.Set("Signature-Headers", strings.Join(names, ":"))
	}
	var sign [2 * sha256.Size]byte
	h["Sign"] = []string{string(appendSign(sign[:0], d.c.key, d.c.id[0], a.Token, at, nonce, text))}
	return nil
}

// signMethodHeader is a header value that all calls share; nobody changes it.
var signMethodHeader = []string{signMethod}

// uuid returns a random UUID, version 4.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// onWire is a request whose public fields are not what travels: times become seconds.
type onWire interface{ onWire() any }

// Judge says what a code means, by the table in errors.go.
func (d dialect) Judge(o rest.Outcome) rest.Verdict { return judge(o) }

// envelope is what every reply looks like.
type envelope[T any] struct {
	Success *bool      `json:"success"`
	Code    wire.Code  `json:"code"` // of a refusal only
	Msg     string     `json:"msg"`
	T       time.Time  `json:"t"`
	TID     string     `json:"tid"`
	Result  payload[T] `json:"result"`
	raw     []byte
}

// Outcome implements rest.Envelope. Success is true without a code, and nothing else; a refusal has
// a code.
func (e *envelope[T]) Outcome() rest.Outcome {
	code, coded := e.Code.Value()
	o := rest.Outcome{Message: e.Msg, RequestID: e.TID, Time: e.T}
	if e.Success == nil {
		return o
	}
	if *e.Success {
		o.OK = !coded || code == 0
		o.Known = o.OK
		return o
	}
	o.Known, o.Code = coded, e.Code.String()
	if advice := replyCodes[code].advice; advice != "" {
		o.Message = strings.TrimSpace(e.Msg + " (" + advice + ")")
	}
	return o
}

// Keep takes the untouched bytes.
func (e *envelope[T]) Keep(raw []byte) { e.raw = raw }

func (e *envelope[T]) reply() Reply {
	r := Reply{RequestID: e.TID}
	r.KeepRaw(e.raw)
	return r
}

// endpoint is a path of the document with its placeholders filled.
type endpoint struct{ name, path string }

// at fills the placeholders of a path in their order.
func at(name string, args ...any) endpoint {
	var format strings.Builder
	for rest := name; ; {
		before, after, more := strings.Cut(rest, "{")
		format.WriteString(before)
		if !more {
			break
		}
		format.WriteString("%s")
		_, rest, _ = strings.Cut(after, "}")
	}
	return endpoint{name, rest.Path(format.String(), args...)}
}

// how says what kind of call it is.
type how struct {
	mutates bool
	answers bool // a reply without a result is no answer
}

// get asks for one thing; it may be repeated.
func get[T any](ctx context.Context, c *Client, to endpoint, query any) (*Answer[T], error) {
	return answer(send[T](ctx, c, http.MethodGet, to, query, how{answers: true}))
}

// list asks for several things; it may be repeated. A reply without a result is an empty list.
func list[T any](ctx context.Context, c *Client, to endpoint, query any) (*Page[T], error) {
	e, err := send[listing[T]](ctx, c, http.MethodGet, to, query, how{})
	if err != nil {
		return nil, err
	}
	l := e.Result.value
	return &Page[T]{Reply: e.reply(), Records: l.records, Total: l.total, TotalPages: l.pages, HasMore: l.more}, nil
}

// change changes something and answers something; it is never repeated once it may have arrived.
func change[T any](ctx context.Context, c *Client, method string, to endpoint, body any) (*Answer[T], error) {
	return answer(send[T](ctx, c, method, to, body, how{mutates: true, answers: true}))
}

// do is change for calls that answer nothing but their success. What stands in the result is not
// looked at: the vendor documents a boolean and sends objects, strings and nothing as well.
func do(ctx context.Context, c *Client, method string, to endpoint, body any) (*Reply, error) {
	e, err := send[nothing](ctx, c, method, to, body, how{mutates: true})
	if err != nil {
		return nil, err
	}
	r := e.reply()
	return &r, nil
}

func answer[T any](e *envelope[T], err error) (*Answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &Answer[T]{Reply: e.reply(), Result: e.Result.value}, nil
}

// send makes the call. in is the query of a GET and the body of anything else, nil = none.
func send[T any](ctx context.Context, c *Client, method string, to endpoint, in any, h how) (*envelope[T], error) {
	if v, ok := in.(interface{ validate() error }); ok {
		if err := v.validate(); err != nil {
			return nil, c.rest.Error(ctx, method+" "+to.name, lock.ErrInvalidArgument, err)
		}
	}
	if err := c.admitted(ctx, method, to, h.mutates); err != nil {
		return nil, err
	}
	r := &rest.Request{Method: method, Path: to.path, Name: to.name, Mutates: h.mutates}
	if method == http.MethodGet {
		r.Query = in
		if w, ok := in.(onWire); ok {
			r.Query = w.onWire()
		}
	} else {
		r.Body = in
	}
	e, err := rest.Do[envelope[T]](ctx, c.rest, r)
	if err != nil {
		return nil, err
	}
	unread := e.Result.err
	if unread == nil && h.answers && !e.Result.there {
		unread = errors.New("the reply has no result")
	}
	if unread != nil {
		err := c.rest.Error(ctx, method+" "+to.name, lock.ErrProtocol, unread)
		if err.RequestID = e.TID; h.mutates { // it said yes, but we cannot read to what
			err.Kind, err.Err = lock.ErrOutcomeUnknown, fmt.Errorf("%w: %w", lock.ErrProtocol, unread)
		}
		return nil, err
	}
	return e, nil
}

// admitted waits until the pace of an endpoint lets a call through.
func (c *Client) admitted(ctx context.Context, method string, to endpoint, mutates bool) error {
	if c.cfg.Limits == lock.LimitOff || to.path == "" || ctx.Err() != nil {
		return nil
	}
	wait, err := c.pace.wait(ctx, method+" "+to.name, mutates, c.cfg.Limits == lock.LimitWait)
	switch {
	case err != nil:
		return c.rest.Error(ctx, method+" "+to.name, lock.ErrInterrupted, err)
	case wait > 0:
		e := c.rest.Error(ctx, method+" "+to.name, lock.ErrRateLimited, nil)
		e.Message, e.RetryAfter = "this endpoint was called a moment ago; see tuya.WithPace", wait
		return e
	}
	return nil
}

// Call makes a call that has no method here. path is complete and escaped, such as
// "/v1.0/devices/6c982a/door-lock/issue-password"; in is a struct with json tags or a map, for GET a
// struct with url tags or url.Values, nil for none; out is a pointer to what the result shall be
// decoded into, or nil. Anything but GET counts as a change and is never repeated. The path stands
// in errors and records: put no secret into it.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) (*Reply, error) {
	e, err := send[wire.Raw](ctx, c, method, endpoint{name: path, path: path}, in, how{mutates: method != http.MethodGet})
	if err != nil {
		return nil, err
	}
	r := e.reply()
	if out == nil || e.Result.value == nil {
		return &r, nil
	}
	if err := wire.Unmarshal(e.Result.value, out); err != nil {
		return &r, c.rest.Error(ctx, method+" "+path, lock.ErrProtocol, err)
	}
	return &r, nil
}

// fetchToken asks for the project's token. While one is alive the cloud hands out that one, with the
// time it has left; so programs of one project share it without knowing of each other, and nobody
// needs to refresh it, which would end it for all of them. What a lock.Store saves is calls: one replica
// asks for all, and the logins after refusals are counted for all of them.
//
// GET /v1.0/token, outside the document.
func (c *Client) fetchToken(ctx context.Context) (string, time.Time, error) {
	const path = "/v1.0/token"
	e, err := rest.Do[envelope[tokenResult]](ctx, c.rest, &rest.Request{
		Method: http.MethodGet, Path: path, Open: true, Query: tokenRequest{GrantType: 1},
	})
	if err != nil {
		return "", time.Time{}, err
	}
	r := e.Result.value
	if e.Result.err == nil && r.AccessToken.IsZero() {
		e.Result.err = errors.New("the result has no access_token")
	}
	if e.Result.err != nil {
		err := c.rest.Error(ctx, http.MethodGet+" "+path, lock.ErrProtocol, e.Result.err)
		err.RequestID = e.TID
		return "", time.Time{}, err
	}
	return r.AccessToken.Reveal(), c.cfg.Clock.Now().Add(r.left()), nil
}

// tokens gives out the project's token.
type tokens struct{ source *token.Source }

// Token implements rest.TokenSource. Where the cloud hands out the token that it has just refused, the
// refusal stands, with its code.
func (t tokens) Token(ctx context.Context, rejected string) (string, error) {
	text, err := t.source.Token(ctx, rejected)
	if e, ok := errors.AsType[*lock.Error](err); ok && rejected != "" && e.Kind == lock.ErrUnauthenticated && e.Code == "" && e.RetryAfter == 0 {
		return rejected, nil
	}
	return text, err
}

type tokenRequest struct {
	GrantType int `url:"grant_type"` // 1: for the project
}

type tokenResult struct {
	AccessToken lock.Secret `json:"access_token"`
	ExpireTime  int64       `json:"expire_time"` // seconds that are left
	Expire      int64       `json:"expire"`      // the same, on some of the vendor's pages
}

// left is the time a token has left, two hours if the vendor does not say.
func (r tokenResult) left() time.Duration {
	return time.Duration(cmp.Or(r.ExpireTime, r.Expire, 7200)) * time.Second
}
