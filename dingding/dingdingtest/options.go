package dingdingtest

import (
	"net"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The credentials of a new Server.
const (
	DefaultClientID     = "dingding-simulator"
	DefaultClientSecret = "dingding-simulator-secret"
)

// Option adjusts a Server.
type Option func(*options)

type options struct {
	sim           sim.Config
	clientID      string
	clientSecret  string
	tokenLifetime time.Duration
	singleToken   bool
	anyParameters bool
}

// WithLatency sets how long a device needs for a command, on the simulator's clock.
func WithLatency(d time.Duration) Option { return func(o *options) { o.sim.Latency = d } }

// WithFrozenClock makes the simulator's clock stand at an instant; only Advance and Settle move it.
func WithFrozenClock(at time.Time) Option { return func(o *options) { o.sim.Start = at } }

// WithSeed makes ids, tokens and codes the same in every run. A seed of 0 does not.
func WithSeed(seed int64) Option { return func(o *options) { o.sim.Seed = seed } }

// WithListener serves on l, for instance on a fixed port. Close closes it.
func WithListener(l net.Listener) Option { return func(o *options) { o.sim.Listener = l } }

// WithCredentials sets the client id and secret that are let in.
func WithCredentials(id, secret string) Option {
	return func(o *options) { o.clientID, o.clientSecret = id, secret }
}

// WithTokenLifetime sets how long an access token lives, on the simulator's clock. The document
// does not say; the default is 48 hours.
func WithTokenLifetime(d time.Duration) Option { return func(o *options) { o.tokenLifetime = d } }

// WithSingleToken makes every login end the tokens before it; they are answered with 101. The
// document does not say whether the vendor does so; by default it does not.
func WithSingleToken() Option { return func(o *options) { o.singleToken = true } }

// WithUnknownParameters lets requests carry parameters the document does not know. By default
// they are refused with 14001, so that a misspelt optional parameter is noticed.
func WithUnknownParameters() Option { return func(o *options) { o.anyParameters = true } }
