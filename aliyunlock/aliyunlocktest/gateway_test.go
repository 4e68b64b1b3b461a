package aliyunlocktest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The vendor's own signatures are accepted, and nothing like them.
func TestVendorsSignatures(t *testing.T) {
	file, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Signature []struct {
			ID, Method, Path, Accept, Date, Stage, Timestamp, Nonce, Signature string
			WirePath                                                           string            `json:"wire_path"`
			AppKey                                                             string            `json:"app_key"`
			AppSecret                                                          string            `json:"app_secret"`
			Body                                                               *string           `json:"body"`
			ContentType                                                        string            `json:"content_type"`
			ContentMD5                                                         string            `json:"content_md5"`
			SignatureHeaders                                                   string            `json:"signature_headers"`
			StringToSign                                                       string            `json:"string_to_sign"`
			ExtraHeaders                                                       map[string]string `json:"extra_headers"`
		}
	}
	if err := json.Unmarshal(file, &vectors); err != nil || len(vectors.Signature) == 0 {
		t.Fatalf("%d vectors, %v", len(vectors.Signature), err)
	}
	for _, v := range vectors.Signature {
		t.Run(v.ID, func(t *testing.T) {
			var body []byte
			if v.Body != nil {
				body = []byte(*v.Body)
			}
			r := httptest.NewRequest(v.Method, v.WirePath, bytes.NewReader(body))
			for name, value := range map[string]string{
				"Accept": v.Accept, "Content-Type": v.ContentType, "Content-MD5": v.ContentMD5, "Date": v.Date, "X-Ca-Key": v.AppKey,
				"X-Ca-Stage": v.Stage, "X-Ca-Timestamp": v.Timestamp, "X-Ca-Nonce": v.Nonce, "X-Ca-Signature-Headers": v.SignatureHeaders,
			} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			for name, value := range v.ExtraHeaders {
				r.Header.Set(name, value)
			}
			text := serverString(r, body)
			if text != v.StringToSign {
				t.Errorf("string to sign: got\n%q, want\n%q", text, v.StringToSign)
			}
			if !signedBy(v.AppSecret, "", text, v.Signature) {
				t.Error("the vendor's signature is refused")
			}
			if signedBy(v.AppSecret+"x", "", text, v.Signature) || signedBy(v.AppSecret, "", text+" ", v.Signature) || signedBy(v.AppSecret, "HmacMD5", text, v.Signature) {
				t.Error("another signature is accepted")
			}
		})
	}
}

// signed makes a request as the document says, by hand.
func signed(t *testing.T, s *Server, path, body string, change func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Accept": "application/json", "Content-Type": "application/octet-stream; charset=utf-8", "Content-MD5": md5Of([]byte(body)),
		"X-Ca-Key": s.AppKey, "X-Ca-Timestamp": strconv.FormatInt(s.Clock().Now().UnixMilli(), 10), "X-Ca-Nonce": s.sim.Random.Hex(32),
		"X-Ca-Signature-Headers": "x-ca-key,x-ca-nonce,x-ca-timestamp",
	} {
		r.Header.Set(name, value)
	}
	if change != nil {
		change(r)
	}
	sign(s, r, []byte(body))
	return r
}

func sign(s *Server, r *http.Request, body []byte) {
	secret := s.AppSecret
	if r.Header.Get("X-Ca-Key") == s.CloudKey {
		secret = s.CloudSecret
	}
	mac := hmac.New(sha256.New, []byte(secret))
	if r.Header.Get("X-Ca-Signature-Method") == "HmacSHA1" {
		mac = hmac.New(sha1.New, []byte(secret))
	}
	mac.Write([]byte(serverString(r, body)))
	r.Header.Set("X-Ca-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// answerTo sends a request and reads the answer.
func answerTo(t *testing.T, r *http.Request) (*http.Response, object) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var reply object
	if resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(body, &reply); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	}
	return resp, reply
}

const regionBody = `{"id":"1509086454180","version":"1.0","request":{"apiVer":"1.0.2"},"params":{"type":"THIRD_AUTHCODE"}}`

func TestGateway(t *testing.T) {
	s := NewServer(WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	defer s.Close()
	const path = "/living/account/region/get"
	ok := func(name string, change func(*http.Request)) {
		t.Helper()
		if resp, reply := answerTo(t, signed(t, s, path, regionBody, change)); resp.StatusCode != 200 || reply["code"] != 200.0 || resp.Header.Get("X-Ca-Request-Id") == "" {
			t.Errorf("%s: got %d %v, want success", name, resp.StatusCode, reply)
		}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	ok("octet-stream, as the vendor's gateway client sends it", nil)
	ok("JSON", set("Content-Type", "application/json; charset=utf-8"))
	ok("with a date", set("Date", "Sun, 01 Mar 2026 12:00:00 GMT"))
	ok("with another signature method", func(r *http.Request) {
		r.Header.Set("X-Ca-Signature-Method", "HmacSHA1")
		r.Header.Set("X-Ca-Signature-Headers", "x-ca-key,x-ca-nonce,x-ca-signature-method,x-ca-timestamp")
	})
	ok("without what is optional", func(r *http.Request) {
		r.Header.Del("X-Ca-Timestamp")
		r.Header.Del("X-Ca-Nonce")
		r.Header.Set("X-Ca-Signature-Headers", "x-ca-key")
	})
	ok("fourteen minutes late", set("X-Ca-Timestamp", strconv.FormatInt(s.Clock().Now().Add(-14*time.Minute).UnixMilli(), 10)))
	ok("with a query", func(r *http.Request) { r.URL.RawQuery = "b=2&a=%E9%97%A8%20%2B&empty=" })

	for _, tt := range []struct {
		name   string
		spoil  func(*http.Request)
		status int
		want   string
	}{
		{"not POST", func(r *http.Request) { r.Method = http.MethodPut }, 405, "Unsupported Method"},
		{"no key", func(r *http.Request) { r.Header.Del("X-Ca-Key") }, 400, "X-Ca-Key"},
		{"an unknown key", set("X-Ca-Key", "1"), 403, "Invalid AppKey"},
		{"another body than was digested", set("Content-MD5", md5Of([]byte("x"))), 400, "Content-MD5"},
		{"no digest", func(r *http.Request) { r.Header.Del("Content-MD5") }, 400, "Content-MD5"},
		{"no signature", func(r *http.Request) { r.Header.Del("X-Ca-Signature") }, 400, "Invalid Signature"},
		{"a signature of nothing", set("X-Ca-Signature", "!"), 400, "Invalid Signature"},
		{"another Accept than was signed", set("Accept", "*/*"), 400, "Invalid Signature"},
		{"another Content-Type than was signed", set("Content-Type", "application/json"), 400, "Invalid Signature"},
		{"another stage than was signed", set("X-Ca-Nonce", "other"), 400, "Invalid Signature"},
		{"another path than was signed", func(r *http.Request) { r.URL.Path = "/lock/nickname/set" }, 400, "Invalid Signature"},
		{"another query than was signed", func(r *http.Request) { r.URL.RawQuery = "a=1" }, 400, "Invalid Signature"},
	} {
		r := signed(t, s, path, regionBody, nil)
		tt.spoil(r)
		resp, _ := answerTo(t, r)
		if got := resp.Header.Get("X-Ca-Error-Message"); resp.StatusCode != tt.status || !strings.Contains(got, tt.want) || resp.Header.Get("X-Ca-Request-Id") == "" {
			t.Errorf("%s: got %d %q, want %d with %q", tt.name, resp.StatusCode, got, tt.status, tt.want)
		}
	}
	r := signed(t, s, path, regionBody, set("Accept", "text/plain"))
	r.Header.Set("Accept", "*/*")
	if resp, _ := answerTo(t, r); !strings.Contains(resp.Header.Get("X-Ca-Error-Message"), "POST#*/*#") {
		t.Errorf("got %q, want the server's string with # for line ends", resp.Header.Get("X-Ca-Error-Message"))
	}
	for name, by := range map[string]time.Duration{"sixteen minutes late": -16 * time.Minute, "sixteen minutes early": 16 * time.Minute} {
		r := signed(t, s, path, regionBody, set("X-Ca-Timestamp", strconv.FormatInt(s.Clock().Now().Add(by).UnixMilli(), 10)))
		if resp, _ := answerTo(t, r); resp.StatusCode != 400 || resp.Header.Get("X-Ca-Error-Message") != "Timestamp Expired" {
			t.Errorf("%s: got %d, want it refused", name, resp.StatusCode)
		}
	}
	once := set("X-Ca-Nonce", "used once")
	ok("a nonce", once)
	if resp, _ := answerTo(t, signed(t, s, path, regionBody, once)); resp.StatusCode != 403 || resp.Header.Get("X-Ca-Error-Message") != "Nonce Used" {
		t.Errorf("the nonce again: got %d, want it refused", resp.StatusCode)
	}
	s.Advance(16 * time.Minute)
	ok("the nonce a quarter of an hour later", once)
}

func TestForms(t *testing.T) {
	s := NewServer()
	defer s.Close()
	form := "z-body=%E5%BC%A0%E4%B8%89&a-body=a%26b%3Dc"
	r := signed(t, s, "/postform", form, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
		r.Header.Del("Content-MD5")
	})
	if resp, reply := answerTo(t, r); resp.StatusCode != 200 || reply["code"] != 404.0 {
		t.Errorf("got %d %v, want it through the gateway and unknown behind it", resp.StatusCode, reply)
	}
}

func TestEnvelope(t *testing.T) {
	s := NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	token := s.Session().Token.Reveal()
	for _, tt := range []struct {
		name, path, body string
		cloud            bool
		want             float64
	}{
		{"no such path", "/lock/key/user/paint", regionBody, false, 404},
		{"another version", "/living/account/region/get", strings.Replace(regionBody, "1.0.2", "9.9.9", 1), false, 404},
		{"no version", "/living/account/region/get", strings.Replace(regionBody, `"apiVer":"1.0.2"`, ``, 1), false, 400},
		{"another protocol", "/living/account/region/get", strings.Replace(regionBody, `"version":"1.0"`, `"version":"2.0"`, 1), false, 400},
		{"the protocol of the home samples", "/living/account/region/get", strings.Replace(regionBody, `"version":"1.0"`, `"version":"1.0.0"`, 1), false, 200},
		{"no id", "/living/account/region/get", strings.Replace(regionBody, `"id":"1509086454180",`, ``, 1), false, 400},
		{"no params", "/living/account/region/get", `{"id":"1","version":"1.0","request":{"apiVer":"1.0.2"}}`, false, 400},
		{"no JSON", "/living/account/region/get", `open sesame`, false, 400},
		{"a required parameter is missing", "/living/account/region/get", strings.Replace(regionBody, `"type":"THIRD_AUTHCODE"`, ``, 1), false, 460},
		{"a required parameter is empty", "/living/account/region/get", strings.Replace(regionBody, `THIRD_AUTHCODE`, ``, 1), false, 460},
		{"a parameter of another type", "/living/account/region/get", strings.Replace(regionBody, `"THIRD_AUTHCODE"`, `1`, 1), false, 460},
		{"a parameter nobody knows", "/living/account/region/get", strings.Replace(regionBody, `"type"`, `"typ":1,"type"`, 1), false, 460},
		{"a parameter of the Tmall Genie", "/living/account/region/get", strings.Replace(regionBody, `"type"`, `"userId":"1","type"`, 1), false, 200},
		{"no token", "/thing/status/get", `{"id":"1","version":"1.0","request":{"apiVer":"1.0.5"},"params":{"iotId":"x"}}`, false, 460},
		{"a dead token", "/thing/status/get", `{"id":"1","version":"1.0","request":{"apiVer":"1.0.5","iotToken":"dead"},"params":{"iotId":"x"}}`, false, 401},
		{"a good token", "/thing/status/get", `{"id":"1","version":"1.0","request":{"apiVer":"1.0.5","iotToken":"` + token + `"},"params":{"iotId":"` + string(door) + `"}}`, false, 200},
		{"a number for an id", "/thing/status/get", `{"id":"1","version":"1.0","request":{"apiVer":"1.0.5","iotToken":"` + token + `"},"params":{"iotId":7}}`, false, 460},
		{"a time in seconds", "/lock/event/history/query", `{"id":"1","version":"1.0","request":{"apiVer":"1.0.1","iotToken":"` + token + `"},"params":{"iotid":"` + string(door) + `","start":1772366400,"end":1772366500000,"pageNo":1,"pageSize":1}}`, false, 460},
		{"the user's key for the project", "/cloud/token", `{"id":"1","version":"1.0","request":{"apiVer":"1.0.1"},"params":{"grantType":"project","res":"x"}}`, false, 403},
		{"the project's key for the user", "/living/account/region/get", regionBody, true, 403},
		{"another project", "/cloud/token", `{"id":"1","version":"1.0","request":{"apiVer":"1.0.1"},"params":{"grantType":"project","res":"x"}}`, true, 403},
		{"no cloudToken", "/cloud/thing/status/get", `{"id":"1","version":"1.0","request":{"apiVer":"1.0.2"},"params":{"iotId":"x"}}`, true, 20017},
	} {
		r := signed(t, s, tt.path, tt.body, func(r *http.Request) {
			if tt.cloud {
				r.Header.Set("X-Ca-Key", s.CloudKey)
			}
		})
		if resp, reply := answerTo(t, r); resp.StatusCode != 200 || reply["code"] != tt.want {
			t.Errorf("%s: got %d %v, want code %v", tt.name, resp.StatusCode, reply, tt.want)
		}
	}
	lenient := NewServer(WithUnknownParameters())
	defer lenient.Close()
	if _, reply := answerTo(t, signed(t, lenient, "/living/account/region/get", strings.Replace(regionBody, `"type"`, `"typ":1,"type"`, 1), nil)); reply["code"] != 200.0 {
		t.Errorf("WithUnknownParameters: got %v, want success", reply)
	}
}

func TestRefuseAndAdmit(t *testing.T) {
	s := NewServer()
	defer s.Close()
	ask := func() int {
		t.Helper()
		resp, _ := answerTo(t, signed(t, s, "/living/account/region/get", regionBody, nil))
		return resp.StatusCode
	}
	s.Refuse("/lock/nickname/set", Refusal{Status: 429}, -1) // of another endpoint
	s.Refuse("/living/account/region/get", Refusal{Status: 503, Body: "<html></html>"}, 1)
	if first, second := ask(), ask(); first != 503 || second != 200 {
		t.Errorf("once: got %d, %d, want 503, 200", first, second)
	}
	s.Refuse("*", Refusal{Status: 429, Code: "T429PR"}, -1)
	if first, second := ask(), ask(); first != 429 || second != 429 {
		t.Errorf("always: got %d, %d, want 429 twice", first, second)
	}
	s.Admit()
	if got := ask(); got != 200 {
		t.Errorf("after Admit: got %d, want 200", got)
	}
	if err := error(&Refusal{Status: 429, Code: "T429PR", Message: "Throttled"}); err.Error() != "429 T429PR Throttled" {
		t.Errorf("got %q", err)
	}
}
