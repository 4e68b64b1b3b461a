package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// call is one Do: as many attempts as it takes.
type call struct {
	c      *Client
	r      *Request
	keeps  bool
	decode decoder

	attempts  int         // sent so far
	repeats   int         // of them, after a failure that may pass
	token     string      // of the last attempt
	refusal   *lock.Error // of the token, nil unless there was one
	rejected  string      // that token
	offset    time.Duration
	corrected bool // by a reply that refused our time stamp
}

// failure is how an attempt ended badly.
type failure struct {
	err      *lock.Error
	repeat   bool  // another attempt does no harm and may help
	cost     int64 // of that, from the quota
	badToken bool
	learned  bool // the vendor's time, from a refused time stamp
}

func (c *Client) do(ctx context.Context, r *Request, keeps bool, decode decoder) error {
	if err := c.usable(ctx); err != nil {
		return err
	}
	k := call{c: c, r: r, keeps: keeps, decode: decode}
	for {
		f := k.try(ctx)
		if f == nil {
			c.quota.give()
			return nil
		}
		if !k.again(ctx, f) {
			return f.err
		}
	}
}

// again decides whether there is another attempt, and waits until it is time for it.
func (k *call) again(ctx context.Context, f *failure) bool {
	c := k.c
	if f.badToken && k.refusal == nil && k.token != "" {
		k.refusal, k.rejected = f.err, k.token
		return true
	}
	if f.learned && !k.corrected {
		k.corrected = true
		return true
	}
	if !f.repeat || c.cfg.Retry.Attempts == 1 {
		return false
	}
	if k.repeats+1 >= c.cfg.Retry.Attempts {
		k.warn(ctx, "giving up", f.err)
		return false
	}
	wait, ok := pause(c.cfg.Retry, k.repeats, f.err.RetryAfter)
	if !ok {
		return false
	}
	if end, ok := ctx.Deadline(); ok && wait >= time.Until(end) {
		return false
	}
	if !c.quota.take(f.cost) {
		k.warn(ctx, "not repeated: too many calls have failed", f.err)
		return false
	}
	if err := c.cfg.Clock.Sleep(ctx, wait); err != nil {
		if f.err.Err != nil {
			err = fmt.Errorf("%w while waiting to repeat after: %w", err, f.err.Err)
		}
		f.err.Err = err
		return false
	}
	k.repeats++
	return true
}

// try makes one attempt. It returns nil after a success.
func (k *call) try(ctx context.Context) *failure {
	a, err := k.prepare(ctx)
	if err != nil {
		return &failure{err: err}
	}
	k.attempts++
	start := time.Now()
	status, f := k.send(ctx, a, start)
	k.record(ctx, status, f, start)
	return f
}

// prepare makes the attempt that is sent next.
func (k *call) prepare(ctx context.Context) (*Attempt, *lock.Error) {
	c, r := k.c, k.r
	if err := ctx.Err(); err != nil {
		return nil, k.error(ctx, lock.ErrInterrupted, err)
	}
	if err := r.check(); err != nil {
		return nil, k.error(ctx, lock.ErrInvalidArgument, err)
	}
	query, err := c.plans.encodeQuery(r.Query)
	if err != nil {
		return nil, k.error(ctx, lock.ErrInvalidArgument, err)
	}
	a := &Attempt{
		Request: r,
		Path:    r.Path,
		Query:   query,
		Header:  http.Header{"User-Agent": agentHeader, "Accept": jsonHeader},
	}
	if c.tokens != nil && !r.Open {
		if a.Token, err = c.tokens.Token(ctx, k.rejected); err != nil {
			return nil, k.tokenError(ctx, err)
		}
		if k.refusal != nil && a.Token == k.rejected {
			return nil, k.refusal // there is no other token
		}
	}
	k.token = a.Token
	k.offset = c.skew.get()
	a.Now = c.cfg.Clock.Now().Add(k.offset)
	if err := c.dialect.Sign(ctx, a); err != nil {
		kind := lock.KindOf(err)
		if kind == "" {
			kind = lock.ErrInvalidArgument
		}
		return nil, k.error(ctx, kind, err)
	}
	if a.Body != nil {
		if !carriesBody(r.Method) {
			return nil, k.error(ctx, lock.ErrInvalidArgument, fmt.Errorf("a %s has no body", r.Method))
		}
		if len(a.Header["Content-Type"]) == 0 {
			a.Header["Content-Type"] = jsonHeader
		}
	}
	// net/http takes these as leave to send a request twice.
	delete(a.Header, "Idempotency-Key")
	delete(a.Header, "X-Idempotency-Key")
	return a, nil
}

// check finds what net/http would refuse, after which nobody knew whether it had been sent, and what
// would go somewhere else.
func (r *Request) check() error {
	for _, c := range []byte(r.Method) {
		if c < 'A' || c > 'Z' {
			return errors.New(`the method must be capital letters, such as "GET"`)
		}
	}
	for _, c := range []byte(r.Path) {
		switch {
		case c < ' ' || c == 0x7f:
			return errors.New("the path holds a control character, such as a line break")
		case c == '?' || c == '#':
			return errors.New("the path must hold no query and no fragment")
		}
	}
	switch {
	case r.Method == "":
		return errors.New("the request has no method")
	case r.Path == "":
		return errors.New(`an id in the path is empty, "." or ".."`)
	case r.Path[0] != '/':
		return errors.New("the path must begin with a slash")
	}
	if _, err := url.PathUnescape(r.Path); err != nil {
		return errors.New("the path is not escaped properly: after a % come two hexadecimal digits")
	}
	return nil
}

// Header values that all calls share. Setting or adding to them makes new ones.
var (
	agentHeader = []string{userAgent}
	jsonHeader  = []string{"application/json"}
)

func carriesBody(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// error is the call's error before an answer has come.
func (k *call) error(ctx context.Context, kind lock.Kind, err error) *lock.Error {
	e := k.c.Error(ctx, k.endpoint(), kind, err)
	e.Attempts = k.attempts
	return e
}

// tokenError reports that there is no token to make the call with. An error of the token call
// names that call; it may be shared with others, so it is copied.
func (k *call) tokenError(ctx context.Context, err error) *lock.Error {
	shared, ok := err.(*lock.Error)
	if !ok {
		kind := lock.KindOf(err)
		switch {
		case ctx.Err() != nil:
			kind = lock.ErrInterrupted
		case kind == "":
			kind = lock.ErrVendorUnavailable
		}
		return k.error(ctx, kind, err)
	}
	e := *shared
	e.Vendor, e.Account, e.Op = k.c.vendor, k.c.cfg.Account, lock.OpFrom(ctx)
	if e.Endpoint == "" {
		e.Endpoint = k.endpoint()
	}
	return &e
}

func (k *call) endpoint() string {
	if k.r.Name != "" {
		return k.r.Method + " " + k.r.Name
	}
	return k.r.Method + " " + k.r.Path
}

// record tells the observers and the log about an attempt.
func (k *call) record(ctx context.Context, status int, f *failure, start time.Time) {
	c := k.c
	debug := c.cfg.Logger.Enabled(ctx, slog.LevelDebug)
	if len(c.cfg.Observers) == 0 && !debug {
		return
	}
	at := lock.Attempt{
		Vendor:   c.vendor,
		Account:  c.cfg.Account,
		Op:       lock.OpFrom(ctx),
		Endpoint: k.endpoint(),
		Number:   k.attempts,
		Status:   status,
		Duration: time.Since(start),
	}
	if f != nil {
		at.Kind = f.err.Kind
	}
	for _, tell := range c.cfg.Observers {
		tell(at)
	}
	if !debug {
		return
	}
	attrs := append(k.attrs(ctx), slog.Int("attempt", at.Number), slog.Int("status", at.Status), slog.Duration("duration", at.Duration))
	if f != nil {
		attrs = append(attrs, slog.String("error", f.err.Error()))
	}
	c.cfg.Logger.LogAttrs(ctx, slog.LevelDebug, "call", attrs...)
}

func (k *call) warn(ctx context.Context, text string, err *lock.Error) {
	attrs := append(k.attrs(ctx), slog.Int("attempts", k.attempts), slog.String("error", err.Error()))
	k.c.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, text, attrs...)
}

func (k *call) attrs(ctx context.Context) []slog.Attr {
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs, slog.String("vendor", string(k.c.vendor)), slog.String("endpoint", k.endpoint()))
	if k.c.cfg.Account != "" {
		attrs = append(attrs, slog.String("account", k.c.cfg.Account))
	}
	if op := lock.OpFrom(ctx); op != "" {
		attrs = append(attrs, slog.String("op", string(op)))
	}
	return attrs
}
