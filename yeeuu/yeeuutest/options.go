package yeeuutest

import (
	"net"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The credentials of a new Server.
const (
	DefaultPartnerID = "yeeuu-simulator"
	DefaultSecret    = "yeeuu-simulator-secret"
	DefaultDeviceKey = "yeeuu-simulator-key"
)

// Option adjusts a Server.
type Option func(*options)

type options struct {
	sim               sim.Config
	partner, secret   string
	key               string
	skew              time.Duration
	blanking          bool
	oldestFirst       bool
	unknownParameters bool
}

// WithFrozenClock makes the simulator's clock stand at an instant; only Advance moves it.
func WithFrozenClock(at time.Time) Option { return func(o *options) { o.sim.Start = at } }

// WithSeed makes serial numbers and codes the same in every run. A seed of 0 does not.
func WithSeed(seed int64) Option { return func(o *options) { o.sim.Seed = seed } }

// WithListener serves on l, for instance on a fixed port. Close closes it.
func WithListener(l net.Listener) Option { return func(o *options) { o.sim.Listener = l } }

// WithCredentials sets the partner id and secret that are let in.
func WithCredentials(partnerID, secret string) Option {
	return func(o *options) { o.partner, o.secret = partnerID, secret }
}

// WithDeviceKey sets the key of the second interface.
func WithDeviceKey(key string) Option { return func(o *options) { o.key = key } }

// WithMaxSkew sets how far a timestamp may be off the simulator's clock; 0 = as far as it likes.
// The document does not say; the default is ten minutes.
func WithMaxSkew(d time.Duration) Option { return func(o *options) { o.skew = d } }

// WithBlanking makes a synchronise empty the fields that an element leaves out. The document does
// not say what the vendor does.
func WithBlanking() Option { return func(o *options) { o.blanking = true } }

// WithOldestFirst makes logs begin with their oldest entry. The document does not say which it is.
func WithOldestFirst() Option { return func(o *options) { o.oldestFirst = true } }

// WithUnknownParameters lets requests carry parameters the document does not know. By default they
// are refused, so that a misspelt optional parameter is noticed.
func WithUnknownParameters() Option { return func(o *options) { o.unknownParameters = true } }
