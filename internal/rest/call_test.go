package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

// echo answers with what arrived.
func echo(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"ErrNo": 0, "method": r.Method, "uri": r.RequestURI, "header": r.Header, "body": string(body),
			"length": r.ContentLength, "chunked": len(r.TransferEncoding) > 0,
		})
	}))
	t.Cleanup(server.Close)
	return server
}

type echoed struct {
	Method  string              `json:"method"`
	URI     string              `json:"uri"`
	Header  map[string][]string `json:"header"`
	Body    string              `json:"body"`
	Length  int64               `json:"length"`
	Chunked bool                `json:"chunked"`
}

func TestWhatIsSent(t *testing.T) {
	body := struct {
		Name string `json:"name"`
	}{"a<b 甲"}
	type door struct {
		Home  string      `url:"home_id"`
		Phone lock.Secret `url:"phone"`
	}
	type search struct {
		door
		Name   string      `url:"name,omitempty"`
		Code   lock.Secret `url:"code,omitempty"`
		Hidden lock.Secret `url:"-"`
	}
	for _, tc := range []struct {
		name                   string
		request                Request
		uri, body, contentType string
		length                 int64
	}{
		{"GET", Request{Method: "GET", Path: "/homes"}, "/v1/homes?access_token=token-canary", "", "", 0},
		{"GET with values", Request{Method: "GET", Path: "/homes", Query: url.Values{"a": {"1 2", "+&="}, "b": {""}}},
			"/v1/homes?a=1%202&a=%2B%26%3D&access_token=token-canary&b=", "", "", 0},
		{"GET with a struct and its secrets", Request{Method: "GET", Path: "/homes", Query: search{door: door{"h1", lock.NewSecret("+8613800000000")}, Name: "甲 1"}},
			"/v1/homes?access_token=token-canary&home_id=h1&name=%E7%94%B2%201&phone=%2B8613800000000", "", "", 0},
		{"GET with a pointer to a struct", Request{Method: "GET", Path: "/homes", Query: &search{Code: lock.NewSecret("123456")}},
			"/v1/homes?access_token=token-canary&code=123456&home_id=&phone=", "", "", 0},
		{"escaped path", Request{Method: "GET", Path: Path("/devices/%s/users/%s", "a/b c%2F?#甲", "1,2")},
			"/v1/devices/a%2Fb%20c%252F%3F%23%E7%94%B2/users/1,2?access_token=token-canary", "", "", 0},
		{"without a token", Request{Method: "GET", Path: "/token", Open: true}, "/v1/token", "", "", 0},
		{"POST", Request{Method: "POST", Path: "/homes", Body: body, Mutates: true},
			"/v1/homes?access_token=token-canary", `{"name":"a<b 甲"}`, "application/json", 18},
		{"PUT", Request{Method: "PUT", Path: "/homes", Body: body}, "/v1/homes?access_token=token-canary", `{"name":"a<b 甲"}`, "application/json", 18},
		{"DELETE with a body", Request{Method: "DELETE", Path: "/homes", Body: body}, "/v1/homes?access_token=token-canary", `{"name":"a<b 甲"}`, "application/json", 18},
		{"DELETE", Request{Method: "DELETE", Path: "/homes"}, "/v1/homes?access_token=token-canary", "", "", 0},
		{"POST without a body", Request{Method: "POST", Path: "/homes"}, "/v1/homes?access_token=token-canary", "", "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := to(t, echo(t).URL+"/v1/")
			got, err := Do[reply[*echoed]](t.Context(), c, &tc.request)
			require.NoError(t, err)
			p := got.Payload
			require.Equal(t, tc.request.Method, p.Method)
			require.Equal(t, tc.uri, p.URI)
			require.Equal(t, tc.body, p.Body)
			require.Equal(t, tc.length, p.Length)
			require.False(t, p.Chunked)
			require.Equal(t, tc.contentType, http.Header(p.Header).Get("Content-Type"))
			require.Equal(t, []string{"smartlock-go/" + version}, p.Header["User-Agent"])
			require.Equal(t, []string{"application/json"}, p.Header["Accept"])
			require.NotContains(t, p.Header, "Cookie")
		})
	}
}

func TestSignCanReplaceHeaders(t *testing.T) {
	c := to(t, echo(t).URL)
	c.dialect.(*dialect).adjust = func(a *Attempt) {
		a.Header.Set("Content-Type", "application/octet-stream; charset=utf-8")
		a.Header.Set("Accept", "application/json; charset=utf-8")
		a.Header.Add("User-Agent", "mine")
	}
	for range 2 { // what one attempt sets does not reach the next
		got, err := Do[reply[*echoed]](t.Context(), c, changeRequest())
		require.NoError(t, err)
		require.Equal(t, []string{"application/octet-stream; charset=utf-8"}, got.Payload.Header["Content-Type"])
		require.Equal(t, []string{"application/json; charset=utf-8"}, got.Payload.Header["Accept"])
	}
	c.dialect.(*dialect).adjust = nil
	got, err := Do[reply[*echoed]](t.Context(), c, changeRequest())
	require.NoError(t, err)
	require.Equal(t, []string{"application/json"}, got.Payload.Header["Accept"])
	require.Equal(t, []string{userAgent}, got.Payload.Header["User-Agent"])
}

func TestRefusedBeforeSending(t *testing.T) {
	rt := roundTrip(func(*http.Request) (*http.Response, error) { t.Error("sent"); return nil, errBroken })
	for name, request := range map[string]*Request{
		"an id is empty":                {Method: "GET", Path: Path("/homes/%s", "")},
		"an id is a step up":            {Method: "DELETE", Path: Path("/homes/%s/rooms", ".."), Mutates: true},
		"an id is a step on the spot":   {Method: "GET", Path: Path("/homes/%s", lock.HomeID("."))},
		"the path is relative":          {Method: "GET", Path: "homes"},
		"the path holds a query":        {Method: "GET", Path: "/homes?access_token=token-canary", Name: "/homes"},
		"the query is no struct":        {Method: "GET", Path: "/homes", Query: 7},
		"the body cannot be encoded":    {Method: "POST", Path: "/homes", Body: func() {}},
		"a time has no unit":            {Method: "POST", Path: "/homes", Body: struct{ At time.Time }{}},
		"a GET has no body":             {Method: "GET", Path: "/homes", Body: struct{}{}},
		"a method that nobody has read": {Method: "G E T", Path: "/homes"},
		"no method":                     {Path: "/homes"},
		"an escape is none":             {Method: "POST", Path: "/homes/%zz", Mutates: true},
		"a line break in the path":      {Method: "POST", Path: "/homes\n", Mutates: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Do[nothing](t.Context(), over(rt), request)
			e := failed(t, err)
			require.Equal(t, lock.ErrInvalidArgument, e.Kind, "%v", err)
			require.Zero(t, e.Attempts)
			require.NotContains(t, err.Error(), "canary")
		})
	}
}

func TestPath(t *testing.T) {
	for _, tc := range []struct {
		format string
		args   []any
		want   string
	}{
		{"/v1.0/token", nil, "/v1.0/token"},
		{"/v1.0/devices/%s/users/%s", []any{lock.DeviceID("d 1"), 7}, "/v1.0/devices/d%201/users/7"},
		{"/x/%s", []any{"a/../b"}, "/x/a%2F..%2Fb"},
		{"/x/%s", []any{"1,2"}, "/x/1,2"},
		{"/x/%s", []any{"100%s"}, "/x/100%25s"},
		{"/x/%s", []any{"a?b#c;d"}, "/x/a%3Fb%23c%3Bd"},
		{"/x/%s", []any{lock.NewSecret("hush")}, "/x/hush"},
		{"/x/%s", []any{lock.Secret{}}, ""},
		{"/x/%s", []any{""}, ""},
		{"/x/%s/y", []any{".."}, ""},
	} {
		require.Equal(t, tc.want, Path(tc.format, tc.args...), "%s %v", tc.format, tc.args)
	}
}

func TestErrorSaysEverything(t *testing.T) {
	var seen tries
	c := over(always(400, `{"ErrNo":103,"ErrMsg":"no such lock","ReqID":"r-1"}`, "Retry-After", "5"), lock.WithAccount("bj"), seen.option())
	_, err := Do[nothing](lock.WithOp(t.Context(), lock.GetLock), c, readRequest())
	require.Equal(t, &lock.Error{
		Vendor: testVendor, Account: "bj", Op: lock.GetLock, Endpoint: "GET /openapi/v1/get_lock", Status: 400,
		Code: "103", Message: "no such lock", RequestID: "r-1", Attempts: 1, RetryAfter: 5 * time.Second, Kind: lock.ErrNotFound,
	}, failed(t, err))
	require.Len(t, seen.all, 1)
	seen.all[0].Duration = 0
	require.Equal(t, lock.Attempt{
		Vendor: testVendor, Account: "bj", Op: lock.GetLock, Endpoint: "GET /openapi/v1/get_lock", Number: 1, Status: 400, Kind: lock.ErrNotFound,
	}, seen.all[0])
}

func TestEndpointWithoutNameIsThePath(t *testing.T) {
	_, err := Do[nothing](t.Context(), over(always(200, `{"ErrNo":103}`)), &Request{Method: "GET", Path: "/homes"})
	require.Equal(t, "GET /homes", failed(t, err).Endpoint)
}

func TestObserverSeesSuccess(t *testing.T) {
	var seen tries
	_, err := Do[nothing](t.Context(), over(always(200, okReply), seen.option()), readRequest())
	require.NoError(t, err)
	require.Len(t, seen.all, 1)
	require.Empty(t, seen.all[0].Kind)
	require.Equal(t, 200, seen.all[0].Status)
}

func TestClientError(t *testing.T) {
	c := over(always(200, okReply), lock.WithAccount("bj"))
	got := c.Error(lock.WithOp(t.Context(), lock.OpenLock), "POST /open", lock.ErrPartial, errBroken)
	require.Equal(t, &lock.Error{Vendor: testVendor, Account: "bj", Op: lock.OpenLock, Endpoint: "POST /open", Kind: lock.ErrPartial, Err: errBroken}, got)
	require.Equal(t, "bj", c.Config().Account)
}

// queue hands out tokens one after the other; a rejected one is followed by the next.
type queue struct {
	mu     sync.Mutex
	tokens []string
	asked  []string
	err    error
}

func (q *queue) Token(_ context.Context, rejected string) (string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked = append(q.asked, rejected)
	if rejected == q.tokens[0] && len(q.tokens) > 1 {
		if q.err != nil {
			return "", q.err
		}
		q.tokens = q.tokens[1:]
	}
	return q.tokens[0], nil
}

func withTokens(c *Client, tokens TokenSource) *Client {
	c.tokens = tokens
	return c
}

// tokenVendor takes one token only.
func tokenVendor(good string, executed *int) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		if req.URL.Query().Get("access_token") != good {
			return answer(req, 401, `{"ErrNo":101,"ErrMsg":"bad token"}`), nil
		}
		*executed++
		return answer(req, 200, okReply), nil
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	for method, request := range map[string]*Request{"a read": readRequest(), "a mutating call": changeRequest(), "a mutating GET": mutatingGet()} {
		t.Run(method+" goes through with the second token", func(t *testing.T) {
			var executed int
			var seen tries
			q := &queue{tokens: []string{"old", "new"}}
			clock := newInstant()
			_, err := Do[nothing](t.Context(), withTokens(over(tokenVendor("new", &executed), seen.option(), lock.WithClock(clock)), q), request)
			require.NoError(t, err)
			require.Equal(t, 1, executed)
			require.Equal(t, []string{"", "old"}, q.asked)
			require.Equal(t, 2, seen.count())
			require.Empty(t, clock.slept, "no pause before it")
		})
		t.Run(method+" fails when the second token is refused too", func(t *testing.T) {
			var executed int
			q := &queue{tokens: []string{"old", "new", "newer"}}
			_, err := Do[nothing](t.Context(), withTokens(over(tokenVendor("newer", &executed)), q), request)
			e := failed(t, err)
			require.Equal(t, lock.ErrUnauthenticated, e.Kind)
			require.Equal(t, "bad token", e.Message)
			require.Equal(t, 2, e.Attempts)
			require.Zero(t, executed)
		})
		t.Run(method+" fails at once when there is no second token", func(t *testing.T) {
			var executed int
			_, err := Do[nothing](t.Context(), withTokens(over(tokenVendor("new", &executed)), fixedToken("old")), request)
			e := failed(t, err)
			require.Equal(t, lock.ErrUnauthenticated, e.Kind)
			require.Equal(t, "101", e.Code)
			require.Equal(t, 1, e.Attempts)
		})
	}
}

func TestRefusedTokenOfAnOpenCall(t *testing.T) {
	for name, c := range map[string]*Client{
		"an open call":                over(always(200, `{"ErrNo":101}`)),
		"a vendor that has no tokens": withTokens(over(always(200, `{"ErrNo":101}`)), nil),
	} {
		r := readRequest()
		r.Open = name == "an open call"
		_, err := Do[nothing](t.Context(), c, r)
		e := failed(t, err)
		require.Equal(t, lock.ErrUnauthenticated, e.Kind, name)
		require.Equal(t, 1, e.Attempts, name)
	}
}

func TestTokenError(t *testing.T) {
	login := &lock.Error{Vendor: testVendor, Op: lock.ListHomes, Endpoint: "POST /access_token", Code: "9", Kind: lock.ErrUnauthenticated, Attempts: 1}
	for _, tc := range []struct {
		name string
		err  error
		want lock.Error
	}{
		{"of the token call, which may be shared", login,
			lock.Error{Vendor: testVendor, Account: "bj", Op: lock.GetLock, Endpoint: "POST /access_token", Code: "9", Kind: lock.ErrUnauthenticated, Attempts: 1}},
		{"of the token source", &lock.Error{Kind: lock.ErrUnauthenticated, Message: "again and again", RetryAfter: time.Minute},
			lock.Error{Vendor: testVendor, Account: "bj", Op: lock.GetLock, Endpoint: "GET /openapi/v1/get_lock", Message: "again and again", RetryAfter: time.Minute, Kind: lock.ErrUnauthenticated}},
		{"of somebody who knows our kinds", fmt.Errorf("store: %w", lock.ErrQuotaExceeded),
			lock.Error{Vendor: testVendor, Account: "bj", Op: lock.GetLock, Endpoint: "GET /openapi/v1/get_lock", Kind: lock.ErrQuotaExceeded, Err: fmt.Errorf("store: %w", lock.ErrQuotaExceeded)}},
		{"of anybody", errBroken,
			lock.Error{Vendor: testVendor, Account: "bj", Op: lock.GetLock, Endpoint: "GET /openapi/v1/get_lock", Kind: lock.ErrVendorUnavailable, Err: errBroken}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := withTokens(over(always(200, okReply), lock.WithAccount("bj")), failingTokens{tc.err})
			_, err := Do[nothing](lock.WithOp(t.Context(), lock.GetLock), c, readRequest())
			require.Equal(t, &tc.want, failed(t, err))
		})
	}
	require.Equal(t, lock.ListHomes, login.Op, "the shared error is not changed")
}

type failingTokens struct{ err error }

func (f failingTokens) Token(context.Context, string) (string, error) { return "", f.err }

// Every attempt has a time, a nonce and a signature of its own.
func TestEveryAttemptIsSignedAnew(t *testing.T) {
	const attempts = 1000
	nonces := make(map[string]bool)
	clock := newInstant()
	rt := roundTrip(func(req *http.Request) (*http.Response, error) {
		var body []byte
		if req.Body != nil {
			body, _ = io.ReadAll(req.Body)
		}
		nonce, at := req.Header.Get("X-Nonce"), req.Header.Get("X-Time")
		nonces[nonce] = true
		if want := signature("s3cret-canary", req.URL.Path, at, nonce, body); want != req.Header.Get("X-Sign") {
			t.Error("bad signature")
		}
		if at != strconv.FormatInt(clock.Now().UnixMilli(), 10) {
			t.Error("old time")
		}
		clock.advance(time.Second)
		if len(nonces) == attempts {
			return answer(req, 200, okReply), nil
		}
		return answer(req, 503, ""), nil
	})
	c := over(rt, lock.WithClock(clock), lock.WithRetry(lock.RetryPolicy{Attempts: attempts, Base: time.Second, Max: time.Minute}))
	c.quota.left.Store(attempts * quotaRetry)
	_, err := Do[nothing](t.Context(), c, &Request{Method: "POST", Path: "/search", Body: struct{ A int }{1}})
	require.NoError(t, err)
	require.Len(t, nonces, attempts)
}

// A reply is decoded into a value that no earlier attempt has touched.
func TestEveryReplyIsDecodedAnew(t *testing.T) {
	type pair struct {
		A, B int
		L    []int
	}
	rt := script(func(n int, req *http.Request) (*http.Response, error) {
		return answer(req, 200, []string{`{"ErrNo":104,"A":7,"B":9,"L":[1,2]}`, `{"ErrNo":0,"A":8}`}[n-1]), nil
	})
	got, err := Do[reply[pair]](t.Context(), over(rt), readRequest())
	require.NoError(t, err)
	require.Equal(t, pair{A: 8}, got.Payload)
}

func TestKeptBytesBelongToTheValue(t *testing.T) {
	rt := script(func(n int, req *http.Request) (*http.Response, error) {
		return answer(req, 200, fmt.Sprintf(`{"ErrNo":0,"ErrMsg":"%d"}`, n)), nil
	})
	c := over(rt)
	var all []*kept
	for range 50 {
		k, err := Do[kept](t.Context(), c, readRequest())
		require.NoError(t, err)
		all = append(all, k)
	}
	for i, k := range all {
		require.Equal(t, fmt.Sprintf(`{"ErrNo":0,"ErrMsg":"%d"}`, i+1), string(k.raw))
	}
}

func TestLargeIDsAreExact(t *testing.T) {
	type ids struct {
		ID int64 `json:"id"`
	}
	for _, id := range []string{"9007199254740993", "9223372036854775807", "-9223372036854775808"} {
		for _, spelling := range []string{id, `"` + id + `"`} {
			got, err := Do[reply[ids]](t.Context(), over(always(200, `{"ErrNo":0,"id":`+spelling+`}`)), readRequest())
			require.NoError(t, err)
			require.Equal(t, id, strconv.FormatInt(got.Payload.ID, 10))
		}
	}
}

// skewedVendor refuses time stamps that are more than 5 minutes off its own clock.
func skewedVendor(now func() time.Time, attempts *int, dated bool) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		*attempts++
		ms, err := strconv.ParseInt(req.Header.Get("X-Time"), 10, 64)
		if err != nil {
			return nil, err
		}
		var header []string
		body := okReply
		if time.UnixMilli(ms).Sub(now()).Abs() > 5*time.Minute {
			body = `{"ErrNo":102}`
			if !dated {
				body = fmt.Sprintf(`{"ErrNo":102,"now":%d}`, now().UnixMilli())
			}
		}
		if dated {
			header = []string{"Date", now().UTC().Format(http.TimeFormat)}
		}
		return answer(req, 200, body, header...), nil
	}
}

func TestClockSkewIsLearned(t *testing.T) {
	for _, dated := range []bool{true, false} {
		for _, wrong := range []time.Duration{10 * time.Minute, -10 * time.Minute, 24 * time.Hour} {
			t.Run(fmt.Sprintf("ours is %s ahead, told by Date=%t", wrong, dated), func(t *testing.T) {
				clock := newInstant()
				truth := clock.Now()
				clock.advance(wrong)
				var attempts int
				c := over(skewedVendor(func() time.Time { return truth }, &attempts, dated), lock.WithClock(clock))
				call := func(request *Request) int {
					attempts = 0
					_, err := Do[nothing](t.Context(), c, request)
					require.NoError(t, err)
					return attempts
				}
				require.Equal(t, 2, call(changeRequest()), "the first call learns, a mutating one too")
				require.Equal(t, 1, call(readRequest()))
				require.Equal(t, 1, call(mutatingGet()))
				clock.advance(-wrong)
				require.Equal(t, 2, call(readRequest()), "our clock was put right")
				require.Zero(t, c.skew.get())
				require.Equal(t, 1, call(readRequest()))
			})
		}
	}
}

func TestClockSkewIsNotLearned(t *testing.T) {
	start := newInstant().Now()
	for _, tc := range []struct {
		name   string
		header []string
		want   int
	}{
		{"from a reply without a date", nil, 1},
		{"from a date that cannot be read", []string{"Date", "today"}, 1},
		{"when the clocks agree", []string{"Date", start.Format(http.TimeFormat)}, 1},
		{"twice in a call", []string{"Date", start.Add(time.Hour).Format(http.TimeFormat)}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var seen tries
			_, err := Do[nothing](t.Context(), over(always(200, `{"ErrNo":102}`, tc.header...), seen.option()), readRequest())
			require.Equal(t, lock.ErrClockSkew, failed(t, err).Kind)
			require.Equal(t, tc.want, seen.count())
		})
	}
}

// A vendor whose clock runs wild costs one more attempt, not many.
func TestClockSkewIsLearnedOncePerCall(t *testing.T) {
	start := newInstant().Now()
	var seen tries
	rt := script(func(n int, req *http.Request) (*http.Response, error) {
		return answer(req, 200, `{"ErrNo":102}`, "Date", start.Add(time.Duration(n)*time.Hour).Format(http.TimeFormat)), nil
	})
	_, err := Do[nothing](t.Context(), over(rt, seen.option()), changeRequest())
	require.Equal(t, lock.ErrClockSkew, failed(t, err).Kind)
	require.Equal(t, 2, seen.count())
}

func TestSkew(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	var s skew
	require.False(t, s.learn(0, at.Add(time.Hour), at, skewSlowest+1), "too slow")
	require.Zero(t, s.get())
	require.True(t, s.learn(0, at.Add(time.Hour), at, skewSlowest))
	require.Equal(t, time.Hour+skewSlowest/2, s.get(), "from the middle of the call")
	require.False(t, s.learn(s.get(), at.Add(time.Hour+time.Second), at, skewSlowest), "as much as was known")
	require.True(t, s.learn(s.get(), at.Add(time.Second), at, 0))
	require.Zero(t, s.get(), "a second is nothing")
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, request := range []*Request{readRequest(), changeRequest(), mutatingGet()} {
			for _, target := range []string{"", "/other?access_token=token-canary", "://%zz token-canary"} {
				t.Run(fmt.Sprintf("%d %s %q", status, request.Method, target), func(t *testing.T) {
					elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
					t.Cleanup(elsewhere.Close)
					var hits int
					server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						hits++
						if target == "" {
							w.Header().Set("Location", elsewhere.URL+"/?access_token=token-canary")
						} else {
							w.Header().Set("Location", target)
						}
						w.WriteHeader(status)
					}))
					t.Cleanup(server.Close)
					_, err := Do[nothing](t.Context(), to(t, server.URL), request)
					require.ErrorIs(t, err, lock.ErrProtocol)
					require.Equal(t, status, failed(t, err).Status)
					require.NotContains(t, err.Error(), "canary")
					require.NotContains(t, err.Error(), elsewhere.URL)
					require.Equal(t, 1, hits)
				})
			}
		}
	}
}

func TestRedirectWithAnEnvelopeIsTheVendorsAnswer(t *testing.T) {
	_, err := Do[nothing](t.Context(), over(always(302, `{"ErrNo":103}`, "Location", "/x")), readRequest())
	require.Equal(t, lock.ErrNotFound, failed(t, err).Kind)
}

// The caller's client is his: same fields before and after, and its jar and redirects unused.
func TestCallersClientIsNotChanged(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" {
			t.Error("cookies are not kept")
		}
		w.Header().Set("Set-Cookie", "session=1")
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(302)
	}))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := &http.Transport{MaxIdleConnsPerHost: 3}
	t.Cleanup(transport.CloseIdleConnections)
	followed := func(*http.Request, []*http.Request) error { t.Error("asked about a redirect"); return nil }
	hc := &http.Client{Transport: transport, Jar: jar, CheckRedirect: followed, Timeout: 5 * time.Second}
	for _, request := range []*Request{readRequest(), changeRequest(), mutatingGet(), readRequest()} {
		_, err := Do[nothing](t.Context(), to(t, server.URL, lock.WithHTTPClient(hc)), request)
		require.ErrorIs(t, err, lock.ErrProtocol)
	}
	require.Same(t, transport, hc.Transport)
	require.Same(t, jar, hc.Jar)
	require.Equal(t, 5*time.Second, hc.Timeout)
	require.Equal(t, fmt.Sprintf("%p", followed), fmt.Sprintf("%p", hc.CheckRedirect))
	require.Equal(t, 3, transport.MaxIdleConnsPerHost)
	require.False(t, transport.DisableKeepAlives)
	require.Zero(t, transport.MaxConnsPerHost)
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	require.Empty(t, jar.Cookies(u))
}

func TestWorksWithHTTPMock(t *testing.T) {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", "https://vendor.test/get_lock", httpmock.NewStringResponder(200, okReply))
	mock.RegisterResponder("GET", "https://vendor.test/open_door", httpmock.NewStringResponder(200, okReply))
	mock.RegisterResponder("POST", "https://vendor.test/add_password", httpmock.NewStringResponder(302, okReply).HeaderSet(http.Header{"Location": {"/x"}}))
	c := over(mock)
	for _, request := range []*Request{readRequest(), mutatingGet()} {
		_, err := Do[nothing](t.Context(), c, request)
		require.NoError(t, err)
	}
	_, err := Do[nothing](t.Context(), c, changeRequest())
	require.ErrorIs(t, err, lock.ErrOutcomeUnknown)
	_, err = Do[nothing](t.Context(), c, &Request{Method: "GET", Path: "/unknown"})
	require.ErrorIs(t, err, lock.ErrVendorUnavailable)
	require.ErrorIs(t, err, httpmock.NoResponderFound)
	require.NotContains(t, err.Error(), "canary", "httpmock's error holds the URL")
}

// Clients that the program's own default transport serves.
func TestDefaultTransportReplacedByTheProgram(t *testing.T) {
	before := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = before })
	http.DefaultTransport = always(200, okReply)
	c := New(lock.NewConfig(), testVendor, "https://vendor.test", &dialect{}, nil)
	_, err := Do[nothing](t.Context(), c, readRequest())
	require.NoError(t, err)
	c.CloseIdleConnections()
}

func TestGarbageIsNeverSuccess(t *testing.T) {
	gbk := "{\"ErrNo\":0,\"ErrMsg\":\"\xb3\xc9\xb9\xa6\"}"
	bodies := []string{
		"", " ", "\n", "null", "true", "0", `"0"`, `""`, "[]", `[{"ErrNo":0}]`, "{}", "{ }",
		"<html></html>", "<!DOCTYPE html>", "OK", "success", "ErrNo=0", "<xml><ErrNo>0</ErrNo></xml>",
		"\ufeff" + okReply, okReply + okReply, okReply + "x", okReply + "}", okReply + "\x00", "," + okReply, gbk,
		`{"ErrNo":0`, `{"ErrNo":`, `{"ErrNo"`, `{`, `{"ErrNo":0,}`, `{'ErrNo':0}`, `{ErrNo:0}`, `{"ErrNo":00}`, `{"ErrNo":+0}`, `{"ErrNo":0x0}`,
		`{"ErrNo":null}`, `{"ErrNo":""}`, `{"ErrNo":"zero"}`, `{"ErrNo":" 0"}`, `{"ErrNo":0.0}`, `{"ErrNo":0.5}`, `{"ErrNo":1e0}`, `{"ErrNo":-0.0}`,
		`{"ErrNo":false}`, `{"ErrNo":[]}`, `{"ErrNo":[0]}`, `{"ErrNo":{}}`, `{"ErrNo":NaN}`, `{"ErrNo":99999999999999999999}`,
		`{"errno":0}`, `{"ERRNO":0}`, `{"ErrNo ":0}`, `{"ErrMsg":"ok"}`, `{"data":{"ErrNo":0}}`,
		`{"ErrNo":0,"ErrNo":0}`, `{"ErrNo":1,"ErrNo":0}`, `{"ErrNo":0,"ErrMsg":{}}`, `{"ErrNo":0,"now":"yesterday"}`,
		`{"ErrNo":1,"ERRNO":0}`, "\x1f\x8b", "\xff\xfe{\x00}\x00",
	}
	require.GreaterOrEqual(t, len(bodies), 40)
	for _, body := range bodies {
		for _, contentType := range []string{"application/json", "text/html", ""} {
			for _, request := range []*Request{readRequest(), changeRequest()} {
				var seen tries
				_, err := Do[nothing](t.Context(), over(always(200, body, "Content-Type", contentType), seen.option()), request)
				require.Error(t, err, "%q", body)
				require.ErrorIs(t, err, lock.ErrProtocol, "%q", body)
				require.Equal(t, 1, seen.count(), "not repeated")
				if request.Mutates && body != `{"ErrNo":1,"ERRNO":0}` {
					require.ErrorIs(t, err, lock.ErrOutcomeUnknown, "%q", body)
				}
			}
		}
	}
}

func TestSuccessInAnyCoat(t *testing.T) {
	for _, body := range []string{okReply, `{"ErrNo":"0"}`, ` {"ErrNo":0} ` + "\n", `{"unknown":[1],"ErrNo":0}`, `{"ErrNo":-0}`} {
		for _, contentType := range []string{"application/json", "application/json; charset=gbk", "text/html", "text/plain", ""} {
			for _, status := range []int{200, 201, 202} {
				_, err := Do[nothing](t.Context(), over(always(status, body, "Content-Type", contentType)), changeRequest())
				require.NoError(t, err, "%d %s %s", status, contentType, body)
			}
		}
	}
}

func TestSuccessWithAnotherStatusIsNone(t *testing.T) {
	for _, status := range []int{199, 300, 304, 400, 401, 404, 429, 500, 503} {
		var seen tries
		_, err := Do[nothing](t.Context(), over(always(status, okReply), seen.option()), readRequest())
		require.Equal(t, lock.ErrProtocol, failed(t, err).Kind, "%d", status)
		require.Equal(t, 1, seen.count())
	}
}

func TestVendorsWordsAreTamed(t *testing.T) {
	long := strings.Repeat("长", 400)
	message, err := json.Marshal("bad\r\n\x1b[31mred\u202eevil\u2028 code 471108, token token-canary (token%2Dcanary) " + long)
	require.NoError(t, err)
	rt := always(200, `{"ErrNo":103,"ErrMsg":`+string(message)+`,"ReqID":"r\n471108`+strings.Repeat("x", 200)+`"}`)
	_, err = Do[nothing](t.Context(), over(rt), changeRequest())
	e := failed(t, err)
	require.True(t, strings.HasPrefix(e.Message, "bad   [31mred evil  code ******, token ****** ("), "%q", e.Message)
	require.Len(t, []rune(e.Message), maxMessage+1)
	require.True(t, strings.HasSuffix(e.Message, "长…"))
	require.True(t, strings.HasPrefix(e.RequestID, "r ******xxx"), "%q", e.RequestID)
	require.Len(t, []rune(e.RequestID), maxRequestID+1)
	require.NotContains(t, err.Error(), "471108")
	require.NotContains(t, err.Error(), "token-canary")
}

// FuzzPath: an id is always exactly one segment, and comes out at the other end as it went in.
func FuzzPath(f *testing.F) {
	for _, id := range []string{"a", "", ".", "..", "../x", "a/b", "%2e%2e", "1,2", "甲?#;=&", "\x00\xff", " ", "%"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		path := Path("/devices/%s/users", id)
		if id == "" || id == "." || id == ".." {
			if path != "" {
				t.Fatalf("got %q", path)
			}
			return
		}
		req, err := http.NewRequest(http.MethodGet, "https://vendor.test"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if req.URL.RequestURI() != path || req.URL.Path != "/devices/"+id+"/users" || strings.Count(path, "/") != 3 {
			t.Fatalf("%q became %q, read as %q", id, path, req.URL.Path)
		}
	})
}
