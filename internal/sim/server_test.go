package sim

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const honest = `{"ErrNo":0,"ErrMsg":"","id":1001}`

// world is a server whose every POST is a mutating operation that answers honest.
type world struct {
	*Server
	parts  *Parts
	client *http.Client
}

func newWorld(t *testing.T, cfg Config) *world {
	t.Helper()
	w := &world{}
	w.Server, w.parts = New(cfg)
	w.parts.Serve(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.parts.Count(r.URL.Path)
		}
		out.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(out, honest)
	}))
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	w.client = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(w.Close)
	return w
}

// answer is what a client sees.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // of sending, or of reading the body
}

func (w *world) post(ctx context.Context, path, body string) answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+path, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, got, err}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name     string
		fault    Fault
		executed int
		check    func(*testing.T, answer)
	}{
		{"status", Status(500), 0, func(t *testing.T, a answer) {
			assert.Equal(t, 500, a.status)
		}},
		{"status after the work", Status(500).Executed(), 1, func(t *testing.T, a answer) {
			assert.Equal(t, 500, a.status)
		}},
		{"bad gateway is a web page", BadGateway(), 0, func(t *testing.T, a answer) {
			assert.Equal(t, 502, a.status)
			assert.Equal(t, "text/html", a.header.Get("Content-Type"))
			assert.Contains(t, string(a.body), "<html>")
		}},
		{"unavailable says when to come back", Unavailable(90 * time.Second), 0, func(t *testing.T, a answer) {
			assert.Equal(t, 503, a.status)
			assert.Equal(t, "90", a.header.Get("Retry-After"))
		}},
		{"too many requests says when to come back", TooManyRequests(time.Minute), 0, func(t *testing.T, a answer) {
			assert.Equal(t, 429, a.status)
			assert.Equal(t, "60", a.header.Get("Retry-After"))
		}},
		{"redirect", Redirect(307, "http://elsewhere.example/"), 0, func(t *testing.T, a answer) {
			assert.Equal(t, 307, a.status)
			assert.Equal(t, "http://elsewhere.example/", a.header.Get("Location"))
		}},
		{"reply", Reply(418, "application/json", `{"ErrNo":15000}`), 0, func(t *testing.T, a answer) {
			assert.Equal(t, 418, a.status)
			assert.Equal(t, `{"ErrNo":15000}`, string(a.body))
		}},
		{"reply without content type", Reply(200, "", honest), 0, func(t *testing.T, a answer) {
			assert.NotContains(t, a.header, "Content-Type")
		}},
		{"garbage", Garbage(), 1, func(t *testing.T, a answer) {
			assert.Equal(t, 200, a.status)
			assert.NotContains(t, string(a.body), "ErrNo")
		}},
		{"empty", Empty(), 1, func(t *testing.T, a answer) {
			assert.Equal(t, 200, a.status)
			assert.Empty(t, a.body)
		}},
		{"wrong content type", WrongContentType(), 1, func(t *testing.T, a answer) {
			assert.Equal(t, "text/html", a.header.Get("Content-Type"))
			assert.Equal(t, honest, string(a.body))
		}},
		{"truncated", Truncated(), 1, func(t *testing.T, a answer) {
			assert.ErrorIs(t, a.err, io.ErrUnexpectedEOF)
			assert.Equal(t, honest[:len(honest)/2], string(a.body))
		}},
		{"dropped before the work", DropBefore(), 0, func(t *testing.T, a answer) {
			assert.ErrorIs(t, a.err, io.EOF)
		}},
		{"dropped after the work", DropAfter(), 1, func(t *testing.T, a answer) {
			assert.ErrorIs(t, a.err, io.EOF)
		}},
		{"gzip bomb", GzipBomb(5 << 20), 1, func(t *testing.T, a answer) {
			assert.Less(t, len(a.body), 100<<10)
			z, err := gzip.NewReader(bytes.NewReader(a.body))
			require.NoError(t, err)
			n, err := io.Copy(io.Discard, z)
			require.NoError(t, err)
			assert.EqualValues(t, 5<<20, n)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, Config{})
			w.Fail("/add_password", tt.fault)
			tt.check(t, w.post(t.Context(), "/openapi/v1/add_password", `{}`))
			assert.Equal(t, tt.executed, w.Executed("openapi/v1/add_password"))
			again := w.post(t.Context(), "/openapi/v1/add_password", `{}`)
			assert.NoError(t, again.err, "a fault comes once")
			assert.Equal(t, honest, string(again.body))
		})
	}
}

func TestFaultsThatTakeTime(t *testing.T) {
	t.Run("silence lasts until the client gives up", func(t *testing.T) {
		w := newWorld(t, Config{})
		w.Fail("*", Silence())
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		assert.ErrorIs(t, w.post(ctx, "/x", "").err, context.DeadlineExceeded)
		assert.Zero(t, w.Executed("x"))
	})
	t.Run("silence ends when the simulator is closed", func(t *testing.T) {
		w := newWorld(t, Config{})
		w.Fail("*", Silence())
		got := w.start(t, "/x")
		w.Close()
		assert.Error(t, (<-got).err)
	})
	t.Run("latency passes on the simulator's clock", func(t *testing.T) {
		w := newWorld(t, Config{Start: epoch})
		w.Fail("*", Latency(time.Minute))
		got := w.start(t, "/x")
		assert.Zero(t, w.Executed("x"))
		assert.Equal(t, honest, string(advanceUntil(t, w, got).body))
		assert.GreaterOrEqual(t, w.Clock().Now().Sub(epoch), time.Minute)
		assert.Equal(t, 1, w.Executed("x"))
	})
	t.Run("latency after the work", func(t *testing.T) {
		w := newWorld(t, Config{Start: epoch})
		w.Fail("*", Latency(time.Minute).Executed())
		got := w.start(t, "/x")
		assert.Eventually(t, func() bool { return w.Executed("x") == 1 }, time.Second, time.Millisecond)
		assert.Equal(t, honest, string(advanceUntil(t, w, got).body))
		assert.GreaterOrEqual(t, w.Clock().Now().Sub(epoch), time.Minute)
	})
	t.Run("slow sends a byte a second", func(t *testing.T) {
		w := newWorld(t, Config{Start: epoch})
		w.Fail("*", Slow())
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/x", nil)
		require.NoError(t, err)
		resp, err := w.client.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		arrived := make(chan byte, len(honest))
		end := make(chan error, 1)
		go func() {
			for in := bufio.NewReader(resp.Body); ; {
				b, err := in.ReadByte()
				if err != nil {
					end <- err
					return
				}
				arrived <- b
			}
		}()
		for i := range 4 {
			assert.Equal(t, honest[i], advanceUntil(t, w, arrived))
		}
		assert.GreaterOrEqual(t, w.Clock().Now().Sub(epoch), 3*time.Second)
		w.Close()
		assert.Error(t, <-end, "closing the simulator breaks the connection")
	})
}

// advanceUntil lets seconds pass until something comes.
func advanceUntil[T any](t *testing.T, w *world, from <-chan T) T {
	t.Helper()
	require.Eventually(t, func() bool {
		if len(from) == 0 {
			w.Advance(time.Second)
		}
		return len(from) > 0
	}, 5*time.Second, time.Millisecond)
	return <-from
}

// start posts in the background and returns once the server has the request.
func (w *world) start(t *testing.T, path string) <-chan answer {
	t.Helper()
	got := make(chan answer, 1)
	go func() { got <- w.post(context.Background(), path, "") }()
	require.Eventually(t, func() bool { return len(w.Requests(path)) > 0 }, time.Second, time.Millisecond)
	return got
}

func TestFaultCounts(t *testing.T) {
	statuses := func(w *world, paths ...string) []int {
		var got []int
		for _, p := range paths {
			got = append(got, w.post(t.Context(), p, "").status)
		}
		return got
	}
	t.Run("times", func(t *testing.T) {
		w := newWorld(t, Config{})
		w.Fail("/a", Status(500).Times(2))
		assert.Equal(t, []int{500, 200, 500, 200}, statuses(w, "/a", "/b", "/a", "/a"))
	})
	t.Run("no times", func(t *testing.T) {
		w := newWorld(t, Config{})
		w.Fail("/a", Status(500).Times(0))
		assert.Equal(t, []int{200}, statuses(w, "/a"))
	})
	t.Run("always, until healed", func(t *testing.T) {
		w := newWorld(t, Config{})
		w.Fail("*", Status(500).Always())
		assert.Equal(t, []int{500, 500, 500}, statuses(w, "/a", "/b", "/a"))
		w.Heal()
		assert.Equal(t, []int{200}, statuses(w, "/a"))
	})
	t.Run("the first fault is used up first", func(t *testing.T) {
		w := newWorld(t, Config{})
		w.Fail("/a", Status(500))
		w.Fail("/a", Status(503))
		assert.Equal(t, []int{500, 503, 200}, statuses(w, "/a", "/a", "/a"))
	})
}

func TestRequestIs(t *testing.T) {
	tests := []struct {
		name, method, path, endpoint string
		want                         bool
	}{
		{"the end of the path", "POST", "/openapi/v1/add_password", "/add_password", true},
		{"without a slash", "POST", "/openapi/v1/add_password", "add_password", true},
		{"the whole path", "POST", "/openapi/v1/add_password", "/openapi/v1/add_password", true},
		{"whole elements only", "POST", "/openapi/v1/add_password", "password", false},
		{"not the beginning", "POST", "/add_password/x", "/add_password", false},
		{"longer than the path", "POST", "/add_password", "/v1/add_password", false},
		{"everything", "POST", "/openapi/v1/add_password", "*", true},
		{"everything, the root too", "GET", "/", "*", true},
		{"one element", "GET", "/v1.0/devices/d1/users", "/devices/*/users", true},
		{"one element and no more", "GET", "/v1.0/devices/d1/x/users", "/devices/*/users", false},
		{"the method", "DELETE", "/users/7", "DELETE /users/*", true},
		{"another method", "GET", "/users/7", "DELETE /users/*", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, Request{Method: tt.method, Path: tt.path}.Is(tt.endpoint))
		})
	}
}

func TestRequests(t *testing.T) {
	w := newWorld(t, Config{Start: epoch})
	w.post(t.Context(), "/v1/a?access_token=canary", `{"password":"canary"}`)
	w.Advance(time.Minute)
	w.post(t.Context(), "/v1/b", "")

	all := w.Requests()
	require.Len(t, all, 2)
	assert.Equal(t, "/v1/a", all[0].Path)
	assert.Equal(t, http.MethodPost, all[0].Method)
	assert.Equal(t, "canary", all[0].Query.Get("access_token"))
	assert.Equal(t, `{"password":"canary"}`, string(all[0].Body))
	assert.Equal(t, epoch, all[0].Time)
	assert.NotEmpty(t, all[0].Header.Get("User-Agent"))
	assert.Equal(t, epoch.Add(time.Minute), w.Requests("/b")[0].Time)
	assert.Len(t, w.Requests("/a", "/b"), 2)
	assert.Empty(t, w.Requests("/c"))

	t.Run("print no secrets", func(t *testing.T) {
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "r", all[0], "all", all)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "r", all[0])
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, verb, all[0])
			fmt.Fprintf(&log, verb, all)
		}
		assert.NotContains(t, log.String(), "canary")
		assert.NotContains(t, log.String(), fmt.Sprintf("%x", "canary"))
		assert.Contains(t, log.String(), "POST /v1/a (21 bytes)")
	})
	t.Run("only the last are kept", func(t *testing.T) {
		s, p := New(Config{})
		p.Serve(http.NotFoundHandler())
		defer s.Close()
		for i := range keep + 5 {
			s.note(Request{Path: fmt.Sprint(i)})
		}
		got := s.Requests()
		assert.LessOrEqual(t, len(got), keep)
		assert.Equal(t, fmt.Sprint(keep+4), got[len(got)-1].Path)
	})
}

func TestServer(t *testing.T) {
	t.Run("it listens where it is told", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		w := newWorld(t, Config{Listener: l})
		assert.Equal(t, "http://"+l.Addr().String(), w.URL)
		assert.Equal(t, 200, w.post(t.Context(), "/x", "").status)
	})
	t.Run("closing twice is closing once", func(t *testing.T) {
		w := newWorld(t, Config{})
		w.Close()
		w.Close()
		assert.Error(t, w.post(t.Context(), "/x", "").err)
		assert.ErrorIs(t, w.parts.Context().Err(), context.Canceled)
	})
	t.Run("a request without end is refused", func(t *testing.T) {
		w := newWorld(t, Config{})
		assert.Error(t, w.post(t.Context(), "/x", strings.Repeat("x", maxBody+1)).err)
		assert.Empty(t, w.Requests())
		assert.Zero(t, w.Executed("x"))
	})
	t.Run("the device time has a default", func(t *testing.T) {
		assert.Equal(t, 20*time.Millisecond, newWorld(t, Config{}).parts.Latency)
		assert.Equal(t, time.Second, newWorld(t, Config{Latency: time.Second}).parts.Latency)
	})
	t.Run("its clock is the one work is done on", func(t *testing.T) {
		w := newWorld(t, Config{Start: epoch})
		done := false
		w.parts.Schedule.After(time.Minute, Work, func(context.Context) { done = true })
		w.Settle()
		assert.True(t, done)
		assert.Equal(t, epoch.Add(time.Minute), w.Clock().Now())
	})
}

func TestRandom(t *testing.T) {
	a, b := NewRandom(7), NewRandom(7)
	assert.Equal(t, a.Hex(128), b.Hex(128), "the same seed gives the same ids")
	assert.Regexp(t, `^[0-9]{6}$`, a.Digits(6))
	assert.Regexp(t, `^[0-9a-f]{32}$`, a.Hex(32))
	assert.NotEqual(t, NewRandom(0).Hex(32), NewRandom(0).Hex(32), "no seed gives others every time")
}

func TestHandleServesBesideTheVendor(t *testing.T) {
	w := newWorld(t, Config{})
	w.Fail("*", Status(http.StatusTeapot).Always())
	w.Handle("/_sim/", http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(out, r.Body)
	}))
	beside := w.post(t.Context(), "/_sim/echo", "hello")
	require.NoError(t, beside.err)
	assert.Equal(t, http.StatusOK, beside.status, "no fault spoils it")
	assert.Equal(t, "hello", string(beside.body))
	assert.Empty(t, w.Requests(), "it is none of the vendor's requests")

	vendors := w.post(t.Context(), "/_simple", "")
	require.NoError(t, vendors.err)
	assert.Equal(t, http.StatusTeapot, vendors.status, "the vendor's own paths are as they were")
	assert.Len(t, w.Requests(), 1)
}
