package lock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"
)

// Store is what the replicas of a backend must agree on: the vendor's token, the calls counted
// against its rate limits, which events have been seen, and who listens to its socket. A client
// without one keeps all this in its own memory, which is right for a single process:
//
//	store, err := redisstore.New(redisstore.Options{Address: "redis:6379"})
//	…
//	c := dingding.New(id, secret, lock.WithStore(store))
//
// NewMemoryStore makes one for a single process, package redisstore one for several, and package
// storetest proves that one of your own keeps these promises. The four parts are used apart from
// one another, so a struct that embeds them from different places is a Store as well; but
// EventLog and LeaseStore belong together, because a lease guards the log of its name.
//
// Every method may be called concurrently and returns as soon as ctx ends. An error that is no
// ErrSuperseded and not ctx's own is ErrStoreUnavailable; what it was about may have happened or
// not, and each method says why that does no harm. Of a store that was closed it is an fs.ErrClosed
// as well (errors.Is), and repeating the call is in vain. All durations are by the store's own clock, so
// clocks of replicas may differ. Names (accounts, keys, logs) are any text; they are stored
// readable and must not be secret.
type Store interface {
	TokenStore
	LimitStore
	EventLog
	EventQueue
	LeaseStore
}

// ErrSuperseded is what a Store answers to somebody who was too late: another one has taken over,
// and nothing was written.
var ErrSuperseded = errors.New("superseded: somebody else has taken over")

// TokenStore keeps one token per account, and lets one replica at a time get the next one.
type TokenStore interface {
	// ClaimToken returns the account's token unless it is the one that the caller rejects, or that
	// somebody has called refused. Otherwise it gives one caller at a time the claim to get a new
	// one, and tells the others how long to wait before they ask again. A claim that is not ended
	// ends by itself after c.Hold; so does one whose answer was lost.
	ClaimToken(ctx context.Context, account string, c TokenClaim) (TokenGrant, error)
	// SaveToken keeps a new token and ends the claim, and with it all pauses and strikes. If the
	// claim had ended and somebody else has got one since, it reports ErrSuperseded and keeps
	// nothing. Saving again with the same claim is no error.
	SaveToken(ctx context.Context, account, claim string, t StoredToken) error
	// DropClaim ends a claim that brought no token. If the claim had ended and somebody else has
	// got one since, it reports ErrSuperseded and changes nothing.
	DropClaim(ctx context.Context, account, claim string, why ClaimFailure) error
}

// TokenClaim says what its caller needs.
type TokenClaim struct {
	// Rejected is the TokenID of the token that the caller cannot use, "" takes any.
	Rejected string
	// Refused says that the vendor refused that token: it is given to nobody any more. Otherwise
	// it has ended, or is about to, and is still given to those who do not reject it.
	Refused bool
	// Hold is how long the caller may take to get a new token. 0 = it only looks, and claims
	// nothing.
	Hold time.Duration
	// Credentials stand for what the caller would log in with: a pause holds for those that
	// caused it, and not for others. It need not tell all credentials apart, and must not give
	// them away; "" is one like any other.
	Credentials string
}

// TokenGrant is the answer to a TokenClaim.
type TokenGrant struct {
	Token   StoredToken   // what was saved last, good or not; zero if there is nothing
	Good    bool          // Token can be used
	Refused bool          // somebody has said that the vendor refused Token
	Claim   string        // not "": the caller is to get a new token, then SaveToken or DropClaim
	Wait    time.Duration // without Good and Claim: when a claim is free again, at the latest
	Paused  []byte        // with Wait: the Reason of the pause; nil = another replica is getting a token
	Strikes int           // claims in a row that were dropped as a strike with these credentials
}

// StoredToken is a token as a store keeps it.
type StoredToken struct {
	ID    string        // TokenID of the token; "" = there is none
	Value []byte        // the token and what belongs to it, as the writer encodes it; secret
	Keep  time.Duration // how long to keep it from now on; when read: how long it still is kept
}

// ClaimFailure says why a claim brought no token.
type ClaimFailure struct {
	Pause       time.Duration // how long nobody with these credentials gets a claim; 0 = none
	Reason      []byte        // given to those who ask during the pause; holds no secrets
	Strike      bool          // counts until a token is saved
	Credentials string        // as in TokenClaim
}

// TokenID names a token without giving it away. "" has the ID "".
func TokenID(token Secret) string {
	if token.IsZero() {
		return ""
	}
	sum := sha256.Sum256([]byte(token.Reveal()))
	return hex.EncodeToString(sum[:16])
}

// LimitStore counts calls against rules, exactly: in no window are there more slots than its rule
// allows. A slot counts from TakeSlot until its windows have passed since CloseSlot; one that is
// never closed is closed by the store hold after it was taken.
//
// A store that may lose what it knows must then take no slot until the time of one window has
// passed since, or ten minutes if the window is longer: the calls of before are still counted by
// the vendor. For windows of more than ten minutes that is a compromise.
type LimitStore interface {
	// TakeSlot takes a slot under a key of an account if all rules admit one more, and otherwise
	// says how long it takes at least until they do. A slot whose answer was lost counts as one
	// that is never closed.
	TakeSlot(ctx context.Context, account, key string, rules []LimitRule, hold time.Duration) (SlotGrant, error)
	// CloseSlot says that the slot's call is over: its windows begin now. If the call was not
	// made, the slot is given back as if it had not been taken. Closing it again as not made
	// changes nothing after it was closed as made.
	CloseSlot(ctx context.Context, account, key string, s Slot, made bool) error
}

// LimitRule allows Count slots in any Window, both positive.
type LimitRule struct {
	Count  int
	Window time.Duration
}

// Slot is the right to make one call.
type Slot struct {
	ID   string        // "" = none
	Keep time.Duration // the longest window of the rules it was taken under
}

// SlotGrant is the answer to TakeSlot.
type SlotGrant struct {
	Slot Slot          // with an ID if it was taken
	Wait time.Duration // otherwise: positive, when to ask again
}

// EventLog keeps events in the order in which they were appended, each ID once.
//
// Data is whatever the writer encodes, and is stored as it is unless the store is Sealed. Leave
// door codes out of it.
type EventLog interface {
	// AppendEvent appends an event whose ID has not been appended within o.Keep, and reports whether
	// it did: marking the ID and appending are one step. When it returns, the event is as durable as
	// the store is. After an error, append it again: it will not be there twice.
	AppendEvent(ctx context.Context, log string, e LogEntry, o AppendOptions) (added bool, err error)
	// ReadEvents returns up to n events after seq, oldest first; 0 starts with the oldest there is.
	// It takes nothing away: every replica may read the whole log.
	ReadEvents(ctx context.Context, log string, after uint64, n int) ([]LogEntry, error)
	// TrimEvents removes events that were appended more than keep ago, and returns how many. Those
	// still to be handled and dead ones stay, and so do the marks of all.
	TrimEvents(ctx context.Context, log string, keep time.Duration) (int, error)
	// CountEvents says how much there is.
	CountEvents(ctx context.Context, log string) (LogCount, error)
}

// LogEntry is one event in a log.
type LogEntry struct {
	Seq  uint64    // its place, chosen by the store: grows, may skip
	ID   string    // the event's stable ID, chosen by the writer; not ""
	At   time.Time // when it was appended, by the store's clock; set by the store
	Data []byte
}

// AppendOptions say how an event is appended.
type AppendOptions struct {
	// Keep is how long the ID is remembered, at least as long as the vendor may deliver the event
	// again. It must be positive.
	Keep time.Duration
	// Fence is the writer's Term.Fence if only the leader may write; 0 = anybody may. A writer
	// whose term is not the newest under the log's name gets ErrSuperseded.
	Fence uint64
	// Handled keeps the event away from TakeEvents: it is there to be read only.
	Handled bool
}

// LogCount says how much there is in a log.
type LogCount struct {
	Entries int // all
	Waiting int // of these, to be given out by TakeEvents, now or later
	Dead    int // of these, in the dead-letter list
}

// EventQueue hands the events of a log to those who handle them. Each event is handled at least
// once: a handler may see an event again if it did not settle it in time.
type EventQueue interface {
	// TakeEvents gives out up to n events that are due, the longest due first, and nobody else gets
	// them for hold. An event is due when it is appended, and again when it was held for too long,
	// when the time given with EventAgain has come, and when it is replayed. Giving it out counts as
	// a try, also if nobody ever says what became of it.
	TakeEvents(ctx context.Context, log string, n int, hold time.Duration) ([]Delivery, error)
	// SettleEvent says what became of a delivery. EventHandled is always taken, whoever says so; for
	// anything else the event must not have been given to somebody else since, or settled:
	// otherwise it reports ErrSuperseded and changes nothing.
	SettleEvent(ctx context.Context, log string, d Delivery, s Settlement) error
	// DeadEvents returns up to n events of the dead-letter list after seq, in the order of the log.
	// EventHandled takes one off the list.
	DeadEvents(ctx context.Context, log string, after uint64, n int) ([]Delivery, error)
	// ReplayEvents makes dead events due again with their tries counted anew, and returns how many.
	// Without seqs it takes all there are; a seq that is not dead is left out.
	ReplayEvents(ctx context.Context, log string, seqs ...uint64) (int, error)
}

// Delivery is an event that is given to somebody.
type Delivery struct {
	LogEntry
	Tries int    // how often it was given out, this time included, without what was settled as Untried
	Taken int    // how often it was given out in all; the store tells an event's deliveries apart by it
	Why   string // what the last Settlement said, "" if there was none
}

// Settlement says what became of a Delivery.
type Settlement struct {
	Outcome Fate
	After   time.Duration // EventAgain: when it is due again. EventHeld: how long it is held from now on.
	Why     string        // EventAgain, EventDead: why, for people; no secrets
	Untried bool          // EventAgain, EventDead: nobody tried; the delivery no more counts in Delivery.Tries
}

// Fate is what became of a Delivery.
type Fate int

const (
	// EventHandled: it is done with.
	EventHandled Fate = iota + 1
	// EventAgain: it is to be given out once more.
	EventAgain
	// EventDead: it goes to the dead-letter list, and is given out no more unless it is replayed.
	EventDead
	// EventHeld: its handler is still at it.
	EventHeld
)

// LeaseStore lets one of several replicas lead. Lead does what there is to do around it.
type LeaseStore interface {
	// Campaign makes me the leader under name for ttl, or goes on with it, unless somebody else
	// leads. me is different for every candidate.
	Campaign(ctx context.Context, name, me string, ttl time.Duration) (Term, error)
	// Resign ends my leadership, if it is mine.
	Resign(ctx context.Context, name, me string) error
}

// Term is a time of leadership.
type Term struct {
	Mine  bool
	Fence uint64        // grows with every term of every leader; 0 unless Mine
	Left  time.Duration // how long it lasts from now on unless it is renewed
}
