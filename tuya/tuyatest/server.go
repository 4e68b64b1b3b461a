package tuyatest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

const jsonType = "application/json;charset=UTF-8"

// Server is one data centre of the cloud, with one project in it. It is safe for concurrent use.
// Methods that name a device, a home or a user panic when there is none: the test is wrong then.
type Server struct {
	*sim.Server

	ClientID     string
	ClientSecret string
	// UID is the user that the project's token belongs to. The locks that AddLock adds are theirs.
	UID string

	sim    *sim.Parts
	opts   options
	router *router

	mu       sync.Mutex
	skew     time.Duration // of the cloud's clock
	requests int           // answered so far
	executed map[string]int
	denials  []denial
	used     map[string]int // calls by month, for the quota
	tokens   []*token
	users    []*user
	homes    []*home
	devices  []*device
	numbers  int64 // given so far to homes, rooms, people, methods and passwords
}

// user is somebody with an account in the app.
type user struct {
	uid, name, contact, avatar string
	made                       time.Time
}

// NewServer starts a simulator with one user, who has one home. Close it when done.
func NewServer(opts ...Option) *Server {
	o := defaults()
	for _, opt := range opts {
		opt(&o)
	}
	s := &Server{
		ClientID: o.clientID, ClientSecret: o.clientSecret,
		opts: o, skew: o.skew, router: newRouter(),
		executed: map[string]int{}, used: map[string]int{},
		numbers: 36_731_000,
	}
	s.Server, s.sim = sim.New(o.sim)
	u := s.newUser("李雷")
	s.UID = u.uid
	s.newHome(u, "我的家")
	s.sim.Serve(http.HandlerFunc(s.serve))
	return s
}

func (s *Server) newUser(name string) *user {
	u := &user{
		uid:  "ay" + s.sim.Random.Digits(13) + s.sim.Random.Text("ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz", 5),
		name: name, contact: "86-138" + s.sim.Random.Digits(8), avatar: "https://images.example.com/avatar.png", made: s.now(),
	}
	s.users = append(s.users, u)
	return u
}

// AddUser adds another user of the app and returns their uid.
func (s *Server) AddUser(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newUser(name).uid
}

func (s *Server) user(uid string) (*user, error) {
	for _, u := range s.users {
		if u.uid == uid {
			return u, nil
		}
	}
	return nil, refuse(userMissing, "user does not exist")
}

// number is a new id.
func (s *Server) number() int64 {
	s.numbers++
	return s.numbers
}

// now is the time on the cloud's clock, which the locks go by too.
func (s *Server) now() time.Time { return s.sim.Clock.Now().Add(s.skew) }

// SetSkew puts the cloud's clock ahead of Clock, or behind it.
func (s *Server) SetSkew(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = d
}

// object is a JSON object.
type object = map[string]any

// nothing is the result of an endpoint that answers with no result.
type nothing struct{}

// refusal is an answer of the cloud that is no success.
type refusal struct {
	code    int
	message string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, r.message) }

func refuse(code int, format string, args ...any) error {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// Codes that the simulator gives by itself.
const (
	dataMissing        = 1000
	tokenMissing       = 1002
	grantInvalid       = 1003
	signInvalid        = 1004
	clientInvalid      = 1005
	contentTypeInvalid = 1006
	tokenInvalid       = 1010
	timeInvalid        = 1013
	parameterEmpty     = 1100
	outOfRange         = 1101
	typeIncorrect      = 1104
	headerMissing      = 1105
	permissionDenied   = 1106
	codeInvalid        = 1107
	pathInvalid        = 1108
	illegalParameter   = 1109
	deviceOffline      = 2001
	lockUnsupported    = 2004
	userMissing        = 2006
	commandUnsupported = 2008
	deviceMissing      = 2010
	notConfirmed       = 2301
	tooManyPasswords   = 2303
	passwordExpired    = 2304
	illegalOperation   = 2306
	zigbeeMissing      = 2310
	inThePast          = 2318
	otherMissing       = 2321
	duplicatePassword  = 2322
	wrongState         = 2324
	homeMissing        = 2501
	roomMissing        = 2502
	quotaUsedUp        = 28841004
)

// chinese are the messages that a request can ask for with lang: zh.
var chinese = map[int]string{
	signInvalid: "签名错误", tokenInvalid: "token已过期", timeInvalid: "请求时间无效", permissionDenied: "权限不足", pathInvalid: "uri路径非法",
	illegalParameter: "非法参数", deviceOffline: "设备已离线", deviceMissing: "设备不存在", userMissing: "用户不存在", quotaUsedUp: "试用版额度已用尽",
}

// serve answers one request: always with status 200.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	now := s.now()
	reply := object{"success": true, "t": now.UnixMilli(), "tid": fmt.Sprintf("%032x", s.requests)}
	result, err := s.answer(r, body)
	if ref := (*refusal)(nil); errors.As(err, &ref) {
		reply["success"], reply["code"], reply["msg"] = false, ref.code, ref.message
		if text, ok := chinese[ref.code]; ok && strings.HasPrefix(r.Header.Get("lang"), "zh") {
			reply["msg"] = text
		}
	} else if result != (nothing{}) {
		reply["result"] = result
	}
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	_ = json.NewEncoder(w).Encode(reply) // a client that is gone does not matter
}

func (s *Server) answer(r *http.Request, body []byte) (any, error) {
	e, path := s.router.find(r)
	if err := s.guard(r, body, e != nil && e.open); err != nil {
		return nil, err
	}
	if e == nil {
		return nil, refuse(pathInvalid, "uri path invalid")
	}
	if err := s.allowed(r, e); err != nil {
		return nil, err
	}
	f, err := s.parameters(e, r, body, path)
	if err != nil {
		return nil, err
	}
	result, err := e.serve(s, f)
	if err == nil && e.changes() {
		s.executed[r.Method+" "+r.URL.Path]++
	}
	return result, err
}

// Executed says how often requests that change something were really carried out, whatever became
// of the reply. The endpoint is named as for Fail.
func (s *Server) Executed(endpoint string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for name, times := range s.executed {
		method, path, _ := strings.Cut(name, " ")
		if (sim.Request{Method: method, Path: path}).Is(endpoint) {
			n += times
		}
	}
	return n
}

// later runs f when d has passed, with the state locked.
func (s *Server) later(d time.Duration, class sim.Class, f func()) {
	s.sim.Schedule.After(d, class, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

// must is for the methods a test calls: a device, home or user that is not there is a mistake in
// the test.
func must[T any](v T, err error) T {
	if err != nil {
		panic("tuyatest: " + err.Error())
	}
	return v
}

// sec is a time on the wire; 0 = not known.
func sec(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
