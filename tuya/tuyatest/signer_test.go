package tuyatest

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// caller calls a simulator by hand: it signs as the vendor's page says and knows nothing of any
// client.
type caller struct {
	t     *testing.T
	s     *Server
	token string
}

// answer is what comes back.
type answer struct {
	Success bool            `json:"success"`
	Code    int             `json:"code"`
	Msg     *string         `json:"msg"`
	T       int64           `json:"t"`
	TID     string          `json:"tid"`
	Result  json.RawMessage `json:"result"`
	raw     map[string]json.RawMessage
	header  http.Header
}

func call(t *testing.T, s *Server) *caller {
	t.Helper()
	c := &caller{t: t, s: s}
	var got struct {
		Token string `json:"access_token"`
	}
	c.must(c.do("GET", "/v1.0/token?grant_type=1", ""), &got)
	c.token = got.Token
	return c
}

// signature is the page's formula.
func signature(secret, id, token, at, nonce, method, body, headers, shown string) string {
	sum := sha256.Sum256([]byte(body))
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s%s%s%s%s\n%x\n%s\n%s", id, token, at, nonce, method, sum, headers, shown)
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
}

// request makes a signed request. target is a path with a query, both decoded and the query sorted.
func (c *caller) request(method, target, body string) *http.Request {
	c.t.Helper()
	path, query, _ := strings.Cut(target, "?")
	u := url.URL{Path: path}
	if query != "" {
		v := url.Values{}
		for pair := range strings.SplitSeq(query, "&") {
			key, value, _ := strings.Cut(pair, "=")
			v.Add(key, value)
		}
		u.RawQuery = v.Encode()
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.s.URL+u.String(), strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	token := c.token
	if strings.HasPrefix(path, "/v1.0/token") {
		token = ""
	}
	at := strconv.FormatInt(c.s.now().UnixMilli(), 10)
	r.Header["client_id"] = []string{c.s.ClientID}
	r.Header["t"] = []string{at}
	r.Header["sign_method"] = []string{"HMAC-SHA256"}
	r.Header["sign"] = []string{signature(c.s.ClientSecret, c.s.ClientID, token, at, "", method, body, "", target)}
	if token != "" {
		r.Header["access_token"] = []string{token}
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (c *caller) do(method, target, body string) answer {
	c.t.Helper()
	return c.send(c.request(method, target, body))
}

func (c *caller) send(r *http.Request) answer {
	c.t.Helper()
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{header: resp.Header}
	if err := json.Unmarshal(body, &a); err != nil || json.Unmarshal(body, &a.raw) != nil || resp.StatusCode != 200 {
		c.t.Fatalf("status %d, %s: %v", resp.StatusCode, body, err)
	}
	if a.T == 0 || a.TID == "" {
		c.t.Errorf("%s: got no t or no tid", r.URL.Path)
	}
	return a
}

// must checks that a call succeeded and reads its result.
func (c *caller) must(a answer, into any) {
	c.t.Helper()
	if !a.Success {
		c.t.Fatalf("got %d %s, want success", a.Code, *a.Msg)
	}
	if into != nil {
		if err := json.Unmarshal(a.Result, into); err != nil {
			c.t.Fatalf("%s: %v", a.Result, err)
		}
	}
}

// get, post, put and del are calls that succeed.
func (c *caller) get(target string, into any) {
	c.t.Helper()
	c.must(c.do("GET", target, ""), into)
}

func (c *caller) post(target, body string, into any) {
	c.t.Helper()
	c.must(c.do("POST", target, body), into)
}

func (c *caller) put(target, body string) {
	c.t.Helper()
	c.must(c.do("PUT", target, body), nil)
}

func (c *caller) del(target string) {
	c.t.Helper()
	c.must(c.do("DELETE", target, ""), nil)
}

// refused is a call that fails with a code.
func (c *caller) refused(code int, method, target, body string) {
	c.t.Helper()
	c.wantCode(code, method+" "+target+" "+body, c.do(method, target, body))
}

func (c *caller) wantCode(code int, what string, a answer) {
	c.t.Helper()
	if a.Success || a.Code != code {
		c.t.Errorf("%s: got success %t and code %d, want code %d", what, a.Success, a.Code, code)
	}
	if _, there := a.raw["result"]; there {
		c.t.Errorf("%s: got a result with a refusal", what)
	}
}

// sealed is the part of a body that carries digits: password, password_type and ticket_id.
func (c *caller) sealed(device, digits string) string {
	c.t.Helper()
	var ticket struct {
		ID  string `json:"ticket_id"`
		Key string `json:"ticket_key"`
	}
	c.post("/v1.0/devices/"+device+"/door-lock/password-ticket", "", &ticket)
	return fmt.Sprintf(`"password":%q,"password_type":"ticket","ticket_id":%q`, seal(c.t, c.s.ClientSecret, ticket.Key, digits), ticket.ID)
}

// seal is the cipher of the tickets, as the vendor's users have found it out.
func seal(t *testing.T, secret, ticketKey, digits string) string {
	t.Helper()
	data, err := hex.DecodeString(ticketKey)
	if err != nil || len(data) != 32 {
		t.Fatalf("ticket_key: got %d bytes, %v", len(data), err)
	}
	outer, err := aes.NewCipher([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	outer.Decrypt(data[:16], data[:16])
	outer.Decrypt(data[16:], data[16:])
	if !bytes.Equal(data[16:], bytes.Repeat([]byte{16}, 16)) {
		t.Fatalf("ticket_key: got padding %x", data[16:])
	}
	block, err := aes.NewCipher(data[:16])
	if err != nil {
		t.Fatal(err)
	}
	padding := 16 - len(digits)%16
	plain := []byte(digits + strings.Repeat(string(rune(padding)), padding))
	for i := 0; i < len(plain); i += 16 {
		block.Encrypt(plain[i:], plain[i:])
	}
	return strings.ToUpper(hex.EncodeToString(plain))
}

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC) // a Monday, noon in Shanghai

func frozen(t *testing.T, opts ...Option) (*Server, *caller) {
	t.Helper()
	s := NewServer(append([]Option{WithFrozenClock(noon), WithSeed(7)}, opts...)...)
	t.Cleanup(s.Close)
	return s, call(t, s)
}

// vectors are published and synthetic signatures and ciphers.
type vectors struct {
	Signature []struct {
		Name, Secret, T, Nonce, Method, Path string
		ClientID                             string      `json:"client_id"`
		AccessToken                          string      `json:"access_token"`
		Query                                [][2]string `json:"query"`
		Headers                              map[string]string
		SignatureHeaders                     []string `json:"signature_headers"`
		Body                                 *string
		Expect                               struct {
			Wire         string `json:"wire_target"`
			StringToSign string `json:"string_to_sign"`
			Sign         string
		}
	}
	TempPassword []struct {
		Name         string
		ClientSecret string `json:"client_secret"`
		TicketKey    string `json:"ticket_key"`
		Plain        string `json:"plain_password"`
		Expect       struct {
			Key      string `json:"decrypted_key"`
			Password string
		}
	} `json:"temp_password"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	file, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(file, &v); err != nil || len(v.Signature) == 0 || len(v.TempPassword) == 0 {
		t.Fatalf("%d signatures and %d ciphers, %v", len(v.Signature), len(v.TempPassword), err)
	}
	return v
}

func TestSignatureVectors(t *testing.T) {
	for _, v := range readVectors(t).Signature {
		t.Run(v.Name, func(t *testing.T) {
			body := ""
			if v.Body != nil {
				body = *v.Body
			}
			r := httptest.NewRequest(v.Method, v.Expect.Wire, nil)
			for name, value := range v.Headers {
				r.Header.Set(name, value)
			}
			r.Header.Set("Signature-Headers", strings.Join(v.SignatureHeaders, ":"))
			text := stringToSign(r, []byte(body))
			if text != v.Expect.StringToSign {
				t.Errorf("string to sign: got\n%q, want\n%q", text, v.Expect.StringToSign)
			}
			all := v.ClientID + v.AccessToken + v.T + v.Nonce + text
			if !signedBy(v.Secret, all, v.Expect.Sign) {
				t.Error("the signature is refused")
			}
			for _, other := range []string{strings.ToLower(v.Expect.Sign), v.Expect.Sign[1:], ""} {
				if signedBy(v.Secret, all, other) {
					t.Errorf("the signature %q is accepted", other)
				}
			}
			if signedBy(v.Secret+"x", all, v.Expect.Sign) || signedBy(v.Secret, all+" ", v.Expect.Sign) {
				t.Error("a signature of something else is accepted")
			}
		})
	}
}

func TestCipherVectors(t *testing.T) {
	for _, v := range readVectors(t).TempPassword {
		t.Run(v.Name, func(t *testing.T) {
			data, err := hex.DecodeString(v.Expect.Password)
			if err != nil {
				t.Fatal(err)
			}
			if plain, ok := decrypt(data, []byte(v.Expect.Key)); !ok || string(plain) != v.Plain {
				t.Errorf("decrypting: got %t, %d bytes", ok, len(plain))
			}
			if got := hex.EncodeToString(encrypt([]byte(v.Expect.Key), []byte(v.ClientSecret))); !strings.EqualFold(got, v.TicketKey) {
				t.Errorf("ticket_key: got %s, want %s", got, v.TicketKey)
			}
			if got := seal(t, v.ClientSecret, v.TicketKey, v.Plain); got != v.Expect.Password {
				t.Errorf("sealing: got %s, want %s", got, v.Expect.Password)
			}
		})
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "half a block": make([]byte, 8), "no padding": encrypt(make([]byte, 16), make([]byte, 16))[:16],
		"a padding that is broken": encrypt(append(make([]byte, 14), 1, 3), make([]byte, 16))[:16],
	} {
		if _, ok := decrypt(data, make([]byte, 16)); ok {
			t.Errorf("%s: got it decrypted", name)
		}
	}
}

func TestGate(t *testing.T) {
	s, c := frozen(t)
	door := string(s.AddLock("front door"))
	path := "/v1.0/devices/" + door
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			if value == "" {
				delete(r.Header, name)
			} else {
				r.Header[name] = []string{value}
			}
		}
	}
	at := func(by time.Duration) string { return strconv.FormatInt(s.now().Add(by).UnixMilli(), 10) }
	for _, tt := range []struct {
		name   string
		change func(*http.Request)
		code   int
	}{
		{"no client_id", set("client_id", ""), 1105},
		{"no sign", set("sign", ""), 1105},
		{"no t", set("t", ""), 1105},
		{"no sign_method", set("sign_method", ""), 1105},
		{"another client", set("client_id", "somebody"), 1005},
		{"another method of signing", set("sign_method", "MD5"), 1004},
		{"a signature of nothing", set("sign", "00"), 1004},
		{"another t than was signed", set("t", at(time.Second)), 1004},
		{"another token than was signed", set("access_token", "other"), 1004},
		{"another nonce than was signed", set("nonce", "other"), 1004},
		{"another path than was signed", func(r *http.Request) { r.URL.Path += "/status" }, 1004},
		{"another query than was signed", func(r *http.Request) { r.URL.RawQuery = "a=1" }, 1004},
		{"another method than was signed", func(r *http.Request) { r.Method = "DELETE" }, 1004},
		{"no token", set("access_token", ""), 1002},
		{"t is no number", set("t", "noon"), 1013},
		{"t in seconds", set("t", strconv.FormatInt(s.now().Unix(), 10)), 1013},
		{"six minutes late", set("t", at(-6*time.Minute)), 1013},
		{"six minutes early", set("t", at(6*time.Minute)), 1013},
	} {
		r := c.request("GET", path, "")
		tt.change(r)
		c.wantCode(tt.code, tt.name, c.send(r))
	}

	// resign signs with what is special, as the vendor's clients do.
	resign := func(r *http.Request, token, nonce, body, headers, shown string) {
		r.Header["sign"] = []string{signature(s.ClientSecret, s.ClientID, token, r.Header["t"][0], nonce, r.Method, body, headers, shown)}
	}
	for name, change := range map[string]func(*http.Request){
		"a nonce":                         func(r *http.Request) { set("nonce", "n-1")(r); resign(r, c.token, "n-1", "", "", path) },
		"an empty list of signed headers": func(r *http.Request) { r.Header.Set("Signature-Headers", "") },
		"signed headers": func(r *http.Request) {
			r.Header.Set("area_id", "29")
			r.Header.Set("call_id", "8")
			r.Header.Set("Signature-Headers", "area_id:call_id")
			resign(r, c.token, "", "", "area_id:29\ncall_id:8\n", path)
		},
		"four minutes late": func(r *http.Request) { set("t", at(-4*time.Minute))(r); resign(r, c.token, "", "", "", path) },
		"a language":        set("lang", "zh"),
	} {
		r := c.request("GET", path, "")
		change(r)
		if a := c.send(r); !a.Success {
			t.Errorf("%s: got %d, want success", name, a.Code)
		}
	}
	for name, a := range map[string]answer{
		"a body of {} with GET":    c.do("GET", path, "{}"),
		"a query with a comma":     c.do("GET", "/v1.0/devices?device_ids="+door+","+door, ""),
		"a query in Chinese":       c.do("GET", "/v1.1/devices/"+door+"/users?keyword=王小明&page_no=1&page_size=10&role=", ""),
		"a query with a plus sign": c.do("GET", "/v1.1/devices/"+door+"/users?keyword=a+b /c&page_no=1&page_size=10&role=", ""),
	} {
		if !a.Success {
			t.Errorf("%s: got %d, want success", name, a.Code)
		}
	}
	r := c.request("GET", "/v1.1/devices/"+door+"/users?role=&page_size=10&page_no=1&keyword=", "")
	c.wantCode(1004, "a query that was signed as written", c.send(r))
	r = c.request("GET", path, "")
	r.Header.Set("area_id", "29")
	r.Header.Set("Signature-Headers", "area_id")
	resign(r, c.token, "", "", "area_id:29", path)
	c.wantCode(1004, "a header block without its last line feed", c.send(r))
	r = c.request("PUT", path, `{"name":"x"}`)
	r.Header.Set("Content-Type", "text/plain")
	c.wantCode(1006, "a body of another type", c.send(r))
	r = c.request("GET", path, "")
	r.Header.Set("lang", "zh")
	delete(r.Header, "sign")
	r.Header["sign"] = []string{"00"}
	if a := c.send(r); a.Msg == nil || *a.Msg != "签名错误" {
		t.Errorf("in Chinese: got %v", a.Msg)
	}
	a := c.do("GET", path, "")
	if _, there := a.raw["code"]; there || a.raw["msg"] != nil {
		t.Errorf("success: got a code or a msg")
	}
	if a.T != noon.UnixMilli() || a.header.Get("Date") != noon.Format(http.TimeFormat) {
		t.Errorf("t: got %d and %s, want the cloud's time", a.T, a.header.Get("Date"))
	}
}

func TestSkew(t *testing.T) {
	s := NewServer(WithFrozenClock(noon), WithSkew(time.Hour))
	defer s.Close()
	c := call(t, s) // signs with the cloud's time
	a := c.do("GET", "/v1.0/users/"+s.UID+"/homes", "")
	if got := time.UnixMilli(a.T); !a.Success || !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("got success %t and %s, want the cloud an hour ahead", a.Success, got)
	}
	r := c.request("GET", "/v1.0/token?grant_type=1", "")
	s.SetSkew(0)
	c.wantCode(1013, "after the cloud's clock was put right", c.send(r))
	if !s.Clock().Now().Equal(noon) {
		t.Errorf("Clock: got %s, want it where it was", s.Clock().Now())
	}
}

type tokenPair struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Left    int    `json:"expire_time"`
	UID     string `json:"uid"`
}

func TestTokens(t *testing.T) {
	s, c := frozen(t)
	ask := func() (p tokenPair) { t.Helper(); c.get("/v1.0/token?grant_type=1", &p); return p }
	homes := "/v1.0/users/" + s.UID + "/homes"
	first := ask()
	if len(first.Access) != 32 || first.Left != 7200 || first.UID != s.UID || first.Refresh == "" {
		t.Errorf("got %d characters for %d s of %q, want 32 for 7200 of %q", len(first.Access), first.Left, first.UID, s.UID)
	}
	s.Advance(991 * time.Second)
	if again := ask(); again.Access != first.Access || again.Left != 6209 {
		t.Errorf("asked again: got another %t with %d s left, want the same with 6209", again.Access != first.Access, again.Left)
	}
	s.Advance(6150 * time.Second)
	second := ask()
	if second.Access == first.Access || second.Left != 7200 || s.Tokens() != 2 {
		t.Errorf("in its last minute: got the same %t with %d s and %d alive, want another", second.Access == first.Access, second.Left, s.Tokens())
	}
	c.get(homes, nil) // the first lives to its end
	s.Advance(time.Minute)
	c.refused(1010, "GET", homes, "")
	c.token = second.Access
	c.get(homes, nil)

	var third tokenPair
	c.get("/v1.0/token/"+second.Refresh, &third)
	c.refused(1010, "GET", homes, "")
	c.refused(1010, "GET", "/v1.0/token/"+second.Refresh, "")
	c.token = third.Access
	c.get(homes, nil)

	// One of the vendor's clients refreshes in the scheme of old, and goes on to a new token.
	r := c.request("GET", "/v1.0/token/"+third.Refresh, "")
	mac := hmac.New(sha256.New, []byte(s.ClientSecret))
	mac.Write([]byte(s.ClientID + strconv.FormatInt(s.now().UnixMilli(), 10)))
	r.Header["sign"] = []string{strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))}
	c.wantCode(1004, "a refresh in the scheme of old", c.send(r))
	r = c.request("GET", "/v1.0/token?grant_type=1", "")
	r.Header["access_token"] = []string{"stale"}
	if a := c.send(r); !a.Success {
		t.Errorf("a stale token with a token call: got %d, want success", a.Code)
	}

	s.ExpireTokens()
	c.refused(1010, "GET", homes, "")
	c.token = ask().Access
	c.get(homes, nil)
	s.RevokeTokens()
	c.refused(1010, "GET", homes, "")
	c.refused(1003, "GET", "/v1.0/token", "")
	c.refused(1003, "GET", "/v1.0/token?grant_type=9", "")
	c.refused(1100, "GET", "/v1.0/token?grant_type=2", "")
	c.refused(1107, "GET", "/v1.0/token?code=x&grant_type=2", "")
}

func TestParameters(t *testing.T) {
	s, c := frozen(t)
	door := string(s.AddWiFiLock("front door"))
	lockPath, smart := "/v1.0/devices/"+door, "/v1.0/smart-lock/devices/"+door
	owner := s.ownerOf(door)
	for _, tt := range []struct {
		name, method, target, body string
		code                       int
	}{
		{"a path nobody knows", "GET", "/v1.0/paint", "", 1108},
		{"a method nobody knows", "POST", lockPath + "/status", "", 1108},
		{"a path that goes on", "GET", lockPath + "/status/", "", 1108},
		{"a required parameter is missing", "GET", smart + "/users?codes=unlock_card&page_no=1", "", 1100},
		{"a required parameter is empty", "GET", smart + "/users?codes=&page_no=1&page_size=10", "", 1100},
		{"one that may be empty is missing", "GET", "/v1.1/devices/" + door + "/users?keyword=&page_no=1&page_size=10", "", 1100},
		{"a parameter nobody knows", "GET", lockPath + "?colour=red", "", 1109},
		{"a number that is none", "GET", smart + "/users?codes=a&page_no=one&page_size=10", "", 1104},
		{"page 0", "GET", smart + "/users?codes=a&page_no=0&page_size=10", "", 1101},
		{"a page of 101", "GET", smart + "/users?codes=a&page_no=1&page_size=101", "", 1101},
		{"a flag that is none", "GET", lockPath + "/door-lock/temp-passwords?valid=maybe", "", 1104},
		{"a body that is no object", "PUT", lockPath, `["x"]`, 1109},
		{"no body", "PUT", lockPath, "", 1100},
		{"null for what is required", "PUT", lockPath, `{"name":null}`, 1100},
		{"nothing for what is required", "PUT", lockPath, `{"name":""}`, 1100},
		{"a number for text", "PUT", lockPath, `{"name":7}`, 1104},
		{"a member nobody knows", "PUT", lockPath, `{"name":"x","colour":"red"}`, 1109},
		{"text for a number", "POST", lockPath + "/user", `{"nick_name":"x","sex":"1"}`, 1104},
		{"text for a flag", "PUT", smart + "/users/" + owner + "/schedule", `{"permanent":"true"}`, 1104},
		{"one item for a list", "POST", lockPath + "/commands", `{"commands":{"code":"a","value":1}}`, 1104},
		{"an item that is incomplete", "POST", lockPath + "/commands", `{"commands":[{"code":"a"}]}`, 1100},
		{"no list at all", "POST", lockPath + "/door-lock/opmodes/actions/allocate", `{"user_id":"` + owner + `","unlock_list":[]}`, 1100},
		{"text for an object", "POST", "/v1.0/home/create-home", `{"uid":"x","home":"flat"}`, 1104},
		{"a text for a list of text", "POST", "/v1.0/home/create-home", `{"uid":"x","home":{"name":"flat"},"rooms":"a"}`, 1104},
		{"camelCase, as in an example", "PUT", smart + "/users/" + owner + "/schedule", `{"permanent":true,"scheduleDetails":[]}`, 1109},
	} {
		c.t.Run(tt.name, func(t *testing.T) {
			c := &caller{t: t, s: s, token: c.token}
			c.refused(tt.code, tt.method, tt.target, tt.body)
		})
	}
	lenient, free := frozen(t, WithUnknownParameters())
	door = string(lenient.AddLock("front door"))
	free.get("/v1.0/devices/"+door+"?colour=red", nil)
	free.put("/v1.0/devices/"+door, `{"name":"x","colour":"red"}`)
}

// ownerOf is the user_id of a lock's owner.
func (s *Server) ownerOf(device string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return must(s.device(device)).door.members[0].id()
}

func TestDenials(t *testing.T) {
	s, c := frozen(t)
	door, other := string(s.AddLock("front door")), string(s.AddForeignLock("another's"))
	c.refused(1106, "GET", "/v1.0/devices/"+other, "")
	c.refused(2010, "GET", "/v1.0/devices/nobody", "")
	s.Deny("/door-lock/open-logs", 28841101)
	c.refused(28841101, "GET", "/v1.0/devices/"+door+"/door-lock/open-logs?end_time=2&page_no=1&page_size=1&start_time=1", "")
	c.get("/v1.0/devices/"+door, nil)
	s.Deny("*", 28841002)
	c.refused(28841002, "GET", "/v1.0/devices/"+door, "")
	c.get("/v1.0/token?grant_type=1", nil)
	s.Deny("/v1.0/token", 1114)
	c.refused(1114, "GET", "/v1.0/token?grant_type=1", "")
	s.Admit()
	c.get("/v1.0/devices/"+door, nil)

	few, quota := frozen(t, WithQuota(2))
	homes := "/v1.0/users/" + few.UID + "/homes"
	quota.get(homes, nil)
	quota.get(homes, nil)
	quota.refused(28841004, "GET", homes, "")
	few.Advance(40 * 24 * time.Hour) // another month, another token
	quota = call(t, few)
	quota.get(homes, nil)
}

func TestFaults(t *testing.T) {
	s, c := frozen(t)
	door := string(s.AddLock("front door"))
	s.Fail("GET /v1.0/devices/*", Code(1110, "too many requests"))
	r := c.request("GET", "/v1.0/devices/"+door, "")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got answer
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got.Success || got.Code != 1110 || *got.Msg != "too many requests" {
		t.Errorf("got %+v, %v, want the code", got, err)
	}
	c.get("/v1.0/devices/"+door, nil)
	s.Fail("/v1.0/devices/*", Code(500, "system error").Executed())
	r = c.request("PUT", "/v1.0/devices/"+door, `{"name":"side door"}`)
	again, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Body.Close()
	if s.Executed("PUT /v1.0/devices/*") != 1 || s.Executed("/devices/"+door) != 1 || s.Executed("DELETE /v1.0/devices/*") != 0 {
		t.Errorf("Executed: got %d, want 1", s.Executed("PUT /v1.0/devices/*"))
	}
	if n := len(s.Requests("PUT /v1.0/devices/*")); n != 1 {
		t.Errorf("Requests: got %d, want 1", n)
	}
}

// names are the values of a member in a list of objects.
func names(list []map[string]any, member string) []string {
	var found []string
	for _, o := range list {
		found = append(found, fmt.Sprint(o[member]))
	}
	return found
}

func wantNames(t *testing.T, what string, list []map[string]any, member string, want ...string) {
	t.Helper()
	if got := names(list, member); !slices.Equal(got, want) {
		t.Errorf("%s: got %s %q, want %q", what, member, got, want)
	}
}

func TestOptions(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, c := frozen(t, WithListener(l), WithLatency(time.Hour), WithTokenLifetime(10*time.Hour), WithTicketLifetime(10*time.Hour))
	if want := "http://" + l.Addr().String(); s.URL != want {
		t.Errorf("URL: got %s, want %s", s.URL, want)
	}
	door := s.AddLock("front door")
	c.add(string(door), "135790")
	s.Advance(59 * time.Minute)
	c.wantOpens("a slow lock", door, "135790", false)
	s.Advance(time.Minute)
	c.wantOpens("a slow lock after an hour", door, "135790", true)
	s.Advance(8 * time.Hour)
	c.add(string(door), "246801") // token and ticket are still good
	again, _ := frozen(t)
	if other, _ := frozen(t); again.UID != other.UID || again.UID == "" {
		t.Error("WithSeed: got other ids the second time")
	}
}
