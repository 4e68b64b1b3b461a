package aliyunlock

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	codeOK         = 200
	codeAuth       = 401
	codeThrottled  = 429
	codeParameter  = 460
	codeNoIdentity = 2062
	codeCloudToken = 20017
	codeNotBound   = 28527
	codeNoToken    = 29003

	// Codes in this range are defined by the firmware of the device.
	codeDeviceFirst = 100000
	codeDeviceLast  = 110000
)

// meaning is one row of the table of codes.
type meaning struct {
	kind  lock.Kind
	words string // the vendor's
	note  string
}

// replyCodes are the codes of the envelope. The lock document itself names 28504, 28527, 28530 and
// 28601; the common ones (公共错误码) stand on other pages of the vendor, and those marked "seen"
// only in the code of public clients.
var replyCodes = map[int64]meaning{
	400:            {lock.ErrInvalidArgument, "request error.", ""},
	codeAuth:       {lock.ErrUnauthenticated, "request auth error.", "wrong key or secret, a user who has signed out, or a user who is not bound to the device; the session is renewed and the call repeated once before it is reported"},
	403:            {lock.ErrPermissionDenied, "request forbidden.", "the AppKey lacks this interface, or the secret is wrong"},
	404:            {lock.ErrInvalidArgument, "service not found.", "the path, or the apiVer of the path"},
	codeThrottled:  {lock.ErrRateLimited, "too many requests.", "no number is published; this client pauses for a minute, then two, and so on"},
	codeParameter:  {lock.ErrInvalidArgument, "request parameter error.", "also for a blank or expired iotToken: it is ErrUnauthenticated when the message says so"},
	500:            {lock.ErrVendorUnavailable, "service error.", ""},
	503:            {lock.ErrVendorUnavailable, "service not available.", ""},
	2000:           {lock.ErrInvalidArgument, "param is invalid", "check the productKey too"},
	codeNoIdentity: {lock.ErrUnauthenticated, "identityId does not exist.", "not signed in, or the iotToken has expired; renewed and repeated once before it is reported"},
	2063:           {lock.ErrNotFound, "iotId not exist", ""},
	2064:           {lock.ErrPermissionDenied, "need authorize to bind", ""},
	2065:           {lock.ErrPermissionDenied, "identityId and iotId not bound", ""},
	2066:           {lock.ErrPermissionDenied, "identityId is not manager", "only the administrator of the lock may do this"},
	2067:           {lock.ErrInvalidArgument, "", "seen: the QR code has expired or is unknown"},
	2073:           {lock.ErrUnsupported, "this product not support share", ""},
	2074:           {lock.ErrVendorUnavailable, "query msg-center hsf error", ""},
	2075:           {lock.ErrUnsupported, "share model not config for this product", ""},
	2077:           {lock.ErrNotFound, "can't get identityId by email and mobile", ""},
	2078:           {lock.ErrPermissionDenied, "not the same initiator when cancel share dev or scene", ""},
	2401:           {lock.ErrUnauthenticated, "", "seen: the refresh token is no longer good; the user has to sign in again"},
	2407:           {lock.ErrUnauthenticated, "auth identity exception", ""},
	2459:           {lock.ErrUnauthenticated, "session invalid", "the authorization code is used up or wrong"},
	2461:           {lock.ErrInvalidArgument, "accountType invalid", ""},
	2462:           {lock.ErrInvalidArgument, "authCode invalid", "it is empty"},
	6100:           {lock.ErrNotFound, "", "seen: the device is not found"},
	6205:           {lock.ErrDeviceOffline, "", "seen"},
	6221:           {lock.ErrDeviceOffline, "", "seen"},
	6618:           {lock.ErrDeviceRejected, "", "seen: the device is outside its bind window"},
	codeCloudToken: {lock.ErrUnauthenticated, "", "seen: the cloudToken is no longer good; fetched and repeated once before it is reported"},
	20056:          {lock.ErrDeviceTimeout, "", "seen: the device did not answer in time; it may have acted"},
	28504:          {lock.ErrDeviceOffline, "device is offline.", "of DeleteKey: the key has lost its person all the same"},
	codeNotBound:   {lock.ErrNotFound, "user not bind with lock.", "the key is nobody's"},
	28530:          {lock.ErrExists, "lock user has been bound to other virtual user.", "the key is somebody else's"},
	28560:          {lock.ErrNotFound, "device not exist", ""},
	28563:          {lock.ErrInvalidArgument, "ble device bind sign error", ""},
	28601:          {lock.ErrPermissionDenied, "user device not bind.", "the user is not bound to the device"},
	codeNoToken:    {lock.ErrUnauthenticated, "", "seen: the iotToken is missing or wrong, or somebody signed in elsewhere; renewed and repeated once before it is reported"},
	29004:          {lock.ErrPermissionDenied, "device is unbind", ""},
}

// gatewayCodes are the X-Ca-Error-Code of refusals by the API gateway, as far as the vendor's pages
// on these paths name them. Older instances send none; then the message or the HTTP status decides.
var gatewayCodes = map[string]meaning{
	"I400HD":     {lock.ErrInvalidArgument, "", "a header is wrong"},
	"I400MH":     {lock.ErrInvalidArgument, "", "a header is missing"},
	"I400BD":     {lock.ErrInvalidArgument, "", "the body is wrong"},
	"I400PA":     {lock.ErrInvalidArgument, "", "the path is wrong"},
	"I400RU":     {lock.ErrInvalidArgument, "", "the URI is wrong"},
	"I405UM":     {lock.ErrInvalidArgument, "", "the method is not POST"},
	throttleCode: {lock.ErrRateLimited, "Throttled by PLUGIN Flow Control", "seen on bursts of InvokeService"},
}

// kindOf says what a code of the envelope means, "" if nobody has described it.
func kindOf(code int64, message string) lock.Kind {
	switch {
	case code == codeParameter && mentionsToken(message):
		return lock.ErrUnauthenticated
	case code >= codeDeviceFirst && code <= codeDeviceLast:
		return lock.ErrDeviceRejected
	}
	return replyCodes[code].kind
}

func mentionsToken(message string) bool {
	return strings.Contains(strings.ToLower(message), "iottoken")
}

// badToken reports whether a code means that the user's token is no longer good.
func badToken(code int64, message string) bool {
	switch code {
	case codeAuth, codeNoIdentity, codeNoToken:
		return true
	}
	return code == codeParameter && mentionsToken(message)
}

// judge says what an outcome means; bad tells the codes with which the vendor refuses a token.
func judge(o rest.Outcome, bad func(code int64, message string) bool) rest.Verdict {
	code, err := strconv.ParseInt(o.Code, 10, 64)
	if err != nil {
		return judgeRefusal(o) // the platform's codes are numbers, the gateway's are not
	}
	v := rest.Verdict{Kind: kindOf(code, o.Message), BadToken: bad(code, o.Message)}
	if v.Kind == lock.ErrRateLimited {
		v.RetryAfter = firstPause
	}
	return v
}

// ErrorCodes returns the tables of codes: those of replies, then those of the API gateway.
// 100000 to 110000 are not in them: the firmware of a device defines those, and all of them are
// lock.ErrDeviceRejected.
func ErrorCodes() []lock.CodeInfo {
	var rows []lock.CodeInfo
	for _, code := range slices.Sorted(maps.Keys(replyCodes)) {
		m := replyCodes[code]
		rows = append(rows, lock.CodeInfo{
			Code: strconv.FormatInt(code, 10), Where: "reply", Kind: m.kind, Words: m.words, Note: m.note,
		})
	}
	for _, code := range slices.Sorted(maps.Keys(gatewayCodes)) {
		m := gatewayCodes[code]
		rows = append(rows, lock.CodeInfo{Code: code, Where: "gateway", Kind: m.kind, Words: m.words, Note: m.note})
	}
	return rows
}
