package rest

import (
	"bytes"
	"context"
	"net/http"
	"sync"

	"github.com/go-resty/resty/v2"
)

// carrier hands requests to a transport, by way of resty.
type carrier struct {
	client *resty.Client
	idle   sync.Pool // of *resty.Request: making a new one is a tenth of a small call
}

// newCarrier wraps a transport for sending: nothing but the transport itself acts on a request.
func newCarrier(rt http.RoundTripper) *carrier {
	hc := &http.Client{
		Transport:     directionless{rt},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c := &carrier{client: resty.NewWithClient(hc).SetRetryCount(0).SetLogger(silence{})}
	c.idle.New = func() any { return c.client.R().SetDoNotParseResponse(true) }
	return c
}

// send sends a request; body is nil where there is none. resty may add to the header.
func (c *carrier) send(ctx context.Context, method, url string, header http.Header, body []byte) (*http.Response, error) {
	req := c.idle.Get().(*resty.Request)
	req.SetContext(ctx)
	req.Header = header
	if body != nil {
		req.SetBody(bytes.NewReader(body))
	}
	req.SetContentLength(body == nil && carriesBody(method)) // of 0; resty would send chunks otherwise
	resp, err := req.Execute(method, url)
	// What resty has made of the request lives on in resp; req holds none of it, nor of its secrets.
	req.Header, req.Body, req.URL, req.RawRequest = nil, nil, "", nil
	req.SetContext(context.Background())
	c.idle.Put(req)
	if err != nil {
		return nil, err
	}
	return resp.RawResponse, nil
}

// silence is resty's logger: it prints URLs, tokens included, so it prints nothing.
type silence struct{}

func (silence) Errorf(string, ...any) {}
func (silence) Warnf(string, ...any)  {}
func (silence) Debugf(string, ...any) {}
