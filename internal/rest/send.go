package rest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

var (
	errTooLarge = errors.New("the reply is larger than allowed")
	errNoCode   = errors.New("the reply has no code")
	errStatus   = errors.New("the code says success, the HTTP status does not")
)

// send makes the attempt and says what came of it: nil for a success.
func (k *call) send(ctx context.Context, a *Attempt, start time.Time) (status int, f *failure) {
	c := k.c
	trip := depart(ctx, k.headerTime(), c.timeout)
	defer trip.end()
	sending := trip.ctx
	if k.r.Mutates {
		sending = trip.trace(sending)
	}
	resp, err := k.carry(sending, a)
	if err != nil {
		return 0, k.unanswered(ctx, trip, a, err, trip.mayHaveLeft(err), 0)
	}
	defer resp.Body.Close()
	took, arrived := time.Since(start), c.cfg.Clock.Now()
	trip.headersCame(took)
	status = resp.StatusCode

	buf := buffers.Get().(*[]byte)
	defer recycle(buf)
	*buf, err = read(resp, (*buf)[:0], c.cfg.MaxReplySize)
	if err != nil {
		return status, k.unanswered(ctx, trip, a, err, true, status)
	}
	data := *buf
	if k.keeps {
		data = bytes.Clone(data)
	}
	var o Outcome
	envelope, err := k.decode(data)
	if err == nil {
		o = envelope.Outcome()
	}
	o.Status = status
	if err == nil && o.Known && o.OK && status/100 == 2 {
		return status, nil
	}
	f = k.judge(ctx, a, o, err)
	if asked := retryAfter(resp.Header, c.cfg.Clock.Now()); asked > f.err.RetryAfter {
		f.err.RetryAfter = asked
	}
	if f.learned { // so far only that the vendor refused our time
		if o.Time.IsZero() {
			o.Time, _ = http.ParseTime(resp.Header.Get("Date"))
		}
		f.learned = c.skew.learn(k.offset, o.Time, arrived, took)
	}
	return status, f
}

func (k *call) headerTime() time.Duration {
	return max(headerTime, k.c.timeout/3, k.r.Wait)
}

// carry hands the attempt over to be sent.
func (k *call) carry(ctx context.Context, a *Attempt) (*http.Response, error) {
	by := k.c.kept
	if k.r.Mutates && !carriesBody(k.r.Method) {
		by = k.c.fresh()
	}
	return by.send(ctx, k.r.Method, address(k.c.base, a), a.Header, a.Body)
}

// unanswered is an attempt to which no whole reply came. left says that the vendor may have got it.
func (k *call) unanswered(ctx context.Context, trip *trip, a *Attempt, err error, left bool, status int) *failure {
	f := &failure{cost: quotaRetry}
	kind := lock.ErrVendorUnavailable
	cause := newCause(err, secretsOf(a))
	switch ended, ours := ctx.Err(), trip.late(); {
	case errors.Is(err, errTooLarge):
		kind = lock.ErrTooLarge
	case ended != nil:
		kind = lock.ErrInterrupted
		cause = newCause(ended, nil)
	case ours != nil:
		cause = newCause(ours, nil)
		f.cost, f.repeat = quotaTimeout, true
	case untrusted(err):
		kind = lock.ErrUntrusted
	case garbled(err):
		kind = lock.ErrProtocol
	default:
		f.repeat = true
		if isTimeout(err) {
			f.cost = quotaTimeout
		}
	}
	f.err = k.error(ctx, kind, cause)
	f.err.Status = status
	if k.r.Mutates && left {
		k.unknown(f)
	}
	return f
}

// garbled reports whether a reply could not be decompressed.
func garbled(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt)
}

// judge says what a reply means that is no success. unread is why it could not be decoded.
func (k *call) judge(ctx context.Context, a *Attempt, o Outcome, unread error) *failure {
	f := &failure{cost: quotaRetry}
	var (
		kind  lock.Kind
		after time.Duration
		cause error
		open  bool // a mutating call may have been carried out or not
	)
	switch {
	case unread != nil || !o.Known:
		open = true
		switch {
		case o.Status == http.StatusTooManyRequests:
			kind = lock.ErrRateLimited
		case o.Status >= 500 || o.Status == http.StatusRequestTimeout:
			kind = lock.ErrVendorUnavailable
		case unread != nil:
			kind, cause = lock.ErrProtocol, unread
		default:
			kind, cause = lock.ErrProtocol, errNoCode
		}
		f.repeat = kind != lock.ErrProtocol
	case o.OK:
		open = true
		kind, cause = lock.ErrProtocol, errStatus
	default:
		v := k.c.dialect.Judge(o)
		kind, after = v.Kind, v.RetryAfter
		if kind == "" {
			kind = lock.ErrProtocol
		}
		f.badToken = v.BadToken
		f.learned = kind == lock.ErrClockSkew
		f.repeat = worthRepeating(kind)
		open = kind == lock.ErrVendorUnavailable && !v.Refused
	}
	secrets := secretsOf(a)
	f.err = k.error(ctx, kind, cause)
	f.err.Status = o.Status
	f.err.Code = clean(o.Code, maxCode, secrets)
	f.err.Message = clean(o.Message, maxMessage, secrets)
	f.err.RequestID = clean(o.RequestID, maxRequestID, secrets)
	f.err.RetryAfter = after
	if k.r.Mutates {
		f.repeat = false
		if open {
			k.unknown(f)
		}
	}
	return f
}

// worthRepeating says which of the vendor's answers a read is repeated after. What a quota, a
// device or a gateway lacks does not come back within seconds.
func worthRepeating(kind lock.Kind) bool {
	switch kind {
	case lock.ErrQuotaExceeded, lock.ErrDeviceOffline, lock.ErrGatewayOffline:
		return false
	}
	return kind.Retryable()
}

// unknown makes f the failure of a call that may have been carried out. What went wrong becomes
// part of the cause.
func (k *call) unknown(f *failure) {
	if f.err.Err == nil {
		f.err.Err = f.err.Kind
	} else {
		f.err.Err = fmt.Errorf("%w: %w", f.err.Kind, f.err.Err)
	}
	f.err.Kind = lock.ErrOutcomeUnknown
	f.repeat = false
}

// trip is an attempt under way. It ends with the caller's context, when the headers are late, or
// when the rest of the reply is; and it knows whether the request may have left this machine.
type trip struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	headers time.Duration
	total   time.Duration
	replied atomic.Bool

	hooks httptrace.ClientTrace
	asked atomic.Bool // net/http looked for a connection
	got   atomic.Bool // and had one
}

func depart(ctx context.Context, headers, total time.Duration) *trip {
	t := &trip{headers: min(headers, total), total: total}
	t.ctx, t.cancel = context.WithCancelCause(ctx)
	t.timer = time.AfterFunc(t.headers, t.expire)
	return t
}

func (t *trip) expire() {
	if t.replied.Load() {
		t.cancel(&lateError{after: t.total, headers: true})
	} else {
		t.cancel(&lateError{after: t.headers})
	}
}

// headersCame lets the rest of the reply take the rest of the time.
func (t *trip) headersCame(after time.Duration) {
	t.replied.Store(true)
	t.timer.Reset(t.total - after)
}

// late returns the lateError the attempt ended with, if it did.
func (t *trip) late() error {
	if late, ok := context.Cause(t.ctx).(*lateError); ok {
		return late // as expire has put it
	}
	return nil
}

func (t *trip) end() {
	t.timer.Stop()
	t.cancel(nil)
}

// trace returns a context under which net/http tells about its connections.
func (t *trip) trace(ctx context.Context) context.Context {
	t.hooks.GetConn = func(string) { t.asked.Store(true) }
	t.hooks.GotConn = func(httptrace.GotConnInfo) { t.got.Store(true) }
	return httptrace.WithClientTrace(ctx, &t.hooks)
}

// mayHaveLeft reports whether a byte of a traced request that ended with err may have reached the
// vendor. It did not when net/http asked for a connection, the TLS handshake included, and got none,
// nor when the error itself says so. Transports that tell us nothing are not trusted further.
func (t *trip) mayHaveLeft(err error) bool {
	if t.got.Load() {
		return true
	}
	return !t.asked.Load() && !undialled(err)
}

// buffers are for replies that nobody keeps.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// recycle keeps a buffer for the next reply, unless it grew out of the ordinary.
func recycle(buf *[]byte) {
	if cap(*buf) <= 128<<10 {
		buffers.Put(buf)
	}
}

// read appends the reply's body, decompressed, to buf. It allocates for what has come, not for what
// is announced.
func read(resp *http.Response, buf []byte, limit int64) ([]byte, error) {
	if n := resp.ContentLength; n > int64(cap(buf)) {
		buf = make([]byte, 0, min(n, 64<<10)+512)
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := resp.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return buf, errTooLarge
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}
