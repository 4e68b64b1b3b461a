package lock

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Cursor says how far a Follower has come: for every source the time up to which everything has
// come, and which events may come again. Save its text: some hundred bytes, and 16 more for each
// event of the last Poll and Overlap, or of Redelivery. The zero Cursor is "from now on".
type Cursor struct {
	from   time.Time // for sources that have no place of their own
	places map[string]place
}

// place is how far a source has come.
type place struct {
	through time.Time
	floor   time.Time
	seen    map[idHash]time.Time // and when it happened
}

// CursorAt is a Cursor that begins with what happened at t.
func CursorAt(t time.Time) Cursor { return Cursor{from: t} }

// ParseCursor reads the text of a Cursor; "" is the zero Cursor.
func ParseCursor(text string) (Cursor, error) {
	var c Cursor
	err := c.UnmarshalText([]byte(text))
	return c, err
}

// IsZero reports whether the cursor is "from now on".
func (c Cursor) IsZero() bool { return c.from.IsZero() && len(c.places) == 0 }

// String returns the text to save, "" for the zero Cursor. It holds no secrets.
func (c Cursor) String() string {
	text, err := c.MarshalText()
	if err != nil {
		return "" // a time beyond the year 9999
	}
	return string(text)
}

// cursorText is the text of a Cursor, as JSON.
type cursorText struct {
	Version int                  `json:"v"`
	From    time.Time            `json:"from,omitzero"`
	At      map[string]placeText `json:"at,omitempty"` // by the member's name, "" without a fleet
}

type placeText struct {
	Through time.Time `json:"through"`
	Floor   time.Time `json:"floor,omitzero"`
	Seen    []byte    `json:"seen,omitempty"`
}

const cursorVersion = 1

// MarshalText returns the text to save.
func (c Cursor) MarshalText() ([]byte, error) {
	if c.IsZero() {
		return nil, nil
	}
	text := cursorText{Version: cursorVersion, From: c.from, At: make(map[string]placeText, len(c.places))}
	for name, p := range c.places {
		text.At[name] = placeText{Through: p.through, Floor: p.floor, Seen: packSeen(p.seen)}
	}
	return json.Marshal(text)
}

// UnmarshalText reads a saved text.
func (c *Cursor) UnmarshalText(saved []byte) error {
	*c = Cursor{}
	if len(saved) == 0 {
		return nil
	}
	var text cursorText
	if err := json.Unmarshal(saved, &text); err != nil {
		return fmt.Errorf("lock: this is no saved cursor: %w", err)
	}
	if text.Version != cursorVersion {
		return fmt.Errorf("lock: this cursor is of version %d, and only %d is known", text.Version, cursorVersion)
	}
	read := Cursor{from: text.From}
	for name, p := range text.At {
		if p.Through.IsZero() || len(p.Seen)%seenSize != 0 {
			return errors.New("lock: this is no saved cursor: a place is incomplete")
		}
		at := place{through: p.Through, floor: p.Floor, seen: unpackSeen(p.Seen)}
		if read.places == nil {
			read.places = make(map[string]place, len(text.At))
		}
		read.places[name] = at
	}
	if read.IsZero() {
		return errors.New("lock: this is no saved cursor: it says nothing")
	}
	*c = read
	return nil
}

// seenSize is how many bytes an event takes in a Cursor: its hash, and the second it happened in.
const seenSize = len(idHash{}) + 4

func packSeen(seen map[idHash]time.Time) []byte {
	packed := make([]byte, 0, len(seen)*seenSize)
	for _, id := range slices.SortedFunc(maps.Keys(seen), func(a, b idHash) int { return bytes.Compare(a[:], b[:]) }) {
		second := min(max(seen[id].Unix(), 0), math.MaxUint32)
		packed = binary.BigEndian.AppendUint32(append(packed, id[:]...), uint32(second))
	}
	return packed
}

func unpackSeen(packed []byte) map[idHash]time.Time {
	seen := make(map[idHash]time.Time, len(packed)/seenSize)
	for one := range slices.Chunk(packed, seenSize) {
		second := binary.BigEndian.Uint32(one[len(idHash{}):])
		seen[idHash(one[:len(idHash{})])] = time.Unix(int64(second), 0)
	}
	return seen
}

// idHash stands for an event's ID: short, and as good as unique among those that are remembered.
type idHash [8]byte

func hashID(id string) idHash {
	h := sha256.Sum256([]byte(id))
	return idHash(h[:8])
}

// knownIDs remembers the newest IDs.
type knownIDs struct {
	max    int
	set    map[idHash]bool
	order  []idHash // a ring once it is full
	oldest int      // its beginning then
}

func newKnownIDs(max int) *knownIDs { return &knownIDs{max: max, set: make(map[idHash]bool)} }

func (k *knownIDs) has(id idHash) bool { return k.set[id] }

// add remembers an id that is not there yet. If another one had to go for it, that is returned.
func (k *knownIDs) add(id idHash) (gone idHash, full bool) {
	k.set[id] = true
	if len(k.order) < k.max {
		k.order = append(k.order, id)
		return idHash{}, false
	}
	gone = k.order[k.oldest]
	delete(k.set, gone)
	k.order[k.oldest] = id
	k.oldest = (k.oldest + 1) % k.max
	return gone, true
}

// undo forgets the id that was added last.
func (k *knownIDs) undo() {
	last := len(k.order) - 1
	if k.oldest > 0 {
		last = k.oldest - 1
	}
	delete(k.set, k.order[last])
	if len(k.order) < k.max {
		k.order = k.order[:last]
	} else {
		k.order[last] = idHash{} // nobody's
	}
}
