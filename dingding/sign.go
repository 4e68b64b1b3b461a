package dingding

import (
	"bytes"
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"errors"

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
	var few [16]wire.Pair
	members, err := wire.Pairs(few[:0], body)
	if err != nil {
		return callbackError(lock.ErrProtocol, err)
	}
	return verify(members, urls)
}

func verify(members []wire.Pair, urls []string) error {
	if len(urls) == 0 {
		return callbackError(lock.ErrInvalidArgument, errors.New("no callback URL is configured; see WithCallbackURL"))
	}
	if len(members) > maxSigned {
		return callbackError(lock.ErrBadSignature, errors.New("too many members"))
	}
	signed, given, ok := split(members)
	if !ok {
		return callbackError(lock.ErrBadSignature, errors.New("sign is missing or is not 32 hexadecimal digits"))
	}
	// Every URL and rule is computed, so that the time says nothing about which one was near.
	match := 0
	var room [512]byte // for most callbacks
	text := room[:0]
	for r := range signRules {
		if !r.differs(signed) {
			continue
		}
		for _, url := range urls {
			var err error
			if text, err = stringToSign(append(text[:0], url...), signed, r); err != nil {
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

// split returns what is signed, by name, and the bytes of the member sign. It sorts within members,
// by insertion: they are few, and copying them for a comparison costs more than moving them.
func split(members []wire.Pair) (signed []wire.Pair, sign [md5.Size]byte, ok bool) {
	signed = members[:0]
	for i := range members {
		m := members[i]
		if string(m.Name) == "sign" {
			ok = decodeSign(&sign, &members[i])
			continue
		}
		at := len(signed)
		signed = members[:at+1]
		for ; at > 0 && bytes.Compare(m.Name, signed[at-1].Name) < 0; at-- {
			signed[at] = signed[at-1]
		}
		signed[at] = m
	}
	return signed, sign, ok
}

func decodeSign(sign *[md5.Size]byte, m *wire.Pair) bool {
	if m.Value[0] != '"' {
		return false
	}
	var room [64]byte // twice as many as are needed
	digits, err := appendText(room[:0], m)
	if err != nil || len(digits) != hex.EncodedLen(len(sign)) {
		return false
	}
	_, err = hex.Decode(sign[:], digits) // either case of letters
	return err == nil
}

// signRule is how the text to sign is built. The document (§18.1) and the callbacks that were
// recorded contradict each other about empty values, so all three are tried.
type signRule int

const (
	signDefault      signRule = iota // null and "" stay as empty pairs; nested JSON as it came, compact
	signWithoutEmpty                 // pairs with null or "" are left out, as the document says
	signReencoded                    // nested JSON as JSON.stringify writes it, without needless escapes
	signRules                        // how many there are
)

// differs reports whether the rule may give another text than signDefault.
func (r signRule) differs(members []wire.Pair) bool {
	for i := range members {
		m := &members[i]
		if r == signWithoutEmpty && isEmpty(m) || r == signReencoded && isNested(m) && !m.Plain {
			return true
		}
	}
	return r == signDefault
}

func isEmpty(m *wire.Pair) bool { return m.Value[0] == 'n' || string(m.Value) == `""` }

func isNested(m *wire.Pair) bool { return m.Value[0] == '{' || m.Value[0] == '[' }

// stringToSign appends k1=v1&k2=v2… of members, which are sorted by name and without sign.
func stringToSign(dst []byte, members []wire.Pair, r signRule) ([]byte, error) {
	start := len(dst)
	for i := range members {
		m := &members[i]
		empty := isEmpty(m)
		if empty && r == signWithoutEmpty {
			continue
		}
		if len(dst) > start {
			dst = append(dst, '&')
		}
		dst = append(dst, m.Name...)
		dst = append(dst, '=')
		var err error
		switch {
		case empty:
		case m.Value[0] == '"':
			dst, err = appendText(dst, m)
		case m.Plain || !isNested(m): // also numbers and booleans: their JSON text
			dst = append(dst, m.Value...)
		case r == signReencoded:
			dst, err = wire.AppendMinimal(dst, m.Value)
		default:
			dst, err = wire.AppendCompact(dst, m.Value)
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendText appends the text of a member that is a string.
func appendText(dst []byte, m *wire.Pair) ([]byte, error) {
	if m.Plain {
		return append(dst, m.Value[1:len(m.Value)-1]...), nil
	}
	return wire.AppendText(dst, m.Value)
}

// SignCallback returns body with a sign for url, as the vendor would send it: for the tests of
// your own webhook. An existing sign is replaced.
func SignCallback(body []byte, url string) ([]byte, error) {
	members, err := wire.Pairs(nil, body)
	if err != nil {
		return nil, callbackError(lock.ErrProtocol, err)
	}
	var out []byte
	for _, m := range members {
		if string(m.Name) == "sign" {
			continue
		}
		name, err := wire.Marshal(string(m.Name))
		if err != nil {
			return nil, callbackError(lock.ErrProtocol, err)
		}
		out = append(append(append(append(out, name...), ':'), m.Value...), ',')
	}
	signed, _, _ := split(members)
	text, err := stringToSign([]byte(url), signed, signDefault)
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
