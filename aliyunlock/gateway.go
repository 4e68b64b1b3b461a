package aliyunlock

import (
	"bytes"
	"crypto/tls"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Headers of the gateway's answers.
const (
	headerErrorCode    = "X-Ca-Error-Code" // six characters; newer instances only
	headerErrorMessage = "X-Ca-Error-Message"
	headerRequestID    = "X-Ca-Request-Id"
)

// refusal is what the API gateway says when it refuses a call before the platform sees it. It says
// so in headers, and its body may be anything.
type refusal struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"requestId"`
}

// gateway moves a refusal from the headers of a reply into its body, where the envelope has a
// member for it, because the call path reads bodies only. Every other reply passes as it is.
type gateway struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (g gateway) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := g.next.RoundTrip(req)
	if err != nil || !refused(resp) {
		return resp, err
	}
	body, err := wire.Marshal(struct {
		Refusal refusal `json:"x-ca-error"`
	}{refusal{
		Code:      resp.Header.Get(headerErrorCode),
		Message:   redacted(resp.Header.Get(headerErrorMessage)),
		RequestID: resp.Header.Get(headerRequestID),
	}})
	if err != nil { // a header that is no text; the status has to do
		body = nil
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be kept
	_ = resp.Body.Close()
	told := *resp
	told.Header = resp.Header.Clone()
	told.Header.Del("Content-Encoding")
	told.Header.Set("Content-Type", "application/json")
	told.Body, told.ContentLength, told.Uncompressed = io.NopCloser(bytes.NewReader(body)), int64(len(body)), false
	return &told, nil
}

// refused reports whether the gateway itself has answered, or has passed on a failure of the
// platform that has no envelope.
func refused(resp *http.Response) bool {
	switch h := resp.Header; {
	case resp.StatusCode < 400:
		return false
	case h.Get(headerErrorCode) != "" || h.Get(headerErrorMessage) != "":
		return true
	case h.Get(headerRequestID) == "": // somebody in between, such as a proxy
		return false
	default:
		media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
		return media != "application/json"
	}
}

// redacted takes the server's string to sign out of the message about a wrong signature.
func redacted(message string) string {
	if strings.HasPrefix(message, invalidSignature) {
		return invalidSignature
	}
	return message
}

const invalidSignature = "Invalid Signature"

// throttleCode is the gateway's code for too many calls.
const throttleCode = "T429PR"

// judgeRefusal says what a refusal means: by its message, because most instances of the gateway
// send no code, else by the HTTP status. The gateway has not passed the call on unless the status
// is 5xx.
func judgeRefusal(o rest.Outcome) rest.Verdict {
	says := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(strings.ToLower(o.Message), w) {
				return true
			}
		}
		return false
	}
	switch {
	case says("timestamp"):
		return rest.Verdict{Kind: lock.ErrClockSkew}
	case o.Message == invalidSignature, says("appkey"):
		return rest.Verdict{Kind: lock.ErrUnauthenticated}
	case o.Status == http.StatusTooManyRequests, o.Code == throttleCode, says("throttled"):
		return rest.Verdict{Kind: lock.ErrRateLimited, RetryAfter: firstPause}
	case says("quota exhausted"):
		return rest.Verdict{Kind: lock.ErrQuotaExceeded, RetryAfter: firstPause}
	}
	if m, ok := gatewayCodes[o.Code]; ok {
		return rest.Verdict{Kind: m.kind}
	}
	if kind, ok := refusalKinds[o.Status]; ok {
		return rest.Verdict{Kind: kind}
	}
	if o.Status >= http.StatusInternalServerError || o.Status == http.StatusRequestTimeout {
		return rest.Verdict{Kind: lock.ErrVendorUnavailable}
	}
	return rest.Verdict{Kind: lock.ErrInvalidArgument}
}

// refusalKinds are the statuses whose meaning the gateway does not put into words.
var refusalKinds = map[int]lock.Kind{
	http.StatusUnauthorized:          lock.ErrUnauthenticated,
	http.StatusForbidden:             lock.ErrPermissionDenied,
	http.StatusNotFound:              lock.ErrInvalidArgument, // of the path, not of a device
	http.StatusRequestEntityTooLarge: lock.ErrTooLarge,
}

// carrier returns an HTTP client for the call path whose transport understands the gateway. The
// caller's own is not changed.
func carrier(given *http.Client) *http.Client {
	var hc http.Client
	if given != nil {
		hc = *given
	}
	if hc.Transport == nil {
		hc.Transport = transport()
	}
	hc.Transport = gateway{hc.Transport}
	return &hc
}

// connections is how many connections a client opens to its vendor at most.
const connections = 64

// transport is for clients that were given none, as the call path has it for those without a
// gateway: fit for many calls to one host.
func transport() http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := standard.Clone()
	t.MaxConnsPerHost, t.MaxIdleConnsPerHost, t.MaxIdleConns = connections, connections, 0
	t.MaxResponseHeaderBytes = 256 << 10
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{}
	}
	t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
	t.TLSClientConfig.InsecureSkipVerify = false
	return t
}
