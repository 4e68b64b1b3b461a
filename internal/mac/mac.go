// Package mac makes message authentication codes, HMAC with SHA-256, for the signatures of requests.
package mac

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Key is a secret to sign with. It is safe for concurrent use.
type Key struct{ idle sync.Pool }

// NewKey returns the key that a secret is. An empty one is a key as well.
func NewKey(secret lock.Secret) *Key {
	return &Key{sync.Pool{New: func() any { return &digest{Hash: hmac.New(sha256.New, []byte(secret.Reveal()))} }}}
}

// digest is a keyed hash with room for what goes in and what comes out. Both pass through an
// interface, so that the caller's own could not stay on its stack.
type digest struct {
	hash.Hash
	message []byte
	sum     [sha256.Size]byte
}

// Sum returns the code of a message. It allocates nothing.
func (k *Key) Sum(message []byte) [sha256.Size]byte {
	d, _ := k.idle.Get().(*digest)
	defer k.idle.Put(d)
	d.message = append(d.message[:0], message...)
	d.Reset()
	d.Write(d.message)
	d.Hash.Sum(d.sum[:0])
	return d.sum
}
