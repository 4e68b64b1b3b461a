package ws

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

var (
	// ErrClosed is reported by a connection that this side has closed.
	ErrClosed = errors.New("the connection is closed")
	// ErrTooLong is about a message of more than MaxMessage bytes.
	ErrTooLong = errors.New("message too long")
	// ErrSilent is about a peer that does not answer heartbeats.
	ErrSilent = errors.New("the other side does not answer any more")
)

// Code says why a connection was closed: 1000 to 1015 by RFC 6455, 3000 to 4999 by those who
// agreed on them.
type Code int

// The codes that the standard names, and what else says "you may not".
const (
	Normal           Code = 1000
	GoingAway        Code = 1001 // a server that stops
	ProtocolError    Code = 1002
	UnsupportedData  Code = 1003
	NoStatus         Code = 1005 // closed without a code
	Abnormal         Code = 1006 // broken off without a close frame
	InvalidPayload   Code = 1007
	PolicyViolation  Code = 1008
	MessageTooBig    Code = 1009
	ExtensionMissing Code = 1010
	InternalError    Code = 1011
	ServiceRestart   Code = 1012
	TryAgainLater    Code = 1013
	BadGateway       Code = 1014
	TLSHandshake     Code = 1015
	Unauthorized     Code = 3000
	Forbidden        Code = 3003

	VendorUnauthorized Code = 4401 // of those who put a status of HTTP behind 4000
	VendorForbidden    Code = 4403
)

// codes holds every code we know: its words, and whether it says that trying again is of no use
// before somebody logs in anew. What is missing here is worth another try.
var codes = map[Code]struct {
	words   string
	refusal bool
}{
	Normal:             {"closed normally", false},
	GoingAway:          {"the server goes away", false},
	ProtocolError:      {"protocol error", false},
	UnsupportedData:    {"unsupported data", false},
	NoStatus:           {"closed without a code", false},
	Abnormal:           {"broken off", false},
	InvalidPayload:     {"invalid payload", false},
	PolicyViolation:    {"policy violation", true}, // how servers without a code of their own refuse a login
	MessageTooBig:      {"message too big", false},
	ExtensionMissing:   {"extension missing", false},
	InternalError:      {"internal error", false},
	ServiceRestart:     {"the service restarts", false},
	TryAgainLater:      {"try again later", false},
	BadGateway:         {"bad gateway", false},
	TLSHandshake:       {"TLS handshake failed", false},
	Unauthorized:       {"unauthorized", true},
	Forbidden:          {"forbidden", true},
	VendorUnauthorized: {"unauthorized", true},
	VendorForbidden:    {"forbidden", true},
}

// String returns the code's meaning.
func (c Code) String() string {
	if known, ok := codes[c]; ok {
		return known.words
	}
	return fmt.Sprintf("code %d", int(c))
}

// CloseError says that the peer has closed the connection, or that it broke (Abnormal).
type CloseError struct {
	Code   Code
	Reason string // the peer's words, up to 123 bytes
}

// Error names the code and quotes the reason.
func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("the connection was closed: %s (%d)", e.Code, int(e.Code))
	}
	return fmt.Sprintf("the connection was closed: %s (%d) %q", e.Code, int(e.Code), e.Reason)
}

// HandshakeError says that a server answered the handshake with something else than a socket.
type HandshakeError struct {
	Status     int           // of HTTP
	RetryAfter time.Duration // what the server asks for, 0 if it does not say
}

// Error names the status.
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("the handshake was answered with status %d %s", e.Status, http.StatusText(e.Status))
}

// Refused reports whether err is the peer's word that it does not want these credentials: closed
// with a code that says so, or a handshake answered 401 or 403.
func Refused(err error) bool {
	var closed *CloseError
	if errors.As(err, &closed) {
		return codes[closed.Code].refusal
	}
	var shaken *HandshakeError
	return errors.As(err, &shaken) && (shaken.Status == http.StatusUnauthorized || shaken.Status == http.StatusForbidden)
}
