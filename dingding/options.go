package dingding

import (
	"context"
	"net/http"

	"github.com/smartlock-sdk/smartlock/lock"
)

// WithPlainPasswords sends door codes in clear inside the TLS connection instead of encrypted
// under the access token (§18.2). The document calls the plain field required; the vendor's later
// use takes either.
func WithPlainPasswords() lock.Option {
	return lock.CustomOption("dingding.WithPlainPasswords", func(s *settings) { s.codes = codePlain })
}

// WithHexPasswords writes encrypted door codes in hexadecimal instead of base64. The document names
// no encoding; base64 is what a recorded exchange has.
func WithHexPasswords() lock.Option {
	return lock.CustomOption("dingding.WithHexPasswords", func(s *settings) { s.codes = codeHex })
}

// WithSuccessor talks to the successor platform ("SaaS 3.0"): another address, the prefix /v2 for
// every call, and GET for get_device_info and get_device_uuid. It is described by public clients
// only, not by the document.
func WithSuccessor() lock.Option {
	return lock.CustomOption("dingding.WithSuccessor", func(s *settings) {
		s.baseURL, s.v1, s.v2 = SuccessorURL, "/v2", "/v2"
		s.methods["/get_device_info"] = http.MethodGet
		s.methods["/get_device_uuid"] = http.MethodGet
	})
}

// WithPrefixes changes the path prefixes, "/openapi/v1" and "/openapi/v2" by the document; the
// second serves the Bluetooth calls of §14.
func WithPrefixes(v1, v2 string) lock.Option {
	return lock.CustomOption("dingding.WithPrefixes", func(s *settings) { s.v1, s.v2 = v1, v2 })
}

// WithMethod sends one call ("/count_meter_record") with another HTTP method than the document
// says. get_device_uuid, get_device_info and count_meter_record are the known cases.
func WithMethod(call, method string) lock.Option {
	return lock.CustomOption("dingding.WithMethod", func(s *settings) { s.methods[call] = method })
}

// WithManufacturer names the maker of water meters for which the vendor does not say one
// (manufactory, §15). Default: "cy".
func WithManufacturer(name string) lock.Option {
	return lock.CustomOption("dingding.WithManufacturer", func(s *settings) { s.manufacturer = name })
}

// WithCallbackURL names the URLs under which the vendor knows our webhook, exactly as registered:
// scheme, port, path, slash at the end. Events and operation results may have one each. They are
// part of the signature, so Events().Receive needs at least one.
func WithCallbackURL(urls ...string) lock.Option {
	return lock.CustomOption("dingding.WithCallbackURL", func(s *settings) { s.callbackURLs = append(s.callbackURLs, urls...) })
}

// WithToken takes access tokens from the caller instead of the client id and secret, which may
// then be empty: for accounts of the vendor's OAuth front, or a token shared between programs.
// get is called for every attempt and must be quick; it is asked again after a refusal.
func WithToken(get func(context.Context) (lock.Secret, error)) lock.Option {
	return lock.CustomOption("dingding.WithToken", func(s *settings) { s.tokens = get })
}

// WithRejectedCodes adds reply codes that mean "the token is bad" to 101 and 102: it is then
// renewed and the call repeated once. 4018 and 15001 were seen in this use. Name only codes with
// which the vendor has surely not acted.
func WithRejectedCodes(codes ...int) lock.Option {
	return lock.CustomOption("dingding.WithRejectedCodes", func(s *settings) {
		for _, code := range codes {
			s.rejected[int64(code)] = true
		}
	})
}
