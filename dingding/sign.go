package dingding

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// maxSigned bounds the members of a callback: the vendor sends some fifteen.
const maxSigned = 256

// VerifyCallback checks the sign of a callback's body against the URLs under which the vendor
// knows us (§18.1), in constant time. It returns ErrBadSignature if none fits, ErrProtocol if the
// body is no JSON object.
//
// This signature holds no secret: it is the MD5 of the URL and the body, so whoever knows the URL
// can forge it. It keeps strangers out only as long as the URL is unguessable and stays unknown:
// use HTTPS and a long random path, let only the vendor's addresses in where you can, and read
// back from the vendor before you act on something valuable. This library does so itself:
// callbacks only wake an Operation, which then asks.
func VerifyCallback(body []byte, urls ...string) error {
	var few [16]wire.Member
	members, err := wire.Members(few[:0], body)
	if err != nil {
		return callbackError(lock.ErrProtocol, err)
	}
	return verify(members, urls)
}

func verify(members []wire.Member, urls []string) error {
	if len(urls) == 0 {
		return callbackError(lock.ErrInvalidArgument, errors.New("no callback URL is configured; see WithCallbackURL"))
	}
	if len(members) > maxSigned {
		return callbackError(lock.ErrBadSignature, errors.New("too many members"))
	}
	given, ok := takeSign(&members)
	if !ok {
		return callbackError(lock.ErrBadSignature, errors.New("sign is missing or is not 32 hexadecimal digits"))
	}
	slices.SortFunc(members, func(a, b wire.Member) int { return strings.Compare(a.Name, b.Name) })
	// Every URL and rule is computed, so that the time says nothing about which one was near.
	match := 0
	var room [1024]byte // for most callbacks
	text := room[:0]
	for _, r := range rulesFor(members) {
		for _, url := range urls {
			var err error
			if text, err = stringToSign(append(text[:0], url...), members, r); err != nil {
				return callbackError(lock.ErrProtocol, err)
			}
			sum := md5.Sum(text)
			match |= subtle.ConstantTimeCompare(sum[:], given[:])
		}
	}
	if match != 1 {
		return callbackError(lock.ErrBadSignature, errors.New("sign does not fit the body and the callback URL"))
	}
	return nil
}

// takeSign removes the member sign and returns its bytes.
func takeSign(members *[]wire.Member) (sign [md5.Size]byte, ok bool) {
	i := slices.IndexFunc(*members, func(m wire.Member) bool { return m.Name == "sign" })
	if i < 0 {
		return sign, false
	}
	text, err := wire.Text((*members)[i].Value)
	*members = slices.Delete(*members, i, i+1)
	if err != nil || len(text) != hex.EncodedLen(md5.Size) {
		return sign, false
	}
	_, err = hex.Decode(sign[:], []byte(text)) // either case of letters
	return sign, err == nil
}

// signRule is how the text to sign is built. The document (§18.1) and the callbacks that were
// recorded contradict each other about empty values, so all three are tried.
type signRule int

const (
	signDefault      signRule = iota // null and "" stay as empty pairs; nested JSON as it came, compact
	signWithoutEmpty                 // pairs with null or "" are left out, as the document says
	signReencoded                    // nested JSON as JSON.stringify writes it, without needless escapes
)

// rulesFor are the rules that may give different texts.
func rulesFor(members []wire.Member) []signRule {
	rules := make([]signRule, 1, 3) // signDefault
	if slices.ContainsFunc(members, isEmpty) {
		rules = append(rules, signWithoutEmpty)
	}
	if slices.ContainsFunc(members, isNested) {
		rules = append(rules, signReencoded)
	}
	return rules
}

func isEmpty(m wire.Member) bool {
	kind := m.Value.Kind()
	return kind == 'n' || kind == '"' && len(m.Value) == 2
}

func isNested(m wire.Member) bool { return m.Value.Kind() == '{' || m.Value.Kind() == '[' }

// stringToSign appends k1=v1&k2=v2… of members, which are sorted by name and without sign.
func stringToSign(dst []byte, members []wire.Member, r signRule) ([]byte, error) {
	start := len(dst)
	for _, m := range members {
		empty := isEmpty(m)
		if empty && r == signWithoutEmpty {
			continue
		}
		if len(dst) > start {
			dst = append(dst, '&')
		}
		dst = append(dst, m.Name...)
		dst = append(dst, '=')
		if empty {
			continue
		}
		var err error
		switch {
		case m.Value.Kind() == '"':
			dst, err = wire.AppendText(dst, m.Value)
		case isNested(m) && r == signReencoded:
			dst, err = wire.AppendMinimal(dst, m.Value)
		case isNested(m):
			dst, err = wire.AppendCompact(dst, m.Value)
		default: // numbers and booleans: their JSON text
			dst = append(dst, m.Value...)
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// SignCallback returns body with a sign for url, as the vendor would send it: for the tests of
// your own webhook. An existing sign is replaced.
func SignCallback(body []byte, url string) ([]byte, error) {
	members, err := wire.Members(nil, body)
	if err != nil {
		return nil, callbackError(lock.ErrProtocol, err)
	}
	members = slices.DeleteFunc(members, func(m wire.Member) bool { return m.Name == "sign" })
	var out []byte
	for _, m := range members {
		name, err := wire.Marshal(m.Name)
		if err != nil {
			return nil, callbackError(lock.ErrProtocol, err)
		}
		out = append(append(append(append(out, name...), ':'), m.Value...), ',')
	}
	slices.SortFunc(members, func(a, b wire.Member) int { return strings.Compare(a.Name, b.Name) })
	text, err := stringToSign([]byte(url), members, signDefault)
	if err != nil {
		return nil, callbackError(lock.ErrProtocol, err)
	}
	sum := md5.Sum(text)
	return append(append([]byte{'{'}, out...), `"sign":"`+hex.EncodeToString(sum[:])+`"}`...), nil
}

// callbackError is an error about a callback; there is no endpoint.
func callbackError(kind lock.Kind, err error) error {
	return &lock.Error{Vendor: Vendor, Op: lock.ReceiveEvents, Kind: kind, Err: err}
}
