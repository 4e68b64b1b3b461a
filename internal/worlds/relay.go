package worlds

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// relay is what a vendor knows as our webhook from the beginning; it passes on to where the suite
// listens, once that is known.
type relay struct {
	url    string
	mu     sync.Mutex
	target string
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{}
	client := &http.Client{Transport: &http.Transport{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		target := r.target
		r.mu.Unlock()
		if target == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		out, err := http.NewRequestWithContext(req.Context(), req.Method, target, req.Body)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		resp, err := client.Do(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	t.Cleanup(func() {
		server.Close()
		client.CloseIdleConnections()
	})
	r.url = server.URL
	return r
}

func (r *relay) forward(url string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = url
}
