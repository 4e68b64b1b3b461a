package lock

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what went wrong, in words that mean the same for every vendor. Each Kind is an error
// to be used with errors.Is:
//
//	if errors.Is(err, lock.ErrNotFound) { … }
type Kind string

// The kinds. What to do about each is its Remedy.
const (
	// ErrInvalidArgument: the call is wrong as it stands; nothing was changed.
	ErrInvalidArgument Kind = "invalid argument"
	// ErrUnauthenticated: the credentials or the token are refused, also after one renewal.
	ErrUnauthenticated Kind = "unauthenticated"
	// ErrSessionConflict: somebody else logged in with this account and ended our session.
	ErrSessionConflict Kind = "session taken over by another login"
	// ErrPermissionDenied: the account is known but may not do this.
	ErrPermissionDenied Kind = "permission denied"
	// ErrPlanRequired: the vendor wants a paid plan for this.
	ErrPlanRequired Kind = "paid plan required"
	// ErrQuotaExceeded: the account's allowance is used up.
	ErrQuotaExceeded Kind = "quota exceeded"
	// ErrRateLimited: too many calls in a short time; Error.RetryAfter says how long to wait.
	ErrRateLimited Kind = "rate limited"
	// ErrNotFound: the vendor does not know this home, device, key, password or order.
	ErrNotFound Kind = "not found"
	// ErrExists: something with this identity is there already.
	ErrExists Kind = "already exists"
	// ErrDuplicatePassword: this code is in use on the lock.
	ErrDuplicatePassword Kind = "duplicate password"
	// ErrPasswordRejected: the code breaks a rule of the lock or the vendor; see PINError.
	// Never tell the person at the door why: the answer speaks about other people's codes.
	ErrPasswordRejected Kind = "password rejected"
	// ErrCapacityExceeded: the lock, room or home has no place left.
	ErrCapacityExceeded Kind = "capacity exceeded"
	// ErrDeviceOffline: the device cannot be reached now.
	ErrDeviceOffline Kind = "device offline"
	// ErrGatewayOffline: the gateway before the device cannot be reached now.
	ErrGatewayOffline Kind = "gateway offline"
	// ErrDeviceBusy: the device is doing something else.
	ErrDeviceBusy Kind = "device busy"
	// ErrDeviceTimeout: the device did not answer in time; it may have acted all the same.
	ErrDeviceTimeout Kind = "device did not answer"
	// ErrDeviceRejected: the device answered no.
	ErrDeviceRejected Kind = "device refused"
	// ErrDeviceReset: the device was reset on site; everything known about it is out of date.
	ErrDeviceReset Kind = "device was reset"
	// ErrProtected: the object may not be deleted or frozen, such as an administrator's code.
	ErrProtected Kind = "protected"
	// ErrUnsupported: this vendor, or this device, cannot do it. errors.Is(err,
	// errors.ErrUnsupported) holds as well.
	ErrUnsupported Kind = "unsupported"
	// ErrWrongRegion: the account lives in another region of the vendor.
	ErrWrongRegion Kind = "wrong region"
	// ErrClockSkew: the vendor refuses our time stamp; this machine's clock is wrong.
	ErrClockSkew Kind = "clock skew"
	// ErrVendorUnavailable: the vendor cannot be reached or is out of order.
	ErrVendorUnavailable Kind = "vendor unavailable"
	// ErrProtocol: the vendor's reply is not what its document promises.
	ErrProtocol Kind = "unexpected reply"
	// ErrTooLarge: the vendor's reply, or a callback's body, is larger than allowed.
	ErrTooLarge Kind = "too large"
	// ErrUntrusted: the vendor's TLS certificate cannot be trusted; nothing was sent.
	ErrUntrusted Kind = "certificate not trusted"
	// ErrBadSignature: a callback is not signed as the vendor signs.
	ErrBadSignature Kind = "bad signature"
	// ErrOutcomeUnknown: the call was sent but its answer never came; it may have been carried
	// out. Look before repeating.
	ErrOutcomeUnknown Kind = "outcome unknown"
	// ErrInterrupted: the caller's context ended before the vendor answered, and nothing was changed.
	// If a change may have been carried out, it is ErrOutcomeUnknown instead. errors.Is also finds
	// the context's own error.
	ErrInterrupted Kind = "interrupted"
	// ErrPartial: part of it was done; Error.Message says which part.
	ErrPartial Kind = "partly done"
	// ErrStoreUnavailable: the Store that the replicas share cannot be reached or is out of order.
	// No call was made.
	ErrStoreUnavailable Kind = "store unavailable"
)

// Kinds lists every Kind, in the order of their declaration.
func Kinds() []Kind {
	return []Kind{
		ErrInvalidArgument, ErrUnauthenticated, ErrSessionConflict, ErrPermissionDenied, ErrPlanRequired,
		ErrQuotaExceeded, ErrRateLimited, ErrNotFound, ErrExists, ErrDuplicatePassword, ErrPasswordRejected,
		ErrCapacityExceeded, ErrDeviceOffline, ErrGatewayOffline, ErrDeviceBusy, ErrDeviceTimeout,
		ErrDeviceRejected, ErrDeviceReset, ErrProtected, ErrUnsupported, ErrWrongRegion, ErrClockSkew,
		ErrVendorUnavailable, ErrProtocol, ErrTooLarge, ErrUntrusted, ErrBadSignature, ErrOutcomeUnknown,
		ErrInterrupted, ErrPartial, ErrStoreUnavailable,
	}
}

// Error returns the kind in words.
func (k Kind) Error() string { return string(k) }

// Is lets ErrUnsupported stand for errors.ErrUnsupported.
func (k Kind) Is(target error) bool {
	return k == ErrUnsupported && target == errors.ErrUnsupported
}

// Retryable reports whether the same call may succeed later without anybody changing anything,
// and repeating it cannot do harm. ErrOutcomeUnknown and ErrDeviceTimeout are not retryable:
// what they were about has to be read back first.
func (k Kind) Retryable() bool {
	switch k {
	case ErrRateLimited, ErrQuotaExceeded, ErrDeviceOffline, ErrGatewayOffline, ErrDeviceBusy, ErrVendorUnavailable,
		ErrStoreUnavailable:
		return true
	}
	return false
}

// Remedy says in a sentence what a caller can do about the kind.
func (k Kind) Remedy() string { return remedies[k] }

var remedies = map[Kind]string{
	ErrInvalidArgument:   "Correct the argument the message names.",
	ErrUnauthenticated:   "Check the client id and secret, and that they belong to this environment.",
	ErrSessionConflict:   "Give the service an account of its own; do not log in again automatically.",
	ErrPermissionDenied:  "Let the vendor grant this account the right, or use the account that owns the device.",
	ErrPlanRequired:      "Subscribe to the vendor's plan for this interface.",
	ErrQuotaExceeded:     "Wait for the next period or enlarge the plan.",
	ErrRateLimited:       "Wait RetryAfter and call again.",
	ErrNotFound:          "List again: the object is gone or the id is wrong.",
	ErrExists:            "Use the object that is there, or choose another id.",
	ErrDuplicatePassword: "Choose another code.",
	ErrPasswordRejected:  "Choose another code by the policy; do not tell the person why.",
	ErrCapacityExceeded:  "Delete what is no longer needed, then try again.",
	ErrDeviceOffline:     "Try again when the device is online.",
	ErrGatewayOffline:    "Check the gateway's power and network, then try again.",
	ErrDeviceBusy:        "Try again shortly.",
	ErrDeviceTimeout:     "Read the device's state before repeating: it may have acted.",
	ErrDeviceRejected:    "Look at the device; the code says what it refused.",
	ErrDeviceReset:       "List the passwords anew and issue those that are missing.",
	ErrProtected:         "Change it instead of deleting or freezing it.",
	ErrUnsupported:       "Ask Supports before offering this; use a device or vendor that can.",
	ErrWrongRegion:       "Configure the region the account lives in.",
	ErrClockSkew:         "Set this machine's clock.",
	ErrVendorUnavailable: "Try again later.",
	ErrProtocol:          "Report the endpoint and request id; the vendor changed its reply, or something stands between.",
	ErrTooLarge:          "Ask for less at a time.",
	ErrUntrusted:         "Check the base URL and the machine's root certificates; never switch verification off.",
	ErrBadSignature:      "Check the registered callback URL; otherwise treat the caller as a stranger.",
	ErrOutcomeUnknown:    "Read back what the call would have changed, then decide.",
	ErrInterrupted:       "Call again with a context that lasts; nothing was changed.",
	ErrPartial:           "Do the missing part, or undo what was done; the message names it.",
	ErrStoreUnavailable:  "Look after the store; the same call works again when it is back.",
}

// Error is every failure this library reports about a vendor. Decide by Kind, through errors.Is;
// show the rest to people.
type Error struct {
	Vendor     Vendor
	Account    string        // which account at the vendor, "" if there is one only
	Op         Op            // the portable operation, "" for native calls
	Endpoint   string        // "POST /openapi/v1/add_room", "" if no call was made; no query
	Target     string        // id of the device, home or order concerned, "" if none
	Status     int           // HTTP status, 0 if no reply came
	Code       string        // the vendor's own code
	Message    string        // the vendor's own words, or ours if the vendor said nothing
	RequestID  string        // the vendor's trace id, for its support
	Attempts   int           // how often the call was sent; 0 = nothing was sent
	RetryAfter time.Duration // how long to wait at least, 0 if nobody said
	Kind       Kind
	Err        error // the cause, if there is one
}

// Error reads: vendor, operation, endpoint, kind, the vendor's code and words, cause. Secrets and
// query strings are never part of it.
func (e *Error) Error() string {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	add(string(e.Vendor))
	add(string(e.Op))
	add(e.Endpoint)
	what := string(e.Kind)
	if what == "" {
		what = "failed"
	}
	if e.Target != "" {
		what += " (" + e.Target + ")"
	}
	add(what)
	switch {
	case e.Code != "" && e.Message != "":
		add(e.Code + " " + e.Message)
	default:
		add(e.Code + e.Message)
	}
	if e.Status != 0 && (e.Status < 200 || e.Status > 299) {
		add(fmt.Sprintf("HTTP %d", e.Status))
	}
	if e.Err != nil {
		add(e.Err.Error())
	}
	text := strings.Join(parts, ": ")
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(" (retry after %s)", e.RetryAfter.Round(time.Second))
	}
	if e.RequestID != "" {
		text += " [request " + e.RequestID + "]"
	}
	return text
}

// Unwrap gives errors.Is and errors.As the kind and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Kind != "" {
		errs = append(errs, e.Kind)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}

// Retryable reports whether calling again later may help; see Kind.Retryable.
func (e *Error) Retryable() bool { return e.Kind.Retryable() }

// KindOf returns the kind of err, "" if err is nil or none of ours.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) && e.Kind != "" {
		return e.Kind
	}
	var k Kind
	if errors.As(err, &k) {
		return k
	}
	return ""
}

// UnsupportedError says that a vendor cannot do op, and why or what to use instead if there is
// more to say. errors.Is(err, errors.ErrUnsupported) holds.
func UnsupportedError(v Vendor, op Op, why string) error {
	return &Error{Vendor: v, Op: op, Kind: ErrUnsupported, Message: why}
}

// InvalidArgument says what is wrong with an argument of op and what would be right.
func InvalidArgument(v Vendor, op Op, format string, args ...any) error {
	return &Error{Vendor: v, Op: op, Kind: ErrInvalidArgument, Message: fmt.Sprintf(format, args...)}
}

// About is for providers: it names what err is about, if err is an *Error that does not say so
// itself, and returns it.
func About(target string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Target == "" {
		e.Target = target
	}
	return err
}

// WithOp returns a context whose calls carry op in their errors and records. Providers use it at
// the entry of each portable method.
func WithOp(ctx context.Context, op Op) context.Context {
	return context.WithValue(ctx, opKey{}, op)
}

// OpFrom returns the operation WithOp put into ctx, "" if none.
func OpFrom(ctx context.Context) Op {
	op, _ := ctx.Value(opKey{}).(Op)
	return op
}

type opKey struct{}
