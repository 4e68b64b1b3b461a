package ewelinktest

import (
	"net"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The credentials of a new Server, and its account.
const (
	DefaultAppID     = "ewelinkSimulatorApp0000000000001"
	DefaultAppSecret = "ewelink-simulator-app-secret-001"
	DefaultAccount   = "landlord@example.com"
	DefaultPassword  = "landlord-2026"
)

// Option adjusts a Server.
type Option func(*options)

type options struct {
	sim           sim.Config
	appID         string
	appSecret     string
	latency       time.Duration
	region        string
	tokenLife     time.Duration
	refreshLife   time.Duration
	heartbeat     time.Duration
	pace          bool
	otherShapes   bool
	wholeRequests bool
	quoted        bool
	exclusive     bool
	anyParameters bool
	listLimit     bool
	shareNotices  bool
}

func defaults() options {
	const day = 24 * time.Hour
	return options{appID: DefaultAppID, appSecret: DefaultAppSecret, region: "eu", tokenLife: 30 * day, refreshLife: 60 * day, heartbeat: 145 * time.Second}
}

// WithLatency sets how long a device needs to answer a command, on the simulator's clock. Without it
// devices answer at once. A simulator whose clock stands answers when the clock is moved.
func WithLatency(d time.Duration) Option { return func(o *options) { o.latency = d } }

// WithFrozenClock makes the simulator's clock stand at an instant; only Advance and Settle move it.
func WithFrozenClock(at time.Time) Option { return func(o *options) { o.sim.Start = at } }

// WithSeed makes ids and tokens the same in every run. A seed of 0 does not.
func WithSeed(seed int64) Option { return func(o *options) { o.sim.Seed = seed } }

// WithListener serves on l, for instance on a fixed port. Close closes it.
func WithListener(l net.Listener) Option { return func(o *options) { o.sim.Listener = l } }

// WithCredentials sets the id and the secret of the app.
func WithCredentials(appID, appSecret string) Option {
	return func(o *options) { o.appID, o.appSecret = appID, appSecret }
}

// WithRegion sets the region that URL belongs to and the account lives in: "cn", "as", "us" or "eu".
// Default: "eu".
func WithRegion(region string) Option { return func(o *options) { o.region = region } }

// WithTokenLifetimes sets how long an access token and a refresh token live, on the simulator's clock.
// Default: 30 and 60 days.
func WithTokenLifetimes(access, refresh time.Duration) Option {
	return func(o *options) { o.tokenLife, o.refreshLife = access, refresh }
}

// WithHeartbeat sets the hbInterval told to sockets, in whole seconds; 0 = no heartbeats are
// wanted. Default: 145 s. A socket that is silent for 15 s longer is dropped.
func WithHeartbeat(d time.Duration) Option { return func(o *options) { o.heartbeat = d } }

// WithPace makes the cloud insist on its rules: 500 ms between two calls of an endpoint, 300 calls in
// five minutes, ten userOnline in a minute. What comes too fast is refused with status 503 and a web
// page, and counted in TooFast; more than 300 calls or ten userOnline block the caller for five
// minutes.
func WithPace() Option { return func(o *options) { o.pace = true } }

// WithOtherShapes answers in the other shape wherever the vendor's pages have two: updatedThing as
// one thing and not a list, thingList around a new GSM device, channels of a history as a list.
func WithOtherShapes() Option { return func(o *options) { o.otherShapes = true } }

// WithWholeRequests has histories tell the whole command and not only its params.
func WithWholeRequests() Option { return func(o *options) { o.wholeRequests = true } }

// WithQuotedRequests puts the JSON of a history's request into a JSON text once more, as some devices do.
func WithQuotedRequests() Option { return func(o *options) { o.quoted = true } }

// WithExclusiveFrom leaves out of histories and messages what has the very time of from. The document
// says "older", and does not say whether the time itself belongs to it.
func WithExclusiveFrom() Option { return func(o *options) { o.exclusive = true } }

// WithUnknownParameters lets requests carry parameters the document does not know. By default they
// are refused with 400, so that a misspelt optional parameter is noticed.
func WithUnknownParameters() Option { return func(o *options) { o.anyParameters = true } }

// WithListLimit answers a thing list of more than 30 with error 500, as the document warns.
func WithListLimit() Option { return func(o *options) { o.listLimit = true } }

// WithShareNotices tells sockets of shares and their end with a notify, besides the message. No
// public source shows the vendor doing so.
func WithShareNotices() Option { return func(o *options) { o.shareNotices = true } }
