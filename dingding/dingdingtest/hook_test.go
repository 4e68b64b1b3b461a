package dingdingtest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hook is a receiver of callbacks that checks every signature.
type hook struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	answer func(n int) int // status of the n-th callback, from 1; nil = 200
	bodies []string        // since the last take
	count  int
}

// listen registers a hook for events and results.
func listen(t *testing.T, s *Server) *hook {
	t.Helper()
	h := &hook{t: t}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	s.SetCallbackURL(h.URL+"/events", h.URL+"/services")
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	assert.NoError(h.t, err)
	assert.Equal(h.t, http.MethodPost, r.Method)
	assert.Equal(h.t, "application/json", r.Header.Get("Content-Type"))
	var got map[string]json.RawMessage
	assert.NoError(h.t, json.Unmarshal(body, &got))
	where := "/events"
	if _, ok := got["service"]; ok {
		where = "/services"
	}
	assert.Equal(h.t, where, r.URL.Path)
	assert.Equal(h.t, `"`+signature(h.URL+where, body)+`"`, string(got["sign"]), "signature of %s", body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bodies = append(h.bodies, string(body))
	h.count++
	if h.answer != nil {
		w.WriteHeader(h.answer(h.count))
	}
	_, _ = io.WriteString(w, `{"ErrNo":0,"ErrMsg":""}`)
}

// signature is §18.1 as a receiver computes it.
func signature(url string, body []byte) string {
	var compact bytes.Buffer
	if json.Compact(&compact, body) != nil {
		return ""
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(compact.Bytes(), &fields) != nil {
		return ""
	}
	delete(fields, "sign")
	sum := md5.New()
	_, _ = io.WriteString(sum, url)
	for i, k := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			_, _ = io.WriteString(sum, "&")
		}
		value := string(fields[k])
		if value[0] == '"' || value == "null" {
			value = ""
			_ = json.Unmarshal(fields[k], &value)
		}
		_, _ = io.WriteString(sum, k+"="+value)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// take returns the callbacks that came since the last time, settled.
func (h *hook) take(s *Server) []reply {
	h.t.Helper()
	s.Settle()
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []reply
	for _, body := range h.bodies {
		d := json.NewDecoder(bytes.NewReader([]byte(body)))
		d.UseNumber()
		var r reply
		require.NoError(h.t, d.Decode(&r))
		list = append(list, r)
	}
	h.bodies = nil
	return list
}

// only returns the single callback that came.
func (h *hook) only(s *Server) reply {
	h.t.Helper()
	got := h.take(s)
	require.Len(h.t, got, 1, "%v", names(got))
	return got[0]
}

// names are the events and services of callbacks.
func names(list []reply) []string {
	all := []string{}
	for _, r := range list {
		all = append(all, r.str("event")+r.str("service"))
	}
	return all
}

// serve starts a receiver of the test's own.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
