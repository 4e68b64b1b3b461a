package lock

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const masked = "******"

// Secret holds text that must not be printed: a door code, a token, a client secret, a phone
// number. Its text lives in a closure, so no printer reaches it, not even by reflection from
// inside an unexported field of another struct; every printer shows ****** or an address.
//
// Only Reveal gives the text back. The zero Secret is empty, and is what "not set" means.
// Secrets are compared with Equal; they do not work with ==.
type Secret struct {
	reveal func() string
}

// NewSecret wraps text. An empty text gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return text }}
}

// Reveal returns the text. Call it where the text goes onto the wire or to the person it belongs
// to, and nowhere else.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Equal reports whether two secrets hold the same text, in time that does not depend on where
// they differ.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns ******, or nothing for the zero Secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return masked
}

// GoString masks the secret under %#v.
func (s Secret) GoString() string { return fmt.Sprintf("lock.Secret(%q)", s.String()) }

// Format masks the secret under every verb.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	switch {
	case verb == 'v' && f.Flag('#'):
		text = s.GoString()
	case verb == 'q':
		text = `"` + text + `"`
	}
	_, _ = io.WriteString(f, text) // a State reports its own failures
}

// LogValue masks the secret in slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText masks the secret in every text encoding.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON masks the secret. A stored Secret therefore cannot be read back: store
// Reveal()'s text, encrypted, if it has to be kept at all.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalText takes a secret from a configuration file or a form. It refuses the mask.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == masked {
		return errMasked
	}
	*s = NewSecret(string(text))
	return nil
}

// UnmarshalJSON takes a secret from a JSON string; null and "" give the zero Secret. It refuses
// the mask, which only a printed secret can have become.
func (s *Secret) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New("lock: a secret must be a JSON string") // the cause would quote it
	}
	return s.UnmarshalText([]byte(text))
}

// GobEncode refuses: a gob would hold the text in clear.
func (s Secret) GobEncode() ([]byte, error) {
	return nil, errors.New("lock: a Secret is not written to gob; store Reveal's text, encrypted")
}

var errMasked = errors.New("lock: the text is a masked secret (******), not the secret itself")
