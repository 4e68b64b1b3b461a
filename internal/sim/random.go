package sim

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"sync"
)

// Random makes ids, tokens and codes. The same seed gives the same ones in the same order.
type Random struct {
	mu sync.Mutex
	r  *rand.Rand
}

// NewRandom returns a source for seed; 0 takes a seed nobody knows.
func NewRandom(seed int64) *Random {
	s := uint64(seed)
	if seed == 0 {
		var b [8]byte
		_, _ = crand.Read(b[:]) // never fails
		s = binary.LittleEndian.Uint64(b[:])
	}
	return &Random{r: rand.New(rand.NewPCG(s, s))}
}

// Text returns n characters of the alphabet, which is ASCII.
func (r *Random) Text(alphabet string, n int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.r.IntN(len(alphabet))]
	}
	return string(b)
}

// Hex returns n lower-case hexadecimal digits.
func (r *Random) Hex(n int) string { return r.Text("0123456789abcdef", n) }

// Digits returns n decimal digits.
func (r *Random) Digits(n int) string { return r.Text("0123456789", n) }
