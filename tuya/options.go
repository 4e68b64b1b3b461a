package tuya

import (
	"context"
	"fmt"

	"github.com/smartlock-sdk/smartlock/lock"
)

// settings are the options only this vendor has.
type settings struct {
	region        Region
	users         []string
	language      string
	signedHeaders []signedHeader
	reads, writes int // calls a second of one endpoint, 0 = no limit
	families      map[string]Family
	logTimes      LogTimes
	codes         func(context.Context, lock.DeviceID, lock.PasswordID) (lock.Secret, error)
}

func defaults() settings {
	return settings{
		region: RegionCN, reads: 10, writes: 4,
		families: map[string]Family{}, logTimes: LogSeconds,
	}
}

// Region is a data centre of the cloud.
type Region string

// The data centres. A project may be enabled in several of them; its tokens, users and devices are
// those of one.
const (
	RegionCN        Region = "cn"         // China; the default
	RegionUSWest    Region = "us-west"    // Western America
	RegionUSEast    Region = "us-east"    // Eastern America
	RegionEUCentral Region = "eu-central" // Central Europe
	RegionEUWest    Region = "eu-west"    // Western Europe
	RegionIN        Region = "in"         // India
	RegionSG        Region = "sg"         // Singapore
)

var regionURLs = map[Region]string{
	RegionCN:        "https://openapi.tuyacn.com",
	RegionUSWest:    "https://openapi.tuyaus.com",
	RegionUSEast:    "https://openapi-ueaz.tuyaus.com",
	RegionEUCentral: "https://openapi.tuyaeu.com",
	RegionEUWest:    "https://openapi-weaz.tuyaeu.com",
	RegionIN:        "https://openapi.tuyain.com",
	RegionSG:        "https://openapi-sg.iotbing.com",
}

// String returns the short name of the region.
func (r Region) String() string { return string(r) }

// url is the address of the region.
func (r Region) url() (string, error) {
	if u, ok := regionURLs[r]; ok {
		return u, nil
	}
	return regionURLs[RegionCN], fmt.Errorf("tuya.WithRegion: there is no region %q; for an address of your own use lock.WithBaseURL", string(r))
}

// WithRegion calls another data centre. Default: RegionCN. A device can only be reached through the
// data centre of the app account it was added with; in another one it is ErrPermissionDenied.
// lock.WithBaseURL goes before it.
func WithRegion(r Region) lock.Option {
	return lock.CustomOption("tuya.WithRegion", func(set *settings) { set.region = r })
}

// WithUser names the app users (uid) whose homes and locks the provider lists. The cloud has no list
// of all of a project's homes: without this option listing and creating homes, listing locks, and
// events that name no device are unsupported. New homes belong to the first of them.
func WithUser(uid ...string) lock.Option {
	return lock.CustomOption("tuya.WithUser", func(set *settings) { set.users = append(set.users, uid...) })
}

// WithLanguage asks for the vendor's words in a language: "zh" or "en". Default: the vendor's choice.
func WithLanguage(lang string) lock.Option {
	return lock.CustomOption("tuya.WithLanguage", func(set *settings) { set.language = lang })
}

// WithSignedHeader sends a header with every call and signs it, for gateways of your own that want
// one. It may be given more than once; the headers are signed in the order given.
func WithSignedHeader(name, value string) lock.Option {
	return lock.CustomOption("tuya.WithSignedHeader", func(set *settings) {
		set.signedHeaders = append(set.signedHeaders, signedHeader{name, value})
	})
}

// WithPace sets how many calls a second are made of each endpoint: of those that ask, and of those
// that change something. Default: 10 and 4. The vendor limits each endpoint of a project and
// publishes no number for those of locks. 0 is no limit; lock.WithLimits says whether calls wait.
func WithPace(reads, writes int) lock.Option {
	return lock.CustomOption("tuya.WithPace", func(set *settings) { set.reads, set.writes = reads, writes })
}

// WithLockFamily says how locks of these products (product_id) are connected, which decides how
// long their codes are and what the phases of their passwords mean. The cloud does not say it in so
// many words; see FamilyOf for how it is guessed.
func WithLockFamily(f Family, productID ...string) lock.Option {
	return lock.CustomOption("tuya.WithLockFamily", func(set *settings) {
		for _, id := range productID {
			set.families[id] = f
		}
	})
}

// WithCodes lets Passwords().Update change a name, a window or a schedule and leave the code: the vendor
// wants the code with every change, tells it to nobody, and this client keeps none. get returns the
// present code of a temporary password, from wherever you keep it.
func WithCodes(get func(context.Context, lock.DeviceID, lock.PasswordID) (lock.Secret, error)) lock.Option {
	return lock.CustomOption("tuya.WithCodes", func(set *settings) { set.codes = get })
}

// LogTimes is the unit of the times in a query for a lock's log.
type LogTimes int

// The units.
const (
	LogSeconds LogTimes = iota // as in the vendor's example
	LogMillis
)

// WithLogTimes sets the unit in which ListOpenLogs asks. Default: LogSeconds, as in the vendor's
// example; its answers and newer endpoints count milliseconds.
func WithLogTimes(unit LogTimes) lock.Option {
	return lock.CustomOption("tuya.WithLogTimes", func(set *settings) { set.logTimes = unit })
}
