package benchtest

import (
	"bytes"
	"io"
	"net/http"
)

// Memory is a vendor without a network: it reads what it is asked and gives the same reply always.
type Memory struct{ Reply []byte }

// header is read by nobody but the client; it is shared.
var header = http.Header{"Content-Type": {"application/json"}, "Date": {"Sun, 22 Nov 2026 08:00:00 GMT"}}

// RoundTrip implements http.RoundTripper.
func (m Memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return nil, err
		}
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(m.Reply)),
		Body: io.NopCloser(bytes.NewReader(m.Reply)), Request: req,
	}, nil
}
