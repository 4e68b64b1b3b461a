package lock

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Option adjusts a client. The same options work for every vendor; a vendor package adds a few
// of its own, made with CustomOption.
type Option func(*Config)

// Config is what the options add up to. Vendor packages read it; callers use the With functions.
type Config struct {
	BaseURL           string           // "" = the vendor's production address
	AllowInsecureHTTP bool             // plain http to other hosts than loopback
	HTTPClient        *http.Client     // nil = a client of our own; never changed
	Logger            *slog.Logger     // never nil
	Clock             Clock            // never nil
	Location          *time.Location   // zone of vendor times that carry none; nil = the vendor's (Asia/Shanghai)
	Retry             RetryPolicy      // of reads, and of calls that never reached the vendor
	Limits            LimitMode        // what to do when the vendor's rate rule is reached
	Observers         []Observer       // told of every attempt
	Timeout           time.Duration    // of one attempt, headers and body
	MaxReplySize      int64            // bytes after decompression
	Poll              PollPolicy       // how Operation.Wait asks
	WatchInterval     time.Duration    // how often a polling Watch asks
	Account           string           // name of the account in errors and logs
	Store             Store            // what replicas share; nil = this client shares nothing
	custom            []func(any) bool // options of vendor packages
	names             []string         // their names, for the error about a foreign one
}

// RetryPolicy bounds how reads are repeated. Mutating calls are repeated only when no byte of
// them can have reached the vendor.
type RetryPolicy struct {
	Attempts int           // in all; 1 = never repeat
	Base     time.Duration // upper bound of the first pause; doubles with every attempt
	Max      time.Duration // upper bound of a pause; a longer Retry-After is not waited for
}

// PollPolicy says how often Operation.Wait asks the vendor: after First, then in growing steps up
// to Max.
type PollPolicy struct {
	First time.Duration
	Max   time.Duration
}

// LimitMode says what happens when a call would break the vendor's rate rule.
type LimitMode int

const (
	// LimitWait waits for a free slot, but fails at once with ErrRateLimited when the context
	// would end first. It is the default.
	LimitWait LimitMode = iota
	// LimitFail fails at once with ErrRateLimited and RetryAfter.
	LimitFail
	// LimitOff leaves the rule to the vendor.
	LimitOff
)

// NewConfig applies opts over the defaults. Vendor packages call it in New.
func NewConfig(opts ...Option) *Config {
	c := &Config{
		Logger:        slog.New(slog.DiscardHandler),
		Clock:         SystemClock,
		Retry:         RetryPolicy{Attempts: 3, Base: 200 * time.Millisecond, Max: 20 * time.Second},
		Timeout:       30 * time.Second,
		MaxReplySize:  1 << 20,
		Poll:          PollPolicy{First: 250 * time.Millisecond, Max: 5 * time.Second},
		WatchInterval: 30 * time.Second,
	}
	for _, o := range opts {
		if o != nil {
			o(c)
		}
	}
	return c
}

// WithBaseURL sends every call to another address: a test environment, a simulator, a proxy of
// your own. Plain http is refused except to loopback addresses; see WithInsecureHTTP.
func WithBaseURL(url string) Option { return func(c *Config) { c.BaseURL = url } }

// WithInsecureHTTP allows a plain http base URL to a host that is not loopback. Credentials and
// door codes then cross the network readable for anybody. For a vendor's test system only.
func WithInsecureHTTP() Option { return func(c *Config) { c.AllowInsecureHTTP = true } }

// WithHTTPClient uses the transport of hc (proxies, tracing, client certificates). hc itself is
// never changed; its Timeout, if shorter than ours, is kept; its CheckRedirect and Jar are not
// used: redirects are never followed and cookies never kept. A transport that repeats calls by itself
// breaks the promise that a change is sent once.
func WithHTTPClient(hc *http.Client) Option { return func(c *Config) { c.HTTPClient = hc } }

// WithLogger logs calls (debug) and what needs attention (warn), without secrets, queries or
// bodies. Default: nothing is logged.
func WithLogger(l *slog.Logger) Option {
	return func(c *Config) {
		if l != nil {
			c.Logger = l
		}
	}
}

// WithClock takes time from clock: token lifetimes, rate limits, back-off, polling.
func WithClock(clock Clock) Option {
	return func(c *Config) {
		if clock != nil {
			c.Clock = clock
		}
	}
}

// WithLocation sets the zone of vendor times that carry none. Default: the vendor's own, China
// Standard Time.
func WithLocation(loc *time.Location) Option { return func(c *Config) { c.Location = loc } }

// WithRetry changes how reads are repeated. Default: 3 attempts, pauses up to 200 ms then 400 ms
// (full jitter), Retry-After kept up to 20 s.
func WithRetry(p RetryPolicy) Option { return func(c *Config) { c.Retry = p } }

// WithLimits chooses what happens at the vendor's rate rule. Default: LimitWait.
func WithLimits(m LimitMode) Option { return func(c *Config) { c.Limits = m } }

// WithObserver is told of every attempt of every call: metrics and traces. It may be given more
// than once.
func WithObserver(o Observer) Option {
	return func(c *Config) {
		if o != nil {
			c.Observers = append(c.Observers, o)
		}
	}
}

// WithTimeout bounds one attempt, from dialling to the last byte of the reply. Default: 30 s. The
// reply has to begin within 10 s, or a third of d if that is more. The caller's context bounds the
// whole call as well.
func WithTimeout(d time.Duration) Option { return func(c *Config) { c.Timeout = d } }

// WithMaxReplySize bounds a reply, in bytes after decompression. Default: 1 MiB.
func WithMaxReplySize(n int64) Option { return func(c *Config) { c.MaxReplySize = n } }

// WithPolling changes how Operation.Wait asks the vendor. Default: after 250 ms, then less and
// less often, every 5 s at least.
func WithPolling(first, max time.Duration) Option {
	return func(c *Config) { c.Poll = PollPolicy{First: first, Max: max} }
}

// WithWatchInterval sets how often Events().Watch asks a vendor that cannot push. Default: 30 s.
func WithWatchInterval(d time.Duration) Option { return func(c *Config) { c.WatchInterval = d } }

// WithAccount names the account in errors, logs and records, for backends with several accounts
// at one vendor. With WithStore it also says whose session is shared, where the vendor's credentials
// do not say it by themselves; the vendor's own options tell.
func WithAccount(name string) Option { return func(c *Config) { c.Account = name } }

// WithStore shares tokens and rate limits with the other clients that are given the same store, in
// this process or in others. Default: nothing is shared. Give it to all replicas or to none.
func WithStore(s Store) Option { return func(c *Config) { c.Store = s } }

// CustomOption is for vendor packages: it makes an Option out of a setting that only that vendor
// has. name is the option's Go name, for the error when it is given to another vendor.
func CustomOption[T any](name string, set func(*T)) Option {
	return func(c *Config) {
		c.names = append(c.names, name)
		c.custom = append(c.custom, func(into any) bool {
			t, ok := into.(*T)
			if ok {
				set(t)
			}
			return ok
		})
	}
}

// ApplyCustom is for vendor packages: it applies the options made for T. An option of another
// vendor is an error.
func ApplyCustom[T any](c *Config, into *T) error {
	for i, apply := range c.custom {
		if !apply(into) {
			return fmt.Errorf("option %s belongs to another vendor", c.names[i])
		}
	}
	return nil
}

// Observer is told of every attempt of a call, after it has ended. It runs on the caller's
// goroutine and must be quick and safe for concurrent use.
type Observer func(Attempt)

// Attempt is one try of one call. It holds no secrets.
type Attempt struct {
	Vendor   Vendor
	Account  string
	Op       Op            // "" for native calls
	Endpoint string        // "POST /openapi/v1/add_room", placeholders unfilled
	Number   int           // 1 for the first
	Status   int           // HTTP status, 0 if no reply came
	Kind     Kind          // "" on success
	Duration time.Duration // of this attempt, by the real clock
}
