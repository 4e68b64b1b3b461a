package aliyunlock

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

type signVector struct {
	ID                 string            `json:"id"`
	AppKey             string            `json:"app_key"`
	AppSecret          string            `json:"app_secret"`
	Method             string            `json:"method"`
	Path               string            `json:"path"`
	Query              map[string]string `json:"query"`
	Form               map[string]string `json:"form"`
	Body               *string           `json:"body"`
	Accept             string            `json:"accept"`
	ContentType        string            `json:"content_type"`
	Date               string            `json:"date"`
	Stage              string            `json:"stage"`
	Timestamp          string            `json:"timestamp"`
	Nonce              string            `json:"nonce"`
	ExtraHeaders       map[string]string `json:"extra_headers"`
	ExtraSignedHeaders map[string]string `json:"extra_signed_headers"`
	ContentMD5         string            `json:"content_md5"`
	SignatureHeaders   string            `json:"signature_headers"`
	StringToSign       string            `json:"string_to_sign"`
	Signature          string            `json:"signature"`
}

type decodeVector struct {
	ID       string          `json:"id"`
	Endpoint string          `json:"endpoint"`
	Response string          `json:"response"`
	Expect   json.RawMessage `json:"expect"`
}

func vectors(t testing.TB) (signing []signVector, decoding []decodeVector) {
	t.Helper()
	file, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Signature []signVector
		Decode    []decodeVector
	}
	if err := json.Unmarshal(file, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Signature) == 0 || len(all.Decode) == 0 {
		t.Fatal("testdata/vectors.json has no vectors")
	}
	return all.Signature, all.Decode
}

func valuesOf(m map[string]string) url.Values {
	v := url.Values{}
	for name, value := range m {
		v.Set(name, value)
	}
	return v
}

// header is what the request of a vector carries before it is signed.
func (v signVector) header() http.Header {
	h := http.Header{}
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	set("Accept", v.Accept)
	set("Content-Type", v.ContentType)
	set("Date", v.Date)
	set("X-Ca-Key", v.AppKey)
	set("X-Ca-Stage", v.Stage)
	set("X-Ca-Timestamp", v.Timestamp)
	set("X-Ca-Nonce", v.Nonce)
	for _, extra := range []map[string]string{v.ExtraHeaders, v.ExtraSignedHeaders} {
		for name, value := range extra {
			h.Set(name, value)
		}
	}
	if v.Body != nil && v.Form == nil {
		h.Set("Content-MD5", string(appendMD5(nil, []byte(*v.Body))))
	}
	return h
}

// signed are the headers that the vector names.
func (v signVector) signed() []signedHeader {
	var list []signedHeader
	for name := range strings.SplitSeq(v.SignatureHeaders, ",") {
		list = append(list, signedHeader{name, http.CanonicalHeaderKey(name)})
	}
	return list
}

// params are those of a query and of a form, as they are signed.
func params(query, form url.Values) rest.Params {
	all := append(rest.NewParams(query), rest.NewParams(form)...)
	slices.SortStableFunc(all, func(a, b rest.Param) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func TestSignatureVectors(t *testing.T) {
	signing, _ := vectors(t)
	ours := 0
	for _, v := range signing {
		t.Run(v.ID, func(t *testing.T) {
			h := v.header()
			if got := h.Get("Content-MD5"); got != v.ContentMD5 {
				t.Errorf("Content-MD5: got %q, want %q", got, v.ContentMD5)
			}
			if v.SignatureHeaders == signedHeaderNames {
				ours++
				if !slices.Equal(v.signed(), signedHeaders) {
					t.Errorf("our headers: got %v, want %v", signedHeaders, v.signed())
				}
			}
			text := appendStringToSign(nil, v.Method, h, v.signed(), v.Path, params(valuesOf(v.Query), valuesOf(v.Form)))
			if string(text) != v.StringToSign {
				t.Errorf("string to sign: got\n%q, want\n%q", text, v.StringToSign)
			}
			s := mac.NewKey(lock.NewSecret(v.AppSecret))
			for range 2 { // the second time with a digest that was used before
				if got := appendSign(nil, s, text); string(got) != v.Signature {
					t.Errorf("signature: got %s, want %s", got, v.Signature)
				}
			}
		})
	}
	if ours == 0 {
		t.Error("no vector has the headers that we sign")
	}
}

func TestParametersAreSignedUnescapedAndOnce(t *testing.T) {
	query := url.Values{"b": {"2", "ignored"}, "a": {"指纹 锁+1"}, "empty": {""}, "none": nil}
	got := appendStringToSign(nil, "POST", http.Header{}, nil, "/p", params(query, url.Values{"c": {"a&b=c"}, "b": {"of the form"}}))
	if want := "POST\n\n\n\n\n/p?a=指纹 锁+1&b=2&c=a&b=c&empty"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzStringToSign: the text begins with the method and five lines, names every signed header in a
// line of its own, and ends with the path and its parameters in order.
func FuzzStringToSign(f *testing.F) {
	signing, _ := vectors(f)
	for _, v := range signing {
		f.Add(v.Method, v.Path, v.Accept, v.Nonce, "q", "v")
	}
	f.Add("POST", "/a?b", "", "\n", "", "=&")
	f.Fuzz(func(t *testing.T, method, path, accept, nonce, name, text string) {
		h := http.Header{"Accept": {accept}, "X-Ca-Nonce": {nonce}, "X-Ca-Key": {"k"}}
		got := string(appendStringToSign(nil, method, h, signedHeaders[:2], path, params(url.Values{name: {text}, "zz": {""}}, nil)))
		head := method + "\n" + accept + "\n\n\n\nx-ca-key:k\nx-ca-nonce:" + nonce + "\n" + path + "?"
		tail, ok := strings.CutPrefix(got, head)
		if !ok {
			t.Fatalf("got %q, want it to begin with %q", got, head)
		}
		pair := name
		if text != "" {
			pair += "=" + text
		}
		if name != "zz" && tail != pair+"&zz" && tail != "zz&"+pair {
			t.Errorf("got the parameters %q, want %q and zz", tail, pair)
		}
		one, other := mac.NewKey(lock.NewSecret("secret")), mac.NewKey(lock.NewSecret("secret2"))
		first, again := appendSign(nil, one, []byte(got)), appendSign(nil, one, []byte(got))
		if !bytes.Equal(first, again) || bytes.Equal(first, appendSign(nil, other, []byte(got))) {
			t.Errorf("the signature is %s, %s, and the same with another secret", first, again)
		}
	})
}
