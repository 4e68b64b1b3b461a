package dingding

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
)

type signCase struct {
	Name         string `json:"name"`
	CallbackURL  string `json:"callback_url"`
	Body         string `json:"body"`
	StringToSign string `json:"string_to_sign"`
	Sign         string `json:"sign"`
}

func signVectors(t *testing.T, group string) []signCase {
	t.Helper()
	file, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var groups map[string]json.RawMessage
	if err := json.Unmarshal(file, &groups); err != nil {
		t.Fatal(err)
	}
	var g struct{ Cases []signCase }
	if err := json.Unmarshal(groups[group], &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Cases) == 0 {
		t.Fatalf("testdata/vectors.json has no cases of %s", group)
	}
	return g.Cases
}

// withSign puts sign into body, in place of what stands there.
func withSign(t testing.TB, body, sign string) []byte {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &members); err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(sign)
	if err != nil {
		t.Fatal(err)
	}
	if old, ok := members["sign"]; ok {
		return []byte(strings.Replace(body, string(old), string(quoted), 1))
	}
	end := strings.LastIndexByte(body, '}')
	return []byte(body[:end] + `,"sign":` + string(quoted) + body[end:])
}

func TestCallbackSignatures(t *testing.T) {
	for _, group := range []string{"callback_sign", "callback_sign_fallback_skip_empty", "callback_sign_fallback_reencoded"} {
		for _, v := range signVectors(t, group) {
			t.Run(group+"/"+v.Name, func(t *testing.T) {
				body := withSign(t, v.Body, v.Sign)
				if err := VerifyCallback(body, v.CallbackURL); err != nil {
					t.Errorf("the vendor's signature is refused: %v", err)
				}
				if err := VerifyCallback(withSign(t, v.Body, strings.ToUpper(v.Sign)), v.CallbackURL); err != nil {
					t.Errorf("upper-case digits are refused: %v", err)
				}
				if err := VerifyCallback(body, "https://elsewhere.example/cb", v.CallbackURL); err != nil {
					t.Errorf("refused although the second URL fits: %v", err)
				}
				if err := VerifyCallback(body, v.CallbackURL+"/"); !errors.Is(err, lock.ErrBadSignature) {
					t.Errorf("signature for another URL: got %v, want ErrBadSignature", err)
				}
				last := v.Sign[:len(v.Sign)-1] + string("0123456789abcdef"[(strings.IndexByte("0123456789abcdef", v.Sign[len(v.Sign)-1])+1)%16])
				if err := VerifyCallback(withSign(t, v.Body, last), v.CallbackURL); !errors.Is(err, lock.ErrBadSignature) {
					t.Errorf("signature with another last digit: got %v, want ErrBadSignature", err)
				}
			})
		}
	}
	for _, v := range signVectors(t, "callback_sign_invalid") {
		t.Run("invalid/"+v.Name, func(t *testing.T) {
			if err := VerifyCallback(withSign(t, v.Body, v.Sign), v.CallbackURL); !errors.Is(err, lock.ErrBadSignature) {
				t.Errorf("got %v, want ErrBadSignature", err)
			}
		})
	}
}

func TestSignCallback(t *testing.T) {
	for _, v := range signVectors(t, "callback_sign") {
		t.Run(v.Name, func(t *testing.T) {
			signed, err := SignCallback([]byte(v.Body), v.CallbackURL)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(signed, []byte(`"sign":"`+v.Sign+`"`)) {
				t.Errorf("got %s, want the sign %s in it", signed, v.Sign)
			}
			if n := bytes.Count(signed, []byte(`"sign":`)); n != 1 {
				t.Errorf("got %d members sign, want one", n)
			}
			if err := VerifyCallback(signed, v.CallbackURL); err != nil {
				t.Errorf("what SignCallback made is refused: %v", err)
			}
		})
	}
}

func TestSignatureForms(t *testing.T) {
	const url = "https://pms.example.com/cb"
	for _, tc := range []struct {
		name, body string
		want       lock.Kind
	}{
		{"sign is missing", `{"event":"x"}`, lock.ErrBadSignature},
		{"sign is null", `{"event":"x","sign":null}`, lock.ErrBadSignature},
		{"sign is a number", `{"event":"x","sign":12345678901234567890123456789012}`, lock.ErrBadSignature},
		{"sign is short", `{"event":"x","sign":"abcd"}`, lock.ErrBadSignature},
		{"sign is long", `{"event":"x","sign":"` + strings.Repeat("a", 33) + `"}`, lock.ErrBadSignature},
		{"sign is not hexadecimal", `{"event":"x","sign":"` + strings.Repeat("g", 32) + `"}`, lock.ErrBadSignature},
		{"sign stands there twice", `{"event":"x","sign":"` + strings.Repeat("a", 32) + `","sign":"` + strings.Repeat("b", 32) + `"}`, lock.ErrProtocol},
		{"the body is an array", `[]`, lock.ErrProtocol},
		{"the body is cut off", `{"event":"x"`, lock.ErrProtocol},
		{"the body is empty", ``, lock.ErrProtocol},
		{"something follows the body", `{"event":"x"}{}`, lock.ErrProtocol},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := VerifyCallback([]byte(tc.body), url); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
	if err := VerifyCallback([]byte(`{"sign":"00000000000000000000000000000000"}`)); !errors.Is(err, lock.ErrInvalidArgument) {
		t.Errorf("without a URL: got %v, want ErrInvalidArgument", err)
	}
}

// FuzzVerifyCallback: nothing is accepted that SignCallback has not made, and what it makes is.
func FuzzVerifyCallback(f *testing.F) {
	for _, body := range []string{
		`{"event":"lockerOpenAlarm","detail":{"a":1},"time":0,"room_id":"","x":null,"sign":"9ad595056bdee684f24144cfe5f4ce26"}`,
		`{"service":"Password_Add_Service","result":{"ErrNo":1000}}`, `{}`, `[]`, `{"a":"\u4e2d\/"}`, "{\"a\" : [ 1 , 2 ] }",
	} {
		f.Add([]byte(body), "https://pms.example.com/cb")
	}
	f.Fuzz(func(t *testing.T, body []byte, url string) {
		if err := VerifyCallback(body, url+"?x", url); err == nil {
			t.Skip() // the fuzzer has copied a signature of the corpus
		}
		signed, err := SignCallback(body, url)
		if err != nil {
			return
		}
		if err := VerifyCallback(signed, url); err != nil {
			t.Errorf("signed %s is refused: %v", signed, err)
		}
		if _, err := ParseCallback(signed); err != nil && !errors.Is(err, lock.ErrProtocol) {
			t.Errorf("parsing ends in %v, want ErrProtocol or nothing", err)
		}
	})
}
