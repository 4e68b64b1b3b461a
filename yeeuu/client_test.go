package yeeuu

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/smartlock-sdk/smartlock/lock"
)

type tokenCase struct {
	Name      string `json:"name"`
	Timestamp string `json:"timestamp"`
	Secret    string `json:"secret"`
	Nonstr    string `json:"nonstr"`
	Token     string `json:"token"`
}

func tokenVectors(t testing.TB) []tokenCase {
	t.Helper()
	file, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct{ Token struct{ Cases []tokenCase } }
	if err := json.Unmarshal(file, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Token.Cases) == 0 {
		t.Fatal("testdata/vectors.json has no cases")
	}
	return vectors.Token.Cases
}

func token(timestamp string, secret lock.Secret, nonstr string) string {
	return string(appendToken(nil, timestamp, secret, nonstr))
}

func TestTokens(t *testing.T) {
	for _, v := range tokenVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			if got := token(v.Timestamp, lock.NewSecret(v.Secret), v.Nonstr); got != v.Token {
				t.Errorf("got %s, want %s", got, v.Token)
			}
		})
	}
}

func FuzzToken(f *testing.F) {
	for _, v := range tokenVectors(f) {
		f.Add(v.Timestamp, v.Secret, v.Nonstr)
	}
	form := regexp.MustCompile(`^[0-9a-f]{40}$`)
	f.Fuzz(func(t *testing.T, timestamp, secret, nonstr string) {
		got := token(timestamp, lock.NewSecret(secret), nonstr)
		if !form.MatchString(got) {
			t.Fatalf("got %q, want 40 lower-case hexadecimal digits", got)
		}
		if again := token(timestamp+secret, lock.Secret{}, nonstr); again != got {
			t.Errorf("got %s and %s for the same text, want the same: it is a plain concatenation", got, again)
		}
		if other := token(timestamp, lock.NewSecret(secret), nonstr+"0"); other == got {
			t.Error("another nonstr gives the same token")
		}
	})
}

func TestNonstrs(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-Za-z]{16}$`)
	seen, used := map[string]bool{}, map[rune]bool{}
	for range 1000 {
		s := newNonstr()
		if !form.MatchString(s) {
			t.Fatalf("got %q, want 16 letters and digits", s)
		}
		if seen[s] {
			t.Fatalf("got %q twice", s)
		}
		seen[s] = true
		for _, r := range s {
			used[r] = true
		}
	}
	if len(used) != 62 {
		t.Errorf("a thousand of them use %d characters, want all 62", len(used))
	}
}

// answering is a client that gets the same answer to every call.
func answering(status int, body string, opts ...lock.Option) (*Client, *httpmock.MockTransport) {
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewStringResponder(status, body))
	opts = append(opts, lock.WithHTTPClient(&http.Client{Transport: mock}), lock.WithClock(fixedClock{}))
	return New("partner-1", "s3cr3tAB", opts...), mock
}

// What success may look like, and what is none. A call whose fate is open is ErrOutcomeUnknown if
// it changes something.
func TestSuccess(t *testing.T) {
	for _, tt := range []struct {
		name, body  string
		read, write lock.Kind // "" = success
	}{
		{"true", `{"success":true}`, "", ""},
		{"the text true", `{"success":"true"}`, "", ""},
		{"1", `{"success":1}`, "", ""},
		{"with words", `{"success":true,"desc":"操作成功"}`, "", ""},
		{"false", `{"success":false,"desc":"房源不存在"}`, lock.ErrDeviceRejected, lock.ErrDeviceRejected},
		{"false without words", `{"success":false}`, lock.ErrDeviceRejected, lock.ErrDeviceRejected},
		{"the text false", `{"success":"false","desc":"x"}`, lock.ErrDeviceRejected, lock.ErrDeviceRejected},
		{"0", `{"success":0,"desc":"x"}`, lock.ErrDeviceRejected, lock.ErrDeviceRejected},
		{"the token", `{"success":false,"desc":"token错误"}`, lock.ErrUnauthenticated, lock.ErrUnauthenticated},
		{"a Token", `{"success":false,"desc":"Token Error"}`, lock.ErrUnauthenticated, lock.ErrUnauthenticated},
		{"the partner", `{"success":false,"desc":"partnerId不存在"}`, lock.ErrUnauthenticated, lock.ErrUnauthenticated},
		{"the time", `{"success":false,"desc":"timestamp过期"}`, lock.ErrUnauthenticated, lock.ErrUnauthenticated},
		{"the nonce", `{"success":false,"desc":"nonstr重复"}`, lock.ErrUnauthenticated, lock.ErrUnauthenticated},
		{"nothing said", `{"desc":"ok"}`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
		{"an empty object", `{}`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
		{"null", `{"success":null}`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
		{"another number", `{"success":2}`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
		{"another text", `{"success":"yes"}`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
		{"another case", `{"Success":true}`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
		{"twice", `{"success":false,"success":true}`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
		{"an array", `[]`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
		{"nothing", ``, lock.ErrProtocol, lock.ErrOutcomeUnknown},
		{"a web page", `<html>ok</html>`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, mock := answering(http.StatusOK, tt.body)
			_, read := c.ListOpenLogs(t.Context(), ListOpenLogsRequest{front, 1, 50})
			_, write := c.OpenDoor(t.Context(), OpenDoorRequest{front, phone})
			if got := lock.KindOf(read); got != tt.read {
				t.Errorf("asked: got %v, want kind %q", read, tt.read)
			}
			if got := lock.KindOf(write); got != tt.write {
				t.Errorf("changed: got %v, want kind %q", write, tt.write)
			}
			if n := mock.GetTotalCallCount(); n != 2 {
				t.Errorf("got %d requests, want 2: nothing of this is repeated", n)
			}
		})
	}
}

// The status of failures is not documented: the body decides, and a 5xx is an outage whatever it
// says.
func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		name        string
		status      int
		body        string
		read, write lock.Kind
	}{
		{"a refusal with 400", 400, `{"success":false,"desc":"x"}`, lock.ErrDeviceRejected, lock.ErrDeviceRejected},
		{"the token with 401", 401, `{"success":false,"desc":"token错误"}`, lock.ErrUnauthenticated, lock.ErrUnauthenticated},
		{"the token with 500", 500, `{"success":false,"desc":"token错误"}`, lock.ErrUnauthenticated, lock.ErrUnauthenticated},
		{"a refusal with 500", 500, `{"success":false,"desc":"系统错误"}`, lock.ErrVendorUnavailable, lock.ErrOutcomeUnknown},
		{"a refusal with 429", 429, `{"success":false,"desc":"x"}`, lock.ErrRateLimited, lock.ErrRateLimited},
		{"success with 500", 500, `{"success":true}`, lock.ErrProtocol, lock.ErrOutcomeUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := answering(tt.status, tt.body)
			_, read := c.ListOpenLogs(t.Context(), ListOpenLogsRequest{front, 1, 50})
			_, write := c.OpenDoor(t.Context(), OpenDoorRequest{front, phone})
			if got := lock.KindOf(read); got != tt.read {
				t.Errorf("asked: got %v, want kind %q", read, tt.read)
			}
			if got := lock.KindOf(write); got != tt.write {
				t.Errorf("changed: got %v, want kind %q", write, tt.write)
			}
		})
	}
}

func TestRefusalsKeepTheVendorsWords(t *testing.T) {
	c, _ := answering(http.StatusOK, `{"success":false,"desc":"房源不存在"}`)
	_, err := c.OpenDoor(t.Context(), OpenDoorRequest{front, phone})
	var e *lock.Error
	if !errors.As(err, &e) || e.Message != "房源不存在" || e.Endpoint != "POST /apartments/{code}/remote_action" || e.Code != "" {
		t.Errorf("got %+v, want the vendor's words, the endpoint as documented and no code", e)
	}
}

// A vendor that repeats what it was sent gives away nothing.
func TestErrorsHideWhatWasSent(t *testing.T) {
	mock := httpmock.NewMockTransport()
	var said string
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		said = string(body)
		reply, err := json.Marshal(map[string]any{"success": false, "desc": said})
		if err != nil {
			return nil, err
		}
		return httpmock.NewBytesResponse(http.StatusOK, reply), nil
	})
	c := New("partner-1", "s3cr3tAB", lock.WithHTTPClient(&http.Client{Transport: mock}), lock.WithClock(fixedClock{}))
	_, err := c.SetPassword(t.Context(), SetPasswordRequest{front, Period{noon, night}, "房东", "李雷", phone, pin})
	if err == nil {
		t.Fatal("got success")
	}
	token := regexp.MustCompile(`token=([0-9a-f]{40})`).FindStringSubmatch(said)
	if token == nil {
		t.Fatalf("no token was sent: %s", said)
	}
	for what, secret := range map[string]string{
		"phone": phone.Reveal(), "password": pin.Reveal(), "token": token[1], "secret": "s3cr3tAB",
	} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows the %s: %v", what, err)
		}
	}
}

func TestFaultyClientsSendNothing(t *testing.T) {
	for _, tt := range []struct {
		name, partner, secret string
		opts                  []lock.Option
		want                  string
	}{
		{"no partner id", "", "s", nil, "partner id"},
		{"no secret", "p", "", nil, "secret"},
		{"an option of another vendor", "p", "s", []lock.Option{lock.CustomOption("other.WithThing", func(*int) {})}, "other.WithThing"},
		{"a watched door that is none", "p", "s", []lock.Option{WithWatch("front door")}, "WithWatch"},
		{"a watched inner door without a name", "p", "s", []lock.Option{WithWatch("x0001:2")}, "Name"},
		{"plain http", "p", "s", []lock.Option{lock.WithBaseURL("http://alms.yeeuu.com")}, "https"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mock := httpmock.NewMockTransport()
			c := New(tt.partner, tt.secret, append(tt.opts, lock.WithHTTPClient(&http.Client{Transport: mock}))...)
			_, native := c.OpenDoor(t.Context(), OpenDoorRequest{front, phone})
			for call, err := range map[string]error{"OpenDoor": native, "Check": c.Check(t.Context())} {
				if !errors.Is(err, lock.ErrInvalidArgument) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: got %v, want an ErrInvalidArgument that speaks of %q", call, err, tt.want)
				}
			}
			if n := mock.GetTotalCallCount(); n != 0 {
				t.Errorf("got %d requests, want none", n)
			}
		})
	}
}

// The second interface has a dialect, a key and an address of its own.
func TestDeviceInterface(t *testing.T) {
	t.Run("it needs the key", func(t *testing.T) {
		c, mock := answering(http.StatusOK, `{"success":true}`)
		_, err := c.OpenDevice(t.Context(), "sn1")
		if !errors.Is(err, lock.ErrInvalidArgument) || !strings.Contains(err.Error(), "WithDeviceKey") || mock.GetTotalCallCount() != 0 {
			t.Errorf("got %v after %d requests, want an ErrInvalidArgument that names WithDeviceKey and none", err, mock.GetTotalCallCount())
		}
	})
	for _, tt := range []struct {
		name string
		opts []lock.Option
		want string
	}{
		{"its own address", nil, "api.yeeuu.com"},
		{"the address of everything", []lock.Option{lock.WithBaseURL("https://proxy.example")}, "proxy.example"},
		{"an address of its own, given", []lock.Option{lock.WithBaseURL("https://proxy.example"), WithDeviceURL("https://device.example")}, "device.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var host string
			mock := httpmock.NewMockTransport()
			mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
				host = req.URL.Host
				return httpmock.NewStringResponse(http.StatusOK, `{"success":true}`), nil
			})
			c := New("p", "s", append(tt.opts, WithDeviceKey(lock.NewSecret("k3y")), lock.WithHTTPClient(&http.Client{Transport: mock}))...)
			if _, err := c.GetDeviceState(t.Context(), "sn1"); err != nil || host != tt.want {
				t.Errorf("got host %q and error %v, want %q", host, err, tt.want)
			}
		})
	}
	t.Run("its errors hide the key", func(t *testing.T) {
		const key = "k3y-canary"
		c, _ := answering(http.StatusOK, `{"success":false,"desc":"key `+key+` 错误"}`, WithDeviceKey(lock.NewSecret(key)))
		_, err := c.DeleteDevicePassword(t.Context(), "sn1", 7)
		if !errors.Is(err, lock.ErrDeviceRejected) || strings.Contains(err.Error(), key) {
			t.Errorf("got %v, want an ErrDeviceRejected without the key", err)
		}
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(httpmock.NewErrorResponder(errors.New("broken")))
		c = New("p", "s", WithDeviceKey(lock.NewSecret(key)), lock.WithHTTPClient(&http.Client{Transport: mock}), lock.WithClock(fixedClock{}))
		_, err = c.GetDeviceState(t.Context(), "sn1")
		if !errors.Is(err, lock.ErrVendorUnavailable) || strings.Contains(err.Error(), key) {
			t.Errorf("got %v, want an ErrVendorUnavailable without the key", err)
		}
	})
}

func TestErrorCodesAreTheTwoThatJudgeKnows(t *testing.T) {
	for _, info := range ErrorCodes() {
		c, _ := answering(http.StatusOK, `{"success":false,"desc":"`+info.Words+`"}`)
		if err := discard(c.OpenDoor(t.Context(), OpenDoorRequest{front, phone})); !errors.Is(err, info.Kind) {
			t.Errorf("%q: got %v, want kind %q", info.Words, err, info.Kind)
		}
	}
}

func discard[T any](_ T, err error) error { return err }
