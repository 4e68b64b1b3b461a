package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestReplySizeIsBounded(t *testing.T) {
	const limit = 1000
	sized := func(n int) string {
		head, tail := `{"ErrNo":0,"ErrMsg":"`, `"}`
		return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
	}
	for _, tc := range []struct {
		name string
		size int
		way  string
		ok   bool
	}{
		{"as large as allowed", limit, "length", true},
		{"a byte larger", limit + 1, "length", false},
		{"as large as allowed, in chunks", limit, "chunks", true},
		{"a byte larger, in chunks", limit + 1, "chunks", false},
		{"as large as allowed after decompression", limit, "gzip", true},
		{"a byte larger after decompression", limit + 1, "gzip", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch tc.way {
				case "chunks":
					w.(http.Flusher).Flush()
				case "gzip":
					w.Header().Set("Content-Encoding", "gzip")
					_, _ = w.Write(zipped(t, sized(tc.size)))
					return
				}
				_, _ = io.WriteString(w, sized(tc.size))
			}))
			t.Cleanup(server.Close)
			c := to(t, server.URL, lock.WithMaxReplySize(limit))
			for _, request := range []*Request{readRequest(), changeRequest()} {
				_, err := Do[nothing](t.Context(), c, request)
				if tc.ok {
					require.NoError(t, err)
					continue
				}
				require.ErrorIs(t, err, lock.ErrTooLarge)
				require.Equal(t, request.Mutates, failed(t, err).Kind == lock.ErrOutcomeUnknown)
				require.Equal(t, 1, failed(t, err).Attempts)
			}
		})
	}
}

func TestGzipBomb(t *testing.T) {
	bomb := bytes.Repeat(zipped(t, strings.Repeat("\x00", 1<<20)), 300) // gzip may be strung together
	require.Less(t, len(bomb), 400<<10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb)
	}))
	t.Cleanup(server.Close)
	c := to(t, server.URL)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Do[nothing](t.Context(), c, readRequest())
	runtime.ReadMemStats(&after)
	require.Equal(t, lock.ErrTooLarge, failed(t, err).Kind)
	require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
}

// A length that is only announced is not allocated.
func TestAnnouncedLengthIsNotBelieved(t *testing.T) {
	rt := roundTrip(func(req *http.Request) (*http.Response, error) {
		resp := answer(req, 200, okReply)
		resp.ContentLength = 1 << 30
		return resp, nil
	})
	c := over(rt, lock.WithMaxReplySize(1<<31))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Do[nothing](t.Context(), c, readRequest())
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

type marked struct {
	Body   string `json:"body"`
	Header string `json:"header"`
	Token  string `json:"token"`
	Fill   string `json:"fill"`
}

// markServer answers with the markers of the request, sometimes only after a failure.
func markServer(t *testing.T, executed *atomic.Int64) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in marked
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return
		}
		n := executed.Add(1)
		switch n % 7 {
		case 3:
			w.WriteHeader(503)
			return
		case 5:
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintf(w, `{"ErrNo":0,"body":%q,"header":%q,"token":%q,"fill":%q}`,
			in.Body, r.Header.Get("X-Marker"), r.URL.Query().Get("marker"), strings.Repeat(in.Body[:1], int(n%1500)))
	}))
	t.Cleanup(server.Close)
	return server
}

// Nothing of one call is ever found in another, however calls fail, repeat and are given up.
func TestCallsDoNotMix(t *testing.T) {
	const workers, calls = 8, 2000
	var executed, succeeded, cancelled atomic.Int64
	server := markServer(t, &executed)
	c := to(t, server.URL, lock.WithRetry(lock.RetryPolicy{Attempts: 9}))
	c.quota.left.Store(1 << 40)
	c.dialect.(*dialect).adjust = func(a *Attempt) {
		marker := a.Request.Body.(marked).Body
		a.Header.Set("X-Marker", marker)
		a.Query.Set("marker", marker)
	}
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := range calls {
				marker := fmt.Sprintf("%c-%d", 'a'+worker, i)
				ctx, cancel := context.WithCancel(t.Context())
				if i%10 == 0 {
					time.AfterFunc(time.Duration(rand.N(400))*time.Microsecond, cancel)
				}
				got, err := Do[reply[marked]](ctx, c, &Request{Method: "POST", Path: "/mark", Body: marked{Body: marker}, Mutates: i%5 == 1})
				cancel()
				switch {
				case err == nil:
					p := got.Payload
					if p.Body != marker || p.Header != marker || p.Token != marker || strings.Trim(p.Fill, marker[:1]) != "" {
						t.Errorf("got %+v, want %s", p, marker)
					}
					succeeded.Add(1)
				case ctx.Err() != nil && i%10 == 0:
					cancelled.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.Greater(t, succeeded.Load(), int64(workers*calls*7/10))
	require.Positive(t, cancelled.Load())
}

// After any number of calls, good, bad, repeated and cancelled, no goroutine and no descriptor is
// left behind.
func TestNothingIsLeftBehind(t *testing.T) {
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	var executed atomic.Int64
	server := markServer(t, &executed)
	goroutines, fds := runtime.NumGoroutine(), descriptors()
	c := to(t, server.URL, lock.WithRetry(lock.RetryPolicy{Attempts: 3}), lock.WithMaxReplySize(8000))
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 1250 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%3 == 0 {
					time.AfterFunc(time.Duration(rand.N(300))*time.Microsecond, cancel)
				}
				_, _ = Do[reply[marked]](ctx, c, &Request{Method: "POST", Path: "/mark", Body: marked{Body: "x"}, Mutates: i%2 == worker%2})
				if i%50 == 0 {
					_, _ = Do[reply[marked]](ctx, c, mutatingGet())
				}
				cancel()
			}
		})
	}
	all.Wait()
	c.CloseIdleConnections()
	require.Eventually(t, func() bool {
		return runtime.NumGoroutine() <= goroutines+1 && descriptors() <= fds // Eventually has a goroutine of its own
	}, 10*time.Second, 10*time.Millisecond, "%d goroutines and %d descriptors before", goroutines, fds)
}

func TestManyGoroutinesShareAClient(t *testing.T) {
	c := over(always(200, okReply))
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			for _, request := range []*Request{readRequest(), changeRequest(), mutatingGet()} {
				if _, err := Do[nothing](t.Context(), c, request); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
