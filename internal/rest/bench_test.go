package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/benchtest"
	"github.com/smartlock-sdk/smartlock/internal/token"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// The same calls as our types describe them; benchtest has those of the floor.

type benchLock struct {
	ID       lock.DeviceID `json:"uuid"`
	Home     lock.HomeID   `json:"home_id"`
	Room     lock.RoomID   `json:"room_id"`
	Name     string        `json:"description"`
	Model    string        `json:"model"`
	MAC      string        `json:"mac"`
	Version  string        `json:"hardware_version"`
	Power    int           `json:"power"`
	Online   bool          `json:"onoff"`
	Refresh  time.Time     `json:"refresh_time"`
	SignalDB int           `json:"signal"`
}

type benchLocks struct {
	Locks []benchLock `json:"locks"`
}

type benchAdded struct {
	ID int64 `json:"password_id"`
}

type benchQuery struct {
	Home  string `url:"home_id"`
	Count int    `url:"count"`
}

type benchAdd struct {
	Home  string      `json:"home_id"`
	Door  string      `json:"uuid"`
	Code  lock.Secret `json:"password"`
	Begin wire.Sec    `json:"permission_begin,omitzero"`
	End   wire.Sec    `json:"permission_end,omitzero"`
}

// benchReply is an envelope without a time of the vendor's, as most are.
type benchReply[T any] struct {
	ErrNo   wire.Code `json:"ErrNo"`
	ErrMsg  string    `json:"ErrMsg"`
	ReqID   string    `json:"ReqID"`
	Payload T         `json:",embed,inline"`
}

func (r *benchReply[T]) Outcome() Outcome {
	n, ok := r.ErrNo.Value()
	return Outcome{Known: ok, OK: n == 0, Code: r.ErrNo.String(), Message: r.ErrMsg, RequestID: r.ReqID}
}

// benchDialect signs as the floor does, with the floor's own signer.
type benchDialect struct {
	signer *benchtest.Signer
	nonce  atomic.Int64
}

func (d *benchDialect) Sign(_ context.Context, a *Attempt) error {
	if a.Request.Body != nil {
		body, err := wire.Marshal(a.Request.Body)
		if err != nil {
			return err
		}
		a.Body = body
	}
	a.Query.Set("access_token", a.Token)
	nonce := strconv.FormatInt(d.nonce.Add(1), 10)
	at := strconv.FormatInt(a.Now.UnixMilli(), 10)
	a.Header["X-Nonce"] = []string{nonce}
	a.Header["X-Time"] = []string{at}
	a.Header["X-Sign"] = []string{d.signer.Sign(a.Path, at, nonce, a.Body)}
	return nil
}

func (*benchDialect) Judge(Outcome) Verdict { return Verdict{} }

const (
	benchToken  = "0123456789abcdef"
	benchSecret = "secret"
)

func benchClient(base string, tokens TokenSource, opts ...lock.Option) *Client {
	return New(lock.NewConfig(opts...), testVendor, base, &benchDialect{signer: benchtest.NewSigner(benchSecret)}, tokens)
}

// pair is one call, made by hand and by us.
type pair struct {
	name        string
	floor, ours func() error
}

// pairs are the three calls everything is measured with: a small reply, a page of fifty records, and
// a POST that changes something.
func pairs(by *benchtest.Caller, c *Client) []pair {
	ctx := context.Background()
	begin := time.Unix(1700000000, 0)
	list := func(name string, records int) pair {
		path := "/" + name
		return pair{name: name,
			floor: func() error {
				var out benchtest.Reply
				err := by.Call(ctx, http.MethodGet, path, "count="+strconv.Itoa(records)+"&home_id=home-1", nil, &out)
				return checked(err, out.ErrNo != nil && *out.ErrNo == 0 && len(out.Locks) == records)
			},
			ours: func() error {
				out, err := Do[benchReply[benchLocks]](ctx, c, &Request{Method: http.MethodGet, Path: path, Query: benchQuery{"home-1", records}})
				return checked(err, err == nil && len(out.Payload.Locks) == records)
			},
		}
	}
	add := pair{name: "add",
		floor: func() error {
			var out benchtest.Reply
			in := benchtest.Add{Home: "home-1", Door: "door-1", Code: "471108", Begin: begin.Unix(), End: begin.Unix() + 3600}
			err := by.Call(ctx, http.MethodPost, "/add", "", &in, &out)
			return checked(err, out.ErrNo != nil && *out.ErrNo == 0 && out.ID == 991)
		},
		ours: func() error {
			out, err := Do[benchReply[benchAdded]](ctx, c, &Request{
				Method: http.MethodPost, Path: "/add", Mutates: true,
				Body: benchAdd{"home-1", "door-1", lock.NewSecret("471108"), wire.Sec{Time: begin}, wire.Sec{Time: begin.Add(time.Hour)}},
			})
			return checked(err, err == nil && out.Payload.ID == 991)
		},
	}
	return []pair{list("small", 1), list("page", 50), add}
}

func checked(err error, right bool) error {
	if err == nil && !right {
		err = errors.New("the reply was not read as it stands")
	}
	return err
}

// BenchmarkMemory is a signed call without a network (P1).
func BenchmarkMemory(b *testing.B) {
	replies := map[string][]byte{"small": benchtest.LockRecords(1), "page": benchtest.LockRecords(50), "add": []byte(benchtest.Added)}
	for name, reply := range replies {
		hc := &http.Client{Transport: benchtest.Memory{Reply: reply}}
		const base = "https://vendor.test"
		by := benchtest.NewCaller(hc, base, benchToken, benchSecret)
		c := benchClient(base, fixedToken(benchToken), lock.WithHTTPClient(hc))
		for _, p := range pairs(by, c) {
			if p.name == name {
				b.Run("call="+name, func(b *testing.B) {
					benchtest.Compare(b, benchtest.Floor(benchtest.Times(p.floor)), benchtest.Ours(benchtest.Times(p.ours)))
				})
			}
		}
	}
}

func TestVendorProcess(t *testing.T) { benchtest.VendorProcess(t, benchtest.Vendor()) }

// BenchmarkLoopback is a signed call to another process (P2).
func BenchmarkLoopback(b *testing.B) {
	url := benchtest.StartVendor(b, "TestVendorProcess")
	transport := benchtest.Tuned()
	defer transport.CloseIdleConnections()
	c := benchClient(url, fixedToken(benchToken))
	defer c.CloseIdleConnections()
	for _, p := range pairs(benchtest.NewCaller(&http.Client{Transport: transport}, url, benchToken, benchSecret), c) {
		for _, callers := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("call=%s/callers=%d", p.name, callers), func(b *testing.B) {
				benchtest.Compare(b,
					benchtest.Floor(benchtest.Workers(callers, p.floor)),
					benchtest.Ours(benchtest.Workers(callers, p.ours)))
			})
		}
	}
}

// BenchmarkTail is how long the slowest one in a hundred of 256 callers waits over loopback (P12).
func BenchmarkTail(b *testing.B) {
	const callers, calls = 256, 256 * 40
	url := benchtest.StartVendor(b, "TestVendorProcess")
	transport := benchtest.Tuned()
	defer transport.CloseIdleConnections()
	c := benchClient(url, fixedToken(benchToken))
	defer c.CloseIdleConnections()
	small := pairs(benchtest.NewCaller(&http.Client{Transport: transport}, url, benchToken, benchSecret), c)[0]
	p99 := func(call func() error) time.Duration {
		took := make([]time.Duration, calls)
		var next atomic.Int64
		must(b, benchtest.Workers(callers, func() error {
			start := time.Now()
			err := call()
			took[next.Add(1)-1] = time.Since(start)
			return err
		})(calls))
		slices.Sort(took)
		return took[calls*99/100]
	}
	p99(small.floor)
	p99(small.ours)
	var floor, ours []time.Duration
	var ratio []float64
	for b.Loop() {
		f, o := p99(small.floor), p99(small.ours)
		floor, ours, ratio = append(floor, f), append(ours, o), append(ratio, float64(o)/float64(f))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(benchtest.Median(floor).Microseconds()), "floor-p99-µs")
	b.ReportMetric(float64(benchtest.Median(ours).Microseconds()), "p99-µs")
	b.ReportMetric(benchtest.Median(ratio), "x-p99")
}

// BenchmarkDials counts the new connections of a warm client with 256 callers (P6).
func BenchmarkDials(b *testing.B) {
	var dialled atomic.Int64
	server := httptest.NewUnstartedServer(benchtest.Vendor())
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			dialled.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c := benchClient(server.URL, fixedToken(benchToken))
	defer c.CloseIdleConnections()
	call := benchtest.Workers(256, pairs(nil, c)[0].ours)
	must(b, call(5000))
	dialled.Store(0)
	b.ResetTimer()
	must(b, call(b.N))
	b.ReportMetric(float64(dialled.Load())/float64(b.N), "dials/op")
}

// BenchmarkColdStart is the first 256 calls of a client, all at once, over TLS (P13).
func BenchmarkColdStart(b *testing.B) {
	const callers = 256
	var dialled, logins, failed atomic.Int64
	server := httptest.NewUnstartedServer(benchtest.Vendor())
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			dialled.Add(1)
		}
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that are given up because another has become free
	server.StartTLS()
	defer server.Close()
	for b.Loop() {
		c := benchClient(server.URL, nil)
		c.own.TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		c.tokens = token.New(c.cfg.Clock, func(ctx context.Context) (string, time.Time, error) {
			logins.Add(1)
			_, err := Do[benchReply[benchAdded]](ctx, c, &Request{Method: http.MethodPost, Path: "/login", Open: true})
			return benchToken, time.Time{}, err
		})
		small := pairs(nil, c)[0]
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				if small.ours() != nil {
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		c.CloseIdleConnections()
	}
	b.ReportMetric(float64(dialled.Load())/float64(b.N), "dials")
	b.ReportMetric(float64(logins.Load())/float64(b.N), "logins")
	b.ReportMetric(float64(failed.Load())/float64(b.N), "failures")
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
