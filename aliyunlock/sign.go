package aliyunlock

import (
	"crypto/hmac"
	"crypto/md5" // the Content-MD5 header; it protects nothing by itself
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/smartlock-sdk/smartlock/lock"
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
// headers, the named headers, the path with all parameters. The values of parameters are not
// escaped, and one that is empty stands there as its name alone. A JSON body takes part through its
// Content-MD5, a form through its fields.
func appendStringToSign(dst []byte, method string, h http.Header, signed []signedHeader, path string, query, form url.Values) []byte {
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
	if len(query)+len(form) == 0 {
		return dst
	}
	names := slices.Concat(slices.Collect(maps.Keys(query)), slices.Collect(maps.Keys(form)))
	slices.Sort(names)
	separator := byte('?')
	for _, name := range slices.Compact(names) {
		dst = append(dst, separator)
		dst = append(dst, name...)
		separator = '&'
		values := query[name]
		if len(values) == 0 {
			values = form[name]
		}
		if len(values) > 0 && values[0] != "" {
			dst = append(dst, '=')
			dst = append(dst, values[0]...)
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

// signer signs with the secret of one app key.
type signer struct{ macs sync.Pool }

func newSigner(secret lock.Secret) *signer {
	return &signer{sync.Pool{New: func() any { return &mac{Hash: hmac.New(sha256.New, []byte(secret.Reveal()))} }}}
}

// mac is a keyed digest and where its sum goes.
type mac struct {
	hash.Hash
	sum [sha256.Size]byte
}

// append appends the signature of text.
func (s *signer) append(dst, text []byte) []byte {
	m, _ := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	m.Reset()
	m.Write(text)
	return base64.StdEncoding.AppendEncode(dst, m.Sum(m.sum[:0]))
}
