package tuyatest

import (
	"net"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The credentials of a new Server. A client secret has 32 characters: it is the key of the tickets.
const (
	DefaultClientID     = "simulatedaccessid001"
	DefaultClientSecret = "tuya-simulator-client-secret-001"
)

// Option adjusts a Server.
type Option func(*options)

type options struct {
	sim           sim.Config
	clientID      string
	clientSecret  string
	skew          time.Duration
	tokenLifetime time.Duration
	ticketLife    time.Duration
	quota         int
	otherShapes   bool
	anyParameters bool
}

func defaults() options {
	return options{clientID: DefaultClientID, clientSecret: DefaultClientSecret, tokenLifetime: 2 * time.Hour, ticketLife: 5 * time.Minute}
}

// WithCredentials sets the client id and secret of the project. The secret has 32 characters.
func WithCredentials(clientID, clientSecret string) Option {
	return func(o *options) { o.clientID, o.clientSecret = clientID, clientSecret }
}

// WithLatency sets how long a lock needs for what it is told, on the simulator's clock.
func WithLatency(d time.Duration) Option { return func(o *options) { o.sim.Latency = d } }

// WithFrozenClock makes the simulator's clock stand at an instant; only Advance and Settle move it.
func WithFrozenClock(at time.Time) Option { return func(o *options) { o.sim.Start = at } }

// WithSeed makes ids, tokens and codes the same in every run. A seed of 0 does not.
func WithSeed(seed int64) Option { return func(o *options) { o.sim.Seed = seed } }

// WithListener serves on l, for instance on a fixed port. Close closes it.
func WithListener(l net.Listener) Option { return func(o *options) { o.sim.Listener = l } }

// WithSkew sets how far the cloud's clock is ahead of Clock, negative = behind. A request whose t is
// more than five minutes off the cloud's clock is refused with 1013. See Server.SetSkew.
func WithSkew(d time.Duration) Option { return func(o *options) { o.skew = d } }

// WithTokenLifetime sets how long an access token lives, on the simulator's clock. Default: two hours.
func WithTokenLifetime(d time.Duration) Option { return func(o *options) { o.tokenLifetime = d } }

// WithTicketLifetime sets how long a password ticket lives, on the simulator's clock. Default: five
// minutes.
func WithTicketLifetime(d time.Duration) Option { return func(o *options) { o.ticketLife = d } }

// WithQuota gives the project so many calls in a month of the cloud's clock, as the trial plan does;
// those beyond are refused with 28841004. Token calls are free. 0 = any number.
func WithQuota(calls int) Option { return func(o *options) { o.quota = calls } }

// WithOtherShapes answers in the other of the two shapes that the vendor's pages show of some results:
// a user's methods as a bare list, remote unlocking as a list, the status in logs as a list, the
// rooms inside their home, a new member's id as bare text, and ids of homes, rooms and passwords as text.
func WithOtherShapes() Option { return func(o *options) { o.otherShapes = true } }

// WithUnknownParameters lets requests carry parameters the vendor's pages do not know. By default
// they are refused with 1109, so that a misspelt optional parameter is noticed.
func WithUnknownParameters() Option { return func(o *options) { o.anyParameters = true } }
