package aliyunlock

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/limit"
	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/share"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// Vendor is the name of this cloud.
	Vendor lock.Vendor = "aliyunlock"

	// China, Singapore, Virginia and Frankfurt are the addresses of the platform's regions. China
	// is the default; for another one say lock.WithBaseURL(aliyunlock.Singapore). A user's region
	// is fixed when they register; GetUserRegion of a client for China tells which it is.
	China     = "https://api.link.aliyun.com"
	Singapore = "https://ap-southeast-1.api-iot.aliyuncs.com"
	Virginia  = "https://us-east-1.api-iot.aliyuncs.com"
	Frankfurt = "https://eu-central-1.api-iot.aliyuncs.com"

	protocolVersion = "1.0" // of the envelope, not of a path
)

// Client talks to the platform for one user of one app, or for one project, or both. It is safe
// for concurrent use and starts no goroutines. It is also a lock.Provider.
type Client struct {
	cfg      *lock.Config
	set      settings
	app      *level // the user's calls; nil = no app key was given
	cloud    *level // the project's calls; nil = WithCloud was not given
	bad      error  // why every call fails
	can      lock.Capabilities
	location *time.Location
	services *limit.Limiter // of InvokeService, by device
	changes  *changes
}

// New makes a client from the AppKey and AppSecret of the brand's app. Its calls are made for a
// user, whose session comes from WithSession, WithAuthCode or WithSessionStore. Nothing is sent; a
// faulty option is reported by every call. The app's pair may be empty for a client that makes
// cloud-level calls only, with WithCloud; such a client is no use as a lock.Provider.
func New(appKey, appSecret string, opts ...lock.Option) *Client {
	cfg := lock.NewConfig(opts...)
	c := &Client{cfg: cfg, set: defaults(), location: cfg.Location}
	if c.location == nil {
		c.location = chinaStandardTime
	}
	optErr := lock.ApplyCustom(cfg, &c.set)
	c.bad = errors.Join(optErr, incomplete(appKey, appSecret, c.set))
	c.services = limit.Shared(cfg.Clock, cfg.Store, c.account(appKey), limit.Rule{Count: 1, Window: time.Second})
	c.changes = newChanges(cfg.Clock)

	calls := *cfg // with a transport that understands the gateway
	calls.HTTPClient = carrier(cfg.HTTPClient)
	if appKey != "" && appSecret != "" {
		c.app = c.newLevel(&calls, appKey, lock.NewSecret(appSecret), newSession(c, appKey), badToken)
		c.can = portable(c.set)
	}
	if c.set.cloudKey != "" {
		c.cloud = c.newLevel(&calls, c.set.cloudKey, c.set.cloudSecret, newCloudTokens(c), badCloudToken)
	}
	return c
}

// account names what replicas share in a lock.Store.
func (c *Client) account(parts ...string) string {
	return share.Account(Vendor, append([]string{cmp.Or(c.cfg.BaseURL, China)}, parts...)...)
}

// incomplete reports credentials of which a part is missing.
func incomplete(appKey, appSecret string, s settings) error {
	cloud := s.cloudKey != "" || !s.cloudSecret.IsZero() || s.project != ""
	switch {
	case (appKey == "") != (appSecret == ""), appKey == "" && !cloud:
		return errors.New("aliyunlock.New needs the app's AppKey and AppSecret, or WithCloud")
	case cloud && (s.cloudKey == "" || s.cloudSecret.IsZero() || s.project == ""):
		return errors.New("aliyunlock.WithCloud needs the AppKey, the AppSecret and the id of the project")
	}
	return nil
}

// chinaStandardTime is the zone of every time the vendor writes without one.
var chinaStandardTime = time.FixedZone("CST", 8*60*60)

// level is one pair of credentials and what it can call: the paths of users, or those of the project.
type level struct {
	key    []string // X-Ca-Key
	stage  []string // X-Ca-Stage
	secret *mac.Key
	rest   *rest.Client
	pause  pause
	rate   *limit.Limiter // nil = the caller has set none
}

func (c *Client) newLevel(cfg *lock.Config, key string, secret lock.Secret, tokens rest.TokenSource, bad func(int64, string) bool) *level {
	l := &level{key: []string{key}, stage: []string{string(c.set.stage)}, secret: mac.NewKey(secret), pause: pause{clock: cfg.Clock}}
	l.rest = rest.New(cfg, Vendor, cmp.Or(cfg.BaseURL, China), dialect{c, l, bad}, tokens)
	l.rest.Fail(c.bad)
	if c.set.rate.Count > 0 {
		l.rate = limit.Shared(cfg.Clock, cfg.Store, c.account(key), c.set.rate)
	}
	return l
}

// cloudLevel reports whether a path is called with the project's credentials.
func cloudLevel(path string) bool {
	return strings.HasPrefix(path, "/cloud/") || strings.HasPrefix(path, "/living/cloud/") ||
		path == "/living/user/device/binding/query"
}

// dialect is how the platform signs, wraps and complains.
type dialect struct {
	c   *Client
	l   *level
	bad func(code int64, message string) bool
}

// call is what a rest.Request carries as its body; Sign puts the envelope around it.
type call struct {
	APIVer string
	Params any
}

// request is the envelope of every request.
type request struct {
	ID      string      `json:"id"`
	Version string      `json:"version"`
	Request requestHead `json:"request"`
	Params  any         `json:"params"`
}

type requestHead struct {
	APIVer     string      `json:"apiVer"`
	IotToken   lock.Secret `json:"iotToken,omitzero"`
	CloudToken lock.Secret `json:"cloudToken,omitzero"`
	Language   string      `json:"language,omitzero"`
}

// Sign writes the envelope, puts the token into it and signs as the API gateway wants it.
func (d dialect) Sign(_ context.Context, a *rest.Attempt) error {
	in, _ := a.Request.Body.(call)
	head := requestHead{APIVer: in.APIVer, Language: d.c.set.language}
	if d.l == d.c.cloud {
		head.CloudToken = lock.NewSecret(a.Token)
	} else {
		head.IotToken = lock.NewSecret(a.Token)
	}
	params := in.Params
	if p, ok := params.(onWire); ok {
		params = p.onWire(d.c)
	}
	if params == nil {
		params = struct{}{}
	}
	nonce := uuid()
	var err error
	a.Body, err = wire.Marshal(request{ID: strings.ReplaceAll(nonce, "-", ""), Version: protocolVersion, Request: head, Params: params})
	if err != nil {
		return err
	}
	h := a.Header
	h["Accept"], h["Content-Type"] = acceptHeader, contentHeader
	h["X-Ca-Key"], h["X-Ca-Stage"], h["X-Ca-Signature-Headers"] = d.l.key, d.l.stage, namesHeader
	h["X-Ca-Timestamp"] = []string{strconv.FormatInt(a.Now.UnixMilli(), 10)}
	h["X-Ca-Nonce"] = []string{nonce}
	var sum [64]byte
	h["Content-Md5"] = []string{string(appendMD5(sum[:0], a.Body))}
	buf, _ := signing.Get().(*[]byte)
	defer signing.Put(buf)
	*buf = appendStringToSign((*buf)[:0], a.Request.Method, h, signedHeaders, a.Path, a.Query)
	h["X-Ca-Signature"] = []string{string(appendSign(sum[:0], d.l.secret, *buf))}
	return nil
}

// Header values that all calls share; nobody changes them.
var (
	acceptHeader  = []string{"application/json; charset=utf-8"}
	contentHeader = []string{"application/octet-stream; charset=utf-8"} // as the vendor's own gateway client sends JSON
	namesHeader   = []string{signedHeaderNames}
)

// signing holds buffers for strings to sign.
var signing = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

// uuid returns a random UUID, version 4.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// onWire is a request whose public fields are not what travels: times become milliseconds.
type onWire interface{ onWire(c *Client) any }

// Judge says what a code means, by the tables in errors.go.
func (d dialect) Judge(o rest.Outcome) rest.Verdict { return judge(o, d.bad) }

// envelope is what every reply looks like.
type envelope[T any] struct {
	Code         wire.Code  `json:"code"`
	Message      string     `json:"message"`
	LocalizedMsg string     `json:"localizedMsg"` // in the language of WithLanguage
	ID           string     `json:"id"`
	Data         payload[T] `json:"data"`
	Refusal      *refusal   `json:"x-ca-error"` // of the API gateway, see there; no reply of the vendor has it
	raw          []byte
}

// Outcome implements rest.Envelope. Success is 200 and nothing else.
func (e *envelope[T]) Outcome() rest.Outcome {
	if r := e.Refusal; r != nil {
		return rest.Outcome{Known: true, Code: r.Code, Message: r.Message, RequestID: r.RequestID}
	}
	code, known := e.Code.Value()
	o := rest.Outcome{Known: known, OK: known && code == codeOK, Code: e.Code.String(), Message: e.Message, RequestID: e.ID}
	if e.LocalizedMsg != "" && e.LocalizedMsg != e.Message {
		o.Message = strings.TrimSpace(e.Message + " (" + e.LocalizedMsg + ")")
	}
	return o
}

// Keep takes the untouched bytes.
func (e *envelope[T]) Keep(raw []byte) { e.raw = raw }

func (e *envelope[T]) reply() Reply {
	r := Reply{RequestID: e.ID}
	r.KeepRaw(e.raw)
	return r
}

// ask asks for one thing; it may be repeated.
func ask[T any](ctx context.Context, c *Client, path string, params any) (*Answer[T], error) {
	e, err := send[T](ctx, c, path, params, how{})
	return answer(e, err)
}

// list asks for several things; it may be repeated.
func list[T any](ctx context.Context, c *Client, path string, params any) (*Page[T], error) {
	e, err := send[listing[T]](ctx, c, path, params, how{})
	if err != nil {
		return nil, err
	}
	return page(e), nil
}

// find asks for one thing that may not be there, which is no error; it may be repeated.
func find[T any](ctx context.Context, c *Client, path string, params any) (*Answer[*T], error) {
	e, err := send[optional[T]](ctx, c, path, params, how{})
	if err != nil {
		return nil, err
	}
	return &Answer[*T]{Reply: e.reply(), Data: e.Data.value.value}, nil
}

// do changes something; it is never repeated once it may have arrived.
func do(ctx context.Context, c *Client, path string, params any) (*Reply, error) {
	e, err := send[nothing](ctx, c, path, params, how{mutates: true})
	if err != nil {
		return nil, err
	}
	r := e.reply()
	return &r, nil
}

// change is do for calls that answer something.
func change[T any](ctx context.Context, c *Client, path string, params any) (*Answer[T], error) {
	e, err := send[T](ctx, c, path, params, how{mutates: true})
	return answer(e, err)
}

func answer[T any](e *envelope[T], err error) (*Answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &Answer[T]{Reply: e.reply(), Data: e.Data.value}, nil
}

func page[T any](e *envelope[listing[T]]) *Page[T] {
	l := e.Data.value
	return &Page[T]{Reply: e.reply(), Items: l.items, Total: l.total, PageNo: l.pageNo, PageSize: l.pageSize}
}

// how says what kind of call it is.
type how struct {
	mutates bool
	open    bool   // without a token
	apiVer  string // "" = by the table
}

func send[T any](ctx context.Context, c *Client, path string, params any, h how) (*envelope[T], error) {
	l, err := c.level(ctx, path)
	if err != nil {
		return nil, err
	}
	if v, ok := params.(interface{ validate() error }); ok {
		if err := v.validate(); err != nil {
			return nil, c.error(ctx, path, lock.ErrInvalidArgument, err)
		}
	}
	done, err := c.admitted(ctx, l, path)
	if err != nil {
		return nil, err
	}
	defer done()
	e, err := rest.Do[envelope[T]](ctx, l.rest, &rest.Request{
		Method: http.MethodPost, Path: path, Mutates: h.mutates, Open: h.open, Wait: serverTime(path),
		Body: call{APIVer: cmp.Or(h.apiVer, c.set.versions[path], versions[path], defaultVersion), Params: params},
	})
	if err != nil {
		l.pause.learn(err)
		return nil, err
	}
	l.pause.over()
	if e.Data.err != nil {
		err := c.error(ctx, path, lock.ErrProtocol, e.Data.err)
		if err.RequestID = e.ID; h.mutates { // it said yes, but we cannot read to what
			err.Kind, err.Err = lock.ErrOutcomeUnknown, fmt.Errorf("%w: %w", lock.ErrProtocol, e.Data.err)
		}
		return nil, err
	}
	return e, nil
}

// level finds the credentials for a path.
func (c *Client) level(ctx context.Context, path string) (*level, error) {
	l, missing := c.app, "the app's AppKey and AppSecret, the arguments of New"
	if cloudLevel(path) {
		l, missing = c.cloud, "the project's credentials, WithCloud"
	}
	switch {
	case c.bad != nil && l == nil:
		return nil, c.error(ctx, path, lock.ErrInvalidArgument, c.bad)
	case l == nil:
		return nil, c.error(ctx, path, lock.ErrInvalidArgument, errors.New("this call needs "+missing))
	}
	return l, nil
}

// serverTime is how long the vendor lets its own servers take for a path, where that is long, and a
// little more.
func serverTime(path string) time.Duration {
	for _, prefix := range []string{"/lock/", "/living/lock/", "/uc/virtual/", "/cloud/thing/properties/"} {
		if strings.HasPrefix(path, prefix) {
			return 22 * time.Second
		}
	}
	return 0
}

// error is err in the coat of a call.
func (c *Client) error(ctx context.Context, path string, kind lock.Kind, err error) *lock.Error {
	return &lock.Error{
		Vendor: Vendor, Account: c.cfg.Account, Op: lock.OpFrom(ctx), Endpoint: http.MethodPost + " " + path, Kind: kind, Err: err,
	}
}

// admitted waits until a call may be made: out of the pause after the vendor has said "too many",
// and under the rate of WithRateLimit. done is called when the answer has come.
func (c *Client) admitted(ctx context.Context, l *level, path string) (done func(), err error) {
	nothing := func() {}
	if c.cfg.Limits == lock.LimitOff {
		return nothing, nil
	}
	block := c.cfg.Limits == lock.LimitWait
	if wait := l.pause.left(); wait > 0 {
		if end, ok := ctx.Deadline(); !block || ok && time.Until(end) <= wait {
			e := c.error(ctx, path, lock.ErrRateLimited, nil)
			e.Message, e.RetryAfter = "pausing since the vendor answered that there are too many calls", wait
			return nil, e
		}
		if err := c.cfg.Clock.Sleep(ctx, wait); err != nil {
			return nil, c.error(ctx, path, lock.ErrVendorUnavailable, err)
		}
	}
	if l.rate == nil {
		return nothing, nil
	}
	slot, err := l.rate.Acquire(ctx, "", block)
	if err != nil {
		return nil, c.limitError(ctx, path, err)
	}
	return slot.Done, nil
}

func (c *Client) limitError(ctx context.Context, path string, err error) error {
	var full *limit.Error
	if !errors.As(err, &full) {
		return c.error(ctx, path, cmp.Or(lock.KindOf(err), lock.ErrVendorUnavailable), err) // the context has ended, or the store is not there
	}
	e := c.error(ctx, path, lock.ErrRateLimited, err)
	e.RetryAfter = full.RetryAfter
	return e
}

const (
	firstPause = time.Minute
	maxPause   = 15 * time.Minute
)

// pause is the time in which an app key makes no calls, because the vendor has said that there are
// too many. It publishes no number: a minute is what its clients were seen to wait, and each
// refusal after a pause doubles the next.
type pause struct {
	clock lock.Clock

	mu     sync.Mutex
	until  time.Time
	length time.Duration // of the present or the last pause, 0 = the last call went well
}

func (p *pause) left() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until.Sub(p.clock.Now())
}

// learn begins a pause if err says that there are too many calls, and has err say how long it is.
func (p *pause) learn(err error) {
	var e *lock.Error
	if !errors.As(err, &e) || !errors.Is(err, lock.ErrRateLimited) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if !now.Before(p.until) { // else it was refused together with the one that began the pause
		p.length = min(max(2*p.length, firstPause), maxPause)
		p.until = now.Add(max(p.length, e.RetryAfter))
	}
	e.RetryAfter = max(e.RetryAfter, p.until.Sub(now))
}

func (p *pause) over() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.clock.Now().Before(p.until) {
		p.length = 0
	}
}

// Call makes a call that has no method here, with the version that the vendor's page of the path
// says. in is a struct with json tags or a map, nil for none; out is a pointer to what the data of
// the reply shall be decoded into, or nil. The token is added: the project's for the paths of the
// cloud level, else the user's. It counts as a change and is never repeated.
func (c *Client) Call(ctx context.Context, path, apiVer string, in, out any) (*Reply, error) {
	e, err := send[Value](ctx, c, path, in, how{mutates: true, apiVer: apiVer})
	if err != nil {
		return nil, err
	}
	r := e.reply()
	data := e.Data.value.Raw()
	if out == nil || data == nil {
		return &r, nil
	}
	if err := wire.Unmarshal(data, out); err != nil {
		return &r, c.error(ctx, path, lock.ErrProtocol, err)
	}
	return &r, nil
}
