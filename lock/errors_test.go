package lock_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestErrorInWords(t *testing.T) {
	for _, c := range []struct {
		name string
		err  lock.Error
		want string
	}{
		{"nothing is known", lock.Error{}, "failed"},
		{"a kind", lock.Error{Kind: lock.ErrNotFound}, "not found"},
		{"whose, what, which", lock.Error{Vendor: "dingding", Op: lock.GetLock, Kind: lock.ErrNotFound, Target: "l1"}, "dingding: locks.get: not found (l1)"},
		{
			"the vendor's code and words",
			lock.Error{Vendor: "dingding", Op: lock.AddRooms, Endpoint: "POST /add_room", Kind: lock.ErrExists, Code: "11000", Message: "对象重复", Status: 200},
			"dingding: homes.rooms.add: POST /add_room: already exists: 11000 对象重复",
		},
		{"a code without words", lock.Error{Kind: lock.ErrProtocol, Code: "15999"}, "unexpected reply: 15999"},
		{"words without a code", lock.Error{Kind: lock.ErrProtocol, Message: "no such thing"}, "unexpected reply: no such thing"},
		{"a status that is no success", lock.Error{Kind: lock.ErrVendorUnavailable, Status: 502}, "vendor unavailable: HTTP 502"},
		{"a status of success is not mentioned", lock.Error{Kind: lock.ErrProtocol, Status: 204}, "unexpected reply"},
		{"the last status of success", lock.Error{Kind: lock.ErrProtocol, Status: 299}, "unexpected reply"},
		{"the first status after success", lock.Error{Kind: lock.ErrProtocol, Status: 300}, "unexpected reply: HTTP 300"},
		{"the first status of success", lock.Error{Kind: lock.ErrProtocol, Status: 200}, "unexpected reply"},
		{"the last status before success", lock.Error{Kind: lock.ErrProtocol, Status: 199}, "unexpected reply: HTTP 199"},
		{"a cause", lock.Error{Kind: lock.ErrVendorUnavailable, Err: io.ErrUnexpectedEOF}, "vendor unavailable: unexpected EOF"},
		{"how long to wait", lock.Error{Kind: lock.ErrRateLimited, RetryAfter: 1600 * time.Millisecond}, "rate limited (retry after 2s)"},
		{"the vendor's trace id", lock.Error{Kind: lock.ErrProtocol, RequestID: "r-1"}, "unexpected reply [request r-1]"},
		{
			"everything",
			lock.Error{
				Vendor: "tuya", Account: "a1", Op: lock.OpenLock, Endpoint: "POST /open", Target: "l1", Status: 500, Code: "1", Message: "no",
				RequestID: "r", Attempts: 3, RetryAfter: time.Minute, Kind: lock.ErrDeviceBusy, Err: io.EOF,
			},
			"tuya: locks.open: POST /open: device busy (l1): 1 no: HTTP 500: EOF (retry after 1m0s) [request r]",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.err.Error(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestEveryKindIsFoundInItsErrors(t *testing.T) {
	for _, kind := range lock.Kinds() {
		cause := errors.New("the cause")
		e := &lock.Error{Kind: kind, Code: "1", Err: cause}
		for name, err := range map[string]error{
			"as it is": e, "wrapped": fmt.Errorf("checking in: %w", e), "joined": errors.Join(io.EOF, e),
			"of a room": &lock.RoomError{Room: "r1", Err: e}, "of an operation": &lock.OperationError{ID: "o1", Err: e},
			"inside another": &lock.Error{Vendor: "fleet", Err: e},
		} {
			if !errors.Is(err, kind) {
				t.Errorf("%s, %s: errors.Is: got false, want true", kind, name)
			}
			var found *lock.Error
			if !errors.As(err, &found) {
				t.Errorf("%s, %s: errors.As: got false, want true", kind, name)
			}
			if !errors.Is(err, cause) {
				t.Errorf("%s, %s: the cause: got false, want true", kind, name)
			}
		}
		if got := lock.KindOf(fmt.Errorf("checking in: %w", e)); got != kind {
			t.Errorf("KindOf: got %q, want %q", got, kind)
		}
		if got := lock.KindOf(fmt.Errorf("bare: %w", kind)); got != kind {
			t.Errorf("KindOf of the bare kind: got %q, want %q", got, kind)
		}
		for _, other := range lock.Kinds() {
			if other != kind && errors.Is(e, other) {
				t.Errorf("an error of kind %q: got it taken for %q", kind, other)
			}
		}
		if got, want := errors.Is(e, errors.ErrUnsupported), kind == lock.ErrUnsupported; got != want {
			t.Errorf("%s: errors.Is(err, errors.ErrUnsupported): got %t, want %t", kind, got, want)
		}
		if kind.Error() != string(kind) {
			t.Errorf("Error: got %q, want %q", kind.Error(), string(kind))
		}
		if kind.Remedy() == "" {
			t.Errorf("%s: got no remedy, want one", kind)
		}
		if e.Retryable() != kind.Retryable() {
			t.Errorf("%s: the error is retryable: got %t, want %t as its kind", kind, e.Retryable(), kind.Retryable())
		}
	}
}

func TestKindOfStrangers(t *testing.T) {
	for name, err := range map[string]error{
		"nil": nil, "somebody else's": io.EOF, "a context's": context.Canceled, "one without a kind": &lock.Error{Vendor: "tuya"},
	} {
		if got := lock.KindOf(err); got != "" {
			t.Errorf("%s: got %q, want none", name, got)
		}
	}
	outer := &lock.Error{Vendor: "fleet", Err: &lock.Error{Kind: lock.ErrNotFound}}
	if got := lock.KindOf(outer); got != lock.ErrNotFound {
		t.Errorf("an error without a kind around one that has it: got %q, want %q", got, lock.ErrNotFound)
	}
	if got := lock.Kind("nonsense").Remedy(); got != "" {
		t.Errorf("the remedy of nothing: got %q, want none", got)
	}
}

func TestWhatMayBeCalledAgain(t *testing.T) {
	again := map[lock.Kind]bool{
		lock.ErrRateLimited: true, lock.ErrQuotaExceeded: true, lock.ErrDeviceOffline: true, lock.ErrGatewayOffline: true,
		lock.ErrDeviceBusy: true, lock.ErrVendorUnavailable: true, lock.ErrStoreUnavailable: true,
	}
	for _, kind := range lock.Kinds() {
		if got := kind.Retryable(); got != again[kind] {
			t.Errorf("%s: got %t, want %t", kind, got, again[kind])
		}
	}
}

func TestErrorsThatProvidersMake(t *testing.T) {
	err := lock.UnsupportedError("yeeuu", lock.FreezePassword, "delete it and create it again")
	if got, want := err.Error(), "yeeuu: passwords.freeze: unsupported: delete it and create it again"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, lock.ErrUnsupported) {
		t.Errorf("got %v, want it to be both kinds of unsupported", err)
	}
	err = lock.InvalidArgument("tuya", lock.CreateHome, "a name of %d characters", 200)
	if got, want := err.Error(), "tuya: homes.create: invalid argument: a name of 200 characters"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOpTravelsWithTheContext(t *testing.T) {
	ctx := lock.WithOp(t.Context(), lock.OpenLock)
	if got := lock.OpFrom(ctx); got != lock.OpenLock {
		t.Errorf("got %q, want %q", got, lock.OpenLock)
	}
	if got := lock.OpFrom(lock.WithOp(ctx, lock.ListLocks)); got != lock.ListLocks {
		t.Errorf("the inner one: got %q, want %q", got, lock.ListLocks)
	}
	if got := lock.OpFrom(t.Context()); got != "" {
		t.Errorf("without one: got %q, want none", got)
	}
}

func TestRoomError(t *testing.T) {
	err := &lock.RoomError{Room: "r1", Err: lock.ErrExists}
	if got, want := err.Error(), "room r1: already exists"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNobodyIsZero(t *testing.T) {
	for _, p := range []lock.Person{{ID: "1"}, {Name: "Li"}, {Phone: lock.NewSecret("13800138000")}} {
		if p.IsZero() {
			t.Errorf("%+v: IsZero: got true, want false", p)
		}
	}
	if !(lock.Person{}).IsZero() {
		t.Errorf("nobody: IsZero: got false, want true")
	}
}
