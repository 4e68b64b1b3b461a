package mac

import (
	"encoding/hex"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Cases 1 and 2 of RFC 4231, and an empty key and message.
var cases = []struct{ name, key, message, want string }{
	{"RFC 4231, case 1", "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	{"RFC 4231, case 2", "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	{"nothing", "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
}

func TestSum(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k := NewKey(lock.NewSecret(c.key))
			for range 2 { // the second time with a digest that was used before
				if sum := k.Sum([]byte(c.message)); hex.EncodeToString(sum[:]) != c.want {
					t.Errorf("got %x, want %s", sum, c.want)
				}
			}
		})
	}
}

func TestSumsAtOnceDoNotMix(t *testing.T) {
	k := NewKey(lock.NewSecret("key"))
	want := map[string][32]byte{}
	for _, m := range []string{"a", "b", "c", "d"} {
		want[m] = NewKey(lock.NewSecret("key")).Sum([]byte(m))
	}
	var wg sync.WaitGroup
	for m, sum := range want {
		wg.Go(func() {
			for range 200 {
				if got := k.Sum([]byte(m)); got != sum {
					t.Errorf("%s: got %x, want %x", m, got, sum)
					return
				}
			}
		})
	}
	wg.Wait()
}
