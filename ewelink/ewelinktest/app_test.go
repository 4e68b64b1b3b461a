package ewelinktest_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

type object = map[string]any

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// phone is an app that speaks to the cloud with nothing but net/http.
type phone struct {
	t           *testing.T
	s           *ewelinktest.Server
	http        *http.Client
	base        string
	id, secret  string
	at, rt, key string
}

// open starts a simulator, and an app whose user is signed in.
func open(t *testing.T, opts ...ewelinktest.Option) (*ewelinktest.Server, *phone) {
	t.Helper()
	s := ewelinktest.NewServer(append([]ewelinktest.Option{ewelinktest.WithSeed(7)}, opts...)...)
	t.Cleanup(s.Close)
	p := newPhone(t, s)
	p.login(s.Account, s.Password)
	return s, p
}

func frozen(t *testing.T, opts ...ewelinktest.Option) (*ewelinktest.Server, *phone) {
	t.Helper()
	return open(t, append([]ewelinktest.Option{ewelinktest.WithFrozenClock(noon)}, opts...)...)
}

func newPhone(t *testing.T, s *ewelinktest.Server) *phone {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &phone{t: t, s: s, http: c, base: s.URL, id: s.AppID, secret: s.AppSecret}
}

// another is an app of the same kind that somebody else is signed in to.
func (p *phone) another(account string) *phone {
	p.t.Helper()
	q := *p
	q.login(account, ewelinktest.DefaultPassword)
	return &q
}

func (p *phone) login(account, password string) answer {
	p.t.Helper()
	in := object{"countryCode": p.s.CountryCode, "password": password, "email": account}
	if strings.HasPrefix(account, "+") {
		delete(in, "email")
		in["phoneNumber"] = account
	}
	return p.take(p.sign("POST", "/v2/user/login", in).ok())
}

// take takes the tokens of an answer over.
func (p *phone) take(a answer) answer {
	p.at, p.rt, p.key = a.text("at"), a.text("rt"), a.text("user.apikey")
	return a
}

func sign(secret string, message []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(message)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sign makes a signed call; arguments of a GET are its query.
func (p *phone) sign(method, path string, in object) answer {
	p.t.Helper()
	query, body := p.encode(method, in)
	message := body
	if method == http.MethodGet {
		pairs := slices.Sorted(maps.Keys(query))
		for i, name := range pairs {
			pairs[i] = name + "=" + query.Get(name)
		}
		message = []byte(strings.Join(pairs, "&"))
	}
	return p.call(method, path, query, body, http.Header{"Authorization": {"Sign " + sign(p.secret, message)}, "X-Ck-Appid": {p.id}})
}

// do makes a call with the access token.
func (p *phone) do(method, path string, in object) answer {
	p.t.Helper()
	query, body := p.encode(method, in)
	return p.call(method, path, query, body, http.Header{"Authorization": {"Bearer " + p.at}, "X-Ck-Appid": {p.id}})
}

func (p *phone) get(path string, in object) answer  { p.t.Helper(); return p.do("GET", path, in) }
func (p *phone) post(path string, in object) answer { p.t.Helper(); return p.do("POST", path, in) }
func (p *phone) put(path string, in object) answer  { p.t.Helper(); return p.do("PUT", path, in) }
func (p *phone) del(path string, in object) answer  { p.t.Helper(); return p.do("DELETE", path, in) }

func (p *phone) encode(method string, in object) (url.Values, []byte) {
	p.t.Helper()
	q := url.Values{}
	if method == http.MethodGet || method == http.MethodDelete {
		for name, v := range in {
			q.Set(name, fmt.Sprint(v))
		}
		return q, nil
	}
	body, err := json.Marshal(in)
	if err != nil {
		p.t.Fatal(err)
	}
	return q, body
}

func (p *phone) call(method, path string, query url.Values, body []byte, header http.Header) answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.URL.RawQuery = query.Encode()
	r.Header = header
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	resp, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	a := answer{t: p.t, what: method + " " + path, status: resp.StatusCode, location: resp.Header.Get("Location"), code: -1}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		var envelope struct {
			Error *int    `json:"error"`
			Msg   *string `json:"msg"`
			Data  any     `json:"data"`
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&envelope); err != nil {
			p.t.Fatal(err)
		}
		if envelope.Error == nil {
			p.t.Fatalf("%s: there is no error member", a.what)
		}
		a.code, a.data = *envelope.Error, envelope.Data
		if path != "/dispatch/app" && (envelope.Msg == nil || envelope.Data == nil || (*envelope.Msg == "") != (a.code == 0)) {
			p.t.Errorf("%s: msg and data are always there, and msg is empty on success", a.what)
		}
		a.whole = text
	}
	return a
}

// answer is what the cloud said.
type answer struct {
	t        *testing.T
	what     string
	status   int
	location string
	code     int // -1 = the body was no envelope
	data     any
	whole    []byte
}

func (a answer) ok() answer {
	a.t.Helper()
	return a.refused(0)
}

// refused demands a code.
func (a answer) refused(code int) answer {
	a.t.Helper()
	if a.code != code || a.status != http.StatusOK {
		a.t.Errorf("%s: got error %d with status %d, want %d with 200", a.what, a.code, a.status, code)
	}
	return a
}

// at follows a path through an answer: "thingList.0.itemData.name"; nil if it leads nowhere.
func (a answer) at(path string) any { return at(a.data, path) }

func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch here := v.(type) {
		case object:
			v = here[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(here) {
				return nil
			}
			v = here[i]
		default:
			return nil
		}
	}
	return v
}

func (a answer) text(path string) string {
	if v := a.at(path); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

func (a answer) list(path string) []any {
	list, _ := a.at(path).([]any)
	return list
}

// is demands a value, by its text.
func (a answer) is(path string, want any) answer {
	a.t.Helper()
	if got := a.text(path); got != fmt.Sprint(want) {
		a.t.Errorf("%s: %s: got %q, want %v", a.what, path, got, want)
	}
	return a
}

// counts demands the length of a list.
func (a answer) counts(path string, want int) answer {
	a.t.Helper()
	if got := a.list(path); len(got) != want || got == nil {
		a.t.Errorf("%s: %s: got %d items, want %d", a.what, path, len(got), want)
	}
	return a
}

// pluck collects a member of all items of a list.
func (a answer) pluck(list, member string) []string {
	var found []string
	for _, item := range a.list(list) {
		found = append(found, fmt.Sprint(at(item, member)))
	}
	return found
}

func (p *phone) thing(id lock.DeviceID) answer {
	p.t.Helper()
	return p.post("/v2/device/thing", object{"thingList": []object{{"itemType": 1, "id": id}}}).ok().counts("thingList", 1)
}

func (p *phone) status(id lock.DeviceID) answer {
	p.t.Helper()
	return p.get("/v2/device/thing/status", object{"type": 1, "id": id}).ok()
}

func (p *phone) set(id lock.DeviceID, params object) answer {
	p.t.Helper()
	return p.post("/v2/device/thing/status", object{"type": 1, "id": id, "params": params})
}
