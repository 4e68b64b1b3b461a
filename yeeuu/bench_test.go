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
	floor := func() string {
		sum := sha1.Sum(append(append(append(text[:0], at...), secret...), nonce...))
		return string(hex.AppendEncode(out[:0], sum[:])) // a parameter is a string
	}
	hidden := lock.NewSecret(secret)
	ours := func() string { return tokenOf(at, hidden, nonce) }
	if got, want := ours(), floor(); got != want {
		b.Fatalf("got %s, want %s as by hand", got, want)
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
