package rest

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

const canary = "canary"

// secretive holds secrets in every position.
type secretive struct {
	Plain   lock.Secret
	Pointer *lock.Secret
	Map     map[string]lock.Secret
	Slice   []lock.Secret
	Any     any
	Deep    struct{ Inner *struct{ S lock.Secret } }
	Raw     []byte
	Short   lock.Secret
	hidden  lock.Secret
}

func TestSecretsOfARequestAreFound(t *testing.T) {
	pointer := lock.NewSecret("pointer-canary")
	body := &secretive{
		Plain: lock.NewSecret("plain canary/+"), Pointer: &pointer,
		Map:   map[string]lock.Secret{"a": lock.NewSecret("map-canary")},
		Slice: []lock.Secret{{}, lock.NewSecret("slice-canary")},
		Any:   []any{1, nil, map[string]any{"x": lock.NewSecret("any-canary")}},
		Raw:   bytes.Repeat([]byte("x"), 1<<20),
		Short: lock.NewSecret("123"), hidden: lock.NewSecret("hidden-canary"),
	}
	body.Deep.Inner = &struct{ S lock.Secret }{lock.NewSecret("slice-canary-and-more")}
	found := secretsOf(&Attempt{
		Token:   "token-canary",
		Request: &Request{Body: body, Query: struct{ Phone lock.Secret }{lock.NewSecret("+8613800000000")}},
	})
	for _, want := range []string{
		"plain canary/+", "plain+canary%2F%2B", "plain%20canary%2F+", "pointer-canary", "map-canary", "slice-canary", "any-canary",
		"slice-canary-and-more", "token-canary", "+8613800000000", "%2B8613800000000",
	} {
		require.Contains(t, found, want)
	}
	require.NotContains(t, found, "123", "too short to be found in a text")
	require.Equal(t, "say ******, ****** and ******", mask("say slice-canary, slice-canary-and-more and plain+canary%2F%2B", found), "the longer one first")
}

func TestSecretsAreSearchedWithoutEnd(t *testing.T) {
	type ring struct {
		Next *ring
		S    lock.Secret
	}
	r := &ring{S: lock.NewSecret("ring-canary")}
	r.Next = r
	require.Contains(t, secretsOf(&Attempt{Request: &Request{Body: r}}), "ring-canary")
	require.NotEmpty(t, secretsOf(&Attempt{Request: &Request{Body: make([]struct{ A, B int }, 100_000)}, Token: "token"}))
}

func TestErrorTextHoldsNoQuery(t *testing.T) {
	for text, want := range map[string]string{
		`Get "https://vendor.test/x?access_token=canary&a=b": EOF`:          `Get "https://vendor.test/x…`,
		`proxyconnect tcp: https://user:canary@proxy.test:3128: refused`:    `proxyconnect tcp: https://proxy.test:3128: refused`,
		`invalid proxy address "user:canary@proxy.test"`:                    `invalid proxy address "proxy.test"`,
		`see http://a:canary@b/ and ftp://c:canary@d/`:                      `see http://b/ and ftp://d/`,
		`https://user:c@n@ry@host/`:                                         `https://host/`,
		"dial tcp 127.0.0.1:443: connect: connection refused":               "dial tcp 127.0.0.1:443: connect: connection refused",
		"malformed HTTP response \"\x1b[31m\r\n" + strings.Repeat("x", 400): "malformed HTTP response \" [31m  " + strings.Repeat("x", 300-32) + "…",
		"token s3cretcanary refused":                                        "token ****** refused",
	} {
		require.Equal(t, want, errorText(text, []string{"s3cretcanary"}))
	}
}

// What net/http says about a failed call, rewritten.
func TestCauseAnswersForTheError(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	outer := &url.Error{Op: "Get", URL: "https://vendor.test/x?token=canary", Err: refused}
	c := newCause(outer, nil)
	require.Equal(t, "dial tcp: connect: connection refused", c.Error())
	require.ErrorIs(t, c, syscall.ECONNREFUSED)
	var op *net.OpError
	require.ErrorAs(t, c, &op)
	require.Same(t, refused, op)
	require.False(t, c.Timeout())
	var ue *url.Error
	require.False(t, errors.As(c, &ue), "net/http's coat is gone")

	nested := newCause(fmt.Errorf("retry: %w", &url.Error{Op: "Get", URL: "https://u:canary@vendor.test/x?token=canary", Err: timeout{}}), nil)
	require.True(t, errors.As(nested, &ue))
	require.Equal(t, "https://vendor.test/x…", ue.URL)
	require.NotContains(t, ue.Error(), canary)
	require.True(t, nested.Timeout())
	require.True(t, ue.Timeout())
	var ne net.Error
	require.ErrorAs(t, error(nested), &ne)
	require.True(t, ne.Timeout())
	require.NotContains(t, ne.Error(), canary)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		require.NotContains(t, fmt.Sprintf(verb, nested), canary)
		require.NotContains(t, fmt.Sprintf(verb, nested), fmt.Sprintf("%x", canary))
	}
}

func TestUntrusted(t *testing.T) {
	for _, err := range []error{x509.CertificateInvalidError{}, x509.HostnameError{Certificate: &x509.Certificate{}}, x509.UnknownAuthorityError{}, x509.SystemRootsError{}} {
		require.True(t, untrusted(fmt.Errorf("x: %w", err)), "%T", err)
		var seen tries
		_, callErr := Do[nothing](t.Context(), over(roundTrip(func(*http.Request) (*http.Response, error) { return nil, err }), seen.option()), changeRequest())
		require.Equal(t, lock.ErrUntrusted, failed(t, callErr).Kind)
		require.Equal(t, 1, seen.count())
	}
	require.False(t, untrusted(errBroken))
}

// Nothing of a call's secrets gets out, whatever goes wrong: not in errors, however printed, not
// in the log at its most talkative, not in records.
func TestNoSecretGetsOut(t *testing.T) {
	var out lockedBuffer
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	observe := lock.WithObserver(func(a lock.Attempt) { fmt.Fprintf(&out, "%+v %#v\n", a, a) })
	mirror := func(status int) func(*http.Request) (*http.Response, error) {
		return func(req *http.Request) (*http.Response, error) {
			body := []byte("none")
			if req.Body != nil {
				body, _ = io.ReadAll(req.Body)
			}
			text := fmt.Sprintf("%s %v %s", req.URL, req.Header["X-Canary"], body)
			return answer(req, status, fmt.Sprintf(`{"ErrNo":103,"ErrMsg":%q,"ReqID":%q}`, text, text), "Location", req.URL.String()), nil
		}
	}
	worlds := map[string]func(*http.Request) (*http.Response, error){
		"mirror":      mirror(200),
		"mirror, 500": mirror(500),
		"mirror, 302": mirror(302),
		"mirror as garbage": func(req *http.Request) (*http.Response, error) {
			body := fmt.Sprintf(`{"ErrNo":0,"now":"%s","ErrMsg":{"%s":1}}`, req.URL, req.URL)
			return answer(req, 200, body), nil
		},
		"error with the URL": func(req *http.Request) (*http.Response, error) { return nil, fmt.Errorf("cannot get %s", req.URL) },
		"error with the URL, quoted": func(req *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: req.URL.String(), Err: fmt.Errorf("again %q", req.URL)}
		},
		"cancelled": func(req *http.Request) (*http.Response, error) { return nil, context.Canceled },
	}
	requests := []*Request{
		changeRequest(), readRequest(), mutatingGet(),
		{Method: "GET", Path: "/get_token", Query: struct {
			Phone lock.Secret `url:"phone"`
		}{lock.NewSecret("+86-canary-phone")}},
		{Method: "POST", Path: "/token", Open: true, Body: struct {
			Secret lock.Secret `json:"client_secret"`
		}{lock.NewSecret("client-canary-secret")}},
		{Method: "GET", Path: Path("/token/%s", lock.NewSecret("refresh-canary")), Name: "/token/{refresh_token}"},
	}
	for name, world := range worlds {
		for _, request := range requests {
			rt := roundTrip(world)
			if request.Name == "/token/{refresh_token}" && strings.HasPrefix(name, "mirror") {
				continue // a path that the vendor itself repeats in its message
			}
			if request.Name == "/token/{refresh_token}" && strings.HasPrefix(name, "error with the URL") {
				continue // nor one that a transport repeats in words of its own
			}
			c := over(rt, observe, lock.WithLogger(logger))
			_, err := Do[nothing](t.Context(), c, request)
			require.Error(t, err)
			for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
				fmt.Fprintf(&out, verb+"\n", err)
			}
			logger.Error("failed", "error", err, "attr", slog.AnyValue(err))
		}
	}
	text := out.String()
	require.NotContains(t, text, canary)
	require.NotContains(t, text, "471108")
	require.Contains(t, text, "outcome unknown")
	require.Contains(t, text, "msg=call")
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// FuzzErrorText puts secrets into URLs and these into errors, as net/http and proxies do.
func FuzzErrorText(f *testing.F) {
	f.Add("https", "user", "pass", "vendor.test", "/path", "a=b", "EOF")
	f.Add("http", "", "p@ss:/?#", "[::1]:80", "/甲%2F", "&&==;;", "dial tcp: \x00")
	f.Add("x", "@", "\"", "", "", "?", "://@?")
	f.Fuzz(func(t *testing.T, scheme, user, pass, host, path, query, rest string) {
		const a, b, c = "Qcanary1Q", "Qcanary2Q", "Qcanary3Q"
		if strings.Contains(host+path+rest+scheme, "canary") {
			t.Skip()
		}
		u := &url.URL{Scheme: scheme, User: url.UserPassword(user+a, b+pass+b), Host: host, Path: path, RawQuery: url.QueryEscape(query) + "=" + c}
		for _, text := range []string{
			(&url.Error{Op: "Get", URL: u.String(), Err: errors.New(rest)}).Error(),
			"proxy " + u.String() + " said " + rest,
			rest + " " + u.String(),
		} {
			got := errorText(text, nil)
			for _, s := range []string{a, b, c} {
				if strings.Contains(got, s) {
					t.Fatalf("%q holds %s, made from %q", got, s, text)
				}
			}
			checkTame(t, got)
		}
		got := errorText(rest+pass+query, []string{pass})
		if len(pass) > 8 && strings.Contains(got, pass) && !strings.Contains("******", pass) {
			t.Fatalf("%q holds %q", got, pass)
		}
		checkTame(t, got)
	})
}

// FuzzClean gives the vendor's words and a secret of the call.
func FuzzClean(f *testing.F) {
	f.Add("bad code 123456", "123456")
	f.Add("a\x00b\u202ec\u2028", "b\u202ec")
	f.Add(strings.Repeat("长", 500), "长长长")
	f.Add("1\u200b2345", "12345")
	f.Fuzz(func(t *testing.T, text, secret string) {
		secrets := secretsOf(&Attempt{Token: secret, Request: &Request{}})
		got := clean(text, maxMessage, secrets)
		checkTame(t, got)
		if len(secret) >= shortestSecret && !strings.Contains(got, "******") && strings.Contains(got, secret) {
			t.Fatalf("%q holds %q", got, secret)
		}
	})
}

// checkTame says what holds for every text we pass on.
func checkTame(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxMessage+1 {
		t.Fatalf("not tame: %q", text)
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			t.Fatalf("not tame: %q holds %U", text, r)
		}
	}
}
