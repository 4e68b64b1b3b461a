package lock_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// sealKeys are keys with these IDs, each always the same.
func sealKeys(current string, ids ...string) lock.SealKeys {
	k := lock.SealKeys{Current: current, Keys: map[string]lock.Secret{}}
	for _, id := range ids {
		raw := bytes.Repeat([]byte(id[:1]), 32)
		k.Keys[id] = lock.NewSecret(base64.StdEncoding.EncodeToString(raw))
	}
	return k
}

func sealed(t *testing.T, s lock.Store, current string, ids ...string) lock.Store {
	t.Helper()
	sealed, err := lock.Sealed(s, sealKeys(current, ids...))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// keepToken saves a token, and reports what is then kept in the store underneath.
func keepToken(t *testing.T, s lock.Store, account, value string) {
	t.Helper()
	g, err := s.ClaimToken(t.Context(), account, lock.TokenClaim{Rejected: "t", Hold: time.Minute})
	if err != nil || g.Claim == "" {
		t.Fatalf("got %+v and %v, want the claim", g, err)
	}
	if err := s.SaveToken(t.Context(), account, g.Claim, lock.StoredToken{ID: "t", Value: []byte(value), Keep: time.Hour}); err != nil {
		t.Fatal(err)
	}
}

func keptToken(t *testing.T, s lock.Store, account string) (string, error) {
	t.Helper()
	g, err := s.ClaimToken(t.Context(), account, lock.TokenClaim{})
	return string(g.Token.Value), err
}

func TestSealedRecordsHideWhatTheyHold(t *testing.T) {
	plain := lock.NewMemoryStore(nil)
	s := sealed(t, plain, "a", "a")
	keepToken(t, s, "account", "canary")
	if _, err := s.AppendEvent(t.Context(), "log", lock.LogEntry{ID: "e", Data: []byte("canary")}, lock.AppendOptions{Keep: time.Hour}); err != nil {
		t.Fatal(err)
	}
	token, err := keptToken(t, plain, "account")
	if err != nil || token == "" || strings.Contains(token, "canary") {
		t.Errorf("got the token %q and %v, want it sealed", token, err)
	}
	entries, err := plain.ReadEvents(t.Context(), "log", 0, 1)
	if err != nil || len(entries) != 1 || len(entries[0].Data) == 0 || bytes.Contains(entries[0].Data, []byte("canary")) {
		t.Errorf("got %v and %v, want it sealed", entries, err)
	}
}

// Keys are changed in three steps, and at each of them all replicas read what the others write.
func TestSealKeysAreRotated(t *testing.T) {
	plain := lock.NewMemoryStore(nil)
	before := sealed(t, plain, "old", "old")
	both := sealed(t, plain, "old", "old", "new")
	turned := sealed(t, plain, "new", "old", "new")
	after := sealed(t, plain, "new", "new")
	keepToken(t, before, "account", "first")
	for name, s := range map[string]lock.Store{"with both": both, "turned": turned} {
		if got, err := keptToken(t, s, "account"); err != nil || got != "first" {
			t.Errorf("%s: got %q and %v, want the token sealed with the old key", name, got, err)
		}
	}
	if _, err := keptToken(t, after, "account"); !errors.Is(err, lock.ErrStoreUnavailable) || !strings.Contains(err.Error(), `"old"`) {
		t.Errorf("without the old key: got %v, want ErrStoreUnavailable that names it", err)
	}
	keepToken(t, turned, "account", "second")
	for name, s := range map[string]lock.Store{"with both": both, "after": after} {
		if got, err := keptToken(t, s, "account"); err != nil || got != "second" {
			t.Errorf("%s: got %q and %v, want the token sealed with the new key", name, got, err)
		}
	}
}

func TestRecordsThatCannotBeOpened(t *testing.T) {
	move := func(t *testing.T, change func(string) string) (lock.Store, error) {
		plain := lock.NewMemoryStore(nil)
		s := sealed(t, plain, "a", "a")
		keepToken(t, s, "from", "canary")
		value, err := keptToken(t, plain, "from")
		if err != nil {
			t.Fatal(err)
		}
		keepToken(t, plain, "to", change(value))
		_, err = keptToken(t, s, "to")
		return s, err
	}
	for name, change := range map[string]func(string) string{
		"moved to another account": func(v string) string { return v },
		"cut off":                  func(v string) string { return v[:len(v)-1] },
		"cut off in its head":      func(v string) string { return v[:8] },
		"cut off in its key's ID":  func(v string) string { return v[:9] },
		"changed":                  func(v string) string { return v[:len(v)-1] + string(v[len(v)-1]^1) },
		"not sealed":               func(string) string { return "plain" },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := move(t, change)
			if !errors.Is(err, lock.ErrStoreUnavailable) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want ErrStoreUnavailable", err)
			}
			g, err := s.ClaimToken(t.Context(), "to", lock.TokenClaim{Rejected: "t", Hold: time.Minute})
			if err != nil || g.Claim == "" || g.Token.Value != nil {
				t.Errorf("got %+v and %v, want the claim for another one", g, err)
			}
		})
	}
}

func TestPlainRecordsMayBeAccepted(t *testing.T) {
	plain := lock.NewMemoryStore(nil)
	keepToken(t, plain, "account", "first")
	keys := sealKeys("a", "a")
	keys.AcceptPlain = true
	s, err := lock.Sealed(plain, keys)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := keptToken(t, s, "account"); err != nil || got != "first" {
		t.Errorf("got %q and %v, want the token of before", got, err)
	}
}

func TestEventsThatCannotBeOpened(t *testing.T) {
	plain := lock.NewMemoryStore(nil)
	other, s := sealed(t, plain, "b", "b"), sealed(t, plain, "a", "a")
	for id, to := range map[string]lock.Store{"theirs": other, "ours": s} {
		if _, err := to.AppendEvent(t.Context(), "log", lock.LogEntry{ID: id, Data: []byte("data")}, lock.AppendOptions{Keep: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.ReadEvents(t.Context(), "log", 0, 9); !errors.Is(err, lock.ErrStoreUnavailable) {
		t.Errorf("reading: got %v, want ErrStoreUnavailable", err)
	}
	d, err := s.TakeEvents(t.Context(), "log", 9, time.Minute)
	if err != nil || len(d) != 1 || d[0].ID != "ours" || string(d[0].Data) != "data" {
		t.Errorf("got %v and %v, want the event that can be opened", d, err)
	}
	dead, err := s.DeadEvents(t.Context(), "log", 0, 9)
	if err != nil || len(dead) != 1 || dead[0].ID != "theirs" || dead[0].Data != nil || !strings.Contains(dead[0].Why, `key "b"`) {
		t.Errorf("got %v and %v, want the other one, without its data", dead, err)
	}
	if dead, err := other.DeadEvents(t.Context(), "log", 0, 9); err != nil || len(dead) != 1 || string(dead[0].Data) != "data" {
		t.Errorf("with the key: got %v and %v, want its data", dead, err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	short := lock.SealKeys{Current: "a", Keys: map[string]lock.Secret{"a": lock.NewSecret("c2hvcnQ=")}}
	text := lock.SealKeys{Current: "a", Keys: map[string]lock.Secret{"a": lock.NewSecret("not base64, canary")}}
	for name, k := range map[string]lock.SealKeys{
		"none": {}, "no current one": sealKeys("b", "a"), "too short": short, "no base64": text,
		"an ID that is too long": sealKeys(strings.Repeat("x", 256), strings.Repeat("x", 256)),
	} {
		if _, err := lock.Sealed(lock.NewMemoryStore(nil), k); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v, want an error without the key", name, err)
		}
	}
}

// No bytes but those that were sealed are opened.
func FuzzSealedRecord(f *testing.F) {
	plain := lock.NewMemoryStore(nil)
	s, err := lock.Sealed(plain, sealKeys("a", "a"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("\x00sealed1\x01a"))
	f.Add([]byte("\x00sealed1\xff"))
	f.Add([]byte("\x00sealed1\x01a0123456789ab0123456789abcdef"))
	f.Add([]byte("plain"))
	f.Fuzz(func(t *testing.T, record []byte) {
		if len(record) == 0 {
			return
		}
		keepToken(t, plain, "account", string(record))
		if got, err := keptToken(t, s, "account"); !errors.Is(err, lock.ErrStoreUnavailable) || got != "" {
			t.Errorf("got %q and %v, want ErrStoreUnavailable", got, err)
		}
	})
}
