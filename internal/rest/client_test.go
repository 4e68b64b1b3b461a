package rest

import (
	"crypto/tls"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestBaseURL(t *testing.T) {
	for _, tc := range []struct {
		url      string
		ok       bool
		insecure bool // ok with WithInsecureHTTP
	}{
		{"https://vendor.test", true, true},
		{"https://vendor.test/", true, true},
		{"HTTPS://vendor.test:8443/openapi/v1", true, true},
		{"http://127.0.0.1:8080", true, true},
		{"http://127.8.9.10/x", true, true},
		{"http://[::1]:8080", true, true},
		{"http://localhost", true, true},
		{"http://LocalHost:1", true, true},
		{"http://vendor.test", false, true},
		{"http://127.0.0.1.vendor.test", false, true},
		{"http://localhost.vendor.test", false, true},
		{"http://vendor.test/localhost", false, true},
		{"http://0.0.0.0", false, true},
		{"http://192.168.0.1", false, true},
		{"http://user@localhost", false, false},
		{"https://user:canary@vendor.test", false, false},
		{"https://localhost@vendor.test", false, false},
		{"https://vendor.test?token=canary", false, false},
		{"https://vendor.test?", false, false},
		{"https://vendor.test#canary", false, false},
		{"vendor.test", false, false},
		{"//vendor.test", false, false},
		{"/openapi", false, false},
		{"https://", false, false},
		{"https://:443", false, false},
		{"ftp://vendor.test", false, false},
		{"file:///etc/passwd", false, false},
		{"", false, false},
		{"https://vendor.test:port/canary", false, false},
		{"https://ven dor.test/canary", false, false},
		{"\x00canary", false, false},
	} {
		for _, insecure := range []bool{false, true} {
			sent := false
			opts := []lock.Option{lock.WithHTTPClient(&http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				sent = true
				return answer(req, 200, okReply), nil
			})})}
			want := tc.ok
			if insecure {
				opts = append(opts, lock.WithInsecureHTTP())
				want = tc.insecure
			}
			c := New(lock.NewConfig(opts...), testVendor, tc.url, &dialect{}, nil)
			_, err := Do[nothing](t.Context(), c, readRequest())
			require.Equal(t, want, err == nil, "%q: %v", tc.url, err)
			require.Equal(t, want, sent)
			if err != nil {
				require.Equal(t, lock.ErrInvalidArgument, failed(t, err).Kind)
				require.NotContains(t, err.Error(), "canary")
			}
		}
	}
}

func TestBadConfiguration(t *testing.T) {
	for name, option := range map[string]lock.Option{
		"no time":                   lock.WithTimeout(0),
		"negative time":             lock.WithTimeout(-1),
		"no room for a reply":       lock.WithMaxReplySize(0),
		"negative room for a reply": lock.WithMaxReplySize(-1),
		"no attempt":                lock.WithRetry(lock.RetryPolicy{}),
		"negative base":             lock.WithRetry(lock.RetryPolicy{Attempts: 1, Base: -1}),
		"negative pause":            lock.WithRetry(lock.RetryPolicy{Attempts: 1, Max: -1}),
		"negative first poll":       lock.WithPolling(-1, 0),
		"negative poll":             lock.WithPolling(0, -1),
		"negative watch":            lock.WithWatchInterval(-1),
		"negative client time":      lock.WithHTTPClient(&http.Client{Timeout: -1, Transport: always(200, okReply)}),
	} {
		t.Run(name, func(t *testing.T) {
			opts := []lock.Option{lock.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				t.Error("sent")
				return nil, errBroken
			})}), option}
			c := New(lock.NewConfig(opts...), testVendor, "https://vendor.test", &dialect{}, nil)
			_, err := Do[nothing](t.Context(), c, readRequest())
			require.Equal(t, lock.ErrInvalidArgument, failed(t, err).Kind)
		})
	}
}

func TestFail(t *testing.T) {
	c := over(always(200, okReply))
	c.Fail(nil)
	_, err := Do[nothing](t.Context(), c, readRequest())
	require.NoError(t, err)
	another := errors.New("another")
	c.Fail(errBroken)
	c.Fail(another)
	_, err = Do[nothing](t.Context(), c, readRequest())
	e := failed(t, err)
	require.Equal(t, lock.ErrInvalidArgument, e.Kind)
	require.Equal(t, testVendor, e.Vendor)
	require.ErrorIs(t, err, errBroken)
	require.ErrorIs(t, err, another)
}

func TestOwnTransport(t *testing.T) {
	standard := http.DefaultTransport.(*http.Transport)
	before := standard.TLSClientConfig
	standard.TLSClientConfig = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}
	t.Cleanup(func() { standard.TLSClientConfig = before })
	rt := ownTransport().(*http.Transport)
	require.NotSame(t, standard, rt)
	require.GreaterOrEqual(t, rt.MaxIdleConnsPerHost, 64)
	require.Equal(t, 64, rt.MaxConnsPerHost)
	require.EqualValues(t, tls.VersionTLS12, rt.TLSClientConfig.MinVersion)
	require.False(t, rt.TLSClientConfig.InsecureSkipVerify)
	require.True(t, rt.ForceAttemptHTTP2)
	require.True(t, standard.TLSClientConfig.InsecureSkipVerify, "the program's own is not touched")
	require.NotZero(t, rt.TLSHandshakeTimeout)
	require.Equal(t, 90*time.Second, rt.IdleConnTimeout)
}
