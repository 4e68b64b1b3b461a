package ewelink

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
)

// appendMessage appends what the signature of a call without a body is made over: its parameters,
// sorted by name, as they are before they are escaped. Escaped ones make the signature wrong. Of a
// call with a body it is made over the body, byte for byte as sent.
func appendMessage(dst []byte, query rest.Params) []byte {
	for i, p := range query {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, p.Name...)
		dst = append(dst, '=')
		dst = append(dst, p.Value...)
	}
	return dst
}

// appendSign appends the signature of a message under the secret of the app.
func appendSign(dst []byte, key *mac.Key, message []byte) []byte {
	sum := key.Sum(message)
	return base64.StdEncoding.AppendEncode(dst, sum[:])
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
