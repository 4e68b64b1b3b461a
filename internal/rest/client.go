package rest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// version is this library's, in the User-Agent.
const version = "0.1.0"

const userAgent = "smartlock-go/" + version

// headerTime is how long a vendor may take to begin its reply, from dialling on. A longer
// Config.Timeout stretches it to a third of that.
const headerTime = 10 * time.Second

// Client makes the calls of one account at one vendor. It is safe for concurrent use and starts
// no goroutines of its own.
type Client struct {
	cfg     *lock.Config
	vendor  lock.Vendor
	base    string // no trailing slash
	dialect Dialect
	tokens  TokenSource // nil = the vendor has none
	timeout time.Duration
	quota   quota
	plans   plans
	skew    skew
	bad     []error // why every call fails

	own   *http.Transport // nil = the transport is the caller's
	kept  *carrier        // on kept connections
	fresh func() *carrier // for GETs that change something: a connection each
}

// New returns a client of the vendor at baseURL. tokens is nil for a vendor without tokens.
//
// New does not fail: a bad configuration is reported by every call, as lock.ErrInvalidArgument.
func New(cfg *lock.Config, vendor lock.Vendor, baseURL string, d Dialect, tokens TokenSource) *Client {
	c := &Client{
		cfg:     cfg,
		vendor:  vendor,
		base:    strings.TrimRight(baseURL, "/"),
		dialect: d,
		tokens:  tokens,
		timeout: cfg.Timeout,
	}
	c.quota.left.Store(quotaSize)
	var rt http.RoundTripper
	if hc := cfg.HTTPClient; hc != nil {
		rt = hc.Transport
		if hc.Timeout > 0 {
			c.timeout = min(c.timeout, hc.Timeout)
		}
	}
	if rt == nil {
		rt = ownTransport()
		c.own, _ = rt.(*http.Transport)
	}
	c.kept = newCarrier(rt)
	c.fresh = sync.OnceValue(func() *carrier { return newCarrier(unrepeated(rt)) })
	c.Fail(checkConfig(cfg))
	c.Fail(checkBaseURL(baseURL, cfg.AllowInsecureHTTP))
	return c
}

// Fail makes every call report err; nil does nothing. Vendor packages call it in New.
func (c *Client) Fail(err error) {
	if err != nil {
		c.bad = append(c.bad, err)
	}
}

// Config returns what the client was made with.
func (c *Client) Config() *lock.Config { return c.cfg }

// CloseIdleConnections closes the connections that wait for the next call, unless they belong to
// the caller's own transport. The client stays usable.
func (c *Client) CloseIdleConnections() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// Error returns err in the vendor's coat, for what a vendor package finds wrong itself. endpoint
// is "" when no call was made.
func (c *Client) Error(ctx context.Context, endpoint string, kind lock.Kind, err error) *lock.Error {
	return &lock.Error{
		Vendor:   c.vendor,
		Account:  c.cfg.Account,
		Op:       lock.OpFrom(ctx),
		Endpoint: endpoint,
		Kind:     kind,
		Err:      err,
	}
}

// usable reports what makes every call of this client fail.
func (c *Client) usable(ctx context.Context) error {
	if len(c.bad) == 0 {
		return nil
	}
	return c.Error(ctx, "", lock.ErrInvalidArgument, errors.Join(c.bad...))
}

func checkConfig(cfg *lock.Config) error {
	switch {
	case cfg.Timeout <= 0:
		return fmt.Errorf("the timeout must be longer than 0, not %s", cfg.Timeout)
	case cfg.MaxReplySize <= 0:
		return fmt.Errorf("the largest reply must be larger than 0 bytes, not %d", cfg.MaxReplySize)
	case cfg.Retry.Attempts < 1:
		return fmt.Errorf("a call needs at least 1 attempt, not %d", cfg.Retry.Attempts)
	case cfg.Retry.Base < 0 || cfg.Retry.Max < 0:
		return fmt.Errorf("pauses between attempts must not be negative (%s, %s)", cfg.Retry.Base, cfg.Retry.Max)
	case cfg.Poll.First < 0 || cfg.Poll.Max < 0:
		return fmt.Errorf("polling pauses must not be negative (%s, %s)", cfg.Poll.First, cfg.Poll.Max)
	case cfg.WatchInterval < 0:
		return fmt.Errorf("the watch interval must not be negative (%s)", cfg.WatchInterval)
	case cfg.HTTPClient != nil && cfg.HTTPClient.Timeout < 0:
		return fmt.Errorf("the http client's timeout must not be negative (%s)", cfg.HTTPClient.Timeout)
	}
	return nil
}

// checkBaseURL never quotes the URL: it may hold credentials.
func checkBaseURL(text string, insecure bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("the base URL cannot be read")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return errors.New("the base URL must begin with https:// and a host")
	case u.User != nil:
		return errors.New("the base URL must not hold credentials")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("the base URL must not hold a query or a fragment")
	case u.Scheme == "http" && !insecure && !loopback(u.Hostname()):
		return errors.New("the base URL must be https: plain http is for loopback addresses, or with WithInsecureHTTP")
	}
	return nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
