package aliyunlock

import (
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/limit"
	"github.com/smartlock-sdk/smartlock/lock"
)

// settings are the options only this vendor has.
type settings struct {
	session     Session
	sessions    Keeper[Session]
	authCode    func(context.Context) (lock.Secret, error)
	accountType AccountType

	cloudKey    string
	cloudSecret lock.Secret
	project     string
	cloudTokens Keeper[CloudToken]

	stage         Stage
	language      string
	versions      map[string]string
	oneIotid      bool
	rate          limit.Rule
	lockProducts  map[string]bool
	unlock        []UnlockService
	passwordMaker []PasswordService
}

func defaults() settings {
	return settings{stage: StageRelease, versions: map[string]string{}, lockProducts: map[string]bool{}}
}

// WithSession begins with a session that was made elsewhere: by the brand's app, or by
// CreateSession. The client renews it. A session that WithSessionStore has kept, and that has not
// ended, goes before it.
func WithSession(s Session) lock.Option {
	return lock.CustomOption("aliyunlock.WithSession", func(set *settings) { set.session = s })
}

// WithAuthCode begins a session with an authorization code whenever there is none: at the first
// call, and when the refresh token has ended. get is asked for a code each time.
func WithAuthCode(get func(context.Context) (lock.Secret, error), accountType AccountType) lock.Option {
	return lock.CustomOption("aliyunlock.WithAuthCode", func(set *settings) { set.authCode, set.accountType = get, accountType })
}

// WithSessionStore keeps the session, so that it outlives the program: each renewal may use the
// refresh token up and bring another one, and whoever loses that one has to sign in again. Every
// new session is saved before it is used. Replicas that share a store take over each other's
// renewals; of two that renew in the same instant one may fail a call, before it finds the other's
// session in the store.
func WithSessionStore(store Keeper[Session]) lock.Option {
	return lock.CustomOption("aliyunlock.WithSessionStore", func(set *settings) { set.sessions = store })
}

// WithCloud gives the credentials of the project's cloud-level calls: their own AppKey and
// AppSecret (console: project settings, data sync, cloud API) and the id of the project.
func WithCloud(appKey, appSecret, project string) lock.Option {
	return lock.CustomOption("aliyunlock.WithCloud", func(set *settings) {
		set.cloudKey, set.cloudSecret, set.project = appKey, lock.NewSecret(appSecret), project
	})
}

// WithCloudTokenStore keeps the project's token. Programs of one project need it: every login ends
// the token before, so each would end the others'.
func WithCloudTokenStore(store Keeper[CloudToken]) lock.Option {
	return lock.CustomOption("aliyunlock.WithCloudTokenStore", func(set *settings) { set.cloudTokens = store })
}

// WithStage calls another environment of the API gateway. Default: StageRelease.
func WithStage(s Stage) lock.Option {
	return lock.CustomOption("aliyunlock.WithStage", func(set *settings) { set.stage = s })
}

// WithLanguage asks for messages in a language ("zh-CN", "en-US") beside the English ones.
func WithLanguage(tag string) lock.Option {
	return lock.CustomOption("aliyunlock.WithLanguage", func(set *settings) { set.language = tag })
}

// WithAPIVersion changes the apiVer of a path ("/lock/key/user/unbind/filter", "1.0.1"). The
// vendor's pages differ; by default each path has the version of its newest page.
func WithAPIVersion(path, version string) lock.Option {
	return lock.CustomOption("aliyunlock.WithAPIVersion", func(set *settings) { set.versions[path] = version })
}

// WithFirstVersions uses apiVer 1.0.0 for the eleven paths of the lock document, as it stands there
// (2018), instead of the 1.0.1 and 1.0.2 of later pages. Keys then have no nickname.
func WithFirstVersions() lock.Option {
	return lock.CustomOption("aliyunlock.WithFirstVersions", func(set *settings) {
		for _, path := range firstPaths {
			set.versions[path] = firstVersion
		}
	})
}

// WithOneIotid sends the device of an event history as iotid only, as the document's table has it.
// By default it is sent as iotId as well, as in the document's sample.
func WithOneIotid() lock.Option {
	return lock.CustomOption("aliyunlock.WithOneIotid", func(set *settings) { set.oneIotid = true })
}

// WithRateLimit allows each app key count calls in any window of that length. The vendor publishes
// no number, so by default there is no limit, only the pause after the vendor has refused a call.
// Two seconds are added to the window, so a second is a bad choice for one: take a minute.
func WithRateLimit(count int, window time.Duration) lock.Option {
	return lock.CustomOption("aliyunlock.WithRateLimit", func(set *settings) {
		if count > 0 && window > 0 {
			set.rate = limit.Rule{Count: count, Window: window}
		}
	})
}

// WithLockProducts names the products (productKey) that are locks. The platform has no list of
// locks: without this option a device counts as one if its category is called so, "lock" in its
// categoryKey or 锁 in its categoryName.
func WithLockProducts(productKeys ...string) lock.Option {
	return lock.CustomOption("aliyunlock.WithLockProducts", func(set *settings) {
		for _, key := range productKeys {
			set.lockProducts[key] = true
		}
	})
}

// UnlockService is the service by which a product opens its door.
type UnlockService struct {
	Product    string // productKey; "" = every product without an entry of its own
	Identifier string // RemoteUnlock at many products; see the product's thing model, GetThingModel
	// Args builds the arguments; nil = none. Put codes in as lock.Secret.
	Args func(by lock.Person) any
	// Event is what the lock reports when it has carried the service out, with a Status whose 0 is
	// success: RemoteUnlockNotification at many products. The operation ends with it. "" = the
	// lock reports nothing, and the operation ends when the platform has taken the command.
	Event string
}

// WithUnlockService lets Locks().Open open doors. Without it opening is unsupported, because each
// product defines its own service.
func WithUnlockService(s UnlockService) lock.Option {
	return lock.CustomOption("aliyunlock.WithUnlockService", func(set *settings) { set.unlock = append(set.unlock, s) })
}

// PasswordService is the service by which a product takes a timed password.
type PasswordService struct {
	Product    string // productKey; "" = every product without an entry of its own
	Identifier string // AddOTP at some products; see the product's thing model, GetThingModel
	// Args builds the arguments. The window has both its ends, in whole seconds. Leave the code a
	// lock.Secret.
	Args func(code lock.Secret, w lock.Window) any
	// PIN is what the product's codes must look like.
	PIN lock.PINPolicy
	// MaxWindow is the longest window; 0 = the product has no limit.
	MaxWindow time.Duration
	// Event is what the lock reports when it has the password, with its KeyID, LockType and a
	// Status whose 0 is success; "" = KeyAddedNotification. The operation ends with it.
	Event string
}

// WithPasswordService lets Passwords().Create make timed passwords. Without it making passwords is
// unsupported, because each product defines its own service.
func WithPasswordService(s PasswordService) lock.Option {
	return lock.CustomOption("aliyunlock.WithPasswordService", func(set *settings) { set.passwordMaker = append(set.passwordMaker, s) })
}
