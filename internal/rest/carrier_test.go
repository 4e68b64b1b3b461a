package rest

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Requests are used again, one after the other by one goroutine; each has to go out as if it were
// the first.
func TestCarrierSendsNothingOfTheRequestBefore(t *testing.T) {
	type sent struct {
		method, path, body, code string
		length                   int64
	}
	var got []sent
	c := newCarrier(roundTrip(func(req *http.Request) (*http.Response, error) {
		var body []byte
		if req.Body != nil {
			var err error
			if body, err = io.ReadAll(req.Body); err != nil {
				return nil, err
			}
		}
		got = append(got, sent{req.Method, req.URL.RequestURI(), string(body), req.Header.Get("X-Code"), req.ContentLength})
		if req.URL.Path == "/broken" {
			return nil, errBroken
		}
		return answer(req, http.StatusOK, okReply), nil
	}))
	for _, r := range []struct {
		method, path string
		body         []byte
	}{
		{http.MethodPost, "/a?token=t", []byte("471108")}, {http.MethodPost, "/b", nil}, {http.MethodGet, "/c", nil},
		{http.MethodPut, "/broken", []byte("x")}, {http.MethodDelete, "/d", nil},
	} {
		header := http.Header{"User-Agent": agentHeader}
		if r.body != nil {
			header["X-Code"] = []string{string(r.body)}
		}
		resp, err := c.send(t.Context(), r.method, "https://vendor.test"+r.path, header, r.body)
		if r.path == "/broken" {
			require.ErrorIs(t, err, errBroken)
			continue
		}
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	require.Equal(t, []sent{
		{http.MethodPost, "/a?token=t", "471108", "471108", 6}, {http.MethodPost, "/b", "", "", 0}, {http.MethodGet, "/c", "", "", 0},
		{http.MethodPut, "/broken", "x", "x", 1}, {http.MethodDelete, "/d", "", "", 0},
	}, got)
}
