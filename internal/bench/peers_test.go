package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/google/go-github/v88/github"
	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/webhook"

	"github.com/smartlock-sdk/smartlock/internal/benchtest"
)

const perPage = 50

// The replies of the peers' vendors, as large as ours: 300 bytes, and fifty of them.

func label(n int) string {
	return fmt.Sprintf(`{"id":%d,"node_id":"MDU6TGFiZWwyMDgwNDU5NDY%d","url":"https://api.github.com/repos/octocat/Hello-World/labels/bug-number-%d-of-the-whole-repository","name":"bug number %d","description":"Something isn't working in the way that somebody thought it would","color":"f29513","default":true}`, 208045946+n, n, n, n)
}

func coupon(n int) string {
	return fmt.Sprintf(`{"id":"coupon-%06d","object":"coupon","amount_off":null,"created":%d,"currency":null,"duration":"repeating","duration_in_months":3,"livemode":false,"max_redemptions":null,"metadata":{},"name":"Coupon %d","percent_off":25.5,"redeem_by":null,"times_redeemed":0,"valid":true}`, n, 1700000000+n, n)
}

const device = `{"Code":200,"RequestId":"C8A9F1A2-0000-4000-8000-000000000001","Success":true,"Data":{"IotId":"Q7uOhVRdZRRlDnTLv0000100","DeviceName":"front door 1","ProductKey":"a1BwAGxxxx","Status":"ONLINE","Nickname":"front door","GmtCreate":"2026-11-22T08:00:00.000Z","FirmwareVersion":"1.4.2"}}`

func fifty(one func(int) string) string {
	var all []string
	for n := range perPage {
		all = append(all, one(n))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// vendors answers as the peers' vendors do.
func vendors() http.Handler {
	couponPage := `{"object":"list","url":"/v1/coupons","has_more":false,"data":` + fifty(coupon) + `}`
	answers := map[string][]byte{
		"/api/v3/repos/o/r/labels/bug": []byte(label(1)), "/api/v3/repos/o/r/labels": []byte(fifty(label)),
		"/v1/coupons/c1": []byte(coupon(1)), "/v1/coupons": []byte(couponPage), "/": []byte(device),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answers[r.URL.Path]) // who asks sees that it is cut short
	})
}

func TestVendorProcess(t *testing.T) { benchtest.VendorProcess(t, vendors()) }

// inMemory answers with a handler, without a network; each reply is made once.
type inMemory map[string]benchtest.Memory

func newInMemory(h http.Handler) inMemory {
	m := inMemory{}
	for _, path := range []string{"/api/v3/repos/o/r/labels/bug", "/api/v3/repos/o/r/labels", "/v1/coupons/c1", "/v1/coupons", "/"} {
		var w written
		h.ServeHTTP(&w, &http.Request{URL: &url.URL{Path: path}})
		m[path] = benchtest.Memory{Reply: w.Bytes()}
	}
	return m
}

func (m inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	return m[req.URL.Path].RoundTrip(req)
}

type written struct{ bytes.Buffer }

func (*written) Header() http.Header { return http.Header{} }
func (*written) WriteHeader(int)     {}

// byHand makes a call as somebody does by hand, into the peer's own types.
func byHand[T any](hc *http.Client, method, address string, authorization ...string) func() error {
	return func() error {
		req, err := http.NewRequestWithContext(context.Background(), method, address, nil)
		if err != nil {
			return err
		}
		req.Header["Authorization"] = authorization
		resp, err := hc.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		buf := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(buf)
		buf.Reset()
		if _, err := buf.ReadFrom(resp.Body); err != nil {
			return err
		}
		var out T
		return json.Unmarshal(buf.Bytes(), &out)
	}
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// peer is a call by hand and by a peer.
type peer struct {
	name        string
	floor, ours func() error
}

func peers(b *testing.B, base string, hc *http.Client, ali dara.HttpClient) []peer {
	ctx := context.Background()
	gh, err := github.NewClient(github.WithHTTPClient(hc), github.WithAuthToken("token"), github.WithEnterpriseURLs(base, base))
	if err != nil {
		b.Fatal(err)
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		HTTPClient: hc, URL: stripe.String(base), EnableTelemetry: stripe.Bool(false),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelError},
	})
	sc := stripe.NewClient("sk_test_1", stripe.WithBackends(&stripe.Backends{API: backend, Connect: backend, Uploads: backend, MeterEvents: backend}))
	plain, err := url.Parse(base)
	if err != nil {
		b.Fatal(err)
	}
	oc, err := openapi.NewClient(&openapiutil.Config{
		AccessKeyId: dara.String("id"), AccessKeySecret: dara.String("secret"), Endpoint: dara.String(plain.Host),
		Protocol: dara.String(plain.Scheme), HttpClient: ali,
	})
	if err != nil {
		b.Fatal(err)
	}
	signer := benchtest.NewSigner("secret")
	type couponList struct {
		Data []*stripe.Coupon `json:"data"`
	}
	return []peer{
		{"peer=github/call=small", byHand[github.Label](hc, "GET", base+"/api/v3/repos/o/r/labels/bug", "Bearer token"), func() error {
			l, _, err := gh.Issues.GetLabel(ctx, "o", "r", "bug")
			return right(err, l.GetColor() == "f29513")
		}},
		{"peer=github/call=page", byHand[[]*github.Label](hc, "GET", base+"/api/v3/repos/o/r/labels", "Bearer token"), func() error {
			l, _, err := gh.Issues.ListLabels(ctx, "o", "r", nil)
			return right(err, len(l) == perPage)
		}},
		{"peer=stripe/call=small", byHand[stripe.Coupon](hc, "GET", base+"/v1/coupons/c1", "Bearer sk_test_1"), func() error {
			c, err := sc.V1Coupons.Retrieve(ctx, "c1", nil)
			return right(err, err == nil && c.Valid)
		}},
		{"peer=stripe/call=page", byHand[couponList](hc, "GET", base+"/v1/coupons?limit=50", "Bearer sk_test_1"), func() error {
			n := 0
			p := &stripe.CouponListParams{}
			p.Limit = stripe.Int64(perPage)
			for _, err := range sc.V1Coupons.List(ctx, p) {
				if err != nil {
					return err
				}
				n++
			}
			return right(nil, n == perPage)
		}},
		{"peer=alibaba/call=small", func() error {
			at := time.Now().UTC().Format(time.RFC3339)
			return byHand[map[string]any](hc, "POST", base+"/?Action=QueryDevice&IotId=Q7uOhVRdZRRlDnTLv0000100", "ACS3-HMAC-SHA256 "+signer.Sign("/", at, "n", nil))()
		}, func() error {
			out, err := oc.CallApi(&openapiutil.Params{
				Action: dara.String("QueryDevice"), Version: dara.String("2018-01-20"), Protocol: dara.String(plain.Scheme), Pathname: dara.String("/"),
				Method: dara.String("POST"), AuthType: dara.String("AK"), Style: dara.String("RPC"), ReqBodyType: dara.String("formData"), BodyType: dara.String("json"),
			}, &openapiutil.OpenApiRequest{Query: map[string]*string{"IotId": dara.String("Q7uOhVRdZRRlDnTLv0000100")}}, &dara.RuntimeOptions{})
			return right(err, out["body"] != nil)
		}},
	}
}

var errWrong = errors.New("the reply was not read as it stands")

func right(err error, read bool) error {
	if err == nil && !read {
		err = errWrong
	}
	return err
}

// through is how Alibaba's SDK is given a transport.
type through struct{ http.RoundTripper }

func (t through) Call(req *http.Request, _ *http.Transport) (*http.Response, error) {
	return t.RoundTrip(req)
}

// BenchmarkPeersMemory is a call of each peer without a network, over its own floor (P3).
func BenchmarkPeersMemory(b *testing.B) {
	m := newInMemory(vendors())
	for _, p := range peers(b, "https://vendor.test", &http.Client{Transport: m}, through{m}) {
		b.Run(p.name, func(b *testing.B) {
			benchtest.Compare(b, benchtest.Floor(benchtest.Times(p.floor)), benchtest.Impl{Name: "peer", Do: benchtest.Times(p.ours)})
		})
	}
}

// BenchmarkPeersLoopback is the same to another process, by 16 goroutines (P3).
func BenchmarkPeersLoopback(b *testing.B) {
	base := benchtest.StartVendor(b, "TestVendorProcess")
	transport := benchtest.Tuned()
	defer transport.CloseIdleConnections()
	for _, p := range peers(b, base, &http.Client{Transport: transport}, through{transport}) {
		b.Run(p.name, func(b *testing.B) {
			benchtest.Compare(b, benchtest.Floor(benchtest.Workers(16, p.floor)), benchtest.Impl{Name: "peer", Do: benchtest.Workers(16, p.ours)})
		})
	}
}

// BenchmarkPeersWebhook checks and decodes a webhook as the peers do (P5).
func BenchmarkPeersWebhook(b *testing.B) {
	secret := []byte("whsec_0123456789abcdef")
	b.Run("peer=github/call=decode", func(b *testing.B) {
		body := []byte(`{"action":"started","sender":{"login":"octocat","id":1},"repository":{"id":1296269,"name":"Hello-World","full_name":"octocat/Hello-World"}}`)
		signature := "sha256=" + mac(secret, body)
		benchtest.Measure(b, benchtest.Times(func() error {
			if err := github.ValidateSignature(signature, body, secret); err != nil {
				return err
			}
			_, err := github.ParseWebHook("watch", body)
			return err
		}))
	})
	b.Run("peer=stripe/call=decode", func(b *testing.B) {
		signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{
			Secret: string(secret), Timestamp: time.Now(),
			Payload: []byte(`{"id":"evt_1","object":"event","api_version":"` + stripe.APIVersion + `","created":1700000000,"type":"coupon.created","data":{"object":` + coupon(1) + `}}`),
		})
		benchtest.Measure(b, benchtest.Times(func() error {
			e, err := webhook.ConstructEventIgnoringTolerance(signed.Payload, signed.Header, string(secret))
			if err != nil {
				return err
			}
			var c stripe.Coupon
			return right(json.Unmarshal(e.Data.Raw, &c), c.Valid)
		}))
	})
}
