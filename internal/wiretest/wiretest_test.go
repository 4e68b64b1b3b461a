package wiretest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is a small vendor's client. It asks for a token first.
type client struct {
	http  *http.Client
	token string
}

func newClient(_ *testing.T, hc *http.Client) *client { return &client{http: hc} }

type reply[T any] struct {
	ErrNo   wire.Code `json:"ErrNo"`
	ErrMsg  string    `json:"ErrMsg"`
	Payload T         `json:",embed,inline"`
}

func do[T any](ctx context.Context, c *client, method, path, contentType, body string) (T, error) {
	var r reply[T]
	if c.token == "" && path != "/v1/token" {
		token, err := do[struct {
			Token string `json:"token"`
		}](ctx, c, "POST", "/v1/token", "", "")
		if err != nil {
			return r.Payload, err
		}
		c.token = token.Token
	}
	req, err := http.NewRequestWithContext(ctx, method, "https://vendor.example"+path, strings.NewReader(body))
	if err != nil {
		return r.Payload, err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Token", c.token)
	req.Header.Set("Nonce", time.Now().String())
	resp, err := c.http.Do(req)
	if err != nil {
		return r.Payload, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return r.Payload, err
	}
	if err := wire.Unmarshal(data, &r); err != nil {
		return r.Payload, err
	}
	if n, ok := r.ErrNo.Value(); !ok || n != 0 {
		return r.Payload, errors.New("vendor said no")
	}
	return r.Payload, nil
}

type room struct {
	ID      lock.RoomID `json:"room_id"`
	Created time.Time   `json:"created_at"`
	Code    lock.Secret `json:"code"`
}

func (c *client) addRoom(ctx context.Context, name string) (*room, error) {
	return do[*room](ctx, c, "POST", "/v1/add_room", "application/json", `{"room_name":"`+name+`","nonce":"`+time.Now().String()+`"}`)
}

type devices struct {
	Total   int               `json:"total"`
	Devices wire.List[device] `json:"devices"`
	States  map[string]state  `json:"states"`
}

type device struct {
	ID   lock.DeviceID `json:"id"`
	Kind string        `json:"kind"`
	Tags []string      `json:"tags"`
}

type state struct {
	On bool `json:"on"`
}

func (c *client) devices(ctx context.Context, home string) (devices, error) {
	q := url.Values{"name": {"前门", "a b"}, "count": {"20"}, "nonce": {time.Now().String()}, "note": {"two\nlines"}}
	return do[devices](ctx, c, "GET", "/v1/homes/"+url.PathEscape(home)+"/devices?"+q.Encode(), "", "")
}

func (c *client) login(ctx context.Context) error {
	form := url.Values{"user": {"李雷"}, "nonce": {time.Now().String()}, "admin": {"1"}}
	_, err := do[struct{}](ctx, c, "POST", "/v1/login", "application/x-www-form-urlencoded", form.Encode())
	return err
}

var rows = []Row[*client]{
	{"POST /add_room", "add_room", func(ctx context.Context, c *client) (any, error) {
		return c.addRoom(ctx, "<201>")
	}},
	{"GET /v1/homes/{home_id}/devices", "devices", func(ctx context.Context, c *client) (any, error) {
		return c.devices(ctx, "h/1")
	}},
	{"POST /login", "login", func(ctx context.Context, c *client) (any, error) {
		return nil, c.login(ctx)
	}},
}

func sampleOptions(more ...Option) []Option {
	return append([]Option{
		Prefix("/v1"), Headers("Token", "Nonce"), Mask("nonce", "Nonce"), Envelope("", "ErrNo", "ErrMsg", "ReqID"),
		Preload("POST /v1/token", `{"ErrNo":0,"token":"t1"}`), Ignore("devices", "firmware"),
	}, more...)
}

func TestSampleTable(t *testing.T) { Run(t, newClient, rows, sampleOptions()...) }

func TestGoldenFilesReadWell(t *testing.T) {
	for file, want := range map[string]string{
		"add_room.request.txt": "POST /v1/add_room\nContent-Type: application/json\nToken: t1\nNonce: *\n\n{\n  \"room_name\": \"<201>\",\n  \"nonce\": \"*\"\n}\n",
		"add_room.want.json":   "{\n  \"room_id\": \"r1\",\n  \"created_at\": \"2023-11-14T22:13:20Z\",\n  \"code\": \"123456\"\n}\n",
		"devices.request.txt":  "GET /v1/homes/h%2F1/devices\n?count=20\n?name=前门\n?name=a b\n?nonce=*\n?note=\"two\\nlines\"\nContent-Type: \nToken: t1\nNonce: *\n",
		"login.request.txt":    "POST /v1/login\nContent-Type: application/x-www-form-urlencoded\nToken: t1\nNonce: *\n\nadmin=1\nnonce=*\nuser=李雷\n",
		"login.want.json":      "null\n",
	} {
		got, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		assert.Equal(t, want, string(got), file)
	}
}

// bench is a table of one row in a directory of its own.
type bench struct {
	*config
	call func(context.Context, *client) (any, error)
}

func newBench(t *testing.T, reply string, opts ...Option) *bench {
	c := configure(sampleOptions(opts...))
	c.dir = t.TempDir()
	c.ignored["devices"] = nil // which is another table's
	require.NoError(t, os.Mkdir(filepath.Join(c.dir, "testdata"), 0o755))
	if reply != "" {
		require.NoError(t, os.WriteFile(c.file("row", ".reply.json"), []byte(reply), 0o644))
	}
	return &bench{c, func(ctx context.Context, c *client) (any, error) { return c.addRoom(ctx, "201") }}
}

func (b *bench) check(t *testing.T, endpoint string, update bool) problems {
	b.update = update
	return check(t, b.config, newClient, Row[*client]{endpoint, "row", b.call})
}

const addRoomReply = `{"ErrNo":0,"ErrMsg":"","ReqID":"r","room_id":"r1","created_at":1700000000,"code":"123456"}`

func TestUpdateWritesWhatIsThenExpected(t *testing.T) {
	b := newBench(t, addRoomReply)
	found := b.check(t, "POST /add_room", false)
	require.Len(t, found, 2)
	assert.Contains(t, found[0], "row.request.txt")
	assert.Contains(t, found[0], "-update")
	assert.Contains(t, found[1], "row.want.json")

	assert.Empty(t, b.check(t, "POST /add_room", true))
	assert.Empty(t, b.check(t, "POST /add_room", false))
	replyFile, err := os.ReadFile(b.file("row", ".reply.json"))
	require.NoError(t, err)
	assert.Equal(t, addRoomReply, string(replyFile), "a reply is never written")

	for _, suffix := range []string{".request.txt", ".want.json"} {
		file, err := os.ReadFile(b.file("row", suffix))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(b.file("row", suffix), bytes.Replace(file, []byte("r"), []byte("R"), 1), 0o644))
		found := b.check(t, "POST /add_room", false)
		require.Len(t, found, 1, suffix)
		assert.Contains(t, found[0], "row"+suffix+" differs")
		assert.Contains(t, found[0], "Diff:")
		assert.Empty(t, b.check(t, "POST /add_room", true))
	}
	require.NoError(t, os.RemoveAll(filepath.Join(b.dir, "testdata", "row.want.json")))
	require.NoError(t, os.Mkdir(b.file("row", ".want.json"), 0o755))
	assert.Len(t, b.check(t, "POST /add_room", true), 1, "a file that cannot be written")
}

func TestWhatIsWrongWithARow(t *testing.T) {
	type call = func(context.Context, *client) (any, error)
	send := func(ctx context.Context, c *client, body io.Reader) error {
		req, err := http.NewRequestWithContext(ctx, "POST", "https://vendor.example/v1/add_room", body)
		if err != nil {
			return err
		}
		resp, err := c.http.Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	cases := []struct {
		name, reply, endpoint string
		opts                  []Option
		call                  call
		want                  string
	}{
		{name: "no reply", want: "the vendor's answer is missing"},
		{name: "the vendor says no", reply: `{"ErrNo":7}`, want: "the call failed: vendor said no"},
		{name: "no request", reply: addRoomReply, call: func(context.Context, *client) (any, error) { return nil, nil }, want: "got 0 requests, want 1"},
		{name: "two requests", reply: addRoomReply, call: func(ctx context.Context, c *client) (any, error) {
			if _, err := c.addRoom(ctx, "201"); err != nil {
				return nil, err
			}
			return c.addRoom(ctx, "202")
		}, want: "got 2 requests, want 1"},
		{name: "another method", reply: addRoomReply, endpoint: "PUT /add_room", want: "got a request to POST /v1/add_room, want PUT /add_room"},
		{name: "another path", reply: addRoomReply, endpoint: "POST /add_rooms", want: "got a request to POST /v1/add_room, want POST /add_rooms"},
		{name: "a longer path", reply: addRoomReply, endpoint: "POST /{x}/add_room/{y}", want: "got a request to"},
		{name: "a misspelt tag", reply: strings.Replace(addRoomReply, "created_at", "create_at", 1), want: "the reply's create_at is not in the result"},
		{name: "an envelope member nobody named", reply: strings.Replace(addRoomReply, "ReqID", "TraceID", 1), want: "the reply's TraceID is not in the result"},
		{name: "an Ignore without need", reply: addRoomReply, opts: []Option{Ignore("row", "code")}, want: `Ignore("row", "code") is not needed`},
		{name: "a reply that is no JSON", reply: `<html>`, call: func(ctx context.Context, c *client) (any, error) { return nil, send(ctx, c, nil) }, want: "the vendor's answer is no JSON"},
		{name: "a body that cannot be read", reply: `{}`, call: func(ctx context.Context, c *client) (any, error) {
			return nil, send(ctx, c, failing{errors.New("pipe broken")})
		}, want: "the request cannot be read: pipe broken"},
		{name: "a query that cannot be read", reply: `{"ErrNo":0}`, call: func(ctx context.Context, c *client) (any, error) {
			return do[*room](ctx, c, "POST", "/v1/add_room?a=%zz", "", "")
		}, want: "the request cannot be read"},
		{name: "a form that cannot be read", reply: `{"ErrNo":0}`, call: func(ctx context.Context, c *client) (any, error) {
			return do[*room](ctx, c, "POST", "/v1/add_room", "application/x-www-form-urlencoded", "a=%zz")
		}, want: "the request cannot be read"},
		{name: "a body with a name twice", reply: `{"ErrNo":0}`, call: func(ctx context.Context, c *client) (any, error) {
			return do[*room](ctx, c, "POST", "/v1/add_room", "application/json", `{"a":1,"a":2}`)
		}, want: "the request cannot be read"},
		{name: "a result that is no JSON", reply: addRoomReply, call: func(ctx context.Context, c *client) (any, error) {
			return func() {}, send(ctx, c, nil)
		}, want: "the result cannot be written"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, tc.reply, tc.opts...)
			if tc.call != nil {
				b.call = tc.call
			}
			if tc.endpoint == "" {
				tc.endpoint = "POST /add_room"
			}
			found := b.check(t, tc.endpoint, true)
			require.NotEmpty(t, found)
			assert.Contains(t, strings.Join(found, "\n"), tc.want)
		})
	}
}

func TestBodiesThatAreNoJSONAreShownAsTheyAre(t *testing.T) {
	b := newBench(t, `{"ErrNo":0}`)
	b.call = func(ctx context.Context, c *client) (any, error) {
		return do[struct{}](ctx, c, "POST", "/v1/add_room", "text/plain", "plain text")
	}
	require.Empty(t, b.check(t, "POST /add_room", true))
	text, err := os.ReadFile(b.file("row", ".request.txt"))
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(string(text), "\n\nplain text\n"), "got %q", text)
}

func TestAPreloadedEndpointCanHaveARow(t *testing.T) {
	b := newBench(t, `{"ErrNo":0,"token":"t2"}`)
	b.call = func(ctx context.Context, c *client) (any, error) {
		return do[struct {
			Token string `json:"token"`
		}](ctx, c, "POST", "/v1/token", "application/json", `{}`)
	}
	require.Empty(t, b.check(t, "POST /token", true))
	text, err := os.ReadFile(b.file("row", ".want.json"))
	require.NoError(t, err)
	assert.Contains(t, string(text), `"t2"`)
}

func TestNamesOfTheReplyAreInTheResult(t *testing.T) {
	cases := []struct {
		name, reply, dump string
		opts              []Option
		want              []string // paths that are missing
	}{
		{name: "all there", reply: `{"a":1,"b":[{"c":1}]}`, dump: `{"a":"1","b":[{"c":1,"d":0}]}`},
		{name: "null is there", reply: `{"a":null}`, dump: `{"a":null}`},
		{name: "nested", reply: `{"a":{"b":{"c":1}}}`, dump: `{"a":{"b":{"d":1}}}`, want: []string{"a.b.c"}},
		{name: "in an item", reply: `{"a":[{"b":1},{"c":1},{"c":2}]}`, dump: `{"a":[{"b":1},{"b":0},{"b":0}]}`, want: []string{"a[].c"}},
		{name: "in one item only, as a pointer", reply: `{"a":[{"b":{"c":1}},{"d":1}]}`, dump: `{"a":[{"b":{"c":1},"d":0},{"b":null,"d":1}]}`},
		{name: "in an item of an item", reply: `[[{"b":1}]]`, dump: `[[{"c":1}]]`, want: []string{"[][].b"}},
		{name: "a list that was not read", reply: `{"a":[{"b":1}]}`, dump: `{"a":[]}`, want: []string{"a[].b"}},
		{name: "an object that was not read", reply: `{"a":{"b":1}}`, dump: `{"a":null}`, want: []string{"a.b"}},
		{name: "keys of a map", reply: `{"a":{"x":{"b":1},"y":{"c":1}}}`, dump: `{"a":{"x":{"b":1},"y":{"b":0}}}`, want: []string{"a.y.c"}},
		{name: "keys of a list by id", reply: `{"a":{"x":{"b":1},"y":{"c":1}}}`, dump: `{"a":[{"b":1},{"b":0}]}`, want: []string{"a[].c"}},
		{name: "names differ in case", reply: `{"userId":1}`, dump: `{"userid":1}`, want: []string{"userId"}},
		{name: "all below a missing one is one", reply: `{"a":{"b":1,"c":2}}`, dump: `{}`, want: []string{"a"}},
		{name: "ignored", reply: `{"a":[{"b":{"c":1},"d":1}]}`, dump: `{"a":[{}]}`, opts: []Option{Ignore("row", "a[].b"), Ignore("", "a[].d")}},
		{name: "ignored elsewhere", reply: `{"a":1}`, dump: `{}`, opts: []Option{Ignore("other", "a")}, want: []string{"a"}},
		{name: "ignored everywhere without need", reply: `{}`, dump: `{}`, opts: []Option{Ignore("", "a")}},
		{name: "envelope beside the payload", reply: `{"ErrNo":0,"a":1,"b":1}`, dump: `{"a":1}`, opts: []Option{Envelope("", "ErrNo")}, want: []string{"b"}},
		{name: "payload in the envelope", reply: `{"code":0,"result":{"a":1,"code":2}}`, dump: `{"a":1}`, opts: []Option{Envelope("result", "code")}, want: []string{"result.code"}},
		{name: "list in the envelope", reply: `{"code":0,"result":[{"a":1}]}`, dump: `[{"b":1}]`, opts: []Option{Envelope("result", "code")}, want: []string{"result[].a"}},
		{name: "scalar in the envelope", reply: `{"code":0,"result":true}`, dump: `true`, opts: []Option{Envelope("result", "code")}},
		{name: "no payload in the envelope", reply: `{"code":0}`, dump: `null`, opts: []Option{Envelope("result", "code")}},
		{name: "beside a payload", reply: `{"code":0,"extra":1,"result":{"extra":2}}`, dump: `{"extra":2}`, opts: []Option{Envelope("result", "code")}, want: []string{"extra"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var found, want problems
			configure(tc.opts).complete(&found, "row", []byte(tc.reply), []byte(tc.dump))
			for _, path := range tc.want {
				want.Errorf("the reply's %s is not in the result: is its tag misspelt?", path)
			}
			assert.Equal(t, want, found)
		})
	}
	var found problems
	configure(nil).complete(&found, "row", []byte(`{}`), []byte(`x`))
	assert.Len(t, found, 1)
}

func TestTheTableItself(t *testing.T) {
	c := configure([]Option{Ignore("gone", "a"), Ignore("", "b")})
	assert.Equal(t, problems{
		`the row name "a" is empty or used twice`, `the row name "" is empty or used twice`, `Ignore names the row "gone", which does not exist`,
	}, c.mistakes([]string{"a", "b", "a", ""}))
	assert.Empty(t, c.mistakes([]string{"a", "gone"}))
}

func TestTableAgainstThePackage(t *testing.T) {
	all := []string{"POST /add_room", "GET /v1/homes/{h}/devices/{d}"}
	cases := []struct {
		name      string
		endpoints []string
		without   []string
		rows      []string
		want      problems
	}{
		{"complete", all, []string{"POST /v1/token"}, []string{"add_room", "device"}, nil},
		{"two rows of one endpoint", append([]string{"POST /v1/add_room"}, all...), []string{"POST /token"}, []string{"add_room", "device"}, nil},
		{"an endpoint without a row", all[:1], []string{"POST /v1/token"}, []string{"add_room", "device"}, problems{
			"testdata/sample/client.go:21:1: GET /v1/homes/{home_id}/devices/{device_id} has no row",
		}},
		{"a row without a line", append([]string{"GET /v1/in_a_test", "GET /in_the_package_comment", "POST /v1/not_this", "GET /v1/variable"}, all...), []string{"POST /v1/token"}, []string{"add_room", "device"}, problems{
			"the row of GET /v1/in_a_test has no method with this line in its comment",
			"the row of GET /in_the_package_comment has no method with this line in its comment",
			"the row of POST /v1/not_this has no method with this line in its comment",
			"the row of GET /v1/variable has no method with this line in its comment",
		}},
		{"a Without without need", append([]string{"POST /v1/token"}, all...), []string{"POST /v1/token", "POST /v1/unknown"}, []string{"add_room", "device"}, problems{
			`Without("POST /v1/token") is not needed`, `Without("POST /v1/unknown") is not needed`,
		}},
		{"files of rows that are gone", all, []string{"POST /v1/token"}, []string{"device"}, problems{
			"testdata/add_room.reply.json belongs to no row", "testdata/add_room.request.txt belongs to no row",
		}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := configure([]Option{Prefix("/v1"), Without(tc.without...)})
			c.dir = filepath.Join("testdata", "sample")
			assert.Equal(t, tc.want, c.compare(tc.endpoints, tc.rows))
		})
	}
	t.Run("as vendors call it", func(t *testing.T) {
		Complete(t, filepath.Join("testdata", "sample"), []Row[int]{
			{"POST /v1/add_room", "add_room", nil}, {"GET /v1/homes/{a}/devices/{b}", "device", nil},
		}, Without("POST /v1/token"))
	})
	t.Run("an endpoint in two comments", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "testdata"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package a\n\n// A does.\n//\n// GET /x/{a}, §1.\nfunc A() {}\n\n// B does.\n//\n// GET /x/{b}, §2.\nfunc B() {}\n"), 0o644))
		c := configure(nil)
		c.dir = dir
		assert.Equal(t, problems{filepath.Join(dir, "a.go") + ":11:1: GET /x/{b} stands in two comments"}, c.compare([]string{"GET /x/{c}"}, []string{"x"}))
	})
	t.Run("a package that cannot be read", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package"), 0o644))
		for _, dir := range []string{dir, "[", filepath.Join(dir, "none")} {
			c := configure(nil)
			c.dir = dir
			assert.Len(t, c.compare(nil, nil), 1, dir)
		}
	})
}

func TestEndpointsMatchByPath(t *testing.T) {
	cases := []struct {
		endpoint, method, url, prefix string
		want                          bool
	}{
		{"GET /a/b", "GET", "https://h/a/b?c=d", "", true},
		{"GET /a/b", "POST", "https://h/a/b", "", false},
		{"GET /a/{b}", "GET", "https://h/a/b", "", true},
		{"GET /a/{b}", "GET", "https://h/a/b%2Fc", "", true},
		{"GET /a/{b}", "GET", "https://h/a/b/c", "", false},
		{"GET /a/{b}", "GET", "https://h/a/", "", false},
		{"GET /a/{b}/c", "GET", "https://h/a/b/d", "", false},
		{"GET /b", "GET", "https://h/a/b", "/a", true},
		{"GET /a/b", "GET", "https://h/a/b", "/a", true},
		{"GET /b", "GET", "https://h/c/b", "/a", false},
	}
	for _, tc := range cases {
		req, err := http.NewRequest(tc.method, tc.url, nil)
		require.NoError(t, err)
		assert.Equal(t, tc.want, matches(tc.endpoint, req, tc.prefix), "%s on %s %s", tc.endpoint, tc.method, tc.url)
	}
}
