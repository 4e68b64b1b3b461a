package aliyunlocktest

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

const jsonType = "application/json; charset=utf-8"

// Server is the platform behind its API gateway. It is safe for concurrent use. Methods that name
// a device, a home or a key panic when there is none: the test is wrong then.
type Server struct {
	*sim.Server

	AppKey      string // of the brand's app: the user's calls
	AppSecret   string
	CloudKey    string // of the project: the cloud-level calls
	CloudSecret string
	Project     string
	// User is the identityId of the user that Client and AuthCode sign in.
	User string

	sim       *sim.Parts
	opts      options
	endpoints map[string]*endpoint // by path

	mu         sync.Mutex
	nonces     map[string]time.Time // used lately
	troubles   []*trouble
	requests   int // answered so far
	users      []*user
	codes      map[string]*user // authorization codes not used yet
	sessions   []*session
	cloudToken string
	cloudEnd   time.Time
	homes      []*home
	devices    []*device
	people     []*person
	numbers    int // given so far to devices and keys
	commands   int // given so far to services
}

// user is somebody who can sign in.
type user struct {
	identity, openID, name, phone string
	made                          time.Time
}

// NewServer starts a simulator with one user, who has one home. Close it when done.
func NewServer(opts ...Option) *Server {
	o := defaults()
	for _, opt := range opts {
		opt(&o)
	}
	s := &Server{
		AppKey: o.appKey, AppSecret: o.appSecret,
		CloudKey: o.cloudKey, CloudSecret: o.cloudSecret, Project: o.project,
		opts:      o,
		endpoints: map[string]*endpoint{},
		nonces:    map[string]time.Time{},
		codes:     map[string]*user{},
	}
	s.Server, s.sim = sim.New(o.sim)
	for i := range endpoints {
		e := &endpoints[i]
		s.endpoints[e.path] = e
	}
	u := s.newUser("李雷")
	s.User = u.identity
	s.newHome(u, "我的家")
	s.sim.Serve(http.HandlerFunc(s.serve))
	return s
}

func (s *Server) newUser(name string) *user {
	u := &user{
		identity: "50f5op" + s.sim.Random.Hex(34), openID: "open-" + s.sim.Random.Hex(12), name: name,
		phone: "138" + s.sim.Random.Digits(8), made: s.now(),
	}
	s.users = append(s.users, u)
	return u
}

// AddUser adds another user of the platform and returns their identityId.
func (s *Server) AddUser(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newUser(name).identity
}

func (s *Server) user(identity string) (*user, error) {
	for _, u := range s.users {
		if u.identity == identity {
			return u, nil
		}
	}
	return nil, refuse(2062, "identityId does not exist.")
}

func (s *Server) now() time.Time { return s.sim.Clock.Now() }

// object is a JSON object.
type object = map[string]any

// refusal is an answer of the platform that is no success.
type refusal struct {
	code    int
	message string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, r.message) }

func refuse(code int, format string, args ...any) error {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// badParameter is the answer to a parameter that is missing or wrong.
func badParameter(format string, args ...any) error {
	return refuse(460, "request parameter error. "+format, args...)
}

// localized are the messages in Chinese that a request can ask for.
var localized = map[int]string{
	28504: "设备不在线", 28527: "钥匙还未和虚拟用户绑定", 28530: "钥匙已经和其他虚拟用户绑定", 28601: "用户设备没有绑定",
}

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	id := fmt.Sprintf("%08X-0000-4000-8000-%012X", s.requests, s.requests)
	w.Header().Set("X-Ca-Request-Id", id)
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	if refused := s.ordered(r); refused != nil {
		answerRefusal(w, refused)
		return
	}
	appKey, refused := s.guard(r, body)
	if refused != nil {
		answerRefusal(w, refused)
		return
	}
	reply := object{"code": 200, "message": "success", "localizedMsg": nil, "id": strings.ToLower(id[:8])}
	language := ""
	data, err := s.answer(r, appKey, body, &language)
	reply["data"] = data
	if ref := (*refusal)(nil); errors.As(err, &ref) {
		reply["code"], reply["message"], reply["data"] = ref.code, ref.message, nil
		if text, ok := localized[ref.code]; ok && strings.HasPrefix(language, "zh") {
			reply["localizedMsg"] = text
		}
	}
	w.Header().Set("Content-Type", jsonType)
	_ = json.NewEncoder(w).Encode(reply) // a client that is gone does not matter
}

// envelope is a request as it comes.
type envelope struct {
	ID      json.RawMessage `json:"id"`
	Version string          `json:"version"`
	Request struct {
		APIVer     string `json:"apiVer"`
		IotToken   string `json:"iotToken"`
		CloudToken string `json:"cloudToken"`
		Language   string `json:"language"`
	} `json:"request"`
	Params sim.Values `json:"params"`
}

// caller is who makes a call: a user, or the project.
type caller struct {
	user *user // nil = the project, or nobody
}

func (s *Server) answer(r *http.Request, appKey string, body []byte, language *string) (any, error) {
	e := s.endpoints[r.URL.Path]
	if e == nil {
		return nil, refuse(404, "service not found.")
	}
	var in envelope
	if json.Unmarshal(body, &in) != nil || in.Params == nil || in.Request.APIVer == "" {
		return nil, refuse(400, "request error.")
	}
	if id, ok := sim.Decode[string](in.ID); !ok || id == "" {
		return nil, refuse(400, "request error.")
	}
	*language = in.Request.Language
	switch {
	case in.Version != "1.0" && in.Version != "1.0.0":
		return nil, refuse(400, "request error.")
	case !e.takes(in.Request.APIVer):
		return nil, refuse(404, "service not found.")
	case e.cloud != (appKey == s.CloudKey):
		return nil, refuse(403, "request forbidden.")
	}
	who, err := s.admitted(e, &in)
	if err != nil {
		return nil, err
	}
	f, err := check(in.Params, e.params, s.opts.anyParameters)
	if err != nil {
		return nil, err
	}
	data, err := e.serve(s, who, f)
	if err == nil && e.changes {
		s.sim.Count(e.path)
	}
	return data, err
}

// admitted checks the token.
func (s *Server) admitted(e *endpoint, in *envelope) (caller, error) {
	switch {
	case e.open:
		return caller{}, nil
	case e.cloud:
		if in.Request.CloudToken == "" || in.Request.CloudToken != s.cloudToken || !s.now().Before(s.cloudEnd) {
			return caller{}, refuse(20017, "cloudToken is invalid")
		}
		return caller{}, nil
	case in.Request.IotToken == "":
		return caller{}, badParameter("iotToken is blank")
	}
	for _, live := range s.sessions {
		if live.token == in.Request.IotToken && s.now().Before(live.ends) {
			return caller{live.user}, nil
		}
	}
	return caller{}, refuse(401, "request auth error.")
}

// later runs f when d has passed, with the state locked.
func (s *Server) later(d time.Duration, class sim.Class, f func()) {
	s.sim.Schedule.After(d, class, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

// must is for the methods a test calls: a device, home or key that is not there is a mistake in
// the test.
func must[T any](v T, err error) T {
	if err != nil {
		panic("aliyunlocktest: " + err.Error())
	}
	return v
}

// milli is a time on the wire; 0 = not known.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// chinaStandardTime is the zone of the vendor's local times.
var chinaStandardTime = time.FixedZone("CST", 8*60*60)
