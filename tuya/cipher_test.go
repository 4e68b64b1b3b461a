package tuya

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestCodeVectors(t *testing.T) {
	_, codes := vectors(t)
	for _, v := range codes {
		t.Run(v.Name, func(t *testing.T) {
			key, err := openTicketKey(v.TicketKey, v.ClientSecret)
			if err != nil || key.Reveal() != v.Expect.DecryptedKey {
				t.Fatalf("key: got %q and %v, want %q", key.Reveal(), err, v.Expect.DecryptedKey)
			}
			sealed, err := seal(v.Plain, v.TicketKey, v.ClientSecret)
			if err != nil || sealed.Reveal() != v.Expect.Password {
				t.Errorf("sealed: got %q and %v, want %q", sealed.Reveal(), err, v.Expect.Password)
			}
		})
	}
}

// What cannot be encrypted is an error before any call with the code, and says nothing secret.
func TestTicketsThatCannotBeUsed(t *testing.T) {
	const secret = "synthetic-secret-for-tests-00001"
	keyOf := func(plain string) string {
		sealed, err := encryptECB([]byte(secret), []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(sealed)
	}
	for _, tt := range []struct{ name, secret, key, want string }{
		{"a secret of another length", "short", keyOf("0123456789abcdef"), "32 characters"},
		{"no secret", "", keyOf("0123456789abcdef"), "32 characters"},
		{"a key that is no hexadecimal", secret, "not hex at all", "hexadecimal"},
		{"no key", secret, "", "whole blocks"},
		{"half a block", secret, "00112233", "whole blocks"},
		{"the key of another project", "another-secret-of-32-characters0", keyOf("0123456789abcdef"), "padding"},
		{"a key of a length that AES does not know", secret, keyOf("seven77"), "7 bytes"},
		{"an empty key", secret, keyOf(""), "0 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := seal(lock.NewSecret("1234567"), lock.NewSecret(tt.key), lock.NewSecret(tt.secret))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want an error about %q", err, tt.want)
			}
			for _, hidden := range []string{"1234567", tt.key, tt.secret} {
				if hidden != "" && strings.Contains(err.Error(), hidden) {
					t.Errorf("the error shows %q: %v", hidden, err)
				}
			}
		})
	}
	for _, size := range []int{16, 24, 32} {
		if _, err := openTicketKey(lock.NewSecret(keyOf(strings.Repeat("k", size))), lock.NewSecret(secret)); err != nil {
			t.Errorf("a key of %d bytes: got %v, want none", size, err)
		}
	}
}

func TestPaddingIsChecked(t *testing.T) {
	key := []byte("0123456789abcdef")
	for _, tt := range []struct {
		name  string
		block []byte
	}{
		{"zero", append(bytes.Repeat([]byte{'a'}, 15), 0)},
		{"more than a block", append(bytes.Repeat([]byte{'a'}, 15), 17)},
		{"not all alike", append(bytes.Repeat([]byte{'a'}, 14), 1, 2)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sealed, err := encryptECB(key, tt.block) // with a block of padding behind it
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := decryptECB(key, sealed[:16]); err == nil {
				t.Errorf("got %q, want an error", plain)
			}
		})
	}
}

func FuzzSeal(f *testing.F) {
	_, codes := vectors(f)
	for _, v := range codes {
		f.Add(v.TicketKey.Reveal(), v.Plain.Reveal())
	}
	f.Add("", "")
	f.Add("zz", "123456")
	f.Fuzz(func(t *testing.T, ticketKey, code string) {
		secret := lock.NewSecret("synthetic-secret-for-tests-00001")
		key, err := openTicketKey(lock.NewSecret(ticketKey), secret)
		sealed, sealErr := seal(lock.NewSecret(code), lock.NewSecret(ticketKey), secret)
		if (err == nil) != (sealErr == nil) {
			t.Fatalf("opening the key: %v, sealing: %v", err, sealErr)
		}
		if err != nil {
			return
		}
		data, err := hex.DecodeString(sealed.Reveal())
		if err != nil || sealed.Reveal() != strings.ToUpper(sealed.Reveal()) {
			t.Fatalf("got %q, want upper-case hexadecimal digits", sealed.Reveal())
		}
		if plain, err := decryptECB([]byte(key.Reveal()), data); err != nil || string(plain) != code {
			t.Errorf("got %q and %v back, want %q", plain, err, code)
		}
	})
}
