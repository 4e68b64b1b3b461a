package lock

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// SealKeys are the keys of a Sealed store. To change keys, give all replicas the new one beside the
// old one, then make it the Current one, and take the old one away once nothing that it sealed is
// left: tokens live for days, events until they are trimmed.
type SealKeys struct {
	// Current is the ID of the key that seals. It stands, readable, in every record.
	Current string
	// Keys are the keys by ID: 32 random bytes each, in base64 (openssl rand -base64 32).
	Keys map[string]Secret
	// AcceptPlain reads records that are not sealed, for the time after a store was given keys.
	AcceptPlain bool
}

// Sealed returns a Store that encrypts what s keeps of tokens and events (AES-256-GCM). A record is
// bound to its place: moved to another account, log or event it cannot be opened. Names, event IDs,
// times and the reasons of failures stay readable.
//
// A token that cannot be opened is ErrStoreUnavailable, because a replica that lacks a key must not
// log in against the others. An event that cannot be opened goes to the dead-letter list, without
// its data.
func Sealed(s Store, k SealKeys) (Store, error) {
	sealed := &sealedStore{Store: s, current: k.Current, plain: k.AcceptPlain, keys: map[string]cipher.AEAD{}}
	for id, key := range k.Keys {
		raw, err := base64.StdEncoding.DecodeString(key.Reveal())
		if err != nil || len(raw) != 32 || id == "" || len(id) > 255 {
			return nil, fmt.Errorf("lock: key %q is not 32 bytes in base64 under an ID of 1 to 255 bytes", id)
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, fmt.Errorf("lock: key %q: %w", id, err)
		}
		if sealed.keys[id], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, fmt.Errorf("lock: key %q: %w", id, err)
		}
	}
	if sealed.keys[k.Current] == nil {
		return nil, fmt.Errorf("lock: the current key %q is not among the keys", k.Current)
	}
	return sealed, nil
}

type sealedStore struct {
	Store
	current string
	keys    map[string]cipher.AEAD
	plain   bool
}

// sealMark begins every sealed record; the ID of the key, after its length, and the ciphertext follow.
const sealMark = "\x00sealed1"

// seal encrypts data for a place.
func (s *sealedStore) seal(data []byte, place ...string) []byte {
	out := append([]byte(sealMark), byte(len(s.current)))
	out = append(out, s.current...)
	return s.keys[s.current].Seal(out, nil, data, bound(out, place))
}

// open decrypts what seal has made for the same place.
func (s *sealedStore) open(record []byte, place ...string) ([]byte, error) {
	rest, marked := bytes.CutPrefix(record, []byte(sealMark))
	if !marked {
		if s.plain || len(record) == 0 {
			return record, nil
		}
		return nil, errors.New("the record is not sealed")
	}
	if len(rest) == 0 || len(rest) <= int(rest[0]) {
		return nil, errors.New("the record is cut off")
	}
	n := 1 + int(rest[0])
	id, sealed := string(rest[1:n]), rest[n:]
	key := s.keys[id]
	if key == nil {
		return nil, fmt.Errorf("the record is sealed with key %q, which this replica does not have", id)
	}
	head := record[:len(record)-len(sealed)]
	data, err := key.Open(nil, nil, sealed, bound(head, place))
	if err != nil {
		return nil, fmt.Errorf("the record is not what was sealed with key %q", id)
	}
	return data, nil
}

// bound is what a record is bound to.
func bound(head []byte, place []string) []byte {
	b := bytes.Clone(head)
	for _, p := range place {
		b = fmt.Appendf(b, "|%d:%s", len(p), p)
	}
	return b
}

func unsealable(err error) error { return &Error{Kind: ErrStoreUnavailable, Err: err} }

// ClaimToken implements TokenStore.
func (s *sealedStore) ClaimToken(ctx context.Context, account string, c TokenClaim) (TokenGrant, error) {
	g, err := s.Store.ClaimToken(ctx, account, c)
	if err != nil {
		return g, err
	}
	value, err := s.open(g.Token.Value, "token", account, g.Token.ID)
	if err != nil && g.Good {
		return TokenGrant{}, unsealable(err)
	}
	g.Token.Value = value // without Good what is unreadable is missed by nobody: there will be a new one
	return g, nil
}

// SaveToken implements TokenStore.
func (s *sealedStore) SaveToken(ctx context.Context, account, claim string, t StoredToken) error {
	t.Value = s.seal(t.Value, "token", account, t.ID)
	return s.Store.SaveToken(ctx, account, claim, t)
}

// AppendEvent implements EventLog.
func (s *sealedStore) AppendEvent(ctx context.Context, log string, e LogEntry, o AppendOptions) (bool, error) {
	e.Data = s.seal(e.Data, "event", log, e.ID)
	return s.Store.AppendEvent(ctx, log, e, o)
}

// ReadEvents implements EventLog.
func (s *sealedStore) ReadEvents(ctx context.Context, log string, after uint64, n int) ([]LogEntry, error) {
	entries, err := s.Store.ReadEvents(ctx, log, after, n)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		e := &entries[i]
		if e.Data, err = s.open(e.Data, "event", log, e.ID); err != nil {
			return nil, unsealable(fmt.Errorf("event %d: %w", e.Seq, err))
		}
	}
	return entries, nil
}

// TakeEvents implements EventQueue.
func (s *sealedStore) TakeEvents(ctx context.Context, log string, n int, hold time.Duration) ([]Delivery, error) {
	taken, err := s.Store.TakeEvents(ctx, log, n, hold)
	if err != nil {
		return nil, err
	}
	readable := taken[:0]
	for _, d := range taken {
		data, err := s.open(d.Data, "event", log, d.ID)
		if err != nil {
			if err := s.SettleEvent(ctx, log, d, Settlement{Outcome: EventDead, Why: err.Error(), Untried: true}); err != nil && !errors.Is(err, ErrSuperseded) {
				return nil, err
			}
			continue
		}
		d.Data = data
		readable = append(readable, d)
	}
	return readable, nil
}

// DeadEvents implements EventQueue.
func (s *sealedStore) DeadEvents(ctx context.Context, log string, after uint64, n int) ([]Delivery, error) {
	dead, err := s.Store.DeadEvents(ctx, log, after, n)
	for i := range dead {
		d := &dead[i]
		data, openErr := s.open(d.Data, "event", log, d.ID)
		if d.Data = data; openErr != nil {
			d.Why = strings.TrimPrefix(d.Why+"; "+openErr.Error(), "; ")
		}
	}
	return dead, err
}
