package yeeuutest

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// Server is a Yeeuu cloud. It is safe for concurrent use. Methods that name a door panic when
// there is none: the test is wrong then.
type Server struct {
	*sim.Server

	PartnerID string // let in with Secret
	Secret    string
	DeviceKey string // of the second interface

	sim  *sim.Parts
	opts options

	mu    sync.Mutex
	flats map[string]*flat
	doors map[place]*door
	made  int // flats, for their codes
}

// NewServer starts a simulator. Close it when done.
func NewServer(opts ...Option) *Server {
	o := options{partner: DefaultPartnerID, secret: DefaultSecret, key: DefaultDeviceKey, skew: 10 * time.Minute}
	for _, opt := range opts {
		opt(&o)
	}
	s := &Server{
		PartnerID: o.partner, Secret: o.secret, DeviceKey: o.key, opts: o,
		flats: map[string]*flat{}, doors: map[place]*door{},
	}
	s.Server, s.sim = sim.New(o.sim)
	mux := http.NewServeMux()
	for _, e := range endpoints {
		mux.HandleFunc(e.method+" "+e.path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, e) })
	}
	s.sim.Serve(mux)
	return s
}

func (s *Server) now() time.Time { return s.sim.Clock.Now() }

// china is the zone of the vendor's local times.
var china = time.FixedZone("CST", 8*60*60)

// object is a JSON object.
type object = map[string]any

// refusal is a failure in the vendor's words.
type refusal string

func (r refusal) Error() string { return string(r) }

func refuse(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

// tokenWrong is the one failure whose words are documented.
const tokenWrong refusal = "token错误"

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, e endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply, err := s.answer(r, e)
	if reply == nil {
		reply = object{}
	}
	reply["success"] = true
	if no := refusal(""); errors.As(err, &no) {
		reply = object{"success": false, "desc": string(no)}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply) // a client that is gone does not matter
}

func (s *Server) answer(r *http.Request, e endpoint) (object, error) {
	got, err := received(r)
	if err != nil {
		return nil, err
	}
	if e.keyed {
		err = s.checkKey(got)
	} else {
		err = s.checkToken(got)
	}
	if err != nil {
		return nil, err
	}
	if err := got.check(e, s.opts.unknownParameters); err != nil {
		return nil, err
	}
	for _, name := range []string{"code", "sn", "from", "to"} {
		value := r.PathValue(name)
		if value == "" {
			continue
		}
		if body, given := got[name]; given && body != value {
			return nil, refuse("参数错误: %s differs from the path", name)
		}
		got[name] = value
	}
	reply, err := e.serve(s, got)
	if err == nil && e.changes {
		s.sim.Count(e.name())
	}
	return reply, err
}

// checkToken looks at the authentication parameters of the document.
func (s *Server) checkToken(got params) error {
	partner, timestamp, nonstr, token := got.take("partnerId"), got.take("timestamp"), got.take("nonstr"), got.take("token")
	at, err := strconv.ParseInt(timestamp, 10, 64)
	want := fmt.Sprintf("%x", sha1.Sum([]byte(timestamp+s.Secret+nonstr)))
	switch off := s.now().Sub(time.Unix(at, 0)).Abs(); {
	case err != nil, partner != s.PartnerID, nonstr == "", subtle.ConstantTimeCompare([]byte(token), []byte(want)) == 0, s.opts.skew > 0 && off > s.opts.skew:
		return tokenWrong
	}
	return nil
}

// checkKey looks at the key of the second interface. The words are the simulator's.
func (s *Server) checkKey(got params) error {
	if got.take("key") != s.DeviceKey {
		return refuse("key错误")
	}
	return nil
}

// must is for the methods a test calls: a door that is not there is a mistake in the test.
func must[T any](v T, err error) T {
	if err != nil {
		panic("yeeuutest: " + err.Error())
	}
	return v
}
