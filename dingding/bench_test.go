package dingding

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/benchtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// town is a vendor without a network: as many homes as it is told, with one lock in each, where
// nothing happens. It remembers its replies, so that making them is not measured.
type town struct {
	homes   int
	delay   time.Duration // before every reply
	replies sync.Map      // by what was asked
	asked   atomic.Int64
	at      int64 // when so many calls have come, look is called
	look    func()
}

func (v *town) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	if v.asked.Add(1) == v.at {
		v.look()
	}
	if v.delay > 0 {
		after := time.NewTimer(v.delay)
		defer after.Stop()
		select {
		case <-after.C:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	_, path, _ := strings.Cut(req.URL.Path, prefixV1)
	reply := []byte(`{"ErrNo":0,"ErrMsg":"","ReqID":"f6a1c2d3e4b5","id":1002,"serviceid":"565900000"}`)
	if path == "/search_home_info" || path == "/find_home_devices" {
		question := req.URL.RawQuery + string(body)
		if known, ok := v.replies.Load(question); ok {
			reply = known.([]byte)
		} else {
			reply = v.list(path, req, body)
			v.replies.Store(question, reply)
		}
	}
	return benchtest.Memory{Reply: reply}.RoundTrip(&http.Request{})
}

func (v *town) list(path string, req *http.Request, body []byte) []byte {
	var items []string
	if path == "/search_home_info" {
		offset, _ := strconv.Atoi(req.URL.Query().Get("offset"))
		count, _ := strconv.Atoi(req.URL.Query().Get("count"))
		for i := offset; i < min(offset+count, v.homes); i++ {
			items = append(items, fmt.Sprintf(`{"user_id":"13800000000","home_id":"home-%06d","home_name":"%d Long Road","home_type":1,"country":"中国","province":"北京市","city":"北京市","zone":"昌平区","block":"西环里小区","location":"西环里小区27号楼","description":"","rooms":[{"room_id":"room-%06d","room_name":"default"}]}`, i, i, i))
		}
		return []byte(`{"ErrNo":0,"ErrMsg":"","ReqID":"f6a1c2d3e4b5","home_list":[` + strings.Join(items, ",") + `]}`)
	}
	var asked struct {
		Homes []string `json:"home_id"`
	}
	_ = json.Unmarshal(body, &asked) // our own client has made it
	for _, home := range asked.Homes {
		items = append(items, fmt.Sprintf(`"%s":[{"type":"home_lock","sn":"lkjl-%s","uuid":"%032x","room_id":"%s","center_uuid":"bda7dfda730ceb2cb4495722ac3849f8","description":"front door","onoff":1}]`, home, home, home, home))
	}
	return []byte(`{"ErrNo":0,"ErrMsg":"","ReqID":"f6a1c2d3e4b5","result":{` + strings.Join(items, ",") + `}}`)
}

func (v *town) client(opts ...lock.Option) *Client {
	token := lock.NewSecret("e5fcf12604be880a05e66449bccbf951")
	return New("client", "secret", append([]lock.Option{
		lock.WithHTTPClient(&http.Client{Transport: v}), lock.WithLimits(lock.LimitOff),
		WithToken(func(context.Context) (lock.Secret, error) { return token, nil }),
	}, opts...)...)
}

var benchCode = lock.NewSecret("471108")

// benchSpec is a password of the next days.
func benchSpec() lock.PasswordSpec {
	now := time.Now()
	return lock.PasswordSpec{Secret: benchCode, Name: "Li Lei", Window: lock.Window{From: now, Until: now.Add(48 * time.Hour)}}
}

// BenchmarkPortable is what Passwords().Create costs on top of the vendor's own method (P11), which
// is the floor here.
func BenchmarkPortable(b *testing.B) {
	ctx := context.Background()
	c, s := (&town{}).client(), benchSpec()
	benchtest.Compare(b,
		benchtest.Floor(benchtest.Times(func() error {
			_, err := c.AddPassword(ctx, AddPasswordRequest{
				Locator: Locator{UUID: "door-1"}, Password: s.Secret, Name: s.Name, Begin: s.Window.From, End: s.Window.Until,
			})
			return err
		})),
		benchtest.Ours(benchtest.Times(func() error {
			_, err := c.Passwords().Create(ctx, "door-1", s)
			return err
		})))
}

// BenchmarkBulk is ten creates on each of many locks by lock.Each, 64 at a time, at a vendor that
// takes 50 ms (P7). go test -short takes fewer locks.
func BenchmarkBulk(b *testing.B) {
	const concurrency, delay = 64, 50 * time.Millisecond
	locks := 1000
	if testing.Short() {
		locks = 100
	}
	doors := manyDoors(locks)
	s := benchSpec()
	var share, waiting float64
	for b.Loop() {
		var before, inside runtime.MemStats
		vendor := &town{delay: delay, at: concurrency, look: func() {
			runtime.GC()
			runtime.ReadMemStats(&inside)
		}}
		c := vendor.client()
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := lock.Each(context.Background(), doors, func(ctx context.Context, id lock.DeviceID) (lock.Password, error) {
			return created(c.Passwords().Create(ctx, id, s))
		}, lock.BulkOptions[lock.DeviceID, lock.Password]{Concurrency: concurrency})
		if err != nil {
			b.Fatal(err)
		}
		rounds := (len(doors) + concurrency - 1) / concurrency
		share += 100 * float64(time.Duration(rounds)*delay) / float64(time.Since(start))
		waiting += (float64(inside.HeapAlloc) - float64(before.HeapAlloc)) / float64(len(doors)-concurrency)
	}
	b.ReportMetric(share/float64(b.N), "%-of-ideal")
	b.ReportMetric(waiting/float64(b.N), "B/waiting-item")
}

// created is what is known once the vendor has taken a create.
func created(op *lock.Operation[lock.Password], err error) (lock.Password, error) {
	if err != nil {
		return lock.Password{}, err
	}
	return op.Latest(), nil
}

// manyDoors is ten places in a queue for each of so many locks.
func manyDoors(locks int) []lock.DeviceID {
	var doors []lock.DeviceID
	for n := range 10 * locks {
		doors = append(doors, lock.DeviceID("door-"+strconv.Itoa(n%locks)))
	}
	return doors
}

// BenchmarkGrowth is what one more home or lock costs, the more there are.
func BenchmarkGrowth(b *testing.B) {
	ctx := context.Background()
	each := func(b *testing.B, what string, sizes []int, run func(b *testing.B, vendor *town, n int) error) {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s=%d", what, n), func(b *testing.B) {
				vendor := &town{homes: n}
				if err := run(b, vendor, n); err != nil { // the vendor thinks up its replies
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for range b.N {
					if err := run(b, vendor, n); err != nil {
						b.Fatal(err)
					}
				}
				runtime.ReadMemStats(&after)
				items := float64(b.N) * float64(n)
				b.ReportMetric(float64(b.Elapsed())/items, "ns/item")
				b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/items, "B/item")
			})
		}
	}
	locks := []int{100, 1_000, 10_000}
	each(b, "list-homes", []int{10, 100, 1_000, 10_000}, func(b *testing.B, vendor *town, n int) error {
		got := 0
		for _, err := range vendor.client().Homes().List(ctx, lock.HomeQuery{}) {
			if err != nil {
				return err
			}
			got++
		}
		return exactly(got, n)
	})
	each(b, "list-locks", locks, func(b *testing.B, vendor *town, n int) error {
		got := 0
		for _, err := range vendor.client().Locks().List(ctx, lock.LockQuery{}) {
			if err != nil {
				return err
			}
			got++
		}
		return exactly(got, n)
	})
	each(b, "create", locks, func(b *testing.B, vendor *town, n int) error {
		c, s := vendor.client(), benchSpec()
		done, err := lock.Each(ctx, manyDoors(n)[:n], func(ctx context.Context, id lock.DeviceID) (lock.Password, error) {
			return created(c.Passwords().Create(ctx, id, s))
		}, lock.BulkOptions[lock.DeviceID, lock.Password]{Concurrency: 64})
		return errors.Join(err, exactly(len(done), n))
	})
	each(b, "watch", locks, func(b *testing.B, vendor *town, n int) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		clock := &impatient{rounds: 1, end: cancel}
		for _, err := range vendor.client(lock.WithClock(clock)).Events().Watch(ctx) {
			if ctx.Err() == nil {
				return err
			}
		}
		return nil
	})
}

func exactly(got, want int) error {
	if got != want {
		return fmt.Errorf("got %d, want %d", got, want)
	}
	return nil
}

// impatient is a clock on which a poll is due at once, for a number of rounds.
type impatient struct {
	rounds int
	end    context.CancelFunc
}

func (c *impatient) Now() time.Time { return time.Now() }

func (c *impatient) Sleep(ctx context.Context, _ time.Duration) error {
	if c.rounds == 0 {
		c.end()
	}
	c.rounds--
	return ctx.Err()
}

const benchURL = "https://pms.example.com/dingding/callback"

// benchCallback is an opened door.
func benchCallback(b *testing.B) []byte {
	b.Helper()
	body, err := SignCallback([]byte(`{"event":"lockerOpenAlarm","uuid":"20b20d7e56e92ff9d4126deb457c458e","home_id":"12372","room_id":"40167","detail":{"source_name":"H78165","eventid":1,"source":2,"sourceid":1002},"time":1536565133661}`), benchURL)
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// BenchmarkWebhook checks the signature of a callback, and decodes it (P5).
func BenchmarkWebhook(b *testing.B) {
	body := benchCallback(b)
	var floor verifier
	b.Run("call=verify", func(b *testing.B) {
		benchtest.Compare(b,
			benchtest.Floor(benchtest.Times(func() error { return floor.verify(body, benchURL) })),
			benchtest.Ours(benchtest.Times(func() error { return VerifyCallback(body, benchURL) })))
	})
	b.Run("call=decode", func(b *testing.B) {
		benchtest.Compare(b,
			benchtest.Floor(benchtest.Times(func() error {
				if err := floor.verify(body, benchURL); err != nil {
					return err
				}
				var opened openedByHand
				if err := json.Unmarshal(body, &opened); err != nil || opened.Detail.SourceID != 1002 {
					return fmt.Errorf("got %+v, %v", opened, err)
				}
				return nil
			})),
			benchtest.Ours(benchtest.Times(func() error {
				if err := VerifyCallback(body, benchURL); err != nil {
					return err
				}
				got, err := ParseCallback(body)
				if n, ok := got.(*EventNotice); !ok || n.Detail.(*UnlockDetail).SourceID != 1002 {
					return fmt.Errorf("got %T, %v", got, err)
				}
				return nil
			})))
	})
}

// openedByHand is the callback as somebody decodes it who wants this event only.
type openedByHand struct {
	Event  string `json:"event"`
	Time   int64  `json:"time"`
	UUID   string `json:"uuid"`
	HomeID string `json:"home_id"`
	RoomID string `json:"room_id"`
	Detail struct {
		EventID    int    `json:"eventid"`
		Source     int    `json:"source"`
		SourceID   int    `json:"sourceid"`
		SourceName string `json:"source_name"`
	} `json:"detail"`
}

// verifier checks signatures as somebody does by hand, in buffers of its own: for flat ASCII texts
// without escapes and compact details, under one of the three rules, for one URL.
type verifier struct {
	text    []byte
	members [32][2][]byte // name and value
}

var errForged = errors.New("forged")

func (v *verifier) verify(body []byte, url string) error {
	n, sign := 0, []byte(nil)
	for i := 1; i < len(body) && body[i] == '"'; {
		end := i + 1 + bytes.IndexByte(body[i+1:], '"')
		name := body[i+1 : end]
		i = end + 2
		end = v.end(body, i)
		value := body[i:end]
		if string(name) == "sign" {
			sign = value[1 : len(value)-1]
		} else {
			at := n
			for ; at > 0 && bytes.Compare(v.members[at-1][0], name) > 0; at-- {
				v.members[at] = v.members[at-1]
			}
			v.members[at] = [2][]byte{name, value}
			n++
		}
		i = end + 1
	}
	v.text = append(v.text[:0], url...)
	for i, m := range v.members[:n] {
		if i > 0 {
			v.text = append(v.text, '&')
		}
		v.text = append(v.text, m[0]...)
		v.text = append(v.text, '=')
		if m[1][0] == '"' {
			m[1] = m[1][1 : len(m[1])-1]
		}
		v.text = append(v.text, m[1]...)
	}
	sum := md5.Sum(v.text)
	var digits [2 * md5.Size]byte
	hex.Encode(digits[:], sum[:])
	if subtle.ConstantTimeCompare(digits[:], sign) != 1 {
		return errForged
	}
	return nil
}

// end finds the end of a value.
func (v *verifier) end(body []byte, i int) int {
	for depth := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i += 1 + bytes.IndexByte(body[i+1:], '"')
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}
