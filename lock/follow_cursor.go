package lock

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
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
	seen    []seenID // in no order
}

// seenID is an event that was seen, and the second it happened in.
type seenID struct {
	id idHash
	at int64
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
const seenSize = 8 + 4

func packSeen(seen []seenID) []byte {
	seen = slices.SortedFunc(slices.Values(seen), func(a, b seenID) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.at, b.at)) })
	packed := make([]byte, 0, len(seen)*seenSize)
	for _, s := range slices.CompactFunc(seen, func(a, b seenID) bool { return a.id == b.id }) {
		packed = binary.BigEndian.AppendUint64(packed, uint64(s.id))
		packed = binary.BigEndian.AppendUint32(packed, uint32(min(max(s.at, 0), math.MaxUint32)))
	}
	return packed
}

func unpackSeen(packed []byte) []seenID {
	seen := make([]seenID, 0, len(packed)/seenSize)
	for one := range slices.Chunk(packed, seenSize) {
		seen = append(seen, seenID{idHash(binary.BigEndian.Uint64(one)), int64(binary.BigEndian.Uint32(one[8:]))})
	}
	return seen
}

// idHash stands for an event's ID: short, and as good as unique among those that are remembered. It
// stands in saved cursors, so it is always the same.
type idHash uint64

func hashID(id string) idHash {
	h := sha256.Sum256([]byte(id))
	return idHash(binary.BigEndian.Uint64(h[:]))
}

// knownIDs remembers the newest IDs.
type knownIDs struct {
	max    int
	set    map[idHash]struct{}
	order  []idHash // a ring once it is full
	oldest int      // its beginning then
}

func newKnownIDs(max int) *knownIDs { return &knownIDs{max: max, set: make(map[idHash]struct{})} }

func (k *knownIDs) has(id idHash) bool {
	_, ok := k.set[id]
	return ok
}

// add remembers an id unless it is there, which it reports. If another one had to go for it, gone
// is that one.
func (k *knownIDs) add(id idHash) (added bool, gone idHash) {
	before := len(k.set)
	if k.set[id] = struct{}{}; len(k.set) == before {
		return false, 0
	}
	if len(k.order) < k.max {
		k.order = append(k.order, id)
		return true, 0
	}
	gone = k.order[k.oldest]
	delete(k.set, gone)
	k.order[k.oldest] = id
	k.oldest = (k.oldest + 1) % k.max
	return true, gone
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
		k.order[last] = 0 // nobody's
	}
}
