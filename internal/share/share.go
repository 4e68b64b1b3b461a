// Package share names what replicas share in a lock.Store. The names stand in the store for
// everybody to read, so they give nothing away: neither who the account is nor its credentials.
package share

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Account names an account at a vendor. parts are what makes it another account: the address of the
// vendor, the client id, a user; no secrets.
func Account(vendor lock.Vendor, parts ...string) string {
	return string(vendor) + "/" + digest(parts)[:24]
}

// Credentials stand for the secrets that an account logs in with. One pair in 65536 has the same
// name, so that it tells nothing about a secret that somebody might guess.
func Credentials(secrets ...lock.Secret) string {
	parts := make([]string, len(secrets))
	for i, s := range secrets {
		parts[i] = s.Reveal()
	}
	return digest(parts)[:4]
}

func digest(parts []string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s,", len(p), p) // never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Unavailable is what becomes of a store's error: a lock.ErrStoreUnavailable, but for the end of the
// caller's context, which a store may notice before the context does.
func Unavailable(err error) error {
	if lock.KindOf(err) == lock.ErrStoreUnavailable || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &lock.Error{Kind: lock.ErrStoreUnavailable, Err: err}
}
