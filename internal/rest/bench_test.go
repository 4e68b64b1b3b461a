package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// memory is a vendor without a network.
type memory struct {
	reply  []byte
	header http.Header
}

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
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
		Header: m.header, ContentLength: int64(len(m.reply)),
		Body: io.NopCloser(bytes.NewReader(m.reply)), Request: req,
	}, nil
}

type benchLock struct {
	ID       string     `json:"uuid"`
	Home     string     `json:"home_id"`
	Room     string     `json:"room_id"`
	Name     string     `json:"description"`
	Model    string     `json:"model"`
	MAC      string     `json:"mac"`
	Version  string     `json:"hardware_version"`
	Power    int        `json:"power"`
	Online   bool       `json:"onoff"`
	Refresh  wire.Milli `json:"refresh_time"`
	SignalDB int        `json:"signal"`
}

type floorLock struct {
	ID       string `json:"uuid"`
	Home     string `json:"home_id"`
	Room     string `json:"room_id"`
	Name     string `json:"description"`
	Model    string `json:"model"`
	MAC      string `json:"mac"`
	Version  string `json:"hardware_version"`
	Power    int    `json:"power"`
	Online   bool   `json:"onoff"`
	Refresh  int64  `json:"refresh_time"`
	SignalDB int    `json:"signal"`
}

type floorReply[T any] struct {
	ErrNo  *int   `json:"ErrNo"`
	ErrMsg string `json:"ErrMsg"`
	ReqID  string `json:"ReqID"`
	Locks  []T    `json:"locks"`
	ID     int64  `json:"password_id"`
}

type locksReply[T any] struct {
	Locks []T   `json:"locks"`
	ID    int64 `json:"password_id"`
}

type benchQuery struct {
	Home  string `url:"home_id"`
	Count int    `url:"count"`
}

type benchBody struct {
	Home  string      `json:"home_id"`
	Door  string      `json:"uuid"`
	Code  lock.Secret `json:"password"`
	Begin wire.Sec    `json:"permission_begin,omitzero"`
	End   wire.Sec    `json:"permission_end,omitzero"`
}

type floorBody struct {
	Home  string `json:"home_id"`
	Door  string `json:"uuid"`
	Code  string `json:"password"`
	Begin int64  `json:"permission_begin,omitempty"`
	End   int64  `json:"permission_end,omitempty"`
}

func locksJSON(n int) []byte {
	records := make([]string, n)
	for i := range records {
		records[i] = fmt.Sprintf(`{"uuid":"%032x","home_id":"home-%d","room_id":"room-%d","description":"front door %d","model":"D2","mac":"58:a8:39:00:00:%02x","hardware_version":"1.4.2","power":%d,"onoff":true,"refresh_time":%d,"signal":-%d}`,
			i*7919, i/4, i, i, i, 100-i%100, 1700000000000+i, 40+i%50)
	}
	return []byte(`{"ErrNo":0,"ErrMsg":"","ReqID":"f6a1c2d3e4b5","locks":[` + strings.Join(records, ",") + `]}`)
}

// floor is what somebody writes by hand for one vendor and trusts.
type floor struct {
	hc     *http.Client
	base   string
	secret string
	token  string
	nonce  atomic.Int64
}

func (f *floor) do(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	query.Set("access_token", f.token)
	req, err := http.NewRequestWithContext(ctx, method, f.base+path+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	nonce := strconv.FormatInt(f.nonce.Add(1), 10)
	at := strconv.FormatInt(time.Now().UnixMilli(), 10)
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("X-Nonce", nonce)
	req.Header.Set("X-Time", at)
	req.Header.Set("X-Sign", signature(f.secret, path, at, nonce, body))
	resp, err := f.hc.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, out)
}

// BenchmarkCall compares a signed call with one written by hand over net/http and encoding/json.
func BenchmarkCall(b *testing.B) {
	ctx := context.Background()
	header := http.Header{"Content-Type": {"application/json"}, "Date": {"Tue, 22 Nov 2026 08:00:00 GMT"}}
	begin := time.Unix(1700000000, 0)
	get := func(b *testing.B, records int) {
		rt := memory{locksJSON(records), header}
		b.Run("impl=floor", func(b *testing.B) {
			f := &floor{hc: &http.Client{Transport: rt}, base: "https://vendor.test/openapi/v1", secret: "secret", token: "0123456789abcdef"}
			b.ReportAllocs()
			for b.Loop() {
				var out floorReply[floorLock]
				query := url.Values{"home_id": {"home-1"}, "count": {strconv.Itoa(records)}}
				if err := f.do(ctx, http.MethodGet, "/find_home_device", query, nil, &out); err != nil || len(out.Locks) != records || out.ErrNo == nil {
					b.Fatal(err, out)
				}
			}
		})
		b.Run("impl=ours", func(b *testing.B) {
			c := benchClient(rt)
			b.ReportAllocs()
			for b.Loop() {
				out, err := Do[reply[*locksReply[benchLock]]](ctx, c, &Request{
					Method: http.MethodGet, Path: "/find_home_device", Query: benchQuery{"home-1", records},
				})
				if err != nil || len(out.Payload.Locks) != records {
					b.Fatal(err, out)
				}
			}
		})
	}
	b.Run("call=small", func(b *testing.B) { get(b, 1) })
	b.Run("call=page", func(b *testing.B) { get(b, 50) })
	b.Run("call=add", func(b *testing.B) {
		rt := memory{[]byte(`{"ErrNo":0,"ErrMsg":"","ReqID":"f6a1c2d3e4b5","password_id":991}`), header}
		b.Run("impl=floor", func(b *testing.B) {
			f := &floor{hc: &http.Client{Transport: rt}, base: "https://vendor.test/openapi/v1", secret: "secret", token: "0123456789abcdef"}
			b.ReportAllocs()
			for b.Loop() {
				var out floorReply[struct{}]
				in := floorBody{"home-1", "door-1", "471108", begin.Unix(), begin.Unix() + 3600}
				if err := f.do(ctx, http.MethodPost, "/add_password", url.Values{}, in, &out); err != nil || out.ID != 991 || out.ErrNo == nil {
					b.Fatal(err, out)
				}
			}
		})
		b.Run("impl=ours", func(b *testing.B) {
			c := benchClient(rt)
			b.ReportAllocs()
			for b.Loop() {
				out, err := Do[reply[*locksReply[struct{}]]](ctx, c, &Request{
					Method: http.MethodPost, Path: "/add_password", Mutates: true,
					Body: benchBody{"home-1", "door-1", lock.NewSecret("471108"), wire.Sec{Time: begin}, wire.Sec{Time: begin.Add(time.Hour)}},
				})
				if err != nil || out.Payload.ID != 991 {
					b.Fatal(err, out)
				}
			}
		})
	})
}

func benchClient(rt http.RoundTripper) *Client {
	cfg := lock.NewConfig(lock.WithHTTPClient(&http.Client{Transport: rt}))
	return New(cfg, testVendor, "https://vendor.test/openapi/v1", &dialect{secret: lock.NewSecret("secret")}, fixedToken("0123456789abcdef"))
}
