package tuya

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

type signVector struct {
	Name        string            `json:"name"`
	ClientID    string            `json:"client_id"`
	Secret      string            `json:"secret"`
	AccessToken string            `json:"access_token"`
	T           string            `json:"t"`
	Nonce       string            `json:"nonce"`
	Method      string            `json:"method"`
	Path        string            `json:"path"`
	Query       [][2]string       `json:"query"`
	Headers     map[string]string `json:"headers"`
	Signed      []string          `json:"signature_headers"`
	Body        *string           `json:"body"`
	Expect      struct {
		ContentSHA256 string `json:"content_sha256"`
		CanonicalURL  string `json:"canonical_url"`
		StringToSign  string `json:"string_to_sign"`
		Sign          string `json:"sign"`
	} `json:"expect"`
}

type codeVector struct {
	Name         string      `json:"name"`
	ClientSecret lock.Secret `json:"client_secret"`
	TicketKey    lock.Secret `json:"ticket_key"`
	Plain        lock.Secret `json:"plain_password"`
	Expect       struct {
		DecryptedKey string `json:"decrypted_key"`
		Password     string `json:"password"`
	} `json:"expect"`
}

func vectors(t testing.TB) (signing []signVector, codes []codeVector) {
	t.Helper()
	file, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Signature    []signVector `json:"signature"`
		TempPassword []codeVector `json:"temp_password"`
	}
	if err := json.Unmarshal(file, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Signature) < 12 || len(all.TempPassword) < 5 {
		t.Fatalf("got %d and %d vectors, want 12 and 5", len(all.Signature), len(all.TempPassword))
	}
	return all.Signature, all.TempPassword
}

// text is the request of a vector. Its query goes through the wire's encoding and back.
func (v signVector) text(t testing.TB) text {
	t.Helper()
	q := url.Values{}
	for _, pair := range v.Query {
		q.Set(pair[0], pair[1])
	}
	var headers []signedHeader
	for _, name := range v.Signed {
		headers = append(headers, signedHeader{name, v.Headers[name]})
	}
	a := &rest.Attempt{
		Request: &rest.Request{Method: v.Method}, Path: (&url.URL{Path: v.Path}).EscapedPath(), Query: rest.NewParams(q),
	}
	if v.Body != nil {
		a.Body = []byte(*v.Body)
	}
	made, err := newText(a, headers)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestSignatureVectors(t *testing.T) {
	signing, _ := vectors(t)
	for _, v := range signing {
		t.Run(v.Name, func(t *testing.T) {
			if got := string(v.text(t).appendTo(nil)); got != v.Expect.StringToSign {
				t.Errorf("string to sign: got %q, want %q", got, v.Expect.StringToSign)
			}
			s := mac.NewKey(lock.NewSecret(v.Secret))
			for range 2 { // the second one uses what the first has left in the pool
				if got := string(appendSign(nil, s, v.ClientID, v.AccessToken, v.T, v.Nonce, v.text(t))); got != v.Expect.Sign {
					t.Errorf("sign: got %s, want %s", got, v.Expect.Sign)
				}
			}
		})
	}
}

// The examples of the vendor's page have signed headers, an empty value and a body.
func TestStringToSign(t *testing.T) {
	const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	const object = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
	for _, tt := range []struct {
		name string
		text text
		want string
	}{
		{"an empty value keeps its equals sign", text{method: "GET", path: "/a", query: rest.NewParams(url.Values{"b": {""}, "a": {"1"}})}, "GET\n" + nothing + "\n\n/a?a=1&b="},
		{"no query has no question mark", text{method: "GET", path: "/a", query: rest.Params{}}, "GET\n" + nothing + "\n\n/a"},
		{"names are sorted by their bytes", text{method: "GET", path: "/a", query: rest.NewParams(url.Values{"b": {"1"}, "B": {"2"}, "a_b": {"3"}, "ab": {"4"}})}, "GET\n" + nothing + "\n\n/a?B=2&a_b=3&ab=4&b=1"},
		{"nothing is escaped", text{method: "GET", path: "/a b", query: rest.NewParams(url.Values{"q": {"1+1 / 2,%"}})}, "GET\n" + nothing + "\n\n/a b?q=1+1 / 2,%"},
		{"an empty object is no empty body", text{method: "POST", path: "/a", body: []byte("{}")}, "POST\n" + object + "\n\n/a"},
		{"headers end their lines", text{method: "GET", path: "/a", headers: []signedHeader{{"b", "2"}, {"a", "1"}}}, "GET\n" + nothing + "\nb:2\na:1\n\n/a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.text.appendTo(nil)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// The vendor signs the first value of a parameter only, and a path that cannot be decoded not at all.
func TestWhatCannotBeSignedIsNotSent(t *testing.T) {
	v := &saying{reply: `{"success":true}`}
	_, err := v.client().Call(t.Context(), http.MethodGet, "/v1.0/devices", url.Values{"id": {"a", "b"}}, nil)
	if lock.KindOf(err) != lock.ErrInvalidArgument || len(v.calls) > 0 {
		t.Errorf("a parameter that occurs twice: got %v and %d calls, want %s and none", err, len(v.calls), lock.ErrInvalidArgument)
	}
	_, err = v.client().Call(t.Context(), http.MethodGet, "/%zz", nil, nil)
	if lock.KindOf(err) != lock.ErrInvalidArgument || len(v.calls) > 0 {
		t.Errorf("a path that cannot be decoded: got %v and %d calls, want %s and none", err, len(v.calls), lock.ErrInvalidArgument)
	}
}

func TestNoncesAreUUIDs(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := uuid()
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("got %q (seen before: %t), want a new UUID", id, seen[id])
		}
		seen[id] = true
	}
}

// FuzzStringToSign holds the string against one that is made in the plainest way.
func FuzzStringToSign(f *testing.F) {
	signing, _ := vectors(f)
	for _, v := range signing {
		body := ""
		if v.Body != nil {
			body = *v.Body
		}
		q := url.Values{}
		for _, pair := range v.Query {
			q.Set(pair[0], pair[1])
		}
		f.Add(v.Method, body, v.Path, q.Encode())
	}
	f.Add("GET", "", "/users/1,2", "a=%2B&b=&c=%20%E7%8E%8B")
	f.Fuzz(func(t *testing.T, method, body, path, encoded string) {
		q, err := url.ParseQuery(encoded)
		if err != nil {
			t.Skip()
		}
		var pairs []string
		for name := range q {
			q[name] = q[name][:1]
			pairs = append(pairs, name)
		}
		sort.Strings(pairs)
		for i, name := range pairs {
			pairs[i] = name + "=" + q.Get(name)
		}
		want := path
		if len(pairs) > 0 {
			want += "?" + strings.Join(pairs, "&")
		}
		digest := sha256.Sum256([]byte(body))
		want = strings.Join([]string{method, hex.EncodeToString(digest[:]), "", want}, "\n")
		made := text{method: method, body: []byte(body), path: path, query: rest.NewParams(q)}
		if got := string(made.appendTo(nil)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		sum := hmac.New(sha256.New, []byte("secret"))
		sum.Write([]byte("id" + "token" + "1" + "n" + want))
		if got := string(appendSign(nil, mac.NewKey(lock.NewSecret("secret")), "id", "token", "1", "n", made)); got != strings.ToUpper(hex.EncodeToString(sum.Sum(nil))) {
			t.Errorf("got the signature %s of %q", got, want)
		}
	})
}
