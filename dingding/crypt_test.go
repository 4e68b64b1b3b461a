package dingding

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestSealedCodes(t *testing.T) {
	file, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		AES struct {
			Cases []struct {
				Name   string
				Token  string `json:"access_token"`
				Code   string `json:"plaintext"`
				Hex    string `json:"ciphertext_hex"`
				Base64 string `json:"ciphertext_base64"`
			}
		} `json:"aes_password"`
	}
	if err := json.Unmarshal(file, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.AES.Cases) == 0 {
		t.Fatal("testdata/vectors.json has no cases of aes_password")
	}
	for _, v := range vectors.AES.Cases {
		t.Run(v.Name, func(t *testing.T) {
			got, err := seal(lock.NewSecret(v.Code), v.Token, codeBase64)
			if err != nil {
				t.Fatal(err)
			}
			if got.Reveal() != v.Base64 {
				t.Errorf("sealed: got %s, want %s", got.Reveal(), v.Base64)
			}
			raw, err := base64.StdEncoding.DecodeString(got.Reveal())
			if err != nil || hex.EncodeToString(raw) != v.Hex {
				t.Errorf("bytes: got %x (%v), want %s", raw, err, v.Hex)
			}
			if got, err := seal(lock.NewSecret(v.Code), v.Token, codeHex); err != nil || got.Reveal() != v.Hex {
				t.Errorf("in hexadecimal: got %s (%v), want %s", got.Reveal(), err, v.Hex)
			}
		})
	}
}

func TestShortTokenSealsNothing(t *testing.T) {
	got, err := seal(lock.NewSecret("123456"), "fifteen-letters", codeBase64)
	if err == nil || !got.IsZero() {
		t.Fatalf("sealed with a token of 15 characters: got %q, %v; want nothing and an error", got.Reveal(), err)
	}
	if strings.Contains(err.Error(), "fifteen") || strings.Contains(err.Error(), "123456") {
		t.Errorf("the error repeats the token or the code: %v", err)
	}
}

func TestCodeTravelsInOneMember(t *testing.T) {
	const token = "25a57b34b8a5bb7c"
	code := lock.NewSecret("314159")
	for _, tt := range []struct {
		name                string
		code                lock.Secret
		form                codeForm
		password, encrypted string
	}{
		{"encrypted by default", code, codeBase64, "", "o2Um9Ed+BnkKjcd6oaIqnQ=="},
		{"in hexadecimal when so configured", code, codeHex, "", "a36526f4477e06790a8dc77aa1a22a9d"},
		{"in clear when so configured", code, codePlain, "314159", ""},
		{"no code, nothing", lock.Secret{}, codeBase64, "", ""},
		{"no code in clear, nothing", lock.Secret{}, codePlain, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			password, encrypted, err := codeOnWire(tt.code, token, tt.form)
			if err != nil {
				t.Fatal(err)
			}
			if password.Reveal() != tt.password || encrypted.Reveal() != tt.encrypted {
				t.Errorf("got password %q, encrypted_password %q; want %q, %q", password.Reveal(), encrypted.Reveal(), tt.password, tt.encrypted)
			}
		})
	}
}

// unseal is the vendor's side of seal.
func unseal(t *testing.T, sealed, token string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(raw) == 0 || len(raw)%aes.BlockSize != 0 {
		t.Fatalf("sealed text %q is not whole blocks in base64: %v", sealed, err)
	}
	block, err := aes.NewCipher([]byte(token[:16]))
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, len(raw))
	cipher.NewCBCDecrypter(block, []byte("0123456789ABCDEF")).CryptBlocks(text, raw)
	pad := int(text[len(text)-1])
	if pad == 0 || pad > aes.BlockSize || !bytes.Equal(text[len(text)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		t.Fatalf("padding of %x is wrong", text)
	}
	return string(text[:len(text)-pad])
}

func FuzzSeal(f *testing.F) {
	f.Add("123456", "e5fcf12604be880a05e66449bccbf951")
	f.Add("", "25a57b34b8a5bb7c")
	f.Add("sixteen letters!", "25a57b34b8a5bb7c")
	f.Add("123456", "short")
	f.Fuzz(func(t *testing.T, code, token string) {
		sealed, err := seal(lock.NewSecret(code), token, codeBase64)
		if len(token) < 16 {
			if err == nil {
				t.Fatalf("sealed with a token of %d bytes", len(token))
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := unseal(t, sealed.Reveal(), token); got != code {
			t.Errorf("unsealed: got %q, want %q", got, code)
		}
	})
}
