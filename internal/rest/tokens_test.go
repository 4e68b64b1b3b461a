package rest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/internal/token"
	"github.com/smartlock-sdk/smartlock/lock"
)

// session is a vendor that knows one token at a time: a login kills the one before.
type session struct {
	logins   atomic.Int64
	executed atomic.Int64
	refuse   atomic.Bool // takes no token at all
	closed   atomic.Bool // lets nobody in
}

func (s *session) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == "/token" {
		if s.closed.Load() {
			return answer(req, 200, `{"ErrNo":111,"ErrMsg":"wrong secret"}`), nil
		}
		return answer(req, 200, fmt.Sprintf(`{"ErrNo":0,"token":"token-%d"}`, s.logins.Add(1))), nil
	}
	if s.refuse.Load() || req.URL.Query().Get("access_token") != fmt.Sprint("token-", s.logins.Load()) {
		return answer(req, 401, `{"ErrNo":101}`), nil
	}
	s.executed.Add(1)
	return answer(req, 200, okReply), nil
}

// member is a client of that vendor, made as vendor packages make theirs.
func member(s *session, opts ...lock.Option) *Client {
	c := over(s, opts...)
	return withTokens(c, token.New(c.Config().Clock, func(ctx context.Context) (string, time.Time, error) {
		r, err := Do[reply[struct {
			Token string `json:"token"`
		}]](ctx, c, &Request{Method: "POST", Path: "/token", Open: true})
		if err != nil {
			return "", time.Time{}, err
		}
		return r.Payload.Token, time.Time{}, nil
	}))
}

func TestOneLoginForAllCalls(t *testing.T) {
	s := new(session)
	c := member(s)
	const callers = 1000
	for round := int64(1); round <= 5; round++ {
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				request := readRequest()
				if i%2 == 0 {
					request = changeRequest()
				}
				if _, err := Do[nothing](t.Context(), c, request); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, round*callers, s.executed.Load())
		require.LessOrEqual(t, s.logins.Load(), 2*round)
		s.logins.Add(1) // somebody else logs in
	}
	require.EqualValues(t, 10, s.logins.Load(), "five of ours, five of somebody else's")
}

// A vendor that refuses every token it gives out is not asked for tokens without end.
func TestVendorThatRefusesEveryToken(t *testing.T) {
	s := new(session)
	s.refuse.Store(true)
	clock := newInstant()
	c := member(s, lock.WithClock(clock))
	for range 24 * 60 {
		_, err := Do[nothing](t.Context(), c, changeRequest())
		require.Equal(t, lock.ErrUnauthenticated, failed(t, err).Kind)
		clock.advance(time.Minute)
	}
	require.LessOrEqual(t, s.logins.Load(), int64(7+24*6))
	require.Zero(t, s.executed.Load())
}

func TestLoginThatIsRefused(t *testing.T) {
	s := new(session)
	s.closed.Store(true)
	clock := newInstant()
	c := member(s, lock.WithClock(clock))
	_, err := Do[nothing](lock.WithOp(t.Context(), lock.GetLock), c, readRequest())
	require.Equal(t, &lock.Error{
		Vendor: testVendor, Op: lock.GetLock, Endpoint: "POST /token", Status: 200, Code: "111", Message: "wrong secret", Attempts: 1, Kind: lock.ErrPermissionDenied,
	}, failed(t, err))
	_, err = Do[nothing](lock.WithOp(t.Context(), lock.OpenLock), c, changeRequest())
	e := failed(t, err)
	require.Equal(t, time.Minute, e.RetryAfter)
	require.Equal(t, lock.OpenLock, e.Op)
	s.closed.Store(false)
	clock.advance(time.Minute)
	_, err = Do[nothing](t.Context(), c, readRequest())
	require.NoError(t, err)
}
