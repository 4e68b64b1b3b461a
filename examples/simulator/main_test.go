package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/yeeuu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs the program on free ports until the test ends and returns its line of JSON.
func serve(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-port", "0"}, args...), in, io.Discard)
		_ = in.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no line of JSON: %v", err)
	}
	return line
}

func parse(t *testing.T, line string) map[string]about {
	t.Helper()
	var all map[string]about
	if err := json.Unmarshal([]byte(line), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// send makes a call and returns its status and body.
func send(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(got))
}

func TestTheLineNamesEverything(t *testing.T) {
	line := serve(t)
	all := parse(t, line)
	for _, v := range vendors {
		a, ok := all[v.name]
		if !ok {
			t.Errorf("%s is missing", v.name)
			continue
		}
		if len(a.Homes) < 2 || len(a.Locks) == 0 || len(a.Credentials) == 0 {
			t.Errorf("%s has %d homes, %d locks and %d credentials, want two homes and some of the others", v.name, len(a.Homes), len(a.Locks), len(a.Credentials))
		}
		status, got := send(t, http.MethodGet, a.Control, "")
		if again := about(a); status != http.StatusOK || got != encoded(t, again) {
			t.Errorf("GET %s: %d %s, want what the line says", a.Control, status, got)
		}
	}
	if strings.Count(line, "\n") != 1 || strings.Contains(line, "null") {
		t.Errorf("want one line, and lists even where they are empty:\n%s", line)
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func TestTheSameSeedGivesTheSameIDs(t *testing.T) {
	ids := func(seed string) []string {
		var all []string
		for _, l := range parse(t, serve(t, "-vendors", "dingding", "-seed", seed))["dingding"].Locks {
			all = append(all, l.ID)
		}
		return all
	}
	if a, b := ids("7"), ids("7"); !slices.Equal(a, b) {
		t.Errorf("got %v and %v with one seed", a, b)
	}
	if a, b := ids("7"), ids("8"); slices.Equal(a, b) {
		t.Errorf("got %v with either of two seeds", a)
	}
}

// People who have a code get in, at every vendor where people have codes.
func TestPeopleOpenTheirDoors(t *testing.T) {
	for name, a := range parse(t, serve(t)) {
		people := 0
		for _, p := range a.People {
			if p.Code == "" {
				continue
			}
			people++
			_, got := send(t, http.MethodPost, a.Control+"enter", fmt.Sprintf(`{"device":%q,"code":%q}`, p.Device, p.Code))
			if got != `{"opened":true}` {
				t.Errorf("%s: %s is answered %s", name, p.Name, got)
			}
			if _, got := send(t, http.MethodPost, a.Control+"enter", fmt.Sprintf(`{"device":%q,"code":"000001"}`, p.Device)); got != `{"opened":false}` {
				t.Errorf("%s: a wrong code is answered %s", name, got)
			}
		}
		if status, _ := send(t, http.MethodPost, a.Control+"enter", `{"device":"x","code":"1"}`); people == 0 && status != http.StatusNotImplemented {
			t.Errorf("%s: nobody has a code, and enter answers %d", name, status)
		}
	}
}

func TestControlCallsSayWhatIsWrong(t *testing.T) {
	all := parse(t, serve(t))
	dd, yu, ty, al, ew := all["dingding"], all["yeeuu"], all["tuya"], all["aliyunlock"], all["ewelink"]
	for _, tt := range []struct {
		name, method, url, body string
		status                  int
		says                    string
	}{
		{"an unknown call", "POST", dd.Control + "fly", `{}`, 404, "advance"},
		{"a call of another vendor", "POST", dd.Control + "login", `{}`, 404, "login"},
		{"the wrong method", "GET", dd.Control + "advance", ``, 405, "POST"},
		{"no JSON", "POST", dd.Control + "advance", `seconds=5`, 400, "body"},
		{"an unknown field", "POST", dd.Control + "advance", `{"second":5}`, 400, "second"},
		{"time runs forward only", "POST", dd.Control + "advance", `{"seconds":-1}`, 400, "negative"},
		{"no such door", "POST", dd.Control + "enter", `{"device":"nowhere","code":"123456"}`, 404, "nowhere"},
		{"no such door at Yeeuu", "POST", yu.Control + "enter", `{"device":"nowhere","code":"123456"}`, 404, "nowhere"},
		{"no such door at Aliyun", "POST", al.Control + "enter", `{"device":"nowhere","code":"123456"}`, 404, "not exist"},
		{"no door at all", "POST", dd.Control + "enter", `{}`, 400, "device"},
		{"no battery", "POST", dd.Control + "event", fmt.Sprintf(`{"device":%q,"event":"battery"}`, dd.Locks[0].ID), 400, "percent"},
		{"no amount", "POST", dd.Control + "event", fmt.Sprintf(`{"device":%q,"event":"consume","amount":"much"}`, dd.Meters[0].ID), 400, "amount"},
		{"a callback to nowhere", "POST", dd.Control + "callback", `{"url":"ftp://x/"}`, 400, "http"},
		{"no such fault", "POST", dd.Control + "fault", `{"endpoint":"*","fault":"flood"}`, 400, "drop_after"},
		{"a fault without its endpoint", "POST", dd.Control + "fault", `{"fault":"garbage"}`, 400, "endpoint"},
		{"Yeeuu has no tokens", "POST", yu.Control + "expire", `{}`, 501, "tokens"},
		{"Yeeuu does not push", "POST", yu.Control + "callback", `{"url":"http://127.0.0.1:1/"}`, 501, "push"},
		{"Yeeuu's log knows openings only", "POST", yu.Control + "event", `{"device":"x0001:1","event":"tamper"}`, 501, "open"},
		{"a phone nobody knows", "POST", yu.Control + "event", `{"device":"x0001:1","event":"open","phone":"13000000000"}`, 400, "authorisation"},
		{"Aliyun pushes to queues", "POST", al.Control + "callback", `{"url":"http://127.0.0.1:1/"}`, 501, "queues"},
		{"a key nobody has", "POST", al.Control + "event", fmt.Sprintf(`{"device":%q,"event":"open","key":"1:99"}`, al.Locks[0].ID), 400, "no such key"},
		{"no such door at Tuya", "POST", ty.Control + "enter", `{"device":"nowhere","code":"123456"}`, 404, "does not exist"},
		{"a method that is none", "POST", ty.Control + "event", fmt.Sprintf(`{"device":%q,"event":"open","key":"finger"}`, ty.Locks[0].ID), 400, "unlock_fingerprint:1"},
		{"a method nobody has", "POST", ty.Control + "event", fmt.Sprintf(`{"device":%q,"event":"open","key":"unlock_face:9"}`, ty.Locks[0].ID), 400, "does not know"},
		{"Tuya pushes to a queue", "POST", ty.Control + "callback", `{"url":"http://127.0.0.1:1/"}`, 501, "queue"},
		{"no such device at eWeLink", "POST", ew.Control + "event", `{"device":"nowhere","event":"press"}`, 404, "ewelinktest"},
		{"eWeLink has no keypads", "POST", ew.Control + "enter", fmt.Sprintf(`{"device":%q,"code":"123456"}`, ew.Locks[0].ID), 501, "keypad"},
		{"eWeLink pushes over its socket", "POST", ew.Control + "callback", `{"url":"http://127.0.0.1:1/"}`, 501, "socket"},
		{"a report of nothing", "POST", ew.Control + "event", fmt.Sprintf(`{"device":%q,"event":"report"}`, ew.Locks[0].ID), 400, "fields"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, got := send(t, tt.method, tt.url, tt.body)
			var failed struct{ Error string }
			if err := json.Unmarshal([]byte(got), &failed); err != nil {
				t.Fatalf("got %q: %v", got, err)
			}
			if status != tt.status || !strings.Contains(failed.Error, tt.says) {
				t.Errorf("got %d %s, want %d and a word about %q", status, got, tt.status, tt.says)
			}
		})
	}
}

// Every fault can be set, spoils one request, and is taken back by none.
func TestFaults(t *testing.T) {
	dd := parse(t, serve(t, "-vendors", "dingding"))["dingding"]
	if status, got := send(t, "POST", dd.Control+"fault", `{"endpoint":"*","fault":"refuse","code":15014,"message":"no"}`); status != http.StatusOK {
		t.Fatal(got)
	}
	if _, got := send(t, "GET", dd.URL+"/openapi/v1/get_lock_info", ""); !strings.Contains(got, "15014") {
		t.Errorf("refused in words of %s", got)
	}
	for name := range faults {
		body := fmt.Sprintf(`{"endpoint":"/never","fault":%q,"times":-1,"executed":true}`, name)
		if status, got := send(t, "POST", dd.Control+"fault", body); status != http.StatusOK {
			t.Errorf("%s: %s", name, got)
		}
	}
	set := func(body string) {
		t.Helper()
		if status, got := send(t, "POST", dd.Control+"fault", body); status != http.StatusOK {
			t.Fatal(got)
		}
	}
	count := func() int {
		spoilt := 0
		for range 3 {
			if status, _ := send(t, "GET", dd.URL+"/openapi/v1/get_lock_info", ""); status == http.StatusTeapot {
				spoilt++
			}
		}
		return spoilt
	}
	for _, tt := range []struct {
		times, want int
	}{{0, 1}, {2, 2}, {-1, 3}} {
		set(fmt.Sprintf(`{"endpoint":"/get_lock_info","fault":"status","status":418,"times":%d}`, tt.times))
		if got := count(); got != tt.want {
			t.Errorf("times %d: %d of three replies were spoilt, want %d", tt.times, got, tt.want)
		}
		set(`{"fault":"none"}`)
		if got := count(); got != 0 {
			t.Errorf("times %d: %d replies were spoilt after all faults were taken back", tt.times, got)
		}
	}
}

// The requests that furnished the simulator are not the user's.
func TestRequestsAreThoseOfTheUser(t *testing.T) {
	dd := parse(t, serve(t, "-vendors", "dingding"))["dingding"]
	if _, got := send(t, "GET", dd.Control+"requests", ""); got != "[]" {
		t.Errorf("before anybody called: %s", got)
	}
	p := dingding.New(dd.Credentials["client_id"], dd.Credentials["client_secret"], lock.WithBaseURL(dd.URL))
	if err := p.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, got := send(t, "GET", dd.Control+"requests", "")
	var all []struct {
		Time               time.Time
		Method, Path, Body string
		Header             http.Header
	}
	if err := json.Unmarshal([]byte(got), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 || all[0].Path != "/openapi/v1/access_token" || !strings.Contains(all[0].Body, dd.Credentials["client_secret"]) {
		t.Errorf("got %s, want the login first, as it came", got)
	}
}

// clients are made from what the line says, as anybody would.
func clients(all map[string]about) []lock.Provider {
	at := func(name string) (map[string]string, lock.Option) {
		return all[name].Credentials, lock.WithBaseURL(all[name].URL)
	}
	dd, ddURL := at("dingding")
	yu, yuURL := at("yeeuu")
	ty, tyURL := at("tuya")
	al, alURL := at("aliyunlock")
	ew, ewURL := at("ewelink")
	return []lock.Provider{
		dingding.New(dd["client_id"], dd["client_secret"], ddURL),
		yeeuu.New(yu["partner_id"], yu["secret"], yuURL, yeeuu.WithWatch(lock.DeviceID(all["yeeuu"].Locks[0].ID))),
		tuya.New(ty["client_id"], ty["client_secret"], tyURL, tuya.WithUser(ty["uid"])),
		aliyunlock.New(al["app_key"], al["app_secret"], alURL, aliyunlock.WithSession(aliyunlock.Session{
			Token: lock.NewSecret(al["iot_token"]), RefreshToken: lock.NewSecret(al["refresh_token"]), IdentityID: al["user"],
		})),
		ewelink.New(ew["app_id"], ew["app_secret"], ewURL, ewelink.WithLogin(ew["country_code"], ew["account"], lock.NewSecret(ew["password"]))),
	}
}

// Every vendor lets in who knows what the line says, and nobody else.
func TestCredentials(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"the defaults", nil},
		{"those of the flags", []string{
			"-dingding-client-id", "me", "-dingding-client-secret", "my secret",
			"-yeeuu-partner-id", "me", "-yeeuu-secret", "my secret", "-yeeuu-device-key", "my key",
			"-tuya-client-id", "me", "-tuya-client-secret", "01234567890123456789012345678901",
			"-aliyunlock-app-key", "me", "-aliyunlock-app-secret", "my secret",
			"-aliyunlock-cloud-key", "cloud", "-aliyunlock-cloud-secret", "my other secret", "-aliyunlock-project", "p1",
			"-ewelink-app-id", "me", "-ewelink-app-secret", "my secret", "-ewelink-region", "cn",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := parse(t, serve(t, tt.args...))
			for _, p := range clients(all) {
				if err := p.Check(t.Context()); err != nil {
					t.Error(err)
				}
			}
			for _, a := range all {
				for name, value := range a.Credentials {
					if strings.HasSuffix(name, "secret") {
						a.Credentials[name] = strings.Repeat("x", len(value))
					}
				}
			}
			for _, p := range clients(all) {
				if err := p.Check(t.Context()); err == nil {
					t.Errorf("%s lets in who does not know the secret", p.Vendor())
				}
			}
		})
	}
}

func TestWrongFlagsAreErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		says string
	}{
		{"an unknown vendor", []string{"-vendors", "dingding,acme"}, "acme"},
		{"an argument", []string{"dingding"}, "dingding"},
		{"an unknown flag", []string{"-ports", "1"}, "ports"},
		{"a secret that is no key", []string{"-vendors", "tuya", "-tuya-client-secret", "short"}, "32"},
		{"an address of somebody else", []string{"-listen", "192.0.2.1"}, "192.0.2.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := run(t.Context(), append([]string{"-port", "0"}, tt.args...), io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error about %s", err, tt.says)
			}
		})
	}
	var usage bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, io.Discard, &usage); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v, want the usage", err)
	}
	if !strings.Contains(usage.String(), `"dingding-simulator-secret"`) {
		t.Errorf("the usage does not show the default credentials:\n%s", &usage)
	}
}

func TestItEndsByItself(t *testing.T) {
	if err := run(t.Context(), []string{"-port", "0", "-vendors", "yeeuu", "-for", "1ms"}, io.Discard, io.Discard); err != nil {
		t.Error(err)
	}
}

func TestAllAddressesAreReachedOnLoopback(t *testing.T) {
	a := parse(t, serve(t, "-vendors", "yeeuu", "-listen", "0.0.0.0"))["yeeuu"]
	if !strings.HasPrefix(a.URL, "http://127.0.0.1:") {
		t.Errorf("got %s", a.URL)
	}
	if status, got := send(t, http.MethodGet, a.Control, ""); status != http.StatusOK {
		t.Error(got)
	}
}

const document = "../../docs/simulator.md"

// The commands of docs/simulator.md are made as they stand there, and are answered as it says.
func TestDocument(t *testing.T) {
	line := serve(t)
	page, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{}
	assigned := regexp.MustCompile(`^(\w+)=\$\(jq -r '?([^ ']+)'? line\.json\)$`)
	called := regexp.MustCompile(`^curl -s(?: -X (\w+))? "?([^ "]+)"?(?: -d (?:'([^']*)'|"(.*)"))?$`)
	var calls int
	var inside bool
	var answer string
	for n, text := range strings.Split(string(page), "\n") {
		at := fmt.Sprintf("line %d: %s", n+1, text)
		switch {
		case strings.HasPrefix(text, "```"):
			inside = text == "```sh"
		case !inside || text == "" || strings.HasPrefix(text, "go run "):
		case strings.HasPrefix(text, "# "):
			if want := strings.TrimPrefix(text, "# "); timeless(answer) != timeless(want) {
				t.Errorf("%s\n got %s", at, answer)
			}
		case assigned.MatchString(text):
			m := assigned.FindStringSubmatch(text)
			variables[m[1]] = pick(t, line, m[2])
		case called.MatchString(text):
			m := called.FindStringSubmatch(text)
			expand := func(s string) string {
				return os.Expand(strings.ReplaceAll(s, `\"`, `"`), func(v string) string { return variables[v] })
			}
			body := m[3]
			if m[4] != "" {
				body = expand(m[4])
			}
			method := m[1]
			if method == "" && body == "" {
				method = http.MethodGet
			} else if method == "" {
				method = http.MethodPost
			}
			_, answer = send(t, method, expand(m[2]), body)
			calls++
		default:
			t.Errorf("%s\nis no command that this test knows", at)
		}
	}
	if calls < 10 {
		t.Errorf("the document makes %d calls, want those of every kind", calls)
	}
}

// pick is what jq would find: ".dingding.locks[0].id".
func pick(t *testing.T, line, path string) string {
	t.Helper()
	var at any
	if err := json.Unmarshal([]byte(line), &at); err != nil {
		t.Fatal(err)
	}
	for _, step := range regexp.MustCompile(`\w+`).FindAllString(path, -1) {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				t.Fatalf("%s: there is no %s", path, step)
			}
			at = v[i]
		}
	}
	found, ok := at.(string)
	if !ok {
		t.Fatalf("%s is %v, want a text", path, at)
	}
	return found
}

// timeless masks what differs between two runs.
func timeless(s string) string {
	s = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)`).ReplaceAllString(s, "TIME")
	return regexp.MustCompile(`[0-9a-f]{16,}`).ReplaceAllString(s, "TOKEN")
}
