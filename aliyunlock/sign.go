package aliyunlock

import (
	"crypto/md5" // the Content-MD5 header; it protects nothing by itself
	"encoding/base64"
	"net/http"

	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
)

// signedHeader is a header that takes part in the signature, under its name as X-Ca-Signature-Headers
// has it and as net/http has it.
type signedHeader struct{ name, key string }

// signedHeaders are those of our requests, in the order in which they are signed: every header that
// begins with x-ca-, but the signature itself.
var signedHeaders = []signedHeader{
	{"x-ca-key", "X-Ca-Key"}, {"x-ca-nonce", "X-Ca-Nonce"}, {"x-ca-stage", "X-Ca-Stage"}, {"x-ca-timestamp", "X-Ca-Timestamp"},
}

const signedHeaderNames = "x-ca-key,x-ca-nonce,x-ca-stage,x-ca-timestamp"

// appendStringToSign appends what the API gateway's digest authentication signs: the method, four
// headers, the named headers, the path with all parameters: of the query and, behind those of the same
// name, the fields of a form. Of a name that occurs twice the first value is signed; values are not
// escaped, and one that is empty stands there as its name alone. A JSON body takes part through its
// Content-MD5.
func appendStringToSign(dst []byte, method string, h http.Header, signed []signedHeader, path string, params rest.Params) []byte {
	dst = append(dst, method...)
	for _, key := range [...]string{"Accept", "Content-Md5", "Content-Type", "Date"} {
		dst = append(dst, '\n')
		dst = append(dst, value(h, key)...)
	}
	dst = append(dst, '\n')
	for _, s := range signed {
		dst = append(dst, s.name...)
		dst = append(dst, ':')
		dst = append(dst, value(h, s.key)...)
		dst = append(dst, '\n')
	}
	dst = append(dst, path...)
	separator := byte('?')
	for i, p := range params {
		if i > 0 && p.Name == params[i-1].Name {
			continue
		}
		dst = append(dst, separator)
		dst = append(dst, p.Name...)
		separator = '&'
		if p.Value != "" {
			dst = append(dst, '=')
			dst = append(dst, p.Value...)
		}
	}
	return dst
}

// value is http.Header.Get for a name that is spelt as net/http spells it.
func value(h http.Header, key string) string {
	if v := h[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// appendMD5 appends the Content-MD5 of a body that is no form.
func appendMD5(dst, body []byte) []byte {
	sum := md5.Sum(body)
	return base64.StdEncoding.AppendEncode(dst, sum[:])
}

// appendSign appends the signature of text.
func appendSign(dst []byte, key *mac.Key, text []byte) []byte {
	sum := key.Sum(text)
	return base64.StdEncoding.AppendEncode(dst, sum[:])
}
