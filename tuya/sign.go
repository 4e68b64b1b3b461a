package tuya

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"

	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
)

// signedHeader is a header named in Signature-Headers.
type signedHeader struct{ name, value string }

// text is what a request is made of, as the signature sees it.
type text struct {
	method  string
	body    []byte // exactly as sent
	headers []signedHeader
	path    string      // decoded
	query   rest.Params // decoded
}

// newText decodes a request. A key that occurs twice is refused: the vendor signs its first value
// only.
func newText(a *rest.Attempt, headers []signedHeader) (text, error) {
	path, err := url.PathUnescape(a.Path)
	if err != nil {
		return text{}, fmt.Errorf("the path is not escaped properly: %w", err)
	}
	for i, p := range a.Query {
		if i > 0 && p.Name == a.Query[i-1].Name {
			return text{}, fmt.Errorf("the parameter %q occurs twice", p.Name)
		}
	}
	return text{a.Request.Method, a.Body, headers, path, a.Query}, nil
}

// appendTo appends the string to sign: method, digest of the body, headers, path with its
// parameters, sorted by name. Nothing of it is escaped. Each header ends its line, so that an empty
// line follows them.
func (t text) appendTo(dst []byte) []byte {
	digest := sha256.Sum256(t.body)
	dst = append(dst, t.method...)
	dst = append(dst, '\n')
	dst = hex.AppendEncode(dst, digest[:])
	dst = append(dst, '\n')
	for _, h := range t.headers {
		dst = append(dst, h.name...)
		dst = append(dst, ':')
		dst = append(dst, h.value...)
		dst = append(dst, '\n')
	}
	dst = append(dst, '\n')
	dst = append(dst, t.path...)
	separator := byte('?')
	for _, p := range t.query {
		dst = append(dst, separator)
		dst = append(dst, p.Name...)
		dst = append(dst, '=')
		dst = append(dst, p.Value...)
		separator = '&'
	}
	return dst
}

// appendSign appends the signature of a request. token is "" for the call that asks for one.
func appendSign(dst []byte, key *mac.Key, clientID, token, at, nonce string, t text) []byte {
	var room [512]byte
	message := append(room[:0], clientID...)
	message = append(message, token...)
	message = append(message, at...)
	message = append(message, nonce...)
	sum := key.Sum(t.appendTo(message))
	return appendUpperHex(dst, sum[:])
}

// appendUpperHex appends src in upper-case hexadecimal digits.
func appendUpperHex(dst, src []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, b := range src {
		dst = append(dst, digits[b>>4], digits[b&0xf])
	}
	return dst
}
