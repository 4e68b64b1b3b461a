package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Request is one call as the vendor's document describes it. It is not changed by Do.
type Request struct {
	Method  string
	Path    string        // below the base URL, escaped; see Path
	Name    string        // the endpoint as the document writes it ("/openapi/v1/add_room", placeholders unfilled), for errors and records; "" = Path
	Query   any           // nil, url.Values, or a struct with `url` tags
	Body    any           // nil, or what the dialect's Sign encodes
	Mutates bool          // changes something at the vendor: never repeated once a byte may have left. Every endpoint says so itself, GETs too.
	Open    bool          // goes without a token: the token call itself
	Wait    time.Duration // how long the vendor may take to begin its reply, where its document allows more than the usual 10 s; 0 = usual
}

// Attempt is one try of a request. It is made afresh for every try; Sign completes it.
type Attempt struct {
	Request *Request
	Path    string
	Query   Params      // spaces are sent as %20
	Header  http.Header // never nil; holds User-Agent and Accept
	Body    []byte      // what Sign encoded, nil = no body
	Token   string      // "" when Open or when the vendor has no tokens; Sign may put another secret of the attempt here, to have it masked in errors
	Now     time.Time   // by the client's clock, corrected by the learned skew
}

// Dialect is how a vendor signs and complains.
type Dialect interface {
	// Sign encodes the body and adds credentials, fresh time and nonce, signature.
	Sign(ctx context.Context, a *Attempt) error
	// Judge says what a reply with this outcome means. It is asked only about replies whose
	// code was there and did not say success.
	Judge(o Outcome) Verdict
}

// Envelope is what every reply of a vendor looks like; a pointer to it is decoded in one pass,
// payload included.
type Envelope interface{ Outcome() Outcome }

// Outcome is what a reply says about its call.
type Outcome struct {
	Known     bool // the code field was there and readable; without it nothing is success
	OK        bool
	Code      string // the vendor's code, "0"
	Message   string
	RequestID string
	Time      time.Time // the vendor's clock, if the reply tells it; zero = the Date header is asked
	Status    int       // HTTP status, set by rest
}

// Verdict is what a reply that is no success means.
type Verdict struct {
	Kind       lock.Kind     // "" = a code the document does not list, reported as ErrProtocol
	BadToken   bool          // the token was refused: renew once and repeat, mutating calls too (the vendor refused before acting)
	RetryAfter time.Duration // 0 = the vendor's envelope does not say
	// Refused says that the vendor did not act although Kind is ErrVendorUnavailable. Without it
	// such a reply leaves the fate of a mutating call open. Every other kind is an answer: the
	// vendor says what it did not do.
	Refused bool
}

// TokenSource gives out the token that calls are signed with.
type TokenSource interface {
	// Token returns a token that is not rejected ("" = any good one). One renewal at a time.
	Token(ctx context.Context, rejected string) (string, error)
}

// Do makes the call and returns the decoded reply. E is the envelope type, PE its pointer. Every
// error is a *lock.Error.
//
// If PE has Keep(raw []byte), it is called with the reply's bytes after decoding; they belong to
// the value from then on.
func Do[E any, PE interface {
	*E
	Envelope
}](ctx context.Context, c *Client, r *Request) (*E, error) {
	var reply *E
	_, keeps := any(reply).(keeper)
	err := c.do(ctx, r, keeps, func(data []byte) (Envelope, error) {
		reply = new(E) // never one that an earlier attempt has written to
		if err := wire.Unmarshal(data, reply); err != nil {
			return nil, err
		}
		if keeps {
			any(reply).(keeper).Keep(data)
		}
		return PE(reply), nil
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

type keeper interface{ Keep(raw []byte) }

// decoder decodes a reply into a fresh envelope.
type decoder func(data []byte) (Envelope, error)

// Path builds a request path; every verb is %s, and every argument becomes one path segment:
//
//	Path("/v1.0/devices/%s/users/%s", device, user)
//
// Commas stay as they are: vendors list ids with them. An argument that cannot be a segment (empty,
// "." or "..") makes the path "", which Do refuses as lock.ErrInvalidArgument; otherwise the
// call would reach another endpoint. A lock.Secret is revealed; such a Request needs a Name.
func Path(format string, args ...any) string {
	segments := make([]any, len(args))
	for i, arg := range args {
		text := fmt.Sprint(arg)
		if s, ok := arg.(lock.Secret); ok {
			text = s.Reveal()
		}
		if text == "" || text == "." || text == ".." {
			return ""
		}
		segments[i] = strings.ReplaceAll(url.PathEscape(text), "%2C", ",")
	}
	return fmt.Sprintf(format, segments...)
}
