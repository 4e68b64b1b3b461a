package aliyunlock

import (
	"crypto/hmac"
	"crypto/md5" // the Content-MD5 header; it protects nothing by itself
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// contentMD5 is the Content-MD5 header of a body that is no form.
func contentMD5(body []byte) string {
	sum := md5.Sum(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// signedHeaders lists the headers that the gateway wants signed, in lower case and in the order in
// which they are: everything that begins with x-ca-, but the signature itself.
func signedHeaders(h http.Header) []string {
	var names []string
	for name := range h {
		switch name = strings.ToLower(name); {
		case !strings.HasPrefix(name, "x-ca-"), name == "x-ca-signature", name == "x-ca-signature-headers":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// stringToSign is what the API gateway's digest authentication signs: the method, five headers,
// the named headers, the path with all parameters. The values of parameters are not escaped, and
// one that is empty stands there as its name alone. A JSON body takes part through its
// Content-MD5, a form through its fields.
func stringToSign(method string, h http.Header, signed []string, path string, query, form url.Values) string {
	var b strings.Builder
	b.WriteString(method)
	for _, name := range []string{"Accept", "Content-Md5", "Content-Type", "Date"} {
		b.WriteByte('\n')
		b.WriteString(h.Get(name))
	}
	b.WriteByte('\n')
	for _, name := range signed {
		b.WriteString(name)
		b.WriteByte(':')
		b.WriteString(h.Get(name))
		b.WriteByte('\n')
	}
	b.WriteString(path)
	separator := byte('?')
	for _, name := range parameterNames(query, form) {
		b.WriteByte(separator)
		separator = '&'
		b.WriteString(name)
		values := query[name]
		if len(values) == 0 {
			values = form[name]
		}
		if len(values) > 0 && values[0] != "" {
			b.WriteByte('=')
			b.WriteString(values[0])
		}
	}
	return b.String()
}

func parameterNames(query, form url.Values) []string {
	if len(query)+len(form) == 0 {
		return nil
	}
	names := slices.Concat(slices.Collect(maps.Keys(query)), slices.Collect(maps.Keys(form)))
	slices.Sort(names)
	return slices.Compact(names)
}

// signature signs with the secret of an app key.
func signature(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
