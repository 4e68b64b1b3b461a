package ws

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDialReportsWhatTheServerAnswers(t *testing.T) {
	cases := map[string]struct {
		answer  http.HandlerFunc
		want    HandshakeError
		refused bool
	}{
		"not authorised": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) }, HandshakeError{Status: 401}, true},
		"forbidden":      {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }, HandshakeError{Status: 403}, true},
		"no such path":   {http.NotFound, HandshakeError{Status: 404}, false},
		"no socket":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }, HandshakeError{Status: 200}, false},
		"busy": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(503)
		}, HandshakeError{Status: 503, RetryAfter: 2 * time.Minute}, false},
		"a redirect is not followed": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/ws" {
				t.Error("the redirect was followed")
			}
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, HandshakeError{Status: 307}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, c.answer).Dial(t.Context(), address)
			var shaken *HandshakeError
			if !errors.As(err, &shaken) || *shaken != c.want {
				t.Fatalf("got %v, want %v", err, &c.want)
			}
			if got := Refused(err); got != c.refused {
				t.Errorf("Refused: got %t, want %t", got, c.refused)
			}
		})
	}
}

func TestDialSendsItsHeader(t *testing.T) {
	got := make(chan string, 1)
	d := serve(t, func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("User-Agent") })
	d.Header = http.Header{"User-Agent": {"smartlock"}}
	_, _ = d.Dial(t.Context(), address)
	if agent := <-got; agent != "smartlock" {
		t.Errorf("User-Agent: got %q, want smartlock", agent)
	}
}

func TestDialEnds(t *testing.T) {
	forever := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	mute := func(t *testing.T) dialFunc { // connects, and nobody says anything
		return func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			return ours, nil
		}
	}
	phases := map[string]func(t *testing.T) *http.Transport{
		"while it dials":                   func(*testing.T) *http.Transport { return &http.Transport{DialContext: forever} },
		"while the server says nothing":    func(t *testing.T) *http.Transport { return &http.Transport{DialContext: mute(t)} },
		"while the certificate is awaited": func(t *testing.T) *http.Transport { return &http.Transport{DialContext: mute(t), DialTLSContext: nil} },
		"in a TLS dialler of the caller's": func(*testing.T) *http.Transport { return &http.Transport{DialTLSContext: forever} },
	}
	for name, transport := range phases {
		to := address
		if strings.Contains(name, "certificate") || strings.Contains(name, "TLS") {
			to = "wss://vendor.test/api/ws"
		}
		t.Run(name+", with its context", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() {
					_, err := Dialer{Transport: transport(t)}.Dial(ctx, to)
					ended <- err
				}()
				synctest.Wait()
				began := time.Now()
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) || time.Since(began) > 0 {
					t.Errorf("got %v after %s, want %v at once", err, time.Since(began), context.Canceled)
				}
			})
		})
		t.Run(name+", after ten seconds", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, err := Dialer{Transport: transport(t)}.Dial(t.Context(), to)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 10*time.Second {
					t.Errorf("got %v after %s, want %v after 10s", err, time.Since(began), context.DeadlineExceeded)
				}
			})
		})
	}
}

func TestDialUsesTheCallersProxy(t *testing.T) {
	broken := errors.New("the proxy's own error")
	d := Dialer{Transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return nil, broken }}}
	if _, err := d.Dial(t.Context(), "wss://127.0.0.1:1/api/ws"); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// quiet is a test server that does not log handshakes that fail.
func quiet(t *testing.T, maxTLS uint16) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := Accept(w, r); err == nil {
			_ = c.Close(Normal, "")
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: maxTLS}
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestDialChecksCertificates(t *testing.T) {
	s := quiet(t, 0)
	to := strings.Replace(s.URL, "https", "wss", 1)
	var unknown *tls.CertificateVerificationError
	if _, err := (Dialer{}).Dial(t.Context(), to); !errors.As(err, &unknown) {
		t.Errorf("a certificate nobody vouches for: got %v, want a %T", err, unknown)
	}
	trusting := s.Client().Transport.(*http.Transport) // which speaks HTTP/2 otherwise
	c, err := Dialer{Transport: trusting}.Dial(t.Context(), to)
	if err != nil {
		t.Fatalf("a certificate that the caller's transport trusts: %v", err)
	}
	_ = c.Drop()
	old := quiet(t, tls.VersionTLS11)
	c, err = Dialer{Transport: old.Client().Transport}.Dial(t.Context(), strings.Replace(old.URL, "https", "wss", 1))
	if err == nil {
		_ = c.Drop()
		t.Error("a server with TLS 1.1 was good enough")
	}
}

func TestDialFromATransportOfAnotherKind(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := Accept(w, r); err == nil {
			_ = c.Close(GoingAway, "")
		}
	}))
	defer s.Close()
	for name, rt := range map[string]http.RoundTripper{
		"wrapped": http.NewFileTransport(http.Dir(".")), "none": nil, "none with a type": (*http.Transport)(nil),
	} {
		c, err := Dialer{Transport: rt}.Dial(t.Context(), strings.Replace(s.URL, "http", "ws", 1))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var closed *CloseError
		if _, err := c.Read(t.Context()); !errors.As(err, &closed) || closed.Code != GoingAway {
			t.Errorf("%s: got %v, want code %d", name, err, GoingAway)
		}
	}
}

func TestAcceptRefusesWhatIsNoHandshake(t *testing.T) {
	w := httptest.NewRecorder()
	c, err := Accept(w, httptest.NewRequest(http.MethodGet, "/api/ws", nil))
	if err == nil || c != nil || w.Code != http.StatusBadRequest {
		t.Errorf("got %v, %v and status %d, want an error and 400", c, err, w.Code)
	}
}
