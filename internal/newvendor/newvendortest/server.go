package newvendortest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// The credentials of a new Server.
const (
	DefaultKey    = "acme-simulator"
	DefaultSecret = "acme-simulator-secret"
)

// maxSkew is how far the time of a call may be off.
const maxSkew = 5 * time.Minute

// Server is an Acme cloud. It is safe for concurrent use. Methods that name a lock panic when there
// is none: the test is wrong then.
type Server struct {
	*sim.Server
	Key, Secret string // that are let in

	sim   *sim.Parts
	mu    sync.Mutex
	doors []*door
}

// door is a lock, as the vendor keeps it.
type door struct {
	id, name string
	offline  bool
	battery  *int
	log      []object
}

type object = map[string]any

// refusal is a failure in the vendor's numbers and words (§2).
type refusal struct {
	code int
	msg  string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, r.msg) }

// NewServer starts a simulator. Close it when done.
func NewServer() *Server {
	s := &Server{Key: DefaultKey, Secret: DefaultSecret}
	s.Server, s.sim = sim.New(sim.Config{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/locks", s.answer(s.list))
	mux.HandleFunc("GET /v1/locks/{lock_id}", s.answer(s.get))
	mux.HandleFunc("POST /v1/locks/{lock_id}/name", s.answer(s.rename))
	mux.HandleFunc("GET /v1/locks/{lock_id}/log", s.answer(s.readLog))
	s.sim.Serve(mux)
	return s
}

// begin simulator

// answer checks a request as §1 says and wraps the reply as §2 says.
func (s *Server) answer(serve func(*http.Request, []byte) (object, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		body, err := io.ReadAll(r.Body)
		reply := object{}
		if err == nil {
			err = s.check(r, body)
		}
		if err == nil {
			reply, err = serve(r, body)
		}
		no := &refusal{0, ""}
		if err != nil && !errors.As(err, &no) {
			no = &refusal{422, err.Error()}
		}
		if no.code != 0 {
			reply = object{}
		}
		reply["code"], reply["msg"] = no.code, no.msg
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(reply) // a client that is gone does not matter
	}
}

// check verifies the signature over what came.
func (s *Server) check(r *http.Request, body []byte) error {
	stamp := r.Header.Get("X-Acme-Time")
	mac := hmac.New(sha256.New, []byte(s.Secret))
	_, _ = io.WriteString(mac, strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, stamp, string(body)}, "\n"))
	given, err := hex.DecodeString(r.Header.Get("X-Acme-Sign"))
	at, bad := strconv.ParseInt(stamp, 10, 64)
	if err != nil || bad != nil || r.Header.Get("X-Acme-Key") != s.Key || !hmac.Equal(given, mac.Sum(nil)) ||
		s.Clock().Now().Sub(time.Unix(at, 0)).Abs() > maxSkew {
		return &refusal{401, "bad signature or time"}
	}
	return nil
}

// end simulator

func (s *Server) list(*http.Request, []byte) (object, error) {
	all := []object{}
	for _, d := range s.doors {
		all = append(all, d.show())
	}
	return object{"locks": all}, nil
}

func (s *Server) get(r *http.Request, _ []byte) (object, error) {
	d, err := s.find(r.PathValue("lock_id"))
	if err != nil {
		return nil, err
	}
	return d.show(), nil
}

func (s *Server) rename(r *http.Request, body []byte) (object, error) {
	d, err := s.find(r.PathValue("lock_id"))
	if err != nil {
		return nil, err
	}
	var in struct {
		NewName string `json:"name"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.NewName == "" {
		return nil, &refusal{422, "bad parameter: name"}
	}
	if d.offline {
		return nil, &refusal{503, "lock offline"}
	}
	d.name = in.NewName
	s.sim.Count("name")
	return object{}, nil
}

func (s *Server) readLog(r *http.Request, _ []byte) (object, error) {
	d, err := s.find(r.PathValue("lock_id"))
	if err != nil {
		return nil, err
	}
	since, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		return nil, &refusal{422, "bad parameter: since"}
	}
	found := []object{}
	for _, e := range d.log {
		if e["at"].(int64) >= since {
			found = append(found, e)
		}
	}
	return object{"log": found}, nil
}

func (d *door) show() object {
	return object{"lock_id": d.id, "name": d.name, "online": !d.offline, "battery": d.battery}
}

func (s *Server) find(id string) (*door, error) {
	i := slices.IndexFunc(s.doors, func(d *door) bool { return d.id == id })
	if i < 0 {
		return nil, &refusal{404, "no such lock"}
	}
	return s.doors[i], nil
}

func (s *Server) mustFind(id lock.DeviceID) *door {
	d, err := s.find(string(id))
	if err != nil {
		panic("newvendortest: there is no lock " + string(id))
	}
	return d
}

// AddLock adds a lock and returns its id.
func (s *Server) AddLock(name string) lock.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	full := 100
	d := &door{id: "L" + s.sim.Random.Digits(10), name: name, battery: &full}
	s.doors = append(s.doors, d)
	return lock.DeviceID(d.id)
}

// AddFreshLock adds a lock that has not reported its battery yet.
func (s *Server) AddFreshLock(name string) lock.DeviceID {
	id := s.AddLock(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustFind(id).battery = nil
	return id
}

// Open is somebody opening a door.
func (s *Server) Open(id lock.DeviceID, who string) { s.Report(id, "opened", who) }

// Report has a lock report something.
func (s *Server) Report(id lock.DeviceID, what, who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.mustFind(id)
	d.log = append(d.log, object{"number": len(d.log) + 1, "at": s.Clock().Now().Unix(), "what": what, "who": who})
}

// SetOffline cuts a lock off, or brings it back.
func (s *Server) SetOffline(id lock.DeviceID, offline bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustFind(id).offline = offline
}

// Opened returns how often a door was opened.
func (s *Server) Opened(id lock.DeviceID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.mustFind(id).log {
		if e["what"] == "opened" {
			n++
		}
	}
	return n
}
