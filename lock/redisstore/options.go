package redisstore

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Options say where Redis is and how to use it.
type Options struct {
	// Address is "host:port", the path of a unix socket, or an URL: redis://user:password@host:port/db,
	// rediss:// with TLS, unix://path.
	Address string
	// Addresses are those of a cluster, or of its sentinels with MasterName; instead of Address.
	Addresses  []string
	MasterName string

	Username string
	Password lock.Secret
	DB       int         // not for a cluster
	TLS      *tls.Config // nil = without, unless the URL says rediss

	// Namespace begins every key. Backends that share a Redis and not their accounts have different
	// ones. Default: "smartlock".
	Namespace string
	// Timeout is how long one call to the store may take in all. Default: 250 ms.
	Timeout time.Duration
	// New says that an account of which the store knows nothing was not used before. Without it
	// rate limits start closed for the time of their window, because an empty store may also be
	// one that was emptied. Set it when a backend is started for the first time, and in tests.
	New bool
	// RESP3 speaks the newer protocol. Some proxies in front of Redis do not know it.
	RESP3 bool
	// Logger is told by Check what is wrong with the server's settings. Default: nobody.
	Logger *slog.Logger
	// Dial connects, where that takes more than a network address. Default: net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

const (
	defaultNamespace = "smartlock"
	defaultTimeout   = 250 * time.Millisecond
)

// universal translates the options. A call is repeated by us or not at all, nothing is asked of the
// server that an old one or a proxy may refuse, and every wait is short.
func (o Options) universal() (*redis.UniversalOptions, error) {
	whole := cmp.Or(o.Timeout, defaultTimeout)
	wait := whole * 4 / 5 // for a read, a write, a connection of the pool
	u := &redis.UniversalOptions{
		Addrs: o.Addresses, MasterName: o.MasterName, IsClusterMode: len(o.Addresses) > 1 && o.MasterName == "",
		Username: o.Username, Password: o.Password.Reveal(), DB: o.DB, TLSConfig: o.TLS, Dialer: o.Dial,

		Protocol:              2,
		MaxRetries:            -1,
		ContextTimeoutEnabled: true,
		DialTimeout:           whole * 6 / 5, // whoever waits is gone by then, but the connection serves the next
		DialerRetries:         1,
		ReadTimeout:           wait,
		WriteTimeout:          wait,
		PoolTimeout:           wait,

		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if o.RESP3 {
		u.Protocol = 3
	}
	switch {
	case (o.Address == "") == (len(o.Addresses) == 0):
		return nil, errors.New("redisstore: Options need Address or Addresses, one of them")
	case strings.Contains(o.Address, "://"):
		return u, fromURL(u, o.Address)
	case o.Address != "":
		u.Addrs = []string{o.Address}
	}
	return u, nil
}

// fromURL takes over what an URL says.
func fromURL(u *redis.UniversalOptions, url string) error {
	parsed, err := redis.ParseURL(url)
	if err != nil {
		// The cause may quote the URL with the password in it.
		return errors.New("redisstore: Options.Address is no valid Redis URL")
	}
	u.Addrs = []string{parsed.Addr}
	if parsed.Username != "" {
		u.Username = parsed.Username
	}
	if parsed.Password != "" {
		u.Password = parsed.Password
	}
	if parsed.DB != 0 {
		u.DB = parsed.DB
	}
	if u.TLSConfig == nil {
		u.TLSConfig = parsed.TLSConfig
	}
	return nil
}

func (o Options) check() error {
	if o.Timeout < 0 {
		return fmt.Errorf("redisstore: the timeout %v is negative", o.Timeout)
	}
	return nil
}
