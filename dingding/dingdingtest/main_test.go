package dingdingtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// epoch is 23:28 in Beijing; the hour after next begins at 01:00.
var epoch = time.Date(2026, 3, 14, 15, 28, 0, 0, time.UTC)

// foreigner is a client that was written by hand from the document: paths, forms and names are
// its own.
type foreigner struct {
	t     *testing.T
	s     *Server
	http  *http.Client
	token string
}

// world starts a simulator on a frozen clock, with a client that is logged in.
func world(t *testing.T, opts ...Option) (*Server, *foreigner) {
	t.Helper()
	s := NewServer(append([]Option{WithFrozenClock(epoch), WithSeed(1)}, opts...)...)
	t.Cleanup(s.Close)
	f := &foreigner{t: t, s: s, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	f.token = f.login().str("access_token")
	return s, f
}

// params are the parameters of a request.
type params map[string]any

// plus returns p with more parameters; nil takes one away.
func (p params) plus(more params) params {
	sum := params{}
	for k, v := range p {
		sum[k] = v
	}
	for k, v := range more {
		if v == nil {
			delete(sum, k)
		} else {
			sum[k] = v
		}
	}
	return sum
}

// reply is a JSON object that came back.
type reply map[string]any

func (r reply) errNo() int {
	n, ok := r["ErrNo"].(json.Number)
	if !ok {
		return -1
	}
	i, _ := n.Int64()
	return int(i)
}

func (r reply) str(name string) string { s, _ := r[name].(string); return s }

func (r reply) num(name string) string { return fmt.Sprint(r[name]) }

func (r reply) obj(name string) reply { o, _ := r[name].(map[string]any); return o }

func (r reply) list(name string) []reply {
	var list []reply
	items, _ := r[name].([]any)
	for _, item := range items {
		o, _ := item.(map[string]any)
		list = append(list, o)
	}
	return list
}

func (f *foreigner) login() reply {
	return f.send("POST", "/openapi/v1/access_token", "", params{"client_id": f.s.ClientID, "client_secret": f.s.ClientSecret})
}

// get and post call the document's endpoints with the token where the document wants it.
func (f *foreigner) get(call string, p params) reply { return f.send("GET", f.path(call), f.token, p) }
func (f *foreigner) post(call string, p params) reply {
	return f.send("POST", f.path(call), f.token, p)
}

// path is the document's: only the calls of §14 have version 2.
func (f *foreigner) path(call string) string {
	switch call {
	case "auth_room", "unauth_room", "app_token":
		return "/openapi/v2/" + call
	}
	return "/openapi/v1/" + call
}

// ok wants a call to succeed.
func (f *foreigner) ok(r reply) reply {
	f.t.Helper()
	require.Equal(f.t, 0, r.errNo(), "ErrNo, ErrMsg %q", r.str("ErrMsg"))
	return r
}

func (f *foreigner) send(method, path, token string, p params) reply {
	f.t.Helper()
	if token != "" {
		p = p.plus(params{"access_token": token})
	}
	if method == "GET" {
		q := url.Values{}
		for k, v := range p {
			q.Set(k, fmt.Sprint(v))
		}
		return f.raw(method, path+"?"+q.Encode(), "", "")
	}
	body, err := json.Marshal(p)
	require.NoError(f.t, err)
	return f.raw(method, path, "application/json", string(body))
}

func (f *foreigner) raw(method, path, contentType, body string) reply {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.s.URL+path, strings.NewReader(body))
	require.NoError(f.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := f.http.Do(req)
	require.NoError(f.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(f.t, err)
	require.Equal(f.t, "application/json", resp.Header.Get("Content-Type"))
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var r reply
	require.NoError(f.t, d.Decode(&r), "no JSON")
	require.NotEmpty(f.t, r.str("ReqID"))
	require.Contains(f.t, r, "ErrMsg")
	return r
}

// encrypt is §18.2, by the client.
func encrypt(token, code string) string {
	pad := aes.BlockSize - len(code)%aes.BlockSize
	data := append([]byte(code), bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher([]byte(token[:16]))
	if err != nil {
		panic(err)
	}
	cipher.NewCBCEncrypter(block, []byte("0123456789ABCDEF")).CryptBlocks(data, data)
	return base64.StdEncoding.EncodeToString(data)
}

// at is the locator of a device by uuid.
func at(id lock.DeviceID) params {
	uuid, _, _ := strings.Cut(string(id), "@")
	return params{"uuid": uuid}
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// n is a number as it comes in a reply.
func n(i int) json.Number { return json.Number(strconv.Itoa(i)) }
