package ewelink

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"net/url"
	"sync"

	"github.com/smartlock-sdk/smartlock/lock"
)

// appendMessage appends what the signature of a call without a body is made over: its parameters,
// sorted by name, as they are before they are escaped. Escaped ones make the signature wrong. Of a
// call with a body it is made over the body, byte for byte as sent.
func appendMessage(dst []byte, query url.Values) []byte {
	var few [4]string
	names := few[:0]
	for name := range query {
		names = append(names, name)
	}
	sortNames(names)
	for i, name := range names {
		for j, value := range query[name] {
			if i+j > 0 {
				dst = append(dst, '&')
			}
			dst = append(dst, name...)
			dst = append(dst, '=')
			dst = append(dst, value...)
		}
	}
	return dst
}

// sortNames sorts in place and, unlike the packages sort and slices, lets the names stay on the stack:
// there are a handful.
func sortNames(names []string) {
	for i := range names {
		for j := i; j > 0 && names[j] < names[j-1]; j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
}

// signer signs with the secret of the app: base64 of HMAC-SHA256.
type signer struct{ macs sync.Pool }

func newSigner(secret lock.Secret) *signer {
	return &signer{sync.Pool{New: func() any { return &mac{Hash: hmac.New(sha256.New, []byte(secret.Reveal()))} }}}
}

// mac is a keyed digest and where its sum goes.
type mac struct {
	hash.Hash
	sum [sha256.Size]byte
}

// append appends the signature of a message.
func (s *signer) append(dst, message []byte) []byte {
	m, _ := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	m.Reset()
	m.Write(message)
	return base64.StdEncoding.AppendEncode(dst, m.Sum(m.sum[:0]))
}

const (
	nonceSize  = 8
	nonceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// nonce returns eight random letters and digits.
func nonce() string {
	var text [nonceSize]byte
	var b [2 * nonceSize]byte
	for n := 0; n < nonceSize; {
		_, _ = rand.Read(b[:]) // never fails
		for _, c := range b {
			if int(c) < 4*len(nonceChars) && n < nonceSize { // a multiple, so that no character is likelier
				text[n] = nonceChars[int(c)%len(nonceChars)]
				n++
			}
		}
	}
	return string(text[:])
}
