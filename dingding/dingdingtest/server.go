package dingdingtest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

const jsonType = "application/json"

// userID is the phone number the account is bound to at the vendor.
const userID = "13800138000"

// Server is a Dingding cloud. It is safe for concurrent use. Methods that name a device, a
// password or a ticket panic when there is none: the test is wrong then.
type Server struct {
	*sim.Server

	ClientID     string // let in by access_token
	ClientSecret string

	sim       *sim.Parts
	opts      options
	endpoints map[string]*endpoint // by version and name, "v1/add_home"
	hooks     *http.Client         // sends callbacks

	mu          sync.Mutex
	tokens      map[string]time.Time // access tokens and when they end
	requests    int                  // answered so far, for ReqID
	services    int                  // the serviceid given last
	numbers     int                  // given so far to tickets, charges and authorisations
	homes       []*home
	devices     []*device
	log         []operation
	tickets     []*ticket
	charges     []*charge
	auths       []*auth
	clientPrice decimal.Decimal // 公寓统一电价, yuan per kWh
	dynamicSeed string          // of dynamic passwords
	violations  int
	eventURL    string
	serviceURL  string
	trouble     CallbackTrouble
	callbacks   int // made so far
	deliveries  []Delivery
}

// NewServer starts a simulator. Close it when done.
func NewServer(opts ...Option) *Server {
	o := options{
		clientID:      DefaultClientID,
		clientSecret:  DefaultClientSecret,
		tokenLifetime: 48 * time.Hour,
	}
	for _, opt := range opts {
		opt(&o)
	}
	s := &Server{
		ClientID:     o.clientID,
		ClientSecret: o.clientSecret,
		opts:         o,
		endpoints:    map[string]*endpoint{},
		hooks:        newHookClient(),
		tokens:       map[string]time.Time{},
		services:     565900000,
	}
	s.Server, s.sim = sim.New(o.sim)
	s.dynamicSeed = s.sim.Random.Hex(32)
	for i := range endpoints {
		e := &endpoints[i]
		s.endpoints[e.version+"/"+e.name] = e
	}
	s.sim.Serve(http.HandlerFunc(s.serve))
	return s
}

// ExpireTokens ends all access tokens; they are answered with 102 from now on.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token := range s.tokens {
		s.tokens[token] = s.now()
	}
}

// RateViolations says how many commands broke the rule of §3.5: at most 5 in 2 minutes and 100 in
// 24 hours for one kind of password operation on one lock.
func (s *Server) RateViolations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.violations
}

func (s *Server) now() time.Time { return s.sim.Clock.Now() }

// object is a JSON object.
type object = map[string]any

// refusal is an error of the vendor.
type refusal struct {
	no     int
	msg    string
	status int // of HTTP
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.no, r.msg) }

func refuse(no int, format string, args ...any) error {
	return &refusal{no, fmt.Sprintf(format, args...), http.StatusOK}
}

func refusePath() error { return &refusal{noMethod, "no such path", http.StatusNotFound} }

// The errors of §3.1 that can be met.
const (
	tokenUnknown = 101   // Token 无效
	tokenExpired = 102   // Token 过期
	duplicate    = 11000 // 无法添加重复对象
	badParameter = 14001 // 参数有误
	notFound     = 15006 // 记录不存在
	noMethod     = 15007 // 方法未实现
	roomHasLock  = 15008 // 该房间已存在绑定的门锁
	deviceExists = 15010 // 设备记录已存在
	noRoom       = 15012 // 房间信息不存在
	adminStays   = 15013 // 管理员密码不能被删除或冻结
	notAllowed   = 15014 // 权限受限
)

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply, err := s.answer(r)
	status := http.StatusOK
	if reply == nil {
		reply = object{}
	}
	reply["ErrNo"], reply["ErrMsg"] = 0, ""
	if ref := (*refusal)(nil); errors.As(err, &ref) {
		reply = object{"ErrNo": ref.no, "ErrMsg": ref.msg}
		status = ref.status
	}
	s.requests++
	reply["ReqID"] = fmt.Sprintf("7b%08x", s.requests)
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(reply) // a client that is gone does not matter
}

func (s *Server) answer(r *http.Request) (object, error) {
	e, err := s.endpoint(r)
	if err != nil {
		return nil, err
	}
	values, err := received(r)
	if err != nil {
		return nil, err
	}
	f, err := s.admitted(e, values)
	if err != nil {
		return nil, err
	}
	reply, err := e.serve(s, f)
	if err == nil && e.changes {
		s.sim.Count(e.name)
	}
	return reply, err
}

// endpoint finds what a request is for. The vendor's later platform has all endpoints under /v2,
// and takes get_device_uuid and get_device_info by GET.
func (s *Server) endpoint(r *http.Request) (*endpoint, error) {
	path, later := strings.CutPrefix(r.URL.Path, "/v2/")
	if !later {
		var ok bool
		if path, ok = strings.CutPrefix(r.URL.Path, "/openapi/"); !ok {
			return nil, refusePath()
		}
	}
	e := s.endpoints[path]
	if later {
		e = cmp.Or(s.endpoints["v1/"+path], s.endpoints["v2/"+path])
	}
	if e == nil {
		return nil, refusePath()
	}
	methods := e.methods
	if later && e.later != "" {
		methods = e.later
	}
	if !strings.Contains(methods, r.Method) {
		return nil, refuse(noMethod, "%s wants %s", e.name, methods)
	}
	return e, nil
}

// admitted checks the access token, which is a query parameter of a GET and a body field of a POST,
// and then the parameters.
func (s *Server) admitted(e *endpoint, v values) (fields, error) {
	if e.open {
		return v.check(e.params, s.opts.anyParameters)
	}
	token, ok := v.take("access_token")
	if !ok {
		return nil, refuse(tokenUnknown, "no access_token in the %s", v.place())
	}
	end, ok := s.tokens[token]
	switch {
	case !ok:
		return nil, refuse(tokenUnknown, "access_token is not known")
	case !s.now().Before(end):
		return nil, refuse(tokenExpired, "access_token has expired")
	}
	f, err := v.check(e.params, s.opts.anyParameters)
	if err != nil {
		return nil, err
	}
	f["access_token"] = token
	return f, nil
}

// login is POST access_token, §4.2.
func (s *Server) login(f fields) (object, error) {
	if f.text("client_id") != s.ClientID || f.text("client_secret") != s.ClientSecret {
		return nil, refuse(notAllowed, "client_id or client_secret is wrong")
	}
	if s.opts.singleToken {
		clear(s.tokens)
	}
	token := s.sim.Random.Hex(128)
	end := s.now().Add(s.opts.tokenLifetime)
	s.tokens[token] = end
	return object{"access_token": token, "expires_time": end.Unix()}, nil
}

// later runs f when d has passed, with the state locked.
func (s *Server) later(d time.Duration, class sim.Class, f func()) {
	s.sim.Schedule.After(d, class, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

// serviceID numbers a command.
func (s *Server) serviceID() string {
	s.services++
	return strconv.Itoa(s.services)
}

// number numbers what has no other id.
func (s *Server) number() int {
	s.numbers++
	return s.numbers
}

// The units of the document: seconds and milliseconds since 1970; -1 is unknown.

func sec(t time.Time) int64 { return t.Unix() }

func milli(t time.Time) int64 {
	if t.IsZero() {
		return -1
	}
	return t.UnixMilli()
}

// num puts a decimal on the wire as a JSON number.
func num(d decimal.Decimal) json.Number { return json.Number(d.String()) }
