package yeeuu

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// Vendor is the name of this cloud.
	Vendor lock.Vendor = "yeeuu"
	// BaseURL is the vendor's address.
	BaseURL = "https://alms.yeeuu.com"
	// DeviceURL is the address of the second interface; see WithDeviceKey.
	DeviceURL = "https://api.yeeuu.com"

	formType = "application/x-www-form-urlencoded"
)

// Client talks to Yeeuu for one partner. It is safe for concurrent use and starts no goroutines.
// It is also a lock.Provider.
type Client struct {
	partner  string
	secret   lock.Secret
	rest     *rest.Client
	device   *rest.Client // of the second interface
	cfg      *lock.Config
	set      settings
	location *time.Location
}

// New makes a client from the partner id and secret that the vendor gives. Nothing is sent; a
// faulty option is reported by every call. lock.WithStore changes nothing here: there is no token that
// replicas could share, and no limit.
func New(partnerID, secret string, opts ...lock.Option) *Client {
	cfg := lock.NewConfig(opts...)
	c := &Client{partner: partnerID, secret: lock.NewSecret(secret), cfg: cfg, location: cfg.Location}
	if c.location == nil {
		c.location = chinaStandardTime
	}
	optErr := lock.ApplyCustom(cfg, &c.set)
	c.rest = rest.New(cfg, Vendor, cmp.Or(cfg.BaseURL, BaseURL), dialect{c}, nil)
	c.device = rest.New(cfg, Vendor, cmp.Or(c.set.deviceURL, cfg.BaseURL, DeviceURL), deviceDialect{c}, nil)
	c.rest.Fail(optErr)
	c.device.Fail(optErr)
	if partnerID == "" || secret == "" {
		c.rest.Fail(errors.New("yeeuu.New needs the partner id and the secret that the vendor gave you"))
	}
	if c.set.deviceKey.IsZero() {
		c.device.Fail(errors.New("calls by serial number need yeeuu.WithDeviceKey"))
	}
	for _, id := range c.set.watch {
		if _, err := door(id); err != nil {
			c.rest.Fail(fmt.Errorf("yeeuu.WithWatch: %w", err))
		}
	}
	return c
}

// chinaStandardTime is the zone of every time the vendor writes without one.
var chinaStandardTime = time.FixedZone("CST", 8*60*60)

// settings are the options only Yeeuu has.
type settings struct {
	watch     []lock.DeviceID
	deviceKey lock.Secret
	deviceURL string
}

// dialect is how Yeeuu signs, wraps and complains.
type dialect struct{ c *Client }

// Sign adds the four authentication parameters, new at every attempt, and makes a POST's
// parameters a form. The document calls them parameters only; that they are a form is known from
// public clients.
func (d dialect) Sign(_ context.Context, a *rest.Attempt) error {
	timestamp, nonstr := strconv.FormatInt(a.Now.Unix(), 10), newNonstr()
	var token [2 * sha1.Size]byte
	a.Token = string(appendToken(token[:0], timestamp, d.c.secret, nonstr)) // where errors find it to mask it
	a.Query.Set("partnerId", d.c.partner)
	a.Query.Set("timestamp", timestamp)
	a.Query.Set("nonstr", nonstr)
	a.Query.Set("token", a.Token)
	intoForm(a)
	return nil
}

// intoForm moves the parameters of a POST into its body.
func intoForm(a *rest.Attempt) {
	if a.Request.Method == http.MethodPost {
		a.Body = []byte(a.Query.Encode())
		a.Query = nil
		a.Header.Set("Content-Type", formType)
	}
}

// appendToken appends the vendor's proof that the secret is known: it covers the time and the nonce,
// and none of the other parameters.
func appendToken(dst []byte, timestamp string, secret lock.Secret, nonstr string) []byte {
	var room [128]byte
	text := append(room[:0], timestamp...)
	text = append(text, secret.Reveal()...)
	text = append(text, nonstr...)
	sum := sha1.Sum(text)
	return hex.AppendEncode(dst, sum[:])
}

const (
	nonstrAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	nonstrLength   = 16
)

// newNonstr draws a random string, each character equally likely.
func newNonstr() string {
	const fair = 256 / len(nonstrAlphabet) * len(nonstrAlphabet) // bytes from here on would favour some characters
	drawn := make([]byte, 0, nonstrLength)
	var b [2 * nonstrLength]byte
	for len(drawn) < nonstrLength {
		_, _ = rand.Read(b[:]) // never fails
		for _, v := range b {
			if int(v) < fair && len(drawn) < nonstrLength {
				drawn = append(drawn, nonstrAlphabet[int(v)%len(nonstrAlphabet)])
			}
		}
	}
	return string(drawn)
}

// Judge says what a refusal means.
func (d dialect) Judge(o rest.Outcome) rest.Verdict { return judge(o) }

// envelope is what every reply looks like: whether it went well and why not, and the payload
// beside them.
type envelope[T any] struct {
	Success *bool  `json:"success"` // true, "true" or 1; nil = not said, which is never success
	Desc    string `json:"desc"`
	Payload T      `json:",embed,inline"`
}

// Outcome implements rest.Envelope.
func (e *envelope[T]) Outcome() rest.Outcome {
	return rest.Outcome{Known: e.Success != nil, OK: e.Success != nil && *e.Success, Message: e.Desc}
}

// Keep hands the untouched bytes to the payload.
func (e *envelope[T]) Keep(raw []byte) {
	if p, ok := any(&e.Payload).(interface{ keep(desc string, raw []byte) }); ok {
		p.keep(e.Desc, raw)
	}
}

// Reply is part of every answer, and all of it where the document promises no more.
type Reply struct {
	Desc      string     `json:"-"` // the vendor's words; the document has them for failures only
	wire.Kept `json:"-"` // Raw: the reply as it came
}

func (r *Reply) keep(desc string, raw []byte) {
	r.Desc = desc
	r.KeepRaw(raw)
}

// get asks; it may be repeated.
func get[T any](ctx context.Context, c *Client, e endpoint, in any) (*T, error) {
	return send[T](ctx, c.rest, http.MethodGet, e, in, false)
}

// post changes something; it is never repeated once it may have arrived.
func post[T any](ctx context.Context, c *Client, e endpoint, in any) (*T, error) {
	return send[T](ctx, c.rest, http.MethodPost, e, in, true)
}

// endpoint is a path as the document writes it, "/apartments/{code}/auth", and as it is sent.
type endpoint struct{ name, path string }

func send[T any](ctx context.Context, to *rest.Client, method string, e endpoint, in any, mutates bool) (*T, error) {
	if v, ok := in.(interface{ validate() error }); ok {
		if err := v.validate(); err != nil {
			return nil, to.Error(ctx, method+" "+e.name, lock.ErrInvalidArgument, err)
		}
	}
	env, err := rest.Do[envelope[T]](ctx, to, &rest.Request{
		Method: method, Path: e.path, Name: e.name, Query: in, Mutates: mutates,
	})
	if err != nil {
		return nil, err
	}
	return &env.Payload, nil
}

// Call makes a call that has no method here. path is complete and escaped, such as
// "/apartments/x0001/auth"; in is nil, url.Values, or a struct with url tags, in which a
// lock.Secret is masked in errors; out is a pointer to what the reply shall be decoded into, or
// nil. The authentication parameters are added. Anything but GET counts as a change and is never
// repeated.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) (*Reply, error) {
	reply, err := send[Reply](ctx, c.rest, method, endpoint{path, path}, in, method != http.MethodGet)
	if err != nil || out == nil {
		return reply, err
	}
	if err := wire.Unmarshal(reply.Raw(), out); err != nil {
		return reply, c.rest.Error(ctx, method+" "+path, lock.ErrProtocol, err)
	}
	return reply, nil
}
