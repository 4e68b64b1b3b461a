package aliyunlocktest

import (
	"net"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// The credentials of a new Server.
const (
	DefaultAppKey      = "203719876"
	DefaultAppSecret   = "aliyunlock-simulator-app-secret"
	DefaultCloudKey    = "24000042"
	DefaultCloudSecret = "aliyunlock-simulator-cloud-secret"
	DefaultProject     = "a123SimulatedProj"
)

// Option adjusts a Server.
type Option func(*options)

type options struct {
	sim             sim.Config
	appKey          string
	appSecret       string
	cloudKey        string
	cloudSecret     string
	project         string
	lag             time.Duration
	tokenLifetime   time.Duration
	refreshLifetime time.Duration
	cloudLifetime   time.Duration
	cloudSeconds    bool
	otherShapes     bool
	anyParameters   bool
	tellCodes       bool
}

func defaults() options {
	return options{
		appKey: DefaultAppKey, appSecret: DefaultAppSecret,
		cloudKey: DefaultCloudKey, cloudSecret: DefaultCloudSecret, project: DefaultProject,
		lag:           40 * time.Second,
		tokenLifetime: 20 * time.Hour, refreshLifetime: 200 * time.Hour, cloudLifetime: 2 * time.Hour,
	}
}

// WithCredentials sets the AppKey and AppSecret of the brand's app.
func WithCredentials(appKey, appSecret string) Option {
	return func(o *options) { o.appKey, o.appSecret = appKey, appSecret }
}

// WithCloudCredentials sets the AppKey and AppSecret of the project's cloud-level calls, and the
// project's id.
func WithCloudCredentials(appKey, appSecret, project string) Option {
	return func(o *options) { o.cloudKey, o.cloudSecret, o.project = appKey, appSecret, project }
}

// WithLatency sets how long a lock needs for a service, on the simulator's clock.
func WithLatency(d time.Duration) Option { return func(o *options) { o.sim.Latency = d } }

// WithFrozenClock makes the simulator's clock stand at an instant; only Advance and Settle move it.
func WithFrozenClock(at time.Time) Option { return func(o *options) { o.sim.Start = at } }

// WithSeed makes ids, tokens and codes the same in every run. A seed of 0 does not.
func WithSeed(seed int64) Option { return func(o *options) { o.sim.Seed = seed } }

// WithListener serves on l, for instance on a fixed port. Close closes it.
func WithListener(l net.Listener) Option { return func(o *options) { o.sim.Listener = l } }

// WithHistoryLag sets how long a report takes to stand in the lock's history, on the simulator's clock.
func WithHistoryLag(d time.Duration) Option { return func(o *options) { o.lag = d } }

// WithTokenLifetimes sets how long an iotToken and a refresh token live, on the simulator's clock. The
// defaults are those of the vendor's sample, 20 and 200 hours.
func WithTokenLifetimes(token, refresh time.Duration) Option {
	return func(o *options) { o.tokenLifetime, o.refreshLifetime = token, refresh }
}

// WithCloudTokenLifetime sets how long a cloudToken lives, on the simulator's clock. Default: 2 hours.
func WithCloudTokenLifetime(d time.Duration) Option { return func(o *options) { o.cloudLifetime = d } }

// WithSecondsInCloudTokens tells the lifetime of a cloudToken in seconds, under the names of the
// vendor's sample, instead of in milliseconds, as the vendor's text says.
func WithSecondsInCloudTokens() Option { return func(o *options) { o.cloudSeconds = true } }

// WithOtherShapes answers lists in the other of the two shapes that the document has: wrapped, as
// its tables say, where its samples show a bare list, and the history bare, as its sample shows it.
func WithOtherShapes() Option { return func(o *options) { o.otherShapes = true } }

// WithUnknownParameters lets requests carry parameters the vendor's pages do not know. By default
// they are refused with 460, so that a misspelt optional parameter is noticed.
func WithUnknownParameters() Option { return func(o *options) { o.anyParameters = true } }

// WithCodesInReports makes locks tell the code of a password that was added, in KeyStr, as some
// products do.
func WithCodesInReports() Option { return func(o *options) { o.tellCodes = true } }
