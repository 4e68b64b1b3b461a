package tuya

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/url"
	"slices"
	"sync"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// signedHeader is a header named in Signature-Headers.
type signedHeader struct{ name, value string }

// text is what a request is made of, as the signature sees it.
type text struct {
	method  string
	body    []byte // exactly as sent
	headers []signedHeader
	path    string     // decoded
	query   url.Values // decoded
}

// newText decodes a request. A key that occurs twice is refused: the vendor signs its first value
// only.
func newText(a *rest.Attempt, headers []signedHeader) (text, error) {
	path, err := url.PathUnescape(a.Path)
	if err != nil {
		return text{}, fmt.Errorf("the path is not escaped properly: %w", err)
	}
	for name, values := range a.Query {
		if len(values) > 1 {
			return text{}, fmt.Errorf("the parameter %q occurs twice", name)
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
	var few [8]string
	names := few[:0]
	for name := range t.query {
		names = append(names, name)
	}
	slices.Sort(names)
	separator := byte('?')
	for _, name := range names {
		dst = append(dst, separator)
		dst = append(dst, name...)
		dst = append(dst, '=')
		if values := t.query[name]; len(values) > 0 {
			dst = append(dst, values[0]...)
		}
		separator = '&'
	}
	return dst
}

// signer signs with the secret of one project.
type signer struct{ macs sync.Pool }

func newSigner(secret lock.Secret) *signer {
	return &signer{sync.Pool{New: func() any {
		return &mac{Hash: hmac.New(sha256.New, []byte(secret.Reveal())), text: make([]byte, 0, 512)}
	}}}
}

// mac is a keyed digest, what it is made over, and where its sum goes.
type mac struct {
	hash.Hash
	text []byte
	sum  [sha256.Size]byte
	hex  [2 * sha256.Size]byte
}

// sign returns the signature of a request. token is "" for the call that asks for one.
func (s *signer) sign(clientID, token, at, nonce string, t text) string {
	m, _ := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	m.text = append(m.text[:0], clientID...)
	m.text = append(m.text, token...)
	m.text = append(m.text, at...)
	m.text = append(m.text, nonce...)
	m.text = t.appendTo(m.text)
	m.Reset()
	m.Write(m.text)
	return string(appendUpperHex(m.hex[:0], m.Sum(m.sum[:0])))
}

// appendUpperHex appends src in upper-case hexadecimal digits.
func appendUpperHex(dst, src []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, b := range src {
		dst = append(dst, digits[b>>4], digits[b&0xf])
	}
	return dst
}
