package newvendor

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// Vendor is the name of this cloud.
	Vendor lock.Vendor = "acme"
	// BaseURL is the vendor's address.
	BaseURL = "https://api.acme.example"
)

// Client talks to Acme for one account. It is safe for concurrent use and starts no goroutines.
// It is also a lock.Provider.
type Client struct {
	key    string
	secret lock.Secret
	rest   *rest.Client
	cfg    *lock.Config
}

// New makes a client from the key and secret that the vendor gives. Nothing is sent; a faulty
// option is reported by every call.
func New(key, secret string, opts ...lock.Option) *Client {
	cfg := lock.NewConfig(opts...)
	c := &Client{key: key, secret: lock.NewSecret(secret), cfg: cfg}
	c.rest = rest.New(cfg, Vendor, cmp.Or(cfg.BaseURL, BaseURL), dialect{c}, nil)
	c.rest.Fail(lock.ApplyCustom(cfg, &settings{}))
	if key == "" || secret == "" {
		c.rest.Fail(errors.New("newvendor.New needs the key and the secret that the vendor gave you"))
	}
	return c
}

// settings are the options only this vendor has: none yet.
type settings struct{}

// begin dialect

// dialect is how Acme signs, wraps and complains.
type dialect struct{ c *Client }

// Sign encodes the body and signs, anew at every attempt (§1).
func (d dialect) Sign(_ context.Context, a *rest.Attempt) error {
	if a.Request.Body != nil {
		body, err := wire.Marshal(a.Request.Body)
		if err != nil {
			return err
		}
		a.Body = body
		a.Header.Set("Content-Type", "application/json")
	}
	now := strconv.FormatInt(a.Now.Unix(), 10)
	a.Header.Set("X-Acme-Key", d.c.key)
	a.Header.Set("X-Acme-Time", now)
	a.Header.Set("X-Acme-Sign", signature(d.c.secret, a.Request.Method, a.Path, a.Query.Encode(), now, string(a.Body)))
	return nil
}

// signature is a pure function, so that the document's own example can test it.
func signature(secret lock.Secret, parts ...string) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(mac.Sum(nil))
}

// Judge says what a refusal means: see errors.go.
func (d dialect) Judge(o rest.Outcome) rest.Verdict { return rest.Verdict{Kind: kinds[o.Code]} }

// envelope is what every reply looks like: code, msg, and the payload beside them (§2).
type envelope[T any] struct {
	Code    wire.Code `json:"code"`
	Msg     string    `json:"msg"`
	Payload T         `json:",embed,inline"`
}

// Outcome implements rest.Envelope. A reply without a code is never success.
func (e *envelope[T]) Outcome() rest.Outcome {
	n, known := e.Code.Value()
	return rest.Outcome{Known: known, OK: known && n == 0, Code: e.Code.String(), Message: e.Msg}
}

// Keep hands the untouched bytes to the payload.
func (e *envelope[T]) Keep(raw []byte) {
	if p, ok := any(&e.Payload).(interface{ KeepRaw([]byte) }); ok {
		p.KeepRaw(raw)
	}
}

// end dialect

// get asks; it may be repeated.
func get[T any](ctx context.Context, c *Client, name, path string, query any) (*T, error) {
	return send[T](ctx, c, &rest.Request{Method: http.MethodGet, Name: name, Path: path, Query: query})
}

// post changes something; it is never repeated once it may have arrived.
func post[T any](ctx context.Context, c *Client, name, path string, body any) (*T, error) {
	return send[T](ctx, c, &rest.Request{Method: http.MethodPost, Name: name, Path: path, Body: body, Mutates: true})
}

func send[T any](ctx context.Context, c *Client, r *rest.Request) (*T, error) {
	e, err := rest.Do[envelope[T]](ctx, c.rest, r)
	if err != nil {
		return nil, err
	}
	return &e.Payload, nil
}
