package aliyunlock_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// documented are the codes of the vendor's pages and what the common language says to them.
var documented = map[int]lock.Kind{
	400: lock.ErrInvalidArgument, 401: lock.ErrUnauthenticated, 403: lock.ErrPermissionDenied, 404: lock.ErrInvalidArgument,
	429: lock.ErrRateLimited, 460: lock.ErrInvalidArgument, 500: lock.ErrVendorUnavailable, 503: lock.ErrVendorUnavailable,
	2000: lock.ErrInvalidArgument, 2062: lock.ErrUnauthenticated, 2063: lock.ErrNotFound, 2064: lock.ErrPermissionDenied,
	2065: lock.ErrPermissionDenied, 2066: lock.ErrPermissionDenied, 2067: lock.ErrInvalidArgument, 2073: lock.ErrUnsupported,
	2074: lock.ErrVendorUnavailable, 2075: lock.ErrUnsupported, 2077: lock.ErrNotFound, 2078: lock.ErrPermissionDenied,
	2401: lock.ErrUnauthenticated, 2407: lock.ErrUnauthenticated, 2459: lock.ErrUnauthenticated, 2461: lock.ErrInvalidArgument,
	2462: lock.ErrInvalidArgument, 6100: lock.ErrNotFound, 6205: lock.ErrDeviceOffline, 6221: lock.ErrDeviceOffline,
	6618: lock.ErrDeviceRejected, 20017: lock.ErrUnauthenticated, 20056: lock.ErrDeviceTimeout, 28504: lock.ErrDeviceOffline,
	28527: lock.ErrNotFound, 28530: lock.ErrExists, 28560: lock.ErrNotFound, 28563: lock.ErrInvalidArgument,
	28601: lock.ErrPermissionDenied, 29003: lock.ErrUnauthenticated, 29004: lock.ErrPermissionDenied,
}

func TestEveryDocumentedCodeIsInTheTable(t *testing.T) {
	have := map[string]lock.CodeInfo{}
	for _, row := range aliyunlock.ErrorCodes() {
		have[row.Where+" "+row.Code] = row
		if row.Words == "" && row.Note == "" {
			t.Errorf("%s %s says nothing", row.Where, row.Code)
		}
	}
	for code, kind := range documented {
		if row, ok := have["reply "+strconv.Itoa(code)]; !ok || row.Kind != kind {
			t.Errorf("%d: got %+v, want %s", code, row, kind)
		}
	}
	if n := len(documented) + 7; len(have) != n {
		t.Errorf("got %d codes, want the %d of the platform and 7 of the gateway", len(have), n-7)
	}
}

// once is a client that does not repeat reads.
func once(s *aliyunlocktest.Server, opts ...lock.Option) *aliyunlock.Client {
	return s.Client(append([]lock.Option{lock.WithRetry(lock.RetryPolicy{Attempts: 1}), lock.WithLimits(lock.LimitOff)}, opts...)...)
}

// What the vendor answers arrives with its kind, its code and its words.
func TestReplyCodes(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	p := once(s)
	check := func(t *testing.T, code string, kind lock.Kind) {
		t.Helper()
		n, err := strconv.Atoi(code)
		if err != nil {
			t.Fatal(err)
		}
		s.Fail("/lock/nickname/set", aliyunlocktest.Code(n, "in the vendor's words").Always())
		defer s.Heal()
		err = p.Locks().Rename(t.Context(), door, "side door")
		if kind == lock.ErrVendorUnavailable { // it may have been carried out
			if !errors.Is(err, lock.ErrOutcomeUnknown) || !errors.Is(err, kind) {
				t.Errorf("got %v, want the outcome unknown", err)
			}
			return
		}
		var e *lock.Error
		if !errors.As(err, &e) || e.Kind != kind || e.Code != code || e.Message != "in the vendor's words" || e.Op != lock.RenameLock ||
			e.Endpoint != "POST /lock/nickname/set" || e.Target != string(door) || e.Vendor != aliyunlock.Vendor {
			t.Errorf("got %+v, want kind %s of code %s", e, kind, code)
		}
	}
	for _, row := range aliyunlock.ErrorCodes() {
		if row.Where == "reply" {
			t.Run(row.Code, func(t *testing.T) { check(t, row.Code, row.Kind) })
		}
	}
	for code, kind := range map[string]lock.Kind{"100000": lock.ErrDeviceRejected, "110000": lock.ErrDeviceRejected, "110001": lock.ErrProtocol, "99999": lock.ErrProtocol} {
		t.Run(code, func(t *testing.T) { check(t, code, kind) })
	}
}

// 460 stands for a wrong parameter and for a token that is blank or has ended.
func TestParameterErrorThatIsAboutTheToken(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	s.AddLock("front door")
	p := once(s)
	s.Fail("/uc/listBindingByAccount", aliyunlocktest.Code(460, "iotToken is expired"))
	before := s.Executed("/account/checkOrRefreshSession")
	if err := p.Check(t.Context()); err != nil {
		t.Errorf("got %v, want the session renewed and the call repeated", err)
	}
	if n := s.Executed("/account/checkOrRefreshSession") - before; n != 1 {
		t.Errorf("got %d renewals, want 1", n)
	}
	s.Fail("/uc/listBindingByAccount", aliyunlocktest.Code(460, "batch device amount invalid"))
	if err := p.Check(t.Context()); !errors.Is(err, lock.ErrInvalidArgument) {
		t.Errorf("another 460: got %v, want ErrInvalidArgument", err)
	}
}

func TestMessagesInAnotherLanguage(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	key := s.EnrolKey(door, aliyunlocktest.Card, "")
	_, err := once(s, aliyunlock.WithLanguage("zh-CN")).Keys().Revoke(t.Context(), door, key)
	var e *lock.Error
	if !errors.As(err, &e) || e.Message != "user not bind with lock. (钥匙还未和虚拟用户绑定)" || e.RequestID == "" {
		t.Errorf("got %+v, want both messages and the id of the answer", e)
	}
}

// A refusal of the API gateway comes in headers, with any body or none.
func TestGatewayRefusals(t *testing.T) {
	type refusal = aliyunlocktest.Refusal
	for _, tt := range []struct {
		name    string
		refusal refusal
		kind    lock.Kind
		message string // "" = as it was sent
		after   time.Duration
	}{
		{"a bad header", refusal{Status: 400, Code: "I400HD", Message: "Invalid Header"}, lock.ErrInvalidArgument, "", 0},
		{"a missing header", refusal{Status: 400, Code: "I400MH", Message: "Header `X-Ca-Key` is Required"}, lock.ErrInvalidArgument, "", 0},
		{"a bad body", refusal{Status: 400, Code: "I400BD", Message: "Invalid Body"}, lock.ErrInvalidArgument, "", 0},
		{"a bad path", refusal{Status: 400, Code: "I400PA", Message: "Invalid Request Path"}, lock.ErrInvalidArgument, "", 0},
		{"a bad URI", refusal{Status: 400, Code: "I400RU", Message: "Invalid Request Uri"}, lock.ErrInvalidArgument, "", 0},
		{"a bad method", refusal{Status: 405, Code: "I405UM", Message: "Unsupported Method"}, lock.ErrInvalidArgument, "", 0},
		{"a wrong signature", refusal{Status: 400, Message: "Invalid Signature, Server StringToSign:`POST#x#`"}, lock.ErrUnauthenticated, "Invalid Signature", 0},
		{"a wrong signature on another instance", refusal{Status: 403, Message: "Invalid Signature, Server StringToSign:`POST#x#`"}, lock.ErrUnauthenticated, "Invalid Signature", 0},
		{"an unknown app key", refusal{Status: 403, Message: "Invalid AppKey"}, lock.ErrUnauthenticated, "", 0},
		{"no right", refusal{Status: 403, Message: "Unauthorized"}, lock.ErrPermissionDenied, "", 0},
		{"not signed in", refusal{Status: 401, Message: "Unauthorized Consumer"}, lock.ErrUnauthenticated, "", 0},
		{"no such path", refusal{Status: 404, Message: "API not found"}, lock.ErrInvalidArgument, "", 0},
		{"too large", refusal{Status: 413, Message: "Request body too Large"}, lock.ErrTooLarge, "", 0},
		{"too many calls", refusal{Status: 429, Code: "T429PR", Message: "Throttled by PLUGIN Flow Control"}, lock.ErrRateLimited, "", time.Minute},
		{"too many calls, without words", refusal{Status: 429}, lock.ErrRateLimited, "", time.Minute},
		{"too many calls on older instances", refusal{Status: 403, Message: "Throttled by USER Flow Control"}, lock.ErrRateLimited, "", time.Minute},
		{"a used up quota", refusal{Status: 403, Message: "Quota Exhausted"}, lock.ErrQuotaExceeded, "", time.Minute},
		{"out of order", refusal{Status: 503, Code: "D503BB", Message: "Backend circuit breaker", Body: "<html>busy</html>"}, lock.ErrVendorUnavailable, "", 0},
		{"the backend is silent", refusal{Status: 504, Code: "D504TO", Message: "Backend timeout"}, lock.ErrVendorUnavailable, "", 0},
		{"a status of the backend alone", refusal{Status: 403, Body: "<html>no</html>"}, lock.ErrPermissionDenied, "", 0},
		{"a status nobody has described", refusal{Status: 418, Message: "teapot"}, lock.ErrInvalidArgument, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := aliyunlocktest.NewServer()
			defer s.Close()
			door := s.AddLock("front door")
			p := once(s)
			want := tt.refusal.Message
			if tt.message != "" {
				want = tt.message
			}
			check := func(err error, kind lock.Kind) {
				t.Helper()
				var e *lock.Error
				if !errors.As(err, &e) || e.Kind != kind || !errors.Is(err, tt.kind) || e.Status != tt.refusal.Status || e.Code != tt.refusal.Code ||
					e.Message != want || e.RequestID == "" || e.RetryAfter != tt.after {
					t.Errorf("got %+v, want kind %s, code %q, message %q, retry after %v and the request's id", e, kind, tt.refusal.Code, want, tt.after)
				}
				if err != nil && strings.Contains(err.Error(), "StringToSign") {
					t.Errorf("the error shows the server's string to sign: %v", err)
				}
			}
			s.Refuse("/uc/listBindingByAccount", tt.refusal, -1)
			check(p.Check(t.Context()), tt.kind)
			// Of a call that changes something the gateway's refusal is an answer, unless it is about what
			// stands behind it.
			s.Refuse("/lock/nickname/set", tt.refusal, -1)
			kind := tt.kind
			if kind == lock.ErrVendorUnavailable {
				kind = lock.ErrOutcomeUnknown
			}
			check(p.Locks().Rename(t.Context(), door, "side door"), kind)
			if n := s.Executed("/lock/nickname/set"); n != 0 {
				t.Errorf("the refused call was carried out %d times", n)
			}
		})
	}
}

// What stands between us and the gateway is not taken for it.
func TestAnswersFromInBetween(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	p := once(s)
	s.Fail("*", aliyunlocktest.Reply(http.StatusForbidden, "text/html", "<html>blocked</html>"))
	if err := p.Check(t.Context()); !errors.Is(err, lock.ErrProtocol) {
		t.Errorf("a proxy's 403: got %v, want ErrProtocol", err)
	}
	s.Fail("*", aliyunlocktest.BadGateway())
	if err := p.Check(t.Context()); !errors.Is(err, lock.ErrVendorUnavailable) {
		t.Errorf("a proxy's 502: got %v, want ErrVendorUnavailable", err)
	}
	s.Fail("*", aliyunlocktest.Reply(http.StatusUnauthorized, "application/json", `{"code":403,"message":"request forbidden."}`))
	if err := p.Check(t.Context()); !errors.Is(err, lock.ErrPermissionDenied) {
		t.Errorf("an envelope with status 401: got %v, want what the envelope says", err)
	}
}

// The gateway wants our time stamp within a quarter of an hour; a client whose clock is wrong
// learns the vendor's.
func TestClockSkew(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	door := s.AddLock("front door")
	session := s.Session()
	session.Expires, session.RefreshExpires = time.Time{}, time.Time{} // by the vendor's clock
	p := once(s, aliyunlock.WithSession(session), lock.WithClock(offset{s.Clock(), -time.Hour}))
	if err := p.Locks().Rename(t.Context(), door, "side door"); err != nil {
		t.Fatalf("an hour late: got %v, want the call repeated with the vendor's time", err)
	}
	n := len(s.Requests())
	if err := p.Check(t.Context()); err != nil || len(s.Requests()) != n+1 {
		t.Errorf("the next call: got %v after %d requests, want success at once", err, len(s.Requests())-n)
	}
}

// offset is a clock that is wrong.
type offset struct {
	lock.Clock
	by time.Duration
}

func (o offset) Now() time.Time { return o.Clock.Now().Add(o.by) }

func TestSecretsAreNotInErrors(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	session := s.Session()
	p := once(s, aliyunlock.WithSession(session))
	s.Refuse("*", aliyunlocktest.Refusal{Status: 400, Message: "your token " + session.Token.Reveal() + " is odd"}, -1)
	err := p.Check(t.Context())
	if err == nil || strings.Contains(err.Error(), session.Token.Reveal()) {
		t.Errorf("got %v, want an error without the token", err)
	}
}

// After a refusal for too many calls no call leaves for a minute, then two, and so on.
func TestPauseAfterTooManyCalls(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	p := s.Client(lock.WithLimits(lock.LimitFail))
	throttled := aliyunlocktest.Refusal{Status: 429, Code: "T429PR", Message: "Throttled by PLUGIN Flow Control"}
	check := func(what string, want time.Duration, calls int) {
		t.Helper()
		before := len(s.Requests())
		err := p.Check(t.Context())
		var e *lock.Error
		if !errors.As(err, &e) || e.Kind != lock.ErrRateLimited || e.RetryAfter != want {
			t.Errorf("%s: got %v, want ErrRateLimited for %v", what, err, want)
		}
		if n := len(s.Requests()) - before; n != calls {
			t.Errorf("%s: got %d calls, want %d", what, n, calls)
		}
	}
	s.Refuse("*", throttled, 2)
	check("the first refusal", time.Minute, 1)
	s.Advance(20 * time.Second)
	check("during the pause", 40*time.Second, 0)
	s.Advance(40 * time.Second)
	check("the second refusal", 2*time.Minute, 1)
	check("during the second pause", 2*time.Minute, 0)
	s.Advance(2 * time.Minute)
	if err := p.Check(t.Context()); err != nil {
		t.Errorf("after the pauses: got %v, want success", err)
	}
	s.Refuse("*", throttled, 1)
	check("a refusal after a success", time.Minute, 1)
	check("a pause begins anew", time.Minute, 0)
	// The project has an app key of its own, which does not pause.
	if _, err := p.CloudListAccounts(t.Context(), aliyunlock.CloudListAccountsRequest{Count: 1}); err != nil {
		t.Errorf("a call of the project: got %v, want success", err)
	}
}

func TestPauseIsWaitedForByDefault(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	p := s.Client()
	s.Refuse("*", aliyunlocktest.Refusal{Status: 429}, 1)
	if err := p.Check(t.Context()); !errors.Is(err, lock.ErrRateLimited) {
		t.Fatalf("got %v, want ErrRateLimited", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := p.Check(short); !errors.Is(err, lock.ErrRateLimited) {
		t.Errorf("a context that ends first: got %v, want ErrRateLimited at once", err)
	}
	done := make(chan error, 1)
	go func() { done <- p.Check(t.Context()) }()
	s.Advance(time.Minute)
	if err := <-done; err != nil {
		t.Errorf("got %v, want the call made after the pause", err)
	}
	ended, end := context.WithCancel(t.Context())
	s.Refuse("*", aliyunlocktest.Refusal{Status: 429}, 1)
	_ = p.Check(t.Context())
	go func() { done <- p.Check(ended) }()
	end()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a wait whose context ends: got %v, want context.Canceled", err)
	}
	off := s.Client(lock.WithLimits(lock.LimitOff))
	s.Refuse("*", aliyunlocktest.Refusal{Status: 429}, 1)
	_ = off.Check(t.Context())
	if err := off.Check(t.Context()); err != nil {
		t.Errorf("LimitOff: got %v, want no pause", err)
	}
}

func TestRateLimit(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	p := s.Client(aliyunlock.WithRateLimit(3, time.Minute), lock.WithLimits(lock.LimitFail))
	for range 3 {
		if err := p.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var e *lock.Error
	if err := p.Check(t.Context()); !errors.As(err, &e) || e.Kind != lock.ErrRateLimited || e.RetryAfter <= 0 {
		t.Errorf("the fourth call: got %v, want ErrRateLimited and when", err)
	}
	s.Advance(e.RetryAfter)
	if err := p.Check(t.Context()); err != nil {
		t.Errorf("then: got %v, want success", err)
	}
	if _, err := p.CloudListAccounts(t.Context(), aliyunlock.CloudListAccountsRequest{Count: 1}); err != nil {
		t.Errorf("the project's own allowance: got %v, want success", err)
	}
}

// Services of one device go one after the other.
func TestServicesAreSpacedByDevice(t *testing.T) {
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	front, back := s.AddLock("front door"), s.AddLock("back door")
	p := s.Client(lock.WithLimits(lock.LimitFail))
	open := func(id lock.DeviceID) error {
		_, err := p.InvokeService(t.Context(), aliyunlock.InvokeServiceRequest{IotID: string(id), Identifier: "RemoteUnlock"})
		return err
	}
	if err := open(front); err != nil {
		t.Fatal(err)
	}
	if err := open(front); !errors.Is(err, lock.ErrRateLimited) {
		t.Errorf("the same door at once: got %v, want ErrRateLimited", err)
	}
	if err := open(back); err != nil {
		t.Errorf("another door: got %v, want success", err)
	}
	s.Advance(5 * time.Second)
	if err := open(front); err != nil {
		t.Errorf("later: got %v, want success", err)
	}
}

// What was sent and not answered is not sent again.
func TestChangesAreNeverRepeated(t *testing.T) {
	for name, fault := range map[string]aliyunlocktest.Fault{
		"dropped":   aliyunlocktest.DropAfter(),
		"truncated": aliyunlocktest.Truncated(),
		"garbage":   aliyunlocktest.Garbage(),
		"empty":     aliyunlocktest.Empty(),
		"502":       aliyunlocktest.BadGateway().Executed(),
		"503":       aliyunlocktest.Unavailable(time.Second).Executed(),
		"500":       aliyunlocktest.Code(500, "service error.").Executed(),
	} {
		t.Run(name, func(t *testing.T) {
			s := aliyunlocktest.NewServer()
			defer s.Close()
			door := s.AddLock("front door")
			s.Fail("/lock/nickname/set", fault)
			err := s.Client().Locks().Rename(t.Context(), door, "side door")
			if !errors.Is(err, lock.ErrOutcomeUnknown) || s.Executed("/lock/nickname/set") != 1 {
				t.Errorf("got %v after %d executions, want the outcome unknown after 1", err, s.Executed("/lock/nickname/set"))
			}
		})
	}
}

func TestReadsAreRepeated(t *testing.T) {
	s := aliyunlocktest.NewServer()
	defer s.Close()
	p := s.Client(lock.WithRetry(lock.RetryPolicy{Attempts: 3, Base: time.Millisecond, Max: time.Second}))
	for name, fault := range map[string]aliyunlocktest.Fault{
		"dropped": aliyunlocktest.DropBefore(), "502": aliyunlocktest.BadGateway(), "500": aliyunlocktest.Code(500, "service error."),
	} {
		s.Fail("/uc/listBindingByAccount", fault)
		if err := p.Check(t.Context()); err != nil {
			t.Errorf("%s: got %v, want success the second time", name, err)
		}
	}
	// Every attempt is signed afresh: the gateway takes no nonce twice.
	seen := map[string]bool{}
	for _, r := range s.Requests() {
		nonce := r.Header.Get("X-Ca-Nonce")
		if nonce == "" || seen[nonce] {
			t.Errorf("the nonce %q was sent twice", nonce)
		}
		seen[nonce] = true
	}
}
