package rest

import (
	"crypto/tls"
	"io"
	"net/http"
)

// connections is how many connections a client opens to its vendor at most. More calls at once
// wait for one; a vendor that hangs does not take more than these with it.
const connections = 64

// ownTransport is for clients that were given none. If the program has put something else into
// http.DefaultTransport, that is used as it is.
func ownTransport() http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := standard.Clone()
	t.MaxConnsPerHost = connections
	t.MaxIdleConnsPerHost = connections // the default of 2 makes a busy backend dial for every call
	t.MaxIdleConns = 0                  // no other bound
	t.MaxResponseHeaderBytes = 256 << 10
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{}
	}
	t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
	t.TLSClientConfig.InsecureSkipVerify = false
	return t
}

// unrepeated makes sure that no GET is sent twice below us. net/http repeats one by itself when
// the kept connection it went out on dies, whether or not the vendor has read it.
func unrepeated(rt http.RoundTripper) http.RoundTripper {
	if t, ok := rt.(*http.Transport); ok {
		t = t.Clone()
		t.DisableKeepAlives = true // a fresh connection is never tried twice
		return t
	}
	return unreplayable{rt}
}

// unreplayable serves transports whose connections we cannot choose, such as one wrapped for
// tracing: net/http does not repeat a request whose body it cannot get again. An empty body is
// not put on the wire.
type unreplayable struct{ next http.RoundTripper }

func (t unreplayable) RoundTrip(req *http.Request) (*http.Response, error) {
	once := *req
	once.Body = io.NopCloser(eof{})
	once.GetBody = nil
	return t.next.RoundTrip(&once)
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// directionless takes the target out of redirects. They are not followed anyway, but http.Client
// would put a target it cannot parse, tokens included, into an error.
type directionless struct{ next http.RoundTripper }

func (t directionless) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil || resp == nil || resp.Header.Get("Location") == "" {
		return resp, err
	}
	clean := *resp
	clean.Header = resp.Header.Clone()
	clean.Header.Del("Location")
	return &clean, nil
}
