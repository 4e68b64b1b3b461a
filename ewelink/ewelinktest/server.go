package ewelinktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

const jsonType = "application/json; charset=utf-8"

// Server is the cloud, all regions of it. It is safe for concurrent use. Methods that name an account,
// a home or a device panic when there is none: the test is wrong then.
type Server struct {
	*sim.Server // URL is the base of WithRegion's region; see RegionURL

	AppID     string
	AppSecret string
	// Account is the account that Client signs in, Password its password and CountryCode its dialling
	// code.
	Account     string
	Password    string
	CountryCode string
	// SocketURL is where dispatch sends sockets.
	SocketURL string

	sim       *sim.Parts
	opts      options
	endpoints map[string]*endpoint // by method and path
	sockets   sync.WaitGroup       // connections being served
	close     sync.Once

	mu        sync.Mutex
	apps      []*app
	users     []*user
	strangers []*user // who were sent a code to register
	sessions  []*session
	grants    map[string]*grant // OAuth codes not used yet
	devices   []*device
	groups    []*group
	firmware  []firmware
	live      []*socket
	noise     noise
	pace      pace
	hidden    int  // thing lists still to be answered empty
	refusing  bool // sockets
	closing   bool
	muted     bool // sockets
	numbers   int  // given so far to devices
	sequences int  // given so far to pushes
	messages  int  // given so far
}

// NewServer starts a simulator with one account, which has one home. Close it when done.
func NewServer(opts ...Option) *Server {
	o := defaults()
	for _, opt := range opts {
		opt(&o)
	}
	s := &Server{
		AppID: o.appID, AppSecret: o.appSecret,
		Account: DefaultAccount, Password: DefaultPassword, CountryCode: "+44",
		opts: o, endpoints: map[string]*endpoint{}, grants: map[string]*grant{}, pace: newPace(),
	}
	s.Server, s.sim = sim.New(o.sim)
	for i := range endpoints {
		e := &endpoints[i]
		s.endpoints[e.method+" "+e.path] = e
	}
	switch o.region {
	case "cn":
		s.Account, s.CountryCode = "+8613800138000", "+86"
	case "us":
		s.CountryCode = "+1"
	case "as":
		s.CountryCode = "+65"
	}
	s.apps = []*app{{id: s.AppID, secret: s.AppSecret}}
	s.newUser(s.CountryCode, s.Account, s.Password, o.region).nickname = "Landlord"
	s.sim.Serve(http.HandlerFunc(s.serve))
	s.SocketURL = "ws" + strings.TrimPrefix(s.URL, "http") + socketPath
	return s
}

// Close stops the simulator. Work under way is dropped, sockets and hanging connections are broken.
func (s *Server) Close() {
	s.close.Do(func() {
		s.mu.Lock()
		s.refusing, s.closing = true, true
		s.mu.Unlock()
		s.DropSockets()
		s.Server.Close()
		s.sockets.Wait()
	})
}

func (s *Server) now() time.Time { return s.sim.Clock.Now() }

// object is a JSON object.
type object = map[string]any

// refusal is an answer of the cloud that is no success.
type refusal struct {
	code    int
	message string
	data    object
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, r.message) }

func refuse(code int, format string, args ...any) error {
	return &refusal{code: code, message: fmt.Sprintf(format, args...), data: object{}}
}

// badParameter is the answer to a parameter that is missing or wrong.
func badParameter(format string, args ...any) error {
	return refuse(400, "parameter error: "+format, args...)
}

func notFound(what string) error { return refuse(405, "%s not found", what) }

// elsewhere sends a call to another region.
func elsewhere(region string) error {
	return &refusal{code: 10004, message: "redirection", data: object{"region": region}}
}

// call is one call: who makes it, and to which region.
type call struct {
	region  string
	app     *app
	session *session // nil on signed calls
	user    *user    // nil on signed calls
}

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	region, path := s.route(r)
	switch path {
	case socketPath:
		s.accept(w, r)
		return
	case dispatchPath:
		s.dispatch(w, r)
		return
	case pagePath:
		s.oauthPage(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	e := s.endpoints[r.Method+" "+path]
	if e != nil && e.commands && s.opts.latency > 0 && s.sim.Clock.Sleep(r.Context(), s.opts.latency) != nil {
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tooFast(r.Method + " " + path) {
		gatewayPage(w)
		return
	}
	reply := object{"error": 0, "msg": ""}
	data, err := s.answer(r, e, region, body)
	reply["data"] = data
	if ref := (*refusal)(nil); errors.As(err, &ref) {
		reply["error"], reply["msg"], reply["data"] = ref.code, ref.message, ref.data
	}
	answerJSON(w, reply)
}

func answerJSON(w http.ResponseWriter, v object) {
	w.Header().Set("Content-Type", jsonType)
	_ = json.NewEncoder(w).Encode(v) // a client that is gone does not matter
}

// gatewayPage is what stands in front of the cloud.
func gatewayPage(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, "<html><head><title>503 Service Temporarily Unavailable</title></head></html>")
}

func (s *Server) answer(r *http.Request, e *endpoint, region string, body []byte) (any, error) {
	if e == nil {
		return nil, refuse(403, "api not found")
	}
	who, err := s.admit(r, e, region, body)
	if err != nil {
		return nil, err
	}
	v := sim.Values{}
	switch r.Method {
	case http.MethodPost, http.MethodPut:
		if media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); media != "application/json" {
			return nil, badParameter("Content-Type must be application/json")
		}
		if len(body) > 0 && json.Unmarshal(body, &v) != nil || v == nil {
			return nil, badParameter("the body is no JSON object")
		}
	case http.MethodDelete: // the vendor's clients send arguments either way
		if len(body) > 0 && json.Unmarshal(body, &v) != nil || v == nil {
			return nil, badParameter("the body is no JSON object")
		}
		for name, raw := range queryValues(r.URL.Query(), e.params) {
			v[name] = raw
		}
	default:
		v = queryValues(r.URL.Query(), e.params)
	}
	f, err := check(v, e.params, s.opts.anyParameters)
	if err != nil {
		return nil, err
	}
	data, err := e.serve(s, who, f)
	if err != nil {
		return nil, err
	}
	if e.changes {
		s.sim.Count(e.method + " " + e.path)
	}
	if data == nil {
		return object{}, nil
	}
	return data, nil
}

// later runs f when d has passed, with the state locked.
func (s *Server) later(d time.Duration, class sim.Class, f func()) {
	s.sim.Schedule.After(d, class, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

// must is for the methods a test calls: an account, home or device that is not there is a mistake in
// the test.
func must[T any](v T, err error) T {
	if err != nil {
		panic("ewelinktest: " + err.Error())
	}
	return v
}

// uuid is a random id in the form of a UUID.
func (s *Server) uuid() string {
	h := s.sim.Random.Hex(30)
	return h[:8] + "-" + h[8:12] + "-4" + h[12:15] + "-8" + h[15:18] + "-" + h[18:]
}

// host is the server's address without a scheme.
func (s *Server) host() (name, port string) {
	u, err := url.Parse(s.URL)
	must(u, err)
	return u.Hostname(), u.Port()
}
