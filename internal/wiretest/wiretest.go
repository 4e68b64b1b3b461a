// Package wiretest runs a vendor's endpoint table: for every endpoint one row, whose request and
// answer are files.
//
//	func TestEndpoints(t *testing.T) {
//		wiretest.Run(t, newClient, []wiretest.Row[*Client]{
//			{Endpoint: "POST /openapi/v1/add_room", Name: "add_room", Call: func(ctx context.Context, c *Client) (any, error) {
//				return c.AddRoom(ctx, AddRoomRequest{HomeID: "h1", RoomID: "r1", Name: "201"})
//			}},
//		}, wiretest.Envelope("", "ErrNo", "ErrMsg", "ReqID"))
//	}
//
// A row is answered with testdata/add_room.reply.json, taken from the vendor's document. What the
// client sent is compared with add_room.request.txt, what it read out of the answer with
// add_room.want.json. "go test -update" writes these two, to be read by a person before they are
// kept; it never writes a reply.
//
// A misspelt tag makes a member of the reply vanish. So every name in the reply must stand at the
// same place in what was read, unless Envelope or Ignore says otherwise.
//
// Complete holds the table against the endpoints the package's comments name.
//
// The files show secrets in clear: they hold sample data only.
package wiretest

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

var update = flag.Bool("update", false, "write the golden requests and results of the endpoint tables")

// Row is one call of one endpoint by a client of type C.
type Row[C any] struct {
	Endpoint string // "GET /v1.0/devices/{device_id}", as in the method's comment
	Name     string // of the files, and of the subtest
	Call     func(context.Context, C) (any, error)
}

// Run calls every row with a client of its own, whose requests end at hc.
func Run[C any](t *testing.T, newClient func(t *testing.T, hc *http.Client) C, rows []Row[C], opts ...Option) {
	t.Helper()
	c := configure(opts)
	for _, problem := range c.mistakes(names(rows)) {
		t.Error(problem)
	}
	for _, row := range rows {
		t.Run(row.Name, func(t *testing.T) {
			for _, problem := range check(t, c, newClient, row) {
				t.Error(problem)
			}
		})
	}
}

func names[C any](rows []Row[C]) []string {
	var all []string
	for _, row := range rows {
		all = append(all, row.Name)
	}
	return all
}

// problems collects what is wrong with a row; assert writes into it.
type problems []string

func (p *problems) Errorf(format string, args ...any) {
	*p = append(*p, fmt.Sprintf(format, args...))
}

// check runs one row.
func check[C any](t *testing.T, c *config, newClient func(*testing.T, *http.Client) C, row Row[C]) (found problems) {
	reply, err := os.ReadFile(c.file(row.Name, ".reply.json"))
	if err != nil {
		found.Errorf("the vendor's answer is missing: %v", err)
		return found
	}
	var sent []*http.Request
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		for _, p := range c.preloads {
			if matches(p.endpoint, req, "") && !matches(row.Endpoint, req, c.prefix) {
				return answer(req, []byte(p.reply)), nil
			}
		}
		sent = append(sent, keep(req))
		return answer(req, reply), nil
	})
	result, err := row.Call(t.Context(), newClient(t, &http.Client{Transport: mock}))
	if err != nil {
		found.Errorf("the call failed: %v", err)
		return found
	}
	if len(sent) != 1 {
		found.Errorf("got %d requests, want 1", len(sent))
		return found
	}
	if !matches(row.Endpoint, sent[0], c.prefix) {
		found.Errorf("got a request to %s %s, want %s", sent[0].Method, sent[0].URL.EscapedPath(), row.Endpoint)
	}
	request, err := c.requestText(sent[0])
	if err != nil {
		found.Errorf("the request cannot be read: %v", err)
		return found
	}
	dump, err := wire.Dump(result)
	if err != nil {
		found.Errorf("the result cannot be written: %v", err)
		return found
	}
	c.golden(&found, row.Name, ".request.txt", request)
	c.golden(&found, row.Name, ".want.json", dump)
	c.complete(&found, row.Name, reply, dump)
	return found
}

// keep reads a request's body, which is gone when the call returns.
func keep(req *http.Request) *http.Request {
	kept := req.Clone(context.WithoutCancel(req.Context()))
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		kept.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	}
	return kept
}

// failing is the end of a body that could not be read; a nil error is a good end.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

func answer(req *http.Request, body []byte) *http.Response {
	resp := httpmock.NewBytesResponse(http.StatusOK, body)
	resp.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp.Request = req
	return resp
}

// matches reports whether a request went to an endpoint, whose {placeholders} take one path
// segment each and which may leave out the prefix.
func matches(endpoint string, req *http.Request, prefix string) bool {
	method, path, _ := strings.Cut(endpoint, " ")
	return method == req.Method &&
		(samePath(path, req.URL.EscapedPath()) || prefix != "" && samePath(prefix+path, req.URL.EscapedPath()))
}

func samePath(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && (!isPlaceholder(want[i]) || got[i] == "") {
			return false
		}
	}
	return true
}

func isPlaceholder(segment string) bool {
	return strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}")
}

func (c *config) file(name, suffix string) string {
	return filepath.Join(c.dir, "testdata", name+suffix)
}

// golden compares got with its file, or writes it there.
func (c *config) golden(found *problems, name, suffix string, got []byte) {
	file := c.file(name, suffix)
	want, err := os.ReadFile(file)
	if c.update {
		if err != nil || !bytes.Equal(got, want) {
			err = os.WriteFile(file, got, 0o644)
		}
		assert.NoError(found, err)
		return
	}
	if err != nil {
		found.Errorf("%v\nrun go test with -update, then read the file", err)
		return
	}
	if !bytes.Equal(got, want) { // assert makes the difference readable
		assert.Equal(found, string(want), string(got), "%s differs", file)
	}
}
