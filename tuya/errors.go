package tuya

import (
	"maps"
	"slices"
	"strconv"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	codeNoToken       = 1002
	codeTokenExpired  = 1010
	codeTokenInvalid  = 1011
	codeTokenStatus   = 1012
	codeParameter     = 1109
	codeTokenUnusable = 1400
	codeEncryption    = 2302
)

// meaning is one row of the table of codes.
type meaning struct {
	kind   lock.Kind
	words  string // the vendor's, in short
	note   string
	advice string // what a person has to do, told in the error itself
}

// What a person can do about a project that may not make a call.
const (
	adviseAccess = "check that the device belongs to the project and to this data centre, and that the project has subscribed to and is authorized for the smart-lock API besides the core API"
	advisePlan   = "extend the project's cloud plan in the vendor's console: Cloud, Cloud Services"
	adviseAPI    = "subscribe to the smart-lock API in the vendor's console, Cloud Services, and authorize the project for it"
	adviseTrial  = "the trial's calls of this month are used up: wait for the next month or buy a plan"
)

// replyCodes are the codes of the envelope. The vendor's page of codes has those up to 2027; those
// from 2201 on stand in the code of its own clients; those marked "seen" in reports of its users.
var replyCodes = withRanges(map[int64]meaning{
	500:               {kind: lock.ErrVendorUnavailable, words: "system error, please contact the admin", note: "after a change nobody knows whether it was made"},
	1000:              {kind: lock.ErrNotFound, words: "data not exist"},
	1001:              {kind: lock.ErrUnauthenticated, words: "secret invalid"},
	codeNoToken:       {kind: lock.ErrUnauthenticated, words: "access_token is null", note: "renewed and repeated once before it is reported"},
	1003:              {kind: lock.ErrInvalidArgument, words: "grant type invalid"},
	1004:              {kind: lock.ErrUnauthenticated, words: "sign invalid", note: "the Access Secret is wrong, or something between here and the vendor rewrites requests"},
	1005:              {kind: lock.ErrUnauthenticated, words: "clientId invalid", note: "the Access ID is wrong, or the project lives in another data centre"},
	1006:              {kind: lock.ErrInvalidArgument, words: "not support content type"},
	1007:              {kind: lock.ErrUnauthenticated, words: "not support key"},
	1008:              {kind: lock.ErrPermissionDenied, words: "invalid access"},
	codeTokenExpired:  {kind: lock.ErrUnauthenticated, words: "token is expired", note: "renewed and repeated once before it is reported"},
	codeTokenInvalid:  {kind: lock.ErrUnauthenticated, words: "token invalid", note: "renewed and repeated once before it is reported"},
	codeTokenStatus:   {kind: lock.ErrUnauthenticated, words: "token status is invalid", note: "renewed and repeated once before it is reported"},
	1013:              {kind: lock.ErrClockSkew, words: "request time is invalid", note: "the vendor's time is learned from the reply and the call repeated once before it is reported"},
	1100:              {kind: lock.ErrInvalidArgument, words: "param is empty"},
	1101:              {kind: lock.ErrInvalidArgument, words: "param range invalid"},
	1102:              {kind: lock.ErrInvalidArgument, words: "param is null"},
	1103:              {kind: lock.ErrVendorUnavailable, words: "commands issue error", note: "the cloud could not pass the command on; after a change nobody knows whether it was made"},
	1104:              {kind: lock.ErrInvalidArgument, words: "type is incorrect"},
	1105:              {kind: lock.ErrInvalidArgument, words: "missing the header"},
	1106:              {kind: lock.ErrPermissionDenied, words: "permission deny", note: "the device is not the project's, belongs to another data centre, or the API is not the project's", advice: adviseAccess},
	1107:              {kind: lock.ErrUnauthenticated, words: "code is invalid", note: "of the authorization-code modes, which this client does not use"},
	1108:              {kind: lock.ErrUnsupported, words: "uri path invalid"},
	codeParameter:     {kind: lock.ErrInvalidArgument, words: "param is illegal, please check it", note: "also for a code of the wrong length, and for one encrypted with the wrong secret or a used-up ticket"},
	1110:              {kind: lock.ErrRateLimited, words: "number of concurrent request exceed the limit"},
	1111:              {kind: lock.ErrRateLimited, words: "system is busy, please try again later"},
	1112:              {kind: lock.ErrDeviceBusy, words: "user data is syncing, please try again later"},
	1113:              {kind: lock.ErrRateLimited, words: "you can't repeat the operation, please try again later", note: "an older table: upgrade to the commercial edition"},
	1114:              {kind: lock.ErrPermissionDenied, note: "seen: the caller's address is not on the project's list of allowed ones", advice: "add this server's address to the project's list of allowed IP addresses"},
	1199:              {kind: lock.ErrRateLimited, words: "requests too often, please try again later"},
	codeTokenUnusable: {kind: lock.ErrUnauthenticated, words: "token invalid", note: "renewed and repeated once before it is reported"},
	2001:              {kind: lock.ErrDeviceOffline, words: "device is offline"},
	2002:              {kind: lock.ErrNotFound, words: "this user doesn't have any devices"},
	2003:              {kind: lock.ErrUnsupported, words: "function not support"},
	2004:              {kind: lock.ErrUnsupported, words: "not support the lock type"},
	2005:              {kind: lock.ErrNotFound, words: "product not exist"},
	2006:              {kind: lock.ErrNotFound, words: "user not exist"},
	2007:              {kind: lock.ErrPermissionDenied, words: "device token expired", note: "seen: the call came from an address of another region than the project's"},
	2008:              {kind: lock.ErrUnsupported, words: "command or value not support"},
	2009:              {kind: lock.ErrUnsupported, words: "not support this device"},
	2010:              {kind: lock.ErrNotFound, words: "device not exist"},
	2012:              {kind: lock.ErrUnsupported, words: "not support application"},
	2013:              {kind: lock.ErrInvalidArgument, words: "add timer failed"},
	2014:              {kind: lock.ErrInvalidArgument, words: "this device doesn't have any timers"},
	2015:              {kind: lock.ErrUnsupported, words: "this category is not supported"},
	2016:              {kind: lock.ErrNotFound, words: "remote control not exist"},
	2017:              {kind: lock.ErrNotFound, words: "schema does not exist"},
	2018:              {kind: lock.ErrInvalidArgument, words: "data decryption failed"},
	2019:              {kind: lock.ErrInvalidArgument, words: "time more than two hours"},
	2020:              {kind: lock.ErrUnsupported, words: "only third-party clouds are supported"},
	2021:              {kind: lock.ErrInvalidArgument, words: "incorrect email"},
	2022:              {kind: lock.ErrInvalidArgument, words: "incorrect phone number"},
	2023:              {kind: lock.ErrExists, words: "the user already exists"},
	2024:              {kind: lock.ErrInvalidArgument, words: "file error"},
	2025:              {kind: lock.ErrInvalidArgument, words: "file error"},
	2026:              {kind: lock.ErrInvalidArgument, words: "upload error"},
	2027:              {kind: lock.ErrInvalidArgument, words: "upload error"},
	2029:              {kind: lock.ErrUnauthenticated, note: "seen: the login status is invalid"},
	2301:              {kind: lock.ErrDeviceBusy, words: "the password is not confirmed yet", note: "the lock has not taken the last change; try again when it has"},
	codeEncryption:    {kind: lock.ErrInvalidArgument, words: "password encryption error", note: "the Access Secret does not belong to the ticket"},
	2303:              {kind: lock.ErrCapacityExceeded, words: "too many passwords", note: "99 can be used at a time"},
	2304:              {kind: lock.ErrInvalidArgument, words: "the password has expired"},
	2305:              {kind: lock.ErrCapacityExceeded, words: "too many passwords", note: "99 can be used at a time"},
	2306:              {kind: lock.ErrInvalidArgument, words: "illegal operation"},
	2307:              {kind: lock.ErrCapacityExceeded, words: "too many operations on passwords"},
	2308:              {kind: lock.ErrCapacityExceeded, words: "too many operations on passwords"},
	2309:              {kind: lock.ErrInvalidArgument, words: "phone number format error"},
	2310:              {kind: lock.ErrNotFound, words: "the password of the Zigbee lock does not exist"},
	2311:              {kind: lock.ErrDeviceBusy, words: "the gateway is busy"},
	2312:              {kind: lock.ErrDeviceOffline, words: "the lock is not online"},
	2313:              {kind: lock.ErrDeviceOffline, words: "the lock is initializing"},
	2314:              {kind: lock.ErrInvalidArgument, words: "the password is abnormal"},
	2315:              {kind: lock.ErrNotFound, words: "there is no valid password"},
	2316:              {kind: lock.ErrExists, words: "the name of the password is in use"},
	2317:              {kind: lock.ErrDeviceBusy, words: "the gateway is busy"},
	2318:              {kind: lock.ErrInvalidArgument, words: "the validity lies in the past"},
	2319:              {kind: lock.ErrQuotaExceeded, words: "the balance for text messages is too low", note: "nothing was done"},
	2320:              {kind: lock.ErrPartial, words: "the balance for text messages is too low", note: "done, but for the text message"},
	2321:              {kind: lock.ErrNotFound, words: "the password of the Wi-Fi lock does not exist"},
	2322:              {kind: lock.ErrDuplicatePassword, words: "the password of the Wi-Fi lock is in use"},
	2323:              {kind: lock.ErrNotFound, words: "the record of the password is missing"},
	2324:              {kind: lock.ErrInvalidArgument, words: "the state of the password does not allow the operation"},
	2406:              {kind: lock.ErrPermissionDenied, words: "skill id invalid", note: "seen: the project is not good for this account or data centre", advice: "check the data centre, and that the app account is linked to the project"},
	2501:              {kind: lock.ErrNotFound, words: "the home does not exist"},
	2502:              {kind: lock.ErrNotFound, words: "the room does not exist"},
	2508:              {kind: lock.ErrPermissionDenied, words: "only an administrator of the home may do this"},
	2509:              {kind: lock.ErrNotFound, words: "the member does not exist"},
	28841001:          {kind: lock.ErrPlanRequired, note: "seen: the project has no cloud plan", advice: advisePlan},
	28841002:          {kind: lock.ErrPlanRequired, words: "your subscription to cloud development plan has expired", note: "seen; trials end after about a month and can be extended", advice: advisePlan},
	28841003:          {kind: lock.ErrPlanRequired, note: "seen: the cloud plan is overdue", advice: advisePlan},
	28841004:          {kind: lock.ErrQuotaExceeded, words: "your quota for trial edition is used up", note: "seen: a trial has some 26000 to 54000 calls a month", advice: adviseTrial},
	28841101:          {kind: lock.ErrPermissionDenied, words: "no permissions. your subscription to this API is missing", note: "seen", advice: adviseAPI},
	28841102:          {kind: lock.ErrPlanRequired, note: "seen: the subscription to the API has expired", advice: "extend the subscription to the smart-lock API in the vendor's console, Cloud Services"},
	28841103:          {kind: lock.ErrPlanRequired, note: "seen: the API's bill is overdue", advice: "pay the bill of the API in the vendor's console"},
	28841104:          {kind: lock.ErrQuotaExceeded, note: "seen: the API's quota is used up", advice: "buy more calls of the API, or wait for the next period"},
	28841105:          {kind: lock.ErrPermissionDenied, words: "no permissions. this project is not authorized to call this API", note: "seen", advice: adviseAPI},
	28841106:          {kind: lock.ErrPermissionDenied, note: "seen: the API is not subscribed to", advice: adviseAPI},
	28841107:          {kind: lock.ErrPermissionDenied, words: "no permission. the data centre is suspended", note: "seen", advice: "enable this data centre for the project in the vendor's console, or choose another one with tuya.WithRegion"},
	-9999999:          {kind: lock.ErrUnauthenticated, note: "seen on the calls for app logins, which this client does not make"},
})

// codeRanges are codes that the vendor's clients know by their family only.
var codeRanges = []struct {
	first, last int64
	meaning
}{
	{2201, 2212, meaning{kind: lock.ErrInvalidArgument, words: "timer or group error"}},
	{2401, 2421, meaning{kind: lock.ErrPermissionDenied, words: "login or verification code error"}},
	{2501, 2514, meaning{kind: lock.ErrInvalidArgument, words: "home, room, scene or member error"}},
}

// withRanges adds the codes of the ranges that have no row of their own.
func withRanges(rows map[int64]meaning) map[int64]meaning {
	for _, r := range codeRanges {
		for code := r.first; code <= r.last; code++ {
			if _, own := rows[code]; !own {
				rows[code] = r.meaning
			}
		}
	}
	return rows
}

// judge says what an outcome means.
func judge(o rest.Outcome) rest.Verdict {
	code, err := strconv.ParseInt(o.Code, 10, 64)
	if err != nil {
		return rest.Verdict{}
	}
	return rest.Verdict{Kind: replyCodes[code].kind, BadToken: badToken(code)}
}

// badToken reports whether a code means that the token is no longer good. The call was refused
// before anything was done.
func badToken(code int64) bool {
	switch code {
	case codeNoToken, codeTokenExpired, codeTokenInvalid, codeTokenStatus, codeTokenUnusable:
		return true
	}
	return false
}

// ErrorCodes returns the table of codes.
func ErrorCodes() []lock.CodeInfo {
	var rows []lock.CodeInfo
	for _, code := range slices.Sorted(maps.Keys(replyCodes)) {
		m := replyCodes[code]
		note := m.note
		if m.advice != "" {
			if note != "" {
				note += "; "
			}
			note += m.advice
		}
		rows = append(rows, lock.CodeInfo{Code: strconv.FormatInt(code, 10), Where: "reply", Kind: m.kind, Words: m.words, Note: note})
	}
	return rows
}
