package rest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The vendor of these tests: ErrNo beside the payload, the token in the query, a signature, a
// time and a nonce in the headers.

const testVendor = lock.Vendor("testvendor")

const (
	codeBadToken    = 101
	codeSkew        = 102
	codeNotFound    = 103
	codeBusy        = 104
	codeQuota       = 105
	codeOffline     = 106
	codeGateway     = 107
	codeRateLimited = 108
	codeBroken      = 109 // out of order, may have acted
	codeClosed      = 110 // out of order, did not act
	codeDenied      = 111
)

type reply[T any] struct {
	ErrNo   wire.Code `json:"ErrNo"`
	ErrMsg  string    `json:"ErrMsg"`
	ReqID   string    `json:"ReqID"`
	Now     time.Time `json:"now"`
	Payload T         `json:",embed,inline"`
}

func (r *reply[T]) Outcome() Outcome {
	n, ok := r.ErrNo.Value()
	return Outcome{Known: ok, OK: n == 0, Code: r.ErrNo.String(), Message: r.ErrMsg, RequestID: r.ReqID, Time: r.Now}
}

type kept struct {
	reply[struct{}]
	raw []byte
}

func (k *kept) Keep(raw []byte) { k.raw = raw }

type nothing = reply[struct{}]

type dialect struct {
	secret lock.Secret
	nonce  atomic.Int64
	adjust func(*Attempt) // for one test's wishes
}

func (d *dialect) Sign(_ context.Context, a *Attempt) error {
	if a.Request.Body != nil {
		body, err := wire.Marshal(a.Request.Body)
		if err != nil {
			return err
		}
		a.Body = body
	}
	if a.Token != "" {
		a.Query.Set("access_token", a.Token)
	}
	nonce := strconv.FormatInt(d.nonce.Add(1), 10)
	at := strconv.FormatInt(a.Now.UnixMilli(), 10)
	a.Header.Set("X-Nonce", nonce)
	a.Header.Set("X-Time", at)
	a.Header.Set("X-Sign", signature(d.secret.Reveal(), a.Path, at, nonce, a.Body))
	if d.adjust != nil {
		d.adjust(a)
	}
	return nil
}

func signature(secret, path, at, nonce string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(path))
	mac.Write([]byte(at))
	mac.Write([]byte(nonce))
	mac.Write(body)
	var sum [sha256.Size]byte
	return hex.EncodeToString(mac.Sum(sum[:0]))
}

func (d *dialect) Judge(o Outcome) Verdict {
	n, _ := strconv.Atoi(o.Code)
	switch n {
	case codeBadToken:
		return Verdict{Kind: lock.ErrUnauthenticated, BadToken: true}
	case codeSkew:
		return Verdict{Kind: lock.ErrClockSkew}
	case codeNotFound:
		return Verdict{Kind: lock.ErrNotFound}
	case codeBusy:
		return Verdict{Kind: lock.ErrDeviceBusy}
	case codeQuota:
		return Verdict{Kind: lock.ErrQuotaExceeded}
	case codeOffline:
		return Verdict{Kind: lock.ErrDeviceOffline}
	case codeGateway:
		return Verdict{Kind: lock.ErrGatewayOffline}
	case codeRateLimited:
		return Verdict{Kind: lock.ErrRateLimited, RetryAfter: 7 * time.Second}
	case codeBroken:
		return Verdict{Kind: lock.ErrVendorUnavailable}
	case codeClosed:
		return Verdict{Kind: lock.ErrVendorUnavailable, Refused: true}
	case codeDenied:
		return Verdict{Kind: lock.ErrPermissionDenied}
	}
	return Verdict{}
}

// fixedToken is a vendor's token that never changes.
type fixedToken string

func (t fixedToken) Token(context.Context, string) (string, error) { return string(t), nil }

// read and change are the two kinds of call.
func readRequest() *Request {
	return &Request{Method: http.MethodGet, Path: "/get_lock", Name: "/openapi/v1/get_lock"}
}

func changeRequest() *Request {
	return &Request{
		Method: http.MethodPost, Path: "/add_password", Name: "/openapi/v1/add_password", Mutates: true,
		Body: struct {
			Code lock.Secret `json:"code"`
		}{lock.NewSecret("471108")},
	}
}

// mutatingGet is how some vendors open doors.
func mutatingGet() *Request {
	return &Request{Method: http.MethodGet, Path: "/open_door", Name: "/openapi/v1/open_door", Mutates: true}
}
