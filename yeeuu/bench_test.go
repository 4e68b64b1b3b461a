package yeeuu

import (
	"crypto/sha1"
	"encoding/hex"
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/benchtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// BenchmarkSign is the token of a call (P4).
func BenchmarkSign(b *testing.B) {
	const at, secret, nonce = "1700000000", "partner-secret-0000000000000001", "abcdefgh12345678"
	var text [128]byte
	var out [2 * sha1.Size]byte
	floor := func() []byte {
		sum := sha1.Sum(append(append(append(text[:0], at...), secret...), nonce...))
		return hex.AppendEncode(out[:0], sum[:])
	}
	hidden := lock.NewSecret(secret)
	ours := func() []byte { return appendToken(out[:0], at, hidden, nonce) }
	if want := string(floor()); string(ours()) != want {
		b.Fatalf("got %s, want %s as by hand", ours(), want)
	}
	benchtest.Compare(b,
		benchtest.Floor(func(n int) error {
			for range n {
				_ = floor()
			}
			return nil
		}),
		benchtest.Ours(func(n int) error {
			for range n {
				_ = ours()
			}
			return nil
		}))
}
