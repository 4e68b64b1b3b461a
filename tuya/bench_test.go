package tuya

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/benchtest"
	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// signed is what a call with three parameters is signed over.
type signed struct {
	id, secret, token, at, nonce string
	text
}

var benchCall = signed{
	id: "1KAD46OrT9HafiKdsXeg", secret: "4OHBOnWOqaEC1mWXOpVL3yV50s0qGSRC", token: "3f4eda2bdec17232f67c0b188af3eec1",
	at: "1588925778000", nonce: "5138cc3a9033d69856923fd07b491173",
	text: text{
		method: "GET", path: "/v1.0/devices/vdevo160000000000001/door-lock/open-logs",
		query: rest.Params{{Name: "page_no", Value: "1"}, {Name: "page_size", Value: "50"}, {Name: "start_time", Value: "1700000000000"}},
	},
}

// byHand signs one kind of call, whose parameters' order is known.
type byHand struct {
	mac       hash.Hash
	text, out []byte
	sum       [sha256.Size]byte
}

func (h *byHand) sign(c *signed) []byte {
	digest := sha256.Sum256(c.body)
	b := append(h.text[:0], c.id...)
	b = append(b, c.token...)
	b = append(b, c.at...)
	b = append(b, c.nonce...)
	b = append(b, c.method...)
	b = append(b, '\n')
	b = hex.AppendEncode(b, digest[:])
	b = append(b, "\n\n"...)
	b = append(b, c.path...)
	b = append(b, "?page_no="...)
	b = append(b, c.query[0].Value...)
	b = append(b, "&page_size="...)
	b = append(b, c.query[1].Value...)
	b = append(b, "&start_time="...)
	b = append(b, c.query[2].Value...)
	h.text = b
	h.mac.Reset()
	h.mac.Write(b)
	const digits = "0123456789ABCDEF"
	h.out = h.out[:0]
	for _, v := range h.mac.Sum(h.sum[:0]) {
		h.out = append(h.out, digits[v>>4], digits[v&15])
	}
	return h.out
}

// BenchmarkSign is the signature of a call with three parameters (P4).
func BenchmarkSign(b *testing.B) {
	c := &benchCall
	floor, key := &byHand{mac: hmac.New(sha256.New, []byte(c.secret))}, mac.NewKey(lock.NewSecret(c.secret))
	var out [2 * sha256.Size]byte
	sign := func() []byte { return appendSign(out[:0], key, c.id, c.token, c.at, c.nonce, c.text) }
	if want := string(floor.sign(c)); string(sign()) != want {
		b.Fatalf("got %s, want %s as by hand", sign(), want)
	}
	benchtest.Compare(b,
		benchtest.Floor(func(n int) error {
			for range n {
				_ = floor.sign(c)
			}
			return nil
		}),
		benchtest.Ours(func(n int) error {
			for range n {
				_ = sign()
			}
			return nil
		}))
}
