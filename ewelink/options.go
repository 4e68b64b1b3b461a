package ewelink

import (
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// settings are the options only this vendor has.
type settings struct {
	region    Region
	addresses map[Region]address
	login     login
	session   Session
	sessions  Keeper[Session]
	lang      string

	gap    time.Duration
	calls  int
	window time.Duration

	doors   []Door
	doorTag string
}

// address is where a region is reached.
type address struct {
	api      string // "https://cn-apia.coolkit.cn"
	dispatch string // "https://cn-dispa.coolkit.cn"
}

// login is what WithLogin was given.
type login struct {
	countryCode string // "+86"
	account     string // a phone number or an e-mail address
	password    lock.Secret
}

// name is the account as the vendor wants it: an e-mail address in lower case, or a phone number with its
// country code. "" if there is no login.
func (l login) name() string {
	account := strings.TrimSpace(l.account)
	switch {
	case account == "", strings.HasPrefix(account, "+"):
		return account
	case strings.Contains(account, "@"):
		return strings.ToLower(account)
	}
	return l.countryCode + account
}

// defaultGap is the 500 ms the vendor asks for, and a little for the network, which may bring two calls
// closer together.
const defaultGap = 550 * time.Millisecond

func defaults() settings {
	return settings{
		addresses: map[Region]address{}, lang: "en",
		gap: defaultGap, calls: 300, window: 5 * time.Minute,
	}
}

// WithRegion says where the account lives, for the first call. Without it the region is the
// session's, or that of the country code of WithLogin, or China. When the vendor says that the
// account lives elsewhere, the client goes there by itself and stays.
func WithRegion(r Region) lock.Option {
	return lock.CustomOption("ewelink.WithRegion", func(s *settings) { s.region = r })
}

// WithRegionURL gives the addresses of a region that has none here, or other ones: api without a
// path, such as "https://au-apia.coolkit.cc", and dispatch likewise; "" for dispatch is the same as
// api. It goes before lock.WithBaseURL, which is the address of every region.
func WithRegionURL(r Region, api, dispatch string) lock.Option {
	return lock.CustomOption("ewelink.WithRegionURL", func(s *settings) {
		if dispatch == "" {
			dispatch = api
		}
		s.addresses[r] = address{api: api, dispatch: dispatch}
	})
}

// WithLogin logs in with a password whenever there is no session, which only paid app ids may; the
// others begin with a session from OAuth, see AuthorizeURL. countryCode is the account's dialling
// code, "+86"; account a phone number, with or without it, or an e-mail address.
//
// A login ends the session that another program has with the same account and app id. Give the
// service an account of its own.
func WithLogin(countryCode, account string, password lock.Secret) lock.Option {
	return lock.CustomOption("ewelink.WithLogin", func(s *settings) {
		s.login = login{countryCode: plus(countryCode), account: account, password: password}
	})
}

// WithSession begins with a session that was made elsewhere: by ExchangeCode or Login. The client
// renews it. A session that WithSessionStore has kept, and that has not ended, goes before it.
func WithSession(session Session) lock.Option {
	return lock.CustomOption("ewelink.WithSession", func(s *settings) { s.session = session })
}

// WithSessionStore keeps the session, so that it outlives the program: each renewal uses the refresh
// token up and brings another one, and whoever loses that one has to sign in again. Every new
// session is saved before it is used. Replicas share a store: each takes over what another has
// renewed, where without it they would end each other's sessions.
//
// lock.WithStore does more for replicas: one login for all of them, one pace. With both, the session
// that ends later goes before the other, and what could not be saved here is logged and used all the
// same, for the other store has it. Someone who signs in anew puts the session here.
func WithSessionStore(store Keeper[Session]) lock.Option {
	return lock.CustomOption("ewelink.WithSessionStore", func(s *settings) { s.sessions = store })
}

// WithLanguage sets the language of what the vendor writes in messages and lists: "en", the default,
// or "cn".
func WithLanguage(lang string) lock.Option {
	return lock.CustomOption("ewelink.WithLanguage", func(s *settings) { s.lang = lang })
}

// WithPace sets how fast the client may call: gap between the beginnings of two calls of one endpoint,
// and count calls in any window of that length; 0 is no limit. The default is what the vendor asks of
// one address: 500 ms, with a little added for the network, and 300 calls in 5 minutes. Programs that
// call from one address share its allowance: give each its part. The clients that share a session
// through lock.WithStore keep to it together, wherever they are; while that store cannot be reached each
// keeps to it alone. What happens when a call has to wait is said by lock.WithLimits.
func WithPace(gap time.Duration, count int, window time.Duration) lock.Option {
	return lock.CustomOption("ewelink.WithPace", func(s *settings) {
		s.gap, s.calls, s.window = gap, count, window
	})
}

// Door is a relay that opens a door, and what stands beside it.
type Door struct {
	Device  string // deviceid of the relay
	Channel int    // outlet, from 0, of a relay with several
	Sensor  string // deviceid of the contact sensor that tells whether the door stands open; "" = none
	// Latching is a strike that stays open while the relay is on. Otherwise the relay falls back by
	// itself (inching, 点动), and opening is refused while it is not set up so.
	Latching bool
}

// WithDoors names the relays that open doors. The vendor has no door locks: what opens one is a
// relay on an electric strike, which nothing tells from the relay of a boiler. So no device is a lock
// unless the caller says so, here or with WithDoorTag.
func WithDoors(doors ...Door) lock.Option {
	return lock.CustomOption("ewelink.WithDoors", func(s *settings) { s.doors = append(s.doors, doors...) })
}

// WithDoorTag makes every relay a door that has a tag of this name, see UpdateTags. Its value may be
// true, the name of the door, or an object with the members of a Door: {"channel": 0, "sensor":
// "a480001234", "latching": false}.
func WithDoorTag(name string) lock.Option {
	return lock.CustomOption("ewelink.WithDoorTag", func(s *settings) { s.doorTag = name })
}
